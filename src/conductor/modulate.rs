//! Modulation: what sound and beat add to a parameter's value. It is never written back to the base value.
//!
//! ```text
//! signal × gain ─ in-range ─ curve ─ gate ─ mode ─ attack, release ─ out-range ─ combine with the value
//! ```
//!
//! Stepped by the conductor on every tick; allocates nothing. `audio.react` scales the effect of all routes: at 0 they
//! change no value.

mod lfo;
mod shape;
mod signal;

pub use lfo::Wave;
pub(super) use lfo::dice;
pub use shape::{Curve, Shape};
pub(super) use signal::Pulses;
pub use signal::{FormSignal, RouteTrigger, Signal, TURN_BEATS};

use crate::param::{self, Id, ROUTES, Values};

/// What happens to the shaped signal over time. A moment is one occurrence of the route's trigger, [`Route::on`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Mode {
    /// It is followed.
    #[default]
    Level,
    /// At each moment it jumps to the signal's level and falls off with the release.
    Hit,
    /// Each moment with a signal turns it from 0 to 1 or back.
    Toggle,
    /// Each moment with a signal takes a random value, 0..1.
    Random,
    /// Each moment with a signal goes on by one of so many steps, and from the last back to the first.
    Step(u32),
    /// It runs round from 0 to 1, so many times a second at full signal.
    Integrate(f32),
    /// Each moment takes a sample and keeps it.
    Hold,
}

/// How the result is combined with the target's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    #[default]
    Add,
    Multiply,
    Replace,
    Max,
}

/// Triggers that the moments of a route fire: cut and hit.
pub(crate) const FIRED: [Id; 2] = [param::DREAM_CUT, param::LOOK_HIT];

/// One cable from a signal to a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Route {
    pub signal: Signal,
    pub shape: Shape,
    pub mode: Mode,
    /// When modes that wait for something do what they do.
    pub on: RouteTrigger,
    /// Time constants in seconds for rising and falling.
    pub attack_s: f32,
    pub release_s: f32,
    /// What the target gets at 0 and at 1, in its own unit.
    pub out: (f32, f32),
    pub combine: Combine,
    pub target: Id,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct State {
    /// The level after the mode, and after attack and release.
    held: f32,
    level: f32,
    gate_open: bool,
    /// How often the moment had come, when last looked.
    seen: Option<u64>,
    /// The moment has just come, and there was a signal.
    fires: bool,
}

impl Route {
    /// A plain route: the signal added to `target`, `amount` of it at full signal.
    #[must_use]
    pub fn new(signal: Signal, target: Id, amount: f32) -> Self {
        Self {
            signal,
            shape: Shape::default(),
            mode: Mode::default(),
            on: RouteTrigger::Beat,
            attack_s: 0.0,
            release_s: 0.0,
            out: (0.0, amount),
            combine: Combine::default(),
            target,
            state: State::default(),
        }
    }

    /// Whether sound may move `id`: it must have a range, and be obeyed as modulated; or be one of [`FIRED`].
    /// The weights belong to the mix and the tempo to the clock; input gain, the depths of modulation, fade and glide
    /// times and self-play are left to the performer.
    #[must_use]
    pub fn can_move(id: Id) -> bool {
        use crate::param::{
            AUDIO_GAIN, AUDIO_REACT, DREAM_SEED, DREAM_STEPS, Kind, LOOK_MIRROR_FOLDS, MASTER_FADE, PROMPT_GLIDE,
            PROMPT_WEIGHTS, SCENE_AUTO, TEMPO_BPM,
        };
        let whole = [DREAM_STEPS, DREAM_SEED, LOOK_MIRROR_FOLDS].contains(&id);
        (matches!(id.row().kind, Kind::Float { .. }) || whole || FIRED.contains(&id))
            && ![AUDIO_GAIN, AUDIO_REACT, MASTER_FADE, PROMPT_GLIDE, TEMPO_BPM].contains(&id)
            && !PROMPT_WEIGHTS.contains(&id)
            && id != SCENE_AUTO
            && !ROUTES.contains(&id)
    }

