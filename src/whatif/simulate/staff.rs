//! The smallest staff, and the fewest hires a month, that keep the risk under a level. Every candidate sees the same
//! draws (common random numbers; Law 2015, section 11.2), so that two of them differ by the hires alone.

use serde::Serialize;

use crate::program::simulate::Simulation;
use crate::whatif::simulate::run::Hiring;
use crate::whatif::simulate::world::World;
use crate::whatif::simulate::{Estimate, Size, simulate};

/// Hires on top, at most, that are tried.
pub const MOST: u32 = 64;

/// A search's result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// The least number that keeps the risk under the level; `None` = none up to the last one tried does.
    pub least: Option<u32>,
    /// What was tried, with the risk of each, in order of numbers.
    pub tried: Vec<Tried>,
}

/// One number of hires.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tried {
    /// Hires.
    pub hires: u32,
    /// Risk with them.
    pub risk: Estimate,
}

/// The least number of case managers on top of the staff, at work from the beginning and replaced when they leave.
/// `world` must have [`MOST`] extra slots.
#[must_use]
pub fn smallest_staff(world: &World, assumed: &Simulation, size: Size, level: f64) -> Found {
    search(MOST, level, &|hires| simulate(world, assumed, Hiring { at_once: hires, a_month: 0 }, size).risk)
}

/// The least constant number of hires a month.
#[must_use]
pub fn fewest_a_month(world: &World, assumed: &Simulation, size: Size, level: f64) -> Found {
    let most = MOST / size.months.max(1);
    search(most, level, &|hires| simulate(world, assumed, Hiring { at_once: 0, a_month: hires }, size).risk)
}

/// Doubles until the risk is low enough, then halves the interval: more hires never have a higher risk, but for noise
/// far below a standard error.
fn search(most: u32, level: f64, risk: &dyn Fn(u32) -> Estimate) -> Found {
    let mut tried: Vec<Tried> = Vec::new();
    let mut is_low = |hires: u32| {
        let risk = risk(hires);
        tried.push(Tried { hires, risk });
        risk.probability <= level
    };
    let (mut below, mut enough) = (None, None);
    let mut next = 0;
    while enough.is_none() {
        if is_low(next) {
            enough = Some(next);
        } else {
            below = Some(next);
            if next == most {
                break;
            }
            next = (next * 2).max(1).min(most);
        }
    }
    if let (Some(mut low), Some(mut high)) = (below, enough) {
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if is_low(middle) { high = middle } else { low = middle }
        }
        enough = Some(high);
    }
    tried.sort_by_key(|tried| tried.hires);
    Found { least: enough, tried }
}
