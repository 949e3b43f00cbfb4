//! The controllers of one MIDI port as numbers: which there are, and how far one of them went.
//!
//! Plain values, for mappings, which are documents, as for the ports that hear.

/// 16 channels, each with its 128 controllers and as many places for what plays like one.
pub const CONTROLLERS: usize = 16 * 256;

/// Where pitch bend's upper seven bits are kept; the lower ones stand [`FINE`] further, as a 14-bit controller's do.
pub const PITCH_BEND: u8 = 128;
/// Where aftertouch is kept, of the channel or of its notes.
pub const PRESSURE: u8 = 129;
/// Distance of a 14-bit controller's fine half from its coarse half, in controller numbers.
pub const FINE: u8 = 32;

/// One bit per controller of a port; place is channel·256 + number.
pub type ControllerSet = [u64; CONTROLLERS / 64];

/// The longest message that is sent to a device, in bytes: all lights of a small one at once.
pub const LONGEST_SENT: usize = 64;

/// Adds controller `number` on `channel` to `set`.
pub fn insert(set: &mut ControllerSet, channel: u8, number: u8) {
    let place = place(channel, number);
    set[place / 64] |= 1 << (place % 64);
}

/// Always below [`CONTROLLERS`]: indexing with it is proven.
pub fn place(channel: u8, number: u8) -> usize {
    usize::from(channel & 0x0F) * 256 + usize::from(number)
}

/// A controller's newest value and the ends of what it went through since it was last looked at, all 0..127.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    pub value: u8,
    pub lowest: u8,
    pub highest: u8,
}

impl Swept {
    /// No value since the last look. The ends are crossed (127 and 0), so that the next value becomes both.
    #[must_use]
    pub const fn nothing(value: u8) -> Self {
        Self { value, lowest: 127, highest: 0 }
    }

    /// One message.
    #[must_use]
    pub fn at(value: u8) -> Self {
        Self { value, lowest: value, highest: value }
    }

    #[must_use]
    pub fn on_to(self, value: u8) -> Self {
        Self { value, lowest: self.lowest.min(value), highest: self.highest.max(value) }
    }

    #[must_use]
    pub const fn packed(self) -> u32 {
        (self.value as u32) << 16 | (self.lowest as u32) << 8 | self.highest as u32
    }

    #[must_use]
    pub fn unpacked(bits: u32) -> Self {
        let [_, value, lowest, highest] = bits.to_be_bytes();
        Self { value, lowest, highest }
    }
}
