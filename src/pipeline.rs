//! The stages wired together: roster and rules -> model -> solve -> verify -> plan -> folder. This file alone knows all
//! of them; each of them knows only what stands below it.
//!
//! Long because what a plan folder holds, and in which order it is made, is said in one place.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use crate::certificate::{Certificate, Claim};
use crate::cost::Prepared;
use crate::handoff::{self, CheckedSchedule};
use crate::ids::{ManagerIx, MemberIx};
use crate::model::problem::Problem;
use crate::model::{Contradiction, Model, contradictions, decode};
use crate::output::folder::{PLAN_MARKER, Staged, WriteError, may_replace};
use crate::output::json::Timings;
use crate::output::{self, Published};
use crate::plan::{self, Plan, RunnerUp, SolveReport, Status, identity};
use crate::program::Rules;
use crate::roster::Roster;
use crate::solve::{self, Control, EngineError, network, portfolio};
use crate::units::Cost;
use crate::verify::{self, Claims, VerifiedPlan, Violation};
use crate::whatif::explain::Explainer;
use crate::whatif::recommend;
use crate::whatif::scene::Scene;
use crate::whatif::worth;
use crate::whatif::{self, Infeasibility, Repair};

/// The folder of letters in a plan folder.
pub const LETTERS_FOLDER: &str = "letters";
/// The file by which a folder of letters is recognized: only such a folder is ever replaced by letters. Not
/// `manifest.json`, which many a folder has that is not ours.
pub const LETTERS_MARKER: &str = "held.csv";
/// What a build without the cargo feature says.
pub const NO_LETTERS: &str = "this build cannot print letters: it was made without the cargo feature `letters`";

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
    let verified = judged(&model, &outcome)?;
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
    Ok(Some(worth::hinges(&scene, HINGES, control)))
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

