//! What only shows when the whole roster is there: people who may be entered twice, members of a case manager who has
//! left, places in another state, decisions that contradict each other. Warnings and notes; nothing here is an error.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::problems::Sink;
use crate::diagnostic::{Code, Problem, Shown};
use crate::ids::ManagerIx;
use crate::roster::instance::RosterTables;
use crate::roster::person::{Decision, DecisionKind};

/// Up to this many rows out of state are told one by one; more are told together.
const ONE_BY_ONE: usize = 20;

/// The state most rows are in; ties go to the first in the alphabet.
pub(super) fn home_state(states: &[Option<&'static str>]) -> Option<&'static str> {
    let mut count: BTreeMap<&'static str, usize> = BTreeMap::new();
    for state in states.iter().flatten().filter(|state| !state.is_empty()) {
        *count.entry(state).or_default() += 1;
    }
    let most = count.values().max().copied()?;
    count.into_iter().find(|(_, rows)| *rows == most).map(|(state, _)| state)
}

/// Rows whose place is in another state than most members, or in none. `rows` are in the order of `states`.
pub(super) fn outside(sink: &mut Sink, rows: &[u32], states: &[Option<&'static str>], home: &str) {
    const FIX: &str = "Right for a few near the border. A longitude without its minus sign is the usual slip.";
    let mut away: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (row, state) in rows.iter().zip(states) {
        if let Some(state) = state.filter(|state| *state != home) {
            away.entry(state).or_default().push(*row);
        }
    }
    for (state, mut rows) in away {
        rows.sort_unstable();
        let found = if state.is_empty() { "far from any US ZIP code".to_owned() } else { format!("in {state}") };
        if rows.len() <= ONE_BY_ONE {
            for row in rows {
                let expected = format!("a place in {home}; this one is {found}");
                sink.add(Code::PlaceOutsideState, |problem| problem.row(row).expected(expected).fix(FIX));
            }
        } else {
            let expected = format!("places in {home}; {} rows are {found}: {}", rows.len(), first_of(&rows));
            sink.add(Code::PlaceOutsideState, |problem| problem.row(rows[0]).expected(expected).fix(FIX));
        }
    }
}

/// `row 4`, or `rows 4, 9, 12, 13, 20 ...`
fn first_of(rows: &[u32]) -> String {
    if let [row] = rows {
        return format!("row {row}");
    }
    let first: Vec<String> = rows.iter().take(5).map(u32::to_string).collect();
    format!("rows {}{}", first.join(", "), if rows.len() > 5 { " ..." } else { "" })
}

/// Members who are still with somebody whose last day has passed: one warning a case manager.
pub(super) fn left(sink: &mut Sink, tables: &RosterTables, rows: &[u32], member_rows: &[u32], as_of: NaiveDate) {
    let mut still: BTreeMap<ManagerIx, Vec<u32>> = BTreeMap::new();
    for (member, row) in tables.members.iter().zip(member_rows) {
        if let Some(manager) = member.manager {
            let gone = tables.managers[manager.at()].available_until.is_some_and(|last| last < as_of);
            if gone {
                still.entry(manager).or_default().push(*row);
            }
        }
    }
    for (at, mut members) in still {
        members.sort_unstable();
        let manager = &tables.managers[at.at()];
        let who = if members.len() == 1 { "1 member is".to_owned() } else { format!("{} members are", members.len()) };
        let last = manager.available_until.unwrap_or(as_of);
        let expected = format!("nobody left after {last}; {who}, in members.csv {}", first_of(&members));
        sink.add(Code::ManagerHasLeft, |problem| {
            let problem = problem.row(rows[at.at()]).column("available_until");
            problem.value(Shown::plain(&manager.id)).expected(expected)
        });
    }
}

/// Members with the same birth date, ZIP code and name.
pub(super) fn twice(sink: &mut Sink, tables: &RosterTables, rows: &[u32]) {
    let mut keyed: Vec<(u64, u32)> = Vec::with_capacity(rows.len());
    for (at, (member, contact)) in tables.members.iter().zip(&tables.contacts).enumerate() {
        if let (Some(born), Some(zip), Some(_)) = (member.birth_date, &member.zip, &contact.name) {
            let zip: u64 = zip.parse().unwrap_or(0);
            keyed.push((u64::from(born.num_days_from_ce().unsigned_abs()) << 17 | zip, at as u32));
        }
    }
    keyed.sort_unstable();
    let name = |at: u32| {
        let name = tables.contacts[at as usize].name.as_deref().unwrap_or("");
        name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    };
    for same in keyed.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        let mut people: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (_, at) in same {
            people.entry(name(*at)).or_default().push(rows[*at as usize]);
        }
        for (_, mut rows) in people.into_iter().filter(|(_, rows)| rows.len() > 1) {
            rows.sort_unstable();
            for row in &rows[1..] {
                let expected = format!("one row for each person; row {} has the same three", rows[0]);
                sink.add(Code::MemberPossiblyDuplicate, |problem| {
                    problem.row(*row).column("name, birth_date, zip").expected(expected)
                });
            }
        }
    }
}

/// Decisions that contradict each other or the roster.
pub(super) fn decisions(sink: &mut Sink, tables: &RosterTables, as_of: NaiveDate) {
    for of_member in tables.decisions.chunk_by(|a, b| a.member == b.member) {
        let member = &tables.members[of_member[0].member.at()];
        let about = |problem: Problem, row: u32| problem.row(row).value(Shown::plain(&member.id));
        let holding: Vec<&Decision> = of_member.iter().filter(|decision| decision.holds_on(as_of)).collect();
        let pins: Vec<&Decision> =
            holding.iter().copied().filter(|decision| decision.kind != DecisionKind::Forbid).collect();
        if pins.iter().any(|pin| pin.manager != pins[0].manager) {
            let mut rows: Vec<u32> = pins.iter().map(|pin| pin.row).collect();
            rows.sort_unstable();
            let expected = format!("one case manager for the member; {} name different ones", listed(&rows));
            sink.add(Code::DecisionContradiction, |problem| {
                about(problem, rows[0]).column("manager_id").expected(expected)
            });
        }
        for pair in holding.chunk_by(|a, b| a.manager == b.manager) {
            let forbids = pair.iter().any(|decision| decision.kind == DecisionKind::Forbid);
            if forbids && pair.iter().any(|decision| decision.kind != DecisionKind::Forbid) {
                let mut rows: Vec<u32> = pair.iter().map(|decision| decision.row).collect();
                rows.sort_unstable();
                let expected = format!("one decision about the pair; {} wish and forbid it", listed(&rows));
                sink.add(Code::DecisionContradiction, |problem| {
                    about(problem, rows[0]).column("kind").expected(expected)
                });
            }
        }
        for same in of_member.chunk_by(|a, b| (a.manager, a.kind, a.until) == (b.manager, b.kind, b.until)) {
            if let [first, second, ..] = same {
                let expected = format!("it once; row {} says the same", first.row.min(second.row));
                let row = first.row.max(second.row);
                sink.add(Code::PairRepeated, |problem| about(problem, row).expected(expected));
            }
        }
        for keep in holding.iter().filter(|decision| decision.kind == DecisionKind::Keep) {
            if member.manager != Some(keep.manager) {
                let now = member.manager.map(|manager| &tables.managers[manager.at()].id);
                let now = now.map_or("nobody".to_owned(), |id| Shown::plain(id).to_string());
                let expected = format!("the case manager the member is with at present, {now}");
                let named = Shown::plain(&tables.managers[keep.manager.at()].id);
                sink.add(Code::DecisionStale, |problem| {
                    problem.row(keep.row).column("manager_id").value(named).expected(expected)
                });
            }
        }
    }
}

/// `rows 3, 9 and 12`
fn listed(rows: &[u32]) -> String {
    let words: Vec<String> = rows.iter().map(u32::to_string).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("rows {} and {last}", rest.join(", ")),
        _ => format!("row {}", words.concat()),
    }
}
