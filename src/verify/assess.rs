//! How an assignment stands against every rule, whoever made it: the plan, the present state, somebody's own table.

use rayon::prelude::*;

use crate::cost::{self, Assignment, Prepared, Terms};
use crate::ids::{ManagerIx, MemberIx};
use crate::program::Rules;
use crate::roster::Roster;
use crate::verify::field::Field;
use crate::verify::pairs::{Obstacle, Pairs};
use crate::verify::rules::caps::Tolerated;
use crate::verify::rules::{self, Case, State};
use crate::verify::units::Units;
use crate::verify::violation::{Violation, ViolationCode};
use crate::verify::{RuleOutcome, Unplaced};

/// How an assignment stands.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// Manager by manager: members, at most; 0 when not at work.
    pub caps: Vec<u32>,
    /// Manager by manager: members.
    pub loads: Vec<u32>,
    /// Rule by rule.
    pub outcomes: Vec<RuleOutcome>,
    /// What breaks a rule, in the order of the rules, then of the ids.
    pub violations: Vec<Violation>,
    /// Cost by term.
    pub terms: Terms,
    /// Members nobody may take, and those left unserved where the settings allow that; and why.
    pub unplaced: Vec<Unplaced>,
    /// Case managers above a cap that tolerates it for some days, and until when.
    pub tolerated: Vec<Tolerated>,
}

/// Who is with whom at present.
#[must_use]
pub fn present(roster: &Roster) -> Vec<Option<ManagerIx>> {
    roster.members().iter().map(|member| member.manager).collect()
}

/// Judges an assignment against every rule. Nothing is assumed about it: entries that are not of the roster are
/// reported, and count as nobody.
#[must_use]
pub fn assess(roster: &Roster, rules: &Rules, assignment: &Assignment) -> Assessment {
    let pairs = Pairs::read(roster, rules);
    let prepared = Prepared::new(roster, rules);
    let units = Units::read(&pairs, &Field::read(&pairs, &prepared), &prepared);
    let caps = rules::caps::caps(roster, rules);
    let (assignment, mut violations) = known(roster, assignment);
    // In order of members, since they were looked at in that order.
    let strangers: Vec<MemberIx> = violations.iter().filter_map(|violation| violation.member).collect();

    let before = State::of(&pairs, present(roster));
    let after = State::of(&pairs, assignment);
    let case = Case { pairs: &pairs, units: &units, caps: &caps, before: &before, after: &after };
    let mut outcomes = Vec::new();
    for (_, judge) in rules::ALL {
        let findings = judge(&case);
        outcomes.extend(findings.outcomes);
        violations.extend(findings.violations);
    }
    // Whoever is with somebody unknown is reported once, not once more for being with nobody.
    violations.retain(|violation| {
        violation.code != ViolationCode::Coverage
            || violation.member.is_none_or(|member| strangers.binary_search(&member).is_err())
    });
    let terms = cost::score(roster, rules, &caps, &after.assignment);
    let unplaced = unplaced(&case);
    let tolerated = rules::caps::tolerated(&case, &after);
    Assessment { caps, loads: after.loads, outcomes, violations, terms, unplaced, tolerated }
}

/// The assignment with as many entries as there are members and no manager who does not exist.
fn known(roster: &Roster, assignment: &Assignment) -> (Vec<Option<ManagerIx>>, Vec<Violation>) {
    let mut violations = Vec::new();
    if assignment.len() > roster.members().len() {
        let more = assignment.len() - roster.members().len();
        violations.push(Violation::new(ViolationCode::UnknownId, format!("the plan has {more} members too many")));
    }
    let entry = |member: MemberIx| {
        let manager = assignment.get(member.at()).copied().flatten()?;
        if manager.at() < roster.managers().len() {
            return Some(manager);
        }
        let detail = format!("member {} is with a case manager who is not in the roster", roster.member(member).id);
        violations.push(Violation::new(ViolationCode::UnknownId, detail).member(member));
        None
    };
    (roster.member_indices().map(entry).collect(), violations)
}

/// Members nobody may take, and those left unserved where the settings allow that; each manager is counted under the
/// first criterion it fails, and those who fail none under what stood in the way. Only these members are held against
/// every manager at work.
fn unplaced(case: &Case<'_>) -> Vec<Unplaced> {
    let Case { pairs, units, caps, after, .. } = *case;
    let (at_work, away): (Vec<ManagerIx>, Vec<ManagerIx>) =
        pairs.roster.manager_indices().partition(|&manager| pairs.at_work(manager));
    let reasons = |member: MemberIx| {
        let (mut full, mut other) = (0, 0);
        let mut failed = Obstacle::ALL.map(|_| 0);
        // The first thing asked of any manager.
        failed[Obstacle::NotAtWork as usize] = away.len() as u32;
        for &manager in &at_work {
            match pairs.obstacle(member, manager) {
                Some(obstacle) => failed[obstacle as usize] += 1,
                None if after.loads[manager.at()] >= caps[manager.at()] => full += 1,
                None => other += 1,
            }
        }
        let row = pairs.roster.member(member);
        let word = |obstacle: Obstacle| match (obstacle, &row.other_case_management) {
            // By its name, so that somebody can ask that service.
            (Obstacle::Duplication, Some(service)) => format!("{}: {service}", obstacle.word()),
            _ => obstacle.word().to_owned(),
        };
        let obstacles = Obstacle::ALL.map(word).into_iter().zip(failed);
        let counts = obstacles.chain([("no_place_left".to_owned(), full), ("household_or_limits".to_owned(), other)]);
        let ruled_out = counts.filter(|(_, count)| *count > 0).collect();
        Unplaced { member, placeable: units.is_placeable(member), ruled_out }
    };
    let left_out = |member: &MemberIx| {
        !units.is_placeable(*member) || (pairs.rules.allow_unserved && after.assignment[member.at()].is_none())
    };
    let members: Vec<MemberIx> = pairs.roster.member_indices().filter(left_out).collect();
    members.into_par_iter().map(reasons).collect()
}
