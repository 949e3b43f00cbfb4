//! Folders that are not what they should be, and configurations that cannot be honoured: a true sentence for each.

use super::*;

/// A copy of the small model with one thing spoilt, and the sentence that loading it gives.
fn spoilt(sampler: Option<Sampler>, spoil: impl Fn(&Path)) -> String {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&fixtures().join("tiny"), copy.path());
    spoil(copy.path());
    let options = LoadOptions { sampler, ..LoadOptions::default() };
    match Pipeline::load(copy.path(), &options) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

fn set(path: &Path, key: &str, value: Value) {
    let mut config: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    config[key] = value;
    std::fs::write(path, config.to_string()).unwrap();
}

#[test]
fn broken_folders_are_explained() {
    let unet = "unet/diffusion_pytorch_model.safetensors";
    let says = |message: String, words: &[&str]| {
        assert!(words.iter().all(|word| message.contains(word)) && !message.contains('\n'), "{message}");
    };
    says(spoilt(None, |f| std::fs::remove_dir_all(f).unwrap()), &["no model folder", "--model"]);
    says(spoilt(None, |f| std::fs::remove_file(f.join("model_index.json")).unwrap()), &["model_index.json"]);
    says(spoilt(None, |f| std::fs::remove_file(f.join("vae/config.json")).unwrap()), &["lacks", "config.json"]);
    says(spoilt(None, |f| std::fs::write(f.join("unet/config.json"), "{").unwrap()), &["JSON"]);
    let truncate = |f: &Path| {
        let bytes = std::fs::read(f.join(unet)).unwrap();
        std::fs::write(f.join(unet), &bytes[..bytes.len() / 2]).unwrap();
    };
    says(spoilt(None, truncate), &["truncated", unet]);
    says(spoilt(None, |f| std::fs::write(f.join(unet), "").unwrap()), &["empty", unet]);
    let pickled = |f: &Path| std::fs::rename(f.join(unet), f.join("unet/diffusion_pytorch_model.bin")).unwrap();
    says(spoilt(None, pickled), &[".bin", "safetensors"]);
    says(
        spoilt(None, |f| set(&f.join("unet/config.json"), "block_out_channels", json!([16, 80]))),
        &["down_blocks.1", "shape", "[80"],
    );
    says(spoilt(None, |f| set(&f.join("unet/config.json"), "layers_per_block", json!(2))), &["lack", "resnets.1"]);
    says(
        spoilt(None, |f| set(&f.join("unet/config.json"), "class_embed_type", json!("timestep"))),
        &["class_embed_type"],
    );
    says(spoilt(None, |f| set(&f.join("unet/config.json"), "act_fn", json!("mish"))), &["act_fn", "mish", "silu"]);
    says(spoilt(None, |f| set(&f.join("unet/config.json"), "cross_attention_dim", json!(64))), &["width 64", "32"]);
    says(
        spoilt(None, |f| set(&f.join("model_index.json"), "_class_name", json!("StableDiffusionXLPipeline"))),
        &["StableDiffusionXL"],
    );
    // The library that reads it panics there.
    let cut_decoder = |f: &Path| {
        let path = f.join("tokenizer/tokenizer.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let at = text.find("\"decoder\": {").unwrap() + "\"decoder\": {".len();
        std::fs::write(&path, [&text[..at], "\"type\" \"x\"", &text[at..]].concat()).unwrap();
    };
    says(spoilt(None, cut_decoder), &["tokenizer"]);
    let scheduler = "scheduler/scheduler_config.json";
    says(
        spoilt(None, |f| set(&f.join(scheduler), "_class_name", json!("PNDMScheduler"))),
        &["PNDMScheduler", "--sampler"],
    );
    says(spoilt(Some(Sampler::Euler), |f| set(&f.join(scheduler), "_class_name", json!("PNDMScheduler"))), &[]);
    says(spoilt(None, |f| set(&f.join(scheduler), "thresholding", json!(true))), &["thresholding"]);
    says(spoilt(None, |f| set(&f.join(scheduler), "use_flow_sigmas", json!(true))), &["use_flow_sigmas"]);
    says(spoilt(None, |f| std::fs::remove_dir_all(f.join("tokenizer")).unwrap()), &["vocab.json"]);
    assert_eq!(spoilt(None, |f| set(&f.join(scheduler), "_future", json!(1))), "");
}

