//! Our UNet against candle's own, which shares no code with it, on the same weights and inputs.

use candle_transformers::models::stable_diffusion::unet_2d::{
    BlockConfig, UNet2DConditionModel, UNet2DConditionModelConfig,
};

use super::*;

/// The configuration of the fixture `classic`, in candle's words.
fn classic() -> UNet2DConditionModelConfig {
    // What diffusers calls the head's dimension is the number of heads; both keep the name.
    let block = |out_channels, use_cross_attn| BlockConfig { out_channels, use_cross_attn, attention_head_dim: 4 };
    UNet2DConditionModelConfig {
        center_input_sample: false,
        flip_sin_to_cos: false,
        freq_shift: 1.0,
        blocks: vec![block(16, Some(1)), block(32, None)],
        layers_per_block: 2,
        downsample_padding: 1,
        mid_block_scale_factor: 1.0,
        norm_num_groups: 4,
        norm_eps: 1e-5,
        cross_attention_dim: 32,
        sliced_attention_size: None,
        use_linear_projection: false,
    }
}

#[test]
fn our_unet_answers_as_candles_does() {
    let file = fixtures().join("classic/unet/diffusion_pytorch_model.fp16.safetensors");
    // SAFETY: a file of this repository, which nobody changes while the test runs.
    let weights = unsafe { candle_nn::VarBuilder::from_mmaped_safetensors(&[file], DType::F32, &Device::Cpu) }.unwrap();
    let theirs = UNet2DConditionModel::new(weights, 4, 4, false, classic()).unwrap();
    let (ours, golden) = (load("classic", Kernels::Best), golden("classic"));
    let x = golden["unet.x"].narrow(0, 0, 1).unwrap();
    let states = golden["text.prompt"].clone();
    for time in [1.0, 380.0, 999.0] {
        let want = theirs.forward(&x, time, &states).unwrap();
        let conditioning = ours.unet.condition(&states).unwrap();
        let got = ours.unet.forward(&x, &[time], &conditioning, &|| false).unwrap().unwrap();
        assert_close(&format!("time {time}"), &got, &want, 1e-3);
    }
}
