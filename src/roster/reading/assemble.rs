//! The tables of a roster from the rows of its files: who refers to whom, in which order, and teams and territories,
//! which take two files to understand.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::people::{self, ManagerRow};
use super::problems::Sink;
use super::rows::{self, Ids, arranged, by_id, order, rerank};
use super::{Source, row, sense, work};
use crate::diagnostic::{Code, Problem, Severity, Shown, closest};
use crate::ids::TeamIx;
use crate::roster::gazetteer;
use crate::roster::instance::{Roster, RosterTables};
use crate::roster::person::{self, Position, Team};

/// Unknown ids of a column for which the one that was meant is searched.
const SUGGESTED: usize = 20;

/// Reads the tables in the order of their references and puts them together.
pub(super) fn roster(
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
    let mut found: BTreeMap<(String, Option<&str>), Option<&gazetteer::County>> = BTreeMap::new();
    for (row, number) in manager_rows.into_iter().zip(&managers.numbers) {
        let mut manager = row.manager;
        manager.team = team_of(row.team);
        let states: Vec<&str> = home.into_iter().chain(row.state.filter(|state| Some(*state) != home)).collect();
        for name in &row.counties {
            // A few names are written by many.
            let found = *found
                .entry((name.clone(), states.last().copied()))
                .or_insert_with(|| states.iter().find_map(|state| gazetteer::find_county(name, state)));
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
