//! Engines against brute force and against each other, on problems without any roster behind them.

use caseload::model::arcs::Table;
use caseload::model::decode::{DensePrices, DenseProof, UnitPrices};
use std::sync::Arc;

use caseload::model::problem::{Load, MinimumUse, NOT_ALLOWED, Problem, Row, RowUse, Unit};
use caseload::solve::{Control, ENGINES, Outcome, Status, lagrangian, network};
use proptest::prelude::*;

#[test]
fn this_highs_passes_its_self_test() {
    assert!(caseload::solve::highs::self_test().expect("it answers"));
}

/// A problem as plain numbers, so that proptest can shrink it.
#[derive(Clone, Debug)]
struct Numbers {
    sizes: Vec<u32>,
    present: Vec<Option<usize>>,
    costs: Vec<Vec<i64>>,
    capacity: Vec<usize>,
    step: i64,
    receive: Option<i64>,
    within: Option<i64>,
    moves: Option<i64>,
    least_used: Option<i64>,
    unserved: Option<i64>,
    /// Limits of weighed loads: manager, use of each unit (times the manager's number and one more where it depends on the
    /// pair), limit.
    loads: Vec<(usize, Vec<i64>, bool, i64)>,
}

/// What units use: alike with everybody, or more with later managers.
#[derive(Debug)]
struct Uses {
    uses: Vec<i64>,
    by_pair: bool,
}

impl Load for Uses {
    fn of(&self, unit: usize, manager: usize) -> i64 {
        if self.by_pair { self.uses[unit] + (manager * (unit + 1)) as i64 % 4 } else { self.uses[unit] }
    }

    fn of_unit(&self, unit: usize) -> Option<i64> {
        (!self.by_pair).then(|| self.uses[unit])
    }
}

impl Numbers {
    fn problem(&self) -> Problem<'static> {
        let managers = self.capacity.len();
        let present = |at: usize| -> Vec<(u32, u32)> {
            self.present[at].iter().map(|&manager| ((manager % managers) as u32, self.sizes[at])).collect()
        };
        let units: Vec<Unit> =
            self.sizes.iter().enumerate().map(|(at, &size)| Unit { size, present: present(at) }).collect();
        let mut rows = Vec::new();
        if let Some(limit) = self.receive {
            rows.push(Row { uses: RowUse::NewTo(0), limit });
        }
        if let Some(limit) = self.within {
            rows.push(Row { uses: RowUse::Within((0..managers).map(|manager| manager != 0).collect()), limit });
        }
        if let Some(limit) = self.moves {
            let movers = units.iter().map(|unit| unit.present.clone()).collect();
            rows.push(Row { uses: RowUse::Movers(movers), limit });
        }
        for (manager, uses, by_pair, limit) in &self.loads {
            let load = Arc::new(Uses { uses: uses.clone(), by_pair: *by_pair });
            rows.push(Row { uses: RowUse::Load((manager % managers) as u32, load), limit: *limit });
        }
        let place = |capacity: usize| (0..capacity as i64).map(|place| self.step * (place / 2)).collect();
        Problem {
            units,
            places: self.capacity.iter().map(|&capacity| place(capacity)).collect(),
            rows,
            minimum_use: self.least_used.map(|managers| MinimumUse { managers }),
            unserved: self.unserved,
            arcs: Box::new(Table::new(managers, self.costs.iter().flat_map(|row| row[..managers].to_vec()).collect())),
        }
    }
}

fn numbers(rows: bool) -> impl Strategy<Value = Numbers> {
    let unit = (
        prop_oneof![4 => Just(1_u32), 1 => Just(2_u32), 1 => Just(3_u32)],
        proptest::option::of(0..3_usize),
        proptest::collection::vec(prop_oneof![6 => 0..60_i64, 1 => Just(NOT_ALLOWED)], 3),
    );
    let some = |on: bool, range: std::ops::Range<i64>| -> BoxedStrategy<Option<i64>> {
        if on { proptest::option::of(range).boxed() } else { Just(None).boxed() }
    };
    (
        proptest::collection::vec(unit, 1..7),
        proptest::collection::vec(0..6_usize, 2..=3),
        0..9_i64,
        (some(rows, 0..5), some(rows, 0..9), some(rows, 0..5), some(rows, 1..4)),
        proptest::option::weighted(0.3, Just(1000_i64)),
    )
        .prop_map(|(units, capacity, step, (receive, within, moves, least_used), unserved)| Numbers {
            sizes: units.iter().map(|unit| unit.0).collect(),
            present: units.iter().map(|unit| unit.1).collect(),
            costs: units.into_iter().map(|unit| unit.2).collect(),
            capacity,
            step,
            receive,
            within,
            moves,
            least_used,
            unserved,
            loads: Vec::new(),
        })
}

