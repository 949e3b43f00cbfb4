//! A tap on the input's samples, for the sound of a film: whatever the input is, 48 kHz stereo comes out.
//!
//! Written by the analysis thread, which never allocates and, live, never waits: a block that finds no room is lost. In
//! virtual time it waits for room, up to [`PATIENCE`]. Read by the film's own thread.

use std::time::{Duration, Instant};

use super::ring::{Consumer, Producer, ring};

/// Rate and channels of what comes out.
pub const TAP_RATE_HZ: u32 = 48_000;
pub const TAP_CHANNELS: usize = 2;

/// What fits in between: nearly three seconds.
const ROOM: usize = 1 << 18;
/// In virtual time a reader that takes nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// The writing end.
pub struct Tap {
    ring: Producer,
    /// The last frame of the block before, and where the next one to come out lies: −1 is that frame, 0 the first of
    /// the next block.
    last: [f32; TAP_CHANNELS],
    position: f64,
    /// Waits for room rather than lose anything.
    lossless: bool,
}

/// The reading end.
pub struct TapReader(Consumer);

/// A place in what the tap has heard.
#[derive(Clone, Copy)]
pub struct TapPlace(usize);

/// A tap; `lossless` for virtual time.
#[must_use]
pub fn tap(lossless: bool) -> (Tap, TapReader) {
    let (producer, consumer) = ring(ROOM);
    (Tap { ring: producer, last: [0.0; TAP_CHANNELS], position: -1.0, lossless }, TapReader(consumer))
}

impl Tap {
    /// Takes in a block of interleaved samples; of more than two channels the first two, between samples a straight
    /// line.
    pub(super) fn hear(&mut self, samples: &[f32], channels: usize, rate_hz: u32) {
        let (channels, last) = (channels.max(1), self.last);
        let frames = samples.len() / channels;
        let step = f64::from(rate_hz.max(1)) / f64::from(TAP_RATE_HZ);
        let frame = |at: isize| match usize::try_from(at) {
            Ok(at) => [samples[at * channels], samples[at * channels + 1.min(channels - 1)]],
            Err(_) => last,
        };
        if frames == 0 {
            return;
        }
        let count = ((frames as f64 - 1.0 - self.position) / step).ceil().max(0.0) as usize;
        let (from, began) = (self.position, Instant::now());
        let between = |k: usize| {
            let at = from + k as f64 * step;
            let (left, part) = (at.floor(), (at - at.floor()) as f32);
            let [a, b] = [frame(left as isize), frame((left as isize + 1).min(frames as isize - 1))];
            [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]
        };
        while !self.ring.write(TAP_CHANNELS * count, (0..count).flat_map(between))
            && self.lossless
            && began.elapsed() < PATIENCE
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.position += count as f64 * step - frames as f64;
        self.last = frame(frames as isize - 1);
    }
}

impl TapReader {
    /// What comes next from the input, as a place for [`Self::skip_to`].
    #[must_use]
    pub fn now(&self) -> TapPlace {
        TapPlace(self.0.written())
    }

    /// Leaves out what came before `place`.
    pub fn skip_to(&mut self, place: TapPlace) {
        self.0.skip_to(place.0);
    }

    /// Appends what is there to `out`, interleaved.
    pub fn read(&mut self, out: &mut Vec<f32>) {
        self.0.read(out, ROOM);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(rate_hz: u32, channels: usize, seconds: f64) -> Vec<f32> {
        let (mut tap, mut reader) = tap(false);
        let tone = |k: usize| (std::f32::consts::TAU * 440.0 * k as f32 / rate_hz as f32).sin();
        let all: Vec<f32> =
            (0..(seconds * f64::from(rate_hz)) as usize).flat_map(|k| vec![tone(k); channels]).collect();
        let mut out = Vec::new();
        for block in all.chunks(441 * channels) {
            tap.hear(block, channels, rate_hz);
            reader.read(&mut out);
        }
        out
    }

    #[test]
    fn any_input_becomes_the_same_tone() {
        for (rate_hz, channels) in [(48_000, 2), (44_100, 1), (96_000, 4)] {
            let out = through(rate_hz, channels, 1.0);
            let frames = out.len() / TAP_CHANNELS;
            assert!(frames.abs_diff(48_000) <= 2, "{rate_hz}: {frames}");
            // One frame later: the first one out is the silence before the first block.
            let delay = f64::from(TAP_RATE_HZ) / f64::from(rate_hz);
            let worst = (10..frames).fold(0.0f64, |worst, k| {
                let tone = (std::f64::consts::TAU * 440.0 * (k as f64 - delay) / 48_000.0).sin();
                let off = |side: usize| (f64::from(out[TAP_CHANNELS * k + side]) - tone).abs();
                worst.max(off(0)).max(off(1))
            });
            assert!(worst < 0.002, "{rate_hz} Hz, {channels} channels: {worst}");
        }
    }

    #[test]
    fn a_reader_that_sleeps_costs_sound_and_no_time() {
        let (mut tap, mut reader) = tap(false);
        for _ in 0..100 {
            tap.hear(&[0.5; 9600], 2, 48_000);
        }
        let mut out = Vec::new();
        reader.read(&mut out);
        assert!(out.len() <= ROOM && out.len() > ROOM - 9600);
    }
}
