//! The best other choice for placed units and what the whole plan would cost more, others rearranged as well as
//! possible: exact for every unit, alone or a household.
//!
//! Where no unit has two members the relaxation is the plan, and all prices come from its residual graph at once. With
//! households the same prices bound what forbidding a choice costs in every leaf of the search tree; where such a bound
//! leaves room below the best plan known without the choice, the leaf is solved again without it, and branched on.

use rayon::prelude::*;

use crate::model::problem::Problem;
use crate::solve::lagrangian::{Case, whole};
use crate::solve::network::branch::{Gains, Leaf, Tree, restrict};
use crate::solve::network::costs::Amount;
use crate::solve::network::search::Search;
use crate::solve::network::state::State;
use crate::solve::network::warm::{Either, Kept};
use crate::solve::network::{is_proven, residual};
use crate::solve::{Control, Outcome};

/// Nodes of a tree for one unit's alternative when the plan itself is not proven: its figure is then no proof either.
const NODES_UNPROVEN: u64 = 64;

/// Cases of the plan's proof up to which every one of them is asked. Beyond, the figures are those of plans that exist, and
/// none is called exact: some thousand members times some thousand cases take minutes.
const CASES: usize = 256;

/// The best other choice for a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// With which manager the unit would be.
    pub manager: u32,
    /// What the plan would cost more, seconds a year.
    pub extra: i64,
    /// Is it proven that no plan without the present choice costs less?
    pub exact: bool,
}

/// For every unit of `wanted` (indices) its best other choice; `None` when there is none, or when the problem is not of
/// the network class. `outcome` is complete; one of another engine is solved here once more.
#[must_use]
pub fn alternatives(
    problem: &Problem<'_>,
    outcome: &Outcome,
    wanted: &[usize],
    control: &Control<'_>,
) -> Vec<Option<Alternative>> {
    let none = || vec![None; wanted.len()];
    let Some(plan) = outcome.plan.as_ref().filter(|plan| plan.iter().all(Option::is_some)) else { return none() };
    if problem.unserved.is_some() || wanted.is_empty() {
        return none();
    }
    let quiet = Control { progress: &|_| {}, gap: 0.0, ..*control };
    let again;
    let solved = if let Some(solved) = &outcome.solved {
        solved
    } else {
        let Some(solved) = super::kept(problem, outcome, quiet) else { return none() };
        again = solved;
        &again
    };
    let work_limit = if is_proven(outcome) { None } else { Some(NODES_UNPROVEN) };
    let control = Control { work_limit, ..quiet };
    let asked = |gains| Asked { problem, plan, cost: outcome.cost, wanted, control, gains };
    match &*solved.0 {
        Either::Narrow(kept) => asked(&kept.gains).answer(kept),
        Either::Wide(kept) => asked(&kept.gains).answer(kept),
    }
}

/// What was asked.
struct Asked<'a> {
    problem: &'a Problem<'a>,
    plan: &'a [Option<u32>],
    cost: i64,
    wanted: &'a [usize],
    control: Control<'a>,
    gains: &'a Gains,
}

/// The best plan known without a choice: its cost, and where the unit goes.
type Best = Option<(i64, u32)>;

