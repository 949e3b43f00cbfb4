//! OSCQuery: the parameter table as a tree of JSON, by the proposal of 2018 and the profile on which libossia, Chataigne and
//! npm's `oscquery` agree.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use rosc::OscType;
use serde_json::{Map, Value, json};

use super::Serving;
use super::http::Request;
use crate::control::feedback::{Form, Playing, Signal, Topic, address_of};
use crate::param::{Id, Kind, MASTER_BLACKOUT, MASTER_PANIC, PROMPT_TEXT, Row};

/// Attributes that nodes have; others are refused.
const ATTRIBUTES: [&str; 12] = [
    "FULL_PATH",
    "CONTENTS",
    "TYPE",
    "ACCESS",
    "VALUE",
    "RANGE",
    "DESCRIPTION",
    "UNIT",
    "CRITICAL",
    "CLIPMODE",
    "DEFAULT_VALUE",
    "LABEL",
];

/// The status and body that answer `request`.
pub fn answer(request: &Request, from: IpAddr, serving: &Serving) -> (u16, String) {
    let query = request.query.as_deref().map(|query| query.split(['=', '&']).next().unwrap_or_default());
    if query == Some("HOST_INFO") {
        return (200, host_info(from, serving).to_string());
    }
    let (playing, text) = (serving.door.playing.load_full(), (serving.door.text)());
    let path = request.path.trim_end_matches('/');
    let Some(node) = find(&root(&playing, &text), path) else {
        return (404, json!({ "error": format!("there is no node {}", request.path) }).to_string());
    };
    match query {
        None | Some("") => (200, node.to_string()),
        Some(attribute) if ATTRIBUTES.contains(&attribute) => match node.get(attribute) {
            Some(value) => (200, json!({ attribute: value }).to_string()),
            None => (204, String::new()),
        },
        Some(_) => (400, json!({ "error": "there is no such attribute" }).to_string()),
    }
}

fn host_info(from: IpAddr, serving: &Serving) -> Value {
    let known = ["ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CRITICAL", "CLIPMODE", "LISTEN"];
    let not =
        ["TAGS", "EXTENDED_TYPE", "OVERLOADS", "HTML", "PATH_CHANGED", "PATH_RENAMED", "PATH_ADDED", "PATH_REMOVED"];
    let extensions: Map<String, Value> = known
        .into_iter()
        .map(|name| (name, true))
        .chain(not.map(|name| (name, false)))
        .map(|(name, has)| (name.to_owned(), json!(has)))
        .collect();
    let mut info = json!({ "NAME": &*serving.name, "EXTENSIONS": extensions, "OSC_TRANSPORT": "UDP" });
    // Where OSC does not hear whoever asks, values travel over the WebSocket alone; clients want a number all the same.
    let hears = |osc: &SocketAddr| !osc.ip().is_loopback() || from.to_canonical().is_loopback();
    info["OSC_PORT"] = json!(serving.osc.filter(hears).map_or(serving.web_port, |osc| osc.port()));
    info["WS_PORT"] = json!(serving.web_port);
    info
}

/// The whole tree.
pub fn root(playing: &Playing, text: &str) -> Value {
    let signals = Signal::ALL.into_iter().map(|signal| {
        let topic = Topic::Signal(signal);
        let value: Vec<Value> = topic.arguments(playing, text, Form::Query).iter().map(json_of).collect();
        let node = json!({ "FULL_PATH": signal.address(), "TYPE": signal.type_tags(), "ACCESS": 1, "VALUE": value,
            "DESCRIPTION": signal.doc() });
        (signal.address().to_owned(), node)
    });
    let parameters = Id::all().map(|id| (address_of(id), parameter(id, playing, text)));
    let mut tree = Branch::default();
    for (address, node) in parameters.chain(signals) {
        let segments: Vec<&str> = address.trim_start_matches('/').split('/').collect();
        tree.put(&segments, node);
    }
    tree.json("")
}

