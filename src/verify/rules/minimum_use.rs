//! Averages over case managers with members, in the whole roster: with all members placed they hold exactly when at
//! least `ceil(members / limit)` case managers have some.

use crate::program::{Average, Limit};
use crate::verify::rules::averages::judge_average;
use crate::verify::rules::{Case, Findings};
use crate::verify::violation::ViolationCode;

/// Is it an average of this kind?
#[must_use]
pub const fn is_one(average: &Average) -> bool {
    average.counts_those_in_use()
}

/// Case managers who need to have members, for so many members; `None` when no number is enough.
#[must_use]
pub fn needed(members: usize, limit: Limit) -> Option<u64> {
    match (members, limit.thousandths()) {
        (0, _) => Some(0),
        (_, 0) => None,
        (_, limit) => Some((members as u64 * 1000).div_ceil(limit)),
    }
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let mut findings = Findings::default();
    for average in case.pairs.rules.program.averages.iter().filter(|average| is_one(average)) {
        judge_average(case, average, ViolationCode::MinimumUse, &mut findings);
    }
    findings
}
