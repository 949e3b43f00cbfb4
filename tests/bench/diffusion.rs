//! How long a UNet call, a decode, an encode and a whole image take, on one thread.
//!
//!     cargo bench --profile dev --bench diffusion -- [MODEL_FOLDER]      (default models/spark)
//!     cargo bench --profile dev --bench diffusion -- --in-turn MODEL_FOLDER THREADS SIDE_PX
//!
//! In turn with other programs (`tests/reference/cpu_peers.py`) only ours run, and only when told to. A line of the input
//! says how often to call what, `3 unet decode encode text picture`; the answer is a line of JSON with the best of each,
//! `{"decode_ms":…,…}`. A UNet call is then an image of one step: preparing the prompt is in it, as it is in theirs.

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use candle_core::Tensor;
use halation::diffusion::{Denoise, LoadOptions, Pipeline, TextConditioning, noise};

fn time_ms(call: impl FnOnce()) -> f64 {
    let began = Instant::now();
    call();
    began.elapsed().as_secs_f64() * 1e3
}

/// Best and median of repeated calls, in milliseconds. The best is what the machine can do; the
/// median is what it did among its other work.
fn measure(mut call: impl FnMut()) -> (f64, f64) {
    for _ in 0..3 {
        call();
    }
    let mut times: Vec<f64> = (0..25).map(|_| time_ms(&mut call)).collect();
    times.sort_by(f64::total_cmp);
    (times[0], times[times.len() / 2])
}

type Row = (&'static str, (f64, f64));

/// A model, and something for each of its networks to work on.
struct Subject {
    pipeline: Pipeline,
    start: Tensor,
    picture: Tensor,
    prompt: TextConditioning,
}

impl Subject {
    /// Of pictures of `side_px`, or as large as those that the model was trained on.
    fn load(folder: &Path, side_px: Option<usize>) -> anyhow::Result<Self> {
        let pipeline = Pipeline::load(folder, &LoadOptions::default())?;
        let size = side_px.unwrap_or(pipeline.native_size_px());
        let (channels, side) = (pipeline.latent_channels(), size / pipeline.latent_scale());
        let device = pipeline.device();
        let start = Tensor::from_vec(noise::normal(1, channels * side * side), (1, channels, side, side), device)?;
        let picture = Tensor::from_vec(noise::normal(2, 3 * size * size), (1, 3, size, size), device)?;
        let prompt = pipeline.encode_prompt("blue waves under a moon")?;
        Ok(Self { pipeline, start, picture, prompt })
    }

    fn denoise(&self, steps: usize, prompt: &TextConditioning) -> Tensor {
        let job = Denoise {
            fresh: None,
            noise_scale: 1.0,
            init: None,
            noise: &self.start,
            step_noises: &[],
            strength: 1.0,
            steps,
            sampler: None,
            guidance: 1.0,
            prompt,
            negative: None,
        };
        let made = self.pipeline.denoise(&job, &|| false);
        made.ok().flatten().expect("denoising failed")
    }

    fn decode(&self, latents: &Tensor) {
        assert!(self.pipeline.decode(latents).is_ok());
    }

    fn encode(&self) {
        assert!(self.pipeline.encode_image(&self.picture).is_ok());
    }

    fn text(&self) -> TextConditioning {
        self.pipeline.encode_prompt("red sea").expect("encoding failed")
    }
}

/// What `in_turn` may be asked for.
fn named(what: &str) -> Option<fn(&Subject)> {
    Some(match what {
        "unet" => |subject| drop(subject.denoise(1, &subject.prompt)),
        "decode" => |subject| subject.decode(&subject.start),
        "encode" => |subject| subject.encode(),
        "text" => |subject| drop(subject.text()),
        "picture" => |subject| subject.decode(&subject.denoise(4, &subject.text())),
        _ => return None,
    })
}

fn all(folder: &Path) -> anyhow::Result<Vec<Row>> {
    let subject = Subject::load(folder, None)?;
    let denoise = |steps| measure(|| drop(subject.denoise(steps, &subject.prompt)));
    // One call alone includes preparing the prompt, so its price is the difference of four and one.
    let (one, four) = (denoise(1), denoise(4));
    let unet = ((four.0 - one.0) / 3.0, (four.1 - one.1) / 3.0);
    let decode = measure(|| subject.decode(&subject.start));
    let encode = measure(|| subject.encode());
    let text = measure(|| drop(subject.text()));
    let image = (four.0 + decode.0, four.1 + decode.1);
    Ok(vec![("UNet call", unet), ("decode", decode), ("encode", encode), ("prompt", text), ("image of 4 steps", image)])
}

fn print_all(folder: &Path) -> anyhow::Result<()> {
    println!("{}, milliseconds on one thread, best (median)", folder.display());
    for (what, (best, median)) in all(folder)? {
        println!("{what:18} {best:8.2} ({median:.2})");
    }
    Ok(())
}

/// Works as long as there are lines to read.
fn in_turn(folder: &Path, side_px: usize) -> anyhow::Result<()> {
    let subject = Subject::load(folder, Some(side_px))?;
    for line in std::io::stdin().lines() {
        let line = line?;
        let (calls, things) = line.split_once(' ').context("a line is a number of calls and what to call")?;
        let calls: usize = calls.parse()?;
        let mut best_ms = serde_json::Map::new();
        for what in things.split_whitespace() {
            let call = named(what).with_context(|| format!("nothing here is called {what}"))?;
            let best = (0..calls).map(|_| time_ms(|| call(&subject))).reduce(f64::min);
            best_ms.insert(format!("{what}_ms"), best.into());
        }
        println!("{}", serde_json::Value::Object(best_ms));
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let (flags, words): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|word| word.starts_with('-'));
    let folder = Path::new(words.first().map_or("models/spark", String::as_str));
    let peers = flags.iter().any(|flag| flag == "--in-turn");
    let number = |k: usize| words.get(k).context("--in-turn MODEL_FOLDER THREADS SIDE_PX")?.parse().context("a number");
    let threads = if peers { number(1)? } else { 1 };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    pool.install(|| if peers { in_turn(folder, number(2)?) } else { print_all(folder) })
}
