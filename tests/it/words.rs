//! A program with words of its own, end to end: what people read says them, and the workbook still comes back.

#![cfg(feature = "letters")]
#![allow(clippy::unwrap_used)] // a test may stop

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use calamine::Data;
use lopdf::Document;

use crate::workbook::{place, saved, sheet, sheets};

const PROGRAM: &str = r#"
extends = "iowa-cbcm"
name = "own"
title = "Guidance"
status = "example"

[words]
member = "individual"
members = "individuals"
case_manager = "officer"
case_managers = "officers"
caseload = "docket"
case_management = "guidance"

[words.languages.es]
your_case_manager = "la persona que le orienta"
the_case_manager = "la persona que orienta"
"#;

fn run(folder: &Path, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caseload"));
    let output = command.env("NO_COLOR", "1").current_dir(folder).args(args).output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (output.status.code().unwrap(), said)
}

/// A plan with letters, notices and sheets in the program's words.
fn planned() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let (code, said) =
        run(root, &["generate", "--members", "300", "--managers", "0", "--seed", "5", "--out", "roster"]);
    assert_eq!(code, 0, "{said}");
    fs::write(root.join("roster/own.toml"), PROGRAM).unwrap();
    let settings = root.join("roster/caseload.toml");
    let own: Vec<String> = fs::read_to_string(&settings)
        .unwrap()
        .lines()
        .map(|line| if line.starts_with("program = ") { "program = \"own.toml\"".to_owned() } else { line.to_owned() })
        .collect();
    fs::write(&settings, own.join("\n")).unwrap();
    let (code, said) = run(root, &["plan", "roster", "--out", "plan"]);
    // 1: some rule that no plan can meet is unmet; the plan stands.
    assert!(matches!(code, 0 | 1), "{said}");
    assert!(said.contains("individuals change officer"), "{said}");
    folder
}

/// The words the program does not use, as whole words: names of rules and of columns are not meant.
fn other_words(text: &str) -> Vec<String> {
    let words: Vec<String> = text
        .split(|letter: char| !(letter.is_alphanumeric() || "_-./".contains(letter)))
        .map(|word| word.trim_end_matches('.').to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    let pair = |pair: &[String]| pair[0] == "case" && ["manager", "managers", "management"].contains(&&*pair[1]);
    let single = |word: &&String| ["member", "members", "caseload", "caseloads"].contains(&word.as_str());
    let pairs = words.windows(2).filter(|two| pair(two)).map(|two| two.join(" "));
    pairs.chain(words.iter().filter(single).cloned()).collect()
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for path in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|own| own == ending) {
                all.push(path);
            }
        }
    }
    all.sort();
    all
}

/// The text of a file without spaces, in small letters, with the titles in its metadata.
fn text_of(path: &Path) -> String {
    let document = Document::load(path).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    let mut text = document.extract_text(&pages).unwrap();
    for object in document.objects.values() {
        if let lopdf::Object::Stream(stream) = object
            && stream.dict.has_type(b"Metadata")
        {
            text += &String::from_utf8_lossy(&stream.get_plain_content().unwrap());
        }
    }
    text.split_whitespace().collect::<String>().to_lowercase()
}

