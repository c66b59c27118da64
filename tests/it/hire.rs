//! `caseload hire` and `caseload simulate` through the binary: a shortage that only one town's hires can end, the files,
//! the words, and the same bytes for any number of threads.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

fn run(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caseload"));
    let output = command.env("NO_COLOR", "1").env("COLUMNS", "100").args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn json(args: &[&str]) -> Value {
    let (_, out, errors) = run(&[args, &["--format", "json"]].concat());
    serde_json::from_str(&out).unwrap_or_else(|_| panic!("{errors}"))
}

/// 120 members in Sioux City with two case managers, 40 in Davenport with one, too far apart to help each other; and five
/// up the river from Davenport, who have none.
fn shortage() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut members = "member_id,need,latitude,longitude,county_fips,language,manager_id,assigned_on\n".to_owned();
    for at in 0..120 {
        let language = if at < 3 { "es" } else { "en" };
        members += &format!("W{at:03},low,42.49,-96.40,19193,{language},CM-W{},2020-05-0{}\n", at % 2 + 1, at % 9 + 1);
    }
    for at in 0..40 {
        members += &format!("E{at:03},high,41.52,-90.58,19163,en,CM-E1,2025-06-01\n");
    }
    for at in 40..45 {
        members += &format!("E{at:03},high,41.62,-90.40,19163,en,,\n");
    }
    let managers = "manager_id,team,latitude,longitude,hired_on\n\
        CM-E1,East,41.52,-90.58,2015-01-05\nCM-W1,West,42.49,-96.40,2015-01-05\nCM-W2,West,42.49,-96.40,2015-01-05\n";
    let positions = "position_id,team,latitude,longitude,annual_cost,earliest_start,languages\n\
        P-EAST,East,41.62,-90.40,60000,2027-01-01,en\n\
        P-WEST,West,42.40,-96.30,65000.50,2027-02-15,en;es\n";
    fs::write(folder.path().join("members.csv"), members).unwrap();
    fs::write(folder.path().join("managers.csv"), managers).unwrap();
    fs::write(folder.path().join("teams.csv"), "team,region\nEast,e\nWest,w\n").unwrap();
    fs::write(folder.path().join("positions.csv"), positions).unwrap();
    let settings = "as_of = 2026-11-23\neffective_on = 2027-01-01\n[simulate]\nin_per_year = 0.1\n";
    fs::write(folder.path().join("caseload.toml"), settings).unwrap();
    folder
}

#[test]
fn the_first_number_that_suffices_is_found_and_the_others_are_said_to_be_short() {
    let folder = shortage();
    let place = folder.path().to_str().unwrap();
    let found = json(&["hire", place]);
    assert_eq!(found["fewest_by_counting"], 1);
    assert_eq!(found["first_feasible"], 1);
    assert_eq!(found["earliest_compliance"], "2027-02-15");
    let points = found["points"].as_array().unwrap();
    assert_eq!(points.len(), 3, "two positions: 0, 1 and 2 hires");
    assert_eq!((&points[0]["standing"], &points[0]["short"]), (&"infeasible".into(), &20.into()));
    assert_eq!(points[0]["short_at_least"], 20, "counted, whatever is tried");
    assert_eq!(points[1]["sites"][0]["id"], "P-WEST");
    assert_eq!(points[1]["compliant_on"], "2027-02-15");
    assert_eq!(points[1]["gap"], 0.0);
    assert_eq!(points[1]["annual_cost"], 6_500_050);
    assert_eq!(points[1]["sites"][0]["members"], 20);
    assert_eq!(points[1]["figures"]["moved"], 20);
    assert_eq!(points[2]["sites"].as_array().unwrap().len(), 2);
    assert_eq!(run(&["hire", place]).0, 0);
    assert_snapshot!("hire", run(&["hire", place]).1);
}

#[test]
fn a_budget_and_a_team_leave_out_what_they_must() {
    let folder = shortage();
    let place = folder.path().to_str().unwrap();
    let within = json(&["hire", place, "--budget", "62000"]);
    assert_eq!(within["first_feasible"], Value::Null, "the west's position costs more");
    assert_eq!(run(&["hire", place, "--budget", "62000"]).0, 1);
    let west = json(&["hire", place, "--team", "West"]);
    assert_eq!((&west["candidates"], &west["first_feasible"]), (&1.into(), &1.into()));
    let (status, _, errors) = run(&["hire", place, "--team", "Wset"]);
    assert_eq!(status, 2);
    assert!(errors.contains("did you mean `West`?"), "{errors}");
    let (status, _, errors) = run(&["hire", place, "--everywhere", "--budget", "1"]);
    assert!(status == 2 && errors.contains("annual_cost"), "{errors}");
}

