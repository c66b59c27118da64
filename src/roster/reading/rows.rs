//! Goes through the rows of a sheet with all threads, in the order of the file, and keeps what is whole.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::NaiveDate;
use rayon::prelude::*;

use super::problems::Sink;
use super::row::{Row, Words};
use super::sheet::{Sheet, slice, split};
use crate::diagnostic::{Code, Shown, closest};

/// Rows understood by one thread at a time.
const PART: usize = 1_024;
/// Parts between two looks at what has been found so far.
const WAVE: usize = 16;
/// With more errors than this, no further row is kept: the roster is not going to be used, and a file of a million
/// errors shall not cost the memory of a million members.
const HOPELESS: usize = 1_000;

/// The ids of a file, and which of its rows came through.
#[derive(Default)]
pub(super) struct Ids<'t> {
    /// Ids in the order of the file, with their row numbers.
    seen: Vec<(Cow<'t, str>, u32)>,
    /// Id to position in `seen`.
    first: HashMap<Cow<'t, str>, u32>,
    /// Position in `seen` to position in the finished table; `u32::MAX` = the row did not come through.
    rank: Vec<u32>,
    /// Could the file be read at all? If not, nothing is known about its ids.
    known: bool,
}

/// What an id refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This row of the finished table.
    Row(usize),
    /// A row that has problems of its own.
    Broken,
    /// No row.
    Unknown,
}

impl Ids<'_> {
    /// No ids: there is no such file (`known`), or it could not be read.
    pub(super) fn none(known: bool) -> Self {
        Self { known, ..Self::default() }
    }

    /// The row of that id.
    pub(super) fn find(&self, id: &str) -> Found {
        match self.first.get(id).map(|at| self.rank[*at as usize]) {
            Some(u32::MAX) => Found::Broken,
            Some(rank) => Found::Row(rank as usize),
            None if self.known => Found::Unknown,
            None => Found::Broken,
        }
    }

    /// The id meant by one that does not exist. In a large table ids are so dense that some other id is always one
    /// letter away, so there only case and leading zeros are forgiven.
    pub(super) fn meant(&self, wrong: &str) -> Option<&str> {
        const FEW: usize = 2_000;
        let wanted = wrong.trim_start_matches('0');
        let mut ids: Vec<&str> = self.seen.iter().map(|(id, _)| &**id).collect();
        if ids.len() <= FEW {
            ids.sort_unstable();
        }
        let folded = |id: &&str| id.trim_start_matches('0').eq_ignore_ascii_case(wanted);
        let same = ids.iter().copied().filter(folded).min();
        if same.is_some() || ids.len() > FEW {
            return same;
        }
        let close = closest(wrong, ids.iter().copied())?;
        // Among numbered ids several are equally close: naming one of them would be a guess.
        let letters = |id: &str| strsim::damerau_levenshtein(&id.to_lowercase(), &wrong.to_lowercase());
        let second = closest(wrong, ids.iter().copied().filter(|id| *id != close));
        second.is_none_or(|second| letters(second) > letters(close)).then_some(close)
    }
}

/// What one thread brings back.
struct Part<'t, T> {
    sink: Sink,
    rows: Vec<(Cow<'t, str>, u32, Option<T>)>,
}

/// Reads all rows; `understand` makes one row's value, `keep` gets the whole ones in the order of the file, each with
/// its number.
pub(super) fn read<'t, T: Send>(
    sheet: &Sheet<'t>,
    as_of: NaiveDate,
    sink: &mut Sink,
    understand: impl Fn(&mut Row<'_, 't>) -> Option<T> + Sync,
    mut keep: impl FnMut(u32, T),
) -> Ids<'t> {
    let has_ids = sheet.table.has_ids();
    // Ids that hold lost letters would make references to them look unknown.
    let mut ids = Ids { known: !sheet.replaced, ..Ids::default() };
    if has_ids {
        ids.seen.reserve(sheet.rows.len());
        ids.first.reserve(sheet.rows.len());
    }
    let mut kept = 0;
    for (wave, rows) in sheet.rows.chunks(PART * WAVE).enumerate() {
        let before: &Sink = sink;
        let parts: Vec<Part<'t, T>> = rows
            .par_chunks(PART)
            .enumerate()
            .map(|(at, rows)| {
                let first = sheet.first_number + ((wave * WAVE + at) * PART) as u32;
                part(sheet, rows, first, as_of, before.part(), &understand)
            })
            .collect();
        for part in parts {
            sink.absorb(part.sink);
            for (id, number, mut value) in part.rows {
                if has_ids && !id.is_empty() {
                    let at = ids.seen.len() as u32;
                    if let Some(first) = ids.first.get(&id) {
                        let first = ids.seen[*first as usize].1;
                        sink.add(Code::IdDuplicate, |problem| {
                            let expected = format!("another id; row {first} has this one");
                            let problem = problem.row(number).column(sheet.table.columns[0].name);
                            problem.value(Shown::plain(&id)).expected(expected)
                        });
                        continue;
                    }
                    ids.first.insert(id.clone(), at);
                    ids.seen.push((id, number));
                    value = value.filter(|_| sink.errors() <= HOPELESS);
                    ids.rank.push(if value.is_some() { kept } else { u32::MAX });
                    kept += u32::from(value.is_some());
                }
                if let Some(value) = value.filter(|_| sink.errors() <= HOPELESS) {
                    keep(number, value);
                }
            }
        }
    }
    ids
}

