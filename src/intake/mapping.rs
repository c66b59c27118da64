//! A saved column mapping: which column of an agency's file is which column of the roster, and what its words mean. One file
//! for each agency, `models/mappings/<agency>.toml` or beside the data; people read and edit it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::guess::Guess;
use crate::diagnostic::closest;
use crate::roster::schema::{self, TABLES, Table};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/models/mappings");

/// In which order a date names its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// `2026-11-23`.
    #[default]
    YearFirst,
    /// `11/23/2026`.
    MonthFirst,
    /// `23.11.2026`.
    DayFirst,
}

impl DateOrder {
    /// As the file says it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::YearFirst => "year_first",
            Self::MonthFirst => "month_first",
            Self::DayFirst => "day_first",
        }
    }
}

/// The columns of one table of the roster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TableMap {
    /// The sheet it comes from; absent = the first with the columns.
    pub sheet: Option<String>,
    /// Column of the roster -> column of the file.
    pub columns: BTreeMap<String, String>,
    /// Column of the roster -> word of the file -> word of the roster.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Column of the roster -> the same value in every row.
    pub fixed: BTreeMap<String, String>,
}

/// A mapping.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Has a person looked at it?
    #[serde(default)]
    pub confirmed: bool,
    /// How dates are written.
    #[serde(default)]
    pub dates: DateOrder,
    /// The members' columns.
    pub members: TableMap,
    /// The case managers' columns; they may stand in the members' rows, one row a member.
    #[serde(default)]
    pub managers: Option<TableMap>,
    /// The teams' columns.
    #[serde(default)]
    pub teams: Option<TableMap>,
    /// The providers' columns.
    #[serde(default)]
    pub providers: Option<TableMap>,
    /// The services' columns.
    #[serde(default)]
    pub services: Option<TableMap>,
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// With the key and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mapping: Self = match toml::Deserializer::parse(text) {
            Ok(document) => serde_path_to_error::deserialize(document)
                .map_err(|error| format!("{}: {}", error.path(), error.inner().to_string().trim()))?,
            Err(error) => return Err(error.to_string().trim().to_owned()),
        };
        for (table, map) in mapping.tables() {
            let named = map.columns.keys().chain(map.values.keys()).chain(map.fixed.keys());
            for name in named {
                if !table.columns.iter().any(|column| column.name == name) {
                    let close = closest(name, table.columns.iter().map(|column| column.name));
                    let meant = close.map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
                    return Err(format!("`{name}` is no column of {}{meant}", table.file));
                }
            }
        }
        Ok(mapping)
    }

    /// The shipped mapping of that name.
    #[must_use]
    pub fn shipped(name: &str) -> Option<&'static str> {
        SHIPPED.get_file(format!("{name}.toml"))?.contents_utf8().filter(|_| name != super::guess::NAMES)
    }

    /// Names of the shipped mappings.
    #[must_use]
    pub fn shipped_names() -> Vec<&'static str> {
        let mut names: Vec<&str> = SHIPPED
            .files()
            .filter_map(|file| file.path().file_name()?.to_str()?.strip_suffix(".toml"))
            .filter(|name| *name != super::guess::NAMES)
            .collect();
        names.sort_unstable();
        names
    }

    /// The tables it makes, in the order of the contract.
    #[must_use]
    pub fn tables(&self) -> Vec<(&'static Table, &TableMap)> {
        let of = |table: &&'static Table| {
            let map = match table.file {
                "members.csv" => Some(&self.members),
                "managers.csv" => self.managers.as_ref(),
                "teams.csv" => self.teams.as_ref(),
                "providers.csv" => self.providers.as_ref(),
                "services.csv" => self.services.as_ref(),
                _ => None,
            };
            map.map(|map| (*table, map))
        };
        TABLES.iter().filter_map(of).collect()
    }

    /// The file with `confirmed = true`; everything else as a person wrote it.
    #[must_use]
    pub fn confirmed_text(text: &str) -> String {
        let mut done = false;
        let mut lines: Vec<String> = Vec::new();
        for line in text.lines() {
            let is_key = line.split_once('=').is_some_and(|(key, _)| key.trim() == "confirmed");
            if is_key && !done {
                lines.push("confirmed = true".to_owned());
                done = true;
            } else {
                lines.push(line.to_owned());
            }
        }
        if !done {
            lines.insert(0, "confirmed = true".to_owned());
        }
        lines.join("\n") + "\n"
    }
}

/// A guessed mapping as the file that a person looks over.
#[must_use]
pub fn guessed_text(
    name: &str,
    file: &str,
    dates: DateOrder,
    guesses: &[Guess],
    words: &[super::guess::Words],
    unmapped: &[String],
) -> String {
    let mut text = format!(
        "# Column mapping `{name}`, guessed from {file}. Look it over, correct it, then run the import again with --accept\n\
         # (or set confirmed = true). Left: the column of the roster, as `caseload schema` lists them. Right: your column.\n\
         confirmed = false\n\
         # How dates are written: year_first (2026-11-23), month_first (11/23/2026) or day_first (23.11.2026).\n\
         dates = \"{}\"\n",
        dates.word()
    );
    // Writing to a string cannot fail.
    for table in TABLES {
        let of_table: Vec<&Guess> = guesses.iter().filter(|guess| guess.table == table.file).collect();
        let part = table.file.trim_end_matches(".csv");
        if of_table.is_empty() && part != "members" {
            continue;
        }
        let sheet = of_table.iter().find_map(|guess| guess.sheet.as_deref());
        if let Some(sheet) = sheet {
            let _ = write!(text, "\n[{part}]\nsheet = {}\n", quoted(sheet));
        }
        let _ = writeln!(text, "\n[{part}.columns]");
        for guess in of_table {
            let _ = writeln!(text, "{} = {} # {} % sure", guess.target, quoted(&guess.source), guess.percent);
        }
        for words in words.iter().filter(|words| words.table == table.file) {
            let _ = writeln!(text, "\n# What your words for `{}` mean; \"\" still has to be filled in.", words.target);
            let _ = writeln!(text, "[{part}.values.{}]", words.target);
            for (word, meaning) in &words.meanings {
                let _ = writeln!(text, "{} = {}", quoted(word), quoted(meaning));
            }
        }
    }
    if !unmapped.is_empty() {
        let _ = writeln!(
            text,
            "\n# Not taken over: {}",
            unmapped.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
        );
    }
    text
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.replace(['\n', '\r'], " ")).to_string()
}

/// The table of the contract and its column.
#[must_use]
pub fn column_of(table: &Table, name: &str) -> Option<schema::Column> {
    table.columns.iter().find(|column| column.name == name).copied()
}
