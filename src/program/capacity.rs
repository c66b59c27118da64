//! Weighted capacities, `[[capacity]]`: what the members of one case manager weigh together, the hours a month they take,
//! or the contacts they need in a period. Counts of members are caps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::program::file::PerNeed;

/// At most so much weight, so many hours a month, or so many contacts a period, for one case manager.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Capacity {
    /// Name in compliance tables, unique in the file.
    pub name: String,
    /// In words.
    pub title: String,
    /// What is added up.
    pub kind: CapacityKind,
    /// At most: weight (to the thousandth), hours a month, or contacts a period (`contacts_per_workday` x `workdays`).
    pub limit: f64,
    /// Does a part-time case manager have a proportional limit?
    pub scale_with_fte: bool,
    /// Names of the categories that count; empty = everybody.
    pub of: Vec<String>,
    /// For `weight`: what a member of each grade weighs, to the thousandth.
    pub weights: Option<PerNeed<f64>>,
    /// For `weight`: what a member of a category weighs, before its grade is asked; `other` is everybody else.
    pub weight_of: Option<BTreeMap<String, f64>>,
    /// For `hours`: minutes a month of a member of each grade, whatever the contacts.
    pub minutes_per_month: Option<PerNeed<f64>>,
    /// For `hours`: hours a month of a member of a category, before its grade is asked; `other` is everybody else.
    pub hours_of: Option<BTreeMap<String, f64>>,
    /// For `hours`: minutes of one contact, times the member's contacts a month.
    pub minutes_per_contact: Option<f64>,
    /// For `hours`: are the drives to visits inside, there and back?
    pub travel_inside: bool,
    /// For `hours`: what is left of the member's authorization.
    pub authorized: Option<Authorized>,
    /// For `contacts`: contacts of a workday.
    pub contacts_per_workday: Option<f64>,
    /// For `contacts`: days of the period in which every member is contacted.
    pub period_days: Option<u32>,
    /// For `contacts`: workdays of the period.
    pub workdays: Option<u32>,
    /// For `contacts`: contacts a period of a member whose cell is blank.
    pub contacts_per_period: Option<f64>,
    /// The words of the source.
    pub citation: String,
}

/// Units a calendar year, and how long one is. What a member has left is spread evenly over the months left in the
/// calendar year, the month of the effective date included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorized {
    /// Units of a member whose `authorized_units` is blank.
    pub units_per_year: f64,
    /// Minutes of one unit.
    pub minutes_per_unit: f64,
}

/// What a capacity adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CapacityKind {
    /// Weights by grade of need or category.
    Weight,
    /// Hours a month.
    Hours,
    /// Contacts a period.
    Contacts,
}

impl CapacityKind {
    /// What the numbers are, for tables.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Hours => "hours a month",
            Self::Contacts => "contacts a period",
        }
    }
}

/// As it stands in the file, before it is known whether the keys fit the kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    title: String,
    kind: CapacityKind,
    #[serde(default)]
    limit: Option<f64>,
    scale_with_fte: bool,
    #[serde(default)]
    of: Vec<String>,
    #[serde(default)]
    weights: Option<PerNeed<f64>>,
    #[serde(default)]
    weight_of: Option<BTreeMap<String, f64>>,
    #[serde(default)]
    minutes_per_month: Option<PerNeed<f64>>,
    #[serde(default)]
    hours_of: Option<BTreeMap<String, f64>>,
    #[serde(default)]
    minutes_per_contact: Option<f64>,
    #[serde(default)]
    travel_inside: Option<bool>,
    #[serde(default)]
    authorized: Option<Authorized>,
    #[serde(default)]
    contacts_per_workday: Option<f64>,
    #[serde(default)]
    period_days: Option<u32>,
    #[serde(default)]
    workdays: Option<u32>,
    #[serde(default)]
    contacts_per_period: Option<f64>,
    citation: String,
}

/// Larger numbers are a slip of the pen, and their sums need not fit.
const LARGEST: f64 = 100_000.0;
/// Days of a period, at most: a year.
const LONGEST: u32 = 366;

