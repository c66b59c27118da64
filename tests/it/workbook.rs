//! Excel out, Excel back, Excel in: `plan.xlsx` read by another library, marks that come back, rosters as one workbook, the
//! template, and files that are not what they say.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use calamine::{Data, Reader, Xlsx, open_workbook};
use caseload::diagnostic::Problem;
use caseload::output::csv::literal;
use caseload::output::xlsx::template::example_rows;
use caseload::roster::reading::{Read, ReadError, read_folder};
use caseload::roster::schema::{TABLES, sheet_name, sheet_table};
use rust_xlsxwriter::Workbook;
use serde_json::Value;

pub type Sheets = Vec<(String, Vec<Vec<Data>>)>;

fn run(args: &[&str], folder: &Path) -> (i32, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_caseload")).args(args).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code().unwrap_or(-1), text(&out.stdout), text(&out.stderr))
}

fn succeeds(args: &[&str], folder: &Path) -> String {
    let (code, out, err) = run(args, folder);
    assert!(code == 0 || code == 1, "{args:?}: {code}\n{out}\n{err}");
    out
}

/// Every sheet with its cells from A1 on.
pub fn sheets(path: &Path) -> Sheets {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let names = book.sheet_names();
    names
        .into_iter()
        .map(|name| {
            let formulas = book.worksheet_formula(&name).unwrap();
            assert!(formulas.used_cells().all(|(_, _, text)| text.is_empty()), "{name} has a formula");
            let range = book.worksheet_range(&name).unwrap();
            let (height, width) = range.end().map_or((0, 0), |(row, col)| (row + 1, col + 1));
            let cell = |row, col| range.get_value((row, col)).cloned().unwrap_or(Data::Empty);
            let rows = (0..height).map(|row| (0..width).map(|col| cell(row, col)).collect()).collect();
            (name, rows)
        })
        .collect()
}

pub fn sheet<'a>(sheets: &'a Sheets, name: &str) -> &'a [Vec<Data>] {
    &sheets.iter().find(|(found, _)| found == name).unwrap().1
}

/// The rows of a table whose header is the sheet's row `header`, by column.
fn records(rows: &[Vec<Data>], header: usize) -> Vec<BTreeMap<String, Data>> {
    let heads: Vec<String> = rows[header].iter().map(ToString::to_string).collect();
    let filled = |row: &&Vec<Data>| row.iter().any(|cell| *cell != Data::Empty);
    let record = |row: &Vec<Data>| heads.iter().cloned().zip(row.iter().cloned()).collect();
    rows[header + 1..].iter().take_while(filled).map(record).collect()
}

fn csv(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let cell = |(name, cell): (&str, &str)| (name.to_owned(), literal(cell).to_owned());
    reader.records().map(|record| header.iter().zip(record.unwrap().iter()).map(cell).collect()).collect()
}

/// A folder with a demo roster in `roster` and its plan in `plan`.
fn planned() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    succeeds(&["init", "roster", "--demo", "iowa"], folder.path());
    succeeds(&["plan", "roster", "--out", "plan", "--no-letters"], folder.path());
    folder
}

/// Copies a workbook as somebody who saved it would, with cells changed: (sheet, row, column, text).
pub fn saved(from: &Path, to: &Path, changes: &[(&str, u32, u16, &str)]) {
    let mut book = Workbook::new();
    for (name, rows) in sheets(from) {
        let sheet = book.add_worksheet();
        sheet.set_name(&name).unwrap();
        for (at, row) in rows.iter().enumerate() {
            for (col, cell) in row.iter().enumerate() {
                let (at, col) = (at as u32, col as u16);
                match cell {
                    Data::Empty => {}
                    Data::Float(number) => _ = sheet.write_number(at, col, *number).unwrap(),
                    Data::Int(number) => _ = sheet.write_number(at, col, *number as f64).unwrap(),
                    other => _ = sheet.write_string(at, col, other.to_string()).unwrap(),
                }
            }
        }
        for (_, row, col, text) in changes.iter().filter(|change| change.0 == name) {
            sheet.write_string(*row, *col, *text).unwrap();
        }
    }
    book.save(to).unwrap();
}

/// Column of the sheet `Moves`.
pub fn place(moves: &[Vec<Data>], name: &str) -> u16 {
    moves[0].iter().position(|cell| *cell == Data::String(name.to_owned())).unwrap() as u16
}

