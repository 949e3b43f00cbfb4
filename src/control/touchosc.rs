//! A layout for TouchOSC, made from the parameter table: every parameter on a page of its group, and what is played most on
//! the first. Faders send and hear `/group/name/norm`, so that a centre detent is in the middle; labels hear the value itself.
//!
//! The file is XML under zlib, as the app writes it; node for node the same every time, so that a new one differs from the
//! last only where the table does.

mod node;

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::feedback::address_of;
use crate::param::{self, Id, Kind};
use node::{Argument, Frame, Node, Osc};

/// The canvas, in the app's units; it is scaled to the tablet.
const WIDTH: u32 = 1024;
const HEIGHT: u32 = 768;
/// Height of the pager's tabs, and of the strip below that every page has.
const TABS: u32 = 44;
const STRIP: u32 = 84;
/// Space between controls, and height of a label.
const GAP: u32 = 8;
const LABEL: u32 = 26;

/// The strip: what must be at hand on every page.
const ALWAYS: [Id; 6] = [
    param::TEMPO_TAP,
    param::DREAM_CUT,
    param::MASTER_FREEZE,
    param::DREAM_HOLD,
    param::MASTER_BLACKOUT,
    param::MASTER_PANIC,
];

/// The bytes of a `.tosc` file. `receive_port` is the port on which the app listens; 0 is the one it sends from.
///
/// # Errors
/// Never, in memory; the encoder's type has one.
pub fn layout(receive_port: u16) -> std::io::Result<Vec<u8>> {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(root(receive_port).document().as_bytes())?;
    zlib.finish()
}

/// The whole tree.
pub(super) fn root(receive_port: u16) -> Node {
    let mut root = Node::new("GROUP", "halation", Frame { x: 0, y: 0, w: WIDTH, h: HEIGHT });
    root.text("script", &script(receive_port));
    let pages = Frame { x: 0, y: 0, w: WIDTH, h: HEIGHT - STRIP };
    let mut pager = Node::new("PAGER", "pages", pages);
    pager.number("tabbarSize", TABS);
    pager.flag("tabLabels", true);
    let inside = Frame { x: 0, y: 0, w: WIDTH, h: pages.h - TABS };
    let mut all = vec![("Play", play(inside)), ("Mix", faders(&mix(), inside))];
    all.extend(groups().into_iter().map(|group| (group, faders(&members(group), inside))));
    for (name, children) in all {
        let mut page = Node::new("GROUP", name, Frame { y: TABS, ..inside });
        page.text("tabLabel", name);
        page.children = children;
        pager.children.push(page);
    }
    root.children.push(pager);
    root.children.extend(strip(receive_port));
    root
}

fn mix() -> Vec<Id> {
    param::PROMPT_WEIGHTS.into_iter().chain([param::PROMPT_HEAT]).collect()
}

