//! The live runner: threads on the wall clock.
//!
//! Started in the order sound, conductor, generator, status, wall; stopped in reverse, each with a deadline.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;

use super::TELL_S;
use super::assembler::FrameAssembler;
use super::conducting::{Conducting, ConductingCells};
use super::drills::Drills;
use super::generator::{self, Worker};
use super::hearing::Hearing;
use super::keep::{Keep, LookKeeper};
use super::options::Options;
use super::parts::Parts;
use super::report;
use super::shared::Shared;
use super::show_clock::ShowClock;
use super::show_state::ShowState;
use super::status;
use crate::control::{Controls, Keys};
use crate::frame::Frame;
use crate::output::{self, FrameIntent, FrameSource, OutputConfig, OutputError, Presented, Sinks, WallFault};
use crate::render::OverlayImage;
use crate::rt::{self, Reader, Stop};
use crate::telemetry::Report;
use crate::units::Seconds;

/// How long a thread may take to leave.
const DEADLINE: Duration = Duration::from_secs(3);

/// Plays live until the window closes, the duration is over or the process is asked to stop.
///
/// # Errors
/// When threads or the wall cannot be started.
pub fn run(options: &Options, parts: Parts) -> anyhow::Result<Report> {
    let Parts { stop, wall, desk, sound, dreamer, shared, output, sinks, monitor, playing, files, outlets, trace_file } =
        parts;
    let began = wall.now();
    let (until, from) = (options.duration_s.map(|s| began.after(s)), began.after(options.warm_up_s));
    let (drills, faults) = (Drills::new(&options.debug_faults), &shared.faults);

    let keys = desk.controls.as_ref().map(Controls::keys);
    let (hearing, heard) = Hearing::spawn(sound, wall, faults, &stop)?;
    let (conducting, cells) = Conducting::spawn((desk, files), heard, playing, drills.clone(), wall, faults, &stop)?;
    let ConductingCells { scene, input, board, cancel, notes, shelf } = cells;
    let keep = Keep { notes, looks: LookKeeper::new(shelf) };
    let (frames_in, frames) = rt::cell(None);
    let (dreamers, overlays) = outlets.map(|outlets| (outlets.dreamers, outlets.overlays)).unzip();
    let generator = generator::spawn(Worker {
        dreamer,
        dreamers,
        input,
        cancel,
        frames: frames_in,
        wall,
        faults: faults.clone(),
        made: shared.made.clone(),
        stop: stop.clone(),
        drills: drills.clone(),
    })?;
    let status = status::spawn(board, keep, &shared, stop.clone())?;
    // Last: whatever fails before leaves the terminal as it is.
    let terminal = keys.clone().and_then(|keys| rt::terminal_keys(stop.clone(), move |key| press(&keys, key, wall)));
    let assembler = FrameAssembler::new(&shared, drills, from).flashing(options.flash_beats);
    let mut live =
        LiveSource { assembler, scene, frames, last_frame: 0, until, stop: stop.clone(), keys, overlays, wall };
    let shown = show(options, monitor, (&output, sinks), &mut live, wall);
    let seconds = wall.now().since(from);

    stop.set();
    // A thread that does not leave in time is left behind; the report is made from its last published figures.
    let others_left = Stop::join_all([status, generator].into_iter().chain(terminal).collect(), DEADLINE);
    let report = leave(conducting, hearing, others_left, &live.assembler, &shared, seconds);
    drop(trace_file);
    shown.map(|()| report)
}

/// A key of the terminal, which does not say when it is let go: 1 to 8 are pads that were tapped.
fn press(keys: &Keys, key: u8, wall: ShowClock) {
    if let slot @ 1..=8 = key.wrapping_sub(b'0') {
        keys.tap(slot, wall.now());
    }
}

/// Waits for the conductor and analysis threads, makes the report and closes the controls.
fn leave(
    conducting: Conducting,
    hearing: Hearing,
    others_left: bool,
    assembler: &FrameAssembler,
    shared: &Shared,
    seconds: f64,
) -> Report {
    let (figures, desk) = conducting.join(DEADLINE);
    let (heard, ears_left) = hearing.join(DEADLINE);
    let report = report::make(&figures, &heard, &assembler.wall.figures, shared, seconds);
    let conductor_left = desk.is_some();
    let controls_left = desk.and_then(|desk| desk.controls).is_none_or(|controls| controls.close(DEADLINE));
    if !(others_left && conductor_left && ears_left && controls_left) {
        tracing::warn!("a thread did not leave in time; its last figures are {TELL_S:.0} s old at most");
    }
    report
}

fn show(
    options: &Options,
    monitor: Option<String>,
    (output, mut sinks): (&OutputConfig, Sinks),
    source: &mut LiveSource,
    wall: ShowClock,
) -> anyhow::Result<()> {
    let clock = || wall.now();
    if !options.headless {
        let window = output::window::WindowConfig { output: output.clone(), fullscreen: !options.windowed, monitor };
        match output::window::run(source, &clock, &window, &mut sinks) {
            Err(OutputError::NoDisplay(why)) => {
                tracing::info!("no display ({why}): playing without a window; Ctrl-C leaves");
            }
            other => return Ok(other?),
        }
    }
    Ok(output::headless::run(source, &clock, output, sinks)?)
}

/// What the wall shows, from the newest state and the newest image.
struct LiveSource {
    assembler: FrameAssembler,
    scene: Reader<ShowState>,
    frames: Reader<Option<Arc<Frame>>>,
    last_frame: u64,
    until: Option<Seconds>,
    stop: Stop,
    keys: Option<Keys>,
    /// Those of a show that takes over.
    overlays: Option<Receiver<Arc<[OverlayImage]>>>,
    wall: ShowClock,
}

impl FrameSource for LiveSource {
    fn advance(&mut self, now: Seconds) -> FrameIntent {
        if self.stop.is_set() || self.until.is_some_and(|until| now >= until) {
            return FrameIntent { quit: true, ..FrameIntent::default() };
        }
        let scene = *self.scene.read();
        let newest = self.frames.read().as_ref().filter(|f| f.sequence > self.last_frame);
        let frames: Vec<Arc<Frame>> = newest.cloned().into_iter().collect();
        if let Some(frame) = frames.first() {
            self.last_frame = frame.sequence;
        }
        let overlays = self.overlays.as_ref().and_then(|new| new.try_recv().ok());
        FrameIntent { overlays, ..self.assembler.stage(now, &scene, frames) }
    }

    fn presented(&mut self, presented: &Presented) {
        self.assembler.presented(presented);
    }

    fn digit(&mut self, digit: u8, pressed: bool) {
        if let Some(keys) = &self.keys {
            keys.press(digit, pressed, self.wall.now());
        }
    }

    fn missed(&mut self, slots: u32) {
        self.assembler.missed(slots);
    }

    fn fault(&mut self, fault: WallFault) {
        self.assembler.fault(fault);
    }
}
