//! Several programs in one roster: an including program, a case manager with members of both, a member whose program
//! changes on a date. Whole plans against the best plan that the verifier alone finds by trying all; and the verifier's
//! counts against ones made here from the two files' own numbers.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::sync::Arc;

use caseload::ids::TeamIx;
use caseload::output::json::Timings;
use caseload::pipeline::{self, Ending};
use caseload::program::settings::Overrides;
use caseload::program::{Rules, Settings};
use caseload::roster::{Need, Roster, RosterTables};
use caseload::solve::Control;
use caseload::verify::assess;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::rosters::{self, effective_on, freeze, manager, member, team};

const CONTROL: Control<'static> = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };

/// Limits of the two programs.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    /// `walk`: members of one case manager.
    cap: u32,
    /// `walk`: members of one team.
    span: u32,
    /// `call`: members that are a full caseload, and intensive ones.
    top: (u32, u32),
    /// `call`: members at least, for those who serve nothing else.
    floor: u32,
}

fn head(name: &str, code: &str) -> String {
    format!(
        "extends = \"common\"\nname = \"{name}\"\ntitle = \"{name}\"\njurisdiction = \"none\"\nstatus = \"example\"\n[citation]\nsource = \"test\"\ntext = \"test\"\n{code}"
    )
}

/// Two program files and the settings that name both; `call` lists no codes of its own.
fn rules(numbers: Numbers) -> Rules {
    let Numbers { cap, span, top, floor } = numbers;
    let folder = tempfile::tempdir().unwrap();
    let code = "[[code]]\ncode = \"W\"\ntitle = \"Walk\"\n[households]\nrule = \"off\"\n";
    let walk = format!(
        "{}[[cap]]\nname = \"limit\"\ntitle = \"Limit\"\nlimit = {cap}\nscale_with_fte = false\ncitation = \"test\"\n[[span]]\nname = \"team\"\ntitle = \"Team\"\nmanagers = 1\nmembers = {span}\ncitation = \"test\"\n",
        head("walk", code)
    );
    let call = format!(
        "{}[[range]]\nname = \"limit\"\ntitle = \"Limit\"\nfloor = {floor}\nfloor_minutes = 300\ntop = {}\nsteps = [{{ when = {{ needs = [\"intensive\"] }}, top = {} }}]\ncitation = \"test\"\n",
        head("call", ""),
        top.0,
        top.1
    );
    fs::write(folder.path().join("walk.toml"), walk).unwrap();
    fs::write(folder.path().join("call.toml"), call).unwrap();
    let settings = "programs = [\"walk.toml\", { program = \"call.toml\", codes = [\"C\", \"C2\"] }]\nas_of = 2026-03-02\neffective_on = 2026-04-01\n";
    fs::write(folder.path().join("caseload.toml"), settings).unwrap();
    Settings::resolve(folder.path(), &Overrides::default(), rosters::as_of()).unwrap().rules
}

/// A member: program code now, on the effective date another one or not, grade of need, present case manager.
type Row = (usize, bool, usize, Option<u32>);

const CODES: [&str; 3] = ["W", "C", "C2"];

/// The program code of a member on the effective date.
fn code_of((code, changes, ..): Row) -> &'static str {
    CODES[(code + usize::from(changes)) % 3]
}

/// C0 serves both, C1 walks only, C2 calls only; C0 and C1 are a team.
fn roster(rows: &[Row]) -> Roster {
    let mut managers: Vec<_> = (0..3).map(|at| manager(&format!("C{at}"))).collect();
    managers[1].programs = vec!["W".into()];
    managers[2].programs = vec!["C".into(), "C2".into()];
    managers[0].team = Some(TeamIx(0));
    managers[1].team = Some(TeamIx(0));
    let members = rows.iter().enumerate().map(|(at, &row)| {
        let (code, changes, need, present) = row;
        let mut member = member(&format!("M{at}"), present);
        member.program = Some(Arc::from(CODES[code]));
        member.need = [Need::Low, Need::Intensive][need];
        if changes {
            member.case.next_program = Some(Arc::from(code_of(row)));
            member.case.next_program_on = Some(effective_on());
        }
        member
    });
    freeze(RosterTables {
        members: members.collect(),
        managers,
        teams: vec![team("T1", None)],
        ..RosterTables::default()
    })
}

