//! Members of the class `must_keep` stay wherever the present case manager is still allowed.

use crate::cost::continuity::class_of;
use crate::program::{ContinuityClass, Rules};
use crate::roster::Member;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// Is the member of the class?
#[must_use]
pub fn applies(rules: &Rules, member: &Member) -> bool {
    class_of(rules, member) == ContinuityClass::MustKeep
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    if !case.pairs.rules.program.continuity.iter().any(|rule| rule.class == ContinuityClass::MustKeep) {
        return Findings::default();
    }
    criterion(
        case,
        Obstacle::MustKeep,
        "must-keep",
        "members of the class must_keep who lose a case manager who is still allowed",
        "program file: continuity, class must_keep",
        "but must stay with the present one",
    )
}
