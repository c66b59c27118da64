//! What a plan costs, in seconds of staff time a year: one file a term.
//!
//! Each term is written twice. `arc` gives the solver the cost of one pair from tables prepared once; `score` judges a
//! finished plan straight from the roster, for the verifier. A property test holds the two equal. Costs are rounded
//! to whole seconds per pair and term, so that sums are exact in any order.

pub mod balance;
pub mod continuity;
pub mod floor;
pub mod language;
pub mod prepared;
pub mod providers;
pub mod team;
pub mod travel;
pub mod unserved;

use serde::Serialize;

use crate::ids::{ManagerIx, MemberIx};
use crate::program::Rules;
use crate::roster::{Manager, Roster};
use crate::units::Cost;

pub use prepared::Prepared;

/// Who is with whom: for every member of the roster its case manager, `None` = nobody.
pub type Assignment = [Option<ManagerIx>];

/// The cost terms, in the order they are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Term {
    /// Driving to members' homes.
    Travel,
    /// Relationships ended.
    Continuity,
    /// Meetings with members' providers.
    Providers,
    /// Interpreters.
    Language,
    /// Teams and territories crossed.
    Team,
    /// Loads above the target.
    Balance,
    /// Loads below the floor of a range.
    Floor,
    /// Members left without a case manager.
    Unserved,
}

impl Term {
    /// Every term. A test holds this list to the files of the folder.
    pub const ALL: [Self; 8] = [
        Self::Travel,
        Self::Continuity,
        Self::Providers,
        Self::Language,
        Self::Team,
        Self::Balance,
        Self::Floor,
        Self::Unserved,
    ];

    /// The word used in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Travel => "travel",
            Self::Continuity => "continuity",
            Self::Providers => "providers",
            Self::Language => "language",
            Self::Team => "team",
            Self::Balance => "balance",
            Self::Floor => "floor",
            Self::Unserved => "unserved",
        }
    }

    /// What it counts, for reports.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Travel => "driving to members' homes",
            Self::Continuity => "relationships ended",
            Self::Providers => "meetings with members' providers",
            Self::Language => "interpreters",
            Self::Team => "teams and territories crossed",
            Self::Balance => "loads above the target",
            Self::Floor => "loads below the floor",
            Self::Unserved => "members left without a case manager",
        }
    }
}

/// A cost split by term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Terms([Cost; Term::ALL.len()]);

impl Terms {
    /// The part of one term.
    #[must_use]
    pub const fn of(&self, term: Term) -> Cost {
        self.0[term as usize]
    }

    /// Sets the part of one term.
    pub const fn set(&mut self, term: Term, cost: Cost) {
        self.0[term as usize] = cost;
    }

    /// All terms together.
    #[must_use]
    pub fn total(&self) -> Cost {
        self.0.iter().copied().sum()
    }

    /// Term and cost, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Term, Cost)> + '_ {
        Term::ALL.into_iter().map(|term| (term, self.of(term)))
    }
}

/// The terms of the pair (member, manager), for the solver: everything but balance, floor and unserved.
#[must_use]
pub fn arc_terms(prepared: &Prepared<'_>, member: MemberIx, manager: ManagerIx) -> Terms {
    let mut terms = Terms::default();
    terms.set(Term::Travel, travel::arc(prepared, member, manager));
    terms.set(Term::Continuity, continuity::arc(prepared, member, manager));
    terms.set(Term::Providers, providers::arc(prepared, member, manager));
    terms.set(Term::Language, language::arc(prepared, member, manager));
    terms.set(Term::Team, team::arc(prepared, member, manager));
    terms
}

/// The cost of the pair (member, manager), for the solver.
#[must_use]
#[inline]
pub fn arc(prepared: &Prepared<'_>, member: MemberIx, manager: ManagerIx) -> Cost {
    travel::arc(prepared, member, manager)
        + continuity::arc(prepared, member, manager)
        + providers::arc(prepared, member, manager)
        + language::arc(prepared, member, manager)
        + team::arc(prepared, member, manager)
}

/// What the 1st, 2nd, ... place of a case manager costs, for the solver: balance and floor, each place [`floor::lift`] more,
/// so that none costs less than nothing. Never falls.
#[must_use]
pub fn places(rules: &Rules, manager: &Manager, cap: u32) -> Vec<Cost> {
    let lift = floor::lift(rules);
    let balance = balance::places(rules, cap);
    if lift == Cost::ZERO {
        return balance;
    }
    balance.into_iter().zip(floor::places(rules, manager, cap)).map(|(above, below)| above + below + lift).collect()
}

/// What a whole plan costs, term by term, straight from the roster. `caps[j]` is the number of members manager j may
/// have, as the caller reads the rules.
#[must_use]
pub fn score(roster: &Roster, rules: &Rules, caps: &[u32], assignment: &Assignment) -> Terms {
    let mut terms = Terms::default();
    terms.set(Term::Travel, travel::score(roster, rules, assignment));
    terms.set(Term::Continuity, continuity::score(roster, rules, assignment));
    terms.set(Term::Providers, providers::score(roster, rules, assignment));
    terms.set(Term::Language, language::score(roster, rules, assignment));
    terms.set(Term::Team, team::score(roster, rules, assignment));
    terms.set(Term::Balance, balance::score(rules, caps, assignment));
    terms.set(Term::Floor, floor::score(roster, rules, assignment));
    terms.set(Term::Unserved, unserved::score(rules, assignment));
    terms
}

/// Pairs of a plan: the members who have a case manager in it.
pub(crate) fn pairs(assignment: &Assignment) -> impl Iterator<Item = (MemberIx, ManagerIx)> + '_ {
    assignment.iter().enumerate().filter_map(|(at, manager)| manager.map(|manager| (MemberIx::new(at), manager)))
}

/// A rate a month, a year or a visit as whole thousandths, so that products stay integers.
pub(crate) fn thousandths(value: f64) -> i64 {
    (value * 1000.0).round() as i64
}
