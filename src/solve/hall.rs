//! Why no plan exists, when only places are short: a set of units that can only go to a set of managers with too few
//! places (Hall 1935, doi:10.1112/jlms/s1-10.37.26).

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
