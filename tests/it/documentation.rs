//! The pages that explain things say what the program does: each table is compared with its registry.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use caseload::diagnostic::{Code, Severity};
use caseload::program::settings::Overrides;
use caseload::program::{Program, Settings};
use chrono::NaiveDate;

fn page(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_table_of_codes_is_the_registry() {
    let mut rows = String::new();
    for code in Code::ALL {
        let kind = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        writeln!(rows, "| {} | {kind} | {} | {} |", code.code(), code.title(), code.explain()).unwrap();
    }
    let page = page("src/docs/diagnostics.md");
    let table = page.split_once("|---|---|---|---|\n").unwrap().1;
    assert_eq!(table, rows, "src/docs/diagnostics.md is not what src/diagnostic.rs says; the rows should be:\n{rows}");
    let unique: BTreeSet<&str> = Code::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(unique.len(), Code::ALL.len(), "a code is used twice");
}

/// The keys of the tables between two headings of models/README.md.
fn documented(from: &str, to: Option<&str>) -> BTreeSet<String> {
    let page = page("models/README.md");
    let after = page.split_once(from).unwrap().1;
    let part = to.map_or(after, |to| after.split_once(to).unwrap().0);
    let rows: Vec<&str> = part.lines().filter(|line| line.starts_with("| `")).collect();
    for row in &rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 5, "key, unit, range, default, meaning: {row}");
        assert!(!cells[1].is_empty() && !cells[3].is_empty() && !cells[4].is_empty(), "a cell is blank: {row}");
    }
    rows.iter().filter_map(|row| row.split('`').nth(1)).map(str::to_owned).collect()
}

fn flatten(prefix: &str, value: &toml::Value, keys: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) if table.keys().eq(["high", "intensive", "low", "moderate"]) => {
            keys.insert(prefix.to_owned());
        }
        toml::Value::Table(table) => {
            for (key, inner) in table {
                let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&key, inner, keys);
            }
        }
        toml::Value::Array(rows) if rows.iter().any(toml::Value::is_table) => {
            rows.iter().for_each(|row| flatten(prefix, row, keys));
        }
        _ => {
            keys.insert(prefix.to_owned());
        }
    }
}

#[test]
fn every_key_of_a_program_is_explained() {
    let text = Program::shipped("iowa-cbcm").unwrap();
    let mut program = Program::parse(text).unwrap();
    // Optional keys the shipped file leaves out: set, so that they are written.
    program.continuity[0].min_tenure_months = Some(12);
    let example = Program::parse(Program::shipped("weighted-example").unwrap()).unwrap();
    program.capacities = example.capacities;
    let mut keys = BTreeSet::new();
    flatten("", &toml::Value::try_from(&program).unwrap(), &mut keys);
    assert_eq!(documented("## Keys of a program file", Some("## Keys of `caseload.toml`")), keys);

    let mut shipped = BTreeSet::new();
    flatten("", &toml::Value::Table(text.parse().unwrap()), &mut shipped);
    assert!(shipped.is_subset(&keys));
}

#[test]
fn every_key_of_the_settings_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    // The parser names the keys it knows when it meets one it does not.
    let known = |table: &str| -> Vec<String> {
        let text = if table.is_empty() { "zzz = 1".to_owned() } else { format!("[{table}]\nzzz = 1") };
        fs::write(folder.path().join("caseload.toml"), text).unwrap();
        let error = Settings::resolve(folder.path(), &Overrides::default(), day).unwrap_err().to_string();
        let list = error.split_once("expected one of").unwrap().1;
        list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let mut keys = BTreeSet::new();
    for key in known("") {
        if ["weights", "limits", "letters", "simulate"].contains(&key.as_str()) {
            keys.extend(known(&key).into_iter().map(|inner| format!("{key}.{inner}")));
        } else {
            keys.insert(key);
        }
    }
    assert_eq!(documented("## Keys of `caseload.toml`", None), keys);
}

#[test]
fn the_makefile_explains_every_target() {
    let makefile = page("Makefile");
    for target in ["setup", "build", "demo", "test", "bench", "bench-peers", "bench-growth", "lint", "ci"] {
        let line = makefile.lines().find(|line| line.starts_with(&format!("{target}:"))).unwrap();
        assert!(line.contains("## "), "`make {target}` has no help line");
    }
}
