//! When the rules could hold: hires start on their earliest day and take fewer members in their first months.

use chrono::{Months, NaiveDate};

use crate::cost::Prepared;
use crate::model::{Model, contradictions, decode};
use crate::program::Rules;
use crate::roster::Roster;
use crate::solve::{Control, EngineError, Status, portfolio};
use crate::verify::{RuleOutcome, assess};
use crate::whatif::hiring::candidates::{Candidate, staffed};

/// Do case managers begin with less than a full caseload, or take fewer new members at first?
#[must_use]
pub fn begins_with_less(rules: &Rules) -> bool {
    !rules.program.staffing.ramp_up.is_empty() || rules.program.receive.new_hire_limit > 0
}

/// The first day from the effective date on, of those on which somebody starts, comes back or has learned more of the
/// work, on which a plan meets every rule. Hires without a start of their own begin on the effective date.
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
    let staffed = staffed(roster, candidates, counts, Some(rules.effective_on));
    for day in days(&staffed, rules) {
        if control.expired() {
            break;
        }
        if meets(&staffed, &Rules { effective_on: day, ..rules.clone() }, control)? {
            return Ok(Some(day));
        }
    }
    Ok(None)
}

/// Days on which there is more room than the day before, in order.
fn days(roster: &Roster, rules: &Rules) -> Vec<NaiveDate> {
    let steps = rules.program.staffing.ramp_up.iter().map(|step| step.under_months);
    let receives = (rules.program.receive.new_hire_limit > 0).then_some(rules.program.receive.new_hire_months);
    let months: Vec<u32> = steps.chain(receives).collect();
    let mut days = vec![rules.effective_on];
    for manager in roster.managers() {
        if let Some(since) = manager.hired_on.or(manager.available_from) {
            days.extend(months.iter().filter_map(|&months| since.checked_add_months(Months::new(months))));
        }
        days.extend(manager.available_from);
        days.extend(manager.absence.leave_until.and_then(|last| last.succ_opt()));
    }
    days.retain(|&day| day >= rules.effective_on);
    days.sort_unstable();
    days.dedup();
    days
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
    Ok(judged.violations.is_empty() && judged.outcomes.iter().all(RuleOutcome::holds))
}

/// Averages over the whole roster that no plan changes: counted before anything is solved.
fn averages_can_hold(roster: &Roster, rules: &Rules) -> bool {
    super::fewest_by_counting(roster, rules, &[]) == Some(0)
}
