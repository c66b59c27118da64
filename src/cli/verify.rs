//! `caseload verify`: judges a plan folder, or anybody's assignments.csv, from the raw roster and the rules.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use crate::certificate::Certificate;
use crate::cli::plan_folder::PlanFolder;
use crate::cli::progress::Progress;
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::cost::Term;
use crate::diagnostic::Problem;
use crate::output::figures;
use crate::pipeline;
use crate::program::Rules;
use crate::program::Settings;
use crate::program::settings::Overrides;
use crate::roster::Roster;
use crate::roster::reading::{Read, ReadError, read_folder};
use crate::solve::Control;
use crate::units::Cost;
use crate::verify::folder::{Verdict, assess_table, judge_folder, read_assignments};
use crate::verify::printed::Discrepancy;
use crate::verify::{Assessment, RuleOutcome, Violation, bound};

/// Findings of one code shown in full; `--format json` has all.
const SHOWN_OF_A_CODE: usize = 5;

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  caseload verify demo/plan demo/roster                      a plan folder, every printed number in it
  caseload verify --assignments by_hand.csv demo/roster      who is with whom, made by anybody
  caseload verify --assignments by_hand.csv --certificate demo/plan/certificate.json demo/roster

Exit status: 0 every rule is met and every number is right | 1 something is not")]
pub struct Args {
    /// The plan folder (left out with --assignments), then the roster's folder
    #[arg(value_name = "[PLAN_DIR] DIR", num_args = 1..=2, required = true)]
    pub folders: Vec<PathBuf>,
    /// Judge this table (columns `member_id`, `manager_id`) instead of a plan folder
    #[arg(long, value_name = "FILE")]
    pub assignments: Option<PathBuf>,
    /// With --assignments: a certificate.json whose bound is to be held against the plan
    #[arg(long, value_name = "FILE", requires = "assignments")]
    pub certificate: Option<PathBuf>,
    /// With --assignments and no certificate: seconds to look for a bound (0 = none)
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    pub time_limit: f64,
    /// The program, when not the one of caseload.toml
    #[arg(long, value_name = "NAME|FILE")]
    pub program: Option<String>,
    /// The day the roster describes (a plan folder names its own)
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<NaiveDate>,
    /// The day the plan takes effect (a plan folder names its own)
    #[arg(long, value_name = "DATE")]
    pub effective_on: Option<NaiveDate>,
    /// Members may be left without a case manager
    #[arg(long)]
    pub allow_unserved: bool,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What is printed. Costs and bound in seconds of staff time a year.
#[derive(Debug, Serialize)]
struct Report {
    meets_every_rule: bool,
    members: usize,
    managers: usize,
    cost: i64,
    terms: serde_json::Map<String, Value>,
    bound: Option<i64>,
    gap: Option<f64>,
    rules: Vec<RuleOutcome>,
    violations: Vec<Told>,
    discrepancies: Vec<Discrepancy>,
    unplaced: Vec<String>,
}

/// A violation with ids.
#[derive(Debug, Serialize)]
struct Told {
    code: &'static str,
    title: &'static str,
    member_id: Option<String>,
    manager_id: Option<String>,
    detail: String,
}

/// Runs it.
///
/// # Errors
/// When the settings cannot be used, the roster has errors, or a file cannot be read.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let report = match (&args.assignments, args.folders.as_slice()) {
        (Some(table), [roster]) => judge_table(args, table, roster)?,
        (None, [plan, roster]) => judge_plan(args, plan, roster)?,
        (Some(_), _) => return Err(Failure::Usage("with --assignments give the roster's folder only".to_owned())),
        (None, _) => return Err(Failure::Usage("give the plan folder and the roster's folder".to_owned())),
    };
    match args.format {
        Format::Json => terminal.json(&report),
        Format::Human => show(&report, terminal),
    }
    Ok(if report.meets_every_rule { Exit::Ok } else { Exit::RuleUnmet })
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|source| Failure::file(path, source))
}

