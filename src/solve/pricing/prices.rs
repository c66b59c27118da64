//! Prices of units by the volume method: a subgradient walk from the best prices along the violation of an averaged
//! solution, which becomes an approximate solution of the linear program itself (Barahona, Anbil 2000,
//! doi:10.1007/s101070050002). Every evaluation is exact in integers; floats only say where to look next.

use super::instance::Instance;
use super::knapsack::Room;
use super::part::{Evaluation, Part, Prices, Restricted};

/// Largest weight of a new solution in the average.
const NEWEST: f64 = 0.1;
/// Failures before the aim is lowered, and by how much.
const PATIENCE: u32 = 9;
const LOWER: f64 = 0.7;
/// A gain of this part of the aim raises it, by how much.
const STRONG: f64 = 0.25;
const HIGHER: f64 = 1.5;
/// Gains in a row that raise it too.
const STREAK: u32 = 4;
/// Steps of limits' prices, compared with those of units' prices.
const LIMIT_STEP: f64 = 0.3;

/// Where the walk is.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The best prices so far.
    pub best: Prices,
    /// The bound they give, scaled.
    pub value: i64,
    /// The averaged solution: a part of each pair.
    pub average: Vec<f64>,
    /// How much better than the best value the next one aims at.
    pub aim: f64,
    /// By how much the averaged solution breaks "each unit once", on the average.
    pub violation: f64,
    /// Nothing averaged yet.
    pub fresh: bool,
}

/// When to stop walking.
#[derive(Clone, Copy)]
pub struct Until<'a> {
    /// Steps.
    pub steps: usize,
    /// Value from which the part holds nothing of use.
    pub cutoff: i64,
    /// Aim at least at this part of the way to the cutoff, at first (of the value, while there is no cutoff).
    pub reach: f64,
    /// Aim, as a part of the value, below which it is not worth going on.
    pub least_aim: f64,
    /// Out of time?
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

impl Walk {
    /// From given prices.
    #[must_use]
    pub fn new(part: &Part, prices: Prices, aim: f64) -> Self {
        Self { best: prices, value: i64::MIN, average: vec![0.0; part.pairs()], aim, violation: 1.0, fresh: true }
    }

    /// The same place in a part after pairs were fixed and dropped.
    #[must_use]
    pub fn follow(&self, to: &Restricted, dims: usize) -> Self {
        let limits = to.managers.iter().flat_map(|&old| &self.best.limits[old as usize * dims..][..dims]);
        Self {
            best: Prices {
                units: to.items.iter().map(|&old| self.best.units[old as usize]).collect(),
                limits: limits.copied().collect(),
            },
            value: i64::MIN,
            average: to.pairs.iter().map(|&old| self.average[old as usize]).collect(),
            aim: self.aim,
            violation: self.violation,
            fresh: self.fresh,
        }
    }

    /// Walks. Returns the evaluation at the best prices when it was made here.
    pub fn run(&mut self, instance: &Instance<'_>, part: &Part, until: Until<'_>, room: &mut Room) {
        // Where there is no plan the bound grows without end: the ceiling ends it.
        let cutoff = until.cutoff.min(instance.ceiling);
        let first = part.evaluate(instance, &self.best, room);
        self.value = first.value;
        let way = if until.cutoff == i64::MAX { self.value.abs() / 100 } else { (until.cutoff - self.value).max(0) };
        self.aim = self.aim.max(until.reach * way as f64).min(instance.ceiling as f64);
        let of = part.manager_of_pairs();
        let weights = typical_uses(part);
        let mut direction = Direction::new(part, self, &first, &of);
        if self.fresh {
            first.chosen.iter().for_each(|&pair| self.average[pair as usize] = 1.0);
            self.fresh = false;
        }
        // The average is `factor` times what is stored: one new solution then touches its own pairs only.
        let mut factor = 1.0;
        let (mut failures, mut streak) = (0, 0);
        for _ in 0..until.steps {
            let scale = self.value.abs().max(1) as f64;
            if self.value >= cutoff || self.aim < until.least_aim * scale || (until.stop)() {
                break;
            }
            let length = direction.length(&weights);
            if length < 1e-9 {
                break;
            }
            let step = 0.5 * self.aim / length;
            let prices = direction.prices(instance, part, &self.best, &weights, step);
            let found = part.evaluate(instance, &prices, room);
            let share = direction.turn(part, &prices, &found, &of, &weights);
            factor *= 1.0 - share;
            for &pair in &found.chosen {
                self.average[pair as usize] += share / factor;
            }
            if factor < 1e-60 {
                self.average.iter_mut().for_each(|part| *part *= factor);
                factor = 1.0;
            }
            if found.value > self.value {
                streak += 1;
                if (found.value - self.value) as f64 > STRONG * self.aim || streak >= STREAK {
                    self.aim = (self.aim * HIGHER).min(instance.ceiling as f64);
                    streak = 0;
                }
                (self.value, self.best) = (found.value, prices);
                failures = 0;
            } else {
                failures += 1;
                streak = 0;
                if failures >= PATIENCE {
                    self.aim *= LOWER;
                    failures = 0;
                }
            }
        }
        self.average.iter_mut().for_each(|part| *part *= factor);
        self.violation =
            direction.units.iter().map(|part| part.abs()).sum::<f64>() / direction.units.len().max(1) as f64;
    }
}

/// What a pair uses of each limit on the average, at least 1: limits' prices are of that size compared with units'.
fn typical_uses(part: &Part) -> Vec<f64> {
    let pairs = part.pairs().max(1) as f64;
    let sum = |dim: usize| part.uses.iter().skip(dim).step_by(part.dims).map(|&used| used as f64).sum::<f64>();
    (0..part.dims).map(|dim| (sum(dim) / pairs).max(1.0)).collect()
}

