//! Pairs that no better plan can use: forcing one into its manager's knapsack, and its unit out of the others that take
//! it, raises the bound to the cutoff (Posta, Ferland, Michelon 2012, doi:10.1007/s10589-011-9432-0, section 3).

use super::instance::Instance;
use super::knapsack::{Form, Room};
use super::part::{Evaluation, Part, Prices};

/// Which pairs of the part may still be in a plan below `cutoff` (scaled).
pub fn keep(
    instance: &Instance<'_>,
    part: &Part,
    prices: &Prices,
    found: &Evaluation,
    cutoff: i64,
    room: &mut Room,
) -> Vec<bool> {
    let reach = cutoff - found.value;
    let pairs = part.pairs();
    let mut chosen = vec![false; pairs];
    found.chosen.iter().for_each(|&pair| chosen[pair as usize] = true);
    // What forcing each pair in (or out, where it is chosen) costs its knapsack at least.
    let mut loss = vec![0_i64; pairs];
    for manager in 0..part.managers.len() {
        losses(instance, part, prices, found.knapsacks[manager], manager, &mut loss, (&chosen, room));
    }
    let mut out = vec![0_i64; part.units.len()];
    for &pair in &found.chosen {
        out[part.item[pair as usize] as usize] += loss[pair as usize];
    }
    (0..pairs)
        .map(|pair| {
            let others = out[part.item[pair] as usize];
            let total = if chosen[pair] { others - loss[pair] } else { others + loss[pair] };
            total < reach
        })
        .collect()
}

/// Losses of one manager's pairs, from the linear bound of its knapsack.
fn losses(
    instance: &Instance<'_>,
    part: &Part,
    prices: &Prices,
    value: i64,
    manager: usize,
    loss: &mut [i64],
    (chosen, room): (&[bool], &mut Room),
) {
    let of = &instance.managers[part.managers[manager] as usize];
    let dims = part.dims;
    let rates = &prices.limits[manager * dims..][..dims];
    let resource = of.form.resource();
    let profit = |pair: usize| {
        let uses = &part.uses[pair * dims..][..dims];
        let limits: i64 = rates.iter().zip(uses).map(|(rate, used)| rate * used).sum();
        prices.units[part.item[pair] as usize] - part.cost[pair] - limits
    };
    let weight = |pair: usize| resource.map_or(0, |dim| part.uses[pair * dims + dim]);
    if matches!(of.form, Form::Classes { .. } | Form::Grid { .. }) {
        // Without linear bound at hand: a pair that is not worth taking by itself costs what it lacks.
        for pair in part.pairs_of(manager).filter(|&pair| !chosen[pair]) {
            loss[pair] = (-profit(pair)).max(0);
        }
        return;
    }
    let capacity = resource.map_or(i64::MAX, |dim| part.left[manager * dims + dim]);
    let (ratio_profit, ratio_weight, linear) = broken(part.pairs_of(manager), profit, weight, capacity, room);
    let gap = linear - value;
    for pair in part.pairs_of(manager) {
        // Profit beyond what its weight is worth at the break, rounded against the loss.
        let worth = i128::from(weight(pair)) * i128::from(ratio_profit);
        let own = if ratio_weight == 0 {
            profit(pair)
        } else {
            let scaled = i128::from(profit(pair)) * i128::from(ratio_weight) - worth;
            let whole = scaled.unsigned_abs() / i128::from(ratio_weight).unsigned_abs();
            if scaled < 0 { -(whole as i64) } else { whole as i64 }
        };
        loss[pair] = if chosen[pair] { own.max(0) - gap } else { (-own).max(0) - gap }.max(0);
    }
}

/// The break ratio (profit, weight) of one knapsack and its linear bound, rounded up.
fn broken(
    pairs: std::ops::Range<usize>,
    profit: impl Fn(usize) -> i64,
    weight: impl Fn(usize) -> i64,
    capacity: i64,
    room: &mut Room,
) -> (i64, i64, i64) {
    let order = &mut room.ratios;
    order.clear();
    for pair in pairs {
        let (profit, weight) = (profit(pair), weight(pair));
        if profit > 0 && weight <= capacity {
            order.push((-(profit as f64) / weight as f64, profit, weight));
        }
    }
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut left, mut sum) = (capacity, 0);
    for &(_, profit, weight) in order.iter() {
        if weight > left {
            // Any ratio bounds; that of the break bounds best.
            let fill = i128::from(left) * i128::from(profit);
            return (profit, weight, sum + (fill / i128::from(weight)) as i64 + 1);
        }
        left -= weight;
        sum += profit;
    }
    (0, 0, sum)
}