/// Roster and rules, raw, as every command reads them.
fn load(args: &Args, folder: &Path, today: NaiveDate) -> Result<(Read, Settings), Failure> {
    let overrides = Overrides {
        program: args.program.clone(),
        as_of: args.as_of,
        effective_on: args.effective_on,
        allow_unserved: args.allow_unserved,
        organization: None,
    };
    let settings = Settings::resolve(crate::roster::reading::home(folder), &overrides, today)?;
    let mut read = read_folder(folder, settings.rules.as_of).map_err(|error| match error {
        ReadError::Problems(problems) => Failure::BadData { folder: folder.to_owned(), problems },
        ReadError::Io { path, source } => Failure::File { path, source },
    })?;
    read.roster = crate::cli::input::remembered(folder, &settings, read.roster)?;
    Ok((read, settings))
}

fn judge_plan(args: &Args, plan_dir: &Path, folder: &Path) -> Result<Report, Failure> {
    let plan = PlanFolder::read(plan_dir)?;
    let today = plan.day("/as_of").unwrap_or_else(crate::cli::today);
    let (read, settings) = load(args, folder, today)?;
    let verdict = judge_folder(&read.roster, &settings.rules, &read.hashes, &plan.files());
    let Verdict { discrepancies, violations, plan, assessment } = verdict;
    let bound = plan.as_ref().map(crate::verify::VerifiedPlan::bound);
    Ok(report(&read.roster, Assessment { violations, ..assessment }, discrepancies, bound))
}

fn judge_table(args: &Args, table: &Path, folder: &Path) -> Result<Report, Failure> {
    let text = read(table)?;
    let (read_in, settings) = load(args, folder, crate::cli::today())?;
    let (roster, rules) = (&read_in.roster, &settings.rules);
    let not_a_table = |why: String| Failure::BadData {
        folder: table.to_owned(),
        problems: vec![
            Problem::new(crate::diagnostic::Code::FileUnreadable, &table.display().to_string()).expected(why),
        ],
    };
    let (assignment, unread) = read_assignments(roster, &text).map_err(not_a_table)?;
    let mut assessment = assess_table(roster, rules, &assignment, unread);
    let mut known = None;
    if args.certificate.is_none() && args.time_limit > 0.0 {
        known = own_bound(roster, rules, args.time_limit);
    }
    if let Some(path) = &args.certificate {
        let certificate: Result<Certificate, _> = serde_json::from_str(&read(path)?);
        let proved = certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| bound(roster, rules, &certificate).map_err(|error| error.to_string()));
        match proved {
            Ok(bound) => known = Some(bound),
            Err(why) => {
                assessment.violations.push(Violation::new(crate::verify::ViolationCode::Certificate, why));
            }
        }
    }
    Ok(report(roster, assessment, Vec::new(), known))
}

/// A bound found here: the roster is planned, and the verifier recomputes what the plan's certificate proves. `None`
/// when no plan is possible or the time was too short.
fn own_bound(roster: &Roster, rules: &Rules, seconds: f64) -> Option<Cost> {
    let progress = Progress::start(Some(seconds), false);
    let seconds_left = || progress.seconds_left();
    let news = |news| progress.search(news);
    let control = Control { seconds_left: &seconds_left, work_limit: None, gap: 0.0, progress: &news };
    let certificate = pipeline::certificate(roster, rules, control).ok().flatten();
    progress.finish();
    bound(roster, rules, &certificate?).ok()
}

fn report(roster: &Roster, assessment: Assessment, discrepancies: Vec<Discrepancy>, bound: Option<Cost>) -> Report {
    let Assessment { outcomes, violations, terms, unplaced, .. } = assessment;
    let cost = terms.total();
    let met = outcomes.iter().all(RuleOutcome::holds) && unplaced.is_empty();
    let told = |violation: Violation| Told {
        code: violation.code.code(),
        title: violation.code.title(),
        member_id: violation.member.map(|member| roster.member(member).id.to_string()),
        manager_id: violation.manager.map(|manager| roster.manager(manager).id.to_string()),
        detail: violation.detail,
    };
    Report {
        meets_every_rule: met && violations.is_empty() && discrepancies.is_empty(),
        members: roster.members().len(),
        managers: roster.managers().len(),
        cost: cost.0,
        terms: Term::ALL.iter().map(|&term| (term.word().to_owned(), Value::from(terms.of(term).0))).collect(),
        bound: bound.map(|bound| bound.0),
        gap: bound.map(|bound| if cost.0 == 0 { 0.0 } else { (cost - bound).0 as f64 / cost.0 as f64 }),
        rules: outcomes,
        violations: violations.into_iter().map(told).collect(),
        discrepancies,
        unplaced: unplaced.iter().map(|row| roster.member(row.member).id.to_string()).collect(),
    }
}

