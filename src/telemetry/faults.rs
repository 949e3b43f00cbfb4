//! Faults: what went wrong while playing, how often, and whether it is over.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// Kinds of faults that do not end the show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    AudioLost,
    MidiLost,
    BadControl,
    Overload,
    ShowFile,
    GpuLost,
    ScreenLost,
    Draw,
    Generator,
    /// A picture with values that are no numbers; rejected.
    NotFinite,
    Conductor,
    Analysis,
    Recorder,
}

impl Kind {
    /// A word for the status line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AudioLost => "audio lost",
            Self::MidiLost => "MIDI lost",
            Self::BadControl => "bad OSC or MIDI",
            Self::Overload => "too much OSC",
            Self::ShowFile => "show file",
            Self::GpuLost => "GPU lost",
            Self::ScreenLost => "screen lost",
            Self::Draw => "draw",
            Self::Generator => "generator",
            Self::NotFinite => "picture not finite",
            Self::Conductor => "conductor",
            Self::Analysis => "analysis",
            Self::Recorder => "capture",
        }
    }
}

/// One kind of fault in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub kind: Kind,
    pub count: u64,
    /// True when the last one is over.
    pub recovered: bool,
}

/// The list all threads add to. Behind one mutex that is held briefly; audio and MIDI callbacks do not take it.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    /// Counts one fault of `kind`; true when it is the first of its kind (say it once).
    pub fn happened(&self, kind: Kind) -> bool {
        self.update(kind, |f| {
            f.count += 1;
            f.recovered = false;
            f.count == 1
        })
    }

    /// A fault of `kind` is over: the open one when there is one, else one that was never told while it lasted.
    pub fn survived(&self, kind: Kind) {
        self.update(kind, |f| {
            f.count += u64::from(f.recovered);
            f.recovered = true;
        });
    }

    /// The trouble of `kind` is over, if there was any.
    pub fn recovered(&self, kind: Kind) {
        self.update(kind, |f| f.recovered = true);
    }

    /// Sets a total that is counted elsewhere. Never waits: when the list is in use, the call has no effect.
    pub fn set(&self, kind: Kind, count: u64, recovered: bool) {
        if count > 0
            && let Ok(mut list) = self.0.try_lock()
        {
            Self::change(&mut list, kind, |f| (f.count, f.recovered) = (count, recovered));
        }
    }

    fn update<T>(&self, kind: Kind, change: impl FnOnce(&mut Fault) -> T) -> T {
        Self::change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), kind, change)
    }

    fn change<T>(list: &mut Vec<Fault>, kind: Kind, change: impl FnOnce(&mut Fault) -> T) -> T {
        let place = match list.iter().position(|f| f.kind == kind) {
            Some(place) => place,
            None => {
                list.push(Fault { kind, count: 0, recovered: true });
                list.len() - 1
            }
        };
        change(&mut list[place])
    }

    /// Everything that happened so far.
    #[must_use]
    pub fn list(&self) -> Vec<Fault> {
        let list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.iter().filter(|f| f.count > 0).copied().collect()
    }
}

/// Repeated work: counts its failures as faults of one kind, and marks the fault as over at the next success.
pub struct Attempts {
    faults: Faults,
    kind: Kind,
    failing: bool,
}

impl Attempts {
    #[must_use]
    pub fn new(faults: &Faults, kind: Kind) -> Self {
        Self { faults: faults.clone(), kind, failing: false }
    }

    /// Takes in how one attempt ended. Locks nothing while all is well.
    pub fn note(&mut self, well: bool) {
        if !well {
            self.faults.happened(self.kind);
        } else if self.failing {
            self.faults.recovered(self.kind);
        }
        self.failing = !well;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_told_at_both_ends_counts_once() {
        let faults = Faults::default();
        faults.happened(Kind::GpuLost);
        faults.survived(Kind::GpuLost);
        assert_eq!(faults.list()[0], Fault { kind: Kind::GpuLost, count: 1, recovered: true });
        faults.survived(Kind::GpuLost);
        assert_eq!(faults.list()[0].count, 2, "told only when it was over");
    }
    #[test]
    fn attempts_that_fail_are_counted_and_the_next_good_one_heals() {
        let faults = Faults::default();
        let mut attempts = Attempts::new(&faults, Kind::Conductor);
        [true, false, false].into_iter().for_each(|well| attempts.note(well));
        assert_eq!(faults.list(), [Fault { kind: Kind::Conductor, count: 2, recovered: false }]);
        attempts.note(true);
        assert_eq!(faults.list(), [Fault { kind: Kind::Conductor, count: 2, recovered: true }]);
    }
}
