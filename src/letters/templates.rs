//! The files of `models/letters`, shipped inside the binary: templates, languages, windows, fonts.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use super::LettersError;
use super::recipient::RecipientKind;

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/models/letters");
static FONTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/models/letters/fonts");

/// The text files of `models/letters` by name.
#[derive(Clone, Debug)]
pub struct Templates {
    texts: BTreeMap<String, String>,
}

impl Templates {
    /// Those of the binary.
    pub fn shipped() -> Self {
        let text = |file: &include_dir::File<'_>| {
            let name = file.path().file_name()?.to_str()?.to_owned();
            Some((name, file.contents_utf8()?.to_owned()))
        };
        Self { texts: SHIPPED.files().filter_map(text).collect() }
    }

    /// With one file's text replaced, to try a broken template.
    #[cfg(test)]
    pub fn with(mut self, name: &str, text: &str) -> Self {
        self.texts.insert(name.to_owned(), text.to_owned());
        self
    }

    /// A file's text.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn text(&self, name: &str) -> Result<&str, LettersError> {
        self.texts
            .get(name)
            .map(String::as_str)
            .ok_or_else(|| LettersError::Model { file: name.to_owned(), message: "the file is missing".to_owned() })
    }

    /// All files the typesetter may read.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().filter(|(name, _)| has_extension(name, "typ")).map(|(name, text)| (&**name, &**text))
    }

    /// Name of the template for a recipient and a language, when there is one.
    pub fn name(&self, kind: RecipientKind, language: &str) -> Option<String> {
        let name = format!("{}.{language}.typ", kind.template());
        self.texts.contains_key(&name).then_some(name)
    }

    /// SHA-256 of a template with everything it may import (the files whose names start with `_`).
    pub fn hash(&self, template: &str) -> String {
        let mut hash = Sha256::new();
        for (name, text) in self.sources().filter(|(name, _)| name.starts_with('_') || *name == template) {
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        hex(&hash.finalize())
    }
}

/// The bundled font files, by name: the only ones ever used.
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

/// SHA-256 of parts with a separator that no part can imitate.
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}
