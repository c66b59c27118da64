//! The fields a template may use, and nothing else. Absent ones are left out, so that a template that uses a field
//! without asking for it first (`letter.at("tty", default: ..)`) is an error and not a blank.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::organization::Organization;
use super::program_words::ProgramWords;
use super::window::Window;

/// One letter. There is no program, no need, no setting and no member id in it: what is not here cannot be printed.
#[derive(Clone, Debug, Serialize)]
pub struct Letter {
    /// Short code at the foot, by which a printed letter is found again: a hash, no id.
    pub code: String,
    /// Language tag, e.g. `en`.
    pub language: String,
    /// `standard` or `large_print`.
    pub format: &'static str,
    /// Why, as the code of `transfers.csv`; the template has the sentence.
    pub reason: &'static str,
    /// Does the member get a case manager for the first time?
    pub first_assignment: bool,
    /// Date of the letter.
    pub sent_on: Day,
    /// Day of the change: that of the handoff when it is planned, else that of the plan.
    pub effective_on: Day,
    /// Day of the handoff, when planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handoff_on: Option<Day>,
    /// Who the letter is to.
    pub recipient: Recipient,
    /// The address as it stands in the window.
    pub address: Address,
    /// Whom it is about.
    pub member: Named,
    /// The case manager so far, when the name is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Former>,
    /// The new case manager.
    pub to: Contact,
    /// The new case manager's supervisor, when name and phone are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supervisor: Option<Contact>,
    /// What the program calls its people.
    pub words: ProgramWords,
    /// The sender.
    pub organization: Arc<Organization>,
    /// Where the address goes.
    pub window: Arc<Window>,
}

/// A date as numbers; the template writes it in its language.
#[allow(clippy::struct_field_names)] // templates read `date.day`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Day {
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month.
    pub day: u32,
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self { year: date.year(), month: date.month(), day: date.day() }
    }
}

/// Who the letter is to.
#[derive(Clone, Debug, Serialize)]
pub struct Recipient {
    /// `member`, `parent`, `guardian` or `representative`.
    pub kind: &'static str,
    /// Name, when known (a parent's may not be).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The address block.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Address {
    /// Line by line, the name first.
    pub lines: Vec<String>,
    /// Type size in points at which it fits the window.
    pub size_pt: f64,
}

/// Somebody of whom only the name matters.
#[derive(Clone, Debug, Serialize)]
pub struct Named {
    /// Full name.
    pub name: String,
}

/// The case manager so far.
#[derive(Clone, Debug, Serialize)]
pub struct Former {
    /// Full name.
    pub name: String,
    /// At work on the day of the letter?
    pub here_today: bool,
    /// At work until the change?
    pub here_until_change: bool,
}

/// Somebody who can be called.
#[derive(Clone, Debug, Serialize)]
pub struct Contact {
    /// Full name.
    pub name: String,
    /// Direct phone.
    pub phone: String,
    /// TTY number; the template names the relay service 711 when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tty: Option<String>,
    /// E-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Hours in which to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
}
