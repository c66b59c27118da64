//! Small random rosters with every kind of rule switched on at random, and the best plan by trying all of them.
//!
//! The optimum here rests on the verifier alone ([`caseload::verify::assess`]): no solver, no model. Tests of
//! solvers compare with it.
#![allow(dead_code, clippy::unwrap_used)]

use std::sync::Arc;

use caseload::generate;
use caseload::ids::{ManagerIx, MemberIx, ProviderIx, TeamIx};
use caseload::program::Settings;
use caseload::program::settings::Overrides;
use caseload::program::{
    Authorized, Average, AverageKind, Cap, Capacity, CapacityKind, Category, Condition, ContinuityClass,
    ContinuityRule, Count, Denominator, Existing, Fairness, Grouping, HouseholdRule, LanguageRule, LetterSettings,
    Limit, Mixed, MixedKind, Part, PerNeed, Program, ProgramRule, Range, Rounding, Rules, Scope, Span, Step, Weights,
};
use caseload::roster::reading::read_folder;
use caseload::roster::{
    Code, Decision, DecisionKind, Manager, Member, MemberContact, Need, Place, Provider, Roster, RosterTables, Service,
    Team,
};
use caseload::units::Cost;
use caseload::verify::assess;
use chrono::{Days, NaiveDate};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// The day of the run.
pub fn as_of() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
}

/// The day plans take effect.
pub fn effective_on() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, 1).unwrap()
}

/// So many days before (or after) the effective date.
pub fn days_before(days: i64) -> NaiveDate {
    if days >= 0 { effective_on() - Days::new(days as u64) } else { effective_on() + Days::new((-days) as u64) }
}

/// The shipped program without a single rule switched on; costs as shipped.
pub fn plain_rules() -> Rules {
    let text = Program::shipped("iowa-cbcm").unwrap();
    let mut program = Program::parse(text).unwrap();
    program.caps.clear();
    program.averages.clear();
    program.eligibility.accepts_new = false;
    program.eligibility.language.rule = LanguageRule::Ignored;
    program.eligibility.program.rule = ProgramRule::Ignored;
    program.eligibility.qualification.required.clear();
    program.eligibility.distance.max_miles = 0.0;
    program.continuity.clear();
    program.households.rule = HouseholdRule::Off;
    Rules {
        program,
        program_text: text.to_owned(),
        weights: Weights::ONE,
        as_of: as_of(),
        effective_on: effective_on(),
        allow_unserved: false,
        letters: LetterSettings::on(as_of()),
    }
}

/// A cap of the program.
pub fn cap(limit: u32, scale_with_fte: bool) -> Cap {
    Cap {
        name: "cap".into(),
        title: "Cap".into(),
        limit: Limit::whole(limit),
        scale_with_fte,
        of: Vec::new(),
        count: Count::Members,
        rounding: Rounding::Down,
        tolerance_days: 0,
        citation: "test".into(),
    }
}

/// A limit of so many thousandths.
pub fn thousandths(number: u32) -> Limit {
    toml::from_str::<std::collections::BTreeMap<String, Limit>>(&format!("limit = {}", f64::from(number) / 1000.0))
        .unwrap()["limit"]
}

/// Categories by program and age: `young` (under 18), `ah` (program ah), `other` (everybody else of program bi); some
/// members are of none.
pub fn categories() -> Vec<Category> {
    let of = |name: &str, when: Condition| Category { name: name.into(), title: name.into(), when };
    let program = |code: &str| Some(vec![code.to_owned()]);
    vec![
        of("young", Condition { under_age: Some(18), ..Condition::default() }),
        of("ah", Condition { programs: program("ah"), ..Condition::default() }),
        of("bi", Condition { programs: program("bi"), ..Condition::default() }),
    ]
}

/// Members of these categories, so many of whom are a full caseload.
pub fn part(of: &str, limit: Limit) -> Part {
    Part { of: vec![of.to_owned()], limit }
}

/// A capacity of no kind yet.
fn capacity(name: &str, kind: CapacityKind, limit: f64) -> Capacity {
    Capacity {
        name: name.into(),
        title: name.into(),
        kind,
        limit,
        scale_with_fte: false,
        of: Vec::new(),
        weights: None,
        weight_of: None,
        minutes_per_month: None,
        hours_of: None,
        minutes_per_contact: None,
        travel_inside: false,
        authorized: None,
        contacts_per_workday: None,
        period_days: None,
        workdays: None,
        contacts_per_period: None,
        citation: "test".into(),
    }
}

