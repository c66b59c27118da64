//! What the months to come look like, for people and programs: sentences, rows, `simulate.csv`, `simulate.json` and
//! `simulate.html`.

mod page;

use serde::Serialize;

use crate::output::csv::table;
use crate::output::figures::{count, decimal};
use crate::output::folder::{Staged, WriteError};
use crate::program::simulate::{Policy, Simulation};
use crate::program::{Rules, Words};
use crate::whatif::simulate::staff::Found;
use crate::whatif::simulate::{Estimate, Mean, MonthSummary, Outcome, Size};

/// The file by which a folder of this command is recognized.
pub const MARKER: &str = "simulate.json";
/// The page for people.
const PAGE: &str = "simulate.html";

/// The heads of [`rows`] in a program's words.
#[must_use]
pub fn heads(words: &Words) -> Vec<String> {
    HEADS.iter().map(|head| words.speak(head)).collect()
}

const HEADS: [&str; 9] = [
    "month",
    "members",
    "case managers",
    "vacant",
    "moves",
    "max load",
    "cap broken",
    "average broken",
    "either so far",
];

/// Everything a run of the command found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simulated {
    /// The form of this file.
    pub schema_version: u32,
    /// Runs, months, seed.
    pub runs: u32,
    /// Months of a run.
    pub months: u32,
    /// Seed.
    pub seed: u64,
    /// First month that counts for the risk.
    pub risk_from: u32,
    /// Does the first month begin with a plan within the rules, or with the roster as it is?
    pub starts_from: &'static str,
    /// The assumptions.
    pub assumptions: Simulation,
    /// New members and leaving members a year, as shares of all, as they were read.
    pub enrolment_rates: (f64, f64),
    /// Limits that are not followed: those that go by drives, count households or limit new
    /// members at once.
    pub not_followed: Vec<String>,
    /// What happened.
    pub outcome: Outcome,
    /// The level of risk asked for.
    pub level: Option<f64>,
    /// Least staff on top.
    pub smallest_staff: Option<Found>,
    /// Fewest hires a month.
    pub fewest_a_month: Option<Found>,
}

impl Simulated {
    /// How much was simulated.
    #[must_use]
    pub const fn size(&self) -> Size {
        Size { months: self.months, runs: self.runs, seed: self.seed, risk_from: self.risk_from }
    }
}

/// Month by month as cells.
#[must_use]
pub fn rows(outcome: &Outcome) -> Vec<[String; 9]> {
    let row = |month: &MonthSummary| {
        [
            month.begins.format("%Y-%m").to_string(),
            decimal(month.members.mean, 0),
            decimal(month.staff.mean, 1),
            decimal(month.vacant.mean, 1),
            decimal(month.moves.mean, 1),
            decimal(month.max_load.mean, 1),
            share(month.cap_broken),
            share(month.average_broken),
            share(month.broken_so_far),
        ]
    };
    outcome.months.iter().map(row).collect()
}

/// `12.3 % ±1.0`: percent and standard error.
fn share(estimate: Estimate) -> String {
    format!("{} % ±{}", decimal(estimate.probability * 100.0, 1), decimal(estimate.standard_error * 100.0, 1))
}

fn mean(mean: Mean, decimals: usize) -> String {
    format!("{} ±{}", decimal(mean.mean, decimals), decimal(mean.standard_error, decimals.max(1)))
}

