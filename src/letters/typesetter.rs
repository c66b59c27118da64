//! typst as a library: the world a template can see (the files of `models/letters`, the batch's data, the bundled
//! fonts; no file system, no network, no clock), and what can be said about text before it is set.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::layout::{Abs, Em};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook, FontInstance};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use super::LettersError;
use super::context::Letter;
use super::templates::{self, Templates};
use crate::roster::LetterFormat;

const MAIN: &str = "_batch.typ";
/// Type sizes of `_layout.typ`, in points, and the width of text in its contact box behind the longest label.
const STANDARD_PT: f64 = 12.0;
const LARGE_PT: f64 = 18.0;
const NARROWEST_TEXT_PT: f64 = 360.0;
const DATA: &str = "batch.json";

/// Everything that is the same for all batches.
pub struct Typesetter {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    faces: Vec<FontInstance>,
    sources: BTreeMap<String, Source>,
    main: FileId,
    /// Characters drawn by one glyph of the regular face, by the first of them: they look the same on paper.
    alike: BTreeMap<char, char>,
    settable: BTreeSet<char>,
}

impl Typesetter {
    /// Reads the fonts and parses the templates.
    ///
    /// # Errors
    /// When a bundled file is broken.
    pub fn new(templates: &Templates) -> Result<Arc<Self>, LettersError> {
        let broken = |file: &str| LettersError::Model { file: file.to_owned(), message: "cannot be used".to_owned() };
        let mut fonts = Vec::new();
        for (name, bytes) in templates::fonts() {
            fonts.push(Font::new(Bytes::new(bytes), 0).ok_or_else(|| broken(name))?);
        }
        let mut sources = BTreeMap::new();
        for (name, text) in templates.sources() {
            let id = file_id(name).ok_or_else(|| broken(name))?;
            sources.insert(name.to_owned(), Source::new(id, text.to_owned()));
        }
        let faces: Vec<FontInstance> = fonts
            .iter()
            .map(|font| {
                font.clone().instantiate(font.info().variant, Abs::pt(12.0), &typst::text::FontVariations::default())
            })
            .collect();
        let settable = settable(&fonts);
        let alike = faces.last().map(|face| alike(face, &settable)).unwrap_or_default();
        Ok(Arc::new(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            faces,
            sources,
            main: file_id(MAIN).ok_or_else(|| broken(MAIN))?,
            alike,
            settable,
        }))
    }

    /// A world in which `batch.json` holds this text.
    pub fn world(self: &Arc<Self>, data: String) -> BatchWorld {
        BatchWorld { typesetter: Arc::clone(self), main: self.main, data: Bytes::from_string(data) }
    }

    /// A world in which `batch.json` holds this text, with another file of `models/letters` as its document.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn world_of(self: &Arc<Self>, main: &str, data: String) -> Result<BatchWorld, LettersError> {
        let missing = || LettersError::Model { file: main.to_owned(), message: "the file is missing".to_owned() };
        let main = self.sources.get(main).ok_or_else(missing)?.id();
        Ok(BatchWorld { typesetter: Arc::clone(self), main, data: Bytes::from_string(data) })
    }

    /// Has the font every character, also in bold?
    pub fn has_all(&self, text: &str) -> bool {
        text.chars().all(|c| self.settable.contains(&c))
    }

    /// Has the font every character of every text of the letter, also in bold?
    pub fn can_set(&self, letter: &Letter) -> bool {
        fn all_texts(value: &serde_json::Value, settable: &impl Fn(&str) -> bool) -> bool {
            match value {
                serde_json::Value::String(text) => settable(text),
                serde_json::Value::Array(items) => items.iter().all(|item| all_texts(item, settable)),
                serde_json::Value::Object(fields) => fields.values().all(|field| all_texts(field, settable)),
                _ => true,
            }
        }
        let set = |text: &str| text.chars().all(|c| self.settable.contains(&c));
        serde_json::to_value(letter).is_ok_and(|value| all_texts(&value, &set))
    }

    /// Is every word of a name, phone or e-mail narrower than the text of the page? Words are never broken.
    pub fn words_fit(&self, letter: &Letter, format: LetterFormat) -> bool {
        let size = if format == LetterFormat::LargePrint { LARGE_PT } else { STANDARD_PT };
        let mut texts = vec![&letter.member.name, &letter.to.name, &letter.to.phone];
        texts.extend(letter.from.as_ref().map(|from| &from.name));
        texts.extend(letter.supervisor.iter().flat_map(|one| [&one.name, &one.phone]));
        texts
            .extend([&letter.recipient.name, &letter.to.email, &letter.to.hours, &letter.to.tty].into_iter().flatten());
        texts.iter().flat_map(|text| text.split(' ')).all(|word| self.width_in_ems(word) * size <= NARROWEST_TEXT_PT)
    }

    /// Width of a line in type sizes, without kerning: at least what is set, in the wider of the faces.
    pub fn width_in_ems(&self, line: &str) -> f64 {
        let width = |face: &FontInstance| -> f64 {
            line.chars()
                .filter_map(|c| face.ttf().glyph_index(c))
                .filter_map(|g| face.x_advance(g.0))
                .map(Em::get)
                .sum()
        };
        self.faces.iter().map(width).fold(0.0, f64::max)
    }

    /// The text with characters that share a glyph (a Latin and a Cyrillic A) written as one of them, and without
    /// white space: two texts that look the same are the same.
    pub fn as_seen(&self, text: &str) -> String {
        text.chars().filter(|c| !c.is_whitespace()).map(|c| self.alike.get(&c).copied().unwrap_or(c)).collect()
    }
}

