//! From the problem to one knapsack a manager: which of its limits stand inside the knapsack, which are priced.

use std::sync::Arc;

use rayon::prelude::*;

use super::knapsack::{Form, GRID_DIMS, GRID_LARGEST, GRID_STATES};
use super::redundant;
use crate::model::problem::{Load, NOT_ALLOWED, Problem, RowUse};

/// Pairs up to which costs are kept in a table (4 bytes each).
const TABLE_LIMIT: usize = 1 << 28;
/// Capacities above this are so finely divided that a knapsack is hard and hardly differs from its linear program: it is
/// solved to this part (a power of 2) of its value during the search.
const FINE: i64 = 20_000;
const TOLERANCE: u32 = 14;
/// No arc, in the table.
const NONE: i32 = i32::MAX;
/// Kinds of unit by size and weight that the form with few kinds takes.
const KINDS: usize = 3;

/// A manager as a knapsack; one past the last stands for being unserved, where that is a choice.
#[derive(Clone, Debug)]
pub struct Manager {
    /// Which knapsack.
    pub form: Form,
    /// Its limits: 0 = members, then its rows in the order of the problem. `i64::MAX` = none.
    pub limits: Vec<i64>,
    /// Which of them are outside of the knapsack and can bind: these have a price of at least 1.
    pub outside: Vec<bool>,
    /// Exactness of its knapsack during the search, see [`super::knapsack::solve`]: 0 where it is soon solved.
    pub tolerance: u32,
    /// Costs of the first 0, 1, 2, ... members, scaled.
    pub places: Vec<i64>,
    /// What a further member costs where two places or more in a row cost the same, rising, scaled: prices of places rest
    /// there, since a price a little off would ask for all of these places, or for none.
    pub flats: Vec<i64>,
}

impl Manager {
    /// A price of places on its way from one to another: it stops where several places cost the same.
    #[must_use]
    pub fn stop_at_flats(&self, from: i64, to: i64) -> i64 {
        let between = |flat: &&i64| (from < **flat && **flat < to) || (to < **flat && **flat < from);
        let nearest = self.flats.iter().filter(between).min_by_key(|flat| flat.abs_diff(from));
        nearest.copied().unwrap_or(to)
    }

    /// The least and the largest number of members that are worth most at a price of places, among the first `places`
    /// costs: least of cost - price x members.
    #[must_use]
    pub fn wanted(places: &[i64], price: f64) -> (usize, usize) {
        // Convex: places that cost less than the price come first.
        let steps = || places.windows(2).map(|pair| (pair[1] - pair[0]) as f64);
        (steps().take_while(|&cost| cost < price).count(), steps().take_while(|&cost| cost <= price).count())
    }
}

/// A problem as knapsacks. All costs are whole, in 1/scale seconds.
pub struct Instance<'p> {
    /// Where it came from.
    pub problem: &'p Problem<'p>,
    /// Prices are in 1/scale seconds.
    pub scale: i64,
    /// Limits a manager has, at most.
    pub dims: usize,
    /// Managers, and one for being unserved where that is a choice.
    pub managers: Vec<Manager>,
    /// Rows of each manager, for limits 1, 2, ...
    pub rows_of: Vec<Vec<usize>>,
    /// Arc costs in seconds, unit by unit, when they fit.
    table: Option<Vec<i32>>,
    /// Are all arc and place costs taken as 0? Then the bound counts to a contradiction.
    pub costless: bool,
    /// Largest arc cost, seconds.
    pub dearest: i64,
    /// No plan costs as much, scaled: a bound that reaches it says that there is no plan.
    pub ceiling: i64,
}

/// Takes problems whose rows belong to a single manager each, some of them weighed; rows of several managers only where
/// those say no more ([`redundant`]).
#[must_use]
pub fn accepts(problem: &Problem<'_>) -> bool {
    let single = |uses: &RowUse| matches!(uses, RowUse::NewTo(_) | RowUse::Load(..));
    let weighed = |uses: &RowUse| matches!(uses, RowUse::Load(..));
    problem.minimum_use.is_none()
        && problem.rows.iter().any(|row| weighed(&row.uses))
        && redundant::all(problem, |row| !single(&row.uses))
}

