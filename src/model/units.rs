//! Members who are placed together form one unit.

use std::collections::BTreeMap;

use crate::ids::{ManagerIx, MemberIx};
use crate::model::eligibility::Eligibility;
use crate::program::{HouseholdRule, Rules};
use crate::roster::{Code, Roster};

/// The members of every unit, in order of their first member. Units of one are the rule, households the exception.
#[must_use]
pub fn units(roster: &Roster, rules: &Rules, eligibility: &Eligibility<'_>) -> Vec<Vec<MemberIx>> {
    let mut groups: BTreeMap<(&Code, Option<ManagerIx>), Vec<MemberIx>> = BTreeMap::new();
    for at in roster.member_indices() {
        let member = roster.member(at);
        let Some(household) = &member.household else { continue };
        match (rules.program.households.rule, member.manager) {
            (HouseholdRule::KeepTogether, Some(present)) => {
                groups.entry((household, Some(present))).or_default().push(at);
            }
            (HouseholdRule::Join, _) => groups.entry((household, None)).or_default().push(at),
            _ => {}
        }
    }
    let together: BTreeMap<MemberIx, Vec<MemberIx>> = groups
        .into_values()
        .filter(|group| group.len() > 1 && holds_together(eligibility, group))
        .map(|group| (group[0], group))
        .collect();
    let mut in_group = vec![false; roster.members().len()];
    for member in together.values().flatten() {
        in_group[member.at()] = true;
    }
    let single = |member: MemberIx| (!in_group[member.at()]).then(|| vec![member]);
    roster.member_indices().filter_map(|member| together.get(&member).cloned().or_else(|| single(member))).collect()
}

/// Decisions outrank the household rule, and so does the impossible: members pinned to different managers, or with no
/// manager allowed for all of them, are placed one by one.
fn holds_together(eligibility: &Eligibility<'_>, group: &[MemberIx]) -> bool {
    let mut pins = group.iter().filter_map(|&member| eligibility.pin(member));
    if let Some(first) = pins.next()
        && pins.any(|pin| pin != first)
    {
        return false;
    }
    eligibility.anybody_takes(group)
}
