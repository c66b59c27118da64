//! How soon a client is contacted, `[[contact_tier]]`, and how outreach is spread, `[outreach]`: what handoff schedules and
//! briefings read of a program. No plan is judged by them.

use serde::{Deserialize, Serialize};

use crate::program::category::Condition;
use crate::program::rules::Rules;
use crate::roster::Member;

/// A cycle of contacts, and how many a case manager makes on a workday.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outreach {
    /// Every member is contacted once in so many days.
    pub cycle_days: u32,
    /// Contacts due for one case manager on one workday, at most.
    pub contacts_per_workday: u32,
    /// Attempts expected on a workday on which the contacts are not reached.
    #[serde(default)]
    pub attempts_per_workday: Option<u32>,
    /// The words of the source.
    pub citation: String,
}

/// How soon after a change the new case manager makes the first contact: the first tier whose conditions hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactTier {
    /// Name, unique in the file.
    pub name: String,
    /// In words.
    pub title: String,
    /// Within so many hours; one of the three is given.
    #[serde(default)]
    pub within_hours: Option<u32>,
    /// Within so many days.
    #[serde(default)]
    pub within_days: Option<u32>,
    /// Within so many weeks.
    #[serde(default)]
    pub within_weeks: Option<u32>,
    /// Whom it is for; absent = everybody left.
    #[serde(default)]
    pub when: Condition,
    /// The words of the source.
    pub citation: String,
}

impl ContactTier {
    /// The time allowed in whole calendar days, rounded down: a contact on the last of them is still in time.
    #[must_use]
    pub fn days(&self) -> u32 {
        let days = self.within_days.unwrap_or(0) + self.within_weeks.unwrap_or(0) * DAYS_A_WEEK;
        self.within_hours.map_or(days, |hours| hours / HOURS_A_DAY)
    }
}

const HOURS_A_DAY: u32 = 24;
const DAYS_A_WEEK: u32 = 7;

impl Rules {
    /// How soon the new case manager contacts the member, where the program says it.
    #[must_use]
    pub fn contact_tier(&self, member: &Member) -> Option<&ContactTier> {
        let contacts = self.contacts_per_month(member);
        self.program.contact_tiers.iter().find(|tier| tier.when.holds(member, self.effective_on, contacts))
    }
}
