//! At most so many new members for one case manager at once; fewer for new hires.

use crate::ids::ManagerIx;
use crate::program::Rules;
use crate::program::rules::whole_months;
use crate::roster::{Manager, Roster};
use crate::verify::RuleOutcome;
use crate::verify::rules::{Case, Findings, STATEWIDE, State};
use crate::verify::violation::{Violation, ViolationCode};

/// Is the manager a new hire on the effective date? Counted from the hire, else from the first day at work.
#[must_use]
pub fn is_new_hire(rules: &Rules, manager: &Manager) -> bool {
    let hired = manager.hired_on.or(manager.available_from);
    hired.is_some_and(|day| whole_months(day, rules.effective_on) < rules.program.receive.new_hire_months)
}

/// New members that the members a manager has at present leave room for; `None` when the program does not go by them.
fn by_open(roster: &Roster, rules: &Rules, manager: ManagerIx) -> Option<u32> {
    let per_open = rules.program.receive.per_open;
    (per_open > 0).then(|| roster.present_caseload(manager).len() as u32 / per_open)
}

/// New members the manager may get; `None` = no limit beyond the cap.
#[must_use]
pub fn limit_of(roster: &Roster, rules: &Rules, at: ManagerIx) -> Option<u32> {
    by_number(rules, roster.manager(at)).into_iter().chain(by_open(roster, rules, at)).min()
}

/// The limits that are numbers.
fn by_number(rules: &Rules, manager: &Manager) -> Option<u32> {
    let receive = &rules.program.receive;
    let everybody = (receive.limit > 0).then_some(receive.limit);
    let new_hire = (receive.new_hire_limit > 0 && is_new_hire(rules, manager)).then_some(receive.new_hire_limit);
    everybody.into_iter().chain(new_hire).min()
}

/// Members each manager gets who are not with the manager now.
fn received(roster: &Roster, state: &State) -> Vec<u32> {
    let mut counts = vec![0; roster.managers().len()];
    for (member, manager) in state.pairs() {
        counts[manager.at()] += u32::from(roster.member(member).manager != Some(manager));
    }
    counts
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let (roster, rules) = (case.pairs.roster, case.pairs.rules);
    let counts = received(roster, case.after);
    let violation = |manager: ManagerIx| {
        let (who, count) = (case.manager_id(manager), counts[manager.at()]);
        let told = |code, limit| {
            Violation::new(code, format!("case manager {who} gets {count} new members, at most {limit}"))
                .manager(manager)
        };
        let numbers = by_number(rules, roster.manager(manager)).filter(|&limit| count > limit);
        let open = by_open(roster, rules, manager).filter(|&limit| count > limit);
        let numbers = numbers.map(|limit| told(ViolationCode::Receive, limit));
        numbers.into_iter().chain(open.map(|limit| told(ViolationCode::PerOpen, limit)))
    };
    let row = |rule: &str, limit: u32, how: &str, counted: &dyn Fn(&Manager) -> bool| {
        let most = roster.managers().iter().zip(&counts).filter(|(row, _)| counted(row)).map(|(_, count)| *count).max();
        RuleOutcome {
            rule: rule.to_owned(),
            scope: STATEWIDE.to_owned(),
            limit: f64::from(limit),
            before: 0.0,
            after: f64::from(most.unwrap_or(0)),
            met: most.unwrap_or(0) <= limit,
            changeable: true,
            soft: false,
            how: how.to_owned(),
            citation: format!("program file: receive.{}", rule.replace('-', "_")),
        }
    };
    let receive = &rules.program.receive;
    let mut outcomes = Vec::new();
    if receive.limit > 0 {
        outcomes.push(row("limit", receive.limit, "most new members of one case manager at once", &|_| true));
    }
    if receive.new_hire_limit > 0 {
        let how =
            format!("most new members of one case manager hired less than {} months ago", receive.new_hire_months);
        outcomes.push(row("new-hire-limit", receive.new_hire_limit, &how, &|manager| is_new_hire(rules, manager)));
    }
    if receive.per_open > 0 {
        let beyond = |manager: ManagerIx| {
            counts[manager.at()].saturating_sub(by_open(roster, rules, manager).unwrap_or(u32::MAX))
        };
        let most = roster.manager_indices().map(beyond).max().unwrap_or(0);
        let how = format!(
            "most new members of one case manager beyond one for every {} present ones, rounded down",
            receive.per_open
        );
        let after = f64::from(most);
        outcomes.push(RuleOutcome { limit: 0.0, after, met: most == 0, ..row("per-open", 0, &how, &|_| false) });
    }
    for outcome in &mut outcomes {
        outcome.rule = format!("receive-{}", outcome.rule);
    }
    Findings { outcomes, violations: roster.manager_indices().flat_map(violation).collect() }
}
