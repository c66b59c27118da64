//! Choosing sites: which of many candidate sites to open, each with a capacity and an opening cost, and which open site
//! serves each customer, everybody whole and once. Without a number of sites this is the single-source capacitated
//! facility location problem, with exactly p of them the capacitated p-median problem: the pure forms of choosing where
//! to hire.
//!
//! Bound: the rule that everybody is served once goes into the objective with one price a customer; what is left is a
//! knapsack a site and the best p sites (Pirkul 1987, doi:10.1016/0305-0548(87)90022-8; Holmberg, Ronnqvist and Yuan
//! 1999, doi:10.1016/S0377-2217(98)00008-3). It equals the bound of the set partitioning model (Ceselli and Righini 2005,
//! doi:10.1002/net.20059). [`bound`] evaluates it, [`prices`] raises it, [`fixing`] draws conclusions, [`plans`] makes
//! plans, [`branch`] closes the gap. Everything here is plain data and integers.

pub mod bound;
pub mod branch;
pub mod fixing;
pub mod knapsack;
pub mod plans;
pub mod prices;

pub use branch::solve;

use crate::solve::Status;

/// The problem. Customers and sites are numbered from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sites {
    /// What each customer takes of its site's capacity, >= 0.
    pub demands: Vec<i64>,
    /// What each site can take, >= 0.
    pub capacities: Vec<i64>,
    /// What opening each site costs, >= 0.
    pub opening: Vec<i64>,
    /// What serving a customer from a site costs, customer by customer, >= 0; `None` = not possible.
    pub costs: Vec<Option<i64>>,
    /// Exactly so many sites are open; `None` = as many as pay.
    pub open: Option<usize>,
}

/// Numbers that cannot be a problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Arrays do not belong together.
    #[error("{costs} costs for {customers} customers and {sites} sites with {opening} opening costs")]
    Shapes {
        /// Customers, by their demands.
        customers: usize,
        /// Sites, by their capacities.
        sites: usize,
        /// Opening costs.
        opening: usize,
        /// Costs.
        costs: usize,
    },
    /// A number below zero.
    #[error("demands, capacities and costs must not be negative")]
    Negative,
    /// Sums could leave 64 bits.
    #[error("numbers too large: (largest cost + opening cost) x largest demand x customers must stay below 2^61")]
    TooLarge,
}

impl Sites {
    /// Customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.demands.len()
    }

    /// Candidate sites.
    #[must_use]
    pub fn sites(&self) -> usize {
        self.capacities.len()
    }

    /// What serving a customer from a site costs.
    #[must_use]
    pub fn cost(&self, customer: usize, site: usize) -> Option<i64> {
        self.costs[customer * self.sites() + site]
    }

    /// What opening these sites and serving everybody so costs; no judgement of capacities.
    #[must_use]
    pub fn value(&self, plan: &Plan) -> Option<i64> {
        let opening: i64 = plan.open.iter().map(|&site| self.opening[site as usize]).sum();
        let serve = plan.serves.iter().enumerate().map(|(customer, &site)| self.cost(customer, site as usize));
        serve.sum::<Option<i64>>().map(|sum| sum + opening)
    }

    /// Does the plan keep every rule?
    #[must_use]
    pub fn allows(&self, plan: &Plan) -> bool {
        let mut left = self.capacities.clone();
        let fits = plan.serves.len() == self.customers()
            && plan.serves.iter().enumerate().all(|(customer, &site)| {
                left[site as usize] -= self.demands[customer];
                left[site as usize] >= 0 && self.cost(customer, site as usize).is_some()
            });
        let mut open = plan.open.clone();
        open.dedup();
        fits && open.len() == plan.open.len()
            && open.is_sorted()
            && plan.serves.iter().all(|site| open.binary_search(site).is_ok())
            && self.open.is_none_or(|count| count == open.len())
    }

    /// Prices are whole in 1/scale cost units: fine enough to lose nothing that counts, and never out of range.
    ///
    /// # Errors
    /// When the numbers are not a problem or could overflow.
    pub fn scale(&self) -> Result<i64, Malformed> {
        let (customers, sites) = (self.customers(), self.sites());
        if self.opening.len() != sites || self.costs.len() != customers * sites {
            let (opening, costs) = (self.opening.len(), self.costs.len());
            return Err(Malformed::Shapes { customers, sites, opening, costs });
        }
        let numbers = self.demands.iter().chain(&self.capacities).chain(&self.opening);
        if numbers.chain(self.costs.iter().flatten()).any(|&number| number < 0) {
            return Err(Malformed::Negative);
        }
        let most = |numbers: &mut dyn Iterator<Item = i64>| i128::from(numbers.max().unwrap_or(0).max(1));
        let cost = most(&mut self.costs.iter().flatten().copied()) + most(&mut self.opening.iter().copied());
        let demand = most(&mut self.demands.iter().copied().chain(self.capacities.iter().copied()));
        // A price is at most a few times the largest cost ([`prices`] keeps it so); profits are multiplied by a weight
        // and summed over customers.
        let unit = cost * demand * (customers as i128 + 1) * 8;
        let room = (1_i128 << 62) / unit.max(1);
        if room < 1 {
            return Err(Malformed::TooLarge);
        }
        let wanted = (1_i128 << 24) / cost;
        Ok(wanted.clamp(1, 10_000).min(room) as i64)
    }
}

/// Who is served from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Open sites, ascending.
    pub open: Vec<u32>,
    /// Customer by customer the site.
    pub serves: Vec<u32>,
}

/// What the search returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How far it got.
    pub status: Status,
    /// The best plan, if any was found.
    pub plan: Option<Plan>,
    /// What it costs.
    pub cost: Option<i64>,
    /// No plan costs less; of no meaning when there is no plan at all.
    pub bound: i64,
    /// Cases that were looked at.
    pub nodes: u64,
}
