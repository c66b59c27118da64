//! Shortest paths on the graph of managers (Dijkstra on reduced costs, dense), and moving items along them.

use crate::solve::network::costs::{Costs, NONE};
use crate::solve::network::state::{NOWHERE, State};

/// Working arrays of a search, kept between searches. The node after the last manager is the *pool* of places: a -> pool
/// takes a place at a, pool -> a gives one back.
pub struct Search {
    distance: Vec<i64>,
    parent: Vec<u32>,
    settled: Vec<bool>,
    order: Vec<u32>,
}

/// Where a path ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Any free place.
    Pool,
    /// The place an item left.
    Manager(usize),
}

impl Search {
    /// For so many managers.
    #[must_use]
    pub fn new(managers: usize) -> Self {
        let nodes = managers + 1;
        Self {
            distance: vec![NONE; nodes],
            parent: vec![NOWHERE; nodes],
            settled: vec![false; nodes],
            order: Vec::new(),
        }
    }

    /// Places an item that is nowhere at least cost, moving others along. `Err`: no free place can be reached; the
    /// managers that can be are returned, sorted, and nothing has changed.
    ///
    /// # Errors
    /// See above.
    pub fn place(&mut self, costs: &Costs, state: &mut State, item: u32, target: Target) -> Result<(), Vec<usize>> {
        let pool = costs.managers;
        let goal = match target {
            Target::Pool => pool,
            Target::Manager(manager) => manager,
        };
        self.distance.fill(NONE);
        self.parent.fill(NOWHERE);
        self.settled.fill(false);
        self.order.clear();
        for (manager, &cost) in state.costs_of(costs, item).iter().enumerate() {
            if cost != NONE {
                self.distance[manager] = cost + state.price[manager];
            }
        }
        while let Some(node) = self.nearest() {
            self.settled[node] = true;
            self.order.push(node as u32);
            if node == goal {
                self.reprice(state, goal);
                self.augment(costs, state, item, goal);
                return Ok(());
            }
            self.relax(costs, state, node, goal);
        }
        Err(self.order.iter().map(|&node| node as usize).filter(|&node| node != pool).collect())
    }

    fn nearest(&self) -> Option<usize> {
        let mut best = (NONE, None);
        for (node, (&distance, &settled)) in self.distance.iter().zip(&self.settled).enumerate() {
            if distance < best.0 && !settled {
                best = (distance, Some(node));
            }
        }
        best.1
    }

    fn relax(&mut self, costs: &Costs, state: &mut State, node: usize, goal: usize) {
        let (pool, base) = (costs.managers, self.distance[node]);
        if node == pool {
            for manager in 0..costs.managers {
                // The goal's last place is the one the item left: it is free already, and given back for good.
                let last =
                    if manager == goal { state.next_place(costs, goal) } else { state.last_place(costs, manager) };
                if let Some(last) = last {
                    self.reach(manager, base + state.price[manager] - last, node);
                }
            }
            return;
        }
        let own = state.price[node];
        if let Some(next) = state.next_place(costs, node) {
            self.reach(pool, base + next - own, node);
        }
        state.handovers(costs, node);
        let prices = &state.price;
        let row = state.fresh_handovers(costs, node);
        for (to, (&(change, _), &price)) in row.iter().zip(prices).enumerate() {
            if change != NONE {
                self.reach(to, base + change + price - own, node);
            }
        }
    }

    fn reach(&mut self, node: usize, distance: i64, from: usize) {
        if distance < self.distance[node] && !self.settled[node] {
            self.distance[node] = distance;
            self.parent[node] = from as u32;
        }
    }

    /// Prices rise where the path came cheaper than the goal; the pool's stays 0.
    fn reprice(&self, state: &mut State, goal: usize) {
        let pool = state.price.len();
        let far = self.distance[goal];
        let pool_rise = if self.settled[pool] { far - self.distance[pool] } else { 0 };
        for &node in self.order.iter().filter(|&&node| node as usize != pool) {
            state.price[node as usize] += far - self.distance[node as usize];
        }
        if pool_rise != 0 {
            state.price.iter_mut().for_each(|price| *price -= pool_rise);
        }
        for (price, items) in state.price.iter_mut().zip(&state.items) {
            if items.is_empty() {
                *price = (*price).max(0);
            }
        }
    }

    /// Moves items along the path, last first.
    fn augment(&self, costs: &Costs, state: &mut State, item: u32, goal: usize) {
        let pool = costs.managers;
        let mut moves = Vec::new();
        let mut node = goal;
        while self.parent[node] != NOWHERE {
            let from = self.parent[node] as usize;
            if from != pool && node != pool {
                moves.push((state.fresh_handovers(costs, from)[node].1, node));
            }
            node = from;
        }
        for (item, to) in moves {
            state.take(item);
            state.put(costs, item, to);
        }
        state.put(costs, item, node);
    }
}
