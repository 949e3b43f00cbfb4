//! `halation check FILE`: everything that is wrong with a show, with line numbers.

use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// The show file.
    file: PathBuf,
}

/// Lists the mistakes.
///
/// # Errors
/// When there are any.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub fn run(args: &Args) -> anyhow::Result<()> {
    let show = crate::show::load(&args.file)?;
    println!(
        "{}: good. {}: {} banks, {} routes, model {}.",
        args.file.display(),
        show.name,
        show.banks.banks.len(),
        show.settings.routes.len(),
        show.model.display()
    );
    Ok(())
}
