//! `halation check FILE`: everything that is wrong with a show or a mapping, with line numbers.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::control::mapping::Mapping;

#[derive(clap::Args)]
pub struct Args {
    /// The show file, or the mapping file of a controller.
    file: PathBuf,
}

/// Lists the mistakes.
///
/// # Errors
/// When there are any.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub fn run(args: &Args) -> anyhow::Result<()> {
    let path = args.file.display();
    if is_mapping(&args.file) {
        let mapping = Mapping::load(&args.file)?;
        println!("{path}: good. {} plays {} parameters.", mapping.name, mapping.targets().count());
        return Ok(());
    }
    let show = crate::show::load(&args.file)?;
    if let Some(mapping) = &show.mapping {
        Mapping::load(mapping).with_context(|| format!("{path}: its mapping cannot be used"))?;
    }
    println!(
        "{path}: good. {}: {} banks, {} routes, model {}.",
        show.name,
        show.banks.banks.len(),
        show.settings.routes.len(),
        show.model.display()
    );
    Ok(())
}

/// A mapping has controls, a show has banks; what has neither is read as a show.
fn is_mapping(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let starts = |words: &[&str]| text.lines().any(|line| words.iter().any(|word| line.trim_start().starts_with(word)));
    starts(&["[[control]]", "control =", "[[shift]]"]) && !starts(&["[[bank]]"])
}
