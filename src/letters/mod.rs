//! The letters of a plan: for every transfer one letter to the member or the guardian, as tagged PDF, or a line that
//! says why there is none.
//!
//! A template ([`templates`]) sees the fields of [`context`] and nothing else. Every finished file is read back by code
//! that shares nothing with the typesetter ([`readback`]) and compared with the plan before it is handed out. This room
//! writes no file: the caller's sink does. No sentence of a letter stands here; they are in `models/letters`.

mod address;
mod batches;
mod context;
mod language;
mod listing;
pub mod organization;
mod plain_text;
mod readback;
mod reading_grade;
mod recipient;
mod render;
pub mod staff;
pub mod state_report;
mod templates;
#[cfg(test)]
mod tests;
mod typesetter;
mod window;

use crate::plan::{Plan, Transfer};
use crate::program::Rules;
use crate::roster::Roster;

pub use batches::Batch;
pub use listing::IndexRow;
pub use organization::{Organization, OrganizationError};
pub use readback::Miss;
pub use recipient::{Held, HoldReason, RecipientKind};

use language::Languages;
use recipient::Prepared;
use templates::Templates;
use window::Window;

/// Takes a finished file: its name in the `letters` folder and its bytes.
pub type Sink<'a> = dyn FnMut(&str, &[u8]) -> std::io::Result<()> + 'a;

/// Told how many letters are done, of how many.
pub type Progress<'a> = dyn Fn(usize, usize) + Sync + 'a;

/// What came out.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Every printed letter, in order of `letters/index.csv`.
    pub written: Vec<IndexRow>,
    /// Every letter that is not printed, with its reason, in order of transfers.
    pub held: Vec<Held>,
    /// The print batches.
    pub batches: Vec<Batch>,
    /// Things to look at before mailing, e.g. a reading grade above the setting.
    pub warnings: Vec<String>,
    /// Transfer by transfer: the id of its letter; `None` = held.
    pub letter_ids: Vec<Option<String>>,
}

/// Why no letters came out. Nothing was handed to the sink except by [`LettersError::Sink`].
#[derive(Debug, thiserror::Error)]
pub enum LettersError {
    /// A file of `models/letters` cannot be used.
    #[error("models/letters/{file}: {message}")]
    Model {
        /// Which.
        file: String,
        /// What is wrong with it.
        message: String,
    },
    /// No window of that name.
    #[error("letters.window = {name}: there is no such envelope window; known are {known}")]
    UnknownWindow {
        /// As set.
        name: String,
        /// All names.
        known: String,
    },
    /// The typesetter refused a template.
    #[error("models/letters/{file}: {message}")]
    Template {
        /// Which template.
        file: String,
        /// Its message, without any value of a letter.
        message: String,
    },
    /// A finished file does not say what the plan says: nothing is released.
    #[error("letters stopped, nothing was released: {0}")]
    Crossed(Miss),
    /// The workers could not be started.
    #[error("workers could not be started: {0}")]
    Workers(String),
    /// The sink could not write.
    #[error("{path}: {source}")]
    Sink {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

/// Makes the letters of a verified plan. `plan_id` names the plan in letter ids and codes; `sink` takes every finished
/// file after all of them were read back and found right.
///
/// # Errors
/// When a template, a window or a language is wrong, a letter reads back differently from the plan, or the sink fails.
pub fn produce(
    roster: &Roster,
    rules: &Rules,
    plan: &Plan,
    plan_id: &str,
    organization: &Organization,
    sink: &mut Sink<'_>,
    progress: &Progress<'_>,
) -> Result<Outcome, LettersError> {
    let job = Job { roster, rules, transfers: &plan.transfers, plan_id, organization, templates: Templates::shipped() };
    job.run(sink, progress)
}

/// Transfer by transfer, the id its letter will have (`None` = held), without typesetting anything.
///
/// # Errors
/// When a window or a language is wrong.
pub fn letter_ids(
    roster: &Roster,
    rules: &Rules,
    transfers: &[Transfer],
    plan_id: &str,
    organization: &Organization,
) -> Result<Vec<Option<String>>, LettersError> {
    let job = Job { roster, rules, transfers, plan_id, organization, templates: Templates::shipped() };
    Ok(letter_ids_of(&job.prepare()?))
}

fn letter_ids_of(prepared: &[Result<Prepared, Held>]) -> Vec<Option<String>> {
    prepared.iter().map(|one| one.as_ref().ok().map(|letter| letter.letter_id.clone())).collect()
}

/// One run over a list of transfers. The product enters by [`produce`] alone, which takes a verified plan.
struct Job<'a> {
    roster: &'a Roster,
    rules: &'a Rules,
    transfers: &'a [Transfer],
    plan_id: &'a str,
    organization: &'a Organization,
    templates: Templates,
}

impl Job<'_> {
    /// Who gets a letter, and who does not and why.
    fn prepare(&self) -> Result<Vec<Result<Prepared, Held>>, LettersError> {
        let languages = Languages::parse(self.templates.text("languages.toml")?)?;
        let window = Window::named(self.templates.text("windows.toml")?, &self.rules.letters.window)?;
        recipient::prepare(self, &languages, &window)
    }

    fn run(&self, sink: &mut Sink<'_>, progress: &Progress<'_>) -> Result<Outcome, LettersError> {
        let languages = Languages::parse(self.templates.text("languages.toml")?)?;
        let window = Window::named(self.templates.text("windows.toml")?, &self.rules.letters.window)?;
        let prepared = recipient::prepare(self, &languages, &window)?;
        let letter_ids = letter_ids_of(&prepared);
        let (mut letters, mut held) = (Vec::new(), Vec::new());
        for one in prepared {
            match one {
                Ok(letter) => letters.push(letter),
                Err(not_printed) => held.push(not_printed),
            }
        }
        let batches = batches::typeset(self, &languages, &window, letters, progress)?;
        let warnings = reading_grade::warnings(&batches, self.rules.letters.reading_grade);
        let written = listing::rows(&batches);
        let mut write = |path: &str, bytes: &[u8]| {
            sink(path, bytes).map_err(|source| LettersError::Sink { path: path.to_owned(), source })
        };
        for batch in &batches {
            write(&batch.file_name(), &batch.pdf)?;
        }
        for (path, bytes) in listing::files(self, &window, &batches, &written, &held)? {
            write(&path, &bytes)?;
        }
        Ok(Outcome { written, held, batches, warnings, letter_ids })
    }
}
