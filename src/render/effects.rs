//! The look effects: their amounts as plain data, made new for every frame, and what they mean in the shaders' units.
//!
//! They are laid over the moved and faded picture in the order of the fields; 0 of any amount is the exact bypass. Those up
//! to `contour` are passes of [`super::chain`], the rest is part of the final pass.

use super::uniforms::{self, PALETTE_COLORS};
use crate::audio::SoundShape;
use crate::frame::Affine;

/// How far `bend` displaces at 1, in wall heights: by light at the wall's edge, by slow waves, by a full signal.
const BEND_HEIGHTS: [f32; 3] = [1.0, 0.08, 0.12];
/// Width of the soft rim of the mirror's iris, in wall heights.
const MIRROR_RIM_HEIGHTS: f32 = 0.1;
/// Part of its distance from the centre by which `rgb` moves a colour at 1.
const APART: f32 = 0.03;
/// Distance over which contours are looked for, in wall heights.
const REACH_HEIGHTS: f32 = 1.0 / 240.0;
/// Halftone cells in the wall's height.
const CELLS: f32 = 72.0;
/// Beats after which half of the tunnel's light is left, at 1.
const TUNNEL_HALF_LIFE_BEATS: f64 = 2.0;
/// Slow waves repeat after this many beats.
const BEND_BEATS: f64 = 64.0;
/// Glow at 1, as a factor of the light that all its levels gather.
const GLOW: f32 = 1.6;

/// Mirror and kaleidoscope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mirror {
    pub amount: f32,
    /// How many times the picture is there: 2 is left and right, 4 both ways, more a kaleidoscope.
    pub folds: f32,
    /// Where it is folded, in halves of the wall from the centre, x right, y down.
    pub centre: [f32; 2],
    /// Of the axis, anticlockwise from upright.
    pub turn_degrees: f32,
}

/// The wall fed back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tunnel {
    pub amount: f32,
    /// Inwards (+), outwards (−).
    pub zoom_octaves_per_beat: f32,
    /// Anticlockwise.
    pub turns_per_beat: f32,
    /// Of the colour wheel.
    pub hues_per_beat: f32,
}

/// What displaces the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BendBy {
    /// Its own light.
    #[default]
    Light,
    /// Slow waves.
    Noise,
    /// The waveform, from the centre outwards.
    Sound,
}

/// Amounts are 0..1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effects {
    /// Length of the loop that plays; 0 is off.
    pub loop_beats: f64,
    pub mirror: Mirror,
    pub bend: f32,
    pub bend_by: BendBy,
    pub tunnel: Tunnel,
    pub rgb: f32,
    pub contour: f32,
    pub halation: f32,
    pub palette: f32,
    /// Linear light.
    pub palette_colors: [[f32; 3]; PALETTE_COLORS],
    pub invert: f32,
    /// A flash of `hit_color`, linear light.
    pub hit: f32,
    pub hit_color: [f32; 3],
    pub dots: f32,
    /// The dots are lines.
    pub lines: bool,
    pub grain: f32,
    /// How much light the strobe leaves in this frame: 1 neutral.
    pub strobe_gain: f32,
}

impl Default for Effects {
    fn default() -> Self {
        Self {
            loop_beats: 0.0,
            mirror: Mirror { amount: 0.0, folds: 4.0, centre: [0.0; 2], turn_degrees: 0.0 },
            bend: 0.0,
            bend_by: BendBy::Light,
            tunnel: Tunnel::default(),
            rgb: 0.0,
            contour: 0.0,
            halation: 0.0,
            palette: 0.0,
            palette_colors: std::array::from_fn(|k| [k as f32 / (PALETTE_COLORS - 1) as f32; 3]),
            invert: 0.0,
            hit: 0.0,
            hit_color: [1.0; 3],
            dots: 0.0,
            lines: false,
            grain: 0.0,
            strobe_gain: 1.0,
        }
    }
}

/// Where and when effects are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub size: [u32; 2],
    pub beats: f64,
    /// Since the last frame that moved.
    pub beats_passed: f64,
    pub sound: &'a SoundShape,
}

