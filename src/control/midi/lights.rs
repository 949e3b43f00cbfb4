//! Paints one device's lights: what changed and no more, never faster than the device can take.
//!
//! Called by the controller's state in the conductor's tick, a few hundred times a second; does not allocate.

use crate::control::controllers::LONGEST_SENT;
use crate::control::mapping::{Glow, Lights, Role};
use crate::param::Snapshot;
use crate::tempo::Beat;
use crate::units::Seconds;

/// How often lights are looked at, in seconds.
const LOOK_S: f64 = 0.002;
/// Messages that may leave at once.
const BURST: f32 = 24.0;

/// What lights are painted from.
#[derive(Clone, Copy)]
pub struct LightBoard<'a> {
    pub snapshot: &'a Snapshot,
    /// The beat as it is shown now.
    pub beat: Beat,
}

/// What one light shall tell.
#[derive(Clone, Copy)]
pub struct Shown {
    pub glow: Glow,
    pub role: Role,
    /// Of a knob, as travel 0..1.
    pub position: f32,
}

/// What one device shows.
#[derive(Default)]
pub struct Painter {
    /// The newest value sent to each light; `None` where it is not known.
    sent: Vec<Option<u32>>,
    /// Opening messages that have left.
    opened: usize,
    tokens: f32,
    last: Option<Seconds>,
}

impl Painter {
    pub fn new(lights: &Lights) -> Self {
        Self { sent: vec![None; lights.places.len()], ..Self::default() }
    }

    /// Sends what differs from what the device shows; `shown` gives what the light at that place shall tell.
    pub fn paint(
        &mut self,
        lights: &Lights,
        now: Seconds,
        beat: &Beat,
        shown: impl Fn(usize) -> Shown,
        send: &mut impl FnMut(&[u8]) -> bool,
    ) {
        let elapsed_s = self.last.map_or(LOOK_S, |last| now.since(last));
        if elapsed_s < LOOK_S {
            return;
        }
        self.last = Some(now);
        self.tokens = (self.tokens + lights.per_s * elapsed_s as f32).min(BURST);
        while let Some(message) = lights.at_start.get(self.opened) {
            if self.tokens < 1.0 || !send(message) {
                return;
            }
            (self.tokens, self.opened) = (self.tokens - 1.0, self.opened + 1);
        }
        let lit = beat.phase < 0.5;
        let value = |place: usize| {
            let Shown { glow, role, position } = shown(place);
            lights.groups[lights.places[place].group].code.value(glow, role, position, lit)
        };
        self.update(lights, value, send);
    }

    /// Everything dark, and the device as it was: it is let go of. Not held to the device's pace, since nothing follows.
    pub fn darken(&mut self, lights: &Lights, send: &mut impl FnMut(&[u8]) -> bool) {
        self.tokens = f32::INFINITY;
        self.update(lights, |place| lights.groups[lights.places[place].group].code.dark(), send);
        for message in &lights.at_end {
            let _ = send(message);
        }
    }

    fn update(&mut self, lights: &Lights, value: impl Fn(usize) -> u32, send: &mut impl FnMut(&[u8]) -> bool) {
        let mut place = 0;
        while place < lights.places.len() && self.tokens >= 1.0 {
            let group = &lights.groups[lights.places[place].group];
            let together = if group.frame.is_some() { same_group(lights, place) } else { 1 };
            let places = place..place + together;
            place += together;
            if places.clone().all(|place| self.sent[place] == Some(value(place))) {
                continue;
            }
            let mut message = Composed::default();
            match &group.frame {
                Some((head, tail)) => {
                    message.add(head);
                    places.clone().for_each(|place| message.add(&colour(value(place))));
                    message.add(tail);
                }
                None => {
                    message.add(&lights.places[places.start].address);
                    message.add(&[value(places.start) as u8 & 0x7F]);
                }
            }
            if !send(message.bytes()) {
                return;
            }
            self.tokens -= 1.0;
            places.for_each(|place| self.sent[place] = Some(value(place)));
        }
    }
}

/// How many lights from `place` on are of its group.
fn same_group(lights: &Lights, place: usize) -> usize {
    let group = lights.places[place].group;
    lights.places[place..].iter().take_while(|light| light.group == group).count()
}

/// Red, green and blue in two data bytes each.
fn colour(rgb: u32) -> [u8; 6] {
    let [_, r, g, b] = rgb.to_be_bytes();
    [r >> 7, r & 0x7F, g >> 7, g & 0x7F, b >> 7, b & 0x7F]
}

/// A message being put together.
struct Composed {
    bytes: [u8; LONGEST_SENT],
    len: usize,
}

impl Default for Composed {
    fn default() -> Self {
        Self { bytes: [0; LONGEST_SENT], len: 0 }
    }
}

impl Composed {
    /// What does not fit is left out; mappings are checked for it.
    fn add(&mut self, more: &[u8]) {
        let end = (self.len + more.len()).min(LONGEST_SENT);
        self.bytes[self.len..end].copy_from_slice(&more[..end - self.len]);
        self.len = end;
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
