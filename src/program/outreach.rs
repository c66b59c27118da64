//! How soon a client is contacted, `[[contact_tier]]`, and how outreach is spread, `[outreach]`: what handoff schedules and
//! briefings read of a program. No plan is judged by them.

use serde::{Deserialize, Serialize};

use crate::program::category::Condition;
use crate::program::rules::Rules;
use crate::roster::Member;

/// A cycle of contacts, and how many a case manager makes on a workday.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenOutreach")]
pub struct Outreach {
    /// Every member is contacted once in so many days, 1 to 366.
    pub cycle_days: u32,
    /// Contacts due for one case manager on one workday, at most; at least 1.
    pub contacts_per_workday: u32,
    /// Attempts expected on a workday on which the contacts are not reached.
    pub attempts_per_workday: Option<u32>,
    /// The words of the source.
    pub citation: String,
}

/// How soon after a change the new case manager makes the first contact: the first tier whose conditions hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenTier")]
pub struct ContactTier {
    /// Name, unique in the file.
    pub name: String,
    /// In words.
    pub title: String,
    /// Within so many hours; one of the three is given.
    pub within_hours: Option<u32>,
    /// Within so many days.
    pub within_days: Option<u32>,
    /// Within so many weeks.
    pub within_weeks: Option<u32>,
    /// Whom it is for; absent = everybody left.
    pub when: Condition,
    /// The words of the source.
    pub citation: String,
}

impl ContactTier {
    /// The time allowed, in hours.
    #[must_use]
    pub fn hours(&self) -> u32 {
        let days = self.within_days.unwrap_or(0) + self.within_weeks.unwrap_or(0) * DAYS_A_WEEK;
        self.within_hours.unwrap_or(days * HOURS_A_DAY)
    }

    /// The time allowed in whole calendar days, rounded down: a contact on the last of them is still in time.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.hours() / HOURS_A_DAY
    }

    /// The time allowed as the file says it, such as `72 hours` or `7 weeks`.
    #[must_use]
    pub fn within(&self) -> String {
        let words = |number: u32, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
        match (self.within_hours, self.within_days, self.within_weeks) {
            (Some(hours), ..) => words(hours, "hour"),
            (_, Some(days), _) => words(days, "day"),
            (.., weeks) => words(weeks.unwrap_or(0), "week"),
        }
    }
}

const HOURS_A_DAY: u32 = 24;
const DAYS_A_WEEK: u32 = 7;

/// Longer than a year is a slip of the pen.
const LONGEST_DAYS: u32 = 366;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOutreach {
    cycle_days: u32,
    contacts_per_workday: u32,
    #[serde(default)]
    attempts_per_workday: Option<u32>,
    citation: String,
}

impl TryFrom<WrittenOutreach> for Outreach {
    type Error = String;

    fn try_from(written: WrittenOutreach) -> Result<Self, String> {
        let WrittenOutreach { cycle_days, contacts_per_workday, attempts_per_workday, citation } = written;
        if !(1..=LONGEST_DAYS).contains(&cycle_days) {
            return Err(format!("outreach: cycle_days = {cycle_days}; 1 to {LONGEST_DAYS} is expected"));
        }
        if contacts_per_workday == 0 {
            return Err(
                "outreach: contacts_per_workday = 0; at least 1 is expected, or leave [outreach] out".to_owned()
            );
        }
        Ok(Self { cycle_days, contacts_per_workday, attempts_per_workday, citation })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTier {
    name: String,
    title: String,
    #[serde(default)]
    within_hours: Option<u32>,
    #[serde(default)]
    within_days: Option<u32>,
    #[serde(default)]
    within_weeks: Option<u32>,
    #[serde(default)]
    when: Condition,
    citation: String,
}

impl TryFrom<WrittenTier> for ContactTier {
    type Error = String;

    fn try_from(written: WrittenTier) -> Result<Self, String> {
        let WrittenTier { name, title, within_hours, within_days, within_weeks, when, citation } = written;
        let given = [within_hours, within_days, within_weeks].iter().flatten().count();
        if given != 1 {
            return Err(format!(
                "contact_tier `{name}` needs one of `within_hours`, `within_days` and `within_weeks`, not {given} of them"
            ));
        }
        let tier = Self { name, title, within_hours, within_days, within_weeks, when, citation };
        if tier.days() > LONGEST_DAYS {
            return Err(format!("contact_tier `{}`: {} is longer than a year", tier.name, tier.within()));
        }
        Ok(tier)
    }
}

impl Rules {
    /// How soon the new case manager contacts the member, where the program says it.
    #[must_use]
    pub fn contact_tier(&self, member: &Member) -> Option<&ContactTier> {
        self.program.contact_tiers.iter().find(|tier| self.holds(&tier.when, member))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation is how a test fails")]
mod tests {
    use crate::program::Program;

    fn parse(keys: &str) -> Result<Program, String> {
        Program::parse(&format!("{}\n{keys}\n", Program::shipped("iowa-cbcm").unwrap()))
    }

    #[test]
    fn a_tier_says_its_time_once_and_outreach_has_a_cycle() {
        let tier = "[[contact_tier]]\nname = \"soon\"\ntitle = \"Soon\"\ncitation = \"test\"";
        let read = |keys: &str| parse(&format!("{tier}\n{keys}")).map(|program| program.contact_tiers[0].clone());
        let hours = read("within_hours = 72").unwrap();
        assert_eq!((hours.hours(), hours.days(), hours.within().as_str()), (72, 3, "72 hours"));
        assert_eq!(read("within_weeks = 7").unwrap().days(), 49);
        assert_eq!(read("within_days = 1").unwrap().within(), "1 day");
        for (keys, told) in [
            ("within_hours = 72\nwithin_days = 3", "not 2 of them"),
            ("", "not 0 of them"),
            ("within_weeks = 60", "longer than a year"),
            ("within_days = 7\nwhen = { never = [\"opend_on\"] }", "did you mean `opened_on`"),
        ] {
            let error = read(keys).unwrap_err();
            assert!(error.contains(told) && error.contains("line"), "{keys}: {error}");
        }
        let outreach = "[outreach]\ncitation = \"test\"\ncontacts_per_workday = 8";
        assert_eq!(parse(&format!("{outreach}\ncycle_days = 60")).unwrap().outreach.unwrap().cycle_days, 60);
        assert!(parse(&format!("{outreach}\ncycle_days = 0")).unwrap_err().contains("1 to 366"));
    }
}
