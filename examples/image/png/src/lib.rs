//! PNG files to pictures and back (png.wit), by the `png` crate of the image-rs project.

use abi::{cases, export, record};
use png::{BitDepth, ColorType, Decoder, Encoder, Limits, Reader, Transformations};

/// A picture of this size takes 64 MB: more is refused before anything is allocated.
const MOST_PIXELS: u64 = 16_000_000;

record! {
    struct Picture { width: u32, height: u32, pixels: Vec<u8> }
}

cases! {
    enum Colours: u8 { Grey, GreyAlpha, Palette, Rgb, RgbAlpha }
}

record! {
    struct Head { width: u32, height: u32, bit_depth: u8, colours: Colours }
}

/// Reads the head of a file. The picture that follows will come with 8 bits a channel.
fn open(file: &[u8]) -> Result<Reader<&[u8]>, String> {
    let mut decoder = Decoder::new_with_limits(file, Limits { bytes: 4 * MOST_PIXELS as usize });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let reader = decoder.read_info().map_err(|error| error.to_string())?;
    let (width, height) = reader.info().size();
    if width as u64 * height as u64 > MOST_PIXELS {
        return Err(format!("{width} x {height} pixels are more than {MOST_PIXELS}"));
    }
    Ok(reader)
}

fn head(file: &[u8]) -> Result<Head, String> {
    let reader = open(file)?;
    let info = reader.info();
    Ok(Head {
        width: info.width,
        height: info.height,
        bit_depth: info.bit_depth as u8,
        colours: match info.color_type {
            ColorType::Grayscale => Colours::Grey,
            ColorType::GrayscaleAlpha => Colours::GreyAlpha,
            ColorType::Indexed => Colours::Palette,
            ColorType::Rgb => Colours::Rgb,
            ColorType::Rgba => Colours::RgbAlpha,
        },
    })
}

fn decode(file: &[u8]) -> Result<Picture, String> {
    let mut reader = open(file)?;
    let mut rows = vec![0; reader.output_buffer_size()];
    let frame = reader.next_frame(&mut rows).map_err(|error| error.to_string())?;
    rows.truncate(frame.buffer_size());
    let pixels = match frame.color_type {
        ColorType::Grayscale => rows.iter().flat_map(|&grey| [grey, grey, grey, 255]).collect(),
        ColorType::GrayscaleAlpha => rows.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect(),
        ColorType::Rgb => rows.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect(),
        ColorType::Rgba => rows,
        ColorType::Indexed => return Err("a palette that was not expanded".into()),
    };
    Ok(Picture { width: frame.width, height: frame.height, pixels })
}

fn encode(picture: &Picture) -> Result<Vec<u8>, String> {
    let (width, height, pixels) = (picture.width, picture.height, &picture.pixels);
    if width as u64 * height as u64 * 4 != pixels.len() as u64 {
        return Err(format!("{} bytes are not {width} x {height} pixels", pixels.len()));
    }
    let each = || pixels.chunks_exact(4);
    let opaque = each().all(|p| p[3] == 255);
    let grey = each().all(|p| p[0] == p[1] && p[1] == p[2]);
    let (color, rows): (ColorType, Vec<u8>) = match (grey, opaque) {
        (true, true) => (ColorType::Grayscale, each().map(|p| p[0]).collect()),
        (true, false) => (ColorType::GrayscaleAlpha, each().flat_map(|p| [p[0], p[3]]).collect()),
        (false, true) => (ColorType::Rgb, each().flat_map(|p| [p[0], p[1], p[2]]).collect()),
        (false, false) => (ColorType::Rgba, pixels.clone()),
    };
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_adaptive_filter(png::AdaptiveFilterType::Adaptive);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer.write_image_data(&rows).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(file)
}

export!(memory "describe" [at: i32, length: i32] (file: Vec<u8>) -> Result<Head, String> { head(&file) });

export!(memory "decode" [at: i32, length: i32] (file: Vec<u8>) -> Picture { decode(&file).unwrap() });

export!(memory "encode" [width: i32, height: i32, at: i32, length: i32] (picture: Picture) -> Vec<u8> {
    encode(&picture).unwrap()
});
