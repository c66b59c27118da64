//! Next-outreach dates after the transfers, for programs that say how many contacts a case manager makes on a workday.
//!
//! For each receiving case manager by itself: clients to workdays, at most so many a day, the fewest days moved in all:
//! a transportation problem, solved exactly by shortest augmenting paths over the days (Ahuja, Magnanti, Orlin 1993,
//! section 9.7). A transferred client nobody has ever reached comes first and counts for more; a date past the program's
//! contact tier counts as [`LATE`] days.

use chrono::{Days, NaiveDate};

use crate::handoff::CheckedSchedule;
use crate::handoff::calendar::{is_at_work, is_workday, workdays_from};
use crate::ids::{ManagerIx, MemberIx};
use crate::plan::Plan;
use crate::program::{Outreach, Rules};
use crate::roster::Roster;

/// A day after the tier's end counts as so many days moved.
const LATE: i64 = 100;
/// A day of waiting of a transferred client nobody has reached counts as so many.
const NEVER_REACHED: i64 = 10;
/// Workdays that are looked at, at most: a year and a bit.
const HORIZON: usize = 300;

/// Why a date is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// As it was.
    Kept,
    /// A transferred client nobody has reached yet: as soon as possible.
    NeverContacted,
    /// The client changes case manager; the old date does not fit the new one's calendar.
    Transferred,
    /// The case manager's day was too full.
    DayFull,
}

impl Why {
    /// The word of `outreach.csv`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::NeverContacted => "never_contacted",
            Self::Transferred => "transferred",
            Self::DayFull => "day_full",
        }
    }
}

/// A row of `outreach.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutreachDate {
    /// Whom.
    pub member: MemberIx,
    /// The case manager after the transfers.
    pub manager: ManagerIx,
    /// The date of the roster.
    pub before: Option<NaiveDate>,
    /// The new one; `None` = no workday is free within a year.
    pub after: Option<NaiveDate>,
    /// Why.
    pub why: Why,
}

/// One client of a case manager, in days of that case manager.
struct Client {
    member: MemberIx,
    before: Option<NaiveDate>,
    /// The date that is aimed at.
    target: NaiveDate,
    /// Not before.
    release: NaiveDate,
    /// Late after.
    deadline: Option<NaiveDate>,
    transferred: bool,
    never: bool,
}

impl Client {
    fn cost(&self, day: NaiveDate) -> Option<i64> {
        if day < self.release {
            return None;
        }
        let moved = (day - self.target).num_days().abs() * if self.never { NEVER_REACHED } else { 1 };
        let late = self.deadline.map_or(0, |end| (day - end).num_days().max(0));
        Some(moved + late * LATE)
    }
}

/// The dates of all clients of those who receive somebody, in order of member ids; empty when the program says nothing.
#[must_use]
pub fn spread(roster: &Roster, rules: &Rules, plan: &Plan, schedule: &CheckedSchedule) -> Vec<OutreachDate> {
    let Some(outreach) = &rules.program.outreach else { return Vec::new() };
    let mut handed: Vec<Option<NaiveDate>> = vec![None; roster.members().len()];
    let mut receives = vec![false; roster.managers().len()];
    for (transfer, entry) in plan.transfers.iter().zip(schedule.entries()) {
        handed[transfer.member.at()] = Some(entry.on);
        receives[transfer.to.at()] = true;
    }
    let mut clients: Vec<Vec<Client>> = receives.iter().map(|_| Vec::new()).collect();
    for (at, manager) in plan.verified.assignment().iter().enumerate() {
        if let Some(manager) = manager.filter(|manager| receives[manager.at()]) {
            let start = schedule.schedule().start;
            clients[manager.at()].extend(client(roster, rules, outreach, MemberIx::new(at), handed[at], start));
        }
    }
    let mut rows = Vec::new();
    for (at, clients) in clients.iter().enumerate().filter(|(_, clients)| !clients.is_empty()) {
        let manager = ManagerIx::new(at);
        let first = clients.iter().map(|client| client.release).min().unwrap_or(rules.as_of);
        let is_open =
            |day: &NaiveDate| is_workday(&rules.program.handoff, *day) && is_at_work(roster.manager(manager), *day);
        // The days that can be needed: to the last date aimed at, then as many as hold everybody.
        let last = clients.iter().map(|client| client.target).max().unwrap_or(first);
        let enough = clients.len().div_ceil(outreach.contacts_per_workday.max(1) as usize) + 1;
        let mut beyond = 0;
        let days: Vec<NaiveDate> = first
            .iter_days()
            .take(HORIZON * 2)
            .filter(is_open)
            .take_while(|day| {
                beyond += usize::from(*day > last);
                beyond <= enough
            })
            .take(HORIZON)
            .collect();
        let chosen = assign(clients, &days, outreach.contacts_per_workday as usize);
        for (client, day) in clients.iter().zip(chosen) {
            let after = day.map(|day| days[day]);
            let why = match () {
                () if client.never => Why::NeverContacted,
                () if after == client.before => Why::Kept,
                () if client.transferred && after == Some(client.target) => Why::Transferred,
                () if client.transferred && client.before.is_none_or(|before| before < client.release) => {
                    Why::Transferred
                }
                () => Why::DayFull,
            };
            rows.push(OutreachDate { member: client.member, manager, before: client.before, after, why });
        }
    }
    rows.sort_by_key(|row| row.member);
    rows
}

