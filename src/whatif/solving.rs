//! A changed roster solved and its plan judged: from nothing, or from a roster much like it.

use std::sync::Arc;

use rayon::prelude::*;

use crate::certificate::Claim;
use crate::cost::Prepared;
use crate::model::geography::Geography;
use crate::model::problem::{Arcs, NOT_ALLOWED, Problem};
use crate::model::{Model, decode};
use crate::program::Rules;
use crate::roster::Roster;
use crate::solve::network::Neighbour;
use crate::solve::{Control, EngineError, Outcome, Status, hall, portfolio};
use crate::units::Cost;
use crate::verify::{self, Claims, VerifiedPlan, Violation};

/// How it ended.
#[derive(Debug)]
pub enum Ended {
    /// A plan, judged.
    Plan(Box<VerifiedPlan>),
    /// Proven: no plan meets the rules.
    Infeasible,
    /// Stopped before either.
    Nothing,
}

/// The best plan of a roster found under a limit, judged. Decisions that contradict each other are the caller's to find.
///
/// # Errors
/// An engine broke, or the verifier refused its plan: a defect.
pub fn solved(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Ended, EngineError> {
    solved_near(roster, rules, &mut Known::default(), control)
}

/// What one solved roster leaves to the next that is much like it.
#[derive(Debug, Default)]
pub struct Known {
    /// Prices, and what branching learned.
    near: Option<Neighbour>,
    same_costs: bool,
    costs: Option<Arc<Vec<i64>>>,
}

impl Known {
    /// Nothing yet. `same_costs`: will rosters follow that have the same costs of pairs? Then a table of them is kept.
    #[must_use]
    pub fn new(same_costs: bool) -> Self {
        Self { same_costs, ..Self::default() }
    }

    /// The next roster has other costs of pairs, or other pairs.
    pub fn forget_costs(&mut self) {
        self.costs = None;
    }
}

/// Pairs up to which their costs are kept (eight bytes each).
const KEPT_PAIRS: usize = 1 << 24;

/// The same from a neighbour: members, their households and case managers must be the same.
///
/// # Errors
/// As [`solved`].
pub fn solved_near(
    roster: &Roster,
    rules: &Rules,
    known: &mut Known,
    control: Control<'_>,
) -> Result<Ended, EngineError> {
    let prepared = Prepared::new(roster, rules);
    let model = Model::new(&prepared);
    let mut problem = model.problem();
    let managers = problem.managers();
    if known.same_costs && problem.units.len().saturating_mul(managers) <= KEPT_PAIRS {
        let costs = known.costs.get_or_insert_with(|| Arc::new(table(&problem)));
        let (costs, blank) = (Arc::clone(costs), Box::new(NoArcs));
        let inner = std::mem::replace(&mut problem.arcs, blank);
        problem.arcs = Box::new(KeptCosts { costs, managers, inner });
    }
    let outcome = portfolio::solve_near(&problem, known.near.as_ref(), control)?;
    if outcome.plan.is_none() {
        return Ok(if outcome.status == Status::Infeasible { Ended::Infeasible } else { Ended::Nothing });
    }
    if let Some(near) = Neighbour::of(&problem, &outcome) {
        known.near = Some(near);
    }
    Ok(Ended::Plan(Box::new(accepted(&model, &outcome)?)))
}

/// The costs of all pairs, unit by unit.
fn table(problem: &Problem<'_>) -> Vec<i64> {
    let managers = problem.managers();
    let mut costs = vec![0; problem.units.len() * managers];
    costs.par_chunks_mut(managers.max(1)).enumerate().for_each(|(unit, row)| problem.arcs.fill(unit, row));
    costs
}

/// Costs of pairs that were computed before; bounds by place come from where they were.
struct KeptCosts<'a> {
    costs: Arc<Vec<i64>>,
    managers: usize,
    inner: Box<dyn Arcs + 'a>,
}

