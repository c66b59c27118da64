//! The verifier: a good plan passes, and for every rule a plan that breaks exactly this rule is answered with exactly
//! its code.
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::too_many_lines, clippy::unnecessary_wraps)]

use std::sync::Arc;

use crate::rosters::{self, average, cap, days_before, decision, freeze, manager, member, plain_rules, team};
use caseload::certificate::{Certificate, Claim, Node, Prices};
use caseload::ids::{ManagerIx, MemberIx, TeamIx};
use caseload::program::{
    Average, AverageKind, Becomes, Blackout, Cap, Category, Condition, ContinuityClass, ContinuityRule, Count,
    Denominator, Discharge, Duplication, Event, Existing, Fairness, Grouping, HouseholdRule, LanguageRule, Leave,
    Limit, Mixed, MixedKind, Part, ProgramCode, ProgramRule, QualificationFor, RampUp, Range, Rounding, Rules, Scope,
    Span, Step,
};
use caseload::roster::{DecisionKind, Need, Place, Roster, RosterTables};
use caseload::units::Cost;
use caseload::verify::{
    CertificateError, Claims, RuleOutcome, VerifiedPlan, Violation, ViolationCode, assess, bound, contradiction, judge,
    present,
};

/// Six members, three case managers at work (two in team T1, one in T2) and C3, who leaves the day before.
fn tables() -> RosterTables {
    let mut managers = vec![manager("C0"), manager("C1"), manager("C2"), manager("C3")];
    for (manager, team) in managers.iter_mut().zip([0, 0, 1, 1]) {
        manager.team = Some(TeamIx(team));
    }
    managers[3].available_until = Some(days_before(1));
    let present = [0, 0, 0, 1, 2, 3];
    RosterTables {
        members: (0..6).map(|at| member(&format!("M{at}"), Some(present[at]))).collect(),
        managers,
        teams: vec![team("T1", Some("north")), team("T2", Some("south"))],
        ..RosterTables::default()
    }
}

fn rules() -> Rules {
    let mut rules = plain_rules();
    rules.program.caps = vec![cap(4, false)];
    rules
}

fn to(manager: u32) -> Option<ManagerIx> {
    Some(ManagerIx(manager))
}

/// Everybody stays; the member of the leaving manager goes to C2.
fn good_plan() -> Vec<Option<ManagerIx>> {
    vec![to(0), to(0), to(0), to(1), to(2), to(2)]
}

fn no_prices(claim: Claim) -> Certificate {
    Certificate { form: "prices".to_owned(), claim, scale: 1, proof: Node::Prices(Prices::default()) }
}

/// What an honest solver would claim of an assignment.
fn honest(roster: &Roster, rules: &Rules, assignment: Vec<Option<ManagerIx>>) -> Claims {
    let certificate = no_prices(Claim::Bound);
    Claims {
        cost: assess(roster, rules, &assignment).terms.total(),
        bound: bound(roster, rules, &certificate).unwrap(),
        assignment,
        certificate,
    }
}

fn codes(result: Result<VerifiedPlan, Vec<Violation>>) -> Vec<ViolationCode> {
    let mut codes: Vec<_> = result.err().unwrap_or_default().iter().map(|violation| violation.code).collect();
    codes.dedup();
    codes
}

/// Switches one rule on so that the good plan still meets it.
type Prepare = fn(&mut RosterTables, &mut Rules);
/// Breaks it.
type Break = fn(&mut Claims);

fn place(longitude: f64) -> Option<Place> {
    Some(Place { latitude: 42.0, longitude })
}

