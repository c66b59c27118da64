//! The network engine: problems whose limits are a tree (caps, convex balance, receive limits, limits of teams and
//! regions that nest, eligibility, decisions), exact over all pairs in integers.
//!
//! Members become items of size one. Their transportation problem is solved by successive shortest paths on the graph
//! of managers (Ahuja, Magnanti, Orlin 1993, section 9.7): an arc a -> b is the cheapest item of a to hand to b. With
//! units of one the plan is optimal. Households that end up split are branched on: every node re-solves in a few paths
//! from its parent's state, and its prices are a case of the proof. A solved state can be changed and solved again.

mod branch;
pub mod change;
pub mod costs;
mod handovers;
mod near;
mod optimal;
pub mod pools;
mod residual;
mod runner_up;
mod search;
mod shape;
pub mod sparse;
mod start;
mod state;
mod supply;
pub mod warm;

use crate::model::decode::{DensePrices, DenseProof};
use crate::model::problem::Problem;
use crate::solve::network::branch::{Gains, Tree};
use crate::solve::network::costs::Amount;
use crate::solve::network::pools::Pools;
use crate::solve::network::search::Search;
use crate::solve::network::state::State;
use crate::solve::network::warm::{Kept, Solved};
use crate::solve::{Control, EngineError, Outcome, Progress, Status};

pub use change::{Change, Refused};
pub use runner_up::{Alternative, alternatives};
pub use warm::{Neighbour, Short, Together, Warm};

/// Pairs up to which this engine keeps its table of costs (4 bytes each, 8 where costs are large).
const TABLE_LIMIT: usize = 1 << 27;

/// Takes every problem whose rows are receive limits and groups that nest, without a least use; with rows, only as far as
/// the table of costs fits into memory.
#[must_use]
pub fn accepts(problem: &Problem<'_>) -> bool {
    let is_sparse = problem.rows.is_empty() && sparse::accepts(problem);
    problem.minimum_use.is_none() && (is_sparse || fits(problem) && Pools::read(problem).is_some())
}

fn fits(problem: &Problem<'_>) -> bool {
    problem.units.len().saturating_mul(problem.managers() + 2) <= TABLE_LIMIT
}

/// Solves a problem much like one solved before, from that one's prices and with what its tree learned. Neither is
/// believed: they only decide how long it takes, and which of several best plans is found.
///
/// # Errors
/// As [`solve`].
pub fn solve_near(problem: &Problem<'_>, near: &Neighbour, control: Control<'_>) -> Result<Outcome, EngineError> {
    // Without split households nothing is faster than the way without a table.
    if near.gains.is_empty() || !accepts(problem) || !fits(problem) {
        return solve(problem, control);
    }
    tabled(problem, Some((&near.plan, &near.prices)), near.gains.clone(), control)
}

/// Solves it.
///
/// # Errors
/// The problem is not one it accepts, or its costs are beyond any range.
pub fn solve<'p>(problem: &'p Problem<'p>, control: Control<'_>) -> Result<Outcome, EngineError> {
    if !accepts(problem) {
        return Err(refused("takes caps, receive limits and limits of groups that nest only; use `--engine highs`"));
    }
    if !sparse::accepts(problem) {
        return tabled(problem, None, Gains::new(), control);
    }
    (control.progress)(Progress { phase: "prices", best: None, bound: None });
    match sparse::solve(problem, &control) {
        sparse::Ending::Stopped => Ok(branch::stopped(problem)),
        // Too few places without the rows are too few with them.
        sparse::Ending::Stuck(managers) => Ok(branch::stuck(problem, &managers)),
        sparse::Ending::Solved(relaxed) if problem.rows.is_empty() && (relaxed.is_plan || !fits(problem)) => {
            Ok(relaxed.outcome(problem, &control))
        }
        sparse::Ending::Solved(relaxed) => {
            let rows = vec![0; problem.rows.len()];
            let prices = DensePrices { capacity: relaxed.prices, rows, minimum_use: 0 };
            tabled(problem, Some((&relaxed.plan, &prices)), Gains::new(), control)
        }
    }
}

fn refused(message: &str) -> EngineError {
    EngineError { engine: "network", message: message.to_owned() }
}

/// A plan to begin with, unit by unit, and prices.
type Hint<'a> = (&'a [Option<u32>], &'a DensePrices);

/// Solves it with all costs in a table: with rows, with split households, and for later questions.
/// `gains`: what branching on units did in a similar problem.
fn tabled(
    problem: &Problem<'_>,
    hint: Option<Hint<'_>>,
    gains: Gains,
    control: Control<'_>,
) -> Result<Outcome, EngineError> {
    let pools = Pools::read(problem).ok_or_else(|| refused("limits of groups do not nest"))?;
    if let Some(state) = State::<i32>::new(problem, &pools) {
        return Ok(started(problem, state, hint, gains, control));
    }
    let state = State::<i64>::new(problem, &pools).ok_or_else(|| refused("costs are out of range"))?;
    Ok(started(problem, state, hint, gains, control))
}

