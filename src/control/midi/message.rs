//! One MIDI message, from bytes. Called in driver callbacks: no allocation, no panic, whatever the bytes.

use crate::control::controllers::PRESSURE;

/// MIDI clock, 24 ticks a beat. Not interpreted here: tempo is somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockMessage {
    Tick,
    Start,
    Continue,
    Stop,
    /// In sixteenth notes from the start of the song.
    SongPosition(u16),
}

/// A message worth handing on. Channels count from 0 as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Velocity 0 is a release.
    Note {
        channel: u8,
        number: u8,
        velocity: u8,
    },
    Controller {
        channel: u8,
        number: u8,
        value: u8,
    },
    Program {
        channel: u8,
        number: u8,
    },
    /// Pitch bend: lower and upper seven bits.
    Bend {
        channel: u8,
        low: u8,
        high: u8,
    },
    Clock(ClockMessage),
}

/// What a driver delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    Wire(Wire),
    /// Valid, but nothing here plays it: active sensing, time code, reset,
    /// system exclusive.
    Unused,
    /// Truncated or reserved.
    Garbage,
}

/// Reads one complete message; drivers resolve running status.
#[must_use]
pub fn parse(bytes: &[u8]) -> Parsed {
    let Some(&status) = bytes.first() else {
        return Parsed::Garbage;
    };
    // A data byte, or nothing when it is missing or has the status bit.
    let data = |index: usize| bytes.get(index).copied().filter(|byte| *byte < 0x80);
    let channel = status & 0x0F;
    let two = |make: &dyn Fn(u8, u8) -> Wire| match (data(1), data(2)) {
        (Some(first), Some(second)) => Parsed::Wire(make(first, second)),
        _ => Parsed::Garbage,
    };
    let unused_if = |whole: bool| if whole { Parsed::Unused } else { Parsed::Garbage };
    let one = |make: &dyn Fn(u8) -> Wire| data(1).map_or(Parsed::Garbage, |first| Parsed::Wire(make(first)));
    match status {
        0x80..=0x8F => two(&|number, _| Wire::Note { channel, number, velocity: 0 }),
        0x90..=0x9F => two(&|number, velocity| Wire::Note { channel, number, velocity }),
        0xB0..=0xBF => two(&|number, value| Wire::Controller { channel, number, value }),
        0xF2 => two(&|low, high| Wire::Clock(ClockMessage::SongPosition(u16::from(high) << 7 | u16::from(low)))),
        0xF8 => Parsed::Wire(Wire::Clock(ClockMessage::Tick)),
        0xFA => Parsed::Wire(Wire::Clock(ClockMessage::Start)),
        0xFB => Parsed::Wire(Wire::Clock(ClockMessage::Continue)),
        0xFC => Parsed::Wire(Wire::Clock(ClockMessage::Stop)),
        0xA0..=0xAF => two(&|_, value| Wire::Controller { channel, number: PRESSURE, value }),
        0xC0..=0xCF => one(&|number| Wire::Program { channel, number }),
        0xD0..=0xDF => one(&|value| Wire::Controller { channel, number: PRESSURE, value }),
        0xE0..=0xEF => two(&|low, high| Wire::Bend { channel, low, high }),
        // Drivers hand long system exclusive messages on in pieces, so one without its end, or an end alone, is no
        // fault.
        0xF0 => unused_if(bytes[1..].iter().all(|byte| *byte < 0x80 || *byte == 0xF7)),
        0xF1 | 0xF3 | 0xF6 | 0xF7 | 0xFE | 0xFF => Parsed::Unused,
        // Stray data bytes, reserved status bytes.
        0x00..=0x7F | 0xF4 | 0xF5 | 0xF9 | 0xFD => Parsed::Garbage,
    }
}
