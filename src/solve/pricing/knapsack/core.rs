//! Knapsacks with one capacity and any weights: dynamic programming that starts from the greedy solution and widens the
//! core around the break unit only as far as its bounds ask for (Pisinger 1997, MINKNAP, doi:10.1287/opre.45.5.758).

use std::cmp::Ordering;

use super::Offer;

/// Room for the work.
#[derive(Default)]
pub struct Room {
    order: Vec<(f64, u32)>,
    sorted: Vec<Offer>,
    states: Vec<State>,
    next: Vec<State>,
    /// How states came about: the step before, and the offer that was added or taken out.
    steps: Vec<(u32, u32)>,
    taken: Vec<bool>,
}

/// A set of units by what it weighs and is worth.
#[derive(Clone, Copy)]
struct State {
    weight: i64,
    profit: i64,
    step: u32,
}

const NO_STEP: u32 = u32::MAX;

/// More profit for its weight first.
fn by_ratio(a: &Offer, b: &Offer) -> Ordering {
    let (left, right) = (i128::from(a.profit) * i128::from(b.weight), i128::from(b.profit) * i128::from(a.weight));
    right.cmp(&left)
}

/// Sorts by ratio: floats do most of it, integers what floats cannot tell apart.
fn sort(offers: &[Offer], room: &mut Room) {
    room.order.clear();
    let key = |(at, offer): (usize, &Offer)| (-(offer.profit as f64) / offer.weight as f64, at as u32);
    room.order.extend(offers.iter().enumerate().map(key));
    room.order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    room.sorted.clear();
    for &(_, at) in &room.order {
        let offer = offers[at as usize];
        let mut place = room.sorted.len();
        room.sorted.push(offer);
        while place > 0 && by_ratio(&room.sorted[place - 1], &offer) == Ordering::Greater {
            room.sorted.swap(place - 1, place);
            place -= 1;
        }
    }
}

/// Solves it.
pub fn solve(offers: &mut Vec<Offer>, capacity: i64, room: &mut Room, chosen: &mut Vec<u32>) -> i64 {
    let mut value = 0;
    offers.retain(|offer| {
        let free = offer.weight == 0;
        if free {
            value += offer.profit;
            chosen.push(offer.at);
        }
        !free && offer.weight <= capacity
    });
    let all: i64 = offers.iter().map(|offer| offer.weight).sum();
    if all <= capacity {
        chosen.extend(offers.iter().map(|offer| offer.at));
        return value + offers.iter().map(|offer| offer.profit).sum::<i64>();
    }
    sort(offers, room);
    let (mut weight, mut profit, mut first) = (0, 0, 0);
    while weight + room.sorted[first].weight <= capacity {
        weight += room.sorted[first].weight;
        profit += room.sorted[first].profit;
        first += 1;
    }
    let (best, step) = widen(capacity, first, State { weight, profit, step: NO_STEP }, room);
    room.taken.clear();
    room.taken.resize(room.sorted.len(), false);
    room.taken[..first].fill(true);
    let mut step = step;
    while step != NO_STEP {
        let (before, at) = room.steps[step as usize];
        room.taken[at as usize] ^= true;
        step = before;
    }
    chosen.extend(room.sorted.iter().zip(&room.taken).filter(|(_, taken)| **taken).map(|(offer, _)| offer.at));
    value + best
}

/// Adds units behind the break and takes out units before it, in turn, until no state can still beat the best: its
/// profit and its last step.
fn widen(capacity: i64, first: usize, start: State, room: &mut Room) -> (i64, u32) {
    let Room { sorted, states, next, steps, .. } = room;
    states.clear();
    states.push(start);
    steps.clear();
    let mut best = (start.profit, start.step);
    let (mut low, mut high) = (first, first);
    while !states.is_empty() && (low > 0 || high < sorted.len()) {
        if high < sorted.len() {
            let offer = sorted[high];
            high += 1;
            let bounds = Bounds::new(capacity, sorted, low, high);
            merge(states, next, steps, (offer.weight, offer.profit, high as u32 - 1), &bounds, &mut best);
        }
        if low > 0 {
            low -= 1;
            let offer = sorted[low];
            let bounds = Bounds::new(capacity, sorted, low, high);
            merge(states, next, steps, (-offer.weight, -offer.profit, low as u32), &bounds, &mut best);
        }
    }
    best
}

/// What a state can still become.
struct Bounds {
    capacity: i64,
    /// The best unit still to be added.
    add: Option<Offer>,
    /// The least unit still to be taken out.
    remove: Option<Offer>,
}

impl Bounds {
    fn new(capacity: i64, sorted: &[Offer], low: usize, high: usize) -> Self {
        Self { capacity, add: sorted.get(high).copied(), remove: low.checked_sub(1).map(|at| sorted[at]) }
    }

    /// Could it become better than `best`? Linear bounds: room is filled, or made, at the best ratio left.
    fn promising(&self, weight: i64, profit: i64, best: i64) -> bool {
        let (offer, room) = if weight <= self.capacity { (self.add, self.capacity - weight) } else { (self.remove, self.capacity - weight) };
        match offer {
            // profit + room x ratio >= best + 1, without dividing.
            Some(offer) => {
                i128::from(best + 1 - profit) * i128::from(offer.weight) <= i128::from(room) * i128::from(offer.profit)
            }
            None => weight <= self.capacity && profit > best,
        }
    }
}

/// Every state, and every state with one more unit (or one less: negative weight and profit), sorted by weight, without
/// those that weigh more and are worth no more, or that cannot become better than the best.
fn merge(
    states: &mut Vec<State>,
    next: &mut Vec<State>,
    steps: &mut Vec<(u32, u32)>,
    (weight, profit, at): (i64, i64, u32),
    bounds: &Bounds,
    best: &mut (i64, u32),
) {
    next.clear();
    let (mut old, mut new) = (0, 0);
    let mut top = i64::MIN;
    while old < states.len() || new < states.len() {
        let changed = states.get(new).map(|state| (state.weight + weight, state.profit + profit, state.step));
        let kept = states.get(old).copied();
        let from_kept = match (kept, changed) {
            (Some(kept), Some(changed)) => (kept.weight, -kept.profit) <= (changed.0, -changed.1),
            (kept, _) => kept.is_some(),
        };
        let state = if from_kept {
            old += 1;
            kept
        } else {
            new += 1;
            changed.map(|(weight, profit, step)| State { weight, profit, step })
        };
        let Some(mut state) = state else { break };
        if state.profit <= top {
            continue;
        }
        let better = state.weight <= bounds.capacity && state.profit > best.0;
        if !better && !bounds.promising(state.weight, state.profit, best.0) {
            continue;
        }
        top = state.profit;
        if !from_kept {
            steps.push((state.step, at));
            state.step = steps.len() as u32 - 1;
        }
        if better {
            *best = (state.profit, state.step);
        }
        next.push(state);
    }
    std::mem::swap(states, next);
}
