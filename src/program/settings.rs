//! `caseload.toml` beside the roster, the command line and the program file, layered into one set of [`Rules`];
//! every value remembers where it came from.
//!
//! Long because every key of the settings is resolved in one place, in the order in which it is listed.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::program::average::Average;
use crate::program::file::Program;
use crate::program::handoff::Handoff;
use crate::program::letter_settings::{self, LettersFile};
use crate::program::limit::Limit;
use crate::program::loading::{self, Loaded, Opened};
use crate::program::rules::{Rules, Weights};
use crate::program::several::{self, Shared};
use crate::program::simulate::{Simulation, SimulationFile};
use crate::program::source::{self, Fault};

/// The program used when nothing names one.
const DEFAULT_PROGRAM: &str = "iowa-cbcm";

/// Where a setting's value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Built in.
    Default,
    /// The program file.
    Program,
    /// `caseload.toml` beside the roster.
    Settings,
    /// A flag of the command line.
    CommandLine,
}

impl Origin {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Program => "program file",
            Self::Settings => "caseload.toml",
            Self::CommandLine => "command line",
        }
    }
}

/// One resolved setting, as `caseload config` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Dotted key.
    pub key: String,
    /// Value as TOML writes it.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
    /// The file that says it, where the program was made of several and another one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// Settings that cannot be used: exit status 2.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A file could not be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not say what it should.
    #[error("{path}: {message}")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// The parser's message, with line and column.
        message: String,
    },
    /// A program file, or one it builds on, says what cannot be.
    #[error("{}", source::in_words(.0))]
    Program(Vec<Fault>),
    /// No program of that name.
    #[error("there is no program `{name}`{}; shipped are: {known}", did_you_mean.as_ref().map_or(String::new(), |m| format!(", did you mean `{m}`?")))]
    UnknownProgram {
        /// As given.
        name: String,
        /// All names.
        known: String,
        /// A close one.
        did_you_mean: Option<String>,
    },
    /// A value out of range.
    #[error("{key} = {value}: {expected}")]
    OutOfRange {
        /// Dotted key.
        key: String,
        /// The value.
        value: String,
        /// What is allowed.
        expected: String,
    },
}

/// What the command line adds on top of the files.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--program NAME|FILE`.
    pub program: Option<String>,
    /// `--as-of`, or a fixed day for tests.
    pub as_of: Option<NaiveDate>,
    /// `--effective-on`.
    pub effective_on: Option<NaiveDate>,
    /// `--allow-unserved`.
    pub allow_unserved: bool,
    /// `--organization`.
    pub organization: Option<String>,
}

