//! Which managers are cheap for a unit at the present prices, over all pairs: through the boxes where costs come from
//! places, by looking at the whole row otherwise.

use crate::model::geography::{ANY, Floor, Geography};
use crate::model::problem::{NOT_ALLOWED, Problem};
use crate::solve::network::sparse::boxes::{Boxes, Site, Wanted};

/// An arc of an item: the manager's position and the cost in 1/scale seconds.
pub type Arc = (u32, i64);

/// Managers by position, and how to find cheap ones.
pub struct Near<'a> {
    problem: &'a Problem<'a>,
    /// A unit's cost counts scale / size times for each of its items.
    scale: i64,
    /// Position -> manager of the problem. Managers without places are in none.
    pub managers: Vec<u32>,
    /// Manager of the problem -> position; [`ABSENT`] without places.
    pub positions: Vec<u32>,
    boxes: Option<(&'a Geography, Boxes)>,
    /// Positions whose base is unknown, and all of them when there is no geography.
    placeless: std::ops::Range<usize>,
    /// Price of a place, by position.
    prices: Vec<i64>,
}

/// The position of a manager that has no places.
pub const ABSENT: u32 = u32::MAX;

impl<'a> Near<'a> {
    /// Prepares the search, all prices 0.
    #[must_use]
    pub fn new(problem: &'a Problem<'a>, scale: i64) -> Self {
        let open: Vec<u32> =
            (0..problem.managers() as u32).filter(|&manager| !problem.places[manager as usize].is_empty()).collect();
        let geography = problem.arcs.geography();
        let site = |id: u32| {
            let geography = geography?;
            Some(Site { id, point: geography.sites[id as usize]?, marks: geography.marks[id as usize] })
        };
        let mut sites: Vec<Site> = open.iter().filter_map(|&id| site(id)).collect();
        let boxes = geography.map(|geography| (geography, Boxes::new(&mut sites)));
        let mut managers: Vec<u32> = sites.iter().map(|site| site.id).collect();
        managers.extend(open.into_iter().filter(|&id| site(id).is_none()));
        let mut positions = vec![ABSENT; problem.managers()];
        managers.iter().enumerate().for_each(|(at, &id)| positions[id as usize] = at as u32);
        let placeless = sites.len()..managers.len();
        // One more: being unserved, which has no place and no price.
        let prices = vec![0; managers.len() + 1];
        Self { problem, scale, managers, positions, boxes, placeless, prices }
    }

    /// Units in an order in which neighbours follow each other.
    #[must_use]
    pub fn unit_order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.problem.units.len() as u32).collect();
        if let Some((geography, _)) = &self.boxes {
            let key = |unit: u32| geography.legs(unit as usize).first().map_or(0, |leg| morton(leg.point));
            let mut keyed: Vec<(u64, u32)> = order.iter().map(|&unit| (key(unit), unit)).collect();
            keyed.sort_unstable();
            order = keyed.into_iter().map(|(_, unit)| unit).collect();
        }
        order
    }

    /// The price at a position.
    #[must_use]
    pub fn price(&self, position: usize) -> i64 {
        self.prices[position]
    }

    /// All prices, by position.
    #[must_use]
    pub fn prices(&self) -> &[i64] {
        &self.prices
    }

    /// Sets the price at a position.
    pub fn set_price(&mut self, position: usize, price: i64) {
        if self.prices[position] != price {
            self.prices[position] = price;
            if let Some((_, boxes)) = self.boxes.as_mut().filter(|_| position < self.placeless.start) {
                boxes.set_price(position, price);
            }
        }
    }

    /// Cost of an item of the unit at a position, in 1/scale seconds; `None` where there is no arc.
    #[must_use]
    pub fn cost(&self, unit: u32, position: usize) -> Option<i64> {
        let cost = self.problem.arcs.cost(unit as usize, self.managers[position] as usize);
        (cost != NOT_ALLOWED).then(|| cost * self.share(unit))
    }

    fn share(&self, unit: u32) -> i64 {
        self.scale / i64::from(self.problem.units[unit as usize].size)
    }

    /// The `count` cheapest arcs by cost plus price, below `limit`, into `found` (replaced), cheapest first, ties by position.
    /// Returns what every arc not found costs at least with its price.
    pub fn cheapest(&self, unit: u32, count: usize, limit: i64, found: &mut Vec<Arc>) -> i64 {
        let mut best: Vec<(i64, u32, i64)> = Vec::with_capacity(count + 1);
        let mut cut = limit;
        self.visit(unit, limit, |position, cost, with_price| {
            let key = (with_price, position, cost);
            if best.len() == count && key >= best[count - 1] {
                return cut;
            }
            let at = best.partition_point(|other| *other < key);
            best.insert(at, key);
            best.truncate(count);
            if best.len() == count {
                // One more than the worst kept: arcs as dear are still looked at, so that ties do not depend on the order.
                cut = cut.min(best[count - 1].0 + 1);
            }
            cut
        });
        found.clear();
        found.extend(best.iter().map(|&(_, position, cost)| (position, cost)));
        if best.len() == count { best[count - 1].0.min(limit) } else { limit }
    }

    /// All arcs whose cost plus price lies below `limit`, into `found` (replaced), in order of position.
    pub fn below(&self, unit: u32, limit: i64, found: &mut Vec<Arc>) {
        found.clear();
        self.visit(unit, limit, |position, cost, _| {
            found.push((position, cost));
            limit
        });
        found.sort_unstable();
    }

    /// Calls `take` with (position, cost, cost + price) of every arc whose cost plus price lies below the limit; `take`
    /// returns the limit from then on.
    fn visit(&self, unit: u32, limit: i64, mut take: impl FnMut(u32, i64, i64) -> i64) {
        let share = self.share(unit);
        let mut cut = limit;
        let mut look = |position: usize, cut: i64| {
            let cost = self.problem.arcs.cost(unit as usize, self.managers[position] as usize);
            if cost == NOT_ALLOWED {
                return cut;
            }
            let cost = cost * share;
            let with_price = cost + self.prices[position];
            if with_price < cut { take(position as u32, cost, with_price) } else { cut }
        };
        let Some((geography, boxes)) = &self.boxes else {
            for position in self.placeless.clone() {
                cut = look(position, cut);
            }
            return;
        };
        let floor: &Floor = &geography.floors[unit as usize];
        if floor.only != ANY {
            let position = self.positions[floor.only as usize];
            if position != ABSENT {
                look(position as usize, cut);
            }
            return;
        }
        for position in self.placeless.clone() {
            if floor.fixed * share + self.prices[position] < cut {
                cut = look(position, cut);
            }
        }
        let wanted = Wanted { legs: geography.legs(unit as usize), floor, share };
        let mut visited = cut;
        boxes.below(&wanted, cut, &mut |position| {
            visited = look(position, visited);
            visited
        });
    }
}

/// Position on a curve that stays in neighbourhoods (Morton 1966), from the two flat coordinates.
fn morton(point: [f32; 3]) -> u64 {
    let spread = |value: f32| {
        let mut bits = ((f64::from(value) + 1.0) * f64::from(1_u32 << 30)) as u64;
        bits = (bits | (bits << 16)) & 0x0000_FFFF_0000_FFFF;
        bits = (bits | (bits << 8)) & 0x00FF_00FF_00FF_00FF;
        bits = (bits | (bits << 4)) & 0x0F0F_0F0F_0F0F_0F0F;
        bits = (bits | (bits << 2)) & 0x3333_3333_3333_3333;
        (bits | (bits << 1)) & 0x5555_5555_5555_5555
    };
    spread(point[1]) | (spread(point[2]) << 1)
}
