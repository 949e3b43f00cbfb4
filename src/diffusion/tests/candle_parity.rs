//! Our UNet against candle's own, which shares no code with it, on the same random weights and inputs.

use std::cell::Cell;

use candle_nn::{VarBuilder, VarMap};
use candle_transformers::models::stable_diffusion::unet_2d::{
    BlockConfig, UNet2DConditionModel, UNet2DConditionModelConfig,
};

use super::*;
use crate::diffusion::compute::Compute;
use crate::diffusion::config::unet::UnetConfig;
use crate::diffusion::names;
use crate::diffusion::unet::Unet;
use crate::diffusion::weights::{Meter, Weights};

const WIDTH: usize = 64;
const CONTEXT: usize = 32;
const HEADS: usize = 4;

/// The fixture `classic`, wide enough for the 32 groups that candle's attention blocks always have.
fn theirs(weights: VarBuilder<'_>) -> UNet2DConditionModel {
    // What diffusers calls the head's dimension is the number of heads; candle keeps the name.
    let block = |use_cross_attn| BlockConfig { out_channels: WIDTH, use_cross_attn, attention_head_dim: HEADS };
    let config = UNet2DConditionModelConfig {
        center_input_sample: false,
        flip_sin_to_cos: false,
        freq_shift: 1.0,
        blocks: vec![block(Some(1)), block(None)],
        layers_per_block: 2,
        downsample_padding: 1,
        mid_block_scale_factor: 1.0,
        norm_num_groups: 32,
        norm_eps: 1e-5,
        cross_attention_dim: CONTEXT,
        sliced_attention_size: None,
        use_linear_projection: false,
    };
    UNet2DConditionModel::new(weights, 4, 4, false, config).unwrap()
}

fn ours(folder: &Path, weights: &Path) -> Unet {
    let classic = std::fs::read_to_string(fixtures().join("classic/unet/config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&classic).unwrap();
    config["block_out_channels"] = json!([WIDTH, WIDTH]);
    config["norm_num_groups"] = json!(32);
    let path = folder.join("config.json");
    std::fs::write(&path, config.to_string()).unwrap();
    let meter = Meter { total: 1, done: Cell::new(0), report: None };
    let compute = Compute::new(Device::Cpu, Kernels::Best, NumberType::F32);
    let weights = Weights::open("UNet", &[weights.to_owned()], names::diffusers, &compute, &meter).unwrap();
    Unet::load(&weights.root(), &UnetConfig::read(&path).unwrap()).unwrap()
}

#[test]
fn our_unet_answers_as_candles_does() {
    let (folder, made) = (tempfile::tempdir().unwrap(), VarMap::new());
    let theirs = theirs(VarBuilder::from_varmap(&made, DType::F32, &Device::Cpu));
    let file = folder.path().join("weights.safetensors");
    made.save(&file).unwrap();
    let ours = ours(folder.path(), &file);
    let x = Tensor::from_vec(noise::normal(1, 4 * 8 * 8), (1, 4, 8, 8), &Device::Cpu).unwrap();
    let states = Tensor::from_vec(noise::normal(2, 7 * CONTEXT), (1, 7, CONTEXT), &Device::Cpu).unwrap();
    let conditioning = ours.condition(&TextConditioning::of_tokens(states.clone())).unwrap();
    for time in [1.0, 380.0, 999.0] {
        let want = theirs.forward(&x, time, &states).unwrap();
        let got = ours.forward(&x, &[time], &conditioning, &|| false).unwrap().unwrap();
        // Candle reckons the time embedding in f32 throughout.
        assert_close(&format!("time {time}"), &got, &want, 5e-3);
    }
}
