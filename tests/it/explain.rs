//! `caseload explain`, `recommend` and `compare` through the binary.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn run(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_caseload")).env("NO_COLOR", "1").args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn json(args: &[&str]) -> Value {
    let (status, out, errors) = run(&[args, &["--format", "json"]].concat());
    assert_eq!(status, 0, "{out}{errors}");
    serde_json::from_str(&out).expect("one JSON object")
}

/// A generated roster of 300 members with a plan beside it.
fn planned() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let made = run(&["generate", "--members", "300", "--managers", "0", "--seed", "5", "--out", &path("roster")]);
    assert_eq!(made.0, 0, "{}", made.2);
    let plan = run(&["plan", &path("roster"), "--out", &path("plan"), "--no-letters", "--no-report"]);
    assert!(plan.0 <= 1, "{}", plan.2);
    folder
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

fn ids(table: &Path, column: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(table).unwrap();
    let at = reader.headers().unwrap().iter().position(|name| name == column).unwrap();
    reader.records().map(|row| row.unwrap()[at].to_owned()).collect()
}

#[test]
fn a_member_a_case_manager_and_the_plan_are_explained() {
    let folder = planned();
    let (plan, roster) = (path(&folder, "plan"), path(&folder, "roster"));
    let assigned = fs::read_to_string(folder.path().join("plan/assignments.csv")).unwrap();
    let mut free = None;
    for line in assigned.lines().skip(1).take(40) {
        let (member, chosen) = line.split_once(',').unwrap();
        let told = json(&["explain", &plan, &roster, "--member", member]);
        assert_eq!(told["chosen"], chosen);
        assert_eq!(told["plan_proven"], true);
        let alternatives = told["alternatives"].as_array().unwrap();
        for other in alternatives {
            assert_eq!(other["exact"], true, "{other}");
            assert!(other["extra_seconds"].as_i64().unwrap() >= 0, "the plan is optimal: {other}");
            assert_eq!(
                other["chain"][0]["member_ids"].as_array().unwrap().iter().filter(|id| *id == member).count(),
                1
            );
            assert_eq!(other["chain"][0]["to"], other["manager_id"]);
        }
        if let Some(other) = alternatives.first() {
            // The same choice asked for by name has the same price; the roster's folder is known from the plan.
            let id = other["manager_id"].as_str().unwrap();
            let asked = json(&["explain", &plan, "--member", member, "--to", id]);
            assert_eq!(asked["asked"]["alternative"]["extra_seconds"], other["extra_seconds"]);
            let (_, said, _) = run(&["explain", &plan, &roster, "--member", member]);
            assert!(said.contains(other["sentence"].as_str().unwrap()), "{said}");
            free = Some(chosen.to_owned());
            break;
        }
    }
    let manager = free.expect("somebody could be elsewhere");
    let told = json(&["explain", &plan, &roster, "--manager", &manager]);
    let (came, stayed) = (told["came"].as_array().unwrap().len(), told["stayed"].as_array().unwrap().len());
    assert_eq!(told["after"].as_u64().unwrap() as usize, came + stayed);
    let summary = json(&["explain", &plan, &roster]);
    assert!(!summary["hires"].as_array().unwrap().is_empty());
    for rate in summary["rates"].as_array().unwrap() {
        let best = rate["optimum_seconds"].as_i64().unwrap();
        assert!(best <= rate["plan_seconds"].as_i64().unwrap(), "the best plan costs no more than this one: {rate}");
    }
    let (status, _, errors) = run(&["explain", &plan, &roster, "--member", "nobody"]);
    assert_eq!(status, 2, "{errors}");
    assert!(errors.contains("there is no member nobody"));
}

