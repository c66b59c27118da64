//! The handoff schedule: against every schedule there is on small cases, one mutant for each code of the checker, and
//! the files as a person gets them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::rosters::{as_of, cap, days_before, freeze, manager, member, plain_rules, team};
use caseload::certificate::{Certificate, Claim, Node, Prices};
use caseload::handoff::check::judge as check;
use caseload::handoff::{Ending, FindingCode, NoCall, Schedule, default_start, schedule};
use caseload::ids::{ManagerIx, TeamIx};
use caseload::plan::{Plan, SolveReport, Status};
use caseload::program::Rules;
use caseload::roster::{HandoffMethod, Roster, RosterTables};
use caseload::verify::{Claims, assess, bound, judge};
use chrono::{Datelike, Days, NaiveDate};

/// A verified plan of that assignment, when it keeps the rules.
fn planned(roster: &Roster, rules: &Rules, assignment: &[u32]) -> Option<Plan> {
    let proof = Node::Prices(Prices::default());
    let certificate = Certificate { form: "prices".to_owned(), claim: Claim::Bound, scale: 1, proof };
    let assignment: Vec<_> = assignment.iter().map(|at| Some(ManagerIx(*at))).collect();
    let claims = Claims {
        cost: assess(roster, rules, &assignment).terms.total(),
        bound: bound(roster, rules, &certificate).unwrap(),
        assignment,
        certificate,
    };
    let verified = judge(roster, rules, claims).ok()?;
    let runner_ups = vec![None; roster.members().len()];
    Some(Plan::new(roster, rules, verified, SolveReport { status: Status::Feasible, engine: "", seed: 1, runner_ups }))
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

/// Four case managers; C3 leaves on the last day of March. Three members change: M0 and M3 the one for the other, and
/// M5 of the leaving case manager.
fn tables() -> RosterTables {
    let mut managers = vec![manager("C0"), manager("C1"), manager("C2"), manager("C3")];
    managers.iter_mut().zip([0, 0, 1, 1]).for_each(|(manager, team)| manager.team = Some(TeamIx(team)));
    managers[3].available_until = Some(days_before(1));
    let present = [0, 0, 0, 1, 2, 3];
    RosterTables {
        members: (0..6).map(|at| member(&format!("M{at}"), Some(present[at]))).collect(),
        managers,
        teams: vec![team("T1", None), team("T2", None)],
        ..RosterTables::default()
    }
}

const AFTER: [u32; 6] = [1, 0, 0, 0, 2, 2];

fn base_rules() -> Rules {
    let mut rules = plain_rules();
    rules.program.caps = vec![cap(4, false)];
    rules.letters.sent_on = as_of();
    rules
}

fn found(roster: &Roster, rules: &Rules, plan: &Plan) -> Schedule {
    match schedule(roster, rules, plan, default_start(rules)) {
        Ending::Scheduled(schedule) => schedule.schedule().clone(),
        other => panic!("{other:?}"),
    }
}

type Prepare = fn(&mut RosterTables, &mut Rules);
type Break = fn(&mut RosterTables, &mut Rules, &mut Schedule);

/// For each code what makes a case of it, and what breaks the good schedule in exactly this way.
fn mutant(code: FindingCode) -> (Prepare, Break) {
    let nothing: Prepare = |_, _| {};
    match code {
        FindingCode::Entries => (nothing, |_, _, schedule| schedule.entries.truncate(schedule.entries.len() - 1)),
        FindingCode::Workday => (nothing, |_, _, schedule| schedule.entries[0].on = day(3, 7)),
        FindingCode::Holiday => (nothing, |_, rules, _| rules.program.handoff.holidays.push(day(3, 3))),
        FindingCode::TooEarly => (nothing, |_, _, schedule| schedule.start = day(3, 4)),
        FindingCode::NotAtWork => (nothing, |tables, _, _| tables.managers[1].hired_on = Some(day(3, 10))),
        FindingCode::Leave => (nothing, |tables, _, _| {
            tables.managers[1].absence.leave_from = Some(day(3, 3));
            tables.managers[1].absence.leave_until = Some(day(3, 3));
        }),
        FindingCode::Blackout => (nothing, |tables, _, _| tables.members[0].assessment_due_on = Some(day(3, 5))),
        FindingCode::PerDay => (nothing, |_, rules, _| rules.program.handoff.per_day = 1),
        FindingCode::PerWeek => (nothing, |_, rules, _| rules.program.handoff.per_week = 1),
        FindingCode::TeamDay => (nothing, |_, rules, _| rules.program.handoff.team_per_day = 1),
        FindingCode::TeamWeek => (nothing, |_, rules, _| rules.program.handoff.team_per_week = 1),
        FindingCode::Cap => (
            |_, rules| rules.program.caps = vec![cap(3, false)],
            |_, _, schedule| {
                schedule.entries[0].on = day(3, 4);
                schedule.weighted_days += 1;
            },
        ),
        FindingCode::Method => (nothing, |_, _, schedule| schedule.entries[0].method = HandoffMethod::Phone),
        FindingCode::LastDay => (nothing, |_, _, schedule| {
            // The 22nd workday of the schedule, in its fifth week; above the cap of 0 the member weighs 4.
            schedule.entries[2].on = day(4, 1);
            schedule.entries[2].no_call = Some(NoCall::NoTime);
            schedule.entries[2].wave = 5;
            schedule.weighted_days += 21 * 4;
        }),
        FindingCode::Slot => (nothing, |_, _, schedule| {
            (schedule.entries[1].starts, schedule.entries[1].ends) =
                (schedule.entries[0].starts, schedule.entries[0].ends);
        }),
        FindingCode::Wave => (nothing, |_, _, schedule| schedule.entries[0].wave = 2),
        FindingCode::Swap => (
            |tables, _| {
                tables.managers[0].max_caseload = Some(3);
                tables.managers[1].max_caseload = Some(1);
            },
            |_, _, schedule| {
                assert_eq!(
                    schedule.entries.iter().map(|entry| entry.swap).collect::<Vec<_>>(),
                    [Some(1), Some(1), None]
                );
                schedule.entries[0].swap = None;
            },
        ),
        FindingCode::NoCall => (nothing, |_, _, schedule| schedule.entries[0].no_call = Some(NoCall::Away)),
        FindingCode::Claim => (nothing, |_, _, schedule| schedule.weighted_days += 1),
    }
}

#[test]
fn every_limit_has_a_mutant_that_triggers_its_code_and_no_other() {
    for &code in FindingCode::ALL {
        let (prepare, break_it) = mutant(code);
        let (mut tables, mut rules) = (tables(), base_rules());
        prepare(&mut tables, &mut rules);
        let roster = freeze(tables.clone());
        let plan = planned(&roster, &rules, &AFTER).unwrap();
        let mut schedule = found(&roster, &rules, &plan);
        break_it(&mut tables, &mut rules, &mut schedule);
        let roster = freeze(tables);
        let findings = check(&roster, &rules, &plan.verified, &plan.transfers, schedule).err().unwrap_or_default();
        let codes: BTreeSet<FindingCode> = findings.iter().map(|found| found.code).collect();
        assert_eq!(codes, BTreeSet::from([code]), "{code}: {findings:?}");
    }
}

/// A small repeatable source of numbers.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// The least (finish, weighted days) over all ways of giving days, by rules written down here once more.
fn best_of_all(roster: &Roster, rules: &Rules, plan: &Plan, days: &[NaiveDate]) -> Option<(usize, i64)> {
    let handoff = &rules.program.handoff;
    let count = plan.transfers.len();
    let weight = |at: usize| {
        let transfer = &plan.transfers[at];
        let from = transfer.from.unwrap();
        let is_over = roster.present_caseload(from).len() > plan.verified.caps()[from.at()] as usize;
        i64::from(handoff.weight.of(transfer.need)) + if is_over { i64::from(handoff.over_cap_weight) } else { 0 }
    };
    let blocked = |at: usize, on: NaiveDate| {
        let due = roster.member(plan.transfers[at].member).assessment_due_on;
        handoff.blackout_days > 0
            && due.is_some_and(|due| (0..=i64::from(handoff.blackout_days)).contains(&(due - on).num_days()))
    };
    let mut best = None;
    'ways: for way in 0..days.len().pow(count as u32) {
        let on: Vec<usize> = (0..count).map(|at| way / days.len().pow(at as u32) % days.len()).collect();
        if (0..count).any(|at| blocked(at, days[on[at]])) {
            continue;
        }
        let mut used: BTreeMap<(ManagerIx, bool, u32), u32> = BTreeMap::new();
        for (transfer, &at) in plan.transfers.iter().zip(&on) {
            for manager in [transfer.from.unwrap(), transfer.to] {
                *used.entry((manager, false, at as u32)).or_default() += 1;
                *used.entry((manager, true, days[at].iso_week().week())).or_default() += 1;
            }
        }
        if used
            .iter()
            .any(|((_, is_week, _), count)| *count > if *is_week { handoff.per_week } else { handoff.per_day })
        {
            continue;
        }
        let mut loads: Vec<i64> =
            roster.manager_indices().map(|manager| roster.present_caseload(manager).len() as i64).collect();
        for today in 0..days.len() {
            let dawn = loads.clone();
            for (transfer, _) in plan.transfers.iter().zip(&on).filter(|(_, on)| **on == today) {
                loads[transfer.to.at()] += 1;
                loads[transfer.from.unwrap().at()] -= 1;
            }
            let caps = plan.verified.caps();
            if (0..loads.len()).any(|at| loads[at] > i64::from(caps[at]).max(dawn[at])) {
                continue 'ways;
            }
        }
        let finish = on.iter().copied().max().unwrap_or(0);
        let value = (finish, (0..count).map(|at| weight(at) * on[at] as i64).sum());
        if best.is_none_or(|best| value < best) {
            best = Some(value);
        }
    }
    best
}

