//! The fonts letters are set in: the bundled family first, then those of the agency's folder, then installed Noto fonts
//! for characters all of these lack. The order is the same wherever the same files are, so the bytes are too.

use std::collections::{BTreeMap, BTreeSet};

use typst::foundations::Bytes;
use typst::layout::{Abs, Em};
use typst::text::{Font, FontBook, FontInstance, FontVariations};

use super::LettersError;
use super::supplied;
use super::templates::{self, sha256};

/// A font file.
#[derive(Clone, Debug)]
pub struct FontFile {
    /// Its name.
    pub name: String,
    /// Its path, for messages.
    pub path: String,
    /// What is in it.
    pub bytes: std::sync::Arc<[u8]>,
}

/// One family: its faces, and the characters that all of them have.
struct Family {
    name: String,
    faces: Vec<FontInstance>,
    settable: BTreeSet<char>,
}

/// All fonts of a run.
pub struct Fonts {
    files: BTreeMap<String, String>,
    faces: Vec<Font>,
    families: Vec<Family>,
    /// Characters drawn by one glyph, by the first of them: they look the same on paper.
    alike: BTreeMap<char, char>,
}

impl Fonts {
    /// The bundled fonts, `own`, and, when `system` says so, installed Noto fonts for those of the `needed` characters
    /// that neither has.
    ///
    /// # Errors
    /// When a font file is broken.
    pub fn new(own: &[FontFile], system: bool, needed: &BTreeSet<char>) -> Result<Self, LettersError> {
        let mut all = Self { files: BTreeMap::new(), faces: Vec::new(), families: Vec::new(), alike: BTreeMap::new() };
        for (name, bytes) in templates::fonts() {
            let broken = || LettersError::Shipped { path: name.to_owned(), message: "cannot be used".to_owned() };
            let font = Font::new(Bytes::new(bytes), 0).ok_or_else(broken)?;
            all.add(name, bytes, font);
        }
        let bundled = all.families.len();
        for file in own {
            let fonts: Vec<Font> = Font::iter(Bytes::new(file.bytes.to_vec())).collect();
            if fonts.is_empty() {
                let message = "is not a font that can be used".to_owned();
                return Err(LettersError::Supplied { path: file.path.clone(), message });
            }
            for font in fonts {
                // Another edition of the bundled family would change letters that need no other font.
                if !all.families[..bundled].iter().any(|family| family.name == font.info().family) {
                    all.add(&file.name, &file.bytes, font);
                }
            }
        }
        if system {
            all.add_installed(needed);
        }
        let families = std::mem::take(&mut all.families);
        let mut seen = BTreeSet::new();
        for family in &families {
            let Some(face) = family.faces.last() else { continue };
            let mut first: BTreeMap<u16, char> = BTreeMap::new();
            for &c in family.settable.iter().filter(|c| seen.insert(**c)) {
                let Some(glyph) = face.ttf().glyph_index(c) else { continue };
                let representative = *first.entry(glyph.0).or_insert(c);
                if representative != c {
                    all.alike.insert(c, representative);
                }
            }
        }
        all.families = families;
        Ok(all)
    }

    fn add(&mut self, name: &str, bytes: &[u8], font: Font) {
        let info = font.info();
        let own: BTreeSet<char> = info
            .coverage
            .iter()
            .filter_map(char::from_u32)
            .filter(|c| !c.is_control() && !floats_or_hides(*c))
            .collect();
        let face = font.clone().instantiate(info.variant, Abs::pt(12.0), &FontVariations::default());
        match self.families.iter_mut().find(|family| family.name == info.family) {
            Some(family) => {
                family.settable = family.settable.intersection(&own).copied().collect();
                family.faces.push(face);
            }
            None => self.families.push(Family { name: info.family.clone(), faces: vec![face], settable: own }),
        }
        self.files.insert(name.to_owned(), sha256(bytes));
        self.faces.push(font);
    }

    /// Installed Noto families that have a needed character all others lack, with all their faces.
    fn add_installed(&mut self, needed: &BTreeSet<char>) {
        let mut lacking: BTreeSet<char> =
            needed.iter().copied().filter(|c| !c.is_control() && !floats_or_hides(*c) && !self.has(*c)).collect();
        if lacking.is_empty() {
            return;
        }
        let mut chosen: BTreeSet<String> = BTreeSet::new();
        for path in supplied::system_fonts() {
            let Ok(file) = supplied::font(&path) else { continue };
            for font in Font::iter(Bytes::new(file.bytes.to_vec())) {
                let info = font.info();
                let known = self.families.iter().any(|family| family.name == info.family);
                let helps = lacking.iter().any(|c| info.coverage.contains(u32::from(*c)));
                if chosen.contains(&info.family) || (!known && helps) {
                    chosen.insert(info.family.clone());
                    self.add(&file.name, &file.bytes, font);
                }
            }
            lacking.retain(|c| !self.has(*c));
        }
    }

    /// Is there a family whose every face has the character?
    pub fn has(&self, c: char) -> bool {
        self.families.iter().any(|family| family.settable.contains(&c))
    }

    /// Is the character the bundled family's?
    pub fn is_bundled(&self, c: char) -> bool {
        self.families.first().is_some_and(|family| family.settable.contains(&c))
    }

    /// Can the whole text be set?
    pub fn can_set(&self, text: &str) -> bool {
        text.chars().all(|c| self.has(c))
    }

    /// Families in the order they are tried: the bundled one, those a language prefers, all others.
    pub fn order(&self, preferred: &[String]) -> Vec<String> {
        let place = |at: usize, name: &str| match preferred.iter().position(|one| one.eq_ignore_ascii_case(name)) {
            _ if at == 0 => (0, 0),
            Some(rank) => (1, rank),
            None => (2, at),
        };
        let mut names: Vec<_> =
            self.families.iter().enumerate().map(|(at, one)| (place(at, &one.name), &one.name)).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name.clone()).collect()
    }

    /// Width of a line in type sizes, without kerning: at least what is set, in the wider of the faces.
    pub fn width_in_ems(&self, line: &str) -> f64 {
        let faces = self.families.iter().map(|family| family.faces.len()).max().unwrap_or_default();
        let width = |at: usize| -> f64 {
            let advance = |c: char| {
                let family = self.families.iter().find(|family| family.settable.contains(&c))?;
                let face = family.faces.get(at.min(family.faces.len() - 1))?;
                face.x_advance(face.ttf().glyph_index(c)?.0).map(Em::get)
            };
            line.chars().filter_map(advance).sum()
        };
        (0..faces).map(width).fold(0.0, f64::max)
    }

    /// The text with characters that share a glyph (a Latin and a Cyrillic A) written as one of them, and without
    /// white space: two texts that look the same are the same.
    pub fn as_seen(&self, text: &str) -> String {
        text.chars().filter(|c| !c.is_whitespace()).map(|c| self.alike.get(&c).copied().unwrap_or(c)).collect()
    }

    /// What the typesetter chooses from.
    pub fn book(&self) -> FontBook {
        FontBook::from_fonts(&self.faces)
    }

    /// The font at a place of the book.
    pub fn get(&self, index: usize) -> Option<Font> {
        self.faces.get(index).cloned()
    }

    /// Names and SHA-256 of all files.
    pub const fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }
}

/// Marks that float on the letter before (names are composed first, and what could not be composed is not set), and
/// characters without ink.
const fn floats_or_hides(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE2F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFD}' | '\u{AD}')
}
