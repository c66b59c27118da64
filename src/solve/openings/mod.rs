//! Where to open further managers: for every number k the best k of some sites, the managers at them joining the
//! transportation problem of those there already. Arrays in, arrays out, as in all of this room.
//!
//! Managers at one site pool their places, so a site is one column and opening it once more adds places there. The value
//! of y managers at site t at member prices u is `V_t(y) = max sum of (u_i - c_it)` over as many members as y managers
//! have places; it is concave in y. Hence, for every u and **every k at once**,
//!
//! `L_k(u) = sum_i u_i - sum over present managers of their best members - the k largest increments over all sites`
//!
//! undercuts every plan with at most k openings (Lagrangian relaxation of "each member once"; Cornuejols, Fisher,
//! Nemhauser 1977, doi:10.1287/mnsc.23.8.789; Geoffrion 1974). Everything is integers. Plans come from exact warm
//! re-solves ([`crate::solve::network::Warm`]): at the prices of a solved state no opening gains more than its increment,
//! so most tries are skipped. Members of a unit (a household) may be parted here: costs are of that relaxation.

pub mod bound;
pub mod branch;
pub mod costs;
pub mod prices;
pub mod search;

use crate::model::problem::Problem;
use crate::solve::openings::bound::Bounds;
use crate::solve::openings::costs::Costs;
use crate::solve::openings::prices::raise;
use crate::solve::openings::search::{Opened, Search};
use crate::solve::{Control, EngineError};

/// Where managers could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Costs of the places of one manager there, seconds a year, never falling.
    pub places: Vec<i64>,
    /// Managers there, at most.
    pub most: u32,
    /// Money one of them costs a year, in the smallest coin.
    pub money: i64,
    /// What opening one of them costs before anybody is there, seconds a year.
    pub alone: i64,
}

/// The question. The last managers of the problem are the sites, in order, closed: without places there. Rows are
/// receive limits of present managers only, and being unserved has a price, so that there is always a plan.
pub struct Openings<'p> {
    /// Everybody, and the sites.
    pub problem: &'p Problem<'p>,
    /// The sites.
    pub sites: Vec<Site>,
    /// Money a year all openings together may cost, in the smallest coin.
    pub budget: Option<i64>,
}

impl Openings<'_> {
    /// Column of the first site.
    #[must_use]
    pub fn first(&self) -> usize {
        self.problem.managers() - self.sites.len()
    }

    /// Money that so many at each site cost a year.
    #[must_use]
    pub fn money(&self, counts: &[u32]) -> i64 {
        self.sites.iter().zip(counts).map(|(site, &count)| site.money * i64::from(count)).sum()
    }

    /// Are so many at each site within the budget?
    #[must_use]
    pub fn is_affordable(&self, counts: &[u32]) -> bool {
        self.budget.is_none_or(|budget| self.money(counts) <= budget)
    }
}

/// The best found for a number of openings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Openings at most; `counts` may hold fewer when the budget or the sites allow no more.
    pub openings: u32,
    /// How many at each site.
    pub counts: Vec<u32>,
    /// Members nobody has room for, in the best plan found.
    pub short: u32,
    /// Cost in seconds a year, those who are short at the price of being unserved.
    pub cost: i64,
    /// No choice of so many sites costs less (units possibly parted).
    pub bound: i64,
    /// Whatever the sites, at least so many members have no place.
    pub short_at_least: u32,
    /// Prices of the units (of one member, in 1/scale seconds) that give the bound.
    pub prices: Vec<i32>,
    /// Nodes of branch and bound, when it ran.
    pub nodes: u64,
}

/// How long to search, in steps: the same steps give the same answer on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Steps of raising the bound for each number of openings.
    pub steps: u32,
    /// Nodes of branch and bound: for the number asked for exactly, and in a curve for each number whose bound is
    /// [`FAR`] from its plan.
    pub nodes: u64,
}

impl Effort {
    /// For a whole curve.
    pub const CURVE: Self = Self { steps: 160, nodes: 60 };
    /// For a single number of openings.
    pub const EXACT: Self = Self { steps: 500, nodes: 400 };
}

/// A bound so far below its plan, as a share, is worth branching for.
const FAR: f64 = 0.002;

