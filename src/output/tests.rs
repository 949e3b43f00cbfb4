//! The shells with a scripted stage, on the device there is.

use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::frame::{Arrival, Motion, Pose};
use crate::output::sink::Sink;
use crate::render::{Gpu, ReadbackFrame, gpu_turn};

#[test]
fn a_processor_draws_a_whole_part_of_the_monitors_rate() {
    let config = OutputConfig::default();
    let monitors_hz = [24.0, 25.0, 29.97, 30.003, 50.0, 59.94, 60.004, 60.317, 75.0, 120.03, 144.0];
    let drawn = monitors_hz.map(|hz| (hz / config.fps_on(true, hz)).round());
    assert_eq!(drawn, [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 4.0, 5.0]);
    assert!(monitors_hz.iter().all(|hz| config.fps_on(true, *hz) < 31.0 && config.fps_on(false, *hz) == *hz));
    let asked = OutputConfig { fps: Some(60.0), ..config };
    assert_eq!(asked.fps_on(true, 75.0), 60.0, "who asks gets it");
}

/// Plays a list of frames and remembers what happened.
struct Script {
    steps: u64,
    size: (u32, u32),
    play: fn(u64) -> FrameIntent,
    step: u64,
    asked: Vec<Seconds>,
    presented: Vec<Presented>,
    faults: Vec<WallFault>,
}

impl Script {
    fn new(steps: u64, play: fn(u64) -> FrameIntent) -> Self {
        Self { steps, size: (32, 18), play, step: 0, asked: vec![], presented: vec![], faults: vec![] }
    }

