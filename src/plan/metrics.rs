//! What managers and the state ask about, before and after: members per case manager, how long members have had
//! theirs, how long case managers have been one, driving, teams crossed, case managers per provider.
//!
//! *Before* is the roster as read; *after* is the verified plan on its effective date. Tenures are counted to `as_of`.

use serde::Serialize;

use crate::cost::travel::{driving, one_way};
use crate::cost::{self, Assignment, Terms};
use crate::ids::{ManagerIx, MemberIx};
use crate::plan::transfers::minutes;
use crate::program::rules::whole_months;
use crate::program::{Denominator, Rules};
use crate::roster::Roster;
use crate::units::Cost;
use crate::verify::VerifiedPlan;

/// A figure before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Pair<T> {
    /// The roster as read.
    pub before: T,
    /// The plan.
    pub after: T,
}

/// Everything measured about a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metrics {
    /// Members per case manager.
    pub loads: Pair<Loads>,
    /// How long members have had their case manager.
    pub relationships: Pair<Relationships>,
    /// Relationships of at least 1, 3 and 5 years: how many there were, how many the plan keeps.
    pub kept: [Kept; 3],
    /// How long case managers have been one.
    pub experience: Pair<Experience>,
    /// Driving to members' homes.
    pub driving: Pair<Driving>,
    /// Members who change to another supervisor's team.
    pub team_crossings: u32,
    /// Case managers per provider, on average, over providers who work with anybody.
    pub managers_per_provider: Pair<f64>,
    /// What either state costs, by term (seconds a year); before is not within the rules, and is priced all the same.
    pub costs: Pair<Terms>,
}

/// Members per case manager.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Loads {
    /// Members who have a case manager.
    pub members: u32,
    /// Members who have none.
    pub without: u32,
    /// Case managers the distribution is taken over: at work on the effective date, or (before) with members.
    pub managers: u32,
    /// Greatest.
    pub max: u32,
    /// Middle one.
    pub median: u32,
    /// Nine of ten have at most so many.
    pub p90: u32,
    /// Case managers above their own cap.
    pub over_cap: u32,
    /// Members by each of the four ways of counting case managers.
    pub averages: Averages,
}

/// Members per case manager by the four denominators; `None` when nobody is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Averages {
    /// Heads at work.
    pub headcount: Option<f64>,
    /// Full-time equivalents at work.
    pub filled_fte: Option<f64>,
    /// The same without those on leave (`max_caseload` 0).
    pub fte_less_leave: Option<f64>,
    /// Heads with at least one member.
    pub with_members: Option<f64>,
}

impl Averages {
    /// The one a rule names.
    #[must_use]
    pub const fn of(&self, denominator: Denominator) -> Option<f64> {
        match denominator {
            Denominator::Headcount => self.headcount,
            Denominator::FilledFte => self.filled_fte,
            Denominator::FteLessLeave => self.fte_less_leave,
            Denominator::WithMembers => self.with_members,
            // Depends on a rule's categories: its own row of compliance has it.
            Denominator::Serving => None,
        }
    }
}

/// Counts by duration; the bands are under 1, 1 to 3, 3 to 5, and 5 years or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bands {
    /// Less than a year.
    pub under_1: u32,
    /// One to three years.
    pub from_1_to_3: u32,
    /// Three to five years.
    pub from_3_to_5: u32,
    /// Five years or more.
    pub from_5: u32,
    /// The date is blank.
    pub unknown: u32,
}

impl Bands {
    fn add(&mut self, months: Option<u32>) {
        match months {
            None => self.unknown += 1,
            Some(..12) => self.under_1 += 1,
            Some(..36) => self.from_1_to_3 += 1,
            Some(..60) => self.from_3_to_5 += 1,
            Some(_) => self.from_5 += 1,
        }
    }

    /// All whose duration is known.
    #[must_use]
    pub const fn known(&self) -> u32 {
        self.under_1 + self.from_1_to_3 + self.from_3_to_5 + self.from_5
    }
}

/// How long members have had their case manager.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Relationships {
    /// Middle one, in whole months.
    pub median_months: Option<u32>,
    /// Members by duration.
    pub members: Bands,
}

/// Relationships of some age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// At least so many years old.
    pub years: u32,
    /// There were so many.
    pub of: u32,
    /// The plan keeps so many.
    pub kept: u32,
}

/// How long case managers have been one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Experience {
    /// Middle one of the case managers with members, in whole months.
    pub median_months: Option<u32>,
    /// Case managers with members, by experience.
    pub managers: Bands,
    /// Members, by the experience of their case manager.
    pub members: Bands,
}

