//! `halation touchosc`: a layout for the tablet, with every parameter.

use std::path::PathBuf;

use anyhow::{Context, ensure};

use super::answer;
use crate::control::touchosc;
use crate::disk::{self, Durable};

#[derive(clap::Args)]
pub struct Args {
    /// Where to write the layout; its name ends in .tosc.
    #[arg(long, default_value = "halation.tosc", value_name = "FILE")]
    out: PathBuf,
    /// Port on which TouchOSC listens, its "receive port".
    #[arg(long, default_value_t = 9001, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    receive_port: u16,
}

/// Writes it.
///
/// # Errors
/// When it cannot be written.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let path = args.out.display();
    let is_layout = args.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tosc"));
    ensure!(is_layout, "{path}: TouchOSC opens files that end in .tosc; name it so");
    ensure!(!args.out.exists(), "{path} is there already, perhaps with changes of yours; name another with --out");
    let bytes = touchosc::layout(args.receive_port)?;
    disk::write(&args.out, Durable::Now, |file| file.write_all(&bytes))
        .with_context(|| format!("{path}: cannot be written; name another place with --out"))?;
    answer::say(format!(
        "{path}: open it in TouchOSC. Connections, OSC, UDP: host this machine, send port 9000, receive port {}. Play with \
         --osc lan.",
        args.receive_port
    ))
}
