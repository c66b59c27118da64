//! Shortest paths on the graph of managers (Dijkstra on reduced costs, dense), and moving items along them: successive
//! shortest paths between nodes that have too much and nodes that have too little (Ahuja, Magnanti, Orlin 1993, sections
//! 9.7 and 9.8). An arc between entries is the cheapest item to hand over; arcs of the tree take a place or give one back.

use crate::solve::network::costs::{Amount, NOBODY};
use crate::solve::network::near::Near;
use crate::solve::network::shape::ROOT;
use crate::solve::network::state::State;
use crate::solve::network::supply::FAR;

/// Added to the distance of a settled node to keep it from being the nearest: above twice every distance that is not
/// [`FAR`], and the sum of both fits.
const SETTLED: i64 = FAR;

/// Working arrays of a search, kept between searches.
#[derive(Debug, Default)]
pub struct Search<T> {
    near: Near<T>,
    distance: Vec<i64>,
    settled: Vec<i64>,
    towards: Vec<u32>,
    order: Vec<u32>,
    /// Searches so far.
    pub searches: u64,
}

/// Where a search starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At a node with too much.
    Node(usize),
    /// With an item in hand.
    Item(u32),
}

impl<T: Amount> Search<T> {
    /// Places an item that is in hand, others moved along at least cost, to the nearest node that has too little.
    pub fn place(&mut self, state: &mut State<T>, item: u32) {
        self.forward(state, Start::Item(item));
    }

    /// Moves items until every node is balanced, and brings the potentials of nodes nobody uses up to those above.
    pub fn settle(&mut self, state: &mut State<T>) {
        for node in 1..state.balance.len() {
            while state.balance[node] > 0 && self.forward(state, Start::Node(node)) {}
        }
        for node in 1..state.balance.len() {
            while state.balance[node] < 0 && self.backward(state, node) {}
        }
        lift(state, ROOT);
    }

    /// Moves one unit from a node that has too much; `false` when there is nowhere to.
    pub fn relieve(&mut self, state: &mut State<T>, node: usize) -> bool {
        self.forward(state, Start::Node(node))
    }

    fn reset(&mut self, nodes: usize) {
        self.searches += 1;
        self.order.clear();
        for list in [&mut self.distance, &mut self.settled] {
            list.clear();
        }
        self.distance.resize(nodes, FAR);
        self.settled.resize(nodes, 0);
        self.towards.clear();
        self.towards.resize(nodes, NOBODY);
    }

    fn nearest(&self) -> Option<usize> {
        // Distances are at most FAR, so the sums fit.
        let sums =
            || self.distance.iter().zip(&self.settled).map(|(&distance, &settled)| distance.wrapping_add(settled));
        let least = sums().fold(FAR, i64::min);
        if least >= FAR { None } else { sums().position(|sum| sum == least) }
    }

    fn reach(&mut self, node: usize, distance: i64, over: usize) {
        if distance < self.distance[node] {
            self.distance[node] = distance;
            self.towards[node] = over as u32;
        }
    }

    /// To the nearest node with too little; `false` when there is none.
    fn forward(&mut self, state: &mut State<T>, start: Start) -> bool {
        if let Some(goal) = self.near.forward(state, start) {
            self.searches += 1;
            self.near.reprice(state, goal);
            augment(state, start, goal, &self.near.towards);
            return true;
        }
        self.reset(state.potential.len());
        match start {
            Start::Node(node) => self.distance[node] = 0,
            Start::Item(item) => self.begin(state, item),
        }
        while let Some(node) = self.nearest() {
            if state.balance[node] < 0 {
                self.reprice(state, self.distance[node], 1);
                augment(state, start, node, &self.towards);
                return true;
            }
            self.settled[node] = SETTLED;
            self.order.push(node as u32);
            self.leave(state, node);
        }
        false
    }

    fn begin(&mut self, state: &State<T>, item: u32) {
        let mut column = 0;
        for part in state.table.parts(&state.items, item) {
            for &cost in part {
                if cost.is_some() {
                    let node = state.entry(item, column) + state.shape.first_entry;
                    self.distance[node] = cost.wide() + state.potential[node];
                }
                column += 1;
            }
        }
    }

