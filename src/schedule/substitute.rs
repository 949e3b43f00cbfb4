//! Expressions within prompts: what stands between back-ticks gives way to its value. Called when a prompt is about to
//! be read for a new picture, not at every tick: it compiles.

use std::borrow::Cow;

use super::literal::Literal;
use super::program::Width;
use super::{Dialect, Expression, Mistake, Moment, Variable};

/// `text` with every expression in back-ticks replaced by its value at `moment`, written as Python writes it. A tick
/// without its other half stays. What upstream understands is computed as upstream does, at whole frames; the rest in
/// the tolerant dialect.
///
/// # Errors
/// An expression that is none, with its column in `text`.
pub fn substitute<'a>(text: &'a str, moment: &Moment) -> Result<Cow<'a, str>, Mistake> {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('`') {
        let Some((inside, after)) = behind.split_once('`') else { break };
        let column = text.chars().count() - behind.chars().count();
        result.push_str(before);
        result.push_str(&value(inside, moment).map_err(|wrong| wrong.moved(column))?);
        rest = after;
    }
    if rest.len() == text.len() {
        return Ok(Cow::Borrowed(text));
    }
    result.push_str(rest);
    Ok(Cow::Owned(result))
}

fn value(text: &str, moment: &Moment) -> Result<String, Mistake> {
    // Upstream writes the numbers into the text before it reads it.
    let given = |variable: Variable| Some(Literal::Whole(moment.get(variable).floor() as i128));
    let compiled = match Expression::compile_given(text, Dialect::Webui, &given) {
        Ok(compiled) => compiled,
        Err(_) => Expression::compile(text, Dialect::Tolerant)?,
    };
    let value = compiled.value(moment);
    Ok(match compiled.width() {
        Width::Bool if value != 0.0 => "True".into(),
        Width::Bool => "False".into(),
        Width::Int | Width::Long => format!("{value:.0}"),
        Width::Single => as_python(format!("{:e}", value as f32), value),
        Width::Double => as_python(format!("{value:e}"), value),
    })
}

/// A number in Python's shortest form, from the same digits in Rust's `1.5e-7`.
fn as_python(scientific: String, value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return format!("{:?}", scientific.parse::<f64>().unwrap_or(value));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
