//! The command line: one file a command, [`terminal`] is the only place that prints.

pub mod check;
pub mod compare;
pub mod config;
pub mod exit;
pub mod explain;
pub mod generate;
pub mod handoff;
pub mod hire;
pub mod import;
pub mod import_decisions;
pub mod init;
pub mod input;
pub mod letters;
pub mod model;
pub mod plan;
pub mod plan_folder;
pub mod progress;
pub mod recommend;
pub mod reconcile;
pub mod schema;
pub mod simulate;
pub mod terminal;
pub mod verify;

use clap::{Parser, Subcommand, ValueEnum};

pub use exit::{Exit, Failure};
use terminal::Terminal;

/// Caseload rebalancing: verified transfer plans with a proof, a report and the letters.
#[derive(Debug, Parser)]
#[command(name = "caseload", version, about, max_term_width = 100, after_help = FIRST_STEPS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const FIRST_STEPS: &str = "\
First steps:
  caseload init my-roster                    a workbook to fill in (with --demo iowa: filled in already)
  caseload check my-roster                   where do we stand, rule by rule
  caseload plan my-roster --out my-plan      the transfer plan, its report, workbook and letters

Exit status: 0 the plan meets every rule | 1 valid, but some rule is unmet | 2 usage or settings | 3 bad data
             4 infeasible, with the reason | 5 limit reached, best verified plan written | 70 a bug | 74 file trouble";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A workbook to fill in with its settings, or a made-up roster ready to plan
    Init(init::Args),
    /// An agency's own file as a roster, by a remembered column mapping
    Import(import::Args),
    /// Where do we stand: rule by rule, before any optimisation
    Check(check::Args),
    /// The main job: a verified transfer plan with its report and letters
    Plan(plan::Args),
    /// Judge a plan folder, or anybody's assignments.csv, from the raw roster and the rules
    Verify(verify::Args),
    /// Why this member, why this caseload, what the plan hangs on
    Explain(explain::Args),
    /// The best case managers for one member, members for a new hire, takers for a leaver
    Recommend(recommend::Args),
    /// Plans side by side, or a sweep over settings
    Compare(compare::Args),
    /// Before hiring: how many, where, what each hire buys, with a bound for every number
    Hire(hire::Args),
    /// The months to come, many times over: how likely a cap or the average breaks, and the staff that prevents it
    Simulate(simulate::Args),
    /// Print the letters of a plan again
    Letters(letters::Args),
    /// The marks of a plan's workbook as decisions, and a plan around them
    ImportDecisions(import_decisions::Args),
    /// Did the plan happen: a later roster held against it
    Reconcile(reconcile::Args),
    /// A day and a method for every transfer of a plan, with calendar invitations and checklists
    Handoff(handoff::Args),
    /// A seeded synthetic roster on real US geography
    Generate(generate::Args),
    /// Hand the exact model to another solver (MPS, LP, NPZ)
    Model(model::Args),
    /// The input files' columns as Table Schema
    Schema(schema::Args),
    /// Every setting with its origin
    Config(config::Args),
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON object on stdout.
    Json,
}

/// The day of the run: the only place where a clock decides anything. It becomes `as_of` unless that is set.
#[must_use]
pub fn today() -> chrono::NaiveDate {
    chrono::Local::now().date_naive()
}

/// Runs a command and turns whatever happens into an exit status.
#[must_use]
pub fn run(cli: Cli, terminal: &mut Terminal) -> Exit {
    let result = match cli.command {
        Command::Init(args) => init::run(&args, terminal),
        Command::Import(args) => import::run(&args, terminal),
        Command::Check(args) => check::run(&args, terminal),
        Command::Plan(args) => plan::run(&args, terminal),
        Command::Verify(args) => verify::run(&args, terminal),
        Command::Explain(args) => explain::run(&args, terminal),
        Command::Recommend(args) => recommend::run(&args, terminal),
        Command::Compare(args) => compare::run(&args, terminal),
        Command::Hire(args) => hire::run(&args, terminal),
        Command::Simulate(args) => simulate::run(&args, terminal),
        Command::Letters(args) => letters::run(&args, terminal),
        Command::ImportDecisions(args) => import_decisions::run(&args, terminal),
        Command::Reconcile(args) => reconcile::run(&args, terminal),
        Command::Handoff(args) => handoff::run(&args, terminal),
        Command::Generate(args) => generate::run(&args, terminal),
        Command::Model(args) => model::run(&args, terminal),
        Command::Schema(args) => schema::run(&args, terminal),
        Command::Config(args) => config::run(&args, terminal),
    };
    result.unwrap_or_else(|failure| {
        terminal.failure(&failure);
        failure.exit()
    })
}
