//! Sheet `Summary`: the verdict in words, the rules, the figures before and after, two charts; one printed page.

use minijinja::context;
use rust_xlsxwriter::{
    Chart, ChartFormat, ChartLegendPosition, ChartSolidFill, ChartType, Color, Workbook, Worksheet, XlsxError,
};

use super::Book;
use super::cells::{Cell, Look, line, page, put};
use super::checks::rounded;
use super::style::{AFTER, BEFORE, BEFORE_BAR, INK};
use crate::output::figures::count;
use crate::output::summary::proof;
use crate::plan::Reason;
use crate::plan::metrics::Loads;

/// Last column of the printed page.
const LAST: u16 = 7;
/// Members a step of the histogram.
const STEP: u32 = 5;
/// Rules shown here; the sheet Checks has all.
const RULES: usize = 12;

/// Adds the sheet.
///
/// # Errors
/// As the workbook's.
pub fn add(workbook: &mut Workbook, book: &Book<'_>) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name("Summary")?;
    page(sheet, &book.foot(), false);
    sheet.set_print_fit_to_pages(1, 1);
    for (at, width) in [34.0, 15.0, 11.0, 11.0, 11.0, 11.0, 11.0, 13.0].into_iter().enumerate() {
        sheet.set_column_width(at as u16, width)?;
    }
    let next = head(sheet, book)?;
    let next = rules(sheet, book, next + 1)?;
    let next = figures(sheet, book, next + 1)?;
    let next = charts(sheet, book, next + 1)?;
    let next = provenance(sheet, book, next + 1)?;
    sheet.set_print_area(0, 0, next, LAST)?;
    sheet.set_active(true);
    Ok(())
}

fn head(sheet: &mut Worksheet, book: &Book<'_>) -> Result<u32, XlsxError> {
    let published = book.published;
    let (plan, style) = (published.plan, &book.style);
    let met = plan.verified.meets_every_rule();
    line(sheet, (0, 0), LAST, &book.speak(super::TITLE), &style.title)?;
    sheet.set_row_height(0, 26)?;
    line(sheet, (1, 0), LAST, &published.rules.program.title, &style.note)?;
    let (key, banner) = if met { ("summary.met", &style.pass_banner) } else { ("summary.unmet", &style.fail_banner) };
    line(sheet, (2, 0), LAST, &book.words.plain(key)?, banner)?;
    sheet.set_row_height(2, 28)?;
    let figure = |number: usize| count(number as i64);
    let moved = book.words.say(
        "summary.moved",
        context! {
            moved => figure(plan.moved()),
            all => figure(published.roster.members().len()),
            first => figure(plan.first_assignments()),
            unplaced => figure(plan.verified.unplaced().len()),
            proof => proof(published),
        },
    )?;
    line(sheet, (3, 0), LAST, &moved, &style.wrap)?;
    sheet.set_row_height(3, 30)?;
    let days = format!("Data as of {}. Takes effect {}. ", published.rules.as_of, published.rules.effective_on);
    line(sheet, (4, 0), LAST, &(days + &book.words.plain("summary.change")?), &style.note)?;
    Ok(5)
}

fn heads(sheet: &mut Worksheet, book: &Book<'_>, row: u32, heads: &[&str]) -> Result<(), XlsxError> {
    for (at, head) in heads.iter().enumerate() {
        sheet.write_string_with_format(row, at as u16, *head, &book.style.header)?;
    }
    Ok(())
}

fn rules(sheet: &mut Worksheet, book: &Book<'_>, row: u32) -> Result<u32, XlsxError> {
    heads(sheet, book, row, &["Rule", "Scope", "Limit", "Before", "After", "Met"])?;
    let outcomes = book.published.plan.verified.outcomes();
    // Unmet ones first, so that none is cut off.
    let mut order: Vec<_> = outcomes.iter().collect();
    order.sort_by_key(|outcome| outcome.met);
    let mut next = row + 1;
    for outcome in order.iter().take(RULES) {
        let cells = [
            Cell::text(outcome.rule.clone()),
            Cell::text(outcome.scope.clone()),
            Cell::figure(rounded(outcome.limit)),
            Cell::figure(rounded(outcome.before)),
            Cell::figure(rounded(outcome.after)),
            Cell::Verdict(outcome.met),
        ];
        for (at, cell) in cells.iter().enumerate() {
            put(sheet, &book.style, (next, at as u16), cell, Look::Plain)?;
        }
        next += 1;
    }
    if order.len() > RULES {
        let more = format!("{} more rules: sheet Checks", order.len() - RULES);
        line(sheet, (next, 0), 5, &more, &book.style.note)?;
        next += 1;
    }
    Ok(next)
}

