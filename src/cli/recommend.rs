//! `caseload recommend`: one person at a time, each answer within the rules and with its price.

use std::time::Instant;

use serde_json::json;

use crate::cli::explain;
use crate::cli::input::{Input, RosterArgs, read};
use crate::cli::progress::Progress;
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::model::contradictions;
use crate::output::decisions::{self, Row};
use crate::pipeline;
use crate::roster::reading::{ReadError, decisions_text, home};
use crate::roster::{Decision, DecisionKind, Roster};
use crate::solve::Control;
use crate::units::Cost;
use crate::whatif::recommend::{Question, Recommendation};

/// Rows shown of a list; `--format json` has all.
const SHOWN: usize = 20;

const EXAMPLES: &str = "\
Examples:
  caseload recommend demo/roster --member M00012                 the five best case managers, nobody else moves
  caseload recommend demo/roster --member M00012 --best-for-the-whole
  caseload recommend demo/roster --manager CM007                 whom to give CM007; a leaver: who takes the members
  caseload recommend demo/roster --hire CM101                    as if CM101, who is planned, were at work
  caseload recommend demo/roster --leaving CM007                 as if CM007 left: who takes whom, fewest touched
  caseload recommend demo/roster --member M00012 --decide        and write it down in decisions.csv";

/// Arguments of `recommend`.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    roster: RosterArgs,
    #[command(flatten)]
    whom: Whom,
    /// Place everybody anew; default: nobody else moves
    #[arg(long)]
    best_for_the_whole: bool,
    /// With --member and --decide: this one of the five
    #[arg(long, value_name = "CM", requires = "member")]
    to: Option<String>,
    /// Write the answer as rows of decisions.csv
    #[arg(long)]
    decide: bool,
    /// With --decide: who decided, as decisions.csv shows it
    #[arg(long, value_name = "WHO", default_value = "recommend")]
    decided_by: String,
    /// With --best-for-the-whole: seconds after which the best found is told
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    time_limit: f64,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// About whom.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Whom {
    /// Who takes this member
    #[arg(long, value_name = "M")]
    member: Option<String>,
    /// Whom to give to this case manager, or, for one who leaves, who takes the members
    #[arg(long, value_name = "CM")]
    manager: Option<String>,
    /// Whom to give to this case manager, at work from now on
    #[arg(long, value_name = "CM")]
    hire: Option<String>,
    /// Who takes this case manager's members
    #[arg(long, value_name = "CM")]
    leaving: Option<String>,
}

/// Runs it.
///
/// # Errors
/// Bad usage, settings or data, a decision that contradicts others, file trouble, or a defect.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let overrides = args.roster.overrides();
    // The lock comes first when something is to be written: what is read then is what it is added to.
    let beside = home(&args.roster.folder);
    let lock = args.decide.then(|| decisions::lock(beside)).transpose();
    let lock = lock.map_err(|error| Failure::File { path: error.path, source: error.source })?;
    let mut input = read(&args.roster.folder, &overrides)?;
    let question = question(args, &mut input)?;
    let (roster, rules) = (&input.roster, &input.settings.rules);
    let progress = Progress::start(Some(args.time_limit), true);
    let seconds_left = || progress.seconds_left();
    let control = Control { seconds_left: &seconds_left, work_limit: None, gap: 0.0, progress: &|_| {} };
    let started = Instant::now();
    let answer = pipeline::recommended(roster, rules, question, args.best_for_the_whole, control);
    let seconds = started.elapsed().as_secs_f64();
    progress.finish();
    let Some(answer) = answer.map_err(|error| Failure::Bug(error.to_string()))? else {
        return Ok(impossible(args, terminal));
    };
    let rows = if args.decide { to_write(args, roster, &answer)? } else { Vec::new() };
    if let Some(lock) = lock.as_ref().filter(|_| !rows.is_empty()) {
        refuse_contradictions(&input, &rows)?;
        let existing = decisions_text(&args.roster.folder).map_err(|error| match error {
            ReadError::Problems(problems) => Failure::BadData { folder: args.roster.folder.clone(), problems },
            ReadError::Io { path, source } => Failure::File { path, source },
        })?;
        decisions::add(lock, beside, existing.as_deref(), &rows)
            .map_err(|error| Failure::File { path: error.path, source: error.source })?;
    }
    match args.format {
        Format::Json => terminal.json(&json!({ "answer": answer, "decided": rows.len(), "seconds": seconds })),
        Format::Human => {
            show(&answer, terminal);
            if args.decide {
                terminal.line(&format!("{} rows added to decisions.csv.", rows.len()));
            }
        }
    }
    let nothing = answer.choices.is_empty() && answer.given.is_empty();
    Ok(if nothing || !answer.left.is_empty() { Exit::Infeasible } else { Exit::Ok })
}

