//! The roster as a workbook to fill in: one sheet a table, drop-downs from the contract's words, ids and ZIP codes as text,
//! a note on every header; filled, it is the demo roster.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DataValidationRule, Format, FormatAlign, Formula, Note, Workbook,
    Worksheet, XlsxError,
};

use super::cells::{Cell, Column as Head, Look, column, page, put, whole_sheet};
use super::style::{INK, Style};
use super::words::Words;
use crate::roster::schema::{Column, Kind, Presence, TABLES, Table, sheet_name};

/// The workbook's name in a roster's folder.
pub const FILE: &str = "roster.xlsx";
/// The examples, table by table: columns and values.
const EXAMPLES: &str = include_str!("../../../models/roster/examples.toml");
/// Last row of a sheet, from 0.
const LAST_ROW: u32 = 1_048_575;
/// Words of `reason` in decisions.
const REASONS: [&str; 5] = ["grievance", "conflict", "court_order", "member_request", "clinical"];

/// Rows of one table, as the text of its CSV file.
pub type Filled = BTreeMap<&'static str, Vec<u8>>;

/// The workbook's bytes; `filled` are rows to put in, by file name.
///
/// # Errors
/// When a sheet cannot hold them: a defect.
pub fn workbook(filled: &Filled, day: NaiveDate) -> Result<Vec<u8>, XlsxError> {
    let (style, words) = (Style::new(), Words::of(&crate::program::Words::default())?);
    let mut book = super::blank(&words.plain("template.title")?, day)?;
    start(book.add_worksheet(), &style, &words, !filled.is_empty())?;
    for table in TABLES {
        let sheet = book.add_worksheet();
        fill_in(sheet, &style, &words, table)?;
        if let Some(text) = filled.get(table.file) {
            fill(sheet, &style, table, text)?;
        }
    }
    lists(&mut book, &style)?;
    examples(&mut book, &style)?;
    book.save_to_buffer()
}

fn start(sheet: &mut Worksheet, style: &Style, words: &Words, demo: bool) -> Result<(), XlsxError> {
    sheet.set_name("Start here")?;
    page(sheet, "caseload", false);
    sheet.set_column_width(0, 110)?;
    sheet.write_string_with_format(0, 0, words.plain("template.title")?, &style.title)?;
    let text = words.plain("template.start")?;
    let mut next = 2;
    for line in text.lines().filter(|line| !line.is_empty()) {
        sheet.write_string_with_format(next, 0, line, &style.wrap)?;
        next += 1;
    }
    if demo {
        sheet.write_string_with_format(next + 1, 0, words.plain("template.demo")?, &style.heading)?;
    }
    next += 3;
    for table in TABLES {
        let needed = if table.required { " (needed)" } else { "" };
        sheet.write_string_with_format(
            next,
            0,
            format!("{}{needed}: {}", sheet_name(table), table.meaning),
            &style.text,
        )?;
        next += 1;
    }
    Ok(())
}

/// An empty sheet of a table.
fn fill_in(sheet: &mut Worksheet, style: &Style, words: &Words, table: &Table) -> Result<(), XlsxError> {
    sheet.set_name(sheet_name(table))?;
    page(sheet, sheet_name(table), true);
    let optional = style.header.clone().set_font_color(INK).set_background_color(0xDC_E4_EC);
    for (at, column) in table.columns.iter().enumerate() {
        let at = at as u16;
        let needed = column.presence != Presence::Optional;
        sheet.write_string_with_format(0, at, column.name, if needed { &style.header } else { &optional })?;
        sheet.set_column_width(at, width(column))?;
        sheet.set_column_format(at, &format(column))?;
        let needed = match column.presence {
            Presence::Required => " Must be filled in.",
            Presence::Column => " The column must be there.",
            Presence::Optional => "",
        };
        let note = format!("{}.\nExpected: {}.{needed}", column.meaning, column.kind.expected());
        sheet.insert_note(0, at, &Note::new(note).add_author_prefix(false).set_width(260).set_height(90))?;
        if let Some(rule) = validation(table, column, words)? {
            sheet.add_data_validation(1, at, LAST_ROW, at, &rule)?;
        }
    }
    sheet.set_row_height(0, 30)?;
    sheet.autofilter(0, 0, 1, table.columns.len() as u16 - 1)?;
    sheet.set_freeze_panes(1, 1)?;
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_screen_gridlines(true);
    Ok(())
}

/// Numbers and dates are what they are; everything else is text, so that no zero is lost and nothing becomes a date.
fn format(column: &Column) -> Format {
    let base = Format::new().set_align(FormatAlign::Top);
    match column.kind {
        Kind::PastDate | Kind::Date | Kind::BirthDate => base.set_num_format("yyyy-mm-dd"),
        Kind::Number(_) | Kind::Whole(_) | Kind::Latitude | Kind::Longitude => base,
        _ => base.set_num_format("@"),
    }
}

fn width(column: &Column) -> f64 {
    let least = match column.kind {
        Kind::Personal | Kind::Text => 20.0,
        Kind::Codes | Kind::Counties => 18.0,
        _ => 12.0,
    };
    (column.name.len() as f64 + 3.0).max(least).min(30.0)
}

