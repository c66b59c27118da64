//! Changes of a solved problem, each solved again exactly from where it was: the data change, flows are set to what the
//! potentials say, and shortest paths move the few items too many or too few (Ahuja, Magnanti, Orlin 1993, section 9.11).

use std::sync::Arc;

use crate::solve::network::costs::{Amount, NOBODY, scaled};
use crate::solve::network::search::Search;
use crate::solve::network::shape::ROOT;
use crate::solve::network::state::State;
use crate::solve::network::supply::Supply;

/// A change. Managers are named by their column: those of the problem first, then being unserved when that is a choice,
/// then one that stands for nobody, then managers hired since, in that order. Costs are seconds a year; costs of a
/// unit are of all its members together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A manager's places: so many, at these costs, never falling. None = the manager leaves.
    Places {
        /// Whose.
        manager: usize,
        /// Of the first, second, ... place.
        places: Vec<i64>,
    },
    /// A manager is hired: becomes the next column. Everybody is new there.
    Hire {
        /// Of every unit, [`crate::model::problem::NOT_ALLOWED`] where the pair may not be.
        costs: Vec<i64>,
        /// Of the first, second, ... place.
        places: Vec<i64>,
        /// The row of the smallest group that the manager belongs to.
        group: Option<usize>,
    },
    /// A pair's cost changes; [`crate::model::problem::NOT_ALLOWED`] forbids it.
    Pair {
        /// Which unit.
        unit: usize,
        /// Which manager.
        manager: usize,
        /// From now on.
        cost: i64,
    },
    /// A unit may go to this manager only, at the present cost.
    Pin {
        /// Which unit.
        unit: usize,
        /// The one.
        manager: usize,
    },
    /// A unit's costs with every manager change: a new weight, another home, a decision taken back.
    Costs {
        /// Which unit.
        unit: usize,
        /// Of every column but the one that stands for nobody, whose entry is not read.
        costs: Vec<i64>,
    },
    /// A unit joins, and becomes the last.
    Enrol {
        /// Its members; must divide the scale of the problem's sizes.
        size: u32,
        /// Its members by present manager, sorted.
        present: Vec<(u32, u32)>,
        /// As for [`Change::Costs`].
        costs: Vec<i64>,
    },
    /// A unit leaves the program.
    Leave {
        /// Which.
        unit: usize,
    },
    /// The limit of a row of the problem (receive limit or group) changes.
    Limit {
        /// Which row.
        row: usize,
        /// At most, from now on.
        limit: i64,
    },
}

/// A change that was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No such unit, manager, column or row; or a unit that left.
    #[error("the change names something that is not there")]
    Unknown,
    /// Costs out of the range of the table, place costs that fall, or a negative limit.
    #[error("the change's numbers are out of range")]
    Range,
    /// The unit's size does not divide the scale of the costs.
    #[error("a unit of this size needs another scale of costs")]
    Size,
}