impl<'p> Instance<'p> {
    /// Reads a problem that [`accepts`] takes.
    #[must_use]
    pub fn new(problem: &'p Problem<'p>) -> Self {
        let count = problem.managers();
        let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (at, row) in problem.rows.iter().enumerate() {
            if let RowUse::NewTo(manager) | RowUse::Load(manager, _) = &row.uses {
                rows_of[*manager as usize].push(at);
            }
        }
        let dims = 1 + rows_of.iter().map(Vec::len).max().unwrap_or(0);
        let (table, dearest) = table(problem);
        let dearest_place = problem.places.iter().filter_map(|places| places.last()).copied().max().unwrap_or(0);
        let scale = match dearest.max(dearest_place) {
            ..10_000 => 1000,
            10_000..1_000_000 => 100,
            _ => 10,
        };
        let mut instance =
            Self { problem, scale, dims, managers: Vec::new(), rows_of, table, costless: false, dearest, ceiling: 0 };
        let shared = shared(problem);
        let mut managers: Vec<Manager> = (0..count).into_par_iter().map(|at| instance.manager(at, &shared)).collect();
        if problem.unserved.is_some() {
            managers.push(Manager {
                form: Form::Free,
                limits: vec![i64::MAX; dims],
                outside: vec![false; dims],
                tolerance: 0,
                places: vec![0],
                flats: Vec::new(),
            });
        }
        let places: i64 = managers.iter().filter_map(|manager| manager.places.last()).sum();
        let unserved = problem.unserved.unwrap_or(0);
        let arcs: i64 = problem.units.iter().map(|unit| dearest.max(unserved * i64::from(unit.size))).sum();
        instance.ceiling = places + (arcs + 1) * scale;
        instance.managers = managers;
        instance
    }

    /// The same without costs and without the choice of being unserved.
    #[must_use]
    pub fn without_costs(&self) -> Self {
        let mut managers = self.managers[..self.problem.managers()].to_vec();
        managers.iter_mut().for_each(|manager| {
            manager.places.fill(0);
            manager.flats.clear();
        });
        Self {
            problem: self.problem,
            scale: 1000,
            dims: self.dims,
            managers,
            rows_of: self.rows_of.clone(),
            table: self.table.clone(),
            costless: true,
            dearest: 0,
            ceiling: 1000,
        }
    }

    /// Which limits of a manager can bind at all, and which knapsack holds them.
    fn manager(&self, at: usize, shared: &[Shared]) -> Manager {
        let problem = self.problem;
        let mut limits = vec![problem.places[at].len() as i64];
        limits.extend(self.rows_of[at].iter().map(|&row| problem.rows[row].limit));
        let (mut total, mut few) = (Vec::new(), Vec::new());
        for dim in 0..limits.len() {
            let shared = dim.checked_sub(1).and_then(|row| match &problem.rows[self.rows_of[at][row]].uses {
                RowUse::Load(_, load) => shared.iter().find(|known| same(&known.load, load)),
                _ => None,
            });
            let (sum, kinds) = shared
                .map_or_else(|| totals(problem, |unit| self.usage(unit, at, dim)), |known| (known.total, known.few));
            total.push(sum);
            few.push(kinds);
        }
        let binds: Vec<bool> = (0..limits.len()).map(|dim| total[dim] > limits[dim]).collect();
        let load = |dim: &usize| matches!(problem.rows[self.rows_of[at][*dim - 1]].uses, RowUse::Load(..));
        // The tightest load is weighed: the one with least of what could be asked of it.
        let tightness = |dim: usize| limits[dim] as f64 / total[dim].max(1) as f64;
        let tightest = |dims: Vec<usize>| dims.into_iter().min_by(|&a, &b| tightness(a).total_cmp(&tightness(b)));
        let resource = tightest((1..limits.len()).filter(|&dim| binds[dim]).filter(load).collect())
            .or_else(|| tightest((1..limits.len()).filter(|&dim| binds[dim]).collect()))
            .unwrap_or(0);
        let grid = self.grid(at, &limits, &binds);
        let form = match grid {
            Some(grid) => Form::Grid { limits: grid },
            None if few[resource] => Form::Classes { resource },
            None => Form::Core { resource },
        };
        let flat = problem.places[at].iter().all(|&cost| cost == 0);
        let inside = |dim: usize| match form {
            Form::Core { .. } | Form::Grid { .. } if dim == 0 => !binds[0] && flat,
            Form::Classes { .. } if dim == 0 => true,
            // What the grid leaves out another limit of the grid keeps.
            Form::Grid { .. } => true,
            _ => dim == resource || !binds[dim],
        };
        let outside = (0..self.dims).map(|dim| dim < limits.len() && !inside(dim)).collect();
        limits.resize(self.dims, i64::MAX);
        let mut places = vec![0];
        for &cost in &problem.places[at] {
            places.push(places[places.len() - 1] + cost * self.scale);
        }
        let fine = resource > 0 && limits[resource] > FINE;
        let tolerance = if fine && matches!(form, Form::Core { .. }) { TOLERANCE } else { 0 };
        let flats = flats(&places);
        Manager { form, limits, outside, tolerance, places, flats }
    }

