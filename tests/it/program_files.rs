//! Program files: how they merge (`extends`, `remove`, `include`, `programs`), each rule of merging that models/README.md
//! states, and what is said about a file that is wrong: place, fact, what is allowed.
#![allow(clippy::unwrap_used, clippy::too_many_lines)]

use std::fmt::Write as _;
use std::fs;

use caseload::program::settings::{Overrides, load_program};
use caseload::program::{Program, Settings};
use chrono::NaiveDate;
use tempfile::TempDir;

/// A program file with a head, everything it needs from `common`, and more.
fn file(name: &str, more: &str) -> String {
    format!(
        "extends = \"common\"\nname = \"{name}\"\ntitle = \"{name}\"\njurisdiction = \"none\"\nstatus = \"example\"\n{more}\n[citation]\nsource = \"test\"\ntext = \"test\"\n"
    )
}

/// A file that builds on another.
fn child(more: &str) -> String {
    format!("extends = \"base.toml\"\nname = \"child\"\nstatus = \"example\"\n{more}\n")
}

fn cap(name: &str, limit: u32, more: &str) -> String {
    format!(
        "[[cap]]\nname = \"{name}\"\ntitle = \"{name}\"\nlimit = {limit}\nscale_with_fte = false\ncitation = \"test\"\n{more}\n"
    )
}

fn code(code: &str) -> String {
    format!("[[code]]\ncode = \"{code}\"\ntitle = \"{code}\"\n")
}

fn category(name: &str, when: &str) -> String {
    format!("[[category]]\nname = \"{name}\"\ntitle = \"{name}\"\nwhen = {{ {when} }}\n")
}

