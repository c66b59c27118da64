//! Shortest paths on managers (Dijkstra 1959 on reduced costs; Ahuja, Magnanti, Orlin 1993, section 9.7): a manager with
//! too many hands items on until somebody takes a place; a manager whose price holds an empty place calls items in.
//!
//! The first search looks at arcs that are not listed yet as soon as it gets as far as they could matter, so that with
//! rising prices no arc is ever missed. The second stays on the lists: what it misses, the final check over all pairs
//! finds.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::solve::network::sparse::flow::{Flow, cheapest};
use crate::solve::network::sparse::lists::{ENDLESS, Lists};
use crate::solve::network::sparse::near::{Arc, Near};
use crate::solve::network::sparse::places::Places;

const NOWHERE: u32 = u32::MAX;

/// What happens at a distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A place is taken (or given back) there.
    Place,
    /// The manager is reached.
    Manager,
    /// Arcs that are not listed begin to matter.
    Unlisted,
}

/// Everything the searches work on.
pub struct Work<'a, 'p> {
    /// Prices and all pairs.
    pub near: &'a mut Near<'p>,
    /// Listed arcs.
    pub lists: &'a mut Lists,
    /// Marginal costs.
    pub places: &'a Places,
    /// The plan.
    pub flow: &'a mut Flow,
}

/// Working arrays, kept between searches.
pub struct Search {
    distance: Vec<i64>,
    parent: Vec<(u32, u32)>,
    /// The search that reached, and the one that settled a position.
    reached: Vec<u32>,
    settled: Vec<u32>,
    number: u32,
    order: Vec<u32>,
    heap: BinaryHeap<Reverse<(i64, Event, u32)>>,
    /// By how much a manager's lists are extended next time.
    strides: Vec<i64>,
    /// The most any price has fallen since the lists were made, all falls of a position added up.
    fallen: Vec<i64>,
    found: Vec<Arc>,
    /// Position -> units that list it; made when the first place calls somebody in.
    listed_by: Vec<Vec<u32>>,
    /// Engine's unit -> its first item, and one more.
    first_item: Vec<u32>,
    /// Unit -> how many of its arcs `listed_by` knows.
    known_arcs: Vec<u16>,
}

impl Search {
    /// For so many positions; `stride` is the price step by which lists are first extended.
    #[must_use]
    pub fn new(positions: usize, stride: i64, first_item: Vec<u32>) -> Self {
        Self {
            distance: vec![0; positions],
            parent: vec![(NOWHERE, NOWHERE); positions],
            reached: vec![0; positions],
            settled: vec![0; positions],
            number: 0,
            order: Vec::new(),
            heap: BinaryHeap::new(),
            strides: vec![stride; positions],
            fallen: vec![0; positions],
            found: Vec::new(),
            listed_by: Vec::new(),
            known_arcs: Vec::new(),
            first_item,
        }
    }

    /// How much too high the floors of lists may be by now.
    #[must_use]
    pub fn most_fallen(&self) -> i64 {
        self.fallen.iter().copied().max().unwrap_or(0)
    }

    /// The floors of lists have been lowered by as much.
    pub fn forget_falls(&mut self) {
        self.fallen.fill(0);
    }

    /// The items of a unit.
    #[must_use]
    pub fn items_of(&self, unit: usize) -> std::ops::Range<usize> {
        self.first_item[unit] as usize..self.first_item[unit + 1] as usize
    }

    /// Puts a unit's items on their cheapest listed arcs after some were added.
    pub fn take_up(&mut self, work: &mut Work<'_, '_>, unit: usize) {
        if !self.listed_by.is_empty() {
            self.know(work.lists, unit);
        }
        for item in self.first_item[unit]..self.first_item[unit + 1] {
            work.flow.spoil(work.flow.at[item as usize] as usize);
            if let Some((best, cost)) = cheapest(work.near, work.lists, unit)
                && cost + work.near.price(best as usize) < work.flow.value(work.near, item as usize)
            {
                work.flow.hand_over(work.lists, item, best);
            }
        }
    }

