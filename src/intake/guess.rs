//! Guesses a mapping from the names of an agency's columns and from what stands in them. `models/mappings/names.toml` has
//! the names and words seen in the field; a guess is shown with how sure it is, and used only once a person says so.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;

use super::extract::{Extract, RawTable};
use super::mapping::DateOrder;
use crate::roster::gazetteer;
use crate::roster::schema::{Column, Kind, TABLES, Table};

/// The file of names, not a mapping.
pub const NAMES: &str = "names";
const TEXT: &str = include_str!("../../models/mappings/names.toml");
/// Below this, in percent, a guess is not made.
const LEAST: u32 = 70;
/// Values looked at in a column.
const SAMPLE: usize = 200;
/// Different words of a column beyond which it is no list of words.
const MOST_WORDS: usize = 40;

/// Names and words seen in the field.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    /// Table -> column -> names.
    columns: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Column -> word of ours -> words seen.
    words: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// A column of the roster and the one of the file it may be.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Guess {
    /// File of the contract.
    pub table: &'static str,
    /// Column of the contract.
    pub target: &'static str,
    /// Sheet, where the file has several.
    pub sheet: Option<String>,
    /// Column of the file.
    pub source: String,
    /// How sure.
    pub percent: u32,
}

/// The words of a column, and what they mean; blank = not known.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Words {
    /// File of the contract.
    pub table: &'static str,
    /// Column of the contract.
    pub target: &'static str,
    /// Word of the file -> word of the contract.
    pub meanings: BTreeMap<String, String>,
}

/// Everything guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guessed {
    /// Columns.
    pub guesses: Vec<Guess>,
    /// Words.
    pub words: Vec<Words>,
    /// How dates are written.
    pub dates: DateOrder,
    /// Columns of the file that were given no meaning.
    pub unmapped: Vec<String>,
    /// Required columns for which nothing was found, as `members.csv need`.
    pub missing: Vec<String>,
}

/// Guesses.
///
/// # Errors
/// When the file of names is broken: a defect.
pub fn guess(extract: &Extract) -> Result<Guessed, String> {
    let names: Names = toml::from_str(TEXT).map_err(|error| format!("models/mappings/{NAMES}.toml: {error}"))?;
    let mut guessed = Guessed { dates: date_order(extract), ..Guessed::default() };
    let mut used: BTreeSet<(usize, usize)> = BTreeSet::new();
    for table in TABLES {
        let Some(known) = names.columns.get(table.file.trim_end_matches(".csv")) else { continue };
        let (sheet, found) = best_sheet(extract, table, known, guessed.dates);
        // Members and case managers are looked for everywhere; other tables need a sheet with all they cannot do without.
        let needs = |at: usize| table.columns[at].presence != crate::roster::schema::Presence::Optional;
        let is_whole =
            (0..table.columns.len()).filter(|at| needs(*at)).all(|at| found.iter().any(|(target, ..)| *target == at));
        if !(table.required || is_whole && extract.tables.len() > 1) {
            continue;
        }
        let raw = &extract.tables[sheet];
        for (target, source, percent) in found {
            used.insert((sheet, source));
            let column = &table.columns[target];
            guessed.guesses.push(Guess {
                table: table.file,
                target: column.name,
                sheet: (extract.tables.len() > 1).then(|| raw.name.clone()),
                source: raw.header[source].clone(),
                percent,
            });
            if let Kind::Word(ours) = column.kind {
                guessed.words.extend(words(table.file, column, raw, source, ours, names.words.get(column.name)));
            }
        }
        let required =
            table.columns.iter().filter(|column| column.presence != crate::roster::schema::Presence::Optional);
        let absent = required.filter(|column| {
            !guessed.guesses.iter().any(|guess| guess.table == table.file && guess.target == column.name)
        });
        guessed.missing.extend(absent.map(|column| format!("{} {}", table.file, column.name)).collect::<Vec<_>>());
    }
    for (at, raw) in extract.tables.iter().enumerate() {
        let unused =
            raw.header.iter().enumerate().filter(|(col, name)| !name.is_empty() && !used.contains(&(at, *col)));
        guessed.unmapped.extend(unused.map(|(_, name)| name.clone()));
    }
    Ok(guessed)
}

type Match = (usize, usize, u32);

/// The sheet whose columns fit best, and the fits.
fn best_sheet(
    extract: &Extract,
    table: &Table,
    known: &BTreeMap<String, Vec<String>>,
    dates: DateOrder,
) -> (usize, Vec<Match>) {
    let all = extract.tables.iter().enumerate().map(|(at, raw)| (at, matches(raw, table, known, dates)));
    // The id first: without it a sheet is none of this table, however many columns look alike.
    let worth = |(at, found): &(usize, Vec<Match>)| {
        let sum: u32 = found.iter().map(|(.., percent)| percent).sum();
        (found.iter().any(|(target, ..)| *target == 0), sum, usize::MAX - at)
    };
    all.max_by_key(worth).unwrap_or_default()
}

