//! Print batches: letters of one language, format and page count, sorted by ZIP, then letter id.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::language::{Language, Languages};
use super::readback::{self, ReadLetter};
use super::recipient::{Prepared, RecipientKind};
use super::render::{self, BatchData, TemplateNames};
use super::typesetter::Typesetter;
use super::window::Window;
use super::{Job, LettersError, Progress};

/// typst recurses deeply; the default stack of a worker is too small for long documents.
const STACK_BYTES: usize = 32 << 20;
/// Letters set in one go at most: bounds memory, and gives every core something to do.
const SET_TOGETHER: usize = 250;

/// A finished file with its letters.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Language tag.
    pub language: String,
    /// `standard` or `large_print`.
    pub format: &'static str,
    /// Pages of each letter.
    pub pages: usize,
    /// Number among the batches of the same language, format and page count, from 1.
    pub number: usize,
    /// The letters in print order.
    pub letters: Vec<PrintedLetter>,
    /// The file.
    pub pdf: Vec<u8>,
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

/// Sets, exports and reads back all letters.
///
/// # Errors
/// When a template is refused or a file does not read back as the plan says.
pub fn typeset(
    job: &Job<'_>,
    languages: &Languages,
    window: &Window,
    letters: Vec<Prepared>,
    progress: &Progress<'_>,
) -> Result<Vec<Batch>, LettersError> {
    let workers = rayon::ThreadPoolBuilder::new()
        .stack_size(STACK_BYTES)
        .num_threads(rayon::current_num_threads())
        .build()
        .map_err(|error| LettersError::Workers(error.to_string()))?;
    let result = workers.install(|| {
        let typesetter = Typesetter::new(&job.templates)?;
        let press =
            Press { job, languages, window, typesetter, total: letters.len(), done: AtomicUsize::new(0), progress };
        press.run(letters)
    });
    render::forget();
    result
}

struct Press<'a> {
    job: &'a Job<'a>,
    languages: &'a Languages,
    window: &'a Window,
    typesetter: Arc<Typesetter>,
    total: usize,
    done: AtomicUsize,
    progress: &'a Progress<'a>,
}

impl Press<'_> {
    fn run(&self, mut letters: Vec<Prepared>) -> Result<Vec<Batch>, LettersError> {
        letters.sort_by(|a, b| {
            (&a.language, a.format, &a.zip, &a.letter_id).cmp(&(&b.language, b.format, &b.zip, &b.letter_id))
        });
        let together = SET_TOGETHER.min(self.job.rules.letters.batch_size as usize).max(1);
        let groups: Vec<&[Prepared]> = letters
            .chunk_by(|a, b| (&a.language, a.format) == (&b.language, b.format))
            .flat_map(|same| same.chunks(together))
            .collect();
        let parts: Vec<Vec<Batch>> = groups.par_iter().map(|group| self.print(group)).collect::<Result<_, _>>()?;

        let mut numbers: BTreeMap<(String, &str, usize), usize> = BTreeMap::new();
        let mut batches: Vec<Batch> = parts.into_iter().flatten().collect();
        batches.sort_by(|a, b| (&a.language, a.format, a.pages).cmp(&(&b.language, b.format, b.pages)));
        for batch in &mut batches {
            let number = numbers.entry((batch.language.clone(), batch.format, batch.pages)).or_default();
            *number += 1;
            batch.number = *number;
        }
        Ok(batches)
    }

    /// One group of a language and a format, as a batch for each page count in it.
    fn print(&self, group: &[Prepared]) -> Result<Vec<Batch>, LettersError> {
        let Some((first, language)) =
            group.first().and_then(|first| Some((first, self.languages.find(&first.language)?.1)))
        else {
            return Ok(Vec::new());
        };
        let data = BatchData {
            title: &language.title,
            language: &first.language,
            sent_on: self.job.rules.letters.sent_on.into(),
            templates: TemplateNames {
                member: format!("member.{}.typ", first.language),
                guardian: format!("guardian.{}.typ", first.language),
            },
            letters: group.iter().map(|letter| &letter.context).collect(),
        };
        let pages = render::pages(&self.typesetter, &data, true)?;
        let mut by_count: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..group.len() {
            by_count.entry(pages.count(at)).or_default().push(at);
        }
        let batches = by_count
            .into_par_iter()
            .map(|(count, members)| {
                let letters: Vec<&Prepared> = members.iter().map(|&at| &group[at]).collect();
                let identity = letters.iter().map(|letter| &*letter.letter_id).collect::<Vec<_>>().join(" ");
                let pdf = pages.pdf(&members, &identity)?;
                self.check(language, count, &letters, pdf)
            })
            .collect();
        render::forget();
        batches
    }

    /// Reads the file back and releases it when every letter says what the plan says.
    fn check(
        &self,
        language: &Language,
        count: usize,
        letters: &[&Prepared],
        pdf: Vec<u8>,
    ) -> Result<Batch, LettersError> {
        let expected: Vec<readback::Expected> = letters
            .iter()
            .map(|letter| readback::Expected::of(self.job, language, letter.transfer, &letter.letter_id))
            .collect();
        let read =
            readback::compare(&pdf, &expected, count, self.window, &self.typesetter).map_err(LettersError::Crossed)?;
        let done = self.done.fetch_add(letters.len(), Ordering::Relaxed) + letters.len();
        (self.progress)(done, self.total);
        let printed = letters.iter().zip(&read).map(|(letter, read)| self.printed(letter, read, language)).collect();
        Ok(Batch {
            language: letters[0].language.clone(),
            format: letters[0].format.word(),
            pages: count,
            number: 0,
            letters: printed,
            pdf,
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
