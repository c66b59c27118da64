//! Solves an instance of the generalized assignment problem in the OR-Library's format with the pricing engine:
//! `cargo run --release --example gap -- FILE --time-limit 60 --format json`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints its answer")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use caseload::model::arcs::Table;
use caseload::model::problem::{Load, Problem, Row, RowUse, Unit};
use caseload::solve::pricing::{self, Options};
use caseload::solve::{Control, Status};
use clap::{Parser, ValueEnum};

/// The generalized assignment problem: every item to one agent, within the agents' capacities, at the least cost.
#[derive(Parser)]
struct Arguments {
    /// Instance: `m n`, m rows of n costs, m rows of n resource uses, m capacities.
    file: PathBuf,
    /// Seconds to stop after.
    #[arg(long, default_value_t = 60.0)]
    time_limit: f64,
    /// How to answer.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Everything random follows from it.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Threads, 0 = as many as there are.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

/// What each item uses of each agent, agent by agent.
#[derive(Debug)]
struct Uses {
    items: usize,
    uses: Vec<i64>,
}

impl Load for Uses {
    fn of(&self, unit: usize, manager: usize) -> i64 {
        self.uses[manager * self.items + unit]
    }

    fn of_unit(&self, _: usize) -> Option<i64> {
        None
    }
}

/// Reads an instance; the message says what is wrong with it.
fn read(text: &str) -> Result<Problem<'static>, String> {
    let mut numbers = text.split_ascii_whitespace().enumerate().map(|(at, word)| {
        word.parse::<i64>().map_err(|_| format!("number {}: `{word}` is not a whole number", at + 1))
    });
    let mut next = |count: usize, what: &str| -> Result<Vec<i64>, String> {
        (0..count).map(|_| numbers.next().ok_or_else(|| format!("the file ends within the {what}"))?).collect()
    };
    let size = next(2, "size")?;
    let (agents, items) = (size[0].max(0) as usize, size[1].max(0) as usize);
    let costs = next(agents * items, "costs")?;
    let uses = next(agents * items, "resource uses")?;
    let limits = next(agents, "capacities")?;
    if uses.iter().any(|&used| used < 0) {
        return Err("a resource use is below 0".to_owned());
    }
    let by_item = (0..items).flat_map(|item| (0..agents).map(move |agent| agent * items + item));
    let load: Arc<dyn Load> = Arc::new(Uses { items, uses });
    let row = |(agent, &limit): (usize, &i64)| Row { uses: RowUse::Load(agent as u32, Arc::clone(&load)), limit };
    Ok(Problem {
        units: vec![Unit { size: 1, present: Vec::new() }; items],
        places: vec![vec![0; items]; agents],
        rows: limits.iter().enumerate().map(row).collect(),
        minimum_use: None,
        unserved: None,
        arcs: Box::new(Table::new(agents, by_item.map(|at| costs[at]).collect())),
    })
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let text = std::fs::read_to_string(&arguments.file).map_err(|error| error.to_string())?;
    let problem = read(&text)?;
    if arguments.threads > 0 {
        rayon::ThreadPoolBuilder::new()
            .num_threads(arguments.threads)
            .build_global()
            .map_err(|error| error.to_string())?;
    }
    let start = Instant::now();
    let left = || Some(arguments.time_limit - start.elapsed().as_secs_f64());
    let control = Control { seconds_left: &left, work_limit: None, gap: 0.0, progress: &|_| {} };
    let options = Options { seed: arguments.seed, unpublished: true };
    let outcome = pricing::solve_with(&problem, control, options).map_err(|error| error.to_string())?;
    let seconds = start.elapsed().as_secs_f64();
    let status = match outcome.status {
        Status::Optimal => "optimal",
        Status::Feasible => "feasible",
        Status::Limit => "limit",
        Status::Infeasible => "infeasible",
    };
    let value = outcome.plan.as_ref().map(|_| outcome.cost);
    let instance = arguments.file.display().to_string();
    if arguments.format == Format::Json {
        let bound = outcome.bound;
        let answer = serde_json::json!({ "instance": instance, "status": status, "value": value, "bound": bound, "seconds": seconds });
        println!("{answer}");
    } else {
        let value = value.map_or_else(|| "none".to_owned(), |value| value.to_string());
        println!("{instance}: {status}, value {value}, bound {}, {seconds:.2} s", outcome.bound);
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{}: {message}", arguments.file.display());
            ExitCode::FAILURE
        }
    }
}
