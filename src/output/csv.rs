//! The tables of the plan folder, as CSV for people with a spreadsheet and for other programs.
//!
//! A cell of text that a spreadsheet would take for a formula is quoted with a leading `'`; [`literal`] takes the quote
//! off again. Numbers are written as numbers.

use std::io::Write;

use csv::Writer;

use crate::ids::ManagerIx;
use crate::output::folder::{Staged, WriteError};
use crate::plan::{Caseload, Plan, Transfer};
use crate::roster::Roster;

/// A spreadsheet takes a cell that begins so for a formula (or cuts it in two).
const STARTS_FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Text as it stands in a cell: quoted when a spreadsheet would compute it. Text that looks quoted already is quoted
/// once more, so that nothing is ever read back as something else.
#[must_use]
pub fn cell(text: &str) -> String {
    if text.trim_start_matches('\'').starts_with(STARTS_FORMULA) { format!("'{text}") } else { text.to_owned() }
}

/// What [`cell`] was given.
#[must_use]
pub fn literal(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(STARTS_FORMULA) => rest,
        _ => cell,
    }
}

/// Writes the five tables.
///
/// # Errors
/// When a file cannot be written.
pub fn write(staged: &Staged, roster: &Roster, plan: &Plan) -> Result<(), WriteError> {
    table(staged, "assignments.csv", |out| assignments(out, roster, plan))?;
    table(staged, "transfers.csv", |out| transfers(out, roster, plan))?;
    table(staged, "caseloads.csv", |out| caseloads(out, roster, plan))?;
    table(staged, "compliance.csv", |out| compliance(out, plan))?;
    table(staged, "unplaced.csv", |out| unplaced(out, roster, plan))
}

/// Streams one table into the folder.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn table(
    staged: &Staged,
    name: &str,
    rows: impl FnOnce(&mut Writer<&mut dyn Write>) -> csv::Result<()>,
) -> Result<(), WriteError> {
    let mut file = staged.create(name)?;
    let written = {
        let mut out = Writer::from_writer(&mut file as &mut dyn Write);
        rows(&mut out).and_then(|()| out.flush().map_err(csv::Error::from))
    };
    match written {
        Ok(()) => file.finish(),
        Err(error) => Err(WriteError { path: file.shown().to_owned(), source: std::io::Error::other(error) }),
    }
}

/// A small table in memory, header first.
pub fn bytes<C: AsRef<[u8]>>(rows: impl IntoIterator<Item = impl IntoIterator<Item = C>>) -> Vec<u8> {
    let mut out = Writer::from_writer(Vec::new());
    for row in rows {
        // Writing to memory cannot fail.
        let _ = out.write_record(row);
    }
    out.into_inner().unwrap_or_default()
}

type Out<'a> = Writer<&'a mut dyn Write>;

/// The whole roster after; a member without a case manager has an empty cell.
fn assignments(out: &mut Out<'_>, roster: &Roster, plan: &Plan) -> csv::Result<()> {
    out.write_record(["member_id", "manager_id"])?;
    for (member, manager) in roster.members().iter().zip(plan.verified.assignment()) {
        out.write_record([cell(&member.id), manager_cell(roster, *manager)])?;
    }
    Ok(())
}

const TRANSFERS: [&str; 17] = [
    "transfer_id",
    "member_id",
    "from_manager_id",
    "to_manager_id",
    "reason",
    "because",
    "need",
    "tenure_months",
    "minutes_before",
    "minutes_after",
    "cost_delta",
    "runner_up_manager_id",
    "runner_up_cost",
    "wave",
    "handoff_on",
    "handoff_method",
    "letter_id",
];

fn transfers(out: &mut Out<'_>, roster: &Roster, plan: &Plan) -> csv::Result<()> {
    out.write_record(TRANSFERS)?;
    plan.transfers.iter().try_for_each(|row| out.write_record(transfer(roster, row)))
}

