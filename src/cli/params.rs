//! `halation params`: the parameter table, for people or (`--json`) for programs.

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
/// Never, but every subcommand returns the same type.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub fn run(args: &Args) -> anyhow::Result<()> {
    if args.json {
        println!("{}", serde_json::to_string_pretty(&param::json())?);
    } else {
        print!("{}", param::markdown());
    }
    Ok(())
}
