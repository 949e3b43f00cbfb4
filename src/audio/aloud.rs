//! A file or synthetic track that is also heard in the room: what the analysis pulls goes to this machine's speakers.
//!
//! The driver's callback reads a ring and converts. A thread of its own holds the stream, which belongs to the thread that
//! opened it, and opening may take seconds.

use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, FromSample, SampleFormat, SizedSample};
use crossbeam_channel::{Sender, bounded};

use super::device::has_cards;
use super::ring::{Consumer, Producer, ring};
use super::target::{host_named, quiet_jack};

/// Speakers that take longer than this do not answer.
const OPEN_DEADLINE: Duration = Duration::from_secs(8);
/// What waits in the ring before it is heard: more than a late pull takes.
const AHEAD_S: f64 = 0.06;
/// What may wait before some of it is left out: the speakers' clock is not ours.
const MOST_S: f64 = 0.25;
const RING_S: usize = 1;

/// The writing end. Dropping it ends the sound.
pub(super) struct Aloud {
    ring: Producer,
    channels: usize,
    _stop: Sender<()>,
}

impl Aloud {
    /// Opens the default speakers for sound of `sample_rate_hz` and `channels`; returns their name, too.
    ///
    /// # Errors
    /// A sentence part saying why there are none.
    pub fn open(sample_rate_hz: u32, channels: u16) -> Result<(Self, String), String> {
        let (producer, consumer) = ring(sample_rate_hz as usize * RING_S);
        let (stop, stopped) = bounded::<()>(0);
        let (ready_sender, ready) = bounded(1);
        crate::rt::spawn("audio-aloud", move || {
            let opened = speakers(sample_rate_hz, consumer);
            let said = opened.as_ref().map(|(_, name)| name.clone()).map_err(Clone::clone);
            if ready_sender.send(said).is_ok() && opened.is_ok() {
                // Until the other end is dropped.
                let _ = stopped.recv();
            }
        })
        .map_err(|error| error.to_string())?;
        let name = ready.recv_timeout(OPEN_DEADLINE).map_err(|_| "they do not answer".to_owned())??;
        Ok((Self { ring: producer, channels: usize::from(channels.max(1)), _stop: stop }, name))
    }

    /// Plays interleaved samples next. What finds no room is not heard.
    pub fn write(&mut self, samples: &[f32]) {
        let frames = samples.chunks_exact(self.channels);
        let _ = self.ring.write(frames.len(), frames.map(|frame| frame.iter().sum::<f32>() / frame.len() as f32));
    }
}

/// The stream, which plays until it is dropped, and the name of its device.
fn speakers(sample_rate_hz: u32, heard: Consumer) -> Result<(cpal::Stream, String), String> {
    quiet_jack();
    let host = host_named("PulseAudio").and_then(|id| cpal::host_from_id(id).ok());
    let found = host.and_then(|host| host.default_output_device());
    if found.is_none() && cfg!(target_os = "linux") && !has_cards() {
        return Err(
            "there is no sound card and no PulseAudio server; plug one in or start it, or leave out --aloud".into()
        );
    }
    let device = found.or_else(|| cpal::default_host().default_output_device()).ok_or("no speakers were found")?;
    let offered = device.default_output_config().map_err(|error| error.to_string())?;
    let config = cpal::StreamConfig {
        channels: offered.channels(),
        sample_rate: offered.sample_rate(),
        buffer_size: BufferSize::Default,
    };
    let player = Player::new(heard, sample_rate_hz, config.sample_rate);
    let stream = match offered.sample_format() {
        SampleFormat::F32 => stream::<f32>(&device, config, player),
        SampleFormat::I16 => stream::<i16>(&device, config, player),
        SampleFormat::I32 => stream::<i32>(&device, config, player),
        SampleFormat::U16 => stream::<u16>(&device, config, player),
        other => return Err(format!("their sample format {other} is not supported")),
    };
    let stream = stream.map_err(|error| error.to_string())?;
    stream.play().map_err(|error| error.to_string())?;
    Ok((stream, device.description().map(|about| about.name().to_owned()).unwrap_or_default()))
}

