//! Sheet `Hiring`: what the averages ask for, where members are beyond the places there are, and positions that could be
//! filled.

use minijinja::context;
use rust_xlsxwriter::{Chart, ChartFormat, ChartLine, ChartType, Workbook, Worksheet, XlsxError};

use super::Book;
use super::cells::{Cell, Column, Look, Place, column, line, page, table, widths};
use super::style::{AFTER, BEFORE};
use super::summary::{filled, titled};
use crate::output::figures::count;
use crate::output::hiring::{average, places, sentences};
use crate::whatif::hiring::{Curve, Figures, Point, Standing};

const STAFFING: [Column; 8] = [
    column("Rule", 26.0, Look::Wrap),
    column("Counted as", 18.0, Look::Plain),
    column("Judged", 9.0, Look::Centre),
    column("Members", 10.0, Look::Plain),
    column("Limit", 8.0, Look::Plain),
    column("Have", 9.0, Look::Plain),
    column("Needed", 9.0, Look::Plain),
    column("Hire", 8.0, Look::Plain),
];
const WORKLOAD: [Column; 6] = [
    column("Capacity", 26.0, Look::Wrap),
    column("Unit", 18.0, Look::Plain),
    column("Needed in all", 9.0, Look::Plain),
    column("There is", 10.0, Look::Plain),
    column("Missing", 8.0, Look::Plain),
    column("Hires", 9.0, Look::Plain),
];
const COUNTIES: [Column; 6] = [
    column("County", 26.0, Look::Wrap),
    column("County code", 18.0, Look::Plain),
    column("People living there", 9.0, Look::Plain),
    column("Places there", 10.0, Look::Plain),
    column("Short", 8.0, Look::Plain),
    column("To hire", 9.0, Look::Plain),
];
const POSITIONS: [Column; 7] = [
    column("Position", 26.0, Look::Plain),
    column("Team", 18.0, Look::Wrap),
    column("FTE", 9.0, Look::Plain),
    column("ZIP", 10.0, Look::Plain),
    column("Cost a year", 8.0, Look::Plain),
    column("From", 9.0, Look::Plain),
    column("Languages", 9.0, Look::Wrap),
];
const CURVE: [Column; 16] = [
    column("Where", 26.0, Look::Wrap),
    column("Rules", 18.0, Look::Plain),
    column("Hires", 9.0, Look::Plain),
    column("Moved", 10.0, Look::Plain),
    column("High need", 8.0, Look::Plain),
    column("Kept 1 y", 9.0, Look::Plain),
    column("Kept 3 y", 9.0, Look::Plain),
    column("Kept 5 y", 8.0, Look::Plain),
    column("Driving, h", 9.0, Look::Plain),
    column("Worst, min", 9.0, Look::Plain),
    column("Max load", 9.0, Look::Plain),
    column("Average", 9.0, Look::Plain),
    column("Staff time, h", 9.0, Look::Plain),
    column("Gap", 9.0, Look::Plain),
    column("Cost of a year", 9.0, Look::Plain),
    column("Complies from", 9.0, Look::Plain),
];
/// Counties drawn in the chart; the table has all.
const DRAWN: usize = 15;

/// Adds the sheet.
///
/// # Errors
/// As the workbook's.
pub fn add(workbook: &mut Workbook, book: &Book<'_>) -> Result<(), XlsxError> {
    let standing = &book.standing;
    let sheet = workbook.add_worksheet();
    sheet.set_name("Hiring")?;
    page(sheet, &book.foot(), true);
    widths(sheet, 0, &STAFFING)?;
    for at in 2..8 {
        sheet.set_column_width(at, 11)?;
    }
    line(sheet, (0, 0), 7, "Hiring", &book.style.title)?;
    let shortage = &standing.shortage;
    let others = || standing.needs.iter().filter(|need| need.is_short());
    let overload = standing.workload.iter().any(|row| row.missing > 0.0);
    let verdict = if shortage.short == 0 {
        book.words.plain(if overload || others().next().is_some() { "hiring.others" } else { "hiring.enough" })?
    } else {
        let figure = |number: u64| count(number as i64);
        book.words.say(
            "hiring.short",
            context! {
                all => figure(shortage.members), places => figure(shortage.places), short => figure(shortage.short),
                hire => figure(shortage.hire),
            },
        )?
    };
    line(sheet, (1, 0), 7, &verdict, &book.style.text)?;
    line(sheet, (2, 0), 7, &book.words.plain("hiring.fixed")?, &book.style.note)?;
    sheet.set_freeze_panes(3, 0)?;

    let mut next = 4;
    if let Some(found) = book.published.hiring {
        next = curve(sheet, book, found, next)? + 1;
    }
    // The chart beside the first table is as high as so many rows.
    let above = next + 18;
    if !standing.staffing.is_empty() {
        let first = next;
        next = staffing(sheet, book, next)?;
        have_and_needed(sheet, book, first, next - 1)?;
        next += 1;
    }
    if !standing.workload.is_empty() {
        next = workload(sheet, book, next)? + 1;
    }
    for need in others() {
        line(sheet, (next, 0), 7, &need.sentence, &book.style.text)?;
        // Two lines of what the eight columns hold.
        sheet.set_row_height(next, 32)?;
        next += 1;
    }
    if !shortage.areas.is_empty() {
        next = counties(sheet, book, next.max(above))? + 1;
    }
    if !book.published.roster.positions().is_empty() {
        next = positions(sheet, book, next.max(above))? + 1;
    }
    sheet.set_print_area(0, 0, next.max(21), 18)?;
    Ok(())
}

