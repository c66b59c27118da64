//! Plans: sites are opened, closed and swapped on a solved state, each time solved again exactly. At the prices of a
//! solved state an opening gains at most its increment, so only few of them are tried.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::solve::network::{Change, Warm};
use crate::solve::openings::Openings;
use crate::solve::openings::bound::site_gains;
use crate::solve::openings::costs::Costs;
use crate::solve::{Control, EngineError};

/// Openings tried side by side: a fixed number, so that the answer does not depend on the threads.
const SIDE_BY_SIDE: usize = 4;

/// A solved state with some sites open.
#[derive(Clone, Debug)]
pub struct Opened {
    /// How many at each site.
    pub counts: Vec<u32>,
    /// Seconds a year, those without a place at the price of being unserved.
    pub cost: i64,
    /// Members without a place.
    pub short: u32,
    /// The state.
    pub warm: Warm,
}

/// The search, with what it has seen.
pub struct Search<'a, 'p> {
    openings: &'a Openings<'p>,
    costs: &'a Costs,
    control: Control<'a>,
    closed: Opened,
    /// Swaps out of these were all tried.
    settled: BTreeSet<Vec<u32>>,
}

impl<'a, 'p> Search<'a, 'p> {
    /// Solves the problem with all sites closed.
    ///
    /// # Errors
    /// It is not of the network class.
    pub fn new(openings: &'a Openings<'p>, costs: &'a Costs, control: Control<'a>) -> Result<Self, EngineError> {
        let quiet = Control { seconds_left: &|| None, work_limit: None, gap: 1.0, progress: &|_| {} };
        let warm = Warm::solved(openings.problem, &quiet).ok_or_else(|| EngineError {
            engine: "openings",
            message: "the problem without its rows is not of the network class".to_owned(),
        })?;
        let counts = vec![0; openings.sites.len()];
        let mut closed = Opened { counts, cost: 0, short: 0, warm };
        measure(openings, &mut closed);
        Ok(Self { openings, costs, control, closed, settled: BTreeSet::new() })
    }

    /// Nothing open.
    #[must_use]
    pub fn start(&self) -> Opened {
        self.closed.clone()
    }

    /// So many at a site instead of those there now.
    fn with(&self, opened: &Opened, site: usize, count: u32) -> Opened {
        let mut next = opened.clone();
        next.counts[site] = count;
        let each = &self.openings.sites[site].places;
        let places = each.iter().flat_map(|&cost| std::iter::repeat_n(cost, count as usize)).collect();
        // A column of the problem and rising places: never refused.
        let _ = next.warm.apply(&Change::Places { manager: self.openings.first() + site, places });
        measure(self.openings, &mut next);
        next
    }

    /// What one more at each site gains at most, the best first; those that may not be opened are left out.
    fn gains(&self, opened: &Opened) -> Vec<(i64, usize)> {
        let prices = self.costs.prices_of(&opened.warm);
        let gain = |site: usize| {
            let count = opened.counts[site];
            if count >= self.openings.sites[site].most {
                return None;
            }
            let mut counts = opened.counts.clone();
            counts[site] += 1;
            let gains = site_gains(self.costs, &prices, site).0;
            // Rounded up to whole seconds.
            let gain = gains[count as usize].div_euclid(self.costs.scale) + 1;
            self.openings.is_affordable(&counts).then_some((gain, site))
        };
        let mut gains: Vec<(i64, usize)> = (0..self.openings.sites.len()).into_par_iter().filter_map(gain).collect();
        gains.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        gains
    }

    /// The best opening on top, exactly; `None` when there is none that may be opened and helps.
    #[must_use]
    pub fn add(&self, opened: &Opened) -> Option<Opened> {
        self.best_opening(opened, opened.cost)
    }

    /// The best opening on top that leads below a cost.
    fn best_opening(&self, opened: &Opened, below: i64) -> Option<Opened> {
        let gains = self.gains(opened);
        let mut best: Option<Opened> = None;
        for batch in gains.chunks(SIDE_BY_SIDE) {
            let goal = best.as_ref().map_or(below, |best| best.cost);
            if opened.cost - batch[0].0 >= goal || (best.is_some() && self.control.expired()) {
                break;
            }
            let promising: Vec<usize> =
                batch.iter().filter(|(gain, _)| opened.cost - gain < goal).map(|&(_, site)| site).collect();
            let tried: Vec<Opened> =
                promising.par_iter().map(|&site| self.with(opened, site, opened.counts[site] + 1)).collect();
            for next in tried {
                if next.cost < best.as_ref().map_or(below, |best| best.cost) {
                    best = Some(next);
                }
            }
        }
        best
    }

    /// Closes one and opens another as long as that helps: the best swap each time.
    #[must_use]
    pub fn swap(&mut self, from: Opened) -> Opened {
        let mut best = from;
        while !self.control.expired() && !self.settled.contains(&best.counts) {
            let open: Vec<usize> = (0..best.counts.len()).filter(|&site| best.counts[site] > 0).collect();
            let after = |&site: &usize| {
                let without = self.with(&best, site, best.counts[site] - 1);
                self.best_opening(&without, best.cost)
            };
            let found: Vec<Option<Opened>> = open.par_iter().map(after).collect();
            let next = found.into_iter().flatten().min_by_key(|next| next.cost);
            let Some(next) = next else {
                self.settled.insert(best.counts.clone());
                break;
            };
            best = next;
        }
        best
    }

    /// Without the one whose closing costs least.
    #[must_use]
    pub fn drop_one(&self, opened: &Opened) -> Option<Opened> {
        let open: Vec<usize> = (0..opened.counts.len()).filter(|&site| opened.counts[site] > 0).collect();
        let without: Vec<Opened> =
            open.par_iter().map(|&site| self.with(opened, site, opened.counts[site] - 1)).collect();
        without.into_iter().min_by_key(|next| next.cost)
    }

    /// The `k` largest of averaged openings, as far as they may be opened.
    #[must_use]
    pub fn rounded(&self, open: &[f64], k: u32) -> Opened {
        let mut parts: Vec<(f64, usize)> = Vec::new();
        for (site, &open) in open.iter().enumerate() {
            for count in 0..self.openings.sites[site].most {
                parts.push(((open - f64::from(count)).clamp(0.0, 1.0), site));
            }
        }
        parts.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut counts = vec![0; open.len()];
        let mut left = k;
        for (part, site) in parts {
            if left == 0 || part <= 0.0 {
                break;
            }
            counts[site] += 1;
            if self.openings.is_affordable(&counts) {
                left -= 1;
            } else {
                counts[site] -= 1;
            }
        }
        self.at(&counts)
    }

    /// The state with these sites open.
    #[must_use]
    pub fn at(&self, counts: &[u32]) -> Opened {
        let mut opened = self.closed.clone();
        for (site, &count) in counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
            opened = self.with(&opened, site, count);
        }
        opened
    }
}

/// Reads cost and shortage from the state.
fn measure(openings: &Openings<'_>, opened: &mut Opened) {
    let alone = openings.sites.iter().zip(&opened.counts).map(|(site, &count)| site.alone * i64::from(count));
    opened.cost = opened.warm.whole_cost() + alone.sum::<i64>();
    let unserved = openings.problem.managers();
    opened.short = opened.warm.held(unserved) as u32;
}
