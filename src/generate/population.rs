//! `models/synthetic/population.toml`, typed: the shares a synthetic roster is drawn from. The file explains each key.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::generate::draw::sums;

static TEXT: &str = include_str!("../../models/synthetic/population.toml");

/// The file, or what is wrong with it (a test holds it right).
pub static POPULATION: LazyLock<Result<Population, String>> =
    LazyLock::new(|| toml::from_str::<Population>(TEXT).map_err(|error| error.to_string()));

/// All shares.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// Programs with the people on them.
    pub program: Vec<ProgramShare>,
    /// What holds for members of all programs.
    pub member: MemberShares,
    /// Classes of present caseloads.
    pub present: Vec<PresentClass>,
    /// Case managers.
    pub staff: StaffShares,
    /// Languages besides English.
    pub language: Vec<Language>,
    /// Share of Spanish in some states.
    pub spanish: BTreeMap<String, u32>,
    /// Towns where speakers of a language live.
    pub town: Vec<Town>,
    /// Telephone area codes by state.
    pub area_codes: BTreeMap<String, Vec<u32>>,
    /// Words names are made of.
    pub words: Words,
}

/// One program.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramShare {
    /// Its code.
    pub code: String,
    /// Of 10,000 members.
    pub share: u32,
    /// From, to, weight.
    pub ages: Vec<[u32; 3]>,
    /// Weights of the grades of need.
    pub needs: [u64; 4],
    /// Setting and weight.
    pub settings: Vec<(String, u64)>,
    /// Of 10,000 adults.
    pub guardian_adult: u32,
    /// A service that may duplicate case management, and how often.
    pub duplicate_service: (String, u32),
}

/// What holds for members of all programs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the file explains each key")]
pub struct MemberShares {
    pub urgent: [u32; 4],
    pub visits_per_year: [[u32; 2]; 4],
    pub contacts_per_month: [[u32; 2]; 4],
    pub hours_per_year: [[u32; 2]; 4],
    pub providers: [[u32; 2]; 4],
    pub visits_blank: u32,
    pub household: u32,
    pub unassigned: u32,
    pub far_from_manager: u32,
    pub zip_only: u32,
    pub no_address: u32,
    pub mail_hold: Vec<(String, u32)>,
    pub large_print: u32,
    pub large_print_elderly: u32,
    pub braille: u32,
    pub email: u32,
    pub decision: u32,
    pub tenure_months_mean: f64,
}

/// A class of present caseloads.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresentClass {
    /// How many managers have such a load, relative to the others.
    pub weight: u32,
    /// Least and most, percent of the cap.
    pub percent: [u32; 2],
}

/// Case managers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the file explains each key")]
pub struct StaffShares {
    pub new_hires: u32,
    pub leaving: u32,
    pub planned: u32,
    pub part_time: u32,
    pub own_limit: u32,
    pub specialist: u32,
    pub accepts_no_new: u32,
    pub territory: u32,
    pub office_in_town: u32,
    pub team_size: u32,
    pub members_per_provider: u32,
    pub members_per_position: u32,
    pub qualifications: Vec<String>,
    pub hours: Vec<String>,
}

/// A language besides English.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// BCP 47.
    pub tag: String,
    /// Of 10,000 members anywhere.
    pub share: u32,
    /// Of 10,000 case managers.
    pub manager: u32,
    /// Given names; empty = from `fake`.
    pub given: Vec<String>,
    /// Family names.
    pub family: Vec<String>,
}

/// Towns with their own shares of languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Town {
    /// Two letters.
    pub state: String,
    /// Their names.
    pub names: Vec<String>,
    /// Of 10,000 of the town's members.
    pub shares: BTreeMap<String, u32>,
}

/// Words invented names are made of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Streets of towns.
    pub streets: Vec<String>,
    /// Roads of the country.
    pub roads: Vec<String>,
    /// First words of businesses.
    pub firms: Vec<String>,
    /// Lines of work.
    pub trade: Vec<Trade>,
}

/// A provider's line of work.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trade {
    /// The code of the `type` column.
    pub kind: String,
    /// Last words of the business's name.
    pub name: String,
    /// How many there are, relative to the others.
    pub weight: u64,
}

impl Population {
    /// Sums of the shares of English (position 0) and the languages in order, for a place.
    #[must_use]
    pub fn languages_of(&self, state: &str, city: &str) -> Vec<u64> {
        let town = self.town.iter().find(|town| town.state == state && town.names.iter().any(|name| name == city));
        let share = |language: &Language| {
            let everywhere = match (language.tag.as_str(), self.spanish.get(state)) {
                ("es", Some(&share)) => share,
                _ => language.share,
            };
            u64::from(town.and_then(|town| town.shares.get(&language.tag)).copied().unwrap_or(everywhere))
        };
        let others: u64 = self.language.iter().map(share).sum();
        sums(std::iter::once(10_000_u64.saturating_sub(others)).chain(self.language.iter().map(share)))
    }

    /// The tag at a position of [`Self::languages_of`].
    #[must_use]
    pub fn tag(&self, at: usize) -> &str {
        at.checked_sub(1).and_then(|at| self.language.get(at)).map_or("en", |language| &language.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::gazetteer;

    #[test]
    fn the_shares_can_be_read_and_add_up() {
        let population = POPULATION.as_ref().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(population.program.iter().map(|program| program.share).sum::<u32>(), 10_000);
        assert!(population.program.len() == 8, "seven waivers and Habilitation");
        for town in &population.town {
            for name in &town.names {
                let known = gazetteer::zips().iter().any(|zip| zip.state == town.state && zip.city == name);
                assert!(known, "{name}, {}", town.state);
                assert!(town.shares.keys().all(|tag| population.language.iter().any(|one| one.tag == *tag)));
            }
        }
        let states: std::collections::BTreeSet<_> = gazetteer::zips().iter().map(|zip| zip.state).collect();
        for state in states {
            assert!(population.area_codes.contains_key(state), "an area code for {state}");
        }
    }
}
