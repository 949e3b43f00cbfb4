//! Keys that other Deforums have and the web UI has not: v0.7 and Helix, its own early days, Studio, Forge. Looked up
//! by the parent module.

use super::Fate::{Honoured, Meaningless, Translated, Unsupported};
use super::Kind::{Bool, Choice, Float, Int, Object, Schedule, Text, TextSchedule};
use super::When::*;
use super::reasons::*;
use super::{Fate, Key, key};

const DISTRIBUTIONS: &[&str] = &["Off", "Keyframes Only", "Additive", "Redistributed"];

/// Keys with a row of their own.
pub(super) const OTHERS: &[Key] = &[
    // Deforum v0.7 and Helix: gradient guidance.
    key("mean_scale", Float, "0", Gradients, Unsupported, GRADIENT),
    key("var_scale", Float, "0", Gradients, Unsupported, GRADIENT),
    key("exposure_scale", Float, "0", Gradients, Unsupported, GRADIENT),
    key("exposure_target", Float, "0.5", Gradients, Unsupported, GRADIENT),
    key("colormatch_scale", Float, "0", Gradients, Unsupported, GRADIENT),
    key("clip_scale", Float, "0", Gradients, Unsupported, GRADIENT),
    key("aesthetics_scale", Float, "0", Gradients, Unsupported, GRADIENT),
    key("cut_pow", Float, "0.0001", Gradients, Unsupported, GRADIENT),
    key("init_mse_scale", Float, "0", Gradients, Unsupported, GRADIENT),
    key("blue_scale", Float, "0", Gradients, Unsupported, GRADIENT),
    key("ignore_sat_weight", Float, "0", Gradients, Unsupported, GRADIENT),
    key("clamp_grad_threshold", Float, "0.2", Gradients, Unsupported, GRADIENT),
    key("clamp_start", Float, "0.2", Gradients, Unsupported, GRADIENT),
    key("clamp_stop", Float, "0.01", Gradients, Unsupported, GRADIENT),
    key("cutn", Int, "1", Gradients, Unsupported, GRADIENT),
    key("colormatch_n_colors", Int, "4", Gradients, Unsupported, GRADIENT),
    key("colormatch_image", Text, "", Gradients, Unsupported, GRADIENT),
    key("init_mse_image", Text, "", Gradients, Unsupported, GRADIENT),
    key("clip_name", Text, "ViT-L/14", Gradients, Unsupported, GRADIENT),
    key("gradient_wrt", Text, "x0_pred", Gradients, Unsupported, GRADIENT),
    key("gradient_add_to", Text, "both", Gradients, Unsupported, GRADIENT),
    key("decode_method", Text, "linear", Gradients, Unsupported, GRADIENT),
    key("grad_threshold_type", Text, "dynamic", Gradients, Unsupported, GRADIENT),
    key("grad_inject_timing", Object, "", Gradients, Unsupported, GRADIENT),
    key("cond_uncond_sync", Bool, "true", Gradients, Unsupported, GRADIENT),
    key("hybrid_use_video_as_mse_image", Bool, "false", Gradients, Unsupported, GRADIENT),
    // Deforum v0.7 and Helix: files, and stills between prompts.
    key("bit_depth_output", Int, "8", Always, Meaningless, FILM),
    key("n_batch", Int, "1", Always, Meaningless, FILM),
    key("n_samples", Int, "1", Always, Meaningless, FILM),
    key("grid_rows", Int, "2", Always, Meaningless, FILM),
    key("filename_format", Text, "", Always, Meaningless, FILM),
    key("outdir", Text, "", Always, Meaningless, FILM),
    key("timestring", Text, "", Always, Meaningless, FILM),
    key("save_samples", Bool, "true", Always, Meaningless, FILM),
    key("save_settings", Bool, "true", Always, Meaningless, FILM),
    key("display_samples", Bool, "true", Always, Meaningless, FILM),
    key("save_sample_per_step", Bool, "false", Always, Meaningless, FILM),
    key("show_sample_per_step", Bool, "false", Always, Meaningless, FILM),
    key("make_grid", Bool, "false", Always, Meaningless, FILM),
    key("interpolate_key_frames", Bool, "false", Interpolating, Translated, TEXTS_TRAVEL),
    key("interpolate_x_frames", Int, "4", Interpolating, Translated, TEXTS_TRAVEL),
    key("add_init_noise", Bool, "false", Always, Unsupported, ADDED_NOISE),
    key("init_noise", Float, "0.01", Flag("add_init_noise"), Unsupported, ADDED_NOISE),
    key("init_latent", Text, "", Always, Meaningless, NOTES),
    key("init_sample", Text, "", Always, Meaningless, NOTES),
    key("init_c", Text, "", Always, Meaningless, NOTES),
    key("image_path", Text, "", Always, Meaningless, NOTES),
    key("prompt", Text, "", Always, Meaningless, NOTES),
    key("precision", Text, "autocast", Always, Meaningless, NOTES),
    key("skip_video", Text, "", Always, Meaningless, NOTES),
    key("C", Int, "4", Always, Meaningless, NOTES),
    key("f", Int, "8", Always, Meaningless, NOTES),
    key("init_image_box", Int, "", Always, Meaningless, NOTES),
    key("histogram_matching", Bool, "false", Always, Meaningless, "Deforum itself dropped this setting"),
    // Early web UI.
    key("enable_hr", Bool, "false", Always, Unsupported, HOST),
    key("seed_enable_extras", Bool, "false", Always, Unsupported, HOST),
    key("override_these_with_webui", Bool, "false", Always, Unsupported, HOST),
    key("from_img2img_instead_of_link", Bool, "false", Always, Unsupported, HOST),
    key("firstphase_width", Int, "0", Always, Unsupported, HOST),
    key("firstphase_height", Int, "0", Always, Unsupported, HOST),
    key("subseed", Int, "-1", Flag("seed_enable_extras"), Unsupported, "turn dream.subseed"),
    key("subseed_strength", Float, "0", Flag("seed_enable_extras"), Unsupported, "turn dream.subseed.mix"),
    key("perlin_w", Float, "8", Moving, Unsupported, "Perlin noise has one grain here"),
    key("perlin_h", Float, "8", Moving, Unsupported, "Perlin noise has one grain here"),
    // Deforum Studio.
    key("bpm", Float, "120", Always, Honoured, "tempo.bpm"),
    key("beat_offset", Float, "0", Always, Translated, BEAT_OFFSET),
    key("schedule_events", Object, "", Always, Unsupported, HEARS_EVENTS),
    key("dry_run", Bool, "false", Always, Meaningless, SCREEN),
    // The Forge fork.
    key("scheduler", Text, "", Always, Meaningless, SAMPLER),
    key("enable_scheduler_scheduling", Bool, "false", Always, Unsupported, SAMPLER),
    key("scheduler_schedule", TextSchedule, "", Flag("enable_scheduler_scheduling"), Unsupported, SAMPLER),
    key("keyframe_distribution", Choice(DISTRIBUTIONS), "Off", Moving, Unsupported, NOT_AT_KEYFRAMES),
    key(
        "keyframe_strength_schedule",
        Schedule,
        "0: (0.20)",
        Chosen("keyframe_distribution"),
        Unsupported,
        NO_KEYFRAMES,
    ),
    key("distilled_cfg_scale_schedule", Schedule, "0: (3.5)", Always, Unsupported, "it is for Flux networks alone"),
    key("image_keyframe_strength_schedule", Schedule, "0:(0.20)", Flag("use_looper"), Unsupported, PULL_ALONE),
];

