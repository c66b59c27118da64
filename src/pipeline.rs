//! The stages wired together: roster and rules -> model -> solve -> verify -> plan here, plan -> folder in [`mod@release`].
//! This room alone knows all of them; each of them knows only what stands below it.

mod release;

use std::time::Instant;

use crate::certificate::{Certificate, Claim};
use crate::cost::Prepared;
use crate::ids::{ManagerIx, MemberIx};
use crate::model::problem::Problem;
use crate::model::{Contradiction, Model, contradictions, decode};
use crate::output::json::Timings;
use crate::plan::{self, Plan, RunnerUp, SolveReport, Status};
use crate::program::Rules;
use crate::roster::Roster;
use crate::solve::{self, Control, EngineError, network, portfolio};
use crate::units::Cost;
use crate::verify::{self, VerifiedPlan, Violation};
use crate::whatif::explain::Explainer;
use crate::whatif::recommend;
use crate::whatif::scene::Scene;
use crate::whatif::solving::judged;
use crate::whatif::worth;
use crate::whatif::{self, Infeasibility, Repair};

pub use release::{
    Contents, LETTERS_FOLDER, LETTERS_MARKER, NO_LETTERS, ReleaseError, Released, Scheduled, print_again, release,
    release_schedule, reschedule, schedule,
};

/// How planning ended.
pub enum Ending {
    /// A verified plan.
    Plan(Box<Plan>),
    /// Decisions that cannot all be kept; nothing was solved.
    Contradictions(Vec<Contradiction>),
    /// No plan meets the rules: why, and what would help.
    Infeasible(Box<Infeasibility>, Vec<Repair>),
    /// Told to stop before there was any plan.
    Nothing,
}

/// A stage broke: a defect, never an answer.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// An engine broke.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The verifier refused the solver's plan: every violation, by code.
    #[error("the verifier refused the plan: {}", .0.iter().take(5).map(|v| format!("{} {}", v.code.code(), v.detail)).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Violation>),
    /// The verifier refused the proof that no plan exists.
    #[error("the verifier refused the proof of infeasibility: {0}")]
    NoContradiction(String),
}

/// Where a search may start: an earlier plan for nearly the same roster, and its proof. Neither is believed.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'a> {
    /// Member by member.
    pub assignment: &'a [Option<ManagerIx>],
    /// Its prices, when they are known.
    pub certificate: Option<&'a Certificate>,
}

/// Plans: everything between reading and writing. `timings` gets the seconds of model, solve and verify.
///
/// # Errors
/// A stage broke; nothing may be written then.
pub fn plan(
    roster: &Roster,
    rules: &Rules,
    engine: &str,
    seed: u64,
    control: Control<'_>,
    timings: &mut Timings,
) -> Result<Ending, PipelineError> {
    plan_from(None, roster, rules, engine, seed, control, timings)
}

/// Plans from an earlier plan: where the network engine takes the problem, it goes on from that plan's prices and moves
/// only what they no longer bear out; otherwise it is solved anew. Either way the plan is judged and its bound proved.
///
/// # Errors
/// As [`plan()`].
pub fn plan_from(
    earlier: Option<Earlier<'_>>,
    roster: &Roster,
    rules: &Rules,
    engine: &str,
    seed: u64,
    control: Control<'_>,
    timings: &mut Timings,
) -> Result<Ending, PipelineError> {
    let found = contradictions(roster, rules);
    if !found.is_empty() {
        return Ok(Ending::Contradictions(found));
    }
    let mut clock = Instant::now();
    let mut lap = || std::mem::replace(&mut clock, Instant::now()).elapsed().as_secs_f64();
    let prepared = Prepared::new(roster, rules);
    let model = Model::new(&prepared);
    let problem = model.problem();
    timings.model = lap();
    let resumed = earlier.filter(|_| engine == "auto").and_then(|earlier| resume(&model, &problem, earlier, control));
    let outcome = match resumed {
        Some(outcome) => outcome,
        None => portfolio::solve(&problem, engine, control)?,
    };
    timings.solve = lap();
    match outcome.status {
        solve::Status::Infeasible => {
            let mut why = whatif::infeasible::explain(&model, &problem, &outcome);
            verify::contradiction(roster, rules, &why.certificate)
                .map_err(|error| PipelineError::NoContradiction(error.to_string()))?;
            whatif::infeasible::name_conflict(roster, rules, &mut why, control)?;
            let repairs = whatif::repairs(roster, rules, control)?;
            return Ok(Ending::Infeasible(Box::new(why), repairs));
        }
        _ if outcome.plan.is_none() => return Ok(Ending::Nothing),
        _ => {}
    }
    let verified = judged(&model, &outcome).map_err(PipelineError::Refused)?;
    timings.verify = lap();
    let report = report(&model, &problem, &outcome, &verified, seed, control);
    timings.solve += lap();
    let plan = Plan::new(roster, rules, verified, report);
    timings.verify += lap();
    Ok(Ending::Plan(Box::new(plan)))
}

