//! The relaxation over all pairs: its plan is within the places, its cost is its bound, on tables of numbers and on
//! rosters whose costs come from places.

use caseload::cost::Prepared;
use caseload::model::Model;
use caseload::model::arcs::Table;
use caseload::model::decode::DensePrices;
use caseload::model::geography::ANY;
use caseload::model::problem::{NOT_ALLOWED, Problem, Unit};
use caseload::solve::network::sparse::{Ending, Relaxed, solve};
use caseload::solve::{Control, Status, lagrangian};
use proptest::prelude::*;

use crate::rosters;

const CONTROL: Control<'static> = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };

/// A unit's size, present manager and costs.
type Row = (u32, Option<usize>, Vec<i64>);

/// A problem as plain numbers, so that proptest can shrink it; its costs claim nothing about places.
#[derive(Clone, Debug)]
struct Numbers {
    units: Vec<Row>,
    /// Places of each manager, and what every second one costs more.
    places: Vec<(usize, i64)>,
    unserved: Option<i64>,
}

impl Numbers {
    fn problem(&self) -> Problem<'static> {
        let unit = |(size, present, _): &Row| Unit {
            size: *size,
            present: present.iter().map(|&manager| (manager as u32, *size)).collect(),
        };
        let places = |&(count, step): &(usize, i64)| (0..count as i64).map(|place| step * (place / 2)).collect();
        let costs = self.units.iter().flat_map(|(_, _, costs)| costs.clone()).collect();
        Problem {
            units: self.units.iter().map(unit).collect(),
            places: self.places.iter().map(places).collect(),
            rows: Vec::new(),
            minimum_use: None,
            unserved: self.unserved,
            arcs: Box::new(Table::new(self.places.len(), costs)),
        }
    }
}

/// Recomputes what the relaxation claims from the problem alone.
fn check(problem: &Problem<'_>, relaxed: &Relaxed) -> Result<(), TestCaseError> {
    let mut loads = vec![0_usize; problem.managers()];
    let mut cost = 0_i128;
    let mut item = 0;
    for (at, unit) in problem.units.iter().enumerate() {
        let costs = problem.arc_costs(at);
        for &manager in &relaxed.at[item..item + unit.size as usize] {
            if manager as usize == problem.managers() {
                cost += i128::from(problem.unserved.expect("a choice") * relaxed.scale);
                continue;
            }
            prop_assert_ne!(costs[manager as usize], NOT_ALLOWED);
            cost += i128::from(costs[manager as usize]) * i128::from(relaxed.scale) / i128::from(unit.size);
            loads[manager as usize] += 1;
        }
        item += unit.size as usize;
    }
    for (places, &load) in problem.places.iter().zip(&loads) {
        prop_assert!(load <= places.len());
        cost += places[..load].iter().map(|&cost| i128::from(cost) * i128::from(relaxed.scale)).sum::<i128>();
    }
    prop_assert_eq!(cost, relaxed.cost);
    let prices = DensePrices { capacity: relaxed.prices.clone(), ..lagrangian::no_prices(problem) };
    prop_assert_eq!(lagrangian::bound(problem, &prices, relaxed.scale, &[]), Some(cost));
    Ok(())
}

/// The plan made of it keeps households together, is within the places and costs what it says; without split households
/// it is optimal.
fn check_plan(problem: &Problem<'_>, relaxed: Relaxed) -> Result<(), TestCaseError> {
    let is_plan = relaxed.is_plan;
    let outcome = relaxed.outcome(problem, &CONTROL);
    prop_assert!(!is_plan || outcome.status == Status::Optimal);
    if let Some(plan) = &outcome.plan {
        prop_assert_eq!(problem.cost_of(plan), Some(outcome.cost));
        prop_assert!(outcome.bound <= outcome.cost);
    }
    Ok(())
}

/// Full managers whose members can go to nobody else: counted.
fn check_stuck(problem: &Problem<'_>, managers: &[usize]) -> Result<(), TestCaseError> {
    let places: usize = managers.iter().map(|&manager| problem.places[manager].len()).sum();
    let bound_to = |at: usize| {
        let costs = problem.arc_costs(at);
        (0..problem.managers()).all(|manager| costs[manager] == NOT_ALLOWED || managers.contains(&manager))
    };
    let members: u32 = (0..problem.units.len()).filter(|&at| bound_to(at)).map(|at| problem.units[at].size).sum();
    prop_assert!(members as usize > places, "{members} members for {places} places");
    Ok(())
}

fn judge(problem: &Problem<'_>) -> Result<bool, TestCaseError> {
    match solve(problem, &CONTROL) {
        Ending::Solved(relaxed) => {
            check(problem, &relaxed)?;
            check_plan(problem, relaxed)?;
            Ok(true)
        }
        Ending::Stuck(managers) => {
            prop_assert!(problem.unserved.is_none());
            check_stuck(problem, &managers).map(|()| false)
        }
        Ending::Stopped => Err(TestCaseError::fail("nobody said stop")),
    }
}

