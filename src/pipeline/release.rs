//! What a finished plan becomes on disk: the plan folder, a schedule by itself, letters once more; each whole or not at
//! all.
//!
//! Long because what a plan folder holds, and in which order it is made, is said in one place.

use std::collections::BTreeMap;
use std::path::Path;

use super::hinges;
use crate::handoff::{self, CheckedSchedule};
use crate::output::folder::{PLAN_MARKER, Staged, WriteError, may_replace};
use crate::output::json::Timings;
use crate::output::{self, Published};
use crate::plan::{Plan, identity};
use crate::program::Rules;
use crate::roster::Roster;
use crate::solve::EngineError;
use crate::whatif;

/// The folder of letters in a plan folder.
pub const LETTERS_FOLDER: &str = "letters";
/// The file by which a folder of letters is recognized: only such a folder is ever replaced by letters. Not
/// `manifest.json`, which many a folder has that is not ours.
pub const LETTERS_MARKER: &str = "held.csv";
/// What a build without the cargo feature says.
pub const NO_LETTERS: &str = "this build cannot print letters: it was made without the cargo feature `letters`";

/// How a schedule of handoffs came out.
#[derive(Debug)]
pub enum Scheduled {
    /// With its dates noted in the plan's transfers.
    Found(Box<CheckedSchedule>),
    /// Some transfers have no day; none is noted.
    Impossible(handoff::Stuck),
}

/// Schedules the handoffs of a plan from `start` on, and notes week, day and method in its transfers.
///
/// # Errors
/// When the checker refuses the schedule: a defect.
pub fn schedule(
    roster: &Roster,
    rules: &Rules,
    plan: &mut Plan,
    start: chrono::NaiveDate,
) -> Result<Scheduled, ReleaseError> {
    match handoff::schedule(roster, rules, plan, start) {
        handoff::Ending::Scheduled(schedule) => {
            for (transfer, entry) in plan.transfers.iter_mut().zip(schedule.entries()) {
                transfer.wave = Some(entry.wave);
                transfer.handoff_on = Some(entry.on);
                transfer.handoff_method = Some(entry.method.word().to_owned());
            }
            Ok(Scheduled::Found(schedule))
        }
        handoff::Ending::Impossible(stuck) => Ok(Scheduled::Impossible(stuck)),
        handoff::Ending::Refused(findings) => {
            let told: Vec<String> = findings.iter().take(5).map(ToString::to_string).collect();
            Err(ReleaseError::Schedule(told.join("; ")))
        }
    }
}

/// Writes tables and invitations of a schedule below `folder` of the staged one.
///
/// # Errors
/// When a file cannot be written.
fn write_schedule(
    staged: &Staged,
    folder: &Path,
    published: &Published<'_>,
    schedule: &CheckedSchedule,
) -> Result<(), WriteError> {
    let outreach = handoff::outreach::spread(published.roster, published.rules, published.plan, schedule);
    output::handoff::write(staged, folder, published, schedule, &outreach)
}

/// Writes a schedule into a folder of its own, whole or not at all. With `beside`, the roster's folder, the sheets for case
/// managers and the notices to providers too.
///
/// # Errors
/// Nothing is left behind but what was there before.
pub fn release_schedule(
    published: &Published<'_>,
    schedule: &CheckedSchedule,
    target: &Path,
    force: bool,
    beside: Option<&Path>,
) -> Result<Released, ReleaseError> {
    let staged = Staged::begin_marked(target, force, output::handoff::MARKER)?;
    let mut released = Released { plan_id: published.plan_id.to_owned(), ..Released::default() };
    write_schedule(&staged, Path::new(""), published, schedule)?;
    if let Some(beside) = beside {
        let Published { roster, rules, plan, plan_id, .. } = *published;
        let print = Print::new(roster, rules, plan_id, beside)?;
        print_sheets(&print, published, schedule, &staged, Path::new(""))?;
        print_notices(&print, plan, &staged, Path::new(""), &mut released)?;
    }
    staged.commit()?;
    Ok(released)
}

