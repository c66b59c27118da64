//! Measures the pricing engine on rosters with weighted capacities: a seeded roster, the problem built from it, and a load
//! on every case manager beside the count cap.
//!
//! `cargo run --release --example weighted -- --members 3000 --managers 67 --seed 1 --loads weights --time-limit 10`
//!
//! `weights`: a member of low or moderate need counts 1.0, high 1.6, intensive 2.0 (in tenths), everybody may carry the
//! mean and `--slack` per cent more. `hours`: minutes a year of contact and of driving there and back, so that the use
//! depends on the pair; everybody may work what the plan by count alone asks for on the average and `--slack` per cent
//! more, and the count cap is the mean caseload and 6 % more.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints its answer")]

use std::error::Error;
use std::fs::File;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use caseload::cost::Prepared;
use caseload::generate::{AS_OF, Request, Sketch};
use caseload::ids::{ManagerIx, MemberIx};
use caseload::model::Model;
use caseload::model::problem::{Load, Problem, Row, RowUse};
use caseload::model::rows::capacities::Weights;
use caseload::program::Program;
use caseload::program::Settings;
use caseload::program::settings::Overrides;
use caseload::roster::Need;
use caseload::roster::reading::read_folder;
use caseload::solve::pricing::{self, Options};
use caseload::solve::{Control, Status, network};
use clap::{Parser, ValueEnum};

/// Rosters with weighted capacities.
#[derive(Parser)]
struct Arguments {
    /// Members.
    #[arg(long, default_value_t = 3000)]
    members: usize,
    /// Case managers.
    #[arg(long, default_value_t = 67)]
    managers: usize,
    /// Everything random follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Two letters, or `US`.
    #[arg(long, default_value = "IA")]
    state: String,
    /// What the capacities count.
    #[arg(long, value_enum, default_value_t = Loads::Weights)]
    loads: Loads,
    /// Per cent above the mean.
    #[arg(long, default_value_t = 6)]
    slack: i64,
    /// Seconds to stop after.
    #[arg(long, default_value_t = 10.0)]
    time_limit: f64,
    /// Threads, 0 = as many as there are.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Print every better plan and bound.
    #[arg(long)]
    trace: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Loads {
    Weights,
    Hours,
}

/// Minutes a year, unit by unit.
#[derive(Debug)]
struct Minutes {
    managers: usize,
    minutes: Vec<i64>,
}

impl Load for Minutes {
    fn of(&self, unit: usize, manager: usize) -> i64 {
        self.minutes[unit * self.managers + manager]
    }

