//! Teams, regions and programs as a whole: supervisors needed for the case managers there are and for their members, and
//! averages whose scopes together have too few case managers.

use std::collections::BTreeSet;

use crate::ids::{ManagerIx, MemberIx};
use crate::plan::needs::{Ground, Need, counted, number};
use crate::program::{Average, AverageKind, Denominator, Scope, Span};
use crate::roster::Member;
use crate::verify::rules::{averages, spans};

/// Every span, then every average that is not over the whole roster.
#[must_use]
pub fn needs(ground: &Ground<'_>) -> Vec<Need> {
    let program = &ground.rules().program;
    let mut needs = Vec::new();
    for span in &program.spans {
        needs.extend(span.managers.map(|limit| supervisors_of_managers(ground, span, limit)));
        needs.extend(span.members.map(|limit| supervisors_of_members(ground, span, limit)));
    }
    for average in &program.averages {
        match average.scope {
            Scope::All if average.denominator == Denominator::WithMembers => needs.push(in_use(ground, average)),
            Scope::All => {}
            Scope::Program => needs.extend(of_programs(ground, average)),
            Scope::Region | Scope::Team => needs.push(of_scopes(ground, average)),
        }
    }
    needs
}

/// Full teams for so many: `needed` teams against those there are.
fn supervisors(ground: &Ground<'_>, rule: String, fact: &str, needed: u64, have: u64) -> Need {
    let missing = needed.saturating_sub(have);
    let by = ground.rules().effective_on;
    let sentence = if missing == 0 {
        format!("{rule}: {fact}: enough.")
    } else {
        format!("{rule}: {fact}: {} more by {by}.", counted(missing, "supervisor", "supervisors"))
    };
    Need {
        rule,
        needed: needed as f64,
        have: have as f64,
        missing: missing as f64,
        hire: 0,
        supervisors: missing as u32,
        by: (missing > 0).then_some(by),
        soft: false,
        sentence,
    }
}

/// Teams are what they are, but all teams together may be too few for their case managers.
fn supervisors_of_managers(ground: &Ground<'_>, span: &Span, limit: u32) -> Need {
    let teams = spans::teams(ground.pairs);
    let size =
        |managers: &Vec<ManagerIx>| spans::serving(ground.rules(), ground.roster(), span, managers).count() as u64;
    let in_teams: u64 = teams.values().map(size).sum();
    let needed = in_teams.div_ceil(u64::from(limit.max(1)));
    let have = ground.roster().teams().len() as u64;
    let above = teams.values().filter(|managers| size(managers) > u64::from(limit)).count() as u64;
    let moves = if above == 0 {
        String::new()
    } else {
        let are = if above == 1 { "has" } else { "have" };
        format!(
            " ({} {are} more than that, which a change of teams mends, not a plan)",
            counted(above, "team", "teams")
        )
    };
    let fact = format!(
        "{} in teams of at most {limit} need {}; there are {have}{moves}",
        ground.people(in_teams),
        counted(needed, "supervisor", "supervisors")
    );
    supervisors(ground, format!("{}-managers", span.name), &fact, needed, have)
}

/// Members beyond what all teams, and those without a team, may have.
fn supervisors_of_members(ground: &Ground<'_>, span: &Span, limit: u32) -> Need {
    let teams = spans::teams(ground.pairs);
    let roster = ground.roster();
    let is_free = |manager: &ManagerIx| ground.pairs.at_work(*manager) && roster.team_of(*manager).is_none();
    let outside: u64 =
        roster.manager_indices().filter(is_free).map(|manager| u64::from(ground.caps[manager.at()])).sum();
    let placed = |at: &MemberIx| ground.unplaced(*at).is_none();
    let is_of = |at: &MemberIx| ground.rules().is_of(&span.of, roster.member(*at));
    let members = roster.member_indices().filter(is_of).filter(placed).count() as u64;
    let inside = members.saturating_sub(outside);
    let needed = inside.div_ceil(u64::from(limit.max(1)));
    let beside = if outside == 0 { String::new() } else { format!(", beside {outside} places outside of teams") };
    let of = if span.of.is_empty() { String::new() } else { format!(" of {}", span.of.join(", ")) };
    let fact = format!(
        "{}{of}, at most {limit} to a supervisor{beside}, need {}; there are {} with somebody at work",
        ground.members(members),
        counted(needed, "supervisor", "supervisors"),
        teams.len()
    );
    supervisors(ground, format!("{}-members", span.name), &fact, needed, teams.len() as u64)
}

/// What an average asks for: `what` counts `sum` of which one case manager may have `whole` thousandths.
struct Asked<'a> {
    average: &'a Average,
    scope: &'a str,
    sum: i64,
    whole: u64,
    counted: u64,
}

