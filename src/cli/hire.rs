//! `caseload hire`: how many, where, and what each hire buys.

use std::path::PathBuf;

use comfy_table::{CellAlignment, Table, presets};

use crate::cli::input::RosterArgs;
use crate::cli::progress::{Progress, interrupted, obey_interrupts};
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::output::folder::{Staged, may_replace};
use crate::output::hiring;
use crate::solve::Control;
use crate::whatif::hiring::{Curve, HiringError, Request, curve};

const EXAMPLES: &str = "\
Examples:
  caseload hire datasets/iowa-mco                        what the positions of positions.csv would change
  caseload hire my-roster --everywhere --max 15          every county of the state, up to 15 hires
  caseload hire my-roster --exactly 4 --everywhere       the best four, searched harder and proved where possible
  caseload hire my-roster --budget 300000 --out hiring   within a budget; hire.html, hire.csv and hire.json in hiring/

Exit status: 0 some number of hires meets every rule | 1 none of those looked at does | 5 stopped early";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    roster: RosterArgs,
    /// Hires at most
    #[arg(long, value_name = "K", default_value_t = 10)]
    max: u32,
    /// Only this number of hires, searched harder
    #[arg(long, value_name = "K", conflicts_with = "max")]
    exactly: Option<u32>,
    /// What all hires may cost a year, in the currency of positions.csv
    #[arg(long, value_name = "X")]
    budget: Option<f64>,
    /// Positions of this team only; with --everywhere, hires join it
    #[arg(long, value_name = "T")]
    team: Option<String>,
    /// All counties of the roster's state, up to 3 hires in each, instead of positions.csv
    #[arg(long)]
    everywhere: bool,
    /// Write hire.html, hire.csv and hire.json into this folder
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Replace the folder when it is there
    #[arg(long)]
    force: bool,
    /// Stop improving after so many seconds [default: a fixed amount of work, the same on every machine]
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<f64>,
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
    if args.budget.is_some_and(|budget| !(0.0..1e12).contains(&budget)) {
        return Err(Failure::Usage("--budget: an amount of 0 or more is expected".to_owned()));
    }
    crate::cli::plan::use_threads(args.threads)?;
    obey_interrupts();
    if let Some(out) = &args.out {
        may_replace(out, args.force, hiring::MARKER)
            .map_err(|error| Failure::File { path: error.path, source: error.source })?;
    }
    let input = args.roster.read(&args.roster.overrides(), terminal)?;
    let (roster, rules) = (&input.roster, &input.settings.rules);
    let request = Request {
        max: args.max,
        exactly: args.exactly,
        budget: args.budget.map(|budget| (budget * 100.0).round() as i64),
        everywhere: args.everywhere,
        team: args.team.clone(),
    };
    let progress = Progress::start(args.time_limit, args.format == Format::Json);
    let seconds_left = || progress.seconds_left();
    let news = |news| progress.search(news);
    let control = Control { seconds_left: &seconds_left, work_limit: None, gap: 0.0, progress: &news };
    let found = curve(roster, rules, &request, control);
    progress.finish();
    let found = found.map_err(as_failure)?;
    if let Some(out) = &args.out {
        let refused = |error: crate::output::WriteError| Failure::File { path: error.path, source: error.source };
        let staged = Staged::begin_marked(out, args.force, hiring::MARKER).map_err(refused)?;
        hiring::write(&staged, &found, rules).map_err(refused)?;
        staged.commit().map_err(refused)?;
    }
    match args.format {
        Format::Json => terminal.json(&hiring::answer(&found, &rules.program.words)),
        Format::Human => show(args, &found, rules, terminal),
    }
    let stopped = interrupted() || args.time_limit.is_some_and(|limit| progress.elapsed() > limit);
    Ok(match found.first_feasible {
        _ if stopped => Exit::Limit,
        Some(_) => Exit::Ok,
        None => Exit::RuleUnmet,
    })
}

/// Why there is no curve, as a command ends with it.
#[must_use]
pub fn as_failure(error: HiringError) -> Failure {
    match error {
        HiringError::Usage(message) => Failure::Usage(message),
        other => Failure::Bug(other.to_string()),
    }
}

fn show(args: &Args, curve: &Curve, rules: &crate::program::Rules, terminal: &mut Terminal) {
    let mut sentences = hiring::sentences(curve, &rules.program.words);
    terminal.line(&sentences.remove(0));
    terminal.line("");
    terminal.line(&table(curve, rules).trim_fmt());
    terminal.line("");
    for sentence in sentences {
        terminal.line(&sentence);
    }
    if let Some(out) = &args.out {
        terminal.line(&format!("\nWritten: {} (hire.html, hire.csv, hire.json)", out.display()));
    }
}

/// The whole table; where each hire would be stands in the last column, since it is the longest.
fn table(curve: &Curve, rules: &crate::program::Rules) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let last = |mut cells: Vec<String>| {
        let place = cells.remove(1);
        cells.push(place);
        cells
    };
    table.set_header(last(hiring::HEADS.map(str::to_owned).to_vec()));
    for row in hiring::rows(curve, rules) {
        table.add_row(last(row.to_vec()));
    }
    for at in 0..hiring::HEADS.len() - 1 {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
