//! `caseload import-decisions`: the marks of a plan's workbook become decisions, and the rest is solved around them.
//!
//! Everything is found out before anything is written: the marks are understood, the decisions merged, the roster read with
//! them and a plan found. Only then `decisions.csv` changes, in one step, and the new plan folder follows.
//!
//! Long because the order of these steps is what keeps a roster safe, and they are read as one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;

use crate::certificate::Certificate;
use crate::cli::input::{self, Input};
use crate::cli::plan::{as_failure, contradictions, infeasible, new_plan_folder, not_released, nothing};
use crate::cli::progress::{Progress, obey_interrupts, peak_rss_bytes};
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::ids::ManagerIx;
use crate::intake::marks::{self, Mark, Marks, Wish};
use crate::intake::merge::{Merged, merge};
use crate::output::figures::count;
use crate::output::folder::{PLAN_MARKER, may_replace};
use crate::output::json::Timings;
use crate::output::one_file;
use crate::pipeline::{self, Contents, Earlier, Ending};
use crate::plan::metrics::{Kept, measure_assignment};
use crate::plan::{Plan, Status, identity};
use crate::program::settings::Overrides;
use crate::roster::Roster;
use crate::roster::reading::workbook::{self, WorkbookError};
use crate::roster::reading::{ReadError, decisions_text, home, read_with};
use crate::solve::Control;
use crate::verify::assess;
use crate::verify::pairs::Pairs;

/// The decisions' file.
const DECISIONS: &str = "decisions.csv";

const EXAMPLES: &str = "\
Examples:
  caseload import-decisions demo/plan/plan.xlsx demo/roster
  caseload import-decisions marked.xlsx demo/roster --out demo/second --by \"Pat Chief\"
  caseload import-decisions marked.xlsx demo/roster --hold-until 2027-03-31
  caseload import-decisions marked.xlsx demo/roster --dry-run        what would be decided, and what it costs

Y = the transfer stands (assign). N = it must not happen: the member stays where that is allowed (keep), else goes to
somebody else (forbid). Hold = the member stays until --hold-until. Blank = no opinion.
Marks are added to decisions.csv beside what stands there; marks given earlier for the same plan are replaced.";

/// Arguments of `import-decisions`.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    /// The marked workbook: the plan.xlsx of a plan folder, saved under whatever name
    #[arg(value_name = "PLAN.xlsx")]
    book: PathBuf,
    /// The roster the plan was made from
    #[arg(value_name = "DIR")]
    roster: PathBuf,
    /// The new plan folder [default: a new folder under DIR/plans/]
    #[arg(long, value_name = "PLAN_DIR")]
    out: Option<PathBuf>,
    /// Who decided, as decisions.csv will say
    #[arg(long, value_name = "WHO", default_value = "plan review")]
    by: String,
    /// Last day a Hold lasts [default: the day the plan takes effect]
    #[arg(long, value_name = "DATE")]
    hold_until: Option<NaiveDate>,
    /// Write nothing; only say what would be decided and what it costs
    #[arg(long)]
    dry_run: bool,
    /// The program, when not the one of caseload.toml
    #[arg(long, value_name = "NAME|FILE")]
    program: Option<String>,
    /// The organization letters come from: a shipped name or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    organization: Option<String>,
    /// Stop after so many seconds with the best verified plan
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<f64>,
    /// Print no letters
    #[arg(long)]
    no_letters: bool,
    /// Write no report.html
    #[arg(long)]
    no_report: bool,
    /// Replace the plan folder when it is there
    #[arg(long)]
    force: bool,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What a plan asks of people.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Burden {
    moved: usize,
    first_assignments: usize,
    driving_minutes: i64,
    kept: [Kept; 3],
    cost: i64,
}

/// Marks and decisions in numbers.
#[derive(Clone, Debug, Serialize)]
struct Counts {
    yes: usize,
    no: usize,
    hold: usize,
    unmarked: usize,
    /// Transfers of the plan that are not in the workbook.
    absent: usize,
    added: usize,
    already: usize,
    replaced: usize,
}