impl Effects {
    /// How much of the look the final pass draws: 0 colours alone, 1 glow, hit and grain too, 2 everything.
    pub(super) fn richness(&self) -> usize {
        let any = |amounts: &[f32]| amounts.iter().any(|amount| *amount > 0.0);
        match () {
            () if any(&[self.palette, self.invert, self.dots]) => 2,
            () if any(&[self.halation, self.hit, self.grain]) => 1,
            () => 0,
        }
    }

    /// For the passes of the chain.
    pub(super) fn uniform(&self, place: &Place<'_>) -> uniforms::Effects {
        let [width, height] = place.size.map(|side| side.max(1) as f32);
        let aspect = width / height;
        let (sin, cos) = self.mirror.turn_degrees.to_radians().sin_cos();
        let [x, y] = self.mirror.centre;
        // The corner of the wall that is farthest from the centre of the mirror.
        let farthest = 0.505 * ((1.0 + x.abs()) * aspect).hypot(1.0 + y.abs());
        let bend = |by: BendBy| if self.bend_by == by { self.bend * BEND_HEIGHTS[by as usize] } else { 0.0 };
        uniforms::Effects {
            waveform: uniforms::in_fours(place.sound.waveform.map(|x| f32::from(x) / 127.0)),
            tunnel: self.tunnel.map(place.beats_passed, f64::from(aspect)).rows_f32(),
            tunnel_colors: hue_rows(self.tunnel.hues_per_beat * place.beats_passed as f32),
            mirror_centre: [0.5 * x * aspect, 0.5 * y],
            mirror_axis: [cos, -sin],
            aspect,
            mirror_iris: self.mirror.amount * (farthest + MIRROR_RIM_HEIGHTS),
            mirror_fold: std::f32::consts::TAU / self.mirror.folds.round().max(2.0),
            bend_light: bend(BendBy::Light),
            bend_noise: bend(BendBy::Noise),
            bend_sound: bend(BendBy::Sound),
            beats: place.beats.rem_euclid(BEND_BEATS) as f32,
            tunnel_keep: self.tunnel.keep(place.beats_passed),
            apart: self.rgb * APART,
            contour: self.contour,
            reach: (REACH_HEIGHTS * height).round().max(1.0),
            padding: 0.0,
        }
    }

    /// What the final pass needs, on a wall of `height` pixels.
    pub(super) fn finish(&self, height: u32) -> uniforms::Finish {
        let [r, g, b] = self.hit_color;
        let [dots, lines] = if self.lines { [0.0, self.dots] } else { [self.dots, 0.0] };
        uniforms::Finish {
            glow: self.halation * GLOW,
            palette: self.palette,
            invert: self.invert,
            dots,
            lines,
            grain: self.grain,
            cell: (height as f32 / CELLS).max(3.0),
            hit: [r, g, b, self.hit],
            colors: self.palette_colors.map(|[r, g, b]| [r, g, b, 1.0]),
            ..uniforms::Finish::neutral()
        }
    }
}

impl Tunnel {
    /// The part of its light that is left after `beats`; independent of the frame rate.
    fn keep(&self, beats: f64) -> f32 {
        let half_life = f64::from(self.amount).powi(2) * TUNNEL_HALF_LIFE_BEATS;
        if half_life > 0.0 { (-beats.max(0.0) / half_life).exp2() as f32 } else { 0.0 }
    }

    /// From the wall, 0..1, to where its light was `beats` ago.
    fn map(&self, beats: f64, aspect: f64) -> Affine {
        let zoom = (f64::from(self.zoom_octaves_per_beat) * beats).exp2();
        let moved = Affine::rotation([0.0; 2], f64::from(self.turns_per_beat) * beats, zoom);
        crate::motion::Placement::whole_wall(aspect, 1.0).plane_map(moved, aspect)
    }
}

/// Rows of the matrix that turns linear RGB about grey by `turns`. Greys keep their value; the sum of the three, too.
fn hue_rows(turns: f32) -> [[f32; 4]; 3] {
    let (sin, cos) = (turns * std::f32::consts::TAU).sin_cos();
    // Rodrigues' formula about (1, 1, 1)/√3.
    let (same, third) = ((1.0 + 2.0 * cos) / 3.0, (1.0 - cos) / 3.0);
    let (next, last) = (third - sin / 3f32.sqrt(), third + sin / 3f32.sqrt());
    [[same, next, last, 0.0], [last, same, next, 0.0], [next, last, same, 0.0]]
}
