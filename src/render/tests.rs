//! Pictures drawn on a real device: a hardware one where there is one, lavapipe otherwise. At most 128².

use super::*;
use crate::motion::srgb::srgb8_from_linear;
use crate::render::playhead::MORPH_SPEED_CUT;

use std::sync::MutexGuard;

mod cameras;
mod effects;
mod fit;
mod flash;
mod flow;
mod look;
mod overlay;
mod upscale;

/// A wall, its clock stepped by hand, and a way to look at it.
struct Rig {
    gpu: Gpu,
    _turn: MutexGuard<'static, ()>,
    renderer: Renderer,
    readback: Readback,
    look: Look,
    now: Seconds,
    sequence: u64,
}

/// lavapipe decodes sRGB textures up to 0.35 of a code wrong, and then the dither may take the neighbour.
const DECODE: u8 = 1;
const FRAME_S: f64 = 1.0 / 32.0;

impl Rig {
    fn new(width: u32, height: u32) -> Option<Self> {
        Self::with(RenderConfig { width_px: width, height_px: height, flash_limiter: false, ..Default::default() })
    }

    fn with(config: RenderConfig) -> Option<Self> {
        let turn = gpu_turn();
        let gpu = match Gpu::headless(0) {
            Ok(gpu) => gpu,
            Err(error) if std::env::var_os("CI").is_some() => panic!("{error}"),
            Err(error) => {
                println!("skipped, {error}");
                return None;
            }
        };
        let readback = Readback::new(&gpu, config.width_px, config.height_px);
        let renderer = Renderer::new(&gpu, config);
        Some(Self { gpu, _turn: turn, renderer, readback, look: Look::default(), now: Seconds(0.0), sequence: 0 })
    }

    fn image(&mut self, arrival: Arrival, width: u32, height: u32, pixels: &[u8]) {
        self.sequence += 1;
        let frame = Frame {
            deep: pixels.chunks_exact(4).any(|pixel| pixel[3] != 255),
            pixels: pixels.into(),
            width_px: width,
            height_px: height,
            sequence: self.sequence,
            asked_at_s: self.now.0,
            made_at_s: self.now.after(FRAME_S).0,
            beat: 0.0,
            pose: self.look.content,
            strength: 1.0,
            steps: 1,
            seed: 0,
            bank: 1,
            slot: 1,
            arrival,
            event: 100 + self.sequence,
        };
        self.renderer.push(Arc::new(frame));
    }

    fn grey(&mut self, arrival: Arrival, level: u8) {
        self.image(arrival, 8, 8, &[level, level, level, 255].repeat(64));
    }

    /// One displayed frame later.
    fn draw(&mut self) -> Vec<u8> {
        self.now = self.now.after(FRAME_S);
        self.renderer.draw(&self.gpu, &self.readback.view, self.now, &self.look);
        assert!(self.readback.request(&self.gpu, 0, self.now));
        let mut still = None;
        self.readback.drain(&self.gpu, |s| still = Some(s));
        assert_eq!(self.gpu.errors(), 0);
        still.expect("a drawn frame can be read").rgba.clone()
    }

    /// The one level a grey wall has.
    fn level(&mut self) -> u8 {
        let drawn = self.draw();
        let level = drawn[0];
        assert!(drawn.chunks(4).all(|p| p[..3].iter().all(|v| v.abs_diff(level) <= 1) && p[3] == 255));
        level
    }
}

fn noise(width: u32, height: u32) -> Vec<u8> {
    let mut state = 1u32;
    let mut byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..width * height).flat_map(|_| [byte(), byte(), byte(), 255]).collect()
}

/// Something smooth enough to be compared after resampling.
fn waves(size: u32) -> Vec<u8> {
    let wave = |x: u32, y: u32, k: f32| {
        let (x, y) = (f64::from(x) as f32, f64::from(y) as f32);
        (128.0 + 100.0 * (x * 0.17 * k).sin() * (y * 0.13).cos()) as u8
    };
    (0..size * size)
        .map(|i| (i % size, i / size))
        .flat_map(|(x, y)| [wave(x, y, 1.0), wave(x, y, 0.5), wave(y, x, 0.7), 255])
        .collect()
}

fn far_apart(a: &[u8], b: &[u8], tolerance: u8) -> usize {
    a.iter().zip(b).filter(|(a, b)| a.abs_diff(**b) > tolerance).count()
}

#[test]
fn neutral_look_is_the_exact_bypass() {
    let Some(mut rig) = Rig::new(64, 48) else { return };
    let picture = noise(64, 48);
    rig.image(Arrival::Cut, 64, 48, &picture);
    let drawn = rig.draw();
    assert_eq!(far_apart(&drawn, &picture, DECODE), 0);
    // Frozen, even the dither stands still: what is neutral must not change one bit.
    rig.look.freeze = true;
    rig.look.hue_degrees = 360.0;
    assert_eq!(rig.draw(), drawn);
    rig.look.saturation = 0.99;
    assert_ne!(rig.draw(), drawn);
}