/// Runs it.
///
/// # Errors
/// A workbook that is not this roster's plan, marks that cannot be understood or contradict decisions, file trouble.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let started = Instant::now();
    obey_interrupts();
    let bad = |problems| Failure::BadData { folder: args.book.clone(), problems };
    let book = workbook::read(&args.book).map_err(|error| match error {
        WorkbookError::Refused(problem) => bad(vec![*problem]),
        WorkbookError::Io { path, source } => Failure::File { path, source },
    })?;
    let marks = marks::read(&book).map_err(bad)?;
    let overrides = Overrides {
        program: args.program.clone(),
        as_of: marks.as_of,
        effective_on: marks.effective_on,
        allow_unserved: marks.allow_unserved,
        organization: args.organization.clone(),
    };
    let input = input::read(&args.roster, &overrides)?;
    let (roster, rules) = (&input.roster, &input.settings.rules);
    let changed = marks::changed_inputs(&marks, &input.hashes);
    if !changed.is_empty() {
        return Err(Failure::Usage(format!(
            "{} is plan {} of another roster: changed since, or not its own: {}. Plan again (`caseload plan {}`), and mark that plan",
            args.book.display(),
            marks.plan_id,
            changed.join(", "),
            args.roster.display()
        )));
    }
    if marks.marked.is_empty() {
        return Err(Failure::Usage(format!(
            "{}: nothing is marked. Fill in the column {} of the sheet {}, save, and try again",
            args.book.display(),
            marks::APPROVE,
            marks::MOVES
        )));
    }
    let target = args.out.clone().unwrap_or_else(|| new_plan_folder(&args.roster, &input));
    if !args.dry_run {
        may_replace(&target, args.force, PLAN_MARKER)
            .map_err(|error| Failure::File { path: error.path, source: error.source })?;
    }
    let hold_until = args.hold_until.unwrap_or(rules.effective_on);
    if hold_until < rules.effective_on {
        return Err(Failure::Usage(format!(
            "--hold-until {hold_until}: a Hold must last to {} at least, when the plan takes effect",
            rules.effective_on
        )));
    }
    let pairs = Pairs::read(roster, rules);
    let wishes = marks::decide(&marks, &book.name, roster, rules, &pairs, &args.by, hold_until).map_err(bad)?;
    let reading = |error| match error {
        ReadError::Problems(problems) => Failure::BadData { folder: args.roster.clone(), problems },
        ReadError::Io { path, source } => Failure::File { path, source },
    };
    let existing = decisions_text(&args.roster).map_err(reading)?;
    let merged =
        merge(existing.as_deref(), roster, &wishes, &book.name, &marks.plan_id, rules.effective_on).map_err(bad)?;

    let earlier = earlier(args, roster, &marks);
    if identity::plan_id(roster, rules, &marks.inputs, &earlier.assignment) != marks.plan_id && earlier.whole {
        terminal.note("The settings are not those of the marked plan; what they say now holds.");
    }
    let read = read_with(&args.roster, rules.as_of, Some(&merged.bytes)).map_err(reading)?;
    let decided =
        Input { roster: read.roster, problems: read.problems, hashes: read.hashes, settings: input.settings.clone() };
    let mut timings = Timings { read: started.elapsed().as_secs_f64(), ..Timings::default() };
    let progress = Progress::start(args.time_limit, args.format == Format::Json);
    let seconds_left = || progress.seconds_left();
    let news = |news| progress.search(news);
    let control = Control { seconds_left: &seconds_left, work_limit: None, gap: 0.0, progress: &news };
    let start = Earlier { assignment: &earlier.assignment, certificate: earlier.certificate.as_ref() };
    let ending = pipeline::plan_from(Some(start), &decided.roster, rules, "auto", 1, control, &mut timings);
    progress.finish();
    let plan = match ending.map_err(as_failure)? {
        Ending::Plan(plan) => *plan,
        Ending::Contradictions(found) => return Ok(contradictions(args.format, &found, terminal)),
        Ending::Infeasible(why, repairs) => {
            if args.format == Format::Human {
                terminal.line("With these marks no plan is possible; decisions.csv was not changed.");
            }
            return Ok(infeasible(args.format, &why, &repairs, terminal));
        }
        Ending::Nothing => return Ok(nothing(args.format, terminal)),
    };
    let before = burden(roster, &input, &earlier.assignment);
    let after = burden(&decided.roster, &decided, plan.verified.assignment());
    let counts = counts(&marks, &merged);
    let last = LastStep { args, decided: &decided, target: &target, timings, started, merged: &merged };
    last.finish(plan, &marks, &counts, &[before, after], &wishes, terminal)
}

