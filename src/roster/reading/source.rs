//! Where a roster's seven tables come from: files of a folder, or sheets of a workbook. Below this, nobody knows which.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::ReadError;
use super::workbook::{self, Workbook, WorkbookError};
use crate::diagnostic::{Code, Problem, Shown, closest};
use crate::roster::schema::{self, TABLES, Table};

/// Larger files are turned away: no roster is near it, and places in a file are kept in 32 bits.
const LARGEST_FILE: u64 = 2 << 30;
/// What to do about a missing sheet.
pub(super) const SHEETS_NEEDED: &str =
    "The workbook needs the sheets Members and CaseManagers; `caseload init` writes one that has them.";
/// Decisions may stand beside a workbook, so that none has to be written into it.
const DECISIONS: &str = "decisions.csv";
/// Workbooks the product writes; none of them is a roster.
const OURS: [&str; 3] = ["plan.xlsx", "problems.xlsx", "reconcile.xlsx"];

/// A table as it was found.
pub(super) enum Content {
    Missing,
    TooLarge,
    Bytes(Vec<u8>),
}

/// One of the seven tables.
pub(super) struct Found {
    /// As problems name it: `members.csv`, or `roster.xlsx, sheet Members`.
    pub(super) shown: Arc<str>,
    pub(super) content: Content,
    /// Row and column, from 0, of cells with a formula.
    pub(super) formulas: BTreeSet<(u32, u32)>,
}

/// All tables, in the order of the contract.
pub(super) struct Files {
    pub(super) tables: Vec<Found>,
    /// Names of all files of the folder, or of all sheets.
    pub(super) names: Vec<String>,
    pub(super) is_workbook: bool,
    /// What is worth saying about the files themselves.
    pub(super) remarks: Vec<Problem>,
    /// The workbook's name and hash.
    workbook: Option<(String, String)>,
    /// Tables that are files of their own, by position.
    own_file: Vec<bool>,
}

impl Files {
    /// Name and SHA-256 of every file that was read, sorted by name.
    pub(super) fn hashes(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = self.workbook.iter().cloned().collect();
        for ((found, table), own) in self.tables.iter().zip(TABLES).zip(&self.own_file) {
            if let (Content::Bytes(bytes), true) = (&found.content, own) {
                all.push((table.file.to_owned(), hex(bytes)));
            }
        }
        all.sort_unstable();
        all
    }

