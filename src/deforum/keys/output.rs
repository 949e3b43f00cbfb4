//! The rest of the web UI's keys: five ControlNet models, looked up as `cn_1_…`, and the output. Looked up by
//! the parent module.

use super::Fate::{Meaningless, Translated, Unsupported};
use super::Kind::{Bool, Choice, Float, Int, Schedule, Text};
use super::When::*;
use super::reasons::*;
use super::{Key, key};

/// One ControlNet model's keys, with its number in their names.
macro_rules! control_net {
    ($n:literal) => {
        [
            key(concat!("cn_", $n, "_overwrite_frames"), Bool, "true", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_vid_path"), Text, "", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_mask_vid_path"), Text, "", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_enabled"), Bool, "false", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_low_vram"), Bool, "false", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_pixel_perfect"), Bool, "false", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_module"), Text, "none", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_model"), Text, "None", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_weight"), Schedule, "0:(1)", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_guidance_start"), Schedule, "0:(0.0)", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_guidance_end"), Schedule, "0:(1.0)", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_processor_res"), Int, "64", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_threshold_a"), Int, "64", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_threshold_b"), Int, "64", ControlNet($n), Unsupported, CONTROLNET),
            key(
                concat!("cn_", $n, "_resize_mode"),
                Text,
                "Inner Fit (Scale to Fit)",
                ControlNet($n),
                Unsupported,
                CONTROLNET,
            ),
            key(concat!("cn_", $n, "_control_mode"), Text, "Balanced", ControlNet($n), Unsupported, CONTROLNET),
            key(concat!("cn_", $n, "_loopback_mode"), Bool, "false", ControlNet($n), Unsupported, CONTROLNET),
        ]
    };
}

/// Five ControlNet models.
pub(super) const CONTROL_NETS: &[[Key; 17]] =
    &[control_net!("1"), control_net!("2"), control_net!("3"), control_net!("4"), control_net!("5")];

const SOUNDTRACKS: &[&str] = &["None", "File", "Init Video"];

/// Those behind them.
pub(super) const AFTER: &[Key] = &[
    key("skip_video_creation", Bool, "false", Always, Meaningless, FILM),
    key("fps", Float, "15", Always, Translated, "frames become beats by it"),
    key("make_gif", Bool, "false", Always, Meaningless, FILM),
    key("delete_imgs", Bool, "false", Always, Meaningless, FILM),
    key("delete_input_frames", Bool, "false", Always, Meaningless, FILM),
    key("add_soundtrack", Choice(SOUNDTRACKS), "None", Always, Unsupported, SOUNDTRACK),
    key("soundtrack_path", Text, "", Chosen("add_soundtrack"), Unsupported, SOUNDTRACK),
    key("r_upscale_video", Bool, "false", Always, Meaningless, FILM),
    key("r_upscale_factor", Text, "x2", Always, Meaningless, FILM),
    key("r_upscale_model", Text, "realesr-animevideov3", Always, Meaningless, FILM),
    key("r_upscale_keep_imgs", Bool, "true", Always, Meaningless, FILM),
    key("store_frames_in_ram", Bool, "false", Always, Meaningless, FILM),
    key("frame_interpolation_engine", Choice(&["None", "RIFE v4.6", "FILM"]), "None", Always, Meaningless, FILM),
    key("frame_interpolation_x_amount", Int, "2", Always, Meaningless, FILM),
    key("frame_interpolation_slow_mo_enabled", Bool, "false", Always, Meaningless, FILM),
    key("frame_interpolation_slow_mo_amount", Int, "2", Always, Meaningless, FILM),
    key("frame_interpolation_keep_imgs", Bool, "true", Always, Meaningless, FILM),
    key("frame_interpolation_use_upscaled", Bool, "false", Always, Meaningless, FILM),
    key("sd_model_name", Text, "", Always, Meaningless, NOMODEL),
    key("sd_model_hash", Text, "", Always, Meaningless, NOMODEL),
    key("deforum_git_commit_id", Text, "", Always, Meaningless, NOTES),
];
