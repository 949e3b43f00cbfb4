//! The sink of `--record`: a film of what was shown, at a steady rate, with the sound that was heard. `ffmpeg` writes it,
//! as a child process: a matroska file whose beginning plays however the show ends, or a v4l2 loopback that other programs
//! open as a camera.
//!
//! Two threads: one gives the child pictures, the other sound. Live, a full queue drops the picture, and the one before
//! stands in for it; stepped play waits.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use image::imageops::{self, FilterType};

use super::OutputError;
use super::film_sound::FilmSound;
use super::sink::Sink;
use crate::audio::TapReader;
use crate::render::ReadbackFrame;
use crate::rt::{self, Stop};
use crate::units::Seconds;

/// Pictures waiting for the encoder at most: it takes most of a second to start.
const QUEUE: usize = 24;
/// How long the encoder may take at the end.
const DEADLINE: Duration = Duration::from_secs(20);

/// What to record, and where.
pub struct FilmConfig {
    /// A file that is not there yet, or a device such as `/dev/video10`.
    pub path: PathBuf,
    /// Pictures a second.
    pub fps: f64,
    pub sound: Option<TapReader>,
}

/// The worker and the way to it.
pub(super) struct FilmSink {
    fps: f64,
    lossless: bool,
    /// When the film began, and the number of its newest picture.
    newest: Option<(Seconds, u64)>,
    queue: Option<Sender<Picture>>,
    failed: Arc<AtomicU64>,
    worker: Option<JoinHandle<()>>,
}

/// A frame and its place in the film, from 0.
struct Picture {
    number: u64,
    frame: Arc<ReadbackFrame>,
}

impl FilmSink {
    /// Looks whether the film can be made and starts the worker. `lossless` waits instead of dropping.
    pub fn start(config: FilmConfig, lossless: bool) -> Result<Self, OutputError> {
        let FilmConfig { path, fps, sound } = config;
        let cannot = |why: String| OutputError::Film { path: path.clone(), why };
        let device = is_device(&path);
        if !device && std::fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
            return Err(cannot("it is there already: name another file".into()));
        }
        if device && !path.exists() {
            return Err(cannot("there is no such device: load v4l2loopback first".into()));
        }
        let answers = Command::new("ffmpeg").arg("-version").stdin(Stdio::null()).output().is_ok();
        if !answers {
            return Err(cannot("it needs the program ffmpeg: install the package of that name".into()));
        }
        if !device {
            // Found out now rather than at the first picture.
            std::fs::File::create(&path)
                .map_err(|error| cannot(format!("{error}: name a file that can be written")))?;
        }
        let (queue, pictures) = bounded(QUEUE);
        let failed = Arc::new(AtomicU64::new(0));
        let (failures, sound) = (Arc::clone(&failed), if device { None } else { sound });
        let film = move || write_film(&path, fps, sound, &pictures, &failures);
        let worker = rt::spawn("film", film)
            .map_err(|error| OutputError::Film { path: PathBuf::new(), why: error.to_string() })?;
        Ok(Self { fps, lossless, newest: None, queue: Some(queue), failed, worker: Some(worker) })
    }

    /// The place in the film of what was shown at `at`, when nothing stands there yet.
    fn place(&self, at: Seconds) -> Option<u64> {
        let Some((began, newest)) = self.newest else { return Some(0) };
        let number = (at.since(began) * self.fps).round().max(0.0) as u64;
        (number > newest).then_some(number)
    }
}

impl Sink for FilmSink {
    fn wants(&self, _index: u64, at: Seconds) -> bool {
        self.place(at).is_some()
    }

    fn accept(&mut self, frame: &Arc<ReadbackFrame>) -> bool {
        let (Some(number), Some(queue)) = (self.place(frame.at), &self.queue) else { return true };
        let picture = Picture { number, frame: frame.clone() };
        let taken = if self.lossless { queue.send(picture).is_ok() } else { queue.try_send(picture).is_ok() };
        if taken {
            let began = self.newest.map_or(frame.at, |(began, _)| began);
            self.newest = Some((began, number));
        }
        taken
    }

