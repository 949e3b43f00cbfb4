//! How large pictures are dreamt where the show does not say: in the wall's shape, as large as the machine can make
//! often enough.

use std::time::Instant;

use crate::diffusion::Pipeline;
use crate::dream::{DreamError, Manner, Painting, SeedPosition, Start};
use crate::param::{self, Values};
use crate::units::Seconds;

/// Width over height of most walls.
pub const WIDE: f64 = 16.0 / 9.0;
/// Areas to choose from, over the area that the model was trained at. Below the first it knows too little of what it
/// draws, beyond the last subjects begin to repeat.
const AREAS: [f64; 4] = [1.0, 1.265_625, 1.75, 2.25];
/// The one taken in virtual time, where no machine's speed may change the pictures.
const STEPPED_AREA: f64 = AREAS[1];
/// Images a second that a size must allow, reckoned from the trial. A small picture costs more a pixel than a large one;
/// a wall that a processor draws beside it takes up to a third, so that about one a second is left.
const ALONE_PER_S: f64 = 1.25;
/// Area of the trial, over the model's own: it must not hold up the start.
const TRIAL_AREA: f64 = 0.25;
const TRIALS: usize = 2;

/// Width and height of a picture of `area` times `native` squared in the shape of a wall of `aspect`, in multiples of
/// `scale`.
#[must_use]
pub fn of_area(area: f64, native: usize, aspect: f64, scale: usize) -> (usize, usize) {
    let pixels = area * (native * native) as f64;
    let rounded = |side: f64| ((side / scale as f64).round() as usize).max(1) * scale;
    (rounded((pixels * aspect).sqrt()), rounded((pixels / aspect).sqrt()))
}

/// The size of the stepped runner for a wall of `aspect`.
#[must_use]
pub fn stepped(pipeline: &Pipeline, aspect: f64) -> (usize, usize) {
    of_area(STEPPED_AREA, pipeline.native_size_px(), aspect, pipeline.latent_scale())
}

/// The largest size that this machine makes [`ALONE_PER_S`] images of, with nothing beside it and with the steps and
/// guidance of `values`, and how many it makes; the smallest where none is small enough.
///
/// # Errors
/// When the network fails.
pub fn affordable(pipeline: &Pipeline, aspect: f64, values: &Values) -> Result<((usize, usize), f64), DreamError> {
    let (native, scale) = (pipeline.native_size_px(), pipeline.latent_scale());
    let trial = of_area(TRIAL_AREA, native, aspect, scale);
    let sizes = AREAS.map(|area| of_area(area, native, aspect, scale));
    let mut fastest_s = f64::INFINITY;
    for _ in 0..TRIALS {
        fastest_s = fastest_s.min(image_s(pipeline, trial, values)?);
        // A model that is much too slow need not be tried twice.
        if 2.0 * per_s(trial, fastest_s, sizes[0]) < ALONE_PER_S {
            break;
        }
    }
    let size = sizes.into_iter().rev().find(|size| per_s(trial, fastest_s, *size) >= ALONE_PER_S).unwrap_or(sizes[0]);
    Ok((size, per_s(trial, fastest_s, size)))
}

/// Images of `size` a second where one of the size `trial` takes `trial_s`: the time goes with the pixels.
fn per_s(trial: (usize, usize), trial_s: f64, size: (usize, usize)) -> f64 {
    let pixels = |(width, height): (usize, usize)| (width * height) as f64;
    pixels(trial) / (trial_s * pixels(size))
}

/// Seconds for one image of feedback: encoder, all steps, decoder.
fn image_s(pipeline: &Pipeline, size_px: (usize, usize), values: &Values) -> Result<f64, DreamError> {
    let (prompt, guidance) = (pipeline.encode_prompt("")?, f64::from(values[param::DREAM_GUIDANCE]));
    let painting = Painting {
        pipeline,
        prompt: &prompt,
        negative: (guidance > 1.0).then_some(&prompt),
        seed: SeedPosition { low: 1, high: 1, part: 0.0 },
        steps: values.whole(param::DREAM_STEPS).max(1),
        guidance,
        how: &Manner::default(),
        time: &|| Seconds(0.0),
    };
    let began = Instant::now();
    let start = Start { picture: None, strength: 1.0, fresh: &[] };
    if let Some(run) = painting.latents(size_px, start, &|| false)? {
        pipeline.encode_image(&pipeline.decode(&run.latents)?)?;
    }
    Ok(began.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_walls_shape_and_the_latents_grid() {
        let wide = AREAS.map(|area| of_area(area, 256, 16.0 / 9.0, 8));
        assert_eq!(wide, [(344, 192), (384, 216), (448, 256), (512, 288)]);
        assert_eq!(of_area(1.0, 256, 9.0 / 16.0, 8), (192, 344), "a wall on its side");
        assert_eq!(of_area(1.0, 256, 1.0, 8), (256, 256));
        assert_eq!(of_area(1e-9, 64, 1.0, 8), (8, 8));
    }
}