    fn begin(&mut self, source: usize) {
        self.number += 1;
        self.order.clear();
        self.heap.clear();
        self.distance[source] = 0;
        self.parent[source] = (NOWHERE, NOWHERE);
        self.reached[source] = self.number;
        self.heap.push(Reverse((0, Event::Manager, source as u32)));
    }

    fn reach(&mut self, to: usize, distance: i64, parent: (u32, u32)) {
        if self.reached[to] != self.number || distance < self.distance[to] {
            self.reached[to] = self.number;
            self.distance[to] = distance;
            self.parent[to] = parent;
            self.heap.push(Reverse((distance, Event::Manager, to as u32)));
        }
    }

    /// Hands one item too many on to where a place is free or called for. `Err`: there is none within reach; the
    /// positions that were reached, whose items have no other arcs at all.
    ///
    /// # Errors
    /// See above.
    pub fn hand_on(&mut self, work: &mut Work<'_, '_>, source: usize) -> Result<(), Vec<u32>> {
        self.begin(source);
        while let Some(Reverse((distance, event, at))) = self.heap.pop() {
            let position = at as usize;
            match event {
                Event::Place => {
                    self.rise(work, distance);
                    work.flow.taken[position] += 1;
                    self.move_along(work, at, false);
                    return Ok(());
                }
                Event::Unlisted => self.extend(work, position, distance),
                Event::Manager => {
                    if self.settled[position] == self.number {
                        continue;
                    }
                    self.settled[position] = self.number;
                    self.order.push(at);
                    if position != source && work.flow.surplus(position) < 0 {
                        self.rise(work, distance);
                        self.move_along(work, at, false);
                        return Ok(());
                    }
                    if let Some(&next) = work.places.of(position).get(work.flow.taken[position] as usize) {
                        let place = distance + next - work.near.price(position);
                        self.heap.push(Reverse((place, Event::Place, at)));
                    }
                    self.relax(work, position);
                }
            }
        }
        Err(std::mem::take(&mut self.order))
    }

    /// Looks along the listed handovers of a manager.
    fn relax(&mut self, work: &mut Work<'_, '_>, position: usize) {
        let base = self.distance[position] - work.near.price(position);
        work.flow.row(work.lists, position);
        let row = work.flow.fresh_row(position);
        let prices = work.near.prices();
        for handover in &row.handovers {
            let to = handover.to as usize;
            let distance = base + handover.change + prices[to];
            if self.reached[to] != self.number || distance < self.distance[to] {
                self.reached[to] = self.number;
                self.distance[to] = distance;
                self.parent[to] = (position as u32, handover.item);
                self.heap.push(Reverse((distance, Event::Manager, handover.to)));
            }
        }
        if row.floor < ENDLESS / 2 {
            let distance = (base + row.floor).max(self.distance[position]);
            self.heap.push(Reverse((distance, Event::Unlisted, position as u32)));
        }
    }

    /// Lists more arcs of a manager's items: all that could matter up to a stride beyond `distance`.
    fn extend(&mut self, work: &mut Work<'_, '_>, position: usize, distance: i64) {
        let price = work.near.price(position);
        let beyond = distance - self.distance[position] + price + self.strides[position];
        self.strides[position] = self.strides[position].saturating_mul(2).min(ENDLESS / 16);
        for at in 0..work.flow.items[position].len() {
            let item = work.flow.items[position][at] as usize;
            let unit = work.flow.unit_of[item] as usize;
            let limit = if beyond >= ENDLESS / 16 { ENDLESS } else { work.flow.own[item] + beyond };
            if work.lists.floors[unit] < limit {
                work.near.below(work.lists.units[unit], limit, &mut self.found);
                let fresh = work.lists.append(unit, &self.found);
                work.lists.floors[unit] = limit;
                if fresh > 0 {
                    if !self.listed_by.is_empty() {
                        self.know(work.lists, unit);
                    }
                    // Other items of the same household see the new arcs too.
                    for other in self.first_item[unit]..self.first_item[unit + 1] {
                        work.flow.spoil(work.flow.at[other as usize] as usize);
                    }
                }
            }
        }
        work.flow.spoil(position);
        self.relax(work, position);
    }