fn folder(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The program `main.toml` of these files, or what is wrong with it; without the folder's name.
fn load(files: &[(&str, String)]) -> Result<Program, String> {
    let folder = folder(files);
    let place = format!("{}/", folder.path().display());
    load_program(folder.path(), "main.toml")
        .map(|loaded| loaded.program)
        .map_err(|error| error.to_string().replace(&place, ""))
}

fn built(base: &str, more: &str) -> Program {
    load(&[("base.toml", base.to_owned()), ("main.toml", child(more))]).unwrap()
}

fn caps(program: &Program) -> Vec<(&str, String, Vec<&str>)> {
    let own = program.caps.iter();
    own.map(|cap| (cap.name.as_str(), cap.limit.to_string(), cap.of.iter().map(String::as_str).collect())).collect()
}

fn categories(program: &Program) -> Vec<&str> {
    program.categories.iter().map(|category| category.name.as_str()).collect()
}

#[test]
fn keys_replace_tables_merge_and_lists_are_replaced() {
    let base = file("base", "") + "[moves]\ntotal = 7\nhigh_need = 3\n[high_need]\nneeds = [\"high\", \"intensive\"]\n";
    let child = built(&base, "title = \"Another\"\n[moves]\ntotal = 9\n[high_need]\nneeds = [\"intensive\"]\n");
    assert_eq!(child.title, "Another", "a key replaces that of the other file");
    assert_eq!(child.jurisdiction, "none", "what is not said is the other file's");
    assert_eq!((child.moves.total, child.moves.high_need), (9, 3), "tables merge key by key");
    assert_eq!(child.high_need.needs.len(), 1, "a list without names is replaced as a whole");
    assert_eq!((child.name.as_str(), child.extends.as_deref()), ("child", Some("base.toml")));
}

#[test]
fn lists_with_names_or_codes_merge_by_them() {
    let base = file("base", "") + &code("A") + &code("B") + &cap("one", 10, "") + &cap("two", 20, "");
    let more =
        cap("three", 30, "") + "[[cap]]\nname = \"one\"\nlimit = 11\n" + "[[code]]\ncode = \"B\"\ntitle = \"Be\"\n";
    let child = built(&base, &more);
    let told: Vec<_> = caps(&child).into_iter().map(|(name, limit, _)| (name, limit)).collect();
    let wanted = [("one", "11"), ("two", "20"), ("three", "30")].map(|(name, limit)| (name, limit.to_owned()));
    assert_eq!(told, wanted, "in the other file's order, what is new comes last, what is not said stays");
    let codes: Vec<_> = child.codes.iter().map(|code| (code.code.as_str(), code.title.as_str())).collect();
    assert_eq!(codes, [("A", "A"), ("B", "Be")]);
}

#[test]
fn what_is_removed_does_not_hold() {
    let base = file("base", "") + &code("A") + &code("B") + &category("a", "programs = [\"A\"]") + &cap("one", 10, "");
    let child = built(&base, "remove = [\"one\", \"a\", \"B\"]");
    assert!(child.caps.is_empty() && child.categories.is_empty());
    assert_eq!(child.codes.len(), 1);
    // Removed and said anew: nothing of the other file's rule is left.
    let anew = "remove = [\"one\"]\n".to_owned() + &cap("one", 12, "");
    assert_eq!(caps(&built(&(base + ""), &anew)), [("one", "12".to_owned(), vec![])]);
}

#[test]
fn files_build_on_files_that_build_on_files() {
    let files = [
        ("base.toml", file("base", "") + &cap("one", 10, "")),
        ("middle.toml", child("[[cap]]\nname = \"one\"\nlimit = 11\n").replace("child", "middle")),
        ("main.toml", child("").replace("base.toml", "middle.toml")),
    ];
    assert_eq!(caps(&load(&files).unwrap()), [("one", "11".to_owned(), vec![])]);
}

/// Two programs included: every rule is about its own members; names used twice get the program's name in front.
#[test]
fn included_rules_are_about_their_own_members() {
    let walk = file("walk", "") + &code("W") + &category("old", "min_age = 65") + &cap("limit", 10, "");
    let call = file("call", "")
        + &code("C")
        + &cap("limit", 20, "")
        + "[[range]]\nname = \"size\"\ntitle = \"Size\"\ntop = 15\nfloor = 5\ncitation = \"test\"\n"
        + "[[span]]\nname = \"team\"\ntitle = \"Team\"\nmembers = 100\ncitation = \"test\"\n";
    let main = file("main", "include = [\"walk.toml\", \"call.toml\"]") + &cap("all", 50, "");
    let program = load(&[("walk.toml", walk), ("call.toml", call), ("main.toml", main)]).unwrap();
    assert_eq!(categories(&program), ["old", "walk", "call"], "everybody else of a program is named as the program");
    assert_eq!(
        caps(&program),
        [
            ("all", "50".to_owned(), vec![]),
            ("walk/limit", "10".to_owned(), vec!["old", "walk"]),
            ("call/limit", "20".to_owned(), vec!["call"]),
        ]
    );
    assert_eq!(
        (program.ranges[0].of.clone(), program.spans[0].of.clone()),
        (vec!["call".to_owned()], vec!["call".to_owned()])
    );
    let held = |at: usize| program.categories[at].when.programs.clone().unwrap();
    assert_eq!((held(0), held(1), held(2)), (vec!["W".to_owned()], vec!["W".to_owned()], vec!["C".to_owned()]));
}

fn settings(files: &[(&str, String)]) -> Result<Settings, String> {
    let folder = folder(files);
    let place = format!("{}/", folder.path().display());
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    Settings::resolve(folder.path(), &Overrides::default(), today)
        .map_err(|error| error.to_string().replace(&place, ""))
}

/// An organization with two programs: both hold, each for its own members; the rest is the first one's.
#[test]
fn several_programs_share_staff() {
    let own = "programs = [\"iowa-cbcm\", { program = \"telephonic-60-day\", codes = [\"PHONE\"] }]\n";
    let settings = settings(&[("caseload.toml", own.to_owned())]).unwrap();
    let program = &settings.rules.program;
    assert_eq!(
        caps(program),
        [
            ("individual-cap", "50".to_owned(), vec!["iowa-cbcm"]),
            ("clients", "350".to_owned(), vec!["new-client", "engaged"]),
        ]
    );
    assert_eq!(categories(program), ["iowa-cbcm", "new-client", "engaged"]);
    assert_eq!(program.averages[0].of, ["iowa-cbcm"]);
    assert!(
        program.codes.iter().any(|code| code.code == "PHONE") && program.codes.iter().any(|code| code.code == "EW")
    );
    assert_eq!(program.name, "iowa-cbcm + telephonic-60-day");
    // Not the telephonic program's, whose members are not visited.
    assert!(program.defaults.visits_per_year.low > 0.0 && program.eligibility.distance.max_miles > 0.0);
    assert_eq!(program.effective_from, NaiveDate::from_ymd_opt(2025, 1, 1));
    assert_eq!(settings.listing[0].key, "programs");
}

/// What is said about `programs` that cannot be.
#[test]
fn several_programs_that_cannot_be_together() {
    let told = |own: &str| settings(&[("caseload.toml", own.to_owned())]).unwrap_err();
    let mut all = String::new();
    for own in [
        "programs = [\"iowa-cbcm\"]",
        "programs = [\"iowa-cbcm\", \"telephonic-60-day\"]",
        "programs = [\"iowa-cbcm\", \"iowa-cbcm\"]",
        "programs = [\"iowa-cbcm\", \"idaho\"]",
        "programs = [\"iowa-cbcm\", 7]",
        "programs = [\"iowa-cbcm\", { program = \"florida-ltc\", codes = [\"EW\"] }]",
        "program = \"iowa-cbcm\"\nprograms = [\"iowa-cbcm\", { program = \"florida-ltc\", codes = [\"F\"] }]",
    ] {
        writeln!(all, "----- {own}\n{}", told(own)).unwrap();
    }
    insta::assert_snapshot!("several_programs_errors", all);
}

/// A file for every kind of mistake, and what is said of it.
#[test]
fn mistakes_are_told_with_their_place() {
    let a_cap = cap("one", 10, "");
    let with = |more: &str| file("main", "") + more;
    let mistakes: Vec<(&str, String)> = vec![
        ("not TOML", with("[[cap]\n")),
        ("a misspelt key", with(&a_cap.replace("limit", "limmit"))),
        ("a key that does not exist", with("[moves]\nbogus = 1\n")),
        ("a missing key", with(&a_cap.replace("limit = 10\n", ""))),
        ("a word for a number", with(&a_cap.replace("= 10", "= \"ten\""))),
        ("a number for a word", with(&a_cap.replace("\"one\"\ntitle", "1\ntitle"))),
        ("a negative number", with("[moves]\ntotal = -1\n")),
        ("yes for true", with(&a_cap.replace("= false", "= \"yes\""))),
        ("a word for a list", with(&cap("one", 10, "of = \"some\""))),
        ("a misspelt word", with(&cap("one", 10, "count = \"childs\""))),
        ("a number out of range", with("[balance]\ntarget_percent = 120\n")),
        ("a limit that is too fine", with(&a_cap.replace("= 10", "= 10.0001"))),
        ("an unknown category", with(&(category("some", "") + &cap("one", 10, "of = [\"sone\"]")))),
        ("an unknown code", with(&(code("A") + &category("some", "programs = [\"B\"]")))),
        ("a name used twice", with(&(a_cap.clone() + &a_cap))),
        ("a name with a dot", with(&a_cap.replace("\"one\"\ntitle", "\"o.ne\"\ntitle"))),
        ("a category nobody is left for", with(&(category("all", "") + &category("some", "urgent = true")))),
        ("an age nobody has", with(&category("some", "min_age = 20, under_age = 18"))),
        (
            "a time nobody has",
            with(&category("some", "since = { event = \"opened_on\", at_least_months = 9, under_months = 3 }")),
        ),
        ("an unknown date", with(&category("some", "since = { event = \"born_on\" }"))),
        ("households that need not stay together", with(&cap("one", 10, "count = \"households\""))),
        (
            "a capacity without weights",
            with(
                "[[capacity]]\nname = \"w\"\ntitle = \"w\"\nkind = \"weight\"\nlimit = 9\nscale_with_fte = true\ncitation = \"t\"\n",
            ),
        ),
        (
            "a key of another kind",
            with(
                "[[capacity]]\nname = \"w\"\ntitle = \"w\"\nkind = \"contacts\"\nlimit = 9\nscale_with_fte = true\ncitation = \"t\"\n",
            ),
        ),
        (
            "a mixture of one part",
            with(
                "[[mixed]]\nname = \"m\"\ntitle = \"m\"\nkind = \"convex\"\nparts = [{ of = [\"a\"], limit = 1 }]\ncitation = \"t\"\n",
            ),
        ),
        (
            "a category in two parts",
            with(
                &(category("a", "")
                    + "[[mixed]]\nname = \"m\"\ntitle = \"m\"\nkind = \"convex\"\nparts = [{ of = [\"a\"], limit = 1 }, { of = [\"a\"], limit = 2 }]\ncitation = \"t\"\n"),
            ),
        ),
        (
            "a floor above the top",
            with("[[range]]\nname = \"r\"\ntitle = \"r\"\nfloor = 9\ntop = 5\ncitation = \"t\"\n"),
        ),
        ("a span of nothing", with("[[span]]\nname = \"s\"\ntitle = \"s\"\ncitation = \"t\"\n")),
        (
            "an average without a limit",
            with(
                "[[average]]\nname = \"a\"\ntitle = \"a\"\nscope = \"all\"\ndenominator = \"headcount\"\ncitation = \"t\"\n",
            ),
        ),
        (
            "an average by those with members of a team",
            with(
                "[[average]]\nname = \"a\"\ntitle = \"a\"\nlimit = 9\nscope = \"team\"\ndenominator = \"with_members\"\ncitation = \"t\"\n",
            ),
        ),
        (
            "steps that do not rise",
            with("[staffing]\nramp_up = [{ under_months = 3, percent = 50 }, { under_months = 2, percent = 75 }]\n"),
        ),
        (
            "a duplication of nothing",
            with(
                "[[duplication]]\nname = \"d\"\ntitle = \"d\"\nservices = []\nexisting = \"applies\"\ncitation = \"t\"\n",
            ),
        ),
        ("a duplication in the place it no longer has", with("[eligibility.duplication]\nservices = [\"a\"]\n")),
        ("a blank word", with("[words]\nmember = \" \"\n")),
        ("phrases in English", with("[words.languages.en]\nyour_case_manager = \"a\"\nthe_case_manager = \"b\"\n")),
        ("half of the phrases", with("[words.languages.es]\nyour_case_manager = \"su coordinador\"\n")),
        ("a date in quotation marks", file("main", "effective_from = \"2026-01-01\"")),
        (
            "a code that ends before it begins",
            with("[[code]]\ncode = \"A\"\ntitle = \"A\"\nfrom = 2026-02-01\nuntil = 2026-01-01\n"),
        ),
        (
            "a code that becomes nothing there is",
            with("[[code]]\ncode = \"A\"\ntitle = \"A\"\nuntil = 2026-01-01\nbecomes = [{ code = \"B\" }]\n"),
        ),
        ("an unknown program", child("").replace("base.toml", "idaho")),
        ("a file that is not there", child("").replace("base.toml", "nowhere.toml")),
        ("a circle", child("").replace("base.toml", "main.toml")),
        ("a child without a status", child("").replace("status = \"example\"\n", "").replace("base.toml", "common")),
        ("something to remove that is not there", child("remove = [\"individual\"]").replace("base.toml", "iowa-cbcm")),
        ("remove without extends", "name = \"main\"\nremove = [\"x\"]\n".to_owned()),
        ("an included program without codes", file("main", "include = [\"florida-ltc\"]")),
        ("an included program twice", file("main", "include = [\"iowa-cbcm\", \"iowa-cbcm\"]")),
    ];
    let mut all = String::new();
    for (what, text) in mistakes {
        let told = load(&[("main.toml", text)]).err().unwrap_or_else(|| panic!("{what}: nothing is said"));
        writeln!(all, "----- {what}\n{told}\n").unwrap();
    }
    insta::assert_snapshot!("mistakes_in_program_files", all);
}

/// A mistake in the file that is built on is shown there, by its own name.
#[test]
fn a_mistake_is_shown_in_the_file_that_makes_it() {
    let base = file("base", "") + &cap("one", 10, "of = [\"nobody\"]");
    let told = load(&[("base.toml", base), ("main.toml", child(""))]).unwrap_err();
    assert!(told.starts_with("base.toml: line "), "{told}");
}
