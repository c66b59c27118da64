//! The bound that holds for every number of openings at once, exact in integers and over all pairs.

use rayon::prelude::*;

use crate::solve::lagrangian::whole;
use crate::solve::network::Warm;
use crate::solve::openings::Openings;
use crate::solve::openings::costs::{Costs, NONE, Receive};

/// Which numbers of openings are allowed: a case of branch and bound, or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Openings at most.
    pub openings: u32,
    /// At least so many at each site.
    pub least: Vec<u32>,
    /// At most so many.
    pub most: Vec<u32>,
}

/// What one set of prices gives.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    /// `sum u - sum over present managers of their best`, in 1/scale seconds.
    pub free: i64,
    /// Members of every unit that present managers take.
    pub taken: Vec<i32>,
    /// Site by site: what the first, second, ... manager there adds, never rising.
    pub gains: Vec<Vec<i64>>,
    /// Site by site and number of managers: units and how many of their members they take.
    pub takes: Vec<Vec<Vec<(u32, u32)>>>,
}

/// Evaluates prices over all columns.
#[must_use]
pub fn evaluate(costs: &Costs, prices: &[i32]) -> Evaluated {
    let first = costs.places.len();
    let present = |at: usize| {
        let mut found = positive(&costs.columns[at], prices);
        if let Some(receive) = &costs.receive[at] {
            found = received(found, receive, costs);
        }
        let items = top(found, &costs.sizes, costs.places[at].len(), costs.receive[at].is_some());
        fill(&items, &costs.places[at])
    };
    let of_present: Vec<(i64, Vec<(u32, u32)>)> = (0..first).into_par_iter().map(present).collect();
    let of_sites: Vec<SiteGains> =
        (0..costs.site_places.len()).into_par_iter().map(|site| site_gains(costs, prices, site)).collect();
    let mut evaluated = Evaluated { taken: vec![0; prices.len()], ..Evaluated::default() };
    evaluated.free =
        prices.iter().zip(&costs.sizes).map(|(&price, &size)| i64::from(price) * i64::from(size)).sum::<i64>();
    for (value, taken) in of_present {
        evaluated.free -= value;
        taken.iter().for_each(|&(unit, count)| evaluated.taken[unit as usize] += count as i32);
    }
    (evaluated.gains, evaluated.takes) = of_sites.into_iter().unzip();
    evaluated
}

/// What each further manager at a site adds, and the units they take with how often.
type SiteGains = (Vec<i64>, Vec<Vec<(u32, u32)>>);

/// What 1, 2, ... managers at a site would add, each on top of the one before, and whom they would take.
#[must_use]
pub fn site_gains(costs: &Costs, prices: &[i32], site: usize) -> (Vec<i64>, Vec<Vec<(u32, u32)>>) {
    let places = &costs.site_places[site];
    let most = places.last().map_or(0, Vec::len);
    let items = top(positive(&costs.columns[costs.places.len() + site], prices), &costs.sizes, most, false);
    let mut before = 0;
    let (mut gains, mut takes) = (Vec::new(), Vec::new());
    for places in places {
        let (value, taken) = fill(&items, places);
        gains.push(value - before - costs.alone[site]);
        takes.push(taken);
        before = value;
    }
    (gains, takes)
}

/// Units that are worth more than they cost in a column, with what one member of each leaves and how many there are.
fn positive(column: &[i32], prices: &[i32]) -> Vec<(i32, u32, u32)> {
    const BLOCK: usize = 16;
    let mut found = Vec::with_capacity(256);
    for (at, (costs, prices)) in column.chunks(BLOCK).zip(prices.chunks(BLOCK)).enumerate() {
        // Most blocks hold nobody of interest, which is quickly seen.
        let best = costs.iter().zip(prices).fold(i32::MIN, |best, (&cost, &price)| best.max(price - cost));
        if best > 0 {
            for (inside, (&cost, &price)) in costs.iter().zip(prices).enumerate() {
                if price > cost && cost < NONE {
                    found.push((price - cost, (at * BLOCK + inside) as u32, u32::MAX));
                }
            }
        }
    }
    found
}

/// The dearest first, ties by unit.
fn order(a: &(i32, u32, u32), b: &(i32, u32, u32)) -> std::cmp::Ordering {
    b.0.cmp(&a.0).then(a.1.cmp(&b.1))
}

