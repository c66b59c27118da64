//! The knapsack of one site: which customers pay most for its room. Solved exactly: the break ratio gives a bound, the
//! bound fixes most items, and dynamic programming settles the core (Martello and Toth 1990, *Knapsack Problems*,
//! sections 2.2 and 2.9). All numbers are integers, so nothing here is nearly right.

use std::cmp::Ordering;

/// A customer as one site sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it pays, in price units; only positive ones are worth a place.
    pub profit: i64,
    /// Its demand.
    pub weight: i64,
    /// The customer.
    pub who: u32,
}

/// The linear relaxation, scaled so that it is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relaxed {
    /// The break ratio as a fraction, profit over weight; 0 over 1 when everything fits.
    pub ratio: (i64, i64),
    /// `ratio.1` times the bound.
    pub scaled: i64,
}

impl Relaxed {
    /// No packing pays more.
    #[must_use]
    pub fn bound(&self) -> i64 {
        self.scaled / self.ratio.1
    }

    /// What an item is worth beyond its weight at the break ratio, times `ratio.1`: below 0 it is out of the relaxed
    /// packing.
    #[must_use]
    pub fn reduced(&self, item: &Item) -> i64 {
        item.profit * self.ratio.1 - self.ratio.0 * item.weight
    }
}

/// Sorts items of positive profit by profit over weight, the best first, and relaxes.
///
/// The bound is the Lagrangian one at the break ratio (Dantzig 1957), which is valid whatever the order.
pub fn relax(items: &mut [Item], room: i64) -> Relaxed {
    let ratio =
        |a: &Item, b: &Item| -> Ordering { (b.profit * a.weight).cmp(&(a.profit * b.weight)).then(a.who.cmp(&b.who)) };
    let total: i64 = items.iter().map(|item| item.weight).sum();
    if total <= room {
        return Relaxed { ratio: (0, 1), scaled: items.iter().map(|item| item.profit).sum() };
    }
    items.sort_unstable_by(ratio);
    let mut left = room;
    let last = items.iter().find(|item| {
        left -= item.weight;
        left < 0
    });
    let ratio = last.map_or((0, 1), |item| (item.profit, item.weight));
    let mut relaxed = Relaxed { ratio, scaled: ratio.0 * room };
    relaxed.scaled += items.iter().map(|item| relaxed.reduced(item).max(0)).sum::<i64>();
    relaxed
}

/// Memory that solves share.
#[derive(Default)]
pub struct Table {
    best: Vec<i64>,
    taken: Vec<bool>,
    core: Vec<Item>,
}

impl Table {
    /// The best packing's profit; its customers are added to `chosen`. `items` and `relaxed` as [`relax`] left them.
    pub fn solve(&mut self, items: &[Item], room: i64, relaxed: &Relaxed, chosen: &mut Vec<u32>) -> i64 {
        // A first packing: in order, whatever still fits.
        let first = chosen.len();
        let (mut left, mut value) = (room, 0);
        for item in items.iter().filter(|item| item.profit > 0) {
            if item.weight <= left {
                left -= item.weight;
                value += item.profit;
                chosen.push(item.who);
            }
        }
        let slack = relaxed.scaled - value * relaxed.ratio.1;
        if slack < relaxed.ratio.1 {
            return value;
        }
        // An item whose change of side would cost all that could be won stays where the relaxation has it.
        self.core.clear();
        let (mut space, mut sure) = (room, 0);
        for item in items.iter().filter(|item| item.profit > 0) {
            let reduced = relaxed.reduced(item);
            if reduced.abs() < slack {
                self.core.push(*item);
            } else if reduced > 0 {
                space -= item.weight;
                sure += item.profit;
            }
        }
        if space < 0 || self.core.is_empty() {
            return value;
        }
        let width = space as usize + 1;
        self.best.clear();
        self.best.resize(width, 0);
        self.taken.clear();
        self.taken.resize(width * self.core.len(), false);
        for (item, row) in self.core.iter().zip(self.taken.chunks_exact_mut(width)) {
            let weight = item.weight as usize;
            if item.weight > space {
                continue;
            }
            for at in (weight..width).rev() {
                let with = self.best[at - weight] + item.profit;
                if with > self.best[at] {
                    self.best[at] = with;
                    row[at] = true;
                }
            }
        }
        let best = sure + self.best[width - 1];
        if best <= value {
            return value;
        }
        chosen.truncate(first);
        chosen
            .extend(items.iter().filter(|item| item.profit > 0 && relaxed.reduced(item) >= slack).map(|each| each.who));
        let mut at = width - 1;
        for (item, row) in self.core.iter().zip(self.taken.chunks_exact(width)).rev() {
            if row[at] {
                at -= item.weight as usize;
                chosen.push(item.who);
            }
        }
        best
    }
}