#[test]
fn a_single_number_is_proved_and_counties_do_without_positions() {
    let folder = shortage();
    let place = folder.path().to_str().unwrap();
    let one = json(&["hire", place, "--everywhere", "--exactly", "1"]);
    let points = one["points"].as_array().unwrap();
    assert_eq!((points.len(), &one["candidates"]), (1, &99.into()));
    assert_eq!((&points[0]["standing"], &points[0]["gap"]), (&"met".into(), &0.0.into()));
    assert_eq!(points[0]["sites"][0]["id"], "19193", "where the shortage is");
}

#[test]
fn the_folder_has_three_files_and_the_same_bytes_for_any_number_of_threads() {
    let folder = shortage();
    let place = folder.path().to_str().unwrap();
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (name, threads) in [("one", "1"), ("two", "2")] {
        let (status, text, errors) = run(&["hire", place, "--out", &out(name), "--threads", threads]);
        assert_eq!(status, 0, "{errors}");
        assert!(text.contains("hire.html, hire.csv, hire.json"), "{text}");
    }
    let read = |name: &str, file: &str| fs::read(folder.path().join(name).join(file)).unwrap();
    for file in ["hire.html", "hire.csv", "hire.json"] {
        assert_eq!(read("one", file), read("two", file), "{file}");
    }
    let rows: Vec<String> = csv::Reader::from_path(folder.path().join("one/hire.csv"))
        .unwrap()
        .records()
        .map(|row| row.unwrap().get(2).unwrap().to_owned())
        .collect();
    assert_eq!(rows, ["infeasible", "met", "met"]);
    let page = String::from_utf8(read("one", "hire.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("The 2nd hire (Scott, IA)"), "{page}");
    assert!(run(&["hire", place, "--out", &out("one")]).0 == 74, "an existing folder is kept without --force");
    assert_eq!(run(&["hire", place, "--out", &out("one"), "--force"]).0, 0);
    assert_eq!(run(&["hire", place, "--out", place, "--force"]).0, 74, "somebody's documents are not replaced");
}

#[test]
fn the_months_to_come_are_the_same_for_any_number_of_threads() {
    let folder = shortage();
    let place = folder.path().to_str().unwrap();
    let args = ["simulate", place, "--runs", "50", "--months", "6", "--seed", "3"];
    let with = |threads: &str| json(&[&args[..], &["--threads", threads]].concat());
    let found = with("1");
    assert_eq!(found, with("2"));
    assert_eq!(found["starts_from"], "roster, since there is no plan within the rules");
    assert_eq!(found["outcome"]["months"][0]["cap_broken"]["probability"], 1.0, "20 are short from the beginning");
    let (status, text, _) = run(&args);
    assert_eq!(status, 0);
    assert_snapshot!("simulate", text);
    let out = folder.path().join("months");
    let kept = [&args[..], &["--out", out.to_str().unwrap()]].concat();
    assert_eq!(run(&kept).0, 0);
    assert_eq!(csv::Reader::from_path(out.join("simulate.csv")).unwrap().records().count(), 6);
    assert!(Path::new(&out).join("simulate.json").exists());
    let page = fs::read_to_string(out.join("simulate.html")).unwrap();
    assert_eq!(page.matches("<polyline").count(), 3, "{page}");
    assert!(page.contains("In 100.0 % ±0.0 of 50 runs") && page.contains("2027-01"), "{page}");
    assert_eq!(run(&["simulate", place, "--risk", "1.5"]).0, 2);
    assert_eq!(run(&["simulate", place, "--months", "3", "--risk-from", "4"]).0, 2);
}

#[test]
fn enough_staff_is_found_for_a_risk() {
    let folder = shortage();
    let settings = "as_of = 2026-11-23\neffective_on = 2027-01-01\n[simulate]\nin_per_year = 0.0\nout_per_year = 0.0\n\
        attrition_per_year = 0.0\nleaves_per_year = 0.0\n";
    fs::write(folder.path().join("caseload.toml"), settings).unwrap();
    let place = folder.path().to_str().unwrap();
    let found = json(&["simulate", place, "--runs", "5", "--months", "3", "--risk", "0.01"]);
    // Without events: the first extra hire is P-EAST, the second P-WEST, who ends the shortage.
    assert_eq!(found["smallest_staff"]["least"], 2);
    assert_eq!(found["smallest_staff"]["tried"][0]["risk"]["probability"], 1.0);
}

#[test]
fn changes_of_earlier_plans_are_remembered() {
    let folder = shortage();
    let place = folder.path().to_str().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    // Two members were moved to CM-W1 in the summer; one of them is elsewhere now, so that change was not made.
    fs::create_dir(folder.path().join("summer")).unwrap();
    write("summer/plan.json", "{\"effective_on\": \"2026-08-01\"}");
    write(
        "summer/transfers.csv",
        "transfer_id,member_id,from_manager_id,to_manager_id\nT1,W000,CM-W2,CM-W1\nT2,W001,CM-W2,CM-W1\nT3,W002,,CM-W1\n",
    );
    // Everybody in the west has to move: both case managers leave, three others come.
    let managers = "manager_id,latitude,longitude,hired_on,available_until\n\
        CM-E1,41.52,-90.58,2015-01-05,\nCM-W1,42.49,-96.40,2015-01-05,2026-12-20\nCM-W2,42.49,-96.40,2015-01-05,2026-12-20\n\
        CM-W3,42.49,-96.40,2026-10-05,\nCM-W4,42.49,-96.40,2026-10-05,\nCM-W5,42.49,-96.40,2026-10-05,\n";
    write("managers.csv", managers);
    let settings = "as_of = 2026-11-23\neffective_on = 2027-01-01\n[history]\nplans = [\"summer\"]\n";
    write("caseload.toml", settings);
    let out = folder.path().join("plan");
    let plan = |more: &[&str]| {
        run(&[&["plan", place, "--out", out.to_str().unwrap(), "--no-letters", "--force"], more].concat())
    };
    let (status, _, errors) = plan(&[]);
    assert_eq!(status, 0, "{errors}");
    let written: Value = serde_json::from_slice(&fs::read(out.join("plan.json")).unwrap()).unwrap();
    let second = written["second_moves"].as_array().unwrap();
    assert_eq!(second.len(), 1, "{second:?}");
    assert_eq!((&second[0]["member_id"], &second[0]["months_between"]), (&"W000".into(), &5.into()));
    assert!(fs::read_to_string(out.join("report.html")).unwrap().contains("Moved again within 12 months"));
    assert_eq!(run(&["verify", out.to_str().unwrap(), place]).0, 0, "the verifier remembers too");
    let staff = written["staff"].as_array().unwrap();
    let west = staff.iter().find(|row| row["manager_id"] == "CM-W1").unwrap();
    assert_eq!((&west["given"], &west["after"]), (&60.into(), &0.into()));
    write("caseload.toml", &settings.replace("summer", "winter"));
    let (status, _, errors) = plan(&[]);
    assert!(status == 2 && errors.contains("winter"), "{errors}");
}

/// 60 members with one case manager, who may have 50: 20 of them speak Spanish and live beside the other one.
fn uneven(points: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut members = "member_id,need,latitude,longitude,language,manager_id,assigned_on\n".to_owned();
    for at in 0..60 {
        // No two homes are at the same place: plans that only swap names would all have to be told apart.
        let aside = f64::from(at) / 1000.0;
        let (language, longitude) = if at < 20 { ("es", -96.0 - aside) } else { ("en", -96.4 + aside) };
        members += &format!("M{at:02},low,42.49,{longitude:.3},{language},CM-1,2020-05-01\n");
    }
    let managers = "manager_id,latitude,longitude,hired_on,languages\n\
        CM-1,42.49,-96.40,2015-01-05,en;es\nCM-2,42.49,-96.00,2015-01-05,en;es\n";
    let program = format!(
        "extends = \"iowa-cbcm\"\nname = \"even\"\ntitle = \"Even\"\nstatus = \"example\"\n\n[[fairness]]\n\
         name = \"even-burden\"\ntitle = \"Even burden\"\nby = \"language\"\nmax_points = {points}\nmin_members = 5\n\
         citation = \"test\"\n"
    );
    fs::write(folder.path().join("members.csv"), members).unwrap();
    fs::write(folder.path().join("managers.csv"), managers).unwrap();
    fs::write(folder.path().join("even.toml"), program).unwrap();
    let settings = "as_of = 2026-11-23\neffective_on = 2027-01-01\nprogram = \"even.toml\"\n";
    fs::write(folder.path().join("caseload.toml"), settings).unwrap();
    folder
}

#[test]
fn no_group_bears_much_more_of_the_moves_than_all() {
    // 10 have to go and the Spanish speakers are nearest: 10 of 20 is 33.3 points above 10 of 60.
    let of = |points: &str| {
        let folder = uneven(points);
        let (place, out) = (folder.path().to_str().unwrap().to_owned(), folder.path().join("plan"));
        let out = out.to_str().unwrap();
        // A third of a member more could go: closing that gap would take every set of five of the twenty.
        let (status, _, errors) = run(&["plan", &place, "--out", out, "--no-letters", "--gap", "0.01"]);
        assert_eq!(status, 0, "{errors}");
        assert_eq!(run(&["verify", out, &place]).0, 0, "the verifier agrees");
        let plan: Value = serde_json::from_slice(&fs::read(Path::new(out).join("plan.json")).unwrap()).unwrap();
        let group = |label: &str| {
            let by = plan["affected"].as_array().unwrap().iter().find(|table| table["by"] == "language").unwrap();
            by["groups"].as_array().unwrap().iter().find(|row| row["label"] == label).unwrap()["moved"]
                .as_u64()
                .unwrap()
        };
        let rules: Vec<String> = csv::Reader::from_path(Path::new(out).join("compliance.csv"))
            .unwrap()
            .records()
            .map(|row| row.unwrap())
            .filter(|row| &row[0] == "even-burden")
            .map(|row| format!("{} {} {}", &row[1], &row[4], &row[5]))
            .collect();
        (group("es"), group("en"), rules)
    };
    assert_eq!(of("100").0, 10, "nothing binds");
    assert_eq!(of("34").0, 10);
    let (spanish, english, rules) = of("10");
    // m / 20 - 10 / 60 <= 0.1: m is 5 at most.
    assert_eq!((spanish, english), (5, 5));
    assert_eq!(rules, ["en -4.167 yes", "es 8.333 yes"]);
    let (status, _, errors) = run(&["plan", uneven("101").path().to_str().unwrap()]);
    assert!(status == 2 && errors.contains("0 to 100 percentage points"), "{errors}");
    let folder = uneven("10");
    let (status, _, errors) = run(&["plan", folder.path().to_str().unwrap(), "--allow-unserved"]);
    assert!(status == 2 && errors.contains("even-burden"), "{errors}");
}

#[test]
fn the_curve_stands_in_report_and_workbook_when_it_is_asked_for() {
    use calamine::{Reader, Xlsx, open_workbook};
    let folder = uneven("100");
    fs::write(folder.path().join("positions.csv"), "position_id,latitude,longitude\nP-1,42.49,-96.40\n").unwrap();
    let (place, out) = (folder.path().to_str().unwrap().to_owned(), folder.path().join("plan"));
    let plan = |more: &[&str]| {
        let args = ["plan", &place, "--out", out.to_str().unwrap(), "--no-letters", "--force"];
        let (status, _, errors) = run(&[&args[..], more].concat());
        assert_eq!(status, 0, "{errors}");
        let mut book: Xlsx<_> = open_workbook(out.join("plan.xlsx")).unwrap();
        let cells: Vec<String> =
            book.worksheet_range("Hiring").unwrap().rows().flatten().map(ToString::to_string).collect();
        (fs::read_to_string(out.join("report.html")).unwrap(), cells)
    };
    let (report, cells) = plan(&["--hiring", "1"]);
    assert!(report.contains("What hires would change") && report.contains("The 1st hire"), "the report's section");
    assert!(cells.iter().any(|cell| cell == "P-1") && cells.iter().any(|cell| cell == "Complies from"), "{cells:?}");
    assert!(cells.iter().any(|cell| cell.starts_with("The 1st hire")), "{cells:?}");
    let (report, cells) = plan(&[]);
    assert!(!report.contains("What hires would change"));
    assert!(!cells.iter().any(|cell| cell == "Complies from"));
}
