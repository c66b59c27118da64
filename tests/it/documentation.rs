//! The pages that explain things say what the program does: each table is compared with its registry.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use caseload::diagnostic::{Code, Severity};
use caseload::program::settings::Overrides;
use caseload::program::{
    Becomes, Blackout, Discharge, Duplication, Event, Existing, Phrases, Program, ProgramCode, QualificationFor,
    RampUp, Settings,
};
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
        // Conditions are explained with the categories; names of categories are the file's own.
        toml::Value::Table(_)
            if prefix.ends_with("steps.when") || prefix == "contact_tier.when" || prefix.ends_with("_of") =>
        {
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

/// Rules that set every key of their kinds.
const EVERY_KEY: &str = r#"
[[category]]
name = "some"
title = "Some"
[category.when]
programs = ["HD"]
settings = ["own_home"]
needs = ["high"]
urgent = true
min_age = 1
under_age = 99
min_contacts_per_month = 1
since = { event = "opened_on", at_least_months = 1, under_months = 12 }
due = { event = "review_due_on", within_days = 30 }
never = ["last_attempt_on"]

[outreach]
cycle_days = 60
contacts_per_workday = 8
attempts_per_workday = 20
citation = "test"

[[contact_tier]]
name = "hours"
title = "Hours"
within_hours = 72
when = { urgent = true }
citation = "test"

[[contact_tier]]
name = "days"
title = "Days"
within_days = 7
citation = "test"

[[contact_tier]]
name = "weeks"
title = "Weeks"
within_weeks = 7
citation = "test"

[[capacity]]
name = "by-category"
title = "By category"
kind = "weight"
limit = 90
scale_with_fte = false
of = ["some"]
weights = { low = 1, moderate = 1, high = 1, intensive = 1 }
weight_of = { some = 2 }
citation = "test"

[[capacity]]
name = "authorized"
title = "Authorized"
kind = "hours"
limit = 120
scale_with_fte = false
hours_of = { some = 2 }
authorized = { units_per_year = 240, minutes_per_unit = 15 }
citation = "test"

[[capacity]]
name = "contacts"
title = "Contacts"
kind = "contacts"
scale_with_fte = true
contacts_per_workday = 8
period_days = 60
workdays = 44
contacts_per_period = 1
citation = "test"

[[mixed]]
name = "mix"
title = "Mix"
kind = "convex"
parts = [{ of = ["some"], limit = 17 }, { of = ["some-other"], limit = 12.5 }]
citation = "test"

[[category]]
name = "some-other"
title = "Some other"

[[range]]
name = "range"
title = "Range"
floor = 10
floor_minutes = 60
top = 15
steps = [{ when = { needs = ["high"] }, top = 10 }]
of = ["some"]
citation = "test"

[[average]]
name = "combined"
title = "Combined"
kind = "combined"
parts = [{ of = ["some"], limit = 62 }]
scope = "state"
denominator = "serving"
citation = "test"

[[span]]
name = "span"
title = "Span"
managers = 5
members = 100
of = ["some"]
citation = "test"

[[fairness]]
name = "fairness"
title = "Fairness"
by = "language"
max_points = 5
min_members = 20
citation = "test"
"#;

#[test]
fn every_key_of_a_program_is_explained() {
    let text = Program::shipped("iowa-cbcm").unwrap();
    let mut program = Program::parse(text).unwrap();
    // Optional keys the shipped file leaves out: set, so that they are written.
    program.continuity[0].min_tenure_months = Some(12);
    let example = Program::parse(Program::shipped("weighted-example").unwrap()).unwrap();
    program.capacities = example.capacities;
    set_what_the_language_adds(&mut program);
    let every_key = Program::parse(&(text.to_owned() + EVERY_KEY)).unwrap();
    program.categories = every_key.categories;
    program.capacities.extend(every_key.capacities);
    program.mixed = every_key.mixed;
    program.ranges = every_key.ranges;
    program.averages.extend(every_key.averages);
    program.spans = every_key.spans;
    program.fairness = every_key.fairness;
    program.outreach = every_key.outreach;
    program.contact_tiers = every_key.contact_tiers;
    let mut keys = BTreeSet::new();
    flatten("", &toml::Value::try_from(&program).unwrap(), &mut keys);
    // The keys of a condition are explained once, with the categories.
    keys.insert("continuity.when".to_owned());
    assert_eq!(documented("## Keys of a program file", Some("## Keys of `caseload.toml`")), keys);

    let mut shipped = BTreeSet::new();
    flatten("", &toml::Value::Table(text.parse().unwrap()), &mut shipped);
    assert!(shipped.is_subset(&keys));
}

/// Optional keys about people, dates and other programs.
fn set_what_the_language_adds(program: &mut Program) {
    program.extends = Some("iowa-cbcm".to_owned());
    let day = NaiveDate::from_ymd_opt(2026, 10, 1);
    let becomes = vec![Becomes { code: "CY".to_owned(), min_age: Some(0), under_age: Some(21) }];
    let code = "ID".to_owned();
    program.codes = vec![ProgramCode { code, title: String::new(), from: day, until: day, becomes }];
    let eligibility = &mut program.eligibility;
    let (services, existing) = (vec!["tcc".to_owned()], Existing::Exempt);
    eligibility.discharge = Some(Discharge { settings: vec!["inpatient".to_owned()], days_before: 180, existing });
    eligibility.blackout = Some(Blackout { event: Event::AssessmentDueOn, days_before: 14 });
    eligibility.qualification_for = vec![QualificationFor { of: vec!["a".to_owned()], required: vec!["b".to_owned()] }];
    let (name, citation) = ("tcc".to_owned(), "test".to_owned());
    program.duplications =
        vec![Duplication { title: name.clone(), name, services, under_age: Some(21), existing, citation }];
    program.words.a_case_manager = Some("a case manager".to_owned());
    let phrase = "la persona a cargo".to_owned();
    let phrases = Phrases { your_case_manager: phrase.clone(), the_case_manager: phrase };
    program.words.languages.insert("es".to_owned(), phrases);
    program.staffing.ramp_up = vec![RampUp { under_months: 1, percent: 25 }];
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
