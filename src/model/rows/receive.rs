//! At most so many new members for one manager at once.

use crate::ids::ManagerIx;
use crate::model::problem::{Row, RowUse};
use crate::model::rows::{NamedRow, RowName};
use crate::program::Rules;
use crate::program::rules::whole_months;
use crate::roster::{Manager, Roster};

/// A row for every manager at work who has such a limit.
#[must_use]
pub fn rows(roster: &Roster, rules: &Rules) -> Vec<NamedRow> {
    let row = |(at, manager): (usize, &Manager)| {
        let present = roster.present_caseload(ManagerIx::new(at)).len() as u32;
        let limit = i64::from(limit(rules, manager, present)?);
        let name = RowName::Receive(ManagerIx::new(at));
        Some((name, Row { uses: RowUse::NewTo(at as u32), limit }))
    };
    let at_work = |(_, manager): &(usize, &Manager)| rules.at_work(manager);
    roster.managers().iter().enumerate().filter(at_work).filter_map(row).collect()
}

/// The smallest of the general limit, for a new hire that of new hires, and a share of the members one has at present;
/// 0 in the rules = none.
fn limit(rules: &Rules, manager: &Manager, present: u32) -> Option<u32> {
    let receive = &rules.program.receive;
    let hired = manager.hired_on.or(manager.available_from);
    let is_new = hired.is_some_and(|day| whole_months(day, rules.effective_on) < receive.new_hire_months);
    let general = (receive.limit > 0).then_some(receive.limit);
    let new_hire = (is_new && receive.new_hire_limit > 0).then_some(receive.new_hire_limit);
    let share = present.checked_div(receive.per_open);
    [general, new_hire, share].into_iter().flatten().min()
}
