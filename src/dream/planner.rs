//! Decides what to make next: a snapshot in, a request out. Independent of the model.
//!
//! Owned by the dreamer, on the generator's thread. What the maker made comes back to [`ImagePlanner::keep_image`] or
//! [`ImagePlanner::keep_still`]. A plan that was cancelled or failed is dropped, and no picture is kept.

use std::sync::Arc;

use super::backoff::Backoff;
use super::feedback::{self, DriftCorrection, FeedbackContext, FeedbackSettings, FeedbackStep};
use super::framing::{self, Making, Obeys};
use super::maker::{ImageRequest, StartPicture};
use super::manner::Manner;
use super::memory::{ImageMemory, KEPT, Kept};
use super::overlay::ShowImages;
use super::pace::Pace;
use super::prompt_mix::PromptMix;
use super::prompts::{Share, shares};
use super::renewal::Renewal;
use super::seeds::{SeedPosition, Seeds};
use super::still_files::StillSettings;
use super::stills::other_heat;
use super::turns::Turns;
use super::{Banks, DreamConfig, Picture, Sequence, Still, Stills};
use crate::frame::{Arrival, Frame, Pose};
use crate::motion::{self, Border};
use crate::param::{self, Id, Snapshot};
use crate::tempo::Clock;
use crate::units::{BEATS_PER_BAR, Seconds};

/// Share of a new measurement in the mean latency of an image.
const LATENCY_ALPHA: f64 = 0.2;
/// From this strength on an image counts as made from noise alone.
const FRESH_STRENGTH: f32 = 0.999;

/// How far content may move from one image to the next, in picture heights at the picture's upper edge, for a strength
/// of 1; it falls with the square of the strength. The network keeps the layout it is given: what is magnified further
/// in one image than it draws anew is never a picture of its prompt again. The wall's camera goes on at full speed, and
/// each image fades in less far on its way.
const DRAWN_ANEW: f64 = 0.035;

/// Share from which a prompt sounds alone.
const ALONE: f32 = 0.9;

/// What is to be done.
pub enum Plan {
    /// Nothing: the generator is held.
    Rest,
    /// Show an earlier image again.
    Again(Frame),
    /// Encode a text ahead.
    Encode,
    Still(StillPlan),
    Image(ImagePlan),
}

/// The next image of the stream.
pub struct ImagePlan {
    pub request: ImageRequest,
    obeys: Obeys,
}

/// The still of a text that has none.
pub struct StillPlan {
    asked: Seconds,
    pub request: ImageRequest,
    pub text: Arc<str>,
    pub how: StillSettings,
}

/// What the planner must know of the maker.
pub struct Means<'a> {
    pub pace: &'a Pace,
    /// Whether a text has not been encoded yet.
    pub has_text_to_encode: &'a dyn Fn() -> bool,
}

/// The generator's state between images.
pub struct ImagePlanner {
    stills: Stills,
    sequence: Sequence,
    given: ShowImages,
    feedback: &'static [FeedbackStep],
    seeds: Seeds,
    memory: ImageMemory,
    drift: DriftCorrection,
    renewal: Renewal,
    seen: Option<Seen>,
    /// Set when a still was shown: until the glide is over only the pressed slot counts.
    from_still: bool,
    /// The strength of the next image alone (a cut).
    strength_once: Option<f32>,
    turns: Turns,
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
    recapture: u32,
}

impl Seen {
    fn of(snapshot: &Snapshot) -> Self {
        let count = |id: Id| snapshot.triggers[id.index()];
        Self {
            slot: count(param::PROMPT_SLOT),
            cut: count(param::DREAM_CUT),
            reject: count(param::DREAM_REJECT),
            panic: count(param::MASTER_PANIC),
            recapture: count(param::FEEDBACK_RECAPTURE),
        }
    }
}

