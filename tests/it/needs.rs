//! Staffing first: for every kind of rule, what no reassignment can change, with numbers worked out by hand in the
//! comments. That a need is a bound, so that what it calls short is without a plan, is held on random rosters by
//! `properties/agreement.rs`.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use crate::rosters::{
    average, cap, categories, contact_capacity, days_before, decision, freeze, hours_capacity, manager, member, part,
    plain_rules, team, weight_capacity,
};
use caseload::ids::TeamIx;
use caseload::plan::needs::Need;
use caseload::plan::needs::dates::cure;
use caseload::plan::standing::{Standing, standing};
use caseload::program::{
    Authorized, Average, AverageKind, Blackout, Cap, Capacity, CapacityKind, Count, Denominator, Discharge, Event,
    Existing, HouseholdRule, LanguageRule, Leave, Limit, Mixed, MixedKind, ProgramRule, QualificationFor, RampUp,
    Range, Rules, Scope, Span, Step,
};
use caseload::roster::{DecisionKind, Member, Need as Grade, Place, RosterTables};
use caseload::verify::{assess, present};

/// So many members of the first case manager, and so many case managers.
fn tables(members: usize, managers: usize) -> RosterTables {
    RosterTables {
        members: (0..members).map(|at| member(&format!("M{at:02}"), Some(0))).collect(),
        managers: (0..managers).map(|at| manager(&format!("C{at}"))).collect(),
        ..RosterTables::default()
    }
}

fn stand(tables: RosterTables, rules: &Rules) -> Standing {
    let roster = freeze(tables);
    standing(&roster, rules, &assess(&roster, rules, &present(&roster)))
}

/// The sentences of one rule.
fn sentences(tables: RosterTables, rules: &Rules, rule: &str) -> Vec<String> {
    let needs = stand(tables, rules).needs;
    needs.into_iter().filter(|need| need.rule == rule).map(|need| need.sentence).collect()
}

fn short(tables: RosterTables, rules: &Rules) -> Vec<Need> {
    stand(tables, rules).needs.into_iter().filter(Need::is_short).collect()
}

fn on(member: &mut Member, program: &str) {
    member.program = Some(Arc::from(program));
}

fn mixed(kind: MixedKind, parts: &[(&str, u32)]) -> Mixed {
    Mixed {
        name: "mix".into(),
        title: "Mix".into(),
        kind,
        parts: parts.iter().map(|(of, limit)| part(of, Limit::whole(*limit))).collect(),
        count: Count::Members,
        scale_with_fte: true,
        citation: "test".into(),
    }
}

fn range(floor: u32, top: u32) -> Range {
    Range {
        name: "range".into(),
        title: "Range".into(),
        floor,
        floor_minutes: 60,
        top: Limit::whole(top),
        steps: Vec::new(),
        of: Vec::new(),
        scale_with_fte: false,
        citation: "test".into(),
    }
}

fn span(managers: Option<u32>, members: Option<u32>) -> Span {
    Span { name: "span".into(), title: "Span".into(), managers, members, of: Vec::new(), citation: "test".into() }
}

/// 41 members speak Karen; two of five case managers do, with 15 places each: 41 - 30 = 11, and one hire has 15.
#[test]
fn members_of_a_language_against_those_who_speak_it() {
    let (mut tables, mut rules) = (tables(50, 5), plain_rules());
    rules.program.caps = vec![cap(15, false)];
    rules.program.eligibility.language.rule = LanguageRule::Required;
    rules.program.eligibility.language.existing = Existing::Applies;
    tables.members.iter_mut().take(41).for_each(|member| member.language = "kar".into());
    tables.managers.iter_mut().take(2).for_each(|manager| manager.languages.push("kar".into()));
    insta::assert_snapshot!(sentences(tables, &rules, "language").join("\n"), @"language: 41 members speaking Karen; 2 case managers who may take them have 30 places: 11 short, hire 1 case manager speaking Karen by 2026-04-01.");
}

