//! The general engine: column generation over all pairs, `HiGHS` on the restricted set, then integers (Barnhart et al.
//! 1998, doi:10.1287/opre.46.3.316).
//!
//! A restricted set of arcs is solved as a linear program, its prices price **all** pairs, arcs that would help join,
//! until none does: then the bound holds over all pairs. Integers follow on the arcs whose reduced cost is within the
//! gap (any better plan uses only those), `HiGHS` finding plans and branching, with the same pricing at each node, closing
//! the proof.
//!
//! Long because one algorithm, its phases in the order they run.

use std::sync::OnceLock;

use rayon::prelude::*;

use crate::model::arcs::Table;
use crate::model::decode::{DensePrices, DenseProof};
use crate::model::problem::{NOT_ALLOWED, Problem};
use crate::solve::highs::{Answer, Column, Duals, Options, master, self_test};
use crate::solve::lagrangian::{Case, Priced, bound, no_prices, open, whole};
use crate::solve::network::{self, Start};
use crate::solve::{Control, EngineError, Outcome, Progress, Status};

/// Prices are published in 1/5040 seconds: duals of these programs are fractions with small denominators, and 5040 has
/// all up to 10.
const SCALE: i64 = 5040;
/// What a member counts where only those left out are counted: prices of a single minute of a manager's hours are small
/// parts of it, and rounding them must not hide that one is short.
const LEFT_OUT: i64 = 1_000_000;
/// Arcs a unit starts with, and gets at most in one round of pricing.
const FIRST_ARCS: usize = 6;
const NEW_ARCS: usize = 2;
/// Values of a solution below and above which an arc counts as absent and as taken.
const INTEGRAL: f64 = 1e-6;

/// Takes every problem.
#[must_use]
pub fn accepts(_: &Problem<'_>) -> bool {
    true
}

/// Solves it.
///
/// # Errors
/// `HiGHS` broke.
pub fn solve<'p>(problem: &'p Problem<'p>, control: Control<'_>) -> Result<Outcome, EngineError> {
    // One answer holds for the whole process: asked once, not before every one of many solves.
    static PASSED: OnceLock<Result<bool, String>> = OnceLock::new();
    let passed = PASSED.get_or_init(|| self_test().map_err(|error| error.message));
    if *passed != Ok(true) {
        let message = "this HiGHS fails its self-test: it gives wrong answers".to_owned();
        return Err(EngineError { engine: "highs", message });
    }
    let mut search = Search::new(problem, control);
    let prices = match network::start(problem, &control) {
        Start::Short(outcome) => return Ok(Outcome { engine: "highs", ..outcome }),
        Start::Placed { prices, plan } => {
            search.offer(plan);
            prices
        }
        Start::Unknown => vec![0; problem.managers()],
    };
    search.columns = first_columns(problem, prices);
    let root = search.relax(&[])?;
    match root {
        Relaxed::Empty(proof) => Ok(infeasible(proof)),
        Relaxed::Stopped(prices, bound) => Ok(search.stopped(prices, bound)),
        Relaxed::Solved(node) => search.integers(node),
    }
}

/// A node whose linear program is solved over all pairs.
struct Node {
    /// Columns that are taken, wholly or in part.
    taken: Vec<(Column, f64)>,
    prices: DensePrices,
    /// Whole seconds, over all pairs.
    bound: i64,
    /// The same, exactly, in 1/scale seconds.
    scaled: i128,
}

enum Relaxed {
    Solved(Node),
    /// No plan in these cases: prices whose bound without costs is above 0.
    Empty(DensePrices),
    /// Told to stop; the best prices so far and their bound.
    Stopped(DensePrices, i64),
}

struct Search<'p, 'c> {
    problem: &'p Problem<'p>,
    control: Control<'c>,
    columns: Vec<Column>,
    best: Option<(i64, Vec<Option<u32>>)>,
    rounds: u64,
    /// Least bound of the leaves.
    leaves: i64,
    stopped: bool,
    /// Only counts what is missing: nothing more to prove when something is.
    counts: bool,
    /// Cost of a member who would have to be left unserved where that is no choice.
    artificial: i64,
}

