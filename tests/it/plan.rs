//! `caseload plan` through the binary: the optimum worked out by hand, every exit status, limits, interrupts, and the
//! same plan whatever the threads and the order of rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn caseload() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caseload"));
    command.env("NO_COLOR", "1");
    command
}

/// Exit status, stdout and stderr.
fn run(args: &[&str]) -> (i32, String, String) {
    let output = caseload().args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// `plan ROSTER --out OUT --no-letters --format json ...`: exit status, the object (null when there is none), stderr.
fn plan(roster: &Path, out: &Path, more: &[&str]) -> (i32, Value, String) {
    let mut args = vec!["plan", roster.to_str().unwrap(), "--out", out.to_str().unwrap(), "--no-letters"];
    args.extend(["--format", "json"]);
    args.extend(more);
    let (status, out, errors) = run(&args);
    let answer = if out.is_empty() { Value::Null } else { serde_json::from_str(&out).expect("one JSON object") };
    (status, answer, errors)
}

fn verify(plan_dir: &Path, roster: &Path) -> i32 {
    run(&["verify", plan_dir.to_str().unwrap(), roster.to_str().unwrap()]).0
}

fn dataset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets").join(name)
}

/// A CSV file, each row by column.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

const SIOUX_CITY: (f64, f64) = (42.49, -96.40);
const DAVENPORT: (f64, f64) = (41.52, -90.58);

/// Two towns too far apart for the rule's 150 miles: so many members and case managers in the west and in the east.
/// Members are with the first case manager of their town.
fn two_towns(west: (u32, u32), east: (u32, u32)) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut members = "member_id,need,latitude,longitude,county_fips,manager_id\n".to_owned();
    let mut managers = "manager_id,latitude,longitude,hired_on\n".to_owned();
    for (word, county, at, people) in [("W", "19193", SIOUX_CITY, west), ("E", "19163", DAVENPORT, east)] {
        for number in 1..=people.0 {
            members += &format!("{word}{number:03},low,{},{},{county},CM-{word}1\n", at.0, at.1);
        }
        for number in 1..=people.1 {
            managers += &format!("CM-{word}{number},{},{},2015-01-05\n", at.0, at.1);
        }
    }
    fs::write(folder.path().join("members.csv"), members).unwrap();
    fs::write(folder.path().join("managers.csv"), managers).unwrap();
    fs::write(folder.path().join("caseload.toml"), "as_of = 2026-11-23\neffective_on = 2027-01-01\n").unwrap();
    folder
}

fn append(folder: &Path, name: &str, rows: &str) {
    let path = folder.join(name);
    fs::write(&path, fs::read_to_string(&path).unwrap() + rows).unwrap();
}

/// Miles by the haversine formula, written down once more for this test.
fn miles(a: (f64, f64), b: (f64, f64)) -> f64 {
    let half = |x: f64, y: f64| ((x - y).to_radians() / 2.0).sin().powi(2);
    let h = half(a.0, b.0) + a.0.to_radians().cos() * b.0.to_radians().cos() * half(a.1, b.1);
    2.0 * 3958.8 * h.sqrt().asin()
}

fn strings(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_engine_finds_the_optimum_worked_out_by_hand() {
    let by_hand: Value = serde_json::from_str(&fs::read_to_string(dataset("tiny/optimum.json")).unwrap()).unwrap();
    for engine in ["auto", "network", "highs"] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("plan");
        let (status, answer, errors) = plan(&dataset("tiny"), &out, &["--engine", engine]);
        assert_eq!(status, 0, "{errors}");
        assert_eq!(answer["status"], "optimal");
        assert_eq!(answer["gap"], 0.0);
        assert_eq!(answer["cost"], by_hand["cost_seconds"]);
        assert_eq!(answer["bound"], by_hand["cost_seconds"]);
        assert_eq!(answer["terms"], by_hand["terms_seconds"]);
        assert_eq!((&answer["members"], &answer["managers"], &answer["moved"]), (&8.into(), &4.into(), &4.into()));
        assert_eq!(answer["plan_dir"], out.to_str().unwrap());
        assert_eq!(answer["engine"], if engine == "highs" { "highs" } else { "network" });
        for rule in answer["rules"].as_object().unwrap().values() {
            assert!(["limit", "before", "after"].iter().all(|key| rule[key].is_number()) && rule["met"] == true);
        }
        for phase in ["read", "model", "solve", "verify", "write", "total"] {
            assert!(answer["seconds"][phase].as_f64().unwrap() >= 0.0, "{phase}");
        }
        assert!(answer["peak_rss_bytes"].as_u64().unwrap() > 1 << 20);
        let rows = table(&out.join("assignments.csv"));
        assert_eq!(rows.len(), 8);
        for row in rows {
            assert_eq!(by_hand["assignment"][&row["member_id"]].as_str(), Some(row["manager_id"].as_str()));
        }
        assert_eq!(verify(&out, &dataset("tiny")), 0);
    }
}