fn number(data: &Data) -> f64 {
    match data {
        Data::Float(number) => *number,
        Data::Int(number) => *number as f64,
        other => panic!("{other:?} is no number"),
    }
}

#[test]
fn the_workbook_says_what_the_plan_says() {
    let folder = planned();
    let plan = folder.path().join("plan");
    let book = sheets(&plan.join("plan.xlsx"));
    let names: Vec<&str> = book.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["Summary", "Moves", "By case manager", "Not moved", "Hiring", "Letters", "Checks", "Log", "State report"]
    );
    let json: Value = serde_json::from_str(&fs::read_to_string(plan.join("plan.json")).unwrap()).unwrap();

    let moves = records(sheet(&book, "Moves"), 0);
    let transfers = csv(&plan.join("transfers.csv"));
    assert_eq!(moves.len(), transfers.len());
    for ((row, wanted), also) in moves.iter().zip(&transfers).zip(json["transfers"].as_array().unwrap()) {
        for (head, column) in [
            ("Transfer", "transfer_id"),
            ("Member", "member_id"),
            ("From", "from_manager_id"),
            ("To", "to_manager_id"),
            ("Because", "because"),
            ("Need", "need"),
            ("Months together", "tenure_months"),
            ("Minutes before", "minutes_before"),
            ("Minutes after", "minutes_after"),
            ("Best alternative", "runner_up_manager_id"),
        ] {
            assert_eq!(row[head].to_string(), wanted[column], "{head} of {}", wanted["transfer_id"]);
        }
        assert_eq!(row["Member"].to_string(), also["member_id"].as_str().unwrap());
        assert_eq!((&row["Approve?"], &row["Comment"]), (&Data::Empty, &Data::Empty));
        assert!(!row["Name"].to_string().is_empty());
    }

    let caseloads = records(sheet(&book, "By case manager"), 0);
    let wanted = csv(&plan.join("caseloads.csv"));
    assert_eq!(caseloads.len(), wanted.len());
    for (row, wanted) in caseloads.iter().zip(&wanted) {
        for (head, column) in [
            ("Case manager", "manager_id"),
            ("Before", "before"),
            ("After", "after"),
            ("In", "in"),
            ("Out", "out"),
            ("Cap", "cap"),
            ("Headroom", "headroom"),
            ("Driving, minutes a year", "minutes_per_year"),
            ("FTE", "fte"),
        ] {
            assert_eq!(row[head].to_string(), wanted[column], "{head} of {}", wanted["manager_id"]);
        }
    }

    let checks = records(sheet(&book, "Checks"), 0);
    let compliance = csv(&plan.join("compliance.csv"));
    assert_eq!(checks.len(), compliance.len());
    for (row, wanted) in checks.iter().zip(&compliance) {
        assert_eq!(row["Rule"].to_string(), wanted["rule"]);
        assert_eq!(row["Met"].to_string(), if wanted["met"] == "yes" { "PASS" } else { "FAIL" });
        for (head, column) in [("Limit", "limit"), ("Before", "before"), ("After", "after")] {
            let value: f64 = wanted[column].parse().unwrap();
            assert!((number(&row[head]) - value).abs() < 1e-9, "{head} of {}", wanted["rule"]);
        }
    }

    let log = records(sheet(&book, "Log"), 0);
    let fact = |key: &str| log.iter().find(|row| row["What"] == key).unwrap()["Value"].to_string();
    assert_eq!(fact("plan id"), json["plan_id"].as_str().unwrap());
    assert_eq!(fact("cost, seconds a year"), json["objective"]["cost"].to_string());
    assert_eq!(fact("input roster.xlsx"), json["inputs"]["roster.xlsx"].as_str().unwrap());
    let summary = sheet(&book, "Summary");
    assert!(summary[2][0].to_string().starts_with("PASS"), "the verdict is a word");

    let report = sheet(&book, "State report");
    let average = report.iter().find(|row| row[0].to_string().contains("(headcount)")).unwrap();
    let wanted = json["metrics"]["loads"]["after"]["averages"]["headcount"].as_f64().unwrap();
    assert!((number(&average[2]) - wanted).abs() < 0.006);
    assert!(average[0].to_string().contains("judged"));
}

