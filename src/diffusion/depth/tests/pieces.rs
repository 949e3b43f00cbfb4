//! The pieces by themselves, and everything that can be refused.

use super::*;
use crate::diffusion::depth::pointwise::{erf, exp, gelu};
use crate::diffusion::depth::resize::resize;

#[test]
fn refuses_other_files_in_one_sentence() {
    let refusal = |tensors| DepthNetwork::from_tensors(tensors).err().unwrap().to_string();
    let missing = DepthNetwork::load(Path::new("/nowhere")).err().unwrap().to_string();
    assert!(missing.starts_with("there are no weights at /nowhere/model.safetensors; download"), "{missing}");
    assert!(refusal(HashMap::new()).contains("has a name that begins with backbone. or pretrained."));
    let mut weights = renamed(&tensors());
    weights.insert("head.conv1.bias".into(), Tensor::zeros(31, DType::F32, &Device::Cpu).unwrap());
    assert!(refusal(weights.clone()).contains("head.conv1.bias in the given tensors has shape [31] where"));
    weights.remove("backbone.encoder.layer.7.attention.attention.key.bias");
    let text = refusal(weights);
    assert!(text.contains("lack the tensor backbone.encoder.layer.7.attention.attention.key.bias; "), "{text}");
    let folder = std::env::temp_dir().join(format!("depth-damaged-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("model.safetensors"), "version https://git-lfs.github.com/spec/v1\n").unwrap();
    let text = DepthNetwork::load(&folder).err().unwrap().to_string();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(text.contains("model.safetensors is truncated or damaged (") && !text.contains('\n'), "{text}");
}

#[test]
fn refuses_pictures_and_weights_that_are_no_numbers() {
    let network = DepthNetwork::from_tensors(tensors()).unwrap();
    let text = |rgb: &[f32], size| network.nearness(rgb, size, 28).err().unwrap().to_string();
    assert!(text(&[0.5; 11], [2, 2]).contains("three numbers for each; it has 11"));
    assert!(text(&[], [0, 5]).contains("at least one pixel and"));
    assert!(text(&[0.5; 3], [usize::MAX, 3]).contains("three numbers"));
    assert!(text(&[0.5, f32::NAN, 0.5], [1, 1]).contains("the picture holds values that are no numbers"));
    let weights = tensors();
    for value in [f32::NAN, f32::INFINITY] {
        for name in ["patch_embed.proj.bias", "blocks.5.norm1.bias", "blocks.11.mlp.fc1.bias"] {
            finds_broken(&weights, &format!("pretrained.{name}"), value);
        }
        for name in ["projects.0.bias", "scratch.output_conv1.bias", "scratch.refinenet4.resConfUnit2.conv1.bias"] {
            finds_broken(&weights, &format!("depth_head.{name}"), value);
        }
    }
    // The keys alone: nothing else could tell.
    let name = "pretrained.blocks.0.attn.qkv.bias";
    let mut bias = vec![0.0f32; 1152];
    bias[400] = f32::NAN;
    let bias = Tensor::from_vec(bias, 1152, &Device::Cpu).unwrap();
    let network = DepthNetwork::from_tensors(weights.into_iter().chain([(name.into(), bias)]).collect()).unwrap();
    assert!(matches!(network.nearness(&[0.5; 12], [2, 2], 28), Err(DepthError::Overflow)));
}

fn finds_broken(weights: &HashMap<String, Tensor>, name: &str, value: f32) {
    let mut weights = weights.clone();
    let bad = Tensor::full(value, weights[name].shape(), &Device::Cpu).unwrap();
    weights.insert(name.into(), bad);
    let network = DepthNetwork::from_tensors(weights).unwrap();
    let answer = network.nearness(&[0.5; 12], [2, 2], 28);
    assert!(matches!(answer, Err(DepthError::Overflow)), "{value} in {name}");
}

#[test]
fn any_size_is_answered_in_patches() {
    let network = DepthNetwork::from_tensors(tensors()).unwrap();
    for (size, side, want) in [([1, 1], 14, [14, 14]), ([9, 16], 56, [56, 98]), ([40, 3], 0, [14, 14])] {
        let (near, got) = network.nearness(&vec![0.3; 3 * size[0] * size[1]], size, side).unwrap();
        assert_eq!((got, near.len()), (want, want[0] * want[1]));
        assert!(near.iter().all(|x| *x >= 0.0 && x.is_finite()));
    }
    assert_eq!(patches([512, 912], USUAL_SIDE), [11, 20]);
    assert_eq!(patches([1, 100_000], 154), [11, MOST_PATCHES]);
    assert_eq!(patches([512, 512], usize::MAX), [37; 2]);
}

#[test]
fn functions_are_exact_to_32_bits() {
    // By tables of the error function and the normal distribution.
    assert!((erf(1.0) - 0.842_700_8).abs() < 6e-7 && (erf(-0.5) + 0.520_499_9).abs() < 6e-7);
    assert!((erf(9.0) - 1.0).abs() < 6e-7 && (gelu(1.0) - 0.841_344_8).abs() < 6e-7 && gelu(-9.0).abs() < 6e-6);
    assert!(gelu(f32::NAN).is_nan() && exp(f32::NAN).is_nan());
    for step in 0..870 {
        let x = -0.1 * step as f32;
        assert!((exp(x) / x.exp() - 1.0).abs() < 5e-7, "{x}");
    }
    assert!(exp(-1e9) < 1e-37 && exp(f32::NEG_INFINITY) < 1e-37);
}

#[test]
fn sizes_change_without_a_shift_or_a_change_of_level() {
    let ramp: Vec<f32> = (0..24).map(|x| x as f32).collect();
    let row = Taps::cornered(1, 1);
    assert_eq!(resize(&ramp, [1, 24], &row, &Taps::shrinking(24, 24)), ramp);
    assert_eq!(resize(&ramp, [1, 24], &row, &Taps::cubic(24, 24)), ramp);
    let half = resize(&ramp, [1, 24], &row, &Taps::shrinking(24, 12));
    for (index, x) in half.iter().enumerate().skip(1).take(10) {
        assert!((x - (2 * index) as f32 - 0.5).abs() < 1e-5, "{index}: {x}");
    }
    let corners = resize(&ramp, [1, 24], &row, &Taps::cornered(24, 47));
    assert!(corners.iter().enumerate().all(|(index, x)| (x - index as f32 / 2.0).abs() < 1e-5));
    for from in [1, 2, 3, 37] {
        for to in [1, 2, 11, 80] {
            let flat = vec![0.7; from * from];
            for out in [
                resize(&flat, [from; 2], &Taps::cubic(from, to), &Taps::cubic(from, to)),
                resize(&flat, [from; 2], &Taps::cornered(from, to), &Taps::cornered(from, to)),
                resize(&flat, [from; 2], &Taps::shrinking(from, to), &Taps::shrinking(from, to)),
            ] {
                assert!(out.len() == to * to && out.iter().all(|x| (x - 0.7).abs() < 1e-6), "{from} to {to}");
            }
        }
    }
}
