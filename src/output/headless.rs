//! The wall without a window: paced by the clock like a show, or stepped frame by frame. Main thread.

use std::time::Duration;

use crate::render::{Fit, Gpu};
use crate::units::Seconds;

use super::pacer::{DisplaySlot, Pacer};
use super::wall::{Moment, Wall, WallConfig};
use super::{FPS, FaultKind, FrameSource, NowFn, OutputConfig, OutputError, Sinks, WallFault, survived};

/// A frame the device has not drawn after this is given up.
const PATIENCE: Duration = Duration::from_secs(2);

/// Shows the stage, paced by `clock`, until it quits.
///
/// # Errors
/// When there is no graphics device. Never once it runs.
pub fn run(
    stage: &mut dyn FrameSource,
    clock: NowFn<'_>,
    config: &OutputConfig,
    sinks: Sinks,
) -> Result<(), OutputError> {
    let mut headless = Headless::new(config, sinks, false)?;
    let mut pacer = Pacer::new(headless.wall.fps(FPS), clock());
    loop {
        sleep_until(pacer.due(), clock);
        let now = clock();
        let slot = pacer.begin(now);
        let judge = |slot| {
            let at = clock();
            (at, pacer.is_late(slot, at))
        };
        // A panic on the way costs this frame and no more.
        if !survived(stage, |stage| headless.frame(stage, now, slot, judge)).unwrap_or(true) {
            break;
        }
    }
    headless.wall.close(stage);
    Ok(())
}

/// Shows the stage in virtual time, `1 / fps` a frame from 0, as fast as the machine can, until it quits.
/// Nothing is late and no captured frame is lost.
///
/// # Errors
/// When there is no graphics device.
pub fn run_stepped(stage: &mut dyn FrameSource, config: &OutputConfig, sinks: Sinks) -> Result<(), OutputError> {
    let mut headless = Headless::new(config, sinks, true)?;
    let mut pacer = Pacer::new(config.fps_or(FPS), Seconds(0.0));
    loop {
        let now = pacer.due();
        let slot = pacer.begin(now);
        if !headless.frame(stage, now, slot, |_| (now, false)) {
            break;
        }
    }
    headless.wall.close(stage);
    Ok(())
}

struct Headless {
    wall: Wall,
    presented: u64,
    last: Option<Seconds>,
    /// Slots lost since the last presented frame.
    dropped: u32,
    /// The device has not finished the last frame in time.
    stalled: bool,
}

impl Headless {
    fn new(config: &OutputConfig, sinks: Sinks, stepped: bool) -> Result<Self, OutputError> {
        let gpu = Gpu::headless(0)?;
        let whole = Fit::whole(config.width_px, config.height_px);
        // A wall that the device cannot draw as it is becomes smaller.
        let target_px = whole.canvas_px([config.width_px, config.height_px], gpu.longest_px());
        let surface_format = wgpu::TextureFormat::Rgba8Unorm;
        let wall = WallConfig { output: config, surface_format, target_px, captures_target: true, stepped };
        let wall = Wall::new(gpu, &wall, sinks);
        Ok(Self { wall, presented: 0, last: None, dropped: 0, stalled: false })
    }

    /// One frame; false when the stage wants to leave. `judge` says when the frame was there, and if too late.
    fn frame(
        &mut self,
        stage: &mut dyn FrameSource,
        now: Seconds,
        slot: DisplaySlot,
        judge: impl FnOnce(DisplaySlot) -> (Seconds, bool),
    ) -> bool {
        let mut staged = self.wall.advance(stage, now);
        if staged.quit {
            stage.missed(self.dropped);
            return false;
        }
        self.dropped += slot.dropped;
        let composed =
            self.wall.compose(now, &mut staged, stage, &mut Gpu::headless) && self.wall.finish_offscreen(stage);
        // Without a display nothing else limits the frames in flight, and a frame counts as presented when it is drawn.
        let drawn = composed && self.wall.gpu.wait(PATIENCE);
        if composed && drawn == self.stalled {
            self.stalled = !drawn;
            stage.fault(WallFault { kind: FaultKind::Stalled, recovered: drawn });
        }
        if !drawn {
            self.dropped += 1;
            return true;
        }
        let (at, late) = judge(slot);
        let interval_s = self.last.map(|last| at.since(last));
        let (index, dropped) = (self.presented, self.dropped);
        stage.presented(&self.wall.drawn(Moment { index, now, at, interval_s, late, dropped }));
        self.wall.presented(at, late, dropped);
        self.wall.capture(index, at, stage);
        (self.presented, self.last, self.dropped) = (index + 1, Some(at), 0);
        true
    }
}

fn sleep_until(due: Seconds, clock: NowFn<'_>) {
    let wait_s = due.since(clock());
    if wait_s > 0.0 {
        std::thread::sleep(Duration::from_secs_f64(wait_s));
    }
}
