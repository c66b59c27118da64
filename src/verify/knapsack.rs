//! One manager's knapsack, exactly: of units with a gain each, the best set within the manager's own limits.
//!
//! Dynamic programming over states that nothing dominates (Nemhauser and Ullmann 1969, doi:10.1287/mnsc.15.9.494), items
//! in order of gain by use of all limits together; states whose fractional bound (Dantzig 1957,
//! doi:10.1287/opre.5.2.266) is not above the best set known are dropped (Martello, Pisinger and Toth 1999,
//! doi:10.1287/mnsc.45.3.414). All in whole numbers.

use crate::verify::fractional::Order;

/// Limits besides the number of members, at most.
pub const LIMITS: usize = 8;
/// States at a time; more is refused rather than guessed.
const STATES: usize = 2_000_000;
/// States that a new one is compared with, where several limits leave no order that shows all that is dominated.
const LOOK_BACK: usize = 16;

/// A unit that may be put in.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Above 0.
    pub gain: i128,
    /// Members.
    pub size: u32,
    /// Of each limit.
    pub uses: [i64; LIMITS],
}

/// Limits and items.
#[derive(Clone, Debug, Default)]
pub struct Knapsack {
    /// What 0, 1, 2, ... members cost, up to as many as there may be; never falling. `None`: any number, for nothing.
    pub loads: Option<Vec<i128>>,
    /// At most so much of each.
    pub limits: Vec<i64>,
    /// What may be put in.
    pub items: Vec<Item>,
}

/// What has been put in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Of each limit.
    pub used: [i64; LIMITS],
    /// Members.
    pub size: u32,
    /// By all of it.
    pub gain: i128,
}

impl Knapsack {
    /// The largest gain less the cost of the load, at least 0; `None` when that would take too many states.
    #[must_use]
    pub fn best(mut self) -> Option<i128> {
        if self.limits.iter().any(|&limit| limit < 0) {
            // Not even nothing fits; the least that can be said is that nothing is gained.
            return Some(0);
        }
        self.drop_what_never_binds();
        if self.limits.is_empty() && self.loads.is_none() {
            return Some(self.items.iter().map(|item| item.gain).sum());
        }
        let order = Order::new(&mut self);
        let mut best = self.greedy();
        let mut states = vec![State::default()];
        let mut next = Vec::new();
        for at in 0..self.items.len() {
            self.step(at, &order, &mut best, &states, &mut next);
            std::mem::swap(&mut states, &mut next);
            if states.len() > STATES {
                return None;
            }
        }
        Some(best)
    }

    /// Items that never fit, and limits that all that is left keeps together.
    fn drop_what_never_binds(&mut self) {
        let most = self.loads.as_ref().map_or(u32::MAX, |loads| loads.len() as u32 - 1);
        let limits = self.limits.clone();
        let fits = |item: &Item| item.size <= most && item.uses.iter().zip(&limits).all(|(used, limit)| used <= limit);
        self.items.retain(fits);
        let binds = |at: &usize| {
            let sum: i128 = self.items.iter().map(|item| i128::from(item.uses[*at])).sum();
            sum > i128::from(self.limits[*at])
        };
        let kept: Vec<usize> = (0..self.limits.len()).filter(binds).collect();
        for item in &mut self.items {
            let uses = item.uses;
            item.uses = [0; LIMITS];
            item.uses.iter_mut().zip(&kept).for_each(|(to, &from)| *to = uses[from]);
        }
        self.limits = kept.iter().map(|&at| self.limits[at]).collect();
        let members: u64 = self.items.iter().map(|item| u64::from(item.size)).sum();
        let is_free = |loads: &Vec<i128>| loads.len() as u64 > members && loads[members as usize] == 0;
        if self.loads.as_ref().is_some_and(is_free) {
            self.loads = None;
        }
        if self.loads.is_none() {
            self.items.iter_mut().for_each(|item| item.size = 0);
        }
    }

    /// What a load costs.
    fn load(&self, size: u32) -> i128 {
        self.loads.as_ref().map_or(0, |loads| loads[size as usize])
    }

    /// The state with one more item, when it fits.
    fn with(&self, state: &State, item: &Item) -> Option<State> {
        let mut more = *state;
        more.size += item.size;
        more.gain += item.gain;
        for (at, &limit) in self.limits.iter().enumerate() {
            more.used[at] += item.uses[at];
            if more.used[at] > limit {
                return None;
            }
        }
        let fits = self.loads.as_ref().is_none_or(|loads| (more.size as usize) < loads.len());
        fits.then_some(more)
    }

    /// A set to beat: item by item what fits, then one for another as long as that is better.
    fn greedy(&self) -> i128 {
        let empty = State::default();
        let mut inside = vec![false; self.items.len()];
        let mut state = empty;
        let worth = |state: &State| state.gain - self.load(state.size);
        for (inside, item) in inside.iter_mut().zip(&self.items) {
            if let Some(more) = self.with(&state, item).filter(|more| worth(more) > worth(&state)) {
                (state, *inside) = (more, true);
            }
        }
        // Every exchange gains; the rounds are limited all the same.
        for _ in 0..4 {
            let before = worth(&state);
            for out in 0..self.items.len() {
                let mut rest = state;
                if inside[out] {
                    rest = without(&state, &self.items[out]);
                }
                let better = |at: &usize| {
                    let more = self.with(&rest, &self.items[*at])?;
                    (worth(&more) > worth(&state)).then_some((worth(&more), *at))
                };
                let candidates = (0..self.items.len()).filter(|&at| !inside[at] && at != out);
                if let Some((_, at)) = candidates.filter_map(|at| better(&at)).max() {
                    if let Some(more) = self.with(&rest, &self.items[at]) {
                        state = more;
                    }
                    inside[out] = false;
                    inside[at] = true;
                }
            }
            if worth(&state) == before {
                break;
            }
        }
        worth(&state).max(0)
    }

