//! Schedules of numbers. [`Schedule::parse`] belongs to whoever loads files; [`Schedule::at`] is asked once per tick by
//! the thread that owns the moment, and its answer goes to the setting that the schedule drives.

use super::key::{is_number, keys, sanitized};
use super::moment::Valued;
use super::piece::Piece;
use super::timeline::{Place, Timeline, Unit};
use super::{Dialect, Expression, Facts, Mistake, Moment, Variable};

/// A number that changes over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    timeline: Timeline,
    values: Vec<Value>,
    hold: bool,
    then: Option<Expression>,
}

/// What a key says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Rule(Expression),
}

impl Schedule {
    /// The same number at all times.
    pub fn constant(number: f64) -> Schedule {
        let (timeline, values) = Timeline::order(vec![(Place::frame(0.0), Value::Number(number))]);
        Schedule { timeline, values, hold: false, then: None }
    }

    /// Reads `text`. Keys are frames, or with a unit behind them seconds (`2s`), beats (`4b`) or bars (`2bar`), or
    /// expressions of `max_f` and `s`. Where `facts` know the run's end, keys in frames beyond it do not count.
    ///
    /// # Errors
    /// Where it is no schedule in this dialect.
    pub fn parse(text: &str, dialect: Dialect, facts: &Facts) -> Result<Schedule, Mistake> {
        match read(text, dialect, facts) {
            // Upstream does not mind parentheses without their other halves, or round parts of two keys.
            Err(wrong) if dialect == Dialect::Tolerant && Piece::new(text).has_stray_parentheses() => {
                read(text, Dialect::Webui, facts).map_err(|_| wrong)
            }
            outcome => outcome,
        }
    }

    /// Whether numbers hold until the next key, instead of moving towards it.
    pub fn with_hold(mut self, hold: bool) -> Schedule {
        self.hold = hold;
        self
    }

    /// The same schedule, each value `v` turned into what `shape` makes of it.
    pub fn then(mut self, shape: Expression) -> Schedule {
        self.then = Some(shape);
        self
    }

    /// Whether some value of it asks for `variable`.
    pub fn uses(&self, variable: Variable) -> bool {
        let rules =
            self.values.iter().filter_map(|value| if let Value::Rule(rule) = value { Some(rule) } else { None });
        rules.chain(&self.then).any(|rule| rule.uses(variable))
    }

    /// The value at `moment`, at any real time. A number moves in a straight line towards the next key's value (an
    /// expression's value at its key); an expression counts until the next key; after the last number it stays.
    /// Before the first key, the first key's value. Not finite where an expression has no better answer: the caller
    /// keeps its last good value. No allocation.
    pub fn at(&self, moment: &Moment) -> f64 {
        let value = self.before_then(moment);
        match &self.then {
            Some(shape) => shape.read(&Valued { moment, value }),
            None => value,
        }
    }

    fn before_then(&self, moment: &Moment) -> f64 {
        let between = self.timeline.between(moment);
        let Some(last) = between.last else { return self.first_value(self.timeline.first(moment), moment) };
        let number = match self.values.get(last) {
            Some(Value::Rule(rule)) => return rule.value(moment),
            Some(Value::Number(number)) => *number,
            None => return f64::NAN,
        };
        let Some(next) = between.next.filter(|_| !self.hold) else { return number };
        let target = self.first_value(next, moment);
        if target.is_finite() { number + (target - number) * between.way } else { number }
    }

    /// The value of a key at its own place.
    fn first_value(&self, key: usize, moment: &Moment) -> f64 {
        match (self.values.get(key), self.timeline.place(key)) {
            (Some(Value::Number(number)), _) => *number,
            (Some(Value::Rule(rule)), Some(place)) => rule.read(&place.seen_from(moment)),
            _ => f64::NAN,
        }
    }

    /// What the key says that stands exactly at `frame`, or the expression that still counts there.
    pub(super) fn told_at(&self, frame: f64, moment: &Moment) -> Option<f64> {
        let last = self.timeline.between(moment).last?;
        match self.values.get(last)? {
            Value::Rule(rule) => Some(rule.value(moment)),
            Value::Number(number) => (self.timeline.place(last)?.at == frame).then_some(*number),
        }
    }
}

fn read(text: &str, dialect: Dialect, facts: &Facts) -> Result<Schedule, Mistake> {
    let mut keys = keys(text, dialect, facts)?;
    within_run(&mut keys, dialect, facts)?;
    let (timeline, pieces) = Timeline::order(keys);
    let values = pieces.into_iter().map(|piece| value(piece, dialect)).collect::<Result<_, _>>()?;
    Ok(Schedule { timeline, values, hold: false, then: None })
}

/// Drops the keys that upstream never reaches; at least one stays.
///
/// # Errors
/// In strict dialects, a missing key at frame 0.
pub(super) fn within_run<T>(keys: &mut Vec<(Place, T)>, dialect: Dialect, facts: &Facts) -> Result<(), Mistake> {
    let end = facts.end().unwrap_or(f64::INFINITY);
    let reached = |place: &Place| {
        let in_frames = place.unit == Unit::Frames;
        !in_frames || (place.at < end && (place.at >= 0.0 || !dialect.is_strict()))
    };
    if dialect.is_strict() && !keys.iter().any(|(place, _)| *place == Place::frame(0.0)) {
        return Err(Mistake::at(1, "upstream needs a key at frame 0; begin with 0:(1)"));
    }
    if keys.iter().any(|(place, _)| reached(place)) {
        keys.retain(|(place, _)| reached(place));
    }
    Ok(())
}

fn value(piece: Piece<'_>, dialect: Dialect) -> Result<Value, Mistake> {
    let in_place = |wrong: Mistake, piece: &Piece| wrong.moved(piece.column - 1);
    let number = match dialect {
        Dialect::Tolerant => {
            let bare = piece.bare();
            if let Some(number) = tolerant_number(bare.text) {
                return Ok(Value::Number(number));
            }
            let compiled = Expression::compile(bare.text, dialect).map_err(|wrong| in_place(wrong, &bare));
            return compiled.map(Value::Rule);
        }
        Dialect::Webui => sanitized(piece.text),
        Dialect::V07 => piece.text.to_string(),
    };
    if is_number(&number) {
        let parsed = number.trim_end().parse().map_err(|_| piece.mistake(format!("{number} is no number")));
        return parsed.map(Value::Number);
    }
    Expression::compile(piece.text, dialect).map(Value::Rule).map_err(|wrong| in_place(wrong, &piece))
}

/// Any decimal number; words like `inf` and `nan` are none.
fn tolerant_number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.').then(|| text.parse().ok()).flatten()
}
