//! The whole instrument on one thread at a virtual clock: the same input gives the same frames, every time.
//!
//! The generator has a fixed pace in virtual time, so that the machine's speed does not change the pictures:
//! [`IMAGES_PER_S`], or with `dream.budget` what the steps of the image cost by [`COST`]. `dream.rate` only lowers it.

use std::sync::Arc;

use super::assembler::FrameAssembler;
use super::drills::Drills;
use super::generator;
use super::options::Options;
use super::parts::Parts;
use super::report;
use super::show_state::ShowState;
use super::sound::{Sound, listen_settings};
use crate::audio::ListenSettings;
use crate::dream::{Cost, Dreamer};
use crate::frame::Frame;
use crate::output::{self, FrameIntent, FrameSource, Presented, WallFault};
use crate::param::{self, Snapshot};
use crate::telemetry::{Faults, Report};
use crate::units::Seconds;

/// Images a second in virtual time, unless `dream.rate` asks for fewer.
const IMAGES_PER_S: f64 = 4.0;
/// What an image costs in virtual time: four steps without guidance fill a quarter of a second.
pub const COST: Cost = Cost { step_s: 0.05, rest_s: 0.05 };
/// The conductor ticks at least this often in virtual time, as it does live.
const TICK_S: f64 = 0.002;

/// Plays in virtual time.
///
/// # Errors
/// When there is no graphics device or captures cannot be written.
pub fn run(options: &Options, parts: Parts) -> anyhow::Result<Report> {
    let until = Seconds(options.duration_s.unwrap_or(10.0));
    let Parts { desk, sound, dreamer, shared, output, sinks, trace_file, .. } = parts;
    let drills = Drills::new(&options.debug_faults);
    let assembler =
        FrameAssembler::new(&shared, drills.clone(), Seconds(options.warm_up_s)).flashing(options.flash_beats);
    let mut runner = Runner {
        desk,
        sound,
        dreamer,
        assembler,
        until,
        listen: ListenSettings::default(),
        ticked: Seconds(0.0),
        next_image: Seconds(0.0),
        made: None,
        faults: shared.faults.clone(),
        drills,
    };
    output::headless::run_stepped(&mut runner, &output, sinks)?;
    let Runner { desk, sound, assembler, .. } = runner;
    let report =
        report::make(&desk.figures(), &sound.heard(), &assembler.wall.figures, &shared, until.0 - options.warm_up_s);
    drop(trace_file);
    Ok(report)
}

struct Runner {
    desk: super::desk::Desk,
    sound: Sound,
    dreamer: Dreamer,
    assembler: FrameAssembler,
    until: Seconds,
    listen: ListenSettings,
    ticked: Seconds,
    next_image: Seconds,
    /// An image under way, and when it will be there.
    made: Option<(Seconds, Arc<Frame>)>,
    faults: Faults,
    drills: Drills,
}

impl Runner {
    /// Ticks the conductor up to `now`; the newest scene.
    fn scene(&mut self, now: Seconds) -> ShowState {
        loop {
            let tick = Seconds((self.ticked.0 + TICK_S).min(now.0));
            let features = self.sound.step(tick, self.listen);
            let snapshot = *self.desk.tick(tick, &features);
            self.listen = listen_settings(&snapshot);
            self.ticked = tick;
            if tick >= now {
                return ShowState { snapshot, clock: self.desk.router.conductor.clock(), sound: features.shape() };
            }
        }
    }

    /// Delivers the image that is due and starts the next.
    fn images(&mut self, now: Seconds, scene: &ShowState) -> Vec<Arc<Frame>> {
        let mut due = Vec::new();
        if self.made.as_ref().is_some_and(|(at, _)| *at <= now) {
            due.extend(self.made.take().map(|(_, frame)| frame));
        }
        if now >= self.next_image {
            generator::spoil_when_due(&mut self.dreamer, &mut self.drills, now);
            let made = self.dreamer.step(&scene.snapshot, &scene.clock, &|| now, &|| false);
            self.next_image = now.after(self.takes(&scene.snapshot, made.as_ref().ok().and_then(Option::as_ref)));
            match made {
                Ok(Some(frame)) => {
                    generator::note_success(&self.faults);
                    self.made = Some((self.next_image, Arc::new(frame)));
                }
                Ok(None) => {}
                Err(e) => generator::note_failure(&self.faults, &e),
            }
        }
        due
    }

    /// Seconds from one image to the next: those of the fixed pace, or with a budget what the image's steps cost;
    /// longer when `dream.rate` asks for fewer images.
    fn takes(&self, snapshot: &Snapshot, frame: Option<&Frame>) -> f64 {
        let e = &snapshot.effective;
        let budgeted = frame.filter(|frame| e[param::DREAM_BUDGET] > 0.0 && frame.steps > 0);
        let cost_s =
            budgeted.and_then(|frame| self.dreamer.seconds_for(frame.steps as usize, e[param::DREAM_GUIDANCE]));
        let rate = f64::from(e[param::DREAM_RATE]);
        let least_s = if rate > 0.0 { 1.0 / rate } else { 0.0 };
        cost_s.unwrap_or(1.0 / IMAGES_PER_S).max(least_s)
    }
}

impl FrameSource for Runner {
    fn advance(&mut self, now: Seconds) -> FrameIntent {
        if now >= self.until {
            return FrameIntent { quit: true, ..FrameIntent::default() };
        }
        let scene = self.scene(now);
        let frames = self.images(now, &scene);
        self.assembler.stage(now, &scene, frames)
    }

    fn presented(&mut self, presented: &Presented) {
        self.assembler.presented(presented);
    }

    fn missed(&mut self, slots: u32) {
        self.assembler.missed(slots);
    }

    fn fault(&mut self, fault: WallFault) {
        self.assembler.fault(fault);
    }
}
