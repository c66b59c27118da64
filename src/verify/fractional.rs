//! The fractional bound of a knapsack with several limits: all of them added up with weights become one, of which the last
//! item takes a part (Dantzig 1957, doi:10.1287/opre.5.2.266; surrogate constraints: Glover 1968,
//! doi:10.1287/opre.16.4.741). Valid for any weights, lowest for those of the linear program.

use crate::verify::knapsack::{Item, Knapsack, LIMITS, State};

/// What a whole limit counts in the sum of all limits.
const WHOLE: i128 = 1 << 40;

/// Items in the order that the fractional bound takes them, with sums.
pub(super) struct Order {
    /// What a unit of each limit, and last a member, counts in the sum of all.
    rates: [i128; LIMITS + 1],
    /// Sums of the first k items.
    gains: Vec<i128>,
    uses: Vec<i128>,
}

impl Order {
    /// Weighs the limits against each other so that the bound on everything is as low as it gets, and sorts the items:
    /// the limits by themselves and in even shares, then the best of them changed by ever smaller factors.
    pub fn new(knapsack: &mut Knapsack) -> Self {
        let places = knapsack.loads.as_ref().map_or(0, |loads| loads.len() as i128 - 1);
        let whole = |limit: i128| if limit > 0 { WHOLE / limit } else { 0 };
        let mut full = [0; LIMITS + 1];
        full.iter_mut().zip(&knapsack.limits).for_each(|(rate, &limit)| *rate = whole(i128::from(limit)));
        full[LIMITS] = whole(places);
        let mut best = Self::weighed(knapsack, full);
        let empty = State::default();
        let mut least = best.most(knapsack, &empty, 0);
        let mut attempt = |rates: [i128; LIMITS + 1], best: &mut Self| {
            let order = Self::weighed(knapsack, rates);
            let most = order.most(knapsack, &empty, 0);
            let is_lower = most < least;
            if is_lower {
                (least, *best) = (most, order);
            }
            is_lower
        };
        for one in (0..=LIMITS).filter(|&at| full[at] > 0) {
            let mut rates = [0; LIMITS + 1];
            rates[one] = full[one];
            attempt(rates, &mut best);
            for other in (0..one).filter(|&at| full[at] > 0) {
                let mut rates = rates;
                rates[other] = full[other];
                attempt(rates, &mut best);
            }
        }
        for (more, less) in [(8, 4), (12, 8), (20, 16), (36, 32), (68, 64), (132, 128)] {
            for at in (0..=LIMITS).cycle().take(3 * (LIMITS + 1)).filter(|&at| full[at] > 0) {
                let mut rates = best.rates;
                rates[at] = rates[at].max(full[at] / 64) * more / less;
                if !attempt(rates, &mut best) {
                    rates[at] = best.rates[at] * less / more;
                    attempt(rates, &mut best);
                }
            }
        }
        // The items are to stand in the order of the one that was chosen.
        Self::weighed(knapsack, best.rates)
    }

    /// Sorts the items for these rates.
    fn weighed(knapsack: &mut Knapsack, rates: [i128; LIMITS + 1]) -> Self {
        let mut order = Self { rates, gains: Vec::new(), uses: Vec::new() };
        order.sort(knapsack);
        order
    }

    fn used(&self, size: u32, uses: &[i64; LIMITS]) -> i128 {
        let of_limits: i128 = uses.iter().zip(&self.rates).map(|(&used, &rate)| i128::from(used) * rate).sum();
        of_limits + i128::from(size) * self.rates[LIMITS]
    }

    /// Best gain by use first; what uses nothing before all others.
    fn sort(&mut self, knapsack: &mut Knapsack) {
        let keyed = |item: &Item| (ratio(item.gain, self.used(item.size, &item.uses)), *item);
        let mut items: Vec<(f64, Item)> = knapsack.items.iter().map(keyed).collect();
        items.sort_unstable_by(|(one, a), (other, b)| {
            other.total_cmp(one).then(b.gain.cmp(&a.gain)).then(a.uses.cmp(&b.uses)).then(a.size.cmp(&b.size))
        });
        knapsack.items.iter_mut().zip(items).for_each(|(to, (_, item))| *to = item);
        self.gains = sums(knapsack.items.iter().map(|item| item.gain));
        self.uses = sums(knapsack.items.iter().map(|item| self.used(item.size, &item.uses)));
    }

    /// At least what the items from `from` on can still gain in a state: as much as fits into what is left of the sum of
    /// all limits, the last a part. The order is by floats, so the bound takes the best ratio left for that part.
    pub fn most(&self, knapsack: &Knapsack, state: &State, from: usize) -> i128 {
        let whole: i128 = knapsack.limits.iter().zip(&self.rates).map(|(&limit, &rate)| i128::from(limit) * rate).sum();
        let places = knapsack.loads.as_ref().map_or(0, |loads| loads.len() as i128 - 1);
        let left = whole + places * self.rates[LIMITS] - self.used(state.size, &state.used);
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
