//! The table of costs of single items, scaled so that a household's cost divides evenly among its members. Dense, four
//! bytes a pair where the costs fit, and shared by all copies of a state; what a copy changes lies over it.

use std::sync::Arc;

use rayon::prelude::*;

use crate::model::problem::{NOT_ALLOWED, Problem};

/// Columns that a panel for hired managers has room for: a row of it is one cache line.
const WING: usize = 16;

/// No item, no column, no row of one's own.
pub const NOBODY: u32 = u32::MAX;

/// A number the table is made of.
pub trait Amount: Copy + Default + Ord + Send + Sync + std::fmt::Debug + 'static {
    /// The cost of an arc that does not exist: taking away any cost leaves it recognizable.
    const NONE: Self;
    /// Costs of arcs lie between `-LIMIT` and `LIMIT`: differences of two do not wrap, and `NONE - LIMIT` is above
    /// every difference.
    const LIMIT: i64;
    /// Distances of searches in these numbers stay below: potentials and distances within it and one difference of costs
    /// add up without wrapping, even to `BLOCKED`, and a missing arc leads beyond it.
    const NEAR: i64;
    /// In place of a potential as large or larger: from a potential within `NEAR` no handover is shorter than `NEAR`.
    const BLOCKED: i64;
    /// As a wide number.
    fn wide(self) -> i64;
    /// From a wide number within the limit.
    fn narrow(cost: i64) -> Self;
    /// Difference; wraps only outside the range stated for `LIMIT`.
    #[must_use]
    fn minus(self, other: Self) -> Self;
    /// Sum; wraps only outside that range.
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// Does the arc exist? Also asked of differences to an existing one.
    fn is_some(self) -> bool;
}

impl Amount for i32 {
    const NONE: Self = 1 << 30;
    const LIMIT: i64 = 1 << 27;
    const NEAR: i64 = 1 << 27;
    const BLOCKED: i64 = 1 << 29;
    fn wide(self) -> i64 {
        i64::from(self)
    }
    fn narrow(cost: i64) -> Self {
        cost as Self
    }
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    fn is_some(self) -> bool {
        self < Self::NONE / 2
    }
}

impl Amount for i64 {
    const NONE: Self = 1 << 60;
    const LIMIT: i64 = 1 << 40;
    const NEAR: i64 = 1 << 58;
    const BLOCKED: i64 = 1 << 60;
    fn wide(self) -> i64 {
        self
    }
    fn narrow(cost: i64) -> Self {
        cost
    }
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    fn is_some(self) -> bool {
        self < Self::NONE / 2
    }
}

/// Single members, called items: those of a unit follow each other.
#[derive(Clone, Debug, Default)]
pub struct Items {
    /// The unit of every item.
    pub unit_of: Vec<u32>,
    /// First item of every unit, and the number of items.
    pub first: Vec<u32>,
    /// The manager each item is with today: to them it is not new. [`NOBODY`] = none.
    pub present: Vec<u32>,
    /// Least common multiple of the units' sizes: costs of items are in 1/scale seconds.
    pub scale: i64,
    /// Units of more than one item.
    pub households: Vec<u32>,
}

impl Items {
    /// Of a problem's units.
    #[must_use]
    pub fn new(problem: &Problem<'_>) -> Self {
        let scale = problem.units.iter().map(|unit| i64::from(unit.size)).fold(1, lcm);
        let mut items = Self { scale, first: vec![0], ..Self::default() };
        problem.units.iter().for_each(|unit| items.push(unit.size, &unit.present));
        items
    }

    /// Adds a unit.
    pub fn push(&mut self, size: u32, present: &[(u32, u32)]) {
        let unit = self.first.len() as u32 - 1;
        let end = self.unit_of.len() + size as usize;
        self.unit_of.resize(end, unit);
        for &(manager, count) in present {
            self.present.extend(std::iter::repeat_n(manager, count as usize));
        }
        self.present.resize(end, NOBODY);
        self.first.push(end as u32);
        if size > 1 {
            self.households.push(unit);
        }
    }

    /// The items of a unit.
    #[must_use]
    pub fn of(&self, unit: usize) -> std::ops::Range<usize> {
        self.first[unit] as usize..self.first[unit + 1] as usize
    }

    /// Units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.first.len() - 1
    }
}

/// A block of columns, a row for every unit of the problem.
#[derive(Clone, Debug)]
struct Panel<T> {
    width: usize,
    rows: Vec<T>,
}

/// Item costs by column: the managers, being unserved when that is a choice, *nowhere* at cost 0, then hired managers.
#[derive(Clone, Debug)]
pub struct Table<T> {
    columns: usize,
    panels: Vec<Arc<Panel<T>>>,
    /// For every item the row of its own it has, or [`NOBODY`].
    own_row: Arc<Vec<u32>>,
    own_rows: Vec<(u32, Arc<Vec<T>>)>,
}

