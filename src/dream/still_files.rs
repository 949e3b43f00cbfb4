//! Stills on disk: those that come with a model, and those this machine made in earlier shows.
//!
//! A model's folder may hold `stills/`: JPEGs and an `index.json` that names the weights they were made from; those of
//! other weights are not shown. What a show makes beside them is kept in the user's cache folder, by weights, text,
//! seed, shape, steps and guidance. Read when a show is opened, written on the generator's thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Picture;
use super::maker::ImageRequest;
use super::seeds::still_seed;
use super::stills::Still;
use crate::disk::{self, Durable};
use crate::param::{self, Values};

/// The file beside a model's stills.
pub const INDEX: &str = "index.json";
const JPEG_QUALITY: u8 = 92;
/// Bytes kept in the cache folder, of all models; the oldest go first.
const KEPT_BYTES: u64 = 256 << 20;
/// How far the shape of shipped stills may be from that of the pictures.
const SAME_SHAPE: f64 = 0.02;
/// Counts up when the same text and settings make another picture than before.
const VERSION: u32 = 2;

/// What a model's stills were made from and with.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StillIndex {
    /// `diffusion::folder::fingerprint` of the model.
    pub weights: String,
    pub width_px: u32,
    pub height_px: u32,
    pub steps: u32,
}

/// What a still depends on beside its text and the model: seeds, from `dream.seed`, steps and guidance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StillSettings {
    pub seed: u64,
    pub steps: usize,
    pub guidance: f64,
}

impl StillSettings {
    #[must_use]
    pub fn of(values: &Values) -> Self {
        Self {
            seed: values.whole(param::DREAM_SEED) as u64,
            steps: values.whole(param::DREAM_STEPS).max(1),
            guidance: f64::from(values[param::DREAM_GUIDANCE]),
        }
    }

    /// The seed of the still of `text`.
    #[must_use]
    pub fn seed_of(&self, text: &str) -> u64 {
        still_seed(self.seed, text)
    }
}

/// Where stills are looked for, for pictures of one size.
#[derive(Clone)]
pub struct StillFiles {
    shipped: Option<(PathBuf, StillIndex)>,
    /// This model's folder in the cache.
    cache: Option<PathBuf>,
    size_px: (u32, u32),
    /// The show's negative text, which counts with guidance.
    negative: Arc<str>,
    complained: bool,
}

impl StillFiles {
    /// Those of the model in `folder`, whose fingerprint is `weights`, and of `cache`, the folder for all models; for
    /// pictures of `size_px` of a show with this `negative` text.
    #[must_use]
    pub fn open(
        folder: &Path,
        weights: &str,
        cache: Option<&Path>,
        size_px: (usize, usize),
        negative: Arc<str>,
    ) -> Self {
        let size_px = (size_px.0 as u32, size_px.1 as u32);
        let shipped = folder.join("stills");
        let index = read_index(&shipped, weights).filter(|index| {
            let shape = |w: u32, h: u32| f64::from(w) / f64::from(h.max(1));
            let ratio = shape(index.width_px, index.height_px) / shape(size_px.0, size_px.1);
            (ratio - 1.0).abs() <= SAME_SHAPE
        });
        if let Some(cache) = cache {
            prune(cache);
        }
        let cache = cache.map(|cache| cache.join(weights.get(..16).unwrap_or(weights)));
        Self { shipped: index.map(|index| (shipped, index)), cache, size_px, negative, complained: false }
    }

    /// Those of `texts` that are there.
    #[must_use]
    pub fn find_all(&self, texts: &[Arc<str>], how: &StillSettings) -> Vec<(Arc<str>, Still)> {
        texts.iter().filter_map(|text| Some((text.clone(), self.find(text, how)?))).collect()
    }

