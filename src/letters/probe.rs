//! Tries, before any letter is set, whether texts in other scripts read back from a finished file as the roster spells
//! them: writing that is shaped or turned beyond what can be checked is held, and never stops a run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::LettersError;
use super::batches;
use super::context::Day;
use super::readback;
use super::render::BatchData;
use super::typesetter::Typesetter;

const KIND: &str = "probe";
const TEMPLATE: &str = "_probe.typ";

/// What the template gets.
#[derive(Serialize)]
struct Line<'a> {
    text: &'a str,
}

/// Those of the texts that can be set, but not with the bundled font alone, and do not read back.
///
/// # Errors
/// When there are no workers.
pub fn unreadable(typesetter: &Arc<Typesetter>, texts: BTreeSet<String>) -> Result<BTreeSet<String>, LettersError> {
    let fonts = typesetter.fonts();
    let other = |text: &String| fonts.can_set(text) && !text.chars().all(|c| fonts.is_bundled(c));
    let texts: Vec<String> = texts.into_iter().filter(other).collect();
    let mut unreadable = BTreeSet::new();
    if texts.is_empty() {
        return Ok(unreadable);
    }
    let workers = batches::workers()?;
    for some in texts.chunks(batches::SET_TOGETHER) {
        let lines: Vec<Line<'_>> = some.iter().map(|text| Line { text }).collect();
        let data = BatchData {
            title: KIND,
            language: "en",
            fonts: fonts.order(&[]),
            sent_on: Day { year: 2000, month: 1, day: 1 },
            templates: BTreeMap::from([(KIND, TEMPLATE.to_owned())]),
            inserts: Vec::new(),
            letters: lines.iter().map(|line| (KIND, line)).collect(),
        };
        let ids = vec![KIND; some.len()];
        // A file that cannot even be made has a text that no reader could read.
        let files = workers.install(|| batches::files(typesetter, &data, &ids)).unwrap_or_default();
        let mut read: BTreeSet<usize> = BTreeSet::new();
        for (count, places, pdf) in files {
            let pages = readback::page_texts(&pdf).unwrap_or_default();
            let texts = pages.chunks(count.all).map(<[String]>::concat);
            let same = |(at, seen): (usize, String)| (fonts.as_seen(&seen) == fonts.as_seen(&some[at])).then_some(at);
            read.extend(places.iter().copied().zip(texts).filter_map(same));
        }
        unreadable.extend(some.iter().enumerate().filter(|(at, _)| !read.contains(at)).map(|(_, text)| text.clone()));
    }
    Ok(unreadable)
}
