//! Reading roster folders: what a good one gives, what each defect of `datasets/malformed` says, and what happens
//! when a file is wrong on a scale no small example has.
#![allow(clippy::expect_used)] // a test that cannot go on says where

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use caseload::cli::terminal::sentence;
use caseload::diagnostic::{Code, Problem};
use caseload::ids::ManagerIx;
use caseload::program::Settings;
use caseload::program::codes::problems as program_codes;
use caseload::program::settings::Overrides;
use caseload::roster::reading::{KEPT_OF_A_KIND, Read, ReadError, read_folder};
use caseload::roster::schema::{Kind, Presence, TABLES, table};
use caseload::roster::{DecisionKind, Need, RosterTables};
use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn as_of() -> NaiveDate {
    day("2026-11-23")
}

fn datasets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
    folder
}

fn read(files: &[(&str, &str)]) -> Result<Read, Vec<Problem>> {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    match read_folder(folder(&files).path(), as_of()) {
        Ok(read) => Ok(read),
        Err(ReadError::Problems(problems)) => Err(problems),
        Err(error) => panic!("{error}"),
    }
}

fn codes(problems: &[Problem]) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.code.code()).collect()
}

const MANAGERS: &str = "manager_id,zip\nCM1,50309\n";

/// What a person sees.
fn rendered(result: &Result<Read, ReadError>) -> String {
    let (problems, end) = match result {
        Ok(read) => (&read.problems, "The roster is read.\n"),
        Err(ReadError::Problems(problems)) => (problems, "The roster is refused.\n"),
        Err(error) => return format!("{error}\n"),
    };
    let mut text = String::new();
    for problem in problems {
        let _ = writeln!(text, "{}", sentence(problem));
    }
    text + end
}

/// Every folder says what its `expected.txt` says. `CASELOAD_ACCEPT=1` writes them anew, for reading over.
#[test]
fn every_malformed_folder_gives_its_expected_messages() {
    let mut folders: Vec<PathBuf> = fs::read_dir(datasets().join("malformed"))
        .expect("datasets/malformed")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() > 40, "{} folders", folders.len());
    let mut seen = std::collections::BTreeSet::new();
    for folder in folders {
        let start = Instant::now();
        let mut result = read_folder(&folder, as_of());
        // What only a program can tell, where the folder has settings.
        if let (Ok(read), true) = (&mut result, folder.join("caseload.toml").exists()) {
            let rules = Settings::resolve(&folder, &Overrides::default(), as_of()).expect("settings").rules;
            read.problems.extend(program_codes(&read.roster, &rules));
        }
        assert!(start.elapsed() < Duration::from_secs(1), "{} took {:?}", folder.display(), start.elapsed());
        if let Ok(Read { problems, .. }) | Err(ReadError::Problems(problems)) = &result {
            seen.extend(problems.iter().map(|problem| problem.code));
        }
        let good = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("good-"));
        assert!(!good || result.as_ref().is_ok_and(|read| read.problems.is_empty()), "{}", folder.display());
        let expected = folder.join("expected.txt");
        if std::env::var_os("CASELOAD_ACCEPT").is_some() {
            fs::write(&expected, rendered(&result)).expect("expected.txt");
        }
        let expected = fs::read_to_string(&expected).expect("expected.txt");
        assert_eq!(rendered(&result), expected, "{}", folder.display());
    }
    // Told by other stages, or shown by the large files below.
    let elsewhere = [Code::OverCap, Code::ManagerUnusable, Code::FileTooLarge];
    let missing: Vec<&Code> =
        Code::ALL.iter().filter(|code| !seen.contains(code) && !elsewhere.contains(code)).collect();
    assert!(missing.is_empty(), "no malformed folder shows {missing:?}");
}

#[test]
fn a_cell_of_forty_megabytes_is_refused_at_once() {
    for open in ["", "\""] {
        let mut text = format!("member_id,need,manager_id\nM1,{open}").into_bytes();
        text.resize(text.len() + 40_000_000, b'x');
        let folder = folder(&[("members.csv", &text), ("managers.csv", MANAGERS.as_bytes())]);
        let start = Instant::now();
        let result = read_folder(folder.path(), as_of());
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        let Err(ReadError::Problems(problems)) = result else { panic!("refused") };
        assert_eq!(codes(&problems), ["R003"]);
        assert_eq!(problems[0].row, Some(2));
    }
}