/// What was found in a program's words, most important first.
#[must_use]
pub fn sentences(found: &Simulated, words: &Words) -> Vec<String> {
    let outcome = &found.outcome;
    let policy = match found.assumptions.policy {
        Policy::Never => "nobody moved but whoever lost the case manager".to_owned(),
        Policy::WhenBroken => "as few moved as it takes when a rule is broken".to_owned(),
        Policy::Monthly => format!("at most {} moved a month to level loads", found.assumptions.moves_a_month),
    };
    let mut all = vec![format!(
        "In {} of {} runs a cap or the average is broken at least once from month {} to {} ({policy}).",
        share(outcome.risk),
        count(found.runs.into()),
        found.risk_from,
        found.months
    )];
    all.push(format!(
        "A member changes case manager {} times a year; {} % of the changes because the case manager left.",
        mean(outcome.moves_per_member_year, 3),
        decimal(outcome.forced_share * 100.0, 0)
    ));
    all.push(format!(
        "Members who change twice within twelve months: {} in a run; changes of high-need members: {}.",
        mean(outcome.moved_twice, 1),
        mean(outcome.high_need_moves, 1)
    ));
    if let Some(level) = found.level {
        let level = decimal(level * 100.0, 1);
        all.extend(found.smallest_staff.as_ref().map(|search| {
            answer(search, &level, |hires| match hires {
                0 => "the staff as it is keeps".to_owned(),
                1 => "one more case manager from the beginning keeps".to_owned(),
                more => format!("{more} more case managers from the beginning keep"),
            })
        }));
        all.extend(found.fewest_a_month.as_ref().map(|search| {
            answer(search, &level, |hires| match hires {
                0 => "no hire beyond filling vacancies keeps".to_owned(),
                1 => "one more hire every month keeps".to_owned(),
                more => format!("{more} more hires every month keep"),
            })
        }));
    }
    for name in &found.not_followed {
        all.push(format!(
            "Not followed: `{name}`, which goes by drives, counts households or limits new members at once."
        ));
    }
    all.iter().map(|sentence| words.speak(sentence)).collect()
}

fn answer(search: &Found, level: &str, words: impl Fn(u32) -> String) -> String {
    let risk = |hires: u32| search.tried.iter().find(|tried| tried.hires == hires).map(|tried| tried.risk);
    match (search.least, search.tried.last()) {
        (Some(least), _) => {
            let at = risk(least).map_or_else(String::new, |risk| format!(" ({})", share(risk)));
            let text = words(least);
            let mut chars = text.chars();
            let upper = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
            format!("{upper}{} the risk at {level} % or less{at}.", chars.as_str())
        }
        (None, Some(last)) => {
            format!("Not even {} the risk at {level} %: it is {} then.", words(last.hires), share(last.risk))
        }
        (None, None) => String::new(),
    }
}

/// What `simulate.json` and `--format json` say.
#[derive(Serialize)]
pub struct Answer<'a> {
    #[serde(flatten)]
    found: &'a Simulated,
    sentences: Vec<String>,
}

/// The result with its sentences.
#[must_use]
pub fn answer_of<'a>(found: &'a Simulated, words: &Words) -> Answer<'a> {
    Answer { found, sentences: sentences(found, words) }
}

/// Writes the three files.
///
/// # Errors
/// When a file cannot be written.
pub fn write(staged: &Staged, found: &Simulated, rules: &Rules) -> Result<(), WriteError> {
    staged.write_json(MARKER, &answer_of(found, &rules.program.words))?;
    let page = page::html(found, rules).map_err(|error| staged.broken(PAGE, format!("{error:#}")))?;
    staged.write(PAGE, page.as_bytes())?;
    table(staged, "simulate.csv", |out| {
        out.write_record(COLUMNS)?;
        found.outcome.months.iter().try_for_each(|month| out.write_record(record(month)))
    })
}

const COLUMNS: [&str; 20] = [
    "month",
    "begins",
    "members",
    "members_se",
    "staff",
    "staff_se",
    "vacant",
    "vacant_se",
    "moves",
    "moves_se",
    "max_load",
    "max_load_se",
    "cap_broken",
    "cap_broken_se",
    "average_broken",
    "average_broken_se",
    "broken",
    "broken_se",
    "broken_so_far",
    "broken_so_far_se",
];

fn record(month: &MonthSummary) -> Vec<String> {
    let mut cells = vec![month.month.to_string(), month.begins.to_string()];
    for mean in [month.members, month.staff, month.vacant, month.moves, month.max_load] {
        cells.extend([format!("{:.4}", mean.mean), format!("{:.4}", mean.standard_error)]);
    }
    for estimate in [month.cap_broken, month.average_broken, month.broken, month.broken_so_far] {
        cells.extend([format!("{:.6}", estimate.probability), format!("{:.6}", estimate.standard_error)]);
    }
    cells
}
