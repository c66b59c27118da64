//! What lies beside the PDFs: `index.csv`, `held.csv` and `manifest.json`. No name and no address in any of them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::batches::Batch;
use super::held::Held;
use super::templates::sha256;
use super::window::Window;
use super::{Job, LettersError};

/// Template kind whose letters are listed elsewhere.
const PROVIDER: &str = "provider.";

/// A row of `letters/index.csv`: where a printed letter is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndexRow {
    /// Number in print order, from 1.
    pub seq: usize,
    /// `L-` and ten hexadecimal digits.
    pub letter_id: String,
    /// The transfer.
    pub transfer_id: String,
    /// Whose.
    pub member_id: String,
    /// `member`, `parent`, `guardian` or `representative`.
    pub recipient: &'static str,
    /// Language tag.
    pub language: String,
    /// `standard` or `large_print`.
    pub format: &'static str,
    /// File name beside the index.
    pub batch: String,
    /// First page in that file, from 1.
    pub first_page: usize,
    /// Pages, with those of the inserts.
    pub pages: usize,
    /// Inserts that follow the letter, separated by `;`.
    pub inserts: String,
    /// ZIP of the address.
    pub zip: String,
    /// The short code at the letter's foot.
    pub code: String,
    /// To be filled in by the mail room.
    pub mailed_on: String,
    /// To be filled in when it comes back.
    pub returned: String,
}

#[derive(Serialize)]
struct HeldRow<'a> {
    member_id: String,
    transfer_id: &'a str,
    recipient: &'static str,
    reason: &'static str,
    fix: String,
}

/// The index, batch by batch in print order.
pub fn rows(batches: &[Batch]) -> Vec<IndexRow> {
    let mut rows: Vec<IndexRow> = Vec::new();
    for batch in batches {
        for (at, letter) in batch.letters.iter().enumerate() {
            rows.push(IndexRow {
                seq: rows.len() + 1,
                letter_id: letter.letter_id.clone(),
                transfer_id: letter.transfer_id.clone(),
                member_id: guarded(&letter.member_id),
                recipient: letter.recipient.word(),
                language: batch.language.clone(),
                format: batch.format,
                batch: batch.file_name(),
                first_page: at * batch.pages + 1,
                pages: batch.pages,
                inserts: batch.inserts.join(";"),
                zip: guarded(&letter.zip),
                code: letter.code.clone(),
                mailed_on: String::new(),
                returned: String::new(),
            });
        }
    }
    rows
}

/// A cell that a spreadsheet would take for a formula gets a `'` in front.
pub fn guarded(value: &str) -> String {
    if value.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{value}") } else { value.to_owned() }
}

