//! What a verified plan means for people: transfers with a reason each, caseloads, compliance, unplaced members.
//!
//! This room knows no solver. It turns a [`VerifiedPlan`] into the rows that outputs, letters and handoff use.

pub mod affected;
pub mod because;
pub mod caseloads;
pub mod hinges;
pub mod identity;
pub mod languages;
pub mod metrics;
pub mod needs;
pub mod second_moves;
pub mod shortage;
pub mod standing;
pub mod transfers;
pub mod workload;

use chrono::NaiveDate;
use serde::Serialize;

use crate::ids::{ManagerIx, MemberIx};
use crate::program::Rules;
use crate::roster::{Need, Roster};
use crate::units::Cost;
use crate::verify::VerifiedPlan;

/// How far the search got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Proven: cost = bound.
    Optimal,
    /// Within the rules, with a gap.
    Feasible,
    /// A time or work limit ended the search; within the rules, with a gap.
    Limit,
}

/// The best other choice for a transferred member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunnerUp {
    /// With whom the member would be.
    pub manager: ManagerIx,
    /// What the whole plan would cost more, others rearranged as well as possible.
    pub extra: Cost,
    /// Is `extra` proven exact? Otherwise the plan would cost at most this much more.
    pub exact: bool,
}

/// How the search went: what the solver hands over besides the claims.
#[derive(Clone, Debug)]
pub struct SolveReport {
    /// How far it got.
    pub status: Status,
    /// Which engine.
    pub engine: &'static str,
    /// Seed of whatever was random.
    pub seed: u64,
    /// Member by member, for transferred ones where it is known.
    pub runner_ups: Vec<Option<RunnerUp>>,
}

/// Why a member is transferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No case manager before.
    FirstAssignment,
    /// The present case manager is not at work on the effective date.
    ManagerLeaves,
    /// A decision says so.
    Decision,
    /// The present pair is not allowed (forbidden, or a criterion that binds existing pairs).
    NotAllowed,
    /// The present case manager is above the cap.
    OverCap,
    /// The member's household moves.
    Household,
    /// A region or team is above its average.
    Average,
    /// Makes room for somebody or lowers the cost of the whole.
    Rebalance,
}

impl Reason {
    /// All, in order.
    pub const ALL: [Self; 8] = [
        Self::FirstAssignment,
        Self::ManagerLeaves,
        Self::Decision,
        Self::NotAllowed,
        Self::OverCap,
        Self::Household,
        Self::Average,
        Self::Rebalance,
    ];

    /// The code of `transfers.csv`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FirstAssignment => "first_assignment",
            Self::ManagerLeaves => "manager_leaves",
            Self::Decision => "decision",
            Self::NotAllowed => "not_allowed",
            Self::OverCap => "over_cap",
            Self::Household => "household",
            Self::Average => "average",
            Self::Rebalance => "rebalance",
        }
    }
}

/// A member who changes case manager: a row of `transfers.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    /// `T` and five or more digits, in order of member ids; first assignments too.
    pub id: String,
    /// Who.
    pub member: MemberIx,
    /// From whom; `None` = first assignment.
    pub from: Option<ManagerIx>,
    /// To whom.
    pub to: ManagerIx,
    /// Why, as a code.
    pub reason: Reason,
    /// Why, as a sentence of proved facts, ids only.
    pub because: String,
    /// Grade of need.
    pub need: Need,
    /// Whole months with the present manager.
    pub tenure_months: Option<u32>,
    /// One-way minutes from the present manager's base, where both places are known.
    pub minutes_before: Option<i64>,
    /// One-way minutes from the new manager's base.
    pub minutes_after: Option<i64>,
    /// Arc cost of the new pair less that of the present pair (seconds a year; without balance).
    pub cost_delta: Cost,
    /// The best other choice.
    pub runner_up: Option<RunnerUp>,
    /// Week of the handoff (scheduled later; `None` until then).
    pub wave: Option<u32>,
    /// Day of the handoff.
    pub handoff_on: Option<NaiveDate>,
    /// `in_person`, `phone` or `notification`.
    pub handoff_method: Option<String>,
    /// First letter of this transfer in `letters/index.csv`.
    pub letter_id: Option<String>,
}

impl Transfer {
    /// The day it takes effect: that of its handoff, else that of the plan.
    #[must_use]
    pub fn takes_effect(&self, effective_on: NaiveDate) -> NaiveDate {
        self.handoff_on.unwrap_or(effective_on)
    }
}

/// A manager before and after: a row of `caseloads.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Caseload {
    /// Who.
    pub manager: ManagerIx,
    /// Members at present.
    pub before: u32,
    /// Members after.
    pub after: u32,
    /// New members.
    pub taken: u32,
    /// Members handed over.
    pub given: u32,
    /// How many members the manager may have.
    pub cap: u32,
    /// Case-management hours a year of the members after, where known.
    pub hours: f64,
    /// Driving to members' homes after, minutes a year.
    pub minutes_per_year: i64,
    /// Share of a full-time place in thousandths.
    pub fte_thousandths: u32,
}

impl Caseload {
    /// Places left under the cap.
    #[must_use]
    pub fn headroom(&self) -> i64 {
        i64::from(self.cap) - i64::from(self.after)
    }
}

/// A verified plan with everything that is derived from it: what every output shows.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The judged plan.
    pub verified: VerifiedPlan,
    /// How the search went.
    pub report: SolveReport,
    /// In order of member ids.
    pub transfers: Vec<Transfer>,
    /// Manager by manager, all of the roster.
    pub caseloads: Vec<Caseload>,
    /// Before and after, in figures.
    pub metrics: metrics::Metrics,
    /// Members moved by group.
    pub affected: Vec<affected::Dimension>,
    /// Members by county.
    pub counties: Vec<affected::CountyFacts>,
    /// Members who are moved again soon after their last change.
    pub second_moves: Vec<second_moves::SecondMove>,
    /// What the plan hangs on, where it was asked.
    pub hinges: Option<hinges::Hinges>,
}

impl Plan {
    /// Derives everything that is shown from a judged plan.
    #[must_use]
    pub fn new(roster: &Roster, rules: &Rules, verified: VerifiedPlan, report: SolveReport) -> Self {
        let caseloads = caseloads::caseloads(roster, rules, &verified);
        let transfers = transfers::transfers(roster, rules, &verified, &report, &caseloads);
        let metrics = metrics::measure(roster, rules, &verified);
        let affected = affected::dimensions(roster, rules, &transfers);
        let counties = affected::counties(roster, &verified, &caseloads, &transfers);
        let second_moves = second_moves::second_moves(roster, rules, &transfers);
        let hinges = None;
        Self { verified, report, transfers, caseloads, metrics, affected, counties, second_moves, hinges }
    }

    /// Members who had a case manager and get another; first assignments are not counted.
    #[must_use]
    pub fn moved(&self) -> usize {
        self.transfers.iter().filter(|transfer| transfer.from.is_some()).count()
    }

    /// Members who had no case manager and get one.
    #[must_use]
    pub fn first_assignments(&self) -> usize {
        self.transfers.len() - self.moved()
    }
}
