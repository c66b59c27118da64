//! Meetings with the providers who routinely work with a high-need member: trips from the manager's base to them,
//! partly saved where the manager already works with the provider for somebody else.

use crate::cost::{Assignment, Prepared, pairs, thousandths};
use crate::ids::{ManagerIx, MemberIx, ProviderIx};
use crate::program::{Rules, Weights};
use crate::roster::{Roster, Service};
use crate::travel::Point;
use crate::units::{Cost, Seconds};

/// For the solver. 0 for members who are not high-need and for providers whose place is unknown.
#[must_use]
pub fn arc(prepared: &Prepared<'_>, member: MemberIx, manager: ManagerIx) -> Cost {
    if !prepared.members[member.at()].high_need {
        return Cost::ZERO;
    }
    let facts = &prepared.managers[manager.at()];
    let Some(base) = facts.base else {
        return Cost::ZERO;
    };
    let is_present = prepared.roster.member(member).manager == Some(manager);
    let services = prepared.roster.services_of(member);
    let mut total = Cost::ZERO;
    for service in services {
        let Some(place) = prepared.providers[service.provider.at()] else {
            continue;
        };
        let known = facts.works_with.binary_search_by_key(&service.provider, |&(provider, _)| provider);
        let others = known.map_or(0, |at| facts.works_with[at].1) - u32::from(is_present);
        total += meetings(prepared.rules, service, prepared.line.between(base, place), others > 0);
    }
    Weights::apply(prepared.rules.weights.providers, total)
}

/// For the verifier.
#[must_use]
pub fn score(roster: &Roster, rules: &Rules, assignment: &Assignment) -> Cost {
    pairs(assignment)
        .filter(|&(member, _)| rules.program.high_need.holds(roster.member(member)))
        .map(|(member, manager)| Weights::apply(rules.weights.providers, of_pair(roster, rules, member, manager)))
        .sum()
}

/// Trips a year of one pair, unweighted, straight from the roster.
fn of_pair(roster: &Roster, rules: &Rules, member: MemberIx, manager: ManagerIx) -> Cost {
    let Some(base) = roster.manager(manager).base.map(Point::new) else {
        return Cost::ZERO;
    };
    let mut total = Cost::ZERO;
    for service in roster.services_of(member) {
        let Some(place) = roster.providers()[service.provider.at()].place else {
            continue;
        };
        let trip = rules.travel_time().between(base, Point::new(place));
        total += meetings(rules, service, trip, shared(roster, service.provider, member, manager));
    }
    total
}

/// Does the manager work with the provider for another of the present members?
fn shared(roster: &Roster, provider: ProviderIx, member: MemberIx, manager: ManagerIx) -> bool {
    roster
        .present_caseload(manager)
        .iter()
        .filter(|&&other| other != member)
        .any(|&other| roster.services_of(other).iter().any(|service| service.provider == provider))
}

/// Meetings a year (the program's number, or as many as there are visits when those are fewer), there and back.
fn meetings(rules: &Rules, service: &Service, trip: Seconds, shared: bool) -> Cost {
    let rates = &rules.program.rates;
    let most = i64::from(rates.provider_meetings_per_year) * 1000;
    let a_year = service.visits_per_month.map_or(most, |a_month| thousandths(a_month * 12.0).min(most));
    let percent = if shared { 100 - i64::from(rates.provider_shared_percent) } else { 100 };
    Cost((a_year * 2 * trip.0 * percent + 50_000) / 100_000)
}
