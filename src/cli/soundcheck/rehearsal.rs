//! The show itself, on its own screen, with a pad pressed every two seconds: what its report says.

use super::Args;
use super::verdict::{Findings, Verdict};
use crate::app::{self, Options};
use crate::control::LINK_PORT;
use crate::telemetry::Report;

/// Seconds between presses, and at the start that are not judged.
const PRESS_EVERY_S: f64 = 2.0;
const WARM_UP_S: f64 = 2.0;
/// Images a second below which the dream stands still, to the eye.
const FEW_IMAGES: f64 = 0.5;
/// A pad that takes longer than this, in ms, no longer feels like one.
const SLOW_PAD_MS: f64 = 120.0;
/// Shares of frames that are late or left out.
const ROUGH: f64 = 0.05;
const BROKEN: f64 = 0.5;
/// Who draws more frames a second than this may do with fewer.
const LEISURELY_FPS: f64 = 31.0;

/// # Errors
/// When the answer cannot be written.
pub fn check(args: &Args, has_osc: bool, seconds: f64, findings: &mut Findings) -> anyhow::Result<()> {
    let options = Options {
        shows: vec![args.show.clone()],
        audio: args.audio.clone(),
        audio_channels: args.audio_channels,
        // A port that is taken was told of.
        osc: if has_osc { args.osc.clone() } else { "off".into() },
        web: Some("off".into()),
        link: format!("127.0.0.1:{LINK_PORT}"),
        headless: args.headless,
        size_px: args.size,
        fps: args.fps,
        monitor: args.monitor.clone(),
        duration_s: Some(seconds + WARM_UP_S),
        warm_up_s: WARM_UP_S,
        capture_every: 1,
        press_every_s: Some(PRESS_EVERY_S),
        ..Options::default()
    };
    match app::play(&options) {
        Ok(report) => judge(&report, seconds, findings),
        Err(error) => findings.say("rehearsal", Verdict::No, format!("the show does not play: {error}")),
    }
}

fn judge(report: &Report, seconds: f64, findings: &mut Findings) -> anyhow::Result<()> {
    let frames = &report.frames;
    let (shown, missed) = (frames.presented as f64, (frames.late + frames.dropped) as f64);
    let share = missed / (shown + frames.dropped as f64).max(1.0);
    let verdict = match share {
        share if share > BROKEN || frames.presented == 0 => Verdict::No,
        share if share > ROUGH => Verdict::Care,
        _ => Verdict::Good,
    };
    let (rate, p99) = (shown / seconds, frames.interval_ms.p99);
    let hint = match verdict {
        Verdict::Good => "",
        _ if rate > LEISURELY_FPS => ": try --fps 30, a smaller --size, or close what else runs",
        _ => ": try a smaller --size, or close what else runs",
    };
    let says =
        format!("{rate:.0} frames a second, {:.1} % late or left out, 99 % within {p99:.0} ms{hint}", 100.0 * share);
    findings.say("wall", verdict, says)?;
    let images = report.images.per_second;
    let verdict = if images < FEW_IMAGES { Verdict::Care } else { Verdict::Good };
    let hint = if images < FEW_IMAGES { ": fewer steps, a smaller `picture`, or a GPU" } else { "" };
    findings.say("images", verdict, format!("{images:.1} a second{hint}"))?;
    let pad = report.control.to_wall_ms;
    let verdict = if pad.p50 > SLOW_PAD_MS || pad.p50 <= 0.0 { Verdict::Care } else { Verdict::Good };
    findings.say("pad to wall", verdict, format!("{:.0} ms, 99 % within {:.0} ms", pad.p50, pad.p99))?;
    for fault in report.faults.iter().filter(|fault| fault.count > 0) {
        findings.say("fault", Verdict::Care, format!("{} x{}", fault.kind.name(), fault.count))?;
    }
    Ok(())
}
