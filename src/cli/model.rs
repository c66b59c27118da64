//! `caseload model`: the exact model for another solver.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::input::RosterArgs;
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure};
use crate::cost::Prepared;
use crate::model::{Model, contradictions};
use crate::output::solver_files;

const EXAMPLES: &str = "\
Examples:
  caseload model datasets/tiny --format mps --out tiny.mps     then: highs tiny.mps
  caseload model roster --format npz --out roster.npz          then: numpy.load(\"roster.npz\")[\"cost\"]";

/// The forms a model is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ModelFormat {
    /// Free MPS: every rule.
    Mps,
    /// CPLEX LP: every rule.
    Lp,
    /// `NumPy` arrays: count caps, weighted capacities, balance and households.
    Npz,
}

/// Arguments of `model`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    roster: RosterArgs,
    /// The form to write
    #[arg(long, value_enum)]
    format: ModelFormat,
    /// The file to write; it must not be there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Leaving a member without a case manager is a (very dear) choice
    #[arg(long)]
    allow_unserved: bool,
    /// Replace the file when it is there
    #[arg(long)]
    force: bool,
}

/// Runs it.
///
/// # Errors
/// Bad settings or data, a form the rules do not fit into, or file trouble.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut overrides = args.roster.overrides();
    overrides.allow_unserved = args.allow_unserved;
    let input = args.roster.read(&overrides, terminal)?;
    let (roster, rules) = (&input.roster, &input.settings.rules);
    let found = contradictions(roster, rules);
    if let Some(first) = found.first() {
        terminal.note(&format!("decisions.csv contradicts itself, so there is no model: {}", first.sentence));
        return Ok(Exit::Infeasible);
    }
    let prepared = Prepared::new(roster, rules);
    let model = Model::new(&prepared);
    let problem = model.problem();
    if args.format == ModelFormat::Npz
        && let Some(obstacle) = solver_files::npz_obstacle(&problem)
    {
        return Err(Failure::Usage(obstacle));
    }
    let trouble = |source| Failure::file(&args.out, source);
    let mut open = File::options();
    open.write(true).create(true).truncate(true).create_new(!args.force);
    let mut out = BufWriter::new(open.open(&args.out).map_err(trouble)?);
    let written = match args.format {
        ModelFormat::Mps => solver_files::mps(&model, &problem, &mut out),
        ModelFormat::Lp => solver_files::lp(&model, &problem, &mut out),
        ModelFormat::Npz => solver_files::npz(&model, &problem, &mut out),
    };
    written.and_then(|()| out.flush()).map_err(trouble)?;
    if !model.unplaced.is_empty() {
        terminal.note(&format!("{} members nobody may take are not in the model", model.unplaced.len()));
    }
    let (units, managers) = (problem.units.len(), problem.managers());
    terminal.line(&format!("{}: {units} units (members or households) x {managers} case managers", args.out.display()));
    Ok(Exit::Ok)
}
