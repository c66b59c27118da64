//! Reads a roster folder: seven CSV files, all columns of the contract, all problems of all files in one run.
//!
//! The way of the data: bytes -> [`sheet`] (rows of cells) -> [`row`] (cells of the contract's kinds) -> `people`,
//! `work` (values) -> here (references, order) -> `sense` (what only shows in the whole). The result does not depend
//! on the order of the rows nor on the number of threads.
//!
//! Long because references between all seven tables are resolved in one pass.

mod people;
mod place;
mod problems;
mod row;
mod rows;
mod sense;
mod sheet;
mod value;
mod work;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

pub use problems::KEPT_OF_A_KIND;
pub use sheet::{LARGEST_CELL, LARGEST_ROW};

use crate::diagnostic::{Code, Problem, Severity, Shown, closest};
use crate::ids::TeamIx;
use crate::roster::gazetteer;
use crate::roster::instance::{Roster, RosterTables};
use crate::roster::person::{self, Position, Team};
use crate::roster::schema::{self, TABLES};
use people::ManagerRow;
use problems::Sink;
use rows::{Ids, arranged, by_id, order, rerank};
use sheet::{Sheet, Text};

/// Larger files are turned away: no roster is near it, and places in a file are kept in 32 bits.
const LARGEST_FILE: u64 = 2 << 30;
/// Unknown ids for which a close one is searched, a file.
const SUGGESTED: usize = 20;

/// A roster that can be used, and what is worth knowing about it.
#[derive(Debug)]
pub struct Read {
    /// The roster.
    pub roster: Roster,
    /// Warnings and notes, file by file.
    pub problems: Vec<Problem>,
    /// File name and SHA-256 of its bytes in lower-case hex, sorted by name.
    pub hashes: Vec<(String, String)>,
}

/// Why a folder gave no roster.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There are errors in the data; warnings and notes are among them.
    #[error("the roster has problems")]
    Problems(Vec<Problem>),
    /// A file or the folder could not be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Reads all files of a roster folder. Dates are judged on `as_of`.
///
/// # Errors
/// [`ReadError::Problems`] with everything found when any of it is an error; [`ReadError::Io`] when the folder or a
/// file cannot be read.
pub fn read_folder(folder: &Path, as_of: NaiveDate) -> Result<Read, ReadError> {
    if folder.is_file() {
        let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let problem = Problem::new(Code::FileIsWorkbook, &name)
            .expected("a folder of CSV files")
            .fix("Save each sheet as 'CSV UTF-8 (comma delimited)' in one folder, and give the folder.");
        return Err(ReadError::Problems(vec![problem]));
    }
    let names = listing(folder)?;
    let files = TABLES.par_iter().map(|table| load(folder, table.file)).collect::<Result<Vec<_>, _>>()?;
    let (hashes, (roster, mut problems)) = rayon::join(|| hashes(&files), || understand(&files, &names, as_of));
    problems.extend(strays(&names));
    match roster {
        Some(roster) => Ok(Read { roster, problems, hashes }),
        None => Err(ReadError::Problems(problems)),
    }
}

/// One file's bytes.
enum File {
    Missing,
    TooLarge,
    Bytes(Vec<u8>),
}