/// For each code the rule it belongs to and a plan that breaks it and nothing else.
fn mutant(code: ViolationCode) -> (Prepare, Break) {
    let nothing: Prepare = |_, _| {};
    let m3_to_c0: Break = |claims| claims.assignment[3] = to(0);
    let m0_and_m3_swap: Break = |claims| {
        claims.assignment[0] = to(1);
        claims.assignment[3] = to(0);
    };
    match code {
        ViolationCode::Coverage => (nothing, |claims| claims.assignment[0] = None),
        ViolationCode::UnknownId => (nothing, |claims| claims.assignment[0] = to(99)),
        ViolationCode::Cap => (|_, rules| rules.program.caps = vec![cap(3, false)], m3_to_c0),
        ViolationCode::NotAtWork => (nothing, |claims| claims.assignment[5] = to(3)),
        ViolationCode::AcceptsNew => (
            |tables, rules| {
                rules.program.eligibility.accepts_new = true;
                tables.managers[0].accepts_new = false;
            },
            m3_to_c0,
        ),
        ViolationCode::Language => (
            |tables, rules| {
                rules.program.eligibility.language.rule = LanguageRule::Required;
                tables.members[3].language = Arc::from("es-MX");
                tables.managers[1].languages = vec![Arc::from("en"), Arc::from("ES")];
            },
            m3_to_c0,
        ),
        ViolationCode::Program => (
            |tables, rules| {
                rules.program.eligibility.program.rule = ProgramRule::Required;
                tables.members[3].program = Some(Arc::from("ah"));
                tables.managers[0].programs = vec![Arc::from("bi")];
            },
            m3_to_c0,
        ),
        ViolationCode::Qualification => (
            |tables, rules| {
                rules.program.eligibility.qualification.required = vec!["nurse".to_owned()];
                for manager in &mut tables.managers[1..] {
                    manager.qualifications = vec![Arc::from("nurse")];
                }
            },
            m3_to_c0,
        ),
        ViolationCode::Distance => (
            |tables, rules| {
                rules.program.eligibility.distance.max_miles = 50.0;
                tables.members[3].home = place(-93.0);
                tables.managers[1].base = place(-93.1);
                tables.managers[0].base = place(-95.0);
            },
            m3_to_c0,
        ),
        ViolationCode::Keep => (|tables, _| tables.decisions = vec![decision(3, 1, DecisionKind::Keep)], m3_to_c0),
        ViolationCode::Assign => (
            |tables, _| tables.decisions = vec![decision(5, 2, DecisionKind::Assign)],
            |claims| claims.assignment[5] = to(1),
        ),
        ViolationCode::Forbid => (|tables, _| tables.decisions = vec![decision(3, 0, DecisionKind::Forbid)], m3_to_c0),
        ViolationCode::MustKeep => (
            |_, rules| {
                let all = ContinuityRule {
                    class: ContinuityClass::MustKeep,
                    needs: None,
                    urgent: None,
                    min_tenure_months: None,
                    when: None,
                };
                rules.program.continuity = vec![all];
            },
            m3_to_c0,
        ),
        ViolationCode::MovedAgain => (
            |tables, rules| {
                rules.program.moves.min_months_between = 6;
                tables.members[3].case.last_moved_on = Some(days_before(100));
            },
            m3_to_c0,
        ),
        ViolationCode::Receive => (|_, rules| rules.program.receive.limit = 1, |claims| claims.assignment[3] = to(2)),
        ViolationCode::MovesTotal => (|_, rules| rules.program.moves.total = 1, m0_and_m3_swap),
        ViolationCode::MovesHighNeed => (
            |tables, rules| {
                rules.program.moves.high_need = 1;
                tables.members[0].need = Need::High;
                tables.members[3].need = Need::Intensive;
            },
            m0_and_m3_swap,
        ),
        ViolationCode::MovesTeam => (|_, rules| rules.program.moves.per_team = 1, m0_and_m3_swap),
        ViolationCode::Household => (
            |tables, rules| {
                rules.program.households.rule = HouseholdRule::KeepTogether;
                tables.members[0].household = Some(Arc::from("h1"));
                tables.members[1].household = Some(Arc::from("h1"));
            },
            |claims| claims.assignment[0] = to(1),
        ),
        ViolationCode::Average => (
            |_, rules| rules.program.averages = vec![average("team-average", 2, Scope::Team, Denominator::Headcount)],
            |claims| claims.assignment[5] = to(0),
        ),
        ViolationCode::MinimumUse => (
            |_, rules| rules.program.averages = vec![average("average", 2, Scope::All, Denominator::WithMembers)],
            m3_to_c0,
        ),
        ViolationCode::Capacity => (
            |tables, rules| {
                rules.program.capacities = vec![rosters::weight_capacity(4.5)];
                tables.members[0].need = Need::Intensive;
                tables.members[3].need = Need::High;
            },
            m3_to_c0,
        ),
        ViolationCode::Duplication => (
            |tables, rules| {
                let services = vec!["tcc".to_owned()];
                rules.program.duplications = vec![duplication("youth", services, Some(21))];
                tables.members[3].other_case_management = Some(Arc::from("tcc"));
                tables.members[3].birth_date = Some(days_before(365 * 20));
            },
            m3_to_c0,
        ),
        ViolationCode::Discharge => (
            |tables, rules| {
                let settings = vec!["inpatient".to_owned()];
                let rule = Discharge { settings, days_before: 180, existing: Existing::Exempt };
                rules.program.eligibility.discharge = Some(rule);
                tables.members[3].setting = Some(Arc::from("inpatient"));
                tables.members[3].case.discharge_due_on = Some(days_before(-181));
            },
            m3_to_c0,
        ),
        ViolationCode::Blackout => (
            |tables, rules| {
                rules.program.eligibility.blackout = Some(Blackout { event: Event::AssessmentDueOn, days_before: 14 });
                tables.members[3].assessment_due_on = Some(days_before(-14));
            },
            m3_to_c0,
        ),
        ViolationCode::CategoryCap => (
            |tables, rules| {
                rules.program.categories = rosters::categories();
                for at in [0, 1, 3] {
                    tables.members[at].program = Some(Arc::from("ah"));
                }
                rules.program.caps.push(Cap { name: "ah".into(), of: vec!["ah".into()], ..cap(2, false) });
            },
            m3_to_c0,
        ),
        ViolationCode::Mixed => (
            |tables, rules| {
                rules.program.categories = rosters::categories();
                tables.members[0].program = Some(Arc::from("ah"));
                tables.members[3].program = Some(Arc::from("bi"));
                // One of ah is half a caseload, one of bi two thirds.
                let parts = vec![rosters::part("ah", Limit::whole(2)), rosters::part("bi", rosters::thousandths(1500))];
                rules.program.mixed = vec![mixed(MixedKind::Convex, parts)];
            },
            m3_to_c0,
        ),
        ViolationCode::Range => (
            |tables, rules| {
                tables.members[3].need = Need::Intensive;
                let when = Condition { needs: Some(vec![Need::Intensive]), ..Condition::default() };
                rules.program.ranges = vec![range(0, 4, vec![Step { when, top: Limit::whole(2) }])];
            },
            m3_to_c0,
        ),
        ViolationCode::Span => {
            (|_, rules| rules.program.spans = vec![span(2, 4)], |claims| claims.assignment[5] = to(0))
        }
        ViolationCode::Disparity => (
            |tables, rules| {
                // Five could stay, one of them does not speak English: alone in moving, all of a group against a fifth.
                tables.members[3].language = Arc::from("es");
                rules.program.eligibility.language.rule = LanguageRule::Ignored;
                rules.program.fairness = vec![fairness(79)];
            },
            m3_to_c0,
        ),
        ViolationCode::CategoryAverage => (
            |tables, rules| {
                rules.program.categories = rosters::categories();
                for at in [0, 1, 5] {
                    tables.members[at].program = Some(Arc::from("ah"));
                }
                let average = average("ah-average", 1, Scope::Team, Denominator::Headcount);
                rules.program.averages = vec![Average { of: vec!["ah".into()], ..average }];
            },
            |claims| claims.assignment[5] = to(0),
        ),
        ViolationCode::CombinedAverage => (
            |tables, rules| {
                rules.program.categories = rosters::categories();
                for (at, program) in [(0, "ah"), (1, "ah"), (5, "bi")] {
                    tables.members[at].program = Some(Arc::from(program));
                }
                let parts = vec![rosters::part("ah", Limit::whole(1)), rosters::part("bi", Limit::whole(2))];
                let average = average("combined", 1, Scope::Team, Denominator::Headcount);
                let kind = AverageKind::Combined;
                rules.program.averages = vec![Average { kind, parts, limit: Limit::default(), ..average }];
            },
            |claims| claims.assignment[5] = to(0),
        ),
        ViolationCode::PerOpen => (
            |tables, rules| {
                rules.program.receive.per_open = 1;
                tables.managers[0].max_caseload = None;
            },
            |claims| claims.assignment[3] = to(2),
        ),
        ViolationCode::Contacts => (
            |tables, rules| {
                // Two contacts a month are four in the period of 60 days; 2 a day on 7 workdays are 14.
                tables.members.iter_mut().for_each(|member| member.contacts_per_month = Some(2.0));
                tables.members[3].contacts_per_month = Some(2.5);
                rules.program.capacities = vec![rosters::contact_capacity(2.0, 8)];
            },
            m3_to_c0,
        ),
        ViolationCode::Cost => (nothing, |claims| claims.cost += Cost(1)),
        ViolationCode::Bound => (nothing, |claims| claims.bound += Cost(1)),
        ViolationCode::Certificate => (nothing, |claims| claims.certificate.form.push_str(" and a feeling")),
    }
}

#[test]
fn every_rule_has_a_mutant_that_triggers_its_code_and_no_other() {
    for &code in ViolationCode::ALL {
        let (prepare, break_it) = mutant(code);
        let (mut tables, mut rules) = (tables(), rules());
        prepare(&mut tables, &mut rules);
        let roster = freeze(tables);
        let good = honest(&roster, &rules, good_plan());
        assert_eq!(codes(judge(&roster, &rules, good.clone())), [], "{code}: the good plan passes");
        let mut broken = good.clone();
        break_it(&mut broken);
        if broken.assignment != good.assignment {
            broken.cost = assess(&roster, &rules, &broken.assignment).terms.total();
        }
        assert_eq!(codes(judge(&roster, &rules, broken)), [code], "{code}: {}", code.title());
    }
}

