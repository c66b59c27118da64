//! Weighted capacities, `[[capacity]]`: what the members of one case manager weigh together, by grade of need, or the
//! hours a month they take. Counts of members are caps.

use serde::{Deserialize, Serialize};

use crate::program::file::PerNeed;

/// At most so much weight, or so many hours a month, for one case manager.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Capacity {
    /// Name in compliance tables, unique in the file.
    pub name: String,
    /// In words.
    pub title: String,
    /// What is added up.
    pub kind: CapacityKind,
    /// At most: weight (to the thousandth), or hours a month.
    pub limit: f64,
    /// Does a part-time case manager have a proportional limit?
    pub scale_with_fte: bool,
    /// For `weight`: what a member of each grade weighs, to the thousandth.
    pub weights: Option<PerNeed<f64>>,
    /// For `hours`: minutes a month of a member of each grade, whatever the contacts.
    pub minutes_per_month: Option<PerNeed<f64>>,
    /// For `hours`: minutes of one contact, times the member's contacts a month.
    pub minutes_per_contact: Option<f64>,
    /// For `hours`: are the drives to visits inside, there and back?
    pub travel_inside: bool,
    /// The words of the source.
    pub citation: String,
}

/// What a capacity adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CapacityKind {
    /// Weights by grade of need.
    Weight,
    /// Hours a month.
    Hours,
}

/// As it stands in the file, before it is known whether the keys fit the kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    title: String,
    kind: CapacityKind,
    limit: f64,
    scale_with_fte: bool,
    #[serde(default)]
    weights: Option<PerNeed<f64>>,
    #[serde(default)]
    minutes_per_month: Option<PerNeed<f64>>,
    #[serde(default)]
    minutes_per_contact: Option<f64>,
    #[serde(default)]
    travel_inside: Option<bool>,
    citation: String,
}

/// Larger numbers are a slip of the pen, and their sums need not fit.
const LARGEST: f64 = 100_000.0;

impl TryFrom<Written> for Capacity {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let name = &written.name;
        let in_range = |key: &str, value: f64| {
            let fits = (0.0..=LARGEST).contains(&value);
            if fits { Ok(()) } else { Err(format!("capacity `{name}`: {key} = {value}; 0 to {LARGEST} is expected")) }
        };
        let all_in_range = |key: &str, values: Option<PerNeed<f64>>| {
            let values = values.map(|of| [of.low, of.moderate, of.high, of.intensive]);
            values.into_iter().flatten().try_for_each(|value| in_range(key, value))
        };
        in_range("limit", written.limit)?;
        all_in_range("weights", written.weights)?;
        all_in_range("minutes_per_month", written.minutes_per_month)?;
        in_range("minutes_per_contact", written.minutes_per_contact.unwrap_or(0.0))?;
        let travel_inside = written.travel_inside.unwrap_or(false);
        let has_minutes = written.minutes_per_month.is_some() || written.minutes_per_contact.is_some();
        match written.kind {
            CapacityKind::Weight if written.weights.is_none() => {
                return Err(format!(
                    "capacity `{name}` of kind \"weight\" needs `weights`, such as {{ low = 1, moderate = 1, high = 1.6, intensive = 2 }}"
                ));
            }
            CapacityKind::Weight if has_minutes || written.travel_inside.is_some() => {
                return Err(format!(
                    "capacity `{name}` of kind \"weight\" has `weights`; `minutes_per_month`, `minutes_per_contact` and `travel_inside` are for \"hours\""
                ));
            }
            CapacityKind::Hours if written.weights.is_some() => {
                return Err(format!("capacity `{name}` of kind \"hours\" has no `weights`; they are for \"weight\""));
            }
            CapacityKind::Hours if !has_minutes && !travel_inside => {
                return Err(format!(
                    "capacity `{name}` of kind \"hours\" needs `minutes_per_month`, `minutes_per_contact` or `travel_inside = true`"
                ));
            }
            _ => {}
        }
        Ok(Self {
            name: written.name,
            title: written.title,
            kind: written.kind,
            limit: written.limit,
            scale_with_fte: written.scale_with_fte,
            weights: written.weights,
            minutes_per_month: written.minutes_per_month,
            minutes_per_contact: written.minutes_per_contact,
            travel_inside,
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
        let high = parse(&format!("{weight}\n{weights}")).unwrap().capacities[0].weights.unwrap().high;
        assert!((high - 1.6).abs() < 1e-12);
        assert!(
            parse(&format!("{hours}\nminutes_per_contact = 45\ntravel_inside = true")).unwrap().capacities[0]
                .travel_inside
        );
        for (keys, told) in [
            (weight.to_owned(), "needs `weights`"),
            (format!("{weight}\n{weights}\ntravel_inside = true"), "are for \"hours\""),
            (format!("{hours}\n{weights}"), "has no `weights`"),
            (hours.to_owned(), "needs `minutes_per_month`"),
            (format!("{hours}\nminutes_per_contact = -1"), "minutes_per_contact = -1"),
            (format!("{weight}\n{weights}\nwieghts = 1"), "unknown key `wieghts`"),
            (weight.replace("96", "1e6"), "limit = 1000000"),
        ] {
            let error = parse(&keys).unwrap_err();
            assert!(error.contains(told) && error.contains("line "), "{keys}: {error}");
        }
    }
}
