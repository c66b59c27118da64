//! What the examples on public instances share: their arguments and their one line of JSON.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints its answer")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use caseload::solve::{Control, Progress, Status};
use clap::{Parser, ValueEnum};

/// How the answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading.
    Human,
    /// One JSON object on one line.
    Json,
}

/// Arguments of an example.
#[derive(Debug, Parser)]
pub struct Arguments {
    /// The instance
    pub file: PathBuf,
    /// Seconds after which the best plan and bound so far are the answer
    #[arg(long, value_name = "SECONDS")]
    pub time_limit: Option<f64>,
    /// How to print the answer
    #[arg(long, value_enum, default_value = "human")]
    pub format: Format,
}

/// An answer to print.
pub struct Answer {
    /// How far the search got.
    pub status: Status,
    /// Value of the best plan.
    pub value: Option<f64>,
    /// No plan has a lower value.
    pub bound: f64,
    /// Decimals that mean something.
    pub decimals: usize,
    /// Further figures: name, value.
    pub more: Vec<(&'static str, serde_json::Value)>,
}

/// Reads the arguments and the file, solves, prints. `solve` gets the file's text and when to stop; its error is a
/// message about the file.
pub fn main(solve: fn(&str, Control<'_>) -> Result<Answer, String>) -> ExitCode {
    let arguments = Arguments::parse();
    let started = Instant::now();
    let text = match std::fs::read_to_string(&arguments.file) {
        Ok(text) => text,
        Err(error) => return complain(&arguments, &error.to_string()),
    };
    let seconds_left = || arguments.time_limit.map(|limit| limit - started.elapsed().as_secs_f64());
    let progress = |_: Progress| {};
    let control = Control { seconds_left: &seconds_left, work_limit: None, gap: 0.0, progress: &progress };
    match solve(&text, control) {
        Ok(answer) => {
            print(&arguments, &answer, started.elapsed().as_secs_f64());
            ExitCode::SUCCESS
        }
        Err(message) => complain(&arguments, &message),
    }
}

fn complain(arguments: &Arguments, message: &str) -> ExitCode {
    eprintln!("{}: {message}", arguments.file.display());
    ExitCode::FAILURE
}

fn print(arguments: &Arguments, answer: &Answer, seconds: f64) {
    let instance = arguments.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let status = match answer.status {
        Status::Optimal => "optimal",
        Status::Feasible => "feasible",
        Status::Limit => "limit",
        Status::Infeasible => "infeasible",
    };
    // Rounded by their decimal text, so that 0.1 stays 0.1.
    let round = |value: f64| format!("{value:.*}", answer.decimals).parse::<f64>().unwrap_or(value);
    let number = |value: f64| {
        let rounded = round(value);
        if answer.decimals == 0 { serde_json::json!(rounded as i64) } else { serde_json::json!(rounded) }
    };
    let gap = answer.value.map(|value| if value == 0.0 { 0.0 } else { (value - answer.bound).max(0.0) / value.abs() });
    if arguments.format == Format::Human {
        let value = answer.value.map_or_else(|| "none".to_owned(), |value| number(value).to_string());
        println!("{instance}: {status}; value {value}, bound {}, {seconds:.2} s", number(answer.bound));
        answer.more.iter().for_each(|(name, value)| println!("  {name}: {value}"));
        return;
    }
    let mut line = serde_json::json!({
        "instance": instance,
        "status": status,
        "value": answer.value.map(number),
        "bound": number(answer.bound),
        "gap": gap,
        "seconds": (seconds * 1e4).round() / 1e4,
    });
    for (name, value) in &answer.more {
        line[*name] = value.clone();
    }
    println!("{line}");
}

/// The numbers of a file, whatever stands between them.
///
/// # Errors
/// A word that is no number.
pub fn numbers(text: &str) -> Result<Vec<f64>, String> {
    let number = |word: &str| {
        word.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or(format!("`{word}` is not a number"))
    };
    text.split_whitespace().map(number).collect()
}

/// A whole number that is not negative and not too large to count with.
///
/// # Errors
/// Any other number.
pub fn whole(number: f64) -> Result<i64, String> {
    let is = (0.0..=1e15).contains(&number) && number.fract() == 0.0;
    if is { Ok(number as i64) } else { Err(format!("{number} where a whole number >= 0 belongs")) }
}
