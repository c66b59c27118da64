//! Weighted capacities: what a manager's members weigh, or the minutes a month they take, as whole numbers. Weights are
//! counted in the largest step that all of them are multiples of; minutes are rounded member by member.

use std::sync::Arc;

use crate::cost::{Prepared, thousandths};
use crate::ids::{ManagerIx, MemberIx};
use crate::model::problem::{Load, Row, RowUse};
use crate::model::rows::{NamedRow, RowName};
use crate::program::{Capacity, CapacityKind, Rules};
use crate::roster::{Manager, Member};
use crate::travel::{Point, TravelTime};

/// Thousandths of a contact times thousandths of a minute, nine times: the fraction of a minute in which contacts and
/// drives are both whole.
const PARTS: i128 = 9_000_000;

/// What every unit weighs, whoever takes it: unit by unit, in the capacity's own unit.
#[derive(Debug)]
pub struct Weights(pub Vec<i64>);

impl Load for Weights {
    fn of(&self, unit: usize, _: usize) -> i64 {
        self.0[unit]
    }

    fn of_unit(&self, unit: usize) -> Option<i64> {
        Some(self.0[unit])
    }
}

/// Minutes a month with the drives inside.
#[derive(Debug)]
struct Minutes {
    line: TravelTime,
    /// `members[first[u]..first[u + 1]]` are those of unit u.
    first: Vec<usize>,
    members: Vec<Visited>,
    bases: Vec<Option<Point>>,
}

/// A member as the hours see it.
#[derive(Debug)]
struct Visited {
    /// Contacts, in parts of a minute a month.
    parts: i128,
    /// Thousandths of a visit a year.
    visits: i64,
    home: Option<Point>,
}

impl Load for Minutes {
    fn of(&self, unit: usize, manager: usize) -> i64 {
        let minutes = |member: &Visited| {
            let drive = match (member.home, self.bases[manager]) {
                // There and back, a year in months, seconds in minutes: 2 / (12 x 60) of nine million parts in thousandths.
                (Some(home), Some(base)) => {
                    25 * i128::from(member.visits) * i128::from(self.line.between(base, home).0)
                }
                _ => 0,
            };
            nearest_minute(member.parts + drive)
        };
        self.members[self.first[unit]..self.first[unit + 1]].iter().map(minutes).sum()
    }

    fn of_unit(&self, _: usize) -> Option<i64> {
        None
    }
}

fn nearest_minute(parts: i128) -> i64 {
    (parts + PARTS / 2).div_euclid(PARTS) as i64
}

/// A row for every capacity of every manager at work.
#[must_use]
pub fn rows(prepared: &Prepared<'_>, units: &[Vec<MemberIx>]) -> Vec<NamedRow> {
    let (roster, rules) = (prepared.roster, prepared.rules);
    let mut rows = Vec::new();
    for capacity in &rules.program.capacities {
        let step = step(capacity);
        let load: Arc<dyn Load> = match capacity.kind {
            CapacityKind::Weight => {
                let weigh = |member: &MemberIx| weight(capacity, roster.member(*member)) / step;
                Arc::new(Weights(units.iter().map(|unit| unit.iter().map(weigh).sum()).collect()))
            }
            CapacityKind::Hours if capacity.travel_inside => Arc::new(minutes(prepared, capacity, units)),
            CapacityKind::Hours => {
                let take = |member: &MemberIx| nearest_minute(contact_parts(rules, capacity, roster.member(*member)));
                Arc::new(Weights(units.iter().map(|unit| unit.iter().map(take).sum()).collect()))
            }
        };
        for (at, manager) in roster.managers().iter().enumerate().filter(|(_, manager)| rules.at_work(manager)) {
            let name = RowName::Load { rule: capacity.name.clone(), manager: ManagerIx::new(at) };
            let limit = limit(rules, capacity, manager) / step;
            rows.push((name, Row { uses: RowUse::Load(at as u32, Arc::clone(&load)), limit }));
        }
    }
    rows
}

/// The largest step, in thousandths, that every weight is a multiple of; 1 for hours: what one unit of
/// the row is.
#[must_use]
pub fn step(capacity: &Capacity) -> i64 {
    let Some(weights) = capacity.weights else { return 1 };
    let mut step = 0;
    for weight in [weights.low, weights.moderate, weights.high, weights.intensive] {
        let (mut large, mut small) = (step, thousandths(weight));
        while small != 0 {
            (large, small) = (small, large % small);
        }
        step = large;
    }
    step.max(1)
}

fn weight(capacity: &Capacity, member: &Member) -> i64 {
    capacity.weights.map_or(0, |weights| thousandths(weights.of(member.need)))
}

/// In thousandths of weight or in minutes a month, rounded down.
fn limit(rules: &Rules, capacity: &Capacity, manager: &Manager) -> i64 {
    let fte = if capacity.scale_with_fte { i64::from(rules.capacity_thousandths(manager)) } else { 1000 };
    match capacity.kind {
        CapacityKind::Weight => thousandths(capacity.limit) * fte / 1000,
        CapacityKind::Hours => {
            let of_rule = thousandths(capacity.limit) * 60 * fte / (1000 * 1000);
            // Hours a year are five minutes a month each.
            let own = manager.hours_per_year.map(|hours| thousandths(hours) * 5 / 1000);
            own.map_or(of_rule, |own| own.min(of_rule))
        }
    }
}

/// Contacts and fixed minutes of a month, in parts of a minute.
fn contact_parts(rules: &Rules, capacity: &Capacity, member: &Member) -> i128 {
    let contacts = member.contacts_per_month.unwrap_or(rules.program.defaults.contacts_per_month.of(member.need));
    let each = capacity.minutes_per_contact.map_or(0, thousandths);
    let fixed = capacity.minutes_per_month.map_or(0, |minutes| thousandths(minutes.of(member.need)));
    (i128::from(thousandths(contacts)) * i128::from(each) + i128::from(fixed) * 1000) * 9
}

fn minutes(prepared: &Prepared<'_>, capacity: &Capacity, units: &[Vec<MemberIx>]) -> Minutes {
    let mut all = Minutes {
        line: prepared.line,
        first: vec![0],
        members: Vec::new(),
        bases: prepared.managers.iter().map(|manager| manager.base).collect(),
    };
    for unit in units {
        for &member in unit {
            let facts = &prepared.members[member.at()];
            let parts = contact_parts(prepared.rules, capacity, prepared.roster.member(member));
            all.members.push(Visited { parts, visits: facts.visits, home: facts.home });
        }
        all.first.push(all.members.len());
    }
    all
}
