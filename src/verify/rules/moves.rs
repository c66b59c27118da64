//! Budgets of members moved from one case manager to another.
//!
//! A member who has to move anyway does not use up a budget: one whose present case manager is not at work on the
//! effective date, or whose present pair a decision forbids or replaces. Members without a case manager do not move.

use std::collections::BTreeMap;

use crate::ids::{ManagerIx, MemberIx};
use crate::verify::RuleOutcome;
use crate::verify::pairs::Pairs;
use crate::verify::rules::{Case, Findings, STATEWIDE};
use crate::verify::violation::{Violation, ViolationCode};

/// The manager whose loss would be a move that budgets count; `None` when the member has none or has to move anyway.
#[must_use]
pub fn could_stay_with(pairs: &Pairs<'_>, member: MemberIx) -> Option<ManagerIx> {
    let present = pairs.roster.member(member).manager?;
    let has_to_go = !pairs.at_work(present)
        || pairs.decisions.forbids(member, present)
        || pairs.decisions.pinned_elsewhere(member, present).is_some();
    (!has_to_go).then_some(present)
}

/// The team whose budget a move away from the manager uses; empty for managers without one.
#[must_use]
pub fn team_name<'a>(pairs: &Pairs<'a>, manager: ManagerIx) -> &'a str {
    pairs.roster.team_of(manager).map_or("", |team| &*team.id)
}

/// Moves that budgets count.
#[derive(Clone, Debug, Default)]
struct Moved {
    total: u32,
    high_need: u32,
    by_team: BTreeMap<String, u32>,
}

fn moved(case: &Case<'_>) -> Moved {
    let mut moved = Moved::default();
    for (member, manager) in case.after.pairs() {
        let Some(present) = could_stay_with(case.pairs, member).filter(|present| *present != manager) else {
            continue;
        };
        moved.total += 1;
        moved.high_need += u32::from(case.pairs.rules.program.high_need.holds(case.pairs.roster.member(member)));
        *moved.by_team.entry(team_name(case.pairs, present).to_owned()).or_default() += 1;
    }
    moved
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let budgets = &case.pairs.rules.program.moves;
    let moved = moved(case);
    let mut findings = Findings::default();
    let mut budget = |rule: &str, key: &str, scope: &str, limit: u32, count: u32, code: ViolationCode| {
        if limit == 0 {
            return;
        }
        if count > limit {
            let detail = format!("{rule} of {scope}: {count} members move, at most {limit}");
            findings.violations.push(Violation::new(code, detail));
        }
        findings.outcomes.push(RuleOutcome {
            rule: rule.to_owned(),
            scope: scope.to_owned(),
            limit: f64::from(limit),
            before: 0.0,
            after: f64::from(count),
            met: count <= limit,
            changeable: true,
            soft: false,
            how: "members moved, without those who have to move anyway".to_owned(),
            citation: format!("program file: moves.{key}"),
        });
    };
    budget("moves-total", "total", STATEWIDE, budgets.total, moved.total, ViolationCode::MovesTotal);
    budget("moves-high-need", "high_need", STATEWIDE, budgets.high_need, moved.high_need, ViolationCode::MovesHighNeed);
    for (team, &count) in &moved.by_team {
        let scope = if team.is_empty() { "no team" } else { team };
        budget("moves-per-team", "per_team", scope, budgets.per_team, count, ViolationCode::MovesTeam);
    }
    if moved.by_team.is_empty() {
        budget("moves-per-team", "per_team", "every team", budgets.per_team, 0, ViolationCode::MovesTeam);
    }
    findings
}
