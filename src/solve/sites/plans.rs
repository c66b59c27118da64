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
    let (customers, count) = (problem.customers(), open.len());
    let cost_at = |customer| open.iter().map(move |&site| problem.cost(customer, site as usize).unwrap_or(FAR));
    let costs: Vec<i64> = (0..customers).flat_map(cost_at).collect();
    // Who would lose most by not getting the best place comes first.
    let mut order: Vec<(i64, i64, usize)> = Vec::with_capacity(customers);
    for customer in 0..customers {
        let (mut first, mut second) = (FAR, FAR);
        for &cost in &costs[customer * count..][..count] {
            if cost < first {
                (first, second) = (cost, first);
            } else {
                second = second.min(cost);
            }
        }
        if first == FAR {
            return None;
        }
        order.push((first - second, -problem.demands[customer], customer));
    }
    order.sort_unstable();
    let mut state = Serving {
        demands: &problem.demands,
        costs,
        serves: vec![0; customers],
        left: open.iter().map(|&site| problem.capacities[site as usize]).collect(),
        price: 0,
    };
    let sites = problem.sites();
    let share = |customer: usize, site: u32| shares.map_or(0.0, |shares| shares[customer * sites + site as usize]);
    for (_, demand, customer) in order {
        let key = |at: usize| {
            let cost = state.cost(customer, at);
            let tight = (-demand - state.left[at]).max(0);
            (cost == FAR, tight, (cost as f64 * (1.0 - share(customer, open[at]))) as i64, at)
        };
        let (_, _, _, at) = (0..count).map(key).min()?;
        state.serves[customer] = at;
        state.left[at] += demand;
    }
    state
        .settle(control)
        .then(|| Plan { open: open.to_vec(), serves: state.serves.iter().map(|&at| open[at]).collect() })
}

/// The cost of a pair that is not possible.
const FAR: i64 = i64::MAX / 8;

/// Customers at open sites, overload at a price.
struct Serving<'a> {
    demands: &'a [i64],
    /// Customer by customer the cost at each open site.
    costs: Vec<i64>,
    /// Customer by customer the position of its open site.
    serves: Vec<usize>,
    /// Capacity left at each open site, below 0 when overloaded.
    left: Vec<i64>,
    /// Of one unit of overload.
    price: i64,
}

