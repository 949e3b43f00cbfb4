//! The operating system's MIDI through midir: ALSA, CoreMIDI or WinMM.
//!
//! midir neither reports ports that come nor that a connected one died: the watcher compares lists.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use midir::{Ignore, MidiInput, MidiInputConnection, MidiOutput, MidiOutputConnection};

use super::backend::{Backend, BackendError, MidiSource};
use super::port::{MidiPorts, PORTS};
use crate::control::port_name::device_of;

pub struct System {
    client_name: String,
    midi_ports: Arc<MidiPorts>,
    scanner: Option<MidiInput>,
    connections: [Option<MidiInputConnection<()>>; PORTS],
}

impl System {
    pub fn new(client_name: &str, midi_ports: Arc<MidiPorts>) -> Self {
        let connections = std::array::from_fn(|_| None);
        Self { client_name: client_name.into(), midi_ports, scanner: None, connections }
    }
}

/// Opens the sequencer, or whatever this system has in its place.
fn open(client_name: &str) -> Result<MidiInput, BackendError> {
    // Opening a missing sequencer makes the ALSA library print to stderr: look first.
    #[cfg(target_os = "linux")]
    if !std::path::Path::new("/dev/snd/seq").exists() {
        return Err(BackendError::Absent("no ALSA sequencer (/dev/snd/seq), so no ALSA controllers".into()));
    }
    let mut input = MidiInput::new(client_name)
        .map_err(|error| BackendError::Absent(format!("the system's MIDI cannot be opened: {error}")))?;
    input.ignore(Ignore::ActiveSense);
    Ok(input)
}

/// The way to the device that is called `name`, where it listens, too.
fn listener_of(client_name: &str, name: &str) -> Option<MidiOutputConnection> {
    let output = MidiOutput::new(client_name).ok()?;
    let is_it =
        |port: &midir::MidiOutputPort| output.port_name(port).is_ok_and(|other| device_of(&other) == device_of(name));
    let port = output.ports().into_iter().find(is_it)?;
    catch_unwind(AssertUnwindSafe(|| output.connect(&port, "lights"))).ok()?.ok()
}

impl Backend for System {
    fn name(&self) -> &'static str {
        if cfg!(target_os = "linux") { "ALSA" } else { "system MIDI" }
    }

    fn sources(&mut self) -> Result<Vec<MidiSource>, BackendError> {
        let scanner = match &mut self.scanner {
            Some(scanner) => scanner,
            empty => empty.insert(open(&self.client_name)?),
        };
        let named =
            |port| Some(MidiSource { id: midir::MidiInputPort::id(&port), name: scanner.port_name(&port).ok()? });
        Ok(scanner
            .ports()
            .into_iter()
            .filter_map(named)
            .filter(|source| !source.name.contains("Midi Through"))
            .collect())
    }

    fn connect(&mut self, source: &MidiSource, port_index: usize) -> Result<(), String> {
        let place = self.connections.get_mut(port_index).ok_or("no such port")?;
        *place = None;
        let input = open(&self.client_name).map_err(|error| error.to_string())?;
        let port = input.find_port_by_id(&source.id).ok_or("it is gone again")?;
        let midi_ports = self.midi_ports.clone();
        let heard =
            move |_stamp: u64, bytes: &[u8], (): &mut ()| midi_ports.receive(port_index, midi_ports.now_us(), bytes);
        // midir unwraps when the kernel has no queue left: that must not end the watcher.
        let connection = catch_unwind(AssertUnwindSafe(|| input.connect(&port, "controller", heard, ())))
            .map_err(|_| "the driver ran out of queues".to_owned())?
            .map_err(|error| error.kind().to_string())?;
        *place = Some(connection);
        if let Some(output) = listener_of(&self.client_name, &source.name) {
            // Sending never waits: a message that comes while another is being sent is dropped.
            let output = Mutex::new(output);
            let send = move |message: &[u8]| output.try_lock().is_ok_and(|mut output| output.send(message).is_ok());
            self.midi_ports.outlets[port_index].open(Box::new(send));
        }
        Ok(())
    }

    fn disconnect(&mut self, _source: &MidiSource, port_index: usize) {
        if let Some(outlet) = self.midi_ports.outlets.get(port_index) {
            outlet.close();
        }
        if let Some(connection) = self.connections.get_mut(port_index).and_then(Option::take) {
            connection.close();
        }
    }
}
