//! The uniform structs of the shaders. `tests/it/shaders.rs` compares every one with its WGSL twin.

use std::mem::{offset_of, size_of};

use bytemuck::{Pod, Zeroable};

use super::fit::Fit;
use crate::audio::{SPECTRUM_BANDS, WAVEFORM_POINTS};

/// Colours of a palette, from dark to bright.
pub const PALETTE_COLORS: usize = 8;

/// `Canvas` in `shaders/canvas.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Canvas {
    pub from: [[f32; 4]; 3],
    pub to: [[f32; 4]; 3],
    pub trail: [[f32; 4]; 3],
    pub blend: f32,
    pub trail_keep: f32,
    pub tremble: f32,
    pub swell: f32,
    pub waveform: [[f32; 4]; WAVEFORM_POINTS / 4],
    pub spectrum: [[f32; 4]; SPECTRUM_BANDS / 4],
}

/// `Morph` in `shaders/morph.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Morph {
    pub from: [[f32; 4]; 3],
    pub to: [[f32; 4]; 3],
    pub back: [[f32; 4]; 3],
    pub blend: f32,
    pub weight: f32,
    pub padding: [f32; 2],
}

/// Numbers as uniform arrays want them, in fours.
pub fn in_fours<const N: usize>(values: impl IntoIterator<Item = f32>) -> [[f32; 4]; N] {
    let mut fours = [[0.0; 4]; N];
    for (place, value) in fours.as_flattened_mut().iter_mut().zip(values) {
        *place = value;
    }
    fours
}

/// `Wash` in `shaders/wash.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Wash {
    pub beats: f32,
    pub aspect: f32,
}

/// `Effects` in `shaders/effects.wgsl`, which every pass of the look reads.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Effects {
    pub waveform: [[f32; 4]; WAVEFORM_POINTS / 4],
    pub tunnel: [[f32; 4]; 2],
    pub tunnel_colors: [[f32; 4]; 3],
    pub mirror_centre: [f32; 2],
    pub mirror_axis: [f32; 2],
    pub aspect: f32,
    pub mirror_iris: f32,
    pub mirror_fold: f32,
    pub bend_light: f32,
    pub bend_noise: f32,
    pub bend_sound: f32,
    pub beats: f32,
    pub tunnel_keep: f32,
    pub apart: f32,
    pub contour: f32,
    pub reach: f32,
    pub padding: f32,
}

/// `Finish` in `shaders/finish.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Finish {
    pub hue: [f32; 2],
    pub saturation: f32,
    pub contrast: f32,
    pub gain: f32,
    pub adjust: u32,
    pub frame: u32,
    pub padding: u32,
    pub origin: [u32; 2],
    pub glow: f32,
    pub palette: f32,
    pub invert: f32,
    pub dots: f32,
    pub lines: f32,
    pub grain: f32,
    pub cell: f32,
    pub padding_2: [f32; 3],
    pub hit: [f32; 4],
    pub colors: [[f32; 4]; PALETTE_COLORS],
}

/// `Flash` in `shaders/flash.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Flash {
    pub window: [u32; 2],
    pub now_ms: u32,
    pub elapsed_s: f32,
    pub first: u32,
    pub padding: u32,
}

/// `Overlay` in `shaders/overlay.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Overlay {
    pub scale: [f32; 2],
    pub offset: [f32; 2],
    pub level: f32,
    pub gain: f32,
    pub detail: f32,
    pub mode: u32,
    pub turns: u32,
    pub limited: u32,
}

/// `Scale` in `shaders/scale.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Scale {
    pub turns: u32,
}

impl Finish {
    /// Leaves colours as they are.
    #[must_use]
    pub fn neutral() -> Self {
        Self { hue: [1.0, 0.0], saturation: 1.0, contrast: 1.0, gain: 1.0, cell: 1.0, ..Self::zeroed() }
    }
}

impl Scale {
    /// Turned as `fit` says.
    #[must_use]
    pub fn to(fit: &Fit) -> Self {
        Self { turns: fit.quarter_turns % 4 }
    }
}

