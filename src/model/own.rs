//! Limits of single case managers, whatever they count: members of a category, weights, minutes, shares of a full
//! caseload. Each rule says what members use and how much each case manager may; here these become places and rows.
//!
//! A limit that every member uses alike is nothing but a number of places, and is no row: programs whose rules all are of
//! that kind stay in the network class. Any other limit still says how many of the lightest members fit at the most.

use std::sync::Arc;

use crate::cost::Prepared;
use crate::ids::{ManagerIx, MemberIx};
use crate::model::problem::{Load, Row, RowUse};
use crate::model::rows::{NamedRow, RowName, cap, capacities, mixed, range};
use crate::program::Rules;
use crate::roster::{Member, Roster};

/// What is counted.
#[derive(Debug)]
pub enum Uses {
    /// Member by member, whoever the case manager is.
    Members(Vec<i64>),
    /// Unit by unit: households count once.
    Units(Vec<i64>),
    /// Unit by unit it depends on the case manager; and what each member uses at least.
    Pairs(Arc<dyn Load>, Vec<i64>),
}

/// A limit of single case managers.
#[derive(Debug)]
pub struct Own {
    /// Name its prices are published under.
    pub name: String,
    /// What is counted.
    pub uses: Uses,
    /// Manager by manager, in the rule's own whole numbers; `None` = not bound.
    pub limits: Vec<Option<i64>>,
    /// How a sum is told.
    pub words: Words,
}

/// A sum of a rule in its words: `sum x times / over`, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// Multiplied by.
    pub times: i64,
    /// Divided by.
    pub over: i64,
    /// Unit, with a space before it; may be empty.
    pub unit: &'static str,
}

impl Words {
    /// The sum as a text.
    #[must_use]
    pub fn of(self, sum: i64) -> String {
        format!("{:.1}{}", (sum * self.times) as f64 / self.over as f64, self.unit)
    }
}

/// What every unit uses, whoever takes it: unit by unit, in the rule's own whole numbers.
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

/// What rules need to know of everybody, looked up once.
pub struct Facts<'a> {
    /// Roster and rules.
    pub prepared: &'a Prepared<'a>,
    /// The units of the problem.
    pub units: &'a [Vec<MemberIx>],
    /// Member by member: the category's name.
    categories: Vec<Option<&'a str>>,
}

impl<'a> Facts<'a> {
    /// Looks it up.
    #[must_use]
    pub fn new(prepared: &'a Prepared<'a>, units: &'a [Vec<MemberIx>]) -> Self {
        let rules = prepared.rules;
        let name = |member: &Member| rules.category_of(member).map(|at| &*rules.program.categories[at].name);
        Self { prepared, units, categories: prepared.roster.members().iter().map(name).collect() }
    }

    /// The roster.
    #[must_use]
    pub fn roster(&self) -> &'a Roster {
        self.prepared.roster
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &'a Rules {
        self.prepared.rules
    }

    /// The category of a member.
    #[must_use]
    pub fn category(&self, member: MemberIx) -> Option<&'a str> {
        self.categories[member.at()]
    }

    /// Is the member of one of these categories? Without any, everybody is.
    #[must_use]
    pub fn is_of(&self, of: &[String], member: MemberIx) -> bool {
        of.is_empty() || self.category(member).is_some_and(|own| of.iter().any(|name| name == own))
    }

    /// A number for every member.
    #[must_use]
    pub fn members(&self, of: impl FnMut(MemberIx) -> i64) -> Vec<i64> {
        self.roster().member_indices().map(of).collect()
    }

    /// What units use, from what their members do.
    #[must_use]
    pub fn units(&self, members: &[i64]) -> Vec<i64> {
        self.units.iter().map(|unit| unit.iter().map(|member| members[member.at()]).sum()).collect()
    }
}

/// Every such limit of the program.
#[must_use]
pub fn read(facts: &Facts<'_>) -> Vec<Own> {
    let mut all = cap::limits(facts);
    all.extend(capacities::limits(facts));
    all.extend(mixed::limits(facts));
    all.extend(range::limits(facts));
    all
}

/// Places of every manager: 0 when not at work, else the smallest of the manager's own `max_caseload` and what each limit
/// leaves of the lightest members there are; without any limit of the rules, room for everybody instead of the latter.
#[must_use]
pub fn places(roster: &Roster, rules: &Rules, all: &[Own]) -> Vec<u32> {
    let lightest: Vec<i64> = all.iter().map(|own| own.range().0).collect();
    let everybody = roster.members().len() as i64;
    let of = |at: usize| {
        let manager = &roster.managers()[at];
        if !rules.at_work(manager) {
            return 0;
        }
        let left = |(own, &least): (&Own, &i64)| own.limits[at].filter(|_| least > 0).map(|limit| limit / least);
        let of_rules = all.iter().zip(&lightest).filter_map(left).min().unwrap_or(everybody);
        of_rules.min(manager.max_caseload.map_or(i64::MAX, i64::from)).min(i64::from(u32::MAX)) as u32
    };
    (0..roster.managers().len()).map(of).collect()
}

/// Names of the limits that leave some manager just these places.
#[must_use]
pub fn giving_places(all: &[Own], places: &[u32]) -> Vec<String> {
    let gives = |own: &&Own| {
        let least = own.range().0;
        let is_it =
            |(limit, &places): (&Option<i64>, &u32)| limit.is_some_and(|limit| limit / least == i64::from(places));
        least > 0 && own.limits.iter().zip(places).any(is_it)
    };
    all.iter().filter(gives).map(|own| own.name.clone()).collect()
}

/// A row for every manager at work and every limit that is more than a number of places.
#[must_use]
pub fn rows(facts: &Facts<'_>, all: &[Own]) -> Vec<NamedRow> {
    let mut rows = Vec::new();
    for own in all.iter().filter(|own| own.is_more_than_places()) {
        let load: Arc<dyn Load> = match &own.uses {
            Uses::Members(members) => Arc::new(Weights(facts.units(members))),
            Uses::Units(units) => Arc::new(Weights(units.clone())),
            Uses::Pairs(load, _) => Arc::clone(load),
        };
        for (at, manager) in facts.roster().managers().iter().enumerate() {
            let Some(limit) = own.limits[at].filter(|_| facts.rules().at_work(manager)) else { continue };
            let name = RowName::Load { rule: own.name.clone(), manager: ManagerIx::new(at) };
            rows.push((name, Row { uses: RowUse::Load(at as u32, Arc::clone(&load)), limit }));
        }
    }
    rows
}

impl Own {
    /// The least and the most that a member uses; (0, 1) for households, of which nothing is said member by member.
    fn range(&self) -> (i64, i64) {
        let of = |members: &[i64]| {
            let (least, most) = (members.iter().copied().min(), members.iter().copied().max());
            (least.unwrap_or(0), most.unwrap_or(0))
        };
        match &self.uses {
            Uses::Members(members) | Uses::Pairs(_, members) => of(members),
            Uses::Units(_) => (0, 1),
        }
    }

    fn is_more_than_places(&self) -> bool {
        let (least, most) = self.range();
        least != most || matches!(self.uses, Uses::Pairs(..))
    }
}
