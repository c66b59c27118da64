//! An agency's own file as tables of text: CSV in whatever encoding and with whatever separator, or the sheets of a
//! workbook. What had to be assumed is said.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::diagnostic::{Code, Problem, Shown};
use crate::roster::reading::workbook::{self, Grid, WorkbookError};

/// Larger files are turned away.
const LARGEST_FILE: u64 = 512 << 20;
/// Separators, the likeliest first.
const SEPARATORS: [(u8, &str); 4] = [(b',', "commas"), (b';', "semicolons"), (b'\t', "tabs"), (b'|', "bars")];
/// Bytes looked at to find the separator.
const SAMPLE: usize = 1 << 16;

/// One table of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawTable {
    /// Name of the sheet; of a CSV file its name.
    pub name: String,
    /// The header row.
    pub header: Vec<String>,
    /// Rows below it with their numbers as a spreadsheet counts.
    pub rows: Vec<(u32, Vec<String>)>,
    /// Row number and column of cells with a formula.
    pub formulas: BTreeSet<(u32, usize)>,
}

/// A file as it was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extract {
    /// Its name.
    pub name: String,
    /// Its tables: those with a header and a row.
    pub tables: Vec<RawTable>,
    /// What was assumed: encoding and separator.
    pub assumed: Vec<String>,
}

/// Why a file gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// The file says no.
    #[error("{}", .0.code.title())]
    Refused(Box<Problem>),
    /// It cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Reads the file.
///
/// # Errors
/// When it cannot be read, is no table, is too large, or is a workbook that is turned away.
pub fn read(path: &Path) -> Result<Extract, ExtractError> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut extract = Extract { name: name.clone(), ..Extract::default() };
    if workbook::is_workbook(path) {
        let book = workbook::read(path).map_err(|error| match error {
            WorkbookError::Refused(problem) => ExtractError::Refused(problem),
            WorkbookError::Io { path, source } => ExtractError::Io { path, source },
        })?;
        extract.tables = book.sheets.iter().filter_map(of_grid).collect();
    } else {
        let trouble = |source| ExtractError::Io { path: path.to_owned(), source };
        let about = fs::metadata(path).map_err(trouble)?;
        if !about.is_file() {
            return Err(trouble(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file")));
        }
        if about.len() > LARGEST_FILE {
            return Err(refused(Code::FileTooLarge, &name, "a file of at most 512 MiB"));
        }
        let bytes = fs::read(path).map_err(trouble)?;
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xD0\xCF\x11\xE0") {
            return Err(refused(
                Code::FileIsWorkbook,
                &name,
                "a workbook to end in .xlsx, and a table of text in .csv",
            ));
        }
        extract.tables.extend(of_text(&bytes, &name, &mut extract.assumed)?);
    }
    if extract.tables.is_empty() {
        return Err(refused(Code::FileEmpty, &name, "a header row and rows below it"));
    }
    Ok(extract)
}

fn refused(code: Code, name: &str, expected: &str) -> ExtractError {
    ExtractError::Refused(Box::new(Problem::new(code, &Shown::plain(name).to_string()).expected(expected)))
}

fn of_grid(grid: &Grid) -> Option<RawTable> {
    let top = grid.header()?;
    let width = grid.columns().last().map_or(0, |(_, col)| *col as usize + 1).min(1 << 14);
    let cells =
        |row: usize| -> Vec<String> { (0..width).map(|col| grid.cell(row, col as u32).trim().to_owned()).collect() };
    let rows: Vec<(u32, Vec<String>)> = (top + 1..grid.rows.len())
        .filter(|row| !grid.rows[*row].is_empty())
        .map(|row| (row as u32 + 1, cells(row)))
        .filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()))
        .collect();
    let formulas = grid.formulas.iter().map(|(row, col)| (row + 1, *col as usize)).collect();
    (!rows.is_empty()).then(|| RawTable { name: grid.name.clone(), header: cells(top), rows, formulas })
}

