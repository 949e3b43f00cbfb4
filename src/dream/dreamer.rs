//! The loop that makes every image. Feedback, walk and img2img are settings of it.

use std::sync::Arc;

use super::backoff::Backoff;
use super::guard::Guard;
use super::maker::{Maker, Request};
use super::memory::{KEPT, Kept, Memory};
use super::pace::Cost;
use super::prompts::{Share, shares};
use super::seeds::{Place, Seeds, still_seed};
use super::{Banks, Picture, Sequence, Stills, TextBoard};
use crate::diffusion::{Pipeline, RunError};
use crate::frame::{Arrival, Frame, Pose};
use crate::motion::{self, Border};
use crate::param::{self, Id, Snapshot};
use crate::tempo::Clock;
use crate::units::{BEATS_PER_BAR, Seconds};

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
    /// Whether feedback is guarded against rot.
    pub guard: bool,
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

/// The generator's state between images.
pub struct Dreamer {
    maker: Maker,
    config: Config,
    seeds: Seeds,
    memory: Memory,
    guard: Guard,
    seen: Option<Seen>,
    /// Set when a still was shown: until the glide is over only the pressed slot counts.
    from_still: bool,
    strength_once: Option<f32>,
    still_next: bool,
    backoff: Backoff,
    /// How long an image of the stream takes, as measured: it is made for the beat at which it will be there.
    latency_s: f64,
}

/// Trigger counters as they were at the last image.
#[derive(Clone, Copy)]
struct Seen {
    slot: u32,
    cut: u32,
    reject: u32,
    panic: u32,
}

impl Seen {
    fn of(snapshot: &Snapshot) -> Self {
        let count = |id: Id| snapshot.triggers[id.index()];
        Self {
            slot: count(param::PROMPT_SLOT),
            cut: count(param::DREAM_CUT),
            reject: count(param::DREAM_REJECT),
            panic: count(param::MASTER_PANIC),
        }
    }
}

/// How an image came to be, for its frame.
struct Making {
    asked: Seconds,
    made: Seconds,
    beat: f64,
    arrival: Arrival,
    strength: f32,
    steps: usize,
}

impl Dreamer {
    #[must_use]
    pub fn new(pipeline: Pipeline, config: Config) -> Self {
        let mut maker = Maker::new(pipeline, (config.width_px, config.height_px), config.cost);
        maker.prompts.look_over(&maker.pipeline, &config.texts.read());
        Self {
            maker,
            config,
            seeds: Seeds::default(),
            memory: Memory::default(),
            guard: Guard::default(),
            seen: None,
            from_still: false,
            strength_once: None,
            still_next: false,
            backoff: Backoff::default(),
            latency_s: 0.0,
        }
    }

    /// Makes the next `images` come out as NaN: a drill.
    pub fn spoil(&mut self, images: u32) {
        self.maker.spoil(images);
    }

    /// Seconds that an image of so many steps takes at the present pace, if that is known.
    #[must_use]
    pub fn seconds_for(&self, steps: usize, guidance: f32) -> Option<f64> {
        self.maker.pace.seconds(steps, Request::is_guided(f64::from(guidance)))
    }

