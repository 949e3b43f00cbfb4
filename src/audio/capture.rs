//! A capture device that is kept open: its samples go into a ring, and it is opened again after a loss.
//!
//! The driver's callback only copies. Opening may take seconds and is done on the supervisor's thread, which
//! looks at the stream ten times a second, counts by ticks rather than by a clock, and hands each newly opened
//! stream's ring to the reader over a channel.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, ErrorKind, FromSample, SampleFormat, SizedSample, SupportedBufferSize};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use super::analysis::AnalysisConfig;
use super::capture_clock::{CaptureClock, Stamp};
use super::channels::Channels;
use super::pull::{Counters, LONGEST_BLOCK_S};
use super::ring::{Consumer, Producer, ring};
use super::target::DeviceTarget;

const TICK: Duration = Duration::from_millis(100);
/// A first opening that takes longer than this has failed.
const OPEN_DEADLINE: Duration = Duration::from_secs(8);
/// Ticks without a callback after which a stream is dead: a JACK server always calls, other servers may
/// suspend an idle source for a while.
const JACK_STARVED_TICKS: u32 = 10;
const STARVED_TICKS: u32 = 50;
/// Pauses between attempts to reopen, in ticks: doubled from the first to the longest.
const FIRST_PAUSE_TICKS: u32 = 3;
const LONGEST_PAUSE_TICKS: u32 = 30;
/// Frames per callback asked for. The defaults of some drivers are a tenth of a second.
const BLOCK_FRAMES: u32 = 256;
/// The ring holds this many seconds.
const RING_S: usize = 1;

/// What the callbacks and the supervisor tell the reader.
#[derive(Default)]
struct CaptureStatus {
    callbacks: AtomicU64,
    xruns: AtomicU64,
    lost: AtomicU64,
    returned: AtomicU64,
    /// Between loss and return.
    away: AtomicBool,
}

/// What one stream's callbacks tell the supervisor. Each stream has its own, so that late callbacks of a closing stream
/// do not count for its successor.
#[derive(Default)]
struct Health {
    callbacks: AtomicU64,
    /// Set by the driver when the stream is done for.
    failed: AtomicBool,
}

/// An open stream, as the supervisor sees it.
struct Open {
    stream: cpal::Stream,
    health: Arc<Health>,
}

/// A newly opened stream, as the reader sees it.
pub(super) struct Feed {
    ring: Consumer,
    config: AnalysisConfig,
    stamp: Arc<Stamp>,
    clock: CaptureClock,
    /// Frames read so far.
    read: u64,
}

impl Feed {
    pub fn new(ring: Consumer, config: AnalysisConfig, stamp: Arc<Stamp>) -> Self {
        Self { ring, config, stamp, clock: CaptureClock::new(config.sample_rate_hz), read: 0 }
    }

    /// Appends what was captured since the last call, at most `frames`; returns how many samples, and when the newest
    /// of them was captured if it is `now_s`.
    fn pull(&mut self, now_s: f64, frames: usize, out: &mut Vec<f32>) -> (usize, f64) {
        let channels = usize::from(self.config.channels.max(1));
        let count = self.ring.read(out, frames * channels);
        self.read += (count / channels) as u64;
        if let Some((frames, ago_s)) = self.stamp.get() {
            self.clock.hear(frames, now_s - ago_s);
        }
        // Samples cannot have been captured after now: a later time is an error of the line.
        let captured_s = self.clock.time_of(self.read).map_or(now_s, |at_s| at_s.min(now_s));
        (count, captured_s)
    }
}

/// The reader's end of an open device. Dropping it closes the device.
pub(super) struct Capture {
    status: Arc<CaptureStatus>,
    feeds: Receiver<Feed>,
    feed: Feed,
    /// Dropping this stops the supervisor.
    _stop: Sender<()>,
}

