//! How long a UNet call, a decode, an encode and a whole image take, with our kernels and with
//! candle's own operations, in the same run. Ours run on one thread; candle brings its own.
//!
//!     cargo bench --profile dev --bench diffusion -- [MODEL_FOLDER]      (default models/spark)

use std::path::Path;
use std::time::Instant;

use candle_core::Tensor;
use halation::diffusion::{Denoise, Kernels, LoadOptions, Pipeline, noise};

/// Best and median of repeated calls, in milliseconds. The best is what the machine can do; the
/// median is what it did among its other work.
fn measure(mut call: impl FnMut()) -> (f64, f64) {
    for _ in 0..3 {
        call();
    }
    let mut times: Vec<f64> = (0..25)
        .map(|_| {
            let began = Instant::now();
            call();
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[0], times[times.len() / 2])
}

type Row = (&'static str, (f64, f64));

fn all(folder: &Path, kernels: Kernels) -> anyhow::Result<Vec<Row>> {
    let pipeline = Pipeline::load(folder, &LoadOptions { kernels, ..LoadOptions::default() })?;
    let size = pipeline.native_size_px();
    let side = size / pipeline.latent_scale();
    let shape = (1, pipeline.latent_channels(), side, side);
    let start = Tensor::from_vec(noise::normal(1, pipeline.latent_channels() * side * side), shape, pipeline.device())?;
    let picture = Tensor::from_vec(noise::normal(2, 3 * size * size), (1, 3, size, size), pipeline.device())?;
    let prompt = pipeline.encode_prompt("blue waves under a moon")?;
    let job = |steps| Denoise {
        init: None,
        noise: &start,
        step_noises: &[],
        strength: 1.0,
        steps,
        sampler: None,
        guidance: 1.0,
        prompt: &prompt,
        negative: None,
    };
    let denoise = |steps| {
        let made = pipeline.denoise(&job(steps), &|| false);
        assert!(matches!(made, Ok(Some(_))), "denoising failed");
    };
    // One call alone includes preparing the prompt, so its price is the difference of four and one.
    let (one, four) = (measure(|| denoise(1)), measure(|| denoise(4)));
    let unet = ((four.0 - one.0) / 3.0, (four.1 - one.1) / 3.0);
    let decode = measure(|| assert!(pipeline.decode(&start).is_ok()));
    let encode = measure(|| assert!(pipeline.encode_image(&picture).is_ok()));
    let text = measure(|| assert!(pipeline.encode_prompt("red sea").is_ok()));
    let image = (four.0 + decode.0, four.1 + decode.1);
    Ok(vec![("UNet call", unet), ("decode", decode), ("encode", encode), ("prompt", text), ("image of 4 steps", image)])
}

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let folder = folder.unwrap_or_else(|| "models/spark".to_owned());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let (ours, candle) =
        pool.install(|| (all(Path::new(&folder), Kernels::Best), all(Path::new(&folder), Kernels::Candle)));
    println!("{folder}, milliseconds on one thread, best (median)");
    for ((what, ours), (_, candle)) in ours?.into_iter().zip(candle?) {
        println!(
            "{what:18} {:8.2} ({:.2})   candle {:8.2} ({:.2})   {:.1} times faster",
            ours.0,
            ours.1,
            candle.0,
            candle.1,
            candle.0 / ours.0
        );
    }
    Ok(())
}
