//! A solved state as others hold it: apply changes, copy it for scenarios, ask what it costs and proves.
//!
//! A copy shares the table of costs and all handovers until one of the two changes them; undo is a copy kept. It takes
//! about 12 bytes a member and 120 a manager (0.1 MB at 8,500 x 205, 0.5 MB at 30,000 x 721), and 8 bytes a manager for
//! every row of handovers that a change renews.

use std::sync::Arc;

use crate::model::decode::{DensePrices, DenseProof};
use crate::model::problem::Problem;
use crate::solve::lagrangian::whole;
use crate::solve::network::branch::{Gains, Leaf, Tree};
use crate::solve::network::change::{Change, Refused, apply};
use crate::solve::network::costs::NOBODY;
use crate::solve::network::pools::Pools;
use crate::solve::network::search::Search;
use crate::solve::network::start;
use crate::solve::network::state::State;
use crate::solve::{Control, Outcome};

/// What a solve leaves behind for later questions.
#[derive(Clone, Debug)]
pub struct Kept<T> {
    /// The relaxation, households possibly split.
    pub root: State<T>,
    /// The leaves of the tree over split households.
    pub leaves: Vec<Leaf>,
    /// What branching on units did.
    pub gains: Gains,
}

/// What a solve leaves behind, closed to all but this engine. Two of them are not told apart.
#[derive(Clone, Debug)]
pub struct Solved(pub(super) Arc<Either>);

/// In four or eight bytes a pair.
#[derive(Debug)]
pub(super) enum Either {
    /// Four.
    Narrow(Kept<i32>),
    /// Eight.
    Wide(Kept<i64>),
}

impl From<Kept<i32>> for Solved {
    fn from(kept: Kept<i32>) -> Self {
        Self(Arc::new(Either::Narrow(kept)))
    }
}

impl From<Kept<i64>> for Solved {
    fn from(kept: Kept<i64>) -> Self {
        Self(Arc::new(Either::Wide(kept)))
    }
}

impl PartialEq for Solved {
    /// Outcomes are compared by what they say, not by what they keep.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Solved {}

/// What a solved problem tells a similar one.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// Its plan, unit by unit.
    pub(super) plan: Vec<Option<u32>>,
    /// Prices of its limits.
    pub(super) prices: DensePrices,
    /// What branching on its units did; empty when no household was split.
    pub(super) gains: Gains,
}

impl Neighbour {
    /// Of an outcome of this engine with a plan; `None` of others.
    #[must_use]
    pub fn of(problem: &Problem<'_>, outcome: &Outcome) -> Option<Self> {
        let plan = outcome.plan.clone().filter(|_| outcome.engine == "network")?;
        let (prices, gains) = match (outcome.solved.as_ref().map(|solved| &*solved.0), &outcome.proof) {
            (Some(Either::Narrow(kept)), _) => (kept.root.prices(problem, false), kept.gains.clone()),
            (Some(Either::Wide(kept)), _) => (kept.root.prices(problem, false), kept.gains.clone()),
            (None, DenseProof::Prices(prices)) => (prices.clone(), Gains::new()),
            (None, _) => return None,
        };
        Some(Self { plan, prices, gains })
    }
}

/// Members that no manager can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// How many, at least, in any plan.
    pub members: usize,
    /// Managers (columns) that they could go to if there were room. All are full, and none of their members could go to
    /// a manager outside this list that has room (Hall 1935).
    pub managers: Vec<usize>,
}

/// The best plan of a state that keeps units together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Together {
    /// What it costs and who is with whom, unit by unit; `None`: nothing below the limit was found.
    pub best: Option<(i64, Vec<Option<u32>>)>,
    /// No plan costs less (the limit, when it is lower); [`i64::MAX`]: there is none at all.
    pub bound: i64,
    /// Was it searched to the end?
    pub exact: bool,
}

