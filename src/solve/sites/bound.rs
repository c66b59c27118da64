//! The Lagrangian bound of one case of the search at given prices, exact in integers.
//!
//! L(u) = sum of u over customers nobody is sure of - the best values of sites, where the value of a site is its best
//! knapsack of profits u - cost, less what opening it and its sure customers cost. With exactly p sites the best p - sure
//! open ones count, else all of positive value. A site whose relaxed knapsack cannot reach the best p is never solved.

use crate::solve::sites::Sites;
use std::rc::Rc;

use crate::solve::sites::knapsack::{Item, Relaxed, Table, relax};

/// What is known of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing yet.
    Free,
    /// Open.
    Open,
    /// Closed.
    Closed,
}

/// A case of the search: what is decided, and who may still be served from where.
#[derive(Clone, Debug)]
pub struct Case {
    /// Prices are in 1/scale cost units.
    pub scale: i64,
    /// Site by site the cost of each customer, in price units; `i64::MAX` = not possible. The same in every case.
    pub costs: Rc<[i64]>,
    /// Of each site.
    pub known: Vec<Known>,
    /// Site by site the customers it may still get, ascending, without the sure ones; empty for closed sites.
    pub candidates: Vec<Vec<u32>>,
    /// Customer by customer the site that is sure to serve it.
    pub sure: Vec<Option<u32>>,
    /// Capacity of each site that its sure customers leave.
    pub room: Vec<i64>,
    /// What each site costs when open: opening and sure customers.
    pub spent: Vec<i64>,
}

impl Case {
    /// Nothing decided.
    #[must_use]
    pub fn root(problem: &Sites, scale: i64) -> Self {
        let fits = |customer: usize, site: usize| {
            problem.cost(customer, site).is_some() && problem.demands[customer] <= problem.capacities[site]
        };
        let customers = problem.customers();
        let candidates = |site| (0..customers).filter(|&at| fits(at, site)).map(|at| at as u32).collect();
        let cost = |site: usize, at: usize| problem.cost(at, site).map_or(i64::MAX, |cost| cost * scale);
        let costs = (0..problem.sites()).flat_map(|site| (0..customers).map(move |at| cost(site, at)));
        Self {
            scale,
            costs: costs.collect(),
            known: vec![Known::Free; problem.sites()],
            candidates: (0..problem.sites()).map(candidates).collect(),
            sure: vec![None; customers],
            room: problem.capacities.clone(),
            spent: problem.opening.clone(),
        }
    }

    /// Closes a site.
    pub fn close(&mut self, site: usize) {
        self.known[site] = Known::Closed;
        self.candidates[site] = Vec::new();
    }

    /// The site serves the customer. False when it cannot.
    pub fn serve(&mut self, problem: &Sites, customer: usize, site: usize) -> bool {
        if let Some(sure) = self.sure[customer] {
            return sure as usize == site;
        }
        let Some(cost) = problem.cost(customer, site) else { return false };
        let demand = problem.demands[customer];
        if self.known[site] == Known::Closed || demand > self.room[site] {
            return false;
        }
        self.known[site] = Known::Open;
        self.sure[customer] = Some(site as u32);
        self.room[site] -= demand;
        self.spent[site] += cost;
        for candidates in &mut self.candidates {
            if let Ok(at) = candidates.binary_search(&(customer as u32)) {
                candidates.remove(at);
            }
        }
        let room = self.room[site];
        self.candidates[site].retain(|&other| problem.demands[other as usize] <= room);
        true
    }

    /// The site does not serve the customer.
    pub fn forbid(&mut self, customer: usize, site: usize) {
        if let Ok(at) = self.candidates[site].binary_search(&(customer as u32)) {
            self.candidates[site].remove(at);
        }
    }

    /// Sites of a kind.
    #[must_use]
    pub fn count(&self, kind: Known) -> usize {
        self.known.iter().filter(|&&known| known == kind).count()
    }

    /// Sites that must still be opened, when their number is given.
    #[must_use]
    pub fn missing(&self, problem: &Sites) -> Option<usize> {
        problem.open.map(|count| count.saturating_sub(self.count(Known::Open)))
    }
}

/// The bound at some prices, with the solution that gives it.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    /// In price units.
    pub bound: i64,
    /// Sites that the relaxed solution opens, ascending.
    pub open: Vec<u32>,
    /// Of each of `open`, where its customers end in `taken`.
    pub ends: Vec<usize>,
    /// Customers that `open` take, without the sure ones; a customer may be taken often or never.
    pub taken: Vec<u32>,
    /// Upper bounds on the values of all sites that are not closed, exact where `exact` says so.
    pub value: Vec<i64>,
    /// Is the value exact?
    pub exact: Vec<bool>,
}

