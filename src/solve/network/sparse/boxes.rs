//! Managers in boxes within boxes, sixteen to a block: every manager whose cost plus price lies below a limit is found
//! without looking at the others.

use crate::model::geography::{Floor, Leg};

/// Entries of a block.
const WIDTH: usize = 16;
/// The price of an entry that stands for nobody.
const NOBODY: i64 = 1 << 58;
/// Rounding of a sum of legs in `f32`, relative.
const SLIP: f32 = 2e-6;

/// Sixteen boxes (in the lowest level: managers), coordinate by coordinate, so that they are bounded side by side.
#[derive(Clone)]
struct Block {
    low: [[f32; WIDTH]; 3],
    high: [[f32; WIDTH]; 3],
    /// Least price in each.
    price: [i64; WIDTH],
    /// Marks of anybody in each.
    marks: [u64; WIDTH],
}

impl Block {
    const EMPTY: Self =
        Self { low: [[0.0; WIDTH]; 3], high: [[0.0; WIDTH]; 3], price: [NOBODY; WIDTH], marks: [0; WIDTH] };
}

/// The tree. Managers are known by their position in its order, in which neighbours stand together.
#[derive(Clone)]
pub struct Boxes {
    /// From the managers up to a single block.
    levels: Vec<Vec<Block>>,
}

/// A manager's place and marks.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The caller's number for it.
    pub id: u32,
    /// On the unit sphere.
    pub point: [f32; 3],
    /// What it has.
    pub marks: u64,
}

/// What a search looks for.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The unit's legs.
    pub legs: &'a [Leg],
    /// What its arcs cost besides.
    pub floor: &'a Floor,
    /// Arc costs count so many times.
    pub share: i64,
}

