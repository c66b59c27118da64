//! `HiGHS` through `good_lp`: the master problem over a restricted set of arcs, as a linear or an integer program. The only
//! file that names either library.
//!
//! `good_lp`'s own adapter drops the gap and the bound, merges all limits into one and fills a partial start with zeros;
//! so the model is formulated with `good_lp` and solved through the `highs::Model` inside. Every solve gets a fresh
//! object: `HiGHS` counts its time limit over an object's life.

use std::ops::Range;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use good_lp::solvers::highs::HighsProblem;
use good_lp::{Expression, ProblemVariables, SolverModel, Variable, constraint, variable};
use highs::{HighsModelStatus, SolvedModel};

use crate::model::problem::{Problem, RowUse};
use crate::solve::EngineError;

/// How often a working `HiGHS` is asked after.
const PATIENCE: Duration = Duration::from_millis(50);

/// An arc of the restricted set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// The unit.
    pub unit: u32,
    /// The manager; one past the last stands for being unserved.
    pub manager: u32,
    /// What it costs, seconds a year.
    pub cost: i64,
}

/// Shadow prices of the limits, seconds a year for one unit of each; >= 0 in the usual direction.
#[derive(Clone, Debug, Default)]
pub struct Duals {
    /// Of a place at each manager.
    pub capacity: Vec<f64>,
    /// Of each row.
    pub rows: Vec<f64>,
    /// Of one manager in use.
    pub minimum_use: f64,
}

/// What `HiGHS` said.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It finished.
    Solved {
        /// Value of every column.
        values: Vec<f64>,
        /// Prices, of a linear program.
        duals: Duals,
        /// Managers in use that are missing, of a linear program.
        missing_use: f64,
    },
    /// No solution over these columns.
    Infeasible,
    /// The time was up; the best integer solution, if there was one.
    Stopped(Option<Vec<f64>>),
}

/// How to solve a master problem.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Arcs are whole or not there.
    pub integer: bool,
    /// Values of all columns to start an integer search from.
    pub start: Option<&'a [f64]>,
    /// Seconds left, asked while `HiGHS` works.
    pub seconds_left: &'a (dyn Fn() -> Option<f64> + Sync),
    /// Cost of every manager in use that is missing, in a linear program: high, but there is always a solution.
    pub missing_use: i64,
}

/// The positions of constraints in the order they were added.
struct Layout {
    /// Columns that are arcs; they come first.
    arcs: usize,
    capacity: Range<usize>,
    rows: Range<usize>,
    minimum_use: Option<usize>,
    /// Column of the managers in use that are missing.
    slack: Option<usize>,
}

/// Solves the problem over these columns. `HiGHS` cannot be interrupted from outside, so it works on a thread of its own,
/// which is left to its time limit when the caller's patience ends first.
///
/// # Errors
/// `HiGHS` reports an error, or a state that is neither solved, infeasible nor stopped.
pub fn master(problem: &Problem<'_>, columns: &[Column], options: Options<'_>) -> Result<Answer, EngineError> {
    // Being unserved costs so much that the dual simplex may lose itself in its prices: then the primal one, which
    // meets no such prices on its way, and then the interior point method, which has no way to lose.
    let attempt = |method: Method| attempt(problem, columns, options, method);
    attempt(Method::Chosen).or_else(|_| attempt(Method::Primal)).or_else(|_| attempt(Method::InteriorPoint))
}

/// How `HiGHS` goes about a linear program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    /// As it likes.
    Chosen,
    /// Primal simplex, without presolve.
    Primal,
    /// Interior point with crossover, without presolve.
    InteriorPoint,
}

fn attempt(
    problem: &Problem<'_>,
    columns: &[Column],
    options: Options<'_>,
    method: Method,
) -> Result<Answer, EngineError> {
    let (model, steps, layout) = formulate(problem, columns, options);
    let start = options.start.map(|start| complete(problem, columns, &steps, start));
    let (send, receive) = mpsc::channel();
    let (integer, seconds) = (options.integer, (options.seconds_left)());
    std::thread::spawn(move || send.send(run(model, &layout, integer, method, seconds, start.as_deref())));
    loop {
        match receive.recv_timeout(PATIENCE) {
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Timeout) if (options.seconds_left)().is_some_and(|left| left <= 0.0) => {
                return Ok(Answer::Stopped(None));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(broken("its thread ended without an answer")),
        }
    }
}

fn broken(what: &str) -> EngineError {
    EngineError { engine: "highs", message: what.to_owned() }
}