fn load(folder: &Path, file: &str) -> Result<File, ReadError> {
    let path = folder.join(file);
    let trouble = |source| ReadError::Io { path: path.clone(), source };
    match std::fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(File::Missing),
        Err(error) => Err(trouble(error)),
        Ok(about) if about.is_dir() => Err(trouble(io::ErrorKind::IsADirectory.into())),
        // A pipe or a device has no length and perhaps no end.
        Ok(about) if !about.is_file() => Err(trouble(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"))),
        Ok(about) if about.len() > LARGEST_FILE => Ok(File::TooLarge),
        Ok(_) => std::fs::read(&path).map(File::Bytes).map_err(trouble),
    }
}

fn listing(folder: &Path) -> Result<Vec<String>, ReadError> {
    let trouble = |source| ReadError::Io { path: folder.to_owned(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(trouble)? {
        names.push(entry.map_err(trouble)?.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}

/// Files that may be misspelt ones of the contract.
fn strays(names: &[String]) -> Vec<Problem> {
    let known = |name: &str| TABLES.iter().any(|table| table.file == name);
    let absent = || TABLES.iter().map(|table| table.file).filter(|file| !names.iter().any(|name| name == file));
    let strange = names.iter().filter(|name| name.to_lowercase().ends_with(".csv") && !known(name));
    let problem = |name: &String| {
        let meant = if name.len() <= 64 { closest(name, absent()) } else { None }?;
        let shown = Shown::plain(name).to_string();
        Some(Problem::new(Code::FileUnknown, &shown).did_you_mean(Some(meant)))
    };
    strange.filter_map(problem).collect()
}

fn hashes(files: &[File]) -> Vec<(String, String)> {
    let hex = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut all: Vec<(String, String)> = files
        .iter()
        .zip(TABLES)
        .filter_map(|(file, table)| match file {
            File::Bytes(bytes) => Some((table.file.to_owned(), hex(bytes))),
            File::Missing | File::TooLarge => None,
        })
        .collect();
    all.sort_unstable();
    all
}

/// A file on its way: its sheet when it has one, its problems, and whether it is there at all.
struct Source<'t> {
    sheet: Option<Sheet<'t>>,
    sink: Sink,
    missing: bool,
}

/// The roster when there is no error, and all problems.
fn understand(files: &[File], names: &[String], as_of: NaiveDate) -> (Option<Roster>, Vec<Problem>) {
    let texts: Vec<(Sink, Option<Text<'_>>)> = files
        .par_iter()
        .zip(TABLES)
        .map(|(file, table)| {
            let mut sink = Sink::new(table.file);
            let text = match file {
                File::Bytes(bytes) => sheet::decode(bytes, &mut sink),
                File::Missing => None,
                File::TooLarge => {
                    sink.add(Code::FileTooLarge, |problem| problem.expected("a file of at most 2 GiB"));
                    None
                }
            };
            (sink, text)
        })
        .collect();
    let (sinks, texts): (Vec<Sink>, Vec<Option<Text<'_>>>) = texts.into_iter().unzip();
    let sources: Vec<Source<'_>> = texts
        .par_iter()
        .zip(TABLES)
        .zip(sinks)
        .zip(files)
        .map(|(((text, table), mut sink), file)| {
            let sheet = text.as_ref().and_then(|text| sheet::sheet(table, text, &mut sink));
            let missing = matches!(file, File::Missing);
            if missing && table.required {
                let close =
                    closest(table.file, names.iter().map(String::as_str).filter(|name| schema::table(name).is_none()));
                sink.add(Code::FileMissing, |problem| {
                    problem.expected("the file in the roster's folder").did_you_mean(close)
                });
            }
            Source { sheet, sink, missing }
        })
        .collect();
    let Ok(sources) = <[Source<'_>; 7]>::try_from(sources) else { return (None, Vec::new()) };
    assemble(sources, as_of)
}

/// Reads the tables in the order of their references and puts them together.
fn assemble(
    [members, managers, teams, providers, services, positions, decisions]: [Source<'_>; 7],
    as_of: NaiveDate,
) -> (Option<Roster>, Vec<Problem>) {
    let mut tables = RosterTables::default();

    let ((mut managers, mut team_table), mut provider_table) = rayon::join(
        || {
            rayon::join(
                || keyed(managers, as_of, people::manager, |row| &row.manager.id),
                || keyed(teams, as_of, work::team, |team| &team.id),
            )
        },
        || keyed(providers, as_of, work::provider, |provider| &provider.id),
    );
    let mut position_table = keyed(positions, as_of, work::position, |(position, _)| &position.id);
    tables.providers = std::mem::take(&mut provider_table.rows);

    let mut members = member_table(members, &managers.ids, as_of, &mut tables);
    let home = sense::home_state(&members.states);

    let (service_rows, decision_rows) = rayon::join(
        || loose(services, as_of, |row| work::service(row, &members.ids, &provider_table.ids)),
        || loose(decisions, as_of, |row| work::decision(row, &members.ids, &managers.ids)),
    );
    let (mut services, mut decisions) = (service_rows, decision_rows);
    services.rows.sort_unstable_by_key(|(row, service)| {
        (service.member, service.provider, service.visits_per_month.map(f64::to_bits), *row)
    });
    repeated_services(&mut services, &tables);
    tables.services = services.rows.into_iter().map(|(_, service)| service).collect();
    decisions.rows.sort_unstable_by(|(_, a), (_, b)| {
        let key = |d: &person::Decision| {
            (d.member, d.manager, d.kind, d.until, d.reason.clone(), d.decided_by.clone(), d.row)
        };
        key(a).cmp(&key(b))
    });
    tables.decisions = decisions.rows.into_iter().map(|(_, decision)| decision).collect();

    let manager_rows = std::mem::take(&mut managers.rows);
    let states: Vec<_> = manager_rows.iter().map(|row| row.state).collect();
    let position_rows = std::mem::take(&mut position_table.rows);
    name_teams(&mut team_table, &mut managers, &mut position_table, &manager_rows, &position_rows);
    place_staff(&mut managers, manager_rows, position_rows, &team_table.rows, home, &mut tables);
    tables.teams = team_table.rows;

    suggest(&mut members.sink, "manager_id", &managers.ids);
    suggest(&mut services.sink, "member_id", &members.ids);
    suggest(&mut services.sink, "provider_id", &provider_table.ids);
    suggest(&mut decisions.sink, "member_id", &members.ids);
    suggest(&mut decisions.sink, "manager_id", &managers.ids);

    if let Some(home) = home {
        sense::outside(&mut members.sink, &members.numbers, &members.states, home);
        sense::outside(&mut managers.sink, &managers.numbers, &states, home);
    }
    sense::left(&mut managers.sink, &tables, &managers.numbers, &members.numbers, as_of);
    sense::twice(&mut members.sink, &tables, &members.numbers);
    sense::decisions(&mut decisions.sink, &tables, as_of);

    let sinks = [
        members.sink,
        managers.sink,
        team_table.sink,
        provider_table.sink,
        services.sink,
        position_table.sink,
        decisions.sink,
    ];
    let problems: Vec<Problem> = sinks.into_iter().flat_map(Sink::into_problems).collect();
    let broken = problems.iter().any(|problem| problem.severity() == Severity::Error);
    (if broken { None } else { Some(Roster::new(tables)) }, problems)
}

/// A table whose rows have ids, in the order of the ids.
struct Keyed<'t, T> {
    rows: Vec<T>,
    /// Row numbers, in the order of `rows`.
    numbers: Vec<u32>,
    ids: Ids<'t>,
    sink: Sink,
    missing: bool,
}

fn keyed<'t, T: Send>(
    source: Source<'t>,
    as_of: NaiveDate,
    understand: impl Fn(&mut row::Row<'_, 't>) -> Option<T> + Sync,
    id: impl Fn(&T) -> &str,
) -> Keyed<'t, T> {
    let Source { sheet, mut sink, missing } = source;
    let mut kept = Vec::new();
    let mut ids = match &sheet {
        Some(sheet) => rows::read(sheet, as_of, &mut sink, understand, |number, row| kept.push((number, row))),
        // The file may be left out: then there are no ids, and that is known.
        None => Ids::none(missing && sink.errors() == 0),
    };
    let (numbers, rows) = by_id(kept, &mut ids, id);
    Keyed { rows, numbers, ids, sink, missing }
}

/// A table whose rows have no ids of their own.
struct Loose<T> {
    rows: Vec<(u32, T)>,
    sink: Sink,
}

fn loose<'t, T: Send>(
    source: Source<'t>,
    as_of: NaiveDate,
    understand: impl Fn(&mut row::Row<'_, 't>) -> Option<T> + Sync,
) -> Loose<T> {
    let Source { sheet, mut sink, .. } = source;
    let mut rows = Vec::new();
    if let Some(sheet) = &sheet {
        rows::read(sheet, as_of, &mut sink, understand, |number, row| rows.push((number, row)));
    }
    Loose { rows, sink }
}

/// The members' table without its rows, which are in the roster's tables.
struct MemberTable<'t> {
    numbers: Vec<u32>,
    states: Vec<Option<&'static str>>,
    ids: Ids<'t>,
    sink: Sink,
}

fn member_table<'t>(
    source: Source<'t>,
    managers: &Ids<'_>,
    as_of: NaiveDate,
    tables: &mut RosterTables,
) -> MemberTable<'t> {
    let Source { sheet, mut sink, .. } = source;
    let Some(sheet) = sheet else {
        return MemberTable { numbers: Vec::new(), states: Vec::new(), ids: Ids::default(), sink };
    };
    let (mut numbers, mut states) = (Vec::new(), Vec::new());
    let mut ids = rows::read(
        &sheet,
        as_of,
        &mut sink,
        |row| people::member(row, managers),
        |number, row| {
            numbers.push(number);
            states.push(row.state);
            tables.members.push(row.member);
            tables.contacts.push(row.contact);
        },
    );
    let order = order(&tables.members, |member| &*member.id);
    rerank(&mut ids, order.as_deref());
    tables.members = arranged(std::mem::take(&mut tables.members), order.clone());
    tables.contacts = arranged(std::mem::take(&mut tables.contacts), order.clone());
    MemberTable { numbers: arranged(numbers, order.clone()), states: arranged(states, order), ids, sink }
}

/// Two rows for one member and provider.
fn repeated_services(services: &mut Loose<person::Service>, tables: &RosterTables) {
    let same = |a: &(u32, person::Service), b: &(u32, person::Service)| {
        (a.1.member, a.1.provider) == (b.1.member, b.1.provider)
    };
    for pair in services.rows.chunk_by(same) {
        let (mut rows, service): (Vec<u32>, _) = (pair.iter().map(|(row, _)| *row).collect(), pair[0].1);
        rows.sort_unstable();
        for row in &rows[1..] {
            let provider = Shown::plain(&tables.providers[service.provider.at()].id);
            services.sink.add(Code::PairRepeated, |problem| {
                let expected = format!("each provider once a member; row {} names the two already", rows[0]);
                problem.row(*row).column("provider_id").value(provider).expected(expected)
            });
        }
    }
}

/// Gives every team that is named somewhere a row.
fn name_teams(
    teams: &mut Keyed<'_, Team>,
    managers: &mut Keyed<'_, ManagerRow>,
    positions: &mut Keyed<'_, (Position, Option<Box<str>>)>,
    manager_rows: &[ManagerRow],
    position_rows: &[(Position, Option<Box<str>>)],
) {
    let mut named: BTreeMap<Box<str>, (bool, u32)> = BTreeMap::new();
    let of_managers = manager_rows.iter().zip(&managers.numbers).map(|(row, number)| (&row.team, (false, *number)));
    let of_positions = position_rows.iter().zip(&positions.numbers).map(|((_, team), number)| (team, (true, *number)));
    for (team, place) in of_managers.chain(of_positions) {
        if let Some(team) = team {
            let first = named.entry(team.clone()).or_insert(place);
            *first = place.min(*first);
        }
    }
    named.retain(|team, _| teams.rows.binary_search_by(|row| (*row.id).cmp(team)).is_err());
    if teams.missing {
        // One note is enough when there is no file.
        if let Some((row, count)) = named.values().map(|(_, row)| *row).min().map(|row| (row, named.len())) {
            managers.sink.add(Code::TeamWithoutRow, |problem| {
                problem.row(row).column("team").expected(format!("a file teams.csv for the {count} teams named here"))
            });
        }
    } else {
        for (team, (of_position, row)) in &named {
            let sink = if *of_position { &mut positions.sink } else { &mut managers.sink };
            let close = closest(team, teams.rows.iter().map(|row| &*row.id));
            sink.add(Code::TeamWithoutRow, |problem| {
                let problem = problem.row(*row).column("team").value(Shown::plain(team));
                problem.expected("the name of a team in teams.csv").did_you_mean(close)
            });
        }
    }
    let added = named.into_keys().map(|id| Team {
        id,
        supervisor_name: None,
        supervisor_phone: None,
        supervisor_email: None,
        region: None,
    });
    teams.rows.extend(added);
    teams.rows.sort_by(|a, b| a.id.cmp(&b.id));
}

/// Case managers and positions with their teams, and territories as sorted county codes.
fn place_staff(
    managers: &mut Keyed<'_, ManagerRow>,
    manager_rows: Vec<ManagerRow>,
    position_rows: Vec<(Position, Option<Box<str>>)>,
    teams: &[Team],
    home: Option<&'static str>,
    tables: &mut RosterTables,
) {
    let team_of = |name: Option<Box<str>>| {
        let name = name?;
        teams.binary_search_by(|team| team.id.cmp(&name)).ok().map(TeamIx::new)
    };
    for (row, number) in manager_rows.into_iter().zip(&managers.numbers) {
        let mut manager = row.manager;
        manager.team = team_of(row.team);
        let states: Vec<&str> = home.into_iter().chain(row.state.filter(|state| Some(*state) != home)).collect();
        for name in &row.counties {
            let found = states.iter().find_map(|state| gazetteer::find_county(name, state));
            match found {
                Some(county) => manager.counties.push(Arc::from(county.fips)),
                None => managers.sink.add(Code::CountyUnknown, |problem| {
                    let of_state = gazetteer::counties().iter().filter(|county| states.contains(&county.state));
                    let close = if name.len() <= 64 { closest(name, of_state.map(|county| county.name)) } else { None };
                    let expected = match states.first() {
                        Some(state) => format!("the code or name of a county of {state}"),
                        None => "the five-digit code of a county".to_owned(),
                    };
                    let problem = problem.row(*number).column("counties").value(Shown::plain(name));
                    problem.expected(expected).did_you_mean(close)
                }),
            }
        }
        manager.counties.sort_unstable();
        manager.counties.dedup();
        tables.managers.push(manager);
    }
    for (mut position, team) in position_rows {
        position.team = team_of(team);
        tables.positions.push(position);
    }
}

/// Adds the id that was meant to the first unknown ones of a column.
fn suggest(sink: &mut Sink, column: &str, ids: &Ids<'_>) {
    let unknown = sink.of(Code::ReferenceUnknown).filter(|problem| problem.column.as_deref() == Some(column));
    for problem in unknown.take(SUGGESTED) {
        let wrong = problem.value.as_ref().map(ToString::to_string).unwrap_or_default();
        problem.did_you_mean = ids.meant(&wrong).map(|id| Shown::plain(id).to_string());
    }
}
