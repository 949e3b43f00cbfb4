//! `--replay FILE`: the hands and clocks of a trace, played again at their times. With `--stepped`, exactly.

use std::collections::VecDeque;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use super::input_line;
use crate::control::ControlInput;
use crate::dream::SLOTS;
use crate::param::{self, Change, Event, Origin};
use crate::units::Seconds;

/// Inputs in order of time.
#[derive(Default)]
pub struct Replay(VecDeque<ControlInput>);

impl Replay {
    /// Reads the inputs from a trace; lines that tell of results are passed over.
    ///
    /// # Errors
    /// When the file cannot be read, or a line is no JSON or names an unknown parameter.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{name}: the replay cannot be read; check the path"))?;
        let mut inputs = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
            let at = format!("{name}:{}", number + 1);
            let line: Value = serde_json::from_str(line).with_context(|| format!("{at}: not a line of a trace"))?;
            inputs.extend(input_line::read(&line).with_context(|| format!("{at}: not an input of a trace"))?);
        }
        inputs.sort_by(|a, b| input_line::at(a).0.total_cmp(&input_line::at(b).0));
        Ok(Self(inputs.into()))
    }

    /// The pads 1 to 8 pressed in turn, one every `every_s`, until `until_s`.
    pub fn presses(every_s: f64, until_s: f64) -> Self {
        let count = (until_s / every_s.max(0.1)) as u32;
        let press = |n: u32| {
            let change = Change::Set((n % SLOTS as u32 + 1) as f32);
            let at = Seconds(every_s * f64::from(n));
            ControlInput::Event(Event { at, origin: Origin::Keyboard, id: param::PROMPT_SLOT, change })
        };
        Self((1..=count).map(press).collect())
    }

    /// The next input that is due at `now`.
    pub fn due(&mut self, now: Seconds) -> Option<ControlInput> {
        if input_line::at(self.0.front()?) <= now { self.0.pop_front() } else { None }
    }
}
