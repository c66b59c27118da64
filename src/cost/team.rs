//! Crossing to another supervisor's team, or out of a case manager's territory.

use crate::cost::prepared::{NONE, NONE_TEAM};
use crate::cost::{Assignment, Prepared, pairs};
use crate::ids::{ManagerIx, MemberIx};
use crate::program::{Rules, Weights};
use crate::roster::{Manager, Member, Roster};
use crate::units::Cost;

/// For the solver.
#[inline]
#[must_use]
pub fn arc(prepared: &Prepared<'_>, member: MemberIx, manager: ManagerIx) -> Cost {
    let (member, manager) = (&prepared.members[member.at()], &prepared.managers[manager.at()]);
    let rates = &prepared.rules.program.rates;
    let crosses = member.team != NONE_TEAM && manager.team != NONE_TEAM && member.team != manager.team;
    let outside = member.county != NONE
        && !manager.counties.is_empty()
        && manager.counties.binary_search(&member.county).is_err();
    let cross = if crosses { rates.cross_team_minutes } else { 0 };
    let outside = if outside { rates.outside_territory_minutes } else { 0 };
    Weights::apply(prepared.rules.weights.team, Cost::minutes(i64::from(cross + outside)))
}

/// For the verifier: the two questions asked one after the other over the whole plan.
#[must_use]
pub fn score(roster: &Roster, rules: &Rules, assignment: &Assignment) -> Cost {
    let rates = &rules.program.rates;
    let team = |manager: ManagerIx| roster.team_of(manager).map(|team| &team.id);
    let mut total = Cost::ZERO;
    for (member, manager) in pairs(assignment) {
        let mut minutes = 0;
        if let Some(present) = roster.member(member).manager
            && let (Some(before), Some(after)) = (team(present), team(manager))
            && before != after
        {
            minutes += rates.cross_team_minutes;
        }
        if outside_territory(roster.manager(manager), roster.member(member)) {
            minutes += rates.outside_territory_minutes;
        }
        total += Weights::apply(rules.weights.team, Cost::minutes(i64::from(minutes)));
    }
    total
}

/// Does the manager have a territory, and the member a county that is not in it?
#[must_use]
pub fn outside_territory(manager: &Manager, member: &Member) -> bool {
    let Some(county) = &member.county else {
        return false;
    };
    !manager.counties.is_empty() && manager.counties.binary_search(county).is_err()
}
