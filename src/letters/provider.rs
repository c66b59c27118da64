//! Notices to providers: one for each provider who routinely works with members that change their case manager. It names
//! those members and whom to call now; no program, need, setting or id is in it. By mail, or by fax where there is no
//! postal address.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::batches;
use super::context::{Address, Day};
use super::fonts::Fonts;
use super::language::Language;
use super::listing::{guarded, table};
use super::organization::Organization;
use super::plain_text::cell;
use super::program_words::ProgramWords;
use super::readback::{self, Expected};
use super::render::{self, BatchData, PageCount};
use super::templates::digest;
use super::window::Window;
use super::{Job, LettersError, Sink, address};
use crate::ids::ProviderIx;
use crate::roster::Provider;

/// The language of notices to providers.
const LANGUAGE: &str = "en";
const KIND: &str = "provider";
const FORMAT: &str = "standard";
/// Type size of notices, and the width of a column of their table, in points.
const SIZE_PT: f64 = 12.0;
const COLUMN_PT: f64 = 150.0;
/// Notices set in one go at most.
const SET_TOGETHER: usize = 100;

/// What came out.
#[derive(Clone, Debug)]
pub struct ProviderOutcome {
    /// Every printed notice, in order of `providers.csv`.
    pub written: Vec<ProviderRow>,
    /// Every notice that is not printed, in order of providers.
    pub held: Vec<ProviderHeld>,
}

/// A row of `providers.csv`: where a printed notice is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProviderRow {
    /// Number in print order, from 1.
    pub seq: usize,
    /// `N-` and ten hexadecimal digits: plan, provider and template.
    pub notice_id: String,
    /// To whom.
    pub provider_id: String,
    /// Members named in it.
    pub members: usize,
    /// `mail` or `fax`.
    pub delivery: &'static str,
    /// File name.
    pub batch: String,
    /// First page in that file, from 1.
    pub first_page: usize,
    /// Pages.
    pub pages: usize,
    /// ZIP of the address; blank by fax.
    pub zip: String,
    /// The short code at the foot.
    pub code: String,
    /// To be filled in by who sends it.
    pub sent_on: String,
}

/// Why a notice is not printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProviderHoldReason {
    /// Neither a complete postal address nor a fax number.
    NoAddress,
    /// A member's name, or the name or phone of a new case manager, is blank.
    NoName,
    /// No font has a character of a name or of the address.
    UnsettableCharacter,
    /// The address is too large for the window.
    AddressDoesNotFit,
    /// A word without a space is wider than its column.
    WordTooLong,
}

impl ProviderHoldReason {
    /// The code of `providers-held.csv`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoAddress => "no_address",
            Self::NoName => "no_name",
            Self::UnsettableCharacter => "unsettable_character",
            Self::AddressDoesNotFit => "address_does_not_fit",
            Self::WordTooLong => "word_too_long",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn fix(self) -> &'static str {
        match self {
            Self::NoAddress => {
                "Fill in the street, city, state and ZIP of the provider, or a fax number, in providers.csv."
            }
            Self::NoName => "Fill in the names of the members, and name and phone of their new case managers.",
            Self::UnsettableCharacter => {
                "Put a font that has the script into the fonts folder beside the roster, or correct the spelling."
            }
            Self::AddressDoesNotFit => "Shorten the name or address lines to what the envelope's window shows.",
            Self::WordTooLong => {
                "Correct the name or phone that is wider than its column, or tell the provider by phone."
            }
        }
    }
}

/// A notice that is not printed: a row of `providers-held.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderHeld {
    /// To whom it would have gone.
    pub provider_id: String,
    /// Members it would have named.
    pub members: usize,
    /// Why not.
    pub reason: ProviderHoldReason,
}

/// The fields `provider.en.typ` may use.
#[derive(Debug, Serialize)]
struct Notice {
    code: String,
    language: &'static str,
    format: &'static str,
    sent_on: Day,
    effective_on: Day,
    address: Address,
    provider: String,
    /// `mail` or `fax`.
    delivery: &'static str,
    members: Vec<Row>,
    words: ProgramWords,
    organization: Arc<Organization>,
    window: Arc<Window>,
}

/// A member and whom to call now.
#[derive(Debug, Serialize)]
struct Row {
    member: String,
    manager: String,
    phone: String,
}

/// A notice ready to be set.
struct Prepared {
    notice_id: String,
    provider: ProviderIx,
    /// Places in the plan of the transfers it tells of.
    transfers: Vec<usize>,
    zip: String,
    context: Notice,
}

