//! Ejection chains: a unit goes to a cheaper manager, who makes room by passing one on, and so on until somebody has room;
//! along the chain the sum of what was saved stays above what was spent (Yagiura, Ibaraki, Glover 2004,
//! doi:10.1287/ijoc.1030.0036). Fills room that dives leave unused.

use super::instance::Instance;
use super::neighbourhood::{Guide, Incumbent};
use super::part::{Left, Part};

/// Managers a unit may be passed to: its cheapest.
const WIDTH: usize = 14;
/// Units passed on in a chain, the first included.
const DEPTH: usize = 5;
/// Steps of a chain's search before the next unit's turn.
const STEPS: u32 = 1000;
/// Units that start chains, those that lose most first.
const STARTS: usize = 200;

/// The plan as chains see it.
struct Chains<'a, 'p> {
    instance: &'a Instance<'p>,
    root: &'a Part,
    /// The cheapest pairs of each item.
    near: Vec<Vec<u32>>,
    /// Manager of each pair, of the root.
    of: Vec<u32>,
    /// Pair of each item that the plan takes.
    at: Vec<u32>,
    /// Items of each of the root's managers.
    held: Vec<Vec<u32>>,
    left: Vec<i64>,
    members: Vec<u32>,
    steps: u32,
    /// Items in the chain under way.
    busy: Vec<u32>,
    /// Moves of the chain under way: (item, new pair).
    moves: Vec<(u32, u32)>,
}

/// Improves the plan until no chain does any more, or `stop`.
pub fn improve(
    instance: &Instance<'_>,
    root: &Part,
    guide: &Guide,
    incumbent: &mut Incumbent,
    stop: &dyn Fn() -> bool,
) -> bool {
    let Some(mut chains) = Chains::new(instance, root, guide, incumbent) else { return false };
    let before = incumbent.cost;
    loop {
        let start = incumbent.cost;
        let mut order: Vec<(i64, u32)> = (0..root.units.len())
            .filter_map(|item| {
                let least = root.cost[*chains.near[item].first()? as usize];
                let lost = root.cost[chains.at[item] as usize] - least;
                (lost > 0).then_some((-lost, item as u32))
            })
            .collect();
        order.sort_unstable();
        order.truncate(STARTS);
        for (count, &(_, item)) in order.iter().enumerate() {
            if count % 64 == 0 && stop() {
                break;
            }
            while let Some(gain) = chains.chain(item) {
                incumbent.cost -= gain;
            }
        }
        if incumbent.cost == start || stop() {
            break;
        }
    }
    for (item, &pair) in chains.at.iter().enumerate() {
        incumbent.plan[root.units[item] as usize] = root.managers[chains.of[pair as usize] as usize];
    }
    incumbent.cost < before
}

impl<'a, 'p> Chains<'a, 'p> {
    fn new(instance: &'a Instance<'p>, root: &'a Part, guide: &Guide, incumbent: &Incumbent) -> Option<Self> {
        let of = root.manager_of_pairs();
        let mut all = Left::all(instance);
        let (mut at, mut held) = (Vec::with_capacity(root.units.len()), vec![Vec::new(); root.managers.len()]);
        let mut near = Vec::with_capacity(root.units.len());
        for (item, &unit) in root.units.iter().enumerate() {
            let manager = incumbent.plan[unit as usize];
            all.take(instance, unit, manager, 1);
            let pairs = guide.pairs_of(item);
            let pair = *pairs.iter().find(|&&pair| root.managers[of[pair as usize] as usize] == manager)?;
            at.push(pair);
            held[of[pair as usize] as usize].push(item as u32);
            let mut cheap = pairs.to_vec();
            let order = |pair: &u32| (root.cost[*pair as usize], *pair);
            if cheap.len() > WIDTH {
                cheap.select_nth_unstable_by_key(WIDTH - 1, order);
                cheap.truncate(WIDTH);
            }
            cheap.sort_unstable_by_key(order);
            near.push(cheap);
        }
        let left = root.managers.iter().flat_map(|&manager| &all.limits[manager as usize * root.dims..][..root.dims]);
        Some(Self {
            left: left.copied().collect(),
            members: root.managers.iter().map(|&manager| all.members[manager as usize]).collect(),
            instance,
            root,
            near,
            of,
            at,
            held,
            steps: 0,
            busy: Vec::new(),
            moves: Vec::new(),
        })
    }

