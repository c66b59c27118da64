//! Averages that a reassignment can change: of a region or a team. Over the whole roster or a program with a fixed
//! denominator an average is a constant and no row; over managers with members it is a least number of managers in use.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::own::{Facts, Weights};
use crate::model::problem::{MinimumUse, Row, RowUse};
use crate::model::rows::mixed::common_multiple;
use crate::model::rows::{NamedRow, RowName};
use crate::program::{Average, AverageKind, Denominator, Limit, Rules, Scope};
use crate::roster::Manager;

/// A row for every region or team of every such average.
#[must_use]
pub fn rows(facts: &Facts<'_>) -> Vec<NamedRow> {
    let (roster, rules) = (facts.roster(), facts.rules());
    let mut rows = Vec::new();
    for average in &rules.program.averages {
        if !matches!(average.scope, Scope::Region | Scope::Team) || average.denominator == Denominator::WithMembers {
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
        let above = above(facts, average);
        for (scope, (managers, thousandths)) in scopes {
            let name = RowName::Average { rule: average.name.clone(), scope: scope.to_owned() };
            let limit = (u128::from(above.whole) * u128::from(thousandths) / 1_000_000) as i64;
            let uses = match &above.units {
                None => RowUse::Within(managers),
                Some(units) => RowUse::Weighed(managers, Arc::clone(units) as _),
            };
            rows.push((name, Row { uses, limit }));
        }
    }
    rows
}

/// What counts above the line: `whole` thousandths are one case manager's; `None` = every member counts one.
struct Above {
    whole: u64,
    units: Option<Arc<Weights>>,
}

fn above(facts: &Facts<'_>, average: &Average) -> Above {
    if average.kind == AverageKind::Combined {
        let limits: Vec<Limit> = average.parts.iter().map(|part| part.limit).collect();
        let whole = common_multiple(&limits);
        let share = |member| {
            let part = average.parts.iter().find(|part| facts.is_of(&part.of, member));
            part.map_or(0, |part| whole / part.limit.thousandths() as i64)
        };
        return Above { whole: whole.cast_unsigned(), units: weighed(facts, &facts.members(share)) };
    }
    let one = |member| i64::from(facts.is_of(&average.of, member));
    Above { whole: average.limit.thousandths(), units: weighed(facts, &facts.members(one)) }
}

fn weighed(facts: &Facts<'_>, members: &[i64]) -> Option<Arc<Weights>> {
    members.iter().any(|&weight| weight != 1).then(|| Arc::new(Weights(facts.units(members))))
}

/// What one manager counts below the line, in thousandths.
fn counted(rules: &Rules, average: &Average, manager: &Manager) -> u64 {
    match average.denominator {
        Denominator::Headcount | Denominator::WithMembers => 1000,
        Denominator::FteLessLeave if manager.max_caseload == Some(0) || rules.is_on_leave(manager) => 0,
        Denominator::FilledFte | Denominator::FteLessLeave => u64::from(manager.fte_thousandths),
        Denominator::Serving => u64::from(rules.serves(&average.categories(), manager)) * 1000,
    }
}

/// The least number of managers in use that averages over managers with members demand for so many placed members,
/// with the rule's name.
#[must_use]
pub fn minimum_use(rules: &Rules, members: i64) -> Option<(String, MinimumUse)> {
    let over_used = |average: &&Average| average.scope == Scope::All && average.denominator == Denominator::WithMembers;
    let smallest = rules.program.averages.iter().filter(over_used).min_by_key(|average| average.limit)?;
    let thousandths = smallest.limit.thousandths().max(1000);
    let managers = (members.max(0).cast_unsigned() * 1000).div_ceil(thousandths).cast_signed();
    Some((smallest.name.clone(), MinimumUse { managers }))
}