#[test]
fn the_same_plan_gives_the_same_workbook() {
    let folder = planned();
    succeeds(&["plan", "roster", "--out", "again", "--no-letters", "--threads", "1"], folder.path());
    let read = |name: &str| fs::read(folder.path().join(name).join("plan.xlsx")).unwrap();
    assert!(read("plan") == read("again"));
    succeeds(&["plan", "roster", "--out", "without", "--no-letters", "--no-workbook"], folder.path());
    assert!(!folder.path().join("without/plan.xlsx").exists());
}

#[cfg(feature = "letters")]
#[test]
fn letters_stand_in_the_workbook_as_in_their_index() {
    let folder = tempfile::tempdir().unwrap();
    succeeds(&["init", "roster", "--demo", "iowa"], folder.path());
    succeeds(&["plan", "roster", "--out", "plan"], folder.path());
    let plan = folder.path().join("plan");
    let book = sheets(&plan.join("plan.xlsx"));
    let rows = records(sheet(&book, "Letters"), 0);
    let (index, held) = (csv(&plan.join("letters/index.csv")), csv(&plan.join("letters/held.csv")));
    assert_eq!(rows.len(), index.len() + held.len());
    for (row, wanted) in rows.iter().zip(index.iter().chain(&held)) {
        for (name, value) in wanted.iter().filter(|(_, value)| !value.is_empty()) {
            assert_eq!(row[&name.replace('_', " ")].to_string(), *value, "{name}");
        }
    }
}

/// Text that a spreadsheet, a template or a page would run.
const HOSTILE: [&str; 6] = [
    "=HYPERLINK(\"http://example.org\",\"x\")",
    "@SUM(1)",
    "#read(\"/etc/passwd\")",
    "{{7*7}} <img onerror=alert(1)>",
    "\u{202e}Lee nnA",
    "+1-2",
];

#[test]
fn hostile_text_stays_text() {
    let folder = tempfile::tempdir().unwrap();
    let roster = folder.path().join("roster");
    fs::create_dir(&roster).unwrap();
    let mut members = csv::Writer::from_path(roster.join("members.csv")).unwrap();
    members.write_record(["member_id", "name", "need", "zip", "manager_id"]).unwrap();
    let long = "n".repeat(40_000);
    for at in 0..60 {
        let name = HOSTILE.get(at % 8).copied().unwrap_or(&long);
        members.write_record([&format!("M{at:02}"), name, "low", "50309", "CM1"]).unwrap();
    }
    members.flush().unwrap();
    let managers =
        format!("manager_id,name,zip\nCM1,\"{}\",50309\nCM2,{},50310\n", HOSTILE[0].replace('"', "\"\""), HOSTILE[5]);
    fs::write(roster.join("managers.csv"), managers).unwrap();
    succeeds(&["plan", "roster", "--out", "plan", "--no-letters", "--as-of", "2026-11-23"], folder.path());
    // `sheets` asserts that there is no formula.
    let book = sheets(&folder.path().join("plan/plan.xlsx"));
    let moves = records(sheet(&book, "Moves"), 0);
    assert!(!moves.is_empty());
    for row in &moves {
        let name = row["Name"].to_string();
        assert!(HOSTILE.contains(&name.as_str()) || name.starts_with("nnn") && name.ends_with('…'), "{name}");
        assert_eq!(row["From name"], Data::String(HOSTILE[0].to_owned()));
        assert_eq!(row["To name"], Data::String(HOSTILE[5].to_owned()));
    }
    let text = fs::read_to_string(folder.path().join("plan/plan.json")).unwrap();
    assert!(!text.contains("HYPERLINK"), "names stand in the workbook only");
}

