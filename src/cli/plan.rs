//! `caseload plan`: the main job.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use serde_json::json;

use crate::cli::input::{Input, RosterArgs};
use crate::cli::progress::{Progress, interrupted, obey_interrupts, peak_rss_bytes};
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::diagnostic::Severity;
use crate::model::Contradiction;
use crate::output::Published;
use crate::output::json::Timings;
use crate::pipeline::{self, Contents, Ending, PipelineError, ReleaseError, Released};
use crate::plan::{Plan, Status};
use crate::program::settings::Overrides;
use crate::roster::reading::home;
use crate::solve::{Control, portfolio};
use crate::whatif::hiring::{Curve, Request, curve};
use crate::whatif::{Infeasibility, Repair};

const EXAMPLES: &str = "\
Examples:
  caseload plan datasets/iowa-mco                          a new folder under datasets/iowa-mco/plans/
  caseload plan roster --out plans/january --force         replace an earlier plan
  caseload plan roster --time-limit 60 --format json       for scripts
  caseload plan roster.xlsx                                the roster as one workbook
  caseload plan roster --allow-unserved                    place as many as can be, list the others
  caseload plan roster --hiring 8                          with what up to 8 hires would change";

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    roster: RosterArgs,
    /// The plan folder to write [default: a new folder under DIR/plans/]
    #[arg(long, value_name = "PLAN_DIR")]
    out: Option<PathBuf>,
    /// Stop after so many seconds with the best verified plan
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<f64>,
    /// Stop after so many steps, so that the stop can be repeated
    #[arg(long, value_name = "N")]
    work_limit: Option<u64>,
    /// Stop when the plan is within this share of the bound [0 = proven optimal]
    #[arg(long, value_name = "REL", default_value_t = 0.0)]
    gap: f64,
    /// Which engine solves
    #[arg(long, default_value = "auto", value_parser = clap::builder::PossibleValuesParser::new(portfolio::names()))]
    engine: String,
    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Seed of whatever is random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Leave members without a case manager when not all can be placed
    #[arg(long)]
    allow_unserved: bool,
    /// The organization letters come from: a shipped name or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    organization: Option<String>,
    /// Print no letters
    #[arg(long)]
    no_letters: bool,
    /// Write no report.html
    #[arg(long)]
    no_report: bool,
    /// Write no plan.xlsx, the one file beside the letters that holds names
    #[arg(long)]
    no_workbook: bool,
    /// Schedule no handoffs: `caseload handoff` does it later
    #[arg(long)]
    no_handoff: bool,
    /// Replace the plan folder when it is there
    #[arg(long)]
    force: bool,
    /// Add what up to so many hires would change to the report and the workbook, as `caseload hire` finds it
    #[arg(long, value_name = "K")]
    hiring: Option<u32>,
    /// Exit with 1 when the roster has warnings
    #[arg(long)]
    strict: bool,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs it.
///
/// # Errors
/// Bad usage, settings or data, file trouble, or a defect.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let started = Instant::now();
    check_usage(args)?;
    use_threads(args.threads)?;
    obey_interrupts();
    let mut timings = Timings::default();
    let overrides = Overrides {
        allow_unserved: args.allow_unserved,
        organization: args.organization.clone(),
        ..args.roster.overrides()
    };
    let input = args.roster.read(&overrides, terminal)?;
    timings.read = started.elapsed().as_secs_f64();
    let target = target(args, &input);
    crate::output::folder::may_replace(&target, args.force, crate::output::folder::PLAN_MARKER)
        .map_err(|error| Failure::File { path: error.path, source: error.source })?;

    let progress = Progress::start(args.time_limit, args.format == Format::Json && args.time_limit.is_none());
    let seconds_left = || progress.seconds_left();
    let news = |news| progress.search(news);
    let control = Control { seconds_left: &seconds_left, work_limit: args.work_limit, gap: args.gap, progress: &news };
    progress.phase("building the model");
    let ending = pipeline::plan(&input.roster, &input.settings.rules, &args.engine, args.seed, control, &mut timings);
    let ending = ending.map_err(|error| {
        progress.finish();
        as_failure(error)
    })?;
    let exit = match ending {
        Ending::Plan(plan) => write(args, &input, *plan, &target, timings, started, &progress, terminal)?,
        Ending::Contradictions(found) => {
            progress.finish();
            contradictions(args.format, &found, terminal)
        }
        Ending::Infeasible(why, repairs) => {
            progress.finish();
            infeasible(args.format, &why, &repairs, terminal)
        }
        Ending::Nothing => {
            progress.finish();
            nothing(args.format, terminal)
        }
    };
    let warned = input.problems.iter().any(|problem| problem.severity() == Severity::Warning);
    Ok(if exit == Exit::Ok && args.strict && warned { Exit::RuleUnmet } else { exit })
}

