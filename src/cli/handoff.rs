//! `caseload handoff`: a day and a method for every transfer of a plan that was written before. The folder is judged
//! first; only the transfers of a verified plan are scheduled, and only a checked schedule is written.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::cli::input;
use crate::cli::plan::not_released;
use crate::cli::plan_folder::PlanFolder;
use crate::cli::progress::Progress;
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::handoff::{CheckedSchedule, NoCall, Stuck, default_start};
use crate::intake::marks;
use crate::output::folder::{WriteError, may_replace};
use crate::output::handoff::{FOLDER, MARKER, proof, weeks};
use crate::output::{Published, xlsx};
use crate::pipeline::{self, Scheduled};
use crate::plan::Plan;
use crate::program::settings::Overrides;
use crate::roster::reading::home;
use crate::roster::reading::workbook::{self, WorkbookError};
use crate::verify::folder::{Verdict, judge_folder};

/// Findings shown in full; `caseload verify` has all.
const SHOWN: usize = 10;

const EXAMPLES: &str = "\
Examples:
  caseload handoff demo/plan demo/roster --out demo/handoff            into a folder of its own
  caseload handoff demo/plan demo/roster --start 2027-01-04 --force    new dates in the plan folder itself
  caseload handoff demo/plan demo/roster --per-week 15 --per-day 4 --out demo/faster --format json
                                                                       what higher limits would bring";

/// Arguments of `handoff`.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    /// The plan folder
    #[arg(value_name = "PLAN_DIR")]
    plan: PathBuf,
    /// The roster the plan was made from: a folder with members.csv and managers.csv
    #[arg(value_name = "DIR")]
    roster: PathBuf,
    /// The folder to write [default: handoff in the plan folder, and the dates in its other files]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// First day a handoff may be on [default: the workday after the roster's day]
    #[arg(long, value_name = "DATE")]
    start: Option<NaiveDate>,
    /// Handoffs of one case manager in a week, given and taken [default: as set]
    #[arg(long, value_name = "N")]
    per_week: Option<u32>,
    /// Handoffs of one case manager on a day
    #[arg(long, value_name = "N")]
    per_day: Option<u32>,
    /// Handoffs of one team in a week, 0 = no limit
    #[arg(long, value_name = "N")]
    team_per_week: Option<u32>,
    /// Handoffs of one team on a day, 0 = no limit
    #[arg(long, value_name = "N")]
    team_per_day: Option<u32>,
    /// No handoff so many days before an assessment or review
    #[arg(long, value_name = "DAYS")]
    blackout_days: Option<u32>,
    /// The letter is out so many days before the handoff
    #[arg(long, value_name = "DAYS")]
    letter_days: Option<u32>,
    /// No briefing sheets, notes and notices to providers
    #[arg(long)]
    no_sheets: bool,
    /// The program, when not the one of caseload.toml
    #[arg(long, value_name = "NAME|FILE")]
    program: Option<String>,
    /// Replace the schedule when it is there
    #[arg(long)]
    force: bool,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs it.
