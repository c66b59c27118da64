//! First states: from nothing, or from somebody else's plan and prices, of which nothing is believed.

use rayon::prelude::*;

use crate::model::decode::DensePrices;
use crate::solve::Control;
use crate::solve::network::change::reflow;
use crate::solve::network::costs::{Amount, NOBODY};
use crate::solve::network::search::Search;
use crate::solve::network::shape::ROOT;
use crate::solve::network::state::State;
use crate::solve::network::supply::OUTSIDE;

/// Items between two looks at the clock.
const ITEMS_A_LOOK: usize = 64;

/// Places every item along shortest paths. `None`: told to stop.
pub fn from_nothing<T: Amount>(state: &mut State<T>, search: &mut Search<T>, control: &Control<'_>) -> Option<()> {
    for item in 0..state.at.len() {
        if item % ITEMS_A_LOOK == 0 && control.expired() {
            return None;
        }
        state.balance[ROOT] -= 1;
        search.place(state, item as u32);
    }
    search.settle(state);
    Some(())
}

/// Starts from a plan (unit by unit the manager, `None` = nobody) and prices of the limits (1/scale seconds). Every item
/// goes where it is cheapest at these prices, its place in the plan when that is as cheap; what is then too many or too
/// few is moved along shortest paths. So the better the start, the less is left to do, and a bad one costs only time.
/// `None`: told to stop.
pub fn from_prices<T: Amount>(
    state: &mut State<T>,
    search: &mut Search<T>,
    plan: &[Option<u32>],
    prices: &DensePrices,
    control: &Control<'_>,
) -> Option<()> {
    price(state, prices);
    let first = state.shape.first_entry;
    let seen: &State<T> = state;
    let cheapest = |item: usize| {
        let hinted = plan.get(seen.items.unit_of[item] as usize).copied().flatten().unwrap_or(NOBODY);
        let mut best = (i64::MAX, true, 0);
        let mut column = 0;
        for part in seen.table.parts(&seen.items, item as u32) {
            for &cost in part {
                if cost.is_some() {
                    let entry = seen.entry(item as u32, column);
                    best = best.min((cost.wide() + seen.potential[first + entry], column as u32 != hinted, entry));
                }
                column += 1;
            }
        }
        best.2
    };
    let entries: Vec<usize> = (0..state.at.len()).into_par_iter().map(cheapest).collect();
    state.forget();
    for (item, &entry) in entries.iter().enumerate() {
        state.put(item as u32, entry);
    }
    balance(state);
    for node in 1..state.balance.len() {
        while state.balance[node] > 0 && search.relieve(state, node) {
            if search.searches.is_multiple_of(ITEMS_A_LOOK as u64) && control.expired() {
                return None;
            }
        }
    }
    search.settle(state);
    Some(())
}

/// Potentials that go with prices of limits.
fn price<T: Amount>(state: &mut State<T>, prices: &DensePrices) {
    let mut own = vec![0; state.shape.nodes()];
    for (node, own) in own.iter_mut().enumerate().skip(1) {
        *own = prices.rows.get(state.shape.row[node] as usize).copied().unwrap_or(0).max(0);
    }
    for (manager, &price) in prices.capacity.iter().enumerate().take(state.shape.nowhere) {
        own[state.shape.manager(manager)] = price.max(0);
    }
    own[state.shape.first_column + state.shape.nowhere] = OUTSIDE;
    // Parents come before their children, but for managers' nodes and groups, which do as well.
    for (node, own) in own.iter().enumerate().skip(1) {
        state.potential[node] = state.potential[state.shape.parent[node] as usize] + own;
    }
}

/// Flows that the potentials allow, from the leaves of the tree up, and what is then out of balance.
fn balance<T: Amount>(state: &mut State<T>) {
    let first = state.shape.first_entry;
    for node in first..state.shape.nodes() {
        state.balance[node] = state.members[node - first].len() as i64;
    }
    state.balance[ROOT] = -(state.at.iter().filter(|&&at| at != NOBODY).count() as i64);
    for node in (1..state.shape.nodes()).rev() {
        let inflow = state.balance[node].max(0);
        let parent = state.shape.parent[node] as usize;
        state.set_flow(node, inflow);
        state.balance[node] -= inflow;
        state.balance[parent] += inflow;
        reflow(state, node);
    }
}