/// Pairs up to which a plan says by itself what it hangs on; beyond, `explain` does when asked.
const HINGED_PAIRS: usize = 1 << 21;
/// Places and hires that it names.
const HINGES: usize = 5;

/// What a proven plan hangs on. It is limited in steps, never by the clock, so that a plan's bytes repeat.
fn hinges(roster: &Roster, rules: &Rules, plan: &Plan) -> Result<Option<plan::hinges::Hinges>, EngineError> {
    let pairs = roster.members().len().saturating_mul(roster.managers().len());
    if plan.report.status != Status::Optimal || pairs > HINGED_PAIRS {
        return Ok(None);
    }
    let control = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };
    let prepared = Prepared::new(roster, rules);
    let model = Model::new(&prepared);
    let problem = model.problem();
    let cost = plan.verified.terms().total();
    if !network::accepts(&problem) {
        return Ok(None);
    }
    let scene = Scene::new(&model, &problem, plan.verified.assignment(), cost, control)?;
    Ok(Some(worth::hinges(&scene, HINGES, control)?))
}

/// Pairs up to which an earlier plan is gone on from: the table of their costs is made first.
const RESUMED_PAIRS: usize = 1 << 26;

/// Solves from an earlier plan and its prices. `None`: not of the network class, too large for a table, somebody has no
/// place, or a household would be parted: then it is solved anew.
fn resume(
    model: &Model<'_>,
    problem: &Problem<'_>,
    earlier: Earlier<'_>,
    control: Control<'_>,
) -> Option<solve::Outcome> {
    if model.units.len().saturating_mul(problem.managers() + 2) > RESUMED_PAIRS {
        return None;
    }
    let start: Vec<Option<u32>> = model
        .units
        .iter()
        .map(|members| earlier.assignment.get(members[0].at()).copied().flatten().map(|m| m.0))
        .collect();
    let prices = decode::dense_prices(model, earlier.certificate);
    let mut warm = network::Warm::from_prices(problem, &start, &prices, &control)?;
    if warm.short().is_some() || !warm.certified() {
        return None;
    }
    let columns = warm.columns();
    let mut items = columns.iter();
    let mut plan = Vec::with_capacity(model.units.len());
    for members in &model.units {
        let mut places = items.by_ref().take(members.len());
        let first = *places.next()?;
        if places.any(|place| *place != first) {
            return None;
        }
        plan.push(first.filter(|column| *column < problem.managers()).map(|column| column as u32));
    }
    let cost = warm.whole_cost();
    Some(solve::Outcome {
        status: solve::Status::Optimal,
        plan: Some(plan),
        cost,
        bound: cost,
        scale: warm.scale(),
        proof: decode::DenseProof::Prices(warm.prices(problem)),
        work: 0,
        engine: "network",
        solved: None,
    })
}

