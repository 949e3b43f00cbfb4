//! Everything that comes in, listened to at the same time: the line, controllers, OSC, tempo.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;

use super::Args;
use super::hum;
use super::verdict::{Findings, Verdict};
use crate::audio::{
    self, Choice, Features, Input, ListenSettings, Listener, TAP_CHANNELS, TAP_RATE_HZ, TapReader, Watcher,
};
use crate::control::mapping::{Library, Mapping};
use crate::control::midi::Overheard;
use crate::control::{
    ControlConfig, ControlInput, Controls, DecksConfig, LINK_PORT, LinkConfig, Midi, MidiConfig, Newest,
};
use crate::rt;
use crate::show::Show;
use crate::tempo::prolink::{Ports, Presence};
use crate::units::Seconds;

/// How often everything is looked at.
const STEP: Duration = Duration::from_millis(3);
/// How often the meter is drawn.
const METER_S: f64 = 0.1;
/// How long the controls may take to leave.
const LEAVE: Duration = Duration::from_secs(2);
/// Loud enough to hear a beat in, and so loud that the input is nearly overdriven; levels in dBFS.
const QUIET_DBFS: f32 = -50.0;
const HOT_DBFS: f32 = -1.0;
/// Messages that may wait to be counted.
const WAITING: usize = 4096;

/// Listens for `seconds` and says what came; whether the OSC port can be had.
///
/// # Errors
/// When the answer cannot be written.
pub fn check(args: &Args, show: &Show, seconds: f64, findings: &mut Findings) -> anyhow::Result<bool> {
    let mut ears = Ears::open(args, findings)?;
    let mut hands = Hands::open(args, show, findings)?;
    let began = Instant::now();
    let mut drawn = 0.0;
    while began.elapsed().as_secs_f64() < seconds {
        let now = Seconds(began.elapsed().as_secs_f64());
        ears.step(now);
        hands.step(now);
        if now.0 - drawn >= METER_S {
            drawn = now.0;
            ears.meter();
        }
        std::thread::sleep(STEP);
    }
    ears.tell(findings)?;
    let has_osc = hands.osc.is_some();
    hands.tell(ears.bpm(), findings)?;
    Ok(has_osc)
}

/// The line-in.
struct Ears {
    listener: Option<Listener>,
    tap: TapReader,
    samples: Vec<f32>,
    mono: Vec<f32>,
    watcher: Watcher,
    heard: Features,
    peak_dbfs: f32,
    loudest_dbfs: f32,
    description: String,
    is_device: bool,
    began: Instant,
}

impl Ears {
    fn open(args: &Args, findings: &mut Findings) -> anyhow::Result<Self> {
        let opened = args.audio.parse::<Choice>().and_then(|choice| audio::open(&choice, args.audio_channels));
        let input: Option<Input> = match opened {
            Ok(input) => input,
            Err(error) => {
                findings.say("line-in", Verdict::No, error.to_string())?;
                None
            }
        };
        let description = input.as_ref().map_or_else(String::new, |input| input.description().to_owned());
        let is_device = input.as_ref().is_some_and(Input::is_device);
        let (tap, reader) = audio::tap(false);
        let listener = input.map(|input| {
            let mut listener = Listener::new(Some(input));
            listener.set_tap(Some(tap));
            listener
        });
        Ok(Self {
            listener,
            tap: reader,
            samples: Vec::new(),
            mono: Vec::new(),
            watcher: Watcher::default(),
            heard: Features::default(),
            peak_dbfs: -100.0,
            loudest_dbfs: -100.0,
            description,
            is_device,
            began: Instant::now(),
        })
    }

    fn step(&mut self, now: Seconds) {
        let Some(listener) = &mut self.listener else { return };
        self.heard = listener.step(now, ListenSettings::default());
        self.watcher.step(&self.heard, &mut |_| {});
        self.peak_dbfs = self.peak_dbfs.max(self.heard.peak_dbfs);
        self.loudest_dbfs = self.loudest_dbfs.max(self.heard.level_dbfs);
        self.samples.clear();
        self.tap.read(&mut self.samples);
        self.mono.extend(self.samples.chunks_exact(TAP_CHANNELS).map(|frame| frame.iter().sum::<f32>() / 2.0));
    }

