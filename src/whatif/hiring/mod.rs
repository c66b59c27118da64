//! Before hiring: what 0, 1, ... k hires would change, where the best ones would be, and when the rules could hold.
//!
//! Sites are chosen by [`crate::solve::openings`] on costs over all pairs: travel, relationships, providers, language,
//! teams, loads, within caps, receive limits, eligibility and decisions. Rules that couple case managers (averages of a
//! region, budgets of moves, weighted capacities) and households do not guide the choice; leaving them out keeps every
//! bound a bound. Each point's plan is then made by the engines under *all* rules, for the chosen hires as if past their
//! first months, and judged by the verifier on the roster with the hires in it.

pub mod candidates;
mod dates;
pub mod point;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Serialize;

use crate::cost::{Prepared, floor};
use crate::ids::ManagerIx;
use crate::model::problem::{NOT_ALLOWED, Problem, RowUse};
use crate::model::{Model, contradictions};
use crate::program::{Denominator, Rules, Scope};
use crate::roster::{Code, Member, Roster};
use crate::solve::openings::{self, Choice, Effort, Openings, Site};
use crate::solve::{Control, EngineError, Progress};
use crate::verify::pairs::Pairs;
use crate::verify::rules::averages;
use crate::verify::{self, Violation};

pub use candidates::Candidate;
pub use point::{Figures, Opening, Point, Standing};

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Hires at most.
    pub max: u32,
    /// Only this number, searched harder.
    pub exactly: Option<u32>,
    /// Hundredths of the currency a year that all hires together may cost.
    pub budget: Option<i64>,
    /// All counties rather than `positions.csv`.
    pub everywhere: bool,
    /// Hires of this team only.
    pub team: Option<String>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// `positions` or `counties`.
    pub candidates_from: &'static str,
    /// Places looked at.
    pub candidates: u32,
    /// Members of the roster.
    pub members: u32,
    /// Case managers at work on the effective date.
    pub at_work: u32,
    /// The day the plans take effect.
    pub effective_on: NaiveDate,
    /// Hires without which counting alone shows that some rule cannot hold; `None` = not even with all of them.
    pub fewest_by_counting: Option<u32>,
    /// The least number of hires whose plan meets every rule.
    pub first_feasible: Option<u32>,
    /// The number after which another hire gains clearly less: the point farthest below the line from the first plan to
    /// the last (Satopaa et al. 2011, doi:10.1109/ICDCSW.2011.20).
    pub knee: Option<u32>,
    /// First day on which the rules could hold whatever is hired; `None` = not with these candidates.
    pub earliest_compliance: Option<NaiveDate>,
    /// Number by number.
    pub points: Vec<Point>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HiringError {
    /// The request cannot be answered as it is.
    #[error("{0}")]
    Usage(String),
    /// An engine broke.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The verifier refused a point's plan.
    #[error("the verifier refused the plan for {hires} hires: {}", violations.first().map_or_else(String::new, ToString::to_string))]
    Refused {
        /// Which point.
        hires: u32,
        /// What it found.
        violations: Vec<Violation>,
    },
}

/// Answers a request. `control` is told of the phases and asked when to stop.
///
/// # Errors
/// No candidates, an unknown team, a defect.
pub fn curve(roster: &Roster, rules: &Rules, request: &Request, control: Control<'_>) -> Result<Curve, HiringError> {
    if !contradictions(roster, rules).is_empty() {
        let why =
            "decisions.csv contradicts itself, so there is no plan with any hire: `caseload check` names the rows";
        return Err(HiringError::Usage(why.to_owned()));
    }
    let candidates = of_request(roster, rules, request)?;
    let most = request.exactly.unwrap_or(request.max).min(candidates.iter().map(|each| each.most).sum());
    (control.progress)(Progress { phase: "costs of all sites", best: None, bound: None });
    let choices = choose(roster, rules, &candidates, request, most, control)?;
    let mut points = Vec::with_capacity(choices.len());
    for choice in &choices {
        (control.progress)(Progress {
            phase: "plans of the hires",
            best: Some(choice.cost),
            bound: Some(choice.bound),
        });
        points.push(point::point(roster, rules, &candidates, choice, control)?);
    }
    Ok(Curve {
        candidates_from: if from_counties(roster, request) { "counties" } else { "positions" },
        candidates: candidates.len() as u32,
        members: roster.members().len() as u32,
        at_work: roster.managers().iter().filter(|manager| rules.at_work(manager)).count() as u32,
        effective_on: rules.effective_on,
        fewest_by_counting: fewest_by_counting(roster, rules, &candidates),
        first_feasible: points.iter().find(|point| point.standing == Standing::Met).map(|point| point.hires),
        knee: knee(&points),
        earliest_compliance: dates::earliest(roster, rules, &candidates, control)?,
        points,
    })
}