fn tables(units: usize, managers: usize, dearest: i64) -> impl Strategy<Value = Numbers> {
    let row = proptest::collection::vec(prop_oneof![5 => -3..dearest, 1 => Just(NOT_ALLOWED)], managers);
    let unit = (prop_oneof![4 => Just(1_u32), 1 => Just(2), 1 => Just(3)], proptest::option::of(0..managers), row);
    let places = proptest::collection::vec((0..6_usize, 0..50_i64), managers);
    let unserved = proptest::option::weighted(0.3, dearest..dearest * 3);
    (proptest::collection::vec(unit, 1..=units), places, unserved).prop_map(|(units, places, unserved)| Numbers {
        units,
        places,
        unserved,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn small_tables(numbers in tables(9, 4, 40)) {
        judge(&numbers.problem())?;
    }

    #[test]
    fn tables_of_many_managers(numbers in tables(120, 40, 100_000)) {
        judge(&numbers.problem())?;
    }

    #[test]
    fn tight_tables_of_dear_arcs(numbers in tables(60, 25, 300)) {
        judge(&numbers.problem())?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    /// Costs from places under every rule: the boxes leave nothing out.
    #[test]
    fn random_rosters(roster in rosters::rosters(14, 6), rules in rosters::rules()) {
        let prepared = Prepared::new(&roster, &rules);
        let model = Model::new(&prepared);
        let problem = Problem { rows: Vec::new(), minimum_use: None, ..model.problem() };
        judge(&problem)?;
        check_floors(&problem)?;
    }
}

/// Hundreds of members a case manager, most of them alike, as programs have that only telephone: whoever stays costs
/// nothing, everybody else is as good as the next but for the language. Places are about as many as members, and most
/// members begin with the first case managers.
fn large_caseloads() -> impl Strategy<Value = Numbers> {
    let unit = (prop_oneof![30 => Just(1_u32), 1 => Just(2), 1 => Just(3)], 0..12_u8, 1..7_i64, any::<u32>(), 0..9_u8);
    let shape = (3..=22_usize, 180..=230_usize, 0..3_usize);
    shape
        .prop_flat_map(move |(managers, each, spare)| {
            let units = proptest::collection::vec(unit.clone(), managers * each);
            let tilts = proptest::collection::vec(0..40_usize, managers);
            (units, tilts, Just(spare))
        })
        .prop_map(|(units, tilts, spare)| {
            let managers = tilts.len();
            let row = |&(size, present, keep, languages, kind): &(u32, u8, i64, u32, u8)| {
                let present = (present < 10).then(|| usize::from(present) % managers.min(4 + usize::from(kind)));
                let cost = |manager: usize| match (Some(manager) == present, languages >> manager & 1) {
                    (true, _) => 0,
                    (_, 0) if kind == 0 => NOT_ALLOWED,
                    (_, speaks) if kind < 4 => 600 * keep + 900 * i64::from(1 - speaks),
                    _ => 600 * keep,
                };
                (size, present, (0..managers).map(cost).collect())
            };
            let units: Vec<Row> = units.iter().map(row).collect();
            let items: usize = units.iter().map(|(size, ..)| *size as usize).sum();
            let tilted: usize = tilts.iter().sum();
            let each = (items + tilted) / managers + spare;
            let places = tilts.iter().map(|tilt| (each - tilt, 0)).collect();
            Numbers { units, places, unserved: None }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 25, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn large_caseloads_of_members_alike(numbers in large_caseloads()) {
        judge(&numbers.problem())?;
    }
}

/// Costs from places: rosters of a generator, with and without households, at several shares of places used.
#[test]
fn rosters_with_places() {
    let mut solved = 0;
    for seed in 1..=6 {
        for cap in [44, 47, 50] {
            let (roster, rules) = rosters::generated(900, 20, seed, cap, seed % 2 == 0);
            let prepared = Prepared::new(&roster, &rules);
            let model = Model::new(&prepared);
            let problem = model.problem();
            assert!(problem.arcs.geography().is_some());
            solved += usize::from(judge(&problem).expect("sound"));
        }
    }
    assert!(solved >= 8, "{solved} of 18 rosters have a plan");
}

/// Every arc to somebody new costs at least what its lower bound says.
fn check_floors(problem: &Problem<'_>) -> Result<(), TestCaseError> {
    let geography = problem.arcs.geography().expect("places");
    for (at, unit) in problem.units.iter().enumerate() {
        let floor = &geography.floors[at];
        for manager in 0..problem.managers() {
            let cost = problem.arcs.cost(at, manager);
            let is_present = unit.present.iter().any(|&(present, _)| present as usize == manager);
            prop_assert!(cost >= 0, "costs that come from places are never negative");
            if cost == NOT_ALLOWED || is_present {
                continue;
            }
            if floor.only != ANY {
                prop_assert_eq!(floor.only as usize, manager);
                continue;
            }
            let mut least = floor.fixed as f64;
            if let Some(site) = geography.sites[manager] {
                least += floor.placed as f64;
                for (number, leg) in geography.legs(at).iter().enumerate() {
                    let square: f64 =
                        site.iter().zip(leg.point).map(|(a, b)| f64::from(a - b) * f64::from(a - b)).sum();
                    least += f64::from(leg.weight) * square.sqrt() * (1.0 - 2e-6);
                    prop_assert!(number > 0 || square.sqrt() <= f64::from(floor.reach));
                }
            }
            let marks = geography.marks[manager];
            if floor.wanted != 0 && marks & floor.wanted == 0 {
                least += floor.without as f64;
            }
            prop_assert!(floor.needed == 0 || marks & floor.needed != 0);
            prop_assert!(least <= cost as f64, "{least} > {cost}");
        }
    }
    Ok(())
}

#[test]
fn no_arc_undercuts_its_floor() {
    for seed in 1..=4 {
        let (roster, rules) = rosters::generated(400, 12, seed, 50, seed % 2 == 0);
        let prepared = Prepared::new(&roster, &rules);
        let model = Model::new(&prepared);
        check_floors(&model.problem()).expect("floors");
    }
}
