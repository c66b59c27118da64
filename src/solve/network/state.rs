//! A solved transportation problem with everything a change needs to be solved again from there: who is where, the
//! potentials of managers and limits, and the cheapest item to hand from every manager to every other. Copying it makes
//! a scenario: the large tables are shared until a copy changes them.

use std::sync::Arc;

use crate::model::decode::DensePrices;
use crate::model::problem::Problem;
use crate::solve::network::costs::{Amount, Items, NOBODY, Table};
use crate::solve::network::handovers::{Handovers, offer};
use crate::solve::network::pools::Pools;
use crate::solve::network::shape::{Shape, nodes};
use crate::solve::network::supply::{FAR, OUTSIDE, Supply};

/// An entry of a row of handovers whose item's costs changed: matches no item.
const SPOILT: u32 = NOBODY - 1;

/// What is known of a row of handovers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fresh {
    /// All of it.
    Whole,
    /// Entries whose item is no longer there must be found again.
    Parts,
    /// Nothing.
    Nothing,
}

/// Invariants at rest: for every item i at entry a and every entry b open to it `c_ib + v_b >= c_ia + v_a`, v the
/// potentials; for every node, `v - v(parent)` lies between the cost of its last taken and its first free place; what
/// comes into a node leaves it.
#[derive(Clone, Debug)]
pub struct State<T> {
    /// Costs.
    pub table: Table<T>,
    /// Units and their items.
    pub items: Arc<Items>,
    /// Nodes.
    pub shape: Arc<Shape>,
    /// The entry (counted from the first) every item is at, [`NOBODY`] = left for good or in hand.
    pub at: Vec<u32>,
    /// Cost of every item where it is.
    pub own: Vec<T>,
    /// Items of every entry.
    pub members: Vec<Vec<u32>>,
    /// Price of arriving at every node, the root's is 0; 1/scale seconds.
    pub potential: Vec<i64>,
    /// What comes into a node less what leaves it.
    pub balance: Vec<i64>,
    /// What leaves a node towards its parent.
    pub flow: Vec<i64>,
    /// Cost of the first free place, [`FAR`] when there is none.
    pub next: Vec<i64>,
    /// Cost of the last taken place, `-FAR` when none is.
    pub last: Vec<i64>,
    supply: Vec<Supply>,
    handovers: Vec<Arc<Handovers<T>>>,
    fresh: Vec<Fresh>,
}

impl<T: Amount> State<T> {
    /// Nobody placed yet. `None` when the costs do not fit the kind of number.
    #[must_use]
    pub fn new(problem: &Problem<'_>, pools: &Pools) -> Option<Self> {
        let items = Items::new(problem);
        let table = Table::new(problem, &items)?;
        let (shape, supply) = nodes(problem, pools, items.scale);
        let nodes = shape.nodes();
        let entries = nodes - shape.first_entry;
        let nothing = Handovers { change: vec![T::NONE; entries], item: vec![NOBODY; entries] };
        let mut state = Self {
            at: vec![NOBODY; items.unit_of.len()],
            own: vec![T::narrow(0); items.unit_of.len()],
            members: vec![Vec::new(); entries],
            potential: vec![0; nodes],
            balance: vec![0; nodes],
            flow: vec![0; nodes],
            next: vec![FAR; nodes],
            last: vec![-FAR; nodes],
            supply,
            // One empty list shared by all, until each gets its own.
            handovers: std::iter::repeat_n(Arc::new(nothing), entries).collect(),
            fresh: vec![Fresh::Whole; entries],
            table,
            items: Arc::new(items),
            shape: Arc::new(shape),
        };
        (1..nodes).for_each(|node| state.set_flow(node, 0));
        let nowhere = state.shape.first_column + state.shape.nowhere;
        state.potential[nowhere] = OUTSIDE;
        Some(state)
    }

