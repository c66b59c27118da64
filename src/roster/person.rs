//! The rows of a roster: members, case managers, teams, providers, positions, decisions.
//! Every field is a column of the input contract; `None` is a blank cell, which means *unknown*.
//!
//! Long because it mirrors the contract: a reader finds every kind of row and all of its columns in one place.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::{ManagerIx, MemberIx, ProviderIx, TeamIx};

/// A word from a small list (program, language, county ...), shared by all rows that use it.
pub type Code = Arc<str>;

/// A point on the earth, WGS 84, in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east (negative in the Americas).
    pub longitude: f64,
}

/// How much a member needs, as the agency grades it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// Least need.
    Low,
    /// Some need.
    Moderate,
    /// High need, high touch.
    High,
    /// The most intensive need.
    Intensive,
}

impl Need {
    /// All grades, least first; also the order of `keep_minutes` in a program.
    pub const ALL: [Self; 4] = [Self::Low, Self::Moderate, Self::High, Self::Intensive];

    /// The word of the contract.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::High => "high",
            Self::Intensive => "intensive",
        }
    }
}

/// In which form letters to a member are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterFormat {
    /// 12 point.
    #[default]
    Standard,
    /// 18 point.
    LargePrint,
    /// Not printed here: held for a Braille service.
    Braille,
}

impl LetterFormat {
    /// The word of the contract.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::LargePrint => "large_print",
            Self::Braille => "braille",
        }
    }
}

/// Who the guardian is to the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GuardianRelation {
    /// Mother or father.
    Parent,
    /// A guardian in law.
    Guardian,
    /// An authorized representative.
    Representative,
}

impl GuardianRelation {
    /// The word of the contract.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Parent => "parent",
            Self::Guardian => "guardian",
            Self::Representative => "representative",
        }
    }
}

/// A postal address. Blank parts are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailingAddress {
    /// Street and number.
    pub line1: Option<Box<str>>,
    /// Flat, building, care of.
    pub line2: Option<Box<str>>,
    /// Town.
    pub city: Option<Box<str>>,
    /// Two-letter state.
    pub state: Option<Box<str>>,
    /// Five digits.
    pub zip: Option<Box<str>>,
}

/// One member: what decides about the assignment. Names and addresses are in [`MemberContact`].
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The agency's own id, unique.
    pub id: Box<str>,
    /// Grade of need.
    pub need: Need,
    /// Something urgent is under way.
    pub urgent: bool,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
    /// Program or waiver code.
    pub program: Option<Code>,
    /// Where the member lives (own home, assisted living, nursing facility ...).
    pub setting: Option<Code>,
    /// Home: the given coordinates, else the centroid of the ZIP.
    pub home: Option<Place>,
    /// Five digits, a lost leading zero repaired.
    pub zip: Option<Code>,
    /// Five-digit county code: as given, else the ZIP's, else that of the nearest ZIP.
    pub county: Option<Code>,
    /// BCP 47, `en` when blank.
    pub language: Code,
    /// Members who belong together.
    pub household: Option<Code>,
    /// The present case manager; `None` = not assigned yet.
    pub manager: Option<ManagerIx>,
    /// Since when.
    pub assigned_on: Option<NaiveDate>,
    /// Last contact with the case manager.
    pub last_contact_on: Option<NaiveDate>,
    /// Next outreach planned.
    pub next_outreach_on: Option<NaiveDate>,
    /// Annual assessment due.
    pub assessment_due_on: Option<NaiveDate>,
    /// Visits a year at the member's home.
    pub visits_per_year: Option<f64>,
    /// Contacts a month, of any kind.
    pub contacts_per_month: Option<f64>,
    /// Case-management hours a year.
    pub hours_per_year: Option<f64>,
    /// Units authorized.
    pub authorized_units: Option<f64>,
    /// Units used.
    pub used_units: Option<f64>,
    /// A duplicating service, by name.
    pub other_case_management: Option<Code>,
    /// A reason why no letter may be mailed.
    pub mail_hold: Option<Code>,
    /// Events and dates of the case that some programs go by.
    pub case: CaseFacts,
}

