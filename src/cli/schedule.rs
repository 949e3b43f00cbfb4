//! `halation schedule FILE --frames N`: what every schedule of Deforum's settings gives in each frame, in its own units.

use std::path::PathBuf;

use anyhow::Context;
use serde_json::{Map, Value, json};

use super::answer;
use crate::deforum::{self, ScheduleKind, SettingsFile};
use crate::dream::{PromptText, complete, composable};
use crate::motion::deforum as camera;
use crate::schedule::{
    Dialect, Expression, Facts, Mistake, Moment, Schedule, TextSchedule, VARIABLES, Variable, function_names, strict,
    substitute,
};

#[derive(clap::Args)]
pub struct Args {
    /// The settings file.
    #[arg(required_unless_present = "variables")]
    file: Option<PathBuf>,
    /// How many frames; without it as many as the file has. More than it has make the run so long.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    frames: Option<u32>,
    /// As JSON: a list of numbers or texts for each schedule, and the camera's matrices.
    #[arg(long)]
    json: bool,
    /// Exactly as Deforum reckons, its refusals included.
    #[arg(long)]
    strict: bool,
    /// List what expressions may ask for, instead.
    #[arg(long)]
    variables: bool,
}

/// The values of one schedule, frame by frame.
enum Series {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

/// Prints them.
///
/// # Errors
/// When the file is no settings file; with `--strict` when Deforum would refuse one of its schedules.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if args.variables {
        return list_names();
    }
    let path = args.file.clone().unwrap_or_default();
    let bytes = std::fs::read(&path).with_context(|| format!("{}: it cannot be read", path.display()))?;
    let file = deforum::read_bytes(&bytes).map_err(|says| anyhow::anyhow!("{}: {says}", path.display()))?;
    let own = (file.number("max_frames") as usize).clamp(1, 100_000);
    let frames = args.frames.map_or(own, |n| n as usize);
    let run_frames = frames.max(own);
    let mut all: Vec<(&'static str, Series)> = Vec::new();
    for (key, text, kind) in deforum::upstream_schedules(&file) {
        match series(&text, &kind, run_frames, &file, args.strict) {
            Ok(series) => all.push((key, series)),
            Err(mistake) if args.strict => anyhow::bail!("{}: {key}: Deforum refuses it: {mistake}", path.display()),
            Err(mistake) => tracing::warn!("{}: {key}: {mistake}", path.display()),
        }
    }
    if args.json { print_json(&all, &file, (frames, run_frames)) } else { print_table(&all, frames) }
}

/// What expressions may hold.
fn list_names() -> anyhow::Result<()> {
    VARIABLES.iter().try_for_each(|entry| answer::say(format!("{:<26} {}", entry.name, entry.about)))?;
    answer::say(format!("{:<26} numbers", "pi, e"))?;
    answer::say(format!("functions: {}", function_names().collect::<Vec<_>>().join(" ")))
}

fn series(
    text: &str,
    kind: &ScheduleKind,
    frames: usize,
    file: &SettingsFile,
    strictly: bool,
) -> Result<Series, Mistake> {
    let (number, seed) = (matches!(kind, ScheduleKind::Number), file.number("seed"));
    if strictly {
        let dialect = if file.shape == deforum::Shape::V07 { Dialect::V07 } else { Dialect::Webui };
        return if number {
            strict::series(text, frames, seed as i64, dialect).map(Series::Numbers)
        } else {
            strict::texts(text, frames, seed as i64, dialect).map(Series::Texts)
        };
    }
    let facts = Facts { frames: frames as f64, seed };
    let mut moment = run_of(file, frames);
    if number {
        let schedule = Schedule::parse(text, Dialect::Tolerant, &facts)?;
        let value = |frame| {
            go_to(&mut moment, frame);
            schedule.at(&moment)
        };
        return Ok(Series::Numbers((0..frames).map(value).collect()));
    }
    let schedule = TextSchedule::parse(text, Dialect::Tolerant, &facts)?;
    let value = |frame| {
        go_to(&mut moment, frame);
        schedule.text(schedule.index_at(&moment)).to_owned()
    };
    Ok(Series::Texts((0..frames).map(value).collect()))
}

/// What expressions know of a run of so many frames.
fn run_of(file: &SettingsFile, frames: usize) -> Moment {
    let mut moment = Moment::new();
    moment.set(Variable::Fps, file.number("fps").max(0.1));
    moment.set(Variable::S, file.number("seed"));
    moment.set(Variable::MaxF, frames as f64 - 1.0);
    moment
}

fn go_to(moment: &mut Moment, frame: usize) {
    moment.set_frame(frame as f64);
    moment.derive(&[]);
}