impl Written {
    /// All numbers with their keys.
    fn numbers(&self) -> Vec<(String, f64)> {
        let grades = |key: &str, of: Option<PerNeed<f64>>| {
            let all = of.map(|of| [of.low, of.moderate, of.high, of.intensive]);
            all.into_iter().flatten().map(|value| (key.to_owned(), value)).collect::<Vec<_>>()
        };
        let named = |key: &str, of: &Option<BTreeMap<String, f64>>| {
            let all = of.iter().flatten().map(|(name, &value)| (format!("{key}.{name}"), value));
            all.collect::<Vec<_>>()
        };
        let mut all = [grades("weights", self.weights), grades("minutes_per_month", self.minutes_per_month)].concat();
        all.extend(named("weight_of", &self.weight_of));
        all.extend(named("hours_of", &self.hours_of));
        let mut one = |key: &str, value: Option<f64>| all.extend(value.map(|value| (key.to_owned(), value)));
        one("limit", self.limit);
        one("minutes_per_contact", self.minutes_per_contact);
        one("authorized.units_per_year", self.authorized.map(|of| of.units_per_year));
        one("authorized.minutes_per_unit", self.authorized.map(|of| of.minutes_per_unit));
        one("contacts_per_workday", self.contacts_per_workday);
        one("contacts_per_period", self.contacts_per_period);
        all
    }

