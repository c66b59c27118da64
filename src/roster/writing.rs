//! Writes a roster folder as the CSV files of the input contract: every column, RFC 4180, `\n`, rows as given.
//!
//! Cells are written as they are: the reader refuses formulas (`R211`), so a value that could be mistaken for one is
//! shown to its owner there instead of being changed silently here. The functions append to a buffer, so that a large
//! roster can be encoded in parallel pieces; [`write_folder`] writes a roster that is in memory.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};
use std::path::Path;

use chrono::NaiveDate;

use crate::roster::instance::Roster;
use crate::roster::person::{
    Code, Decision, GuardianRelation, HandoffMethod, Manager, Member, MemberContact, Place, Position, Provider, Service,
    Team,
};

/// Columns of `members.csv`, in the order written.
pub const MEMBERS: [&str; 51] = [
    "member_id",
    "name",
    "need",
    "urgent",
    "birth_date",
    "program",
    "setting",
    "latitude",
    "longitude",
    "zip",
    "county_fips",
    "address_line1",
    "address_line2",
    "city",
    "state",
    "phone",
    "email",
    "language",
    "letter_format",
    "guardian_name",
    "guardian_relation",
    "guardian_address_line1",
    "guardian_address_line2",
    "guardian_city",
    "guardian_state",
    "guardian_zip",
    "household_id",
    "manager_id",
    "assigned_on",
    "last_contact_on",
    "next_outreach_on",
    "assessment_due_on",
    "visits_per_year",
    "contacts_per_month",
    "hours_per_year",
    "authorized_units",
    "used_units",
    "other_case_management",
    "mail_hold",
    "next_program",
    "next_program_on",
    "opened_on",
    "left_institution_on",
    "discharge_due_on",
    "review_due_on",
    "last_attempt_on",
    "last_moved_on",
    "assessed_on",
    "service_plan_on",
    "open_requests",
    "preferred_handoff",
];
/// Columns of `managers.csv`.
pub const MANAGERS: [&str; 25] = [
    "manager_id",
    "name",
    "phone",
    "email",
    "tty",
    "hours",
    "team",
    "latitude",
    "longitude",
    "zip",
    "fte",
    "hired_on",
    "manager_since",
    "available_from",
    "available_until",
    "languages",
    "programs",
    "qualifications",
    "max_caseload",
    "accepts_new",
    "counties",
    "hours_per_year",
    "leave_from",
    "leave_until",
    "over_cap_since",
];
/// Columns of `teams.csv`.
pub const TEAMS: [&str; 5] = ["team", "supervisor_name", "supervisor_phone", "supervisor_email", "region"];
/// Columns of `providers.csv`.
pub const PROVIDERS: [&str; 12] = [
    "provider_id",
    "name",
    "type",
    "latitude",
    "longitude",
    "zip",
    "address_line1",
    "city",
    "state",
    "phone",
    "email",
    "fax",
];
/// Columns of `services.csv`.
pub const SERVICES: [&str; 3] = ["member_id", "provider_id", "visits_per_month"];
/// Columns of `positions.csv`.
pub const POSITIONS: [&str; 10] = [
    "position_id",
    "team",
    "latitude",
    "longitude",
    "zip",
    "fte",
    "annual_cost",
    "earliest_start",
    "languages",
    "programs",
];
/// Columns of `decisions.csv`.
pub const DECISIONS: [&str; 6] = ["member_id", "manager_id", "kind", "reason", "until", "decided_by"];

/// One CSV file, or a piece of one, as it is encoded.
#[derive(Debug, Default)]
pub struct Rows {
    bytes: Vec<u8>,
    scratch: String,
    /// Does the current row already have a cell?
    begun: bool,
}

impl Rows {
    /// An empty piece.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A piece that starts with a header row.
    #[must_use]
    pub fn with_header(columns: &[&str]) -> Self {
        let mut rows = Self::new();
        for column in columns {
            rows.text(column);
        }
        rows.end();
        rows
    }

