//! Plans: whom each open site serves, by shifts and swaps that may overload a site at a price at first; and which sites
//! are open, by exchanging, adding and dropping one.

use crate::solve::Control;
use crate::solve::sites::{Plan, Sites};

/// Times the price of overload may rise before an open set is given up.
const RISES: u32 = 8;

/// Open sets that are tried in earnest in one round of the search.
const TRIES: usize = 80;

/// Serves everybody from these sites (ascending): a good plan, or `None` when none was found. `shares`, when given, says
/// customer by customer how much each site should count (0 to 1).
#[must_use]
pub fn serve(problem: &Sites, open: &[u32], shares: Option<&[f64]>, control: Control<'_>) -> Option<Plan> {
    let sites = problem.sites();
    let share = |customer: usize, site: u32| shares.map_or(0.0, |shares| shares[customer * sites + site as usize]);
    // Who would lose most by not getting the best place comes first.
    let mut order: Vec<(i64, i64, usize)> = Vec::with_capacity(problem.customers());
    for customer in 0..problem.customers() {
        let (mut first, mut second) = (i64::MAX, i64::MAX);
        for cost in open.iter().filter_map(|&site| problem.cost(customer, site as usize)) {
            if cost < first {
                (first, second) = (cost, first);
            } else {
                second = second.min(cost);
            }
        }
        if first == i64::MAX {
            return None;
        }
        order.push((first.saturating_sub(second), -problem.demands[customer], customer));
    }
    order.sort_unstable();
    let mut state = Serving {
        problem,
        open,
        serves: vec![0; problem.customers()],
        left: open.iter().map(|&site| problem.capacities[site as usize]).collect(),
        price: 0,
    };
    for (_, demand, customer) in order {
        let key = |at: &usize| {
            let site = open[*at];
            let cost = problem.cost(customer, site as usize)?;
            let tight = (-demand - state.left[*at]).max(0);
            Some((tight, (cost as f64 * (1.0 - share(customer, site))) as i64, *at))
        };
        let (_, _, at) = (0..open.len()).filter_map(|at| key(&at)).min()?;
        state.serves[customer] = at;
        state.left[at] += demand;
    }
    state
        .settle(control)
        .then(|| Plan { open: open.to_vec(), serves: state.serves.iter().map(|&at| open[at]).collect() })
}

/// Customers at open sites, overload at a price.
struct Serving<'a> {
    problem: &'a Sites,
    open: &'a [u32],
    /// Customer by customer the position of its site in `open`.
    serves: Vec<usize>,
    /// Capacity left at each open site, below 0 when overloaded.
    left: Vec<i64>,
    /// Of one unit of overload.
    price: i64,
}

impl Serving<'_> {
    fn cost(&self, customer: usize, at: usize) -> Option<i64> {
        self.problem.cost(customer, self.open[at] as usize)
    }

    /// Shifts and swaps until nothing helps; the price of overload rises until there is none.
    fn settle(&mut self, control: Control<'_>) -> bool {
        let total: i64 = (0..self.serves.len()).filter_map(|at| self.cost(at, self.serves[at])).sum();
        let demand: i64 = self.problem.demands.iter().sum();
        self.price = (total / demand.max(1)).max(1);
        for _ in 0..RISES {
            while !control.expired() && self.pass() {}
            if self.left.iter().all(|&left| left >= 0) {
                return true;
            }
            // However high, overload times price stays in range.
            self.price = self.price.saturating_mul(4).min((1 << 58) / demand.max(1));
        }
        false
    }

    /// What overload costs when `left` is left.
    fn penalty(&self, left: i64) -> i64 {
        (-left).max(0).saturating_mul(self.price)
    }

    fn pass(&mut self) -> bool {
        let mut better = false;
        for customer in 0..self.serves.len() {
            better |= self.shift(customer);
            better |= self.swap(customer);
        }
        better
    }

    /// Moves a customer where it costs least.
    fn shift(&mut self, customer: usize) -> bool {
        let (from, demand) = (self.serves[customer], self.problem.demands[customer]);
        let Some(now) = self.cost(customer, from) else { return false };
        let relief = self.penalty(self.left[from]) - self.penalty(self.left[from] + demand);
        let change = |to: usize| {
            let cost = self.cost(customer, to)?;
            let worse = self.penalty(self.left[to] - demand) - self.penalty(self.left[to]);
            Some((cost - now + worse - relief, to))
        };
        let best = (0..self.open.len()).filter(|&to| to != from).filter_map(change).min();
        let Some((_, to)) = best.filter(|best| best.0 < 0) else { return false };
        self.left[from] += demand;
        self.left[to] -= demand;
        self.serves[customer] = to;
        true
    }

    /// Exchanges a customer with the one where it saves most.
    fn swap(&mut self, customer: usize) -> bool {
        let (here, demand) = (self.serves[customer], self.problem.demands[customer]);
        let Some(now) = self.cost(customer, here) else { return false };
        let before = self.penalty(self.left[here]);
        let mut best = (0, usize::MAX);
        for other in 0..self.serves.len() {
            let there = self.serves[other];
            let size = self.problem.demands[other];
            if there == here {
                continue;
            }
            let (Some(mine), Some(its), Some(old)) =
                (self.cost(customer, there), self.cost(other, here), self.cost(other, there))
            else {
                continue;
            };
            let change = mine + its - now - old + self.penalty(self.left[here] + demand - size) - before
                + self.penalty(self.left[there] + size - demand)
                - self.penalty(self.left[there]);
            best = best.min((change, other));
        }
        let (change, other) = best;
        if change >= 0 {
            return false;
        }
        let (there, size) = (self.serves[other], self.problem.demands[other]);
        self.left[here] += demand - size;
        self.left[there] += size - demand;
        self.serves.swap(customer, other);
        true
    }
}

