//! The forward search in the table's own numbers, for ways that are short enough for them: nearly all are. Four bytes a
//! node make the loops over managers several times faster; a way it does not find is left to the wide search.

use crate::solve::network::costs::{Amount, NOBODY};
use crate::solve::network::search::Start;
use crate::solve::network::shape::ROOT;
use crate::solve::network::state::State;
use crate::solve::network::supply::FAR;

/// Nodes that are compared at once when the nearest is looked for.
const BLOCK: usize = 32;

/// Working arrays. Distances are below [`Amount::NEAR`], or [`Amount::BLOCKED`] where none is known.
#[derive(Debug, Default)]
pub struct Near<T> {
    distance: Vec<T>,
    /// `BLOCKED` for settled nodes, 0 for the others: added to distances it leaves those that are still to be settled.
    settled: Vec<T>,
    /// Potentials as they were at the start, `BLOCKED` for those that no handover leads to within `NEAR`.
    price: Vec<T>,
    /// The numbers do not do: a potential is out of range, or a short way leads to a blocked node after all.
    lost: bool,
    /// The node before on the way.
    pub towards: Vec<u32>,
    order: Vec<u32>,
}

impl<T: Amount> Near<T> {
    /// The nearest node with too little; `None` when none is near. Nothing but handovers has changed.
    pub fn forward(&mut self, state: &mut State<T>, start: Start) -> Option<usize> {
        let nodes = state.potential.len();
        self.order.clear();
        fill(&mut self.distance, nodes, T::narrow(T::BLOCKED));
        fill(&mut self.settled, nodes, T::narrow(0));
        fill(&mut self.towards, nodes, NOBODY);
        self.price.clear();
        self.price.extend(state.potential.iter().map(|&price| T::narrow(price.clamp(-T::BLOCKED, T::BLOCKED))));
        // Between the two a potential is too large for the sums, and yet not sure to be out of reach.
        let fits = |price: &T| price.wide().abs() <= T::NEAR || price.wide() == T::BLOCKED;
        self.lost = !self.price.iter().fold(true, |all, price| all & fits(price));
        match start {
            Start::Node(node) => self.reach(node, 0, NOBODY),
            Start::Item(item) => self.begin(state, item),
        }
        loop {
            let node = if self.lost { None } else { self.nearest() }?;
            if state.balance[node] < 0 {
                return Some(node);
            }
            self.settled[node] = T::narrow(T::BLOCKED);
            self.order.push(node as u32);
            self.leave(state, node);
        }
    }

    /// Distances of an item's own arcs, counted from the shortest.
    fn begin(&mut self, state: &State<T>, item: u32) {
        let first = state.shape.first_entry;
        let lengths = |reach: &mut dyn FnMut(usize, i64)| {
            let mut column = 0;
            for part in state.table.parts(&state.items, item) {
                for &cost in part {
                    let node = state.entry(item, column) + first;
                    if cost.is_some() {
                        reach(node, cost.wide() + state.potential[node]);
                    }
                    column += 1;
                }
            }
        };
        let mut least = FAR;
        lengths(&mut |_, length| least = least.min(length));
        lengths(&mut |node, length| {
            self.reach(node, length - least, NOBODY);
        });
    }

    fn nearest(&self) -> Option<usize> {
        let open = |(&distance, &settled): (&T, &T)| distance.plus(settled);
        let least = self.distance.iter().zip(&self.settled).map(open).fold(T::narrow(T::BLOCKED), T::min);
        if least.wide() >= T::NEAR {
            return None;
        }
        let mut blocks = self.distance.chunks(BLOCK).zip(self.settled.chunks(BLOCK));
        let here = |(distance, settled): (&[T], &[T])| {
            distance.iter().zip(settled).fold(false, |found, pair| found | (open(pair) == least))
        };
        let start = blocks.position(here)? * BLOCK;
        let inside = self.distance[start..].iter().zip(&self.settled[start..]).position(|pair| open(pair) == least)?;
        Some(start + inside)
    }

    /// Relaxes what leaves a settled node.
    fn leave(&mut self, state: &mut State<T>, node: usize) {
        let base = self.distance[node].minus(self.price[node]);
        let first = state.shape.first_entry;
        if node >= first && !state.members[node - first].is_empty() {
            state.refresh(node - first);
            let row = &state.handovers(node - first).change;
            let ends = self.distance[first..].iter_mut().zip(&mut self.towards[first..]);
            for ((&change, &price), (best, towards)) in row.iter().zip(&self.price[first..]).zip(ends) {
                // In range by the choice of NEAR and BLOCKED; what is not near is never below a distance but BLOCKED.
                let distance = base.plus(change).plus(price);
                let better = distance < *best;
                *best = if better { distance } else { *best };
                *towards = if better { node as u32 } else { *towards };
            }
        }
        let base = base.wide();
        let parent = state.shape.parent[node] as usize;
        if node != ROOT && state.next[node] != FAR {
            self.reach(parent, base + state.next[node] + state.potential[parent], node as u32);
        }
        for &child in &state.shape.children[node] {
            let child = child as usize;
            if state.flow[child] > 0 {
                self.reach(child, base - state.last[child] + state.potential[child], node as u32);
            }
        }
    }

    fn reach(&mut self, node: usize, distance: i64, over: u32) {
        if distance < T::NEAR && self.price[node].wide() == T::BLOCKED {
            self.lost = true;
        } else if distance < self.distance[node].wide() && distance < T::NEAR {
            self.distance[node] = T::narrow(distance);
            self.towards[node] = over;
        }
    }

    /// Potentials follow the distances of what was settled; the root's stays 0.
    pub fn reprice(&self, state: &mut State<T>, goal: usize) {
        for &node in &self.order {
            let node = node as usize;
            state.potential[node] += self.distance[goal].wide() - self.distance[node].wide();
        }
        let root = state.potential[ROOT];
        if root != 0 {
            state.potential.iter_mut().for_each(|potential| *potential -= root);
        }
    }
}

fn fill<V: Copy>(list: &mut Vec<V>, length: usize, value: V) {
    list.clear();
    list.resize(length, value);
}
