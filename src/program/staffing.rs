//! What a case manager counts for on the effective date, `[staffing]`: fewer members while new, none while on leave.

use serde::{Deserialize, Serialize};

use crate::program::rules::{Rules, whole_months};
use crate::roster::Manager;

/// Staffing rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Staffing {
    /// Shares of a full capacity in the first months, the earliest first.
    pub ramp_up: Vec<RampUp>,
    /// What a leave on the effective date means.
    pub leave: Leave,
}

/// A new case manager's share of capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RampUp {
    /// Hired fewer whole months than this before the effective date.
    pub under_months: u32,
    /// Percent of the own full capacity.
    pub percent: u32,
}

/// What a leave on the effective date means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leave {
    /// Nothing: the case manager counts as at work.
    #[default]
    Counts,
    /// Keeps the present members, takes no new ones.
    NoNew,
    /// Not at work: everybody is handed over, and the person is not counted.
    Away,
}

impl Rules {
    /// Is the case manager on leave when the plan takes effect?
    #[must_use]
    pub fn is_on_leave(&self, manager: &Manager) -> bool {
        manager.absence.on_leave(self.effective_on)
    }

    /// Is the case manager on a leave that counts as not being at work?
    #[must_use]
    pub fn is_away(&self, manager: &Manager) -> bool {
        self.program.staffing.leave == Leave::Away && self.is_on_leave(manager)
    }

    /// May the case manager get members who are not with the person now?
    #[must_use]
    pub fn takes_new(&self, manager: &Manager) -> bool {
        let closed = self.program.eligibility.accepts_new && !manager.accepts_new;
        let on_leave = self.program.staffing.leave == Leave::NoNew && self.is_on_leave(manager);
        !closed && !on_leave
    }

    /// How much of one full-time, settled case manager the person is on the effective date, in thousandths (rounded
    /// down): the share of a full-time place, less in the first months. Limits with `scale_with_fte` are multiplied by
    /// it.
    #[must_use]
    pub fn capacity_thousandths(&self, manager: &Manager) -> u32 {
        let since = manager.hired_on.or(manager.available_from);
        let months = since.map(|day| whole_months(day, self.effective_on));
        let steps = &self.program.staffing.ramp_up;
        let step = months.and_then(|months| steps.iter().find(|step| months < step.under_months));
        manager.fte_thousandths * step.map_or(100, |step| step.percent.min(100)) / 100
    }
}
