//! Values of old files in the words of today, as Deforum's own list of deprecations has them. Used by the reader.

use serde_json::Value;

use super::settings::{Setting, as_number};

const RENAMED: &[(&str, &str, &str)] = &[
    ("color_coherence", "Match Frame 0 HSV", "HSV"),
    ("color_coherence", "Match Frame 0 LAB", "LAB"),
    ("color_coherence", "Match Frame 0 RGB", "RGB"),
    ("border", "warp", "replicate"),
    ("sampler", "klms", "LMS"),
    ("sampler", "dpm2", "DPM2"),
    ("sampler", "dpm2_ancestral", "DPM2 a"),
    ("sampler", "heun", "Heun"),
    ("sampler", "euler", "Euler"),
    ("sampler", "euler_ancestral", "Euler a"),
    ("sampler", "plms", "PLMS"),
    ("sampler", "ddim", "DDIM"),
    ("sampler", "dpm_fast", "DPM fast"),
    ("sampler", "dpm_adaptive", "DPM adaptive"),
    ("sampler", "dpmpp_2s_a", "DPM++ 2S a"),
    ("sampler", "dpmpp_2m", "DPM++ 2M"),
];

/// What was a switch once and is a choice today: its value when off, and when on.
const SWITCHES: &[(&str, &str, &str)] = &[
    ("hybrid_composite", "None", "Normal"),
    ("optical_flow_cadence", "None", "DIS Fine"),
    ("optical_flow_redo_generation", "None", "DIS Fine"),
    ("add_soundtrack", "None", "File"),
    ("depth_algorithm", "Midas+AdaBins (old)", "Zoe+AdaBins (old)"),
];

/// What first versions called by its number.
const SAMPLERS: &[&str] = &[
    "Euler a",
    "Euler",
    "LMS",
    "Heun",
    "DPM2",
    "DPM2 a",
    "DPM++ 2S a",
    "DPM++ 2M",
    "DPM++ SDE",
    "DPM fast",
    "DPM adaptive",
    "LMS Karras",
    "DPM2 Karras",
    "DPM2 a Karras",
    "DPM++ 2S a Karras",
    "DPM++ 2M Karras",
    "DPM++ SDE Karras",
    "DDIM",
    "PLMS",
];

/// Gives every old value its word of today, and the resizing of ControlNet models likewise.
pub(super) fn values(settings: &mut [Setting]) {
    for setting in settings {
        if let Some(new) = new_word(setting) {
            setting.value = Value::from(new);
        }
    }
}

fn new_word(setting: &Setting) -> Option<&'static str> {
    let key = setting.key.as_str();
    let text = setting.value.as_str().map(str::trim);
    if let Some((_, off, on)) = SWITCHES.iter().find(|(name, ..)| *name == key) {
        let switch = match (&setting.value, text) {
            (Value::Bool(on), _) => Some(*on),
            (_, Some("True" | "true")) => Some(true),
            (_, Some("False" | "false")) => Some(false),
            (Value::Number(_), _) => as_number(&setting.value).map(|number| number != 0.0),
            _ => None,
        };
        return switch.map(|switch| if switch { *on } else { *off });
    }
    if key == "sampler" && setting.value.is_u64() {
        return SAMPLERS.get(usize::try_from(setting.value.as_u64()?).ok()?).copied();
    }
    if key.ends_with("_resize_mode") {
        return match text? {
            "Envelope (Outer Fit)" => Some("Outer Fit (Shrink to Fit)"),
            "Scale to Fit (Inner Fit)" => Some("Inner Fit (Scale to Fit)"),
            _ => None,
        };
    }
    let renamed = RENAMED.iter().find(|(name, old, _)| *name == key && Some(*old) == text);
    renamed.map(|(_, _, new)| *new)
}
