//! The command line as people meet it: help, `check`, `config`, exit statuses.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use insta::assert_snapshot;
use tempfile::TempDir;

/// A name that must never be seen outside letters.
const CANARY: &str = "Wilhelmina Canary";

fn caseload() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caseload"));
    command.env("NO_COLOR", "1").env("COLUMNS", "100");
    command
}

/// Exit status, stdout and stderr, with the folder's name replaced.
fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = caseload().args(args).output().unwrap();
    let clean = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        if folder.is_absolute() { text.replace(folder.to_str().unwrap(), "ROSTER") } else { text.into_owned() }
    };
    (output.status.code().unwrap(), clean(&output.stdout), clean(&output.stderr))
}

/// Two counties, three case managers at work, one gone, one still to come; `members` of them with CM-1.
fn roster(members: u32, with_first: u32) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "member_id,name,need,manager_id,zip,birth_date\n".to_owned();
    for at in 0..members {
        let manager = if at < with_first { "CM-1" } else { "CM-2" };
        let zip = if at % 3 == 0 { "51101" } else { "50309" };
        text += &format!("M{at:03},{CANARY},low,{manager},{zip},1950-01-{:02}\n", at % 28 + 1);
    }
    fs::write(folder.path().join("members.csv"), text).unwrap();
    let managers = "manager_id,zip,fte,available_until,available_from,accepts_new\n\
        CM-1,50309,1.0,,,\nCM-2,50309,0.5,,,\nCM-3,50309,1.0,,,no\n\
        CM-8,51101,1.0,,2027-03-01,\nCM-9,51101,1.0,2026-01-31,,\n";
    fs::write(folder.path().join("managers.csv"), managers).unwrap();
    fs::write(folder.path().join("caseload.toml"), "as_of = 2026-11-23\n").unwrap();
    folder
}

#[test]
fn help_starts_with_what_there_is() {
    for command in ["check", "config"] {
        let help = run(Path::new("-"), &[command, "--help"]).1;
        assert!(help.starts_with("Examples:"), "{help}");
        assert_snapshot!(format!("help_{command}"), help);
    }
}

#[test]
fn check_says_where_one_stands() {
    let folder = roster(150, 80);
    let place = folder.path().to_str().unwrap();
    let (status, out, errors) = run(folder.path(), &["check", place]);
    assert_eq!(status, 1, "{errors}");
    assert_snapshot!("check", out);
    assert!(!format!("{out}{errors}").contains("Canary"));
}

