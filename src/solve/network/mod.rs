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
mod start;
mod state;
mod supply;
pub mod warm;

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
pub use warm::{Short, Warm};

/// Pairs up to which this engine keeps its table of costs (4 bytes each, 8 where costs are large).
const TABLE_LIMIT: usize = 1 << 27;

/// Takes every problem that fits into memory, whose rows are receive limits and groups that nest, without a least use.
#[must_use]
pub fn accepts(problem: &Problem<'_>) -> bool {
    problem.minimum_use.is_none() && fits(problem) && Pools::read(problem).is_some()
}

fn fits(problem: &Problem<'_>) -> bool {
    problem.units.len().saturating_mul(problem.managers() + 2) <= TABLE_LIMIT
}

/// Solves it.
///
/// # Errors
/// The problem is not one it accepts, or its costs are beyond any range.
pub fn solve<'p>(problem: &'p Problem<'p>, control: Control<'_>) -> Result<Outcome, EngineError> {
    let refused = |message: &str| EngineError { engine: "network", message: message.to_owned() };
    let Some(pools) = Pools::read(problem).filter(|_| accepts(problem)) else {
        return Err(refused("takes caps, receive limits and limits of groups that nest only; use `--engine highs`"));
    };
    if let Some(state) = State::<i32>::new(problem, &pools) {
        return Ok(from_nothing(problem, state, control));
    }
    let state = State::<i64>::new(problem, &pools).ok_or_else(|| refused("costs are out of range"))?;
    Ok(from_nothing(problem, state, control))
}

fn from_nothing<T: Amount>(problem: &Problem<'_>, mut state: State<T>, control: Control<'_>) -> Outcome
where
    Solved: From<Kept<T>>,
{
    let mut search = Search::default();
    (control.progress)(Progress { phase: "shortest paths", best: None, bound: None });
    if start::from_nothing(&mut state, &mut search, &control).is_none() {
        return branch::stopped(problem);
    }
    finish(problem, state, &mut search, control)
}

/// From the solved relaxation to a plan that keeps units together.
fn finish<T: Amount>(problem: &Problem<'_>, state: State<T>, search: &mut Search<T>, control: Control<'_>) -> Outcome
where
    Solved: From<Kept<T>>,
{
    if state.unplaced() > 0 {
        return branch::infeasible(problem, &state);
    }
    let scale = state.items.scale;
    let mut tree = Tree::new(problem, control);
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
    if !fits(problem) {
        return Start::Unknown;
    }
    let pools = Pools::none(problem.managers());
    if let Some(state) = State::<i32>::new(problem, &pools) {
        return start_from(problem, state, control);
    }
    State::<i64>::new(problem, &pools).map_or(Start::Unknown, |state| start_from(problem, state, control))
}

fn start_from<T: Amount>(problem: &Problem<'_>, mut state: State<T>, control: &Control<'_>) -> Start {
    let mut search = Search::default();
    if start::from_nothing(&mut state, &mut search, control).is_none() {
        return Start::Unknown;
    }
    if state.unplaced() > 0 {
        return Start::Short(branch::infeasible(problem, &state));
    }
    let prices = state.prices(problem, false).capacity.iter().map(|price| price / state.items.scale).collect();
    // The first plan of the tree is enough, whatever its gap.
    let quiet = Control { gap: 1.0, work_limit: None, progress: &|_| {}, ..*control };
    let mut tree = Tree::below(problem, quiet, None, Gains::new());
    tree.explore(&mut search, state);
    let plan = tree.best.map_or_else(|| vec![None; problem.units.len()], |(_, plan)| plan);
    Start::Placed { prices, plan }
}

/// Did the search prove its plan?
fn is_proven(outcome: &Outcome) -> bool {
    outcome.status == Status::Optimal
}
