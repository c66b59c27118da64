//! Every qualification the program file requires, of all or for the member's category, is held by the case manager.

use crate::program::Rules;
use crate::roster::{Manager, Member};
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

fn lacks(manager: &Manager, wanted: &str) -> bool {
    !manager.qualifications.iter().any(|held| **held == *wanted)
}

/// Does the manager lack a qualification that every member asks for?
#[must_use]
pub fn bars_all(rules: &Rules, manager: &Manager) -> bool {
    rules.program.eligibility.qualification.required.iter().any(|wanted| lacks(manager, wanted))
}

/// Does the manager lack a qualification required for the member?
#[must_use]
pub fn bars(rules: &Rules, member: &Member, manager: &Manager) -> bool {
    if bars_all(rules, manager) {
        return true;
    }
    let criteria = &rules.program.eligibility;
    let lacks = |wanted: &String| lacks(manager, wanted);
    if !criteria.qualification_for.iter().any(|rule| rule.required.iter().any(lacks)) {
        return false;
    }
    let Some(category) = rules.category_of(member) else { return false };
    let name = &rules.program.categories[category].name;
    criteria.qualification_for.iter().any(|rule| rule.of.contains(name) && rule.required.iter().any(lacks))
}

/// Every qualification that the member asks for: what all ask for, then what the category does.
#[must_use]
pub fn asked<'a>(rules: &'a Rules, member: &Member) -> Vec<&'a str> {
    let criteria = &rules.program.eligibility;
    let category = rules.category_of(member).map(|at| &rules.program.categories[at].name);
    let of_category =
        criteria.qualification_for.iter().filter(|rule| category.is_some_and(|name| rule.of.contains(name)));
    let mut all: Vec<&str> = criteria.qualification.required.iter().map(String::as_str).collect();
    for wanted in of_category.flat_map(|rule| &rule.required) {
        if !all.contains(&wanted.as_str()) {
            all.push(wanted);
        }
    }
    all
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let criteria = &case.pairs.rules.program.eligibility;
    if criteria.qualification.required.is_empty() && criteria.qualification_for.is_empty() {
        return Findings::default();
    }
    criterion(
        case,
        Obstacle::Qualification,
        "qualification-held",
        "members whose case manager lacks a required qualification",
        "program file: eligibility.qualification",
        "who lacks a required qualification",
    )
}
