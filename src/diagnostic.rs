//! One registry of problem codes, and the form every message to a user takes: the place, the fact, the next step.
//!
//! Personal values are masked before they get here ([`Shown::masked`]): a problem can be logged and mailed.

use std::fmt;

use serde::Serialize;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The run stops: exit status 3.
    Error,
    /// The run goes on; `--strict` makes it exit 1.
    Warning,
    /// Worth knowing, e.g. a repaired ZIP.
    Note,
}

macro_rules! codes {
    ($($variant:ident $code:literal $severity:ident $title:literal $explain:literal;)*) => {
        /// Every kind of problem that can be found in input. The text is in [`Code::title`] and [`Code::explain`];
        /// `src/docs/diagnostics.md` lists them (a test compares).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $variant,)*
        }

        impl Code {
            /// All codes, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The short name users quote, e.g. `R104`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// How much it matters.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),* }
            }

            /// What is wrong, in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// What it means and what to do about it.
            #[must_use]
            pub const fn explain(self) -> &'static str {
                match self { $(Self::$variant => $explain),* }
            }
        }
    };
}

codes! {
    FileMissing "R001" Error "a required file is missing"
        "The roster folder needs members.csv and managers.csv. Check the folder's path and the files' names.";
    FileUnreadable "R002" Error "a file cannot be read as a table"
        "The file is not a CSV file in UTF-8. In Excel choose 'CSV UTF-8 (comma delimited)' when saving.";
    FileTooLarge "R003" Error "a file, row or cell is larger than any real roster's"
        "A quotation mark that is never closed swallows the rest of the file into one cell: look there first.";
    EncodingInvalid "R004" Error "text is not UTF-8"
        "Save the file again as 'CSV UTF-8'. Names with accents are lost otherwise.";
    FileEmpty "R005" Error "a file holds no rows"
        "The header row is there but nothing below it, or the file is blank. Export it again.";
    FileIsWorkbook "R006" Error "a file is an Excel workbook with a .csv name"
        "Open it in Excel and save it as 'CSV UTF-8 (comma delimited)'.";
    FileUnknown "R007" Note "a file is not part of the contract and is ignored"
        "Its name is close to one of the contract's: rename it if that is what it is.";
    FileOpen "R008" Error "a file is open in another program"
        "Excel keeps unsaved changes to itself. Save and close the file; if nobody has it open, delete the file beside it whose name begins with ~$.";
    FileMacros "R009" Error "a workbook holds macros"
        "Macros are programs; none is run or read. Save the file as 'Excel Workbook (.xlsx)'.";
    FileTwice "R010" Warning "the same table stands in two places"
        "One of them is used, the other is not read. Take it out, or move it elsewhere.";
    ColumnMissing "R101" Error "a required column is missing"
        "The header row must name it exactly; `caseload schema` lists all columns.";
    ColumnUnknown "R102" Note "a column is not part of the contract and is ignored"
        "Harmless when meant so; a misspelt name would lose its data.";
    ColumnDuplicate "R103" Error "a column appears twice"
        "Delete or rename one of them.";
    RowRagged "R104" Error "a row has more or fewer cells than the header"
        "Usually a comma inside a value that is not in quotation marks.";
    ValueMissing "R201" Error "a required value is blank"
        "Fill it in, or take the row out.";
    ValueInvalid "R202" Error "a value is not of the expected kind"
        "Correct the cell. Where a column may be blank, a blank cell means unknown.";
    ValueOutOfRange "R203" Error "a value is outside the possible range"
        "Correct the cell; look for a slipped decimal point or a shifted column.";
    DateInvalid "R204" Error "a date is not a real day written YYYY-MM-DD"
        "Write the year first: 2026-11-23.";
    IdDuplicate "R205" Error "an id is used by two rows"
        "Ids must be unique; the first row with it is named.";
    ReferenceUnknown "R206" Error "a row refers to an id that does not exist"
        "The id must be a row of the other file; close matches are suggested.";
    PlaceIncomplete "R207" Error "one of latitude and longitude is blank"
        "Fill in both, or clear both and give a ZIP.";
    PlaceSwapped "R208" Error "latitude and longitude look swapped"
        "In the Americas latitude is positive (18 to 72) and longitude negative.";
    ZipUnknown "R209" Error "a ZIP code does not exist"
        "Check the digits; a five-digit US ZIP is expected.";
    CountyUnknown "R210" Error "a county does not exist"
        "A five-digit county FIPS code or, for `counties`, the code or name of a county of the state is expected.";
    FormulaCell "R211" Error "a cell holds a formula instead of a value"
        "Copy the column and paste it as values, then export again.";
    DecisionContradiction "R212" Warning "two decisions about one member contradict each other"
        "Each row is named; take one of them out. `caseload plan` ends with exit status 4 while they stand.";
    DecisionStale "R213" Warning "a `keep` names a case manager the member is not with"
        "The decision is read as `assign`. Check that the roster is the current one.";
    ZipRepaired "R301" Note "a leading zero of a ZIP code was put back"
        "Excel drops it; format the column as text to keep it.";
    DateInFuture "R302" Warning "a date lies in the future"
        "It is later than the day of the run, for something that has already happened.";
    ManagerHasLeft "R303" Warning "members are still with a case manager who has left"
        "They are handed over by the plan.";
    MemberPossiblyDuplicate "R304" Warning "two members may be the same person"
        "Same birth date, ZIP and name. Two letters would go to one person.";
    PlaceFarFromZip "R305" Warning "coordinates lie far from the ZIP code"
        "One of the two is wrong; the coordinates are used.";
    PlaceOutsideState "R306" Warning "a place lies outside the state most members live in"
        "Right for a few; a sign of swapped or mistyped coordinates for many.";
    PlaceUnknown "R307" Warning "a place is unknown: neither coordinates nor ZIP"
        "No driving is counted for it.";
    OverCap "R308" Note "a case manager is over the cap at present"
        "The plan brings the caseload down.";
    DateOrder "R309" Warning "two dates are in an impossible order"
        "For example an end before its start, or an assignment before birth.";
    ManagerUnusable "R310" Warning "a case manager can take nobody"
        "Not at work on the effective date, takes no new members and has none, or a cap of 0. Counting such a person pads the average.";
    TeamWithoutRow "R311" Note "a team has no row in teams.csv"
        "It is used without a supervisor. Add a row when letters shall name one, or correct the spelling.";
    PairRepeated "R312" Warning "two rows say the same about one pair"
        "Both are counted. Take one of them out.";
    ProgramUnknown "R313" Warning "a program code is not among those of the program"
        "The rules of a program are for the codes it lists; whoever has another one is counted in none of its categories by code.";
    ProgramNotInForce "R314" Warning "a program code does not hold on the effective date"
        "It has ended or has not begun. An ended code is read as the one it becomes where the program says so.";
}

