//! An agency's own file: guessed, shown, confirmed, imported; what is refused comes back with its row.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use calamine::{Reader, Xlsx, open_workbook};
use caseload::intake::mapping::Mapping;
use caseload::roster::reading::read_folder;
use caseload::roster::{LetterFormat, Need};
use rust_xlsxwriter::Workbook;
use serde_json::Value;

fn run(args: &[&str], folder: &Path) -> (i32, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_caseload")).args(args).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code().unwrap_or(-1), text(&out.stdout), text(&out.stderr))
}

/// As a care-management system might export it: Windows-1252, semicolons, US dates, its own names and words.
const EXTRACT: &str = "\
Client ID;Client Name;DOB;Tier;Waiver;Zip Code;Primary Language;Case Manager ID;Case Manager Name;Case Manager Phone;Office Zip;Assigned Date;Guardian Type;Internal Note\r\n\
00017;Jos\u{e9} Lee;3/14/1954;Tier 3;Elderly;50309;Spanish;W1;Pat Muster;515-555-0101;50310;5/3/2021;Legal Guardian;a\r\n\
00018;\"Ann \"\"Nan\"\" Low\";12/31/1990;Tier 1;Elderly;50310;English;W1;Pat Muster;515-555-0101;50310;11/20/2025;;b\r\n\
00019;Bo Day;7/4/1988;Tier 9;Elderly;52402;;W2;Sam Two;;52404;1/2/2024;;c\r\n\
00020;Canary Quetzal;13/40/1988;Tier 2;Elderly;52402;;W2;Sam Two;;52404;1/2/2024;;d\r\n\
00021;Di Ox;2/2/1970;Tier 2;Elderly;99999;;W2;Sam Two;515-555-0199;52404;1/2/2024;;e\r\n\
00022;Ed Po;2/2/1971;Tier 4;Elderly;50309;;;;;;;;f\r\n";

fn windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|letter| if letter == '\u{e9}' { 0xE9 } else { letter as u8 }).collect()
}

fn extract() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("clients.csv"), windows_1252(EXTRACT)).unwrap();
    folder
}

const IMPORT: [&str; 6] = ["import", "clients.csv", "--mapping", "ours", "--out", "roster"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    IMPORT.iter().copied().chain(["--as-of", "2026-11-23"]).chain(more.iter().copied()).collect()
}

#[test]
fn a_guess_is_shown_and_nothing_is_imported_until_it_is_confirmed() {
    let folder = extract();
    let root = folder.path();
    let (code, out, _) = run(&with(&[]), root);
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("windows-1252") && out.contains("semicolons"), "{out}");
    assert!(out.contains("Not taken over: Internal Note") && out.contains("Tier 9 = ?"), "{out}");
    assert!(!out.contains("Quetzal"), "no name is shown");
    assert!(!root.join("roster").exists());
    let text = fs::read_to_string(root.join("ours.toml")).unwrap();
    let mapping = Mapping::parse(&text).unwrap();
    assert!(!mapping.confirmed);
    let source = |target: &str| mapping.members.columns.get(target).map(String::as_str);
    assert_eq!(source("member_id"), Some("Client ID"));
    assert_eq!(source("birth_date"), Some("DOB"));
    assert_eq!(source("need"), Some("Tier"));
    assert_eq!(source("zip"), Some("Zip Code"));
    assert_eq!(source("manager_id"), Some("Case Manager ID"));
    assert_eq!(source("assigned_on"), Some("Assigned Date"));
    let managers = mapping.managers.clone().unwrap();
    assert_eq!(managers.columns["name"], "Case Manager Name");
    assert_eq!(managers.columns["zip"], "Office Zip");
    assert_eq!(mapping.members.values["need"]["Tier 3"], "high");
    assert_eq!(mapping.members.values["need"]["Tier 9"], "");
    // Asked again without --accept: the same answer, the file as it is.
    fs::write(root.join("ours.toml"), text.replace("Left:", "My remark. Left:")).unwrap();
    assert_eq!(run(&with(&[]), root).0, 2);
    assert!(fs::read_to_string(root.join("ours.toml")).unwrap().contains("My remark"));
}

