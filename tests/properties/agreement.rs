//! Model, engines and verifier were written apart from the same page of semantics: here they meet. Whole plans on small
//! random rosters with every rule, against the best plan the verifier alone finds by trying all; and the laws that
//! must hold between a roster and a changed one.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use caseload::cost::Prepared;
use caseload::ids::{ManagerIx, MemberIx, ProviderIx, TeamIx};
use caseload::model::Model;
use caseload::output::json::Timings;
use caseload::pipeline::{self, Ending};
use caseload::plan::standing::standing;
use caseload::plan::{Plan, Status};
use caseload::program::{Denominator, HouseholdRule, Moves, Rules};
use caseload::roster::{DecisionKind, Place, Roster, RosterTables};
use caseload::solve::{Control, ENGINES};
use caseload::units::Cost;
use caseload::verify::{assess, contradiction, present};
use caseload::whatif::RepairKind;
use proptest::prelude::*;

use crate::rosters;

const CONTROL: Control<'static> = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };

/// Names of the engines that take the problem, and `auto`.
fn engines(roster: &Roster, rules: &Rules) -> Vec<&'static str> {
    let prepared = Prepared::new(roster, rules);
    let model = Model::new(&prepared);
    let problem = model.problem();
    let taking = ENGINES.iter().filter(|engine| (engine.accepts)(&problem)).map(|engine| engine.name);
    std::iter::once("auto").chain(taking).collect()
}

fn plan(roster: &Roster, rules: &Rules, engine: &str) -> Ending {
    plan_within(roster, rules, engine, CONTROL)
}

fn plan_within(roster: &Roster, rules: &Rules, engine: &str, control: Control<'_>) -> Ending {
    pipeline::plan(roster, rules, engine, 1, control, &mut Timings::default()).unwrap()
}

/// The plan, when there is one.
fn planned(roster: &Roster, rules: &Rules) -> Option<Box<Plan>> {
    match plan(roster, rules, "auto") {
        Ending::Plan(plan) => Some(plan),
        _ => None,
    }
}

/// Rules of every kind. Leaving members unserved goes together with every one of them but an average over case managers
/// with members: how many of those are needed then depends on how many members are served, and the model, which takes
/// all who can be placed, is stricter than the verifier.
fn rules() -> impl Strategy<Value = Rules> {
    rosters::rules().prop_map(|mut rules| {
        let over_used = |average: &caseload::program::Average| average.denominator == Denominator::WithMembers;
        rules.allow_unserved &= !rules.program.averages.iter().any(over_used);
        rules
    })
}

/// Every plan without a violation, with its cost.
fn all_plans(roster: &Roster, rules: &Rules) -> Vec<(Cost, Vec<Option<ManagerIx>>)> {
    rosters::all_assignments(roster)
        .filter_map(|assignment| {
            let assessment = assess(roster, rules, &assignment);
            assessment.violations.is_empty().then(|| (assessment.terms.total(), assignment))
        })
        .collect()
}

/// A plan is what it says: proven, of the least cost, and each runner-up costs what is said.
fn check_plan(roster: &Roster, plan: &Plan, all: &[(Cost, Vec<Option<ManagerIx>>)]) -> Result<(), TestCaseError> {
    let least = all.iter().map(|(cost, _)| *cost).min();
    let cost = plan.verified.terms().total();
    prop_assert_eq!(Some(cost), least, "the verifier alone finds another optimum");
    prop_assert_eq!(plan.report.status, Status::Optimal);
    prop_assert_eq!(plan.verified.bound(), cost);
    prop_assert!(plan.verified.gap() == 0.0);
    let assignment = plan.verified.assignment();
    prop_assert!(all.iter().any(|(_, one)| one == assignment));
    for member in roster.member_indices() {
        let Some(runner_up) = plan.report.runner_ups[member.at()] else { continue };
        prop_assert_ne!(Some(runner_up.manager), assignment[member.at()]);
        let others = all.iter().filter(|(_, one)| one[member.at()] != assignment[member.at()]);
        let best = others.map(|(cost, _)| *cost).min().expect("a runner-up is a plan");
        prop_assert!(best <= cost + runner_up.extra, "{:?} of {:?}, brute force {:?}", runner_up, member, best);
        if runner_up.exact {
            prop_assert_eq!(best, cost + runner_up.extra, "runner-up of {:?}", member);
        }
    }
    Ok(())
}

