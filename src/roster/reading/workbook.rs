//! An Excel workbook as sheets of text, safely: what it would inflate to is known before anything is inflated, macros and
//! formulas are never run, and a file that Excel has open is not read half changed.
//!
//! Cells become what a CSV file would hold: 12345.0 is `12345`, a date cell `YYYY-MM-DD`. Formula cells are marked, so that
//! the reader refuses them where it refuses them in CSV.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use zip::ZipArchive;

use crate::diagnostic::{Code, Problem};

/// Larger files are turned away.
const LARGEST_FILE: u64 = 256 << 20;
/// What all parts of a workbook may inflate to.
const LARGEST_INFLATED: u64 = 1 << 30;
/// Below this, a workbook may be as dense as it likes.
const SMALL: u64 = 32 << 20;
/// Real sheets shrink to a tenth or a thirtieth; what shrinks to less than this is a bomb.
const DENSEST: u64 = 150;
/// Parts of a workbook.
const MOST_PARTS: usize = 10_000;

/// One sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    /// Its name on the tab.
    pub name: String,
    /// Filled cells by row; row 0 is row 1 of the sheet. Columns are counted from 0 and rise.
    pub rows: Vec<Vec<(u32, String)>>,
    /// Row and column, from 0, of cells that hold a formula or an error instead of a value.
    pub formulas: BTreeSet<(u32, u32)>,
}

impl Grid {
    /// The cell's text; blank when it is not filled.
    #[must_use]
    pub fn cell(&self, row: usize, col: u32) -> &str {
        let cells = self.rows.get(row).map_or(&[][..], Vec::as_slice);
        cells.binary_search_by_key(&col, |(at, _)| *at).map_or("", |at| &cells[at].1)
    }

    /// The first row with anything in it.
    #[must_use]
    pub fn header(&self) -> Option<usize> {
        self.rows.iter().position(|row| row.iter().any(|(_, text)| !text.trim().is_empty()))
    }

    /// The columns of the header row by name, in order.
    #[must_use]
    pub fn columns(&self) -> Vec<(String, u32)> {
        let Some(header) = self.header() else { return Vec::new() };
        self.rows[header].iter().map(|(col, text)| (text.trim().to_owned(), *col)).collect()
    }

    /// As the text of a CSV file with the same row numbers. Every row has as many cells as the header; what stands to the
    /// right of it makes the row one cell too long, which the reader reports.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let Some(header) = self.header() else { return String::new() };
        let width =
            self.rows[header].iter().rev().find(|(_, text)| !text.trim().is_empty()).map_or(0, |(col, _)| col + 1);
        let mut text = String::new();
        for row in &self.rows {
            let beyond = row.iter().find(|(col, text)| *col >= width && !text.trim().is_empty());
            if beyond.is_some() || row.iter().any(|(_, text)| !text.trim().is_empty()) {
                let mut at = 0;
                for (col, cell) in row.iter().filter(|(col, _)| *col < width) {
                    (at..*col).for_each(|_| text.push(','));
                    quoted(&mut text, cell);
                    at = *col;
                }
                (at + 1..width).for_each(|_| text.push(','));
                if let Some((_, cell)) = beyond {
                    text.push(',');
                    quoted(&mut text, cell);
                }
            }
            text.push('\n');
        }
        text
    }
}

fn quoted(text: &mut String, cell: &str) {
    if cell.contains([',', '"', '\n', '\r']) {
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(cell);
    }
}

/// Why a workbook was not read.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// The file says no: what is wrong and what to do.
    #[error("{}", .0.code.title())]
    Refused(Box<Problem>),
    /// The file cannot be read at all.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A workbook: its bytes, for its hash, and its sheets in the order of their tabs.
#[derive(Debug)]
pub struct Workbook {
    /// The file's name.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// Its sheets.
    pub sheets: Vec<Grid>,
}

impl Workbook {
    /// The sheet of that name; case makes no difference.
    #[must_use]
    pub fn sheet(&self, name: &str) -> Option<&Grid> {
        self.sheets.iter().find(|sheet| sheet.name.trim().eq_ignore_ascii_case(name))
    }
}

/// Is it a workbook by its name? Old, binary and macro workbooks are: they are refused with a reason.
#[must_use]
pub fn is_workbook(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| ["xlsx", "xlsm", "xls", "xlsb", "xltx", "xltm", "ods"].contains(&&*extension))
}

