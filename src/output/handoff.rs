//! The folder `handoff/`: `schedule.csv`, `checklist.csv`, `outreach.csv` where the program spreads outreach, and an
//! invitation a joint call.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::{Days, NaiveDate};
use serde::Serialize;

use crate::handoff::calendar::workdays_from;
use crate::handoff::outreach::OutreachDate;
use crate::handoff::{CheckedSchedule, Entry};
use crate::ids::ManagerIx;
use crate::output::csv::{bytes, cell};
use crate::output::folder::{Staged, WriteError};
use crate::output::{Published, ics};
use crate::plan::Transfer;
use crate::program::ContactTier;

/// The folder in a plan folder.
pub const FOLDER: &str = "handoff";
/// The file by which a folder of a schedule is recognized.
pub const MARKER: &str = "schedule.csv";

/// Says on which page of which sheet a transfer stands; there when sheets were made.
pub const SHEETS: &str = "index.csv";

/// Days by which the steps of a handoff are to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The present case manager has briefed the new one.
    pub briefed: NaiveDate,
    /// The letter is out.
    pub letter: NaiveDate,
    /// The new case manager has made the first contact.
    pub contact: NaiveDate,
    /// Providers know.
    pub providers: NaiveDate,
}

impl Due {
    /// From the day of the handoff.
    #[must_use]
    pub fn of(published: &Published<'_>, transfer: &Transfer, entry: &Entry) -> Self {
        let rules = &published.rules.program.handoff;
        let member = published.roster.member(transfer.member);
        let within = published.rules.contact_tier(member).map_or(rules.contact_days, ContactTier::days);
        let briefed = workdays_from(rules, entry.on, -i64::from(rules.briefing_workdays));
        Self {
            briefed: briefed.max(published.rules.as_of),
            letter: entry.on - Days::new(u64::from(rules.letter_days)),
            contact: entry.on + Days::new(u64::from(within)),
            providers: workdays_from(rules, entry.on, i64::from(rules.provider_workdays)),
        }
    }
}

/// Writes everything below `folder` of the staged one. Invitations that the target has already are followed by later
/// ones of the same event.
///
/// # Errors
/// When a file cannot be written.
pub fn write(
    staged: &Staged,
    folder: &Path,
    published: &Published<'_>,
    schedule: &CheckedSchedule,
    outreach: &[OutreachDate],
) -> Result<(), WriteError> {
    let rows = || published.plan.transfers.iter().zip(schedule.entries());
    let table = |name: &str, header: &[&str], rows: Vec<Vec<String>>| {
        let header = header.iter().map(ToString::to_string).collect();
        staged.write(folder.join(name), &bytes(std::iter::once(header).chain(rows)))
    };
    table(MARKER, &SCHEDULE, rows().map(|(transfer, entry)| row(published, transfer, entry)).collect())?;
    table(
        "checklist.csv",
        &CHECKLIST,
        rows().flat_map(|(transfer, entry)| checklist_rows(published, transfer, entry)).collect(),
    )?;
    if published.rules.program.outreach.is_some() {
        let date = |row: &OutreachDate| {
            let day = |day: Option<NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
            let roster = published.roster;
            vec![
                cell(&roster.member(row.member).id),
                cell(&roster.manager(row.manager).id),
                day(row.before),
                day(row.after),
                row.why.word().to_owned(),
            ]
        };
        let header = ["member_id", "manager_id", "before", "after", "reason"];
        table("outreach.csv", &header, outreach.iter().map(date).collect())?;
    }
    for (transfer, entry) in rows().filter(|(_, entry)| entry.is_joint()) {
        let name = folder.join(format!("{}.ics", transfer.id));
        let earlier = fs::read_to_string(staged.target().join(&name)).ok();
        let earlier = earlier.as_deref().filter(|text| text.contains(published.plan_id));
        let text = ics::invitation(published.roster, published.rules, published.plan_id, transfer, entry, earlier);
        staged.write(name, text.as_bytes())?;
    }
    Ok(())
}

const SCHEDULE: [&str; 17] = [
    "transfer_id",
    "member_id",
    "from_manager_id",
    "to_manager_id",
    "wave",
    "handoff_on",
    "slot_starts",
    "slot_ends",
    "handoff_method",
    "no_call",
    "swap",
    "briefed_by",
    "letters_by",
    "first_contact_by",
    "providers_by",
    "need",
    "urgent",
];