/// The curve: for 0, 1, ... `most` openings the best sites found and the bound of each.
///
/// # Errors
/// Costs are out of range.
pub fn curve(
    openings: &Openings<'_>,
    most: u32,
    effort: Effort,
    control: Control<'_>,
) -> Result<Vec<Choice>, EngineError> {
    let costs = Costs::new(openings)?;
    let mut search = Search::new(openings, &costs, control)?;
    let mut bounds = Bounds::new(openings, most);
    let mut best: Vec<Opened> = vec![search.start()];
    let mut fractions: Vec<Vec<f64>> = Vec::new();
    for k in 0..=most {
        if k > 0 {
            let from = best[k as usize - 1].clone();
            let added = search.add(&from);
            best.push(search.swap(added.unwrap_or(from)));
        }
        let found = &best[k as usize];
        // The prices of the best plan are nearly those of the best bound.
        let start = costs.prices_of(&found.warm);
        let raised =
            raise(openings, &costs, &bounds.whole_case(k), &start, found.cost, effort.steps, &mut bounds, control);
        fractions.push(raised.open);
    }
    // Up again: what the bound's relaxed solution opens, and what the next number does without its least useful one.
    for k in (1..=most as usize).rev() {
        let mut starts = vec![search.rounded(&fractions[k], k as u32)];
        if let Some(next) = best.get(k + 1) {
            starts.extend(search.drop_one(&next.clone()));
        }
        for start in starts {
            let improved = if start.cost < best[k].cost { search.swap(start) } else { start };
            if improved.cost < best[k].cost {
                best[k] = improved;
            }
        }
        if best[k - 1].cost < best[k].cost {
            best[k] = best[k - 1].clone();
        }
    }
    for k in 1..=most as usize {
        // One more never has to be used.
        if best[k - 1].cost < best[k].cost {
            best[k] = best[k - 1].clone();
        }
    }
    let mut proofs = vec![(i64::MIN, 0); best.len()];
    for k in 1..=most as usize {
        let cost = best[k].cost;
        let apart = cost - bounds.of(k as u32, costs.scale);
        if apart as f64 <= FAR * cost as f64 || effort.nodes == 0 || control.expired() {
            continue;
        }
        let (case, start) = (bounds.whole_case(k as u32), bounds.prices(k as u32).to_vec());
        let root = raise(openings, &costs, &case, &start, cost, effort.steps, &mut bounds, control);
        let from = best[k].clone();
        let proof = branch::prove(openings, &costs, &mut search, root, from, k as u32, effort.nodes, control);
        best[k] = proof.best;
        proofs[k] = (proof.bound, proof.nodes);
    }
    for k in 1..=most as usize {
        if best[k - 1].cost < best[k].cost {
            best[k] = best[k - 1].clone();
        }
    }
    let shortage = bound::shortage(openings, &costs, &best[0].warm, most);
    let choice = |(k, opened): (usize, &Opened)| Choice {
        openings: k as u32,
        counts: opened.counts.clone(),
        short: opened.short,
        cost: opened.cost,
        bound: bounds.of(k as u32, costs.scale).max(proofs[k].0).min(opened.cost),
        short_at_least: shortage[k].min(opened.short),
        prices: bounds.prices(k as u32).to_vec(),
        nodes: proofs[k].1,
    };
    Ok(best.iter().enumerate().map(choice).collect())
}

/// Exactly `k` openings (or fewer, where one more is of no use): searched harder, and proved where the nodes suffice.
///
/// # Errors
/// Costs are out of range.
pub fn exactly(openings: &Openings<'_>, k: u32, effort: Effort, control: Control<'_>) -> Result<Choice, EngineError> {
    let costs = Costs::new(openings)?;
    let mut search = Search::new(openings, &costs, control)?;
    let mut bounds = Bounds::new(openings, k);
    let closed = search.start();
    let mut best = closed.clone();
    for _ in 0..k {
        best = search.add(&best).unwrap_or(best);
    }
    best = search.swap(best);
    let start = costs.prices_of(&best.warm);
    let case = bounds.whole_case(k);
    let raised = raise(openings, &costs, &case, &start, best.cost, effort.steps, &mut bounds, control);
    let rounded = search.rounded(&raised.open, k);
    if rounded.cost < best.cost {
        best = search.swap(rounded);
    }
    let proof = branch::prove(openings, &costs, &mut search, raised, best, k, effort.nodes, control);
    let shortage = bound::shortage(openings, &costs, &closed.warm, k);
    Ok(Choice {
        openings: k,
        short_at_least: shortage[k as usize].min(proof.best.short),
        bound: proof.bound.max(bounds.of(k, costs.scale)).min(proof.best.cost),
        counts: proof.best.counts,
        short: proof.best.short,
        cost: proof.best.cost,
        prices: bounds.prices(k).to_vec(),
        nodes: proof.nodes,
    })
}