    /// Makes at most one image that obeys `snapshot`. `None`: held, cancelled, or a still was made instead.
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
        let asked = time();
        let banks = self.config.texts.read();
        if let Some(back) = self.obey_triggers(snapshot, &banks) {
            let (made, beat, arrival) = (time(), clock.at(asked).beats, Arrival::Cut);
            return Ok(Some(self.frame(
                &back,
                snapshot,
                Making { asked, made, beat, arrival, strength: 0.0, steps: 0 },
            )));
        }
        // Held: but a wall without any picture is worse than a generator that moves once.
        let held = snapshot.effective.on(param::DREAM_HOLD) && self.memory.last().is_some();
        let here = (snapshot.bank - 1, snapshot.slot.saturating_sub(1));
        // A cut does not wait for another slot's still.
        let may_wait = held || (self.still_next && self.strength_once.is_none());
        let made_still = may_wait && self.make_missing_still(&banks, here, snapshot, time, cancel)?;
        if held || made_still {
            return Ok(None);
        }
        self.still_next = true;
        let beat = clock.at(asked.after(self.latency_s)).beats;
        self.seeds.travel(beat / BEATS_PER_BAR, f64::from(snapshot.effective[param::DREAM_TRAVEL]));
        let shares = self.shares(snapshot);
        // Before the last image is corrected, lest it be pulled back to what the mix was.
        self.guard.follow(banks.revision, &shares, snapshot.effective[param::PROMPT_HEAT]);
        let request = self.request(snapshot, shares);
        let Some(picture) = self.maker.make(&banks, &request, time, cancel)? else { return Ok(None) };
        let cut = self.strength_once.take().is_some();
        self.guard.observe(&picture, request.strength >= 0.999);
        let arrival = if cut || self.memory.last().is_none() { Arrival::Cut } else { Arrival::Stream };
        let kept = Kept { picture, pose: snapshot.pose, seed: request.place.low };
        let (made, strength, steps) = (time(), request.strength, request.steps);
        self.latency_s += 0.2 * (made.since(asked) - self.latency_s);
        let frame = self.frame(&kept, snapshot, Making { asked, made, beat, arrival, strength, steps });
        self.memory.push(kept);
        Ok(Some(frame))
    }

    /// Pads, cuts, rejections since the last image. Returns the picture to show again after a rejection.
    fn obey_triggers(&mut self, snapshot: &Snapshot, banks: &Banks) -> Option<Kept> {
        let now = Seen::of(snapshot);
        let before = self.seen.replace(now)?;
        if now.slot != before.slot || now.panic != before.panic {
            self.take_still(snapshot, banks);
        }
        if now.panic != before.panic {
            self.strength_once = None;
        } else if now.cut != before.cut {
            self.seeds.cut();
            self.strength_once = Some(1.0);
        }
        let mut back = None;
        for _ in 0..now.reject.wrapping_sub(before.reject).min(KEPT) {
            let Some((rejected, picture)) = self.memory.take_back() else { break };
            self.seeds.ban(rejected);
            back = Some(picture.clone());
        }
        if back.is_some() {
            return back;
        }
        if snapshot.gliding == 0.0 {
            self.from_still = false;
        }
        None
    }

    /// Goes on from the pressed slot's still, which is on the wall by now.
    fn take_still(&mut self, snapshot: &Snapshot, banks: &Banks) {
        let slot = snapshot.slot.saturating_sub(1);
        if let Some(still) = self.config.stills.get(banks, snapshot.bank - 1, slot) {
            let picture = Picture::from_rgba(still.width_px as usize, still.height_px as usize, &still.pixels);
            self.guard.follow(banks.revision, &pressed(snapshot), snapshot.effective[param::PROMPT_HEAT]);
            self.guard.observe(&picture, true);
            self.memory.push(Kept { picture, pose: snapshot.pose, seed: still.seed });
            self.from_still = true;
        }
    }

    /// The mix to make: while a still is gliding in, what it is of.
    fn shares(&self, snapshot: &Snapshot) -> Vec<Share> {
        if self.from_still && snapshot.gliding > 0.0 { pressed(snapshot) } else { shares(snapshot) }
    }

    fn request(&self, snapshot: &Snapshot, shares: Vec<Share>) -> Request {
        let effective = &snapshot.effective;
        let (init, strength) = self.start(snapshot);
        let guidance = f64::from(effective[param::DREAM_GUIDANCE]);
        let most = param::DREAM_STEPS.row().range().1 as usize;
        let fit = self.maker.pace.steps(effective[param::DREAM_BUDGET], Request::is_guided(guidance), most);
        let steps = fit.unwrap_or(effective.whole(param::DREAM_STEPS).max(1));
        Request {
            shares,
            heat: effective[param::PROMPT_HEAT],
            place: self.seeds.place(effective.whole(param::DREAM_SEED) as u64),
            init,
            strength,
            steps,
            guidance,
        }
    }

    /// What the image starts from, and how much of it may change.
    fn start(&self, snapshot: &Snapshot) -> (Option<Picture>, f32) {
        let strength = self.strength_once.unwrap_or(snapshot.effective[param::DREAM_STRENGTH]);
        let init = match snapshot.effective.whole(param::DREAM_SOURCE) {
            0 => self.memory.last().map(|last| self.moved(last, snapshot.pose)),
            2 => self.config.image.clone(),
            _ => None,
        };
        let strength = if init.is_some() { strength } else { 1.0 };
        (init, strength)
    }

    /// The last picture as the camera sees it now, kept healthy.
    fn moved(&self, last: &Kept, pose: Pose) -> Picture {
        let (w, h) = (last.picture.width_px, last.picture.height_px);
        let map = motion::content_map(pose.since(last.pose), w as u32, h as u32);
        let mut out = last.picture.clone();
        if let Err(e) = motion::warp_planar(&last.picture.rgb, [3, h, w], map, Border::Mirror, &mut out.rgb) {
            tracing::warn!("feedback picture not moved: {e}");
        }
        if self.config.guard {
            self.guard.correct(&mut out);
        }
        out
    }

    /// Makes one still that is missing; false when there is none to make.
    fn make_missing_still(
        &mut self,
        banks: &Banks,
        here: (usize, usize),
        snapshot: &Snapshot,
        time: &dyn Fn() -> Seconds,
        cancel: &dyn Fn() -> bool,
    ) -> Result<bool, DreamError> {
        let first = snapshot.led.whole(param::DREAM_SEED) as u64;
        let seed_of = |bank, slot| still_seed(first, bank, slot);
        self.still_next = false;
        let asked = time();
        let waits = |bank, slot| self.backoff.waits((bank, slot), banks.slot(bank, slot), seed_of(bank, slot), asked);
        let Some((bank, slot)) = self.config.stills.missing(banks, here, seed_of, waits) else {
            return Ok(self.maker.prompts.encode_ahead(&self.maker.pipeline, banks)?);
        };
        let seed = seed_of(bank, slot);
        let text = banks.slot(bank, slot).cloned();
        let request = Request {
            shares: vec![Share { bank, slot, weight: 1.0 }],
            heat: snapshot.led[param::PROMPT_HEAT],
            place: Place { low: seed, high: seed, part: 0.0 },
            init: None,
            strength: 1.0,
            steps: snapshot.led.whole(param::DREAM_STEPS).max(1),
            guidance: f64::from(snapshot.led[param::DREAM_GUIDANCE]),
        };
        let made = self.maker.make(banks, &request, time, cancel);
        if let (Err(error), Some(text)) = (&made, &text)
            && error.is_not_finite()
        {
            self.backoff.failed((bank, slot), text.clone(), seed, time());
        }
        if let Some(picture) = made? {
            let kept = Kept { picture, pose: snapshot.pose, seed };
            // A still is for any beat: the one at which its pad is pressed.
            let (made, beat, arrival, steps) = (time(), 0.0, Arrival::Cut, request.steps);
            let mut frame = self.frame(&kept, snapshot, Making { asked, made, beat, arrival, strength: 1.0, steps });
            (frame.bank, frame.slot) = (bank as u16 + 1, slot as u16 + 1);
            if let Some(text) = text {
                self.config.stills.put(bank, slot, text, seed, Arc::new(frame));
                self.backoff.made((bank, slot));
            }
        }
        Ok(true)
    }

    fn frame(&self, kept: &Kept, snapshot: &Snapshot, making: Making) -> Frame {
        let Making { asked, made, beat, arrival, strength, steps } = making;
        Frame {
            pixels: kept.picture.to_rgba(),
            width_px: kept.picture.width_px as u32,
            height_px: kept.picture.height_px as u32,
            sequence: self.config.sequence.next(),
            asked_at_s: asked.0,
            made_at_s: made.0,
            beat,
            pose: kept.pose,
            strength,
            steps: steps as u32,
            seed: kept.seed,
            bank: snapshot.bank as u16,
            slot: snapshot.effective.whole(param::PROMPT_SLOT) as u16,
            arrival,
            event: snapshot.image_event,
        }
    }
}

/// The pressed slot alone.
fn pressed(snapshot: &Snapshot) -> Vec<Share> {
    let slot = snapshot.slot.saturating_sub(1);
    vec![Share { bank: snapshot.bank - 1, slot, weight: 1.0 }]
}
