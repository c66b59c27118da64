//! The state report as a tagged PDF: a page or more of tables from `models/report/state-report.typ`, set with the letters'
//! fonts. The template sees the values it is given and nothing else.

use std::path::PathBuf;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use super::LettersError;
use super::templates;

const TEMPLATE: &str = include_str!("../../models/report/state-report.typ");
const FILE: &str = "state-report.typ";
const DATA: &str = "report.json";

/// What the template can see.
struct ReportWorld {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    source: Source,
    data: Bytes,
}

/// The PDF of a report. `data` is the JSON the template reads, `identity` what the file's own id is made of.
///
/// # Errors
/// When the template refuses the data, or a font is broken: defects.
pub fn pdf(data: String, identity: &str) -> Result<Vec<u8>, LettersError> {
    let refused = |message: String| LettersError::Shipped { path: format!("models/report/{FILE}"), message };
    let mut fonts = Vec::new();
    for (name, bytes) in templates::fonts() {
        let broken = || LettersError::Shipped { path: name.to_owned(), message: "cannot be used".to_owned() };
        fonts.push(Font::new(Bytes::new(bytes), 0).ok_or_else(broken)?);
    }
    let main = file_id().ok_or_else(|| refused("no place for it".to_owned()))?;
    let world = ReportWorld {
        library: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        source: Source::new(main, TEMPLATE.to_owned()),
        data: Bytes::from_string(data),
    };
    let document: PagedDocument = typst::compile(&world)
        .output
        .map_err(|errors| refused(errors.first().map_or_else(String::new, |error| error.message.to_string())))?;
    let options = PdfOptions {
        ident: Smart::Custom(identity.to_owned()),
        creator: Smart::Custom(Some("caseload".to_owned())),
        standards: PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|error| refused(error.message().to_string()))?,
        ..PdfOptions::default()
    };
    let pdf = typst_pdf::pdf(&document, &options)
        .map_err(|errors| refused(errors.first().map_or_else(String::new, |error| error.message.to_string())));
    typst::comemo::evict(0);
    pdf
}

fn file_id() -> Option<FileId> {
    Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(format!("/{FILE}")).ok()?).intern())
}

impl World for ReportWorld {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.source.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.source.id() {
            return Ok(self.source.clone());
        }
        Err(FileError::NotFound(PathBuf::from(id.vpath().get_without_slash())))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match id.vpath().get_without_slash() {
            DATA => Ok(self.data.clone()),
            other => Err(FileError::NotFound(PathBuf::from(other))),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
