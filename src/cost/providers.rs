//! Meetings with the providers who routinely work with a high-need member: trips from the manager's base to them,
//! partly saved where the manager already works with the provider for somebody else.

use crate::cost::prepared::{ManagerFacts, Meeting, provider_mark};
use crate::cost::{Assignment, Prepared, pairs, thousandths};
use crate::ids::{ManagerIx, MemberIx, ProviderIx};
use crate::program::{Rules, Weights};
use crate::roster::{Roster, Service};
use crate::travel::Point;
use crate::units::{Cost, Seconds};

/// For the solver. 0 for members who are not high-need and for providers whose place is unknown.
#[inline]
#[must_use]
pub fn arc(prepared: &Prepared<'_>, member: MemberIx, manager: ManagerIx) -> Cost {
    let meetings = prepared.meetings_of(member);
    if meetings.is_empty() {
        return Cost::ZERO;
    }
    let facts = &prepared.managers[manager.at()];
    let Some(base) = facts.base else {
        return Cost::ZERO;
    };
    let is_present = prepared.members[member.at()].present == Some(manager);
    let mut total = Cost::ZERO;
    for meeting in meetings {
        let others = works_with(facts, meeting.provider) - u32::from(is_present);
        let trip = prepared.line.between(base, meeting.place);
        total += Cost(a_year(prepared.rules, meeting.a_year, trip, others > 0));
    }
    Weights::apply(prepared.rules.weights.providers, total)
}

/// How many members of a manager's present caseload work with a provider.
#[inline]
fn works_with(manager: &ManagerFacts, provider: ProviderIx) -> u32 {
    if manager.works_with_marks & provider_mark(provider) == 0 {
        return 0;
    }
    let known = manager.works_with.binary_search_by_key(&provider, |&(provider, _)| provider);
    known.map_or(0, |at| manager.works_with[at].1)
}

/// A member's meetings with the providers whose places are known.
pub(crate) fn meetings_of<'a>(
    roster: &'a Roster,
    rules: &'a Rules,
    member: MemberIx,
) -> impl Iterator<Item = Meeting> + 'a {
    roster.services_of(member).iter().filter_map(|service| {
        let place = Point::new(roster.providers()[service.provider.at()].place?);
        Some(Meeting { provider: service.provider, place, a_year: meetings(rules, service) })
    })
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
        let shared = shared(roster, service.provider, member, manager);
        total += Cost(a_year(rules, meetings(rules, service), trip, shared));
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

/// Meetings a year in thousandths: the program's number, or as many as there are visits when those are fewer.
fn meetings(rules: &Rules, service: &Service) -> i64 {
    let most = i64::from(rules.program.rates.provider_meetings_per_year) * 1000;
    service.visits_per_month.map_or(most, |a_month| thousandths(a_month * 12.0).min(most))
}

/// Seconds a year of so many meetings (in thousandths), there and back, less what is saved of shared trips.
#[inline]
fn a_year(rules: &Rules, meetings: i64, trip: Seconds, shared: bool) -> i64 {
    let percent = if shared { 100 - i64::from(rules.program.rates.provider_shared_percent) } else { 100 };
    (meetings * 2 * trip.0 * percent + 50_000) / 100_000
}
