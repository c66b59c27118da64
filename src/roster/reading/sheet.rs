//! One CSV file cut into rows (RFC 4180), before any meaning: encoding, quotation marks, the header row.
//!
//! The rows are found by an own scan and not by a reader of records, for three reasons: blank lines count, as they do
//! in a spreadsheet; a cell that never ends is reported where it starts and is not collected first; and the rows,
//! borrowed from the file's text, are then split and understood by all threads at once.

use std::borrow::Cow;
use std::collections::BTreeSet;

use memchr::{memchr, memchr3};

use super::problems::Sink;
use crate::diagnostic::{Code, Shown, closest};
use crate::roster::schema::{Presence, Table};

/// No real roster has a cell of more bytes.
pub const LARGEST_CELL: usize = 64 * 1024;
/// No real roster has a row of more bytes.
pub const LARGEST_ROW: usize = 1024 * 1024;

/// A file's text, and whether bytes that are no UTF-8 were replaced by U+FFFD in it.
pub(super) struct Text<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) replaced: bool,
}

/// The rows of a file below its header.
pub(super) struct Sheet<'t> {
    pub(super) table: &'static Table,
    pub(super) text: &'t str,
    /// Do U+FFFD in the text stand for bytes that were no UTF-8?
    pub(super) replaced: bool,
    /// Where rows start and end in the text; a blank row is empty.
    pub(super) rows: Vec<(u32, u32)>,
    /// Number of the first of `rows`; the header of a file without blank lines on top is row 1.
    pub(super) first_number: u32,
    /// Position in the row of each column of the contract.
    pub(super) position: Vec<Option<u32>>,
    /// Names in the header row.
    pub(super) header: Vec<String>,
    /// Row and column, from 0, of cells that a workbook says are formulas.
    pub(super) formulas: &'t BTreeSet<(u32, u32)>,
}

/// The text of the file, or `None` when it is no text at all.
pub(super) fn decode<'a>(bytes: &'a [u8], sink: &mut Sink) -> Option<Text<'a>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        sink.add(Code::FileIsWorkbook, |problem| problem.expected("text with commas between the cells"));
        return None;
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        sink.add(Code::EncodingInvalid, |problem| problem.expected("UTF-8; this is UTF-16, Excel's 'Unicode Text'"));
        return None;
    }
    if memchr(0, bytes).is_some() {
        sink.add(Code::FileUnreadable, |problem| problem.expected("text; the file holds NUL bytes"));
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Text { text: Cow::Borrowed(text), replaced: false }),
        Err(_) => Some(Text { text: String::from_utf8_lossy(bytes), replaced: true }),
    }
}

/// Finds the rows and reads the header, or says why that cannot be done.
pub(super) fn sheet<'t>(
    table: &'static Table,
    text: &'t Text<'_>,
    formulas: &'t BTreeSet<(u32, u32)>,
    sink: &mut Sink,
) -> Option<Sheet<'t>> {
    let replaced = text.replaced;
    let text: &'t str = &text.text;
    let rows = match rows(text) {
        Ok(rows) => rows,
        Err((row, what)) => {
            let code = if what == Scan::NeverClosed { Code::FileUnreadable } else { Code::FileTooLarge };
            sink.add(code, |problem| problem.row(row).expected(what.expected()).fix(what.fix()));
            return None;
        }
    };
    let Some(top) = rows.iter().position(|&(start, end)| start < end) else {
        sink.add(Code::FileEmpty, |problem| problem.expected("a header row and a row for each entry"));
        return None;
    };
    let mut cells = Vec::new();
    split(slice(text, rows[top]), &mut cells);
    let header: Vec<String> = cells.iter().map(ToString::to_string).collect();
    let number = top as u32 + 1;
    if let [only] = header.as_slice()
        && let Some(mark) = [';', '\t', '|'].into_iter().find(|mark| only.contains(*mark))
    {
        let found = if mark == '\t' { "tabs".to_owned() } else { format!("`{mark}`") };
        sink.add(Code::FileUnreadable, |problem| {
            problem.row(number).expected(format!("commas between the cells, not {found}"))
        });
        return None;
    }
    let position = positions(table, &header, number, sink)?;
    let below: Vec<(u32, u32)> = rows[top + 1..].to_vec();
    if table.required && below.iter().all(|&(start, end)| start == end) {
        sink.add(Code::FileEmpty, |problem| problem.expected("a row for each entry below the header"));
        return None;
    }
    Some(Sheet { table, text, replaced, rows: below, first_number: number + 1, position, header, formulas })
}

