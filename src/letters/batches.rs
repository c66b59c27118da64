//! Print batches: letters of one language, format and page count, sorted by ZIP, then letter id. A few at a time are set,
//! read back and handed on, so that memory does not grow with the number of letters.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use serde::Serialize;

use super::language::Language;
use super::readback::{self, Expected, ReadLetter};
use super::recipient::{Prepared, RecipientKind};
use super::render::{self, BatchData, PageCount};
use super::templates::sha256;
use super::typesetter::Typesetter;
use super::{Job, LettersError, Progress};

/// typst recurses deeply; the default stack of a worker is too small for long documents.
const STACK_BYTES: usize = 32 << 20;
/// Letters set in one go at most: bounds memory, and gives every core something to do.
pub const SET_TOGETHER: usize = 250;
/// Groups each worker sets before files are handed on.
const ROUNDS: usize = 2;

/// A finished file with its letters; its bytes have been handed on.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Language tag.
    pub language: String,
    /// `standard` or `large_print`.
    pub format: &'static str,
    /// Pages of each letter, with those of the inserts.
    pub pages: usize,
    /// Number among the batches of the same language, format and page count, from 1.
    pub number: usize,
    /// The letters in print order.
    pub letters: Vec<PrintedLetter>,
    /// Names of the inserts that follow each letter.
    pub inserts: Vec<String>,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// A letter in a batch.
#[derive(Clone, Debug)]
pub struct PrintedLetter {
    /// `L-` and ten hexadecimal digits.
    pub letter_id: String,
    /// The short code at the foot.
    pub code: String,
    /// `T00001`.
    pub transfer_id: String,
    /// Whose.
    pub member_id: String,
    /// To whom.
    pub recipient: RecipientKind,
    /// ZIP of the address.
    pub zip: String,
    /// Template's name.
    pub template: String,
    /// Reading grade of the filled text, where the language has a formula.
    pub reading_grade: Option<f64>,
}

impl Batch {
    /// Name of the file in the `letters` folder: `en-standard-1p-001.pdf`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}-{}-{}p-{:03}.pdf", self.language, self.format, self.pages, self.number)
    }
}

/// Takes a finished file: its name and its bytes.
pub type Emit<'a> = dyn FnMut(&str, &[u8]) -> Result<(), LettersError> + 'a;

/// Threads with a stack that is large enough.
///
/// # Errors
/// When the system gives none.
pub fn workers() -> Result<rayon::ThreadPool, LettersError> {
    rayon::ThreadPoolBuilder::new()
        .stack_size(STACK_BYTES)
        .num_threads(rayon::current_num_threads())
        .build()
        .map_err(|error| LettersError::Workers(error.to_string()))
}

/// Sets, exports and reads back all letters; `emit` gets each file as soon as it and those before it are right.
///
/// # Errors
/// When a template is refused, a file does not read back as the plan says, or cannot be handed on.
pub fn typeset(
    job: &Job<'_>,
    mut letters: Vec<Prepared>,
    progress: &Progress<'_>,
    emit: &mut Emit<'_>,
) -> Result<Vec<Batch>, LettersError> {
    letters.sort_by(|a, b| {
        (&a.language, a.format, &a.zip, &a.letter_id).cmp(&(&b.language, b.format, &b.zip, &b.letter_id))
    });
    let workers = workers()?;
    let press = Press { job, total: letters.len(), done: AtomicUsize::new(0), progress };
    let together = SET_TOGETHER.min(job.rules.letters.batch_size as usize).max(1);
    let groups: Vec<&[Prepared]> = letters
        .chunk_by(|a, b| (&a.language, a.format) == (&b.language, b.format))
        .flat_map(|same| same.chunks(together))
        .collect();
    let mut numbers: BTreeMap<(String, &str, usize), usize> = BTreeMap::new();
    let mut batches = Vec::new();
    for some in groups.chunks(workers.current_num_threads().max(1) * ROUNDS) {
        let set: Result<Vec<_>, _> = workers.install(|| some.par_iter().map(|group| press.print(group)).collect());
        render::forget();
        for (mut batch, pdf) in set?.into_iter().flatten() {
            let number = numbers.entry((batch.language.clone(), batch.format, batch.pages)).or_default();
            *number += 1;
            batch.number = *number;
            emit(&batch.file_name(), &pdf)?;
            batches.push(batch);
        }
    }
    batches.sort_by(|a, b| (&a.language, a.format, a.pages, a.number).cmp(&(&b.language, b.format, b.pages, b.number)));
    Ok(batches)
}