    /// Sets what leaves a node, and the costs at the margin that go with it.
    pub fn set_flow(&mut self, node: usize, flow: i64) {
        self.flow[node] = flow;
        (self.last[node], self.next[node]) = self.supply[node].margins(flow);
    }

    /// What a node's way up costs and holds.
    #[must_use]
    pub fn supply(&self, node: usize) -> &Supply {
        &self.supply[node]
    }

    /// Replaces it; the flow stays and may no longer fit.
    pub fn set_supply(&mut self, node: usize, supply: Supply) {
        self.supply[node] = supply;
        self.set_flow(node, self.flow[node]);
    }

    /// Where an item enters a column, counted from the first entry.
    #[must_use]
    pub fn entry(&self, item: u32, column: usize) -> usize {
        self.shape.entry(column, self.items.present[item as usize]) - self.shape.first_entry
    }

    /// The column an item is in.
    #[must_use]
    pub fn column_of(&self, item: u32) -> usize {
        self.shape.column(self.at[item as usize] as usize + self.shape.first_entry)
    }

    /// Its least cost plus price: of the entry it is at.
    #[must_use]
    pub fn value(&self, item: u32) -> i64 {
        let entry = self.at[item as usize] as usize;
        self.own[item as usize].wide() + self.potential[self.shape.first_entry + entry]
    }

    /// Puts an item that is in hand at the entry of a column. The flows are left to the caller.
    pub fn put(&mut self, item: u32, entry: usize) {
        let column = self.shape.column(entry + self.shape.first_entry);
        self.at[item as usize] = entry as u32;
        self.own[item as usize] = self.table.cost(&self.items, item, column);
        self.members[entry].push(item);
        if self.fresh[entry] == Fresh::Parts {
            // What is left here from an earlier stay may come from other costs.
            self.spoil(entry, item);
        }
        if self.fresh[entry] != Fresh::Nothing {
            let row = Arc::make_mut(&mut self.handovers[entry]);
            offer(row, &self.table, &self.items, &self.shape, item, self.own[item as usize]);
        }
    }

    /// Takes an item in hand.
    pub fn take(&mut self, item: u32) {
        let entry = self.at[item as usize] as usize;
        if let Some(position) = self.members[entry].iter().position(|&other| other == item) {
            self.members[entry].swap_remove(position);
        }
        self.at[item as usize] = NOBODY;
        if self.fresh[entry] == Fresh::Whole {
            self.fresh[entry] = Fresh::Parts;
        }
    }

    /// Replaces an item's costs. It may be in hand, or stay where it is when it may and its cost there is the same.
    pub fn set_row(&mut self, item: u32, row: Arc<Vec<T>>) {
        let entry = self.at[item as usize];
        self.table.set_row(item, row);
        // What its row of handovers says of this item no longer holds.
        if entry != NOBODY {
            self.spoil(entry as usize, item);
            let handovers = Arc::make_mut(&mut self.handovers[entry as usize]);
            if self.fresh[entry as usize] != Fresh::Nothing {
                offer(handovers, &self.table, &self.items, &self.shape, item, self.own[item as usize]);
            }
        }
    }

    /// An item's handovers from an entry are not to be believed any more.
    pub fn spoil(&mut self, entry: usize, item: u32) {
        if self.fresh[entry] == Fresh::Nothing {
            return;
        }
        self.fresh[entry] = Fresh::Parts;
        let row = Arc::make_mut(&mut self.handovers[entry]);
        row.item.iter_mut().filter(|other| **other == item).for_each(|other| *other = SPOILT);
    }

    /// All handovers are to be found anew: before many items are put.
    pub fn forget(&mut self) {
        self.fresh.fill(Fresh::Nothing);
    }

