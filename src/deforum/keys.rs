//! Every key a Deforum settings file is known to have: its kind, its default, and what becomes of it. The reader takes
//! kinds and old names from here, the importer fates and reasons.

mod others;
mod output;
mod reasons;
mod webui;

use std::borrow::Cow;

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It does here what it does there.
    Honoured,
    /// It does here what it means there, in other units or by other means.
    Translated,
    /// It says nothing about what is seen: switched off, of another mode, about files on a disk.
    Meaningless,
    /// It would be seen, and is not played.
    Unsupported,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// true or false.
    Bool,
    /// Any text.
    Text,
    /// Frames and numbers or expressions: `0:(1), 30:(sin(t))`.
    Schedule,
    /// Frames and texts.
    TextSchedule,
    /// One of these.
    Choice(&'static [&'static str]),
    /// Frames and texts as an object or list, or such an object as text.
    Object,
}

/// When a key is looked at at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// In 2D and 3D.
    Moving,
    /// In 2D and 3D, each with its own unit.
    ModeAny,
    /// In 2D.
    Mode2d,
    /// In 3D.
    Mode3d,
    /// With Video Input.
    VideoInput,
    /// With Interpolation.
    Interpolating,
    /// In 2D and 3D, when this switch is on.
    Flip,
    /// When this switch is on.
    Flag(&'static str),
    /// When this choice is something else than None, Off or nothing.
    Chosen(&'static str),
    /// When this ControlNet model is on.
    ControlNet(&'static str),
    /// When a film takes part.
    Hybrid,
    /// When there is a Parseq manifest.
    Parseq,
    /// When seeds follow their schedule.
    SeedSchedule,
    /// When colours follow a picture's.
    ColorImage,
    /// When colours follow a film's.
    ColorVideo,
    /// When gradients guide at all.
    Gradients,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name in the web UI's files.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// As text, in the way the file writes it.
    pub default: &'static str,
    /// When it is looked at.
    pub when: When,
    /// What becomes of it then.
    pub fate: Fate,
    /// Where it goes, or why not.
    pub why: &'static str,
}

const fn key(name: &'static str, kind: Kind, default: &'static str, when: When, fate: Fate, why: &'static str) -> Key {
    Key { name, kind, default, when, fate, why }
}

/// All rows: those of a web UI file in its order, then those of other Deforums.
pub fn all() -> impl Iterator<Item = &'static Key> {
    webui().chain(others::OTHERS)
}

/// The 253 keys of a web UI settings file, in its order.
pub fn webui() -> impl Iterator<Item = &'static Key> {
    webui::BEFORE.iter().chain(output::CONTROL_NETS.iter().flatten()).chain(output::AFTER)
}

/// The row of a key by the name it has today.
#[must_use]
pub fn find(name: &str) -> Option<&'static Key> {
    all().find(|key| key.name == name)
}

/// Fate and reason of a key without a row of its own, by how it begins.
#[must_use]
pub fn by_prefix(name: &str) -> Option<(Fate, &'static str)> {
    others::PREFIXES.iter().find(|(prefix, ..)| name.starts_with(prefix)).map(|(_, fate, why)| (*fate, *why))
}

/// The name a key has today; its own when it is not known to have had another.
#[must_use]
pub fn canonical(name: &str) -> Cow<'_, str> {
    if find(name).is_some() {
        return Cow::Borrowed(name);
    }
    if let Some((_, new)) = others::OLD_NAMES.iter().find(|(old, _)| *old == name) {
        return Cow::Borrowed(new);
    }
    let renamed = others::OLD_PREFIXES.iter().find_map(|(old, new)| Some(format!("{new}{}", name.strip_prefix(old)?)));
    renamed.filter(|new| find(new).is_some()).map_or(Cow::Borrowed(name), Cow::Owned)
}

/// Whether any Deforum is known to have such a key.
#[must_use]
pub fn is_known(name: &str) -> bool {
    find(&canonical(name)).is_some() || by_prefix(name).is_some()
}