/// What each number of hires would change: the table, what it says, and a chart.
fn curve(sheet: &mut Worksheet, book: &Book<'_>, curve: &Curve, row: u32) -> Result<u32, XlsxError> {
    for at in 8..16 {
        sheet.set_column_width(at, 13)?;
    }
    let rows = curve.points.iter().map(|point| {
        let figures = point.figures.as_ref();
        let of = |value: &dyn Fn(&Figures) -> Option<i64>| Cell::whole(figures.and_then(value));
        let standing = match point.standing {
            Standing::Met => "met".to_owned(),
            Standing::Unmet => point.unmet.join("; "),
            Standing::Infeasible => format!("no plan: {} short", point.short.max(point.short_at_least)),
        };
        let average = figures.and_then(|figures| average(&figures.loads.averages, book.published.rules));
        vec![
            Cell::text(places(point)),
            Cell::text(standing),
            Cell::whole(Some(point.hires)),
            of(&|figures| Some(figures.moved.into())),
            of(&|figures| Some(figures.high_need_moved.into())),
            of(&|figures| Some(figures.kept[0].kept.into())),
            of(&|figures| Some(figures.kept[1].kept.into())),
            of(&|figures| Some(figures.kept[2].kept.into())),
            of(&|figures| Some(whole_hours(figures.driving.0))),
            of(&|figures| figures.worst_minutes),
            of(&|figures| Some(figures.loads.max.into())),
            average.map_or(Cell::Blank, |average| Cell::figure((average * 100.0).round() / 100.0)),
            of(&|figures| Some(whole_hours(figures.cost.0))),
            figures.map_or(Cell::Blank, |_| Cell::Share(point.gap)),
            point.annual_cost.map_or(Cell::Blank, |cost| Cell::figure(cost as f64 / 100.0)),
            Cell::day(point.compliant_on),
        ]
    });
    let mut next = table(sheet, &book.style, Place { row, col: 0, name: "HiringCurve" }, &CURVE, rows)?;
    for sentence in sentences(curve, &book.published.rules.program.words) {
        line(sheet, (next, 0), 15, &sentence, &book.style.text)?;
        next += 1;
    }
    let has_plan = |point: &&Point| point.figures.is_some();
    let Some(without) = curve.points.iter().position(|point| has_plan(&point)) else { return Ok(next) };
    // Numbers without a plan come first; the chart begins behind them.
    let (first, last) = (row + 1 + without as u32, row + curve.points.len() as u32);
    let mut chart = Chart::new(ChartType::Column);
    titled(&mut chart, "What hires would change", false);
    chart
        .add_series()
        .set_name(&book.speak("Members moved"))
        .set_categories(("Hiring", first, 2, last, 2))
        .set_values(("Hiring", first, 3, last, 3))
        .set_format(&mut filled(BEFORE));
    let mut time = Chart::new(ChartType::Line);
    time.add_series()
        .set_name("Staff time, h")
        .set_categories(("Hiring", first, 2, last, 2))
        .set_values(("Hiring", first, 12, last, 12))
        .set_format(ChartFormat::new().set_line(ChartLine::new().set_color(AFTER)))
        .set_secondary_axis(true);
    chart.combine(&time);
    chart.legend().set_position(rust_xlsxwriter::ChartLegendPosition::Bottom);
    let alt = "Members who change case manager (columns) and staff time a year (line) by number of hires; the table above has the numbers.";
    chart.set_width(900).set_height(320).set_alt_text(book.speak(alt));
    sheet.insert_chart(next + 1, 0, &chart)?;
    Ok(next + 19)
}

fn whole_hours(seconds: i64) -> i64 {
    (seconds + 1800).div_euclid(3600)
}