/// How the search went, with the best other choice of every transferred member.
fn report(
    model: &Model<'_>,
    problem: &Problem<'_>,
    outcome: &solve::Outcome,
    verified: &VerifiedPlan,
    seed: u64,
    control: Control<'_>,
) -> SolveReport {
    let roster = model.roster();
    let moved = |unit: &usize| {
        let moves = |&member: &MemberIx| verified.assignment()[member.at()] != roster.member(member).manager;
        model.units[*unit].iter().any(moves)
    };
    let wanted: Vec<usize> = (0..model.units.len()).filter(moved).collect();
    let mut runner_ups = vec![None; roster.members().len()];
    for (unit, found) in wanted.iter().zip(network::alternatives(problem, outcome, &wanted, &control)) {
        let Some(found) = found else { continue };
        let manager = ManagerIx(found.manager);
        let runner_up = RunnerUp { manager, extra: Cost(found.extra), exact: found.exact };
        // Those of a household go together: the figure is that of all of them.
        model.units[*unit].iter().for_each(|member| runner_ups[member.at()] = Some(runner_up));
    }
    let status = match outcome.status {
        _ if verified.terms().total() == verified.bound() => Status::Optimal,
        solve::Status::Feasible => Status::Feasible,
        _ => Status::Limit,
    };
    SolveReport { status, engine: outcome.engine, seed, runner_ups }
}

/// Explains a judged plan: `then` gets what answers, and the reason of every transferred member.
///
/// # Errors
/// An engine broke.
pub fn explained<T>(
    roster: &Roster,
    rules: &Rules,
    verified: &VerifiedPlan,
    control: Control<'_>,
    then: impl FnOnce(&Explainer<'_>, &dyn Fn(MemberIx) -> Option<String>) -> Result<T, EngineError>,
) -> Result<T, PipelineError> {
    let prepared = Prepared::new(roster, rules);
    let model = Model::new(&prepared);
    let problem = model.problem();
    let cost = verified.terms().total();
    let scene = Scene::new(&model, &problem, verified.assignment(), cost, control)?;
    let plan_proven = cost == verified.bound();
    let status = if plan_proven { Status::Optimal } else { Status::Feasible };
    let report = SolveReport { status, engine: "", seed: 0, runner_ups: vec![None; roster.members().len()] };
    let plan = Plan::new(roster, rules, verified.clone(), report);
    let why = |member: MemberIx| {
        let at = plan.transfers.binary_search_by_key(&member, |transfer| transfer.member).ok()?;
        Some(plan.transfers[at].because.clone())
    };
    Ok(then(&Explainer { scene: &scene, plan_proven, control }, &why)?)
}

/// Answers one person's question: with nobody else moving, or with everybody placed anew. `None`: asked for the whole,
/// and no plan places everybody.
///
/// # Errors
/// An engine broke, or the verifier refused its plan.
pub fn recommended(
    roster: &Roster,
    rules: &Rules,
    question: recommend::Question,
    whole: bool,
    control: Control<'_>,
) -> Result<Option<recommend::Recommendation>, PipelineError> {
    let prepared = Prepared::new(roster, rules);
    let model = Model::new(&prepared);
    if !whole {
        return Ok(Some(recommend::alone(&model, question, control)?));
    }
    let problem = model.problem();
    let outcome = portfolio::solve(&problem, "auto", control)?;
    if outcome.plan.is_none() {
        return Ok(None);
    }
    let verified = judged(&model, &outcome).map_err(PipelineError::Refused)?;
    let cost = verified.terms().total();
    let scene = Scene::new(&model, &problem, verified.assignment(), cost, control)?;
    Ok(Some(recommend::whole(&scene, cost == verified.bound(), question, control)?))
}

/// The bound of a roster for somebody else's plan: the certificate of the best plan found.
///
/// # Errors
/// An engine broke.
pub fn certificate(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Certificate>, PipelineError> {
    if !contradictions(roster, rules).is_empty() {
        return Ok(None);
    }
    let prepared = Prepared::new(roster, rules);
    let model = Model::new(&prepared);
    let problem = model.problem();
    let outcome = portfolio::solve(&problem, "auto", control)?;
    let is_bound = outcome.status != solve::Status::Infeasible && outcome.plan.is_some();
    Ok(is_bound.then(|| decode::certificate(&model, Claim::Bound, outcome.scale, &outcome.proof)))
}
