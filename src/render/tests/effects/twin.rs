//! The shaders of the look once more, on the processor: as near to their text as Rust allows, so that both can be read side
//! by side. Pictures are linear light, row by row.

use crate::render::uniforms;

pub type Color = [f32; 3];

#[derive(Clone)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<Color>,
}

pub fn luma(c: Color) -> f32 {
    0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]
}

fn lightness(c: Color) -> f32 {
    luma(c).clamp(0.0, 1.0).cbrt()
}

pub fn mix(a: Color, b: Color, t: f32) -> Color {
    std::array::from_fn(|k| a[k] * (1.0 - t) + b[k] * t)
}

fn scaled(c: Color, by: f32) -> Color {
    c.map(|part| part * by)
}

fn smoothstep(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

impl Picture {
    /// Every pixel from the middle of its place, 0..1.
    pub fn made(width: usize, height: usize, pixel: impl Fn(f32, f32) -> Color) -> Self {
        let middle = |k: usize, of: usize| (k as f32 + 0.5) / of as f32;
        let pixels = (0..width * height).map(|i| pixel(middle(i % width, width), middle(i / width, height)));
        Self { width, height, pixels: pixels.collect() }
    }

    pub fn texel(&self, x: i64, y: i64) -> Color {
        let (x, y) = (x.clamp(0, self.width as i64 - 1), y.clamp(0, self.height as i64 - 1));
        self.pixels[y as usize * self.width + x as usize]
    }

    /// The bilinear filter; beyond the edges the picture goes on as in a mirror.
    pub fn sampled(&self, u: f32, v: f32) -> Color {
        let fold = |k: i64, n: usize| {
            let k = k.rem_euclid(2 * n as i64);
            k.min(2 * n as i64 - 1 - k)
        };
        let (x, y) = (u * self.width as f32 - 0.5, v * self.height as f32 - 0.5);
        let (i, j) = (x.floor() as i64, y.floor() as i64);
        let at = |dx, dy| self.texel(fold(i + dx, self.width), fold(j + dy, self.height));
        let row = |dy| mix(at(0, dy), at(1, dy), x - x.floor());
        mix(row(0), row(1), y - y.floor())
    }
}

pub fn mirror(e: &uniforms::Effects, canvas: &Picture) -> Picture {
    Picture::made(canvas.width, canvas.height, |u, v| {
        let [ax, ay] = e.mirror_axis;
        let here = [(u - 0.5) * e.aspect - e.mirror_centre[0], v - 0.5 - e.mirror_centre[1]];
        let turned = [here[0] * ax + here[1] * ay, here[1] * ax - here[0] * ay];
        let (angle, fold) = (turned[0].atan2(-turned[1]), 2.0 * e.mirror_fold);
        let inside = (angle - fold * (angle / fold).round()).abs();
        let radius = turned[0].hypot(turned[1]);
        let there = [radius * inside.sin(), -radius * inside.cos()];
        let back = [there[0] * ax - there[1] * ay, there[1] * ax + there[0] * ay];
        let open = 1.0 - smoothstep(e.mirror_iris - 0.1, e.mirror_iris, radius);
        let place = [back[0] + e.mirror_centre[0], back[1] + e.mirror_centre[1]];
        mix(canvas.sampled(u, v), canvas.sampled(place[0] / e.aspect + 0.5, place[1] + 0.5), open)
    })
}

pub fn bend(e: &uniforms::Effects, canvas: &Picture) -> Picture {
    const TURN: f32 = std::f32::consts::TAU;
    let wave = |along: f32| {
        let (points, at) = (e.waveform.as_flattened(), along.clamp(0.0, 1.0) * 127.0);
        let i = at as usize;
        points[i] + (points[(i + 1).min(127)] - points[i]) * at.fract()
    };
    Picture::made(canvas.width, canvas.height, |u, v| {
        let here = [(u - 0.5) * e.aspect, v - 0.5];
        let radius = here[0].hypot(here[1]);
        let outward = here.map(|part| part / radius.max(1e-3));
        let t = e.beats * (TURN / 64.0);
        let slow = [
            (5.1 * here[1] + 8.0 * t + 2.0 * (3.3 * here[0] - 5.0 * t).sin()).sin(),
            (4.3 * here[0] - 7.0 * t + 2.0 * (3.7 * here[1] + 4.0 * t).sin()).sin(),
        ];
        let light = e.bend_light * (lightness(canvas.sampled(u, v)) - 0.5) * radius.min(1.0);
        let sound = e.bend_sound * wave(radius / (0.5 * e.aspect.hypot(1.0)));
        let moved = [0, 1].map(|k| here[k] - outward[k] * light + slow[k] * e.bend_noise + outward[k] * sound);
        canvas.sampled(moved[0] / e.aspect + 0.5, moved[1] + 0.5)
    })
}

pub fn tunnel(e: &uniforms::Effects, canvas: &Picture, before: &Picture) -> Picture {
    Picture::made(canvas.width, canvas.height, |u, v| {
        let [at_u, at_v] = e.tunnel.map(|row| row[0] * u + row[1] * v + row[2]);
        let light = before.sampled(at_u, at_v);
        let turned = e.tunnel_colors.map(|row| row[0] * light[0] + row[1] * light[1] + row[2] * light[2]);
        let here = canvas.sampled(u, v);
        std::array::from_fn(|k| here[k].max(turned[k] * e.tunnel_keep))
    })
}

pub fn rgb(e: &uniforms::Effects, canvas: &Picture) -> Picture {
    Picture::made(canvas.width, canvas.height, |u, v| {
        let here = [(u - 0.5) * e.aspect, v - 0.5];
        let off = [e.apart * (here[0] + 0.5), e.apart * here[1]];
        let at = |sign: f32| canvas.sampled((here[0] + sign * off[0]) / e.aspect + 0.5, here[1] + sign * off[1] + 0.5);
        [at(1.0)[0], canvas.sampled(u, v)[1], at(-1.0)[2]]
    })
}

pub fn contour(e: &uniforms::Effects, canvas: &Picture) -> Picture {
    let (r, width) = (e.reach as i64, canvas.width as i64);
    let pixel = |i: usize| {
        let (x, y) = (i as i64 % width, i as i64 / width);
        let light = |dx: i64, dy: i64| luma(canvas.texel(x + dx * r, y + dy * r)).max(0.0).sqrt();
        let across = light(1, -1) + 2.0 * light(1, 0) + light(1, 1) - light(-1, -1) - 2.0 * light(-1, 0) - light(-1, 1);
        let down = light(-1, 1) + 2.0 * light(0, 1) + light(1, 1) - light(-1, -1) - 2.0 * light(0, -1) - light(1, -1);
        let edge = smoothstep(0.08, 0.9, across.hypot(down));
        let color = canvas.pixels[i];
        let most = color[0].max(color[1]).max(color[2].max(1e-3));
        let glow = scaled(mix(scaled(color, 1.0 / most), [1.0; 3], 0.33), edge);
        mix(color, std::array::from_fn(|k| color[k] * 0.35 + glow[k]), e.contour)
    };
    Picture { pixels: (0..canvas.pixels.len()).map(pixel).collect(), ..*canvas }
}

fn smaller(canvas: &Picture, [width, height]: [usize; 2], first: bool) -> Picture {
    Picture::made(width, height, |u, v| {
        let at = |x: f32, y: f32| canvas.sampled(u + x / canvas.width as f32, v + y / canvas.height as f32);
        let groups: [([[f32; 2]; 4], f32); 5] = [
            ([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]], 0.5),
            ([[-2.0, -2.0], [0.0, -2.0], [-2.0, 0.0], [0.0, 0.0]], 0.125),
            ([[0.0, -2.0], [2.0, -2.0], [0.0, 0.0], [2.0, 0.0]], 0.125),
            ([[-2.0, 0.0], [0.0, 0.0], [-2.0, 2.0], [0.0, 2.0]], 0.125),
            ([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]], 0.125),
        ];
        let (mut sum, mut weights) = ([0.0; 3], 0.0);
        for (taps, share) in groups {
            let taps = taps.map(|[x, y]| at(x, y));
            let mean: Color = std::array::from_fn(|k| 0.25 * taps.iter().map(|tap| tap[k]).sum::<f32>());
            let weight = if first { share / (1.0 + luma(mean)) } else { share };
            sum = std::array::from_fn(|k| sum[k] + mean[k] * weight);
            weights += weight;
        }
        let color = scaled(sum, 1.0 / weights);
        if first { scaled(color, luma(color) / (luma(color) + 0.1)) } else { color }
    })
}