/// `caseload.toml`, as written. Every key is optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SettingsFile {
    program: Option<String>,
    programs: Option<Vec<Shared>>,
    as_of: Option<toml::value::Datetime>,
    effective_on: Option<toml::value::Datetime>,
    weights: WeightsFile,
    limits: LimitsFile,
    letters: LettersFile,
    handoff: toml::Table,
    simulate: SimulationFile,
    history: HistoryFile,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HistoryFile {
    plans: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WeightsFile {
    travel: Option<f64>,
    continuity: Option<f64>,
    providers: Option<f64>,
    language: Option<f64>,
    team: Option<f64>,
    balance: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitsFile {
    cap: Option<Limit>,
    average: Option<Limit>,
    receive: Option<u32>,
    new_hire: Option<u32>,
    moves_total: Option<u32>,
    moves_high_need: Option<u32>,
    moves_per_team: Option<u32>,
    max_miles: Option<f64>,
    allow_unserved: Option<bool>,
}

/// The rules that hold for a run, and every setting with its origin.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What later rooms get.
    pub rules: Rules,
    /// What `caseload config` prints.
    pub listing: Vec<Setting>,
    /// What `caseload simulate` assumes about the months to come.
    pub simulation: Simulation,
    /// Earlier plan folders that were carried out: paths relative to the roster's folder, then to the working directory.
    pub history: Vec<String>,
}

impl Settings {
    /// Layers program file, `caseload.toml` in `folder` (when there) and the command line. `today` is the day of the
    /// run, read once by the caller.
    ///
    /// # Errors
    /// When a file cannot be read, says something unknown, or a value is out of range.
    pub fn resolve(folder: &Path, overrides: &Overrides, today: NaiveDate) -> Result<Self, SettingsError> {
        let path = folder.join("caseload.toml");
        let file = match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str::<SettingsFile>(&text)
                .map_err(|error| SettingsError::Malformed { path: path.clone(), message: error.to_string() })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => SettingsFile::default(),
            Err(source) => return Err(SettingsError::Unreadable { path, source }),
        };
        let mut list = Listing::default();

        let loaded = if let (Some(shared), None) = (&file.programs, &overrides.program) {
            if file.program.is_some() {
                let message = "`program` and `programs` cannot both stand here: one names the only program, the other several that share staff";
                return Err(SettingsError::Malformed { path, message: message.to_owned() });
            }
            let names: Vec<String> = shared.iter().map(|one| format!("{:?}", one.program())).collect();
            list.row("programs", format!("[{}]", names.join(", ")), Origin::Settings);
            several::load(folder, shared)?
        } else {
            let own = file.program.clone();
            load_program(folder, &list.pick("program", overrides.program.clone(), own, DEFAULT_PROGRAM.to_owned()))?
        };
        list.program(&loaded);
        let in_program: Vec<String> = loaded.values().into_iter().map(|(key, ..)| key).collect();
        let Loaded { program, text, .. } = loaded;

        let bad_date = |key: &str, value: String| SettingsError::OutOfRange {
            key: key.to_owned(),
            value,
            expected: "a date such as 2026-11-23, without quotation marks".to_owned(),
        };
        let day = |key: &str, value: &Option<toml::value::Datetime>| match value {
            None => Ok(None),
            Some(date) => date.to_string().parse::<NaiveDate>().map(Some).map_err(|_| bad_date(key, date.to_string())),
        };
        let as_of = list.pick("as_of", overrides.as_of, day("as_of", &file.as_of)?, today);
        let own_date = program.effective_from.map_or(as_of, |from| from.max(as_of));
        let effective_on =
            list.pick("effective_on", overrides.effective_on, day("effective_on", &file.effective_on)?, own_date);

        let weights = list.weights(&file.weights)?;
        let mut program = list.limits(program, &file.limits)?;
        program.handoff = list.handoff(&program.handoff, &in_program, &file.handoff)?;
        let allow_unserved = list.pick(
            "limits.allow_unserved",
            overrides.allow_unserved.then_some(true),
            file.limits.allow_unserved,
            false,
        );
        let over_used = |average: &&Average| allow_unserved && average.counts_those_in_use();
        if let Some(average) = program.averages.iter().find(over_used) {
            // Who is left out would change how many case managers must be in use.
            return Err(SettingsError::OutOfRange {
                key: "limits.allow_unserved".to_owned(),
                value: "true".to_owned(),
                expected: format!("false, since `{}` counts only case managers with members", average.name),
            });
        }
        if let Some(rule) = program.fairness.first().filter(|_| allow_unserved) {
            // Who is left out would neither stay nor move.
            return Err(SettingsError::OutOfRange {
                key: "limits.allow_unserved".to_owned(),
                value: "true".to_owned(),
                expected: format!("false, since `{}` compares who moves with who stays", rule.name),
            });
        }
        let sent_on = day("letters.sent_on", &file.letters.sent_on)?;
        let organization = overrides.organization.clone();
        let letters = letter_settings::resolve(&mut list, &file.letters, organization, sent_on, as_of)?;
        let rules = Rules { program, program_text: text, weights, as_of, effective_on, allow_unserved, letters };
        let simulation = list.simulation(file.simulate, &rules.program)?;
        let origin = if file.history.plans.is_empty() { Origin::Default } else { Origin::Settings };
        list.row("history.plans", format!("{:?}", file.history.plans), origin);
        Ok(Self { rules, listing: list.rows, simulation, history: file.history.plans })
    }
}

/// A shipped program by name, or a file (relative to the roster's folder, then to the working directory), with what it
/// extends and includes.
///
/// # Errors
/// When there is no such program, a file cannot be read, or says what cannot be.
pub fn load_program(folder: &Path, name: &str) -> Result<Loaded, SettingsError> {
    let opened = open_named(folder, name)?;
    loading::load(opened, &|name, from| open_other(folder, name, from)).map_err(SettingsError::Program)
}

/// The file of a program somebody named on the command line or in `caseload.toml`.
pub(super) fn open_named(folder: &Path, name: &str) -> Result<Opened, SettingsError> {
    let is_file = Path::new(name).extension().is_some_and(|ext| ext.eq_ignore_ascii_case("toml"));
    Ok(match Program::open_shipped(name) {
        Ok(opened) => opened,
        Err(_) if is_file => open_file(&beside(folder, name))
            .map_err(|source| SettingsError::Unreadable { path: beside(folder, name), source })?,
        Err(_) => {
            let known = Program::shipped_names();
            return Err(SettingsError::UnknownProgram {
                name: name.to_owned(),
                did_you_mean: crate::diagnostic::closest(name, known.iter().copied()).map(str::to_owned),
                known: known.join(", "),
            });
        }
    })
}

