//! One controller being played: its mapping, which buttons are down, which layer is on.
//!
//! Called by the conductor through [`Midi::drain`](super::Midi::drain); does not allocate.

use std::sync::Arc;

use super::control::Control;
use super::endless;
use super::latch::{Pads, Release};
use super::lights::{LightBoard, Painter};
use super::message::Wire;
use super::nrpn::{Heard, Nrpn};
use super::port::{ControllerTable, PRESSED};
use super::shown::{NOTHING, shown};
use crate::control::ControlInput;
use crate::control::controllers::Swept;
use crate::control::mapping::{Action, Binding, Mapping, Message, Takeover, Target, is_knob, way};
use crate::param::{self, Change, Event, Origin, Turn};
use crate::units::Seconds;

pub struct ControllerState {
    port_index: u8,
    mapping: Arc<Mapping>,
    /// Which shift buttons are held, by place in the mapping.
    shifts: u32,
    /// Which are down.
    shift_down: u32,
    pads: Pads,
    /// What is known of each binding's control, by place in the mapping.
    controls: Vec<Control>,
    /// By channel.
    nrpn: [Nrpn; 16],
    painter: Painter,
}

impl ControllerState {
    pub fn new(port_index: u8, mapping: Arc<Mapping>) -> Self {
        let controls = vec![Control::default(); mapping.bindings.len()];
        let painter = Painter::new(&mapping.lights);
        let (pads, nrpn) = (Pads::default(), [Nrpn::default(); 16]);
        Self { port_index, mapping, shifts: 0, shift_down: 0, pads, controls, nrpn, painter }
    }

    pub fn mapping(&self) -> Arc<Mapping> {
        self.mapping.clone()
    }

    /// Plays one message; `table` knows the other half of 14-bit controllers.
    pub fn play(&mut self, at: Seconds, wire: Wire, table: &ControllerTable, out: &mut impl FnMut(ControlInput)) {
        match wire {
            Wire::Clock(message) => out(ControlInput::Clock { at, port: self.port_index, message }),
            Wire::Note { channel, number, velocity } => {
                let pressed = (velocity > 0).then_some(velocity);
                self.button(at, Message::note(channel, number), pressed, false, out);
            }
            Wire::Controller { channel, number, value } => {
                let pressed = (value >= PRESSED).then_some(value);
                self.button(at, Message::controller(channel, number), pressed, true, out);
                self.sweep(at, channel, number, Swept::at(value), table, out);
                if let Some(heard) = self.nrpn[usize::from(channel & 0x0F)].hear(number, value) {
                    self.nrpn(at, channel, heard, out);
                }
            }
            Wire::Program { channel, number } => {
                let message = Message::program(channel, number);
                self.button(at, message, Some(127), false, out);
                self.button(at, message, None, false, out);
            }
            // Kept among the controllers.
            Wire::Bend { .. } => {}
        }
    }

    /// Lets go of everything held: the device went away with a finger on it.
    pub fn unplug(&mut self, at: Seconds, out: &mut impl FnMut(ControlInput)) {
        for place in 0..self.controls.len() {
            if self.controls[place].down.take().is_some() {
                self.let_go(at, place, self.pads == Pads::Momentary, out);
            }
        }
    }

    /// A button or pad, pressed this hard or let go. With `edges`, repeats of the same state mean nothing: controllers may send those.
    fn button(
        &mut self,
        at: Seconds,
        message: Message,
        pressed: Option<u8>,
        edges: bool,
        out: &mut impl FnMut(ControlInput),
    ) {
        if let Some(shift) = self.mapping.shifts.iter().position(|shift| shift.signal.matches(message)) {
            self.shift(shift, pressed.is_some());
        }
        let mapping = self.mapping.clone();
        let Some(force) = pressed else {
            // The layer may have changed since the press: whoever was pressed is released.
            for &place in mapping.places(message) {
                if mapping.bindings[place].hears(message) {
                    self.release(at, place, out);
                }
            }
            return;
        };
        let shifted = self.shifts != 0;
        for &place in mapping.places(message) {
            let binding = &mapping.bindings[place];
            let is_down = self.controls[place].down.is_some();
            if !binding.plays(message, shifted) || !binding.action.is_button() || (edges && is_down) {
                continue;
            }
            self.look_for_latching(at, place);
            self.controls[place].down = Some(at);
            self.controls[place].tapping.press(at);
            match binding.action {
                Action::Look(number) if shifted => {
                    if self.controls[place].storing.press(at) {
                        store(at, number, out);
                    }
                }
                _ => press(at, binding, force, out),
            }
        }
    }

    /// A pad that is pressed while others lie pressed may show that all of them latch in the device's own firmware.
    fn look_for_latching(&mut self, at: Seconds, place: usize) {
        let mapping = &self.mapping;
        if !is_pad(&mapping.bindings[place]) {
            return;
        }
        let others = self.controls.iter().zip(&mapping.bindings).enumerate();
        let others = others.filter(|(other, (_, binding))| *other != place && is_pad(binding));
        if self.pads.pressed(at, others.filter_map(|(_, (control, _))| control.down)) {
            tracing::info!(
                "MIDI: the pads of {} latch by themselves: each message of theirs is a press; punch-in needs them \
                 momentary, in the device's own editor",
                mapping.name
            );
        }
    }

