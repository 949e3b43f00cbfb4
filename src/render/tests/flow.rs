//! The flow interpolator against its twin, and what it does at the ends, with the same image twice and with unlike ones.

use super::effects::twin::{Picture, luma};
use super::*;
use crate::motion::linear_from_srgb8;
use crate::render::flow::{Flow, Grid, whole};

const SIZE: [u32; 2] = [96, 54];
const WIDTH: usize = SIZE[0] as usize;
const HEIGHT: usize = SIZE[1] as usize;

/// Waves and a disc, moved and grown.
fn scene(shift: [f32; 2], growth: f32) -> Vec<u8> {
    let pixel = |k: u32| {
        let (x, y) = ((k % SIZE[0]) as f32, (k / SIZE[0]) as f32);
        let (x, y) = ((x - 48.0 - shift[0]) / growth + 48.0, (y - 27.0 - shift[1]) / growth + 27.0);
        let wave = |k: f32| 0.5 + 0.5 * (x * 0.31 * k).sin() * (y * 0.23 / k).cos();
        let disc = 1.0 - ((x - 60.0).hypot(y - 25.0) - 9.0).clamp(0.0, 1.0);
        [wave(1.0) * 90.0 + disc * 140.0, wave(0.6) * 150.0, wave(1.7) * 120.0 + disc * 60.0, 255.0].map(|v| v as u8)
    };
    (0..SIZE[0] * SIZE[1]).flat_map(pixel).collect()
}

fn picture(rgba: &[u8], width: usize) -> Picture {
    let pixels = rgba.chunks(4).map(|p| [p[0], p[1], p[2]].map(linear_from_srgb8)).collect();
    Picture { width, height: rgba.len() / 4 / width, pixels }
}

/// The middle of a pixel, in parts of its grid.
fn uv([x, y]: [i32; 2], [width, height]: [usize; 2]) -> [f32; 2] {
    [(x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32]
}

/// The flow between two images, on the grid of a device or of the processor, which gets eight bits.
fn flow_of(device: bool, from: &Picture, to: &Picture) -> Grid<5> {
    let size = if device { [96, 54] } else { [64, 36] };
    let lightness = |image: &Picture, at: [i32; 2]| {
        let [u, v] = uv(at, size);
        let four = [-1.0, 1.0].map(|y| {
            [-1.0, 1.0].map(|x| luma(image.sampled(u + x / 4.0 / size[0] as f32, v + y / 4.0 / size[1] as f32)))
        });
        let lightness = (four.as_flattened().iter().sum::<f32>() / 4.0).sqrt();
        if device { lightness } else { (lightness * 255.0).round() / 255.0 }
    };
    whole(Grid::new(size, |at| [lightness(from, at), lightness(to, at)]))
}

/// What the twin puts on the wall between two images of the wall's size.
fn between(flow: &Grid<5>, from: &Picture, to: &Picture, t: f32) -> Vec<[f32; 3]> {
    let wall = |at: [i32; 2]| {
        let [u, v] = uv(at, [WIDTH, HEIGHT]);
        let f = flow.between([u * flow.size[0] as f32 - 0.5, v * flow.size[1] as f32 - 0.5]);
        let s = 1.0 - t;
        let a = from.sampled(u - s * t * f[0] + t * t * f[2], v - s * t * f[1] + t * t * f[3]);
        let b = to.sampled(u + s * s * f[0] - t * s * f[2], v + s * s * f[1] - t * s * f[3]);
        std::array::from_fn(|c| a[c] + (b[c] - a[c]) * t)
    };
    Grid::new([WIDTH, HEIGHT], wall).values
}

/// A wall that flows from one image of its size to another, as the device or the processor finds; the next frame starts the
/// fade.
fn flowing([width, height]: [u32; 2], device: bool, images: [&[u8]; 2]) -> Option<Rig> {
    let mut rig = Rig::new(width, height)?;
    rig.look.flow = true;
    rig.renderer.flow = Some(Flow::on(&rig.gpu, &rig.renderer.passes, device));
    rig.image(Arrival::Cut, width, height, images[0]);
    rig.draw();
    rig.image(Arrival::Stream, width, height, images[1]);
    Some(rig)
}

/// Draws the rest of the fade: each frame, and how far the fade was.
fn fade(rig: &mut Rig) -> Vec<(f32, Vec<u8>)> {
    let mut frames = Vec::new();
    loop {
        let drawn = rig.draw();
        let blend = rig.renderer.playhead.layers().map_or(1.0, |(.., blend)| blend);
        frames.push((blend, drawn));
        if blend >= 1.0 {
            return frames;
        }
    }
}

/// The frame of a fade that is nearest to its middle.
fn middle(rig: &mut Rig) -> (f32, Vec<u8>) {
    let off = |frame: &(f32, Vec<u8>)| (frame.0 - 0.5).abs();
    fade(rig).into_iter().min_by(|a, b| off(a).total_cmp(&off(b))).expect("frames")
}

fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
}

