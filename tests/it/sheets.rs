//! Briefing sheets and notes from outside: the command from a made-up roster to files on disk, read back here with
//! another PDF library.

#![cfg(feature = "letters")]
#![allow(clippy::unwrap_used)] // a test may stop

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use calamine::Reader as _;
use lopdf::Document;

type Row = BTreeMap<String, String>;

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caseload"));
    command.env("NO_COLOR", "1").env("COLUMNS", "100").current_dir(folder).args(args).output().unwrap()
}

fn done(folder: &Path, args: &[&str]) {
    let output = run(folder, args);
    let said = || String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{args:?}: {}", said());
}

fn table(path: &Path) -> Vec<Row> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

fn by(path: &Path, key: &str) -> BTreeMap<String, Row> {
    table(path).into_iter().map(|row| (row[key].clone(), row)).collect()
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

/// A roster and its plan, with hostile names for some members when asked for.
fn planned(hostile: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    done(at, &["generate", "--members", "240", "--managers", "0", "--seed", "8", "--out", "roster"]);
    if !hostile.is_empty() {
        let path = at.join("roster/members.csv");
        let mut reader = csv::Reader::from_path(&path).unwrap();
        let header = reader.headers().unwrap().clone();
        let name = header.iter().position(|column| column == "name").unwrap();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let mut writer = csv::Writer::from_path(&path).unwrap();
        writer.write_record(&header).unwrap();
        for (at, row) in rows.iter().enumerate() {
            let cell = |(column, cell)| if column == name { hostile[at % hostile.len()] } else { cell };
            writer.write_record(row.iter().enumerate().map(cell)).unwrap();
        }
        writer.flush().unwrap();
    }
    done(at, &["plan", "roster", "--out", "plan", "--as-of", "2026-12-01"]);
    folder
}

/// Pages of a file without white space, from page 1 on.
struct Files(BTreeMap<PathBuf, Vec<String>>);

impl Files {
    fn pages(&mut self, path: PathBuf) -> &[String] {
        self.0.entry(path).or_insert_with_key(|path| {
            let document = Document::load(path).unwrap();
            accessible(&document);
            let pages = document.get_pages();
            pages.keys().map(|page| without_spaces(&document.extract_text(&[*page]).unwrap())).collect()
        })
    }
}

/// What PDF/UA-1 asks for and a machine can see.
fn accessible(document: &Document) {
    let catalog = document.catalog().unwrap();
    let entry = |key: &[u8]| {
        let value = catalog.get(key).unwrap();
        document.dereference(value).unwrap().1.as_dict().unwrap().clone()
    };
    assert!(entry(b"MarkInfo").get(b"Marked").unwrap().as_bool().unwrap());
    assert!(entry(b"ViewerPreferences").get(b"DisplayDocTitle").unwrap().as_bool().unwrap());
    assert!(entry(b"StructTreeRoot").has(b"ParentTree"));
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"en");
    let metadata = catalog.get(b"Metadata").and_then(|value| document.dereference(value)).unwrap().1;
    let metadata = metadata.as_stream().unwrap().get_plain_content().unwrap();
    assert!(String::from_utf8_lossy(&metadata).contains("<pdfuaid:part>1</pdfuaid:part>"));
}

#[test]
fn every_transfer_has_a_sheet_for_its_receiver_and_a_line_for_its_giver_and_nobody_sees_others() {
    let folder = planned(&[]);
    let at = folder.path();
    let members = by(&at.join("roster/members.csv"), "member_id");
    let managers = by(&at.join("roster/managers.csv"), "manager_id");
    let transfers = by(&at.join("plan/transfers.csv"), "transfer_id");
    let schedule = by(&at.join("plan/handoff/schedule.csv"), "transfer_id");
    let (mut files, mut briefed, mut noted) = (Files(BTreeMap::new()), BTreeSet::new(), BTreeSet::new());
    let index = table(&at.join("plan/handoff/index.csv"));
    let pages_of: BTreeMap<String, Vec<&Row>> = index.iter().fold(BTreeMap::new(), |mut all, row| {
        all.entry(row["file"].clone()).or_default().push(row);
        all
    });
    for row in &index {
        let (id, transfer) = (&row["transfer_id"], &transfers[&row["transfer_id"]]);
        let (member, to) = (&members[&transfer["member_id"]], &managers[&transfer["to_manager_id"]]);
        let pages = files.pages(at.join("plan/handoff").join(&row["file"]));
        let first: usize = row["page"].parse().unwrap();
        let mut must = vec![&member["member_id"], &member["name"], &to["name"], id];
        let text = if row["kind"] == "briefing" {
            assert_eq!(row["manager_id"], transfer["to_manager_id"]);
            assert!(briefed.insert(id.clone()));
            must.extend(managers.get(&transfer["from_manager_id"]).map(|from| &from["name"]));
            must.push(&schedule[id]["slot_starts"]);
            // A sheet ends where the next one starts.
            let next =
                pages_of[&row["file"]].iter().map(|row| row["page"].parse().unwrap()).filter(|page| *page > first);
            let end: usize = next.min().unwrap_or(pages.len() + 1);
            let text = pages[first - 1..end - 1].concat();
            let others = transfers.values().filter(|other| other["transfer_id"] != *id);
            for other in others.filter(|other| members[&other["member_id"]]["household_id"].is_empty()) {
                assert!(!text.contains(&*other["member_id"]), "{id} tells of {}", other["member_id"]);
            }
            text
        } else {
            assert_eq!((&*row["kind"], &row["manager_id"]), ("note", &transfer["from_manager_id"]));
            assert!(noted.insert(id.clone()));
            pages.concat()
        };
        for value in must {
            assert!(text.contains(&without_spaces(value)), "{}: {value} is missing in {text}", row["file"]);
        }
    }
    let ids: BTreeSet<String> = transfers.keys().cloned().collect();
    let with_giver = transfers.values().filter(|row| !row["from_manager_id"].is_empty());
    assert!(ids.len() > 20);
    assert_eq!(briefed, ids);
    assert_eq!(noted, with_giver.map(|row| row["transfer_id"].clone()).collect());
    for sub in ["briefings", "notes"] {
        for entry in fs::read_dir(at.join("plan/handoff").join(sub)).unwrap().map(Result::unwrap) {
            let name = format!("{sub}/{}", entry.file_name().to_string_lossy());
            assert!(pages_of.contains_key(&name), "{name} is in no row of index.csv");
        }
    }
}

