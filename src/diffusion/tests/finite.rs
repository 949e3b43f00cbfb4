//! Values that are no numbers never come out as a picture, wherever in the network they arise.

use super::*;

/// The small model with the first value of one tensor replaced.
fn poisoned(component: &str, tensor: &str, value: f32, kernels: Kernels) -> Pipeline {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&fixtures().join("tiny"), copy.path());
    let file = match component {
        "text_encoder" => copy.path().join("text_encoder/model.safetensors"),
        _ => copy.path().join(component).join("diffusion_pytorch_model.safetensors"),
    };
    let mut tensors = candle_core::safetensors::load(&file, &Device::Cpu).unwrap();
    let old = tensors.get(tensor).unwrap_or_else(|| panic!("{tensor}"));
    let mut all = values(old);
    all[0] = value;
    let new = Tensor::from_vec(all, old.dims(), &Device::Cpu).unwrap();
    tensors.insert(tensor.to_owned(), new);
    candle_core::safetensors::save(&tensors, &file).unwrap();
    Pipeline::load(copy.path(), &LoadOptions { kernels, ..LoadOptions::default() }).unwrap()
}

/// The first picture this model makes, from a picture; or why not.
fn picture(pipeline: &Pipeline) -> Result<Tensor, RunError> {
    let golden = golden("tiny");
    let init = pipeline.encode_image(&golden["vae.picture"])?;
    let noise = Tensor::from_vec(noise::normal(3, init.elem_count()), init.dims(), &Device::Cpu)?;
    let prompt = pipeline.encode_prompt("a red moon")?;
    let job = Denoise {
        init: Some(&init),
        noise: &noise,
        fresh: None,
        noise_scale: 1.0,
        step_noises: &[],
        strength: 0.6,
        steps: 2,
        sampler: None,
        guidance: 1.0,
        prompt: &prompt,
        negative: None,
    };
    let Some(latents) = pipeline.denoise(&job, &|| false)? else { panic!("cancelled") };
    pipeline.decode(&latents)
}

#[test]
fn one_bad_weight_anywhere_is_refused() {
    let layer = |component: &str, ends: &str| {
        let file = fixtures().join("tiny").join(component).join("diffusion_pytorch_model.safetensors");
        let mut names: Vec<String> = candle_core::safetensors::load(file, &Device::Cpu)
            .unwrap()
            .into_keys()
            .filter(|n| n.ends_with(ends))
            .collect();
        names.sort();
        names
    };
    let text = "encoder.layers.0.mlp.fc1.weight".to_owned();
    let encoder = layer("vae", "bias").into_iter().filter(|name| name.starts_with("encoder")).step_by(3);
    let decoder = layer("vae", "bias").into_iter().filter(|name| name.starts_with("decoder")).step_by(3);
    let places = [("text_encoder", text), ("unet", "conv_in.bias".into()), ("unet", "conv_out.bias".into())];
    let vae = encoder.chain(decoder).map(|name| ("vae", name));
    for (component, tensor) in places.into_iter().chain(vae) {
        for kernels in [Kernels::Best, Kernels::Candle] {
            let made = picture(&poisoned(component, &tensor, f32::NAN, kernels));
            assert!(matches!(made, Err(RunError::NotFinite { .. })), "{component} {tensor} {kernels:?}: {made:?}");
        }
    }
    assert!(picture(&load("tiny", Kernels::Best)).is_ok());
}

#[test]
fn latents_that_are_no_numbers_are_not_clamped_into_some() {
    let pipeline = load("tiny", Kernels::Best);
    let z = &golden("tiny")["vae.z"];
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut all = values(z);
        all[7] = bad;
        let z = Tensor::from_vec(all, z.dims(), &Device::Cpu).unwrap();
        assert!(matches!(pipeline.decode(&z), Err(RunError::NotFinite { what: "the latents" })), "{bad}");
    }
}

#[test]
fn products_without_weights_are_what_follows_them() {
    use crate::diffusion::kernels::conv::{Finish, Geometry, convolve};
    use crate::diffusion::kernels::tile::Packed;
    let out = convolve(
        &Packed::new(&[], 3, 0),
        &[],
        &Geometry::linear(2, 0, 5),
        Finish { bias: Some(&[1.0, 2.0, 3.0]), ..Finish::default() },
    );
    let row = |v: f32| [v; 5];
    assert_eq!(out, [row(1.0), row(2.0), row(3.0), row(1.0), row(2.0), row(3.0)].concat());
}
