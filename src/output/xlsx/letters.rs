//! Sheet `Letters`: the index of the printed letters and those that are held, with columns to track them. It shows what
//! `letters/index.csv` and `letters/held.csv` say, column by column, so that the three never differ.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::Book;
use super::cells::{Cell, Look, column, line, lines, page, row_height};
use crate::output::csv::literal;

/// The two tables of a folder of letters, as texts; empty when none were printed.
#[derive(Clone, Debug, Default)]
pub struct LetterTables {
    /// `index.csv`.
    pub index: String,
    /// `held.csv`.
    pub held: String,
}

/// To be filled in, when the tables do not have it yet.
const TRACKING: [&str; 3] = ["mailed_on", "returned", "follow_up"];
/// Columns of numbers.
const NUMBERS: [&str; 3] = ["seq", "first_page", "pages"];

/// Adds the sheet.
///
/// # Errors
/// As the workbook's.
pub fn add(workbook: &mut Workbook, book: &Book<'_>) -> Result<(), XlsxError> {
    let (mut columns, rows) = rows(book.letters)?;
    let sheet = workbook.add_worksheet();
    sheet.set_name("Letters")?;
    page(sheet, &book.foot(), true);
    if rows.is_empty() {
        line(sheet, (0, 0), 7, &book.words.plain("letters.none")?, &book.style.text)?;
        return Ok(());
    }
    columns.extend(
        TRACKING
            .iter()
            .filter(|name| !columns.iter().any(|column| column == *name))
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
    );
    // The names of a CSV file are not known beforehand: the table is written by hand.
    let titles: Vec<String> = columns.iter().map(|name| name.replace('_', " ")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let heads: Vec<rust_xlsxwriter::TableColumn> = book
        .style
        .headings(&titles)
        .iter()
        .map(|title| rust_xlsxwriter::TableColumn::new().set_header(title).set_header_format(book.style.header.clone()))
        .collect();
    for (at, name) in columns.iter().enumerate() {
        sheet.set_column_width(at as u16, width(name))?;
    }
    for (at, cells) in rows.iter().enumerate() {
        let mut high = 1;
        for (col, name) in columns.iter().enumerate() {
            let text = cells.iter().find(|(column, _)| column == name).map_or("", |(_, text)| text.as_str());
            let tracked = TRACKING.contains(&name.as_str());
            let look = match name.as_str() {
                "mailed_on" => Look::InputDay,
                _ if tracked => Look::InputText,
                "fix" | "reason" => Look::Wrap,
                _ => Look::Plain,
            };
            let cell = match text.parse() {
                Ok(number) if NUMBERS.contains(&name.as_str()) => Cell::Whole(number),
                _ if text.is_empty() => Cell::Blank,
                _ => Cell::text(text),
            };
            high = high.max(lines(&cell, column("", width(name), look)));
            super::cells::put(sheet, &book.style, (at as u32 + 1, col as u16), &cell, look)?;
        }
        if high > 1 {
            sheet.set_row_height(at as u32 + 1, row_height(high))?;
        }
    }
    let look = rust_xlsxwriter::Table::new()
        .set_name("LettersTable")
        .set_style(rust_xlsxwriter::TableStyle::Light1)
        .set_columns(&heads);
    sheet.add_table(0, 0, rows.len() as u32, columns.len() as u16 - 1, &look)?;
    sheet.set_row_height(0, 32)?;
    sheet.set_freeze_panes(1, 2)?;
    sheet.set_repeat_rows(0, 0)?;
    // Two pages side by side, the second with the letter's id too: on one page nobody could read it.
    sheet.set_print_fit_to_pages(2, 0).set_repeat_columns(0, 2)?;
    sheet.set_print_area(0, 0, rows.len() as u32, columns.len() as u16 - 1)?;
    Ok(())
}

type Row = Vec<(String, String)>;

/// The columns of both tables with `status` in front, and their rows: printed ones first.
fn rows(letters: &LetterTables) -> Result<(Vec<String>, Vec<Row>), XlsxError> {
    let mut columns = vec!["status".to_owned()];
    let mut rows = Vec::new();
    for (status, text) in [("printed", &letters.index), ("held", &letters.held)] {
        let broken = |error: csv::Error| XlsxError::ParameterError(format!("letters: {error}"));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().map_err(broken)?.clone();
        columns.extend(
            header
                .iter()
                .filter(|name| !columns.iter().any(|known| known == name))
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        );
        for record in reader.records() {
            let record = record.map_err(broken)?;
            let cells =
                header.iter().zip(record.iter()).map(|(name, cell)| (name.to_owned(), literal(cell).to_owned()));
            rows.push(std::iter::once(("status".to_owned(), status.to_owned())).chain(cells).collect());
        }
    }
    rows.truncate(super::cells::MOST_ROWS);
    Ok((columns, rows))
}

fn width(name: &str) -> f64 {
    match name {
        "seq" | "pages" | "first_page" | "zip" => 7.0,
        "status" | "language" | "returned" => 9.0,
        "transfer_id" | "code" | "mailed_on" => 11.0,
        "fix" => 40.0,
        "follow_up" => 24.0,
        "batch" => 28.0,
        "reason" => 20.0,
        _ => 13.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tables_come_together_column_by_column() {
        let letters = LetterTables {
            index: "seq,letter_id,member_id\n1,L-1,'=M1\n".to_owned(),
            held: "member_id,reason,fix\nM2,no_address,Add it.\n".to_owned(),
        };
        let (columns, rows) = rows(&letters).unwrap_or_default();
        assert_eq!(columns, ["status", "seq", "letter_id", "member_id", "reason", "fix"]);
        assert_eq!(rows[0][3].1, "=M1");
        assert_eq!(rows[1][0].1, "held");
    }
}
