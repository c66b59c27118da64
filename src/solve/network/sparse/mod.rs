//! The transportation problem over all pairs without storing them: prices from an auction on short lists, an exact
//! finish by shortest paths on managers, and a check of every member against every manager that doubles as column
//! generation. Exact integers decide everywhere; what is guessed (lists, auction) only decides how long it takes.
//!
//! Households are split here: every member is an item of its own at an even share of the household's cost.

mod auction;
mod boxes;
mod flow;
mod households;
mod lists;
mod near;
mod places;
mod rounding;
mod search;
mod short;

use rayon::prelude::*;

use crate::model::decode::{DensePrices, DenseProof};
use crate::model::problem::{NOT_ALLOWED, Problem};
use crate::solve::lagrangian::{no_prices, whole};
use crate::solve::{Control, Outcome, Status};
use auction::Auction;
use flow::Flow;
use lists::Lists;
use near::{ABSENT, Arc, Near};
use places::Places;
use rounding::whole_units;
use search::{Search, Work};
use short::Plain;

/// Steps of the auction, in seconds: coarse ones first, the last fine enough to leave little to the exact part. Measured
/// on rosters of 10,000 to 1,000,000 members; they change the time it takes, not the result.
const STEPS: [i64; 3] = [600, 60, 10];
/// How far above a member's best arc the lists of the auction reach, in seconds.
const MARGIN: i64 = 20_000;
/// Prices are lowered by so many seconds before the exact part: an item too many is handed on quickly, an empty place
/// that a price holds is filled slowly.
const BIAS: i64 = 30;
/// Present managers a unit may have for its list to hold them all.
const PRESENT: usize = lists::FIRST / 2;
/// Bids per item after which a stage of the auction ends: many times what it needs, unless there are too few places.
const PATIENCE: usize = 60;
/// Bids per item (2 to 3 are usual) after which the first stage asks whether there are too few places.
const DOUBT: usize = 8;
/// Searches between two looks at the clock.
const A_LOOK: usize = 256;

/// The relaxation that splits households, solved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relaxed {
    /// Prices and costs are in 1/scale seconds: the least common multiple of the units' sizes.
    pub scale: i64,
    /// The manager of every member, unit after unit; one past the last manager = unserved.
    pub at: Vec<u32>,
    /// No household is split.
    pub is_plan: bool,
    /// Unit by unit the manager (`None` = unserved, or no place found): split households are put where they fit.
    pub plan: Vec<Option<u32>>,
    /// Manager by manager, the price of a place.
    pub prices: Vec<i64>,
    /// What it costs and, since it is optimal, the bound of the prices; in 1/scale seconds.
    pub cost: i128,
}

impl Relaxed {
    /// The plan as an engine's answer. Where households were split and put where they fit, it has a gap.
    #[must_use]
    pub fn outcome(mut self, problem: &Problem<'_>, control: &Control<'_>) -> Outcome {
        let bound = whole(self.cost, self.scale);
        if !self.is_plan
            && let Some(plan) = households::placed_first(problem, &self, control)
        {
            let (known, new) = (rounding::cost(problem, &self.plan), rounding::cost(problem, &plan));
            if new.is_some_and(|new| known.is_none_or(|known| new < known)) {
                self.plan = plan;
            }
        }
        let proof = DenseProof::Prices(DensePrices { capacity: self.prices, ..no_prices(problem) });
        let cost = rounding::cost(problem, &self.plan);
        let status = match cost {
            Some(cost) if cost == bound => Status::Optimal,
            Some(cost) if (cost - bound) as f64 <= control.gap * cost as f64 => Status::Feasible,
            _ => Status::Limit,
        };
        Outcome {
            status,
            plan: cost.is_some().then_some(self.plan),
            cost: cost.unwrap_or(0),
            bound,
            scale: self.scale,
            proof,
            work: 1,
            engine: "network",
            solved: None,
        }
    }
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Solved.
    Solved(Relaxed),
    /// These managers are full, and their members can go to nobody else.
    Stuck(Vec<usize>),
    /// Told to stop.
    Stopped,
}

/// Can it take the units? Rows are not looked at.
#[must_use]
pub fn accepts(problem: &Problem<'_>) -> bool {
    problem.units.iter().all(|unit| unit.present.len() <= PRESENT)
}

