//! The live runner: threads on the wall clock.
//!
//! Started in the order sound, conductor, generator, status, wall; stopped in reverse, each with a deadline.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::assembler::{FrameAssembler, ShowState};
use super::desk::{Desk, DeskFigures};
use super::generator::{self, CancelToken, GeneratorInput, Worker};
use super::open::Parts;
use super::options::{DebugFault, Options};
use super::report;
use super::show_clock::ShowClock;
use super::sound::{Heard, Sound};
use super::status::{self, Board, Notes};
use crate::audio::{Features, Memory, SoundShape};
use crate::frame::Frame;
use crate::output::{self, Fault, FrameIntent, FrameSource, OutputError, Presented, Sinks};
use crate::param::{self, Snapshot};
use crate::rt::{self, Broadcast, Reader, Stop, Writer};
use crate::telemetry::{Attempts, Faults, Kind, Report};
use crate::units::Seconds;

/// The conductor's tick: above 500 Hz with the sleep's own delay.
const TICK: Duration = Duration::from_micros(1500);
/// How often the analysis looks for new samples.
const LISTEN: Duration = Duration::from_millis(2);
/// How often what the ears learned is put where it can be kept.
const TELL_MEMORY_S: f64 = 5.0;
/// How often threads leave their figures where they are found if they should not end.
const TELL_S: f64 = 1.0;
/// How long the drill `conductor@SECONDS` lasts.
const DRILL_S: f64 = 2.0;
/// How long a thread may take to leave.
const DEADLINE: Duration = Duration::from_secs(3);

/// Plays live until the window closes, the duration is over or the process is asked to stop.
///
/// # Errors
/// When threads or the wall cannot be started.
pub fn run(options: &Options, parts: Parts) -> anyhow::Result<Report> {
    let Parts { stop, wall, mut desk, sound, dreamer, shared, output, sinks, monitor, snapshots, trace_file } = parts;
    let began = wall.now();

    let (features_in, features) = rt::cell(Features::default());
    let (gain_in, gain) = rt::cell(0.0f32);
    let (memory_in, memory) = rt::cell(sound.memory());
    let notes = sound.notebook().map(|book| Notes { book, memory });
    let source = sound.heard().source;
    let (heard_in, mut heard_told) = rt::cell(Heard::default());
    let told = Told { features: features_in, memory: memory_in, heard: heard_in };
    let ears = spawn_sound(sound, told, gain, wall, &shared.faults, &stop)?;

    let snapshot = *desk.tick(began, &Features::default());
    let first = ShowState { snapshot, clock: desk.conductor.clock(), sound: SoundShape::default() };
    let (scene_in, scene) = rt::cell(first);
    let (input_in, input) = rt::cell(GeneratorInput { snapshot: first.snapshot, clock: first.clock });
    let (board_in, board) = rt::cell(Board { scene: first, features: Features::default() });
    let (figures_in, mut desk_told) = rt::cell(desk.figures());
    let cancel = CancelToken::default();
    let outlets = Outlets {
        drills: options.debug_faults.clone(),
        scene: scene_in,
        input: input_in,
        snapshots,
        board: board_in,
        figures: figures_in,
        gain: gain_in,
        cancel: cancel.clone(),
    };
    let conductor = spawn_conductor(desk, features, outlets, wall, &shared.faults, &stop)?;

    let (frames_in, frames) = rt::cell(None::<Arc<Frame>>);
    let drills = options.debug_faults.clone();
    let worker = Worker {
        dreamer,
        input,
        cancel,
        frames: frames_in,
        wall,
        faults: shared.faults.clone(),
        made: shared.made.clone(),
        stop: stop.clone(),
        drills,
    };
    let generator = spawn_generator(worker)?;
    let status = status::spawn(board, notes, &shared, stop.clone())?;

    let director = FrameAssembler::new(&shared, options.debug_faults.clone(), began.after(options.warm_up_s));
    let until = options.duration_s.map(|s| began.after(s));
    let mut live = LiveStage { director, scene, frames, last_frame: 0, until, stop: stop.clone() };
    let shown = show(options, monitor, (&output, sinks), &mut live, wall);
    let seconds = wall.now().since(began) - options.warm_up_s;

    stop.set();
    // A thread that will not leave costs what it did last, never the report of the night.
    let left = [Stop::join(status, DEADLINE), Stop::join(generator, DEADLINE)].into_iter().all(|left| left.is_some());
    let desk = Stop::join(conductor, DEADLINE);
    let heard = Stop::join(ears, DEADLINE);
    let ends_well = left && desk.is_some() && heard.is_some();
    shown?;
    let desk_figures = desk.as_ref().map_or_else(|| *desk_told.read(), Desk::figures);
    let heard = heard.unwrap_or_else(|| Heard { source, ..heard_told.read().clone() });
    let report = report::make(&desk_figures, &heard, &live.director.figures, &shared, seconds);
    let controls_left = desk.and_then(|desk| desk.controls).is_none_or(|controls| controls.close(DEADLINE));
    if !controls_left || !ends_well {
        tracing::warn!("a thread did not leave in time; its last figures are {TELL_S:.0} s old at most");
    }
    drop(trace_file);
    Ok(report)
}

