//! Members of a program go to case managers who serve it, where the program file requires that.

use crate::program::codes::Becomes;
use crate::program::{ProgramRule, Rules};
use crate::roster::{Manager, Member};
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// The programs a manager serves; those that have ended with what they go on as. Empty = all.
#[must_use]
pub fn served<'a>(rules: &'a Rules, manager: &'a Manager) -> Vec<&'a str> {
    let mut open: Vec<&str> = manager.programs.iter().map(|code| &**code).collect();
    let mut served = Vec::new();
    while let Some(code) = open.pop() {
        if served.contains(&code) {
            continue;
        }
        served.push(code);
        for known in rules.program.codes.iter().filter(|known| known.code == code) {
            if known.until.is_some_and(|last| last < rules.effective_on) {
                open.extend(known.becomes.iter().map(|next| next.code.as_str()));
            }
        }
    }
    served
}

/// The code a member is in on the effective date: that of a change already due, and an ended one as what it becomes
/// at the member's age.
#[must_use]
pub fn code_of<'a>(rules: &'a Rules, member: &'a Member) -> Option<&'a str> {
    let day = rules.effective_on;
    let changed = member.case.next_program_on.is_some_and(|first| first <= day);
    let written = member.case.next_program.as_ref().filter(|_| changed).or(member.program.as_ref())?;
    let fits = |next: &&Becomes| {
        let age = member.birth_date.and_then(|born| day.years_since(born));
        next.min_age.is_none_or(|least| age.is_some_and(|age| age >= least))
            && next.under_age.is_none_or(|under| age.is_some_and(|age| age < under))
    };
    let follow = |code: &'a str| {
        let ended = rules.program.codes.iter().find(|known| known.code == code)?;
        ended.until.filter(|&last| last < day)?;
        ended.becomes.iter().find(fits).map(|next| next.code.as_str())
    };
    // Each code is followed once at most: a circle of ended codes ends.
    std::iter::successors(Some(&**written), |code| follow(code)).take(rules.program.codes.len() + 1).last()
}

/// Does the manager list programs, and not the member's? A blank on either side bars nobody.
#[must_use]
pub fn bars(rules: &Rules, member: &Member, served: &[&str]) -> bool {
    if rules.program.eligibility.program.rule != ProgramRule::Required || served.is_empty() {
        return false;
    }
    code_of(rules, member).is_some_and(|wanted| !served.contains(&wanted))
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    if case.pairs.rules.program.eligibility.program.rule != ProgramRule::Required {
        return Findings::default();
    }
    criterion(
        case,
        Obstacle::Program,
        "program-served",
        "members whose case manager does not serve their program",
        "program file: eligibility.program",
        "who does not serve the member's program",
    )
}
