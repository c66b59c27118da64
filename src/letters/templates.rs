//! The template files: those of `models/letters`, shipped inside the binary, and the agency's own, which replace a
//! shipped one of the same name or come beside it.

use std::collections::{BTreeMap, BTreeSet};

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use super::LettersError;
use super::recipient::RecipientKind;

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/models/letters");
static FONTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/models/letters/fonts");

/// The file that strings letters together.
pub const MAIN: &str = "_batch.typ";

/// A text file of the agency's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnText {
    /// What it says.
    pub text: String,
    /// Its path, for messages.
    pub path: String,
}

/// Template files by name, and the tables of languages and windows.
#[derive(Clone, Debug)]
pub struct Templates {
    shipped: BTreeMap<String, String>,
    own: BTreeMap<String, OwnText>,
}

impl Templates {
    /// Those of the binary.
    pub fn shipped() -> Self {
        let text = |file: &include_dir::File<'_>| {
            let name = file.path().file_name()?.to_str()?.to_owned();
            Some((name, file.contents_utf8()?.to_owned()))
        };
        Self { shipped: SHIPPED.files().filter_map(text).collect(), own: BTreeMap::new() }
    }

    /// With the agency's own files.
    #[must_use]
    pub fn with_own(mut self, own: BTreeMap<String, OwnText>) -> Self {
        self.own = own;
        self
    }

    /// With one shipped file's text replaced, to try a broken template.
    #[cfg(test)]
    pub fn with(mut self, name: &str, text: &str) -> Self {
        self.shipped.insert(name.to_owned(), text.to_owned());
        self
    }

    /// A shipped file's text.
    #[cfg(test)]
    pub fn text(&self, name: &str) -> &str {
        self.shipped.get(name).map_or("", String::as_str)
    }

    /// The shipped text of a file and the agency's, where there are such.
    pub fn layers(&self, name: &str) -> impl Iterator<Item = &str> {
        let shipped = self.shipped.get(name).map(String::as_str);
        shipped.into_iter().chain(self.own.get(name).map(|own| &*own.text))
    }

    /// The agency's texts.
    pub fn own_texts(&self) -> impl Iterator<Item = &str> {
        self.own.values().map(|own| &*own.text)
    }

    /// Something is wrong with a file: a mistake of the agency's where the file is its own, else a defect.
    pub fn refused(&self, name: &str, message: String) -> LettersError {
        match self.own.get(name) {
            Some(own) => LettersError::Supplied { path: own.path.clone(), message },
            None => LettersError::Shipped { path: format!("models/letters/{name}"), message },
        }
    }

    /// All files the typesetter may read, by name.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        let texts: BTreeMap<&str, &str> = (self.shipped.iter().map(|(name, text)| (&**name, &**text)))
            .chain(self.own.iter().map(|(name, own)| (&**name, &*own.text)))
            .filter(|(name, _)| has_extension(name, "typ"))
            .collect();
        texts.into_iter()
    }

    /// Every template's name and the language in it.
    pub fn languages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sources()
            .filter(|(name, _)| !name.starts_with('_'))
            .filter_map(|(name, _)| Some((name, name.strip_suffix(".typ")?.split_once('.')?.1)))
    }

    /// Name of the template for a recipient and a language, when there is one.
    pub fn name(&self, kind: RecipientKind, language: &str) -> Option<String> {
        let name = format!("{}.{language}.typ", kind.template());
        (self.shipped.contains_key(&name) || self.own.contains_key(&name)).then_some(name)
    }

    /// What a file may read: itself, the files it names in quotation marks, and what those name. The typesetter shows a
    /// template nothing else, so that nothing a letter is made of can be left out of its hash.
    pub fn closure(&self, roots: &[&str]) -> BTreeSet<String> {
        let sources: BTreeMap<&str, &str> = self.sources().collect();
        let mut open: Vec<&str> = roots.to_vec();
        let mut found = BTreeSet::new();
        while let Some(next) = open.pop() {
            let Some(text) = sources.get(next) else { continue };
            if found.insert(next.to_owned()) {
                open.extend(sources.keys().filter(|name| text.contains(&format!("\"{name}\""))));
            }
        }
        found
    }

    /// SHA-256 of a template with everything it is set with.
    pub fn hash(&self, template: &str) -> String {
        let read = self.closure(&[MAIN, template]);
        let mut hash = Sha256::new();
        for (name, text) in self.sources().filter(|(name, _)| read.contains(*name)) {
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        hex(&hash.finalize())
    }
}

/// The bundled font files, by name.
pub fn fonts() -> Vec<(&'static str, &'static [u8])> {
    let mut files: Vec<_> = FONTS
        .files()
        .filter_map(|file| Some((file.path().file_name()?.to_str()?, file.contents())))
        .filter(|(name, _)| has_extension(name, "ttf"))
        .collect();
    files.sort_unstable_by_key(|(name, _)| *name);
    files
}

fn has_extension(name: &str, extension: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|own| own == extension)
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
        text
    })
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of parts with a separator that no part can imitate.
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}