fn started<T: Amount>(
    problem: &Problem<'_>,
    mut state: State<T>,
    hint: Option<Hint<'_>>,
    gains: Gains,
    control: Control<'_>,
) -> Outcome
where
    Solved: From<Kept<T>>,
{
    let mut search = Search::default();
    (control.progress)(Progress { phase: "shortest paths", best: None, bound: None });
    let done = match hint {
        None => start::from_nothing(&mut state, &mut search, &control),
        Some((plan, prices)) => start::from_prices(&mut state, &mut search, plan, prices, &control),
    };
    if done.is_none() {
        return branch::stopped(problem);
    }
    finish(problem, state, &mut search, gains, control)
}

/// What a solved problem leaves behind for later questions, when the solve itself needed no table.
fn kept(problem: &Problem<'_>, outcome: &Outcome, control: Control<'_>) -> Option<Solved> {
    if !fits(problem) || Pools::read(problem).is_none() {
        return None;
    }
    let hint = match (&outcome.plan, &outcome.proof) {
        (Some(plan), DenseProof::Prices(prices)) if outcome.engine == "network" => Some((plan.as_slice(), prices)),
        _ => None,
    };
    tabled(problem, hint, Gains::new(), control).ok()?.solved
}

/// From the solved relaxation to a plan that keeps units together.
fn finish<T: Amount>(
    problem: &Problem<'_>,
    state: State<T>,
    search: &mut Search<T>,
    gains: Gains,
    control: Control<'_>,
) -> Outcome
where
    Solved: From<Kept<T>>,
{
    if state.unplaced() > 0 {
        return branch::infeasible(problem, &state);
    }
    let scale = state.items.scale;
    let mut tree = Tree::new(problem, control);
    tree.gains = gains;
    let proof = tree.explore(search, state.clone());
    let (leaves, gains) = (std::mem::take(&mut tree.leaves), std::mem::take(&mut tree.gains));
    let outcome = tree.outcome(proof, scale);
    Outcome { solved: Some(Kept { root: state, leaves, gains }.into()), ..outcome }
}

/// What another engine can start from: the problem without its rows, solved.
pub enum Start {
    /// The places alone do not suffice: nothing more to solve.
    Short(Outcome),
    /// Prices of places in whole seconds, and a plan that may break rows.
    Placed {
        /// Manager by manager.
        prices: Vec<i64>,
        /// Unit by unit.
        plan: Vec<Option<u32>>,
    },
    /// The table of costs would not fit, or there was no time.
    Unknown,
}

/// Solves the problem without its rows for a start.
#[must_use]
pub fn start(problem: &Problem<'_>, control: &Control<'_>) -> Start {
    if !sparse::accepts(problem) {
        return Start::Unknown;
    }
    match sparse::solve(problem, control) {
        sparse::Ending::Stopped => Start::Unknown,
        sparse::Ending::Stuck(managers) => Start::Short(branch::stuck(problem, &managers)),
        sparse::Ending::Solved(relaxed) => {
            let together =
                if relaxed.is_plan || !fits(problem) { None } else { kept_together(problem, &relaxed, control) };
            Start::Placed {
                prices: relaxed.prices.iter().map(|price| price / relaxed.scale).collect(),
                plan: together.unwrap_or(relaxed.plan),
            }
        }
    }
}

/// A plan that keeps households together, without the rows: the first that branching finds, which is seldom far from the best.
fn kept_together(problem: &Problem<'_>, relaxed: &sparse::Relaxed, control: &Control<'_>) -> Option<Vec<Option<u32>>> {
    let pools = Pools::none(problem.managers());
    if let Some(state) = State::<i32>::new(problem, &pools) {
        return first_plan(problem, state, relaxed, control);
    }
    first_plan(problem, State::<i64>::new(problem, &pools)?, relaxed, control)
}

fn first_plan<T: Amount>(
    problem: &Problem<'_>,
    mut state: State<T>,
    relaxed: &sparse::Relaxed,
    control: &Control<'_>,
) -> Option<Vec<Option<u32>>> {
    let mut search = Search::default();
    let rows = vec![0; problem.rows.len()];
    let prices = DensePrices { capacity: relaxed.prices.clone(), rows, minimum_use: 0 };
    start::from_prices(&mut state, &mut search, &relaxed.plan, &prices, control)?;
    let quiet = Control { gap: 1.0, work_limit: None, progress: &|_| {}, ..*control };
    let mut tree = Tree::below(problem, quiet, None, Gains::new());
    tree.explore(&mut search, state);
    tree.best.map(|(_, plan)| plan)
}

/// Did the search prove its plan?
fn is_proven(outcome: &Outcome) -> bool {
    outcome.status == Status::Optimal
}
