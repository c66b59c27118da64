//! The letters of a plan: for every transfer one letter to the member or the guardian, as tagged PDF, or a line that
//! says why there is none.
//!
//! A template ([`templates`]) sees the fields of [`context`] and nothing else. Every finished file is read back by code
//! that shares nothing with the typesetter ([`readback`]) and compared with the plan before it is handed out. This room
//! writes no file: the caller's sink does. No sentence of a letter stands here; they are in `models/letters`.

mod address;
mod batches;
mod context;
mod fonts;
mod held;
mod inserts;
mod language;
mod listing;
pub mod merge;
pub mod organization;
mod plain_text;
mod probe;
mod program_words;
mod provider;
#[cfg(test)]
mod provider_tests;
mod readback;
mod reading_grade;
mod recipient;
mod render;
pub mod staff;
pub mod state_report;
#[cfg(test)]
mod structure_tests;
mod supplied;
mod templates;
#[cfg(test)]
mod tests;
mod typesetter;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::plan::{Plan, Transfer};
use crate::program::{LetterSettings, Rules};
use crate::roster::Roster;

pub use batches::Batch;
pub use held::{Held, HoldReason};
pub use listing::IndexRow;
pub use organization::{Organization, OrganizationError};
pub use provider::{ProviderHeld, ProviderHoldReason, ProviderOutcome, ProviderRow};
pub use readback::Miss;
pub use recipient::RecipientKind;

use fonts::{FontFile, Fonts};
use inserts::Inserts;
use language::Languages;
use plain_text::one_line;
use recipient::Drafted;
use templates::Templates;
use typesetter::Typesetter;
use window::Window;

/// Takes a finished file: its name in the `letters` folder and its bytes. Files come while later ones are still being
/// made: nothing may be released before [`produce`] has returned without an error.
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
    /// Transfer by transfer: the id of its first letter; `None` = held.
    pub letter_ids: Vec<Option<String>>,
    /// Letter by letter, for a merge into a template of the agency's own.
    pub merge: Vec<merge::MergeRow>,
}