impl<'p, 'c> Search<'p, 'c> {
    fn new(problem: &'p Problem<'p>, control: Control<'c>) -> Self {
        Self {
            problem,
            control,
            columns: Vec::new(),
            best: None,
            rounds: 0,
            leaves: i64::MAX,
            stopped: false,
            counts: false,
            artificial: artificial(problem),
        }
    }

    fn options<'a>(&'a self, integer: bool, start: Option<&'a [f64]>) -> Options<'a> {
        let missing_use = if self.counts { LEFT_OUT } else { self.artificial + self.problem.unserved.unwrap_or(0) };
        Options { integer, start, seconds_left: self.control.seconds_left, missing_use }
    }

    fn out_of_time(&mut self) -> bool {
        self.stopped |= self.control.expired() || self.control.work_limit.is_some_and(|limit| self.rounds >= limit);
        self.stopped
    }

    /// Solves the linear program of these cases over all pairs.
    fn relax(&mut self, cases: &[Case]) -> Result<Relaxed, EngineError> {
        let (mut known, mut known_bound) = (no_prices(self.problem), i128::MIN);
        loop {
            if self.out_of_time() {
                return Ok(Relaxed::Stopped(known, whole(known_bound.max(0), SCALE)));
            }
            self.rounds += 1;
            let restricted = self.restricted(cases);
            let options = self.options(false, None);
            let (values, duals, missing) = match master(self.problem, &restricted, options)? {
                Answer::Solved { values, duals, missing_use, .. } => (values, duals, missing_use),
                Answer::Stopped(_) => continue,
                Answer::Infeasible => {
                    let message = "a program that always has a solution was called infeasible".to_owned();
                    return Err(EngineError { engine: "highs", message });
                }
            };
            let prices = rounded(self.problem, &duals);
            let Some(scaled) = bound(self.problem, &prices, SCALE, cases) else { return Ok(Relaxed::Empty(known)) };
            if scaled > known_bound {
                (known, known_bound) = (prices.clone(), scaled);
                // A case's bound is not the whole problem's.
                let bound = cases.is_empty().then(|| whole(scaled, SCALE));
                let best = self.best.as_ref().map(|(cost, _)| *cost);
                let phase = if cases.is_empty() { "pricing all pairs" } else { "branching" };
                (self.control.progress)(Progress { phase, best, bound });
            }
            let new = improving(self.problem, &prices, &restricted, cases);
            if !new.is_empty() {
                self.add(new);
                continue;
            }
            let artificial = |(column, &value): (&Column, &f64)| value > INTEGRAL && self.is_artificial(column, cases);
            if !self.counts && (missing > INTEGRAL || restricted.iter().zip(&values).any(artificial)) {
                if let Some(empty) = self.empty(cases)? {
                    return Ok(empty);
                }
                // Some arcs cost more than being left out: once more with a higher cost of that.
                self.artificial *= 64;
                continue;
            }
            let taken = taken(&restricted, &values);
            return Ok(Relaxed::Solved(Node {
                taken,
                bound: whole(known_bound, SCALE),
                scaled: known_bound,
                prices: known,
            }));
        }
    }

    /// Proves that these cases have no plan, if so: the same search for the least number of unserved members.
    fn empty(&mut self, cases: &[Case]) -> Result<Option<Relaxed>, EngineError> {
        let counting = counting(self.problem);
        let mut search = Search::new(&counting, self.control);
        search.columns = self.columns.iter().map(|column| Column { cost: search.cost_of(column), ..*column }).collect();
        search.rounds = self.rounds;
        search.counts = true;
        let relaxed = search.relax(cases)?;
        self.rounds = search.rounds;
        self.stopped |= search.stopped;
        let too_dear = self.artificial > i64::MAX >> 20;
        match relaxed {
            Relaxed::Solved(node) if node.scaled > 0 => Ok(Some(Relaxed::Empty(node.prices))),
            Relaxed::Stopped(prices, _) => Ok(Some(Relaxed::Stopped(prices, 0))),
            Relaxed::Empty(prices) => Ok(Some(Relaxed::Empty(prices))),
            Relaxed::Solved(_) if too_dear => {
                let message = "members cannot all be placed at any price, yet no shortage can be shown".to_owned();
                Err(EngineError { engine: "highs", message })
            }
            Relaxed::Solved(_) => Ok(None),
        }
    }

