//! Why no plan exists, when only places are short: a set of units that can only go to a set of managers with too few
//! places (Hall 1935, doi:10.1112/jlms/s1-10.37.26).

use rayon::prelude::*;

use crate::model::problem::{NOT_ALLOWED, Problem};

/// More members than places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Units that can only go to `managers`.
    pub units: Vec<usize>,
    /// Their managers.
    pub managers: Vec<usize>,
    /// Members in `units`.
    pub members: i64,
    /// Places of `managers`; fewer than `members`.
    pub places: i64,
}

/// The shortage that a set of managers proves, if it proves one.
#[must_use]
pub fn shortage(problem: &Problem<'_>, managers: &[bool]) -> Option<Shortage> {
    let mut costs = vec![NOT_ALLOWED; problem.managers()];
    let confined = |&unit: &usize| {
        problem.arcs.fill(unit, &mut costs);
        costs.iter().zip(managers).all(|(&cost, &within)| within || cost == NOT_ALLOWED)
    };
    let units: Vec<usize> = (0..problem.units.len()).filter(confined).collect();
    let members = units.iter().map(|&unit| i64::from(problem.units[unit].size)).sum();
    let managers: Vec<usize> = (0..managers.len()).filter(|&manager| managers[manager]).collect();
    let places = managers.iter().map(|&manager| problem.places[manager].len() as i64).sum();
    (members > places).then_some(Shortage { units, managers, members, places })
}

/// Are places short, whatever the costs, and even if members of a unit could be parted? Then no plan exists.
#[must_use]
pub fn is_short(problem: &Problem<'_>) -> bool {
    let places: Vec<usize> = problem.places.iter().map(Vec::len).collect();
    let members: usize = problem.units.iter().map(|unit| unit.size as usize).sum();
    if problem.unserved.is_some() || members <= places.iter().copied().min().unwrap_or(0) {
        return false;
    }
    members > places.iter().sum() || matched(problem, places).0 > 0
}

/// Managers whose members can go to nobody else and are too many for `places`, one number a manager: all such managers
/// together, none when there is room for everybody.
#[must_use]
pub fn deficient(problem: &Problem<'_>, places: Vec<usize>) -> Vec<usize> {
    let (_, closed) = matched(problem, places);
    (0..closed.len()).filter(|&manager| closed[manager]).collect()
}

/// How many members find no place, and which managers are too few for theirs. Members are placed wherever there is room and
/// moved on along shortest chains of managers, as in maximum matchings (Hopcroft, Karp 1973, doi:10.1137/0202019); where no
/// chain ends at a free place, the managers on it are too few.
fn matched(problem: &Problem<'_>, places: Vec<usize>) -> (usize, Vec<bool>) {
    let open = |unit: usize| {
        let costs = problem.arc_costs(unit);
        (0..costs.len() as u32).filter(|&at| costs[at as usize] != NOT_ALLOWED).collect::<Vec<u32>>()
    };
    let open: Vec<Vec<u32>> = (0..problem.units.len()).into_par_iter().map(open).collect();
    let mut free = places;
    // Units with a member at each manager, one entry a member.
    let mut at: Vec<Vec<u32>> = vec![Vec::new(); free.len()];
    let mut left = Vec::new();
    for (unit, data) in problem.units.iter().enumerate() {
        for _ in 0..data.size {
            match open[unit].iter().find(|&&manager| free[manager as usize] > 0) {
                Some(&manager) => {
                    free[manager as usize] -= 1;
                    at[manager as usize].push(unit as u32);
                }
                None => left.push(unit as u32),
            }
        }
    }
    // Once no chain leads from a manager to a free place, none ever will.
    let mut closed = vec![false; free.len()];
    left.retain(|&unit| !place(unit, &open, &mut free, &mut at, &mut closed));
    (left.len(), closed)
}

/// Finds room for one member more, others moved on; where there is none (`false`), the managers it looked at are closed.
fn place(unit: u32, open: &[Vec<u32>], free: &mut [usize], at: &mut [Vec<u32>], closed: &mut [bool]) -> bool {
    // Manager by manager: from which manager a member comes here, and whose; the first come from nowhere.
    let mut from: Vec<Option<(Option<u32>, u32)>> = vec![None; free.len()];
    let mut queue: Vec<u32> = Vec::new();
    for &manager in open[unit as usize].iter().filter(|manager| !closed[**manager as usize]) {
        from[manager as usize] = Some((None, unit));
        queue.push(manager);
    }
    let mut first = 0;
    while let Some(&manager) = queue.get(first) {
        first += 1;
        if free[manager as usize] > 0 {
            free[manager as usize] -= 1;
            let mut to = manager;
            while let Some((before, moved)) = from[to as usize] {
                at[to as usize].push(moved);
                let Some(before) = before else { break };
                if let Some(place) = at[before as usize].iter().position(|&one| one == moved) {
                    at[before as usize].swap_remove(place);
                }
                to = before;
            }
            return true;
        }
        for &moved in &at[manager as usize] {
            for &next in &open[moved as usize] {
                if from[next as usize].is_none() && !closed[next as usize] {
                    from[next as usize] = Some((Some(manager), moved));
                    queue.push(next);
                }
            }
        }
    }
    queue.into_iter().for_each(|manager| closed[manager as usize] = true);
    false
}
