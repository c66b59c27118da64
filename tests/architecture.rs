//! Keeps the walls of `src/docs/architecture.md`: reads the source as text and compares it with what each room may
//! touch. A failure names the file and line; the remedy is nearly always to move the line, seldom to widen the table.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is how a test or bench fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Below every room: plain types that know nothing of the product.
const GROUND: &[&str] = &["units", "ids", "diagnostic", "certificate"];

/// Room -> rooms it may name with `crate::`, besides itself and the ground. Imports go down the list only.
const WALLS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("ids", &[]),
    ("diagnostic", &[]),
    ("certificate", &[]),
    ("docs", &[]),
    // `travel` measures between places; `roster` compares coordinates with a ZIP's centroid. Both are plain geometry.
    ("roster", &["travel"]),
    ("travel", &["roster"]),
    ("program", &["roster", "travel"]),
    ("cost", &["roster", "travel", "program"]),
    ("generate", &["roster", "travel", "program", "cost"]),
    ("model", &["roster", "travel", "program", "cost"]),
    ("solve", &["model"]),
    ("verify", &["roster", "travel", "program", "cost"]),
    ("plan", &["roster", "travel", "program", "cost", "verify"]),
    ("letters", &["roster", "travel", "program", "cost", "verify", "plan"]),
    // What comes back from people is held against roster and rules, never against a solver.
    ("intake", &["roster", "program", "verify"]),
    // The schedule of handoffs is a model of its own.
    ("handoff", &["roster", "travel", "program", "cost", "verify", "plan"]),
    // Questions about changed rosters and rules: it solves again, so it knows the model and the engines.
    ("whatif", &["roster", "travel", "program", "cost", "model", "solve", "verify", "plan"]),
    // `model` only to hand the exact model to other solvers (`caseload model`).
    (
        "output",
        &["roster", "travel", "program", "cost", "verify", "plan", "whatif", "letters", "handoff", "intake", "model"],
    ),
    (
        "pipeline",
        &[
            "roster", "travel", "program", "cost", "model", "solve", "verify", "plan", "whatif", "handoff", "letters",
            "output", "generate", "intake",
        ],
    ),
    // `solve` only for what the user sees and says while it runs: progress, limits, Ctrl-C.
    (
        "cli",
        &[
            "roster", "travel", "program", "cost", "model", "solve", "verify", "plan", "whatif", "handoff", "letters",
            "output", "generate", "intake", "pipeline", "docs",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Who alone may name an outside crate or a part of the standard library.
const OWNERS: &[(&str, &[&str])] = &[
    ("good_lp", &["src/solve/highs.rs"]),
    ("highs::", &["src/solve/highs.rs"]),
    ("use geo", &["src/travel/"]),
    ("geo::", &["src/travel/"]),
    ("typst", &["src/letters/"]),
    ("hayro", &["src/letters/"]),
    ("icalendar", &["src/output/ics.rs"]),
    ("clap", &["src/cli/", "src/main.rs"]),
    ("indicatif", &["src/cli/"]),
    ("comfy_table", &["src/cli/"]),
    // Workbooks are read in one place, which weighs them first, and written in one.
    ("calamine", &["src/roster/reading/workbook.rs"]),
    ("zip::", &["src/roster/reading/workbook.rs", "src/output/solver_files.rs"]),
    ("rust_xlsxwriter", &["src/output/xlsx/"]),
    ("encoding_rs", &["src/intake/extract.rs"]),
    ("anstream", &["src/cli/terminal.rs"]),
    ("Local::now", &["src/cli/"]),
    ("Utc::now", &["src/cli/"]),
    ("SystemTime::now", &["src/cli/"]),
    // `pipeline` times its stages; the times go into a file of their own and decide nothing.
    ("Instant::now", &["src/cli/", "src/pipeline.rs"]),
    ("std::env", &["src/cli/", "src/main.rs"]),
    ("std::net", &[]),
    ("thread_rng", &[]),
    ("rand::rng", &[]),
    // Files are opened by readers and writers only; the rooms between are functions on plain data.
    (
        "std::fs",
        &[
            "src/roster/reading",
            "src/roster/writing",
            "src/output/",
            "src/cli/",
            "src/pipeline/",
            "src/program/settings.rs",
            "src/letters/organization.rs",
            "src/letters/supplied.rs",
            "src/letters/tests.rs",
            "src/intake/extract.rs",
        ],
    ),
];

/// A source file with comments, strings' contents and `#[cfg(test)]` modules blanked: only what is compiled counts.
struct Source {
    path: String,
    text: String,
    lines: Vec<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    rust_files(&root().join("src"), &mut files);
    assert!(files.len() > 30, "the source was not found");
    files
        .iter()
        .map(|file| {
            let text = fs::read_to_string(file).unwrap();
            let path = file.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            Source { path, lines: code_lines(&text), text }
        })
        .collect()
}

/// The lines of code. A `//` inside a string hides the rest of its line only when the string is still open; everything
/// from `#[cfg(test)]` on is left out (unit tests stand at the end of a file here).
fn code_lines(text: &str) -> Vec<String> {
    let before_tests = text.lines().position(|line| line.trim() == "#[cfg(test)]").unwrap_or(usize::MAX);
    text.lines().take(before_tests).map(without_comment_and_strings).collect()
}

fn without_comment_and_strings(line: &str) -> String {
    let mut kept = String::new();
    let mut in_string = false;
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' if in_string => {
                chars.next();
            }
            // A quotation mark as a character literal ('"') opens nothing.
            '"' if !in_string && kept.ends_with('\'') => kept.push(char),
            '"' => in_string = !in_string,
            '/' if !in_string && chars.peek() == Some(&'/') => break,
            _ if in_string => {}
            _ => kept.push(char),
        }
    }
    kept
}

