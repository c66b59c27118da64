//! Every member has a case manager, but those nobody may take and, where the settings allow it, those left unserved.

use crate::ids::MemberIx;
use crate::verify::rules::{Case, Findings, State, none_allowed};
use crate::verify::violation::{Violation, ViolationCode};

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let without = |state: &State| state.assignment.iter().filter(|manager| manager.is_none()).count();
    let outcome = none_allowed(
        "every-member-has-a-case-manager",
        without(case.before),
        without(case.after),
        "members without a case manager",
        "built in",
    );
    let missed = |member: &MemberIx| {
        case.after.assignment[member.at()].is_none()
            && case.units.is_placeable(*member)
            && !case.pairs.rules.allow_unserved
    };
    let violation = |member: MemberIx| {
        let detail = format!(
            "member {} has no case manager, although there are some who may take the member",
            case.member_id(member)
        );
        Violation::new(ViolationCode::Coverage, detail).member(member)
    };
    Findings {
        outcomes: vec![outcome],
        violations: case.pairs.roster.member_indices().filter(missed).map(violation).collect(),
    }
}
