//! Staffing first: what no reassignment can change, rule by rule, before anything is planned. Each need says what all
//! members come to, what all case managers may have, and what closes the difference: people, dates, or another limit.
//!
//! Every number here is a bound, never a guess: whoever is assigned to whom, at least so much is missing. That more may
//! be missing once all rules hold at once is for the solver to say.

pub mod changes;
pub mod dates;
pub mod places;
pub mod teams;
pub mod totals;

use chrono::NaiveDate;
use serde::Serialize;

use crate::cost::Prepared;
use crate::ids::MemberIx;
use crate::program::Rules;
use crate::roster::Roster;
use crate::verify::field::Field;
use crate::verify::pairs::Pairs;
use crate::verify::units::Units;
use crate::verify::{Assessment, Unplaced};

/// What one rule asks for that no reassignment gives.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Need {
    /// The rule's name in the program, or the criterion's.
    pub rule: String,
    /// What all members come to.
    pub needed: f64,
    /// What there is.
    pub have: f64,
    /// Missing; 0 when there is enough.
    pub missing: f64,
    /// Full-time case managers who close it; 0 where hiring does not help.
    pub hire: u32,
    /// Supervisors who close it.
    pub supervisors: u32,
    /// The day by which, when something is missing.
    pub by: Option<NaiveDate>,
    /// Only measured and priced: nothing has to be done.
    pub soft: bool,
    /// All of it in a sentence: ids, never names.
    pub sentence: String,
}

impl Need {
    /// Is something missing that has to be there?
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.missing > 0.0 && !self.soft
    }
}

/// What the needs are computed from.
pub struct Ground<'a> {
    /// Roster, rules, and which pairs they allow.
    pub pairs: &'a Pairs<'a>,
    /// Who belongs together.
    pub units: &'a Units,
    /// Members, at most, manager by manager.
    pub caps: &'a [u32],
    /// Members nobody may take, in order.
    pub unplaced: &'a [Unplaced],
}

impl Ground<'_> {
    /// The roster.
    #[must_use]
    pub fn roster(&self) -> &Roster {
        self.pairs.roster
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        self.pairs.rules
    }

    /// Why nobody may take a member; `None` when somebody may.
    #[must_use]
    pub fn unplaced(&self, member: MemberIx) -> Option<&Unplaced> {
        self.unplaced.binary_search_by_key(&member, |one| one.member).ok().map(|at| &self.unplaced[at])
    }

    /// `1 case manager` or `3 case managers`, in the program's words.
    #[must_use]
    pub fn people(&self, count: u64) -> String {
        let words = &self.rules().program.words;
        counted(count, &words.case_manager, &words.case_managers)
    }

    /// `1 member` or `3 members`, in the program's words.
    #[must_use]
    pub fn members(&self, count: u64) -> String {
        let words = &self.rules().program.words;
        counted(count, &words.member, &words.members)
    }
}

/// A number with the word for one or for several.
#[must_use]
pub fn counted(count: u64, one: &str, several: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {several}") }
}

/// Up to two decimals, none when whole.
#[must_use]
pub fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Every need, in the order of the rules: those of the program that count, then of who may serve whom, then of changes.
/// A rule of the program has its row even when there is enough; criteria and limits on changes only when there is not.
#[must_use]
pub fn needs(roster: &Roster, rules: &Rules, present: &Assessment) -> Vec<Need> {
    let pairs = Pairs::read(roster, rules);
    let prepared = Prepared::new(roster, rules);
    let units = Units::read(&pairs, &Field::read(&pairs, &prepared), &prepared);
    // Where the settings allow that, the list has members too whom somebody may take.
    let unplaced: Vec<Unplaced> = present.unplaced.iter().filter(|one| !one.placeable).cloned().collect();
    let ground = Ground { pairs: &pairs, units: &units, caps: &present.caps, unplaced: &unplaced };
    let mut needs = totals::needs(&ground);
    needs.extend(teams::needs(&ground));
    needs.extend(places::needs(&ground));
    needs.extend(changes::needs(&ground));
    needs
}
