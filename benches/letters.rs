//! Letters a second over the whole way: preparing, typesetting, tagged PDF, reading every file back, index. The plan
//! is a judged one of a made-up roster of Iowa's size, first with one thread, then with all.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is how a test or bench fails")]

use std::hint::black_box;
use std::path::Path;

use caseload::generate::{AS_OF, Request, Sketch};
use caseload::letters::{Organization, Stationery, produce};
use caseload::output::json::Timings;
use caseload::pipeline::{self, Ending};
use caseload::plan::Plan;
use caseload::program::settings::Overrides;
use caseload::program::{Program, Rules, Settings};
use caseload::roster::Roster;
use caseload::roster::reading::read_folder;
use caseload::solve::Control;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const MEMBERS: usize = 8_500;

fn roster(folder: &Path) -> (Roster, Rules) {
    let text = Program::shipped("iowa-cbcm").expect("a shipped program");
    let request = Request {
        members: MEMBERS,
        managers: 0,
        seed: 1,
        state: "IA".to_owned(),
        shortage: None,
        program: Program::parse(text).expect("a good program"),
        program_name: "iowa-cbcm".to_owned(),
        as_of: AS_OF.parse().expect("a date"),
    };
    let sketch = Sketch::new(&request).expect("a roster");
    sketch.write(|name| std::fs::File::create(folder.join(name))).expect("written");
    let rules = Settings::resolve(folder, &Overrides::default(), request.as_of).expect("settings").rules;
    (read_folder(folder, rules.as_of).expect("a good roster").roster, rules)
}

fn planned(roster: &Roster, rules: &Rules) -> Box<Plan> {
    let control = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };
    match pipeline::plan(roster, rules, "auto", 1, control, &mut Timings::default()) {
        Ok(Ending::Plan(plan)) => plan,
        _ => panic!("the roster has a plan"),
    }
}

/// Letters printed, and their bytes.
fn print(roster: &Roster, rules: &Rules, plan: &Plan, stationery: &Stationery) -> (usize, usize) {
    let mut bytes = 0;
    let mut sink = |_: &str, file: &[u8]| {
        bytes += file.len();
        Ok(())
    };
    let outcome = produce(roster, rules, plan, "bench", stationery, &mut sink, &|_, _| {}).expect("letters");
    (outcome.written.len(), bytes)
}

fn letters(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let (roster, rules) = roster(folder.path());
    let plan = planned(&roster, &rules);
    let organization = Organization::load("example", folder.path()).expect("a shipped profile");
    let stationery = Stationery::load(organization, &rules.letters, folder.path()).expect("nothing beside the roster");
    let (count, _) = print(&roster, &rules, &plan, &stationery);
    assert!(count > 500, "{count} letters are too few to measure");

    let mut group = criterion.benchmark_group("letters");
    group.sample_size(10).throughput(Throughput::Elements(count as u64));
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    for threads in [1, all] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        group.bench_function(format!("{count} letters, threads {threads}"), |bench| {
            bench.iter(|| pool.install(|| print(black_box(&roster), &rules, &plan, &stationery)));
        });
        if all == 1 {
            break;
        }
    }
    group.finish();
}

criterion_group!(benches, letters);
criterion_main!(benches);
