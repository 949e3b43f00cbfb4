//! MIDI: controllers that come and go, knobs as a table of latest values, notes and clock as a bounded queue; and the
//! way back to them, for lights and motors.
//!
//! Three parties: driver callbacks ([`port`]) fill tables and the queue and never allocate or lock; the watcher
//! thread ([`watch`]) finds ports, chooses mappings and connects; the conductor calls [`Midi::drain`] each tick
//! and gets parameter events through the mapping of each port ([`controller`]). Any thread may [`send`](Midi::sender).

mod backend;
mod control;
mod controller;
mod described;
mod endless;
#[cfg(feature = "jack")]
mod jack;
mod latch;
mod lights;
mod message;
mod moved;
mod nrpn;
mod outlet;
pub(super) mod port;
mod shown;
mod system;
mod watch;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;

use self::backend::Backend;
use self::controller::ControllerState;
use self::lights::LightBoard;
use self::port::{MidiPorts, Queued};
use self::watch::{PortAssignment, PortWatcher, WatchStatus};
use super::ControlInput;
use super::mapping::{Library, Mapping};
use crate::param::Snapshot;
use crate::rt::{self, Stop};
use crate::tempo::Beat;
use crate::units::Seconds;
pub(crate) use described::describe;
pub use message::ClockMessage;
pub(crate) use moved::{Moved, Mover};
pub use port::Overheard;
pub(crate) use port::PORTS;

/// Notes, steps and clock ticks that may wait for the conductor; several seconds of heavy playing.
const QUEUE: usize = 1024;

/// What to listen to and how.
#[derive(Clone)]
pub struct MidiConfig {
    /// How other programs see us.
    pub client_name: String,
    /// The operating system's MIDI: ALSA, CoreMIDI, WinMM.
    pub system: bool,
    /// JACK MIDI, where built with the feature `jack`.
    pub jack: bool,
    /// Mappings to choose from by port name.
    pub library: Arc<Library>,
    /// How often to look for ports that came or went.
    pub scan_every: Duration,
    /// Told of every message, for people to look at.
    pub monitor: Option<crossbeam_channel::Sender<Overheard>>,
}

impl Default for MidiConfig {
    fn default() -> Self {
        Self {
            client_name: "Halation".into(),
            system: true,
            jack: true,
            library: Arc::new(Library::shipped()),
            scan_every: Duration::from_secs(1),
            monitor: None,
        }
    }
}

/// A port somebody can play on, for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    pub name: String,
    /// Which driver it belongs to.
    pub driver: &'static str,
    /// Name of the mapping it plays through.
    pub mapping: String,
}

/// Totals since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MidiCounts {
    /// Messages understood by a driver callback.
    pub received: u64,
    /// Parameter events handed out.
    pub events: u64,
    /// Messages lost to a full queue.
    pub dropped: u64,
    /// Truncated or reserved messages.
    pub garbage: u64,
    /// Ports that went away while connected.
    pub ports_lost: u64,
    /// Ports that were connected, the first time and every time again.
    pub ports_found: u64,
    /// Times a whole driver (a JACK server) went away.
    pub drivers_lost: u64,
    /// Times a lost driver came back.
    pub drivers_found: u64,
}

/// Everything heard over MIDI.
pub struct Midi {
    midi_ports: Arc<MidiPorts>,
    queue: rt::Receiver<Queued>,
    assignments: rt::Receiver<PortAssignment>,
    controllers: [Option<ControllerState>; PORTS],
    /// Controllers that are told of as such, a bit each.
    told: u128,
    events: u64,
    status: Arc<WatchStatus>,
    library: Arc<ArcSwap<Library>>,
    watcher: Option<JoinHandle<()>>,
}

impl Midi {
    /// Starts looking for controllers. Never fails: without any driver there is simply nothing to hear.
    #[must_use]
    pub fn open(config: MidiConfig, stop: Stop) -> Self {
        let (mut midi, mut watcher) = Self::with_backends(&config, |midi_ports| backends(&config, midi_ports));
        match rt::spawn("midi watch", move || watcher.run(&stop)) {
            Ok(thread) => midi.watcher = Some(thread),
            Err(error) => tracing::warn!("MIDI: controllers are not watched: no thread for it ({error})"),
        }
        midi
    }

