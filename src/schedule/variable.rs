//! The variables of expressions: one table from which names, places in a [`Moment`](super::Moment) and documentation
//! come. Read when expressions are compiled, and by whoever lists what there is.

use super::Dialect;

/// One line of the documentation of variables.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub variable: Variable,
    /// As it is written in expressions.
    pub name: &'static str,
    /// What it is, with its unit.
    pub about: &'static str,
}

macro_rules! variables {
    ($($variable:ident $slot:literal $name:literal $about:literal)*) => {
        /// What an expression may ask for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Variable {
            $(#[doc = $about] $variable,)*
            /// The last value of a MIDI controller, 0 to 1; `cc0` to `cc127`.
            Controller(u8),
        }

        /// Every variable in the order of documentation; the controllers share the last line.
        pub static VARIABLES: &[Entry] = &[
            $(Entry { variable: Variable::$variable, name: $name, about: $about },)*
            Entry {
                variable: Variable::Controller(0),
                name: "cc0",
                about: "the last value of MIDI controller 0, 0 to 1; and so on to cc127",
            },
        ];

        impl Variable {
            /// Its place in a moment, below [`SLOTS`].
            pub(super) fn slot(self) -> usize {
                match self {
                    $(Variable::$variable => $slot,)*
                    Variable::Controller(number) => CONTROLLERS + usize::from(number & 127),
                }
            }
        }
    };
}

// The first 16 follow from the clock alone, in the order in which `moment::clock` gives them.
variables! {
    T 0 "t" "the frame, from 0; a real number between frames"
    F 1 "f" "the frame, the same as t"
    Sec 2 "sec" "seconds since the start"
    Beat 3 "beat" "beats since the start, a real number"
    WholeBeat 4 "whole_beat" "the number of the running beat"
    Bar 5 "bar" "the number of the running bar"
    Phase 6 "phase" "how far the running beat is, 0 to 1"
    BarPhase 7 "bar_phase" "how far the running bar is, 0 to 1"
    ProgressUntilBeat 8 "progress_until_beat" "how far the running beat is, 0 to 1, the same as phase"
    FramesUntilBeat 9 "frames_until_beat" "whole frames until the next beat"
    FramesSinceBeat 10 "frames_since_beat" "whole frames since the last beat"
    SecondUntilBeat 11 "second_until_beat" "seconds until the next beat"
    SecondsSinceBeat 12 "seconds_since_beat" "seconds since the last beat"
    FramesToGo 13 "frames_to_go" "frames until the last one of the run"
    BeatsToGo 14 "beats_to_go" "beats until the last frame of the run"
    SecondsToGo 15 "seconds_to_go" "seconds until the last frame of the run"
    S 16 "s" "the run's seed"
    MaxF 17 "max_f" "the number of the run's last frame"
    MaxFrames 18 "max_frames" "the number of frames of the run"
    Fps 19 "fps" "frames per second"
    Bpm 20 "bpm" "beats per minute"
    Unique 21 "unique" "one random number for the whole run"
    BeatOffsetS 22 "beat_offset_s" "the time of beat 0 in seconds"
    BeatOffsetF 23 "beat_offset_f" "the time of beat 0 in frames"
    EventsPassed 24 "events_passed" "events that are past"
    EventsToGo 25 "events_to_go" "events to come, one on this frame included"
    EventsTotal 26 "events_total" "all events"
    ProgressUntilNextEvent 27 "progress_until_next_event" "how far the way from the last event to the next is, 0 to 1"
    FramesUntilNextEvent 28 "frames_until_next_event" "frames until the next event, or the last frame"
    BeatsUntilNextEvent 29 "beats_until_next_event" "beats until the next event, or the last frame"
    SecondsUntilNextEvent 30 "seconds_until_next_event" "seconds until the next event, or the last frame"
    FramesSincePrevEvent 31 "frames_since_prev_event" "frames since the last event, or the start"
    BeatsSincePrevEvent 32 "beats_since_prev_event" "beats since the last event, or the start"
    SecondsSincePrevEvent 33 "seconds_since_prev_event" "seconds since the last event, or the start"
    Energy 34 "energy" "how loud the sound is, 0 to 1"
    Low 35 "low" "the level of the low band, 0 to 1"
    Mid 36 "mid" "the level of the middle band, 0 to 1"
    High 37 "high" "the level of the high band, 0 to 1"
    Kick 38 "kick" "1 on a kick, dying away to 0"
    Snare 39 "snare" "1 on a snare, dying away to 0"
    Hat 40 "hat" "1 on a hi-hat, dying away to 0"
    Onset 41 "onset" "1 on any hit, dying away to 0"
    Build 42 "build" "how far a build-up is, 0 to 1"
    V 43 "v" "the schedule's own value, in the expression that shapes it"
}

/// How many variables follow from the clock alone.
pub(super) const CLOCK: usize = 16;
/// Where the 128 controllers begin.
const CONTROLLERS: usize = 44;
/// The places of a moment.
pub(super) const SLOTS: usize = CONTROLLERS + 128;

impl Variable {
    /// The variable of this name; upstream's second names `i` (of `t`) and `seconds_until_beat` included.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "i" => return Some(Variable::T),
            "seconds_until_beat" => return Some(Variable::SecondUntilBeat),
            _ => {}
        }
        if let Some(number) = name.strip_prefix("cc") {
            let plain = !number.starts_with(['0', '+']) || number == "0";
            return number.parse().ok().filter(|number| plain && *number < 128).map(Variable::Controller);
        }
        VARIABLES.iter().find(|entry| entry.name == name).map(|entry| entry.variable)
    }

    /// As it is written.
    pub fn name(self) -> String {
        match self {
            Variable::Controller(number) => format!("cc{number}"),
            _ => VARIABLES.iter().find(|entry| entry.variable == self).map_or("", |entry| entry.name).to_string(),
        }
    }

    /// Upstream knows hardly any.
    pub(super) fn is_known_in(self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::Tolerant => true,
            Dialect::Webui => matches!(self, Variable::T | Variable::S | Variable::MaxF),
            Dialect::V07 => matches!(self, Variable::T | Variable::MaxFrames),
        }
    }
}
