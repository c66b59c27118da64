//! Reads a roster: a folder of seven CSV files or one workbook with seven sheets, all columns of the contract, all problems
//! of all tables in one run.
//!
//! The way of the data: a sheet of a workbook becomes the text of a CSV file ([`workbook`], `source`); bytes -> [`sheet`]
//! (rows of cells) -> [`row`] (cells of the contract's kinds) -> `people`, `work` (values) -> `assemble` (references, order)
//! -> `sense` (what only shows in the whole). The result does not depend on the order of the rows nor on the number of
//! threads.
//!
//! Long because references between all seven tables are resolved in one pass.

mod assemble;
pub mod history;
mod people;
mod place;
mod problems;
mod row;
mod rows;
mod sense;
mod sheet;
mod source;
mod value;
mod work;
pub mod workbook;

use std::io;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use rayon::prelude::*;

pub use problems::KEPT_OF_A_KIND;
pub use sheet::{LARGEST_CELL, LARGEST_ROW};

use crate::diagnostic::{Code, Problem, closest};
use crate::roster::instance::Roster;
use crate::roster::schema::{self, TABLES};
use problems::Sink;
use sheet::{Sheet, Text};
use source::{Content, Files};

/// A roster that can be used, and what is worth knowing about it.
#[derive(Debug)]
pub struct Read {
    /// The roster.
    pub roster: Roster,
    /// Warnings and notes, file by file.
    pub problems: Vec<Problem>,
    /// File name and SHA-256 of its bytes in lower-case hex, sorted by name.
    pub hashes: Vec<(String, String)>,
}

/// Why a folder gave no roster.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There are errors in the data; warnings and notes are among them.
    #[error("the roster has problems")]
    Problems(Vec<Problem>),
    /// A file or the folder could not be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Reads a roster: a folder of CSV files, a workbook, or a folder with one. Dates are judged on `as_of`.
///
/// # Errors
/// [`ReadError::Problems`] with everything found when any of it is an error; [`ReadError::Io`] when the folder or a
/// file cannot be read.
pub fn read_folder(folder: &Path, as_of: NaiveDate) -> Result<Read, ReadError> {
    read_with(folder, as_of, None)
}

/// Reads a roster as if its `decisions.csv` held these bytes: what [`read_folder`] gives once they are written.
///
/// # Errors
/// As [`read_folder`].
pub fn read_with(folder: &Path, as_of: NaiveDate, decisions: Option<&[u8]>) -> Result<Read, ReadError> {
    let files = source::load(folder, decisions)?;
    let (hashes, (roster, mut problems)) = rayon::join(|| files.hashes(), || understand(&files, as_of));
    problems.extend(files.remarks);
    match roster {
        Some(roster) => Ok(Read { roster, problems, hashes }),
        None => Err(ReadError::Problems(problems)),
    }
}

/// The text of the roster's table of decisions as it is: the file, or the workbook's sheet. `None` where there is none.
///
/// # Errors
/// As [`read_folder`].
pub fn decisions_text(folder: &Path) -> Result<Option<Vec<u8>>, ReadError> {
    let files = source::load(folder, None)?;
    let found = files.tables.into_iter().zip(TABLES).find(|(_, table)| table.file == "decisions.csv");
    Ok(found.and_then(|(found, _)| match found.content {
        Content::Bytes(bytes) => Some(bytes),
        Content::Missing | Content::TooLarge => None,
    }))
}

/// The tag of a language that people write by its name: `Spanish` is `es`.
#[must_use]
pub fn language_tag(name: &str) -> Option<&'static str> {
    value::meant_language(name)
}

/// The folder a roster stands in: its own, or that of its workbook. Settings, plans and decisions are beside it.
#[must_use]
pub fn home(roster: &Path) -> &Path {
    let is_file = roster.is_file() || !roster.is_dir() && workbook::is_workbook(roster);
    match roster.parent() {
        Some(parent) if is_file && parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) if is_file => parent,
        _ => roster,
    }
}

/// A file on its way: its sheet when it has one, its problems, and whether it is there at all.
struct Source<'t> {
    sheet: Option<Sheet<'t>>,
    sink: Sink,
    missing: bool,
}

/// The roster when there is no error, and all problems.
fn understand(files: &Files, as_of: NaiveDate) -> (Option<Roster>, Vec<Problem>) {
    let texts: Vec<(Sink, Option<Text<'_>>)> = files
        .tables
        .par_iter()
        .map(|table| {
            let mut sink = Sink::new(&table.shown);
            let text = match &table.content {
                Content::Bytes(bytes) => sheet::decode(bytes, &mut sink),
                Content::Missing => None,
                Content::TooLarge => {
                    sink.add(Code::FileTooLarge, |problem| problem.expected("a file of at most 2 GiB"));
                    None
                }
            };
            (sink, text)
        })
        .collect();
    let (sinks, texts): (Vec<Sink>, Vec<Option<Text<'_>>>) = texts.into_iter().unzip();
    let sources: Vec<Source<'_>> = texts
        .par_iter()
        .zip(TABLES)
        .zip(sinks)
        .zip(&files.tables)
        .map(|(((text, table), mut sink), file)| {
            let sheet = text.as_ref().and_then(|text| sheet::sheet(table, text, &file.formulas, &mut sink));
            let missing = matches!(file.content, Content::Missing);
            if missing && table.required {
                let known = |name: &&str| schema::table(name).is_some() || schema::sheet_table(name).is_some();
                let strange = files.names.iter().map(String::as_str).filter(|name| !known(name));
                let close = closest(files.wanted(table), strange);
                sink.add(Code::FileMissing, |problem| {
                    let problem = problem.expected(files.expected(table)).did_you_mean(close);
                    if files.is_workbook { problem.fix(source::SHEETS_NEEDED) } else { problem }
                });
            }
            Source { sheet, sink, missing }
        })
        .collect();
    let Ok(sources) = <[Source<'_>; 7]>::try_from(sources) else { return (None, Vec::new()) };
    assemble::roster(sources, as_of)
}
