//! From the newest snapshot to the look of one frame: parameters in the renderer's units, read at the frame's own beat.
//!
//! Called by the frame assembler on the main thread. Only a hit and the colours of the last pictures are remembered here.

use super::show_state::ShowState;
use crate::dream::Banks;
use crate::frame::Frame;
use crate::motion::Border;
use crate::param::{self, Values};
use crate::render::{BendBy, Effects, Look, MORPH_SPEED_CUT, Mirror, OverlayLook, PALETTE_COLORS, Tunnel};
use crate::tempo::Beat;
use crate::units::{BEATS_PER_BAR, Seconds};

/// How far a full signal pulls a row at `look.tremble` 1, in wall widths.
const TREMBLE_WIDTHS: f32 = 0.06;
/// A hit falls off to a third in this time.
const HIT_S: f64 = 0.12;
/// Flashes a second that no strobe passes: WCAG 2.3.1 allows three.
const FLASHES_PER_S: f64 = 3.0;
/// Beats of each choice of `look.strobe.every` and `look.loop.beats`.
const DIVISIONS_BEATS: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

/// Choices of `morph.mode`, beside a plain fade.
const CUT: usize = 0;
const FLOW: usize = 2;

/// How long a flash on the beat lasts.
const FLASH_S: f64 = 0.12;

/// What is left of an amount that dies away is not drawn below this: an effect costs the same however little of it is there.
const LEAST: f32 = 0.01;

/// Colours from dark to bright, linear light.
type Palette = [[f32; 3]; PALETTE_COLORS];

/// Makes looks, one a frame.
#[derive(Default)]
pub(super) struct Looks {
    /// When the newest hit came, and how many have.
    hit: Option<Seconds>,
    hits: Option<u32>,
    /// Colours of the newest picture, and of the one before.
    pictures: [Palette; 2],
    /// Flashes on the beat are shown, and nothing else.
    pub flash_beats: bool,
}

impl Looks {
    /// A picture is on its way to the wall.
    pub fn picture(&mut self, frame: &Frame) {
        self.pictures = [colors_of(frame), self.pictures[0]];
    }

    /// The look at `now`: the snapshot, with the beat read at `now` and the content pose extrapolated by at most one beat.
    pub fn at(&mut self, now: Seconds, scene: &ShowState, banks: &Banks) -> Look {
        let ShowState { snapshot, clock, sound } = scene;
        let e = &snapshot.effective;
        let react = e[param::AUDIO_REACT];
        let beat = clock.at(snapshot.music_at(now));
        if self.flash_beats {
            return flash(&beat);
        }
        let since = (beat.beats - clock.at(snapshot.music_at(snapshot.time)).beats).clamp(0.0, 1.0);
        self.count_hits(now, snapshot.triggers[param::LOOK_HIT.index()]);
        let written = banks.banks.get(snapshot.bank - 1).map_or(&[][..], |bank| &bank.palette);
        let from_bank = e.whole(param::LOOK_PALETTE_FROM) == 0;
        let palette = if from_bank && !written.is_empty() { evenly(written) } else { self.pictures[1] };
        let painted = e[param::LOOK_PALETTE];
        let mode = e.whole(param::MORPH_MODE);
        Look {
            content: snapshot.content.travelled(snapshot.content_motion, since),
            view: snapshot.view,
            border: Border::of(e.choice(param::MOTION_BORDER)),
            beats: beat.beats,
            morph_speed: if mode == CUT { MORPH_SPEED_CUT } else { e[param::MORPH_SPEED] },
            flow: mode == FLOW,
            trails_half_life_beats: e[param::LOOK_TRAILS],
            tremble: e[param::LOOK_TREMBLE] * react * TREMBLE_WIDTHS,
            swell: e[param::LOOK_SWELL] * react,
            sound: *sound,
            effects: Effects {
                hit: self.hit_at(now),
                strobe_gain: strobe_gain(e, beat.since_first_bar(), beat.bpm.beats_per_second()),
                hit_color: palette[PALETTE_COLORS - 1].map(|part| 1.0 + (part - 1.0) * painted),
                palette_colors: palette,
                ..effects(e, react)
            },
            overlay: overlay(e),
            hue_degrees: e[param::LOOK_HUE],
            saturation: e[param::LOOK_SATURATION],
            contrast: e[param::LOOK_CONTRAST],
            brightness: e[param::MASTER_BRIGHTNESS],
            blackout: snapshot.blackout,
            freeze: e.on(param::MASTER_FREEZE),
        }
    }

    /// `hits` counts on with every hit, and wraps.
    fn count_hits(&mut self, now: Seconds, hits: u32) {
        if self.hits.replace(hits).is_some_and(|before| before != hits) {
            self.hit = Some(now);
        }
    }

    fn hit_at(&self, now: Seconds) -> f32 {
        let Some(at) = self.hit else { return 0.0 };
        let level = (-now.since(at).max(0.0) / HIT_S).exp();
        if level < 1.0 / 512.0 { 0.0 } else { level as f32 }
    }
}

/// White for a moment on every other beat, black in between: at any tempo fewer than three a second.
fn flash(beat: &Beat) -> Look {
    let since_s = beat.beats.rem_euclid(2.0) / beat.bpm.beats_per_second();
    let lit = since_s < FLASH_S;
    let effects = Effects { hit: 1.0, hit_color: [1.0; 3], ..Effects::default() };
    Look { effects, blackout: f32::from(u8::from(!lit)), ..Look::default() }
}