fn larger(level: &Picture, wider: &Picture) -> Picture {
    let t = [1.0 / wider.width as f32, 1.0 / wider.height as f32];
    Picture::made(level.width, level.height, |u, v| {
        let mut tent = [0.0; 3];
        for (x, y) in (-1..=1).flat_map(|y| (-1..=1).map(move |x| (x, y))) {
            let weight = [2.0, 1.0][usize::from(x != 0)] * [2.0, 1.0][usize::from(y != 0)] / 16.0;
            let tap = wider.sampled(u + x as f32 * t[0], v + y as f32 * t[1]);
            tent = std::array::from_fn(|k| tent[k] + tap[k] * weight);
        }
        let (own, warm) = (level.sampled(u, v), [1.0, 0.86, 0.78]);
        std::array::from_fn(|k| own[k] + tent[k] * warm[k])
    })
}

/// The light that is gathered from `canvas`, and how many levels are in it; the first has half the wall's size, or a quarter.
pub fn glow(canvas: &Picture, coarse: bool) -> (Picture, usize) {
    let half = |[width, height]: [usize; 2]| [width.div_ceil(2), height.div_ceil(2)];
    let first = half([canvas.width, canvas.height]);
    let mut size = if coarse { half(first) } else { first };
    let mut downs = vec![smaller(canvas, size, true)];
    size = half(size);
    while downs.len() < 6 && size.iter().all(|side| *side >= 4) {
        downs.push(smaller(&downs[downs.len() - 1], size, false));
        size = half(size);
    }
    let levels = downs.len();
    let mut wider = downs.pop().unwrap();
    while let Some(level) = downs.pop() {
        wider = larger(&level, &wider);
    }
    (wider, levels)
}

