//! `halation pack`: a show and all that it needs in one folder, for a USB stick.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, ensure};

use super::answer;
use crate::control::mapping::Library;
use crate::diagnostics;
use crate::show::{self, Show};

#[derive(clap::Args)]
pub struct Args {
    /// The show.
    show: PathBuf,
    /// The new folder; default: the show's name, in the folder where you are.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// What stands in the folder for whoever finds it.
const README: &str = "A show for Halation, and everything that it needs.\n\n\
    On this system: ./halation play SHOW.toml\n\
    Elsewhere: put this folder beside a Halation of that system, and play the show from there.\n";

/// Copies show, model, pictures, mapping and looks; and this program.
///
/// # Errors
/// When the show has mistakes, the folder is there already, or something cannot be copied.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let show = show::load(&args.show)?;
    let stem = args.show.file_stem().unwrap_or_default();
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(stem));
    let shown = out.display();
    ensure!(!out.exists(), "{shown} is there already; name a new folder with --out");
    let name = args.show.file_name().context("the show has no name")?;
    let mut text = diagnostics::read(&args.show).map_err(|says| anyhow::anyhow!("{}: {says}", args.show.display()))?;
    let mut copies = Copies { taken: HashSet::new(), list: Vec::new() };
    for (key, from) in needed(&show) {
        let Some((written, to)) = copies.place(&text, key, &from) else { continue };
        if let Some(written) = written {
            // The path leads out of the folder: the copy's takes its place.
            text = text.replace(&format!("\"{written}\""), &format!("\"{}\"", to.display()));
        }
        copies.list.push((from, to));
    }
    std::fs::create_dir_all(&out).with_context(|| format!("{shown} cannot be made"))?;
    let written = write_all(&out, &copies.list, (name.as_ref(), &text), &args.show);
    if written.is_err() {
        // Half of a show is worse than none.
        let _ = std::fs::remove_dir_all(&out);
    }
    let bytes = written?;
    show::load(&out.join(name))?;
    answer::say(format!(
        "{shown}: {} and all that it needs, {:.0} MB. Copy the folder; ./halation play {} plays it there.",
        show.name,
        bytes as f64 / 1e6,
        Path::new(name).display()
    ))
}

/// Everything that a show names, with the key under which it does.
fn needed(show: &Show) -> Vec<(&'static str, PathBuf)> {
    let mapping = show.mapping.clone().filter(|path| !Library::is_shipped(path));
    let single = [("image", show.image.clone()), ("mapping", mapping), ("rekordbox", show.tempo.rekordbox.clone())];
    let single = single.into_iter().filter_map(|(key, path)| Some((key, path?)));
    let overlays = show.overlays.iter().map(|overlay| ("overlays", overlay.path.clone()));
    std::iter::once(("model", show.model.clone())).chain(single).chain(overlays).collect()
}

/// What is copied where.
struct Copies {
    taken: HashSet<PathBuf>,
    /// From a file or folder to a path below the new folder.
    list: Vec<(PathBuf, PathBuf)>,
}

impl Copies {
    /// Where `from`, which `text` names, goes below the new folder; and the path as written, when the show must name another.
    fn place(&mut self, text: &str, key: &str, from: &Path) -> Option<(Option<String>, PathBuf)> {
        let written = written_path(text, from);
        let plain =
            |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        // A model that is not written is the one in the box.
        let inside = match &written {
            Some(written) => Some(PathBuf::from(written)).filter(|path| plain(path)),
            None => (key == "model").then(|| PathBuf::from("models/spark")),
        };
        let (to, replaced) = match inside {
            Some(inside) => (inside, None),
            None => {
                let name = from.file_name()?;
                let numbered = (1..).map(|n| match n {
                    1 => Path::new("files").join(name),
                    n => Path::new("files").join(format!("{n}-{}", Path::new(name).display())),
                });
                (numbered.into_iter().find(|to| !self.taken.contains(to))?, written)
            }
        };
        self.taken.insert(to.clone()).then_some((replaced, to))
    }
}

/// The string of `text` that means `path`.
fn written_path(text: &str, path: &Path) -> Option<String> {
    let strings = text.split('"').skip(1).step_by(2);
    let mut ends = strings.filter(|string| !string.is_empty() && path.ends_with(string.trim_start_matches("./")));
    ends.next().map(str::to_owned)
}

/// Writes the folder; how many bytes it has.
fn write_all(
    out: &Path,
    copies: &[(PathBuf, PathBuf)],
    (name, text): (&Path, &str),
    show: &Path,
) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for (from, to) in copies {
        bytes += copy(from, &out.join(to))?;
    }
    std::fs::write(out.join(name), text).with_context(|| format!("{} cannot be written", out.join(name).display()))?;
    let looks = show::looks::file_of(show);
    if looks.is_file() {
        bytes += copy(&looks, &show::looks::file_of(&out.join(name)))?;
    }
    let program = std::env::current_exe().context("this program does not know where it is")?;
    let own = if cfg!(windows) { "halation.exe" } else { "halation" };
    bytes += copy(&program, &out.join(own))?;
    std::fs::write(out.join("README.txt"), README.replace("SHOW.toml", &name.display().to_string()))?;
    Ok(bytes)
}

/// Copies a file, or a folder with all in it.
fn copy(from: &Path, to: &Path) -> anyhow::Result<u64> {
    let wrong = || format!("{} cannot be copied to {}", from.display(), to.display());
    if from.is_dir() {
        std::fs::create_dir_all(to).with_context(wrong)?;
        let mut bytes = 0;
        for entry in std::fs::read_dir(from).with_context(wrong)? {
            let entry = entry.with_context(wrong)?;
            bytes += copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(bytes);
    }
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).with_context(wrong)?;
    }
    std::fs::copy(from, to).with_context(wrong)
}
