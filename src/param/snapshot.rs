//! The state of every parameter at one moment: plain data that crosses threads newest-wins.

use std::ops::{Index, IndexMut};

use super::{COUNT, Id, Kind, TABLE};
use crate::frame::{Affine, Motion, Pose};
use crate::units::Seconds;

/// One number per row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Values([f32; COUNT]);

impl Default for Values {
    fn default() -> Self {
        Self(std::array::from_fn(|i| TABLE[i].default_value()))
    }
}

impl Index<Id> for Values {
    type Output = f32;

    fn index(&self, id: Id) -> &f32 {
        &self.0[id.index()]
    }
}

impl IndexMut<Id> for Values {
    fn index_mut(&mut self, id: Id) -> &mut f32 {
        &mut self.0[id.index()]
    }
}

impl Values {
    /// Whether the switch `id` is on.
    #[must_use]
    pub fn on(&self, id: Id) -> bool {
        self[id] >= 0.5
    }

    /// The name of the value of a choice; empty for other kinds.
    #[must_use]
    pub fn choice(&self, id: Id) -> &'static str {
        let Kind::Choice { names, .. } = id.row().kind else { return "" };
        names.get(self.whole(id)).copied().unwrap_or_default()
    }

    /// The value of an integer or choice.
    #[must_use]
    pub fn whole(&self, id: Id) -> usize {
        self[id].round().max(0.0) as usize
    }
}

/// What waits for a line of the grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Bank and slot, from 1.
    pub slot: Option<(usize, usize)>,
    pub cut: bool,
}

/// The looks, as controllers show them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LooksShown {
    /// One bit each, the first the lowest: places that are taken.
    pub taken: u16,
    /// The one recalled or stored last, from 1; 0 is none.
    pub current: u8,
    /// The one that must be stored a second time.
    pub asked: Option<u8>,
}

/// A knob that was turned and does nothing yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaitingKnob {
    pub id: Id,
    /// It stands below the value.
    pub below: bool,
    /// When it was turned last.
    pub at: Seconds,
}

/// All parameter values and control state that generator, renderer and controller feedback need, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    pub time: Seconds,
    /// Base values, as controllers and show set them: report, `?` and soft takeover use them. Self-play and modulation
    /// never write them.
    pub base: Values,
    /// The base values with self-play (for untouched parameters) and schedules, without routes: for uses that must not
    /// be modulated.
    pub unmodulated: Values,
    /// Effective values: smoothed, scheduled and modulated.
    pub effective: Values,
    /// How often each trigger has fired, wrapping. A count, so that none is lost when snapshots are skipped.
    pub triggers: [u32; COUNT],
    /// Share of the wall that the flash limiter holds, in percent: told to those who play, obeyed by nobody.
    pub held_percent: u8,
    /// The seed that a recalled look brought, and how often one did: pictures then grow from that noise.
    pub kept_seed: (u32, u64),
    /// The content camera's pose at `time`, and how it moves from there.
    pub content: Pose,
    pub content_motion: Motion,
    /// Where the view camera sees the wall, in wall heights about its centre, x right, y down.
    pub view: Affine,
    /// The bank that sounds, 1-based: `prompt.bank` as it was when a slot was last pressed.
    pub bank: usize,
    /// The slot last launched, 1-based: the one whose still a pressed pad shows.
    pub slot: usize,
    /// Launch quantize: images made from event `due_event` or a later one are held back until beat `due_beats`.
    pub due_event: u64,
    pub due_beats: f64,
    pub pending: Pending,
    /// The knob that was turned last, while it must still meet its parameter's value.
    pub waiting: Option<WaitingKnob>,
    pub looks: LooksShown,
    /// Shares of its slots after glide and walk; with `old_mix` they sum to 1.
    pub mix: [f32; 8],
    /// While a glide crosses banks: the bank it comes from, and what is left of its slots.
    pub old_bank: usize,
    pub old_mix: [f32; 8],
    /// 1 at the moment a glide starts, falling to 0 as it arrives.
    pub gliding: f32,
    /// How long that glide takes altogether.
    pub glide_beats: f32,
    /// Blackout after `master.fade`, 0 open to 1 black.
    pub blackout: f32,
    /// Counts every accepted event; a frame that obeys event `n` carries `n`.
    pub event: u64,
    /// When event `event` happened.
    pub event_at: Seconds,
    /// The newest accepted event that changes the image, and when it happened.
    pub image_event: u64,
    pub image_event_at: Seconds,
    /// Counts up whenever a prompt text changed.
    pub texts_revision: u64,
    /// Where the schedules are, for what prompts reckon by themselves.
    pub frame: ScheduleFrame,
}

/// A moment of the schedules, in their own frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScheduleFrame {
    pub t: f64,
    pub max_f: f64,
    pub fps: f64,
    pub seed: f64,
    pub beat: f64,
    pub bpm: f64,
}

impl Default for ScheduleFrame {
    /// The first of a run without end.
    fn default() -> Self {
        Self { t: 0.0, max_f: f64::INFINITY, fps: 15.0, seed: 1.0, beat: 0.0, bpm: 120.0 }
    }
}

/// How long a knob that does nothing yet is told of, in seconds since it was turned last.
const WAITING_S: f64 = 8.0;
/// From so much of the wall on, in percent, the flash limiter is told of.
const HELD_PERCENT: u8 = 5;

impl Snapshot {
    /// The knob that waits for pickup, while it was turned lately.
    #[must_use]
    pub fn waiting_knob(&self) -> Option<WaitingKnob> {
        self.waiting.filter(|knob| self.time.since(knob.at) < WAITING_S)
    }

    /// Whether the flash limiter holds so much that it is seen.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.held_percent >= HELD_PERCENT
    }

    /// The time to ask the clock about for what the wall shows at `t`: `t` less `tempo.offset`.
    #[must_use]
    pub fn music_at(&self, t: Seconds) -> Seconds {
        t.after(-f64::from(self.effective[super::TEMPO_OFFSET]) / 1000.0)
    }
}

impl Default for Snapshot {
    fn default() -> Self {
        let mut mix = [0.0; 8];
        mix[0] = 1.0;
        Self {
            time: Seconds::default(),
            base: Values::default(),
            unmodulated: Values::default(),
            effective: Values::default(),
            triggers: [0; COUNT],
            kept_seed: (0, 0),
            held_percent: 0,
            content: Pose::default(),
            content_motion: Motion::default(),
            view: Affine::IDENTITY,
            bank: 1,
            slot: 1,
            due_event: 0,
            due_beats: f64::NEG_INFINITY,
            pending: Pending::default(),
            waiting: None,
            looks: LooksShown::default(),
            mix,
            old_bank: 1,
            old_mix: [0.0; 8],
            gliding: 0.0,
            glide_beats: 0.0,
            blackout: 0.0,
            event: 0,
            event_at: Seconds::default(),
            image_event: 0,
            image_event_at: Seconds::default(),
            texts_revision: 0,
            frame: ScheduleFrame::default(),
        }
    }
}
