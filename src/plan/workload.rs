//! Weighted capacities as staffing, before anything is planned: what all members come to, whoever has them, against
//! what all case managers at work may have. No reassignment changes either, so what is missing takes people.

use chrono::NaiveDate;
use serde::Serialize;

use crate::program::Rules;
use crate::roster::Roster;
use crate::verify::rules::capacities;
use crate::verify::tally::Tally;

/// A weighted capacity as a number of people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Workload {
    /// Name of the capacity.
    pub rule: String,
    /// What the numbers are: `weight`, `hours a month` or `contacts a period`.
    pub unit: &'static str,
    /// What all members come to; hours without drives, which depend on who has whom.
    pub needed: f64,
    /// What those at work may have together.
    pub have: f64,
    /// Missing.
    pub missing: f64,
    /// Missing in full-time equivalents, in thousandths.
    pub missing_thousandths: u64,
    /// Full-time hires that close it.
    pub hire: u32,
    /// The day by which, when something is missing: the one the plan takes effect on.
    pub by: Option<NaiveDate>,
}

/// Every weighted capacity of the program.
#[must_use]
pub fn workload(roster: &Roster, rules: &Rules) -> Vec<Workload> {
    let of = |weighed: &capacities::Weighed<'_>| {
        let needed: i64 = roster.member_indices().map(|member| weighed.alone(member)).sum();
        let at_work = roster.managers().iter().filter(|manager| rules.at_work(manager));
        let have: i64 = at_work.map(|manager| weighed.limit_of(manager)).sum();
        let missing = weighed.in_words((needed - have).max(0));
        let limit = weighed.capacity.limit;
        Workload {
            rule: weighed.capacity.name.clone(),
            unit: weighed.capacity.kind.unit(),
            needed: weighed.in_words(needed),
            have: weighed.in_words(have),
            missing,
            missing_thousandths: if limit > 0.0 { (missing / limit * 1000.0).ceil() as u64 } else { 0 },
            hire: if limit > 0.0 { (missing / limit).ceil() as u32 } else { 0 },
            by: (missing > 0.0).then_some(rules.effective_on),
        }
    };
    capacities::read(roster, rules).iter().map(of).collect()
}
