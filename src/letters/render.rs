//! Letters become pages, and pages become tagged PDF files.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use typst::foundations::{Label, Selector, Smart};
use typst::introspection::Introspector;
use typst::model::Document;
use typst_layout::{Page, PagedDocument};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use super::LettersError;
use super::context::Day;
use super::inserts::Insert;
use super::typesetter::Typesetter;

const LAYOUT: &str = "_layout.typ";
/// The label `_layout.typ` puts at the start of every letter.
const START: &str = "letter";

/// The label `_inserts.typ` puts at the start of every insert.
const INSERT: &str = "insert";

/// What `_batch.typ` gets.
#[derive(Serialize)]
pub struct BatchData<'a, L> {
    /// Title of the file.
    pub title: &'a str,
    /// Language of the batch.
    pub language: &'a str,
    /// Font families in the order they are tried.
    pub fonts: Vec<String>,
    /// Date of the letters, also the file's date.
    pub sent_on: Day,
    /// Template files by kind.
    pub templates: BTreeMap<&'a str, String>,
    /// Notices that go with each letter.
    pub inserts: Vec<&'a Insert>,
    /// The letters, each with its kind.
    pub letters: Vec<(&'a str, &'a L)>,
}

/// Letters set on pages.
pub struct Pages {
    typesetter: Arc<Typesetter>,
    document: PagedDocument,
    /// First page of each letter, counted from 0, and the number of all pages at the end.
    starts: Vec<usize>,
    /// First page of every insert, counted from 0.
    inserts: Vec<usize>,
}

/// Pages of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageCount {
    /// All, with inserts.
    pub all: usize,
    /// Of the letter itself.
    pub own: usize,
    /// Inserts that follow.
    pub inserts: usize,
}

impl Pages {
    /// How many pages letter `at` has.
    pub fn count(&self, at: usize) -> PageCount {
        let (start, end) = (self.starts[at], self.starts[at + 1]);
        let mut inserts = self.inserts.iter().copied().filter(|page| (start..end).contains(page));
        let first = inserts.next();
        PageCount {
            all: end - start,
            own: first.unwrap_or(end) - start,
            inserts: inserts.count() + usize::from(first.is_some()),
        }
    }

    /// A tagged PDF/UA-1 file of these letters, one after the other. `identity` is what the file's own id is made of.
    ///
    /// # Errors
    /// When the letters' structure is not that of an accessible document.
    pub fn pdf(&self, letters: &[usize], identity: &str) -> Result<Vec<u8>, LettersError> {
        let refused = |message: String| self.typesetter.templates().refused(LAYOUT, message);
        let pages = letters
            .iter()
            .flat_map(|&at| &self.document.pages()[self.starts[at]..self.starts[at + 1]])
            .cloned()
            .collect::<Vec<Page>>();
        let document = PagedDocument::new(pages.into(), self.document.info().clone());
        pdf_of(&document, identity).map_err(refused)
    }
}

/// A tagged PDF/UA-1 file of the document, or typst's message.
fn pdf_of(document: &PagedDocument, identity: &str) -> Result<Vec<u8>, String> {
    let options = PdfOptions {
        ident: Smart::Custom(identity.to_owned()),
        creator: Smart::Custom(Some("caseload".to_owned())),
        standards: PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|error| error.message().to_string())?,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(document, &options)
        .map_err(|errors| errors.first().map_or_else(String::new, |error| error.message.to_string()))
}

/// Sets the letters of a batch. `personal` keeps typst's own message back: it could quote a value of a letter.
///
/// # Errors
/// When a template is refused.
pub fn pages<L: Serialize>(
    typesetter: &Arc<Typesetter>,
    data: &BatchData<'_, L>,
    personal: bool,
) -> Result<Pages, LettersError> {
    let json = serde_json::to_string(data)
        .map_err(|error| LettersError::Shipped { path: "batch.json".to_owned(), message: error.to_string() })?;
    let roots: Vec<&str> = data.templates.values().map(String::as_str).collect();
    let world = typesetter.world(json, &roots);
    let document: PagedDocument = typst::compile(&world).output.map_err(|errors| {
        let (file, message) = world.describe(&errors);
        let place = message.split_once(": ").filter(|_| message.starts_with("line ")).map_or("", |(line, _)| line);
        let kept_back = format!("{place} refused a letter (the message is kept back: it may quote a name)");
        let message = if personal && !cfg!(test) { kept_back.trim_start().to_owned() } else { message };
        typesetter.templates().refused(&file, message)
    })?;
    let wrong = |message: &str| typesetter.templates().refused(LAYOUT, message.to_owned());
    let mut starts = marked(&document, START).ok_or_else(|| wrong("no label"))?;
    let inserts = marked(&document, INSERT).ok_or_else(|| wrong("no label"))?;
    starts.push(document.pages().len());
    if starts.len() != data.letters.len() + 1 || !starts.is_sorted_by(|a, b| a < b) || starts.first() != Some(&0) {
        return Err(wrong("every letter must use `sheet` once, so that it starts on a page of its own"));
    }
    Ok(Pages { typesetter: Arc::clone(typesetter), document, starts, inserts })
}

/// One document for staff as a tagged PDF/UA-1 file: `main` is its template, `json` what the template reads, `identity`
/// what the file's own id is made of. typst's message is kept back where it could quote a value.
///
/// # Errors
/// When the template is refused.
pub fn document(
    typesetter: &Arc<Typesetter>,
    main: &str,
    json: String,
    identity: &str,
) -> Result<Vec<u8>, LettersError> {
    let world = typesetter.world_of(main, json)?;
    let document: PagedDocument = typst::compile(&world).output.map_err(|errors| {
        let (file, message) = world.describe(&errors);
        let place = message.split_once(": ").filter(|_| message.starts_with("line ")).map_or("", |(line, _)| line);
        typesetter.templates().refused(&file, format!("{place} was refused"))
    })?;
    pdf_of(&document, identity).map_err(|message| typesetter.templates().refused(main, message))
}

/// The pages, counted from 0, on which a label stands.
fn marked(document: &PagedDocument, label: &str) -> Option<Vec<usize>> {
    let label = Label::new(typst::utils::PicoStr::intern(label))?;
    let introspector = document.introspector();
    let marks = introspector.query(&Selector::Label(label));
    Some(marks.iter().filter_map(|mark| introspector.page(mark.location()?).map(|page| page.get() - 1)).collect())
}

/// Forgets what the typesetter remembers of letters already set.
pub fn forget() {
    typst::comemo::evict(0);
}
