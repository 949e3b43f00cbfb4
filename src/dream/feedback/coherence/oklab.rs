//! Between sRGB-encoded values and OKLab, fast: roots are found from the bits of a float and two Halley steps, so that
//! loops over planes run on the vector unit. Relative error of every function: below 2e-6, far below an 8-bit step.
//!
//! Formulas: sRGB transfer function IEC 61966-2-1; OKLab by Björn Ottosson, "A perceptual color space for image
//! processing" (2020, matrices of 2021-01-25).

/// What a root's argument is raised to, so that black does not divide by zero; its cube root is 1e-6.
const SMALLEST: f32 = 1e-18;

/// Estimates of how much chroma there is room for: with two a hue far out of gamut ends up within some degrees.
const ESTIMATES: usize = 3;

/// Cube root of `x` ≥ 0.
#[inline]
pub fn cube_root(x: f32) -> f32 {
    let x = x.max(SMALLEST);
    // A third of the exponent: within 3.2 %. Halley's steps cube the error.
    let mut root = f32::from_bits((x.to_bits() / 3).wrapping_add(0x2A51_06A2));
    for _ in 0..2 {
        let cube = root * root * root;
        root *= (cube + 2.0 * x) / (2.0 * cube + x);
    }
    root
}

/// Fifth root of `x` ≥ 0.
#[inline]
fn fifth_root(x: f32) -> f32 {
    let x = x.max(SMALLEST);
    let mut root = f32::from_bits((x.to_bits() / 5).wrapping_add(0x32C6_A189));
    for _ in 0..2 {
        let square = root * root;
        let power = square * square * root;
        root *= (2.0 * power + 3.0 * x) / (3.0 * power + 2.0 * x);
    }
    root
}

/// Within 0..1; what is not a number is 0.
#[inline]
fn unit(value: f32) -> f32 {
    if value > 0.0 { value.min(1.0) } else { 0.0 }
}

/// Linear light of an encoded value; values outside 0..1 are clamped first.
#[inline]
pub fn linear_from_srgb(encoded: f32) -> f32 {
    let encoded = unit(encoded);
    let base = (encoded + 0.055) * (1.0 / 1.055);
    // The power 2.4 is 2 + 2/5.
    let root = fifth_root(base);
    let curved = base * base * root * root;
    if encoded <= 0.04045 { encoded * (1.0 / 12.92) } else { curved }
}

/// The encoded value of linear light; values outside 0..1 are clamped first.
#[inline]
pub fn srgb_from_linear(linear: f32) -> f32 {
    let linear = unit(linear);
    // The power 1/2.4 is a third of 5/4.
    let curved = 1.055 * cube_root(linear * linear.sqrt().sqrt()) - 0.055;
    if linear <= 0.003_130_8 { linear * 12.92 } else { unit(curved) }
}

/// Linear light to the responses of three kinds of cones, and their cube roots to lightness and opponent axes.
const CONES: [[f32; 3]; 3] = [
    [0.412_221_47, 0.536_332_54, 0.051_445_993],
    [0.211_903_5, 0.680_699_5, 0.107_396_96],
    [0.088_302_46, 0.281_718_84, 0.629_978_7],
];
const AXES: [[f32; 3]; 3] = [
    [0.210_454_26, 0.793_617_8, -0.004_072_047],
    [1.977_998_5, -2.428_592_2, 0.450_593_7],
    [0.025_904_037, 0.782_771_77, -0.808_675_77],
];

/// Turns encoded red, green and blue into lightness (0..1) and the opponent axes a (green to red) and b (blue to
/// yellow), both about ±0.4. Planes of equal length; one simple loop after another, as only those are compiled to
/// vectors.
pub fn lab_from_srgb(planes: [&mut [f32]; 3]) {
    let [x, y, z] = planes;
    for plane in [&mut *x, &mut *y, &mut *z] {
        plane.iter_mut().for_each(|value| *value = linear_from_srgb(*value));
    }
    multiply(&CONES, [&mut *x, &mut *y, &mut *z]);
    for plane in [&mut *x, &mut *y, &mut *z] {
        plane.iter_mut().for_each(|value| *value = cube_root(*value));
    }
    multiply(&AXES, [x, y, z]);
}

