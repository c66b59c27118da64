//! One row being understood: every cell is asked for by its column, in the kind the contract gives it, and every
//! problem is put down with its place.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;

use super::problems::Sink;
use super::value;
use crate::diagnostic::{Code, Problem, Severity, Shown, closest};
use crate::roster::gazetteer;
use crate::roster::person;
use crate::roster::schema::{Column, Kind, Presence, Table};

/// Words shared by the rows of one part of a file.
pub(super) type Words = HashSet<person::Code>;

/// A row and where its problems go.
pub(super) struct Row<'r, 't> {
    pub(super) table: &'static Table,
    pub(super) position: &'r [Option<u32>],
    pub(super) cells: &'r [Cow<'t, str>],
    /// Row and column, from 0, of cells that a workbook says are formulas.
    pub(super) formulas: &'r BTreeSet<(u32, u32)>,
    /// As a spreadsheet counts.
    pub(super) number: u32,
    /// Do U+FFFD stand for bytes that were no UTF-8?
    pub(super) replaced: bool,
    pub(super) sink: &'r mut Sink,
    pub(super) words: &'r mut Words,
    /// Has an error been found in this row?
    pub(super) broken: bool,
    /// The day problems are judged on.
    pub(super) as_of: NaiveDate,
}

impl Row<'_, '_> {
    fn column(&self, col: usize) -> &'static Column {
        &self.table.columns[col]
    }

    /// The cell, trimmed; blank when the column is not in the file.
    fn cell(&self, col: usize) -> &str {
        let at = self.position[col];
        at.and_then(|at| self.cells.get(at as usize)).map_or("", |cell| cell)
    }

    /// Puts a problem of a cell down.
    pub(super) fn problem(&mut self, code: Code, col: usize, change: impl FnOnce(Problem) -> Problem) {
        self.broken |= code.severity() == Severity::Error;
        let column = self.column(col);
        // Taken by hand, as the borrow of the sink must not meet that of the cell.
        let at = self.position[col];
        let cell = at.and_then(|at| self.cells.get(at as usize)).map_or("", |cell| cell);
        let number = self.number;
        self.sink.add(code, |problem| {
            let problem = problem.row(number).column(column.name).expected(column.kind.expected());
            let shown = if column.is_personal() { Shown::masked(cell) } else { Shown::plain(cell) };
            change(if cell.is_empty() { problem } else { problem.value(shown) })
        });
    }

    /// The cell when it is filled and no formula; a blank one is reported when it must not be.
    fn filled(&mut self, col: usize) -> Option<&str> {
        let column = self.column(col);
        let cell = self.cell(col);
        if cell.is_empty() {
            if column.presence == Presence::Required {
                self.problem(Code::ValueMissing, col, |problem| problem);
            }
            return None;
        }
        // Bytes that are not text come first: nothing else can be said about such a cell.
        if self.replaced && cell.contains('\u{FFFD}') {
            self.problem(Code::EncodingInvalid, col, |problem| problem.expected("text in UTF-8"));
            return None;
        }
        if !self.formulas.is_empty()
            && self.position[col].is_some_and(|at| self.formulas.contains(&(self.number - 1, at)))
        {
            self.problem(Code::FormulaCell, col, |problem| problem);
            return None;
        }
        let first = cell.as_bytes()[0];
        let literal = matches!(column.kind, Kind::Personal | Kind::Text);
        if !literal && (first == b'=' || first == b'#' && is_spreadsheet_error(cell)) {
            self.problem(Code::FormulaCell, col, |problem| problem);
            return None;
        }
        Some(self.cell(col))
    }

    /// Free text.
    pub(super) fn text(&mut self, col: impl Into<usize>) -> Option<Box<str>> {
        self.filled(col.into()).map(Into::into)
    }

    /// An id, of this row or another; `None` has been reported unless the cell may be blank.
    pub(super) fn id(&mut self, col: impl Into<usize>) -> Option<Box<str>> {
        let col = col.into();
        let cell = self.filled(col)?;
        if cell.len() > 64 && cell.chars().count() > 64 || cell.chars().any(char::is_control) {
            self.problem(Code::ValueInvalid, col, |problem| {
                problem.expected("an id of at most 64 characters, without line breaks")
            });
            return None;
        }
        if is_shortened(cell) {
            self.problem(Code::ValueInvalid, col, |problem| {
                problem.expected("the id in full").fix(
                    "A spreadsheet has shortened this number and lost digits: export again with the column as text.",
                )
            });
            return None;
        }
        Some(cell.into())
    }

    /// A word or code.
    pub(super) fn code(&mut self, col: impl Into<usize>) -> Option<person::Code> {
        let col = col.into();
        let cell = self.filled(col)?;
        if cell.len() > 256 || cell.chars().any(char::is_control) {
            self.problem(Code::ValueInvalid, col, |problem| {
                problem.expected("a word or code of at most 256 letters, without line breaks")
            });
            return None;
        }
        let cell = self.cell(col).to_owned();
        Some(self.shared(&cell))
    }

    /// The one shared copy of a word.
    pub(super) fn shared(&mut self, word: &str) -> person::Code {
        if let Some(known) = self.words.get(word) {
            return known.clone();
        }
        let new: person::Code = Arc::from(word);
        self.words.insert(new.clone());
        new
    }

    /// The parts of a list, as written.
    pub(super) fn list(&mut self, col: impl Into<usize>) -> Vec<String> {
        let parts = self.filled(col.into()).unwrap_or("").split(';').map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// Several words or codes, sorted, each once.
    pub(super) fn codes(&mut self, col: impl Into<usize>) -> Vec<person::Code> {
        let parts = self.list(col);
        sorted(parts.iter().map(|part| self.shared(part)).collect())
    }

    /// One language tag.
    pub(super) fn language(&mut self, col: impl Into<usize>) -> Option<person::Code> {
        let col = col.into();
        let cell = self.filled(col)?.to_owned();
        self.language_of(col, &cell)
    }

    /// Several language tags, sorted, each once; `en` when blank.
    pub(super) fn languages(&mut self, col: impl Into<usize>) -> Vec<person::Code> {
        let col = col.into();
        let parts = self.list(col);
        if parts.is_empty() {
            return vec![self.shared("en")];
        }
        sorted(parts.iter().filter_map(|part| self.language_of(col, part)).collect())
    }

    fn language_of(&mut self, col: usize, tag: &str) -> Option<person::Code> {
        if !value::is_language(tag) {
            let meant = value::meant_language(tag);
            self.problem(Code::ValueInvalid, col, |problem| {
                problem.value(Shown::plain(tag)).did_you_mean(meant).fix("Write the language as its tag.")
            });
            return None;
        }
        if tag.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Some(self.shared(tag));
        }
        Some(self.shared(&value::language(tag)))
    }

    /// The position of a word in the contract's list.
    pub(super) fn word(&mut self, col: impl Into<usize>) -> Option<usize> {
        let col = col.into();
        let Kind::Word(words) = self.column(col).kind else { return None };
        let cell = self.filled(col)?;
        let found = value::word(cell, words);
        if found.is_none() {
            // Searched only for problems that are kept.
            self.problem(Code::ValueInvalid, col, |problem| {
                let cell = problem.value.as_ref().map(ToString::to_string).unwrap_or_default();
                let close = if cell.len() <= 40 { closest(&cell, words.iter().copied()) } else { None };
                problem.did_you_mean(close)
            });
        }
        found
    }

    /// `yes` or `no`.
    pub(super) fn yes_no(&mut self, col: impl Into<usize>) -> Option<bool> {
        let col = col.into();
        let found = value::yes_no(self.filled(col)?);
        if found.is_none() {
            self.problem(Code::ValueInvalid, col, |problem| problem);
        }
        found
    }

    /// A day; one of something that has happened is held against the day of the run.
    pub(super) fn date(&mut self, col: impl Into<usize>) -> Option<NaiveDate> {
        let col = col.into();
        let kind = self.column(col).kind;
        let cell = self.filled(col)?;
        let Some(day) = value::date(cell) else {
            // A suggestion would show the birth date.
            let meant = if kind == Kind::BirthDate { None } else { value::meant_date(cell) };
            self.problem(Code::DateInvalid, col, |problem| problem.did_you_mean(meant.as_deref()));
            return None;
        };
        if matches!(kind, Kind::PastDate | Kind::BirthDate) && day > self.as_of {
            let latest = self.as_of;
            self.problem(Code::DateInFuture, col, |problem| problem.expected(format!("a day up to {latest}")));
        }
        Some(day)
    }

    /// A number in the column's range.
    pub(super) fn number(&mut self, col: impl Into<usize>) -> Option<f64> {
        let col = col.into();
        let Kind::Number(most) = self.column(col).kind else { return None };
        let cell = self.filled(col)?;
        match value::number(cell) {
            Some(number) if number <= most => Some(number),
            Some(_) => {
                self.problem(Code::ValueOutOfRange, col, |problem| problem);
                None
            }
            None => {
                // A number with a minus sign is one, only not a possible one.
                let negative = value::degrees(cell).is_some();
                let code = if negative { Code::ValueOutOfRange } else { Code::ValueInvalid };
                self.problem(code, col, |problem| problem);
                None
            }
        }
    }

    /// A whole number in the column's range.
    pub(super) fn whole(&mut self, col: impl Into<usize>) -> Option<u32> {
        let col = col.into();
        let Kind::Whole(most) = self.column(col).kind else { return None };
        let cell = self.filled(col)?;
        match value::number(cell) {
            // A spreadsheet may write 40 as 40.0.
            Some(number) if number.fract() == 0.0 && number <= f64::from(most) => Some(number as u32),
            Some(number) if number > f64::from(most) => {
                self.problem(Code::ValueOutOfRange, col, |problem| problem);
                None
            }
            _ => {
                self.problem(Code::ValueInvalid, col, |problem| problem);
                None
            }
        }
    }

    /// A share in thousandths, 1000 when blank.
    pub(super) fn thousandths(&mut self, col: impl Into<usize>) -> u32 {
        self.number(col).map_or(1000, |share| (share * 1000.0).round() as u32)
    }

    /// Degrees of latitude or longitude, not yet held against their range.
    pub(super) fn degrees(&mut self, col: impl Into<usize>) -> Option<f64> {
        let col = col.into();
        let found = value::degrees(self.filled(col)?);
        if found.is_none() {
            self.problem(Code::ValueInvalid, col, |problem| problem);
        }
        found
    }

    /// A ZIP code; whether it must exist depends on the column's kind.
    pub(super) fn zip(&mut self, col: impl Into<usize>) -> Option<&'static gazetteer::ZipArea> {
        let col = col.into();
        let zip = self.zip_digits(col)?;
        let found = gazetteer::zip(zip.as_str());
        match found {
            None => self.problem(Code::ZipUnknown, col, |problem| problem),
            Some(area) if zip.repaired => self.repaired(col, area.zip),
            Some(_) => {}
        }
        found
    }

    /// A ZIP code of a mailing address: military and territory codes have no place, but get mail.
    pub(super) fn mail_zip(&mut self, col: impl Into<usize>) -> Option<Box<str>> {
        let col = col.into();
        let zip = self.zip_digits(col)?;
        if zip.repaired {
            self.repaired(col, zip.as_str());
        }
        Some(zip.as_str().into())
    }

    fn zip_digits(&mut self, col: usize) -> Option<value::Zip> {
        let zip = value::zip(self.filled(col)?);
        if zip.is_none() {
            self.problem(Code::ValueInvalid, col, |problem| problem);
        }
        zip
    }

    fn repaired(&mut self, col: usize, zip: &str) {
        let fix = format!("Read as {zip}. {}", Code::ZipRepaired.explain());
        self.problem(Code::ZipRepaired, col, |problem| problem.fix(fix));
    }

    /// A county code that exists.
    pub(super) fn county(&mut self, col: impl Into<usize>) -> Option<&'static gazetteer::County> {
        let col = col.into();
        let cell = self.filled(col)?;
        let found = if cell.len() == 4 { gazetteer::county(&format!("0{cell}")) } else { gazetteer::county(cell) };
        if found.is_none() {
            self.problem(Code::CountyUnknown, col, |problem| problem);
        }
        found
    }
}

fn sorted(mut words: Vec<person::Code>) -> Vec<person::Code> {
    words.sort_unstable();
    words.dedup();
    words
}

/// `#N/A`, `#REF!` and their like.
fn is_spreadsheet_error(cell: &str) -> bool {
    matches!(cell, "#N/A" | "#REF!" | "#NAME?" | "#VALUE!" | "#DIV/0!" | "#NULL!" | "#NUM!" | "#SPILL!" | "#CALC!")
}

/// `1.23457E+11`: a long number as a spreadsheet shows it.
fn is_shortened(cell: &str) -> bool {
    let parts = cell.split_once("E+");
    parts.is_some_and(|(digits, power)| {
        value::number(digits).is_some() && !power.is_empty() && power.bytes().all(|byte| byte.is_ascii_digit())
    })
}
