//! Sheet `Checks`: every rule with its limit, what was measured, how, and where it stands.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::Book;
use super::cells::{Cell, Column, Look, column, page, whole_sheet};

const COLUMNS: [Column; 9] = [
    column("Rule", 28.0, Look::Wrap),
    column("Scope", 16.0, Look::Wrap),
    column("Limit", 9.0, Look::Plain),
    column("Before", 9.0, Look::Plain),
    column("After", 9.0, Look::Plain),
    column("Met", 8.0, Look::Plain),
    column("Can moves change it?", 12.0, Look::Centre),
    column("How it was computed", 52.0, Look::Wrap),
    column("Citation", 60.0, Look::Wrap),
];

/// Adds the sheet.
///
/// # Errors
/// As the workbook's.
pub fn add(workbook: &mut Workbook, book: &Book<'_>) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name("Checks")?;
    page(sheet, &book.foot(), true);
    let rows = book.published.plan.verified.outcomes().iter().map(|row| {
        vec![
            Cell::text(row.rule.clone()),
            Cell::text(row.scope.clone()),
            Cell::figure(rounded(row.limit)),
            Cell::figure(rounded(row.before)),
            Cell::figure(rounded(row.after)),
            Cell::Verdict(row.met),
            Cell::text(if row.changeable { "yes" } else { "no" }),
            Cell::text(book.speak(&row.how)),
            Cell::text(row.citation.clone()),
        ]
    });
    whole_sheet(sheet, &book.style, "ChecksTable", &COLUMNS, 1, rows)?;
    Ok(())
}

/// To three decimals, as `compliance.csv` has it.
#[must_use]
pub fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
