//! Program files as trees that remember where everything was written, and faults that point at the line.
//!
//! A program may be made of several files (`extends`, `include`). They are put together as trees, so that whatever is
//! wrong afterwards, a misspelt key or a limit out of range, is shown in the file that says it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use toml::Value;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::closest;

/// One file.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// As messages name it.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Where something stands: a file of the list, and bytes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub file: usize,
    pub span: Range<usize>,
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub place: Place,
    pub what: What,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum What {
    Table(BTreeMap<String, Entry>),
    List(Vec<Node>),
    Plain(Value),
}

/// A key of a table with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: Place,
    pub value: Node,
}

impl Node {
    pub fn table(&self) -> Option<&BTreeMap<String, Entry>> {
        if let What::Table(table) = &self.what { Some(table) } else { None }
    }

    pub fn table_mut(&mut self) -> Option<&mut BTreeMap<String, Entry>> {
        if let What::Table(table) = &mut self.what { Some(table) } else { None }
    }

    pub fn list(&self) -> Option<&[Self]> {
        if let What::List(list) = &self.what { Some(list) } else { None }
    }

    pub fn text(&self) -> Option<&str> {
        if let What::Plain(Value::String(text)) = &self.what { Some(text) } else { None }
    }

    /// The value of a key of this table.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.table()?.get(key).map(|entry| &entry.value)
    }

    /// Without places.
    pub fn value(&self) -> Value {
        match &self.what {
            What::Table(table) => {
                Value::Table(table.iter().map(|(key, entry)| (key.clone(), entry.value.value())).collect())
            }
            What::List(list) => Value::Array(list.iter().map(Self::value).collect()),
            What::Plain(value) => value.clone(),
        }
    }

    /// Follows a path as far as it goes; the place of the last key or value found. An element of a list is named by
    /// its `name` or `code`, or by its position.
    pub fn place_of(&self, path: &[String]) -> &Place {
        let (mut node, mut place) = (self, &self.place);
        for step in path {
            match &node.what {
                What::Table(table) => {
                    let Some(entry) = table.get(step) else { break };
                    (node, place) = (&entry.value, &entry.key);
                }
                What::List(list) => {
                    let named = list.iter().find(|one| name_of(one) == Some(step.as_str()));
                    let at = || step.parse::<usize>().ok().and_then(|at| list.get(at));
                    let Some(found) = named.or_else(at) else { break };
                    (node, place) = (found, &found.place);
                }
                What::Plain(_) => break,
            }
        }
        place
    }
}

/// What an element of a list is called.
pub(super) fn name_of(node: &Node) -> Option<&str> {
    node.get("name").or_else(|| node.get("code")).and_then(Node::text)
}

/// Something a program file says that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// The line as it stands there.
    pub shown: String,
    /// How many characters of it are meant.
    pub width: usize,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl Fault {
    pub(super) fn at(files: &[File], place: &Place, message: impl Into<String>) -> Self {
        let text = files.get(place.file).map_or("", |file| &file.text);
        let start = place.span.start.min(text.len());
        let before = text.get(..start).unwrap_or("");
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let shown = text.get(line_start..).unwrap_or("").lines().next().unwrap_or("");
        let column = before[line_start..].chars().count();
        let meant = text.get(start..place.span.end.clamp(start, text.len())).unwrap_or("");
        let first = meant.lines().next().unwrap_or("").chars().count();
        Self {
            file: files.get(place.file).map_or(String::new(), |file| file.name.clone()),
            line: before.matches('\n').count() + 1,
            column: column + 1,
            shown: shown.to_owned(),
            width: first.max(1),
            message: message.into(),
        }
    }
}

/// The place, the line, what is wrong there; without the file's name, which the reader of one file knows.
impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(out, "line {}, column {}", self.line, self.column)?;
        writeln!(out, "{margin} |")?;
        writeln!(out, "{number} | {}", self.shown)?;
        writeln!(out, "{margin} | {}{}", " ".repeat(self.column - 1), "^".repeat(self.width))?;
        write!(out, "{}", self.message)
    }
}

