//! Engines: each takes a [`Problem`] and returns a plan, a bound and the proof of the bound.
//!
//! This room never sees a roster or a program: it knows nodes, arcs and rows. It reads no clock: when to stop is a
//! question it asks its caller.

pub mod columns;
pub mod counting;
pub mod hall;
pub mod highs;
pub mod lagrangian;
pub mod network;
pub mod openings;
pub mod portfolio;
pub mod pricing;
pub mod sites;
pub mod volume;

use crate::model::decode::DenseProof;
use crate::model::problem::Problem;

/// How far a search got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// cost = bound.
    Optimal,
    /// A plan, with a gap that is within what was asked for.
    Feasible,
    /// Told to stop before that.
    Limit,
    /// No plan meets the limits.
    Infeasible,
}

/// A search as it goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub phase: &'static str,
    /// Cost of the best plan so far.
    pub best: Option<i64>,
    /// Bound so far.
    pub bound: Option<i64>,
}

/// When to stop and whom to tell.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    /// Seconds left, `None` = as long as it takes. 0 or less = stop now; asked often.
    pub seconds_left: &'a (dyn Fn() -> Option<f64> + Sync),
    /// Steps (branching nodes, column generation rounds) after which to stop, for repeatable stops.
    pub work_limit: Option<u64>,
    /// Relative gap that is good enough; 0 = proven.
    pub gap: f64,
    /// Told of every new best plan, bound and phase.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

impl Control<'_> {
    /// Has the caller's patience ended?
    #[must_use]
    pub fn expired(&self) -> bool {
        (self.seconds_left)().is_some_and(|left| left <= 0.0)
    }
}

/// What an engine returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How far it got.
    pub status: Status,
    /// Unit by unit the manager, `None` = unserved; no plan when infeasible or none was found.
    pub plan: Option<Vec<Option<u32>>>,
    /// What the plan costs.
    pub cost: i64,
    /// No plan costs less.
    pub bound: i64,
    /// Prices of `proof` are in 1/scale seconds.
    pub scale: i64,
    /// Proof of the bound, or of infeasibility.
    pub proof: DenseProof,
    /// Steps taken.
    pub work: u64,
    /// Which engine.
    pub engine: &'static str,
    /// What the network engine leaves behind for later questions.
    pub solved: Option<network::warm::Solved>,
}

/// An engine: a name and what it can do.
pub struct Engine {
    /// As `--engine` names it.
    pub name: &'static str,
    /// Can it take the problem?
    pub accepts: fn(&Problem<'_>) -> bool,
    /// Solves it.
    pub solve: for<'p, 'c> fn(&'p Problem<'p>, Control<'c>) -> Result<Outcome, EngineError>,
}

/// All engines, the preferred first. The agreement tests run every one of them.
pub const ENGINES: [Engine; 3] = [
    Engine { name: "network", accepts: network::accepts, solve: network::solve },
    Engine { name: "pricing", accepts: pricing::accepts, solve: pricing::solve },
    Engine { name: "highs", accepts: columns::accepts, solve: columns::solve },
];

/// An engine broke: a defect, not an answer.
#[derive(Debug, thiserror::Error)]
#[error("engine `{engine}`: {message}")]
pub struct EngineError {
    /// Which.
    pub engine: &'static str,
    /// What happened.
    pub message: String,
}