    fn take_failures(&mut self) -> u64 {
        self.failed.swap(0, Ordering::Relaxed)
    }
}

impl Drop for FilmSink {
    fn drop(&mut self) {
        self.queue = None;
        let worker = self.worker.take();
        if worker.is_some_and(|worker| !worker.is_finished() && Stop::join(worker, DEADLINE).is_none()) {
            tracing::warn!("ffmpeg does not come to an end; the film's last seconds may be missing");
        }
    }
}

/// Whether films go to a device there, which takes pictures alone.
fn is_device(path: &Path) -> bool {
    path.starts_with("/dev")
}

/// There is nothing to find out about raw input. Looking would take seconds of it, from one pipe while the other is full:
/// in virtual time, where pictures and sound come from one thread, for ever.
const PLAIN: &str = "-probesize 32 -analyzeduration 0";

/// ffmpeg's arguments for pictures of this size on its standard input and, with sound, samples on its file 1.
fn arguments(path: &Path, [width, height]: [u32; 2], fps: f64, with_sound: bool) -> Vec<String> {
    let mut words: Vec<String> =
        "-hide_banner -loglevel error -nostdin -y -f rawvideo -pix_fmt rgba".split(' ').map(Into::into).collect();
    let mut add = |more: &str| words.extend(more.split_whitespace().map(Into::into));
    add(&format!("-video_size {width}x{height} -framerate {fps} -thread_queue_size 64 {PLAIN} -i pipe:0"));
    if with_sound {
        add(&format!("-f f32le -ar 48000 -ac 2 -thread_queue_size 1024 {PLAIN} -i pipe:1"));
        add("-map 0:v -map 1:a -c:a aac -b:a 192k");
    }
    if is_device(path) {
        add("-pix_fmt yuv420p -f v4l2");
    } else {
        // Encoders want even sides. A cluster a second, written at once: what is there plays.
        add("-vf crop=trunc(iw/2)*2:trunc(ih/2)*2 -c:v libx264 -preset veryfast -crf 18 -pix_fmt yuv420p -g 60");
        add("-f matroska -flush_packets 1 -cluster_time_limit 1000");
    }
    words.push(path.display().to_string());
    words
}

/// The child, and what it last said.
struct Encoder {
    child: Child,
    size_px: [u32; 2],
    sound: Option<FilmSound>,
    said: Arc<Mutex<String>>,
}

impl Encoder {
    fn start(path: &Path, fps: f64, sound: Option<TapReader>, size_px: [u32; 2]) -> std::io::Result<Self> {
        let mut command = Command::new("ffmpeg");
        command.args(arguments(path, size_px, fps, sound.is_some())).stdin(Stdio::piped()).stderr(Stdio::piped());
        let sound = match sound {
            Some(tap) => {
                let (samples, into) = std::io::pipe()?;
                // A child has three files that can be handed over by plain means, and it needs no standard output.
                command.stdout(Stdio::from(samples));
                Some(FilmSound::start(tap, into)?)
            }
            None => {
                command.stdout(Stdio::null());
                None
            }
        };
        // Ctrl-C is for us: ffmpeg ends when we have given it everything.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let said = Arc::new(Mutex::new(String::new()));
        if let Some(mut stderr) = child.stderr.take() {
            let said = said.clone();
            rt::spawn("film log", move || listen(&mut stderr, &said))?;
        }
        Ok(Self { child, size_px, sound, said })
    }

    /// Gives it one picture, which stands at `second` of the film.
    fn write(&mut self, frame: &ReadbackFrame, second: f64) -> std::io::Result<()> {
        let Some(stdin) = &mut self.child.stdin else { return Err(std::io::ErrorKind::BrokenPipe.into()) };
        if [frame.width_px, frame.height_px] == self.size_px {
            stdin.write_all(&frame.rgba)?;
        } else {
            // The wall has another size by now; a film keeps its own.
            let [width, height] = self.size_px;
            let picture = image::RgbaImage::from_raw(frame.width_px, frame.height_px, frame.rgba.clone());
            let picture = picture.ok_or(std::io::ErrorKind::InvalidData)?;
            stdin.write_all(imageops::resize(&picture, width, height, FilterType::Triangle).as_raw())?;
        }
        if let Some(sound) = &self.sound {
            sound.pictures_until(second);
        }
        Ok(())
    }