    /// The bytes so far.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// A row of `members.csv`; `manager` is the id of the present case manager.
    pub fn member(&mut self, member: &Member, contact: &MemberContact, manager: Option<&str>) {
        self.text(&member.id);
        self.maybe(contact.name.as_deref());
        self.text(member.need.word());
        self.yes_no(member.urgent);
        self.date(member.birth_date);
        self.maybe(member.program.as_deref());
        self.maybe(member.setting.as_deref());
        self.place(member.home);
        self.maybe(member.zip.as_deref());
        self.maybe(member.county.as_deref());
        self.maybe(contact.address.line1.as_deref());
        self.maybe(contact.address.line2.as_deref());
        self.maybe(contact.address.city.as_deref());
        self.maybe(contact.address.state.as_deref());
        self.maybe(contact.phone.as_deref());
        self.maybe(contact.email.as_deref());
        self.text(&member.language);
        self.text(contact.letter_format.word());
        self.maybe(contact.guardian_name.as_deref());
        self.maybe(contact.guardian_relation.map(GuardianRelation::word));
        self.maybe(contact.guardian_address.line1.as_deref());
        self.maybe(contact.guardian_address.line2.as_deref());
        self.maybe(contact.guardian_address.city.as_deref());
        self.maybe(contact.guardian_address.state.as_deref());
        self.maybe(contact.guardian_address.zip.as_deref());
        self.maybe(member.household.as_deref());
        self.maybe(manager);
        self.date(member.assigned_on);
        self.date(member.last_contact_on);
        self.date(member.next_outreach_on);
        self.date(member.assessment_due_on);
        self.number(member.visits_per_year);
        self.number(member.contacts_per_month);
        self.number(member.hours_per_year);
        self.number(member.authorized_units);
        self.number(member.used_units);
        self.maybe(member.other_case_management.as_deref());
        self.maybe(member.mail_hold.as_deref());
        let case = &member.case;
        self.maybe(case.next_program.as_deref());
        self.date(case.next_program_on);
        self.date(case.opened_on);
        self.date(case.left_institution_on);
        self.date(case.discharge_due_on);
        self.date(case.review_due_on);
        self.date(case.last_attempt_on);
        self.date(case.last_moved_on);
        self.date(case.assessed_on);
        self.date(case.service_plan_on);
        self.maybe(contact.open_requests.as_deref());
        self.maybe(case.preferred_handoff.map(HandoffMethod::word));
        self.end();
    }

    /// A row of `managers.csv`.
    pub fn manager(&mut self, manager: &Manager, team: Option<&str>) {
        self.text(&manager.id);
        self.maybe(manager.name.as_deref());
        self.maybe(manager.phone.as_deref());
        self.maybe(manager.email.as_deref());
        self.maybe(manager.tty.as_deref());
        self.maybe(manager.hours.as_deref());
        self.maybe(team);
        self.place(manager.base);
        self.maybe(manager.zip.as_deref());
        self.fte(manager.fte_thousandths);
        self.date(manager.hired_on);
        self.date(manager.manager_since);
        self.date(manager.available_from);
        self.date(manager.available_until);
        self.list(&manager.languages);
        self.list(&manager.programs);
        self.list(&manager.qualifications);
        self.number(manager.max_caseload);
        self.yes_no(manager.accepts_new);
        self.list(&manager.counties);
        self.number(manager.hours_per_year);
        self.date(manager.absence.leave_from);
        self.date(manager.absence.leave_until);
        self.date(manager.absence.over_cap_since);
        self.end();
    }

    /// A row of `teams.csv`.
    pub fn team(&mut self, team: &Team) {
        self.text(&team.id);
        self.maybe(team.supervisor_name.as_deref());
        self.maybe(team.supervisor_phone.as_deref());
        self.maybe(team.supervisor_email.as_deref());
        self.maybe(team.region.as_deref());
        self.end();
    }

    /// A row of `providers.csv`.
    pub fn provider(&mut self, provider: &Provider) {
        self.text(&provider.id);
        self.text(&provider.name);
        self.maybe(provider.kind.as_deref());
        self.place(provider.place);
        self.maybe(provider.address.zip.as_deref());
        self.maybe(provider.address.line1.as_deref());
        self.maybe(provider.address.city.as_deref());
        self.maybe(provider.address.state.as_deref());
        self.maybe(provider.phone.as_deref());
        self.maybe(provider.email.as_deref());
        self.maybe(provider.fax.as_deref());
        self.end();
    }

    /// A row of `services.csv`.
    pub fn service(&mut self, member: &str, provider: &str, visits_per_month: Option<f64>) {
        self.text(member);
        self.text(provider);
        self.number(visits_per_month);
        self.end();
    }

    /// A row of `positions.csv`.
    pub fn position(&mut self, position: &Position, team: Option<&str>) {
        self.text(&position.id);
        self.maybe(team);
        self.place(position.base);
        self.maybe(position.zip.as_deref());
        self.fte(position.fte_thousandths);
        self.number(position.annual_cost);
        self.date(position.earliest_start);
        self.list(&position.languages);
        self.list(&position.programs);
        self.end();
    }

    /// A row of `decisions.csv`.
    pub fn decision(&mut self, decision: &Decision, member: &str, manager: &str) {
        self.text(member);
        self.text(manager);
        self.text(decision.kind.word());
        self.maybe(decision.reason.as_deref());
        self.date(decision.until);
        self.maybe(decision.decided_by.as_deref());
        self.end();
    }

    /// A cell. Quoted only where RFC 4180 asks for it (and where a blank at an end would be lost on reading).
    fn text(&mut self, value: &str) {
        if self.begun {
            self.bytes.push(b',');
        }
        self.begun = true;
        let special = |byte: &u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
        let spaced = value.starts_with(char::is_whitespace) || value.ends_with(char::is_whitespace);
        if !spaced && !value.as_bytes().iter().any(special) {
            self.bytes.extend_from_slice(value.as_bytes());
            return;
        }
        self.bytes.push(b'"');
        for &byte in value.as_bytes() {
            if byte == b'"' {
                self.bytes.push(b'"');
            }
            self.bytes.push(byte);
        }
        self.bytes.push(b'"');
    }

    fn maybe(&mut self, value: Option<&str>) {
        self.text(value.unwrap_or(""));
    }

