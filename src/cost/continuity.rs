//! What a relationship is worth: ending it costs minutes that rise with need and tenure and saturate.
//! Its worth rising with contact and saturating follows the home-care literature (Carello and Lanzarone 2014,
//! doi:10.1016/j.ejor.2014.01.013).

use chrono::NaiveDate;

use crate::cost::{Assignment, Prepared, pairs};
use crate::ids::{ManagerIx, MemberIx};
use crate::program::rules::whole_months;
use crate::program::{ContinuityClass, ContinuityRule, Rules, Weights};
use crate::roster::{Member, Roster};
use crate::units::Cost;

/// For the solver: 0 for the present manager and for members without one.
#[inline]
#[must_use]
pub fn arc(prepared: &Prepared<'_>, member: MemberIx, manager: ManagerIx) -> Cost {
    let facts = &prepared.members[member.at()];
    match facts.present {
        Some(present) if present != manager => facts.keep,
        _ => Cost::ZERO,
    }
}

/// For the verifier.
#[must_use]
pub fn score(roster: &Roster, rules: &Rules, assignment: &Assignment) -> Cost {
    let mut total = Cost::ZERO;
    for (member, manager) in pairs(assignment) {
        let member = roster.member(member);
        if member.manager.is_some_and(|present| present != manager) {
            total += keep_cost(rules, member);
        }
    }
    total
}

/// The weighted cost of ending a member's present relationship; 0 without one and for the class `free`.
#[must_use]
pub fn keep_cost(rules: &Rules, member: &Member) -> Cost {
    if member.manager.is_none() || class_of(rules, member) == ContinuityClass::Free {
        return Cost::ZERO;
    }
    let rates = &rules.program.rates;
    let mut minutes = rates.keep_minutes.of(member.need);
    if member.urgent {
        minutes += rates.urgent_minutes;
    }
    if let Some(since) = member.assigned_on {
        let months = whole_months(since, rules.as_of);
        minutes += months.min(rates.tenure_months_max) * rates.tenure_minutes_per_month;
    }
    if changed_recently(rules, member) {
        minutes += rates.repeat_change_minutes;
    }
    if let Some(last) = member.last_contact_on {
        let days = (rules.as_of - last).num_days();
        if (0..i64::from(rates.recent_contact_days)).contains(&days) {
            minutes += rates.recent_contact_minutes;
        }
    }
    Weights::apply(rules.weights.continuity, Cost::minutes(i64::from(minutes)))
}

/// Did the member get the present case manager, or change against the own wish, so recently that another change is a
/// second one soon after?
fn changed_recently(rules: &Rules, member: &Member) -> bool {
    let recent = |day: NaiveDate| whole_months(day, rules.as_of) < rules.program.rates.repeat_change_months;
    member.assigned_on.is_some_and(recent) || member.case.last_moved_on.is_some_and(recent)
}

/// The first class whose conditions hold; `costly` when none does.
#[must_use]
pub fn class_of(rules: &Rules, member: &Member) -> ContinuityClass {
    let months = member.assigned_on.map_or(0, |since| whole_months(since, rules.as_of));
    let holds = |rule: &&ContinuityRule| {
        rule.needs.as_ref().is_none_or(|needs| needs.contains(&member.need))
            && rule.urgent.is_none_or(|urgent| urgent == member.urgent)
            && rule.min_tenure_months.is_none_or(|least| months >= least)
            && rule.when.as_ref().is_none_or(|when| rules.holds(when, member))
    };
    rules.program.continuity.iter().find(holds).map_or(ContinuityClass::Costly, |rule| rule.class)
}