/// A capacity by weights 1, 1, 1.6 and 2.
pub fn weight_capacity(limit: f64) -> Capacity {
    Capacity {
        scale_with_fte: true,
        weights: Some(PerNeed { low: 1.0, moderate: 1.0, high: 1.6, intensive: 2.0 }),
        ..capacity("acuity", CapacityKind::Weight, limit)
    }
}

/// Contacts of a period of 60 days.
pub fn contact_capacity(a_day: f64, workdays: u32) -> Capacity {
    Capacity {
        contacts_per_workday: Some(a_day),
        period_days: Some(60),
        workdays: Some(workdays),
        ..capacity("contacts", CapacityKind::Contacts, a_day * f64::from(workdays))
    }
}

/// A capacity in hours a month, contacts and drives.
pub fn hours_capacity(limit: f64, travel_inside: bool) -> Capacity {
    Capacity {
        minutes_per_month: Some(PerNeed { low: 20.0, moderate: 30.5, high: 60.0, intensive: 90.0 }),
        minutes_per_contact: Some(45.0),
        travel_inside,
        ..capacity("hours", CapacityKind::Hours, limit)
    }
}

/// An average of the program.
pub fn average(name: &str, limit: u32, scope: Scope, denominator: Denominator) -> Average {
    Average {
        name: name.into(),
        title: name.into(),
        kind: AverageKind::Ratio,
        limit: Limit::whole(limit),
        of: Vec::new(),
        parts: Vec::new(),
        scope,
        denominator,
        citation: "test".into(),
    }
}

/// A member with nothing but an id and a present manager.
pub fn member(id: &str, manager: Option<u32>) -> Member {
    Member {
        id: id.into(),
        need: Need::Low,
        urgent: false,
        birth_date: None,
        program: None,
        setting: None,
        home: None,
        zip: None,
        county: None,
        language: Arc::from("en"),
        household: None,
        manager: manager.map(ManagerIx),
        assigned_on: None,
        last_contact_on: None,
        next_outreach_on: None,
        assessment_due_on: None,
        visits_per_year: None,
        contacts_per_month: None,
        hours_per_year: None,
        authorized_units: None,
        used_units: None,
        other_case_management: None,
        mail_hold: None,
        case: caseload::roster::CaseFacts::default(),
    }
}

/// A manager with nothing but an id.
pub fn manager(id: &str) -> Manager {
    Manager::full_time(id)
}

/// A team.
pub fn team(id: &str, region: Option<&str>) -> Team {
    Team {
        id: id.into(),
        supervisor_name: None,
        supervisor_phone: None,
        supervisor_email: None,
        region: region.map(Arc::from),
    }
}

/// A decision.
pub fn decision(member: u32, manager: u32, kind: DecisionKind) -> Decision {
    Decision {
        member: MemberIx(member),
        manager: ManagerIx(manager),
        kind,
        reason: None,
        until: None,
        decided_by: None,
        row: 2,
    }
}

/// Freezes tables, sorted as the reader sorts them.
pub fn freeze(mut tables: RosterTables) -> Roster {
    tables.contacts = vec![MemberContact::default(); tables.members.len()];
    tables.services.sort_by_key(|service| (service.member, service.provider));
    tables.services.dedup_by_key(|service| (service.member, service.provider));
    tables.decisions.sort_by_key(|decision| (decision.member, decision.manager, decision.kind));
    Roster::new(tables)
}

fn words(list: &[&str], mask: u8) -> Vec<Code> {
    list.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1).map(|(_, word)| Arc::from(*word)).collect()
}

fn place() -> impl Strategy<Value = Option<Place>> {
    option::weighted(
        0.9,
        (41.0..42.5_f64, -94.5..-92.0_f64).prop_map(|(latitude, longitude)| Place { latitude, longitude }),
    )
}