/// Containers by name, leaves at their ends. A parameter may be both: `/look/mirror` and `/look/mirror/folds`.
#[derive(Default)]
struct Branch {
    leaf: Option<Value>,
    below: BTreeMap<String, Branch>,
}

impl Branch {
    fn put(&mut self, segments: &[&str], node: Value) {
        match segments.split_first() {
            None => self.leaf = Some(node),
            Some((first, rest)) => self.below.entry((*first).to_owned()).or_default().put(rest, node),
        }
    }

    fn json(self, path: &str) -> Value {
        let full = if path.is_empty() { "/" } else { path };
        let mut node = self.leaf.unwrap_or_else(|| json!({ "FULL_PATH": full, "ACCESS": 0 }));
        if !self.below.is_empty() {
            let below = self.below.into_iter().map(|(name, branch)| {
                let json = branch.json(&format!("{path}/{name}"));
                (name, json)
            });
            node["CONTENTS"] = Value::Object(below.collect());
        }
        node
    }
}

fn find(root: &Value, path: &str) -> Option<Value> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.try_fold(root, |node, segment| node.get("CONTENTS")?.get(segment)).cloned()
}

fn parameter(id: Id, playing: &Playing, text: &str) -> Value {
    let row = id.row();
    let mut node = json!({ "FULL_PATH": address_of(id), "LABEL": row.label, "DESCRIPTION": row.doc });
    let access = if matches!(row.kind, Kind::Trigger) || (row.kind == Kind::Text && id != PROMPT_TEXT) { 2 } else { 3 };
    node["ACCESS"] = json!(access);
    node["TYPE"] = json!(type_tag(row, playing.snapshot.base[id]));
    if access == 3 {
        let value: Vec<Value> =
            Topic::Parameter(id).arguments(playing, text, Form::Query).iter().map(json_of).collect();
        node["VALUE"] = json!(value);
    }
    match row.kind {
        Kind::Float { min, max, default } => range(&mut node, json!({ "MIN": min, "MAX": max }), json!(default)),
        Kind::Int { min, max, default } => range(&mut node, json!({ "MIN": min, "MAX": max }), json!(default)),
        Kind::Choice { default, .. } if row.is_switch() => node["DEFAULT_VALUE"] = json!([default == 1]),
        Kind::Choice { names, default } => range(&mut node, json!({ "VALS": names }), json!(names[default])),
        Kind::Trigger | Kind::Text => {}
    }
    if let Some(unit) = unit(row.unit) {
        node["UNIT"] = json!([unit]);
    }
    if [MASTER_PANIC, MASTER_BLACKOUT].contains(&id) {
        node["CRITICAL"] = json!(true);
    }
    node
}

fn range(node: &mut Value, range: Value, default: Value) {
    node["RANGE"] = json!([range]);
    node["CLIPMODE"] = json!(["both"]);
    node["DEFAULT_VALUE"] = json!([default]);
}

fn type_tag(row: &Row, value: f32) -> &'static str {
    match row.kind {
        Kind::Float { .. } => "f",
        Kind::Int { .. } => "i",
        Kind::Choice { .. } if row.is_switch() => {
            if value >= 0.5 {
                "T"
            } else {
                "F"
            }
        }
        Kind::Choice { .. } | Kind::Text => "s",
        Kind::Trigger => "I",
    }
}

/// The proposal's name of one of our units, where it has one.
fn unit(ours: &str) -> Option<&'static str> {
    [("ms", "time.ms"), ("bpm", "time.bpm"), ("dB", "gain.db"), ("degrees", "angle.degree"), ("°", "angle.degree")]
        .into_iter()
        .find(|(name, _)| *name == ours)
        .map(|(_, theirs)| theirs)
}

fn json_of(argument: &OscType) -> Value {
    match argument {
        OscType::Float(x) => json!((f64::from(*x) * 1e6).round() / 1e6),
        OscType::Int(n) => json!(n),
        OscType::Bool(on) => json!(on),
        OscType::String(text) => json!(text),
        _ => Value::Null,
    }
}