/// Makes the change and solves again.
///
/// # Errors
/// Nothing has changed then.
pub fn apply<T: Amount>(state: &mut State<T>, search: &mut Search<T>, change: &Change) -> Result<(), Refused> {
    match change {
        Change::Places { manager, places } => {
            let supply = supply(state, places)?;
            let node = column(state, *manager).map(|manager| state.shape.manager(manager))?;
            lower(state, *manager);
            resupply(state, search, node, supply);
        }
        Change::Hire { costs, places, group } => hire(state, search, costs, places, *group)?,
        Change::Pair { unit, manager, cost } => {
            let share = share(state, *unit)?;
            let manager = column(state, *manager)?;
            let cost = scaled::<T>(*cost, share).ok_or(Refused::Range)?;
            reprice_unit(state, search, *unit, |_, row| row[manager] = cost);
        }
        Change::Pin { unit, manager } => {
            share(state, *unit)?;
            let manager = column(state, *manager)?;
            let nowhere = state.shape.nowhere;
            reprice_unit(state, search, *unit, |_, row| {
                let others = |&(column, _): &(usize, &mut T)| column != manager && column != nowhere;
                row.iter_mut().enumerate().filter(others).for_each(|(_, cost)| *cost = T::NONE);
            });
        }
        Change::Costs { unit, costs } => {
            let row = row(state, costs, share(state, *unit)?)?;
            reprice_unit(state, search, *unit, |_, old| old.copy_from_slice(&row));
        }
        Change::Enrol { size, present, costs } => {
            enrol(state, search, *size, present, costs)?;
        }
        Change::Leave { unit } => {
            share(state, *unit)?;
            for item in state.items.of(*unit) {
                let node = state.at[item] as usize + state.shape.first_entry;
                state.take(item as u32);
                state.balance[node] -= 1;
                state.balance[ROOT] += 1;
                search.settle(state);
            }
        }
        Change::Limit { row, limit } => {
            if *limit < 0 {
                return Err(Refused::Range);
            }
            let node = state.shape.row.iter().position(|&at| at as usize == *row).ok_or(Refused::Unknown)?;
            resupply(state, search, node, Supply::Limit(*limit));
        }
    }
    Ok(())
}

/// A manager's column.
fn column<T: Amount>(state: &State<T>, manager: usize) -> Result<usize, Refused> {
    let is_manager = manager < state.table.columns() && manager != state.shape.nowhere;
    is_manager.then_some(manager).ok_or(Refused::Unknown)
}

/// By what a unit's costs are multiplied to be those of an item.
fn share<T: Amount>(state: &State<T>, unit: usize) -> Result<i64, Refused> {
    if unit >= state.items.units() {
        return Err(Refused::Unknown);
    }
    let items = state.items.of(unit);
    let there = state.at[items.start] != NOBODY;
    there.then(|| state.items.scale / items.len() as i64).ok_or(Refused::Unknown)
}

fn supply<T: Amount>(state: &State<T>, places: &[i64]) -> Result<Supply, Refused> {
    let scale = state.items.scale;
    let rises = places.is_sorted() && places.first().is_none_or(|&first| first >= 0);
    let fits = places.last().is_none_or(|&last| last.checked_mul(scale).is_some_and(|last| last <= i64::LIMIT));
    if !(rises && fits) {
        return Err(Refused::Range);
    }
    Ok(Supply::places(places.iter().map(|&cost| cost * scale).collect()))
}

fn row<T: Amount>(state: &State<T>, costs: &[i64], share: i64) -> Result<Vec<T>, Refused> {
    if costs.len() != state.table.columns() {
        return Err(Refused::Unknown);
    }
    let of = |(column, &cost): (usize, &i64)| {
        if column == state.shape.nowhere { Some(T::narrow(0)) } else { scaled(cost, share) }
    };
    costs.iter().enumerate().map(of).collect::<Option<Vec<T>>>().ok_or(Refused::Range)
}

/// Gives a node another way up, sets its flow to what the potentials say, and balances.
fn resupply<T: Amount>(state: &mut State<T>, search: &mut Search<T>, node: usize, supply: Supply) {
    state.set_supply(node, supply);
    reflow(state, node);
    search.settle(state);
}

/// A manager without members may stand at a price far above what anybody would pay. Lowered to where the first would
/// come, it fills place by place, not from all places back.
fn lower<T: Amount>(state: &mut State<T>, manager: usize) {
    let (shape, node) = (&state.shape, state.shape.manager(manager));
    if state.flow[node] > 0 || node != shape.first_column + manager {
        return;
    }
    let gain = |item: usize| {
        let cost = state.table.cost(&state.items, item as u32, manager);
        (state.at[item] != NOBODY && cost.is_some()).then(|| state.value(item as u32) - cost.wide())
    };
    let above = state.potential[shape.parent[node] as usize];
    let least = (0..state.at.len()).filter_map(gain).max().map_or(above, |best| best.max(above));
    if least < state.potential[node] {
        state.potential[node] = least;
    }
}

