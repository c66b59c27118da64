//! The only place that prints: results on stdout, everything else on stderr. Colour only on a terminal and without
//! `NO_COLOR` (`anstream` takes care of it).

use std::io::Write;

use crate::cli::exit::Failure;
use crate::diagnostic::{Problem, Severity};

/// Problems of one code shown in full; the others are counted (and written to `problems.csv` by the command).
const SHOWN_OF_A_KIND: usize = 5;

/// Where results and messages go.
#[derive(Debug, Default)]
pub struct Terminal {
    /// No progress and no hints.
    pub quiet: bool,
}

impl Terminal {
    /// A line of the result, on stdout. A closed pipe ends the output quietly.
    pub fn line(&mut self, text: &str) {
        let _ = writeln!(anstream::stdout(), "{text}");
    }

    /// A value as JSON on stdout.
    pub fn json<T: serde::Serialize>(&mut self, value: &T) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.line(&text),
            Err(error) => self.note(&format!("cannot be written as JSON: {error}")),
        }
    }

    /// Something to know, on stderr.
    pub fn note(&mut self, text: &str) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Why a command ended without a result, on stderr.
    pub fn failure(&mut self, failure: &Failure) {
        let mut out = anstream::stderr();
        match failure {
            Failure::BadData { folder, problems } => {
                self.problems(problems);
                let errors = problems.iter().filter(|problem| problem.severity() == Severity::Error).count();
                let what = if errors == 1 { "1 error".to_owned() } else { format!("{errors} errors") };
                let _ = writeln!(out, "{what} in {}: nothing was planned.", folder.display());
            }
            Failure::Bug(what) => {
                let _ = writeln!(out, "error: {what}\nThis is a defect of the product. Nothing was written.");
            }
            other => {
                let _ = writeln!(out, "error: {other}");
            }
        }
    }

    /// Problems grouped by what they are: the first five of each in full, the others counted.
    pub fn problems(&mut self, problems: &[Problem]) {
        let mut out = anstream::stderr();
        let mut shown = 0;
        let mut order: Vec<&Problem> = problems.iter().collect();
        order.sort_by_key(|problem| (problem.severity(), problem.code));
        for group in order.chunk_by(|a, b| a.code == b.code) {
            for problem in group.iter().take(SHOWN_OF_A_KIND) {
                let _ = writeln!(out, "{}", sentence(problem));
                shown += 1;
            }
            if group.len() > SHOWN_OF_A_KIND {
                let more = group.len() - SHOWN_OF_A_KIND;
                let _ = writeln!(out, "  ... and {more} more of {} ({})", group[0].code.code(), group[0].code.title());
            }
        }
        if shown > 0 {
            let _ = writeln!(out);
        }
    }
}

/// `error[R204] members.csv row 17, assigned_on: a date is not a real day written YYYY-MM-DD: 2026-02-30` and the
/// expectation, the fix and the suggestion below it.
#[must_use]
pub fn sentence(problem: &Problem) -> String {
    let kind = match problem.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut text = format!("{kind}[{}] {}", problem.code.code(), problem.file);
    if let Some(row) = problem.row {
        text += &format!(" row {row}");
    }
    if let Some(column) = &problem.column {
        text += &format!(", {column}");
    }
    text += &format!(": {}", problem.code.title());
    if let Some(value) = &problem.value {
        text += &format!(": {value}");
    }
    if !problem.expected.is_empty() {
        text += &format!("\n    expected {}", problem.expected);
    }
    if let Some(word) = &problem.did_you_mean {
        text += &format!("\n    did you mean `{word}`?");
    }
    text += &format!("\n    fix: {}", problem.fix);
    text
}