/// What a struct occupies on this side, to be compared with what naga says about the other.
pub struct Layout {
    pub shader: &'static str,
    pub name: &'static str,
    pub size: usize,
    pub members: &'static [(&'static str, usize)],
}

/// The layout of a struct whose members have the same names on both sides.
macro_rules! layout {
    ($name:ident in $shader:literal: $($member:ident),*) => {
        Layout {
            shader: $shader,
            name: stringify!($name),
            size: size_of::<$name>(),
            members: &[$((stringify!($member), offset_of!($name, $member))),*],
        }
    };
}

/// Where row `row` of a matrix at `offset` lies.
const fn row(offset: usize, row: usize) -> usize {
    offset + row * size_of::<[f32; 4]>()
}

/// Every uniform struct there is.
pub const LAYOUTS: &[Layout] = &[
    Layout {
        shader: "canvas.wgsl",
        name: "Canvas",
        size: size_of::<Canvas>(),
        members: &[
            ("from_lens", offset_of!(Canvas, from)),
            ("to_lens", offset_of!(Canvas, to)),
            ("trail_lens", offset_of!(Canvas, trail)),
            ("blend", offset_of!(Canvas, blend)),
            ("trail_keep", offset_of!(Canvas, trail_keep)),
            ("tremble", offset_of!(Canvas, tremble)),
            ("swell", offset_of!(Canvas, swell)),
            ("waveform", offset_of!(Canvas, waveform)),
            ("spectrum", offset_of!(Canvas, spectrum)),
        ],
    },
    Layout {
        shader: "effects.wgsl",
        name: "Effects",
        size: size_of::<Effects>(),
        members: &[
            ("waveform", offset_of!(Effects, waveform)),
            ("tunnel_u", offset_of!(Effects, tunnel)),
            ("tunnel_v", row(offset_of!(Effects, tunnel), 1)),
            ("tunnel_red", offset_of!(Effects, tunnel_colors)),
            ("tunnel_green", row(offset_of!(Effects, tunnel_colors), 1)),
            ("tunnel_blue", row(offset_of!(Effects, tunnel_colors), 2)),
            ("mirror_centre", offset_of!(Effects, mirror_centre)),
            ("mirror_axis", offset_of!(Effects, mirror_axis)),
            ("aspect", offset_of!(Effects, aspect)),
            ("mirror_iris", offset_of!(Effects, mirror_iris)),
            ("mirror_fold", offset_of!(Effects, mirror_fold)),
            ("bend_light", offset_of!(Effects, bend_light)),
            ("bend_noise", offset_of!(Effects, bend_noise)),
            ("bend_sound", offset_of!(Effects, bend_sound)),
            ("beats", offset_of!(Effects, beats)),
            ("tunnel_keep", offset_of!(Effects, tunnel_keep)),
            ("apart", offset_of!(Effects, apart)),
            ("contour", offset_of!(Effects, contour)),
            ("reach", offset_of!(Effects, reach)),
        ],
    },
    Layout {
        shader: "morph.wgsl",
        name: "Morph",
        size: size_of::<Morph>(),
        members: &[
            ("from_lens", offset_of!(Morph, from)),
            ("to_lens", offset_of!(Morph, to)),
            ("back_x", offset_of!(Morph, back)),
            ("back_y", row(offset_of!(Morph, back), 1)),
            ("back_z", row(offset_of!(Morph, back), 2)),
            ("blend", offset_of!(Morph, blend)),
            ("weight", offset_of!(Morph, weight)),
        ],
    },
    layout!(Wash in "wash.wgsl": beats, aspect),
    layout!(Finish in "finish.wgsl":
        hue, saturation, contrast, gain, adjust, frame, origin, glow, palette, invert, dots, lines, grain, cell, hit, colors),
    layout!(Flash in "flash.wgsl": window, now_ms, elapsed_s, first),
    layout!(Overlay in "overlay.wgsl": scale, offset, level, gain, detail, mode, turns, limited),
    layout!(Scale in "scale.wgsl": turns),
];
