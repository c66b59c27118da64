//! Sheets for case managers: a briefing for who receives a member, a note for who hands members over. One file a case
//! manager, so that nothing of another's members lies in it; set from `models/letters/<kind>.en.typ`, read back page by
//! page before it is handed out.

use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use super::batches;
use super::context::Day;
use super::fonts::Fonts;
use super::typesetter::Typesetter;
use super::{Job, LettersError, Miss, Sink, Stationery, readback, render};
use crate::plan::Transfer;
use crate::program::Rules;
use crate::roster::Roster;

/// What kind of sheets a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StaffKind {
    /// For the receiving case manager, a sheet a member.
    Briefing,
    /// For the present case manager, all members who are handed over.
    Note,
}

impl StaffKind {
    /// The word of `handoff/index.csv`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Briefing => "briefing",
            Self::Note => "note",
        }
    }

    const fn template(self) -> &'static str {
        match self {
            Self::Briefing => "briefing.en.typ",
            Self::Note => "note.en.typ",
        }
    }
}

/// Somebody with the ways to reach them. What is not in the roster is left out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Person {
    /// Id in the roster.
    pub id: String,
    /// Full name; the id where it is blank or cannot be set.
    pub name: String,
    /// Phone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

/// How a member is handed over.
#[derive(Clone, Debug, Serialize)]
pub struct Meeting {
    /// The day.
    pub on: Day,
    /// `HH:MM`.
    pub starts: String,
    /// `HH:MM`.
    pub ends: String,
    /// `in_person`, `phone` or `notification`.
    pub method: &'static str,
    /// Does the member prefer this method?
    pub preferred: bool,
    /// Why the present case manager takes no part, as the word of `schedule.csv`.
    pub no_call: Option<&'static str>,
    /// Ids of the transfers it changes places with on the same day.
    pub swaps_with: Vec<String>,
}

/// A step of the handoff.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// What is to be done.
    pub what: String,
    /// By whom: a case manager's id, empty = the office.
    pub who: String,
    /// By when.
    pub due: Day,
}

/// A provider who routinely works with a member.
#[derive(Clone, Debug, Serialize)]
pub struct RoutineProvider {
    /// Name and phone.
    pub person: Person,
    /// Type of service.
    pub kind: Option<String>,
    /// Visits a month.
    pub visits_per_month: Option<f64>,
}

/// What the receiving case manager must know about one member, and by when.
#[derive(Clone, Debug, Serialize)]
pub struct Briefing {
    /// The transfer's id.
    pub transfer_id: String,
    /// Who.
    pub member: Person,
    /// Home address, line by line.
    pub address: Vec<String>,
    /// Birth date.
    pub born: Option<Day>,
    /// Language tag of the member, e.g. `es`.
    pub language: String,
    /// Grade of need.
    pub need: &'static str,
    /// Urgent?
    pub urgent: bool,
    /// Program code.
    pub program: Option<String>,
    /// Setting code.
    pub setting: Option<String>,
    /// Guardian, parent or representative: the relation, the name, the address.
    pub guardian: Option<Guardian>,
    /// The case manager so far.
    pub from: Option<Person>,
    /// Since when.
    pub since: Option<Day>,
    /// Why the member moves, as `transfers.csv` says it.
    pub because: String,
    /// How and when.
    pub meeting: Meeting,
    /// What the file holds.
    pub file: CaseFile,
    /// What falls due.
    pub due: Vec<Due>,
    /// The tier that says how soon the first contact is.
    pub tier: Option<Tier>,
    /// Providers.
    pub providers: Vec<RoutineProvider>,
    /// First letter about the change; `None` = none printed.
    pub letter_id: Option<String>,
    /// The checklist.
    pub steps: Vec<Step>,
}

/// Who decides for a member.
#[derive(Clone, Debug, Serialize)]
pub struct Guardian {
    /// `parent`, `guardian` or `representative`.
    pub relation: &'static str,
    /// Full name, when known.
    pub name: Option<String>,
    /// Address, line by line; empty = the member's.
    pub address: Vec<String>,
}

