//! `[letters]` of `caseload.toml`: what letters are printed with, and its defaults.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::program::settings::{Listing, SettingsError};

/// Folders beside the roster that need not be there as long as nobody names another one.
const TEMPLATES: &str = "letters";
const FONTS: &str = "letters/fonts";
const INSERTS: &str = "letters/inserts";

/// What letters need to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LetterSettings {
    /// A name in `models/organizations`, or a path.
    pub organization: String,
    /// Letters in a print batch, at most.
    pub batch_size: u32,
    /// Envelope window profile.
    pub window: String,
    /// Reading grade above which a letter is warned about.
    pub reading_grade: u32,
    /// Date printed on letters.
    pub sent_on: NaiveDate,
    /// When a guardian, parent or representative is written to: does the member get a letter too?
    pub member_copy: MemberCopy,
    /// Folder of the agency's own templates, languages and windows, beside the roster.
    pub templates: String,
    /// Folder of fonts for scripts the bundled one lacks, beside the roster.
    pub fonts: String,
    /// Use Noto fonts installed on this computer where all others lack a character.
    pub system_fonts: bool,
    /// Folder of approved notices that go with every letter, beside the roster.
    pub inserts: String,
    /// Inserts no letter may go without.
    pub required_inserts: Vec<String>,
    /// What happens where a required one is not there in a letter's language.
    pub missing_insert: MissingInsert,
}

impl LetterSettings {
    /// Everything as it is when `caseload.toml` says nothing; letters of that day.
    #[must_use]
    pub fn on(sent_on: NaiveDate) -> Self {
        Self {
            organization: "example".to_owned(),
            batch_size: 2000,
            window: "number-10".to_owned(),
            reading_grade: 6,
            sent_on,
            member_copy: MemberCopy::default(),
            templates: TEMPLATES.to_owned(),
            fonts: FONTS.to_owned(),
            system_fonts: true,
            inserts: INSERTS.to_owned(),
            required_inserts: Vec::new(),
            missing_insert: MissingInsert::default(),
        }
    }

    /// May this folder be missing? Only where nobody named it.
    #[must_use]
    pub fn may_be_missing(folder: &str) -> bool {
        [TEMPLATES, FONTS, INSERTS].contains(&folder)
    }
}

/// Does a member with a guardian, parent or representative get a letter too?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberCopy {
    /// Only the guardian, parent or representative is written to.
    #[default]
    Never,
    /// Members of age are, children are not.
    Adults,
    /// Every member is.
    Always,
}

/// What happens where a required insert is not there in a letter's language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingInsert {
    /// The letters are held, with that reason.
    #[default]
    Hold,
    /// No letter at all is printed.
    Stop,
}

impl fmt::Display for MemberCopy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Never => "never",
            Self::Adults => "adults",
            Self::Always => "always",
        })
    }
}

impl fmt::Display for MissingInsert {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Hold => "hold",
            Self::Stop => "stop",
        })
    }
}

/// Names, written as TOML writes a list.
#[derive(Clone, Debug)]
struct Names(Vec<String>);

impl fmt::Display for Names {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<String> = self.0.iter().map(|name| format!("\"{name}\"")).collect();
        write!(out, "[{}]", quoted.join(", "))
    }
}

/// `[letters]` as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LettersFile {
    organization: Option<String>,
    batch_size: Option<u32>,
    window: Option<String>,
    reading_grade: Option<u32>,
    pub(super) sent_on: Option<toml::value::Datetime>,
    member_copy: Option<MemberCopy>,
    templates: Option<String>,
    fonts: Option<String>,
    system_fonts: Option<bool>,
    inserts: Option<String>,
    required_inserts: Option<Vec<String>>,
    missing_insert: Option<MissingInsert>,
}

/// The settings of the letters, each noted in `list`. `organization` is what the command line says, `sent_on` the date
/// in `file`, parsed.
///
/// # Errors
/// When a value is out of range.
pub(super) fn resolve(
    list: &mut Listing,
    file: &LettersFile,
    organization: Option<String>,
    sent_on: Option<NaiveDate>,
    as_of: NaiveDate,
) -> Result<LetterSettings, SettingsError> {
    let default = LetterSettings::on(as_of);
    let required = Names(default.required_inserts);
    let letters = LetterSettings {
        organization: list.pick("letters.organization", organization, file.organization.clone(), default.organization),
        batch_size: list.pick("letters.batch_size", None, file.batch_size, default.batch_size),
        window: list.pick("letters.window", None, file.window.clone(), default.window),
        reading_grade: list.pick("letters.reading_grade", None, file.reading_grade, default.reading_grade),
        sent_on: list.pick("letters.sent_on", None, sent_on, default.sent_on),
        member_copy: list.pick("letters.member_copy", None, file.member_copy, default.member_copy),
        templates: list.pick("letters.templates", None, file.templates.clone(), default.templates),
        fonts: list.pick("letters.fonts", None, file.fonts.clone(), default.fonts),
        system_fonts: list.pick("letters.system_fonts", None, file.system_fonts, default.system_fonts),
        inserts: list.pick("letters.inserts", None, file.inserts.clone(), default.inserts),
        required_inserts: list
            .pick("letters.required_inserts", None, file.required_inserts.clone().map(Names), required)
            .0,
        missing_insert: list.pick("letters.missing_insert", None, file.missing_insert, default.missing_insert),
    };
    if !(1..=10_000).contains(&letters.batch_size) {
        return Err(SettingsError::OutOfRange {
            key: "letters.batch_size".to_owned(),
            value: letters.batch_size.to_string(),
            expected: "1 to 10000 letters a batch".to_owned(),
        });
    }
    Ok(letters)
}
