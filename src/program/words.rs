//! What a program calls its people, and the document its overseer asks for, `[words]`.

use serde::{Deserialize, Serialize};

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
        }
    }
}

impl Words {
    /// A sentence about members and case managers in this program's words. Only whole words are replaced: names of rules
    /// and columns (`with_members`, `every-member-has-a-case-manager`) stay.
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
                if letter.is_uppercase() {
                    told.extend(own.chars().next().into_iter().flat_map(char::to_uppercase));
                    told.extend(own.chars().skip(1));
                } else {
                    told += own;
                }
                rest = &rest[word.len()..];
            } else {
                told.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
