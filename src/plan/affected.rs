//! Who is affected, so that an unfair burden is seen: members moved by group and by county.
//!
//! A member is *moved* who had a case manager and gets another; a first assignment disturbs nobody and is not counted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cost::language::primary;
use crate::plan::{Caseload, Transfer};
use crate::program::Rules;
use crate::program::rules::whole_months;
use crate::roster::gazetteer;
use crate::roster::{Member, Roster};
use crate::verify::VerifiedPlan;

/// One way to divide the members, with its groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dimension {
    /// A code: `need`, `urgent`, `program`, `language`, `age`, `county_size`.
    pub by: &'static str,
    /// In an order that suits the dimension.
    pub groups: Vec<Group>,
}

/// Members of one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The group, as it is to be shown.
    pub label: String,
    /// Members in it who have a case manager at present.
    pub members: u32,
    /// Of them, members who change case manager.
    pub moved: u32,
}

/// The members of one county.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountyFacts {
    /// Five-digit code.
    pub fips: String,
    /// Name and state, from the gazetteer; the code where it is unknown there.
    pub name: String,
    /// Members.
    pub members: u32,
    /// Members who change case manager.
    pub moved: u32,
    /// Caseload of these members' case managers after the plan, on average over the members.
    pub average_load: f64,
}

/// Every dimension for which the roster knows anything.
#[must_use]
pub fn dimensions(roster: &Roster, rules: &Rules, transfers: &[Transfer]) -> Vec<Dimension> {
    let moved = moved(roster, transfers);
    let count = |by: &'static str, label: &dyn Fn(&Member) -> Option<(u8, String)>| {
        let mut groups: BTreeMap<(u8, String), (u32, u32)> = BTreeMap::new();
        for (member, moved) in roster.members().iter().zip(&moved) {
            if member.manager.is_some() {
                let key = label(member).unwrap_or_else(|| (u8::MAX, "not stated".to_owned()));
                let group = groups.entry(key).or_default();
                group.0 += 1;
                group.1 += u32::from(*moved);
            }
        }
        let groups = groups.into_iter().map(|((_, label), (members, moved))| Group { label, members, moved }).collect();
        Dimension { by, groups }
    };
    let all = [
        count("need", &|member| Some((member.need as u8, member.need.word().to_owned()))),
        count("urgent", &|member| {
            Some(if member.urgent { (0, "urgent".to_owned()) } else { (1, "not urgent".to_owned()) })
        }),
        count("program", &|member| rules.program_of(member).map(|program| (0, program.to_owned()))),
        count("language", &|member| {
            let language = primary(&member.language);
            Some((u8::from(language != "en"), language))
        }),
        count("age", &|member| member.birth_date.map(|born| age_band(whole_months(born, rules.as_of) / 12))),
        count("county_size", &|member| member.county.as_deref().and_then(county_size)),
    ];
    let known = |dimension: &Dimension| dimension.groups.iter().any(|group| group.label != "not stated");
    all.into_iter().filter(known).collect()
}

/// Members, moved, members with a case manager after, sum of their managers' loads.
type Counts = (u32, u32, u32, u64);

/// County by county, in order of codes; members whose county is unknown are left out.
#[must_use]
pub fn counties(
    roster: &Roster,
    plan: &VerifiedPlan,
    caseloads: &[Caseload],
    transfers: &[Transfer],
) -> Vec<CountyFacts> {
    let moved = moved(roster, transfers);
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for (at, member) in roster.members().iter().enumerate() {
        let Some(fips) = member.county.as_deref() else {
            continue;
        };
        let row = counts.entry(fips).or_default();
        row.0 += 1;
        row.1 += u32::from(moved[at]);
        if let Some(manager) = plan.assignment()[at] {
            row.2 += 1;
            row.3 += u64::from(caseloads[manager.at()].after);
        }
    }
    let facts = |(fips, (members, moved, placed, loads)): (&str, Counts)| CountyFacts {
        fips: fips.to_owned(),
        name: gazetteer::county(fips)
            .map_or_else(|| fips.to_owned(), |known| format!("{}, {}", known.name, known.state)),
        members,
        moved,
        average_load: if placed == 0 { 0.0 } else { loads as f64 / f64::from(placed) },
    };
    counts.into_iter().map(facts).collect()
}

fn moved(roster: &Roster, transfers: &[Transfer]) -> Vec<bool> {
    let mut moved = vec![false; roster.members().len()];
    for transfer in transfers.iter().filter(|transfer| transfer.from.is_some()) {
        moved[transfer.member.at()] = true;
    }
    moved
}

fn age_band(years: u32) -> (u8, String) {
    match years {
        ..21 => (0, "under 21".to_owned()),
        21..65 => (1, "21 to 64".to_owned()),
        _ => (2, "65 and over".to_owned()),
    }
}

/// Rural to urban by the county's population; 50,000 is where a metropolitan core begins (OMB, 2020 standards), 10,000
/// where a micropolitan one does.
fn county_size(fips: &str) -> Option<(u8, String)> {
    match gazetteer::county(fips)?.population {
        0 => None,
        1..10_000 => Some((0, "county under 10,000 people".to_owned())),
        10_000..50_000 => Some((1, "county of 10,000 to 50,000".to_owned())),
        _ => Some((2, "county of 50,000 or more".to_owned())),
    }
}