    fn yes_no(&mut self, value: bool) {
        self.text(if value { "yes" } else { "no" });
    }

    /// Numbers and dates never need quotation marks.
    fn number<T: Display>(&mut self, value: Option<T>) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        if let Some(value) = value {
            // Writing to a string cannot fail.
            let _ = write!(scratch, "{value}");
        }
        self.text(&scratch);
        self.scratch = scratch;
    }

    fn date(&mut self, value: Option<NaiveDate>) {
        self.number(value);
    }

    fn place(&mut self, value: Option<Place>) {
        self.number(value.map(|place| place.latitude));
        self.number(value.map(|place| place.longitude));
    }

    fn fte(&mut self, thousandths: u32) {
        self.number(Some(f64::from(thousandths) / 1000.0));
    }

    fn list(&mut self, values: &[Code]) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                scratch.push(';');
            }
            scratch.push_str(value);
        }
        self.text(&scratch);
        self.scratch = scratch;
    }

    fn end(&mut self) {
        self.bytes.push(b'\n');
        self.begun = false;
    }
}

/// Writes all seven files of a roster into an existing folder, over files of the same names. A place that came from a
/// ZIP is written as coordinates: it reads back the same.
///
/// # Errors
/// When a file cannot be written.
pub fn write_folder(roster: &Roster, folder: &Path) -> io::Result<()> {
    let team_id = |team: Option<crate::ids::TeamIx>| team.map(|team| &*roster.teams()[team.at()].id);
    let save = |name: &str, rows: Rows| -> io::Result<()> {
        std::fs::File::create(folder.join(name))?.write_all(&rows.into_bytes())
    };
    let mut rows = Rows::with_header(&MEMBERS);
    for at in roster.member_indices() {
        let member = roster.member(at);
        let manager = member.manager.map(|manager| &*roster.manager(manager).id);
        rows.member(member, roster.contact(at), manager);
    }
    save("members.csv", rows)?;
    let mut rows = Rows::with_header(&MANAGERS);
    roster.managers().iter().for_each(|manager| rows.manager(manager, team_id(manager.team)));
    save("managers.csv", rows)?;
    let mut rows = Rows::with_header(&TEAMS);
    roster.teams().iter().for_each(|team| rows.team(team));
    save("teams.csv", rows)?;
    let mut rows = Rows::with_header(&PROVIDERS);
    roster.providers().iter().for_each(|provider| rows.provider(provider));
    save("providers.csv", rows)?;
    let mut rows = Rows::with_header(&SERVICES);
    for member in roster.member_indices() {
        for &Service { provider, visits_per_month, .. } in roster.services_of(member) {
            rows.service(&roster.member(member).id, &roster.providers()[provider.at()].id, visits_per_month);
        }
    }
    save("services.csv", rows)?;
    let mut rows = Rows::with_header(&POSITIONS);
    roster.positions().iter().for_each(|position| rows.position(position, team_id(position.team)));
    save("positions.csv", rows)?;
    let mut rows = Rows::with_header(&DECISIONS);
    for decision in roster.decisions() {
        rows.decision(decision, &roster.member(decision.member).id, &roster.manager(decision.manager).id);
    }
    save("decisions.csv", rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_rfc_4180_asks_for_it_and_read_back_the_same() {
        let cells = ["plain", "", "a, b", "she said \"no\"", "two\nlines", "cr\rcr", " ends ", "=1+1", "é漢"];
        let mut rows = Rows::new();
        cells.iter().for_each(|cell| rows.text(cell));
        rows.end();
        let bytes = rows.into_bytes();
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(text, "plain,,\"a, b\",\"she said \"\"no\"\"\",\"two\nlines\",\"cr\rcr\",\" ends \",=1+1,é漢\n");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
        let read: Vec<_> = reader.records().flatten().collect();
        assert_eq!(read.len(), 1);
        assert!(read[0].iter().eq(cells));
    }

    #[test]
    fn every_row_has_as_many_cells_as_its_header() {
        let blank = Manager {
            id: "CM1".into(),
            name: None,
            phone: None,
            email: None,
            tty: None,
            hours: None,
            team: None,
            base: Some(Place { latitude: 41.5, longitude: -93.25 }),
            zip: None,
            county: None,
            fte_thousandths: 800,
            hired_on: NaiveDate::from_ymd_opt(2020, 2, 29),
            manager_since: None,
            available_from: None,
            available_until: None,
            languages: vec!["en".into(), "es".into()],
            programs: vec![],
            qualifications: vec![],
            max_caseload: Some(40),
            accepts_new: true,
            counties: vec![],
            hours_per_year: Some(1560.5),
            absence: crate::roster::person::Absence::default(),
        };
        let mut rows = Rows::with_header(&MANAGERS);
        rows.manager(&blank, Some("Ames"));
        let text = String::from_utf8_lossy(&rows.into_bytes()).into_owned();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[1], "CM1,,,,,,Ames,41.5,-93.25,,0.8,2020-02-29,,,,en;es,,,40,yes,,1560.5,,,");
        assert_eq!(lines[0].split(',').count(), lines[1].split(',').count());
    }
}
