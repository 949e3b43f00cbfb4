//! A file's camera, feedback and dream as parameters of the instrument: which key plays which, and in what unit. Writes
//! into the draft of the show.

use super::draft::{Draft, Mode, Target, Then, float};
use super::frames;
use super::keys::Fate;
use super::settings::SettingsFile;
use super::show::number;

/// World units of Deforum's 3D camera that make one depth.
const UNITS: f64 = 200.0;
/// Seeds of the instrument.
const SEEDS: f64 = 1_000_000.0;
/// Most images a second that can be asked for.
const FASTEST: f64 = 30.0;

/// Fills in everything but texts and pictures.
pub(super) fn fill(draft: &mut Draft<'_>) {
    let source = if draft.mode == Mode::Interpolation { "\"walk\"" } else { "\"feedback\"" };
    let bpm = number(draft.beats.bpm);
    draft.param("tempo.bpm", &bpm, "the tempo it was made for; the music's own takes over when it is heard");
    draft.param("scene.auto", "0.0", "the file plays, not the instrument by itself");
    draft.param("dream.source", source, "what an image starts from");
    match draft.mode {
        Mode::Flat => flat(draft),
        Mode::Deep => deep(draft),
        Mode::VideoInput => draft.say(
            "animation_mode",
            Fate::Unsupported,
            "no film is read; put a picture beside the file, name it as `image` in the show and set dream.source to image",
        ),
        Mode::Interpolation | Mode::Stills => {}
    }
    if draft.mode.moves() {
        flip(draft);
        feedback(draft);
        colour(draft);
        rates(draft);
        let says = "how much each image forgets: 1 - Deforum's strength";
        draft.play("strength_schedule", float("dream.strength", 0.0, 1.0, says), Then::Rest);
    }
    dream(draft);
    seeds(draft);
}

fn flat(draft: &mut Draft<'_>) {
    let k = draft.beats.per_bar();
    let height = height(draft.file);
    let zoom = float("motion.zoom", -16.0, 16.0, "octaves a bar, in is positive");
    draft.play("zoom", zoom, Then::Octaves(k));
    draft.play("angle", float("motion.rotate", -8.0, 8.0, "turns a bar, anticlockwise"), Then::Times(k / 360.0));
    draft.play("translation_x", float("motion.x", -16.0, 16.0, "heights a bar, right"), Then::Times(k / height));
    draft.play("translation_y", float("motion.y", -16.0, 16.0, "heights a bar, up"), Then::Times(-k / height));
    let centre = "where zoom and turn have their centre";
    draft.play("transform_center_x", float("motion.centre_x", 0.0, 1.0, centre), Then::Same);
    draft.play("transform_center_y", float("motion.centre_y", 0.0, 1.0, centre), Then::Same);
    let border = if draft.file.text("border") == "wrap" { "\"wrap\"" } else { "\"replicate\"" };
    draft.param("motion.border", border, "what comes in from outside");
}

fn deep(draft: &mut Draft<'_>) {
    let k = draft.beats.per_bar();
    let fov = frames::at_start(draft.file.schedule("fov_schedule"), draft.beats.last()).unwrap_or(70.0);
    // Zoom of the lens: half a picture height at depth 1, per world unit.
    let lens = 1.0 / (fov.clamp(1.0, 179.0).to_radians() / 2.0).tan();
    let wide = positive(draft.file.number("W"), 512.0) / height(draft.file);
    let x = Then::Times(-lens * wide / 2.0 * k / UNITS);
    draft.play(
        "translation_x",
        float("motion.x", -16.0, 16.0, "heights a bar, right (the camera goes left), as the lens of frame 0 sees it"),
        x,
    );
    let y = Then::Times(-lens / 2.0 * k / UNITS);
    draft.play("translation_y", float("motion.y", -16.0, 16.0, "heights a bar, up, as the lens of frame 0 sees it"), y);
    draft.play(
        "translation_z",
        float("motion.dolly", -16.0, 16.0, "depths a bar, forward"),
        Then::Times(lens * k / UNITS),
    );
    // Deforum's field of view makes every movement larger and bends nothing: our camera that sees 90 degrees, as much faster.
    draft.play("rotation_3d_x", degrees("motion.tilt"), Then::Times(lens * k));
    draft.play("rotation_3d_y", degrees("motion.pan"), Then::Times(lens * k));
    draft.play("rotation_3d_z", degrees("motion.roll"), Then::Times(lens * k));
    draft.param("motion.fov", "90.0", "what bends as Deforum's camera does; turn it for another lens");
    let says = format!(
        "motion.fov is 90, and every movement of the camera {lens:.3} times as large: the file's {fov:.0} degrees in frame 0, \
         which count for all of it"
    );
    draft.say("fov_schedule", Fate::Translated, says);
    let border = match draft.file.text("padding_mode").as_ref() {
        "reflection" => "\"mirror\"",
        "zeros" => "\"fill\"",
        _ => "\"replicate\"",
    };
    draft.param("motion.border", border, "what comes in from outside");
    let depth = if draft.file.flag("use_depth_warping") { "\"model\"" } else { "\"off\"" };
    draft.param("motion.depth", depth, "what is near: model falls back to light where no depth model is installed");
}