fn show(report: &Report, terminal: &mut Terminal) {
    let verdict = match (report.meets_every_rule, report.violations.is_empty() && report.discrepancies.is_empty()) {
        (true, _) => "The plan meets every rule, and every number in it is right.",
        (false, true) => "The plan breaks no rule that a reassignment can keep, but not everything is met.",
        (false, false) => "The plan does not hold.",
    };
    terminal.line(&format!("{verdict} ({} members, {} case managers)", report.members, report.managers));
    terminal.line("\nRules");
    for row in &report.rules {
        let mark = match (row.met, row.soft) {
            (true, _) => "met    ",
            (false, true) => "soft   ",
            (false, false) => "NOT MET",
        };
        let measured = format!(
            "limit {}, before {}, after {}",
            figures::measured(row.limit),
            figures::measured(row.before),
            figures::measured(row.after)
        );
        terminal.line(&format!("  {mark}  {} ({}): {measured}; {}", row.rule, row.scope, row.how));
    }
    if !report.unplaced.is_empty() {
        terminal.line(&format!("\nNobody may take: {}", shortened(&report.unplaced)));
    }
    if !report.violations.is_empty() {
        terminal.line("\nWhat breaks a rule");
        let mut order: Vec<&Told> = report.violations.iter().collect();
        order.sort_by_key(|told| told.code);
        for group in order.chunk_by(|a, b| a.code == b.code) {
            terminal.line(&format!("  {} {}", group[0].code, group[0].title));
            group.iter().take(SHOWN_OF_A_CODE).for_each(|told| terminal.line(&format!("      {}", told.detail)));
            more(group.len(), terminal);
        }
    }
    if !report.discrepancies.is_empty() {
        terminal.line("\nWhat the folder does not say as it comes out");
        let mut order: Vec<&Discrepancy> = report.discrepancies.iter().collect();
        order.sort_by_key(|found| found.code);
        for group in order.chunk_by(|a, b| a.code == b.code) {
            group.iter().take(SHOWN_OF_A_CODE).for_each(|found| terminal.line(&format!("  {found}")));
            more(group.len(), terminal);
        }
    }
    terminal.line("\nCost, staff time a year");
    for (term, cost) in Term::ALL.iter().zip(report.terms.values()) {
        terminal.line(&format!("  {:<36} {}", term.words(), Cost(cost.as_i64().unwrap_or_default())));
    }
    terminal.line(&format!("  {:<36} {}", "together", Cost(report.cost)));
    match (report.bound, report.gap) {
        (Some(bound), Some(gap)) if bound == report.cost => {
            terminal.line(&format!("  {:<36} {}: no plan costs less (gap {gap})", "proven bound", Cost(bound)));
        }
        (Some(bound), Some(gap)) => {
            terminal.line(&format!("  {:<36} {} (gap {:.3} %)", "proven bound", Cost(bound), gap * 100.0));
        }
        _ => terminal.line("  no bound is known: give more time with --time-limit, or a certificate of `caseload plan` with --certificate"),
    }
}

fn more(count: usize, terminal: &mut Terminal) {
    if count > SHOWN_OF_A_CODE {
        terminal.line(&format!("      ... and {} more (--format json lists all)", count - SHOWN_OF_A_CODE));
    }
}

fn shortened(ids: &[String]) -> String {
    let shown = ids.iter().take(SHOWN_OF_A_CODE).map(String::as_str).collect::<Vec<_>>().join(", ");
    if ids.len() > SHOWN_OF_A_CODE { format!("{shown} and {} more", ids.len() - SHOWN_OF_A_CODE) } else { shown }
}
