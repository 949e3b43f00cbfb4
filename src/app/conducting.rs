//! The conductor thread: ticks the desk at more than 500 Hz and publishes the new state after each tick, newest wins.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Duration;

use super::TELL_S;
use super::desk::{Desk, DeskFigures};
use super::drills::{Drills, Trouble};
use super::generator::{self, CancelToken, GeneratorInput};
use super::hearing::HearingCells;
use super::keep::{KeptLooks, Notes};
use super::show_clock::ShowClock;
use super::show_state::ShowState;
use super::sound::listen_settings;
use super::status::StatusBoard;
use crate::audio::{Features, ListenSettings, SoundShape};
use crate::control::Playing;
use crate::param::Snapshot;
use crate::rt::{self, Broadcast, Reader, Stop, Writer};
use crate::show::ShowFiles;
use crate::telemetry::{Attempts, Faults, Kind};
use crate::units::Seconds;

/// The conductor's tick: above 500 Hz with the sleep's own delay.
const TICK: Duration = Duration::from_micros(1500);
/// How long the drill `conductor@SECONDS` lasts.
const DRILL_S: f64 = 2.0;

/// The running thread.
pub struct Conducting {
    thread: JoinHandle<Desk>,
    /// Its figures, `TELL_S` old at most.
    told: Reader<DeskFigures>,
}

/// What the thread tells while it runs.
pub struct ConductingCells {
    pub scene: Reader<ShowState>,
    pub input: Reader<GeneratorInput>,
    pub board: Reader<StatusBoard>,
    pub cancel: CancelToken,
    pub notes: Option<Notes>,
    pub shelf: Reader<KeptLooks>,
}

/// Where the conductor's results go.
struct Outlets {
    scene: Writer<ShowState>,
    input: Writer<GeneratorInput>,
    playing: Broadcast<Playing>,
    board: Writer<StatusBoard>,
    figures: Writer<DeskFigures>,
    listen: Writer<ListenSettings>,
    shelf: Writer<KeptLooks>,
    cancel: CancelToken,
}

impl Conducting {
    /// Ticks once on the caller's thread, so that the cells hold the show's state from the start; starts the thread.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn spawn(
        (mut desk, files): (Desk, ShowFiles),
        heard: HearingCells,
        playing: Broadcast<Playing>,
        drills: Drills,
        wall: ShowClock,
        faults: &Faults,
        stop: &Stop,
    ) -> std::io::Result<(Self, ConductingCells)> {
        let snapshot = *desk.tick(wall.now(), &Features::default());
        let first = ShowState { snapshot, clock: desk.router.conductor.clock(), sound: SoundShape::default() };
        let (scene_in, scene) = rt::cell(first);
        let (input_in, input) = rt::cell(GeneratorInput { snapshot: first.snapshot, clock: first.clock });
        let (board_in, board) = rt::cell(StatusBoard { scene: first, features: Features::default() });
        let (figures, told) = rt::cell(desk.figures());
        let cancel = CancelToken::default();
        let HearingCells { features, settings: listen, notes } = heard;
        let (kept, revision) = desk.router.conductor.looks();
        let (shelf_in, shelf) = rt::cell(KeptLooks { shelf: *kept, revision, of: files.get() });
        let cells = ConductingCells { scene, input, board, cancel: cancel.clone(), notes, shelf };
        let out = Outlets {
            scene: scene_in,
            input: input_in,
            playing,
            board: board_in,
            figures,
            listen,
            shelf: shelf_in,
            cancel,
        };
        let thread = Ticking { desk, features, out, drills, wall, snapshot, files, kept: revision };
        let (attempts, stop) = (Attempts::new(faults, Kind::Conductor), stop.clone());
        Ok((Self { thread: rt::spawn("conductor", move || thread.run(attempts, &stop))?, told }, cells))
    }

    /// Waits for the thread to leave. Returns its figures, which are `TELL_S` old at most if it did not leave in time,
    /// and the desk, `None` in that case.
    pub fn join(mut self, deadline: Duration) -> (DeskFigures, Option<Desk>) {
        let desk = Stop::join(self.thread, deadline);
        (desk.as_ref().map_or_else(|| *self.told.read(), Desk::figures), desk)
    }
}

/// What the thread owns.
struct Ticking {
    desk: Desk,
    features: Reader<Features>,
    out: Outlets,
    drills: Drills,
    wall: ShowClock,
    /// The newest state. It is published again after a tick that panics.
    snapshot: Snapshot,
    files: ShowFiles,
    /// The newest revision of the looks that was passed on to be kept.
    kept: u64,
}

impl Ticking {
    fn run(mut self, mut attempts: Attempts, stop: &Stop) -> Desk {
        let mut told = self.wall.now();
        while !stop.is_set() {
            let (heard, now) = (*self.features.read(), self.wall.now());
            let ticked = catch_unwind(AssertUnwindSafe(|| self.tick(now, &heard)));
            attempts.note(ticked.is_ok());
            self.snapshot = ticked.unwrap_or(self.snapshot);
            self.tell(&heard);
            if self.wall.now().since(told) >= TELL_S {
                told = self.wall.now();
                self.out.figures.write(self.desk.figures());
            }
            std::thread::sleep(TICK);
        }
        self.desk
    }

    fn tick(&mut self, now: Seconds, heard: &Features) -> Snapshot {
        let drill = self.drills.is_under_way(Trouble::ConductorPanics, now, DRILL_S);
        assert!(!drill, "conductor panic on purpose");
        *self.desk.tick(now, heard)
    }

    fn tell(&mut self, heard: &Features) {
        let (snapshot, out) = (self.snapshot, &mut self.out);
        let scene = ShowState { snapshot, clock: self.desk.router.conductor.clock(), sound: heard.shape() };
        out.cancel.set(generator::cancel_count(&snapshot));
        out.scene.write(scene);
        out.input.write(GeneratorInput { snapshot, clock: scene.clock });
        out.playing.write(&Playing::new(snapshot, &scene.clock));
        out.board.write(StatusBoard { scene, features: *heard });
        out.listen.write(listen_settings(&snapshot));
        let (shelf, revision) = self.desk.router.conductor.looks();
        if std::mem::replace(&mut self.kept, revision) != revision {
            out.shelf.write(KeptLooks { shelf: *shelf, revision, of: self.files.get() });
        }
    }
}
