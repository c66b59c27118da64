//! A later roster held against a plan: which transfers stuck, which reverted, which somebody changed, and what is overdue.
//! Care-management systems silently undo bulk assignments; this is how it is seen.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::roster::Roster;

/// A transfer of the plan, as `transfers.csv` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its id.
    pub transfer_id: String,
    /// Who.
    pub member_id: String,
    /// From whom; blank = first assignment.
    pub from: String,
    /// To whom.
    pub to: String,
    /// Day of the handoff, when it was scheduled.
    pub handoff_on: Option<NaiveDate>,
}

/// How a transfer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was made and undone: the member is back with the former case manager.
    Reverted,
    /// It should have been made by now.
    Overdue,
    /// The member is with a third case manager.
    Changed,
    /// The member is with nobody.
    Unassigned,
    /// The member is no longer in the roster.
    Gone,
    /// Its day is still to come.
    Pending,
    /// It is made.
    Stuck,
}

impl Standing {
    /// All, the most pressing first.
    pub const ALL: [Self; 7] =
        [Self::Reverted, Self::Overdue, Self::Changed, Self::Unassigned, Self::Gone, Self::Pending, Self::Stuck];

    /// The word of `reconcile.csv`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reverted => "reverted",
            Self::Overdue => "overdue",
            Self::Changed => "changed",
            Self::Unassigned => "unassigned",
            Self::Gone => "gone",
            Self::Pending => "pending",
            Self::Stuck => "stuck",
        }
    }

    /// What it means, for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Reverted => "went back to the former case manager",
            Self::Overdue => "should have been made by now",
            Self::Changed => "is with a third case manager",
            Self::Unassigned => "is with nobody",
            Self::Gone => "is no longer in the roster",
            Self::Pending => "has its day still to come",
            Self::Stuck => "is made",
        }
    }
}

/// A transfer and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Of the plan.
    pub transfer_id: String,
    /// Who.
    pub member_id: String,
    /// From whom.
    pub from_manager_id: String,
    /// To whom.
    pub to_manager_id: String,
    /// With whom the member is now.
    pub now_manager_id: String,
    /// With that one since, as the roster says.
    pub since: Option<NaiveDate>,
    /// The day it was due.
    pub due_on: NaiveDate,
    /// How it stands.
    pub standing: Standing,
    /// Days it is overdue.
    pub days_overdue: i64,
}

/// A member outside the plan's transfers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Other {
    /// Who.
    pub member_id: String,
    /// With whom by the plan; blank = not in the plan.
    pub planned_manager_id: String,
    /// With whom now; blank = with nobody, or gone.
    pub now_manager_id: String,
}

/// The comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// The day the later roster describes.
    pub as_of: NaiveDate,
    /// How many transfers stand how.
    pub counts: BTreeMap<&'static str, usize>,
    /// Transfers, the most pressing first, then by id.
    pub transfers: Vec<Row>,
    /// Members the plan left where they were, who are with somebody else now.
    pub moved_outside: Vec<Other>,
    /// Members of the later roster who were not in the plan's.
    pub new: Vec<Other>,
    /// Members of the plan's roster, not transferred, who are gone.
    pub gone: Vec<Other>,
}

impl Reconciled {
    /// Is anything to be done? Something went back, or should have been made by now.
    #[must_use]
    pub fn needs_work(&self) -> bool {
        self.transfers.iter().any(|row| matches!(row.standing, Standing::Reverted | Standing::Overdue))
    }

    /// How many transfers stand so.
    #[must_use]
    pub fn count(&self, standing: Standing) -> usize {
        self.counts.get(standing.word()).copied().unwrap_or_default()
    }
}

/// Compares. `assigned` is the plan's whole roster after (member, case manager), `made_on` the day the plan's data describes,
/// `effective_on` when its transfers are due unless a handoff is scheduled, `as_of` the day of the later roster.
#[must_use]
pub fn reconcile(
    planned: &[Planned],
    assigned: &[(String, String)],
    made_on: NaiveDate,
    effective_on: NaiveDate,
    later: &Roster,
    as_of: NaiveDate,
) -> Reconciled {
    let mut transfers: Vec<Row> = planned.iter().map(|one| row(one, made_on, effective_on, later, as_of)).collect();
    transfers.sort_by(|a, b| (a.standing, &a.transfer_id).cmp(&(b.standing, &b.transfer_id)));
    let mut counts: BTreeMap<&'static str, usize> = Standing::ALL.iter().map(|standing| (standing.word(), 0)).collect();
    for row in &transfers {
        *counts.entry(row.standing.word()).or_default() += 1;
    }
    let moves: std::collections::BTreeSet<&str> = planned.iter().map(|one| one.member_id.as_str()).collect();
    let plan: BTreeMap<&str, &str> =
        assigned.iter().map(|(member, manager)| (member.as_str(), manager.as_str())).collect();
    let now = |id: &str| {
        let member = later.find_member(id)?;
        Some(later.member(member).manager.map_or("", |manager| &*later.manager(manager).id))
    };
    let other = |member: &str, planned: &str, now: &str| Other {
        member_id: member.to_owned(),
        planned_manager_id: planned.to_owned(),
        now_manager_id: now.to_owned(),
    };
    let (mut moved_outside, mut gone) = (Vec::new(), Vec::new());
    for (member, manager) in plan.iter().filter(|(member, _)| !moves.contains(*member)) {
        match now(member) {
            None => gone.push(other(member, manager, "")),
            Some(present) if present != *manager => moved_outside.push(other(member, manager, present)),
            Some(_) => {}
        }
    }
    let unknown = later.members().iter().filter(|member| !plan.contains_key(&*member.id));
    let new = unknown.map(|member| other(&member.id, "", now(&member.id).unwrap_or_default())).collect();
    Reconciled { as_of, counts, transfers, moved_outside, new, gone }
}

fn row(one: &Planned, made_on: NaiveDate, effective_on: NaiveDate, later: &Roster, as_of: NaiveDate) -> Row {
    let due_on = one.handoff_on.unwrap_or(effective_on);
    let found = later.find_member(&one.member_id).map(|member| later.member(member));
    let now = found.and_then(|member| member.manager).map_or("", |manager| &*later.manager(manager).id);
    let since = found.filter(|member| member.manager.is_some()).and_then(|member| member.assigned_on);
    let standing = if found.is_none() {
        Standing::Gone
    } else if now == one.to {
        Standing::Stuck
    } else if now == one.from {
        // A relationship that began after the plan's data was there before, ended, and began anew.
        let began_anew = !one.from.is_empty() && since.is_some_and(|since| since > made_on);
        match (began_anew, due_on < as_of) {
            (true, _) => Standing::Reverted,
            (false, true) => Standing::Overdue,
            (false, false) => Standing::Pending,
        }
    } else if now.is_empty() {
        Standing::Unassigned
    } else {
        Standing::Changed
    };
    let late = standing == Standing::Overdue || standing == Standing::Reverted;
    Row {
        transfer_id: one.transfer_id.clone(),
        member_id: one.member_id.clone(),
        from_manager_id: one.from.clone(),
        to_manager_id: one.to.clone(),
        now_manager_id: now.to_owned(),
        since,
        due_on,
        standing,
        days_overdue: if late { (as_of - due_on).num_days().max(0) } else { 0 },
    }
}
