//! An agency's rows as rows of the roster, by a mapping. Cells are only rewritten here (dates, words, lists); the roster's
//! own reader judges them, so that one set of rules holds, and what it refuses goes back with its original row.

use std::collections::{BTreeMap, BTreeSet};

use super::extract::{Extract, RawTable};
use super::guess::{date, folded, yes_no};
use super::mapping::{Mapping, TableMap};
use crate::diagnostic::{Code, Problem, Severity, Shown, closest};
use crate::roster::reading::language_tag;
use crate::roster::schema::{Column, Kind, Table};

/// Rounds of taking refused rows out before it is said that the mapping, not the rows, is at fault.
const MOST_ROUNDS: usize = 200;

/// A row of the roster and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutRow {
    /// Row of the file, as a spreadsheet counts.
    pub row: u32,
    /// Its cells, column by column.
    pub cells: Vec<String>,
}

/// A table of the roster to be.
#[derive(Clone, Debug)]
pub struct OutTable {
    /// Which.
    pub table: &'static Table,
    /// Position of its sheet in the extract.
    pub source: usize,
    /// Its columns, and the column of the file each comes from.
    pub columns: Vec<(&'static Column, Option<usize>)>,
    /// Its rows.
    pub rows: Vec<OutRow>,
}

/// A row that is not taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// What is wrong with it: file, row and column are those of the agency's file.
    pub problem: Problem,
    /// Sheet of the extract.
    pub source: usize,
    /// The row as it came.
    pub original: Vec<String>,
}

/// What came of an extract.
#[derive(Clone, Debug)]
pub struct Converted {
    /// Tables, in the order of the contract.
    pub tables: Vec<OutTable>,
    /// Rows that are left out.
    pub bad: Vec<BadRow>,
    /// Worth knowing.
    pub remarks: Vec<Problem>,
}

/// Rewrites the rows.
///
/// # Errors
/// Sheets and columns of the mapping that the file does not have.
pub fn convert(extract: &Extract, mapping: &Mapping) -> Result<Converted, Vec<Problem>> {
    let (mut problems, mut converted) =
        (Vec::new(), Converted { tables: Vec::new(), bad: Vec::new(), remarks: Vec::new() });
    for (table, map) in mapping.tables() {
        match found(extract, table, map) {
            Err(found) => problems.extend(found),
            Ok((source, columns)) => {
                let raw = &extract.tables[source];
                let mut out = OutTable { table, source, columns, rows: Vec::new() };
                rows(extract, mapping, map, raw, &mut out, &mut converted);
                converted.tables.push(out);
            }
        }
    }
    if problems.is_empty() { Ok(converted) } else { Err(problems) }
}