#[test]
fn papers_and_workbooks_say_the_programs_words() {
    let folder = planned();
    let plan = folder.path().join("plan");
    let (mut english, mut spanish, mut notices, mut sheets_seen) = (0, 0, 0, 0);
    for path in files(&plan, "pdf") {
        // The name of a denominator is the rule language's.
        let text = text_of(&path).replace("with_members", "");
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        for other in ["casemanager", "member", "acargodesucaso"] {
            assert!(!text.contains(other), "{name}: {other} in {text}");
        }
        let (count, wanted) = if name.starts_with("en-") {
            (&mut english, ["officer", "aboutyourofficer"])
        } else if name.starts_with("es-") {
            (&mut spanish, ["lapersonaqueleorienta", "sobrelapersonaqueleorienta"])
        } else if name.starts_with("providers-") {
            (&mut notices, ["officer", "newofficersofpeopleyouserve"])
        } else if name == "state-report.pdf" {
            continue;
        } else {
            (&mut sheets_seen, ["individual", "fortheofficersnamedhereonly"])
        };
        *count += 1;
        for what in wanted {
            assert!(text.contains(what), "{name}: no {what} in {text}");
        }
    }
    assert!(
        english > 0 && spanish > 0 && notices > 0 && sheets_seen > 0,
        "{english} {spanish} {notices} {sheets_seen}"
    );

    let mut cells = 0;
    for (name, rows) in sheets(&plan.join("plan.xlsx")) {
        assert_eq!(other_words(&name), Vec::<String>::new());
        let citation =
            rows.first().and_then(|head| head.iter().position(|cell| *cell == Data::String("Citation".into())));
        for row in &rows {
            let key = row.first().map(ToString::to_string).unwrap_or_default();
            // The rule's own words, names of it, and the product's name.
            if key == "words of the rule" || key == "source of the rule" || key == "Rule" || key == "made with" {
                continue;
            }
            for (at, cell) in row.iter().enumerate().filter(|(at, _)| Some(*at) != citation) {
                let text = cell.to_string();
                // `recipient` of letters/index.csv is a code.
                if text != "member" && !text.starts_with("input ") {
                    assert_eq!(other_words(&text), Vec::<String>::new(), "{name}, column {}: {text}", at + 1);
                    cells += 1;
                }
            }
        }
    }
    assert!(cells > 1000, "{cells}");

    let merge = sheets(&plan.join("letters/mailmerge.xlsx"));
    let heads: Vec<String> = sheet(&merge, "Letters")[0].iter().map(ToString::to_string).collect();
    for own in ["individual_name", "present_officer", "new_officer"] {
        assert!(heads.iter().any(|head| head == own), "{own} in {heads:?}");
    }
    for (file, table) in [("letters/held.csv", "fix"), ("handoff/checklist.csv", "what")] {
        let mut reader = csv::Reader::from_path(plan.join(file)).unwrap();
        let at = reader.headers().unwrap().iter().position(|head| head == table).unwrap();
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
        for row in &rows {
            assert_eq!(other_words(&row[at]), Vec::<String>::new(), "{file}");
        }
    }
    for path in files(&plan.join("handoff"), "ics") {
        assert!(!fs::read_to_string(&path).unwrap().contains("case manager"), "{}", path.display());
    }
}

#[test]
fn a_marked_workbook_comes_back_whatever_members_are_called() {
    let folder = planned();
    let root = folder.path();
    let book = sheets(&root.join("plan/plan.xlsx"));
    let moves = sheet(&book, "Moves");
    assert_eq!(moves[0][1], Data::String("Individual".to_owned()));
    let (approve, row) = (place(moves, "Approve?"), 1);
    let member = moves[1][1].to_string();
    saved(&root.join("plan/plan.xlsx"), &root.join("marked.xlsx"), &[("Moves", row, approve, "Y")]);
    let (code, said) = run(root, &["import-decisions", "marked.xlsx", "roster", "--out", "again"]);
    assert!(matches!(code, 0 | 1), "{said}");
    let decisions = files(root, "csv").into_iter().filter(|path| path.ends_with("decisions.csv"));
    let found = decisions.map(|path| fs::read_to_string(path).unwrap()).any(|text| text.contains(&member));
    assert!(found, "{member}: {said}");
}

#[test]
fn words_that_would_make_two_headings_alike_leave_them_as_they_are() {
    let folder = planned();
    let root = folder.path();
    let own = PROGRAM.replace("member = \"individual\"", "member = \"name\"");
    fs::write(root.join("roster/own.toml"), own).unwrap();
    let (code, said) = run(root, &["plan", "roster", "--out", "named", "--no-letters"]);
    assert!(matches!(code, 0 | 1), "{said}");
    let book = sheets(&root.join("named/plan.xlsx"));
    assert_eq!(sheet(&book, "Moves")[0][1], Data::String("Member".to_owned()));
}