    /// Which limits of a manager make a grid: two or more small ones, without those that another one keeps anyway. `None`
    /// where one is too large, or all together.
    fn grid(&self, at: usize, limits: &[i64], binds: &[bool]) -> Option<u64> {
        let open: Vec<usize> = (1..limits.len()).filter(|&dim| binds[dim]).collect();
        let small = |&dim: &usize| (0..=GRID_LARGEST).contains(&limits[dim]);
        if open.len() < 2 || limits.len() > 64 {
            return None;
        }
        let uses = |dim: usize, unit: usize| self.usage(unit, at, dim);
        let units = self.problem.units.len();
        let is_kept = |dim: usize, by: usize| {
            limits[by] <= limits[dim] && (0..units).all(|unit| uses(dim, unit) <= uses(by, unit))
        };
        let mut kept: Vec<usize> = Vec::new();
        for &dim in &open {
            if open.iter().any(|&by| by != dim && is_kept(dim, by) && (by < dim || !is_kept(by, dim))) {
                continue;
            }
            kept.push(dim);
        }
        let states = kept.iter().filter(|dim| small(dim)).map(|&dim| limits[dim] + 1).try_fold(1_i64, i64::checked_mul);
        let fits = kept.iter().all(small) && states.is_some_and(|states| states <= GRID_STATES);
        let many = (2..=GRID_DIMS).contains(&kept.len());
        (fits && many).then(|| kept.iter().map(|&dim| 1 << dim).sum())
    }

    /// What placing a unit with a manager uses of its limit `dim`.
    #[must_use]
    pub fn usage(&self, unit: usize, manager: usize, dim: usize) -> i64 {
        if dim == 0 {
            return i64::from(self.problem.units[unit].size);
        }
        let row = self.rows_of.get(manager).and_then(|rows| rows.get(dim - 1));
        row.map_or(0, |&row| self.problem.rows[row].usage(unit, &self.problem.units[unit], manager))
    }

    /// Writes the scaled costs of a unit with every manager, being unserved last where it is a choice;
    /// [`NOT_ALLOWED`] where there is no arc.
    pub fn fill(&self, unit: usize, out: &mut [i64]) {
        let count = self.problem.managers();
        let scale = if self.costless { 0 } else { self.scale };
        if let Some(table) = &self.table {
            let row = &table[unit * count..][..count];
            for (out, &cost) in out.iter_mut().zip(row) {
                *out = if cost == NONE { NOT_ALLOWED } else { i64::from(cost) * scale };
            }
        } else {
            self.problem.arcs.fill(unit, &mut out[..count]);
            out[..count].iter_mut().filter(|cost| **cost != NOT_ALLOWED).for_each(|cost| *cost *= scale);
        }
        if let (Some(cost), Some(last)) = (self.problem.unserved, out.get_mut(count)) {
            *last = cost * scale * i64::from(self.problem.units[unit].size);
        }
    }

