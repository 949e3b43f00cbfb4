//! `[schedule]` of a show: what parameters and texts follow over time, and `[[guide]]`, pictures that images are pulled to.
//!
//! ```toml
//! [schedule]
//! frames_per_beat = 7.5      # what a frame is; or fps = 15, frames a second
//! frames = 120               # after so many they begin again
//! "motion.zoom" = "0:(0.2*sin(6.28*beat/8))"
//! "dream.strength" = { keys = "0: (0.65), 25: (0.55)", then = "1-v" }
//! "prompt.slot" = { keys = "0:(1), 4b:(2)", hold = true }
//! "prompt.text" = '0: "a galaxy", 2bar: "a nebula"'
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeValue;

use super::resolve;
use super::route::target;
use crate::conductor::{Schedules, Timeline};
use crate::diagnostics::{Table, number};
use crate::param::{self, Id};
use crate::schedule::{Dialect, Expression, Facts, Mistake, Schedule, TextSchedule};
use crate::source;

/// Most guide pictures: what `guide.slot` can choose from.
const GUIDES: usize = 16;

/// Reads `[schedule]`; nothing is scheduled where there is none. `guides` schedules which guide picture is meant.
pub(super) fn schedules(root: &Table<'_, '_>, guides: &[Guide]) -> Schedules {
    let mut out = Schedules::default();
    let table = root.table("schedule", "[schedule]");
    if let Some(table) = &table {
        out.timeline = timeline(table);
        out.events = events(table).into();
        let own = ["frames_per_beat", "fps", "frames", "seed", "events"];
        let facts = facts(&out.timeline);
        for (key, at, value) in table.entries().iter().filter(|(key, ..)| !own.contains(key)) {
            if *key == param::PROMPT_TEXT.row().id {
                out.texts = texts(table, value, &facts);
            } else if let Some(id) = scheduled(table, key, at) {
                out.parameters.extend(keyed(table, id, value, &facts).map(|schedule| (id, Arc::new(schedule))));
            }
        }
    }
    let chosen = out.parameters.iter().any(|(id, _)| *id == param::GUIDE_SLOT);
    if !chosen && guides.len() > 1 {
        out.parameters.extend(guide_slots(root, guides, &facts(&out.timeline)).map(|slots| (param::GUIDE_SLOT, slots)));
    }
    out
}

/// What key expressions may ask for.
fn facts(timeline: &Timeline) -> Facts {
    let frames = if timeline.frames > 0.0 { timeline.frames } else { f64::INFINITY };
    Facts { frames, seed: timeline.seed }
}

fn timeline(table: &Table<'_, '_>) -> Timeline {
    let mut timeline = Timeline::default();
    let within = |key: &'static str, min: f64, max: f64| {
        let (value, at) = table.number(key)?;
        if !(min..=max).contains(&value) {
            table.mistake(&at, format!("{key} is {value}, but goes from {min} to {max}"));
            return None;
        }
        Some(value)
    };
    timeline.frames_per_beat = within("frames_per_beat", 0.01, 1000.0);
    let fps = within("fps", 0.1, 1000.0);
    // In a show that counts in beats, this is what seconds in expressions were meant in.
    timeline.fps = fps.or(timeline.frames_per_beat.map(|per_beat| per_beat * 2.0)).unwrap_or(timeline.fps);
    timeline.frames = within("frames", 0.0, 10_000_000.0).unwrap_or(0.0);
    timeline.seed = within("seed", -1.0, 4_294_967_295.0).unwrap_or(timeline.seed);
    timeline
}

/// `events = [0.2, 0.55]`, in seconds.
fn events(table: &Table<'_, '_>) -> Vec<f64> {
    let Some((list, _)) = table.array("events") else { return Vec::new() };
    let second = |value: &Spanned<DeValue<'_>>| match number(value.get_ref()) {
        Some(second) if second >= 0.0 => Some(second),
        _ => table.wrong("events", "seconds, 0 or more", value.get_ref(), value.span()),
    };
    let mut seconds: Vec<f64> = list.iter().filter_map(second).collect();
    seconds.sort_by(f64::total_cmp);
    seconds
}

/// The parameter that `key` names, if a schedule can play it.
fn scheduled(table: &Table<'_, '_>, key: &str, at: &std::ops::Range<usize>) -> Option<Id> {
    let id = target(table, key, at)?;
    if !param::can_be_scheduled(id) {
        table.mistake(at, param::why_not_scheduled(id));
        return None;
    }
    Some(id)
}

