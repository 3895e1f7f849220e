//! Renders the photo of the example: a lake between mountains in the evening, ray-marched. Not a component: the build
//! script calls it once and keeps the picture.

mod scene;

use png::{BitDepth, ColorType, Encoder};

const WIDTH: u32 = 800;
const HEIGHT: u32 = 600;
/// Rays for each pixel, along one side.
const RAYS: u32 = 2;

static mut FILE: Vec<u8> = Vec::new();

/// Renders the photo as a PNG file and gives its address; `size` tells how long it is.
#[no_mangle]
extern "C" fn render() -> *const u8 {
    let mut rows = Vec::with_capacity((WIDTH * HEIGHT * 3) as usize);
    let sight = scene::Scene::new();
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let mut light = [0.0f32; 3];
            for ray in 0..RAYS * RAYS {
                let inside = |step: u32| (step as f32 + 0.5) / RAYS as f32;
                let right = (x as f32 + inside(ray % RAYS) - WIDTH as f32 / 2.0) / HEIGHT as f32;
                let up = (HEIGHT as f32 / 2.0 - y as f32 - inside(ray / RAYS)) / HEIGHT as f32;
                for (sum, channel) in light.iter_mut().zip(sight.light(right, up)) {
                    *sum += channel / (RAYS * RAYS) as f32
                }
            }
            rows.extend(develop(light, x as f32 / WIDTH as f32, y as f32 / HEIGHT as f32))
        }
    }
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, WIDTH, HEIGHT);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(png::Compression::Best);
    encoder.set_adaptive_filter(png::AdaptiveFilterType::Adaptive);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&rows).unwrap();
    writer.finish().unwrap();
    // One thread, and nothing has the address of the file before.
    unsafe {
        FILE = file;
        FILE.as_ptr()
    }
}

#[no_mangle]
extern "C" fn size() -> usize {
    // Written by `render` alone.
    unsafe { FILE.len() }
}

/// Light to 8 bits, as a camera does: darker corners, a soft shoulder for what is very bright.
fn develop(light: [f32; 3], x: f32, y: f32) -> [u8; 3] {
    let corner = (x - 0.5).powi(2) + (y - 0.5).powi(2);
    light.map(|channel| {
        let exposed = channel * (1.0 - 0.6 * corner);
        let shoulder = exposed * (2.51 * exposed + 0.03) / (exposed * (2.43 * exposed + 0.59) + 0.14);
        (shoulder.clamp(0.0, 1.0).powf(1.0 / 2.2) * 255.0 + 0.5) as u8
    })
}
