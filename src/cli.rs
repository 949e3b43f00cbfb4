//! One file per subcommand.

pub mod dream;