    /// Scaled arc cost of one pair.
    #[must_use]
    pub fn cost(&self, unit: usize, manager: usize) -> i64 {
        let count = self.problem.managers();
        match &self.table {
            Some(table) if manager < count => {
                let cost = table[unit * count + manager];
                if cost == NONE { NOT_ALLOWED } else { i64::from(cost) * if self.costless { 0 } else { self.scale } }
            }
            _ => {
                let mut row = vec![NOT_ALLOWED; self.managers.len()];
                self.fill(unit, &mut row);
                row[manager]
            }
        }
    }

    /// Whole seconds that no plan can be below: costs are whole.
    #[must_use]
    pub fn whole(&self, scaled: i64) -> i64 {
        scaled.div_euclid(self.scale) + i64::from(scaled.rem_euclid(self.scale) != 0)
    }
}

/// See [`Manager::flats`].
fn flats(places: &[i64]) -> Vec<i64> {
    let mut flats: Vec<i64> = places
        .windows(3)
        .map(|three| (three[1] - three[0], three[2] - three[1]))
        .filter(|&(one, next)| one == next && one > 0)
        .map(|(cost, _)| cost)
        .collect();
    flats.dedup();
    flats
}

/// What is known of a load that is the same with every manager.
struct Shared {
    load: Arc<dyn Load>,
    /// What all units use together.
    total: i64,
    /// Are there few kinds of unit by size and weight?
    few: bool,
}

/// Loads that are the same with every manager, each once: hundreds of managers share one.
fn shared(problem: &Problem<'_>) -> Vec<Shared> {
    let mut known: Vec<Shared> = Vec::new();
    for row in &problem.rows {
        let RowUse::Load(_, load) = &row.uses else { continue };
        if known.last().is_some_and(|last| same(&last.load, load)) || known.iter().any(|one| same(&one.load, load)) {
            continue;
        }
        let alike = (0..problem.units.len()).all(|unit| load.of_unit(unit).is_some());
        if alike {
            let (total, few) = totals(problem, |unit| load.of_unit(unit).unwrap_or(0));
            known.push(Shared { load: Arc::clone(load), total, few });
        }
    }
    known
}

fn same(a: &Arc<dyn Load>, b: &Arc<dyn Load>) -> bool {
    std::ptr::addr_eq(Arc::as_ptr(a), Arc::as_ptr(b))
}

/// What all units use together, and are there few kinds by size and use?
fn totals(problem: &Problem<'_>, usage: impl Fn(usize) -> i64) -> (i64, bool) {
    let mut total = 0_i64;
    let mut kinds: Vec<(u32, i64)> = Vec::new();
    for (at, unit) in problem.units.iter().enumerate() {
        let used = usage(at);
        total = total.saturating_add(used);
        if kinds.len() <= KINDS && !kinds.contains(&(unit.size, used)) {
            kinds.push((unit.size, used));
        }
    }
    (total, kinds.len() <= KINDS)
}

/// The table of costs, when they are small enough and few enough, and the largest.
fn table(problem: &Problem<'_>) -> (Option<Vec<i32>>, i64) {
    let count = problem.managers();
    let keep = problem.units.len().saturating_mul(count) <= TABLE_LIMIT;
    let mut table = vec![NONE; if keep { problem.units.len() * count } else { 0 }];
    let dearest = |row: &[i64]| row.iter().copied().filter(|&cost| cost != NOT_ALLOWED).max().unwrap_or(0);
    let largest = if keep {
        let rows = table.par_chunks_mut(count.max(1)).enumerate();
        rows.map_init(
            || vec![NOT_ALLOWED; count],
            |row, (unit, out)| {
                problem.arcs.fill(unit, row);
                for (out, &cost) in out.iter_mut().zip(row.iter()) {
                    *out = i32::try_from(cost).unwrap_or(NONE);
                }
                dearest(row)
            },
        )
        .max()
    } else {
        let units = (0..problem.units.len()).into_par_iter();
        units
            .map_init(
                || vec![NOT_ALLOWED; count],
                |row, unit| {
                    problem.arcs.fill(unit, row);
                    dearest(row)
                },
            )
            .max()
    };
    let largest = largest.unwrap_or(0);
    ((keep && largest < i64::from(NONE)).then_some(table), largest)
}