/// The flow nearest to the present one that the potentials allow.
pub fn reflow<T: Amount>(state: &mut State<T>, node: usize) {
    let parent = state.shape.parent[node] as usize;
    let price = state.potential[node] - state.potential[parent];
    let before = state.flow[node];
    while state.flow[node] > 0 && state.last[node] > price {
        state.set_flow(node, state.flow[node] - 1);
    }
    while state.next[node] < price {
        state.set_flow(node, state.flow[node] + 1);
    }
    let change = state.flow[node] - before;
    state.balance[node] -= change;
    state.balance[parent] += change;
}

fn hire<T: Amount>(
    state: &mut State<T>,
    search: &mut Search<T>,
    costs: &[i64],
    places: &[i64],
    group: Option<usize>,
) -> Result<(), Refused> {
    let supply = supply(state, places)?;
    let parent = match group {
        None => ROOT,
        Some(row) => {
            let first = state.shape.first_entry;
            state.shape.row[..first].iter().position(|&at| at as usize == row).ok_or(Refused::Unknown)?
        }
    };
    if costs.len() != state.items.units() {
        return Err(Refused::Unknown);
    }
    let items = state.items.clone();
    let of = |unit: usize| scaled::<T>(costs[unit], items.scale / items.of(unit).len() as i64);
    let column = (0..items.units()).map(of).collect::<Option<Vec<T>>>().ok_or(Refused::Range)?;
    let node = state.add_column(parent, supply, &|item| column[items.unit_of[item as usize] as usize]);
    // The price at which nobody would rather be there: then as low as its places make it.
    let gain = |item: u32| {
        let cost = column[items.unit_of[item as usize] as usize];
        (state.at[item as usize] != NOBODY && cost.is_some()).then(|| state.value(item) - cost.wide())
    };
    let best = (0..state.at.len() as u32).filter_map(gain).max();
    state.potential[node] = best.map_or(state.potential[parent], |best| best.max(state.potential[parent]));
    reflow(state, node);
    search.settle(state);
    Ok(())
}

/// Changes the costs of a unit's items, one after the other: only ever one place is missing its item.
pub fn reprice_unit<T: Amount>(
    state: &mut State<T>,
    search: &mut Search<T>,
    unit: usize,
    change: impl Fn(u32, &mut Vec<T>),
) {
    for item in state.items.of(unit) {
        let item = item as u32;
        let mut row = state.table.row(&state.items, item);
        change(item, &mut row);
        rerow(state, search, item, row);
    }
}

/// Gives an item another row of costs and places it again.
pub fn rerow<T: Amount>(state: &mut State<T>, search: &mut Search<T>, item: u32, row: Vec<T>) {
    let entry = state.at[item as usize] as usize;
    let node = entry + state.shape.first_entry;
    state.take(item);
    state.table.set_row(item, Arc::new(row));
    state.balance[node] -= 1;
    search.place(state, item);
    search.settle(state);
}

fn enrol<T: Amount>(
    state: &mut State<T>,
    search: &mut Search<T>,
    size: u32,
    present: &[(u32, u32)],
    costs: &[i64],
) -> Result<(), Refused> {
    if size == 0 || state.items.scale % i64::from(size) != 0 {
        return Err(Refused::Size);
    }
    let known = present.iter().all(|&(manager, _)| (manager as usize) < state.shape.nowhere);
    let counted: u64 = present.iter().map(|&(_, count)| u64::from(count)).sum();
    if !known || counted > u64::from(size) || !present.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(Refused::Unknown);
    }
    let row = Arc::new(row::<T>(state, costs, state.items.scale / i64::from(size))?);
    let unit = state.add_unit(size, present);
    for item in state.items.of(unit) {
        state.table.set_row(item as u32, row.clone());
        state.balance[ROOT] -= 1;
        search.place(state, item as u32);
        search.settle(state);
    }
    Ok(())
}