/// Solves the problem without its rows.
#[must_use]
pub fn solve(problem: &Problem<'_>, control: &Control<'_>) -> Ending {
    let scale = scale(problem);
    let mut near = Near::new(problem, scale);
    let order = near.unit_order();
    let (unit_of, first_item) = items(problem, &order);
    let unserved = problem.unserved.map(|_| unit_of.len());
    let places = Places::new(problem, scale, &near.managers, unserved);
    let mut lists = listed(problem, &near, order, scale);
    if control.expired() {
        return Ending::Stopped;
    }
    if let Err(full) = auction(problem, &mut near, &mut lists, &places, &unit_of, scale, control) {
        return Ending::Stuck(full);
    }
    if control.expired() {
        return Ending::Stopped;
    }
    let mut flow = match Flow::new(&near, &lists, &places, unit_of) {
        Ok(flow) => flow,
        Err(unit) => return Ending::Stuck(everywhere(problem, lists.units[unit])),
    };
    let mut search = Search::new(places.positions(), BIAS * scale, first_item);
    let mut work = Work { near: &mut near, lists: &mut lists, places: &places, flow: &mut flow };
    loop {
        match settle(&mut search, &mut work, control) {
            Settled::Balanced if !admit(&mut search, &mut work) => break,
            Settled::Balanced => {}
            Settled::Stuck(positions) => {
                let mut managers: Vec<usize> =
                    positions.iter().map(|&at| work.near.managers[at as usize] as usize).collect();
                // Managers without places are no way out either.
                managers.extend((0..problem.managers()).filter(|&manager| problem.places[manager].is_empty()));
                managers.sort_unstable();
                return Ending::Stuck(managers);
            }
            Settled::Stopped => return Ending::Stopped,
        }
    }
    Ending::Solved(relaxed(problem, &near, &lists, &places, &flow, scale))
}

/// Least common multiple of the units' sizes: a household's cost divides evenly then.
fn scale(problem: &Problem<'_>) -> i64 {
    let lcm = |a: i64, b: i64| {
        let (mut x, mut y) = (a, b);
        while y != 0 {
            (x, y) = (y, x % y);
        }
        a / x * b
    };
    problem.units.iter().map(|unit| i64::from(unit.size)).fold(1, lcm)
}

/// Items (one a member) by unit, in the engine's order: the unit of every item, and where each unit's begin.
fn items(problem: &Problem<'_>, order: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut first_item = vec![0_u32];
    let mut unit_of = Vec::new();
    for (at, &unit) in order.iter().enumerate() {
        unit_of.resize(unit_of.len() + problem.units[unit as usize].size as usize, at as u32);
        first_item.push(unit_of.len() as u32);
    }
    (unit_of, first_item)
}

/// The managers a unit may go to, with places or without.
fn everywhere(problem: &Problem<'_>, unit: u32) -> Vec<usize> {
    let costs = problem.arc_costs(unit as usize);
    (0..problem.managers()).filter(|&manager| costs[manager] != NOT_ALLOWED).collect()
}

/// The lists of all units at the present prices.
fn listed(problem: &Problem<'_>, near: &Near<'_>, order: Vec<u32>, scale: i64) -> Lists {
    let unserved = problem.unserved.map(|cost| (near.managers.len() as u32, cost * scale));
    let kept = |unit: u32, arcs: &mut Vec<Arc>| {
        let present = problem.units[unit as usize].present.iter();
        let positions = present.map(|&(manager, _)| near.positions[manager as usize]);
        let arc = |position: u32| Some((position, near.cost(unit, position as usize)?));
        arcs.clear();
        arcs.extend(positions.filter(|&position| position != ABSENT).filter_map(arc).chain(unserved));
    };
    Lists::new(near, order, MARGIN * scale, &kept)
}

/// Prices by auction. Between stages they are lowered a little, so that a price set too high can come down.
///
/// # Errors
/// These managers have too few places for members who can go nowhere else.
fn auction(
    problem: &Problem<'_>,
    near: &mut Near<'_>,
    lists: &mut Lists,
    places: &Places,
    unit_of: &[u32],
    scale: i64,
    control: &Control<'_>,
) -> Result<(), Vec<usize>> {
    let stop = || control.expired();
    let bid = |near: &mut Near<'_>, lists: &mut Lists, step: i64, patience: usize| {
        Auction { near, lists, places, unit_of, margin: MARGIN * scale, stop: &stop }.stage(step * scale, patience)
    };
    let plain = Plain::of(problem);
    let seated = !plain.too_few(unit_of.len()) && bid(near, lists, STEPS[0], DOUBT);
    if !seated {
        let deficient = plain.deficient(problem, unit_of.len());
        match plain.dear {
            _ if deficient.is_empty() => {}
            None => return Err(deficient),
            Some(dear) => {
                short::raise(near, lists, &deficient, dear * scale);
                *lists = listed(problem, near, std::mem::take(&mut lists.units), scale);
            }
        }
    }
    for (at, step) in STEPS.into_iter().enumerate() {
        if control.expired() {
            return Ok(());
        }
        if at > 0 || !seated {
            bid(near, lists, step, PATIENCE);
        }
        let by = if step == STEPS[STEPS.len() - 1] { BIAS } else { 2 * step } * scale;
        for position in 0..near.managers.len() {
            near.set_price(position, (near.price(position) - by).max(0));
        }
        lists.lower_floors(by);
    }
    lists.complete(near, MARGIN * scale);
    Ok(())
}

