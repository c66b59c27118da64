//! From roster and rules to the problem.

use crate::cost::{self, Prepared, floor, unserved};
use crate::ids::{ManagerIx, MemberIx};
use crate::model::eligibility::Eligibility;
use crate::model::own::{self, Facts, Words};
use crate::model::problem::{Problem, Row, Unit};
use crate::model::rows::{NamedRow, RowName, average, fairness, moves, receive, span};
use crate::model::{arcs, units};
use crate::roster::{Manager, Roster};
use crate::units::Cost;

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
    /// Rules that places come from.
    place_rules: Vec<String>,
    /// How sums of the managers' own limits are told, by name.
    words: Vec<(String, Words)>,
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
        let facts = Facts::new(prepared, &units);
        named.extend(average::rows(&facts));
        named.extend(span::rows(&facts));
        named.extend(moves::rows(roster, rules, &eligibility, &units));
        named.extend(fairness::rows(roster, rules, &eligibility, &units));
        let own = own::read(&facts);
        named.extend(own::rows(&facts, &own));
        let capacities = own::places(roster, rules, &own);
        let words = own.iter().map(|own| (own.name.clone(), own.words)).collect();
        let place_rules = own::giving_places(&own, &capacities);
        let (row_names, rows) = named.into_iter().unzip();
        Self { prepared, eligibility, units, unplaced, row_names, rows, capacities, place_rules, words }
    }

    /// The problem, with arcs that look into this model's tables.
    #[must_use]
    pub fn problem(&self) -> Problem<'_> {
        let (roster, rules) = (self.prepared.roster, self.prepared.rules);
        let units: Vec<Unit> = self.units.iter().map(|members| unit(roster, members)).collect();
        let members = units.iter().map(|unit| i64::from(unit.size)).sum();
        let places = |(manager, &cap): (&Manager, &u32)| {
            cost::places(rules, manager, cap).into_iter().map(|cost| cost.0).collect()
        };
        Problem {
            units,
            places: roster.managers().iter().zip(&self.capacities).map(places).collect(),
            rows: self.rows.clone(),
            minimum_use: average::minimum_use(rules, members).map(|(_, least)| least),
            unserved: rules.allow_unserved.then(|| (unserved::each(rules) + floor::lift(rules)).0),
            arcs: arcs::arcs(self.prepared, &self.eligibility, &self.units),
        }
    }

    /// What a plan of the problem costs less than the plan of the roster: members nobody may take, and the floors of
    /// ranges, whose places are lifted above 0 in the problem ([`floor::lift`]).
    #[must_use]
    pub fn fixed_cost(&self) -> Cost {
        let (roster, rules) = (self.prepared.roster, self.prepared.rules);
        let empty: Cost = roster.managers().iter().map(|manager| floor::empty(rules, manager)).sum();
        let placed = self.units.iter().map(Vec::len).sum::<usize>() as i64;
        unserved::each(rules) * self.unplaced.len() as i64 + empty - floor::lift(rules) * placed
    }

    /// Names of the rules that places come from: those that give the smallest number for some manager.
    #[must_use]
    pub fn place_rules(&self) -> Vec<String> {
        self.place_rules.clone()
    }

    /// How a sum of a manager's own limit is told.
    #[must_use]
    pub fn words_of(&self, rule: &str) -> Words {
        let known = self.words.iter().find(|(name, _)| name == rule);
        known.map_or(Words { times: 1, over: 1, unit: "" }, |(_, words)| *words)
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