/// The best packing's profit with each item forced in and with it forced out, for all items, also those of no profit;
/// `None` in place of the first when the item alone does not fit.
///
/// Prefix and suffix tables meet at every item of positive profit: such items times room operations (after Pisinger 1999,
/// section 3).
#[must_use]
pub fn flips(items: &[Item], room: i64) -> Vec<(Option<i64>, i64)> {
    let width = room as usize + 1;
    let paying: Vec<&Item> = items.iter().filter(|item| item.profit > 0 && item.weight <= room).collect();
    let add = |item: &Item, before: &[i64], after: &mut [i64]| {
        after.copy_from_slice(before);
        for (with, without) in after[item.weight as usize..].iter_mut().zip(before) {
            *with = (*with).max(without + item.profit);
        }
    };
    let mut suffix = vec![0; width * (paying.len() + 1)];
    for (at, item) in paying.iter().enumerate().rev() {
        let (before, after) = suffix.split_at_mut(width * (at + 1));
        add(item, &after[..width], &mut before[width * at..]);
    }
    let all = &suffix[..width];
    let (mut prefix, mut next) = (vec![0; width], vec![0; width]);
    let best = |prefix: &[i64], suffix: &[i64], room: usize| {
        prefix[..=room].iter().zip(suffix[..=room].iter().rev()).map(|(a, b)| a + b).max().unwrap_or(0)
    };
    let mut found = Vec::with_capacity(items.len());
    let mut at = 0;
    for item in items {
        if item.weight > room {
            found.push((None, all[width - 1]));
            continue;
        }
        let rest = (room - item.weight) as usize;
        if item.profit <= 0 {
            found.push((Some(item.profit + all[rest]), all[width - 1]));
            continue;
        }
        at += 1;
        let behind = &suffix[width * at..width * (at + 1)];
        found.push((Some(item.profit + best(&prefix, behind, rest)), best(&prefix, behind, width - 1)));
        add(item, &prefix, &mut next);
        std::mem::swap(&mut prefix, &mut next);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Item, Table, flips, relax};

    /// Best profit by trying every subset that holds `with` and avoids `without`.
    fn enumerate(items: &[Item], room: i64, with: u32, without: u32) -> Option<i64> {
        (0..1_u32 << items.len())
            .filter(|set| set & with == with && set & without == 0)
            .filter_map(|set| {
                let inside = || items.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
                let weight: i64 = inside().map(|(_, item)| item.weight).sum();
                (weight <= room).then(|| inside().map(|(_, item)| item.profit).sum())
            })
            .max()
    }

    #[test]
    fn agrees_with_every_subset() {
        let mut state = 7_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut table = Table::default();
        for round in 0..400 {
            let count = 1 + round % 9;
            let mut items: Vec<Item> = (0..count)
                .map(|who| Item { profit: next(40) as i64 - 5, weight: next(12) as i64, who: who as u32 })
                .collect();
            let room = next(40) as i64;
            let all = enumerate(&items, room, 0, 0).unwrap_or(i64::MIN);
            for (at, (within, out)) in flips(&items, room).into_iter().enumerate() {
                assert_eq!(within, enumerate(&items, room, 1 << at, 0));
                assert_eq!(Some(out), enumerate(&items, room, 0, 1 << at));
            }
            items.retain(|item| item.profit > 0 && item.weight <= room);
            let relaxed = relax(&mut items, room);
            assert!(relaxed.bound() >= all);
            let mut chosen = Vec::new();
            assert_eq!(table.solve(&items, room, &relaxed, &mut chosen), all);
            let packed = || items.iter().filter(|item| chosen.contains(&item.who));
            assert_eq!(packed().count(), chosen.len());
            assert_eq!(packed().map(|item| item.profit).sum::<i64>(), all);
            assert!(packed().map(|item| item.weight).sum::<i64>() <= room);
        }
    }
}
