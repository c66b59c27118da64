//! The `caseload` command.

fn main() {}