    fn of_unit(&self, _: usize) -> Option<i64> {
        None
    }
}

/// Tenths of an ordinary member.
fn weight(need: Need) -> i64 {
    match need {
        Need::Low | Need::Moderate => 10,
        Need::High => 16,
        Need::Intensive => 20,
    }
}

/// Minutes of contact a year.
fn contact(need: Need) -> i64 {
    match need {
        Need::Low => 720,
        Need::Moderate => 1080,
        Need::High => 1620,
        Need::Intensive => 2400,
    }
}

/// One limit for everybody: the mean and `slack` per cent more, rounded up.
fn limit(total: i64, managers: i64, slack: i64) -> i64 {
    (total * (100 + slack) + 100 * managers - 1) / (100 * managers)
}

/// Adds the loads to a problem that knows only counts.
fn add_loads(
    arguments: &Arguments,
    prepared: &Prepared<'_>,
    model: &Model<'_>,
    problem: &mut Problem<'_>,
) -> Result<(), Box<dyn Error>> {
    let members = prepared.roster.members();
    let of_unit = |members_of: &[MemberIx], of: &dyn Fn(MemberIx) -> i64| {
        members_of.iter().map(|&member| of(member)).sum::<i64>()
    };
    let managers = problem.managers();
    let working: Vec<usize> = (0..managers).filter(|&manager| !problem.places[manager].is_empty()).collect();
    let count = working.len() as i64;
    let (load, limit): (Arc<dyn Load>, i64) = match arguments.loads {
        Loads::Weights => {
            let weights: Vec<i64> =
                model.units.iter().map(|unit| of_unit(unit, &|member| weight(members[member.at()].need))).collect();
            let limit = limit(weights.iter().sum(), count, arguments.slack);
            (Arc::new(Weights(weights)), limit)
        }
        Loads::Hours => {
            let cap = limit(problem.members(), count, 6) as usize;
            problem.places.iter_mut().for_each(|places| places.truncate(cap));
            let minutes = |member: MemberIx, manager: usize| {
                let trip = prepared.trip(member, ManagerIx::new(manager)).map_or(0, |trip| trip.0);
                contact(members[member.at()].need) + prepared.members[member.at()].visits * 2 * trip / 60_000
            };
            let minutes: Vec<i64> = model
                .units
                .iter()
                .flat_map(|unit| (0..managers).map(|manager| of_unit(unit, &|member| minutes(member, manager))))
                .collect();
            let patient = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };
            let by_count = network::solve(problem, patient)?.plan.ok_or("no plan by count")?;
            let used = by_count
                .iter()
                .enumerate()
                .filter_map(|(unit, manager)| Some(minutes[unit * managers + (*manager)? as usize]));
            let limit = limit(used.sum(), count, arguments.slack);
            (Arc::new(Minutes { managers, minutes }), limit)
        }
    };
    let row = |&manager: &usize| Row { uses: RowUse::Load(manager as u32, Arc::clone(&load)), limit };
    problem.rows.extend(working.iter().map(row));
    Ok(())
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    if arguments.threads > 0 {
        rayon::ThreadPoolBuilder::new().num_threads(arguments.threads).build_global()?;
    }
    let request = Request {
        members: arguments.members,
        managers: arguments.managers,
        seed: arguments.seed,
        state: arguments.state.clone(),
        shortage: None,
        program: Program::parse(Program::shipped("iowa-cbcm").ok_or("no such program")?)?,
        program_name: "iowa-cbcm".to_owned(),
        as_of: AS_OF.parse()?,
    };
    let folder = tempfile::tempdir()?;
    Sketch::new(&request)?.write(|name| File::create(folder.path().join(name)))?;
    let rules = Settings::resolve(folder.path(), &Overrides::default(), AS_OF.parse()?)?.rules;
    let roster = read_folder(folder.path(), rules.as_of).map_err(|_| "the roster cannot be read")?.roster;
    let prepared = Prepared::new(&roster, &rules);
    let model = Model::new(&prepared);
    let mut problem = model.problem();
    problem.rows.clear();
    problem.minimum_use = None;
    add_loads(arguments, &prepared, &model, &mut problem)?;

    let start = Instant::now();
    let left = || Some(arguments.time_limit - start.elapsed().as_secs_f64());
    let progress = |progress: caseload::solve::Progress| {
        if arguments.trace {
            let seconds = start.elapsed().as_secs_f64();
            println!("{seconds:9.3} {:<16} {:>12?} {:>12?}", progress.phase, progress.best, progress.bound);
        }
    };
    let control = Control { seconds_left: &left, work_limit: None, gap: 0.0, progress: &progress };
    let outcome = pricing::solve_with(&problem, control, Options { seed: arguments.seed, unpublished: false })?;
    let seconds = start.elapsed().as_secs_f64();
    let gap = 100.0 * (outcome.cost - outcome.bound) as f64 / outcome.cost.max(1) as f64;
    let Arguments { members, managers, seed, loads, .. } = arguments;
    println!(
        "{members} x {managers} seed {seed} {loads:?}: {} cost {} bound {} gap {gap:.4} % in {seconds:.2} s, work {}",
        match outcome.status {
            Status::Optimal => "optimal",
            Status::Feasible => "feasible",
            Status::Limit => "limit",
            Status::Infeasible => "infeasible",
        },
        outcome.cost,
        outcome.bound,
        outcome.work
    );
    Ok(())
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
