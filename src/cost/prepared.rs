//! Tables made once, so that one pair's cost takes some multiplications: places as unit vectors, relationships priced,
//! who already works with which provider.

use std::collections::BTreeSet;

use crate::cost::{continuity, language, providers, thousandths};
use crate::ids::{ManagerIx, MemberIx, ProviderIx};
use crate::program::Rules;
use crate::roster::{Code, Manager, Member, Roster};
use crate::travel::{Point, TravelTime};
use crate::units::{Cost, Seconds};

/// What the terms need to know of a member.
#[derive(Clone, Debug)]
pub struct MemberFacts {
    /// The present case manager.
    pub present: Option<ManagerIx>,
    /// Home.
    pub home: Option<Point>,
    /// Visits a year, in thousandths.
    pub visits: i64,
    /// Cost of ending the present relationship, weighted; 0 without one.
    pub keep: Cost,
    /// Cost of an interpreter for a year, weighted.
    pub interpreter: Cost,
    /// Index of the language's primary subtag in [`Prepared`]'s list.
    pub language: u16,
    /// Does the providers' term count?
    pub high_need: bool,
    /// Index of the county in a list of all, [`NONE`] when unknown.
    pub county: u16,
    /// Team of the present case manager, [`NONE_TEAM`] without one.
    pub team: u32,
    /// Where the meetings with routine providers stand in [`Prepared::meetings`]; empty unless `high_need`.
    pub meetings: (u32, u32),
}

/// No county.
pub const NONE: u16 = u16::MAX;
/// No team.
pub const NONE_TEAM: u32 = u32::MAX;

/// Meetings of a member's case manager with one provider.
#[derive(Clone, Copy, Debug)]
pub struct Meeting {
    /// With whom.
    pub provider: ProviderIx,
    /// Where.
    pub place: Point,
    /// How many a year, in thousandths.
    pub a_year: i64,
}

/// What the terms need to know of a case manager.
#[derive(Clone, Debug)]
pub struct ManagerFacts {
    /// Where trips start.
    pub base: Option<Point>,
    /// Languages, as indices.
    pub languages: Vec<u16>,
    /// Providers of the present caseload and with how many of its members each works, sorted by provider.
    pub works_with: Vec<(ProviderIx, u32)>,
    /// One bit for every provider in `works_with`, several providers sharing one: most are ruled out by it.
    pub works_with_marks: u64,
    /// The territory, as indices of counties, sorted; empty = everywhere.
    pub counties: Vec<u16>,
    /// Team, [`NONE_TEAM`] without one.
    pub team: u32,
}

/// Roster and rules with the tables the terms use.
#[derive(Clone, Debug)]
pub struct Prepared<'a> {
    /// The roster.
    pub roster: &'a Roster,
    /// The rules.
    pub rules: &'a Rules,
    /// Driving times.
    pub line: TravelTime,
    /// As long as the roster's members.
    pub members: Vec<MemberFacts>,
    /// As long as the roster's managers.
    pub managers: Vec<ManagerFacts>,
    /// Of all high-need members whose providers' places are known.
    pub meetings: Vec<Meeting>,
}

