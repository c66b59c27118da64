//! Good prices quickly: members bid for places (Bertsekas 1988, doi:10.1007/BF02186476; for places alike Bertsekas and
//! Castanon 1989, doi:10.1007/BF01415945), first in coarse steps of price, then in finer ones. Only the prices are kept:
//! the exact part makes the plan.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::solve::network::sparse::lists::{ENDLESS, Lists};
use crate::solve::network::sparse::near::{Arc, Near};
use crate::solve::network::sparse::places::Places;

/// Bids between two looks at the clock.
const A_LOOK: usize = 1 << 14;

/// Bids taken at a position, the lowest on top.
type Bids = BinaryHeap<Reverse<(i64, u32)>>;

/// What the stages work on.
pub struct Auction<'a, 'p> {
    /// Prices by position, and all pairs behind the lists.
    pub near: &'a mut Near<'p>,
    /// Arcs looked at.
    pub lists: &'a mut Lists,
    /// Marginal costs.
    pub places: &'a Places,
    /// Item -> engine's unit.
    pub unit_of: &'a [u32],
    /// How far above a unit's best arc its list reaches.
    pub margin: i64,
    /// Is it time to stop? Asked every [`A_LOOK`] bids.
    pub stop: &'a dyn Fn() -> bool,
}

impl Auction<'_, '_> {
    /// One stage: everybody bids in steps of `step` until all have a place, or until there were so many bids per item that
    /// there must be too few places. Did all get one?
    pub fn stage(&mut self, step: i64, patience: usize) -> bool {
        let mut bids: Vec<Bids> = (0..self.places.positions()).map(|_| Bids::new()).collect();
        let mut left = patience * (self.unit_of.len() + 1);
        let mut found = Vec::new();
        for first in 0..self.unit_of.len() as u32 {
            let mut next = Some(first);
            while let Some(item) = next.filter(|_| left > 0) {
                left -= 1;
                if left.is_multiple_of(A_LOOK) && (self.stop)() {
                    return true;
                }
                next = self.bid(item, step, &mut bids, &mut found);
            }
        }
        left > 0
    }

    /// One bid; returns who lost a place by it.
    fn bid(&mut self, item: u32, step: i64, bids: &mut [Bids], found: &mut Vec<Arc>) -> Option<u32> {
        let unit = self.unit_of[item as usize] as usize;
        let mut best = self.two_best(unit);
        if best.value > self.lists.floors[unit] {
            let limit = if best.value == i64::MAX { ENDLESS } else { best.value + self.margin };
            self.lists.renew(unit, self.near, limit, found);
            best = self.two_best(unit);
        }
        if best.value == i64::MAX {
            return None;
        }
        // What is not listed may be the second best: bidding less than one could is no harm.
        let second = best.second.min(self.lists.floors[unit].max(best.value));
        let at = best.position as usize;
        let bid = self.near.price(at) + (second - best.value).min(self.margin) + step;
        let displaced = if self.next_place(at, bids[at].len()) <= lowest(&bids[at]) {
            None
        } else {
            bids[at].pop().map(|Reverse((_, loser))| loser)
        };
        bids[at].push(Reverse((bid, item)));
        let price = lowest(&bids[at]).min(self.next_place(at, bids[at].len()));
        if price > self.near.price(at) {
            self.near.set_price(at, price);
        }
        displaced
    }

    /// Cost of the first free place when so many are taken.
    fn next_place(&self, at: usize, taken: usize) -> i64 {
        self.places.of(at).get(taken).copied().unwrap_or(i64::MAX)
    }

    fn two_best(&self, unit: usize) -> TwoBest {
        let (managers, costs) = self.lists.of(unit);
        let prices = self.near.prices();
        let mut best = TwoBest { value: i64::MAX, position: u32::MAX, second: i64::MAX };
        for (&position, &cost) in managers.iter().zip(costs) {
            let value = cost + prices[position as usize];
            if value < best.value {
                best = TwoBest { value, position, second: best.value };
            } else {
                best.second = best.second.min(value);
            }
        }
        best
    }
}

/// The cheapest listed arc of a unit with its price, and what the next one costs.
struct TwoBest {
    value: i64,
    position: u32,
    second: i64,
}

fn lowest(bids: &Bids) -> i64 {
    bids.peek().map_or(i64::MAX, |&Reverse((bid, _))| bid)
}