fn staffing(sheet: &mut Worksheet, book: &Book<'_>, row: u32) -> Result<u32, XlsxError> {
    let thousandths = |value: u64| Cell::figure(value as f64 / 1000.0);
    let rows = book.standing.staffing.iter().map(|one| {
        vec![
            Cell::text(one.rule.clone()),
            Cell::text(one.denominator),
            Cell::text(if one.judged { "yes" } else { "" }),
            Cell::whole(Some(one.members)),
            Cell::figure(one.limit),
            thousandths(one.have_thousandths),
            thousandths(one.needed_thousandths),
            Cell::whole(Some(one.hire)),
        ]
    });
    table(sheet, &book.style, Place { row, col: 0, name: "StaffingTable" }, &STAFFING, rows)
}

/// Case managers there are and needed, for each way of counting.
fn have_and_needed(sheet: &mut Worksheet, book: &Book<'_>, first: u32, last: u32) -> Result<(), XlsxError> {
    let mut chart = Chart::new(ChartType::Column);
    titled(&mut chart, &book.speak("Case managers: have and needed"), false);
    for (name, at, color) in [("Have", 5, BEFORE), ("Needed", 6, AFTER)] {
        chart
            .add_series()
            .set_name(name)
            .set_categories(("Hiring", first + 1, 1, last, 1))
            .set_values(("Hiring", first + 1, at, last, at))
            .set_format(&mut filled(color));
    }
    chart.y_axis().set_min(0);
    chart.legend().set_position(rust_xlsxwriter::ChartLegendPosition::Bottom);
    let alt =
        "Case managers at work and case managers needed, by each way of counting; the table beside it has the numbers.";
    chart.set_width(560).set_height(300).set_alt_text(book.speak(alt));
    sheet.insert_chart(first, 9, &chart)?;
    Ok(())
}

fn workload(sheet: &mut Worksheet, book: &Book<'_>, row: u32) -> Result<u32, XlsxError> {
    let rows = book.standing.workload.iter().map(|one| {
        vec![
            Cell::text(one.rule.clone()),
            Cell::text(one.unit),
            Cell::figure(one.needed),
            Cell::figure(one.have),
            Cell::figure(one.missing),
            Cell::whole(Some(one.hire)),
        ]
    });
    table(sheet, &book.style, Place { row, col: 0, name: "WorkloadTable" }, &WORKLOAD, rows)
}

fn counties(sheet: &mut Worksheet, book: &Book<'_>, row: u32) -> Result<u32, XlsxError> {
    let areas = &book.standing.shortage.areas;
    let rows = areas.iter().map(|area| {
        vec![
            Cell::text(area.name.clone()),
            Cell::text(area.county_fips.clone()),
            Cell::whole(Some(area.members)),
            Cell::whole(Some(area.places)),
            Cell::whole(Some(area.short)),
            Cell::whole(Some(area.hire)),
        ]
    });
    let next = table(sheet, &book.style, Place { row, col: 0, name: "ShortageTable" }, &COUNTIES, rows)?;
    let last = row + areas.len().min(DRAWN) as u32;
    let mut chart = Chart::new(ChartType::Bar);
    titled(&mut chart, &book.speak("Members short of a place, by county"), true);
    chart
        .add_series()
        .set_name("Short")
        .set_categories(("Hiring", row + 1, 0, last, 0))
        .set_values(("Hiring", row + 1, 4, last, 4))
        .set_format(&mut filled(AFTER));
    chart.y_axis().set_reverse();
    chart.legend().set_hidden();
    chart.set_width(560).set_height(360).set_alt_text(
        book.speak("Members beyond the places there are, by county; the table beside it has the numbers."),
    );
    sheet.insert_chart(row, 9, &chart)?;
    Ok(next.max(row + 19))
}

fn positions(sheet: &mut Worksheet, book: &Book<'_>, row: u32) -> Result<u32, XlsxError> {
    let roster = book.published.roster;
    line(sheet, (row, 0), 7, &book.words.plain("hiring.positions")?, &book.style.note)?;
    let rows = roster.positions().iter().map(|one| {
        vec![
            Cell::text(&*one.id),
            Cell::maybe(one.team.map(|team| &roster.teams()[team.at()].id)),
            Cell::figure(f64::from(one.fte_thousandths) / 1000.0),
            Cell::maybe(one.zip.as_ref()),
            one.annual_cost.map_or(Cell::Blank, Cell::figure),
            Cell::day(one.earliest_start),
            Cell::text(one.languages.iter().map(|tag| &**tag).collect::<Vec<_>>().join(", ")),
        ]
    });
    table(sheet, &book.style, Place { row: row + 1, col: 0, name: "PositionsTable" }, &POSITIONS, rows)
}
