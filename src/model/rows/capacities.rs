//! Weighted capacities: what a manager's members weigh, the minutes a month they take, or the contacts they need in a
//! period, as whole numbers. Weights and contacts are counted in the largest step that all of them are multiples of;
//! minutes are rounded member by member.

use std::sync::Arc;

use chrono::Datelike;

use crate::cost::{Prepared, thousandths};
use crate::ids::MemberIx;
pub use crate::model::own::Weights;
use crate::model::own::{Facts, Own, Uses, Words};
use crate::model::problem::Load;
use crate::program::{Capacity, CapacityKind, PerNeed, Rules};
use crate::roster::{Manager, Member};
use crate::travel::{Point, TravelTime};

/// Thousandths of a contact times thousandths of a minute, nine times: the fraction of a minute in which contacts and
/// drives are both whole.
const PARTS: i128 = 9_000_000;
/// Days of a month, as periods count them.
const MONTH: i64 = 30;

/// Minutes a month with the drives inside.
#[derive(Debug)]
struct Minutes {
    line: TravelTime,
    /// Months that authorizations are spread over.
    months: i128,
    /// `members[first[u]..first[u + 1]]` are those of unit u who count.
    first: Vec<usize>,
    members: Vec<Visited>,
    bases: Vec<Option<Point>>,
}

/// A member as the hours see it.
#[derive(Debug)]
struct Visited {
    /// Without drives, in parts of a minute a month, `months` times.
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
            nearest_minute(member.parts + drive * self.months, self.months)
        };
        self.members[self.first[unit]..self.first[unit + 1]].iter().map(minutes).sum()
    }

    fn of_unit(&self, _: usize) -> Option<i64> {
        None
    }
}

fn nearest_minute(parts: i128, months: i128) -> i64 {
    let minute = PARTS * months;
    (parts + minute / 2).div_euclid(minute) as i64
}

/// Every capacity of the program.
#[must_use]
pub fn limits(facts: &Facts<'_>) -> Vec<Own> {
    facts.rules().program.capacities.iter().map(|capacity| own(facts, capacity)).collect()
}

fn own(facts: &Facts<'_>, capacity: &Capacity) -> Own {
    let (roster, rules) = (facts.roster(), facts.rules());
    let counts = |member| facts.is_of(&capacity.of, member);
    let mut step = 1;
    let members = match capacity.kind {
        CapacityKind::Hours => {
            let months = months_left(rules);
            let take = |member| nearest_minute(parts(facts, capacity, member), months);
            facts.members(|member| if counts(member) { take(member) } else { 0 })
        }
        CapacityKind::Weight => {
            let mut weights = facts.members(|member| if counts(member) { weight(facts, capacity, member) } else { 0 });
            step = largest_step(all_weights(capacity));
            weights.iter_mut().for_each(|weight| *weight /= step);
            weights
        }
        CapacityKind::Contacts => {
            let needed = |member| if counts(member) { contacts(rules, capacity, roster.member(member)) } else { 0 };
            let mut contacts = facts.members(needed);
            step = largest_step(contacts.iter().copied());
            contacts.iter_mut().for_each(|contacts| *contacts /= step);
            contacts
        }
    };
    let uses = if capacity.travel_inside {
        Uses::Pairs(Arc::new(minutes(facts, capacity)), members)
    } else {
        Uses::Members(members)
    };
    let limit = |manager: &Manager| Some(limit(rules, capacity, manager) / step);
    Own {
        name: capacity.name.clone(),
        uses,
        limits: roster.managers().iter().map(limit).collect(),
        words: match capacity.kind {
            CapacityKind::Weight => Words { times: step, over: 1000, unit: "" },
            CapacityKind::Hours => Words { times: 1, over: 60, unit: " hours a month" },
            CapacityKind::Contacts => Words { times: step, over: 1000, unit: " contacts a period" },
        },
    }
}

/// The largest step that all are multiples of; 1 when there is nothing to step.
fn largest_step(all: impl IntoIterator<Item = i64>) -> i64 {
    let mut step = 0;
    for value in all {
        let (mut large, mut small) = (step, value);
        while small != 0 {
            (large, small) = (small, large % small);
        }
        step = large;
    }
    step.max(1)
}

