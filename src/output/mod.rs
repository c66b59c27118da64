//! One file a format: what is written to disk.
//!
//! Only what the verifier has judged gets here: every function takes a [`Plan`]. This room decides how numbers and
//! words look, never what they are.

#[cfg(feature = "letters")]
pub mod briefings;
pub mod csv;
pub mod decisions;
pub mod figures;
pub mod folder;
pub mod handoff;
pub mod hiring;
pub mod html;
pub mod ics;
pub mod json;
pub mod one_file;
pub mod page;
pub mod simulation;
pub mod solver_files;
#[cfg(feature = "letters")]
pub mod state_report;
pub mod summary;
pub mod sweep;
pub mod work;
pub mod xlsx;

pub use folder::{Staged, StagedFile, WriteError};

use crate::plan::Plan;
use crate::program::Rules;
use crate::roster::Roster;
use crate::whatif::hiring::Curve;

/// A plan on its way into a folder, with what it was made from.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// The roster.
    pub roster: &'a Roster,
    /// The rules.
    pub rules: &'a Rules,
    /// The plan.
    pub plan: &'a Plan,
    /// Its id ([`crate::plan::identity::plan_id`]).
    pub plan_id: &'a str,
    /// Names and SHA-256 of the input files.
    pub inputs: &'a [(String, String)],
    /// What hires would change, when that was asked.
    pub hiring: Option<&'a Curve>,
}

/// Writes everything of a plan folder but letters and timings: the tables, `plan.json`, `certificate.json` and, unless
/// `report` is false, `report.html`.
///
/// # Errors
/// When a file cannot be written: then the staged folder is to be dropped.
pub fn write_plan(staged: &Staged, published: &Published<'_>, report: bool) -> Result<(), WriteError> {
    csv::write(staged, published.roster, published.plan)?;
    json::write(staged, published)?;
    if report {
        html::write(staged, published)?;
    }
    Ok(())
}
