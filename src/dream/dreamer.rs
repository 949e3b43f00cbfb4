//! The loop that makes every image: the planner says what, the maker makes it. Feedback, walk and img2img are settings of it.

use super::maker::{ImageRequest, Maker};
use super::pace::Cost;
use super::planner::{ImagePlanner, Means, Plan, StillPlan};
use super::{Banks, Picture, Sequence, Stills, TextBoard};
use crate::diffusion::{Pipeline, RunError};
use crate::frame::Frame;
use crate::param::Snapshot;
use crate::tempo::Clock;
use crate::units::Seconds;

/// What the generator is given once.
pub struct Config {
    /// Size of the pictures; both multiples of the model's `latent_scale`.
    pub width_px: usize,
    pub height_px: usize,
    pub texts: TextBoard,
    pub stills: Stills,
    pub sequence: Sequence,
    /// What `dream.source = image` starts from.
    pub image: Option<Picture>,
    /// Whether feedback is kept from drifting in colour and sharpness.
    pub drift_correction: bool,
    /// What an image costs, where the clock does not move while it is made; otherwise it is measured.
    pub cost: Option<Cost>,
}

/// An image failed; the show goes on with the next.
#[derive(Debug, thiserror::Error)]
pub enum DreamError {
    #[error("an image could not be made: {0}")]
    Tensor(#[from] candle_core::Error),
    #[error("an image could not be made: {0}")]
    Run(#[from] RunError),
}

impl DreamError {
    /// Whether there was a picture, but of values that are no numbers.
    #[must_use]
    pub fn is_not_finite(&self) -> bool {
        matches!(self, Self::Run(RunError::NotFinite { .. }))
    }
}

/// Planner and maker. Owned by the generator's thread, or by the stepped runner.
pub struct Dreamer {
    planner: ImagePlanner,
    maker: Maker,
    texts: TextBoard,
}

/// Show time, and whether to give up what is being made; asked between network blocks.
struct Run<'a> {
    time: &'a dyn Fn() -> Seconds,
    cancel: &'a dyn Fn() -> bool,
}

impl Dreamer {
    #[must_use]
    pub fn new(pipeline: Pipeline, config: &Config) -> Self {
        let mut maker = Maker::new(pipeline, (config.width_px, config.height_px), config.cost);
        maker.prompts.look_over(&maker.pipeline, &config.texts.read());
        Self { planner: ImagePlanner::new(config), maker, texts: config.texts.clone() }
    }

    /// Makes the next `images` come out as NaN: a drill.
    pub fn spoil(&mut self, images: u32) {
        self.maker.spoil(images);
    }

    /// Seconds that an image of so many steps takes at the present pace, if that is known.
    #[must_use]
    pub fn seconds_for(&self, steps: usize, guidance: f32) -> Option<f64> {
        self.maker.pace.seconds(steps, ImageRequest::is_guided(f64::from(guidance)))
    }

    /// Makes at most one image that obeys `snapshot`. `None`: held, cancelled, or something else was made instead.
    ///
    /// `time` tells the show time; `cancel` is asked between network blocks.
    ///
    /// # Errors
    /// When the network fails or its picture is not finite: then nothing of it is kept, and the next image starts from the
    /// last good one.
    pub fn step(
        &mut self,
        snapshot: &Snapshot,
        clock: &Clock,
        time: &dyn Fn() -> Seconds,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Option<Frame>, DreamError> {
        let (banks, run) = (self.texts.read(), Run { time, cancel });
        let Self { planner, maker, .. } = self;
        let means = Means { pace: &maker.pace, has_text_to_encode: &|| maker.has_text_to_encode(&banks) };
        match planner.plan(snapshot, &banks, clock, time(), &means) {
            Plan::Rest => Ok(None),
            Plan::Again(frame) => Ok(Some(frame)),
            Plan::Encode => maker.encode_ahead(&banks).map(|()| None),
            Plan::Still(plan) => self.make_still(plan, &banks, &run).map(|()| None),
            Plan::Image(plan) => {
                let picture = maker.make(&banks, &plan.request, time, cancel)?;
                Ok(picture.map(|picture| planner.keep_image(&plan, picture, time())))
            }
        }
    }

    fn make_still(&mut self, plan: StillPlan, banks: &Banks, run: &Run<'_>) -> Result<(), DreamError> {
        match self.maker.make(banks, &plan.request, run.time, run.cancel) {
            Ok(Some(picture)) => self.planner.keep_still(plan, picture, (run.time)()),
            Ok(None) => {}
            Err(error) => {
                if error.is_not_finite() {
                    self.planner.still_failed(plan, (run.time)());
                }
                return Err(error);
            }
        }
        Ok(())
    }
}
