//! First prices: of the limits, by a subgradient walk with momentum on the linear program's own dual (Held, Wolfe,
//! Crowder 1974, doi:10.1007/BF01580223); a unit is then worth what it costs at its cheapest manager.

use super::instance::{Instance, Manager};
use super::part::{Part, Prices};

/// Share of the last direction that is kept.
const MOMENTUM: f64 = 0.95;
/// Failures before the step is shortened, and by how much.
const PATIENCE: u32 = 8;
const SHORTER: f64 = 0.7;
/// A gain of this part of the aim lengthens it, by how much.
const STRONG: f64 = 0.1;
const LONGER: f64 = 1.5;
/// Gains in a row that lengthen it too.
const STREAK: u32 = 4;

/// Prices of all limits of the part's managers, inside and outside of knapsacks alike, after so many steps from `prices`;
/// `aim` is how much more than the best value the walk hopes for, kept between calls (0 at first).
pub fn limits(
    instance: &Instance<'_>,
    part: &Part,
    mut prices: Vec<f64>,
    aim: &mut f64,
    steps: usize,
    stop: &dyn Fn() -> bool,
) -> Vec<f64> {
    let of = part.manager_of_pairs();
    let dims = part.dims;
    // What a limit is compared with, so that limits of any unit are walked alike: a typical use.
    let typical: Vec<f64> = (0..dims)
        .map(|dim| {
            let sum: f64 = part.uses.iter().skip(dim).step_by(dims).map(|&used| used as f64).sum();
            (sum / part.pairs().max(1) as f64).max(1e-9)
        })
        .collect();
    let (mut best, mut best_prices) = (f64::MIN, prices.clone());
    let mut momentum = vec![0.0; prices.len()];
    let (mut failures, mut streak) = (0, 0);
    for step in 0..steps {
        if stop() {
            break;
        }
        let (value, slope) = evaluate(instance, part, &of, &prices);
        if *aim <= 0.0 {
            *aim = value.abs() * 0.02;
        }
        if value > best {
            // A run of gains, or a large one: the steps are too short.
            streak += 1;
            if step > 0 && (value - best > STRONG * *aim || streak >= STREAK) {
                *aim = (*aim * LONGER).min(instance.ceiling as f64);
                streak = 0;
            }
            (best, failures) = (value, 0);
            best_prices.clone_from(&prices);
        } else {
            failures += 1;
            streak = 0;
            if failures >= PATIENCE {
                *aim *= SHORTER;
                failures = 0;
                prices.clone_from(&best_prices);
                momentum.fill(0.0);
                continue;
            }
        }
        let scaled = |limit: usize| slope[limit] / typical[limit % dims];
        let length: f64 = (0..slope.len()).map(|limit| scaled(limit) * scaled(limit)).sum();
        if length < 1e-12 {
            break;
        }
        let size = (best + *aim - value).max(*aim * 0.1) / length;
        for limit in 0..slope.len() {
            momentum[limit] =
                MOMENTUM * momentum[limit] + (1.0 - MOMENTUM) * size * scaled(limit) / typical[limit % dims];
            let moved = (prices[limit] + momentum[limit]).clamp(0.0, instance.ceiling as f64);
            let of = &instance.managers[part.managers[limit / dims] as usize];
            let stop = of.stop_at_flats(prices[limit].round() as i64, moved.round() as i64);
            prices[limit] = moved;
            if limit.is_multiple_of(dims) && stop != moved.round() as i64 {
                (prices[limit], momentum[limit]) = (stop as f64, 0.0);
            }
        }
    }
    best_prices
}

/// The dual value, and by how much each limit is broken.
fn evaluate(instance: &Instance<'_>, part: &Part, of: &[u32], prices: &[f64]) -> (f64, Vec<f64>) {
    let dims = part.dims;
    let mut least = vec![(f64::MAX, u32::MAX); part.units.len()];
    for pair in 0..part.pairs() {
        let cost = reduced(part, of, prices, pair);
        let least = &mut least[part.item[pair] as usize];
        if cost < least.0 {
            *least = (cost, pair as u32);
        }
    }
    let mut slope = vec![0.0; prices.len()];
    let mut value = 0.0;
    for &(cost, pair) in least.iter().filter(|(_, pair)| *pair != u32::MAX) {
        value += cost;
        let manager = of[pair as usize] as usize;
        for dim in 0..dims {
            slope[manager * dims + dim] += part.uses[pair as usize * dims + dim] as f64;
        }
    }
    for (manager, &global) in part.managers.iter().enumerate() {
        let places = &instance.managers[global as usize].places;
        let price = prices[manager * dims];
        let (least, most) = Manager::wanted(places, price);
        value += places[least] as f64 - price * least as f64;
        for dim in 0..dims {
            let limit = manager * dims + dim;
            if part.left[limit] == i64::MAX {
                slope[limit] = 0.0;
                continue;
            }
            if dim == 0 {
                slope[limit] -= slope[limit].clamp(least as f64, most as f64);
                continue;
            }
            slope[limit] -= part.left[limit] as f64;
            value -= prices[limit] * part.left[limit] as f64;
        }
    }
    for limit in 0..slope.len() {
        if prices[limit] <= 0.0 && slope[limit] < 0.0 {
            slope[limit] = 0.0;
        }
    }
    (value, slope)
}

fn reduced(part: &Part, of: &[u32], prices: &[f64], pair: usize) -> f64 {
    let limits = &prices[of[pair] as usize * part.dims..][..part.dims];
    let uses = &part.uses[pair * part.dims..][..part.dims];
    part.cost[pair] as f64 + limits.iter().zip(uses).map(|(price, &used)| price * used as f64).sum::<f64>()
}

/// Units' prices that go with limits' prices; of the limits only those outside of knapsacks keep theirs.
#[must_use]
pub fn prices(instance: &Instance<'_>, part: &Part, limits: &[f64]) -> Prices {
    let of = part.manager_of_pairs();
    let mut least = vec![f64::MAX; part.units.len()];
    for pair in 0..part.pairs() {
        let least = &mut least[part.item[pair] as usize];
        *least = least.min(reduced(part, &of, limits, pair));
    }
    let mut prices = part.no_prices(instance);
    prices.units = least.into_iter().map(|cost| (cost.round() as i64).min(2 * instance.ceiling)).collect();
    for (price, &limit) in prices.limits.iter_mut().zip(limits).filter(|(price, _)| **price != 0) {
        *price = (limit.round() as i64).max(1);
    }
    prices
}