/// The file of a program that another file names; paths start at that file's folder.
pub(super) fn open_other(folder: &Path, name: &str, from: Option<&str>) -> Result<Opened, String> {
    if !Path::new(name).extension().is_some_and(|ext| ext.eq_ignore_ascii_case("toml")) {
        return Program::open_shipped(name);
    }
    let folder = from.and_then(|from| Path::new(from).parent()).unwrap_or(folder);
    let path = beside(folder, name);
    open_file(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

/// Beside something when it is there, else as it stands.
fn beside(folder: &Path, name: &str) -> PathBuf {
    let beside = folder.join(name);
    if beside.exists() { beside } else { PathBuf::from(name) }
}

fn open_file(path: &Path) -> std::io::Result<Opened> {
    let text = std::fs::read_to_string(path)?;
    let key = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    Ok(Opened { key: key.display().to_string(), shown: path.display().to_string(), text })
}

/// Collects the resolved settings while they are resolved.
#[derive(Default)]
pub(super) struct Listing {
    rows: Vec<Setting>,
}

impl Listing {
    fn row(&mut self, key: &str, value: impl Into<String>, origin: Origin) {
        self.rows.push(Setting { key: key.to_owned(), value: value.into(), origin, file: None });
    }

    pub(super) fn pick<T: ToString>(&mut self, key: &str, command_line: Option<T>, file: Option<T>, default: T) -> T {
        let (value, origin) = match (command_line, file) {
            (Some(value), _) => (value, Origin::CommandLine),
            (None, Some(value)) => (value, Origin::Settings),
            (None, None) => (default, Origin::Default),
        };
        self.row(key, value.to_string(), origin);
        value
    }

    /// Every key of the program, flattened; inherited ones with the file that says them.
    fn program(&mut self, loaded: &Loaded) {
        for (key, value, file) in loaded.values() {
            let file = (file != loaded.file()).then_some(file);
            self.rows.push(Setting { key, value, origin: Origin::Program, file });
        }
    }

    /// What `caseload.toml` says about handoffs replaces what the program and the shipped file say, key by key.
    fn handoff(&mut self, own: &Handoff, in_program: &[String], file: &toml::Table) -> Result<Handoff, SettingsError> {
        let out_of_range = |expected: String| SettingsError::OutOfRange {
            key: "handoff".to_owned(),
            value: toml::to_string(file).unwrap_or_default().replace('\n', "; "),
            expected,
        };
        let resolved = own.with(file).map_err(out_of_range)?;
        let all = toml::Table::try_from(&resolved).unwrap_or_default();
        for (key, value) in &all {
            let origin = if file.contains_key(key) { Origin::Settings } else { Origin::Default };
            self.flatten_as(&format!("handoff.{key}"), value, origin, in_program);
        }
        Ok(resolved)
    }

    /// A value key by key; defaults that the program's file says itself are listed there already.
    fn flatten_as(&mut self, prefix: &str, value: &toml::Value, origin: Origin, in_program: &[String]) {
        match value {
            toml::Value::Table(table) => {
                for (key, inner) in table {
                    self.flatten_as(&format!("{prefix}.{key}"), inner, origin, in_program);
                }
            }
            _ if origin == Origin::Default && in_program.iter().any(|key| key == prefix) => {}
            plain => self.row(prefix, plain.to_string(), origin),
        }
    }

    /// Weights are factors on whole terms, held in thousandths.
    fn weights(&mut self, file: &WeightsFile) -> Result<Weights, SettingsError> {
        let mut one = |key: &str, value: Option<f64>| {
            let weight = self.pick(&format!("weights.{key}"), None, value, 1.0);
            if (0.0..=1000.0).contains(&weight) {
                Ok((weight * 1000.0).round() as u32)
            } else {
                Err(SettingsError::OutOfRange {
                    key: format!("weights.{key}"),
                    value: weight.to_string(),
                    expected: "a factor from 0 to 1000".to_owned(),
                })
            }
        };
        Ok(Weights {
            travel: one("travel", file.travel)?,
            continuity: one("continuity", file.continuity)?,
            providers: one("providers", file.providers)?,
            language: one("language", file.language)?,
            team: one("team", file.team)?,
            balance: one("balance", file.balance)?,
        })
    }

    /// Assumptions about the months to come.
    fn simulation(&mut self, file: SimulationFile, program: &Program) -> Result<Simulation, SettingsError> {
        let default = Simulation::of(&program.staffing);
        let rate =
            |value: Option<f64>, otherwise: &str| value.map_or_else(|| otherwise.to_owned(), |value| value.to_string());
        let origin = |is_set: bool| if is_set { Origin::Settings } else { Origin::Default };
        let ramp_up = file.ramp_up.clone().unwrap_or(default.ramp_up);
        let of_program = !program.staffing.ramp_up.is_empty();
        let mut pick =
            |key: &str, value: Option<f64>, default: f64| self.pick(&format!("simulate.{key}"), None, value, default);
        let (attrition_per_year, months_to_fill) = (
            pick("attrition_per_year", file.attrition_per_year, default.attrition_per_year),
            pick("months_to_fill", file.months_to_fill, default.months_to_fill),
        );
        let (leaves_per_year, leave_months) = (
            pick("leaves_per_year", file.leaves_per_year, default.leaves_per_year),
            pick("leave_months", file.leave_months, default.leave_months),
        );
        let (need_rises_per_year, need_falls_per_year) = (
            pick("need_rises_per_year", file.need_rises_per_year, default.need_rises_per_year),
            pick("need_falls_per_year", file.need_falls_per_year, default.need_falls_per_year),
        );
        let of_ramp_up =
            if of_program && file.ramp_up.is_none() { Origin::Program } else { origin(file.ramp_up.is_some()) };
        self.row("simulate.ramp_up", format!("{ramp_up:?}"), of_ramp_up);
        let pattern = "as the roster's cases were opened";
        self.row("simulate.in_per_year", rate(file.in_per_year, pattern), origin(file.in_per_year.is_some()));
        let steady = "as many as come";
        self.row("simulate.out_per_year", rate(file.out_per_year, steady), origin(file.out_per_year.is_some()));
        let policy = file.policy.unwrap_or_default();
        self.row("simulate.policy", policy.word(), origin(file.policy.is_some()));
        let simulation = Simulation {
            attrition_per_year,
            months_to_fill,
            refill: self.pick("simulate.refill", None, file.refill, default.refill),
            ramp_up,
            leaves_per_year,
            leave_months,
            in_per_year: file.in_per_year,
            out_per_year: file.out_per_year,
            need_rises_per_year,
            need_falls_per_year,
            policy,
            moves_a_month: self.pick("simulate.moves_a_month", None, file.moves_a_month, default.moves_a_month),
            enrolment: file.enrolment,
        };
        simulation.check().map_err(|(key, value, expected)| SettingsError::OutOfRange {
            key: format!("simulate.{key}"),
            value,
            expected: expected.to_owned(),
        })?;
        Ok(simulation)
    }

    /// Limits of `caseload.toml` replace those of the program; a cap or an average of all members may only be lowered, and
    /// those of categories stay as they are.
    fn limits(&mut self, mut program: Program, file: &LimitsFile) -> Result<Program, SettingsError> {
        let mut lower = |key: &str, own: Limit, value: Option<Limit>| match value {
            Some(value) if value > own => Err(SettingsError::OutOfRange {
                key: format!("limits.{key}"),
                value: value.to_string(),
                expected: format!(
                    "at most {own}, the limit of program `{}`: it may be lowered, not raised",
                    program.name
                ),
            }),
            Some(value) => {
                self.row(&format!("limits.{key}"), value.to_string(), Origin::Settings);
                Ok(value)
            }
            None => Ok(own),
        };
        for cap in program.caps.iter_mut().filter(|cap| cap.is_plain()) {
            cap.limit = lower("cap", cap.limit, file.cap)?;
        }
        for average in program.averages.iter_mut().filter(|average| average.is_plain()) {
            average.limit = lower("average", average.limit, file.average)?;
        }
        let mut replace = |key: &str, own: &mut u32, value: Option<u32>| {
            if let Some(value) = value {
                self.row(&format!("limits.{key}"), value.to_string(), Origin::Settings);
                *own = value;
            }
        };
        replace("receive", &mut program.receive.limit, file.receive);
        replace("new_hire", &mut program.receive.new_hire_limit, file.new_hire);
        replace("moves_total", &mut program.moves.total, file.moves_total);
        replace("moves_high_need", &mut program.moves.high_need, file.moves_high_need);
        replace("moves_per_team", &mut program.moves.per_team, file.moves_per_team);
        if let Some(miles) = file.max_miles {
            self.row("limits.max_miles", miles.to_string(), Origin::Settings);
            program.eligibility.distance.max_miles = miles;
        }
        Ok(program)
    }
}
