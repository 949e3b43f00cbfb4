//! Everything that is open once a show was opened: what [`super::open`] makes and the runners move.

use super::desk::Desk;
use super::outlets::ChangeoverOutlets;
use super::shared::Shared;
use super::show_clock::ShowClock;
use super::sound::Sound;
use super::trace::TraceFile;
use crate::control::Playing;
use crate::dream::Dreamer;
use crate::output::{OutputConfig, Sinks};
use crate::rt::{Broadcast, Stop};
use crate::show::ShowFiles;

/// Everything open and ready to be moved.
pub struct Parts {
    /// Tells every thread to leave.
    pub stop: Stop,
    pub wall: ShowClock,
    pub desk: Desk,
    pub sound: Sound,
    pub dreamer: Dreamer,
    pub shared: Shared,
    pub output: OutputConfig,
    pub sinks: Sinks,
    pub monitor: Option<String>,
    /// Where the conductor leaves its state for everybody who answers and shows it: OSC, controllers' lights.
    pub playing: Broadcast<Playing>,
    /// The files of the show that plays.
    pub files: ShowFiles,
    /// Where the generator and the wall are handed what is new of another show.
    pub outlets: Option<ChangeoverOutlets>,
    /// Writes the remaining lines of the trace when it is dropped.
    pub trace_file: Option<TraceFile>,
}
