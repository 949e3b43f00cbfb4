//! The sink of `--record`: a film of what was shown, at a steady rate, with the captured sound. `ffmpeg` writes it as
//! a child process: a matroska file that plays as far as it was written however the show ends, or a v4l2 loopback that
//! other programs open as a camera.
//!
//! Two threads: one gives the child pictures, the other sound. Live, a full queue drops the picture, and the one before
//! stands in for it; stepped play waits.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use image::imageops::{self, FilterType};
use image::{ImageBuffer, Rgba};

use super::OutputError;
use super::film_sound::{FilmSound, Opening};
use super::sink::Sink;
use crate::audio::{TAP_CHANNELS, TAP_RATE_HZ, TapReader};
use crate::render::ReadbackFrame;
use crate::rt::{self, Stop};
use crate::units::Seconds;

/// Pictures waiting for the encoder at most: it takes most of a second to start.
const QUEUE: usize = 24;
/// How long the encoder may take at the end.
const DEADLINE: Duration = Duration::from_secs(5);
/// After refused pictures for this long, in seconds, a warning is logged once.
const HUNG_S: f64 = 2.0;

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
    opening: Opening,
    /// Pictures refused one after the other, and whether that was told.
    refused: u32,
    told: bool,
    queue: Option<Sender<FilmPicture>>,
    state: Arc<State>,
    worker: Option<JoinHandle<()>>,
}

/// What the worker tells, and how it is ended.
#[derive(Default)]
struct State {
    /// Failures not told yet.
    failed: AtomicU64,
    /// Nothing is filmed any more.
    ended: AtomicBool,
    child: Mutex<Option<Child>>,
}

impl State {
    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A frame and its place in the film, from 0.
struct FilmPicture {
    number: u64,
    frame: Arc<ReadbackFrame>,
    /// With the first one: the film's sound, from where it belongs to this picture.
    sound: Option<TapReader>,
}

impl FilmSink {
    /// Looks whether the film can be made and starts the worker. `lossless` waits instead of dropping.
    pub fn start(config: FilmConfig, lossless: bool) -> Result<Self, OutputError> {
        let FilmConfig { path, fps, sound } = config;
        let cannot = |why: String| OutputError::Film { path: path.clone(), why };
        let device = is_device(&path);
        if !device && path.extension().is_none_or(|ending| ending != "mkv") {
            return Err(cannot("films are matroska files: name one that ends in .mkv".into()));
        }
        if !device && std::fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
            return Err(cannot("it is there already: name another file".into()));
        }
        if device && !(path.exists() && path.to_string_lossy().starts_with("/dev/video")) {
            return Err(cannot("that is no v4l2 loopback: load v4l2loopback and name its /dev/video…".into()));
        }
        let answers = Command::new("ffmpeg").arg("-version").stdin(Stdio::null()).output().is_ok();
        if !answers {
            return Err(cannot("it needs the program ffmpeg: install the package of that name".into()));
        }
        if !device {
            // Fails at the start and not at the first picture.
            std::fs::File::create(&path)
                .map_err(|error| cannot(format!("{error}: name a file that can be written")))?;
        }
        let (queue, pictures) = bounded(QUEUE);
        let state = Arc::new(State::default());
        let told = Arc::clone(&state);
        let opening = Opening::new(if device { None } else { sound });
        let film = move || write_film(&path, fps, &pictures, &told);
        let worker = rt::spawn("film", film)
            .map_err(|error| OutputError::Film { path: PathBuf::new(), why: error.to_string() })?;
        Ok(Self {
            fps,
            lossless,
            newest: None,
            opening,
            refused: 0,
            told: false,
            queue: Some(queue),
            state,
            worker: Some(worker),
        })
    }

    /// The place in the film of what was shown at `at`, when nothing stands there yet.
    fn place(&self, at: Seconds) -> Option<u64> {
        if self.state.ended.load(Ordering::Relaxed) {
            return None;
        }
        let Some((began, newest)) = self.newest else { return Some(0) };
        let number = (at.since(began) * self.fps).round().max(0.0) as u64;
        (number > newest).then_some(number)
    }
}

impl Sink for FilmSink {
    fn wants(&self, _index: u64, at: Seconds) -> bool {
        self.place(at).is_some()
    }

    fn shown(&mut self, at: Seconds) {
        self.opening.shown(at);
    }

