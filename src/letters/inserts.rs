//! Inserts: approved notices the agency supplies as text files, which go with every letter of their language. A file is
//! named `NAME.txt` (for every language) or `NAME.LANGUAGE.txt`; its text is set as it stands and read back whole.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::plain_text::{is_right_to_left, one_line};
use super::templates::digest;

/// One notice in one language.
#[derive(Clone, Debug, Serialize)]
pub struct Insert {
    /// File name without language and extension.
    pub name: String,
    /// Path, for messages.
    #[serde(skip)]
    pub path: String,
    /// Language tag; empty for a text that goes with letters of any language.
    #[serde(skip)]
    pub language: String,
    /// SHA-256 of the file.
    #[serde(skip)]
    pub sha256: String,
    /// Title, paragraphs and lists in their order.
    pub parts: Vec<Part>,
}

/// A piece of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// `title`, `heading`, `paragraph` or `items`.
    pub kind: &'static str,
    /// The text; empty for `items`.
    pub text: String,
    /// Items of a list.
    pub items: Vec<String>,
    /// Language tag of the text, for screen readers.
    pub language: String,
    /// Does it run from right to left?
    pub rtl: bool,
}

impl Part {
    /// All texts of the part.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.text).chain(self.items.iter().map(String::as_str)).filter(|text| !text.is_empty())
    }
}

impl Insert {
    /// Reads the text of a file: the first line is the title, a blank line ends a paragraph, `# ` starts a heading, `- ` an
    /// item of a list. `[ar] ` in front of a paragraph names its language.
    ///
    /// # Errors
    /// When there is no text after the title.
    pub fn parse(name: &str, language: &str, text: &str, path: &str, sha256: String) -> Result<Self, String> {
        let own_language = if language.is_empty() { "en" } else { language };
        let mut parts: Vec<Part> = Vec::new();
        let blocks = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut lines = blocks.lines().map(str::trim).skip_while(|line| line.is_empty());
        let title = lines.next().ok_or("the file has no text")?;
        parts.push(part("title", title.strip_prefix("# ").unwrap_or(title), own_language));
        // Does the next line go on with the paragraph before?
        let mut goes_on = false;
        for line in lines {
            if line.is_empty() {
                goes_on = false;
            } else if let Some(heading) = line.strip_prefix("# ") {
                parts.push(part("heading", heading, own_language));
                goes_on = false;
            } else if let Some(item) = line.strip_prefix("- ") {
                let item = part("items", item, own_language);
                match parts.last_mut().filter(|last| last.kind == "items" && last.language == item.language) {
                    Some(last) => last.items.push(item.text),
                    None => parts.push(Part { items: vec![item.text], text: String::new(), ..item }),
                }
                goes_on = false;
            } else if goes_on && let Some(last) = parts.last_mut() {
                last.text = one_line(&format!("{} {line}", last.text));
            } else {
                parts.push(part("paragraph", line, own_language));
                goes_on = true;
            }
        }
        if parts.len() < 2 {
            return Err("there is no text after the title in the first line".to_owned());
        }
        Ok(Self { name: name.to_owned(), path: path.to_owned(), language: language.to_owned(), sha256, parts })
    }

    /// All texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(Part::texts)
    }

    /// The file's name.
    pub fn file(&self) -> String {
        if self.language.is_empty() {
            format!("{}.txt", self.name)
        } else {
            format!("{}.{}.txt", self.name, self.language)
        }
    }
}

fn part(kind: &'static str, line: &str, language: &str) -> Part {
    let tagged = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).filter(|(tag, _)| is_tag(tag));
    let (language, text) = tagged.unwrap_or((language, line));
    let text = one_line(text);
    let first = text.chars().find(|c| c.is_alphabetic());
    let rtl = first.is_some_and(is_right_to_left);
    Part { kind, text, items: Vec::new(), language: language.to_ascii_lowercase(), rtl }
}