///
/// # Errors
/// Bad usage, settings or data, file trouble, or a defect.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let folder = PlanFolder::read(&args.plan)?;
    let target = args.out.clone().unwrap_or_else(|| args.plan.join(FOLDER));
    // A plan folder made without a schedule may have a folder of notices to providers already.
    if args.out.is_some() || target.join(MARKER).exists() {
        may_replace(&target, args.force, MARKER).map_err(file_trouble)?;
    }
    let overrides = Overrides { program: args.program.clone(), ..folder.overrides() };
    let mut input = input::read(&args.roster, &overrides)?;
    let verdict = judge_folder(&input.roster, &input.settings.rules, &input.hashes, &folder.files());
    let Verdict { discrepancies, violations, plan, .. } = verdict;
    let verified = match plan {
        Some(plan) if violations.is_empty() && discrepancies.is_empty() => plan,
        _ => {
            let violations = violations.iter().map(ToString::to_string);
            let findings: Vec<String> = violations.chain(discrepancies.iter().map(ToString::to_string)).collect();
            return Ok(refused(args, &findings, terminal));
        }
    };
    let rules = &mut input.settings.rules;
    rules.program.handoff = rules.program.handoff.with(&flags(args)).map_err(Failure::Usage)?;
    let (roster, rules) = (&input.roster, &input.settings.rules);
    let mut plan = Plan::new(roster, rules, verified, folder.report(roster));
    folder.note_schedule(&mut plan);
    let start = args.start.unwrap_or_else(|| default_start(rules));
    let schedule = match pipeline::schedule(roster, rules, &mut plan, start).map_err(not_released)? {
        Scheduled::Found(schedule) => schedule,
        Scheduled::Impossible(stuck) => return Ok(impossible(args, &stuck, terminal)),
    };
    let plan_id = folder.word("/plan_id").unwrap_or_default().to_owned();
    if args.out.is_none() {
        spare_marks(&args.plan)?;
        let progress = Progress::start(None, args.format == Format::Json);
        let letters_done = |done: usize, all: usize| progress.phase(&format!("letters {done} of {all}"));
        let (inputs, beside) = (&input.hashes, home(&args.roster));
        let released = pipeline::reschedule(
            roster,
            rules,
            &mut plan,
            &plan_id,
            inputs,
            &schedule,
            &args.plan,
            beside,
            !args.no_sheets,
            &letters_done,
        );
        progress.finish();
        released.map_err(not_released)?.warnings.iter().for_each(|line| terminal.note(&format!("warning: {line}")));
    }
    let published = Published { roster, rules, plan: &plan, plan_id: &plan_id, inputs: &input.hashes, hiring: None };
    if let Some(out) = &args.out {
        let beside = (!args.no_sheets).then(|| home(&args.roster));
        pipeline::release_schedule(&published, &schedule, out, args.force, beside).map_err(not_released)?;
    }
    show(args, &published, &schedule, &target, terminal);
    let no_time = schedule.entries().iter().any(|entry| entry.no_call == Some(NoCall::NoTime));
    let late = schedule.schedule().finish() > rules.effective_on && !plan.transfers.is_empty();
    Ok(if no_time || late { Exit::RuleUnmet } else { Exit::Ok })
}

fn file_trouble(error: WriteError) -> Failure {
    Failure::File { path: error.path, source: error.source }
}

/// The settings that flags change.
fn flags(args: &Args) -> toml::Table {
    let flags = [
        ("per_week", args.per_week),
        ("per_day", args.per_day),
        ("team_per_week", args.team_per_week),
        ("team_per_day", args.team_per_day),
        ("blackout_days", args.blackout_days),
        ("letter_days", args.letter_days),
    ];
    let given = flags.into_iter().filter_map(|(key, value)| Some((key.to_owned(), toml::Value::from(value?))));
    given.collect()
}

/// A workbook with marks is somebody's work, which a new one would replace.
fn spare_marks(plan: &Path) -> Result<(), Failure> {
    let path = plan.join(xlsx::FILE);
    if !path.is_file() {
        return Ok(());
    }
    let marked = match workbook::read(&path).map(|book| marks::read(&book)) {
        Ok(Ok(marks)) => marks.marked.len() + marks.remarks,
        Err(WorkbookError::Io { path, source }) => return Err(Failure::File { path, source }),
        // Not as it was written: somebody worked in it.
        Ok(Err(_)) | Err(WorkbookError::Refused(_)) => 1,
    };
    if marked == 0 {
        return Ok(());
    }
    let shown = path.display();
    Err(Failure::Usage(format!(
        "{shown} holds marks or comments, which a new workbook would not have: take them in with \
         `caseload import-decisions {shown}`, or give --out for a schedule beside the plan"
    )))
}

