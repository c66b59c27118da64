//! Which engine takes a problem: the first of the list that accepts it, or the one that was asked for.

use crate::model::problem::Problem;
use crate::solve::network::{self, Neighbour};
use crate::solve::{Control, ENGINES, Engine, EngineError, Outcome};

/// Names `--engine` knows, `auto` first.
#[must_use]
pub fn names() -> Vec<&'static str> {
    std::iter::once("auto").chain(ENGINES.iter().map(|engine| engine.name)).collect()
}

/// Solves the problem with the named engine, or with the first that accepts it for `auto`.
///
/// # Errors
/// No engine of that name, or the engine does not take the problem, or it broke.
pub fn solve<'p>(problem: &'p Problem<'p>, engine: &str, control: Control<'_>) -> Result<Outcome, EngineError> {
    let chosen: Option<&Engine> = match engine {
        "auto" => ENGINES.iter().find(|engine| (engine.accepts)(problem)),
        name => ENGINES.iter().find(|engine| engine.name == name),
    };
    let Some(chosen) = chosen else {
        let message = format!("there is no engine `{engine}` for this problem; engines are {}", names().join(", "));
        return Err(EngineError { engine: "portfolio", message });
    };
    if !(chosen.accepts)(problem) {
        let message = format!("`--engine {}` does not take these rules; use `auto` or `highs`", chosen.name);
        return Err(EngineError { engine: "portfolio", message });
    }
    (chosen.solve)(problem, control)
}

/// Solves a problem much like one solved before, from there when the network engine takes it; otherwise from nothing.
///
/// # Errors
/// The engine broke.
pub fn solve_near(
    problem: &Problem<'_>,
    near: Option<&Neighbour>,
    control: Control<'_>,
) -> Result<Outcome, EngineError> {
    match near.filter(|_| network::accepts(problem)) {
        Some(near) => network::solve_near(problem, near, control),
        None => solve(problem, "auto", control),
    }
}