/// Rules that have their code from another one, and days on either side of a limit: the verifier's and the solver's
/// reading agree on which pairs are allowed.
#[test]
fn conditions_by_date_category_and_leave_bar_the_pair_from_the_right_day_on() {
    type Case = (&'static str, Prepare, &'static [ViolationCode]);
    let cases: [Case; 17] = [
        ("of age: no duplication", |tables, rules| duplicated(tables, rules, days_before(365 * 21 + 6)), &[]),
        (
            "of age, by a second rule that asks for none",
            |tables, rules| duplicated_at_any_age(tables, rules, days_before(365 * 40)),
            &[ViolationCode::Duplication],
        ),
        (
            "a service that both rules name is one violation",
            |tables, rules| {
                duplicated_at_any_age(tables, rules, days_before(365 * 20));
                rules.program.duplications[0].services.push("coordination".to_owned());
            },
            &[ViolationCode::Duplication],
        ),
        (
            "a blank birth date bars nobody",
            |tables, rules| {
                duplicated(tables, rules, days_before(0));
                tables.members[3].birth_date = None;
            },
            &[],
        ),
        ("discharge in 180 days", |tables, rules| inside(tables, rules, Some(days_before(-180))), &[]),
        ("no date of discharge", |tables, rules| inside(tables, rules, None), &[ViolationCode::Discharge]),
        ("assessment in 15 days", |tables, rules| due(tables, rules, -15), &[]),
        ("assessment today", |tables, rules| due(tables, rules, 0), &[ViolationCode::Blackout]),
        ("assessment overdue", |tables, rules| due(tables, rules, 1), &[]),
        ("the new program from today", |tables, rules| changes(tables, rules, 0), &[ViolationCode::Program]),
        ("the new program from tomorrow", |tables, rules| changes(tables, rules, -1), &[]),
        ("a code ended yesterday", |tables, rules| ends(tables, rules, 1), &[ViolationCode::Program]),
        ("a code ends today", |tables, rules| ends(tables, rules, 0), &[]),
        (
            "a qualification for the category",
            |tables, rules| asked(tables, rules, Need::High),
            &[ViolationCode::Qualification],
        ),
        ("of another category", |tables, rules| asked(tables, rules, Need::Low), &[]),
        (
            "on leave takes nobody new",
            |tables, rules| leaves(tables, rules, Leave::NoNew),
            &[ViolationCode::AcceptsNew],
        ),
        ("a leave that counts", |tables, rules| leaves(tables, rules, Leave::Counts), &[]),
    ];
    for (name, prepare, wanted) in cases {
        let (mut tables, mut rules) = (tables(), rules());
        prepare(&mut tables, &mut rules);
        let roster = freeze(tables);
        let mut plan = good_plan();
        plan[3] = to(0);
        let found: Vec<_> = assess(&roster, &rules, &plan).violations.iter().map(|one| one.code).collect();
        assert_eq!(found, wanted, "{name}");
        let prepared = caseload::cost::Prepared::new(&roster, &rules);
        let eligibility = caseload::model::eligibility::Eligibility::new(&prepared);
        assert_eq!(eligibility.allows(MemberIx(3), ManagerIx(0)), wanted.is_empty(), "{name}");
    }
}

fn duplication(name: &str, services: Vec<String>, under_age: Option<u32>) -> Duplication {
    let (name, citation) = (name.to_owned(), "test".to_owned());
    Duplication { title: name.clone(), name, services, under_age, existing: Existing::Exempt, citation }
}

/// Beside the rule for the young, one for all ages about another service, which the member has.
fn duplicated_at_any_age(tables: &mut RosterTables, rules: &mut Rules, born: chrono::NaiveDate) {
    duplicated(tables, rules, born);
    rules.program.duplications.push(duplication("all-ages", vec!["coordination".to_owned()], None));
    tables.members[3].other_case_management = Some(Arc::from("coordination"));
}

fn duplicated(tables: &mut RosterTables, rules: &mut Rules, born: chrono::NaiveDate) {
    let services = vec!["tcc".to_owned()];
    rules.program.duplications = vec![duplication("youth", services, Some(21))];
    tables.members[3].other_case_management = Some(Arc::from("tcc"));
    tables.members[3].birth_date = Some(born);
}

fn inside(tables: &mut RosterTables, rules: &mut Rules, due: Option<chrono::NaiveDate>) {
    let settings = vec!["inpatient".to_owned()];
    rules.program.eligibility.discharge = Some(Discharge { settings, days_before: 180, existing: Existing::Exempt });
    tables.members[3].setting = Some(Arc::from("inpatient"));
    tables.members[3].case.discharge_due_on = due;
}

fn due(tables: &mut RosterTables, rules: &mut Rules, before: i64) {
    rules.program.eligibility.blackout = Some(Blackout { event: Event::AssessmentDueOn, days_before: 14 });
    tables.members[3].assessment_due_on = Some(days_before(before));
}

/// C0 serves the old program only.
fn changes(tables: &mut RosterTables, rules: &mut Rules, before: i64) {
    rules.program.eligibility.program.rule = ProgramRule::Required;
    tables.members[3].program = Some(Arc::from("old"));
    tables.members[3].case.next_program = Some(Arc::from("new"));
    tables.members[3].case.next_program_on = Some(days_before(before));
    tables.managers[0].programs = vec![Arc::from("old")];
}

/// C0 serves the children's code; the member is an adult.
fn ends(tables: &mut RosterTables, rules: &mut Rules, before: i64) {
    rules.program.eligibility.program.rule = ProgramRule::Required;
    let code = |code: &str, becomes| ProgramCode {
        code: code.to_owned(),
        title: String::new(),
        from: None,
        until: None,
        becomes,
    };
    let next = |code: &str, min_age, under_age| Becomes { code: code.to_owned(), min_age, under_age };
    let becomes = vec![next("young", None, Some(21)), next("grown", Some(21), None)];
    rules.program.codes = vec![code("old", becomes), code("young", vec![]), code("grown", vec![])];
    rules.program.codes[0].until = Some(days_before(before));
    tables.members[3].program = Some(Arc::from("old"));
    tables.members[3].birth_date = Some(days_before(365 * 30));
    tables.managers[0].programs = vec![Arc::from(if before > 0 { "young" } else { "old" })];
}

fn asked(tables: &mut RosterTables, rules: &mut Rules, need: Need) {
    let when = Condition { needs: Some(vec![Need::High]), ..Condition::default() };
    rules.program.categories = vec![Category { name: "complex".to_owned(), title: String::new(), when }];
    let rule = QualificationFor { of: vec!["complex".to_owned()], required: vec!["nurse".to_owned()] };
    rules.program.eligibility.qualification_for = vec![rule];
    tables.members[3].need = need;
}

fn leaves(tables: &mut RosterTables, rules: &mut Rules, leave: Leave) {
    rules.program.staffing.leave = leave;
    tables.managers[0].absence.leave_from = Some(days_before(0));
    tables.managers[0].absence.leave_until = Some(days_before(0));
}