/// Keys alone, or `{ keys = "…", then = "…", hold = true }`.
fn keyed(table: &Table<'_, '_>, id: Id, value: &Spanned<DeValue<'_>>, facts: &Facts) -> Option<Schedule> {
    let name = id.row().id;
    let told = |mistake: Mistake| table.mistake(&value.span(), format!("{name}: {mistake}"));
    let parse = |keys: &str| Schedule::parse(keys, Dialect::Tolerant, facts).map_err(told).ok();
    match value.get_ref() {
        DeValue::String(keys) => parse(keys),
        DeValue::Table(_) => {
            let inner = table.child(value, "a schedule")?;
            let then = inner.text("then").map(|(then, at)| {
                let compiled = Expression::compile(then, Dialect::Tolerant);
                compiled.map_err(|mistake| inner.mistake(&at, format!("{name}, then: {mistake}")))
            });
            let keys = inner.text("keys");
            if keys.is_none() && inner.get("keys").is_none() {
                inner.mistake(&inner.at, format!("{name} needs keys = \"0:(…)\""));
            }
            let hold = inner.flag("hold").unwrap_or(false);
            inner.finish();
            let schedule = parse(keys?.0)?.with_hold(hold);
            Some(match then {
                Some(Ok(then)) => schedule.then(then),
                _ => schedule,
            })
        }
        other => match number(other) {
            Some(number) => Some(Schedule::constant(number)),
            None => table.wrong(name, "a schedule such as \"0:(0), 4b:(1)\"", other, value.span()),
        },
    }
}

fn texts(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>, facts: &Facts) -> Option<Arc<TextSchedule>> {
    let Some(written) = value.get_ref().as_str() else {
        let wanted = "texts with their keys such as '0: \"a galaxy\", 4b: \"a nebula\"'";
        return table.wrong("prompt.text", wanted, value.get_ref(), value.span());
    };
    let texts = TextSchedule::parse(written, Dialect::Tolerant, facts);
    texts.map_err(|mistake| table.mistake(&value.span(), format!("prompt.text: {mistake}"))).ok().map(Arc::new)
}

/// A guide picture, and the key from which on it is meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Guide {
    pub at: String,
    pub image: PathBuf,
}

/// Each `[[guide]]`: `at = "4b"` and `image = "hills.png"`.
pub(super) fn guides(root: &Table<'_, '_>, path: &Path) -> Vec<Guide> {
    let tables = root.tables("guide", "a guide");
    if let Some(more) = tables.get(GUIDES) {
        more.mistake(&more.at, format!("a show has at most {GUIDES} guide pictures"));
    }
    let guide = |table: Table<'_, '_>| {
        let at = table.text("at").map_or_else(
            || "0".into(),
            |(key, at)| {
                let facts = Facts { frames: f64::INFINITY, seed: 1.0 };
                if let Err(mistake) = Schedule::parse(&format!("{key}:(1)"), Dialect::Tolerant, &facts) {
                    table.mistake(&at, format!("at: {mistake}; write a frame, 4b (beats) or 2bar"));
                }
                key.to_owned()
            },
        );
        let image = table.text("image").map(|(written, at)| {
            let image = resolve(path, written);
            if let Err(says) = source::read(&image) {
                table.mistake(&at, format!("image: {says}"));
            }
            image
        });
        if table.get("image").is_none() {
            table.mistake(&table.at, "a guide needs image = \"…\"");
        }
        table.finish();
        Some(Guide { at, image: image? })
    };
    tables.into_iter().take(GUIDES).filter_map(guide).collect()
}

/// Which guide picture is meant when: the one whose key came last.
fn guide_slots(root: &Table<'_, '_>, guides: &[Guide], facts: &Facts) -> Option<Arc<Schedule>> {
    let keys: Vec<String> = guides.iter().zip(1..).map(|(guide, slot)| format!("{}:({slot})", guide.at)).collect();
    let schedule = Schedule::parse(&keys.join(", "), Dialect::Tolerant, facts);
    let schedule = schedule.map_err(|mistake| root.mistake(&root.at, format!("the guides' keys: {mistake}")));
    schedule.ok().map(|schedule| Arc::new(schedule.with_hold(true)))
}
