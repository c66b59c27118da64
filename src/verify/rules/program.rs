//! Members of a program go to case managers who serve it, where the program file requires that.

use crate::program::{Eligibility, ProgramRule};
use crate::roster::{Manager, Member};
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// Does the manager list programs, and not the member's? A blank on either side bars nobody.
#[must_use]
pub fn bars(eligibility: &Eligibility, member: &Member, manager: &Manager) -> bool {
    if eligibility.program.rule != ProgramRule::Required || manager.programs.is_empty() {
        return false;
    }
    member.program.as_ref().is_some_and(|wanted| !manager.programs.contains(wanted))
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    if case.pairs.rules.program.eligibility.program.rule != ProgramRule::Required {
        return Findings::default();
    }
    criterion(
        case,
        Obstacle::Program,
        "program-served",
        "members whose case manager does not serve their program",
        "program file: eligibility.program",
        "who does not serve the member's program",
    )
}
