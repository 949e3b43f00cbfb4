//! Non-registered parameter numbers: controllers 99 and 98 say which number is meant, 6 and 38 its value, 96 and 97 a step.

/// What one controller message means as part of an NRPN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heard {
    /// Number, and position 0..1.
    Value(u16, f32),
    /// Number, and steps up or down.
    Steps(u16, f32),
}

/// One channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nrpn {
    number: [Option<u8>; 2],
    coarse: u8,
}

impl Nrpn {
    /// Whether a number is set, so that controllers 6 and 38 are its value.
    pub fn has_number(&self) -> bool {
        self.number.iter().all(Option::is_some)
    }

    /// Takes in a controller's message. A device of seven bits sends the upper half alone; the lower refines it.
    pub fn hear(&mut self, controller: u8, value: u8) -> Option<Heard> {
        let position = |coarse: u8, fine: u8| f32::from(u16::from(coarse) << 7 | u16::from(fine)) / 16_383.0;
        let number = match self.number {
            // 127, 127 means no number.
            [Some(127), Some(127)] => None,
            [Some(high), Some(low)] => Some(u16::from(high) << 7 | u16::from(low)),
            _ => None,
        };
        match controller {
            99 => self.number[0] = Some(value),
            98 => self.number[1] = Some(value),
            // A registered number is another one.
            100 | 101 => self.number = [None; 2],
            6 => {
                self.coarse = value;
                return Some(Heard::Value(number?, position(value, value)));
            }
            38 => return Some(Heard::Value(number?, position(self.coarse, value))),
            96 => return Some(Heard::Steps(number?, 1.0)),
            97 => return Some(Heard::Steps(number?, -1.0)),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_controllers_make_one_value() {
        let mut nrpn = Nrpn::default();
        assert_eq!(nrpn.hear(6, 5), None, "no number yet");
        assert_eq!((nrpn.hear(99, 1), nrpn.hear(98, 2)), (None, None));
        assert_eq!(nrpn.hear(6, 127), Some(Heard::Value(130, 1.0)), "seven bits reach the end");
        assert_eq!(nrpn.hear(38, 0), Some(Heard::Value(130, 16_256.0 / 16_383.0)));
        assert_eq!(nrpn.hear(97, 0), Some(Heard::Steps(130, -1.0)));
        assert_eq!((nrpn.hear(99, 127), nrpn.hear(98, 127), nrpn.hear(6, 9)), (None, None, None), "the null number");
    }
}