impl<'a> Prepared<'a> {
    /// Prepares the tables.
    #[must_use]
    pub fn new(roster: &'a Roster, rules: &'a Rules) -> Self {
        let tags = language_tags(roster);
        let tag = |code: &Code| tags.binary_search(&language::primary(code)).unwrap_or(usize::MAX) as u16;
        let counties = counties(roster);
        let county = |code: &Code| counties.binary_search(&code).map_or(NONE, |at| at as u16);
        let team_of = |manager: &Manager| manager.team.map_or(NONE_TEAM, |team| team.0);
        let mut meetings = Vec::new();
        let member = |(at, member): (usize, &Member)| {
            let high_need = rules.program.high_need.holds(member);
            let first = meetings.len() as u32;
            if high_need {
                meetings.extend(providers::meetings_of(roster, rules, MemberIx::new(at)));
            }
            MemberFacts {
                present: member.manager,
                home: member.home.map(Point::new),
                visits: thousandths(visits_per_year(rules, member)),
                keep: continuity::keep_cost(rules, member),
                interpreter: language::interpreter_cost(rules, member),
                language: tag(&member.language),
                high_need,
                county: member.county.as_ref().map_or(NONE, county),
                team: member.manager.map_or(NONE_TEAM, |present| team_of(roster.manager(present))),
                meetings: (first, meetings.len() as u32),
            }
        };
        let members = roster.members().iter().enumerate().map(member).collect();
        let manager = |(at, manager): (usize, &Manager)| {
            let mut territory: Vec<u16> = manager.counties.iter().map(county).collect();
            territory.sort_unstable();
            let works_with = works_with(roster, ManagerIx::new(at));
            ManagerFacts {
                base: manager.base.map(Point::new),
                languages: manager.languages.iter().map(tag).collect(),
                works_with_marks: works_with.iter().fold(0, |marks, &(provider, _)| marks | provider_mark(provider)),
                works_with,
                counties: territory,
                team: team_of(manager),
            }
        };
        let managers = roster.managers().iter().enumerate().map(manager).collect();
        Self { roster, rules, line: rules.travel_time(), members, managers, meetings }
    }

    /// A member's meetings with routine providers.
    #[inline]
    #[must_use]
    pub fn meetings_of(&self, member: MemberIx) -> &[Meeting] {
        let (from, to) = self.members[member.at()].meetings;
        &self.meetings[from as usize..to as usize]
    }

    /// One-way trip from a manager's base to a member's home, when both places are known.
    #[inline]
    #[must_use]
    pub fn trip(&self, member: MemberIx, manager: ManagerIx) -> Option<Seconds> {
        let (home, base) = (self.members[member.at()].home?, self.managers[manager.at()].base?);
        Some(self.line.between(base, home))
    }
}

/// Visits a year: the roster's, else the program's for the member's need.
#[must_use]
pub fn visits_per_year(rules: &Rules, member: &Member) -> f64 {
    member.visits_per_year.unwrap_or_else(|| rules.program.defaults.visits_per_year.of(member.need))
}

/// The bit a provider has in [`ManagerFacts::works_with_marks`].
#[inline]
#[must_use]
pub const fn provider_mark(provider: ProviderIx) -> u64 {
    1 << (provider.0 % 64)
}

/// All counties of the roster, sorted.
fn counties(roster: &Roster) -> Vec<&Code> {
    let members = roster.members().iter().filter_map(|member| member.county.as_ref());
    let all: BTreeSet<&Code> = members.chain(roster.managers().iter().flat_map(|manager| &manager.counties)).collect();
    all.into_iter().collect()
}

/// All primary language subtags of the roster, sorted.
fn language_tags(roster: &Roster) -> Vec<String> {
    let members = roster.members().iter().map(|member| &member.language);
    let managers = roster.managers().iter().flat_map(|manager| &manager.languages);
    let tags: BTreeSet<String> = members.chain(managers).map(|code| language::primary(code)).collect();
    tags.into_iter().collect()
}

/// Providers of a manager's present caseload with the number of members each works with.
fn works_with(roster: &Roster, manager: ManagerIx) -> Vec<(ProviderIx, u32)> {
    let mut all: Vec<ProviderIx> = Vec::new();
    for &member in roster.present_caseload(manager) {
        all.extend(roster.services_of(member).iter().map(|service| service.provider));
    }
    all.sort_unstable();
    let mut counted: Vec<(ProviderIx, u32)> = Vec::new();
    for provider in all {
        match counted.last_mut() {
            Some((last, count)) if *last == provider => *count += 1,
            _ => counted.push((provider, 1)),
        }
    }
    counted
}
