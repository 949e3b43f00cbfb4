//! Mutated inputs for everything that reads what strangers send: from a seed to bytes, to the reader that the program uses,
//! and to what came of it. Used by the test `mutated` and by the bench `mutate`.
//!
//! A seed gives the same bytes for ever, so that what is found once can be played again.

mod bytes;
mod corpus;
mod desk;
mod kinds;
mod memory;
mod models;
mod run;
mod text;

use std::path::Path;

pub use kinds::{Kind, all};
pub use memory::{Counted, resident_mib};
pub use run::{LONGEST_S, Outcome, input, run};

/// A folder for files that live for a moment: in memory where the system has such a place.
pub fn folder() -> tempfile::TempDir {
    let shared = Path::new("/dev/shm");
    let made = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
    made.expect("a folder")
}