/// A present pair that is exempt is a place: the first case manager keeps 10 of his Karen speakers under a cap of 10.
#[test]
fn exempt_pairs_count_as_places() {
    let (mut tables, mut rules) = (tables(20, 3), plain_rules());
    rules.program.caps = vec![cap(10, false)];
    rules.program.eligibility.language.rule = LanguageRule::Required;
    tables.members.iter_mut().for_each(|member| member.language = "kar".into());
    tables.managers[1].languages.push("kar".into());
    assert_eq!(sentences(tables.clone(), &rules, "language"), Vec::<String>::new());
    rules.program.eligibility.language.existing = Existing::Applies;
    // 10 places of the one who speaks it: 10 short.
    let short = short(tables, &rules);
    let language = short.iter().find(|need| need.rule == "language").unwrap();
    assert!((language.missing - 10.0).abs() < 1e-9 && language.hire == 1);
}

/// 12 members of program bi, one of three case managers serves it, cap 10: 2 short.
#[test]
fn members_of_a_program_against_those_who_serve_it() {
    let (mut tables, mut rules) = (tables(12, 3), plain_rules());
    rules.program.caps = vec![cap(10, false)];
    rules.program.eligibility.program.rule = ProgramRule::Required;
    rules.program.eligibility.program.existing = Existing::Applies;
    tables.members.iter_mut().for_each(|member| on(member, "bi"));
    tables.managers.iter_mut().for_each(|manager| manager.programs = vec!["ah".into()]);
    tables.managers[2].programs = vec!["bi".into()];
    insta::assert_snapshot!(sentences(tables, &rules, "program").join("\n"), @"program: 12 members on program bi; 1 case manager who may take them has 10 places: 2 short, hire 1 case manager serving bi by 2026-04-01.");
}

/// Only the young ask for a nurse: 7 of them, one nurse with 5 places: 2 short.
#[test]
fn members_who_ask_for_a_qualification() {
    let (mut tables, mut rules) = (tables(10, 3), plain_rules());
    rules.program.caps = vec![cap(5, false)];
    rules.program.categories = categories();
    let (of, required) = (vec!["ah".to_owned()], vec!["nurse".to_owned()]);
    rules.program.eligibility.qualification_for = vec![QualificationFor { of, required }];
    rules.program.eligibility.qualification.existing = Existing::Applies;
    tables.members.iter_mut().take(7).for_each(|member| on(member, "ah"));
    tables.managers[1].qualifications = vec!["nurse".into()];
    insta::assert_snapshot!(sentences(tables, &rules, "qualification").join("\n"), @"qualification: 7 members asking for nurse; 1 case manager who may take them has 5 places: 2 short, hire 1 case manager with nurse by 2026-04-01.");
}

/// Each criterion alone is enough, both together are not. 10 members speak Karen (12 places), 10 are on bi (12 places), but
/// of the 6 who speak Karen and are on bi one case manager may take 4.
#[test]
fn criteria_together() {
    let (mut tables, mut rules) = (tables(14, 5), plain_rules());
    rules.program.caps = vec![cap(4, false)];
    let criteria = &mut rules.program.eligibility;
    criteria.language.rule = LanguageRule::Required;
    criteria.language.existing = Existing::Applies;
    criteria.program.rule = ProgramRule::Required;
    criteria.program.existing = Existing::Applies;
    for (at, member) in tables.members.iter_mut().enumerate() {
        member.language = if at < 10 { "kar".into() } else { "en".into() };
        on(member, if (6..10).contains(&at) { "ah" } else { "bi" });
    }
    for (manager, program) in tables.managers.iter_mut().zip(["bi", "ah", "ah", "bi", "bi"]) {
        manager.programs = vec![program.into()];
    }
    tables.managers.iter_mut().take(3).for_each(|manager| manager.languages.push("kar".into()));
    let told: Vec<String> = short(tables, &rules).into_iter().map(|need| need.sentence).collect();
    insta::assert_snapshot!(told.join("\n"), @"language and program: 6 members speaking Karen and on program bi; 1 case manager who may take them has 4 places: 2 short, hire 1 case manager speaking Karen and serving bi by 2026-04-01.");
}

