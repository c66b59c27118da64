//! Changes of a solved state, solved again with their certificate: one after the other in a chain of 1,000 on synthetic
//! rosters of 8,500 members (Iowa) and 30,000 (Texas), every kind of change timed by itself; and copies, and the
//! runner-ups of all transfers together. The rule for households is off: every unit is one member. Two seeds each.
//!
//! A chain's changes differ from each other, so medians and maxima of the chain are printed besides criterion's figures.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is how a test or bench fails")]
#![allow(clippy::print_stdout, reason = "medians and maxima of a chain are not criterion's to print")]

use std::fs::File;
use std::hint::black_box;
use std::time::{Duration, Instant};

use caseload::cost::Prepared;
use caseload::generate::{AS_OF, Request, Sketch};
use caseload::model::Model;
use caseload::model::problem::{NOT_ALLOWED, Problem};
use caseload::program::settings::Overrides;
use caseload::program::{HouseholdRule, Program, Settings};
use caseload::roster::reading::read_folder;
use caseload::solve::network::{self, Change, Warm};
use caseload::solve::{Control, Outcome, Status};
use criterion::{Criterion, criterion_group, criterion_main};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const PATIENT: Control<'static> = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };

/// Changes in a chain.
const CHAIN: usize = 1_000;
/// Managers hired in a chain, at most; as many are away at a time at most as a team has.
const HIRES: usize = 60;
const AWAY: usize = 4;

const KINDS: [&str; 7] = ["leaves", "returns", "hire", "forbid", "weight", "member leaves", "member enrols"];

fn with_problem(members: usize, state: &str, seed: u64, run: &mut dyn FnMut(&Problem<'_>)) {
    let text = Program::shipped("iowa-cbcm").expect("a shipped program");
    let request = Request {
        members,
        managers: 0,
        seed,
        state: state.to_owned(),
        shortage: None,
        program: Program::parse(text).expect("a good program"),
        program_name: "iowa-cbcm".to_owned(),
        as_of: AS_OF.parse().expect("a date"),
    };
    let folder = tempfile::tempdir().expect("a folder");
    Sketch::new(&request).expect("a roster").write(|name| File::create(folder.path().join(name))).expect("written");
    let mut rules = Settings::resolve(folder.path(), &Overrides::default(), AS_OF.parse().expect("a date"))
        .expect("settings")
        .rules;
    rules.program.households.rule = HouseholdRule::Off;
    let roster = read_folder(folder.path(), rules.as_of).expect("a good roster").roster;
    let prepared = Prepared::new(&roster, &rules);
    let model = Model::new(&prepared);
    run(&model.problem());
}

/// Draws changes that mean something in the state as it is.
struct Drawn<'a> {
    problem: &'a Problem<'a>,
    draw: ChaCha8Rng,
    away: Vec<usize>,
    left: Vec<bool>,
    /// Of a manager at work.
    places: Vec<i64>,
}