/// Where the contract's columns stand in the header; `None` when one that must be there is missing or is there twice.
fn positions(table: &'static Table, header: &[String], row: u32, sink: &mut Sink) -> Option<Vec<Option<u32>>> {
    let errors = sink.errors();
    let known = |name: &str| table.columns.iter().any(|column| column.name == name);
    let mut position = vec![None; table.columns.len()];
    for (at, column) in table.columns.iter().enumerate() {
        let mut found = (0..header.len()).filter(|&here| header[here] == column.name);
        position[at] = found.next().map(|here| here as u32);
        if let Some(second) = found.next() {
            sink.add(Code::ColumnDuplicate, |problem| {
                problem.row(row).column(column.name).expected(format!("it once; it is in cell {} again", second + 1))
            });
        }
    }
    let missing = |at: usize| position[at].is_none();
    let strange = || header.iter().map(String::as_str).filter(|name| !name.is_empty() && !known(name));
    for (at, column) in table.columns.iter().enumerate() {
        if column.presence != Presence::Optional && missing(at) {
            let close = closest(column.name, strange()).map(shown);
            sink.add(Code::ColumnMissing, |problem| {
                let problem = problem.column(column.name).expected(format!("a column `{}`", column.name));
                match close {
                    Some(close) => problem.fix(format!("Rename the column `{close}` to `{}`.", column.name)),
                    None => problem,
                }
            });
        }
    }
    for name in strange().take(200) {
        let free = (0..table.columns.len()).filter(|&at| missing(at)).map(|at| table.columns[at].name);
        let close = if name.len() <= 64 { closest(name, free) } else { None };
        sink.add(Code::ColumnUnknown, |problem| problem.row(row).column(&shown(name)).did_you_mean(close));
    }
    (sink.errors() == errors).then_some(position)
}

/// A header cell as it may be shown.
fn shown(name: &str) -> String {
    Shown::plain(name).to_string()
}

/// The text of one row.
pub(super) fn slice(text: &str, (start, end): (u32, u32)) -> &str {
    text.get(start as usize..end as usize).unwrap_or("")
}

/// Why the rows could not be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scan {
    NeverClosed,
    CellTooLarge,
    RowTooLarge,
}

impl Scan {
    const fn expected(self) -> &'static str {
        match self {
            Self::NeverClosed => "a second quotation mark to end the cell that starts in this row",
            Self::CellTooLarge => "cells of at most 64 KiB",
            Self::RowTooLarge => "rows of at most 1 MiB",
        }
    }

    const fn fix(self) -> &'static str {
        match self {
            Self::NeverClosed => "Look in this row for a cell that starts with a quotation mark and has no second one.",
            Self::CellTooLarge => {
                "Shorten the text, or close its quotation mark: one that is never closed swallows all rows below it."
            }
            Self::RowTooLarge => "Look for what is not part of the table: a picture, a document or another file.",
        }
    }
}

/// Starts and ends of all rows, without their line ends (LF, CR LF or CR). Blank lines are rows, as in a spreadsheet.
fn rows(text: &str) -> Result<Vec<(u32, u32)>, (u32, Scan)> {
    let bytes = text.as_bytes();
    // Offsets are kept in 32 bits; the caller has turned larger files away.
    let mut rows: Vec<(u32, u32)> = Vec::with_capacity(bytes.len() / 128 + 4);
    let (mut start, mut at) = (0, 0);
    while start < bytes.len() {
        let number = rows.len() as u32 + 1;
        let Some(mark) = memchr3(b'"', b'\n', b'\r', &bytes[at..]).map(|step| at + step) else {
            at = bytes.len();
            check(bytes, start, at, number)?;
            rows.push((start as u32, at as u32));
            break;
        };
        if bytes[mark] == b'"' {
            // A quotation mark inside a cell is a letter like others.
            let opens = mark == start || bytes[mark - 1] == b',';
            at = if opens { closing(bytes, mark).map_err(|what| (number, what))? } else { mark + 1 };
            continue;
        }
        check(bytes, start, mark, number)?;
        rows.push((start as u32, mark as u32));
        at = mark + 1 + usize::from(bytes[mark] == b'\r' && bytes.get(mark + 1) == Some(&b'\n'));
        start = at;
    }
    Ok(rows)
}

