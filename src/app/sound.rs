//! The ears of this run: the chosen input, what it heard, and whether it went away.

use crate::audio::{self, Choice, Features, Input, Listener};
use crate::telemetry::{Faults, Kind};
use crate::units::Seconds;

/// What the report says of the sound.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub source: String,
    pub callbacks: u64,
    pub xruns: u64,
    pub features: Features,
}

pub struct Sound {
    listener: Listener,
    faults: Faults,
    features: Features,
}

impl Sound {
    /// Opens the input that `choice` names and says which it is.
    ///
    /// Only when no input exists at the start, a synthetic track plays instead: a lost one is never replaced.
    ///
    /// # Errors
    /// When a named input cannot be had.
    pub fn open(choice: &str, stepped: bool, faults: Faults) -> anyhow::Result<Self> {
        let choice: Choice = choice.parse()?;
        // What a sound card hears is not the same every time.
        let found = if stepped && choice == Choice::Auto { None } else { audio::open(&choice)? };
        let input = match (found, &choice) {
            (None, Choice::Auto) => Some(Input::synth("house126")?),
            (found, _) => found,
        };
        match &input {
            Some(input) => tracing::info!("audio: {}", input.description()),
            None => tracing::info!("audio: none"),
        }
        Ok(Self { listener: Listener::new(input), faults, features: Features::default() })
    }

    /// Hears everything up to `now`.
    pub fn step(&mut self, now: Seconds, gain_db: f32) -> Features {
        self.features = self.listener.step(now, gain_db);
        let counters = self.listener.counters();
        self.faults.set(Kind::AudioLost, counters.lost, counters.returned >= counters.lost);
        self.features
    }

    /// Numbers for the report.
    #[must_use]
    pub fn heard(&self) -> Heard {
        let counters = self.listener.counters();
        Heard {
            source: self.listener.input().map_or_else(|| "none".into(), |i| i.description().into()),
            callbacks: counters.callbacks,
            xruns: counters.xruns,
            features: self.features,
        }
    }
}
