//! The organization that sends the letters: `models/organizations/*.toml`, or the agency's own file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

use super::plain_text;

/// The profiles shipped inside the binary.
static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/models/organizations");

/// Who sends the letters and how it is reached. What is not known stays absent: a letter then says less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Name as members know it.
    pub name: String,
    /// Lines of the return address; none when the envelope carries it.
    #[serde(default)]
    pub return_address: Vec<String>,
    /// General phone.
    pub phone: String,
    /// What to press after dialling, e.g. `press 1, and then press 6`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_menu: Option<String>,
    /// TTY number; letters name the relay service 711 when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty: Option<String>,
    /// General e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Opening hours as printed, e.g. `Monday to Friday, 8 a.m. to 5 p.m.`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// Phone for grievances; the general phone when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grievance_phone: Option<String>,
    /// E-mail for grievances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grievance_email: Option<String>,
    /// Web page for members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Web address of the public map of territories; not printed in letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage_map: Option<String>,
    /// Words of the profile in other languages, by tag; templates do not see them.
    #[serde(default, skip_serializing)]
    pub languages: BTreeMap<String, Wording>,
}

/// What of a profile is said in words, in one more language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// Name, where it differs.
    pub name: Option<String>,
    /// What to press after dialling.
    pub phone_menu: Option<String>,
    /// Opening hours.
    pub hours: Option<String>,
}

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// No shipped profile of that name.
    #[error("there is no organization `{name}`{}; shipped are: {known}. Your own is named by its path, ending in .toml",
        did_you_mean.as_ref().map_or(String::new(), |word| format!(", did you mean `{word}`?")))]
    Unknown {
        /// As given.
        name: String,
        /// All names.
        known: String,
        /// A close one.
        did_you_mean: Option<String>,
    },
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file does not say what it should.
    #[error("{path}: {message}")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong, with line and column where known.
        message: String,
    },
}

impl Organization {
    /// Names of the shipped profiles, sorted.
    #[must_use]
    pub fn shipped_names() -> Vec<&'static str> {
        let mut names: Vec<&str> =
            SHIPPED.files().filter_map(|file| file.path().file_stem().and_then(|stem| stem.to_str())).collect();
        names.sort_unstable();
        names
    }

    /// A shipped profile by name, or a file ending in `.toml` (relative to `folder`, the roster's, then to the working
    /// directory).
    ///
    /// # Errors
    /// When there is no such profile or file, or it does not say what it should.
    pub fn load(name_or_path: &str, folder: &Path) -> Result<Self, OrganizationError> {
        if let Some(text) = SHIPPED.get_file(format!("{name_or_path}.toml")).and_then(|file| file.contents_utf8()) {
            return Self::parse(text, &PathBuf::from(format!("models/organizations/{name_or_path}.toml")));
        }
        if !Path::new(name_or_path).extension().is_some_and(|ext| ext.eq_ignore_ascii_case("toml")) {
            let known = Self::shipped_names();
            return Err(OrganizationError::Unknown {
                name: name_or_path.to_owned(),
                did_you_mean: crate::diagnostic::closest(name_or_path, known.iter().copied()).map(str::to_owned),
                known: known.join(", "),
            });
        }
        let beside = folder.join(name_or_path);
        let path = if beside.exists() { beside } else { PathBuf::from(name_or_path) };
        let text = std::fs::read_to_string(&path)
            .map_err(|source| OrganizationError::Unreadable { path: path.clone(), source })?;
        Self::parse(&text, &path)
    }

    /// The profile as letters in that language show it; what is not given in it stays as it is.
    #[must_use]
    pub fn in_language(&self, tag: &str) -> Self {
        let mut shown = Self { languages: BTreeMap::new(), ..self.clone() };
        if let Some(wording) = self.languages.get(tag) {
            shown.name = wording.name.clone().unwrap_or(shown.name);
            shown.phone_menu = wording.phone_menu.clone().or(shown.phone_menu);
            shown.hours = wording.hours.clone().or(shown.hours);
        }
        shown
    }

    /// Reads the text of a profile; `path` is for messages.
    ///
    /// # Errors
    /// When it is malformed, or name or phone is blank.
    pub fn parse(text: &str, path: &Path) -> Result<Self, OrganizationError> {
        let malformed = |message: String| OrganizationError::Malformed { path: path.to_owned(), message };
        let mut read: Self = toml::from_str(text).map_err(|error| malformed(error.to_string()))?;
        read.name = plain_text::one_line(&read.name);
        read.phone = plain_text::one_line(&read.phone);
        if read.name.is_empty() || read.phone.is_empty() {
            return Err(malformed("`name` and `phone` must not be blank: every letter shows them".to_owned()));
        }
        if read.return_address.len() > 4 {
            return Err(malformed("`return_address` has more than 4 lines: it would run into the window".to_owned()));
        }
        Ok(read)
    }
}
