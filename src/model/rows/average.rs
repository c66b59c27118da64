//! Averages that a reassignment can change: of a region or a team. Over the whole roster with a fixed denominator an
//! average is a constant and no row; over managers with members it is a least number of managers in use.

use std::collections::BTreeMap;

use crate::model::problem::{MinimumUse, Row, RowUse};
use crate::model::rows::{NamedRow, RowName};
use crate::program::{Average, Denominator, Rules, Scope};
use crate::roster::{Manager, Roster};

/// A row for every region or team of every such average.
#[must_use]
pub fn rows(roster: &Roster, rules: &Rules) -> Vec<NamedRow> {
    let mut rows = Vec::new();
    for average in &rules.program.averages {
        if average.scope == Scope::All || average.denominator == Denominator::WithMembers {
            continue;
        }
        let mut scopes: BTreeMap<&str, (Vec<bool>, u64)> = BTreeMap::new();
        for (at, manager) in roster.managers().iter().enumerate() {
            if !rules.at_work(manager) {
                continue;
            }
            let team = manager.team.map(|team| &roster.teams()[team.at()]);
            let scope = match average.scope {
                Scope::Team => team.map_or("", |team| &team.id),
                _ => team.and_then(|team| team.region.as_deref()).unwrap_or(""),
            };
            let entry = scopes.entry(scope).or_insert_with(|| (vec![false; roster.managers().len()], 0));
            entry.0[at] = true;
            entry.1 += counted(rules, average, manager);
        }
        for (scope, (managers, thousandths)) in scopes {
            let limit = (u64::from(average.limit) * thousandths / 1000) as i64;
            let name = RowName::Average { rule: average.name.clone(), scope: scope.to_owned() };
            rows.push((name, Row { uses: RowUse::Within(managers), limit }));
        }
    }
    rows
}

/// What one manager counts below the line, in thousandths.
fn counted(rules: &Rules, average: &Average, manager: &Manager) -> u64 {
    match average.denominator {
        Denominator::Headcount | Denominator::WithMembers => 1000,
        Denominator::FteLessLeave if manager.max_caseload == Some(0) || rules.is_on_leave(manager) => 0,
        Denominator::FilledFte | Denominator::FteLessLeave => u64::from(manager.fte_thousandths),
    }
}

/// The least number of managers in use that averages over managers with members demand for so many placed members,
/// with the rule's name.
#[must_use]
pub fn minimum_use(rules: &Rules, members: i64) -> Option<(String, MinimumUse)> {
    let over_used = |average: &&Average| average.scope == Scope::All && average.denominator == Denominator::WithMembers;
    let smallest = rules.program.averages.iter().filter(over_used).min_by_key(|average| average.limit)?;
    let managers = members.max(0).cast_unsigned().div_ceil(u64::from(smallest.limit.max(1))).cast_signed();
    Some((smallest.name.clone(), MinimumUse { managers }))
}