/// The marked plan as it was.
struct EarlierPlan {
    assignment: Vec<Option<ManagerIx>>,
    certificate: Option<Certificate>,
    /// Are all of its transfers known?
    whole: bool,
}

/// The marked plan: from the plan folder the workbook lies in when it is that plan's, else from the workbook's own rows.
fn earlier(args: &Args, roster: &Roster, marks: &Marks) -> EarlierPlan {
    let folder = home(&args.book);
    let text = |name: &str| fs::read_to_string(folder.join(name)).ok();
    let value: Option<serde_json::Value> = text("plan.json").and_then(|text| serde_json::from_str(&text).ok());
    let is_own = value.as_ref().and_then(|value| value.get("plan_id")?.as_str()).is_some_and(|id| id == marks.plan_id);
    let certificate = text("certificate.json").filter(|_| is_own).and_then(|text| serde_json::from_str(&text).ok());
    let table = text("assignments.csv").filter(|_| is_own);
    if let Some((assignment, problems)) =
        table.and_then(|table| crate::verify::folder::read_assignments(roster, &table).ok())
        && problems.is_empty()
    {
        return EarlierPlan { assignment, certificate, whole: true };
    }
    let mut assignment: Vec<Option<ManagerIx>> = roster.members().iter().map(|member| member.manager).collect();
    for (member, to) in &marks.moves {
        if let (Some(member), Some(to)) = (roster.find_member(member), roster.find_manager(to)) {
            assignment[member.at()] = Some(to);
        }
    }
    EarlierPlan { assignment, certificate, whole: marks.present == marks.transfers }
}

/// What an assignment asks of people. Who is left with somebody who is gone counts as with nobody.
fn burden(roster: &Roster, input: &Input, assignment: &[Option<ManagerIx>]) -> Burden {
    let rules = &input.settings.rules;
    let at_work = |manager: &ManagerIx| rules.at_work(roster.manager(*manager));
    let assignment: Vec<Option<ManagerIx>> = assignment.iter().map(|manager| manager.filter(at_work)).collect();
    let caps = assess(roster, rules, &assignment).caps;
    let metrics = measure_assignment(roster, rules, &caps, &assignment);
    let changes = |held: bool| {
        let pairs = roster.members().iter().zip(&assignment);
        pairs
            .filter(|(member, after)| after.is_some() && member.manager != **after && member.manager.is_some() == held)
            .count()
    };
    Burden {
        moved: changes(true),
        first_assignments: changes(false),
        driving_minutes: metrics.driving.after.total.rounded_minutes(),
        kept: metrics.kept,
        cost: metrics.costs.after.total().0,
    }
}

fn counts(marks: &Marks, merged: &Merged) -> Counts {
    let of = |mark| marks.marked.iter().filter(|marked| marked.mark == mark).count();
    Counts {
        yes: of(Mark::Yes),
        no: of(Mark::No),
        hold: of(Mark::Hold),
        unmarked: marks.present - marks.marked.len(),
        absent: marks.transfers.saturating_sub(marks.present),
        added: merged.added,
        already: merged.already,
        replaced: merged.replaced,
    }
}

/// Everything the last step needs.
struct LastStep<'a> {
    args: &'a Args,
    decided: &'a Input,
    target: &'a Path,
    timings: Timings,
    started: Instant,
    merged: &'a Merged,
}