/// Whatever the input, a schedule passes the checker; and on small cases no other one is better.
#[test]
fn no_schedule_is_better_and_none_breaks_a_limit() {
    let mut compared = 0;
    for case in 0..400 {
        let mut draw = Draw(case);
        let mut rules = base_rules();
        let handoff = &mut rules.program.handoff;
        (handoff.per_day, handoff.per_week) = (1 + draw.below(2) as u32, 1 + draw.below(4) as u32);
        handoff.blackout_days = draw.below(4) as u32;
        let managers = 3 + draw.below(2) as usize;
        let mut tables =
            RosterTables { managers: (0..managers).map(|at| manager(&format!("C{at}"))).collect(), ..tables() };
        let count = 5;
        tables.teams.clear();
        tables.members =
            (0..count).map(|at| member(&format!("M{at}"), Some(draw.below(managers as u64) as u32))).collect();
        for member in &mut tables.members {
            member.need = caseload::roster::Need::ALL[draw.below(4) as usize];
            let due = as_of() + Days::new(draw.below(12));
            member.assessment_due_on = (draw.below(3) == 0).then_some(due);
        }
        let after: Vec<u32> = (0..count).map(|_| draw.below(managers as u64) as u32).collect();
        for (at, manager) in tables.managers.iter_mut().enumerate() {
            let held = after.iter().filter(|to| **to as usize == at).count() as u32;
            manager.max_caseload = Some(held + draw.below(2) as u32);
        }
        let roster = freeze(tables);
        let Some(plan) = planned(&roster, &rules, &after) else { continue };
        let start = default_start(&rules);
        let days: Vec<NaiveDate> =
            start.iter_days().filter(|day| day.weekday().number_from_monday() < 6).take(7).collect();
        let best = best_of_all(&roster, &rules, &plan, &days);
        match schedule(&roster, &rules, &plan, start) {
            Ending::Scheduled(found) => {
                let found = found.schedule();
                let finish = days.iter().position(|day| *day == found.finish());
                if let (Some(best), Some(finish)) = (best, finish.filter(|_| !plan.transfers.is_empty())) {
                    compared += 1;
                    assert_eq!((finish, found.weighted_days), best, "case {case}");
                    assert_eq!(found.finish(), found.earliest_finish, "case {case}: proved");
                    assert_eq!(found.weighted_days, found.weighted_bound, "case {case}: proved");
                } else {
                    assert!(best.is_none() || plan.transfers.is_empty(), "case {case}: {best:?}");
                }
            }
            Ending::Impossible(stuck) => {
                assert!(best.is_none(), "case {case}: {best:?} {stuck:?}");
                assert!(!stuck.reasons.is_empty() && !stuck.remedies.is_empty());
            }
            Ending::Refused(findings) => panic!("case {case}: {findings:?}"),
        }
    }
    assert!(compared > 100, "{compared} cases compared");
}