#[test]
fn a_million_errors_are_counted_and_a_thousand_kept() {
    let mut text = String::from("member_id,need,zip,manager_id\n");
    for at in 0..1_000_000 {
        let _ = writeln!(text, "M{},hihg,99990,nobody", at / 2);
    }
    let folder = folder(&[("members.csv", text.as_bytes()), ("managers.csv", MANAGERS.as_bytes())]);
    drop(text);
    let start = Instant::now();
    let result = read_folder(folder.path(), as_of());
    let seconds = start.elapsed().as_secs_f64();
    let Err(ReadError::Problems(problems)) = result else { panic!("refused") };
    for (code, total) in [("R202", 1_000_000), ("R206", 1_000_000), ("R209", 1_000_000), ("R205", 500_000)] {
        let of_code: Vec<&Problem> = problems.iter().filter(|problem| problem.code.code() == code).collect();
        assert_eq!(of_code.len(), KEPT_OF_A_KIND + 1, "{code}");
        let rest = format!("{} more", total - KEPT_OF_A_KIND);
        assert!(of_code[KEPT_OF_A_KIND].fix.starts_with(&rest), "{code}: {}", of_code[KEPT_OF_A_KIND].fix);
    }
    // A second on a free machine. Tests share theirs with others: this only holds against costs that grow with the
    // square of the errors, which would be hours.
    assert!(seconds < 30.0, "{seconds} s");
}

#[test]
fn an_archive_named_csv_is_not_unpacked() {
    let mut bytes = b"PK\x03\x04".to_vec();
    bytes.resize(5_000_000, 0);
    let folder = folder(&[("members.csv", &bytes), ("managers.csv", &bytes)]);
    let Err(ReadError::Problems(problems)) = read_folder(folder.path(), as_of()) else { panic!("refused") };
    assert_eq!(codes(&problems), ["R006", "R006"]);
}

#[test]
fn a_folder_that_is_not_there_is_a_file_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = folder.path().join("gone");
    assert!(matches!(read_folder(&gone, as_of()), Err(ReadError::Io { path, .. }) if path == gone));
    fs::create_dir(folder.path().join("members.csv")).expect("a folder");
    let result = read_folder(folder.path(), as_of());
    assert!(matches!(result, Err(ReadError::Io { path, .. }) if path.ends_with("members.csv")));
}

