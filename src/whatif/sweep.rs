//! The same roster under many settings: every combination of some values solved, each plan judged, and those marked that
//! no other beats in moves, driving and balance together (Pareto).

use rayon::prelude::*;
use serde::Serialize;

use crate::cost;
use crate::program::{Limit, Rules};
use crate::roster::Roster;
use crate::solve::{Control, EngineError};
use crate::units::Cost;
use crate::verify;
use crate::whatif::compare::Measures;
use crate::whatif::solving::{Ended, Known, solved_near};

/// Combinations, at most.
const MOST: usize = 10_000;

/// What can be varied: weights are factors, limits whole numbers (miles excepted).
const WEIGHTS: [&str; 6] = ["travel", "continuity", "providers", "language", "team", "balance"];
const LIMITS: [&str; 8] =
    ["cap", "average", "receive", "new_hire", "moves_total", "moves_high_need", "moves_per_team", "max_miles"];

/// A setting with its values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Axis {
    /// A weight or a limit of `caseload.toml`.
    pub key: String,
    /// From first to last.
    pub values: Vec<f64>,
}

impl Axis {
    /// Does another value change what pairs cost, or which there are?
    fn prices_pairs(&self) -> bool {
        self.key == "max_miles" || WEIGHTS.contains(&self.key.as_str())
    }
}

/// A combination, solved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scenario {
    /// Value by axis.
    pub values: Vec<f64>,
    /// `optimal`, `feasible`, `infeasible` (proven), or `none found` in time.
    pub status: &'static str,
    /// Relative gap of the judged plan; 0 = proven.
    pub gap: f64,
    /// Measured at the rates of the settings as they are, so that all compare.
    pub measures: Option<Measures>,
    /// Does no other scenario beat it in moves, driving and balance?
    pub pareto: bool,
}

/// Reads `continuity=0.5..2,caps=45..50,team=0;1`: weights and limits; ranges take `steps` values (whole numbers for
/// limits, each once).
///
/// # Errors
/// In words: an unknown key with those that exist, a range that is none, too many combinations.
pub fn parse(text: &str, steps: usize) -> Result<Vec<Axis>, String> {
    let axes: Vec<Axis> = text.split(',').map(|part| axis(part.trim(), steps)).collect::<Result<_, _>>()?;
    let combinations: usize = axes.iter().map(|axis| axis.values.len()).product();
    if combinations > MOST {
        return Err(format!("{combinations} combinations: at most {MOST} are solved; lower --steps"));
    }
    for (at, axis) in axes.iter().enumerate() {
        if axes[..at].iter().any(|other| other.key == axis.key) {
            return Err(format!("`{}` is varied twice", axis.key));
        }
    }
    Ok(axes)
}

fn axis(part: &str, steps: usize) -> Result<Axis, String> {
    let (name, range) =
        part.split_once('=').ok_or_else(|| format!("`{part}`: KEY=FROM..TO is expected, e.g. continuity=0.5..2"))?;
    let key = if name == "caps" { "cap" } else { name };
    if !WEIGHTS.contains(&key) && !LIMITS.contains(&key) {
        let close = crate::diagnostic::closest(key, WEIGHTS.into_iter().chain(LIMITS));
        let close = close.map_or(String::new(), |close| format!(", did you mean `{close}`?"));
        return Err(format!(
            "`{name}` cannot be varied{close}; what can: {}, {}",
            WEIGHTS.join(", "),
            LIMITS.join(", ")
        ));
    }
    let number = |text: &str| {
        let value: Option<f64> = text.trim().parse().ok();
        value
            .filter(|value| (0.0..=1e6).contains(value))
            .ok_or_else(|| format!("{name}: `{text}` is not a number from 0 up"))
    };
    let whole = LIMITS.contains(&key) && key != "max_miles";
    let mut values = if let Some((from, to)) = range.split_once("..") {
        let (from, to) = (number(from)?, number(to)?);
        if from > to {
            return Err(format!("{name}: {from} is above {to}"));
        }
        let steps = if whole { steps.min((to - from) as usize + 1) } else { steps }.max(1);
        let step = if steps > 1 { (to - from) / (steps - 1) as f64 } else { 0.0 };
        (0..steps).map(|at| from + step * at as f64).collect()
    } else {
        range.split(';').map(number).collect::<Result<Vec<f64>, String>>()?
    };
    let grain = if whole { 1.0 } else { 1000.0 };
    values.iter_mut().for_each(|value| *value = (*value * grain).round() / grain);
    values.dedup();
    if WEIGHTS.contains(&key) && values.iter().any(|value| *value > 1000.0) {
        return Err(format!("{name}: a factor from 0 to 1000 is expected"));
    }
    Ok(Axis { key: key.to_owned(), values })
}

