//! A solved (or partly filled) transportation problem: who is where, the managers' prices, and the cheapest item to
//! hand from every manager to every other. Cloning it copies a scenario.

use std::collections::BTreeMap;

use crate::solve::network::branch::Leaf;
use crate::solve::network::costs::{Costs, NONE};

/// No manager.
pub const NOWHERE: u32 = u32::MAX;

/// Invariant: for every item i at a and every b, `c_ib + p_b >= c_ia + p_a`; the price of a manager lies between the
/// marginal cost of its last taken and its first free place.
#[derive(Clone)]
pub struct State {
    /// The manager of every item.
    pub at: Vec<u32>,
    /// Items of every manager.
    pub items: Vec<Vec<u32>>,
    /// Price of a place at every manager, in 1/scale seconds.
    pub price: Vec<i64>,
    /// `handover[a * managers + b]`: cheapest change of cost when an item of a goes to b, and which item.
    handover: Vec<(i64, u32)>,
    /// Rows of `handover` that must be recomputed before use.
    stale: Vec<bool>,
    /// Items with arcs taken away by branching.
    restricted: BTreeMap<u32, Vec<i64>>,
}

impl State {
    /// Nobody placed yet.
    #[must_use]
    pub fn new(costs: &Costs) -> Self {
        let managers = costs.managers;
        Self {
            at: vec![NOWHERE; costs.unit_of.len()],
            items: vec![Vec::new(); managers],
            price: vec![0; managers],
            handover: vec![(NONE, NOWHERE); managers * managers],
            stale: vec![false; managers],
            restricted: BTreeMap::new(),
        }
    }

    /// Costs of an item as this state knows them.
    #[must_use]
    pub fn costs_of<'a>(&'a self, costs: &'a Costs, item: u32) -> &'a [i64] {
        let whole = costs.of_unit(costs.unit_of[item as usize] as usize);
        if self.restricted.is_empty() { whole } else { self.restricted.get(&item).map_or(whole, Vec::as_slice) }
    }

    /// Takes arcs of an item away: all but `only`, or just `never`. Is it with a manager it may no longer be with?
    pub fn restrict(&mut self, costs: &Costs, item: u32, only: Option<usize>, never: Option<usize>) -> bool {
        let mut row = self.costs_of(costs, item).to_vec();
        for (manager, cost) in row.iter_mut().enumerate() {
            if only.is_some_and(|only| only != manager) || never == Some(manager) {
                *cost = NONE;
            }
        }
        let own = self.at[item as usize] as usize;
        let misplaced = row[own] == NONE;
        self.restricted.insert(item, row);
        self.stale[own] = true;
        misplaced
    }

    /// Marginal cost of the first free place, `None` when full.
    #[must_use]
    pub fn next_place(&self, costs: &Costs, manager: usize) -> Option<i64> {
        costs.places[manager].get(self.items[manager].len()).copied()
    }

    /// Marginal cost of the last taken place, `None` when empty.
    #[must_use]
    pub fn last_place(&self, costs: &Costs, manager: usize) -> Option<i64> {
        self.items[manager].len().checked_sub(1).map(|last| costs.places[manager][last])
    }

    /// The cheapest handovers of a manager to all others, brought up to date.
    pub fn handovers(&mut self, costs: &Costs, manager: usize) -> &[(i64, u32)] {
        let span = manager * costs.managers..(manager + 1) * costs.managers;
        if self.stale[manager] {
            self.stale[manager] = false;
            let mut row = vec![(NONE, NOWHERE); costs.managers];
            for &item in &self.items[manager] {
                offer(&mut row, self.costs_of(costs, item), manager, item);
            }
            self.handover[span.clone()].copy_from_slice(&row);
        }
        &self.handover[span]
    }

    /// The same, known to be up to date.
    #[must_use]
    pub fn fresh_handovers(&self, costs: &Costs, manager: usize) -> &[(i64, u32)] {
        debug_assert!(!self.stale[manager], "brought up to date when the manager was reached");
        &self.handover[manager * costs.managers..][..costs.managers]
    }

    /// Puts an item that is nowhere with a manager.
    pub fn put(&mut self, costs: &Costs, item: u32, manager: usize) {
        self.at[item as usize] = manager as u32;
        self.items[manager].push(item);
        if !self.stale[manager] {
            let whole = costs.of_unit(costs.unit_of[item as usize] as usize);
            let row = self.restricted.get(&item).map_or(whole, Vec::as_slice);
            offer(&mut self.handover[manager * costs.managers..][..costs.managers], row, manager, item);
        }
    }

    /// Takes an item away from its manager.
    pub fn take(&mut self, item: u32) {
        let manager = self.at[item as usize] as usize;
        self.items[manager].retain(|&other| other != item);
        self.at[item as usize] = NOWHERE;
        self.stale[manager] = true;
    }

    /// Cost of items and places, in 1/scale seconds.
    #[must_use]
    pub fn cost(&self, costs: &Costs) -> i128 {
        let item = |(item, &at): (usize, &u32)| i128::from(self.costs_of(costs, item as u32)[at as usize]);
        let placed: i128 = self.at.iter().enumerate().filter(|&(_, &at)| at != NOWHERE).map(item).sum();
        let load = |(places, items): (&Vec<i64>, &Vec<u32>)| {
            places[..items.len()].iter().map(|&c| i128::from(c)).sum::<i128>()
        };
        placed + costs.places.iter().zip(&self.items).map(load).sum::<i128>()
    }

    /// What remains of a state that is not searched any further.
    #[must_use]
    pub fn into_leaf(self, costs: &Costs) -> Leaf {
        Leaf { bound: self.cost(costs), at: self.at, restricted: self.restricted }
    }

    /// The first unit whose items are not all with one manager, and the manager who has most of them.
    #[must_use]
    pub fn split_unit(&self, costs: &Costs) -> Option<(u32, usize)> {
        let units = costs.first_item.len() - 1;
        (0..units).find_map(|unit| {
            let places = &self.at[costs.items(unit)];
            if places.len() < 2 || places.iter().all(|at| at == &places[0]) {
                return None;
            }
            let count = |manager: u32| places.iter().filter(|&&at| at == manager).count();
            let most = places.iter().copied().max_by_key(|&manager| (count(manager), std::cmp::Reverse(manager)))?;
            Some((unit as u32, most as usize))
        })
    }
}

/// Offers an item to every manager's entry of a row of handovers; the smaller item wins ties.
fn offer(row: &mut [(i64, u32)], item_costs: &[i64], own: usize, item: u32) {
    let own = item_costs[own];
    for (entry, &cost) in row.iter_mut().zip(item_costs) {
        let change = if cost == NONE { NONE } else { cost - own };
        if change < entry.0 || (change == entry.0 && change != NONE && item < entry.1) {
            *entry = (change, item);
        }
    }
}