/// Each pixel's three values by `matrix`.
fn multiply(matrix: &[[f32; 3]; 3], [x, y, z]: [&mut [f32]; 3]) {
    let [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = *matrix;
    for ((x, y), z) in x.iter_mut().zip(y).zip(z) {
        let (u, v, w) = (*x, *y, *z);
        *x = xx * u + xy * v + xz * w;
        *y = yx * u + yy * v + yz * w;
        *z = zx * u + zy * v + zz * w;
    }
}

/// Linear light of a colour, which may lie outside 0..1.
#[inline]
fn linear_from_lab([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    let cube = |root: f32| root * root * root;
    let l = cube(lightness + 0.396_337_78 * a + 0.215_803_76 * b);
    let m = cube(lightness - 0.105_561_346 * a - 0.063_854_17 * b);
    let s = cube(lightness - 0.089_484_18 * a - 1.291_485_5 * b);
    [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_93 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ]
}

/// The share of the way from `grey` (all channels alike, within 0..1) to `linear` that lies within 0..1.
#[inline]
fn share_in_gamut(grey: f32, linear: [f32; 3]) -> f32 {
    linear.into_iter().fold(1.0_f32, |share, value| {
        let way = value - grey;
        let room = if way > 0.0 { 1.0 - grey } else { grey };
        // Less than 1 only where the value lies outside. The smallest divisor keeps greys away from 0/0.
        share.min(room / way.abs().max(1e-9))
    })
}

/// The inverse of [`lab_from_srgb`]; values end up within 0..1. A colour that no screen shows loses chroma towards the
/// grey of its lightness, first along its hue in OKLab, by estimates, and for the small rest in linear light: all
/// channels give way together, so a hue never breaks into a clipped one.
pub fn srgb_from_lab(planes: [&mut [f32]; 3]) {
    let [x, y, z] = planes;
    for ((x, y), z) in x.iter_mut().zip(&mut *y).zip(&mut *z) {
        [*x, *y, *z] = in_gamut([unit(*x), *y, *z]);
    }
    for plane in [x, y, z] {
        plane.iter_mut().for_each(|value| *value = srgb_from_linear(*value));
    }
}

/// Linear light of a colour whose lightness is within 0..1, all channels within 0..1 up to rounding.
#[inline]
fn in_gamut([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    let grey = lightness * lightness * lightness;
    let (mut chroma, mut linear) = (1.0, linear_from_lab([lightness, a, b]));
    for _ in 0..ESTIMATES {
        chroma *= share_in_gamut(grey, linear);
        linear = linear_from_lab([lightness, chroma * a, chroma * b]);
    }
    let share = share_in_gamut(grey, linear);
    linear.map(|value| grey + share * (value - grey))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f32, b: f32, tolerance: f32) -> bool {
        (a - b).abs() <= tolerance
    }

    fn lab(mut rgb: [f32; 3]) -> [f32; 3] {
        let [r, g, b] = &mut rgb;
        lab_from_srgb([r, g, b].map(std::slice::from_mut));
        rgb
    }

    fn srgb(mut lab: [f32; 3]) -> [f32; 3] {
        let [l, a, b] = &mut lab;
        srgb_from_lab([l, a, b].map(std::slice::from_mut));
        lab
    }

    #[test]
    fn roots_and_transfer_functions_are_accurate() {
        for k in 0..=100_000 {
            let x = k as f32 / 100_000.0;
            assert!(near(cube_root(x), x.cbrt(), 1.5e-6), "{x}");
            let exact = if x <= 0.04045 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) };
            assert!(near(linear_from_srgb(x), exact, 1e-6), "{x}");
            let exact = if x <= 0.003_130_8 { x * 12.92 } else { 1.055 * x.powf(1.0 / 2.4) - 0.055 };
            assert!(near(srgb_from_linear(x), exact, 1e-6), "{x}");
        }
        for odd in [f32::NAN, -1.0, f32::NEG_INFINITY] {
            assert_eq!((linear_from_srgb(odd), srgb_from_linear(odd)), (0.0, 0.0));
        }
        assert!(near(linear_from_srgb(f32::INFINITY), 1.0, 1e-6));
    }

    /// The values that its author publishes for the primaries, as CSS Color 4 lists them.
    #[test]
    fn primaries_lie_where_they_belong() {
        let cases = [
            ([1.0, 1.0, 1.0], [1.0, 0.0, 0.0]),
            ([1.0, 0.0, 0.0], [0.627_955, 0.224_863, 0.125_846]),
            ([0.0, 1.0, 0.0], [0.866_44, -0.233_888, 0.179_498]),
            ([0.0, 0.0, 1.0], [0.452_014, -0.032_457, -0.311_528]),
            ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        ];
        for (rgb, goal) in cases {
            let found = lab(rgb);
            assert!(found.iter().zip(goal).all(|(a, b)| near(*a, b, 2e-5)), "{rgb:?}: {found:?}");
        }
    }

    #[test]
    fn colours_survive_the_round_trip() {
        for k in 0..17 * 17 * 17 {
            let rgb = [k % 17, k / 17 % 17, k / 289].map(|level| level as f32 / 16.0);
            let back = srgb(lab(rgb));
            assert!(rgb.iter().zip(back).all(|(a, b)| near(*a, b, 3e-4)), "{rgb:?}: {back:?}");
        }
    }

    #[test]
    fn colours_out_of_gamut_keep_their_hue_and_lightness() {
        let mut worst = (0.0_f32, 0.0_f32);
        for step in 0..360 {
            let (sin, cos) = (step as f32).to_radians().sin_cos();
            for lightness in [0.3, 0.5, 0.7, 0.9] {
                let rgb = srgb([lightness, 0.4 * cos, 0.4 * sin]);
                assert!(rgb.iter().all(|value| (0.0..=1.0).contains(value)));
                let [l, a, b] = lab(rgb);
                let across = (a * sin - b * cos).abs() / a.hypot(b).max(0.02);
                worst = (worst.0.max(across.asin()), worst.1.max((l - lightness).abs()));
                assert!(a * cos + b * sin > 0.0, "still this hue, not its opposite");
            }
        }
        println!("hue off by at most {:.1}°, lightness by {:.3}", worst.0.to_degrees(), worst.1);
        assert!(worst.0.to_degrees() < 5.0 && worst.1 < 0.01, "{worst:?}");
    }
}
