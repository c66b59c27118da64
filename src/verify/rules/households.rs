//! Members who belong together end under one case manager, or all under none.

use crate::ids::{ManagerIx, MemberIx};
use crate::program::HouseholdRule;
use crate::verify::rules::{Case, Findings, State, none_allowed};
use crate::verify::violation::{Violation, ViolationCode};

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let how = match case.pairs.rules.program.households.rule {
        HouseholdRule::Off => return Findings::default(),
        HouseholdRule::KeepTogether => "households split that share a case manager now; decisions may split them",
        HouseholdRule::Join => "households not all under one case manager; decisions may split them",
    };
    let count = |state: &State| case.units.units.iter().filter(|unit| is_split(state, unit)).count();
    let outcome = none_allowed(
        "households-together",
        count(case.before),
        count(case.after),
        how,
        "program file: households.rule",
    );
    // A member left out although somebody could take the unit is a matter of coverage, and reported there.
    let broken = |(at, unit): &(usize, &Vec<MemberIx>)| {
        let mut ends = ends(case.after, unit);
        if case.units.placeable[*at] && !case.pairs.rules.allow_unserved {
            ends.retain(Option::is_some);
        }
        ends.len() > 1
    };
    let violation = |(_, unit): (usize, &Vec<MemberIx>)| {
        let ids: Vec<&str> = unit.iter().map(|&member| case.member_id(member)).collect();
        Violation::new(ViolationCode::Household, format!("members {} belong together but are split", ids.join(", ")))
            .member(unit[0])
    };
    Findings {
        outcomes: vec![outcome],
        violations: case.units.units.iter().enumerate().filter(broken).map(violation).collect(),
    }
}

/// The different ends of a unit's members.
fn ends(state: &State, unit: &[MemberIx]) -> Vec<Option<ManagerIx>> {
    let mut ends: Vec<_> = unit.iter().map(|member| state.assignment[member.at()]).collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}

fn is_split(state: &State, unit: &[MemberIx]) -> bool {
    ends(state, unit).len() > 1
}