/// Problems whose managers have weighed capacities: the only limits beside places, or with every other kind of row.
fn weighed(rows: bool) -> impl Strategy<Value = Numbers> {
    let load = (0..3_usize, proptest::collection::vec(0..7_i64, 7), any::<bool>(), 0..16_i64);
    (numbers(rows), proptest::collection::vec(load, 1..5), proptest::option::of(0..5_i64))
        .prop_map(|(numbers, loads, receive)| Numbers { loads, receive: numbers.receive.or(receive), ..numbers })
}

/// The least cost over all plans.
fn brute_force(problem: &Problem<'_>) -> Option<i64> {
    let choices = problem.managers() as u32 + 1;
    let mut plan = vec![None; problem.units.len()];
    let mut best = None;
    for code in 0..u64::from(choices).pow(plan.len() as u32) {
        let mut rest = code;
        for choice in &mut plan {
            let digit = (rest % u64::from(choices)) as u32;
            rest /= u64::from(choices);
            *choice = (digit + 1 < choices).then_some(digit);
        }
        if let Some(cost) = problem.cost_of(&plan) {
            best = Some(best.map_or(cost, |least: i64| least.min(cost)));
        }
    }
    best
}

const CONTROL: Control<'static> = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };

/// The bound a proof gives, recomputed by brute force over the units' choices: shares nothing with the engines.
fn bound_of(
    problem: &Problem<'_>,
    proof: &DenseProof,
    scale: i64,
    cases: &mut Vec<(usize, usize, bool)>,
) -> Option<i128> {
    match proof {
        DenseProof::Prices(prices) => bound_of_prices(problem, prices, scale, cases),
        DenseProof::Units(prices) => Some(bound_of_units(problem, prices, scale, cases)),
        DenseProof::Branch { unit, manager, with, without } => {
            cases.push((*unit, *manager, true));
            let one = bound_of(problem, with, scale, cases);
            cases.pop();
            cases.push((*unit, *manager, false));
            let other = bound_of(problem, without, scale, cases);
            cases.pop();
            match (one, other) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            }
        }
    }
}

fn bound_of_prices(
    problem: &Problem<'_>,
    prices: &DensePrices,
    scale: i64,
    cases: &[(usize, usize, bool)],
) -> Option<i128> {
    let mut total = lagrangian::supply(problem, prices, scale);
    for (at, unit) in problem.units.iter().enumerate() {
        let costs = problem.arc_costs(at);
        let open = |manager: usize| {
            cases.iter().filter(|case| case.0 == at).all(|&(_, other, with)| with == (manager == other))
        };
        let reduced = |manager: usize| {
            let rows: i128 = problem
                .rows
                .iter()
                .zip(&prices.rows)
                .map(|(row, &price)| i128::from(row.usage(at, unit, manager)) * i128::from(price))
                .sum();
            i128::from(costs[manager]) * i128::from(scale)
                + i128::from(unit.size) * i128::from(prices.capacity[manager])
                + rows
        };
        let choices = (0..problem.managers()).filter(|&manager| costs[manager] != NOT_ALLOWED && open(manager));
        let unserved = problem
            .unserved
            .filter(|_| open(problem.managers()))
            .map(|cost| i128::from(cost) * i128::from(unit.size) * i128::from(scale));
        total += choices.map(reduced).chain(unserved).min()?;
    }
    Some(total)
}