/// New case managers have a part of a scaled cap; those away have nobody.
#[test]
fn staffing_scales_caps_and_takes_the_absent_out() {
    let (mut tables, mut rules) = (tables(), rules());
    rules.program.caps = vec![cap(8, true)];
    let step = |under_months, percent| RampUp { under_months, percent };
    rules.program.staffing.ramp_up = vec![step(1, 25), step(3, 50)];
    rules.program.staffing.leave = Leave::Away;
    tables.managers[0].hired_on = Some(days_before(30));
    tables.managers[1].hired_on = Some(days_before(31));
    tables.managers[1].fte_thousandths = 500;
    tables.managers[2].absence.leave_from = Some(days_before(5));
    let roster = freeze(tables);
    // Effective on 1 April: hired on 2 March is less than a month ago, on 1 March one month.
    assert_eq!(caseload::verify::caps(&roster, &rules), [2, 2, 0, 0]);
    let prepared = caseload::cost::Prepared::new(&roster, &rules);
    assert_eq!(caseload::model::Model::new(&prepared).capacities, [2, 2, 0, 0]);
    let found = assess(&roster, &rules, &present(&roster)).violations;
    assert!(found.iter().any(|one| one.code == ViolationCode::NotAtWork && one.manager == to(2)));
}

fn mixed(kind: MixedKind, parts: Vec<Part>) -> Mixed {
    Mixed {
        name: "mix".into(),
        title: "Mix".into(),
        kind,
        parts,
        count: Count::Members,
        scale_with_fte: false,
        citation: "test".into(),
    }
}

fn range(floor: u32, top: u32, steps: Vec<Step>) -> Range {
    Range {
        name: "range".into(),
        title: "Range".into(),
        floor,
        floor_minutes: 60,
        top: Limit::whole(top),
        steps,
        of: Vec::new(),
        scale_with_fte: false,
        citation: "test".into(),
    }
}

fn fairness(points: u32) -> Fairness {
    let (name, title, citation) = ("even".into(), "Even".into(), "test".into());
    Fairness { name, title, by: Grouping::Language, max_points: Limit::whole(points), min_members: 1, citation }
}

fn span(managers: u32, members: u32) -> Span {
    let (managers, members) = (Some(managers), Some(members));
    Span { name: "span".into(), title: "Span".into(), managers, members, of: Vec::new(), citation: "test".into() }
}

/// The good plan with these rules, and this change to it: its codes, and the rows of the rules.
fn judged(
    prepare: impl Fn(&mut RosterTables, &mut Rules),
    plan: Vec<Option<ManagerIx>>,
) -> (Vec<ViolationCode>, Vec<RuleOutcome>) {
    let (mut tables, mut rules) = (tables(), rules());
    prepare(&mut tables, &mut rules);
    let roster = freeze(tables);
    let outcomes = assess(&roster, &rules, &plan).outcomes;
    (codes(judge(&roster, &rules, honest(&roster, &rules, plan))), outcomes)
}

/// Who is above a cap may stay at the present number until the tolerance ends, and never goes above it.
#[test]
fn a_cap_tolerates_the_present_number_for_some_days() {
    let with = |tolerance_days: u32, since: Option<i64>, plan: Vec<Option<ManagerIx>>| {
        judged(
            |tables, rules| {
                rules.program.caps = vec![Cap { tolerance_days, ..cap(2, false) }];
                tables.managers[0].absence.over_cap_since = since.map(days_before);
            },
            plan,
        )
    };
    // as_of lies 30 days before the effective date.
    assert_eq!(with(29, None, good_plan()).0, [ViolationCode::Cap]);
    let (codes, rows) = with(30, None, good_plan());
    assert_eq!(codes, []);
    assert!(rows[0].met);
    insta::assert_snapshot!(rows[0].how, @"largest caseload, members of one case manager; C0 has 3, tolerated until 2026-04-01");
    assert_eq!(with(30, Some(31), good_plan()).0, [ViolationCode::Cap]);
    assert_eq!(with(60, Some(31), good_plan()).0, []);
    let one_more = vec![to(0), to(0), to(0), to(0), to(2), to(2)];
    assert_eq!(with(60, None, one_more).0, [ViolationCode::Cap]);
}

/// Fractional caps become whole as the rule says.
#[test]
fn limits_are_rounded_as_the_rule_says() {
    for (rounding, thousandths, fte, met) in [
        (Rounding::Down, 3_500, 1000, true),
        (Rounding::Down, 2_999, 1000, false),
        (Rounding::Nearest, 2_500, 1000, true),
        (Rounding::Nearest, 2_499, 1000, false),
        (Rounding::Up, 2_001, 1000, true),
        (Rounding::Up, 2_000, 1000, false),
        (Rounding::Nearest, 5_000, 500, true),
        (Rounding::Up, 4_000, 501, true),
        (Rounding::Down, 5_999, 500, false),
    ] {
        let (codes, _) = judged(
            |tables, rules| {
                tables.managers[0].fte_thousandths = fte;
                let limit = rosters::thousandths(thousandths);
                rules.program.caps = vec![Cap { limit, rounding, ..cap(0, true) }];
            },
            good_plan(),
        );
        assert_eq!(codes.is_empty(), met, "{rounding:?} {thousandths} {fte}");
    }
}

/// Children and households are counted as such.
#[test]
fn a_cap_counts_children_or_households() {
    let children = |under: i64| {
        judged(
            |tables, rules| {
                for member in &mut tables.members[..2] {
                    member.birth_date = Some(days_before(under * 365));
                }
                rules.program.caps = vec![Cap { count: Count::Children, ..cap(1, false) }];
            },
            good_plan(),
        )
        .0
    };
    assert_eq!(children(10), [ViolationCode::CategoryCap]);
    assert_eq!(children(30), []);
    let households = |together: usize| {
        judged(
            |tables, rules| {
                rules.program.households.rule = HouseholdRule::Join;
                for member in &mut tables.members[..together] {
                    member.household = Some(Arc::from("h1"));
                }
                rules.program.caps = vec![Cap { count: Count::Households, ..cap(2, false) }];
            },
            good_plan(),
        )
        .0
    };
    assert_eq!(households(2), []);
    assert_eq!(households(1), [ViolationCode::CategoryCap]);
}

/// An explicit mixed rule binds who may serve several parts, and nobody else.
#[test]
fn an_explicit_mixed_rule_binds_those_who_may_serve_several_parts() {
    let with = |programs: &[&str]| {
        judged(
            |tables, rules| {
                rules.program.categories = rosters::categories();
                for member in &mut tables.members[..3] {
                    member.program = Some(Arc::from("ah"));
                }
                tables.managers[0].programs = programs.iter().map(|code| Arc::from(*code)).collect();
                let parts = vec![rosters::part("ah", Limit::whole(2)), rosters::part("bi", Limit::whole(1))];
                rules.program.mixed = vec![mixed(MixedKind::Explicit, parts)];
            },
            good_plan(),
        )
        .0
    };
    assert_eq!(with(&[]), [ViolationCode::Mixed]);
    assert_eq!(with(&["ah", "bi"]), [ViolationCode::Mixed]);
    assert_eq!(with(&["ah"]), []);
}