/// The verifier's judgement of an outcome.
fn judged(model: &Model<'_>, outcome: &solve::Outcome) -> Result<VerifiedPlan, PipelineError> {
    let fixed = model.fixed_cost();
    let claims = Claims {
        assignment: decode::assignment(model, outcome.plan.as_deref().unwrap_or_default()),
        cost: Cost(outcome.cost) + fixed,
        bound: Cost(outcome.bound) + fixed,
        certificate: decode::certificate(model, Claim::Bound, outcome.scale, &outcome.proof),
    };
    verify::judge(model.roster(), model.prepared().rules, claims).map_err(PipelineError::Refused)
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
    let verified = judged(&model, &outcome)?;
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

/// How a schedule of handoffs came out.
#[derive(Debug)]
pub enum Scheduled {
    /// With its dates noted in the plan's transfers.
    Found(Box<CheckedSchedule>),
    /// Some transfers have no day; none is noted.
    Impossible(handoff::Stuck),
}

/// Schedules the handoffs of a plan from `start` on, and notes week, day and method in its transfers.
///
/// # Errors
/// When the checker refuses the schedule: a defect.
pub fn schedule(
    roster: &Roster,
    rules: &Rules,
    plan: &mut Plan,
    start: chrono::NaiveDate,
) -> Result<Scheduled, ReleaseError> {
    match handoff::schedule(roster, rules, plan, start) {
        handoff::Ending::Scheduled(schedule) => {
            for (transfer, entry) in plan.transfers.iter_mut().zip(schedule.entries()) {
                transfer.wave = Some(entry.wave);
                transfer.handoff_on = Some(entry.on);
                transfer.handoff_method = Some(entry.method.word().to_owned());
            }
            Ok(Scheduled::Found(schedule))
        }
        handoff::Ending::Impossible(stuck) => Ok(Scheduled::Impossible(stuck)),
        handoff::Ending::Refused(findings) => {
            let told: Vec<String> = findings.iter().take(5).map(ToString::to_string).collect();
            Err(ReleaseError::Schedule(told.join("; ")))
        }
    }
}

/// Writes tables and invitations of a schedule below `folder` of the staged one.
///
/// # Errors
/// When a file cannot be written.
fn write_schedule(
    staged: &Staged,
    folder: &Path,
    published: &Published<'_>,
    schedule: &CheckedSchedule,
) -> Result<(), WriteError> {
    let outreach = handoff::outreach::spread(published.roster, published.rules, published.plan, schedule);
    output::handoff::write(staged, folder, published, schedule, &outreach)
}

/// Writes a schedule into a folder of its own, whole or not at all. With `beside`, the roster's folder, the sheets for case
/// managers and the notices to providers too.
///
/// # Errors
/// Nothing is left behind but what was there before.
pub fn release_schedule(
    published: &Published<'_>,
    schedule: &CheckedSchedule,
    target: &Path,
    force: bool,
    beside: Option<&Path>,
) -> Result<Released, ReleaseError> {
    let staged = Staged::begin_marked(target, force, output::handoff::MARKER)?;
    let mut released = Released { plan_id: published.plan_id.to_owned(), ..Released::default() };
    write_schedule(&staged, Path::new(""), published, schedule)?;
    if let Some(beside) = beside {
        let Published { roster, rules, plan, plan_id, .. } = *published;
        let print = Print { roster, rules, plan_id, beside, done: &|_, _| () };
        print_sheets(&print, published, schedule, &staged, Path::new(""))?;
        print_notices(&print, plan, &staged, Path::new(""), &mut released)?;
    }
    staged.commit()?;
    Ok(released)
}

/// Writes a plan folder once more with other days of handoff: everything that says them anew, the letters too,
/// everything else as it is; in place whole or not at all. The plan has to be the folder's own, judged, with its search
/// noted and the days of `schedule`.
///
/// # Errors
/// Nothing is changed then.
#[allow(clippy::too_many_arguments, reason = "all that a finished run is made of")]
pub fn reschedule(
    roster: &Roster,
    rules: &Rules,
    plan: &mut Plan,
    plan_id: &str,
    inputs: &[(String, String)],
    schedule: &CheckedSchedule,
    target: &Path,
    beside: &Path,
    letters_done: &(dyn Fn(usize, usize) + Sync),
) -> Result<Released, ReleaseError> {
    let is_there = |name: &str| target.join(name).exists();
    may_replace(target, true, PLAN_MARKER)?;
    let staged = Staged::begin(target, true)?;
    let mut released = Released { plan_id: plan_id.to_owned(), ..Released::default() };
    if is_there(LETTERS_FOLDER) && cfg!(feature = "letters") {
        let print = Print { roster, rules, plan_id, beside, done: letters_done };
        print_letters(&print, plan, &staged, Path::new(LETTERS_FOLDER), &mut released)?;
    } else if is_there(LETTERS_FOLDER) {
        released.warnings.push(format!("{NO_LETTERS}: those in the folder say the days of before"));
        copy_rest(target, Path::new(LETTERS_FOLDER), &staged)?;
    }
    if is_there(output::html::FILE) {
        plan.hinges = hinges(roster, rules, plan)?;
    }
    let published = Published { roster, rules, plan, plan_id, inputs, hiring: None };
    output::write_plan(&staged, &published, is_there(output::html::FILE))?;
    output::work::write(&staged, &published)?;
    if is_there(output::xlsx::FILE) {
        output::xlsx::write(&staged, &published, &printed_tables(&staged)?)?;
    }
    let folder = Path::new(output::handoff::FOLDER);
    let sheets = target.join(folder).join(output::handoff::SHEETS).exists();
    write_schedule(&staged, folder, &published, schedule)?;
    if sheets {
        let print = Print { roster, rules, plan_id, beside, done: &|_, _| () };
        print_sheets(&print, &published, schedule, &staged, folder)?;
        print_notices(&print, plan, &staged, folder, &mut released)?;
    }
    copy_rest(target, Path::new(""), &staged)?;
    staged.commit()?;
    Ok(released)
}

/// Copies what `folder` of a plan folder holds and the staged one does not. Of the whole, letters and schedule stay
/// behind: they are made anew.
fn copy_rest(from: &Path, folder: &Path, staged: &Staged) -> Result<(), WriteError> {
    let made = [Path::new(output::handoff::FOLDER), Path::new(LETTERS_FOLDER)];
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        let path = from.join(&inside);
        let failed = |source| WriteError { path: path.clone(), source };
        if inside != folder && made.contains(&inside.as_path()) {
            continue;
        }
        for entry in std::fs::read_dir(&path).map_err(failed)? {
            let name = inside.join(entry.map_err(failed)?.file_name());
            if from.join(&name).is_dir() {
                folders.push(name);
            } else if !staged.path().join(&name).exists() {
                let failed = |source| WriteError { path: from.join(&name), source };
                staged.write(&name, &std::fs::read(from.join(&name)).map_err(failed)?)?;
            }
        }
    }
    Ok(())
}

