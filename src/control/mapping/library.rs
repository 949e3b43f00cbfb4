//! The mappings to choose from: the show's own first, then the shipped ones, the generic one for everything else.

use std::path::Path;
use std::sync::Arc;

use super::{Mapping, MappingError};

/// The shipped mapping files, compiled in: name and text. The generic one is last, for every other port.
pub const SHIPPED: [(&str, &str); 4] = [
    ("akai-midimix", include_str!("../../../mappings/controllers/akai-midimix.toml")),
    ("akai-apc40-mk2", include_str!("../../../mappings/controllers/akai-apc40-mk2.toml")),
    ("korg-nanokontrol2", include_str!("../../../mappings/controllers/korg-nanokontrol2.toml")),
    ("generic", include_str!("../../../mappings/controllers/generic.toml")),
];

/// An ordered choice of mappings.
#[derive(Clone, Debug)]
pub struct Library(Vec<Arc<Mapping>>);

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
        Self(SHIPPED.into_iter().map(parsed).collect())
    }

    /// Whether `name` is that of a shipped mapping rather than a path.
    #[must_use]
    pub fn is_shipped(name: &Path) -> bool {
        SHIPPED.iter().any(|(shipped, _)| Path::new(shipped) == name)
    }

    /// The shipped mappings behind `own`, which are asked first, in this order.
    #[must_use]
    pub fn with(own: impl IntoIterator<Item = Mapping>) -> Self {
        let own = own.into_iter().map(Arc::new);
        Self(own.chain(Self::shipped().0).collect())
    }

    /// The first mapping that fits the port called `name`.
    #[must_use]
    pub fn for_port(&self, name: &str) -> Arc<Mapping> {
        let found = self.0.iter().find(|mapping| mapping.fits(name)).or_else(|| self.0.last());
        // `shipped` and `with` never leave the list empty.
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
