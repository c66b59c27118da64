//! One file a rule: how the verifier reads it, and how a plan stands against it. Each rule the solver writes as rows or
//! columns has its twin here, written from the program's text a second time.
//!
//! Rules of pairs (who may be with whom) say which pairs they bar; [`crate::verify::pairs`] asks them in order. Rules
//! of the whole plan measure it. Both end as rows of `compliance.csv` and as violations.

pub mod accepts_new;
pub mod at_work;
pub mod averages;
pub mod blackout;
pub mod capacities;
pub mod caps;
pub mod coverage;
pub mod decisions;
pub mod discharge;
pub mod distance;
pub mod duplication;
pub mod fairness;
pub mod households;
pub mod language;
pub mod minimum_use;
pub mod mixed;
pub mod moved_again;
pub mod moves;
pub mod must_keep;
pub mod program;
pub mod qualification;
pub mod ranges;
pub mod receive;
pub mod spans;

use crate::ids::{ManagerIx, MemberIx};
use crate::verify::RuleOutcome;
use crate::verify::pairs::{Obstacle, Pairs};
use crate::verify::units::Units;
use crate::verify::violation::Violation;

/// Scope of rules that hold over the whole roster.
pub const STATEWIDE: &str = "statewide";

/// Who is with whom at one point in time, with what follows from it.
#[derive(Clone, Debug)]
pub struct State {
    /// Member by member; `None` = nobody.
    pub assignment: Vec<Option<ManagerIx>>,
    /// Manager by manager: number of members.
    pub loads: Vec<u32>,
    /// Member by member: why the pair is not allowed.
    pub obstacles: Vec<Option<Obstacle>>,
}

impl State {
    /// Counts an assignment that is as long as the roster's members.
    #[must_use]
    pub fn of(pairs: &Pairs<'_>, assignment: Vec<Option<ManagerIx>>) -> Self {
        let mut loads = vec![0; pairs.roster.managers().len()];
        for manager in assignment.iter().flatten() {
            loads[manager.at()] += 1;
        }
        let obstacle = |(at, manager): (usize, &Option<ManagerIx>)| {
            manager.and_then(|manager| pairs.obstacle(MemberIx::new(at), manager))
        };
        let obstacles = assignment.iter().enumerate().map(obstacle).collect();
        Self { assignment, loads, obstacles }
    }

    /// Members who have a manager, with the manager.
    pub fn pairs(&self) -> impl Iterator<Item = (MemberIx, ManagerIx)> + '_ {
        self.assignment.iter().enumerate().filter_map(|(at, manager)| Some((MemberIx::new(at), (*manager)?)))
    }

    /// Pairs that fail first by this obstacle.
    pub fn barred(&self, by: Obstacle) -> impl Iterator<Item = (MemberIx, ManagerIx)> + '_ {
        self.pairs().filter(move |(member, _)| self.obstacles[member.at()] == Some(by))
    }
}

/// What a rule gets to see.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Roster, rules and which pairs they allow.
    pub pairs: &'a Pairs<'a>,
    /// Who belongs together.
    pub units: &'a Units,
    /// Manager by manager: members, at most.
    pub caps: &'a [u32],
    /// At present.
    pub before: &'a State,
    /// After the plan.
    pub after: &'a State,
}

impl Case<'_> {
    /// A member's id.
    #[must_use]
    pub fn member_id(&self, member: MemberIx) -> &str {
        &self.pairs.roster.member(member).id
    }

    /// A case manager's id.
    #[must_use]
    pub fn manager_id(&self, manager: ManagerIx) -> &str {
        &self.pairs.roster.manager(manager).id
    }
}

/// What a rule found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Rows of the compliance table; none for a rule the program does not have.
    pub outcomes: Vec<RuleOutcome>,
    /// What breaks the rule.
    pub violations: Vec<Violation>,
}

/// A rule: judges a plan.
pub type Judge = fn(&Case<'_>) -> Findings;

/// Every rule, in the order of the compliance table: the program's limits first, then what is built in.
/// A test holds this list to the files of the folder.
pub const ALL: [(&str, Judge); 24] = [
    ("caps", caps::judge),
    ("capacities", capacities::judge),
    ("mixed", mixed::judge),
    ("ranges", ranges::judge),
    ("averages", averages::judge),
    ("minimum_use", minimum_use::judge),
    ("spans", spans::judge),
    ("coverage", coverage::judge),
    ("at_work", at_work::judge),
    ("decisions", decisions::judge),
    ("households", households::judge),
    ("must_keep", must_keep::judge),
    ("blackout", blackout::judge),
    ("moved_again", moved_again::judge),
    ("accepts_new", accepts_new::judge),
    ("language", language::judge),
    ("program", program::judge),
    ("qualification", qualification::judge),
    ("distance", distance::judge),
    ("duplication", duplication::judge),
    ("discharge", discharge::judge),
    ("receive", receive::judge),
    ("moves", moves::judge),
    ("fairness", fairness::judge),
];

/// A row for a rule that nothing may break: how often it is broken before and after, of 0 allowed.
#[must_use]
pub fn none_allowed(rule: &str, before: usize, after: usize, how: &str, citation: &str) -> RuleOutcome {
    RuleOutcome {
        rule: rule.to_owned(),
        scope: STATEWIDE.to_owned(),
        limit: 0.0,
        before: before as f64,
        after: after as f64,
        met: after == 0,
        changeable: true,
        soft: false,
        how: how.to_owned(),
        citation: citation.to_owned(),
    }
}

/// Judges a criterion of pairs: its row and a violation for every pair that fails it first.
#[must_use]
pub fn criterion(case: &Case<'_>, by: Obstacle, rule: &str, how: &str, citation: &str, what: &str) -> Findings {
    let count = |state: &State| state.barred(by).count();
    let violation = |(member, manager): (MemberIx, ManagerIx)| {
        let (who, whom) = (case.member_id(member), case.manager_id(manager));
        let code = case.pairs.code(by, member, manager);
        Violation::new(code, format!("member {who} is with case manager {whom}, {what}"))
            .member(member)
            .manager(manager)
    };
    Findings {
        outcomes: vec![none_allowed(rule, count(case.before), count(case.after), how, citation)],
        violations: case.after.barred(by).map(violation).collect(),
    }
}
