//! `caseload explain`: why this member, why this caseload, what the plan hangs on.

use std::path::PathBuf;

use crate::cli::input::{self, Input};
use crate::cli::plan_folder::{PlanFolder, judged};
use crate::cli::progress::{Progress, obey_interrupts};
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::ids::{ManagerIx, MemberIx};
use crate::pipeline;
use crate::program::settings::Overrides;
use crate::roster::Roster;
use crate::solve::Control;
use crate::units::Cost;
use crate::verify::VerifiedPlan;
use crate::whatif::explain::{Explainer, ManagerExplained, MemberExplained, PairTerms, Summary, minutes};

/// Rows shown of a list; `--format json` has all.
const SHOWN: usize = 10;

const EXAMPLES: &str = "\
Examples:
  caseload explain demo/plan demo/roster --member M00012             why there, and the five best others
  caseload explain demo/plan demo/roster --member M00012 --to CM007  why not CM007
  caseload explain demo/plan demo/roster --manager CM007             why this caseload
  caseload explain demo/plan demo/roster                             what the plan hangs on: rules, places, hires, rates
  caseload explain roster/plans/2026-12-01 --member M00012           a plan under DIR/plans needs no DIR";

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    /// The plan folder
    #[arg(value_name = "PLAN_DIR")]
    plan: PathBuf,
    /// The roster the plan was made from [default: where the plan says it was, or the folder above plans/]
    #[arg(value_name = "DIR")]
    roster: Option<PathBuf>,
    /// Why this member is where the plan has it
    #[arg(long, value_name = "M", conflicts_with = "manager")]
    member: Option<String>,
    /// With --member: what this case manager would cost instead
    #[arg(long, value_name = "CM", requires = "member")]
    to: Option<String>,
    /// Why this case manager has these members
    #[arg(long, value_name = "CM")]
    manager: Option<String>,
    /// Seconds after which what is still open is told as not proven
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    time_limit: f64,
    /// The program, when not the one of caseload.toml
    #[arg(long, value_name = "NAME|FILE")]
    program: Option<String>,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What was asked.
enum Question {
    Member(MemberIx, Option<ManagerIx>),
    Manager(ManagerIx),
    Summary,
}

/// Runs it.
///
/// # Errors
/// Bad usage, settings or data, a plan that does not hold, file trouble, or a defect.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    obey_interrupts();
    let folder = PlanFolder::read(&args.plan)?;
    let roster_dir = args.roster.clone().or_else(|| folder.roster_dir(&args.plan)).ok_or_else(|| {
        Failure::Usage(format!("{}: where is its roster? Give its folder as well", args.plan.display()))
    })?;
    let overrides = Overrides { program: args.program.clone(), ..folder.overrides() };
    let input = input::read(&roster_dir, &overrides)?;
    let question = question(args, &input.roster)?;
    let verified = judged(&input, &folder, &args.plan, &roster_dir)?;
    let progress = Progress::start(Some(args.time_limit), args.format == Format::Json);
    let seconds_left = || progress.seconds_left();
    let control = Control { seconds_left: &seconds_left, work_limit: None, gap: 0.0, progress: &|_| {} };
    progress.phase("solving again");
    let answer = answer(&input, &verified, &question, control, args.format);
    progress.finish();
    match answer? {
        Answer::Json(value) => terminal.json(&value),
        Answer::Lines(lines) => lines.iter().for_each(|line| terminal.line(line)),
    }
    Ok(Exit::Ok)
}

fn question(args: &Args, roster: &Roster) -> Result<Question, Failure> {
    let manager = |id: &str| manager(roster, id);
    Ok(match (&args.member, &args.manager) {
        (Some(member), _) => {
            Question::Member(self::member(roster, member)?, args.to.as_deref().map(manager).transpose()?)
        }
        (None, Some(id)) => Question::Manager(manager(id)?),
        (None, None) => Question::Summary,
    })
}

/// A member by id.
///
/// # Errors
/// There is none, with the closest id.
pub fn member(roster: &Roster, id: &str) -> Result<MemberIx, Failure> {
    roster.find_member(id).ok_or_else(|| {
        let close = crate::diagnostic::closest(id, roster.members().iter().map(|member| &*member.id));
        unknown("member", id, close)
    })
}

/// A case manager by id.
///
/// # Errors
/// There is none, with the closest id.
pub fn manager(roster: &Roster, id: &str) -> Result<ManagerIx, Failure> {
    roster.find_manager(id).ok_or_else(|| {
        let close = crate::diagnostic::closest(id, roster.managers().iter().map(|manager| &*manager.id));
        unknown("case manager", id, close)
    })
}

fn unknown(what: &str, id: &str, close: Option<&str>) -> Failure {
    let close = close.map_or(String::new(), |close| format!("; did you mean {close}?"));
    Failure::Usage(format!("there is no {what} {id} in the roster{close}"))
}

enum Answer {
    Json(serde_json::Value),
    Lines(Vec<String>),
}

fn answer(
    input: &Input,
    verified: &VerifiedPlan,
    question: &Question,
    control: Control<'_>,
    format: Format,
) -> Result<Answer, Failure> {
    let (roster, rules) = (&input.roster, &input.settings.rules);
    let defect = |error: pipeline::PipelineError| Failure::Bug(error.to_string());
    let told = pipeline::explained(roster, rules, verified, control, |explainer: &Explainer<'_>, why| {
        let told = |value: serde_json::Result<serde_json::Value>, lines: Vec<String>| match format {
            Format::Json => Answer::Json(value.unwrap_or_default()),
            Format::Human => Answer::Lines(lines),
        };
        Ok(match question {
            Question::Member(member, to) => {
                let explained = explainer.member(*member, *to, why)?;
                told(serde_json::to_value(&explained), member_lines(&explained))
            }
            Question::Manager(manager) => {
                let explained = explainer.manager(*manager, why)?;
                told(serde_json::to_value(&explained), manager_lines(&explained))
            }
            Question::Summary => {
                let summary = explainer.summary()?;
                told(serde_json::to_value(&summary), summary_lines(&summary))
            }
        })
    });
    told.map_err(defect)
}