/// One solve with a fresh `HiGHS`.
fn run(
    model: HighsProblem,
    layout: &Layout,
    integer: bool,
    method: Method,
    seconds: Option<f64>,
    start: Option<&[f64]>,
) -> Result<Answer, EngineError> {
    let mut inner = model.try_into_inner().map_err(|error| broken(&error.to_string()))?;
    let set = |done: bool| if done { Ok(()) } else { Err(broken("an option was refused")) };
    set(inner.try_set_option("output_flag", false).is_ok())?;
    set(inner.try_set_option("threads", 1).is_ok())?;
    set(inner.try_set_option("random_seed", 0).is_ok())?;
    set(inner.try_set_option("mip_rel_gap", 0.0).is_ok())?;
    // Costs are whole seconds, so a gap below one second is none.
    set(inner.try_set_option("mip_abs_gap", 0.9).is_ok())?;
    if method != Method::Chosen {
        set(inner.try_set_option("presolve", "off").is_ok())?;
    }
    match method {
        Method::Chosen => {}
        Method::Primal => set(inner.try_set_option("simplex_strategy", 4).is_ok())?,
        Method::InteriorPoint => set(inner.try_set_option("solver", "ipm").is_ok())?,
    }
    if let Some(seconds) = seconds {
        set(inner.try_set_option("time_limit", seconds.max(0.01)).is_ok())?;
    }
    if start.is_some() {
        inner.try_set_solution(start, None, None, None).map_err(|_| broken("the start was refused"))?;
    }
    let solved = inner.try_solve().map_err(|status| broken(&format!("solving ended with {status:?}")))?;
    let values = || solved.get_solution().columns()[..layout.arcs].to_vec();
    Ok(match solved.status() {
        HighsModelStatus::Optimal => Answer::Solved {
            missing_use: layout.slack.map_or(0.0, |at| solved.get_solution().columns()[at]),
            values: values(),
            duals: duals(&solved, layout),
        },
        // Nobody to place and no place: nothing is the solution, and every price is 0.
        HighsModelStatus::ModelEmpty => Answer::Solved {
            missing_use: 0.0,
            values: vec![0.0; layout.arcs],
            duals: Duals {
                capacity: vec![0.0; layout.capacity.len()],
                rows: vec![0.0; layout.rows.len()],
                minimum_use: 0.0,
            },
        },
        HighsModelStatus::Infeasible | HighsModelStatus::UnboundedOrInfeasible => Answer::Infeasible,
        HighsModelStatus::ReachedTimeLimit => {
            let found = solved.primal_solution_status() == highs::HighsSolutionStatus::Feasible && integer;
            Answer::Stopped(found.then(values))
        }
        other => return Err(broken(&format!("solving ended with {other:?}"))),
    })
}

/// Places of one manager that cost the same: (how many, seconds a year each). The first is by itself, so that a manager
/// in use can be told.
fn steps(places: &[i64], single_first: bool) -> Vec<(usize, i64)> {
    let mut steps: Vec<(usize, i64)> = Vec::new();
    for (at, &cost) in places.iter().enumerate() {
        match steps.last_mut() {
            Some((count, same)) if *same == cost && !(single_first && at == 1) => *count += 1,
            _ => steps.push((1, cost)),
        }
    }
    steps
}

type Formulation = (HighsProblem, Vec<Vec<(usize, i64)>>, Layout);

/// Writes the program: each unit once; loads fill places step by step; rows; managers in use.
fn formulate(problem: &Problem<'_>, columns: &[Column], options: Options<'_>) -> Formulation {
    let integer = options.integer;
    let managers = problem.managers();
    let mut variables = ProblemVariables::new();
    let mut objective = Expression::with_capacity(columns.len() + managers);
    let arc = |variables: &mut ProblemVariables| {
        let definition = variable().min(0).max(1);
        variables.add(if integer { definition.integer() } else { definition })
    };
    let arcs: Vec<Variable> = columns.iter().map(|_| arc(&mut variables)).collect();
    for (column, &variable) in columns.iter().zip(&arcs) {
        objective.add_mul(column.cost as f64, variable);
    }
    let all_steps: Vec<Vec<(usize, i64)>> =
        problem.places.iter().map(|places| steps(places, problem.minimum_use.is_some())).collect();
    let mut filled: Vec<Vec<Variable>> = Vec::with_capacity(managers);
    for steps in &all_steps {
        let add = |&(count, cost): &(usize, i64)| {
            let definition = variable().min(0).max(count as f64);
            // Without a whole first place a manager could be in use by half.
            let whole = integer && problem.minimum_use.is_some();
            let step = variables.add(if whole { definition.integer() } else { definition });
            objective.add_mul(cost as f64, step);
            step
        };
        filled.push(steps.iter().map(add).collect());
    }

    // A linear program must have a solution, so that there are prices: missing use has its price.
    let slack = problem.minimum_use.filter(|_| !integer).map(|_| {
        let slack = variables.add(variable().min(0));
        objective.add_mul(options.missing_use as f64, slack);
        slack
    });
    let slack_at = slack.map(|_| arcs.len() + filled.iter().map(Vec::len).sum::<usize>());

    let mut once: Vec<Expression> = vec![Expression::default(); problem.units.len()];
    let mut loads: Vec<Expression> = vec![Expression::default(); managers];
    let mut rows: Vec<Expression> = vec![Expression::default(); problem.rows.len()];
    let rows_of = rows_of(problem);
    for (column, &variable) in columns.iter().zip(&arcs) {
        let (at, manager) = (column.unit as usize, column.manager as usize);
        once[at].add_mul(1.0, variable);
        if manager < managers {
            loads[manager].add_mul(f64::from(problem.units[at].size), variable);
            for &row in &rows_of[manager] {
                let usage = problem.rows[row].usage(at, &problem.units[at], manager);
                if usage != 0 {
                    rows[row].add_mul(usage as f64, variable);
                }
            }
        }
    }
    for (load, steps) in loads.iter_mut().zip(&filled) {
        steps.iter().for_each(|&step| load.add_mul(-1.0, step));
    }

    let mut model = variables.minimise(objective).using(good_lp::solvers::highs::highs);
    for unit in once {
        model.add_constraint(constraint!(unit == 1));
    }
    let capacity = problem.units.len()..problem.units.len() + managers;
    for load in loads {
        model.add_constraint(constraint!(load == 0));
    }
    let span = capacity.end..capacity.end + rows.len();
    for (expression, row) in rows.into_iter().zip(&problem.rows) {
        model.add_constraint(constraint!(expression <= row.limit as f64));
    }
    let minimum_use = problem.minimum_use.map(|least| {
        let used: Expression = filled.iter().filter_map(|steps| steps.first()).chain(&slack).sum();
        model.add_constraint(constraint!(used >= least.managers as f64));
        span.end
    });
    (model, all_steps, Layout { arcs: arcs.len(), capacity, rows: span, minimum_use, slack: slack_at })
}

