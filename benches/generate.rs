//! Making synthetic rosters, bytes counted and thrown away: Iowa's size, and 100,000 members over the nation. A million
//! members written to disk by the whole command are budgeted at 30 s.

#![allow(clippy::expect_used)] // a bench may stop

use std::hint::black_box;
use std::io::sink;

use caseload::generate::{AS_OF, Request, Sketch};
use caseload::program::Program;
use criterion::{Criterion, criterion_group, criterion_main};

fn request(members: usize, state: &str) -> Request {
    let text = Program::shipped("iowa-cbcm").expect("a shipped program");
    Request {
        members,
        managers: 0,
        seed: 1,
        state: state.to_owned(),
        shortage: None,
        program: Program::parse(text).expect("a good program"),
        program_name: "iowa-cbcm".to_owned(),
        as_of: AS_OF.parse().expect("a date"),
    }
}

fn generate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("generate");
    group.sample_size(10);
    for (name, members, state) in [("iowa 8,500", 8_500, "IA"), ("nation 100,000", 100_000, "US")] {
        let request = request(members, state);
        group.bench_function(name, |bench| {
            bench.iter(|| Sketch::new(black_box(&request)).expect("a roster").write(|_| Ok(sink())).expect("written"));
        });
    }
    group.finish();
}

criterion_group!(benches, generate);
criterion_main!(benches);