fn check_usage(args: &Args) -> Result<(), Failure> {
    if args.gap.is_nan() || !(0.0..1.0).contains(&args.gap) {
        return Err(Failure::Usage(format!("--gap {}: a share from 0 up to 1 is expected, e.g. 0.001", args.gap)));
    }
    if args.time_limit.is_some_and(|limit| limit.is_nan() || limit <= 0.0) {
        return Err(Failure::Usage("--time-limit: a number of seconds above 0 is expected".to_owned()));
    }
    Ok(())
}

/// Sets the number of threads for the whole process.
pub(super) fn use_threads(threads: Option<usize>) -> Result<(), Failure> {
    let Some(threads) = threads else { return Ok(()) };
    if threads == 0 {
        return Err(Failure::Usage("--threads 0: at least 1 is expected".to_owned()));
    }
    // Fails only when the pool exists already, which a command line run cannot have.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    Ok(())
}

/// `--out`, else a new folder under `DIR/plans/` named after the day the plan takes effect.
fn target(args: &Args, input: &Input) -> PathBuf {
    if let Some(out) = &args.out {
        return out.clone();
    }
    new_plan_folder(&args.roster.folder, input)
}

/// A new folder under `plans/` beside the roster, named after the day the plan takes effect.
#[must_use]
pub fn new_plan_folder(roster: &Path, input: &Input) -> PathBuf {
    let plans = home(roster).join("plans");
    let name = input.settings.rules.effective_on.to_string();
    let numbered = (2..).map(|number| plans.join(format!("{name}-{number}")));
    let mut names = std::iter::once(plans.join(&name)).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or(plans)
}

/// An engine that broke, as a command ends with it.
#[must_use]
pub fn as_failure(error: PipelineError) -> Failure {
    match error {
        PipelineError::Engine(error) if error.engine == "portfolio" => Failure::Usage(error.to_string()),
        other => Failure::Bug(other.to_string()),
    }
}

#[allow(clippy::too_many_arguments, reason = "everything a run knows at its end")]
fn write(
    args: &Args,
    input: &Input,
    mut plan: Plan,
    target: &Path,
    mut timings: Timings,
    started: Instant,
    progress: &Progress,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let writing = Instant::now();
    let hiring = hiring(args, input, progress)?;
    let hiring = hiring.as_ref();
    let contents = Contents {
        hiring,
        beside: home(&args.roster.folder),
        letters: !args.no_letters,
        report: !args.no_report,
        workbook: !args.no_workbook,
        handoff: !args.no_handoff,
        force: args.force,
    };
    let mut so_far = || {
        let write = writing.elapsed().as_secs_f64();
        Timings { write, total: started.elapsed().as_secs_f64(), ..timings }
    };
    let letters_done = |done: usize, all: usize| progress.phase(&format!("letters {done} of {all}"));
    progress.phase("writing");
    let (roster, rules) = (&input.roster, &input.settings.rules);
    let released =
        pipeline::release(roster, rules, &mut plan, &input.hashes, target, contents, &mut so_far, &letters_done);
    progress.finish();
    let released = released.map_err(not_released)?;
    timings = so_far();
    for warning in &released.warnings {
        terminal.note(&format!("warning: {warning}"));
    }
    match args.format {
        Format::Json => {
            terminal.json(&plan.summary(roster, &released.plan_id, timings, peak_rss_bytes(), target));
        }
        Format::Human => {
            let published =
                Published { roster, rules, plan: &plan, plan_id: &released.plan_id, inputs: &input.hashes, hiring };
            let text = crate::output::summary::summary(
                &published,
                &args.roster.folder.display().to_string(),
                &target.display().to_string(),
            );
            terminal.line(text.trim_end());
            terminal.line(&closing(&released, timings));
        }
    }
    if interrupted() {
        terminal.note("Interrupted: this is the best plan found until then.");
    }
    Ok(match plan.report.status {
        Status::Limit => Exit::Limit,
        _ if !plan.verified.meets_every_rule() => Exit::RuleUnmet,
        _ => Exit::Ok,
    })
}

/// What hires would change, when it is asked for; progress ends where that goes wrong.
fn hiring(args: &Args, input: &Input, progress: &Progress) -> Result<Option<Curve>, Failure> {
    let Some(max) = args.hiring else { return Ok(None) };
    let request = Request { max, ..Request::default() };
    let seconds_left = || progress.seconds_left();
    let news = |news| progress.search(news);
    let control = Control { seconds_left: &seconds_left, work_limit: args.work_limit, gap: 0.0, progress: &news };
    let found = curve(&input.roster, &input.settings.rules, &request, control);
    found.map(Some).map_err(|error| {
        progress.finish();
        crate::cli::hire::as_failure(error)
    })
}