    fn accept(&mut self, frame: &Arc<ReadbackFrame>) -> bool {
        let (Some(number), Some(queue)) = (self.place(frame.at), &self.queue) else { return true };
        let sound = self.opening.begin(frame.at);
        let picture = FilmPicture { number, frame: frame.clone(), sound };
        let taken = if self.lossless { queue.send(picture).is_ok() } else { queue.try_send(picture).is_ok() };
        if taken {
            let began = self.newest.map_or(frame.at, |(began, _)| began);
            self.newest = Some((began, number));
        }
        self.refused = if taken { 0 } else { self.refused + 1 };
        if !self.told && f64::from(self.refused) >= HUNG_S * self.fps {
            self.told = true;
            tracing::warn!("ffmpeg takes no more pictures; the film stands still until it does");
        }
        taken
    }

    fn take_failures(&mut self) -> u64 {
        self.state.failed.swap(0, Ordering::Relaxed)
    }
}

impl Drop for FilmSink {
    fn drop(&mut self) {
        self.queue = None;
        let Some(worker) = self.worker.take() else { return };
        if !Stop::ends(&worker, DEADLINE) {
            tracing::warn!("ffmpeg does not come to an end and is stopped; the film's last seconds are missing");
            // Ends whatever the worker waits for: a write to the child, or its exit.
            if let Some(child) = &mut *self.state.child() {
                let _ = child.kill();
            }
            Stop::join(worker, DEADLINE);
        }
    }
}

/// Whether a film goes to a device there, which takes pictures alone.
#[must_use]
pub fn is_device(path: &Path) -> bool {
    path.starts_with("/dev")
}

/// Raw input needs no probing. Probing would read seconds of it from one pipe while the other is full, and deadlock in
/// virtual time, where pictures and sound come from one thread.
const PLAIN: &str = "-probesize 32 -analyzeduration 0";

/// ffmpeg's arguments for pictures of this size on its standard input and, with sound, samples on its file 1.
fn arguments(path: &Path, [width, height]: [u32; 2], fps: f64, with_sound: bool) -> Vec<String> {
    let mut words: Vec<String> =
        "-hide_banner -loglevel error -nostdin -y -f rawvideo -pix_fmt rgba".split(' ').map(Into::into).collect();
    let mut add = |more: &str| words.extend(more.split_whitespace().map(Into::into));
    add(&format!("-video_size {width}x{height} -framerate {fps} -thread_queue_size 64 {PLAIN} -i pipe:0"));
    if with_sound {
        add(&format!("-f f32le -ar {TAP_RATE_HZ} -ac {TAP_CHANNELS} -thread_queue_size 1024 {PLAIN} -i pipe:1"));
        add("-map 0:v -map 1:a -c:a aac -b:a 192k");
    }
    if is_device(path) {
        add("-pix_fmt yuv420p -f v4l2");
    } else {
        // The fastest preset: the wall is drawn on the same machine. yuv420p needs even sides. A cluster a second,
        // flushed at once: a film that was cut off plays up to its last second.
        add("-vf crop=trunc(iw/2)*2:trunc(ih/2)*2 -c:v libx264 -preset ultrafast -crf 18 -pix_fmt yuv420p -g 60");
        add("-f matroska -flush_packets 1 -cluster_time_limit 1000");
    }
    // With `file:`, a name that looks like an option or a URL is still a file.
    words.push(if is_device(path) { path.display().to_string() } else { format!("file:{}", path.display()) });
    words
}

/// The child's inputs, and what it said.
struct Encoder {
    pictures: ChildStdin,
    size_px: [u32; 2],
    sound: Option<FilmSound>,
    said: Arc<Mutex<String>>,
}

impl Encoder {
    fn start(
        path: &Path,
        fps: f64,
        sound: Option<TapReader>,
        size_px: [u32; 2],
        state: &State,
    ) -> std::io::Result<Self> {
        let mut command = Command::new("ffmpeg");
        command.args(arguments(path, size_px, fps, sound.is_some())).stdin(Stdio::piped()).stderr(Stdio::piped());
        let sound = match sound {
            Some(tap) => {
                let (samples, into) = std::io::pipe()?;
                // Sound goes to the child's descriptor 1: `Command` passes on only three, and this one is free.
                command.stdout(Stdio::from(samples));
                Some(FilmSound::start(tap, into)?)
            }
            None => {
                command.stdout(Stdio::null());
                None
            }
        };
        // In its own process group ffmpeg gets no Ctrl-C; it ends when its inputs close.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let said = Arc::new(Mutex::new(String::new()));
        if let Some(mut stderr) = child.stderr.take() {
            let said = said.clone();
            rt::spawn("film log", move || listen(&mut stderr, &said))?;
        }
        let pictures = child.stdin.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
        *state.child() = Some(child);
        Ok(Self { pictures, size_px, sound, said })
    }

