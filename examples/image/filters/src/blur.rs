//! A Gaussian blur by three box blurs, whose cost does not depend on the radius.

use crate::Picture;

const MOST_RADIUS: u32 = 1_000;

pub(crate) fn blur(mut picture: Picture, radius: u32) -> Picture {
    assert!(radius <= MOST_RADIUS, "a radius of {radius} is more than {MOST_RADIUS}");
    if radius == 0 {
        return picture;
    }
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut line = vec![0; 4 * width.max(height)];
    for _ in 0..3 {
        for y in 0..height {
            smooth(&mut picture.pixels, &mut line, 4 * y * width, 4, width, radius);
        }
        for x in 0..width {
            smooth(&mut picture.pixels, &mut line, 4 * x, 4 * width, height, radius);
        }
    }
    picture
}

/// Replaces each of the `count` pixels from `start`, `step` bytes apart, by the mean of those around it. The window
/// slides: one pixel comes in and one goes out at each step.
fn smooth(pixels: &mut [u8], line: &mut [u8], start: usize, step: usize, count: usize, radius: u32) {
    for index in 0..count {
        let at = start + index * step;
        line[4 * index..4 * index + 4].copy_from_slice(&pixels[at..at + 4]);
    }
    let radius = radius as usize;
    let size = 2 * radius as u32 + 1;
    for channel in 0..4 {
        let value = |index: usize| line[4 * index.min(count - 1) + channel] as u32;
        let mut sum = value(0) * (radius as u32 + 1) + (1..=radius).map(value).sum::<u32>();
        for index in 0..count {
            pixels[start + index * step + channel] = ((sum + size / 2) / size) as u8;
            sum += value(index + radius + 1);
            sum -= value(index.saturating_sub(radius));
        }
    }
}