fn validation(table: &Table, column: &Column, words: &Words) -> Result<Option<DataValidation>, XlsxError> {
    let strict = |rule: DataValidation| -> Result<DataValidation, XlsxError> {
        rule.set_error_title(words.plain("template.choice_title")?)?.set_error_message(words.plain("template.choice")?)
    };
    Ok(match column.kind {
        Kind::Word(list) => Some(strict(DataValidation::new().allow_list_strings(list)?)?),
        Kind::YesNo => Some(strict(DataValidation::new().allow_list_strings(&["yes", "no"])?)?),
        Kind::Number(most) => Some(
            DataValidation::new()
                .allow_decimal_number(DataValidationRule::Between(0.0, most))
                .set_error_message(column.kind.expected())?,
        ),
        Kind::Whole(most) => Some(
            DataValidation::new()
                .allow_whole_number(DataValidationRule::Between(0, i32::try_from(most).unwrap_or(i32::MAX)))
                .set_error_message(column.kind.expected())?,
        ),
        Kind::Reference(file) => {
            let other = TABLES.iter().find(|other| other.file == file);
            let sheet = other.map_or("Members", |other| sheet_name(other));
            let list = Formula::new(format!("={sheet}!$A$2:$A$20000"));
            // A warning: the id may be pasted before its row is.
            let rule =
                DataValidation::new().allow_list_formula(list).set_error_style(DataValidationErrorStyle::Information);
            Some(
                rule.set_error_title(words.plain("template.reference_title")?)?
                    .set_error_message(words.plain("template.reference")?)?,
            )
        }
        Kind::Code if table.file == "decisions.csv" && column.name == "reason" => Some(
            DataValidation::new().allow_list_strings(&REASONS)?.set_error_style(DataValidationErrorStyle::Information),
        ),
        _ => None,
    })
}

/// Puts rows in.
fn fill(sheet: &mut Worksheet, style: &Style, table: &Table, text: &[u8]) -> Result<(), XlsxError> {
    let broken = |error: csv::Error| XlsxError::ParameterError(format!("{}: {error}", table.file));
    let mut reader = csv::Reader::from_reader(text);
    let header = reader.headers().map_err(broken)?.clone();
    let place: Vec<Option<usize>> =
        header.iter().map(|name| table.columns.iter().position(|column| column.name == name)).collect();
    let text_format = Format::new().set_num_format("@").set_align(FormatAlign::Top);
    for (row, record) in reader.records().enumerate() {
        let record = record.map_err(broken)?;
        for (cell, at) in record.iter().zip(&place) {
            let Some(at) = at.filter(|_| !cell.is_empty()) else { continue };
            let here = (row as u32 + 1, at as u16);
            match table.columns[at].kind {
                Kind::PastDate | Kind::Date | Kind::BirthDate => match cell.parse() {
                    Ok(day) => put(sheet, style, here, &Cell::Day(day), Look::Plain)?,
                    Err(_) => put(sheet, style, here, &Cell::text(cell), Look::Plain)?,
                },
                Kind::Number(_) | Kind::Whole(_) | Kind::Latitude | Kind::Longitude => match cell.parse::<f64>() {
                    Ok(number) => {
                        sheet.write_number(here.0, here.1, number)?;
                    }
                    Err(_) => put(sheet, style, here, &Cell::text(cell), Look::Plain)?,
                },
                _ => {
                    sheet.write_string_with_format(here.0, here.1, cell, &text_format)?;
                }
            }
        }
    }
    Ok(())
}

/// Every word of the contract, column by column.
fn lists(book: &mut Workbook, style: &Style) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name("Lists")?;
    page(sheet, "Lists", false);
    let mut col = 0;
    for table in TABLES {
        for column in table.columns {
            let words: &[&str] = match column.kind {
                Kind::Word(words) => words,
                Kind::Code if column.name == "reason" => &REASONS,
                _ => continue,
            };
            sheet.set_column_width(col, 26)?;
            let head = format!("{}: {}", sheet_name(table), column.name);
            sheet.write_string_with_format(0, col, head, &style.header)?;
            for (at, word) in words.iter().enumerate() {
                put(sheet, style, (at as u32 + 1, col), &Cell::text(*word), Look::Plain)?;
            }
            col += 1;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

const DICTIONARY: [Head; 7] = [
    column("Sheet", 15.0, Look::Plain),
    column("Column", 24.0, Look::Plain),
    column("Needed", 9.0, Look::Centre),
    column("Example", 24.0, Look::Plain),
    column("Another", 24.0, Look::Plain),
    column("Meaning", 56.0, Look::Wrap),
    column("Expected", 44.0, Look::Wrap),
];

/// Every column with examples and its meaning.
fn examples(book: &mut Workbook, style: &Style) -> Result<(), XlsxError> {
    let all = example_rows()?;
    let sheet = book.add_worksheet();
    sheet.set_name("Examples")?;
    page(sheet, "Examples", true);
    let rows = TABLES.iter().flat_map(|table| {
        let part = table.file.trim_end_matches(".csv");
        let rows = all.get(part).map_or(&[][..], Vec::as_slice);
        let example = |at: usize, name: &str| Cell::maybe(rows.get(at).and_then(|row| row.get(name)));
        let row = move |column: &Column| {
            vec![
                Cell::text(sheet_name(table)),
                Cell::text(column.name),
                Cell::text(if column.presence == Presence::Optional { "" } else { "yes" }),
                example(0, column.name),
                example(1, column.name),
                Cell::text(column.meaning),
                Cell::text(column.kind.expected()),
            ]
        };
        table.columns.iter().map(row).collect::<Vec<_>>()
    });
    whole_sheet(sheet, style, "ExamplesTable", &DICTIONARY, 2, rows)?;
    Ok(())
}

/// The shipped examples: table -> rows -> column -> value.
///
/// # Errors
/// When the file is broken: a defect.
pub fn example_rows() -> Result<BTreeMap<String, Vec<BTreeMap<String, String>>>, XlsxError> {
    toml::from_str(EXAMPLES).map_err(|error| XlsxError::ParameterError(format!("models/roster/examples.toml: {error}")))
}
