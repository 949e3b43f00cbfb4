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
    /// The value of a knob between two ends; `off` while it blinks.
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
            Self::Ring { off, .. } if dark => off,
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

/// One light, and the bindings of its control, by place in the mapping.
#[derive(Clone, Debug)]
pub(crate) struct LightPlace {
    pub group: usize,
    /// Status byte with its channel, and number.
    pub address: [u8; 2],
    pub bindings: Vec<usize>,
}

impl Lights {
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.at_start.is_empty()
    }

    /// Finds the light of each binding's control. The first group that names a control has it.
    pub(super) fn settle(&mut self, bindings: &[Binding]) {
        self.places.clear();
        for (place, binding) in bindings.iter().enumerate() {
            let number = binding.signal.number;
            let is_its = |group: &Group| {
                let channel = group.of_channel.is_none() || group.of_channel == binding.signal.channel;
                channel && group.kind == binding.signal.kind && group.controls.contains(&number)
            };
            let Some(at) = self.groups.iter().position(is_its) else { continue };
            let group = &self.groups[at];
            let steps = (number - group.controls.start()) as u8;
            let channel = group.channel.or(binding.signal.channel).unwrap_or(0);
            let address = [group.status | channel, group.first.wrapping_add(steps.wrapping_mul(group.step)) & 0x7F];
            match self.places.iter_mut().find(|light| light.group == at && light.address == address) {
                Some(light) => light.bindings.push(place),
                None => self.places.push(LightPlace { group: at, address, bindings: vec![place] }),
            }
        }
        // A message of all lights of a group has them in their order.
        self.places.sort_by_key(|light| (light.group, light.address));
    }

    /// Whether some knob here is shown: a ring or a light.
    #[cfg(test)]
    pub fn shows(&self, binding: usize) -> bool {
        self.places.iter().any(|light| light.bindings.contains(&binding))
    }
}

/// Whether a binding's control plays on the layer that is on.
pub(crate) fn is_on_layer(binding: &Binding, shifted: bool) -> bool {
    binding.shift == shifted || (shifted && !binding.layered)
}

/// The least that tells a knob from a button.
pub(crate) fn is_knob(action: Action) -> bool {
    matches!(action, Action::Knob { .. } | Action::Relative(_))
}