type Columns = Vec<(&'static Column, Option<usize>)>;

/// The sheet of a table's map, and its columns there.
fn found(extract: &Extract, table: &'static Table, map: &TableMap) -> Result<(usize, Columns), Vec<Problem>> {
    let shown = Shown::plain(&extract.name).to_string();
    let same = |a: &str, b: &str| folded(a) == folded(b);
    let source = if let Some(name) = &map.sheet {
        extract.tables.iter().position(|raw| same(&raw.name, name))
    } else {
        let has = |raw: &RawTable| {
            map.columns.values().filter(|source| raw.header.iter().any(|head| same(head, source))).count()
        };
        (0..extract.tables.len()).max_by_key(|at| (has(&extract.tables[*at]), usize::MAX - at))
    };
    let Some(source) = source else {
        let close =
            map.sheet.as_deref().and_then(|name| closest(name, extract.tables.iter().map(|raw| raw.name.as_str())));
        let sheet = map.sheet.as_deref().unwrap_or_default();
        let problem = Problem::new(Code::FileMissing, &shown).expected(format!("a sheet `{}`", Shown::plain(sheet)));
        return Err(vec![problem.fix("Correct the mapping, or the name on the tab.").did_you_mean(close)]);
    };
    let raw = &extract.tables[source];
    let (mut columns, mut problems): (Columns, Vec<Problem>) = (Vec::new(), Vec::new());
    for column in table.columns {
        if let Some(name) = map.columns.get(column.name) {
            let at = raw.header.iter().position(|head| head == name);
            if let Some(at) = at.or_else(|| raw.header.iter().position(|head| same(head, name))) {
                columns.push((column, Some(at)));
            } else {
                let close = closest(name, raw.header.iter().map(String::as_str));
                problems.push(
                    Problem::new(Code::ColumnMissing, &shown)
                        .column(&Shown::plain(name).to_string())
                        .expected(format!("the column the mapping takes {} {} from", table.file, column.name))
                        .fix("Correct the mapping, or the column's name.")
                        .did_you_mean(close),
                );
            }
        } else if map.fixed.contains_key(column.name) {
            columns.push((column, None));
        }
    }
    if problems.is_empty() { Ok((source, columns)) } else { Err(problems) }
}

fn rows(
    extract: &Extract,
    mapping: &Mapping,
    map: &TableMap,
    raw: &RawTable,
    out: &mut OutTable,
    converted: &mut Converted,
) {
    let shown = shown(extract, out.source);
    let words: BTreeMap<&str, BTreeMap<String, &str>> = map
        .values
        .iter()
        .map(|(column, words)| {
            let words = words.iter().map(|(word, meaning)| (folded(word), meaning.as_str()));
            (column.as_str(), words.collect())
        })
        .collect();
    let is_members = out.table.file == "members.csv";
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut pairs: BTreeSet<Vec<String>> = BTreeSet::new();
    for (number, cells) in &raw.rows {
        let formula = out.columns.iter().filter_map(|(_, at)| *at).find(|at| raw.formulas.contains(&(*number, *at)));
        if let Some(at) = formula {
            let problem =
                Problem::new(Code::FormulaCell, &shown).row(*number).column(&Shown::plain(&raw.header[at]).to_string());
            if is_members {
                converted.bad.push(BadRow { problem, source: out.source, original: cells.clone() });
            } else {
                converted.remarks.push(problem);
            }
            continue;
        }
        let made: Vec<String> = out
            .columns
            .iter()
            .map(|(column, at)| {
                let cell = at.and_then(|at| cells.get(at)).map_or("", String::as_str);
                let cell = if cell.is_empty() { map.fixed.get(column.name).map_or("", String::as_str) } else { cell };
                rewritten(cell, column, words.get(column.name), mapping)
            })
            .collect();
        if is_members {
            out.rows.push(OutRow { row: *number, cells: made });
            continue;
        }
        // Other tables may stand in the members' rows: each id, or each pair, once.
        let id_at = out.columns.iter().position(|(column, _)| column.kind == Kind::Id);
        let Some(id) = id_at.map(|at| made[at].clone()) else {
            if made.iter().all(|cell| !cell.is_empty()) && pairs.insert(made.clone()) {
                out.rows.push(OutRow { row: *number, cells: made });
            }
            continue;
        };
        if id.is_empty() {
            continue;
        }
        let Some(&first) = seen.get(&id) else {
            seen.insert(id, out.rows.len());
            out.rows.push(OutRow { row: *number, cells: made });
            continue;
        };
        let known = &mut out.rows[first];
        for (at, cell) in made.into_iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            if known.cells[at].is_empty() {
                known.cells[at] = cell;
            } else if known.cells[at] != cell {
                let (column, source) = out.columns[at];
                let head = source.map_or(column.name, |at| raw.header[at].as_str());
                let expected = format!("what row {} says about {}; that one is used", known.row, Shown::plain(&id));
                let problem =
                    Problem::new(Code::PairRepeated, &shown).row(*number).column(&Shown::plain(head).to_string());
                converted.remarks.push(problem.expected(expected).fix("Correct the one that is wrong."));
            }
        }
    }
}

/// A file, or one of its sheets.
fn shown(extract: &Extract, source: usize) -> String {
    let name = Shown::plain(&extract.name);
    if extract.tables.len() == 1 {
        name.to_string()
    } else {
        format!("{name}, sheet {}", Shown::plain(&extract.tables[source].name))
    }
}

