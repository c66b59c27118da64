//! The bound holds whatever the prices, and only what holds can become a verified plan.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use caseload::certificate::{
    AveragePrice, Branch, Certificate, Claim, MinimumUsePrice, MovesBudget, MovesPrice, Node, Prices,
};
use caseload::program::{Denominator, Rules, Scope};
use caseload::roster::Roster;
use caseload::units::Cost;
use caseload::verify::{CertificateError, Claims, ViolationCode, assess, bound, contradiction, judge, present, rules};
use proptest::prelude::*;

use crate::rosters;

/// A price on every limit the rules have, drawn in turn: often 0, often a few minutes, now and then far too high.
fn price_everything(roster: &Roster, rules: &Rules, draw: &mut impl FnMut() -> i64) -> Prices {
    let program = &rules.program;
    let ids = || roster.managers().iter().map(|manager| manager.id.to_string());
    let mut prices = Prices { capacity: ids().map(|id| (id, draw())).collect(), ..Prices::default() };
    let limited = |manager: &&caseload::roster::Manager| rules::receive::limit_of(rules, manager).is_some();
    let receive: BTreeMap<String, i64> =
        roster.managers().iter().filter(limited).map(|manager| (manager.id.to_string(), draw())).collect();
    prices.receive = receive;
    for average in &program.averages {
        let rule = average.name.clone();
        match (average.scope, average.denominator) {
            (Scope::All, Denominator::WithMembers) => {
                prices.minimum_use.push(MinimumUsePrice { rule, price: draw() });
            }
            (Scope::All, _) | (_, Denominator::WithMembers) => {}
            (scope, _) => {
                for name in rules::averages::scopes(roster, scope).into_keys() {
                    prices.averages.push(AveragePrice { rule: rule.clone(), scope: name, price: draw() });
                }
            }
        }
    }
    let mut budget = |limit: u32, budget: MovesBudget| {
        if limit > 0 {
            prices.moves.push(MovesPrice { budget, price: draw() });
        }
    };
    budget(program.moves.total, MovesBudget::Total);
    budget(program.moves.high_need, MovesBudget::HighNeed);
    for team in ["", "T1", "T2"] {
        budget(program.moves.per_team, MovesBudget::Team(team.to_owned()));
    }
    prices
}

/// Prices, or a case split, down to a small depth.
fn proof(roster: &Roster, rules: &Rules, draw: &mut impl FnMut() -> i64, depth: u32) -> Node {
    if depth == 0 || draw() % 3 != 0 {
        return Node::Prices(price_everything(roster, rules, draw));
    }
    let member = draw() as usize % roster.members().len();
    let manager = draw() as usize % roster.managers().len();
    Node::Branch(Branch {
        member_id: roster.members()[member].id.to_string(),
        manager_id: roster.managers()[manager].id.to_string(),
        with: Box::new(proof(roster, rules, draw, depth - 1)),
        without: Box::new(proof(roster, rules, draw, depth - 1)),
    })
}

fn random_certificate(roster: &Roster, rules: &Rules, claim: Claim, draws: &[u32]) -> Certificate {
    let mut next = draws.iter().copied().cycle();
    let mut draw = || {
        let number = next.next().unwrap_or(0);
        match number % 4 {
            0 => 0,
            3 => i64::from(number),
            _ => i64::from(number % 40_000),
        }
    };
    let scale = 1 + draw() % 7;
    Certificate { form: "prices".to_owned(), claim, scale, proof: proof(roster, rules, &mut draw, 2) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever the prices and the cases, no plan within the rules costs less than the bound; a roster that has a
    /// plan is never proved to have none.
    #[test]
    fn no_plan_undercuts_the_bound(
        roster in rosters::rosters(5, 3),
        rules in rosters::rules(),
        draws in prop::collection::vec(any::<u32>(), 40),
    ) {
        let best = rosters::optimum(&roster, &rules);
        let certificate = random_certificate(&roster, &rules, Claim::Bound, &draws);
        match (bound(&roster, &rules, &certificate), &best) {
            (Ok(bound), Some((cost, _))) => prop_assert!(bound <= *cost, "bound {:?}, cost {:?}", bound, cost),
            (Ok(_) | Err(CertificateError::NoPlan), None) => {}
            (Err(error), _) => prop_assert!(false, "{}", error),
        }
        let certificate = random_certificate(&roster, &rules, Claim::Infeasible, &draws);
        match contradiction(&roster, &rules, &certificate) {
            Ok(sum) => prop_assert!(sum > 0 && best.is_none(), "proved empty, but there is {:?}", best),
            Err(CertificateError::NoContradiction(sum)) => prop_assert!(sum <= 0),
            Err(error) => prop_assert_eq!(error, CertificateError::AlwaysFeasible),
        }
    }

    /// The best plan with its own bound becomes a verified plan; any other claim about it does not.
    #[test]
    fn only_what_holds_is_verified(
        roster in rosters::rosters(4, 3),
        rules in rosters::rules(),
        draws in prop::collection::vec(any::<u32>(), 40),
        off in prop_oneof![-1000..0_i64, 1..1000_i64],
    ) {
        let Some((cost, assignment)) = rosters::optimum(&roster, &rules) else { return Ok(()) };
        let certificate = random_certificate(&roster, &rules, Claim::Bound, &draws);
        let proved = bound(&roster, &rules, &certificate).unwrap();
        let claims = Claims { assignment, cost, bound: proved, certificate };
        let codes = |claims: Claims| match judge(&roster, &rules, claims) {
            Ok(_) => Vec::new(),
            Err(violations) => violations.iter().map(|violation| violation.code).collect(),
        };
        let plan = judge(&roster, &rules, claims.clone()).unwrap();
        prop_assert_eq!(plan.terms().total(), cost);
        prop_assert_eq!(plan.bound(), proved);
        prop_assert_eq!(codes(Claims { cost: cost + Cost(off), ..claims.clone() }), vec![ViolationCode::Cost]);
        let higher = Claims { bound: proved + Cost(off.abs()), ..claims };
        prop_assert_eq!(codes(higher), vec![ViolationCode::Bound]);
    }

    /// Any assignment can be judged: nothing panics, and a hard rule's row is met exactly when nothing breaks it.
    #[test]
    fn rows_and_violations_tell_the_same(
        roster in rosters::rosters(8, 4),
        rules in rosters::rules(),
        draws in prop::collection::vec(any::<prop::sample::Index>(), 8),
    ) {
        let managers = roster.managers().len();
        let plan: Vec<_> = draws[..roster.members().len()]
            .iter()
            .map(|draw| draw.index(managers + 1).checked_sub(1).map(caseload::ids::ManagerIx::new))
            .collect();
        for plan in [plan, present(&roster)] {
            let assessment = assess(&roster, &rules, &plan);
            let met = assessment.outcomes.iter().all(|outcome| outcome.met || !outcome.changeable);
            if met {
                prop_assert!(assessment.violations.is_empty(), "{:?}", assessment.violations);
            }
            if !assessment.violations.is_empty() {
                prop_assert!(!met, "{:?}", assessment.violations);
            }
        }
    }
}