/// A household is one case of an explicit mixed rule, whatever the number of its members.
#[test]
fn an_explicit_mixed_rule_counts_households_once() {
    let with = |together: usize| {
        judged(
            |tables, rules| {
                rules.program.categories = rosters::categories();
                rules.program.households.rule = HouseholdRule::Join;
                for (at, member) in tables.members[..3].iter_mut().enumerate() {
                    member.program = Some(Arc::from("ah"));
                    member.household = (at < together).then(|| Arc::from("h1"));
                }
                let parts = vec![rosters::part("ah", Limit::whole(2)), rosters::part("bi", Limit::whole(1))];
                let rule = mixed(MixedKind::Explicit, parts);
                rules.program.mixed = vec![Mixed { count: Count::Households, ..rule }];
            },
            good_plan(),
        )
        .0
    };
    assert_eq!(with(2), []);
    assert_eq!(with(0), [ViolationCode::Mixed]);
}

/// A floor that is missed is told, priced, and refuses nothing.
#[test]
fn a_soft_floor_is_priced_and_told() {
    let (codes, rows) = judged(|_, rules| rules.program.ranges = vec![range(2, 4, Vec::new())], good_plan());
    assert_eq!(codes, []);
    let floor = rows.iter().find(|row| row.rule == "range-floor").unwrap();
    assert!(floor.soft && !floor.met && floor.holds() && (floor.after - 1.0).abs() < 1e-9);
    insta::assert_snapshot!(floor.how, @"smallest caseload of one case manager at work; 1 below the floor, 1 members missing; a soft rule: each costs 60 minutes a year, no plan is refused for it");
    let roster = freeze(tables());
    let mut rules = rules();
    rules.program.ranges = vec![range(2, 4, Vec::new())];
    let judged = judge(&roster, &rules, honest(&roster, &rules, good_plan())).unwrap();
    assert!(judged.meets_every_rule());
    assert_eq!(judged.terms().of(caseload::cost::Term::Floor), Cost::minutes(60));
}

/// Team sizes are told, and no reassignment is asked to change them.
#[test]
fn a_span_tells_the_size_of_a_team() {
    let (codes, rows) = judged(|_, rules| rules.program.spans = vec![span(1, 9)], good_plan());
    assert_eq!(codes, []);
    let told: Vec<_> = rows.iter().filter(|row| row.rule.starts_with("span")).collect();
    let told: Vec<_> =
        told.iter().map(|row| (row.rule.as_str(), row.scope.as_str(), row.after, row.met, row.changeable)).collect();
    assert_eq!(
        told,
        [
            ("span-managers", "T1", 2.0, false, false),
            ("span-members", "T1", 4.0, true, true),
            ("span-managers", "T2", 1.0, true, false),
            ("span-members", "T2", 2.0, true, true),
        ]
    );
}

/// A span of some categories counts their members, and case managers who may serve them.
#[test]
fn a_span_of_categories_counts_their_members() {
    let prepare = |of: &'static str| {
        move |tables: &mut RosterTables, rules: &mut Rules| {
            rules.program.categories = rosters::categories();
            for (member, program) in tables.members.iter_mut().zip(["ah", "ah", "bi", "bi", "bi", "bi"]) {
                member.program = Some(Arc::from(program));
            }
            tables.managers[1].programs = vec!["bi".into()];
            rules.program.spans = vec![Span { of: vec![of.to_owned()], ..span(1, 2) }];
        }
    };
    // T1 has C0 and C1 with M0 and M1 of ah and M2 and M3 of bi; C1 serves bi alone.
    let (codes, rows) = judged(prepare("ah"), good_plan());
    assert_eq!(codes, []);
    let told: Vec<_> = rows.iter().filter(|row| row.rule.starts_with("span") && row.scope == "T1").collect();
    assert_eq!((told[0].after, told[0].met, told[1].after, told[1].met), (1.0, true, 2.0, true));
    let (_, rows) = judged(prepare("bi"), good_plan());
    let told: Vec<_> = rows.iter().filter(|row| row.rule.starts_with("span") && row.scope == "T1").collect();
    assert_eq!((told[0].after, told[0].met, told[1].after, told[1].met), (2.0, false, 2.0, true));
    // One more of bi to T1: three of at most two.
    let more = vec![to(0), to(0), to(0), to(1), to(1), to(2)];
    assert_eq!(judged(prepare("bi"), more.clone()).0, [ViolationCode::Span]);
    assert_eq!(judged(prepare("ah"), more).0, []);
}

/// A range of some categories shares out its top among their members; its floor is for who may serve nobody else.
#[test]
fn a_range_of_categories_is_about_their_members() {
    let prepare = |tables: &mut RosterTables, rules: &mut Rules| {
        rules.program.categories = rosters::categories();
        for (member, program) in tables.members.iter_mut().zip(["ah", "ah", "bi", "bi", "bi", "bi"]) {
            member.program = Some(Arc::from(program));
        }
        tables.managers[2].programs = vec!["ah".into()];
        rules.program.ranges = vec![Range { of: vec!["ah".to_owned()], ..range(2, 2, Vec::new()) }];
    };
    // C0 has M0, M1 of ah and M2 of bi: two of two.
    let (codes, rows) = judged(prepare, good_plan());
    assert_eq!(codes, []);
    let row = |name: &str| rows.iter().find(|row| row.rule == name).unwrap();
    assert!((row("range").after - 1.0).abs() < 1e-9);
    // The young of the categories may be served by C2 too, who lists ah: the floor is nobody's.
    assert!(row("range-floor").how.contains("0 below the floor"), "{}", row("range-floor").how);
    let one_category = |tables: &mut RosterTables, rules: &mut Rules| {
        prepare(tables, rules);
        rules.program.categories.retain(|category| category.name != "young");
    };
    // C2 serves ah alone now: two members, none missing; with one, one is.
    let less = vec![to(0), to(0), to(0), to(1), to(2), to(1)];
    let rows = judged(one_category, less).1;
    let floor = rows.iter().find(|row| row.rule == "range-floor").unwrap();
    assert!(floor.how.contains("1 below the floor, 1 members missing"), "{}", floor.how);
    let three = |tables: &mut RosterTables, rules: &mut Rules| {
        prepare(tables, rules);
        tables.members[2].program = Some(Arc::from("ah"));
    };
    assert_eq!(judged(three, good_plan()).0, [ViolationCode::Range]);
}

/// Categories combined over the whole roster: a constant, with every part's own share.
#[test]
fn a_combined_average_tells_every_share() {
    let (codes, rows) = judged(
        |tables, rules| {
            rules.program.categories = rosters::categories();
            for (member, program) in tables.members.iter_mut().zip(["ah", "ah", "ah", "bi", "bi", "vi"]) {
                member.program = Some(Arc::from(program));
            }
            let parts = vec![rosters::part("ah", Limit::whole(2)), rosters::part("bi", rosters::thousandths(1250))];
            let average = average("combined", 1, Scope::All, Denominator::Headcount);
            rules.program.averages = vec![Average { kind: AverageKind::Combined, parts, ..average }];
        },
        good_plan(),
    );
    assert_eq!(codes, []);
    let row = rows.iter().find(|row| row.rule == "combined").unwrap();
    assert!(!row.met && !row.changeable);
    insta::assert_snapshot!(row.how, @"3 of ah by 2 (1.50) + 2 of bi by 1.25 (1.60) need 3.10 case managers / 3 by headcount; all five: headcount 1.03 (over 3, not met), filled_fte 1.03 (over 3, not met), fte_less_leave 1.03 (over 3, not met), with_members 1.03 (over 3, not met), serving 1.03 (over 3, not met)");
}