/// A value as it may be shown: plain, or masked when it is personal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Shown(String);

impl Shown {
    /// A value that is not personal (an id, a code, a number), cut to 60 characters, control characters escaped.
    #[must_use]
    pub fn plain(value: &str) -> Self {
        let mut shown: String = value.chars().take(60).flat_map(char::escape_debug).collect();
        if value.chars().nth(60).is_some() {
            shown.push('…');
        }
        Self(shown)
    }

    /// A personal value (name, address, phone, birth date ...): only its length is kept.
    #[must_use]
    pub fn masked(value: &str) -> Self {
        Self(format!("({} characters, not shown)", value.chars().count()))
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// One problem: where, what, what was expected, how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind.
    #[serde(serialize_with = "as_code")]
    pub code: Code,
    /// File name, e.g. `members.csv`.
    pub file: String,
    /// Row as a spreadsheet counts: the header is row 1. `None` = the whole file.
    pub row: Option<u32>,
    /// Column name.
    pub column: Option<String>,
    /// The value found.
    pub value: Option<Shown>,
    /// What was expected there, as a phrase: `one of low, moderate, high, intensive`.
    pub expected: String,
    /// How to fix it, as a sentence.
    pub fix: String,
    /// The closest valid value, when one is close.
    pub did_you_mean: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the form serde calls
fn as_code<S: serde::Serializer>(code: &Code, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(code.code())
}

impl Problem {
    /// A problem of a whole file; the other parts are added by the builder methods.
    #[must_use]
    pub fn new(code: Code, file: &str) -> Self {
        Self {
            code,
            file: file.to_owned(),
            row: None,
            column: None,
            value: None,
            expected: String::new(),
            fix: code.explain().to_owned(),
            did_you_mean: None,
        }
    }

    /// In this row (the header is row 1).
    #[must_use]
    pub fn row(mut self, row: u32) -> Self {
        self.row = Some(row);
        self
    }

    /// In this column.
    #[must_use]
    pub fn column(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }

    /// With this value, already safe to show.
    #[must_use]
    pub fn value(mut self, value: Shown) -> Self {
        self.value = Some(value);
        self
    }

    /// What was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    /// How to fix it, when the code's own advice is not specific enough.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }

    /// The closest valid value.
    #[must_use]
    pub fn did_you_mean(mut self, word: Option<&str>) -> Self {
        self.did_you_mean = word.map(str::to_owned);
        self
    }

    /// Severity of its code.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// The candidate closest to `word` when it is close enough to be what was meant (Damerau-Levenshtein, case folded,
/// at most a third of the letters differ). Ties go to the first in order.
#[must_use]
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.trim().to_lowercase();
    let allowed = (wanted.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate.len().abs_diff(wanted.len()) > allowed + 3 {
            continue;
        }
        let distance = strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase());
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}