const fn degrees(name: &'static str) -> Target {
    float(name, -1440.0, 1440.0, "degrees a bar")
}

fn positive(value: f64, otherwise: f64) -> f64 {
    if value.is_finite() && value >= 1.0 { value } else { otherwise }
}

fn height(file: &SettingsFile) -> f64 {
    positive(file.number("H"), 512.0)
}

fn flip(draft: &mut Draft<'_>) {
    if !draft.file.flag("enable_perspective_flip") {
        return;
    }
    let k = Then::Times(draft.beats.per_bar());
    draft.play("perspective_flip_theta", degrees("motion.flip.theta"), k);
    draft.play("perspective_flip_phi", degrees("motion.flip.phi"), k);
    draft.play("perspective_flip_gamma", degrees("motion.flip.gamma"), k);
    draft.play("perspective_flip_fv", float("motion.flip.fov", 20.0, 160.0, "degrees the flip sees"), Then::Same);
}

fn feedback(draft: &mut Draft<'_>) {
    draft.play("noise_schedule", float("feedback.noise", 0.0, 0.5, "noise added to each image"), Then::Same);
    if draft.counts("noise_type") {
        let kind = if draft.file.text("noise_type") == "perlin" { "\"perlin\"" } else { "\"gaussian\"" };
        draft.param("feedback.noise.kind", kind, "clouds or grain");
    }
    draft.play("contrast_schedule", float("feedback.contrast", 0.5, 1.5, "contrast of each image"), Then::Same);
    draft.play("amount_schedule", float("feedback.sharpen", 0.0, 2.0, "how much each image is sharpened"), Then::Same);
    let radius = float("feedback.sharpen.radius", 0.2, 4.0, "pixels that sharpening reaches");
    draft.play("sigma_schedule", radius, Then::Same);
    let threshold = float("feedback.sharpen.threshold", 0.0, 0.2, "differences below stay as they are");
    draft.play("threshold_schedule", threshold, Then::Times(1.0 / 255.0));
    if draft.file.flag("enable_noise_multiplier_scheduling") {
        let noise = float("dream.noise", 0.8, 1.3, "noise an image starts from: more is more detail");
        draft.play("noise_multiplier_schedule", noise, Then::Same);
    }
}

fn colour(draft: &mut Draft<'_>) {
    if !draft.counts("color_coherence") {
        return;
    }
    let amount = if draft.file.chosen("color_coherence") { "0.25" } else { "0.0" };
    draft.param("feedback.color", amount, "how much colours stay as they are");
    let histogram = draft.file.has("legacy_colormatch") && draft.file.flag("legacy_colormatch");
    let kind = if histogram { "\"histogram\"" } else { "\"oklab\"" };
    draft.param("feedback.match", kind, "how colours are matched");
    let says = "moving follows the picture; frozen keeps the first image's colours, as Deforum does";
    draft.param("feedback.reference", "\"moving\"", says);
    if !draft.file.chosen("color_coherence") {
        draft.say("color_coherence", Fate::Honoured, "feedback.color = 0");
    } else if matches!(draft.file.text("color_coherence").as_ref(), "Image" | "Video Input") {
        let says = "colours follow the moving picture instead of a file; paint with the bank's palette for fixed ones";
        draft.say("color_coherence", Fate::Unsupported, says);
    }
}

