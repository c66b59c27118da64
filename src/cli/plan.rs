//! `caseload plan`

use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
///
/// # Errors
/// Not written yet.
pub fn run(_args: &Args, _terminal: &mut Terminal) -> Result<Exit, Failure> {
    Err(Failure::Usage("`plan` is not written yet".to_owned()))
}
