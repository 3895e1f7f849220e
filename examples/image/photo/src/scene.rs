//! Mountains, a lake and a sky, and the light that comes from them into a pinhole camera.

type Vector = [f32; 3];

fn add(a: Vector, b: Vector) -> Vector {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

fn scale(a: Vector, by: f32) -> Vector {
    a.map(|x| x * by)
}

fn dot(a: Vector, b: Vector) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn unit(a: Vector) -> Vector {
    scale(a, 1.0 / dot(a, a).sqrt())
}

fn mix(a: Vector, b: Vector, share: f32) -> Vector {
    add(scale(a, 1.0 - share), scale(b, share))
}

/// 0 below `from`, 1 above `to`, smooth between.
fn step(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

const LATTICE: usize = 256;
const FAR: f32 = 60.0;
const WATER: f32 = 0.0;

pub struct Scene {
    lattice: Vec<f32>,
    eye: Vector,
    sun: Vector,
}

impl Scene {
    pub fn new() -> Scene {
        let mut state = 0x2545_f491_u32;
        let lattice = (0..LATTICE * LATTICE)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                (state >> 8) as f32 / (1 << 24) as f32
            })
            .collect();
        Scene { lattice, eye: [0.0, 0.55, -9.0], sun: unit([-0.80, 0.36, -0.12]) }
    }

    /// Light along the ray through a point of the image, which is 1 high around (0, 0).
    pub fn light(&self, right: f32, up: f32) -> Vector {
        let ray = unit([right, up + 0.10, 1.25]);
        let ground = self.march(self.eye, ray);
        let water = if ray[1] < 0.0 { (WATER - self.eye[1]) / ray[1] } else { f32::MAX };
        match ground {
            Some(way) if way < water => self.land(self.eye, ray, way),
            _ if water < FAR => self.lake(ray, water),
            _ => self.sky(ray),
        }
    }

    fn noise(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let smooth = |t: f32| t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
        let (u, v) = (smooth(x - left), smooth(y - top));
        let at = |dx: i32, dy: i32| {
            let column = (left as i32 + dx) as usize % LATTICE;
            self.lattice[(top as i32 + dy) as usize % LATTICE * LATTICE + column]
        };
        let upper = at(0, 0) * (1.0 - u) + at(1, 0) * u;
        let lower = at(0, 1) * (1.0 - u) + at(1, 1) * u;
        upper * (1.0 - v) + lower * v
    }

    /// Noise of several sizes, each turned against the last; 0 to 1.
    fn clouds(&self, x: f32, y: f32, octaves: u32) -> f32 {
        let (mut x, mut y, mut share, mut sum) = (x + 40.0, y + 40.0, 0.5, 0.0);
        for _ in 0..octaves {
            sum += share * self.noise(x, y);
            (x, y) = (1.62 * x + 1.22 * y + 3.1, 1.62 * y - 1.22 * x + 90.7);
            share *= 0.5;
        }
        sum
    }

    /// Height of the land; sharp ridges far away, a valley where the lake is.
    fn height(&self, x: f32, z: f32, octaves: u32) -> f32 {
        let (mut u, mut v, mut share, mut sum, mut last) = (0.23 * x + 71.0, 0.23 * z + 58.0, 0.55, 0.0, 1.0);
        for _ in 0..octaves {
            let ridge = 1.0 - (2.0 * self.noise(u, v) - 1.0).abs();
            sum += share * ridge * ridge * last;
            last = (ridge * 1.1).min(1.0);
            (u, v) = (1.62 * u + 1.22 * v, 1.62 * v - 1.22 * u + 200.0);
            share *= 0.44;
        }
        let shore = step(0.5, 7.0, (x * 0.8 + 0.6).abs() + 0.35 * (z - 2.0).max(0.0));
        let rise = 0.25 + 0.75 * step(-4.0, 16.0, z);
        (sum - 0.10) * 5.2 * shore * rise - 0.22
    }

    fn march(&self, from: Vector, ray: Vector) -> Option<f32> {
        let mut way = 0.05;
        while way < FAR {
            let at = add(from, scale(ray, way));
            if at[1] > 5.2 && ray[1] > 0.0 {
                return None;
            }
            let above = at[1] - self.height(at[0], at[2], 7);
            if above < 0.0006 * way {
                return Some(way);
            }
            way += (0.32 * above).max(0.0004 * way);
        }
        None
    }

    fn sky(&self, ray: Vector) -> Vector {
        let up = ray[1].max(0.0);
        let toward = dot(ray, self.sun).max(0.0);
        let mut colour = mix([0.70, 0.62, 0.58], [0.10, 0.22, 0.50], (up * 2.2).min(1.0).powf(0.55));
        colour = add(colour, scale([1.0, 0.55, 0.22], 0.55 * toward.powi(8)));
        colour = add(colour, scale([1.0, 0.8, 0.5], 6.0 * step(0.9991, 0.9996, toward) + 0.8 * toward.powi(200)));
        if ray[1] > 0.01 {
            let (x, z) = (ray[0] / (ray[1] + 0.08), ray[2] / (ray[1] + 0.08));
            let cover = step(0.48, 0.75, self.clouds(0.75 * x, 1.3 * z, 6)) * step(0.01, 0.12, ray[1]);
            let lit = mix([0.62, 0.42, 0.42], [1.25, 0.86, 0.62], toward.powi(2));
            colour = mix(colour, lit, 0.8 * cover);
        }
        colour
    }

    fn normal(&self, at: Vector, way: f32) -> Vector {
        let d = 0.0012 * way + 0.001;
        let slope = |dx: f32, dz: f32| self.height(at[0] + dx, at[2] + dz, 8);
        unit([slope(-d, 0.0) - slope(d, 0.0), 2.0 * d, slope(0.0, -d) - slope(0.0, d)])
    }

    /// How much of the sun is seen from a point: less where a ridge comes close to the ray.
    fn sunshine(&self, from: Vector) -> f32 {
        let (mut way, mut least) = (0.04, 1.0f32);
        while way < 12.0 && least > 0.01 {
            let at = add(from, scale(self.sun, way));
            let above = at[1] - self.height(at[0], at[2], 6);
            least = least.min(14.0 * above / way);
            way += above.max(0.03);
        }
        least.clamp(0.0, 1.0)
    }

    fn land(&self, from: Vector, ray: Vector, way: f32) -> Vector {
        let at = add(from, scale(ray, way));
        let normal = self.normal(at, way);
        let rough = self.clouds(5.0 * at[0], 5.0 * at[2], 5);
        let rock = mix([0.16, 0.13, 0.12], [0.36, 0.30, 0.26], rough);
        let grass = mix([0.05, 0.085, 0.03], [0.17, 0.16, 0.06], rough);
        let mut colour = mix(rock, grass, step(0.62, 0.82, normal[1]) * step(1.5, 0.6, at[1]));
        colour = mix(colour, [0.85, 0.87, 0.92], step(1.35, 1.75, at[1] + 0.5 * rough) * step(0.35, 0.62, normal[1]));
        colour = mix(colour, [0.30, 0.25, 0.18], step(0.09, 0.02, at[1]));

        let direct = dot(normal, self.sun).max(0.0) * self.sunshine(add(at, scale(normal, 0.01)));
        let above = 0.5 + 0.5 * normal[1];
        let light = add(scale([3.1, 2.05, 1.25], direct), scale([0.36, 0.46, 0.66], above));
        let lit = [colour[0] * light[0], colour[1] * light[1], colour[2] * light[2]];

        let haze = 1.0 - (-0.0006 * way * way - 0.008 * way).exp();
        let toward = dot(ray, self.sun).max(0.0).powi(6);
        mix(lit, mix([0.42, 0.47, 0.58], [1.15, 0.75, 0.48], toward), haze)
    }

    fn lake(&self, ray: Vector, way: f32) -> Vector {
        let at = add(self.eye, scale(ray, way));
        // Ripples are lower where more of them lie on one pixel.
        let calm = 0.055 / (1.0 + 0.16 * way * way);
        let wave = |dx: f32, dz: f32| self.clouds(7.0 * (at[0] + dx), 16.0 * (at[2] + dz), 4);
        let normal =
            unit([calm * 9.0 * (wave(-0.02, 0.0) - wave(0.02, 0.0)), 1.0, calm * 9.0 * (wave(0.0, -0.02) - wave(0.0, 0.02))]);
        let cosine = -dot(ray, normal);
        let mut mirrored = unit(add(ray, scale(normal, 2.0 * cosine)));
        mirrored[1] = mirrored[1].abs();
        let reflected = match self.march(at, mirrored) {
            Some(further) => self.land(at, mirrored, further),
            None => self.sky(mirrored),
        };
        let share = 0.04 + 0.96 * (1.0 - cosine.clamp(0.0, 1.0)).powi(5);
        let glint = scale([1.6, 1.0, 0.6], dot(mirrored, self.sun).max(0.0).powi(240));
        add(mix([0.02, 0.055, 0.075], reflected, 0.12 + 0.85 * share), glint)
    }
}