fn member_lines(explained: &MemberExplained) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(asked) = &explained.asked {
        lines.extend([asked.sentence.clone(), String::new()]);
    }
    lines.extend(explained.sentences.iter().cloned());
    lines.extend(explained.alternatives.iter().map(|other| format!("  - {}", other.sentence)));
    lines.push(String::new());
    lines.push("Minutes a year by term (loads and places not counted):".to_owned());
    let others = explained.alternatives.iter().map(|other| &other.terms);
    let asked = explained.asked.iter().filter_map(|asked| asked.alternative.as_ref()).map(|other| &other.terms);
    let mut all: Vec<&PairTerms> = explained.pairs.iter().chain(asked).chain(others).collect();
    all.dedup_by(|a, b| a.manager_id == b.manager_id);
    lines.extend(all.iter().map(|pair| {
        let terms = pair.terms.iter().filter(|(_, seconds)| *seconds != 0);
        let terms: Vec<String> =
            terms.map(|(term, seconds)| format!("{term} {}", Cost(*seconds).rounded_minutes())).collect();
        let terms = if terms.is_empty() { "nothing".to_owned() } else { terms.join(", ") };
        format!("  {:<8} {:<10} {:>6}  = {terms}", pair.role, pair.manager_id, Cost(pair.seconds).rounded_minutes())
    }));
    if !explained.ruled_out.is_empty() {
        let counts: Vec<String> = explained.ruled_out.iter().map(|(word, count)| format!("{word} {count}")).collect();
        lines.push(format!("Case managers ruled out by the first reason: {}.", counts.join(", ")));
    }
    lines
}

fn manager_lines(explained: &ManagerExplained) -> Vec<String> {
    let mut lines = explained.sentences.clone();
    for (title, rows) in [("Who comes", &explained.came), ("Who goes", &explained.went)] {
        if !rows.is_empty() {
            lines.push(format!("\n{title}"));
            lines.extend(rows.iter().map(|(_, _, because)| format!("  {because}")));
        }
    }
    if !explained.stayed.is_empty() {
        lines.push("\nWho stays, and what their best other choice would cost the whole plan".to_owned());
        lines.extend(explained.stayed.iter().take(SHOWN).map(|one| match (&one.other, one.extra_seconds) {
            (Some(other), Some(extra)) => {
                let proven = if one.exact { "" } else { " (not proven)" };
                format!("  {} to {other}: {} a year more{proven}", one.member_id, minutes(extra))
            }
            _ if one.exact => format!("  {}: nobody else may take the member", one.member_id),
            _ => format!("  {}: not proven", one.member_id),
        }));
        more(&mut lines, explained.stayed.len());
    }
    lines
}

fn more(lines: &mut Vec<String>, count: usize) {
    if count > SHOWN {
        lines.push(format!("  ... and {} more (--format json lists all)", count - SHOWN));
    }
}

fn summary_lines(summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    let mut section = |title: &str, rows: Vec<String>, empty: &str| {
        lines.push(title.to_owned());
        if rows.is_empty() {
            lines.push(format!("  {empty}"));
        }
        let count = rows.len();
        lines.extend(rows.into_iter().take(SHOWN).map(|row| format!("  {row}")));
        more(&mut lines, count);
        lines.push(String::new());
    };
    let row = |name: &str, worth: crate::whatif::scene::Worth| format!("{name}: {} a year", worth.words());
    let rules = summary.rules.iter().map(|one| row(&one.rule, one.worth)).collect();
    section("What each rule or decision costs (the best plan without it)", rules, "none costs anything");
    let places = summary
        .places
        .iter()
        .map(|one| row(&format!("{} ({} of {})", one.manager_id, one.load, one.places), one.worth));
    section("What one more place is worth", places.collect(), "nothing at any case manager");
    let limits = summary.limits.iter().map(|one| row(&one.limit, one.worth)).collect::<Vec<_>>();
    if !limits.is_empty() {
        section("What one more of a limit is worth", limits, "");
    }
    let hires = summary.hires.iter().map(|one| row(&format!("{} {}", one.area, one.name), one.worth));
    section("What one more full-time case manager is worth, by area", hires.collect(), "nothing, or not proven");
    let rates = summary.rates.iter().filter(|rate| rate.plan_seconds != Cost::ZERO).map(|rate| {
        let plan = minutes(rate.plan_seconds.0);
        match rate.optimum_seconds {
            Some(best) if best == rate.plan_seconds => format!("{} = {}: {plan} a year", rate.rate, rate.minutes),
            Some(best) => format!(
                "{} = {}: {plan} a year with this plan, {} with the best plan then",
                rate.rate,
                rate.minutes,
                minutes(best.0)
            ),
            None => format!(
                "{} = {}: {plan} a year with this plan; the best plan then is not proven",
                rate.rate, rate.minutes
            ),
        }
    });
    section("What one more minute on an exchange rate costs", rates.collect(), "nothing");
    lines.extend(summary.not_proven.iter().cloned());
    lines
}
