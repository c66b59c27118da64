//! Interpreters for contacts in a language the case manager does not speak.

use crate::cost::{Assignment, Prepared, pairs, thousandths};
use crate::ids::{ManagerIx, MemberIx};
use crate::program::{LanguageRule, Rules, Weights};
pub use crate::roster::primary;
use crate::roster::{Manager, Member, Roster};
use crate::units::Cost;

/// For the solver.
#[inline]
#[must_use]
pub fn arc(prepared: &Prepared<'_>, member: MemberIx, manager: ManagerIx) -> Cost {
    let facts = &prepared.members[member.at()];
    if prepared.managers[manager.at()].languages.contains(&facts.language) { Cost::ZERO } else { facts.interpreter }
}

/// For the verifier.
#[must_use]
pub fn score(roster: &Roster, rules: &Rules, assignment: &Assignment) -> Cost {
    pairs(assignment)
        .filter(|&(member, manager)| !speaks(roster.manager(manager), roster.member(member)))
        .map(|(member, _)| interpreter_cost(rules, roster.member(member)))
        .sum()
}

/// Does the manager speak the member's language? Compared by primary subtag: `es-MX` and `es` agree.
#[must_use]
pub fn speaks(manager: &Manager, member: &Member) -> bool {
    let wanted = primary(&member.language);
    manager.languages.iter().any(|language| primary(language) == wanted)
}

/// Weighted cost of a year of interpreted contacts; 0 unless the program's rule is `interpreter`.
#[must_use]
pub fn interpreter_cost(rules: &Rules, member: &Member) -> Cost {
    if rules.program.eligibility.language.rule != LanguageRule::Interpreter {
        return Cost::ZERO;
    }
    let a_month = member.contacts_per_month.unwrap_or(rules.program.defaults.contacts_per_month.of(member.need));
    let minutes = i64::from(rules.program.rates.interpreter_minutes_per_contact);
    Weights::apply(rules.weights.language, Cost((thousandths(a_month * 12.0) * minutes * 60 + 500) / 1000))
}
