//! The table as people and programs read it: `halation params`, its `--json`, and the README table.

use serde_json::{Value, json};

use super::{Kind, Row, TABLE};

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Float { .. } => "float",
        Kind::Int { .. } => "int",
        Kind::Choice { .. } => "choice",
        Kind::Trigger => "trigger",
        Kind::Text => "text",
    }
}

/// A list of rows with `id`, `type`, `min`, `max`, `values`, `default`, `unit`, `class`, `doc`; null where a kind has none.
#[must_use]
pub fn json() -> Value {
    TABLE.iter().map(row_json).collect()
}

fn row_json(row: &Row) -> Value {
    let (min, max, values, default) = match row.kind {
        Kind::Float { min, max, default } => (json!(min), json!(max), Value::Null, json!(default)),
        Kind::Int { min, max, default } => (json!(min), json!(max), Value::Null, json!(default)),
        Kind::Choice { names, default } => (Value::Null, Value::Null, json!(names), json!(names[default])),
        Kind::Trigger | Kind::Text => (Value::Null, Value::Null, Value::Null, Value::Null),
    };
    let unit = if row.unit.is_empty() { Value::Null } else { json!(row.unit) };
    json!({
        "id": row.id, "type": type_name(row.kind), "min": min, "max": max, "values": values,
        "default": default, "unit": unit, "class": row.class.name(), "doc": row.doc,
    })
}

/// A Markdown table of all parameters.
#[must_use]
pub fn markdown() -> String {
    let mut out =
        String::from("| parameter | range | default | takes effect | what it does |\n|---|---|---|---|---|\n");
    for row in TABLE {
        let (range, default) = range_text(row);
        out += &format!("| `{}` | {range} | {default} | {} | {} |\n", row.id, row.class.name(), row.doc);
    }
    out
}

fn range_text(row: &Row) -> (String, String) {
    let unit = if row.unit.is_empty() { String::new() } else { format!(" {}", row.unit) };
    match row.kind {
        Kind::Float { min, max, default } => (format!("{min} … {max}{unit}"), default.to_string()),
        Kind::Int { min, max, default } => (format!("{min} … {max}{unit}"), default.to_string()),
        Kind::Choice { names, default } => (names.join(", "), names[default].to_string()),
        Kind::Trigger => ("trigger".into(), String::new()),
        Kind::Text => ("text".into(), String::new()),
    }
}
