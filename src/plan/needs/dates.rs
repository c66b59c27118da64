//! What time changes and no reassignment does: by when a breach has to be cured, from when members may be served, until
//! when they stay, and places that come and go with starts, leaves and first months.

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate};
use serde::Serialize;

use crate::ids::ManagerIx;
use crate::plan::needs::counted;
use crate::program::Rules;
use crate::roster::{Manager, Roster};
use crate::verify::pairs::Pairs;
use crate::verify::rules::{blackout, discharge};
use crate::verify::{Tolerated, caps};

/// Months ahead in which places are looked for.
const MONTHS_AHEAD: u32 = 12;
/// Days on which places change that are told: the first so many.
const DAYS_TOLD: usize = 24;

/// Something that happens on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dated {
    /// The rule, or `places`.
    pub rule: String,
    /// The day; none when it is not known.
    pub day: Option<NaiveDate>,
    /// Members, or places (fewer are negative).
    pub count: i64,
    /// In a sentence, ids only.
    pub sentence: String,
}

/// What is tolerated until a day, as a sentence.
#[must_use]
pub fn cure(tolerated: &Tolerated) -> String {
    let Tolerated { rule, manager_id, count, limit, until, has_ended } = tolerated;
    let over = count.saturating_sub(*limit);
    if *has_ended {
        format!(
            "{rule}: {manager_id} has {count} and may have {limit}; it was tolerated until {until}: {over} have to go now"
        )
    } else {
        format!("{rule}: {manager_id} has {count} and may have {limit}: {over} have to go by {until}")
    }
}

/// Everything that happens on a day, in order of days; what has no day last.
#[must_use]
pub fn dated(roster: &Roster, rules: &Rules) -> Vec<Dated> {
    let mut all = waiting(roster, rules);
    all.extend(staying(roster, rules));
    all.extend(places(roster, rules));
    all.sort_by(|a, b| (a.day.is_none(), a.day, &a.rule).cmp(&(b.day.is_none(), b.day, &b.rule)));
    all
}

/// Members whose discharge is too far away to be served, by the first day on which they may be.
fn waiting(roster: &Roster, rules: &Rules) -> Vec<Dated> {
    let Some(rule) = &rules.program.eligibility.discharge else { return Vec::new() };
    let mut by_day: BTreeMap<Option<NaiveDate>, i64> = BTreeMap::new();
    for member in roster.members() {
        let is_with_somebody = member.manager.is_some();
        if discharge::bars(rules, member, is_with_somebody) {
            let due = member.case.discharge_due_on;
            let first = due.and_then(|due| due.checked_sub_days(Days::new(rule.days_before.into())));
            *by_day.entry(first).or_default() += 1;
        }
    }
    let words = &rules.program.words;
    let one = |(day, count): (Option<NaiveDate>, i64)| {
        let who = counted(count.cast_unsigned(), &words.member, &words.members);
        let sentence = match day {
            Some(day) => {
                format!("discharge: {who} may be served from {day} on, {} days before discharge", rule.days_before)
            }
            None => format!("discharge: {who} may not be served until a discharge date is known"),
        };
        Dated { rule: "discharge".to_owned(), day, count, sentence }
    };
    by_day.into_iter().map(one).collect()
}

/// Members whom a date that is near holds where they are, by the day after it.
fn staying(roster: &Roster, rules: &Rules) -> Vec<Dated> {
    let Some(rule) = &rules.program.eligibility.blackout else { return Vec::new() };
    let pairs = Pairs::read(roster, rules);
    let mut by_day: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for member in roster.member_indices() {
        let row = roster.member(member);
        // Held only where the present pair may go on.
        let is_held = blackout::applies(rules, row) && pairs.is_held(member);
        if let Some(free) = rule.event.of(row).and_then(|date| date.succ_opt()).filter(|_| is_held) {
            *by_day.entry(free).or_default() += 1;
        }
    }
    let words = &rules.program.words;
    let one = |(day, count): (NaiveDate, i64)| {
        let who = counted(count.cast_unsigned(), &words.member, &words.members);
        let sentence = format!("blackout: {who} may change {} from {day} on, not before", words.case_manager);
        Dated { rule: "blackout".to_owned(), day: Some(day), count, sentence }
    };
    by_day.into_iter().map(one).collect()
}

/// Places that come and go in the months after the effective date, without anybody being hired.
fn places(roster: &Roster, rules: &Rules) -> Vec<Dated> {
    let last = rules.effective_on.checked_add_months(Months::new(MONTHS_AHEAD));
    let mut by_day: BTreeMap<NaiveDate, Vec<(ManagerIx, &str)>> = BTreeMap::new();
    for manager in roster.manager_indices() {
        for (day, why) in changes(rules, roster.manager(manager)) {
            if day > rules.effective_on && last.is_none_or(|last| day <= last) {
                by_day.entry(day).or_default().push((manager, why));
            }
        }
    }
    let mut all = Vec::new();
    for (day, managers) in by_day.into_iter().take(DAYS_TOLD) {
        let Some(eve) = day.pred_opt() else { continue };
        let (before, after) = (caps_on(roster, rules, eve), caps_on(roster, rules, day));
        let change = |manager: ManagerIx| i64::from(after[manager.at()]) - i64::from(before[manager.at()]);
        let mut told: Vec<(ManagerIx, &str)> =
            managers.into_iter().filter(|(manager, _)| change(*manager) != 0).collect();
        told.dedup();
        let count: i64 = told.iter().map(|(manager, _)| change(*manager)).sum();
        if told.is_empty() {
            continue;
        }
        let each = |(manager, why): &(ManagerIx, &str)| format!("{} {why}", roster.manager(*manager).id);
        let who = told.iter().map(each).collect::<Vec<_>>().join(", ");
        let more = if count < 0 { "fewer" } else { "more" };
        let number = counted(count.unsigned_abs(), "place", "places");
        all.push(Dated {
            rule: "places".to_owned(),
            day: Some(day),
            count,
            sentence: format!("{day}: {number} {more} ({who})"),
        });
    }
    all
}

fn caps_on(roster: &Roster, rules: &Rules, day: NaiveDate) -> Vec<u32> {
    caps(roster, &Rules { effective_on: day, ..rules.clone() })
}

/// Days on which a case manager's places may change, and why.
fn changes(rules: &Rules, manager: &Manager) -> Vec<(NaiveDate, &'static str)> {
    let mut days = Vec::new();
    days.extend(manager.available_from.map(|day| (day, "starts")));
    days.extend(manager.available_until.and_then(|day| day.succ_opt()).map(|day| (day, "has left")));
    days.extend(manager.absence.leave_from.map(|day| (day, "goes on leave")));
    days.extend(manager.absence.leave_until.and_then(|day| day.succ_opt()).map(|day| (day, "is back from leave")));
    if let Some(since) = manager.hired_on.or(manager.available_from) {
        for step in &rules.program.staffing.ramp_up {
            days.extend(since.checked_add_months(Months::new(step.under_months)).map(|day| (day, "is less new")));
        }
    }
    days
}