    fn cost_of(&self, column: &Column) -> i64 {
        if column.manager as usize == self.problem.managers() {
            let each = self.problem.unserved.unwrap_or(0);
            each * i64::from(self.problem.units[column.unit as usize].size)
        } else {
            0
        }
    }

    /// Is being unserved no choice of this column's unit in these cases? Then the column only keeps the program solvable.
    fn is_artificial(&self, column: &Column, cases: &[Case]) -> bool {
        let unserved = self.problem.managers();
        column.manager as usize == unserved
            && (self.problem.unserved.is_none() || !open(cases, column.unit as usize, unserved))
    }

    /// Columns that are open in these cases, and one for every unit that keeps the program solvable.
    fn restricted(&self, cases: &[Case]) -> Vec<Column> {
        let keep = |column: &Column| {
            if self.is_artificial(column, cases) {
                let size = i64::from(self.problem.units[column.unit as usize].size);
                let cost = if self.counts { LEFT_OUT * size } else { column.cost + self.artificial * size };
                return Some(Column { cost, ..*column });
            }
            open(cases, column.unit as usize, column.manager as usize).then_some(*column)
        };
        self.columns.iter().filter_map(keep).collect()
    }

    fn add(&mut self, new: Vec<Column>) {
        self.columns.extend(new);
        self.columns.sort_unstable();
        self.columns.dedup();
    }

    /// From the root's linear program to a plan and a proof.
    fn integers(mut self, root: Node) -> Result<Outcome, EngineError> {
        self.take(&root.taken);
        if self.best.as_ref().is_none_or(|&(cost, _)| cost > root.bound) {
            self.search_plans(&root)?;
        }
        self.forget(&root);
        let proof = self.explore(&mut Vec::new(), root)?;
        let (status, scale, work) = (Status::Limit, SCALE, self.rounds);
        let Some((cost, plan)) = self.best else {
            let status = if self.stopped { Status::Limit } else { Status::Infeasible };
            return Ok(Outcome {
                status,
                plan: None,
                cost: 0,
                bound: 0,
                scale,
                proof,
                work,
                engine: "highs",
                solved: None,
            });
        };
        let bound = self.leaves.min(cost);
        let within = (cost - bound) as f64 <= self.control.gap * cost as f64;
        let status = match (cost == bound, within) {
            (true, _) => Status::Optimal,
            (false, true) => Status::Feasible,
            (false, false) => status,
        };
        Ok(Outcome { status, plan: Some(plan), cost, bound, scale, proof, work, engine: "highs", solved: None })
    }

    /// Keeps a solution when it is whole and the best so far.
    fn take(&mut self, taken: &[(Column, f64)]) -> bool {
        let mut plan = vec![None; self.problem.units.len()];
        for (column, value) in taken {
            if *value < 1.0 - INTEGRAL {
                return false;
            }
            plan[column.unit as usize] = Some(column.manager).filter(|&at| (at as usize) < self.problem.managers());
        }
        self.offer(plan)
    }

    /// Keeps a plan when it is the best so far. Is it a plan at all?
    fn offer(&mut self, plan: Vec<Option<u32>>) -> bool {
        let Some(cost) = self.problem.cost_of(&plan) else { return false };
        if self.best.as_ref().is_none_or(|&(best, _)| cost < best) {
            (self.control.progress)(Progress { phase: "integers", best: Some(cost), bound: None });
            self.best = Some((cost, plan));
        }
        true
    }

