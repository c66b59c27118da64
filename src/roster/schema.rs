//! The input contract as data: one table of tables and columns. The reader takes its expectations from here, unknown
//! columns are compared with it, and `caseload schema` prints it as Table Schema (<https://specs.frictionlessdata.io/table-schema/>).

use serde_json::{Value, json};

pub mod tables;

pub use tables::TABLES;

/// What a cell of a column may hold. A blank cell means *unknown*, whatever the kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// The unique id of the row.
    Id,
    /// The id of a row in this file.
    Reference(&'static str),
    /// Free text about a person or how to reach one: masked in every message.
    Personal,
    /// Free text, taken as it is.
    Text,
    /// A word or code the agency chose.
    Code,
    /// Several of them, separated by `;`.
    Codes,
    /// A language tag (BCP 47).
    Language,
    /// Several of them, separated by `;`.
    Languages,
    /// One of these words; case makes no difference, and a space or hyphen counts as `_`.
    Word(&'static [&'static str]),
    /// `yes` or `no`; also y, n, true, false, 1, 0 in any case.
    YesNo,
    /// A day of something that has happened.
    PastDate,
    /// A day that may lie ahead.
    Date,
    /// A birth date: masked in every message.
    BirthDate,
    /// A number from 0 to this.
    Number(f64),
    /// A whole number from 0 to this.
    Whole(u32),
    /// WGS 84 degrees north.
    Latitude,
    /// WGS 84 degrees east.
    Longitude,
    /// A ZIP code that stands for a place; ZIP+4 is cut to five digits.
    Zip,
    /// A ZIP code of a mailing address only.
    MailZip,
    /// A five-digit county code.
    County,
    /// County codes, or names of counties of the state, separated by `;`.
    Counties,
}

/// Whether a column must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The column must be there and every cell filled.
    Required,
    /// The column must be there; a blank cell has a meaning of its own.
    Column,
    /// The column may be missing.
    Optional,
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in the header row.
    pub name: &'static str,
    /// Whether it must be there.
    pub presence: Presence,
    /// What its cells hold.
    pub kind: Kind,
    /// What it means, in a sentence.
    pub meaning: &'static str,
}

/// One file.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// File name.
    pub file: &'static str,
    /// Must it be there?
    pub required: bool,
    /// What it holds.
    pub meaning: &'static str,
    /// Its columns; where rows have an id, it is the first.
    pub columns: &'static [Column],
}

/// The table of that file name, with or without `.csv`.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().copied().find(|table| table.file == name || table.file.strip_suffix(".csv") == Some(name))
}

/// The name of a table's sheet in the template workbook: `Members`, `CaseManagers` ...
#[must_use]
pub fn sheet_name(table: &Table) -> &'static str {
    match table.file {
        "members.csv" => "Members",
        "managers.csv" => "CaseManagers",
        "teams.csv" => "Teams",
        "providers.csv" => "Providers",
        "services.csv" => "Services",
        "positions.csv" => "Positions",
        _ => "Decisions",
    }
}

/// The table a sheet of that name holds: the template's names and those of the CSV files; case, spaces and underscores
/// make no difference.
#[must_use]
pub fn sheet_table(name: &str) -> Option<&'static Table> {
    let plain = |name: &str| -> String {
        name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(name.strip_suffix(".csv").unwrap_or(name));
    let same = |table: &&&Table| {
        wanted == plain(sheet_name(table)) || table.file.strip_suffix(".csv").is_some_and(|file| plain(file) == wanted)
    };
    TABLES.iter().find(same).copied()
}

/// All files as a data package (<https://specs.frictionlessdata.io/data-package/>).
#[must_use]
pub fn package() -> Value {
    json!({
        "profile": "tabular-data-package",
        "name": "caseload-roster",
        "resources": TABLES.iter().map(|table| table.to_json()).collect::<Vec<_>>(),
    })
}

impl Column {
    /// Must its values be masked wherever they are shown?
    #[must_use]
    pub const fn is_personal(&self) -> bool {
        matches!(self.kind, Kind::Personal | Kind::BirthDate)
    }
}

impl Table {
    /// Does every row have an id of its own (in the first column)?
    #[must_use]
    pub fn has_ids(&self) -> bool {
        self.columns.first().is_some_and(|column| column.kind == Kind::Id)
    }