/// Several faults, each with its file's name.
#[must_use]
pub fn in_words(faults: &[Fault]) -> String {
    let one = |fault: &Fault| {
        if fault.file.is_empty() { fault.to_string() } else { format!("{}: {fault}", fault.file) }
    };
    faults.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

/// Parses the file at this position of the list.
pub(super) fn parse(files: &[File], file: usize) -> Result<Node, Fault> {
    let text = &files[file].text;
    let fault = |error: toml::de::Error| {
        let span = error.span().unwrap_or(0..0);
        Fault::at(files, &Place { file, span }, format!("this is not TOML: {}", error.message()))
    };
    let places = DeTable::parse(text).map_err(fault)?;
    let values: toml::Table = toml::from_str(text).map_err(fault)?;
    Ok(Node { place: Place { file, span: 0..0 }, what: table(file, places.get_ref(), &values) })
}

fn table(file: usize, places: &DeTable<'_>, values: &toml::Table) -> What {
    let mut entries = BTreeMap::new();
    for (key, place) in places {
        if let Some(value) = values.get(&**key.get_ref()) {
            let entry = Entry {
                key: Place { file, span: key.span() },
                value: node(file, place.get_ref(), place.span(), value),
            };
            entries.insert(key.get_ref().to_string(), entry);
        }
    }
    What::Table(entries)
}

fn node(file: usize, places: &DeValue<'_>, span: Range<usize>, value: &Value) -> Node {
    let what = match (places, value) {
        (DeValue::Table(places), Value::Table(values)) => table(file, places, values),
        (DeValue::Array(places), Value::Array(values)) => {
            let pairs = places.iter().zip(values);
            What::List(pairs.map(|(place, value)| node(file, place.get_ref(), place.span(), value)).collect())
        }
        _ => What::Plain(value.clone()),
    };
    Node { place: Place { file, span }, what }
}

/// Reads the tree into a type; what does not fit is a fault at the line that says it.
pub(super) fn read<T: DeserializeOwned>(files: &[File], tree: &Node) -> Result<T, Fault> {
    serde_path_to_error::deserialize(tree.value()).map_err(|error| {
        let mut path = Vec::new();
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => path.push(index.to_string()),
                Segment::Map { key } => path.push(key.clone()),
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        Fault::at(files, tree.place_of(&path), allowed(error.inner().message()))
    })
}

/// What the parser says, in words of the file: keys and values instead of fields and types, with a near miss named.
fn allowed(message: &str) -> String {
    let message = message.trim();
    for (technical, plain) in [("unknown field ", "unknown key "), ("unknown variant ", "unknown word ")] {
        let Some(rest) = message.strip_prefix(technical) else { continue };
        let mut ticked = rest.split('`').skip(1).step_by(2);
        let wrong = ticked.next().unwrap_or_default();
        let known: Vec<&str> = ticked.collect();
        let meant =
            closest(wrong, known.iter().copied()).map_or(String::new(), |near| format!(", did you mean `{near}`?"));
        let list = known.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
        return if known.is_empty() {
            format!("{plain}`{wrong}`: there are no keys here")
        } else {
            format!("{plain}`{wrong}`{meant}\nallowed here: {list}")
        };
    }
    if let Some(key) = message.strip_prefix("missing field ") {
        return format!("the key {key} is missing here");
    }
    if let Some((found, wanted)) = message.split_once(", expected ") {
        let wanted = match wanted {
            "u8" | "u16" | "u32" | "u64" => "a whole number, 0 or more",
            "i64" | "i32" => "a whole number",
            "f64" => "a number",
            "a boolean" => "true or false",
            "a sequence" => "a list in [ ]",
            "a string" => "text in quotation marks",
            "a TOML datetime" => "a date such as 2026-10-01, without quotation marks",
            other if other.starts_with("struct ") => "a table: { key = value, ... }",
            other => other,
        };
        return format!("{found}; expected is {wanted}");
    }
    message.to_owned()
}
