//! The `caseload` command.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use caseload::cli::{Cli, Exit, run, terminal::Terminal};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A panic has told where it is from; what is left is the status that promises a defect, not an answer.
    let exit = catch_unwind(AssertUnwindSafe(|| run(cli, &mut Terminal::default()))).unwrap_or(Exit::Bug);
    ExitCode::from(exit as u8)
}