#[test]
fn marks_become_decisions_and_a_plan_around_them() {
    let folder = planned();
    let root = folder.path();
    let book = sheets(&root.join("plan/plan.xlsx"));
    let moves = sheet(&book, "Moves");
    let (approve, comment) = (place(moves, "Approve?"), place(moves, "Comment"));
    let rows = records(moves, 0);
    // The present case manager of a first assignment cannot be kept: N forbids there.
    let first = rows.iter().position(|row| row["From"] == Data::Empty).unwrap();
    let over: Vec<usize> = (0..rows.len()).filter(|at| rows[*at]["Reason"] == "over cap").take(3).collect();
    let at = |row: usize| row as u32 + 1;
    saved(
        &root.join("plan/plan.xlsx"),
        &root.join("marked.xlsx"),
        &[
            ("Moves", at(over[0]), approve, "N"),
            ("Moves", at(over[0]), comment, "grievance: =1+1"),
            ("Moves", at(over[1]), approve, "hold"),
            ("Moves", at(over[2]), approve, "Y"),
            ("Moves", at(first), approve, "N"),
        ],
    );
    let before = fs::read(root.join("roster/roster.xlsx")).unwrap();
    let dry =
        succeeds(&["import-decisions", "marked.xlsx", "roster", "--dry-run", "--no-letters", "--format", "json"], root);
    let dry: Value = serde_json::from_str(&dry).unwrap();
    assert_eq!((dry["written"].as_bool(), dry["marks"]["added"].as_u64()), (Some(false), Some(4)));
    assert!(!root.join("roster/decisions.csv").exists());

    let args = [
        "import-decisions",
        "marked.xlsx",
        "roster",
        "--out",
        "second",
        "--no-letters",
        "--by",
        "Pat",
        "--format",
        "json",
    ];
    let out: Value = serde_json::from_str(&succeeds(&args, root)).unwrap();
    assert_eq!(out["marks"]["yes"], 1);
    assert_eq!(out["marks"]["no"], 2);
    assert_eq!(out["marks"]["hold"], 1);
    assert_eq!(out["before"]["moved"], rows.iter().filter(|row| row["From"] != Data::Empty).count());
    let cost = |when: &str| out[when]["cost"].as_i64().unwrap();
    assert!(cost("after") >= cost("before"), "marks never make the plan cheaper");
    assert_eq!(out["after"]["cost"], out["plan"]["cost"]);
    assert_eq!(fs::read(root.join("roster/roster.xlsx")).unwrap(), before, "the workbook is not written into");

    let decisions = csv(&root.join("roster/decisions.csv"));
    let member = |row: usize| rows[row]["Member"].to_string();
    let of = |id: &str| decisions.iter().find(|row| row["member_id"] == id).unwrap();
    let refused = of(&member(over[0]));
    assert_eq!((refused["kind"].as_str(), refused["reason"].as_str()), ("keep", "grievance"));
    assert_eq!(refused["manager_id"], rows[over[0]]["From"].to_string());
    assert!(refused["decided_by"].starts_with("Pat, plan ") && refused["decided_by"].ends_with("=1+1"));
    assert_eq!(of(&member(over[1]))["until"], out_day(root));
    assert_eq!(of(&member(over[2]))["kind"], "assign");
    assert_eq!(of(&member(first))["kind"], "forbid");

    // The new plan obeys them and verifies against the roster with its decisions.
    let after: BTreeMap<String, String> = csv(&root.join("second/assignments.csv"))
        .into_iter()
        .map(|row| (row["member_id"].clone(), row["manager_id"].clone()))
        .collect();
    assert_eq!(after[&member(over[0])], rows[over[0]]["From"].to_string());
    assert_eq!(after[&member(over[1])], rows[over[1]]["From"].to_string());
    assert_eq!(after[&member(over[2])], rows[over[2]]["To"].to_string());
    assert_ne!(after[&member(first)], rows[first]["To"].to_string());
    let (code, text, err) = run(&["verify", "second", "roster"], root);
    assert_eq!(code, 0, "{text}{err}");

    // Read once more, it changes nothing: marks of one plan replace each other.
    let text = fs::read(root.join("roster/decisions.csv")).unwrap();
    let again = [
        "import-decisions",
        "marked.xlsx",
        "roster",
        "--out",
        "third",
        "--no-letters",
        "--by",
        "Pat",
        "--format",
        "json",
    ];
    let out: Value = serde_json::from_str(&succeeds(&again, root)).unwrap();
    assert_eq!(out["marks"]["replaced"], 4);
    assert_eq!(fs::read(root.join("roster/decisions.csv")).unwrap(), text);
}

fn out_day(root: &Path) -> String {
    let json: Value = serde_json::from_str(&fs::read_to_string(root.join("plan/plan.json")).unwrap()).unwrap();
    json["effective_on"].as_str().unwrap().to_owned()
}