fn from_counties(roster: &Roster, request: &Request) -> bool {
    request.everywhere || roster.positions().is_empty()
}

fn of_request(roster: &Roster, rules: &Rules, request: &Request) -> Result<Vec<Candidate>, HiringError> {
    let team = request.team.as_deref();
    if let Some(team) = team
        && !roster.teams().iter().any(|row| &*row.id == team)
    {
        let names = roster.teams().iter().map(|row| &*row.id);
        let near = crate::diagnostic::closest(team, names)
            .map_or_else(String::new, |name| format!(", did you mean `{name}`?"));
        return Err(HiringError::Usage(format!("--team {team}: there is no such team in the roster{near}")));
    }
    let everywhere = from_counties(roster, request);
    let candidates = if everywhere {
        candidates::everywhere(roster, rules, team)
    } else {
        candidates::positions(roster, rules, team)
    };
    if candidates.is_empty() {
        let why = match (everywhere, team) {
            (true, _) => "no member's county is known, so there is no state to look for sites in".to_owned(),
            (false, Some(team)) => format!("positions.csv has no position of team {team}; try `--everywhere`"),
            (false, None) => "positions.csv has no rows; try `--everywhere`".to_owned(),
        };
        return Err(HiringError::Usage(why));
    }
    if request.budget.is_some()
        && let Some(unpriced) = candidates.iter().find(|candidate| candidate.annual_cost.is_none())
    {
        return Err(HiringError::Usage(format!(
            "--budget: {} has no annual_cost; fill in the column in positions.csv",
            unpriced.id
        )));
    }
    Ok(candidates)
}

/// The problem of choosing sites, solved.
fn choose(
    roster: &Roster,
    rules: &Rules,
    candidates: &[Candidate],
    request: &Request,
    most: u32,
    control: Control<'_>,
) -> Result<Vec<Choice>, HiringError> {
    let all = candidates::with_all(roster, candidates);
    let prepared = Prepared::new(&all, rules);
    let model = Model::new(&prepared);
    let mut problem = model.problem();
    let first = roster.managers().len();
    let receive = rules.program.receive.limit as usize;
    let sites = candidates.iter().enumerate().map(|(at, candidate)| {
        let mut places = std::mem::take(&mut problem.places[first + at]);
        if receive > 0 {
            // Everybody is new to a hire.
            places.truncate(receive);
        }
        // Somebody new with nobody is below the floor of a range, too.
        let alone = floor::empty(rules, all.manager(ManagerIx::new(first + at))).0;
        Site { places, most: candidate.most, money: candidate.annual_cost.unwrap_or(0), alone }
    });
    let sites = sites.collect();
    problem.rows.retain(|row| matches!(row.uses, RowUse::NewTo(manager) if (manager as usize) < first));
    problem.minimum_use = None;
    problem.unserved = Some(unserved(&problem));
    let openings = Openings { problem: &problem, sites, budget: request.budget };
    let mut choices = match request.exactly {
        None => openings::curve(&openings, most, Effort::CURVE, control)?,
        Some(_) => vec![openings::exactly(&openings, most, Effort::EXACT, control)?],
    };
    // What plans of the problem cost less than those of the roster, but for members nobody may take.
    let empty: i64 = roster.managers().iter().map(|manager| floor::empty(rules, manager).0).sum();
    let placed: i64 = problem.members();
    let fixed = empty - floor::lift(rules).0 * placed;
    for choice in &mut choices {
        choice.cost += fixed;
        choice.bound += fixed;
    }
    Ok(choices)
}