/// Groups in the order of the table.
fn groups() -> Vec<&'static str> {
    let mut groups: Vec<&str> = Vec::new();
    for id in Id::all().filter(|id| has_control(*id)) {
        let group = id.row().id.split('.').next().unwrap_or_default();
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

fn members(group: &str) -> Vec<Id> {
    Id::all().filter(|id| has_control(*id) && id.row().id.split('.').next() == Some(group)).collect()
}

/// A text cannot be typed on a fader, and a release wants a name.
fn has_control(id: Id) -> bool {
    id.row().kind != Kind::Text && id != param::PARAM_RELEASE
}

/// The first page: pads for slots and banks, then faders for what is played most.
fn play(page: Frame) -> Vec<Node> {
    let (half, text) = (page.h * 2 / 5, LABEL);
    let mut nodes = Vec::new();
    let mut now = label("text", Frame { x: GAP, y: GAP, w: page.w - 2 * GAP, h: text }, "/prompt/text");
    now.text("textAlignH", "1");
    nodes.push(now);
    for (row, (id, name)) in [(param::PROMPT_SLOT, "slot"), (param::PROMPT_BANK, "bank")].into_iter().enumerate() {
        let height = (half - text - 3 * GAP) * [2, 1][row] / 3;
        let y = text + 2 * GAP + row as u32 * ((half - text - 3 * GAP) * 2 / 3 + GAP);
        for (k, frame) in across(Frame { x: 0, y, w: page.w, h: height }, 8).into_iter().enumerate() {
            let number = k as u32 + 1;
            let mut pad = Node::new("BUTTON", &format!("{name} {number}"), frame);
            pad.osc.push(Osc::pressed(address_of(id), vec![Argument::Whole(number)]));
            nodes.push(pad);
            nodes.push(caption(&format!("{name} {number}"), frame));
        }
    }
    let rest = Frame { y: half + GAP, h: page.h - half - GAP, ..page };
    nodes.extend(row_of(&[&param::MAIN_KNOBS[..], &[param::MASTER_BRIGHTNESS]].concat(), rest));
    nodes
}

/// As many rows as keep the controls wide enough for a finger.
fn faders(ids: &[Id], page: Frame) -> Vec<Node> {
    let rows = ids.len().div_ceil(14).max(1);
    let per_row = ids.len().div_ceil(rows).max(1);
    let height = page.h / rows as u32;
    let lines = ids.chunks(per_row).zip(0..);
    lines.flat_map(|(ids, k)| row_of(ids, Frame { y: k * height, h: height, ..page })).collect()
}

fn row_of(ids: &[Id], line: Frame) -> Vec<Node> {
    ids.iter().zip(across(line, ids.len())).flat_map(|(id, frame)| control(*id, frame)).collect()
}

/// `count` frames beside each other, with gaps around them.
fn across(line: Frame, count: usize) -> Vec<Frame> {
    let count = count.max(1) as u32;
    let width = (line.w - GAP * (count + 1)) / count;
    (0..count)
        .map(|k| Frame { x: line.x + GAP + k * (width + GAP), y: line.y + GAP, w: width, h: line.h - 2 * GAP })
        .collect()
}

/// A parameter: its control, its name, and its value.
fn control(id: Id, frame: Frame) -> Vec<Node> {
    let (row, address) = (id.row(), address_of(id));
    let [name, value] = [1, 2].map(|k| Frame { y: frame.y + frame.h - k * LABEL, h: LABEL, ..frame });
    let body = Frame { h: frame.h - 2 * LABEL - GAP, ..frame };
    let mut nodes = vec![match row.kind {
        Kind::Trigger => {
            let mut button = Node::new("BUTTON", row.id, body);
            button.osc.push(Osc::pressed(address, vec![Argument::Whole(1)]));
            button
        }
        _ if row.is_switch() => {
            let mut button = Node::new("BUTTON", row.id, body);
            button.number("buttonType", 1);
            button.osc.push(Osc::both(address, vec![Argument::Value { key: "x", conversion: "INTEGER" }]));
            button
        }
        _ => {
            let mut fader = Node::new("FADER", row.id, body);
            // A finger takes hold of the fader where it stands: soft takeover.
            fader.number("response", 1);
            fader
                .osc
                .push(Osc::both(address.clone() + "/norm", vec![Argument::Value { key: "x", conversion: "FLOAT" }]));
            let mut value = label(&format!("{} value", row.id), value, &address);
            value.text("textAlignH", "2");
            return vec![fader, value, named(row.label, row.id, name)];
        }
    }];
    nodes.push(named(row.label, row.id, name));
    nodes
}

/// A label with a fixed text.
fn named(text: &str, name: &str, frame: Frame) -> Node {
    let mut label = Node::new("LABEL", &format!("{name} name"), frame);
    label.value("text", text);
    label.flag("interactive", false);
    label
}

/// What stands on a pad.
fn caption(text: &str, pad: Frame) -> Node {
    let mut node = named(text, text, Frame { y: pad.y + pad.h - LABEL, h: LABEL, ..pad });
    node.flag("background", false);
    node
}

/// A label that shows what it hears at `address`.
fn label(name: &str, frame: Frame, address: &str) -> Node {
    let mut label = Node::new("LABEL", name, frame);
    label.flag("interactive", false);
    label.osc.push(Osc::heard(address.to_owned(), vec![Argument::Value { key: "text", conversion: "STRING" }]));
    label
}

/// What every page has: the beat's tempo, gestures, and a button that asks for feedback.
fn strip(receive_port: u16) -> Vec<Node> {
    let line = Frame { x: 0, y: HEIGHT - STRIP, w: WIDTH, h: STRIP };
    let mut frames = across(line, ALWAYS.len() + 2).into_iter();
    let mut nodes = Vec::new();
    let mut place = || frames.next().unwrap_or(line);
    nodes.push(label("bpm", place(), "/halation/bpm"));
    for id in ALWAYS {
        let (row, frame) = (id.row(), place());
        let mut button = Node::new("BUTTON", row.id, frame);
        if row.is_switch() {
            button.number("buttonType", 1);
            button.osc.push(Osc::both(address_of(id), vec![Argument::Value { key: "x", conversion: "INTEGER" }]));
        } else {
            button.osc.push(Osc::pressed(address_of(id), vec![Argument::Whole(1)]));
        }
        nodes.push(button);
        nodes.push(caption(row.label, frame));
    }
    let frame = place();
    let mut ask = Node::new("BUTTON", "subscribe", frame);
    let port = (receive_port > 0).then_some(Argument::Whole(receive_port.into()));
    ask.osc.push(Osc::pressed("/subscribe".into(), port.into_iter().chain([Argument::Text("norm")]).collect()));
    nodes.push(ask);
    nodes.push(caption("listen", frame));
    nodes
}

/// Asks for feedback when the layout opens and every twenty seconds, so that a restart on either side heals.
fn script(receive_port: u16) -> String {
    let port = if receive_port > 0 { format!("{receive_port}, ") } else { String::new() };
    format!(
        "local asked = -20000\n\
         function update()\n\
         \x20 local now = getMillis()\n\
         \x20 if now - asked >= 20000 then\n\
         \x20   asked = now\n\
         \x20   sendOSC('/subscribe', {port}60, 'norm')\n\
         \x20 end\n\
         end\n"
    )
}

#[cfg(test)]
mod tests;