/// Ten miles, and a county on the other side of the state: its 4 members are within nobody's reach.
#[test]
fn members_out_of_reach() {
    let (mut tables, mut rules) = (tables(10, 2), plain_rules());
    rules.program.eligibility.distance.max_miles = 10.0;
    rules.program.eligibility.distance.existing = Existing::Applies;
    let (des_moines, sioux_city) =
        (Place { latitude: 41.59, longitude: -93.62 }, Place { latitude: 42.5, longitude: -96.4 });
    for (at, member) in tables.members.iter_mut().enumerate() {
        (member.home, member.county) =
            if at < 4 { (Some(sioux_city), Some("19193".into())) } else { (Some(des_moines), Some("19153".into())) };
    }
    tables.managers.iter_mut().for_each(|manager| manager.base = Some(des_moines));
    insta::assert_snapshot!(sentences(tables, &rules, "distance").join("\n"), @"distance: 4 members living in Woodbury, IA; 0 case managers who may take them have 0 places: 4 short, hire 1 case manager near Woodbury, IA by 2026-04-01.");
}

/// Caps of a category, of children and of households: 9 of ah at 2 each for three are 6; 5 children at 1 each are 3;
/// 7 households at 2 each are 6.
#[test]
fn caps_that_count_something_else() {
    let mut rules = plain_rules();
    rules.program.categories = categories();
    let of = |name: &str, limit, of: &[&str], count| Cap {
        name: name.into(),
        of: of.iter().map(|one| (*one).to_owned()).collect(),
        count,
        ..cap(limit, false)
    };
    rules.program.caps = vec![of("ah-cap", 2, &["ah"], Count::Members), of("children", 1, &[], Count::Children)];
    let mut roster = tables(14, 3);
    roster.members.iter_mut().take(9).for_each(|member| on(member, "ah"));
    for member in roster.members.iter_mut().skip(9) {
        member.birth_date = Some(days_before(4000));
    }
    insta::assert_snapshot!(sentences(roster.clone(), &rules, "ah-cap").join("\n"), @"ah-cap: 9 members of ah; 3 case managers who may take them have 6 places: 3 short, hire 2 case managers by 2026-04-01.");
    insta::assert_snapshot!(sentences(roster.clone(), &rules, "children").join("\n"), @"children: 5 members under 18; 3 case managers who may take them have 3 places: 2 short, hire 2 case managers by 2026-04-01.");

    rules.program.households.rule = HouseholdRule::Join;
    rules.program.caps = vec![of("families", 2, &[], Count::Households)];
    for (at, member) in roster.members.iter_mut().enumerate() {
        member.household = Some(Arc::from(format!("H{}", at / 2)));
    }
    insta::assert_snapshot!(sentences(roster, &rules, "families").join("\n"), @"families: 7 households; 3 case managers who may take them have 6 places: 1 short, hire 1 case manager by 2026-04-01.");
}

/// 9 of ah by 3 and 2 of bi by 2 are 3 + 1 = 4 full caseloads; three case managers, one at half time, have 2.5: 1.5
/// missing, two hires.
#[test]
fn shares_of_mixed_caseloads() {
    let (mut tables, mut rules) = (tables(11, 3), plain_rules());
    rules.program.categories = categories();
    rules.program.mixed = vec![mixed(MixedKind::Convex, &[("ah", 3), ("bi", 2)])];
    tables.members.iter_mut().enumerate().for_each(|(at, member)| on(member, if at < 9 { "ah" } else { "bi" }));
    tables.managers[2].fte_thousandths = 500;
    insta::assert_snapshot!(sentences(tables, &rules, "mix").join("\n"), @"mix: all members come to 4 full caseloads (9 of ah by 3 (3) + 2 of bi by 2 (1)); those at work may have 2.5 of them: 1.5 missing, hire 2 case managers, or 1.5 FTE by 2026-04-01.");
}

