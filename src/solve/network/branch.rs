//! Branch and bound over units that the transportation plan splits. Each node re-solves from its parent's state; every
//! leaf leaves its prices behind, so that the tree is the proof.

use std::collections::BTreeMap;

use crate::model::decode::{DensePrices, DenseProof};
use crate::model::problem::Problem;
use crate::solve::lagrangian::{no_prices, whole};
use crate::solve::network::costs::Costs;
use crate::solve::network::search::{Search, Target};
use crate::solve::network::state::State;
use crate::solve::{Control, Outcome, Progress, Status};

/// Items between two looks at the clock.
const ITEMS_A_LOOK: usize = 64;

/// Solves the problem from nothing.
pub fn solve(problem: &Problem<'_>, control: Control<'_>) -> Outcome {
    let costs = Costs::new(problem);
    let mut search = Search::new(costs.managers);
    (control.progress)(Progress { phase: "shortest paths", best: None, bound: None });
    match root(&costs, &mut search, &control) {
        Root::Solved(state) => {
            let mut tree = Tree::new(problem, &costs, control);
            let proof = tree.explore(&mut search, state);
            tree.outcome(proof)
        }
        Root::Stuck(reached) => infeasible(problem, &reached),
        Root::Stopped => Outcome {
            status: Status::Limit,
            plan: None,
            cost: 0,
            bound: 0,
            scale: 1,
            proof: DenseProof::Prices(no_prices(problem)),
            work: 0,
            engine: "network",
        },
    }
}

/// What another engine can start from: the problem without its rows, solved.
pub enum Start {
    /// The places alone do not suffice: nothing more to solve.
    Short(Outcome),
    /// Prices of places in whole seconds, and a plan that may break rows.
    Placed {
        /// Manager by manager.
        prices: Vec<i64>,
        /// Unit by unit.
        plan: Vec<Option<u32>>,
    },
    /// The table of costs would not fit, or there was no time.
    Unknown,
}

/// Solves the problem without its rows for a start.
#[must_use]
pub fn start(problem: &Problem<'_>, control: &Control<'_>) -> Start {
    if problem.units.len().saturating_mul(problem.managers() + 1) > super::TABLE_LIMIT {
        return Start::Unknown;
    }
    let costs = Costs::new(problem);
    let mut search = Search::new(costs.managers);
    match root(&costs, &mut search, control) {
        Root::Stuck(reached) => Start::Short(infeasible(problem, &reached)),
        Root::Stopped => Start::Unknown,
        Root::Solved(state) => {
            let prices = state.price[..problem.managers()].iter().map(|price| price / costs.scale).collect();
            // The first plan of the tree is enough, whatever its gap.
            let quiet = Control { gap: 1.0, work_limit: None, progress: &|_| {}, ..*control };
            let mut tree = Tree::new(problem, &costs, quiet);
            tree.explore(&mut search, state);
            let plan = tree.best.map_or_else(|| vec![None; problem.units.len()], |(_, plan)| plan);
            Start::Placed { prices, plan }
        }
    }
}

/// How placing everybody ended.
pub enum Root {
    /// Everybody placed, households possibly split.
    Solved(State),
    /// These managers are full, and somebody can go to nobody else.
    Stuck(Vec<usize>),
    /// Told to stop.
    Stopped,
}

/// Places every item along shortest paths.
pub fn root(costs: &Costs, search: &mut Search, control: &Control<'_>) -> Root {
    let mut state = State::new(costs);
    for item in 0..costs.unit_of.len() {
        if item % ITEMS_A_LOOK == 0 && control.expired() {
            return Root::Stopped;
        }
        if let Err(reached) = search.place(costs, &mut state, item as u32, Target::Pool) {
            return Root::Stuck(reached);
        }
    }
    Root::Solved(state)
}

/// A search tree under way.
pub struct Tree<'a> {
    problem: &'a Problem<'a>,
    costs: &'a Costs,
    control: Control<'a>,
    /// Best plan so far and its cost.
    pub best: Option<(i64, Vec<Option<u32>>)>,
    /// The least bound of the leaves so far.
    bound: i64,
    nodes: u64,
    stopped: bool,
    /// The leaves' plans of the relaxation, when they are wanted.
    pub leaves: Option<Vec<Leaf>>,
}

/// A leaf of the tree: every plan of its case costs at least `bound`.
pub struct Leaf {
    /// In 1/scale seconds.
    pub bound: i128,
    /// The manager of every item in the relaxation.
    pub at: Vec<u32>,
    /// Items whose arcs were restricted on the way, with what is left of them.
    pub restricted: BTreeMap<u32, Vec<i64>>,
}

impl<'a> Tree<'a> {
    /// A tree of which nothing is known yet.
    pub fn new(problem: &'a Problem<'a>, costs: &'a Costs, control: Control<'a>) -> Self {
        Self { problem, costs, control, best: None, bound: i64::MAX, nodes: 0, stopped: false, leaves: None }
    }