/// What goes into a plan folder.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The roster's folder: paths in its settings start there.
    pub beside: &'a Path,
    /// Print the letters.
    pub letters: bool,
    /// Write the report.
    pub report: bool,
    /// Write the workbook.
    pub workbook: bool,
    /// Give every transfer a day, and write `handoff/`.
    pub handoff: bool,
    /// Replace a plan folder that is there.
    pub force: bool,
    /// What hires would change: a section of the report and of the workbook.
    pub hiring: Option<&'a whatif::hiring::Curve>,
}

/// Why a plan folder was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The letters were stopped.
    #[error("letters: {0}")]
    Letters(String),
    /// The checker refused the schedule of handoffs.
    #[error("the checker refused the schedule: {0}")]
    Schedule(String),
    /// A setting of the letters cannot be used.
    #[error("{0}")]
    Settings(String),
    /// An engine broke: a defect.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The organization profile cannot be used.
    #[error("organization: {0}")]
    Organization(String),
}

/// What was released.
#[derive(Debug, Default)]
pub struct Released {
    /// The plan's id.
    pub plan_id: String,
    /// Letters printed, and held back.
    pub letters: Option<(usize, usize)>,
    /// Notices to providers printed, and held back.
    pub notices: Option<(usize, usize)>,
    /// Letters held back by the reason's code in `held.csv`.
    pub held_by_reason: BTreeMap<&'static str, usize>,
    /// Day of the last handoff, when all have one.
    pub handoffs_by: Option<chrono::NaiveDate>,
    /// Things to look at.
    pub warnings: Vec<String>,
}

