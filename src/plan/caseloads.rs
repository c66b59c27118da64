//! Every manager before and after: the rows of `caseloads.csv`.

use crate::cost::travel::driving;
use crate::ids::MemberIx;
use crate::plan::Caseload;
use crate::program::Rules;
use crate::roster::Roster;
use crate::units::Cost;
use crate::verify::VerifiedPlan;

/// Manager by manager, all of the roster: present, leaving and planned ones.
#[must_use]
pub fn caseloads(roster: &Roster, rules: &Rules, plan: &VerifiedPlan) -> Vec<Caseload> {
    let blank = |manager| Caseload {
        manager,
        before: roster.present_caseload(manager).len() as u32,
        after: 0,
        taken: 0,
        given: 0,
        cap: plan.caps()[manager.at()],
        hours: 0.0,
        minutes_per_year: 0,
        fte_thousandths: roster.manager(manager).fte_thousandths,
    };
    let mut rows: Vec<Caseload> = roster.manager_indices().map(blank).collect();
    let mut driven = vec![Cost::ZERO; rows.len()];
    for (at, after) in plan.assignment().iter().enumerate() {
        let before = roster.members()[at].manager;
        if before != *after
            && let Some(before) = before
        {
            rows[before.at()].given += 1;
        }
        if let Some(after) = *after {
            let row = &mut rows[after.at()];
            row.after += 1;
            row.taken += u32::from(before != Some(after));
            row.hours += roster.members()[at].hours_per_year.unwrap_or(0.0);
            driven[after.at()] += driving(roster, rules, MemberIx::new(at), after);
        }
    }
    for (row, driven) in rows.iter_mut().zip(driven) {
        row.minutes_per_year = driven.rounded_minutes();
    }
    rows
}
