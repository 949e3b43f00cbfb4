//! `--replay FILE`: the events of a trace, played again at their times. With `--stepped`, exactly.

use std::collections::VecDeque;
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::param::{self, Change, ControlKey, Event, Origin};
use crate::units::Seconds;

/// Events in order of time.
#[derive(Default)]
pub struct Replay(VecDeque<Event>);

impl Replay {
    /// Reads the lines of kind `event` from a trace; every other line is passed over.
    ///
    /// # Errors
    /// When the file cannot be read, or a line is no JSON or names an unknown parameter.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("{name}: the replay cannot be read"))?;
        let mut events = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
            let at = format!("{name}:{}", number + 1);
            let line: Value = serde_json::from_str(line).with_context(|| format!("{at}: not a line of a trace"))?;
            if line["kind"] == "event" {
                events.push(event(&line).with_context(|| format!("{at}: not an event of a trace"))?);
            }
        }
        events.sort_by(|a, b| a.at.0.total_cmp(&b.at.0));
        Ok(Self(events.into()))
    }

    /// The next event that is due at `now`.
    pub fn due(&mut self, now: Seconds) -> Option<Event> {
        if self.0.front()?.at <= now { self.0.pop_front() } else { None }
    }
}

fn event(line: &Value) -> anyhow::Result<Event> {
    let id = line["id"].as_str().context("id is missing")?;
    let id = param::find(id).with_context(|| match param::nearest(id) {
        Some(near) => format!("there is no parameter {id}; did you mean {near}?"),
        None => format!("there is no parameter {id}"),
    })?;
    let number = line["value"].as_f64().unwrap_or(1.0) as f32;
    let change = match line["change"].as_str().unwrap_or("set") {
        "set" => Change::Set(number),
        "travel" => Change::Travel(number),
        "knob" => Change::Knob { control: ControlKey(line["control"].as_u64().unwrap_or(0) as u32), travel: number },
        "add" => Change::Add(number),
        "multiply" => Change::Multiply(number),
        "steps" => Change::Steps(number),
        "toggle" => Change::Toggle,
        "text" => Change::Text(line["value"].as_str().context("a text is missing")?.into()),
        other => bail!("there is no change called {other}"),
    };
    let at = Seconds(line["t"].as_f64().context("t is missing")?);
    Ok(Event { at, origin: Origin::Show, id, change })
}