#[test]
fn marks_that_cannot_be_taken_change_nothing() {
    let folder = planned();
    let root = folder.path();
    let original = root.join("plan/plan.xlsx");
    let book = sheets(&original);
    let moves = sheet(&book, "Moves");
    let (approve, to, member) = (place(moves, "Approve?"), place(moves, "To"), place(moves, "Member"));
    let below = moves.len() as u32;
    let refused = |name: &str, changes: &[(&str, u32, u16, &str)], code: i32, words: &[&str]| {
        saved(&original, &root.join(name), changes);
        let (found, out, err) = run(&["import-decisions", name, "roster", "--no-letters"], root);
        assert_eq!(found, code, "{name}: {out}{err}");
        for word in words {
            assert!(err.contains(word), "{name}: `{word}` is not in\n{err}");
        }
        assert!(!root.join("roster/decisions.csv").exists(), "{name}");
        assert!(!root.join("roster/plans").exists(), "{name}");
    };
    refused("nothing.xlsx", &[], 2, &["nothing is marked"]);
    refused("word.xlsx", &[("Moves", 3, approve, "hodl")], 3, &["Moves row 4, Approve?", "Y, N or Hold", "Hold"]);
    refused(
        "edited.xlsx",
        &[("Moves", 2, to, "CM999"), ("Moves", 2, approve, "Y")],
        3,
        &["Moves row 3", "ids were edited"],
    );
    refused(
        "added.xlsx",
        &[("Moves", below, member, "M00001"), ("Moves", below, approve, "Y")],
        3,
        &["the row was added"],
    );
    refused("header.xlsx", &[("Moves", 0, approve, "Approved")], 3, &["Approve?", "column"]);
    refused("other.xlsx", &[("Log", 1, 1, "000000000000"), ("Moves", 1, approve, "Y")], 3, &["ids were edited"]);

    // Somebody has it open.
    saved(&original, &root.join("open.xlsx"), &[("Moves", 1, approve, "Y")]);
    fs::write(root.join("~$open.xlsx"), "x").unwrap();
    let (code, _, err) = run(&["import-decisions", "open.xlsx", "roster"], root);
    assert!(code == 3 && err.contains("R008"), "{err}");

    // The roster is another one now.
    succeeds(&["init", "other", "--demo", "iowa", "--members", "200"], root);
    saved(&original, &root.join("marked.xlsx"), &[("Moves", 1, approve, "Y")]);
    let (code, _, err) = run(&["import-decisions", "marked.xlsx", "other"], root);
    assert!(code == 2 && err.contains("roster.xlsx") && err.contains("Plan again"), "{err}");

    // A decision that stands says otherwise.
    let row = &records(moves, 0)[4];
    let decision = format!("member_id,manager_id,kind,note\n{},{},forbid,kept column\n", row["Member"], row["To"]);
    fs::write(root.join("roster/decisions.csv"), &decision).unwrap();
    saved(&original, &root.join("marked.xlsx"), &[("Moves", 5, approve, "Y")]);
    let (code, _, err) = run(&["import-decisions", "marked.xlsx", "roster", "--no-letters"], root);
    assert!(code == 3 && err.contains("decisions.csv row 2") && err.contains("Moves row 6"), "{code} {err}");
    assert_eq!(fs::read_to_string(root.join("roster/decisions.csv")).unwrap(), decision);

    // Another row goes in beside it, whose own column is kept.
    saved(&original, &root.join("marked.xlsx"), &[("Moves", 3, approve, "Y")]);
    succeeds(&["import-decisions", "marked.xlsx", "roster", "--no-letters", "--out", "next"], root);
    let text = fs::read_to_string(root.join("roster/decisions.csv")).unwrap();
    assert!(text.starts_with("member_id,manager_id,kind,note,reason,until,decided_by\n"), "{text}");
    assert!(text.contains(",forbid,kept column,,,"), "{text}");
}

/// A roster's tables as a workbook, cells typed as Excel types them.
fn as_workbook(folder: &Path, to: &Path, own_names: bool) {
    let mut book = Workbook::new();
    for table in TABLES {
        let path = folder.join(table.file);
        if !path.exists() {
            continue;
        }
        let sheet = book.add_worksheet();
        sheet.set_name(if own_names { table.file.trim_end_matches(".csv") } else { sheet_name(table) }).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path).unwrap();
        for (at, record) in reader.records().enumerate() {
            for (col, cell) in record.unwrap().iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let (at, col) = (at as u32, col as u16);
                match cell.parse::<f64>() {
                    Ok(number) if !cell.starts_with('0') && at > 0 => _ = sheet.write_number(at, col, number).unwrap(),
                    _ => _ = sheet.write_string(at, col, cell).unwrap(),
                }
            }
        }
    }
    book.save(to).unwrap();
}

