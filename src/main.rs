//! The `halation` binary: parse, run, exit code.

fn main() {}