enum Settled {
    Balanced,
    /// The positions within reach of somebody without a place.
    Stuck(Vec<u32>),
    Stopped,
}

/// Brings items and places together everywhere.
fn settle(search: &mut Search, work: &mut Work<'_, '_>, control: &Control<'_>) -> Settled {
    let mut searches = 0_usize;
    let mut stop = || {
        searches += 1;
        searches.is_multiple_of(A_LOOK) && control.expired()
    };
    for position in 0..work.places.positions() {
        while work.flow.surplus(position) > 0 {
            if stop() {
                return Settled::Stopped;
            }
            if let Err(reached) = search.hand_on(work, position) {
                return Settled::Stuck(reached);
            }
        }
    }
    for position in 0..work.places.positions() {
        while work.flow.surplus(position) < 0 {
            if stop() {
                return Settled::Stopped;
            }
            search.call_in(work, position);
        }
    }
    Settled::Balanced
}

/// Checks every unit against every manager: arcs that would be cheaper than the present ones are listed, and taken.
/// Were there any? If not, the prices are a certificate over all pairs.
fn admit(search: &mut Search, work: &mut Work<'_, '_>) -> bool {
    let slack = search.most_fallen();
    let (near, lists, flow, search_now) = (&*work.near, &*work.lists, &*work.flow, &*search);
    let missed = |found: &mut Vec<Arc>, unit: usize| {
        let dearest = search_now.items_of(unit).map(|item| flow.value(near, item)).max()?;
        if lists.floors[unit].saturating_sub(slack) >= dearest {
            return None;
        }
        near.below(lists.units[unit], dearest, found);
        let listed = lists.of(unit).0;
        found.retain(|(position, _)| !listed.contains(position));
        Some((unit, dearest, found.clone()))
    };
    let checked: Vec<(usize, i64, Vec<Arc>)> =
        (0..lists.units.len()).into_par_iter().with_min_len(256).map_init(Vec::new, missed).flatten().collect();
    // Prices have fallen since the floors were noted.
    work.lists.lower_floors(slack);
    search.forget_falls();
    let mut missed = false;
    for (unit, floor, arcs) in &checked {
        work.lists.floors[*unit] = *floor;
        if work.lists.append(*unit, arcs) > 0 {
            missed = true;
            search.take_up(work, *unit);
        }
    }
    (0..work.places.positions()).for_each(|position| work.flow.fit(work.near, work.places, position));
    missed
}

fn relaxed(problem: &Problem<'_>, near: &Near<'_>, lists: &Lists, places: &Places, flow: &Flow, scale: i64) -> Relaxed {
    let name = |position: u32| near.managers.get(position as usize).copied().unwrap_or(problem.managers() as u32);
    let mut by_unit: Vec<(u32, u32)> =
        flow.unit_of.iter().zip(&flow.at).map(|(&unit, &place)| (lists.units[unit as usize], name(place))).collect();
    by_unit.sort_unstable();
    let values = (0..flow.at.len()).map(|item| flow.value(near, item));
    // Nobody is drawn to where no place is at the price of the dearest arc, since no arc costs less than nothing.
    let dearest = values.clone().max().unwrap_or(0) - least_cost(problem);
    let mut prices = vec![dearest.max(0); problem.managers()];
    for (position, &manager) in near.managers.iter().enumerate() {
        prices[manager as usize] = near.price(position);
    }
    let earned: i128 = (0..places.positions()).map(|at| places.earned(at, near.price(at))).sum();
    let bound = values.map(i128::from).sum::<i128>() - earned;
    let taken = |at: usize| places.of(at)[..flow.taken[at] as usize].iter().map(|&cost| i128::from(cost)).sum::<i128>();
    let cost =
        flow.own.iter().map(|&cost| i128::from(cost)).sum::<i128>() + (0..places.positions()).map(taken).sum::<i128>();
    debug_assert_eq!(bound, cost, "complementary prices");
    let (plan, is_plan) = whole_units(problem, near, lists, places, flow);
    Relaxed { scale, at: by_unit.into_iter().map(|(_, manager)| manager).collect(), is_plan, plan, prices, cost }
}

/// No arc costs less than this (or 0): tables may hold anything, costs that come from places are never negative.
fn least_cost(problem: &Problem<'_>) -> i64 {
    if problem.arcs.geography().is_some() {
        return 0;
    }
    let scale = scale(problem);
    let least = |unit: usize| {
        let share = scale / i64::from(problem.units[unit].size);
        problem.arc_costs(unit).iter().map(|&cost| cost.saturating_mul(share)).min().unwrap_or(0)
    };
    (0..problem.units.len()).map(least).min().unwrap_or(0).min(0)
}