impl Capture {
    /// Opens `target` and keeps it open.
    ///
    /// # Errors
    /// A sentence part saying why the device does not open.
    pub fn open(target: DeviceTarget, channels: Channels) -> Result<Self, String> {
        let status = Arc::new(CaptureStatus::default());
        let (feed_sender, feeds) = unbounded();
        let (stop, stopped) = bounded(0);
        let (ready_sender, ready) = bounded(1);
        let supervisor = Supervisor { target, channels, status: Arc::clone(&status), feeds: feed_sender };
        crate::rt::spawn("audio-supervisor", move || supervisor.run(&ready_sender, &stopped))
            .map_err(|error| error.to_string())?;
        match ready.recv_timeout(OPEN_DEADLINE) {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => return Err(reason),
            Err(_) => return Err("it does not answer".into()),
        }
        let feed = feeds.try_recv().map_err(|_| "it closed at once".to_owned())?;
        Ok(Self { status, feeds, feed, _stop: stop })
    }

    pub fn config(&self) -> AnalysisConfig {
        self.feed.config
    }

    pub fn is_lost(&self) -> bool {
        self.status.away.load(Ordering::Relaxed)
    }

    pub fn counters(&self) -> Counters {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            callbacks: of(&self.status.callbacks),
            xruns: of(&self.status.xruns),
            lost: of(&self.status.lost),
            returned: of(&self.status.returned),
        }
    }

    /// Appends what was captured since the last call, it being `now_s`; returns how many samples, and when the newest
    /// of them was captured.
    pub fn pull(&mut self, now_s: f64, out: &mut Vec<f32>) -> (usize, f64) {
        while let Ok(feed) = self.feeds.try_recv() {
            self.feed = feed;
        }
        let config = self.feed.config;
        let frames = (f64::from(config.sample_rate_hz) * LONGEST_BLOCK_S) as usize;
        self.feed.pull(now_s, frames, out)
    }
}

struct Supervisor {
    target: DeviceTarget,
    channels: Channels,
    status: Arc<CaptureStatus>,
    feeds: Sender<Feed>,
}

