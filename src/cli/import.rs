//! `caseload import`: an agency's own file becomes a roster, by a column mapping that is guessed once, looked over by a
//! person, and remembered.

use std::fs;
use std::path::{Path, PathBuf};

use comfy_table::{Table, presets};
use serde_json::json;

use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::diagnostic::Problem;
use crate::intake::convert::{BadRow, Converted, OutTable, convert, settle};
use crate::intake::extract::{self, Extract, ExtractError};
use crate::intake::guess::{Guessed, guess};
use crate::intake::mapping::{Mapping, guessed_text};
use crate::output::folder::{Staged, WriteError};
use crate::output::xlsx::problems;
use crate::roster::reading::{ReadError, home, read_folder};

/// By this file a roster's folder is recognized: only such a folder is ever replaced.
const ROSTER_MARKER: &str = "members.csv";
/// Every problem as a row.
const PROBLEMS: &str = "problems.csv";

const EXAMPLES: &str = "\
Examples:
  caseload import clients.csv --mapping our-agency --out roster            guesses our-agency.toml and shows it
  caseload import clients.csv --mapping our-agency --out roster --accept   takes it as it is now, and imports
  caseload import export.xlsx --mapping our-agency --out roster --force    next month, with the same mapping

A mapping is looked for beside FILE (NAME.toml, mappings/NAME.toml), then among the shipped ones; a path ends in .toml.
Nothing is imported by a mapping that nobody has confirmed.

Exit status: 0 every row was taken over | 1 some rows were not (problems.xlsx) | 2 the mapping waits to be confirmed | 3 bad data";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    /// The agency's file: CSV in any common encoding, or a workbook (.xlsx)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The mapping's name, or its file
    #[arg(long, value_name = "NAME|FILE")]
    mapping: String,
    /// The roster folder to write
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The mapping is right: confirm it and import
    #[arg(long)]
    accept: bool,
    /// Replace an earlier roster in DIR
    #[arg(long)]
    force: bool,
    /// The day the roster describes [default: today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<chrono::NaiveDate>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs it.
///
/// # Errors
/// A file that cannot be read, a mapping that does not fit it, an output folder that may not be replaced.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let bad = |problems| Failure::BadData { folder: args.file.clone(), problems };
    let extract = extract::read(&args.file).map_err(|error| match error {
        ExtractError::Refused(problem) => bad(vec![*problem]),
        ExtractError::Io { path, source } => Failure::File { path, source },
    })?;
    let found = find(args)?;
    let (text, guessed) = match &found {
        Found::File(_, text) | Found::Shipped(text) => (text.clone(), None),
        Found::None(path) => {
            let guessed = guess(&extract).map_err(Failure::Bug)?;
            let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
            let text =
                guessed_text(&name, &extract.name, guessed.dates, &guessed.guesses, &guessed.words, &guessed.unmapped);
            write_file(path, text.as_bytes())?;
            (text, Some(guessed))
        }
    };
    let path = found.path();
    let malformed = |message: String| {
        let place = path.map_or_else(|| args.mapping.clone(), |path| path.display().to_string());
        Failure::Usage(format!("{place}: {message}"))
    };
    let mapping = Mapping::parse(&text).map_err(malformed)?;
    if !mapping.confirmed && !args.accept {
        waiting(args, &extract, &mapping, guessed.as_ref(), path, terminal);
        return Ok(Exit::Usage);
    }
    if !mapping.confirmed
        && let Some(path) = path
    {
        write_file(path, Mapping::confirmed_text(&text).as_bytes())?;
    }
    let mut converted = convert(&extract, &mapping).map_err(bad)?;
    let as_of = args.as_of.unwrap_or_else(crate::cli::today);
    settle_rows(args, &extract, &mut converted, as_of)?;
    if converted.tables.iter().all(|out| out.table.file != "members.csv" || out.rows.is_empty()) {
        return Err(bad(converted.bad.into_iter().map(|row| row.problem).collect()));
    }
    write_roster(args, &extract, &converted, as_of)?;
    Ok(answer(args, &extract, &mapping, &converted, terminal))
}

/// Where the mapping is.
enum Found {
    File(PathBuf, String),
    Shipped(String),
    /// Nowhere; where it will be written.
    None(PathBuf),
}

impl Found {
    fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path, _) | Self::None(path) => Some(path),
            Self::Shipped(_) => None,
        }
    }
}

