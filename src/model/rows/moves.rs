//! Budgets of members moved. Who must move anyway does not count: present manager not at work, present pair forbidden,
//! or pinned to somebody else.

use crate::certificate::MovesBudget;
use crate::ids::{ManagerIx, MemberIx};
use crate::model::eligibility::Eligibility;
use crate::model::problem::{Row, RowUse};
use crate::model::rows::{NamedRow, RowName};
use crate::program::Rules;
use crate::roster::Roster;

/// A row for every budget that is set.
#[must_use]
pub fn rows(roster: &Roster, rules: &Rules, eligibility: &Eligibility<'_>, units: &[Vec<MemberIx>]) -> Vec<NamedRow> {
    let budgets = &rules.program.moves;
    let mut rows = Vec::new();
    let mut add = |budget: MovesBudget, limit: u32, counts: &dyn Fn(MemberIx) -> bool| {
        let movers = units.iter().map(|unit| movers(roster, eligibility, unit, counts)).collect();
        rows.push((RowName::Moves(budget), Row { uses: RowUse::Movers(movers), limit: i64::from(limit) }));
    };
    if budgets.total > 0 {
        add(MovesBudget::Total, budgets.total, &|_| true);
    }
    if budgets.high_need > 0 {
        let high = |member: MemberIx| rules.program.high_need.holds(roster.member(member));
        add(MovesBudget::HighNeed, budgets.high_need, &high);
    }
    if budgets.per_team > 0 {
        let team_of = |member: MemberIx| {
            roster.member(member).manager.map(|present| roster.team_of(present).map_or("", |team| &team.id))
        };
        let mut teams: Vec<&str> = roster.member_indices().filter_map(team_of).collect();
        teams.sort_unstable();
        teams.dedup();
        for team in teams {
            let of_team = |member: MemberIx| team_of(member) == Some(team);
            add(MovesBudget::Team(team.to_owned()), budgets.per_team, &of_team);
        }
    }
    rows
}

/// The unit's members that count, by present manager.
fn movers(
    roster: &Roster,
    eligibility: &Eligibility<'_>,
    unit: &[MemberIx],
    counts: &dyn Fn(MemberIx) -> bool,
) -> Vec<(u32, u32)> {
    let mut managers: Vec<u32> = Vec::new();
    for &member in unit {
        let present = stayer(roster, eligibility, member).filter(|_| counts(member));
        managers.extend(present.map(|present| present.0));
    }
    managers.sort_unstable();
    managers.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
}

/// The present manager of a member who does not have to move anyway.
#[must_use]
pub fn stayer(roster: &Roster, eligibility: &Eligibility<'_>, member: MemberIx) -> Option<ManagerIx> {
    let present = roster.member(member).manager?;
    let must_move = !eligibility.at_work(present)
        || eligibility.forbids(member, present)
        || eligibility.pin(member).is_some_and(|pin| pin != present);
    (!must_move).then_some(present)
}
