//! Resolves the path given as a model to a diffusers folder, and recognises files that are not what their name says.
//!
//! Used while loading and by `check`. Folders of the Hugging Face cache are followed to their one snapshot.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::config::autoencoder::VaeConfig;
use super::error::LoadError;

const INDEX: &str = "model_index.json";

/// The diffusers folder that `named` means: itself, or the snapshot in a folder of the Hugging Face cache.
///
/// # Errors
/// What `named` is instead, and what to do about it.
pub fn find(named: &Path) -> Result<PathBuf, LoadError> {
    if named.is_file() {
        return Err(LoadError::NotAFolder { path: named.to_owned(), what: what_file(named) });
    }
    if !named.is_dir() {
        return Err(LoadError::NoFolder(named.to_owned()));
    }
    if named.join(INDEX).is_file() {
        return Ok(named.to_owned());
    }
    if let Some(snapshot) = snapshot(named)? {
        return Ok(snapshot);
    }
    Err(LoadError::NotDiffusers { path: named.to_owned(), hint: hint(named) })
}

/// Pixels along a side of one latent of the model at `named`; `None` when that cannot be read.
#[must_use]
pub fn latent_scale(named: &Path) -> Option<usize> {
    let folder = find(named).ok()?;
    Some(VaeConfig::read(&folder.join("vae/config.json")).ok()?.latent_scale())
}

/// Folders of a pipeline that decide what it draws.
const PARTS: [&str; 6] = ["scheduler", "text_encoder", "text_encoder_2", "tokenizer", "unet", "vae"];
/// Formats of what a pipeline reads: backups and a desktop's own files do not count.
const FORMATS: [&str; 3] = ["json", "safetensors", "txt"];
/// Of a file, so many blocks, evenly spread, are read for the fingerprint: training changes every one.
const BLOCKS: u64 = 256;
const BLOCK_BYTES: u64 = 4096;