/// The rules with one value of every axis.
#[must_use]
pub fn at(rules: &Rules, axes: &[Axis], values: &[f64]) -> Rules {
    let mut rules = rules.clone();
    for (axis, &value) in axes.iter().zip(values) {
        let (weight, limit) = ((value * 1000.0).round() as u32, value.round() as u32);
        let program = &mut rules.program;
        match axis.key.as_str() {
            "travel" => rules.weights.travel = weight,
            "continuity" => rules.weights.continuity = weight,
            "providers" => rules.weights.providers = weight,
            "language" => rules.weights.language = weight,
            "team" => rules.weights.team = weight,
            "balance" => rules.weights.balance = weight,
            "cap" => {
                let plain = program.caps.iter_mut().filter(|cap| cap.is_plain());
                plain.for_each(|cap| cap.limit = Limit::whole(limit));
            }
            "average" => {
                let plain = program.averages.iter_mut().filter(|average| average.is_plain());
                plain.for_each(|average| average.limit = Limit::whole(limit));
            }
            "receive" => program.receive.limit = limit,
            "new_hire" => program.receive.new_hire_limit = limit,
            "moves_total" => program.moves.total = limit,
            "moves_high_need" => program.moves.high_need = limit,
            "moves_per_team" => program.moves.per_team = limit,
            _ => program.eligibility.distance.max_miles = value,
        }
    }
    rules
}

/// Scenarios that are solved one after the other, each from the prices of the one before: so many, however many threads
/// there are, so that the answer does not depend on them.
const CHAIN: usize = 12;

/// Solves every combination; they are told in order, the last axis fastest.
///
/// # Errors
/// An engine broke.
pub fn sweep(
    roster: &Roster,
    rules: &Rules,
    axes: &[Axis],
    control: Control<'_>,
) -> Result<Vec<Scenario>, EngineError> {
    let walk = walk(axes);
    // Balance is measured at the caps as they are: a lower cap has a lower target.
    let caps = verify::caps(roster, rules);
    let solve_chain = |chain: &[Vec<usize>]| {
        let priced = |at: &[usize]| -> Vec<usize> {
            axes.iter().zip(at).filter(|(axis, _)| axis.prices_pairs()).map(|(_, &at)| at).collect()
        };
        let same_costs = axes.iter().any(|axis| !axis.prices_pairs() && axis.values.len() > 1);
        let mut known = Known::new(same_costs);
        let mut solved = Vec::with_capacity(chain.len());
        for (number, at) in chain.iter().enumerate() {
            if number > 0 && priced(at) != priced(&chain[number - 1]) {
                known.forget_costs();
            }
            let values: Vec<f64> = axes.iter().zip(at).map(|(axis, &at)| axis.values[at]).collect();
            let ended = solved_near(roster, &self::at(rules, axes, &values), &mut known, control)?;
            solved.push(scenario(roster, rules, &caps, values, &ended));
        }
        Ok(solved)
    };
    let chains: Vec<Vec<Scenario>> = walk.par_chunks(CHAIN).map(solve_chain).collect::<Result<_, EngineError>>()?;
    let mut all: Vec<(Vec<usize>, Scenario)> = walk.into_iter().zip(chains.into_iter().flatten()).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    let mut solved: Vec<Scenario> = all.into_iter().map(|(_, scenario)| scenario).collect();
    let triples: Vec<Option<[i64; 3]>> = solved.iter().map(|one| one.measures.as_ref().map(triple)).collect();
    for (scenario, own) in solved.iter_mut().zip(&triples) {
        let Some(own) = own else { continue };
        let beaten = |other: &[i64; 3]| other != own && other.iter().zip(own).all(|(other, own)| other <= own);
        scenario.pareto = !triples.iter().flatten().any(beaten);
    }
    Ok(solved)
}

/// All combinations, as positions on the axes, each one step from the one before: every axis runs there and back. What
/// changes costs of pairs changes last.
fn walk(axes: &[Axis]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..axes.len()).collect();
    order.sort_by_key(|&axis| !axes[axis].prices_pairs());
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for axis in order.iter().map(|&axis| &axes[axis]) {
        let there: Vec<usize> = (0..axis.values.len()).collect();
        let back: Vec<usize> = there.iter().rev().copied().collect();
        let longer = |(number, at): (usize, &Vec<usize>)| {
            let run = if number % 2 == 0 { &there } else { &back };
            run.iter().map(|&next| [at.as_slice(), &[next]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().enumerate().flat_map(longer).collect();
    }
    let sorted = |at: Vec<usize>| {
        let mut sorted = vec![0; at.len()];
        order.iter().zip(at).for_each(|(&axis, position)| sorted[axis] = position);
        sorted
    };
    all.into_iter().map(sorted).collect()
}

fn scenario(roster: &Roster, rules: &Rules, caps: &[u32], values: Vec<f64>, ended: &Ended) -> Scenario {
    let plan = match ended {
        Ended::Plan(plan) => plan,
        Ended::Infeasible => return Scenario { values, status: "infeasible", gap: 0.0, measures: None, pareto: false },
        Ended::Nothing => return Scenario { values, status: "none found", gap: 0.0, measures: None, pareto: false },
    };
    let proven = plan.terms().total() == plan.bound();
    let unmet = plan.outcomes().iter().filter(|outcome| !outcome.holds()).count() + plan.unplaced().len();
    let measures = Measures {
        unmet,
        cost_seconds: cost::score(roster, rules, caps, plan.assignment()).total().0,
        ..Measures::without_rules(roster, rules, caps, plan.assignment())
    };
    let status = if proven { "optimal" } else { "feasible" };
    Scenario { values, status, gap: plan.gap(), measures: Some(measures), pareto: false }
}

fn triple(measures: &Measures) -> [i64; 3] {
    [measures.moved as i64, measures.driving_seconds, measures.balance_seconds]
}

/// Hours a year.
#[must_use]
pub fn hours(seconds: i64) -> i64 {
    (Cost(seconds).rounded_minutes() + 30).div_euclid(60)
}
