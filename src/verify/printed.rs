//! A table as it is printed, held against the same table computed again: every row, every cell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// What is wrong with a printed plan, beside the plan itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrintedCode {
    /// A file is not the table or object it should be.
    Malformed,
    /// A row is missing.
    RowMissing,
    /// A row is there twice, or should not be there.
    RowUnexpected,
    /// A printed number is not what comes out.
    Number,
    /// A printed word, id or date is not what comes out.
    Word,
    /// The plan says more than is proved.
    Claim,
    /// The roster is not the one the plan was made from.
    Input,
}

impl PrintedCode {
    /// All codes, in order.
    pub const ALL: [Self; 7] =
        [Self::Malformed, Self::RowMissing, Self::RowUnexpected, Self::Number, Self::Word, Self::Claim, Self::Input];

    /// The short name users quote.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "P01",
            Self::RowMissing => "P02",
            Self::RowUnexpected => "P03",
            Self::Number => "P04",
            Self::Word => "P05",
            Self::Claim => "P06",
            Self::Input => "P07",
        }
    }

    /// What is wrong, in a few words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Malformed => "a file of the plan folder cannot be read as what it should be",
            Self::RowMissing => "a row is missing",
            Self::RowUnexpected => "a row is there twice or does not belong there",
            Self::Number => "a printed number differs from the recomputed one",
            Self::Word => "a printed word, id or date differs from the recomputed one",
            Self::Claim => "the plan says more than is proved",
            Self::Input => "the roster or the program is not the one the plan was made from",
        }
    }
}

impl Serialize for PrintedCode {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.code())
    }
}

/// One place where a plan folder does not say what comes out. Ids only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Discrepancy {
    /// Which kind.
    pub code: PrintedCode,
    /// File name.
    pub file: String,
    /// Which row, by its key; empty for the file as a whole.
    pub row: String,
    /// Column or key; empty for a whole row.
    pub column: String,
    /// As printed.
    pub printed: String,
    /// As it should be.
    pub expected: String,
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code.code(), self.file)?;
        for part in [&self.row, &self.column].into_iter().filter(|part| !part.is_empty()) {
            write!(out, ", {part}")?;
        }
        write!(out, ": {}", self.code.title())?;
        if !self.printed.is_empty() || !self.expected.is_empty() {
            write!(out, ": `{}`, expected `{}`", self.printed, self.expected)?;
        }
        Ok(())
    }
}

/// A row as computed: its key, and what belongs into each column.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Value of the key columns, joined by `/`.
    pub key: String,
    /// Column and cell.
    pub cells: Vec<(&'static str, String)>,
}

/// A row as printed.
pub type PrintedRow = BTreeMap<String, String>;

/// Reads a CSV text into its rows, header applied. Cells that were quoted against spreadsheets are unquoted.
///
/// # Errors
/// What is wrong with the text.
pub fn csv_rows(text: &str) -> Result<Vec<PrintedRow>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let cells = header.iter().zip(&record).map(|(name, cell)| (name.trim().to_owned(), unquoted(cell)));
        rows.push(cells.collect());
    }
    Ok(rows)
}

/// Text that a spreadsheet would compute is printed with a leading `'`.
fn unquoted(cell: &str) -> String {
    let computes = |text: &str| text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']);
    match cell.strip_prefix('\'') {
        Some(text) if computes(text) => text.to_owned(),
        _ => cell.to_owned(),
    }
}

/// The rows of a JSON array of objects, as if they had been printed as a table: `null` is a blank, `true` is `yes`,
/// an object of counts is `name count; name count`.
#[must_use]
pub fn json_rows(array: &Value) -> Option<Vec<PrintedRow>> {
    let row = |value: &Value| Some(value.as_object()?.iter().map(|(key, value)| (key.clone(), cell(value))).collect());
    array.as_array()?.iter().map(row).collect()
}

/// A JSON value as a cell.
#[must_use]
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Object(counts) => {
            counts.iter().map(|(name, count)| format!("{name} {}", cell(count))).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// Holds a printed table against the computed one. `all_columns`: must every computed column be printed?
#[must_use]
pub fn compare(
    file: &str,
    key: &[&str],
    printed: &[PrintedRow],
    expected: &[Row],
    all_columns: bool,
) -> Vec<Discrepancy> {
    let at = |code, row: &str, column: &str| Discrepancy {
        code,
        file: file.to_owned(),
        row: row.to_owned(),
        column: column.to_owned(),
        printed: String::new(),
        expected: String::new(),
    };
    let known: BTreeSet<&str> = expected.iter().map(|row| row.key.as_str()).collect();
    let mut found = Vec::new();
    let mut by_key: BTreeMap<String, &PrintedRow> = BTreeMap::new();
    for row in printed {
        let parts: Vec<&str> = key.iter().map(|name| row.get(*name).map_or("", String::as_str)).collect();
        let key = parts.join("/");
        if by_key.insert(key.clone(), row).is_some() || !known.contains(key.as_str()) {
            found.push(at(PrintedCode::RowUnexpected, &key, ""));
        }
    }
    for row in expected {
        let Some(printed) = by_key.get(&row.key) else {
            found.push(at(PrintedCode::RowMissing, &row.key, ""));
            continue;
        };
        for (column, wanted) in &row.cells {
            match printed.get(*column) {
                None if all_columns => {
                    found
                        .push(Discrepancy { expected: wanted.clone(), ..at(PrintedCode::Malformed, &row.key, column) });
                }
                Some(cell) => found.extend(differ(cell, wanted).map(|code| Discrepancy {
                    printed: cell.clone(),
                    expected: wanted.clone(),
                    ..at(code, &row.key, column)
                })),
                None => {}
            }
        }
    }
    found
}

/// How two cells differ. Whole numbers must be the same; fractions may differ by their rounding to thousandths.
#[must_use]
pub fn differ(printed: &str, wanted: &str) -> Option<PrintedCode> {
    if printed == wanted || parts(printed) == parts(wanted) {
        return None;
    }
    match (printed.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(a), Ok(b)) if (a - b).abs() <= 0.000_501 => None,
        (_, Ok(_)) => Some(PrintedCode::Number),
        _ => Some(PrintedCode::Word),
    }
}

/// The parts of a list, in any order.
fn parts(cell: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = cell.split(';').map(str::trim).collect();
    parts.sort_unstable();
    parts
}