/// What does not depend on time.
fn effects(e: &Values, react: f32) -> Effects {
    let amount = |id| if e[id] < LEAST { 0.0 } else { e[id] };
    let per_beat = |id| e[id] / BEATS_PER_BAR as f32;
    let (bend_by, bend) = match e.whole(param::LOOK_BEND_BY) {
        0 => (BendBy::Light, amount(param::LOOK_BEND)),
        1 => (BendBy::Noise, amount(param::LOOK_BEND)),
        _ => (BendBy::Sound, amount(param::LOOK_BEND) * react),
    };
    Effects {
        loop_beats: if e.on(param::LOOK_LOOP) { division(param::LOOK_LOOP_BEATS, e) } else { 0.0 },
        mirror: Mirror {
            amount: amount(param::LOOK_MIRROR),
            folds: e[param::LOOK_MIRROR_FOLDS],
            centre: [e[param::LOOK_MIRROR_X], -e[param::LOOK_MIRROR_Y]],
            turn_degrees: e[param::LOOK_MIRROR_TURN],
        },
        bend,
        bend_by,
        tunnel: Tunnel {
            amount: amount(param::LOOK_TUNNEL),
            zoom_octaves_per_beat: e[param::LOOK_TUNNEL_ZOOM],
            turns_per_beat: per_beat(param::LOOK_TUNNEL_TURN),
            hues_per_beat: per_beat(param::LOOK_TUNNEL_HUE),
        },
        rgb: amount(param::LOOK_RGB),
        contour: amount(param::LOOK_CONTOUR),
        halation: amount(param::LOOK_HALATION),
        palette: amount(param::LOOK_PALETTE),
        invert: amount(param::LOOK_INVERT),
        dots: amount(param::LOOK_DOTS),
        lines: e.whole(param::LOOK_DOTS_KIND) == 1,
        grain: amount(param::LOOK_GRAIN),
        ..Effects::default()
    }
}

/// What lies over the wall; in the third mode it lies in what images grow from instead.
fn overlay(e: &Values) -> OverlayLook {
    let mode = e.choice(param::OVERLAY_MODE);
    let level = if mode == "melt" { 0.0 } else { e[param::OVERLAY_LEVEL] };
    OverlayLook { index: e.whole(param::OVERLAY_SLOT).max(1) - 1, level, mask: mode == "mask" }
}

/// Beats of a choice of divisions.
fn division(id: param::Id, e: &Values) -> f64 {
    DIVISIONS_BEATS.get(e.whole(id)).copied().unwrap_or(1.0)
}

/// Light that the strobe leaves after `beats` since the first bar. Its divisions go no faster than [`FLASHES_PER_S`].
fn strobe_gain(e: &Values, beats: f64, beats_per_s: f64) -> f32 {
    let chosen = division(param::LOOK_STROBE_EVERY, e);
    let slow_enough = |every: &f64| *every >= chosen && beats_per_s / every <= FLASHES_PER_S;
    let every = DIVISIONS_BEATS.into_iter().find(slow_enough).unwrap_or(4.0);
    let dark = (beats / every).rem_euclid(1.0) >= 0.5;
    if dark { 1.0 - e[param::LOOK_STROBE] } else { 1.0 }
}

/// As many colours as a palette has, between the `written` ones; sRGB to linear light.
fn evenly(written: &[[u8; 3]]) -> Palette {
    let last = written.len() - 1;
    std::array::from_fn(|k| {
        let at = (k * last) as f32 / (PALETTE_COLORS - 1) as f32;
        let (i, t) = ((at as usize).min(last), at.fract());
        let [from, to] = [i, (i + 1).min(last)].map(|j| written[j].map(crate::motion::linear_from_srgb8));
        std::array::from_fn(|c| from[c] + (to[c] - from[c]) * t)
    })
}

/// The colours of a picture from dark to bright: its pixels in eighths by lightness, the mean of each; where there are none
/// the neighbour's, darker or brighter.
fn colors_of(frame: &Frame) -> Palette {
    const SAMPLES: usize = 2048;
    let stride = (frame.pixels.len() / 4 / SAMPLES) | 1;
    let mut sums = [[0f32; 4]; PALETTE_COLORS];
    for pixel in frame.pixels.chunks_exact(4).step_by(stride) {
        let &[r, g, b, _] = pixel else { continue };
        let color = [r, g, b].map(crate::motion::linear_from_srgb8);
        let light = 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2];
        let place = (light.cbrt() * PALETTE_COLORS as f32) as usize;
        let sum = &mut sums[place.min(PALETTE_COLORS - 1)];
        for (sum, part) in sum.iter_mut().zip(color.iter().chain(&[1.0])) {
            *sum += part;
        }
    }
    let level = |k: usize| ((k as f32 + 0.5) / PALETTE_COLORS as f32).powi(3);
    let mean = |k: usize| (sums[k][3] > 0.0).then(|| [0, 1, 2].map(|c| sums[k][c] / sums[k][3]));
    std::array::from_fn(|k| {
        mean(k).unwrap_or_else(|| {
            let nearest = (0..PALETTE_COLORS).filter(|j| sums[*j][3] > 0.0).min_by_key(|j| j.abs_diff(k));
            let near = nearest.and_then(|j| Some((j, mean(j)?)));
            near.map_or([level(k); 3], |(j, color)| color.map(|part| (part * level(k) / level(j)).min(1.0)))
        })
    })
}
