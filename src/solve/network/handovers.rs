//! Rows of handovers: what it costs to hand the cheapest item of one entry to every other entry.

use crate::solve::network::costs::{Amount, Items, NOBODY, Table};
use crate::solve::network::shape::Shape;

/// The cheapest change of cost for every entry when one item of this one goes there, and which item.
#[derive(Clone, Debug)]
pub struct Handovers<T> {
    /// By entry.
    pub change: Vec<T>,
    /// By entry.
    pub item: Vec<u32>,
}

/// Offers an item to every entry of a row of handovers; the earlier offer wins ties.
pub fn offer<T: Amount>(row: &mut Handovers<T>, table: &Table<T>, items: &Items, shape: &Shape, item: u32, own: T) {
    let shift = shape.first_column - shape.first_entry;
    // Its present manager it enters behind the entrance: that one entry is put right afterwards.
    let inside = shape.behind.get(items.present[item as usize] as usize).filter(|&&node| node != NOBODY);
    let entrance = shift + items.present[item as usize] as usize % shape.behind.len();
    let kept = (row.change[entrance], row.item[entrance]);
    let mut first = shift;
    for part in table.parts(items, item) {
        let to = first..first + part.len();
        for ((best, holder), &cost) in row.change[to.clone()].iter_mut().zip(&mut row.item[to.clone()]).zip(part) {
            let change = cost.minus(own);
            let better = change < *best;
            *best = if better { change } else { *best };
            *holder = if better { item } else { *holder };
        }
        first = to.end;
    }
    if let Some(&inside) = inside {
        (row.change[entrance], row.item[entrance]) = kept;
        let inside = inside as usize - shape.first_entry;
        let change = table.cost(items, item, entrance - shift).minus(own);
        if change < row.change[inside] {
            (row.change[inside], row.item[inside]) = (change, item);
        }
    }
}
