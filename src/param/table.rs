//! The rows of the parameter table. A parameter is added or removed here and nowhere else: addresses, listings and
//! checks are made from [`TABLE`].

use super::{Class, Curve, Id, Kind, Row, SWITCH};

const fn float(min: f32, max: f32, default: f32) -> Kind {
    Kind::Float { min, max, default }
}

const fn int(min: i32, max: i32, default: i32) -> Kind {
    Kind::Int { min, max, default }
}

const fn switch() -> Kind {
    Kind::Choice { names: SWITCH, default: 0 }
}

/// Builds [`TABLE`] and one constant per row from a single list.
macro_rules! table {
    ($($name:ident $id:literal $label:literal, $kind:expr, $unit:literal, $curve:ident,
        $smoothing:literal, $step:literal, $class:ident, $doc:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "only counts the rows")]
        enum Place { $($name),* }
        $(#[doc = $doc] pub const $name: Id = Id(Place::$name as u16);)*
        /// Every parameter, grouped as a performer meets them.
        pub static TABLE: &[Row] = &[$(Row {
            id: $id, label: $label, kind: $kind, unit: $unit, curve: Curve::$curve,
            smoothing_s: $smoothing, step: $step, class: Class::$class, doc: $doc,
        }),*];
        /// How many parameters there are.
        pub const COUNT: usize = [$($id),*].len();
    };
}

