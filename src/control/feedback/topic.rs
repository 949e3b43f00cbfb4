//! What can be told: every parameter that has a value, and a few signals of the show beside them.

use rosc::OscType;

use super::Playing;
use crate::param::{self, COUNT, Id, Kind, Snapshot};

/// Facts of the show that are no parameters. Their addresses lie under `/halation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The bank that sounds and its slot, from 1.
    Slot,
    /// Bank and slot that wait for the grid; 0 0 is none.
    Pending,
    /// The parameter whose knob waits for pickup, and the knob's side: `below` or `above`; two empty texts for none.
    Waiting,
    /// The look recalled or stored last, from 1; 0 is none.
    Look,
    /// A beat has come: the beat in the bar, from 1.
    Beat,
    /// A bar has come: its number, from 1.
    Bar,
    /// The tempo that is played, whoever leads it.
    Bpm,
    /// Share of the wall that the flash limiter holds, in percent.
    Limited,
}

impl Signal {
    pub const ALL: [Self; 8] =
        [Self::Slot, Self::Pending, Self::Waiting, Self::Look, Self::Beat, Self::Bar, Self::Bpm, Self::Limited];

    #[must_use]
    pub fn address(self) -> &'static str {
        match self {
            Self::Slot => "/halation/slot",
            Self::Pending => "/halation/pending",
            Self::Waiting => "/halation/waiting",
            Self::Look => "/halation/look",
            Self::Beat => "/halation/beat",
            Self::Bar => "/halation/bar",
            Self::Bpm => "/halation/bpm",
            Self::Limited => "/halation/limited",
        }
    }

    /// OSC's letters for what it carries.
    #[must_use]
    pub fn type_tags(self) -> &'static str {
        match self {
            Self::Slot | Self::Pending => "ii",
            Self::Waiting => "ss",
            Self::Look | Self::Beat | Self::Bar | Self::Limited => "i",
            Self::Bpm => "f",
        }
    }

    #[must_use]
    pub fn doc(self) -> &'static str {
        match self {
            Self::Slot => "Bank and slot that sound.",
            Self::Pending => "Bank and slot that wait for the grid; 0 0 when none does.",
            Self::Waiting => "The parameter whose knob waits for pickup, and where the knob stands: below or above.",
            Self::Look => "The look recalled or stored last; 0 is none.",
            Self::Beat => "Sent on every beat: its place in the bar.",
            Self::Bar => "Sent on every bar: its number.",
            Self::Bpm => "The tempo that plays, whoever leads it.",
            Self::Limited => "Share of the wall that the flash limiter holds, in percent.",
        }
    }

    fn arguments(self, playing: &Playing) -> Vec<OscType> {
        let Playing { snapshot, beat } = playing;
        let pair = |(bank, slot): (usize, usize)| vec![OscType::Int(bank as i32), OscType::Int(slot as i32)];
        match self {
            Self::Slot => pair(sounding(snapshot)),
            Self::Pending => pair(snapshot.pending.slot.unwrap_or_default()),
            Self::Waiting => {
                let (id, side) = waiting(playing)
                    .map_or(("", ""), |(id, below)| (id.row().id, if below { "below" } else { "above" }));
                vec![OscType::String(id.into()), OscType::String(side.into())]
            }
            Self::Look => vec![OscType::Int(snapshot.looks.current.into())],
            Self::Beat => vec![OscType::Int(i32::from(beat.beat_in_bar) + 1)],
            Self::Bar => vec![OscType::Int((beat.bar + 1).clamp(0, i64::from(i32::MAX)) as i32)],
            Self::Bpm => vec![OscType::Float(beat.bpm.0 as f32)],
            Self::Limited => vec![OscType::Int(snapshot.held_percent.into())],
        }
    }

    fn mark(self, playing: &Playing) -> u64 {
        let Playing { snapshot, beat } = playing;
        let pair = |(bank, slot): (usize, usize)| (bank * 256 + slot) as u64;
        match self {
            Self::Slot => pair(sounding(snapshot)),
            Self::Pending => pair(snapshot.pending.slot.unwrap_or_default()),
            Self::Waiting => waiting(playing).map_or(0, |(id, below)| 1 + 2 * id.index() as u64 + u64::from(below)),
            Self::Look => snapshot.looks.current.into(),
            Self::Beat => beat.beats.floor() as u64,
            Self::Bar => beat.bar as u64,
            // Hundredths: the digits behind them are the tracker's own.
            Self::Bpm => (beat.bpm.0 * 100.0).round() as u64,
            Self::Limited => snapshot.held_percent.into(),
        }
    }
}