/// Reads a workbook.
///
/// # Errors
/// When it cannot be read, is open elsewhere, is no `.xlsx`, holds macros, is damaged, or would be too large.
pub fn read(path: &Path) -> Result<Workbook, WorkbookError> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let problem = |code: Code| Problem::new(code, &name);
    let refuse = |problem: Problem| Err(WorkbookError::Refused(Box::new(problem)));
    let trouble = |source| WorkbookError::Io { path: path.to_owned(), source };
    let about = fs::metadata(path).map_err(trouble)?;
    if !about.is_file() {
        return Err(trouble(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file")));
    }
    if is_open(path, &name) {
        return refuse(problem(Code::FileOpen));
    }
    if about.len() > LARGEST_FILE {
        return refuse(problem(Code::FileTooLarge).expected("a workbook of at most 256 MiB"));
    }
    let bytes = fs::read(path).map_err(trouble)?;
    let sheets = match sheets(&bytes) {
        Ok(sheets) => sheets,
        Err(refusal) => return refuse(refusal.problem(&name)),
    };
    Ok(Workbook { name, bytes, sheets })
}

/// Excel keeps `~$NAME` beside a file it has open, without the first letters of long names.
fn is_open(path: &Path, name: &str) -> bool {
    let shorter: String = name.chars().skip(2).collect();
    let beside = |name: &str| path.with_file_name(format!("~${name}")).exists();
    beside(name) || name.chars().count() > 8 && beside(&shorter)
}

/// What is wrong with a workbook's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    Old,
    NoWorkbook,
    Damaged,
    Macros,
    TooLarge,
    Bomb,
}

impl Refusal {
    fn problem(&self, name: &str) -> Problem {
        let (code, expected, fix) = match self {
            Self::Old => (
                Code::FileUnreadable,
                "an .xlsx workbook; this one has a password, or is of the old .xls kind",
                "Open it in Excel, take the password off, and save it as 'Excel Workbook (.xlsx)'.",
            ),
            Self::NoWorkbook => (
                Code::FileUnreadable,
                "an .xlsx workbook; the file is something else under that name",
                "Open it in Excel and save it as 'Excel Workbook (.xlsx)'.",
            ),
            Self::Damaged => (
                Code::FileUnreadable,
                "a whole .xlsx workbook; the file is cut short or damaged",
                "Copy or export it again; Excel may be able to repair it.",
            ),
            Self::Macros => (Code::FileMacros, "a workbook without macros", Code::FileMacros.explain()),
            Self::TooLarge => (
                Code::FileTooLarge,
                "sheets of at most 1 GiB when unpacked",
                "Take out what is not part of the tables: pictures, other sheets, formats far below the last row.",
            ),
            Self::Bomb => (
                Code::FileTooLarge,
                "a workbook that holds what its size lets expect; this one unpacks to more than 150 times as much",
                "The file was made to do harm, or is damaged. Ask where it comes from.",
            ),
        };
        Problem::new(code, name).expected(expected).fix(fix)
    }
}

fn sheets(bytes: &[u8]) -> Result<Vec<Grid>, Refusal> {
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(Refusal::Old);
    }
    if !bytes.starts_with(b"PK\x03\x04") {
        return Err(if bytes.is_empty() { Refusal::Damaged } else { Refusal::NoWorkbook });
    }
    weigh(bytes)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| Refusal::Damaged)?;
    let names: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == calamine::SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    names.iter().map(|name| grid(&mut workbook, name)).collect()
}

/// Goes through the parts before any of them is used: first what the list says, then, counting and keeping nothing, what
/// is really in them.
fn weigh(bytes: &[u8]) -> Result<(), Refusal> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Refusal::Damaged)?;
    if archive.len() > MOST_PARTS {
        return Err(Refusal::TooLarge);
    }
    let (mut said, mut has_book) = (0_u64, false);
    for at in 0..archive.len() {
        let part = archive.by_index_raw(at).map_err(|_| Refusal::Damaged)?;
        said = said.saturating_add(part.size());
        let name = String::from_utf8_lossy(part.name_raw()).to_lowercase();
        if name.ends_with("vbaproject.bin") || name.contains("/macrosheets/") {
            return Err(Refusal::Macros);
        }
        has_book |= name.starts_with("xl/workbook");
    }
    if !has_book {
        return Err(Refusal::NoWorkbook);
    }
    weighed(said, bytes.len())?;
    let mut real = 0_u64;
    let mut buffer = vec![0; 1 << 16];
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).map_err(|_| Refusal::Damaged)?;
        loop {
            let read = part.read(&mut buffer).map_err(|_| Refusal::Damaged)?;
            if read == 0 {
                break;
            }
            real += read as u64;
            weighed(real, bytes.len())?;
        }
    }
    Ok(())
}

