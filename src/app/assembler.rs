//! The wall's side of the app: what to draw now, stills for pressed pads, and how late everything was.
//!
//! Called by the output on the main thread, once per displayed frame.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::json;

use super::latency::ImageLatency;
use super::open::Shared;
use super::options::DebugFault;
use super::pace::WallPace;
use super::trace::Trace;
use crate::audio::SoundShape;
use crate::dream::{Sequence, Stills, TextBoard};
use crate::frame::{Arrival, Frame};
use crate::output::{Drill, Fault, FaultKind, FrameIntent, FrameStats, Presented};
use crate::param::{self, Snapshot};
use crate::render::Look;
use crate::telemetry::{Faults, Histogram, Kind};
use crate::tempo::Clock;
use crate::units::Seconds;

/// How far a full signal pulls a row at `look.tremble` 1, in wall widths.
const TREMBLE_WIDTHS: f32 = 0.06;
/// Image events waiting to be seen; a performer cannot press faster than this is drained.
const WAITING: usize = 256;

/// The newest state, as the wall needs it.
#[derive(Clone, Copy, Debug)]
pub struct ShowState {
    pub snapshot: Snapshot,
    pub clock: Clock,
    pub sound: SoundShape,
}

/// Figures of the wall.
#[derive(Default)]
pub struct Figures {
    pub frames: FrameStats,
    pub images: u64,
    pub image_latency: Histogram,
    pub to_frame: Histogram,
    pub to_wall: Histogram,
}

/// What is drawn, from a scene and arrived images.
pub struct FrameAssembler {
    texts: TextBoard,
    stills: Stills,
    sequence: Sequence,
    pads: Option<(u32, u32)>,
    /// The newest image that came before its beat.
    early: Option<Arc<Frame>>,
    latency: ImageLatency,
    pace: WallPace,
    /// The event of the newest pad.
    pressed_event: u64,
    faults: Faults,
    trace: Trace,
    drills: Vec<DebugFault>,
    /// Before this, nothing is measured.
    measure_from: Seconds,
    pub figures: Figures,
    /// The newest event known, and when it happened as long as no frame has shown it.
    event: u64,
    unshown: Option<Seconds>,
    waiting: VecDeque<(u64, Seconds)>,
    last_seen: u64,
    /// How long the newest frame took from the time it was drawn for to the wall.
    present_s: f64,
}

impl FrameAssembler {
    pub fn new(shared: &Shared, drills: Vec<DebugFault>, measure_from: Seconds) -> Self {
        Self {
            texts: shared.texts.clone(),
            stills: shared.stills.clone(),
            sequence: shared.sequence.clone(),
            pads: None,
            early: None,
            latency: shared.latency.clone(),
            pace: shared.pace.clone(),
            pressed_event: 0,
            faults: shared.faults.clone(),
            trace: shared.trace.clone(),
            drills,
            measure_from,
            figures: Figures::default(),
            event: 0,
            unshown: None,
            waiting: VecDeque::with_capacity(WAITING),
            last_seen: 0,
            present_s: 0.0,
        }
    }

    /// The frame to draw at `now`, given the newest scene and the images that arrived.
    pub fn stage(&mut self, now: Seconds, scene: &ShowState, mut frames: Vec<Arc<Frame>>) -> FrameIntent {
        let snapshot = &scene.snapshot;
        let early = scene.clock.at(snapshot.music_at(now)).beats < snapshot.due_beats;
        // A press that waits for its beat has not happened yet for the wall, and neither have its images.
        let still = if early { None } else { self.pressed(now, scene) };
        // An image taken back took no time to make.
        for frame in frames.iter().filter(|f| f.steps > 0) {
            self.latency.note(now.since(Seconds(frame.asked_at_s)) + self.present_s);
        }
        if early {
            self.early = frames.extract_if(.., |f| f.event >= snapshot.due_event).last().or(self.early.take());
        } else {
            frames.splice(0..0, self.early.take());
        }
        // An image from before the pad would cover the pad's.
        frames.retain(|f| f.event >= self.pressed_event);
        for frame in &frames {
            self.note_image(now, frame);
        }
        frames.extend(still);
        self.note_events(snapshot);
        FrameIntent { look: look(now, scene), frames, quit: false, drill: self.drill(now) }
    }

