//! Parity with diffusers and transformers. The golden values and the two small models they come from
//! are written by `tests/reference/diffusers_golden.py`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use serde_json::{Value, json};

use super::*;
use crate::diffusion::compute::NumberType;
use crate::diffusion::remark::Remark;
use crate::diffusion::sampler::SamplerConfig;

mod candle_parity;
mod finite;
mod folders;
mod prompts;

type Golden = HashMap<String, Tensor>;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/diffusion")
}

fn golden(name: &str) -> Golden {
    candle_core::safetensors::load(fixtures().join(format!("{name}.safetensors")), &Device::Cpu).unwrap()
}

fn load(name: &str, kernels: Kernels) -> Pipeline {
    Pipeline::load(&fixtures().join(name), &LoadOptions { kernels, ..LoadOptions::default() }).unwrap()
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// The largest difference, over the deviation of what is expected.
#[track_caller]
fn assert_close(what: &str, got: &Tensor, want: &Tensor, tolerance: f32) {
    assert_eq!(got.dims(), want.dims(), "{what}");
    let (got, want) = (values(got), values(want));
    let mean = want.iter().sum::<f32>() / want.len() as f32;
    let deviation = (want.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / want.len() as f32).sqrt();
    let worst = got.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(got.iter().all(|x| x.is_finite()), "{what}");
    assert!(worst <= tolerance * deviation, "{what}: off by {} of the deviation", worst / deviation);
}

fn each_network(name: &str, options: &LoadOptions<'_>, tolerance: f32) {
    let (pipeline, golden) = (Pipeline::load(&fixtures().join(name), options).unwrap(), golden(name));
    let taken = |tensor: &Tensor| pipeline.compute.convert(tensor).unwrap();
    let texts = [("prompt", "A red moon, over 3 café waves!"), ("negative", "dark fog"), ("empty", "")];
    let long = "waves of light ".repeat(20) + "☂ zebra";
    for (key, text) in texts.into_iter().chain([("long", long.as_str())]) {
        let states = pipeline.encode_prompt(text).unwrap().tokens;
        assert_close(&format!("{name} text {key}"), &states, &golden[&format!("text.{key}")], tolerance);
    }
    let states = taken(&Tensor::cat(&[&golden["text.prompt"], &golden["text.negative"]], 0).unwrap());
    let times: Vec<f64> = values(&golden["unet.times"]).into_iter().map(f64::from).collect();
    let conditioning = pipeline.unet.condition(&TextConditioning::of_tokens(states)).unwrap();
    let answer = pipeline.unet.forward(&taken(&golden["unet.x"]), &times, &conditioning, &|| false).unwrap().unwrap();
    assert_close(&format!("{name} UNet"), &answer, &golden["unet.y"], tolerance);
    let latents = pipeline.encode_image(&golden["vae.picture"]).unwrap();
    assert_close(&format!("{name} encoder"), &latents, &golden["vae.latents"], tolerance);
    let picture = pipeline.decode(&golden["vae.z"]).unwrap();
    assert_close(&format!("{name} decoder"), &picture, &golden["vae.decoded"], tolerance);
}

#[test]
fn each_network_matches_diffusers() {
    for name in ["tiny", "classic"] {
        for kernels in [Kernels::Best, Kernels::Candle] {
            each_network(name, &LoadOptions { kernels, ..LoadOptions::default() }, 1e-3);
        }
    }
}

/// On candle's own operations, which are what a GPU runs. A CPU has no bf16 there, and f32 takes its place.
#[test]
fn networks_in_half_floats_answer_nearly_the_same() {
    for (number_type, computed, tolerance) in
        [(NumberType::F16, DType::F16, 0.03), (NumberType::Bf16, DType::F32, 1e-3)]
    {
        for name in ["tiny", "classic"] {
            let options = LoadOptions { kernels: Kernels::Candle, number_type, ..LoadOptions::default() };
            assert_eq!(Pipeline::load(&fixtures().join(name), &options).unwrap().compute.dtype(), computed);
            each_network(name, &options, tolerance);
        }
    }
}

#[test]
fn our_kernels_compute_in_f32_whatever_is_wished() {
    each_network("tiny", &LoadOptions { number_type: NumberType::Bf16, ..LoadOptions::default() }, 1e-3);
}

/// The golden picture is diffusers' own, of the shipped folder: `diffusers_golden.py parity`.
#[test]
fn the_model_in_the_box_makes_what_diffusers_makes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pipeline = Pipeline::load(&root.join("models/spark"), &LoadOptions::default()).unwrap();
    let golden = candle_core::safetensors::load(root.join("tests/fixtures/spark.safetensors"), &Device::Cpu).unwrap();
    let prompt = pipeline.encode_prompt("neon pink jellyfish on black").unwrap();
    let job = Denoise {
        init: None,
        noise: &golden["noise"],
        fresh: None,
        noise_scale: 1.0,
        step_noises: &[],
        strength: 1.0,
        steps: 4,
        sampler: None,
        guidance: 1.0,
        prompt: &prompt,
        negative: None,
    };
    let latents = pipeline.denoise(&job, &|| false).unwrap().unwrap();
    let (got, want) = (values(&pipeline.decode(&latents).unwrap()), values(&golden["picture"]));
    let mean = |of: &mut dyn Iterator<Item = f32>| of.sum::<f32>() / want.len() as f32;
    let middle = mean(&mut want.iter().copied());
    let deviation = mean(&mut want.iter().map(|x| (x - middle).powi(2))).sqrt();
    let error = mean(&mut got.iter().zip(&want).map(|(a, b)| (a - b).powi(2))).sqrt();
    println!("error {:.2} % of the picture's own deviation", 100.0 * error / deviation);
    assert!(error <= 0.01 * deviation, "{error} of {deviation}");
}

