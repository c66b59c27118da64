//! `caseload check`: where one stands before any optimisation.
//!
//! Long because it prints every part of the standing, one function a part. Sentences of needs come from `plan::needs`,
//! since the report shows them too.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::diagnostic::{Problem, Severity};
use crate::plan::needs::dates::cure;
use crate::plan::needs::{Need, counted};
use crate::plan::standing::{Staffing, Standing, standing};
use crate::plan::workload::Workload;
use crate::program::settings::Overrides;
use crate::program::{Rules, Settings, Words, capitalized, codes};
use crate::roster::reading::{Read, ReadError, home, read_folder};
use crate::verify::{assess, present};

/// Rows shown of a list; `--format json` has all.
const SHOWN: usize = 10;

const EXAMPLES: &str = "\
Examples:
  caseload check my-roster                              rule by rule, shortage, warnings
  caseload check my-roster --problems problems.csv      every problem as a row for Excel
  caseload check my-roster --program stricter.toml      against another rule file
  caseload check my-roster --format json --strict       for a script: warnings lead to exit status 1

Exit status: 0 every rule is met at present | 1 some rule is not (or --strict and warnings) | 3 bad data";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    /// The roster: a folder, or a workbook (.xlsx)
    pub folder: PathBuf,
    /// A shipped program's name, or a program file
    #[arg(long, value_name = "NAME|FILE")]
    pub program: Option<String>,
    /// The day the roster describes, instead of the one in caseload.toml or today
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<NaiveDate>,
    /// Write every problem found to this CSV file
    #[arg(long, value_name = "FILE")]
    pub problems: Option<PathBuf>,
    /// Warnings lead to exit status 1
    #[arg(long)]
    pub strict: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The JSON form.
#[derive(Debug, Serialize)]
struct Report<'a> {
    verdict: String,
    program: &'a str,
    as_of: NaiveDate,
    effective_on: NaiveDate,
    #[serde(flatten)]
    standing: &'a Standing,
    problems: &'a [Problem],
}

/// Runs it.
///
/// # Errors
/// When settings or data cannot be used, or a file cannot be read or written.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let overrides = Overrides { program: args.program.clone(), as_of: args.as_of, ..Overrides::default() };
    let rules = Settings::resolve(home(&args.folder), &overrides, crate::cli::today())?.rules;
    let Read { roster, mut problems, .. } = match read_folder(&args.folder, rules.as_of) {
        Ok(read) => read,
        Err(ReadError::Io { path, source }) => return Err(Failure::File { path, source }),
        Err(ReadError::Problems(problems)) => {
            write_problems(args.problems.as_deref(), &problems)?;
            return Err(Failure::BadData { folder: args.folder.clone(), problems });
        }
    };
    problems.extend(codes::problems(&roster, &rules));
    write_problems(args.problems.as_deref(), &problems)?;

    let standing = standing(&roster, &rules, &assess(&roster, &rules, &present(&roster)));
    match args.format {
        Format::Json => terminal.json(&Report {
            verdict: verdict(&standing, &rules),
            program: &rules.program.name,
            as_of: rules.as_of,
            effective_on: rules.effective_on,
            standing: &standing,
            problems: &problems,
        }),
        Format::Human => {
            terminal.problems(&problems);
            for line in lines(&standing, &rules) {
                terminal.line(&line);
            }
            terminal.line(&next_step(&standing, &args.folder));
        }
    }
    let warned = problems.iter().any(|problem| problem.severity() == Severity::Warning);
    Ok(if standing.meets_every_rule && !(args.strict && warned) { Exit::Ok } else { Exit::RuleUnmet })
}