#[test]
fn check_in_json_has_the_same_figures() {
    let folder = roster(150, 80);
    let (status, out, errors) = run(folder.path(), &["check", folder.path().to_str().unwrap(), "--format", "json"]);
    assert_eq!(status, 1, "{errors}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["members"], 150);
    assert_eq!(report["meets_every_rule"], false);
    assert_eq!(report["over_cap"][0]["manager_id"], "CM-1");
    assert_eq!(report["over_cap"][0]["over"], 30);
    let judged = report["staffing"].as_array().unwrap().iter().find(|row| row["judged"] == true).unwrap();
    assert_eq!((&judged["needed_thousandths"], &judged["hire"]), (&4000.into(), &1.into()));
    assert_eq!(report["staffing"].as_array().unwrap().len(), 4, "all four denominators");
    assert_eq!(report["padding"], serde_json::json!(["CM-3"]));
    // CM-1 and CM-2 have 45 places each by the average and five more each under the cap; CM-3 takes nobody.
    let shortage = &report["shortage"];
    assert_eq!((&shortage["places"], &shortage["short"], &shortage["hire"]), (&100.into(), &50.into(), &1.into()));
    let areas = shortage["areas"].as_array().unwrap();
    let sum = |key: &str| areas.iter().map(|area| area[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("short"), sum("hire")), (50, 1), "areas add up to the whole");
    assert!(!out.contains("Canary") && !out.contains("1950-"), "no personal data in JSON");
}

#[test]
fn check_is_content_when_every_rule_is_met() {
    let folder = roster(60, 30);
    let place = folder.path().to_str().unwrap();
    let (status, out, errors) = run(folder.path(), &["check", place]);
    assert_eq!(status, 0, "{out}{errors}");
    assert!(out.starts_with("MET: "), "{out}");
    // Sioux City's members share one name and birth date: a warning, which --strict turns into exit status 1.
    let strict = run(folder.path(), &["check", place, "--strict"]);
    let warned = strict.2.contains("warning[");
    assert_eq!(strict.0, i32::from(warned), "{}", strict.2);
}

#[test]
fn check_names_what_cannot_be_followed() {
    let folder = roster(60, 30);
    let decisions = "member_id,manager_id,kind\nM001,CM-1,assign\nM001,CM-2,assign\nM002,CM-9,assign\n";
    fs::write(folder.path().join("decisions.csv"), decisions).unwrap();
    let (status, out, _) = run(folder.path(), &["check", folder.path().to_str().unwrap()]);
    assert_eq!(status, 1);
    assert!(out.contains("M001 sent to both CM-1 and CM-2 (decisions.csv row 2 and 3)"), "{out}");
    assert!(out.contains("M002 sent to CM-9, who is not at work on 2026-11-23 (decisions.csv row 4)"), "{out}");
    assert!(out.contains("Next: correct decisions.csv"), "{out}");
}

#[test]
fn bad_data_is_all_reported_and_written() {
    let folder = roster(60, 30);
    let path = folder.path().join("members.csv");
    let text = fs::read_to_string(&path).unwrap().replacen("low", "lowe", 1).replacen("CM-2", "CM-22", 1);
    fs::write(&path, text).unwrap();
    let problems = folder.path().join("problems.csv");
    let args = ["check", folder.path().to_str().unwrap(), "--problems", problems.to_str().unwrap()];
    let (status, out, errors) = run(folder.path(), &args);
    assert_eq!((status, out.as_str()), (3, ""), "{errors}");
    assert!(errors.contains("2 errors in ROSTER: nothing was planned."), "{errors}");
    let written = fs::read_to_string(&problems).unwrap();
    assert!(written.starts_with("code,kind,file,row,column,value,what,expected,fix,did_you_mean\n"));
    assert_eq!(written.lines().filter(|line| line.contains(",error,members.csv,")).count(), 2, "{written}");
    assert!(!format!("{written}{errors}").contains("Canary"));
}

#[test]
fn files_that_are_not_there_are_named() {
    let (status, _, errors) = run(Path::new("-"), &["check", "no/such/folder"]);
    assert_eq!(status, 74, "{errors}");
    assert!(errors.contains("no/such/folder"), "{errors}");
    let (status, _, errors) = run(Path::new("-"), &["config", "no/such/folder"]);
    assert_eq!(status, 74, "{errors}");
    let folder = roster(60, 30);
    let args = ["check", folder.path().to_str().unwrap(), "--problems", "no/such/place.csv"];
    let (status, _, errors) = run(folder.path(), &args);
    assert_eq!(status, 74, "{errors}");
    assert!(errors.contains("no/such/place.csv"), "{errors}");
}

#[test]
fn config_lists_every_setting_with_its_origin() {
    let folder = roster(3, 3);
    let settings = "as_of = 2026-11-23\n[limits]\naverage = 40\n[weights]\ntravel = 2\n";
    fs::write(folder.path().join("caseload.toml"), settings).unwrap();
    let place = folder.path().to_str().unwrap();
    let (status, out, errors) = run(folder.path(), &["config", place, "--program", "iowa-cbcm"]);
    assert_eq!(status, 0, "{errors}");
    assert_snapshot!("config", out);
    let (_, out, _) = run(folder.path(), &["config", place, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let find = |key: &str| report["settings"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
    assert_eq!(find("limits.average")["origin"], "settings");
    assert_eq!(find("letters.batch_size")["origin"], "default");
    assert_eq!(find("balance.step_minutes")["origin"], "program");
}

#[test]
fn settings_that_cannot_be_used_end_with_2() {
    let folder = roster(3, 3);
    let place = folder.path().to_str().unwrap();
    let said = |settings: &str| {
        fs::write(folder.path().join("caseload.toml"), settings).unwrap();
        let (status, out, errors) = run(folder.path(), &["config", place]);
        assert_eq!((status, out.as_str()), (2, ""), "{errors}");
        errors
    };
    let mut all = String::new();
    for settings in [
        "program = \"iowa-cbmc\"",
        "[limits]\ncap = 60",
        "[limits]\ncapp = 40",
        "[weights]\ntravel = -1",
        "as_of = 2026-11-23T10:00:00",
        "[letters]\nbatch_size = 0",
    ] {
        all += &format!("{settings}\n{}\n", said(settings));
    }
    assert_snapshot!("settings_errors", all);
    assert_eq!(run(folder.path(), &["config"]).0, 2, "a missing argument is wrong usage");
    assert_eq!(run(folder.path(), &["check", place, "--as-of", "23.11.2026"]).0, 2);
}
