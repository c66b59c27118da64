//! Nobody is with a case manager who has left by the effective date, or who starts after it.

use crate::program::Rules;
use crate::roster::Manager;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// Is the manager at work on the day the plan takes effect? First and last day at work both count.
#[must_use]
pub fn holds(rules: &Rules, manager: &Manager) -> bool {
    let started = manager.available_from.is_none_or(|first| first <= rules.effective_on);
    let stays = manager.available_until.is_none_or(|last| last >= rules.effective_on);
    started && stays
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