#[test]
fn an_average_that_nobody_can_meet_is_said_and_the_plan_is_written() {
    // 95 members, two case managers: 47.5 on average is above 45, and both stay under the cap of 50.
    let folder = two_towns((0, 0), (95, 2));
    let out = folder.path().join("plan");
    let (status, answer, errors) = plan(folder.path(), &out, &[]);
    assert_eq!(status, 1, "{errors}");
    assert_eq!((&answer["status"], &answer["gap"]), (&"optimal".into(), &0.0.into()));
    let average = &answer["rules"]["statewide-average"];
    assert_eq!((&average["after"], &average["met"]), (&47.5.into(), &false.into()));
    assert_eq!(answer["rules"]["individual-cap"]["met"], true);
    let loads: Vec<u32> = table(&out.join("caseloads.csv")).iter().map(|row| row["after"].parse().unwrap()).collect();
    assert!(loads.iter().sum::<u32>() == 95 && loads.iter().all(|&load| load <= 50), "{loads:?}");
    assert_eq!(verify(&out, folder.path()), 1);
}

#[test]
fn wrong_usage_ends_with_2_and_writes_nothing() {
    let folder = two_towns((0, 0), (10, 1));
    let out = folder.path().join("plan");
    for more in [
        &["--gap", "2"][..],
        &["--gap", "-0.1"],
        &["--gap", "nan"],
        &["--time-limit", "0"],
        &["--time-limit", "-3"],
        &["--time-limit", "soon"],
        &["--threads", "0"],
        &["--engine", "cplex"],
        &["--work-limit", "-1"],
        &["--seed", "x"],
        &["--program", "iowa-cbmc"],
        &["--organization", "no-such-organization"],
        &["--frobnicate"],
    ] {
        let mut args = vec!["plan", folder.path().to_str().unwrap(), "--out", out.to_str().unwrap()];
        args.extend(more);
        let (status, said, errors) = run(&args);
        assert_eq!((status, said.as_str()), (2, ""), "{more:?}: {errors}");
        assert!(!errors.trim().is_empty());
        if more[0] == "--program" {
            assert!(errors.contains("did you mean `iowa-cbcm`"), "{errors}");
        }
        assert!(!out.exists(), "{more:?}");
    }
}

#[test]
fn bad_data_is_reported_in_one_run_and_nothing_is_written() {
    let folder = two_towns((0, 0), (10, 1));
    append(folder.path(), "members.csv", "E900,lowe,41.5,-90.5,19163,CM-E1\nE901,low,41.5,-90.5,19163,CM-E7\n");
    append(folder.path(), "managers.csv", "CM-E1,41.5,-90.5,2015-01-05\nCM-E9,41.5,-90.5,2015-02-30\n");
    let out = folder.path().join("plan");
    let (status, answer, errors) = plan(folder.path(), &out, &[]);
    assert_eq!((status, answer), (3, Value::Null), "{errors}");
    for problem in ["members.csv row 12, need", "members.csv row 13, manager_id", "managers.csv row 3", "2015-02-30"] {
        assert!(errors.contains(problem), "{problem} in {errors}");
    }
    assert!(errors.contains("4 errors"), "{errors}");
    assert!(!out.exists());
}