fn part<'t, T>(
    sheet: &Sheet<'t>,
    rows: &[(u32, u32)],
    first: u32,
    as_of: NaiveDate,
    mut sink: Sink,
    understand: impl Fn(&mut Row<'_, 't>) -> Option<T>,
) -> Part<'t, T> {
    let mut words = Words::new();
    let mut cells: Vec<Cow<'t, str>> = Vec::with_capacity(sheet.header.len());
    let mut done = Vec::with_capacity(rows.len());
    for (at, &span) in rows.iter().enumerate() {
        let number = first + at as u32;
        split(slice(sheet.text, span), &mut cells);
        // Spreadsheets leave such rows below a table.
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        let key = sheet.position[0].and_then(|at| cells.get(at as usize)).cloned().unwrap_or_default();
        let columns = sheet.header.len();
        let too_many = cells.len() > columns && cells[columns..].iter().any(|cell| !cell.is_empty());
        if cells.len() < columns || too_many {
            let found = cells.len();
            sink.add(Code::RowRagged, |problem| {
                problem.row(number).expected(format!("{columns} cells as in the header; the row has {found}"))
            });
            done.push((key, number, None));
            continue;
        }
        let mut row = Row {
            table: sheet.table,
            position: &sheet.position,
            cells: &cells,
            formulas: sheet.formulas,
            number,
            replaced: sheet.replaced,
            sink: &mut sink,
            words: &mut words,
            broken: false,
            as_of,
        };
        let value = understand(&mut row);
        let whole = !row.broken;
        done.push((key, number, value.filter(|_| whole)));
    }
    Part { sink, rows: done }
}

/// A table in the order of its ids, with the row numbers. `id` must be what [`read`] took as the row's id.
pub(super) fn by_id<T>(rows: Vec<(u32, T)>, ids: &mut Ids<'_>, id: impl Fn(&T) -> &str) -> (Vec<u32>, Vec<T>) {
    let order = order(&rows, |(_, row)| id(row));
    rerank(ids, order.as_deref());
    arranged(rows, order).into_iter().unzip()
}

/// The positions in sorted order, or `None` when they are sorted already, as most extracts are.
pub(super) fn order<T, K: Ord + ?Sized>(rows: &[T], key: impl Fn(&T) -> &K) -> Option<Vec<u32>> {
    if rows.is_sorted_by(|a, b| key(a) <= key(b)) {
        return None;
    }
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    order.sort_unstable_by(|a, b| key(&rows[*a as usize]).cmp(key(&rows[*b as usize])));
    Some(order)
}

/// The rows in that order.
pub(super) fn arranged<T>(rows: Vec<T>, order: Option<Vec<u32>>) -> Vec<T> {
    let Some(order) = order else { return rows };
    let mut rows: Vec<Option<T>> = rows.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| rows[at as usize].take()).collect()
}

/// Turns positions in the order of the file into positions in the sorted table.
pub(super) fn rerank(ids: &mut Ids<'_>, order: Option<&[u32]>) {
    let Some(order) = order else { return };
    let mut place = vec![0; order.len()];
    for (now, &before) in order.iter().enumerate() {
        place[before as usize] = now as u32;
    }
    for rank in &mut ids.rank {
        if *rank != u32::MAX {
            *rank = place[*rank as usize];
        }
    }
}
