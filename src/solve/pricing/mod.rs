//! The pricing engine: managers with capacities of their own in any unit - weights, hours with the drive inside, several
//! at once - beside the number of members.
//!
//! The units are priced, and each manager's capacities stay inside a knapsack: the bound "from prices of members" of
//! [`crate::certificate`], much closer than that of a linear program. The prices also say where a good plan is: the
//! averaged solution of the volume method ([`prices`]) is rounded by diving ([`dive`]), plans are improved by searching
//! neighbourhoods in the same way ([`neighbourhood`]), and small gaps are closed by branch and bound ([`branch`], and
//! [`tree`] where the proof is published). All evaluations are integers; floats only say where to look next.

mod branch;
mod dive;
mod ejection;
mod exact;
mod finish;
mod fixing;
mod instance;
mod knapsack;
mod neighbourhood;
mod part;
mod prices;
mod redundant;
mod search;
mod start;
mod tree;

use std::cell::Cell;

use instance::Instance;
use knapsack::Room;
use neighbourhood::Incumbent;
use part::Part;
use prices::{Until, Walk};
pub use search::Options;
use tree::Tree;

use crate::model::decode::{DenseProof, UnitPrices};
use crate::model::problem::{NOT_ALLOWED, Problem};
use crate::solve::{Control, EngineError, Outcome, Progress, Status, counting, network};

/// Steps of the walk that looks for a contradiction.
const CONTRADICTION_STEPS: usize = 400;

/// Takes problems whose rows belong to a single manager each, some of them weighed; rows of several managers only where
/// the managers' own limits keep them anyway.
#[must_use]
pub fn accepts(problem: &Problem<'_>) -> bool {
    instance::accepts(problem)
}

/// Solves it.
///
/// # Errors
/// The problem is not one it accepts, or the plan found is none: a defect.
pub fn solve<'p>(problem: &'p Problem<'p>, control: Control<'_>) -> Result<Outcome, EngineError> {
    solve_with(problem, control, Options::default())
}

/// Solves it with options of its own. With [`Options::unpublished`] the outcome may be optimal although its proof, made
/// of one set of prices, shows less: the tree that proved it was not kept.
///
/// # Errors
/// As [`solve`].
pub fn solve_with<'p>(
    problem: &'p Problem<'p>,
    control: Control<'_>,
    options: Options,
) -> Result<Outcome, EngineError> {
    let broken = |message: &str| EngineError { engine: "pricing", message: message.to_owned() };
    if !accepts(problem) {
        return Err(broken("takes rows of single managers, at least one of them weighed; use `--engine highs`"));
    }
    if let Some(unit) = homeless(problem) {
        let mut prices = none(problem);
        prices.units[unit] = 1;
        return Ok(outcome(Status::Infeasible, None, DenseProof::Units(prices), 1000, 0));
    }
    if problem.units.is_empty() {
        return Ok(outcome(Status::Optimal, Some((Vec::new(), 0, 0)), DenseProof::Units(none(problem)), 1000, 0));
    }
    if problem.unserved.is_none()
        && let Some(proof) = counted(problem, &control)
    {
        return Ok(outcome(Status::Infeasible, None, proof, 1, 0));
    }
    let instance = Instance::new(problem);
    let mut found = search::search(&instance, control, options);
    if found.incumbent.is_none()
        && problem.unserved.is_none()
        && let Some(proof) = contradiction(&instance, &control)
    {
        return Ok(outcome(Status::Infeasible, None, proof, 1000, found.work));
    }
    let scale = instance.scale;
    let whole = |incumbent: &Incumbent| incumbent.cost / scale;
    let done = |found: &search::Result| {
        let Some(best) = found.incumbent.as_ref().map(whole) else { return false };
        found.proven || (best - instance.whole(found.bound)) as f64 <= control.gap * best as f64
    };
    let mut tree = None;
    if !done(&found) && !control.expired() {
        tree = grow(&instance, &control, &mut found);
    }
    let bound = instance.whole(found.bound);
    let proof = tree.map_or_else(
        || tree::units(&instance, found.prices.clone()),
        |growing| tree::proof(&instance, growing, found.incumbent.is_none()),
    );
    let Some(incumbent) = &found.incumbent else {
        let status = if found.proven { Status::Infeasible } else { Status::Limit };
        return Ok(outcome(status, None, proof, scale, found.work));
    };
    let cost = whole(incumbent);
    let count = problem.managers() as u32;
    let plan: Vec<Option<u32>> = incumbent.plan.iter().map(|&manager| (manager < count).then_some(manager)).collect();
    if problem.cost_of(&plan) != Some(cost) {
        return Err(broken("its plan breaks a limit or costs something else"));
    }
    let bound = if found.proven { cost } else { bound.min(cost) };
    let status = match (bound == cost, done(&found)) {
        (true, _) => Status::Optimal,
        (_, true) => Status::Feasible,
        _ => Status::Limit,
    };
    Ok(outcome(status, Some((plan, cost, bound)), proof, scale, found.work))
}