/// Two serve both parts (2 of ah each), one serves ah alone and has the cap of 4: 8 places for 11 of ah; a hire for ah
/// alone has 4.
#[test]
fn parts_of_explicit_mixtures() {
    let (mut tables, mut rules) = (tables(11, 3), plain_rules());
    rules.program.categories = categories();
    rules.program.mixed = vec![mixed(MixedKind::Explicit, &[("ah", 2), ("bi", 5)])];
    rules.program.caps = vec![Cap { name: "ah-alone".into(), of: vec!["ah".into()], ..cap(4, false) }];
    tables.members.iter_mut().for_each(|member| on(member, "ah"));
    tables.managers[2].programs = vec!["ah".into()];
    insta::assert_snapshot!(sentences(tables, &rules, "mix").join("\n"), @"mix: 11 members of ah; 3 case managers who may take them have 8 places: 3 short, hire 1 case manager for ah alone by 2026-04-01.");
}

/// 6 members with a top of 4 and 2 intensive ones with a top of 1 are 1.5 + 2 = 3.5 full caseloads for two. The floors
/// of 5 ask for 10 members, there are 8: soft.
#[test]
fn tops_and_floors_of_ranges() {
    let (mut tables, mut rules) = (tables(8, 2), plain_rules());
    let when = caseload::program::Condition { needs: Some(vec![Grade::Intensive]), ..Default::default() };
    rules.program.ranges = vec![Range { steps: vec![Step { when, top: Limit::whole(1) }], ..range(4, 4) }];
    rules.program.ranges[0].floor = 5;
    tables.members.iter_mut().take(2).for_each(|member| member.need = Grade::Intensive);
    insta::assert_snapshot!(sentences(tables.clone(), &rules, "range").join("\n"), @"range: all members come to 3.5 full caseloads (2 by 1 (2) + 6 by 4 (1.5)); those at work may have 2 of them: 1.5 missing, hire 2 case managers by 2026-04-01.");
    insta::assert_snapshot!(sentences(tables.clone(), &rules, "range-floor").join("\n"), @"range-floor: at least 5 members each (a soft rule) would take 10; there are 8 members: 2 too few, whatever the plan; it is priced, nothing has to be done.");
    assert!(stand(tables, &rules).needs.iter().all(|need| need.rule != "range-floor" || !need.is_short()));
}

/// Weights, hours and contacts: 10 members of weight 1 at 3 each for two; see also `plan::workload`.
#[test]
fn weights_hours_and_contacts() {
    let mut rules = plain_rules();
    rules.program.capacities = vec![weight_capacity(3.0), contact_capacity(0.5, 4), hours_capacity(1.0, false)];
    let mut roster = tables(10, 2);
    roster.members.iter_mut().for_each(|member| {
        member.need = Grade::Low;
        member.contacts_per_month = Some(1.0);
    });
    let workload = stand(roster, &rules).workload;
    assert_eq!(workload.len(), 3);
    for row in &workload {
        // What is missing over what a full-time case manager may have, rounded up.
        let limit = rules.program.capacities.iter().find(|one| one.name == row.rule).unwrap().limit;
        assert!((row.missing - (row.needed - row.have).max(0.0)).abs() < 1e-9, "{row:?}");
        assert_eq!(row.hire, (row.missing / limit).ceil() as u32, "{row:?}");
    }
}

/// Two members with 240 units of which 240 and 100 are used, one with the roster's 60: 0 + 140 + 60 = 200 units, 50 hours.
#[test]
fn authorizations_left() {
    let (mut tables, mut rules) = (tables(3, 1), plain_rules());
    let authorized = Some(Authorized { units_per_year: 240.0, minutes_per_unit: 15.0 });
    rules.program.capacities =
        vec![Capacity { name: "units".into(), kind: CapacityKind::Hours, authorized, ..hours_capacity(100.0, false) }];
    tables.members[0].used_units = Some(240.0);
    tables.members[1].used_units = Some(100.0);
    tables.members[2].authorized_units = Some(60.0);
    insta::assert_snapshot!(sentences(tables, &rules, "units").join("\n"), @"units: 200 authorized units (50 hours) are left this calendar year for 3 members; 1 has used up all: more units need an authorization, no reassignment and no hire gives them.");
}

