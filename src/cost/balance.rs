//! Convex cost of a load: nothing up to a target share of one's own cap, then every further place costs a step more.

use crate::cost::{Assignment, pairs};
use crate::program::{Rules, Weights};
use crate::units::Cost;

/// For the solver: what the k-th place (k = 1, 2, ... cap) costs on top of the one before. Never falls.
#[must_use]
pub fn places(rules: &Rules, cap: u32) -> Vec<Cost> {
    let free = target(rules, cap);
    (1..=cap).map(|place| step(rules) * i64::from(place.saturating_sub(free))).collect()
}

/// For the verifier: the closed form, `step x (1 + 2 + ... + over)`.
#[must_use]
pub fn score(rules: &Rules, caps: &[u32], assignment: &Assignment) -> Cost {
    let mut loads = vec![0_u32; caps.len()];
    for (_, manager) in pairs(assignment) {
        loads[manager.at()] += 1;
    }
    let of_load = |(&load, &cap): (&u32, &u32)| {
        let over = i64::from(load.saturating_sub(target(rules, cap)));
        step(rules) * (over * (over + 1) / 2)
    };
    loads.iter().zip(caps).map(of_load).sum()
}

/// Members up to which a load is free.
fn target(rules: &Rules, cap: u32) -> u32 {
    cap * rules.program.balance.target_percent / 100
}

fn step(rules: &Rules) -> Cost {
    Weights::apply(rules.weights.balance, Cost::minutes(i64::from(rules.program.balance.step_minutes)))
}