/// A solved transportation problem of single members that takes changes. Exact where no unit has two members; with
/// households it is the relaxation that may part them.
#[derive(Clone, Debug)]
pub struct Warm(Kind, Arc<Gains>);

#[derive(Clone, Debug)]
enum Kind {
    Narrow(Box<State<i32>>),
    Wide(Box<State<i64>>),
}

macro_rules! with_state {
    ($warm:expr, $state:ident => $body:expr) => {
        match &$warm.0 {
            Kind::Narrow($state) => $body,
            Kind::Wide($state) => $body,
        }
    };
    (mut $warm:expr, $state:ident => $body:expr) => {
        match &mut $warm.0 {
            Kind::Narrow($state) => $body,
            Kind::Wide($state) => $body,
        }
    };
}

impl Warm {
    /// Solves the problem from nothing. `None`: it is not of the network class, or told to stop.
    #[must_use]
    pub fn new(problem: &Problem<'_>, control: &Control<'_>) -> Option<Self> {
        let mut warm = Self::empty(problem)?;
        with_state!(mut warm, state => start::from_nothing(state, &mut Search::default(), control))?;
        Some(warm)
    }

    /// Solves the problem from a plan (unit by unit the manager, `None` = nobody) and prices of its limits (1/scale
    /// seconds, scale as in [`Warm::scale`]). Neither is believed: what does not fit is moved along shortest paths, so
    /// a bad start costs only time. `None`: not of the network class, or told to stop.
    #[must_use]
    pub fn from_prices(
        problem: &Problem<'_>,
        plan: &[Option<u32>],
        prices: &DensePrices,
        control: &Control<'_>,
    ) -> Option<Self> {
        let mut warm = Self::empty(problem)?;
        with_state!(mut warm, state => start::from_prices(state, &mut Search::default(), plan, prices, control))?;
        Some(warm)
    }

    /// The relaxation that an engine solved.
    #[must_use]
    pub fn from_solved(solved: &Solved) -> Self {
        match &*solved.0 {
            Either::Narrow(kept) => Self(Kind::Narrow(Box::new(kept.root.clone())), Arc::new(kept.gains.clone())),
            Either::Wide(kept) => Self(Kind::Wide(Box::new(kept.root.clone())), Arc::new(kept.gains.clone())),
        }
    }

    /// The same relaxation with every member where this plan has it, as far as its prices allow that: what differs in a
    /// changed copy then comes from the change. `None`: told to stop.
    #[must_use]
    pub fn at_plan(&self, problem: &Problem<'_>, plan: &[Option<u32>], control: &Control<'_>) -> Option<Self> {
        let prices = with_state!(self, state => state.prices(problem, false));
        let kind = Self::from_prices(problem, plan, &prices, control)?.0;
        Some(Self(kind, Arc::clone(&self.1)))
    }

    /// Solves the problem the quickest way there is: prices over all pairs first, the table of costs from there. `None`
    /// as above.
    #[must_use]
    pub fn solved(problem: &Problem<'_>, control: &Control<'_>) -> Option<Self> {
        let outcome = super::solve(problem, Control { gap: 1.0, ..*control }).ok()?;
        if let Some(solved) = &outcome.solved {
            return Some(Self::from_solved(solved));
        }
        match (&outcome.plan, &outcome.proof) {
            (Some(plan), DenseProof::Prices(prices)) => Self::from_prices(problem, plan, prices, control),
            _ => Self::new(problem, control),
        }
    }

    fn empty(problem: &Problem<'_>) -> Option<Self> {
        let pools = Pools::read(problem).filter(|_| super::accepts(problem))?;
        if let Some(state) = State::new(problem, &pools) {
            return Some(Self(Kind::Narrow(Box::new(state)), Arc::default()));
        }
        Some(Self(Kind::Wide(Box::new(State::new(problem, &pools)?)), Arc::default()))
    }