#[test]
fn full_caseloads_that_must_change_places_need_two_on_a_day() {
    let (mut tables, mut rules) = (tables(), base_rules());
    tables.managers[0].max_caseload = Some(3);
    tables.managers[1].max_caseload = Some(1);
    rules.program.handoff.per_day = 1;
    let roster = freeze(tables);
    let plan = planned(&roster, &rules, &AFTER).unwrap();
    let Ending::Impossible(stuck) = schedule(&roster, &rules, &plan, default_start(&rules)) else { panic!() };
    assert_eq!(stuck.transfers, ["T00001", "T00002"]);
    assert!(stuck.remedies.iter().any(|line| line.starts_with("per_day = 2")), "{stuck:?}");
}

/// A case manager who leaves on the first day has time for one call; the others are handed over without, on that day.
#[test]
fn who_leaves_hands_over_by_the_last_day() {
    let (mut tables, mut rules) = (tables(), base_rules());
    tables.managers[3].available_until = Some(day(3, 3));
    tables.members.iter_mut().skip(3).for_each(|member| member.manager = Some(ManagerIx(3)));
    rules.program.handoff.per_day = 1;
    let roster = freeze(tables);
    let plan = planned(&roster, &rules, &[0, 0, 0, 0, 1, 2]).unwrap();
    let found = found(&roster, &rules, &plan);
    assert!(found.entries.iter().all(|entry| entry.on == day(3, 3)));
    let with_call = found.entries.iter().filter(|entry| entry.no_call.is_none()).count();
    let without = found.entries.iter().filter(|entry| entry.no_call == Some(NoCall::NoTime)).count();
    assert!(with_call + without == 3 && without >= 2, "{found:?}");
}

