//! Branch and bound over units that the transportation plan splits. Each node re-solves from its parent's state; every
//! leaf leaves its prices behind, so that the tree is the proof.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::decode::{DensePrices, DenseProof};
use crate::model::problem::Problem;
use crate::solve::lagrangian::{Case, no_prices, whole};
use crate::solve::network::change::rerow;
use crate::solve::network::costs::{Amount, NOBODY};
use crate::solve::network::search::Search;
use crate::solve::network::state::State;
use crate::solve::{Control, Outcome, Progress, Status};

/// What could be charged for a place that cannot be had, when no plan is known.
const ENOUGH: i64 = i64::MAX / 64;

/// A search tree under way.
pub struct Tree<'a> {
    problem: &'a Problem<'a>,
    control: Control<'a>,
    /// Best plan so far and its cost.
    pub best: Option<(i64, Vec<Option<u32>>)>,
    /// The least bound of the leaves so far.
    bound: i64,
    nodes: u64,
    /// Told to stop before the end.
    pub stopped: bool,
    /// The cases of the node under way.
    path: Vec<Case>,
    /// The leaves, in the order they were met.
    pub leaves: Vec<Leaf>,
    proves: bool,
    /// By how much the bound rose when a unit was first tried with and without a manager.
    pub gains: Gains,
}

/// For a unit, by how much the bound rose with and without a manager.
pub type Gains = BTreeMap<u32, [i128; 2]>;

/// A leaf of the tree: every plan of its cases costs at least `bound`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// In 1/scale seconds.
    pub bound: i128,
    /// Which cases.
    pub cases: Vec<Case>,
    /// Does the relaxation keep every unit together?
    pub whole: bool,
}

impl<'a> Tree<'a> {
    /// A tree of which nothing is known yet.
    pub fn new(problem: &'a Problem<'a>, control: Control<'a>) -> Self {
        Self {
            problem,
            control,
            best: None,
            bound: i64::MAX,
            nodes: 0,
            stopped: false,
            path: Vec::new(),
            leaves: Vec::new(),
            proves: true,
            gains: Gains::new(),
        }
    }

    /// A tree for a plan cheaper than `best` only, without a proof.
    pub fn below(
        problem: &'a Problem<'a>,
        control: Control<'a>,
        best: Option<(i64, Vec<Option<u32>>)>,
        gains: Gains,
    ) -> Self {
        Self { best, proves: false, gains, ..Self::new(problem, control) }
    }

    /// Explores a node and everything below it.
    pub fn explore<T: Amount>(&mut self, search: &mut Search<T>, state: State<T>) -> DenseProof {
        self.nodes += 1;
        if state.unplaced() > 0 {
            return self.prove(|tree| tree.prices_without_way(&state));
        }
        let scaled = state.cost();
        let bound = whole(scaled, state.items.scale);
        // A first plan is a short dive away: a limit waits for it, unless the dive turns out to be none.
        let patience = if self.best.is_some() { 16 } else { 1024 };
        self.stopped |= self.best.is_some() && self.control.work_limit.is_some_and(|limit| self.nodes > limit);
        self.stopped |= self.nodes.is_multiple_of(patience) && self.control.expired();
        let split = state.split_units();
        let is_whole = split.is_empty();
        if is_whole && self.best.as_ref().is_none_or(|&(best, _)| bound < best) {
            self.best = Some((bound, plan(self.problem, &state)));
            (self.control.progress)(Progress { phase: "branching", best: Some(bound), bound: None });
        }
        let closed = self.good_enough(bound) || self.stopped;
        let chosen = if closed { None } else { self.choose(search, &state, scaled, &split) };
        let Some((unit, manager)) = chosen else {
            self.bound = self.bound.min(bound);
            if self.proves {
                self.leaves.push(Leaf { bound: scaled, cases: self.path.clone(), whole: is_whole });
            }
            return self.prove(|tree| state.prices(tree.problem, false));
        };
        let case = Case { unit: unit as usize, manager, with: true };
        // The cheaper side first: it leads to a good plan, and that closes the others.
        let [with_gain, without_gain] = self.gains.get(&unit).copied().unwrap_or_default();
        let sides = if with_gain <= without_gain { [true, false] } else { [false, true] };
        let copy = state.clone();
        let [one, other] =
            [(copy, sides[0]), (state, sides[1])].map(|(state, with)| self.child(search, state, Case { with, ..case }));
        let (with, without) = if sides[0] { (one, other) } else { (other, one) };
        DenseProof::Branch { unit: unit as usize, manager, with: Box::new(with), without: Box::new(without) }
    }

    /// The unit whose cases raise the bound most, by what they did when they were first tried (pseudo-costs: Benichou
    /// and others 1971, doi:10.1007/BF01584074; Achterberg, Koch, Martin 2005, doi:10.1016/j.orl.2004.04.002).
    fn choose<T: Amount>(
        &mut self,
        search: &mut Search<T>,
        state: &State<T>,
        cost: i128,
        split: &[(u32, usize)],
    ) -> Option<(u32, usize)> {
        // A tree without a proof is a small one: what its parent knows has to do.
        for &(unit, manager) in split.iter().filter(|_| self.proves) {
            self.gains.entry(unit).or_insert_with(|| {
                [true, false].map(|with| {
                    let mut tried = state.clone();
                    restrict(&mut tried, search, Case { unit: unit as usize, manager, with });
                    if tried.unplaced() > 0 { i128::from(ENOUGH) } else { tried.cost() - cost }
                })
            });
        }
        let score = |&(unit, _): &(u32, usize)| {
            let [with, without] = self.gains.get(&unit).copied().unwrap_or_default();
            // A side that changes nothing must not hide the other.
            (with.max(0) + 1).saturating_mul(without.max(0) + 1)
        };
        split.iter().copied().rev().max_by_key(score)
    }

