//! JACK MIDI: one client with a fixed set of ports in and out, a pair per controller; never starts a server.
//!
//! Every other client's MIDI output is a controller; what goes back to it goes to the input of the same device. The
//! process callback runs in JACK's real-time thread and only copies bytes between JACK's buffers and [`MidiPorts`]. A
//! server that dies is noticed by the shutdown callback; the client is then forgotten, and a new one opened when a
//! server answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use jack::{
    AsyncClient, Client, ClientOptions, ClientStatus, Control, LoggerType, MidiIn, MidiOut, NotificationHandler,
    PortFlags, ProcessHandler, ProcessScope, RawMidi,
};

use super::backend::{Backend, BackendError, MidiSource};
use super::outlet::Outgoing;
use super::port::{MidiPorts, PORTS};
use crate::control::port_name::device_of;
use crate::rt::{self, Attempt, JACK_HANGS};

/// Messages that may wait for the next period, for each controller.
const QUEUE: usize = 256;
/// A server that takes longer than this to take a client hangs; its answer is looked for again later.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// Longest pause between two attempts to reach a server.
const PATIENCE: Duration = Duration::from_secs(4);

pub struct Jack {
    client_name: String,
    midi_ports: Arc<MidiPorts>,
    open: Option<Open>,
    /// The client that is being opened, which hangs when its server does.
    opening: Option<Attempt<Result<Open, String>>>,
    /// Why there is no client, while there is none.
    absent: BackendError,
    retry_at: Instant,
    pause: Duration,
}

struct Open {
    client: AsyncClient<Watch, Process>,
    /// Full names of our ports in and out, by port.
    ports: Vec<(String, String)>,
    /// What is to be sent, by port.
    outgoing: Vec<Sender<Outgoing>>,
    gone: Arc<AtomicBool>,
}

impl Open {
    /// Opens a client with all its ports. Hangs when the server does.
    fn new(client_name: &str, midi_ports: Arc<MidiPorts>) -> Result<Self, String> {
        let _turn = rt::jack_turn();
        // Every other call of the crate panics when the library is missing.
        jack::jack_sys::library().map_err(|_| "libjack is not installed, so no JACK controllers")?;
        // The library would print its own lines at every attempt.
        jack::set_logger(LoggerType::None);
        let (client, _) = Client::new(client_name, ClientOptions::NO_START_SERVER)
            .map_err(|_| "no JACK server is running, so no JACK controllers")?;
        let register = |port_index: usize| {
            let input = client.register_port(&format!("controller_{}", port_index + 1), MidiIn::default())?;
            let output = client.register_port(&format!("lights_{}", port_index + 1), MidiOut::default())?;
            let names = (input.name()?, output.name()?);
            let (sender, receiver) = bounded(QUEUE);
            Ok((names, sender, input, (output, receiver)))
        };
        let pairs: Result<Vec<_>, jack::Error> = (0..PORTS).map(register).collect();
        let (mut ports, mut outgoing, mut inputs, mut outputs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (names, sender, input, output) in pairs.map_err(|error| error.to_string())? {
            ports.push(names);
            outgoing.push(sender);
            inputs.push(input);
            outputs.push(output);
        }
        let gone = Arc::new(AtomicBool::new(false));
        let pump = Process { midi_ports, inputs, outputs };
        let client = client.activate_async(Watch(gone.clone()), pump).map_err(|error| error.to_string())?;
        Ok(Self { client, ports, outgoing, gone })
    }
}

/// Hears that the server shuts down.
struct Watch(Arc<AtomicBool>);

impl NotificationHandler for Watch {
    /// # Safety
    /// Only sets a flag, which is safe even in a signal handler.
    unsafe fn shutdown(&mut self, _status: ClientStatus, _reason: &str) {
        self.0.store(true, Ordering::Release);
    }
}

/// Carries bytes between JACK's buffers and ours, in its real-time thread: never waits, never allocates.
struct Process {
    midi_ports: Arc<MidiPorts>,
    inputs: Vec<jack::Port<MidiIn>>,
    outputs: Vec<(jack::Port<MidiOut>, Receiver<Outgoing>)>,
}

impl ProcessHandler for Process {
    fn process(&mut self, client: &Client, scope: &ProcessScope) -> Control {
        let us_per_frame = 1e6 / f64::from(client.sample_rate().max(1));
        let now_us = self.midi_ports.now_us();
        // The buffers hold the period that ended when this cycle began.
        let cycle_us = f64::from(scope.frames_since_cycle_start().saturating_add(scope.n_frames())) * us_per_frame;
        for (port_index, port) in self.inputs.iter().enumerate() {
            for event in port.iter(scope) {
                let age_us = (cycle_us - f64::from(event.time) * us_per_frame).max(0.0) as u64;
                self.midi_ports.receive(port_index, now_us.saturating_sub(age_us), event.bytes);
            }
        }
        for (port, outgoing) in &mut self.outputs {
            let mut writer = port.writer(scope);
            for message in outgoing.try_iter().take(QUEUE) {
                // A message that does not fit in the period's buffer is dropped.
                let _ = writer.write(&RawMidi { time: 0, bytes: message.bytes() });
            }
        }
        Control::Continue
    }
}

impl Jack {
    pub fn new(client_name: &str, midi_ports: Arc<MidiPorts>) -> Self {
        Self {
            client_name: client_name.into(),
            midi_ports,
            open: None,
            opening: None,
            absent: BackendError::Absent(String::new()),
            retry_at: Instant::now(),
            pause: Duration::ZERO,
        }
    }

