//! Every shipped program from one end to the other: people of its kind are made up, planned, verified, reported and
//! written to. The rows of `compliance.csv` are that program's rules, and the report names it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use caseload::program::settings::load_program;
use caseload::program::{Program, Status};
use tempfile::TempDir;

/// A program, and a roster of its kind that is small.
struct Case {
    program: &'static str,
    members: &'static str,
    state: Option<&'static str>,
    /// Columns of `members.csv` that such a roster fills.
    fills: &'static [&'static str],
}

const fn case(program: &'static str, members: &'static str, fills: &'static [&'static str]) -> Case {
    Case { program, members, state: None, fills }
}

/// All of them; a test holds the list complete.
const CASES: [Case; 19] = [
    case("iowa-cbcm", "300", &["program", "visits_per_year"]),
    case("telephonic-60-day", "1400", &["next_outreach_on", "last_attempt_on", "contacts_per_month"]),
    case("idaho-bh", "160", &["authorized_units", "used_units", "review_due_on", "other_case_management"]),
    case("coa-intensive", "90", &["contacts_per_month"]),
    case("california-regional-center", "400", &["left_institution_on"]),
    case("georgia-now-comp", "200", &["program"]),
    case("georgia-intensive", "160", &["program"]),
    case("cwla-child-welfare", "160", &["household_id", "opened_on"]),
    case("probation-workload", "300", &["need"]),
    case("arizona-altcs", "260", &["setting"]),
    case("tennessee-choices", "300", &["setting"]),
    case("florida-ltc", "300", &["setting"]),
    case("new-jersey-mltss", "300", &["setting"]),
    case("hawaii-quest", "200", &["setting", "program"]),
    case("virginia-ccc-plus", "300", &["setting"]),
    case("ohio-mycare", "500", &["need"]),
    case("act-team", "160", &["contacts_per_month"]),
    case("weighted-example", "200", &["need"]),
    Case { program: "iowa-cbcm", members: "120", state: Some("WY"), fills: &["program"] },
];

fn caseload() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caseload"));
    command.env("NO_COLOR", "1");
    command
}

