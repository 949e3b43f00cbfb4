//! `halation midi`: every message of every controller, and what it plays here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};

use super::answer;
use crate::control::LIGHTS_LEAVE;
use crate::control::mapping::{Library, Mapping};
use crate::control::midi::{Midi, MidiConfig, Overheard, describe};
use crate::param::Snapshot;
use crate::rt::{self, Stop};
use crate::tempo::Tempo;
use crate::units::{Bpm, Seconds};

#[derive(clap::Args)]
pub struct Args {
    /// Stop after so many seconds.
    #[arg(long, allow_negative_numbers = true, value_name = "SECONDS", value_parser = super::seconds)]
    duration: Option<f64>,
}

/// Prints messages until Ctrl-C.
///
/// # Errors
/// When the answer cannot be written.
pub fn run(args: &Args) -> anyhow::Result<()> {
    answer::say("Move something. Ctrl-C ends.")?;
    let mut ears = MidiEars::open(args.duration)?;
    while let Some(heard) = ears.next()? {
        if let Some(words) = describe(heard.message.bytes(), &heard.mapping) {
            answer::say(format!("{:24} {words}", heard.port))?;
        }
    }
    Ok(())
}

/// All controllers, with their messages as they come.
pub struct MidiEars {
    midi: Midi,
    messages: Receiver<Overheard>,
    stop: Stop,
    until: Option<Instant>,
    began: Instant,
    /// Ports that were told of.
    known: Vec<String>,
}

/// A message, and where it came from.
pub struct Heard {
    pub message: Overheard,
    pub port: String,
    pub mapping: Arc<Mapping>,
}

/// Messages that may wait to be printed.
const WAITING: usize = 4096;
/// How long the driver may take to let go.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);
/// How long nothing is waited for before ports are looked at again.
const LOOK: Duration = Duration::from_millis(50);

impl MidiEars {
    /// Listens until a signal, or for `duration_s`.
    pub fn open(duration_s: Option<f64>) -> anyhow::Result<Self> {
        let (monitor, messages) = bounded(WAITING);
        let library = Arc::new(Library::with([]));
        let stop = Stop::default();
        let config = MidiConfig { client_name: "Halation listens".into(), library, ..MidiConfig::default() };
        let midi = Midi::open(MidiConfig { monitor: Some(monitor), ..config }, stop.clone());
        let leave = stop.clone();
        rt::on_signal(move || leave.set())?;
        let until = duration_s.map(|seconds| Instant::now() + Duration::from_secs_f64(seconds));
        Ok(Self { midi, messages, stop, until, began: Instant::now(), known: Vec::new() })
    }

    /// The next message; `None` when it is time to leave. Says which controllers come.
    pub fn next(&mut self) -> anyhow::Result<Option<Heard>> {
        while !self.stop.is_set() && self.until.is_none_or(|until| Instant::now() < until) {
            // Lit as at rest: some devices are put into another mode with that.
            let now = Seconds(self.began.elapsed().as_secs_f64());
            self.midi.drain(now, &mut |_| {});
            self.midi.paint(now, &Snapshot::default(), Tempo::new(Bpm(120.0)).clock().at(now));
            for port in self.midi.ports() {
                if !self.known.contains(&port.name) {
                    answer::say(format!("{} ({}) plays as {}", port.name, port.driver, port.mapping))?;
                    self.known.push(port.name);
                }
            }
            let Ok(message) = self.messages.recv_timeout(LOOK) else { continue };
            if let Some((port, mapping)) = self.midi.played(message.port_index) {
                return Ok(Some(Heard { message, port, mapping }));
            }
        }
        Ok(None)
    }
}

impl Drop for MidiEars {
    fn drop(&mut self) {
        self.midi.darken();
        std::thread::sleep(LIGHTS_LEAVE);
        self.stop.set();
        // A JACK client that just vanishes can take the server with it.
        if !self.midi.join(LEAVE_WITHIN) {
            tracing::debug!("the MIDI driver did not let go in time");
        }
    }
}
