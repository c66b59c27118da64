//! Nobody serves a member who has a service that case management would duplicate, where the program file names such
//! services.

use crate::program::{Existing, Rules};
use crate::roster::Member;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// Does the rule bar the member from a new case manager, or, when `is_present`, from the present one? With an age
/// limit only the younger ones; a blank birth date bars nobody.
#[must_use]
pub fn bars(rules: &Rules, member: &Member, is_present: bool) -> bool {
    let Some(rule) = &rules.program.eligibility.duplication else { return false };
    if is_present && rule.existing == Existing::Exempt {
        return false;
    }
    let Some(service) = &member.other_case_management else { return false };
    let is_of_age = |years: u32| {
        member.birth_date.is_none_or(|born| rules.effective_on.years_since(born).is_some_and(|age| age >= years))
    };
    rule.services.iter().any(|named| **named == **service) && !rule.under_age.is_some_and(is_of_age)
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let Some(rule) = &case.pairs.rules.program.eligibility.duplication else { return Findings::default() };
    criterion(
        case,
        Obstacle::Duplication,
        "no-duplication",
        &format!("members with a case manager though they have one of: {}", rule.services.join(", ")),
        "program file: eligibility.duplication",
        "though another service would be duplicated",
    )
}
