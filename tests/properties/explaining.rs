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
use caseload::whatif::repairs::new_hire;
use caseload::whatif::restricted::restricted;
use caseload::whatif::scene::{Forced, Scene};
use caseload::whatif::solving::solved_and_judged;
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
                    prop_assert!(forced.as_ref().is_none_or(Forced::is_exact), "{:?} of {:?}", forced, total);
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
    fn with_nothing_named_in_force_everybody_can_be_with_anybody_at_work(roster in rosters::rosters(4, 3), rules in rules()) {
        let (roster, rules) = without(&roster, &rules, &in_force(&roster, &rules));
        prop_assert!(in_force(&roster, &rules).is_empty());
        for plan in rosters::all_assignments(&roster) {
            if plan.iter().all(|choice| choice.is_some_and(|manager| rules.at_work(roster.manager(manager)))) {
                let found = assess(&roster, &rules, &plan).violations;
                prop_assert!(found.is_empty(), "no name for the rule that finds {:?}", found);
            }
        }
    }

    #[test]
    fn leaving_a_rule_out_saves_what_trying_all_plans_says(roster in rosters::rosters(4, 3), rules in rules()) {
        let ending = pipeline::plan(&roster, &rules, "auto", 1, CONTROL, &mut Timings::default()).unwrap();
        if let Ending::Plan(plan) = ending {
            let prepared = Prepared::new(&roster, &rules);
            let model = Model::new(&prepared);
            let problem = model.problem();
            let total = plan.verified.terms().total();
            let scene = Scene::new(&model, &problem, plan.verified.assignment(), total, CONTROL).unwrap();
            let told = worth::rules(&scene, CONTROL).unwrap();
            for named in in_force(&roster, &rules) {
                // What changes places changes the target for loads, and is held to another test.
                if matches!(named, Named::Cap(_) | Named::Capacity(_) | Named::Mixed(_) | Named::Range(_) | Named::OwnLimits | Named::Leave | Named::RampUp) {
                    continue;
                }
                let (other, loose) = without(&roster, &rules, std::slice::from_ref(&named));
                let words = named.words(&roster, &rules);
                let row = told.iter().find(|row| row.rule == words);
                if Model::new(&Prepared::new(&other, &loose)).unplaced.len() != model.unplaced.len() {
                    prop_assert!(row.is_none(), "{}: another question", words);
                    continue;
                }
                let best = rosters::optimum(&other, &loose).map(|(cost, _)| cost);
                // Limits and bonds only take plans away. Others can also allow: a decision allows its pair and parts a
                // household, and a present pair that a criterion forbids is free of `must_keep`; that class without its bond has a
                // price. Leaving such a rule out
                // can make plans dearer or impossible, and then saves nothing.
                let only_binds = matches!(
                    named,
                    Named::Average(_) | Named::Span(_) | Named::Fairness(_) | Named::Receive | Named::MovesTotal
                        | Named::MovesHighNeed | Named::MovesPerTeam | Named::MovedLately
                        | Named::Blackout | Named::Households
                );
                prop_assert!(!only_binds || best.is_some_and(|best| best <= total), "{}: {:?} over {:?}", words, best, total);
                let saved = best.map_or(Cost::ZERO, |best| (total - best).max(Cost::ZERO));
                let (least, most) = row.map_or((Cost::ZERO, Cost::ZERO), |row| (row.worth.least, row.worth.most));
                prop_assert!(least <= saved && saved <= most, "{}: {:?}, all plans say {:?}", words, row, saved);
            }
        }
    }

    #[test]
    fn places_are_short_only_where_no_plan_is(roster in rosters::rosters(6, 3), rules in rules()) {
        let prepared = Prepared::new(&roster, &rules);
        let model = Model::new(&prepared);
        let problem = model.problem();
        let short = caseload::solve::hall::is_short(&problem);
        let outcome = portfolio::solve(&problem, "auto", CONTROL).unwrap();
        prop_assert!(!short || outcome.status == Status::Infeasible);
        // Nothing but places stands in the way.
        let bare = problem.rows.is_empty() && problem.minimum_use.is_none() && problem.units.iter().all(|unit| unit.size == 1);
        prop_assert!(!bare || short == (outcome.status == Status::Infeasible));
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
fn every_rule_on_pairs_has_a_name_and_ends_with_it() {
    let base = rosters::plain_rules();
    let mut member = rosters::member("M0", Some(0));
    member.other_case_management = Some("tcc".into());
    member.setting = Some("hospital".into());
    member.assessment_due_on = Some(rosters::days_before(-5));
    let mut away = rosters::manager("C0");
    away.absence.leave_from = Some(rosters::days_before(10));
    let mut other = rosters::manager("C1");
    other.hired_on = Some(rosters::days_before(10));
    let mut tables = caseload::roster::RosterTables { members: vec![member], ..Default::default() };
    tables.managers = vec![away, other];
    let roster = rosters::freeze(tables);
    let mut switched: Vec<(Named, Rules, bool)> = Vec::new();
    let mut add = |named, change: &dyn Fn(&mut caseload::program::Program), moves| {
        let mut rules = base.clone();
        change(&mut rules.program);
        switched.push((named, rules, moves));
    };
    let existing = caseload::program::Existing::Applies;
    add(
        Named::Duplication,
        &|program| {
            program.duplications = vec![caseload::program::Duplication {
                name: "tcc".into(),
                title: "tcc".into(),
                services: vec!["tcc".into()],
                under_age: None,
                existing,
                citation: "test".into(),
            }];
        },
        false,
    );
    add(
        Named::Discharge,
        &|program| {
            program.eligibility.discharge =
                Some(caseload::program::Discharge { settings: vec!["hospital".into()], days_before: 30, existing });
        },
        false,
    );
    add(
        Named::Blackout,
        &|program| {
            program.eligibility.blackout =
                Some(caseload::program::Blackout { event: caseload::program::Event::AssessmentDueOn, days_before: 30 });
        },
        true,
    );
    add(Named::Leave, &|program| program.staffing.leave = caseload::program::Leave::Away, false);
    add(
        Named::RampUp,
        &|program| {
            program.caps = vec![rosters::cap(1, true)];
            program.staffing.ramp_up = vec![caseload::program::RampUp { under_months: 6, percent: 50 }];
        },
        true,
    );
    add(
        Named::Qualification,
        &|program| {
            program.categories = vec![caseload::program::Category {
                name: "all".into(),
                title: "all".into(),
                when: caseload::program::Condition::default(),
            }];
            program.eligibility.qualification_for =
                vec![caseload::program::QualificationFor { of: vec!["all".into()], required: vec!["nurse".into()] }];
            program.eligibility.qualification.existing = existing;
        },
        false,
    );
    for (named, rules, moves) in switched {
        assert!(in_force(&roster, &rules).contains(&named), "{named:?}");
        let plan = [Some(ManagerIx(u32::from(moves)))];
        assert!(!assess(&roster, &rules, &plan).violations.is_empty(), "{named:?} binds");
        let (roster, rules) = without(&roster, &rules, std::slice::from_ref(&named));
        assert_eq!(assess(&roster, &rules, &plan).violations, [], "{named:?}");
        assert!(!in_force(&roster, &rules).contains(&named), "{named:?}");
    }
}

#[test]
fn hires_of_a_larger_roster_are_worth_what_solving_from_scratch_says() {
    let found = (20..=50).find_map(|cap| {
        let (roster, rules) = rosters::generated(240, 8, 3, cap, true);
        solved_and_judged(&roster, &rules, CONTROL).unwrap().map(|plan| (roster, rules, plan))
    });
    let (roster, rules, verified) = found.expect("a cap with a plan");
    let prepared = Prepared::new(&roster, &rules);
    let model = Model::new(&prepared);
    let problem = model.problem();
    let total = verified.terms().total();
    let scene = Scene::new(&model, &problem, verified.assignment(), total, CONTROL).unwrap();
    assert!(scene.warm.is_some());
    let told = worth::hires(&scene, CONTROL).unwrap();
    assert!(told.iter().any(|hire| hire.worth.most > Cost::ZERO), "{told:?}");
    // What the report names are the dearest of all.
    let hinges = worth::hinges(&scene, 3, CONTROL).unwrap();
    let rules_of_all = worth::rules(&scene, CONTROL).unwrap();
    let binding = rules_of_all.iter().filter(|one| !one.rule.contains("decisions.csv"));
    let binding: Vec<_> = binding.map(|one| (one.rule.clone(), one.worth.least, one.worth.most)).collect();
    let told_rules: Vec<_> = hinges.rules.iter().map(|one| (one.name.clone(), one.at_least, one.at_most)).collect();
    assert!(!binding.is_empty());
    assert_eq!(told_rules, binding);
    let places: Vec<_> = worth::places(&scene, CONTROL).into_iter().map(|one| (one.manager_id, one.worth)).collect();
    let hires: Vec<_> = told.iter().map(|one| (format!("{} {}", one.area, one.name), one.worth)).collect();
    for (named, all) in [(&hinges.places, places), (&hinges.hires, hires)] {
        let gains = all.iter().filter(|(_, worth)| worth.most > Cost::ZERO).count();
        assert_eq!(named.len(), gains.min(3));
        for hinge in named {
            let (_, worth) = all.iter().find(|(name, _)| *name == hinge.name).expect("one of all");
            assert_eq!((hinge.at_least, hinge.at_most), (worth.least, worth.most));
        }
        let last = named.last().map_or(Cost::ZERO, |last| last.at_least);
        assert!(all.iter().filter(|(_, worth)| worth.least > last).count() < 3, "{named:?} of {all:?}");
    }
    for hire in told.iter().filter(|hire| hire.area == "county").step_by(3) {
        let county = caseload::roster::gazetteer::counties()
            .iter()
            .find(|county| county.state == "IA" && county.name == hire.name)
            .unwrap();
        let lives = |member: &&caseload::roster::Member| member.county.as_deref() == Some(county.fips);
        let homes: Vec<_> = roster.members().iter().filter(lives).filter_map(|member| member.home).collect();
        let code: caseload::roster::Code = county.fips.into();
        let mut tables = roster.to_tables();
        tables.managers.push(new_hire(&rules, worth::middle(&homes), Some(&code), 1));
        let scratch = solved_and_judged(&Roster::new(tables), &rules, CONTROL).unwrap().expect("a plan");
        let saved = total - scratch.terms().total();
        assert!(hire.worth.least <= saved && saved <= hire.worth.most, "{hire:?}: from scratch {saved:?}");
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