fn weighed(inflated: u64, file: usize) -> Result<(), Refusal> {
    if inflated > LARGEST_INFLATED {
        return Err(if inflated / DENSEST > file as u64 { Refusal::Bomb } else { Refusal::TooLarge });
    }
    if inflated > SMALL && inflated / DENSEST > file as u64 { Err(Refusal::Bomb) } else { Ok(()) }
}

fn grid(workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Grid, Refusal> {
    let mut grid = Grid { name: name.to_owned(), ..Grid::default() };
    let mut cells = workbook.worksheet_cells_reader(name).map_err(|_| Refusal::Damaged)?;
    while let Some(cell) = cells.next_cell_with_formula().map_err(|_| Refusal::Damaged)? {
        let (row, col) = cell.pos;
        let formula = cell.formula.is_some();
        let error = matches!(cell.value, DataRef::Error(_));
        let mut text = text(&cell.value);
        if formula || error {
            grid.formulas.insert((row, col));
            if text.is_empty() {
                "=".clone_into(&mut text);
            }
        }
        if text.is_empty() {
            continue;
        }
        // Excel itself has no more rows than these.
        let at = row as usize;
        if at >= 1 << 20 {
            return Err(Refusal::Damaged);
        }
        if grid.rows.len() <= at {
            grid.rows.resize_with(at + 1, Vec::new);
        }
        grid.rows[at].push((col, text));
    }
    for row in &mut grid.rows {
        // Files made by hand may have cells out of order, or twice: the first counts.
        if !row.is_sorted_by(|a, b| a.0 < b.0) {
            row.sort_by_key(|(col, _)| *col);
            row.dedup_by_key(|(col, _)| *col);
        }
    }
    Ok(grid)
}

/// A cell as a CSV file would hold it.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => self::number(*number),
        DataRef::String(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        DataRef::DateTime(moment) => day(moment),
        DataRef::DateTimeIso(text) => text.strip_suffix("T00:00:00").unwrap_or(text).to_owned(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// A number without the decimals Excel adds. One beyond the fifteen digits Excel keeps has lost some: it is written as Excel
/// shows it, so that the reader refuses it as an id.
fn number(number: f64) -> String {
    if number.abs() >= 1e15 {
        return format!("{number:.5E}").replace('E', "E+");
    }
    number.to_string()
}

/// A date cell. The hour is kept only where there is one.
fn day(moment: &ExcelDateTime) -> String {
    if moment.is_duration() || moment.as_f64() < 1.0 {
        return number(moment.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) { date } else { format!("{date} {hour:02}:{minute:02}:{second:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(u32, &str)]) -> Vec<(u32, String)> {
        cells.iter().map(|(col, text)| (*col, (*text).to_owned())).collect()
    }

    #[test]
    fn a_sheet_is_the_csv_file_it_would_be() {
        let rows = vec![
            row(&[(0, "member_id"), (1, "name"), (3, "zip")]),
            row(&[(0, "M1"), (1, "Lee, \"Ann\"")]),
            row(&[]),
            row(&[(3, "50309")]),
            row(&[(0, "M2"), (7, "astray")]),
        ];
        let grid = Grid { rows, ..Grid::default() };
        assert_eq!(grid.to_csv(), "member_id,name,,zip\nM1,\"Lee, \"\"Ann\"\"\",,\n\n,,,50309\nM2,,,,astray\n");
        assert_eq!((grid.cell(1, 1), grid.cell(1, 2), grid.cell(9, 0)), ("Lee, \"Ann\"", "", ""));
    }

    #[test]
    fn numbers_lose_what_excel_adds() {
        assert_eq!(number(12345.0), "12345");
        assert_eq!(number(0.8), "0.8");
        assert_eq!(number(123_456_789_012_345.0), "123456789012345");
        assert_eq!(number(1.234_567_8e17), "1.23457E+17");
    }

    #[test]
    fn what_is_no_workbook_says_so() {
        assert_eq!(sheets(b"\xD0\xCF\x11\xE0rest"), Err(Refusal::Old));
        assert_eq!(sheets(b"member_id,need"), Err(Refusal::NoWorkbook));
        assert_eq!(sheets(b"PK\x03\x04rest"), Err(Refusal::Damaged));
        assert_eq!(sheets(b""), Err(Refusal::Damaged));
    }
}