/// Bank and slot that sound most, from 1, also while the walk or the drawbars choose.
fn sounding(snapshot: &Snapshot) -> (usize, usize) {
    (snapshot.bank, snapshot.effective.whole(param::PROMPT_SLOT).max(1))
}

/// The knob that waits, and whether it stands below.
fn waiting(playing: &Playing) -> Option<(Id, bool)> {
    playing.snapshot.waiting_knob().map(|knob| (knob.id, knob.below))
}

/// One thing that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Parameter(Id),
    Signal(Signal),
}

/// How switches are written: plain OSC programs want numbers, OSCQuery says `T` and `F`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Plain,
    Query,
}

impl Topic {
    pub const COUNT: usize = COUNT + Signal::ALL.len();

    /// Every topic. Triggers have no value to tell.
    pub fn all() -> impl Iterator<Item = Self> {
        let told = |id: &Id| match id.row().kind {
            Kind::Trigger => false,
            Kind::Text => *id == param::PROMPT_TEXT,
            _ => true,
        };
        Id::all().filter(told).map(Self::Parameter).chain(Signal::ALL.into_iter().map(Self::Signal))
    }

    /// The topic at this OSC address.
    #[must_use]
    pub fn at(address: &str) -> Option<Self> {
        Self::all().find(|topic| topic.address() == address)
    }

    /// Below [`Self::COUNT`].
    #[must_use]
    pub fn index(self) -> usize {
        match self {
            Self::Parameter(id) => id.index(),
            Self::Signal(signal) => COUNT + signal as usize,
        }
    }

    #[must_use]
    pub fn address(self) -> String {
        match self {
            Self::Parameter(id) => address_of(id),
            Self::Signal(signal) => signal.address().to_owned(),
        }
    }

    /// Another number when there is something new to tell.
    #[must_use]
    pub fn mark(self, playing: &Playing) -> u64 {
        match self {
            Self::Parameter(param::PROMPT_TEXT) => {
                let (bank, slot) = sounding(&playing.snapshot);
                playing.snapshot.texts_revision << 16 | (bank * 16 + slot) as u64
            }
            Self::Parameter(id) => playing.snapshot.base[id].to_bits().into(),
            Self::Signal(signal) => signal.mark(playing),
        }
    }

    /// What is told. `text` is the current slot's.
    #[must_use]
    pub fn arguments(self, playing: &Playing, text: &str, form: Form) -> Vec<OscType> {
        let id = match self {
            Self::Parameter(id) => id,
            Self::Signal(signal) => return signal.arguments(playing),
        };
        let (row, value) = (id.row(), playing.snapshot.base[id]);
        let place = value.round().max(0.0) as usize;
        vec![match row.kind {
            Kind::Float { .. } => OscType::Float(value),
            Kind::Int { .. } => OscType::Int(value.round() as i32),
            Kind::Choice { .. } if row.is_switch() && form == Form::Query => OscType::Bool(place == 1),
            Kind::Choice { .. } if row.is_switch() => OscType::Int(place as i32),
            Kind::Choice { names, .. } => OscType::String(names.get(place).copied().unwrap_or_default().into()),
            Kind::Text => OscType::String(text.into()),
            Kind::Trigger => OscType::Inf,
        }]
    }

    /// The same as a fader's position, for parameters that have one.
    #[must_use]
    pub fn normalized(self, playing: &Playing) -> Option<(String, f32)> {
        let Self::Parameter(id) = self else { return None };
        let has = !matches!(id.row().kind, Kind::Text | Kind::Trigger);
        has.then(|| (address_of(id) + "/norm", id.row().normalized(playing.snapshot.base[id])))
    }
}

/// The OSC address of a parameter.
#[must_use]
pub fn address_of(id: Id) -> String {
    format!("/{}", id.row().id.replace('.', "/"))
}
