//! `caseload reconcile`: did the plan happen? A later roster held against a plan folder.

use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;

use crate::cli::input::read as read_input;
use crate::cli::plan_folder::PlanFolder;
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::diagnostic::{Code, Problem};
use crate::intake::reconcile::{Planned, Reconciled, Standing, reconcile};
use crate::output::csv::{cell, literal};
use crate::output::folder::{Staged, WriteError};
use crate::output::xlsx::reconciled;
use crate::program::settings::Overrides;
use crate::verify::printed::csv_rows;

/// The table; also the file by which a folder of results is recognized.
const TABLE: &str = "reconcile.csv";
/// Transfers shown of each kind.
const SHOWN: usize = 8;

const EXAMPLES: &str = "\
Examples:
  caseload reconcile demo/plan next-month                     what stuck, what reverted, what is overdue
  caseload reconcile demo/plan next-month.xlsx --out found    the same as reconcile.csv and reconcile.xlsx
  caseload reconcile demo/plan next-month --format json       for a script

A transfer is due on its handoff day, or else when the plan takes effect. Reverted = the member is back with the former
case manager, in a relationship that began after the plan was made; overdue = the move was due and never made.

Exit status: 0 nothing to set right | 1 something reverted or is overdue | 3 bad data";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    /// The plan folder
    #[arg(value_name = "PLAN_DIR")]
    plan: PathBuf,
    /// The later roster: a folder, or a workbook (.xlsx)
    #[arg(value_name = "NEW_EXTRACT")]
    later: PathBuf,
    /// Write reconcile.csv and reconcile.xlsx into this folder
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Replace them when they are there
    #[arg(long)]
    force: bool,
    /// The day the later roster describes [default: its caseload.toml, else today]
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Answer<'a> {
    plan_id: &'a str,
    needs_work: bool,
    #[serde(flatten)]
    found: &'a Reconciled,
}

/// Runs it.
///
/// # Errors
/// A plan folder or a roster that cannot be read, or results that cannot be written.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let folder = PlanFolder::read(&args.plan)?;
    let broken = |file: &str, why: &str| {
        let path = args.plan.join(file).display().to_string();
        Failure::BadData {
            folder: args.plan.clone(),
            problems: vec![Problem::new(Code::FileUnreadable, &path).expected(why)],
        }
    };
    let plan_id = folder.word("/plan_id").ok_or_else(|| broken("plan.json", "a plan.json with plan_id"))?;
    let (Some(made_on), Some(effective_on)) = (folder.day("/as_of"), folder.day("/effective_on")) else {
        return Err(broken("plan.json", "a plan.json with as_of and effective_on"));
    };
    let files = folder.files();
    let planned = transfers(files.transfers).map_err(|why| broken("transfers.csv", &why))?;
    let assigned = assignments(files.assignments).map_err(|why| broken("assignments.csv", &why))?;

    let overrides = Overrides { as_of: args.as_of, ..Overrides::default() };
    let input = read_input(&args.later, &overrides)?;
    let as_of = input.settings.rules.as_of;
    if as_of < made_on {
        return Err(Failure::Usage(format!(
            "{} describes {as_of}, before the plan's data of {made_on}: a later roster is expected (or --as-of its day)",
            args.later.display()
        )));
    }
    let found = reconcile(&planned, &assigned, made_on, effective_on, &input.roster, as_of);
    if let Some(out) = &args.out {
        write(args, out, plan_id, &found)?;
    }
    match args.format {
        Format::Json => terminal.json(&Answer { plan_id, needs_work: found.needs_work(), found: &found }),
        Format::Human => show(args, plan_id, &found, terminal),
    }
    Ok(if found.needs_work() { Exit::RuleUnmet } else { Exit::Ok })
}

fn transfers(text: &str) -> Result<Vec<Planned>, String> {
    let rows = csv_rows(text)?;
    let of = |row: &crate::verify::printed::PrintedRow| {
        let get = |name: &str| row.get(name).map(|text| literal(text).to_owned());
        let expected = "the columns transfer_id, member_id, from_manager_id and to_manager_id";
        Ok(Planned {
            transfer_id: get("transfer_id").ok_or(expected)?,
            member_id: get("member_id").ok_or(expected)?,
            from: get("from_manager_id").ok_or(expected)?,
            to: get("to_manager_id").ok_or(expected)?,
            handoff_on: get("handoff_on").and_then(|day| day.parse().ok()),
        })
    };
    rows.iter().map(of).collect()
}

