//! The conductor with its inputs: controls (MIDI, OSC, decks), a replay, audio features, and edits of the show file.
//!
//! Ticked by the conductor thread at more than 500 Hz, or by the stepped runner every 2 ms of virtual time.

use serde_json::json;

use super::changeover::{Changeover, TakenOver};
use super::input_router::InputRouter;
use super::latency::ImageLatency;
use super::pace::WallPace;
use super::patches::Patches;
use super::replay::Replay;
use super::trace::Trace;
use crate::audio::Features;
use crate::conductor::Conductor;
use crate::control::{ControlCounts, Controls, Midi};
use crate::dream::{Sequence, TextBoard};
use crate::param::{self, Snapshot};
use crate::rt::Receiver;
use crate::show::{self, Show};
use crate::telemetry::{Faults, Kind, values};
use crate::tempo::Clock;
use crate::units::Seconds;

/// How often edits and the control threads' faults are looked at.
const LOOK_S: f64 = 0.5;
/// How often a trace tells parameters and features.
const TRACE_S: f64 = 0.1;

pub struct Desk {
    pub router: InputRouter,
    pub controls: Option<Controls>,
    texts: TextBoard,
    edits: Option<Receiver<show::ShowChange>>,
    looked: Seconds,
    told: Seconds,
    faults: Faults,
    control_faults: ControlFaults,
    latency: ImageLatency,
    sequence: Sequence,
    pace: WallPace,
    trace: Trace,
    replay: Replay,
    changeover: Option<Changeover>,
}

/// State of the control threads' fault counters at the last look.
#[derive(Default)]
struct ControlFaults {
    /// Most MIDI ports connected at a time, and drivers lost for good, both since the last acknowledgement.
    most_ports: u64,
    drivers_gone: u64,
    /// How often `master.acknowledge` has fired.
    acknowledged: u32,
    /// Seconds so far in which more OSC arrived than can be obeyed.
    overloads: u64,
}

impl ControlFaults {
    /// `acknowledged` counts how often somebody said that what is lost now is lost for good.
    fn note(&mut self, controls: &Controls, acknowledged: u32, faults: &Faults) {
        let counts = controls.counts();
        faults.set(Kind::BadControl, counts.malformed, true);
        let over = counts.overloads > self.overloads;
        faults.set(Kind::Overload, counts.overloads, !over);
        self.overloads = counts.overloads;
        let midi = controls.midi().map(Midi::counts).unwrap_or_default();
        // `ports_found` counts first connections, too: recovered when as many ports are present as ever were.
        let present = midi.ports_found.saturating_sub(midi.ports_lost);
        self.most_ports = self.most_ports.max(present);
        let away = midi.drivers_lost.saturating_sub(midi.drivers_found);
        self.drivers_gone = self.drivers_gone.min(away);
        if std::mem::replace(&mut self.acknowledged, acknowledged) != acknowledged {
            (self.most_ports, self.drivers_gone) = (present, away);
        }
        let back = away <= self.drivers_gone && present >= self.most_ports;
        faults.set(Kind::MidiLost, midi.drivers_lost + midi.ports_lost, back);
    }
}

/// What a desk is made of.
pub struct Inputs {
    pub conductor: Conductor,
    pub controls: Option<Controls>,
    pub texts: TextBoard,
    /// Edits of the show files.
    pub edits: Option<Receiver<show::ShowChange>>,
    pub replay: Replay,
    pub faults: Faults,
    pub latency: ImageLatency,
    pub sequence: Sequence,
    pub pace: WallPace,
    pub trace: Trace,
    pub patches: Patches,
    /// The way to other shows.
    pub changeover: Option<Changeover>,
}

impl Desk {
    pub fn new(inputs: Inputs) -> Self {
        let Inputs {
            conductor,
            controls,
            texts,
            edits,
            replay,
            faults,
            latency,
            sequence,
            pace,
            trace,
            patches,
            changeover,
        } = inputs;
        Self {
            router: InputRouter::new(conductor, patches, trace.clone()),
            controls,
            texts,
            edits,
            looked: Seconds(0.0),
            told: Seconds(0.0),
            faults,
            control_faults: ControlFaults::default(),
            latency,
            sequence,
            pace,
            trace,
            replay,
            changeover,
        }
    }

