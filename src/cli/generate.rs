//! `caseload generate`: a made-up roster to try things on.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::generate::{self, AS_OF, Request, Sketch, Summary};
use crate::program::Program;
use crate::program::settings::load_program;

/// The program used when none is named.
const DEFAULT_PROGRAM: &str = "iowa-cbcm";

/// Examples:
///   caseload generate --members 800 --managers 0 --out demo/roster
///   caseload generate --members 8500 --managers 190 --seed 7 --out roster
///   caseload generate --members 20000 --managers 0 --state TX --out texas
///   caseload generate --members 8500 --managers 0 --shortage 0.1 --out short
///   caseload generate --program telephonic-60-day --members 35000 --managers 100 --out calls
///
/// Nobody in the roster exists. The same arguments give the same bytes on any machine and any day.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Members
    #[arg(long, value_name = "N")]
    members: usize,
    /// Case managers at work; 0 = as many as the rule needs and 3 % more (10 or 12 % where a
    /// program's limits leave little room). Leaving and planned ones come on top
    #[arg(long, value_name = "M", default_value_t = 0)]
    managers: usize,
    /// Where the roster is written: a new or empty folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Everything random follows from it
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Two letters, or US for the whole nation; where the program's people live when not given
    #[arg(long, value_name = "IA")]
    state: Option<String>,
    /// So many fewer case managers than the rule needs, e.g. 0.1; only with --managers 0
    #[arg(long, value_name = "SHARE")]
    shortage: Option<f64>,
    /// The program whose people these are and whose limits count: a shipped name or a file
    #[arg(long, value_name = "NAME|FILE", default_value = DEFAULT_PROGRAM)]
    program: String,
    /// The day the roster describes; when not given a fixed day, so that results repeat
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// Replace the files of an earlier roster in DIR
    #[arg(long)]
    force: bool,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// Runs it.
///
/// # Errors
/// Wrong arguments, an unknown program, or a folder that is not empty or cannot be written.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let program = program(&args.program)?;
    let (state, day) = generate::usual(&program).map_err(|error| Failure::Usage(error.to_string()))?;
    let request = Request {
        members: args.members,
        managers: args.managers,
        seed: args.seed,
        state: args.state.as_deref().unwrap_or(&state).to_ascii_uppercase(),
        shortage: args.shortage,
        program,
        program_name: args.program.clone(),
        as_of: args.as_of.or(day).unwrap_or_else(fixed_day),
    };
    let is_used = std::fs::read_dir(&args.out).is_ok_and(|mut entries| entries.next().is_some());
    if is_used && !args.force {
        let message = format!("{} is not empty: name a new folder, or add --force", args.out.display());
        return Err(Failure::Usage(message));
    }
    let sketch = Sketch::new(&request).map_err(|error| Failure::Usage(error.to_string()))?;
    save(&sketch, &args.out).map_err(|error| Failure::file(&args.out, error))?;
    answer(&sketch.summary(), args, terminal);
    Ok(Exit::Ok)
}

fn program(name: &str) -> Result<Program, Failure> {
    Ok(load_program(Path::new("."), name)?.program)
}

/// The day of rosters that say nothing else.
fn fixed_day() -> NaiveDate {
    AS_OF.parse().unwrap_or_default()
}

/// Written beside the folder first, so that a half-written roster is never taken for a whole one.
fn save(sketch: &Sketch<'_>, folder: &Path) -> io::Result<()> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let beside = tempfile::Builder::new().prefix(".caseload-generate-").tempdir_in(parent)?;
    let mut names: Vec<String> = Vec::new();
    sketch.write(|name| {
        names.push(name.to_owned());
        Ok(BufWriter::with_capacity(1 << 20, std::fs::File::create_new(beside.path().join(name))?))
    })?;
    std::fs::create_dir_all(folder)?;
    names.iter().try_for_each(|name| std::fs::rename(beside.path().join(name), folder.join(name)))
}

fn answer(summary: &Summary, args: &Args, terminal: &mut Terminal) {
    if args.format == Format::Json {
        terminal.json(summary);
        return;
    }
    let Summary { members, unassigned, managers, new_hires, leaving, planned, needed, .. } = summary;
    let Summary { smallest, largest, over_cap, providers, decisions, .. } = summary;
    terminal.line(&format!("{members} members ({unassigned} without a case manager) in {}", args.out.display()));
    terminal.line(&format!(
        "{managers} case managers at work ({new_hires} newly hired; the rule needs {needed}), {leaving} leaving, {planned} planned"
    ));
    terminal.line(&format!("present caseloads from {smallest} to {largest}, {over_cap} above the cap"));
    terminal.line(&format!("{providers} providers, {decisions} decisions"));
    terminal.note(&format!("next: caseload check {}", args.out.display()));
}
