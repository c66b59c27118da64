//! `caseload generate`: what comes out is readable, plausible, repeatable, and can be planned.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use caseload::cost::{continuity, language};
use caseload::diagnostic::Severity;
use caseload::ids::ManagerIx;
use caseload::program::settings::Overrides;
use caseload::program::{ContinuityClass, Rules, Settings};
use caseload::roster::reading::{Read, read_folder};
use caseload::roster::writing::{self, write_folder};
use caseload::roster::{DecisionKind, Roster, schema};
use caseload::travel::miles_between;

const FILES: [&str; 8] = [
    "caseload.toml",
    "decisions.csv",
    "managers.csv",
    "members.csv",
    "positions.csv",
    "providers.csv",
    "services.csv",
    "teams.csv",
];

fn generate(out: &Path, args: &[&str]) {
    let mut command = Command::cargo_bin("caseload").expect("the command");
    command.arg("generate").args(args).arg("--out").arg(out).assert().success();
}

fn fresh(args: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("roster");
    generate(&out, args);
    (folder, out)
}

fn iowa() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/iowa-mco")
}

fn load(folder: &Path) -> (Read, Rules) {
    let today = "2030-01-01".parse().expect("a date");
    let rules = Settings::resolve(folder, &Overrides::default(), today).expect("settings").rules;
    (read_folder(folder, rules.as_of).expect("a good roster"), rules)
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    entries.map(|path| (name(&path), fs::read(&path).expect("a file"))).collect()
}

fn loads(roster: &Roster) -> Vec<usize> {
    roster.manager_indices().map(|manager| roster.present_caseload(manager).len()).collect()
}

#[test]
fn the_iowa_data_set_is_made_again_byte_for_byte_by_the_documented_command() {
    let notes = fs::read_to_string(iowa().join("../README.md")).expect("notes");
    let command =
        notes.lines().find(|line| line.starts_with("caseload generate")).expect("the command stands in the notes");
    let words: Vec<&str> = command.split_whitespace().skip(2).take_while(|word| *word != "--out").collect();
    let (_keep, out) = fresh(&words);
    let (made, kept) = (contents(&out), contents(&iowa()));
    assert_eq!(made.keys().collect::<Vec<_>>(), FILES.iter().collect::<Vec<_>>());
    for (name, bytes) in kept {
        assert!(made[&name] == bytes, "{name} differs: run the command of datasets/README.md");
    }
}

#[test]
fn the_bytes_do_not_depend_on_threads_and_do_depend_on_the_seed() {
    let args = ["--members", "9000", "--state", "MN"];
    let (_keep, two) = fresh(&args);
    let folder = tempfile::tempdir().expect("a folder");
    let one = folder.path().join("one");
    let mut command = Command::cargo_bin("caseload").expect("the command");
    command.env("RAYON_NUM_THREADS", "1").arg("generate").args(args).arg("--out").arg(&one).assert().success();
    assert!(contents(&one) == contents(&two), "one thread and all threads");
    let (_keep, other) = fresh(&["--members", "9000", "--state", "MN", "--seed", "2"]);
    assert!(contents(&other)["members.csv"] != contents(&one)["members.csv"]);
}

#[test]
fn the_iowa_data_set_reads_without_errors_and_with_few_warnings() {
    let (read, _) = load(&iowa());
    let count = |severity| read.problems.iter().filter(|problem| problem.severity() == severity).count();
    assert_eq!(count(Severity::Error), 0);
    let warnings: Vec<_> = read.problems.iter().filter(|problem| problem.severity() == Severity::Warning).collect();
    assert!(warnings.len() <= 40, "{} warnings, the first {:?}", warnings.len(), warnings.first());
}

