//! `halation params`: the parameter table, for people or (`--json`) for programs.

use super::answer;
use crate::param;

#[derive(clap::Args)]
pub struct Args {
    /// A list of rows with id, type, min, max, values, default, unit, class and doc.
    #[arg(long)]
    json: bool,
}

/// Prints the table.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if args.json {
        answer::say(serde_json::to_string_pretty(&param::json())?)
    } else {
        answer::say(param::markdown().trim_end())
    }
}
