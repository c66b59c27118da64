//! What rules count, member by member: weights, minutes, members of a category, shares of a full caseload. Certificates
//! price a unit of it; knapsacks hold a case manager's own limits of it.

use crate::ids::{ManagerIx, MemberIx};
use crate::verify::pairs::Pairs;
use crate::verify::rules::{averages, capacities, caps, mixed, ranges, spans};
use crate::verify::units::Units;

/// What a rule counts, in whole numbers of its own.
pub trait Tally: Sync {
    /// The name that certificates use.
    fn name(&self) -> &str;
    /// What a member counts with whomever: exactly, or at least where it depends on the pair.
    fn alone(&self, member: MemberIx) -> i64;
    /// What a member counts with a case manager.
    fn of(&self, member: MemberIx, _: ManagerIx) -> i64 {
        self.alone(member)
    }
    /// Does what a member counts depend on the pair?
    fn depends_on_the_pair(&self) -> bool {
        false
    }
    /// At most so much for one case manager; `None` when the rule does not bind this one by itself.
    fn limit(&self, manager: ManagerIx) -> Option<i64>;
    /// Does the lightest member say how many fit? Not where members of a household count once together.
    fn counts_members(&self) -> bool {
        true
    }
}

/// A rule whose numbers are looked up once.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Name in certificates.
    pub name: String,
    /// Member by member.
    pub uses: Vec<i64>,
    /// Manager by manager.
    pub limits: Vec<Option<i64>>,
    /// Do households count once?
    pub by_household: bool,
}

impl Tally for Counted {
    fn name(&self) -> &str {
        &self.name
    }
    fn alone(&self, member: MemberIx) -> i64 {
        self.uses[member.at()]
    }
    fn limit(&self, manager: ManagerIx) -> Option<i64> {
        self.limits.get(manager.at()).copied().flatten()
    }
    fn counts_members(&self) -> bool {
        !self.by_household
    }
}

/// The least and the most that any member of the roster counts.
#[must_use]
pub fn lightest_and_heaviest(tally: &dyn Tally, members: impl Iterator<Item = MemberIx>) -> (i64, i64) {
    let mut all: Option<(i64, i64)> = None;
    for member in members {
        let count = tally.alone(member);
        let (least, most) = all.get_or_insert((count, count));
        (*least, *most) = (count.min(*least), count.max(*most));
    }
    all.unwrap_or_default()
}

/// Every limit of single case managers that is more than a number of places, then every average and span of categories. What all
/// members count alike is in the places already ([`caps::caps`]).
#[must_use]
pub fn read<'a>(pairs: &'a Pairs<'a>, units: &Units) -> Vec<Box<dyn Tally + 'a>> {
    let (roster, rules) = (pairs.roster, pairs.rules);
    let mut all = of_members(pairs.roster, pairs.rules);
    all.extend(caps::of_households(pairs, units).into_iter().map(|counted| Box::new(counted) as Box<dyn Tally>));
    all.extend(mixed::of_households(pairs, units).into_iter().map(|counted| Box::new(counted) as Box<dyn Tally>));
    all.retain(|tally| {
        let (least, most) = lightest_and_heaviest(&**tally, roster.member_indices());
        !tally.counts_members() || tally.depends_on_the_pair() || least != most
    });
    all.extend(averages::of_categories(roster, rules).into_iter().map(|counted| Box::new(counted) as Box<dyn Tally>));
    all.extend(spans::of_categories(roster, rules).into_iter().map(|counted| Box::new(counted) as Box<dyn Tally>));
    all
}

/// Every limit of single case managers that counts members one by one.
#[must_use]
pub fn of_members<'a>(roster: &'a crate::roster::Roster, rules: &'a crate::program::Rules) -> Vec<Box<dyn Tally + 'a>> {
    let mut all: Vec<Box<dyn Tally + 'a>> = Vec::new();
    let mut add = |counted: Vec<Counted>| {
        all.extend(counted.into_iter().map(|counted| Box::new(counted) as Box<dyn Tally + 'a>));
    };
    add(caps::of_members(roster, rules));
    add(mixed::read(roster, rules));
    add(ranges::read(roster, rules));
    all.extend(capacities::read(roster, rules).into_iter().map(|weighed| Box::new(weighed) as Box<dyn Tally + 'a>));
    all
}