impl Arcs for KeptCosts<'_> {
    fn fill(&self, unit: usize, out: &mut [i64]) {
        out.copy_from_slice(&self.costs[unit * self.managers..(unit + 1) * self.managers]);
    }

    fn cost(&self, unit: usize, manager: usize) -> i64 {
        self.costs[unit * self.managers + manager]
    }

    fn geography(&self) -> Option<&Geography> {
        self.inner.geography()
    }
}

/// Stands in while arcs are wrapped.
struct NoArcs;

impl Arcs for NoArcs {
    fn fill(&self, _: usize, out: &mut [i64]) {
        out.fill(NOT_ALLOWED);
    }

    fn cost(&self, _: usize, _: usize) -> i64 {
        NOT_ALLOWED
    }
}

/// Is there a plan at all?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Possible {
    /// A plan was found.
    Yes,
    /// Proven: there is none.
    No,
    /// Stopped before either.
    Unknown,
}

/// Looks for any plan. Too few places are counted before anything is priced: engines take long to price what cannot be.
///
/// # Errors
/// An engine broke.
pub fn possible(problem: &Problem<'_>, control: Control<'_>) -> Result<Possible, EngineError> {
    if hall::is_short(problem) {
        return Ok(Possible::No);
    }
    let outcome = portfolio::solve(problem, "auto", Control { gap: 1.0, progress: &|_| {}, ..control })?;
    Ok(match (outcome.status, outcome.plan) {
        (Status::Infeasible, _) => Possible::No,
        (_, Some(_)) => Possible::Yes,
        (_, None) => Possible::Unknown,
    })
}

/// The plan of [`solved`]; `None` when there is none, or none was found.
///
/// # Errors
/// As [`solved`].
pub fn solved_and_judged(
    roster: &Roster,
    rules: &Rules,
    control: Control<'_>,
) -> Result<Option<VerifiedPlan>, EngineError> {
    Ok(match solved(roster, rules, control)? {
        Ended::Plan(plan) => Some(*plan),
        Ended::Infeasible | Ended::Nothing => None,
    })
}

/// The verifier's judgement of an outcome.
///
/// # Errors
/// Everything that is wrong with its plan: a defect.
pub fn judged(model: &Model<'_>, outcome: &Outcome) -> Result<VerifiedPlan, Vec<Violation>> {
    let fixed = model.fixed_cost();
    let claims = Claims {
        assignment: decode::assignment(model, outcome.plan.as_deref().unwrap_or_default()),
        cost: Cost(outcome.cost) + fixed,
        bound: Cost(outcome.bound) + fixed,
        certificate: decode::certificate(model, Claim::Bound, outcome.scale, &outcome.proof),
    };
    verify::judge(model.roster(), model.prepared().rules, claims)
}

/// The same where a refusal ends as an engine's failure.
fn accepted(model: &Model<'_>, outcome: &Outcome) -> Result<VerifiedPlan, EngineError> {
    judged(model, outcome).map_err(|found| {
        let first = found.first().map_or_else(String::new, |first| format!("{} {}", first.code.code(), first.detail));
        EngineError { engine: outcome.engine, message: format!("the verifier refused its plan: {first}") }
    })
}

/// The model and problem of a roster, for as long as `then` runs.
///
/// # Errors
/// Those of `then`.
pub fn with_problem<T>(
    roster: &Roster,
    rules: &Rules,
    then: impl FnOnce(&Model<'_>, &Problem<'_>) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let prepared = Prepared::new(roster, rules);
    let model = Model::new(&prepared);
    let problem = model.problem();
    then(&model, &problem)
}

/// A control that ends after so many steps, proves what it finds, and tells nobody.
#[must_use]
pub fn limited(control: Control<'_>, steps: u64) -> Control<'_> {
    Control {
        work_limit: Some(control.work_limit.map_or(steps, |own| own.min(steps))),
        gap: 0.0,
        progress: &|_| {},
        ..control
    }
}
