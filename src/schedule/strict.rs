//! Whole series, frame by frame, as Deforum works them out before a run: the goldens are compared with these. For files
//! and tests, never for the clock: it allocates.

use super::key::{is_number, keys};
use super::plan::within_run;
use super::text::stripped;
use super::{Dialect, Facts, Mistake, Moment, Schedule, Variable};

/// The values of a schedule of numbers at frames 0 to `frames - 1`. A value that is no number is bridged like a gap,
/// as upstream does.
///
/// # Errors
/// Where upstream refuses (strict dialects) or the text is no schedule.
pub fn series(text: &str, frames: usize, seed: i64, dialect: Dialect) -> Result<Vec<f64>, Mistake> {
    let facts = Facts { frames: frames as f64, seed: seed as f64 };
    let schedule = Schedule::parse(text, dialect, &facts)?;
    let mut moment = Moment::new();
    moment.set(Variable::S, facts.seed);
    moment.set(Variable::MaxF, facts.frames - 1.0);
    let mut told = Vec::with_capacity(frames);
    for frame in 0..frames {
        moment.set_frame(frame as f64);
        moment.derive(&[]);
        told.push(if dialect.is_strict() {
            schedule.told_at(frame as f64, &moment).filter(|value| !value.is_nan())
        } else {
            Some(schedule.at(&moment))
        });
    }
    bridged(&told).ok_or_else(|| Mistake::at(1, "the schedule comes to no number at any frame"))
}

/// Straight lines over the gaps; the ends hold.
fn bridged(told: &[Option<f64>]) -> Option<Vec<f64>> {
    let known: Vec<(usize, f64)> = told.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?))).collect();
    let (first, last) = (known.first()?, known.last()?);
    let mut after = 0;
    let mut values = Vec::with_capacity(told.len());
    for frame in 0..told.len() {
        while known.get(after).is_some_and(|(at, _)| *at <= frame) {
            after += 1;
        }
        let before = after.checked_sub(1).and_then(|before| known.get(before)).unwrap_or(first);
        let next = known.get(after).unwrap_or(last);
        let way = if frame > before.0 && next.0 > before.0 {
            (frame - before.0) as f64 / (next.0 - before.0) as f64
        } else {
            0.0
        };
        values.push(if way == 0.0 { before.1 } else { before.1 + (next.1 - before.1) * way });
    }
    Some(values)
}

/// The texts of a schedule of texts at frames 0 to `frames - 1`.
///
/// # Errors
/// Where upstream refuses (strict dialects) or the text is no schedule.
pub fn texts(text: &str, frames: usize, seed: i64, dialect: Dialect) -> Result<Vec<String>, Mistake> {
    let facts = Facts { frames: frames as f64, seed: seed as f64 };
    if !dialect.is_strict() {
        return tolerant_texts(text, frames, &facts);
    }
    let mut keys = keys(text, dialect, &facts)?;
    within_run(&mut keys, dialect, &facts)?;
    let mut series: Vec<Option<String>> = Vec::with_capacity(frames);
    let mut running: Option<String> = None;
    for frame in 0..frames {
        let key = keys.iter().rev().find(|(place, _)| place.at == frame as f64);
        let mut here = running.clone();
        if let Some((_, value)) = key {
            let written = stripped(*value, dialect);
            let number = is_number(&written);
            match dialect {
                Dialect::Webui if number && frame == 0 => {
                    return Err(value.mistake("upstream takes no number for a first text; write a name"));
                }
                // The text before goes on.
                Dialect::Webui if number => {}
                // Counts on its own frame only.
                _ if number => (running, here) = (None, Some(written)),
                _ => (running, here) = (Some(written.clone()), Some(written)),
            }
        }
        series.push(here);
    }
    Ok(filled(series))
}

fn tolerant_texts(text: &str, frames: usize, facts: &Facts) -> Result<Vec<String>, Mistake> {
    let schedule = super::TextSchedule::parse(text, Dialect::Tolerant, facts)?;
    let mut moment = Moment::new();
    let at = |frame: usize| {
        moment.set_frame(frame as f64);
        moment.derive(&[]);
        schedule.text(schedule.index_at(&moment)).to_string()
    };
    Ok((0..frames).map(at).collect())
}

/// The ends hold; gaps inside are what Python prints for them.
fn filled(mut series: Vec<Option<String>>) -> Vec<String> {
    let last = series.iter().rev().flatten().next().cloned();
    if let Some(end) = series.last_mut() {
        *end = last;
    }
    series.into_iter().map(|text| text.unwrap_or_else(|| "nan".into())).collect()
}
