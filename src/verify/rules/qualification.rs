//! Every qualification the program file requires is held by the case manager.

use crate::program::Eligibility;
use crate::roster::Manager;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// Does the manager lack a required qualification?
#[must_use]
pub fn bars(eligibility: &Eligibility, manager: &Manager) -> bool {
    let held = |wanted: &String| manager.qualifications.iter().any(|held| **held == **wanted);
    !eligibility.qualification.required.iter().all(held)
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    if case.pairs.rules.program.eligibility.qualification.required.is_empty() {
        return Findings::default();
    }
    criterion(
        case,
        Obstacle::Qualification,
        "qualification-held",
        "members whose case manager lacks a required qualification",
        "program file: eligibility.qualification",
        "who lacks a required qualification",
    )
}