impl<T: Amount> Table<T> {
    /// Computes the costs; `None` when they are too large for the kind of number.
    #[must_use]
    pub fn new(problem: &Problem<'_>, items: &Items) -> Option<Self> {
        let real = problem.managers();
        let columns = real + usize::from(problem.unserved.is_some()) + 1;
        let mut rows = vec![T::NONE; problem.units.len() * columns];
        let unserved = problem.unserved.map(|cost| cost.saturating_mul(items.scale));
        let fits = rows
            .par_chunks_mut(columns)
            .enumerate()
            .map_init(
                || vec![NOT_ALLOWED; real],
                |wide, (at, row)| {
                    let share = items.scale / i64::from(problem.units[at].size);
                    problem.arcs.fill(at, wide);
                    let mut fits = true;
                    for (cost, &wide) in row.iter_mut().zip(&*wide) {
                        fits &= set(cost, wide, share);
                    }
                    if let Some(unserved) = unserved {
                        fits &= set(&mut row[real], unserved, 1);
                    }
                    row[columns - 1] = T::narrow(0);
                    fits
                },
            )
            .reduce(|| true, |a, b| a && b);
        let own_row = Arc::new(vec![NOBODY; items.unit_of.len()]);
        let panels = vec![Arc::new(Panel { width: columns, rows })];
        fits.then_some(Self { columns, panels, own_row, own_rows: Vec::new() })
    }

    /// Columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The costs of an item, as consecutive slices.
    pub fn parts(&self, items: &Items, item: u32) -> impl Iterator<Item = &[T]> {
        let own = self.own_row[item as usize];
        let (whole, panels) = if own == NOBODY {
            (&[][..], &self.panels[..])
        } else {
            (&self.own_rows[own as usize].1[..self.columns], &[][..])
        };
        let unit = items.unit_of[item as usize] as usize;
        let mut left = self.columns;
        let slices = panels.iter().map(move |panel| {
            let width = panel.width.min(left);
            left -= width;
            &panel.rows[unit * panel.width..][..width]
        });
        (!whole.is_empty()).then_some(whole).into_iter().chain(slices)
    }

    /// The cost of an item in a column.
    #[must_use]
    pub fn cost(&self, items: &Items, item: u32, column: usize) -> T {
        let own = self.own_row[item as usize];
        if own != NOBODY {
            return self.own_rows[own as usize].1[column];
        }
        let unit = items.unit_of[item as usize] as usize;
        let base = self.panels[0].width;
        if column < base {
            return self.panels[0].rows[unit * base + column];
        }
        let (wing, column) = ((column - base) / WING, (column - base) % WING);
        self.panels[1 + wing].rows[unit * WING + column]
    }

    /// The whole row of an item.
    #[must_use]
    pub fn row(&self, items: &Items, item: u32) -> Vec<T> {
        let mut row = Vec::with_capacity(self.columns + WING);
        self.parts(items, item).for_each(|part| row.extend_from_slice(part));
        row
    }

    /// Gives an item a row of its own, from now on.
    pub fn set_row(&mut self, item: u32, row: Arc<Vec<T>>) {
        let own_row = Arc::make_mut(&mut self.own_row);
        if own_row.len() <= item as usize {
            own_row.resize(item as usize + 1, NOBODY);
        }
        let slot = &mut own_row[item as usize];
        if *slot == NOBODY {
            *slot = self.own_rows.len() as u32;
            self.own_rows.push((item, row));
        } else {
            self.own_rows[*slot as usize].1 = row;
        }
    }

    /// Adds a column; `cost` gives an item's cost there.
    pub fn add_column(&mut self, items: &Items, cost: &dyn Fn(u32) -> T) -> usize {
        let (column, base) = (self.columns, self.panels[0].width);
        let units = self.panels[0].rows.len() / base.max(1);
        let (wing, inside) = ((column - base) / WING, (column - base) % WING);
        if inside == 0 {
            self.panels.push(Arc::new(Panel { width: WING, rows: vec![T::NONE; units * WING] }));
        }
        let panel = Arc::make_mut(&mut self.panels[1 + wing]);
        for unit in 0..units {
            panel.rows[unit * WING + inside] = cost(items.first[unit]);
        }
        for (item, row) in &mut self.own_rows {
            Arc::make_mut(row).push(cost(*item));
        }
        self.columns += 1;
        column
    }
}

/// Writes a scaled cost; is it in range?
fn set<T: Amount>(out: &mut T, cost: i64, share: i64) -> bool {
    if cost == NOT_ALLOWED {
        *out = T::NONE;
        return true;
    }
    let scaled = cost.saturating_mul(share);
    *out = T::narrow(scaled.clamp(-T::LIMIT, T::LIMIT));
    scaled.abs() <= T::LIMIT
}

/// A row of whole-unit costs as a row of item costs, the columns of `managers`; `None` when some are out of range.
#[must_use]
pub fn scaled<T: Amount>(cost: i64, share: i64) -> Option<T> {
    let mut out = T::NONE;
    set(&mut out, cost, share).then_some(out)
}

fn lcm(a: i64, b: i64) -> i64 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}