/// Writes a plan folder once more with other days of handoff: everything that says them anew, the letters too,
/// everything else as it is; in place whole or not at all. The plan has to be the folder's own, judged, with its search
/// noted and the days of `schedule`. With `sheets`, the papers for case managers and providers too where there are letters.
///
/// # Errors
/// Nothing is changed then.
#[allow(clippy::too_many_arguments, reason = "all that a finished run is made of")]
pub fn reschedule(
    roster: &Roster,
    rules: &Rules,
    plan: &mut Plan,
    plan_id: &str,
    inputs: &[(String, String)],
    schedule: &CheckedSchedule,
    target: &Path,
    beside: &Path,
    sheets: bool,
    letters_done: &(dyn Fn(usize, usize) + Sync),
) -> Result<Released, ReleaseError> {
    let is_there = |name: &str| target.join(name).exists();
    // Sheets and notices go with the letters.
    let sheets = sheets && is_there(LETTERS_FOLDER);
    may_replace(target, true, PLAN_MARKER)?;
    let staged = Staged::begin(target, true)?;
    let mut released = Released { plan_id: plan_id.to_owned(), ..Released::default() };
    let print = Print::new(roster, rules, plan_id, beside)?;
    if is_there(LETTERS_FOLDER) && cfg!(feature = "letters") {
        print_letters(&print, plan, &staged, Path::new(LETTERS_FOLDER), letters_done, &mut released)?;
    } else if is_there(LETTERS_FOLDER) {
        released.warnings.push(format!("{NO_LETTERS}: those in the folder say the days of before"));
        copy_rest(target, Path::new(LETTERS_FOLDER), &staged)?;
    }
    if is_there(output::html::FILE) {
        plan.hinges = hinges(roster, rules, plan)?;
    }
    let published = Published { roster, rules, plan, plan_id, inputs, hiring: None };
    output::write_plan(&staged, &published, is_there(output::html::FILE))?;
    output::work::write(&staged, &published)?;
    if is_there(output::xlsx::FILE) {
        output::xlsx::write(&staged, &published, &printed_tables(&staged)?)?;
    }
    let folder = Path::new(output::handoff::FOLDER);
    write_schedule(&staged, folder, &published, schedule)?;
    if sheets {
        print_sheets(&print, &published, schedule, &staged, folder)?;
        print_notices(&print, plan, &staged, folder, &mut released)?;
    }
    copy_rest(target, Path::new(""), &staged)?;
    staged.commit()?;
    Ok(released)
}

/// Copies what `folder` of a plan folder holds and the staged one does not. Of the whole, letters and schedule stay
/// behind: they are made anew.
fn copy_rest(from: &Path, folder: &Path, staged: &Staged) -> Result<(), WriteError> {
    let made = [Path::new(output::handoff::FOLDER), Path::new(LETTERS_FOLDER)];
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        let path = from.join(&inside);
        let failed = |source| WriteError { path: path.clone(), source };
        if inside != folder && made.contains(&inside.as_path()) {
            continue;
        }
        for entry in std::fs::read_dir(&path).map_err(failed)? {
            let name = inside.join(entry.map_err(failed)?.file_name());
            if from.join(&name).is_dir() {
                folders.push(name);
            } else if !staged.path().join(&name).exists() {
                let failed = |source| WriteError { path: from.join(&name), source };
                staged.write(&name, &std::fs::read(from.join(&name)).map_err(failed)?)?;
            }
        }
    }
    Ok(())
}

/// What goes into a plan folder.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The roster's folder: paths in its settings start there.
    pub beside: &'a Path,
    /// Print the letters.
    pub letters: bool,
    /// Write the report.
    pub report: bool,
    /// Write the workbook.
    pub workbook: bool,
    /// Give every transfer a day, and write `handoff/`.
    pub handoff: bool,
    /// Replace a plan folder that is there.
    pub force: bool,
    /// What hires would change: a section of the report and of the workbook.
    pub hiring: Option<&'a whatif::hiring::Curve>,
}

/// Why a plan folder was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The letters were stopped.
    #[error("letters: {0}")]
    Letters(String),
    /// The checker refused the schedule of handoffs.
    #[error("the checker refused the schedule: {0}")]
    Schedule(String),
    /// A setting of the letters cannot be used.
    #[error("{0}")]
    Settings(String),
    /// An engine broke: a defect.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The organization profile cannot be used.
    #[error("organization: {0}")]
    Organization(String),
}

/// What was released.
#[derive(Debug, Default)]
pub struct Released {
    /// The plan's id.
    pub plan_id: String,
    /// Letters printed, and held back.
    pub letters: Option<(usize, usize)>,
    /// Notices to providers printed, and held back.
    pub notices: Option<(usize, usize)>,
    /// Letters held back by the reason's code in `held.csv`.
    pub held_by_reason: BTreeMap<&'static str, usize>,
    /// Day of the last handoff, when all have one.
    pub handoffs_by: Option<chrono::NaiveDate>,
    /// Things to look at.
    pub warnings: Vec<String>,
}

