//! When and how each member is handed over: a day and a method for every transfer of a verified plan.
//!
//! [`schedule`] finds it, [`check`] judges it with code of its own, and only a [`CheckedSchedule`] can be written or
//! shown. The room knows the plan; it does not know how anything is written down.

pub mod bound;
pub mod calendar;
pub mod check;
mod exact;
mod improve;
pub mod jobs;
mod load;
pub mod outreach;
mod pack;
mod slots;
pub mod stuck;
mod swaps;

use chrono::{NaiveDate, NaiveTime};

use crate::ids::ManagerIx;
use crate::plan::Plan;
use crate::program::Rules;
use crate::roster::{HandoffMethod, Roster};

pub use calendar::Calendar;
pub use check::{CheckedSchedule, Finding, FindingCode};
use jobs::Instance;
pub use stuck::Stuck;

/// Why there is no call of both case managers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoCall {
    /// There was no case manager before.
    FirstAssignment,
    /// The present case manager has left, or is away on every day on which it could be.
    Away,
    /// The present case manager leaves and has no time for it before the last day at work.
    NoTime,
}

impl NoCall {
    /// The word of `schedule.csv`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FirstAssignment => "first_assignment",
            Self::Away => "case_manager_away",
            Self::NoTime => "no_time_before_leaving",
        }
    }
}

/// When and how one member is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The day; the transfer takes effect on it.
    pub on: NaiveDate,
    /// First minute of the slot kept free in the calendars of those who take part.
    pub starts: NaiveTime,
    /// Its end.
    pub ends: NaiveTime,
    /// How.
    pub method: HandoffMethod,
    /// Why the present case manager takes no part; `None` = takes part.
    pub no_call: Option<NoCall>,
    /// Week, 1 = that of the first workday.
    pub wave: u32,
    /// Moves of one day with the same number change places at once: none of them can go first.
    pub swap: Option<u32>,
}

impl Entry {
    /// Do both case managers meet the member together?
    #[must_use]
    pub fn is_joint(&self) -> bool {
        self.no_call.is_none() && self.method != HandoffMethod::Notification
    }
}

/// A schedule as the solver claims it: one entry a transfer, in order of the plan's transfers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// First day it might use.
    pub start: NaiveDate,
    /// One entry a transfer.
    pub entries: Vec<Entry>,
    /// No schedule ends before this day, and why, in words.
    pub earliest_finish: NaiveDate,
    /// Why.
    pub because: String,
    /// Sum over transfers of weight x workdays from the start.
    pub weighted_days: i64,
    /// No schedule has less.
    pub weighted_bound: i64,
}

impl Schedule {
    /// The last day.
    #[must_use]
    pub fn finish(&self) -> NaiveDate {
        self.entries.iter().map(|entry| entry.on).max().unwrap_or(self.start)
    }
}

/// How scheduling ended.
#[derive(Clone, Debug)]
pub enum Ending {
    /// A schedule that was judged.
    Scheduled(Box<CheckedSchedule>),
    /// Some transfers have no day: why, and what would help.
    Impossible(Stuck),
    /// The checker refused the schedule: a defect.
    Refused(Vec<Finding>),
}

/// The first day handoffs may be on when nobody says one: the day after the roster's.
#[must_use]
pub fn default_start(rules: &Rules) -> NaiveDate {
    calendar::workdays_from(&rules.program.handoff, rules.as_of, 1)
}

/// Managers who leave may lack the time for calls with all of their members: so often the least urgent are taken out.
const ROUNDS_OF_CALLS: usize = 20;