fn show(
    options: &Options,
    monitor: Option<String>,
    (output, mut sinks): (&output::OutputConfig, Sinks),
    stage: &mut LiveStage,
    wall: ShowClock,
) -> anyhow::Result<()> {
    let clock = || wall.now();
    if !options.headless {
        let window = output::window::WindowConfig { output: output.clone(), fullscreen: !options.windowed, monitor };
        match output::window::run(stage, &clock, &window, &mut sinks) {
            Err(OutputError::NoDisplay(why)) => {
                tracing::info!("no display ({why}): playing without a window; Ctrl-C leaves");
            }
            other => return Ok(other?),
        }
    }
    Ok(output::headless::run(stage, &clock, output, sinks)?)
}

/// Where what the ears hear and learn goes.
struct Told {
    features: Writer<Features>,
    memory: Writer<Memory>,
    heard: Writer<Heard>,
}

fn spawn_sound(
    mut sound: Sound,
    mut out: Told,
    mut gain: Reader<f32>,
    wall: ShowClock,
    faults: &Faults,
    stop: &Stop,
) -> std::io::Result<JoinHandle<Heard>> {
    let stop = stop.clone();
    let mut attempts = Attempts::new(faults, Kind::Analysis);
    rt::spawn("analysis", move || {
        let (mut told, mut counted) = (wall.now(), wall.now());
        while !stop.is_set() {
            let gain_db = *gain.read();
            let heard = catch_unwind(AssertUnwindSafe(|| sound.step(wall.now(), gain_db)));
            attempts.note(heard.is_ok());
            // Silence rather than the last beat for ever.
            out.features.write(heard.unwrap_or_default());
            if wall.now().since(told) >= TELL_MEMORY_S {
                told = wall.now();
                out.memory.write(sound.memory());
            }
            if wall.now().since(counted) >= TELL_S {
                counted = wall.now();
                out.heard.write(sound.figures());
            }
            std::thread::sleep(LISTEN);
        }
        sound.heard()
    })
}

/// Where the conductor's results go, and the drills it is to go through.
struct Outlets {
    drills: Vec<DebugFault>,
    scene: Writer<ShowState>,
    input: Writer<GeneratorInput>,
    snapshots: Broadcast<Snapshot>,
    board: Writer<Board>,
    figures: Writer<DeskFigures>,
    gain: Writer<f32>,
    cancel: CancelToken,
}

fn spawn_conductor(
    mut desk: Desk,
    mut features: Reader<Features>,
    mut out: Outlets,
    wall: ShowClock,
    faults: &Faults,
    stop: &Stop,
) -> std::io::Result<JoinHandle<Desk>> {
    let stop = stop.clone();
    let mut attempts = Attempts::new(faults, Kind::Conductor);
    rt::spawn("conductor", move || {
        let mut snapshot = Snapshot::default();
        let mut told = wall.now();
        while !stop.is_set() {
            let heard = *features.read();
            let now = wall.now();
            let drill = |f: &DebugFault| matches!(f, DebugFault::Conductor(at) if (*at..at + DRILL_S).contains(&now.0));
            let ticked = catch_unwind(AssertUnwindSafe(|| {
                assert!(!out.drills.iter().any(drill), "conductor panic on purpose");
                *desk.tick(now, &heard)
            }));
            attempts.note(ticked.is_ok());
            snapshot = ticked.unwrap_or(snapshot);
            let scene = ShowState { snapshot, clock: desk.conductor.clock(), sound: heard.shape() };
            out.cancel.set(generator::cancel_count(&snapshot));
            out.scene.write(scene);
            out.input.write(GeneratorInput { snapshot, clock: scene.clock });
            out.snapshots.write(&snapshot);
            out.board.write(Board { scene, features: heard });
            out.gain.write(snapshot.unmodulated[param::AUDIO_GAIN]);
            if wall.now().since(told) >= TELL_S {
                told = wall.now();
                out.figures.write(desk.figures());
            }
            std::thread::sleep(TICK);
        }
        desk
    })
}

/// The generator gets all cores but one, at low priority: the wall and the hands go first.
fn spawn_generator(worker: Worker) -> anyhow::Result<JoinHandle<()>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).saturating_sub(1).max(1);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|k| format!("dream {k}"))
        .start_handler(|_| rt::lower_priority())
        .build()?;
    Ok(rt::spawn("generator", move || pool.install(|| worker.run()))?)
}

struct LiveStage {
    director: FrameAssembler,
    scene: Reader<ShowState>,
    frames: Reader<Option<Arc<Frame>>>,
    last_frame: u64,
    until: Option<Seconds>,
    stop: Stop,
}

impl FrameSource for LiveStage {
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
        self.director.stage(now, &scene, frames)
    }

    fn presented(&mut self, presented: &Presented) {
        self.director.presented(presented);
    }

    fn missed(&mut self, slots: u32) {
        self.director.figures.frames.dropped += u64::from(slots);
    }

    fn fault(&mut self, fault: Fault) {
        self.director.fault(fault);
    }
}
