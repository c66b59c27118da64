//! Ranges: a hard top, in shares of a full caseload by what members need, and a soft floor that costs minutes.

use crate::cost::floor;
use crate::ids::ManagerIx;
use crate::program::{Range, Rules};
use crate::roster::Roster;
use crate::verify::RuleOutcome;
use crate::verify::rules::mixed::{Shares, full_caseload, judge_shares, share_of};
use crate::verify::rules::{Case, Findings, STATEWIDE, State, at_work};
use crate::verify::tally::Counted;
use crate::verify::violation::ViolationCode;

fn full(range: &Range) -> i64 {
    full_caseload(range.steps.iter().map(|step| step.top).chain(std::iter::once(range.top)))
}

/// What every range counts: each member's share of a full caseload.
#[must_use]
pub fn read(roster: &Roster, rules: &Rules) -> Vec<Counted> {
    rules.program.ranges.iter().map(|range| tally(roster, rules, range)).collect()
}

fn tally(roster: &Roster, rules: &Rules, range: &Range) -> Counted {
    let full = full(range);
    let share = |row| full / rules.top_of(range, row).thousandths().cast_signed();
    let uses = roster.members().iter().map(|row| if rules.is_of(&range.of, row) { share(row) } else { 0 });
    let limits =
        roster.managers().iter().map(|row| Some(share_of(full, range.scale_with_fte, at_work::share(rules, row))));
    Counted { name: range.name.clone(), uses: uses.collect(), limits: limits.collect(), by_household: false }
}

/// Judges a plan: a row for the top, and one for the floor that nobody has to meet.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let (roster, rules) = (case.pairs.roster, case.pairs.rules);
    let mut findings = Findings::default();
    for range in &rules.program.ranges {
        let steps = if range.steps.is_empty() { "" } else { ", fewer of those who need more" };
        let of = if range.of.is_empty() { String::new() } else { format!(" of {}", range.of.join(", ")) };
        let told = Shares {
            full: full(range),
            scales: range.scale_with_fte,
            code: ViolationCode::Range,
            how: format!("largest caseload, in full ones of {} members{of}{steps}", range.top),
            citation: &range.citation,
        };
        judge_shares(case, &tally(roster, rules, range), &told, &mut findings);
        if range.floor > 0 {
            findings.outcomes.push(soft_floor(case, range));
        }
    }
    findings
}

fn soft_floor(case: &Case<'_>, range: &Range) -> RuleOutcome {
    let roster = case.pairs.roster;
    let is_held_to_it = |manager: &ManagerIx| {
        let row = roster.manager(*manager);
        case.pairs.at_work(*manager)
            && row.max_caseload.is_none_or(|own| own > 0)
            && floor::holds_for(case.pairs.rules, range, row)
    };
    let working = || roster.manager_indices().filter(is_held_to_it);
    let missing = |state: &State, manager: ManagerIx| {
        floor::missing(case.pairs.rules, range, roster.manager(manager), state.loads[manager.at()])
    };
    let smallest = |state: &State| working().map(|manager| state.loads[manager.at()]).min().unwrap_or(0);
    let below = working().filter(|&manager| missing(case.after, manager) > 0).count();
    let sum: u32 = working().map(|manager| missing(case.after, manager)).sum();
    RuleOutcome {
        rule: format!("{}-floor", range.name),
        scope: STATEWIDE.to_owned(),
        limit: f64::from(range.floor),
        before: f64::from(smallest(case.before)),
        after: f64::from(smallest(case.after)),
        met: below == 0,
        changeable: true,
        soft: true,
        how: format!(
            "smallest caseload of one case manager at work; {below} below the floor, {sum} members missing; a soft rule: each costs {} minutes a year, no plan is refused for it",
            range.floor_minutes
        ),
        citation: range.citation.clone(),
    }
}