fn find(args: &Args) -> Result<Found, Failure> {
    let beside = home(&args.file);
    let is_path = Path::new(&args.mapping).extension().is_some_and(|ext| ext.eq_ignore_ascii_case("toml"));
    let simple = args.mapping.chars().all(|letter| letter.is_alphanumeric() || "-_. ".contains(letter));
    if !is_path && !simple {
        return Err(Failure::Usage(format!(
            "--mapping {}: a name of letters and digits, or a file that ends in .toml",
            args.mapping
        )));
    }
    let candidates = if is_path {
        vec![PathBuf::from(&args.mapping)]
    } else {
        let file = format!("{}.toml", args.mapping);
        vec![beside.join(&file), beside.join("mappings").join(&file)]
    };
    for path in &candidates {
        match fs::read_to_string(path) {
            Ok(text) => return Ok(Found::File(path.clone(), text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(Failure::file(path, source)),
        }
    }
    if let Some(text) = Mapping::shipped(&args.mapping).filter(|_| !is_path) {
        return Ok(Found::Shipped(text.to_owned()));
    }
    candidates
        .into_iter()
        .next()
        .map(Found::None)
        .ok_or_else(|| Failure::Usage("--mapping: a name is expected".to_owned()))
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|source| Failure::file(path, source))
}

/// Shows a mapping that waits for a person.
fn waiting(
    args: &Args,
    extract: &Extract,
    mapping: &Mapping,
    guessed: Option<&Guessed>,
    path: Option<&Path>,
    terminal: &mut Terminal,
) {
    let shown = path.map_or_else(|| args.mapping.clone(), |path| path.display().to_string());
    if args.format == Format::Json {
        terminal.json(&json!({
            "status": "unconfirmed",
            "mapping": shown,
            "assumed": extract.assumed,
            "columns": guessed.map(|guessed| &guessed.guesses),
            "words": guessed.map(|guessed| &guessed.words),
            "unmapped": guessed.map(|guessed| &guessed.unmapped),
            "missing": guessed.map(|guessed| &guessed.missing),
        }));
        return;
    }
    let rows: usize = extract.tables.iter().map(|raw| raw.rows.len()).sum();
    terminal.line(&format!("{}: {rows} rows{}", extract.name, assumed(extract)));
    if let Some(guessed) = guessed {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["your column", "is taken for", "sure"]);
        for one in &guessed.guesses {
            let target = format!("{} {}", one.table, one.target);
            table.add_row([one.source.clone(), target, format!("{} %", one.percent)]);
        }
        terminal.line(&table.trim_fmt());
        terminal.line(&format!("Dates are read {}.", mapping.dates.word().replace('_', " ")));
        for words in &guessed.words {
            let of: Vec<String> = words
                .meanings
                .iter()
                .map(|(word, own)| format!("{word} = {}", if own.is_empty() { "?" } else { own }))
                .collect();
            terminal.line(&format!("Words of {}: {}", words.target, of.join(", ")));
        }
        if !guessed.unmapped.is_empty() {
            terminal.line(&format!("Not taken over: {}", guessed.unmapped.join(", ")));
        }
        if !guessed.missing.is_empty() {
            terminal.line(&format!("Needed, and not found: {}", guessed.missing.join(", ")));
        }
    }
    terminal.line(&format!("Nothing was imported. Look {shown} over, correct it, then run this again with --accept."));
}

fn assumed(extract: &Extract) -> String {
    if extract.assumed.is_empty() { String::new() } else { format!(", read as {}", extract.assumed.join(", ")) }
}

/// Takes out the rows the roster's reader refuses.
fn settle_rows(
    args: &Args,
    extract: &Extract,
    converted: &mut Converted,
    as_of: chrono::NaiveDate,
) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|source| Failure::file(&std::env::temp_dir(), source))?;
    let mut judge = |tables: &[OutTable]| -> Result<Option<Vec<Problem>>, Failure> {
        for out in tables {
            write_file(&folder.path().join(out.table.file), &out.to_csv())?;
        }
        match read_folder(folder.path(), as_of) {
            Ok(_) => Ok(None),
            Err(ReadError::Problems(problems)) => Ok(Some(problems)),
            Err(ReadError::Io { path, source }) => Err(Failure::File { path, source }),
        }
    };
    settle(extract, converted, &mut judge)?.map_err(|problems| Failure::BadData { folder: args.file.clone(), problems })
}

