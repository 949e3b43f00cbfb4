//! `halation import deforum FILE --out show.toml`: a show of Deforum's settings, to be edited, and what became of each.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use super::answer;
use crate::deforum::{self, ImportOptions, Imported};
use crate::disk::{self, Durable};
use crate::show;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    from: From,
}

#[derive(clap::Subcommand)]
enum From {
    /// A settings file of Deforum: of its web UI, v0.5 to 0.7, Studio or a fork.
    Deforum(DeforumArgs),
}

#[derive(clap::Args)]
struct DeforumArgs {
    /// The settings file.
    file: PathBuf,
    /// Where the show is written; without it only the report is.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Fit all frames to so many bars.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096), conflicts_with = "by_fps")]
    bars: Option<u32>,
    /// Let frames follow seconds, at the file's own rate, instead of beats.
    #[arg(long)]
    by_fps: bool,
    /// Folder of the model that the show dreams with.
    #[arg(long, value_name = "DIR", default_value = "models/spark")]
    model: String,
}

/// Makes the show, and prints the report.
///
/// # Errors
/// When the file is no settings file, or the show cannot be written.
pub fn run(args: Args) -> anyhow::Result<()> {
    let From::Deforum(args) = args.from;
    let bytes = std::fs::read(&args.file).with_context(|| format!("{}: it cannot be read", args.file.display()))?;
    let file = deforum::read_bytes(&bytes).map_err(|says| anyhow::anyhow!("{}: {says}", args.file.display()))?;
    let name = args.file.file_stem().map_or_else(|| "settings".into(), |stem| stem.to_string_lossy().into_owned());
    let folder = args.file.parent().unwrap_or(Path::new("")).to_owned();
    let how = ImportOptions { name, bars: args.bars, by_fps: args.by_fps, model: args.model, folder };
    let Imported { show, report } = deforum::import(&file, &how);
    let out = args.out.as_deref();
    let written = out.map(|out| write(&show, out)).transpose()?;
    answer::say(deforum::report_text(&report).trim_end())?;
    answer::say(match (out, written) {
        (Some(out), Some(false)) => {
            format!("{} is written; mend what is said above, and `halation play {0}` plays it.", out.display())
        }
        (Some(out), Some(true)) => format!("{} is written; `halation play {0}` plays it.", out.display()),
        _ => {
            format!("`halation play {}` plays it as it is; --out FILE.toml makes a show to edit.", args.file.display())
        }
    })
}

/// Writes the show where nothing of the performer's stands yet; whether it plays as it is.
fn write(text: &str, out: &Path) -> anyhow::Result<bool> {
    let named = out.extension().is_some_and(|ending| ending == "toml");
    ensure!(named, "{}: a show is called .toml; name it so", out.display());
    ensure!(!out.exists(), "{}: there is a file already; name another", out.display());
    let read = show::parse(text, out);
    if let Err(mistakes) = &read {
        let says = crate::diagnostics::list(&out.display().to_string(), mistakes);
        tracing::warn!("not all of it can be played as it is; mend these lines:\n{says}");
    }
    disk::write(out, Durable::Now, |file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{}: it cannot be written; is its folder there?", out.display()))?;
    Ok(read.is_ok())
}
