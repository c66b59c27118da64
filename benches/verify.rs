//! Verifying a bound over all pairs: `caseload generate --members 30000`, the prices of one case and of 64 cases, and
//! prices of members. The prices prove little; they cost as much to verify as good ones.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is how a test or bench fails")]

use std::fs::File;
use std::hint::black_box;

use caseload::certificate::{Branch, Certificate, Claim, Node, Prices, UnitPrices};
use caseload::generate::{AS_OF, Request, Sketch};
use caseload::program::settings::Overrides;
use caseload::program::{Program, Settings};
use caseload::roster::Roster;
use caseload::roster::reading::read_folder;
use caseload::verify::{assess, bound, present};
use criterion::{Criterion, criterion_group, criterion_main};

/// Up to ten hours a year for a place, different from manager to manager and from case to case.
fn prices(roster: &Roster, case: usize) -> Node {
    let price = |at: usize| ((at * 7919 + case * 104_729) % 600 + (at * 3571) % 36_000) as i64;
    let capacity = roster.managers().iter().enumerate().map(|(at, manager)| (manager.id.to_string(), price(at)));
    Node::Prices(Prices { capacity: capacity.collect(), ..Prices::default() })
}

fn cases(roster: &Roster, depth: usize, first: usize) -> Node {
    if depth == 0 {
        return prices(roster, first);
    }
    let (member, manager) = (first * 37 % roster.members().len(), first * 11 % roster.managers().len());
    Node::Branch(Branch {
        member_id: roster.members()[member].id.to_string(),
        manager_id: roster.managers()[manager].id.to_string(),
        with: Box::new(cases(roster, depth - 1, first * 2)),
        without: Box::new(cases(roster, depth - 1, first * 2 + 1)),
    })
}

/// Every member is worth five hours of work a year.
fn members(roster: &Roster) -> Node {
    let units = roster.members().iter().map(|member| (member.id.to_string(), 5 * 3600)).collect();
    Node::Units(UnitPrices { units, limits: Prices::default() })
}

fn verify(criterion: &mut Criterion) {
    let text = Program::shipped("iowa-cbcm").expect("a shipped program").replace("\"keep_together\"", "\"off\"");
    let request = Request {
        members: 30_000,
        managers: 0,
        seed: 1,
        state: "IA".to_owned(),
        shortage: None,
        program: Program::parse(&text).expect("a good program"),
        program_name: "iowa-cbcm".to_owned(),
        as_of: AS_OF.parse().expect("a date"),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str| File::create(folder.path().join(name));
    Sketch::new(&request).expect("a roster").write(write).expect("written");
    // Households by themselves make units of several members; here everybody is one.
    std::fs::write(folder.path().join("single.toml"), &text).expect("written");
    let overrides = Overrides { program: Some("single.toml".to_owned()), ..Overrides::default() };
    let rules = Settings::resolve(folder.path(), &overrides, request.as_of).expect("settings").rules;
    let roster = read_folder(folder.path(), rules.as_of).expect("a good roster").roster;

    let mut group = criterion.benchmark_group("verify 30,000");
    group.sample_size(10);
    let proofs = [("one case", prices(&roster, 1)), ("64 cases", cases(&roster, 6, 1)), ("members", members(&roster))];
    for (name, proof) in proofs {
        let certificate = Certificate { form: "prices".to_owned(), claim: Claim::Bound, scale: 1, proof };
        group.bench_function(format!("bound, {name}"), |bench| {
            bench.iter(|| bound(black_box(&roster), &rules, &certificate).expect("a bound"));
        });
    }
    group.bench_function("every rule", |bench| {
        bench.iter(|| assess(black_box(&roster), &rules, &present(&roster)).violations.len());
    });
    group.finish();
}

criterion_group!(benches, verify);
criterion_main!(benches);
