//! The look effects against their twins on the processor, alone and together, and the exact bypass.

use super::*;
use crate::motion::linear_from_srgb8;
use crate::render::effects::{BendBy, Effects, Mirror, Place, Tunnel};
use twin::Picture;

pub mod twin;

const SIZE: [u32; 2] = [96, 64];

/// Rings, a disc, a ramp and a line in several colours: edges and smooth places, dark and bright.
fn card() -> Vec<u8> {
    let pixel = |i: u32| {
        let (x, y) = ((i % SIZE[0]) as f32, (i / SIZE[0]) as f32);
        let ring = (0.5 + 0.5 * ((x - 30.0).hypot(y - 26.0) * 0.6).sin()) * 200.0;
        let disc = if (x - 70.0).hypot(y - 40.0) < 12.0 { 230.0 } else { 0.0 };
        [ring as u8, (x * 2.0) as u8, f32::max(disc, 255.0 - 4.0 * y) as u8, 255]
    };
    (0..SIZE[0] * SIZE[1]).flat_map(pixel).collect()
}

fn linear(rgba: &[u8]) -> Picture {
    let pixels = rgba.chunks(4).map(|p| [p[0], p[1], p[2]].map(linear_from_srgb8)).collect();
    Picture { width: SIZE[0] as usize, height: SIZE[1] as usize, pixels }
}

fn rig() -> Option<Rig> {
    let mut rig = Rig::new(SIZE[0], SIZE[1])?;
    rig.image(Arrival::Cut, SIZE[0], SIZE[1], &card());
    rig.look.beats = 17.3;
    rig.look.sound.waveform = std::array::from_fn(|i| ((i as f32 * 0.3).sin() * 120.0) as i8);
    Some(rig)
}

/// What the twins make of the card with `look`, drawn once with nothing before.
fn expected(rig: &Rig) -> Vec<[f32; 3]> {
    let (e, look) = (&rig.look.effects, &rig.look);
    let uniform = e.uniform(&Place { size: SIZE, beats: look.beats, beats_passed: 0.0, sound: &look.sound });
    let mut canvas = linear(&card());
    for (amount, twin) in [
        (e.mirror.amount, twin::mirror as fn(&uniforms::Effects, &Picture) -> Picture),
        (e.bend, twin::bend),
        (e.rgb, twin::rgb),
        (e.contour, twin::contour),
    ] {
        if amount > 0.0 {
            canvas = twin(&uniform, &canvas);
        }
    }
    let (glow, levels) = twin::glow(&canvas, rig.gpu.is_software());
    let finish = uniforms::Finish { frame: rig.renderer.dither_frame, ..e.finish(SIZE[1]) };
    twin::finish(&uniforms::Finish { glow: finish.glow / levels as f32, ..finish }, &canvas, &glow)
}

/// At most 2 of 255 off, but for one value in a thousand.
fn assert_like(what: &str, drawn: &[u8], twin: &[[f32; 3]]) {
    let values = drawn.chunks(4).flat_map(|p| [p[0], p[1], p[2]]).zip(twin.iter().flatten());
    let off: Vec<f32> = values.map(|(drawn, twin)| (f32::from(drawn) - twin).abs()).collect();
    let outliers = off.iter().filter(|off| **off > 2.0 + f32::from(DECODE)).count();
    let worst = off.iter().copied().fold(0.0, f32::max);
    assert!(outliers * 1000 <= off.len(), "{what}: {outliers} of {} values are off, the worst by {worst}", off.len());
}

fn mirror(folds: f32, amount: f32) -> Effects {
    let mirror = Mirror { amount, folds, centre: [0.2, -0.1], turn_degrees: 25.0 };
    Effects { mirror, ..Effects::default() }
}

