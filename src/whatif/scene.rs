//! A solved roster as questions are asked about it: a verified plan, unit by unit, with the warm state behind it.
//!
//! What a forced choice costs is the cost of the best plan that has it, less the cost of the plan in hand. Where limits
//! form a tree the warm state gives it: pin, re-solve along shortest paths, branch where a household would be parted.
//! Elsewhere the problem is solved again with that pair alone open, under a limit, and bound and plan say how far the
//! answer is proven.

use rayon::prelude::*;

use crate::ids::{ManagerIx, MemberIx};
use crate::model::decode;
use crate::model::problem::{NOT_ALLOWED, Problem};
use crate::model::{Model, rows::RowName};
use crate::solve::network::{self, Change, Neighbour, Warm};
use crate::solve::{Control, EngineError, Status, portfolio};
use crate::units::Cost;
use crate::whatif::restricted::restricted;
use crate::whatif::solving::limited;

/// Branching nodes for one question: more than households of a real roster take, few enough to answer at once.
const NODES: u64 = 4096;
/// Branching nodes for one of many questions.
pub const NODES_EACH: u64 = 256;
/// Steps of other engines for one question.
const STEPS: u64 = 400;
/// Pairs up to which a problem is small, and the steps of one: enough to search it to its end.
const FEW_PAIRS: usize = 1 << 10;
const STEPS_OF_FEW: u64 = 100_000;

/// The best plan with a forced choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forced {
    /// The manager the unit is forced to.
    pub manager: ManagerIx,
    /// What the plan found costs more than the one in hand (seconds a year); `None`: none was found.
    pub extra: Option<Cost>,
    /// No plan with the choice costs less more than this.
    pub least: Cost,
    /// The plan found, unit by unit.
    pub plan: Vec<Option<u32>>,
}

impl Forced {
    /// Is the figure proven?
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.extra == Some(self.least)
    }
}

/// What a change is worth: between `least` and `most` seconds a year, proven when they are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Worth {
    /// A plan that saves so much was found.
    #[serde(rename = "at_least_seconds")]
    pub least: Cost,
    /// No plan saves more.
    #[serde(rename = "at_most_seconds")]
    pub most: Cost,
}

impl Worth {
    /// Is the figure proven?
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.least == self.most
    }

    /// What is left of it when the change itself costs something.
    #[must_use]
    pub fn less(self, cost: Cost) -> Self {
        Self { least: (self.least - cost).max(Cost::ZERO), most: (self.most - cost).max(Cost::ZERO) }
    }

    /// In words: `3 h 20 min`, or how far it is known.
    #[must_use]
    pub fn words(self) -> String {
        if self.is_exact() {
            self.most.to_string()
        } else {
            format!("between {} and {} (not proven)", self.least, self.most)
        }
    }
}

/// A plan with what is needed to ask about it.
pub struct Scene<'a> {
    /// The model.
    pub model: &'a Model<'a>,
    /// Its problem.
    pub problem: &'a Problem<'a>,
    /// The plan, unit by unit.
    pub plan: Vec<Option<u32>>,
    /// What it costs, without members nobody may take.
    pub cost: i64,
    /// The solved relaxation, where limits form a tree.
    pub warm: Option<Warm>,
    /// What the solved problem tells similar ones.
    pub near: Option<Neighbour>,
}

impl<'a> Scene<'a> {
    /// From a judged assignment and its cost.
    ///
    /// # Errors
    /// An engine broke.
    pub fn new(
        model: &'a Model<'a>,
        problem: &'a Problem<'a>,
        assignment: &[Option<ManagerIx>],
        cost: Cost,
        control: Control<'_>,
    ) -> Result<Self, EngineError> {
        let of =
            |unit: &Vec<MemberIx>| unit.first().and_then(|member| assignment[member.at()]).map(|manager| manager.0);
        let plan: Vec<Option<u32>> = model.units.iter().map(of).collect();
        let (warm, near) = warm(problem, &plan, control)?;
        Ok(Self { model, problem, plan, cost: (cost - model.fixed_cost()).0, warm, near })
    }

    /// The unit of a member; `None` for one whom nobody may take.
    #[must_use]
    pub fn unit_of(&self, member: MemberIx) -> Option<usize> {
        self.model.units.iter().position(|unit| unit.contains(&member))
    }