impl ImagePlanner {
    #[must_use]
    pub fn new(config: &DreamConfig) -> Self {
        Self {
            stills: config.stills.clone(),
            sequence: config.sequence.clone(),
            given: ShowImages {
                picture_px: (config.width_px, config.height_px),
                image: config.image.clone(),
                overlays: config.overlays.clone(),
                guides: config.guides.clone(),
                mask: config.mask.clone(),
            },
            feedback: if config.drift_correction { feedback::ALL } else { feedback::UNCORRECTED },
            seeds: Seeds::default(),
            memory: ImageMemory::default(),
            drift: DriftCorrection::default(),
            renewal: Renewal::default(),
            seen: None,
            from_still: false,
            strength_once: None,
            turns: Turns::default(),
            backoff: Backoff::default(),
            latency_s: 0.0,
        }
    }

    #[cfg(test)]
    pub fn sequence(&self) -> &Sequence {
        &self.sequence
    }

    /// What to do at `now` to obey `snapshot`.
    pub fn plan(&mut self, snapshot: &Snapshot, banks: &Banks, clock: &Clock, now: Seconds, means: &Means<'_>) -> Plan {
        if let Some(back) = self.obey_triggers(snapshot, banks) {
            let obeys = Obeys { pose: back.pose, ..Obeys::of(snapshot, now, clock.at(now).beats) };
            let making = Making { made: now, arrival: Arrival::Cut, strength: 0.0, steps: 0 };
            return Plan::Again(framing::frame(&back, self.sequence.next(), &obeys, &making));
        }
        // Hold takes effect only after the first picture.
        let held = snapshot.effective.on(param::DREAM_HOLD) && self.memory.last().is_some();
        // A cut does not wait for another slot's still.
        if held || (self.turns.is_still_due() && self.strength_once.is_none()) {
            self.turns.begin_still();
            if let Some(still) = self.missing_still(snapshot, banks, now) {
                return Plan::Still(still);
            }
            if (means.has_text_to_encode)() {
                return Plan::Encode;
            }
        }
        if held { Plan::Rest } else { Plan::Image(self.next_image(snapshot, banks, clock, now, means.pace)) }
    }

    /// Pads, cuts, rejections since the last image. Returns the picture to show again after a rejection.
    fn obey_triggers(&mut self, snapshot: &Snapshot, banks: &Banks) -> Option<Kept> {
        let now = Seen::of(snapshot);
        let Some(before) = self.seen.replace(now) else {
            // The show opens with this slot's still on the wall.
            self.take_still(snapshot, banks);
            return None;
        };
        if now.slot != before.slot || now.panic != before.panic {
            self.take_still(snapshot, banks);
        }
        if now.panic != before.panic {
            self.strength_once = None;
        } else if now.cut != before.cut {
            self.seeds.cut();
            self.strength_once = Some(1.0);
        }
        if now.recapture != before.recapture {
            self.drift.recapture();
        }
        let mut back = None;
        let rejected = now.reject.wrapping_sub(before.reject).min(KEPT);
        if rejected > 0 {
            // What waits for its beat is not what the hand means.
            self.memory.forget_unseen(self.sequence.seen());
        }
        for _ in 0..rejected {
            let Some((rejected, picture)) = self.memory.take_back() else { break };
            self.seeds.ban(rejected);
            back = Some(picture.clone());
        }
        if back.is_none() && snapshot.gliding == 0.0 {
            self.from_still = false;
        }
        back
    }

    /// Goes on from the pressed slot's still, which is on the wall by now.
    fn take_still(&mut self, snapshot: &Snapshot, banks: &Banks) {
        let place = (snapshot.bank - 1, snapshot.slot.saturating_sub(1));
        let heat = snapshot.effective[param::PROMPT_HEAT];
        if let Some(still) = self.stills.get(banks, place, heat) {
            // A show that takes over may dream in another size than the stills that are left of the one before.
            let picture = still.picture().sized(self.given.picture_px);
            let is_own = self.stills.own(banks, place, heat).is_some();
            let mix = PromptMix::new(banks, &pressed(snapshot), if is_own { heat } else { other_heat(heat) });
            self.drift.follow(&mix);
            self.drift.lean_on(&picture);
            self.renewal.settle(mix);
            self.memory.push(Kept { picture, pose: snapshot.content, seed: still.seed, sequence: 0 });
            self.from_still = true;
        }
    }