impl Drawn<'_> {
    /// A change and its kind.
    fn next(&mut self, warm: &Warm) -> Option<(usize, Change)> {
        let managers = self.problem.managers();
        let (columns, at) = (warm.next_column(), warm.columns());
        let unit = self.draw.random_range(0..self.problem.units.len());
        let costs = |unit: usize, percent: i64| {
            let mut costs = self.problem.arc_costs(unit);
            costs.iter_mut().filter(|cost| **cost != NOT_ALLOWED).for_each(|cost| *cost = *cost * percent / 100);
            costs.resize(columns, NOT_ALLOWED);
            costs
        };
        Some(match self.draw.random_range(0..6) {
            0 if self.away.len() >= AWAY => {
                let manager = self.away.remove(0);
                (1, Change::Places { manager, places: self.problem.places[manager].clone() })
            }
            0 => {
                let at_work =
                    |manager: &usize| !self.problem.places[*manager].is_empty() && !self.away.contains(manager);
                let open: Vec<usize> = (0..managers).filter(at_work).collect();
                let manager = open[self.draw.random_range(0..open.len())];
                self.away.push(manager);
                (0, Change::Places { manager, places: Vec::new() })
            }
            1 if columns < managers + HIRES => {
                // Lives near a colleague: half an hour a member and year farther away.
                let like = self.draw.random_range(0..managers);
                let enrolled = self.left.len();
                let of = |unit: usize| match self.problem.arc_costs(unit % self.problem.units.len())[like] {
                    NOT_ALLOWED => NOT_ALLOWED,
                    cost => cost + 1_800,
                };
                (2, Change::Hire { costs: (0..enrolled).map(of).collect(), places: self.places.clone(), group: None })
            }
            2 => {
                let manager = at[unit].filter(|_| !self.left[unit])?;
                (3, Change::Pair { unit, manager, cost: NOT_ALLOWED })
            }
            3 | 4 if self.left[unit] => return None,
            3 => (4, Change::Costs { unit, costs: costs(unit, self.draw.random_range(60..160)) }),
            4 => {
                self.left[unit] = true;
                (5, Change::Leave { unit })
            }
            _ => {
                self.left.push(false);
                (6, Change::Enrol { size: 1, present: Vec::new(), costs: costs(unit, 100) })
            }
        })
    }
}

/// Seconds of every change of a chain, by kind, certificate included.
fn chain(problem: &Problem<'_>, warm: &Warm, seed: u64, changes: usize) -> Vec<Vec<Duration>> {
    let mut warm = warm.clone();
    let longest = problem.places.iter().max_by_key(|places| places.len()).cloned().unwrap_or_default();
    let left = vec![false; problem.units.len()];
    let mut drawn = Drawn { problem, draw: ChaCha8Rng::seed_from_u64(seed), away: Vec::new(), left, places: longest };
    let mut times = vec![Vec::new(); KINDS.len()];
    while times.iter().map(Vec::len).sum::<usize>() < changes {
        let Some((kind, change)) = drawn.next(&warm) else { continue };
        let start = Instant::now();
        warm.apply(&change).expect("a good change");
        assert!(warm.certified(), "{}", KINDS[kind]);
        times[kind].push(start.elapsed());
    }
    assert!(warm.audited());
    times
}

fn transferred(problem: &Problem<'_>, outcome: &Outcome) -> Vec<usize> {
    let plan = outcome.plan.as_deref().expect("a plan");
    let moves = |&unit: &usize| problem.units[unit].present.first().map(|&(manager, _)| manager) != plan[unit];
    (0..plan.len()).filter(moves).collect()
}

fn warm(criterion: &mut Criterion) {
    for (members, state) in [(8_500, "IA"), (30_000, "TX")] {
        for seed in [1, 2] {
            with_problem(members, state, seed, &mut |problem| {
                let name = format!("warm {members} x {} seed {seed}", problem.managers());
                let outcome = network::solve(problem, PATIENT).expect("an answer");
                assert_eq!(outcome.status, Status::Optimal);
                let warm = Warm::from_solved(outcome.solved.as_ref().expect("kept"));
                for (kind, times) in KINDS.iter().zip(&mut chain(problem, &warm, seed, CHAIN)) {
                    times.sort_unstable();
                    let (median, most) = (times[times.len() / 2], times[times.len() - 1]);
                    println!("{name}: {kind:14} {:4} times, median {median:9.2?}, maximum {most:9.2?}", times.len());
                }
                let mut group = criterion.benchmark_group(&name);
                group.sample_size(10);
                group.bench_function("copy", |bench| bench.iter(|| black_box(warm.clone())));
                let wanted = transferred(problem, &outcome);
                group.bench_function(format!("{} runner-ups", wanted.len()), |bench| {
                    bench.iter(|| network::alternatives(problem, black_box(&outcome), &wanted, &PATIENT).len());
                });
                group.bench_function("50 changes", |bench| bench.iter(|| chain(problem, &warm, seed, 50).len()));
                group.finish();
            });
        }
    }
}

criterion_group!(benches, warm);
criterion_main!(benches);
