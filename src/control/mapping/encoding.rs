//! How an endless encoder writes its steps.

/// The four ways that are in use (names as in Ableton Live).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// 1–63 up, 65–127 down: bit 6 is the sign.
    SignedBit,
    /// 65–127 up, 1–63 down: the other way round.
    SignedBit2,
    /// 1–63 up, 127–64 down.
    TwosComplement,
    /// 65–127 up, 63–0 down: 64 is rest.
    BinOffset,
}

impl Encoding {
    pub const ALL: [Self; 4] = [Self::TwosComplement, Self::SignedBit, Self::SignedBit2, Self::BinOffset];

    /// As mapping files write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedBit => "signed-bit",
            Self::SignedBit2 => "signed-bit-2",
            Self::TwosComplement => "twos-complement",
            Self::BinOffset => "bin-offset",
        }
    }

    pub fn steps(self, value: u8) -> i8 {
        let value = (value & 0x7F) as i8;
        match self {
            Self::SignedBit if value > 64 => 64 - value,
            Self::SignedBit => value % 64,
            Self::SignedBit2 => -Self::SignedBit.steps(value as u8),
            // 7-bit sign extension: -128 does not fit, so in two steps.
            Self::TwosComplement if value >= 64 => value - 64 - 64,
            Self::TwosComplement => value,
            Self::BinOffset => value - 64,
        }
    }
}