#[test]
fn numbers_beyond_sense_are_refused() {
    for (file, key, value) in [
        ("unet/config.json", "sample_size", json!(100_000)),
        ("vae/config.json", "scaling_factor", json!(0)),
        ("scheduler/scheduler_config.json", "num_train_timesteps", json!(10_000_000_000_u64)),
    ] {
        let message = spoilt(None, |f| set(&f.join(file), key, value.clone()));
        assert!(message.contains(file) && message.contains(key) && message.contains("expected"), "{message}");
    }
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&fixtures().join("tiny"), copy.path());
    set(&copy.path().join("tokenizer/tokenizer_config.json"), "model_max_length", json!(8));
    let pipeline = Pipeline::load(copy.path(), &LoadOptions::default()).unwrap();
    assert_eq!(pipeline.encode_prompt("a red moon").unwrap().tokens.dims()[1], 8);
}

#[test]
fn old_layout_shards_and_progress_load() {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&fixtures().join("tiny"), copy.path());
    let unet = copy.path().join("unet");
    let all = candle_core::safetensors::load(unet.join("diffusion_pytorch_model.safetensors"), &Device::Cpu).unwrap();
    std::fs::remove_file(unet.join("diffusion_pytorch_model.safetensors")).unwrap();
    let (mut shards, mut map) = (vec![HashMap::new(), HashMap::new()], serde_json::Map::new());
    for (i, (name, tensor)) in all.into_iter().enumerate() {
        map.insert(name.clone(), json!(format!("part-{}.safetensors", i % 2)));
        shards[i % 2].insert(name, tensor);
    }
    for (i, shard) in shards.iter().enumerate() {
        candle_core::safetensors::save(shard, unet.join(format!("part-{i}.safetensors"))).unwrap();
    }
    std::fs::write(unet.join("diffusion_pytorch_model.safetensors.index.json"), json!({"weight_map": map}).to_string())
        .unwrap();
    std::fs::remove_file(copy.path().join("tokenizer/tokenizer.json")).unwrap();
    let seen = std::cell::RefCell::new(Vec::new());
    let report = |fraction: f32, _: &str| seen.borrow_mut().push(fraction);
    let options = LoadOptions { progress: Some(&report), ..LoadOptions::default() };
    let pipeline = Pipeline::load(copy.path(), &options).unwrap();
    let golden = golden("tiny");
    assert_close(
        "text",
        &pipeline.encode_prompt("A red moon, over 3 café waves!").unwrap().tokens,
        &golden["text.prompt"],
        1e-3,
    );
    let seen = seen.into_inner();
    assert!(seen.windows(2).all(|pair| pair[0] <= pair[1]) && seen.last() == Some(&1.0) && seen.len() > 50);
    assert_eq!((pipeline.latent_channels(), pipeline.latent_scale(), pipeline.native_size_px()), (8, 8, 64));
    assert_eq!((pipeline.default_steps(), pipeline.sampler()), (4, Sampler::Ddim));
}