/// Writes the plan folder whole or not at all. `letters_done` is told of letters printed.
///
/// # Errors
/// Nothing is left behind but what was there before.
#[allow(clippy::too_many_arguments, reason = "all that a finished run is made of")]
pub fn release(
    roster: &Roster,
    rules: &Rules,
    plan: &mut Plan,
    inputs: &[(String, String)],
    target: &Path,
    contents: Contents<'_>,
    timings: &mut dyn FnMut() -> Timings,
    letters_done: &(dyn Fn(usize, usize) + Sync),
) -> Result<Released, ReleaseError> {
    let plan_id = identity::plan_id(roster, rules, inputs, plan.verified.assignment());
    let staged = Staged::begin(target, contents.force)?;
    let mut released = Released { plan_id: plan_id.clone(), ..Released::default() };
    let scheduled =
        if contents.handoff { Some(schedule(roster, rules, plan, handoff::default_start(rules))?) } else { None };
    let print = if contents.letters { Some(Print::new(roster, rules, &plan_id, contents.beside)?) } else { None };
    if let Some(print) = &print {
        print_letters(print, plan, &staged, Path::new(LETTERS_FOLDER), letters_done, &mut released)?;
        print_notices(print, plan, &staged, Path::new(output::handoff::FOLDER), &mut released)?;
    }
    if contents.report {
        plan.hinges = hinges(roster, rules, plan)?;
    }
    let hiring = contents.hiring;
    let published = Published { roster, rules, plan, plan_id: &plan_id, inputs, hiring };
    output::write_plan(&staged, &published, contents.report)?;
    output::work::write(&staged, &published)?;
    #[cfg(feature = "letters")]
    if contents.letters && contents.report {
        output::state_report::write(&staged, &published)?;
    }
    if contents.workbook {
        output::xlsx::write(&staged, &published, &printed_tables(&staged)?)?;
    }
    match &scheduled {
        None => {}
        Some(Scheduled::Found(found)) => {
            let folder = Path::new(output::handoff::FOLDER);
            write_schedule(&staged, folder, &published, found)?;
            if let Some(print) = &print {
                print_sheets(print, &published, found, &staged, folder)?;
            }
            released.handoffs_by = Some(found.schedule().finish()).filter(|_| !plan.transfers.is_empty());
        }
        Some(Scheduled::Impossible(stuck)) => released.warnings.push(format!(
            "no handoff dates: {}. `caseload handoff` says what would help",
            stuck.reasons.first().map_or("they do not fit", String::as_str)
        )),
    }
    output::json::write_timings(&staged, &timings(), contents.beside)?;
    staged.commit()?;
    Ok(released)
}

/// The tables of the letters printed into the staged folder; empty where there are none.
fn printed_tables(staged: &Staged) -> Result<output::xlsx::LetterTables, WriteError> {
    let text = |name: &str| {
        let path = staged.path().join(LETTERS_FOLDER).join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(source) => Err(WriteError { path: staged.target().join(LETTERS_FOLDER).join(name), source }),
        }
    };
    Ok(output::xlsx::LetterTables { index: text("index.csv")?, held: text("held.csv")? })
}

/// What the letters, notices and sheets of a plan are printed with.
#[cfg_attr(not(feature = "letters"), allow(dead_code, reason = "read by the letters only"))]
struct Print<'a> {
    roster: &'a Roster,
    rules: &'a Rules,
    plan_id: &'a str,
    /// The sender's profile and what lies beside the roster.
    #[cfg(feature = "letters")]
    stationery: crate::letters::Stationery,
}

impl<'a> Print<'a> {
    /// A profile named by its path is looked for `beside` the roster first.
    #[cfg_attr(not(feature = "letters"), allow(clippy::unnecessary_wraps, reason = "there is nothing to read"))]
    fn new(roster: &'a Roster, rules: &'a Rules, plan_id: &'a str, beside: &Path) -> Result<Self, ReleaseError> {
        #[cfg(not(feature = "letters"))]
        let _ = beside;
        Ok(Self {
            roster,
            rules,
            plan_id,
            #[cfg(feature = "letters")]
            stationery: stationery(rules, beside)?,
        })
    }
}

/// Prints the letters again for a plan that was judged anew, into a folder of their own: whole or not at all.
/// `organization` names the sender in the rules; its path is looked for beside the roster, at `contents.beside`.
///
/// # Errors
/// Nothing is left behind but what was there before.
pub fn print_again(
    roster: &Roster,
    rules: &Rules,
    plan: &mut Plan,
    plan_id: &str,
    target: &Path,
    contents: Contents<'_>,
    letters_done: &(dyn Fn(usize, usize) + Sync),
) -> Result<Released, ReleaseError> {
    let staged = Staged::begin_marked(target, contents.force, LETTERS_MARKER)?;
    let mut released = Released { plan_id: plan_id.to_owned(), ..Released::default() };
    let print = Print::new(roster, rules, plan_id, contents.beside)?;
    print_letters(&print, plan, &staged, Path::new(""), letters_done, &mut released)?;
    staged.commit()?;
    Ok(released)
}