/// The rules said once more, from the numbers alone: does each hold where it applies?
fn holds(numbers: Numbers, rows: &[Row], assignment: &[Option<caseload::ids::ManagerIx>]) -> bool {
    let with = |manager: usize, walks: bool| {
        let is_there = move |(row, to): &(&Row, &Option<caseload::ids::ManagerIx>)| {
            to.is_some_and(|to| to.at() == manager) && (code_of(**row) == "W") == walks
        };
        rows.iter().zip(assignment).filter(is_there).map(|(row, _)| *row).collect::<Vec<_>>()
    };
    let cap = (0..3).all(|manager| with(manager, true).len() as u32 <= numbers.cap);
    let span = (with(0, true).len() + with(1, true).len()) as u32 <= numbers.span;
    // Shares over the product of the tops.
    let (usual, intensive) = numbers.top;
    let share = |row: &Row| if row.2 == 1 { usual } else { intensive };
    let range = (0..3).all(|manager| with(manager, false).iter().map(share).sum::<u32>() <= usual * intensive);
    cap && span && range
}

fn check(numbers: Numbers, rows: &[Row]) -> Result<(), TestCaseError> {
    let (roster, rules) = (roster(rows), rules(numbers));
    let own = ["walk/limit", "team", "call/limit"];
    let counted = |name: &str| own.iter().any(|own| name.starts_with(own));
    for assignment in rosters::all_assignments(&roster).step_by(7) {
        let found = assess(&roster, &rules, &assignment);
        let unmet = found.outcomes.iter().any(|row| counted(&row.rule) && row.changeable && !row.holds());
        prop_assert_eq!(!unmet, holds(numbers, rows, &assignment), "{:?}", assignment);
    }
    let best = rosters::optimum(&roster, &rules);
    match pipeline::plan(&roster, &rules, "auto", 1, CONTROL, &mut Timings::default()).unwrap() {
        Ending::Plan(plan) => {
            let (cost, _) = best.unwrap();
            prop_assert_eq!(plan.verified.terms().total(), cost);
            prop_assert_eq!(plan.verified.bound(), cost);
            prop_assert!(holds(numbers, rows, plan.verified.assignment()));
        }
        _ => prop_assert!(best.is_none(), "there is a plan: {:?}", best),
    }
    Ok(())
}

fn numbers() -> impl Strategy<Value = Numbers> {
    (1..4_u32, 1..6_u32, 2..5_u32, 1..3_u32, 0..3_u32).prop_map(|(cap, span, usual, intensive, floor)| {
        let top = (usual, intensive.min(usual));
        Numbers { cap, span, top, floor: floor.min(top.0) }
    })
}

fn row() -> impl Strategy<Value = Row> {
    (0..3_usize, any::<bool>(), 0..2_usize, proptest::option::of(0..3_u32))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_of_several_programs_are_the_best_there_are(numbers in numbers(), rows in vec(row(), 1..6)) {
        check(numbers, &rows)?;
    }
}

/// Eight members and three case managers, one of whom has both kinds; two change program on the effective date.
#[test]
fn eight_members_of_two_programs() {
    let numbers = Numbers { cap: 2, span: 3, top: (4, 2), floor: 2 };
    let rows = [
        (0, false, 0, Some(0)),
        (0, false, 1, Some(0)),
        (0, false, 0, Some(1)),
        (2, true, 0, Some(0)),
        (0, true, 1, Some(0)),
        (1, false, 0, Some(2)),
        (1, false, 1, Some(2)),
        (2, false, 0, None),
    ];
    // On the effective date rows 0 to 3 walk, and only C0 and C1, who are one team, may take them: a span of 3 is too little.
    let ending = pipeline::plan(&roster(&rows), &rules(numbers), "auto", 1, CONTROL, &mut Timings::default());
    assert!(!matches!(ending.unwrap(), Ending::Plan(_)), "four walkers, a team of three");
    check(Numbers { span: 4, ..numbers }, &rows).unwrap();
}