/// Finds a day and a method for every transfer, and has it judged.
#[must_use]
pub fn schedule(roster: &Roster, rules: &Rules, plan: &Plan, start: NaiveDate) -> Ending {
    let calendar = Calendar::new(roster, &rules.program.handoff, start);
    let leaves = |from: Option<ManagerIx>| from.is_some_and(|from| roster.manager(from).available_until.is_some());
    // What does not fit although nobody who leaves makes a single call is not worth any packing.
    let none: Vec<bool> = plan.transfers.iter().map(|transfer| leaves(transfer.from)).collect();
    let least = Instance::new(roster, rules, &plan.verified, &plan.transfers, &calendar, &none);
    let hopeless = bound::hopeless(&least);
    if !hopeless.is_empty() {
        return Ending::Impossible(stuck::explain(roster, &least, &plan.transfers, &hopeless));
    }
    let mut without_call = vec![false; plan.transfers.len()];
    for _ in 0..ROUNDS_OF_CALLS {
        let instance = Instance::new(roster, rules, &plan.verified, &plan.transfers, &calendar, &without_call);
        let bound = bound::finish(&instance);
        match best_days(&instance, bound.as_ref().map(|bound| bound.day)) {
            Ok((days, proved)) => {
                let claim = written(roster, &instance, &plan.transfers, start, &days, bound.as_ref(), proved);
                return match check::judge(roster, rules, &plan.verified, &plan.transfers, claim) {
                    Ok(checked) => Ending::Scheduled(Box::new(checked)),
                    Err(findings) => Ending::Refused(findings),
                };
            }
            Err(left) => {
                let may_do_without =
                    |at: &&usize| instance.jobs[**at].no_call.is_none() && leaves(plan.transfers[**at].from);
                let demoted: Vec<usize> = left.iter().filter(may_do_without).copied().collect();
                if demoted.is_empty() {
                    return Ending::Impossible(stuck::explain(roster, &instance, &plan.transfers, &left));
                }
                demoted.into_iter().for_each(|at| without_call[at] = true);
            }
        }
    }
    let instance = Instance::new(roster, rules, &plan.verified, &plan.transfers, &calendar, &without_call);
    let all: Vec<usize> = (0..instance.jobs.len()).collect();
    Ending::Impossible(stuck::explain(roster, &instance, &plan.transfers, &all))
}

/// The best days found, and whether they are proved to be the best.
///
/// # Errors
/// The jobs for which no day was found.
fn best_days(instance: &Instance<'_>, bound: Option<usize>) -> Result<(Vec<usize>, bool), Vec<usize>> {
    match pack::best(instance, bound) {
        Ok(mut days) => {
            improve::earlier(instance, &mut days);
            let proved = exact::best(instance, &mut days);
            Ok((days, proved))
        }
        // Filling day by day can run into a dead end: the last place taken by the wrong move.
        Err(left) => bound.and_then(|first| exact::find(instance, first)).ok_or(left),
    }
}

/// The days as entries, with slots, swaps, waves and what was proved.
fn written(
    roster: &Roster,
    instance: &Instance<'_>,
    transfers: &[crate::plan::Transfer],
    start: NaiveDate,
    days: &[usize],
    bound: Option<&bound::FinishBound>,
    proved: bool,
) -> Schedule {
    let calendar = instance.calendar;
    let swaps = swaps::groups(instance, days);
    let slots = slots::assign(instance, days);
    let entry = |(at, job): (usize, &jobs::Job)| {
        let (starts, ends) = slots[at];
        Entry {
            on: calendar.days[days[at]],
            starts,
            ends,
            method: job.method,
            no_call: job.no_call,
            wave: calendar.weeks[days[at]] + 1,
            swap: swaps[at],
        }
    };
    let entries: Vec<Entry> = instance.jobs.iter().enumerate().map(entry).collect();
    let weighted_days = pack::weighted_days(instance, days);
    let finish = days.iter().copied().max().unwrap_or(0);
    let (earliest, because) = if proved && bound.is_none_or(|bound| bound.day < finish) {
        (finish, "every order of days was tried".to_owned())
    } else {
        let words = bound.map(|bound| stuck::bound_words(roster, instance, transfers, bound));
        (bound.map_or(0, |bound| bound.day), words.unwrap_or_default())
    };
    let earliest_finish = calendar.days.get(earliest).copied().unwrap_or(start);
    let weighted_bound = if proved { weighted_days } else { bound::weighted(instance) };
    Schedule { start, entries, earliest_finish, because, weighted_days, weighted_bound }
}