    /// All states with and without the item, in order of what they use, without those that another is as good as or
    /// that cannot become better than the best.
    fn step(&self, at: usize, order: &Order, best: &mut i128, states: &[State], next: &mut Vec<State>) {
        next.clear();
        let item = &self.items[at];
        let mut added = states.iter().filter_map(|state| self.with(state, item)).peekable();
        let mut kept = states.iter().copied().peekable();
        let mut steps = Steps::new(if self.limits.len() <= 1 { self.loads.as_ref().map_or(1, Vec::len) } else { 0 });
        let rank = |state: &State| (state.used, state.size, std::cmp::Reverse(state.gain));
        loop {
            let from_kept = match (kept.peek(), added.peek()) {
                (Some(old), Some(new)) => rank(old) <= rank(new),
                (old, new) => {
                    if old.is_none() && new.is_none() {
                        break;
                    }
                    old.is_some()
                }
            };
            let Some(state) = (if from_kept { kept.next() } else { added.next() }) else { break };
            let value = state.gain - self.load(state.size);
            *best = (*best).max(value);
            let hopeless = value + order.most(self, &state, at + 1) <= *best;
            let same = next.last().is_some_and(|last: &State| last.used == state.used && last.size == state.size);
            let near = next.iter().rev().take(LOOK_BACK);
            if !hopeless
                && !same
                && !steps.dominated(state.size as usize, state.gain)
                && !near.into_iter().any(|other| is_as_good(other, &state))
            {
                next.push(state);
            }
        }
    }
}

/// Has the one used no more than the other of anything, and gained as much?
fn is_as_good(one: &State, other: &State) -> bool {
    one.gain >= other.gain
        && one.size <= other.size
        && one.used.iter().zip(&other.used).all(|(one, other)| one <= other)
}

/// The state with an item taken out that is in it.
fn without(state: &State, item: &Item) -> State {
    let mut less = *state;
    less.size -= item.size;
    less.gain -= item.gain;
    less.used.iter_mut().zip(&item.uses).for_each(|(used, use_of)| *used -= use_of);
    less
}

/// The most gained so far by as few members or fewer (Fenwick 1994, doi:10.1002/spe.4380240306).
struct Steps(Vec<i128>);

impl Steps {
    fn new(sizes: usize) -> Self {
        Self(vec![-1; if sizes == 0 { 0 } else { sizes + 1 }])
    }

    /// Has something that uses no more, with no more members, gained as much? Otherwise it is noted.
    fn dominated(&mut self, size: usize, gain: i128) -> bool {
        let (mut at, mut most) = (size + 1, -1);
        while at > 0 && !self.0.is_empty() {
            most = most.max(self.0[at]);
            at &= at - 1;
        }
        if most >= gain {
            return true;
        }
        at = size + 1;
        while at < self.0.len() {
            self.0[at] = self.0[at].max(gain);
            at += at & at.wrapping_neg();
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repeatable stream of numbers (Marsaglia 2003, doi:10.18637/jss.v008.i14).
    fn draws() -> impl FnMut(u64) -> u64 {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        move |below| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        }
    }

    fn by_trying_all(knapsack: &Knapsack) -> i128 {
        let mut best = 0;
        for set in 0_u32..1 << knapsack.items.len() {
            let chosen =
                || knapsack.items.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, item)| item);
            let fits = (0..knapsack.limits.len())
                .all(|at| chosen().map(|item| item.uses[at]).sum::<i64>() <= knapsack.limits[at]);
            let size = chosen().map(|item| item.size as usize).sum::<usize>();
            let cost = match &knapsack.loads {
                Some(loads) if size >= loads.len() => continue,
                Some(loads) => loads[size],
                None => 0,
            };
            if fits {
                best = best.max(chosen().map(|item| item.gain).sum::<i128>() - cost);
            }
        }
        best
    }

    #[test]
    fn the_best_set_is_found() {
        let mut draw = draws();
        for round in 0..3000 {
            let limits = (0..draw(4)).map(|_| draw(40) as i64).collect::<Vec<_>>();
            let mut cost = 0;
            let loads = (round % 3 > 0).then(|| {
                let convex = (0..draw(9)).map(|at| {
                    cost += i128::from(draw(6)) * i128::from(at);
                    cost
                });
                std::iter::once(0).chain(convex).collect::<Vec<_>>()
            });
            let item = |draw: &mut dyn FnMut(u64) -> u64| {
                let mut uses = [0; LIMITS];
                uses.iter_mut().take(limits.len()).for_each(|used| *used = draw(20) as i64);
                Item { gain: 1 + i128::from(draw(50)), size: 1 + draw(3) as u32, uses }
            };
            let items = (0..draw(11)).map(|_| item(&mut draw)).collect();
            let knapsack = Knapsack { loads, limits, items };
            assert_eq!(knapsack.clone().best(), Some(by_trying_all(&knapsack)), "{knapsack:?}");
        }
    }
}