fn random_member(managers: u32) -> impl Strategy<Value = Member> {
    let dates = (option::of(0..2000_i64), option::of(-10..200_i64));
    (
        0..4_usize,
        any::<bool>(),
        option::of(0..2_usize),
        place(),
        0..3_usize,
        option::weighted(0.6, 0..2_usize),
        option::weighted(0.8, 0..managers),
        dates,
        option::of(0.0..30.0_f64),
        (option::of(0..3_usize), option::of(0..40_i64), option::of(0..4_u8), option::of(0..300_u32)),
    )
        .prop_map(|(need, urgent, program, home, language, household, present, dates, visits, rest)| Member {
            need: Need::ALL[need],
            urgent,
            program: program.map(|at| Arc::from(["ah", "bi"][at])),
            home,
            language: Arc::from(["en", "es-MX", "ES"][language]),
            household: household.map(|at| Arc::from(["h1", "h2"][at])),
            assigned_on: dates.0.map(days_before),
            last_contact_on: dates.1.map(days_before),
            visits_per_year: visits,
            county: rest.0.map(|at| Arc::from(["19001", "19003", "19005"][at])),
            birth_date: rest.1.map(|years| days_before(years * 365)),
            contacts_per_month: rest.2.map(f64::from),
            used_units: rest.3.map(f64::from),
            ..member("", present)
        })
}

fn random_manager() -> impl Strategy<Value = Manager> {
    let dates = (option::weighted(0.5, 0..400_i64), 0..12_u8);
    (
        option::weighted(0.8, 0..2_u32),
        place(),
        prop_oneof![Just(1000_u32), Just(500), Just(750)],
        dates,
        1..8_u8,
        0..4_u8,
        0..4_u8,
        option::weighted(0.2, 0..4_u32),
        prop::bool::weighted(0.8),
        0..8_u8,
    )
        .prop_map(|(team, base, fte, dates, languages, programs, held, own, accepts_new, counties)| Manager {
            team: team.map(TeamIx),
            base,
            fte_thousandths: fte,
            hired_on: dates.0.map(days_before),
            available_until: (dates.1 == 0).then(|| days_before(1)),
            available_from: match dates.1 {
                1 => Some(days_before(-1)),
                2 => Some(days_before(0)),
                _ => None,
            },
            languages: words(&["en", "es", "vi"], languages),
            programs: words(&["ah", "bi"], programs),
            qualifications: words(&["nurse", "social_worker"], held),
            max_caseload: own,
            accepts_new,
            counties: words(&["19001", "19003", "19005"], counties),
            absence: caseload::roster::Absence {
                over_cap_since: (counties == 3).then(|| days_before(35)),
                ..caseload::roster::Absence::default()
            },
            ..manager("")
        })
}

/// A roster of at most so many members and case managers.
pub fn rosters(members: usize, managers: usize) -> impl Strategy<Value = Roster> {
    (1..=members, 1..=managers).prop_flat_map(|(members, managers)| {
        let kinds = prop_oneof![Just(DecisionKind::Keep), Just(DecisionKind::Assign), Just(DecisionKind::Forbid)];
        let decided = (0..members as u32, 0..managers as u32, kinds, option::weighted(0.3, -40..40_i64));
        let served = (0..members as u32, 0..2_u32, option::of(0.0..4.0_f64));
        (
            vec(random_member(managers as u32), members),
            vec(random_manager(), managers),
            vec(decided, 0..3),
            vec(served, 0..8),
            (place(), place()),
            (any::<bool>(), any::<bool>()),
        )
            .prop_map(|(mut members, mut managers, decided, served, places, regions)| {
                let managers_count = managers.len();
                for (at, member) in members.iter_mut().enumerate() {
                    member.id = format!("M{at:02}").into();
                }
                for (at, manager) in managers.iter_mut().enumerate() {
                    // Sorted, however many there are.
                    manager.id = if managers_count > 10 { format!("C{at:02}") } else { format!("C{at}") }.into();
                }
                let provider = |id: &str, place| Provider {
                    id: id.into(),
                    name: "a provider".into(),
                    kind: None,
                    place,
                    address: caseload::roster::MailingAddress::default(),
                    phone: None,
                    email: None,
                    fax: None,
                };
                freeze(RosterTables {
                    members,
                    managers,
                    teams: vec![team("T1", regions.0.then_some("north")), team("T2", regions.1.then_some("south"))],
                    providers: vec![provider("P1", places.0), provider("P2", places.1)],
                    services: served
                        .into_iter()
                        .map(|(member, provider, visits_per_month)| Service {
                            member: MemberIx(member),
                            provider: ProviderIx(provider),
                            visits_per_month,
                        })
                        .collect(),
                    decisions: decided
                        .into_iter()
                        .map(|(member, manager, kind, until)| Decision {
                            until: until.map(days_before),
                            ..decision(member, manager, kind)
                        })
                        .collect(),
                    ..RosterTables::default()
                })
            })
    })
}

