//! The wall's side of the app: what to draw now, stills for pressed pads, and how late everything was.
//!
//! Called by the output on the main thread, once per displayed frame.

use std::sync::Arc;

use serde_json::json;

use super::drills::{Drills, Trouble};
use super::landing::{Landing, Music};
use super::latency::ImageLatency;
use super::look::Looks;
use super::pace::WallPace;
use super::shared::Shared;
use super::show_state::ShowState;
use super::trace::Trace;
use super::wall_figures::WallFigures;
use crate::dream::{Sequence, Stills, TextBoard};
use crate::frame::{Arrival, Frame};
use crate::output::{Drill, FaultKind, FrameIntent, Presented, WallFault};
use crate::param;
use crate::telemetry::{Faults, Kind};
use crate::units::{BEATS_PER_BAR, Seconds};

/// What is drawn, from the show's state and arrived images.
pub struct FrameAssembler {
    texts: TextBoard,
    stills: Stills,
    sequence: Sequence,
    pads: Option<(u32, u32)>,
    /// Nothing was shown yet.
    opening: bool,
    /// The event of the newest pad.
    pressed_event: u64,
    landing: Landing,
    latency: ImageLatency,
    pace: WallPace,
    faults: Faults,
    trace: Trace,
    drills: Drills,
    looks: Looks,
    pub wall: WallFigures,
}

impl FrameAssembler {
    /// Nothing is measured before `measure_from`.
    pub fn new(shared: &Shared, drills: Drills, measure_from: Seconds) -> Self {
        Self {
            texts: shared.texts.clone(),
            stills: shared.stills.clone(),
            sequence: shared.sequence.clone(),
            pads: None,
            opening: true,
            pressed_event: 0,
            landing: Landing::default(),
            latency: shared.latency.clone(),
            pace: shared.pace.clone(),
            faults: shared.faults.clone(),
            trace: shared.trace.clone(),
            drills,
            looks: Looks::default(),
            wall: WallFigures::new(measure_from),
        }
    }

    /// The same for a wall that flashes on the beat, instead of pictures.
    #[must_use]
    pub fn flashing(mut self, flash_beats: bool) -> Self {
        self.looks.flash_beats = flash_beats;
        self
    }

    /// The frame to draw at `now`, given the newest scene and the images that arrived.
    pub fn stage(&mut self, now: Seconds, scene: &ShowState, mut frames: Vec<Arc<Frame>>) -> FrameIntent {
        let snapshot = &scene.snapshot;
        let early = scene.clock.at(snapshot.music_at(now)).beats < snapshot.due_beats;
        // Before `due_beats` a quantised launch is pending: neither its still nor its images are shown.
        let still = if early { None } else { self.pressed(now, scene) };
        // An image of 0 steps was taken back, not made: it says nothing about the latency.
        for frame in frames.iter().filter(|f| f.steps > 0) {
            let kind = if frame.arrival == Arrival::Cut { &self.latency.cut } else { &self.latency.usual };
            kind.note(self.wall.latency_s(now, frame));
        }
        if early {
            self.landing.hold_launch(snapshot.due_event, &mut frames);
        } else {
            self.landing.launch(&mut frames);
        }
        self.landing.pass(now, music(now, scene), &mut frames);
        // Images of events older than the newest pad would replace the pad's still.
        frames.retain(|f| f.event >= self.pressed_event);
        for frame in &frames {
            self.wall.image(now, frame);
        }
        frames.extend(still);
        for frame in &frames {
            self.trace_image(now, frame);
            self.looks.picture(frame);
            self.sequence.show(frame.sequence, frame.seed);
        }
        self.opening &= frames.is_empty();
        self.wall.events(snapshot);
        let look = self.looks.at(now, scene, &self.texts.read());
        FrameIntent { look, frames, drill: self.drill(now), ..FrameIntent::default() }
    }

