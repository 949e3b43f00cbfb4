//! The mappings to choose from: the show's own first, then the shipped ones, the generic one for everything else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::BaseStrategy;

use super::{Mapping, MappingError};

/// The shipped mapping files, compiled in: name and text. The generic one is last, for every other port.
pub const SHIPPED: [(&str, &str); 13] = [
    ("akai-midimix", include_str!("../../../mappings/controllers/akai-midimix.toml")),
    ("akai-apc40-mk2", include_str!("../../../mappings/controllers/akai-apc40-mk2.toml")),
    ("korg-nanokontrol2", include_str!("../../../mappings/controllers/korg-nanokontrol2.toml")),
    ("akai-apc-mini-mk2", include_str!("../../../mappings/controllers/akai-apc-mini-mk2.toml")),
    ("akai-apc-mini", include_str!("../../../mappings/controllers/akai-apc-mini.toml")),
    ("akai-lpd8-mk2", include_str!("../../../mappings/controllers/akai-lpd8-mk2.toml")),
    ("akai-lpd8", include_str!("../../../mappings/controllers/akai-lpd8.toml")),
    ("novation-launchpad-mini-mk3", include_str!("../../../mappings/controllers/novation-launchpad-mini-mk3.toml")),
    ("novation-launchpad-x", include_str!("../../../mappings/controllers/novation-launchpad-x.toml")),
    ("novation-launch-control-xl", include_str!("../../../mappings/controllers/novation-launch-control-xl.toml")),
    ("behringer-x-touch-mini", include_str!("../../../mappings/controllers/behringer-x-touch-mini.toml")),
    (
        "djtechtools-midi-fighter-twister",
        include_str!("../../../mappings/controllers/djtechtools-midi-fighter-twister.toml"),
    ),
    ("generic", include_str!("../../../mappings/controllers/generic.toml")),
];

/// An ordered choice of mappings.
#[derive(Clone, Debug)]
pub struct Library {
    /// The show's.
    named: Vec<Arc<Mapping>>,
    user: Vec<Arc<Mapping>>,
    shipped: Vec<Arc<Mapping>>,
}

impl Library {
    /// Only what is compiled in.
    ///
    /// # Panics
    /// Never in a released build: a test parses every shipped file.
    #[must_use]
    pub fn shipped() -> Self {
        let parsed = |(name, text): (&str, &str)| match Mapping::parse(name, text) {
            Ok(mapping) => Arc::new(mapping),
            Err(error) => unreachable!("shipped mapping: {error}"),
        };
        Self { named: Vec::new(), user: Vec::new(), shipped: SHIPPED.into_iter().map(parsed).collect() }
    }

    /// Whether `name` is that of a shipped mapping rather than a path.
    #[must_use]
    pub fn is_shipped(name: &Path) -> bool {
        SHIPPED.iter().any(|(shipped, _)| Path::new(shipped) == name)
    }

    /// The user's own mappings: every .toml file of [`Self::user_folder`], in the order of their names. What cannot be used is
    /// said and left out.
    #[must_use]
    pub fn of_user() -> Vec<Mapping> {
        Self::read_user(&[]).into_iter().map(Arc::unwrap_or_clone).collect()
    }

    /// As [`Self::of_user`]; a file that cannot be used any more counts as it was among `before`.
    fn read_user(before: &[Arc<Mapping>]) -> Vec<Arc<Mapping>> {
        let entries = Self::user_folder().and_then(|folder| std::fs::read_dir(folder).ok());
        let Some(entries) = entries else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
        paths.sort();
        let read = |path: &PathBuf| match Mapping::load(path) {
            Ok(mapping) => Some(Arc::new(mapping)),
            Err(error) => {
                let good = before.iter().find(|mapping| Path::new(&mapping.file) == path);
                let goes_on = good.map_or("playing without that mapping", |_| "playing with it as it was");
                tracing::warn!("{error}; {goes_on}");
                good.cloned()
            }
        };
        paths.iter().filter_map(read).collect()
    }

    /// Where the user's own mappings lie.
    #[must_use]
    pub fn user_folder() -> Option<PathBuf> {
        let user = etcetera::choose_base_strategy().ok()?;
        Some(user.config_dir().join("halation/controllers"))
    }

    /// `named` first, in this order, then the user's own, then the shipped ones.
    #[must_use]
    pub fn with(named: impl IntoIterator<Item = Mapping>) -> Self {
        Self { named: named.into_iter().map(Arc::new).collect(), ..Self::shipped() }.with_user_anew()
    }

    /// The same with the user's own mappings as they are now.
    #[must_use]
    pub fn with_user_anew(&self) -> Self {
        Self { user: Self::read_user(&self.user), ..self.clone() }
    }

    /// Whether the port called `name` is one of a known device's that is not meant for playing.
    #[must_use]
    pub fn leaves_alone(&self, name: &str) -> bool {
        self.for_port(name).leaves_alone(name)
    }

    /// The first mapping that fits the port called `name`.
    #[must_use]
    pub fn for_port(&self, name: &str) -> Arc<Mapping> {
        let mut all = self.named.iter().chain(&self.user).chain(&self.shipped);
        let found = all.find(|mapping| mapping.fits(name)).or_else(|| self.shipped.last());
        // The last one of the shipped fits everything.
        found.cloned().unwrap_or_else(|| unreachable!("a library holds the generic mapping"))
    }
}

impl Mapping {
    /// The shipped mapping called `name`, or the file at the path `name`.
    ///
    /// # Errors
    /// When there is no such file, or with every mistake in it.
    pub fn load(name: &Path) -> Result<Self, MappingError> {
        if let Some((name, text)) = SHIPPED.iter().find(|(shipped, _)| Path::new(shipped) == name) {
            return Self::parse(name, text);
        }
        let unreadable = |reason| MappingError::Unreadable { path: name.to_owned(), reason };
        let text = crate::diagnostics::read(name).map_err(unreadable)?;
        Self::parse(&name.display().to_string(), &text)
    }
}
