//! Case managers who take no new members only keep their own; so do those on leave where the program file says so.

use crate::program::{Leave, Rules};
use crate::roster::Manager;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, at_work, criterion};

/// Is the manager closed to members who are not with the manager now?
#[must_use]
pub fn bars(rules: &Rules, manager: &Manager) -> bool {
    let program = &rules.program;
    (program.eligibility.accepts_new && !manager.accepts_new)
        || (program.staffing.leave == Leave::NoNew && at_work::is_on_leave(rules, manager))
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let program = &case.pairs.rules.program;
    if !program.eligibility.accepts_new && program.staffing.leave != Leave::NoNew {
        return Findings::default();
    }
    criterion(
        case,
        Obstacle::AcceptsNew,
        "takes-new-members",
        if program.staffing.leave == Leave::NoNew {
            "new members of case managers with accepts_new = no or on leave"
        } else {
            "new members of case managers with accepts_new = no"
        },
        "program file: eligibility.accepts_new",
        "who takes no new members",
    )
}
