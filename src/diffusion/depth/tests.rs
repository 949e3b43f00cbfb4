//! Against transformers' own numbers, which `tests/reference/depth_anything.py` writes; its docstring defines the
//! made-up weights and pictures.

use std::time::Instant;

use candle_core::DType;
use serde_json::Value;

use super::*;

mod pieces;

const GOLD: u64 = 0x9E37_79B9_7F4A_7C15;

fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/motion/depth_anything.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn made_up(name: &str, shape: &[usize]) -> Tensor {
    let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
    let count: usize = shape.iter().product();
    let transposed = ["resize_layers.0.", "resize_layers.1."].iter().any(|part| name.contains(part));
    let fan = if transposed { shape[0] } else { count / shape[0] };
    let (base, factor) = match () {
        () if name.contains("norm") && name.ends_with("weight") => (1.0, 0.1),
        () if name.ends_with("gamma") => (0.5, 0.1),
        () if name.ends_with("cls_token") => (0.0, 0.02),
        () if name.ends_with("pos_embed") => (0.0, 0.2),
        () if name.ends_with("output_conv2.2.bias") => (2.5, 0.0),
        () if shape.len() == 1 => (0.0, 0.1),
        () => (0.0, (3.0 / fan as f64).sqrt()),
    };
    let number = |index: u64| {
        let x = seed.wrapping_add(index.wrapping_mul(GOLD)).wrapping_add(GOLD);
        let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let u = ((x ^ (x >> 31)) >> 40) as f64 / 8_388_608.0 - 1.0;
        (base + factor * u) as f32
    };
    Tensor::from_vec((0..count as u64).map(number).collect(), shape, &Device::Cpu).unwrap()
}

fn tensors() -> HashMap<String, Tensor> {
    let golden = golden();
    let shape =
        |dims: &Value| dims.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect::<Vec<_>>();
    let tensors = golden["tensors"].as_object().unwrap().iter();
    let tensors: HashMap<_, _> = tensors.map(|(name, dims)| (name.clone(), made_up(name, &shape(dims)))).collect();
    for (name, first) in golden["first"].as_object().unwrap() {
        let made: Vec<f32> = tensors[name].flatten_all().unwrap().narrow(0, 0, 3).unwrap().to_vec1().unwrap();
        for (made, first) in made.iter().zip(first.as_array().unwrap()) {
            assert!((f64::from(*made) - first.as_f64().unwrap()).abs() < 1e-7, "{name}");
        }
    }
    tensors
}

/// The same under transformers' names.
fn renamed(tensors: &HashMap<String, Tensor>) -> HashMap<String, Tensor> {
    let mut out = HashMap::new();
    for (name, tensor) in tensors {
        let mut name = name.clone();
        for level in 0..4 {
            let stage = format!("neck.reassemble_stage.layers.{level}");
            name = name
                .replace(&format!("depth_head.projects.{level}"), &format!("{stage}.projection"))
                .replace(&format!("depth_head.resize_layers.{level}"), &format!("{stage}.resize"))
                .replace(&format!("depth_head.scratch.layer{}_rn", level + 1), &format!("neck.convs.{level}"))
                .replace(
                    &format!("depth_head.scratch.refinenet{}", level + 1),
                    &format!("neck.fusion_stage.layers.{}", 3 - level),
                );
        }
        for (from, to) in [
            ("pretrained.blocks.", "backbone.encoder.layer."),
            ("pretrained.norm", "backbone.layernorm"),
            ("pretrained.cls_token", "backbone.embeddings.cls_token"),
            ("pretrained.pos_embed", "backbone.embeddings.position_embeddings"),
            ("pretrained.patch_embed.proj", "backbone.embeddings.patch_embeddings.projection"),
            ("ls1.gamma", "layer_scale1.lambda1"),
            ("ls2.gamma", "layer_scale2.lambda1"),
            ("attn.proj", "attention.output.dense"),
            ("resConfUnit1.conv", "residual_layer1.convolution"),
            ("resConfUnit2.conv", "residual_layer2.convolution"),
            ("out_conv", "projection"),
            ("depth_head.scratch.output_conv1", "head.conv1"),
            ("depth_head.scratch.output_conv2.0", "head.conv2"),
            ("depth_head.scratch.output_conv2.2", "head.conv3"),
        ] {
            name = name.replace(from, to);
        }
        if !name.contains("attn.qkv") {
            out.insert(name, tensor.clone());
            continue;
        }
        for (part, tensor) in ["query", "key", "value"].iter().zip(tensor.chunk(3, 0).unwrap()) {
            out.insert(name.replace("attn.qkv", &format!("attention.attention.{part}")), tensor);
        }
    }
    out
}

fn picture(k: usize, height: usize, width: usize) -> Vec<f32> {
    let mut out = Vec::new();
    for c in 0..3 {
        for y in 0..height {
            let value = |x| (5 * x + 3 * y * (c + 1) + x * y / 7 * (c + 2) + 90 * k) % 256;
            out.extend((0..width).map(|x| (value(x) as f64 / 255.0) as f32));
        }
    }
    out
}

/// Single-precision numbers, little-endian.
fn numbers(text: &str) -> Vec<f32> {
    base64::decode(text).unwrap().as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)).collect()
}

/// The largest difference from transformers, over the range of what it computes.
fn worst(network: &DepthNetwork) -> f32 {
    let mut worst = 0.0f32;
    for output in golden()["outputs"].as_array().unwrap().iter().filter(|output| output["kind"] == "true") {
        let [k, height, width] = ["k", "h", "w"].map(|key| output[key].as_u64().unwrap() as usize);
        let want = numbers(output["depth"].as_str().unwrap());
        let (got, size) = network.nearness(&picture(k, height, width), [height, width], height.min(width)).unwrap();
        assert_eq!((size, got.len()), ([height, width], want.len()));
        let (low, high) = want.iter().fold((f32::MAX, f32::MIN), |(low, high), &x| (low.min(x), high.max(x)));
        let off = got.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / (high - low);
        println!("{height} x {width}, picture {k}: off by {off:.1e} of {:.3}", high - low);
        worst = worst.max(off);
    }
    worst
}

#[test]
fn computes_what_transformers_computes_under_either_set_of_names() {
    let tensors = tensors();
    let renamed = renamed(&tensors);
    assert!(worst(&DepthNetwork::from_tensors(tensors).unwrap()) < 2e-5);
    // Through a file, as a download comes.
    let folder = std::env::temp_dir().join(format!("depth-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    candle_core::safetensors::save(&renamed, folder.join("model.safetensors")).unwrap();
    let network = DepthNetwork::load(&folder);
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(worst(&network.unwrap()) < 2e-5);
}

/// How long it takes; `cargo test -- --ignored --nocapture how_long`, with RAYON_NUM_THREADS for the cores.
#[test]
#[ignore = "a measurement"]
fn how_long_a_call_takes() {
    let network = DepthNetwork::from_tensors(tensors()).unwrap();
    for side in [112, 140, USUAL_SIDE, 168] {
        let rgb = picture(0, 512, 912);
        network.nearness(&rgb, [512, 912], side).unwrap();
        let mut times: Vec<f64> = (0..31)
            .map(|_| {
                let start = Instant::now();
                network.nearness(&rgb, [512, 912], side).unwrap();
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("side {side}: {:.0} ms, at best {:.0}", times[15], times[0]);
    }
}

#[test]
fn halves_are_read_too() {
    let tensors = tensors().into_iter().map(|(name, x)| (name, x.to_dtype(DType::F16).unwrap())).collect();
    assert!(worst(&DepthNetwork::from_tensors(tensors).unwrap()) < 2e-2);
}