/// Events and dates of a member's case: blank for programs that do not go by them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFacts {
    /// Program or waiver the member changes to.
    pub next_program: Option<Code>,
    /// First day of `next_program`.
    pub next_program_on: Option<NaiveDate>,
    /// Case or referral opened.
    pub opened_on: Option<NaiveDate>,
    /// Left an institution and moved into the community.
    pub left_institution_on: Option<NaiveDate>,
    /// Discharge from an inpatient or residential setting expected.
    pub discharge_due_on: Option<NaiveDate>,
    /// Next review of the service plan due.
    pub review_due_on: Option<NaiveDate>,
    /// Last outreach attempt, successful or not.
    pub last_attempt_on: Option<NaiveDate>,
    /// Last change of case manager that the member did not ask for.
    pub last_moved_on: Option<NaiveDate>,
    /// Current assessment of.
    pub assessed_on: Option<NaiveDate>,
    /// Current service plan of.
    pub service_plan_on: Option<NaiveDate>,
    /// How the member is handed over, when somebody decided.
    pub preferred_handoff: Option<HandoffMethod>,
}

/// How a member is introduced to the new case manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoffMethod {
    /// In person with both case managers.
    InPerson,
    /// By phone with both case managers.
    Phone,
    /// A notification by phone from the present case manager.
    Notification,
}

impl HandoffMethod {
    /// All, the closest first.
    pub const ALL: [Self; 3] = [Self::InPerson, Self::Phone, Self::Notification];

    /// The word of the contract.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::InPerson => "in_person",
            Self::Phone => "phone",
            Self::Notification => "notification",
        }
    }
}

impl Member {
    /// The program code that holds on `day`: `next_program` from its first day on.
    #[must_use]
    pub fn program_on(&self, day: NaiveDate) -> Option<&Code> {
        match (&self.case.next_program, self.case.next_program_on) {
            (Some(next), Some(first)) if first <= day => Some(next),
            _ => self.program.as_ref(),
        }
    }
}

/// How a member is reached: personal data, used by letters and handoff sheets only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberContact {
    /// Full name.
    pub name: Option<Box<str>>,
    /// Where the member gets mail.
    pub address: MailingAddress,
    /// Phone.
    pub phone: Option<Box<str>>,
    /// E-mail.
    pub email: Option<Box<str>>,
    /// Form of letters.
    pub letter_format: LetterFormat,
    /// Guardian's name.
    pub guardian_name: Option<Box<str>>,
    /// Who the guardian is to the member.
    pub guardian_relation: Option<GuardianRelation>,
    /// Where the guardian gets mail.
    pub guardian_address: MailingAddress,
    /// Open requests, in the agency's words: for handoff sheets.
    pub open_requests: Option<Box<str>>,
}

/// One case manager.
#[derive(Clone, Debug, PartialEq)]
pub struct Manager {
    /// The agency's own id, unique.
    pub id: Box<str>,
    /// Full name.
    pub name: Option<Box<str>>,
    /// Direct phone.
    pub phone: Option<Box<str>>,
    /// E-mail.
    pub email: Option<Box<str>>,
    /// TTY number.
    pub tty: Option<Box<str>>,
    /// Hours in which the case manager can be reached, as printed in letters.
    pub hours: Option<Box<str>>,
    /// Supervisor's team.
    pub team: Option<TeamIx>,
    /// Where trips start.
    pub base: Option<Place>,
    /// Five digits.
    pub zip: Option<Code>,
    /// County of the base.
    pub county: Option<Code>,
    /// Share of a full-time place in thousandths (1000 when blank).
    pub fte_thousandths: u32,
    /// Hired on.
    pub hired_on: Option<NaiveDate>,
    /// Case manager since (may lie before the hire).
    pub manager_since: Option<NaiveDate>,
    /// First day at work.
    pub available_from: Option<NaiveDate>,
    /// Last day at work.
    pub available_until: Option<NaiveDate>,
    /// Languages spoken, sorted; `en` when blank.
    pub languages: Vec<Code>,
    /// Programs served, sorted; empty = all.
    pub programs: Vec<Code>,
    /// Qualifications held, sorted.
    pub qualifications: Vec<Code>,
    /// Own limit of members; may only lower the rule's cap.
    pub max_caseload: Option<u32>,
    /// Takes new members (`yes` when blank).
    pub accepts_new: bool,
    /// Territory: county codes, sorted; empty = everywhere.
    pub counties: Vec<Code>,
    /// Productive hours a year.
    pub hours_per_year: Option<f64>,
    /// Leave, and how long the caseload has been too large.
    pub absence: Absence,
}