/// Driving to members' homes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Driving {
    /// All trips, in seconds a year.
    pub total: Cost,
    /// Longest one-way trip in whole minutes.
    pub worst_minutes: Option<i64>,
    /// Middle one-way trip in whole minutes.
    pub median_minutes: Option<i64>,
}

/// Measures a plan.
#[must_use]
pub fn measure(roster: &Roster, rules: &Rules, plan: &VerifiedPlan) -> Metrics {
    measure_assignment(roster, rules, plan.caps(), plan.assignment())
}

/// Measures anybody's assignment, judged or not. `caps` are those of the managers.
#[must_use]
pub fn measure_assignment(roster: &Roster, rules: &Rules, caps: &[u32], after: &Assignment) -> Metrics {
    let present: Vec<Option<ManagerIx>> = roster.members().iter().map(|member| member.manager).collect();
    let before = present.as_slice();
    let both = |of: &dyn Fn(&Assignment) -> Terms| Pair { before: of(before), after: of(after) };
    Metrics {
        loads: Pair {
            before: loads(roster, rules, caps, before, true),
            after: loads(roster, rules, caps, after, false),
        },
        relationships: Pair {
            before: relationships(roster, rules, before),
            after: relationships(roster, rules, after),
        },
        kept: [1, 3, 5].map(|years| kept(roster, rules, after, years)),
        experience: Pair { before: experience(roster, rules, before), after: experience(roster, rules, after) },
        driving: Pair { before: drives(roster, rules, before), after: drives(roster, rules, after) },
        team_crossings: team_crossings(roster, after),
        managers_per_provider: Pair {
            before: managers_per_provider(roster, before),
            after: managers_per_provider(roster, after),
        },
        costs: both(&|assignment| cost::score(roster, rules, caps, assignment)),
    }
}

/// How many members a manager may have on an ordinary day at work, whether leaving or not: a leaving manager's cap in
/// the plan is 0, but the present load was not over the rule's cap for that.
fn ordinary_cap(roster: &Roster, rules: &Rules, manager: ManagerIx, cap: u32) -> u32 {
    let row = roster.manager(manager);
    if rules.at_work(row) {
        return cap;
    }
    let of_rule = |cap: &crate::program::Cap| {
        let share = if cap.scale_with_fte { u64::from(rules.capacity_thousandths(row)) } else { 1000 };
        (cap.limit.thousandths() * share / 1_000_000) as u32
    };
    let plain = rules.program.caps.iter().filter(|cap| cap.is_plain());
    plain.map(of_rule).chain(row.max_caseload).min().unwrap_or(u32::MAX)
}

fn loads(roster: &Roster, rules: &Rules, caps: &[u32], assignment: &Assignment, before: bool) -> Loads {
    let mut load = vec![0_u32; roster.managers().len()];
    for manager in assignment.iter().flatten() {
        load[manager.at()] += 1;
    }
    let at_work = |manager: ManagerIx| rules.at_work(roster.manager(manager));
    let counted = |manager: &ManagerIx| at_work(*manager) || (before && load[manager.at()] > 0);
    let over = |manager: &ManagerIx| load[manager.at()] > ordinary_cap(roster, rules, *manager, caps[manager.at()]);
    let mut sorted: Vec<u32> = roster.manager_indices().filter(counted).map(|manager| load[manager.at()]).collect();
    sorted.sort_unstable();
    let members: u32 = load.iter().sum();
    let average = |share: &dyn Fn(ManagerIx) -> u32| {
        let below: u64 = roster.manager_indices().filter(|&m| at_work(m)).map(|m| u64::from(share(m))).sum();
        (below > 0).then(|| f64::from(members) * 1000.0 / below as f64)
    };
    let fte = |manager: ManagerIx| roster.manager(manager).fte_thousandths;
    let on_leave = |manager: ManagerIx| {
        let row = roster.manager(manager);
        row.max_caseload == Some(0) || rules.is_on_leave(row)
    };
    Loads {
        members,
        without: assignment.len() as u32 - members,
        managers: sorted.len() as u32,
        max: sorted.last().copied().unwrap_or(0),
        median: quantile(&sorted, 50).unwrap_or(0),
        p90: quantile(&sorted, 90).unwrap_or(0),
        over_cap: roster.manager_indices().filter(over).count() as u32,
        averages: Averages {
            headcount: average(&|_| 1000),
            filled_fte: average(&fte),
            fte_less_leave: average(&|manager| if on_leave(manager) { 0 } else { fte(manager) }),
            with_members: average(&|manager| u32::from(load[manager.at()] > 0) * 1000),
        },
    }
}