    /// Gives it one picture, which stands at `second` of the film.
    fn write(&mut self, frame: &ReadbackFrame, second: f64) -> std::io::Result<()> {
        if [frame.width_px, frame.height_px] == self.size_px {
            self.pictures.write_all(&frame.rgba)?;
        } else {
            // The wall's size has changed; the film keeps the size of its first picture.
            let [width, height] = self.size_px;
            let picture = ImageBuffer::<Rgba<u8>, _>::from_raw(frame.width_px, frame.height_px, &frame.rgba[..]);
            let picture = picture.ok_or(std::io::ErrorKind::InvalidData)?;
            self.pictures.write_all(imageops::resize(&picture, width, height, FilterType::Triangle).as_raw())?;
        }
        if let Some(sound) = &self.sound {
            sound.pictures_until(second);
        }
        Ok(())
    }

    /// Why it takes no more pictures: its first complaint, or else our write error.
    fn last_words(&self, error: &std::io::Error) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_empty() { format!("ffmpeg ended ({error})") } else { format!("ffmpeg says: {said}") }
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
fn write_film(path: &Path, fps: f64, pictures: &Receiver<FilmPicture>, state: &State) {
    // The child inherits the low priority, so that rendering and control go first.
    rt::lower_priority();
    let Ok(mut first) = pictures.recv() else { return };
    let size_px = [first.frame.width_px, first.frame.height_px];
    let mut encoder = match Encoder::start(path, fps, first.sound.take(), size_px, state) {
        Ok(encoder) => encoder,
        Err(error) => return give_up(path, &error.to_string(), state),
    };
    let (mut last, mut next) = (first.frame.clone(), 0);
    for FilmPicture { number, frame, .. } in std::iter::once(first).chain(pictures) {
        let missing = (next..number).map(|place| (place, last.clone()));
        let mut due = missing.chain([(number, frame.clone())]);
        if let Err(error) = due.try_for_each(|(place, frame)| encoder.write(&frame, (place + 1) as f64 / fps)) {
            // Its error message arrives a moment after it has stopped reading.
            std::thread::sleep(Duration::from_millis(100));
            return give_up(path, &encoder.last_words(&error), state);
        }
        (last, next) = (frame, number + 1);
    }
    let words = encoder.said.clone();
    // It ends when its inputs do.
    drop(encoder);
    if !ended_well(state) {
        let said = words.lock().unwrap_or_else(PoisonError::into_inner);
        tracing::warn!("{}: the film did not end well; {said}", path.display());
    }
}

/// Waits until the child has ended, by itself or killed in `drop` after the deadline.
fn ended_well(state: &State) -> bool {
    loop {
        match state.child().as_mut().map(Child::try_wait) {
            Some(Ok(Some(status))) => return status.success(),
            Some(Ok(None)) => {}
            _ => return false,
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Says why nothing is filmed any more.
fn give_up(path: &Path, why: &str, state: &State) {
    tracing::warn!("{}: the film ends here: {why}; the show goes on", path.display());
    state.failed.fetch_add(1, Ordering::Relaxed);
    state.ended.store(true, Ordering::Relaxed);
    if let Some(child) = &mut *state.child() {
        // Waited for, so that no zombie process is left.
        let _ = child.kill();
        let _ = child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_gets_pictures_and_a_file_sound_too() {
        let film = arguments(Path::new("night.mkv"), [640, 360], 30.0, true).join(" ");
        assert!(film.contains("-video_size 640x360 -framerate 30 ") && film.contains("-i pipe:1"), "{film}");
        assert!(film.ends_with("-cluster_time_limit 1000 file:night.mkv"), "{film}");
        let camera = arguments(Path::new("/dev/video10"), [640, 360], 30.0, false).join(" ");
        assert!(camera.ends_with("-f v4l2 /dev/video10") && !camera.contains("pipe:1"), "{camera}");
    }

    #[test]
    fn a_film_that_cannot_be_is_one_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("23:00.mkv");
        std::fs::write(&file, "yesterday").unwrap();
        let why = |path: &Path| {
            let config = FilmConfig { path: path.to_owned(), fps: 30.0, sound: None };
            FilmSink::start(config, false).map(|_| ()).unwrap_err().to_string()
        };
        assert!(why(&file).contains("name another file"), "{}", why(&file));
        assert_eq!(std::fs::read(&file).unwrap(), b"yesterday");
        assert!(why(Path::new("night.mp4")).contains(".mkv"));
        for device in ["/dev/video-that-is-not-there", "/dev/null"] {
            assert!(why(Path::new(device)).contains("v4l2loopback"));
        }
    }
}
