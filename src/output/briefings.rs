//! Sheets for case managers below `handoff/`: what the receiving one must know and by when, what the present one has to
//! do, and `index.csv`, which says on which page of which file a transfer stands.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::handoff::{CheckedSchedule, Entry};
use crate::ids::{ManagerIx, MemberIx};
use crate::letters::staff::{
    Briefing, CaseFile, Due, Finished, Guardian, Leaving, Meeting, Person, RoutineProvider, Sheets, StaffFile,
    StaffPress, Step, Tier, text_of,
};
use crate::letters::{LettersError, Sink, Stationery};
use crate::output::Published;
use crate::output::csv::{bytes, cell};
use crate::output::folder::{Staged, WriteError};
use crate::output::handoff::{ChecklistStep, Due as Dates, SHEETS, steps};
use crate::plan::Transfer;
use crate::roster::MailingAddress;

/// Makes them below `folder` of the staged one.
///
/// # Errors
/// When a sheet cannot be set, reads back differently, or cannot be written.
pub fn write(
    staged: &Staged,
    folder: &Path,
    published: &Published<'_>,
    schedule: &CheckedSchedule,
    stationery: &Stationery,
) -> Result<(), LettersError> {
    let Published { roster, rules, plan, plan_id, .. } = *published;
    let press = StaffPress::new(roster, rules, &plan.transfers, plan_id, stationery)?;
    let mut households: BTreeMap<&str, Vec<MemberIx>> = BTreeMap::new();
    for member in roster.member_indices() {
        if let Some(own) = roster.member(member).household.as_deref() {
            households.entry(own).or_default().push(member);
        }
    }
    let desk = Desk { published, entries: schedule.entries(), press: &press, households };
    let files = desk.files();
    let mut sink = |name: &str, bytes: &[u8]| staged.write(folder.join(name), bytes).map_err(|error| error.source);
    let sink: &mut Sink<'_> = &mut sink;
    let finished = press.print(&files, sink)?;
    let failed = |error: WriteError| LettersError::Sink { path: SHEETS.to_owned(), source: error.source };
    staged.write(folder.join(SHEETS), &desk.index(&files, &finished)).map_err(failed)
}

struct Desk<'a> {
    published: &'a Published<'a>,
    entries: &'a [Entry],
    press: &'a StaffPress<'a>,
    households: BTreeMap<&'a str, Vec<MemberIx>>,
}