    /// Without drivers and threads: one controller for each of `mappings`, whose messages [`Midi::receive`] takes in.
    #[must_use]
    pub fn stepped(mappings: impl IntoIterator<Item = Arc<Mapping>>) -> Self {
        let (mut midi, _) = Self::with_backends(&MidiConfig::default(), |_| Vec::new());
        for (port_index, mapping) in mappings.into_iter().take(PORTS).enumerate() {
            midi.midi_ports.tables[port_index].prepare(&mapping.queued_controllers());
            midi.controllers[port_index] = Some(ControllerState::new(port_index as u8, mapping));
        }
        midi
    }

    /// Takes in one message of controller `port_index`, from 0, as a driver's callback does.
    pub fn receive(&self, port_index: usize, bytes: &[u8]) {
        self.midi_ports.receive(port_index, self.midi_ports.now_us(), bytes);
    }

    fn with_backends(
        config: &MidiConfig,
        backends: impl FnOnce(&Arc<MidiPorts>) -> Vec<Box<dyn Backend>>,
    ) -> (Self, PortWatcher) {
        let (queue_in, queue) = rt::queue(QUEUE);
        // A change of every port at once, twice over.
        let (assignments_in, assignments) = rt::queue(4 * PORTS);
        let midi_ports = Arc::new(MidiPorts::new(queue_in, config.monitor.clone()));
        let status = Arc::new(WatchStatus::default());
        let library = Arc::new(ArcSwap::from(config.library.clone()));
        let watcher = PortWatcher::new(
            backends(&midi_ports),
            midi_ports.clone(),
            assignments_in,
            library.clone(),
            status.clone(),
            config.scan_every,
        );
        let controllers = std::array::from_fn(|_| None);
        (
            Self { midi_ports, queue, assignments, controllers, told: 0, events: 0, status, library, watcher: None },
            watcher,
        )
    }

    /// Hands out everything played since the last call, dated back by its age from `now`.
    ///
    /// Does not allocate except when a port comes or goes.
    pub fn drain(&mut self, now: Seconds, out: &mut impl FnMut(ControlInput)) {
        let events = &mut self.events;
        let mut out = |input: ControlInput| {
            *events += u64::from(matches!(input, ControlInput::Event(_)));
            out(input);
        };
        while let Some(plug) = self.assignments.next() {
            let place = &mut self.controllers[plug.port_index];
            if let Some(mut old) = place.take() {
                old.unplug(now, &mut out);
                // Another mapping for the same device: it begins in the dark.
                if plug.mapping.is_some() {
                    old.darken(&mut |message| self.midi_ports.send(plug.port_index, message));
                }
            }
            *place = plug.mapping.map(|mapping| ControllerState::new(plug.port_index as u8, mapping));
        }
        for (controller, table) in self.controllers.iter_mut().zip(&self.midi_ports.tables) {
            let Some(controller) = controller else { continue };
            table.take_releases(|wire| controller.play(now, wire, table, &mut out));
        }
        let now_us = self.midi_ports.now_us();
        for _ in 0..QUEUE {
            let Some(queued) = self.queue.next() else { break };
            let at = now.after(-(now_us.saturating_sub(queued.stamp_us) as f64) * 1e-6);
            if let Some(controller) = &mut self.controllers[usize::from(queued.port_index)] {
                controller.play(at, queued.wire, &self.midi_ports.tables[usize::from(queued.port_index)], &mut out);
            }
        }
        self.controllers.iter_mut().flatten().for_each(|controller| controller.step(now, &mut out));
        for (controller, table) in self.controllers.iter_mut().zip(&self.midi_ports.tables) {
            let Some(controller) = controller else { continue };
            table.take_changed(|channel, number, swept| {
                if number < 128 && self.told >> number & 1 == 1 {
                    out(ControlInput::Controller { at: now, number, value: f32::from(swept.value) / 127.0 });
                }
                controller.sweep(now, channel, number, swept, table, &mut out);
            });
        }
    }

    /// Which controllers are told of as such, a bit each, whatever else they play.
    pub fn listen_to(&mut self, controllers: u128) {
        self.told = controllers;
    }

