//! Sheet `By case manager`: every caseload before and after against its cap and the average's limit.

use rust_xlsxwriter::{ConditionalFormatDataBar, ConditionalFormatFormula, ConditionalFormatType, Workbook, XlsxError};

use super::Book;
use super::cells::{Cell, Column, Look, column, page, put, whole_sheet};
use super::style::{AFTER_BAR, BEFORE_BAR};
use crate::plan::Caseload;

const COLUMNS: [Column; 14] = [
    column("Case manager", 13.0, Look::Plain),
    column("Name", 22.0, Look::Wrap),
    column("Team", 18.0, Look::Wrap),
    column("Before", 12.0, Look::Plain),
    column("Out", 8.0, Look::Plain),
    column("In", 8.0, Look::Plain),
    column("After", 12.0, Look::Plain),
    column("Cap", 8.0, Look::Plain),
    column("Headroom", 10.5, Look::Plain),
    column("Status", 16.0, Look::Centre),
    column("Hours a year", 11.0, Look::Plain),
    column("Driving, minutes a year", 13.0, Look::Plain),
    column("FTE", 7.0, Look::Plain),
    column("At work", 9.0, Look::Centre),
];
/// Where the limit of the average stands, so that the colours follow it: `Q1`.
const AVERAGE: (u32, u16) = (0, 16);
const BEFORE_AT: u16 = 3;
const AFTER_AT: u16 = 6;

/// Adds the sheet.
///
/// # Errors
/// As the workbook's.
pub fn add(workbook: &mut Workbook, book: &Book<'_>) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(sheet_name(book))?;
    page(sheet, &book.foot(), true);
    let average = average(book);
    let rows = book.published.plan.caseloads.iter().map(|one| row(book, one, average));
    let next = whole_sheet(sheet, &book.style, "CaseloadsTable", &COLUMNS, 2, rows)?;
    let last = next - 1;
    for (at, color) in [(BEFORE_AT, BEFORE_BAR), (AFTER_AT, AFTER_BAR)] {
        let bar = ConditionalFormatDataBar::new()
            .set_fill_color(color)
            .set_solid_fill(true)
            .set_border_off(true)
            .set_minimum(ConditionalFormatType::Number, 0);
        sheet.add_conditional_format(1, at, last, at, &bar)?;
    }
    // Colours repeat what the column Status says in words.
    let red = ConditionalFormatFormula::new().set_rule("=$G2>$H2").set_format(&book.style.red).set_stop_if_true(true);
    sheet.add_conditional_format(1, 8, last, 9, &red)?;
    if let Some(average) = average {
        sheet.set_column_width(AVERAGE.1 - 1, 24)?;
        let label = book.style.label();
        sheet.write_string_with_format(AVERAGE.0, AVERAGE.1 - 1, "Limit of the average", &label)?;
        put(sheet, &book.style, AVERAGE, &Cell::Whole(i64::from(average)), Look::Plain)?;
        let amber = ConditionalFormatFormula::new().set_rule("=$G2>$Q$1").set_format(&book.style.amber);
        sheet.add_conditional_format(1, 8, last, 9, &amber)?;
    }
    Ok(())
}

/// `By case manager` in the program's words, where they fit the tab of a sheet.
fn sheet_name(book: &Book<'_>) -> String {
    let own = book.speak("By case manager");
    let fits = own.chars().count() <= 31 && !own.contains(['[', ']', ':', '*', '?', '/', '\\']) && !own.ends_with('\'');
    if fits { own } else { "By worker".to_owned() }
}

/// The lowest limit of an average over all members, in whole members.
fn average(book: &Book<'_>) -> Option<u32> {
    let averages = &book.published.rules.program.averages;
    averages.iter().filter(|average| average.is_plain()).map(|average| average.limit.floor()).min()
}

fn row(book: &Book<'_>, one: &Caseload, average: Option<u32>) -> Vec<Cell> {
    let (roster, rules) = (book.published.roster, book.published.rules);
    let manager = roster.manager(one.manager);
    let at_work = rules.at_work(manager);
    let status = if one.after > one.cap {
        "above the cap"
    } else if average.is_some_and(|average| one.after > average) {
        "above average"
    } else if at_work {
        "within"
    } else if rules.is_planned(manager) {
        "starts later"
    } else {
        "leaves"
    };
    vec![
        Cell::text(&*manager.id),
        Cell::maybe(manager.name.as_ref()),
        Cell::maybe(roster.team_of(one.manager).map(|team| &team.id)),
        Cell::whole(Some(one.before)),
        Cell::whole(Some(one.given)),
        Cell::whole(Some(one.taken)),
        Cell::whole(Some(one.after)),
        Cell::whole(Some(one.cap)),
        Cell::Whole(one.headroom()),
        Cell::text(status),
        Cell::figure((one.hours * 100.0).round() / 100.0),
        Cell::Whole(one.minutes_per_year),
        Cell::figure(f64::from(one.fte_thousandths) / 1000.0),
        Cell::text(if at_work { "yes" } else { "no" }),
    ]
}