/// Sets, reads back and hands on all notices and their lists.
///
/// # Errors
/// When the template is refused, a file does not read back, or the sink fails.
pub fn print(job: &Job<'_>, sink: &mut Sink<'_>) -> Result<ProviderOutcome, LettersError> {
    let template = format!("{KIND}.{LANGUAGE}.typ");
    let missing = |what: &str| job.typesetter.templates().refused(&template, what.to_owned());
    let (_, language) = job.languages.find(LANGUAGE).ok_or_else(|| missing("its language has no table"))?;
    let title = language.provider_title.as_deref().ok_or_else(|| missing("its language has no provider_title"))?;
    let hash = digest(&[&job.typesetter.templates().hash(&template), title, &language.said.identity()]);
    let (mut notices, mut held) = (Vec::new(), Vec::new());
    for (provider, transfers) in by_provider(job) {
        let members = transfers.len();
        match prepare(job, language, &hash, provider, transfers) {
            Ok(notice) => notices.push(notice),
            Err(reason) => {
                let provider_id = job.roster.providers()[provider.at()].id.to_string();
                held.push(ProviderHeld { provider_id, members, reason });
            }
        }
    }
    notices.sort_by(|a, b| (&a.zip, &a.notice_id).cmp(&(&b.zip, &b.notice_id)));
    let mut write = |path: &str, bytes: &[u8]| {
        sink(path, bytes).map_err(|source| LettersError::Sink { path: path.to_owned(), source })
    };
    let workers = batches::workers()?;
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    let mut written: Vec<ProviderRow> = Vec::new();
    let together = SET_TOGETHER.min(job.rules.letters.batch_size as usize).max(1);
    for group in notices.chunks(together) {
        let data = BatchData {
            title,
            language: LANGUAGE,
            fonts: job.typesetter.fonts().order(&language.fonts),
            sent_on: job.rules.letters.sent_on.into(),
            templates: BTreeMap::from([(KIND, template.clone())]),
            inserts: Vec::new(),
            letters: group.iter().map(|notice| (KIND, &notice.context)).collect(),
        };
        let ids: Vec<&str> = group.iter().map(|notice| &*notice.notice_id).collect();
        let files = workers.install(|| batches::files(&job.typesetter, &data, &ids));
        render::forget();
        for (count, places, pdf) in files? {
            let letters: Vec<&Prepared> = places.iter().map(|&at| &group[at]).collect();
            check(job, language, &letters, count, &pdf)?;
            let number = numbers.entry(count.all).or_default();
            *number += 1;
            let batch = format!("providers-{LANGUAGE}-{FORMAT}-{}p-{number:03}.pdf", count.all);
            write(&batch, &pdf)?;
            written.extend(letters.iter().enumerate().map(|(at, notice)| ProviderRow {
                seq: 0,
                notice_id: notice.notice_id.clone(),
                provider_id: guarded(&job.roster.providers()[notice.provider.at()].id),
                members: notice.transfers.len(),
                delivery: notice.context.delivery,
                batch: batch.clone(),
                first_page: at * count.all + 1,
                pages: count.all,
                zip: guarded(&notice.zip),
                code: notice.context.code.clone(),
                sent_on: String::new(),
            }));
        }
    }
    written.sort_by(|a, b| (a.pages, &a.batch, a.first_page).cmp(&(b.pages, &b.batch, b.first_page)));
    for (at, row) in written.iter_mut().enumerate() {
        row.seq = at + 1;
    }
    write("providers.csv", &table("providers.csv", &HEADER, &written)?)?;
    write("providers-held.csv", &table("providers-held.csv", &HELD_HEADER, &held_rows(job, &held))?)?;
    Ok(ProviderOutcome { written, held })
}

const HEADER: [&str; 11] = [
    "seq",
    "notice_id",
    "provider_id",
    "members",
    "delivery",
    "batch",
    "first_page",
    "pages",
    "zip",
    "code",
    "sent_on",
];
const HELD_HEADER: [&str; 4] = ["provider_id", "members", "reason", "fix"];

fn held_rows(job: &Job<'_>, held: &[ProviderHeld]) -> Vec<(String, usize, &'static str, String)> {
    let fix = |one: &ProviderHeld| job.rules.program.words.speak(one.reason.fix());
    held.iter().map(|one| (guarded(&one.provider_id), one.members, one.reason.word(), fix(one))).collect()
}

/// Provider by provider in order of the roster, the transfers of members with whom it routinely works.
fn by_provider(job: &Job<'_>) -> BTreeMap<ProviderIx, Vec<usize>> {
    let mut all: BTreeMap<ProviderIx, Vec<usize>> = BTreeMap::new();
    for (at, transfer) in job.transfers.iter().enumerate() {
        for service in job.roster.services_of(transfer.member) {
            let transfers = all.entry(service.provider).or_default();
            if transfers.last() != Some(&at) {
                transfers.push(at);
            }
        }
    }
    all
}