    /// The handovers of an entry, brought up to date.
    pub fn refresh(&mut self, entry: usize) {
        match self.fresh[entry] {
            Fresh::Whole => return,
            Fresh::Nothing => {
                let entries = self.members.len();
                let mut row = Handovers { change: vec![T::NONE; entries], item: vec![NOBODY; entries] };
                for &item in &self.members[entry] {
                    offer(&mut row, &self.table, &self.items, &self.shape, item, self.own[item as usize]);
                }
                self.handovers[entry] = Arc::new(row);
            }
            Fresh::Parts => self.refresh_parts(entry),
        }
        self.fresh[entry] = Fresh::Whole;
    }

    fn refresh_parts(&mut self, entry: usize) {
        let row = &self.handovers[entry];
        let gone = |&to: &usize| self.is_gone(entry, row.item[to]);
        let stale: Vec<usize> = (0..row.item.len()).filter(gone).collect();
        if stale.len() > row.item.len() / 4 {
            self.fresh[entry] = Fresh::Nothing;
            self.refresh(entry);
            return;
        }
        let found: Vec<(usize, T, u32)> = stale.iter().map(|&to| self.best(entry, to)).collect();
        let row = Arc::make_mut(&mut self.handovers[entry]);
        for (to, change, item) in found {
            (row.change[to], row.item[to]) = (change, item);
        }
    }

    fn is_gone(&self, entry: usize, item: u32) -> bool {
        item != NOBODY && self.at.get(item as usize).is_none_or(|&at| at as usize != entry)
    }

    /// The cheapest item of an entry for another entry, found anew.
    fn best(&self, entry: usize, to: usize) -> (usize, T, u32) {
        let column = self.shape.column(to + self.shape.first_entry);
        let mut best = (T::NONE, NOBODY);
        for &item in &self.members[entry] {
            if self.shape.behind[column] != NOBODY && self.entry(item, column) != to {
                continue;
            }
            let change = self.table.cost(&self.items, item, column).minus(self.own[item as usize]);
            if change.is_some() && change < best.0 {
                best = (change, item);
            }
        }
        (to, best.0, best.1)
    }

    /// One handover, brought up to date without the rest of its row.
    pub fn handover(&mut self, entry: usize, to: usize) -> (T, u32) {
        match self.fresh[entry] {
            Fresh::Whole => {}
            Fresh::Nothing => self.refresh(entry),
            Fresh::Parts => {
                if self.is_gone(entry, self.handovers[entry].item[to]) {
                    let (_, change, item) = self.best(entry, to);
                    let row = Arc::make_mut(&mut self.handovers[entry]);
                    (row.change[to], row.item[to]) = (change, item);
                }
            }
        }
        let row = &self.handovers[entry];
        (row.change[to], row.item[to])
    }

    /// The handovers of an entry that is up to date.
    #[must_use]
    pub fn handovers(&self, entry: usize) -> &Handovers<T> {
        debug_assert!(self.fresh[entry] == Fresh::Whole, "brought up to date when the entry was reached");
        &self.handovers[entry]
    }

    /// Adds a column whose node stands below `parent`, with its handovers computed; returns its node.
    pub fn add_column(&mut self, parent: usize, supply: Supply, cost: &dyn Fn(u32) -> T) -> usize {
        let column = self.table.add_column(&self.items, cost);
        let node = self.shape.nodes();
        let shape = Arc::make_mut(&mut self.shape);
        shape.parent.push(parent as u32);
        shape.children.push(Vec::new());
        shape.children[parent].push(node as u32);
        shape.behind.push(NOBODY);
        shape.row.push(NOBODY);
        for list in [&mut self.potential, &mut self.balance, &mut self.flow, &mut self.next, &mut self.last] {
            list.push(0);
        }
        self.supply.push(supply);
        self.set_flow(node, 0);
        let mut best = vec![(T::NONE, NOBODY); self.members.len()];
        for (item, &at) in self.at.iter().enumerate().filter(|&(_, &at)| at != NOBODY) {
            let change = cost(item as u32).minus(self.own[item]);
            let best = &mut best[at as usize];
            if change.is_some() && change < best.0 {
                *best = (change, item as u32);
            }
        }
        for (row, (change, item)) in self.handovers.iter_mut().zip(best) {
            let row = Arc::make_mut(row);
            row.change.push(change);
            row.item.push(item);
        }
        self.members.push(Vec::new());
        let entries = self.members.len();
        self.handovers.push(Arc::new(Handovers { change: vec![T::NONE; entries], item: vec![NOBODY; entries] }));
        self.fresh.push(Fresh::Whole);
        debug_assert_eq!(column + self.shape.first_column, node);
        node
    }

