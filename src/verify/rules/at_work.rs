//! Nobody is with a case manager who has left by the effective date, who starts after it, or who is on a leave that
//! the program file counts as being away.

use crate::program::rules::whole_months;
use crate::program::{Leave, Rules};
use crate::roster::Manager;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// Is the manager at work on the day the plan takes effect? First and last day at work both count.
#[must_use]
pub fn holds(rules: &Rules, manager: &Manager) -> bool {
    let started = manager.available_from.is_none_or(|first| first <= rules.effective_on);
    let stays = manager.available_until.is_none_or(|last| last >= rules.effective_on);
    let is_away = rules.program.staffing.leave == Leave::Away && is_on_leave(rules, manager);
    started && stays && !is_away
}

/// Does a leave cover the day the plan takes effect? First and last day of it both count.
#[must_use]
pub fn is_on_leave(rules: &Rules, manager: &Manager) -> bool {
    let day = rules.effective_on;
    let leave = &manager.absence;
    leave.leave_from.is_some_and(|first| day >= first) && leave.leave_until.is_none_or(|last| day <= last)
}

/// What a manager's proportional limits are of the full ones, in thousandths: the share of a full-time place, of which
/// a new hire has the percentage of the first step of `staffing.ramp_up` that has not passed yet.
#[must_use]
pub fn share(rules: &Rules, manager: &Manager) -> u32 {
    let mut percent = 100;
    if let Some(hired) = manager.hired_on.or(manager.available_from) {
        let has_passed = |months: u32| whole_months(hired, rules.effective_on) >= months;
        for step in rules.program.staffing.ramp_up.iter().rev().filter(|step| !has_passed(step.under_months)) {
            percent = step.percent.min(100);
        }
    }
    (u64::from(manager.fte_thousandths) * u64::from(percent) / 100) as u32
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    criterion(
        case,
        Obstacle::NotAtWork,
        "case-manager-at-work",
        "members with a case manager who is not at work on the effective date",
        "built in: available_from and available_until of managers.csv",
        "who is not at work on the effective date",
    )
}
