//! A changed roster solved and its plan judged: from nothing, or from a roster much like it.

use crate::certificate::Claim;
use crate::cost::Prepared;
use crate::model::problem::Problem;
use crate::model::{Model, decode};
use crate::program::Rules;
use crate::roster::Roster;
use crate::solve::network::Neighbour;
use crate::solve::{Control, EngineError, Outcome, Status, portfolio};
use crate::units::Cost;
use crate::verify::{self, Claims, VerifiedPlan};

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
    Ok(solved_near(roster, rules, None, control)?.0)
}

/// The same from a neighbour, and what it tells the next; `None` where the network engine did not solve it.
///
/// # Errors
/// As [`solved`].
pub fn solved_near(
    roster: &Roster,
    rules: &Rules,
    near: Option<&Neighbour>,
    control: Control<'_>,
) -> Result<(Ended, Option<Neighbour>), EngineError> {
    with_problem(roster, rules, |model, problem| {
        let outcome = portfolio::solve_near(problem, near, control)?;
        if outcome.plan.is_none() {
            let ended = if outcome.status == Status::Infeasible { Ended::Infeasible } else { Ended::Nothing };
            return Ok((ended, None));
        }
        Ok((Ended::Plan(Box::new(judged(model, &outcome)?)), Neighbour::of(problem, &outcome)))
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

fn judged(model: &Model<'_>, outcome: &Outcome) -> Result<VerifiedPlan, EngineError> {
    let fixed = model.fixed_cost();
    let claims = Claims {
        assignment: decode::assignment(model, outcome.plan.as_deref().unwrap_or_default()),
        cost: Cost(outcome.cost) + fixed,
        bound: Cost(outcome.bound) + fixed,
        certificate: decode::certificate(model, Claim::Bound, outcome.scale, &outcome.proof),
    };
    verify::judge(model.roster(), model.prepared().rules, claims).map_err(|found| {
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
