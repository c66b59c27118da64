//! Knapsacks with at most three kinds of unit: of each kind the most profitable are taken, so only how many is open.
//! Two kinds are enumerated, the third follows.

use super::Offer;

/// Kinds that are handled.
pub const KINDS: usize = 3;

/// Room for the work.
#[derive(Default)]
pub struct Room {
    kinds: [Kind; KINDS],
    /// Best number of the last kind when there is room, by members of the other two.
    best: Vec<u32>,
}

#[derive(Default)]
struct Kind {
    size: usize,
    weight: i64,
    offers: Vec<Offer>,
    /// Profit of the first 0, 1, 2, ...
    profit: Vec<i64>,
}

impl Kind {
    /// How many fit into so much.
    fn fits(&self, weight: i64, members: usize) -> usize {
        let by_weight = if self.weight > 0 { (weight / self.weight) as usize } else { usize::MAX };
        by_weight.min(members / self.size).min(self.profit.len() - 1)
    }
}

/// Solves it. Every offer is of one of at most [`KINDS`] kinds.
pub fn solve(offers: &mut [Offer], capacity: i64, places: &[i64], room: &mut Room, chosen: &mut Vec<u32>) -> i64 {
    let members = places.len() - 1;
    let mut used = 0;
    for kind in &mut room.kinds {
        kind.offers.clear();
        kind.profit.clear();
    }
    for offer in offers.iter() {
        let same = |kind: &Kind| kind.size == offer.size as usize && kind.weight == offer.weight;
        let kind = room.kinds[..used].iter().position(same).unwrap_or_else(|| {
            used += 1;
            debug_assert!(used <= KINDS, "a knapsack of more than {KINDS} kinds");
            room.kinds[used - 1].size = offer.size as usize;
            room.kinds[used - 1].weight = offer.weight;
            used - 1
        });
        room.kinds[kind].offers.push(*offer);
    }
    for kind in &mut room.kinds[..used] {
        let by_weight = if kind.weight > 0 { (capacity / kind.weight) as usize } else { usize::MAX };
        let most = by_weight.min(members / kind.size);
        let order = |offer: &Offer| (std::cmp::Reverse(offer.profit), offer.at);
        if most < kind.offers.len() {
            if most > 0 {
                kind.offers.select_nth_unstable_by_key(most - 1, order);
            }
            kind.offers.truncate(most);
        }
        kind.offers.sort_unstable_by_key(order);
        kind.profit.push(0);
        let mut sum = 0;
        for offer in &kind.offers {
            sum += offer.profit;
            kind.profit.push(sum);
        }
    }
    for kind in &mut room.kinds[used..] {
        (kind.size, kind.weight) = (1, 0);
        kind.profit.push(0);
    }
    // The kind with most offers is the one that follows.
    room.kinds.sort_by_key(|kind| kind.profit.len());
    let [one, two, last] = &room.kinds;
    let value = |before: usize, count: usize| last.profit[count] - places[before + count * last.size];
    room.best.clear();
    let mut count = last.fits(i64::MAX, members);
    for before in 0..=members {
        // More members before never make it worth taking more.
        while count > 0 && (before + count * last.size > members || value(before, count - 1) >= value(before, count)) {
            count -= 1;
        }
        room.best.push(count as u32);
    }
    let mut best = (i64::MIN, 0, 0, 0);
    for first in 0..=one.fits(capacity, members) {
        let (weight, count) = (capacity - first as i64 * one.weight, first * one.size);
        for second in 0..=two.fits(weight, members - count) {
            let before = count + second * two.size;
            let left = weight - second as i64 * two.weight;
            let third = (room.best[before] as usize).min(last.fits(left, members - before));
            let total = one.profit[first] + two.profit[second] + value(before, third);
            if total > best.0 {
                best = (total, first, second, third);
            }
        }
    }
    for (kind, count) in [(one, best.1), (two, best.2), (last, best.3)] {
        chosen.extend(kind.offers[..count].iter().map(|offer| offer.at));
    }
    best.0
}
