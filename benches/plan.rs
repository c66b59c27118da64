//! The stages of `caseload plan` on the shipped roster of an Iowa MCO (`datasets/iowa-mco`), one by one: reading, the
//! model, each engine to proven optimality, and judging the plan with its certificate.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is how a test or bench fails")]

use std::hint::black_box;
use std::path::Path;

use caseload::certificate::Claim;
use caseload::cost::Prepared;
use caseload::model::{Model, decode};
use caseload::program::Settings;
use caseload::program::settings::Overrides;
use caseload::roster::reading::read_folder;
use caseload::solve::{Control, Outcome, Status, portfolio};
use caseload::units::Cost;
use caseload::verify::{Claims, judge};
use criterion::{Criterion, criterion_group, criterion_main};

const PATIENT: Control<'static> = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };

fn claims(model: &Model<'_>, outcome: &Outcome) -> Claims {
    let fixed = model.fixed_cost();
    Claims {
        assignment: decode::assignment(model, outcome.plan.as_deref().expect("a plan")),
        cost: Cost(outcome.cost) + fixed,
        bound: Cost(outcome.bound) + fixed,
        certificate: decode::certificate(model, Claim::Bound, outcome.scale, &outcome.proof),
    }
}

fn stages(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/iowa-mco");
    let today = "2026-11-23".parse().expect("a date");
    let rules = Settings::resolve(&folder, &Overrides::default(), today).expect("settings").rules;
    let roster = read_folder(&folder, rules.as_of).expect("a good roster").roster;
    let mut group = criterion.benchmark_group("plan iowa-mco");
    group.sample_size(10);

    group.bench_function("read", |bench| {
        bench.iter(|| read_folder(black_box(&folder), rules.as_of).expect("a good roster").roster.members().len());
    });
    group.bench_function("model", |bench| {
        bench.iter(|| {
            let prepared = Prepared::new(black_box(&roster), &rules);
            let model = Model::new(&prepared);
            black_box(model.problem());
        });
    });

    let prepared = Prepared::new(&roster, &rules);
    let model = Model::new(&prepared);
    let problem = model.problem();
    for engine in ["network", "highs"] {
        group.bench_function(format!("solve {engine}"), |bench| {
            bench.iter(|| {
                let outcome = portfolio::solve(black_box(&problem), engine, PATIENT).expect("an answer");
                assert!(outcome.status == Status::Optimal && outcome.cost == outcome.bound);
            });
        });
    }

    let outcome = portfolio::solve(&problem, "auto", PATIENT).expect("an answer");
    let claims = claims(&model, &outcome);
    group.bench_function("verify with certificate", |bench| {
        bench.iter(|| judge(black_box(&roster), &rules, claims.clone()).expect("a good plan").bound());
    });
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