    /// Closes its inputs and waits for it.
    fn finish(mut self) -> bool {
        drop(self.child.stdin.take());
        drop(self.sound.take());
        let until = Instant::now() + DEADLINE;
        while Instant::now() < until {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    fn last_words(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_empty() { "ffmpeg ended".into() } else { format!("ffmpeg: {said}") }
    }
}

/// Keeps the first line that ffmpeg complains with: the others follow from it.
fn listen(stderr: &mut impl Read, said: &Mutex<String>) {
    let mut all = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = stderr.read(&mut buffer) {
        if all.len() < buffer.len() {
            all.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&all);
            let first = text.lines().next().unwrap_or_default();
            first.clone_into(&mut said.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// The worker: every place of the film gets the newest picture there was.
fn write_film(path: &Path, fps: f64, sound: Option<TapReader>, pictures: &Receiver<Picture>, failed: &AtomicU64) {
    // The encoder inherits it: the wall and the hands go first.
    rt::lower_priority();
    let Ok(first) = pictures.recv() else { return };
    let size_px = [first.frame.width_px, first.frame.height_px];
    let mut encoder = match Encoder::start(path, fps, sound, size_px) {
        Ok(encoder) => encoder,
        Err(error) => return give_up(path, &error.to_string(), pictures, failed),
    };
    let (mut last, mut next) = (first.frame.clone(), 0);
    for Picture { number, frame } in std::iter::once(first).chain(pictures) {
        let missing = (next..number).map(|place| (place, last.clone()));
        let mut due = missing.chain([(number, frame.clone())]);
        if let Err(error) = due.try_for_each(|(place, frame)| encoder.write(&frame, (place + 1) as f64 / fps)) {
            // It says why a moment after it has stopped reading.
            std::thread::sleep(Duration::from_millis(100));
            return give_up(path, &format!("{} ({error})", encoder.last_words()), pictures, failed);
        }
        (last, next) = (frame, number + 1);
    }
    let words = encoder.said.clone();
    if !encoder.finish() {
        let said = words.lock().unwrap_or_else(PoisonError::into_inner);
        tracing::warn!("{}: the film did not end well; {said}", path.display());
    }
}

/// Says why, and counts what is lost from here on.
fn give_up(path: &Path, why: &str, pictures: &Receiver<Picture>, failed: &AtomicU64) {
    tracing::warn!("{}: the film ends here: {why}; the show goes on", path.display());
    failed.fetch_add(1, Ordering::Relaxed);
    for _ in pictures {
        failed.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_gets_pictures_and_a_file_sound_too() {
        let film = arguments(Path::new("night.mkv"), [640, 360], 30.0, true).join(" ");
        assert!(film.contains("-video_size 640x360 -framerate 30 ") && film.contains("-i pipe:1"), "{film}");
        assert!(film.ends_with("-cluster_time_limit 1000 night.mkv"), "{film}");
        let camera = arguments(Path::new("/dev/video10"), [640, 360], 30.0, false).join(" ");
        assert!(camera.ends_with("-f v4l2 /dev/video10") && !camera.contains("pipe:1"), "{camera}");
    }

    #[test]
    fn a_film_that_cannot_be_is_one_sentence() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "yesterday").unwrap();
        let why = |path: &Path| {
            let config = FilmConfig { path: path.to_owned(), fps: 30.0, sound: None };
            FilmSink::start(config, false).map(|_| ()).unwrap_err().to_string()
        };
        assert!(why(file.path()).contains("name another file"), "{}", why(file.path()));
        assert_eq!(std::fs::read(file.path()).unwrap(), b"yesterday");
        assert!(why(Path::new("/dev/video-that-is-not-there")).contains("v4l2loopback"));
    }
}