/// Every effect by itself, and some together.
fn looks() -> Vec<(&'static str, Effects)> {
    let neutral = Effects::default();
    let palette_colors = std::array::from_fn(|k| [0.1 * k as f32, (k as f32 - 3.0).abs() * 0.2, 0.7 - 0.1 * k as f32]);
    vec![
        ("mirror of two", mirror(2.0, 1.0)),
        ("kaleidoscope", mirror(6.0, 1.0)),
        ("half open mirror", mirror(4.0, 0.5)),
        ("bent by light", Effects { bend: 0.5, ..neutral }),
        ("bent by noise", Effects { bend: 0.8, bend_by: BendBy::Noise, ..neutral }),
        ("bent by sound", Effects { bend: 1.0, bend_by: BendBy::Sound, ..neutral }),
        ("rgb", Effects { rgb: 1.0, ..neutral }),
        ("contour", Effects { contour: 0.7, ..neutral }),
        ("halation", Effects { halation: 0.8, ..neutral }),
        ("palette", Effects { palette: 0.9, palette_colors, ..neutral }),
        ("invert", Effects { invert: 0.6, ..neutral }),
        ("hit", Effects { hit: 0.4, hit_color: [1.0, 0.8, 0.2], ..neutral }),
        ("dots", Effects { dots: 0.8, ..neutral }),
        ("lines", Effects { dots: 0.8, lines: true, ..neutral }),
        ("grain", Effects { grain: 0.7, ..neutral }),
        ("several", Effects { bend: 0.3, rgb: 0.5, contour: 0.3, halation: 0.5, invert: 0.2, ..mirror(8.0, 1.0) }),
    ]
}

#[test]
fn every_effect_draws_what_its_twin_says() {
    let Some(mut rig) = rig() else { return };
    rig.draw();
    for (what, effects) in looks() {
        rig.look.effects = effects;
        let drawn = rig.draw();
        assert_like(what, &drawn, &expected(&rig));
    }
}

#[test]
fn effects_at_nothing_are_not_there() {
    let Some(mut rig) = rig() else { return };
    rig.draw();
    let plain = rig.draw();
    for (what, effects) in looks() {
        rig.look.effects = effects;
        rig.draw();
        rig.look.effects = Effects::default();
        // The dither repeats with the frame's number only.
        rig.renderer.dither_frame = 1;
        assert_eq!(rig.draw(), plain, "{what} leaves something behind");
    }
}

/// Light goes round in the tunnel at the same pace whatever the frame rate, and fades.
#[test]
fn the_tunnel_feeds_back_as_its_twin_says() {
    let Some(mut rig) = rig() else { return };
    let tunnel = Tunnel { amount: 1.0, zoom_octaves_per_beat: 0.5, turns_per_beat: 0.05, hues_per_beat: 0.2 };
    rig.look.effects.tunnel = tunnel;
    rig.draw();
    let first = linear(&card());
    // A dark picture, so that what is fed back is seen.
    rig.image(Arrival::Cut, SIZE[0], SIZE[1], &[20, 20, 20, 255].repeat((SIZE[0] * SIZE[1]) as usize));
    rig.look.beats += 0.5;
    let drawn = rig.draw();
    let place = Place { size: SIZE, beats: rig.look.beats, beats_passed: 0.5, sound: &rig.look.sound };
    let uniform = rig.look.effects.uniform(&place);
    assert!((uniform.tunnel_keep - 0.5f32.powf(0.25)).abs() < 1e-6, "half of it after two beats");
    let dark = Picture::made(first.width, first.height, |_, _| [linear_from_srgb8(20); 3]);
    // Software keeps a quarter of the pixels.
    let before = if rig.gpu.is_software() {
        Picture::made(first.width / 2, first.height / 2, |u, v| first.sampled(u, v))
    } else {
        first
    };
    let twin = twin::tunnel(&uniform, &dark, &before);
    let shown = twin::finish(&uniforms::Finish::neutral(), &twin, &twin);
    assert_like("tunnel", &drawn, &shown);
}

#[test]
fn a_loop_repeats_the_wall() {
    let Some(mut rig) = Rig::new(16, 16) else { return };
    rig.look.effects.loop_beats = 1.0;
    let mut levels = Vec::new();
    for frame in 0..24 {
        rig.look.beats = f64::from(frame) / 8.0;
        rig.grey(Arrival::Cut, 40 + 5 * frame as u8);
        levels.push(rig.level());
    }
    for frame in 8..24 {
        assert!(levels[frame].abs_diff(levels[frame % 8]) <= 1, "frame {frame}: {levels:?}");
    }
    rig.look.effects.loop_beats = 0.0;
    assert!(rig.level().abs_diff(155) <= 1, "let go, the wall is where it would have been");
}