    /// Adds a unit in hand; its rows are set by the caller.
    pub fn add_unit(&mut self, size: u32, present: &[(u32, u32)]) -> usize {
        let items = Arc::make_mut(&mut self.items);
        items.push(size, present);
        self.at.resize(items.unit_of.len(), NOBODY);
        self.own.resize(items.unit_of.len(), T::narrow(0));
        items.units() - 1
    }

    /// Items that nobody could take.
    #[must_use]
    pub fn unplaced(&self) -> usize {
        self.members[self.shape.nowhere + self.shape.first_column - self.shape.first_entry].len()
    }

    /// Cost of items and places, in 1/scale seconds; items at nowhere cost nothing.
    #[must_use]
    pub fn cost(&self) -> i128 {
        let here = self.own.iter().zip(&self.at).filter(|&(_, &at)| at != NOBODY);
        let items: i128 = here.map(|(own, _)| i128::from(own.wide())).sum();
        let nowhere = self.shape.nowhere + self.shape.first_column;
        let places: i128 = (1..self.flow.len())
            .filter(|&node| node != nowhere)
            .map(|node| self.supply[node].total(self.flow[node]))
            .sum();
        items + places
    }

    /// Prices of the problem's limits. Prices of the places far apart from all costs stand for the first order: what
    /// a place would be worth to those who have none; with `shortage` this part alone, with 1 for each.
    #[must_use]
    pub fn prices(&self, problem: &Problem<'_>, shortage: bool) -> DensePrices {
        let level = |node: usize| {
            let potential = self.potential[node];
            if shortage { i64::from(potential > OUTSIDE / 2) } else { potential }
        };
        let price = |node: usize| level(node) - level(self.shape.parent[node] as usize);
        let capacity = (0..problem.managers()).map(|manager| price(self.shape.manager(manager))).collect();
        let mut rows = vec![0; problem.rows.len()];
        for node in 1..self.shape.nodes() {
            if let Some(row) = rows.get_mut(self.shape.row[node] as usize) {
                *row = price(node);
            }
        }
        DensePrices { capacity, rows, minimum_use: 0 }
    }

    /// Managers' columns that those without a place could go to if there were room: all full, and all others with them
    /// could go to no one else either (Hall 1935).
    #[must_use]
    pub fn short(&self) -> Vec<usize> {
        let nowhere = self.shape.nowhere;
        let wanted = |&column: &usize| self.potential[self.shape.manager(column)] > OUTSIDE / 2;
        (0..self.table.columns()).filter(|&column| column != nowhere).filter(wanted).collect()
    }

    /// Households whose items are not all with one manager, each with the manager who has most of them.
    #[must_use]
    pub fn split_units(&self) -> Vec<(u32, usize)> {
        let mut split = Vec::new();
        for &unit in &self.items.households {
            let items = self.items.of(unit as usize);
            let column = |item: usize| self.column_of(item as u32);
            let first = self.at[items.start];
            if first == NOBODY || self.at[items.clone()].iter().all(|&at| at == first) {
                continue;
            }
            let columns: Vec<usize> = items.map(column).collect();
            let count = |column: usize| columns.iter().filter(|&&other| other == column).count();
            let most = columns.iter().copied().max_by_key(|&column| (count(column), std::cmp::Reverse(column)));
            split.extend(most.filter(|&most| count(most) < columns.len()).map(|most| (unit, most)));
        }
        split
    }
}