impl Boxes {
    /// Sorts sites so that neighbours stand together (k-d order: halves along the longer side; Bentley 1975) and builds
    /// the tree over them, all prices 0. Position k of the tree is `sites[k]` afterwards.
    #[must_use]
    pub fn new(sites: &mut [Site]) -> Self {
        order(sites);
        let mut lowest = vec![Block::EMPTY; sites.len().div_ceil(WIDTH).max(1)];
        for (at, site) in sites.iter().enumerate() {
            let (block, entry) = (&mut lowest[at / WIDTH], at % WIDTH);
            for axis in 0..3 {
                block.low[axis][entry] = site.point[axis];
                block.high[axis][entry] = site.point[axis];
            }
            (block.price[entry], block.marks[entry]) = (0, site.marks);
        }
        let mut levels = vec![lowest];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below.chunks(WIDTH).map(summary).collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// Sets a price.
    pub fn set_price(&mut self, position: usize, price: i64) {
        let mut at = position;
        let mut least = price;
        for level in &mut self.levels {
            let block = &mut level[at / WIDTH];
            let before = block.price.iter().copied().fold(NOBODY, i64::min);
            block.price[at % WIDTH] = least;
            least = block.price.iter().copied().fold(NOBODY, i64::min);
            if least == before {
                return;
            }
            at /= WIDTH;
        }
    }

    /// Calls `visit` with every position whose cost plus price may lie below the limit; `visit` returns the limit from
    /// then on, which may only fall. Nearer boxes come first.
    pub fn below(&self, wanted: &Wanted<'_>, limit: i64, visit: &mut impl FnMut(usize) -> i64) {
        self.descend(self.levels.len() - 1, 0, wanted, limit, visit);
    }

    fn descend(
        &self,
        level: usize,
        at: usize,
        wanted: &Wanted<'_>,
        mut limit: i64,
        visit: &mut impl FnMut(usize) -> i64,
    ) -> i64 {
        let block = &self.levels[level][at];
        let mut floors = [0_i64; WIDTH];
        let mut open = floors_of(block, wanted, limit, &mut floors);
        while open != 0 {
            let next = nearest(open, &floors);
            open &= !(1 << next);
            if floors[next] >= limit {
                break;
            }
            let child = at * WIDTH + next;
            limit = if level == 0 { visit(child) } else { self.descend(level - 1, child, wanted, limit, visit) };
        }
        limit
    }
}

/// Which entries (bit by bit) may lie below the limit, and their least cost plus price.
fn floors_of(block: &Block, wanted: &Wanted<'_>, limit: i64, floors: &mut [i64; WIDTH]) -> u32 {
    let mut far = [0.0_f32; WIDTH];
    let mut beyond = 0_u32;
    for (number, leg) in wanted.legs.iter().enumerate() {
        let mut square = [0.0_f32; WIDTH];
        for axis in 0..3 {
            let (low, high, here) = (&block.low[axis], &block.high[axis], leg.point[axis]);
            for entry in 0..WIDTH {
                let before = low[entry] - here;
                let behind = here - high[entry];
                let outside = if before > behind { before } else { behind };
                let outside = if outside > 0.0 { outside } else { 0.0 };
                square[entry] += outside * outside;
            }
        }
        for entry in 0..WIDTH {
            far[entry] += leg.weight * square[entry].sqrt();
        }
        if number == 0 && wanted.floor.reach < f32::INFINITY {
            let reach = wanted.floor.reach * wanted.floor.reach;
            beyond = (0..WIDTH).fold(0, |all, entry| all | (u32::from(square[entry] > reach) << entry));
        }
    }
    let floor = wanted.floor;
    let fixed = floor.fixed + floor.placed;
    let mut open = 0_u32;
    for entry in 0..WIDTH {
        let price = block.price[entry];
        // Most are ruled out by where they are.
        let driving = (far[entry] * (1.0 - SLIP)) as i64;
        let mut cost = fixed + driving;
        let marks = block.marks[entry];
        if floor.wanted != 0 && marks & floor.wanted == 0 {
            cost += floor.without;
        }
        let least = cost.wrapping_mul(wanted.share).wrapping_add(price);
        floors[entry] = least;
        let possible = least < limit && (floor.needed == 0 || marks & floor.needed != 0);
        open |= u32::from(possible) << entry;
    }
    open & !beyond
}

fn nearest(mut open: u32, floors: &[i64; WIDTH]) -> usize {
    let mut best = open.trailing_zeros() as usize;
    open &= open - 1;
    while open != 0 {
        let entry = open.trailing_zeros() as usize;
        if floors[entry] < floors[best] {
            best = entry;
        }
        open &= open - 1;
    }
    best
}

/// A block of boxes, each around one block below.
fn summary(below: &[Block]) -> Block {
    let mut block = Block::EMPTY;
    for (entry, inner) in below.iter().enumerate() {
        let somebody = |at: &usize| inner.price[*at] != NOBODY;
        for axis in 0..3 {
            let low = (0..WIDTH).filter(somebody).map(|at| inner.low[axis][at]);
            let high = (0..WIDTH).filter(somebody).map(|at| inner.high[axis][at]);
            block.low[axis][entry] = low.fold(f32::INFINITY, f32::min);
            block.high[axis][entry] = high.fold(f32::NEG_INFINITY, f32::max);
        }
        block.price[entry] = inner.price.iter().copied().fold(NOBODY, i64::min);
        block.marks[entry] = inner.marks.iter().fold(0, |all, marks| all | marks);
    }
    block
}

/// Halves along the longer side, at a multiple of the largest block that both halves can fill.
fn order(sites: &mut [Site]) {
    if sites.len() <= WIDTH {
        return;
    }
    let spread = |axis: usize| {
        let of = sites.iter().map(|site| site.point[axis]);
        of.clone().fold(f32::NEG_INFINITY, f32::max) - of.fold(f32::INFINITY, f32::min)
    };
    let axis = (0..3).max_by(|&a, &b| spread(a).total_cmp(&spread(b))).unwrap_or(0);
    let mut whole = WIDTH;
    while whole * WIDTH < sites.len() {
        whole *= WIDTH;
    }
    let middle = (sites.len() / 2).div_ceil(whole) * whole;
    let along = |a: &Site, b: &Site| a.point[axis].total_cmp(&b.point[axis]).then(a.id.cmp(&b.id));
    sites.select_nth_unstable_by(middle - 1, along);
    let (left, right) = sites.split_at_mut(middle);
    order(left);
    order(right);
}
