//! Caps on the number of members of one case manager: the program's and the manager's own.

use crate::ids::ManagerIx;
use crate::program::{Cap, Rules};
use crate::roster::{Manager, Roster};
use crate::verify::RuleOutcome;
use crate::verify::rules::{Case, Findings, STATEWIDE, State, at_work, none_allowed};
use crate::verify::violation::{Violation, ViolationCode};

/// How many members each manager may have: 0 when not at work, else the smallest of the program's caps (as many as
/// there are members when it has none) and the manager's own.
#[must_use]
pub fn caps(roster: &Roster, rules: &Rules) -> Vec<u32> {
    let everybody = roster.members().len() as u32;
    let cap = |manager: &Manager| {
        if !at_work::holds(rules, manager) {
            return 0;
        }
        let program = rules.program.caps.iter().map(|cap| limit_of(rules, cap, manager));
        let smallest = program.min().unwrap_or(everybody);
        manager.max_caseload.map_or(smallest, |own| own.min(smallest))
    };
    roster.managers().iter().map(cap).collect()
}

/// A program cap for one manager.
fn limit_of(rules: &Rules, cap: &Cap, manager: &Manager) -> u32 {
    if !cap.scale_with_fte {
        return cap.limit;
    }
    (u64::from(cap.limit) * u64::from(at_work::share(rules, manager)) / 1000) as u32
}

/// Judges a plan: a row for each cap of the program with the largest caseload, a row for the managers' own limits, and
/// a violation for every manager at work who is above the smallest of them.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let roster = case.pairs.roster;
    let mut outcomes: Vec<RuleOutcome> = case.pairs.rules.program.caps.iter().map(|cap| outcome(case, cap)).collect();
    if roster.managers().iter().any(|manager| manager.max_caseload.is_some()) {
        let above = |state: &State| {
            let is_above = |(row, load): (&Manager, &u32)| row.max_caseload.is_some_and(|own| *load > own);
            roster.managers().iter().zip(&state.loads).filter(|&pair| is_above(pair)).count()
        };
        outcomes.push(none_allowed(
            "own-limit",
            above(case.before),
            above(case.after),
            "case managers above their own max_caseload",
            "built in: max_caseload of managers.csv",
        ));
    }
    let above =
        |manager: &ManagerIx| case.pairs.at_work(*manager) && case.after.loads[manager.at()] > case.caps[manager.at()];
    let violation = |manager: ManagerIx| {
        let (load, cap) = (case.after.loads[manager.at()], case.caps[manager.at()]);
        let detail = format!("case manager {} has {load} members, the cap is {cap}", case.manager_id(manager));
        Violation::new(ViolationCode::Cap, detail).manager(manager)
    };
    Findings { outcomes, violations: roster.manager_indices().filter(above).map(violation).collect() }
}

fn outcome(case: &Case<'_>, cap: &Cap) -> RuleOutcome {
    let (managers, rules) = (case.pairs.roster.managers(), case.pairs.rules);
    let largest = |state: &State| {
        let per_place = |(row, &load): (&Manager, &u32)| match (cap.scale_with_fte, at_work::share(rules, row)) {
            (true, share @ 1..) => f64::from(load) * 1000.0 / f64::from(share),
            _ => f64::from(load),
        };
        managers.iter().zip(&state.loads).map(per_place).fold(0.0, f64::max)
    };
    let met = managers.iter().zip(&case.after.loads).all(|(row, &load)| load <= limit_of(rules, cap, row));
    let how = if cap.scale_with_fte {
        "largest caseload, members per full-time place; each case manager's own limit is rounded down"
    } else {
        "largest caseload, members of one case manager"
    };
    RuleOutcome {
        rule: cap.name.clone(),
        scope: STATEWIDE.to_owned(),
        limit: f64::from(cap.limit),
        before: largest(case.before),
        after: largest(case.after),
        met,
        changeable: true,
        how: how.to_owned(),
        citation: cap.citation.clone(),
    }
}
