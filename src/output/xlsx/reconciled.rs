//! `reconcile.xlsx`: a plan held against a later roster, for whoever has to set right what is not as planned.

use chrono::NaiveDate;
use rust_xlsxwriter::XlsxError;

use super::cells::{Cell, Column, Look, column, page, whole_sheet};
use super::style::Style;
use crate::intake::reconcile::{Other, Reconciled, Standing};

/// The workbook's name.
pub const FILE: &str = "reconcile.xlsx";

const COUNTS: [Column; 3] =
    [column("Transfers that", 44.0, Look::Plain), column("Are", 14.0, Look::Plain), column("Count", 10.0, Look::Plain)];
const TRANSFERS: [Column; 10] = [
    column("Standing", 12.0, Look::Plain),
    column("Transfer", 10.0, Look::Plain),
    column("Member", 12.0, Look::Plain),
    column("From", 12.0, Look::Plain),
    column("To", 12.0, Look::Plain),
    column("Now with", 12.0, Look::Plain),
    column("Since", 12.0, Look::Plain),
    column("Due on", 12.0, Look::Plain),
    column("Days overdue", 10.0, Look::Plain),
    column("Done", 24.0, Look::InputText),
];
const OTHERS: [Column; 4] = [
    column("What", 34.0, Look::Plain),
    column("Member", 12.0, Look::Plain),
    column("By the plan with", 16.0, Look::Plain),
    column("Now with", 12.0, Look::Plain),
];

/// The workbook's bytes.
///
/// # Errors
/// When a sheet cannot hold it: a defect.
pub fn workbook(plan_id: &str, found: &Reconciled, day: NaiveDate) -> Result<Vec<u8>, XlsxError> {
    let style = Style::new();
    let foot = format!("Plan {plan_id} against the roster of {}", found.as_of);
    let mut book = super::blank("Plan and later roster", day)?;
    let sheet = book.add_worksheet();
    sheet.set_name("Overview")?;
    page(sheet, &foot, false);
    let mut rows: Vec<Vec<Cell>> = Standing::ALL
        .iter()
        .map(|standing| {
            vec![Cell::text(standing.words()), Cell::text(standing.word()), Cell::whole(Some(found.count(*standing)))]
        })
        .collect();
    for (what, word, list) in others(found) {
        rows.push(vec![Cell::text(what), Cell::text(word), Cell::whole(Some(list.len()))]);
    }
    whole_sheet(sheet, &style, "OverviewTable", &COUNTS, 0, rows.into_iter())?;

    let sheet = book.add_worksheet();
    sheet.set_name("Transfers")?;
    page(sheet, &foot, true);
    let rows = found.transfers.iter().map(|row| {
        vec![
            Cell::text(row.standing.word()),
            Cell::text(row.transfer_id.clone()),
            Cell::text(row.member_id.clone()),
            Cell::text(row.from_manager_id.clone()),
            Cell::text(row.to_manager_id.clone()),
            Cell::text(row.now_manager_id.clone()),
            Cell::day(row.since),
            Cell::Day(row.due_on),
            if row.days_overdue > 0 { Cell::Whole(row.days_overdue) } else { Cell::Blank },
            Cell::Blank,
        ]
    });
    whole_sheet(sheet, &style, "TransfersTable", &TRANSFERS, 3, rows)?;

    let sheet = book.add_worksheet();
    sheet.set_name("Others")?;
    page(sheet, &foot, false);
    let rows = others(found).into_iter().flat_map(|(what, _, list)| {
        list.iter().map(move |one| {
            vec![
                Cell::text(what),
                Cell::text(one.member_id.clone()),
                Cell::text(one.planned_manager_id.clone()),
                Cell::text(one.now_manager_id.clone()),
            ]
        })
    });
    whole_sheet(sheet, &style, "OthersTable", &OTHERS, 2, rows)?;
    book.save_to_buffer()
}

fn others(found: &Reconciled) -> [(&'static str, &'static str, &[Other]); 3] {
    [
        ("moved outside the plan", "moved outside", &found.moved_outside),
        ("new in the roster", "new", &found.new),
        ("no longer in the roster, not transferred", "gone", &found.gone),
    ]
}
