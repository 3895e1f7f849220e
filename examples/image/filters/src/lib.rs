//! Pictures in, pictures out (filters.wit).

mod blur;

use abi::{cases, export, record};

/// A picture of this size takes 64 MB: more is refused before anything is allocated.
const MOST_PIXELS: u64 = 16_000_000;

record! {
    struct Picture { width: u32, height: u32, pixels: Vec<u8> }
}

cases! {
    enum Angle: u8 { Quarter, Half, ThreeQuarters }
}

type Pixel = [u8; 4];

impl Picture {
    /// A picture whose pixels are what `at` says, by x and y.
    fn from(width: u32, height: u32, mut at: impl FnMut(u32, u32) -> Pixel) -> Picture {
        let count = width as u64 * height as u64;
        assert!(count > 0 && count <= MOST_PIXELS, "{width} x {height} pixels are none or too many");
        let mut pixels = Vec::with_capacity(count as usize * 4);
        for y in 0..height {
            for x in 0..width {
                pixels.extend_from_slice(&at(x, y))
            }
        }
        Picture { width, height, pixels }
    }

    /// The picture, if it is one.
    fn checked(self) -> Picture {
        let count = self.width as u64 * self.height as u64;
        assert!(count > 0 && count <= MOST_PIXELS, "{} x {} pixels are none or too many", self.width, self.height);
        assert!(self.pixels.len() as u64 == count * 4, "{} bytes are not {count} pixels", self.pixels.len());
        self
    }

    fn at(&self, x: u32, y: u32) -> Pixel {
        let index = (y as usize * self.width as usize + x as usize) * 4;
        self.pixels[index..index + 4].try_into().unwrap()
    }
}

fn crop(picture: Picture, left: u32, top: u32, width: u32, height: u32) -> Picture {
    let inside = |from: u32, size: u32, whole: u32| from as u64 + size as u64 <= whole as u64;
    assert!(inside(left, width, picture.width) && inside(top, height, picture.height), "the part is not all inside");
    Picture::from(width, height, |x, y| picture.at(left + x, top + y))
}

fn rotate(picture: Picture, by: Angle) -> Picture {
    let (right, bottom) = (picture.width - 1, picture.height - 1);
    match by {
        Angle::Quarter => Picture::from(picture.height, picture.width, |x, y| picture.at(y, bottom - x)),
        Angle::Half => Picture::from(picture.width, picture.height, |x, y| picture.at(right - x, bottom - y)),
        Angle::ThreeQuarters => Picture::from(picture.height, picture.width, |x, y| picture.at(right - y, x)),
    }
}

fn grayscale(mut picture: Picture) -> Picture {
    for pixel in picture.pixels.chunks_exact_mut(4) {
        let [red, green, blue] = [pixel[0] as u32, pixel[1] as u32, pixel[2] as u32];
        let grey = ((299 * red + 587 * green + 114 * blue + 500) / 1000) as u8;
        pixel[..3].fill(grey);
    }
    picture
}

fn resize(picture: Picture, width: u32, height: u32) -> Picture {
    // The pixels that come to lie on pixel `to` of `size`: at least one.
    let span = |to: u32, size: u32, whole: u32| {
        let from = (to as u64 * whole as u64 / size as u64) as u32;
        let end = ((to as u64 + 1) * whole as u64 / size as u64) as u32;
        from..end.max(from + 1)
    };
    Picture::from(width, height, |x, y| {
        let mut sum = [0u64; 4];
        let (columns, rows) = (span(x, width, picture.width), span(y, height, picture.height));
        for row in rows.clone() {
            for column in columns.clone() {
                for (sum, channel) in sum.iter_mut().zip(picture.at(column, row)) {
                    *sum += channel as u64
                }
            }
        }
        let count = columns.len() as u64 * rows.len() as u64;
        sum.map(|sum| ((sum + count / 2) / count) as u8)
    })
}

fn side_by_side(left: Picture, right: Picture, gap: u32) -> Picture {
    let total = |sizes: &[u32]| sizes.iter().try_fold(0u32, |sum, size| sum.checked_add(*size)).expect("sizes that fit");
    let inner = left.height.max(right.height);
    let width = total(&[gap, left.width, gap, right.width, gap]);
    let height = total(&[gap, inner, gap]);
    let place = |picture: &Picture, from: u32, x: u32, y: u32| {
        let top = gap + (inner - picture.height) / 2;
        let (x, y) = (x.checked_sub(from)?, y.checked_sub(top)?);
        (x < picture.width && y < picture.height).then(|| picture.at(x, y))
    };
    let second = gap + left.width + gap;
    Picture::from(width, height, |x, y| {
        place(&left, gap, x, y).or_else(|| place(&right, second, x, y)).unwrap_or([255; 4])
    })
}

export!(
    memory "examples:image/image@0.1.0#crop"
    [a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32]
    (picture: Picture, x: u32, y: u32, width: u32, height: u32) -> Picture {
        crop(picture.checked(), x, y, width, height)
    }
);

export!(
    memory "examples:image/image@0.1.0#rotate"
    [a: i32, b: i32, c: i32, d: i32, e: i32]
    (picture: Picture, by: Angle) -> Picture { rotate(picture.checked(), by) }
);

export!(
    memory "examples:image/image@0.1.0#grayscale"
    [a: i32, b: i32, c: i32, d: i32]
    (picture: Picture) -> Picture { grayscale(picture.checked()) }
);

export!(
    memory "examples:image/image@0.1.0#blur"
    [a: i32, b: i32, c: i32, d: i32, e: i32]
    (picture: Picture, radius: u32) -> Picture { blur::blur(picture.checked(), radius) }
);

export!(
    memory "examples:image/image@0.1.0#resize"
    [a: i32, b: i32, c: i32, d: i32, e: i32, f: i32]
    (picture: Picture, width: u32, height: u32) -> Picture { resize(picture.checked(), width, height) }
);

export!(
    memory "examples:image/image@0.1.0#side-by-side"
    [a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32, i: i32]
    (left: Picture, right: Picture, gap: u32) -> Picture { side_by_side(left.checked(), right.checked(), gap) }
);