fn prepare(
    job: &Job<'_>,
    language: &Language,
    hash: &str,
    provider: ProviderIx,
    mut transfers: Vec<usize>,
) -> Result<Prepared, ProviderHoldReason> {
    let row = &job.roster.providers()[provider.at()];
    let fonts = job.typesetter.fonts();
    let (lines, zip, delivery) = block_of(row, language).ok_or(ProviderHoldReason::NoAddress)?;
    // By name, as an office looks them up; those of one name in order of the plan.
    let named = |at: &usize| cell(job.roster.contact(job.transfers[*at].member).name.as_deref());
    transfers.sort_by_cached_key(|at| (named(at), *at));
    let members: Vec<Row> =
        transfers.iter().map(|&at| row_of(job, at)).collect::<Option<_>>().ok_or(ProviderHoldReason::NoName)?;
    let texts = members.iter().flat_map(|row| [&row.member, &row.manager, &row.phone]);
    if !texts.clone().chain(&lines).all(|text| job.can_set_text(text)) {
        return Err(ProviderHoldReason::UnsettableCharacter);
    }
    if texts.flat_map(|text| text.split(' ')).any(|word| !fits(fonts, word)) {
        return Err(ProviderHoldReason::WordTooLong);
    }
    let size_pt = address::fitting_size(&lines, &job.window, fonts).ok_or(ProviderHoldReason::AddressDoesNotFit)?;
    let id = digest(&[job.plan_id, &row.id, KIND, hash]);
    // By then all of them have changed.
    let change = transfers.iter().map(|&at| job.transfers[at].takes_effect(job.rules.effective_on)).max();
    Ok(Prepared {
        notice_id: format!("N-{}", &id[..10]),
        provider,
        zip,
        context: Notice {
            code: code_of(job, row, &transfers),
            language: LANGUAGE,
            format: FORMAT,
            sent_on: job.rules.letters.sent_on.into(),
            effective_on: change.unwrap_or(job.rules.effective_on).into(),
            address: Address { lines, size_pt },
            provider: cell(Some(&row.name)).unwrap_or_default(),
            delivery,
            members,
            words: language.said.clone(),
            organization: job.organization_in(LANGUAGE),
            window: Arc::clone(&job.window),
        },
        transfers,
    })
}

fn fits(fonts: &Fonts, word: &str) -> bool {
    fonts.width_in_ems(word) * SIZE_PT <= COLUMN_PT
}

/// What stands in the window, the ZIP, and how the notice goes: by mail, or by fax where there is no postal address.
fn block_of(provider: &Provider, language: &Language) -> Option<(Vec<String>, String, &'static str)> {
    let mut lines = vec![cell(Some(&provider.name))?];
    if let Some((postal, zip)) = address::postal_lines(&provider.address, None) {
        lines.extend(postal);
        return Some((lines, zip, "mail"));
    }
    lines.push(language.by_fax.clone()?);
    lines.push(cell(provider.fax.as_deref())?);
    Some((lines, String::new(), "fax"))
}

fn row_of(job: &Job<'_>, transfer: usize) -> Option<Row> {
    let transfer = &job.transfers[transfer];
    let manager = job.roster.manager(transfer.to);
    Some(Row {
        member: cell(job.roster.contact(transfer.member).name.as_deref())?,
        manager: cell(manager.name.as_deref())?,
        phone: cell(manager.phone.as_deref())?,
    })
}

/// The short code at the foot: a hash of the provider and the transfers it is told of.
fn code_of(job: &Job<'_>, provider: &Provider, transfers: &[usize]) -> String {
    let mut parts: Vec<&str> = vec![job.plan_id, &provider.id];
    parts.extend(transfers.iter().map(|&at| &*job.transfers[at].id));
    let hash = digest(&parts).to_uppercase();
    format!("{}-{}", &hash[..4], &hash[4..8])
}

/// Reads a file back and compares it with the roster and the plan.
fn check(
    job: &Job<'_>,
    language: &Language,
    letters: &[&Prepared],
    count: PageCount,
    pdf: &[u8],
) -> Result<(), LettersError> {
    let expected: Vec<Expected> = letters
        .iter()
        .map(|notice| {
            let provider = &job.roster.providers()[notice.provider.at()];
            // Member, case manager and phone stand beside each other, so that no line can be another one's.
            let line = |&at: &usize| row_of(job, at).map(|row| row.member + &row.manager + &row.phone);
            let what = "a member is missing, or has another case manager or phone";
            Expected {
                letter_id: notice.notice_id.clone(),
                address: block_of(provider, language).map(|(lines, ..)| lines.concat()).unwrap_or_default(),
                code: code_of(job, provider, &notice.transfers),
                says: notice.transfers.iter().map(|at| (line(at).unwrap_or_default(), what)).collect(),
            }
        })
        .collect();
    readback::compare(pdf, &expected, count, &[], &job.window, job.typesetter.fonts())
        .map(|_| ())
        .map_err(LettersError::Crossed)
}