fn write_roster(
    args: &Args,
    extract: &Extract,
    converted: &Converted,
    as_of: chrono::NaiveDate,
) -> Result<(), Failure> {
    let trouble = |error: WriteError| Failure::File { path: error.path, source: error.source };
    let staged = Staged::begin_marked(&args.out, args.force, ROSTER_MARKER).map_err(trouble)?;
    for out in &converted.tables {
        staged.write(out.table.file, &out.to_csv()).map_err(trouble)?;
    }
    // Settings and decisions of an earlier roster are the agency's own work.
    for name in ["caseload.toml", "decisions.csv"] {
        if let Ok(bytes) = fs::read(args.out.join(name)) {
            staged.write(name, &bytes).map_err(trouble)?;
        }
    }
    if !converted.bad.is_empty() {
        let book =
            problems::workbook(extract, &converted.bad, as_of).map_err(|error| Failure::Bug(error.to_string()))?;
        staged.write(problems::FILE, &book).map_err(trouble)?;
        staged.write(PROBLEMS, &problem_rows(&converted.bad)).map_err(trouble)?;
    }
    staged.commit().map_err(trouble)
}

/// Without the original rows: values of people are masked.
fn problem_rows(bad: &[BadRow]) -> Vec<u8> {
    let mut text = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = text.write_record(["code", "file", "row", "column", "value", "what", "expected", "fix", "did_you_mean"]);
    for BadRow { problem, .. } in bad {
        let value = problem.value.as_ref().map(ToString::to_string).unwrap_or_default();
        let row = problem.row.map(|row| row.to_string()).unwrap_or_default();
        let cell = |text: &str| crate::output::csv::cell(text);
        let _ = text.write_record([
            problem.code.code(),
            &cell(&problem.file),
            &row,
            &cell(problem.column.as_deref().unwrap_or_default()),
            &cell(&value),
            problem.code.title(),
            &cell(&problem.expected),
            &cell(&problem.fix),
            &cell(problem.did_you_mean.as_deref().unwrap_or_default()),
        ]);
    }
    text.into_inner().unwrap_or_default()
}

fn answer(args: &Args, extract: &Extract, mapping: &Mapping, converted: &Converted, terminal: &mut Terminal) -> Exit {
    let rows: std::collections::BTreeSet<(usize, Option<u32>)> =
        converted.bad.iter().map(|bad| (bad.source, bad.problem.row)).collect();
    let unmapped = unmapped(extract, mapping);
    let exit = if rows.is_empty() { Exit::Ok } else { Exit::RuleUnmet };
    if args.format == Format::Json {
        let tables: std::collections::BTreeMap<&str, usize> =
            converted.tables.iter().map(|out| (out.table.file, out.rows.len())).collect();
        terminal.json(&json!({
            "status": "imported",
            "folder": args.out.display().to_string(),
            "assumed": extract.assumed,
            "rows": tables,
            "bad_rows": rows.len(),
            "problems": converted.bad.iter().map(|bad| &bad.problem).collect::<Vec<_>>(),
            "remarks": converted.remarks,
            "unmapped": unmapped,
        }));
        return exit;
    }
    terminal.problems(&converted.remarks);
    terminal.problems(&converted.bad.iter().map(|bad| bad.problem.clone()).collect::<Vec<_>>());
    let out = args.out.display();
    terminal.line(&format!("{}{}", extract.name, assumed(extract)));
    for table in &converted.tables {
        terminal.line(&format!("  {}: {} rows", table.table.file, table.rows.len()));
    }
    if !unmapped.is_empty() {
        terminal.line(&format!("  not taken over: {}", unmapped.join(", ")));
    }
    if !rows.is_empty() {
        terminal.line(&format!(
            "{} rows were not taken over: {out}/{} has them with what to fix",
            rows.len(),
            problems::FILE
        ));
    }
    terminal.note(&format!("next: caseload check {out}"));
    exit
}

/// Columns of the file that the mapping does not name.
fn unmapped(extract: &Extract, mapping: &Mapping) -> Vec<String> {
    let used: std::collections::BTreeSet<String> =
        mapping.tables().iter().flat_map(|(_, map)| map.columns.values()).map(|name| name.to_lowercase()).collect();
    let all = extract.tables.iter().flat_map(|raw| &raw.header);
    let mut left: Vec<String> =
        all.filter(|head| !head.is_empty() && !used.contains(&head.to_lowercase())).cloned().collect();
    left.dedup();
    left
}
