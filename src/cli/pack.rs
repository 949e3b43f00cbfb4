//! `halation pack`: a show and all that it needs in one folder, for a USB stick.

use std::collections::BTreeMap;
use std::ops::Range;
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
    ensure!(
        !show::is_settings(&args.show),
        "{0}: settings of Deforum are packed as a show: `halation import deforum {0} --out SHOW.toml`, and pack that",
        args.show.display()
    );
    let show = show::load(&args.show)?;
    let stem = args.show.file_stem().unwrap_or_default();
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(stem));
    let shown = out.display().to_string();
    ensure!(!out.exists(), "{shown} is there already; name a new folder with --out");
    let name = args.show.file_name().context("the show has no name")?;
    let text = diagnostics::read(&args.show).map_err(|says| anyhow::anyhow!("{}: {says}", args.show.display()))?;
    let copies = Copies::of(&show, &args.show, &text)?;
    let edited = copies.edited(&text);
    let out = std::fs::create_dir_all(&out).and_then(|()| std::fs::canonicalize(&out));
    let out = out.with_context(|| format!("{shown} cannot be made"))?;
    let here = std::env::current_dir()?;
    let packed = write_all(&out, &copies, (name.as_ref(), &edited), &args.show)
        .and_then(|bytes| plays_alone(&out, name.as_ref()).map(|()| bytes));
    std::env::set_current_dir(here)?;
    if packed.is_err() {
        // Half of a show is worse than none.
        let _ = std::fs::remove_dir_all(&out);
    }
    let megabytes = packed? as f64 / 1e6;
    let stick = if show.tempo.rekordbox.is_some() { " The DJ's rekordbox stick stays where it is." } else { "" };
    let (title, file) = (&show.name, Path::new(name).display());
    answer::say(format!(
        "{shown}: {title} and all that it needs, {megabytes:.0} MB. Copy the folder; ./halation play {file} plays it there.{stick}"
    ))
}

/// What is copied where, and which words of the show change.
struct Copies {
    /// From a file or folder to a path below the new folder.
    list: Vec<(PathBuf, PathBuf)>,
    /// Places in the show's text, and what stands there instead.
    edits: Vec<(Range<usize>, String)>,
}

impl Copies {
    /// Everything that `text`, the show at `path`, names.
    fn of(show: &Show, path: &Path, text: &str) -> anyhow::Result<Self> {
        let tree: BTreeMap<String, toml::Spanned<toml::Value>> =
            toml::from_str(text).with_context(|| format!("{} cannot be read", path.display()))?;
        let mut new = Self { list: Vec::new(), edits: Vec::new() };
        if !tree.contains_key("model") {
            new.list.push((show.model.clone(), PathBuf::from("models/spark")));
        }
        for key in ["model", "image", "mask", "overlay", "mapping"] {
            let Some((value, written)) = tree.get(key).and_then(|v| Some((v, v.get_ref().as_str()?))) else { continue };
            if key == "mapping" && Library::is_shipped(Path::new(written)) {
                continue;
            }
            // What the name of a model leads to may lie deeper than it says.
            let from = if key == "model" { show.model.clone() } else { show::resolve(path, written) };
            let to = new.place(Path::new(written));
            if to != Path::new(written) {
                new.edits.push((value.span(), toml::Value::from(to.display().to_string()).to_string()));
            }
            new.list.push((from, to));
        }
        // Guides come along where the show names them from its own folder; others are said at the end.
        let guides = tree.get("guide").and_then(|list| list.get_ref().as_array()).into_iter().flatten();
        for written in guides.filter_map(|guide| guide.get("image")?.as_str()) {
            if new.place(Path::new(written)) == Path::new(written) {
                new.list.push((show::resolve(path, written), PathBuf::from(written)));
            }
        }
        Ok(new)
    }

    /// Where what is called `written` goes: there, or among `files/` when that leads out of the folder.
    fn place(&self, written: &Path) -> PathBuf {
        if written.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return written.to_owned();
        }
        let name = written.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let names = std::iter::once(name.clone()).chain((2..).map(|n| format!("{n}-{name}")));
        let places = names.map(|name| Path::new("files").join(name));
        let is_free = |to: &PathBuf| !self.list.iter().any(|(_, taken)| taken == to);
        places.into_iter().find(is_free).unwrap_or_default()
    }

    fn edited(&self, text: &str) -> String {
        let mut edits = self.edits.clone();
        edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
        edits.into_iter().fold(text.to_owned(), |mut text, (at, new)| {
            text.replace_range(at, &new);
            text
        })
    }
}

/// Whether the packed show needs nothing from outside its folder.
fn plays_alone(out: &Path, name: &Path) -> anyhow::Result<()> {
    std::env::set_current_dir(out).with_context(|| format!("{} cannot be entered", out.display()))?;
    let show = show::load(name)?;
    let named = [Some(show.model), show.image, show.mapping.filter(|mapping| !Library::is_shipped(mapping))];
    let overlays = show.overlays.into_iter().map(|overlay| overlay.path);
    let guides = show.guides.into_iter().map(|guide| guide.image).chain(show.mask);
    for path in named.into_iter().flatten().chain(overlays).chain(guides) {
        let inside = std::fs::canonicalize(&path).is_ok_and(|path| path.starts_with(out));
        ensure!(inside, "{} would not come along; put it beside the show and name it from there", path.display());
    }
    Ok(())
}

/// Writes the folder; how many bytes it has.
fn write_all(out: &Path, copies: &Copies, (name, text): (&Path, &str), show: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for (from, to) in &copies.list {
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