    /// Integer programs over the arcs within a gap of the bound, the gap growing until a plan is found within it.
    fn search_plans(&mut self, root: &Node) -> Result<(), EngineError> {
        let mut reach = (root.bound / 100_000).max(600);
        loop {
            self.add(within(self.problem, &root.prices, i128::from(reach) * i128::from(SCALE)));
            let start = self.best.as_ref().map(|(_, plan)| self.values_of(plan));
            let options = self.options(true, start.as_deref());
            let answer = master(self.problem, &self.columns, options)?;
            self.stopped |= matches!(answer, Answer::Stopped(_));
            if let Answer::Solved { values, .. } | Answer::Stopped(Some(values)) = answer {
                self.take(&taken(&self.columns, &values));
            }
            let found = self.best.as_ref().is_some_and(|&(cost, _)| cost - root.bound <= reach);
            if found || self.out_of_time() || reach > self.artificial {
                return Ok(());
            }
            reach *= 8;
        }
    }

    /// Drops columns no better plan can use: their reduced cost passes the gap. What a case's prices still want comes
    /// back by pricing.
    fn forget(&mut self, root: &Node) {
        let Some((best, plan)) = &self.best else { return };
        let reach = i128::from(best - root.bound) * i128::from(SCALE);
        let mut near = within(self.problem, &root.prices, reach);
        near.sort_unstable();
        let unserved = self.problem.managers() as u32;
        let used = |column: &Column| plan[column.unit as usize] == Some(column.manager);
        self.columns.retain(|column| column.manager == unserved || used(column) || near.binary_search(column).is_ok());
    }

    fn values_of(&self, plan: &[Option<u32>]) -> Vec<f64> {
        let unserved = self.problem.managers() as u32;
        let taken = |column: &Column| f64::from(plan[column.unit as usize].unwrap_or(unserved) == column.manager);
        self.columns.iter().map(taken).collect()
    }

    /// Branches on split units until every leaf's bound reaches the best plan.
    fn explore(&mut self, cases: &mut Vec<Case>, node: Node) -> Result<DenseProof, EngineError> {
        self.take(&node.taken);
        let slack = |best: i64| (self.control.gap * best as f64) as i64;
        let done = self.best.as_ref().is_some_and(|&(best, _)| node.bound >= best - slack(best));
        let branch = (!done && !self.out_of_time()).then(|| split(&node.taken)).flatten();
        let Some((unit, manager)) = branch else {
            self.leaves = self.leaves.min(node.bound);
            return Ok(DenseProof::Prices(node.prices));
        };
        let mut side = |search: &mut Self, with: bool| {
            cases.push(Case { unit, manager, with });
            let proof = match search.relax(cases)? {
                Relaxed::Solved(child) => search.explore(cases, child),
                Relaxed::Empty(prices) => {
                    let prices = search.raised(&node, &prices, cases);
                    // Above every plan, unless the shortage is so small that its prices would not fit.
                    let reached =
                        bound(search.problem, &prices, SCALE, cases).map_or(i64::MAX, |sum| whole(sum, SCALE));
                    search.leaves = search.leaves.min(reached);
                    Ok(DenseProof::Prices(prices))
                }
                Relaxed::Stopped(..) => {
                    search.leaves = search.leaves.min(node.bound);
                    Ok(DenseProof::Prices(node.prices.clone()))
                }
            };
            cases.pop();
            proof.map(Box::new)
        };
        let (with, without) = (side(self, true)?, side(self, false)?);
        Ok(DenseProof::Branch { unit, manager, with, without })
    }

    /// Prices for cases without a plan: those of the parent, and on top the shortage often enough to pass any cost.
    fn raised(&self, parent: &Node, shortage: &DensePrices, cases: &[Case]) -> DensePrices {
        let dearest = || artificial(self.problem).saturating_mul(self.problem.members().max(1));
        let target = i128::from(self.best.as_ref().map_or_else(dearest, |&(cost, _)| cost)) * i128::from(SCALE);
        let own = bound(self.problem, &parent.prices, SCALE, cases).unwrap_or(0);
        let counting = counting(self.problem);
        let each = bound(&counting, shortage, SCALE, cases).unwrap_or(1).max(1);
        let largest = shortage.capacity.iter().chain(&shortage.rows).map(|price| price.abs()).max().unwrap_or(0);
        let room = i128::from(i64::MAX / 4 / largest.max(shortage.minimum_use).max(1));
        let times = ((target - own).max(0) / each + 1).min(room) as i64;
        let sum = |a: &[i64], b: &[i64]| a.iter().zip(b).map(|(a, b)| a + times * b).collect();
        DensePrices {
            capacity: sum(&parent.prices.capacity, &shortage.capacity),
            rows: sum(&parent.prices.rows, &shortage.rows),
            minimum_use: parent.prices.minimum_use + times * shortage.minimum_use,
        }
    }