fn of_text(bytes: &[u8], name: &str, assumed: &mut Vec<String>) -> Result<Option<RawTable>, ExtractError> {
    // One kind of line end, so that lines can be counted.
    let text = decoded(bytes, assumed).replace("\r\n", "\n").replace('\r', "\n");
    if text.contains('\0') {
        return Err(refused(Code::FileUnreadable, name, "a table of text; the file holds NUL bytes"));
    }
    let (separator, words) = separator(&text);
    assumed.push(format!("{words} between the cells"));
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut header, mut rows, mut folded) = (None, Vec::new(), 0);
    for record in reader.records() {
        let record = record.map_err(|_| refused(Code::FileUnreadable, name, "cells with both quotation marks"))?;
        let line = record.position().map_or(1, |start| {
            // A record's place is where the one before it ends: blank lines between the two are rows as well.
            let blank = text.as_bytes().iter().skip(start.byte() as usize).take_while(|byte| **byte == b'\n').count();
            start.line() + blank as u64
        });
        // A cell of several lines is one row of a spreadsheet.
        let number = (line - folded) as u32;
        folded += record.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
        let cells: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if header.is_none() {
            header = Some(cells);
        } else {
            rows.push((number, cells));
        }
    }
    let Some(header) = header.filter(|_| !rows.is_empty()) else { return Ok(None) };
    Ok(Some(RawTable { name: name.to_owned(), header, rows, formulas: BTreeSet::new() }))
}

/// UTF-8 or UTF-16 by their marks, else UTF-8 when the bytes are, else Windows-1252.
fn decoded(bytes: &[u8], assumed: &mut Vec<String>) -> String {
    let (encoding, marked) = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => (encoding, true),
        None if std::str::from_utf8(bytes).is_ok() => (UTF_8, false),
        None => (WINDOWS_1252, false),
    };
    assumed.push(if marked { format!("{} by its mark", encoding.name()) } else { encoding.name().to_owned() });
    encoding.decode(bytes).0.into_owned()
}

/// The separator that cuts the first lines into the same number of cells most often, and into most cells.
fn separator(text: &str) -> (u8, &'static str) {
    let end = text.len().min(SAMPLE);
    let end = (end..text.len().min(end + 4)).find(|at| text.is_char_boundary(*at)).unwrap_or(end);
    let sample = text.get(..end).unwrap_or(text);
    let score = |separator: u8| {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(sample.as_bytes());
        let widths: Vec<usize> = reader.records().flatten().take(20).map(|record| record.len()).collect();
        let first = widths.first().copied().unwrap_or(1);
        let same = widths.iter().filter(|width| **width == first).count();
        (first > 1, same * 100 / widths.len().max(1), first)
    };
    let best = SEPARATORS.into_iter().rev().max_by_key(|(separator, _)| score(*separator));
    best.unwrap_or(SEPARATORS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(bytes: &[u8]) -> (RawTable, Vec<String>) {
        let mut assumed = Vec::new();
        let table = of_text(bytes, "x.csv", &mut assumed).ok().flatten().unwrap_or_default();
        (table, assumed)
    }

    #[test]
    fn encodings_and_separators_are_found() {
        let (found, assumed) = table(b"Client ID;Name\r\n7;Jos\xE9\r\n");
        assert_eq!(found.rows, [(2, vec!["7".to_owned(), "José".to_owned()])]);
        assert_eq!(assumed, ["windows-1252", "semicolons between the cells"]);
        let (found, assumed) = table(b"\xEF\xBB\xBFClient ID\tName\n7\tAnn, Lee\n");
        assert_eq!((found.header[0].as_str(), found.rows[0].1[1].as_str()), ("Client ID", "Ann, Lee"));
        assert_eq!(assumed[0], "UTF-8 by its mark");
        let utf16: Vec<u8> =
            std::iter::once(0xFEFF_u16).chain("a,b\n1,2\n".encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(table(&utf16).0.rows, [(2, vec!["1".to_owned(), "2".to_owned()])]);
    }

    #[test]
    fn rows_are_counted_as_a_spreadsheet_does() {
        for text in ["a,b\n\"1\nx\",2\n\n3,4\n", "a,b\r\n\"1\r\nx\",2\r\n\r\n3,4\r\n", "a,b\r\"1\rx\",2\r\r3,4\r"] {
            let (found, _) = table(text.as_bytes());
            assert_eq!(found.rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 4], "{text:?}");
        }
    }
}
