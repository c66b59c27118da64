//! How members are handed over, `[handoff]`: `models/handoff.toml`, what the program's file says on top, and what
//! `caseload.toml` and the command line say on top of that. No plan is judged by it; every schedule is.

use chrono::{NaiveDate, NaiveTime};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::program::file::PerNeed;
use crate::roster::HandoffMethod;

/// The values nobody has changed.
const SHIPPED: &str = include_str!("../../models/handoff.toml");

/// The rules of a handoff schedule, every key with a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Handoff {
    /// Handoffs of one case manager on a workday, given and taken together, at most; at least 1.
    pub per_day: u32,
    /// In a calendar week (Monday to Sunday).
    pub per_week: u32,
    /// Of all case managers of one team on a workday; 0 = no limit. One inside the team counts once.
    pub team_per_day: u32,
    /// Of all case managers of one team in a week; 0 = no limit.
    pub team_per_week: u32,
    /// How a member is handed over, by grade of need.
    pub method: PerNeed<HandoffMethod>,
    /// How urgent members are handed over.
    pub urgent_method: HandoffMethod,
    /// No handoff fewer than or exactly so many days before an assessment or review that is due, nor on that day.
    pub blackout_days: u32,
    /// The letter is out so many days before the handoff.
    pub letter_days: u32,
    /// Are the holidays of the US government days off?
    pub federal_holidays: bool,
    /// Further days off.
    #[serde(with = "days")]
    pub holidays: Vec<NaiveDate>,
    /// First minute of the working day.
    #[serde(with = "clock")]
    pub day_starts: NaiveTime,
    /// Its end.
    #[serde(with = "clock")]
    pub day_ends: NaiveTime,
    /// Minutes kept free for one handoff in the calendars of those who take part.
    pub slot_minutes: u32,
    /// Workdays before the handoff by which the new case manager is briefed.
    pub briefing_workdays: u32,
    /// Days after the handoff by which the new case manager makes the first contact, where no contact tier says it.
    pub contact_days: u32,
    /// Workdays after the handoff by which providers are told.
    pub provider_workdays: u32,
    /// What one workday sooner is worth, by grade of need.
    pub weight: PerNeed<u32>,
    /// On top for urgent members.
    pub urgent_weight: u32,
    /// On top where the present case manager is above the cap.
    pub over_cap_weight: u32,
    /// What the checklist calls the steps.
    pub step: Steps,
}

/// The steps of a handoff in words, as a checklist prints them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// Who must change is known.
    pub identified: String,
    /// It is decided who takes the member.
    pub reassigned: String,
    /// The case managers have talked, the file is with the new one.
    pub briefed: String,
    /// The letter is in the mail.
    pub letter: String,
    /// The handoff itself.
    pub handed_over: String,
    /// The new case manager's first contact.
    pub contact: String,
    /// Providers know.
    pub providers: String,
}

/// The same keys with the types of TOML.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    per_day: u32,
    per_week: u32,
    team_per_day: u32,
    team_per_week: u32,
    method: PerNeed<HandoffMethod>,
    urgent_method: HandoffMethod,
    blackout_days: u32,
    letter_days: u32,
    federal_holidays: bool,
    #[serde(with = "days")]
    holidays: Vec<NaiveDate>,
    #[serde(with = "clock")]
    day_starts: NaiveTime,
    #[serde(with = "clock")]
    day_ends: NaiveTime,
    slot_minutes: u32,
    briefing_workdays: u32,
    contact_days: u32,
    provider_workdays: u32,
    weight: PerNeed<u32>,
    urgent_weight: u32,
    over_cap_weight: u32,
    step: Steps,
}

/// More than a year of days is a slip of the pen.
const LONGEST_DAYS: u32 = 366;
/// Above it sums of weights and days could leave their range.
const LARGEST_WEIGHT: u32 = 1000;

impl Handoff {
    /// The shipped values with those of `above` in their place.
    ///
    /// # Errors
    /// An unknown key, a wrong type, or a value out of range, in words.
    pub fn layered(above: &toml::Table) -> Result<Self, String> {
        let mut table: toml::Table = SHIPPED.parse().map_err(|error: toml::de::Error| error.to_string())?;
        lay(&mut table, above);
        let w: Written = toml::Value::Table(table).try_into().map_err(|error| format!("handoff: {error}"))?;
        let rules = Self {
            per_day: w.per_day,
            per_week: w.per_week,
            team_per_day: w.team_per_day,
            team_per_week: w.team_per_week,
            method: w.method,
            urgent_method: w.urgent_method,
            blackout_days: w.blackout_days,
            letter_days: w.letter_days,
            federal_holidays: w.federal_holidays,
            holidays: w.holidays,
            day_starts: w.day_starts,
            day_ends: w.day_ends,
            slot_minutes: w.slot_minutes,
            briefing_workdays: w.briefing_workdays,
            contact_days: w.contact_days,
            provider_workdays: w.provider_workdays,
            weight: w.weight,
            urgent_weight: w.urgent_weight,
            over_cap_weight: w.over_cap_weight,
            step: w.step,
        };
        rules.in_range()?;
        Ok(rules)
    }

