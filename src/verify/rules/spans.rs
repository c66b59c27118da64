//! Spans of supervision: case managers at work in one team, which no reassignment changes, and the members they have
//! together; of some categories where the rule names them.

use std::collections::BTreeMap;

use crate::ids::ManagerIx;
use crate::program::{Rules, Span};
use crate::roster::Roster;
use crate::verify::RuleOutcome;
use crate::verify::pairs::Pairs;
use crate::verify::rules::{Case, Findings, State};
use crate::verify::tally::Counted;
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

/// Those of a team whom the span is about: their `programs` allow one of its categories. Who lists no programs may serve
/// everybody, and is none of the specialists a span counts unless such a member is there at present.
pub fn serving<'a>(
    rules: &'a Rules,
    roster: &'a Roster,
    span: &'a Span,
    team: &'a [ManagerIx],
) -> impl Iterator<Item = ManagerIx> + 'a {
    let named = || rules.program.categories.iter().filter(|category| span.of.contains(&category.name));
    let by_programs = !span.of.is_empty() && named().all(|category| category.when.programs.is_some());
    team.iter().copied().filter(move |&manager| {
        let row = roster.manager(manager);
        let has_such = || roster.present_caseload(manager).iter().any(|&one| rules.is_of(&span.of, roster.member(one)));
        rules.serves(&span.of, row) && (!by_programs || !row.programs.is_empty() || has_such())
    })
}

/// Members of spans of some categories, as certificates price them.
#[must_use]
pub fn of_categories(roster: &Roster, rules: &Rules) -> Vec<Counted> {
    let named = rules.program.spans.iter().filter(|span| span.members.is_some() && !span.of.is_empty());
    let counted = |span: &Span| Counted {
        name: span.name.clone(),
        uses: roster.members().iter().map(|row| i64::from(rules.is_of(&span.of, row))).collect(),
        ..Counted::default()
    };
    named.map(counted).collect()
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
    let (roster, rules) = (case.pairs.roster, case.pairs.rules);
    let of = if span.of.is_empty() { String::new() } else { format!(" of {}", span.of.join(", ")) };
    if let Some(limit) = span.managers {
        let count = serving(rules, roster, span, managers).count() as u32;
        let how = if of.is_empty() {
            "case managers at work of one supervisor".to_owned()
        } else {
            format!(
                "case managers at work of one supervisor for members{of}: by their programs, or with such members where they list none"
            )
        };
        row("managers", limit, count, count, false, &how);
    }
    if let Some(limit) = span.members {
        let members = |state: &State| {
            if span.of.is_empty() {
                return managers.iter().map(|manager| state.loads[manager.at()]).sum::<u32>();
            }
            let counts = |&(member, manager): &(crate::ids::MemberIx, ManagerIx)| {
                managers.contains(&manager) && rules.is_of(&span.of, roster.member(member))
            };
            state.pairs().filter(counts).count() as u32
        };
        let (before, after) = (members(case.before), members(case.after));
        row("members", limit, before, after, true, &format!("members{of} of one supervisor's case managers"));
        if after > limit {
            let detail = format!("{}: team {team} has {after} members{of}, at most {limit}", span.name);
            findings.violations.push(Violation::new(ViolationCode::Span, detail));
        }
    }
}