/// What earlier documentation there is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CaseFile {
    /// Case opened.
    pub opened: Option<Day>,
    /// Last contact.
    pub last_contact: Option<Day>,
    /// Current assessment.
    pub assessed: Option<Day>,
    /// Current service plan.
    pub service_plan: Option<Day>,
    /// Contacts a month.
    pub contacts_per_month: Option<f64>,
    /// Visits a year.
    pub visits_per_year: Option<f64>,
    /// Authorized units left this year.
    pub units_left: Option<f64>,
    /// What was asked for and is not done.
    pub open_requests: Option<String>,
    /// Members of the household with the same case manager after the change.
    pub household: Vec<String>,
}

/// Something with a date.
#[derive(Clone, Debug, Serialize)]
pub struct Due {
    /// `assessment`, `review`, `discharge`, `program`, `outreach` or `contact`: the template has the words.
    pub what: &'static str,
    /// When.
    pub on: Day,
    /// Further word, e.g. the code of the next program.
    pub note: Option<String>,
}

/// How soon the first contact has to be, by the program.
#[derive(Clone, Debug, Serialize)]
pub struct Tier {
    /// In words.
    pub title: String,
    /// `72 hours`.
    pub within: String,
}

/// A member in the note to the present case manager.
#[derive(Clone, Debug, Serialize)]
pub struct Leaving {
    /// The transfer's id.
    pub transfer_id: String,
    /// Who.
    pub member: Person,
    /// To whom.
    pub to: Person,
    /// How and when.
    pub meeting: Meeting,
    /// The new case manager is briefed by then.
    pub brief_by: Day,
    /// The letter is out by then.
    pub letter_by: Day,
}

/// The sheets of one file.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Sheets {
    /// A briefing a member, in order of the handoffs.
    Briefings(Vec<Briefing>),
    /// All members who are handed over.
    Leaving(Vec<Leaving>),
}

/// A file for one case manager.
#[derive(Clone, Debug, Serialize)]
pub struct StaffFile {
    /// Name in the folder of the schedule.
    #[serde(skip)]
    pub path: String,
    /// For whom.
    pub reader: Person,
    /// Case manager, member and so on, as the program calls them.
    pub words: crate::program::Words,
    /// The plan.
    pub plan_id: String,
    /// The day of the plan's data, which is the document's date.
    pub as_of: Day,
    /// Font families, in the order they are tried.
    pub fonts: Vec<String>,
    /// What is in it.
    pub sheets: Sheets,
}

impl StaffFile {
    /// Which template.
    #[must_use]
    pub const fn kind(&self) -> StaffKind {
        match self.sheets {
            Sheets::Briefings(_) => StaffKind::Briefing,
            Sheets::Leaving(_) => StaffKind::Note,
        }
    }

    /// The code at the foot of each sheet, and what the sheet must say.
    fn expected(&self) -> Vec<(String, Vec<&str>)> {
        match &self.sheets {
            Sheets::Briefings(sheets) => sheets
                .iter()
                .map(|sheet| {
                    let from = sheet.from.as_ref().map(|from| &*from.name);
                    let mut must = vec![&*sheet.member.id, &*sheet.member.name, &*self.reader.name];
                    must.extend(from);
                    (format!("{} {}", self.plan_id, sheet.transfer_id), must)
                })
                .collect(),
            Sheets::Leaving(rows) => {
                let said = rows.iter().flat_map(|row| [&*row.transfer_id, &*row.member.id, &*row.to.name]);
                vec![(format!("{} {}", self.plan_id, self.reader.id), said.collect())]
            }
        }
    }

    /// Ids of the transfers in it, sheet by sheet.
    #[must_use]
    pub fn transfers(&self) -> Vec<&str> {
        match &self.sheets {
            Sheets::Briefings(sheets) => sheets.iter().map(|sheet| &*sheet.transfer_id).collect(),
            Sheets::Leaving(rows) => rows.iter().map(|row| &*row.transfer_id).collect(),
        }
    }
}

/// Where the sheets of a finished file begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Pages in all.
    pub pages: usize,
    /// First page of each sheet, from 1.
    pub starts: Vec<usize>,
}