fn stream<T>(device: &cpal::Device, config: cpal::StreamConfig, mut player: Player) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample + FromSample<f32>,
{
    let channels = usize::from(config.channels.max(1));
    let on_samples = move |out: &mut [T], _: &cpal::OutputCallbackInfo| {
        for frame in out.chunks_mut(channels) {
            frame.fill(T::from_sample(player.next()));
        }
    };
    // Speakers that go away fall silent; the show is what counts.
    device.build_output_stream::<T, _, _>(config, on_samples, |_| {}, Some(Duration::from_secs(5)))
}

/// Reads the ring at the speakers' rate, between samples. In the driver's callback: never waits, never allocates.
struct Player {
    heard: Consumer,
    waiting: std::collections::VecDeque<f32>,
    block: Vec<f32>,
    /// Samples of ours in one of theirs, and how far the next one of theirs lies behind the first that waits.
    step: f64,
    at: f64,
    rate_hz: f64,
    playing: bool,
}

impl Player {
    fn new(heard: Consumer, rate_hz: u32, speakers_hz: u32) -> Self {
        let room = rate_hz as usize * RING_S * 2;
        let (waiting, block) = (std::collections::VecDeque::with_capacity(room), Vec::with_capacity(room));
        let step = f64::from(rate_hz) / f64::from(speakers_hz.max(1));
        Self { heard, waiting, block, step, at: 0.0, rate_hz: f64::from(rate_hz), playing: false }
    }

    fn next(&mut self) -> f32 {
        if self.waiting.len() < 2 + self.step as usize || !self.playing {
            self.refill();
        }
        let [Some(&a), Some(&b)] = [0, 1].map(|n| self.waiting.get(n)) else {
            self.playing = false;
            return 0.0;
        };
        if !self.playing {
            return 0.0;
        }
        let sample = a + (b - a) * self.at as f32;
        self.at += self.step;
        let passed = (self.at as usize).min(self.waiting.len());
        self.waiting.drain(..passed);
        self.at = self.at.fract();
        sample
    }

    fn refill(&mut self) {
        self.block.clear();
        let room = self.block.capacity().min(self.waiting.capacity() - self.waiting.len());
        self.heard.read(&mut self.block, room);
        self.waiting.extend(self.block.iter());
        let ahead = |seconds: f64| (seconds * self.rate_hz) as usize;
        if self.waiting.len() > ahead(MOST_S) {
            let late = self.waiting.len() - ahead(AHEAD_S);
            self.waiting.drain(..late);
        }
        self.playing |= self.waiting.len() >= ahead(AHEAD_S);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn player(rate_hz: u32, speakers_hz: u32) -> (Producer, Player) {
        let (producer, consumer) = ring(rate_hz as usize * RING_S);
        (producer, Player::new(consumer, rate_hz, speakers_hz))
    }

    #[test]
    fn another_rate_plays_the_same_tone() {
        let (mut producer, mut player) = player(22_050, 48_000);
        let tone = |seconds: f64| (std::f64::consts::TAU * 440.0 * seconds).sin() as f32;
        producer.write(4000, (0..4000).map(|n| tone(f64::from(n) / 22_050.0)));
        let worst = (0..8000).map(|n| (player.next() - tone(f64::from(n) / 48_000.0)).abs()).fold(0.0, f32::max);
        assert!(worst < 0.01, "{worst}");
    }

    #[test]
    fn it_waits_for_enough_and_catches_up() {
        let (mut producer, mut player) = player(8_000, 8_000);
        assert_eq!(player.next(), 0.0);
        producer.write(100, (0..100).map(|_| 1.0));
        assert_eq!(player.next(), 0.0, "not enough yet");
        producer.write(7_900, (0..7_900).map(|_| 1.0));
        assert_eq!(player.next(), 1.0);
        assert!(player.waiting.len() <= 8_000 * 6 / 100, "{} wait", player.waiting.len());
    }
}