impl Asked<'_> {
    fn answer<T: Amount>(&self, kept: &Kept<T>) -> Vec<Option<Alternative>> {
        let mut leaves: Vec<&Leaf> = kept.leaves.iter().collect();
        // A leaf that keeps everybody together gives plans to measure the others by.
        leaves.sort_by_key(|leaf| (!leaf.whole, leaf.bound));
        let mut best: Vec<Best> = vec![None; self.wanted.len()];
        let all_cases = leaves.len() <= CASES;
        if !all_cases {
            leaves.truncate(1);
        }
        let mut exact = vec![all_cases; self.wanted.len()];
        for leaf in leaves {
            let mut search = Search::default();
            let mut state = kept.root.clone();
            leaf.cases.iter().for_each(|&case| restrict(&mut state, &mut search, case));
            self.in_leaf(&mut state, all_cases, &mut best, &mut exact);
        }
        let alternative = |(best, exact): (Best, bool)| {
            let (cost, manager) = best?;
            Some(Alternative { manager, extra: cost - self.cost, exact })
        };
        best.into_iter().zip(exact).map(alternative).collect()
    }

    /// Takes one leaf into account; where its bound is below the best known, it is solved again when `again` says so.
    fn in_leaf<T: Amount>(&self, state: &mut State<T>, again: bool, best: &mut [Best], exact: &mut [bool]) {
        let scale = state.items.scale;
        let cost = state.cost();
        let bound = whole(cost, scale);
        let open: Vec<usize> = (0..self.wanted.len()).filter(|&at| bound < most(best[at])).collect();
        if open.is_empty() || state.bound_and_cost().is_none() {
            return;
        }
        let (items, owners) = self.asked_for(state, &open);
        let mut floor = vec![cost; self.wanted.len()];
        let is_plan = state.items.households.is_empty();
        for (&at, found) in owners.iter().zip(residual::without(state, &items)) {
            let Some((extra, column)) = found else { continue };
            // Costs of a flow are convex: the last member of a household to go costs no less than the first.
            let size = state.items.of(self.wanted[at]).len();
            floor[at] = cost + i128::from(extra) * size as i128;
            if is_plan {
                best[at] = Some((whole(floor[at], scale), column as u32));
            }
        }
        if !is_plan && best.iter().all(Option::is_none) {
            self.with_households_fixed(state, cost, &items, &owners, best);
        }
        if !again {
            return;
        }
        let state = &*state;
        let solve = |&at: &usize| {
            let room = whole(floor[at], scale) < most(best[at]);
            if room { self.solve_again(state, at, best[at]) } else { (best[at], true) }
        };
        let found: Vec<(Best, bool)> = open.par_iter().map(solve).collect();
        for (&at, (found, is_exact)) in open.iter().zip(found) {
            best[at] = found;
            exact[at] &= is_exact;
        }
    }

    /// Where a leaf keeps everybody together, plans that leave all households where they are: for most units of one the
    /// best there is, all found at once.
    fn with_households_fixed<T: Amount>(
        &self,
        state: &State<T>,
        cost: i128,
        items: &[u32],
        owners: &[usize],
        best: &mut [Best],
    ) {
        let mut fixed = state.clone();
        for &unit in &state.items.households {
            restrict_in_place(&mut fixed, unit as usize);
        }
        if !state.split_units().is_empty() || fixed.bound_and_cost().is_none() {
            return;
        }
        let single =
            |&(&item, &at): &(&u32, &usize)| (state.items.of(self.wanted[at]).len() == 1).then_some((item, at));
        let (items, owners): (Vec<u32>, Vec<usize>) = items.iter().zip(owners).filter_map(|pair| single(&pair)).unzip();
        for (&at, found) in owners.iter().zip(residual::without(&fixed, &items)) {
            best[at] = found.map(|(extra, column)| (whole(cost + i128::from(extra), state.items.scale), column as u32));
        }
    }

    /// The first items of those units that stand in this state whole where they stand in the plan, all members alike,
    /// and which units they are.
    fn asked_for<T: Amount>(&self, state: &State<T>, open: &[usize]) -> (Vec<u32>, Vec<usize>) {
        let stands = |&at: &usize| {
            let unit = self.wanted[at];
            let items = state.items.of(unit);
            let first = items.start as u32;
            let alike = |item: usize| {
                state.at[item] == state.at[first as usize]
                    && state.items.present[item] == state.items.present[first as usize]
            };
            let there = Some(state.column_of(first) as u32) == self.plan[unit];
            (there && items.clone().all(alike)).then_some((first, at))
        };
        open.iter().filter_map(stands).unzip()
    }

    /// The best plan of a leaf without a unit's choice, if it is better than the best so far; was it found to the end?
    fn solve_again<T: Amount>(&self, state: &State<T>, at: usize, best: Best) -> (Best, bool) {
        let unit = self.wanted[at];
        let Some(present) = self.plan[unit] else { return (best, true) };
        let mut search = Search::default();
        let mut state = state.clone();
        restrict(&mut state, &mut search, Case { unit, manager: present as usize, with: false });
        let cutoff = best.map(|(cost, _)| (cost, Vec::new()));
        let mut tree = Tree::below(self.problem, self.control, cutoff, self.gains.clone());
        tree.explore(&mut search, state);
        let better = tree.best.as_ref().and_then(|(cost, plan)| Some((*cost, plan.get(unit).copied().flatten()?)));
        (better.or(best), !tree.stopped)
    }
}

/// Leaves a unit no way but where it is.
fn restrict_in_place<T: Amount>(state: &mut State<T>, unit: usize) {
    let mut search = Search::default();
    let column = state.column_of(state.items.first[unit]);
    restrict(state, &mut search, Case { unit, manager: column, with: true });
}

fn most(best: Best) -> i64 {
    best.map_or(i64::MAX, |(cost, _)| cost)
}