impl Serving<'_> {
    fn cost(&self, customer: usize, at: usize) -> i64 {
        self.costs[customer * self.left.len() + at]
    }

    /// Shifts and swaps until nothing helps; the price of overload rises until there is none.
    fn settle(&mut self, control: Control<'_>) -> bool {
        let total: i64 = (0..self.serves.len()).map(|at| self.cost(at, self.serves[at])).sum();
        let demand: i64 = self.demands.iter().sum();
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
        (-left).max(0) * self.price
    }

    fn pass(&mut self) -> bool {
        let mut better = false;
        for customer in 0..self.serves.len() {
            // Whoever is at its cheapest site, which has room, gains nothing; its partner in a swap may, and comes too.
            let here = self.serves[customer];
            let now = self.cost(customer, here);
            let of = &self.costs[customer * self.left.len()..][..self.left.len()];
            if self.left[here] < 0 || of.iter().any(|&cost| cost < now) {
                better |= self.shift(customer);
                better |= self.swap(customer);
            }
        }
        better
    }

    /// Moves a customer where it costs least.
    fn shift(&mut self, customer: usize) -> bool {
        let (from, demand) = (self.serves[customer], self.demands[customer]);
        let now = self.cost(customer, from);
        let relief = self.penalty(self.left[from]) - self.penalty(self.left[from] + demand);
        let change = |to: usize| {
            let worse = self.penalty(self.left[to] - demand) - self.penalty(self.left[to]);
            (self.cost(customer, to) - now + worse - relief, to)
        };
        let Some((change, to)) = (0..self.left.len()).filter(|&to| to != from).map(change).min() else { return false };
        if change >= 0 {
            return false;
        }
        self.left[from] += demand;
        self.left[to] -= demand;
        self.serves[customer] = to;
        true
    }

    /// Exchanges a customer with the one where it saves most: at a cheaper site, or at any when its own is overloaded.
    fn swap(&mut self, customer: usize) -> bool {
        let (here, demand) = (self.serves[customer], self.demands[customer]);
        let now = self.cost(customer, here);
        let overloaded = self.left[here] < 0;
        let before = self.penalty(self.left[here]);
        let mut best = (0, usize::MAX);
        for (other, &there) in self.serves.iter().enumerate() {
            let mine = self.cost(customer, there);
            if there == here || mine >= now && !overloaded {
                continue;
            }
            let size = self.demands[other];
            let moved = mine + self.cost(other, here) - now - self.cost(other, there);
            if moved >= best.0 && !overloaded && self.left[there] >= 0 {
                continue;
            }
            let change = moved + self.penalty(self.left[here] + demand - size) - before
                + self.penalty(self.left[there] + size - demand)
                - self.penalty(self.left[there]);
            best = best.min((change, other));
        }
        let (change, other) = best;
        if change >= 0 {
            return false;
        }
        let (there, size) = (self.serves[other], self.demands[other]);
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
    let sites = problem.sites();
    let cost = |site, customer| problem.cost(customer, site).unwrap_or(FAR);
    let costs: Vec<i64> = (0..sites).flat_map(|site| (0..problem.customers()).map(move |at| cost(site, at))).collect();
    loop {
        let mut tried = neighbours(problem, &costs, &plan.open);
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

/// Lower bound, site dropped, site added, of every set one step away that has the capacity: what it costs when every
/// customer goes to its cheapest site. `costs` are site by site. One pass over the customers an added site (Resende and Werneck 2007,
/// doi:10.1016/j.ejor.2005.05.009).
fn neighbours(problem: &Sites, costs: &[i64], open: &[u32]) -> Vec<(i64, Option<u32>, Option<u32>)> {
    let customers = problem.customers();
    let cost_of = |customer: usize, site: u32| i128::from(costs[site as usize * customers + customer]);
    // Of each customer the cheapest open site's position and cost, and the second cheapest's cost.
    let far = i128::from(FAR);
    let nearest: Vec<(usize, i128, i128)> = (0..customers)
        .map(|customer| {
            let mut near = (0, far, far);
            for (at, &site) in open.iter().enumerate() {
                let cost = cost_of(customer, site);
                if cost < near.1 {
                    near = (at, cost, near.1);
                } else {
                    near.2 = near.2.min(cost);
                }
            }
            near
        })
        .collect();
    let demand: i64 = problem.demands.iter().sum();
    let of = |site: Option<u32>, numbers: &[i64]| site.map_or(0, |site| numbers[site as usize]);
    let sum = |numbers: &[i64]| open.iter().map(|&site| numbers[site as usize]).sum::<i64>();
    let (held, opening) = (sum(&problem.capacities), sum(&problem.opening));
    let mut found = Vec::new();
    let mut note = |served: i128, drop: Option<u32>, add: Option<u32>| {
        let room = held - of(drop, &problem.capacities) + of(add, &problem.capacities);
        if room >= demand && served < far {
            found.push((served as i64 + opening - of(drop, &problem.opening) + of(add, &problem.opening), drop, add));
        }
    };
    let closed = (0..problem.sites() as u32).filter(|site| open.binary_search(site).is_err());
    let free = problem.open.is_none();
    let mut lost = vec![0; open.len()];
    for add in closed.map(Some).chain(free.then_some(None)) {
        let mut kept = 0;
        lost.fill(0);
        for (customer, &(at, first, second)) in nearest.iter().enumerate() {
            let added = add.map_or(far, |site| cost_of(customer, site));
            kept += first.min(added);
            lost[at] += second.min(added) - first.min(added);
        }
        open.iter().zip(&lost).for_each(|(&drop, lost)| note(kept + lost, Some(drop), add));
        if free && add.is_some() {
            note(kept, None, add);
        }
    }
    found
}
