//! Who is where, and the cheapest listed handover from every manager to every other.
//!
//! A small caseload's handovers are found anew when it has changed. Those of a large one (hundreds of members a manager,
//! as telephone programs have) are kept up to date move by move: they wait in queues, one for every other manager, and
//! whoever has left is dropped when it comes up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::solve::network::sparse::lists::Lists;
use crate::solve::network::sparse::near::Near;
use crate::solve::network::sparse::places::Places;

/// Items of a manager from which on its handovers are queued. Measured: below it looking at all anew is as quick, and needs
/// no memory.
const MANY: usize = 160;

/// Changes of cost and items, the cheapest on top; ties by item.
type Queue = BinaryHeap<Reverse<(i64, u32)>>;

/// The cheapest change of cost when somebody of a manager goes to `to`.
#[derive(Clone, Copy, Debug)]
pub struct Handover {
    /// Position.
    pub to: u32,
    /// Who.
    pub item: u32,
    /// Change of cost, without prices.
    pub change: i64,
}

/// The handovers of one manager.
#[derive(Default)]
pub struct Row {
    fresh: bool,
    /// One for every position that is listed by somebody here.
    pub handovers: Vec<Handover>,
    /// Every handover that is not listed costs at least this plus the other's price.
    pub floor: i64,
    /// Of a large caseload: for every handover all that go there, and some that have left. Empty otherwise.
    queues: Vec<Queue>,
}

impl Row {
    /// Up to date, and to be kept so?
    fn is_queued(&self) -> bool {
        self.fresh && !self.queues.is_empty()
    }
}

/// A plan that may overfill managers, and the places taken at the present prices. Every item is on its cheapest listed
/// arc, prices included; `places taken` of each manager fits its price.
pub struct Flow {
    /// Item -> engine's unit.
    pub unit_of: Vec<u32>,
    /// Item -> position.
    pub at: Vec<u32>,
    /// Item -> cost of its arc.
    pub own: Vec<i64>,
    /// Position -> its items.
    pub items: Vec<Vec<u32>>,
    /// Position -> places taken.
    pub taken: Vec<u32>,
    rows: Vec<Row>,
    /// For building a row: where each position stands in it, valid when its stamp is the row's.
    slots: Vec<(u32, u32)>,
    stamp: u32,
}

impl Flow {
    /// Puts every item on its cheapest listed arc. `None`: somebody has no arc at all; its unit.
    ///
    /// # Errors
    /// See above.
    pub fn new(near: &Near<'_>, lists: &Lists, places: &Places, unit_of: Vec<u32>) -> Result<Self, usize> {
        let positions = places.positions();
        let mut flow = Self {
            at: vec![0; unit_of.len()],
            own: vec![0; unit_of.len()],
            items: vec![Vec::new(); positions],
            taken: vec![0; positions],
            rows: (0..positions).map(|_| Row::default()).collect(),
            slots: vec![(0, 0); positions],
            stamp: 0,
            unit_of,
        };
        for item in 0..flow.unit_of.len() {
            let unit = flow.unit_of[item] as usize;
            let (position, cost) = cheapest(near, lists, unit).ok_or(unit)?;
            (flow.at[item], flow.own[item]) = (position, cost);
            flow.items[position as usize].push(item as u32);
        }
        (0..positions).for_each(|position| flow.fit(near, places, position));
        Ok(flow)
    }

    /// Takes as many places as there are items, within what the price allows.
    pub fn fit(&mut self, near: &Near<'_>, places: &Places, position: usize) {
        let (least, most) = places.taken(position, near.price(position));
        self.taken[position] = self.items[position].len().clamp(least, most) as u32;
    }

    /// Items beyond the places taken (or, below 0, places without an item).
    #[must_use]
    pub fn surplus(&self, position: usize) -> i64 {
        self.items[position].len() as i64 - i64::from(self.taken[position])
    }

    /// Price of an item: cost of its arc plus the price of its place.
    #[must_use]
    pub fn value(&self, near: &Near<'_>, item: usize) -> i64 {
        self.own[item] + near.price(self.at[item] as usize)
    }

    /// Moves an item along a listed arc.
    pub fn hand_over(&mut self, lists: &Lists, item: u32, to: u32) {
        let from = self.at[item as usize];
        if let Some(place) = self.items[from as usize].iter().position(|&other| other == item) {
            self.items[from as usize].swap_remove(place);
        }
        let (managers, costs) = lists.of(self.unit_of[item as usize] as usize);
        if let Some(slot) = managers.iter().position(|&manager| manager == to) {
            (self.at[item as usize], self.own[item as usize]) = (to, costs[slot]);
        }
        self.items[to as usize].push(item);
        self.leave(item, from);
        self.arrive(lists, item, to);
    }

