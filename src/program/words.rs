//! What a program calls its people, and the document its overseer asks for, `[words]`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::validate::Checks;

/// Letters of a word at most: a heading, a line of an envelope and the title of a sheet hold it.
const LONGEST: usize = 60;

/// Words of a program, as they stand inside a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// One who is served.
    pub member: String,
    /// Several.
    pub members: String,
    /// One who serves.
    pub case_manager: String,
    /// Several.
    pub case_managers: String,
    /// All of one's members.
    pub caseload: String,
    /// What they do.
    pub case_management: String,
    /// Title of the document the overseer asks for.
    pub monitoring: String,
    /// What it shows, in this order.
    pub metrics: Vec<Metric>,
    /// One who serves, with the article, where its first letters do not tell it (`an RN`, `a one-to-one aide`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a_case_manager: Option<String>,
    /// What letters in other languages say, by language tag; where none is given, letters use the neutral words of
    /// `models/letters/languages.toml`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub languages: BTreeMap<String, Phrases>,
}

/// One who serves, in a language other than English: whole phrases, so that nothing has to be inflected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrases {
    /// To a member: `su coordinadora de servicios`.
    pub your_case_manager: String,
    /// About a member, who is named after it or not: `la coordinadora de servicios`.
    pub the_case_manager: String,
}

/// A table of the monitoring document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Members per case manager: largest, mean, median.
    Caseloads,
    /// How long members have had their case manager.
    Tenure,
    /// How long the case managers have been one.
    Experience,
    /// The caseload of each case manager by itself.
    PerWorker,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            member: "member".to_owned(),
            members: "members".to_owned(),
            case_manager: "case manager".to_owned(),
            case_managers: "case managers".to_owned(),
            caseload: "caseload".to_owned(),
            case_management: "case management".to_owned(),
            monitoring: "What the state monitors".to_owned(),
            metrics: vec![Metric::Caseloads, Metric::Tenure, Metric::Experience],
            a_case_manager: None,
            languages: BTreeMap::new(),
        }
    }
}