/// The sites that a guide (how far each should be open) and the demand ask for: the wanted number, or until capacities
/// suffice, the most wanted first.
#[must_use]
pub fn wanted(problem: &Sites, guide: &[f64]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..problem.sites()).collect();
    order.sort_by(|&a, &b| guide[b].total_cmp(&guide[a]).then(problem.capacities[b].cmp(&problem.capacities[a])));
    let demand: i64 = problem.demands.iter().sum();
    let mut held = 0;
    let mut open = Vec::new();
    for site in order {
        let enough = match problem.open {
            Some(count) => open.len() >= count,
            None => held >= demand && guide[site] < 0.5,
        };
        if enough {
            break;
        }
        held += problem.capacities[site];
        open.push(site as u32);
    }
    open.sort_unstable();
    open
}

/// Exchanges, adds and drops sites while it helps. Most of the other sets are turned down by what they cost if every
/// customer went to its cheapest site; the most promising of the rest are tried.
#[must_use]
pub fn improve(problem: &Sites, plan: Plan, control: Control<'_>) -> Plan {
    let mut plan = plan;
    let Some(mut value) = problem.value(&plan) else { return plan };
    loop {
        let mut tried = neighbours(problem, &plan.open);
        tried.retain(|each| each.0 < value);
        tried.sort_unstable();
        let better = tried.iter().take(TRIES).take_while(|_| !control.expired()).find_map(|(_, drop, add)| {
            let kept = plan.open.iter().copied().filter(|site| Some(*site) != *drop);
            let mut open: Vec<u32> = kept.chain(*add).collect();
            open.sort_unstable();
            let found = serve(problem, &open, None, control)?;
            let cost = problem.value(&found)?;
            (cost < value).then_some((cost, found))
        });
        let Some((cost, found)) = better else { return plan };
        (value, plan) = (cost, found);
    }
}

/// Lower bound, site dropped, site added, of every set one step away that has the capacity.
fn neighbours(problem: &Sites, open: &[u32]) -> Vec<(i64, Option<u32>, Option<u32>)> {
    let customers = problem.customers();
    const FAR: i64 = i64::MAX;
    // Cheapest and second cheapest open site of each customer.
    let mut nearest = vec![(FAR, u32::MAX, FAR); customers];
    for (customer, near) in nearest.iter_mut().enumerate() {
        for &site in open {
            let cost = problem.cost(customer, site as usize).unwrap_or(FAR);
            if cost < near.0 {
                *near = (cost, site, near.0);
            } else {
                near.2 = near.2.min(cost);
            }
        }
    }
    let demand: i64 = problem.demands.iter().sum();
    let capacity = |site: u32| problem.capacities[site as usize];
    let held: i64 = open.iter().map(|&site| capacity(site)).sum();
    let opening: i64 = open.iter().map(|&site| problem.opening[site as usize]).sum();
    let of = |site: Option<u32>, of: &[i64]| site.map_or(0, |site| of[site as usize]);
    let estimate = |drop: Option<u32>, add: Option<u32>| {
        if held - of(drop, &problem.capacities) + of(add, &problem.capacities) < demand {
            return None;
        }
        let mut sum = opening - of(drop, &problem.opening) + of(add, &problem.opening);
        for (customer, near) in nearest.iter().enumerate() {
            let kept = if Some(near.1) == drop { near.2 } else { near.0 };
            let added = add.and_then(|site| problem.cost(customer, site as usize)).unwrap_or(FAR);
            let cost = kept.min(added);
            if cost == FAR {
                return None;
            }
            sum += cost;
        }
        Some((sum, drop, add))
    };
    let closed: Vec<u32> = (0..problem.sites() as u32).filter(|site| open.binary_search(site).is_err()).collect();
    let mut found = Vec::new();
    for &add in &closed {
        found.extend(open.iter().filter_map(|&drop| estimate(Some(drop), Some(add))));
        if problem.open.is_none() {
            found.extend(estimate(None, Some(add)));
        }
    }
    if problem.open.is_none() {
        found.extend(open.iter().filter_map(|&drop| estimate(Some(drop), None)));
    }
    found
}
