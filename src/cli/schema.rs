//! `caseload schema`: the input files and their columns, as Table Schema or as a table to read.

use comfy_table::{ContentArrangement, Table as Sheet, presets};

use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::diagnostic::closest;
use crate::roster::schema::{self, Presence, TABLES, Table};

/// Letters a line of the table, so that it is the same in a file and on every terminal.
const WIDTH: u16 = 120;

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  caseload schema                             all files as one data package, each with its Table Schema
  caseload schema members --format human      one file, to read")]
pub struct Args {
    /// One file only, with or without `.csv`
    pub file: Option<String>,
    /// `json` is a data package (frictionless standard); `human` a table
    #[arg(long, value_enum, default_value = "json")]
    pub format: Format,
}

/// Runs it.
///
/// # Errors
/// [`Failure::Usage`] when there is no file of that name in the contract.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let tables: Vec<&Table> = match &args.file {
        Some(name) => vec![schema::table(name).ok_or_else(|| unknown(name))?],
        None => TABLES.to_vec(),
    };
    match args.format {
        Format::Json => match (&args.file, tables.as_slice()) {
            (Some(_), [table]) => terminal.json(&table.to_json()),
            _ => terminal.json(&schema::package()),
        },
        Format::Human => {
            for table in tables {
                terminal.line(&readable(table));
            }
        }
    }
    Ok(Exit::Ok)
}

fn unknown(name: &str) -> Failure {
    let files = || TABLES.iter().map(|table| table.file.trim_end_matches(".csv"));
    let meant = closest(name, files()).map_or(String::new(), |file| format!("; did you mean `{file}`?"));
    let all = files().collect::<Vec<_>>().join(", ");
    Failure::Usage(format!("there is no file `{name}` in a roster{meant} (the files are {all})"))
}

/// A file as a table of its columns.
fn readable(table: &Table) -> String {
    let mut sheet = Sheet::new();
    sheet
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    sheet.set_header(["column", "must be", "expected", "meaning"]);
    for column in table.columns {
        let must = match column.presence {
            Presence::Required => "filled",
            Presence::Column => "there",
            Presence::Optional => "",
        };
        sheet.add_row([column.name, must, &column.kind.expected(), column.meaning]);
    }
    let needed = if table.required { "required" } else { "optional" };
    format!("{} ({needed}): {}\n{sheet}\n", table.file, table.meaning)
}
