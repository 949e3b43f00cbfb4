//! Faults that `--debug-fault` injects to rehearse recovery, each at its show time.
//!
//! Every thread that injects faults has its own copy of the list. Faults that happen once are removed from it; those that
//! last a while stay.

use std::str::FromStr;

use crate::units::Seconds;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The generator panics.
    GeneratorPanics,
    /// The generator never comes back from then on, and does not leave at the end either.
    GeneratorHangs,
    /// The conductor panics at each tick for a while.
    ConductorPanics,
    /// Some images come out as NaN.
    NotFinite,
    /// The graphics device is destroyed.
    DeviceLost,
}

/// One drill of the command line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DebugFault {
    pub trouble: Trouble,
    /// Show time.
    pub at: Seconds,
}

impl FromStr for DebugFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('@').and_then(|(name, at)| {
            let trouble = match name {
                "generator" => Trouble::GeneratorPanics,
                "hang" => Trouble::GeneratorHangs,
                "conductor" => Trouble::ConductorPanics,
                "nan" => Trouble::NotFinite,
                "device" => Trouble::DeviceLost,
                _ => return None,
            };
            Some(Self { trouble, at: Seconds(at.parse().ok()?) })
        });
        parsed.ok_or_else(|| "write generator, hang, conductor, nan or device and @SECONDS".into())
    }
}

/// The drills to come.
#[derive(Clone, Debug, Default)]
pub struct Drills(Vec<DebugFault>);

impl Drills {
    #[must_use]
    pub fn new(faults: &[DebugFault]) -> Self {
        Self(faults.to_vec())
    }

    /// Takes one `trouble` whose time has come out of the list; whether there was one.
    pub fn take(&mut self, trouble: Trouble, now: Seconds) -> bool {
        let due = self.0.iter().position(|drill| drill.trouble == trouble && drill.at <= now);
        due.map(|place| self.0.remove(place)).is_some()
    }

    /// Whether `trouble` began before `now` and less than `for_s` ago.
    #[must_use]
    pub fn is_under_way(&self, trouble: Trouble, now: Seconds, for_s: f64) -> bool {
        self.0.iter().any(|drill| drill.trouble == trouble && (0.0..for_s).contains(&now.since(drill.at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_drill_is_gone_through_once_and_in_its_time() {
        let drills: Vec<DebugFault> = ["nan@2", "device@1", "conductor@5"].map(|text| text.parse().unwrap()).to_vec();
        let mut drills = Drills::new(&drills);
        assert!(!drills.take(Trouble::NotFinite, Seconds(1.9)));
        assert!(drills.take(Trouble::NotFinite, Seconds(2.0)) && !drills.take(Trouble::NotFinite, Seconds(3.0)));
        let conductor = |at| drills.is_under_way(Trouble::ConductorPanics, Seconds(at), 2.0);
        assert!(!conductor(4.9) && conductor(5.0) && conductor(6.9) && !conductor(7.0));
        assert!("nan@".parse::<DebugFault>().is_err() && "fire@3".parse::<DebugFault>().is_err());
    }
}