    /// What happens by itself while a pad is held.
    pub fn step(&mut self, now: Seconds, out: &mut impl FnMut(ControlInput)) {
        for (control, binding) in self.controls.iter_mut().zip(&self.mapping.bindings) {
            if let Action::Look(number) = binding.action
                && control.storing.is_due(now)
            {
                store(now, number, out);
            }
        }
    }

    fn release(&mut self, at: Seconds, place: usize, out: &mut impl FnMut(ControlInput)) {
        let Some(since) = self.controls[place].down.take() else { return };
        self.controls[place].storing.since = None;
        let binding = &self.mapping.bindings[place];
        if !is_pad(binding) {
            self.let_go(at, place, false, out);
            return;
        }
        match self.pads.released(at, since) {
            Release::Press => press(at, binding, 127, out),
            release => self.let_go(at, place, release == Release::Finger, out),
        }
    }

    /// What follows when a button is up again; `punched` when a finger held it that long.
    fn let_go(&self, at: Seconds, place: usize, punched: bool, out: &mut impl FnMut(ControlInput)) {
        let binding = &self.mapping.bindings[place];
        match binding.action {
            Action::Hold { latches: true, .. } if self.controls[place].tapping.latched => {}
            Action::Hold { released, .. } => send(at, binding, out, |_| Change::Set(released)),
            Action::Set(value) if punched => send(at, binding, out, |_| Change::Release(value)),
            _ => {}
        }
    }

    /// Whether a finger is on *back*: then a knob that moves gives its parameter back to the show.
    fn back_is_held(&self) -> bool {
        let is_back = |binding: &Binding| binding.targets.iter().any(|target| target.id == param::DREAM_REJECT);
        let mut controls = self.controls.iter().zip(&self.mapping.bindings);
        // A pad that latches in the device's own firmware would stay down.
        self.pads == Pads::Momentary && controls.any(|(control, binding)| control.down.is_some() && is_back(binding))
    }

    /// Whether the knob at `place` now gives its parameter back: at its first message while *back* is held. Until *back* is
    /// let go the knob does nothing more.
    fn gives_back(&mut self, place: usize) -> bool {
        let held = self.back_is_held();
        let before = std::mem::replace(&mut self.controls[place].given_back, held);
        held && !before
    }

    fn shift(&mut self, button: usize, pressed: bool) {
        let bit = 1 << (button % 32);
        // A pedal sends many values while it is down.
        if (self.shift_down & bit != 0) == pressed {
            return;
        }
        self.shift_down ^= bit;
        self.shifts = match (self.mapping.shifts[button].latches, pressed) {
            (true, true) => self.shifts ^ bit,
            (true, false) => self.shifts,
            (false, true) => self.shifts | bit,
            (false, false) => self.shifts & !bit,
        };
    }

    /// A value, or a step, of a non-registered parameter number.
    fn nrpn(&mut self, at: Seconds, channel: u8, heard: Heard, out: &mut impl FnMut(ControlInput)) {
        let (Heard::Value(number, _) | Heard::Steps(number, _)) = heard;
        let (message, shifted, mapping) = (Message::nrpn(channel, number), self.shifts != 0, self.mapping.clone());
        for &place in mapping.places(message) {
            let binding = &mapping.bindings[place];
            let plays = binding.plays(message, shifted);
            match (heard, binding.action) {
                (Heard::Value(_, to), Action::Knob { .. }) if binding.hears(message) => {
                    let turn = way(self.controls[place].position.replace(to), to, to, to);
                    if plays {
                        self.moved(at, place, turn, None, out);
                    }
                }
                (Heard::Steps(_, steps), _) if plays => send(at, binding, out, |_| Change::Steps(steps)),
                _ => {}
            }
        }
    }

    /// The knob at `place` moved, or the endless encoder by so many `steps`: it plays, or gives its parameter back.
    fn moved(&mut self, at: Seconds, place: usize, turn: Turn, steps: Option<i8>, out: &mut impl FnMut(ControlInput)) {
        let mapping = self.mapping.clone();
        let binding = &mapping.bindings[place];
        if is_knob(binding.action) && self.gives_back(place) {
            release(at, binding, out);
        } else if !self.controls[place].given_back {
            turned(at, binding, turn, steps, out);
        }
    }

    /// Lights what this controller's buttons and knobs do; `send` takes a message, or refuses it.
    pub fn paint(&mut self, now: Seconds, board: &LightBoard<'_>, send: &mut impl FnMut(&[u8]) -> bool) {
        let Self { mapping, controls, painter, shifts, .. } = self;
        let show = |place: usize| {
            let bindings = &mapping.lights.places[place].bindings;
            let mut bindings = bindings.iter().map(|place| (&mapping.bindings[*place], &controls[*place]));
            let playing = bindings.find(|(binding, _)| binding.is_on_layer(*shifts != 0));
            playing
                .map_or(NOTHING, |(binding, control)| shown(binding, control.position, control.down.is_some(), board))
        };
        painter.paint(&mapping.lights, now, &board.beat, show, send);
    }