fn encoded(c: Color) -> Color {
    c.map(|x| if x <= 0.003_130_8 { x * 12.92 } else { 1.055 * x.powf(1.0 / 2.4) - 0.055 })
}

fn pcg3d(seed: [u32; 3]) -> [u32; 3] {
    let mut v = seed.map(|x| x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let turn = |v: &mut [u32; 3]| {
        v[0] = v[0].wrapping_add(v[1].wrapping_mul(v[2]));
        v[1] = v[1].wrapping_add(v[2].wrapping_mul(v[0]));
        v[2] = v[2].wrapping_add(v[0].wrapping_mul(v[1]));
    };
    turn(&mut v);
    v = v.map(|x| x ^ (x >> 16));
    turn(&mut v);
    v
}

/// The final pass without dither: 0..255.
pub fn finish(f: &uniforms::Finish, canvas: &Picture, glow: &Picture) -> Vec<Color> {
    let pixel = |i: usize| {
        let (x, y) = (i % canvas.width, i / canvas.width);
        let place = [x as f32 + 0.5, y as f32 + 0.5];
        let light = glow.sampled(place[0] / canvas.width as f32, place[1] / canvas.height as f32);
        let mut color: Color = std::array::from_fn(|k| canvas.pixels[i][k] + f.glow * light[k]);
        let at = lightness(color) * 7.0;
        let (from, to) = (f.colors[at as usize], f.colors[(at as usize + 1).min(7)]);
        let painted = std::array::from_fn(|k| from[k] + (to[k] - from[k]) * at.fract());
        color = mix(color, painted, f.palette);
        let negative = encoded(color.map(|part| part.clamp(0.0, 1.0))).map(|part| (1.0 - part) * (1.0 - part));
        color = mix(color, negative, f.invert);
        color = mix(color, [f.hit[0], f.hit[1], f.hit[2]], f.hit[3]);
        color = mix(mix(color, dotted(f, color, place), f.dots), lined(f, color, place), f.lines);
        let bits = pcg3d([x as u32, y as u32, f.frame ^ 0x9e37_79b9])[0];
        let noise = (bits & 0xffff) as f32 / 65535.0 + (bits >> 16) as f32 / 65535.0 - 1.0;
        color =
            scaled(color, (1.0 + f.grain * noise * 1.6 * (1.0 - 0.7 * luma(color).clamp(0.0, 1.0).sqrt())).max(0.0));
        encoded(color.map(|part| (part * f.gain).clamp(0.0, 1.0))).map(|part| part * 255.0)
    };
    (0..canvas.pixels.len()).map(pixel).collect()
}

fn dotted(f: &uniforms::Finish, color: Color, [x, y]: [f32; 2]) -> Color {
    let turned = [x + y, y - x].map(|part| part * std::f32::consts::FRAC_1_SQRT_2 / f.cell * std::f32::consts::TAU);
    let wave = 0.5 + 0.25 * (turned[0].cos() + turned[1].cos());
    let (here, edge) = (lightness(color), 1.5 / f.cell);
    scaled(color, smoothstep(-edge, edge, here + wave - 1.0) / here.max(0.25))
}

fn lined(f: &uniforms::Finish, color: Color, [_, y]: [f32; 2]) -> Color {
    let wave = 0.5 + 0.5 * (std::f32::consts::TAU * y / f.cell).cos();
    let covered = smoothstep(-0.25, 0.25, lightness(color) + wave - 0.85);
    scaled(color, 0.15 + 1.1 * covered)
}
