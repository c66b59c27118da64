//! A better plan where households were split and the problem is too large for a tree: households are put first, each where
//! the prices like it whole, and everybody else is placed anew around them, exactly.

use crate::model::geography::Geography;
use crate::model::problem::{Arcs, NOT_ALLOWED, Problem, Unit};
use crate::solve::Control;
use crate::solve::network::sparse::{Ending, Relaxed, solve};

/// Unit by unit the manager; `None` when somebody finds no place this way, or when told to stop.
#[must_use]
pub fn placed_first(problem: &Problem<'_>, relaxed: &Relaxed, control: &Control<'_>) -> Option<Vec<Option<u32>>> {
    let mut plan = vec![None; problem.units.len()];
    let mut taken = vec![0_usize; problem.managers()];
    let mut begin = 0;
    let mut singles = Vec::new();
    for (at, unit) in problem.units.iter().enumerate() {
        let size = unit.size as usize;
        let items = begin..begin + size;
        begin += size;
        if size == 1 {
            singles.push(at as u32);
            continue;
        }
        let value = |manager: u32| {
            let cost = problem.arcs.cost(at, manager as usize);
            let price = relaxed.prices[manager as usize] * size as i64;
            (cost != NOT_ALLOWED).then(|| (cost * relaxed.scale + price, manager))
        };
        let room = |manager: &u32| {
            let manager = *manager as usize;
            manager < problem.managers() && taken[manager] + size <= problem.places[manager].len()
        };
        let (_, best) = relaxed.at[items].iter().copied().filter(room).filter_map(value).min()?;
        taken[best as usize] += size;
        plan[at] = Some(best);
    }
    let arcs = Part { arcs: &*problem.arcs, geography: geography(problem, &singles), units: singles };
    let around = Problem {
        units: arcs.units.iter().map(|&unit| problem.units[unit as usize].clone()).collect::<Vec<Unit>>(),
        // Places are taken from the cheapest on: whoever comes later has the rest.
        places: problem.places.iter().zip(&taken).map(|(places, &taken)| places[taken..].to_vec()).collect(),
        rows: Vec::new(),
        minimum_use: None,
        unserved: problem.unserved,
        arcs: Box::new(&arcs),
    };
    let Ending::Solved(rest) = solve(&around, control) else { return None };
    for (&unit, &choice) in arcs.units.iter().zip(&rest.plan) {
        plan[unit as usize] = choice;
    }
    Some(plan)
}

/// Arcs of some units of a problem.
struct Part<'a> {
    arcs: &'a dyn Arcs,
    units: Vec<u32>,
    geography: Option<Geography>,
}

impl Arcs for &Part<'_> {
    fn fill(&self, unit: usize, out: &mut [i64]) {
        self.arcs.fill(self.units[unit] as usize, out);
    }

    fn cost(&self, unit: usize, manager: usize) -> i64 {
        self.arcs.cost(self.units[unit] as usize, manager)
    }

    fn geography(&self) -> Option<&Geography> {
        self.geography.as_ref()
    }
}

fn geography(problem: &Problem<'_>, units: &[u32]) -> Option<Geography> {
    let whole = problem.arcs.geography()?;
    let mut some = Geography::new(whole.sites.clone(), whole.marks.clone());
    for &unit in units {
        some.push(whole.floors[unit as usize], whole.legs(unit as usize).iter().copied());
    }
    Some(some)
}
