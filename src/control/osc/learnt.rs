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

/// The address and parameter of one line; `None` for an empty one.
fn entry(line: &str) -> Result<Option<(String, Id)>, String> {
    let wants = "a line is written \"/1/fader1\" = \"dream.strength\"";
    let table = line.parse::<toml::Table>().map_err(|_| wants.to_owned())?;
    let Some((address, value)) = table.into_iter().next() else { return Ok(None) };
    let id = param::by_name_or_address(value.as_str().ok_or(wants)?)?;
    if !address.starts_with('/') {
        return Err(format!("an address begins with a slash: {address}"));
    }
    if param::by_name_or_address(&address).is_ok() {
        return Err(format!("{address} is a parameter's own address and cannot play another"));
    }
    Ok(Some((address, id)))
}

/// All that was learnt, and where it is kept.
#[derive(Default)]
pub struct Learnt {
    path: Option<PathBuf>,
    all: Vec<(String, Id)>,
    /// The file holds lines that could not be used: it is kept aside before it is written anew.
    broken: bool,
    /// What the file is to hold: whoever writes it writes the newest.
    newest: Arc<Mutex<String>>,
    /// One writes at a time; who learns does not wait for it.
    writing: Arc<Mutex<()>>,
}

impl Learnt {
    /// What the file at `path` holds. A line that cannot be used is said and left out.
    #[must_use]
    pub fn read(path: Option<PathBuf>) -> Self {
        let shown = path.as_deref().unwrap_or(Path::new("")).display().to_string();
        let (mut all, mut broken) = (Vec::new(), false);
        let text = path.as_deref().map_or_else(|| Ok(String::new()), std::fs::read_to_string).unwrap_or_else(|error| {
            if error.kind() != std::io::ErrorKind::NotFound {
                broken = true;
                tracing::warn!("{shown} cannot be read ({error}); no address in it is used");
            }
            String::new()
        });
        for (line, number) in text.lines().zip(1..) {
            match entry(line) {
                Ok(entry) => all.extend(entry),
                Err(says) => {
                    broken = true;
                    tracing::warn!("{shown}:{number}: {says}");
                }
            }
        }
        all.truncate(MOST);
        Self { path, all, broken, newest: Arc::default(), writing: Arc::default() }
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
        let (newest, writing, broken) = (self.newest.clone(), self.writing.clone(), std::mem::take(&mut self.broken));
        let keep = move || {
            let _one = writing.lock().unwrap_or_else(PoisonError::into_inner);
            let text = newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let aside = || std::fs::copy(&path, path.with_extension("broken.toml")).map(drop);
            let safe = if broken { aside() } else { Ok(()) };
            let folder = safe.and_then(|()| path.parent().map_or(Ok(()), std::fs::create_dir_all));
            let kept = folder.and_then(|()| disk::write(&path, Durable::Now, |file| file.write_all(text.as_bytes())));
            if let Err(error) = kept {
                tracing::warn!("{}: what was learnt is not kept ({error})", path.display());
            }
        };
        let _ = rt::spawn("learn", keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_line_costs_itself_alone_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("osc.toml");
        let text = "# mine\n\"/1/a\" = \"dream.strength\"\n\"/1/b\" = \"look.hue\nnoslash = \"look.hue\"\n\"/look/hue\" = \"look.bend\"\n\
                    \"/1/c\" = \"look.nothing\"\n\"/1/d\" = \"look.bend\"\n";
        std::fs::write(&path, text).unwrap();
        let mut learnt = Learnt::read(Some(path.clone()));
        let known = ["/1/a", "/1/b", "/1/c", "/1/d", "noslash", "/look/hue"].map(|address| learnt.at(address));
        assert_eq!(known, [Some(param::DREAM_STRENGTH), None, None, Some(param::LOOK_BEND), None, None]);
        learnt.learn("/1/e", param::LOOK_RGB);
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !std::fs::read_to_string(&path).unwrap().contains("/1/e") {
            assert!(std::time::Instant::now() < until, "never written");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(Learnt::read(Some(path.clone())).at("/1/a"), Some(param::DREAM_STRENGTH));
        assert_eq!(std::fs::read_to_string(path.with_extension("broken.toml")).unwrap(), text);
    }
}
