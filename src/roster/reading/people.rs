//! Members and case managers: a row becomes a value.

use super::place::{self, Where};
use super::row::Row;
use super::rows::{Found, Ids};
use crate::diagnostic::Code;
use crate::ids::ManagerIx;
use crate::roster::gazetteer::County;
use crate::roster::person::{
    Absence, CaseFacts, GuardianRelation, HandoffMethod, LetterFormat, MailingAddress, Manager, Member, MemberContact,
    Need,
};
use crate::roster::schema::tables::{managers::Col as M, members::Col};

/// A member's row.
pub(super) struct MemberRow {
    pub(super) member: Member,
    pub(super) contact: MemberContact,
    /// State of the home, two letters; blank = in none.
    pub(super) state: Option<&'static str>,
}

/// The member of a row; `managers` are the case managers that can be referred to.
pub(super) fn member(row: &mut Row<'_, '_>, managers: &Ids<'_>) -> Option<MemberRow> {
    let id = row.id(Col::member_id);
    let need = row.word(Col::need).map(|at| Need::ALL[at]);
    let county = row.county(Col::county_fips);
    let home = place::read(row, [Col::latitude, Col::longitude, Col::zip].map(usize::from), county);
    if home.place.is_none() && !row.broken {
        row.problem(Code::PlaceUnknown, Col::zip.into(), |problem| problem.expected("coordinates or a ZIP code"));
    }
    let urgent = row.yes_no(Col::urgent).unwrap_or(false);
    let birth_date = row.date(Col::birth_date);
    let assigned_on = row.date(Col::assigned_on);
    let last_contact_on = row.date(Col::last_contact_on);
    if let Some(born) = birth_date {
        for (column, day) in [(Col::assigned_on, assigned_on), (Col::last_contact_on, last_contact_on)] {
            if day.is_some_and(|day| day < born) {
                row.problem(Code::DateOrder, column.into(), |problem| problem.expected("a day after the birth date"));
            }
        }
    }
    let zip = home.zip.map(|area| row.shared(area.zip));
    let contact = contact(row, home.zip.map(|area| area.zip));
    let language = row.language(Col::language);
    let language = language.unwrap_or_else(|| row.shared("en"));
    let manager = present(row, managers);
    let member = Member {
        id: id.unwrap_or_default(),
        need: need.unwrap_or(Need::Low),
        urgent,
        birth_date,
        program: row.code(Col::program),
        setting: row.code(Col::setting),
        home: home.place,
        zip,
        county: home.county.map(|fips| row.shared(fips)),
        language,
        household: row.code(Col::household_id),
        manager,
        assigned_on,
        last_contact_on,
        next_outreach_on: row.date(Col::next_outreach_on),
        assessment_due_on: row.date(Col::assessment_due_on),
        visits_per_year: row.number(Col::visits_per_year),
        contacts_per_month: row.number(Col::contacts_per_month),
        hours_per_year: row.number(Col::hours_per_year),
        authorized_units: row.number(Col::authorized_units),
        used_units: row.number(Col::used_units),
        other_case_management: row.code(Col::other_case_management),
        mail_hold: row.code(Col::mail_hold),
        case: case(row),
    };
    (!row.broken).then_some(MemberRow { member, contact, state: home.state })
}

fn case(row: &mut Row<'_, '_>) -> CaseFacts {
    let next_program = row.code(Col::next_program);
    let next_program_on = row.date(Col::next_program_on);
    if next_program.is_some() != next_program_on.is_some() {
        let blank = if next_program.is_some() { Col::next_program_on } else { Col::next_program };
        row.problem(Code::ValueMissing, blank.into(), |problem| {
            problem.expected("next_program and next_program_on both filled in, or both blank")
        });
    }
    CaseFacts {
        next_program,
        next_program_on,
        opened_on: row.date(Col::opened_on),
        left_institution_on: row.date(Col::left_institution_on),
        discharge_due_on: row.date(Col::discharge_due_on),
        review_due_on: row.date(Col::review_due_on),
        last_attempt_on: row.date(Col::last_attempt_on),
        last_moved_on: row.date(Col::last_moved_on),
        assessed_on: row.date(Col::assessed_on),
        service_plan_on: row.date(Col::service_plan_on),
        preferred_handoff: row.word(Col::preferred_handoff).map(|at| HandoffMethod::ALL[at]),
    }
}

/// The present case manager, who must be a row of managers.csv.
fn present(row: &mut Row<'_, '_>, managers: &Ids<'_>) -> Option<ManagerIx> {
    let id = row.id(Col::manager_id)?;
    match managers.find(&id) {
        Found::Row(at) => Some(ManagerIx::new(at)),
        Found::Broken => None,
        Found::Unknown => {
            row.problem(Code::ReferenceUnknown, Col::manager_id.into(), |problem| problem);
            None
        }
    }
}