    /// Explores a node and everything below it.
    pub fn explore(&mut self, search: &mut Search, state: State) -> DenseProof {
        self.nodes += 1;
        let bound = whole(state.cost(self.costs), self.costs.scale);
        // A first plan is a short dive away: a limit waits for it, unless the dive turns out to be none.
        let patience = if self.best.is_some() { 16 } else { 1024 };
        self.stopped |= self.best.is_some() && self.control.work_limit.is_some_and(|limit| self.nodes > limit);
        self.stopped |= self.nodes.is_multiple_of(patience) && self.control.expired();
        let split = state.split_unit(self.costs);
        if split.is_none() && self.best.as_ref().is_none_or(|&(best, _)| bound < best) {
            self.best = Some((bound, self.plan(&state)));
            (self.control.progress)(Progress { phase: "branching", best: Some(bound), bound: None });
        }
        let Some((unit, manager)) = split.filter(|_| !self.good_enough(bound) && !self.stopped) else {
            self.bound = self.bound.min(bound);
            let proof = DenseProof::Prices(self.prices(&state));
            if let Some(leaves) = &mut self.leaves {
                leaves.push(state.into_leaf(self.costs));
            }
            return proof;
        };
        let with = self.child(search, state.clone(), unit, Some(manager), None);
        let without = self.child(search, state, unit, None, Some(manager));
        DenseProof::Branch { unit: unit as usize, manager, with: Box::new(with), without: Box::new(without) }
    }

    /// Is a node with this bound of no more use?
    fn good_enough(&self, bound: i64) -> bool {
        let Some((best, _)) = &self.best else { return false };
        bound >= best - (self.control.gap * *best as f64) as i64
    }

    fn child(
        &mut self,
        search: &mut Search,
        mut state: State,
        unit: u32,
        only: Option<usize>,
        never: Option<usize>,
    ) -> DenseProof {
        // One item after the other: only ever one place is missing its item, so the prices stay valid.
        for item in self.costs.items(unit as usize) {
            let from = state.at[item] as usize;
            if state.restrict(self.costs, item as u32, only, never) {
                state.take(item as u32);
                if let Err(reached) = search.place(self.costs, &mut state, item as u32, Target::Manager(from)) {
                    return DenseProof::Prices(self.prices_without_way(&state, &reached));
                }
            }
        }
        self.explore(search, state)
    }

    fn plan(&self, state: &State) -> Vec<Option<u32>> {
        let managers = self.problem.managers() as u32;
        let of = |&first: &u32| Some(state.at[first as usize]).filter(|&manager| manager < managers);
        self.costs.first_item[..self.problem.units.len()].iter().map(of).collect()
    }

    fn prices(&self, state: &State) -> DensePrices {
        DensePrices { capacity: state.price[..self.problem.managers()].to_vec(), ..no_prices(self.problem) }
    }

    /// A case without any plan: the managers that can be reached are full, so raising all their prices together lifts
    /// the bound without end; as far as any plan could cost is enough.
    fn prices_without_way(&self, state: &State, reached: &[usize]) -> DensePrices {
        let mut prices = self.prices(state);
        let enough = self.best.as_ref().map_or(i64::MAX / 64, |&(best, _)| (best + 1) * self.costs.scale);
        for &manager in reached.iter().filter(|&&manager| manager < self.problem.managers()) {
            prices.capacity[manager] += enough.min(i64::MAX / 64);
        }
        prices
    }

    fn outcome(self, proof: DenseProof) -> Outcome {
        let scale = self.costs.scale;
        if let Some((cost, plan)) = self.best {
            let bound = self.bound.min(cost);
            let within = (cost - bound) as f64 <= self.control.gap * cost as f64;
            let status = match (cost == bound, within && !self.stopped) {
                (true, _) => Status::Optimal,
                (false, true) => Status::Feasible,
                (false, false) => Status::Limit,
            };
            Outcome { status, plan: Some(plan), cost, bound, scale, proof, work: self.nodes, engine: "network" }
        } else {
            let status = if self.stopped { Status::Limit } else { Status::Infeasible };
            Outcome { status, plan: None, cost: 0, bound: 0, scale, proof, work: self.nodes, engine: "network" }
        }
    }
}

/// Full managers that somebody cannot avoid: everybody with them has no other manager either, and together they are one
/// too many (Hall 1935). A price of 1 on each of their places counts it.
fn infeasible(problem: &Problem<'_>, reached: &[usize]) -> Outcome {
    let mut prices = no_prices(problem);
    for &manager in reached {
        prices.capacity[manager] = 1;
    }
    Outcome {
        status: Status::Infeasible,
        plan: None,
        cost: 0,
        bound: 0,
        scale: 1,
        proof: DenseProof::Prices(prices),
        work: 0,
        engine: "network",
    }
}