#[test]
fn a_shortage_is_proved_by_people_one_can_count_and_the_hire_that_is_advised_works() {
    let folder = two_towns((57, 1), (60, 2));
    let out = folder.path().join("plan");
    let (status, answer, errors) = plan(folder.path(), &out, &[]);
    assert_eq!(status, 4, "{errors}");
    assert_eq!(answer["status"], "infeasible");
    assert!(!out.exists(), "nothing is written");
    // Counted again from the files: whom each of these members can reach, and how many places those have.
    let place = |row: &BTreeMap<String, String>| -> (f64, f64) {
        (row["latitude"].parse().unwrap(), row["longitude"].parse().unwrap())
    };
    let (members, managers) = (table(&folder.path().join("members.csv")), table(&folder.path().join("managers.csv")));
    let (short, only) = (strings(&answer["members"]), strings(&answer["managers"]));
    assert!(!short.is_empty());
    for member in members.iter().filter(|row| short.contains(&row["member_id"])) {
        for manager in &managers {
            let reachable =
                member["manager_id"] == manager["manager_id"] || miles(place(member), place(manager)) <= 150.0;
            assert!(!reachable || only.contains(&manager["manager_id"]), "{} can go elsewhere", member["member_id"]);
        }
    }
    let places = 50 * only.len();
    assert_eq!(answer["places"], places);
    assert_eq!((short.len(), places), (57, 50), "more members than places");
    let sentence = answer["sentence"].as_str().unwrap();
    assert!(sentence.contains("57 members") && sentence.contains("50 places") && sentence.contains("7 too few"));
    assert_eq!(answer["by_county"], serde_json::json!([["Woodbury", 57]]));
    assert!(strings(&answer["rules"]).contains("individual-cap"));
    let repairs = answer["repairs"].as_array().unwrap();
    let hire = repairs.iter().find(|repair| repair["kind"] == "hire").expect("a hire");
    assert_eq!(hire["details"], serde_json::json!([["Woodbury", 1]]));
    let lift = repairs.iter().find(|repair| repair["kind"] == "lift_cap").expect("a cap");
    assert_eq!(lift["details"][0][1], 57);
    // The person is told the same.
    let (status, said, _) = run(&["plan", folder.path().to_str().unwrap()]);
    assert_eq!(status, 4);
    assert!(said.contains(sentence) && said.contains("hire 1 full-time case manager: 1 in Woodbury"), "{said}");
    assert!(!folder.path().join("plans").exists(), "nothing is written");
    // Who hires that one has a plan.
    append(folder.path(), "managers.csv", &format!("CM-W2,{},{},2026-11-02\n", SIOUX_CITY.0, SIOUX_CITY.1));
    let (status, answer, errors) = plan(folder.path(), &out, &[]);
    assert_eq!((status, &answer["status"]), (0, &"optimal".into()), "{errors}");
}

/// One town, two case managers, members who weigh 1 and 2, and who take half an hour a contact and the drives.
fn weighted(limit: &str, hours: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut members = "member_id,need,latitude,longitude,county_fips,manager_id,contacts_per_month\n".to_owned();
    for (number, need) in ["low", "low", "low", "low", "high", "high"].into_iter().enumerate() {
        members += &format!("W{number},{need},{},{},19193,CM-1,1\n", SIOUX_CITY.0, SIOUX_CITY.1);
    }
    let mut managers = "manager_id,latitude,longitude,hired_on\n".to_owned();
    for number in 1..=2 {
        managers += &format!("CM-{number},{},{},2015-01-05\n", SIOUX_CITY.0, SIOUX_CITY.1);
    }
    let example = fs::read_to_string(dataset("../models/programs/weighted-example.toml")).unwrap();
    let example = example.replace("limit = 96", &format!("limit = {limit}"));
    let example = example.replace("low = 1.0, moderate = 1.2, high = 1.6", "low = 1, moderate = 1, high = 2");
    let example = example.replace("limit = 140", &format!("limit = {hours}"));
    fs::write(folder.path().join("own.toml"), example).unwrap();
    fs::write(folder.path().join("members.csv"), members).unwrap();
    fs::write(folder.path().join("managers.csv"), managers).unwrap();
    let settings = "program = \"own.toml\"\nas_of = 2026-11-23\neffective_on = 2027-01-01\n";
    fs::write(folder.path().join("caseload.toml"), settings).unwrap();
    folder
}

