//! `plan.xlsx`: the plan for people who live in Excel. Nine sheets, one file each. Values are those of `plan.json` and the
//! tables beside it; names stand here, which is allowed for letters, handoff sheets and this workbook only.
//!
//! No cell is a formula, whatever the roster's texts look like ([`cells`]), and the workbook carries the plan's day
//! instead of a clock's: the same plan gives the same bytes. [`template`], [`problems`] and [`reconciled`] are the other
//! workbooks the product writes.

pub mod by_manager;
pub mod cells;
pub mod checks;
pub mod hiring;
pub mod letters;
pub mod log;
#[cfg(feature = "letters")]
pub mod mailmerge;
pub mod moves;
pub mod not_moved;
pub mod problems;
pub mod reconciled;
pub mod state_report;
pub mod style;
pub mod summary;
pub mod template;
pub mod words;

use chrono::NaiveDate;
use rust_xlsxwriter::{DocProperties, Workbook, XlsxError};

use crate::output::Published;
use crate::output::folder::{Staged, WriteError};
use crate::plan::standing::{Standing, standing};
use crate::verify::{assess, present};

pub use letters::LetterTables;

/// Title of the workbook, and of its first page.
const TITLE: &str = "Caseload transfer plan";

/// The workbook's name in a plan folder.
pub const FILE: &str = "plan.xlsx";

/// What the sheets draw on.
pub struct Book<'a> {
    published: &'a Published<'a>,
    standing: Standing,
    letters: &'a LetterTables,
    style: style::Style,
    words: words::Words,
}

/// Writes `plan.xlsx`.
///
/// # Errors
/// When it cannot be written.
pub fn write(staged: &Staged, published: &Published<'_>, letters: &LetterTables) -> Result<(), WriteError> {
    let bytes = plan_workbook(published, letters).map_err(|error| staged.broken(FILE, error))?;
    staged.write(FILE, &bytes)
}

/// The workbook's bytes.
///
/// # Errors
/// When a sheet cannot hold what it should: a defect.
pub fn plan_workbook(published: &Published<'_>, letters: &LetterTables) -> Result<Vec<u8>, XlsxError> {
    let (roster, rules) = (published.roster, published.rules);
    let book = Book {
        published,
        standing: standing(roster, rules, &assess(roster, rules, &present(roster))),
        letters,
        style: style::Style::of(&rules.program.words),
        words: words::Words::of(&rules.program.words)?,
    };
    let mut workbook = blank(&rules.program.words.speak(TITLE), rules.as_of)?;
    summary::add(&mut workbook, &book)?;
    moves::add(&mut workbook, &book)?;
    by_manager::add(&mut workbook, &book)?;
    not_moved::add(&mut workbook, &book)?;
    hiring::add(&mut workbook, &book)?;
    letters::add(&mut workbook, &book)?;
    checks::add(&mut workbook, &book)?;
    log::add(&mut workbook, &book)?;
    state_report::add(&mut workbook, &book)?;
    workbook.save_to_buffer()
}

/// A workbook that says when its data is from, and nothing of the machine or the hour.
///
/// # Errors
/// Never for a day of this century.
pub fn blank(title: &str, day: NaiveDate) -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    let mut about = DocProperties::new().set_title(title).set_author("caseload");
    if let Some(day) = cells::date(day) {
        about = about.set_creation_datetime(&day);
    }
    workbook.set_properties(&about);
    Ok(workbook)
}

impl Book<'_> {
    /// The foot of every page.
    fn foot(&self) -> String {
        let rules = self.published.rules;
        format!("Plan {} - takes effect {}", self.published.plan_id, rules.effective_on)
    }

    /// A text in the program's own words.
    fn speak(&self, text: &str) -> String {
        self.published.rules.program.words.speak(text)
    }

    /// Id of a case manager.
    fn id(&self, manager: Option<crate::ids::ManagerIx>) -> cells::Cell {
        cells::Cell::maybe(manager.map(|manager| &self.published.roster.manager(manager).id))
    }

    /// Name of a case manager.
    fn name(&self, manager: Option<crate::ids::ManagerIx>) -> cells::Cell {
        cells::Cell::maybe(manager.and_then(|manager| self.published.roster.manager(manager).name.as_ref()))
    }
}
