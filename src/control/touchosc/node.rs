//! One control of a layout, and how it is written. Elements and their order are those that the app reads.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Place and size inside the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    pub x: u32,
    pub y: u32,
    pub w: u32,
    pub h: u32,
}

/// A control, or a group of them.
pub struct Node {
    pub kind: &'static str,
    pub name: String,
    pub frame: Frame,
    /// Type letter, key and value.
    properties: Vec<(char, &'static str, String)>,
    values: Vec<(&'static str, String)>,
    pub osc: Vec<Osc>,
    pub children: Vec<Node>,
}

/// An OSC message that a control sends, hears, or both.
pub struct Osc {
    pub address: String,
    sends: bool,
    hears: bool,
    /// Only when it is pressed.
    rising: bool,
    arguments: Vec<Argument>,
}

/// What a message carries.
pub enum Argument {
    Whole(u32),
    Text(&'static str),
    /// The control's own value, as `INTEGER`, `FLOAT` or `STRING`.
    Value {
        key: &'static str,
        conversion: &'static str,
    },
}

impl Osc {
    /// Sent when it is pressed; nothing is heard.
    pub fn pressed(address: String, arguments: Vec<Argument>) -> Self {
        Self { address, sends: true, hears: false, rising: true, arguments }
    }

    pub fn both(address: String, arguments: Vec<Argument>) -> Self {
        Self { address, sends: true, hears: true, rising: false, arguments }
    }

    pub fn heard(address: String, arguments: Vec<Argument>) -> Self {
        Self { address, sends: false, hears: true, rising: false, arguments }
    }

    fn write(&self, out: &mut String) {
        let flag = |on: bool| u8::from(on);
        let (key, condition) = (self.watched(), if self.rising { "RISE" } else { "ANY" });
        let _ = write!(
            out,
            "<osc><enabled>1</enabled><send>{}</send><receive>{}</receive><feedback>0</feedback>\
             <connections>00001</connections><triggers><trigger><var>{key}</var><condition>{condition}</condition></trigger>\
             </triggers><path>",
            flag(self.sends),
            flag(self.hears),
        );
        partial(out, "CONSTANT", "STRING", &self.address);
        out.push_str("</path><arguments>");
        for argument in &self.arguments {
            match argument {
                Argument::Whole(number) => partial(out, "CONSTANT", "INTEGER", &number.to_string()),
                Argument::Text(text) => partial(out, "CONSTANT", "STRING", text),
                Argument::Value { key, conversion } => partial(out, "VALUE", conversion, key),
            }
        }
        out.push_str("</arguments></osc>");
    }

    /// The value whose change sends it.
    fn watched(&self) -> &'static str {
        let value = self.arguments.iter().find_map(|argument| match argument {
            Argument::Value { key, .. } => Some(*key),
            _ => None,
        });
        value.unwrap_or("x")
    }
}

fn partial(out: &mut String, kind: &str, conversion: &str, value: &str) {
    let value = cdata(value);
    let _ = write!(
        out,
        "<partial><type>{kind}</type><conversion>{conversion}</conversion><value>{value}</value>\
         <scaleMin>0</scaleMin><scaleMax>1</scaleMax></partial>"
    );
}

impl Node {
    pub fn new(kind: &'static str, name: &str, frame: Frame) -> Self {
        let (properties, values) = (Vec::new(), Vec::new());
        Self { kind, name: name.to_owned(), frame, properties, values, osc: Vec::new(), children: Vec::new() }
    }

    pub fn text(&mut self, key: &'static str, value: &str) {
        self.properties.push(('s', key, cdata(value)));
    }

    pub fn number(&mut self, key: &'static str, value: u32) {
        self.properties.push(('i', key, value.to_string()));
    }

    pub fn flag(&mut self, key: &'static str, on: bool) {
        self.properties.push(('b', key, u8::from(on).to_string()));
    }

    /// What the value `key` is at first.
    pub fn value(&mut self, key: &'static str, default: &str) {
        self.values.push((key, cdata(default)));
    }

    /// The whole file's text, with this node as its root.
    pub fn document(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><lexml version=\"3\">");
        self.write("", &mut out);
        out.push_str("</lexml>");
        out
    }

    fn write(&self, above: &str, out: &mut String) {
        let path = format!("{above}/{}", self.name);
        let Frame { x, y, w, h } = self.frame;
        let _ = write!(
            out,
            "<node ID=\"{}\" type=\"{}\"><properties><property type=\"s\"><key>name</key><value>{}</value></property>\
             <property type=\"r\"><key>frame</key><value><x>{x}</x><y>{y}</y><w>{w}</w><h>{h}</h></value></property>\
             <property type=\"c\"><key>color</key><value><r>1</r><g>0.48</g><b>0.18</b><a>1</a></value></property>",
            uuid(&path),
            self.kind,
            cdata(&self.name),
        );
        for (kind, key, value) in &self.properties {
            let _ = write!(out, "<property type=\"{kind}\"><key>{key}</key><value>{value}</value></property>");
        }
        out.push_str("</properties><values>");
        for (key, default) in &self.values {
            let _ = write!(
                out,
                "<value><key>{key}</key><locked>0</locked><lockedDefaultCurrent>0</lockedDefaultCurrent>\
                 <default>{default}</default><defaultPull>0</defaultPull></value>"
            );
        }
        out.push_str("</values>");
        if !self.osc.is_empty() {
            out.push_str("<messages>");
            self.osc.iter().for_each(|osc| osc.write(out));
            out.push_str("</messages>");
        }
        if !self.children.is_empty() {
            out.push_str("<children>");
            self.children.iter().for_each(|child| child.write(&path, out));
            out.push_str("</children>");
        }
        out.push_str("</node>");
    }
}

/// A text that XML leaves alone.
fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

/// A name-based UUID (RFC 9562, version 8): the same for the same path.
fn uuid(path: &str) -> String {
    let mut bytes: [u8; 16] = std::array::from_fn(|k| Sha256::digest(path.as_bytes())[k]);
    bytes[6] = (bytes[6] & 0x0F) | 0x80;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |range: std::ops::Range<usize>| hex[range].concat();
    [part(0..4), part(4..6), part(6..8), part(8..10), part(10..16)].join("-")
}