    /// Starts a chain with one item, and makes it when it pays: what it saves.
    fn chain(&mut self, item: u32) -> Option<i64> {
        self.steps = 0;
        self.busy.clear();
        self.moves.clear();
        let pair = self.at[item as usize] as usize;
        let from = self.of[pair] as usize;
        // Leaving frees room there for the rest of the chain.
        self.change(pair, -1);
        let gain = self.root.cost[pair] + self.marginal(from, self.size(pair), 0);
        let found = self.pass_on(item, gain, 1);
        match found {
            None => {
                self.change(pair, 1);
                None
            }
            Some(gain) => {
                // Only the first left before the search; the others leave and all arrive now.
                for &(moved, _) in &self.moves[1..].to_vec() {
                    self.change(self.at[moved as usize] as usize, -1);
                }
                for (moved, pair) in self.moves.clone() {
                    let before = self.of[self.at[moved as usize] as usize] as usize;
                    self.held[before].retain(|&item| item != moved);
                    self.held[self.of[pair as usize] as usize].push(moved);
                    self.at[moved as usize] = pair;
                    self.change(pair as usize, 1);
                }
                Some(gain)
            }
        }
    }

    /// Finds a place for an item that has left; `gain` is what the chain has saved so far.
    fn pass_on(&mut self, item: u32, gain: i64, depth: usize) -> Option<i64> {
        self.busy.push(item);
        let old = self.at[item as usize];
        for near in 0..self.near[item as usize].len() {
            let pair = self.near[item as usize][near] as usize;
            let saved = gain - self.root.cost[pair];
            if saved <= 0 {
                break;
            }
            self.steps += 1;
            let manager = self.of[pair] as usize;
            if pair as u32 == old || self.visited(manager) {
                continue;
            }
            if self.fits(pair, None) {
                let total = saved - self.marginal(manager, self.size(pair), 0);
                if total > 0 {
                    self.moves.push((item, pair as u32));
                    return Some(total);
                }
                continue;
            }
            if depth >= DEPTH || self.steps > STEPS {
                continue;
            }
            self.moves.push((item, pair as u32));
            // Whoever leaves saves most against its next best place first.
            let mut out: Vec<(i64, u32)> = Vec::new();
            for &other in &self.held[manager] {
                if self.busy.contains(&other) {
                    continue;
                }
                let from = self.at[other as usize] as usize;
                let Some(next) =
                    self.near[other as usize].iter().find(|&&near| self.of[near as usize] as usize != manager)
                else {
                    continue;
                };
                let rest = saved + self.root.cost[from] - self.root.cost[*next as usize];
                if rest > 0 && self.fits(pair, Some(from)) {
                    out.push((-rest, other));
                }
            }
            out.sort_unstable();
            for &(_, other) in out.iter().take(8) {
                let from = self.at[other as usize] as usize;
                let places = self.marginal(manager, self.size(pair), self.size(from));
                if let Some(total) = self.pass_on(other, saved + self.root.cost[from] - places, depth + 1) {
                    return Some(total);
                }
            }
            self.moves.pop();
        }
        self.busy.pop();
        None
    }

    /// Has the chain been at this manager? Each takes part once, so that its room is known.
    fn visited(&self, manager: usize) -> bool {
        self.moves.iter().any(|&(_, pair)| self.of[pair as usize] as usize == manager)
    }

    fn size(&self, pair: usize) -> i64 {
        self.root.uses[pair * self.root.dims]
    }

    /// Does it fit, with `without` gone?
    fn fits(&self, pair: usize, without: Option<usize>) -> bool {
        let dims = self.root.dims;
        let manager = self.of[pair] as usize;
        (0..dims).all(|dim| {
            let back = without.map_or(0, |pair| self.root.uses[pair * dims + dim]);
            let left = self.left[manager * dims + dim];
            left == i64::MAX || self.root.uses[pair * dims + dim] <= left + back
        })
    }

    /// What the places of `more` members and `fewer` less cost.
    fn marginal(&self, manager: usize, more: i64, fewer: i64) -> i64 {
        let places = &self.instance.managers[self.root.managers[manager] as usize].places;
        if places.len() == 1 {
            return 0;
        }
        let members = i64::from(self.members[manager]);
        let cost = |count: i64| places[(count.max(0) as usize).min(places.len() - 1)];
        cost(members + more - fewer) - cost(members)
    }

    /// An item arrives (1) or leaves (-1).
    fn change(&mut self, pair: usize, sign: i64) {
        let dims = self.root.dims;
        let manager = self.of[pair] as usize;
        for dim in 0..dims {
            let left = &mut self.left[manager * dims + dim];
            if *left != i64::MAX {
                *left -= sign * self.root.uses[pair * dims + dim];
            }
        }
        self.members[manager] = (i64::from(self.members[manager]) + sign * self.size(pair)) as u32;
    }
}
