//! Decisions people already took: keep, assign, forbid. They outrank every criterion but being at work.

use crate::ids::{ManagerIx, MemberIx};
use crate::verify::decisions::Pin;
use crate::verify::pairs::{Obstacle, Pairs};
use crate::verify::rules::{Case, Findings, State, none_allowed};
use crate::verify::violation::{Violation, ViolationCode};

/// Judges a plan.
///
/// A pinned member may be left unserved only where members may be at all (`allow_unserved`): the row then counts the
/// decision as not obeyed, but the plan stands. Contradictory decisions are always a violation.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let decisions = &case.pairs.decisions;
    if decisions.pins.is_empty() && decisions.forbids.is_empty() {
        return Findings::default();
    }
    let not_obeyed = |state: &State| {
        let with = |member: MemberIx, manager: ManagerIx| state.assignment[member.at()] == Some(manager);
        decisions.pins.iter().filter(|pin| !with(pin.member, pin.manager)).count()
            + decisions.forbids.iter().filter(|&&(member, manager)| with(member, manager)).count()
    };
    let outcome = none_allowed(
        "decisions-obeyed",
        not_obeyed(case.before),
        not_obeyed(case.after),
        "decisions holding on the effective date that are not obeyed",
        "built in: decisions.csv",
    );
    let mut violations: Vec<Violation> = Vec::new();
    for (member, manager) in case.after.barred(Obstacle::Forbidden) {
        let detail = format!(
            "member {} is with case manager {}, which is forbidden",
            case.member_id(member),
            case.manager_id(manager)
        );
        violations.push(Violation::new(ViolationCode::Forbid, detail).member(member).manager(manager));
    }
    for (member, manager) in case.after.barred(Obstacle::PinnedElsewhere) {
        if let Some(pin) = decisions.pinned_elsewhere(member, manager) {
            violations.push(not_kept(case, pin, &format!("is with {}", case.manager_id(manager))));
        }
    }
    for &pin in &decisions.pins {
        if case.after.assignment[pin.member.at()].is_none() && contradicted(case.pairs, pin) {
            violations.push(not_kept(case, pin, "has nobody: the decisions about the member cannot all be obeyed"));
        }
    }
    Findings { outcomes: vec![outcome], violations }
}

fn not_kept(case: &Case<'_>, pin: Pin, instead: &str) -> Violation {
    let (code, verb) = if pin.keep { (ViolationCode::Keep, "stay with") } else { (ViolationCode::Assign, "go to") };
    let (who, whom) = (case.member_id(pin.member), case.manager_id(pin.manager));
    let detail = format!("member {who} was to {verb} case manager {whom} but {instead}");
    Violation::new(code, detail).member(pin.member).manager(pin.manager)
}

/// Can the pin not be obeyed together with the other decisions and the dates of managers.csv?
fn contradicted(pairs: &Pairs<'_>, pin: Pin) -> bool {
    !pairs.at_work(pin.manager)
        || pairs.decisions.forbids(pin.member, pin.manager)
        || pairs.decisions.pinned_elsewhere(pin.member, pin.manager).is_some()
}
