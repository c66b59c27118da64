//! What no schedule can beat, found by counting.
//!
//! *Finish*: for each manager and team and each day e, all jobs that cannot be before e must fit from e to the last day.
//! *Hopeless*: a job without any day; and for each manager and team and each day e, all jobs that have to be by e must fit
//! from the first day to e.
//! *Weighted days*: each manager alone gives a relaxation. A job's weight is shared by those who take part; unit jobs
//! with release days on one machine are done best by taking the heaviest that is there (Lawler 1976, section 7).

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use crate::handoff::jobs::Instance;

/// The least number a last day can have, and who makes it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinishBound {
    /// No schedule ends before this workday (number in the calendar).
    pub day: usize,
    /// The manager or team that needs so long; `None` = one job that cannot be earlier.
    pub by: Option<usize>,
    /// How many handoffs it has from `since` on.
    pub jobs: usize,
    /// From this workday on.
    pub since: usize,
}

/// The bound on the last day; `None` when some job or resource does not fit at all, which [`stuck`](crate::handoff::stuck) words.
#[must_use]
pub fn finish(instance: &Instance<'_>) -> Option<FinishBound> {
    let mut bound = FinishBound { day: 0, by: None, jobs: 0, since: 0 };
    let last = instance.calendar.days.len().checked_sub(1)?;
    let mut earliest: Vec<Vec<usize>> = vec![Vec::new(); instance.resource_count()];
    for job in &instance.jobs {
        let day = job.next(0)?;
        if day > bound.day {
            bound = FinishBound { day, by: None, jobs: 1, since: day };
        }
        job.resources.iter().for_each(|&resource| earliest[resource].push(day));
    }
    for (resource, days) in earliest.iter_mut().enumerate() {
        days.sort_unstable();
        for (at, &since) in days.iter().enumerate() {
            if at > 0 && days[at - 1] == since {
                continue;
            }
            let jobs = days.len() - at;
            while instance.room(resource, since, bound.day.max(since)) < jobs as u64 {
                if bound.day == last {
                    return None;
                }
                bound = FinishBound { day: bound.day + 1, by: Some(resource), jobs, since };
            }
        }
    }
    Some(bound)
}

/// Jobs for which no schedule has a day, in order: those without any, and where more are due of somebody by a day than there
/// is time for until then, as many as are too many, the lightest.
#[must_use]
pub fn hopeless(instance: &Instance<'_>) -> Vec<usize> {
    let mut found = BTreeSet::new();
    let mut due: Vec<Vec<(usize, usize)>> = vec![Vec::new(); instance.resource_count()];
    for (at, job) in instance.jobs.iter().enumerate() {
        match job.last() {
            Some(last) => job.resources.iter().for_each(|&resource| due[resource].push((last, at))),
            None => {
                found.insert(at);
            }
        }
    }
    for (resource, jobs) in due.iter_mut().enumerate() {
        jobs.sort_unstable();
        let mut kept = BinaryHeap::new();
        for one_day in jobs.chunk_by(|(last, _), (next, _)| last == next) {
            kept.extend(one_day.iter().map(|&(_, at)| (Reverse(instance.jobs[at].weight), at)));
            let room = instance.room(resource, 0, one_day[0].0);
            while kept.len() as u64 > room {
                found.extend(kept.pop().map(|(_, at)| at));
            }
        }
    }
    found.into_iter().collect()
}

/// No schedule has fewer weighted workdays, whenever it ends.
#[must_use]
pub fn weighted(instance: &Instance<'_>) -> i64 {
    let managers = instance.loads.len();
    let mut shares: Vec<Vec<(usize, i64)>> = vec![Vec::new(); managers];
    for job in &instance.jobs {
        let Some(day) = job.next(0) else { return 0 };
        // Doubled, so that halves are whole.
        let share = job.weight * 2 / job.people.len() as i64;
        job.people.iter().for_each(|manager| shares[*manager].push((day, share)));
    }
    let doubled: i64 = shares.iter_mut().enumerate().map(|(manager, jobs)| alone(instance, manager, jobs)).sum();
    // Rounded up: a sum of whole numbers is whole.
    (doubled + 1) / 2
}

/// The least sum of share x day for one manager's jobs alone.
fn alone(instance: &Instance<'_>, manager: usize, jobs: &mut [(usize, i64)]) -> i64 {
    let (per_day, per_week) = instance.limits(manager);
    let weeks = &instance.calendar.weeks;
    jobs.sort_unstable();
    let soonest: i64 = jobs.iter().map(|(day, share)| *day as i64 * share).sum();
    let (mut ready, mut at, mut sum) = (BinaryHeap::new(), 0, 0);
    let (mut week, mut in_week) = (u32::MAX, 0);
    for day in 0..weeks.len() {
        if weeks[day] != week {
            (week, in_week) = (weeks[day], 0);
        }
        // Moving a week's jobs to its first days keeps each in its week: so all of the week are ready on its first day.
        while at < jobs.len() && weeks[jobs[at].0] <= week {
            ready.push(jobs[at].1);
            at += 1;
        }
        let places = if instance.is_there(manager, day) { per_day.min(per_week - in_week) } else { 0 };
        for _ in 0..places {
            let Some(share) = ready.pop() else { break };
            sum += share * day as i64;
            in_week += 1;
        }
        if at == jobs.len() && ready.is_empty() {
            break;
        }
    }
    sum.max(soonest)
}