    /// Lights out: it is let go of.
    pub fn darken(&mut self, send: &mut impl FnMut(&[u8]) -> bool) {
        self.painter.darken(&self.mapping.lights, send);
    }

    /// A knob, fader or encoder.
    pub fn sweep(
        &mut self,
        at: Seconds,
        channel: u8,
        number: u8,
        swept: Swept,
        table: &ControllerTable,
        out: &mut impl FnMut(ControlInput),
    ) {
        let message = Message::controller(channel, number);
        let shifted = self.shifts != 0;
        let mapping = self.mapping.clone();
        for &place in mapping.places(message) {
            let binding = &mapping.bindings[place];
            if !binding.hears(message) {
                continue;
            }
            let control = &mut self.controls[place];
            let turn = binding.turn(message, swept, &|other| table.value(channel, other), control.position);
            // Also while the other layer is on, so that soft takeover knows the position when the layer changes back.
            control.position = Some(turn.to);
            if !binding.plays(message, shifted) {
                continue;
            }
            if binding.is_coarse_knob()
                && control.turns_back(swept, |kind| say_kind(kind, channel, number, &mapping.name))
            {
                continue;
            }
            let encoding = control.endless.encoding(binding.action);
            if encoding.is_some() {
                table.queue(channel, number);
            }
            self.moved(at, place, turn, encoding.map(|encoding| encoding.steps(swept.value)), out);
        }
    }
}

/// What a knob that moved plays, or an endless encoder that moved by so many `steps`.
fn turned(at: Seconds, binding: &Binding, turn: Turn, steps: Option<i8>, out: &mut impl FnMut(ControlInput)) {
    match (binding.action, steps) {
        (_, Some(0)) => {}
        (_, Some(steps)) => send(at, binding, out, |_| Change::Steps(f32::from(steps))),
        (Action::Knob { takeover }, None) => send(at, binding, out, |target| knob(takeover, turn, target)),
        _ => {}
    }
}

fn knob(takeover: Takeover, turn: Turn, target: &Target) -> Change {
    let turn = turn.mapped(|position| target.travel(position));
    match takeover {
        Takeover::Pickup => Change::Knob(turn),
        Takeover::Scaled => Change::Scaled(turn),
        Takeover::Immediate => Change::Normalized(turn.to),
    }
}

/// Buttons that mean one press and no more, which a device may let latch. A held one may stay down for good reason.
fn is_pad(binding: &Binding) -> bool {
    matches!(binding.action, Action::Set(_) | Action::Trigger(_) | Action::Toggle)
}

fn press(at: Seconds, binding: &Binding, force: u8, out: &mut impl FnMut(ControlInput)) {
    let change = match binding.action {
        Action::Velocity => {
            let hit = f32::from(force) / 127.0;
            return send(at, binding, out, |target| Change::Normalized(target.travel(hit)));
        }
        Action::Set(value) | Action::Trigger(value) | Action::Look(value) | Action::Hold { pressed: value, .. } => {
            Change::Set(value)
        }
        Action::Toggle => Change::Toggle,
        Action::Knob { .. } | Action::Relative(_) => return,
    };
    send(at, binding, out, |_| change.clone());
}

fn store(at: Seconds, number: f32, out: &mut impl FnMut(ControlInput)) {
    out(ControlInput::Event(Event { at, origin: Origin::Midi, id: param::SCENE_STORE, change: Change::Set(number) }));
}

/// Gives what `binding` plays back to the show. Once a gesture, so that it may make a text.
fn release(at: Seconds, binding: &Binding, out: &mut impl FnMut(ControlInput)) {
    for target in &binding.targets {
        let change = Change::Text(target.id.row().id.into());
        out(ControlInput::Event(Event { at, origin: Origin::Midi, id: param::PARAM_RELEASE, change }));
    }
}

fn say_kind(kind: endless::Kind, channel: u8, number: u8, mapping: &str) {
    let channel = channel + 1;
    match kind {
        endless::Kind::Encoder(encoding) => tracing::info!(
            "MIDI: CC {number} on channel {channel} ({mapping}) is an endless encoder and is played as one; \
             mode = \"relative\", encoding = \"{}\" in a mapping says so for good",
            encoding.name()
        ),
        endless::Kind::Suspect => tracing::info!(
            "MIDI: CC {number} on channel {channel} ({mapping}) repeats itself like an endless encoder: turn it the \
             other way once, and it is played as one"
        ),
        endless::Kind::Knob => {}
    }
}

/// Sends a change to every target of `binding`.
fn send(at: Seconds, binding: &Binding, out: &mut impl FnMut(ControlInput), change: impl Fn(&Target) -> Change) {
    for target in &binding.targets {
        out(ControlInput::Event(Event { at, origin: Origin::Midi, id: target.id, change: change(target) }));
    }
}
