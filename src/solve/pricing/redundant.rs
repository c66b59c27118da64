//! Rows of several managers that say nothing new: what the managers' own limits let in, added up, is within them. A team of
//! five who may have 20 members of a kind each never has more than 100.

use std::sync::Arc;

use crate::model::problem::{Load, Problem, Row, RowUse};

/// Are all of these rows kept by the places and weights of single managers, whatever the plan?
#[must_use]
pub fn all(problem: &Problem<'_>, which: impl Fn(&Row) -> bool) -> bool {
    let rows: Vec<&Row> = problem.rows.iter().filter(|row| which(row)).collect();
    if rows.is_empty() {
        return true;
    }
    let mut own: Vec<Vec<(&Arc<dyn Load>, i64)>> = vec![Vec::new(); problem.managers()];
    for row in &problem.rows {
        if let RowUse::Load(manager, load) = &row.uses {
            own[*manager as usize].push((load, row.limit));
        }
    }
    // Rows of a rule share their load, and managers theirs: each ratio is needed many times.
    let mut ratios: Vec<(*const (), *const (), Option<Ratio>)> = Vec::new();
    rows.into_iter().all(|row| {
        let (managers, used) = match &row.uses {
            RowUse::Within(managers) => (managers, None),
            RowUse::Weighed(managers, load) => (managers, Some(load)),
            RowUse::NewTo(_) | RowUse::Movers(_) | RowUse::Load(..) => return false,
        };
        let mut ratio = |weighed: Option<&Arc<dyn Load>>| {
            let name = (address(used), address(weighed));
            if let Some(known) = ratios.iter().find(|known| (known.0, known.1) == name) {
                return known.2;
            }
            let found = largest(problem, used, weighed);
            ratios.push((name.0, name.1, found));
            found
        };
        let mut sum = 0_i64;
        for manager in (0..managers.len()).filter(|&manager| managers[manager]) {
            let places = problem.places[manager].len() as i64;
            let by_weight = own[manager].iter().map(|&(load, limit)| (ratio(Some(load)), limit)).collect::<Vec<_>>();
            let limits = by_weight.into_iter().chain([(ratio(None), places)]);
            let Some(most) = limits.filter_map(|(ratio, limit)| ratio?.of(limit)).min() else { return false };
            sum = sum.saturating_add(most);
        }
        sum <= row.limit
    })
}

/// Use of a row by use of a limit, at its largest.
#[derive(Clone, Copy)]
struct Ratio {
    row: i64,
    limit: i64,
}

impl Ratio {
    /// What a manager can use of the row within a limit, at most.
    fn of(self, limit: i64) -> Option<i64> {
        i64::try_from(i128::from(self.row) * i128::from(limit.max(0)) / i128::from(self.limit)).ok()
    }
}

/// The largest ratio of any unit; `None` where a unit uses the row and nothing of the limit, or it depends on the pair.
/// Without a load members are counted.
fn largest(problem: &Problem<'_>, row: Option<&Arc<dyn Load>>, limit: Option<&Arc<dyn Load>>) -> Option<Ratio> {
    let of = |load: Option<&Arc<dyn Load>>, unit: usize| {
        load.map_or_else(|| Some(i64::from(problem.units[unit].size)), |load| load.of_unit(unit))
    };
    let mut largest = Ratio { row: 0, limit: 1 };
    for unit in 0..problem.units.len() {
        let (row, limit) = (of(row, unit)?, of(limit, unit)?);
        if row > 0 && limit <= 0 {
            return None;
        }
        if i128::from(row) * i128::from(largest.limit) > i128::from(largest.row) * i128::from(limit) {
            largest = Ratio { row, limit };
        }
    }
    Some(largest)
}

fn address(load: Option<&Arc<dyn Load>>) -> *const () {
    load.map_or(std::ptr::null(), |load| Arc::as_ptr(load).cast())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arcs::Table;
    use crate::model::problem::Unit;
    use crate::model::rows::capacities::Weights;

    /// Two managers, four units of which two count in the row; each may carry 4, the units weigh 2, 2, 1, 1.
    fn problem(limit: i64, places: usize) -> Problem<'static> {
        let weights: Arc<dyn Load> = Arc::new(Weights(vec![2, 2, 1, 1]));
        let counted: Arc<dyn Load> = Arc::new(Weights(vec![1, 1, 0, 0]));
        let load = |manager: u32| Row { uses: RowUse::Load(manager, Arc::clone(&weights)), limit: 4 };
        let both = Row { uses: RowUse::Weighed(vec![true, true], counted), limit };
        Problem {
            units: vec![Unit { size: 1, present: Vec::new() }; 4],
            places: vec![vec![0; places]; 2],
            rows: vec![load(0), load(1), both],
            minimum_use: None,
            unserved: None,
            arcs: Box::new(Table::new(2, vec![0; 8])),
        }
    }

    fn holds(problem: &Problem<'_>) -> bool {
        all(problem, |row| !matches!(row.uses, RowUse::Load(..)))
    }

    #[test]
    fn weights_and_places_of_single_managers_keep_a_row() {
        assert!(holds(&problem(4, 4)), "two heavy units each");
        assert!(!holds(&problem(3, 4)), "four of them could be more than three");
        assert!(holds(&problem(2, 1)), "one place each");
    }

    #[test]
    fn a_unit_that_weighs_nothing_is_kept_by_places_alone() {
        let mut open = problem(4, 4);
        let weightless: Arc<dyn Load> = Arc::new(Weights(vec![0, 2, 1, 1]));
        for row in open.rows.iter_mut().take(2) {
            if let RowUse::Load(_, load) = &mut row.uses {
                *load = Arc::clone(&weightless);
            }
        }
        assert!(!holds(&open));
        open.places = vec![vec![0; 2]; 2];
        assert!(holds(&open));
    }
}