impl Words {
    /// The plain words by key, those that others begin with after them.
    #[must_use]
    pub fn named(&self) -> [(&'static str, &str); 6] {
        [
            ("case_managers", &self.case_managers),
            ("case_manager", &self.case_manager),
            ("case_management", &self.case_management),
            ("members", &self.members),
            ("member", &self.member),
            ("caseload", &self.caseload),
        ]
    }

    /// One who serves, with the article.
    #[must_use]
    pub fn a_case_manager(&self) -> String {
        self.a_case_manager.clone().unwrap_or_else(|| format!("{} {}", article(&self.case_manager), self.case_manager))
    }

    /// A sentence about members and case managers in this program's words. Only whole words are replaced: names of rules
    /// and columns (`with_members`, `every-member-has-a-case-manager`) stay. The article `a` before a word fits the new one.
    #[must_use]
    pub fn speak(&self, text: &str) -> String {
        let own = [
            ("case managers", &self.case_managers),
            ("case manager", &self.case_manager),
            ("case management", &self.case_management),
            ("members", &self.members),
            ("member", &self.member),
            ("caseload", &self.caseload),
        ];
        let is_inside = |letter: Option<char>| letter.is_some_and(|one| one.is_alphanumeric() || "_-.".contains(one));
        let mut told = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let begins = !is_inside(told.chars().next_back());
            let ends = |word: &str| {
                let mut after = rest[word.len()..].chars();
                // A full stop ends a sentence, not a word, unless a key goes on behind it.
                match after.next() {
                    Some('.') => !after.next().is_some_and(char::is_alphanumeric),
                    other => !is_inside(other),
                }
            };
            // The first letter may be a capital one: the beginning of a sentence.
            let is_it = |(word, _): &&(&str, &String)| {
                begins
                    && letter.is_ascii_alphabetic()
                    && word.starts_with(letter.to_ascii_lowercase())
                    && rest[1..].starts_with(&word[1..])
                    && ends(word)
            };
            if let Some((word, own)) = own.iter().find(is_it) {
                rest = &rest[word.len()..];
                if letter.is_lowercase() && ends_in_article(&told) {
                    let with_article = match *word {
                        "case manager" => self.a_case_manager(),
                        _ => format!("{} {own}", article(own)),
                    };
                    let large = told[..told.len() - 1].ends_with('A');
                    told.truncate(told.len() - 2);
                    told += &if large { capitalized(&with_article) } else { with_article };
                } else if letter.is_uppercase() {
                    told += &capitalized(own);
                } else {
                    told += own;
                }
            } else {
                told.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
        told
    }
}

/// Does it end in the word `a` and a space?
fn ends_in_article(told: &str) -> bool {
    let before = told.strip_suffix("a ").or_else(|| told.strip_suffix("A "));
    before.is_some_and(|before| !before.ends_with(|letter: char| letter.is_alphanumeric() || "_-.'".contains(letter)))
}

/// With a capital letter at its beginning.
#[must_use]
pub fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `a` or `an`, by how English says the first letters.
fn article(word: &str) -> &'static str {
    let first = word.split([' ', '-']).next().unwrap_or_default();
    let spelled = first.len() > 1 && first.chars().all(|letter| letter.is_ascii_uppercase());
    let small = first.to_ascii_lowercase();
    let begins = |with: &[&str]| with.iter().any(|one| small.starts_with(one));
    let vowel = if spelled {
        small.starts_with(['a', 'e', 'f', 'h', 'i', 'l', 'm', 'n', 'o', 'r', 's', 'x'])
    } else {
        begins(&["hour", "honest", "honor", "heir"])
            || small.starts_with(['a', 'e', 'i', 'o', 'u'])
                && !(small == "one" || begins(&["uni", "use", "usu", "uti", "eu", "once"]))
    };
    if vowel { "an" } else { "a" }
}

/// What words may not say: blank ones, and ones that no heading holds.
pub(super) fn check(words: &Words, checks: &mut Checks<'_>) {
    let mut word = |path: &str, text: &str| {
        if text.trim().is_empty() {
            checks.fault(path, "is blank; leave the key out for the usual word");
        } else if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
            checks.fault(path, format!("must be one line of at most {LONGEST} letters"));
        }
    };
    for (key, text) in words.named() {
        word(&format!("words.{key}"), text);
    }
    if let Some(text) = &words.a_case_manager {
        word("words.a_case_manager", text);
    }
    for (tag, phrases) in &words.languages {
        word(&format!("words.languages.{tag}.your_case_manager"), &phrases.your_case_manager);
        word(&format!("words.languages.{tag}.the_case_manager"), &phrases.the_case_manager);
    }
    for tag in words.languages.keys() {
        let path = format!("words.languages.{tag}");
        if tag == "en" {
            checks.fault(&path, "English letters use the keys of [words] themselves");
        } else if tag.is_empty() || !tag.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') {
            checks.fault(
                &path,
                "a language tag in small letters is expected, as models/letters/languages.toml has it: es",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_fit_the_programs_words() {
        for (word, with) in [
            ("case manager", "a"),
            ("officer", "an"),
            ("individual or family", "an"),
            ("user", "a"),
            ("one-to-one aide", "a"),
            ("hourly aide", "an"),
            ("RN", "an"),
            ("LPN", "an"),
            ("CM", "a"),
        ] {
            assert_eq!(article(word), with, "{word}");
        }
        let words = Words {
            member: "individual".to_owned(),
            case_manager: "officer".to_owned(),
            case_managers: "officers".to_owned(),
            ..Words::default()
        };
        assert_eq!(
            words.speak("A member has a case manager; a new case manager."),
            "An individual has an officer; a new officer."
        );
        assert_eq!(words.speak("via member or extra member"), "via individual or extra individual");
        let own = Words { a_case_manager: Some("your own officer".to_owned()), ..words };
        assert_eq!(own.speak("A case manager, a member"), "Your own officer, an individual");
    }

    #[test]
    fn whole_words_are_the_programs_own() {
        let words = Words {
            member: "client".to_owned(),
            members: "clients".to_owned(),
            case_manager: "officer".to_owned(),
            case_managers: "officers".to_owned(),
            ..Words::default()
        };
        for (text, told) in [
            ("largest caseload, members of one case manager", "largest caseload, clients of one officer"),
            ("3 case managers by with_members, a member-only rule.", "3 officers by with_members, a member-only rule."),
            ("every-member-has-a-case-manager: members.", "every-member-has-a-case-manager: clients."),
            ("max_caseload of managers.csv, members.csv", "max_caseload of managers.csv, members.csv"),
            ("Members of a caseload. Case managers", "Clients of a caseload. Officers"),
            ("é members – member", "é clients – client"),
            ("", ""),
        ] {
            assert_eq!(words.speak(text), told);
            assert_eq!(Words::default().speak(text), text);
        }
    }
}
