//! The passcode that lets a phone touch: six digits, the same from one start to the next, so that phones that were let in
//! stay in after a restart.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

/// What opens the faders beyond this machine.
#[derive(Clone, PartialEq, Eq)]
pub struct Passcode(String);

impl Passcode {
    /// One that nobody knows yet.
    #[must_use]
    pub fn random() -> Self {
        // The standard library's hashers are keyed by the system's randomness.
        Self(format!("{:06}", RandomState::new().hash_one(0u8) % 1_000_000))
    }

    /// The one kept at `path`; a new one is kept there.
    #[must_use]
    pub fn kept_at(path: &Path) -> Self {
        let kept = std::fs::read_to_string(path).ok().and_then(|text| text.parse().ok());
        kept.unwrap_or_else(|| {
            let new = Self::random();
            if let Err(error) = keep(path, &new.0) {
                tracing::debug!("{}: the passcode is not kept: {error}", path.display());
            }
            new
        })
    }

    /// Whether `said` is it.
    #[must_use]
    pub fn is(&self, said: &str) -> bool {
        // Every letter is compared, whatever the first ones are.
        let said = said.trim();
        said.len() == self.0.len() && said.bytes().zip(self.0.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
    }
}

/// Only this user reads it.
fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{text}")
}

impl std::str::FromStr for Passcode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let good = (4..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        good.then(|| Self(text.to_owned())).ok_or_else(|| "a passcode has 4 to 64 letters or digits".to_owned())
    }
}

impl fmt::Display for Passcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Passcode {
    /// Not into logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passcode(…)")
    }
}