#[test]
fn a_recommendation_is_written_down_once_and_contradictions_are_refused() {
    let folder = planned();
    let roster = path(&folder, "roster");
    let members = folder.path().join("roster/members.csv");
    let member = ids(&members, "member_id").remove(0);
    let told = json(&["recommend", &roster, "--member", &member]);
    let choices = told["answer"]["choices"].as_array().unwrap();
    assert!(!choices.is_empty(), "{told}");
    let whole = json(&["recommend", &roster, "--member", &member, "--best-for-the-whole"]);
    assert_eq!(whole["answer"]["choices"][0]["seconds"], 0, "the best plan's own choice comes first");
    let decisions = folder.path().join("roster/decisions.csv");
    let before = fs::read_to_string(&decisions).unwrap_or_default();
    let (status, out, errors) = run(&["recommend", &roster, "--member", &member, "--decide", "--decided-by", "board"]);
    assert_eq!(status, 0, "{out}{errors}");
    let after = fs::read_to_string(&decisions).unwrap();
    assert!(after.starts_with(&before), "what was there stays");
    let last = after.lines().last().unwrap();
    assert!(last.starts_with(&member) && last.contains(",assign,") && last.ends_with("board"), "{last}");
    // Now only that choice is left; whoever forbids it contradicts the row.
    let chosen = last.split(',').nth(1).unwrap();
    let forbidden = after.clone() + &last.replace(",assign,", ",forbid,") + "\n";
    fs::write(&decisions, &forbidden).unwrap();
    let (status, _, errors) = run(&["recommend", &roster, "--member", &member, "--decide"]);
    assert_ne!(status, 0, "{errors}");
    assert_eq!(fs::read_to_string(&decisions).unwrap(), forbidden, "{chosen} is not written again");
}

#[test]
fn a_leaver_is_emptied_and_a_hire_filled_without_moving_anybody_else() {
    let folder = planned();
    let roster = path(&folder, "roster");
    let managers = ids(&folder.path().join("roster/members.csv"), "manager_id");
    let leaver = managers.iter().find(|id| !id.is_empty()).unwrap();
    let (_, out, _) = run(&["recommend", &roster, "--leaving", leaver, "--format", "json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    let (given, left) = (told["answer"]["given"].as_array().unwrap(), told["answer"]["left"].as_array().unwrap());
    assert!(given.iter().all(|one| one["from"] == leaver.as_str() && one["to"] != leaver.as_str()));
    assert_eq!(given.len() + left.len(), managers.iter().filter(|id| *id == leaver).count());
    let (_, out, errors) = run(&["recommend", &roster, "--hire", leaver, "--format", "json"]);
    let told: Value = serde_json::from_str(&out).expect(&errors);
    assert!(told["answer"]["given"].as_array().unwrap().iter().all(|one| one["to"] == leaver.as_str()));
}

#[test]
fn plans_are_compared_and_settings_swept() {
    let folder = planned();
    let (roster, first, second) = (path(&folder, "roster"), path(&folder, "plan"), path(&folder, "other"));
    let settings = folder.path().join("roster/caseload.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text + "\n[weights]\ncontinuity = 0.2\n").unwrap();
    let other = run(&["plan", &roster, "--out", &second, "--no-letters", "--no-report"]);
    assert!(other.0 <= 1, "{}", other.2);
    let told = json(&["compare", &first, &second]);
    let plans = told["plans"].as_array().unwrap();
    assert_eq!(plans.len(), 2);
    assert!(!plans[1]["differences"].as_array().unwrap().is_empty());
    assert!(plans[0]["differences"].as_array().unwrap().is_empty());
    let (csv, html) = (path(&folder, "sweep.csv"), path(&folder, "sweep.html"));
    let vary =
        ["compare", &roster, "--vary", "continuity=0.5..2,caps=45..46", "--steps", "3", "--csv", &csv, "--html", &html];
    let swept = json(&vary);
    let scenarios = swept["scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), 6);
    assert!(scenarios.iter().any(|one| one["pareto"] == true));
    let table = fs::read_to_string(&csv).unwrap();
    assert_eq!(table.lines().count(), 7);
    assert_eq!(json(&vary), swept, "twice the same");
    assert_eq!(fs::read_to_string(&csv).unwrap(), table);
    assert!(fs::read_to_string(&html).unwrap().contains("<svg"));
    let (status, _, errors) = run(&["compare", &roster, "--vary", "contuity=1..2"]);
    assert_eq!(status, 2);
    assert!(errors.contains("did you mean `continuity`"), "{errors}");
}