/// Looks it like a language tag? Two or three letters, perhaps with a region.
fn is_tag(tag: &str) -> bool {
    let primary = tag.split('-').next().unwrap_or_default();
    matches!(primary.len(), 2 | 3)
        && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && primary.chars().all(|c| c.is_ascii_lowercase())
}

/// All notices.
#[derive(Clone, Debug, Default)]
pub struct Inserts(Vec<Insert>);

impl Inserts {
    /// These.
    pub fn new(mut all: Vec<Insert>) -> Self {
        all.sort_by(|a, b| (&a.name, &a.language).cmp(&(&b.name, &b.language)));
        Self(all)
    }

    /// Every file.
    pub fn all(&self) -> &[Insert] {
        &self.0
    }

    /// Those that go with a letter of that language, by name.
    pub fn of(&self, language: &str) -> Vec<&Insert> {
        let mut by_name: BTreeMap<&str, &Insert> = BTreeMap::new();
        // The text for every language sorts first, the language's own replaces it.
        for insert in self.0.iter().filter(|insert| insert.language.is_empty() || insert.language == language) {
            by_name.insert(&insert.name, insert);
        }
        by_name.into_values().collect()
    }

    /// Names that exist in some language, but not in this one.
    pub fn lacking(&self, language: &str) -> Vec<String> {
        let here: BTreeSet<&str> = self.of(language).into_iter().map(|insert| &*insert.name).collect();
        let all: BTreeSet<&str> = self.0.iter().map(|insert| &*insert.name).collect();
        all.difference(&here).map(|name| (*name).to_owned()).collect()
    }

    /// A hash of all that goes with a letter of that language.
    pub fn hash(&self, language: &str) -> String {
        let parts: Vec<&str> = self.of(language).iter().flat_map(|insert| [&*insert.name, &*insert.sha256]).collect();
        if parts.is_empty() { String::new() } else { digest(&parts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Insert {
        Insert::parse("notice", "", text, "notice.txt", String::new()).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn titles_paragraphs_headings_lists_and_languages() {
        let insert =
            parsed("\nHelp\n\nFirst\nline.\n\n# More\n- one\n- two\n[ar] \u{645}\u{631}\u{62D}\u{628}\u{627}\n");
        let seen: Vec<(&str, &str, usize, &str, bool)> =
            insert.parts.iter().map(|p| (p.kind, &*p.text, p.items.len(), &*p.language, p.rtl)).collect();
        assert_eq!(
            seen,
            [
                ("title", "Help", 0, "en", false),
                ("paragraph", "First line.", 0, "en", false),
                ("heading", "More", 0, "en", false),
                ("items", "", 2, "en", false),
                ("paragraph", "\u{645}\u{631}\u{62D}\u{628}\u{627}", 0, "ar", true),
            ]
        );
        assert!(Insert::parse("notice", "", "Only a title", "notice.txt", String::new()).is_err());
        assert!(Insert::parse("notice", "", " \n", "notice.txt", String::new()).is_err());
        // Brackets that are no tag stay.
        assert_eq!(parsed("T\n\n[See below] now.").parts[1].text, "[See below] now.");
    }

    #[test]
    fn a_languages_own_text_goes_before_the_one_for_all() {
        let make = |name: &str, language: &str| {
            Insert::parse(name, language, "T\n\nText.", "path", format!("{name}{language}"))
                .unwrap_or_else(|e| panic!("{e}"))
        };
        let inserts = Inserts::new(vec![make("b", "es"), make("b", ""), make("a", "en")]);
        let names = |language: &str| -> Vec<String> { inserts.of(language).iter().map(|i| i.file()).collect() };
        assert_eq!(names("en"), ["a.en.txt", "b.txt"]);
        assert_eq!(names("es"), ["b.es.txt"]);
        assert_eq!(inserts.lacking("es"), ["a"]);
        assert_ne!(inserts.hash("en"), inserts.hash("es"));
    }
}
