//! JACK MIDI: one client with a fixed set of input ports, one per port_index; never starts a server.
//!
//! Every other client's MIDI output is a controller. The process callback runs in JACK's real-time thread and
//! only hands bytes to the midi_ports. A server that dies is noticed by its shutdown callback; the client is then
//! closed and opened again when a server answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jack::{
    AsyncClient, Client, ClientOptions, ClientStatus, Control, LoggerType, MidiIn, NotificationHandler, PortFlags,
    ProcessHandler, ProcessScope,
};

use super::backend::{Backend, BackendError, Source};
use super::port::{MidiPorts, PORTS};
use crate::rt;

/// Longest pause between two attempts to reach a server.
const PATIENCE: Duration = Duration::from_secs(4);

pub struct Jack {
    client_name: String,
    midi_ports: Arc<MidiPorts>,
    open: Option<Open>,
    /// Why there is no client, while there is none.
    absent: BackendError,
    retry_at: Instant,
    pause: Duration,
}

struct Open {
    client: AsyncClient<Watch, Process>,
    /// Full names of our ports, by port_index.
    ports: Vec<String>,
    gone: Arc<AtomicBool>,
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

/// Carries bytes from JACK's buffers to the midi_ports.
struct Process {
    midi_ports: Arc<MidiPorts>,
    ports: Vec<jack::Port<MidiIn>>,
}

impl ProcessHandler for Process {
    fn process(&mut self, client: &Client, scope: &ProcessScope) -> Control {
        let us_per_frame = 1e6 / f64::from(client.sample_rate().max(1));
        let now_us = self.midi_ports.now_us();
        // The buffers hold the period that ended when this cycle began.
        let cycle_us = f64::from(scope.frames_since_cycle_start().saturating_add(scope.n_frames())) * us_per_frame;
        for (port_index, port) in self.ports.iter().enumerate() {
            for event in port.iter(scope) {
                let age_us = (cycle_us - f64::from(event.time) * us_per_frame).max(0.0) as u64;
                self.midi_ports.receive(port_index, now_us.saturating_sub(age_us), event.bytes);
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
            absent: BackendError::Absent(String::new()),
            retry_at: Instant::now(),
            pause: Duration::ZERO,
        }
    }

    fn open(&self) -> Result<Open, String> {
        // Every other call of the crate panics when the library is missing.
        jack::jack_sys::library().map_err(|_| "libjack is not installed, so no JACK controllers")?;
        // The library would print its own lines at every attempt.
        jack::set_logger(LoggerType::None);
        let (client, _) = Client::new(&self.client_name, ClientOptions::NO_START_SERVER)
            .map_err(|_| "no JACK server is running, so no JACK controllers")?;
        let register =
            |port_index: usize| client.register_port(&format!("controller_{}", port_index + 1), MidiIn::default());
        let inputs: Vec<_> = (0..PORTS).map(register).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        let ports = inputs.iter().map(jack::Port::name).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        let gone = Arc::new(AtomicBool::new(false));
        let pump = Process { midi_ports: self.midi_ports.clone(), ports: inputs };
        let client = client.activate_async(Watch(gone.clone()), pump).map_err(|error| error.to_string())?;
        Ok(Open { client, ports, gone })
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

    fn sources(&mut self) -> Result<Vec<Source>, BackendError> {
        let _turn = rt::jack_turn();
        let open = self.client()?;
        let client = open.client.as_client();
        let own = format!("{}:", client.name());
        let named = |id: String| {
            // Hardware is called `system:midi_capture_1`; what it is stands in the aliases.
            let aliases = client.port_by_name(&id).and_then(|port| port.aliases().ok()).unwrap_or_default();
            let name = std::iter::once(id.clone()).chain(aliases).collect::<Vec<_>>().join(" ");
            Source { id, name }
        };
        let outputs = client.ports(None, Some("8 bit raw midi"), PortFlags::IS_OUTPUT);
        let playable =
            |id: &String| !id.starts_with(&own) && !id.contains("Midi Through") && !id.contains("Midi-Through");
        Ok(outputs.into_iter().filter(playable).map(named).collect())
    }

    fn connect(&mut self, source: &Source, port_index: usize) -> Result<(), String> {
        let open = self.open.as_ref().ok_or("the server is gone")?;
        let port = open.ports.get(port_index).ok_or("no such port_index")?;
        match open.client.as_client().connect_ports_by_name(&source.id, port) {
            Ok(()) | Err(jack::Error::PortAlreadyConnected(..)) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn disconnect(&mut self, source: &Source, port_index: usize) {
        let Some(open) = &self.open else { return };
        if let Some(port) = open.ports.get(port_index) {
            // Fails when the source is gone, and with it the connection.
            let _ = open.client.as_client().disconnect_ports_by_name(&source.id, port);
        }
    }
}
