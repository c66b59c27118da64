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
/// States above which a search that may be rough becomes rougher.
const CROWD: usize = 200;

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

/// Solves it: an upper bound on its value that is about the value's 2^-`tolerance` part too high at
/// most (0: exact).
pub fn solve(offers: &mut Vec<Offer>, capacity: i64, tolerance: u32, room: &mut Room, chosen: &mut Vec<u32>) -> i64 {
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
    let slack = if tolerance == 0 { 0 } else { profit >> tolerance };
    let (best, step) = widen(capacity, slack, first, State { weight, profit, step: NO_STEP }, room);
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

/// Adds units behind the break and takes out units before it, in turn, until no state can still beat the best by more
/// than `slack`: what nothing is worth more than, and the last step of the best.
fn widen(capacity: i64, slack: i64, first: usize, start: State, room: &mut Room) -> (i64, u32) {
    let Room { sorted, states, next, steps, .. } = room;
    states.clear();
    states.push(start);
    steps.clear();
    let mut best = Best { profit: start.profit, step: start.step, slack, above: start.profit };
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
    (best.profit.max(best.above), best.step)
}

/// The best state so far.
struct Best {
    profit: i64,
    step: u32,
    /// Gains up to this are not looked for.
    slack: i64,
    /// What nothing that was not looked for can pass.
    above: i64,
}

/// What a state can still become.
struct Bounds {
    capacity: i64,
    /// Best ratio of what is still to be added, rounded up; below 0 when nothing is.
    add: f64,
    /// Least ratio of what is still to be taken out, rounded down; below 0 when nothing is.
    remove: f64,
}

impl Bounds {
    fn new(capacity: i64, sorted: &[Offer], low: usize, high: usize) -> Self {
        let ratio = |offer: &Offer, nudge: f64| offer.profit as f64 / offer.weight as f64 * nudge;
        Self {
            capacity,
            add: sorted.get(high).map_or(-1.0, |offer| ratio(offer, 1.0 + 1e-12)),
            remove: low.checked_sub(1).map_or(-1.0, |at| ratio(&sorted[at], 1.0 - 1e-12)),
        }
    }

    /// What it can become at most, `None` = nothing that fits: room is filled, or made, at the best ratio left. Rounded up,
    /// so that floats never lose a state.
    fn of(&self, weight: i64, profit: i64) -> Option<i64> {
        let room = self.capacity - weight;
        if room >= 0 {
            let more = if self.add < 0.0 { 0 } else { (room as f64 * self.add) as i64 + 1 };
            return Some(profit + more);
        }
        // Truncation is upwards for what is below 0.
        (self.remove >= 0.0).then(|| profit + (room as f64 * self.remove) as i64 + 1)
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
    best: &mut Best,
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
        let better = state.weight <= bounds.capacity && state.profit > best.profit;
        if !better {
            let Some(bound) = bounds.of(state.weight, state.profit) else { continue };
            if bound <= best.profit + best.slack {
                best.above = best.above.max(if best.slack == 0 { bound.min(best.profit) } else { bound });
                continue;
            }
        }
        top = state.profit;
        if !from_kept {
            steps.push((state.step, at));
            state.step = steps.len() as u32 - 1;
        }
        if better {
            (best.profit, best.step) = (state.profit, state.step);
        }
        next.push(state);
    }
    std::mem::swap(states, next);
    if best.slack > 0 && states.len() > CROWD {
        best.slack *= 2;
    }
}
