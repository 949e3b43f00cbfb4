//! Addresses that were learnt: a fader of a layout that nobody made for us plays a parameter. Kept in a file of the user's:
//! `"/1/fader1" = "dream.strength"`, a line each. What they send is the position of a 0..1 fader.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::budget::Budget;
use crate::control::learning::LearnWish;
use crate::disk::{self, Durable};
use crate::param::{self, Id};
use crate::rt;

/// Wishes a second that are heard: nobody turns knobs faster.
const WISHES_PER_S: u32 = 1;
/// Addresses that are kept.
const MOST: usize = 256;

/// What is to be learnt, and what was.
pub struct Teaching {
    pub wish: LearnWish,
    pub learnt: Learnt,
    /// Each one is written to a file.
    pub budget: Budget,
}

impl Teaching {
    /// With what the file at `path` holds.
    #[must_use]
    pub fn new(wish: LearnWish, path: Option<PathBuf>) -> Self {
        Self { wish, learnt: Learnt::read(path), budget: Budget::new(WISHES_PER_S, 4) }
    }
}

/// All that was learnt, and where it is kept.
#[derive(Default)]
pub struct Learnt {
    path: Option<PathBuf>,
    all: Vec<(String, Id)>,
    /// What the file is to hold: whoever writes it writes the newest.
    newest: Arc<Mutex<String>>,
}

impl Learnt {
    /// What the file at `path` holds. A line that cannot be used is said and left out.
    #[must_use]
    pub fn read(path: Option<PathBuf>) -> Self {
        let text = path.as_deref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        let shown = path.as_deref().unwrap_or(Path::new("")).display().to_string();
        let table = text.parse::<toml::Table>().unwrap_or_else(|error| {
            tracing::warn!("{shown}: {}; no address in it is used", error.message());
            toml::Table::new()
        });
        let entry = |(address, id): (String, toml::Value)| match id.as_str().map(param::by_name_or_address) {
            Some(Ok(id)) => Some((address, id)),
            Some(Err(says)) => {
                tracing::warn!("{shown}: {address}: {says}");
                None
            }
            None => {
                tracing::warn!("{shown}: {address} should name a parameter in quotes");
                None
            }
        };
        Self { path, all: table.into_iter().filter_map(entry).take(MOST).collect(), newest: Arc::default() }
    }

    /// What `address` was taught to play.
    #[must_use]
    pub fn at(&self, address: &str) -> Option<Id> {
        self.all.iter().find(|(known, _)| known == address).map(|(_, id)| *id)
    }

    /// From now on `address` plays `id`; it is kept by a thread of its own.
    pub fn learn(&mut self, address: &str, id: Id) {
        self.all.retain(|(known, _)| known != address);
        self.all.truncate(MOST - 1);
        self.all.push((address.to_owned(), id));
        let Some(path) = self.path.clone() else { return };
        let mut text =
            String::from("# OSC addresses learnt with /learn. Edit it as you like; it is read when Halation starts.\n");
        for (address, id) in &self.all {
            let _ = writeln!(text, "{} = \"{}\"", toml::Value::from(address.as_str()), id.row().id);
        }
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = text;
        let newest = self.newest.clone();
        let keep = move || {
            let text = newest.lock().unwrap_or_else(PoisonError::into_inner);
            let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
            let kept = folder.and_then(|()| disk::write(&path, Durable::Now, |file| file.write_all(text.as_bytes())));
            if let Err(error) = kept {
                tracing::warn!("{}: what was learnt is not kept ({error})", path.display());
            }
        };
        let _ = rt::spawn("learn", keep);
    }
}
