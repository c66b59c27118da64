//! The `caseload` command.

use std::panic;
use std::process::ExitCode;

use caseload::cli::{Cli, Exit, run, terminal::Terminal};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A defect is told in two lines and exits with 70. What it was about may be personal, so only the place is told.
    panic::set_hook(Box::new(|defect| {
        let place = defect.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
        Terminal::default().note(&format!(
            "error: a check inside the program failed{place}.\nThis is a defect of the product. Nothing was written."
        ));
    }));
    let exit = panic::catch_unwind(|| run(cli, &mut Terminal::default())).unwrap_or(Exit::Bug);
    ExitCode::from(exit as u8)
}