impl Desk<'_> {
    /// Briefings by receiving, then notes by present case manager, each in order of their ids.
    fn files(&self) -> Vec<StaffFile> {
        let transfers = &self.published.plan.transfers;
        let (mut taken, mut given): (BTreeMap<ManagerIx, Vec<usize>>, BTreeMap<ManagerIx, Vec<usize>>) =
            (BTreeMap::new(), BTreeMap::new());
        for (at, transfer) in transfers.iter().enumerate() {
            taken.entry(transfer.to).or_default().push(at);
            if let Some(from) = transfer.from {
                given.entry(from).or_default().push(at);
            }
        }
        let in_time = |mut of: Vec<usize>| {
            of.sort_by_key(|&at| (self.entries[at].on, self.entries[at].starts, at));
            of
        };
        let mut names = Names::default();
        let mut files = Vec::with_capacity(taken.len() + given.len());
        for (manager, of) in taken {
            let sheets = in_time(of).into_iter().map(|at| self.briefing(at)).collect();
            files.push(self.file(manager, "briefings", Sheets::Briefings(sheets), &mut names));
        }
        for (manager, of) in given {
            let rows = in_time(of).into_iter().map(|at| self.leaving(at)).collect();
            files.push(self.file(manager, "notes", Sheets::Leaving(rows), &mut names));
        }
        files
    }

    fn file(&self, manager: ManagerIx, folder: &str, sheets: Sheets, names: &mut Names) -> StaffFile {
        let rules = self.published.rules;
        let name = names.of(folder, &self.published.roster.manager(manager).id);
        StaffFile {
            path: format!("{folder}/{name}.pdf"),
            reader: self.manager(manager),
            words: rules.program.words.clone(),
            plan_id: self.published.plan_id.to_owned(),
            as_of: rules.as_of.into(),
            fonts: self.press.families(),
            sheets,
        }
    }

    /// Text that can be set; else nothing.
    fn text(&self, value: Option<&str>) -> Option<String> {
        text_of(value).filter(|text| self.press.can_set(text))
    }

    fn manager(&self, manager: ManagerIx) -> Person {
        let row = self.published.roster.manager(manager);
        let name = self.text(row.name.as_deref()).unwrap_or_else(|| row.id.to_string());
        let (phone, email) = (self.text(row.phone.as_deref()), self.text(row.email.as_deref()));
        Person { id: row.id.to_string(), name, phone, email }
    }

    fn member(&self, member: MemberIx) -> Person {
        let (id, row) = (&self.published.roster.member(member).id, self.published.roster.contact(member));
        let name = self.text(row.name.as_deref()).unwrap_or_else(|| id.to_string());
        let (phone, email) = (self.text(row.phone.as_deref()), self.text(row.email.as_deref()));
        Person { id: id.to_string(), name, phone, email }
    }

    fn address(&self, address: &MailingAddress) -> Vec<String> {
        let parts = [&address.line1, &address.line2, &address.city, &address.state, &address.zip];
        parts.into_iter().filter_map(|part| self.text(part.as_deref())).collect()
    }

    fn meeting(&self, at: usize) -> Meeting {
        let entry = &self.entries[at];
        let transfers = &self.published.plan.transfers;
        let swaps_with = (0..transfers.len())
            .filter(|other| *other != at && entry.swap.is_some() && self.entries[*other].swap == entry.swap)
            .map(|other| transfers[other].id.clone())
            .collect();
        let preferred = self.published.roster.member(transfers[at].member).case.preferred_handoff;
        Meeting {
            on: entry.on.into(),
            starts: entry.starts.format("%H:%M").to_string(),
            ends: entry.ends.format("%H:%M").to_string(),
            method: entry.method.word(),
            preferred: entry.no_call.is_none() && preferred == Some(entry.method),
            no_call: entry.no_call.map(crate::handoff::NoCall::word),
            swaps_with,
        }
    }

    fn leaving(&self, at: usize) -> Leaving {
        let transfer = &self.published.plan.transfers[at];
        let dates = Dates::of(self.published, transfer, &self.entries[at]);
        Leaving {
            transfer_id: transfer.id.clone(),
            member: self.member(transfer.member),
            to: self.manager(transfer.to),
            meeting: self.meeting(at),
            brief_by: dates.briefed.into(),
            letter_by: dates.letter.into(),
        }
    }

    fn briefing(&self, at: usize) -> Briefing {
        let (roster, rules) = (self.published.roster, self.published.rules);
        let (transfer, entry) = (&self.published.plan.transfers[at], &self.entries[at]);
        let (member, contact) = (roster.member(transfer.member), roster.contact(transfer.member));
        let guardian = (contact.guardian_relation.is_some() || contact.guardian_name.is_some()).then(|| Guardian {
            relation: contact.guardian_relation.map_or("guardian", crate::roster::GuardianRelation::word),
            name: self.text(contact.guardian_name.as_deref()),
            address: self.address(&contact.guardian_address),
        });
        let who = |by: Option<ManagerIx>| by.map_or_else(String::new, |by| roster.manager(by).id.to_string());
        let step = |one: ChecklistStep| Step { what: one.what, who: who(one.by), due: one.due.into() };
        Briefing {
            transfer_id: transfer.id.clone(),
            member: self.member(transfer.member),
            address: self.address(&contact.address),
            born: member.birth_date.map(Into::into),
            language: member.language.to_string(),
            need: member.need.word(),
            urgent: member.urgent,
            program: rules.program_of(member).and_then(|code| self.text(Some(code))),
            setting: self.text(member.setting.as_deref()),
            guardian,
            from: transfer.from.map(|from| self.manager(from)),
            since: member.assigned_on.map(Into::into),
            because: transfer.because.clone(),
            meeting: self.meeting(at),
            file: self.case_file(transfer),
            due: self.due(transfer, entry),
            tier: rules.contact_tier(member).map(|tier| Tier { title: tier.title.clone(), within: tier.within() }),
            providers: self.providers(transfer.member),
            letter_id: transfer.letter_id.clone(),
            steps: steps(self.published, transfer, entry).into_iter().map(step).collect(),
        }
    }

    fn case_file(&self, transfer: &Transfer) -> CaseFile {
        let roster = self.published.roster;
        let (member, contact) = (roster.member(transfer.member), roster.contact(transfer.member));
        let assignment = self.published.plan.verified.assignment();
        let own = member.household.as_deref().and_then(|own| self.households.get(own));
        let with = |other: &&MemberIx| **other != transfer.member && assignment[other.at()] == Some(transfer.to);
        let household = own.into_iter().flatten().filter(with).map(|other| self.member(*other).name).collect();
        CaseFile {
            opened: member.case.opened_on.map(Into::into),
            last_contact: member.last_contact_on.map(Into::into),
            assessed: member.case.assessed_on.map(Into::into),
            service_plan: member.case.service_plan_on.map(Into::into),
            contacts_per_month: member.contacts_per_month,
            visits_per_year: member.visits_per_year,
            units_left: member.authorized_units.map(|units| units - member.used_units.unwrap_or(0.0)),
            open_requests: self.text(contact.open_requests.as_deref()),
            household,
        }
    }

    /// What falls due, the first first.
    fn due(&self, transfer: &Transfer, entry: &Entry) -> Vec<Due> {
        let member = self.published.roster.member(transfer.member);
        let contact = Dates::of(self.published, transfer, entry).contact;
        let mut due: Vec<_> = [
            ("contact", Some(contact), None),
            ("assessment", member.assessment_due_on, None),
            ("review", member.case.review_due_on, None),
            ("discharge", member.case.discharge_due_on, None),
            ("program", member.case.next_program_on, member.case.next_program.as_deref()),
            ("outreach", member.next_outreach_on, None),
        ]
        .into_iter()
        .filter_map(|(what, on, note)| Some((on?, what, note)))
        .collect();
        due.sort_unstable();
        due.into_iter().map(|(on, what, note)| Due { what, on: on.into(), note: self.text(note) }).collect()
    }

    fn providers(&self, member: MemberIx) -> Vec<RoutineProvider> {
        let roster = self.published.roster;
        let provider = |service: &crate::roster::Service| {
            let row = &roster.providers()[service.provider.at()];
            let name = self.text(Some(&row.name)).unwrap_or_else(|| row.id.to_string());
            let (phone, email) = (self.text(row.phone.as_deref()), self.text(row.email.as_deref()));
            RoutineProvider {
                person: Person { id: row.id.to_string(), name, phone, email },
                kind: self.text(row.kind.as_deref()),
                visits_per_month: service.visits_per_month,
            }
        };
        roster.services_of(member).iter().map(provider).collect()
    }

    fn index(&self, files: &[StaffFile], finished: &[Finished]) -> Vec<u8> {
        let by_id: BTreeMap<&str, &Transfer> =
            self.published.plan.transfers.iter().map(|transfer| (&*transfer.id, transfer)).collect();
        let header = ["file", "page", "kind", "transfer_id", "member_id", "manager_id"];
        let mut rows = vec![header.map(str::to_owned)];
        for (file, places) in files.iter().zip(finished) {
            for (at, id) in file.transfers().into_iter().enumerate() {
                let Some(transfer) = by_id.get(id) else { continue };
                let page = places.starts.get(at).or(places.starts.first()).copied().unwrap_or(1);
                let member = cell(&self.published.roster.member(transfer.member).id);
                let (path, kind) = (file.path.clone(), file.kind().word().to_owned());
                rows.push([path, page.to_string(), kind, id.to_owned(), member, cell(&file.reader.id)]);
            }
        }
        bytes(rows)
    }
}

/// File names of case managers: their ids with what a file system may not take left out, never twice.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn of(&mut self, folder: &str, id: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
        let stem: String = id.chars().take(60).map(plain).collect();
        let numbered = (2..).map(|number| format!("{stem}-{number}"));
        let free = |name: &String| !self.0.contains(&format!("{folder}/{}", name.to_ascii_lowercase()));
        let name = std::iter::once(stem.clone()).chain(numbered).find(free).unwrap_or(stem.clone());
        self.0.insert(format!("{folder}/{}", name.to_ascii_lowercase()));
        name
    }
}
