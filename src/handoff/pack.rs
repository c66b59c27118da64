//! Fills day after day: first those for whom time runs out, then the heaviest; a move whose receiver is full waits for a
//! place, and where moves wait for each other in a circle the shortest circle moves together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::handoff::jobs::Instance;
use crate::handoff::load::DayState;

/// Last days that are tried as a target, from the bound on, before time alone decides the order.
const TARGETS: usize = 12;
/// Jobs from which on fewer targets are tried, so that a schedule stays a matter of seconds; and how many.
const MANY_JOBS: usize = 2_000;
const TARGETS_OF_MANY: usize = 2;
/// Fillings tried after a dead end.
const RESTARTS: usize = 24;

/// What every filling asks of the jobs' allowed days, counted once.
struct Ahead {
    /// Job by job the last allowed day, 0 when there is none.
    ends: Vec<usize>,
    /// Job by job, day by day (and once more at the end): how many allowed days come before.
    before: Vec<u16>,
    /// Days of a job in `before`.
    width: usize,
}

impl Ahead {
    fn new(instance: &Instance<'_>) -> Self {
        let width = instance.calendar.days.len() + 1;
        let mut before = Vec::with_capacity(instance.jobs.len() * width);
        for job in &instance.jobs {
            let mut count = 0;
            before.push(count);
            before.extend(job.days.iter().map(|may| {
                count += u16::from(*may);
                count
            }));
        }
        Self { ends: instance.jobs.iter().map(|job| job.last().unwrap_or(0)).collect(), before, width }
    }

    /// Allowed days of a job from `first` to `last`, both included.
    fn open(&self, job: usize, first: usize, last: usize) -> i64 {
        let row = &self.before[job * self.width..][..self.width];
        i64::from(row[last + 1]) - i64::from(row[first])
    }
}

/// The best of a few fillings: the earliest end, then the fewest weighted days.
///
/// # Errors
/// The jobs that found no day, in the filling that left the fewest.
pub fn best(instance: &Instance<'_>, bound: Option<usize>) -> Result<Vec<usize>, Vec<usize>> {
    let last = instance.calendar.days.len().saturating_sub(1);
    let mut found: Option<((usize, i64), Vec<usize>)> = None;
    let mut left: Option<Vec<usize>> = None;
    let first = bound.unwrap_or(last);
    let ahead = Ahead::new(instance);
    let equal = vec![0; instance.jobs.len()];
    let targets = if instance.jobs.len() > MANY_JOBS { TARGETS_OF_MANY } else { TARGETS };
    for target in (first..=last).take(targets).chain([last]) {
        match fill(instance, &ahead, target, &equal) {
            Ok(days) => {
                let value = (days.iter().copied().max().unwrap_or(0), weighted_days(instance, &days));
                let is_on_time = value.0 <= target;
                if found.as_ref().is_none_or(|(best, _)| value < *best) {
                    found = Some((value, days));
                }
                if is_on_time {
                    break;
                }
            }
            Err(these) => {
                if left.as_ref().is_none_or(|fewest| these.len() < fewest.len()) {
                    left = Some(these);
                }
            }
        }
    }
    if let Some((_, days)) = found {
        return Ok(days);
    }
    // Dead ends: those left over go first in the next filling, until nobody is.
    let mut left = left.unwrap_or_default();
    let mut rank = vec![0_u32; instance.jobs.len()];
    let restarts = if instance.jobs.len() > MANY_JOBS { TARGETS_OF_MANY } else { RESTARTS };
    for _ in 0..restarts {
        left.iter().for_each(|job| rank[*job] += 1);
        match fill(instance, &ahead, last, &rank) {
            Ok(days) => return Ok(days),
            Err(these) => left = these,
        }
    }
    Err(left)
}

/// Sum of weight x day.
#[must_use]
pub fn weighted_days(instance: &Instance<'_>, days: &[usize]) -> i64 {
    instance.jobs.iter().zip(days).map(|(job, day)| job.weight * *day as i64).sum()
}

/// One filling that tries to end on `target`; jobs of a higher rank go first.
fn fill(instance: &Instance<'_>, ahead: &Ahead, target: usize, rank: &[u32]) -> Result<Vec<usize>, Vec<usize>> {
    let mut state = DayState::new(instance);
    let mut days = vec![usize::MAX; instance.jobs.len()];
    let mut remaining: Vec<usize> = (0..instance.jobs.len()).collect();
    let mut waiting: Vec<VecDeque<usize>> = vec![VecDeque::new(); instance.loads.len()];
    for day in 0..instance.calendar.days.len() {
        if remaining.is_empty() {
            break;
        }
        state.begin(instance, day);
        let order = order(instance, &remaining, ahead, (day, target), rank);
        for &job in &order {
            settle(instance, job, day, &mut state, &mut days, &mut waiting);
        }
        let pairs = pairs(instance, &order, &days);
        // Time only runs out in the course of a day: a pair without a circle has none later on.
        let mut without: BTreeSet<(usize, usize)> = BTreeSet::new();
        for &job in &order {
            let Some(from) = instance.jobs[job].from else { continue };
            let pair = (from, instance.jobs[job].to);
            let may = days[job] == usize::MAX && !without.contains(&pair) && state.has_time(instance, job, 1);
            if may && !turn(instance, job, day, &order, &pairs, &mut state, &mut days) {
                without.insert(pair);
            }
        }
        waiting.iter_mut().for_each(VecDeque::clear);
        remaining.retain(|job| days[*job] == usize::MAX);
    }
    if remaining.is_empty() { Ok(days) } else { Err(remaining) }
}

