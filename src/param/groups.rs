//! Parameters that belong together.

use super::{Id, Kind, table::*};

/// What is played most: what every layout has on its first eight knobs.
pub const MAIN_KNOBS: [Id; 8] =
    [DREAM_STRENGTH, DREAM_STEPS, MORPH_SPEED, PROMPT_GLIDE, MOTION_ZOOM, MOTION_ROTATE, LOOK_TRAILS, AUDIO_REACT];

/// `prompt.weight.1` to `.8`.
pub const PROMPT_WEIGHTS: [Id; 8] = [
    PROMPT_WEIGHT_1,
    PROMPT_WEIGHT_2,
    PROMPT_WEIGHT_3,
    PROMPT_WEIGHT_4,
    PROMPT_WEIGHT_5,
    PROMPT_WEIGHT_6,
    PROMPT_WEIGHT_7,
    PROMPT_WEIGHT_8,
];

/// `route.1` to `.8`.
pub const ROUTES: [Id; 8] = [ROUTE_1, ROUTE_2, ROUTE_3, ROUTE_4, ROUTE_5, ROUTE_6, ROUTE_7, ROUTE_8];

/// What moves the content camera.
pub const MOTION_VELOCITIES: [Id; 11] = [
    MOTION_ZOOM,
    MOTION_ROTATE,
    MOTION_X,
    MOTION_Y,
    MOTION_DOLLY,
    MOTION_PAN,
    MOTION_TILT,
    MOTION_ROLL,
    MOTION_FLIP_THETA,
    MOTION_FLIP_PHI,
    MOTION_FLIP_GAMMA,
];

/// The amounts of the look's effects: what panic takes back.
pub const LOOK_AMOUNTS: [Id; 12] = [
    LOOK_HALATION,
    LOOK_MIRROR,
    LOOK_TUNNEL,
    LOOK_BEND,
    LOOK_CONTOUR,
    LOOK_PALETTE,
    LOOK_RGB,
    LOOK_DOTS,
    LOOK_GRAIN,
    LOOK_INVERT,
    LOOK_STROBE,
    LOOK_TREMBLE,
];

/// Whether a schedule may play `id`: it has a value, and whoever obeys it looks at what is scheduled.
#[must_use]
pub fn can_be_scheduled(id: Id) -> bool {
    let has_value = !matches!(id.row().kind, Kind::Trigger | Kind::Text);
    let name = id.row().id;
    // What is read as the hand set it, and the clock.
    let played_by_hands = ["tempo.", "schedule.", "scene.", "show."].iter().any(|group| name.starts_with(group));
    has_value && !played_by_hands && ![PROMPT_QUANTISE, AUDIO_GAIN, MASTER_FADE].contains(&id)
}

/// One sentence on a parameter that no schedule can play.
#[must_use]
pub fn why_not_scheduled(id: Id) -> String {
    let why = match id.row().kind {
        Kind::Trigger => "is a moment, not a value",
        Kind::Text => "is a text",
        _ => "is for hands alone",
    };
    format!("{} {why} and cannot follow a schedule; try motion.zoom, dream.strength or look.hue", id.row().id)
}