/// A measure before and after: what, before, after, decimals wanted.
type Row = (String, Option<f64>, Option<f64>);

fn measures(book: &Book<'_>) -> Vec<Row> {
    let plan = book.published.plan;
    let metrics = &plan.metrics;
    let loads = metrics.loads;
    let whole = |label: &str, of: fn(&Loads) -> u32| {
        (label.to_owned(), Some(f64::from(of(&loads.before))), Some(f64::from(of(&loads.after))))
    };
    let mut rows = vec![
        whole("Members with a case manager", |loads| loads.members),
        whole("Members without one", |loads| loads.without),
        whole("Greatest caseload", |loads| loads.max),
        whole("Middle caseload (median)", |loads| loads.median),
        whole("Nine of ten have at most", |loads| loads.p90),
        whole("Case managers above their cap", |loads| loads.over_cap),
    ];
    for average in &book.published.rules.program.averages {
        let of = |loads: &Loads| loads.averages.of(average.denominator);
        let label = format!("Average, by {}", average.denominator.word());
        rows.push((label, of(&loads.before), of(&loads.after)));
    }
    let hours = |cost: crate::units::Cost| Some((cost.0 as f64 / 3600.0).round());
    let minutes = |value: Option<i64>| value.map(|value| value as f64);
    rows.extend([
        ("Driving, hours a year".to_owned(), hours(metrics.driving.before.total), hours(metrics.driving.after.total)),
        (
            "Longest one-way drive, minutes".to_owned(),
            minutes(metrics.driving.before.worst_minutes),
            minutes(metrics.driving.after.worst_minutes),
        ),
        (
            "Middle one-way drive, minutes".to_owned(),
            minutes(metrics.driving.before.median_minutes),
            minutes(metrics.driving.after.median_minutes),
        ),
    ]);
    for kept in metrics.kept {
        let years = if kept.years == 1 { "1 year".to_owned() } else { format!("{} years", kept.years) };
        rows.push((format!("Relationships of {years} and more"), Some(f64::from(kept.of)), Some(f64::from(kept.kept))));
    }
    rows.push((
        "Case managers per provider".to_owned(),
        Some(rounded(metrics.managers_per_provider.before)),
        Some(rounded(metrics.managers_per_provider.after)),
    ));
    rows
}

fn figures(sheet: &mut Worksheet, book: &Book<'_>, row: u32) -> Result<u32, XlsxError> {
    heads(sheet, book, row, &["Measure", "", "Before", "After", "Change"])?;
    let mut next = row + 1;
    for (label, before, after) in measures(book) {
        let number = |value: Option<f64>| value.map_or(Cell::text("-"), |value| Cell::figure(rounded(value)));
        let change = before.zip(after).map(|(before, after)| rounded(after - before));
        line(sheet, (next, 0), 1, &book.speak(&label), &book.style.text)?;
        for (at, cell) in [(2, number(before)), (3, number(after)), (4, number(change))] {
            put(sheet, &book.style, (next, at), &cell, Look::Plain)?;
        }
        next += 1;
    }
    Ok(next)
}

/// Case managers by caseload, before and after.
fn histogram(book: &Book<'_>) -> Vec<(String, i64, i64)> {
    let caseloads = &book.published.plan.caseloads;
    let bin = |load: u32| (load / STEP) as usize;
    let counted = |at_work: bool, load: u32| at_work || load > 0;
    let at_work =
        |one: &crate::plan::Caseload| book.published.rules.at_work(book.published.roster.manager(one.manager));
    let most = caseloads.iter().map(|one| bin(one.before.max(one.after))).max().unwrap_or(0);
    // Few enough to be read: the bins above the last drawn one are put together.
    let last = most.min(29);
    let mut bins = vec![(0_i64, 0_i64); last + 1];
    for one in caseloads {
        if counted(at_work(one), one.before) {
            bins[bin(one.before).min(last)].0 += 1;
        }
        if counted(at_work(one), one.after) {
            bins[bin(one.after).min(last)].1 += 1;
        }
    }
    let label = |at: usize| {
        let first = at as u32 * STEP;
        if at == last && most > last { format!("{first} and more") } else { format!("{first}-{}", first + STEP - 1) }
    };
    let used = |bin: &(i64, i64)| bin.0 + bin.1 > 0;
    let from = bins.iter().position(used).unwrap_or(0);
    bins.iter().enumerate().skip(from).map(|(at, bin)| (label(at), bin.0, bin.1)).collect()
}