    fn prove(&self, prices: impl FnOnce(&Self) -> DensePrices) -> DenseProof {
        DenseProof::Prices(if self.proves { prices(self) } else { DensePrices::default() })
    }

    /// Is a node with this bound of no more use?
    fn good_enough(&self, bound: i64) -> bool {
        let Some((best, _)) = &self.best else { return false };
        bound >= best - (self.control.gap * *best as f64) as i64
    }

    /// No plan of the tree costs less; [`i64::MAX`] when there is none.
    #[must_use]
    pub fn bound(&self) -> i64 {
        self.best.as_ref().map_or(self.bound, |&(cost, _)| self.bound.min(cost))
    }

    fn child<T: Amount>(&mut self, search: &mut Search<T>, mut state: State<T>, case: Case) -> DenseProof {
        restrict(&mut state, search, case);
        self.path.push(case);
        let proof = self.explore(search, state);
        self.path.pop();
        proof
    }

    /// A case without any plan: the managers that can be reached are full, so raising all their prices together lifts
    /// the bound without end; as far as any plan could cost is enough.
    fn prices_without_way<T: Amount>(&self, state: &State<T>) -> DensePrices {
        let mut prices = state.prices(self.problem, false);
        let short = state.prices(self.problem, true);
        let enough = self.best.as_ref().map_or(ENOUGH, |&(best, _)| (best + 1).saturating_mul(state.items.scale));
        let enough = enough.min(ENOUGH);
        prices.capacity.iter_mut().zip(&short.capacity).for_each(|(price, short)| *price += enough * short);
        prices.rows.iter_mut().zip(&short.rows).for_each(|(price, short)| *price += enough * short);
        prices
    }

    /// What came of it.
    pub fn outcome(self, proof: DenseProof, scale: i64) -> Outcome {
        let (work, engine, solved) = (self.nodes, "network", None);
        if let Some((cost, plan)) = self.best {
            let bound = self.bound.min(cost);
            let within = (cost - bound) as f64 <= self.control.gap * cost as f64;
            let status = match (cost == bound, within && !self.stopped) {
                (true, _) => Status::Optimal,
                (false, true) => Status::Feasible,
                (false, false) => Status::Limit,
            };
            Outcome { status, plan: Some(plan), cost, bound, scale, proof, work, engine, solved }
        } else {
            let status = if self.stopped { Status::Limit } else { Status::Infeasible };
            Outcome { status, plan: None, cost: 0, bound: 0, scale, proof, work, engine, solved }
        }
    }
}

/// Takes the arcs away that a case closes, and solves again.
pub fn restrict<T: Amount>(state: &mut State<T>, search: &mut Search<T>, case: Case) {
    let nowhere = state.shape.nowhere;
    for item in state.items.of(case.unit) {
        let item = item as u32;
        let mut row = state.table.row(&state.items, item);
        for (column, cost) in row.iter_mut().enumerate().filter(|&(column, _)| column != nowhere) {
            if (column == case.manager) != case.with {
                *cost = T::NONE;
            }
        }
        if row[state.column_of(item)].is_some() {
            state.set_row(item, Arc::new(row));
        } else {
            // One item after the other: only ever one place is missing its item, so the prices stay valid.
            rerow(state, search, item, row);
        }
    }
}

/// The plan of a state that keeps every unit together. Managers hired since have the columns after the one for nobody.
pub fn plan<T: Amount>(problem: &Problem<'_>, state: &State<T>) -> Vec<Option<u32>> {
    let (managers, nowhere) = (problem.managers(), state.shape.nowhere);
    let is_manager = |&column: &usize| column < managers || column > nowhere;
    let of = |&first: &u32| {
        let placed = state.at[first as usize] != NOBODY;
        placed.then(|| state.column_of(first)).filter(is_manager).map(|column| column as u32)
    };
    state.items.first[..problem.units.len()].iter().map(of).collect()
}

/// Full managers and limits that somebody cannot avoid: everybody with them has no other way either, and together they
/// are one too many (Hall 1935). A price of 1 on each counts it.
pub fn infeasible<T: Amount>(problem: &Problem<'_>, state: &State<T>) -> Outcome {
    Outcome { status: Status::Infeasible, ..nothing(state.prices(problem, true)) }
}

/// Managers that are full, while their members can go to nobody else: the same count.
pub fn stuck(problem: &Problem<'_>, managers: &[usize]) -> Outcome {
    let mut prices = no_prices(problem);
    managers.iter().for_each(|&manager| prices.capacity[manager] = 1);
    Outcome { status: Status::Infeasible, ..nothing(prices) }
}

/// Stopped before anything was found.
pub fn stopped(problem: &Problem<'_>) -> Outcome {
    nothing(no_prices(problem))
}

fn nothing(prices: DensePrices) -> Outcome {
    Outcome {
        status: Status::Limit,
        plan: None,
        cost: 0,
        bound: 0,
        scale: 1,
        proof: DenseProof::Prices(prices),
        work: 0,
        engine: "network",
        solved: None,
    }
}