/// The question; for `--hire` and `--leaving` the roster is changed as if it were so.
fn question(args: &Args, input: &mut Input) -> Result<Question, Failure> {
    let rules = &input.settings.rules;
    let Whom { member, manager, hire, leaving } = &args.whom;
    if let Some(member) = member {
        return Ok(Question::Member(explain::member(&input.roster, member)?));
    }
    let id = manager.iter().chain(hire).chain(leaving).next().map_or("", String::as_str);
    let whom = explain::manager(&input.roster, id)?;
    let leaves = leaving.is_some() || manager.is_some() && rules.is_leaving(input.roster.manager(whom));
    let mut tables = input.roster.to_tables();
    let about = &mut tables.managers[whom.at()];
    if leaves {
        about.available_until = rules.effective_on.pred_opt();
    } else if hire.is_some() {
        (about.available_from, about.available_until) = (None, None);
    } else if !rules.at_work(about) {
        return Err(Failure::Usage(format!("{id} is not at work on {}; ask with --hire {id}", rules.effective_on)));
    }
    input.roster = Roster::new(tables);
    Ok(if leaves { Question::Leaving(whom) } else { Question::Hire(whom) })
}

fn to_write(args: &Args, roster: &Roster, answer: &Recommendation) -> Result<Vec<Row>, Failure> {
    let row = |member_id: &str, manager_id: &str| Row {
        member_id: member_id.to_owned(),
        manager_id: manager_id.to_owned(),
        decided_by: args.decided_by.clone(),
    };
    // A decision that says so already is not written twice.
    let is_new = |row: &Row| {
        !roster.decisions().iter().any(|decision| {
            decision.kind != DecisionKind::Forbid
                && *roster.member(decision.member).id == *row.member_id
                && *roster.manager(decision.manager).id == *row.manager_id
        })
    };
    let Some(member) = &args.whom.member else {
        return Ok(answer.given.iter().map(|one| row(&one.member_id, &one.to)).filter(is_new).collect());
    };
    let chosen = match &args.to {
        None => answer.choices.first(),
        Some(to) => {
            explain::manager(roster, to)?;
            let found = answer.choices.iter().find(|choice| choice.manager_id == *to);
            Some(found.ok_or_else(|| Failure::Usage(format!("{to} is none of the recommended: nothing was written")))?)
        }
    };
    Ok(chosen.iter().map(|choice| row(member, &choice.manager_id)).filter(is_new).collect())
}

fn refuse_contradictions(input: &Input, rows: &[Row]) -> Result<(), Failure> {
    let rules = &input.settings.rules;
    let before = contradictions(&input.roster, rules).len();
    let mut tables = input.roster.to_tables();
    for row in rows {
        let (Some(member), Some(manager)) =
            (input.roster.find_member(&row.member_id), input.roster.find_manager(&row.manager_id))
        else {
            continue;
        };
        tables.decisions.push(Decision {
            member,
            manager,
            kind: DecisionKind::Assign,
            reason: None,
            until: None,
            decided_by: None,
            row: 0,
        });
    }
    tables.decisions.sort_by_key(|decision| (decision.member, decision.manager, decision.kind));
    let found = contradictions(&Roster::new(tables), rules);
    match found.iter().find(|contradiction| contradiction.rows.contains(&0)).filter(|_| found.len() > before) {
        Some(first) => {
            let rows: Vec<String> = first.rows.iter().filter(|row| **row > 0).map(u32::to_string).collect();
            Err(Failure::Usage(format!(
                "{} (row {} of decisions.csv): nothing was written; take that row out first",
                first.sentence,
                rows.join(" and ")
            )))
        }
        None => Ok(()),
    }
}

fn impossible(args: &Args, terminal: &mut Terminal) -> Exit {
    match args.format {
        Format::Json => terminal.json(&json!({ "answer": null })),
        Format::Human => {
            terminal.line("No plan places everybody within the rules; `caseload plan` says why and what would help.");
        }
    }
    Exit::Infeasible
}

fn show(answer: &Recommendation, terminal: &mut Terminal) {
    answer.sentences.iter().for_each(|sentence| terminal.line(sentence));
    if !answer.choices.is_empty() {
        let more = if answer.how == "best_for_the_whole" { "more than the best, " } else { "" };
        terminal.line(&format!("\n  case manager   {more}a year   members   others move"));
    }
    for choice in &answer.choices {
        let proven = if choice.exact { "" } else { " (not proven)" };
        terminal.line(&format!(
            "  {:<14} {:>12}{proven}   {} of {}   {}",
            choice.manager_id,
            Cost(choice.seconds).to_string(),
            choice.load,
            choice.places,
            choice.others_moved
        ));
    }
    for given in answer.given.iter().take(SHOWN) {
        let from = given.from.as_deref().map_or(String::new(), |from| format!(" from {from}"));
        terminal.line(&format!("  {}{from} to {}: {} a year more", given.member_id, given.to, Cost(given.seconds)));
    }
    if answer.given.len() > SHOWN {
        terminal.line(&format!("  ... and {} more (--format json lists all)", answer.given.len() - SHOWN));
    }
    if !answer.proven {
        terminal.line("That nothing is cheaper is not proven.");
    }
}
