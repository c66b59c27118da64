//! The languages letters exist in: `models/letters/languages.toml` and the agency's own.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::LettersError;
use super::templates::Templates;

const FILE: &str = "languages.toml";

/// What the program itself must know of a language; its sentences are in the templates.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// Title of PDF files.
    pub title: String,
    /// First line of an address to the parent or guardian of a member.
    pub to_parent: String,
    /// Title of the files of notices to providers.
    #[serde(default)]
    pub provider_title: Option<String>,
    /// Line above the number when a notice to a provider goes by fax.
    #[serde(default)]
    pub by_fax: Option<String>,
    /// Formula of the reading grade, where there is one.
    #[serde(default)]
    pub reading_formula: Option<ReadingFormula>,
    /// Font families tried first after the bundled one.
    #[serde(default)]
    pub fonts: Vec<String>,
}

/// A formula of reading difficulty that gives a school grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadingFormula {
    /// Flesch-Kincaid grade level, for English.
    FleschKincaid,
    /// Crawford's formula, for Spanish.
    Crawford,
}

/// All languages by their primary tag.
#[derive(Clone, Debug)]
pub struct Languages(BTreeMap<String, Language>);

impl Languages {
    /// The shipped ones and those of the agency, which replace a shipped one of the same tag.
    ///
    /// # Errors
    /// When a file is malformed, or a template is in a language without a table.
    pub fn of(templates: &Templates) -> Result<Self, LettersError> {
        let mut all = BTreeMap::new();
        for text in templates.layers(FILE) {
            let layer: BTreeMap<String, Language> =
                toml::from_str(text).map_err(|error| templates.refused(FILE, error.to_string()))?;
            all.extend(layer);
        }
        for (name, tag) in templates.languages() {
            if !all.contains_key(tag) {
                let message = format!("its language has no table [{tag}] with `title` and `to_parent` in {FILE}");
                return Err(templates.refused(name, message));
            }
        }
        Ok(Self(all))
    }

    /// The language of a BCP 47 tag (`en-US` is served by `en`), with the tag it is known by.
    pub fn find(&self, tag: &str) -> Option<(&str, &Language)> {
        let tag = tag.to_ascii_lowercase();
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        self.0.get_key_value(&tag).or_else(|| self.0.get_key_value(primary)).map(|(tag, language)| (&**tag, language))
    }
}
