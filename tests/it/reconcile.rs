//! Did the plan happen? A later roster held against a plan, and the work files it is entered from.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use calamine::{Reader, Xlsx, open_workbook};
use serde_json::Value;

fn run(args: &[&str], folder: &Path) -> (i32, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_caseload")).args(args).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code().unwrap_or(-1), text(&out.stdout), text(&out.stderr))
}

type Row = BTreeMap<String, String>;

fn csv(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let cell = |(name, cell): (&str, &str)| (name.to_owned(), cell.to_owned());
    reader.records().map(|record| header.iter().zip(record.unwrap().iter()).map(cell).collect()).collect()
}

/// A roster and its plan; returns the folder and the transfers.
fn planned() -> (tempfile::TempDir, Vec<Row>) {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        vec!["generate", "--members", "400", "--seed", "5", "--out", "roster"],
        vec!["plan", "roster", "--out", "plan", "--no-letters", "--no-handoff"],
    ] {
        let (code, out, err) = run(&args, folder.path());
        assert!(code <= 1, "{out}{err}");
    }
    let transfers = csv(&folder.path().join("plan/transfers.csv"));
    assert!(transfers.len() > 12, "{}", transfers.len());
    (folder, transfers)
}

/// The roster with members changed: id -> (manager, assigned on); `None` = gone.
fn later(root: &Path, name: &str, changes: &BTreeMap<String, Option<(String, String)>>, day: &str) {
    let to = root.join(name);
    fs::create_dir(&to).unwrap();
    for entry in fs::read_dir(root.join("roster")).unwrap() {
        let path = entry.unwrap().path();
        // Rows about members who are gone would be bad data.
        let about_members = ["services.csv", "decisions.csv"].iter().any(|name| path.ends_with(name));
        if path.is_file() && !about_members {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
    let mut reader = csv::Reader::from_path(to.join("members.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|head| head == name).unwrap();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&header).unwrap();
    for record in reader.records() {
        let mut row: Vec<String> = record.unwrap().iter().map(str::to_owned).collect();
        match changes.get(&row[0]) {
            Some(None) => continue,
            Some(Some((manager, since))) => {
                row[at("manager_id")].clone_from(manager);
                row[at("assigned_on")].clone_from(since);
            }
            None => {}
        }
        out.write_record(&row).unwrap();
    }
    fs::write(to.join("members.csv"), out.into_inner().unwrap()).unwrap();
    let settings = fs::read_to_string(to.join("caseload.toml")).unwrap();
    let settings =
        settings.lines().map(|line| if line.starts_with("as_of") { format!("as_of = {day}") } else { line.to_owned() });
    fs::write(to.join("caseload.toml"), settings.collect::<Vec<_>>().join("\n")).unwrap();
}

#[test]
fn each_transfer_is_told_how_it_stands() {
    let (folder, transfers) = planned();
    let root = folder.path();
    let mut changes = BTreeMap::new();
    let mut expected: BTreeMap<String, &str> = BTreeMap::new();
    let due = "2027-01-04";
    let others = csv(&root.join("plan/caseloads.csv"));
    let moved: Vec<&Row> = transfers.iter().filter(|row| !row["from_manager_id"].is_empty()).collect();
    for (at, row) in moved.iter().enumerate() {
        let id = row["member_id"].clone();
        let third = || {
            let is_third = |one: &&Row| ![&row["from_manager_id"], &row["to_manager_id"]].contains(&&one["manager_id"]);
            others.iter().find(is_third).unwrap()["manager_id"].clone()
        };
        let (change, standing) = match at {
            0 => (Some(Some((row["from_manager_id"].clone(), "2027-01-20".to_owned()))), "reverted"),
            1 => (None, "overdue"),
            2 => (Some(Some((third(), due.to_owned()))), "changed"),
            3 => (Some(Some((String::new(), String::new()))), "unassigned"),
            4 => (Some(None), "gone"),
            _ => (Some(Some((row["to_manager_id"].clone(), due.to_owned()))), "stuck"),
        };
        if let Some(change) = change {
            changes.insert(id.clone(), change);
        }
        expected.insert(id, standing);
    }
    for row in transfers.iter().filter(|row| row["from_manager_id"].is_empty()) {
        changes.insert(row["member_id"].clone(), Some((row["to_manager_id"].clone(), due.to_owned())));
        expected.insert(row["member_id"].clone(), "stuck");
    }
    later(root, "next", &changes, "2027-02-01");
    let (code, out, err) = run(&["reconcile", "plan", "next", "--out", "found", "--format", "json"], root);
    assert_eq!(code, 1, "{out}{err}");
    let answer: Value = serde_json::from_str(&out).unwrap();
    for row in answer["transfers"].as_array().unwrap() {
        assert_eq!(row["standing"], expected[row["member_id"].as_str().unwrap()], "{row}");
    }
    assert_eq!(answer["counts"]["reverted"], 1);
    assert_eq!(answer["counts"]["stuck"], transfers.len() - 5);
    assert_eq!(answer["needs_work"], true);
    assert_eq!(answer["moved_outside"].as_array().unwrap().len(), 0);
    let overdue = answer["transfers"].as_array().unwrap().iter().find(|row| row["standing"] == "overdue").unwrap();
    assert_eq!(overdue["days_overdue"], 31);

    let table = csv(&root.join("found/reconcile.csv"));
    assert_eq!(table.len(), transfers.len());
    assert_eq!(table[0]["standing"], "reverted", "the most pressing first");
    let mut book: Xlsx<_> = open_workbook(root.join("found/reconcile.xlsx")).unwrap();
    let rows = book.worksheet_range("Transfers").unwrap();
    assert_eq!(rows.height(), transfers.len() + 1);
    for (row, wanted) in rows.rows().skip(1).zip(&table) {
        assert_eq!(row[0].to_string(), wanted["standing"]);
        assert_eq!(row[2].to_string(), wanted["member_id"]);
    }
    let (code, out, _) = run(&["reconcile", "plan", "next"], root);
    assert_eq!(code, 1);
    assert!(out.contains("reverted") && out.contains("31 days overdue"), "{out}");
    let (code, _, err) = run(&["reconcile", "plan", "next", "--out", "found"], root);
    assert!(code == 74 && err.contains("--force"), "{err}");
}

#[test]
fn before_the_day_nothing_is_overdue_and_others_are_told() {
    let (folder, transfers) = planned();
    let root = folder.path();
    let moved: std::collections::BTreeSet<&str> = transfers.iter().map(|row| row["member_id"].as_str()).collect();
    let assigned = csv(&root.join("plan/assignments.csv"));
    let stays: Vec<&Row> = assigned.iter().filter(|row| !moved.contains(row["member_id"].as_str())).take(2).collect();
    let elsewhere =
        assigned.iter().find(|row| row["manager_id"] != stays[0]["manager_id"]).unwrap()["manager_id"].clone();
    let changes = BTreeMap::from([
        (stays[0]["member_id"].clone(), Some((elsewhere, "2026-12-01".to_owned()))),
        (stays[1]["member_id"].clone(), None),
    ]);
    later(root, "next", &changes, "2026-12-10");
    let (code, out, err) = run(&["reconcile", "plan", "next", "--format", "json"], root);
    assert_eq!(code, 0, "{out}{err}");
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["counts"]["pending"], transfers.len());
    assert_eq!(answer["moved_outside"][0]["member_id"], stays[0]["member_id"].as_str());
    assert_eq!(answer["gone"][0]["member_id"], stays[1]["member_id"].as_str());
    let (code, _, err) = run(&["reconcile", "plan", "next", "--as-of", "2026-01-01"], root);
    assert!(code == 2 && err.contains("a later roster is expected"), "{err}");
    let (code, _, err) = run(&["reconcile", "nowhere", "next"], root);
    assert!(code == 74 && err.contains("plan.json"), "{err}");
}

#[test]
fn the_work_files_hold_every_transfer_once() {
    let (folder, transfers) = planned();
    let work = folder.path().join("plan/work");
    let moves = csv(&work.join("moves.csv"));
    assert_eq!(moves.len(), transfers.len());
    for (row, wanted) in moves.iter().zip(&transfers) {
        for name in ["member_id", "from_manager_id", "to_manager_id", "transfer_id", "reason"] {
            assert_eq!(row[name], wanted[name]);
        }
        assert_eq!(row["on"], "2027-01-01");
    }
    let pairs = csv(&work.join("by-pair.csv"));
    let mut ids: Vec<&str> = pairs.iter().map(|row| row["transfer_id"].as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, transfers.iter().map(|row| row["transfer_id"].as_str()).collect::<Vec<_>>());
    let present = csv(&folder.path().join("plan/caseloads.csv"));
    for group in pairs.chunk_by(|a, b| a["pair"] == b["pair"]) {
        assert!(group.iter().all(|row| row["members"] == group.len().to_string()));
        let from = &group[0]["from_manager_id"];
        let all = present
            .iter()
            .find(|row| row["manager_id"] == *from)
            .is_some_and(|row| row["before"] == group.len().to_string());
        assert_eq!(group[0]["whole_caseload"], if all { "yes" } else { "no" });
    }
}