fn refused(args: &Args, findings: &[String], terminal: &mut Terminal) -> Exit {
    if args.format == Format::Json {
        terminal.json(&json!({ "status": "refused", "findings": findings }));
        return Exit::RuleUnmet;
    }
    let (plan, roster) = (args.plan.display(), args.roster.display());
    terminal.line(&format!("Nothing was scheduled: {plan} does not verify against {roster}."));
    findings.iter().take(SHOWN).for_each(|line| terminal.line(&format!("  {line}")));
    if findings.len() > SHOWN {
        let more = findings.len() - SHOWN;
        terminal.line(&format!("  ... and {more} more (`caseload verify {plan} {roster} --format json` lists all)"));
    }
    terminal.line(&format!("Plan again (`caseload plan {roster}`), or undo the change."));
    Exit::RuleUnmet
}

fn impossible(args: &Args, stuck: &Stuck, terminal: &mut Terminal) -> Exit {
    if args.format == Format::Json {
        let mut value = serde_json::to_value(stuck).unwrap_or_default();
        value["status"] = Value::from("infeasible");
        terminal.json(&value);
        return Exit::Infeasible;
    }
    let head = if stuck.proved { "have no day" } else { "found no day" };
    terminal.line(&format!("{} transfers {head}. Nothing was written.", stuck.transfers.len()));
    terminal.line("\nWhy:");
    stuck.reasons.iter().for_each(|line| terminal.line(&format!("  - {line}")));
    terminal.line("\nWhat would help:");
    stuck.remedies.iter().for_each(|line| terminal.line(&format!("  - {line}")));
    let shown: Vec<&str> = stuck.transfers.iter().take(SHOWN).map(String::as_str).collect();
    terminal.line(&format!("\nTransfers without a day: {}", shown.join(", ")));
    Exit::Infeasible
}

fn show(args: &Args, published: &Published<'_>, schedule: &CheckedSchedule, target: &Path, terminal: &mut Terminal) {
    let weeks = weeks(schedule);
    let claim = schedule.schedule();
    let proof = proof(schedule, published.rules.effective_on);
    let without = |why: NoCall| schedule.entries().iter().filter(|entry| entry.no_call == Some(why)).count();
    let joint = schedule.entries().iter().filter(|entry| entry.is_joint()).count();
    let no_time: Vec<&str> = (published.plan.transfers.iter().zip(schedule.entries()))
        .filter(|(_, entry)| entry.no_call == Some(NoCall::NoTime))
        .map(|(transfer, _)| transfer.id.as_str())
        .collect();
    if args.format == Format::Json {
        terminal.json(&json!({
            "status": "scheduled",
            "plan_id": published.plan_id,
            "transfers": schedule.entries().len(),
            "joint_calls": joint,
            "no_call_first_assignment": without(NoCall::FirstAssignment),
            "no_call_away": without(NoCall::Away),
            "no_call_no_time": no_time,
            "start": claim.start,
            "finish": claim.finish(),
            "earliest_finish": claim.earliest_finish,
            "proof": proof,
            "weighted_days": claim.weighted_days,
            "weighted_bound": claim.weighted_bound,
            "effective_on": published.rules.effective_on,
            "weeks": weeks,
            "handoff_dir": target.display().to_string(),
        }));
        return;
    }
    terminal.line("week  from        to          in person  by phone  notified  in swaps");
    for week in &weeks {
        terminal.line(&format!(
            "{:>4}  {}  {}  {:>9}  {:>8}  {:>8}  {:>8}",
            week.wave, week.from, week.to, week.in_person, week.phone, week.notification, week.in_swaps
        ));
    }
    terminal.line(&proof);
    if claim.weighted_days > 0 {
        terminal.line(&format!(
            "Urgency-weighted workdays of waiting: {}, and no schedule has fewer than {}.",
            claim.weighted_days, claim.weighted_bound
        ));
    }
    if !no_time.is_empty() {
        let shown = no_time.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        terminal.line(&format!(
            "{} members of case managers who leave have no call: there is no time before the last day ({shown}). \
             An earlier --start or a higher --per-week would give it.",
            no_time.len()
        ));
    }
    terminal.line(&format!("{joint} calendar invitations and the checklist are in {}.", target.display()));
}
