//! `caseload simulate`: the months to come, many times over.

use std::path::PathBuf;

use comfy_table::{CellAlignment, Table, presets};

use crate::cli::input::{Input, RosterArgs};
use crate::cli::progress::{Progress, obey_interrupts};
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::model::contradictions;
use crate::output::folder::{Staged, WriteError, may_replace};
use crate::output::simulation::{self, Simulated};
use crate::program::Words;
use crate::program::simulate::Simulation;
use crate::solve::Control;
use crate::whatif::hiring::point::planned;
use crate::whatif::simulate::run::Hiring;
use crate::whatif::simulate::world::{World, world};
use crate::whatif::simulate::{Size, simulate, staff};

const EXAMPLES: &str = "\
Examples:
  caseload simulate datasets/iowa-mco                      a year, 1,000 runs, from a plan within the rules
  caseload simulate my-roster --months 24 --runs 200       two years, roughly
  caseload simulate my-roster --risk 0.05 --risk-from 4    the least staff that keeps the risk at 5 % from month 4 on
  caseload simulate my-roster --as-it-is --format json     from the roster as it is, for a script

What is assumed stands in [simulate] of caseload.toml; `caseload config my-roster` shows it.";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    roster: RosterArgs,
    /// Months of a run
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=120))]
    months: u32,
    /// Runs
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    runs: u32,
    /// Seed of whatever is random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Search for the least staff, and the fewest hires a month, that keep the risk at this share
    #[arg(long, value_name = "SHARE")]
    risk: Option<f64>,
    /// First month that counts for the risk
    #[arg(long, value_name = "MONTH", default_value_t = 1)]
    risk_from: u32,
    /// Begin with the roster as it is, not with a plan
    #[arg(long)]
    as_it_is: bool,
    /// Write simulate.html, simulate.csv and simulate.json into this folder
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Replace the folder when it is there
    #[arg(long)]
    force: bool,
    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs it.
///
/// # Errors
/// Bad usage, settings or data, file trouble, or a defect.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    if args.risk.is_some_and(|risk| !(0.0..1.0).contains(&risk)) {
        return Err(Failure::Usage("--risk: a share from 0 up to 1 is expected, e.g. 0.05".to_owned()));
    }
    if args.risk_from == 0 || args.risk_from > args.months {
        return Err(Failure::Usage(format!(
            "--risk-from {}: a month from 1 to {} is expected",
            args.risk_from, args.months
        )));
    }
    crate::cli::plan::use_threads(args.threads)?;
    obey_interrupts();
    let refused = |error: WriteError| Failure::File { path: error.path, source: error.source };
    if let Some(out) = &args.out {
        may_replace(out, args.force, simulation::MARKER).map_err(refused)?;
    }
    let input = args.roster.read(&args.roster.overrides(), terminal)?;
    let (roster, rules, assumed) = (&input.roster, &input.settings.rules, &input.settings.simulation);
    let progress = Progress::start(None, args.format == Format::Json);
    progress.phase("the plan to begin with");
    let (assignment, starts_from) = begin(args, &input, &progress)?;
    let size = Size { months: args.months, runs: args.runs, seed: args.seed, risk_from: args.risk_from };
    let extra = if args.risk.is_some() { staff::MOST } else { 0 };
    let world = world(roster, rules, assumed, &assignment, extra);
    progress.phase("simulating");
    let outcome = simulate(&world, assumed, Hiring::default(), size);
    let search = |find: fn(&World, &Simulation, Size, f64) -> staff::Found, phase: &str| {
        args.risk.map(|level| {
            progress.phase(phase);
            find(&world, assumed, size, level)
        })
    };
    let found = Simulated {
        schema_version: 1,
        runs: args.runs,
        months: args.months,
        seed: args.seed,
        risk_from: args.risk_from,
        starts_from,
        assumptions: assumed.clone(),
        enrolment_rates: world.rates,
        not_followed: world.not_followed.clone(),
        outcome,
        level: args.risk,
        smallest_staff: search(staff::smallest_staff, "the smallest staff"),
        fewest_a_month: search(staff::fewest_a_month, "hires a month"),
    };
    progress.finish();
    if let Some(out) = &args.out {
        let staged = Staged::begin_marked(out, args.force, simulation::MARKER).map_err(refused)?;
        simulation::write(&staged, &found, rules).map_err(refused)?;
        staged.commit().map_err(refused)?;
    }
    match args.format {
        Format::Json => terminal.json(&simulation::answer_of(&found, &rules.program.words)),
        Format::Human => show(args, &found, &rules.program.words, terminal),
    }
    Ok(Exit::Ok)
}

/// Who is with whom when the first month begins.
fn begin(
    args: &Args,
    input: &Input,
    progress: &Progress,
) -> Result<(Vec<Option<crate::ids::ManagerIx>>, &'static str), Failure> {
    let roster = &input.roster;
    let present = || roster.members().iter().map(|member| member.manager).collect();
    if args.as_it_is {
        return Ok((present(), "roster"));
    }
    let seconds_left = || progress.seconds_left();
    let control = Control { seconds_left: &seconds_left, work_limit: None, gap: 0.0, progress: &|_| {} };
    let rules = &input.settings.rules;
    let plan = if contradictions(roster, rules).is_empty() {
        planned(roster, rules, 0, control).map_err(|error| Failure::Bug(error.to_string()))?
    } else {
        None
    };
    Ok(match plan {
        Some(verified) => (verified.assignment().to_vec(), "plan"),
        None => (present(), "roster, since there is no plan within the rules"),
    })
}

fn show(args: &Args, found: &Simulated, words: &Words, terminal: &mut Terminal) {
    let assumed = &found.assumptions;
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    terminal.line(&words.speak(&format!(
        "{} runs of {} months from the {}, seed {}. Assumed a year: {} of case managers leave, {} of members enrol, {} leave.",
        found.runs,
        found.months,
        found.starts_from,
        found.seed,
        percent(assumed.attrition_per_year),
        percent(found.enrolment_rates.0),
        percent(found.enrolment_rates.1)
    )));
    terminal.line("");
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let heads = simulation::heads(words);
    let columns = heads.len();
    table.set_header(heads);
    for row in simulation::rows(&found.outcome) {
        table.add_row(row);
    }
    for at in 1..columns {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    terminal.line(&table.trim_fmt());
    terminal.line("");
    for sentence in simulation::sentences(found, words) {
        terminal.line(&sentence);
    }
    if let Some(out) = &args.out {
        terminal.line(&format!("\nWritten: {} (simulate.html, simulate.csv, simulate.json)", out.display()));
    }
}