fn staffing(ground: &Ground<'_>, asked: &Asked<'_>, room: i64) -> Need {
    let Asked { average, scope, sum, whole, counted } = *asked;
    let missing = (sum - room).max(0).cast_unsigned();
    let thousandths = (missing * 1_000_000).div_ceil(whole.max(1));
    let hire = thousandths.div_ceil(1000) as u32;
    let by = ground.rules().effective_on;
    let is_combined = average.kind == AverageKind::Combined;
    let what = if is_combined {
        format!(
            "what {} ask for, {} full ones,",
            ground.rules().program.words.members,
            number(sum as f64 * 1000.0 / whole as f64)
        )
    } else if average.of.is_empty() {
        ground.members(sum.cast_unsigned())
    } else {
        format!("{} of {}", ground.members(sum.cast_unsigned()), average.of.join(", "))
    };
    let most = if is_combined { "one full each".to_owned() } else { format!("at most {} each", average.limit) };
    let one = if is_combined { whole as f64 / 1000.0 } else { 1.0 };
    let fact = format!(
        "{}, {scope}: {what} against {} counted by {} ({most}), room for {}",
        average.name,
        number(counted as f64 / 1000.0),
        average.denominator.word(),
        number(room as f64 / one)
    );
    let sentence = if missing == 0 {
        format!("{fact}: enough.")
    } else {
        let fte = number(thousandths as f64 / 1000.0);
        format!(
            "{fact}: {} short, hire {}, or {fte} FTE by {by}.",
            number(missing as f64 / one),
            ground.people(u64::from(hire))
        )
    };
    Need {
        rule: average.name.clone(),
        needed: sum as f64 / one,
        have: room as f64 / one,
        missing: missing as f64 / one,
        hire,
        supervisors: 0,
        by: (missing > 0).then_some(by),
        soft: false,
        sentence,
    }
}

/// Each region or team has its room; members go anywhere, but together there is no more.
fn of_scopes(ground: &Ground<'_>, average: &Average) -> Need {
    let (roster, rules) = (ground.roster(), ground.rules());
    let above = averages::above_the_line(roster, rules, average);
    let everybody = vec![1; roster.managers().len()];
    let (mut room, mut counted) = (0, 0);
    let scopes = averages::scopes(roster, average.scope);
    for managers in scopes.values() {
        let below = averages::below_the_line(ground.pairs, average, average.denominator, managers, &everybody);
        room += averages::most(&above, below);
        counted += below;
    }
    let placeable = |at: &usize| ground.unplaced(MemberIx::new(*at)).is_none();
    let sum: i64 = (0..above.each.len()).filter(placeable).map(|at| above.each[at]).sum();
    let word = if average.scope == Scope::Region { "all regions together" } else { "all teams together" };
    staffing(ground, &Asked { average, scope: word, sum, whole: above.whole, counted }, room)
}

/// Each program's members, and the case managers who may serve it, are what they are.
fn of_programs(ground: &Ground<'_>, average: &Average) -> Vec<Need> {
    let (roster, rules) = (ground.roster(), ground.rules());
    let above = averages::above_the_line(roster, rules, average);
    let of_member = |row: &Member| row.program_on(rules.effective_on).map(ToString::to_string);
    let programs: BTreeSet<String> = roster.members().iter().filter_map(of_member).collect();
    let loads = vec![1; roster.managers().len()];
    let need = |program: &String| {
        let serves = |manager: &ManagerIx| {
            let listed = &roster.manager(*manager).programs;
            listed.is_empty() || listed.iter().any(|code| **code == **program)
        };
        let managers: Vec<ManagerIx> = roster.manager_indices().filter(serves).collect();
        let counted = averages::below_the_line(ground.pairs, average, average.denominator, &managers, &loads);
        let is_of = |(row, _): &(&Member, &i64)| of_member(row).as_ref() == Some(program);
        let sum: i64 = roster.members().iter().zip(&above.each).filter(is_of).map(|(_, each)| *each).sum();
        let room = averages::most(&above, counted);
        staffing(
            ground,
            &Asked { average, scope: &format!("program {program}"), sum, whole: above.whole, counted },
            room,
        )
    };
    programs.iter().map(need).collect()
}

/// An average over those with members asks for a number of case managers who can have some.
fn in_use(ground: &Ground<'_>, average: &Average) -> Need {
    let (roster, rules) = (ground.roster(), ground.rules());
    let above = averages::above_the_line(roster, rules, average);
    let can = |manager: &ManagerIx| {
        ground.caps[manager.at()] > 0
            && (rules.takes_new(roster.manager(*manager)) || !roster.present_caseload(*manager).is_empty())
    };
    let counted = roster.manager_indices().filter(can).count() as u64 * 1000;
    let sum = (roster.members().len() - ground.unplaced.len()) as i64;
    let asked = Asked { average, scope: "those who can have members", sum, whole: above.whole, counted };
    staffing(ground, &asked, averages::most(&above, counted))
}