    fn next_image(
        &mut self,
        snapshot: &Snapshot,
        banks: &Banks,
        clock: &Clock,
        now: Seconds,
        pace: &Pace,
    ) -> ImagePlan {
        self.turns.ask_image(now);
        self.seeds.follow_looks(snapshot.kept_seed);
        let effective = &snapshot.effective;
        let beat = clock.at(now.after(self.latency_s)).beats;
        self.seeds.travel(beat / BEATS_PER_BAR, f64::from(effective[param::DREAM_TRAVEL]));
        // While a still glides in, only the pressed slot counts.
        let gliding_still = self.from_still && snapshot.gliding > 0.0;
        let shares = if gliding_still { pressed(snapshot) } else { shares(snapshot) };
        let heat = effective[param::PROMPT_HEAT];
        let mix = PromptMix::new(banks, &shares, heat);
        self.drift.freeze(effective.choice(param::FEEDBACK_REFERENCE) == "frozen");
        // Before `start` corrects the last image, which must not be pulled towards the reference of an earlier mix.
        self.drift.follow(&mix);
        self.lean_on_still(banks, &shares, heat);
        self.renewal.follow(&mix);
        let seed = self.seeds.next(effective);
        let mut start = self.start(snapshot, seed.low);
        if let Some((overlay, level)) = self.given.melting(snapshot) {
            start.init.iter_mut().for_each(|picture| overlay.melt_into(picture, level));
        }
        let guidance = f64::from(effective[param::DREAM_GUIDANCE]);
        let most = param::DREAM_STEPS.row().range().1 as usize;
        let fit = pace.steps(effective[param::DREAM_BUDGET], ImageRequest::is_guided(guidance), most);
        let steps = fit.unwrap_or(effective.whole(param::DREAM_STEPS).max(1));
        let how = Manner { mask: self.given.masking(snapshot), ..Manner::of(snapshot) };
        let request = ImageRequest { shares, heat, seed, start, steps, guidance, how };
        ImagePlan { request, obeys: Obeys::of(snapshot, now, beat) }
    }

    /// A prompt that sounds alone has its still for a reference.
    fn lean_on_still(&mut self, banks: &Banks, shares: &[Share], heat: f32) {
        let alone = shares.iter().find(|share| share.weight >= ALONE).filter(|_| !self.drift.leans_on_still());
        if let Some(still) = alone.and_then(|share| self.stills.own(banks, (share.bank, share.slot), heat)) {
            self.drift.lean_on(&still.picture());
        }
    }

    /// What the image starts from, and how much of it may change.
    fn start(&self, snapshot: &Snapshot, seed: u64) -> StartPicture {
        let asked = self.strength_once.unwrap_or(snapshot.effective[param::DREAM_STRENGTH]);
        match (snapshot.effective.choice(param::DREAM_SOURCE), self.memory.last(), &self.given.image) {
            ("feedback", Some(last), _) => self.fed_back(last, snapshot, asked, seed),
            // What a show that feeds back starts from, once.
            ("feedback", None, Some(image)) | ("image", _, Some(image)) => StartPicture::of(Some(image.clone()), asked),
            _ => StartPicture::of(None, 1.0),
        }
    }

