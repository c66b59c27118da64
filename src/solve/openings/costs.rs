//! Costs of single members by column (present managers, then sites), so that one column is read in one go.

use rayon::prelude::*;

use crate::model::problem::{NOT_ALLOWED, RowUse};
use crate::solve::EngineError;
use crate::solve::network::Warm;
use crate::solve::openings::Openings;

/// No arc: below every price less it, and far from wrapping.
pub const NONE: i32 = 1 << 30;
/// Prices and costs lie within this, so that differences fit.
pub const LIMIT: i32 = 1 << 29;

/// A present manager's limit of new members, with those to whom it does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receive {
    /// New members, at most.
    pub limit: usize,
    /// Units with members there now, and how many of each; sorted.
    pub present: Vec<(u32, u32)>,
}

/// The table.
#[derive(Debug)]
pub struct Costs {
    /// Members of every unit.
    pub sizes: Vec<u32>,
    /// Costs are in 1/scale seconds, of one member of the unit.
    pub scale: i64,
    /// Column by column, unit by unit.
    pub columns: Vec<Vec<i32>>,
    /// Place costs of present managers, in 1/scale seconds.
    pub places: Vec<Vec<i64>>,
    /// Their receive limits.
    pub receive: Vec<Option<Receive>>,
    /// Place costs of 1, 2, ... managers at every site, sorted, in 1/scale seconds.
    pub site_places: Vec<Vec<Vec<i64>>>,
    /// Cost of opening one manager at every site, in 1/scale seconds.
    pub alone: Vec<i64>,
    /// Price of being unserved, in 1/scale seconds.
    pub unserved: i64,
}

impl Costs {
    /// Computes it, units in parallel.
    ///
    /// # Errors
    /// A cost does not fit.
    pub fn new(openings: &Openings<'_>) -> Result<Self, EngineError> {
        let problem = openings.problem;
        let scale = problem.units.iter().map(|unit| i64::from(unit.size)).fold(1, lcm);
        let managers = problem.managers();
        let row = |at: usize| {
            let mut wide = vec![NOT_ALLOWED; managers];
            problem.arcs.fill(at, &mut wide);
            let share = scale / i64::from(problem.units[at].size);
            let narrow = |cost: i64| match cost {
                NOT_ALLOWED => Some(NONE),
                cost => cost.checked_mul(share).filter(|cost| cost.abs() <= i64::from(LIMIT)).map(|cost| cost as i32),
            };
            wide.into_iter().map(narrow).collect::<Option<Vec<i32>>>()
        };
        let rows: Option<Vec<Vec<i32>>> = (0..problem.units.len()).into_par_iter().map(row).collect();
        let rows = rows.ok_or_else(|| EngineError {
            engine: "openings",
            message: "costs of a single member are beyond the range of choosing sites".to_owned(),
        })?;
        let columns = (0..managers).into_par_iter().map(|at| rows.iter().map(|row| row[at]).collect()).collect();
        let scaled = |places: &[i64]| places.iter().map(|&cost| cost * scale).collect::<Vec<i64>>();
        let first = openings.first();
        let mut receive: Vec<Option<Receive>> = vec![None; first];
        for row in &problem.rows {
            if let RowUse::NewTo(manager) = row.uses
                && let Some(slot) = receive.get_mut(manager as usize)
            {
                let with = |(at, unit): (usize, &crate::model::problem::Unit)| {
                    let here = unit.size - unit.new_to(manager as usize);
                    (here > 0).then_some((at as u32, here))
                };
                let limit = row.limit.max(0) as usize;
                let tighter = slot.as_ref().is_none_or(|present| limit < present.limit);
                if tighter {
                    let present = problem.units.iter().enumerate().filter_map(with).collect();
                    *slot = Some(Receive { limit, present });
                }
            }
        }
        let merged = |site: &crate::solve::openings::Site| {
            let of = |count: u32| {
                let each = site.places.iter();
                each.flat_map(|&cost| std::iter::repeat_n(cost * scale, count as usize)).collect()
            };
            (1..=site.most).map(of).collect()
        };
        Ok(Self {
            sizes: problem.units.iter().map(|unit| unit.size).collect(),
            scale,
            columns,
            places: problem.places[..first].iter().map(|places| scaled(places)).collect(),
            receive,
            site_places: openings.sites.iter().map(merged).collect(),
            alone: openings.sites.iter().map(|site| site.alone * scale).collect(),
            unserved: problem.unserved.unwrap_or(0).saturating_mul(scale),
        })
    }

    /// Prices of the units in a solved state, as far as they fit.
    #[must_use]
    pub fn prices_of(&self, warm: &Warm) -> Vec<i32> {
        let values = warm.values();
        let mut item = 0;
        let mut prices = Vec::with_capacity(self.sizes.len());
        for &size in &self.sizes {
            let limit = i64::from(LIMIT);
            prices.push(values[item].clamp(-limit, limit).min(self.unserved.max(0)) as i32);
            item += size as usize;
        }
        prices
    }
}

fn lcm(a: i64, b: i64) -> i64 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}