    /// The client, opened on a thread of its own; the controllers of other drivers do not wait for a server that hangs.
    fn open(&mut self) -> Result<Open, String> {
        let (client_name, midi_ports) = (self.client_name.clone(), self.midi_ports.clone());
        // Waited for once: later it is only looked at.
        let patience = if self.opening.is_some() { Duration::ZERO } else { ANSWER_WITHIN };
        let start = || Attempt::start("jack-midi", move || Open::new(&client_name, midi_ports));
        match self.opening.get_or_insert_with(start).wait(patience) {
            Err(RecvTimeoutError::Timeout) => Err(format!("{JACK_HANGS}; no JACK controllers until then")),
            ended => {
                self.opening = None;
                ended.unwrap_or_else(|_| Err("JACK's library failed".into()))
            }
        }
    }

    /// The open client, opened now if it is time to try.
    fn client(&mut self) -> Result<&Open, BackendError> {
        if self.open.as_ref().is_some_and(|open| open.gone.load(Ordering::Acquire)) {
            // Not closed but forgotten, a few kB: libjack crashes when a client of a dead server is closed after
            // another one of this process has failed to open.
            if let Some(open) = self.open.take() {
                std::mem::forget(open);
            }
            self.pause = Duration::ZERO;
            self.absent = BackendError::Lost("the JACK server went away; waiting for it".into());
            return Err(self.absent.clone());
        }
        if self.open.is_none() {
            if Instant::now() < self.retry_at {
                return Err(self.absent.clone());
            }
            match self.open() {
                Ok(open) => self.open = Some(open),
                Err(reason) => {
                    self.pause = (self.pause * 2).clamp(Duration::from_millis(500), PATIENCE);
                    self.retry_at = Instant::now() + self.pause;
                    if matches!(self.absent, BackendError::Absent(_)) {
                        self.absent = BackendError::Absent(reason);
                    }
                }
            }
        }
        self.open.as_ref().ok_or_else(|| self.absent.clone())
    }
}

impl Backend for Jack {
    fn name(&self) -> &'static str {
        "JACK"
    }

    fn sources(&mut self) -> Result<Vec<MidiSource>, BackendError> {
        let open = self.client()?;
        let _turn = rt::jack_turn();
        let client = open.client.as_client();
        let own = format!("{}:", client.name());
        let named = |id: String| {
            // Hardware is called `system:midi_capture_1`; what it is stands in the aliases.
            let aliases = client.port_by_name(&id).and_then(|port| port.aliases().ok()).unwrap_or_default();
            let name = std::iter::once(id.clone()).chain(aliases).collect::<Vec<_>>().join(" ");
            MidiSource { id, name }
        };
        let outputs = client.ports(None, Some("8 bit raw midi"), PortFlags::IS_OUTPUT);
        let playable =
            |id: &String| !id.starts_with(&own) && !id.contains("Midi Through") && !id.contains("Midi-Through");
        Ok(outputs.into_iter().filter(playable).map(named).collect())
    }

    fn connect(&mut self, source: &MidiSource, port_index: usize) -> Result<(), String> {
        let open = self.open.as_ref().ok_or("the server is gone")?;
        let (input, output) = open.ports.get(port_index).ok_or("no such port")?;
        let client = open.client.as_client();
        match client.connect_ports_by_name(&source.id, input) {
            Ok(()) | Err(jack::Error::PortAlreadyConnected(..)) => {}
            Err(error) => return Err(error.to_string()),
        }
        // A device without an input port is played all the same, without a way back.
        if let Some(listens) = listener_of(client, &source.id)
            && client.connect_ports_by_name(output, &listens).is_ok()
        {
            let outgoing = open.outgoing[port_index].clone();
            let send = move |message: &[u8]| outgoing.try_send(Outgoing::new(message)).is_ok();
            self.midi_ports.outlets[port_index].open(Box::new(send));
        }
        Ok(())
    }

    fn disconnect(&mut self, source: &MidiSource, port_index: usize) {
        self.midi_ports.outlets[port_index].close();
        let Some(open) = &self.open else { return };
        let (Some((input, output)), client) = (open.ports.get(port_index), open.client.as_client()) else { return };
        // Fails when the source is gone, and with it the connection.
        let _ = client.disconnect_ports_by_name(&source.id, input);
        if let Some(listens) = listener_of(client, &source.id) {
            let _ = client.disconnect_ports_by_name(output, &listens);
        }
    }
}

/// The port that listens for the device that `source` sends for: by the aliases that drivers give both, or else by
/// name.
fn listener_of(client: &Client, source: &str) -> Option<String> {
    let devices = |id: &str| -> Vec<String> {
        let aliases = client.port_by_name(id).and_then(|port| port.aliases().ok()).unwrap_or_default();
        if aliases.is_empty() { vec![device_of(id)] } else { aliases.iter().map(|alias| device_of(alias)).collect() }
    };
    let (own, wanted) = (format!("{}:", client.name()), devices(source));
    let all = client.ports(None, Some("8 bit raw midi"), PortFlags::IS_INPUT);
    all.into_iter()
        .filter(|id| !id.starts_with(&own))
        .find(|id| devices(id).iter().any(|device| wanted.contains(device)))
}