/// Seven case managers in one team of at most three are three supervisors, there is one; 20 members at most 8 each are
/// three.
#[test]
fn supervisors_needed() {
    let (mut tables, mut rules) = (tables(20, 7), plain_rules());
    tables.teams = vec![team("T1", None)];
    tables.managers.iter_mut().for_each(|manager| manager.team = Some(TeamIx(0)));
    rules.program.spans = vec![span(Some(3), Some(8))];
    insta::assert_snapshot!(sentences(tables.clone(), &rules, "span-managers").join("\n"), @"span-managers: 7 case managers in teams of at most 3 need 3 supervisors; there are 1 (1 team has more than that, which a change of teams mends, not a plan): 2 supervisors more by 2026-04-01.");
    insta::assert_snapshot!(sentences(tables.clone(), &rules, "span-members").join("\n"), @"span-members: 20 members, at most 8 to a supervisor, need 3 supervisors; there are 1 with somebody at work: 2 supervisors more by 2026-04-01.");
    // Only those of ah, and who may serve them: 5 members of 8, two of three.
    rules.program.categories = categories();
    rules.program.spans[0].of = vec!["ah".into()];
    tables.members.iter_mut().take(5).for_each(|member| on(member, "ah"));
    tables.managers.iter_mut().skip(2).for_each(|manager| manager.programs = vec!["bi".into()]);
    assert!(short(tables, &rules).is_empty());
}

/// Regions together: 11 members, at most 3 each; two regions of one and two case managers have 9 places: 2 short.
/// A program: 11 of bi, at most 3 each by headcount, two serve it: 5 short, two hires.
#[test]
fn averages_of_scopes_and_programs() {
    let (mut tables, mut rules) = (tables(11, 3), plain_rules());
    tables.teams = vec![team("T1", Some("north")), team("T2", Some("south"))];
    for (manager, at) in tables.managers.iter_mut().zip([0, 1, 1]) {
        manager.team = Some(TeamIx(at));
    }
    rules.program.averages = vec![average("by-region", 3, Scope::Region, Denominator::Headcount)];
    insta::assert_snapshot!(sentences(tables.clone(), &rules, "by-region").join("\n"), @"by-region, all regions together: 11 members against 3 counted by headcount (at most 3 each), room for 9: 2 short, hire 1 case manager, or 0.67 FTE by 2026-04-01.");
    rules.program.averages = vec![average("by-program", 3, Scope::Program, Denominator::Headcount)];
    tables.members.iter_mut().for_each(|member| on(member, "bi"));
    tables.managers[0].programs = vec!["ah".into()];
    insta::assert_snapshot!(sentences(tables.clone(), &rules, "by-program").join("\n"), @"by-program, program bi: 11 members against 2 counted by headcount (at most 3 each), room for 6: 5 short, hire 2 case managers, or 1.67 FTE by 2026-04-01.");
    rules.program.averages = vec![average("in-use", 3, Scope::All, Denominator::WithMembers)];
    insta::assert_snapshot!(sentences(tables.clone(), &rules, "in-use").join("\n"), @"in-use, those who can have members: 11 members against 3 counted by with_members (at most 3 each), room for 9: 2 short, hire 1 case manager, or 0.67 FTE by 2026-04-01.");
    // Categories combined over teams: 6 of ah by 2 and 5 of bi by 5 are 4 full ones for three.
    rules.program.categories = categories();
    let parts = vec![part("ah", Limit::whole(2)), part("bi", Limit::whole(5))];
    let one = average("combined", 1, Scope::Team, Denominator::Headcount);
    rules.program.averages = vec![Average { kind: AverageKind::Combined, limit: Limit::default(), parts, ..one }];
    tables.members.iter_mut().take(6).for_each(|member| on(member, "ah"));
    insta::assert_snapshot!(sentences(tables, &rules, "combined").join("\n"), @"combined, all teams together: what members ask for, 4 full ones, against 3 counted by headcount (one full each), room for 3: 1 short, hire 1 case manager, or 1 FTE by 2026-04-01.");
}

