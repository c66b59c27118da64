//! One manager's knapsack, exactly: of units with a gain each, the best set within the manager's own limits.
//!
//! Dynamic programming over states that nothing dominates (Nemhauser and Ullmann 1969, doi:10.1287/mnsc.15.9.494), items
//! in order of gain by use of all limits together; states whose fractional bound (Dantzig 1957,
//! doi:10.1287/opre.5.2.266) is not above the best set known are dropped (Martello, Pisinger and Toth 1999,
//! doi:10.1287/mnsc.45.3.414). All in whole numbers.

/// Limits besides the number of members, at most.
pub const LIMITS: usize = 4;
/// States at a time; more is refused rather than guessed.
const STATES: usize = 2_000_000;
/// What a whole limit counts in the sum of all limits.
const WHOLE: i128 = 1 << 40;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    used: [i64; LIMITS],
    size: u32,
    gain: i128,
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
        let mut states = vec![State { used: [0; LIMITS], size: 0, gain: 0 }];
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

    /// Item by item what fits: a set to beat.
    fn greedy(&self) -> i128 {
        let mut state = State { used: [0; LIMITS], size: 0, gain: 0 };
        let mut best = 0;
        for item in &self.items {
            state = self.with(&state, item).unwrap_or(state);
            best = best.max(state.gain - self.load(state.size));
        }
        best
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
            if !hopeless && !same && !steps.dominated(state.size as usize, state.gain) {
                next.push(state);
            }
        }
    }
}

/// Items in the order that the fractional bound takes them, with sums.
struct Order {
    /// What a unit of each limit, and of a member, counts in the sum of all.
    rates: [i128; LIMITS],
    member: i128,
    /// Sums of the first k items.
    gains: Vec<i128>,
    uses: Vec<i128>,
}

impl Order {
    /// Weighs the limits against each other so that the bound on everything is low, and sorts the items.
    fn new(knapsack: &mut Knapsack) -> Self {
        let places = knapsack.loads.as_ref().map_or(0, |loads| loads.len() as i128 - 1);
        let whole = |share: i128, limit: i128| if limit > 0 { share * WHOLE / limit / 4 } else { 0 };
        let count = knapsack.limits.len() + usize::from(places > 0);
        // Each limit by itself, each pair at 1:3, 2:2 and 3:1, and all alike.
        let mut shares: Vec<Vec<i128>> = vec![vec![4; count]];
        for one in 0..count {
            for other in 0..count {
                for share in 1..=4 {
                    let mut weights = vec![0; count];
                    weights[one] += share;
                    weights[other] += 4 - share;
                    shares.push(weights);
                }
            }
        }
        let mut best: Option<(i128, Self)> = None;
        for weights in shares {
            let mut rates = [0; LIMITS];
            for (at, &limit) in knapsack.limits.iter().enumerate() {
                rates[at] = whole(weights[at], i128::from(limit));
            }
            let member = if places > 0 { whole(weights[count - 1], places) } else { 0 };
            let mut order = Self { rates, member, gains: vec![0], uses: vec![0] };
            order.sort(knapsack);
            let empty = State { used: [0; LIMITS], size: 0, gain: 0 };
            let most = order.most(knapsack, &empty, 0);
            if best.as_ref().is_none_or(|(least, _)| most < *least) {
                best = Some((most, order));
            }
        }
        let mut order = best
            .map_or_else(|| Self { rates: [0; LIMITS], member: 0, gains: vec![0], uses: vec![0] }, |(_, order)| order);
        // The items are to stand in the order of the one that was chosen.
        order.sort(knapsack);
        order
    }

    fn used(&self, size: u32, uses: &[i64; LIMITS]) -> i128 {
        let of_limits: i128 = uses.iter().zip(&self.rates).map(|(&used, &rate)| i128::from(used) * rate).sum();
        of_limits + i128::from(size) * self.member
    }

    /// Best gain by use first; what uses nothing before all others.
    fn sort(&mut self, knapsack: &mut Knapsack) {
        let key = |item: &Item| self.used(item.size, &item.uses);
        knapsack.items.sort_by(|a, b| {
            let by_ratio = ratio(b.gain, key(b)).total_cmp(&ratio(a.gain, key(a)));
            by_ratio.then(b.gain.cmp(&a.gain)).then(a.uses.cmp(&b.uses)).then(a.size.cmp(&b.size))
        });
        self.gains = sums(knapsack.items.iter().map(|item| item.gain));
        self.uses = sums(knapsack.items.iter().map(|item| self.used(item.size, &item.uses)));
    }

    /// At least what the items from `from` on can still gain in a state: as much as fits into what is left of the sum of
    /// all limits, the last a part. The order is by floats, so the bound takes the best ratio left for that part.
    fn most(&self, knapsack: &Knapsack, state: &State, from: usize) -> i128 {
        let whole: i128 = knapsack.limits.iter().zip(&self.rates).map(|(&limit, &rate)| i128::from(limit) * rate).sum();
        let places = knapsack.loads.as_ref().map_or(0, |loads| loads.len() as i128 - 1);
        let left = whole + places * self.member - self.used(state.size, &state.used);
        let reach = self.uses[from] + left;
        let to = from + self.uses[from + 1..].partition_point(|&sum| sum <= reach);
        let sum = self.gains[to] - self.gains[from];
        if to >= knapsack.items.len() {
            return sum;
        }
        let item = &knapsack.items[to];
        let uses = self.used(item.size, &item.uses);
        let room = reach - self.uses[to];
        // Rounded up, and a billionth more for the order's sake.
        let part = item.gain * room / uses.max(1) + 1;
        let most = sum + part.min(item.gain);
        most + most / 1_000_000_000 + 1
    }
}

fn ratio(gain: i128, uses: i128) -> f64 {
    if uses == 0 { f64::INFINITY } else { gain as f64 / uses as f64 }
}

fn sums(values: impl Iterator<Item = i128>) -> Vec<i128> {
    let mut sum = 0;
    std::iter::once(0)
        .chain(values.map(|value| {
            sum += value;
            sum
        }))
        .collect()
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