#[test]
fn what_python_writes_for_infinity_is_read() {
    let config = "scheduler/scheduler_config.json";
    let dpm = |f: &Path| {
        let text = r#"{"_class_name": "DPMSolverMultistepScheduler", "beta_end": 0.012, "beta_schedule": "scaled_linear",
            "beta_start": 0.00085, "lambda_min_clipped": -Infinity, "algorithm_type": "dpmsolver++"}"#;
        std::fs::write(f.join(config), text).unwrap();
    };
    assert_eq!(spoilt(Some(Sampler::Ddim), dpm), "");
    assert!(spoilt(None, dpm).contains("DPMSolverMultistepScheduler"));
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&fixtures().join("tiny"), copy.path());
    dpm(copy.path());
    let options = LoadOptions { stand_in: Some(Sampler::Ddim), ..LoadOptions::default() };
    assert_eq!(Pipeline::load(copy.path(), &options).unwrap().sampler(), Sampler::Ddim);
    // Where a number is needed, it is none.
    let endless = |f: &Path| {
        let text = std::fs::read_to_string(f.join(config)).unwrap();
        std::fs::write(f.join(config), text.replacen('{', "{\"sigma_max\": Infinity, ", 1)).unwrap();
    };
    let message = spoilt(Some(Sampler::Euler), endless);
    assert!(message.contains("sigma_max") && message.contains("Infinity"), "{message}");
    let message = spoilt(None, |f| {
        let text = std::fs::read_to_string(f.join("unet/config.json")).unwrap();
        std::fs::write(f.join("unet/config.json"), text.replace("1e-05", "NaN")).unwrap();
    });
    assert!(message.contains("norm_eps") && message.contains("NaN"), "{message}");
}

#[test]
fn a_middle_that_is_null_is_left_out() {
    let unet = "unet/config.json";
    let picture = |null: bool| {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(&fixtures().join("tiny"), copy.path());
        if null {
            set(&copy.path().join(unet), "mid_block_type", Value::Null);
        }
        let pipeline = Pipeline::load(copy.path(), &LoadOptions::default()).unwrap();
        let golden = golden("tiny");
        let conditioning =
            pipeline.unet.condition(&TextConditioning::of_tokens(golden["text.prompt"].clone())).unwrap();
        let x = golden["unet.x"].narrow(0, 0, 1).unwrap();
        values(&pipeline.unet.forward(&x, &[500.0], &conditioning, &|| false).unwrap().unwrap())
    };
    let (with, without) = (picture(false), picture(true));
    assert!(with != without && without.iter().all(|v| v.is_finite()));
}

#[test]
fn a_null_switch_is_off_as_in_python() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), r#"{"a": null, "b": true}"#).unwrap();
    let config = crate::diffusion::config::ConfigFile::read(file.path()).unwrap();
    assert_eq!(["a", "b", "c"].map(|key| config.flag(key, true).unwrap()), [false, true, true]);
}

#[test]
fn nobody_is_told_to_take_out_what_the_network_needs() {
    for key in ["time_cond_proj_dim", "encoder_hid_dim", "cross_attention_norm", "never_heard_of"] {
        let message = spoilt(None, |f| set(&f.join("unet/config.json"), key, json!(256)));
        let told = message.contains(key) && message.contains("256") && message.contains("another model");
        assert!(told && !message.contains("remove"), "{message}");
    }
    let lcm = spoilt(None, |f| set(&f.join("unet/config.json"), "time_cond_proj_dim", json!(256)));
    assert!(lcm.contains("latent consistency"), "{lcm}");
}

#[test]
fn sizes_that_no_model_has_are_refused_not_reckoned_with() {
    let many = json!(vec![64; 70]);
    for key in ["num_decoder_blocks", "num_encoder_blocks", "decoder_block_out_channels"] {
        let message = spoilt(None, |f| set(&f.join("vae/config.json"), key, many.clone()));
        assert!(message.contains(key) && message.contains("resolutions"), "{message}");
    }
    let message = spoilt(None, |f| set(&f.join("unet/config.json"), "in_channels", json!(u64::MAX)));
    assert!(message.contains("in_channels"), "{message}");
    let message = spoilt(None, |f| set(&f.join("unet/config.json"), "block_out_channels", json!([1u64 << 62, 40])));
    assert!(message.contains("block_out_channels"), "{message}");
}