/// Every problem as a row.
fn write_problems(path: Option<&Path>, problems: &[Problem]) -> Result<(), Failure> {
    let Some(path) = path else {
        return Ok(());
    };
    let trouble = |error: csv::Error| Failure::file(path, std::io::Error::other(error));
    let mut out = csv::Writer::from_path(path).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(source) => Failure::file(path, source),
        other => Failure::file(path, std::io::Error::other(format!("{other:?}"))),
    })?;
    let header = ["code", "kind", "file", "row", "column", "value", "what", "expected", "fix", "did_you_mean"];
    out.write_record(header).map_err(trouble)?;
    for problem in problems {
        let kind = match problem.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let row = problem.row.map(|row| row.to_string()).unwrap_or_default();
        let value = problem.value.as_ref().map(|value| for_spreadsheet(&value.to_string())).unwrap_or_default();
        let column = problem.column.as_deref().map(for_spreadsheet).unwrap_or_default();
        out.write_record([
            problem.code.code(),
            kind,
            &problem.file,
            &row,
            &column,
            &value,
            problem.code.title(),
            &for_spreadsheet(&problem.expected),
            &problem.fix,
            &problem.did_you_mean.as_deref().map(for_spreadsheet).unwrap_or_default(),
        ])
        .map_err(trouble)?;
    }
    out.flush().map_err(|source| Failure::file(path, source))
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe.
fn for_spreadsheet(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// One sentence that says where one stands.
fn verdict(standing: &Standing, rules: &Rules) -> String {
    let unmet = standing.rules.iter().filter(|rule| !rule.holds()).count();
    let of = format!("of {} rules of `{}`", standing.rules.len(), rules.program.name);
    if standing.meets_every_rule {
        return format!("MET: all {of} hold at present; nothing has to move.");
    }
    let fixed = standing.rules.iter().filter(|rule| !rule.holds() && !rule.changeable).count();
    let short = || standing.needs.iter().filter(|need| need.is_short());
    let averages = standing.staffing.iter().filter(|row| row.judged).map(|row| u64::from(row.hire));
    let hire = standing.workload.iter().map(|row| u64::from(row.hire)).chain(averages);
    let hire = hire.chain(short().map(|need| u64::from(need.hire))).max().unwrap_or(0).max(standing.shortage.hire);
    let overload = standing.workload.iter().any(|row| row.missing > 0.0) || short().next().is_some();
    let mut text = format!("NOT MET: {unmet} {of} do not hold at present.");
    if fixed > 0 || overload || standing.shortage.short > 0 {
        text += " Reassignment alone cannot mend it: ";
        text += &match hire {
            0 => "what it takes stands below.".to_owned(),
            _ => format!("it takes {} more.", people(rules, hire)),
        };
    } else {
        text += &format!(" There are enough {}: a plan may mend it.", rules.program.words.case_managers);
    }
    text
}

/// In the program's words.
fn people(rules: &Rules, count: u64) -> String {
    counted(count, &rules.program.words.case_manager, &rules.program.words.case_managers)
}

fn lines(standing: &Standing, rules: &Rules) -> Vec<String> {
    let mut lines = vec![
        verdict(standing, rules),
        String::new(),
        format!(
            "{}: {}, {}, {} at work on {}, {} places under their caps",
            rules.program.title,
            counted(standing.members.into(), &rules.program.words.member, &rules.program.words.members),
            people(rules, standing.managers.into()),
            standing.at_work,
            rules.effective_on,
            standing.places
        ),
        String::new(),
        rule_table(standing, &rules.program.words),
    ];
    lines.extend(staffing_lines(standing, &rules.program.words));
    lines.extend(standing.workload.iter().map(|row| workload_line(row, &rules.program.words)));
    lines.extend(need_lines(standing));
    lines.extend(shortage_lines(standing, rules));
    lines.extend(date_lines(standing));
    lines.extend(people_lines(standing, &rules.program.words));
    lines
}

fn rule_table(standing: &Standing, words: &Words) -> String {
    let mut table = plain_table(["rule", "scope", "limit", "at present", "met"]);
    for rule in &standing.rules {
        let met = match (rule.met, rule.soft) {
            (true, _) => "yes",
            (false, true) => "no (soft)",
            (false, false) => "NO",
        };
        let cells = [rule.rule.clone(), rule.scope.clone(), number(rule.limit), number(rule.after), met.to_owned()];
        table.add_row(cells);
    }
    align_right(&mut table, &[2, 3]);
    let mut text = table.trim_fmt();
    for rule in standing.rules.iter().filter(|rule| !rule.met) {
        text += &format!("\n  {}, {}: {}", rule.rule, rule.scope, words.speak(&rule.how));
    }
    text
}

fn staffing_lines(standing: &Standing, words: &Words) -> Vec<String> {
    let mut lines = Vec::new();
    for group in standing.staffing.chunk_by(|a, b| a.rule == b.rule) {
        lines.push(String::new());
        if let Some(judged) = group.iter().find(|row| row.judged) {
            lines.push(staffing_sentence(judged, words));
        }
        let mut table = plain_table(["denominator", "have", "needed", "missing", "hire"]);
        for row in group {
            let name =
                if row.judged { format!("{} (the rule's)", row.denominator) } else { row.denominator.to_owned() };
            table.add_row([
                name,
                thousandths(row.have_thousandths),
                thousandths(row.needed_thousandths),
                thousandths(row.missing_thousandths),
                row.hire.to_string(),
            ]);
        }
        align_right(&mut table, &[1, 2, 3, 4]);
        lines.push(table.trim_fmt());
    }
    lines
}

/// `8612 members need 192 counted case managers (at most 45 each); you have 187: hire 5.`
fn staffing_sentence(row: &Staffing, words: &Words) -> String {
    let need = format!(
        "{}: {} {} need {} counted {} (at most {} each, by {}); you have {}",
        row.rule,
        row.members,
        words.members,
        thousandths(row.needed_thousandths),
        words.case_managers,
        row.limit,
        row.denominator,
        thousandths(row.have_thousandths)
    );
    if row.missing_thousandths == 0 {
        return format!("{need}: enough.");
    }
    let by = row.by.map_or(String::new(), |day| format!(" by {day}"));
    format!("{need}: hire {}, or {} FTE{by}.", row.hire, thousandths(row.missing_thousandths))
}

/// What no reassignment changes beside averages and capacities.
fn need_lines(standing: &Standing) -> Vec<String> {
    // The table of counties says the same in more detail.
    let shortage = &standing.shortage;
    let is_told = |need: &&Need| {
        let same = (need.missing as u64, u64::from(need.hire)) == (shortage.short, shortage.hire);
        need.rule == "places" && same
    };
    let told = standing.needs.iter().filter(|need| !is_told(need));
    let mut lines: Vec<String> = told.map(|need| need.sentence.clone()).collect();
    if !lines.is_empty() {
        lines.insert(0, String::new());
    }
    lines
}

/// By when a breach has to be cured, and what time changes.
fn date_lines(standing: &Standing) -> Vec<String> {
    let mut lines = Vec::new();
    let mut list = |title: &str, all: Vec<String>| {
        if !all.is_empty() {
            let more = all.len().saturating_sub(SHOWN);
            lines.extend([String::new(), format!("{title} ({}):", all.len())]);
            lines.extend(all.iter().take(SHOWN).map(|line| format!("  {line}")));
            lines.extend((more > 0).then(|| format!("  and {more} more")));
        }
    };
    list("To be cured", standing.tolerated.iter().map(cure).collect());
    list("What time changes", standing.dated.iter().map(|one| one.sentence.clone()).collect());
    lines
}

fn workload_line(row: &Workload, words: &Words) -> String {
    let (needed, have) = (number(row.needed), number(row.have));
    let all = &words.members;
    let need = format!("{}: all {all} come to {needed} ({}); those at work may have {have}", row.rule, row.unit);
    if row.missing <= 0.0 {
        return format!("{need}: enough.");
    }
    let by = row.by.map_or(String::new(), |day| format!(" by {day}"));
    let fte = thousandths(row.missing_thousandths);
    format!("{need}: {} missing, hire {}, or {fte} FTE{by}.", number(row.missing), row.hire)
}

fn shortage_lines(standing: &Standing, rules: &Rules) -> Vec<String> {
    let shortage = &standing.shortage;
    if shortage.short == 0 {
        return Vec::new();
    }
    let members = rules.program.words.members.as_str();
    let mut table = plain_table(["short of places in", members, "places there", "short", "hire"]);
    for area in shortage.areas.iter().take(SHOWN) {
        table.add_row([
            area.name.clone(),
            area.members.to_string(),
            area.places.to_string(),
            area.short.to_string(),
            area.hire.to_string(),
        ]);
    }
    if let Some(rest) = shortage.areas.get(SHOWN..).filter(|rest| !rest.is_empty()) {
        let sum = |of: fn(&crate::plan::shortage::Area) -> u64| rest.iter().map(of).sum::<u64>().to_string();
        table.add_row([
            format!("{} more counties", rest.len()),
            sum(|area| area.members),
            sum(|area| area.places),
            sum(|area| area.short),
            sum(|area| area.hire),
        ]);
    }
    align_right(&mut table, &[1, 2, 3, 4]);
    vec![
        String::new(),
        format!(
            "{} {members}, {} places within caps and average: {} short, {} to hire (places are filled nearest first)",
            shortage.members,
            shortage.places,
            shortage.short,
            people(rules, shortage.hire)
        ),
        table.trim_fmt(),
    ]
}

fn people_lines(standing: &Standing, words: &Words) -> Vec<String> {
    let members = &words.members;
    let mut lines = vec![String::new()];
    let mut list = |title: &str, all: Vec<String>| {
        if !all.is_empty() {
            let more = all.len().saturating_sub(SHOWN);
            let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
            lines.push(format!("{title} ({}): {}{tail}", all.len(), all[..all.len() - more].join(", ")));
        }
    };
    let over = standing.over_cap.iter();
    list(
        "Over the cap",
        over.map(|row| format!("{} {} of {} (+{})", row.manager_id, row.load, row.cap, row.over)).collect(),
    );
    let under = standing.far_under.iter();
    list("With much room", under.map(|row| format!("{} {} of {}", row.manager_id, row.load, row.cap)).collect());
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let leaving = standing.leaving.iter();
    list(
        "Leaving",
        leaving.map(|row| format!("{} {} ({} {members})", row.manager_id, day(row.day), row.load)).collect(),
    );
    let planned = standing.planned.iter();
    list("Not at work yet", planned.map(|row| format!("{} from {}", row.manager_id, day(row.day))).collect());
    let on_leave = standing.on_leave.iter();
    let until = |day: Option<NaiveDate>| day.map_or("open".to_owned(), |day| format!("until {day}"));
    list(
        "On leave",
        on_leave.map(|row| format!("{} {} ({} {members})", row.manager_id, until(row.day), row.load)).collect(),
    );
    list(&format!("{} without a {}", capitalized(members), words.case_manager), standing.without_manager.clone());
    let nobody = standing.unplaceable.iter().map(|row| {
        let reasons: Vec<String> = row.ruled_out.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        format!("{} ({})", row.member_id, reasons.join(", "))
    });
    list(&format!("{} nobody may take", capitalized(members)), nobody.collect());
    list("Counted in the average, but able to take nobody", standing.padding.clone());
    let contradictions = standing.contradictions.iter().map(|row| {
        let rows: Vec<String> = row.rows.iter().map(u32::to_string).collect();
        format!("{} {} (decisions.csv row {})", row.member_id, row.why, rows.join(" and "))
    });
    list("Decisions that cannot all be followed", contradictions.collect());
    if lines.len() == 1 { Vec::new() } else { lines }
}

fn next_step(standing: &Standing, folder: &Path) -> String {
    let folder = folder.display();
    if !standing.contradictions.is_empty() {
        return format!("\nNext: correct decisions.csv, then  caseload check {folder}");
    }
    format!("\nNext:  caseload plan {folder}")
}

fn plain_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header);
    table
}

fn align_right(table: &mut Table, columns: &[usize]) {
    for &at in columns {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Up to two decimals, none when whole.
fn number(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// Thousandths as a number without superfluous zeros.
fn thousandths(value: u64) -> String {
    let text = format!("{}.{:03}", value / 1000, value % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
