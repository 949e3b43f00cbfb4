//! One input of the conductor as a line of a trace, and back: for `--trace` and `--replay`.

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use crate::control::{ClockMessage, ControlInput};
use crate::param::{self, Change, Event, Origin, Turn};
use crate::tempo::{ClockSource, DeckPlace, Sighting};
use crate::units::{Bpm, Seconds};

/// When `input` happened.
pub fn at(input: &ControlInput) -> Seconds {
    match input {
        ControlInput::Event(event) => event.at,
        ControlInput::Clock { at, .. } | ControlInput::Beat { at, .. } => *at,
        ControlInput::Deck { at, .. } | ControlInput::DeckPosition { at, .. } => *at,
        ControlInput::Controller { at, .. } => *at,
    }
}

/// The kind of line and its fields.
pub fn write(input: &ControlInput) -> (&'static str, Value) {
    match input {
        ControlInput::Event(event) => ("event", write_event(event)),
        ControlInput::Beat { source, sighting, .. } => {
            let Sighting { at, bpm, beat_in_bar, confidence } = sighting;
            let fields = json!({ "source": source.name(), "beat_at": at.0, "bpm": bpm.0, "beat_in_bar": beat_in_bar,
                "confidence": confidence });
            ("beat", fields)
        }
        ControlInput::Deck { place, .. } => {
            let fields = place
                .map(|DeckPlace { track_id, bpm, beat }| json!({ "track_id": track_id, "bpm": bpm, "beat": beat }));
            ("deck", fields.unwrap_or_else(|| json!({})))
        }
        ControlInput::Controller { number, value, .. } => ("controller", json!({ "number": number, "value": value })),
        ControlInput::DeckPosition { share, .. } => ("needle", json!({ "share": share })),
        ControlInput::Clock { port, message, .. } => {
            let (message, sixteenths) = match *message {
                ClockMessage::Tick => ("tick", None),
                ClockMessage::Start => ("start", None),
                ClockMessage::Continue => ("continue", None),
                ClockMessage::Stop => ("stop", None),
                ClockMessage::SongPosition(n) => ("position", Some(n)),
            };
            ("clock", json!({ "port": port, "message": message, "sixteenths": sixteenths }))
        }
    }
}

/// The input that `line` records; `None` for lines of other kinds, which record results.
///
/// # Errors
/// When a field is missing or means nothing.
pub fn read(line: &Value) -> anyhow::Result<Option<ControlInput>> {
    ensure!(line.is_object(), "a line of a trace is an object");
    let at = || line["t"].as_f64().map(Seconds).context("t is missing");
    Ok(match line["kind"].as_str() {
        Some("event") => Some(ControlInput::Event(read_event(line, at()?)?)),
        Some("clock") => {
            let message = match line["message"].as_str().context("message is missing")? {
                "tick" => ClockMessage::Tick,
                "start" => ClockMessage::Start,
                "continue" => ClockMessage::Continue,
                "stop" => ClockMessage::Stop,
                "position" => ClockMessage::SongPosition(line["sixteenths"].as_u64().unwrap_or(0) as u16),
                other => bail!("there is no clock message {other}"),
            };
            Some(ControlInput::Clock { at: at()?, port: line["port"].as_u64().unwrap_or(0) as u8, message })
        }
        Some("beat") => {
            let name = line["source"].as_str().context("source is missing")?;
            let source = ClockSource::ALL.into_iter().find(|s| s.name() == name).context("there is no such source")?;
            let number = |key: &str| line[key].as_f64().with_context(|| format!("{key} is no number"));
            let sighting = Sighting {
                at: Seconds(number("beat_at")?),
                bpm: Bpm(number("bpm")?),
                beat_in_bar: line["beat_in_bar"].as_u64().map(|n| n as u8),
                confidence: number("confidence")? as f32,
            };
            Some(ControlInput::Beat { at: at()?, source, sighting })
        }
        Some("deck") => {
            let whole = |key: &str| line[key].as_u64().and_then(|n| u32::try_from(n).ok());
            let place = whole("track_id").zip(whole("beat"));
            let place = place.map(|(track_id, beat)| DeckPlace { track_id, bpm: line["bpm"].as_f64(), beat });
            Some(ControlInput::Deck { at: at()?, place })
        }
        Some("controller") => Some(read_controller(line, at()?)?),
        Some("needle") => {
            let share = line["share"].as_f64().context("share is no number")? as f32;
            Some(ControlInput::DeckPosition { at: at()?, share })
        }
        _ => None,
    })
}

