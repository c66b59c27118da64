//! `models/synthetic/`, typed: the shares a synthetic roster is drawn from. `population.toml` holds for every program and
//! explains each key; `<program>.toml` says what is different for the people of one program.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::generate::draw::sums;

/// The files shipped inside the binary.
static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/models/synthetic");

/// All shares.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// State such people live in when no other is asked for.
    pub state: String,
    /// Day such a roster describes when no other is asked for; absent = [`crate::generate::AS_OF`].
    #[serde(default)]
    pub as_of: Option<String>,
    /// Lines added to the roster's `caseload.toml`.
    #[serde(default)]
    pub settings: String,
    /// Events and dates of a case.
    #[serde(default)]
    pub case: CaseShares,
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
    #[serde(default)]
    pub household_is_case: bool,
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

/// Events and dates of a case; what is absent stays blank.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the file explains each key")]
pub struct CaseShares {
    pub never_contacted: u32,
    pub outreach_within: u32,
    pub attempted_within: u32,
    pub authorized_units: u32,
    pub authorized_more: u32,
    pub used_percent: [u32; 2],
    pub review_within: u32,
    pub discharge_settings: Vec<String>,
    pub discharge_within: [u32; 2],
    pub opened_within: [u32; 2],
    pub left_institution: u32,
    pub left_institution_within: [u32; 2],
    pub duplicates: Vec<(String, u32)>,
    pub duplicates_under_age: u32,
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
    pub more_percent: u32,
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
    #[serde(default)]
    pub held: Vec<(String, u32)>,
    #[serde(default)]
    pub over_cap_within: [u32; 2],
    #[serde(default)]
    pub present_in_proportion: bool,
    #[serde(default)]
    pub team_size_is_most: bool,
    #[serde(default, rename = "track")]
    pub tracks: Vec<Track>,
}

/// Case managers who serve only some programs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// Codes of the programs they serve; every program is served by one track.
    pub programs: Vec<String>,
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

/// What `models/synthetic/` says goes over what stands in it already: tables key by key, everything else as a whole.
fn overlay(under: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => overlay(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

impl Population {
    /// The people of a program, by its name; a program without a file of its own has those of `population.toml`.
    ///
    /// # Errors
    /// What is wrong with a file: a defect of the build, which a test holds off.
    pub fn of(program: &str) -> Result<Self, String> {
        let read = |name: &str| -> Result<Option<toml::Table>, String> {
            let text = FILES.get_file(name).and_then(include_dir::File::contents_utf8);
            text.map(|text| text.parse::<toml::Table>().map_err(|error| format!("{name}: {error}"))).transpose()
        };
        let mut all = read(EVERYBODY)?.unwrap_or_default();
        let own = format!("{program}.toml");
        if own != EVERYBODY
            && let Some(own) = read(&own)?
        {
            overlay(&mut all, own);
        }
        all.try_into().map_err(|error: toml::de::Error| format!("{own}: {error}"))
    }

    /// The day such a roster describes when no other is asked for.
    #[must_use]
    pub fn day(&self) -> Option<NaiveDate> {
        self.as_of.as_ref()?.parse().ok()
    }

    /// The track that serves a program: its position in [`StaffShares::tracks`]; 0 when there are none.
    #[must_use]
    pub fn track_of(&self, program: &str) -> usize {
        let serves = |track: &Track| track.programs.iter().any(|code| code == program);
        self.staff.tracks.iter().position(serves).unwrap_or(0)
    }

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

/// The file that holds for every program.
const EVERYBODY: &str = "population.toml";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::gazetteer;

    #[test]
    fn every_file_can_be_read_and_belongs_to_a_program() {
        for file in FILES.files() {
            let name = file.path().file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let population = Population::of(name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(population.program.iter().map(|program| program.share).sum::<u32>(), 10_000, "{name}");
            assert!(population.as_of.is_none() || population.day().is_some(), "{name}: as_of");
            assert!(population.staff.specialist == 0 || population.program.len() > 3, "{name}: specialists");
            let codes = population.staff.tracks.iter().flat_map(|track| &track.programs);
            assert!(codes.clone().all(|code| population.program.iter().any(|one| one.code == *code)), "{name}: tracks");
            assert!(name == "population" || crate::program::Program::shipped(name).is_some(), "{name} is no program");
        }
    }

    #[test]
    fn the_shares_can_be_read_and_add_up() {
        let population = Population::of("iowa-cbcm").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(population.state, "IA");
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
