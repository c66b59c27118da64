//! Members whom the plan moves although their case manager changed not long ago: repeated change is worse than change,
//! so nobody is moved twice unnoticed.

use chrono::NaiveDate;
use serde::Serialize;

use crate::plan::{Reason, Transfer};
use crate::program::Rules;
use crate::program::rules::whole_months;
use crate::roster::Roster;

/// A second change within the months that the program calls recent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecondMove {
    /// Who.
    pub member_id: String,
    /// The change before.
    pub last_moved_on: NaiveDate,
    /// This one.
    pub moved_on: NaiveDate,
    /// Whole months between them.
    pub months_between: u32,
    /// Why this one.
    pub reason: Reason,
}

/// All of them, in order of member ids. Recent is the longer of `rates.repeat_change_months` and
/// `moves.min_months_between`; what counts is the last change that the member did not ask for.
#[must_use]
pub fn second_moves(roster: &Roster, rules: &Rules, transfers: &[Transfer]) -> Vec<SecondMove> {
    let recent = rules.program.rates.repeat_change_months.max(rules.program.moves.min_months_between);
    let second = |transfer: &Transfer| {
        transfer.from?;
        let member = roster.member(transfer.member);
        let last_moved_on = member.case.last_moved_on?;
        let moved_on = transfer.handoff_on.unwrap_or(rules.effective_on);
        let months_between = whole_months(last_moved_on, moved_on);
        (months_between < recent).then(|| SecondMove {
            member_id: member.id.to_string(),
            last_moved_on,
            moved_on,
            months_between,
            reason: transfer.reason,
        })
    };
    transfers.iter().filter_map(second).collect()
}
