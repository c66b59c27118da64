//! When the rules could hold: hires start on their earliest day and take fewer members in their first months.

use chrono::{Months, NaiveDate};

use crate::cost::Prepared;
use crate::model::{Model, contradictions, decode};
use crate::program::Rules;
use crate::roster::Roster;
use crate::solve::{Control, EngineError, Status, portfolio};
use crate::verify::assess;
use crate::whatif::hiring::candidates::{Candidate, staffed};

/// The first day from the effective date on that is the start of a hire, or the end of its first months, on which a plan
/// meets every rule.
///
/// # Errors
/// An engine broke.
pub fn compliant_on(
    roster: &Roster,
    rules: &Rules,
    candidates: &[Candidate],
    counts: &[u32],
    control: Control<'_>,
) -> Result<Option<NaiveDate>, EngineError> {
    let staffed = staffed(roster, candidates, counts, true);
    let months = Months::new(rules.program.receive.new_hire_months);
    let hired = candidates.iter().zip(counts).filter(|&(_, &count)| count > 0);
    let starts = hired.filter_map(|(candidate, _)| candidate.earliest_start);
    let mut days: Vec<NaiveDate> =
        starts.flat_map(|start| [Some(start), start.checked_add_months(months)]).flatten().collect();
    days.push(rules.effective_on);
    days.retain(|&day| day >= rules.effective_on);
    days.sort_unstable();
    days.dedup();
    for day in days {
        if meets(&staffed, &Rules { effective_on: day, ..rules.clone() }, control)? {
            return Ok(Some(day));
        }
    }
    Ok(None)
}

/// The same with everybody hired who could be: nobody complies earlier.
///
/// # Errors
/// An engine broke.
pub fn earliest(
    roster: &Roster,
    rules: &Rules,
    candidates: &[Candidate],
    control: Control<'_>,
) -> Result<Option<NaiveDate>, EngineError> {
    let all: Vec<u32> = candidates.iter().map(|candidate| candidate.most).collect();
    compliant_on(roster, rules, candidates, &all, control)
}

/// Does some plan meet every rule?
fn meets(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<bool, EngineError> {
    if !contradictions(roster, rules).is_empty() || !averages_can_hold(roster, rules) {
        return Ok(false);
    }
    let prepared = Prepared::new(roster, rules);
    let model = Model::new(&prepared);
    if !model.unplaced.is_empty() {
        return Ok(false);
    }
    let quiet = Control { gap: 1.0, progress: &|_| {}, ..control };
    let outcome = portfolio::solve(&model.problem(), "auto", quiet)?;
    let Some(plan) = outcome.plan.filter(|_| outcome.status != Status::Infeasible) else { return Ok(false) };
    let judged = assess(roster, rules, &decode::assignment(&model, &plan));
    Ok(judged.violations.is_empty() && judged.outcomes.iter().all(|outcome| outcome.met))
}

/// Averages over the whole roster that no plan changes: counted before anything is solved.
fn averages_can_hold(roster: &Roster, rules: &Rules) -> bool {
    super::fewest_by_counting(roster, rules, &[]) == Some(0)
}