fn existing() -> impl Strategy<Value = Existing> {
    prop_oneof![Just(Existing::Exempt), Just(Existing::Applies)]
}

fn random_averages() -> impl Strategy<Value = Vec<Average>> {
    let scope = prop_oneof![Just(Scope::All), Just(Scope::Region), Just(Scope::Team)];
    let one = (1..6_u32, scope, prop::sample::select(Denominator::ALL.to_vec())).prop_filter(
        "averages over case managers with members are taken over the whole roster",
        |&(_, scope, denominator)| scope == Scope::All || denominator != Denominator::WithMembers,
    );
    vec(one, 0..3).prop_map(|all| {
        let named = |(at, (limit, scope, denominator))| average(&format!("average-{at}"), limit, scope, denominator);
        all.into_iter().enumerate().map(named).collect()
    })
}

fn random_weights() -> impl Strategy<Value = Weights> {
    let one = || prop_oneof![3 => Just(1000_u32), 1 => 0..3000_u32];
    (one(), one(), one(), one(), one(), one()).prop_map(|(travel, continuity, providers, language, team, balance)| {
        Weights { travel, continuity, providers, language, team, balance }
    })
}

/// Up to two further rules that count: which, and numbers for it.
fn random_counts() -> impl Strategy<Value = Vec<(u8, [u32; 4])>> {
    prop_oneof![1 => Just(Vec::new()), 2 => vec((0..13_u8, [0..5_u32, 0..5_u32, 0..5_u32, 0..5_u32]), 1..3)]
}