#[test]
fn between_two_images_the_wall_is_as_its_twin_has_it() {
    let images = [scene([0.0; 2], 1.0), scene([3.3, -1.6], 1.06)];
    for device in [true, false] {
        let Some(mut rig) = flowing(SIZE, device, [&images[0], &images[1]]) else { return };
        let frames = fade(&mut rig);
        let (blend, wall) = &frames[frames.len() * 7 / 10];
        assert!((0.5..0.9).contains(blend), "{blend}");
        // By then the flow counts fully.
        let [from, to] = images.each_ref().map(|image| picture(image, WIDTH));
        let expected = between(&flow_of(device, &from, &to), &from, &to, *blend);
        let expected: Vec<u8> = expected.iter().flat_map(|c| c.map(srgb8_from_linear)).collect();
        let wall: Vec<u8> = wall.chunks(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        let off = far_apart(&wall, &expected, 2 + DECODE);
        // Eight bits of lightness may round either way.
        let few = if device { 1 } else { 5 };
        assert!(off * 1000 <= few * wall.len(), "{off} of {} values are off, {device}", wall.len());
        let last = frames.last().map(|(_, wall)| far_apart(wall, &images[1], 1 + DECODE));
        assert_eq!(last, Some(0), "it ends at the image");
    }
}

/// Half of the way, what has moved is where it would be by then, and once, where a fade has it twice.
#[test]
fn what_moved_is_seen_once() {
    let (from, to) = (scene([-3.0, 1.0], 1.0), scene([3.0, -1.0], 1.0));
    let Some(mut rig) = flowing(SIZE, false, [&from, &to]) else { return };
    let (blend, wall) = middle(&mut rig);
    let truth = scene([6.0 * (blend - 0.5), -2.0 * (blend - 0.5)], 1.0);
    let faded: Vec<u8> = from
        .iter()
        .zip(&to)
        .map(|(a, b)| {
            let (a, b) = (linear_from_srgb8(*a), linear_from_srgb8(*b));
            srgb8_from_linear(a + (b - a) * blend)
        })
        .collect();
    let (flowing, fading) = (mean_difference(&wall, &truth), mean_difference(&faded, &truth));
    assert!(flowing < 0.25 * fading, "{flowing} against {fading}");
}

#[test]
fn the_same_image_stays_and_an_unlike_one_fades() {
    let same = scene([0.0; 2], 1.0);
    let Some(mut rig) = flowing(SIZE, false, [&same, &same]) else { return };
    for (_, wall) in fade(&mut rig) {
        assert_eq!(far_apart(&wall, &same, 1 + DECODE), 0);
    }
    drop(rig);
    let (from, to) = (scene([0.0; 2], 1.0), noise(SIZE[0], SIZE[1]));
    let [flowing, fading] = [true, false].map(|flow| {
        let mut rig = flowing(SIZE, false, [&from, &to]).expect("as before");
        rig.look.flow = flow;
        middle(&mut rig).1
    });
    let off = mean_difference(&flowing, &fading);
    assert!(off < 2.0, "{off} codes");
}

/// For `tests/reference/flow_peers.py`: the middle of each pair of pictures in a folder, and its flow.
#[test]
#[ignore = "tests/reference/flow_peers.py runs it"]
fn pairs_of_a_folder() {
    let Ok(folder) = std::env::var("FLOW_PAIRS") else { return };
    let (folder, device) = (std::path::Path::new(&folder), std::env::var_os("FLOW_ON_DEVICE").is_some());
    for k in 0.. {
        let [from, to] = ["a", "b"].map(|end| image::open(folder.join(format!("{k}{end}.png"))).map(|i| i.to_rgba8()));
        let (Ok(from), Ok(to)) = (from, to) else { return };
        let Some(mut rig) = flowing([from.width(), from.height()], device, [&from, &to]) else { return };
        let (blend, wall) = middle(&mut rig);
        assert!((blend - 0.5).abs() < 1e-3, "{blend}");
        let wall = image::RgbaImage::from_raw(from.width(), from.height(), wall).expect("a whole picture");
        wall.save(folder.join(format!("{k}m.png"))).expect("writing");
        let [from, to] = [&from, &to].map(|image| picture(image, image.width() as usize));
        std::fs::write(folder.join(format!("{k}.flow")), bytemuck::cast_slice(&flow_of(device, &from, &to).values))
            .expect("writing");
    }
}
