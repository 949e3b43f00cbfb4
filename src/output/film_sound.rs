//! The sound of a film: from the tap on the audio input into ffmpeg's pipe, on a thread of its own.

use std::collections::VecDeque;
use std::io::{PipeWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::audio::{TAP_CHANNELS, TAP_RATE_HZ, TapPlace, TapReader};
use crate::rt::{self, Stop};
use crate::units::Seconds;

/// How often new samples are fetched.
const PAUSE: Duration = Duration::from_millis(10);
/// Sound that is this far behind the pictures, in seconds, is not coming: silence stands in for it.
const BEHIND_S: f64 = 0.5;
/// How long ffmpeg may take to read the last of it.
const DEADLINE: Duration = Duration::from_secs(5);
/// Frames shown and not yet read back, at most.
const ON_THE_WAY: usize = 16;

/// The sound until the film begins: a frame comes here a while after it was shown.
pub(super) struct Opening {
    sound: Option<TapReader>,
    /// What was heard when the newest frames were shown.
    shown: VecDeque<(Seconds, TapPlace)>,
}

impl Opening {
    pub fn new(sound: Option<TapReader>) -> Self {
        Self { sound, shown: VecDeque::new() }
    }

    /// A frame is shown at `at`, with what is heard now.
    pub fn shown(&mut self, at: Seconds) {
        let Some(sound) = &mut self.sound else { return };
        if self.shown.len() == ON_THE_WAY
            && let Some((_, oldest)) = self.shown.pop_front()
        {
            sound.skip_to(oldest);
        }
        self.shown.push_back((at, sound.now()));
    }

    /// Gives the sound away, from the frame shown at `at`.
    pub fn begin(&mut self, at: Seconds) -> Option<TapReader> {
        let mut sound = self.sound.take()?;
        let place = self.shown.iter().find(|(shown, _)| *shown == at).map_or(sound.now(), |(_, place)| *place);
        sound.skip_to(place);
        Some(sound)
    }
}

/// The thread. Dropped, it gives away what it has, up to the last picture, and ends.
pub(super) struct FilmSound {
    stop: Stop,
    /// How long the pictures are, in samples of one channel.
    pictures: Arc<AtomicU64>,
    worker: Option<JoinHandle<()>>,
}

impl FilmSound {
    /// Begins with what the tap has not given yet.
    pub fn start(tap: TapReader, into: PipeWriter) -> std::io::Result<Self> {
        let (stop, pictures) = (Stop::default(), Arc::new(AtomicU64::new(0)));
        let writer = SoundWriter { tap, into, written: 0, block: Vec::new() };
        let (leave, until) = (stop.clone(), pictures.clone());
        let worker = rt::spawn("film sound", move || writer.run(&leave, &until))?;
        Ok(Self { stop, pictures, worker: Some(worker) })
    }

    /// The pictures given to ffmpeg so far last `seconds`.
    pub fn pictures_until(&self, seconds: f64) {
        self.pictures.store((seconds * f64::from(TAP_RATE_HZ)) as u64, Ordering::Relaxed);
    }
}

impl Drop for FilmSound {
    fn drop(&mut self) {
        self.stop.set();
        if let Some(worker) = self.worker.take() {
            Stop::join(worker, DEADLINE);
        }
    }
}

struct SoundWriter {
    tap: TapReader,
    into: PipeWriter,
    /// Samples of one channel given away.
    written: u64,
    block: Vec<f32>,
}

impl SoundWriter {
    fn run(mut self, stop: &Stop, pictures: &AtomicU64) {
        loop {
            // Read before the samples are fetched, so that everything captured before the stop is written.
            let last = stop.is_set();
            self.tap.read(&mut self.block);
            let until = pictures.load(Ordering::Relaxed);
            let behind = if last { 0 } else { (BEHIND_S * f64::from(TAP_RATE_HZ)) as u64 };
            let have = self.written + (self.block.len() / TAP_CHANNELS) as u64;
            if have + behind < until {
                self.block.resize(((until - self.written) as usize) * TAP_CHANNELS, 0.0);
            } else if last {
                self.block.truncate((until.saturating_sub(self.written) as usize) * TAP_CHANNELS);
            }
            if self.give().is_err() || last {
                return;
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn give(&mut self) -> std::io::Result<()> {
        let bytes: &[u8] = bytemuck::cast_slice(&self.block);
        self.into.write_all(bytes)?;
        self.written += (self.block.len() / TAP_CHANNELS) as u64;
        self.block.clear();
        Ok(())
    }
}
