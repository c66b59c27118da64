//! The months to come against what can be worked out by hand: staff that only leaves, members who only come or only go,
//! nothing at all; the same answer for any number of threads; and more hires never make it worse.

use caseload::ids::{ManagerIx, TeamIx};
use caseload::program::simulate::{Policy, Simulation};
use caseload::program::{Cap, Denominator, Leave, Rules, Scope};
use caseload::roster::{Place, Roster, RosterTables};
use caseload::whatif::simulate::run::{Hiring, run};
use caseload::whatif::simulate::world::{World, world};
use caseload::whatif::simulate::{Mean, Outcome, Size, simulate};

use crate::rosters::{average, cap, categories, freeze, manager, member, plain_rules, team};

const SIZE: Size = Size { months: 12, runs: 400, seed: 7, risk_from: 1 };

/// So many case managers and members, the members spread evenly, all at one place.
fn roster(managers: u32, members: u32) -> Roster {
    let here = Place { latitude: 42.0, longitude: -93.5 };
    let id = |letter: char, at: u32| format!("{letter}{at:04}");
    freeze(RosterTables {
        members: (0..members)
            .map(|at| {
                let mut row = member(&id('M', at), Some(at % managers));
                row.home = Some(here);
                row.county = Some("19015".into());
                row
            })
            .collect(),
        managers: (0..managers)
            .map(|at| {
                let mut row = manager(&id('C', at));
                row.base = Some(here);
                row
            })
            .collect(),
        ..RosterTables::default()
    })
}

fn rules(limit: u32) -> Rules {
    let mut rules = plain_rules();
    rules.program.caps = vec![cap(limit, false)];
    rules.program.averages = vec![average("average", limit, Scope::All, Denominator::Headcount)];
    rules
}

/// Nothing ever happens.
fn still() -> Simulation {
    Simulation {
        attrition_per_year: 0.0,
        leaves_per_year: 0.0,
        in_per_year: Some(0.0),
        out_per_year: Some(0.0),
        need_rises_per_year: 0.0,
        need_falls_per_year: 0.0,
        ramp_up: Vec::new(),
        ..Simulation::default()
    }
}

fn of(roster: &Roster, rules: &Rules, assumed: &Simulation, extra: u32) -> World {
    let present: Vec<Option<ManagerIx>> = roster.members().iter().map(|member| member.manager).collect();
    world(roster, rules, assumed, &present, extra)
}

fn outcome(managers: u32, members: u32, limit: u32, assumed: &Simulation) -> Outcome {
    let (roster, rules) = (roster(managers, members), rules(limit));
    simulate(&of(&roster, &rules, assumed, 0), assumed, Hiring::default(), SIZE)
}

/// Within five standard errors.
fn near(found: Mean, expected: f64) -> bool {
    (found.mean - expected).abs() <= 5.0 * found.standard_error + 1e-9
}

#[test]
fn without_events_nothing_happens() {
    let found = outcome(4, 40, 10, &still());
    assert!(found.months.iter().all(|month| month.moves.mean == 0.0 && month.broken.probability == 0.0), "{found:?}");
    let crowded = outcome(4, 41, 10, &still());
    assert!(crowded.months.iter().all(|month| month.cap_broken.probability >= 1.0), "41 do not fit into 40 places");
    assert!(crowded.months.iter().all(|month| month.average_broken.probability >= 1.0));
    assert!(crowded.risk.probability >= 1.0);
}

#[test]
fn staff_that_only_leaves_halves_as_expected() {
    let assumed = Simulation { attrition_per_year: 0.5, refill: false, ..still() };
    let found = outcome(40, 40, 1000, &assumed);
    for (at, month) in found.months.iter().enumerate() {
        let expected = 40.0 * 0.5_f64.powf((at + 1) as f64 / 12.0);
        assert!(near(month.staff, expected), "month {}: {:?}, expected {expected}", at + 1, month.staff);
        assert!((month.staff.mean + month.vacant.mean - 40.0).abs() < 1e-9);
    }
    // Every member of a leaver moves, and nobody else.
    assert!((found.forced_share - 1.0).abs() < 1e-12);
}

