//! The sink of `--capture`: PNGs whose names sort in time order, written on a worker thread of its own.
//!
//! The queue is bounded. Live, a full queue drops the frame; stepped play waits for the disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageError};

use crate::disk::{self, Durable};
use crate::render::ReadbackFrame;
use crate::rt::{self, Stop};
use crate::units::Seconds;

use super::OutputError;
use super::sink::Sink;

/// Frames waiting for the disk at most.
const QUEUE: usize = 8;

/// How long the disk may take at the end.
const DEADLINE: Duration = Duration::from_secs(10);

/// Which frames to keep, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureConfig {
    pub dir: PathBuf,
    /// Every how many frames one is kept; 1 keeps all.
    pub every: u32,
}

/// The worker and the way to it.
pub(super) struct PngSink {
    every: u64,
    lossless: bool,
    queue: Option<Sender<Arc<ReadbackFrame>>>,
    failed: Arc<AtomicU64>,
    worker: Option<JoinHandle<()>>,
}

impl PngSink {
    /// Makes the folder and starts the worker. `lossless` waits instead of dropping.
    pub fn start(config: &CaptureConfig, lossless: bool) -> Result<Self, OutputError> {
        let cannot = |source| OutputError::Capture { dir: config.dir.clone(), source };
        std::fs::create_dir_all(&config.dir).map_err(cannot)?;
        let left = std::fs::read_dir(&config.dir).map_err(cannot)?.count();
        if left > 0 {
            tracing::warn!(
                "{}: {left} files are there already; an empty folder keeps two runs apart",
                config.dir.display()
            );
        }
        let (queue, frames) = bounded(QUEUE);
        let failed = Arc::new(AtomicU64::new(0));
        let (dir, failures) = (config.dir.clone(), Arc::clone(&failed));
        let write_all = move || write_all(&dir, &frames, &failures);
        let worker = rt::spawn("capture", write_all).map_err(cannot)?;
        let every = u64::from(config.every.max(1));
        Ok(Self { every, lossless, queue: Some(queue), failed, worker: Some(worker) })
    }
}

impl Sink for PngSink {
    fn wants(&self, index: u64, _at: Seconds) -> bool {
        index.is_multiple_of(self.every)
    }

    fn accept(&mut self, frame: &Arc<ReadbackFrame>) -> bool {
        if !self.wants(frame.index, frame.at) {
            return true;
        }
        let Some(queue) = &self.queue else { return false };
        if self.lossless { queue.send(frame.clone()).is_ok() } else { queue.try_send(frame.clone()).is_ok() }
    }

    fn take_failures(&mut self) -> u64 {
        self.failed.swap(0, Ordering::Relaxed)
    }
}

impl Drop for PngSink {
    /// Waits until everything queued is written, at most `DEADLINE`, in case the disk hangs.
    fn drop(&mut self) {
        self.queue = None;
        // A worker that panicked has said so itself.
        let worker = self.worker.take();
        if worker.is_some_and(|worker| !worker.is_finished() && Stop::join(worker, DEADLINE).is_none()) {
            tracing::warn!("the disk does not take the last captured frames; they are left behind");
        }
    }
}

fn write_all(dir: &Path, frames: &Receiver<Arc<ReadbackFrame>>, failed: &AtomicU64) {
    let mut said = false;
    for frame in frames {
        let path = dir.join(format!("frame-{:06}.png", frame.index));
        if let Err(error) = write(&path, &frame) {
            failed.fetch_add(1, Ordering::Relaxed);
            if !said {
                tracing::warn!(%error, path = %path.display(), "a captured frame cannot be written; further ones are only counted");
                said = true;
            }
        }
    }
}

fn write(path: &Path, frame: &ReadbackFrame) -> std::io::Result<()> {
    let (width_px, height_px) = (frame.width_px, frame.height_px);
    disk::write(path, Durable::Eventually, |file| {
        PngEncoder::new_with_quality(file, CompressionType::Fast, FilterType::Adaptive)
            .write_image(&frame.rgba, width_px, height_px, ExtendedColorType::Rgba8)
            .map_err(|error| match error {
                ImageError::IoError(error) => error,
                other => std::io::Error::other(other),
            })
    })
}
