//! Nobody serves a member who has a service that case management would duplicate, where the program file names such
//! services.

use crate::program::{Duplication, Existing, Rules};
use crate::roster::Member;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, State, none_allowed};
use crate::verify::violation::Violation;

/// Does a rule bar the member from a new case manager, or, when `is_present`, from the present one?
#[must_use]
pub fn bars(rules: &Rules, member: &Member, is_present: bool) -> bool {
    rules.program.duplications.iter().any(|rule| barred_by(rule, rules, member, is_present))
}

/// Does this one? With an age limit only the younger ones; a blank birth date bars nobody.
fn barred_by(rule: &Duplication, rules: &Rules, member: &Member, is_present: bool) -> bool {
    if is_present && rule.existing == Existing::Exempt {
        return false;
    }
    let Some(service) = &member.other_case_management else { return false };
    let is_of_age = |years: u32| {
        member.birth_date.is_none_or(|born| rules.effective_on.years_since(born).is_some_and(|age| age >= years))
    };
    rule.services.iter().any(|named| **named == **service) && !rule.under_age.is_some_and(is_of_age)
}

/// Judges a plan: a row for each rule, and one violation for a pair, whatever number of rules bar it.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let (roster, rules) = (case.pairs.roster, case.pairs.rules);
    let barring = |rule: &&Duplication, member, manager| {
        let row = roster.member(member);
        barred_by(rule, rules, row, row.manager == Some(manager))
    };
    let outcome = |rule: &Duplication| {
        let count = |state: &State| {
            state.barred(Obstacle::Duplication).filter(|(member, manager)| barring(&rule, *member, *manager)).count()
        };
        let age = rule.under_age.map_or_else(String::new, |age| format!(" under {age} years of age"));
        let how = format!("members{age} with a case manager though they have one of: {}", rule.services.join(", "));
        none_allowed(&rule.name, count(case.before), count(case.after), &how, &rule.citation)
    };
    let violation = |(member, manager)| {
        let (who, whom) = (case.member_id(member), case.manager_id(manager));
        let first = rules.program.duplications.iter().find(|rule| barring(rule, member, manager));
        let name = first.map_or("duplication", |rule| &*rule.name);
        let code = case.pairs.code(Obstacle::Duplication, member, manager);
        let what = "though another service would be duplicated";
        Violation::new(code, format!("member {who} is with case manager {whom}, {what} ({name})"))
            .member(member)
            .manager(manager)
    };
    Findings {
        outcomes: rules.program.duplications.iter().map(outcome).collect(),
        violations: case.after.barred(Obstacle::Duplication).map(violation).collect(),
    }
}
