//! `caseload compare`: up to four plans side by side, or one roster under many settings.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::input;
use crate::cli::plan;
use crate::cli::plan_folder::PlanFolder;
use crate::cli::progress::{Progress, obey_interrupts};
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::ids::ManagerIx;
use crate::model::contradictions;
use crate::output::figures::count;
use crate::output::sweep::{Point, csv, html, save};
use crate::program::settings::Overrides;
use crate::solve::Control;
use crate::units::Cost;
use crate::verify::folder::read_assignments;
use crate::whatif::compare::{Side, compare};
use crate::whatif::sweep::{self, Axis, Scenario};

/// Plans side by side, at most.
const PLANS: usize = 4;

const EXAMPLES: &str = "\
Examples:
  caseload compare plans/a plans/b                                   what differs, and which one is beaten
  caseload compare plans/a plans/b plans/c --roster my-roster        when the plans do not say where the roster is
  caseload compare my-roster --vary continuity=0.5..2,caps=45..50    a sweep: every combination solved
  caseload compare my-roster --vary continuity=0.5..2 --steps 20 --csv sweep.csv --html sweep.html";

/// Arguments of `compare`.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    /// Plan folders, at most four; with --vary the roster's folder
    #[arg(value_name = "PLAN_DIR|DIR", required = true)]
    folders: Vec<PathBuf>,
    /// The roster of the plans [default: where the first says it was]
    #[arg(long, value_name = "DIR")]
    roster: Option<PathBuf>,
    /// Settings to vary: KEY=FROM..TO or KEY=A;B, several with commas; weights and limits of caseload.toml
    #[arg(long, value_name = "LIST")]
    vary: Option<String>,
    /// With --vary: values of a range
    #[arg(long, value_name = "N", default_value_t = 10, requires = "vary")]
    steps: usize,
    /// With --vary: relative gap that is good enough [0 = every plan proven]
    #[arg(long, value_name = "REL", default_value_t = 0.0, requires = "vary")]
    gap: f64,
    /// With --vary: write the table
    #[arg(long, value_name = "FILE", requires = "vary")]
    csv: Option<PathBuf>,
    /// With --vary: write the page with the chart
    #[arg(long, value_name = "FILE", requires = "vary")]
    html: Option<PathBuf>,
    /// The program, when not the one of caseload.toml
    #[arg(long, value_name = "NAME|FILE")]
    program: Option<String>,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs it.
///
/// # Errors
/// Bad usage, settings or data, file trouble, or a defect.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    match &args.vary {
        Some(vary) => vary_settings(args, vary, terminal),
        None => side_by_side(args, terminal),
    }
}

fn side_by_side(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    if !(2..=PLANS).contains(&args.folders.len()) {
        return Err(Failure::Usage(format!("2 to {PLANS} plan folders are compared, or one roster with --vary")));
    }
    let folders: Vec<PlanFolder> = args.folders.iter().map(|path| PlanFolder::read(path)).collect::<Result<_, _>>()?;
    let roster_dir = args.roster.clone().or_else(|| folders[0].roster_dir(&args.folders[0])).ok_or_else(|| {
        Failure::Usage(format!("{}: where is its roster? Name it with --roster DIR", args.folders[0].display()))
    })?;
    let overrides = Overrides { program: args.program.clone(), ..folders[0].overrides() };
    let input = input::read(&roster_dir, &overrides)?;
    let mut plans: Vec<(String, Vec<Option<ManagerIx>>)> = Vec::new();
    for (path, folder) in args.folders.iter().zip(&folders) {
        let name = path.display().to_string();
        let read = read_assignments(&input.roster, folder.files().assignments);
        let (assignment, unread) = read.map_err(|why| Failure::Usage(format!("{name}: {why}")))?;
        if let Some(first) = unread.first() {
            terminal.note(&format!("warning: {name}: {}", first.detail));
        }
        plans.push((name, assignment));
    }
    let sides = compare(&input.roster, &input.settings.rules, &plans);
    match args.format {
        Format::Json => terminal.json(&json!({ "plans": sides })),
        Format::Human => show(&sides, terminal),
    }
    Ok(Exit::Ok)
}

fn show(sides: &[Side], terminal: &mut Terminal) {
    for side in sides {
        let measures = &side.measures;
        terminal.line(&side.plan);
        terminal.line(&format!(
            "  {} members move ({} high-need), {} relationships kept, {} driving, {} for loads above the target,",
            measures.moved,
            measures.high_need_moved,
            measures.kept,
            Cost(measures.driving_seconds),
            Cost(measures.balance_seconds)
        ));
        terminal.line(&format!(
            "  greatest load {}, {} unmet, {} a year together at the first plan's rates",
            measures.greatest_load,
            measures.unmet,
            Cost(measures.cost_seconds)
        ));
        side.differences.iter().for_each(|words| terminal.line(&format!("    {words}")));
        if let Some(better) = &side.dominated_by {
            terminal.line(&format!("  BEATEN by {better}: as good in everything, better in something"));
        }
    }
}