/// Writes the plan folder whole or not at all. `letters_done` is told of letters printed.
///
/// # Errors
/// Nothing is left behind but what was there before.
#[allow(clippy::too_many_arguments, reason = "all that a finished run is made of")]
pub fn release(
    roster: &Roster,
    rules: &Rules,
    plan: &mut Plan,
    inputs: &[(String, String)],
    target: &Path,
    contents: Contents<'_>,
    timings: &mut dyn FnMut() -> Timings,
    letters_done: &(dyn Fn(usize, usize) + Sync),
) -> Result<Released, ReleaseError> {
    let plan_id = identity::plan_id(roster, rules, inputs, plan.verified.assignment());
    let staged = Staged::begin(target, contents.force)?;
    let mut released = Released { plan_id: plan_id.clone(), ..Released::default() };
    let scheduled =
        if contents.handoff { Some(schedule(roster, rules, plan, handoff::default_start(rules))?) } else { None };
    if contents.letters {
        let print = Print { roster, rules, plan_id: &plan_id, beside: contents.beside, done: letters_done };
        print_letters(&print, plan, &staged, Path::new(LETTERS_FOLDER), &mut released)?;
        print_notices(&print, plan, &staged, Path::new(output::handoff::FOLDER), &mut released)?;
    }
    if contents.report {
        plan.hinges = hinges(roster, rules, plan)?;
    }
    let hiring = contents.hiring;
    let published = Published { roster, rules, plan, plan_id: &plan_id, inputs, hiring };
    output::write_plan(&staged, &published, contents.report)?;
    output::work::write(&staged, &published)?;
    #[cfg(feature = "letters")]
    if contents.letters && contents.report {
        output::state_report::write(&staged, &published)?;
    }
    if contents.workbook {
        output::xlsx::write(&staged, &published, &printed_tables(&staged)?)?;
    }
    match &scheduled {
        None => {}
        Some(Scheduled::Found(found)) => {
            let folder = Path::new(output::handoff::FOLDER);
            write_schedule(&staged, folder, &published, found)?;
            if contents.letters {
                let print = Print { roster, rules, plan_id: &plan_id, beside: contents.beside, done: letters_done };
                print_sheets(&print, &published, found, &staged, folder)?;
            }
            released.handoffs_by = Some(found.schedule().finish()).filter(|_| !plan.transfers.is_empty());
        }
        Some(Scheduled::Impossible(stuck)) => released.warnings.push(format!(
            "no handoff dates: {}. `caseload handoff` says what would help",
            stuck.reasons.first().map_or("they do not fit", String::as_str)
        )),
    }
    output::json::write_timings(&staged, &timings(), contents.beside)?;
    staged.commit()?;
    Ok(released)
}

/// The tables of the letters printed into the staged folder; empty where there are none.
fn printed_tables(staged: &Staged) -> Result<output::xlsx::LetterTables, WriteError> {
    let text = |name: &str| {
        let path = staged.path().join(LETTERS_FOLDER).join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(source) => Err(WriteError { path: staged.target().join(LETTERS_FOLDER).join(name), source }),
        }
    };
    Ok(output::xlsx::LetterTables { index: text("index.csv")?, held: text("held.csv")? })
}

/// What the letters of a plan are printed with.
#[cfg_attr(not(feature = "letters"), allow(dead_code, reason = "read by the letters only"))]
struct Print<'a> {
    roster: &'a Roster,
    rules: &'a Rules,
    plan_id: &'a str,
    /// Where a profile named by its path is looked for first.
    beside: &'a Path,
    /// Told of letters printed, of how many.
    done: &'a (dyn Fn(usize, usize) + Sync),
}

/// Prints the letters again for a plan that was judged anew, into a folder of their own: whole or not at all.
/// `organization` names the sender in the rules; its path is looked for beside the roster, at `contents.beside`.
///
/// # Errors
/// Nothing is left behind but what was there before.
pub fn print_again(
    roster: &Roster,
    rules: &Rules,
    plan: &mut Plan,
    plan_id: &str,
    target: &Path,
    contents: Contents<'_>,
    letters_done: &(dyn Fn(usize, usize) + Sync),
) -> Result<Released, ReleaseError> {
    let staged = Staged::begin_marked(target, contents.force, LETTERS_MARKER)?;
    let mut released = Released { plan_id: plan_id.to_owned(), ..Released::default() };
    let print = Print { roster, rules, plan_id, beside: contents.beside, done: letters_done };
    print_letters(&print, plan, &staged, Path::new(""), &mut released)?;
    staged.commit()?;
    Ok(released)
}

