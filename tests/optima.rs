//! `datasets/tiny` is planned by hand in its `OPTIMUM.md`. Here every assignment there is gets tried, with the costs of
//! `src/cost` and the rules as the documents state them, and the hand's numbers must come out.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is how a test or bench fails")]

use std::fs;
use std::path::{Path, PathBuf};

use caseload::cost::{self, Prepared, Term};
use caseload::ids::{ManagerIx, MemberIx};
use caseload::program::settings::Overrides;
use caseload::program::{Rules, Settings};
use caseload::roster::reading::read_folder;
use caseload::roster::{DecisionKind, Roster};
use serde_json::Value;

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/tiny")
}

fn load() -> (Roster, Rules) {
    let today = "2030-01-01".parse().expect("a date");
    let rules = Settings::resolve(&tiny(), &Overrides::default(), today).expect("settings").rules;
    let read = read_folder(&tiny(), rules.as_of).expect("a good roster");
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    (read.roster, rules)
}

/// A rule that can be left out, to see that it binds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    None,
    Household,
    Decision(DecisionKind),
}

/// Cap, leaving, decisions, household: as `data.md` and the program file say, with `without` left out.
fn allowed(roster: &Roster, rules: &Rules, plan: &[Option<ManagerIx>], without: Rule) -> bool {
    let cap = rules.program.caps[0].limit.floor() as usize;
    let fits = roster.manager_indices().all(|manager| {
        let load = plan.iter().filter(|one| **one == Some(manager)).count();
        load <= if rules.at_work(roster.manager(manager)) { cap } else { 0 }
    });
    let decided =
        roster.decisions().iter().filter(|decision| without != Rule::Decision(decision.kind)).all(|decision| {
            let with = plan[decision.member.at()] == Some(decision.manager);
            if decision.kind == DecisionKind::Forbid { !with } else { with }
        });
    let together = roster.member_indices().all(|a| {
        roster.member_indices().all(|b| {
            let (one, other) = (roster.member(a), roster.member(b));
            let share = one.household.is_some() && one.household == other.household && one.manager == other.manager;
            !share || plan[a.at()] == plan[b.at()]
        })
    });
    fits && decided && (together || without == Rule::Household)
}

/// Every allowed assignment with its cost, cheapest first.
fn all_plans(roster: &Roster, rules: &Rules, without: Rule) -> Vec<(i64, Vec<Option<ManagerIx>>)> {
    let (members, managers) = (roster.members().len(), roster.managers().len());
    let caps = vec![rules.program.caps[0].limit.floor(); managers];
    let mut found = Vec::new();
    for number in 0..managers.pow(members as u32) {
        let plan: Vec<_> =
            (0..members).map(|at| Some(ManagerIx::new(number / managers.pow(at as u32) % managers))).collect();
        if allowed(roster, rules, &plan, without) {
            found.push((cost::score(roster, rules, &caps, &plan).total().0, plan));
        }
    }
    found.sort();
    found
}

#[test]
fn the_optimum_worked_out_by_hand_is_the_optimum() {
    let (roster, rules) = load();
    let by_hand: Value =
        serde_json::from_str(&fs::read_to_string(tiny().join("optimum.json")).expect("a file")).expect("JSON");
    let plans = all_plans(&roster, &rules, Rule::None);
    let (least, plan) = &plans[0];
    assert_eq!(Some(*least), by_hand["cost_seconds"].as_i64());
    assert_eq!(Some(plans[1].0), by_hand["second_best_seconds"].as_i64(), "and only one plan has it");
    for member in roster.member_indices() {
        let manager = plan[member.at()].expect("everybody is placed");
        assert_eq!(by_hand["assignment"][&*roster.member(member).id].as_str(), Some(&*roster.manager(manager).id));
    }
    let caps = vec![rules.program.caps[0].limit.floor(); roster.managers().len()];
    for (term, cost) in cost::score(&roster, &rules, &caps, plan).iter() {
        assert_eq!(by_hand["terms_seconds"][term.word()].as_i64(), Some(cost.0), "{}", term.word());
    }
    assert_eq!(by_hand["terms_seconds"].as_object().map(serde_json::Map::len), Some(Term::ALL.len()));
}

#[test]
fn every_rule_of_the_small_roster_binds() {
    let (roster, rules) = load();
    let by_hand: Value =
        serde_json::from_str(&fs::read_to_string(tiny().join("optimum.json")).expect("a file")).expect("JSON");
    let rules_left_out = [
        ("household", Rule::Household),
        ("keep", Rule::Decision(DecisionKind::Keep)),
        ("assign", Rule::Decision(DecisionKind::Assign)),
        ("forbid", Rule::Decision(DecisionKind::Forbid)),
    ];
    for (name, without) in rules_left_out {
        let least = all_plans(&roster, &rules, without)[0].0;
        assert_eq!(by_hand["cost_seconds_without"][name].as_i64(), Some(least), "{name}");
    }
}

#[test]
fn the_table_of_pairs_in_the_document_holds() {
    let (roster, rules) = load();
    let prepared = Prepared::new(&roster, &rules);
    let document = fs::read_to_string(tiny().join("OPTIMUM.md")).expect("a file");
    let table =
        document.split("## Cost of each pair").nth(1).and_then(|rest| rest.split("\n\n").nth(1)).expect("a table");
    let rows: Vec<Vec<&str>> =
        table.lines().map(|line| line.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect()).collect();
    assert_eq!(rows.len(), 2 + roster.members().len());
    for row in &rows[2..] {
        let member: MemberIx = roster.find_member(row[0]).expect("a member");
        for (name, minutes) in rows[0][1..].iter().zip(&row[1..]) {
            let manager = roster.find_manager(name).expect("a case manager");
            let cost = cost::arc(&prepared, member, manager);
            assert_eq!(cost.0, minutes.parse::<i64>().expect("a number") * 60, "{} with {name}", row[0]);
        }
    }
}