/// A plan folder that was not written, as a command ends with it.
#[must_use]
pub fn not_released(error: ReleaseError) -> Failure {
    match error {
        ReleaseError::Write(error) => Failure::File { path: error.path, source: error.source },
        ReleaseError::Organization(message) | ReleaseError::Settings(message) => Failure::Usage(message),
        defect @ (ReleaseError::Letters(_) | ReleaseError::Schedule(_) | ReleaseError::Engine(_)) => {
            Failure::Bug(defect.to_string())
        }
    }
}

fn closing(released: &Released, timings: Timings) -> String {
    let letters = released.letters.map_or(String::new(), |(printed, held)| {
        format!("{printed} letters printed and read back, {held} held (letters/held.csv says why). ")
    });
    let handoffs = released
        .handoffs_by
        .map_or(String::new(), |day| format!("Handoffs are done by {day} (handoff/schedule.csv). "));
    let notices = released.notices.map_or(String::new(), |(printed, held)| match held {
        0 => format!("{printed} notices to providers. "),
        _ => format!("{printed} notices to providers, {held} held (handoff/providers-held.csv says why). "),
    });
    format!("{letters}{notices}{handoffs}{:.1} s, of which {:.1} s solving.", timings.total, timings.solve)
}

/// Says which decisions contradict each other.
pub fn contradictions(format: Format, found: &[Contradiction], terminal: &mut Terminal) -> Exit {
    match format {
        Format::Json => terminal.json(&json!({ "status": "infeasible", "contradictions": found })),
        Format::Human => {
            terminal.line(&format!("No plan is possible: {} contradictions in decisions.csv.", found.len()));
            for contradiction in found {
                let rows: Vec<String> = contradiction.rows.iter().map(u32::to_string).collect();
                terminal.line(&format!("  row {}: {}", rows.join(" and "), contradiction.sentence));
            }
            terminal.line("Take one row of each out, then plan again. Nothing was written.");
        }
    }
    Exit::Infeasible
}

#[derive(Serialize)]
struct InfeasibleAnswer<'a> {
    status: &'static str,
    #[serde(flatten)]
    why: &'a Infeasibility,
    repairs: &'a [Repair],
}

/// Says why no plan exists and what would make one possible.
pub fn infeasible(format: Format, why: &Infeasibility, repairs: &[Repair], terminal: &mut Terminal) -> Exit {
    if format == Format::Json {
        terminal.json(&InfeasibleAnswer { status: "infeasible", why, repairs });
        return Exit::Infeasible;
    }
    terminal.line("No plan meets the rules. No cap was broken; nothing was written.");
    terminal.line(&format!("\nWhy: {}.", why.sentence));
    if !why.members.is_empty() {
        terminal.line(&format!("  members: {}", shortened(&why.members)));
        terminal.line(&format!("  case managers: {}", shortened(&why.managers)));
    }
    if !why.by_county.is_empty() {
        let counties: Vec<String> = why.by_county.iter().map(|(county, count)| format!("{county} {count}")).collect();
        terminal.line(&format!("  where they live: {}", shortened(&counties)));
    }
    why.in_common.iter().for_each(|words| terminal.line(&format!("  of them {words}")));
    if !why.conflict.is_empty() {
        let last = if why.irreducible {
            "leaving out any one of them makes a plan possible"
        } else {
            "perhaps not all of them are needed for it (not proven)"
        };
        terminal.line(&format!("\nWhat cannot all be kept: {}; {last}.", why.conflict.join("; ")));
    }
    terminal.line("\nWhat would make it possible (each was solved, its plan verified; the cheapest plan first):");
    for repair in repairs {
        let cost = crate::units::Cost(repair.cost_seconds);
        terminal.line(&format!(
            "  - {}: {} members move ({} high-need), {cost} of staff time a year",
            repair.sentence, repair.moved, repair.high_need_moved
        ));
    }
    if repairs.is_empty() {
        terminal.line(
            "  nothing that was tried on its own; try a combination with `--allow-unserved` to see who is left out",
        );
    }
    terminal.line("\n`caseload plan --allow-unserved` places as many members as can be and lists the others.");
    Exit::Infeasible
}

/// Says that there was no time.
pub fn nothing(format: Format, terminal: &mut Terminal) -> Exit {
    match format {
        Format::Json => terminal.json(&json!({ "status": "limit", "plan_dir": null })),
        Format::Human => terminal.line("The limit was reached before any plan was found. Nothing was written."),
    }
    Exit::Limit
}

/// The first twelve of a list, then how many more.
fn shortened(all: &[String]) -> String {
    let shown = all.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > 12 { format!("{shown} and {} more", all.len() - 12) } else { shown }
}