#[test]
fn several_threads_make_the_same_bytes() {
    let (pipeline, golden) = (load("tiny", Kernels::Best), golden("tiny"));
    let states = Tensor::cat(&[&golden["text.prompt"], &golden["text.negative"]], 0).unwrap();
    let conditioning = pipeline.unet.condition(&TextConditioning::of_tokens(states)).unwrap();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let answer =
            pool.install(|| pipeline.unet.forward(&golden["unet.x"], &[999.0, 10.5], &conditioning, &|| false));
        values(&answer.unwrap().unwrap())
    };
    assert!(on(1) == on(3));
}

#[test]
fn whole_runs_match_diffusers() {
    let golden = golden("tiny");
    let table: Vec<Value> = serde_json::from_slice(&std::fs::read(fixtures().join("runs.json")).unwrap()).unwrap();
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&fixtures().join("tiny"), copy.path());
    for job in &table {
        let name = job["name"].as_str().unwrap();
        std::fs::write(copy.path().join("scheduler/scheduler_config.json"), job["scheduler"].to_string()).unwrap();
        let options = LoadOptions { strength_mode: StrengthMode::Diffusers, ..LoadOptions::default() };
        let pipeline = Pipeline::load(copy.path(), &options).unwrap();
        let prompt = pipeline.encode_prompt("A red moon, over 3 café waves!").unwrap();
        let negative = pipeline.encode_prompt("dark fog").unwrap();
        let step_noises: Vec<Tensor> = (0..).map_while(|i| golden.get(&format!("{name}.step.{i}")).cloned()).collect();
        let job = Denoise {
            init: golden.get(&format!("{name}.init")),
            noise: &golden[&format!("{name}.noise")],
            fresh: None,
            noise_scale: 1.0,
            step_noises: &step_noises,
            strength: job["strength"].as_f64().unwrap_or(1.0),
            steps: job["steps"].as_u64().unwrap() as usize,
            sampler: None,
            guidance: job["guidance"].as_f64().unwrap(),
            prompt: &prompt,
            negative: Some(&negative),
        };
        let latents = pipeline.denoise(&job, &|| false).unwrap().unwrap();
        assert_close(name, &latents, &golden[name], 1e-3);
    }
}