/// SHA-256 in hexadecimal of what the model at `named` consists of: names, lengths and samples of its files. Two
/// models with the same fingerprint draw the same pictures.
///
/// # Errors
/// When there is no model or one of its files cannot be read.
pub fn fingerprint(named: &Path) -> Result<String, LoadError> {
    let folder = find(named)?;
    let mut hash = Sha256::new();
    for part in PARTS {
        let Ok(entries) = std::fs::read_dir(folder.join(part)) else { continue };
        let counts = |path: &PathBuf| path.extension().is_some_and(|e| FORMATS.iter().any(|format| e == *format));
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(counts).collect();
        paths.sort();
        for path in paths {
            let name = path.strip_prefix(&folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            hash.update(name.as_bytes());
            sample(&path, &mut hash).map_err(|source| LoadError::Unreadable { path, source })?;
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Adds the length and samples of the file at `path`.
fn sample(path: &Path, hash: &mut Sha256) -> std::io::Result<()> {
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    hash.update(length.to_le_bytes());
    let apart = (length / BLOCKS).max(BLOCK_BYTES);
    let mut block = Vec::with_capacity(BLOCK_BYTES as usize);
    for start in (0..length).step_by(apart as usize) {
        block.clear();
        file.seek(SeekFrom::Start(start))?;
        file.by_ref().take(BLOCK_BYTES).read_to_end(&mut block)?;
        hash.update(&block);
    }
    Ok(())
}

/// In a folder of the cache (`models--owner--name`): the snapshot that `refs/main` names, or the only one.
fn snapshot(cache: &Path) -> Result<Option<PathBuf>, LoadError> {
    let snapshots = cache.join("snapshots");
    if !snapshots.is_dir() {
        return Ok(None);
    }
    let whole = |folder: &PathBuf| folder.join(INDEX).is_file();
    let main = std::fs::read_to_string(cache.join("refs/main")).ok().map(|hash| snapshots.join(hash.trim()));
    if let Some(main) = main.filter(whole) {
        return Ok(Some(main));
    }
    let mut found: Vec<PathBuf> = folders_in(&snapshots).into_iter().filter(whole).collect();
    let hint = match found.len() {
        1 => return Ok(found.pop()),
        0 => "it is a folder of the Hugging Face cache without a whole snapshot; download the model again, completely"
            .to_owned(),
        _ => format!(
            "it is a folder of the Hugging Face cache with several snapshots; name one, such as {}",
            found[0].display()
        ),
    };
    Err(LoadError::NotDiffusers { path: cache.to_owned(), hint })
}

/// What a folder without an index might be, and which path was probably meant.
fn hint(folder: &Path) -> String {
    let parent = folder.parent().filter(|parent| parent.join(INDEX).is_file());
    if let Some(parent) = parent {
        return format!("it is one part of a model; name {}", parent.display());
    }
    let inside = folders_in(folder);
    if let Some(model) = inside.iter().find(|inner| inner.join(INDEX).is_file() || inner.join("snapshots").is_dir()) {
        return format!("a model lies inside it; name {}", model.display());
    }
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut checkpoints = files.filter(|path| path.extension().is_some_and(|e| e == "safetensors" || e == "ckpt"));
    match checkpoints.next() {
        Some(file) => format!("{} in it is a single checkpoint; {CONVERT}", file.display()),
        None => "name a folder as diffusers writes it, for example models/spark".to_owned(),
    }
}

const CONVERT: &str = "convert it once, in Python: from diffusers import StableDiffusionPipeline; \
                       StableDiffusionPipeline.from_single_file(\"FILE\").save_pretrained(\"FOLDER\")";

/// What the file named as a model is, and what to do.
fn what_file(path: &Path) -> String {
    let start = start_of(path);
    let component = path.parent().and_then(Path::parent).filter(|model| model.join(INDEX).is_file());
    if path.file_name().is_some_and(|name| name == INDEX) {
        return "is a file of a model; name the folder it is in".to_owned();
    }
    if let Some(model) = component {
        return format!("is one file of a model; name its folder, {}", model.display());
    }
    match what_instead(&start) {
        Some(what) => format!("is {what}"),
        None if is_safetensors(&start) => {
            format!("is a single checkpoint, and models are played from folders; {CONVERT}")
        }
        None if is_pickled(&start) => {
            format!("is a single checkpoint of pickled weights, and models are played from folders; {CONVERT}")
        }
        None if start.starts_with(b"GGUF") => {
            "is a GGUF file, which is not read; use the model's diffusers folder with safetensors".to_owned()
        }
        None => "is a file; name a model's folder as diffusers writes it, for example models/spark".to_owned(),
    }
}

/// Recognises, from its first bytes, a file that was not really downloaded (LFS pointer, web page, server's refusal,
/// empty): what it is and what to do. `None` for any other file.
#[must_use]
pub fn what_instead(start: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(start).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    if start.is_empty() {
        return Some("empty; the download did not finish, fetch it again");
    }
    if begins(&["version https://git-lfs"]) {
        return Some("a Git LFS pointer and not the file itself; run `git lfs pull` in its folder");
    }
    if begins(&["<!doctype", "<html", "<head", "<?xml"]) {
        return Some("a web page and not the file; download the file itself, logged in where the page asks for it");
    }
    if begins(&["entry not found", "repository not found", "access to model", "invalid username", "unauthorized"]) {
        return Some("a server's refusal and not the file; log in there, accept the model's terms, download it again");
    }
    None
}

/// The same for weights, where the format has a beginning of its own.
#[must_use]
pub fn what_instead_of_weights(path: &Path) -> Option<&'static str> {
    let start = start_of(path);
    let text = || start.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 32..=126));
    match what_instead(&start) {
        None if is_safetensors(&start) => None,
        None if is_pickled(&start) => {
            Some("pickled weights under a safetensors name; use the model's safetensors version")
        }
        None if text() => Some("text and not weights; download it again"),
        found => found,
    }
}

/// A length of the header, then the header, which is JSON.
fn is_safetensors(start: &[u8]) -> bool {
    start.get(8) == Some(&b'{')
}

/// PyTorch writes a ZIP archive, and used to write a bare pickle.
fn is_pickled(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || (start.first() == Some(&0x80) && matches!(start.get(1), Some(2..=5)))
}

/// The first bytes of a file; none where it cannot be read.
fn start_of(path: &Path) -> Vec<u8> {
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(256).read_to_end(&mut start));
    read.map_or_else(|_| Vec::new(), |_| start)
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
