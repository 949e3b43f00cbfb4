//! Checks the files of a run before the show: each can be written, and none overwrites a file that is used otherwise.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use image::ImageFormat;

use super::options::Options;
use crate::audio::Choice;
use crate::output::film;
use crate::show::Show;

/// Finds out before the show, not after six hours of it, that a file cannot be written or would overwrite another.
///
/// # Errors
/// One sentence for the first file that will not do.
pub fn check(options: &Options, show: &Show) -> anyhow::Result<()> {
    if let Some(page) = &options.contact_sheet {
        let known = matches!(ImageFormat::from_path(page), Ok(ImageFormat::Png | ImageFormat::Jpeg));
        ensure!(known, "--contact-sheet {} is neither .png nor .jpg; give it one of these names", page.display());
    }
    let mut outputs = Outputs::new(inputs(options, show), folders(options, show));
    let film = options.record.clone().filter(|path| !film::is_device(path));
    let written = [
        ("report", &options.report),
        ("contact sheet", &options.contact_sheet),
        ("trace", &options.trace),
        ("film", &film),
    ];
    written
        .into_iter()
        .filter_map(|(what, path)| Some((what, path.as_ref()?)))
        .try_for_each(|(what, path)| outputs.add(what, path))
}

/// What a run reads and writes, so that no file takes another's place.
pub struct Outputs {
    taken: Vec<(&'static str, PathBuf)>,
    /// Folders whose existing files must not be overwritten.
    folders: Vec<(&'static str, PathBuf)>,
}

impl Outputs {
    /// For a run that reads these files, and the files in these folders; each with a name for people.
    #[must_use]
    pub fn new(
        files: impl IntoIterator<Item = (&'static str, PathBuf)>,
        folders: impl IntoIterator<Item = (&'static str, PathBuf)>,
    ) -> Self {
        Self { taken: files.into_iter().collect(), folders: folders.into_iter().collect() }
    }

    /// One more file that is written: `what`, at `path`.
    ///
    /// # Errors
    /// One sentence when it cannot be written, is a pipe or device that could block, or would overwrite another file.
    pub fn add(&mut self, what: &'static str, path: &Path) -> anyhow::Result<()> {
        if is_stream(path) {
            return Ok(());
        }
        ensure!(!path.is_dir(), "{}: that is a folder; name a file for the {what}", path.display());
        refuse_special(path, what)?;
        if let Some((other, _)) = self.taken.iter().find(|(_, other)| same(other, path)) {
            bail!("{}: both the {other} and the {what}; give them files of their own", path.display());
        }
        for (other, folder) in &self.folders {
            let inside = place(path).starts_with(place(folder)) && path.exists();
            ensure!(
                !inside,
                "{}: a file of {other}, which the {what} would overwrite; choose another place",
                path.display()
            );
        }
        // Also a show or mapping that this run does not use.
        let by_hand = path.extension().is_some_and(|ending| ending == "toml") && path.exists();
        ensure!(!by_hand, "{}: a show or mapping, which the {what} would overwrite; name another file", path.display());
        check_writable(path, what)?;
        self.taken.push((what, path.to_owned()));
        Ok(())
    }
}

/// A replay must be a file or a stream such as /dev/stdin or /dev/fd/3.
///
/// # Errors
/// When it is another pipe or device, which could block.
pub fn check_replay(path: &Path) -> anyhow::Result<()> {
    if is_stream(path) { Ok(()) } else { refuse_special(path, "replay") }
}

/// What is read and must not be overwritten.
fn inputs(options: &Options, show: &Show) -> Vec<(&'static str, PathBuf)> {
    let mut files: Vec<(&str, PathBuf)> = options.shows.iter().map(|path| ("show", path.clone())).collect();
    let mapping = options.mapping.as_ref().or(show.mapping.as_ref());
    files.extend(mapping.map(|path| ("mapping", path.clone())));
    files.extend(show.image.as_ref().map(|path| ("input image", path.clone())));
    files.extend(show.mask.as_ref().map(|path| ("mask", path.clone())));
    files.extend(show.guides.iter().map(|guide| ("guide picture", guide.image.clone())));
    files.extend(show.overlays.iter().map(|overlay| ("overlay", overlay.path.clone())));
    files.extend(options.replay.as_ref().map(|path| ("replay", path.clone())));
    if let Ok(Choice::File(path)) = options.audio.parse() {
        files.push(("sound", path));
    }
    files
}

/// Folders whose existing files must not be overwritten.
fn folders(options: &Options, show: &Show) -> Vec<(&'static str, PathBuf)> {
    let stick = options.rekordbox.as_ref().or(show.tempo.rekordbox.as_ref());
    let model = options.model.as_ref().unwrap_or(&show.model);
    let stick = stick.map(|path| ("the DJ's stick", path.clone()));
    std::iter::once(("the model", model.clone())).chain(stick).collect()
}

/// The canonical path, also of a file that does not exist yet.
fn place(path: &Path) -> PathBuf {
    let folder = || match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.canonicalize().ok(),
        _ => std::env::current_dir().ok(),
    };
    let there = path.canonicalize().ok();
    there.or_else(|| Some(folder()?.join(path.file_name()?))).unwrap_or_else(|| path.to_owned())
}

/// Whether two paths lead to one file, hard links included.
fn same(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    if let (Ok(a), Ok(b)) = (std::fs::metadata(a), std::fs::metadata(b)) {
        use std::os::unix::fs::MetadataExt;
        return (a.dev(), a.ino()) == (b.dev(), b.ino());
    }
    place(a) == place(b)
}

/// Whether `path` is a standard stream, an open file descriptor, the terminal or /dev/null.
fn is_stream(path: &Path) -> bool {
    let named = |path: &Path| {
        ["/dev/null", "/dev/tty", "/dev/stdin", "/dev/stdout", "/dev/stderr"].iter().any(|name| path == Path::new(name))
            || ["/dev/fd", "/proc/self/fd"].iter().any(|folder| path.starts_with(folder))
    };
    named(path) || path.canonicalize().is_ok_and(|path| named(&path))
}

/// Refuses pipes and devices: opening or reading one may block without end.
fn refuse_special(path: &Path, what: &str) -> anyhow::Result<()> {
    let special = std::fs::metadata(path).is_ok_and(|facts| !facts.is_file() && !facts.is_dir());
    ensure!(
        !special,
        "{}: a pipe or a device, which could hold up the show; name a file for the {what}",
        path.display()
    );
    Ok(())
}

/// Opens for appending, so that an existing file keeps its content; a file that this check created is removed again.
fn check_writable(path: &Path, what: &str) -> anyhow::Result<()> {
    let existed = path.exists();
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(path);
    opened.with_context(|| format!("{}: the {what} cannot be written there; check the folder", path.display()))?;
    if !existed {
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}
