//! The status line: once a second, one line in the terminal with what a performer wants to know.
//!
//! A thread of its own prints it and also keeps on disk what is to be kept, because a disk may block.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use super::keep::{KEEP_S, Keep};
use super::shared::Shared;
use super::show_state::ShowState;
use crate::audio::Features;
use crate::param::{self, Snapshot};
use crate::rt::{self, Reader, Stop, terminal};
use crate::tempo::Beat;
use crate::units::Seconds;

/// What the line is made of.
#[derive(Clone, Copy, Debug)]
pub struct StatusBoard {
    pub scene: ShowState,
    pub features: Features,
}

/// Starts the status thread.
///
/// # Errors
/// When there is no thread for it.
pub fn spawn(
    mut board: Reader<StatusBoard>,
    mut keep: Keep,
    shared: &Shared,
    stop: Stop,
) -> std::io::Result<JoinHandle<()>> {
    let shared = shared.clone();
    rt::spawn("status", move || {
        let made = || shared.made.load(Ordering::Relaxed);
        let mut last = (Seconds(0.0), made());
        let mut frames = shared.pace.totals();
        let mut wait = 0u32;
        while !stop.is_set() {
            std::thread::sleep(Duration::from_millis(100));
            wait += 1;
            if wait.is_multiple_of(10) {
                let board = *board.read();
                let now = (board.scene.snapshot.time, made());
                let per_s = (now.1 - last.1) as f64 / now.0.since(last.0).max(0.1);
                terminal::status(line(&board, per_s, &shared) + &shared.pace.trouble_since(frames));
                frames = shared.pace.totals();
                last = now;
            }
            keep.looks();
            if wait.is_multiple_of(10 * KEEP_S) {
                keep.notes();
            }
        }
        keep.looks();
        keep.notes();
    })
}

/// Bank and slot with the largest share right now, from 1: during a glide, the one it comes from at first.
fn sounding(snapshot: &Snapshot) -> (usize, usize) {
    let shares = [(snapshot.bank, &snapshot.mix), (snapshot.old_bank, &snapshot.old_mix)];
    let slots = shares.into_iter().flat_map(|(bank, mix)| mix.iter().enumerate().map(move |(k, w)| (*w, bank, k + 1)));
    slots.max_by(|a, b| a.0.total_cmp(&b.0)).map_or((snapshot.bank, 1), |(_, bank, slot)| (bank, slot))
}

/// What waits, and what stands still.
fn say_what_stands(text: &mut String, snapshot: &Snapshot, beat: &Beat) {
    if let Some((bank, slot)) = snapshot.pending.slot {
        let _ = write!(text, " | bank {bank} slot {slot} waits for the beat");
        if !beat.bar_known {
            text.push_str(" (where the bar begins is not known: counted from the last resync)");
        }
    }
    if let Some(knob) = snapshot.waiting_knob() {
        let side = if knob.below { "below" } else { "above" };
        let _ = write!(text, " | {} waits for its knob, which stands {side}", knob.id.row().id);
    }
    if snapshot.is_limited() {
        let _ = write!(text, " | limiter holds {} % of the wall", snapshot.held_percent);
    }
    let standing =
        [(param::MASTER_BLACKOUT, "BLACKOUT"), (param::MASTER_FREEZE, "frozen"), (param::DREAM_HOLD, "picture held")];
    for (_, name) in standing.iter().filter(|(id, _)| snapshot.effective.whole(*id) == 1) {
        let _ = write!(text, " | {name}");
    }
}

fn line(board: &StatusBoard, images_per_s: f64, shared: &Shared) -> String {
    let StatusBoard { scene, features } = board;
    let snapshot = &scene.snapshot;
    let e = &snapshot.effective;
    let beat = scene.clock.at(snapshot.time);
    let (bank, slot) = sounding(snapshot);
    let mut text = format!("{}bank {bank} slot {slot}", shared.bill.line());
    if snapshot.gliding > 0.0 && (bank, slot) != (snapshot.bank, snapshot.slot) {
        let beats = snapshot.gliding * snapshot.glide_beats;
        let goal = snapshot.slot;
        let _ = write!(text, " -> bank {} slot {goal} in {beats:.1} beats", snapshot.bank);
    }
    let _ = write!(
        text,
        " | strength {:.2} steps {} | {images_per_s:.1} images/s | {:.1} bpm {} | in {:.0} dB energy {:.2}",
        e[param::DREAM_STRENGTH],
        e.whole(param::DREAM_STEPS),
        beat.bpm.0,
        beat.source.name(),
        features.level_dbfs.max(-99.0),
        features.energy,
    );
    let _ = write!(text, " {}", features.passage.section.name());
    if features.pulse.is_sure() && beat.source != crate::tempo::ClockSource::Audio {
        let _ = write!(text, " heard {:.1} bpm", features.pulse.bpm());
    }
    say_what_stands(&mut text, snapshot, &beat);
    let (made, all) = shared.stills.progress(&shared.texts.read());
    if made < all {
        let _ = write!(text, " | stills {made}/{all}");
    }
    for fault in shared.faults.list() {
        let open = if fault.recovered { "" } else { " NOW" };
        let _ = write!(text, " | {} x{}{open}", fault.kind.name(), fault.count);
    }
    text
}