/// Prints the letters into `folder` of the staged one, and notes each letter's id in its transfer.
#[cfg(feature = "letters")]
fn print_letters(
    print: &Print<'_>,
    plan: &mut Plan,
    staged: &Staged,
    folder: &Path,
    done: &(dyn Fn(usize, usize) + Sync),
    released: &mut Released,
) -> Result<(), ReleaseError> {
    let Print { roster, rules, plan_id, stationery } = print;
    let mut sink = |name: &str, bytes: &[u8]| staged.write(folder.join(name), bytes).map_err(|error| error.source);
    let outcome = crate::letters::produce(roster, rules, plan, plan_id, stationery, &mut sink, done)
        .map_err(|error| refused(error, &staged.target().join(folder)))?;
    for (transfer, letter_id) in plan.transfers.iter_mut().zip(outcome.letter_ids) {
        transfer.letter_id = letter_id;
    }
    for held in &outcome.held {
        *released.held_by_reason.entry(held.reason.word()).or_default() += 1;
    }
    output::xlsx::mailmerge::write(staged, folder, rules.letters.sent_on, &rules.program.words, &outcome.merge)?;
    released.letters = Some((outcome.written.len(), outcome.held.len()));
    released.warnings = outcome.warnings;
    Ok(())
}

/// Prints the notices to providers into `folder` of the staged one.
#[cfg(feature = "letters")]
fn print_notices(
    print: &Print<'_>,
    plan: &Plan,
    staged: &Staged,
    folder: &Path,
    released: &mut Released,
) -> Result<(), ReleaseError> {
    let mut sink = |name: &str, bytes: &[u8]| staged.write(folder.join(name), bytes).map_err(|error| error.source);
    let Print { roster, rules, plan_id, stationery } = print;
    let outcome = crate::letters::provider_notices(roster, rules, plan, plan_id, stationery, &mut sink)
        .map_err(|error| refused(error, &staged.target().join(folder)))?;
    released.notices = Some((outcome.written.len(), outcome.held.len()));
    Ok(())
}

/// The sender's profile and what lies beside the roster.
#[cfg(feature = "letters")]
fn stationery(rules: &Rules, beside: &Path) -> Result<crate::letters::Stationery, ReleaseError> {
    use crate::letters::{Organization, Stationery};
    let settings = &rules.letters;
    let organization = Organization::load(&settings.organization, beside)
        .map_err(|error| ReleaseError::Organization(error.to_string()))?;
    Stationery::load(organization, settings, beside).map_err(|error| refused(error, beside))
}

/// Why letters into that folder did not come out.
#[cfg(feature = "letters")]
fn refused(error: crate::letters::LettersError, folder: &Path) -> ReleaseError {
    use crate::letters::LettersError;
    match error {
        LettersError::Sink { path, source } => ReleaseError::Write(WriteError { path: folder.join(path), source }),
        settings @ (LettersError::UnknownWindow { .. } | LettersError::Supplied { .. }) => {
            ReleaseError::Settings(settings.to_string())
        }
        other => ReleaseError::Letters(other.to_string()),
    }
}

/// Prints the sheets for case managers into `folder` of the staged one.
#[cfg(feature = "letters")]
fn print_sheets(
    print: &Print<'_>,
    published: &Published<'_>,
    schedule: &CheckedSchedule,
    staged: &Staged,
    folder: &Path,
) -> Result<(), ReleaseError> {
    output::briefings::write(staged, folder, published, schedule, &print.stationery)
        .map_err(|error| refused(error, &staged.target().join(folder)))
}

#[cfg(not(feature = "letters"))]
fn print_sheets(
    _: &Print<'_>,
    _: &Published<'_>,
    _: &CheckedSchedule,
    _: &Staged,
    _: &Path,
) -> Result<(), ReleaseError> {
    Ok(())
}

#[cfg(not(feature = "letters"))]
fn print_notices(_: &Print<'_>, _: &Plan, _: &Staged, _: &Path, _: &mut Released) -> Result<(), ReleaseError> {
    Ok(())
}

#[cfg(not(feature = "letters"))]
fn print_letters(
    _: &Print<'_>,
    _: &mut Plan,
    _: &Staged,
    _: &Path,
    _: &(dyn Fn(usize, usize) + Sync),
    released: &mut Released,
) -> Result<(), ReleaseError> {
    released.warnings.push(NO_LETTERS.to_owned());
    Ok(())
}