    /// A bar to set the mixer by, on a terminal.
    fn meter(&self) {
        if self.listener.is_some() && rt::terminal::is_terminal() {
            let filled = ((self.heard.level_dbfs + 60.0) / 3.0).clamp(0.0, 20.0) as usize;
            let flag = if self.heard.clip { "CLIP" } else { "" };
            rt::terminal::status(format!("line-in {:<20} {:5.1} dB {flag}", "#".repeat(filled), self.heard.level_dbfs));
        }
    }

    /// What the ears say of the beat, when there is one.
    fn bpm(&self) -> Option<f64> {
        self.heard.pulse.is_sure().then(|| f64::from(self.heard.pulse.bpm()))
    }

    fn tell(&self, findings: &mut Findings) -> anyhow::Result<()> {
        const LINE: &str = "line-in";
        if self.listener.is_none() {
            let says = "none was found: a synthetic track would play; plug the mixer's record or booth output in";
            return findings.say(LINE, Verdict::Care, says);
        }
        let (loud, peak) = (self.loudest_dbfs, self.peak_dbfs);
        let level = format!("{}: {loud:.0} dBFS at its loudest, peaks to {peak:.0}", self.description);
        let verdict = if loud < QUIET_DBFS { Verdict::Care } else { Verdict::Good };
        let hint = if loud < QUIET_DBFS { "; that is next to nothing: check cable and mixer output" } else { "" };
        findings.say(LINE, verdict, level + hint)?;
        if !self.is_device {
            findings.say(LINE, Verdict::Care, "that is a track of this machine, not the room's music")?;
        }
        let took_s = self.began.elapsed().as_secs_f64();
        let audio::Notice::Summary { clipped, dc, inverted, .. } = self.watcher.summary(&self.heard, took_s) else {
            return Ok(());
        };
        let faults = [
            (clipped || peak > HOT_DBFS, "it clips: turn it down at the mixer"),
            (dc, "it stands off zero: try another input or cable"),
            (inverted, "one cable is wired the wrong way round: left and right cancel out"),
        ];
        for (_, says) in faults.into_iter().filter(|(is, _)| *is) {
            findings.say(LINE, Verdict::Care, says)?;
        }
        if let Some((mains, dbfs)) = hum::find(&self.mono, TAP_RATE_HZ) {
            let says = format!("it hums at {mains} Hz, {dbfs:.0} dBFS: a ground loop; try a DI box or another socket");
            findings.say(LINE, Verdict::Care, says)?;
        }
        Ok(())
    }
}

/// Controllers, OSC and tempo.
struct Hands {
    controls: Option<Controls>,
    overheard: crossbeam_channel::Receiver<Overheard>,
    osc: Option<UdpSocket>,
    osc_at: String,
    /// Datagrams by sender.
    peers: BTreeMap<IpAddr, u64>,
    /// Ports that something came from, and messages of each.
    moved: BTreeMap<usize, u64>,
    tempo: BTreeSet<&'static str>,
}

impl Hands {
    fn open(args: &Args, show: &Show, findings: &mut Findings) -> anyhow::Result<Self> {
        let began = Instant::now();
        let clock: Arc<dyn Fn() -> Seconds + Send + Sync> = Arc::new(move || Seconds(began.elapsed().as_secs_f64()));
        let (monitor, overheard) = bounded(WAITING);
        let named = show.mapping.as_deref().and_then(|path| match Mapping::load(path) {
            Ok(mapping) => Some(mapping),
            Err(error) => {
                tracing::warn!("{error}");
                None
            }
        });
        let midi = MidiConfig {
            client_name: "Halation checks".into(),
            library: Arc::new(Library::with(named)),
            monitor: Some(monitor),
            ..MidiConfig::default()
        };
        let link = LinkConfig { carabiner: ([127, 0, 0, 1], LINK_PORT).into(), clock: clock.clone() };
        let presence = show.tempo.prolink.unwrap_or_default();
        let decks =
            (presence != Presence::Off).then(|| DecksConfig { ports: Ports::default(), announce: false, clock });
        let config = ControlConfig { midi: Some(midi), link: Some(link), decks, ..ControlConfig::default() };
        let controls = Controls::open(config, Newest::still()).map_err(|error| tracing::warn!("{error}")).ok();
        let (osc, osc_at) = open_osc(args, findings)?;
        let (peers, moved, tempo) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Ok(Self { controls, overheard, osc, osc_at, peers, moved, tempo })
    }