fn charts(sheet: &mut Worksheet, book: &Book<'_>, row: u32) -> Result<u32, XlsxError> {
    // The numbers of the charts stand to the right of the printed page.
    let (col, style) = (LAST + 2, &book.style);
    for (at, head) in style.headings(&["Members", "Before", "After"]).iter().enumerate() {
        sheet.write_string_with_format(row, col + at as u16, head, &style.header)?;
    }
    let bins = histogram(book);
    for (at, (label, before, after)) in bins.iter().enumerate() {
        let here = row + 1 + at as u32;
        put(sheet, style, (here, col), &Cell::text(label.clone()), Look::Centre)?;
        put(sheet, style, (here, col + 1), &Cell::Whole(*before), Look::Plain)?;
        put(sheet, style, (here, col + 2), &Cell::Whole(*after), Look::Plain)?;
    }
    let last = row + bins.len() as u32;
    let mut loads = Chart::new(ChartType::Column);
    titled(&mut loads, &book.speak("Case managers by number of members"), false);
    for (name, at, color) in [("Before", col + 1, BEFORE), ("After", col + 2, AFTER)] {
        loads
            .add_series()
            .set_name(name)
            .set_categories(("Summary", row + 1, col, last, col))
            .set_values(("Summary", row + 1, at, last, at))
            .set_gap(40)
            .set_format(&mut filled(color));
    }
    loads.legend().set_position(ChartLegendPosition::Bottom);
    let alt = "Case managers by number of members, before and after; the numbers stand to the right of the page.";
    loads.set_width(420).set_height(290).set_alt_text(book.speak(alt));
    sheet.insert_chart_with_offset(row, 0, &loads, 2, 4)?;

    let col = col + 4;
    for (at, head) in ["Reason", "Transfers"].iter().enumerate() {
        sheet.write_string_with_format(row, col + at as u16, *head, &style.header)?;
    }
    sheet.set_column_width(col, 18)?;
    let counts = Reason::ALL.map(|reason| {
        (reason, book.published.plan.transfers.iter().filter(|transfer| transfer.reason == reason).count())
    });
    let used: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    for (at, (reason, count)) in used.iter().enumerate() {
        let here = row + 1 + at as u32;
        put(sheet, style, (here, col), &Cell::text(reason.word().replace('_', " ")), Look::Plain)?;
        put(sheet, style, (here, col + 1), &Cell::whole(Some(*count)), Look::Plain)?;
    }
    if !used.is_empty() {
        let last = row + used.len() as u32;
        let mut reasons = Chart::new(ChartType::Bar);
        titled(&mut reasons, "Transfers by reason", true);
        reasons
            .add_series()
            .set_name("Transfers")
            .set_categories(("Summary", row + 1, col, last, col))
            .set_values(("Summary", row + 1, col + 1, last, col + 1))
            .set_gap(40)
            .set_data_label(rust_xlsxwriter::ChartDataLabel::new().show_value())
            .set_format(&mut filled(AFTER));
        reasons.y_axis().set_reverse();
        reasons.legend().set_hidden();
        reasons
            .set_width(350)
            .set_height(290)
            .set_alt_text("Transfers by reason; the numbers stand to the right of the page.");
        sheet.insert_chart_with_offset(row, 3, &reasons, 30, 4)?;
    }
    Ok(row + 15)
}

/// A title of the size of a heading, and pale lines behind the bars, which stand or lie.
pub fn titled(chart: &mut Chart, title: &str, lying: bool) {
    chart.title().set_name(title).set_font(rust_xlsxwriter::ChartFont::new().set_bold().set_size(11).set_color(INK));
    let mut pale = rust_xlsxwriter::ChartLine::new();
    pale.set_color(BEFORE_BAR).set_width(0.5);
    let values = if lying { chart.x_axis() } else { chart.y_axis() };
    values.set_major_gridlines_line(&pale);
}

/// A bar of one colour.
#[must_use]
pub fn filled(color: Color) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(color));
    format
}

fn provenance(sheet: &mut Worksheet, book: &Book<'_>, row: u32) -> Result<u32, XlsxError> {
    let published = book.published;
    let style = &book.style;
    line(sheet, (row, 0), LAST, "Where this comes from", &style.heading)?;
    let mut next = row + 1;
    let mut say = |label: &str, value: &str| -> Result<(), XlsxError> {
        sheet.write_string_with_format(next, 0, label, &style.text)?;
        line(sheet, (next, 1), LAST, value, &style.text)?;
        next += 1;
        Ok(())
    };
    say("Plan", published.plan_id)?;
    say("Rule", &published.rules.program.citation.source)?;
    for (name, hash) in published.inputs {
        say(name, &format!("SHA-256 {hash}"))?;
    }
    line(sheet, (next, 0), LAST, &book.words.plain("summary.privacy")?, &style.note)?;
    Ok(next)
}
