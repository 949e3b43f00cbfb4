//! The lights of a device: which control has one, and the bytes that it takes. Data of the mapping; who paints them is the
//! controller's state.

use std::ops::RangeInclusive;

use super::{Action, Binding, Kind};
use crate::param;

/// What a button is for: devices with colours show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Slot,
    Bank,
    Play,
    /// What takes the wall away: blackout, freeze, panic.
    Stop,
}

impl Role {
    pub const ALL: [(&'static str, Self); 4] =
        [("slot", Self::Slot), ("bank", Self::Bank), ("play", Self::Play), ("stop", Self::Stop)];

    pub fn of(binding: &Binding) -> Self {
        match binding.targets.first().map(|target| target.id) {
            Some(param::PROMPT_SLOT) => Self::Slot,
            Some(param::PROMPT_BANK) => Self::Bank,
            Some(param::MASTER_BLACKOUT | param::MASTER_FREEZE | param::MASTER_PANIC) => Self::Stop,
            _ => Self::Play,
        }
    }
}

/// What a light tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glow {
    /// Nothing is there on this layer.
    Off,
    /// Something is there, and is not on.
    Dim,
    On,
    /// It waits: a launch for its beat, a knob for its value. On for the first half of each beat.
    Blink,
}

/// All lights of a device.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lights {
    /// Messages when the device is connected, and when Halation lets go of it.
    pub at_start: Vec<Vec<u8>>,
    pub at_end: Vec<Vec<u8>>,
    /// Messages a second that the device can take.
    pub per_s: f32,
    pub groups: Vec<Group>,
    /// Worked out from `groups` and the bindings.
    pub places: Vec<LightPlace>,
}

/// Controls in a row whose lights are spoken to alike.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub kind: Kind,
    pub controls: RangeInclusive<u16>,
    /// Only of controls on this channel, from 0.
    pub of_channel: Option<u8>,
    /// Status byte of what is sent, its channel nibble 0.
    pub status: u8,
    /// From 0; `None`: the control's own.
    pub channel: Option<u8>,
    /// Number of the first control's light, and from one to the next.
    pub first: u8,
    pub step: u8,
    pub code: Code,
    /// All lights of the group in one message between these bytes, three times fourteen bits each.
    pub frame: Option<(Vec<u8>, Vec<u8>)>,
}

/// The values that a light takes: a velocity, or a colour as 0xRRGGBB where the group is one message.
#[derive(Clone, Debug)]
pub(crate) enum Code {
    /// By [`Role`].
    Button { off: u32, dim: [u32; 4], on: [u32; 4] },
    /// The value of a knob between two ends. It never blinks: an encoder that is no endless one stands where its ring is.
    Ring { off: u32, ends: (u8, u8) },
}

impl Code {
    /// `position` is the knob's value as travel 0..1; in the second half of a beat `lit` is false.
    pub fn value(&self, glow: Glow, role: Role, position: f32, lit: bool) -> u32 {
        let dark = glow == Glow::Off || (glow == Glow::Blink && !lit);
        match *self {
            Self::Button { off, .. } if glow == Glow::Off => off,
            Self::Button { dim, .. } if dark || glow == Glow::Dim => dim[role as usize],
            Self::Button { on, .. } => on[role as usize],
            Self::Ring { off, .. } if glow == Glow::Off => off,
            Self::Ring { ends: (low, high), .. } => {
                let (low, high) = (f32::from(low), f32::from(high));
                (low + (high - low) * position.clamp(0.0, 1.0)).round() as u32
            }
        }
    }

    pub fn dark(&self) -> u32 {
        match *self {
            Self::Button { off, .. } | Self::Ring { off, .. } => off,
        }
    }
}

impl Group {
    /// The number of the light of control `number`.
    fn light_of(&self, number: u16) -> u8 {
        let steps = (number - self.controls.start()) as u8;
        self.first.wrapping_add(steps.wrapping_mul(self.step)) & 0x7F
    }

    /// All lights of a group that is one message, in its order; none of another one.
    fn framed(&self, at: usize) -> Vec<LightPlace> {
        let controls = self.controls.clone().filter(|_| self.frame.is_some());
        let light = |number| LightPlace { group: at, address: [self.status, self.light_of(number)], bindings: vec![] };
        controls.map(light).collect()
    }
}

/// One light, and the bindings of its control, by place in the mapping.
#[derive(Clone, Debug)]
pub(crate) struct LightPlace {
    pub group: usize,
    /// Status byte with its channel, and number.
    pub address: [u8; 2],
    pub bindings: Vec<usize>,
}

impl Lights {
    /// Takes over what `under` says and this does not.
    pub(super) fn fill_from(&mut self, under: &Self) {
        if self.groups.is_empty() {
            (self.groups, self.per_s) = (under.groups.clone(), under.per_s);
        }
        for (own, theirs) in [(&mut self.at_start, &under.at_start), (&mut self.at_end, &under.at_end)] {
            if own.is_empty() {
                own.clone_from(theirs);
            }
        }
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.at_start.is_empty()
    }

    /// Finds the light of each binding's control. The first group that names a control has it.
    pub(super) fn settle(&mut self, bindings: &[Binding]) {
        self.places = self.groups.iter().enumerate().flat_map(|(at, group)| group.framed(at)).collect();
        for (place, binding) in bindings.iter().enumerate() {
            let number = binding.signal.number;
            let is_its = |group: &Group| {
                let channel = group.of_channel.is_none() || group.of_channel == binding.signal.channel;
                channel && group.kind == binding.signal.kind && group.controls.contains(&number)
            };
            let Some(at) = self.groups.iter().position(is_its) else { continue };
            let group = &self.groups[at];
            // Of a frame the place counts, and no channel.
            let channel = group.channel.or(binding.signal.channel).filter(|_| group.frame.is_none());
            let address = [group.status | channel.unwrap_or(0), group.light_of(number)];
            match self.places.iter_mut().find(|light| light.group == at && light.address == address) {
                Some(light) => light.bindings.push(place),
                None => self.places.push(LightPlace { group: at, address, bindings: vec![place] }),
            }
        }
    }

    /// Whether some knob here is shown: a ring or a light.
    #[cfg(test)]
    pub fn shows(&self, binding: usize) -> bool {
        self.places.iter().any(|light| light.bindings.contains(&binding))
    }
}

/// The least that tells a knob from a button.
pub(crate) fn is_knob(action: Action) -> bool {
    matches!(action, Action::Knob { .. } | Action::Relative(_))
}
