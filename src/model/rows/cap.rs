//! Count caps: how many members a manager may have. Not a row but the number of places, so that the convex balance
//! cost and the cap are one thing.

use crate::program::Rules;
use crate::roster::{Manager, Roster};

/// Places of every manager: 0 when not at work, else the smallest of the program's caps (a part-time share of them
/// where the rule says so, rounded down) and the manager's own `max_caseload`. A program without a cap
/// leaves room for everybody.
#[must_use]
pub fn capacities(roster: &Roster, rules: &Rules) -> Vec<u32> {
    let everybody = roster.members().len() as u32;
    let of = |manager: &Manager| {
        if !rules.at_work(manager) {
            return 0;
        }
        let of_rule = |cap: &crate::program::Cap| {
            if cap.scale_with_fte {
                (u64::from(cap.limit) * u64::from(rules.capacity_thousandths(manager)) / 1000) as u32
            } else {
                cap.limit
            }
        };
        let smallest = rules.program.caps.iter().map(of_rule).min().unwrap_or(everybody);
        smallest.min(manager.max_caseload.unwrap_or(u32::MAX))
    };
    roster.managers().iter().map(of).collect()
}
