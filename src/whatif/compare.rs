//! Plans side by side: the same measures for each, what differs in words, and which plan another beats in everything.

use serde::Serialize;

use crate::cost::{Assignment, balance, travel};
use crate::ids::ManagerIx;
use crate::program::Rules;
use crate::roster::Roster;
use crate::units::Cost;
use crate::verify::assess;

/// What a plan is judged by next to others; all but the first field are better when smaller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measures {
    /// Relationships of today that go on.
    pub kept: usize,
    /// Members who change case manager.
    pub moved: usize,
    /// Of them high-need.
    pub high_need_moved: usize,
    /// Driving to homes, seconds a year.
    pub driving_seconds: i64,
    /// Loads above the target, seconds a year.
    pub balance_seconds: i64,
    /// The greatest load.
    pub greatest_load: u32,
    /// Rules not met and members without a case manager.
    pub unmet: usize,
    /// All terms at the rates given, seconds a year.
    pub cost_seconds: i64,
}

impl Measures {
    /// Measures an assignment at these rates.
    #[must_use]
    pub fn of(roster: &Roster, rules: &Rules, assignment: &Assignment) -> Self {
        let judged = assess(roster, rules, assignment);
        let unmet = judged.outcomes.iter().filter(|outcome| !outcome.holds()).count() + judged.unplaced.len();
        let (cost, broken) = (judged.terms.total(), judged.violations.len());
        Self {
            unmet: unmet + broken,
            cost_seconds: cost.0,
            ..Self::without_rules(roster, rules, &judged.caps, assignment)
        }
    }

    /// The same for a plan that is judged already: `unmet` and `cost_seconds` are left at 0.
    #[must_use]
    pub fn without_rules(roster: &Roster, rules: &Rules, caps: &[u32], assignment: &Assignment) -> Self {
        let mut loads = vec![0_u32; roster.managers().len()];
        let (mut kept, mut moved, mut high, mut driving) = (0, 0, 0, 0);
        for (member, &manager) in roster.member_indices().zip(assignment) {
            let about = roster.member(member);
            let Some(manager) = manager else { continue };
            loads[manager.at()] += 1;
            driving += travel::driving(roster, rules, member, manager).0;
            match about.manager {
                Some(present) if present == manager => kept += 1,
                Some(_) => {
                    moved += 1;
                    high += usize::from(rules.program.high_need.holds(about));
                }
                None => {}
            }
        }
        Self {
            kept,
            moved,
            high_need_moved: high,
            driving_seconds: driving,
            balance_seconds: balance::score(rules, caps, assignment).0,
            greatest_load: loads.into_iter().max().unwrap_or(0),
            unmet: 0,
            cost_seconds: 0,
        }
    }

    /// At most as bad as the other in everything that people ask about, and better in something.
    #[must_use]
    pub fn dominates(&self, other: &Self) -> bool {
        let (own, theirs) = (self.asked(), other.asked());
        own.iter().zip(&theirs).all(|(own, theirs)| own <= theirs) && own != theirs
    }

    /// Moves, high-need moves, driving, balance, unmet rules.
    fn asked(&self) -> [i64; 5] {
        let counts = [self.moved as i64, self.high_need_moved as i64];
        [counts[0], counts[1], self.driving_seconds, self.balance_seconds, self.unmet as i64]
    }
}

/// A plan among others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// As it was named.
    pub plan: String,
    /// Measured at the first plan's rates.
    pub measures: Measures,
    /// A plan that is as good in everything and better in something.
    pub dominated_by: Option<String>,
    /// Members who are with somebody else than in the first plan.
    pub differs: usize,
    /// Against the first plan, in words.
    pub differences: Vec<String>,
}

/// Compares plans; the first is what the others are held against.
#[must_use]
pub fn compare(roster: &Roster, rules: &Rules, plans: &[(String, Vec<Option<ManagerIx>>)]) -> Vec<Side> {
    let measured: Vec<Measures> = plans.iter().map(|(_, plan)| Measures::of(roster, rules, plan)).collect();
    let side = |(at, (name, plan)): (usize, &(String, Vec<Option<ManagerIx>>))| {
        let better = measured.iter().position(|other| other.dominates(&measured[at]));
        let differs = plan.iter().zip(&plans[0].1).filter(|(own, first)| own != first).count();
        let differences = if at == 0 { Vec::new() } else { differences(&measured[0], &measured[at], differs) };
        Side {
            plan: name.clone(),
            measures: measured[at].clone(),
            dominated_by: better.map(|better| plans[better].0.clone()),
            differs,
            differences,
        }
    };
    plans.iter().enumerate().map(side).collect()
}

fn differences(first: &Measures, other: &Measures, differs: usize) -> Vec<String> {
    let count = |before: usize, after: usize, what: &str| match after as i64 - before as i64 {
        0 => None,
        more => Some(format!("{} {} {what}", more.abs(), if more > 0 { "more" } else { "fewer" })),
    };
    let time = |before: i64, after: i64, what: &str| match Cost(after - before) {
        Cost::ZERO => None,
        more if more > Cost::ZERO => Some(format!("{more} a year more {what}")),
        less => Some(format!("{} a year less {what}", -less)),
    };
    let mut all = vec![format!("{differs} members are with somebody else than in the first plan")];
    all.extend(
        [
            count(first.moved, other.moved, "members moved"),
            count(first.high_need_moved, other.high_need_moved, "high-need members moved"),
            count(first.kept, other.kept, "relationships kept"),
            time(first.driving_seconds, other.driving_seconds, "driving"),
            time(first.balance_seconds, other.balance_seconds, "for loads above the target"),
            count(first.unmet, other.unmet, "rules or members unmet"),
            time(first.cost_seconds, other.cost_seconds, "of all together"),
        ]
        .into_iter()
        .flatten(),
    );
    all
}
