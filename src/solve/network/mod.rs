//! The network engine: problems whose only limits are places (caps, convex balance, eligibility, decisions), exact over
//! all pairs in integers.
//!
//! Members become items of size one. Their transportation problem is solved by successive shortest paths on the graph
//! of managers (Ahuja, Magnanti, Orlin 1993, section 9.7): an arc a -> b is the cheapest item of a to hand to b. With
//! units of one the plan is optimal. Households that end up split are branched on: every node re-solves in a few paths
//! from its parent's state, and its prices are a case of the proof.

mod branch;
pub mod costs;
mod runner_up;
mod search;
pub mod sparse;
pub mod state;

use crate::model::problem::Problem;
use crate::solve::{Control, EngineError, Outcome};

pub use branch::{Start, start};
pub use runner_up::{Alternative, alternatives};

/// Pairs up to which this engine keeps its table of costs (8 bytes each).
const TABLE_LIMIT: usize = 1 << 27;

/// Takes every problem without rows and least use that fits into memory.
#[must_use]
pub fn accepts(problem: &Problem<'_>) -> bool {
    problem.rows.is_empty()
        && problem.minimum_use.is_none()
        && problem.units.len().saturating_mul(problem.managers() + 1) <= TABLE_LIMIT
}

/// Solves it.
///
/// # Errors
/// Never for a problem it accepts.
pub fn solve<'p>(problem: &'p Problem<'p>, control: Control<'_>) -> Result<Outcome, EngineError> {
    if !accepts(problem) {
        let message = "takes count caps only; use `--engine highs`".to_owned();
        return Err(EngineError { engine: "network", message });
    }
    Ok(branch::solve(problem, control))
}