/// Jobs that may be on `day`, in the order they are tried: time running out first (the least slack of anybody who takes
/// part), then the heaviest.
fn order(
    instance: &Instance<'_>,
    remaining: &[usize],
    ahead: &Ahead,
    (day, target): (usize, usize),
    rank: &[u32],
) -> Vec<usize> {
    let mut need = vec![0_i64; instance.resource_count()];
    let mut due = vec![0_usize; instance.resource_count()];
    for &job in remaining {
        for &resource in &instance.jobs[job].resources {
            need[resource] += 1;
            due[resource] = due[resource].max(ahead.ends[job].min(target.max(day)));
        }
    }
    let slack: Vec<i64> = (0..need.len())
        .map(|resource| match need[resource] {
            0 => i64::MAX,
            jobs => i64::try_from(instance.room(resource, day, due[resource].max(day))).unwrap_or(i64::MAX) - jobs,
        })
        .collect();
    let mut keyed: Vec<(Reverse<u32>, i64, usize, i64, i64, usize)> = remaining
        .iter()
        .filter(|job| instance.jobs[**job].days[day])
        .map(|&at| {
            let job = &instance.jobs[at];
            let last = ahead.ends[at].min(target.max(day));
            let open = ahead.open(at, day, last.max(day)) - 1;
            let least = job.resources.iter().map(|&resource| slack[resource]).min().unwrap_or(i64::MAX).min(open);
            // With a day's work to spare nothing presses yet. Of those that press, the first due go first.
            let presses = (least - i64::from(instance.rules.per_day)).min(0);
            (Reverse(rank[at]), presses, if presses < 0 { last } else { 0 }, -job.weight, least, at)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(.., at)| at).collect()
}

/// Places a job today if it can be, and then those that waited for the place it leaves.
fn settle(
    instance: &Instance<'_>,
    job: usize,
    day: usize,
    state: &mut DayState,
    days: &mut [usize],
    waiting: &mut [VecDeque<usize>],
) {
    let mut next = vec![job];
    while let Some(job) = next.pop() {
        let row = &instance.jobs[job];
        if days[job] != usize::MAX || !state.has_time(instance, job, 1) {
            continue;
        }
        if !state.has_place(instance, row.to) {
            waiting[row.to].push_back(job);
            continue;
        }
        state.apply(instance, job);
        days[job] = day;
        if let Some(from) = row.from {
            // The heaviest waited first. One that has no time any more is passed over.
            while let Some(waiter) = waiting[from].pop_front() {
                if days[waiter] == usize::MAX && state.has_time(instance, waiter, 1) {
                    next.push(waiter);
                    break;
                }
            }
        }
    }
}

/// Giver by giver and receiver by receiver: ranks of the day's waiting jobs.
type Pairs = Vec<BTreeMap<usize, Vec<usize>>>;

fn pairs(instance: &Instance<'_>, order: &[usize], days: &[usize]) -> Pairs {
    let mut pairs = vec![BTreeMap::<usize, Vec<usize>>::new(); instance.loads.len()];
    for (rank, &job) in order.iter().enumerate().filter(|(_, job)| days[**job] == usize::MAX) {
        if let Some(from) = instance.jobs[job].from {
            pairs[from].entry(instance.jobs[job].to).or_default().push(rank);
        }
    }
    pairs
}

/// Moves the shortest circle of waiting jobs through `job` together, if everybody on it has the time. Returns whether
/// there was a circle.
fn turn(
    instance: &Instance<'_>,
    job: usize,
    day: usize,
    order: &[usize],
    pairs: &[BTreeMap<usize, Vec<usize>>],
    state: &mut DayState,
    days: &mut [usize],
) -> bool {
    let row = &instance.jobs[job];
    let Some(goal) = row.from else { return false };
    // The first that waits and for which everybody has time. Those with a call take the time of the same people.
    let first_of = |ranks: &[usize]| {
        let mut no_time_for_a_call = false;
        ranks.iter().copied().find(|&rank| {
            let other = order[rank];
            let with_call = instance.jobs[other].no_call.is_none();
            if other == job || days[other] != usize::MAX || (with_call && no_time_for_a_call) {
                return false;
            }
            let has_time = state.has_time(instance, other, 1);
            no_time_for_a_call |= with_call && !has_time;
            has_time
        })
    };
    // Breadth first over managers: how was each reached?
    let mut reached: Vec<Option<usize>> = vec![None; instance.loads.len()];
    let mut seen = vec![false; instance.loads.len()];
    let mut queue = VecDeque::from([row.to]);
    seen[row.to] = true;
    while let Some(manager) = queue.pop_front() {
        if manager == goal {
            break;
        }
        let unseen = pairs[manager].iter().filter(|(to, _)| !seen[**to]);
        let mut steps: Vec<(usize, usize)> = unseen.filter_map(|(to, ranks)| Some((first_of(ranks)?, *to))).collect();
        steps.sort_unstable();
        for (rank, to) in steps {
            seen[to] = true;
            reached[to] = Some(order[rank]);
            queue.push_back(to);
        }
    }
    if !seen[goal] {
        return false;
    }
    let mut circle = vec![job];
    let mut at = goal;
    while at != row.to {
        let Some(step) = reached[at] else { return false };
        circle.push(step);
        at = instance.jobs[step].from.unwrap_or(row.to);
    }
    let mut made = Vec::new();
    for &step in &circle {
        if !state.has_time(instance, step, 1) {
            // Somebody is on it twice and has time for once: another circle may still do.
            made.iter().for_each(|step| state.undo(instance, *step));
            return true;
        }
        state.apply(instance, step);
        made.push(step);
    }
    circle.iter().for_each(|step| days[*step] = day);
    true
}
