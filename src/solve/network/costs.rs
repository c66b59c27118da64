//! The costs of single items, scaled so that a household's cost divides evenly among its members.

use rayon::prelude::*;

use crate::model::problem::{NOT_ALLOWED, Problem};

/// Cost of an arc that does not exist: large, and safe to add and subtract.
pub const NONE: i64 = i64::MAX / 8;

/// Item costs for every unit and manager, in 1/scale seconds.
pub struct Costs {
    /// Managers, and one more column for being unserved when that is a choice.
    pub managers: usize,
    /// Least common multiple of the units' sizes.
    pub scale: i64,
    /// The unit of every item; items of a unit follow each other.
    pub unit_of: Vec<u32>,
    /// First item of every unit, and the number of items.
    pub first_item: Vec<u32>,
    /// Marginal costs of places, scaled.
    pub places: Vec<Vec<i64>>,
    rows: Vec<i64>,
}

impl Costs {
    /// Computes them. Being unserved becomes one more manager with room for everybody.
    #[must_use]
    pub fn new(problem: &Problem<'_>) -> Self {
        let real = problem.managers();
        let managers = real + usize::from(problem.unserved.is_some());
        let scale = problem.units.iter().map(|unit| i64::from(unit.size)).fold(1, lcm);
        let mut rows = vec![NONE; problem.units.len() * managers];
        rows.par_chunks_mut(managers.max(1)).enumerate().for_each(|(at, row)| {
            let share = scale / i64::from(problem.units[at].size);
            problem.arcs.fill(at, &mut row[..real]);
            for cost in &mut row[..real] {
                *cost = if *cost == NOT_ALLOWED { NONE } else { *cost * share };
            }
            if let Some(unserved) = problem.unserved {
                row[real] = unserved * scale;
            }
        });
        let mut first_item = vec![0_u32];
        let mut unit_of = Vec::new();
        for (at, unit) in problem.units.iter().enumerate() {
            unit_of.extend(std::iter::repeat_n(at as u32, unit.size as usize));
            first_item.push(unit_of.len() as u32);
        }
        let scaled = |places: &Vec<i64>| places.iter().map(|&cost| cost * scale).collect();
        let mut places: Vec<Vec<i64>> = problem.places.iter().map(scaled).collect();
        if problem.unserved.is_some() {
            places.push(vec![0; unit_of.len()]);
        }
        Self { managers, scale, unit_of, first_item, places, rows }
    }

    /// Item costs of a unit with every manager.
    #[must_use]
    pub fn of_unit(&self, unit: usize) -> &[i64] {
        &self.rows[unit * self.managers..][..self.managers]
    }

    /// The items of a unit.
    #[must_use]
    pub fn items(&self, unit: usize) -> std::ops::Range<usize> {
        self.first_item[unit] as usize..self.first_item[unit + 1] as usize
    }
}

fn lcm(a: i64, b: i64) -> i64 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}