#[test]
fn before_the_first_image_a_quiet_wash() {
    let Some(mut rig) = Rig::new(64, 36) else { return };
    let first = rig.draw();
    assert!(first.chunks(4).all(|p| p[..3].iter().any(|v| *v > 4) && p[..3].iter().all(|v| *v < 64)));
    assert_eq!(rig.renderer.shown(), Shown::default());
    rig.look.beats = 4.0;
    assert!(far_apart(&rig.draw(), &first, 1) > 100, "it drifts");
    // The first image fades in from it.
    rig.grey(Arrival::Stream, 200);
    let next = rig.draw();
    assert!(next.chunks(4).all(|p| p[0] < 100));
}

#[test]
fn half_way_between_black_and_white_is_half_the_light() {
    let Some(mut rig) = Rig::new(16, 16) else { return };
    rig.grey(Arrival::Cut, 0);
    assert_eq!(rig.level(), 0);
    rig.grey(Arrival::Stream, 255);
    assert_eq!(rig.level(), 0, "an image that is just there has no weight yet");
    assert_eq!(rig.renderer.shown(), Shown { sequence: 1, event: 101 });
    for _ in 0..7 {
        rig.draw();
    }
    assert_eq!(rig.renderer.shown(), Shown { sequence: 2, event: 102 });
    let level = rig.level();
    assert!((186..=190).contains(&level), "half of the light is 188, not {level}");
    for _ in 0..8 {
        rig.draw();
    }
    assert_eq!(rig.level(), 255);
}

#[test]
fn a_cut_shows_in_the_next_frame() {
    let Some(mut rig) = Rig::new(16, 16) else { return };
    rig.grey(Arrival::Cut, 10);
    assert_eq!(rig.level(), 10);
    rig.grey(Arrival::Stream, 200);
    rig.grey(Arrival::Cut, 77);
    assert_eq!(rig.level(), 77);
    assert_eq!(rig.renderer.shown().sequence, 3);
    assert_eq!(rig.renderer.skipped(), 1);
    rig.look.morph_speed = MORPH_SPEED_CUT;
    rig.grey(Arrival::Stream, 33);
    assert_eq!(rig.level(), 33, "the right end of the morph knob is a cut");
}

#[test]
fn a_glide_begins_at_once_lands_in_time_and_takes_newer_images_on() {
    let Some(mut rig) = Rig::new(32, 32) else { return };
    rig.grey(Arrival::Cut, 0);
    rig.draw();
    rig.grey(Arrival::Glide { seconds: 30.0 / 32.0 }, 255);
    let mut last = rig.level();
    assert!(last > 0 && rig.renderer.shown().sequence == 2, "the pad is seen in the next frame");
    for frame in 1..30 {
        if frame == 15 {
            rig.grey(Arrival::Stream, 200);
        }
        let before = std::mem::replace(&mut last, rig.level());
        assert!(last.abs_diff(before) < 40, "frame {frame}: {before} to {last}");
    }
    rig.draw();
    assert_eq!(rig.level(), 200);
}

#[test]
fn retargeting_never_snaps() {
    let Some(mut rig) = Rig::new(16, 16) else { return };
    rig.grey(Arrival::Cut, 0);
    let mut light = crate::motion::linear_from_srgb8(rig.level());
    let mut greatest = 0.0f32;
    for frame in 0..60 {
        // New images, black and white and of two sizes, long before the fade to the last one is over.
        if frame % 5 == 0 {
            let side = if frame % 15 == 0 { 8 } else { 12 };
            let level = if frame % 10 == 0 { 255 } else { 0 };
            rig.image(Arrival::Stream, side, side, &[level, level, level, 255].repeat((side * side) as usize));
        }
        let next = crate::motion::linear_from_srgb8(rig.level());
        greatest = greatest.max((next - light).abs());
        light = next;
    }
    // Intervals settle at 5/32 s: a fade moves by at most a fifth a frame.
    assert!(greatest < 0.23, "one frame jumped by {greatest}");
    assert!(greatest > 0.1, "nothing moved");
}

#[test]
fn trails_halve_in_their_half_life_at_any_frame_rate() {
    for frames in [4, 16] {
        let Some(mut rig) = Rig::new(16, 16) else { return };
        rig.look.trails_half_life_beats = 2.0;
        rig.grey(Arrival::Cut, 255);
        rig.level();
        rig.grey(Arrival::Cut, 0);
        for _ in 0..frames {
            rig.look.beats += 2.0 / f64::from(frames);
            rig.draw();
        }
        let level = rig.level();
        assert!(level.abs_diff(srgb8_from_linear(0.5)) <= 2, "{frames} frames: {level}");
        // A standing picture under trails is exactly that picture, and off is off at once.
        rig.grey(Arrival::Cut, 255);
        assert_eq!([rig.level(), rig.level()], [255, 255]);
        rig.grey(Arrival::Cut, 40);
        rig.look.trails_half_life_beats = 0.0;
        assert_eq!(rig.level(), 40);
    }
}