    /// The still of `text`, if there is one. A model's own serves whatever the steps and guidance are.
    #[must_use]
    pub fn find(&self, text: &str, how: &StillSettings) -> Option<Still> {
        let seed = how.seed_of(text);
        let shipped = self.shipped.as_ref().and_then(|(folder, index)| {
            let picture = self.read(&folder.join(shipped_name(text, seed)))?;
            Some(Still::new(&picture, seed, index.steps as usize))
        });
        shipped.or_else(|| {
            let picture = self.read(&self.cache.as_ref()?.join(self.cached_name(text, how)))?;
            Some(Still::new(&picture, seed, how.steps))
        })
    }

    /// Keeps a still for later shows. The first failure is logged.
    pub fn keep(&mut self, text: &str, still: &Still, how: &StillSettings) {
        let Some(folder) = &self.cache else { return };
        let path = folder.join(self.cached_name(text, how));
        let written = std::fs::create_dir_all(folder).and_then(|()| write(&path, &still.picture()));
        if let Err(error) = written
            && !std::mem::replace(&mut self.complained, true)
        {
            tracing::warn!("a still cannot be kept for the next show: {}: {error}", path.display());
        }
    }

    fn cached_name(&self, text: &str, how: &StillSettings) -> String {
        let StillSettings { seed, steps, guidance } = how;
        let negative = if ImageRequest::is_guided(*guidance) { &*self.negative } else { "" };
        // The size is measured anew at every start: what was made at another one of its shape serves, too.
        let eighths = (8.0 * f64::from(self.size_px.0) / f64::from(self.size_px.1.max(1))).round();
        name(text, &format!("{VERSION}\n{text}\n{negative}\n{seed}\n{eighths}\n{steps}\n{guidance}"))
    }

    /// The picture at `path` in the size of the show's.
    fn read(&self, path: &Path) -> Option<Picture> {
        let bytes = std::fs::read(path).ok()?;
        let image = image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg)
            .inspect_err(|error| tracing::warn!("{} is no still ({error}): it is made anew", path.display()))
            .ok()?;
        let picture = Picture::from_rgba(image.width() as usize, image.height() as usize, image.to_rgba8().as_raw());
        let (width, height) = (self.size_px.0 as usize, self.size_px.1 as usize);
        let fits = (picture.width_px, picture.height_px) == (width, height);
        Some(if fits { picture } else { picture.resampled(width, height, |u| u, |v| v) })
    }
}

/// The index of the stills in `folder`, if there is one and they are of `weights`. Anything else is logged.
fn read_index(folder: &Path, weights: &str) -> Option<StillIndex> {
    let path = folder.join(INDEX);
    let text = std::fs::read(&path).ok()?;
    let instead = "pads' pictures are made while it plays; `halation stills SHOW` makes them anew";
    match serde_json::from_slice::<StillIndex>(&text) {
        Ok(index) if index.weights == weights => Some(index),
        Ok(_) => {
            tracing::warn!("the stills in {} are of other weights than the model's: {instead}", folder.display());
            None
        }
        Err(error) => {
            tracing::warn!("{} is no index of stills ({error}): {instead}", path.display());
            None
        }
    }
}

/// What a model's still of `text` and `seed` is called.
#[must_use]
pub fn shipped_name(text: &str, seed: u64) -> String {
    name(text, &format!("{text}\n{seed}"))
}

