//! The last few units of a part, tried in all ways, cheapest first.

use super::instance::Instance;
use super::part::{Part, place_cost};

/// Tries before the best found so far has to do.
const TRIES: u32 = 20_000;

/// The cheapest way to place all open units below `cutoff` (scaled): what is placed where, and the cost.
#[must_use]
pub fn finish(instance: &Instance<'_>, part: &Part, cutoff: i64) -> Option<(Vec<(u32, u32)>, i64)> {
    let of = part.manager_of_pairs();
    let mut pairs: Vec<Vec<u32>> = vec![Vec::new(); part.units.len()];
    for pair in 0..part.pairs() {
        pairs[part.item[pair] as usize].push(pair as u32);
    }
    pairs.iter_mut().for_each(|pairs| pairs.sort_by_key(|&pair| (part.cost[pair as usize], pair)));
    // Those with most to lose first.
    let regret = |pairs: &Vec<u32>| {
        let cost = |at: usize| pairs.get(at).map_or(i64::MAX / 4, |&pair| part.cost[pair as usize]);
        cost(1) - cost(0)
    };
    pairs.sort_by_key(|pairs| std::cmp::Reverse(regret(pairs)));
    let mut rest = vec![0; pairs.len() + 1];
    for at in (0..pairs.len()).rev() {
        rest[at] = rest[at + 1] + part.cost[*pairs[at].first()? as usize];
    }
    let mut search = Search {
        instance,
        left: part.left.clone(),
        members: part.members.clone(),
        part,
        of,
        pairs,
        rest,
        best: (cutoff, None),
        tries: 0,
    };
    search.place(0, part.fixed_cost, &mut Vec::new());
    let (cost, chosen) = search.best;
    let chosen = chosen?;
    let mut placed = part.fixed.clone();
    let of = part.manager_of_pairs();
    let name = |pair: u32| (part.units[part.item[pair as usize] as usize], part.managers[of[pair as usize] as usize]);
    placed.extend(chosen.into_iter().map(name));
    Some((placed, cost))
}

struct Search<'a, 'p> {
    instance: &'a Instance<'p>,
    part: &'a Part,
    of: Vec<u32>,
    left: Vec<i64>,
    members: Vec<u32>,
    pairs: Vec<Vec<u32>>,
    /// Cheapest cost of the units from each on.
    rest: Vec<i64>,
    best: (i64, Option<Vec<u32>>),
    tries: u32,
}

impl Search<'_, '_> {
    fn place(&mut self, at: usize, cost: i64, chosen: &mut Vec<u32>) {
        if cost + self.rest[at] >= self.best.0 || self.tries > TRIES {
            return;
        }
        if at == self.pairs.len() {
            self.best = (cost, Some(chosen.clone()));
            return;
        }
        self.tries += 1;
        for choice in 0..self.pairs[at].len() {
            let pair = self.pairs[at][choice] as usize;
            let manager = self.of[pair] as usize;
            if !self.part.fits(pair, &self.left, manager) {
                continue;
            }
            let dims = self.part.dims;
            let size = self.part.uses[pair * dims] as u32;
            let places = &self.instance.managers[self.part.managers[manager] as usize].places;
            let more = self.part.cost[pair] + place_cost(places, self.members[manager], size);
            self.change(pair, manager, 1);
            chosen.push(pair as u32);
            self.place(at + 1, cost + more, chosen);
            chosen.pop();
            self.change(pair, manager, -1);
        }
    }

    fn change(&mut self, pair: usize, manager: usize, sign: i64) {
        let dims = self.part.dims;
        for dim in 0..dims {
            self.left[manager * dims + dim] -= sign * self.part.uses[pair * dims + dim];
        }
        let size = self.part.uses[pair * dims];
        self.members[manager] = (i64::from(self.members[manager]) + sign * size) as u32;
    }
}