    /// The name a missing table should have had.
    pub(super) fn wanted(&self, table: &'static Table) -> &'static str {
        if self.is_workbook { schema::sheet_name(table) } else { table.file }
    }

    /// What was expected instead of a missing table.
    pub(super) fn expected(&self, table: &'static Table) -> String {
        if self.is_workbook {
            format!("a sheet {} in the workbook", schema::sheet_name(table))
        } else {
            "the file in the roster's folder".to_owned()
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
    }
    text
}

/// Finds the tables. `decisions` stand for the bytes of `decisions.csv`.
pub(super) fn load(roster: &Path, decisions: Option<&[u8]>) -> Result<Files, ReadError> {
    if roster.is_file() {
        return of_workbook(roster, decisions, &[]);
    }
    let names = listing(roster)?;
    let has_tables = TABLES.iter().any(|table| table.required && names.iter().any(|name| name == table.file));
    let books: Vec<&String> = names.iter().filter(|name| may_be_roster(name)).collect();
    if !has_tables {
        match books.as_slice() {
            [] => {}
            [one] => return of_workbook(&roster.join(one), decisions, &names),
            several => {
                let listed =
                    several.iter().map(|name| format!("`{}`", Shown::plain(name))).collect::<Vec<_>>().join(", ");
                let problem = Problem::new(Code::FileTwice, &Shown::plain(several[0]).to_string())
                    .expected(format!("one workbook in the folder; there are {listed}"))
                    .fix("Give the workbook itself instead of the folder.");
                return Err(ReadError::Problems(vec![as_error(problem)]));
            }
        }
    }
    let mut tables = TABLES.par_iter().map(|table| file(roster, table)).collect::<Result<Vec<_>, _>>()?;
    replace_decisions(&mut tables, decisions);
    let mut remarks = strays(&names);
    for book in books {
        let problem = Problem::new(Code::FileTwice, &Shown::plain(book).to_string());
        remarks.push(problem.expected("either CSV files or a workbook in one folder; the CSV files are used"));
    }
    Ok(Files { tables, names, is_workbook: false, remarks, workbook: None, own_file: vec![true; TABLES.len()] })
}

/// Two workbooks and nothing to choose by: there is no roster.
fn as_error(problem: Problem) -> Problem {
    Problem { code: Code::FileMissing, ..problem }
}

fn may_be_roster(name: &str) -> bool {
    let is_xlsx = Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx"));
    is_xlsx && !name.starts_with("~$") && !OURS.contains(&&*name.to_lowercase())
}

fn replace_decisions(tables: &mut [Found], decisions: Option<&[u8]>) {
    let at = TABLES.iter().position(|table| table.file == DECISIONS);
    if let (Some(bytes), Some(at)) = (decisions, at) {
        tables[at] =
            Found { shown: Arc::from(DECISIONS), content: Content::Bytes(bytes.to_vec()), formulas: BTreeSet::new() };
    }
}

fn file(folder: &Path, table: &'static Table) -> Result<Found, ReadError> {
    let content = bytes(&folder.join(table.file))?;
    Ok(Found { shown: Arc::from(table.file), content, formulas: BTreeSet::new() })
}

fn bytes(path: &Path) -> Result<Content, ReadError> {
    let trouble = |source| ReadError::Io { path: path.to_owned(), source };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Content::Missing),
        Err(error) => Err(trouble(error)),
        Ok(about) if about.is_dir() => Err(trouble(io::ErrorKind::IsADirectory.into())),
        // A pipe or a device has no length and perhaps no end.
        Ok(about) if !about.is_file() => Err(trouble(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"))),
        Ok(about) if about.len() > LARGEST_FILE => Ok(Content::TooLarge),
        Ok(_) => std::fs::read(path).map(Content::Bytes).map_err(trouble),
    }
}

/// The tables of a workbook, with `decisions.csv` beside it where that is there.
fn of_workbook(path: &Path, decisions: Option<&[u8]>, beside: &[String]) -> Result<Files, ReadError> {
    let book = workbook::read(path).map_err(|error| match error {
        WorkbookError::Refused(problem) => ReadError::Problems(vec![*problem]),
        WorkbookError::Io { path, source } => ReadError::Io { path, source },
    })?;
    let mut remarks = sheet_remarks(&book);
    let mut tables: Vec<Found> = TABLES.iter().map(|table| sheet(&book, table)).collect();
    let mut own_file = vec![false; TABLES.len()];
    let folder: PathBuf = super::home(path).to_owned();
    let beside_it = match decisions {
        Some(bytes) => Content::Bytes(bytes.to_vec()),
        None => bytes(&folder.join(DECISIONS))?,
    };
    if let (Some(at), false) =
        (TABLES.iter().position(|table| table.file == DECISIONS), matches!(beside_it, Content::Missing))
    {
        if decisions.is_none() && has_rows(&tables[at]) && book_decisions_differ(&tables[at], &beside_it) {
            let problem = Problem::new(Code::FileTwice, &tables[at].shown);
            remarks
                .push(problem.expected("decisions in one place; those of decisions.csv beside the workbook are used"));
        }
        tables[at] = Found { shown: Arc::from(DECISIONS), content: beside_it, formulas: BTreeSet::new() };
        own_file[at] = true;
    }
    let stray = |name: &String| TABLES.iter().any(|table| table.required && table.file == name);
    for name in beside.iter().filter(|name| stray(name)) {
        let problem = Problem::new(Code::FileTwice, &Shown::plain(name).to_string());
        remarks.push(problem.expected("either CSV files or a workbook in one folder; the workbook is used"));
    }
    let names = book.sheets.iter().map(|sheet| sheet.name.clone()).collect();
    let workbook = Some((book.name, hex(&book.bytes)));
    Ok(Files { tables, names, is_workbook: true, remarks, workbook, own_file })
}

/// Has the table a row below its header?
fn has_rows(found: &Found) -> bool {
    match &found.content {
        Content::Bytes(bytes) => bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count() > 1,
        _ => false,
    }
}

/// Are there rows in the sheet that are not in the file? An import writes all of the sheet's into the file.
fn book_decisions_differ(sheet: &Found, file: &Content) -> bool {
    let (Content::Bytes(sheet), Content::Bytes(file)) = (&sheet.content, file) else { return true };
    let key = |bytes: &[u8]| -> BTreeSet<(String, String, String)> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let Ok(header) = reader.headers().cloned() else { return BTreeSet::new() };
        let at = |name: &str| header.iter().position(|head| head.trim() == name);
        let columns = (at("member_id"), at("manager_id"), at("kind"));
        let (Some(member), Some(manager), Some(kind)) = columns else { return BTreeSet::new() };
        let cell = |row: &csv::StringRecord, at: usize| row.get(at).unwrap_or("").trim().to_owned();
        reader.records().flatten().map(|row| (cell(&row, member), cell(&row, manager), cell(&row, kind))).collect()
    };
    !key(sheet).is_subset(&key(file))
}

fn sheet(book: &Workbook, table: &'static Table) -> Found {
    let found =
        book.sheets.iter().find(|sheet| schema::sheet_table(&sheet.name).is_some_and(|own| own.file == table.file));
    match found {
        None => Found {
            shown: Arc::from(format!("{}, sheet {}", Shown::plain(&book.name), schema::sheet_name(table))),
            content: Content::Missing,
            formulas: BTreeSet::new(),
        },
        Some(grid) => {
            let text = grid.to_csv();
            // The template comes with every sheet; one that holds a header at most is not there.
            let blank = !table.required && text.lines().filter(|line| !line.is_empty()).count() <= 1;
            Found {
                shown: Arc::from(format!("{}, sheet {}", Shown::plain(&book.name), Shown::plain(&grid.name))),
                content: if blank { Content::Missing } else { Content::Bytes(text.into_bytes()) },
                formulas: grid.formulas.clone(),
            }
        }
    }
}

/// Sheets that may be misspelt ones of the contract, and tables with two sheets.
fn sheet_remarks(book: &Workbook) -> Vec<Problem> {
    let mut remarks = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let shown = |name: &str| format!("{}, sheet {}", Shown::plain(&book.name), Shown::plain(name));
    for grid in &book.sheets {
        let Some(table) = schema::sheet_table(&grid.name) else {
            let absent = TABLES.iter().filter(|table| {
                !book
                    .sheets
                    .iter()
                    .any(|sheet| schema::sheet_table(&sheet.name).is_some_and(|own| own.file == table.file))
            });
            let close = closest(&grid.name, absent.map(|table| schema::sheet_name(table)));
            if close.is_some() {
                remarks.push(Problem::new(Code::FileUnknown, &shown(&grid.name)).did_you_mean(close));
            }
            continue;
        };
        if !seen.insert(table.file) {
            let problem = Problem::new(Code::FileTwice, &shown(&grid.name));
            remarks.push(problem.expected("one sheet for each table; the first one is used"));
        }
    }
    remarks
}

fn listing(folder: &Path) -> Result<Vec<String>, ReadError> {
    let trouble = |source| ReadError::Io { path: folder.to_owned(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(trouble)? {
        names.push(entry.map_err(trouble)?.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}

/// Files that may be misspelt ones of the contract.
fn strays(names: &[String]) -> Vec<Problem> {
    let known = |name: &str| TABLES.iter().any(|table| table.file == name);
    let absent = || TABLES.iter().map(|table| table.file).filter(|file| !names.iter().any(|name| name == file));
    let ours = |name: &str| name == "problems.csv";
    let strange = names.iter().filter(|name| name.to_lowercase().ends_with(".csv") && !known(name) && !ours(name));
    let problem = |name: &String| {
        let meant = if name.len() <= 64 { closest(name, absent()) } else { None }?;
        let shown = Shown::plain(name).to_string();
        Some(Problem::new(Code::FileUnknown, &shown).did_you_mean(Some(meant)))
    };
    strange.filter_map(problem).collect()
}
