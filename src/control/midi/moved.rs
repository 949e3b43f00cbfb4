//! Which control somebody just moved, and what kind it is: for `halation learn`.

use super::nrpn::{Heard, Nrpn};
use crate::control::controllers::PITCH_BEND;
use crate::control::mapping::{Encoding, Kind, Signal};

use super::message::{Parsed, Wire, parse};

/// What was moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moved {
    Knob(Signal),
    /// An endless encoder.
    Encoder(Signal, Encoding),
    /// A button or pad.
    Button(Signal),
}

impl Moved {
    pub fn signal(self) -> Signal {
        match self {
            Self::Knob(signal) | Self::Encoder(signal, _) | Self::Button(signal) => signal,
        }
    }
}

/// Messages of one control after which it is known.
const ENOUGH: usize = 4;
/// Values that are looked at.
const SEEN: usize = 8;

/// Listens until a control is known. An encoder must be turned to the left: only that tells its encoding.
#[derive(Default)]
pub struct Mover {
    nrpn: [Nrpn; 16],
    heard: Vec<(Signal, Vec<u8>)>,
}

impl Mover {
    /// Takes in one message; the control, once it is known.
    pub fn hear(&mut self, bytes: &[u8]) -> Option<Moved> {
        let Parsed::Wire(wire) = parse(bytes) else { return None };
        let signal = |kind, channel, number: u16, fine| Signal { kind, number, channel: Some(channel), fine };
        match wire {
            Wire::Note { channel, number, velocity: 1.. } => {
                Some(Moved::Button(signal(Kind::Note, channel, number.into(), false)))
            }
            Wire::Program { channel, number } => {
                Some(Moved::Button(signal(Kind::Program, channel, number.into(), false)))
            }
            Wire::Bend { channel, high, .. } => {
                self.knob(signal(Kind::Controller, channel, PITCH_BEND.into(), true), high)
            }
            Wire::Controller { channel, number, value } => {
                let nrpn = &mut self.nrpn[usize::from(channel & 0x0F)];
                let heard = nrpn.hear(number, value);
                if let Some(Heard::Value(number, _)) = heard {
                    return self.knob(signal(Kind::Nrpn, channel, number, false), value);
                }
                // The parts of an NRPN are no controls.
                if matches!(number, 98..=101) || (nrpn.has_number() && matches!(number, 6 | 38 | 96 | 97)) {
                    return None;
                }
                self.knob(signal(Kind::Controller, channel, number.into(), false), value)
            }
            _ => None,
        }
    }

    fn knob(&mut self, signal: Signal, value: u8) -> Option<Moved> {
        let place = self.heard.iter().position(|(other, _)| *other == signal).unwrap_or_else(|| {
            self.heard.push((signal, Vec::new()));
            self.heard.len() - 1
        });
        let values = &mut self.heard[place].1;
        values.push(value);
        if values.len() > SEEN {
            values.remove(0);
        }
        // Pressed and let go.
        if signal.is_coarse() && values[..] == [127, 0] {
            return Some(Moved::Button(signal));
        }
        if values.len() < ENOUGH {
            return None;
        }
        let same = values.iter().all(|other| *other == value);
        let encoding = match value {
            65 => Some(Encoding::SignedBit),
            127 => Some(Encoding::TwosComplement),
            63 => Some(Encoding::BinOffset),
            1 => Some(Encoding::SignedBit2),
            _ => None,
        };
        match encoding {
            Some(encoding) if same && signal.is_coarse() => Some(Moved::Encoder(signal, encoding)),
            _ => (!same).then_some(Moved::Knob(signal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(messages: &[&[u8]]) -> Option<Moved> {
        let mut mover = Mover::default();
        messages.iter().find_map(|message| mover.hear(message))
    }

    fn cc(number: u16) -> Signal {
        Signal { kind: Kind::Controller, number, channel: Some(2), fine: false }
    }

    #[test]
    fn knobs_buttons_and_encoders_are_told_apart() {
        let turned = |values: [u8; 4]| moved(&values.map(|value| [0xB2, 33, value]).each_ref().map(|m| &m[..]));
        assert_eq!(turned([60, 59, 57, 56]), Some(Moved::Knob(cc(33))));
        for (left, encoding) in [
            (65, Encoding::SignedBit),
            (127, Encoding::TwosComplement),
            (63, Encoding::BinOffset),
            (1, Encoding::SignedBit2),
        ] {
            assert_eq!(turned([left; 4]), Some(Moved::Encoder(cc(33), encoding)));
        }
        assert_eq!(turned([127, 0, 127, 0]), Some(Moved::Button(cc(33))));
        assert_eq!(turned([64; 4]), None, "it stands still");
        let six = moved(&[60, 59, 57, 56].map(|value| [0xB2, 6, value]).each_ref().map(|m| &m[..]));
        assert_eq!(six, Some(Moved::Knob(cc(6))), "data entry without a number is a knob");
        assert!(matches!(moved(&[&[0x93, 40, 1]]), Some(Moved::Button(Signal { kind: Kind::Note, number: 40, .. }))));
        assert_eq!(moved(&[&[0x83, 40, 0], &[0xF8], &[0xFE]]), None);
        let nrpn: Vec<[u8; 3]> = (0..4).flat_map(|k| [[0xB0, 99, 1], [0xB0, 98, 2], [0xB0, 6, 50 - k]]).collect();
        let nrpn = moved(&nrpn.iter().map(|m| &m[..]).collect::<Vec<_>>());
        assert!(matches!(nrpn, Some(Moved::Knob(Signal { kind: Kind::Nrpn, number: 130, .. }))), "{nrpn:?}");
        let bend = moved(&[[0xE0, 0, 60], [0xE0, 0, 50], [0xE0, 0, 40], [0xE0, 0, 30]].each_ref().map(|m| &m[..]));
        assert!(matches!(bend, Some(Moved::Knob(Signal { fine: true, .. }))), "{bend:?}");
    }
}
