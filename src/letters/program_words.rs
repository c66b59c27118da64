//! What the program calls its people, in the language of a letter: the English words of its `[words]`, and the phrases of
//! `[words.languages]`, else the neutral ones of `languages.toml`.

use serde::Serialize;

use crate::program::{Phrases, Words};

/// `letter.words`. In languages other than English the first three are for what the letter says in English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProgramWords {
    /// One who serves: `case manager`.
    pub case_manager: String,
    /// Several.
    pub case_managers: String,
    /// One, with the article.
    pub a_case_manager: String,
    /// In the letter's language, to a member: `la persona a cargo de su caso`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub your_case_manager: Option<String>,
    /// In the letter's language, about a member: `la persona a cargo del caso`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub the_case_manager: Option<String>,
}

impl ProgramWords {
    /// For letters of the language; `neutral` are the phrases of its table.
    pub fn of(words: &Words, tag: &str, neutral: Option<&Phrases>) -> Self {
        let phrases = words.languages.get(tag).or(neutral);
        Self {
            case_manager: words.case_manager.clone(),
            case_managers: words.case_managers.clone(),
            a_case_manager: words.a_case_manager(),
            your_case_manager: phrases.map(|phrases| phrases.your_case_manager.clone()),
            the_case_manager: phrases.map(|phrases| phrases.the_case_manager.clone()),
        }
    }

    /// Every word with its name, in a fixed order.
    fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("case_manager", Some(&self.case_manager)),
            ("case_managers", Some(&self.case_managers)),
            ("a_case_manager", Some(&self.a_case_manager)),
            ("your_case_manager", self.your_case_manager.as_ref()),
            ("the_case_manager", self.the_case_manager.as_ref()),
        ]
        .into_iter()
        .filter_map(|(name, word)| Some((name, word?.as_str())))
    }

    /// Every word.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.named().map(|(_, word)| word)
    }

    /// What a letter's id takes in, so that other words make another letter.
    pub fn identity(&self) -> String {
        self.named().fold(String::new(), |all, (name, word)| all + &format!("{name}:{}:{word};", word.len()))
    }

    /// A text of `languages.toml` with its `{case_manager}` filled in.
    ///
    /// # Errors
    /// With what stands in braces and is no word.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let (name, behind) = after.split_once('}').ok_or_else(|| format!("`{text}` has a {{ without }}"))?;
            let known: Vec<&str> = self.named().map(|(known, _)| known).collect();
            let word = self.named().find(|(known, _)| *known == name).map(|(_, word)| word);
            filled += before;
            filled += word.ok_or_else(|| format!("`{text}`: {{{name}}} is none of {}", known.join(", ")))?;
            rest = behind;
        }
        Ok(filled + rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_and_unknown_words_are_named() {
        let own = Words { case_managers: "officers".to_owned(), ..Words::default() };
        let words = ProgramWords::of(&own, "en", None);
        assert_eq!(words.fill("New {case_managers}").as_deref(), Ok("New officers"));
        assert_eq!(words.fill("No word").as_deref(), Ok("No word"));
        let message = words.fill("For {your_case_manager}").err().unwrap_or_default();
        assert_eq!(
            message,
            "`For {your_case_manager}`: {your_case_manager} is none of case_manager, case_managers, a_case_manager"
        );
        assert!(words.fill("A { brace").is_err());
    }
}