/// Keys that are told of by how they begin.
pub(super) const PREFIXES: &[(&str, Fate, &str)] = &[
    ("shake_", Unsupported, "camera shake is not a loop here: route `noise` or a band to motion.kick instead"),
    ("wan_", Unsupported, "Wan makes whole films at once, far from live"),
    ("freeu_", Unsupported, HOST),
    ("kohya_hrfix_", Unsupported, HOST),
    ("ffmpeg_", Meaningless, FILM),
    ("animatediff_", Unsupported, "AnimateDiff makes whole films at once, far from live"),
    ("cn_", Unsupported, CONTROLNET),
    ("controlnet_", Unsupported, CONTROLNET),
    ("hybrid_", Unsupported, HYBRID),
    ("parseq_", Unsupported, PARSEQ),
    ("r_upscale_", Meaningless, FILM),
    ("frame_interpolation_", Meaningless, FILM),
];

/// Old names, and the names they have in the web UI today.
pub(super) const OLD_NAMES: &[(&str, &str)] = &[
    ("width", "W"),
    ("height", "H"),
    ("sampler_name", "sampler"),
    ("scale", "cfg_scale_schedule"),
    ("cfg_scale", "cfg_scale_schedule"),
    ("ddim_eta", "ddim_eta_schedule"),
    ("fov", "fov_schedule"),
    ("near_plane", "near_schedule"),
    ("far_plane", "far_schedule"),
    ("flip_2d_perspective", "enable_perspective_flip"),
    ("skip_video_for_run_all", "skip_video_creation"),
    ("use_zoe_depth", "depth_algorithm"),
    ("enable_schedule_samplers", "enable_sampler_scheduling"),
    ("animation_prompts", "prompts"),
    ("animation_prompts_positive", "positive_prompts"),
    ("animation_prompts_negative", "negative_prompts"),
];

/// How groups of old names began, and how they begin today; what follows stays.
pub(super) const OLD_PREFIXES: &[(&str, &str)] = &[("hybrid_video_", "hybrid_"), ("controlnet_", "cn_1_")];
