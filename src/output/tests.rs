//! The shells with a scripted stage, on the device there is.

use super::*;
use crate::frame::{Arrival, Pose};
use crate::render::gpu_turn;

/// Plays a list of frames and remembers what happened.
struct Script {
    steps: u64,
    size: (u32, u32),
    play: fn(u64) -> StageFrame,
    step: u64,
    asked: Vec<Seconds>,
    presented: Vec<Presented>,
    faults: Vec<Fault>,
}

impl Script {
    fn new(steps: u64, play: fn(u64) -> StageFrame) -> Self {
        Self { steps, size: (32, 18), play, step: 0, asked: vec![], presented: vec![], faults: vec![] }
    }

    /// Nothing if this machine has no graphics device.
    fn stepped(mut self, capture: Option<CaptureConfig>) -> Option<Self> {
        let (width_px, height_px) = self.size;
        let config = OutputConfig { width_px, height_px, fps: Some(25.0), capture, ..Default::default() };
        let _turn = gpu_turn();
        match headless::run_stepped(&mut self, &config) {
            Err(OutputError::Gpu(error)) if std::env::var_os("CI").is_none() => {
                println!("skipped, {error}");
                None
            }
            result => {
                result.unwrap();
                Some(self)
            }
        }
    }
}

impl Stage for Script {
    fn advance(&mut self, now: Seconds) -> StageFrame {
        self.asked.push(now);
        let quit = self.step == self.steps;
        let frame = (self.play)(self.step);
        self.step += 1;
        StageFrame { quit, ..frame }
    }

    fn presented(&mut self, presented: &Presented) {
        self.presented.push(*presented);
    }

    fn missed(&mut self, _slots: u32) {}

    fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }
}

fn image(sequence: u64, level: u8) -> Arc<Frame> {
    Arc::new(Frame {
        pixels: [level, level, level, 255].repeat(64).into(),
        width_px: 8,
        height_px: 8,
        sequence,
        asked_at_s: 0.0,
        made_at_s: 0.0,
        beat: 0.0,
        pose: Pose::default(),
        strength: 1.0,
        steps: 1,
        seed: 0,
        bank: 1,
        slot: 1,
        arrival: Arrival::Cut,
        event: 10 * sequence,
    })
}

fn png_levels(dir: &std::path::Path) -> Vec<(String, u8)> {
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let level = |path: &PathBuf| image::open(path).unwrap().to_rgba8().get_pixel(5, 5).0[0];
    files.iter().map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), level(path))).collect()
}

#[test]
fn stepped_time_is_exact_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let play =
        |step| StageFrame { frames: vec![image(step + 1, [40, 60, 80][step as usize % 3])], ..Default::default() };
    let capture = CaptureConfig { dir: dir.path().join("deep/er"), every: 2 };
    let Some(script) = Script::new(30, play).stepped(Some(capture.clone())) else { return };
    for (n, frame) in (0u32..).zip(&script.presented) {
        assert!((frame.now.0 - f64::from(n) / 25.0).abs() < 1e-9);
        assert_eq!((frame.index, frame.late, frame.dropped), (u64::from(n), false, 0));
        assert_eq!(frame.shown.sequence, u64::from(n) + 1, "a cut shows in the frame it came with");
    }
    assert_eq!(script.presented.len(), 30);
    assert!(script.faults.is_empty());
    let written = png_levels(&capture.dir);
    assert_eq!(written.len(), 15);
    for (n, (name, level)) in written.iter().enumerate() {
        assert_eq!(*name, format!("frame-{:06}.png", 2 * n));
        assert!(level.abs_diff([40, 60, 80][2 * n % 3]) <= 1, "{name}: {level}");
    }
}

#[test]
fn stepped_twice_is_the_same_twice() {
    let play = |step: u64| {
        let mut look =
            Look { beats: step as f64 / 10.0, feedback_half_life_beats: 1.0, hue_degrees: 30.0, ..Look::default() };
        look.pose.zoom_octaves = step as f64 / 40.0;
        let frames = if step.is_multiple_of(4) { vec![image(step + 1, (step * 8) as u8)] } else { vec![] };
        StageFrame { look, frames, ..Default::default() }
    };
    let bytes = || {
        let dir = tempfile::tempdir().unwrap();
        Script::new(20, play).stepped(Some(CaptureConfig { dir: dir.path().into(), every: 1 }))?;
        let file = |n| std::fs::read(dir.path().join(format!("frame-{n:06}.png"))).unwrap();
        Some((0..20).map(file).collect::<Vec<_>>())
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn fire_drills_cost_no_frame() {
    let dir = tempfile::tempdir().unwrap();
    let play = |step| {
        let sabotage = match step {
            3 => Some(Sabotage::DestroyDevice),
            6 => Some(Sabotage::PanicInDraw),
            _ => None,
        };
        let frames = if step == 0 { vec![image(1, 150)] } else { vec![] };
        StageFrame { sabotage, frames, ..Default::default() }
    };
    let capture = CaptureConfig { dir: dir.path().into(), every: 1 };
    let Some(script) = Script::new(10, play).stepped(Some(capture)) else { return };
    let fault = |kind| Fault { kind, recovered: true };
    assert_eq!(script.faults, [fault(FaultKind::DeviceLost), fault(FaultKind::DrawPanic)]);
    assert_eq!(script.presented.len(), 10);
    assert!(script.presented.iter().all(|frame| frame.dropped == 0 && frame.shown.sequence == 1));
    for (name, level) in png_levels(dir.path()) {
        assert!(level.abs_diff(150) <= 1, "{name}: {level}");
    }
}

#[test]
fn a_folder_that_cannot_be_is_one_sentence() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut script = Script::new(1, |_| StageFrame::default());
    let capture = Some(CaptureConfig { dir: file.path().join("sub"), every: 1 });
    let config = OutputConfig { width_px: 16, height_px: 16, capture, ..Default::default() };
    let _turn = gpu_turn();
    match headless::run_stepped(&mut script, &config) {
        Err(OutputError::Gpu(error)) => println!("skipped, {error}"),
        result => assert!(result.unwrap_err().to_string().starts_with("captured frames cannot be written")),
    }
}

#[test]
fn live_frames_are_never_early() {
    // A clock that runs as fast as it is asked: each reading is a millisecond later, sleeping changes nothing.
    let ticks = std::cell::Cell::new(0.0);
    let clock = || {
        ticks.set(ticks.get() + 0.001);
        Seconds(ticks.get())
    };
    let mut script = Script::new(20, |_| StageFrame::default());
    let config = OutputConfig { width_px: 16, height_px: 16, fps: Some(500.0), ..Default::default() };
    let _turn = gpu_turn();
    match headless::run(&mut script, &clock, &config) {
        Err(OutputError::Gpu(error)) => return println!("skipped, {error}"),
        result => result.unwrap(),
    }
    assert_eq!(script.presented.len(), 20);
    // Three readings a frame at 2 ms a slot: every other slot is dropped, and none is used twice.
    let used: u64 = script.presented.iter().map(|frame| 1 + u64::from(frame.dropped)).sum();
    let passed = script.asked.last().unwrap().since(script.asked[0]) / 0.002;
    assert!((used as f64 - passed).abs() <= 3.0, "{used} slots in {passed}");
}
