//! Why whole groups of keys are not played, in words for the report. Used by the key tables.

pub(super) const WALL: &str = "the wall has its own size; the file's size only turns pixels into picture heights";
pub(super) const SCREEN: &str = "a switch of the web page, nothing that is played";
pub(super) const HOST: &str = "a feature of the program around Deforum; the generator here has none of it";
pub(super) const STEPS: &str = "the step count is the performer's: turn dream.steps";
pub(super) const SAMPLER: &str = "the model in the box needs its own sampler; dream.sampler chooses for others";
pub(super) const FILM: &str =
    "it is about writing a film to disk; here the wall plays live, and `halation` records what it shows";
pub(super) const RESUME: &str = "a live show does not resume a film";
pub(super) const FRAME: &str = "it is about video files frame by frame, and films are no source here";
pub(super) const HYBRID: &str = "hybrid video needs a film that is rendered beforehand";
pub(super) const CONTROLNET: &str = "ControlNet models are not played here; mask and source picture do part of it";
pub(super) const PARSEQ: &str = "Parseq manifests are not read; have Parseq write plain schedules into the file";
pub(super) const FLOW: &str = "the wall moves by its camera between two images; there is no optical flow to scale";
pub(super) const REDO: &str = "every image is made once, so that the next comes soon";
pub(super) const NOMODEL: &str = "the network that is played is the show's `model`";
pub(super) const DEPTH: &str = "there is one depth model, or light as depth where none is installed";
pub(super) const NEARFAR: &str = "it has no effect upstream either: the two cancel out";
pub(super) const GRADIENT: &str =
    "gradient guidance costs a second network per step, which no live machine has time for";
pub(super) const NOTES: &str = "a note about the run that made the file";
pub(super) const REROLL: &str = "an image that is black is shown black; `dream.reject` takes it back";
pub(super) const MASKWORDS: &str = "masks by words need another network; `mask` in the show takes one picture";
pub(super) const ONLY_THE_START: &str =
    "the picture is only the start; dream.strength takes over from the first image on";
pub(super) const FROM_NOISE: &str = "without a picture the first image always starts from noise";
pub(super) const EDIT_THE_MASK: &str =
    "the mask is taken as it lies in its file: white is dreamed; edit the picture instead";
pub(super) const PREVIEW: &str = "turn dream.hold on to see the camera alone";
pub(super) const FRAMES: &str = "`frames` in [schedule]: the schedules repeat after so many";
pub(super) const TRANSLATION_Y: &str = "motion.y, in picture heights per bar, up";
pub(super) const PERSPECTIVE_FLIP_THETA: &str = "motion.flip.theta, in degrees per bar";
pub(super) const PERSPECTIVE_FLIP_GAMMA: &str = "motion.flip.gamma, in degrees per bar";
pub(super) const GUIDANCE: &str = "a comment at dream.guidance: a distilled model needs 1, and more than 1 costs twice";
pub(super) const ASPECT: &str = "the wall's own shape decides how wide the camera sees";
pub(super) const PIX2PIX: &str = "it is for InstructPix2Pix networks alone";
pub(super) const THRESHOLD: &str = "feedback.sharpen.threshold, of 1 instead of 255";
pub(super) const COLOR: &str =
    "feedback.color; the reference moves with the picture instead of being frozen to frame 0";
pub(super) const COLOR_IMAGE: &str =
    "colours follow the moving picture, not a file; the show's palette paints with fixed ones";
pub(super) const RATE: &str =
    "dream.rate and feedback.per: images are made as fast as the machine can, at most so many";
pub(super) const SAMPLING: &str = "the camera samples bilinear in linear light, always";
pub(super) const GUIDE_STRENGTH: &str = "how strong a guide pulls is guide.pull alone; strength stays dream.strength";
pub(super) const GUIDE_WAVE: &str = "guides pull as guide.pull says, without a wave between two of them";
pub(super) const SOUNDTRACK: &str = "the instrument listens to the room; play the track yourself";
pub(super) const TEXTS_TRAVEL: &str = "texts always travel between the frames they are set at";
pub(super) const ADDED_NOISE: &str = "feedback.noise is what is added to a picture";
pub(super) const BEAT_OFFSET: &str = "set the beat by hand with tempo.nudge or tempo.resync";
pub(super) const HEARS_EVENTS: &str =
    "the instrument hears events itself: route `drop`, `build` or a band to a parameter";
pub(super) const NOT_AT_KEYFRAMES: &str =
    "images come as fast as the machine makes them, not only at keyframes; dream.cut marks one";
pub(super) const NO_KEYFRAMES: &str = "no image is a keyframe here; dream.cut marks one";
pub(super) const PULL_ALONE: &str = "how strong a guide pulls is guide.pull alone";