/// Columns matched one to one, the surest pairs first.
fn matches(raw: &RawTable, table: &Table, known: &BTreeMap<String, Vec<String>>, dates: DateOrder) -> Vec<Match> {
    let mut pairs: Vec<(u32, usize, usize)> = Vec::new();
    for (target, column) in table.columns.iter().enumerate() {
        for (source, head) in raw.header.iter().enumerate().filter(|(_, head)| !head.is_empty()) {
            let name = name_score(head, column.name, known.get(column.name));
            if name < 0.72 {
                continue;
            }
            let percent = (name * (0.4 + 0.6 * fits(raw, source, column, dates)) * 100.0).round() as u32;
            if percent >= LEAST {
                pairs.push((percent, target, source));
            }
        }
    }
    pairs.sort_by_key(|(percent, target, source)| (std::cmp::Reverse(*percent), *target, *source));
    let (mut targets, mut sources, mut found) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (percent, target, source) in pairs {
        if !targets.contains(&target) && !sources.contains(&source) {
            targets.insert(target);
            sources.insert(source);
            found.push((target, source, percent));
        }
    }
    found.sort_unstable();
    found
}

/// How alike a header is to a column's names, 0 to 1.
fn name_score(head: &str, own: &str, others: Option<&Vec<String>>) -> f64 {
    let head = folded(head);
    let names = std::iter::once(own).chain(others.into_iter().flatten().map(String::as_str));
    names
        .map(|name| {
            let name = folded(name);
            if name == head { 1.0 } else { strsim::normalized_damerau_levenshtein(&head, &name) * 0.97 }
        })
        .fold(0.0, f64::max)
}

/// Letters and digits in lower case, one space between words.
pub(super) fn folded(name: &str) -> String {
    let mut text = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        // `ClientID` is `client id`.
        if letter.is_uppercase() && before.is_lowercase() {
            text.push(' ');
        }
        text.push(if letter.is_alphanumeric() { letter } else { ' ' });
        before = letter;
    }
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The share of filled cells that could be of the column's kind; a blank column fits anything half.
fn fits(raw: &RawTable, source: usize, column: &Column, dates: DateOrder) -> f64 {
    let filled: Vec<&str> = raw
        .rows
        .iter()
        .filter_map(|(_, cells)| cells.get(source).map(String::as_str))
        .filter(|cell| !cell.is_empty())
        .take(SAMPLE)
        .collect();
    if filled.is_empty() {
        return 0.5;
    }
    let share =
        |holds: &dyn Fn(&str) -> bool| filled.iter().filter(|cell| holds(cell)).count() as f64 / filled.len() as f64;
    let digits = |cell: &str| cell.bytes().filter(u8::is_ascii_digit).count();
    match column.kind {
        Kind::PastDate | Kind::Date | Kind::BirthDate => share(&|cell| date(cell, dates).is_some()),
        Kind::Number(_) | Kind::Whole(_) | Kind::Latitude | Kind::Longitude => {
            share(&|cell| cell.parse::<f64>().is_ok())
        }
        Kind::Zip | Kind::MailZip => share(&|cell| {
            let five: String = cell.chars().take_while(char::is_ascii_digit).collect();
            (3..=9).contains(&five.len()) && gazetteer::zip(&format!("{five:0>5}")[..5]).is_some()
        }),
        Kind::County => share(&|cell| digits(cell) >= 4 && cell.len() <= 5),
        Kind::YesNo => share(&|cell| yes_no(cell).is_some()),
        Kind::Word(_) => {
            let different: BTreeSet<&str> = filled.iter().copied().collect();
            if different.len() <= MOST_WORDS { 1.0 } else { 0.0 }
        }
        Kind::Personal if column.name.ends_with("email") => share(&|cell| cell.contains('@')),
        Kind::Personal if column.name.ends_with("phone") => share(&|cell| (7..=15).contains(&digits(cell))),
        Kind::Personal if column.name == "name" || column.name.ends_with("_name") => {
            share(&|cell| cell.chars().filter(|letter| letter.is_alphabetic()).count() * 2 > cell.len())
        }
        Kind::Id => {
            let different: BTreeSet<&str> = filled.iter().copied().collect();
            // Case managers' ids repeat where each row is a member's.
            if column.name == "member_id" { different.len() as f64 / filled.len() as f64 } else { 1.0 }
        }
        _ => 1.0,
    }
}

/// A yes or no in the words of the field.
#[must_use]
pub fn yes_no(cell: &str) -> Option<bool> {
    match cell.trim().to_lowercase().as_str() {
        "y" | "yes" | "true" | "t" | "1" | "x" | "on" | "active" => Some(true),
        "n" | "no" | "false" | "f" | "0" | "-" | "off" | "none" | "inactive" => Some(false),
        _ => None,
    }
}