/// Characters both faces have, without marks that float on the letter before (names are composed first) and without
/// invisible ones.
fn settable(fonts: &[Font]) -> BTreeSet<char> {
    let mut all: Option<BTreeSet<char>> = None;
    for font in fonts {
        let own: BTreeSet<char> = font.info().coverage.iter().filter_map(char::from_u32).collect();
        all = Some(match all {
            None => own,
            Some(others) => others.intersection(&own).copied().collect(),
        });
    }
    let mut all = all.unwrap_or_default();
    all.retain(|c| !c.is_control() && !is_mark_or_invisible(*c));
    all
}

const fn is_mark_or_invisible(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE2F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFD}' | '\u{AD}')
}

fn alike(face: &FontInstance, settable: &BTreeSet<char>) -> BTreeMap<char, char> {
    let mut first: BTreeMap<u16, char> = BTreeMap::new();
    let mut alike = BTreeMap::new();
    for &c in settable {
        let Some(glyph) = face.ttf().glyph_index(c) else { continue };
        let representative = *first.entry(glyph.0).or_insert(c);
        if representative != c {
            alike.insert(c, representative);
        }
    }
    alike
}

fn file_id(name: &str) -> Option<FileId> {
    Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(format!("/{name}")).ok()?).intern())
}

/// One batch as typst sees it.
pub struct BatchWorld {
    typesetter: Arc<Typesetter>,
    main: FileId,
    data: Bytes,
}

impl BatchWorld {
    /// Where and what: `member.en.typ:12: unknown variable: foo`.
    pub fn describe(&self, errors: &[SourceDiagnostic]) -> (String, String) {
        let Some(error) = errors.first() else { return (MAIN.to_owned(), "unknown error".to_owned()) };
        let file = error.span.id().map_or(MAIN.to_owned(), |id| id.vpath().get_without_slash().to_owned());
        let line = typst::WorldExt::range(self, error.span)
            .and_then(|range| self.typesetter.sources.get(&file)?.text().get(..range.start))
            .map(|before| format!("line {}: ", before.matches('\n').count() + 1))
            .unwrap_or_default();
        (file, format!("{line}{}", error.message))
    }
}

impl World for BatchWorld {
    fn library(&self) -> &LazyHash<Library> {
        &self.typesetter.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.typesetter.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let name = id.vpath().get_without_slash();
        self.typesetter.sources.get(name).cloned().ok_or_else(|| FileError::NotFound(PathBuf::from(name)))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match id.vpath().get_without_slash() {
            DATA => Ok(self.data.clone()),
            other => Err(FileError::NotFound(PathBuf::from(other))),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.typesetter.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
