//! A problem in which most things stay as they are: some units may move, over some pairs, and what the others take is
//! taken. Also the problem loosened so far that the present state fits, for questions of one person at a time.

use std::sync::Arc;

use crate::model::problem::{Arcs, Load, NOT_ALLOWED, Problem, Row, RowUse};

/// Is a pair (unit, manager; of the whole problem) open?
pub type Open<'a> = Box<dyn Fn(usize, usize) -> bool + Sync + 'a>;

/// The open pairs of some units.
struct Chosen<'a> {
    problem: &'a Problem<'a>,
    units: Arc<Vec<usize>>,
    open: Open<'a>,
}

impl Arcs for Chosen<'_> {
    fn fill(&self, unit: usize, out: &mut [i64]) {
        let unit = self.units[unit];
        for (manager, cost) in out.iter_mut().enumerate() {
            *cost = if (self.open)(unit, manager) { self.problem.arcs.cost(unit, manager) } else { NOT_ALLOWED };
        }
    }

    fn cost(&self, unit: usize, manager: usize) -> i64 {
        let unit = self.units[unit];
        if (self.open)(unit, manager) { self.problem.arcs.cost(unit, manager) } else { NOT_ALLOWED }
    }
}

/// What some of the units use.
#[derive(Debug)]
struct OfChosen {
    inner: Arc<dyn Load>,
    units: Arc<Vec<usize>>,
}

impl Load for OfChosen {
    fn of(&self, unit: usize, manager: usize) -> i64 {
        self.inner.of(self.units[unit], manager)
    }

    fn of_unit(&self, unit: usize) -> Option<i64> {
        self.inner.of_unit(self.units[unit])
    }
}

/// The problem of `units` (sorted) alone over the open pairs. Everybody else is where `stay` says (`None` = with nobody,
/// which takes nothing), and what they take of places and limits is gone.
#[must_use]
pub fn restricted<'a>(
    problem: &'a Problem<'a>,
    units: Vec<usize>,
    stay: &[Option<u32>],
    open: Open<'a>,
) -> Problem<'a> {
    let units = Arc::new(units);
    let mut moves = vec![false; problem.units.len()];
    units.iter().for_each(|&unit| moves[unit] = true);
    let mut taken = vec![0_usize; problem.managers()];
    let mut used = vec![0_i64; problem.rows.len()];
    for (at, unit) in problem.units.iter().enumerate().filter(|&(at, _)| !moves[at]) {
        let Some(manager) = stay.get(at).copied().flatten().map(|manager| manager as usize) else { continue };
        taken[manager] += unit.size as usize;
        used.iter_mut().zip(&problem.rows).for_each(|(used, row)| *used += row.usage(at, unit, manager));
    }
    let of_chosen = |inner: &Arc<dyn Load>| -> Arc<dyn Load> {
        Arc::new(OfChosen { inner: Arc::clone(inner), units: Arc::clone(&units) })
    };
    let row = |(row, used): (&Row, i64)| {
        let uses = match &row.uses {
            RowUse::Movers(movers) => RowUse::Movers(units.iter().map(|&unit| movers[unit].clone()).collect()),
            RowUse::Load(manager, load) => RowUse::Load(*manager, of_chosen(load)),
            RowUse::Weighed(managers, load) => RowUse::Weighed(managers.clone(), of_chosen(load)),
            RowUse::NewTo(_) | RowUse::Within(_) => row.uses.clone(),
        };
        Row { uses, limit: (row.limit - used).max(0) }
    };
    Problem {
        units: units.iter().map(|&unit| problem.units[unit].clone()).collect(),
        places: problem
            .places
            .iter()
            .zip(&taken)
            .map(|(places, &taken)| places.get(taken..).unwrap_or(&[]).to_vec())
            .collect(),
        rows: problem.rows.iter().zip(used).map(row).collect(),
        minimum_use: problem.minimum_use.filter(|_| units.len() == problem.units.len()),
        unserved: problem.unserved,
        arcs: Box::new(Chosen { problem, units, open }),
    }
}

/// Makes room for a present state that breaks limits: places above the cap at `extra` seconds each, so that they are
/// given up where they can be, and limits as far as they are used.
pub fn loosen(problem: &mut Problem<'_>, present: &[Option<u32>], extra: i64) {
    let mut loads = vec![0_usize; problem.managers()];
    let mut used = vec![0_i64; problem.rows.len()];
    for (at, (unit, choice)) in problem.units.iter().zip(present).enumerate() {
        let Some(manager) = choice.map(|manager| manager as usize) else { continue };
        loads[manager] += unit.size as usize;
        used.iter_mut().zip(&problem.rows).for_each(|(used, row)| *used += row.usage(at, unit, manager));
    }
    for (places, load) in problem.places.iter_mut().zip(loads) {
        let price = places.last().copied().unwrap_or(0) + extra;
        places.resize(places.len().max(load), price);
    }
    problem.rows.iter_mut().zip(used).for_each(|(row, used)| row.limit = row.limit.max(used));
}
