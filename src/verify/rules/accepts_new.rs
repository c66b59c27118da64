//! Case managers who take no new members only keep their own.

use crate::program::Eligibility;
use crate::roster::Manager;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// Is the manager closed to members who are not with the manager now?
#[must_use]
pub fn bars(eligibility: &Eligibility, manager: &Manager) -> bool {
    eligibility.accepts_new && !manager.accepts_new
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    if !case.pairs.rules.program.eligibility.accepts_new {
        return Findings::default();
    }
    criterion(
        case,
        Obstacle::AcceptsNew,
        "takes-new-members",
        "new members of case managers with accepts_new = no",
        "program file: eligibility.accepts_new",
        "who takes no new members",
    )
}