fn client(
    roster: &Roster,
    rules: &Rules,
    outreach: &Outreach,
    member: MemberIx,
    handed: Option<NaiveDate>,
    start: NaiveDate,
) -> Option<Client> {
    let row = roster.member(member);
    let never = handed.is_some() && row.last_contact_on.is_none() && row.case.last_attempt_on.is_none();
    let cycle = Days::new(u64::from(outreach.cycle_days));
    let before = row.next_outreach_on;
    // An overdue date of a client who stays is the case manager's own affair until the schedule starts.
    let release = handed.map_or(start, |on| workdays_from(&rules.program.handoff, on, 1));
    let wanted = before.or_else(|| row.last_contact_on.map(|last| last + cycle)).or(handed.map(|on| on + cycle))?;
    let target = if never { release } else { wanted.max(release) };
    let within = |on: NaiveDate| rules.contact_tier(row).map(|tier| on + Days::new(u64::from(tier.days())));
    Some(Client {
        member,
        before,
        target,
        release,
        deadline: handed.and_then(within),
        transferred: handed.is_some(),
        never,
    })
}

/// Client by client the number of a day, at most `limit` on each; the least total cost. Those nobody has reached come
/// first, so that ties are theirs.
fn assign(clients: &[Client], days: &[NaiveDate], limit: usize) -> Vec<Option<usize>> {
    let cost: Vec<Vec<Option<i64>>> =
        clients.iter().map(|client| days.iter().map(|day| client.cost(*day)).collect()).collect();
    let mut on: Vec<Option<usize>> = vec![None; clients.len()];
    let mut of_day: Vec<Vec<usize>> = vec![Vec::new(); days.len()];
    let mut order: Vec<usize> = (0..clients.len()).collect();
    order.sort_by_key(|&at| (!clients[at].never, !clients[at].transferred, clients[at].target, at));
    for at in order {
        augment(at, limit, &cost, &mut on, &mut of_day);
    }
    on
}

/// Gives one more client a day along a shortest path: a full day hands one of its clients on. Costs of steps may be
/// negative, so days are relaxed until nothing changes (Bellman, Ford); there is no negative circle, since the days
/// given so far are the best for those clients.
fn augment(
    client: usize,
    limit: usize,
    cost: &[Vec<Option<i64>>],
    on: &mut [Option<usize>],
    of_day: &mut [Vec<usize>],
) {
    let days = of_day.len();
    // The way to a day: its length, and who is moved there from where.
    let mut way: Vec<Option<(i64, usize)>> = cost[client].iter().map(|cost| cost.map(|cost| (cost, client))).collect();
    let mut queue: std::collections::VecDeque<usize> = (0..days).filter(|day| way[*day].is_some()).collect();
    let mut queued: Vec<bool> = way.iter().map(Option::is_some).collect();
    while let Some(day) = queue.pop_front() {
        queued[day] = false;
        let Some((length, _)) = way[day] else { continue };
        if of_day[day].len() < limit {
            continue;
        }
        for &other in &of_day[day] {
            let Some(here) = cost[other][day] else { continue };
            for (next, there) in cost[other].iter().enumerate() {
                let Some(there) = there.filter(|_| next != day) else { continue };
                let total = length - here + there;
                if way[next].is_none_or(|(known, _)| total < known) {
                    way[next] = Some((total, other));
                    if !queued[next] {
                        queued[next] = true;
                        queue.push_back(next);
                    }
                }
            }
        }
    }
    let open = (0..days).filter(|day| of_day[*day].len() < limit);
    let Some(mut day) = open.filter_map(|day| way[day].map(|(length, _)| (length, day))).min().map(|(_, day)| day)
    else {
        return;
    };
    // Back along the way: whoever is moved to `day` leaves the day before.
    while let Some((_, mover)) = way[day] {
        let left = on[mover].replace(day);
        of_day[day].push(mover);
        let Some(left) = left else { break };
        of_day[left].retain(|each| *each != mover);
        day = left;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation is how a test fails")]
mod tests {
    use super::*;

    fn day(number: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 12, 1).unwrap() + Days::new(number)
    }

    fn client(at: usize, target: u64, release: u64, deadline: Option<u64>, never: bool) -> Client {
        Client {
            member: MemberIx::new(at),
            before: Some(day(target)),
            target: day(target.max(release)),
            release: day(release),
            deadline: deadline.map(day),
            transferred: true,
            never,
        }
    }

    fn all_ways(clients: &[Client], days: &[NaiveDate], limit: usize, counts: &mut Vec<usize>) -> Option<i64> {
        let Some((first, rest)) = clients.split_first() else { return Some(0) };
        let mut best: Option<i64> = None;
        for at in 0..days.len() {
            if counts[at] == limit {
                continue;
            }
            let Some(own) = first.cost(days[at]) else { continue };
            counts[at] += 1;
            if let Some(others) = all_ways(rest, days, limit, counts) {
                best = Some(best.map_or(own + others, |best| best.min(own + others)));
            }
            counts[at] -= 1;
        }
        best
    }

    /// Against every way of giving days: many small cases, made by counting through the digits of a number.
    #[test]
    fn no_spread_moves_fewer_days() {
        let days: Vec<NaiveDate> = [0, 1, 2, 3, 6, 7].into_iter().map(day).collect();
        for case in 0_u64..400 {
            let mut seed = case.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            let mut draw = |below: u64| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (seed >> 33) % below
            };
            let clients: Vec<Client> =
                (0..6).map(|at| client(at, draw(8), draw(4), (draw(2) == 0).then(|| draw(8)), draw(4) == 0)).collect();
            let limit = 1 + draw(2) as usize;
            let chosen = assign(&clients, &days, limit);
            let found: Option<i64> =
                clients.iter().zip(&chosen).map(|(client, at)| at.and_then(|at| client.cost(days[at]))).sum();
            let best = all_ways(&clients, &days, limit, &mut vec![0; days.len()]);
            if best.is_some() {
                assert_eq!(found, best, "case {case}");
            }
            for at in 0..days.len() {
                assert!(chosen.iter().filter(|each| **each == Some(at)).count() <= limit);
            }
        }
    }
}
