//! Limits on disparity: what a group's moves may be above those of all members.
//!
//! With N members who could stay, `n` of them in the group, and X percentage points, `m / n <= M / N + X / 100` for the
//! moves m of the group and M of all. With d the greatest common divisor of n and N, and those outside counted when they
//! *stay* instead of when they move, so that nothing counts below 0:
//!
//! ```text
//! (N - n) / d  x  moves inside  +  n / d  x  stays outside  <=  floor(X n N / (100 d))  +  n / d  x  (N - n)
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::MemberIx;
use crate::model::eligibility::Eligibility;
use crate::model::problem::{Load, Row, RowUse};
use crate::model::rows::moves::stayer;
use crate::model::rows::{NamedRow, RowName};
use crate::program::Rules;
use crate::program::fairness::Group;
use crate::roster::Roster;

/// A row for every group of every such limit that is large enough and is not everybody.
#[must_use]
pub fn rows(roster: &Roster, rules: &Rules, eligibility: &Eligibility<'_>, units: &[Vec<MemberIx>]) -> Vec<NamedRow> {
    let mut rows = Vec::new();
    let managers = roster.managers().len();
    for limit in &rules.program.fairness {
        let mut groups: BTreeMap<Group, i64> = BTreeMap::new();
        let mut all = 0;
        for &member in units.iter().flatten() {
            if stayer(roster, eligibility, member).is_some() {
                all += 1;
                if let Some(group) = limit.by.of(rules, roster.member(member)) {
                    *groups.entry(group).or_default() += 1;
                }
            }
        }
        for (group, inside) in groups {
            if inside == all || inside < i64::from(limit.min_members) {
                continue;
            }
            let divisor = divisor(all, inside);
            let (move_inside, stay_outside) = ((all - inside) / divisor, inside / divisor);
            let of_unit = |unit: &Vec<MemberIx>| {
                let mut load = OfUnit::default();
                for &member in unit {
                    let Some(present) = stayer(roster, eligibility, member) else { continue };
                    if limit.by.of(rules, roster.member(member)).as_ref() == Some(&group) {
                        load.moving += move_inside;
                        load.add(present.0, -move_inside);
                    } else {
                        load.add(present.0, stay_outside);
                    }
                }
                load
            };
            let load: Arc<dyn Load> = Arc::new(Disparity(units.iter().map(of_unit).collect()));
            // Thousandths of a point.
            let points = i128::from(limit.max_points.thousandths()) * i128::from(inside) * i128::from(all);
            let above = (points / (100_000 * i128::from(divisor))) as i64;
            let name = RowName::Fairness { rule: limit.name.clone(), group: group.1 };
            let uses = RowUse::Weighed(vec![true; managers], load);
            rows.push((name, Row { uses, limit: above + stay_outside * (all - inside) }));
        }
    }
    rows
}

/// Euclid's algorithm.
fn divisor(one: i64, other: i64) -> i64 {
    if other == 0 { one } else { divisor(other, one % other) }
}

/// What every unit uses.
#[derive(Debug)]
struct Disparity(Vec<OfUnit>);

/// What a unit uses with somebody new, and how much more or less with those its members are with.
#[derive(Debug, Default)]
struct OfUnit {
    moving: i64,
    /// By present manager, sorted.
    staying: Vec<(u32, i64)>,
}

impl OfUnit {
    fn add(&mut self, manager: u32, change: i64) {
        match self.staying.binary_search_by_key(&manager, |&(manager, _)| manager) {
            Ok(at) => self.staying[at].1 += change,
            Err(at) => self.staying.insert(at, (manager, change)),
        }
    }
}

impl Load for Disparity {
    fn of(&self, unit: usize, manager: usize) -> i64 {
        let OfUnit { moving, staying } = &self.0[unit];
        let change = staying.binary_search_by_key(&(manager as u32), |&(manager, _)| manager);
        moving + change.map_or(0, |at| staying[at].1)
    }

    fn of_unit(&self, unit: usize) -> Option<i64> {
        let OfUnit { moving, staying } = &self.0[unit];
        staying.iter().all(|&(_, change)| change == 0).then_some(*moving)
    }
}