/// Rows of the workbook for merging, by column.
fn merged(path: &Path) -> Vec<Row> {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
    let sheet = book.worksheet_range("Letters").unwrap();
    assert!(book.worksheet_formula("Letters").unwrap().is_empty());
    let mut rows = sheet.rows().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>());
    let header = rows.next().unwrap();
    rows.map(|row| header.iter().cloned().zip(row).collect()).collect()
}

#[test]
fn letters_to_merge_are_those_that_may_be_mailed_with_the_facts_of_their_row() {
    let hostile = ["=HYPERLINK(\"x\")", "Ann Lee", "\u{6731}\u{5fb7}"];
    let folder = planned(&hostile);
    let at = folder.path();
    let members = by(&at.join("roster/members.csv"), "member_id");
    let managers = by(&at.join("roster/managers.csv"), "manager_id");
    let transfers = by(&at.join("plan/transfers.csv"), "transfer_id");
    let rows = merged(&at.join("plan/letters/mailmerge.xlsx"));
    let (printed, others): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row["our_letter"] == "printed");
    let index = by(&at.join("plan/letters/index.csv"), "letter_id");
    assert_eq!(printed.iter().map(|row| &row["letter_id"]).collect::<BTreeSet<_>>(), index.keys().collect());
    for row in printed {
        let transfer = &transfers[&index[&row["letter_id"]]["transfer_id"]];
        let (member, to) = (&members[&transfer["member_id"]], &managers[&transfer["to_manager_id"]]);
        assert_eq!((&row["member_name"], &row["new_case_manager"]), (&member["name"], &to["name"]));
        assert_eq!((&row["new_phone"], &row["handoff_on"]), (&to["phone"], &transfer["handoff_on"]));
    }
    let not_mailed = ["confidential_address", "mail_hold", "no_name", "no_address", "no_manager_contact"];
    let held = table(&at.join("plan/letters/held.csv"));
    let may_go = held.iter().filter(|row| !not_mailed.contains(&&*row["reason"])).count();
    assert!(others.len() <= may_go && others.iter().any(|row| row["our_letter"] == "unsettable_character"));
    assert!(others.iter().all(|row| row["letter_id"].is_empty() && !not_mailed.contains(&&*row["our_letter"])));
}

/// A folder that has notices to providers but no schedule yet is no obstacle, and they stay with it.
#[test]
fn a_plan_without_a_schedule_is_scheduled_later() {
    let folder = planned(&[]);
    let at = folder.path();
    done(at, &["plan", "roster", "--out", "later", "--as-of", "2026-12-01", "--no-handoff"]);
    let notices = fs::read(at.join("later/handoff/providers.csv")).unwrap();
    assert!(notices.len() > 200 && !at.join("later/handoff/schedule.csv").exists());
    done(at, &["handoff", "later", "roster"]);
    for file in ["schedule.csv", "index.csv", "providers.csv", "providers-held.csv", "checklist.csv"] {
        let (one, two) = (at.join("plan/handoff").join(file), at.join("later/handoff").join(file));
        assert!(fs::read(one).unwrap() == fs::read(two).unwrap(), "{file}");
    }
    assert_eq!(run(at, &["handoff", "later", "roster"]).status.code(), Some(74), "a schedule is not replaced unasked");
    done(at, &["handoff", "later", "roster", "--no-sheets", "--force"]);
    assert!(at.join("later/handoff/schedule.csv").exists() && !at.join("later/handoff/index.csv").exists());
}

#[test]
fn names_that_look_like_code_arrive_literally_and_what_cannot_be_set_is_an_id() {
    let hostile = [
        "#read(\"/etc/passwd\")",
        "{{7*7}} \\ `z`",
        "=HYPERLINK(\"x\")",
        "<img onerror> &amp; $x$ *b* _i_ @y",
        "Ann\u{202E}eel",
        "\u{6731}\u{5fb7}",
    ];
    let folder = planned(&hostile);
    let at = folder.path();
    let members = by(&at.join("roster/members.csv"), "member_id");
    let (mut files, mut seen) = (Files(BTreeMap::new()), BTreeSet::new());
    for row in table(&at.join("plan/handoff/index.csv")).iter().filter(|row| row["kind"] == "briefing") {
        let name = &members[&row["member_id"]]["name"];
        let page: usize = row["page"].parse().unwrap();
        let text = &files.pages(at.join("plan/handoff").join(&row["file"]))[page - 1];
        let shown = match &**name {
            "\u{6731}\u{5fb7}" => row["member_id"].clone(),
            name => without_spaces(&name.replace('\u{202E}', "")),
        };
        assert!(text.contains(&format!("Member{shown}")), "{name} is missing in {text}");
        seen.insert(name.clone());
    }
    assert_eq!(seen.len(), hostile.len(), "each name is on some sheet");
}
