//! `Approve?` and `Comment` of a plan's workbook, and the decisions they are.
//!
//! *Y*: the transfer stands, so the member is assigned. *N*: it must not happen, so the member stays with the present case
//! manager where that pair is allowed; where it is not (or there is none), the pair is forbidden and the member goes to
//! somebody else. *Hold*: the member stays until a day. Blank: no decision.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::diagnostic::{Code, Problem, Shown, closest};
use crate::ids::{ManagerIx, MemberIx};
use crate::program::Rules;
use crate::roster::reading::workbook::{Grid, Workbook};
use crate::roster::{DecisionKind, Roster};
use crate::verify::pairs::Pairs;

/// The sheet of transfers.
pub const MOVES: &str = "Moves";
/// The sheet that says which plan it is.
pub const LOG: &str = "Log";
/// Marks of `Approve?`.
pub const MARKS: [&str; 3] = ["Y", "N", "Hold"];
/// Header: the transfer's id.
pub const TRANSFER: &str = "Transfer";
/// Header: the member's id, where the program calls nobody otherwise; the log says how it is called.
pub const MEMBER: &str = "Member";
/// Header: from whom, by id.
pub const FROM: &str = "From";
/// Header: to whom, by id.
pub const TO: &str = "To";
/// Header: the mark.
pub const APPROVE: &str = "Approve?";
/// Header: a remark.
pub const COMMENT: &str = "Comment";
/// Header: a check of the row's ids.
pub const ROW_CHECK: &str = "Row check";
/// Key of the log: the plan's id.
pub const PLAN_ID: &str = "plan id";
/// Key of the log: the day of the data.
pub const AS_OF: &str = "data as of";
/// Key of the log: the day the plan takes effect.
pub const EFFECTIVE_ON: &str = "takes effect";
/// Key of the log: might members be left without a case manager?
pub const ALLOW_UNSERVED: &str = "some may be left unserved";
/// Key of the log: the header of the column with the member's id, in the program's words.
pub const MEMBER_HEADER: &str = "who is moved, column of the sheet Moves";
/// Key of the log: how many transfers the plan has.
pub const TRANSFERS: &str = "transfers";
/// Key of the log: before the name of an input file.
pub const INPUT: &str = "input ";

/// Reasons a comment may begin with.
const REASONS: [&str; 5] = ["grievance", "conflict", "court_order", "member_request", "clinical"];
/// The reason of a decision whose comment names none.
const REVIEW: &str = "plan_review";
/// Rows of the workbook beyond which no further problem is described.
const MOST_PROBLEMS: usize = 1_000;

/// What somebody said about a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It stands.
    Yes,
    /// It must not happen.
    No,
    /// Not now.
    Hold,
}

/// A marked transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// Row of the sheet (the header is row 1).
    pub row: u32,
    /// Who.
    pub member_id: String,
    /// From whom; blank = first assignment.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What was said.
    pub mark: Mark,
    /// The remark.
    pub comment: String,
}

/// A workbook that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Whose it is.
    pub plan_id: String,
    /// The day of the plan's data.
    pub as_of: Option<NaiveDate>,
    /// The day the plan takes effect.
    pub effective_on: Option<NaiveDate>,
    /// Might members be left without a case manager?
    pub allow_unserved: bool,
    /// Header of the column with the members' ids.
    pub member_header: String,
    /// Files and hashes the plan was made from.
    pub inputs: Vec<(String, String)>,
    /// Transfers of the plan.
    pub transfers: usize,
    /// Transfers in the sheet.
    pub present: usize,
    /// Who goes where by the plan, whatever the mark: member and new case manager.
    pub moves: Vec<(String, String)>,
    /// The marked ones, in the order of the sheet.
    pub marked: Vec<Marked>,
    /// Comments without a mark: they decide nothing.
    pub remarks: usize,
}

