//! `halation stills`: the stills of a show's texts, to lie in a model's folder. Runs on the main thread.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use indicatif::ProgressIterator;

use super::text_painter::TextPainter;
use crate::app::picture_size::{self, WIDE};
use crate::diffusion::folder;
use crate::disk::{self, Durable};
use crate::dream::still_files::{INDEX, StillIndex, shipped_name, write};
use crate::dream::{Bank, StillSettings};
use crate::show;

/// Makes the stills.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Show file.
    #[arg(default_value = "mappings/shows/first-light.toml")]
    pub show: PathBuf,
    /// Denoising calls a picture.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub steps: usize,
    /// Folder to write to [default: stills, in the folder of the show's model].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Makes a still of every calm and peak text, and the index that names the weights.
///
/// # Errors
/// One sentence for a show, a model or a folder that cannot be used.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if !(1..=50).contains(&args.steps) {
        bail!("--steps {} is out of range; use 1 to 50", args.steps);
    }
    let show = show::load(&args.show)?;
    let model = folder::find(&show.model)?;
    let out = args.out.clone().unwrap_or_else(|| model.join("stills"));
    let cannot = || format!("--out {} cannot be written; choose another", out.display());
    std::fs::create_dir_all(&out).with_context(cannot)?;
    let asked = show.picture_px.map(|(width, height)| (width as usize, height as usize));
    let mut painter =
        TextPainter::new(&model, &show, |pipeline| asked.unwrap_or_else(|| picture_size::stepped(pipeline, WIDE)))?;
    painter.steps = args.steps;
    let how = StillSettings::of(&show.settings.starting_values());
    let texts: BTreeSet<&str> = show.banks.banks.iter().flat_map(Bank::texts).map(|text| &**text).collect();
    let mut named = BTreeSet::new();
    for text in texts.iter().progress() {
        let seed = how.seed_of(text);
        let name = shipped_name(text, seed);
        write(&out.join(&name), &painter.picture(text, seed)?).with_context(cannot)?;
        named.insert(name);
    }
    let weights = folder::fingerprint(&model)?;
    if std::fs::read(out.join(INDEX)).is_ok_and(|index| is_of_other_weights(&index, &weights)) {
        remove_others(&out, &named);
    }
    let (width, height) = painter.size_px;
    // Last: stills without an index that fits are not shown.
    let index = StillIndex { weights, width_px: width as u32, height_px: height as u32, steps: args.steps as u32 };
    let json = serde_json::to_string_pretty(&index)? + "\n";
    disk::write(&out.join(INDEX), Durable::Now, |file| file.write_all(json.as_bytes())).with_context(cannot)?;
    tracing::info!("{} stills of {width} x {height} in {}", texts.len(), out.display());
    Ok(())
}

/// Whether `index` is an index of stills that the model of `weights` did not make: nobody shows them any more. Those of
/// the same weights may be another show's.
fn is_of_other_weights(index: &[u8], weights: &str) -> bool {
    serde_json::from_slice::<StillIndex>(index).is_ok_and(|index| index.weights != weights)
}

/// Removes the pictures in a folder of stills other than those `named`. What cannot be removed is left.
fn remove_others(folder: &Path, named: &BTreeSet<String>) {
    for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".jpg") && !named.contains(&name) && std::fs::remove_file(file.path()).is_ok() {
            tracing::info!("{name} is of other weights: removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stills_in_the_box_are_of_its_weights_and_of_every_text_of_the_first_show() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let model = root.join("models/spark");
        let remake = "make them anew: target/debug/halation stills; remove what is of no text";
        let index: StillIndex =
            serde_json::from_slice(&std::fs::read(model.join("stills").join(INDEX)).unwrap()).unwrap();
        assert_eq!(index.weights, folder::fingerprint(&model).unwrap(), "of other weights; {remake}");
        let show = show::load(&root.join("mappings/shows/first-light.toml")).unwrap();
        let how = StillSettings::of(&show.settings.starting_values());
        let texts = show.banks.banks.iter().flat_map(Bank::texts);
        let named: BTreeSet<String> = texts.map(|text| shipped_name(text, how.seed_of(text))).collect();
        let files = std::fs::read_dir(model.join("stills")).unwrap().flatten();
        let there: BTreeSet<String> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        let missing: Vec<_> = named.difference(&there).collect();
        let spare: Vec<_> = there.difference(&named).filter(|name| *name != INDEX).collect();
        assert!(missing.is_empty() && spare.is_empty(), "missing {missing:?}, of no text {spare:?}; {remake}");
    }

    #[test]
    fn only_stills_of_other_weights_are_removed() {
        let index = |weights: &str| {
            let index = StillIndex { weights: weights.into(), width_px: 16, height_px: 8, steps: 4 };
            serde_json::to_vec(&index).unwrap()
        };
        assert!(is_of_other_weights(&index("abc"), "abd"));
        assert!(!is_of_other_weights(&index("abc"), "abc"), "they may be another show's");
        assert!(!is_of_other_weights(b"{\"title\": \"holiday\"}", "abc"), "somebody's pictures");
    }
}