/// Of those for whom time runs out, the first due goes first, however light: the receiving case manager has a handoff on
/// each day, and only the second day is still one of the leaving case manager's.
#[test]
fn the_first_due_goes_before_the_heaviest() {
    let (mut tables, mut rules) = (tables(), base_rules());
    tables.managers[3].available_until = Some(day(3, 4));
    tables.members.iter_mut().take(3).for_each(|member| member.need = caseload::roster::Need::Intensive);
    rules.program.caps = vec![cap(6, false)];
    rules.program.handoff.per_day = 1;
    let roster = freeze(tables);
    let plan = planned(&roster, &rules, &[2, 2, 2, 1, 2, 2]).unwrap();
    let found = found(&roster, &rules, &plan);
    assert!(found.entries.iter().all(|entry| entry.no_call.is_none()), "{found:?}");
    assert!(found.entries[3].on <= day(3, 4) && found.finish() == day(3, 6), "{found:?}");
}

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_caseload"));
    command.env("NO_COLOR", "1").env("COLUMNS", "100").current_dir(folder).args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

#[test]
fn the_folder_of_a_plan_has_dates_invitations_and_a_checklist_and_is_scheduled_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let made = run(at, &["generate", "--members", "300", "--managers", "0", "--seed", "5", "--out", "roster"]);
    assert!(made.status.success(), "{}", said(&made));
    let planned = run(at, &["plan", "roster", "--out", "plan", "--no-letters", "--as-of", "2026-12-01"]);
    assert!(matches!(planned.status.code(), Some(0 | 1)), "{}", said(&planned));
    let rows = table(&at.join("plan/handoff/schedule.csv"));
    let transfers = table(&at.join("plan/transfers.csv"));
    assert!(rows.len() > 20 && rows.len() == transfers.len());
    let members: BTreeMap<String, String> = (table(&at.join("roster/members.csv")).into_iter())
        .map(|row| (row["member_id"].clone(), row["name"].clone()))
        .collect();
    let mut busy = BTreeSet::new();
    let mut invitations = 0;
    for (row, transfer) in rows.iter().zip(&transfers) {
        for column in ["transfer_id", "member_id", "wave", "handoff_on", "handoff_method"] {
            assert_eq!(row[column], transfer[column]);
        }
        let is_joint = row["no_call"].is_empty() && row["handoff_method"] != "notification";
        let path = at.join(format!("plan/handoff/{}.ics", row["transfer_id"]));
        assert_eq!(path.exists(), is_joint);
        let people =
            if row["no_call"].is_empty() { vec!["from_manager_id", "to_manager_id"] } else { vec!["to_manager_id"] };
        for person in people {
            let slot = (row[person].clone(), row["handoff_on"].clone(), row["slot_starts"].clone());
            assert!(busy.insert(slot.clone()), "booked twice: {slot:?}");
        }
        if is_joint {
            invitations += 1;
            invitation(&fs::read_to_string(path).unwrap(), row, &members);
        }
    }
    assert!(invitations > 0);
    let checklist = table(&at.join("plan/handoff/checklist.csv"));
    assert_eq!(checklist.len(), rows.len() * 7);

    // Once more with the same settings: the same files. With another start: other dates, and the plan still verifies.
    let again = run(at, &["handoff", "plan", "roster", "--no-sheets", "--out", "again"]);
    assert!(matches!(again.status.code(), Some(0 | 1)), "{}", said(&again));
    let strip = |files: BTreeMap<PathBuf, Vec<u8>>, root: &str| -> BTreeMap<PathBuf, Vec<u8>> {
        files.into_iter().map(|(name, bytes)| (name.strip_prefix(at.join(root)).unwrap().to_owned(), bytes)).collect()
    };
    let (one, two) = (bytes_below(&at.join("again")), bytes_below(&at.join("plan/handoff")));
    assert!(strip(one, "again") == strip(two, "plan/handoff"));
    let refused = run(at, &["handoff", "plan", "roster"]);
    assert_eq!(refused.status.code(), Some(74), "{}", said(&refused));
    let before = bytes_below(&at.join("plan"));
    let same = run(at, &["handoff", "plan", "roster", "--force"]);
    assert!(matches!(same.status.code(), Some(0 | 1)), "{}", said(&same));
    let after = bytes_below(&at.join("plan"));
    let differ: Vec<&PathBuf> =
        before.iter().filter(|(name, bytes)| after.get(*name) != Some(bytes)).map(|(name, _)| name).collect();
    assert!(differ.is_empty() && before.len() == after.len(), "{differ:?}");
    let later = run(at, &["handoff", "plan", "roster", "--start", "2027-01-04", "--force", "--format", "json"]);
    assert!(matches!(later.status.code(), Some(0 | 1)), "{}", said(&later));
    let told: serde_json::Value = serde_json::from_slice(&later.stdout).unwrap();
    assert_eq!(told["transfers"], rows.len());
    assert!(table(&at.join("plan/transfers.csv")).iter().all(|row| *row["handoff_on"] >= *"2027-01-04"));
    let invited = |row: &BTreeMap<String, String>| {
        fs::read_to_string(at.join(format!("plan/handoff/{}.ics", row["transfer_id"])))
    };
    let sequences: Vec<bool> =
        rows.iter().filter_map(|row| invited(row).ok()).map(|text| text.contains("\r\nSEQUENCE:1\r\n")).collect();
    assert!(!sequences.is_empty() && sequences.into_iter().all(|is_later| is_later), "all are moved to January");
    let entered = table(&at.join("plan/work/moves.csv"));
    for (row, transfer) in entered.iter().zip(&table(&at.join("plan/transfers.csv"))) {
        assert_eq!((&row["transfer_id"], &row["on"]), (&transfer["transfer_id"], &transfer["handoff_on"]));
    }
    let verified = run(at, &["verify", "plan", "roster", "--as-of", "2026-12-01", "--format", "json"]);
    let verdict: serde_json::Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(verdict["discrepancies"].as_array().unwrap().len(), 0, "{verdict}");
    let broken = run(at, &["handoff", "plan", "roster", "--out", "none", "--per-day", "0"]);
    assert_eq!(broken.status.code(), Some(2), "{}", said(&broken));
    assert!(!at.join("none").exists());
}

