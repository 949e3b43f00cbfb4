//! From a name or an OSC address to a row, and to the row somebody probably meant.

use super::{Id, LOOK_TRAILS, TABLE};

/// Names that parameters used to have: files and tablets that use them go on working.
pub const RENAMED: [(&str, Id); 1] = [("look.feedback", LOOK_TRAILS)];

/// The parameter called `id` (`group.name`), now or before.
#[must_use]
pub fn find(id: &str) -> Option<Id> {
    let before = || RENAMED.into_iter().find(|(name, _)| *name == id).map(|(_, id)| id);
    Id::all().find(|p| p.row().id == id).or_else(before)
}

/// The parameter called `name`.
///
/// # Errors
/// One sentence with the name that was probably meant.
pub fn named(name: &str) -> Result<Id, String> {
    find(name).ok_or_else(|| match nearest(name) {
        Some(near) => format!("there is no parameter {name}; did you mean {near}?"),
        None => format!("there is no parameter {name}; `halation params` lists them"),
    })
}

/// The parameter that a person calls `text`: by its id or by its OSC address.
///
/// # Errors
/// As [`named`].
pub fn by_name_or_address(text: &str) -> Result<Id, String> {
    named(&text.trim().trim_start_matches('/').replace('/', "."))
}

/// The id most like `name`, when one is close enough to suggest.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    crate::rt::nearest(name, TABLE.iter().map(|row| row.id))
}