fn read_controller(line: &Value, at: Seconds) -> anyhow::Result<ControlInput> {
    let number = line["number"].as_u64().filter(|n| *n < 128).context("number is no controller's")? as u8;
    let value = line["value"].as_f64().context("value is no number")? as f32;
    Ok(ControlInput::Controller { at, number, value })
}

fn write_event(event: &Event) -> Value {
    let (change, value) = match &event.change {
        Change::Set(v) => ("set", json!(v)),
        Change::Normalized(v) => ("travel", json!(v)),
        Change::Knob(turn) => ("knob", json!(turn.to)),
        Change::Scaled(turn) => ("scaled", json!(turn.to)),
        Change::Add(v) => ("add", json!(v)),
        Change::Multiply(v) => ("multiply", json!(v)),
        Change::Steps(v) => ("steps", json!(v)),
        Change::Toggle => ("toggle", Value::Null),
        Change::Text(text) => ("text", json!(text.as_ref())),
        Change::Release(v) => ("release", json!(v)),
    };
    let from = format!("{:?}", event.origin).to_lowercase();
    let mut line = json!({ "id": event.id.row().id, "from": from, "change": change, "value": value });
    if let Change::Knob(turn) | Change::Scaled(turn) = event.change {
        let Turn { from, lowest, highest, reach, .. } = turn;
        (line["stood"], line["way"], line["reach"]) = (json!(from), json!([lowest, highest]), json!(reach));
    }
    line
}

fn read_event(line: &Value, at: Seconds) -> anyhow::Result<Event> {
    let id = line["id"].as_str().context("id is missing")?;
    let id = param::named(id).map_err(anyhow::Error::msg)?;
    let number = || line["value"].as_f64().map(|n| n as f32).context("value is no number");
    let change = match line["change"].as_str().unwrap_or("set") {
        "set" => Change::Set(number()?),
        "travel" => Change::Normalized(number()?),
        kind @ ("knob" | "scaled") => {
            let position = |value: &Value| value.as_f64().map(|n| n as f32);
            let two = |key: &str| position(&line[key][0]).zip(position(&line[key][1]));
            let (lowest, highest) = two("way").context("way is not two numbers")?;
            let reach = two("reach").unwrap_or((0.0, 1.0));
            let turn = Turn { from: position(&line["stood"]), lowest, highest, to: number()?, reach };
            if kind == "knob" { Change::Knob(turn) } else { Change::Scaled(turn) }
        }
        "add" => Change::Add(number()?),
        "multiply" => Change::Multiply(number()?),
        "steps" => Change::Steps(number()?),
        "toggle" => Change::Toggle,
        "release" => Change::Release(number()?),
        "text" => Change::Text(line["value"].as_str().context("a text is missing")?.into()),
        other => bail!("there is no change called {other}"),
    };
    Ok(Event { at, origin: Origin::Show, id, change })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_survives_the_round_trip() {
        let event = |change| {
            ControlInput::Event(Event { at: Seconds(1.5), origin: Origin::Show, id: param::DREAM_STRENGTH, change })
        };
        let clock = |message| ControlInput::Clock { at: Seconds(1.5), port: 3, message };
        let knob = Change::Knob(Turn { lowest: 0.125, reach: (0.0, 0.75), ..Turn::between(0.5, 0.25) });
        let inputs = [
            event(Change::Set(0.5)),
            event(Change::Normalized(0.5)),
            event(knob),
            event(Change::Scaled(Turn::between(0.5, 0.25))),
            event(Change::Toggle),
            event(Change::Release(3.0)),
            event(Change::Text("fire".into())),
            clock(ClockMessage::Tick),
            ControlInput::Deck { at: Seconds(1.5), place: None },
            ControlInput::DeckPosition { at: Seconds(1.5), share: 0.25 },
            ControlInput::Controller { at: Seconds(1.5), number: 74, value: 0.25 },
            ControlInput::Deck { at: Seconds(1.5), place: Some(DeckPlace { track_id: 7, bpm: Some(128.0), beat: 33 }) },
            clock(ClockMessage::SongPosition(64)),
            ControlInput::Beat {
                at: Seconds(1.5),
                source: ClockSource::Link,
                sighting: Sighting { at: Seconds(1.25), bpm: Bpm(126.5), beat_in_bar: Some(2), confidence: 0.5 },
            },
        ];
        for input in inputs {
            let (kind, mut line) = write(&input);
            line["t"] = json!(at(&input).0);
            line["kind"] = json!(kind);
            let back = read(&line).unwrap().unwrap();
            assert_eq!(back, input);
        }
        assert!(read(&json!({ "kind": "frame" })).unwrap().is_none());
    }
}
