//! The uniform structs of the shaders. `tests/it/shaders.rs` compares every one with its WGSL twin.

use std::mem::{offset_of, size_of};

use bytemuck::{Pod, Zeroable};

use super::fit::{Fit, Region};
use crate::audio::{SPECTRUM_BANDS, WAVEFORM_POINTS};

/// `Canvas` in `shaders/canvas.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Canvas {
    pub from: [[f32; 4]; 2],
    pub to: [[f32; 4]; 2],
    pub trail: [[f32; 4]; 2],
    pub blend: f32,
    pub trail_keep: f32,
    pub tremble: f32,
    pub swell: f32,
    pub waveform: [[f32; 4]; WAVEFORM_POINTS / 4],
    pub spectrum: [[f32; 4]; SPECTRUM_BANDS / 4],
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
}

/// `Scale` in `shaders/scale.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Scale {
    pub origin: [f32; 2],
    pub size: [f32; 2],
    pub turns: u32,
    pub padding: u32,
}

impl Finish {
    /// Leaves colours as they are.
    #[must_use]
    pub fn neutral() -> Self {
        let (hue, origin) = ([1.0, 0.0], [0; 2]);
        Self { hue, saturation: 1.0, contrast: 1.0, gain: 1.0, adjust: 0, frame: 0, padding: 0, origin }
    }
}

impl Scale {
    /// To the place on a target that `fit` says.
    #[must_use]
    pub fn to(fit: &Fit) -> Self {
        let Region { x, y, width, height } = fit.region;
        let (origin, size) = ([x as f32, y as f32], [width as f32, height as f32]);
        Self { origin, size, turns: fit.quarter_turns % 4, padding: 0 }
    }
}

/// What a struct occupies on this side, to be compared with what naga says about the other.
pub struct Layout {
    pub shader: &'static str,
    pub name: &'static str,
    pub size: usize,
    pub members: &'static [(&'static str, usize)],
}

/// Every uniform struct there is.
pub const LAYOUTS: &[Layout] = &[
    Layout {
        shader: "canvas.wgsl",
        name: "Canvas",
        size: size_of::<Canvas>(),
        members: &[
            ("from_u", offset_of!(Canvas, from)),
            ("from_v", offset_of!(Canvas, from) + size_of::<[f32; 4]>()),
            ("to_u", offset_of!(Canvas, to)),
            ("to_v", offset_of!(Canvas, to) + size_of::<[f32; 4]>()),
            ("trail_u", offset_of!(Canvas, trail)),
            ("trail_v", offset_of!(Canvas, trail) + size_of::<[f32; 4]>()),
            ("blend", offset_of!(Canvas, blend)),
            ("trail_keep", offset_of!(Canvas, trail_keep)),
            ("tremble", offset_of!(Canvas, tremble)),
            ("swell", offset_of!(Canvas, swell)),
            ("waveform", offset_of!(Canvas, waveform)),
            ("spectrum", offset_of!(Canvas, spectrum)),
        ],
    },
    Layout {
        shader: "wash.wgsl",
        name: "Wash",
        size: size_of::<Wash>(),
        members: &[("beats", offset_of!(Wash, beats)), ("aspect", offset_of!(Wash, aspect))],
    },
    Layout {
        shader: "finish.wgsl",
        name: "Finish",
        size: size_of::<Finish>(),
        members: &[
            ("hue", offset_of!(Finish, hue)),
            ("saturation", offset_of!(Finish, saturation)),
            ("contrast", offset_of!(Finish, contrast)),
            ("gain", offset_of!(Finish, gain)),
            ("adjust", offset_of!(Finish, adjust)),
            ("frame", offset_of!(Finish, frame)),
            ("origin", offset_of!(Finish, origin)),
        ],
    },
    Layout {
        shader: "scale.wgsl",
        name: "Scale",
        size: size_of::<Scale>(),
        members: &[
            ("origin", offset_of!(Scale, origin)),
            ("size", offset_of!(Scale, size)),
            ("turns", offset_of!(Scale, turns)),
        ],
    },
];
