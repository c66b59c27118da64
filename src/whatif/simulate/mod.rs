//! The months to come, many times over: seeded Monte Carlo on the real roster. Each run draws who leaves, how long a
//! position is vacant, leaves of absence, members who enrol, leave or need more, and rebalances by a stated policy; the
//! runs together give the probability, month by month, that a cap or an average is broken, with standard errors.
//!
//! [`world`] says what runs share, [`counting`] what rules count, [`rates`] how often things happen, [`mod@run`] what happens in a month, [`staff`] searches for the least staff.

pub mod counting;
pub mod rates;
pub mod run;
pub mod staff;
pub mod world;

use chrono::{Months, NaiveDate};
use rayon::prelude::*;
use serde::Serialize;

use crate::program::simulate::Simulation;
use crate::whatif::simulate::run::{Hiring, Run, run};
use crate::whatif::simulate::world::World;

/// How much is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Months of a run.
    pub months: u32,
    /// Runs.
    pub runs: u32,
    /// Seed.
    pub seed: u64,
    /// First month that counts for the risk of the whole.
    pub risk_from: u32,
}

/// A probability estimated by counting runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// Share of the runs.
    pub probability: f64,
    /// Standard error `sqrt(p (1 - p) / n)`.
    pub standard_error: f64,
}

/// A mean over runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Mean {
    /// Mean.
    pub mean: f64,
    /// Standard error `s / sqrt(n)`.
    pub standard_error: f64,
}

/// A month over all runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MonthSummary {
    /// Counted from 1.
    pub month: u32,
    /// Its first day.
    pub begins: NaiveDate,
    /// Members at its end.
    pub members: Mean,
    /// Case managers at its end.
    pub staff: Mean,
    /// Positions vacant at its end.
    pub vacant: Mean,
    /// Members who changed case manager.
    pub moves: Mean,
    /// Greatest load.
    pub max_load: Mean,
    /// Somebody is above a cap, or a member has nobody.
    pub cap_broken: Estimate,
    /// An average is above its limit.
    pub average_broken: Estimate,
    /// Either.
    pub broken: Estimate,
    /// Either, in this month or an earlier one.
    pub broken_so_far: Estimate,
}

/// All runs together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Month by month.
    pub months: Vec<MonthSummary>,
    /// Changes of case manager of a member in a year.
    pub moves_per_member_year: Mean,
    /// Of all changes, the share because the case manager left.
    pub forced_share: f64,
    /// Changes of high-need members in a run.
    pub high_need_moves: Mean,
    /// Members who changed twice within twelve months, in a run.
    pub moved_twice: Mean,
    /// A cap or an average is broken at least once from the month that counts on.
    pub risk: Estimate,
}

/// Simulates one plan of hiring. Runs are independent and counted in their order: the number of threads changes nothing.
#[must_use]
pub fn simulate(world: &World, assumed: &Simulation, hiring: Hiring, size: Size) -> Outcome {
    let runs: Vec<Run> = (0..u64::from(size.runs))
        .into_par_iter()
        .map(|number| run(world, assumed, hiring, size.seed, number, size.months))
        .collect();
    let months = (0..size.months).map(|month| summary(world, &runs, month)).collect();
    let of_runs = |of: &dyn Fn(&Run) -> u64| mean(runs.iter().map(of));
    let moves = of_runs(&|run| run.months.iter().map(|month| u64::from(month.moves)).sum());
    let member_months = of_runs(&|run| run.months.iter().map(|month| u64::from(month.members)).sum()).mean.max(1.0);
    let forced = of_runs(&|run| run.months.iter().map(|month| u64::from(month.forced)).sum()).mean;
    let risky = |run: &Run| {
        let counts = run.months.iter().skip(size.risk_from.saturating_sub(1) as usize);
        counts.clone().any(|month| month.cap_broken || month.average_broken)
    };
    Outcome {
        months,
        moves_per_member_year: Mean {
            mean: moves.mean * 12.0 / member_months,
            standard_error: moves.standard_error * 12.0 / member_months,
        },
        forced_share: if moves.mean > 0.0 { forced / moves.mean } else { 0.0 },
        high_need_moves: of_runs(&|run| run.months.iter().map(|month| u64::from(month.high_need_moves)).sum()),
        moved_twice: of_runs(&|run| u64::from(run.twice)),
        risk: estimate(runs.iter().filter(|run| risky(run)).count(), runs.len()),
    }
}

fn summary(world: &World, runs: &[Run], month: u32) -> MonthSummary {
    let at = month as usize;
    let of = |of: &dyn Fn(&run::Month) -> u32| mean(runs.iter().map(|run| u64::from(of(&run.months[at]))));
    let share = |of: &dyn Fn(&Run) -> bool| estimate(runs.iter().filter(|run| of(run)).count(), runs.len());
    let broken = |month: &run::Month| month.cap_broken || month.average_broken;
    MonthSummary {
        month: month + 1,
        begins: world.start.checked_add_months(Months::new(month)).unwrap_or(world.start),
        members: of(&|month| month.members),
        staff: of(&|month| month.staff),
        vacant: of(&|month| month.vacant),
        moves: of(&|month| month.moves),
        max_load: of(&|month| month.max_load),
        cap_broken: share(&|run| run.months[at].cap_broken),
        average_broken: share(&|run| run.months[at].average_broken),
        broken: share(&|run| broken(&run.months[at])),
        broken_so_far: share(&|run| run.months[..=at].iter().any(broken)),
    }
}

fn estimate(count: usize, of: usize) -> Estimate {
    let runs = of.max(1) as f64;
    let probability = count as f64 / runs;
    Estimate { probability, standard_error: (probability * (1.0 - probability) / runs).sqrt() }
}

/// Mean and standard error of whole numbers: sums are exact, so the order does not matter.
fn mean(values: impl Iterator<Item = u64>) -> Mean {
    let (mut count, mut sum, mut squares) = (0_u64, 0_u128, 0_u128);
    for value in values {
        count += 1;
        sum += u128::from(value);
        squares += u128::from(value) * u128::from(value);
    }
    if count == 0 {
        return Mean::default();
    }
    let runs = count as f64;
    // n x sum of squares - square of the sum, exact before it is rounded.
    let spread = (u128::from(count) * squares - sum * sum) as f64;
    let variance = if count > 1 { spread / (runs * (runs - 1.0)) } else { 0.0 };
    Mean { mean: sum as f64 / runs, standard_error: (variance / runs).sqrt() }
}