fn print_table(all: &[(&'static str, Series)], frames: usize) -> anyhow::Result<()> {
    for frame in 0..frames {
        let told = all.iter().map(|(key, series)| match series {
            Series::Numbers(values) => format!("{key}={}", values[frame]),
            Series::Texts(texts) => format!("{key}={:?}", texts[frame]),
        });
        answer::say(format!("{frame}: {}", told.collect::<Vec<_>>().join(" ")))?;
    }
    Ok(())
}

/// The first `frames` of a run of `run_frames`.
fn print_json(
    all: &[(&'static str, Series)],
    file: &SettingsFile,
    (frames, run_frames): (usize, usize),
) -> anyhow::Result<()> {
    let mut out = Map::new();
    for (key, series) in all {
        let values = match series {
            Series::Numbers(values) => json!(values[..frames]),
            Series::Texts(texts) => json!(texts[..frames]),
        };
        out.insert((*key).to_owned(), values);
    }
    let every = file.number("diffusion_cadence").max(1.0) as usize;
    let shown = deforum::cadence(run_frames, every);
    let shown = shown
        .take_while(|shown| shown.frame < frames)
        .map(|shown| json!({ "frame": shown.frame, "prev": shown.prev, "next": shown.next, "tween": shown.tween }));
    out.insert("cadence".to_owned(), Value::Array(shown.collect()));
    out.insert("prompts".to_owned(), Value::Array(prompts(file, (frames, run_frames))));
    out.insert("camera".to_owned(), Value::Array((0..frames).map(|frame| camera_of(all, file, frame)).collect()));
    answer::say(Value::Object(out).to_string())
}

/// The prompts of the first `frames` of a run of `run_frames`.
fn prompts(file: &SettingsFile, (frames, run_frames): (usize, usize)) -> Vec<Value> {
    let facts = Facts { frames: run_frames as f64, seed: file.number("seed") };
    let (positive, negative) = (file.text("positive_prompts"), file.text("negative_prompts"));
    let whole = |text: &str| complete(&positive, text, &negative);
    let mut moment = run_of(file, run_frames);
    if file.text("animation_mode").eq_ignore_ascii_case("interpolation") {
        let at = |frame: &str| frame.trim().parse().ok();
        let texts: Vec<(f64, String)> =
            file.prompts.iter().filter_map(|prompt| Some((at(&prompt.frame)?, whole(&prompt.text)))).collect();
        let texts: Vec<(f64, &str)> = texts.iter().map(|(key, text)| (*key, text.as_str())).collect();
        let prompt = |frame| {
            go_to(&mut moment, frame);
            handed_on(file, &composable(&texts, frame as f64), &moment)
        };
        return (0..frames).map(prompt).collect();
    }
    let keys = file.prompts.iter().map(|prompt| (prompt.frame.clone(), prompt.text.clone())).collect();
    let texts = match TextSchedule::new(keys, Dialect::Tolerant, &facts) {
        Ok(texts) => texts,
        Err(mistake) => return vec![json!({ "mistake": mistake.to_string() }); frames],
    };
    let prompt = |frame| {
        go_to(&mut moment, frame);
        handed_on(file, &whole(texts.text(texts.index_at(&moment))), &moment)
    };
    (0..frames).map(prompt).collect()
}

/// A prompt as Deforum hands it on; of v0.7's shape in its parts, each with its weight, negative ones below 0.
fn handed_on(file: &SettingsFile, text: &str, moment: &Moment) -> Value {
    if file.shape != deforum::Shape::V07 {
        return json!(substitute(text, moment).unwrap_or(text.into()));
    }
    let value = |formula: &str| Some(Expression::compile(formula, Dialect::Tolerant).ok()?.value(moment));
    let PromptText { positive, negative, .. } = PromptText::parse_weighted(text, value);
    let towards = positive.iter().map(|part| json!([part.text, part.weight]));
    json!(towards.chain(negative.iter().map(|part| json!([part.text, -part.weight]))).collect::<Vec<_>>())
}

/// The matrices of a frame: that of 2D motion, that of the flip, and how far 3D motion moves a corner's middle.
fn camera_of(all: &[(&'static str, Series)], file: &SettingsFile, frame: usize) -> Value {
    let get = |key: &str, otherwise: f64| match all.iter().find(|(known, _)| *known == key) {
        Some((_, Series::Numbers(values))) => values.get(frame).copied().unwrap_or(otherwise),
        _ => otherwise,
    };
    let three = |keys: [&str; 3]| keys.map(|key| get(key, 0.0));
    let size = [file.number("W"), file.number("H")];
    let centre = [get("transform_center_x", 0.5), get("transform_center_y", 0.5)];
    let shift = [get("translation_x", 0.0), get("translation_y", 0.0)];
    let plane = camera::frame_2d(size, get("angle", 0.0), get("zoom", 1.0), centre, shift);
    let angles = three(["perspective_flip_theta", "perspective_flip_phi", "perspective_flip_gamma"]);
    let flip = camera::perspective_flip(size, angles, get("perspective_flip_fv", 53.0), false);
    let flight = camera::Frame3d {
        translation: three(["translation_x", "translation_y", "translation_z"]),
        rotation: three(["rotation_3d_x", "rotation_3d_y", "rotation_3d_z"]),
        fov: get("fov_schedule", 70.0),
        aspect: get("aspect_ratio_schedule", 1.0),
    };
    json!({ "matrix_2d": plane.0, "flip": flip, "offset_3d": camera::offset_3d(&flight, [0.5, 0.25], 1.0) })
}