    /// Told to stop before the bound was final: the best plan so far, with the best bound so far.
    fn stopped(self, prices: DensePrices, bound: i64) -> Outcome {
        let (cost, plan) = self.best.map_or((0, None), |(cost, plan)| (cost, Some(plan)));
        let proof = DenseProof::Prices(prices);
        Outcome {
            status: Status::Limit,
            plan,
            cost,
            bound,
            scale: SCALE,
            proof,
            work: self.rounds,
            engine: "highs",
            solved: None,
        }
    }
}

/// Columns whose value is not 0.
fn taken(columns: &[Column], values: &[f64]) -> Vec<(Column, f64)> {
    columns.iter().copied().zip(values.iter().copied()).filter(|&(_, value)| value > INTEGRAL).collect()
}

/// The first unit that is split, and the manager with the largest part of it.
fn split(taken: &[(Column, f64)]) -> Option<(usize, usize)> {
    let unit = taken.iter().find(|(_, value)| *value < 1.0 - INTEGRAL)?.0.unit;
    let parts = taken.iter().filter(|(column, _)| column.unit == unit);
    let most = parts.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.manager.cmp(&a.0.manager)))?.0;
    Some((unit as usize, most.manager as usize))
}

/// A first cost of leaving a member unserved where that is no choice: above any arc and place together, but no larger
/// than that, since solvers lose digits to large numbers. It is raised when it turns out too low.
fn artificial(problem: &Problem<'_>) -> i64 {
    let managers = problem.managers();
    let dearest = (0..problem.units.len()).into_par_iter().map_init(
        || vec![NOT_ALLOWED; managers],
        |costs, at| {
            problem.arcs.fill(at, costs);
            costs.iter().copied().filter(|&cost| cost != NOT_ALLOWED).max().unwrap_or(0)
        },
    );
    let place = problem.places.iter().filter_map(|places| places.last()).copied().max().unwrap_or(0);
    4 * (dearest.max().unwrap_or(0) + place) + 1000
}

/// The same problem without costs, a member unserved counting [`LEFT_OUT`] unless that is a choice: its bound is so many
/// times the least number of members short.
fn counting<'p>(problem: &'p Problem<'p>) -> Problem<'p> {
    let managers = problem.managers();
    let mut costs = vec![NOT_ALLOWED; problem.units.len() * managers];
    costs.par_chunks_mut(managers.max(1)).enumerate().for_each(|(unit, row)| {
        problem.arcs.fill(unit, row);
        row.iter_mut().filter(|cost| **cost != NOT_ALLOWED).for_each(|cost| *cost = 0);
    });
    Problem {
        units: problem.units.clone(),
        places: problem.places.iter().map(|places| vec![0; places.len()]).collect(),
        rows: problem.rows.clone(),
        minimum_use: problem.minimum_use,
        unserved: Some(if problem.unserved.is_none() { LEFT_OUT } else { 0 }),
        arcs: Box::new(Table::new(managers, costs)),
    }
}

fn infeasible(prices: DensePrices) -> Outcome {
    Outcome {
        status: Status::Infeasible,
        plan: None,
        cost: 0,
        bound: 0,
        scale: SCALE,
        proof: DenseProof::Prices(prices),
        work: 0,
        engine: "highs",
        solved: None,
    }
}

/// Duals as whole numbers of 1/SCALE seconds; rows' prices never below 0, nor places' where loads are worth nothing.
fn rounded(problem: &Problem<'_>, duals: &Duals) -> DensePrices {
    let round = |dual: f64| (dual * SCALE as f64).round() as i64;
    let at_least_none = |dual: &f64| round(*dual).max(0);
    let place = |dual: &f64| if problem.minimum_use.is_some() { round(*dual) } else { round(*dual).max(0) };
    DensePrices {
        capacity: duals.capacity.iter().map(place).collect(),
        rows: duals.rows.iter().map(at_least_none).collect(),
        minimum_use: round(duals.minimum_use).max(0),
    }
}