/// The first of three leaves: 12 members have to change hands, two may get 4 each: 4 too many, two steps, or one hire.
#[test]
fn more_change_hands_than_may_be_received() {
    let (mut tables, mut rules) = (tables(12, 3), plain_rules());
    rules.program.caps = vec![cap(20, false)];
    rules.program.receive.limit = 4;
    tables.managers[0].available_until = Some(days_before(1));
    insta::assert_snapshot!(sentences(tables.clone(), &rules, "receive").join("\n"), @"receive: 12 members have to change case manager at once, 2 case managers may get 8: 4 too many; plan in 2 steps, or hire 1 case manager by 2026-04-01.");
    let mut closed = tables.clone();
    closed.managers[1].accepts_new = false;
    rules.program.eligibility.accepts_new = true;
    insta::assert_snapshot!(sentences(closed.clone(), &rules, "receive").join("\n"), @"receive: 12 members have to change case manager at once, 1 case manager may get 4: 8 too many; plan in 3 steps, or hire 2 case managers by 2026-04-01.");
    closed.decisions = (0..3).map(|member| decision(member, 1, DecisionKind::Assign)).collect();
    // Who takes nobody new gets those whom decisions name, within the limit.
    insta::assert_snapshot!(sentences(closed, &rules, "receive").join("\n"), @"receive: 12 members have to change case manager at once, 2 case managers may get 7: 5 too many; plan in 2 steps, or hire 2 case managers by 2026-04-01.");
    rules.program.eligibility.accepts_new = false;
    rules.program.receive.per_open = 6;
    insta::assert_snapshot!(sentences(tables, &rules, "receive").join("\n"), @"receive: 12 members have to change case manager at once, 0 case managers may get 0: 12 too many; raise the limit: a hire gets none at once, having none at present.");
}

/// 12 members with one whose cap is 5: 7 have to go, 3 may; 9 of the 12 are high-need, so at least 4 of those go.
#[test]
fn caps_make_more_move_than_budgets_allow() {
    let (mut tables, mut rules) = (tables(12, 3), plain_rules());
    tables.teams = vec![team("T1", None)];
    tables.managers[0].team = Some(TeamIx(0));
    rules.program.caps = vec![cap(5, false)];
    (rules.program.moves.total, rules.program.moves.high_need, rules.program.moves.per_team) = (3, 1, 2);
    tables.members.iter_mut().take(9).for_each(|member| member.need = Grade::High);
    tables.members.iter_mut().skip(9).for_each(|member| member.need = Grade::Low);
    let told: Vec<String> = short(tables, &rules).into_iter().map(|need| need.sentence).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    moves-total: the other limits make 7 members change case manager who could stay, and 3 may: 4 too many; raise limits.moves_total to 7 or plan in steps, hiring does not mend it.
    moves-high-need: the other limits make 4 high-need members change case manager who could stay, and 1 may: 3 too many; raise limits.moves_high_need to 4 or plan in steps, hiring does not mend it.
    moves-of-team: the other limits make 7 members of team T1 change case manager who could stay, and 2 may: 5 too many; raise limits.moves_per_team to 7 or plan in steps, hiring does not mend it.
    ");
}

/// Decisions keep 4 with one who may have 3.
#[test]
fn more_are_held_than_fit() {
    let (mut tables, mut rules) = (tables(6, 3), plain_rules());
    rules.program.caps = vec![cap(3, false)];
    tables.decisions = (0..4).map(|member| decision(member, 0, DecisionKind::Keep)).collect();
    insta::assert_snapshot!(sentences(tables, &rules, "held").join("\n"), @"held: C0 has to have 4 members (decisions, must_keep, a date that is near) and may have 3: 1 too many; let so many go, no hire mends it.");
}

