//! Letters become pages, and pages become tagged PDF files.

use std::sync::Arc;

use serde::Serialize;
use typst::foundations::{Label, Selector, Smart};
use typst::introspection::Introspector;
use typst::model::Document;
use typst_layout::{Page, PagedDocument};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use super::LettersError;
use super::context::{Day, Letter};
use super::typesetter::Typesetter;

/// The label `_layout.typ` puts at the start of every letter.
const START: &str = "letter";

/// What `_batch.typ` gets.
#[derive(Serialize)]
pub struct BatchData<'a> {
    /// Title of the file.
    pub title: &'a str,
    /// Language of the batch.
    pub language: &'a str,
    /// Date of the letters, also the file's date.
    pub sent_on: Day,
    /// Template files by kind.
    pub templates: TemplateNames,
    /// The letters.
    pub letters: Vec<&'a Letter>,
}

/// Template files of one language.
#[derive(Serialize)]
pub struct TemplateNames {
    /// To members.
    pub member: String,
    /// To parents, guardians and representatives.
    pub guardian: String,
}

/// Letters set on pages.
pub struct Pages {
    document: PagedDocument,
    /// First page of each letter, counted from 0, and the number of all pages at the end.
    starts: Vec<usize>,
}

impl Pages {
    /// How many pages letter `at` has.
    pub fn count(&self, at: usize) -> usize {
        self.starts[at + 1] - self.starts[at]
    }

    /// A tagged PDF/UA-1 file of these letters, one after the other. `identity` is what the file's own id is made of.
    ///
    /// # Errors
    /// When the letters' structure is not that of an accessible document.
    pub fn pdf(&self, letters: &[usize], identity: &str) -> Result<Vec<u8>, LettersError> {
        let refused = |message: String| LettersError::Template { file: "_layout.typ".to_owned(), message };
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
pub fn pages(typesetter: &Arc<Typesetter>, data: &BatchData<'_>, personal: bool) -> Result<Pages, LettersError> {
    let json = serde_json::to_string(data)
        .map_err(|error| LettersError::Model { file: "batch.json".to_owned(), message: error.to_string() })?;
    let world = typesetter.world(json);
    let document: PagedDocument = typst::compile(&world).output.map_err(|errors| {
        let (file, message) = world.describe(&errors);
        let place = message.split_once(": ").filter(|_| message.starts_with("line ")).map_or("", |(line, _)| line);
        let kept_back = format!("{place} refused a letter (the message is kept back: it may quote a name)");
        let message = if personal && !cfg!(test) { kept_back.trim_start().to_owned() } else { message };
        LettersError::Template { file, message }
    })?;
    let starts = starts(&document, data.letters.len())?;
    Ok(Pages { document, starts })
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
    let refused = |message: String| LettersError::Template { file: main.to_owned(), message };
    let world = typesetter.world_of(main, json)?;
    let document: PagedDocument = typst::compile(&world).output.map_err(|errors| {
        let (file, message) = world.describe(&errors);
        let place = message.split_once(": ").filter(|_| message.starts_with("line ")).map_or("", |(line, _)| line);
        LettersError::Template { file, message: format!("{place} was refused") }
    })?;
    pdf_of(&document, identity).map_err(refused)
}

fn starts(document: &PagedDocument, letters: usize) -> Result<Vec<usize>, LettersError> {
    let wrong = |message: &str| LettersError::Template { file: "_layout.typ".to_owned(), message: message.to_owned() };
    let label = Label::new(typst::utils::PicoStr::intern(START)).ok_or_else(|| wrong("no label"))?;
    let introspector = document.introspector();
    let mut starts: Vec<usize> = introspector
        .query(&Selector::Label(label))
        .iter()
        .filter_map(|mark| introspector.page(mark.location()?).map(|page| page.get() - 1))
        .collect();
    starts.push(document.pages().len());
    if starts.len() != letters + 1 || !starts.is_sorted_by(|a, b| a < b) || starts.first() != Some(&0) {
        return Err(wrong("every letter must use `sheet` once, so that it starts on a page of its own"));
    }
    Ok(starts)
}

/// Forgets what the typesetter remembers of letters already set.
pub fn forget() {
    typst::comemo::evict(0);
}
