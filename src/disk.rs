//! Atomic file writes: a file is written beside its place, flushed, then renamed, so it is there whole or not at all.
//!
//! Every file that is not a stream is written through here, on the calling thread, which waits for the disk. On
//! failure the temporary file is removed and the previous file stays.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Whether a file must survive the power going out a moment later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durable {
    /// Waits until the disk has it.
    Now,
    /// For files written many times a second: whole, but left to the system to store.
    Eventually,
}

/// Writes what `fill` writes to `path`. Pipes and devices are written to directly.
///
/// # Errors
/// When the place cannot be written or does not take all of it.
pub fn write(path: &Path, durable: Durable, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let into = |path: &Path, sync: bool| {
        let mut file = BufWriter::new(File::create(path)?);
        fill(&mut file)?;
        let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        if sync { file.sync_all() } else { Ok(()) }
    };
    // A symbolic link stays: the file it points to is replaced.
    let path = &std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if path.exists() && !path.is_file() {
        return into(path, false);
    }
    let beside = beside(path);
    // The folder may be read-only while the file is not: then it is overwritten in place, without atomicity.
    if let Err(error) = File::create(&beside) {
        return if error.kind() == ErrorKind::PermissionDenied && path.is_file() {
            into(path, true)
        } else {
            Err(error)
        };
    }
    let written = into(&beside, durable == Durable::Now).and_then(|()| take_place(&beside, path));
    if written.is_err() {
        // Best effort: the error of the write is the one reported.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// The same for a writer that wants a path: it gets one beside `path`.
///
/// # Errors
/// Those of `fill`, and when the file cannot be moved to its place.
pub fn write_at<E: From<std::io::Error>>(
    path: &Path,
    fill: impl FnOnce(&Path) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let path = &std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = beside(path);
    let written = fill(&beside).and_then(|()| {
        File::open(&beside)?.sync_all()?;
        Ok(take_place(&beside, path)?)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// A name of its own in the folder of `path`, hidden.
fn beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{}.part", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

/// Moves a finished file to its place; it keeps the permissions of the one it replaces.
fn take_place(beside: &Path, path: &Path) -> Result<()> {
    if let Ok(before) = std::fs::metadata(path) {
        // Best effort: on failure the file keeps the default permissions of a new one.
        let _ = std::fs::set_permissions(beside, before.permissions());
    }
    std::fs::rename(beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_writer_that_fails_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let half = |file: &mut dyn Write| {
            file.write_all(b"half")?;
            Err(std::io::Error::from(ErrorKind::StorageFull))
        };
        assert!(write(&path, Durable::Now, half).is_err());
        assert_eq!(names(folder.path()), [""; 0]);
        for durable in [Durable::Now, Durable::Eventually] {
            write(&path, durable, |file| file.write_all(b"whole")).unwrap();
        }
        assert!(write(&path, Durable::Now, half).is_err());
        assert_eq!(
            (names(folder.path()), std::fs::read(&path).unwrap()),
            (vec!["a.json".to_owned()], b"whole".to_vec())
        );
        let failed: Result<()> = write_at(&path, |place| {
            std::fs::write(place, b"half")?;
            Err(ErrorKind::StorageFull.into())
        });
        assert!(failed.is_err());
        write_at::<std::io::Error>(&path, |place| std::fs::write(place, b"new")).unwrap();
        assert_eq!((names(folder.path()), std::fs::read(&path).unwrap()), (vec!["a.json".to_owned()], b"new".to_vec()));
        assert!(write(&folder.path().join("no/such"), Durable::Now, |_| Ok(())).is_err());
    }

    #[test]
    #[cfg(unix)]
    fn links_stay_links_and_devices_are_written_to() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        std::fs::write(&real, b"old").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&real, &link).unwrap();
        write(&link, Durable::Now, |file| file.write_all(b"new")).unwrap();
        assert!(link.is_symlink() && std::fs::read(&real).unwrap() == b"new");
        assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        write(Path::new("/dev/null"), Durable::Now, |file| file.write_all(b"gone")).unwrap();
        #[cfg(target_os = "linux")]
        assert!(write(Path::new("/dev/full"), Durable::Now, |file| file.write_all(b"full")).is_err());
    }
}
