//! Who could be hired where: the positions of the roster, or up to three full-time case managers in every county of its
//! state; and rosters with some of them hired.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::program::{LanguageRule, Rules};
use crate::roster::{Code, Manager, Place, Position, Roster, RosterTables, gazetteer};
use crate::whatif::repairs::new_hire;

/// Hires in one county, at most, when there is no list of positions.
pub const A_COUNTY: u32 = 3;
/// Sorts behind every id of the roster, so that indices of the others stay.
const BEHIND: char = '\u{10ffff}';

/// A place where somebody could be hired.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The position's id, or the county's five digits.
    pub id: String,
    /// County and state, or the position's id when its county is unknown.
    pub name: String,
    /// The county.
    pub county: Option<Code>,
    /// A hire there.
    pub hire: Manager,
    /// Hires there, at most.
    pub most: u32,
    /// Hundredths of the agency's currency a year; `None` = unknown.
    pub annual_cost: Option<i64>,
    /// First day a hire could start.
    pub earliest_start: Option<NaiveDate>,
}

/// The positions of the roster, of one team when one is named.
#[must_use]
pub fn positions(roster: &Roster, rules: &Rules, team: Option<&str>) -> Vec<Candidate> {
    let of_team = |position: &&Position| {
        team.is_none_or(|team| position.team.is_some_and(|at| &*roster.teams()[at.at()].id == team))
    };
    let candidate = |position: &Position| Candidate {
        id: position.id.to_string(),
        name: position.county.as_deref().map_or_else(|| position.id.to_string(), county_name),
        county: position.county.clone(),
        hire: Manager {
            team: position.team,
            base: position.base,
            zip: position.zip.clone(),
            county: position.county.clone(),
            fte_thousandths: position.fte_thousandths,
            languages: position.languages.clone(),
            programs: position.programs.clone(),
            ..new_hire(rules, None, None, 0)
        },
        most: 1,
        annual_cost: position.annual_cost.map(|cost| (cost * 100.0).round() as i64),
        earliest_start: position.earliest_start,
    };
    roster.positions().iter().filter(of_team).map(candidate).collect()
}

/// Every county of the state where most members live, [`A_COUNTY`] hires each, in the named team.
#[must_use]
pub fn everywhere(roster: &Roster, rules: &Rules, team: Option<&str>) -> Vec<Candidate> {
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    let of_county = |code: &Code| gazetteer::county(code).map(|county| county.state);
    for state in roster.members().iter().filter_map(|member| member.county.as_ref().and_then(of_county)) {
        *states.entry(state).or_default() += 1;
    }
    let most = states.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)));
    let Some((state, _)) = most else { return Vec::new() };
    let team = team.and_then(|team| roster.teams().iter().position(|row| &*row.id == team));
    let mut homes: BTreeMap<&str, (Vec<Place>, Vec<Code>)> = BTreeMap::new();
    for member in roster.members() {
        if let Some(county) = member.county.as_deref() {
            let entry = homes.entry(county).or_default();
            entry.0.extend(member.home);
            entry.1.push(member.language.clone());
        }
    }
    let candidate = |county: &gazetteer::County| {
        let (places, spoken) = homes.get(county.fips).cloned().unwrap_or_default();
        let mean = |of: fn(&Place) -> f64| places.iter().map(of).sum::<f64>() / places.len() as f64;
        let base = if places.is_empty() {
            county.place
        } else {
            Place { latitude: mean(|place| place.latitude), longitude: mean(|place| place.longitude) }
        };
        let mut languages: Vec<Code> = vec!["en".into()];
        if rules.program.eligibility.language.rule == LanguageRule::Required {
            languages.extend(spoken);
        }
        languages.sort();
        languages.dedup();
        let code: Code = county.fips.into();
        Candidate {
            id: county.fips.to_owned(),
            name: county_name(county.fips),
            county: Some(code.clone()),
            hire: Manager {
                team: team.map(crate::ids::TeamIx::new),
                base: Some(base),
                county: Some(code),
                languages,
                ..new_hire(rules, None, None, 0)
            },
            most: A_COUNTY,
            annual_cost: None,
            earliest_start: None,
        }
    };
    gazetteer::counties().iter().filter(|county| county.state == state).map(candidate).collect()
}

/// `Polk, IA`; the code where it is unknown.
fn county_name(fips: &str) -> String {
    gazetteer::county(fips).map_or_else(|| fips.to_owned(), |county| format!("{}, {}", county.name, county.state))
}

/// The roster with one case manager for every candidate: to read who could serve whom, at what cost.
#[must_use]
pub fn with_all(roster: &Roster, candidates: &[Candidate]) -> Roster {
    staffed(roster, candidates, &vec![1; candidates.len()], None)
}

/// The roster with so many hired of each candidate: as they are once they know the work, or, given the day on which
/// those without a start of their own begin, at work from their start on and learning the work then.
#[must_use]
pub fn staffed(roster: &Roster, candidates: &[Candidate], counts: &[u32], begin_on: Option<NaiveDate>) -> Roster {
    let mut tables: RosterTables = roster.to_tables();
    for (at, (candidate, &count)) in candidates.iter().zip(counts).enumerate() {
        for copy in 0..count {
            tables.managers.push(Manager {
                id: format!("{BEHIND}{at:05}-{copy:02}").into(),
                available_from: begin_on.map(|day| candidate.earliest_start.unwrap_or(day)),
                ..candidate.hire.clone()
            });
        }
    }
    Roster::new(tables)
}
