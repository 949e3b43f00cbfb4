//! From a picture to the frame that goes to the wall: what it obeys and how it came to be. The planner's, on the generator's
//! thread.

use super::memory::Kept;
use crate::frame::{Arrival, Frame, Pose};
use crate::param::{self, Snapshot};
use crate::units::Seconds;

/// What an image obeys, for its frame.
#[derive(Clone, Copy)]
pub struct Obeys {
    pub asked: Seconds,
    /// The beat at which it will be there.
    pub beat: f64,
    pub pose: Pose,
    /// Bank and slot, from 1.
    pub bank: u16,
    pub slot: u16,
    pub event: u64,
}

impl Obeys {
    pub fn of(snapshot: &Snapshot, asked: Seconds, beat: f64) -> Self {
        let slot = snapshot.effective.whole(param::PROMPT_SLOT) as u16;
        Self { asked, beat, pose: snapshot.content, bank: snapshot.bank as u16, slot, event: snapshot.image_event }
    }
}

/// How an image came to be, for its frame.
pub struct Making {
    pub made: Seconds,
    pub arrival: Arrival,
    pub strength: f32,
    pub steps: usize,
}

/// The frame of `kept`, number `sequence` of everything that was sent.
pub fn frame(kept: &Kept, sequence: u64, obeys: &Obeys, making: &Making) -> Frame {
    Frame {
        pixels: kept.picture.to_rgba(),
        deep: kept.picture.nearness.is_some(),
        width_px: kept.picture.width_px as u32,
        height_px: kept.picture.height_px as u32,
        sequence,
        asked_at_s: obeys.asked.0,
        made_at_s: making.made.0,
        beat: obeys.beat,
        pose: kept.pose,
        strength: making.strength,
        steps: making.steps as u32,
        seed: kept.seed,
        bank: obeys.bank,
        slot: obeys.slot,
        arrival: making.arrival,
        event: obeys.event,
    }
}
