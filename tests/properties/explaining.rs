//! Prices of forced choices, of places and of hires, conflicts and recommendations, against trying all plans on small
//! rosters and against solving from scratch on larger ones.
#![allow(clippy::unwrap_used)]

use caseload::cost::Prepared;
use caseload::ids::{ManagerIx, MemberIx};
use caseload::model::problem::NOT_ALLOWED;
use caseload::model::{Model, contradictions};
use caseload::output::json::Timings;
use caseload::pipeline::{self, Ending};
use caseload::program::{Denominator, Rules};
use caseload::roster::Roster;
use caseload::solve::{Control, Status, portfolio};
use caseload::units::Cost;
use caseload::verify::assess;
use caseload::whatif::conflict::conflict;
use caseload::whatif::named::{Named, in_force, without};
use caseload::whatif::recommend::Question;
use caseload::whatif::repairs::solved_and_judged;
use caseload::whatif::restricted::restricted;
use caseload::whatif::scene::Scene;
use caseload::whatif::worth;
use proptest::prelude::*;

use crate::rosters;

const CONTROL: Control<'static> = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };

fn rules() -> impl Strategy<Value = Rules> {
    rosters::rules().prop_map(|mut rules| {
        let over_used = |average: &caseload::program::Average| average.denominator == Denominator::WithMembers;
        rules.allow_unserved &= !rules.program.averages.iter().any(over_used);
        rules
    })
}

/// The cheapest plan without a violation that has the member at the manager.
fn cheapest_with(roster: &Roster, rules: &Rules, member: MemberIx, manager: ManagerIx) -> Option<Cost> {
    let with = rosters::all_assignments(roster).filter(|plan| plan[member.at()] == Some(manager));
    let judged = with.map(|plan| assess(roster, rules, &plan));
    judged.filter(|judged| judged.violations.is_empty()).map(|judged| judged.terms.total()).min()
}

