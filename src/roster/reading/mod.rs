//! Reads a roster folder: seven CSV files, all columns of the contract, all problems of all files in one run.
//!
//! The way of the data: bytes -> [`sheet`] (rows of cells) -> [`row`] (cells of the contract's kinds) -> `people`,
//! `work` (values) -> `assemble` (references, order) -> `sense` (what only shows in the whole). The result does not depend
//! on the order of the rows nor on the number of threads.
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
mod value;
mod work;

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

pub use problems::KEPT_OF_A_KIND;
pub use sheet::{LARGEST_CELL, LARGEST_ROW};

use crate::diagnostic::{Code, Problem, Shown, closest};
use crate::roster::instance::Roster;
use crate::roster::schema::{self, TABLES};
use problems::Sink;
use sheet::{Sheet, Text};

/// Larger files are turned away: no roster is near it, and places in a file are kept in 32 bits.
const LARGEST_FILE: u64 = 2 << 30;

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

/// Reads all files of a roster folder. Dates are judged on `as_of`.
///
/// # Errors
/// [`ReadError::Problems`] with everything found when any of it is an error; [`ReadError::Io`] when the folder or a
/// file cannot be read.
pub fn read_folder(folder: &Path, as_of: NaiveDate) -> Result<Read, ReadError> {
    if folder.is_file() {
        let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let problem = Problem::new(Code::FileIsWorkbook, &name)
            .expected("a folder of CSV files")
            .fix("Save each sheet as 'CSV UTF-8 (comma delimited)' in one folder, and give the folder.");
        return Err(ReadError::Problems(vec![problem]));
    }
    let names = listing(folder)?;
    let files = TABLES.par_iter().map(|table| load(folder, table.file)).collect::<Result<Vec<_>, _>>()?;
    let (hashes, (roster, mut problems)) = rayon::join(|| hashes(&files), || understand(&files, &names, as_of));
    problems.extend(strays(&names));
    match roster {
        Some(roster) => Ok(Read { roster, problems, hashes }),
        None => Err(ReadError::Problems(problems)),
    }
}

/// One file's bytes.
enum File {
    Missing,
    TooLarge,
    Bytes(Vec<u8>),
}

fn load(folder: &Path, file: &str) -> Result<File, ReadError> {
    let path = folder.join(file);
    let trouble = |source| ReadError::Io { path: path.clone(), source };
    match std::fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(File::Missing),
        Err(error) => Err(trouble(error)),
        Ok(about) if about.is_dir() => Err(trouble(io::ErrorKind::IsADirectory.into())),
        // A pipe or a device has no length and perhaps no end.
        Ok(about) if !about.is_file() => Err(trouble(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"))),
        Ok(about) if about.len() > LARGEST_FILE => Ok(File::TooLarge),
        Ok(_) => std::fs::read(&path).map(File::Bytes).map_err(trouble),
    }
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
    let strange = names.iter().filter(|name| name.to_lowercase().ends_with(".csv") && !known(name));
    let problem = |name: &String| {
        let meant = if name.len() <= 64 { closest(name, absent()) } else { None }?;
        let shown = Shown::plain(name).to_string();
        Some(Problem::new(Code::FileUnknown, &shown).did_you_mean(Some(meant)))
    };
    strange.filter_map(problem).collect()
}

fn hashes(files: &[File]) -> Vec<(String, String)> {
    let hex = |bytes: &[u8]| {
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(bytes) {
            let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
        }
        text
    };
    let mut all: Vec<(String, String)> = files
        .iter()
        .zip(TABLES)
        .filter_map(|(file, table)| match file {
            File::Bytes(bytes) => Some((table.file.to_owned(), hex(bytes))),
            File::Missing | File::TooLarge => None,
        })
        .collect();
    all.sort_unstable();
    all
}

/// A file on its way: its sheet when it has one, its problems, and whether it is there at all.
struct Source<'t> {
    sheet: Option<Sheet<'t>>,
    sink: Sink,
    missing: bool,
}

/// The roster when there is no error, and all problems.
fn understand(files: &[File], names: &[String], as_of: NaiveDate) -> (Option<Roster>, Vec<Problem>) {
    let texts: Vec<(Sink, Option<Text<'_>>)> = files
        .par_iter()
        .zip(TABLES)
        .map(|(file, table)| {
            let mut sink = Sink::new(table.file);
            let text = match file {
                File::Bytes(bytes) => sheet::decode(bytes, &mut sink),
                File::Missing => None,
                File::TooLarge => {
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
        .zip(files)
        .map(|(((text, table), mut sink), file)| {
            let sheet = text.as_ref().and_then(|text| sheet::sheet(table, text, &mut sink));
            let missing = matches!(file, File::Missing);
            if missing && table.required {
                let close =
                    closest(table.file, names.iter().map(String::as_str).filter(|name| schema::table(name).is_none()));
                sink.add(Code::FileMissing, |problem| {
                    problem.expected("the file in the roster's folder").did_you_mean(close)
                });
            }
            Source { sheet, sink, missing }
        })
        .collect();
    let Ok(sources) = <[Source<'_>; 7]>::try_from(sources) else { return (None, Vec::new()) };
    assemble::roster(sources, as_of)
}