    /// The best plan with the unit at the manager.
    ///
    /// # Errors
    /// An engine broke.
    pub fn forced(&self, unit: usize, manager: usize, control: Control<'_>) -> Result<Option<Forced>, EngineError> {
        if self.problem.arcs.cost(unit, manager) == NOT_ALLOWED {
            return Ok(None);
        }
        let found = |cost: Option<i64>, bound: i64, plan| Forced {
            manager: ManagerIx::new(manager),
            extra: cost.map(|cost| Cost(cost - self.cost)),
            least: Cost(bound - self.cost),
            plan,
        };
        if let Some(warm) = &self.warm {
            let mut warm = warm.clone();
            if warm.apply(&Change::Pin { unit, manager }).is_err() || warm.short().is_some() {
                return Ok(None);
            }
            let together = warm.together(self.problem, None, limited(control, NODES));
            return Ok(match together.best {
                Some((cost, plan)) => Some(found(Some(cost), together.bound, plan)),
                None if together.exact => None,
                None => Some(found(None, together.bound, Vec::new())),
            });
        }
        if self.problem.unserved.is_some() {
            // Being unserved cannot be closed to one unit alone: it is placed, and the others are solved around it.
            let around = self.around(unit, manager, control)?;
            return Ok(around.map(|(cost, bound, plan)| found(cost, bound, plan)));
        }
        let all: Vec<usize> = (0..self.problem.units.len()).collect();
        let open = Box::new(move |one: usize, whom: usize| one != unit || whom == manager);
        let pinned = restricted(self.problem, all, &[], open);
        let outcome = portfolio::solve(&pinned, "auto", self.patient(control))?;
        Ok(match (outcome.status, outcome.plan) {
            (Status::Infeasible, _) => None,
            (_, Some(plan)) => Some(found(Some(outcome.cost), outcome.bound, plan)),
            (_, None) => Some(found(None, outcome.bound, Vec::new())),
        })
    }

    /// As many steps as one question may take.
    fn patient<'c>(&self, control: Control<'c>) -> Control<'c> {
        let pairs = self.problem.units.len().saturating_mul(self.problem.managers());
        limited(control, if pairs <= FEW_PAIRS { STEPS_OF_FEW } else { STEPS })
    }

    /// Cost (when a plan was found), bound and plan of everybody else with the unit at the manager; `None`: there is no such
    /// plan.
    fn around(&self, unit: usize, manager: usize, control: Control<'_>) -> Result<Option<Around>, EngineError> {
        let problem = self.problem;
        let (own, size) = (&problem.units[unit], problem.units[unit].size as usize);
        let fits = problem.rows.iter().all(|row| row.usage(unit, own, manager) <= row.limit);
        if problem.places[manager].len() < size || !fits {
            return Ok(None);
        }
        let fixed = problem.arcs.cost(unit, manager) + problem.places[manager][..size].iter().sum::<i64>();
        let mut placed = vec![None; problem.units.len()];
        placed[unit] = Some(manager as u32);
        let others: Vec<usize> = (0..problem.units.len()).filter(|&other| other != unit).collect();
        if others.is_empty() {
            return Ok(Some((Some(fixed), fixed, placed)));
        }
        let small = restricted(problem, others.clone(), &placed, Box::new(|_, _| true));
        let outcome = portfolio::solve(&small, "auto", self.patient(control))?;
        Ok(match (outcome.status, outcome.plan) {
            (Status::Infeasible, _) => None,
            (_, Some(plan)) => {
                others.iter().zip(plan).for_each(|(&other, choice)| placed[other] = choice);
                Some((Some(outcome.cost + fixed), outcome.bound + fixed, placed))
            }
            (_, None) => Some((None, outcome.bound + fixed, Vec::new())),
        })
    }

    /// The `count` cheapest other choices of a unit, the cheapest first. With a warm state every pair was asked; without
    /// one only the pairs that are cheapest by themselves were, and [`Best::all_asked`] is false.
    ///
    /// # Errors
    /// An engine broke.
    pub fn best_others(&self, unit: usize, count: usize, control: Control<'_>) -> Result<Best, EngineError> {
        let own = self.plan[unit];
        let costs = self.problem.arc_costs(unit);
        let others = || (0..costs.len()).filter(|&at| costs[at] != NOT_ALLOWED && own != Some(at as u32));
        let Some(warm) = &self.warm else {
            let mut near: Vec<usize> = others().collect();
            near.sort_by_key(|&at| (costs[at], at));
            near.truncate(count);
            let mut found = Vec::new();
            for manager in near {
                found.extend(self.forced(unit, manager, control)?);
            }
            found.sort_by_key(rank);
            return Ok(Best { found, all_asked: others().count() <= count });
        };
        let relaxed = |manager: usize| {
            let mut warm = warm.clone();
            warm.apply(&Change::Pin { unit, manager }).ok()?;
            warm.short().is_none().then(|| (warm.whole_cost(), manager))
        };
        let managers: Vec<usize> = others().collect();
        let mut order: Vec<(i64, usize)> = managers.into_par_iter().filter_map(relaxed).collect();
        order.sort_unstable();
        let mut found: Vec<Forced> = Vec::new();
        for (asked, &(bound, manager)) in order.iter().enumerate() {
            let worst = found.get(count.wrapping_sub(1)).and_then(|last| last.extra);
            if worst.is_some_and(|worst| Cost(bound - self.cost) >= worst) || (control.expired() && asked > 0) {
                break;
            }
            found.extend(self.forced(unit, manager, control)?);
            found.sort_by_key(rank);
            found.truncate(count);
        }
        Ok(Best { found, all_asked: !control.expired() })
    }

    /// No plan of the changed state saves more: what its relaxation says. `None` without a warm state, when the change
    /// cannot be made, or when somebody has no place then.
    #[must_use]
    pub fn worth_at_most(&self, change: &Change) -> Option<Cost> {
        let mut warm = self.warm.as_ref()?.clone();
        warm.apply(change).ok()?;
        warm.short().is_none().then(|| Cost(self.cost - warm.whole_cost()).max(Cost::ZERO))
    }

    /// What a change of the warm state saves; `None` without one or when the change cannot be made.
    #[must_use]
    pub fn worth(&self, change: &Change, control: Control<'_>) -> Option<Worth> {
        let mut warm = self.warm.as_ref()?.clone();
        warm.apply(change).ok()?;
        if warm.short().is_some() {
            return None;
        }
        let together = warm.together(self.problem, Some(self.cost), limited(control, NODES_EACH));
        let cost = together.best.map_or(self.cost, |(cost, _)| cost);
        Some(Worth { least: Cost(self.cost - cost), most: Cost(self.cost - together.bound.min(cost)) })
    }

    /// The units' changes that lead from the plan in hand to another, as far as they hang together with `first` over
    /// the managers they touch; what changes elsewhere is as good either way and left out when no limit couples it.
    #[must_use]
    pub fn changes(&self, other: &[Option<u32>], first: usize) -> Vec<Move> {
        let changed: Vec<Move> = (self.plan.iter().zip(other).enumerate())
            .filter(|(_, (from, to))| from != to)
            .map(|(unit, (&from, &to))| Move { unit, from, to })
            .collect();
        let couples = |name: &RowName| matches!(name, RowName::Average { .. } | RowName::Moves(_));
        if self.model.row_names.iter().any(couples) {
            return in_chain(changed, first, true);
        }
        in_chain(changed, first, false)
    }
}