/// A short check of a transfer's ids: an edited id, or a row that was not the plan's, does not have it.
#[must_use]
pub fn row_check(plan_id: &str, [transfer, member, from, to]: [&str; 4]) -> String {
    let mut hash = Sha256::new();
    for part in [plan_id, transfer, member, from, to] {
        hash.update(format!("{}:{part};", part.len()));
    }
    hash.finalize()[..4].iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Reads a workbook that came back.
///
/// # Errors
/// Everything that cannot be understood, row by row.
pub fn read(book: &Workbook) -> Result<Marks, Vec<Problem>> {
    let shown = Shown::plain(&book.name).to_string();
    let (Some(moves), Some(log)) = (book.sheet(MOVES), book.sheet(LOG)) else {
        let problem = Problem::new(Code::FileUnreadable, &shown);
        return Err(vec![
            problem
                .expected("a plan.xlsx with the sheets Moves and Log")
                .fix("Give the plan.xlsx of a plan folder, saved under whatever name."),
        ]);
    };
    let facts = facts(log);
    let fact = |wanted: &str| facts.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.clone());
    let Some(plan_id) = fact(PLAN_ID).filter(|id| !id.is_empty()) else {
        let problem = Problem::new(Code::ValueMissing, &format!("{shown}, sheet {LOG}")).column(PLAN_ID);
        return Err(vec![
            problem.expected("the plan's id, as the plan wrote it").fix("Start from an unedited plan.xlsx."),
        ]);
    };
    let inputs = facts.iter().filter_map(|(key, value)| Some((key.strip_prefix(INPUT)?.to_owned(), value.clone())));
    let mut marks = Marks {
        as_of: fact(AS_OF).and_then(|day| day.parse().ok()),
        effective_on: fact(EFFECTIVE_ON).and_then(|day| day.parse().ok()),
        allow_unserved: fact(ALLOW_UNSERVED).is_some_and(|word| word == "yes"),
        member_header: fact(MEMBER_HEADER).filter(|name| !name.is_empty()).unwrap_or_else(|| MEMBER.to_owned()),
        inputs: inputs.collect(),
        transfers: fact(TRANSFERS).and_then(|count| count.parse().ok()).unwrap_or_default(),
        plan_id,
        present: 0,
        moves: Vec::new(),
        marked: Vec::new(),
        remarks: 0,
    };
    let problems = rows(moves, &format!("{shown}, sheet {MOVES}"), &mut marks);
    if problems.is_empty() { Ok(marks) } else { Err(problems) }
}

/// The log's keys and values.
fn facts(log: &Grid) -> Vec<(String, String)> {
    let columns = log.columns();
    let (Some((_, key)), Some((_, value))) = (columns.first(), columns.get(1)) else { return Vec::new() };
    let below = log.header().map_or(0, |header| header + 1)..log.rows.len();
    below.map(|row| (log.cell(row, *key).trim().to_owned(), log.cell(row, *value).trim().to_owned())).collect()
}

