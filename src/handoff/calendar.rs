//! Workdays of a schedule, numbered from 0, with their weeks, and who is at work on them.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::program::Handoff;
use crate::roster::{Manager, Roster};

/// Workdays a schedule may use: a year and a bit. What does not fit by then is told as impossible.
const WORKDAYS: usize = 270;

/// Workdays from the start on.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// In order.
    pub days: Vec<NaiveDate>,
    /// Day by day the week, 0 that of the first day; weeks begin on Monday.
    pub weeks: Vec<u32>,
    /// Manager by manager, day by day: at work and not on leave?
    at_work: Vec<Vec<bool>>,
}

impl Calendar {
    /// The workdays on or after `start`.
    #[must_use]
    pub fn new(roster: &Roster, rules: &Handoff, start: NaiveDate) -> Self {
        let is_free = |day: &NaiveDate| is_workday(rules, *day);
        let days: Vec<NaiveDate> = start.iter_days().filter(is_free).take(WORKDAYS).collect();
        let monday = |day: NaiveDate| day - Days::new(u64::from(day.weekday().num_days_from_monday()));
        let first = days.first().copied().map(monday);
        let week = |day: &NaiveDate| first.map_or(0, |first| ((monday(*day) - first).num_days() / 7) as u32);
        let weeks = days.iter().map(week).collect();
        let at_work = |manager: &Manager| days.iter().map(|day| is_at_work(manager, *day)).collect();
        let at_work = roster.managers().iter().map(at_work).collect();
        Self { days, weeks, at_work }
    }

    /// Is the manager at work on that workday, and not on leave?
    #[must_use]
    pub fn at_work(&self, manager: usize, day: usize) -> bool {
        self.at_work[manager][day]
    }

    /// The number of the first workday on or after a date; the calendar's length when none is.
    #[must_use]
    pub fn first_from(&self, date: NaiveDate) -> usize {
        self.days.partition_point(|day| *day < date)
    }
}

/// Is somebody at work on a day: hired, started, not gone, not on leave?
#[must_use]
pub fn is_at_work(manager: &Manager, day: NaiveDate) -> bool {
    let started = [manager.hired_on, manager.available_from].into_iter().flatten().all(|first| first <= day);
    started && manager.available_until.is_none_or(|last| day <= last) && !manager.absence.on_leave(day)
}

/// Monday to Friday and no holiday.
#[must_use]
pub fn is_workday(rules: &Handoff, day: NaiveDate) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let holiday =
        rules.holidays.contains(&day) || (rules.federal_holidays && federal_holidays(day.year()).contains(&day));
    !weekend && !holiday
}

/// So many workdays after (before, when negative) a date; the date itself for 0.
#[must_use]
pub fn workdays_from(rules: &Handoff, date: NaiveDate, count: i64) -> NaiveDate {
    let mut day = date;
    let mut left = count.abs();
    while left > 0 {
        day = if count > 0 { day + Days::new(1) } else { day - Days::new(1) };
        left -= i64::from(is_workday(rules, day));
    }
    day
}

/// The days off of a calendar year (5 U.S.C. 6103), those on a weekend moved to Friday or Monday, and New Year's Day of
/// the next year when it falls on a Saturday.
fn federal_holidays(year: i32) -> Vec<NaiveDate> {
    let fixed = [(year, 1, 1), (year, 6, 19), (year, 7, 4), (year, 11, 11), (year, 12, 25), (year + 1, 1, 1)];
    let mut days: Vec<NaiveDate> = fixed
        .into_iter()
        .filter_map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day))
        .map(|day| match day.weekday() {
            Weekday::Sat => day - Days::new(1),
            Weekday::Sun => day + Days::new(1),
            _ => day,
        })
        .collect();
    let floating = [
        (1, Weekday::Mon, 3),
        (2, Weekday::Mon, 3),
        (9, Weekday::Mon, 1),
        (10, Weekday::Mon, 2),
        (11, Weekday::Thu, 4),
    ];
    let nth =
        |(month, weekday, nth): (u32, Weekday, u8)| NaiveDate::from_weekday_of_month_opt(year, month, weekday, nth);
    days.extend(floating.into_iter().filter_map(nth));
    // The last Monday of May: the fifth, or else the fourth.
    let last = |nth| NaiveDate::from_weekday_of_month_opt(year, 5, Weekday::Mon, nth);
    days.extend(last(5).or_else(|| last(4)));
    days
}