/// Splits units into those with the manager now and the most valuable new ones within the receive limit.
fn received(found: Vec<(i32, u32, u32)>, receive: &Receive, costs: &Costs) -> Vec<(i32, u32, u32)> {
    let (mut now, mut new) = (Vec::new(), Vec::new());
    for (profit, unit, _) in found {
        let here = receive.present.binary_search_by_key(&unit, |&(unit, _)| unit).map_or(0, |at| receive.present[at].1);
        if here > 0 {
            now.push((profit, unit, here));
        }
        if here < costs.sizes[unit as usize] {
            new.push((profit, unit, costs.sizes[unit as usize] - here));
        }
    }
    new.sort_unstable_by(order);
    let mut left = receive.limit as u32;
    for mut entry in new {
        entry.2 = entry.2.min(left);
        left -= entry.2;
        if entry.2 == 0 {
            break;
        }
        now.push(entry);
    }
    now
}

/// The most valuable members, as many as there are places, sorted.
fn top(mut found: Vec<(i32, u32, u32)>, sizes: &[u32], places: usize, counted: bool) -> Vec<(i32, u32, u32)> {
    if !counted {
        found.iter_mut().for_each(|entry| entry.2 = sizes[entry.1 as usize]);
    }
    if places == 0 {
        return Vec::new();
    }
    if found.len() > places {
        found.select_nth_unstable_by(places - 1, order);
        found.truncate(places);
    }
    found.sort_unstable_by(order);
    found
}

/// Matches the most valuable members with the cheapest places, as long as they are worth their place.
fn fill(items: &[(i32, u32, u32)], places: &[i64]) -> (i64, Vec<(u32, u32)>) {
    let (mut value, mut taken, mut place) = (0, Vec::new(), 0);
    for &(profit, unit, count) in items {
        let mut took = 0;
        while took < count && place < places.len() && i64::from(profit) > places[place] {
            value += i64::from(profit) - places[place];
            (took, place) = (took + 1, place + 1);
        }
        if took > 0 {
            taken.push((unit, took));
        }
        if took < count {
            break;
        }
    }
    (value, taken)
}

/// The openings a case's bound chooses at these prices: the largest increments, with what they add.
#[must_use]
pub fn chosen(openings: &Openings<'_>, case: &Case, gains: &[Vec<i64>]) -> (i64, Vec<u32>) {
    let mut counts = case.least.clone();
    let forced: i64 =
        gains.iter().zip(&counts).map(|(gains, &count)| gains[..count as usize].iter().sum::<i64>()).sum();
    let spent = openings.money(&counts);
    let left = (case.openings.saturating_sub(counts.iter().sum())) as usize;
    let mut further: Vec<(i64, usize, i64)> = Vec::new();
    for (site, gains) in gains.iter().enumerate() {
        let from = case.least[site] as usize;
        let upto = (case.most[site] as usize).min(gains.len());
        further.extend(gains[from.min(upto)..upto].iter().map(|&gain| (gain, site, openings.sites[site].money)));
    }
    let Some(budget) = openings.budget else {
        further.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let best = further.iter().take(left).filter(|(gain, ..)| *gain > 0);
        let value = best.clone().map(|(gain, ..)| gain).sum::<i64>();
        best.for_each(|&(_, site, _)| counts[site] += 1);
        return (forced + value, counts);
    };
    let (value, sites) = within_budget(&mut further, left, budget - spent);
    sites.into_iter().for_each(|site| counts[site] += 1);
    (forced + value, counts)
}

/// Fixed-point digits of the price of money.
const MONEY: u32 = 20;

/// At most `left` increments within the money left: never less than the best choice, by a price on money (Lagrangian
/// relaxation again; any price is valid, the least bound over prices is found by bisection of a convex function).
fn within_budget(further: &mut [(i64, usize, i64)], left: usize, money: i64) -> (i64, Vec<usize>) {
    if money < 0 {
        return (0, Vec::new());
    }
    let mut at = |price: i128| {
        let worth = |&(gain, _, money): &(i64, usize, i64)| (i128::from(gain) << MONEY) - price * i128::from(money);
        further.sort_by(|a, b| worth(b).cmp(&worth(a)).then(a.1.cmp(&b.1)));
        let best: Vec<_> = further.iter().take(left).filter(|entry| worth(entry) > 0).copied().collect();
        let value = best.iter().map(worth).sum::<i128>() + price * i128::from(money);
        let spent: i64 = best.iter().map(|entry| entry.2).sum();
        (value, spent, best)
    };
    let free = at(0);
    let sites = |best: &[(i64, usize, i64)]| best.iter().map(|entry| entry.1).collect();
    if free.1 <= money {
        return ((free.0 >> MONEY) as i64, sites(&free.2));
    }
    let (mut low, mut high) = (0_i128, 1_i128);
    while at(high).1 > money && high < 1 << 80 {
        high *= 4;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if at(middle).1 > money { low = middle } else { high = middle }
    }
    let (below, above) = (at(low), at(high));
    let value = below.0.min(above.0);
    // Rounded up, so that it stays a bound.
    (((value + (1 << MONEY) - 1) >> MONEY) as i64, sites(&above.2))
}