fn roster(path: &Path) -> Read {
    match read_folder(path, "2026-11-23".parse().unwrap()) {
        Ok(read) => read,
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn a_roster_reads_the_same_from_a_workbook() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let csv_folder = root.join("csv");
    succeeds(&["generate", "--members", "300", "--seed", "3", "--out", "csv"], root);
    let expected = roster(&csv_folder);
    for own_names in [true, false] {
        let book = root.join(if own_names { "own.xlsx" } else { "template.xlsx" });
        as_workbook(&csv_folder, &book, own_names);
        let found = roster(&book);
        let (a, b) = (expected.roster.to_tables(), found.roster.to_tables());
        assert_eq!(format!("{:?}", a.members), format!("{:?}", b.members));
        assert_eq!(format!("{:?}", a.contacts), format!("{:?}", b.contacts));
        assert_eq!(format!("{:?}", a.managers), format!("{:?}", b.managers));
        assert_eq!(format!("{:?}", a.services), format!("{:?}", b.services));
        assert_eq!(format!("{:?}", a.decisions), format!("{:?}", b.decisions));
        assert_eq!(found.hashes.len(), 1);
    }
    // A folder with nothing but the workbook, and every command that takes a roster.
    let only = root.join("only");
    fs::create_dir(&only).unwrap();
    fs::copy(root.join("template.xlsx"), only.join("roster.xlsx")).unwrap();
    fs::copy(csv_folder.join("caseload.toml"), only.join("caseload.toml")).unwrap();
    for args in [
        vec!["check", "only"],
        vec!["check", "only/roster.xlsx"],
        vec!["plan", "only/roster.xlsx", "--no-letters", "--out", "plan"],
        vec!["verify", "plan", "only"],
        vec!["verify", "plan", "only/roster.xlsx"],
        vec!["config", "only/roster.xlsx"],
        vec!["model", "only/roster.xlsx", "--format", "lp", "--out", "model.lp"],
    ] {
        succeeds(&args, root);
    }
    succeeds(&["plan", "only/roster.xlsx", "--no-letters"], root);
    assert!(only.join("plans").is_dir(), "plans stand beside the workbook");
}

#[test]
fn decisions_may_stand_beside_a_workbook() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeeds(&["init", ".", "--demo", "iowa"], root);
    let read = roster(root);
    let (member, manager) = (&read.roster.members()[0].id, &read.roster.managers()[1].id);
    fs::write(root.join("decisions.csv"), format!("member_id,manager_id,kind\n{member},{manager},forbid\n")).unwrap();
    let read = roster(&root.join("roster.xlsx"));
    assert_eq!(read.roster.decisions().len(), 1);
    let names: Vec<&str> = read.hashes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["decisions.csv", "roster.xlsx"]);
}

#[test]
fn the_template_is_a_roster_once_it_is_filled() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeeds(&["init", "mine"], root);
    let (code, _, err) = run(&["check", "mine"], root);
    assert!(code == 3 && err.contains("sheet Members"), "an empty template is no roster yet: {err}");
    let book = sheets(&root.join("mine/roster.xlsx"));
    let names: Vec<&str> = book.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Start here",
            "Members",
            "CaseManagers",
            "Teams",
            "Providers",
            "Services",
            "Positions",
            "Decisions",
            "Lists",
            "Examples"
        ]
    );
    for table in TABLES {
        let rows = sheet(&book, sheet_name(table));
        assert_eq!(rows.len(), 1, "{}: no example stands among the data", table.file);
        let heads: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
        assert_eq!(heads, table.columns.iter().map(|column| column.name).collect::<Vec<_>>());
        assert!(sheet_table(sheet_name(table)).is_some_and(|own| own.file == table.file));
    }
    // The examples themselves read without a remark.
    let examples = root.join("examples");
    fs::create_dir(&examples).unwrap();
    for table in TABLES {
        let rows = &example_rows().unwrap()[table.file.trim_end_matches(".csv")];
        let mut out = csv::Writer::from_path(examples.join(table.file)).unwrap();
        out.write_record(table.columns.iter().map(|column| column.name)).unwrap();
        for row in rows {
            out.write_record(table.columns.iter().map(|column| row.get(column.name).map_or("", String::as_str)))
                .unwrap();
        }
        out.flush().unwrap();
    }
    assert_eq!(roster(&examples).problems, []);

    // Nothing is overwritten, and the settings are settings.
    let before = fs::read(root.join("mine/roster.xlsx")).unwrap();
    let (code, _, err) = run(&["init", "mine"], root);
    assert!(code == 2 && err.contains("not overwritten"), "{err}");
    assert_eq!(fs::read(root.join("mine/roster.xlsx")).unwrap(), before);
    succeeds(&["config", "mine"], root);
    succeeds(&["init", "demo", "--demo", "iowa"], root);
    let (code, out, err) = run(&["plan", "demo", "--no-letters", "--out", "plan"], root);
    assert_eq!(code, 0, "the demo is ready to plan: {out}{err}");
}