/// Five of one household, caps of 4.
#[test]
fn a_household_too_large_for_anybody() {
    let (mut tables, mut rules) = (tables(6, 3), plain_rules());
    rules.program.caps = vec![cap(4, false)];
    rules.program.households.rule = HouseholdRule::Join;
    tables.members.iter_mut().take(5).for_each(|member| member.household = Some(Arc::from("H1")));
    insta::assert_snapshot!(sentences(tables, &rules, "households").join("\n"), @"households: 5 members of household H1 stay together, and nobody who may take them all has room for them by every limit (places: 4 at most); decisions that send them to different case managers part them.");
}

/// Nobody takes new members but one with 2 places.
#[test]
fn places_by_all_criteria() {
    let (mut tables, mut rules) = (tables(6, 3), plain_rules());
    rules.program.caps = vec![cap(2, false)];
    rules.program.eligibility.accepts_new = true;
    tables.managers[1].accepts_new = false;
    // C0 keeps 2 of its own 6, C2 takes 2: 2 short.
    insta::assert_snapshot!(sentences(tables, &rules, "places").join("\n"), @"places: 6 members to be placed, all criteria together; 2 case managers who may take them have 4 places: 2 short, hire 1 case manager by 2026-04-01.");
}

/// Breaches with a tolerance have a day; `as_of` lies 30 days before the effective date.
#[test]
fn breaches_have_a_day_by_which_they_are_cured() {
    let (mut tables, mut rules) = (tables(6, 2), plain_rules());
    rules.program.caps = vec![Cap { tolerance_days: 60, ..cap(4, false) }];
    let told = |tables: &RosterTables| stand(tables.clone(), &rules).tolerated.iter().map(cure).collect::<Vec<_>>();
    assert_eq!(told(&tables), ["cap: C0 has 6 and may have 4: 2 have to go by 2026-05-01"]);
    tables.managers[0].absence.over_cap_since = Some(days_before(90));
    assert_eq!(told(&tables), ["cap: C0 has 6 and may have 4; it was tolerated until 2026-03-02: 2 have to go now"]);
}

/// Discharges, dates that are near, starts, leaves and first months.
#[test]
fn what_time_changes() {
    let (mut tables, mut rules) = (tables(5, 4), plain_rules());
    rules.program.caps = vec![cap(10, true)];
    let settings = vec!["inpatient".to_owned()];
    rules.program.eligibility.discharge = Some(Discharge { settings, days_before: 30, existing: Existing::Applies });
    rules.program.eligibility.blackout = Some(Blackout { event: Event::AssessmentDueOn, days_before: 14 });
    rules.program.staffing.ramp_up = vec![RampUp { under_months: 3, percent: 50 }];
    rules.program.staffing.leave = Leave::Away;
    for (at, due) in [(0, Some(days_before(-45))), (1, None)] {
        tables.members[at].setting = Some(Arc::from("inpatient"));
        tables.members[at].case.discharge_due_on = due;
    }
    tables.members[2].assessment_due_on = Some(days_before(-9));
    // Half of 10 until three months after 1 March; ten from 15 May; back from leave on 11 April; gone after 30 June.
    tables.managers[0].hired_on = Some(days_before(31));
    tables.managers[1].available_from = Some(days_before(-44));
    tables.managers[1].hired_on = Some(days_before(500));
    tables.managers[2].absence.leave_from = Some(days_before(3));
    tables.managers[2].absence.leave_until = Some(days_before(-9));
    tables.managers[3].available_until = Some(days_before(-90));
    let told: Vec<String> = stand(tables, &rules).dated.into_iter().map(|one| one.sentence).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    blackout: 1 member may change case manager from 2026-04-11 on, not before
    2026-04-11: 10 places more (C2 is back from leave)
    discharge: 1 member may be served from 2026-04-16 on, 30 days before discharge
    2026-05-15: 10 places more (C1 starts)
    2026-06-01: 5 places more (C0 is less new)
    2026-07-01: 10 places fewer (C3 has left)
    discharge: 1 member may not be served until a discharge date is known
    ");
}
