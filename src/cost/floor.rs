//! Caseloads below the floor of a range: so many minutes a year for each member that is missing. Convex in the load: the
//! first members save the full rate each, those from the floor on nothing.

use crate::cost::{Assignment, pairs};
use crate::program::{Range, Rules, Weights};
use crate::roster::{Manager, Roster};
use crate::units::Cost;

/// For the solver: what the k-th place (k = 1, 2, ... cap) saves, as a cost below 0, or 0. Never falls.
#[must_use]
pub fn places(rules: &Rules, manager: &Manager, cap: u32) -> Vec<Cost> {
    let mut places = vec![Cost::ZERO; cap as usize];
    for range in &rules.program.ranges {
        let filled = cap.min(floor(rules, range, manager)) as usize;
        places[..filled].iter_mut().for_each(|place| *place -= rate(rules, range));
    }
    places
}

/// For the solver: what a case manager with nobody costs.
#[must_use]
pub fn empty(rules: &Rules, manager: &Manager) -> Cost {
    rules.program.ranges.iter().map(|range| rate(rules, range) * i64::from(floor(rules, range, manager))).sum()
}

/// The most that one place can save. A place that costs so much more never costs less than nothing; since every member
/// takes one, that adds a constant.
#[must_use]
pub fn lift(rules: &Rules) -> Cost {
    rules.program.ranges.iter().filter(|range| range.floor > 0).map(|range| rate(rules, range)).sum()
}

/// For the verifier: every case manager's missing members, range by range.
#[must_use]
pub fn score(roster: &Roster, rules: &Rules, assignment: &Assignment) -> Cost {
    if rules.program.ranges.iter().all(|range| range.floor == 0) {
        return Cost::ZERO;
    }
    let mut loads = vec![0_u32; roster.managers().len()];
    for (_, manager) in pairs(assignment) {
        loads[manager.at()] += 1;
    }
    let mut total = Cost::ZERO;
    for range in &rules.program.ranges {
        let missing: u32 =
            roster.managers().iter().zip(loads.iter()).map(|(row, &load)| missing(rules, range, row, load)).sum();
        let minutes = Cost::minutes(i64::from(range.floor_minutes));
        total += Weights::apply(rules.weights.balance, minutes) * i64::from(missing);
    }
    total
}

/// Members that a case manager with so many has too few.
#[must_use]
pub fn missing(rules: &Rules, range: &Range, manager: &Manager, load: u32) -> u32 {
    floor(rules, range, manager).saturating_sub(load)
}

/// Is the floor about this case manager? A floor of some categories is for those who may serve no other one: whoever mixes
/// programs has the hard top of each, and no floor of any.
#[must_use]
pub fn holds_for(rules: &Rules, range: &Range, manager: &Manager) -> bool {
    let others = rules.program.categories.iter().filter(|category| !range.of.contains(&category.name));
    range.of.is_empty() || !others.into_iter().any(|other| rules.serves(&[&other.name], manager))
}

/// A case manager's own floor: the range's, proportional where it says so; never above the own `max_caseload`, and none
/// for who is not at work.
fn floor(rules: &Rules, range: &Range, manager: &Manager) -> u32 {
    if !rules.at_work(manager) || !holds_for(rules, range, manager) {
        return 0;
    }
    let share = if range.scale_with_fte { u64::from(rules.capacity_thousandths(manager)) } else { 1000 };
    let floor = (u64::from(range.floor) * share / 1000) as u32;
    manager.max_caseload.map_or(floor, |own| own.min(floor))
}

fn rate(rules: &Rules, range: &Range) -> Cost {
    Weights::apply(rules.weights.balance, Cost::minutes(i64::from(range.floor_minutes)))
}
