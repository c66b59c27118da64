//! Sheet `State report`: the three figures the state monitors and the caseload of each worker, before and after, each with
//! its definition and the denominator used.

use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use super::Book;
use super::cells::{Cell, Column, Look, Place, column, headings, line, page, put, table, widths};
use super::words::Words;
use crate::output::Published;
use crate::plan::metrics::{Bands, Pair};
use crate::program::rules::whole_months;
use crate::program::{Denominator, Scope};

/// One figure before and after, and what it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What.
    pub label: String,
    /// The roster as read.
    pub before: Option<f64>,
    /// The plan.
    pub after: Option<f64>,
    /// How it is counted.
    pub how: String,
}

/// A part of the report: its heading, its definition, its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Heading.
    pub title: String,
    /// Definition.
    pub definition: String,
    /// Figures.
    pub figures: Vec<Figure>,
}

const FIGURES: [Column; 4] = [
    column("Measure", 60.0, Look::Wrap),
    column("Before", 12.0, Look::Plain),
    column("After", 12.0, Look::Plain),
    column("How it is counted", 62.0, Look::Wrap),
];
const WORKERS: [Column; 8] = [
    column("Worker", 60.0, Look::Plain),
    column("Members before", 12.0, Look::Plain),
    column("Members after", 12.0, Look::Plain),
    column("Name", 62.0, Look::Wrap),
    column("Team of the worker", 18.0, Look::Wrap),
    column("At most", 9.0, Look::Plain),
    column("Full-time share", 9.0, Look::Plain),
    column("Case manager for months", 12.0, Look::Plain),
];

/// Adds the sheet.
///
/// # Errors
/// As the workbook's.
pub fn add(workbook: &mut Workbook, book: &Book<'_>) -> Result<(), XlsxError> {
    let rules = book.published.rules;
    let parts = parts(book.published, &book.words)?;
    let sheet = workbook.add_worksheet();
    sheet.set_name("State report")?;
    page(sheet, &book.foot(), true);
    widths(sheet, 0, &WORKERS)?;
    line(
        sheet,
        (0, 0),
        3,
        &format!("{} - {}", book.words.plain("state.title")?, rules.program.title),
        &book.style.title,
    )?;
    let about = format!("Data as of {}; after = on {}, when the plan takes effect.", rules.as_of, rules.effective_on);
    line(sheet, (1, 0), 3, &about, &book.style.note)?;
    let mut next = 3;
    for part in &parts {
        next = figures(sheet, book, next, part)? + 1;
    }
    line(sheet, (next, 0), 3, &book.speak(&book.words.plain("state.workers")?), &book.style.heading)?;
    line(sheet, (next + 1, 0), 3, &book.speak(&book.words.plain("state.workers_how")?), &book.style.note)?;
    let place = Place { row: next + 2, col: 0, name: "WorkersTable" };
    let last = table(sheet, &book.style, place, &WORKERS, workers(book))?;
    sheet.set_row_height(place.row, 32)?;
    sheet.set_print_area(0, 0, last - 1, WORKERS.len() as u16 - 1)?;
    Ok(())
}