/// Readable, then what tells it apart.
fn name(text: &str, key: &str) -> String {
    let letters = text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let slug: String = letters.take(40).collect();
    let hash: String = Sha256::digest(key.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{hash}.jpg", slug.trim_matches('-').replace("--", "-"))
}

/// Writes `picture` as a JPEG to `path`.
///
/// # Errors
/// When the place cannot be written.
pub fn write(path: &Path, picture: &Picture) -> std::io::Result<()> {
    let rgb = picture.to_rgb();
    let (width, height) = (picture.width_px as u32, picture.height_px as u32);
    disk::write(path, Durable::Eventually, |file| {
        let encoder = JpegEncoder::new_with_quality(file, JPEG_QUALITY);
        let done = image::ImageEncoder::write_image(encoder, &rgb, width, height, ExtendedColorType::Rgb8);
        done.map_err(std::io::Error::other)
    })
}

/// Removes the oldest files under `cache` until the rest is small enough. What cannot be read or removed is left.
fn prune(cache: &Path) {
    let folders = std::fs::read_dir(cache).into_iter().flatten().flatten();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten());
    let facts = files.filter_map(|file| {
        let meta = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        Some((meta.modified().ok()?, meta.len(), file.path()))
    });
    let mut files: Vec<_> = facts.collect();
    files.sort();
    let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (_, length, path) in files {
        if bytes <= KEPT_BYTES {
            break;
        }
        if std::fs::remove_file(path).is_ok() {
            bytes -= length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOW: StillSettings = StillSettings { seed: 1, steps: 2, guidance: 1.0 };

    fn grey(level: f32) -> Still {
        Still::new(&Picture::new(16, 8, vec![level; 3 * 128]), 7, 2)
    }

    #[test]
    fn a_kept_still_is_found_by_all_that_it_depends_on() {
        let (model, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let open = |weights: &str, size| StillFiles::open(model.path(), weights, Some(cache.path()), size, "".into());
        open("abc", (16, 8)).keep("Gold rings, on black", &grey(0.5), &HOW);
        let found = |files: StillFiles, text: &str, how| files.find(text, &how).is_some();
        let text = "Gold rings, on black";
        assert!(found(open("abc", (16, 8)), text, HOW));
        assert!(!found(open("abd", (16, 8)), text, HOW), "other weights");
        assert!(found(open("abc", (32, 16)), text, HOW), "of another size");
        assert!(!found(open("abc", (16, 16)), text, HOW), "another shape");
        assert!(!found(open("abc", (16, 8)), "gold rings", HOW));
        assert!(!found(open("abc", (16, 8)), text, StillSettings { seed: 2, ..HOW }));
        assert!(!found(open("abc", (16, 8)), text, StillSettings { steps: 3, ..HOW }));
        assert!(!found(open("abc", (16, 8)), text, StillSettings { guidance: 2.0, ..HOW }));
    }

    #[test]
    fn a_models_own_stills_serve_at_any_size_of_their_shape_while_the_weights_are_the_same() {
        let model = tempfile::tempdir().unwrap();
        let folder = model.path().join("stills");
        std::fs::create_dir(&folder).unwrap();
        let index = StillIndex { weights: "abc".into(), width_px: 16, height_px: 8, steps: 4 };
        std::fs::write(folder.join(INDEX), serde_json::to_vec(&index).unwrap()).unwrap();
        write(&folder.join(shipped_name("fire", HOW.seed_of("fire"))), &grey(0.5).picture()).unwrap();
        let found = |weights, size| StillFiles::open(model.path(), weights, None, size, "".into()).find("fire", &HOW);
        let still = found("abc", (32, 16)).unwrap();
        assert_eq!((still.width_px, still.height_px, still.steps), (32, 16, 4));
        assert!(still.pixels[0].abs_diff(128) <= 2);
        assert!(found("abc", (16, 16)).is_none() && found("abd", (16, 8)).is_none());
        std::fs::write(folder.join(shipped_name("fire", HOW.seed_of("fire"))), b"no picture").unwrap();
        assert!(found("abc", (16, 8)).is_none(), "a broken file is passed over");
    }

    #[test]
    fn the_oldest_stills_of_all_models_make_room() {
        let cache = tempfile::tempdir().unwrap();
        let file = |name: &str, age_s: u64| {
            let path = cache.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = std::fs::File::create(&path).unwrap();
            // Sparse: takes no room.
            file.set_len(KEPT_BYTES / 2).unwrap();
            file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(age_s)).unwrap();
            path
        };
        let (oldest, older, newest) = (file("a/1.jpg", 30), file("b/2.jpg", 20), file("a/3.jpg", 10));
        prune(cache.path());
        assert_eq!([oldest, older, newest].map(|path| path.exists()), [false, true, true]);
    }
}