/// Exit status and stderr.
fn run(args: &[&str]) -> (i32, String) {
    let output = caseload().args(args).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn roster(case: &Case, folder: &TempDir) -> PathBuf {
    let out = folder.path().join("roster");
    let mut args = vec!["generate", "--program", case.program, "--members", case.members, "--seed", "3"];
    args.extend(["--out", out.to_str().unwrap()]);
    args.extend(case.state.iter().flat_map(|state| ["--state", state]));
    let (status, errors) = run(&args);
    assert_eq!(status, 0, "{}: {errors}", case.program);
    out
}

/// The values of a column.
fn column(path: &Path, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let at = reader.headers().unwrap().iter().position(|header| header == name).unwrap();
    reader.records().map(|row| row.unwrap()[at].to_owned()).collect()
}

fn loaded(name: &str) -> Program {
    load_program(Path::new("."), name).unwrap().program
}

fn from_end_to_end(case: &Case) {
    let folder = tempfile::tempdir().unwrap();
    let roster = roster(case, &folder);
    let plan = folder.path().join("plan");
    let name = case.program;
    for filled in case.fills {
        let values = column(&roster.join("members.csv"), filled);
        assert!(values.iter().any(|value| !value.is_empty()), "{name}: nobody has {filled}");
    }
    let (status, errors) =
        run(&["plan", roster.to_str().unwrap(), "--out", plan.to_str().unwrap(), "--time-limit", "6"]);
    // 5: the best plan is not yet proven best. 1: a constant or a tolerance is unmet, which the rows below say.
    assert!([0, 1, 5].contains(&status), "{name}: {status} {errors}");
    let verified = run(&["verify", plan.to_str().unwrap(), roster.to_str().unwrap()]);
    assert!([0, 1].contains(&verified.0), "{name}: {verified:?}");

    let program = loaded(name);
    let rules: BTreeSet<String> = column(&plan.join("compliance.csv"), "rule").into_iter().collect();
    let own = program.caps.iter().map(|rule| &rule.name);
    let own = own.chain(program.capacities.iter().map(|rule| &rule.name));
    let own = own.chain(program.mixed.iter().map(|rule| &rule.name));
    let own = own.chain(program.ranges.iter().map(|rule| &rule.name));
    let own = own.chain(program.averages.iter().map(|rule| &rule.name));
    let own = own.chain(program.fairness.iter().map(|rule| &rule.name));
    for rule in own.chain(program.spans.iter().map(|rule| &rule.name)) {
        assert!(rules.iter().any(|row| row.starts_with(rule.as_str())), "{name}: {rule} is not among {rules:?}");
    }
    let report = fs::read_to_string(plan.join("report.html")).unwrap();
    assert!(report.contains(&program.title), "{name}: the report names the program");
    assert!(report.contains(&program.words.monitoring), "{name}: the report has its document");

    if cfg!(feature = "letters") {
        let moved = column(&plan.join("transfers.csv"), "member_id").len();
        let written: BTreeSet<String> = column(&plan.join("letters/index.csv"), "member_id")
            .into_iter()
            .chain(column(&plan.join("letters/held.csv"), "member_id"))
            .collect();
        assert_eq!(written.len(), moved, "{name}: every transfer has a letter or a reason");
    }
}

/// Few new cases at once and several limits side by side: whoever is generated has to have a plan all the same.
#[test]
fn generated_child_welfare_rosters_have_a_plan() {
    for (members, seed) in [("60", "1"), ("100", "3"), ("160", "5"), ("240", "2"), ("400", "4"), ("700", "6")] {
        let folder = tempfile::tempdir().unwrap();
        let (roster, plan) = (folder.path().join("roster"), folder.path().join("plan"));
        let (roster, plan) = (roster.to_str().unwrap(), plan.to_str().unwrap());
        let program = "cwla-child-welfare";
        let made = run(&["generate", "--program", program, "--members", members, "--seed", seed, "--out", roster]);
        assert_eq!(made.0, 0, "{}", made.1);
        let limits = ["--time-limit", "20", "--gap", "0.25", "--no-letters", "--no-report", "--no-handoff"];
        let planned = run(&[&["plan", roster, "--out", plan], &limits[..]].concat());
        assert!([0, 1, 5].contains(&planned.0), "{members} of seed {seed}: {planned:?}");
        let verified = run(&["verify", plan, roster]);
        assert!([0, 1].contains(&verified.0), "{members} of seed {seed}: {verified:?}");
    }
}

#[test]
fn programs_of_the_documents_work_from_end_to_end() {
    CASES[..9].iter().for_each(from_end_to_end);
}

#[test]
fn examples_work_from_end_to_end() {
    CASES[9..].iter().for_each(from_end_to_end);
}

#[test]
fn every_program_has_its_case_and_its_line() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/README.md")).unwrap();
    for name in Program::shipped_names() {
        assert!(CASES.iter().any(|case| case.program == name), "{name} has no case");
        let program = loaded(name);
        let status = if program.status == Status::Cited { "cited" } else { "example" };
        let has_line = page.lines().any(|line| line.starts_with(&format!("| `{name}` |")) && line.contains(status));
        assert!(has_line, "{name} has no line in models/README.md");
        // What is unconfirmed claims no source.
        let unconfirmed = ["Unconfirmed", "An example"].iter().any(|word| program.citation.source.starts_with(word));
        assert_eq!(program.status == Status::Example, unconfirmed, "{name}");
    }
}

/// Contact tiers decide in the order of the file: an urgent client before a new one, everybody else within seven weeks.
#[test]
fn a_telephonic_roster_has_calls_and_no_visits() {
    let folder = tempfile::tempdir().unwrap();
    let members = roster(&CASES[1], &folder).join("members.csv");
    assert!(column(&members, "visits_per_year").iter().all(|visits| visits == "0"));
    assert!(column(&members, "next_outreach_on").iter().all(|day| !day.is_empty()));
    let (contact, attempt) = (column(&members, "last_contact_on"), column(&members, "last_attempt_on"));
    let never = contact.iter().zip(&attempt).filter(|(contact, attempt)| contact.is_empty() && attempt.is_empty());
    assert!((20..200).contains(&never.count()), "some are new clients");
    let program = loaded("telephonic-60-day");
    let times: Vec<u32> = program.contact_tiers.iter().map(caseload::program::ContactTier::hours).collect();
    assert_eq!(times, [72, 7 * 24, 7 * 7 * 24]);
    let outreach = program.outreach.unwrap();
    assert_eq!((outreach.cycle_days, outreach.contacts_per_workday), (60, 8));
}

/// As many case managers as the rules need: no rule is short of staff, and the bytes repeat.
#[test]
fn a_roster_of_a_weighted_program_is_hired_for_and_repeats() {
    let folder = tempfile::tempdir().unwrap();
    let case = case("probation-workload", "700", &[]);
    let first = roster(&case, &folder);
    let hours: f64 = column(&first.join("members.csv"), "need")
        .iter()
        .map(|need| match need.as_str() {
            "low" => 1.0,
            "moderate" => 2.0,
            _ => 4.0,
        })
        .sum();
    let managers = column(&first.join("managers.csv"), "available_until");
    let from = column(&first.join("managers.csv"), "available_from");
    let at_work = managers.iter().zip(&from).filter(|(until, from)| until.is_empty() && from.is_empty()).count();
    assert!(
        at_work as f64 * 120.0 >= hours && at_work as f64 * 120.0 <= hours * 1.10 + 240.0,
        "{at_work} for {hours} hours"
    );
    let again = tempfile::tempdir().unwrap();
    let second = roster(&case, &again);
    assert_eq!(fs::read(first.join("members.csv")).unwrap(), fs::read(second.join("members.csv")).unwrap());
}

