//! The hard top of a range: members of whom fewer are a full caseload take a larger share of it. The soft floor is a cost
//! ([`crate::cost::floor`]).

use crate::model::own::{Facts, Own};
use crate::model::rows::mixed::{common_multiple, shares};
use crate::program::{Limit, Range};

/// Every range of the program.
#[must_use]
pub fn limits(facts: &Facts<'_>) -> Vec<Own> {
    facts.rules().program.ranges.iter().map(|range| top(facts, range)).collect()
}

fn top(facts: &Facts<'_>, range: &Range) -> Own {
    let tops: Vec<Limit> = range.steps.iter().map(|step| step.top).chain([range.top]).collect();
    let whole = common_multiple(&tops);
    let share = |member| {
        let top = facts.rules().top_of(range, facts.roster().member(member));
        if facts.is_of(&range.of, member) { whole / top.thousandths() as i64 } else { 0 }
    };
    shares(facts, &range.name, facts.members(share), whole, range.scale_with_fte)
}
