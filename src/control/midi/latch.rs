//! Pads that latch in the device's own firmware: the first press sends only the note on, the second only the note off.
//!
//! On the wire a latching pad looks like a finger that stays for seconds. Which of the two a device has is told by how
//! its pads are played: a pad let go quickly is momentary; pads that lie pressed while others are pressed latch. Until
//! either is known a late release means nothing, so that the second press of a latching pad returns nowhere.

use crate::units::Seconds;

/// A release that comes this soon was a finger's.
const TAP_S: f64 = 0.3;
/// A press that finds one other pad down for `LEFT_S`, or two for `TWO_LEFT_S`, shows that the pads latch.
const LEFT_S: f64 = 1.9;
const TWO_LEFT_S: f64 = 0.5;
/// On a device whose pads are taken for momentary, so many other pads down for `HELD_S` show that they latch after all.
const FINGERS: usize = 3;
const HELD_S: f64 = 2.0;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pads {
    #[default]
    Unknown,
    Momentary,
    Latching,
}

impl Pads {
    /// A pad is pressed while the pads `others` have been down since those times; true when that shows that they latch.
    pub fn pressed(&mut self, at: Seconds, others: impl Iterator<Item = Seconds> + Clone) -> bool {
        let down_for = |least_s: f64| others.clone().filter(|since| at.since(*since) >= least_s).count();
        let latching = match self {
            Self::Unknown => down_for(LEFT_S) > 0 || down_for(TWO_LEFT_S) > 1,
            Self::Momentary => down_for(HELD_S) >= FINGERS,
            Self::Latching => false,
        };
        if latching {
            *self = Self::Latching;
        }
        latching
    }

    /// What a note off of a pad down since `since` is.
    pub fn released(&mut self, at: Seconds, since: Seconds) -> Release {
        if at.since(since) < TAP_S {
            *self = Self::Momentary;
        }
        match self {
            Self::Momentary => Release::Finger,
            Self::Unknown => Release::Nothing,
            Self::Latching => Release::Press,
        }
    }
}

/// What the message that a pad was released means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// The finger left.
    Finger,
    /// Nobody knows.
    Nothing,
    /// It was pressed again.
    Press,
}
