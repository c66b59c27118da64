//! Cells and tables. Every text is written as a typed string: whatever it looks like, no program computes it.

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{ExcelDateTime, Format, Table, TableColumn, TableStyle, Worksheet, XlsxError};

use super::style::Style;

/// Characters Excel takes in one cell.
const LONGEST_TEXT: usize = 32_767;
/// Rows Excel takes in one sheet, less a header and some room.
pub const MOST_ROWS: usize = 1_048_000;

/// Height of a line of text, in points.
const LINE_HEIGHT: f64 = 13.5;
/// Room above and below the lines of a row, in points: without it a header covers the first line's upper edge.
const ROW_PADDING: f64 = 4.0;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text, literally.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number with decimals.
    Number(f64),
    /// A share, 1 = 100 %.
    Share(f64),
    /// A day.
    Day(NaiveDate),
    /// PASS or FAIL.
    Verdict(bool),
    /// Nothing.
    Blank,
}

impl Cell {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Text, blank when there is none.
    pub fn maybe<T: AsRef<str>>(text: Option<T>) -> Self {
        text.map_or(Self::Blank, |text| Self::Text(text.as_ref().to_owned()))
    }

    /// A whole number, blank when there is none.
    pub fn whole<T: TryInto<i64>>(number: Option<T>) -> Self {
        number.and_then(|number| number.try_into().ok()).map_or(Self::Blank, Self::Whole)
    }

    /// A day, blank when there is none.
    #[must_use]
    pub fn day(day: Option<NaiveDate>) -> Self {
        day.map_or(Self::Blank, Self::Day)
    }

    /// A figure: whole when it is.
    #[must_use]
    pub fn figure(number: f64) -> Self {
        if number.fract() == 0.0 && number.abs() < 1e15 { Self::Whole(number as i64) } else { Self::Number(number) }
    }
}

/// How the cells of a column look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// As their kind does.
    Plain,
    /// Long text, wrapped.
    Wrap,
    /// In the middle.
    Centre,
    /// To be filled in.
    Input,
    /// To be filled in with text.
    InputText,
    /// To be filled in with a day.
    InputDay,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Header, unique in its table; shown in the program's words.
    pub title: &'static str,
    /// Width in characters.
    pub width: f64,
    /// How its cells look.
    pub look: Look,
}

/// A column.
#[must_use]
pub const fn column(title: &'static str, width: f64, look: Look) -> Column {
    Column { title, width, look }
}

/// Writes one cell.
///
/// # Errors
/// When the place is outside a sheet.
pub fn put(
    sheet: &mut Worksheet,
    style: &Style,
    (row, col): (u32, u16),
    cell: &Cell,
    look: Look,
) -> Result<(), XlsxError> {
    let own: Option<&Format> = match look {
        Look::Plain => None,
        Look::Wrap => Some(&style.wrap),
        Look::Centre => Some(&style.centre),
        Look::Input => Some(&style.input),
        Look::InputText => Some(&style.input_wrap),
        Look::InputDay => Some(&style.input_day),
    };
    match cell {
        Cell::Text(text) => sheet.write_string_with_format(row, col, shortened(text), own.unwrap_or(&style.text))?,
        Cell::Whole(number) => sheet.write_number_with_format(row, col, *number as f64, own.unwrap_or(&style.whole))?,
        Cell::Number(number) => sheet.write_number_with_format(row, col, *number, own.unwrap_or(&style.number))?,
        Cell::Share(share) => sheet.write_number_with_format(row, col, *share, own.unwrap_or(&style.percent))?,
        Cell::Day(day) => match date(*day) {
            Some(date) => sheet.write_datetime_with_format(row, col, &date, &style.day)?,
            // Before 1900 a workbook has no dates.
            None => sheet.write_string_with_format(row, col, day.to_string(), &style.centre)?,
        },
        Cell::Verdict(met) => {
            let (word, format) = style.verdict(*met);
            sheet.write_string_with_format(row, col, word, format)?
        }
        Cell::Blank => match own {
            Some(format) if matches!(look, Look::Input | Look::InputText | Look::InputDay) => {
                sheet.write_blank(row, col, format)?
            }
            _ => sheet,
        },
    };
    Ok(())
}

/// Text as it fits into a cell: cut where Excel has no more room.
fn shortened(text: &str) -> String {
    if text.len() <= LONGEST_TEXT || text.encode_utf16().count() <= LONGEST_TEXT {
        return text.to_owned();
    }
    let mut length = 0;
    let fits = |letter: &char| {
        length += letter.len_utf16();
        length < LONGEST_TEXT
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    cut.push('…');
    cut
}

/// A day as Excel keeps it; `None` outside 1900 to 9999.
#[must_use]
pub fn date(day: NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok().filter(|year| (1900..=9999).contains(year))?;
    ExcelDateTime::from_ymd(year, day.month() as u8, day.day() as u8).ok()
}

/// A table on its way: where it starts and what it is called.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Row of the header, from 0.
    pub row: u32,
    /// First column, from 0.
    pub col: u16,
    /// The name formulas would use; unique in the workbook.
    pub name: &'static str,
}

/// The headings of a table in the program's words.
#[must_use]
pub fn headings(style: &Style, columns: &[Column]) -> Vec<String> {
    let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
    style.headings(&titles)
}