/// Chains of members who make room for one another are rarely longer than this.
const CHAIN: i64 = 16;

/// More than making room for somebody costs.
fn unserved(problem: &Problem<'_>) -> i64 {
    let dearest = |at: usize| {
        let costs = problem.arc_costs(at);
        costs.into_iter().filter(|&cost| cost != NOT_ALLOWED).max().unwrap_or(0) / i64::from(problem.units[at].size)
    };
    let place = problem.places.iter().filter_map(|places| places.last()).max().copied().unwrap_or(0);
    let most = (0..problem.units.len()).map(dearest).max().unwrap_or(0) + place;
    (most + 1) * CHAIN
}

/// Hires that counting shows to be needed: places for all members, and every average that no reassignment changes.
fn fewest_by_counting(roster: &Roster, rules: &Rules, candidates: &[Candidate]) -> Option<u32> {
    let all = candidates::with_all(roster, candidates);
    let (present, hires): (Vec<ManagerIx>, Vec<ManagerIx>) =
        all.manager_indices().partition(|manager| manager.at() < roster.managers().len());
    let fewest = |need: u64, of: &dyn Fn(ManagerIx) -> u64| {
        let mut sum: u64 = present.iter().map(|&manager| of(manager)).sum();
        if sum >= need {
            return Some(0);
        }
        let copies =
            |(&hire, candidate): (&ManagerIx, &Candidate)| std::iter::repeat_n(of(hire), candidate.most as usize);
        let mut each: Vec<u64> = hires.iter().zip(candidates).flat_map(copies).collect();
        each.sort_unstable_by(|a, b| b.cmp(a));
        let enough = |more: u64| {
            sum += more;
            sum >= need
        };
        each.into_iter().position(enough).map(|at| at as u32 + 1)
    };
    let caps = verify::caps(&all, rules);
    let mut needed = fewest(roster.members().len() as u64, &|manager| caps[manager.at()].into())?;
    let pairs = Pairs::read(&all, rules);
    let on_the_day = |row: &Member| row.program_on(rules.effective_on).cloned();
    for average in rules.program.averages.iter().filter(|average| !average.scope.moves()) {
        let above = averages::above_the_line(&all, rules, average);
        // Everybody could be in use.
        let kind = match average.denominator {
            Denominator::WithMembers => Denominator::Headcount,
            fixed => fixed,
        };
        let programs: BTreeSet<Option<Code>> = match average.scope {
            Scope::Program => roster.members().iter().filter_map(on_the_day).map(Some).collect(),
            _ => BTreeSet::from([None]),
        };
        for program in &programs {
            let is_of = |row: &Member| program.is_none() || on_the_day(row) == *program;
            let sum: i64 =
                all.members().iter().zip(&above.each).filter(|(row, _)| is_of(row)).map(|(_, each)| each).sum();
            let serves = |manager: ManagerIx| {
                let listed = &all.manager(manager).programs;
                listed.is_empty() || program.as_ref().is_none_or(|program| listed.contains(program))
            };
            let counts = |manager: ManagerIx| {
                if serves(manager) { averages::below_the_line(&pairs, average, kind, &[manager], &[]) } else { 0 }
            };
            let need = (i128::from(sum) * 1_000_000 + i128::from(above.whole) - 1) / i128::from(above.whole.max(1));
            needed = needed.max(fewest(need as u64, &counts)?);
        }
    }
    Some(needed)
}

/// The point farthest below the straight line from the first plan to the last, in whole numbers.
fn knee(points: &[Point]) -> Option<u32> {
    let plans: Vec<(i128, i128)> = points
        .iter()
        .filter_map(|point| Some((i128::from(point.hires), i128::from(point.figures.as_ref()?.cost.0))))
        .collect();
    let (&(x0, y0), &(x1, y1)) = (plans.first()?, plans.last()?);
    let below = |&(x, y): &(i128, i128)| (y0 * (x1 - x0) + (y1 - y0) * (x - x0)) - y * (x1 - x0);
    let best = plans.iter().max_by(|a, b| below(a).cmp(&below(b)).then(b.0.cmp(&a.0)))?;
    (below(best) > 0).then_some(best.0 as u32)
}