/// `src/solve/network/branch.rs` -> `solve`; `src/units.rs` -> `units`.
fn room(path: &str) -> &str {
    let inside = path.trim_start_matches("src/");
    inside.split_once('/').map_or_else(|| inside.trim_end_matches(".rs"), |(room, _)| room)
}

/// The rooms a line names with `crate::`, also in groups: `use crate::{a::B, c}`.
fn rooms_named(line: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut rooms = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let after = &line[at + "crate::".len()..];
        if let Some(group) = after.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (at, char) in group.char_indices() {
                if start && char.is_alphabetic() {
                    rooms.push(word(&group[at..]));
                    start = false;
                }
                match char {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    _ => {}
                }
            }
        } else {
            rooms.push(word(after));
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

#[test]
fn imports_go_down_only() {
    let walls: BTreeMap<&str, &[&str]> = WALLS.iter().copied().collect();
    let mut faults = Vec::new();
    for source in sources() {
        let own = room(&source.path);
        let Some(allowed) = walls.get(own) else {
            faults.push(format!("{}: room `{own}` is not in the table of walls", source.path));
            continue;
        };
        // A `use` may run over several lines: join to the semicolon.
        let mut statement = String::new();
        for (at, line) in source.lines.iter().enumerate() {
            let is_open = !statement.is_empty();
            if is_open || line.trim_start().starts_with("use ") || line.trim_start().starts_with("pub use ") {
                statement += line.trim();
                if !line.contains(';') {
                    continue;
                }
            } else {
                statement += line;
            }
            for named in rooms_named(&statement) {
                let ground = GROUND.contains(&named.as_str()) && own != "docs";
                if named != own && !ground && !allowed.contains(&named.as_str()) {
                    faults.push(format!("{}:{}: `{own}` must not know `{named}`", source.path, at + 1));
                }
            }
            statement.clear();
        }
    }
    assert!(faults.is_empty(), "walls broken:\n{}", faults.join("\n"));
}

/// The table itself: whoever widens it must not break what the product promises.
#[test]
fn the_table_keeps_the_promises() {
    let walls: BTreeMap<&str, &[&str]> = WALLS.iter().copied().collect();
    for never in ["model", "solve", "plan", "output"] {
        assert!(!walls["verify"].contains(&never), "verify doubts everything, it must not know {never}");
    }
    for never in ["roster", "program", "cost", "travel", "verify"] {
        assert!(!walls["solve"].contains(&never), "solve knows nodes, arcs and rows, not {never}");
    }
    for never in ["verify", "plan"] {
        assert!(!walls["model"].contains(&never), "model must not know {never}");
    }
    for core in
        ["roster", "travel", "program", "cost", "model", "solve", "verify", "plan", "handoff", "letters", "output"]
    {
        for never in ["cli", "pipeline"] {
            assert!(!walls[core].contains(&never), "{core} must not know {never}");
        }
    }
}

#[test]
fn each_outside_crate_has_its_rooms() {
    let mut faults = Vec::new();
    for source in sources() {
        for (at, line) in source.lines.iter().enumerate() {
            for (name, owners) in OWNERS {
                let owned = owners.iter().any(|owner| source.path.starts_with(owner));
                if !owned && names(line, name) {
                    faults.push(format!("{}:{}: `{name}` belongs to {owners:?}", source.path, at + 1));
                }
            }
        }
    }
    assert!(faults.is_empty(), "outside crates in the wrong room:\n{}", faults.join("\n"));
}

/// Does `line` name `word` at the start of an identifier?
fn names(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|char| !(char.is_alphanumeric() || char == '_')) && !line[..at].ends_with("crate::solve::")
    })
}

