//! What a solver gets: nodes, arcs and rows. No member, no rule, no file.

use std::sync::Arc;

use crate::model::geography::Geography;

/// The cost of an arc that does not exist.
pub const NOT_ALLOWED: i64 = i64::MAX;

/// Gives the arc costs of a unit, computed when asked for: all pairs of a nation do not fit into memory.
pub trait Arcs: Sync {
    /// Writes the cost (seconds a year) of `unit` with every manager, [`NOT_ALLOWED`] where there is no arc.
    /// `out` is as long as there are managers.
    fn fill(&self, unit: usize, out: &mut [i64]);

    /// The cost of one arc, [`NOT_ALLOWED`] where there is none.
    fn cost(&self, unit: usize, manager: usize) -> i64;

    /// Lower bounds by place, when costs are computed from places.
    fn geography(&self) -> Option<&Geography> {
        None
    }
}

/// Members who are placed together: one, or a household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Places it takes: its number of members.
    pub size: u32,
    /// Its members by present manager: (manager, how many), sorted. Those without one are in none.
    pub present: Vec<(u32, u32)>,
}

impl Unit {
    /// How many of its members are new to `manager`.
    #[must_use]
    pub fn new_to(&self, manager: usize) -> u32 {
        self.size - with(&self.present, manager)
    }
}

/// The count paired with `manager` in a sorted list, 0 when it is not there.
fn with(counts: &[(u32, u32)], manager: usize) -> u32 {
    counts.binary_search_by_key(&(manager as u32), |&(manager, _)| manager).map_or(0, |at| counts[at].1)
}

/// What units use of a capacity that is not counted in places: weights, minutes, contacts.
pub trait Load: std::fmt::Debug + Send + Sync {
    /// What placing `unit` with `manager` uses: whole, in the capacity's own unit, never below 0.
    fn of(&self, unit: usize, manager: usize) -> i64;

    /// What a unit uses with every manager alike, `None` when it depends on the pair (hours with the drive inside).
    fn of_unit(&self, unit: usize) -> Option<i64>;
}

/// How much of a row's limit an arc uses.
#[derive(Clone, Debug)]
pub enum RowUse {
    /// Members new to this manager.
    NewTo(u32),
    /// All members placed with one of these managers (indexed by manager).
    Within(Vec<bool>),
    /// Everything placed with one of these managers (indexed by manager), weighed: units count by what they are.
    Weighed(Vec<bool>, Arc<dyn Load>),
    /// Members who move: for every unit those that count, by present manager (sorted); they move unless the unit goes
    /// to that manager.
    Movers(Vec<Vec<(u32, u32)>>),
    /// Everything placed with one manager, weighed: one of the manager's own capacities. Several may share the load.
    Load(u32, Arc<dyn Load>),
}

/// `sum of uses <= limit`.
#[derive(Clone, Debug)]
pub struct Row {
    /// What of.
    pub uses: RowUse,
    /// At most.
    pub limit: i64,
}

impl Row {
    /// What placing `unit` (its index and data) with `manager` uses.
    #[must_use]
    pub fn usage(&self, at: usize, unit: &Unit, manager: usize) -> i64 {
        match &self.uses {
            RowUse::NewTo(only) if *only as usize == manager => i64::from(unit.new_to(manager)),
            RowUse::Within(managers) => {
                if managers[manager] {
                    i64::from(unit.size)
                } else {
                    0
                }
            }
            RowUse::Weighed(managers, load) if managers[manager] => load.of(at, manager),
            RowUse::Movers(movers) => {
                let all: u32 = movers[at].iter().map(|&(_, count)| count).sum();
                i64::from(all - with(&movers[at], manager))
            }
            RowUse::Load(only, load) if *only as usize == manager => load.of(at, manager),
            RowUse::NewTo(_) | RowUse::Load(..) | RowUse::Weighed(..) => 0,
        }
    }
}

/// At least so many managers have a member each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinimumUse {
    /// Managers.
    pub managers: i64,
}

/// A caseload problem: `min sum of arc costs + sum of place costs`, every unit on one arc, loads within places, rows
/// within limits.
pub struct Problem<'a> {
    /// What is placed.
    pub units: Vec<Unit>,
    /// For each manager the cost of the first, second, ... place; never falling. Its length is the capacity.
    pub places: Vec<Vec<i64>>,
    /// Coupling limits.
    pub rows: Vec<Row>,
    /// Managers that must be in use.
    pub minimum_use: Option<MinimumUse>,
    /// What leaving one member unserved costs, when that is a choice.
    pub unserved: Option<i64>,
    /// Arc costs.
    pub arcs: Box<dyn Arcs + 'a>,
}

impl Problem<'_> {
    /// Number of managers.
    #[must_use]
    pub fn managers(&self) -> usize {
        self.places.len()
    }

    /// Members in all units.
    #[must_use]
    pub fn members(&self) -> i64 {
        self.units.iter().map(|unit| i64::from(unit.size)).sum()
    }

    /// The costs of one unit with every manager.
    #[must_use]
    pub fn arc_costs(&self, unit: usize) -> Vec<i64> {
        let mut costs = vec![NOT_ALLOWED; self.managers()];
        self.arcs.fill(unit, &mut costs);
        costs
    }

    /// What a plan costs (`None` = unserved), or why it is not one.
    #[must_use]
    pub fn cost_of(&self, plan: &[Option<u32>]) -> Option<i64> {
        let mut loads = vec![0_usize; self.managers()];
        let mut used = vec![0_i64; self.rows.len()];
        let mut cost = 0_i64;
        let mut costs = vec![NOT_ALLOWED; self.managers()];
        for (at, (unit, choice)) in self.units.iter().zip(plan).enumerate() {
            let Some(manager) = choice.map(|manager| manager as usize) else {
                cost += self.unserved? * i64::from(unit.size);
                continue;
            };
            self.arcs.fill(at, &mut costs);
            if costs[manager] == NOT_ALLOWED {
                return None;
            }
            cost += costs[manager];
            loads[manager] += unit.size as usize;
            for (row, used) in self.rows.iter().zip(&mut used) {
                *used += row.usage(at, unit, manager);
            }
        }
        let within = |(row, &used): (&Row, &i64)| used <= row.limit;
        if !self.rows.iter().zip(&used).all(within) || loads.iter().zip(&self.places).any(|(&n, p)| n > p.len()) {
            return None;
        }
        if let Some(least) = self.minimum_use
            && (loads.iter().filter(|&&load| load > 0).count() as i64) < least.managers
        {
            return None;
        }
        Some(
            cost + loads
                .iter()
                .zip(&self.places)
                .map(|(&load, places)| places[..load].iter().sum::<i64>())
                .sum::<i64>(),
        )
    }
}
