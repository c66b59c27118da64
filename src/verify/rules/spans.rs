//! Spans of supervision: case managers at work in one team, which no reassignment changes, and the members they have
//! together.

use std::collections::BTreeMap;

use crate::ids::ManagerIx;
use crate::program::Span;
use crate::verify::RuleOutcome;
use crate::verify::pairs::Pairs;
use crate::verify::rules::{Case, Findings, State};
use crate::verify::violation::{Violation, ViolationCode};

/// Teams with their case managers at work; case managers without a team are in none.
#[must_use]
pub fn teams<'a>(pairs: &Pairs<'a>) -> BTreeMap<&'a str, Vec<ManagerIx>> {
    let mut teams: BTreeMap<&str, Vec<ManagerIx>> = BTreeMap::new();
    for manager in pairs.roster.manager_indices().filter(|&manager| pairs.at_work(manager)) {
        if let Some(team) = pairs.roster.team_of(manager) {
            teams.entry(&team.id).or_default().push(manager);
        }
    }
    teams
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let mut findings = Findings::default();
    let teams = teams(case.pairs);
    for span in &case.pairs.rules.program.spans {
        for (team, managers) in &teams {
            judge_team(case, span, team, managers, &mut findings);
        }
    }
    findings
}

fn judge_team(case: &Case<'_>, span: &Span, team: &str, managers: &[ManagerIx], findings: &mut Findings) {
    let mut row = |part: &str, limit: u32, before: u32, after: u32, changeable: bool, how: &str| {
        findings.outcomes.push(RuleOutcome {
            rule: format!("{}-{part}", span.name),
            scope: team.to_owned(),
            limit: f64::from(limit),
            before: f64::from(before),
            after: f64::from(after),
            met: after <= limit,
            changeable,
            soft: false,
            how: how.to_owned(),
            citation: span.citation.clone(),
        });
    };
    if let Some(limit) = span.managers {
        let count = managers.len() as u32;
        row("managers", limit, count, count, false, "case managers at work of one supervisor");
    }
    if let Some(limit) = span.members {
        let members = |state: &State| managers.iter().map(|manager| state.loads[manager.at()]).sum::<u32>();
        let (before, after) = (members(case.before), members(case.after));
        row("members", limit, before, after, true, "members of one supervisor's case managers");
        if after > limit {
            let detail = format!("{}: team {team} has {after} members, at most {limit}", span.name);
            findings.violations.push(Violation::new(ViolationCode::Span, detail));
        }
    }
}
