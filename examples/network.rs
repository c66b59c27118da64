//! The network engine alone on a roster folder: costs, solve and certificate, timed without reading the folder.
//! `cargo run --release --example network -- ROSTER --format json`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints its answer")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use caseload::cost::Prepared;
use caseload::model::Model;
use caseload::model::problem::Problem;
use caseload::program::Settings;
use caseload::program::settings::Overrides;
use caseload::roster::reading::read_folder;
use caseload::solve::network::{self, sparse};
use caseload::solve::{Control, Status};
use clap::{Parser, ValueEnum};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

#[derive(Debug, Parser)]
struct Arguments {
    /// A roster folder
    roster: PathBuf,
    /// Seconds after which to stop
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<f64>,
    /// Threads
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Runs; the fastest is printed
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Every member alone: what a household's members cost is divided evenly, and they may be split
    #[arg(long)]
    split_households: bool,
    /// How to print the answer
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

struct Answer {
    status: &'static str,
    value: f64,
    bound: f64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let today = chrono::Local::now().date_naive();
    let answer = Settings::resolve(&arguments.roster, &Overrides::default(), today)
        .map_err(|error| error.to_string())
        .and_then(|settings| run(&arguments, &settings));
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{}: {message}", arguments.roster.display());
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, settings: &Settings) -> Result<(), String> {
    let rules = &settings.rules;
    let reading = read_folder(&arguments.roster, rules.as_of).map_err(|_| "cannot be read; try `caseload check`")?;
    let before = peak_rss_bytes();
    let prepared = Prepared::new(&reading.roster, rules);
    let model = Model::new(&prepared);
    let problem = model.problem();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(arguments.threads).build().map_err(|e| e.to_string())?;
    let mut best: Option<(f64, Answer)> = None;
    for _ in 0..arguments.runs.max(1) {
        let started = Instant::now();
        let left = || arguments.time_limit.map(|limit| limit - started.elapsed().as_secs_f64());
        let control = Control { seconds_left: &left, work_limit: None, gap: 0.0, progress: &|_| {} };
        let answer = pool.install(|| solve(&problem, arguments.split_households, control))?;
        let seconds = started.elapsed().as_secs_f64();
        if best.as_ref().is_none_or(|(least, _)| seconds < *least) {
            best = Some((seconds, answer));
        }
    }
    let Some((seconds, answer)) = best else { return Ok(()) };
    let (members, managers) = (problem.members(), problem.places.iter().filter(|places| !places.is_empty()).count());
    let peak = peak_rss_bytes();
    match arguments.format {
        Format::Human => println!(
            "{}: {} (bound {}), {seconds:.4} s; {members} members, {managers} case managers; {} MB, {} MB of them by the engine",
            answer.status,
            answer.value,
            answer.bound,
            peak / 1_000_000,
            peak.saturating_sub(before) / 1_000_000,
        ),
        Format::Json => println!(
            "{}",
            serde_json::json!({
                "status": answer.status, "value": answer.value, "bound": answer.bound, "seconds": seconds,
                "members": members, "managers": managers, "threads": arguments.threads,
                "peak_rss_bytes": peak, "engine_bytes": peak.saturating_sub(before),
            })
        ),
    }
    Ok(())
}

fn solve(problem: &Problem<'_>, split: bool, control: Control<'_>) -> Result<Answer, String> {
    if split {
        return match sparse::solve(problem, &control) {
            sparse::Ending::Solved(relaxed) => {
                let value = relaxed.cost as f64 / relaxed.scale as f64;
                Ok(Answer { status: "optimal", value, bound: value })
            }
            sparse::Ending::Stuck(_) => Err("no plan: too few places".to_owned()),
            sparse::Ending::Stopped => Err("stopped".to_owned()),
        };
    }
    let outcome = network::solve(problem, control).map_err(|error| error.to_string())?;
    let status = match outcome.status {
        Status::Optimal => "optimal",
        Status::Feasible => "feasible",
        Status::Limit => "limit",
        Status::Infeasible => "infeasible",
    };
    Ok(Answer { status, value: outcome.cost as f64, bound: outcome.bound as f64 })
}

/// Most memory held so far; 0 where the system does not tell.
fn peak_rss_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) * 1024
}
