//! stub

use crate::model::problem::Problem;
use crate::solve::{Control, EngineError, Outcome};

/// stub
pub fn accepts(_: &Problem<'_>) -> bool {
    false
}
/// stub
pub fn solve<'p>(_: &'p Problem<'p>, _: Control<'_>) -> Result<Outcome, EngineError> {
    Err(EngineError { engine: "highs", message: String::new() })
}