    /// The still of a slot pressed since the last frame; before anything was shown, that of the slot the show opens with.
    fn pressed(&mut self, now: Seconds, scene: &ShowState) -> Option<Arc<Frame>> {
        let snapshot = &scene.snapshot;
        let count = |id: param::Id| snapshot.triggers[id.index()];
        let pads = (count(param::PROMPT_SLOT), count(param::MASTER_PANIC));
        if self.pads.replace(pads).is_none_or(|before| before == pads) {
            return if self.opening { self.still(now, scene, Arrival::Cut) } else { None };
        }
        let waited = snapshot.due_beats.is_finite();
        self.pressed_event = if waited { snapshot.due_event } else { snapshot.image_event };
        // After `master.panic` nothing glides, so the still is cut in; a pad's still glides for what is left of its glide.
        let beats = f64::from(snapshot.glide_beats * snapshot.gliding);
        let seconds = beats / scene.clock.at(now).bpm.beats_per_second();
        let arrival = if seconds > 0.0 { Arrival::Glide { seconds: seconds as f32 } } else { Arrival::Cut };
        self.still(now, scene, arrival)
    }

    /// The still of the slot last pressed, if it has one.
    fn still(&self, now: Seconds, scene: &ShowState, arrival: Arrival) -> Option<Arc<Frame>> {
        let snapshot = &scene.snapshot;
        let place = (snapshot.bank - 1, snapshot.slot.saturating_sub(1));
        let still = self.stills.get(&self.texts.read(), place, snapshot.effective[param::PROMPT_HEAT])?;
        Some(Arc::new(Frame {
            pixels: still.pixels.clone(),
            deep: false,
            width_px: still.width_px,
            height_px: still.height_px,
            sequence: self.sequence.next(),
            asked_at_s: now.0,
            made_at_s: now.0,
            beat: scene.clock.at(now).beats,
            pose: snapshot.content,
            strength: 1.0,
            steps: still.steps,
            seed: still.seed,
            bank: snapshot.bank as u16,
            slot: snapshot.slot as u16,
            arrival,
            event: snapshot.image_event,
        }))
    }

    fn trace_image(&self, now: Seconds, frame: &Frame) {
        if self.trace.is_on() {
            let facts = json!({ "sequence": frame.sequence, "seed": frame.seed, "bank": frame.bank, "slot": frame.slot,
                "strength": frame.strength, "steps": frame.steps, "latency_ms": (now.0 - frame.asked_at_s) * 1000.0 });
            self.trace.say(now, "image", facts);
        }
    }

    /// Measures what a shown frame means for the events before it.
    pub fn presented(&mut self, presented: &Presented) {
        self.pace.note(presented);
        let measured = self.wall.presented(presented);
        if measured && self.trace.is_on() {
            let facts =
                json!({ "index": presented.index, "sequence": presented.shown.sequence, "late": presented.late });
            self.trace.say(presented.now, "frame", facts);
        }
    }

    /// Slots of the display in which nothing was shown.
    pub fn missed(&mut self, slots: u32) {
        self.wall.figures.frames.dropped += u64::from(slots);
    }

    pub fn fault(&mut self, fault: WallFault) {
        let kind = match fault.kind {
            FaultKind::DeviceLost | FaultKind::SurfaceLost => Kind::GpuLost,
            FaultKind::ScreenLost => Kind::ScreenLost,
            FaultKind::DrawPanic | FaultKind::SourcePanic | FaultKind::GpuError | FaultKind::Stalled => Kind::Draw,
            FaultKind::CaptureDropped | FaultKind::CaptureFailed => Kind::Recorder,
        };
        if fault.recovered {
            self.faults.survived(kind);
        } else {
            self.faults.happened(kind);
        }
    }

    fn drill(&mut self, now: Seconds) -> Option<Drill> {
        self.drills.take(Trouble::DeviceLost, now).then_some(Drill::DestroyDevice)
    }
}

/// The music at `now`, and where in it images land.
fn music(now: Seconds, scene: &ShowState) -> Music {
    let beat = scene.clock.at(scene.snapshot.music_at(now));
    let every_beats = [0.0, 1.0, 2.0, BEATS_PER_BAR];
    let chosen = scene.snapshot.effective.whole(param::MORPH_QUANTISE);
    Music {
        beats: beat.since_first_bar(),
        beats_per_s: beat.bpm.beats_per_second(),
        every_beats: every_beats.get(chosen).copied().unwrap_or(0.0),
    }
}
