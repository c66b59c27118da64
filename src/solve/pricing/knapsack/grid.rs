//! Knapsacks of several small limits at once: dynamic programming over everything that can be used of all of them. Weights
//! and capacities are packed, eight bits a limit ([`pack`]).

use super::Offer;

/// Limits a grid has at most, and how large each may be.
pub const DIMS: usize = 7;
pub const LARGEST: i64 = 60;
/// Combinations of uses, at most.
pub const STATES: i64 = 4096;
/// Bits of one limit.
const BITS: usize = 8;
/// No set of units uses just that.
const NONE: i64 = i64::MIN;

/// Room for the work.
#[derive(Default)]
pub struct Room {
    /// What the best set that uses just so much is worth.
    best: Vec<i64>,
    /// Offer by offer, state by state: was it taken last?
    taken: Vec<bool>,
    /// State by state: what it uses, packed.
    uses: Vec<i64>,
}

/// Uses of limits as one number. What is larger than any limit stays larger.
pub fn pack(uses: impl Iterator<Item = i64>) -> i64 {
    uses.enumerate().map(|(at, used)| used.clamp(0, LARGEST + 1) << (BITS * at)).sum()
}

fn digit(packed: i64, at: usize) -> i64 {
    packed >> (BITS * at) & ((1 << BITS) - 1)
}

/// Solves it; `capacity` is packed.
pub fn solve(offers: &[Offer], capacity: i64, room: &mut Room, chosen: &mut Vec<u32>) -> i64 {
    let mut strides = [0_usize; DIMS];
    let mut states = 1_usize;
    for (at, stride) in strides.iter_mut().enumerate() {
        *stride = states;
        states *= digit(capacity, at) as usize + 1;
    }
    let Room { best, taken, uses } = room;
    uses.clear();
    uses.extend((0..states).map(|state| {
        let of = |at: usize| (state / strides[at]) as i64 % (digit(capacity, at) + 1);
        pack((0..DIMS).map(of))
    }));
    best.clear();
    best.resize(states, NONE);
    best[0] = 0;
    taken.clear();
    taken.resize(states * offers.len(), false);
    // The high bit of each limit's bits: not borrowed from where everything fits.
    let guard: i64 = (0..DIMS).map(|at| 1 << (BITS * at + BITS - 1)).sum();
    let step = |weight: i64| -> usize { (0..DIMS).map(|at| digit(weight, at) as usize * strides[at]).sum() };
    let fits = |within: i64, used: i64| ((within | guard) - used) & guard == guard;
    for (number, offer) in offers.iter().enumerate().filter(|(_, offer)| fits(capacity, offer.weight)) {
        let (step, taken) = (step(offer.weight), &mut taken[number * states..][..states]);
        for state in (step..states).rev().filter(|&state| fits(uses[state], offer.weight)) {
            let before = best[state - step];
            if before != NONE && before + offer.profit > best[state] {
                best[state] = before + offer.profit;
                taken[state] = true;
            }
        }
    }
    let (mut state, mut value) = (0, 0);
    for (at, &worth) in best.iter().enumerate() {
        if worth > value {
            (state, value) = (at, worth);
        }
    }
    for (number, offer) in offers.iter().enumerate().rev() {
        if taken[number * states + state] {
            chosen.push(offer.at);
            state -= step(offer.weight);
        }
    }
    value
}