/// Weights of 8 and two limits of 4: the plan splits them evenly, and a quarter less proves that it cannot be.
#[test]
fn weighted_capacities_are_planned_verified_and_explained() {
    let folder = weighted("4", "140");
    let out = folder.path().join("plan");
    let (status, answer, errors) = plan(folder.path(), &out, &[]);
    assert_eq!((status, &answer["status"]), (0, &"optimal".into()), "{errors}");
    assert_ne!(answer["engine"], "network", "weights are not for the network");
    assert_eq!(verify(&out, folder.path()), 0);
    let rows = table(&out.join("compliance.csv"));
    let acuity = rows.iter().find(|row| row["rule"] == "acuity").expect("a row of the capacity");
    let told = ["before", "after", "met"].map(|column| acuity[column].as_str());
    assert_eq!(told, ["8", "4", "yes"], "{acuity:?}");

    // A plan edited so that one case manager has more than the limit is refused by name.
    let table_of = table(&out.join("assignments.csv"));
    let mut by_hand = "member_id,manager_id\n".to_owned();
    for row in &table_of {
        by_hand += &format!("{},CM-2\n", row["member_id"]);
    }
    let edited = folder.path().join("by_hand.csv");
    fs::write(&edited, by_hand).unwrap();
    let place = folder.path().to_str().unwrap();
    let (status, said, _) = run(&["verify", "--assignments", edited.to_str().unwrap(), "--time-limit", "0", place]);
    assert_eq!(status, 1);
    assert!(said.contains("  V24 "), "{said}");
    assert!(said.contains("acuity: case manager CM-2 has 8.00 weight, the limit is 4.00"), "{said}");

    // 3 and 3: whoever has whom, 8 is too much.
    let folder = weighted("3", "140");
    let place = folder.path().to_str().unwrap();
    let (_, said, _) = run(&["check", place]);
    assert!(
        said.contains(
            "acuity: all members come to 8 (weight); those at work may have 6: 2 missing, hire 1, or 0.667 FTE by 2027-01-01."
        ),
        "{said}"
    );
    let (status, answer, errors) = plan(folder.path(), &folder.path().join("plan"), &[]);
    assert_eq!((status, &answer["status"]), (4, &"infeasible".into()), "{errors}");
    let sentence = answer["sentence"].as_str().unwrap();
    assert_eq!(
        sentence,
        "all 6 members come to at least 8.0 of `acuity` and can only go to 2 case managers, who may have 6.0: 2.0 too much"
    );
    assert_eq!(answer["rules"], serde_json::json!(["acuity"]));
}

/// Hours: 30 + 10 or 20 minutes each, and drives of 6 minutes one way, 3.9 or 11.8 minutes a month: 5 hours together, so
/// that nobody with 4.5 can have all.
#[test]
fn hours_with_the_drives_inside_are_kept() {
    let folder = weighted("96", "4.5");
    let out = folder.path().join("plan");
    let (status, answer, errors) = plan(folder.path(), &out, &[]);
    assert_eq!((status, &answer["status"]), (0, &"optimal".into()), "{errors}");
    assert_eq!(verify(&out, folder.path()), 0);
    let rows = table(&out.join("compliance.csv"));
    let hours = rows.iter().find(|row| row["rule"] == "hours").expect("a row of the capacity");
    let told = ["limit", "before", "met"].map(|column| hours[column].as_str());
    assert_eq!(told, ["4.5", "5", "yes"], "{hours:?}");
    assert!(hours["how"].contains("drives to visits inside"));
}

#[test]
fn contradictory_decisions_name_their_rows_at_once() {
    let folder = two_towns((0, 0), (60, 2));
    let decisions = "member_id,manager_id,kind\n\
        E003,CM-E1,forbid\nE001,CM-E1,assign\nE002,CM-E1,keep\nE001,CM-E2,assign\nE003,CM-E1,keep\n";
    fs::write(folder.path().join("decisions.csv"), decisions).unwrap();
    let out = folder.path().join("plan");
    let (status, answer, errors) = plan(folder.path(), &out, &[]);
    assert_eq!(status, 4, "{errors}");
    let found = answer["contradictions"].as_array().unwrap();
    let rows: Vec<&Value> = found.iter().map(|one| &one["rows"]).collect();
    assert_eq!(rows, [&serde_json::json!([3, 5]), &serde_json::json!([2, 6])]);
    let (_, said, _) = run(&["plan", folder.path().to_str().unwrap(), "--out", out.to_str().unwrap()]);
    assert!(said.contains("row 3 and 5: member E001") && said.contains("row 2 and 6: member E003"), "{said}");
    assert!(!out.exists());
}