/// Prints the letters into `folder` of the staged one, and notes each letter's id in its transfer.
#[cfg(feature = "letters")]
fn print_letters(
    print: &Print<'_>,
    plan: &mut Plan,
    staged: &Staged,
    folder: &Path,
    released: &mut Released,
) -> Result<(), ReleaseError> {
    use crate::letters;
    let Print { roster, rules, plan_id, done, .. } = *print;
    let refused = |error| refused(error, &staged.target().join(folder));
    let stationery = stationery(print)?;
    let letter_ids = letters::letter_ids(roster, rules, &plan.transfers, plan_id, &stationery).map_err(refused)?;
    for (transfer, letter_id) in plan.transfers.iter_mut().zip(letter_ids) {
        transfer.letter_id = letter_id;
    }
    let mut sink = |name: &str, bytes: &[u8]| staged.write(folder.join(name), bytes).map_err(|error| error.source);
    let outcome = letters::produce(roster, rules, plan, plan_id, &stationery, &mut sink, done).map_err(refused)?;
    for held in &outcome.held {
        *released.held_by_reason.entry(held.reason.word()).or_default() += 1;
    }
    output::xlsx::mailmerge::write(staged, folder, rules.letters.sent_on, &outcome.merge)?;
    released.letters = Some((outcome.written.len(), outcome.held.len()));
    released.warnings = outcome.warnings;
    Ok(())
}

/// Prints the notices to providers into `folder` of the staged one.
#[cfg(feature = "letters")]
fn print_notices(
    print: &Print<'_>,
    plan: &Plan,
    staged: &Staged,
    folder: &Path,
    released: &mut Released,
) -> Result<(), ReleaseError> {
    let mut sink = |name: &str, bytes: &[u8]| staged.write(folder.join(name), bytes).map_err(|error| error.source);
    let stationery = stationery(print)?;
    let outcome =
        crate::letters::provider_notices(print.roster, print.rules, plan, print.plan_id, &stationery, &mut sink)
            .map_err(|error| refused(error, &staged.target().join(folder)))?;
    released.notices = Some((outcome.written.len(), outcome.held.len()));
    Ok(())
}

/// The sender's profile and what lies beside the roster.
#[cfg(feature = "letters")]
fn stationery(print: &Print<'_>) -> Result<crate::letters::Stationery, ReleaseError> {
    use crate::letters::{Organization, Stationery};
    let settings = &print.rules.letters;
    let organization = Organization::load(&settings.organization, print.beside)
        .map_err(|error| ReleaseError::Organization(error.to_string()))?;
    Stationery::load(organization, settings, print.beside).map_err(|error| refused(error, print.beside))
}

/// Why letters into that folder did not come out.
#[cfg(feature = "letters")]
fn refused(error: crate::letters::LettersError, folder: &Path) -> ReleaseError {
    use crate::letters::LettersError;
    match error {
        LettersError::Sink { path, source } => ReleaseError::Write(WriteError { path: folder.join(path), source }),
        settings @ (LettersError::UnknownWindow { .. } | LettersError::Supplied { .. }) => {
            ReleaseError::Settings(settings.to_string())
        }
        other => ReleaseError::Letters(other.to_string()),
    }
}

/// Prints the sheets for case managers into `folder` of the staged one.
#[cfg(feature = "letters")]
fn print_sheets(
    print: &Print<'_>,
    published: &Published<'_>,
    schedule: &CheckedSchedule,
    staged: &Staged,
    folder: &Path,
) -> Result<(), ReleaseError> {
    let stationery = stationery(print)?;
    output::briefings::write(staged, folder, published, schedule, &stationery)
        .map_err(|error| refused(error, &staged.target().join(folder)))
}

#[cfg(not(feature = "letters"))]
fn print_sheets(
    _: &Print<'_>,
    _: &Published<'_>,
    _: &CheckedSchedule,
    _: &Staged,
    _: &Path,
) -> Result<(), ReleaseError> {
    Ok(())
}

#[cfg(not(feature = "letters"))]
fn print_notices(_: &Print<'_>, _: &Plan, _: &Staged, _: &Path, _: &mut Released) -> Result<(), ReleaseError> {
    Ok(())
}

#[cfg(not(feature = "letters"))]
fn print_letters(
    _: &Print<'_>,
    _: &mut Plan,
    _: &Staged,
    _: &Path,
    released: &mut Released,
) -> Result<(), ReleaseError> {
    released.warnings.push(NO_LETTERS.to_owned());
    Ok(())
}
