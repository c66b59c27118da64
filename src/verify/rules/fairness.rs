//! Limits on disparity: of the members who could stay, the share that moves of one group is above the share of all by so
//! many percentage points at most.
//!
//! Who could stay is as for budgets of moves ([`moves::could_stay_with`]), without members nobody may take.

use std::collections::BTreeMap;

use crate::ids::{ManagerIx, MemberIx};
use crate::program::Fairness;
use crate::verify::RuleOutcome;
use crate::verify::pairs::Pairs;
use crate::verify::rules::{Case, Findings, moves};
use crate::verify::units::Units;
use crate::verify::violation::{Violation, ViolationCode};

/// Members who could stay, with whom.
#[must_use]
pub fn could_stay(pairs: &Pairs<'_>, units: &Units) -> Vec<(MemberIx, ManagerIx)> {
    let placeable = pairs.roster.member_indices().filter(|&member| units.is_placeable(member));
    placeable.filter_map(|member| Some((member, moves::could_stay_with(pairs, member)?))).collect()
}

/// A group among those who could stay.
#[derive(Clone, Debug)]
pub struct Group {
    /// As it is shown.
    pub label: String,
    /// Its members, sorted.
    pub members: Vec<MemberIx>,
    /// Is it limited? Small groups are not, nor is everybody.
    pub is_limited: bool,
}

/// The groups of a limit, in the order in which they are shown.
#[must_use]
pub fn groups(pairs: &Pairs<'_>, limit: &Fairness, could_stay: &[(MemberIx, ManagerIx)]) -> Vec<Group> {
    let mut groups: BTreeMap<(u8, String), Vec<MemberIx>> = BTreeMap::new();
    for &(member, _) in could_stay {
        if let Some(group) = limit.by.of(pairs.rules, pairs.roster.member(member)) {
            groups.entry(group).or_default().push(member);
        }
    }
    let group = |((_, label), members): ((u8, String), Vec<MemberIx>)| {
        let is_limited = members.len() < could_stay.len() && members.len() >= limit.min_members as usize;
        Group { label, members, is_limited }
    };
    groups.into_iter().map(group).collect()
}

/// For certificates: what everybody who could stay uses of a group's limit by moving - below 0 for those outside the
/// group - and the limit; `None` when there is no such limit.
#[must_use]
pub fn uses(pairs: &Pairs<'_>, units: &Units, rule: &str, label: &str) -> Option<(Vec<(MemberIx, i64)>, i128)> {
    let limit = pairs.rules.program.fairness.iter().find(|limit| limit.name == rule)?;
    let could_stay = could_stay(pairs, units);
    let groups = groups(pairs, limit, &could_stay);
    let inside = groups.into_iter().find(|group| group.is_limited && group.label == label)?.members;
    let (size, all) = (inside.len() as i64, could_stay.len() as i64);
    let (mut shared, mut rest) = (size, all);
    while rest != 0 {
        (shared, rest) = (rest, shared % rest);
    }
    let used = |&(member, _): &(MemberIx, ManagerIx)| {
        let is_inside = inside.binary_search(&member).is_ok();
        (member, if is_inside { (all - size) / shared } else { -(size / shared) })
    };
    let points = i128::from(limit.max_points.thousandths()) * i128::from(size) * i128::from(all);
    Some((could_stay.iter().map(used).collect(), points / (100_000 * i128::from(shared))))
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let mut findings = Findings::default();
    if case.pairs.rules.program.fairness.is_empty() {
        return findings;
    }
    let could_stay = could_stay(case.pairs, case.units);
    let mut moves = vec![false; case.pairs.roster.members().len()];
    for &(member, present) in &could_stay {
        moves[member.at()] = case.after.assignment[member.at()] != Some(present);
    }
    let moved = |members: &mut dyn Iterator<Item = MemberIx>| members.filter(|member| moves[member.at()]).count();
    let all = could_stay.len();
    let all_moved = moved(&mut could_stay.iter().map(|&(member, _)| member));
    for limit in &case.pairs.rules.program.fairness {
        for group in groups(case.pairs, limit, &could_stay) {
            let size = group.members.len();
            let own = moved(&mut group.members.iter().copied());
            // own / size - all_moved / all, held against thousandths of a point.
            let apart = own as i128 * all as i128 - all_moved as i128 * size as i128;
            let most = i128::from(limit.max_points.thousandths()) * size as i128 * all as i128;
            let met = apart * 100_000 <= most;
            let share = |part: usize, of: usize| part as f64 * 100.0 / of as f64;
            let points = share(own, size) - share(all_moved, all);
            if group.is_limited && !met {
                let detail = format!(
                    "{}: {own} of {size} members of {} move, {points:.2} points above the share of all, at most {}",
                    limit.name, group.label, limit.max_points
                );
                findings.violations.push(Violation::new(ViolationCode::Disparity, detail));
            }
            let small = if group.is_limited { "" } else { "; too few to be limited, or everybody" };
            findings.outcomes.push(RuleOutcome {
                rule: limit.name.clone(),
                scope: group.label.clone(),
                limit: limit.max_points.as_f64(),
                before: 0.0,
                after: (points * 1000.0).round() / 1000.0,
                met,
                changeable: true,
                soft: !group.is_limited,
                how: format!(
                    "percentage points above the share of all: {own} of {size} moved ({:.2} %), of all {all_moved} of {all} ({:.2} %), without those who have to move{small}",
                    share(own, size),
                    share(all_moved, all)
                ),
                citation: limit.citation.clone(),
            });
        }
    }
    findings
}