/// A date whose parts stand in that order, or year first; an hour behind it is left out.
#[must_use]
pub fn date(cell: &str, order: DateOrder) -> Option<NaiveDate> {
    let day = cell.trim().split([' ', 'T']).next()?;
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    let number = |text: &str| -> Option<u32> {
        (!text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok())?
    };
    let &[a, b, c] = parts.as_slice() else {
        let compact = day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit());
        let part = |from: usize, to: usize| day.get(from..to).and_then(number);
        return if compact { NaiveDate::from_ymd_opt(part(0, 4)? as i32, part(4, 6)?, part(6, 8)?) } else { None };
    };
    let (year, month, day) = match order {
        _ if a.len() == 4 => (a, b, c),
        DateOrder::DayFirst => (c, b, a),
        DateOrder::MonthFirst | DateOrder::YearFirst => (c, a, b),
    };
    // Two digits of a year do not say which century.
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(number(year)? as i32, number(month)?, number(day)?)
}

/// How the file's dates are written: a part above 12 is a day. Where no date tells, the month comes first, as in the US.
fn date_order(extract: &Extract) -> DateOrder {
    let (mut year, mut month, mut day) = (0_u32, 0_u32, 0_u32);
    let cells = extract.tables.iter().flat_map(|raw| raw.rows.iter().take(SAMPLE * 5)).flat_map(|(_, cells)| cells);
    for cell in cells {
        let Some(first) = cell.split([' ', 'T']).next() else { continue };
        let parts: Vec<&str> = first.split(['/', '-', '.']).collect();
        let &[a, b, c] = parts.as_slice() else { continue };
        let number = |text: &str| text.parse::<u32>().unwrap_or(0);
        if a.len() == 4 && number(b) > 0 && number(c) > 0 {
            year += 1;
        } else if c.len() == 4 && (1..=31).contains(&number(a)) && (1..=31).contains(&number(b)) {
            month += u32::from(number(b) > 12);
            day += u32::from(number(a) > 12);
        }
    }
    match (year, month, day) {
        (_, 0, 1..) => DateOrder::DayFirst,
        (1.., 0, 0) => DateOrder::YearFirst,
        _ => DateOrder::MonthFirst,
    }
}

/// The words of a column with what they mean.
fn words(
    table: &'static str,
    column: &Column,
    raw: &RawTable,
    source: usize,
    ours: &[&str],
    seen: Option<&BTreeMap<String, Vec<String>>>,
) -> Option<Words> {
    let cells = raw.rows.iter().filter_map(|(_, cells)| cells.get(source)).filter(|cell| !cell.is_empty());
    let different: BTreeSet<&String> = cells.collect();
    if different.len() > MOST_WORDS {
        return None;
    }
    let meaning = |word: &str| -> String {
        let wanted = folded(word);
        let own = ours.iter().find(|own| folded(own) == wanted).map(ToString::to_string);
        let other = || {
            let (own, _) = seen?.iter().find(|(_, words)| words.iter().any(|known| folded(known) == wanted))?;
            ours.contains(&own.as_str()).then(|| own.clone())
        };
        own.or_else(other).unwrap_or_default()
    };
    let meanings: BTreeMap<String, String> =
        different.into_iter().map(|word| (word.clone(), meaning(word))).filter(|(word, own)| word != own).collect();
    (!meanings.is_empty()).then_some(Words { table, target: column.name, meanings })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_order_the_file_has() {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day);
        assert_eq!(date("2/3/2026", DateOrder::MonthFirst), day(2026, 2, 3));
        assert_eq!(date("2.3.2026", DateOrder::DayFirst), day(2026, 3, 2));
        assert_eq!(date("2026-02-03 00:00:00", DateOrder::MonthFirst), day(2026, 2, 3));
        assert_eq!(date("20260203", DateOrder::MonthFirst), day(2026, 2, 3));
        assert_eq!(date("2/3/26", DateOrder::MonthFirst), None);
        assert_eq!(date("13/13/2026", DateOrder::MonthFirst), None);
    }

    #[test]
    fn names_are_compared_without_their_dress() {
        assert_eq!(folded("ClientID"), "client id");
        assert_eq!(folded(" Client_ID# "), "client id");
        assert!(name_score("Client ID", "member_id", Some(&vec!["client id".to_owned()])) > 0.99);
        assert!(name_score("Zip Code", "zip", Some(&vec!["zip code".to_owned()])) > 0.99);
    }

    #[test]
    fn the_file_of_names_knows_the_contract() {
        let names: Names = toml::from_str(TEXT).unwrap_or(Names { columns: BTreeMap::new(), words: BTreeMap::new() });
        assert!(names.columns.len() >= 4);
        for (table, columns) in &names.columns {
            let known = crate::roster::schema::table(table).map(|table| table.columns).unwrap_or_default();
            for name in columns.keys() {
                assert!(known.iter().any(|column| column.name == name), "{table} {name}");
            }
        }
    }
}