/// Every default of the settings template, taken out of its comment, can be read.
#[test]
fn every_default_of_the_settings_template_can_be_set() {
    let folder = tempfile::tempdir().unwrap();
    let text = caseload::program::template::settings_template();
    let default = |line: &str| -> Option<String> {
        let rest = line.strip_prefix("# ")?;
        let (key, value) = rest.split_once(" = ")?;
        (!key.contains(' ') && !value.contains('#')).then(|| rest.to_owned())
    };
    let set: Vec<String> = text.lines().map(|line| default(line).unwrap_or_else(|| line.to_owned())).collect();
    assert!(set.iter().filter(|line| line.contains(" = ") && !line.starts_with('#')).count() > 10);
    fs::write(folder.path().join("caseload.toml"), set.join("\n")).unwrap();
    succeeds(&["config", "."], folder.path());
}

fn refused(path: &Path) -> Vec<Problem> {
    match read_folder(path, "2026-11-23".parse().unwrap()) {
        Err(ReadError::Problems(problems)) => problems,
        other => panic!("{}: {other:?}", path.display()),
    }
}

#[test]
fn a_damaged_workbook_is_refused_wherever_it_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    succeeds(&["init", "demo", "--demo", "iowa", "--members", "60"], root);
    let whole = fs::read(root.join("demo/roster.xlsx")).unwrap();
    let path = root.join("cut.xlsx");
    for part in 1..24 {
        fs::write(&path, &whole[..whole.len() * part / 24]).unwrap();
        assert!(matches!(refused(&path)[0].code.code(), "R002" | "R003"));
    }
    // Bytes changed here and there: refused or read, never a crash.
    let mut seed = 7_u64;
    for _ in 0..60 {
        let mut bytes = whole.clone();
        for _ in 0..12 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (seed >> 20) as usize % bytes.len();
            bytes[at] ^= (seed >> 12) as u8;
        }
        fs::write(&path, &bytes).unwrap();
        let _ = read_folder(&path, "2026-11-23".parse().unwrap());
    }
}

/// A zip file that says its parts are small and is not, and one that says so honestly.
#[test]
fn a_bomb_is_refused_before_it_goes_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.xlsx");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("xl/workbook.xml", options).unwrap();
    zip.write_all(b"<workbook/>").unwrap();
    zip.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..300 {
        zip.write_all(&zeros).unwrap();
    }
    zip.finish().unwrap();
    let honest = fs::read(&path).unwrap();
    // The list at the end says 300 MiB: make it say 300 bytes.
    let wanted = (300_u32 << 20).to_le_bytes();
    let mut liar = honest.clone();
    for at in 0..liar.len() - 4 {
        if liar[at..at + 4] == wanted {
            liar[at..at + 4].copy_from_slice(&300_u32.to_le_bytes());
        }
    }
    assert_ne!(honest, liar);
    for bytes in [honest, liar] {
        fs::write(&path, bytes).unwrap();
        let start = Instant::now();
        let code = refused(&path)[0].code.code();
        assert!(code == "R003" || code == "R002", "{code}");
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
}

#[test]
fn what_is_no_workbook_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("roster.xlsx");
    for (bytes, words) in [
        (&b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 encrypted"[..], "password"),
        (&b"member_id,need\n"[..], "something else"),
        (&b""[..], "cut short"),
    ] {
        fs::write(&path, bytes).unwrap();
        let problem = &refused(&path)[0];
        assert!(problem.expected.contains(words), "{problem:?}");
    }
}
