//! What forbidding its present place costs each of many items, all of them at once, from one solved state.
//!
//! Forbidding i at k costs `min over q != k of r_iq + dist(q, k)`: r the reduced costs of the item, dist the shortest way
//! in the residual graph of managers and limits (Ahuja, Magnanti, Orlin 1993, section 9.3). Distances are only asked for
//! towards the managers of the items and only as far as they can matter, so one search a manager, which stops at that
//! radius, does far less than all pairs at once. Most ways lead over the root (somebody takes a free place anywhere, and
//! one is given back): distances to it are found once, and a search follows only what is shorter than over it.

use rayon::prelude::*;

use crate::solve::network::costs::{Amount, NOBODY};
use crate::solve::network::shape::ROOT;
use crate::solve::network::state::State;
use crate::solve::network::supply::FAR;

/// No arc, or one too long for the narrow numbers here. Two distances below it add up without wrapping.
const LONG: i32 = 1 << 29;

/// Managers whose arcs are transposed by one task.
const BLOCK: usize = 16;

/// Nodes settled before the first look at how far the search must go; twice as many before each later one.
const FIRST_LOOK: usize = 12;

/// For every item of `items` (placed, not at nowhere) what the relaxation would cost more without its present manager,
/// in the state's units, and the best other column: `None` when that lies out of the narrow numbers' range or there is
/// no other way at all. Handovers must be up to date.
#[must_use]
pub fn without<T: Amount>(state: &State<T>, items: &[u32]) -> Vec<Option<(i64, usize)>> {
    let arcs = arcs(state);
    let to_root = to_root(&arcs, state.shape.nodes());
    let mut by_entry: Vec<(u32, usize)> =
        items.iter().enumerate().map(|(at, &item)| (state.at[item as usize], at)).collect();
    by_entry.sort_unstable();
    let groups: Vec<&[(u32, usize)]> = by_entry.chunk_by(|a, b| a.0 == b.0).collect();
    let found: Vec<Vec<Option<(i64, usize)>>> = groups
        .par_iter()
        .map_init(
            || Towards::new(&to_root),
            |towards, group| {
                let items: Vec<u32> = group.iter().map(|&(_, at)| items[at]).collect();
                towards.answer(state, &arcs, group[0].0 as usize, &items)
            },
        )
        .collect();
    let mut all = vec![None; items.len()];
    for (group, found) in groups.iter().zip(found) {
        for (&(_, at), found) in group.iter().zip(found) {
            all[at] = found;
        }
    }
    all
}

/// `arcs[w * nodes + v]`: reduced cost of the arc v -> w.
fn arcs<T: Amount>(state: &State<T>) -> Vec<i32> {
    let nodes = state.shape.nodes();
    let (first, potential) = (state.shape.first_entry, &state.potential);
    let mut arcs = vec![LONG; nodes * nodes];
    arcs.par_chunks_mut(nodes * BLOCK).enumerate().for_each(|(block, into)| {
        let start = block * BLOCK;
        for entry in (0..state.members.len()).filter(|&entry| !state.members[entry].is_empty()) {
            let row = &state.handovers(entry).change;
            for (node, into) in (start..nodes).zip(into.chunks_mut(nodes)) {
                if node >= first && row[node - first].is_some() {
                    let change = row[node - first].wide();
                    into[first + entry] = short(change + potential[node] - potential[first + entry]);
                }
            }
        }
    });
    for node in 1..nodes {
        let parent = state.shape.parent[node] as usize;
        let price = potential[node] - potential[parent];
        if state.next[node] != FAR {
            arcs[parent * nodes + node] = short(state.next[node] - price);
        }
        if state.flow[node] > 0 {
            arcs[node * nodes + parent] = short(price - state.last[node]);
        }
    }
    arcs
}

fn short(length: i64) -> i32 {
    length.clamp(0, i64::from(LONG)) as i32
}

/// Distances of all nodes to the root.
fn to_root(arcs: &[i32], nodes: usize) -> Vec<i32> {
    let far = vec![LONG; nodes];
    let mut towards = Towards::new(&far);
    towards.begin(ROOT, LONG);
    while towards.settle_nearest(arcs, LONG) {}
    towards.distance.iter().map(|&distance| distance.min(LONG)).collect()
}

/// Working arrays of the searches towards one node. Distances do not exceed `LONG`, and sums of two do not wrap.
struct Towards<'a> {
    /// Distances to the root.
    to_root: &'a [i32],
    /// From the root, as far as is known.
    from_root: i32,
    /// Distances of nodes not yet settled that are shorter than over the root, `i32::MAX` for the others.
    open: Vec<i32>,
    /// Distances of settled nodes, `i32::MAX` for the others.
    distance: Vec<i32>,
    /// What a new distance must undercut: that over the root; 0 for settled nodes.
    limit: Vec<i32>,
}

impl<'a> Towards<'a> {
    fn new(to_root: &'a [i32]) -> Self {
        let unknown = vec![i32::MAX; to_root.len()];
        Self { to_root, from_root: LONG, open: unknown.clone(), distance: unknown, limit: to_root.to_vec() }
    }

    fn begin(&mut self, node: usize, from_root: i32) {
        self.open.fill(i32::MAX);
        self.distance.fill(i32::MAX);
        self.limit.fill(LONG);
        self.open[node] = 0;
        self.from_root = from_root;
        self.limit_over_root();
    }

    /// Forgets distances that are no shorter than over the root.
    fn limit_over_root(&mut self) {
        for (((limit, open), &distance), &to_root) in
            self.limit.iter_mut().zip(&mut self.open).zip(&self.distance).zip(self.to_root)
        {
            *limit = if distance == i32::MAX { (self.from_root + to_root).min(LONG) } else { 0 };
            *open = if *open < *limit { *open } else { i32::MAX };
        }
    }