/// Text of the roster on one line, as sheets show it; blank = `None`.
#[must_use]
pub fn text_of(value: Option<&str>) -> Option<String> {
    super::plain_text::cell(value)
}

/// The press for sheets: the letters' fonts and templates.
pub struct StaffPress<'a>(Job<'a>);

impl<'a> StaffPress<'a> {
    /// For the sheets of these transfers.
    ///
    /// # Errors
    /// When a file of the letters is broken.
    pub fn new(
        roster: &'a Roster,
        rules: &'a Rules,
        transfers: &'a [Transfer],
        plan_id: &'a str,
        stationery: &'a Stationery,
    ) -> Result<Self, LettersError> {
        Job::new(roster, rules, transfers, plan_id, stationery).map(Self)
    }

    /// Can the text be set, and be read back? What cannot is printed as an id, never as boxes.
    #[must_use]
    pub fn can_set(&self, text: &str) -> bool {
        self.0.can_set_text(text)
    }

    /// Font families in the order they are tried.
    #[must_use]
    pub fn families(&self) -> Vec<String> {
        self.0.typesetter.fonts().order(&[])
    }

    /// Sets, reads back and hands out the files, in their order.
    ///
    /// # Errors
    /// When a template is refused, a file does not read back as it should, or the sink fails.
    pub fn print(&self, files: &[StaffFile], sink: &mut Sink<'_>) -> Result<Vec<Finished>, LettersError> {
        /// Files held in memory at a time.
        const TOGETHER: usize = 32;
        let workers = batches::workers()?;
        let typesetter = &self.0.typesetter;
        let mut finished = Vec::with_capacity(files.len());
        for some in files.chunks(TOGETHER) {
            let set = |file: &StaffFile| one(typesetter, file);
            let made: Vec<(Vec<u8>, Finished)> =
                workers.install(|| some.par_iter().map(set).collect::<Result<_, _>>())?;
            render::forget();
            for (file, (pdf, places)) in some.iter().zip(made) {
                sink(&file.path, &pdf).map_err(|source| LettersError::Sink { path: file.path.clone(), source })?;
                finished.push(places);
            }
        }
        Ok(finished)
    }
}

fn one(typesetter: &Arc<Typesetter>, file: &StaffFile) -> Result<(Vec<u8>, Finished), LettersError> {
    let template = file.kind().template();
    let json =
        serde_json::to_string(file).map_err(|error| typesetter.templates().refused(template, error.to_string()))?;
    let expected = file.expected();
    let identity = format!("{} {} {}", file.plan_id, file.kind().word(), file.reader.id);
    let pdf = render::document(typesetter, template, json, &identity)?;
    let crossed = |what| LettersError::Crossed(Miss { letter_id: file.path.clone(), what });
    let pages = readback::page_texts(&pdf).ok_or_else(|| crossed("the file cannot be read back"))?;
    let places = compare(typesetter.fonts(), &pages, &expected).map_err(crossed)?;
    Ok((pdf, places))
}

/// Every page must carry the code of one sheet, in the order of the sheets, and each sheet must say what it has to.
fn compare(fonts: &Fonts, pages: &[String], expected: &[(String, Vec<&str>)]) -> Result<Finished, &'static str> {
    let seen: Vec<String> = pages.iter().map(|page| fonts.as_seen(page)).collect();
    let (mut starts, mut page) = (Vec::with_capacity(expected.len()), 0);
    for (code, must) in expected {
        // The foot ends in a full stop, so that T00001 is not found in T000011.
        let code = fonts.as_seen(&format!("{code}."));
        let first = page;
        while page < seen.len() && seen[page].contains(&code) {
            page += 1;
        }
        if page == first {
            return Err("a page carries another sheet's code");
        }
        let whole = seen[first..page].concat();
        if !must.iter().all(|text| whole.contains(&fonts.as_seen(text))) {
            return Err("a sheet does not say whom it is about");
        }
        starts.push(first + 1);
    }
    if page == seen.len() { Ok(Finished { pages: page, starts }) } else { Err("a page belongs to no sheet") }
}
