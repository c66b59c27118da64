//! typst as a library: the world a template can see (its own files, the batch's data, the fonts; no file system, no
//! network, no clock), and what can be said about text before it is set.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, SyntaxKind, SyntaxNode, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use super::LettersError;
use super::context::Letter;
use super::fonts::Fonts;
use super::templates::{MAIN, Templates};
use crate::roster::LetterFormat;

/// Type sizes of `_layout.typ`, in points, and the width of text in its contact box behind the longest label.
const STANDARD_PT: f64 = 12.0;
const LARGE_PT: f64 = 18.0;
const NARROWEST_TEXT_PT: f64 = 360.0;
const DATA: &str = "batch.json";

/// Everything that is the same for all batches.
pub struct Typesetter {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Fonts,
    sources: BTreeMap<String, Source>,
    templates: Templates,
    main: FileId,
}

impl Typesetter {
    /// Parses the templates.
    ///
    /// # Errors
    /// When a file has a name that cannot be used.
    pub fn new(templates: &Templates, fonts: Fonts) -> Result<Arc<Self>, LettersError> {
        let broken = |file: &str| templates.refused(file, "cannot be used".to_owned());
        let mut sources = BTreeMap::new();
        for (name, text) in templates.sources() {
            let id = file_id(name).ok_or_else(|| broken(name))?;
            sources.insert(name.to_owned(), Source::new(id, text.to_owned()));
        }
        Ok(Arc::new(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(fonts.book()),
            fonts,
            sources,
            templates: templates.clone(),
            main: file_id(MAIN).ok_or_else(|| broken(MAIN))?,
        }))
    }

    /// The fonts.
    pub const fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    /// The templates.
    pub const fn templates(&self) -> &Templates {
        &self.templates
    }

    /// A world in which `batch.json` holds this text, and which shows `roots` and what they may read.
    pub fn world(self: &Arc<Self>, data: String, roots: &[&str]) -> BatchWorld {
        let roots = [&[MAIN], roots].concat();
        BatchWorld {
            main: self.main,
            visible: self.templates.closure(&roots),
            typesetter: Arc::clone(self),
            data: Bytes::from_string(data),
        }
    }

    /// A world in which `batch.json` holds this text, with another file of `models/letters` as its document.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn world_of(self: &Arc<Self>, main: &str, data: String) -> Result<BatchWorld, LettersError> {
        let missing = || self.templates.refused(main, "the file is missing".to_owned());
        Ok(BatchWorld {
            main: self.sources.get(main).ok_or_else(missing)?.id(),
            visible: self.templates.closure(&[main]),
            typesetter: Arc::clone(self),
            data: Bytes::from_string(data),
        })
    }

    /// Can everything the template itself says be set?
    pub fn can_set_template(&self, name: &str) -> bool {
        let read = self.templates.closure(&[MAIN, name]);
        read.iter().filter_map(|name| self.sources.get(name)).all(|source| self.can_set_node(source.root()))
    }

    fn can_set_node(&self, node: &SyntaxNode) -> bool {
        let printed = matches!(node.kind(), SyntaxKind::Text | SyntaxKind::Str);
        let own = !printed || node.leaf_text().chars().all(|c| c.is_control() || self.fonts.has(c));
        own && node.children().all(|child| self.can_set_node(child))
    }

    /// Is every word of a name, phone or e-mail narrower than the text of the page? Words are never broken.
    pub fn words_fit(&self, letter: &Letter, format: LetterFormat) -> bool {
        let size = if format == LetterFormat::LargePrint { LARGE_PT } else { STANDARD_PT };
        let mut texts = vec![&letter.member.name, &letter.to.name, &letter.to.phone];
        texts.extend(letter.from.as_ref().map(|from| &from.name));
        texts.extend(letter.supervisor.iter().flat_map(|one| [&one.name, &one.phone]));
        texts
            .extend([&letter.recipient.name, &letter.to.email, &letter.to.hours, &letter.to.tty].into_iter().flatten());
        let fits = |word: &str| self.fonts.width_in_ems(word) * size <= NARROWEST_TEXT_PT;
        texts.iter().flat_map(|text| text.split(' ')).all(fits)
    }
}

/// Does it hold for every text of a letter?
pub fn all_texts<L: serde::Serialize>(letter: &L, holds: &dyn Fn(&str) -> bool) -> bool {
    fn all(value: &serde_json::Value, holds: &dyn Fn(&str) -> bool) -> bool {
        match value {
            serde_json::Value::String(text) => holds(text),
            serde_json::Value::Array(items) => items.iter().all(|item| all(item, holds)),
            serde_json::Value::Object(fields) => fields.values().all(|field| all(field, holds)),
            _ => true,
        }
    }
    serde_json::to_value(letter).is_ok_and(|value| all(&value, holds))
}

fn file_id(name: &str) -> Option<FileId> {
    Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(format!("/{name}")).ok()?).intern())
}

/// One batch as typst sees it.
pub struct BatchWorld {
    typesetter: Arc<Typesetter>,
    main: FileId,
    /// Files it shows, by name.
    visible: BTreeSet<String>,
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
        let source = self.typesetter.sources.get(name).filter(|_| self.visible.contains(name));
        source.cloned().ok_or_else(|| FileError::NotFound(PathBuf::from(name)))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match id.vpath().get_without_slash() {
            DATA => Ok(self.data.clone()),
            other => Err(FileError::NotFound(PathBuf::from(other))),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.typesetter.fonts.get(index)
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