/// A rule that all members count alike in is nothing but places; another one still says how many can fit.
#[test]
fn what_counts_everybody_alike_is_places() {
    let mut rules = rules();
    rules.program.caps.clear();
    rules.program.capacities = vec![rosters::contact_capacity(1.0, 4)];
    let mut tables = tables();
    tables.members.iter_mut().for_each(|member| member.contacts_per_month = Some(1.0));
    assert_eq!(caseload::verify::caps(&freeze(tables.clone()), &rules), [2, 2, 2, 0]);
    tables.members[0].contacts_per_month = Some(2.0);
    assert_eq!(caseload::verify::caps(&freeze(tables.clone()), &rules), [2, 2, 2, 0]);
    tables.members[0].contacts_per_month = Some(0.5);
    assert_eq!(caseload::verify::caps(&freeze(tables), &rules), [4, 4, 4, 0]);
}

#[test]
fn codes_are_unique_and_in_order() {
    let words: Vec<&str> = ViolationCode::ALL.iter().map(|code| code.code()).collect();
    assert!(words.is_sorted_by(|a, b| a < b));
}

#[test]
fn every_rule_file_is_in_the_list() {
    let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/rules"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "mod")
        .collect();
    files.sort_unstable();
    let mut listed: Vec<&str> = caseload::verify::rules::ALL.iter().map(|(name, _)| *name).collect();
    listed.sort_unstable();
    assert_eq!(files, listed);
}

/// Decisions that contradict each other cannot be obeyed by any plan.
#[test]
fn contradictory_decisions_leave_no_plan() {
    let contradictions = [
        vec![decision(3, 0, DecisionKind::Assign), decision(3, 2, DecisionKind::Assign)],
        vec![decision(3, 0, DecisionKind::Assign), decision(3, 0, DecisionKind::Forbid)],
        vec![decision(3, 3, DecisionKind::Assign)],
    ];
    for decisions in contradictions {
        let roster = freeze(RosterTables { decisions, ..tables() });
        for allow_unserved in [false, true] {
            let rules = Rules { allow_unserved, ..rules() };
            assert!(rosters::optimum(&roster, &rules).is_none());
        }
    }
    let kept = vec![decision(3, 1, DecisionKind::Keep)];
    let roster = freeze(RosterTables { decisions: kept, ..tables() });
    assert!(rosters::optimum(&roster, &rules()).is_some());
}

/// A member nobody may take is reported with the first reason of every manager, and does not stop the plan.
#[test]
fn a_member_nobody_may_take_is_listed_with_reasons() {
    let mut tables = tables();
    let mut rules = rules();
    tables.decisions = vec![decision(5, 0, DecisionKind::Forbid)];
    rules.program.eligibility.accepts_new = true;
    rules.program.eligibility.language.rule = LanguageRule::Required;
    tables.members[5].language = Arc::from("vi");
    tables.managers[1].accepts_new = false;
    let roster = freeze(tables);
    let mut plan = good_plan();
    plan[5] = None;
    let judged = judge(&roster, &rules, honest(&roster, &rules, plan)).unwrap();
    let [unplaced] = judged.unplaced() else { panic!("one is unplaced") };
    assert_eq!(unplaced.member, MemberIx(5));
    let counts: Vec<(&str, u32)> = unplaced.ruled_out.iter().map(|(word, count)| (word.as_str(), *count)).collect();
    assert_eq!(counts, [("not_at_work", 1), ("forbidden", 1), ("accepts_new", 1), ("language", 1)]);
    assert!(!judged.meets_every_rule());
}

/// The statewide average over a fixed denominator is told, not enforced: no reassignment can change it.
#[test]
fn an_average_nobody_can_change_is_reported_and_not_enforced() {
    let roster = freeze(tables());
    let mut rules = rules();
    rules.program.averages = vec![average("statewide-average", 1, Scope::All, Denominator::FilledFte)];
    let judged = judge(&roster, &rules, honest(&roster, &rules, good_plan())).unwrap();
    let row = judged.outcomes().iter().find(|row| row.rule == "statewide-average").unwrap();
    assert!(!row.met && !row.changeable && !judged.meets_every_rule());
    assert_eq!((row.scope.as_str(), row.after), ("statewide", 2.0));
    insta::assert_snapshot!(row.how, @"6 members / 3 by filled_fte; all four: headcount 2.00 (over 3, not met), filled_fte 2.00 (over 3, not met), fte_less_leave 2.00 (over 3, not met), with_members 2.00 (over 3, not met)");
}

/// The present state is judged by the same rules: C3 has left, everything else stands.
#[test]
fn the_present_state_can_be_judged() {
    let roster = freeze(tables());
    let assessment = assess(&roster, &rules(), &present(&roster));
    let told: Vec<String> = assessment.violations.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["V04: member M5 is with case manager C3, who is not at work on the effective date"]);
    assert_eq!(assessment.loads, [3, 1, 1, 1]);
    assert_eq!(assessment.caps, [4, 4, 4, 0]);
}

/// Caps: the smaller of the program's and the manager's own, part-time rounded down, 0 on leave or not at work.
#[test]
fn caps_take_the_smallest_limit() {
    let mut tables = tables();
    tables.managers[0].fte_thousandths = 750;
    tables.managers[1].max_caseload = Some(0);
    tables.managers[2].max_caseload = Some(90);
    let roster = freeze(tables);
    let mut rules = rules();
    rules.program.caps = vec![cap(50, true), cap(45, false)];
    assert_eq!(caseload::verify::caps(&roster, &rules), [37, 0, 45, 0]);
    rules.program.caps.clear();
    assert_eq!(caseload::verify::caps(&roster, &rules), [6, 0, 6, 0]);
}

/// Six members and room for five: one price a place proves it, by one.
#[test]
fn a_shortage_is_proved_by_prices() {
    let mut tables = tables();
    tables.managers[1].max_caseload = Some(1);
    let roster = freeze(tables);
    let mut rules = rules();
    rules.program.caps = vec![cap(2, false)];
    let mut certificate = no_prices(Claim::Infeasible);
    let mut prices = Prices::default();
    prices.capacity.extend(["C0", "C1", "C2"].map(|id| (id.to_owned(), 1)));
    certificate.proof = Node::Prices(prices.clone());
    assert_eq!(contradiction(&roster, &rules, &certificate), Ok(1));
    assert_eq!(bound(&roster, &rules, &certificate), Err(CertificateError::Claim));

    prices.receive.insert("C1".to_owned(), -1);
    certificate.proof = Node::Prices(prices.clone());
    assert!(matches!(contradiction(&roster, &rules, &certificate), Err(CertificateError::NegativePrice { .. })));
    prices.receive.clear();
    // A place's price may be of either sign, but then it proves less, never more.
    prices.capacity.insert("C1".to_owned(), -1);
    certificate.proof = Node::Prices(prices.clone());
    assert!(matches!(contradiction(&roster, &rules, &certificate), Err(CertificateError::NoContradiction(_))));
    prices.capacity.remove("C1");
    certificate.proof = Node::Prices(prices.clone());
    assert_eq!(contradiction(&roster, &rules, &certificate), Err(CertificateError::NoContradiction(-4)));
    prices.capacity.insert("C9".to_owned(), 1);
    certificate.proof = Node::Prices(prices);
    assert_eq!(contradiction(&roster, &rules, &certificate), Err(CertificateError::UnknownManager("C9".to_owned())));
}

