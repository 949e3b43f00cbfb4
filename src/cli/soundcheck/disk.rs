//! Room for what the night leaves behind: looks beside the show, stills, captures, films.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::verdict::{Findings, Verdict};

/// Less than this is little, in bytes; less than the other is nothing.
const LITTLE: u64 = 2 << 30;
const NOTHING: u64 = 64 << 20;

/// # Errors
/// When the answer cannot be written.
pub fn check(show: &Path, findings: &mut Findings) -> anyhow::Result<()> {
    let beside = show.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stills = etcetera::choose_base_strategy().ok().map(|user| nearest_existing(&user.cache_dir()));
    for (what, folder) in [("looks", Some(beside.to_owned())), ("stills", stills)] {
        let Some(folder) = folder else { continue };
        let shown = folder.display();
        let free = free_bytes(&folder);
        let is_full = free.is_some_and(|free| free < NOTHING);
        if !is_full && let Err(error) = tempfile_in(&folder) {
            findings.say(
                "disk",
                Verdict::Care,
                format!("{what} will not be kept: {shown} cannot be written ({error})"),
            )?;
            continue;
        }
        match free {
            Some(free) if free < NOTHING => {
                findings.say("disk", Verdict::No, format!("{shown} is full: {} MB are free", free >> 20))?;
            }
            Some(free) if free < LITTLE => {
                let says = format!("{} MB are free in {shown}: no film of a whole night fits", free >> 20);
                findings.say("disk", Verdict::Care, says)?;
            }
            Some(free) => {
                findings.say("disk", Verdict::Good, format!("{} GB free for {what} in {shown}", free >> 30))?;
            }
            None => findings.say("disk", Verdict::Good, format!("{what} can be written in {shown}"))?,
        }
    }
    Ok(())
}

fn nearest_existing(folder: &Path) -> PathBuf {
    folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

/// Whether a file can be made there; it is removed again.
fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".halation-soundcheck-{}", std::process::id()));
    std::fs::write(&path, b"soundcheck")?;
    std::fs::remove_file(&path)
}

/// Bytes that this user may still write there; `None` where the system does not say.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    use std::os::unix::ffi::OsStrExt as _;
    let path = std::ffi::CString::new(folder.as_os_str().as_bytes()).ok()?;
    let mut facts = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: `path` is a C string and `facts` room for the answer, which is read only if the call succeeded.
    let facts = unsafe {
        if libc::statvfs(path.as_ptr(), facts.as_mut_ptr()) != 0 {
            return None;
        }
        facts.assume_init()
    };
    #[allow(clippy::useless_conversion, reason = "the fields are narrower on some systems")]
    Some(u64::from(facts.f_bavail) * u64::from(facts.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}
