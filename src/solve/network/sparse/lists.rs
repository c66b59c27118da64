//! The arcs looked at so far: a short list for every unit, which only ever grows once the exact part has begun.

use rayon::prelude::*;

use crate::solve::network::sparse::near::{ABSENT, Arc, Near};

/// Arcs a list starts with.
pub const FIRST: usize = 16;
/// A limit above every cost.
pub const ENDLESS: i64 = 1 << 57;

/// Lists of all units, in the engine's order of units.
pub struct Lists {
    /// Engine's unit -> unit of the problem.
    pub units: Vec<u32>,
    /// Every arc that is not in the list costs at least this with its price, as prices stood when the list was made.
    pub floors: Vec<i64>,
    from: Vec<u32>,
    len: Vec<u16>,
    /// So many at the front stay in the list.
    kept: Vec<u16>,
    room: Vec<u16>,
    managers: Vec<u32>,
    costs: Vec<i64>,
}

impl Lists {
    /// The arcs of a unit: positions and costs of one item in 1/scale seconds.
    #[must_use]
    pub fn of(&self, unit: usize) -> (&[u32], &[i64]) {
        let from = self.from[unit] as usize;
        let to = from + self.len[unit] as usize;
        (&self.managers[from..to], &self.costs[from..to])
    }

    /// Lists the cheapest arcs of every unit at the present prices, up to a margin above those that every list keeps: to
    /// present managers, and being unserved (at most [`FIRST`] a unit).
    #[must_use]
    pub fn new(near: &Near<'_>, units: Vec<u32>, margin: i64, kept: &(dyn Fn(u32, &mut Vec<Arc>) + Sync)) -> Self {
        let count = units.len();
        let mut lists = Self {
            floors: vec![i64::MIN; count],
            from: (0..count as u32).map(|unit| unit * FIRST as u32).collect(),
            len: vec![0; count],
            kept: vec![0; count],
            room: vec![FIRST as u16; count],
            managers: vec![ABSENT; count * FIRST],
            costs: vec![0; count * FIRST],
            units,
        };
        let Self { units, floors, len, kept: kept_len, managers, costs, .. } = &mut lists;
        let rows = managers.par_chunks_mut(FIRST).zip(costs.par_chunks_mut(FIRST));
        let heads = units.par_iter().zip(floors.par_iter_mut()).zip(len.par_iter_mut().zip(kept_len.par_iter_mut()));
        rows.zip(heads).with_min_len(256).for_each_init(
            Vec::new,
            |found, ((row, row_costs), ((&unit, floor), lens))| {
                kept(unit, found);
                for (at, &(manager, cost)) in found.iter().take(FIRST).enumerate() {
                    (row[at], row_costs[at]) = (manager, cost);
                }
                // Most stay where they are, and need to know of others only when those come close.
                let best = found.iter().map(|&(manager, cost)| cost + near.price(manager as usize)).min();
                let limit = best.map_or(ENDLESS, |best| best + margin);
                *lens.1 = found.len().min(FIRST) as u16;
                (*lens.0, *floor) = fill(near, unit, *lens.1, limit, row, row_costs, found);
            },
        );
        lists
    }

    /// Lists a unit's cheapest arcs below a limit anew. Only before the exact part: an arc may get lost.
    pub fn renew(&mut self, unit: usize, near: &Near<'_>, limit: i64, found: &mut Vec<Arc>) {
        let from = self.from[unit] as usize;
        let row = &mut self.managers[from..from + FIRST];
        let row_costs = &mut self.costs[from..from + FIRST];
        (self.len[unit], self.floors[unit]) =
            fill(near, self.units[unit], self.kept[unit], limit, row, row_costs, found);
    }

    /// Lists anew where an arc that is not listed might be cheaper than every listed one.
    pub fn complete(&mut self, near: &Near<'_>, margin: i64) {
        let Self { units, floors, len, kept, managers, costs, .. } = self;
        let rows = managers.par_chunks_mut(FIRST).zip(costs.par_chunks_mut(FIRST));
        let heads = units.par_iter().zip(floors.par_iter_mut()).zip(len.par_iter_mut().zip(kept.par_iter()));
        rows.zip(heads).with_min_len(256).for_each_init(
            Vec::new,
            |found, ((row, row_costs), ((&unit, floor), lens))| {
                let listed = row.iter().zip(row_costs.iter()).take(*lens.0 as usize);
                let best = listed.map(|(&manager, &cost)| cost + near.price(manager as usize)).min();
                if best.is_none_or(|best| best > *floor) {
                    let limit = best.map_or(ENDLESS, |best| best + margin);
                    (*lens.0, *floor) = fill(near, unit, *lens.1, limit, row, row_costs, found);
                }
            },
        );
    }

    /// Prices have fallen by at most so much.
    pub fn lower_floors(&mut self, by: i64) {
        self.floors.iter_mut().for_each(|floor| *floor = floor.saturating_sub(by));
    }

    /// Appends arcs that are not in the list yet; returns how many were new.
    pub fn append(&mut self, unit: usize, arcs: &[Arc]) -> usize {
        let mut new = 0;
        for &(manager, cost) in arcs {
            if self.of(unit).0.contains(&manager) {
                continue;
            }
            if self.len[unit] == self.room[unit] {
                self.make_room(unit);
            }
            let at = self.from[unit] as usize + self.len[unit] as usize;
            (self.managers[at], self.costs[at]) = (manager, cost);
            self.len[unit] += 1;
            new += 1;
        }
        new
    }

    /// Moves a list to the end, with twice the room.
    fn make_room(&mut self, unit: usize) {
        let (from, len) = (self.from[unit] as usize, self.len[unit] as usize);
        let room = self.room[unit] as usize * 2;
        let to = self.managers.len();
        self.managers.extend_from_within(from..from + len);
        self.costs.extend_from_within(from..from + len);
        self.managers.resize(to + room, ABSENT);
        self.costs.resize(to + room, 0);
        (self.from[unit], self.room[unit]) = (to as u32, room as u16);
    }
}

/// Fills a list behind the arcs that are kept; returns its length and what is not in it costs at least.
fn fill(
    near: &Near<'_>,
    unit: u32,
    kept: u16,
    limit: i64,
    row: &mut [u32],
    costs: &mut [i64],
    found: &mut Vec<Arc>,
) -> (u16, i64) {
    let mut floor = near.cheapest(unit, FIRST, limit, found);
    let mut at = kept as usize;
    for &(manager, cost) in found.iter() {
        if row[..at].contains(&manager) {
            continue;
        }
        if at == FIRST {
            // Found, but no room for it: what is not listed begins here.
            floor = floor.min(cost + near.price(manager as usize));
            break;
        }
        (row[at], costs[at]) = (manager, cost);
        at += 1;
    }
    (at as u16, floor)
}