/// The arcs to start from: the cheapest at the prices of the places alone, the present manager, being unserved.
fn first_columns(problem: &Problem<'_>, capacity: Vec<i64>) -> Vec<Column> {
    let prices = DensePrices { capacity, ..no_prices(problem) };
    let priced = Priced::new(problem, &prices, 1, &[]);
    let unserved = problem.managers() as u32;
    let mut columns = each_unit(problem, |at, costs, reduced| {
        priced.reduced(at, reduced);
        let mut order: Vec<usize> = (0..reduced.len()).filter(|&manager| reduced[manager] != NOT_ALLOWED).collect();
        order.sort_unstable_by_key(|&manager| (reduced[manager], manager));
        order.truncate(FIRST_ARCS);
        order.extend(problem.units[at].present.iter().map(|&(manager, _)| manager as usize));
        order.retain(|&manager| costs[manager] != NOT_ALLOWED);
        let column = |manager: usize| Column { unit: at as u32, manager: manager as u32, cost: costs[manager] };
        let mut columns: Vec<Column> = order.into_iter().map(column).collect();
        let each = problem.unserved.unwrap_or(0) * i64::from(problem.units[at].size);
        columns.push(Column { unit: at as u32, manager: unserved, cost: each });
        columns
    });
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// Arcs that would lower the restricted program's cost at these prices: the best few of every unit.
fn improving(problem: &Problem<'_>, prices: &DensePrices, restricted: &[Column], cases: &[Case]) -> Vec<Column> {
    let priced = Priced::new(problem, prices, SCALE, cases);
    let first = |unit: usize| restricted.partition_point(|column| (column.unit as usize) < unit);
    each_unit(problem, |at, costs, reduced| {
        priced.reduced(at, reduced);
        let known = &restricted[first(at)..first(at + 1)];
        let of_known = |column: &Column| {
            let unserved = || column.cost.saturating_mul(SCALE);
            reduced.get(column.manager as usize).copied().unwrap_or_else(unserved)
        };
        let best = known.iter().map(of_known).min().unwrap_or(NOT_ALLOWED);
        let mut better: Vec<usize> = (0..reduced.len()).filter(|&manager| reduced[manager] < best).collect();
        better.sort_unstable_by_key(|&manager| (reduced[manager], manager));
        better.truncate(NEW_ARCS);
        let column = |manager: usize| Column { unit: at as u32, manager: manager as u32, cost: costs[manager] };
        better.into_iter().map(column).collect()
    })
}

/// All arcs whose reduced cost is within `reach` of the unit's least: a plan that costs at most `reach` more than the
/// bound uses no others.
fn within(problem: &Problem<'_>, prices: &DensePrices, reach: i128) -> Vec<Column> {
    let priced = Priced::new(problem, prices, SCALE, &[]);
    each_unit(problem, |at, costs, reduced| {
        let least = priced.least(at, reduced);
        let near = |&manager: &usize| {
            reduced[manager] != NOT_ALLOWED && i128::from(reduced[manager]) - i128::from(least) <= reach
        };
        let column = |manager: usize| Column { unit: at as u32, manager: manager as u32, cost: costs[manager] };
        (0..reduced.len()).filter(near).map(column).collect()
    })
}

/// Collects columns of every unit, in order: `of` gets the unit, its arc costs and room for reduced costs.
fn each_unit(problem: &Problem<'_>, of: impl Fn(usize, &[i64], &mut [i64]) -> Vec<Column> + Sync) -> Vec<Column> {
    let managers = problem.managers();
    let parts: Vec<Vec<Column>> = (0..problem.units.len())
        .into_par_iter()
        .map_init(
            || (vec![NOT_ALLOWED; managers], vec![0; managers]),
            |(costs, reduced), at| {
                problem.arcs.fill(at, costs);
                of(at, costs, reduced)
            },
        )
        .collect();
    parts.into_iter().flatten().collect()
}