/// `cost_delta` and `runner_up_cost` are whole seconds of staff time a year.
fn transfer(roster: &Roster, row: &Transfer) -> [String; 17] {
    [
        row.id.clone(),
        cell(&roster.member(row.member).id),
        manager_cell(roster, row.from),
        manager_cell(roster, Some(row.to)),
        row.reason.word().to_owned(),
        cell(&row.because),
        row.need.word().to_owned(),
        number(row.tenure_months),
        number(row.minutes_before),
        number(row.minutes_after),
        row.cost_delta.0.to_string(),
        manager_cell(roster, row.runner_up.map(|other| other.manager)),
        number(row.runner_up.map(|other| other.extra.0)),
        number(row.wave),
        number(row.handoff_on),
        cell(row.handoff_method.as_deref().unwrap_or_default()),
        cell(row.letter_id.as_deref().unwrap_or_default()),
    ]
}

const CASELOADS: [&str; 12] = [
    "manager_id",
    "before",
    "after",
    "in",
    "out",
    "weighted_before",
    "weighted_after",
    "cap",
    "headroom",
    "hours",
    "minutes_per_year",
    "fte",
];

fn caseloads(out: &mut Out<'_>, roster: &Roster, plan: &Plan) -> csv::Result<()> {
    out.write_record(CASELOADS)?;
    plan.caseloads.iter().try_for_each(|row| out.write_record(caseload(roster, row)))
}

/// Every member weighs 1 under a program without weights, so the weighted columns repeat the counts.
fn caseload(roster: &Roster, row: &Caseload) -> [String; 12] {
    [
        manager_cell(roster, Some(row.manager)),
        row.before.to_string(),
        row.after.to_string(),
        row.taken.to_string(),
        row.given.to_string(),
        row.before.to_string(),
        row.after.to_string(),
        row.cap.to_string(),
        row.headroom().to_string(),
        trimmed(row.hours),
        row.minutes_per_year.to_string(),
        trimmed(f64::from(row.fte_thousandths) / 1000.0),
    ]
}

fn compliance(out: &mut Out<'_>, plan: &Plan) -> csv::Result<()> {
    out.write_record(["rule", "scope", "limit", "before", "after", "met", "how", "citation", "soft"])?;
    for row in plan.verified.outcomes() {
        out.write_record([
            cell(&row.rule),
            cell(&row.scope),
            trimmed(row.limit),
            trimmed(row.before),
            trimmed(row.after),
            if row.met { "yes" } else { "no" }.to_owned(),
            cell(&row.how),
            cell(&row.citation),
            if row.soft { "yes" } else { "no" }.to_owned(),
        ])?;
    }
    Ok(())
}

/// `ruled_out` counts managers by reason: `distance 12; program 3`.
fn unplaced(out: &mut Out<'_>, roster: &Roster, plan: &Plan) -> csv::Result<()> {
    out.write_record(["member_id", "managers", "ruled_out"])?;
    for row in plan.verified.unplaced() {
        let reasons: Vec<String> = row.ruled_out.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        let managers: u32 = row.ruled_out.iter().map(|(_, count)| count).sum();
        out.write_record([cell(&roster.member(row.member).id), managers.to_string(), cell(&reasons.join("; "))])?;
    }
    Ok(())
}

fn manager_cell(roster: &Roster, manager: Option<ManagerIx>) -> String {
    manager.map_or_else(String::new, |manager| cell(&roster.manager(manager).id))
}

fn number<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// At most three decimals, no trailing zeros.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_quoted_and_read_back() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "''@", "M001", "", "'", "O'Hara", "a=b", "{{7*7}}"]
        {
            assert_eq!(literal(&cell(text)), text);
            assert!(!cell(text).starts_with(STARTS_FORMULA));
        }
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("M001"), "M001");
    }

    #[test]
    fn numbers_without_trailing_zeros() {
        assert_eq!(trimmed(50.0), "50");
        assert_eq!(trimmed(44.7368), "44.737");
        assert_eq!(trimmed(-0.0001), "0");
    }
}
