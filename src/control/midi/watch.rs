//! The watcher: looks for ports that came or went, chooses their mapping, connects and disconnects.
//!
//! Its own thread, once a second, so that slow drivers never hold up the conductor. Tells the conductor side
//! over a small queue which port now plays through which mapping.

use std::fs::DirEntry;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;

use super::Port;
use super::backend::{Backend, BackendError, MidiSource};
use super::port::{MidiPorts, PORTS};
use crate::control::mapping::{Library, Mapping};
use crate::control::port_name::normalised;
use crate::rt::{self, Stop};

/// A port must be seen in two scans this far apart before it is opened: some devices appear in two steps.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// The port plays through `mapping` from now on, or is free.
pub struct PortAssignment {
    pub port_index: usize,
    pub mapping: Option<Arc<Mapping>>,
}

/// What the watcher tells everybody else.
#[derive(Default)]
pub struct WatchStatus {
    /// With their places.
    ports: Mutex<Vec<(usize, Port)>>,
    pub ports_lost: AtomicU64,
    pub ports_found: AtomicU64,
    pub drivers_lost: AtomicU64,
    pub drivers_found: AtomicU64,
}

impl WatchStatus {
    pub fn ports(&self) -> Vec<(usize, Port)> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A port that is connected.
struct Taken {
    backend: usize,
    source: MidiSource,
    mapping: Arc<Mapping>,
}

/// A driver and what was last said about it.
struct Driver {
    backend: Box<dyn Backend>,
    /// Sources of the last scan that are not connected yet.
    waiting: Vec<MidiSource>,
    /// Sources that could not be connected: said once, tried again when they reappear.
    refused: Vec<MidiSource>,
    absent: Option<BackendError>,
    was_lost: bool,
}

pub struct PortWatcher {
    drivers: Vec<Driver>,
    midi_ports: Arc<MidiPorts>,
    assignments: rt::Sender<PortAssignment>,
    library: Arc<ArcSwap<Library>>,
    playing: Arc<Library>,
    taken: [Option<Taken>; PORTS],
    status: Arc<WatchStatus>,
    scan_every: Duration,
    /// As of the last scan.
    user_files: Option<Vec<(PathBuf, SystemTime)>>,
}

/// The user's mapping files, and when each was written.
fn user_files() -> Vec<(PathBuf, SystemTime)> {
    let entries = Library::user_folder().and_then(|folder| std::fs::read_dir(folder).ok());
    let written = |entry: DirEntry| Some((entry.path(), entry.metadata().ok()?.modified().ok()?));
    let mut files: Vec<_> = entries.into_iter().flatten().flatten().filter_map(written).collect();
    files.retain(|(path, _)| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    files
}

impl PortWatcher {
    pub fn new(
        backends: Vec<Box<dyn Backend>>,
        midi_ports: Arc<MidiPorts>,
        assignments: rt::Sender<PortAssignment>,
        library: Arc<ArcSwap<Library>>,
        status: Arc<WatchStatus>,
        scan_every: Duration,
    ) -> Self {
        let driver =
            |backend| Driver { backend, waiting: Vec::new(), refused: Vec::new(), absent: None, was_lost: false };
        let playing = library.load_full();
        let taken = std::array::from_fn(|_| None);
        let drivers = backends.into_iter().map(driver).collect();
        Self { drivers, midi_ports, assignments, library, playing, taken, status, scan_every, user_files: None }
    }

    /// Scans until told to stop, then lets go of every port.
    pub fn run(&mut self, stop: &Stop) {
        while !stop.is_set() {
            let pause = if self.scan() { self.scan_every.min(DEBOUNCE) } else { self.scan_every };
            let mut waited = Duration::ZERO;
            while waited < pause && !stop.is_set() {
                let nap = Duration::from_millis(20).min(pause - waited);
                std::thread::sleep(nap);
                waited += nap;
            }
        }
        for port_index in 0..PORTS {
            self.unplug(port_index);
        }
    }

    /// Compares the ports with those connected; true when something new waits for its second look.
    pub fn scan(&mut self) -> bool {
        self.follow_user();
        self.follow_library();
        let mut pending = false;
        for index in 0..self.drivers.len() {
            let found = self.drivers[index].backend.sources();
            let sources = self.report(index, found);
            for port_index in 0..PORTS {
                let gone = |taken: &Taken| taken.backend == index && !sources.contains(&taken.source);
                if self.taken[port_index].as_ref().is_some_and(gone) {
                    self.lose(port_index);
                }
            }
            pending |= self.take_new(index, sources);
        }
        pending
    }

    /// Says once that a driver is missing, lost or back; no sources then.
    fn report(&mut self, index: usize, found: Result<Vec<MidiSource>, BackendError>) -> Vec<MidiSource> {
        let driver = &mut self.drivers[index];
        let name = driver.backend.name();
        match found {
            Ok(sources) => {
                if driver.absent.take().is_some() && std::mem::take(&mut driver.was_lost) {
                    tracing::info!("MIDI: {name} is back");
                    self.status.drivers_found.fetch_add(1, Ordering::Relaxed);
                }
                sources
            }
            Err(error) => {
                if driver.absent.as_ref() != Some(&error) {
                    if let BackendError::Lost(_) = error {
                        tracing::warn!("MIDI: {error}");
                        driver.was_lost = true;
                        self.status.drivers_lost.fetch_add(1, Ordering::Relaxed);
                    } else {
                        tracing::info!("MIDI: {error}");
                    }
                    driver.absent = Some(error);
                }
                Vec::new()
            }
        }
    }

    /// Connects sources seen twice; true when others wait for that.
    fn take_new(&mut self, index: usize, sources: Vec<MidiSource>) -> bool {
        let connected = |source: &MidiSource| {
            let same_name = |other: &str| normalised(other) == normalised(&source.name);
            self.taken.iter().flatten().any(|taken| match taken.backend == index {
                true => taken.source == *source,
                // The same device through another driver would be played twice.
                false => same_name(&taken.source.name),
            })
        };
        let new: Vec<MidiSource> = sources.iter().filter(|source| !connected(source)).cloned().collect();
        let driver = &mut self.drivers[index];
        driver.refused.retain(|source| sources.contains(source));
        let (ready, waiting): (Vec<_>, Vec<_>) = new
            .into_iter()
            .filter(|source| !driver.refused.contains(source) && !self.playing.leaves_alone(&source.name))
            .partition(|source| driver.waiting.contains(source));
        let pending = !waiting.is_empty();
        driver.waiting = waiting;
        for source in ready {
            self.plug(index, source);
        }
        pending
    }

    fn plug(&mut self, index: usize, source: MidiSource) {
        let Some(port_index) = self.taken.iter().position(Option::is_none) else {
            tracing::warn!("MIDI: {} stays unheard, {PORTS} controllers are the most", source.name);
            self.drivers[index].refused.push(source);
            return;
        };
        let mapping = self.playing.for_port(&source.name);
        // The table must queue what counts, and the conductor must know the mapping, before the first message.
        self.midi_ports.tables[port_index].prepare(&mapping.queued_controllers());
        self.assignments.send(PortAssignment { port_index, mapping: Some(mapping.clone()) });
        let driver = &mut self.drivers[index];
        if let Err(reason) = driver.backend.connect(&source, port_index) {
            tracing::warn!("MIDI: {} cannot be opened: {reason}", source.name);
            self.assignments.send(PortAssignment { port_index, mapping: None });
            driver.refused.push(source);
            return;
        }
        tracing::info!("MIDI: {} plays as {} ({})", source.name, mapping.name, driver.backend.name());
        self.taken[port_index] = Some(Taken { backend: index, source, mapping });
        self.status.ports_found.fetch_add(1, Ordering::Relaxed);
        self.publish();
    }

    fn lose(&mut self, port_index: usize) {
        if let Some(taken) = &self.taken[port_index] {
            tracing::warn!("MIDI: {} went away; waiting for it", taken.source.name);
            self.status.ports_lost.fetch_add(1, Ordering::Relaxed);
        }
        self.unplug(port_index);
    }

    fn unplug(&mut self, port_index: usize) {
        if let Some(taken) = self.taken[port_index].take() {
            self.drivers[taken.backend].backend.disconnect(&taken.source, port_index);
            self.assignments.send(PortAssignment { port_index, mapping: None });
            self.publish();
        }
    }

    /// Reads the user's mappings again when one of them was changed: `halation learn` counts at once.
    fn follow_user(&mut self) {
        let files = user_files();
        if self.user_files.replace(files.clone()).is_some_and(|before| before != files) {
            self.library.store(Arc::new(self.library.load().with_user_anew()));
        }
    }

    /// Lets connected ports play through an edited library.
    fn follow_library(&mut self) {
        let library = self.library.load_full();
        if Arc::ptr_eq(&library, &self.playing) {
            return;
        }
        self.playing = library;
        for (port_index, taken) in self.taken.iter_mut().enumerate() {
            let Some(taken) = taken else { continue };
            let mapping = self.playing.for_port(&taken.source.name);
            if Arc::ptr_eq(&mapping, &taken.mapping) {
                continue;
            }
            taken.mapping = mapping.clone();
            self.midi_ports.tables[port_index].prepare(&mapping.queued_controllers());
            self.assignments.send(PortAssignment { port_index, mapping: Some(mapping) });
        }
        self.publish();
    }

    fn publish(&self) {
        let port = |taken: &Taken| Port {
            name: taken.source.name.clone(),
            driver: self.drivers[taken.backend].backend.name(),
            mapping: taken.mapping.name.clone(),
        };
        let taken = self.taken.iter().enumerate();
        let ports = taken.filter_map(|(port_index, taken)| Some((port_index, port(taken.as_ref()?)))).collect();
        *self.status.ports.lock().unwrap_or_else(PoisonError::into_inner) = ports;
    }
}