#[test]
fn what_was_named_instead_of_a_model_is_recognised() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let told = |path: &Path| match Pipeline::load(path, &LoadOptions::default()) {
        Ok(_) => panic!("{} was loaded", path.display()),
        Err(error) => error.to_string(),
    };
    let says = |path: &Path, words: &[&str]| {
        let message = told(path);
        assert!(words.iter().all(|word| message.contains(word)) && !message.contains('\n'), "{message}");
        assert!(!message.contains("no model folder"), "{message}");
    };
    let unet = fixtures().join("tiny/unet/diffusion_pytorch_model.safetensors");
    std::fs::copy(&unet, at("single.safetensors")).unwrap();
    says(&at("single.safetensors"), &["single.safetensors is a single checkpoint", "from_single_file"]);
    std::fs::write(at("old.ckpt"), b"PK\x03\x04rest").unwrap();
    says(&at("old.ckpt"), &["old.ckpt is a single checkpoint", "pickled"]);
    std::fs::write(at("pointer"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n").unwrap();
    says(&at("pointer"), &["Git LFS pointer", "git lfs pull"]);
    says(&unet, &["one file of a model", "tiny"]);
    says(&fixtures().join("tiny/model_index.json"), &["name the folder"]);
    says(&fixtures().join("tiny/unet"), &["one part of a model"]);
    says(&fixtures(), &["a model lies inside it", "fixtures/diffusion/"]);
    says(place.path(), &["single checkpoint", "from_single_file"]);
}

#[test]
fn a_cache_folder_is_followed_to_its_snapshot() {
    let cache = tempfile::tempdir().unwrap();
    let snapshot = |hash: &str| cache.path().join("snapshots").join(hash);
    copy_folder(&fixtures().join("tiny"), &snapshot("aaaa"));
    assert_eq!(folder::find(cache.path()).unwrap(), snapshot("aaaa"));
    Pipeline::load(cache.path(), &LoadOptions::default()).unwrap();
    assert_eq!(folder::latent_scale(cache.path()), Some(8));
    copy_folder(&fixtures().join("classic"), &snapshot("bbbb"));
    let message = folder::find(cache.path()).unwrap_err().to_string();
    assert!(message.contains("several snapshots") && message.contains("aaaa"), "{message}");
    std::fs::create_dir(cache.path().join("refs")).unwrap();
    std::fs::write(cache.path().join("refs/main"), "bbbb\n").unwrap();
    assert_eq!(folder::find(cache.path()).unwrap(), snapshot("bbbb"));
    for hash in ["aaaa", "bbbb"] {
        std::fs::remove_file(snapshot(hash).join("model_index.json")).unwrap();
    }
    assert!(folder::find(cache.path()).unwrap_err().to_string().contains("without a whole snapshot"));
}

#[test]
fn what_was_downloaded_instead_of_a_file_is_recognised() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    let page = "\n<!DOCTYPE html>\n<html><body>Sign in</body></html>";
    for file in ["unet/diffusion_pytorch_model.safetensors", "unet/config.json", "tokenizer/tokenizer.json"] {
        for (content, word) in
            [(pointer, "git lfs pull"), (page, "web page"), ("", "empty"), ("Entry not found", "refusal")]
        {
            let message = spoilt(None, |f| std::fs::write(f.join(file), content).unwrap());
            assert!(message.contains(file) && message.contains(word) && !message.contains('\n'), "{message}");
        }
    }
    let weights = "vae/diffusion_pytorch_model.safetensors";
    let message = spoilt(None, |f| std::fs::write(f.join(weights), b"PK\x03\x04\0\0\0\0\0\0").unwrap());
    assert!(message.contains("pickled"), "{message}");
    let message = spoilt(None, |f| std::fs::write(f.join(weights), "{\"error\": \"no\"}").unwrap());
    assert!(message.contains("text and not weights"), "{message}");
}