impl Manager {
    /// A full-time case manager without a word about anything: settled, at work, serving every program. What a hire
    /// would be, before anybody knows who.
    #[must_use]
    pub fn full_time(id: &str) -> Self {
        Self {
            id: id.into(),
            name: None,
            phone: None,
            email: None,
            tty: None,
            hours: None,
            team: None,
            base: None,
            zip: None,
            county: None,
            fte_thousandths: 1000,
            hired_on: None,
            manager_since: None,
            available_from: None,
            available_until: None,
            languages: vec!["en".into()],
            programs: Vec::new(),
            qualifications: Vec::new(),
            max_caseload: None,
            accepts_new: true,
            counties: Vec::new(),
            hours_per_year: None,
            absence: Absence::default(),
        }
    }
}

/// A leave, and since when a cap that tolerates it for some days is exceeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Absence {
    /// First day of a leave.
    pub leave_from: Option<NaiveDate>,
    /// Last day of the leave; `None` = open.
    pub leave_until: Option<NaiveDate>,
    /// Above a cap with a tolerance since.
    pub over_cap_since: Option<NaiveDate>,
}

impl Absence {
    /// Is the case manager on leave on `day`?
    #[must_use]
    pub fn on_leave(&self, day: NaiveDate) -> bool {
        self.leave_from.is_some_and(|from| from <= day) && self.leave_until.is_none_or(|until| until >= day)
    }
}

/// A supervisor's team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// The team's name, unique.
    pub id: Box<str>,
    /// Supervisor.
    pub supervisor_name: Option<Box<str>>,
    /// Supervisor's phone.
    pub supervisor_phone: Option<Box<str>>,
    /// Supervisor's e-mail.
    pub supervisor_email: Option<Box<str>>,
    /// Region the team belongs to.
    pub region: Option<Code>,
}

/// A provider who works with members.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// Unique id.
    pub id: Box<str>,
    /// Name of the business.
    pub name: Box<str>,
    /// Kind of provider.
    pub kind: Option<Code>,
    /// Where.
    pub place: Option<Place>,
    /// Mailing address.
    pub address: MailingAddress,
    /// Phone.
    pub phone: Option<Box<str>>,
    /// E-mail.
    pub email: Option<Box<str>>,
    /// Fax.
    pub fax: Option<Box<str>>,
}

/// A provider who routinely works with a member.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Service {
    /// The member.
    pub member: MemberIx,
    /// The provider.
    pub provider: ProviderIx,
    /// Visits a month; `None` = unknown.
    pub visits_per_month: Option<f64>,
}

/// A position that could be filled.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// Unique id.
    pub id: Box<str>,
    /// Team it would belong to.
    pub team: Option<TeamIx>,
    /// Where trips would start.
    pub base: Option<Place>,
    /// Five digits.
    pub zip: Option<Code>,
    /// County of the base.
    pub county: Option<Code>,
    /// Share of a full-time place in thousandths (1000 when blank).
    pub fte_thousandths: u32,
    /// Cost a year in the agency's currency.
    pub annual_cost: Option<f64>,
    /// Could start on.
    pub earliest_start: Option<NaiveDate>,
    /// Languages; `en` when blank.
    pub languages: Vec<Code>,
    /// Programs; empty = all.
    pub programs: Vec<Code>,
}

/// The primary subtag of a BCP 47 language tag, in lower case.
#[must_use]
pub fn primary(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase()
}

/// What was decided about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecisionKind {
    /// The member stays with this case manager.
    Keep,
    /// The member goes to this case manager.
    Assign,
    /// The member must not be with this case manager.
    Forbid,
}

impl DecisionKind {
    /// The word of the contract.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Assign => "assign",
            Self::Forbid => "forbid",
        }
    }
}

/// A decision somebody already took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The member.
    pub member: MemberIx,
    /// The case manager.
    pub manager: ManagerIx,
    /// What was decided.
    pub kind: DecisionKind,
    /// Why: `grievance`, `conflict`, `court_order`, `member_request`, `clinical` ...
    pub reason: Option<Code>,
    /// Last day it holds; `None` = until further notice.
    pub until: Option<NaiveDate>,
    /// Who decided.
    pub decided_by: Option<Box<str>>,
    /// Row of `decisions.csv` (the header is row 1), so that messages can name it. Not part of equality of rosters
    /// with permuted rows.
    pub row: u32,
}

impl Decision {
    /// Does it still hold on `day`?
    #[must_use]
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.until.is_none_or(|until| until >= day)
    }
}