#[test]
fn decisions_that_hold_everybody_name_themselves() {
    // 51 members kept with one case manager: the cap of 50 cannot hold; one decision has to go.
    let folder = two_towns((0, 0), (51, 2));
    let rows =
        (1..=51).fold("member_id,manager_id,kind\n".to_owned(), |text, at| text + &format!("E{at:03},CM-E1,keep\n"));
    fs::write(folder.path().join("decisions.csv"), rows).unwrap();
    let (status, answer, errors) = plan(folder.path(), &folder.path().join("plan"), &[]);
    assert_eq!(status, 4, "{errors}");
    assert_eq!(strings(&answer["managers"]), BTreeSet::from(["CM-E1".to_owned()]));
    assert_eq!((answer["members"].as_array().unwrap().len(), &answer["places"]), (51, &50.into()));
    let repairs = answer["repairs"].as_array().unwrap();
    let free = repairs.iter().find(|repair| repair["kind"] == "free_decisions").expect("decisions to free");
    let named = free["details"].as_array().unwrap();
    assert_eq!(named.len(), 1, "one is enough: {free}");
    // Taking out the row that is named makes a plan.
    let row: usize = named[0][0].as_str().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let text = fs::read_to_string(folder.path().join("decisions.csv")).unwrap();
    let left: Vec<&str> = text.lines().enumerate().filter(|(at, _)| at + 1 != row).map(|(_, line)| line).collect();
    fs::write(folder.path().join("decisions.csv"), left.join("\n") + "\n").unwrap();
    // 51 members and two case managers: the average holds too.
    assert_eq!(plan(folder.path(), &folder.path().join("plan"), &[]).0, 0);
}

#[test]
fn members_nobody_may_take_are_listed_with_the_reasons() {
    let folder = two_towns((0, 0), (40, 2));
    let rows = format!("X1,low,{0},{1},19193,\nX2,low,{0},{1},19193,\n", SIOUX_CITY.0, SIOUX_CITY.1);
    append(folder.path(), "members.csv", &rows);
    append(folder.path(), "managers.csv", &format!("CM-OLD,{},{},2010-01-04\n", SIOUX_CITY.0, SIOUX_CITY.1));
    let managers = fs::read_to_string(folder.path().join("managers.csv")).unwrap();
    let with_ends: Vec<String> = managers
        .lines()
        .map(|line| match line.split(',').next() {
            Some("manager_id") => format!("{line},available_until"),
            Some("CM-OLD") => format!("{line},2026-12-01"),
            _ => format!("{line},"),
        })
        .collect();
    fs::write(folder.path().join("managers.csv"), with_ends.join("\n") + "\n").unwrap();
    let out = folder.path().join("plan");
    let (status, answer, errors) = plan(folder.path(), &out, &[]);
    assert_eq!(status, 1, "{errors}");
    assert_eq!((&answer["status"], &answer["unplaced"]), (&"optimal".into(), &2.into()));
    let unplaced = table(&out.join("unplaced.csv"));
    let rows: Vec<(&str, &str)> =
        unplaced.iter().map(|row| (row["member_id"].as_str(), row["ruled_out"].as_str())).collect();
    assert_eq!(rows, [("X1", "not_at_work 1; distance 2"), ("X2", "not_at_work 1; distance 2")]);
    assert_eq!(verify(&out, folder.path()), 1);
}

#[test]
fn members_left_unserved_on_request_are_listed() {
    let folder = two_towns((57, 1), (60, 2));
    let out = folder.path().join("plan");
    let (status, answer, errors) = plan(folder.path(), &out, &["--allow-unserved"]);
    assert_eq!(status, 1, "{errors}");
    assert_eq!((&answer["status"], &answer["unplaced"]), (&"optimal".into(), &7.into()));
    let unplaced = table(&out.join("unplaced.csv"));
    assert_eq!(unplaced.len(), 7);
    let assigned = table(&out.join("assignments.csv"));
    for row in &unplaced {
        assert_eq!(row["ruled_out"], "distance 2; no_place_left 1");
        let left = assigned.iter().find(|one| one["member_id"] == row["member_id"]).unwrap();
        assert_eq!(left["manager_id"], "");
    }
    assert_eq!(assigned.iter().filter(|row| row["manager_id"].is_empty()).count(), 7);
    let args = ["verify", out.to_str().unwrap(), folder.path().to_str().unwrap(), "--allow-unserved"];
    assert_eq!(run(&args).0, 1, "{}", run(&args).1);
}