fn contact(row: &mut Row<'_, '_>, zip: Option<&str>) -> MemberContact {
    const FORMATS: [LetterFormat; 3] = [LetterFormat::Standard, LetterFormat::LargePrint, LetterFormat::Braille];
    const RELATIONS: [GuardianRelation; 3] =
        [GuardianRelation::Parent, GuardianRelation::Guardian, GuardianRelation::Representative];
    MemberContact {
        name: row.text(Col::name),
        address: MailingAddress {
            line1: row.text(Col::address_line1),
            line2: row.text(Col::address_line2),
            city: row.text(Col::city),
            state: row.text(Col::state),
            zip: zip.map(Into::into),
        },
        phone: row.text(Col::phone),
        email: row.text(Col::email),
        letter_format: row.word(Col::letter_format).map_or(LetterFormat::Standard, |at| FORMATS[at]),
        guardian_name: row.text(Col::guardian_name),
        guardian_relation: row.word(Col::guardian_relation).map(|at| RELATIONS[at]),
        guardian_address: MailingAddress {
            line1: row.text(Col::guardian_address_line1),
            line2: row.text(Col::guardian_address_line2),
            city: row.text(Col::guardian_city),
            state: row.text(Col::guardian_state),
            zip: row.mail_zip(Col::guardian_zip),
        },
        open_requests: row.text(Col::open_requests),
    }
}

/// A case manager's row; team and county names wait for the other files.
pub(super) struct ManagerRow {
    pub(super) manager: Manager,
    pub(super) team: Option<Box<str>>,
    /// Territory as written.
    pub(super) counties: Vec<String>,
    /// State of the base, two letters; blank = in none.
    pub(super) state: Option<&'static str>,
}

/// The case manager of a row.
pub(super) fn manager(row: &mut Row<'_, '_>) -> Option<ManagerRow> {
    let id = row.id(M::manager_id);
    let Where { place, zip, county, state } =
        place::read(row, [M::latitude, M::longitude, M::zip].map(usize::from), None::<&County>);
    if place.is_none() && !row.broken {
        row.problem(Code::PlaceUnknown, M::zip.into(), |problem| problem.expected("coordinates or a ZIP code"));
    }
    let hired_on = row.date(M::hired_on);
    let manager_since = row.date(M::manager_since);
    let available_from = row.date(M::available_from);
    let available_until = row.date(M::available_until);
    // A planned hire starts in the future; somebody at work today was hired before.
    let planned = available_from.is_some_and(|from| from > row.as_of);
    for (column, day) in [(M::hired_on, hired_on), (M::manager_since, manager_since)] {
        if !planned && day.is_some_and(|day| day > row.as_of) {
            let latest = row.as_of;
            row.problem(Code::DateInFuture, column.into(), |problem| {
                problem.expected(format!("a day up to {latest}, or available_from for a planned hire"))
            });
        }
    }
    for (name, first) in [("available_from", available_from), ("hired_on", hired_on)] {
        if first.zip(available_until).is_some_and(|(first, last)| last < first) {
            row.problem(Code::DateOrder, M::available_until.into(), |problem| {
                problem.expected(format!("a day not before {name}"))
            });
        }
    }
    let counties = row.list(M::counties);
    let team = row.id(M::team);
    let manager = Manager {
        id: id.unwrap_or_default(),
        name: row.text(M::name),
        phone: row.text(M::phone),
        email: row.text(M::email),
        tty: row.text(M::tty),
        hours: row.text(M::hours),
        team: None,
        base: place,
        zip: zip.map(|area| row.shared(area.zip)),
        county: county.map(|fips| row.shared(fips)),
        fte_thousandths: row.thousandths(M::fte),
        hired_on,
        manager_since,
        available_from,
        available_until,
        languages: row.languages(M::languages),
        programs: row.codes(M::programs),
        qualifications: row.codes(M::qualifications),
        max_caseload: row.whole(M::max_caseload),
        accepts_new: row.yes_no(M::accepts_new).unwrap_or(true),
        counties: Vec::new(),
        hours_per_year: row.number(M::hours_per_year),
        absence: absence(row),
    };
    (!row.broken).then_some(ManagerRow { manager, team, counties, state })
}

fn absence(row: &mut Row<'_, '_>) -> Absence {
    let leave_from = row.date(M::leave_from);
    let leave_until = row.date(M::leave_until);
    if leave_from.is_none() && leave_until.is_some() {
        row.problem(Code::ValueMissing, M::leave_from.into(), |problem| problem.expected("the first day of the leave"));
    }
    if leave_from.zip(leave_until).is_some_and(|(from, until)| until < from) {
        row.problem(Code::DateOrder, M::leave_until.into(), |problem| problem.expected("a day not before leave_from"));
    }
    Absence { leave_from, leave_until, over_cap_since: row.date(M::over_cap_since) }
}
