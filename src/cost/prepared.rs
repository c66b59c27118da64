//! Tables made once, so that one pair's cost takes some multiplications: places as unit vectors, relationships priced,
//! who already works with which provider.

use std::collections::BTreeSet;

use crate::cost::{continuity, language, thousandths};
use crate::ids::{ManagerIx, MemberIx, ProviderIx};
use crate::program::Rules;
use crate::roster::{Code, Manager, Member, Roster};
use crate::travel::{Point, TravelTime};
use crate::units::{Cost, Seconds};

/// What the terms need to know of a member.
#[derive(Clone, Debug)]
pub struct MemberFacts {
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
    /// As long as the roster's providers.
    pub providers: Vec<Option<Point>>,
}

impl<'a> Prepared<'a> {
    /// Prepares the tables.
    #[must_use]
    pub fn new(roster: &'a Roster, rules: &'a Rules) -> Self {
        let tags = language_tags(roster);
        let tag = |code: &Code| tags.binary_search(&language::primary(code)).unwrap_or(usize::MAX) as u16;
        let member = |member: &Member| MemberFacts {
            home: member.home.map(Point::new),
            visits: thousandths(visits_per_year(rules, member)),
            keep: continuity::keep_cost(rules, member),
            interpreter: language::interpreter_cost(rules, member),
            language: tag(&member.language),
            high_need: rules.program.high_need.holds(member),
        };
        let manager = |(at, manager): (usize, &Manager)| ManagerFacts {
            base: manager.base.map(Point::new),
            languages: manager.languages.iter().map(tag).collect(),
            works_with: works_with(roster, ManagerIx::new(at)),
        };
        Self {
            roster,
            rules,
            line: rules.travel_time(),
            members: roster.members().iter().map(member).collect(),
            managers: roster.managers().iter().enumerate().map(manager).collect(),
            providers: roster.providers().iter().map(|provider| provider.place.map(Point::new)).collect(),
        }
    }

    /// One-way trip from a manager's base to a member's home, when both places are known.
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
