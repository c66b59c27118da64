//! `caseload letters`: the letters of a plan that was written before, once more: with another organization or window,
//! or for held letters whose addresses were corrected. The folder is judged first; only a verified plan is mailed.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::json;

use crate::cli::input::{self, Input};
use crate::cli::plan_folder::PlanFolder;
use crate::cli::progress::Progress;
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::output::folder::{WriteError, may_replace};
use crate::pipeline::{self, Contents, LETTERS_FOLDER, LETTERS_MARKER, NO_LETTERS, ReleaseError, Released};
use crate::plan::{Plan, SolveReport, Status, identity};
use crate::program::settings::Overrides;
use crate::roster::reading::home;
use crate::verify::VerifiedPlan;
use crate::verify::folder::{Verdict, judge_folder};
use crate::verify::printed::{Discrepancy, PrintedCode, csv_rows};

/// Findings shown in full; `caseload verify` and `--format json` have all.
const SHOWN: usize = 10;

const EXAMPLES: &str = "\
Examples:
  caseload letters demo/plan demo/roster --out demo/again              into a folder of their own
  caseload letters demo/plan demo/roster --organization molina-iowa --force
                                                                       in place of those in demo/plan/letters
  caseload letters demo/plan demo/roster --corrected --force           after addresses or names were corrected";

/// Arguments of `letters`.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    /// The plan folder
    #[arg(value_name = "PLAN_DIR")]
    plan: PathBuf,
    /// The roster the plan was made from: a folder with members.csv and managers.csv
    #[arg(value_name = "DIR")]
    roster: PathBuf,
    /// The folder to write [default: letters in the plan folder]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// The organization letters come from: a shipped name or a TOML file [default: the plan's]
    #[arg(long, value_name = "NAME|FILE")]
    organization: Option<String>,
    /// The program, when not the one of caseload.toml
    #[arg(long, value_name = "NAME|FILE")]
    program: Option<String>,
    /// The roster's files were corrected since; print as long as the plan still holds for them
    #[arg(long)]
    corrected: bool,
    /// Replace the letters when they are there
    #[arg(long)]
    force: bool,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs it.
///
/// # Errors
/// Bad usage, settings or data, file trouble, or a letter that does not read back.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    if !cfg!(feature = "letters") {
        return Err(Failure::Usage(NO_LETTERS.to_owned()));
    }
    let folder = PlanFolder::read(&args.plan)?;
    let target = args.out.clone().unwrap_or_else(|| args.plan.join(LETTERS_FOLDER));
    let file_trouble = |error: WriteError| Failure::File { path: error.path, source: error.source };
    may_replace(&target, args.force, LETTERS_MARKER).map_err(file_trouble)?;
    let input = input::read(&args.roster, &overrides(args, &folder))?;
    let (roster, rules) = (&input.roster, &input.settings.rules);
    let verdict = judge_folder(roster, rules, &input.hashes, &folder.files());
    let (plan_id, verified, changed) = match printable(args, &input, &folder, verdict) {
        Ok(printable) => printable,
        Err(findings) => return Ok(refused(args, &findings, terminal)),
    };
    if !changed.is_empty() {
        let files = changed.join(", ");
        terminal.note(&format!("{files}: changed since the plan was made; the plan holds for what they say now."));
    }
    let mut plan = Plan::new(roster, rules, verified.clone(), not_searched(&verified, roster.members().len()));
    folder.note_schedule(&mut plan);
    let contents = Contents {
        beside: home(&args.roster),
        letters: true,
        report: false,
        workbook: false,
        handoff: false,
        force: args.force,
        hiring: None,
    };
    let progress = Progress::start(None, args.format == Format::Json);
    let letters_done = |done: usize, all: usize| progress.phase(&format!("letters {done} of {all}"));
    let printed = pipeline::print_again(roster, rules, &mut plan, &plan_id, &target, contents, &letters_done);
    progress.finish();
    let mut released = printed.map_err(|error| match error {
        ReleaseError::Write(error) => file_trouble(error),
        ReleaseError::Organization(message) | ReleaseError::Settings(message) => Failure::Usage(message),
        defect @ (ReleaseError::Letters(_) | ReleaseError::Schedule(_) | ReleaseError::Engine(_)) => {
            Failure::Bug(defect.to_string())
        }
    })?;
    released.warnings.extend(other_ids(&folder, &plan));
    show(args, &released, &target, terminal);
    Ok(Exit::Ok)
}

/// The days, the unserved and the organization are the plan's, so that the same letters come out; everything else is
/// what `caseload.toml` says now.
fn overrides(args: &Args, folder: &PlanFolder) -> Overrides {
    let own = folder.overrides();
    let organization = args.organization.clone().or(own.organization);
    Overrides { program: args.program.clone(), organization, ..own }
}

/// What keeps letters from being printed.
#[derive(Serialize)]
struct Findings {
    violations: Vec<String>,
    discrepancies: Vec<Discrepancy>,
}