#[test]
fn the_iowa_data_set_has_everything_a_manager_meets() {
    let (read, rules) = load(&iowa());
    let roster = &read.roster;
    assert_eq!(roster.members().len(), 8_500);
    let at_work = roster.managers().iter().filter(|manager| rules.at_work(manager)).count();
    assert_eq!(at_work, 190);
    assert!(roster.managers().iter().any(|manager| rules.is_leaving(manager)));
    assert!(roster.managers().iter().any(|manager| rules.is_planned(manager)));

    let loads = loads(roster);
    assert!(loads.iter().any(|&load| load > 90) && loads.iter().any(|&load| (1..20).contains(&load)), "{loads:?}");
    let new = roster.manager_indices().filter(|&one| {
        let hired = roster.manager(one).hired_on;
        loads[one.at()] == 0 && hired.is_some_and(|day| (0..92).contains(&(rules.as_of - day).num_days()))
    });
    assert!(new.count() >= 3, "new hires with nobody");
    assert!(roster.members().iter().any(|member| member.manager.is_none()), "some have nobody yet");
    for kind in [DecisionKind::Keep, DecisionKind::Assign, DecisionKind::Forbid] {
        assert!(roster.decisions().iter().any(|decision| decision.kind == kind), "{kind:?}");
    }
    let languages: std::collections::BTreeSet<_> =
        roster.members().iter().map(|one| language::primary(&one.language)).collect();
    for tag in ["en", "es", "vi", "ar", "bs", "my", "ksw", "sw", "fr", "zh"] {
        assert!(languages.contains(tag), "{tag}");
    }
    let share = |code: &str| {
        let on_it = roster.members().iter().filter(|one| one.program.as_deref() == Some(code)).count();
        on_it as f64 / roster.members().len() as f64
    };
    assert!(
        (share("ID") - 0.381).abs() < 0.02 && (share("EW") - 0.230).abs() < 0.02 && (share("HAB") - 0.218).abs() < 0.02
    );
    let near = roster.member_indices().filter(|&one| {
        let member = roster.member(one);
        let base = member.manager.and_then(|manager| roster.manager(manager).base);
        member.home.zip(base).is_some_and(|(home, base)| miles_between(home, base) < 40.0)
    });
    assert!(near.count() * 10 > roster.members().len() * 8, "most are with somebody near");
    assert!(roster.teams().iter().all(|team| team.region.is_some()) && roster.positions().len() >= 3);
}

/// Can everybody be placed within caps, programs, distance, `accepts_new`, decisions and must-keep members? Places one
/// after the other; when all are full, somebody is moved on along a chain (augmenting paths).
fn can_be_planned(roster: &Roster, rules: &Rules) -> bool {
    let cap = rules.program.caps[0].limit.floor();
    let room: Vec<usize> = roster
        .managers()
        .iter()
        .map(|one| if rules.at_work(one) { one.max_caseload.unwrap_or(cap).min(cap) as usize } else { 0 })
        .collect();
    let may = |at: usize, manager: ManagerIx| {
        let (member, one) = (&roster.members()[at], roster.manager(manager));
        let is_present = member.manager == Some(manager);
        let decided = roster.decisions().iter().filter(|decision| decision.member.at() == at);
        let agrees = decided
            .into_iter()
            .all(|decision| (decision.kind == DecisionKind::Forbid) != (decision.manager == manager));
        let must = member.manager.filter(|&now| {
            continuity::class_of(rules, member) == ContinuityClass::MustKeep && rules.at_work(roster.manager(now))
        });
        let serves = one.programs.is_empty() || member.program.as_ref().is_none_or(|code| one.programs.contains(code));
        let reach = member.home.zip(one.base).is_none_or(|(home, base)| miles_between(home, base) <= 150.0);
        agrees && must.is_none_or(|now| now == manager) && (is_present || (one.accepts_new && serves && reach))
    };
    let managers = roster.managers().len();
    let mut with: Vec<Vec<usize>> = vec![Vec::new(); managers];
    'members: for member in 0..roster.members().len() {
        let mut came_from: Vec<Option<(usize, usize)>> = vec![None; managers];
        let mut seen = vec![false; managers];
        let mut queue: Vec<usize> = Vec::new();
        for manager in (0..managers).filter(|&manager| room[manager] > 0 && may(member, ManagerIx::new(manager))) {
            seen[manager] = true;
            queue.push(manager);
        }
        queue.sort_by_key(|&manager| with[manager].len() >= room[manager]);
        let mut next = 0;
        while let Some(&manager) = queue.get(next) {
            next += 1;
            if with[manager].len() < room[manager] {
                let mut free = manager;
                while let Some((before, moved)) = came_from[free] {
                    with[before].retain(|&one| one != moved);
                    with[free].push(moved);
                    free = before;
                }
                with[free].push(member);
                continue 'members;
            }
            for &held in &with[manager] {
                for other in 0..managers {
                    if !seen[other] && room[other] > 0 && may(held, ManagerIx::new(other)) {
                        seen[other] = true;
                        came_from[other] = Some((manager, held));
                        queue.push(other);
                    }
                }
            }
        }
        return false;
    }
    true
}