impl Supervisor {
    fn run(self, ready: &Sender<Result<(), String>>, stopped: &Receiver<()>) {
        let first = self.open();
        let opened = first.as_ref().map(|_| ()).map_err(Clone::clone);
        // The caller's deadline has passed, and nobody will use the device.
        if ready.send(opened).is_err() {
            return;
        }
        let Ok(mut stream) = first.map(Some) else { return };
        let (mut idle_ticks, mut seen) = (0, 0);
        let (mut pause, mut wait) = (FIRST_PAUSE_TICKS, FIRST_PAUSE_TICKS);
        while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            if let Some(open) = &stream {
                let callbacks = open.health.callbacks.load(Ordering::Relaxed);
                idle_ticks = if callbacks == seen { idle_ticks + 1 } else { 0 };
                seen = callbacks;
                if self.is_dead(open, idle_ticks) {
                    self.lose(stream.take().map(|open| open.stream));
                    (pause, wait) = (FIRST_PAUSE_TICKS, FIRST_PAUSE_TICKS);
                }
            } else if wait > 0 {
                wait -= 1;
            } else if let Ok(again) = self.open() {
                stream = Some(again);
                (idle_ticks, seen) = (0, 0);
                self.status.away.store(false, Ordering::Relaxed);
                self.status.returned.fetch_add(1, Ordering::Relaxed);
                tracing::info!("the audio input {} is back", self.target);
            } else {
                pause = (2 * pause).min(LONGEST_PAUSE_TICKS);
                wait = pause;
            }
        }
    }

    fn is_dead(&self, open: &Open, idle_ticks: u32) -> bool {
        let patience = if self.target.is_jack() { JACK_STARVED_TICKS } else { STARVED_TICKS };
        open.health.failed.load(Ordering::Relaxed) || idle_ticks >= patience
    }

    fn lose(&self, stream: Option<cpal::Stream>) {
        self.status.away.store(true, Ordering::Relaxed);
        self.status.lost.fetch_add(1, Ordering::Relaxed);
        tracing::warn!("the audio input {} is gone; it is opened again when it is back", self.target);
        if self.target.is_jack() {
            // Not closed but forgotten: libjack crashes when a client of a dead server is closed after another one
            // of this process has failed to open, and may wait for ever on a server that hangs.
            std::mem::forget(stream);
            return;
        }
        // Closing a stream of a dead server may wait for an answer that never comes: not on this thread. If no
        // thread can be had, the stream is closed here as the closure is dropped.
        let _ = crate::rt::spawn("audio-close", move || drop(stream));
    }

    /// Opens the device and hands its ring over.
    fn open(&self) -> Result<Open, String> {
        let _turn = crate::rt::jack_turn();
        let (device, client) = self.target.find()?;
        let (open, feed) = self.build(&device).map_err(|error| error.to_string())?;
        open.stream.play().map_err(|error| error.to_string())?;
        self.target.connect(&client)?;
        self.feeds.send(feed).map_err(|_| "nobody listens".to_owned())?;
        Ok(open)
    }

    fn build(&self, device: &cpal::Device) -> Result<(Open, Feed), cpal::Error> {
        let offered = device.default_input_config()?;
        // Sound servers convert; bare cards give what they have.
        let converts = matches!(self.target.host.name(), "PulseAudio" | "JACK");
        let wanted = self.channels.wanted();
        let channels = if converts { offered.channels().min(wanted) } else { offered.channels() };
        if let Some(beyond) = self.channels.beyond(channels) {
            tracing::warn!("the audio input {} {beyond}", self.target);
        }
        let format = if converts { SampleFormat::F32 } else { offered.sample_format() };
        let block = match offered.buffer_size() {
            SupportedBufferSize::Range { min, max } if !self.target.is_jack() => {
                BufferSize::Fixed(BLOCK_FRAMES.clamp(*min, *max))
            }
            _ => BufferSize::Default,
        };
        let mut config = cpal::StreamConfig { channels, sample_rate: offered.sample_rate(), buffer_size: block };
        match self.build_format(device, config, format) {
            Err(error) if error.kind() == ErrorKind::UnsupportedConfig && block != BufferSize::Default => {
                config.buffer_size = BufferSize::Default;
                self.build_format(device, config, format)
            }
            built => built,
        }
    }

    fn build_format(
        &self,
        device: &cpal::Device,
        config: cpal::StreamConfig,
        format: SampleFormat,
    ) -> Result<(Open, Feed), cpal::Error> {
        match format {
            SampleFormat::F32 => self.build_stream::<f32>(device, config),
            SampleFormat::I16 => self.build_stream::<i16>(device, config),
            SampleFormat::I24 => self.build_stream::<cpal::I24>(device, config),
            SampleFormat::I32 => self.build_stream::<i32>(device, config),
            SampleFormat::U16 => self.build_stream::<u16>(device, config),
            other => Err(cpal::Error::with_message(
                ErrorKind::UnsupportedConfig,
                format!("its sample format {other} is not supported"),
            )),
        }
    }

    fn build_stream<T>(&self, device: &cpal::Device, config: cpal::StreamConfig) -> Result<(Open, Feed), cpal::Error>
    where
        T: SizedSample,
        f32: FromSample<T>,
    {
        let channels = usize::from(config.channels);
        let (pick, kept) = self.channels.of(channels);
        let (mut producer, consumer) = ring(config.sample_rate as usize * kept * RING_S);
        let (health, stamp) = (Arc::<Health>::default(), Arc::new(Stamp::new()));
        let (status, alive, written) = (Arc::clone(&self.status), Arc::clone(&health), Arc::clone(&stamp));
        let (rate_hz, mut frames) = (f64::from(config.sample_rate), 0);
        let on_samples = move |samples: &[T], info: &cpal::InputCallbackInfo| {
            status.callbacks.fetch_add(1, Ordering::Relaxed);
            alive.callbacks.fetch_add(1, Ordering::Relaxed);
            if copy(samples, channels, &pick[..kept], &mut producer) {
                let count = samples.len() / channels.max(1);
                frames += count as u64;
                written.set(frames, latency(&info.timestamp(), count as f64 / rate_hz));
            } else {
                status.xruns.fetch_add(1, Ordering::Relaxed);
            }
        };
        let on_error = on_error(Arc::clone(&self.status), Arc::clone(&health));
        let timeout = Some(Duration::from_secs(5));
        let stream = device.build_input_stream::<T, _, _>(config, on_samples, on_error, timeout)?;
        let config =
            AnalysisConfig { sample_rate_hz: config.sample_rate, channels: kept as u16, ..AnalysisConfig::default() };
        Ok((Open { stream, health }, Feed::new(consumer, config, stamp)))
    }
}