fn row(published: &Published<'_>, transfer: &Transfer, entry: &Entry) -> Vec<String> {
    let (roster, due) = (published.roster, Due::of(published, transfer, entry));
    let member = roster.member(transfer.member);
    vec![
        transfer.id.clone(),
        cell(&member.id),
        transfer.from.map_or_else(String::new, |from| cell(&roster.manager(from).id)),
        cell(&roster.manager(transfer.to).id),
        entry.wave.to_string(),
        entry.on.to_string(),
        entry.starts.format("%H:%M").to_string(),
        entry.ends.format("%H:%M").to_string(),
        entry.method.word().to_owned(),
        entry.no_call.map_or("", crate::handoff::NoCall::word).to_owned(),
        entry.swap.map_or_else(String::new, |number| format!("S{number}")),
        due.briefed.to_string(),
        due.letter.to_string(),
        due.contact.to_string(),
        due.providers.to_string(),
        transfer.need.word().to_owned(),
        if member.urgent { "yes" } else { "no" }.to_owned(),
    ]
}

const CHECKLIST: [&str; 8] =
    ["transfer_id", "member_id", "step", "what", "responsible_manager_id", "due_on", "done_on", "signed_by"];

/// A line of the checklist.
#[derive(Clone, Debug)]
pub struct ChecklistStep {
    /// Number of the step.
    pub number: &'static str,
    /// What is to be done, in the program's words.
    pub what: String,
    /// By whom; `None` = the office.
    pub by: Option<ManagerIx>,
    /// By when.
    pub due: NaiveDate,
}

/// The checklist of a handoff.
#[must_use]
pub fn steps(published: &Published<'_>, transfer: &Transfer, entry: &Entry) -> Vec<ChecklistStep> {
    let rules = published.rules;
    let (due, words) = (Due::of(published, transfer, entry), &rules.program.handoff.step);
    let to = Some(transfer.to);
    let giver = transfer.from.filter(|_| entry.no_call.is_none()).or(to);
    [
        ("1", &words.identified, None, rules.as_of),
        ("2", &words.reassigned, None, rules.as_of),
        ("3", &words.briefed, giver, due.briefed),
        ("4a", &words.letter, None, due.letter),
        ("4b", &words.handed_over, giver, entry.on),
        ("4c", &words.contact, to, due.contact),
        ("5", &words.providers, to, due.providers),
    ]
    .into_iter()
    .map(|(number, what, by, due)| ChecklistStep { number, what: rules.program.words.speak(what), by, due })
    .collect()
}

fn checklist_rows(published: &Published<'_>, transfer: &Transfer, entry: &Entry) -> Vec<Vec<String>> {
    let roster = published.roster;
    let row = |step: ChecklistStep| {
        vec![
            transfer.id.clone(),
            cell(&roster.member(transfer.member).id),
            step.number.to_owned(),
            cell(&step.what),
            step.by.map_or_else(String::new, |by| cell(&roster.manager(by).id)),
            step.due.to_string(),
            String::new(),
            String::new(),
        ]
    };
    steps(published, transfer, entry).into_iter().map(row).collect()
}

/// A week of the schedule, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Week {
    /// 1 = the first.
    pub wave: u32,
    /// First day with a handoff.
    pub from: NaiveDate,
    /// Last day with one.
    pub to: NaiveDate,
    /// In person.
    pub in_person: usize,
    /// By phone.
    pub phone: usize,
    /// A notification.
    pub notification: usize,
    /// Moves that change places on one day.
    pub in_swaps: usize,
}

/// The weeks of a schedule.
#[must_use]
pub fn weeks(schedule: &CheckedSchedule) -> Vec<Week> {
    use crate::roster::HandoffMethod;
    let mut weeks: BTreeMap<u32, Week> = BTreeMap::new();
    for entry in schedule.entries() {
        let new = || Week { wave: entry.wave, from: entry.on, to: entry.on, ..Week::default() };
        let week = weeks.entry(entry.wave).or_insert_with(new);
        week.from = week.from.min(entry.on);
        week.to = week.to.max(entry.on);
        match entry.method {
            HandoffMethod::InPerson => week.in_person += 1,
            HandoffMethod::Phone => week.phone += 1,
            HandoffMethod::Notification => week.notification += 1,
        }
        week.in_swaps += usize::from(entry.swap.is_some());
    }
    weeks.into_values().collect()
}

/// When it is finished and why not sooner, in a sentence.
#[must_use]
pub fn proof(schedule: &CheckedSchedule, effective_on: NaiveDate) -> String {
    let schedule = schedule.schedule();
    if schedule.entries.is_empty() {
        return "Nobody changes case manager.".to_owned();
    }
    let finish = schedule.finish();
    let why = if schedule.because.is_empty() { String::new() } else { format!(": {}", schedule.because) };
    let end = if finish == schedule.earliest_finish {
        format!("finished on {finish}; no schedule can be finished sooner{why}")
    } else {
        format!("finished on {finish}; no schedule can be finished before {}{why}", schedule.earliest_finish)
    };
    let against = if finish <= effective_on {
        format!("in time for {effective_on}")
    } else {
        format!("after {effective_on}, the day the plan takes effect")
    };
    format!("All handoffs are {end}. That is {against}.")
}