/// A state's size: every pair is priced, within the time a person waits for.
#[test]
fn the_bound_of_a_whole_state_takes_a_moment() {
    let mut managers = Vec::new();
    for at in 0..190_u32 {
        let mut row = manager(&format!("C{at:03}"));
        row.base =
            Some(Place { latitude: 41.0 + f64::from(at % 19) / 10.0, longitude: -96.0 + f64::from(at / 19) / 2.0 });
        managers.push(row);
    }
    let mut members = Vec::new();
    for at in 0..8500_u32 {
        let mut row = member(&format!("M{at:05}"), Some(at % 190));
        let (north, east) = (f64::from(at % 97) / 50.0, f64::from(at % 89) / 18.0);
        row.home = Some(Place { latitude: 41.0 + north, longitude: -96.0 + east });
        members.push(row);
    }
    let roster = freeze(RosterTables { members, managers, ..RosterTables::default() });
    let mut rules = rules();
    rules.program.caps = vec![cap(50, false)];
    rules.program.eligibility.distance.max_miles = 150.0;
    let mut certificate = no_prices(Claim::Bound);
    let capacity = roster.managers().iter().zip(0..).map(|(row, price)| (row.id.to_string(), price * 60)).collect();
    certificate.proof = Node::Prices(Prices { capacity, ..Prices::default() });

    let started = std::time::Instant::now();
    let first = bound(&roster, &rules, &certificate).unwrap();
    eprintln!("bound over 8,500 x 190 pairs: {:?}", started.elapsed());
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(one_thread.install(|| bound(&roster, &rules, &certificate)).unwrap(), first);
    let started = std::time::Instant::now();
    let assessment = assess(&roster, &rules, &present(&roster));
    eprintln!("assessment: {:?}", started.elapsed());
    assert!(assessment.violations.is_empty() && first < assessment.terms.total());
}

/// A roster folder with two case managers, one of whom has left.
fn roster_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let members = "member_id,need,urgent,manager_id,zip\nM1,low,no,C1,50309\nM2,high,no,C2,52240\nM3,low,no,,50010\n";
    let managers = "manager_id,zip,available_until\nC1,50309,\nC2,52240,2026-03-31\nC3,50010,\n";
    let settings = "as_of = 2026-03-02\neffective_on = 2026-04-01\n";
    for (name, text) in [("members.csv", members), ("managers.csv", managers), ("caseload.toml", settings)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn verify_table(table: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let folder = roster_folder();
    let path = folder.path().join("by_hand.csv");
    std::fs::write(&path, table).unwrap();
    let output = assert_cmd::Command::cargo_bin("caseload")
        .unwrap()
        .args(["verify", "--assignments"])
        .arg(&path)
        .args(more)
        .arg(folder.path())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&folder.path().display().to_string(), "DIR");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn anybodys_table_is_judged_in_words() {
    let (status, stdout, _) = verify_table("member_id,manager_id\nM1,C1\nM2,C3\nM3,C3\n", &[]);
    assert_eq!(status, Some(0), "{stdout}");
    assert!(stdout.starts_with("The plan meets every rule"), "{stdout}");
    assert!(stdout.contains("proven bound") && stdout.contains("(gap "), "{stdout}");

    let (status, stdout, _) = verify_table("member_id,manager_id\nM1,C2\nM2,C9\nM2,C1\nM4,C1\n", &[]);
    assert_eq!(status, Some(1));
    let told: Vec<&str> = stdout.lines().filter(|line| line.starts_with("      ")).map(str::trim).collect();
    assert_eq!(
        told,
        [
            "row 4: member M2 has a row already",
            "member M3 has no case manager, although there are some who may take the member",
            "row 3: member M2: there is no case manager C9",
            "row 5: there is no member M4",
            "member M1 is with case manager C2, who is not at work on the effective date",
        ]
    );
}

#[test]
fn a_judgement_as_json_has_ids_rules_and_terms() {
    let (status, stdout, _) = verify_table("member_id,manager_id\nM1,C2\nM2,C3\nM3,C3\n", &["--format", "json"]);
    assert_eq!(status, Some(1));
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["violations"][0]["code"], "V04");
    assert_eq!(report["violations"][0]["member_id"], "M1");
    assert_eq!(report["rules"][0]["rule"], "individual-cap");
    // The bound of the best plan found goes with anybody's table.
    assert!(report["terms"]["travel"].as_i64().unwrap() > 0 && report["bound"].as_i64().is_some());
}

#[test]
fn a_missing_table_or_column_is_told() {
    let (status, _, stderr) = verify_table("member,manager\nM1,C1\n", &[]);
    assert_eq!(status, Some(3), "{stderr}");
    assert!(stderr.contains("the columns member_id and manager_id are expected"), "{stderr}");
    let folder = roster_folder();
    let nowhere = folder.path().join("nowhere.csv");
    let mut command = assert_cmd::Command::cargo_bin("caseload").unwrap();
    command.args(["verify", "--assignments"]).arg(nowhere).arg(folder.path()).assert().code(74);
    let mut command = assert_cmd::Command::cargo_bin("caseload").unwrap();
    command.arg("verify").arg(folder.path()).assert().code(2);
}

