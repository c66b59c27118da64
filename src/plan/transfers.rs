//! The members who change case manager, in order of their ids.

use crate::cost::{self, Prepared};
use crate::ids::MemberIx;
use crate::plan::because::{Because, Facts};
use crate::plan::{Caseload, SolveReport, Transfer};
use crate::program::Rules;
use crate::program::rules::whole_months;
use crate::roster::Roster;
use crate::units::{Cost, Seconds};
use crate::verify::VerifiedPlan;

/// Every member whose manager after is another than before, first assignments included.
#[must_use]
pub fn transfers(
    roster: &Roster,
    rules: &Rules,
    plan: &VerifiedPlan,
    report: &SolveReport,
    caseloads: &[Caseload],
) -> Vec<Transfer> {
    let prepared = Prepared::new(roster, rules);
    let because = Because::new(roster, rules, plan, caseloads);
    let mut rows = Vec::new();
    for (at, after) in plan.assignment().iter().enumerate() {
        let member = MemberIx::new(at);
        let about = roster.member(member);
        let Some(to) = after.filter(|after| about.manager != Some(*after)) else {
            continue;
        };
        let from = about.manager;
        let minutes = |manager| prepared.trip(member, manager).map(minutes);
        let before = from.map_or(Cost::ZERO, |from| cost::arc(&prepared, member, from));
        let runner_up = report.runner_ups.get(at).copied().flatten();
        let facts = Facts {
            member,
            from,
            to,
            tenure_months: from.and(about.assigned_on).map(|since| whole_months(since, rules.as_of)),
            minutes: (from.and_then(minutes), minutes(to)),
            cost_delta: cost::arc(&prepared, member, to) - before,
            runner_up: runner_up.as_ref(),
        };
        let (reason, sentence) = because.of(&facts);
        rows.push(Transfer {
            id: format!("T{:05}", rows.len() + 1),
            member,
            from,
            to,
            reason,
            because: sentence,
            need: about.need,
            tenure_months: facts.tenure_months,
            minutes_before: facts.minutes.0,
            minutes_after: facts.minutes.1,
            cost_delta: facts.cost_delta,
            runner_up,
            wave: None,
            handoff_on: None,
            handoff_method: None,
            letter_id: None,
        });
    }
    rows
}

/// Whole minutes, halves up.
#[must_use]
pub const fn minutes(trip: Seconds) -> i64 {
    (trip.0 + 30) / 60
}
