//! What will draw, and on what.

use super::verdict::{Findings, Verdict};
use crate::render::Gpu;

/// # Errors
/// When the answer cannot be written.
pub fn check(headless: bool, findings: &mut Findings) -> anyhow::Result<()> {
    match Gpu::headless(0) {
        Ok(gpu) if gpu.is_software() => {
            let name = gpu.adapter.get_info().name;
            findings.say(
                "GPU",
                Verdict::Care,
                format!("software: {name} draws on the processor; the wall will be small or slow"),
            )?;
        }
        Ok(gpu) => findings.say("GPU", Verdict::Good, gpu.adapter.get_info().name)?,
        Err(error) => findings.say("GPU", Verdict::No, error.to_string())?,
    }
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let display = cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY");
    match (headless, display) {
        (true, _) => findings.say("screen", Verdict::Care, "none: it is rehearsed without a window, as asked"),
        (false, false) => {
            findings.say("screen", Verdict::No, "no display was found; plug the projector in, log in on its screen")
        }
        (false, true) => findings.say("screen", Verdict::Good, "there is a display; the rehearsal says how it does"),
    }
}
