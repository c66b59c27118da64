//! Conditions on members, and categories made of them: the one vocabulary in which rules say whom they are about.
//!
//! Categories are tried in the order of the file and the first that fits decides, so that every member is counted once.
//! A rule with `of = [...]` is about the members of those categories, one without about everybody.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::program::rules::whole_months;
use crate::roster::{Member, Need};

/// Conditions on a member; all that are given must hold. A condition on a date or an age that the roster leaves blank
/// does not hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// Program codes, as they stand on the effective date.
    pub programs: Option<Vec<String>>,
    /// Settings.
    pub settings: Option<Vec<String>>,
    /// Grades of need.
    pub needs: Option<Vec<Need>>,
    /// Urgent, or not.
    pub urgent: Option<bool>,
    /// Whole years of age on the effective date, at least.
    pub min_age: Option<u32>,
    /// Younger than so many years on the effective date.
    pub under_age: Option<u32>,
    /// Contacts a month, at least; blank cells count with the program's default.
    pub min_contacts_per_month: Option<f64>,
    /// Time since an event.
    pub since: Option<Since>,
    /// A date that lies close ahead.
    pub due: Option<Due>,
    /// None of these dates is known: it has never happened.
    pub never: Option<Vec<Event>>,
}

/// So much time since an event: `at_least_months <= whole months < under_months` on the effective date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// Which event.
    pub event: Event,
    /// Whole months, at least.
    #[serde(default)]
    pub at_least_months: u32,
    /// Fewer whole months than this; absent = however long.
    #[serde(default)]
    pub under_months: Option<u32>,
}

/// At most so many days ahead of the effective date (the day itself and overdue dates included).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// Which date.
    pub event: Event,
    /// Days.
    pub within_days: u32,
}

/// A date of the roster that rules may go by, named as its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// With the present case manager since.
    AssignedOn,
    /// Last contact.
    LastContactOn,
    /// Next outreach planned.
    NextOutreachOn,
    /// Annual assessment due.
    AssessmentDueOn,
    /// Case opened.
    OpenedOn,
    /// Left an institution.
    LeftInstitutionOn,
    /// Discharge expected.
    DischargeDueOn,
    /// Plan review due.
    ReviewDueOn,
    /// Last outreach attempt.
    LastAttemptOn,
    /// Last change not asked for.
    LastMovedOn,
}

impl Event {
    /// The date in the roster.
    #[must_use]
    pub fn of(self, member: &Member) -> Option<NaiveDate> {
        match self {
            Self::AssignedOn => member.assigned_on,
            Self::LastContactOn => member.last_contact_on,
            Self::NextOutreachOn => member.next_outreach_on,
            Self::AssessmentDueOn => member.assessment_due_on,
            Self::OpenedOn => member.case.opened_on,
            Self::LeftInstitutionOn => member.case.left_institution_on,
            Self::DischargeDueOn => member.case.discharge_due_on,
            Self::ReviewDueOn => member.case.review_due_on,
            Self::LastAttemptOn => member.case.last_attempt_on,
            Self::LastMovedOn => member.case.last_moved_on,
        }
    }
}

impl Condition {
    /// Do all conditions hold on `day`? `contacts` are the member's contacts a month, the program's default where the
    /// roster has none; `program` is the member's program code on that day.
    #[must_use]
    pub fn holds(&self, member: &Member, day: NaiveDate, contacts: f64, program: Option<&str>) -> bool {
        let listed = |list: &Option<Vec<String>>, code: Option<&str>| {
            list.as_ref().is_none_or(|list| code.is_some_and(|code| list.iter().any(|one| one == code)))
        };
        let age = || member.birth_date.map(|born| age_on(born, day));
        listed(&self.programs, program)
            && listed(&self.settings, member.setting.as_deref())
            && self.needs.as_ref().is_none_or(|needs| needs.contains(&member.need))
            && self.urgent.is_none_or(|urgent| urgent == member.urgent)
            && self.min_age.is_none_or(|least| age().is_some_and(|age| age >= least))
            && self.under_age.is_none_or(|under| age().is_some_and(|age| age < under))
            && self.min_contacts_per_month.is_none_or(|least| contacts >= least)
            && self.since.is_none_or(|since| since.holds(member, day))
            && self.due.is_none_or(|due| due.holds(member, day))
            && self.never.as_ref().is_none_or(|events| events.iter().all(|event| event.of(member).is_none()))
    }
}

impl Since {
    fn holds(self, member: &Member, day: NaiveDate) -> bool {
        self.event.of(member).filter(|&date| date <= day).is_some_and(|date| {
            let months = whole_months(date, day);
            months >= self.at_least_months && self.under_months.is_none_or(|under| months < under)
        })
    }
}

impl Due {
    fn holds(self, member: &Member, day: NaiveDate) -> bool {
        self.event.of(member).is_some_and(|date| (date - day).num_days() <= i64::from(self.within_days))
    }
}

/// Whole years from birth to `day`; 0 when `day` lies before.
#[must_use]
pub fn age_on(born: NaiveDate, day: NaiveDate) -> u32 {
    let had_birthday = (day.month(), day.day()) >= (born.month(), born.day());
    (day.year() - born.year() - i32::from(!had_birthday)).max(0).cast_unsigned()
}

/// A category of members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Name that rules refer to, unique in the file.
    pub name: String,
    /// In words.
    pub title: String,
    /// Who belongs to it, unless an earlier category took the member. Absent = everybody left.
    #[serde(default)]
    pub when: Condition,
}