/// Without a limit in the rules there is room for everybody, and a case manager's own limit can only lower that: the
/// balance target goes by the smaller of the two.
#[test]
fn an_own_limit_beyond_the_roster_is_no_place_more() {
    let mut one = rosters::manager("C0");
    one.max_caseload = Some(2);
    let tables =
        RosterTables { members: vec![rosters::member("M0", Some(0))], managers: vec![one], ..RosterTables::default() };
    let mut rules = rosters::plain_rules();
    rules.program.caps.clear();
    (rules.program.balance.target_percent, rules.program.balance.step_minutes) = (50, 30);
    let plan = planned(&rosters::freeze(tables), &rules).unwrap();
    assert_eq!((plan.report.status, plan.verified.caps()), (Status::Optimal, &[1][..]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_time: 30_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_engine_finds_what_the_verifier_finds_by_trying_all(
        roster in rosters::rosters(5, 3),
        rules in rules(),
    ) {
        let all = all_plans(&roster, &rules);
        for engine in engines(&roster, &rules) {
            match plan(&roster, &rules, engine) {
                Ending::Plan(plan) => check_plan(&roster, &plan, &all)?,
                Ending::Contradictions(found) => {
                    prop_assert!(!found.is_empty());
                    // Whoever is pinned in vain can have nobody, in any plan.
                    for contradiction in &found {
                        let id = contradiction.sentence.split(' ').nth(1).unwrap();
                        let member = roster.find_member(id).expect("the sentence names the member");
                        prop_assert!(all.iter().all(|(_, plan)| plan[member.at()].is_none()), "{:?}", contradiction);
                    }
                }
                Ending::Infeasible(why, repairs) => {
                    prop_assert!(all.is_empty(), "{engine}: {} but there is {:?}", why.sentence, all.first());
                    prop_assert!(contradiction(&roster, &rules, &why.certificate).is_ok_and(|sum| sum > 0));
                    prop_assert!(!why.sentence.is_empty());
                    for repair in repairs.iter().filter(|repair| repair.kind == RepairKind::LiftCap) {
                        let mut lifted = rules.clone();
                        let by = repair.details[0].1 - rules.program.lowest_cap().unwrap().floor();
                        lift(&mut lifted, by);
                        prop_assert!(rosters::optimum(&roster, &lifted).is_some(), "{:?}", repair);
                        lifted = rules.clone();
                        lift(&mut lifted, by - 1);
                        prop_assert!(rosters::optimum(&roster, &lifted).is_none(), "one less is enough: {:?}", repair);
                    }
                }
                Ending::Nothing => prop_assert!(false, "nothing stopped the search"),
            }
        }
    }

    /// What is said to be short before anything is planned is short: there is no plan. Members nobody may take are left out
    /// of plans, and sizes of teams are told only.
    #[test]
    fn what_no_reassignment_changes_no_plan_changes(roster in rosters::rosters(5, 3), mut rules in rules()) {
        rules.allow_unserved = false;
        let standing = standing(&roster, &rules, &assess(&roster, &rules, &present(&roster)));
        prop_assume!(standing.unplaceable.is_empty());
        let short: Vec<&str> = standing
            .needs
            .iter()
            .filter(|need| need.is_short() && !need.rule.ends_with("-managers"))
            .map(|need| need.sentence.as_str())
            .chain(standing.workload.iter().filter(|row| row.missing > 0.0).map(|row| row.rule.as_str()))
            .collect();
        if !short.is_empty() {
            let found = all_plans(&roster, &rules);
            prop_assert!(found.is_empty(), "{short:?}, but there is {:?}", found.first());
        }
    }

    #[test]
    fn a_higher_cap_never_costs_more(
        roster in rosters::rosters(8, 4),
        rules in rules(),
        by in 1..3_u32,
    ) {
        let Some(before) = planned(&roster, &rules) else { return Ok(()) };
        let mut lifted = rules.clone();
        lift(&mut lifted, by);
        let after = planned(&roster, &lifted);
        prop_assert!(after.is_some_and(|after| after.verified.terms().total() <= before.verified.terms().total()));
    }

    /// Not so with households (a pair nobody took together must then stay together) or members nobody may take (they
    /// must then be placed).
    #[test]
    fn one_more_case_manager_never_costs_more(
        roster in rosters::rosters(8, 3),
        mut rules in rules(),
        base in prop::option::of((41.0..42.5_f64, -94.5..-92.0_f64)),
    ) {
        rules.program.households.rule = HouseholdRule::Off;
        rules.program.caps.retain(|cap| cap.count != caseload::program::Count::Households);
        // Whoever comes has too few members at first.
        rules.program.ranges.iter_mut().for_each(|range| range.floor = 0);
        let Some(before) = planned(&roster, &rules) else { return Ok(()) };
        prop_assume!(before.verified.unplaced().is_empty());
        let mut tables = roster.to_tables();
        let base = base.map(|(latitude, longitude)| Place { latitude, longitude });
        tables.managers.push(caseload::roster::Manager { base, ..rosters::manager("zz-new") });
        let after = planned(&Roster::new(tables), &rules);
        prop_assert!(after.is_some_and(|after| after.verified.terms().total() <= before.verified.terms().total()));
    }

    #[test]
    fn a_plans_own_moves_pinned_give_the_plan(roster in rosters::rosters(8, 4), rules in rules()) {
        let Some(before) = planned(&roster, &rules) else { return Ok(()) };
        let mut tables = roster.to_tables();
        for (at, manager) in before.verified.assignment().iter().enumerate() {
            tables.decisions.extend(manager.map(|manager| rosters::decision(at as u32, manager.0, DecisionKind::Assign)));
        }
        let after = planned(&rosters::freeze(tables), &rules);
        prop_assert!(after.is_some());
        let after = after.unwrap();
        prop_assert!(after.verified.terms().total() <= before.verified.terms().total());
        if before.verified.assignment().iter().all(Option::is_some) {
            prop_assert_eq!(after.verified.assignment(), before.verified.assignment());
            prop_assert_eq!(after.verified.terms(), before.verified.terms());
        }
    }

    /// Two states side by side, neither of which may serve the other. Limits over both are left out: they could be
    /// shared unevenly. A search cut off, which two copies alike can need, still has to leave the double between its
    /// plan and its bound.
    #[test]
    fn two_copies_cost_double(roster in rosters::rosters(5, 3), mut rules in rules()) {
        rules.program.moves = Moves { total: 0, high_need: 0, per_team: 0, min_months_between: 0 };
        rules.program.fairness.clear();
        rules.program.averages.retain(|average| average.denominator != Denominator::WithMembers);
        if rules.program.lowest_cap().is_none() {
            // Without a cap the balance is measured against the whole roster, which doubles.
            rules.program.caps.push(rosters::cap(4, false));
        }
        let roster = in_regions(&roster);
        let one = planned(&roster, &rules);
        let double = one.map(|plan| 2 * plan.verified.terms().total().0);
        match plan_within(&twice(&roster), &rules, "auto", Control { work_limit: Some(600), ..CONTROL }) {
            Ending::Plan(two) => {
                let (cost, bound) = (two.verified.terms().total().0, two.verified.bound().0);
                let lies_between = double.is_some_and(|double| bound <= double && double <= cost);
                prop_assert!(lies_between, "{bound} <= {double:?} <= {cost}");
                prop_assert!(two.report.status == Status::Limit || bound == cost);
            }
            Ending::Nothing => {}
            _ => prop_assert_eq!(double, None),
        }
    }
}

/// Lifts the caps on all members.
fn lift(rules: &mut Rules, by: u32) {
    let plain = rules.program.caps.iter_mut().filter(|cap| cap.is_plain());
    plain.for_each(|cap| cap.limit = cap.limit.plus(by));
}

/// The roster with a team for everybody and a region for every team: those without are one scope for both copies.
fn in_regions(roster: &Roster) -> Roster {
    let mut tables = roster.to_tables();
    for manager in &mut tables.managers {
        manager.team.get_or_insert(TeamIx(0));
    }
    for team in &mut tables.teams {
        team.region.get_or_insert_with(|| Arc::from("south"));
    }
    Roster::new(tables)
}

/// The roster and a copy of it, under other ids; every pair across is forbidden.
fn twice(roster: &Roster) -> Roster {
    let first = roster.to_tables();
    let (members, managers) = (first.members.len() as u32, first.managers.len() as u32);
    let (teams, providers) = (first.teams.len() as u32, first.providers.len() as u32);
    let copied = |id: &Arc<str>| -> Arc<str> { Arc::from(format!("z{id}")) };
    let mut tables: RosterTables = roster.to_tables();
    for mut member in first.members {
        member.id = format!("z{}", member.id).into();
        member.household = member.household.as_ref().map(copied);
        member.manager = member.manager.map(|manager| ManagerIx(manager.0 + managers));
        tables.members.push(member);
    }
    for mut manager in first.managers {
        manager.id = format!("z{}", manager.id).into();
        manager.team = manager.team.map(|team| TeamIx(team.0 + teams));
        tables.managers.push(manager);
    }
    for mut team in first.teams {
        team.id = format!("z{}", team.id).into();
        team.region = team.region.as_ref().map(copied);
        tables.teams.push(team);
    }
    for mut provider in first.providers {
        provider.id = format!("z{}", provider.id).into();
        tables.providers.push(provider);
    }
    for mut service in first.services {
        service.member = MemberIx(service.member.0 + members);
        service.provider = ProviderIx(service.provider.0 + providers);
        tables.services.push(service);
    }
    for mut decision in first.decisions {
        decision.member = MemberIx(decision.member.0 + members);
        decision.manager = ManagerIx(decision.manager.0 + managers);
        tables.decisions.push(decision);
    }
    for member in 0..2 * members {
        let (from, to) = if member < members { (managers, 2 * managers) } else { (0, managers) };
        let forbidden = (from..to).map(|manager| rosters::decision(member, manager, DecisionKind::Forbid));
        tables.decisions.extend(forbidden);
    }
    rosters::freeze(tables)
}