fn rows(grid: &Grid, shown: &str, marks: &mut Marks) -> Vec<Problem> {
    let columns = grid.columns();
    let mut problems = Vec::new();
    let mut place = |name: &str| {
        let found = columns.iter().find(|(head, _)| head == name).map(|(_, col)| *col);
        if found.is_none() {
            let expected = format!("a column `{name}`, as the plan wrote it");
            problems.push(Problem::new(Code::ColumnMissing, shown).column(name).expected(expected));
        }
        found.unwrap_or_default()
    };
    let ids = [TRANSFER, &marks.member_header, FROM, TO].map(&mut place);
    let [approve, comment, check] = [APPROVE, COMMENT, ROW_CHECK].map(place);
    if !problems.is_empty() {
        return problems;
    }
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for at in grid.header().map_or(0, |header| header + 1)..grid.rows.len() {
        let number = at as u32 + 1;
        let cell = |col: u32| grid.cell(at, col).trim();
        let [transfer, member, from, to] = ids.map(cell);
        if [transfer, member, from, to, cell(approve), cell(comment)].iter().all(|text| text.is_empty()) {
            continue;
        }
        if problems.len() > MOST_PROBLEMS {
            break;
        }
        let problem = |code, column: &str| Problem::new(code, shown).row(number).column(column);
        let read = ids.into_iter().chain([approve, comment]);
        if read.into_iter().any(|col| grid.formulas.contains(&(at as u32, col))) {
            problems.push(problem(Code::FormulaCell, APPROVE).expected("values; a cell of this row holds a formula"));
            continue;
        }
        if cell(check) != row_check(&marks.plan_id, [transfer, member, from, to]) {
            let expected = "a row as the plan wrote it: its ids were edited, or the row was added";
            let fix = "Undo the edit. To send a member elsewhere, mark N here and add a row to decisions.csv.";
            let shown = Shown::plain(if transfer.is_empty() { member } else { transfer });
            problems.push(problem(Code::ValueInvalid, TRANSFER).value(shown).expected(expected).fix(fix));
            continue;
        }
        if let Some(first) = seen.insert(transfer.to_owned(), number) {
            let expected = format!("each transfer once; row {first} has this one");
            problems.push(problem(Code::IdDuplicate, TRANSFER).value(Shown::plain(transfer)).expected(expected));
            continue;
        }
        marks.present += 1;
        marks.moves.push((member.to_owned(), to.to_owned()));
        let mark = match mark(cell(approve)) {
            Ok(Some(mark)) => mark,
            Ok(None) => {
                marks.remarks += usize::from(!cell(comment).is_empty());
                continue;
            }
            Err(meant) => {
                let value = Shown::plain(cell(approve));
                let expected = "Y, N or Hold, or nothing";
                problems.push(problem(Code::ValueInvalid, APPROVE).value(value).expected(expected).did_you_mean(meant));
                continue;
            }
        };
        marks.marked.push(Marked {
            row: number,
            member_id: member.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            mark,
            comment: cell(comment).to_owned(),
        });
    }
    problems
}

/// A mark; `Err` with what may have been meant.
fn mark(text: &str) -> Result<Option<Mark>, Option<&'static str>> {
    match text.to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "y" | "yes" => Ok(Some(Mark::Yes)),
        "n" | "no" => Ok(Some(Mark::No)),
        "hold" => Ok(Some(Mark::Hold)),
        other => Err(closest(other, MARKS)),
    }
}

/// A decision that a mark is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Row of the sheet it comes from.
    pub row: u32,
    /// What was said.
    pub mark: Mark,
    /// About whom.
    pub member: MemberIx,
    /// And which case manager.
    pub manager: ManagerIx,
    /// What is decided.
    pub kind: DecisionKind,
    /// Last day it holds.
    pub until: Option<NaiveDate>,
    /// A code.
    pub reason: String,
    /// Who, for which plan, with the remark.
    pub decided_by: String,
}

/// What a decision of an earlier reading of the same plan's workbook ends with, or has before its remark.
#[must_use]
pub fn signature(plan_id: &str) -> String {
    format!(", plan {plan_id}")
}