#[test]
fn blackout_is_exact_black_and_gives_exactly_the_show_back() {
    let Some(mut rig) = Rig::new(64, 64) else { return };
    let picture = noise(64, 64);
    rig.image(Arrival::Cut, 64, 64, &picture);
    let black = |drawn: &[u8]| drawn.chunks(4).all(|p| p == [0, 0, 0, 255]);
    for freeze in [false, true] {
        rig.look.freeze = freeze;
        let before = rig.draw();
        rig.look.blackout = 1.0;
        assert!(black(&rig.draw()) && black(&rig.draw()));
        rig.look.blackout = 0.0;
        assert_eq!(far_apart(&rig.draw(), &before, if freeze { 0 } else { DECODE }), 0);
    }
}

#[test]
fn limiter_tames_a_strobe_but_not_blackout() {
    let config = RenderConfig { width_px: 16, height_px: 16, ..Default::default() };
    let Some(mut rig) = Rig::with(config) else { return };
    rig.grey(Arrival::Cut, 240);
    let (mut rises, mut last) = (0, 255);
    for frame in 0..32 {
        rig.look.brightness = if frame % 2 == 0 { 0.0 } else { 1.0 };
        let level = rig.level();
        rises += usize::from(level > 200 && last < 100);
        last = level;
    }
    assert!((2..=3).contains(&rises), "{rises} flashes in a second");
    assert!(rig.renderer.held_percent() > 50, "and it is told: {} %", rig.renderer.held_percent());
    rig.look.brightness = 1.0;
    for _ in 0..64 {
        rig.level();
    }
    assert_eq!(rig.renderer.held_percent(), 0, "it has let go");
    for frame in 0..20 {
        rig.look.blackout = if frame % 2 == 0 { 1.0 } else { 0.0 };
        let level = rig.level();
        assert!(frame % 2 == 1 || level == 0, "blackout closes at once; opening again is limited");
    }
}

#[test]
fn lost_device_comes_back_with_the_last_image() {
    let Some(mut rig) = Rig::new(48, 48) else { return };
    let picture = noise(48, 48);
    rig.image(Arrival::Cut, 48, 48, &noise(48, 48));
    rig.draw();
    rig.image(Arrival::Stream, 48, 48, &picture);
    for _ in 0..40 {
        rig.draw();
    }
    rig.gpu.destroy();
    assert!(rig.gpu.is_lost());
    // Everything on a lost device is a no-op; drawing on it must not panic either.
    rig.renderer.draw(&rig.gpu, &rig.readback.view, rig.now, &rig.look);
    rig.gpu = Gpu::headless(rig.gpu.generation + 1).unwrap();
    rig.readback = Readback::new(&rig.gpu, 48, 48);
    rig.renderer.rebuild(&rig.gpu);
    assert_eq!(far_apart(&rig.draw(), &picture, DECODE), 0);
    assert_eq!(rig.renderer.shown().sequence, 2);
}

#[test]
fn a_fade_caught_half_way_keeps_its_image_for_a_new_device() {
    let Some(mut rig) = Rig::new(16, 16) else { return };
    for (arrival, level) in [(Arrival::Cut, 40), (Arrival::Stream, 200), (Arrival::Stream, 120)] {
        rig.grey(arrival, level);
        // Not long enough for a whole fade: the third image meets the second half-way.
        for _ in 0..10 {
            rig.draw();
        }
    }
    let (from, _, blend) = rig.renderer.playhead.layers().expect("two layers");
    let image = from.image.as_ref().expect("a caught fade knows what it is of");
    assert!(matches!(from.source, LayerSource::Held(_)) && [40, 200].contains(&image.frame.pixels[0]));
    let expected = f32::from(image.frame.pixels[0]) + blend * (120.0 - f32::from(image.frame.pixels[0]));
    rig.gpu.destroy();
    rig.gpu = Gpu::headless(rig.gpu.generation + 1).unwrap();
    rig.readback = Readback::new(&rig.gpu, 16, 16);
    rig.renderer.rebuild(&rig.gpu);
    let level = f32::from(rig.level());
    assert!((level - expected).abs() < 40.0, "{level} instead of about {expected}");
}

#[test]
fn another_size_keeps_the_picture() {
    let Some(mut rig) = Rig::new(32, 32) else { return };
    rig.grey(Arrival::Cut, 90);
    rig.level();
    rig.renderer.resize(&rig.gpu, 48, 20);
    rig.readback = Readback::new(&rig.gpu, 48, 20);
    assert_eq!(rig.level(), 90);
}

#[test]
fn images_that_lie_about_their_size_are_refused() {
    let Some(mut rig) = Rig::new(16, 16) else { return };
    rig.grey(Arrival::Cut, 90);
    rig.level();
    rig.image(Arrival::Cut, 100, 100, &[0; 12]);
    rig.image(Arrival::Cut, 0, 0, &[]);
    assert_eq!(rig.level(), 90);
    assert_eq!(rig.renderer.unusable(), 2);
}