/// The best bound of every number of openings over all prices looked at, with those prices.
#[derive(Clone, Debug)]
pub struct Bounds {
    best: Vec<(i64, Vec<i32>)>,
    cases: Vec<Case>,
}

impl Bounds {
    /// For 0 to `most` openings; nothing is known yet.
    #[must_use]
    pub fn new(openings: &Openings<'_>, most: u32) -> Self {
        let case = |openings_at_most: u32| Case {
            openings: openings_at_most,
            least: vec![0; openings.sites.len()],
            most: openings.sites.iter().map(|site| site.most).collect(),
        };
        Self { best: vec![(i64::MIN, Vec::new()); most as usize + 1], cases: (0..=most).map(case).collect() }
    }

    /// All choices of at most `k` openings.
    #[must_use]
    pub fn whole_case(&self, k: u32) -> Case {
        self.cases[k as usize].clone()
    }

    /// Keeps what prices prove for each number.
    pub fn learn(&mut self, openings: &Openings<'_>, evaluated: &Evaluated, prices: &[i32]) {
        for (case, best) in self.cases.iter().zip(&mut self.best) {
            let bound = evaluated.free - chosen(openings, case, &evaluated.gains).0;
            if bound > best.0 {
                *best = (bound, prices.to_vec());
            }
        }
    }

    /// The bound in whole seconds a year.
    #[must_use]
    pub fn of(&self, k: u32, scale: i64) -> i64 {
        whole(i128::from(self.best[k as usize].0), scale)
    }

    /// Its prices.
    #[must_use]
    pub fn prices(&self, k: u32) -> &[i32] {
        &self.best[k as usize].1
    }
}

/// How many members have no place at least, for 0 to `most` openings: those who are short and whoever competes with
/// them, counted against the places of everybody they may go to (Hall 1935; [`evaluate`] with every arc at cost 0).
#[must_use]
pub fn shortage(openings: &Openings<'_>, costs: &Costs, closed: &Warm, most: u32) -> Vec<u32> {
    let unserved = costs.unserved / 2;
    // Whoever is worth half of being unserved competes for the places that are missing.
    let competes = |&price: &i32| i32::from(i64::from(price) > unserved && unserved > 0);
    let prices: Vec<i32> = costs.prices_of(closed).iter().map(competes).collect();
    if prices.iter().all(|&price| price == 0) {
        return vec![0; most as usize + 1];
    }
    let count = |column: &[i32], places: usize, receive: Option<&Receive>| {
        let (mut now, mut new) = (0, 0);
        for (unit, (&cost, &price)) in column.iter().zip(&prices).enumerate() {
            if price == 1 && cost < NONE {
                let here = receive.and_then(|receive| {
                    receive
                        .present
                        .binary_search_by_key(&(unit as u32), |&(unit, _)| unit)
                        .ok()
                        .map(|at| receive.present[at].1)
                });
                now += here.unwrap_or(0);
                new += costs.sizes[unit] - here.unwrap_or(0);
            }
        }
        let new = receive.map_or(new, |receive| new.min(receive.limit as u32));
        i64::from(now + new).min(places as i64)
    };
    let first = openings.first();
    let all: i64 = prices.iter().zip(&costs.sizes).map(|(&price, &size)| i64::from(price) * i64::from(size)).sum();
    let present: i64 = (0..first)
        .into_par_iter()
        .map(|at| count(&costs.columns[at], costs.places[at].len(), costs.receive[at].as_ref()))
        .sum();
    let gains: Vec<Vec<i64>> = (0..openings.sites.len())
        .into_par_iter()
        .map(|site| {
            let reach = count(&costs.columns[first + site], usize::MAX >> 1, None);
            let each = openings.sites[site].places.len() as i64;
            let of = |at: i64| (reach - at * each).clamp(0, each);
            (0..i64::from(openings.sites[site].most)).map(of).collect()
        })
        .collect();
    let bounds = Bounds::new(openings, most);
    let of = |k: u32| (all - present - chosen(openings, &bounds.whole_case(k), &gains).0).max(0) as u32;
    (0..=most).map(of).collect()
}