/// A roster of nine, with somebody leaving, somebody new, a decision and, on request, a member nobody may take.
fn nine(with_unplaced: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut members = String::from("member_id,need,urgent,manager_id,zip,program,assigned_on,hours_per_year\n");
    let rows = ["C1", "C1", "C1", "C2", "C2", "C3", "C3", ""];
    for (at, manager) in rows.iter().enumerate() {
        let zip = ["50309", "52240", "50010"][at % 3];
        members += &format!("M{at},high,no,{manager},{zip},ah,2025-0{}-15,10.5\n", at + 1);
    }
    if with_unplaced {
        members += "M8,low,no,,50010,bi,,\n";
    }
    let managers =
        "manager_id,zip,available_until,programs,fte\nC1,50309,,ah,1\nC2,52240,2026-03-31,,1\nC3,50010,,ah,0.5\n";
    let decisions = "member_id,manager_id,kind\nM0,C3,assign\nM1,C1,keep\n";
    let settings = "as_of = 2026-03-02\neffective_on = 2026-04-01\n";
    let files = [
        ("members.csv", members.as_str()),
        ("managers.csv", managers),
        ("decisions.csv", decisions),
        ("caseload.toml", settings),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Writes a plan for it into `plan/`.
fn written_plan(folder: &std::path::Path) -> (Roster, Rules, Vec<(String, String)>) {
    let settings = caseload::program::Settings::resolve(
        folder,
        &caseload::program::settings::Overrides::default(),
        days_before(90),
    )
    .unwrap();
    let read = caseload::roster::reading::read_folder(folder, settings.rules.as_of).unwrap();
    let (roster, rules) = (read.roster, settings.rules);
    let after = [2, 0, 0, 0, 0, 2, 2, 2];
    let assignment: Vec<_> = (0..roster.members().len()).map(|at| after.get(at).copied().map(ManagerIx)).collect();
    let verified = judge(&roster, &rules, honest(&roster, &rules, assignment)).unwrap();
    let report = caseload::plan::SolveReport {
        status: caseload::plan::Status::Feasible,
        engine: "by-hand",
        seed: 0,
        runner_ups: vec![None; roster.members().len()],
    };
    let id = caseload::plan::identity::plan_id(&roster, &rules, &read.hashes, verified.assignment());
    let plan = caseload::plan::Plan::new(&roster, &rules, verified, report);
    let published = caseload::output::Published {
        roster: &roster,
        rules: &rules,
        plan: &plan,
        plan_id: &id,
        inputs: &read.hashes,
        hiring: None,
    };
    let staged = caseload::output::Staged::begin(&folder.join("plan"), false).unwrap();
    caseload::output::write_plan(&staged, &published, false).unwrap();
    staged.commit().unwrap();
    (roster, rules, read.hashes)
}

const PRINTED: [&str; 7] = [
    "plan.json",
    "assignments.csv",
    "transfers.csv",
    "caseloads.csv",
    "compliance.csv",
    "unplaced.csv",
    "certificate.json",
];

fn codes_of_folder(roster: &Roster, rules: &Rules, hashes: &[(String, String)], texts: &[String; 7]) -> Vec<String> {
    let [plan, assignments, transfers, caseloads, compliance, unplaced, certificate] = texts;
    let files =
        caseload::verify::folder::Files { plan, assignments, transfers, caseloads, compliance, unplaced, certificate };
    let verdict = caseload::verify::folder::judge_folder(roster, rules, hashes, &files);
    let printed =
        verdict.discrepancies.iter().map(|found| format!("{} {} {}", found.code.code(), found.file, found.column));
    let mut codes: Vec<String> =
        printed.chain(verdict.violations.iter().map(|found| found.code.code().to_owned())).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[test]
fn every_printed_number_of_a_plan_folder_is_recomputed() {
    let folder = nine(true);
    let (roster, rules, hashes) = written_plan(folder.path());
    let texts = PRINTED.map(|name| std::fs::read_to_string(folder.path().join("plan").join(name)).unwrap());
    assert_eq!(codes_of_folder(&roster, &rules, &hashes, &texts), Vec::<String>::new(), "as written");

    // Every number of every table, one after the other, raised by one, must be told.
    let mut changed = 0;
    for (at, name) in PRINTED.iter().enumerate().skip(2).take(4) {
        let rows: Vec<Vec<String>> = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(texts[at].as_bytes())
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect();
        for row in 1..rows.len() {
            for column in 0..rows[row].len() {
                let Ok(number) = rows[row][column].parse::<f64>() else { continue };
                if rows[0][column] == "managers" {
                    continue;
                }
                let mut edited = rows.clone();
                edited[row][column] = (number + 1.0).to_string();
                let mut out = csv::Writer::from_writer(Vec::new());
                edited.iter().for_each(|row| out.write_record(row).unwrap());
                let mut texts = texts.clone();
                texts[at] = String::from_utf8(out.into_inner().unwrap()).unwrap();
                let codes = codes_of_folder(&roster, &rules, &hashes, &texts);
                assert_eq!(codes, [format!("P04 {name} {}", rows[0][column])], "row {row}");
                changed += 1;
            }
        }
    }
    assert!(changed > 60, "{changed} numbers");
}

#[test]
fn whatever_a_plan_folder_says_falsely_is_told() {
    let folder = nine(true);
    let (roster, rules, hashes) = written_plan(folder.path());
    let good = PRINTED.map(|name| std::fs::read_to_string(folder.path().join("plan").join(name)).unwrap());
    let cases: [(usize, &str, &str, &[&str]); 12] = [
        (0, "\"status\": \"feasible\"", "\"status\": \"optimal\"", &["P06 plan.json status"]),
        (0, "\"meets_every_rule\": false", "\"meets_every_rule\": true", &["P06 plan.json meets_every_rule"]),
        (0, "\"first_assignments\": 1", "\"first_assignments\": 2", &["P04 plan.json first_assignments"]),
        (0, "\"as_of\": \"2026-03-02\"", "\"as_of\": \"2026-03-03\"", &["P05 plan.json as_of"]),
        (
            0,
            &format!("\"members.csv\": \"{}", &hashes.iter().find(|(name, _)| name == "members.csv").unwrap().1[..4]),
            "\"members.csv\": \"0000",
            &["P07 plan.json members.csv"],
        ),
        (0, "{", "", &["P01 plan.json ", "V21"]),
        (2, "manager_leaves", "over_cap", &["P05 transfers.csv reason"]),
        (2, "T00001", "T00009", &["P05 transfers.csv transfer_id"]),
        (4, ",no,", ",yes,", &["P05 compliance.csv met"]),
        (5, "M8", "M7", &["P02 unplaced.csv ", "P03 unplaced.csv "]),
        (3, "headroom", "headrooms", &["P01 caseloads.csv headroom"]),
        (6, "prices", "feelings", &["V23"]),
    ];
    for (file, from, to, expected) in cases {
        let mut texts = good.clone();
        assert!(texts[file].contains(from), "{from} in {}: {}", PRINTED[file], texts[file]);
        texts[file] = texts[file].replacen(from, to, 1);
        let codes = codes_of_folder(&roster, &rules, &hashes, &texts);
        assert_eq!(codes, expected, "{} {from} -> {to}", PRINTED[file]);
    }
}

#[test]
fn a_plan_folder_is_judged_from_the_command_line() {
    for (with_unplaced, status) in [(false, 0), (true, 1)] {
        let folder = nine(with_unplaced);
        written_plan(folder.path());
        let run = || {
            let mut command = assert_cmd::Command::cargo_bin("caseload").unwrap();
            command.arg("verify").arg(folder.path().join("plan")).arg(folder.path()).output().unwrap()
        };
        let output = run();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(status), "{stdout}");
        assert_eq!(stdout.contains("Nobody may take: M8"), with_unplaced, "{stdout}");
        assert!(stdout.contains("proven bound"), "{stdout}");

        let path = folder.path().join("plan/caseloads.csv");
        let edited = std::fs::read_to_string(&path).unwrap().replacen("C1,3,", "C1,4,", 1);
        std::fs::write(path, edited).unwrap();
        let output = run();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stdout}");
        let told =
            "P04: caseloads.csv, C1, before: a printed number differs from the recomputed one: `4`, expected `3`";
        assert!(stdout.contains(told), "{stdout}");
    }
}