impl Evaluated {
    /// Each open site with the customers it takes.
    pub fn packs(&self) -> impl Iterator<Item = (usize, &[u32])> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        self.open.iter().zip(starts.zip(&self.ends)).map(|(&site, (from, &to))| (site as usize, &self.taken[from..to]))
    }
}

/// The customers that pay for a site, with their profits.
pub fn items(problem: &Sites, case: &Case, prices: &[i64], site: usize, all: bool, out: &mut Vec<Item>) {
    out.clear();
    let costs = &case.costs[site * prices.len()..][..prices.len()];
    for &who in &case.candidates[site] {
        let customer = who as usize;
        let profit = prices[customer] - costs[customer];
        if profit > 0 || all {
            out.push(Item { profit, weight: problem.demands[customer], who });
        }
    }
}

/// Memory that evaluations share.
#[derive(Default)]
pub struct Workspace {
    items: Vec<Item>,
    kept: Vec<Item>,
    table: Table,
    /// Free sites with the bound on their value, the relaxed knapsack and where its items are in `kept`.
    waiting: Vec<(i64, usize, Relaxed, usize, usize)>,
    /// Solved sites: value, site, where its customers are in `packed`.
    solved: Vec<(i64, usize, usize, usize)>,
    packed: Vec<u32>,
}

/// Evaluates the bound. False when no choice of sites can have the right number.
pub fn evaluate(problem: &Sites, case: &Case, prices: &[i64], work: &mut Workspace, out: &mut Evaluated) -> bool {
    let sites = problem.sites();
    out.value.clear();
    out.value.resize(sites, i64::MIN);
    out.exact.clear();
    out.exact.resize(sites, false);
    work.kept.clear();
    work.waiting.clear();
    work.solved.clear();
    work.packed.clear();
    for site in (0..sites).filter(|&site| case.known[site] != Known::Closed) {
        items(problem, case, prices, site, false, &mut work.items);
        let relaxed = relax(&mut work.items, case.room[site]);
        let start = work.kept.len();
        work.kept.extend_from_slice(&work.items);
        let value = relaxed.bound() - case.spent[site] * case.scale;
        out.value[site] = value;
        work.waiting.push((value, site, relaxed, start, work.kept.len()));
    }
    // Sure sites first, then the most promising.
    work.waiting.sort_unstable_by_key(|each| (case.known[each.1] != Known::Open, std::cmp::Reverse(each.0), each.1));
    let sure = case.count(Known::Open);
    let wanted = problem.open.map(|count| count.saturating_sub(sure));
    if wanted.is_some_and(|wanted| sure + wanted != problem.open.unwrap_or(0) || sure + wanted > work.waiting.len()) {
        return false;
    }
    for &(bound, site, relaxed, from, to) in &work.waiting {
        if case.known[site] != Known::Open {
            // The free sites solved so far are sorted, the best first.
            let enough = match wanted {
                Some(wanted) => wanted == 0 || work.solved.get(sure + wanted - 1).is_some_and(|last| last.0 >= bound),
                None => bound <= 0,
            };
            if enough {
                break;
            }
        }
        let start = work.packed.len();
        let best = work.table.solve(&work.kept[from..to], case.room[site], &relaxed, &mut work.packed);
        let value = best - case.spent[site] * case.scale;
        out.value[site] = value;
        out.exact[site] = true;
        let solved = (value, site, start, work.packed.len());
        if case.known[site] == Known::Open {
            work.solved.push(solved);
        } else {
            let at = sure + work.solved[sure..].partition_point(|other| other.0 >= value);
            work.solved.insert(at, solved);
        }
    }
    match wanted {
        Some(wanted) => work.solved.truncate(sure + wanted),
        None => work.solved.truncate(sure + work.solved[sure..].partition_point(|each| each.0 > 0)),
    }
    work.solved.sort_unstable_by_key(|each| each.1);
    out.open.clear();
    out.ends.clear();
    out.taken.clear();
    let unsure = case.sure.iter().zip(prices).filter(|(sure, _)| sure.is_none());
    out.bound = unsure.map(|(_, &price)| price).sum();
    for &(value, site, from, to) in &work.solved {
        out.bound -= value;
        out.open.push(site as u32);
        out.taken.extend_from_slice(&work.packed[from..to]);
        out.ends.push(out.taken.len());
    }
    true
}