/// The rows in which an arc to each manager can count: a manager's own, and those of all. Hundreds of managers with limits
/// of their own would otherwise be asked about every arc.
fn rows_of(problem: &Problem<'_>) -> Vec<Vec<usize>> {
    let mut of = vec![Vec::new(); problem.managers()];
    for (at, row) in problem.rows.iter().enumerate() {
        match &row.uses {
            RowUse::NewTo(manager) | RowUse::Load(manager, _) => of[*manager as usize].push(at),
            RowUse::Within(managers) | RowUse::Weighed(managers, _) => {
                of.iter_mut().zip(managers).filter(|(_, within)| **within).for_each(|(rows, _)| rows.push(at));
            }
            RowUse::Movers(_) => of.iter_mut().for_each(|rows| rows.push(at)),
        }
    }
    of
}

/// Values of the steps that go with values of the columns: `HiGHS` takes a start whole or not at all.
fn complete(problem: &Problem<'_>, columns: &[Column], steps: &[Vec<(usize, i64)>], start: &[f64]) -> Vec<f64> {
    let mut loads = vec![0.0; problem.managers()];
    for (column, &value) in columns.iter().zip(start) {
        if let Some(load) = loads.get_mut(column.manager as usize) {
            *load += value * f64::from(problem.units[column.unit as usize].size);
        }
    }
    let mut values = start.to_vec();
    for (steps, mut load) in steps.iter().zip(loads) {
        for &(count, _) in steps {
            let taken = load.min(count as f64);
            values.push(taken);
            load -= taken;
        }
    }
    values
}

/// `HiGHS`'s duals are changes of the objective a unit of right-hand side: for `<=` rows of a minimisation <= 0.
fn duals(solved: &SolvedModel, layout: &Layout) -> Duals {
    let solution = solved.get_solution();
    let rows = solution.dual_rows();
    if rows.len() < layout.rows.end {
        return Duals::default();
    }
    Duals {
        capacity: rows[layout.capacity.clone()].iter().map(|dual| -dual).collect(),
        rows: rows[layout.rows.clone()].iter().map(|dual| -dual).collect(),
        minimum_use: layout.minimum_use.map_or(0.0, |at| rows[at]),
    }
}

/// Does this `HiGHS` solve the program that a broken presolve once got wrong: `min 2x + 3z, x + z >= 4.5,
/// 0 <= x, z <= 10, z whole`? The answer is 9; the broken one said 15.
///
/// # Errors
/// `HiGHS` reports an error.
pub fn self_test() -> Result<bool, EngineError> {
    let mut variables = ProblemVariables::new();
    let x = variables.add(variable().min(0).max(10));
    let z = variables.add(variable().min(0).max(10).integer());
    let mut model = variables.minimise(2 * x + 3 * z).using(good_lp::solvers::highs::highs);
    model.add_constraint(constraint!(x + z >= 4.5));
    let mut inner = model.try_into_inner().map_err(|error| broken(&error.to_string()))?;
    inner.try_set_option("output_flag", false).map_err(|status| broken(&format!("{status:?}")))?;
    let solved = inner.try_solve().map_err(|status| broken(&format!("{status:?}")))?;
    Ok(solved.status() == HighsModelStatus::Optimal && (solved.objective_value() - 9.0).abs() < 1e-6)
}