#[test]
fn good_rows_become_a_roster_and_bad_rows_come_back() {
    let folder = extract();
    let root = folder.path();
    let (code, out, err) = run(&with(&["--accept", "--format", "json"]), root);
    assert_eq!(code, 1, "{out}{err}");
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["rows"]["members.csv"], 3);
    assert_eq!(answer["rows"]["managers.csv"], 2);
    assert_eq!(answer["bad_rows"], 3);
    assert_eq!(answer["unmapped"][0], "Internal Note");
    assert!(!out.contains("Quetzal") && !err.contains("Quetzal"), "no name is shown");
    assert!(Mapping::parse(&fs::read_to_string(root.join("ours.toml")).unwrap()).unwrap().confirmed);

    let read = read_folder(&root.join("roster"), "2026-11-23".parse().unwrap()).unwrap();
    let roster = &read.roster;
    let ids: Vec<&str> = roster.members().iter().map(|member| &*member.id).collect();
    assert_eq!(ids, ["00017", "00018", "00022"]);
    let first = &roster.members()[0];
    assert_eq!((first.need, &*first.language), (Need::High, "es"));
    assert_eq!(first.birth_date, "1954-03-14".parse().ok());
    assert_eq!(first.assigned_on, "2021-05-03".parse().ok());
    assert_eq!(roster.member(roster.find_member("00022").unwrap()).need, Need::Intensive);
    let contact = roster.contact(roster.find_member("00018").unwrap());
    assert_eq!(contact.name.as_deref(), Some("Ann \"Nan\" Low"));
    assert_eq!(contact.letter_format, LetterFormat::Standard);
    assert_eq!(roster.contact(roster.find_member("00017").unwrap()).name.as_deref(), Some("José Lee"));
    // A phone that only a later row has is the case manager's too.
    assert_eq!(roster.managers()[1].phone.as_deref(), Some("515-555-0199"));

    let problems = fs::read_to_string(root.join("roster/problems.csv")).unwrap();
    assert!(problems.contains("R202,clients.csv,4,Tier,Tier 9"), "{problems}");
    assert!(problems.contains("clients.csv,5,DOB") && problems.contains("clients.csv,6,Zip Code,99999"), "{problems}");
    assert!(!problems.contains("Quetzal") && !problems.contains("13/40"), "what is personal is masked: {problems}");
    let mut book: Xlsx<_> = open_workbook(root.join("roster/problems.xlsx")).unwrap();
    let rows = book.worksheet_range("Bad rows 1").unwrap();
    assert_eq!(rows.height(), 4);
    let row: Vec<String> = rows.rows().nth(2).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!((row[0].as_str(), row[1].as_str()), ("5", "DOB"));
    assert!(row.contains(&"Canary Quetzal".to_owned()), "the original row is there: {row:?}");

    // Next month: the same mapping, without a question; the earlier roster only with --force.
    let (code, _, err) = run(&with(&[]), root);
    assert!(code == 74 && err.contains("--force"), "{code} {err}");
    fs::write(root.join("roster/decisions.csv"), "member_id,manager_id,kind\n00017,W1,keep\n").unwrap();
    assert_eq!(run(&with(&["--force"]), root).0, 1);
    assert!(root.join("roster/decisions.csv").exists(), "decisions are the agency's own work");
    let (code, out, err) = run(&["plan", "roster", "--no-letters", "--out", "plan", "--as-of", "2026-11-23"], root);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn a_workbook_with_sheets_of_its_own_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut book = Workbook::new();
    let clients = book.add_worksheet();
    clients.set_name("Clients").unwrap();
    for (row, cells) in [
        ["Member Number", "Member Name", "Acuity", "Zip", "Worker ID"],
        ["1001", "Ann", "High", "50309", "7"],
        ["1002", "Bo", "low", "50310", "7"],
    ]
    .iter()
    .enumerate()
    {
        for (col, cell) in cells.iter().enumerate() {
            match cell.parse::<f64>() {
                Ok(number) => _ = clients.write_number(row as u32, col as u16, number).unwrap(),
                Err(_) => _ = clients.write_string(row as u32, col as u16, *cell).unwrap(),
            }
        }
    }
    clients.write_formula(3, 0, "=1+2").unwrap();
    clients.write_string(3, 2, "low").unwrap();
    let staff = book.add_worksheet();
    staff.set_name("Staff").unwrap();
    for (col, (head, cell)) in [("Worker ID", "7"), ("Worker Name", "Pat"), ("Office Zip", "50312")].iter().enumerate()
    {
        staff.write_string(0, col as u16, *head).unwrap();
        staff.write_string(1, col as u16, *cell).unwrap();
    }
    book.save(root.join("export.xlsx")).unwrap();
    let args = ["import", "export.xlsx", "--mapping", "ours.toml", "--out", "roster", "--accept", "--format", "json"];
    let (code, out, err) = run(&args, root);
    assert_eq!(code, 1, "{out}{err}");
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["problems"][0]["code"], "R211");
    assert_eq!(answer["problems"][0]["row"], 4);
    let read = read_folder(&root.join("roster"), "2026-11-23".parse().unwrap()).unwrap();
    assert_eq!(read.roster.members().len(), 2);
    assert_eq!(&*read.roster.managers()[0].id, "7");
    assert_eq!(read.roster.managers()[0].name.as_deref(), Some("Pat"));
}

#[test]
fn a_mapping_that_does_not_fit_says_where() {
    let folder = extract();
    let root = folder.path();
    let try_with = |text: &str| {
        fs::write(root.join("ours.toml"), text).unwrap();
        run(&with(&[]), root)
    };
    let (code, _, err) = try_with("confirmed = true\n[members.columns]\nmember_id = \"Client IDs\"\nneed = \"Tier\"\n");
    assert!(code == 3 && err.contains("Client IDs") && err.contains("did you mean `Client ID`"), "{err}");
    let (code, _, err) = try_with("confirmed = true\n[members.columns]\nmember_idd = \"Client ID\"\n");
    assert!(code == 2 && err.contains("ours.toml") && err.contains("did you mean `member_id`"), "{err}");
    let (code, _, err) = try_with("confirmed = 7\n");
    assert!(code == 2 && err.contains("confirmed"), "{err}");
    let (code, _, err) = try_with("confirmed = true\n[members.columns]\nmember_id = \"Client ID\"\n");
    assert!(code == 3 && err.contains("R101"), "{err}");
    // A value for everybody stands in for a column.
    let (code, out, err) = try_with(
        "confirmed = true\n[members.columns]\nmember_id = \"Client ID\"\nmanager_id = \"Case Manager ID\"\n[members.fixed]\nneed = \"low\"\n\
         [managers.columns]\nmanager_id = \"Case Manager ID\"\n",
    );
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("members.csv: 6 rows") && out.contains("not taken over"), "{out}");
    let (code, _, err) = run(&["import", "missing.csv", "--mapping", "x", "--out", "o"], root);
    assert!(code == 74 && err.contains("missing.csv"), "{err}");
    let (code, _, err) = run(&["import", "clients.csv", "--mapping", "../x", "--out", "o"], root);
    assert!(code == 2 && err.contains("letters and digits"), "{err}");
}
