//! Caps: how many members, children or households a manager may have, of everybody or of some categories.

use chrono::Days;

use crate::ids::{ManagerIx, MemberIx};
use crate::model::own::{Facts, Own, Uses, Words};
use crate::program::cap::OF_AGE;
use crate::program::category::age_on;
use crate::program::{Cap, Count, Rounding, Rules};
use crate::roster::Manager;

/// Every cap of the program.
#[must_use]
pub fn limits(facts: &Facts<'_>) -> Vec<Own> {
    facts.rules().program.caps.iter().map(|cap| own(facts, cap)).collect()
}

fn own(facts: &Facts<'_>, cap: &Cap) -> Own {
    let (roster, rules) = (facts.roster(), facts.rules());
    let is_child = |member| {
        let born = roster.member(member).birth_date;
        born.is_some_and(|born| age_on(born, rules.effective_on) < OF_AGE)
    };
    let counts = |member| facts.is_of(&cap.of, member) && (cap.count != Count::Children || is_child(member));
    let uses = match cap.count {
        Count::Households => Uses::Units(facts.units.iter().map(|unit| i64::from(has_one(facts, cap, unit))).collect()),
        Count::Members | Count::Children => Uses::Members(facts.members(|member| i64::from(counts(member)))),
    };
    let present = |manager: ManagerIx| -> i64 {
        match cap.count {
            Count::Households => households_of(facts, cap, manager),
            _ => roster.present_caseload(manager).iter().filter(|&&member| counts(member)).count() as i64,
        }
    };
    let limit = |manager: ManagerIx| {
        let row = roster.manager(manager);
        let limit = whole(rules, cap, row);
        Some(if is_tolerated(rules, cap, row) { limit.max(present(manager)) } else { limit })
    };
    Own {
        name: cap.name.clone(),
        uses,
        limits: roster.manager_indices().map(limit).collect(),
        words: Words { times: 1, over: 1, unit: "" },
    }
}

/// A manager's own limit in whole members.
fn whole(rules: &Rules, cap: &Cap, manager: &Manager) -> i64 {
    let share = if cap.scale_with_fte { rules.capacity_thousandths(manager) } else { 1000 };
    let millionths = cap.limit.thousandths() * u64::from(share);
    let whole = match cap.rounding {
        Rounding::Down => millionths / 1_000_000,
        Rounding::Nearest => (millionths + 500_000) / 1_000_000,
        Rounding::Up => millionths.div_ceil(1_000_000),
    };
    whole as i64
}

/// May the manager still stay above the cap on the effective date?
fn is_tolerated(rules: &Rules, cap: &Cap, manager: &Manager) -> bool {
    let since = manager.absence.over_cap_since.unwrap_or(rules.as_of);
    let last = since.checked_add_days(Days::new(cap.tolerance_days.into()));
    cap.tolerance_days > 0 && last.is_some_and(|last| rules.effective_on <= last)
}

/// Does a unit count once: does anybody in it count?
fn has_one(facts: &Facts<'_>, cap: &Cap, unit: &[MemberIx]) -> bool {
    unit.iter().any(|&member| facts.is_of(&cap.of, member))
}

/// Households that count and of which a manager has somebody at present.
fn households_of(facts: &Facts<'_>, cap: &Cap, manager: ManagerIx) -> i64 {
    let is_here = |member: &MemberIx| facts.roster().member(*member).manager == Some(manager);
    let here = facts.units.iter().filter(|unit| unit.iter().any(is_here));
    here.filter(|unit| has_one(facts, cap, unit)).count() as i64
}
