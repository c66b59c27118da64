//! Raises the bound of a case: the volume method (Barahona and Anbil 2000, doi:10.1007/s101070050002), steps from the
//! best prices along what the averaged relaxed solution leaves unserved or serves twice. The average is also the guide
//! to plans and to branching. Floats choose the steps; every bound is that of whole prices.

use crate::solve::Control;
use crate::solve::sites::Sites;
use crate::solve::sites::bound::{Case, Evaluated, Workspace, evaluate};
use crate::solve::volume::{Steps, weigh};

/// What raising the bound of a case gave.
#[derive(Clone, Debug)]
pub struct Raised {
    /// The best bound, in price units.
    pub bound: i64,
    /// Its prices.
    pub prices: Vec<i64>,
    /// Averaged relaxed solution: customer by customer the share of each site.
    pub shares: Vec<f64>,
    /// Averaged: how far each site is open.
    pub open: Vec<f64>,
}

/// Largest weight of the newest solution in the average.
const NEWEST: f64 = 0.15;

/// Steps without a better bound before steps get shorter.
const PATIENCE: u32 = 8;

/// Takes at most `steps` steps from `start` and stops when the bound reaches `cutoff` (price units). `None` when the
/// case allows no choice of sites of the right number.
#[must_use]
pub fn raise(
    problem: &Sites,
    case: &Case,
    start: &[i64],
    cutoff: Option<i64>,
    steps: u32,
    work: &mut Workspace,
    control: Control<'_>,
) -> Option<Raised> {
    let (customers, sites) = (problem.customers(), problem.sites());
    let unsure: Vec<usize> = (0..customers).filter(|&at| case.sure[at].is_none()).collect();
    let most = problem.costs.iter().flatten().max().copied().unwrap_or(0) + problem.opening.iter().max().unwrap_or(&0);
    let reach = (most + 1) * case.scale * 2;
    let mut now = Evaluated::default();
    if !evaluate(problem, case, start, work, &mut now) {
        return None;
    }
    let mut best = Raised {
        bound: now.bound,
        prices: start.to_vec(),
        shares: vec![0.0; customers * sites],
        open: vec![0.0; sites],
    };
    mix(&mut best, &now, 1.0, sites);
    let mut missing = residual(&unsure, &now, customers);
    let mut prices = start.to_vec();
    let mut step = Steps::new(0.5, PATIENCE);
    for _ in 0..steps {
        let length: f64 = missing.iter().map(|each| each * each).sum();
        if length < 1e-9 || cutoff.is_some_and(|cutoff| best.bound >= cutoff) || control.expired() {
            break;
        }
        let aim = cutoff.unwrap_or(best.bound + best.bound.abs() / 20 + case.scale);
        let along = step.length * (aim - best.bound) as f64 / length;
        for &at in &unsure {
            let moved = best.prices[at] as f64 + along * missing[at];
            prices[at] = (moved.round() as i64).clamp(-reach, reach);
        }
        if !evaluate(problem, case, &prices, work, &mut now) {
            return None;
        }
        let fresh = residual(&unsure, &now, customers);
        let (agreement, weight) = weigh(&fresh, &missing, NEWEST);
        mix(&mut best, &now, weight, sites);
        missing.iter_mut().zip(&fresh).for_each(|(old, new)| *old += weight * (new - *old));
        let better = now.bound > best.bound;
        if better {
            best.bound = now.bound;
            best.prices.copy_from_slice(&prices);
        }
        step.took(better, agreement);
    }
    Some(best)
}

/// Adds the newest solution to the average.
fn mix(best: &mut Raised, now: &Evaluated, weight: f64, sites: usize) {
    best.shares.iter_mut().chain(&mut best.open).for_each(|share| *share *= 1.0 - weight);
    for (site, taken) in now.packs() {
        best.open[site] += weight;
        for &customer in taken {
            best.shares[customer as usize * sites + site] += weight;
        }
    }
}

/// 1 - times served, customer by customer; 0 for the sure ones.
fn residual(unsure: &[usize], now: &Evaluated, customers: usize) -> Vec<f64> {
    let mut missing = vec![0.0; customers];
    unsure.iter().for_each(|&at| missing[at] = 1.0);
    now.taken.iter().for_each(|&customer| missing[customer as usize] -= 1.0);
    missing
}
