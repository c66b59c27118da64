//! Driving to members' homes: visits a year x there and back.

use crate::cost::prepared::visits_per_year;
use crate::cost::{Assignment, Prepared, pairs, thousandths};
use crate::ids::{ManagerIx, MemberIx};
use crate::program::{Rules, Weights};
use crate::roster::Roster;
use crate::travel::Point;
use crate::units::{Cost, Seconds};

/// For the solver. 0 when a place is unknown.
#[inline]
#[must_use]
pub fn arc(prepared: &Prepared<'_>, member: MemberIx, manager: ManagerIx) -> Cost {
    let visits = prepared.members[member.at()].visits;
    if visits == 0 {
        // Programs that only telephone: no trip is worth computing.
        return Cost::ZERO;
    }
    let Some(trip) = prepared.trip(member, manager) else {
        return Cost::ZERO;
    };
    Weights::apply(prepared.rules.weights.travel, a_year(visits, trip))
}

/// For the verifier.
#[must_use]
pub fn score(roster: &Roster, rules: &Rules, assignment: &Assignment) -> Cost {
    pairs(assignment)
        .map(|(member, manager)| Weights::apply(rules.weights.travel, driving(roster, rules, member, manager)))
        .sum()
}

/// Driving a year between one manager and one member, unweighted; what reports print.
#[must_use]
pub fn driving(roster: &Roster, rules: &Rules, member: MemberIx, manager: ManagerIx) -> Cost {
    let visits = thousandths(visits_per_year(rules, roster.member(member)));
    one_way(roster, rules, member, manager).map_or(Cost::ZERO, |trip| a_year(visits, trip))
}

/// One-way trip from base to home, when both are known; what reports print.
#[must_use]
pub fn one_way(roster: &Roster, rules: &Rules, member: MemberIx, manager: ManagerIx) -> Option<Seconds> {
    let (home, base) = (roster.member(member).home?, roster.manager(manager).base?);
    Some(rules.travel_time().between(Point::new(base), Point::new(home)))
}

/// `visits` (in thousandths) trips there and back, rounded to whole seconds.
#[inline]
fn a_year(visits: i64, trip: Seconds) -> Cost {
    Cost((visits * 2 * trip.0 + 500) / 1000)
}