fn rates(draft: &mut Draft<'_>) {
    // The notebook made every frame an image where nothing else was said.
    let usual = if draft.counts("diffusion_cadence") { draft.file.number("diffusion_cadence") } else { 1.0 };
    let rate = number((draft.beats.fps / positive(usual, 1.0)).clamp(0.0, FASTEST));
    draft.param("dream.rate", &rate, "at most so many images a second; 0 is as many as the machine makes");
    draft.param("prompt.push", "0.0", "how far a new text lifts strength; Deforum leaves it alone");
    draft.param(
        "feedback.per",
        &rate,
        "images a second that strength, noise, contrast, sharpening and guides are meant for",
    );
}

fn dream(draft: &mut Draft<'_>) {
    let guidance = frames::at_start(draft.file.schedule("cfg_scale_schedule"), draft.beats.last());
    if !draft.how.model.ends_with("spark") {
        draft.play(
            "cfg_scale_schedule",
            float("dream.guidance", 1.0, 8.0, "how strictly texts are followed"),
            Then::Same,
        );
        if draft.file.flag("enable_steps_scheduling") {
            let steps = Target { whole: true, ..float("dream.steps", 1.0, 16.0, "calls of the network an image") };
            draft.play("steps_schedule", steps, Then::Same);
        }
    } else if let Some(guidance) = guidance.filter(|_| draft.file.has("cfg_scale_schedule")) {
        let says = format!("the file's is {guidance}; a distilled model needs 1, and more than 1 costs twice");
        draft.param_comment("dream.guidance", &number(guidance.clamp(1.0, 8.0)), says);
    }
    let steps = draft.file.number("steps");
    if draft.how.model.ends_with("spark") {
        let says = format!("two are enough for the model in the box; the file's are {steps}");
        draft.param("dream.steps", "2", says);
    } else if draft.file.has("steps") {
        let says = format!("the file's are {steps}; a distilled model needs few, and the choice is the performer's");
        draft.param_comment("dream.steps", &format!("{:.0}", steps.clamp(1.0, 16.0)), says);
    }
    if draft.file.flag("color_force_grayscale") {
        draft.param("look.saturation", "0.0", "black and white");
    } else {
        draft.say("color_force_grayscale", Fate::Meaningless, "off in the file, so nothing is lost");
    }
}

fn seeds(draft: &mut Draft<'_>) {
    let behaviour = draft.file.text("seed_behavior").trim().to_string();
    let known = ["iter", "fixed", "random", "ladder", "alternate", "schedule"];
    let chosen = known.iter().find(|known| **known == behaviour).unwrap_or(&"iter");
    draft.param("dream.seeds", &format!("\"{chosen}\""), "which seed follows which");
    let every = draft.file.number("seed_iter_N");
    if *chosen == "iter" && every > 1.0 {
        draft.param("dream.seeds.every", &format!("{:.0}", every.clamp(1.0, 64.0)), "images that keep a seed");
        draft.say("seed_iter_N", Fate::Honoured, "dream.seeds.every");
    }
    let seed = draft.file.number("seed");
    if seed < 0.0 {
        draft.say("seed", Fate::Honoured, "-1 draws a seed, so dream.seed stays as it is");
    } else if *chosen != "schedule" {
        draft.param(
            "dream.seed",
            &format!("{:.0}", seed.rem_euclid(SEEDS).floor()),
            "the file's seed, its last six digits",
        );
    }
    let whole = |name, says| Target { whole: true, ..float(name, 0.0, SEEDS - 1.0, says) };
    if *chosen == "schedule" {
        draft.play("seed_schedule", whole("dream.seed", "the seed of an image"), Then::Modulo(SEEDS));
    }
    if draft.file.flag("enable_subseed_scheduling") {
        draft.play("subseed_schedule", whole("dream.subseed", "the seed that is mixed in"), Then::Modulo(SEEDS));
        let mix = float("dream.subseed.mix", 0.0, 1.0, "how much of it");
        draft.play("subseed_strength_schedule", mix, Then::Same);
    }
}
