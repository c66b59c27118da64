//! The languages letters exist in: `models/letters/languages.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::LettersError;

/// What the program itself must know of a language; its sentences are in the templates.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// Title of PDF files.
    pub title: String,
    /// First line of an address to the parent or guardian of a member.
    pub to_parent: String,
    /// Formula of the reading grade, where there is one.
    #[serde(default)]
    pub reading_formula: Option<ReadingFormula>,
}

/// A formula of reading difficulty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadingFormula {
    /// Flesch-Kincaid grade level, for English.
    FleschKincaid,
}

/// All languages by their primary tag.
pub struct Languages(BTreeMap<String, Language>);

impl Languages {
    /// Reads the text of `languages.toml`.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn parse(text: &str) -> Result<Self, LettersError> {
        toml::from_str(text)
            .map(Self)
            .map_err(|error| LettersError::Model { file: "languages.toml".to_owned(), message: error.to_string() })
    }

    /// The language of a BCP 47 tag (`en-US` is served by `en`), with the tag it is known by.
    pub fn find(&self, tag: &str) -> Option<(&str, &Language)> {
        let tag = tag.to_ascii_lowercase();
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        self.0.get_key_value(&tag).or_else(|| self.0.get_key_value(primary)).map(|(tag, language)| (&**tag, language))
    }
}