    /// Keys of the file that belong to one kind.
    fn keys(&self) -> [(CapacityKind, &'static str, bool); 11] {
        use CapacityKind::{Contacts, Hours, Weight};
        [
            (Weight, "weights", self.weights.is_some()),
            (Weight, "weight_of", self.weight_of.is_some()),
            (Hours, "minutes_per_month", self.minutes_per_month.is_some()),
            (Hours, "hours_of", self.hours_of.is_some()),
            (Hours, "minutes_per_contact", self.minutes_per_contact.is_some()),
            (Hours, "travel_inside", self.travel_inside.is_some()),
            (Hours, "authorized", self.authorized.is_some()),
            (Contacts, "contacts_per_workday", self.contacts_per_workday.is_some()),
            (Contacts, "period_days", self.period_days.is_some()),
            (Contacts, "workdays", self.workdays.is_some()),
            (Contacts, "contacts_per_period", self.contacts_per_period.is_some()),
        ]
    }
}

impl TryFrom<Written> for Capacity {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let name = &written.name;
        for (key, value) in written.numbers() {
            if !(0.0..=LARGEST).contains(&value) {
                return Err(format!("capacity `{name}`: {key} = {value}; 0 to {LARGEST} is expected"));
            }
        }
        let kind = match written.kind {
            CapacityKind::Weight => "weight",
            CapacityKind::Hours => "hours",
            CapacityKind::Contacts => "contacts",
        };
        let stray = written.keys().into_iter().find(|(of, _, is_there)| *is_there && *of != written.kind);
        if let Some((of, key, _)) = stray {
            let of = format!("{of:?}").to_lowercase();
            return Err(format!("capacity `{name}` of kind \"{kind}\" has no `{key}`; it is for \"{of}\""));
        }
        let others = |of: &Option<BTreeMap<String, f64>>| of.as_ref().is_some_and(|of| of.contains_key("other"));
        let travel_inside = written.travel_inside.unwrap_or(false);
        let limit = match (written.kind, written.limit) {
            (CapacityKind::Weight, _) if written.weights.is_none() && !others(&written.weight_of) => {
                return Err(format!(
                    "capacity `{name}` of kind \"weight\" needs `weights`, such as {{ low = 1, moderate = 1, high = 1.6, intensive = 2 }}, or `weight_of` with `other`"
                ));
            }
            (CapacityKind::Hours, _)
                if written.minutes_per_month.is_none()
                    && written.hours_of.is_none()
                    && written.minutes_per_contact.is_none()
                    && written.authorized.is_none()
                    && !travel_inside =>
            {
                return Err(format!(
                    "capacity `{name}` of kind \"hours\" needs `minutes_per_month`, `hours_of`, `minutes_per_contact`, `authorized` or `travel_inside = true`"
                ));
            }
            (CapacityKind::Weight | CapacityKind::Hours, Some(limit)) => limit,
            (CapacityKind::Weight | CapacityKind::Hours, None) => {
                return Err(format!("capacity `{name}` of kind \"{kind}\" needs `limit`"));
            }
            (CapacityKind::Contacts, Some(_)) => {
                return Err(format!(
                    "capacity `{name}` of kind \"contacts\" has no `limit`: it is contacts_per_workday x workdays"
                ));
            }
            (CapacityKind::Contacts, None) => {
                let (Some(a_day), Some(days), Some(period)) =
                    (written.contacts_per_workday, written.workdays, written.period_days)
                else {
                    return Err(format!(
                        "capacity `{name}` of kind \"contacts\" needs `contacts_per_workday`, `workdays` and `period_days`"
                    ));
                };
                if !(1..=LONGEST).contains(&period) || days > period {
                    return Err(format!(
                        "capacity `{name}`: workdays = {days} of period_days = {period}; a period has 1 to {LONGEST} days and no more workdays than days"
                    ));
                }
                a_day * f64::from(days)
            }
        };
        Ok(Self {
            name: written.name,
            title: written.title,
            kind: written.kind,
            limit,
            scale_with_fte: written.scale_with_fte,
            of: written.of,
            weights: written.weights,
            weight_of: written.weight_of,
            minutes_per_month: written.minutes_per_month,
            hours_of: written.hours_of,
            minutes_per_contact: written.minutes_per_contact,
            travel_inside,
            authorized: written.authorized,
            contacts_per_workday: written.contacts_per_workday,
            period_days: written.period_days,
            workdays: written.workdays,
            contacts_per_period: written.contacts_per_period,
            citation: written.citation,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::program::Program;

    /// The shipped program with this capacity in it.
    fn parse(keys: &str) -> Result<Program, String> {
        let own = format!("\n[[capacity]]\nname = \"acuity\"\ntitle = \"Acuity\"\ncitation = \"test\"\n{keys}\n");
        Program::parse(&(Program::shipped("iowa-cbcm").unwrap().to_owned() + &own))
    }

    #[test]
    fn keys_must_fit_the_kind_and_errors_point_at_the_line() {
        let weights = "weights = { low = 1, moderate = 1, high = 1.6, intensive = 2 }";
        let weight = "kind = \"weight\"\nlimit = 96\nscale_with_fte = true";
        let hours = "kind = \"hours\"\nlimit = 120\nscale_with_fte = true";
        let contacts = "kind = \"contacts\"\nscale_with_fte = true";
        let period = "contacts_per_workday = 8\nperiod_days = 60\nworkdays = 44";
        assert!((parse(&format!("{contacts}\n{period}")).unwrap().capacities[0].limit - 352.0).abs() < 1e-9);
        let high = parse(&format!("{weight}\n{weights}")).unwrap().capacities[0].weights.unwrap().high;
        assert!((high - 1.6).abs() < 1e-12);
        assert!(
            parse(&format!("{hours}\nminutes_per_contact = 45\ntravel_inside = true")).unwrap().capacities[0]
                .travel_inside
        );
        for (keys, told) in [
            (weight.to_owned(), "needs `weights`"),
            (format!("{weight}\n{weights}\ntravel_inside = true"), "has no `travel_inside`; it is for \"hours\""),
            (format!("{hours}\n{weights}"), "has no `weights`"),
            (hours.to_owned(), "needs `minutes_per_month`"),
            (format!("{hours}\nminutes_per_contact = -1"), "minutes_per_contact = -1"),
            (format!("{weight}\n{weights}\nwieghts = 1"), "unknown key `wieghts`"),
            (weight.replace("96", "1e6"), "limit = 1000000"),
            (contacts.to_owned(), "needs `contacts_per_workday`"),
            (format!("{contacts}\n{period}\nlimit = 3"), "has no `limit`"),
            (format!("{contacts}\n{}", period.replace("44", "61")), "no more workdays than days"),
            (format!("{weight}\nweight_of = {{ home = 1 }}"), "`weight_of` with `other`"),
            (
                format!("{hours}\nauthorized = {{ units_per_year = -240, minutes_per_unit = 15 }}"),
                "units_per_year = -240",
            ),
        ] {
            let error = parse(&keys).unwrap_err();
            assert!(error.contains(told) && error.contains("line "), "{keys}: {error}");
        }
    }
}
