//! The sink of the phone page: a few small pictures of the wall a second, made only while somebody looks.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use super::sink::Sink;
use crate::control::web::Monitor;
use crate::render::ReadbackFrame;
use crate::rt::{self, Stop};
use crate::units::Seconds;

/// Pictures a second, and their longest sides in pixels.
const PER_S: f64 = 6.0;
const WIDTH_PX: u32 = 320;
const HEIGHT_PX: u32 = 180;
const QUALITY: u8 = 60;
const DEADLINE: Duration = Duration::from_secs(1);

/// The way to the worker, which scales and encodes.
pub(super) struct PhoneSink {
    monitor: Monitor,
    last: Option<Seconds>,
    queue: Option<Sender<Arc<ReadbackFrame>>>,
    worker: Option<JoinHandle<()>>,
}

impl PhoneSink {
    /// Starts the worker.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn start(monitor: Monitor) -> std::io::Result<Self> {
        let (queue, frames) = bounded(1);
        let to = monitor.clone();
        let worker = rt::spawn("phone picture", move || show_all(&frames, &to))?;
        Ok(Self { monitor, last: None, queue: Some(queue), worker: Some(worker) })
    }

    fn is_due(&self, at: Seconds) -> bool {
        self.monitor.is_watched() && self.last.is_none_or(|last| at.since(last) >= 1.0 / PER_S - 0.005)
    }
}

impl Sink for PhoneSink {
    fn wants(&self, _index: u64, at: Seconds) -> bool {
        self.is_due(at)
    }

    /// A picture that finds the worker busy is nobody's loss: another one follows.
    fn accept(&mut self, frame: &Arc<ReadbackFrame>) -> bool {
        if self.is_due(frame.at) {
            self.last = Some(frame.at);
            if let Some(queue) = &self.queue {
                let _ = queue.try_send(frame.clone());
            }
        }
        true
    }

    fn take_failures(&mut self) -> u64 {
        0
    }
}

impl Drop for PhoneSink {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(worker) = self.worker.take() {
            Stop::join(worker, DEADLINE);
        }
    }
}

fn show_all(frames: &Receiver<Arc<ReadbackFrame>>, monitor: &Monitor) {
    rt::lower_priority();
    for frame in frames {
        let (width, height, rgb) = smaller(&frame);
        let mut jpeg = Vec::with_capacity(24 * 1024);
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
        if encoder.encode(&rgb, width, height, ExtendedColorType::Rgb8).is_ok() {
            monitor.show(jpeg);
        }
    }
}

/// The frame in whole steps smaller, so that it fits: width, height and RGB. Each pixel is the mean of a block.
fn smaller(frame: &ReadbackFrame) -> (u32, u32, Vec<u8>) {
    let step = frame.width_px.div_ceil(WIDTH_PX).max(frame.height_px.div_ceil(HEIGHT_PX)).max(1);
    let (width, height) = ((frame.width_px / step).max(1), (frame.height_px / step).max(1));
    let (step, row) = (step as usize, 4 * frame.width_px as usize);
    let mut rgb = Vec::with_capacity(3 * (width * height) as usize);
    for y in 0..height as usize {
        for x in 0..width as usize {
            let mut sum = [0u32; 3];
            for line in frame.rgba.chunks_exact(row).skip(y * step).take(step) {
                for pixel in line.chunks_exact(4).skip(x * step).take(step) {
                    sum.iter_mut().zip(pixel).for_each(|(sum, part)| *sum += u32::from(*part));
                }
            }
            rgb.extend(sum.map(|sum| (sum / (step * step) as u32) as u8));
        }
    }
    (width, height, rgb)
}