table! {
    PROMPT_BANK "prompt.bank" "Bank", int(1, 16, 1), "", Linear, 0.0, 1.0, NextImage,
        "Bank that the slots belong to. A bank change alone never changes the picture.";
    PROMPT_SLOT "prompt.slot" "Slot", int(1, 8, 1), "", Linear, 0.0, 1.0, NextImage,
        "Prompt of the bank to glide to; its picture shows at once.";
    PROMPT_WEIGHT_1 "prompt.weight.1" "Weight 1", float(0.0, 1.0, 1.0), "", Linear, 0.0, 0.02, NextImage,
        "Share of slot 1 in the mix, like an organ drawbar; the eight are normalised, all zero holds the last mix.";
    PROMPT_WEIGHT_2 "prompt.weight.2" "Weight 2", float(0.0, 1.0, 0.0), "", Linear, 0.0, 0.02, NextImage,
        "Share of slot 2 in the mix.";
    PROMPT_WEIGHT_3 "prompt.weight.3" "Weight 3", float(0.0, 1.0, 0.0), "", Linear, 0.0, 0.02, NextImage,
        "Share of slot 3 in the mix.";
    PROMPT_WEIGHT_4 "prompt.weight.4" "Weight 4", float(0.0, 1.0, 0.0), "", Linear, 0.0, 0.02, NextImage,
        "Share of slot 4 in the mix.";
    PROMPT_WEIGHT_5 "prompt.weight.5" "Weight 5", float(0.0, 1.0, 0.0), "", Linear, 0.0, 0.02, NextImage,
        "Share of slot 5 in the mix.";
    PROMPT_WEIGHT_6 "prompt.weight.6" "Weight 6", float(0.0, 1.0, 0.0), "", Linear, 0.0, 0.02, NextImage,
        "Share of slot 6 in the mix.";
    PROMPT_WEIGHT_7 "prompt.weight.7" "Weight 7", float(0.0, 1.0, 0.0), "", Linear, 0.0, 0.02, NextImage,
        "Share of slot 7 in the mix.";
    PROMPT_WEIGHT_8 "prompt.weight.8" "Weight 8", float(0.0, 1.0, 0.0), "", Linear, 0.0, 0.02, NextImage,
        "Share of slot 8 in the mix.";
    PROMPT_HEAT "prompt.heat" "Heat", float(0.0, 1.0, 0.0), "", Linear, 0.05, 0.02, NextImage,
        "From the slots' calm texts (0) to their peak texts (1).";
    PROMPT_GLIDE "prompt.glide" "Glide", float(0.0, 16.0, 2.0), "beats", Square, 0.0, 0.25, Live,
        "How long the mix takes to travel to a pressed slot; 0 is at once.";
    PROMPT_WALK "prompt.walk" "Walk", float(0.0, 2.0, 0.0), "slots/bar", Square, 0.0, 0.05, Live,
        "Visits the slots by itself: glides to the next and rests on it; 0 stays.";
    PROMPT_QUANTISE "prompt.quantise" "Quantise",
        Kind::Choice { names: &["off", "beat", "bar", "4 bars", "8 bars", "16 bars"], default: 0 },
        "", Linear, 0.0, 1.0, Live,
        "Where a pressed slot or a cut lands on the wall; pressing again means now.";
    PROMPT_PUSH "prompt.push" "Push", float(0.0, 1.0, 0.3), "", Linear, 0.0, 0.02, NextImage,
        "Lifts strength as far as the mix has moved, so that what is newly wanted always shows.";
    PROMPT_TEXT "prompt.text" "Text", Kind::Text, "", Linear, 0.0, 0.0, NextImage,
        "Rewrites the text of the current slot.";
    DREAM_STRENGTH "dream.strength" "Strength", float(0.0, 1.0, 0.5), "", Linear, 0.0, 0.02, NextImage,
        "How much of the picture each new image forgets: 0 keeps it, 1 starts from noise.";
    DREAM_STEPS "dream.steps" "Steps", int(1, 16, 4), "", Linear, 0.0, 1.0, NextImage,
        "Denoising calls per image: more is finer and slower.";
    DREAM_BUDGET "dream.budget" "Budget", float(0.0, 2000.0, 0.0), "ms", Square, 0.0, 20.0, NextImage,
        "Time an image may take; steps are then chosen to fit. 0 uses the steps knob.";
    DREAM_GUIDANCE "dream.guidance" "Guidance", float(1.0, 8.0, 1.0), "", Square, 0.0, 0.1, NextImage,
        "How strictly the prompt is followed; 1 is off and twice as fast.";
    DREAM_SEED "dream.seed" "Seed", int(0, 999_999, 1), "", Linear, 0.0, 1.0, NextImage,
        "Which noise the pictures grow from.";
    DREAM_SEEDS "dream.seeds" "Seeds",
        Kind::Choice { names: &["travel", "iter", "fixed", "random", "ladder", "alternate", "schedule"], default: 0 },
        "", Linear, 0.0, 1.0, NextImage,
        "How seeds follow each other: gliding, one after the other, always one, by chance, up two and down one, to and fro, or as dream.seed is scheduled.";
    DREAM_SEEDS_EVERY "dream.seeds.every" "Seeds every", int(1, 64, 1), "images", Linear, 0.0, 1.0, NextImage,
        "For how many images iter keeps each seed.";
    DREAM_SUBSEED "dream.subseed" "Subseed", int(0, 999_999, 1), "", Linear, 0.0, 1.0, NextImage,
        "Another noise, which dream.subseed.mix blends into the first.";
    DREAM_SUBSEED_MIX "dream.subseed.mix" "Subseed mix", float(0.0, 1.0, 0.0), "", Linear, 0.0, 0.02, NextImage,
        "How much of the subseed's noise is blended into the first.";
    DREAM_NOISE "dream.noise" "Start noise", float(0.8, 1.3, 1.0), "x", Linear, 0.0, 0.01, NextImage,
        "How much noise an image grows from beside its picture: a little more is crisper, a little less smoother.";
    DREAM_SAMPLER "dream.sampler" "Sampler",
        Kind::Choice { names: &["model", "ddim", "euler", "ancestral"], default: 0 }, "", Linear, 0.0, 1.0, NextImage,
        "How an image is found in its noise: as its model wants, which for the model in the box is best, or by another sampler.";
    DREAM_RATE "dream.rate" "Rate", float(0.0, 30.0, 0.0), "images/s", Linear, 0.0, 0.5, NextImage,
        "Most images a second; 0 is as many as the machine can make.";
    DREAM_SOURCE "dream.source" "Source",
        Kind::Choice { names: &["feedback", "walk", "image"], default: 0 }, "", Linear, 0.0, 1.0, NextImage,
        "What an image starts from: the last image moved by the camera, travelling noise alone, or the show's input image.";
    DREAM_TRAVEL "dream.travel" "Travel", float(0.0, 8.0, 0.5), "seeds/bar", Square, 0.0, 0.1, NextImage,
        "How fast the noise moves on through the seeds.";
    DREAM_CUT "dream.cut" "Cut", Kind::Trigger, "", Linear, 0.0, 0.0, NextImage,
        "A new seed and one image at strength 1: a hard change on the beat of your finger.";
    DREAM_HOLD "dream.hold" "Hold", switch(), "", Linear, 0.0, 1.0, Live,
        "Holds the generator while the wall keeps moving.";
    DREAM_REJECT "dream.reject" "Reject", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "Takes the last image back and never uses its seed again.";
    DREAM_KEEP "dream.keep" "Keep", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "Keeps the seed of the picture on the wall, and what plays, as a look in the first empty place.";
    FEEDBACK_COLOR "feedback.color" "Colour hold", float(0.0, 1.0, 0.25), "", Linear, 0.0, 0.02, NextImage,
        "How much of a drift in colour each image gives back: 0 lets it drift, 1 holds the reference.";
    FEEDBACK_MATCH "feedback.match" "Colour match", Kind::Choice { names: &["oklab", "histogram"], default: 0 },
        "", Linear, 0.0, 1.0, NextImage,
        "How colours are held: by their mean and spread, without flicker, or by the whole histogram, as Deforum does.";
    FEEDBACK_REFERENCE "feedback.reference" "Colour reference",
        Kind::Choice { names: &["moving", "frozen"], default: 0 }, "", Linear, 0.0, 1.0, NextImage,
        "What colours are held to: what the prompt looks like by now, or the picture of the moment when this was set to frozen.";
    FEEDBACK_RECAPTURE "feedback.recapture" "Recapture", Kind::Trigger, "", Linear, 0.0, 0.0, NextImage,
        "With feedback.reference frozen, the next image is what colours are held to.";
    FEEDBACK_CONTRAST "feedback.contrast" "Feedback contrast", float(0.5, 1.5, 1.0), "x", Linear, 0.0, 0.01, NextImage,
        "Contrast of the picture that the next image grows from.";
    FEEDBACK_SHARPEN "feedback.sharpen" "Feedback sharpness", float(0.0, 2.0, 0.0), "", Square, 0.0, 0.02, NextImage,
        "Unsharp mask on the picture that the next image grows from.";
    FEEDBACK_SHARPEN_RADIUS "feedback.sharpen.radius" "Sharpen radius", float(0.2, 4.0, 1.0), "px", Linear, 0.0, 0.1, NextImage,
        "How wide the unsharp mask looks, in pixels of the picture.";
    FEEDBACK_SHARPEN_THRESHOLD "feedback.sharpen.threshold" "Sharpen threshold", float(0.0, 0.2, 0.0), "", Linear, 0.0, 0.01, NextImage,
        "Differences up to this are not sharpened.";
    FEEDBACK_NOISE "feedback.noise" "Feedback noise", float(0.0, 0.5, 0.0), "", Square, 0.0, 0.01, NextImage,
        "Grain added to the picture that the next image grows from: detail comes out of it, brightness stays.";
    FEEDBACK_NOISE_KIND "feedback.noise.kind" "Noise kind", Kind::Choice { names: &["gaussian", "perlin"], default: 0 },
        "", Linear, 0.0, 1.0, NextImage,
        "Even grain, or grain in clouds that the camera carries along.";
    FEEDBACK_PER "feedback.per" "Feedback per", float(0.0, 30.0, 0.0), "images/s", Linear, 0.0, 0.5, NextImage,
        "The rate of images that dream.strength, feedback and guides are meant for: a slower machine's images get more; 0 is off.";
    GUIDE_PULL "guide.pull" "Guide", float(0.0, 1.0, 0.0), "", Linear, 0.0, 0.02, NextImage,
        "How far each image is pulled to the show's guide picture; without one it does nothing.";
    GUIDE_COLOR "guide.color" "Guide colour", float(0.0, 1.0, 0.075), "", Linear, 0.0, 0.02, NextImage,
        "How far colours are pulled to the guide picture's, too, while guide.pull is on.";
    GUIDE_SLOT "guide.slot" "Guide picture", int(1, 16, 1), "", Linear, 0.0, 1.0, NextImage,
        "Which of the show's guide pictures is meant.";
    MASK_LEVEL "mask.level" "Mask", float(0.0, 1.0, 1.0), "", Linear, 0.0, 0.02, NextImage,
        "How far the dark of the show's mask keeps the picture from changing; without a mask it does nothing.";
    SCHEDULE_RUN "schedule.run" "Schedules", Kind::Choice { names: SWITCH, default: 1 }, "", Linear, 0.0, 1.0, Live,
        "Whether the show's schedules move on; off, they hold where they are.";
    SCHEDULE_REWIND "schedule.rewind" "Rewind", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "The schedules begin again at once, in step with the beat.";
    SCHEDULE_POSITION "schedule.position" "Schedule position", float(0.0, 1024.0, 0.0), "bars", Linear, 0.0, 1.0, Live,
        "Where the schedules are: set, they go there.";
    SCHEDULE_RATE "schedule.rate" "Schedule rate", float(0.0, 4.0, 1.0), "x", Linear, 0.0, 0.05, Live,
        "How fast the schedules move on: 1 with the music.";
    SCHEDULE_LOOP "schedule.loop" "Schedule loop", float(0.0, 128.0, 0.0), "bars", Linear, 0.0, 1.0, Live,
        "After how many bars the schedules begin again; 0 is never.";
    SCHEDULE_SET "schedule.set" "Set schedule", Kind::Text, "", Linear, 0.0, 0.0, Live,
        "Gives a parameter a schedule: its name, and then keys and expressions, as in motion.zoom 0:(0.2*sin(6.28*beat/8)).";
    SCHEDULE_CLEAR "schedule.clear" "Clear schedule", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "Frees the parameter whose name is sent along from its schedule, or all of them.";
    MORPH_SPEED "morph.speed" "Morph speed", float(0.25, 8.0, 1.0), "x", Square, 0.0, 0.1, Live,
        "1 blends for one image interval, more is snappier, the right end cuts.";
    MORPH_MODE "morph.mode" "Morph", Kind::Choice { names: &["cut", "fade", "flow"], default: 2 },
        "", Linear, 0.0, 1.0, Live,
        "How images become each other: at once, in a fade, or moving along what they have in common.";
    MORPH_QUANTISE "morph.quantise" "Morph quantise",
        Kind::Choice { names: &["off", "beat", "2 beats", "bar"], default: 0 }, "", Linear, 0.0, 1.0, Live,
        "Where a new image of the stream lands on the wall; more than two in that time are not held.";
    MOTION_ZOOM "motion.zoom" "Zoom", float(-2.0, 2.0, 0.0), "octaves/bar", Bipolar, 0.03, 0.02, Live,
        "Camera into (+) or out of (-) the picture.";
    MOTION_ROTATE "motion.rotate" "Rotate", float(-1.0, 1.0, 0.0), "turns/bar", Bipolar, 0.03, 0.01, Live,
        "Camera turning, anticlockwise positive.";
    MOTION_X "motion.x" "Shift x", float(-2.0, 2.0, 0.0), "heights/bar", Bipolar, 0.03, 0.02, Live,
        "Picture travelling right (+) or left (-); with motion.depth what is far travels less.";
    MOTION_Y "motion.y" "Shift y", float(-2.0, 2.0, 0.0), "heights/bar", Bipolar, 0.03, 0.02, Live,
        "Picture travelling up (+) or down (-).";
    MOTION_CENTRE_X "motion.centre_x" "Centre x", float(0.0, 1.0, 0.5), "", Linear, 0.08, 0.02, Live,
        "What zoom and rotation turn about, from the left edge of the picture (0) to the right (1).";
    MOTION_CENTRE_Y "motion.centre_y" "Centre y", float(0.0, 1.0, 0.5), "", Linear, 0.08, 0.02, Live,
        "What zoom and rotation turn about, from the upper edge (0) to the lower (1).";
    MOTION_DOLLY "motion.dolly" "Dolly", float(-2.0, 2.0, 0.0), "depths/bar", Bipolar, 0.03, 0.02, Live,
        "Flight into the picture (+) or back (-): with motion.depth what is near comes sooner.";
    MOTION_PAN "motion.pan" "Pan", float(-180.0, 180.0, 0.0), "degrees/bar", Bipolar, 0.03, 2.0, Live,
        "Camera looking aside: the picture bends away to the left (+) or right (-).";
    MOTION_TILT "motion.tilt" "Tilt", float(-180.0, 180.0, 0.0), "degrees/bar", Bipolar, 0.03, 2.0, Live,
        "Camera looking up (+) or down (-): the picture bends away down or up.";
    MOTION_ROLL "motion.roll" "Roll", float(-180.0, 180.0, 0.0), "degrees/bar", Bipolar, 0.03, 2.0, Live,
        "Camera rolling about its own middle, the picture anticlockwise.";
    MOTION_FOV "motion.fov" "Field of view", float(20.0, 150.0, 90.0), "degrees", Linear, 0.08, 1.0, Live,
        "How wide the camera sees from top to bottom: wide bends more and turns less.";
    MOTION_FLIP_THETA "motion.flip.theta" "Flip theta", float(-180.0, 180.0, 0.0), "degrees/bar", Bipolar, 0.03, 2.0, Live,
        "Deforum's perspective flip: the picture as a plane that turns, clockwise.";
    MOTION_FLIP_PHI "motion.flip.phi" "Flip phi", float(-180.0, 180.0, 0.0), "degrees/bar", Bipolar, 0.03, 2.0, Live,
        "The plane falling over: its upper edge goes away.";
    MOTION_FLIP_GAMMA "motion.flip.gamma" "Flip gamma", float(-180.0, 180.0, 0.0), "degrees/bar", Bipolar, 0.03, 2.0, Live,
        "The plane swinging like a door: its right edge goes away.";
    MOTION_FLIP_FOV "motion.flip.fov" "Flip fov", float(20.0, 160.0, 53.0), "degrees", Linear, 0.08, 1.0, Live,
        "How strong the flip's perspective is.";
    MOTION_BORDER "motion.border" "Border",
        Kind::Choice { names: &["replicate", "wrap", "mirror", "fill"], default: 2 }, "", Linear, 0.0, 1.0, Live,
        "What the camera finds beyond the picture: its edge, the picture again or mirrored, or new picture made from noise.";
    MOTION_DEPTH "motion.depth" "Depth",
        Kind::Choice { names: &["off", "radial", "light", "model"], default: 0 }, "", Linear, 0.0, 1.0, NextImage,
        "What is near and what is far: nothing, the edges near like in a tunnel, bright near, or what a depth model sees.";
    MOTION_KICK "motion.kick" "Kick", float(-1.0, 1.0, 0.0), "octaves", Bipolar, 0.03, 0.02, Live,
        "How far the wall alone is zoomed in (+) or out (-): a position that returns with what moves it, not a speed.";
    LOOK_TRAILS "look.trails" "Trails", float(0.0, 8.0, 0.0), "beats", Square, 0.03, 0.1, Live,
        "Half-life of the light trails behind everything that moves; 0 is off.";
    LOOK_TREMBLE "look.tremble" "Tremble", float(0.0, 1.0, 0.0), "", Linear, 0.03, 0.02, Live,
        "How far the sound's waveform pulls the rows of the picture sideways; audio.react scales it.";
    LOOK_SWELL "look.swell" "Swell", float(0.0, 1.0, 0.0), "", Linear, 0.03, 0.02, Live,
        "How much the sound's spectrum lights the picture, bass in the middle, treble at the edges; audio.react scales it.";
    LOOK_HALATION "look.halation" "Glow", float(0.0, 1.0, 0.0), "", Linear, 0.03, 0.02, Live,
        "Light that spills over from everything bright, warmer the wider: halation.";
    LOOK_MIRROR "look.mirror" "Mirror", float(0.0, 1.0, 0.0), "", Linear, 0.05, 0.02, Live,
        "Folds the picture into mirror and kaleidoscope; it opens from its centre like an iris.";
    LOOK_MIRROR_FOLDS "look.mirror.folds" "Folds", int(2, 16, 4), "", Linear, 0.0, 1.0, Live,
        "How many times the mirror shows the picture: 2 is left and right, 4 both ways, more a kaleidoscope.";
    LOOK_MIRROR_X "look.mirror.x" "Mirror x", float(-1.0, 1.0, 0.0), "", Bipolar, 0.05, 0.02, Live,
        "Where the picture is folded, from the left edge (-1) to the right (1).";
    LOOK_MIRROR_Y "look.mirror.y" "Mirror y", float(-1.0, 1.0, 0.0), "", Bipolar, 0.05, 0.02, Live,
        "Where the picture is folded, from the bottom (-1) to the top (1).";
    LOOK_MIRROR_TURN "look.mirror.turn" "Mirror turn", float(-180.0, 180.0, 0.0), "degrees", Bipolar, 0.05, 2.0, Live,
        "Direction of the mirror's axis, anticlockwise from upright.";
    LOOK_TUNNEL "look.tunnel" "Tunnel", float(0.0, 1.0, 0.0), "", Linear, 0.03, 0.02, Live,
        "Feeds the wall back into itself: how long its light stays in the tunnel.";
    LOOK_TUNNEL_ZOOM "look.tunnel.zoom" "Tunnel zoom", float(-2.0, 2.0, 0.4), "octaves/beat", Bipolar, 0.03, 0.02, Live,
        "How fast the tunnel's light comes towards you (+) or goes away (-).";
    LOOK_TUNNEL_TURN "look.tunnel.turn" "Tunnel turn", float(-1.0, 1.0, 0.1), "turns/bar", Bipolar, 0.03, 0.02, Live,
        "How fast the tunnel turns, anticlockwise positive.";
    LOOK_TUNNEL_HUE "look.tunnel.hue" "Tunnel hue", float(-1.0, 1.0, 0.25), "turns/bar", Bipolar, 0.03, 0.02, Live,
        "How fast colours run round the wheel in the tunnel.";
    LOOK_BEND "look.bend" "Bend", float(0.0, 1.0, 0.0), "", Linear, 0.03, 0.02, Live,
        "Displaces the picture.";
    LOOK_BEND_BY "look.bend.by" "Bend by", Kind::Choice { names: &["light", "noise", "sound"], default: 0 },
        "", Linear, 0.0, 1.0, Live,
        "What displaces it: its own light, slow waves, or the waveform, which audio.react scales.";
    LOOK_CONTOUR "look.contour" "Edges", float(0.0, 1.0, 0.0), "", Linear, 0.03, 0.02, Live,
        "Edges that glow while what is between them steps back.";
    LOOK_PALETTE "look.palette" "Palette", float(0.0, 1.0, 0.0), "", Linear, 0.03, 0.02, Live,
        "Paints by brightness with the colours of look.palette.from.";
    LOOK_PALETTE_FROM "look.palette.from" "Palette from", Kind::Choice { names: &["bank", "picture"], default: 0 },
        "", Linear, 0.0, 1.0, Live,
        "Whose colours: the bank's, or those of the picture before the newest.";
    LOOK_RGB "look.rgb" "RGB", float(0.0, 1.0, 0.0), "", Linear, 0.02, 0.02, Live,
        "Pulls red and blue apart, more towards the edges of the wall.";
    LOOK_DOTS "look.dots" "Dots", float(0.0, 1.0, 0.0), "", Linear, 0.03, 0.02, Live,
        "Halftone or scanlines at the wall's own sharpness.";
    LOOK_DOTS_KIND "look.dots.kind" "Dots kind", Kind::Choice { names: &["dots", "lines"], default: 0 },
        "", Linear, 0.0, 1.0, Live,
        "What look.dots is: dots as large as the place is bright, or lines.";
    LOOK_GRAIN "look.grain" "Grain", float(0.0, 1.0, 0.0), "", Linear, 0.03, 0.02, Live,
        "Film grain, new in every frame.";
    LOOK_INVERT "look.invert" "Invert", float(0.0, 1.0, 0.0), "", Linear, 0.03, 0.02, Live,
        "Negative: dark is bright, and every colour its opposite.";
    LOOK_STROBE "look.strobe" "Strobe", float(0.0, 1.0, 0.0), "", Linear, 0.0, 0.02, Live,
        "Darkens the second half of every look.strobe.every.";
    LOOK_STROBE_EVERY "look.strobe.every" "Strobe every",
        Kind::Choice { names: &["1/4 beat", "1/2 beat", "beat", "2 beats", "bar"], default: 2 }, "", Linear, 0.0, 1.0, Live,
        "How often the strobe flashes; what would be more than three times a second takes the next slower one that is not.";
    LOOK_LOOP "look.loop" "Loop", switch(), "", Linear, 0.0, 1.0, Live,
        "Records the next look.loop.beats of the wall and repeats them while on; effects stay live on top.";
    LOOK_LOOP_BEATS "look.loop.beats" "Loop beats", Kind::Choice { names: &["1/4", "1/2", "1", "2", "4"], default: 2 },
        "beats", Linear, 0.0, 1.0, Live,
        "How long the loop is, counted from when it is switched on.";
    LOOK_HIT "look.hit" "Hit", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "One flash, in white or, with look.palette, in the palette's brightest colour.";
    OVERLAY_SLOT "overlay.slot" "Overlay", int(1, 16, 1), "", Linear, 0.0, 1.0, Live,
        "Which image of the show's overlay folder is meant, in the order of their names.";
    OVERLAY_LEVEL "overlay.level" "Overlay level", float(0.0, 1.0, 0.0), "", Linear, 0.05, 0.02, Live,
        "How much of the overlay is there; panic leaves it alone.";
    OVERLAY_MODE "overlay.mode" "Overlay mode", Kind::Choice { names: &["over", "mask", "melt"], default: 0 },
        "", Linear, 0.0, 1.0, Live,
        "Over the wall, a mask through which it is seen, or in what the next images grow from.";
    LOOK_HUE "look.hue" "Hue", float(-180.0, 180.0, 0.0), "degrees", Bipolar, 0.03, 2.0, Live,
        "Turns every colour round the wheel.";
    LOOK_SATURATION "look.saturation" "Saturation", float(0.0, 2.0, 1.0), "x", Linear, 0.03, 0.02, Live,
        "Colourfulness: 0 is black and white, 1 as generated.";
    LOOK_CONTRAST "look.contrast" "Contrast", float(0.0, 2.0, 1.0), "x", Linear, 0.03, 0.02, Live,
        "Distance between dark and bright: 1 as generated.";
    AUDIO_GAIN "audio.gain" "Audio gain", float(-24.0, 24.0, 0.0), "dB", Bipolar, 0.0, 0.5, Live,
        "Gain on the audio input, before everything that listens to it.";
    AUDIO_REACT "audio.react" "React", float(0.0, 1.0, 1.0), "", Linear, 0.05, 0.02, Live,
        "How much the sound moves the picture; at 0 it is exactly the picture you set.";
    ROUTE_PATCH "route.patch" "Patch", Kind::Text, "", Linear, 0.0, 0.0, Live,
        "Plugs a route in or, with its number alone, out: 3 source = \"kick\", target = \"look.hue\", amount = 20.";
    ROUTE_1 "route.1" "Route 1", float(0.0, 2.0, 1.0), "", Linear, 0.05, 0.02, Live,
        "How much route 1 of the show moves its target: 0 not at all, 1 as written, 2 twice.";
    ROUTE_2 "route.2" "Route 2", float(0.0, 2.0, 1.0), "", Linear, 0.05, 0.02, Live,
        "How much route 2 of the show moves its target: 0 not at all, 1 as written, 2 twice.";
    ROUTE_3 "route.3" "Route 3", float(0.0, 2.0, 1.0), "", Linear, 0.05, 0.02, Live,
        "How much route 3 of the show moves its target: 0 not at all, 1 as written, 2 twice.";
    ROUTE_4 "route.4" "Route 4", float(0.0, 2.0, 1.0), "", Linear, 0.05, 0.02, Live,
        "How much route 4 of the show moves its target: 0 not at all, 1 as written, 2 twice.";
    ROUTE_5 "route.5" "Route 5", float(0.0, 2.0, 1.0), "", Linear, 0.05, 0.02, Live,
        "How much route 5 of the show moves its target: 0 not at all, 1 as written, 2 twice.";
    ROUTE_6 "route.6" "Route 6", float(0.0, 2.0, 1.0), "", Linear, 0.05, 0.02, Live,
        "How much route 6 of the show moves its target: 0 not at all, 1 as written, 2 twice.";
    ROUTE_7 "route.7" "Route 7", float(0.0, 2.0, 1.0), "", Linear, 0.05, 0.02, Live,
        "How much route 7 of the show moves its target: 0 not at all, 1 as written, 2 twice.";
    ROUTE_8 "route.8" "Route 8", float(0.0, 2.0, 1.0), "", Linear, 0.05, 0.02, Live,
        "How much route 8 of the show moves its target: 0 not at all, 1 as written, 2 twice.";
    PARAM_RELEASE "param.release" "Release", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "Gives what your hands set back to the show: the parameter whose name is sent along, or all of them.";
    TEMPO_BPM "tempo.bpm" "Tempo", float(40.0, 240.0, 120.0), "bpm", Linear, 0.0, 0.5, Live,
        "Tempo while nothing better is known; writing it starts the free-running clock at that tempo.";
    TEMPO_TAP "tempo.tap" "Tap", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "Tap on the beat, four times or more.";
    TEMPO_RESYNC "tempo.resync" "Resync", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "This beat is the first of the bar.";
    TEMPO_NUDGE "tempo.nudge" "Nudge", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "Shifts the beat by 10 ms times the number sent: positive comes earlier.";
    TEMPO_DOUBLE "tempo.double" "Double", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "Twice the tempo from the next beat.";
    TEMPO_HALVE "tempo.halve" "Halve", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "Half the tempo from the next beat.";
    TEMPO_HOLD "tempo.hold" "Tempo hold", switch(), "", Linear, 0.0, 1.0, Live,
        "Keeps the tempo whatever the sources say; let go, it also takes the lead from taps.";
    TEMPO_NEAR "tempo.near" "Tempo near", float(0.0, 220.0, 0.0), "bpm", Linear, 0.0, 1.0, Live,
        "The tempo the ears should expect, where the music leaves open whether it is 87 or 174; 0 lets the music decide.";
    TEMPO_SOURCE "tempo.source" "Tempo source",
        Kind::Choice { names: &["auto", "hands", "audio", "midi", "osc", "link", "prolink"], default: 0 }, "", Linear, 0.0, 1.0, Live,
        "Who sets the tempo besides your hands: the best that is alive, nobody, or just one.";
    TEMPO_DECK "tempo.deck" "Deck", int(0, 15, 0), "", Linear, 0.0, 1.0, Live,
        "The player of Pro DJ Link whose beat to follow, whoever is master; 0 chooses by itself.";
    TEMPO_OFFSET "tempo.offset" "Beat offset", float(-250.0, 250.0, 0.0), "ms", Bipolar, 1.0, 5.0, Live,
        "When the beat is on this wall: minus is earlier, for a slow projector; plus later, for distant speakers.";
    SCENE_AUTO "scene.auto" "Self-play", float(0.0, 1.0, 0.0), "", Linear, 0.0, 0.05, Live,
        "Plays by itself: sections choose the bank, phrases the slot, a drop cuts; more is more often. Your pads come first.";
    SCENE_STORE "scene.store" "Store look", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "Stores what plays as look 1 to 16, the number sent along; one that is taken must be stored twice within four seconds.";
    SCENE_RECALL "scene.recall" "Look", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "Brings back look 1 to 16, the number sent along, within scene.fade; what your hands touch meanwhile stays with them.";
    SCENE_BACK "scene.back" "Undo look", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "What played before the last look was recalled; once more, and the look is back.";
    SCENE_FADE "scene.fade" "Look fade", float(0.0, 64.0, 4.0), "beats", Square, 0.0, 0.5, Live,
        "How long a look takes to come; 0 is at once.";
    SCENE_MASK "scene.mask" "Look mask",
        Kind::Choice { names: &["all", "look", "motion", "dream"], default: 0 }, "", Linear, 0.0, 1.0, Live,
        "What a recalled look may move: all of it, effects and morphing, motion alone, or prompts and dream.";
    SCENE_MORPH "scene.morph" "Look morph", float(0.0, 1.0, 0.0), "", Linear, 0.0, 0.02, Live,
        "Moved, it plays between look scene.from (0) and look scene.to (1).";
    SCENE_FROM "scene.from" "Morph from", int(1, 16, 1), "", Linear, 0.0, 1.0, Live,
        "The look at the left end of scene.morph.";
    SCENE_TO "scene.to" "Morph to", int(1, 16, 2), "", Linear, 0.0, 1.0, Live,
        "The look at the right end of scene.morph.";
    SHOW_NEXT "show.next" "Next show", Kind::Trigger, "", Linear, 0.0, 0.0, NextImage,
        "Changes over to the next show of --next, which is ready: within show.fade, and without a gap.";
    SHOW_LOAD "show.load" "Load show", Kind::Text, "", Linear, 0.0, 0.0, NextImage,
        "Changes over to the show of this name, beside the one that plays.";
    SHOW_FADE "show.fade" "Show fade", float(0.0, 64.0, 8.0), "beats", Square, 0.0, 0.5, Live,
        "How long a change of shows takes; 0 is a cut.";
    MASTER_BRIGHTNESS "master.brightness" "Brightness", float(0.0, 1.0, 1.0), "", Linear, 0.03, 0.02, Live,
        "Brightness of the wall.";
    MASTER_FREEZE "master.freeze" "Freeze", switch(), "", Linear, 0.0, 1.0, Live,
        "The wall stands still.";
    MASTER_BLACKOUT "master.blackout" "Blackout", switch(), "", Linear, 0.0, 1.0, Live,
        "The wall is black while on.";
    MASTER_FADE "master.fade" "Fade", float(0.0, 16.0, 0.0), "beats", Square, 0.0, 0.25, Live,
        "How long blackout takes to close and to open; 0 is a cut.";
    MASTER_ACKNOWLEDGE "master.acknowledge" "Acknowledge", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "A controller that is lost now was taken away for good: the status line says no longer that it is lost.";
    MASTER_PANIC "master.panic" "Panic", Kind::Trigger, "", Linear, 0.0, 0.0, Live,
        "Next frame: this slot's still; motion, react, feedback's noise, sharpening and guide, and every effect 0; brightness 1, tempo kept.";
}
