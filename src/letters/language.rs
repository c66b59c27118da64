//! The languages letters exist in: `models/letters/languages.toml` and the agency's own.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::LettersError;
use super::program_words::ProgramWords;
use super::templates::Templates;
use crate::program::{Phrases, Words};

const FILE: &str = "languages.toml";

/// What the program itself must know of a language; its sentences are in the templates.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// Title of PDF files; `{case_manager}` and the other words of [`ProgramWords`] are filled in.
    pub title: String,
    /// First line of an address to the parent or guardian of a member.
    pub to_parent: String,
    /// Title of the files of notices to providers, filled in likewise.
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
    /// What one who serves is called where the program does not say it.
    #[serde(default)]
    pub words: Option<Phrases>,
    /// What the program's people are called in this language.
    #[serde(skip)]
    pub said: ProgramWords,
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
    /// The shipped ones and those of the agency, which replace a shipped one of the same tag (but for its `words`, where
    /// they give none), with the program's words filled in.
    ///
    /// # Errors
    /// When a file is malformed, or a template is in a language without a table.
    pub fn of(templates: &Templates, program: &Words) -> Result<Self, LettersError> {
        let mut all: BTreeMap<String, Language> = BTreeMap::new();
        for text in templates.layers(FILE) {
            let layer: BTreeMap<String, Language> =
                toml::from_str(text).map_err(|error| templates.refused(FILE, error.to_string()))?;
            for (tag, mut language) in layer {
                language.words = language.words.or_else(|| all.get(&tag)?.words.clone());
                all.insert(tag, language);
            }
        }
        for (name, tag) in templates.languages() {
            if !all.contains_key(tag) {
                let message = format!("its language has no table [{tag}] with `title` and `to_parent` in {FILE}");
                return Err(templates.refused(name, message));
            }
        }
        for (tag, language) in &mut all {
            language.said = ProgramWords::of(program, tag, language.words.as_ref());
            let fill = |text: &str| language.said.fill(text).map_err(|message| templates.refused(FILE, message));
            language.title = fill(&language.title)?;
            language.provider_title = language.provider_title.as_deref().map(fill).transpose()?;
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
