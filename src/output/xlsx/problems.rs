//! `problems.xlsx`: the rows of an agency's file that were not taken over, each with what is wrong, how to fix it, and the row
//! as it came, so that it can be corrected where it is and given in again.

use chrono::NaiveDate;
use rust_xlsxwriter::XlsxError;

use super::cells::{Cell, Look, MOST_ROWS, page, put};
use super::style::Style;
use crate::intake::convert::BadRow;
use crate::intake::extract::Extract;

/// The workbook's name.
pub const FILE: &str = "problems.xlsx";
/// Before the columns of the original row.
const HEADS: [(&str, f64); 6] =
    [("Row", 7.0), ("Column", 18.0), ("Problem", 34.0), ("Expected", 34.0), ("Fix", 48.0), ("Code", 7.0)];

/// The workbook's bytes; one sheet for each sheet of the file with bad rows.
///
/// # Errors
/// When a sheet cannot hold them: a defect.
pub fn workbook(extract: &Extract, bad: &[BadRow], day: NaiveDate) -> Result<Vec<u8>, XlsxError> {
    let style = Style::new();
    let mut book = super::blank("Rows that were not taken over", day)?;
    for (at, raw) in extract.tables.iter().enumerate() {
        let rows: Vec<&BadRow> = bad.iter().filter(|row| row.source == at).take(MOST_ROWS).collect();
        if rows.is_empty() {
            continue;
        }
        let sheet = book.add_worksheet();
        sheet.set_name(format!("Bad rows {}", at + 1))?;
        page(sheet, &format!("{} - {}", extract.name, raw.name), true);
        for (col, (head, width)) in HEADS.into_iter().enumerate() {
            sheet.write_string_with_format(0, col as u16, head, &style.header)?;
            sheet.set_column_width(col as u16, width)?;
        }
        let own = raw.header.iter().take(16_000);
        for (col, head) in own.enumerate() {
            let col = (HEADS.len() + col) as u16;
            put(sheet, &style, (0, col), &Cell::text(head.clone()), Look::Plain)?;
            sheet.write_string_with_format(0, col, head.chars().take(255).collect::<String>(), &style.header)?;
            sheet.set_column_width(col, 16)?;
        }
        for (line, one) in rows.iter().enumerate() {
            let line = line as u32 + 1;
            let problem = &one.problem;
            let fix = match &problem.did_you_mean {
                Some(meant) => format!("{} Did you mean {meant}?", problem.fix),
                None => problem.fix.clone(),
            };
            let cells = [
                Cell::whole(problem.row),
                Cell::maybe(problem.column.as_ref()),
                Cell::text(problem.code.title()),
                Cell::text(problem.expected.clone()),
                Cell::Text(fix),
                Cell::text(problem.code.code()),
            ];
            for (col, cell) in cells.iter().enumerate() {
                put(sheet, &style, (line, col as u16), cell, Look::Wrap)?;
            }
            for (col, text) in one.original.iter().enumerate().take(16_000).filter(|(_, text)| !text.is_empty()) {
                let here = (line, (HEADS.len() + col) as u16);
                put(sheet, &style, here, &Cell::text(text.clone()), Look::Plain)?;
                let is_the_one = raw.header.get(col).is_some_and(|head| problem.column.as_ref() == Some(head));
                if is_the_one {
                    sheet.write_string_with_format(
                        here.0,
                        here.1,
                        text.chars().take(32_000).collect::<String>(),
                        &style.fail,
                    )?;
                }
            }
        }
        let last = (HEADS.len() + raw.header.len().min(16_000)) as u16 - 1;
        sheet.autofilter(0, 0, rows.len() as u32, last)?;
        sheet.set_freeze_panes(1, 3)?;
        sheet.set_repeat_rows(0, 0)?;
    }
    book.save_to_buffer()
}
