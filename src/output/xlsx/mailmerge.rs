//! `letters/mailmerge.xlsx`: the letters as rows, for staff with a word processor template of their own. One sheet, the
//! header in its first row, every cell text, so that a merge reads it as it is.

use std::path::Path;

use chrono::NaiveDate;
use rust_xlsxwriter::{Format, XlsxError};

use super::blank;
use crate::letters::merge::{MergeRow, columns};
use crate::output::folder::{Staged, WriteError};
use crate::program::Words;

/// The file's name in a folder of letters.
pub const FILE: &str = "mailmerge.xlsx";

/// Writes it below `folder` of the staged one. `day` is the day of the letters, `words` the program's.
///
/// # Errors
/// When it cannot be written.
pub fn write(
    staged: &Staged,
    folder: &Path,
    day: NaiveDate,
    words: &Words,
    rows: &[MergeRow],
) -> Result<(), WriteError> {
    let name = folder.join(FILE);
    let bytes = workbook(day, words, rows).map_err(|error| staged.broken(&name, error))?;
    staged.write(&name, &bytes)
}

fn workbook(day: NaiveDate, words: &Words, rows: &[MergeRow]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = blank("Letters to merge", day)?;
    let sheet = workbook.add_worksheet();
    sheet.set_name("Letters")?;
    let (bold, text) = (Format::new().set_bold(), Format::new().set_num_format("@"));
    for (at, column) in (0..).zip(columns(words)) {
        sheet.write_string_with_format(0, at, column, &bold)?;
        sheet.set_column_width(at, 18)?;
    }
    for (at, row) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(row) {
            sheet.write_string_with_format(at, column, cell, &text)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    workbook.save_to_buffer()
}