#[test]
fn vacancies_are_filled_after_the_months_they_take() {
    // In the long run a share of attrition / (attrition + filling) is vacant.
    let assumed = Simulation { attrition_per_year: 0.6, months_to_fill: 2.0, ..still() };
    let (roster, rules) = (roster(50, 50), rules(1000));
    let size = Size { months: 48, ..SIZE };
    let found = simulate(&of(&roster, &rules, &assumed, 0), &assumed, Hiring::default(), size);
    let leaves = 1.0 - 0.4_f64.powf(1.0 / 12.0);
    let expected = 50.0 * leaves / (leaves + 0.5);
    let last = found.months.last().unwrap().vacant;
    assert!(near(last, expected), "{last:?}, expected {expected}");
}

#[test]
fn members_come_and_go_at_their_rates() {
    let coming = outcome(10, 200, 1000, &Simulation { in_per_year: Some(0.3), ..still() });
    let going = outcome(10, 200, 1000, &Simulation { out_per_year: Some(0.3), ..still() });
    for at in 0..12 {
        let months = (at + 1) as f64;
        assert!(near(coming.months[at].members, 200.0 * (1.0 + 0.3 * months / 12.0)), "{:?}", coming.months[at]);
        assert!(near(going.months[at].members, 200.0 * 0.7_f64.powf(months / 12.0)), "{:?}", going.months[at]);
    }
    assert!(coming.moves_per_member_year.mean.abs() < f64::EPSILON, "new members do not move");
}

#[test]
fn a_place_is_found_through_others_when_there_is_one() {
    // C0 may serve everybody, C1 those nearby only. C2, who had M2, leaves: M2 is far from C1, so M0 makes room.
    let near_by = Place { latitude: 42.0, longitude: -93.5 };
    let far = Place { latitude: 42.0, longitude: -94.5 };
    let mut rows = RosterTables {
        members: (0..3).map(|at| member(&format!("M{at}"), Some(at))).collect(),
        managers: (0..3).map(|at| manager(&format!("C{at}"))).collect(),
        ..RosterTables::default()
    };
    rows.members.remove(1);
    for (row, home) in rows.members.iter_mut().zip([near_by, far]) {
        row.home = Some(home);
    }
    for (row, base) in rows.managers.iter_mut().zip([None, Some(near_by), Some(far)]) {
        row.base = base;
    }
    rows.managers[2].available_until = Some(crate::rosters::days_before(-5));
    let roster = freeze(rows);
    let mut rules = rules(1);
    rules.program.averages.clear();
    rules.program.eligibility.distance.max_miles = 20.0;
    let assumed = Simulation { refill: false, ..still() };
    let found = run(&of(&roster, &rules, &assumed, 0), &assumed, Hiring::default(), 1, 0, 2);
    assert_eq!((found.months[0].moves, found.months[0].forced, found.months[0].cap_broken), (2, 1, false), "{found:?}");
    let idle = Simulation { policy: Policy::Never, ..assumed };
    let found = run(&of(&roster, &rules, &idle, 0), &idle, Hiring::default(), 1, 0, 2);
    assert_eq!((found.months[0].moves, found.months[0].cap_broken), (1, true), "nobody makes room: {found:?}");
}

#[test]
fn levelling_keeps_to_its_budget() {
    let (roster, rules) = (roster(5, 100), rules(30));
    let assumed = Simulation { policy: Policy::Monthly, moves_a_month: 3, ..still() };
    let mut uneven = of(&roster, &rules, &assumed, 0);
    uneven.templates.truncate(40);
    for (at, template) in uneven.templates.iter_mut().enumerate() {
        template.slot = u16::from(at >= 30);
    }
    let found = run(&uneven, &assumed, Hiring::default(), 1, 0, 1);
    assert!(found.months[0].moves <= 3 && found.months[0].moves > 0, "{found:?}");
    assert!(found.months[0].max_load < 30);
}

