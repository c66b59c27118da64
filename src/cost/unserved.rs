//! A member left without a case manager: larger than anything else together, and always listed.

use crate::cost::Assignment;
use crate::program::Rules;
use crate::units::Cost;

/// For the solver: what leaving one member unserved costs. No weight lowers it.
#[must_use]
pub fn each(rules: &Rules) -> Cost {
    Cost::minutes(i64::from(rules.program.rates.unserved_minutes))
}

/// For the verifier.
#[must_use]
pub fn score(rules: &Rules, assignment: &Assignment) -> Cost {
    each(rules) * assignment.iter().filter(|manager| manager.is_none()).count() as i64
}