#[test]
fn schedules_match_diffusers() {
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(fixtures().join("schedules.json")).unwrap()).unwrap();
    assert!(rows.len() >= 100);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scheduler_config.json");
    let list = |row: &Value, key: &str| -> Vec<f64> {
        row[key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    };
    for row in &rows {
        std::fs::write(&path, row["config"].to_string()).unwrap();
        let config = SamplerConfig::read(&path, None, None).unwrap();
        let plan = config.plan_from_noise(config.sampler, row["steps"].as_u64().unwrap() as usize).unwrap();
        let times: Vec<f64> = plan.steps.iter().map(|step| step.time).collect();
        let want = list(row, "times");
        assert_eq!(times.len(), want.len(), "{row}");
        assert!(times.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-3), "{times:?} {row}");
        for (step, (now, then)) in plan.steps.iter().zip(list(row, "now").into_iter().zip(list(row, "then"))) {
            // diffusers multiplies a thousand factors in f32.
            let same = |alpha: f64, bar: f64| (alpha * alpha - bar).abs() < 2e-4 * bar.max(1e-3);
            assert!(same(step.alpha, now) && same(step.next_alpha, then), "{step:?} {now} {then} {row}");
            assert!((step.alpha.hypot(step.sigma) - 1.0).abs() < 1e-9);
        }
        assert!((plan.start.1 - row["start"].as_f64().unwrap()).abs() < 1e-5, "{row}");
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn spark_like() -> SamplerConfig {
    SamplerConfig::read(&fixtures().join("tiny/scheduler/scheduler_config.json"), None, None).unwrap()
}

#[test]
fn continuous_strength_has_no_dead_zone() {
    let config = spark_like();
    for sampler in [Sampler::Ddim, Sampler::Euler, Sampler::EulerAncestral] {
        for steps in 1..=4 {
            let mut before = -1.0;
            for i in 1..=100 {
                let strength = f64::from(i) / 100.0;
                let plan = config.plan_from_image(sampler, steps, strength, StrengthMode::Continuous).unwrap();
                assert_eq!(plan.steps.len(), steps);
                assert!(plan.steps[0].time > before, "{sampler:?} {steps} {strength}");
                assert!(plan.steps.windows(2).all(|pair| pair[1].time < pair[0].time || pair[1].time == 0.0));
                assert_eq!(plan.steps[steps - 1].next_alpha, 1.0);
                before = plan.steps[0].time;
            }
            assert!((before - 999.0).abs() < 1e-9);
        }
    }
    let none = config.plan_from_image(Sampler::Ddim, 4, 0.0, StrengthMode::Continuous).unwrap();
    assert!(none.steps.is_empty());
    // All the way is the same as from noise alone.
    let all = config.plan_from_image(Sampler::Ddim, 4, 1.0, StrengthMode::Continuous).unwrap();
    let txt2img = config.plan_from_noise(Sampler::Ddim, 4).unwrap();
    assert_eq!(all.start, txt2img.start);
    for (a, b) in all.steps.iter().zip(&txt2img.steps) {
        assert!((a.time - b.time).abs() < 1e-9 && (a.next_alpha - b.next_alpha).abs() < 1e-9);
    }
}

#[test]
fn diffusers_strength_truncates_as_python_does() {
    let config = spark_like();
    let calls = |steps, strength| {
        config.plan_from_image(Sampler::Ddim, steps, strength, StrengthMode::Diffusers).unwrap().steps.len()
    };
    for (steps, strength, want) in [(4, 0.6, 2), (10, 0.7, 7), (1, 0.5, 0), (4, 1.0, 4), (50, 0.3, 15), (4, 0.0, 0)] {
        assert_eq!(calls(steps, strength), want, "{steps} {strength}");
    }
}

struct Job {
    pipeline: Pipeline,
    noise: Tensor,
    prompt: TextConditioning,
}

impl Job {
    fn new() -> Self {
        let pipeline = load("tiny", Kernels::Best);
        let noise = Tensor::from_vec(noise::normal(1, 8 * 64), (1, 8, 8, 8), &Device::Cpu).unwrap();
        let prompt = pipeline.encode_prompt("sea").unwrap();
        Self { pipeline, noise, prompt }
    }

    fn job(&self) -> Denoise<'_> {
        Denoise {
            init: None,
            noise: &self.noise,
            fresh: None,
            noise_scale: 1.0,
            step_noises: &[],
            strength: 1.0,
            steps: 2,
            sampler: None,
            guidance: 1.0,
            prompt: &self.prompt,
            negative: None,
        }
    }
}

