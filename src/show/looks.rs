//! The looks that were stored while a show played, kept in a file beside it: `night.looks.toml` for `night.toml`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::parse;
use crate::conductor::{LOOKS, Look, Shelf};
use crate::diagnostics::{self, Document, Table, list};
use crate::disk::{self, Durable};

/// The file of the looks of the show at `show`.
#[must_use]
pub fn file_of(show: &Path) -> PathBuf {
    show.with_extension("looks.toml")
}

/// The looks kept in the file at `path`; none where there is no file.
///
/// # Errors
/// With every mistake in it.
pub fn read(path: &Path) -> Result<Shelf, String> {
    if !path.exists() {
        return Ok([None; LOOKS]);
    }
    let text = diagnostics::read(path).map_err(|says| format!("{}: {says}", path.display()))?;
    let document = Document::new(&text, &["look"]);
    let (marks, tree) = (document.marks(), document.parse());
    let mut shelf = [None; LOOKS];
    if document.is_readable() {
        let root = Table::new(tree.get_ref(), tree.span(), "a file of looks", &marks);
        for look in root.tables("look", "a look") {
            let number = look.integer("number").map(|(number, _)| number);
            let values = parse::values(&look, "[look.params]");
            match number.and_then(|number| shelf.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)) {
                Some(place) => *place = Some(Look::from_values(&values).with_seed(seed(&look))),
                None => look.mistake(&look.at, format!("a look has a number from 1 to {LOOKS}")),
            }
            look.finish();
        }
        root.finish();
    }
    if marks.is_empty() { Ok(shelf) } else { Err(list(&path.display().to_string(), &marks.into_list())) }
}

/// `seed = "9f3c…"`: the noise of a kept picture, in hexadecimal.
fn seed(look: &Table<'_, '_>) -> Option<u64> {
    let (written, at) = look.text("seed")?;
    let seed = u64::from_str_radix(written, 16);
    seed.map_err(|_| look.mistake(&at, "the seed of a look is up to sixteen hexadecimal digits")).ok()
}

/// Keeps `shelf` in the file at `path`.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, shelf: &Shelf) -> std::io::Result<()> {
    if read(path).is_err() {
        // What could not be read was not played, and somebody may want to mend it.
        let aside = path.with_extension("broken.toml");
        std::fs::rename(path, &aside)?;
        tracing::warn!("{}: what could not be read of it is kept in {}", path.display(), aside.display());
    }
    let mut text =
        String::from("# Looks stored while the show beside this file played; scene.recall brings them back.\n");
    for (look, number) in shelf.iter().zip(1..).filter_map(|(look, number)| Some((look.as_ref()?, number))) {
        // Writing to a string cannot fail.
        let seed = look.seed.map(|seed| format!("seed = \"{seed:016x}\"\n")).unwrap_or_default();
        let _ = write!(text, "\n[[look]]\nnumber = {number}\n{seed}[look.params]\n");
        for (id, value) in look.values() {
            let _ = writeln!(text, "\"{}\" = {value}", id.row().id);
        }
    }
    disk::write(path, Durable::Now, |file| file.write_all(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::param;

    #[test]
    fn looks_come_back_as_they_were_kept() {
        let folder = std::env::temp_dir().join(format!("halation-looks-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = file_of(&folder.join("night.toml"));
        assert!(path.ends_with("night.looks.toml"));
        assert_eq!(read(&path), Ok([None; LOOKS]), "no file yet");
        let mut shelf = [None; LOOKS];
        let values = [(param::DREAM_STRENGTH, 0.37), (param::LOOK_MIRROR_FOLDS, 6.0), (param::DREAM_SOURCE, 1.0)];
        shelf[2] = Some(Look::from_values(&values));
        shelf[7] = Some(Look::from_values(&values).with_seed(Some(u64::MAX - 1)));
        shelf[15] = Some(Look::from_values(&[(param::LOOK_HUE, -90.0)]));
        write(&path, &shelf).expect("written");
        assert_eq!(read(&path), Ok(shelf));
        let (broken, says) =
            ("[[look]]\nnumber = 17\n[look.params]\n\"look.hue\" = 999\n", ["toml:1: a look has", "toml:4:"]);
        std::fs::write(&path, broken).expect("written");
        let mistakes = read(&path).expect_err("two mistakes");
        write(&path, &shelf).expect("written");
        assert_eq!(read(&path), Ok(shelf));
        let kept = std::fs::read_to_string(path.with_extension("broken.toml")).expect("kept");
        assert_eq!(kept, broken, "nothing is lost");
        assert!(says.iter().all(|says| mistakes.contains(says)), "{mistakes}");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
