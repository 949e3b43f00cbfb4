//! Schedules: settings that change over time, written as text (`0:(1), 4b:(sin(t/10))`), read once, asked often.
//!
//! ```text
//! text ─ keys ─┬─ number ──────────────────────────┐
//!              └─ token ─ syntax ─ real / typed ── program ─► Schedule::at(&Moment) ─► a setting
//! clock, sound, controllers ─► Moment (one per tick) ─────────┘
//! ```
//!
//! Reading allocates and belongs to the threads that load files; [`Schedule::at`] and [`Expression::value`] neither
//! allocate nor recurse and are asked once per tick by the thread that owns the [`Moment`]. The grammar is that of
//! Deforum's schedule strings; [`Dialect`] says how closely.

mod expression;
mod function;
mod key;
mod literal;
mod mistake;
mod moment;
mod operator;
mod piece;
mod plan;
mod print;
mod program;
mod python;
mod real;
pub mod strict;
mod substitute;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod timeline;
mod token;
mod typed;
mod variable;

pub use expression::Expression;
pub use mistake::Mistake;
pub use moment::Moment;
pub use plan::Schedule;
pub use substitute::substitute;
pub use text::TextSchedule;
pub use variable::{VARIABLES, Variable};

/// The names of the functions of expressions.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    function::Function::names()
}

/// Whose grammar and arithmetic a text is read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Ours: takes what the others take and what people meant; all numbers are real.
    Tolerant,
    /// Deforum for the webui: its values and its refusals, numexpr's kinds of numbers included.
    Webui,
    /// Deforum 0.5 to 0.7: keys are digits, values stand in parentheses and may hold commas.
    V07,
}

impl Dialect {
    /// Whether upstream's refusals are refusals here.
    pub(crate) fn is_strict(self) -> bool {
        self != Dialect::Tolerant
    }
}

/// What key expressions may ask for: they are worked out once, when a schedule is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts {
    /// The length of the run in frames; `max_f` is one less. Infinite, or 0, where a run has no end.
    pub frames: f64,
    /// The run's seed, `s`.
    pub seed: f64,
}

impl Facts {
    /// The number of frames where there is an end.
    pub(crate) fn end(&self) -> Option<f64> {
        (self.frames.is_finite() && self.frames > 0.0).then_some(self.frames)
    }
}