    /// These rules with the values of `above` in their place.
    ///
    /// # Errors
    /// As [`Handoff::layered`].
    pub fn with(&self, above: &toml::Table) -> Result<Self, String> {
        let mut table = toml::Table::try_from(self).map_err(|error| error.to_string())?;
        lay(&mut table, above);
        Self::layered(&table)
    }

    /// Slots of one working day.
    #[must_use]
    pub fn slots(&self) -> u32 {
        let minutes = (self.day_ends - self.day_starts).num_minutes();
        (minutes.max(0) / i64::from(self.slot_minutes.max(1))) as u32
    }

    fn in_range(&self) -> Result<(), String> {
        let fault = |key: &str, value: u32, expected: &str| Err(format!("handoff.{key} = {value}: {expected}"));
        if self.per_day == 0 {
            return fault("per_day", 0, "at least 1 is expected");
        }
        if self.per_week == 0 {
            return fault("per_week", 0, "at least 1 is expected");
        }
        for (key, days) in [
            ("blackout_days", self.blackout_days),
            ("letter_days", self.letter_days),
            ("briefing_workdays", self.briefing_workdays),
            ("contact_days", self.contact_days),
            ("provider_workdays", self.provider_workdays),
        ] {
            if days > LONGEST_DAYS {
                return fault(key, days, "at most 366 is expected");
            }
        }
        let weights = [self.weight.low, self.weight.moderate, self.weight.high, self.weight.intensive];
        for weight in weights.into_iter().chain([self.urgent_weight, self.over_cap_weight]) {
            if weight > LARGEST_WEIGHT {
                return fault("weight", weight, "at most 1000 is expected");
            }
        }
        // A handoff finds a slot free for both as long as the others of the two cannot fill the day.
        let needed = self.per_day.min(LONGEST_DAYS) * 2 - 1;
        if self.slot_minutes == 0 || self.slots() < needed {
            return fault(
                "slot_minutes",
                self.slot_minutes,
                &format!(
                    "{needed} slots must fit between day_starts and day_ends, so that {} handoffs a day of both case \
                     managers never meet",
                    self.per_day
                ),
            );
        }
        Ok(())
    }
}

/// `above` on top of `below`, tables inside tables key by key.
fn lay(below: &mut toml::Table, above: &toml::Table) {
    for (key, value) in above {
        match (below.get_mut(key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(value)) => lay(inner, value),
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}

impl Default for Handoff {
    /// The shipped values. A test reads the shipped file.
    fn default() -> Self {
        Self::layered(&toml::Table::new()).unwrap_or_else(|error| unreachable!("models/handoff.toml: {error}"))
    }
}

impl<'de> Deserialize<'de> for Handoff {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let table = toml::Table::deserialize(input)?;
        Self::layered(&table).map_err(D::Error::custom)
    }
}

/// `HH:MM`.
mod clock {
    use super::{Deserialize, Deserializer, NaiveTime, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    pub fn serialize<S: Serializer>(time: &NaiveTime, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&time.format("%H:%M"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<NaiveTime, D::Error> {
        let text = String::deserialize(input)?;
        let wrong = |_| serde::de::Error::custom(format!("a time such as \"09:00\" is expected, not {text}"));
        NaiveTime::parse_from_str(&text, "%H:%M").map_err(wrong)
    }
}

/// Dates, as TOML writes them or as text.
mod days {
    use super::{Deserialize, Deserializer, NaiveDate, Serializer};

    pub fn serialize<S: Serializer>(days: &[NaiveDate], out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(days.iter().map(ToString::to_string))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<NaiveDate>, D::Error> {
        let values = Vec::<toml::Value>::deserialize(input)?;
        let day = |value: toml::Value| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.parse().map_err(|_| serde::de::Error::custom(format!("a date is expected, not {text}")))
        };
        values.into_iter().map(day).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn layers_lie_on_top_of_each_other_and_faults_are_named() {
        let shipped = Handoff::default();
        let above: toml::Table = "per_day = 2\nholidays = [2026-12-24]\n[method]\nlow = \"phone\"".parse().unwrap();
        let changed = shipped.with(&above).unwrap();
        assert_eq!((changed.per_day, changed.per_week), (2, shipped.per_week));
        assert_eq!((changed.method.low, changed.method.high), (HandoffMethod::Phone, shipped.method.high));
        assert_eq!(changed.with(&toml::Table::new()).unwrap(), changed);
        for (text, said) in [
            ("per_day = 0", "handoff.per_day"),
            ("per_dya = 1", "per_dya"),
            ("per_day = 30", "slots must fit"),
            ("day_starts = \"late\"", "a time such as"),
            ("blackout_days = 1000", "at most 366"),
        ] {
            let error = shipped.with(&text.parse().unwrap()).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