/// A cell as the roster writes it; one that cannot be rewritten stays, and the reader says why it is refused.
fn rewritten(cell: &str, column: &Column, words: Option<&BTreeMap<String, &str>>, mapping: &Mapping) -> String {
    if cell.is_empty() {
        return String::new();
    }
    if let Some(meaning) = words.and_then(|words| words.get(&folded(cell))).filter(|meaning| !meaning.is_empty()) {
        return (*meaning).to_owned();
    }
    let list = || cell.replace([',', '/', '|'], ";");
    match column.kind {
        Kind::PastDate | Kind::Date | Kind::BirthDate => {
            date(cell, mapping.dates).map_or_else(|| cell.to_owned(), |day| day.to_string())
        }
        Kind::YesNo => yes_no(cell).map_or(cell, |yes| if yes { "yes" } else { "no" }).to_owned(),
        Kind::Number(_) | Kind::Whole(_) => cell.replace([',', '$', ' '], ""),
        Kind::Language => language_tag(cell).map_or_else(|| cell.to_owned(), str::to_owned),
        Kind::Languages => {
            let list = list();
            let tags = list.split(';').map(str::trim).filter(|tag| !tag.is_empty());
            tags.map(|tag| language_tag(tag).unwrap_or(tag)).collect::<Vec<_>>().join(";")
        }
        Kind::Codes | Kind::Counties => list(),
        _ => cell.to_owned(),
    }
}

impl OutTable {
    /// As the CSV file of the roster.
    #[must_use]
    pub fn to_csv(&self) -> Vec<u8> {
        let mut text = csv::Writer::from_writer(Vec::new());
        // Writing to memory cannot fail.
        let _ = text.write_record(self.columns.iter().map(|(column, _)| column.name));
        for row in &self.rows {
            let _ = text.write_record(&row.cells);
        }
        text.into_inner().unwrap_or_default()
    }
}

/// What the roster's reader says of the tables: `None` = they can be used.
pub type Judge<'a, E> = dyn FnMut(&[OutTable]) -> Result<Option<Vec<Problem>>, E> + 'a;

/// Takes out the rows the reader refuses, until it refuses none.
///
/// # Errors
/// The judge's own; `Ok(Err(..))` = problems that no row can be blamed for.
pub fn settle<E>(
    extract: &Extract,
    converted: &mut Converted,
    judge: &mut Judge<'_, E>,
) -> Result<Result<(), Vec<Problem>>, E> {
    for _ in 0..MOST_ROUNDS {
        let Some(problems) = judge(&converted.tables)? else { return Ok(Ok(())) };
        let errors: Vec<Problem> =
            problems.into_iter().filter(|problem| problem.severity() == Severity::Error).collect();
        let mut out_of: BTreeMap<&'static str, BTreeMap<usize, Vec<Problem>>> = BTreeMap::new();
        for problem in &errors {
            let table = converted.tables.iter().find(|out| out.table.file == problem.file);
            let row = problem.row.and_then(|row| (row as usize).checked_sub(2));
            if let (Some(out), Some(row)) = (table, row)
                && row < out.rows.len()
            {
                out_of.entry(out.table.file).or_default().entry(row).or_default().push(problem.clone());
            }
        }
        if out_of.is_empty() {
            return Ok(Err(errors));
        }
        for out in &mut converted.tables {
            let Some(rows) = out_of.get(out.table.file) else { continue };
            let raw = &extract.tables[out.source];
            for (at, problems) in rows {
                let row = &out.rows[*at];
                let original = raw.rows.iter().find(|(number, _)| *number == row.row).map(|(_, cells)| cells.clone());
                for problem in problems {
                    let column = problem.column.as_deref().and_then(|name| {
                        let (column, source) = out.columns.iter().find(|(column, _)| column.name == name)?;
                        Some(source.map_or(column.name, |at| raw.header[at].as_str()))
                    });
                    let problem = Problem {
                        file: shown(extract, out.source),
                        row: Some(row.row),
                        column: column.map(|name| Shown::plain(name).to_string()).or_else(|| problem.column.clone()),
                        ..problem.clone()
                    };
                    let original = original.clone().unwrap_or_default();
                    converted.bad.push(BadRow { problem, source: out.source, original });
                }
            }
            let mut at = 0;
            out.rows.retain(|_| {
                at += 1;
                !rows.contains_key(&(at - 1))
            });
        }
    }
    Ok(Err(vec![
        Problem::new(Code::FileUnreadable, &Shown::plain(&extract.name).to_string())
            .expected("fewer rows that cannot be read; the mapping does not seem to fit the file"),
    ]))
}