/// Why no letters came out. What the sink got by then must not be released.
#[derive(Debug, thiserror::Error)]
pub enum LettersError {
    /// A shipped file cannot be used: a defect.
    #[error("{path}: {message}")]
    Shipped {
        /// Which.
        path: String,
        /// What is wrong with it, without any value of a letter.
        message: String,
    },
    /// A file the agency supplies cannot be used.
    #[error("{path}: {message}")]
    Supplied {
        /// Which.
        path: String,
        /// What is wrong with it, without any value of a letter.
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

/// What letters are made with: the sender's profile, templates, fonts and inserts.
#[derive(Clone, Debug)]
pub struct Stationery {
    organization: Organization,
    templates: Templates,
    fonts: Vec<FontFile>,
    system_fonts: bool,
    inserts: Inserts,
}

impl Stationery {
    /// What is shipped, and what the agency put `beside` the roster.
    ///
    /// # Errors
    /// When something of the agency's cannot be used.
    pub fn load(organization: Organization, settings: &LetterSettings, beside: &Path) -> Result<Self, LettersError> {
        Ok(Self {
            organization,
            templates: Templates::shipped().with_own(supplied::templates(&settings.templates, beside)?),
            fonts: supplied::fonts(&settings.fonts, beside)?,
            system_fonts: settings.system_fonts,
            inserts: supplied::inserts(&settings.inserts, beside)?,
        })
    }

    /// The fonts for these characters of a roster and everything of the agency's.
    fn fonts(&self, mut needed: BTreeSet<char>) -> Result<Fonts, LettersError> {
        let texts = self.templates.own_texts().chain(self.inserts.all().iter().flat_map(inserts::Insert::texts));
        needed.extend(texts.flat_map(str::chars));
        let fonts = Fonts::new(&self.fonts, self.system_fonts, &needed)?;
        for insert in self.inserts.all() {
            if let Some(lacking) = insert.texts().flat_map(str::chars).find(|c| !fonts.has(*c)) {
                let code = u32::from(lacking);
                let message = format!("no font has its character {lacking} (U+{code:04X}); put one into letters/fonts");
                return Err(LettersError::Supplied { path: insert.path.clone(), message });
            }
        }
        Ok(fonts)
    }
}

/// Makes the letters of a verified plan. `plan_id` names the plan in letter ids and codes; `sink` takes every file once it
/// was read back and found right, while later ones are still being made.
///
/// # Errors
/// When a template, a window or a language is wrong, a letter reads back differently from the plan, or the sink fails.
pub fn produce(
    roster: &Roster,
    rules: &Rules,
    plan: &Plan,
    plan_id: &str,
    stationery: &Stationery,
    sink: &mut Sink<'_>,
    progress: &Progress<'_>,
) -> Result<Outcome, LettersError> {
    Job::new(roster, rules, &plan.transfers, plan_id, stationery)?.run(sink, progress)
}

/// Makes the notices to the providers who routinely work with transferred members: one a provider, naming those members
/// and their new case managers. `sink` gets the files and the two lists, `providers.csv` and `providers-held.csv`.
///
/// # Errors
/// As [`produce`].
pub fn provider_notices(
    roster: &Roster,
    rules: &Rules,
    plan: &Plan,
    plan_id: &str,
    stationery: &Stationery,
    sink: &mut Sink<'_>,
) -> Result<ProviderOutcome, LettersError> {
    provider::print(&Job::new(roster, rules, &plan.transfers, plan_id, stationery)?, sink)
}

/// Transfer by transfer, the id its first letter will have (`None` = held), without typesetting anything.
///
/// # Errors
/// When a template, a window or a language is wrong.
pub fn letter_ids(
    roster: &Roster,
    rules: &Rules,
    transfers: &[Transfer],
    plan_id: &str,
    stationery: &Stationery,
) -> Result<Vec<Option<String>>, LettersError> {
    let job = Job::new(roster, rules, transfers, plan_id, stationery)?;
    Ok(letter_ids_of(transfers.len(), &recipient::prepare(&job)?))
}

fn letter_ids_of(transfers: usize, drafted: &[(usize, Drafted)]) -> Vec<Option<String>> {
    let mut ids = vec![None; transfers];
    for (at, letter) in drafted.iter().filter_map(|(at, drafted)| Some((*at, drafted.as_ref().ok()?))) {
        ids[at].get_or_insert_with(|| letter.letter_id.clone());
    }
    ids
}

/// One run over a list of transfers. The product enters by [`produce`] alone, which takes a verified plan.
struct Job<'a> {
    roster: &'a Roster,
    rules: &'a Rules,
    transfers: &'a [Transfer],
    plan_id: &'a str,
    stationery: &'a Stationery,
    languages: Languages,
    window: Arc<Window>,
    typesetter: Arc<Typesetter>,
    /// The sender's profile in each language of the roster.
    organizations: BTreeMap<String, Arc<Organization>>,
    /// Texts of the roster in other scripts that do not read back from a finished file.
    unreadable: BTreeSet<String>,
}

impl<'a> Job<'a> {
    fn new(
        roster: &'a Roster,
        rules: &'a Rules,
        transfers: &'a [Transfer],
        plan_id: &'a str,
        stationery: &'a Stationery,
    ) -> Result<Self, LettersError> {
        let templates = &stationery.templates;
        let languages = Languages::of(templates, &rules.program.words)?;
        let tags = transfers.iter().filter_map(|one| languages.find(&roster.member(one.member).language));
        let organizations =
            tags.map(|(tag, _)| (tag.to_owned(), Arc::new(stationery.organization.in_language(tag)))).collect();
        let mut texts = texts_beyond_ascii(roster, transfers);
        let spoken = transfers.iter().filter_map(|one| languages.find(&roster.member(one.member).language));
        let words = spoken.flat_map(|(_, language)| language.said.texts());
        texts.extend(words.filter(|text| !text.is_ascii()).map(one_line));
        let fonts = stationery.fonts(texts.iter().flat_map(|text| text.chars()).collect())?;
        let typesetter = Typesetter::new(templates, fonts)?;
        Ok(Self {
            roster,
            rules,
            transfers,
            plan_id,
            stationery,
            languages,
            window: Arc::new(Window::named(templates, &rules.letters.window)?),
            unreadable: probe::unreadable(&typesetter, texts)?,
            typesetter,
            organizations,
        })
    }