/// File by file below a folder.
fn bytes_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            inside if inside.is_dir() => files.extend(bytes_below(&inside)),
            file => drop(files.insert(file.clone(), fs::read(file).unwrap())),
        }
    }
    files
}

/// Read back by its lines, unfolded as RFC 5545 section 3.1 says.
fn invitation(text: &str, row: &BTreeMap<String, String>, members: &BTreeMap<String, String>) {
    assert!(text.lines().all(|line| line.len() <= 76), "{text}");
    let unfolded = text.replace("\r\n ", "");
    let lines: Vec<&str> = unfolded.split("\r\n").collect();
    let of = |name: &str| lines.iter().filter(|line| line.split([':', ';']).next() == Some(name)).count();
    for once in ["METHOD", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"] {
        assert_eq!(of(once), 1, "{once}: {text}");
    }
    assert!(lines.contains(&"METHOD:REQUEST") && lines.contains(&"DTSTAMP:20261201T000000Z"), "{text}");
    assert_eq!(lines.iter().filter(|line| **line == "BEGIN:VEVENT").count(), 1);
    assert!(of("ATTENDEE") <= 2, "{text}");
    let start = format!("{}T{}00", row["handoff_on"].replace('-', ""), row["slot_starts"].replace(':', ""));
    assert!(unfolded.contains(&start), "{start}: {text}");
    let name = &members[&row["member_id"]];
    assert!(!unfolded.contains(&row["member_id"]) && (name.is_empty() || !unfolded.contains(name.as_str())), "{text}");
}
