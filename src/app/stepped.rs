//! The whole instrument on one thread at a virtual clock: the same input gives the same frames, every time.
//!
//! The generator is given a fixed pace, because how fast a machine is must not show in the pictures.

use std::sync::Arc;

use super::open::Parts;
use super::options::Options;
use super::report;
use super::sound::Sound;
use super::stage::{Director, Scene};
use crate::dream::Dreamer;
use crate::frame::Frame;
use crate::output::{self, Fault, Presented, Stage, StageFrame};
use crate::param;
use crate::telemetry::Report;
use crate::units::Seconds;

/// Images a second in virtual time, unless `dream.rate` asks for fewer.
const IMAGES_PER_S: f64 = 4.0;
/// The conductor ticks at least this often in virtual time, as it does live.
const TICK_S: f64 = 0.002;

/// Plays in virtual time.
///
/// # Errors
/// When there is no graphics device or captures cannot be written.
pub fn run(options: &Options, parts: Parts) -> anyhow::Result<Report> {
    let until = Seconds(options.duration_s.unwrap_or(10.0));
    let Parts { desk, sound, dreamer, shared, output, trace_file, .. } = parts;
    let director = Director::new(&shared, options.debug_faults.clone(), Seconds(options.warm_up_s));
    let mut runner = Runner {
        desk,
        sound,
        dreamer,
        director,
        until,
        gain_db: 0.0,
        ticked: Seconds(0.0),
        next_image: Seconds(0.0),
        made: None,
    };
    output::headless::run_stepped(&mut runner, &output)?;
    let Runner { desk, sound, director, .. } = runner;
    let report = report::make(&desk.figures(), &sound.heard(), &director.figures, &shared, until.0 - options.warm_up_s);
    drop(trace_file);
    Ok(report)
}

struct Runner {
    desk: super::desk::Desk,
    sound: Sound,
    dreamer: Dreamer,
    director: Director,
    until: Seconds,
    gain_db: f32,
    ticked: Seconds,
    next_image: Seconds,
    /// An image under way, and when it will be there.
    made: Option<(Seconds, Arc<Frame>)>,
}

impl Runner {
    /// Ticks the conductor up to `now`; the newest scene.
    fn scene(&mut self, now: Seconds) -> Scene {
        loop {
            let tick = Seconds((self.ticked.0 + TICK_S).min(now.0));
            let features = self.sound.step(tick, self.gain_db);
            let snapshot = *self.desk.tick(tick, &features);
            self.gain_db = snapshot.led[param::AUDIO_GAIN];
            self.ticked = tick;
            if tick >= now {
                return Scene { snapshot, clock: self.desk.conductor.clock(), sound: features.shape() };
            }
        }
    }

    /// Delivers the image that is due and starts the next.
    fn images(&mut self, now: Seconds, scene: &Scene) -> Vec<Arc<Frame>> {
        let mut due = Vec::new();
        if self.made.as_ref().is_some_and(|(at, _)| *at <= now) {
            due.extend(self.made.take().map(|(_, frame)| frame));
        }
        if now >= self.next_image {
            let rate = f64::from(scene.snapshot.effective[param::DREAM_RATE]);
            let pace = if rate > 0.0 { rate.min(IMAGES_PER_S) } else { IMAGES_PER_S };
            self.next_image = now.after(1.0 / pace);
            match self.dreamer.step(&scene.snapshot, &scene.clock, &|| now, &|| false) {
                Ok(Some(frame)) => self.made = Some((self.next_image, Arc::new(frame))),
                Ok(None) => {}
                Err(e) => tracing::warn!("{e}"),
            }
        }
        due
    }
}

impl Stage for Runner {
    fn advance(&mut self, now: Seconds) -> StageFrame {
        if now >= self.until {
            return StageFrame { quit: true, ..StageFrame::default() };
        }
        let scene = self.scene(now);
        let frames = self.images(now, &scene);
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