    /// Can every text of the letter be set, and be read back from the file?
    fn can_set<L: serde::Serialize>(&self, letter: &L) -> bool {
        typesetter::all_texts(letter, &|text| self.can_set_text(text))
    }

    fn can_set_text(&self, text: &str) -> bool {
        self.typesetter.fonts().can_set(text) && !self.unreadable.contains(text)
    }

    /// The sender's profile for letters in that language.
    fn organization_in(&self, tag: &str) -> Arc<Organization> {
        let known = self.organizations.get(tag).cloned();
        known.unwrap_or_else(|| Arc::new(self.stationery.organization.in_language(tag)))
    }

    fn run(&self, sink: &mut Sink<'_>, progress: &Progress<'_>) -> Result<Outcome, LettersError> {
        let drafted = recipient::prepare(self)?;
        let letter_ids = letter_ids_of(self.transfers.len(), &drafted);
        let merge = merge::rows(self, &drafted);
        let (mut letters, mut held) = (Vec::new(), Vec::new());
        for (_, one) in drafted {
            match one {
                Ok(letter) => letters.push(letter),
                Err(not_printed) => held.push(not_printed),
            }
        }
        let mut write = |path: &str, bytes: &[u8]| {
            sink(path, bytes).map_err(|source| LettersError::Sink { path: path.to_owned(), source })
        };
        let batches = batches::typeset(self, letters, progress, &mut write)?;
        let mut warnings = reading_grade::warnings(&batches, self.rules.letters.reading_grade);
        warnings.extend(self.without_insert(&batches));
        let written = listing::rows(&batches);
        for (path, bytes) in listing::files(self, &batches, &written, &held)? {
            write(&path, &bytes)?;
        }
        Ok(Outcome { written, held, batches, warnings, letter_ids, merge })
    }

    /// A warning for every insert that some letters go without, because it is not there in their language.
    fn without_insert(&self, batches: &[Batch]) -> Vec<String> {
        let mut letters: BTreeMap<&str, usize> = BTreeMap::new();
        for batch in batches {
            *letters.entry(&batch.language).or_default() += batch.letters.len();
        }
        let lacking = |(language, count): (&str, usize)| {
            let inserts = self.stationery.inserts.lacking(language);
            let language = language.to_owned();
            inserts.into_iter().map(move |name| {
                format!("{count} letters go without the insert {name}: there is no {name}.{language}.txt")
            })
        };
        letters.into_iter().flat_map(lacking).collect()
    }
}

/// The texts beyond ASCII that the roster puts into letters about these transfers, each as a letter shows it.
fn texts_beyond_ascii(roster: &Roster, transfers: &[Transfer]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut note = |text: Option<&str>| all.extend(text.filter(|text| !text.is_ascii()).map(one_line));
    for transfer in transfers {
        let contact = roster.contact(transfer.member);
        for address in [&contact.address, &contact.guardian_address] {
            for line in [&address.line1, &address.line2, &address.city, &address.state] {
                note(line.as_deref());
            }
        }
        note(contact.name.as_deref());
        note(contact.guardian_name.as_deref());
        for service in roster.services_of(transfer.member) {
            let provider = &roster.providers()[service.provider.at()];
            note(Some(&provider.name));
            for line in [&provider.address.line1, &provider.address.line2, &provider.address.city] {
                note(line.as_deref());
            }
        }
        for manager in [Some(transfer.to), transfer.from].into_iter().flatten() {
            note(roster.manager(manager).name.as_deref());
            note(roster.manager(manager).hours.as_deref());
            note(roster.team_of(manager).and_then(|team| team.supervisor_name.as_deref()));
        }
    }
    all
}