fn assignments(text: &str) -> Result<Vec<(String, String)>, String> {
    let rows = csv_rows(text)?;
    let of = |row: &crate::verify::printed::PrintedRow| {
        let get = |name: &str| row.get(name).map(|text| literal(text).to_owned());
        get("member_id").zip(get("manager_id")).ok_or_else(|| "the columns member_id and manager_id".to_owned())
    };
    rows.iter().map(of).collect()
}

fn write(args: &Args, out: &std::path::Path, plan_id: &str, found: &Reconciled) -> Result<(), Failure> {
    let trouble = |error: WriteError| Failure::File { path: error.path, source: error.source };
    let staged = Staged::begin_marked(out, args.force, TABLE).map_err(trouble)?;
    staged.write(TABLE, &table(found)).map_err(trouble)?;
    let book = reconciled::workbook(plan_id, found, found.as_of).map_err(|error| Failure::Bug(error.to_string()))?;
    staged.write(reconciled::FILE, &book).map_err(trouble)?;
    staged.commit().map_err(trouble)
}

/// Transfers, then members outside of them: `moved_outside`, `new`, `gone`.
fn table(found: &Reconciled) -> Vec<u8> {
    let mut text = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail.
    let header = [
        "standing",
        "transfer_id",
        "member_id",
        "from_manager_id",
        "to_manager_id",
        "now_manager_id",
        "since",
        "due_on",
        "days_overdue",
    ];
    let _ = text.write_record(header);
    for row in &found.transfers {
        let _ = text.write_record([
            row.standing.word(),
            &cell(&row.transfer_id),
            &cell(&row.member_id),
            &cell(&row.from_manager_id),
            &cell(&row.to_manager_id),
            &cell(&row.now_manager_id),
            &row.since.map(|day| day.to_string()).unwrap_or_default(),
            &row.due_on.to_string(),
            &row.days_overdue.to_string(),
        ]);
    }
    let others = [("moved_outside", &found.moved_outside), ("new", &found.new), ("left", &found.gone)];
    for (what, list) in others {
        for one in list {
            let (planned, now) = (cell(&one.planned_manager_id), cell(&one.now_manager_id));
            let _ = text.write_record([what, "", &cell(&one.member_id), &planned, &planned, &now, "", "", ""]);
        }
    }
    text.into_inner().unwrap_or_default()
}

fn show(args: &Args, plan_id: &str, found: &Reconciled, terminal: &mut Terminal) {
    let all = found.transfers.len();
    let stuck = found.count(Standing::Stuck);
    terminal
        .line(&format!("Plan {plan_id} against the roster of {}: {stuck} of {all} transfers are made.", found.as_of));
    for standing in Standing::ALL.into_iter().filter(|standing| *standing != Standing::Stuck) {
        let rows: Vec<_> = found.transfers.iter().filter(|row| row.standing == standing).collect();
        if rows.is_empty() {
            continue;
        }
        terminal.line(&format!("  {:<11} {:>6}  {}", standing.word(), rows.len(), standing.words()));
        if matches!(standing, Standing::Pending) {
            continue;
        }
        for row in rows.iter().take(SHOWN) {
            let now = if row.now_manager_id.is_empty() { "nobody" } else { &row.now_manager_id };
            let from = if row.from_manager_id.is_empty() { "nobody" } else { &row.from_manager_id };
            let late =
                if row.days_overdue > 0 { format!(", {} days overdue", row.days_overdue) } else { String::new() };
            terminal.line(&format!(
                "      {} {}: {from} to {}, now with {now}{late}",
                row.transfer_id, row.member_id, row.to_manager_id
            ));
        }
        if rows.len() > SHOWN {
            terminal.line(&format!("      and {} more (--out FOLDER writes all)", rows.len() - SHOWN));
        }
    }
    for (what, list) in [
        ("members outside the plan's transfers are with somebody else now", &found.moved_outside),
        ("members are new", &found.new),
        ("members who were not transferred are gone", &found.gone),
    ] {
        if !list.is_empty() {
            terminal.line(&format!("  {} {what}", list.len()));
        }
    }
    if let Some(out) = &args.out {
        terminal.line(&format!("{0}/{TABLE} and {0}/{1} have all of it.", out.display(), reconciled::FILE));
    }
}