/// A contradiction that a person can add up: too few places, or too much weight.
fn counted(problem: &Problem<'_>, control: &Control<'_>) -> Option<DenseProof> {
    if let network::Start::Short(short) = network::start(problem, control) {
        return Some(short.proof);
    }
    counting::overweight(problem).map(DenseProof::Prices)
}

fn outcome(
    status: Status,
    plan: Option<(Vec<Option<u32>>, i64, i64)>,
    proof: DenseProof,
    scale: i64,
    work: u64,
) -> Outcome {
    let (plan, cost, bound) = plan.map_or((None, 0, 0), |(plan, cost, bound)| (Some(plan), cost, bound));
    Outcome { status, plan, cost, bound, scale, proof, work, engine: "pricing", solved: None }
}

fn none(problem: &Problem<'_>) -> UnitPrices {
    UnitPrices {
        units: vec![0; problem.units.len()],
        capacity: vec![0; problem.managers()],
        rows: vec![0; problem.rows.len()],
    }
}

/// A unit that nobody may take, where being unserved is no choice.
fn homeless(problem: &Problem<'_>) -> Option<usize> {
    let mut row = vec![NOT_ALLOWED; problem.managers()];
    (0..problem.units.len()).find(|&unit| {
        problem.arcs.fill(unit, &mut row);
        problem.unserved.is_none() && row.iter().all(|&cost| cost == NOT_ALLOWED)
    })
}

/// The root of a problem on all its pairs.
fn root(instance: &Instance<'_>) -> Part {
    search::part(instance, &search::pairs(instance, &vec![0.0; instance.managers.len() * instance.dims]))
}

/// Prices whose bound without costs is above 0: nothing fits, whatever it costs.
fn contradiction(instance: &Instance<'_>, control: &Control<'_>) -> Option<DenseProof> {
    let costless = instance.without_costs();
    let root = root(&costless);
    let mut walk = Walk::new(&root, root.no_prices(&costless), costless.scale as f64);
    walk.best.units.fill(costless.scale);
    let stop = || control.expired();
    let until = Until { steps: CONTRADICTION_STEPS, cutoff: 1, reach: 0.0, least_aim: 1e-9, stop: &stop };
    walk.run(&costless, &root, until, &mut Room::default());
    let prices = search::whole(&costless, &root, &walk);
    (exact::bound(&costless, &prices, &|_, _| true).value > 0).then(|| tree::units(&costless, prices))
}

/// A tree that can be published, when it is small; then the search is proven.
fn grow(instance: &Instance<'_>, control: &Control<'_>, found: &mut search::Result) -> Option<tree::Growing> {
    let root = root(instance);
    if root.pairs() != search::every_pair(instance) {
        return None;
    }
    let told = Cell::new(None);
    let better = |best: i64| {
        told.set(Some(best));
        (control.progress)(Progress { phase: "branching", best: Some(best), bound: None });
    };
    let stop = || control.expired();
    let limit = control.work_limit.map_or(u64::MAX, |limit| limit.saturating_sub(found.work));
    let best = found.incumbent.clone();
    let mut tree = Tree { instance, best, nodes: 0, limit, numbers: 0, held: 0, better: &better, stop: &stop };
    let dims = instance.dims;
    let mut walk = Walk::new(&root, root.no_prices(instance), 0.0);
    walk.best.units.clone_from(&found.prices.units);
    let limits = root.managers.iter().flat_map(|&manager| &found.prices.limits[manager as usize * dims..][..dims]);
    walk.best.limits = limits.copied().collect();
    let growing = tree.explore(&root, walk, &mut Vec::new(), &mut Room::default());
    found.work += tree.nodes;
    found.incumbent = tree.best;
    found.proven |= growing.is_some();
    growing
}