/// Everybody, or some categories.
fn some_categories(draw: u32) -> Vec<String> {
    let names: &[&str] = [&[][..], &["ah"], &["young", "bi"]][draw as usize % 3];
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Switches one of them on, unless it is on.
fn switch_on(program: &mut Program, kind: u8, draws: [u32; 4]) {
    let named = |name: &str| (name.to_owned(), name.to_owned(), "test".to_owned());
    let limit = thousandths(1000 + draws[0] * 500);
    let other = thousandths(1000 + draws[1] * 1000);
    let scale = draws[2].is_multiple_of(2);
    let moving = if draws[3].is_multiple_of(2) { Scope::Region } else { Scope::Team };
    program.categories = categories();
    match kind {
        0 | 1 if program.caps.iter().all(|cap| cap.name != "some") => {
            let count = match draws[1] {
                0 => Count::Children,
                1 if program.households.rule == HouseholdRule::Join => Count::Households,
                _ => Count::Members,
            };
            program.caps.push(Cap {
                name: "some".into(),
                limit,
                of: [vec!["ah".to_owned()], vec!["young".to_owned(), "bi".to_owned()], Vec::new()]
                    [kind as usize + draws[3] as usize % 2]
                    .clone(),
                count,
                rounding: [Rounding::Down, Rounding::Nearest, Rounding::Up][draws[2] as usize % 3],
                tolerance_days: [0, 30, 29][draws[3] as usize % 3],
                ..cap(0, scale)
            });
        }
        2 | 3 if program.mixed.is_empty() => {
            let (name, title, citation) = named("mix");
            let kind = if kind == 2 { MixedKind::Convex } else { MixedKind::Explicit };
            let parts = vec![part("ah", limit), part("bi", other)];
            let count = match kind {
                MixedKind::Explicit if program.households.rule == HouseholdRule::Join && draws[3].is_multiple_of(2) => {
                    Count::Households
                }
                _ => Count::Members,
            };
            program.mixed = vec![Mixed { name, title, kind, parts, count, scale_with_fte: scale, citation }];
        }
        4 if program.ranges.is_empty() => {
            let (name, title, citation) = named("range");
            let when = Condition { needs: Some(vec![Need::High, Need::Intensive]), ..Condition::default() };
            program.ranges = vec![Range {
                name,
                title,
                floor: draws[2].min(3),
                floor_minutes: draws[3] * 200,
                top: Limit::whole(2 + draws[0]),
                steps: if draws[1] == 0 { Vec::new() } else { vec![Step { when, top: Limit::whole(draws[1]) }] },
                of: some_categories(draws[3]),
                scale_with_fte: scale,
                citation,
            }];
        }
        5 if program.spans.is_empty() => {
            let (name, title, citation) = named("span");
            let (managers, members) = (Some(2), Some(1 + draws[0]));
            program.spans = vec![Span { name, title, managers, members, of: some_categories(draws[1]), citation }];
        }
        6 | 7 if program.averages.iter().all(|average| average.name != "some-average") => {
            let denominator = if draws[2] < 2 { Denominator::Serving } else { Denominator::FilledFte };
            let of = vec!["ah".to_owned(), "young".to_owned()];
            let one = Average { limit, of, ..average("some-average", 1, moving, denominator) };
            program.averages.push(if kind == 6 {
                one
            } else {
                let parts = vec![part("ah", limit), part("bi", other)];
                Average { kind: AverageKind::Combined, limit: Limit::default(), of: Vec::new(), parts, ..one }
            });
        }
        8 => program.receive.per_open = 1 + draws[0],
        9 if program.capacities.iter().all(|capacity| capacity.kind != CapacityKind::Contacts) => {
            let of = if draws[3] == 0 { vec!["bi".to_owned()] } else { Vec::new() };
            let contacts_per_period = (draws[2] > 2).then_some(1.5);
            let capacity = contact_capacity(0.5, 1 + draws[0] * 4);
            program.capacities.push(Capacity { of, contacts_per_period, scale_with_fte: scale, ..capacity });
        }
        10 if program.capacities.iter().all(|capacity| capacity.kind != CapacityKind::Weight) => {
            let weight_of = [("young".to_owned(), 2.5), ("ah".to_owned(), 0.5), ("other".to_owned(), 1.0)];
            let weight_of = Some(weight_of.into_iter().take(2 + draws[1] as usize % 2).collect());
            program.capacities.push(Capacity { weight_of, ..weight_capacity(1.0 + f64::from(draws[0])) });
        }
        11 if program.capacities.iter().all(|capacity| capacity.kind != CapacityKind::Hours) => {
            let authorized = Some(Authorized { units_per_year: 240.0, minutes_per_unit: 15.0 });
            let hours_of = (draws[1] > 1).then(|| [("ah".to_owned(), 1.25)].into_iter().collect());
            let limit = 4.0 + 4.0 * f64::from(draws[0]);
            program.capacities.push(Capacity { authorized, hours_of, ..hours_capacity(limit, scale) });
        }
        12 if program.fairness.is_empty() => {
            let (name, title, citation) = named("even");
            let by = Grouping::ALL[draws[1] as usize];
            let max_points = thousandths(draws[0] * 7_300);
            program.fairness = vec![Fairness { name, title, by, max_points, min_members: draws[2] % 3, citation }];
        }
        _ => {}
    }
}

/// Rules of every kind, each switched on at random.
pub fn rules() -> impl Strategy<Value = Rules> {
    let off_or = |most: u32| prop_oneof![3 => Just(0_u32), 1 => 1..=most];
    let eligibility = (
        any::<bool>(),
        (
            prop_oneof![Just(LanguageRule::Required), Just(LanguageRule::Interpreter), Just(LanguageRule::Ignored)],
            existing(),
        ),
        (prop_oneof![Just(ProgramRule::Required), Just(ProgramRule::Ignored)], existing()),
        (prop::bool::weighted(0.2), existing()),
        (prop_oneof![2 => Just(0.0), 1 => 20.0..120.0_f64], existing()),
    );
    let limits = (off_or(3), 0..7_u32, off_or(2), off_or(4), off_or(2), off_or(2));
    let households =
        prop_oneof![Just(HouseholdRule::KeepTogether), Just(HouseholdRule::Join), Just(HouseholdRule::Off)];
    let caps = option::weighted(0.8, (1..5_u32, any::<bool>()));
    let capacities = (option::weighted(0.25, 1.0..8.0_f64), option::weighted(0.25, (1.0..12.0_f64, any::<bool>())));
    let capacities = (capacities, random_counts());
    let rest = (households, random_weights(), any::<bool>(), prop::bool::weighted(0.3), 0..101_u32, capacities);
    (eligibility, caps, random_averages(), limits, rest).prop_map(|(eligibility, caps, averages, limits, rest)| {
        let mut rules = plain_rules();
        let program = &mut rules.program;
        program.eligibility.accepts_new = eligibility.0;
        (program.eligibility.language.rule, program.eligibility.language.existing) = eligibility.1;
        (program.eligibility.program.rule, program.eligibility.program.existing) = eligibility.2;
        if eligibility.3.0 {
            program.eligibility.qualification.required = vec!["nurse".to_owned()];
        }
        program.eligibility.qualification.existing = eligibility.3.1;
        (program.eligibility.distance.max_miles, program.eligibility.distance.existing) = eligibility.4;
        program.caps = caps.map(|(limit, scale)| cap(limit, scale)).into_iter().collect();
        program.averages = averages;
        (program.receive.limit, program.receive.new_hire_months, program.receive.new_hire_limit) =
            (limits.0, limits.1, limits.2);
        (program.moves.total, program.moves.high_need, program.moves.per_team) = (limits.3, limits.4, limits.5);
        program.households.rule = rest.0;
        rules.weights = rest.1;
        if rest.2 {
            program.continuity = vec![
                ContinuityRule {
                    class: ContinuityClass::MustKeep,
                    needs: Some(vec![Need::Intensive]),
                    urgent: None,
                    min_tenure_months: None,
                    when: None,
                },
                ContinuityRule {
                    class: ContinuityClass::Free,
                    needs: Some(vec![Need::Low]),
                    urgent: Some(false),
                    min_tenure_months: Some(3),
                    when: None,
                },
            ];
        }
        rules.allow_unserved = rest.3;
        let ((weight, hours), counts) = rest.5;
        let program = &mut rules.program;
        program.capacities = weight.map(weight_capacity).into_iter().collect();
        program.capacities.extend(hours.map(|(limit, travel_inside)| hours_capacity(limit, travel_inside)));
        program.balance.target_percent = rest.4;
        counts.into_iter().for_each(|(kind, draws)| switch_on(program, kind, draws));
        if rest.3 {
            // Who is left out would neither stay nor move: settings refuse it.
            program.fairness.clear();
        }
        rules
    })
}

/// A synthetic roster of Iowa with this cap on caseloads, households together or not.
pub fn generated(members: usize, managers: usize, seed: u64, cap: u32, households: bool) -> (Roster, Rules) {
    let program = Program::parse(Program::shipped("iowa-cbcm").unwrap()).unwrap();
    let request = generate::Request {
        members,
        managers,
        seed,
        state: "IA".to_owned(),
        shortage: None,
        program,
        program_name: "iowa-cbcm".to_owned(),
        as_of: generate::AS_OF.parse().unwrap(),
    };
    let folder = tempfile::tempdir().unwrap();
    let sketch = generate::Sketch::new(&request).unwrap();
    sketch.write(|name| std::fs::File::create(folder.path().join(name))).unwrap();
    let mut rules = Settings::resolve(folder.path(), &Overrides::default(), request.as_of).unwrap().rules;
    rules.program.caps[0].limit = Limit::whole(cap);
    if !households {
        rules.program.households.rule = HouseholdRule::Off;
    }
    (read_folder(folder.path(), rules.as_of).unwrap().roster, rules)
}

/// Every assignment of the roster's members, each to every manager or to nobody.
pub fn all_assignments(roster: &Roster) -> impl Iterator<Item = Vec<Option<ManagerIx>>> {
    let choices = roster.managers().len() + 1;
    let members = roster.members().len();
    (0..choices.pow(members as u32)).map(move |number| {
        let digit = |at: usize| number / choices.pow(at as u32) % choices;
        (0..members).map(|at| digit(at).checked_sub(1).map(ManagerIx::new)).collect()
    })
}

/// A cheapest plan without a violation, by trying all; `None` when there is none.
pub fn optimum(roster: &Roster, rules: &Rules) -> Option<(Cost, Vec<Option<ManagerIx>>)> {
    let mut best: Option<(Cost, Vec<Option<ManagerIx>>)> = None;
    for assignment in all_assignments(roster) {
        let assessment = assess(roster, rules, &assignment);
        let cost = assessment.terms.total();
        if assessment.violations.is_empty() && best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, assignment));
        }
    }
    best
}
