//! `caseload init`: a workbook to fill in and the settings beside it, or a made-up roster that is ready to plan.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, Format};
use crate::generate::{AS_OF, Request, Sketch};
use crate::output::xlsx::template::{self, Filled};
use crate::program::Program;
use crate::program::template::settings_template;
use crate::roster::schema::TABLES;

/// The settings beside the workbook.
const SETTINGS: &str = "caseload.toml";
/// The program of the demo roster.
const DEMO_PROGRAM: &str = "iowa-cbcm";

const EXAMPLES: &str = "\
Examples:
  caseload init my-roster                 roster.xlsx to fill in, and caseload.toml with every setting
  caseload init demo --demo iowa          a made-up Iowa roster, ready to plan
  caseload plan demo                      the next command

Nothing that is there is ever overwritten.";

/// Demo rosters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Demo {
    /// A small managed care organization in Iowa.
    Iowa,
}

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES)]
pub struct Args {
    /// Where the files are written; made when it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Fill the workbook with a made-up roster
    #[arg(long, value_enum)]
    demo: Option<Demo>,
    /// Members of the made-up roster
    #[arg(long, value_name = "N", default_value_t = 240, requires = "demo")]
    members: usize,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs it.
///
/// # Errors
/// When a file is there already or cannot be written.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let (filled, settings) = match args.demo {
        None => (Filled::new(), settings_template()),
        Some(Demo::Iowa) => demo(args.members)?,
    };
    let day = AS_OF.parse().unwrap_or_else(|_| crate::cli::today());
    let book = template::workbook(&filled, day).map_err(|error| Failure::Bug(error.to_string()))?;
    let files = [(template::FILE, book), (SETTINGS, settings.into_bytes())];
    for (name, _) in &files {
        let path = args.folder.join(name);
        if path.exists() {
            return Err(Failure::Usage(format!(
                "{} is there already and is not overwritten: name another folder, or move it away",
                path.display()
            )));
        }
    }
    // A workbook beside CSV files would be read by nobody.
    let tables = TABLES.iter().filter(|table| table.required);
    if let Some(table) = tables.into_iter().find(|table| args.folder.join(table.file).exists()) {
        let message =
            format!("{} holds a roster of CSV files ({}): name another folder", args.folder.display(), table.file);
        return Err(Failure::Usage(message));
    }
    fs::create_dir_all(&args.folder).map_err(|source| Failure::file(&args.folder, source))?;
    for (name, bytes) in &files {
        let path = args.folder.join(name);
        write_new(&path, bytes).map_err(|source| Failure::file(&path, source))?;
    }
    let shown = args.folder.display();
    match args.format {
        Format::Json => terminal.json(&json!({
            "folder": shown.to_string(),
            "files": files.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "demo": args.demo.is_some(),
        })),
        Format::Human => {
            let (what, next) = if args.demo.is_some() {
                (format!("a made-up roster of {} members", args.members), "plan")
            } else {
                ("the workbook to fill in; its first sheet says how".to_owned(), "check")
            };
            terminal.line(&format!("{shown}/{}: {what}", template::FILE));
            terminal.line(&format!("{shown}/{SETTINGS}: every setting with its default"));
            terminal.note(&format!("next: caseload {next} {shown}"));
        }
    }
    Ok(Exit::Ok)
}

/// Whole or not at all, and never over what is there.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".caseload-init-").tempfile_in(parent)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    #[cfg(unix)]
    {
        // A temporary file is the owner's alone; these are to be opened by colleagues.
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.persist_noclobber(path).map(|_| ()).map_err(|error| error.error)
}

/// The rows of a made-up roster, and its settings with every other key below them.
fn demo(members: usize) -> Result<(Filled, String), Failure> {
    let program = Program::shipped(DEMO_PROGRAM).unwrap_or_default();
    let request = Request {
        members,
        managers: 0,
        seed: 1,
        state: "IA".to_owned(),
        shortage: None,
        program: Program::parse(program).map_err(Failure::Bug)?,
        program_name: DEMO_PROGRAM.to_owned(),
        as_of: AS_OF.parse().unwrap_or_else(|_| crate::cli::today()),
    };
    let sketch = Sketch::new(&request).map_err(|error| Failure::Usage(error.to_string()))?;
    let folder = tempfile::tempdir().map_err(|source| Failure::file(&std::env::temp_dir(), source))?;
    let trouble = |source| Failure::file(folder.path(), source);
    sketch.write(|name| fs::File::create(folder.path().join(name))).map_err(trouble)?;
    let mut filled = Filled::new();
    for table in TABLES {
        let path = folder.path().join(table.file);
        if path.exists() {
            filled.insert(table.file, fs::read(&path).map_err(trouble)?);
        }
    }
    let own = fs::read_to_string(folder.path().join(SETTINGS)).map_err(trouble)?;
    Ok((filled, format!("{own}\n{}", settings_template())))
}