fn vary_settings(args: &Args, vary: &str, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let [folder] = args.folders.as_slice() else {
        return Err(Failure::Usage("with --vary give the roster's folder only".to_owned()));
    };
    if !(0.0..1.0).contains(&args.gap) {
        return Err(Failure::Usage(format!("--gap {}: a share from 0 up to 1 is expected, e.g. 0.001", args.gap)));
    }
    obey_interrupts();
    let axes = sweep::parse(vary, args.steps).map_err(|why| Failure::Usage(format!("--vary: {why}")))?;
    let overrides = Overrides { program: args.program.clone(), ..Overrides::default() };
    let input = input::read(folder, &overrides)?;
    let found = contradictions(&input.roster, &input.settings.rules);
    if !found.is_empty() {
        return Ok(plan::contradictions(args.format, &found, terminal));
    }
    let progress = Progress::start(None, args.format == Format::Json);
    let seconds_left = || progress.seconds_left();
    let control = Control { seconds_left: &seconds_left, work_limit: None, gap: args.gap, progress: &|_| {} };
    let all: usize = axes.iter().map(|axis| axis.values.len()).product();
    progress.phase(&format!("{all} scenarios"));
    let scenarios = sweep::sweep(&input.roster, &input.settings.rules, &axes, control);
    progress.finish();
    let scenarios = scenarios.map_err(|error| Failure::Bug(error.to_string()))?;
    let names: Vec<String> = axes.iter().map(|axis| axis.key.clone()).collect();
    let points: Vec<Point> = scenarios.iter().map(|scenario| point(&axes, scenario)).collect();
    let trouble = |error: crate::output::folder::WriteError| Failure::File { path: error.path, source: error.source };
    if let Some(path) = &args.csv {
        save(path, &csv(&names, &points)).map_err(trouble)?;
    }
    if let Some(path) = &args.html {
        let page = html(&names, &points).map_err(|error| Failure::Bug(error.to_string()))?;
        save(path, &page).map_err(trouble)?;
    }
    match args.format {
        Format::Json => terminal.json(&json!({ "axes": axes, "scenarios": scenarios })),
        Format::Human => show_sweep(&names, &points, terminal),
    }
    let any = scenarios.iter().any(|scenario| scenario.measures.is_some());
    Ok(if any { Exit::Ok } else { Exit::Infeasible })
}

/// The scenarios that no other beats, in columns; all are in the table and on the page.
fn show_sweep(axes: &[String], points: &[Point], terminal: &mut Terminal) {
    let of = |status: &str| points.iter().filter(|point| point.status == status).count();
    let best: Vec<&Point> = points.iter().filter(|point| point.pareto).collect();
    let not = |count: usize, what: &str| if count > 0 { format!(", {count} {what}") } else { String::new() };
    terminal.line(&format!(
        "{} scenarios: {} with a plan ({} proven the best){}{}.",
        points.len(),
        points.iter().filter(|point| point.found).count(),
        of("optimal"),
        not(of("infeasible"), "impossible"),
        not(of("none found"), "not solved in time")
    ));
    if best.is_empty() {
        return;
    }
    terminal
        .line(&format!("No other has fewer moves, less driving and better balance than each of these {}:", best.len()));
    let mut rows: Vec<Vec<String>> = vec![axes.to_vec()];
    rows[0].extend(["moved", "high-need moved", "driving, h a year", "balance, h a year"].map(str::to_owned));
    rows.extend(best.iter().map(|point| {
        let measures = [point.moved, point.high_need_moved, point.driving_hours, point.balance_hours];
        point.values.iter().cloned().chain(measures.map(count)).collect()
    }));
    let wide: Vec<usize> =
        (0..rows[0].len()).map(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(0)).collect();
    for row in &rows {
        let cells = row.iter().zip(&wide).map(|(cell, wide)| format!("{cell:>wide$}"));
        terminal.line(&format!("  {}", cells.collect::<Vec<_>>().join("  ")));
    }
    terminal.line("All scenarios: --csv FILE; with a chart: --html FILE.");
}

fn point(axes: &[Axis], scenario: &Scenario) -> Point {
    let values: Vec<String> = scenario.values.iter().map(ToString::to_string).collect();
    let settings: Vec<String> = axes.iter().zip(&values).map(|(axis, value)| format!("{} {value}", axis.key)).collect();
    let of = |read: fn(&crate::whatif::compare::Measures) -> i64| scenario.measures.as_ref().map_or(0, read);
    Point {
        settings: settings.join(", "),
        values,
        status: scenario.status.to_owned(),
        found: scenario.measures.is_some(),
        moved: of(|measures| measures.moved as i64),
        high_need_moved: of(|measures| measures.high_need_moved as i64),
        driving_hours: of(|measures| sweep::hours(measures.driving_seconds)),
        balance_hours: of(|measures| sweep::hours(measures.balance_seconds)),
        pareto: scenario.pareto,
    }
}