/// One row in every file, every column filled.
#[allow(clippy::too_many_lines)] // a hundred and twelve columns
fn full() -> Vec<(&'static str, String)> {
    let cells = |table: &'static str| -> Vec<(&'static str, &'static str)> {
        match table {
            "members.csv" => vec![
                ("member_id", "M1"),
                ("name", "Ada Long"),
                ("need", "high"),
                ("urgent", "yes"),
                ("birth_date", "1950-02-03"),
                ("program", "elderly"),
                ("setting", "own_home"),
                ("latitude", "41.6"),
                ("longitude", "-93.6"),
                ("zip", "50309"),
                ("county_fips", "19153"),
                ("address_line1", "1 Main St"),
                ("address_line2", "Apt 2"),
                ("city", "Des Moines"),
                ("state", "IA"),
                ("phone", "515-555-0100"),
                ("email", "ada@example.org"),
                ("language", "es"),
                ("letter_format", "large_print"),
                ("guardian_name", "Gus Long"),
                ("guardian_relation", "guardian"),
                ("guardian_address_line1", "9 Elm St"),
                ("guardian_address_line2", "Rear"),
                ("guardian_city", "Ames"),
                ("guardian_state", "IA"),
                ("guardian_zip", "50010"),
                ("household_id", "H1"),
                ("manager_id", "CM1"),
                ("assigned_on", "2024-05-06"),
                ("last_contact_on", "2026-10-01"),
                ("next_outreach_on", "2026-12-01"),
                ("assessment_due_on", "2027-02-01"),
                ("visits_per_year", "12"),
                ("contacts_per_month", "1.5"),
                ("hours_per_year", "40"),
                ("authorized_units", "240"),
                ("used_units", "100"),
                ("other_case_management", "Targeted Care Coordination"),
                ("mail_hold", "deceased"),
                ("next_program", "AD"),
                ("next_program_on", "2027-01-01"),
                ("opened_on", "2020-01-01"),
                ("left_institution_on", "2019-12-01"),
                ("discharge_due_on", "2027-03-01"),
                ("review_due_on", "2027-01-15"),
                ("last_attempt_on", "2026-10-02"),
                ("last_moved_on", "2024-05-06"),
                ("assessed_on", "2026-02-01"),
                ("service_plan_on", "2026-02-15"),
                ("open_requests", "a ramp at the door"),
                ("preferred_handoff", "phone"),
            ],
            "managers.csv" => vec![
                ("manager_id", "CM1"),
                ("name", "Ann Archer"),
                ("phone", "515-555-0199"),
                ("email", "ann@example.org"),
                ("tty", "711"),
                ("hours", "8 to 5"),
                ("team", "North"),
                ("latitude", "41.6"),
                ("longitude", "-93.6"),
                ("zip", "50309"),
                ("fte", "0.8"),
                ("hired_on", "2020-01-02"),
                ("manager_since", "2018-03-04"),
                ("available_from", "2020-01-05"),
                ("available_until", "2027-01-31"),
                ("languages", "es;en"),
                ("programs", "elderly; brain"),
                ("qualifications", "rn"),
                ("max_caseload", "40"),
                ("accepts_new", "no"),
                ("counties", "Polk;19169"),
                ("hours_per_year", "1800"),
                ("leave_from", "2026-12-01"),
                ("leave_until", "2027-01-15"),
                ("over_cap_since", "2026-09-01"),
            ],
            "teams.csv" => vec![
                ("team", "North"),
                ("supervisor_name", "Eve East"),
                ("supervisor_phone", "515-555-0101"),
                ("supervisor_email", "eve@example.org"),
                ("region", "central"),
            ],
            "providers.csv" => vec![
                ("provider_id", "P1"),
                ("name", "Care at Home"),
                ("type", "home_health"),
                ("latitude", "41.6"),
                ("longitude", "-93.6"),
                ("zip", "50309"),
                ("address_line1", "2 Oak St"),
                ("city", "Des Moines"),
                ("state", "IA"),
                ("phone", "515-555-0102"),
                ("email", "p@example.org"),
                ("fax", "515-555-0103"),
            ],
            "services.csv" => vec![("member_id", "M1"), ("provider_id", "P1"), ("visits_per_month", "4")],
            "positions.csv" => vec![
                ("position_id", "O1"),
                ("team", "North"),
                ("latitude", "41.6"),
                ("longitude", "-93.6"),
                ("zip", "50309"),
                ("fte", "0.5"),
                ("annual_cost", "70000"),
                ("earliest_start", "2027-02-01"),
                ("languages", "es"),
                ("programs", "brain"),
            ],
            "decisions.csv" => vec![
                ("member_id", "M1"),
                ("manager_id", "CM1"),
                ("kind", "keep"),
                ("reason", "clinical"),
                ("until", "2027-01-01"),
                ("decided_by", "Dana"),
            ],
            _ => Vec::new(),
        }
    };
    TABLES
        .iter()
        .map(|table| {
            let cells = cells(table.file);
            // In another order than the contract's, which must make no difference.
            let of = |pick: fn(&(&'static str, &'static str)) -> &'static str| {
                cells.iter().rev().map(pick).collect::<Vec<_>>().join(",")
            };
            (table.file, format!("{}\n{}\n", of(|cell| cell.0), of(|cell| cell.1)))
        })
        .collect()
}