    /// Applies everything that happened since the last tick and moves on to `now`.
    pub fn tick(&mut self, now: Seconds, features: &Features) -> &Snapshot {
        while let Some(input) = self.replay.due(now) {
            self.router.route(&input);
        }
        if let Some(controls) = &mut self.controls {
            controls.listen_to(self.router.conductor.scheduled_controllers());
            controls.drain(now, &mut |input| self.router.route(&input));
        }
        self.router.patch();
        self.change_over(now);
        if now.since(self.looked) >= LOOK_S {
            self.looked = now;
            self.look_at_show();
            if let Some(controls) = &self.controls {
                let acknowledged = self.router.conductor.snapshot().triggers[param::MASTER_ACKNOWLEDGE.index()];
                self.control_faults.note(controls, acknowledged, &self.faults);
            }
        }
        let conductor = &mut self.router.conductor;
        if let Some(decks) = self.controls.as_ref().and_then(Controls::decks) {
            decks.pin(conductor.snapshot().unmodulated.whole(param::TEMPO_DECK) as u8);
        }
        conductor.set_shown_seed(self.sequence.seed());
        conductor.set_held_percent(self.pace.held_percent());
        conductor.set_image_latency(self.latency.usual.seconds(), self.latency.cut.seconds());
        self.tell(now, features);
        self.router.conductor.step(now, features);
        let conductor = &self.router.conductor;
        let snapshot = conductor.snapshot();
        if let Some(controls) = &mut self.controls {
            controls.paint(now, snapshot, conductor.clock().at(snapshot.music_at(now)));
        }
        snapshot
    }

    /// Writes parameters and features to the trace, when there is one.
    fn tell(&mut self, now: Seconds, features: &Features) {
        if !self.trace.is_on() || now.since(self.told) < TRACE_S {
            return;
        }
        self.told = now;
        let Features { low, mid, high, kick, energy, level_dbfs, pulse, passage, .. } = *features;
        let heard = json!({ "low": low, "mid": mid, "high": high, "kick": kick, "energy": energy, "level_dbfs": level_dbfs,
                "bpm": pulse.bpm(), "beat_confidence": pulse.confidence, "section": passage.section.name(), "build": passage.build,
                "drops": passage.drops });
        self.trace.say(now, "features", heard);
        self.trace.say(now, "parameters", json!({ "effective": values(&self.router.conductor.snapshot().effective) }));
    }

    fn look_at_show(&mut self) {
        let Some(show::ShowChange { of, show }) = self.edits.as_ref().and_then(Receiver::next) else { return };
        // An edit of a show that plays no more.
        if self.changeover.as_ref().is_some_and(|changeover| !changeover.plays(&of)) {
            return;
        }
        match show {
            Some(show) => self.adopt(&show),
            None => drop(self.faults.happened(Kind::ShowFile)),
        }
    }

    /// Takes over another show when one is ready that was wished for.
    fn change_over(&mut self, now: Seconds) {
        let Some(changeover) = &mut self.changeover else { return };
        let conductor = &mut self.router.conductor;
        let snapshot = conductor.snapshot();
        let left = snapshot.old_mix.iter().sum::<f32>() + snapshot.gliding;
        changeover.count(snapshot.triggers[param::SHOW_NEXT.index()]);
        if changeover.settle(&self.texts, left, now) {
            conductor.settle();
        }
        if let Some(name) = self.router.wished_show.take() {
            changeover.load(&name);
        }
        let Some(TakenOver { show, shelf }) = changeover.take(&self.texts, now) else { return };
        // What was wrong with the file of the show before is nobody's trouble any more.
        self.faults.recovered(Kind::ShowFile);
        conductor.change_over(&show.settings, show.banks.banks.len(), &shelf, now);
        if let Some(osc) = self.controls.as_ref().and_then(Controls::osc) {
            osc.access().set_texts(show.remote_text, show.blocked_words.clone());
        }
    }

    fn adopt(&mut self, show: &Show) {
        match self.changeover.as_mut().and_then(|changeover| changeover.edited(show.banks.banks.len())) {
            Some(before) => {
                self.router.conductor.recount_banks(before, show.banks.banks.len());
                self.texts.reload_before(show.banks.clone(), before)
            }
            None => self.texts.reload(show.banks.clone()),
        };
        self.router.conductor.adopt(&show.settings);
        if let Some(osc) = self.controls.as_ref().and_then(Controls::osc) {
            osc.access().set_texts(show.remote_text, show.blocked_words.clone());
        }
        self.faults.recovered(Kind::ShowFile);
    }

    /// Numbers for the report.
    pub fn figures(&self) -> DeskFigures {
        DeskFigures {
            snapshot: *self.router.conductor.snapshot(),
            clock: self.router.conductor.clock(),
            events: self.router.events(),
            counts: self.controls.as_ref().map(Controls::counts).unwrap_or_default(),
        }
    }
}

/// What the report needs of the conductor and the controls.
#[derive(Clone, Copy, Debug)]
pub struct DeskFigures {
    pub snapshot: Snapshot,
    pub clock: Clock,
    pub events: u64,
    pub counts: ControlCounts,
}
