//! Members of a supervisor's team, all of them or those of some categories. How many case managers a team has is what it is,
//! and no row.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::own::{Facts, Weights};
use crate::model::problem::{Row, RowUse};
use crate::model::rows::{NamedRow, RowName};

/// A row for every team with somebody at work.
#[must_use]
pub fn rows(facts: &Facts<'_>) -> Vec<NamedRow> {
    let (roster, rules) = (facts.roster(), facts.rules());
    let mut teams: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    for at in roster.manager_indices().filter(|&at| rules.at_work(roster.manager(at))) {
        if let Some(team) = roster.team_of(at) {
            teams.entry(&team.id).or_insert_with(|| vec![false; roster.managers().len()])[at.at()] = true;
        }
    }
    let mut rows = Vec::new();
    for span in &rules.program.spans {
        let Some(members) = span.members else { continue };
        let one = |member| i64::from(facts.is_of(&span.of, member));
        let weights = (!span.of.is_empty()).then(|| Arc::new(Weights(facts.units(&facts.members(one)))));
        for (team, managers) in &teams {
            let name = RowName::Average { rule: span.name.clone(), scope: (*team).to_owned() };
            let uses = match &weights {
                None => RowUse::Within(managers.clone()),
                Some(weights) => RowUse::Weighed(managers.clone(), Arc::clone(weights) as _),
            };
            rows.push((name, Row { uses, limit: i64::from(members) }));
        }
    }
    rows
}