    /// Nothing if this machine has no graphics device.
    fn stepped(mut self, capture: Option<CaptureConfig>) -> Option<Self> {
        let (width_px, height_px) = self.size;
        let config = OutputConfig { width_px, height_px, fps: Some(25.0), capture, ..Default::default() };
        let _turn = gpu_turn();
        let sinks = match open_sinks(&config, None, None, true) {
            Ok(sinks) => sinks,
            Err(error) => panic!("{error}"),
        };
        match headless::run_stepped(&mut self, &config, sinks) {
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

impl FrameSource for Script {
    fn advance(&mut self, now: Seconds) -> FrameIntent {
        self.asked.push(now);
        let step = self.step;
        self.step += 1;
        FrameIntent { quit: step == self.steps, ..(self.play)(step) }
    }

    fn presented(&mut self, presented: &Presented) {
        self.presented.push(*presented);
    }

    fn missed(&mut self, _slots: u32) {}

    fn fault(&mut self, fault: WallFault) {
        self.faults.push(fault);
    }
}

fn image(sequence: u64, level: u8) -> Arc<Frame> {
    Arc::new(Frame {
        deep: false,
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
        |step| FrameIntent { frames: vec![image(step + 1, [40, 50, 60][step as usize % 3])], ..Default::default() };
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
        assert!(level.abs_diff([40, 50, 60][2 * n % 3]) <= 1, "{name}: {level}");
    }
}

#[test]
fn stepped_twice_is_the_same_twice() {
    let play = |step: u64| {
        let mut look =
            Look { beats: step as f64 / 10.0, trails_half_life_beats: 1.0, hue_degrees: 30.0, ..Look::default() };
        look.content = look.content.travelled(Motion { zoom_octaves: 1.0 / 40.0, ..Motion::default() }, step as f64);
        let frames = if step.is_multiple_of(4) { vec![image(step + 1, (step * 8) as u8)] } else { vec![] };
        FrameIntent { look, frames, ..Default::default() }
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
        let drill = match step {
            3 => Some(Drill::DestroyDevice),
            6 => Some(Drill::PanicInDraw),
            _ => None,
        };
        let frames = if step == 0 { vec![image(1, 150)] } else { vec![] };
        FrameIntent { drill, frames, ..Default::default() }
    };
    let capture = CaptureConfig { dir: dir.path().into(), every: 1 };
    let Some(script) = Script::new(10, play).stepped(Some(capture)) else { return };
    let fault = |kind| WallFault { kind, recovered: true };
    assert_eq!(script.faults, [fault(FaultKind::DeviceLost), fault(FaultKind::DrawPanic)]);
    assert_eq!(script.presented.len(), 10);
    assert!(script.presented.iter().all(|frame| frame.dropped == 0 && frame.shown.sequence == 1));
    for (name, level) in png_levels(dir.path()) {
        assert!(level.abs_diff(150) <= 1, "{name}: {level}");
    }
}

#[test]
fn an_application_that_panics_costs_no_frame() {
    let dir = tempfile::tempdir().unwrap();
    let play = |step| {
        assert!(!(3..6).contains(&step), "on purpose");
        FrameIntent { frames: if step == 0 { vec![image(1, 150)] } else { vec![] }, ..Default::default() }
    };
    let capture = CaptureConfig { dir: dir.path().into(), every: 1 };
    let Some(script) = Script::new(10, play).stepped(Some(capture)) else { return };
    assert_eq!(script.faults, [WallFault { kind: FaultKind::SourcePanic, recovered: true }; 3]);
    let shown: Vec<_> =
        script.presented.iter().map(|frame| (frame.index, frame.dropped, frame.shown.sequence)).collect();
    assert_eq!(shown, (0..10).map(|index| (index, 0, 1)).collect::<Vec<_>>());
    for (name, level) in png_levels(dir.path()) {
        assert!(level.abs_diff(150) <= 1, "{name}: {level}");
    }
}

/// A wall of its own, to be treated badly; nothing if this machine has no graphics device.
fn wall(output: &OutputConfig) -> Option<wall::Wall> {
    let gpu = match Gpu::headless(0) {
        Err(error) if std::env::var_os("CI").is_none() => {
            println!("skipped, {error}");
            return None;
        }
        gpu => gpu.unwrap(),
    };
    let config = wall::WallConfig {
        output,
        surface_format: wgpu::TextureFormat::Rgba8Unorm,
        target_px: [output.width_px, output.height_px],
        captures_target: true,
        stepped: false,
    };
    Some(wall::Wall::new(gpu, &config, open_sinks(output, None, None, false).unwrap()))
}

#[test]
fn a_driver_that_panics_while_it_is_reopened_is_tried_again() {
    let _turn = gpu_turn();
    let mut script = Script::new(0, |_| FrameIntent::default());
    let config = OutputConfig { width_px: 32, height_px: 18, ..Default::default() };
    let Some(mut wall) = wall(&config) else { return };
    wall.gpu.destroy();
    let broken: &mut dyn FnMut(u64) -> Result<Gpu, GpuError> = &mut |_| panic!("the driver is still broken");
    for now_s in [0.0, 0.1, 1.5] {
        assert!(!wall.compose(Seconds(now_s), &mut FrameIntent::default(), &mut script, broken));
    }
    assert!(wall.compose(Seconds(3.0), &mut FrameIntent::default(), &mut script, &mut Gpu::headless));
    let lost = |recovered| WallFault { kind: FaultKind::DeviceLost, recovered };
    assert_eq!(script.faults, [lost(false), lost(true)], "said once when it is gone, and once when it is back");
}

#[test]
fn a_resize_counts_the_frames_that_it_loses() {
    let _turn = gpu_turn();
    let dir = tempfile::tempdir().unwrap();
    let mut script = Script::new(0, |_| FrameIntent::default());
    let capture = Some(CaptureConfig { dir: dir.path().into(), every: 1 });
    let config = OutputConfig { width_px: 32, height_px: 18, capture, ..Default::default() };
    let Some(mut wall) = wall(&config) else { return };
    let asked = 30;
    for index in 0..asked {
        assert!(wall.compose(Seconds(index as f64), &mut FrameIntent::default(), &mut script, &mut Gpu::headless));
        assert!(wall.finish_offscreen(&mut script));
        wall.capture(index, Seconds(index as f64), &mut script);
        if index % 10 == 9 {
            wall.resize(32 + index as u32, 18, &mut script);
        }
    }
    wall.close(&mut script);
    assert!(script.faults.iter().all(|fault| fault.kind == FaultKind::CaptureDropped), "{:?}", script.faults);
    assert_eq!(png_levels(dir.path()).len() + script.faults.len(), asked as usize, "written or counted");
}

#[test]
fn a_wall_that_no_device_can_draw_is_drawn_smaller() {
    let mut script = Script::new(2, |_| FrameIntent { frames: vec![image(1, 150)], ..Default::default() });
    script.size = (1 << 17, 256);
    let Some(script) = script.stepped(None) else { return };
    assert!(script.faults.is_empty(), "{:?}", script.faults);
    let [width, height] = script.presented[1].whole_px;
    assert!((512..1 << 17).contains(&width) && height == width / 512, "{width} x {height}");
}

#[test]
fn a_folder_that_cannot_be_is_one_sentence() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let capture = Some(CaptureConfig { dir: file.path().join("sub"), every: 1 });
    let config = OutputConfig { width_px: 16, height_px: 16, capture, ..Default::default() };
    let error = open_sinks(&config, None, None, true).map(|_| ()).unwrap_err();
    assert!(error.to_string().starts_with("captured frames cannot be written"), "{error}");
}

/// Remembers what it was given, and can be too slow.
struct Memory {
    seen: Rc<RefCell<Vec<(u64, f64)>>>,
    every: u64,
    slow: bool,
}

impl Sink for Memory {
    fn wants(&self, index: u64, _at: Seconds) -> bool {
        index.is_multiple_of(self.every)
    }

    fn accept(&mut self, frame: &Arc<ReadbackFrame>) -> bool {
        if !self.wants(frame.index, frame.at) {
            return true;
        }
        if !self.slow {
            self.seen.borrow_mut().push((frame.index, frame.at.0));
        }
        !self.slow
    }

    fn take_failures(&mut self) -> u64 {
        0
    }
}

#[test]
fn every_sink_gets_the_frames_it_wants_with_their_time_and_a_slow_one_drops_and_counts() {
    let _turn = gpu_turn();
    let seen = [Rc::default(), Rc::default(), Rc::default()];
    let sink = |k: usize, every, slow| -> Box<dyn Sink> { Box::new(Memory { seen: Rc::clone(&seen[k]), every, slow }) };
    let sinks = vec![sink(0, 2, false), sink(1, 5, false), sink(2, 5, true)];
    let mut script = Script::new(20, |_| FrameIntent::default());
    let config = OutputConfig { width_px: 16, height_px: 16, fps: Some(25.0), ..Default::default() };
    match headless::run_stepped(&mut script, &config, sinks) {
        Err(OutputError::Gpu(error)) if std::env::var_os("CI").is_none() => return println!("skipped, {error}"),
        result => result.unwrap(),
    }
    let got = |k: usize| seen[k].borrow().clone();
    assert_eq!(got(0).iter().map(|(index, _)| *index).collect::<Vec<_>>(), (0..20).step_by(2).collect::<Vec<_>>());
    assert!(got(1).iter().all(|(index, at)| (at - *index as f64 / 25.0).abs() < 1e-9) && got(1).len() == 4);
    let dropped = script.faults.iter().filter(|fault| fault.kind == FaultKind::CaptureDropped).count();
    assert_eq!((got(2).len(), dropped, script.faults.len()), (0, 4, 4));
}

#[test]
fn live_frames_are_never_early() {
    // A clock that runs as fast as it is asked: each reading is a millisecond later, sleeping changes nothing.
    let ticks = std::cell::Cell::new(0.0);
    let clock = || {
        ticks.set(ticks.get() + 0.001);
        Seconds(ticks.get())
    };
    let mut script = Script::new(20, |_| FrameIntent::default());
    let config = OutputConfig { width_px: 16, height_px: 16, fps: Some(500.0), ..Default::default() };
    let _turn = gpu_turn();
    match headless::run(&mut script, &clock, &config, Sinks::new()) {
        Err(OutputError::Gpu(error)) => return println!("skipped, {error}"),
        result => result.unwrap(),
    }
    assert_eq!(script.presented.len(), 20);
    // Three readings a frame at 2 ms a slot: every other slot is dropped, and none is used twice.
    let used: u64 = script.presented.iter().map(|frame| 1 + u64::from(frame.dropped)).sum();
    let passed = script.asked.last().unwrap().since(script.asked[0]) / 0.002;
    assert!((used as f64 - passed).abs() <= 3.0, "{used} slots in {passed}");
}