/// Every weight of the rule, in thousandths.
fn all_weights(capacity: &Capacity) -> Vec<i64> {
    let grades = capacity.weights.map(|of: PerNeed<f64>| [of.low, of.moderate, of.high, of.intensive]);
    let named = capacity.weight_of.iter().flat_map(|of| of.values().copied());
    grades.into_iter().flatten().chain(named).map(thousandths).collect()
}

/// By category, else as everybody else, else by grade.
fn weight(facts: &Facts<'_>, capacity: &Capacity, member: MemberIx) -> i64 {
    let of = |name: &str| capacity.weight_of.as_ref()?.get(name).copied();
    let named = facts.category(member).and_then(of).or_else(|| of("other"));
    let graded = || capacity.weights.map(|of| of.of(facts.roster().member(member).need));
    named.or_else(graded).map_or(0, thousandths)
}

/// Thousandths of a contact in a period.
fn contacts(rules: &Rules, capacity: &Capacity, member: &Member) -> i64 {
    if let (None, Some(a_period)) = (member.contacts_per_month, capacity.contacts_per_period) {
        return thousandths(a_period);
    }
    let days = i64::from(capacity.period_days.unwrap_or(0));
    (thousandths(rules.contacts_per_month(member)) * days + MONTH / 2).div_euclid(MONTH)
}

/// In thousandths of weight or of a contact, or in minutes a month, rounded down.
fn limit(rules: &Rules, capacity: &Capacity, manager: &Manager) -> i64 {
    let fte = if capacity.scale_with_fte { i64::from(rules.capacity_thousandths(manager)) } else { 1000 };
    match capacity.kind {
        CapacityKind::Weight => thousandths(capacity.limit) * fte / 1000,
        CapacityKind::Contacts => {
            let a_day = capacity.contacts_per_workday.map_or(0, thousandths);
            a_day * i64::from(capacity.workdays.unwrap_or(0)) * fte / 1000
        }
        CapacityKind::Hours => {
            let of_rule = thousandths(capacity.limit) * 60 * fte / (1000 * 1000);
            // Hours a year are five minutes a month each.
            let own = manager.hours_per_year.map(|hours| thousandths(hours) * 5 / 1000);
            own.map_or(of_rule, |own| own.min(of_rule))
        }
    }
}

/// Months left in the calendar year, the month of the effective date included.
fn months_left(rules: &Rules) -> i128 {
    13 - i128::from(rules.effective_on.month())
}

/// Contacts, fixed minutes and what is left of the authorization, without drives: in parts of a minute a month, times
/// the months left in the year.
fn parts(facts: &Facts<'_>, capacity: &Capacity, member: MemberIx) -> i128 {
    let (rules, row) = (facts.rules(), facts.roster().member(member));
    let each = capacity.minutes_per_contact.map_or(0, thousandths);
    let of = |name: &str| capacity.hours_of.as_ref()?.get(name).copied();
    let named = facts.category(member).and_then(of).or_else(|| of("other")).map(|hours| thousandths(hours) * 60);
    let graded = || capacity.minutes_per_month.map(|minutes| thousandths(minutes.of(row.need)));
    let fixed = named.or_else(graded).unwrap_or(0);
    let contacts = thousandths(rules.contacts_per_month(row));
    let monthly = (i128::from(contacts) * i128::from(each) + i128::from(fixed) * 1000) * 9;
    let left = capacity.authorized.map_or(0, |authorized| {
        let units = thousandths(row.authorized_units.unwrap_or(authorized.units_per_year));
        let left = (units - thousandths(row.used_units.unwrap_or(0.0))).max(0);
        i128::from(left) * i128::from(thousandths(authorized.minutes_per_unit)) * 9
    });
    monthly * months_left(rules) + left
}

fn minutes(facts: &Facts<'_>, capacity: &Capacity) -> Minutes {
    let prepared: &Prepared<'_> = facts.prepared;
    let mut all = Minutes {
        line: prepared.line,
        months: months_left(facts.rules()),
        first: vec![0],
        members: Vec::new(),
        bases: prepared.managers.iter().map(|manager| manager.base).collect(),
    };
    for unit in facts.units {
        for &member in unit.iter().filter(|&&member| facts.is_of(&capacity.of, member)) {
            let known = &prepared.members[member.at()];
            let parts = parts(facts, capacity, member);
            all.members.push(Visited { parts, visits: known.visits, home: known.home });
        }
        all.first.push(all.members.len());
    }
    all
}