#[test]
fn a_limit_ends_with_a_verified_plan_and_its_gap() {
    let roster = dataset("iowa-mco");
    for (limit, seconds) in [(["--time-limit", "8"], Some(8.0)), (["--work-limit", "1"], None)] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("plan");
        let started = Instant::now();
        let (status, answer, errors) = plan(&roster, &out, &["--engine", "highs", "--no-report", limit[0], limit[1]]);
        let took = started.elapsed().as_secs_f64();
        if let Some(seconds) = seconds {
            let solving = answer["seconds"]["read"].as_f64().unwrap_or(0.0)
                + answer["seconds"]["model"].as_f64().unwrap_or(0.0)
                + answer["seconds"]["solve"].as_f64().unwrap_or(0.0);
            assert!(solving <= seconds * 1.05 + 1.0, "{solving} s of {seconds} s, {took} s in all");
            assert!(took <= seconds * 1.05 + 15.0, "{took} s of {seconds} s");
        }
        assert_eq!(status, 5, "{errors}");
        assert_eq!(answer["status"], "limit");
        assert_eq!(answer["plan_dir"], out.to_str().unwrap(), "the best plan is written");
        let (cost, bound) = (answer["cost"].as_f64().unwrap(), answer["bound"].as_f64().unwrap());
        assert!(bound < cost && (answer["gap"].as_f64().unwrap() - (cost - bound) / cost).abs() < 1e-12);
        assert_eq!(answer["rules"]["individual-cap"]["met"], true);
        assert!([0, 1].contains(&verify(&out, &roster)), "a plan that stands");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_the_best_plan() {
    let roster = dataset("iowa-mco");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("plan");
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_caseload"))
        .args(["plan", roster.to_str().unwrap(), "--engine", "highs", "--no-letters", "--no-report"])
        .args(["--out", out.to_str().unwrap(), "--format", "json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    let sent = Instant::now();
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let took = sent.elapsed();
    assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(took < Duration::from_secs(15), "{took:?} after Ctrl-C, verifying and writing included");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["status"], "limit");
    if answer["plan_dir"].is_string() {
        assert!([0, 1].contains(&verify(&out, &roster)));
    } else {
        assert!(!out.exists());
    }
}

#[test]
fn plan_folders_that_are_there_stay() {
    let folder = two_towns((0, 0), (60, 2));
    let out = folder.path().join("plan");
    assert_eq!(plan(folder.path(), &out, &[]).0, 0);
    let before = fs::read(out.join("plan.json")).unwrap();
    let (status, answer, errors) = plan(folder.path(), &out, &[]);
    assert_eq!((status, answer), (74, Value::Null), "{errors}");
    assert!(errors.contains(out.to_str().unwrap()) && errors.contains("--force"), "{errors}");
    assert_eq!(fs::read(out.join("plan.json")).unwrap(), before);
    assert_eq!(plan(folder.path(), &out, &["--force"]).0, 0);
    // Nothing but a plan is ever replaced.
    let papers = folder.path().join("papers");
    fs::create_dir(&papers).unwrap();
    fs::write(papers.join("letter.txt"), "keep me").unwrap();
    assert_eq!(plan(folder.path(), &papers, &["--force"]).0, 74);
    assert_eq!(fs::read_to_string(papers.join("letter.txt")).unwrap(), "keep me");
    // A parent that is a file cannot hold a folder, whoever asks (root may write to read-only folders).
    let (status, _, errors) = plan(folder.path(), &papers.join("letter.txt/plan"), &[]);
    assert_eq!(status, 74, "{errors}");
    assert!(errors.contains("letter.txt"), "{errors}");
    let leftovers = fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().contains(".partial"));
    assert_eq!(leftovers.count(), 0, "nothing half written is left");
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = two_towns((0, 0), (60, 2));
    let parent = folder.path().join("closed");
    fs::create_dir(&parent).unwrap();
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(parent.join("probe"), "").is_ok() {
        return; // Root writes everywhere: a parent that is a file is tested instead.
    }
    let (status, _, errors) = plan(folder.path(), &parent.join("plan"), &[]);
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(status, 74, "{errors}");
    assert!(errors.contains("closed"), "{errors}");
}

/// All files of a plan folder but the seconds it took.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.file_name().unwrap() != "timings.json" {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// A generated roster with a bit of everything in it.
fn generated() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("roster");
    let args = ["generate", "--members", "900", "--managers", "0", "--seed", "11", "--out", place.to_str().unwrap()];
    let (status, _, errors) = run(&args);
    assert_eq!(status, 0, "{errors}");
    folder
}