fn figures(sheet: &mut Worksheet, book: &Book<'_>, row: u32, part: &Part) -> Result<u32, XlsxError> {
    line(sheet, (row, 0), 3, &part.title, &book.style.heading)?;
    line(sheet, (row + 1, 0), 3, &part.definition, &book.style.note)?;
    for (at, head) in headings(&book.style, &FIGURES).iter().enumerate() {
        sheet.write_string_with_format(row + 2, at as u16, head, &book.style.header)?;
    }
    let mut next = row + 3;
    for figure in &part.figures {
        let number = |value: Option<f64>| value.map_or(Cell::text("-"), |value| Cell::figure(rounded(value)));
        let cells = [
            Cell::text(figure.label.clone()),
            number(figure.before),
            number(figure.after),
            Cell::text(figure.how.clone()),
        ];
        for (at, (cell, column)) in cells.iter().zip(&FIGURES).enumerate() {
            put(sheet, &book.style, (next, at as u16), cell, column.look)?;
        }
        next += 1;
    }
    Ok(next)
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The three parts with their figures.
///
/// # Errors
/// When a sentence is missing: a defect.
pub fn parts(published: &Published<'_>, words: &Words) -> Result<Vec<Part>, XlsxError> {
    let metrics = &published.plan.metrics;
    let words = |key: &str| words.plain(&format!("state.{key}"));
    let part = |key: &str, figures| -> Result<Part, XlsxError> {
        Ok(Part { title: words(key)?, definition: words(&format!("{key}_how"))?, figures })
    };
    let whole = |label: &str, before: u32, after: u32, how: &str| Figure {
        label: label.to_owned(),
        before: Some(f64::from(before)),
        after: Some(f64::from(after)),
        how: how.to_owned(),
    };
    let loads = metrics.loads;
    let mut load_rows = Vec::new();
    for denominator in Denominator::ALL {
        let judged = published.rules.program.averages.iter().find(|average| average.denominator == denominator);
        let limit = judged.filter(|average| average.scope == Scope::All).map(|average| average.limit);
        let note = limit.map_or_else(String::new, |limit| format!(" - judged, at most {limit}"));
        load_rows.push(Figure {
            label: format!("Average members per case manager ({}){note}", denominator.word()),
            before: loads.before.averages.of(denominator),
            after: loads.after.averages.of(denominator),
            how: words(denominator.word())?,
        });
    }
    load_rows.extend([
        whole("Greatest caseload", loads.before.max, loads.after.max, "one case manager"),
        whole("Middle caseload (median)", loads.before.median, loads.after.median, "half have at most so many"),
        whole("Nine of ten have at most", loads.before.p90, loads.after.p90, "90th percentile"),
        whole(
            "Case managers above their cap",
            loads.before.over_cap,
            loads.after.over_cap,
            "own cap, by FTE where the rule says so",
        ),
        whole(
            "Case managers counted",
            loads.before.managers,
            loads.after.managers,
            "at work; before also those who leave and have members",
        ),
        whole("Members with a case manager", loads.before.members, loads.after.members, "all of the roster"),
        whole("Members without one", loads.before.without, loads.after.without, "all of the roster"),
    ]);
    let mut tenure = vec![median(
        "Middle relationship (median), months",
        metrics.relationships.before.median_months,
        metrics.relationships.after.median_months,
    )];
    tenure.extend(bands(
        "Members together with theirs",
        Pair { before: metrics.relationships.before.members, after: metrics.relationships.after.members },
    ));
    let mut experience = vec![median(
        "Middle experience (median), months",
        metrics.experience.before.median_months,
        metrics.experience.after.median_months,
    )];
    experience.extend(bands(
        "Case managers",
        Pair { before: metrics.experience.before.managers, after: metrics.experience.after.managers },
    ));
    experience.extend(bands(
        "Members whose case manager has been one",
        Pair { before: metrics.experience.before.members, after: metrics.experience.after.members },
    ));
    let all = vec![part("loads", load_rows)?, part("tenure", tenure)?, part("experience", experience)?];
    Ok(all.into_iter().map(|part| spoken(part, &published.rules.program.words)).collect())
}

/// A part in the program's own words.
fn spoken(part: Part, own: &crate::program::Words) -> Part {
    let figures = part.figures.into_iter().map(|figure| Figure {
        label: own.speak(&figure.label),
        how: own.speak(&figure.how),
        ..figure
    });
    Part { title: own.speak(&part.title), definition: own.speak(&part.definition), figures: figures.collect() }
}

fn median(label: &str, before: Option<u32>, after: Option<u32>) -> Figure {
    Figure {
        label: label.to_owned(),
        before: before.map(f64::from),
        after: after.map(f64::from),
        how: "where the date is known".to_owned(),
    }
}

fn bands(who: &str, bands: Pair<Bands>) -> Vec<Figure> {
    let row = |words: &str, of: fn(&Bands) -> u32| Figure {
        label: format!("{who}: {words}"),
        before: Some(f64::from(of(&bands.before))),
        after: Some(f64::from(of(&bands.after))),
        how: String::new(),
    };
    vec![
        row("less than 1 year", |bands| bands.under_1),
        row("1 to 3 years", |bands| bands.from_1_to_3),
        row("3 to 5 years", |bands| bands.from_3_to_5),
        row("5 years or more", |bands| bands.from_5),
        row("date not stated", |bands| bands.unknown),
    ]
}

fn workers<'b>(book: &'b Book<'_>) -> impl Iterator<Item = Vec<Cell>> + 'b {
    let (roster, rules) = (book.published.roster, book.published.rules);
    book.published.plan.caseloads.iter().map(move |one| {
        let manager = roster.manager(one.manager);
        vec![
            Cell::text(&*manager.id),
            Cell::whole(Some(one.before)),
            Cell::whole(Some(one.after)),
            Cell::maybe(manager.name.as_ref()),
            Cell::maybe(roster.team_of(one.manager).map(|team| &team.id)),
            Cell::whole(Some(one.cap)),
            Cell::figure(f64::from(one.fte_thousandths) / 1000.0),
            Cell::whole(manager.manager_since.map(|since| whole_months(since, rules.as_of))),
        ]
    })
}