    /// Brings a row up to date after an item has left: where it came first, the next one does.
    fn leave(&mut self, item: u32, from: u32) {
        let row = &mut self.rows[from as usize];
        if !row.is_queued() {
            row.fresh = false;
            return;
        }
        // The floor stays where it was: too low does no harm, the lists are only looked at a little early.
        let mut slot = 0;
        while slot < row.handovers.len() {
            if row.handovers[slot].item == item {
                let queue = &mut row.queues[slot];
                while queue.peek().is_some_and(|&Reverse((_, first))| self.at[first as usize] != from) {
                    queue.pop();
                }
                let Some(&Reverse((change, first))) = queue.peek() else {
                    row.handovers.swap_remove(slot);
                    row.queues.swap_remove(slot);
                    continue;
                };
                (row.handovers[slot].item, row.handovers[slot].change) = (first, change);
            }
            slot += 1;
        }
        // Without a queue it counts as a small one, to be found anew.
        row.fresh = !row.queues.is_empty();
    }

    /// Brings a row up to date after an item has come.
    fn arrive(&mut self, lists: &Lists, item: u32, to: u32) {
        if !self.rows[to as usize].is_queued() {
            self.rows[to as usize].fresh = false;
            return;
        }
        self.stamp += 1;
        for (at, handover) in self.rows[to as usize].handovers.iter().enumerate() {
            self.slots[handover.to as usize] = (self.stamp, at as u32);
        }
        self.merge::<true>(lists, item, to);
    }

    /// A manager's handovers are to be looked at anew.
    pub fn spoil(&mut self, position: usize) {
        self.rows[position].fresh = false;
    }

    /// The handovers of a manager, brought up to date.
    pub fn row(&mut self, lists: &Lists, position: usize) -> &Row {
        if !self.rows[position].fresh {
            self.build(lists, position);
        }
        &self.rows[position]
    }

    /// The same, known to be up to date.
    #[must_use]
    pub fn fresh_row(&self, position: usize) -> &Row {
        &self.rows[position]
    }

    fn build(&mut self, lists: &Lists, position: usize) {
        self.stamp += 1;
        let row = &mut self.rows[position];
        row.fresh = true;
        row.handovers.clear();
        row.queues.clear();
        row.floor = i64::MAX;
        let is_queued = self.items[position].len() >= MANY;
        for at in 0..self.items[position].len() {
            let item = self.items[position][at];
            if is_queued {
                self.merge::<true>(lists, item, position as u32);
            } else {
                self.merge::<false>(lists, item, position as u32);
            }
        }
    }

    /// Takes an item's handovers into the row of the position it is at, whose slots bear the present stamp.
    fn merge<const QUEUED: bool>(&mut self, lists: &Lists, item: u32, position: u32) {
        let (unit, own) = (self.unit_of[item as usize] as usize, self.own[item as usize]);
        let row = &mut self.rows[position as usize];
        row.floor = row.floor.min(lists.floors[unit] - own);
        let (managers, costs) = lists.of(unit);
        for (&to, &cost) in managers.iter().zip(costs) {
            if to == position {
                continue;
            }
            let change = cost - own;
            let slot = &mut self.slots[to as usize];
            if slot.0 == self.stamp {
                let known = &mut row.handovers[slot.1 as usize];
                if change < known.change {
                    (known.item, known.change) = (item, change);
                }
            } else {
                *slot = (self.stamp, row.handovers.len() as u32);
                row.handovers.push(Handover { to, item, change });
                if QUEUED {
                    row.queues.push(Queue::new());
                }
            }
            if QUEUED {
                row.queues[slot.1 as usize].push(Reverse((change, item)));
            }
        }
    }
}

/// The cheapest listed arc of a unit, prices included.
#[must_use]
pub fn cheapest(near: &Near<'_>, lists: &Lists, unit: usize) -> Option<(u32, i64)> {
    let (managers, costs) = lists.of(unit);
    let prices = near.prices();
    let arcs = managers.iter().zip(costs);
    let best = arcs.min_by_key(|&(&manager, &cost)| (cost + prices[manager as usize], manager))?;
    Some((*best.0, *best.1))
}
