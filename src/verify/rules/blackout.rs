//! While a date is near, members stay with the present case manager wherever that one is still allowed.

use crate::program::Rules;
use crate::roster::Member;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// Is the date the program names on the effective date, or at most so many days after it?
#[must_use]
pub fn applies(rules: &Rules, member: &Member) -> bool {
    let Some(rule) = rules.program.eligibility.blackout else { return false };
    let Some(date) = rule.event.of(member) else { return false };
    let first = date.checked_sub_days(chrono::Days::new(rule.days_before.into()));
    first.is_none_or(|first| first <= rules.effective_on) && rules.effective_on <= date
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let Some(rule) = case.pairs.rules.program.eligibility.blackout else { return Findings::default() };
    criterion(
        case,
        Obstacle::Blackout,
        "no-change-before-date",
        &format!(
            "members who lose a case manager who is still allowed, at most {} days before a date",
            rule.days_before
        ),
        "program file: eligibility.blackout",
        "though a date is so near that the present one goes on",
    )
}