/// The decisions of the marks. `by` says who marked, `hold_until` how long a `Hold` lasts. `pairs` are read from the roster
/// as it is.
///
/// # Errors
/// Members and case managers that are not in the roster, and holds that nobody could keep.
pub fn decide(
    marks: &Marks,
    book: &str,
    roster: &Roster,
    rules: &Rules,
    pairs: &Pairs<'_>,
    by: &str,
    hold_until: NaiveDate,
) -> Result<Vec<Wish>, Vec<Problem>> {
    let shown = format!("{}, sheet {MOVES}", Shown::plain(book));
    let (mut wishes, mut problems) = (Vec::new(), Vec::new());
    for one in &marks.marked {
        let problem = |code, column: &str| Problem::new(code, &shown).row(one.row).column(column);
        let unknown = |column: &str, id: &str| {
            let expected = format!("an id of the roster on {}", rules.as_of);
            problem(Code::ReferenceUnknown, column).value(Shown::plain(id)).expected(expected)
        };
        let Some(member) = roster.find_member(&one.member_id) else {
            problems.push(unknown(&marks.member_header, &one.member_id));
            continue;
        };
        let Some(to) = roster.find_manager(&one.to) else {
            problems.push(unknown(TO, &one.to));
            continue;
        };
        let present = roster.member(member).manager;
        let stays = present.filter(|&present| pairs.allowed(member, present));
        let (manager, kind, until) = match (one.mark, stays) {
            (Mark::Yes, _) => (to, DecisionKind::Assign, None),
            (Mark::No, Some(present)) => (present, DecisionKind::Keep, None),
            (Mark::No, None) => (to, DecisionKind::Forbid, None),
            (Mark::Hold, Some(present)) => (present, DecisionKind::Keep, Some(hold_until)),
            (Mark::Hold, None) => {
                let why = match present.and_then(|present| pairs.obstacle(member, present)) {
                    Some(obstacle) => format!("the present case manager cannot go on ({})", obstacle.word()),
                    None => "the member has no case manager to stay with".to_owned(),
                };
                let value = Shown::plain(&one.member_id);
                problems.push(
                    problem(Code::ValueInvalid, APPROVE)
                        .value(value)
                        .expected(format!("Y or N; {why}"))
                        .fix("Mark Y, or N to have somebody else found."),
                );
                continue;
            }
        };
        let remark = if one.comment.is_empty() { String::new() } else { format!(": {}", one.comment) };
        wishes.push(Wish {
            row: one.row,
            mark: one.mark,
            member,
            manager,
            kind,
            until,
            reason: reason(&one.comment).to_owned(),
            decided_by: format!("{by}{}{remark}", signature(&marks.plan_id)),
        });
    }
    if problems.is_empty() { Ok(wishes) } else { Err(problems) }
}

/// The reason a comment begins with, else the review itself. The comment's words stay where people alone look.
fn reason(comment: &str) -> &'static str {
    let folded = comment.trim().to_lowercase().replace([' ', '-'], "_");
    REASONS.into_iter().find(|reason| folded.starts_with(reason)).unwrap_or(REVIEW)
}

/// Input files whose content is another one now, `decisions.csv` apart: reading marks changes that one.
#[must_use]
pub fn changed_inputs(marks: &Marks, now: &[(String, String)]) -> Vec<String> {
    let decisions = |name: &str| name == "decisions.csv";
    let then: BTreeMap<&str, &str> = marks.inputs.iter().map(|(name, hash)| (name.as_str(), hash.as_str())).collect();
    let now: BTreeMap<&str, &str> = now.iter().map(|(name, hash)| (name.as_str(), hash.as_str())).collect();
    let names: std::collections::BTreeSet<&str> = then.keys().chain(now.keys()).copied().collect();
    names.into_iter().filter(|name| !decisions(name) && then.get(name) != now.get(name)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_as_people_write_them() {
        assert_eq!(mark("y"), Ok(Some(Mark::Yes)));
        assert_eq!(mark("No"), Ok(Some(Mark::No)));
        assert_eq!(mark("HOLD"), Ok(Some(Mark::Hold)));
        assert_eq!(mark(""), Ok(None));
        assert_eq!(mark("hod"), Err(Some("Hold")));
        assert_eq!(mark("maybe"), Err(None));
    }

    #[test]
    fn a_comment_may_name_its_reason_and_is_never_one() {
        assert_eq!(reason("Court order of May"), "court_order");
        assert_eq!(reason("grievance - see file"), "grievance");
        assert_eq!(reason("Mrs Lee wants to stay"), "plan_review");
    }

    #[test]
    fn a_check_holds_for_one_row_of_one_plan() {
        let check = row_check("p", ["T00001", "M1", "A", "B"]);
        assert_eq!(check.len(), 8);
        for other in
            [("q", ["T00001", "M1", "A", "B"]), ("p", ["T00001", "M1", "AB", ""]), ("p", ["T00001", "M1", "A", "C"])]
        {
            assert_ne!(check, row_check(other.0, other.1));
        }
    }
}