    /// Whether `other` is the same route; their states may differ.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        Self { state: other.state, ..*self } == *other
    }

    /// `place` is the route's among the show's: chance differs from route to route.
    pub(super) fn step(&mut self, pulses: &Pulses<'_>, elapsed_s: f64, place: usize) {
        let state = &mut self.state;
        let salt = (place as u64) << 40;
        let shaped = self.shape.apply(self.signal.value(pulses, salt), &mut state.gate_open);
        let count = pulses.count(self.on);
        let came = state.seen.is_some_and(|seen| seen != count);
        state.seen = Some(count);
        state.fires = came && shaped > 0.0;
        let dt = elapsed_s as f32;
        match self.mode {
            Mode::Level => state.held = shaped,
            Mode::Hit => {
                let fallen = if self.release_s > 0.0 { state.held * (-dt / self.release_s).exp() } else { 0.0 };
                state.held = if came { fallen.max(shaped) } else { fallen };
            }
            Mode::Toggle if state.fires => state.held = 1.0 - state.held.round(),
            Mode::Random if state.fires => state.held = dice(count ^ salt),
            Mode::Step(steps) if state.fires => {
                let last = (steps.max(2) - 1) as f32;
                let place = (state.held * last).round() + 1.0;
                state.held = if place > last { 0.0 } else { place / last };
            }
            Mode::Integrate(turns_per_s) => state.held = (state.held + turns_per_s * shaped * dt).rem_euclid(1.0),
            Mode::Hold if came => state.held = shaped,
            Mode::Toggle | Mode::Random | Mode::Step(_) | Mode::Hold => {}
        }
        // A hit has its release already, and what runs round must not glide back.
        let smooth = !matches!(self.mode, Mode::Hit | Mode::Integrate(_));
        let tau_s = if state.held > state.level { self.attack_s } else { self.release_s };
        let keep = if smooth && tau_s > 0.0 { (-dt / tau_s).exp() } else { 0.0 };
        state.level = state.held + (state.level - state.held) * keep;
    }

    /// The target's value, which was `hand` before this route; `depth` 0 leaves it as it is.
    fn meets(&self, hand: f32, depth: f32) -> f32 {
        let (low, high) = self.out;
        let out = low + (high - low) * self.state.level;
        let moved = match self.combine {
            Combine::Add => hand + out,
            Combine::Multiply => hand * out,
            Combine::Replace => out,
            Combine::Max => hand.max(out),
        };
        hand + depth * (moved - hand)
    }
}

/// The top layer: the show's routes, stepped and applied in their order.
#[derive(Default)]
pub(super) struct Modulation(Vec<Route>);

impl Modulation {
    /// The routes of a (re)loaded show. A route that was there before keeps its state, also at another place.
    pub fn replace(&mut self, routes: &[Route]) {
        let mut playing = std::mem::replace(&mut self.0, routes.to_vec());
        for route in &mut self.0 {
            if let Some(place) = playing.iter().position(|before| route.is_like(before)) {
                *route = playing.remove(place);
            }
        }
    }

    /// Sets the route at `place`, from 0, or removes it; places before it that are missing get routes that do nothing.
    pub fn patch(&mut self, place: usize, route: Option<Route>) {
        let nothing = Route::new(Signal::One, param::MOTION_ZOOM, 0.0);
        if self.0.len() <= place {
            self.0.resize(place + 1, nothing);
        }
        self.0[place] = route.unwrap_or(nothing);
    }

    /// Moves every route on by `elapsed_s` seconds.
    pub fn step(&mut self, pulses: &Pulses<'_>, elapsed_s: f64) {
        for (place, route) in self.0.iter_mut().enumerate() {
            route.step(pulses, elapsed_s, place);
        }
    }

    /// Whether a route that ends at a trigger has just fired it: at a moment with a signal, as long as anything reacts at
    /// all.
    pub fn fires(&self, trigger: Id, values: &Values) -> bool {
        self.with_depth(values).any(|(route, depth)| route.target == trigger && route.state.fires && depth > 0.0)
    }

    /// Lets every route move its target, scaled by `audio.react` and by the route's own depth.
    pub fn move_values(&self, values: &mut Values) {
        if values[param::AUDIO_REACT] == 0.0 {
            return;
        }
        let before = *values;
        for (route, depth) in self.with_depth(&before).filter(|(route, _)| !FIRED.contains(&route.target)) {
            // A schedule may reach further than a hand, and is not cut short by a route.
            let ((min, max), now) = (route.target.row().range(), values[route.target]);
            values[route.target] = route.meets(now, depth).clamp(min.min(now), max.max(now));
        }
    }

    fn with_depth<'a>(&'a self, values: &'a Values) -> impl Iterator<Item = (&'a Route, f32)> {
        let depth = |k: usize| values[param::AUDIO_REACT] * ROUTES.get(k).map_or(1.0, |id| values[*id]);
        self.0.iter().enumerate().map(move |(k, route)| (route, depth(k)))
    }
}

#[cfg(test)]
mod tests;