/// The error callback of one stream: counts xruns, ignores notices, and marks the stream as failed on anything else.
fn on_error(status: Arc<CaptureStatus>, health: Arc<Health>) -> impl FnMut(cpal::Error) {
    move |error| match error.kind() {
        ErrorKind::Xrun => drop(status.xruns.fetch_add(1, Ordering::Relaxed)),
        ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
        _ => health.failed.store(true, Ordering::Relaxed),
    }
}

/// How long before its callback the last frame of a block of `block_s` was captured: drivers date the first one.
fn latency(stamp: &cpal::InputStreamTimestamp, block_s: f64) -> Duration {
    let first = stamp.callback.saturating_duration_since(stamp.capture);
    first.saturating_sub(Duration::from_secs_f64(block_s))
}

/// The device callback's work: the picked channels into the ring. False when the ring is full.
fn copy<T>(samples: &[T], channels: usize, pick: &[usize], producer: &mut Producer) -> bool
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let frames = samples.chunks_exact(channels.max(1));
    let count = frames.len() * pick.len();
    let wanted = frames.flat_map(|frame| pick.iter().map(|channel| frame[*channel]));
    producer.write(count, wanted.map(|sample| sample.to_sample::<f32>()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::ring::Producer;
    use super::*;

    /// The writing end of a made-up device, as its callback has it.
    pub struct Driver {
        pub producer: Producer,
        pub stamp: Arc<Stamp>,
        pub frames: u64,
    }

    impl Driver {
        /// Delivers a mono block whose last sample was captured `latency` ago.
        pub fn deliver(&mut self, block: &[f32], latency: Duration) {
            assert!(self.producer.write(block.len(), block.iter().copied()));
            self.frames += block.len() as u64;
            self.stamp.set(self.frames, latency);
        }
    }

    /// A device of ours that nobody supervises.
    pub fn made_up(sample_rate_hz: u32) -> (Capture, Driver) {
        let (producer, consumer) = ring(sample_rate_hz as usize);
        let stamp = Arc::new(Stamp::new());
        let config = AnalysisConfig { sample_rate_hz, channels: 1, ..AnalysisConfig::default() };
        let feed = Feed::new(consumer, config, Arc::clone(&stamp));
        let ((_, feeds), (stop, _)) = (unbounded(), bounded(0));
        (Capture { status: Arc::default(), feeds, feed, _stop: stop }, Driver { producer, stamp, frames: 0 })
    }

    #[test]
    fn what_a_closing_stream_still_says_is_not_its_successors() {
        let (status, old, new) = (Arc::<CaptureStatus>::default(), Arc::<Health>::default(), Arc::<Health>::default());
        let (mut old_said, mut new_said) =
            (on_error(status.clone(), old.clone()), on_error(status.clone(), new.clone()));
        let error = |kind| cpal::Error::with_message(kind, "late");
        old_said(error(ErrorKind::StreamInvalidated));
        let failed = |health: &Health| health.failed.load(Ordering::Relaxed);
        assert!(failed(&old) && !failed(&new));
        new_said(error(ErrorKind::Xrun));
        assert!(!failed(&new) && status.xruns.load(Ordering::Relaxed) == 1);
    }
}