/// Writes an Excel table; the first row after it. A table without rows has one blank row, as Excel asks for. Rows beyond
/// what a sheet takes are left out; the caller says so.
///
/// # Errors
/// When a name is taken or the place is outside a sheet.
pub fn table(
    sheet: &mut Worksheet,
    style: &Style,
    place: Place,
    columns: &[Column],
    rows: impl Iterator<Item = Vec<Cell>>,
) -> Result<u32, XlsxError> {
    let mut next = place.row + 1;
    for cells in rows.take(MOST_ROWS) {
        let lines = cells.iter().zip(columns).map(|(cell, column)| lines(cell, *column)).max().unwrap_or(1);
        if lines > 1 {
            sheet.set_row_height(next, row_height(lines))?;
        }
        for (at, (cell, column)) in cells.iter().zip(columns).enumerate() {
            put(sheet, style, (next, place.col + at as u16), cell, column.look)?;
        }
        next += 1;
    }
    let last = (next - 1).max(place.row + 1);
    let heads: Vec<TableColumn> = headings(style, columns)
        .iter()
        .map(|title| TableColumn::new().set_header(title).set_header_format(style.header.clone()))
        .collect();
    let look = Table::new().set_name(place.name).set_style(TableStyle::Light1).set_columns(&heads);
    sheet.add_table(place.row, place.col, last, place.col + columns.len() as u16 - 1, &look)?;
    Ok(last + 1)
}

/// Height of a row of so many lines, in points.
#[must_use]
pub fn row_height(lines: u32) -> f64 {
    LINE_HEIGHT * f64::from(lines) + ROW_PADDING
}

/// Lines a cell's text takes in its column. Not every program finds the height of a row by itself.
#[must_use]
pub fn lines(cell: &Cell, column: Column) -> u32 {
    let (Cell::Text(text), Look::Wrap) = (cell, column.look) else { return 1 };
    // Letters are narrower than the digits widths are counted in, and words are kept whole.
    let a_line = (column.width * 1.2 - 2.0).max(4.0);
    let of = |line: &str| (line.chars().count() as f64 / a_line).ceil().max(1.0) as u32;
    text.lines().map(of).sum::<u32>().clamp(1, 30)
}

/// Sets the widths of a sheet's columns from a table's.
///
/// # Errors
/// When a column is outside a sheet.
pub fn widths(sheet: &mut Worksheet, first: u16, columns: &[Column]) -> Result<(), XlsxError> {
    for (at, column) in columns.iter().enumerate() {
        sheet.set_column_width(first + at as u16, column.width)?;
    }
    Ok(())
}

/// A sheet that is one table from its first cell: header frozen, filter on, printed on wide pages with the header on each.
///
/// # Errors
/// As [`table`].
pub fn whole_sheet(
    sheet: &mut Worksheet,
    style: &Style,
    name: &'static str,
    columns: &[Column],
    frozen_columns: u16,
    rows: impl Iterator<Item = Vec<Cell>>,
) -> Result<u32, XlsxError> {
    widths(sheet, 0, columns)?;
    let next = table(sheet, style, Place { row: 0, col: 0, name }, columns, rows)?;
    sheet.set_row_height(0, 32)?;
    sheet.set_freeze_panes(1, frozen_columns)?;
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_print_area(0, 0, next - 1, columns.len() as u16 - 1)?;
    Ok(next)
}

/// Paper, margins and foot of every sheet.
pub fn page(sheet: &mut Worksheet, foot: &str, landscape: bool) {
    // 1 = US Letter.
    sheet.set_paper_size(1).set_margins(0.5, 0.5, 0.6, 0.7, 0.3, 0.3).set_print_fit_to_pages(1, 0);
    if landscape {
        sheet.set_landscape();
    }
    sheet.set_footer(format!("&L&8{}&C&8&A&R&8page &P of &N", foot.replace('&', "&&")));
    sheet.set_screen_gridlines(false);
}

/// Writes a line of text over some columns.
///
/// # Errors
/// When the place is outside a sheet.
pub fn line(
    sheet: &mut Worksheet,
    (row, col): (u32, u16),
    last_col: u16,
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    if last_col > col {
        sheet.merge_range(row, col, row, last_col, "", format)?;
    }
    sheet.write_string_with_format(row, col, shortened(text), format)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_longer_than_a_cell_is_cut_and_days_before_1900_are_words() {
        let long = "é".repeat(LONGEST_TEXT + 5);
        assert_eq!(shortened(&long).chars().count(), LONGEST_TEXT);
        assert!(shortened(&long).ends_with('…'));
        assert_eq!(shortened("=1+1"), "=1+1");
        let day = |text: &str| text.parse::<NaiveDate>().ok().and_then(date);
        assert!(day("1899-12-31").is_none() && day("1900-01-01").is_some());
    }

    #[test]
    fn rows_are_as_high_as_their_longest_text() {
        let column = |look| column("Why", 20.0, look);
        assert_eq!(lines(&Cell::text("short"), column(Look::Wrap)), 1);
        assert_eq!(lines(&Cell::text("x".repeat(60)), column(Look::Wrap)), 3);
        assert_eq!(lines(&Cell::text("a\nb"), column(Look::Wrap)), 2);
        assert_eq!(lines(&Cell::text("x".repeat(60)), column(Look::Plain)), 1);
    }

    #[test]
    fn figures_are_whole_when_they_are() {
        assert_eq!(Cell::figure(45.0), Cell::Whole(45));
        assert_eq!(Cell::figure(44.5), Cell::Number(44.5));
    }
}
