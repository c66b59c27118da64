//! The prices of many cases side by side, manager by manager, with their least values: what the search for a unit's
//! cheapest manager goes by.

use crate::ids::ManagerIx;
use crate::verify::field::{Field, Tolls};
use crate::verify::prices::{Leaf, at};

/// Prices of one thing in every case.
#[derive(Debug, Default)]
pub struct Table {
    cases: usize,
    /// Manager by manager, its cases one after the other.
    prices: Vec<i128>,
    /// Manager by manager: the least of its cases.
    least: Vec<i128>,
    /// Box by box: the least of its managers.
    boxes: Vec<i128>,
}

impl Table {
    fn new(field: &Field<'_>, leaves: &[Leaf], managers: usize, of: impl Fn(&Leaf, ManagerIx) -> i128) -> Self {
        let all = |manager: usize| leaves.iter().map(move |leaf| (leaf, ManagerIx::new(manager)));
        let prices: Vec<i128> = (0..managers).flat_map(all).map(|(leaf, manager)| of(leaf, manager)).collect();
        if prices.iter().all(|&price| price == 0) {
            return Self::default();
        }
        let least: Vec<i128> =
            prices.chunks(leaves.len()).map(|cases| cases.iter().copied().min().unwrap_or(0)).collect();
        let boxes = field.least_of(|manager| least[manager.at()]);
        Self { cases: leaves.len(), prices, least, boxes }
    }

    /// Is everything free?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prices.is_empty()
    }

    /// Of one manager in one case.
    #[must_use]
    pub fn of(&self, manager: ManagerIx, case: usize) -> i128 {
        if self.is_empty() { 0 } else { self.prices[manager.at() * self.cases + case] }
    }
}

/// Prices as a unit meets them that is new to the manager.
#[derive(Debug)]
pub struct Tariff {
    /// Of one member: place, averages and receive limit together.
    pub member: Table,
    /// Capacity by capacity: of one unit of weight.
    pub loads: Vec<Table>,
    /// Do moves have prices?
    pub moves: bool,
}

/// A unit's prices, whatever the case.
pub struct OfUnit<'t> {
    tariff: &'t Tariff,
    size: i128,
    /// Capacity by capacity: what the unit uses with anybody.
    loads: &'t [i128],
}

impl Tariff {
    /// Lines the cases up.
    #[must_use]
    pub fn new(field: &Field<'_>, leaves: &[Leaf], managers: usize) -> Self {
        let member =
            |leaf: &Leaf, manager| at(&leaf.place, manager) + at(&leaf.average, manager) + at(&leaf.new, manager);
        let capacities = leaves.iter().map(|leaf| leaf.loads.len()).max().unwrap_or(0);
        let load = |rule: usize| {
            Table::new(field, leaves, managers, |leaf, manager| {
                leaf.loads.get(rule).map_or(0, |prices| at(prices, manager))
            })
        };
        Self {
            member: Table::new(field, leaves, managers, member),
            loads: (0..capacities).map(load).collect(),
            moves: leaves.iter().any(Leaf::prices_moves),
        }
    }

    /// For a unit of that size that uses so much of each capacity with anybody, at least.
    #[must_use]
    pub fn of_unit<'t>(&'t self, size: i128, loads: &'t [i128]) -> OfUnit<'t> {
        OfUnit { tariff: self, size, loads }
    }
}

impl Tolls for OfUnit<'_> {
    fn of_box(&self, at: usize) -> i128 {
        let of = |table: &Table| table.boxes.get(at).copied().unwrap_or(0);
        let loads = self.tariff.loads.iter().zip(self.loads).map(|(table, load)| of(table) * load);
        self.size * of(&self.tariff.member) + loads.sum::<i128>()
    }

    fn of(&self, manager: ManagerIx) -> i128 {
        let of = |table: &Table| table.least.get(manager.at()).copied().unwrap_or(0);
        let loads = self.tariff.loads.iter().zip(self.loads).map(|(table, load)| of(table) * load);
        self.size * of(&self.tariff.member) + loads.sum::<i128>()
    }
}
