//! The `caseload` command.

use std::process::ExitCode;

use caseload::cli::{Cli, run, terminal::Terminal};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let exit = run(cli, &mut Terminal::default());
    ExitCode::from(exit as u8)
}