/// The plan's id, the plan and the files that changed since, when the letters may be printed.
fn printable(
    args: &Args,
    input: &Input,
    folder: &PlanFolder,
    verdict: Verdict,
) -> Result<(String, VerifiedPlan, Vec<String>), Findings> {
    let Verdict { discrepancies, violations, plan, .. } = verdict;
    let (changed, mut discrepancies): (Vec<_>, Vec<_>) =
        discrepancies.into_iter().partition(|found| args.corrected && found.code == PrintedCode::Input);
    let violations: Vec<String> =
        violations.iter().map(|found| format!("{} {}", found.code.code(), found.detail)).collect();
    let Some(plan) = plan.filter(|_| violations.is_empty()) else {
        return Err(Findings { violations, discrepancies });
    };
    // Letter ids and codes are made from the plan's id: it must be that of this assignment, these rules and the files
    // the plan says it was made from.
    let rules = &input.settings.rules;
    let plan_id = identity::plan_id(&input.roster, rules, &folder.inputs(), plan.assignment());
    let printed = folder.word("/plan_id").unwrap_or_default();
    if printed != plan_id && discrepancies.is_empty() {
        discrepancies.push(Discrepancy {
            code: PrintedCode::Word,
            file: "plan.json".to_owned(),
            row: String::new(),
            column: "plan_id".to_owned(),
            printed: printed.to_owned(),
            expected: plan_id.clone(),
        });
    }
    if !discrepancies.is_empty() {
        return Err(Findings { violations, discrepancies });
    }
    Ok((plan_id, plan, changed.into_iter().map(|found| found.column).collect()))
}

/// The plan was searched for in another run; letters say nothing about the search.
fn not_searched(verified: &VerifiedPlan, members: usize) -> SolveReport {
    let status = if verified.terms().total() == verified.bound() { Status::Optimal } else { Status::Feasible };
    SolveReport { status, engine: "", seed: 0, runner_ups: vec![None; members] }
}

/// Letters with another id than `transfers.csv` says: their recipient or their template is another one now.
fn other_ids(folder: &PlanFolder, plan: &Plan) -> Option<String> {
    let rows = csv_rows(folder.files().transfers).ok()?;
    let differs = |(row, transfer): &(&crate::verify::printed::PrintedRow, &crate::plan::Transfer)| {
        row.get("letter_id").map_or("", String::as_str) != transfer.letter_id.as_deref().unwrap_or_default()
    };
    let count = rows.iter().zip(&plan.transfers).filter(differs).count();
    (count > 0).then(|| {
        format!("{count} transfers have another letter than transfers.csv says; index.csv and held.csv are what holds")
    })
}

fn refused(args: &Args, findings: &Findings, terminal: &mut Terminal) -> Exit {
    if args.format == Format::Json {
        terminal.json(&json!({
            "status": "refused",
            "violations": findings.violations,
            "discrepancies": findings.discrepancies,
        }));
        return Exit::RuleUnmet;
    }
    let (plan, roster) = (args.plan.display(), args.roster.display());
    terminal.line(&format!("No letter was printed: {plan} does not verify against {roster}."));
    let all: Vec<String> =
        findings.violations.iter().cloned().chain(findings.discrepancies.iter().map(ToString::to_string)).collect();
    all.iter().take(SHOWN).for_each(|line| terminal.line(&format!("  {line}")));
    if all.len() > SHOWN {
        let more = all.len() - SHOWN;
        terminal.line(&format!("  ... and {more} more (`caseload verify {plan} {roster} --format json` lists all)"));
    }
    if findings.violations.is_empty() && findings.discrepancies.iter().all(|found| found.code == PrintedCode::Input) {
        terminal.line("Only the roster's files changed, and the plan still holds: print with --corrected.");
    } else {
        terminal.line(&format!("Plan again (`caseload plan {roster}`), or undo the change."));
    }
    Exit::RuleUnmet
}

fn show(args: &Args, released: &Released, target: &std::path::Path, terminal: &mut Terminal) {
    let (letters, held) = released.letters.unwrap_or_default();
    match args.format {
        Format::Json => terminal.json(&json!({
            "status": "printed",
            "plan_id": released.plan_id,
            "letters": letters,
            "held": held,
            "held_by_reason": released.held_by_reason,
            "warnings": released.warnings,
            "letters_dir": target.display().to_string(),
        })),
        Format::Human => {
            for warning in &released.warnings {
                terminal.note(&format!("warning: {warning}"));
            }
            terminal.line(&format!("{letters} letters printed and read back in {}.", target.display()));
            if held > 0 {
                terminal.line(&format!("{held} held; held.csv says whose, why, and what to do:"));
            }
            for (reason, count) in &released.held_by_reason {
                terminal.line(&format!("  {reason:<28} {count}"));
            }
        }
    }
}
