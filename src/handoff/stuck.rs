//! In plain words: what keeps transfers from having a day, what would help, and why a schedule cannot end sooner.

use serde::Serialize;

use crate::handoff::bound::FinishBound;
use crate::handoff::jobs::{Instance, Job};
use crate::plan::Transfer;
use crate::roster::Roster;

/// Transfers named in one sentence.
const NAMED: usize = 8;

/// Why some transfers have no day. Ids only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stuck {
    /// Is it proved that no schedule exists? Otherwise none was found.
    pub proved: bool,
    /// Ids of those transfers.
    pub transfers: Vec<String>,
    /// What stands in the way, one sentence each.
    pub reasons: Vec<String>,
    /// What would help, one sentence each.
    pub remedies: Vec<String>,
}

/// Explains the transfers that a filling left.
#[must_use]
pub fn explain(roster: &Roster, instance: &Instance<'_>, transfers: &[Transfer], left: &[usize]) -> Stuck {
    let id = |at: &usize| transfers[*at].id.clone();
    let mut reasons = Vec::new();
    let mut remedies = Vec::new();
    let start = instance.calendar.days.first().copied().unwrap_or_default();
    let first = start.to_string();
    let last = instance.calendar.days.last().map(ToString::to_string).unwrap_or_default();
    let never: Vec<usize> = left.iter().copied().filter(|at| instance.jobs[*at].next(0).is_none()).collect();
    for &at in never.iter().take(NAMED) {
        let transfer = &transfers[at];
        let to = &roster.manager(transfer.to).id;
        let leaver = transfer.from.map(|from| roster.manager(from));
        let leaves = leaver.and_then(|from| Some((from, from.available_until.filter(|day| *day >= start)?)));
        let until = leaves.map_or(last.clone(), |(from, day)| format!("{day}, when case manager {} leaves,", from.id));
        reasons.push(format!(
            "transfer {} has no workday between {first} and {until} on which case manager {to} is at work and no \
             assessment or review is due within {} days",
            transfer.id, instance.rules.blackout_days
        ));
    }
    if !never.is_empty() {
        remedies.push("an earlier --start, fewer blackout_days, or another case manager for these members".to_owned());
    }
    let mut proved = !never.is_empty();
    let mut left_of = vec![0_usize; instance.resource_count()];
    for &at in left.iter().filter(|at| !never.contains(at)) {
        instance.jobs[at].resources.iter().for_each(|&resource| left_of[resource] += 1);
    }
    let mut worst: Vec<usize> = (0..left_of.len())
        .filter(|resource| left_of[*resource] > 0 && instance.limits(*resource) != (u32::MAX, u32::MAX))
        .collect();
    worst.sort_by_key(|resource| (std::cmp::Reverse(left_of[*resource]), *resource));
    for &resource in worst.iter().take(NAMED) {
        let of: Vec<&Job> = instance.jobs.iter().filter(|job| job.resources.contains(&resource)).collect();
        let (until, due, room) = tightest(instance, resource, &of);
        let day = instance.calendar.days[until];
        reasons.push(format!(
            "{} has time for {room} handoffs up to {day} and {} to do, {due} of them by then; {} have no day",
            name(roster, instance, resource),
            of.len(),
            left_of[resource],
        ));
        if due > room {
            proved = true;
            remedies.push(format!(
                "an earlier --start or a higher limit: {due} handoffs of {} by {day} in {} weeks",
                name(roster, instance, resource),
                instance.calendar.weeks[until] + 1,
            ));
        }
    }
    let circles = instance.rules.per_day < 2 && !left.is_empty() && never.is_empty();
    if circles {
        remedies.push("per_day = 2: full caseloads can only change places when both moves are on one day".to_owned());
    }
    if remedies.is_empty() {
        remedies.push("higher per_day and per_week, or a later last day of the case managers named".to_owned());
    }
    if !proved {
        reasons.push(
            "no order of the moves was found in which every cap holds at the end of every day; it is not proved that \
             there is none"
                .to_owned(),
        );
    }
    Stuck { proved, transfers: left.iter().map(id).collect(), reasons, remedies }
}

/// By which day most handoffs of a resource are too many, how many are due by then, and for how many it has time. When none
/// are too many: the first day by which any is due.
fn tightest(instance: &Instance<'_>, resource: usize, jobs: &[&Job]) -> (usize, u64, u64) {
    let mut ends: Vec<usize> = jobs.iter().filter_map(|job| job.last()).collect();
    ends.sort_unstable();
    let at = |end: usize| {
        let due = ends.partition_point(|other| *other <= end) as u64;
        (end, due, instance.room(resource, 0, end))
    };
    let mut all: Vec<(usize, u64, u64)> = Vec::new();
    for &end in &ends {
        if all.last().is_none_or(|(last, ..)| *last != end) {
            all.push(at(end));
        }
    }
    let most = all.iter().copied().max_by_key(|&(end, due, room)| (due.saturating_sub(room), std::cmp::Reverse(end)));
    most.unwrap_or((0, 0, 0))
}

/// Why no schedule ends before the bound's day.
#[must_use]
pub fn bound_words(roster: &Roster, instance: &Instance<'_>, transfers: &[Transfer], bound: &FinishBound) -> String {
    let since = instance.calendar.days[bound.since];
    let Some(resource) = bound.by else {
        let latest = instance.jobs.iter().position(|job| job.next(0) == Some(bound.day));
        return latest.map_or_else(String::new, |at| format!("transfer {} cannot be earlier", transfers[at].id));
    };
    let (per_day, per_week) = instance.limits(resource);
    let limit = |limit: u32, unit: &str| if limit == u32::MAX { String::new() } else { format!("{limit} a {unit}") };
    let limits: Vec<String> =
        [limit(per_day, "day"), limit(per_week, "week")].into_iter().filter(|text| !text.is_empty()).collect();
    format!(
        "{} has {} handoffs from {since} on and may have {}",
        name(roster, instance, resource),
        bound.jobs,
        limits.join(" and ")
    )
}

fn name(roster: &Roster, instance: &Instance<'_>, resource: usize) -> String {
    match resource.checked_sub(instance.loads.len()) {
        None => format!("case manager {}", roster.managers()[resource].id),
        Some(team) => format!("team {}", roster.teams()[team].id),
    }
}
