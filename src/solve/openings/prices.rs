//! Raises the bound for one number of openings: the volume method (Barahona and Anbil 2000, doi:10.1007/s101070050002),
//! steps from the best prices along what the averaged relaxed solution leaves unserved or serves twice. Its average of
//! openings guides plans and branching. Floats choose the steps only; every bound is that of whole prices.

use crate::solve::Control;
use crate::solve::openings::Openings;
use crate::solve::openings::bound::{Bounds, Case, chosen, evaluate};
use crate::solve::openings::costs::{Costs, LIMIT};
use crate::solve::volume::{Steps, weigh};

/// What raising gave.
#[derive(Clone, Debug)]
pub struct Raised {
    /// The best bound of the case, in 1/scale seconds.
    pub bound: i64,
    /// Its prices.
    pub prices: Vec<i32>,
    /// `sum u - sum over present managers of their best` at these prices.
    pub free: i64,
    /// What each site adds at these prices, manager by manager.
    pub gains: Vec<Vec<i64>>,
    /// Averaged openings.
    pub open: Vec<f64>,
}

/// Largest weight of the newest solution in the average.
const NEWEST: f64 = 0.12;
/// Steps without a better bound before steps get shorter.
const PATIENCE: u32 = 7;

/// Takes at most `steps` steps from `start`; stops when the bound proves the plan of cost `cutoff` (seconds a year).
/// What every step proves for the other numbers of openings is kept in `bounds`.
#[allow(clippy::too_many_arguments, reason = "the question, where to start, when to stop, what to keep")]
#[must_use]
pub fn raise(
    openings: &Openings<'_>,
    costs: &Costs,
    case: &Case,
    start: &[i32],
    cutoff: i64,
    steps: u32,
    bounds: &mut Bounds,
    control: Control<'_>,
) -> Raised {
    // A bound above the cost of the plan less one second proves it.
    let goal = (cutoff - 1).saturating_mul(costs.scale) + 1;
    let mut now = evaluate(costs, start);
    bounds.learn(openings, &now, start);
    let (value, counts) = chosen(openings, case, &now.gains);
    let mut best = Raised {
        bound: now.free - value,
        prices: start.to_vec(),
        free: now.free,
        gains: now.gains.clone(),
        open: counts.iter().map(|&count| f64::from(count)).collect(),
    };
    let missing = |now: &crate::solve::openings::bound::Evaluated, counts: &[u32]| {
        let mut missing: Vec<f64> =
            costs.sizes.iter().zip(&now.taken).map(|(&size, &taken)| f64::from(size) - f64::from(taken)).collect();
        for (takes, &count) in now.takes.iter().zip(counts).filter(|&(_, &count)| count > 0) {
            takes[count as usize - 1].iter().for_each(|&(unit, took)| missing[unit as usize] -= f64::from(took));
        }
        missing
    };
    let mut average = missing(&now, &counts);
    let mut prices = start.to_vec();
    let mut step = Steps::new(0.6, PATIENCE);
    let limit = f64::from(LIMIT).min(costs.unserved as f64);
    for _ in 0..steps {
        let length: f64 = average.iter().map(|each| each * each).sum();
        if length < 1e-9 || best.bound >= goal || step.length < 1e-4 || control.expired() {
            break;
        }
        let along = step.length * (goal - best.bound).max(costs.scale) as f64 / length;
        for ((price, &from), &way) in prices.iter_mut().zip(&best.prices).zip(&average) {
            *price = (f64::from(from) + along * way).round().clamp(-limit, limit) as i32;
        }
        now = evaluate(costs, &prices);
        bounds.learn(openings, &now, &prices);
        let (value, counts) = chosen(openings, case, &now.gains);
        let fresh = missing(&now, &counts);
        let (agreement, weight) = weigh(&fresh, &average, NEWEST);
        average.iter_mut().zip(&fresh).for_each(|(old, new)| *old += weight * (new - *old));
        best.open.iter_mut().zip(&counts).for_each(|(old, &new)| *old += weight * (f64::from(new) - *old));
        let bound = now.free - value;
        let better = bound > best.bound;
        if better {
            best.bound = bound;
            best.prices.copy_from_slice(&prices);
            best.free = now.free;
            best.gains.clone_from(&now.gains);
        }
        step.took(better, agreement);
    }
    best
}