    /// Fills an empty place that the price pays for, or gives it back, whichever is cheaper.
    pub fn call_in(&mut self, work: &mut Work<'_, '_>, source: usize) {
        self.begin(source);
        while let Some(Reverse((distance, event, at))) = self.heap.pop() {
            let position = at as usize;
            if event == Event::Place {
                self.fall(work, distance);
                work.flow.taken[position] -= 1;
                self.move_along(work, at, true);
                return;
            }
            if self.settled[position] == self.number {
                continue;
            }
            self.settled[position] = self.number;
            self.order.push(at);
            if position != source && work.flow.surplus(position) > 0 {
                self.fall(work, distance);
                self.move_along(work, at, true);
                return;
            }
            let price = work.near.price(position);
            if let Some(last) = (work.flow.taken[position] as usize).checked_sub(1) {
                let place = distance + price - work.places.of(position)[last];
                self.heap.push(Reverse((place, Event::Place, at)));
            }
            self.relax_back(work, position);
        }
    }

    /// Looks along the listed arcs into a manager.
    fn relax_back(&mut self, work: &mut Work<'_, '_>, position: usize) {
        self.know_listings(work.lists, work.places.positions());
        let base = self.distance[position] + work.near.price(position);
        let units = std::mem::take(&mut self.listed_by[position]);
        for &unit in &units {
            let (managers, costs) = work.lists.of(unit as usize);
            let Some(slot) = managers.iter().position(|&manager| manager as usize == position) else { continue };
            for item in self.first_item[unit as usize]..self.first_item[unit as usize + 1] {
                let from = work.flow.at[item as usize] as usize;
                if from != position {
                    let distance = base + costs[slot] - work.flow.own[item as usize] - work.near.price(from);
                    self.reach(from, distance, (position as u32, item));
                }
            }
        }
        self.listed_by[position] = units;
    }

    /// Brings `listed_by` up to date.
    fn know_listings(&mut self, lists: &Lists, positions: usize) {
        if self.listed_by.is_empty() {
            self.listed_by = vec![Vec::new(); positions];
            self.known_arcs = vec![0; lists.units.len()];
            for unit in 0..lists.units.len() {
                self.know(lists, unit);
            }
        }
    }

    /// Notes a unit's arcs that `listed_by` does not know yet.
    fn know(&mut self, lists: &Lists, unit: usize) {
        let managers = lists.of(unit).0;
        for &manager in &managers[self.known_arcs[unit] as usize..] {
            self.listed_by[manager as usize].push(unit as u32);
        }
        self.known_arcs[unit] = managers.len() as u16;
    }

    /// Prices rise where the path came cheaper than its end.
    fn rise(&mut self, work: &mut Work<'_, '_>, end: i64) {
        for &at in &self.order {
            let position = at as usize;
            let price = work.near.price(position) + end - self.distance[position];
            work.near.set_price(position, price);
        }
    }

    fn fall(&mut self, work: &mut Work<'_, '_>, end: i64) {
        for &at in &self.order {
            let position = at as usize;
            let by = end - self.distance[position];
            self.fallen[position] += by;
            work.near.set_price(position, work.near.price(position) - by);
        }
    }

    /// Moves items along the path that ends at a position: towards it, or from it when `back`.
    fn move_along(&mut self, work: &mut Work<'_, '_>, end: u32, back: bool) {
        let mut at = end;
        while self.parent[at as usize].0 != NOWHERE {
            let (before, item) = self.parent[at as usize];
            work.flow.hand_over(work.lists, item, if back { before } else { at });
            at = before;
        }
    }
}
