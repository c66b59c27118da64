//! Members who were moved not long ago are not moved again, wherever the present case manager is still allowed.

use crate::program::Rules;
use crate::program::rules::whole_months;
use crate::roster::Member;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// Is the member's last change too recent for another one?
#[must_use]
pub fn applies(rules: &Rules, member: &Member) -> bool {
    let apart = rules.program.moves.min_months_between;
    member.case.last_moved_on.is_some_and(|last| whole_months(last, rules.effective_on) < apart)
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    if case.pairs.rules.program.moves.min_months_between == 0 {
        return Findings::default();
    }
    criterion(
        case,
        Obstacle::MovedAgain,
        "moved-again",
        "members who lose a case manager who is still allowed too soon after their last change",
        "program file: moves.min_months_between",
        "but changed case manager too short a time ago",
    )
}