    /// The still of a slot pressed since the last frame.
    fn pressed(&mut self, now: Seconds, scene: &ShowState) -> Option<Arc<Frame>> {
        let snapshot = &scene.snapshot;
        let count = |id: param::Id| snapshot.triggers[id.index()];
        let pads = (count(param::PROMPT_SLOT), count(param::MASTER_PANIC));
        if self.pads.replace(pads)? == pads {
            return None;
        }
        let waited = snapshot.due_beats.is_finite();
        self.pressed_event = if waited { snapshot.due_event } else { snapshot.image_event };
        // Panic shows it at once, a pad as its glide says.
        let beats = f64::from(snapshot.unmodulated[param::PROMPT_GLIDE] * snapshot.gliding);
        let seconds = beats / scene.clock.at(now).bpm.beats_per_second();
        let arrival = if seconds > 0.0 { Arrival::Glide { seconds: seconds as f32 } } else { Arrival::Cut };
        let slot = snapshot.slot.saturating_sub(1);
        let still = self.stills.get(&self.texts.read(), snapshot.bank - 1, slot)?;
        Some(Arc::new(Frame {
            sequence: self.sequence.next(),
            pose: snapshot.content,
            arrival,
            event: snapshot.image_event,
            asked_at_s: now.0,
            made_at_s: now.0,
            beat: scene.clock.at(now).beats,
            ..(*still).clone()
        }))
    }

    fn note_image(&mut self, now: Seconds, frame: &Frame) {
        self.figures.images += 1;
        if now >= self.measure_from && frame.steps > 0 {
            self.figures.image_latency.add((now.0 - frame.asked_at_s) * 1000.0);
        }
        if self.trace.is_on() {
            let facts = json!({ "sequence": frame.sequence, "seed": frame.seed, "bank": frame.bank, "slot": frame.slot,
                "strength": frame.strength, "steps": frame.steps, "latency_ms": (now.0 - frame.asked_at_s) * 1000.0 });
            self.trace.say(now, "image", facts);
        }
    }

    fn note_events(&mut self, snapshot: &Snapshot) {
        if snapshot.event != self.event {
            self.event = snapshot.event;
            self.unshown = Some(snapshot.event_at);
        }
        let newest = self.waiting.back().map_or(self.last_seen, |w| w.0);
        if snapshot.image_event > newest && self.waiting.len() < WAITING && snapshot.image_event_at >= self.measure_from
        {
            self.waiting.push_back((snapshot.image_event, snapshot.image_event_at));
        }
    }

    /// Measures what a shown frame means for the events before it.
    pub fn presented(&mut self, presented: &Presented) {
        let unshown = self.unshown.take();
        self.present_s = presented.at.since(presented.now).max(0.0);
        self.pace.note(presented);
        if presented.now < self.measure_from {
            return;
        }
        self.figures.frames.count(presented);
        if let Some(at) = unshown {
            self.figures.to_frame.add(presented.at.since(at) * 1000.0);
        }
        while let Some((event, at)) = self.waiting.front().copied().filter(|w| w.0 <= presented.shown.event) {
            self.figures.to_wall.add(presented.at.since(at) * 1000.0);
            self.last_seen = event;
            self.waiting.pop_front();
        }
        if self.trace.is_on() {
            let facts =
                json!({ "index": presented.index, "sequence": presented.shown.sequence, "late": presented.late });
            self.trace.say(presented.now, "frame", facts);
        }
    }

    pub fn fault(&mut self, fault: Fault) {
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
        let due = self.drills.iter().position(|f| matches!(f, DebugFault::Device(at) if *at <= now.0))?;
        self.drills.remove(due);
        Some(Drill::DestroyDevice)
    }
}

/// How the wall looks at `now`: the snapshot, carried on to this instant.
fn look(now: Seconds, scene: &ShowState) -> Look {
    let ShowState { snapshot, clock, sound } = scene;
    let e = &snapshot.effective;
    let react = e[param::AUDIO_REACT];
    let beats = clock.at(snapshot.music_at(now)).beats;
    let since = (beats - clock.at(snapshot.music_at(snapshot.time)).beats).clamp(0.0, 1.0);
    Look {
        content: snapshot.content.travelled(snapshot.content_motion, since),
        view: snapshot.view,
        beats,
        morph_speed: e[param::MORPH_SPEED],
        trails_half_life_beats: e[param::LOOK_TRAILS],
        tremble: e[param::LOOK_TREMBLE] * react * TREMBLE_WIDTHS,
        swell: e[param::LOOK_SWELL] * react,
        sound: *sound,
        hue_degrees: e[param::LOOK_HUE],
        saturation: e[param::LOOK_SATURATION],
        contrast: e[param::LOOK_CONTRAST],
        brightness: e[param::MASTER_BRIGHTNESS],
        blackout: snapshot.blackout,
        freeze: e.on(param::MASTER_FREEZE),
    }
}
