//! How often things happen: yearly shares as monthly draws, and enrolment by county and program.

use chrono::NaiveDate;

use crate::program::Rules;
use crate::program::simulate::Simulation;
use crate::roster::{Member, Roster};
use crate::whatif::simulate::world::months_between;

/// A yearly probability as a monthly one: twelve independent months give the year.
#[must_use]
pub fn monthly(a_year: f64) -> f64 {
    1.0 - (1.0 - a_year.clamp(0.0, 1.0)).powf(1.0 / 12.0)
}

/// A probability as a number of 2^32 that a 32-bit draw stays below; 1 is one short of certain and treated so by
/// [`happens`].
#[must_use]
pub fn threshold(probability: f64) -> u32 {
    (probability * f64::from(u32::MAX)).round() as u32
}

/// Does a draw say that something of this [`threshold`] happens?
#[must_use]
pub const fn happens(draw: u32, threshold: u32) -> bool {
    draw < threshold || threshold == u32::MAX
}

/// Enrolment rates of members.
#[derive(Debug)]
pub struct Rates<'a> {
    assumed: &'a Simulation,
    into: f64,
    out: f64,
}

/// New members a year when neither the settings nor the roster say.
const UNKNOWN: f64 = 0.12;

impl<'a> Rates<'a> {
    /// The settings', else the share of the roster's members whose case was opened within the year before `as_of`.
    #[must_use]
    pub fn of(roster: &Roster, rules: &Rules, assumed: &'a Simulation) -> Self {
        let dated: Vec<NaiveDate> = roster.members().iter().filter_map(|member| member.case.opened_on).collect();
        let recent = dated.iter().filter(|&&day| (0..12).contains(&months_between(day, rules.as_of))).count();
        let pattern = if dated.len() * 2 >= roster.members().len() && !dated.is_empty() {
            recent as f64 / dated.len() as f64
        } else {
            UNKNOWN
        };
        let into = assumed.in_per_year.unwrap_or(pattern);
        Self { assumed, into, out: assumed.out_per_year.unwrap_or(into.min(1.0)) }
    }

    /// Of one member: new ones a year for each like it, and its own share of leaving.
    #[must_use]
    pub fn of_member(&self, member: &Member) -> (f64, f64) {
        let fits =
            |wanted: &Option<String>, has: Option<&str>| wanted.as_deref().is_none_or(|wanted| has == Some(wanted));
        let mut entries = self.assumed.enrolment.iter();
        let entry = entries.find(|entry| {
            fits(&entry.county, member.county.as_deref()) && fits(&entry.program, member.program.as_deref())
        });
        entry.map_or((self.into, self.out), |entry| (entry.in_per_year, entry.out_per_year))
    }
}