    /// Relaxes what leaves a settled node.
    fn leave(&mut self, state: &mut State<T>, node: usize) {
        // What a unit here has cost so far, less the potential: arcs add theirs.
        let base = self.distance[node] - state.potential[node];
        let first = state.shape.first_entry;
        if node >= first && !state.members[node - first].is_empty() {
            state.refresh(node - first);
            let row = &state.handovers(node - first).change;
            let ends = self.distance[first..].iter_mut().zip(&mut self.towards[first..]);
            for ((&change, &to), (best, towards)) in row.iter().zip(&state.potential[first..]).zip(ends) {
                // Potentials are within a few times OUTSIDE, changes within their kind's limits: far from wrapping.
                let distance = base.wrapping_add(change.wide()).wrapping_add(to);
                if distance < *best && change.is_some() {
                    *best = distance;
                    *towards = node as u32;
                }
            }
        }
        if node != ROOT && state.next[node] != FAR {
            let parent = state.shape.parent[node] as usize;
            self.reach(parent, base + state.next[node] + state.potential[parent], node);
        }
        for &child in &state.shape.children[node] {
            let child = child as usize;
            if state.flow[child] > 0 {
                self.reach(child, base - state.last[child] + state.potential[child], node);
            }
        }
    }

    /// From the nearest node with too much to this one, which has too little; `false` when there is none.
    fn backward(&mut self, state: &mut State<T>, hole: usize) -> bool {
        self.reset(state.potential.len());
        self.distance[hole] = 0;
        while let Some(node) = self.nearest() {
            if state.balance[node] > 0 {
                self.reprice(state, self.distance[node], -1);
                self.augment_backward(state, node, hole);
                return true;
            }
            self.settled[node] = SETTLED;
            self.order.push(node as u32);
            self.arrive(state, node);
        }
        false
    }

    /// Relaxes what arrives at a settled node.
    fn arrive(&mut self, state: &mut State<T>, node: usize) {
        let base = self.distance[node] + state.potential[node];
        let first = state.shape.first_entry;
        if node >= first {
            for entry in 0..state.members.len() {
                if self.settled[first + entry] == 0 && !state.members[entry].is_empty() {
                    let (change, _) = state.handover(entry, node - first);
                    if change.is_some() {
                        self.reach(first + entry, base + change.wide() - state.potential[first + entry], node);
                    }
                }
            }
        }
        if node != ROOT && state.flow[node] > 0 {
            let parent = state.shape.parent[node] as usize;
            self.reach(parent, base - state.last[node] - state.potential[parent], node);
        }
        for &child in &state.shape.children[node] {
            let child = child as usize;
            if state.next[child] != FAR {
                self.reach(child, base + state.next[child] - state.potential[child], node);
            }
        }
    }

    /// Potentials follow the distances of what was settled, which keeps every reduced cost at 0 or above; the root's
    /// stays 0.
    fn reprice(&self, state: &mut State<T>, far: i64, sign: i64) {
        for &node in &self.order {
            state.potential[node as usize] += sign * (far - self.distance[node as usize]);
        }
        let root = state.potential[ROOT];
        if root != 0 {
            state.potential.iter_mut().for_each(|potential| *potential -= root);
        }
    }

    fn augment_backward(&self, state: &mut State<T>, start: usize, hole: usize) {
        let mut arcs = Vec::new();
        let mut node = start;
        while node != hole {
            let to = self.towards[node] as usize;
            arcs.push((node, to));
            node = to;
        }
        follow(state, &arcs);
        state.balance[start] -= 1;
        state.balance[hole] += 1;
    }
}

/// Sends one unit from the start to the goal along the way that was found.
fn augment<T: Amount>(state: &mut State<T>, start: Start, goal: usize, towards: &[u32]) {
    let mut arcs = Vec::new();
    let mut node = goal;
    while towards[node] != NOBODY {
        let from = towards[node] as usize;
        arcs.push((from, node));
        node = from;
    }
    follow(state, &arcs);
    match start {
        Start::Node(start) => state.balance[start] -= 1,
        Start::Item(item) => state.put(item, node - state.shape.first_entry),
    }
    state.balance[goal] += 1;
}

/// Sends one unit over each of these arcs of a path. Every handover is read before the first item moves.
fn follow<T: Amount>(state: &mut State<T>, arcs: &[(usize, usize)]) {
    let first = state.shape.first_entry;
    let mut moves = Vec::new();
    for &(from, to) in arcs {
        if from != ROOT && state.shape.parent[from] as usize == to {
            state.set_flow(from, state.flow[from] + 1);
        } else if to != ROOT && state.shape.parent[to] as usize == from {
            state.set_flow(to, state.flow[to] - 1);
        } else {
            moves.push((state.handover(from - first, to - first).1, to - first));
        }
    }
    for &(item, _) in &moves {
        state.take(item);
    }
    for (item, to) in moves {
        state.put(item, to);
    }
}

/// A node without flow costs at least what the one above does: no price is below 0.
fn lift<T: Amount>(state: &mut State<T>, node: usize) {
    for at in 0..state.shape.children[node].len() {
        let child = state.shape.children[node][at] as usize;
        if state.flow[child] == 0 && state.potential[child] < state.potential[node] {
            state.potential[child] = state.potential[node];
        }
        lift(state, child);
    }
}