/// The smallest value that at least `percent` of all do not exceed.
fn quantile<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// Whole months of the relationship in which a member is under `assignment`: a new one has lasted 0.
fn tenure(roster: &Roster, rules: &Rules, member: MemberIx, with: ManagerIx) -> Option<u32> {
    let row = roster.member(member);
    if row.manager == Some(with) { row.assigned_on.map(|since| whole_months(since, rules.as_of)) } else { Some(0) }
}

fn relationships(roster: &Roster, rules: &Rules, assignment: &Assignment) -> Relationships {
    let mut members = Bands::default();
    let mut months = Vec::new();
    for (member, manager) in cost::pairs(assignment) {
        let lasted = tenure(roster, rules, member, manager);
        members.add(lasted);
        months.extend(lasted);
    }
    months.sort_unstable();
    Relationships { median_months: quantile(&months, 50), members }
}

fn kept(roster: &Roster, rules: &Rules, after: &Assignment, years: u32) -> Kept {
    let mut count = Kept { years, ..Kept::default() };
    for member in roster.member_indices() {
        let row = roster.member(member);
        let (Some(present), Some(since)) = (row.manager, row.assigned_on) else {
            continue;
        };
        if whole_months(since, rules.as_of) >= years * 12 {
            count.of += 1;
            count.kept += u32::from(after[member.at()] == Some(present));
        }
    }
    count
}

fn experience(roster: &Roster, rules: &Rules, assignment: &Assignment) -> Experience {
    let since = |manager: ManagerIx| {
        let row = roster.manager(manager);
        row.manager_since.map(|since| whole_months(since, rules.as_of))
    };
    let mut counts = Experience::default();
    let mut in_use = vec![false; roster.managers().len()];
    for (_, manager) in cost::pairs(assignment) {
        counts.members.add(since(manager));
        in_use[manager.at()] = true;
    }
    let mut months = Vec::new();
    for manager in roster.manager_indices().filter(|manager| in_use[manager.at()]) {
        counts.managers.add(since(manager));
        months.extend(since(manager));
    }
    months.sort_unstable();
    counts.median_months = quantile(&months, 50);
    counts
}

fn drives(roster: &Roster, rules: &Rules, assignment: &Assignment) -> Driving {
    let mut total = Cost::ZERO;
    let mut trips = Vec::new();
    for (member, manager) in cost::pairs(assignment) {
        total += driving(roster, rules, member, manager);
        trips.extend(one_way(roster, rules, member, manager));
    }
    trips.sort_unstable();
    Driving {
        total,
        worst_minutes: trips.last().copied().map(minutes),
        median_minutes: quantile(&trips, 50).map(minutes),
    }
}

fn team_crossings(roster: &Roster, after: &Assignment) -> u32 {
    let team = |manager: ManagerIx| roster.manager(manager).team;
    let crosses = |(member, manager): &(MemberIx, ManagerIx)| {
        let before = roster.member(*member).manager.and_then(team);
        before.is_some() && team(*manager).is_some() && before != team(*manager)
    };
    cost::pairs(after).filter(crosses).count() as u32
}

fn managers_per_provider(roster: &Roster, assignment: &Assignment) -> f64 {
    let mut links: Vec<_> = cost::pairs(assignment)
        .flat_map(|(member, manager)| roster.services_of(member).iter().map(move |service| (service.provider, manager)))
        .collect();
    links.sort_unstable();
    links.dedup();
    let managers = links.len();
    links.dedup_by_key(|link| link.0);
    if links.is_empty() { 0.0 } else { managers as f64 / links.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occur() {
        assert_eq!(quantile::<u32>(&[], 50), None);
        assert_eq!(quantile(&[3], 90), Some(3));
        assert_eq!(quantile(&[1, 2, 3, 4], 50), Some(2));
        assert_eq!(quantile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 90), Some(9));
    }

    #[test]
    fn bands_begin_where_they_say() {
        let mut bands = Bands::default();
        for months in [Some(0), Some(11), Some(12), Some(35), Some(36), Some(59), Some(60), None] {
            bands.add(months);
        }
        assert_eq!(bands, Bands { under_1: 2, from_1_to_3: 2, from_3_to_5: 2, from_5: 1, unknown: 1 });
        assert_eq!(bands.known(), 7);
    }
}
