//! What a MIDI driver must be able to do, and how its port names are made comparable.
//!
//! Only the watcher thread calls a backend; what connected ports send goes to our ports behind its back, and what is
//! sent to them takes the outlet that was left there.

use thiserror::Error;

/// A port that sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MidiSource {
    /// How the driver finds it again; changes when a device is plugged in again.
    pub id: String,
    /// What a person would call it.
    pub name: String,
}

/// Why there is nothing to connect to.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BackendError {
    /// Nothing to listen to on this machine; may change at any time.
    #[error("{0}")]
    Absent(String),
    /// It was there and went away.
    #[cfg_attr(not(feature = "jack"), allow(dead_code, reason = "only a JACK server goes away as a whole"))]
    #[error("{0}")]
    Lost(String),
}

/// One MIDI driver.
pub trait Backend: Send {
    /// Short name for people.
    fn name(&self) -> &'static str;

    /// Ports that send now. Opens the driver when it is closed, again and again with growing pauses.
    ///
    /// # Errors
    /// When the driver is not there. All its connections are gone then.
    fn sources(&mut self) -> Result<Vec<MidiSource>, BackendError>;

    /// From now on what `source` sends arrives at port `port_index`, and what is sent there goes to the port that
    /// listens for the same device, where it has one.
    ///
    /// # Errors
    /// With the driver's own words, when it refuses.
    fn connect(&mut self, source: &MidiSource, port_index: usize) -> Result<(), String>;

    /// Closes what is connected to port `port_index`; its source may be gone already.
    fn disconnect(&mut self, source: &MidiSource, port_index: usize);
}