fn plan_with_letters(roster: &Path, out: &Path, more: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut args = vec!["plan", roster.to_str().unwrap(), "--out", out.to_str().unwrap()];
    args.extend(more);
    let (status, said, errors) = run(&args);
    assert!([0, 1].contains(&status), "{said}{errors}");
    contents(out)
}

#[test]
fn the_same_bytes_for_one_thread_and_two_and_twice_in_a_row() {
    let folder = generated();
    let roster = folder.path().join("roster");
    for engine in ["auto", "highs"] {
        let one =
            plan_with_letters(&roster, &folder.path().join("one"), &["--force", "--threads", "1", "--engine", engine]);
        assert!(one.len() > 10 && one.keys().any(|path| path.extension().is_some_and(|word| word == "pdf")));
        for (name, threads) in [("two", "2"), ("again", "2")] {
            let other = plan_with_letters(
                &roster,
                &folder.path().join(name),
                &["--force", "--threads", threads, "--engine", engine],
            );
            assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
            for (path, bytes) in &one {
                assert!(bytes == &other[path], "{engine}: {} differs with {threads} threads", path.display());
            }
        }
    }
}

#[test]
fn names_stand_in_letters_only() {
    let folder = generated();
    let (roster, out) = (folder.path().join("roster"), folder.path().join("plan"));
    let output = caseload().args(["plan", roster.to_str().unwrap(), "--out", out.to_str().unwrap()]).output().unwrap();
    let mut said = vec![("stdout".to_owned(), output.stdout), ("stderr".to_owned(), output.stderr)];
    for entry in fs::read_dir(&out).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            said.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    assert!(said.len() > 8);
    let members = table(&roster.join("members.csv"));
    let secrets = ["name", "address_line1", "guardian_name", "birth_date", "phone", "email"];
    for (place, text) in &said {
        let text = String::from_utf8_lossy(text);
        for member in &members {
            for column in secrets.iter().filter(|column| !member[**column].is_empty()) {
                assert!(!text.contains(&member[*column]), "{column} of {} in {place}", member["member_id"]);
            }
        }
    }
}

/// Hashes of the input files, the plan's id made from them and row numbers are the files' own; all else is the same.
#[test]
fn the_order_of_rows_changes_nothing() {
    let folder = generated();
    let (roster, shuffled) = (folder.path().join("roster"), folder.path().join("shuffled"));
    fs::create_dir(&shuffled).unwrap();
    for entry in fs::read_dir(&roster).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let target = shuffled.join(path.file_name().unwrap());
        if path.extension().is_none_or(|word| word != "csv") {
            fs::write(target, text).unwrap();
            continue;
        }
        // Cells may hold line ends: records are shuffled, not lines.
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let mut rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
        let mut state = 77_u64;
        for at in (1..rows.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            rows.swap(at, (state >> 33) as usize % (at + 1));
        }
        let mut writer = csv::Writer::from_path(target).unwrap();
        writer.write_record(&header).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.flush().unwrap();
    }
    for engine in ["auto", "highs"] {
        let flags = ["--force", "--engine", engine, "--no-letters"];
        let one = plan_with_letters(&roster, &folder.path().join("one"), &flags);
        let other = plan_with_letters(&shuffled, &folder.path().join("two"), &flags);
        for (path, bytes) in one.iter().filter(|(path, _)| path.extension().is_some_and(|word| word == "csv")) {
            assert!(bytes == &other[path], "{engine}: {} differs", path.display());
        }
        for name in ["plan.json", "certificate.json"] {
            let cleaned = |files: &BTreeMap<PathBuf, Vec<u8>>| {
                let mut json: Value = serde_json::from_slice(&files[Path::new(name)]).unwrap();
                assert!(json["plan_id"].is_string());
                let all = json.as_object_mut().unwrap();
                for key in ["plan_id", "inputs"] {
                    all.remove(key);
                }
                json
            };
            assert!(cleaned(&one) == cleaned(&other), "{engine}: {name} differs");
        }
    }
}