    /// Lights the controllers by what plays now. Called after every step; does not allocate or wait.
    pub fn paint(&mut self, now: Seconds, snapshot: &Snapshot, beat: Beat) {
        let board = LightBoard { snapshot, beat };
        for (port_index, controller) in self.controllers.iter_mut().enumerate() {
            let Some(controller) = controller else { continue };
            controller.paint(now, &board, &mut |message| self.midi_ports.send(port_index, message));
        }
    }

    /// Lights out on every controller: the show ends. What was sent leaves with the driver's next period.
    pub fn darken(&mut self) {
        for (port_index, controller) in self.controllers.iter_mut().enumerate() {
            let Some(controller) = controller else { continue };
            controller.darken(&mut |message| self.midi_ports.send(port_index, message));
        }
    }

    /// The way back to the controllers, for any thread.
    #[must_use]
    pub fn sender(&self) -> MidiSender {
        MidiSender(self.midi_ports.clone())
    }

    /// Plays through other mappings from now on: a show was edited.
    pub fn set_library(&self, library: Arc<Library>) {
        self.library.store(library);
    }

    /// The ports connected now.
    #[must_use]
    pub fn ports(&self) -> Vec<Port> {
        self.status.ports().into_iter().map(|(_, port)| port).collect()
    }

    /// The name of the port at `port_index`, and the mapping that it plays through.
    #[must_use]
    pub fn played(&self, port_index: usize) -> Option<(String, Arc<Mapping>)> {
        let (_, port) = self.status.ports().into_iter().find(|(place, _)| *place == port_index)?;
        Some((port.name, self.controllers[port_index].as_ref()?.mapping()))
    }

    #[must_use]
    pub fn counts(&self) -> MidiCounts {
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        MidiCounts {
            received: count(&self.midi_ports.received),
            events: self.events,
            dropped: self.queue.dropped(),
            garbage: count(&self.midi_ports.garbage),
            ports_lost: count(&self.status.ports_lost),
            ports_found: count(&self.status.ports_found),
            drivers_lost: count(&self.status.drivers_lost),
            drivers_found: count(&self.status.drivers_found),
        }
    }

    /// Waits for the watcher to leave after its [`Stop`] was set; false when it did not in time.
    pub fn join(&mut self, deadline: Duration) -> bool {
        self.watcher.take().is_none_or(|thread| Stop::join(thread, deadline).is_some())
    }
}

/// Sends to controllers. Clones share the ports.
#[derive(Clone)]
pub struct MidiSender(Arc<MidiPorts>);

impl MidiSender {
    /// Sends one MIDI message of at most `LONGEST_SENT` bytes to the controller that plays on `port_index`, from 0.
    /// Never waits; false when nobody there listens, its queue is full, or the message is too long.
    #[must_use]
    pub fn send(&self, port_index: usize, message: &[u8]) -> bool {
        self.0.send(port_index, message)
    }
}

/// The drivers `config` asks for, as far as they are built in.
fn backends(config: &MidiConfig, midi_ports: &Arc<MidiPorts>) -> Vec<Box<dyn Backend>> {
    let mut all: Vec<Box<dyn Backend>> = Vec::new();
    // JACK first: where both see the same device, its timestamps are the better ones.
    #[cfg(feature = "jack")]
    if config.jack {
        all.push(Box::new(jack::Jack::new(&config.client_name, midi_ports.clone())));
    }
    if config.system {
        all.push(Box::new(system::System::new(&config.client_name, midi_ports.clone())));
    }
    all
}

/// Ports that could be played on now, without connecting: for `halation devices`.
#[must_use]
pub fn list(config: &MidiConfig) -> Vec<Port> {
    let (queue, _unheard) = rt::queue(1);
    let midi_ports = Arc::new(MidiPorts::new(queue, None));
    let mut ports = Vec::new();
    for mut backend in backends(config, &midi_ports) {
        let driver = backend.name();
        let sources = backend.sources().unwrap_or_default();
        for source in sources.into_iter().filter(|source| !config.library.leaves_alone(&source.name)) {
            let mapping = config.library.for_port(&source.name).name.clone();
            ports.push(Port { name: source.name, driver, mapping });
        }
    }
    ports
}

#[cfg(test)]
mod tests;
