//! `caseload config`: every setting with its value and where it came from.

use std::path::PathBuf;

use chrono::NaiveDate;
use comfy_table::{Table, presets};
use serde::Serialize;

use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::program::settings::Overrides;
use crate::program::{Setting, Settings};

const EXAMPLES: &str = "\
Examples:
  caseload config my-roster                             what holds for this roster
  caseload config my-roster --program stricter.toml     what a changed rule file would make of it
  caseload config my-roster --format json               the same for a script

A setting comes from the command line, else from caseload.toml in the roster's folder, else from the program file,
else from the one it extends (named with its path), else it is built in. models/README.md explains every key.";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    /// The roster's folder
    pub folder: PathBuf,
    /// A shipped program's name, or a program file
    #[arg(long, value_name = "NAME|FILE")]
    pub program: Option<String>,
    /// The day the roster describes, instead of the one in caseload.toml or today
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<NaiveDate>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The JSON form.
#[derive(Debug, Serialize)]
struct Report<'a> {
    folder: String,
    program: &'a str,
    settings: &'a [Setting],
}

/// Runs it.
///
/// # Errors
/// When the folder is missing or the settings cannot be used.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    if !args.folder.exists() {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, "there is no such folder or workbook");
        return Err(Failure::file(&args.folder, source));
    }
    let overrides = Overrides { program: args.program.clone(), as_of: args.as_of, ..Overrides::default() };
    let settings = Settings::resolve(crate::roster::reading::home(&args.folder), &overrides, crate::cli::today())?;
    let program = &settings.rules.program;
    match args.format {
        Format::Json => terminal.json(&Report {
            folder: args.folder.display().to_string(),
            program: &program.name,
            settings: &settings.listing,
        }),
        Format::Human => {
            terminal.line(&format!("{} ({})", program.title, program.name));
            terminal.line(&table(&settings.listing));
        }
    }
    Ok(Exit::Ok)
}

fn table(listing: &[Setting]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["setting", "value", "from"]);
    for setting in listing {
        // The sentences of the source would widen every line; JSON has them whole.
        let mut value: String = setting.value.chars().take(60).collect();
        if setting.value.chars().nth(60).is_some() {
            value.push('…');
        }
        let from = setting.file.as_deref().unwrap_or(setting.origin.words());
        table.add_row([setting.key.as_str(), value.as_str(), from]);
    }
    table.trim_fmt()
}