fn read_full(files: &[(&'static str, String)]) -> Result<Read, Vec<Problem>> {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    read(&files)
}

#[test]
fn every_column_of_every_file_arrives() {
    let read = read_full(&full()).expect("no errors");
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    assert_eq!(read.hashes.len(), 7);
    assert!(read.hashes.iter().all(|(_, hash)| hash.len() == 64));
    let tables = read.roster.to_tables();
    let (member, manager) = (&tables.members[0], &tables.managers[0]);
    assert_eq!((member.need, member.urgent, member.manager.map(ManagerIx::at)), (Need::High, true, Some(0)));
    assert_eq!((member.zip.as_deref(), member.county.as_deref()), (Some("50309"), Some("19153")));
    assert_eq!(manager.fte_thousandths, 800);
    let words = |codes: &[caseload::roster::Code]| codes.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(words(&manager.languages), ["en", "es"]);
    assert_eq!(words(&manager.programs), ["brain", "elderly"]);
    assert_eq!(words(&manager.counties), ["19153", "19169"]);
    assert_eq!(tables.decisions[0].kind, DecisionKind::Keep);
    assert_eq!(tables.positions[0].fte_thousandths, 500);
    insta::assert_debug_snapshot!(
        "every_column",
        (
            tables.members,
            tables.contacts,
            tables.managers,
            tables.teams,
            tables.providers,
            tables.services,
            tables.positions,
            tables.decisions
        )
    );
}

/// Reader and schema together: blanking any one cell that may be blank changes the roster (so the reader looks at
/// it), and what the schema calls impossible is refused in exactly that column.
#[test]
fn the_reader_looks_at_every_column_the_way_the_schema_says() {
    let whole = format!("{:?}", read_full(&full()).expect("no errors").roster.to_tables());
    for (at, table) in TABLES.iter().enumerate() {
        for column in table.columns {
            let with = |cell: &str| {
                let mut files = full();
                let mut lines = files[at].1.lines();
                let (header, row) = (lines.next().expect("a header"), lines.next().expect("a row"));
                let place = header.split(',').position(|name| name == column.name);
                let place = place.unwrap_or_else(|| panic!("{} {}", table.file, column.name));
                let mut cells: Vec<&str> = row.split(',').collect();
                cells[place] = cell;
                files[at].1 = format!("{header}\n{}\n", cells.join(","));
                read_full(&files)
            };
            let here = |problem: &Problem, code: Code| {
                problem.code == code && problem.file == table.file && problem.column.as_deref() == Some(column.name)
            };
            let name = format!("{} {}", table.file, column.name);
            match (column.presence, with("")) {
                (Presence::Required, Err(problems)) => {
                    assert!(problems.iter().any(|problem| here(problem, Code::ValueMissing)), "{name}");
                }
                (Presence::Required, Ok(_)) => panic!("{name} may not be blank"),
                // One of a pair.
                (_, Err(problems)) => {
                    let is_paired = matches!(column.kind, Kind::Latitude | Kind::Longitude)
                        || ["next_program", "next_program_on", "leave_from"].contains(&column.name);
                    assert!(is_paired, "{name}: {problems:?}");
                }
                // A ZIP beside coordinates, and a county beside a ZIP, say the same again.
                (_, Ok(read)) => {
                    let same = format!("{:?}", read.roster.to_tables()) == whole;
                    assert!(
                        !same || column.kind == Kind::County || table.file == "positions.csv",
                        "{name} is not read"
                    );
                }
            }
            let wrong = match column.kind {
                Kind::Personal | Kind::Text => continue,
                Kind::Id | Kind::Code | Kind::Codes | Kind::Reference(_) => "=A1",
                Kind::Number(_) | Kind::Whole(_) | Kind::Latitude | Kind::Longitude => "NaN",
                Kind::PastDate | Kind::Date | Kind::BirthDate => "2026-02-30",
                _ => "~~",
            };
            let problems = with(wrong).err().unwrap_or_else(|| panic!("{name}: `{wrong}` is taken"));
            let code = match column.kind {
                Kind::PastDate | Kind::Date | Kind::BirthDate => Code::DateInvalid,
                Kind::County | Kind::Counties => Code::CountyUnknown,
                _ if wrong == "=A1" => Code::FormulaCell,
                _ => Code::ValueInvalid,
            };
            let found = problems.iter().find(|problem| here(problem, code));
            let found = found.unwrap_or_else(|| panic!("{name}: {problems:?}"));
            assert!(!found.expected.is_empty(), "{name}");
            let text = sentence(found);
            assert!(!column.is_personal() || !text.contains(wrong), "{name} is personal: {text}");
        }
    }
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let tables_of = |reversed: bool| -> (RosterTables, Vec<&'static str>) {
        let turn = |text: &str| {
            let mut lines: Vec<&str> = text.lines().collect();
            if reversed {
                lines[1..].reverse();
            }
            lines.join("\n")
        };
        let mut members = String::from("member_id,need,zip,manager_id,name,birth_date\n");
        for at in 0..3_000 {
            let _ = writeln!(members, "M{at},low,50309,CM{},Ann {},1990-01-01", at * 7 % 40, at % 2_999);
        }
        let mut managers = String::from("manager_id,zip,team\n");
        for at in 0..40 {
            let _ = writeln!(managers, "CM{at},50309,T{}", at % 3);
        }
        let (members, managers) = (turn(&members), turn(&managers));
        let decisions = turn("member_id,manager_id,kind\nM7,CM9,keep\nM7,CM3,forbid\nM1,CM7,keep\n");
        let services = turn("member_id,provider_id,visits_per_month\nM7,P2,1\nM7,P1,4\nM7,P1,3\nM1,P1,\n");
        let providers = turn("provider_id,name,zip\nP2,Two,50309\nP1,One,50309\n");
        let read = read(&[
            ("members.csv", &members),
            ("managers.csv", &managers),
            ("decisions.csv", &decisions),
            ("services.csv", &services),
            ("providers.csv", &providers),
        ])
        .expect("no errors");
        let mut tables = read.roster.to_tables();
        for decision in &mut tables.decisions {
            decision.row = 0;
        }
        let mut codes = codes(&read.problems);
        codes.sort_unstable();
        (tables, codes)
    };
    let (forward, backward) = (tables_of(false), tables_of(true));
    assert_eq!(forward.1, backward.1);
    assert_eq!(format!("{:?}", forward.0), format!("{:?}", backward.0));
}

#[test]
fn no_message_shows_a_name_an_address_or_a_birth_date() {
    const CANARY: &str = "Xanthippe";
    let members = format!(
        "member_id,name,need,birth_date,zip,address_line1,phone,guardian_name,manager_id\n\
         M1,{CANARY},bad,{CANARY},bad,{CANARY},{CANARY},{CANARY},CM9\n\
         M2,{CANARY},low,1901-02-03,50309,{CANARY},,,CM1\nM3,{CANARY},low,1901-02-03,50309,,,,CM1\n\
         M3,{CANARY},low,3001-02-03,50309,,,,CM1\n{CANARY},,\n"
    );
    let problems = read(&[("members.csv", &members), ("managers.csv", MANAGERS)]).expect_err("errors");
    assert!(problems.len() >= 6, "{problems:?}");
    for problem in &problems {
        let text = format!("{} {}", sentence(problem), serde_json::to_string(problem).expect("JSON"));
        for hidden in [CANARY, "1901-02-03", "3001-02-03"] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
    assert!(problems.iter().any(|problem| problem.code == Code::DateInFuture));
}

#[test]
fn places_and_counties_are_taken_from_what_is_given() {
    let members = "member_id,need,latitude,longitude,zip,county_fips,manager_id\n\
                   M1,low,,,50309,,\nM2,low,41.58,-93.62,,,\nM3,low,41.58,-93.62,50309,19049,\nM4,low,,,,19049,\n";
    let read = read(&[("members.csv", members), ("managers.csv", MANAGERS)]).expect("no errors");
    let county = |at: usize| read.roster.members()[at].county.as_deref();
    assert_eq!(
        [county(0), county(1), county(2), county(3)],
        [Some("19153"), Some("19153"), Some("19049"), Some("19049")]
    );
    let home = |at: usize| read.roster.members()[at].home;
    assert_eq!(home(0), caseload::roster::gazetteer::zip("50309").map(|area| area.place));
    assert_eq!(home(1).map(|place| place.latitude), Some(41.58));
    assert_eq!(home(3), None);
    assert_eq!(codes(&read.problems), ["R307"]);
}

#[test]
fn many_places_out_of_state_are_told_together() {
    let mut members = String::from("member_id,need,zip,latitude,longitude,manager_id\n");
    for at in 0..90 {
        // A third of the rows has lost the minus sign of its longitude.
        let place = if at % 3 == 0 { ",41.6,93.6" } else { "50309,," };
        let _ = writeln!(members, "M{at},low,{place},");
    }
    let read = read(&[("members.csv", &members), ("managers.csv", MANAGERS)]).expect("warnings only");
    assert_eq!(codes(&read.problems), ["R306"]);
    assert!(read.problems[0].expected.contains("30 rows"), "{}", read.problems[0].expected);
    assert!(read.problems[0].expected.contains("rows 2, 5, 8, 11, 14 ..."), "{}", read.problems[0].expected);
}

#[test]
fn the_schema_is_a_table_schema_of_every_file() {
    for table in TABLES {
        let json = table.to_json();
        let fields = json["schema"]["fields"].as_array().expect("fields");
        assert_eq!(fields.len(), table.columns.len());
        assert!(table.columns.iter().all(|column| !column.meaning.is_empty()));
    }
    let need = &table("members").expect("members").to_json()["schema"]["fields"][2];
    assert_eq!(need["constraints"]["enum"], serde_json::json!(["low", "moderate", "high", "intensive"]));
    assert!(table("nothing").is_none());
}

#[test]
fn the_schema_command_prints_json_or_a_table() {
    let run = |args: &[&str]| {
        let output = assert_cmd::Command::cargo_bin("caseload").expect("built").arg("schema").args(args).output();
        let output = output.expect("it runs");
        (
            output.status.code(),
            String::from_utf8(output.stdout).expect("text"),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (status, out, _) = run(&[]);
    let package: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((status, package["resources"].as_array().map(Vec::len)), (Some(0), Some(TABLES.len())));
    let (status, out, _) = run(&["decisions", "--format", "human"]);
    assert_eq!(status, Some(0));
    assert!(out.starts_with("decisions.csv (optional)") && out.contains("one of keep, assign, forbid"), "{out}");
    let (status, out, err) = run(&["member"]);
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert!(err.contains("did you mean `members`?"), "{err}");
}