fn check(bytes: &[u8], start: usize, end: usize, number: u32) -> Result<(), (u32, Scan)> {
    if end - start <= LARGEST_CELL {
        return Ok(());
    }
    if end - start > LARGEST_ROW {
        return Err((number, Scan::RowTooLarge));
    }
    let (mut cells, row) = (Vec::new(), &bytes[start..end]);
    // The cut points are line ends and quotation marks, so that the slice is text.
    split(std::str::from_utf8(row).unwrap_or(""), &mut cells);
    if cells.iter().any(|cell| cell.len() > LARGEST_CELL) { Err((number, Scan::CellTooLarge)) } else { Ok(()) }
}

/// The byte after the mark that closes the one at `open`.
fn closing(bytes: &[u8], open: usize) -> Result<usize, Scan> {
    let mut at = open + 1;
    loop {
        let Some(mark) = memchr(b'"', &bytes[at..]).map(|step| at + step) else {
            return Err(if bytes.len() - open > LARGEST_CELL { Scan::CellTooLarge } else { Scan::NeverClosed });
        };
        if mark - open > LARGEST_CELL {
            return Err(Scan::CellTooLarge);
        }
        if bytes.get(mark + 1) != Some(&b'"') {
            return Ok(mark + 1);
        }
        at = mark + 2;
    }
}

/// The cells of a row, trimmed, without their quotation marks.
pub(super) fn split<'t>(row: &'t str, cells: &mut Vec<Cow<'t, str>>) {
    cells.clear();
    let mut rest = row;
    loop {
        let after = if rest.starts_with('"') {
            let (cell, after) = quoted(rest);
            cells.push(cell);
            after
        } else {
            let end = memchr(b',', rest.as_bytes()).unwrap_or(rest.len());
            cells.push(Cow::Borrowed(trimmed(&rest[..end])));
            &rest[end..]
        };
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return,
        }
    }
}

/// A cell that starts with a quotation mark, and what follows it: nothing, or a comma and the next cell.
fn quoted(text: &str) -> (Cow<'_, str>, &str) {
    let end = closing(text.as_bytes(), 0).unwrap_or(text.len());
    let inside = text.get(1..end.saturating_sub(1)).unwrap_or("");
    let tail = memchr(b',', &text.as_bytes()[end..]).map_or(text.len(), |step| end + step);
    let after = &text[tail..];
    if tail == end && !inside.contains('"') {
        return (Cow::Borrowed(trimmed(inside)), after);
    }
    // What follows the closing mark belongs to the cell: `"Ann" Lee` is read as `Ann Lee`.
    let whole = inside.replace("\"\"", "\"") + &text[end..tail];
    (Cow::Owned(trimmed(&whole).to_owned()), after)
}

/// Without white space at the ends; the common case costs two comparisons.
fn trimmed(cell: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_none_or(|byte| (b'!'..=b'~').contains(byte));
    let bytes = cell.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) { cell } else { cell.trim() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(row: &str) -> Vec<String> {
        let mut cells = Vec::new();
        split(row, &mut cells);
        cells.iter().map(ToString::to_string).collect()
    }

    fn lines(text: &str) -> Vec<&str> {
        rows(text).unwrap_or_default().into_iter().map(|row| slice(text, row)).collect()
    }

    #[test]
    fn cells_are_cut_at_commas_and_freed_of_their_marks() {
        assert_eq!(cells("a,b,,d"), ["a", "b", "", "d"]);
        assert_eq!(cells(r#""1 Main St, Apt 2","say ""hi""",x"#), ["1 Main St, Apt 2", r#"say "hi""#, "x"]);
        assert_eq!(cells(r#"5'10" tall,"Ann" Lee,""""#), [r#"5'10" tall"#, "Ann Lee", "\""]);
        assert_eq!(cells(" a\u{a0}, b "), ["a", "b"]);
        assert_eq!(cells(""), [""]);
    }

    #[test]
    fn rows_end_at_any_line_end_outside_quotation_marks() {
        assert_eq!(lines("a\r\n\r\nb\rc\n\"d\r\ne\",f\n"), ["a", "", "b", "c", "\"d\r\ne\",f"]);
        assert_eq!(lines("a,5\" x\nb"), ["a,5\" x", "b"]);
        assert_eq!(rows("a\nb,\"c\nd"), Err((2, Scan::NeverClosed)));
        assert_eq!(rows(&format!("a\n\"{}\"\n", "x".repeat(LARGEST_CELL + 1))), Err((2, Scan::CellTooLarge)));
        assert_eq!(rows(&format!("a\n{}\n", "x".repeat(LARGEST_CELL + 1))), Err((2, Scan::CellTooLarge)));
        assert_eq!(rows(&format!("a\n{}\n", "x,".repeat(LARGEST_ROW))), Err((2, Scan::RowTooLarge)));
    }
}