#[test]
fn strength_zero_returns_the_image_and_cancel_returns_nothing() {
    let it = Job::new();
    let init = (&it.noise * 0.5).unwrap();
    let kept =
        it.pipeline.denoise(&Denoise { init: Some(&init), strength: 0.0, ..it.job() }, &|| false).unwrap().unwrap();
    assert_eq!(values(&kept), values(&init));
    let asked = std::cell::Cell::new(0);
    let cancel = || {
        asked.set(asked.get() + 1);
        asked.get() > 3
    };
    assert!(it.pipeline.denoise(&it.job(), &cancel).unwrap().is_none());
    assert_eq!(asked.get(), 4);
}

#[test]
fn bad_jobs_are_refused_in_a_sentence() {
    let it = Job::new();
    let small = it.noise.narrow(2, 0, 4).unwrap().contiguous().unwrap();
    let narrow = TextConditioning::of_tokens(it.prompt.tokens.narrow(2, 0, 8).unwrap());
    let refused = |job: Denoise<'_>| it.pipeline.denoise(&job, &|| false).unwrap_err().to_string();
    assert!(refused(Denoise { steps: 0, ..it.job() }).contains("1 to 1000"));
    assert!(refused(Denoise { init: Some(&small), ..it.job() }).contains("initial latent"));
    assert!(refused(Denoise { init: Some(&it.noise), strength: f64::NAN, ..it.job() }).contains("strength"));
    assert!(refused(Denoise { prompt: &narrow, ..it.job() }).contains("prompt"));
    assert!(refused(Denoise { sampler: Some(Sampler::EulerAncestral), ..it.job() }).contains("noises"));
    assert!(it.pipeline.encode_image(&Tensor::zeros((1, 3, 60, 64), DType::F32, &Device::Cpu).unwrap()).is_err());
}

#[test]
fn what_is_fresh_grows_from_noise_and_the_rest_is_made_of_the_image() {
    let it = Job::new();
    let init = (&it.noise * 0.5).unwrap();
    let mask = |left: f32| {
        let values: Vec<f32> = (0..64).map(|at| if at % 8 < 4 { left } else { 0.0 }).collect();
        Tensor::from_vec(values, (1, 1, 8, 8), &Device::Cpu).unwrap()
    };
    let made = |init: &Tensor, fresh: Option<&Tensor>| {
        let job = Denoise { init: Some(init), fresh, strength: 0.3, ..it.job() };
        values(&it.pipeline.denoise(&job, &|| false).unwrap().unwrap())
    };
    let (nothing, half) = (mask(0.0), mask(1.0));
    let plain = made(&init, None);
    let far = |a: &[f32], b: &[f32], left: bool| -> f32 {
        let side = a.iter().zip(b).enumerate().filter(|(at, _)| (at % 8 < 4) == left);
        side.map(|(_, (a, b))| (a - b).abs()).sum()
    };
    assert_eq!(made(&init, Some(&nothing)), plain, "nothing is fresh");
    let grown = made(&init, Some(&half));
    assert!(far(&grown, &plain, true) > 3.0 * far(&grown, &plain, false), "the left half is another one");
    // Another image on the left changes nothing that grows there from noise, but for what the network sees beside it.
    let other = (&init + mask(1.0).broadcast_as((1, 8, 8, 8)).unwrap()).unwrap();
    let kept = far(&made(&other, Some(&half)), &grown, true);
    assert!(kept < 0.2 * far(&made(&other, None), &plain, true), "{kept}");
    let wrong = Tensor::zeros((1, 1, 4, 4), DType::F32, &Device::Cpu).unwrap();
    let job = Denoise { init: Some(&init), fresh: Some(&wrong), ..it.job() };
    assert!(it.pipeline.denoise(&job, &|| false).unwrap_err().to_string().contains("what is fresh"));
}