/// Does the verifier alone find a plan without these?
fn is_possible(roster: &Roster, rules: &Rules, dropped: &[Named]) -> bool {
    let (roster, rules) = without(roster, rules, dropped);
    rosters::all_assignments(&roster).any(|plan| assess(&roster, &rules, &plan).violations.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_time: 30_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_forced_choice_costs_what_trying_all_plans_says(roster in rosters::rosters(4, 3), rules in rules()) {
        let ending = pipeline::plan(&roster, &rules, "auto", 1, CONTROL, &mut Timings::default()).unwrap();
        if let Ending::Plan(plan) = ending {
            let prepared = Prepared::new(&roster, &rules);
            let model = Model::new(&prepared);
            let problem = model.problem();
            let total = plan.verified.terms().total();
            let scene = Scene::new(&model, &problem, plan.verified.assignment(), total, CONTROL).unwrap();
            for member in roster.member_indices() {
                let Some(unit) = scene.unit_of(member) else { continue };
                let mut extras = Vec::new();
                for manager in roster.manager_indices() {
                    let least = cheapest_with(&roster, &rules, member, manager);
                    let forced = scene.forced(unit, manager.at(), CONTROL).unwrap();
                    let found = forced.as_ref().and_then(|forced| forced.extra);
                    prop_assert_eq!(found, least.map(|least| least - total), "{:?} at {:?}", member, manager);
                    prop_assert!(forced.as_ref().is_none_or(|forced| forced.is_exact()));
                    if scene.plan[unit] != Some(manager.0) {
                        extras.extend(least.map(|least| least - total));
                    }
                }
                if scene.warm.is_some() {
                    extras.sort_unstable();
                    let best = scene.best_others(unit, 2, CONTROL).unwrap();
                    let told: Vec<Cost> = best.found.iter().filter_map(|forced| forced.extra).collect();
                    prop_assert_eq!(&told[..], &extras[..extras.len().min(2)]);
                }
            }
        }
    }

    #[test]
    fn a_conflict_is_one_and_ends_with_any_of_its_rules(roster in rosters::rosters(4, 3), rules in rules()) {
        let prepared = Prepared::new(&roster, &rules);
        let model = Model::new(&prepared);
        // Members whom nobody may take are outside of it, and contradictions are told before.
        if contradictions(&roster, &rules).is_empty() && model.unplaced.is_empty()
            && let Some(found) = conflict(&roster, &rules, CONTROL).unwrap()
        {
            let all = in_force(&roster, &rules);
            let others = |left_out: Option<&Named>| -> Vec<Named> {
                all.iter().filter(|named| !found.named.contains(named) || left_out == Some(named)).cloned().collect()
            };
            prop_assert!(!is_possible(&roster, &rules, &others(None)), "no conflict: {:?}", found);
            prop_assert!(found.irreducible);
            for named in &found.named {
                prop_assert!(is_possible(&roster, &rules, &others(Some(named))), "{:?} is not needed in {:?}", named, found);
            }
        }
    }

    #[test]
    fn a_recommended_case_manager_is_the_cheapest_who_breaks_nothing_new(roster in rosters::rosters(4, 3), rules in rules()) {
        let present = caseload::verify::present(&roster);
        let clean = assess(&roster, &rules, &present).violations.iter().all(|found| found.member.is_some());
        let member = MemberIx(0);
        if clean && roster.member(member).manager.is_none() && roster.member(member).household.is_none() && contradictions(&roster, &rules).is_empty() {
            let told = pipeline::recommended(&roster, &rules, Question::Member(member), false, CONTROL).unwrap().unwrap();
            let seconds: Vec<i64> = told.choices.iter().map(|choice| choice.seconds).collect();
            prop_assert!(seconds.is_sorted());
            let today = assess(&roster, &rules, &present);
            let key = |found: &caseload::verify::Violation| (found.code, found.member, found.manager);
            for choice in &told.choices {
                let mut after = present.clone();
                after[0] = roster.find_manager(&choice.manager_id);
                let judged = assess(&roster, &rules, &after);
                let is_new = |found: &&caseload::verify::Violation| !today.violations.iter().any(|old| key(old) == key(found));
                prop_assert!(!judged.violations.iter().any(|found| is_new(&found)), "{:?}", judged.violations);
                // Being with nobody is priced as unserved; the rest of the difference is the choice's own.
                let unserved = caseload::cost::unserved::each(&rules);
                let pair = judged.terms.total() - today.terms.total() + unserved;
                prop_assert_eq!(Cost(choice.seconds), pair);
            }
        }
    }
}

#[test]
fn places_and_forced_choices_of_a_larger_roster_equal_solving_from_scratch() {
    for (seed, households) in [(3, false), (4, true)] {
        // The lowest cap with a plan: then places are worth something.
        let found = (20..=50).find_map(|cap| {
            let (roster, rules) = rosters::generated(240, 8, seed, cap, households);
            solved_and_judged(&roster, &rules, CONTROL).unwrap().map(|plan| (roster, rules, plan))
        });
        let (roster, rules, verified) = found.expect("a cap with a plan");
        let prepared = Prepared::new(&roster, &rules);
        let model = Model::new(&prepared);
        let problem = model.problem();
        let total = verified.terms().total();
        let scene = Scene::new(&model, &problem, verified.assignment(), total, CONTROL).unwrap();
        for manager in (0..problem.managers()).filter(|&manager| !problem.places[manager].is_empty()) {
            let caseload::solve::network::Change::Places { places, .. } = worth::one_more(&scene, manager) else {
                panic!("places")
            };
            let mut larger = model.problem();
            larger.places[manager] = places;
            let outcome = portfolio::solve(&larger, "auto", CONTROL).unwrap();
            assert_eq!(outcome.status, Status::Optimal);
            let told = scene.worth(&worth::one_more(&scene, manager), CONTROL).unwrap();
            let saved = Cost(scene.cost - outcome.cost);
            assert!(told.least <= saved && saved <= told.most, "{told:?}, from scratch {saved:?}");
        }
        for unit in (0..problem.units.len()).step_by(37) {
            let best = scene.best_others(unit, 3, CONTROL).unwrap();
            assert!(best.all_asked);
            let costs = problem.arc_costs(unit);
            let mut scratch = Vec::new();
            for manager in
                (0..costs.len()).filter(|&at| costs[at] != NOT_ALLOWED && scene.plan[unit] != Some(at as u32))
            {
                let open = Box::new(move |one: usize, whom: usize| one != unit || whom == manager);
                let pinned = restricted(&problem, (0..problem.units.len()).collect(), &[], open);
                let outcome = portfolio::solve(&pinned, "auto", CONTROL).unwrap();
                scratch.extend(outcome.plan.is_some().then(|| Cost(outcome.cost - scene.cost)));
            }
            scratch.sort_unstable();
            scratch.truncate(3);
            let told: Vec<Cost> = best.found.iter().filter_map(|forced| forced.extra).collect();
            assert_eq!(told, scratch, "unit {unit}, seed {seed}");
            // The chain is what the forced plan changes: with it the plan in hand is that plan's cost.
            for forced in &best.found {
                let mut plan = scene.plan.clone();
                scene.changes(&forced.plan, unit).iter().for_each(|change| plan[change.unit] = change.to);
                assert_eq!(problem.cost_of(&plan).map(|cost| Cost(cost - scene.cost)), forced.extra);
            }
        }
    }
}