/// A unit that is with another manager than in the plan in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Which.
    pub unit: usize,
    /// In the plan in hand.
    pub from: Option<u32>,
    /// In the other.
    pub to: Option<u32>,
}

/// Cost, bound and plan.
type Around = (Option<i64>, i64, Vec<Option<u32>>);

/// Cheapest other choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best {
    /// The cheapest first.
    pub found: Vec<Forced>,
    /// Was every other pair ruled out as dearer?
    pub all_asked: bool,
}

fn rank(forced: &Forced) -> (bool, Option<Cost>, ManagerIx) {
    (forced.extra.is_none(), forced.extra, forced.manager)
}

/// The relaxation of a problem, solved, with the plan's choices wherever they are as good as others; and what it tells
/// similar problems. Nothing where limits form no tree.
fn warm(
    problem: &Problem<'_>,
    plan: &[Option<u32>],
    control: Control<'_>,
) -> Result<(Option<Warm>, Option<Neighbour>), EngineError> {
    if !network::accepts(problem) {
        return Ok((None, None));
    }
    // What is wanted is the relaxation, and what branching learns on the way to its proof.
    let outcome = network::solve(problem, limited(control, NODES))?;
    let near = Neighbour::of(problem, &outcome);
    let quiet = Control { progress: &|_| {}, ..control };
    let warm = match (&outcome.solved, &outcome.proof) {
        (Some(solved), _) => Warm::from_solved(solved).at_plan(problem, plan, &quiet),
        (None, decode::DenseProof::Prices(prices)) => Warm::from_prices(problem, plan, prices, &quiet),
        (None, _) => Warm::new(problem, &quiet),
    };
    Ok((warm, near))
}

/// Orders changes as a chain: each starts where the one before ended, as far as that goes. Those that share no manager
/// with the chain follow only with `all`.
fn in_chain(mut left: Vec<Move>, first: usize, all: bool) -> Vec<Move> {
    let mut chain: Vec<Move> = Vec::new();
    let mut touched: Vec<u32> = Vec::new();
    let mut next = left.iter().position(|change| change.unit == first);
    while let Some(at) = next {
        let change = left.remove(at);
        touched.extend(change.from.iter().chain(&change.to));
        chain.push(change);
        let follows = |other: &Move| other.from.is_some() && other.from == change.to;
        let hangs = |other: &Move| other.from.iter().chain(&other.to).any(|manager| touched.contains(manager));
        next = left.iter().position(follows).or_else(|| left.iter().position(hangs));
    }
    if all {
        chain.extend(left);
    }
    chain
}
