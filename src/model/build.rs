//! From roster and rules to the problem.

use crate::cost::{Prepared, balance, unserved};
use crate::ids::{ManagerIx, MemberIx};
use crate::model::eligibility::Eligibility;
use crate::model::problem::{Problem, Row, Unit};
use crate::model::rows::{NamedRow, RowName, average, cap, capacities, moves, receive};
use crate::model::{arcs, units};
use crate::roster::Roster;

/// Everything the problem is computed from, prepared once: keeps the borrowed tables alive.
pub struct Model<'a> {
    prepared: &'a Prepared<'a>,
    /// Which pairs may be.
    pub eligibility: Eligibility<'a>,
    /// The members of every unit of the problem.
    pub units: Vec<Vec<MemberIx>>,
    /// Members nobody may take, sorted: not in the problem.
    pub unplaced: Vec<MemberIx>,
    /// The limits' names, in the order of [`Problem::rows`].
    pub row_names: Vec<RowName>,
    rows: Vec<Row>,
    /// Places of every manager.
    pub capacities: Vec<u32>,
}

impl<'a> Model<'a> {
    /// Reads the rules into units, capacities and rows.
    #[must_use]
    pub fn new(prepared: &'a Prepared<'a>) -> Self {
        let (roster, rules) = (prepared.roster, prepared.rules);
        let eligibility = Eligibility::new(prepared);
        let placeable = |unit: &Vec<MemberIx>| eligibility.anybody_takes(unit);
        let (units, unplaced): (Vec<_>, Vec<_>) =
            units::units(roster, rules, &eligibility).into_iter().partition(placeable);
        let mut unplaced: Vec<MemberIx> = unplaced.into_iter().flatten().collect();
        unplaced.sort_unstable();
        let mut named: Vec<NamedRow> = receive::rows(roster, rules);
        named.extend(average::rows(roster, rules));
        named.extend(moves::rows(roster, rules, &eligibility, &units));
        named.extend(capacities::rows(prepared, &units));
        let (row_names, rows) = named.into_iter().unzip();
        Self { prepared, eligibility, units, unplaced, row_names, rows, capacities: cap::capacities(roster, rules) }
    }

    /// The problem, with arcs that look into this model's tables.
    #[must_use]
    pub fn problem(&self) -> Problem<'_> {
        let (roster, rules) = (self.prepared.roster, self.prepared.rules);
        let units: Vec<Unit> = self.units.iter().map(|members| unit(roster, members)).collect();
        let members = units.iter().map(|unit| i64::from(unit.size)).sum();
        let places = |&cap: &u32| balance::places(rules, cap).into_iter().map(|cost| cost.0).collect();
        Problem {
            units,
            places: self.capacities.iter().map(places).collect(),
            rows: self.rows.clone(),
            minimum_use: average::minimum_use(rules, members).map(|(_, least)| least),
            unserved: rules.allow_unserved.then(|| unserved::each(rules).0),
            arcs: arcs::arcs(self.prepared, &self.eligibility, &self.units),
        }
    }

    /// The roster the model was built from.
    #[must_use]
    pub fn roster(&self) -> &'a Roster {
        self.prepared.roster
    }

    /// The prepared cost tables.
    #[must_use]
    pub fn prepared(&self) -> &'a Prepared<'a> {
        self.prepared
    }
}

fn unit(roster: &Roster, members: &[MemberIx]) -> Unit {
    let mut managers: Vec<ManagerIx> = members.iter().filter_map(|&member| roster.member(member).manager).collect();
    managers.sort_unstable();
    let present = managers.chunk_by(|a, b| a == b).map(|same| (same[0].0, same.len() as u32)).collect();
    Unit { size: members.len() as u32, present }
}