/// Pages of each letter in a file, the letters' places, and the bytes.
pub type File = (PageCount, Vec<usize>, Vec<u8>);

/// Sets letters and exports a file for each page count among them. `ids` are the letters' own, in their order.
///
/// # Errors
/// When a template is refused.
pub fn files<L: Serialize + Sync>(
    typesetter: &Arc<Typesetter>,
    data: &BatchData<'_, L>,
    ids: &[&str],
) -> Result<Vec<File>, LettersError> {
    let pages = render::pages(typesetter, data, true)?;
    let mut by_count: BTreeMap<PageCount, Vec<usize>> = BTreeMap::new();
    for at in 0..ids.len() {
        by_count.entry(pages.count(at)).or_default().push(at);
    }
    let exported = by_count
        .into_par_iter()
        .map(|(count, members)| -> Result<File, LettersError> {
            let identity = members.iter().map(|&at| ids[at]).collect::<Vec<_>>().join(" ");
            let pdf = pages.pdf(&members, &identity)?;
            Ok((count, members, pdf))
        })
        .collect();
    drop(pages);
    render::forget();
    exported
}

struct Press<'a> {
    job: &'a Job<'a>,
    total: usize,
    done: AtomicUsize,
    progress: &'a Progress<'a>,
}

impl Press<'_> {
    /// One group of a language and a format, as a batch for each page count in it, with its bytes.
    fn print(&self, group: &[Prepared]) -> Result<Vec<(Batch, Vec<u8>)>, LettersError> {
        let Some((first, language)) =
            group.first().and_then(|first| Some((first, self.job.languages.find(&first.language)?.1)))
        else {
            return Ok(Vec::new());
        };
        let typesetter = &self.job.typesetter;
        let data = BatchData {
            title: &language.title,
            language: &first.language,
            fonts: typesetter.fonts().order(&language.fonts),
            sent_on: self.job.rules.letters.sent_on.into(),
            templates: group.iter().map(|letter| (letter.recipient.template(), letter.template.clone())).collect(),
            inserts: self.job.stationery.inserts.of(&first.language),
            letters: group.iter().map(|letter| (letter.recipient.template(), &letter.context)).collect(),
        };
        let ids: Vec<&str> = group.iter().map(|letter| &*letter.letter_id).collect();
        let made = |(count, members, pdf): File| -> Result<(Batch, Vec<u8>), LettersError> {
            let letters: Vec<&Prepared> = members.iter().map(|&at| &group[at]).collect();
            Ok((self.check(language, count, &letters, &pdf)?, pdf))
        };
        files(typesetter, &data, &ids)?.into_par_iter().map(made).collect()
    }

    /// Reads the file back and makes it a batch when every letter says what the plan says.
    fn check(
        &self,
        language: &Language,
        count: PageCount,
        letters: &[&Prepared],
        pdf: &[u8],
    ) -> Result<Batch, LettersError> {
        let Job { typesetter, window, stationery, .. } = self.job;
        let inserts = stationery.inserts.of(&letters[0].language);
        let expected: Vec<Expected> = letters
            .iter()
            .map(|letter| Expected::of(self.job, language, letter.transfer, letter.recipient, &letter.letter_id))
            .collect();
        let read = readback::compare(pdf, &expected, count, &inserts, window, typesetter.fonts())
            .map_err(LettersError::Crossed)?;
        let done = self.done.fetch_add(letters.len(), Ordering::Relaxed) + letters.len();
        (self.progress)(done, self.total);
        Ok(Batch {
            language: letters[0].language.clone(),
            format: letters[0].format.word(),
            pages: count.all,
            number: 0,
            letters: letters.iter().zip(&read).map(|(letter, read)| self.printed(letter, read, language)).collect(),
            inserts: inserts.iter().map(|insert| insert.name.clone()).collect(),
            sha256: sha256(pdf),
        })
    }

    fn printed(&self, letter: &Prepared, read: &ReadLetter, language: &Language) -> PrintedLetter {
        let transfer = &self.job.transfers[letter.transfer];
        PrintedLetter {
            letter_id: letter.letter_id.clone(),
            code: letter.context.code.clone(),
            transfer_id: transfer.id.clone(),
            member_id: self.job.roster.member(transfer.member).id.to_string(),
            recipient: letter.recipient,
            zip: letter.zip.clone(),
            template: letter.template.clone(),
            reading_grade: language
                .reading_formula
                .and_then(|formula| super::reading_grade::of_letter(formula, &read.paragraphs, &letter.context)),
        }
    }
}
