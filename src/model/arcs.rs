//! Arc costs of units, from the cost terms: kept in a table when it is small, computed when asked for otherwise.

use rayon::prelude::*;

use crate::cost::{Prepared, arc};
use crate::ids::{ManagerIx, MemberIx};
use crate::model::eligibility::Eligibility;
use crate::model::problem::{Arcs, NOT_ALLOWED};

/// Pairs up to which a table is kept: 8 bytes each, so a quarter of a gigabyte.
const TABLE_LIMIT: usize = 1 << 25;

/// Computes the costs of a unit from its members.
pub struct Computed<'a> {
    prepared: &'a Prepared<'a>,
    eligibility: &'a Eligibility<'a>,
    units: &'a [Vec<MemberIx>],
}

impl Arcs for Computed<'_> {
    fn fill(&self, unit: usize, out: &mut [i64]) {
        let members = &self.units[unit];
        for (at, cost) in out.iter_mut().enumerate() {
            let manager = ManagerIx::new(at);
            let allowed = members.iter().all(|&member| self.eligibility.allows(member, manager));
            *cost = if allowed {
                members.iter().map(|&member| arc(self.prepared, member, manager).0).sum()
            } else {
                NOT_ALLOWED
            };
        }
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
}

/// The arcs of these units, as a table when it is small enough.
#[must_use]
pub fn arcs<'a>(
    prepared: &'a Prepared<'a>,
    eligibility: &'a Eligibility<'a>,
    units: &'a [Vec<MemberIx>],
) -> Box<dyn Arcs + 'a> {
    let computed = Computed { prepared, eligibility, units };
    let managers = prepared.managers.len();
    if units.len().saturating_mul(managers) > TABLE_LIMIT {
        return Box::new(computed);
    }
    let mut costs = vec![NOT_ALLOWED; units.len() * managers];
    costs.par_chunks_mut(managers.max(1)).enumerate().for_each(|(unit, row)| computed.fill(unit, row));
    Box::new(Table::new(managers, costs))
}
