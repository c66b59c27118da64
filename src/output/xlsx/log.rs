//! Sheet `Log`: what the plan was made from, and how far its proof goes. [`crate::intake::marks`] reads the plan's id, the
//! hashes of its inputs from here, so that a workbook is never taken for another plan's.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::Book;
use super::cells::{Cell, Column, Look, column, page, whole_sheet};
use super::moves::member_header;
use crate::intake::marks::{
    ALLOW_UNSERVED, AS_OF, EFFECTIVE_ON, INPUT, LOG as SHEET, MEMBER_HEADER, PLAN_ID, TRANSFERS,
};
use crate::output::summary::proof;

const COLUMNS: [Column; 2] = [column("What", 34.0, Look::Plain), column("Value", 90.0, Look::Wrap)];

/// Adds the sheet.
///
/// # Errors
/// As the workbook's.
pub fn add(workbook: &mut Workbook, book: &Book<'_>) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(SHEET)?;
    page(sheet, &book.foot(), true);
    let rows = rows(book).into_iter().map(|(key, value)| vec![Cell::text(key), Cell::text(value)]);
    whole_sheet(sheet, &book.style, "LogTable", &COLUMNS, 1, rows)?;
    Ok(())
}

fn rows(book: &Book<'_>) -> Vec<(String, String)> {
    let published = book.published;
    let (rules, plan) = (published.rules, published.plan);
    let (verified, program) = (&plan.verified, &rules.program);
    let mut rows = vec![
        (PLAN_ID.to_owned(), published.plan_id.to_owned()),
        (AS_OF.to_owned(), rules.as_of.to_string()),
        (EFFECTIVE_ON.to_owned(), rules.effective_on.to_string()),
        (ALLOW_UNSERVED.to_owned(), if rules.allow_unserved { "yes" } else { "no" }.to_owned()),
        ("program".to_owned(), format!("{} - {}", program.name, program.title)),
        ("source of the rule".to_owned(), program.citation.source.clone()),
        ("words of the rule".to_owned(), program.citation.text.clone()),
        ("made with".to_owned(), format!("caseload {}", env!("CARGO_PKG_VERSION"))),
        ("engine".to_owned(), plan.report.engine.to_owned()),
        ("seed".to_owned(), plan.report.seed.to_string()),
        ("proof".to_owned(), proof(published)),
        ("cost, seconds a year".to_owned(), verified.terms().total().0.to_string()),
        ("bound, seconds a year".to_owned(), verified.bound().0.to_string()),
        ("gap".to_owned(), verified.gap().to_string()),
    ];
    rows.extend(
        verified
            .terms()
            .iter()
            .map(|(term, cost)| (format!("cost of {}, seconds a year", term.word()), cost.0.to_string())),
    );
    rows.extend(published.inputs.iter().map(|(name, hash)| (format!("{INPUT}{name}"), hash.clone())));
    rows.push((MEMBER_HEADER.to_owned(), member_header(book)));
    rows.push((TRANSFERS.to_owned(), plan.transfers.len().to_string()));
    rows
}
