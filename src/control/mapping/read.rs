//! A mapping file as it stands in TOML, before anything in it is understood.

use serde::Deserialize;
use toml::{Spanned, Value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub name: String,
    #[serde(default)]
    pub ports: Vec<String>,
    pub channel: Option<Spanned<i64>>,
    #[serde(default)]
    pub shift: Vec<Spanned<Shift>>,
    #[serde(default)]
    pub control: Vec<Spanned<Control>>,
}

/// A button that changes what the others mean while it is held.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    pub cc: Option<Spanned<i64>>,
    pub note: Option<Spanned<i64>>,
    pub channel: Option<Spanned<i64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    pub cc: Option<Spanned<i64>>,
    pub cc14: Option<Spanned<i64>>,
    pub note: Option<Spanned<i64>>,
    pub channel: Option<Spanned<i64>>,
    #[serde(default)]
    pub shift: bool,
    pub target: Spanned<Value>,
    pub mode: Option<Spanned<String>>,
    pub value: Option<Spanned<Value>>,
    pub released: Option<Spanned<Value>>,
    pub range: Option<Spanned<[f64; 2]>>,
    pub travel: Option<Spanned<[f64; 2]>>,
    pub inverted: Option<Spanned<bool>>,
    pub takeover: Option<Spanned<String>>,
    pub encoding: Option<Spanned<String>>,
}