    /// The last picture after all steps of feedback, for an image of which `asked` is to be drawn anew.
    fn fed_back(&self, last: &Kept, snapshot: &Snapshot, asked: f32, seed: u64) -> StartPicture {
        let effective = &snapshot.effective;
        let travelled = motion::within_an_octave(snapshot.content.since(Pose::default()));
        let how = FeedbackSettings::of(effective, self.turns.since_image_s()).travelled(travelled);
        let strength = self.renewal.strength(how.strength(asked), effective[param::PROMPT_PUSH]);
        let most = DRAWN_ANEW * f64::from(strength * strength);
        let moved = motion::at_most(snapshot.content.since(last.pose), most);
        let border = Border::of(effective.choice(param::MOTION_BORDER));
        let size = [last.picture.height_px, last.picture.width_px];
        let fills = border == Border::Fill && strength < 1.0;
        let moving = feedback::moving(&last.picture, moved, border);
        let fresh = if fills { motion::exposed(size, &moving) } else { Vec::new() };
        let guide = self.given.guiding(snapshot);
        let context = FeedbackContext {
            moved,
            border,
            drift: &self.drift,
            how,
            seed: seed ^ self.turns.asked_images() << 20,
            guide,
        };
        let mut picture = last.picture.clone();
        for step in self.feedback {
            step(&mut picture, &context);
        }
        StartPicture { init: Some(picture), strength, fresh }
    }

    /// A still that is missing, if there is one to make now.
    fn missing_still(&self, snapshot: &Snapshot, banks: &Banks, now: Seconds) -> Option<StillPlan> {
        // As hands and show have it: what a schedule plays for moments is no reason to make every still anew.
        let how = StillSettings::of(&snapshot.base);
        let values = &snapshot.unmodulated;
        let seed_of = |text: &str| how.seed_of(text);
        let waits = |text: &Arc<str>| self.backoff.waits(text, seed_of(text), now);
        let here = (snapshot.bank - 1, snapshot.slot.saturating_sub(1));
        let missing = self.stills.missing(banks, here, values[param::PROMPT_HEAT], seed_of, waits)?;
        let (bank, slot) = missing.place;
        let seed = how.seed_of(&missing.text);
        let request = ImageRequest {
            shares: vec![Share { bank, slot, weight: 1.0 }],
            heat: missing.heat,
            seed: SeedPosition { low: seed, high: seed, part: 0.0 },
            start: StartPicture::of(None, 1.0),
            steps: how.steps,
            guidance: how.guidance,
            how: Manner::default(),
        };
        Some(StillPlan { asked: now, request, text: missing.text, how })
    }

    /// Takes in the next image of the stream, there since `made`; its frame.
    pub fn keep_image(&mut self, plan: &ImagePlan, picture: Picture, made: Seconds) -> Frame {
        let ImagePlan { request, obeys } = plan;
        let cut = self.strength_once.take().is_some();
        self.drift.observe(&picture, request.start.strength >= FRESH_STRENGTH);
        self.renewal.drawn(request.start.strength);
        if self.drift.has_faded(&picture) {
            self.renewal.lost();
        }
        let arrival = if cut || self.memory.last().is_none() { Arrival::Cut } else { Arrival::Stream };
        let kept = Kept { picture, pose: obeys.pose, seed: request.seed.low, sequence: 0 };
        self.turns.made_image(obeys.asked, made);
        self.latency_s += LATENCY_ALPHA * (made.since(obeys.asked) - self.latency_s);
        let making = Making { made, arrival, strength: request.start.strength, steps: request.steps };
        let frame = framing::frame(&kept, self.sequence.next(), obeys, &making);
        self.memory.push(Kept { sequence: frame.sequence, ..kept });
        frame
    }

    /// Lays a still on the board, there since `made`.
    pub fn keep_still(&mut self, plan: StillPlan, banks: &Banks, still: Still, made: Seconds) {
        self.turns.made_still(plan.asked, made);
        self.backoff.made(&plan.text, still.seed);
        self.stills.put(banks, [(plan.text, still)]);
    }

    /// A still came out non-finite at `now`: it is not tried again for a while.
    pub fn still_failed(&mut self, plan: StillPlan, now: Seconds) {
        let seed = plan.how.seed_of(&plan.text);
        self.backoff.failed(plan.text, seed, now);
    }
}

/// The pressed slot alone.
fn pressed(snapshot: &Snapshot) -> Vec<Share> {
    let slot = snapshot.slot.saturating_sub(1);
    vec![Share { bank: snapshot.bank - 1, slot, weight: 1.0 }]
}