/// By how much the averaged solution breaks what is priced.
struct Direction {
    units: Vec<f64>,
    limits: Vec<f64>,
    /// Limits that have a price.
    priced: Vec<u32>,
}

impl Direction {
    fn new(part: &Part, walk: &Walk, first: &Evaluation, of: &[u32]) -> Self {
        let priced =
            (0..walk.best.limits.len() as u32).filter(|&limit| walk.best.limits[limit as usize] != 0).collect();
        let mut all = Self { units: Vec::new(), limits: vec![0.0; walk.best.limits.len()], priced };
        if walk.fresh {
            (all.units, all.limits) = all.of(part, &walk.best, first, of);
            return all;
        }
        all.units = vec![1.0; part.units.len()];
        for (pair, &share) in walk.average.iter().enumerate().filter(|&(_, &share)| share != 0.0) {
            all.units[part.item[pair] as usize] -= share;
            if !all.priced.is_empty() {
                let manager = of[pair] as usize;
                for dim in 0..part.dims {
                    all.limits[manager * part.dims + dim] += share * part.uses[pair * part.dims + dim] as f64;
                }
            }
        }
        let Self { limits, priced, .. } = &mut all;
        for &limit in &*priced {
            limits[limit as usize] = beyond(part, &walk.best, first, limit, limits[limit as usize]);
        }
        all
    }

    /// How one solution breaks it.
    fn of(&self, part: &Part, prices: &Prices, found: &Evaluation, of: &[u32]) -> (Vec<f64>, Vec<f64>) {
        let mut units = vec![1.0; part.units.len()];
        let mut limits = vec![0.0; self.limits.len()];
        for &pair in &found.chosen {
            let pair = pair as usize;
            units[part.item[pair] as usize] -= 1.0;
            if !self.priced.is_empty() {
                let manager = of[pair] as usize;
                for dim in 0..part.dims {
                    limits[manager * part.dims + dim] += part.uses[pair * part.dims + dim] as f64;
                }
            }
        }
        for &limit in &self.priced {
            limits[limit as usize] = beyond(part, prices, found, limit, limits[limit as usize]);
        }
        (units, limits)
    }

    fn length(&self, weights: &[f64]) -> f64 {
        let limit = |&limit: &u32| {
            let part = self.limits[limit as usize] / weights[limit as usize % weights.len()];
            LIMIT_STEP * part * part
        };
        self.units.iter().map(|part| part * part).sum::<f64>() + self.priced.iter().map(limit).sum::<f64>()
    }

    /// Prices a step further.
    fn prices(&self, instance: &Instance<'_>, part: &Part, from: &Prices, weights: &[f64], step: f64) -> Prices {
        let ceiling = instance.ceiling;
        // No unit is worth more than every plan costs; without plans prices would leave the range of numbers.
        let moved = |(&price, part): (&i64, &f64)| {
            (price + ((step * part).round() as i64).clamp(-ceiling, ceiling)).clamp(-2 * ceiling, 2 * ceiling)
        };
        let units = from.units.iter().zip(&self.units).map(moved);
        let mut limits = from.limits.clone();
        for &limit in &self.priced {
            let weight = weights[limit as usize % weights.len()];
            let change = LIMIT_STEP * step * self.limits[limit as usize] / (weight * weight);
            let price = &mut limits[limit as usize];
            let moved = (*price + (change.round() as i64).clamp(-ceiling, ceiling)).clamp(1, ceiling);
            let (manager, dim) = (limit as usize / part.dims, limit as usize % part.dims);
            let of = &instance.managers[part.managers[manager] as usize];
            *price = if dim == 0 { of.stop_at_flats(*price, moved) } else { moved };
        }
        Prices { units: units.collect(), limits }
    }

    /// Takes a new solution into the average, with the weight that breaks least, and returns that weight.
    fn turn(&mut self, part: &Part, prices: &Prices, found: &Evaluation, of: &[u32], weights: &[f64]) -> f64 {
        let (units, limits) = self.of(part, prices, found, of);
        let (mut across, mut square) = (0.0, 0.0);
        for (new, old) in units.iter().zip(&self.units) {
            let change = new - old;
            across -= old * change;
            square += change * change;
        }
        for &limit in &self.priced {
            let weight = weights[limit as usize % weights.len()];
            let (old, new) = (self.limits[limit as usize] / weight, limits[limit as usize] / weight);
            across -= LIMIT_STEP * old * (new - old);
            square += LIMIT_STEP * (new - old) * (new - old);
        }
        let share = if square > 0.0 { (across / square).clamp(NEWEST / 10.0, NEWEST) } else { NEWEST / 10.0 };
        let mix = |old: &mut f64, new: &f64| *old += share * (new - *old);
        self.units.iter_mut().zip(&units).for_each(|(old, new)| mix(old, new));
        self.limits.iter_mut().zip(&limits).for_each(|(old, new)| mix(old, new));
        share
    }
}

/// By how much `used` of a priced limit breaks it: what is left of it, or the members wanted at the price of a place. A price
/// that is as low as it may be lets anything be left over.
fn beyond(part: &Part, prices: &Prices, found: &Evaluation, limit: u32, used: f64) -> f64 {
    let (manager, dim) = (limit as usize / part.dims, limit as usize % part.dims);
    let left = part.left[limit as usize];
    let (least, most) = if dim == 0 { found.wanted[manager] } else { (left, left) };
    let least = if prices.limits[limit as usize] <= 1 { least.min(0) } else { least };
    used - used.clamp(least as f64, most as f64)
}