/// `index.csv`, `held.csv` and `manifest.json` with their names.
///
/// # Errors
/// Never for the rows made here; a serializer's own error is passed on.
pub fn files(
    job: &Job<'_>,
    batches: &[Batch],
    written: &[IndexRow],
    held: &[Held],
) -> Result<Vec<(String, Vec<u8>)>, LettersError> {
    let index = table(
        "index.csv",
        &[
            "seq",
            "letter_id",
            "transfer_id",
            "member_id",
            "recipient",
            "language",
            "format",
            "batch",
            "first_page",
            "pages",
            "inserts",
            "zip",
            "code",
            "mailed_on",
            "returned",
        ],
        written,
    )?;
    let held_rows: Vec<HeldRow<'_>> = held
        .iter()
        .map(|held| HeldRow {
            member_id: guarded(&job.roster.member(held.member).id),
            transfer_id: &held.transfer_id,
            recipient: held.recipient.word(),
            reason: held.reason.word(),
            fix: job.rules.program.words.speak(held.reason.fix()),
        })
        .collect();
    let held_file = table("held.csv", &["member_id", "transfer_id", "recipient", "reason", "fix"], &held_rows)?;

    let mut files: Vec<ManifestFile> = batches
        .iter()
        .map(|batch| ManifestFile {
            file: batch.file_name(),
            sha256: batch.sha256.clone(),
            letters: Some(batch.letters.len()),
            pages: Some(batch.letters.len() * batch.pages),
        })
        .collect();
    for (name, bytes) in [("index.csv", &index), ("held.csv", &held_file)] {
        files.push(ManifestFile { file: name.to_owned(), sha256: sha256(bytes), letters: None, pages: None });
    }
    let mut by_reason: BTreeMap<&str, usize> = BTreeMap::new();
    for held in held {
        *by_reason.entry(held.reason.word()).or_default() += 1;
    }
    let manifest = Manifest {
        schema_version: 1,
        plan_id: job.plan_id,
        organization: &job.rules.letters.organization,
        sent_on: job.rules.letters.sent_on.to_string(),
        effective_on: job.rules.effective_on.to_string(),
        transfers: job.transfers.len(),
        letters: written.len(),
        held: held.len(),
        held_by_reason: by_reason,
        standard: "PDF/UA-1",
        window: &job.rules.letters.window,
        window_profile: &job.window,
        fonts: job.typesetter.fonts().files(),
        templates: job
            .typesetter
            .templates()
            .languages()
            .filter(|(name, _)| !name.starts_with(PROVIDER))
            .map(|(name, _)| (name.to_owned(), template_facts(job, name, batches)))
            .collect(),
        inserts: job.stationery.inserts.all().iter().map(|insert| (insert.file(), &*insert.sha256)).collect(),
        files,
    };
    let mut manifest = serde_json::to_vec_pretty(&manifest).map_err(|error| failed("manifest.json", &error))?;
    manifest.push(b'\n');
    Ok(vec![
        ("index.csv".to_owned(), index),
        ("held.csv".to_owned(), held_file),
        ("manifest.json".to_owned(), manifest),
    ])
}

fn template_facts(job: &Job<'_>, name: &str, batches: &[Batch]) -> TemplateFacts {
    let letters = batches.iter().flat_map(|batch| &batch.letters).filter(|letter| letter.template == name);
    let (mut count, mut highest) = (0, None::<f64>);
    for letter in letters {
        count += 1;
        highest = match (highest, letter.reading_grade) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
    }
    let highest = highest.map(|grade| (grade * 10.0).round() / 10.0);
    TemplateFacts { sha256: job.typesetter.templates().hash(name), letters: count, highest_reading_grade: highest }
}

/// A CSV file; the header stands even when there is no row.
pub fn table<T: Serialize>(name: &str, header: &[&str], rows: &[T]) -> Result<Vec<u8>, LettersError> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(header).map_err(|error| failed(name, &error))?;
    for row in rows {
        writer.serialize(row).map_err(|error| failed(name, &error))?;
    }
    writer.into_inner().map_err(|error| failed(name, &error))
}

fn failed(file: &str, error: &dyn std::fmt::Display) -> LettersError {
    LettersError::Shipped { path: file.to_owned(), message: error.to_string() }
}

#[derive(Serialize)]
struct Manifest<'a> {
    schema_version: u32,
    plan_id: &'a str,
    organization: &'a str,
    sent_on: String,
    effective_on: String,
    transfers: usize,
    letters: usize,
    held: usize,
    held_by_reason: BTreeMap<&'a str, usize>,
    standard: &'a str,
    window: &'a str,
    window_profile: &'a Window,
    fonts: &'a BTreeMap<String, String>,
    templates: BTreeMap<String, TemplateFacts>,
    inserts: BTreeMap<String, &'a str>,
    files: Vec<ManifestFile>,
}

#[derive(Serialize)]
struct TemplateFacts {
    sha256: String,
    letters: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    highest_reading_grade: Option<f64>,
}

#[derive(Serialize)]
struct ManifestFile {
    file: String,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    letters: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<usize>,
}
