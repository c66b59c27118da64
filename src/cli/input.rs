//! What every command that works on a roster reads first: settings, then the folder.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use crate::cli::exit::Failure;
use crate::cli::terminal::Terminal;
use crate::diagnostic::{Problem, Severity};
use crate::program::settings::Overrides;
use crate::program::{Settings, codes};
use crate::roster::Roster;
use crate::roster::reading::{ReadError, history, home, read_folder};

/// Arguments that choose the roster and its rules.
#[derive(Clone, Debug, clap::Args)]
pub struct RosterArgs {
    /// The roster: a folder with members.csv and managers.csv, or a workbook (.xlsx)
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The program whose rules hold: a shipped name or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    pub program: Option<String>,
    /// The day the roster describes [default: caseload.toml, else today]
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<NaiveDate>,
    /// The day the plan takes effect [default: caseload.toml, else the rule's own day or --as-of]
    #[arg(long, value_name = "DATE")]
    pub effective_on: Option<NaiveDate>,
}

/// A roster with the settings that hold for it.
pub struct Input {
    /// Rules and listing.
    pub settings: Settings,
    /// The roster.
    pub roster: Roster,
    /// Warnings and notes.
    pub problems: Vec<Problem>,
    /// Names and SHA-256 of the input files.
    pub hashes: Vec<(String, String)>,
}

impl RosterArgs {
    /// The overrides these arguments are.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        Overrides {
            program: self.program.clone(),
            as_of: self.as_of,
            effective_on: self.effective_on,
            ..Overrides::default()
        }
    }

    /// Reads settings and roster. Warnings are shown, notes are counted.
    ///
    /// # Errors
    /// Settings that cannot be used, a roster with errors, a file that cannot be read.
    pub fn read(&self, overrides: &Overrides, terminal: &mut Terminal) -> Result<Input, Failure> {
        let input = read(&self.folder, overrides)?;
        let warnings: Vec<Problem> =
            input.problems.iter().filter(|problem| problem.severity() == Severity::Warning).cloned().collect();
        terminal.problems(&warnings);
        Ok(input)
    }
}

/// Reads settings and roster without showing anything.
///
/// # Errors
/// As above.
pub fn read(folder: &Path, overrides: &Overrides) -> Result<Input, Failure> {
    if !folder.exists() {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, "there is no such folder or workbook");
        return Err(Failure::file(folder, source));
    }
    let settings = Settings::resolve(home(folder), overrides, crate::cli::today())?;
    let read = read_folder(folder, settings.rules.as_of).map_err(|error| match error {
        ReadError::Problems(problems) => Failure::BadData { folder: folder.to_owned(), problems },
        ReadError::Io { path, source } => Failure::File { path, source },
    })?;
    let mut problems = read.problems;
    problems.extend(codes::problems(&read.roster, &settings.rules));
    let roster = remembered(folder, &settings, read.roster)?;
    Ok(Input { settings, roster, problems, hashes: read.hashes })
}

/// The roster with the changes that earlier plans made (`[history]` of `caseload.toml`).
///
/// # Errors
/// An earlier plan folder cannot be read.
pub fn remembered(folder: &Path, settings: &Settings, roster: Roster) -> Result<Roster, Failure> {
    if settings.history.is_empty() {
        return Ok(roster);
    }
    let mut changes = Vec::new();
    for plan in &settings.history {
        let beside = folder.join(plan);
        let path = if beside.exists() { beside } else { PathBuf::from(plan) };
        let read = history::changes(&path).map_err(|error| {
            Failure::Usage(format!("history.plans: {error}; name plan folders with plan.json and transfers.csv"))
        })?;
        changes.extend(read);
    }
    Ok(history::remember(&roster, changes, settings.rules.as_of))
}
