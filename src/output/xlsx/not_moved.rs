//! Sheet `Not moved`: who could not be placed, which rule is not met, and who stays because a decision or the rule says so.

use minijinja::context;
use rust_xlsxwriter::{Workbook, XlsxError};

use super::Book;
use super::cells::{Cell, Column, Look, MOST_ROWS, column, page, whole_sheet};
use crate::ids::{ManagerIx, MemberIx};
use crate::output::figures::{measured, months};
use crate::program::{ContinuityClass, ContinuityRule};
use crate::roster::DecisionKind;

const COLUMNS: [Column; 8] = [
    column("What", 18.0, Look::Plain),
    column("Member", 11.0, Look::Plain),
    column("Name", 22.0, Look::Wrap),
    column("Case manager", 13.0, Look::Plain),
    column("Case manager's name", 22.0, Look::Wrap),
    column("Need", 10.0, Look::Centre),
    column("Months together", 10.0, Look::Plain),
    column("Why", 80.0, Look::Wrap),
];

/// Adds the sheet.
///
/// # Errors
/// As the workbook's.
pub fn add(workbook: &mut Workbook, book: &Book<'_>) -> Result<(), XlsxError> {
    let mut rows = unmet(book)?;
    rows.extend(unplaced(book)?);
    rows.extend(kept(book)?);
    if rows.is_empty() {
        let mut row = vec![Cell::Blank; COLUMNS.len()];
        row[COLUMNS.len() - 1] = Cell::text(book.words.plain("not_moved.none")?);
        rows.push(row);
    }
    rows.truncate(MOST_ROWS);
    let sheet = workbook.add_worksheet();
    sheet.set_name("Not moved")?;
    page(sheet, &book.foot(), true);
    whole_sheet(sheet, &book.style, "NotMovedTable", &COLUMNS, 3, rows.into_iter())?;
    Ok(())
}

/// Rules that no plan met.
fn unmet(book: &Book<'_>) -> Result<Vec<Vec<Cell>>, XlsxError> {
    let broken = book.published.plan.verified.outcomes().iter().filter(|row| !row.met);
    let row = |rule: &crate::verify::RuleOutcome| {
        let why = book.words.say(
            "not_moved.rule",
            context! {
                rule => &rule.rule, scope => &rule.scope, after => measured(rule.after), limit => measured(rule.limit),
                how => book.speak(&rule.how),
            },
        )?;
        let mut cells = vec![Cell::text("rule not met")];
        cells.resize(COLUMNS.len() - 1, Cell::Blank);
        cells.push(Cell::Text(why));
        Ok(cells)
    };
    broken.map(row).collect()
}

fn unplaced(book: &Book<'_>) -> Result<Vec<Vec<Cell>>, XlsxError> {
    let row = |one: &crate::verify::Unplaced| {
        let reasons: Vec<String> = one.ruled_out.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        let why = if one.placeable {
            book.words.plain("not_moved.unserved")?
        } else {
            book.words.say("not_moved.unplaced", context! { reasons => reasons.join(", ") })?
        };
        Ok(member(book, "could not be placed", one.member, why))
    };
    book.published.plan.verified.unplaced().iter().map(row).collect()
}

/// Members who stay because a decision or the rule says so.
fn kept(book: &Book<'_>) -> Result<Vec<Vec<Cell>>, XlsxError> {
    let (roster, rules) = (book.published.roster, book.published.rules);
    let after = book.published.plan.verified.assignment();
    let mut rows = Vec::new();
    for at in roster.member_indices() {
        let row = roster.member(at);
        let Some(present) = row.manager.filter(|present| after[at.at()] == Some(*present)) else { continue };
        let pin = decision(book, at, present);
        if let Some(pin) = pin {
            let why = book.words.say(
                "not_moved.keep",
                context! {
                    reason => pin.reason.as_deref().unwrap_or_default(),
                    until => pin.until.map(|until| until.to_string()).unwrap_or_default(),
                },
            )?;
            rows.push(member(book, "kept by a decision", at, why));
        } else if let Some(class) = class(book, at).filter(|class| class.class == ContinuityClass::MustKeep)
            && (roster.present_caseload(present).len() as u32) > book.published.plan.verified.caps()[present.at()]
            && rules.at_work(roster.manager(present))
        {
            // Told only where somebody had to go: elsewhere the question does not arise.
            let why = book.words.say("not_moved.must_keep", context! { why => conditions(class) })?;
            rows.push(member(book, "kept by the rule", at, why));
        }
    }
    Ok(rows)
}

fn decision<'b>(book: &'b Book<'_>, member: MemberIx, present: ManagerIx) -> Option<&'b crate::roster::Decision> {
    let all = book.published.roster.decisions();
    let first = all.partition_point(|decision| decision.member < member);
    let own = all[first..].iter().take_while(|decision| decision.member == member);
    let mut holding = own.filter(|decision| decision.holds_on(book.published.rules.effective_on));
    holding.find(|decision| decision.kind != DecisionKind::Forbid && decision.manager == present)
}

fn class<'b>(book: &'b Book<'_>, member: MemberIx) -> Option<&'b ContinuityRule> {
    let row = book.published.roster.member(member);
    let together = tenure(book, member);
    book.published.rules.program.continuity.iter().find(|class| {
        class.needs.as_ref().is_none_or(|needs| needs.contains(&row.need))
            && class.urgent.is_none_or(|urgent| urgent == row.urgent)
            && class.min_tenure_months.is_none_or(|least| together.is_some_and(|months| months >= least))
    })
}

/// The conditions of a continuity class, in words.
fn conditions(class: &ContinuityRule) -> String {
    let mut parts = Vec::new();
    if let Some(needs) = &class.needs {
        parts.push(format!("need {}", needs.iter().map(|need| need.word()).collect::<Vec<_>>().join(" or ")));
    }
    if let Some(urgent) = class.urgent {
        parts.push(if urgent { "urgent".to_owned() } else { "not urgent".to_owned() });
    }
    if let Some(least) = class.min_tenure_months {
        parts.push(format!("{} together or more", months(least)));
    }
    if parts.is_empty() { "every relationship".to_owned() } else { parts.join(", ") }
}

fn tenure(book: &Book<'_>, member: MemberIx) -> Option<u32> {
    let since = book.published.roster.member(member).assigned_on?;
    Some(crate::program::rules::whole_months(since, book.published.rules.as_of))
}

fn member(book: &Book<'_>, what: &str, at: MemberIx, why: String) -> Vec<Cell> {
    let roster = book.published.roster;
    let row = roster.member(at);
    vec![
        Cell::text(what),
        Cell::text(&*row.id),
        Cell::maybe(roster.contact(at).name.as_ref()),
        book.id(row.manager),
        book.name(row.manager),
        Cell::text(row.need.word()),
        Cell::whole(row.manager.and(tenure(book, at))),
        Cell::Text(why),
    ]
}
