//! From a name or an OSC address to a row, and to the row somebody probably meant.

use super::{Id, TABLE};

/// The parameter called `id` (`group.name`).
#[must_use]
pub fn find(id: &str) -> Option<Id> {
    Id::all().find(|p| p.row().id == id)
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

/// The parameter at OSC address `/group/name`; dots in the id are slashes in the address.
#[must_use]
pub fn by_address(address: &str) -> Option<Id> {
    let rest = address.strip_prefix('/')?;
    Id::all().find(|p| {
        let id = p.row().id;
        id.len() == rest.len() && id.bytes().zip(rest.bytes()).all(|(a, b)| a == b || (a == b'.' && b == b'/'))
    })
}

/// The id most like `name`, when one is close enough to suggest.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    crate::rt::nearest(name, TABLE.iter().map(|row| row.id))
}