    fn step(&mut self, now: Seconds) {
        let tempo = &mut self.tempo;
        if let Some(controls) = &mut self.controls {
            controls.drain(now, &mut |input| match input {
                ControlInput::Clock { .. } => drop(tempo.insert("MIDI clock")),
                ControlInput::Beat { source, .. } => drop(tempo.insert(source.name())),
                ControlInput::Deck { .. } | ControlInput::DeckPosition { .. } => drop(tempo.insert("prolink")),
                ControlInput::Event(_) | ControlInput::Controller { .. } => {}
            });
        }
        for message in self.overheard.try_iter() {
            *self.moved.entry(message.port_index).or_default() += u64::from(message.is_played());
        }
        let mut buffer = [0; 2048];
        while let Some((_, from)) = self.osc.as_ref().and_then(|osc| osc.recv_from(&mut buffer).ok()) {
            *self.peers.entry(from.ip().to_canonical()).or_default() += 1;
        }
    }

    fn tell(mut self, heard_bpm: Option<f64>, findings: &mut Findings) -> anyhow::Result<()> {
        self.tell_controllers(findings)?;
        if self.osc.is_some() {
            let peers: Vec<String> = self.peers.iter().map(|(ip, count)| format!("{ip} ({count} messages)")).collect();
            match peers.as_slice() {
                [] => findings.say("OSC", Verdict::Good, format!("{}: nobody sent anything yet", self.osc_at))?,
                peers => findings.say("OSC", Verdict::Good, format!("{}: {}", self.osc_at, peers.join(", ")))?,
            }
        }
        let mut tempo: Vec<String> = self.tempo.iter().map(ToString::to_string).collect();
        tempo.extend(heard_bpm.map(|bpm| format!("the ears, {bpm:.1} bpm")));
        match tempo.as_slice() {
            [] => findings.say("tempo", Verdict::Care, "from nowhere: no clock, no deck and no beat was heard; tap it"),
            tempo => findings.say("tempo", Verdict::Good, tempo.join(", ")),
        }?;
        if let Some(controls) = self.controls.take()
            && !controls.close(LEAVE)
        {
            tracing::debug!("the controls did not let go in time");
        }
        Ok(())
    }

    fn tell_controllers(&self, findings: &mut Findings) -> anyhow::Result<()> {
        const HANDS: &str = "controller";
        let Some(midi) = self.controls.as_ref().and_then(Controls::midi) else { return Ok(()) };
        let ports = midi.ports();
        if ports.is_empty() {
            return findings.say(HANDS, Verdict::Care, "none; one that is plugged in later is found at once");
        }
        for port in &ports {
            let index =
                (0..).take(crate::control::midi::PORTS).find(|k| named(midi, *k).as_deref() == Some(&*port.name));
            let count = index.and_then(|k| self.moved.get(&k)).copied().unwrap_or_default();
            let (name, mapping) = (&port.name, &port.mapping);
            let (verdict, says) = match count {
                0 => (Verdict::Care, "nothing came from it: move a knob"),
                _ => (Verdict::Good, "it answers"),
            };
            findings.say(HANDS, verdict, format!("{name} plays as {mapping}: {says}"))?;
        }
        Ok(())
    }
}

fn named(midi: &Midi, index: usize) -> Option<String> {
    midi.played(index).map(|(name, _)| name)
}

/// The OSC port, taken for the time of the check.
fn open_osc(args: &Args, findings: &mut Findings) -> anyhow::Result<(Option<UdpSocket>, String)> {
    if args.osc == "off" {
        return Ok((None, String::new()));
    }
    let bound = args.osc.parse::<crate::control::osc::Listen>().map_err(|error| error.to_string()).and_then(|listen| {
        let socket = UdpSocket::bind(listen.address).map_err(|error| {
            let why = match error.kind() {
                ErrorKind::AddrInUse => "is used by another program: close it, or choose another port".to_owned(),
                ErrorKind::AddrNotAvailable => "is no address of this machine; try lan".to_owned(),
                _ => format!("cannot be listened on ({error})"),
            };
            format!("{} {why}", listen.address)
        })?;
        socket.set_nonblocking(true).map_err(|error| error.to_string())?;
        Ok((socket, listen))
    });
    match bound {
        Ok((socket, listen)) => {
            let tablet = listen.lan.then(crate::control::osc::lan_address).flatten();
            let at = match tablet {
                Some(ip) => format!("type {ip}:{} into the tablet", listen.address.port()),
                None => format!("at {}", listen.address),
            };
            Ok((Some(socket), at))
        }
        Err(says) => {
            findings.say("OSC", Verdict::No, says)?;
            Ok((None, String::new()))
        }
    }
}
