//! The loop that makes every image: the planner decides what, the maker makes it. Feedback, walk and img2img are
//! settings of it.

use super::maker::{ImageRequest, Maker};
use super::planner::{ImagePlanner, Means, Plan, StillPlan};
use super::still_files::StillFiles;
use super::{Banks, DreamConfig, DreamError, Still, TextBoard};
use crate::diffusion::Pipeline;
use crate::frame::Frame;
use crate::param::Snapshot;
use crate::tempo::Clock;
use crate::units::Seconds;

/// Planner and maker. Owned by the generator's thread, or by the stepped runner.
pub struct Dreamer {
    planner: ImagePlanner,
    maker: Maker,
    texts: TextBoard,
    still_files: Option<StillFiles>,
}

/// Show time, and whether to cancel what is being made; both polled while an image is made.
struct Run<'a> {
    time: &'a dyn Fn() -> Seconds,
    cancel: &'a dyn Fn() -> bool,
}

impl Dreamer {
    #[must_use]
    pub fn new(pipeline: Pipeline, config: DreamConfig) -> Self {
        let mut maker = Maker::new(pipeline, (config.width_px, config.height_px), config.cost, config.models.clone());
        maker.prompts.look_over(&maker.pipeline, &config.texts.read());
        let planner = ImagePlanner::new(&config);
        Self { planner, maker, texts: config.texts, still_files: config.still_files }
    }

    /// Width and height of the pictures it makes.
    #[must_use]
    pub fn picture_px(&self) -> (usize, usize) {
        self.maker.picture_px()
    }

    /// Test drill: makes the latents of the next `images` images NaN.
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
    /// When the network fails or its picture is not finite: then nothing of it is kept, and the next image starts from
    /// the last good one.
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

    /// Reads the still, or makes it and keeps it.
    fn make_still(&mut self, plan: StillPlan, banks: &Banks, run: &Run<'_>) -> Result<(), DreamError> {
        if let Some(still) = self.still_files.as_ref().and_then(|files| files.find(&plan.text, &plan.how)) {
            self.planner.keep_still(plan, banks, still, (run.time)());
            return Ok(());
        }
        match self.maker.make(banks, &plan.request, run.time, run.cancel) {
            Ok(Some(picture)) => {
                let still = Still::new(&picture, plan.how.seed_of(&plan.text), plan.how.steps);
                if let Some(files) = &mut self.still_files {
                    files.keep(&plan.text, &still, &plan.how);
                }
                self.planner.keep_still(plan, banks, still, (run.time)());
            }
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