/// The second formula of `certificate.rs`, every manager's knapsack by trying all sets of units.
fn bound_of_units(problem: &Problem<'_>, prices: &UnitPrices, scale: i64, cases: &[(usize, usize, bool)]) -> i128 {
    let open = |unit: usize, manager: usize| {
        cases.iter().filter(|case| case.0 == unit).all(|&(_, other, with)| with == (manager == other))
    };
    let costs: Vec<Vec<i64>> = (0..problem.units.len()).map(|unit| problem.arc_costs(unit)).collect();
    let mut total = 0_i128;
    for (at, unit) in problem.units.iter().enumerate() {
        let unserved = problem.unserved.filter(|_| open(at, problem.managers()));
        let unserved = unserved.map(|cost| i128::from(cost) * i128::from(unit.size) * i128::from(scale));
        let price = i128::from(prices.units[at]);
        total += unserved.map_or(price, |cost| cost.min(price));
    }
    for (row, &price) in problem.rows.iter().zip(&prices.rows) {
        total -= i128::from(price) * i128::from(row.limit);
    }
    for (manager, places) in problem.places.iter().enumerate() {
        let place_price = prices.capacity[manager];
        let balance = |count: usize| i128::from(scale) * i128::from(places[..count].iter().sum::<i64>());
        if place_price != 0 {
            let worth = |count: usize| balance(count) - i128::from(place_price) * count as i128;
            total += (0..=places.len()).map(worth).min().expect("at least no member");
        }
        let units: Vec<usize> =
            (0..problem.units.len()).filter(|&at| costs[at][manager] != NOT_ALLOWED && open(at, manager)).collect();
        let value = |set: u32| -> Option<i128> {
            let taken = || units.iter().enumerate().filter(move |(bit, _)| set >> bit & 1 == 1).map(|(_, &at)| at);
            let members: usize = taken().map(|at| problem.units[at].size as usize).sum();
            if place_price == 0 && members > places.len() {
                return None;
            }
            let mut value = if place_price == 0 { balance(members) } else { 0 };
            for (row, &price) in problem.rows.iter().zip(&prices.rows) {
                let used: i64 = taken().map(|at| row.usage(at, &problem.units[at], manager)).sum();
                if price == 0 && used > row.limit {
                    return None;
                }
                value += i128::from(price) * i128::from(used);
            }
            for at in taken() {
                let cost = i128::from(costs[at][manager]) * i128::from(scale);
                value +=
                    cost + i128::from(problem.units[at].size) * i128::from(place_price) - i128::from(prices.units[at]);
            }
            Some(value)
        };
        total += (0..1_u32 << units.len()).filter_map(value).min().expect("at least the empty set");
    }
    total
}

/// The same problem with every cost 0 and without the choice of being unserved: what a proof of infeasibility is about.
fn costless(problem: &Problem<'_>) -> Problem<'static> {
    let free = |unit: usize| problem.arc_costs(unit).into_iter().map(|cost| if cost == NOT_ALLOWED { cost } else { 0 });
    let costs = (0..problem.units.len()).flat_map(free).collect();
    Problem {
        units: problem.units.clone(),
        places: problem.places.iter().map(|places| vec![0; places.len()]).collect(),
        rows: problem.rows.clone(),
        minimum_use: problem.minimum_use,
        unserved: None,
        arcs: Box::new(Table::new(problem.managers(), costs)),
    }
}

fn check(problem: &Problem<'_>, outcome: &Outcome, best: Option<i64>) {
    if let Some(best) = best {
        assert_eq!(outcome.status, Status::Optimal, "{outcome:?}");
        let plan = outcome.plan.as_ref().expect("a plan");
        assert_eq!(problem.cost_of(plan), Some(outcome.cost));
        assert_eq!(outcome.cost, best);
        let bound = bound_of(problem, &outcome.proof, outcome.scale, &mut Vec::new());
        assert!(bound.is_none_or(|bound| lagrangian::whole(bound, outcome.scale) >= best), "{bound:?} {outcome:?}");
    } else {
        assert_eq!(outcome.status, Status::Infeasible, "{outcome:?}");
        let costless = costless(problem);
        let bound = bound_of(&costless, &outcome.proof, outcome.scale, &mut Vec::new());
        assert!(bound.is_none_or(|bound| bound > 0), "{bound:?} {outcome:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_engine_equals_brute_force(numbers in prop_oneof![numbers(false), numbers(true), weighed(false), weighed(true)]) {
        let problem = numbers.problem();
        let best = brute_force(&problem);
        for engine in ENGINES.iter().filter(|engine| (engine.accepts)(&problem)) {
            let outcome = (engine.solve)(&problem, CONTROL).expect("an engine that works");
            check(&problem, &outcome, best);
        }
    }

    #[test]
    fn runner_ups_are_exact(mut numbers in numbers(true)) {
        (numbers.moves, numbers.least_used, numbers.unserved) = (None, None, None);
        let problem = numbers.problem();
        let outcome = network::solve(&problem, CONTROL).expect("an engine that works");
        if let Some(plan) = &outcome.plan {
            let wanted: Vec<usize> = (0..plan.len()).collect();
            let found = network::alternatives(&problem, &outcome, &wanted, &CONTROL);
            for (unit, found) in found.into_iter().enumerate() {
                let mut other = numbers.clone();
                other.costs[unit][plan[unit].expect("served") as usize] = NOT_ALLOWED;
                let best = brute_force(&other.problem()).map(|best| (best - outcome.cost, true));
                prop_assert_eq!(found.map(|found| (found.extra, found.exact)), best, "{:?}", outcome);
            }
        }
    }
}