impl LastStep<'_> {
    fn finish(
        &self,
        mut plan: Plan,
        marks: &Marks,
        counts: &Counts,
        burdens: &[Burden; 2],
        wishes: &[Wish],
        terminal: &mut Terminal,
    ) -> Result<Exit, Failure> {
        let (args, rules) = (self.args, &self.decided.settings.rules);
        let roster = &self.decided.roster;
        let mut plan_id = identity::plan_id(roster, rules, &self.decided.hashes, plan.verified.assignment());
        if !args.dry_run {
            one_file::replace(&home(&args.roster).join(DECISIONS), &self.merged.bytes)
                .map_err(|error| Failure::File { path: error.path, source: error.source })?;
            let contents = Contents {
                hiring: None,
                beside: home(&args.roster),
                letters: !args.no_letters,
                report: !args.no_report,
                workbook: true,
                handoff: true,
                force: args.force,
            };
            let mut so_far = || Timings { total: self.started.elapsed().as_secs_f64(), ..self.timings };
            let progress = Progress::start(None, args.format == Format::Json);
            let letters_done = |done: usize, all: usize| progress.phase(&format!("letters {done} of {all}"));
            let inputs = &self.decided.hashes;
            let released =
                pipeline::release(roster, rules, &mut plan, inputs, self.target, contents, &mut so_far, &letters_done);
            progress.finish();
            let released = released.map_err(not_released)?;
            for warning in &released.warnings {
                terminal.note(&format!("warning: {warning}"));
            }
            plan_id = released.plan_id;
        }
        let [before, after] = burdens;
        match args.format {
            Format::Json => {
                let summary = plan.summary(roster, &plan_id, self.timings, peak_rss_bytes(), self.target);
                terminal.json(&json!({
                    "status": plan.report.status,
                    "marked_plan_id": marks.plan_id,
                    "marks": counts,
                    "decisions_file": (!args.dry_run).then(|| home(&args.roster).join(DECISIONS).display().to_string()),
                    "before": before,
                    "after": after,
                    "plan": summary,
                    "written": !args.dry_run,
                }));
            }
            Format::Human => show(self, &plan_id, counts, before, after, wishes, terminal),
        }
        Ok(match plan.report.status {
            Status::Limit => Exit::Limit,
            _ if !plan.verified.meets_every_rule() => Exit::RuleUnmet,
            _ => Exit::Ok,
        })
    }
}

fn show(
    last: &LastStep<'_>,
    plan_id: &str,
    counts: &Counts,
    before: &Burden,
    after: &Burden,
    wishes: &[Wish],
    terminal: &mut Terminal,
) {
    let (args, target) = (last.args, last.target.display());
    let Counts { yes, no, hold, unmarked, absent, added, already, replaced } = counts;
    terminal.line(&format!("{yes} approved, {no} refused, {hold} on hold, {unmarked} not marked."));
    if *absent > 0 {
        terminal.line(&format!("{absent} transfers of the plan are not in the workbook: no opinion on them."));
    }
    let forbidden = wishes.iter().filter(|wish| wish.kind == crate::roster::DecisionKind::Forbid).count();
    if forbidden > 0 {
        terminal.line(&format!("{forbidden} refused members cannot stay where they are and go to somebody else."));
    }
    terminal.line(&format!(
        "decisions.csv: {added} decisions added, {already} stood there already, {replaced} of an earlier review replaced{}.",
        if args.dry_run { " (not written: --dry-run)" } else { "" }
    ));
    terminal.line("What the marks cost:");
    let line = |what: &str, before: i64, after: i64| {
        let change = after - before;
        let sign = if change > 0 { "+" } else { "" };
        format!("  {what}: {} -> {} ({sign}{})", count(before), count(after), count(change))
    };
    terminal.line(&line("members moved", before.moved as i64, after.moved as i64));
    terminal.line(&line("driving, minutes a year", before.driving_minutes, after.driving_minutes));
    for (old, new) in before.kept.iter().zip(&after.kept).filter(|(old, _)| old.of > 0) {
        let what =
            format!("relationships of {} year{} and more kept", old.years, if old.years == 1 { "" } else { "s" });
        terminal.line(&line(&what, i64::from(old.kept), i64::from(new.kept)));
    }
    terminal.line(&line("everything together, minutes of staff time a year", before.cost / 60, after.cost / 60));
    if !args.dry_run {
        terminal.line(&format!("Plan {plan_id} is in {target}. Check it yourself:"));
        terminal.line(&format!("  caseload verify {target} {}", args.roster.display()));
    }
}