#[test]
fn threads_change_nothing_and_hires_help() {
    let assumed = Simulation { in_per_year: Some(0.4), ..Simulation::default() };
    let (roster, rules) = (roster(12, 110), rules(10));
    let shared = of(&roster, &rules, &assumed, 6);
    let size = Size { runs: 60, ..SIZE };
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| simulate(&shared, &assumed, Hiring::default(), size))
    };
    assert_eq!(with(1), with(3));
    let risk = |at_once| simulate(&shared, &assumed, Hiring { at_once, a_month: 0 }, size).risk.probability;
    assert!(risk(6) <= risk(3) && risk(3) <= risk(0));
    let other = simulate(&shared, &assumed, Hiring::default(), Size { seed: 8, ..size });
    assert_ne!(with(1), other, "another seed draws other events");
}

#[test]
fn a_teams_average_is_mended_where_another_team_has_room() {
    let mut tables = roster(2, 14).to_tables();
    tables.teams = vec![team("T1", None), team("T2", None)];
    for (at, manager) in tables.managers.iter_mut().enumerate() {
        manager.team = Some(TeamIx(at as u32));
    }
    for (at, member) in tables.members.iter_mut().enumerate() {
        member.manager = Some(ManagerIx(u32::from(at >= 12)));
    }
    let roster = freeze(tables);
    let mut rules = rules(20);
    rules.program.averages = vec![average("team", 10, Scope::Team, Denominator::Headcount)];
    let month = |policy: Policy| {
        let assumed = Simulation { policy, ..still() };
        let found = run(&of(&roster, &rules, &assumed, 0), &assumed, Hiring::default(), 1, 0, 1).months[0];
        (found.moves, found.average_broken)
    };
    assert_eq!(month(Policy::WhenBroken), (2, false));
    assert_eq!(month(Policy::Never), (0, true));
}

#[test]
fn limits_on_categories_and_grades_are_kept_and_a_tolerance_is_waited_for() {
    let mut tables = roster(2, 6).to_tables();
    for (at, member) in tables.members.iter_mut().enumerate() {
        member.manager = Some(ManagerIx(u32::from(at >= 3)));
        member.program = Some(if at < 3 { "ah".into() } else { "bi".into() });
    }
    let roster = freeze(tables);
    let mut rules = rules(20);
    rules.program.categories = categories();
    rules.program.caps.push(Cap { name: "ah".into(), of: vec!["ah".into()], ..cap(2, false) });
    let months = |policy: Policy, rules: &Rules| {
        let assumed = Simulation { policy, ..still() };
        run(&of(&roster, rules, &assumed, 0), &assumed, Hiring::default(), 1, 0, 4).months
    };
    let mended = months(Policy::WhenBroken, &rules);
    assert_eq!((mended[0].moves, mended[0].cap_broken, mended[1].moves), (1, false, 0));
    assert!(months(Policy::Never, &rules).iter().all(|month| month.cap_broken));
    // Above it for two months is tolerated, a third is not.
    rules.program.caps.iter_mut().for_each(|cap| cap.tolerance_days = 60);
    let broken: Vec<bool> = months(Policy::Never, &rules).iter().map(|month| month.cap_broken).collect();
    assert_eq!(broken, [false, false, true, true]);
}

#[test]
fn a_known_leave_takes_nobody_new_and_hands_over_where_the_program_says_so() {
    let mut tables = roster(2, 4).to_tables();
    tables.managers[0].absence.leave_from = Some(crate::rosters::days_before(-70));
    tables.managers[0].absence.leave_until = Some(crate::rosters::days_before(-100));
    let roster = freeze(tables);
    let mut rules = rules(10);
    let moves = |rules: &Rules| -> Vec<u32> {
        let found = run(&of(&roster, rules, &still(), 0), &still(), Hiring::default(), 1, 0, 5);
        found.months.iter().map(|month| month.moves).collect()
    };
    assert_eq!(moves(&rules), [0; 5]);
    rules.program.staffing.leave = Leave::Away;
    assert_eq!(moves(&rules), [0, 0, 2, 0, 0], "in the third month the two members are handed over");
}