    /// The best plan of this state that keeps units together, if it costs less than `below` (whole seconds a year, as
    /// everything here): branching on what the relaxation parts, stopped by `control`. Columns of managers hired since
    /// are numbered as [`Warm::next_column`] said.
    #[must_use]
    pub fn together(&self, problem: &Problem<'_>, below: Option<i64>, control: Control<'_>) -> Together {
        with_state!(self, state => {
            let best = below.map(|cost| (cost, Vec::new()));
            let mut tree = Tree::below(problem, control, best, (*self.1).clone());
            tree.explore(&mut Search::default(), (**state).clone());
            let bound = tree.bound();
            Together { bound, exact: !tree.stopped, best: tree.best.filter(|(_, plan)| !plan.is_empty()) }
        })
    }

    /// For every item (members of units in their order) what it costs together with the price of where it is, in 1/scale
    /// seconds: what placing it is worth. 0 for items that left.
    #[must_use]
    pub fn values(&self) -> Vec<i64> {
        with_state!(self, state => {
            let of = |item: usize| if state.at[item] == NOBODY { 0 } else { state.value(item as u32) };
            (0..state.at.len()).map(of).collect()
        })
    }

    /// Items in a column.
    #[must_use]
    pub fn held(&self, column: usize) -> usize {
        with_state!(self, state => {
            let here = |&item: &usize| state.at[item] != NOBODY && state.column_of(item as u32) == column;
            (0..state.at.len()).filter(here).count()
        })
    }

    /// Makes a change and solves again, exactly. Whether everybody has a place then, [`Warm::short`] tells.
    ///
    /// # Errors
    /// The change is none for this problem; nothing has changed.
    pub fn apply(&mut self, change: &Change) -> Result<(), Refused> {
        with_state!(mut self, state => apply(state, &mut Search::default(), change))
    }

    /// Costs are in 1/scale seconds: 1 unless there are households.
    #[must_use]
    pub fn scale(&self) -> i64 {
        with_state!(self, state => state.items.scale)
    }

    /// Cost of everybody who has a place, in 1/scale seconds.
    #[must_use]
    pub fn cost(&self) -> i128 {
        with_state!(self, state => state.cost())
    }

    /// The same in whole seconds, rounded up.
    #[must_use]
    pub fn whole_cost(&self) -> i64 {
        whole(self.cost(), self.scale())
    }

    /// Members that cannot be placed and the managers that are short; `None` when everybody is placed. As few as
    /// possible are left out, and the others cost as little as possible with that.
    #[must_use]
    pub fn short(&self) -> Option<Short> {
        with_state!(self, state => {
            let members = state.unplaced();
            (members > 0).then(|| Short { members, managers: state.short() })
        })
    }

    /// Do the prices prove the plan? Every price is valid against every manager's cheapest handover, and the bound they
    /// give equals the cost, in `i128`.
    pub fn certified(&mut self) -> bool {
        with_state!(mut self, state => state.bound_and_cost().is_some_and(|(bound, cost)| bound == cost))
    }

    /// The same over all pairs, with every cost read again and every flow counted again.
    pub fn audited(&mut self) -> bool {
        self.certified() && with_state!(self, state => state.audited())
    }

    /// The column of every item (members of units in their order); `None` = with nobody, or left.
    #[must_use]
    pub fn columns(&self) -> Vec<Option<usize>> {
        with_state!(self, state => {
            let of = |item: usize| {
                let placed = state.at[item] != NOBODY;
                placed.then(|| state.column_of(item as u32)).filter(|&column| column != state.shape.nowhere)
            };
            (0..state.at.len()).map(of).collect()
        })
    }

    /// The column that the next hired manager will have.
    #[must_use]
    pub fn next_column(&self) -> usize {
        with_state!(self, state => state.table.columns())
    }

    /// Prices of the problem's limits in 1/scale seconds. With a shortage, prices of the shortage alone: 1 for each
    /// manager and limit that is short.
    #[must_use]
    pub fn prices(&self, problem: &Problem<'_>) -> DensePrices {
        with_state!(self, state => state.prices(problem, state.unplaced() > 0))
    }
}
