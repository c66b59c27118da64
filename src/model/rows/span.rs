//! Members of a supervisor's team. How many case managers a team has is what it is, and no row.

use std::collections::BTreeMap;

use crate::model::problem::{Row, RowUse};
use crate::model::rows::{NamedRow, RowName};
use crate::program::Rules;
use crate::roster::Roster;

/// A row for every team with somebody at work.
#[must_use]
pub fn rows(roster: &Roster, rules: &Rules) -> Vec<NamedRow> {
    let mut teams: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    for at in roster.manager_indices().filter(|&at| rules.at_work(roster.manager(at))) {
        if let Some(team) = roster.team_of(at) {
            teams.entry(&team.id).or_insert_with(|| vec![false; roster.managers().len()])[at.at()] = true;
        }
    }
    let mut rows = Vec::new();
    for span in &rules.program.spans {
        let Some(members) = span.members else { continue };
        for (team, managers) in &teams {
            let name = RowName::Average { rule: span.name.clone(), scope: (*team).to_owned() };
            rows.push((name, Row { uses: RowUse::Within(managers.clone()), limit: i64::from(members) }));
        }
    }
    rows
}
