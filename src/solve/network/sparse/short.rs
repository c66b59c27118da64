//! Places that run short are found before the auction drives prices, one small step after another, to where being left
//! out or a place beyond a limit is as good.

use crate::model::problem::Problem;
use crate::solve::hall;
use crate::solve::network::sparse::lists::{ENDLESS, Lists};
use crate::solve::network::sparse::near::Near;

/// A place that costs as many seconds stands for a limit that is broken: no drive and no balance costs as much.
const DEAR: i64 = 2_000_000;
/// Pairs up to which it is counted who can go where.
const COUNTED_PAIRS: usize = 1 << 25;

/// What there is beyond the plain places.
pub struct Plain {
    /// Manager by manager: places that cost less than `dear`.
    places: Vec<usize>,
    /// What being left out or the first place beyond a limit costs, in seconds; `None`: there is neither.
    pub dear: Option<i64>,
}

impl Plain {
    /// Of a problem.
    #[must_use]
    pub fn of(problem: &Problem<'_>) -> Self {
        let beyond = problem.places.iter().flatten().copied().filter(|&cost| cost >= DEAR);
        let dear = beyond.chain(problem.unserved).min();
        let plain = |places: &Vec<i64>| places.partition_point(|&cost| dear.is_none_or(|dear| cost < dear));
        Self { places: problem.places.iter().map(plain).collect(), dear }
    }

    /// Fewer plain places than members?
    #[must_use]
    pub fn too_few(&self, items: usize) -> bool {
        self.places.iter().sum::<usize>() < items
    }

    /// Managers with too few plain places for the members who can go to nobody else; none when there is room for all, or
    /// that would take long to count.
    #[must_use]
    pub fn deficient(&self, problem: &Problem<'_>, items: usize) -> Vec<usize> {
        if problem.units.len().saturating_mul(problem.managers()) <= COUNTED_PAIRS {
            hall::deficient(problem, self.places.clone())
        } else if self.too_few(items) {
            (0..problem.managers()).collect()
        } else {
            Vec::new()
        }
    }
}

/// Prices at which the member who is dearest to serve would as soon be left out: where those of deficient managers start.
pub fn raise(near: &mut Near<'_>, lists: &Lists, deficient: &[usize], dear: i64) {
    let positions = near.managers.len() as u32;
    let cheapest = |unit: usize| {
        let (managers, costs) = lists.of(unit);
        managers.iter().zip(costs).filter(|(manager, _)| **manager < positions).map(|(_, cost)| *cost).min()
    };
    let dearest = (0..lists.units.len()).filter_map(cheapest).max().unwrap_or(0);
    let start = (dear - dearest).clamp(0, ENDLESS / 2);
    for position in 0..near.managers.len() {
        if deficient.binary_search(&(near.managers[position] as usize)).is_ok() {
            near.set_price(position, near.price(position).max(start));
        }
    }
}
