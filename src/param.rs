//! The table of all parameters, and the snapshot that carries their values.
//!
//! OSC addresses, MIDI targets, `halation params`, the README table and show checking all come from
//! [`TABLE`]; nothing else lists parameters. Called from every thread; owns no state.
//!
//! A value is *plain*, in its parameter's unit, or *normalized*, the 0..1 of a fader.
//!
//! ```
//! use halation::param::{self, Values};
//!
//! let row = param::MOTION_ZOOM.row();
//! assert_eq!((row.id, row.unit), ("motion.zoom", "octaves/bar"));
//! assert_eq!(row.plain(0.5), 0.0, "the middle of a bipolar fader has a detent");
//! assert_eq!(row.normalized(row.plain(0.9)), 0.9);
//! let mut values = Values::default();
//! values[param::MOTION_ZOOM] = row.clamp(99.0);
//! assert_eq!(values[param::MOTION_ZOOM], row.range().1);
//! ```

mod event;
mod find;
mod groups;
mod listing;
mod snapshot;
mod table;
pub mod takeover;

pub use event::{Change, Event, Origin, Turn};
pub(crate) use find::{RENAMED, by_name_or_address, named, nearest};
pub use groups::*;
pub use listing::{json, markdown};
pub use snapshot::{LooksShown, Pending, ScheduleFrame, Snapshot, Values, WaitingKnob};
pub use table::*;

/// A row's place in [`TABLE`]: how code names a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u16);

impl Id {
    /// Position in [`TABLE`] and in every [`Values`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The row this id names.
    #[must_use]
    pub fn row(self) -> &'static Row {
        &TABLE[self.index()]
    }

    /// Every parameter, in table order.
    pub fn all() -> impl Iterator<Item = Id> {
        (0..COUNT as u16).map(Id)
    }
}

/// What values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Float {
        min: f32,
        max: f32,
        default: f32,
    },
    Int {
        min: i32,
        max: i32,
        default: i32,
    },
    /// One of `names`; its value is the position, from 0. A switch is a choice of off and on.
    Choice {
        names: &'static [&'static str],
        default: usize,
    },
    /// Happens; has no value.
    Trigger,
    Text,
}

/// When a change takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// In the next displayed frame.
    Live,
    /// In the next generated image.
    NextImage,
    /// After the model or an output has been opened again.
    Reload,
}

impl Class {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::NextImage => "next image",
            Self::Reload => "reload",
        }
    }
}

/// How a 0..1 fader position maps to the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    Linear,
    /// The lower part of the range gets more of the travel: position squared.
    Square,
    /// Zero sits in the middle of the travel, with a small dead zone: for knobs with a centre detent.
    Bipolar,
}

/// One parameter.
#[derive(Debug)]
pub struct Row {
    /// `group.name`, stable for ever; the OSC address is `/group/name`.
    pub id: &'static str,
    pub label: &'static str,
    pub kind: Kind,
    /// Unit of the value, empty for a plain number.
    pub unit: &'static str,
    pub curve: Curve,
    /// Time constant in seconds with which the effective value follows the hand; 0 is at once.
    pub smoothing_s: f32,
    /// Amount of one step of an endless encoder.
    pub step: f32,
    pub class: Class,
    pub doc: &'static str,
}

/// Half-width of the dead zone around the middle of a bipolar control, in travel 0..1.
const DETENT: f32 = 0.02;

impl Row {
    /// Smallest and largest value; (0, 0) for triggers and text.
    #[must_use]
    pub fn range(&self) -> (f32, f32) {
        match self.kind {
            Kind::Float { min, max, .. } => (min, max),
            Kind::Int { min, max, .. } => (min as f32, max as f32),
            Kind::Choice { names, .. } => (0.0, (names.len().max(1) - 1) as f32),
            Kind::Trigger | Kind::Text => (0.0, 0.0),
        }
    }

    #[must_use]
    pub fn default_value(&self) -> f32 {
        match self.kind {
            Kind::Float { default, .. } => default,
            Kind::Int { default, .. } => default as f32,
            Kind::Choice { default, .. } => default as f32,
            Kind::Trigger | Kind::Text => 0.0,
        }
    }

    /// The nearest value this parameter can hold. NaN becomes the default.
    #[must_use]
    pub fn clamp(&self, value: f32) -> f32 {
        let (min, max) = self.range();
        if value.is_nan() {
            return self.default_value();
        }
        let value = value.clamp(min, max);
        if matches!(self.kind, Kind::Float { .. }) { value } else { value.round() }
    }

    /// Value at fader position `travel` (0..1, clamped).
    #[must_use]
    pub fn plain(&self, travel: f32) -> f32 {
        let (min, max) = self.range();
        let t = if travel.is_nan() { 0.0 } else { travel.clamp(0.0, 1.0) };
        let value = match (self.kind, self.curve) {
            // Equal slices of the travel, so that the last choice is as easy to hit as the others.
            (Kind::Choice { names, .. }, _) => (t * names.len() as f32).floor().min(max),
            (_, Curve::Linear) => min + t * (max - min),
            (_, Curve::Square) => min + t * t * (max - min),
            (_, Curve::Bipolar) => {
                let off = t - 0.5;
                let open = (off.abs() - DETENT).max(0.0) / (0.5 - DETENT);
                if off < 0.0 { open * min } else { open * max }
            }
        };
        self.clamp(value)
    }

    /// Fader position 0..1 that gives `value`: the inverse of [`Row::plain`].
    #[must_use]
    pub fn normalized(&self, value: f32) -> f32 {
        let (min, max) = self.range();
        let v = self.clamp(value);
        if max <= min {
            return 0.0;
        }
        match (self.kind, self.curve) {
            (Kind::Choice { names, .. }, _) => (v + 0.5) / names.len() as f32,
            (_, Curve::Linear) => (v - min) / (max - min),
            (_, Curve::Square) => ((v - min) / (max - min)).sqrt(),
            (_, Curve::Bipolar) if v == 0.0 => 0.5,
            (_, Curve::Bipolar) => {
                let share = if v < 0.0 { -(v / min) } else { v / max };
                0.5 + share.signum() * (DETENT + share.abs() * (0.5 - DETENT))
            }
        }
    }

    /// True for a choice between exactly off and on.
    #[must_use]
    pub fn is_switch(&self) -> bool {
        matches!(self.kind, Kind::Choice { names, .. } if names == SWITCH)
    }
}

/// The two values of a switch.
pub const SWITCH: &[&str] = &["off", "on"];

#[cfg(test)]
mod tests;