#[test]
fn generated_rosters_can_be_planned_within_the_rules() {
    let (read, rules) = load(&iowa());
    assert!(can_be_planned(&read.roster, &rules), "datasets/iowa-mco");
    for (state, members) in [("IA", "800"), ("MT", "1500"), ("HI", "900"), ("AK", "700")] {
        let (_keep, out) = fresh(&["--members", members, "--state", state, "--seed", "3"]);
        let (read, rules) = load(&out);
        let at_work = read.roster.managers().iter().filter(|one| rules.at_work(one)).count();
        assert!(read.roster.members().len() <= 45 * at_work, "{state}: the average can be met");
        assert!(can_be_planned(&read.roster, &rules), "{state}");
    }
}

#[test]
fn a_shortage_leaves_fewer_case_managers_than_the_rule_needs() {
    let (_keep, out) = fresh(&["--members", "900", "--shortage", "0.1"]);
    let (read, rules) = load(&out);
    let at_work = read.roster.managers().iter().filter(|one| rules.at_work(one)).count();
    assert_eq!(at_work, 18, "900 members need 20");
}

#[test]
fn small_rosters_of_every_size_can_be_read() {
    for members in ["1", "2", "7", "46", "130"] {
        let (_keep, out) = fresh(&["--members", members, "--state", "WY"]);
        let (read, _) = load(&out);
        assert_eq!(read.roster.members().len().to_string(), members);
    }
}

#[test]
fn wrong_wishes_are_answered_and_a_folder_in_use_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("roster");
    let run = |args: &[&str]| {
        let mut command = Command::cargo_bin("caseload").expect("the command");
        let output = command.arg("generate").args(args).arg("--out").arg(&out).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).replace(&*out.to_string_lossy(), "DIR"))
    };
    let (code, text) = run(&["--members", "10", "--state", "IO"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("there is no state `IO`") && text.contains("did you mean"), "{text}");
    let (code, text) = run(&["--members", "0"]);
    assert_eq!((code, text.trim()), (Some(2), "error: members = 0: 1 to 5,000,000"));
    let (code, text) = run(&["--members", "90", "--managers", "2", "--shortage", "0.1"]);
    assert_eq!((code, text.trim()), (Some(2), "error: shortage = 0.1: only with --managers 0, which it lowers"));
    assert!(!out.exists(), "nothing was written");
    assert_eq!(run(&["--members", "30"]).0, Some(0));
    fs::write(out.join("mine.txt"), "mine").expect("a file");
    let (code, text) = run(&["--members", "40"]);
    assert_eq!((code, text.trim()), (Some(2), "error: DIR is not empty: name a new folder, or add --force"));
    assert_eq!(run(&["--members", "40", "--force"]).0, Some(0));
    assert_eq!(load(&out).0.roster.members().len(), 40);
    assert!(out.join("mine.txt").exists(), "other files stay");
}

#[test]
fn the_writer_knows_every_column_and_a_roster_written_reads_back_the_same() {
    let columns =
        |file: &str| schema::table(file).expect("a table").columns.iter().map(|one| one.name).collect::<Vec<_>>();
    assert_eq!(columns("members.csv"), writing::MEMBERS);
    assert_eq!(columns("managers.csv"), writing::MANAGERS);
    assert_eq!(columns("teams.csv"), writing::TEAMS);
    assert_eq!(columns("providers.csv"), writing::PROVIDERS);
    assert_eq!(columns("services.csv"), writing::SERVICES);
    assert_eq!(columns("positions.csv"), writing::POSITIONS);
    assert_eq!(columns("decisions.csv"), writing::DECISIONS);

    let (_keep, out) = fresh(&["--members", "3000", "--state", "IA"]);
    let first = load(&out).0.roster.to_tables();
    let folder = tempfile::tempdir().expect("a folder");
    write_folder(&load(&out).0.roster, folder.path()).expect("written");
    let again =
        read_folder(folder.path(), "2026-11-23".parse().expect("a date")).expect("a good roster").roster.to_tables();
    assert_eq!(first.members, again.members);
    assert_eq!(first.contacts, again.contacts);
    assert_eq!(first.managers, again.managers);
    assert_eq!(first.teams, again.teams);
    assert_eq!(first.providers, again.providers);
    assert_eq!(first.services, again.services);
    assert_eq!(first.positions, again.positions);
    assert_eq!(first.decisions, again.decisions);
}