#[test]
fn only_the_terminal_prints() {
    let printing = ["println!", "eprintln!", "print!", "eprint!", "dbg!", "io::stdout", "io::stderr"];
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.path != "src/cli/terminal.rs") {
        for (at, line) in source.lines.iter().enumerate() {
            // Asking whether somebody watches prints nothing.
            let asks = line.contains(".is_terminal()");
            if let Some(what) = printing.iter().find(|what| !asks && names(line, what)) {
                faults.push(format!("{}:{}: `{what}`", source.path, at + 1));
            }
        }
    }
    assert!(faults.is_empty(), "only src/cli/terminal.rs prints:\n{}", faults.join("\n"));
}

#[test]
fn a_long_file_says_why() {
    let mut faults = Vec::new();
    for source in sources() {
        // Without the unit tests at its end.
        let length = source.lines.len();
        let head: String = source.text.lines().take_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join(" ");
        if length > 400 && !(head.contains("Long because") || head.contains("One file because")) {
            faults.push(format!(
                "{} has {length} lines: split it, or say `Long because ...` in its first comment",
                source.path
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_rooms_for_odds_and_ends() {
    for source in sources() {
        for part in source.path.trim_end_matches(".rs").split('/') {
            let vague = ["utils", "util", "helpers", "helper", "misc", "common", "processor", "service"];
            assert!(!vague.contains(&part), "{}: name the file after the one thing it holds", source.path);
        }
    }
}

/// The file stems of a folder, without `mod` and the names in `except`; empty when there is no such folder.
fn stems(folder: &str, except: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    rust_files(&root().join(folder), &mut files);
    let direct = files.iter().filter(|file| file.parent() == Some(&root().join(folder)));
    let mut stems: Vec<String> = direct.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    stems.retain(|stem| stem != "mod" && !except.contains(&stem.as_str()));
    stems
}

/// A term of the objective is one file of `src/cost` and one entry of `Term::ALL`, in the score and in the arc cost or
/// by the place or member.
#[test]
fn every_cost_term_is_one_file() {
    let mut words: Vec<String> = caseload::cost::Term::ALL.iter().map(|term| term.word().to_owned()).collect();
    words.sort();
    assert_eq!(stems("src/cost", &["prepared"]), words);
    let registry = fs::read_to_string(root().join("src/cost/mod.rs")).unwrap();
    for term in &words {
        assert!(registry.contains(&format!("{term}::score(")), "cost::score leaves out `{term}`");
        let file = fs::read_to_string(root().join(format!("src/cost/{term}.rs"))).unwrap();
        let for_solver = ["pub fn arc(", "pub fn places(", "pub fn each("].iter().any(|name| file.contains(name));
        assert!(
            for_solver && file.contains("pub fn score("),
            "`{term}` must be written twice: for solver and verifier"
        );
    }
}

/// What `model` writes as a row, `verify` judges in its own words in a file of the same name (singular or plural).
#[test]
fn every_row_rule_has_its_twin() {
    let twins = stems("src/verify/rules", &[]);
    for rule in stems("src/model/rows", &[]) {
        let found = twins.iter().any(|twin| twin.trim_end_matches('s') == rule.trim_end_matches('s'));
        assert!(found, "src/model/rows/{rule}.rs has no twin in src/verify/rules ({twins:?})");
    }
}

/// Every file of a folder is part of the build: declared by the module above it.
#[test]
fn every_file_is_declared() {
    for source in sources() {
        if matches!(source.path.as_str(), "src/lib.rs" | "src/main.rs") {
            continue;
        }
        let path = Path::new(&source.path);
        let (name, parent) = if path.file_name().unwrap() == "mod.rs" {
            (path.parent().unwrap().file_name().unwrap(), path.parent().unwrap().parent().unwrap())
        } else {
            (path.file_stem().unwrap(), path.parent().unwrap())
        };
        let above = if parent == Path::new("src") {
            PathBuf::from("src/lib.rs")
        } else if root().join(parent).join("mod.rs").exists() {
            parent.join("mod.rs")
        } else {
            parent.with_extension("rs")
        };
        let declares = format!("mod {};", name.to_str().unwrap());
        let text = fs::read_to_string(root().join(&above)).unwrap_or_default();
        assert!(text.contains(&declares), "{} is not declared in {}", source.path, above.display());
    }
}

/// The limits of a shipped program stand in its file and nowhere in `src`.
#[test]
fn no_rule_number_in_the_source() {
    for name in caseload::program::Program::shipped_names() {
        let program = caseload::program::Program::parse(caseload::program::Program::shipped(name).unwrap()).unwrap();
        let limits = program.caps.iter().map(|cap| cap.limit).chain(program.averages.iter().map(|each| each.limit));
        for limit in limits.map(caseload::program::Limit::floor).filter(|limit| *limit > 0) {
            for source in sources() {
                for (at, line) in source.lines.iter().enumerate() {
                    let compared = ["< ", "> ", "<= ", ">= ", "== ", "cap = ", "limit = ", "limit: ", "cap: "]
                        .iter()
                        .any(|before| {
                            line.match_indices(&format!("{before}{limit}")).any(|(found, text)| {
                                let next = line[found + text.len()..].chars().next();
                                next.is_none_or(|char| !char.is_alphanumeric() && !"._".contains(char))
                            })
                        });
                    // Shares and positions may happen to be the same number; limits are compared or set by name.
                    let about_caseloads = ["load", "cap", "limit", "average"].iter().any(|word| line.contains(word));
                    assert!(
                        !(compared && about_caseloads),
                        "{}:{}: {limit} is a number of program `{name}` and belongs into its file",
                        source.path,
                        at + 1
                    );
                }
            }
        }
    }
}

/// The readers of this file are tested too: a wall test that sees nothing would always pass.
#[test]
fn the_readers_see_what_they_should() {
    assert_eq!(rooms_named("use crate::{roster::{Member, Need}, cost::Term, ids};"), ["roster", "cost", "ids"]);
    assert_eq!(rooms_named("let x = crate::model::build(&crate::solve::run());"), ["model", "solve"]);
    assert_eq!(without_comment_and_strings(r#"let a = "crate::solve"; // crate::model"#).trim(), "let a = ;");
    assert!(names("use good_lp::variable;", "good_lp") && !names("let nogood_lp = 1;", "good_lp"));
    assert_eq!((room("src/solve/network/branch.rs"), room("src/units.rs")), ("solve", "units"));
}

/// A file that its crate does not declare is not compiled, and its tests silently do not run.
#[test]
fn every_file_of_tests_takes_part() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut folders = 0;
    for folder in fs::read_dir(&tests).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let files: Vec<String> = fs::read_dir(&folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "rs"))
            .collect();
        if files.is_empty() {
            continue;
        }
        folders += 1;
        let main = fs::read_to_string(folder.join("main.rs"))
            .unwrap_or_else(|_| panic!("{}: no main.rs declares the files", folder.display()));
        for name in files.iter().filter(|name| *name != "main.rs") {
            let declared = format!("mod {};", name.trim_end_matches(".rs"));
            assert!(
                main.lines().any(|line| line.trim_start_matches("pub ").trim_start() == declared),
                "{}/{name}: `{declared}` is not in main.rs, so nothing of it runs",
                folder.display()
            );
        }
    }
    assert!(folders >= 2, "tests/it and tests/properties were not found");
}