    fn answer<T: Amount>(
        &mut self,
        state: &State<T>,
        arcs: &[i32],
        entry: usize,
        items: &[u32],
    ) -> Vec<Option<(i64, usize)>> {
        let node = entry + state.shape.first_entry;
        self.begin(node, LONG);
        self.settle_nearest(arcs, LONG);
        let mut look = FIRST_LOOK;
        // The best way over one arc, and the least that any way could cost but for the arc's length.
        let column = state.shape.column(node);
        let floor = self.offers(state, column, false);
        let least: Vec<T> = items.iter().map(|&item| cheapest(state, item, &floor)).collect();
        loop {
            let offers = self.offers(state, column, true);
            let best: Vec<T> = items.iter().map(|&item| cheapest(state, item, &offers)).collect();
            // No way that is longer than this can be the best of any item.
            let room = |(&best, &least): (&T, &T)| if safe(best) { best.wide() - least.wide() } else { FAR };
            let radius = best.iter().zip(&least).map(room).max().unwrap_or(0).min(i64::from(LONG));
            let done = !(0..look).all(|_| self.settle_nearest(arcs, radius as i32));
            look *= 2;
            if done {
                let offers = self.offers(state, column, true);
                let answer = |(&item, &least): (&u32, &T)| {
                    let best = cheapest(state, item, &offers);
                    let proven = safe(best) && best.wide() - least.wide() < i64::from(LONG);
                    proven.then(|| (best.wide() - state.value(item), place(state, item, &offers, best)))
                };
                return items.iter().zip(&least).map(answer).collect();
            }
        }
    }

    /// Settles the nearest node when it is nearer than `radius`.
    fn settle_nearest(&mut self, arcs: &[i32], radius: i32) -> bool {
        let least = self.open.iter().copied().fold(i32::MAX, i32::min);
        if least >= radius.min(LONG) {
            return false;
        }
        let Some(node) = self.open.iter().position(|&distance| distance == least) else { return false };
        (self.open[node], self.distance[node], self.limit[node]) = (i32::MAX, least, 0);
        let nodes = self.open.len();
        let into = &arcs[node * nodes..][..nodes];
        for ((open, &arc), &limit) in self.open.iter_mut().zip(into).zip(&self.limit) {
            let over = least.wrapping_add(arc);
            *open = if over < limit { (*open).min(over) } else { *open };
        }
        if self.open[ROOT] < self.from_root {
            self.from_root = self.open[ROOT];
            // Whatever leads on over the root is known from here on: it need not be settled.
            (self.distance[ROOT], self.open[ROOT]) = (i32::MAX, i32::MAX);
            self.limit_over_root();
        }
        true
    }

    /// The distance of a node as far as it is known: that of a way that exists, or `LONG`.
    fn known(&self, node: usize) -> i32 {
        let over_root = (self.from_root + self.to_root[node]).min(LONG);
        self.open[node].min(self.distance[node]).min(over_root)
    }

    /// For every entry but those of `column` and of nobody the price of arriving there and, if asked, of going on to the
    /// node. Distances of open nodes are those of ways that exist.
    fn offers<T: Amount>(&self, state: &State<T>, column: usize, onwards: bool) -> Vec<T> {
        let (first, shape) = (state.shape.first_entry, &state.shape);
        let of = |node: usize| clip(state.potential[node], if onwards { self.known(node) } else { 0 });
        let mut offers: Vec<T> = (first..shape.nodes()).map(of).collect();
        for closed in [shape.manager(column), shape.first_column + column, shape.first_column + shape.nowhere] {
            offers[closed - first] = clip(0, LONG);
        }
        offers
    }
}

/// Their sum as one of the table's numbers, no larger than half of [`Amount::NONE`]: costs can be added.
fn clip<T: Amount>(potential: i64, distance: i32) -> T {
    let most = T::NONE.wide() / 2;
    if distance >= LONG { T::narrow(most) } else { T::narrow((potential + i64::from(distance)).min(most)) }
}

/// Is a sum of a cost and an offer below every sum with a clipped one?
fn safe<T: Amount>(sum: T) -> bool {
    sum.wide() < T::NONE.wide() / 2 - T::LIMIT
}

/// The least cost plus offer of an item.
fn cheapest<T: Amount>(state: &State<T>, item: u32, offers: &[T]) -> T {
    let shift = state.shape.first_column - state.shape.first_entry;
    let present = state.items.present[item as usize];
    let behind = state.shape.behind.get(present as usize).copied().filter(|&node| node != NOBODY);
    let Some(behind) = behind else {
        return least(state, item, &offers[shift..]);
    };
    // Its present manager it would enter behind the entrance.
    let mut own = offers[shift..].to_vec();
    own[present as usize] = offers[behind as usize - state.shape.first_entry];
    least(state, item, &own)
}

fn least<T: Amount>(state: &State<T>, item: u32, offers: &[T]) -> T {
    let mut best = T::NONE;
    let mut offers = offers;
    for part in state.table.parts(&state.items, item) {
        for (&cost, &offer) in part.iter().zip(offers) {
            best = best.min(cost.plus(offer));
        }
        offers = &offers[part.len()..];
    }
    best
}

/// The first column where an item's cost plus offer is this.
fn place<T: Amount>(state: &State<T>, item: u32, offers: &[T], sum: T) -> usize {
    let mut column = 0;
    for part in state.table.parts(&state.items, item) {
        for &cost in part {
            if cost.plus(offers[state.entry(item, column)]) == sum {
                return column;
            }
            column += 1;
        }
    }
    state.shape.nowhere
}
