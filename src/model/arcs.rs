//! Arc costs of units: computed from the cost terms when asked for, or a table of numbers.

use crate::cost::{Prepared, arc};
use crate::ids::{ManagerIx, MemberIx};
use crate::model::eligibility::Eligibility;
use crate::model::floors::geography;
use crate::model::geography::Geography;
use crate::model::problem::{Arcs, NOT_ALLOWED};

/// Computes the costs of a unit from its members.
pub struct Computed<'a> {
    prepared: &'a Prepared<'a>,
    eligibility: &'a Eligibility<'a>,
    units: &'a [Vec<MemberIx>],
    geography: Geography,
}

impl Arcs for Computed<'_> {
    fn fill(&self, unit: usize, out: &mut [i64]) {
        out.iter_mut().enumerate().for_each(|(manager, cost)| *cost = self.cost(unit, manager));
    }

    fn cost(&self, unit: usize, manager: usize) -> i64 {
        let (members, manager) = (&self.units[unit], ManagerIx::new(manager));
        if let &[member] = members.as_slice() {
            let allowed = self.eligibility.allows(member, manager);
            return if allowed { arc(self.prepared, member, manager).0 } else { NOT_ALLOWED };
        }
        if members.iter().all(|&member| self.eligibility.allows(member, manager)) {
            members.iter().map(|&member| arc(self.prepared, member, manager).0).sum()
        } else {
            NOT_ALLOWED
        }
    }

    fn geography(&self) -> Option<&Geography> {
        Some(&self.geography)
    }
}

/// All costs, computed once.
pub struct Table {
    managers: usize,
    costs: Vec<i64>,
}

impl Table {
    /// From rows of equal length.
    ///
    /// # Panics
    /// When the last row is not whole.
    #[must_use]
    pub fn new(managers: usize, costs: Vec<i64>) -> Self {
        assert!(managers == 0 || costs.len().is_multiple_of(managers), "a row of costs for every unit");
        Self { managers, costs }
    }
}

impl Arcs for Table {
    fn fill(&self, unit: usize, out: &mut [i64]) {
        out.copy_from_slice(&self.costs[unit * self.managers..][..self.managers]);
    }

    fn cost(&self, unit: usize, manager: usize) -> i64 {
        self.costs[unit * self.managers + manager]
    }
}

/// The arcs of these units.
#[must_use]
pub fn arcs<'a>(
    prepared: &'a Prepared<'a>,
    eligibility: &'a Eligibility<'a>,
    units: &'a [Vec<MemberIx>],
) -> Box<dyn Arcs + 'a> {
    Box::new(Computed { prepared, eligibility, units, geography: geography(prepared, eligibility, units) })
}
