//! How late everything is on the wall: frames, images, and what hands asked for.
//!
//! Fed by the assembler on the main thread, once per frame; read for the report when the show is over.

use std::collections::VecDeque;

use crate::frame::Frame;
use crate::output::{FrameStats, Presented};
use crate::param::Snapshot;
use crate::telemetry::Histogram;
use crate::units::Seconds;

/// Most image events that wait to be shown; further ones are not measured.
const WAITING: usize = 256;

/// What was measured.
#[derive(Default)]
pub struct Figures {
    pub frames: FrameStats,
    pub images: u64,
    pub image_latency: Histogram,
    pub to_frame: Histogram,
    pub to_wall: Histogram,
}

/// The figures, and the events that no frame has shown yet.
pub struct WallFigures {
    pub figures: Figures,
    /// Before this, nothing is measured.
    from: Seconds,
    /// The newest event known, and when it happened as long as no frame has shown it.
    event: u64,
    unshown: Option<Seconds>,
    waiting: VecDeque<(u64, Seconds)>,
    last_seen: u64,
    /// How long the newest frame took from the time it was drawn for to the wall.
    present_s: f64,
}

impl WallFigures {
    /// Figures of what happens from `from` on.
    #[must_use]
    pub fn new(from: Seconds) -> Self {
        Self {
            figures: Figures::default(),
            from,
            event: 0,
            unshown: None,
            waiting: VecDeque::with_capacity(WAITING),
            last_seen: 0,
            present_s: 0.0,
        }
    }

    /// How long `frame`, which arrived by `now`, takes from the question to the wall.
    #[must_use]
    pub fn latency_s(&self, now: Seconds, frame: &Frame) -> f64 {
        now.since(Seconds(frame.asked_at_s)) + self.present_s
    }

    /// An image arrived; one of no steps was taken back and took no time to make.
    pub fn image(&mut self, now: Seconds, frame: &Frame) {
        self.figures.images += 1;
        if now >= self.from && frame.steps > 0 {
            self.figures.image_latency.add((now.0 - frame.asked_at_s) * 1000.0);
        }
    }

    /// The snapshot that the next frame shows.
    pub fn events(&mut self, snapshot: &Snapshot) {
        if snapshot.event != self.event {
            self.event = snapshot.event;
            self.unshown = Some(snapshot.event_at);
        }
        let newest = self.waiting.back().map_or(self.last_seen, |w| w.0);
        if snapshot.image_event > newest && self.waiting.len() < WAITING && snapshot.image_event_at >= self.from {
            self.waiting.push_back((snapshot.image_event, snapshot.image_event_at));
        }
    }

    /// Measures the latency of the events that `presented` shows for the first time. False before measuring begins.
    pub fn presented(&mut self, presented: &Presented) -> bool {
        let unshown = self.unshown.take();
        self.present_s = presented.at.since(presented.now).max(0.0);
        if presented.now < self.from {
            return false;
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
        true
    }
}
