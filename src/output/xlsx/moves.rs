//! Sheet `Moves`: one row a transfer, with `Approve?` and `Comment` to fill in and to bring back.

use rust_xlsxwriter::{ConditionalFormatCell, ConditionalFormatCellRule, DataValidation, Note, Workbook, XlsxError};

use super::Book;
use super::cells::{Cell, Column, Look, MOST_ROWS, column, headings, page, whole_sheet};
use crate::intake::marks::{APPROVE, COMMENT, FROM, MARKS, MEMBER, MOVES as SHEET, ROW_CHECK, TO, TRANSFER, row_check};
use crate::output::figures::measured;
use crate::plan::Transfer;

const COLUMNS: [Column; 22] = [
    column(TRANSFER, 9.5, Look::Centre),
    column(MEMBER, 11.0, Look::Plain),
    column("Name", 22.0, Look::Wrap),
    column(FROM, 10.0, Look::Plain),
    column("From name", 20.0, Look::Wrap),
    column(TO, 10.0, Look::Plain),
    column("To name", 20.0, Look::Wrap),
    column(APPROVE, 10.0, Look::Input),
    column(COMMENT, 26.0, Look::InputText),
    column("Because", 62.0, Look::Wrap),
    column("Reason", 15.0, Look::Plain),
    column("Need", 10.0, Look::Centre),
    column("Months together", 9.5, Look::Plain),
    column("Minutes before", 9.5, Look::Plain),
    column("Minutes after", 9.5, Look::Plain),
    column("Best alternative", 11.5, Look::Plain),
    column("It would cost, minutes a year", 12.5, Look::Plain),
    column("Wave", 7.0, Look::Centre),
    column("Handoff on", 11.5, Look::Plain),
    column("Handoff", 12.0, Look::Plain),
    column("Letter", 14.0, Look::Plain),
    column(ROW_CHECK, 10.5, Look::Plain),
];

/// Last printed column.
const PRINTED: u16 = 14;
/// Position of the members' ids.
const MEMBER_AT: usize = 1;
/// Position of `Approve?`.
const APPROVE_AT: u16 = 7;

/// Header of the column with the members' ids: by it the workbook is read when it comes back.
pub(super) fn member_header(book: &Book<'_>) -> String {
    headings(&book.style, &COLUMNS).swap_remove(MEMBER_AT)
}

/// Adds the sheet.
///
/// # Errors
/// As the workbook's.
pub fn add(workbook: &mut Workbook, book: &Book<'_>) -> Result<(), XlsxError> {
    let transfers = &book.published.plan.transfers;
    let sheet = workbook.add_worksheet();
    sheet.set_name(SHEET)?;
    page(sheet, &book.foot(), true);
    let next = whole_sheet(sheet, &book.style, "MovesTable", &COLUMNS, 3, transfers.iter().map(|one| row(book, one)))?;
    let last = next - 1;
    // On paper only what is read there.
    sheet.set_print_area(0, 0, last, PRINTED)?;
    let choice = DataValidation::new()
        .allow_list_strings(&MARKS)?
        .set_input_title(book.words.plain("moves.approve_title")?)?
        .set_input_message(book.words.plain("moves.approve")?)?
        .set_error_title(book.words.plain("moves.approve_title")?)?
        .set_error_message(book.words.plain("moves.approve_wrong")?)?;
    sheet.add_data_validation(1, APPROVE_AT, last, APPROVE_AT, &choice)?;
    for (mark, format) in MARKS.iter().zip([&book.style.green, &book.style.red, &book.style.amber]) {
        let rule = ConditionalFormatCell::new().set_rule(ConditionalFormatCellRule::EqualTo(*mark)).set_format(format);
        sheet.add_conditional_format(1, APPROVE_AT, last, APPROVE_AT, &rule)?;
    }
    let help = format!("{} {}", book.words.plain("moves.approve")?, book.words.plain("moves.back")?);
    sheet.insert_note(0, APPROVE_AT, &Note::new(help).add_author_prefix(false).set_width(300).set_height(130))?;
    if transfers.len() > MOST_ROWS {
        sheet.insert_note(0, 0, &Note::new(book.words.plain("moves.cut")?).add_author_prefix(false))?;
    }
    Ok(())
}

fn row(book: &Book<'_>, transfer: &Transfer) -> Vec<Cell> {
    let roster = book.published.roster;
    let id = |manager| &*roster.manager(manager).id;
    let ids = [&*transfer.id, &*roster.member(transfer.member).id, transfer.from.map_or("", id), id(transfer.to)];
    let check = row_check(book.published.plan_id, ids);
    let other = transfer.runner_up;
    let extra = other.map(|other| {
        let minutes = measured(other.extra.0 as f64 / 60.0);
        if other.exact { minutes } else { format!("at most {minutes}") }
    });
    vec![
        Cell::text(transfer.id.clone()),
        Cell::text(&*roster.member(transfer.member).id),
        Cell::maybe(roster.contact(transfer.member).name.as_ref()),
        book.id(transfer.from),
        book.name(transfer.from),
        book.id(Some(transfer.to)),
        book.name(Some(transfer.to)),
        Cell::Blank,
        Cell::Blank,
        Cell::text(transfer.because.clone()),
        Cell::text(transfer.reason.word().replace('_', " ")),
        Cell::text(transfer.need.word()),
        Cell::whole(transfer.tenure_months),
        Cell::whole(transfer.minutes_before),
        Cell::whole(transfer.minutes_after),
        book.id(other.map(|other| other.manager)),
        match (other, extra) {
            (Some(other), _) if other.exact => Cell::figure(other.extra.0 as f64 / 60.0),
            (_, extra) => Cell::maybe(extra),
        },
        Cell::whole(transfer.wave),
        Cell::day(transfer.handoff_on),
        Cell::maybe(transfer.handoff_method.as_ref().map(|method| method.replace('_', " "))),
        Cell::maybe(transfer.letter_id.as_ref()),
        Cell::Text(check),
    ]
}