    /// As Table Schema.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let fields: Vec<Value> = self.columns.iter().map(Column::field).collect();
        let mut schema = json!({ "fields": fields, "missingValues": [""] });
        if self.has_ids() {
            schema["primaryKey"] = json!(self.columns[0].name);
        }
        let references: Vec<Value> = self.columns.iter().filter_map(foreign_key).collect();
        if !references.is_empty() {
            schema["foreignKeys"] = json!(references);
        }
        json!({
            "name": self.file.trim_end_matches(".csv"),
            "path": self.file,
            "description": self.meaning,
            "required": self.required,
            "profile": "tabular-data-resource",
            "format": "csv",
            "encoding": "utf-8",
            "schema": schema,
        })
    }
}

fn foreign_key(column: &Column) -> Option<Value> {
    let Kind::Reference(file) = column.kind else { return None };
    let key = table(file)?.columns[0].name;
    Some(json!({
        "fields": column.name,
        "reference": { "resource": file.trim_end_matches(".csv"), "fields": key },
    }))
}

impl Column {
    fn field(&self) -> Value {
        let mut constraints = self.kind.constraints();
        if self.presence == Presence::Required {
            constraints.insert("required".to_owned(), json!(true));
        }
        if self.kind == Kind::Id {
            constraints.insert("unique".to_owned(), json!(true));
        }
        let mut field = json!({
            "name": self.name,
            "type": self.kind.json_type(),
            "description": self.meaning,
            "expected": self.kind.expected(),
            "column": if self.presence == Presence::Optional { "optional" } else { "required" },
        });
        if self.is_personal() {
            field["personal"] = json!(true);
        }
        if matches!(self.kind, Kind::YesNo) {
            field["trueValues"] = json!(["yes", "y", "true", "1"]);
            field["falseValues"] = json!(["no", "n", "false", "0"]);
        }
        if !constraints.is_empty() {
            field["constraints"] = Value::Object(constraints);
        }
        field
    }
}

impl Kind {
    /// What is expected in a cell, as a phrase: `one of low, moderate, high, intensive`.
    #[must_use]
    pub fn expected(self) -> String {
        match self {
            Self::Id => "an id of at most 64 characters, used once".to_owned(),
            Self::Reference(file) => format!("the id of a row in {file}"),
            Self::Personal | Self::Text => "text".to_owned(),
            Self::Code => "a word or code".to_owned(),
            Self::Codes => "words or codes, separated by `;`".to_owned(),
            Self::Language => "a language tag such as en, es or zh-Hans".to_owned(),
            Self::Languages => "language tags such as en or es, separated by `;`".to_owned(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::YesNo => "yes or no".to_owned(),
            Self::PastDate | Self::Date | Self::BirthDate => "a day written YYYY-MM-DD".to_owned(),
            Self::Number(most) => format!("a number from 0 to {most}, with `.` before decimals"),
            Self::Whole(most) => format!("a whole number from 0 to {most}"),
            Self::Latitude => "degrees north, from -90 to 90, such as 41.5868".to_owned(),
            Self::Longitude => "degrees east, from -180 to 180, such as -93.6250".to_owned(),
            Self::Zip => "a US ZIP code of five digits".to_owned(),
            Self::MailZip => "five digits".to_owned(),
            Self::County => "a county code of five digits, such as 19153".to_owned(),
            Self::Counties => "county codes or names, separated by `;`".to_owned(),
        }
    }

    const fn json_type(self) -> &'static str {
        match self {
            Self::YesNo => "boolean",
            Self::PastDate | Self::Date | Self::BirthDate => "date",
            Self::Number(_) | Self::Latitude | Self::Longitude => "number",
            Self::Whole(_) => "integer",
            _ => "string",
        }
    }

    fn constraints(self) -> serde_json::Map<String, Value> {
        let between = |least: Value, most: Value| json!({ "minimum": least, "maximum": most });
        let found = match self {
            Self::Word(words) => json!({ "enum": words }),
            Self::Number(most) => between(json!(0), json!(most)),
            Self::Whole(most) => between(json!(0), json!(most)),
            Self::Latitude => between(json!(-90), json!(90)),
            Self::Longitude => between(json!(-180), json!(180)),
            Self::Zip | Self::MailZip => json!({ "pattern": "[0-9]{5}(-?[0-9]{4})?" }),
            Self::County => json!({ "pattern": "[0-9]{5}" }),
            Self::Id => json!({ "maxLength": 64 }),
            _ => json!({}),
        };
        if let Value::Object(map) = found { map } else { serde_json::Map::new() }
    }
}
