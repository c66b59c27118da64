//! Members in an inpatient or residential setting are served only in the last days before discharge, where the program
//! file says so.

use crate::program::{Existing, Rules};
use crate::roster::Member;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// Does the rule bar the member from a new case manager, or, when `is_present`, from the present one? A discharge that
/// nobody has a date for is not near.
#[must_use]
pub fn bars(rules: &Rules, member: &Member, is_present: bool) -> bool {
    let Some(rule) = &rules.program.eligibility.discharge else { return false };
    if is_present && rule.existing == Existing::Exempt {
        return false;
    }
    let Some(setting) = &member.setting else { return false };
    let days = member.case.discharge_due_on.map(|due| due.signed_duration_since(rules.effective_on).num_days());
    rule.settings.iter().any(|named| **named == **setting) && days.is_none_or(|days| days > i64::from(rule.days_before))
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let Some(rule) = &case.pairs.rules.program.eligibility.discharge else { return Findings::default() };
    criterion(
        case,
        Obstacle::Discharge,
        "discharge-near",
        &format!("members served in {} more than {} days before discharge", rule.settings.join(", "), rule.days_before),
        "program file: eligibility.discharge",
        "too long before discharge",
    )
}