/// An organization with two programs and shared staff: a CM who serves both, one for each, and a member who changes program
/// on the effective date. Iowa's 50 and its average bind Iowa's members, the telephonic 350 the others.
#[test]
fn two_programs_share_their_staff() {
    let folder = tempfile::tempdir().unwrap();
    let (roster, plan) = (folder.path().join("roster"), folder.path().join("plan"));
    fs::create_dir(&roster).unwrap();
    let mut members = "member_id,need,manager_id,zip,program,next_program,next_program_on\n".to_owned();
    for at in 0..150 {
        // 60 of Iowa's, 90 clients by phone; the last of Iowa's becomes one of them.
        let (program, next) = match at {
            0..59 => ("EW", ","),
            59 => ("EW", "PHONE,2026-12-01"),
            _ => ("PHONE", ","),
        };
        members += &format!("M{at:03},low,BOTH,50309,{program},{next}\n");
    }
    fs::write(roster.join("members.csv"), members).unwrap();
    let managers = "manager_id,zip,programs\nBOTH,50309,\nIOWA,50309,EW\nCALLS,50309,PHONE\n";
    fs::write(roster.join("managers.csv"), managers).unwrap();
    let settings = "programs = [\"iowa-cbcm\", { program = \"telephonic-60-day\", codes = [\"PHONE\"] }]\nas_of = 2026-11-23\neffective_on = 2026-12-01\n";
    fs::write(roster.join("caseload.toml"), settings).unwrap();
    let (roster, plan) = (roster.to_str().unwrap(), plan.to_str().unwrap());
    let (status, errors) = run(&["plan", roster, "--out", plan]);
    assert_eq!(status, 0, "{errors}");
    assert_eq!(run(&["verify", plan, roster]).0, 0);
    let plan = Path::new(plan);
    let rows: Vec<(String, String)> = column(&plan.join("compliance.csv"), "rule")
        .into_iter()
        .zip(column(&plan.join("compliance.csv"), "after"))
        .collect();
    let after = |rule: &str| {
        rows.iter().find(|row| row.0 == rule).unwrap_or_else(|| panic!("{rule}: {rows:?}")).1.parse::<f64>().unwrap()
    };
    // BOTH keeps 50 of the 59 who are Iowa's on the effective date, and all the others: 141 in all, under no cap of all.
    assert!((after("individual-cap") - 50.0).abs() < 1e-9, "{rows:?}");
    assert!((after("clients") - 91.0).abs() < 1e-9, "{rows:?}");
    // 59 members of Iowa's codes over three by headcount.
    assert!((after("statewide-average") - 59.0 / 3.0).abs() < 0.01, "{rows:?}");
    let moved = column(&plan.join("transfers.csv"), "to_manager_id");
    assert_eq!(moved, vec!["IOWA"; 9]);
}

/// Reports speak a program's own words.
#[test]
fn reports_speak_the_programs_words() {
    let folder = tempfile::tempdir().unwrap();
    let case = CASES.iter().find(|case| case.program == "probation-workload").unwrap();
    let roster = roster(case, &folder);
    let plan = folder.path().join("plan");
    let (status, errors) =
        run(&["plan", roster.to_str().unwrap(), "--out", plan.to_str().unwrap(), "--time-limit", "4"]);
    assert!([0, 1, 5].contains(&status), "{errors}");
    let report = fs::read_to_string(plan.join("report.html")).unwrap();
    let page = report.split_once("<main>").unwrap().1.split_once("id=\"method\"").unwrap().0;
    assert!(page.contains("people supervised") && page.contains("Probation officer"));
    // Names of rules and ids apart, nobody else's words.
    let text: String =
        page.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect::<Vec<_>>().join("\n");
    for foreign in ["case manager", "Case manager", " members", "Members "] {
        let line = text.lines().find(|line| line.contains(foreign));
        assert!(line.is_none(), "{foreign}: {line:?}");
    }
    let check = caseload().args(["check", roster.to_str().unwrap()]).output().unwrap();
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(said.contains("people supervised") && said.contains("probation officers"), "{said}");
}
