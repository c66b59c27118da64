//! `decisions.csv` with further decisions in it: what was there stays, row by row and column by column; what contradicts is
//! refused with both rows named; what was said before is not said twice.

use chrono::NaiveDate;

use super::marks::{MOVES, Wish, signature};
use crate::diagnostic::{Code, Problem, Shown};
use crate::roster::{Decision, DecisionKind, Roster};

/// Columns a new file has.
const COLUMNS: [&str; 6] = ["member_id", "manager_id", "kind", "reason", "until", "decided_by"];

/// The file to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Decisions added.
    pub added: usize,
    /// Decisions that stood there already.
    pub already: usize,
    /// Rows of an earlier reading of the same workbook that were taken out.
    pub replaced: usize,
}

/// Merges. `existing` is the text of the present table (its decisions are `roster.decisions()`), `book` the workbook's name.
///
/// # Errors
/// Every contradiction, with the row of the workbook and that of `decisions.csv`.
pub fn merge(
    existing: Option<&[u8]>,
    roster: &Roster,
    wishes: &[Wish],
    book: &str,
    plan_id: &str,
    day: NaiveDate,
) -> Result<Merged, Vec<Problem>> {
    let ours = |decided_by: &str| {
        let signature = signature(plan_id);
        decided_by.ends_with(&signature) || decided_by.contains(&format!("{signature}: "))
    };
    let is_ours = |decision: &Decision| decision.decided_by.as_deref().is_some_and(ours);
    let (mut problems, mut added, mut already) = (Vec::new(), Vec::new(), 0);
    for wish in wishes {
        let all = roster.decisions();
        let first = all.partition_point(|decision| decision.member < wish.member);
        let of_member = all[first..].iter().take_while(|decision| decision.member == wish.member);
        let holding: Vec<&Decision> =
            of_member.filter(|decision| decision.holds_on(day) && !is_ours(decision)).collect();
        if let Some(other) = holding.iter().find(|decision| contradicts(wish, decision)) {
            let (id, now) = (&roster.member(wish.member).id, &roster.manager(other.manager).id);
            let expected = format!(
                "what decisions.csv row {} leaves open: it says {} {now} about the member, this row comes to {} {}",
                other.row,
                other.kind.word(),
                wish.kind.word(),
                roster.manager(wish.manager).id
            );
            let file = format!("{}, sheet {MOVES}", Shown::plain(book));
            problems.push(
                Problem::new(Code::DecisionContradiction, &file)
                    .row(wish.row)
                    .value(Shown::plain(id))
                    .expected(expected)
                    .fix("Change the mark, or take the row of decisions.csv out."),
            );
        } else if holding.iter().any(|decision| says_the_same(wish, decision)) {
            already += 1;
        } else {
            added.push(wish);
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let (bytes, replaced) = written(existing, roster, &added, &ours);
    Ok(Merged { bytes, added: added.len(), already, replaced })
}

fn contradicts(wish: &Wish, decision: &Decision) -> bool {
    let pins = |kind: DecisionKind| kind != DecisionKind::Forbid;
    match (pins(wish.kind), pins(decision.kind)) {
        (true, true) => wish.manager != decision.manager,
        (false, false) => false,
        _ => wish.manager == decision.manager,
    }
}

/// Does the decision that stands make the new one superfluous? One that ends earlier does not.
fn says_the_same(wish: &Wish, decision: &Decision) -> bool {
    let pins = |kind: DecisionKind| kind != DecisionKind::Forbid;
    let lasts = decision.until.is_none_or(|until| wish.until.is_some_and(|wished| until >= wished));
    pins(wish.kind) == pins(decision.kind) && wish.manager == decision.manager && lasts
}

/// The text, and how many rows were taken out.
fn written(existing: Option<&[u8]>, roster: &Roster, added: &[&Wish], ours: &dyn Fn(&str) -> bool) -> (Vec<u8>, usize) {
    let bytes = existing.map(|bytes| bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut records = reader.records().flatten().filter(|record| record.iter().any(|cell| !cell.trim().is_empty()));
    let mut header: Vec<String> =
        records.next().map_or_else(Vec::new, |record| record.iter().map(|cell| cell.trim().to_owned()).collect());
    header.extend(
        COLUMNS
            .iter()
            .filter(|name| !header.iter().any(|head| head == *name))
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
    );
    let decided_by = header.iter().position(|head| head == "decided_by");
    let mut rows = vec![header.clone()];
    let mut replaced = 0;
    for record in records {
        let mut row: Vec<String> = record.iter().map(str::to_owned).collect();
        if decided_by.and_then(|at| row.get(at)).is_some_and(|text| ours(text)) {
            replaced += 1;
            continue;
        }
        row.resize(header.len().max(row.len()), String::new());
        rows.push(row);
    }
    for wish in added {
        let cell = |name: &str| match name {
            "member_id" => roster.member(wish.member).id.to_string(),
            "manager_id" => roster.manager(wish.manager).id.to_string(),
            "kind" => wish.kind.word().to_owned(),
            "reason" => wish.reason.clone(),
            "until" => wish.until.map(|until| until.to_string()).unwrap_or_default(),
            "decided_by" => literal(&wish.decided_by),
            _ => String::new(),
        };
        rows.push(header.iter().map(|name| cell(name)).collect());
    }
    let mut text = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in &rows {
        // Writing to memory cannot fail.
        let _ = text.write_record(row);
    }
    (text.into_inner().unwrap_or_default(), replaced)
}

/// Text that a spreadsheet would compute gets a `'` in front.
fn literal(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
