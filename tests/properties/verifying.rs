//! The bound holds whatever the prices, and only what holds can become a verified plan.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use caseload::certificate::{
    AveragePrice, Branch, Certificate, Claim, FairnessPrice, LoadPrice, MinimumUsePrice, MovesBudget, MovesPrice, Node,
    Prices, UnitPrices,
};
use caseload::cost::{self, Prepared, balance, floor, unserved};
use caseload::ids::{ManagerIx, MemberIx};
use caseload::program::{Denominator, Rules, Scope, Weights};
use caseload::roster::Roster;
use caseload::units::Cost;
use caseload::verify::field::Field;
use caseload::verify::pairs::Pairs;
use caseload::verify::prices::{Leaf, UNSERVED, at, leaves};
use caseload::verify::rules::moves;
use caseload::verify::tally;
use caseload::verify::units::Units;
use caseload::verify::{CertificateError, Claims, ViolationCode, assess, bound, contradiction, judge, present, rules};
use proptest::prelude::*;

use crate::rosters;

/// A price on every limit the rules have, drawn in turn: often 0, often a few minutes, now and then far too high.
fn price_everything(roster: &Roster, rules: &Rules, draw: &mut impl FnMut() -> i64) -> Prices {
    let program = &rules.program;
    let ids = || roster.managers().iter().map(|manager| manager.id.to_string());
    let mut prices = Prices { capacity: ids().map(|id| (id, draw())).collect(), ..Prices::default() };
    let limited = |manager: &ManagerIx| rules::receive::limit_of(roster, rules, *manager).is_some();
    let named = |manager: ManagerIx| roster.manager(manager).id.to_string();
    let receive: BTreeMap<String, i64> =
        roster.manager_indices().filter(limited).map(|manager| (named(manager), draw())).collect();
    prices.receive = receive;
    for average in &program.averages {
        let rule = average.name.clone();
        match (average.scope, average.denominator) {
            (Scope::All, Denominator::WithMembers) => {
                prices.minimum_use.push(MinimumUsePrice { rule, price: draw() });
            }
            (Scope::All | Scope::Program, _) | (_, Denominator::WithMembers) => {}
            (scope, _) => {
                for name in rules::averages::scopes(roster, scope).into_keys() {
                    prices.averages.push(AveragePrice { rule: rule.clone(), scope: name, price: draw() });
                }
            }
        }
    }
    let pairs = Pairs::read(roster, rules);
    for span in &program.spans {
        for team in rules::spans::teams(&pairs).into_keys() {
            prices.averages.push(AveragePrice { rule: span.name.clone(), scope: team.to_owned(), price: draw() });
        }
    }
    let prepared = Prepared::new(roster, rules);
    let units = Units::read(&pairs, &Field::read(&pairs, &prepared), &prepared);
    for tally in tally::read(&pairs, &units) {
        for manager in roster.manager_indices().filter(|&manager| tally.limit(manager).is_some()) {
            prices.loads.push(LoadPrice {
                rule: tally.name().to_owned(),
                manager_id: roster.manager(manager).id.to_string(),
                price: draw() / 10,
            });
        }
    }
    let could_stay = rules::fairness::could_stay(&pairs, &units);
    for limit in &program.fairness {
        for group in rules::fairness::groups(&pairs, limit, &could_stay).into_iter().filter(|group| group.is_limited) {
            let (rule, group) = (limit.name.clone(), group.label);
            prices.fairness.push(FairnessPrice { rule, group, price: draw() / 10 });
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

/// Prices of units around what a member costs, and now and then of the limits too.
fn price_units(roster: &Roster, rules: &Rules, draw: &mut impl FnMut() -> i64) -> UnitPrices {
    let pairs = Pairs::read(roster, rules);
    let prepared = Prepared::new(roster, rules);
    let units = Units::read(&pairs, &Field::read(&pairs, &prepared), &prepared);
    let id = |unit: &Vec<MemberIx>| roster.member(unit[0]).id.to_string();
    let worth = units.units.iter().map(|unit| (id(unit), draw() * 4 - 20_000)).collect();
    let mut limits = Prices::default();
    if draw() % 2 == 0 {
        limits = price_everything(roster, rules, &mut || if draw() % 2 == 0 { 0 } else { draw() });
        limits.minimum_use.clear();
    }
    UnitPrices { units: worth, limits }
}

#[allow(clippy::too_many_lines, reason = "the formula, term by term")]
/// The least case of a certificate by the letter of the formula: every pair, every load, every set of units.
fn by_the_letter(roster: &Roster, rules: &Rules, certificate: &Certificate) -> Option<i128> {
    let pairs = Pairs::read(roster, rules);
    let prepared = Prepared::new(roster, rules);
    let units = Units::read(&pairs, &Field::read(&pairs, &prepared), &prepared);
    let caps = caseload::verify::caps(roster, rules);
    let cases = leaves(&pairs, &units, &caps, certificate).unwrap();
    let counts = certificate.claim == Claim::Bound;
    let scale = i128::from(certificate.scale);
    let tallies = tally::read(&pairs, &units);
    let in_case = |leaf: &Leaf, unit: usize, manager: ManagerIx| {
        leaf.fixed.iter().filter(|fixed| fixed.0 as usize == unit).all(|fixed| (fixed.1 == manager) == fixed.2)
    };
    let pair = |leaf: &Leaf, unit: &[MemberIx], manager: ManagerIx| -> i128 {
        let one = |&member: &MemberIx| {
            let row = roster.member(member);
            let mut sum = at(&leaf.place, manager) + at(&leaf.average, manager);
            if counts {
                sum += i128::from(cost::arc(&prepared, member, manager).0) * scale;
            }
            if row.manager != Some(manager) {
                sum += at(&leaf.new, manager);
            }
            if let Some(present) = moves::could_stay_with(&pairs, member).filter(|present| *present != manager) {
                sum += at(&leaf.moved, present);
                if rules.program.high_need.holds(row) {
                    sum += i128::from(leaf.moved_high_need);
                }
                sum += leaf.moved_each.get(member.at()).map_or(0, |&each| i128::from(each));
            }
            for (tally, prices) in tallies.iter().zip(&leaf.loads) {
                sum += at(prices, manager) * i128::from(tally.of(member, manager));
            }
            sum
        };
        unit.iter().map(one).sum()
    };
    let load = |manager: ManagerIx, load: u32| -> i128 {
        let places = balance::places(rules, caps[manager.at()]);
        let above: i128 = places[..load as usize].iter().map(|place| i128::from(place.0)).sum();
        let below = rules.program.ranges.iter().map(|range| {
            let missing = floor::missing(rules, range, roster.manager(manager), load);
            let minutes = Cost::minutes(i64::from(range.floor_minutes));
            i128::from(Weights::apply(rules.weights.balance, minutes).0) * i128::from(missing)
        });
        if counts { (above + below.sum::<i128>()) * scale } else { 0 }
    };
    let each = i128::from(unserved::each(rules).0) * scale;
    let case = |leaf: &Leaf| -> Option<i128> {
        let mut total = leaf.constant;
        let mut open: Vec<Vec<usize>> = vec![Vec::new(); caps.len()];
        for (unit_at, unit) in units.units.iter().enumerate() {
            let size = unit.len() as i128;
            let takers: Vec<ManagerIx> = roster
                .manager_indices()
                .filter(|&manager| unit.iter().all(|&member| pairs.allowed(member, manager)))
                .collect();
            let mut choices: Vec<i128> = Vec::new();
            let left_out = if takers.is_empty() {
                Some(if counts { size * each } else { 0 })
            } else {
                (counts && rules.allow_unserved).then_some(size * (each - i128::from(leaf.used)))
            };
            choices.extend(left_out.filter(|_| in_case(leaf, unit_at, UNSERVED)));
            let takers: Vec<ManagerIx> =
                takers.into_iter().filter(|&manager| in_case(leaf, unit_at, manager)).collect();
            let is_placeable = units.placeable[unit_at];
            match &leaf.units {
                Some(worth) if is_placeable => {
                    if takers.is_empty() && choices.is_empty() {
                        return None;
                    }
                    let worth = i128::from(worth[unit_at]);
                    total += choices.iter().map(|choice| choice - worth).min().unwrap_or(0).min(0) + worth;
                    takers.iter().for_each(|manager| open[manager.at()].push(unit_at));
                }
                _ => {
                    choices.extend(takers.iter().map(|&manager| pair(leaf, unit, manager)));
                    total += choices.into_iter().min()?;
                }
            }
        }
        for (manager, &cap) in roster.manager_indices().zip(&caps) {
            let place = at(&leaf.place, manager);
            let loads = |used: i64| (0..=cap).map(move |n| (n, if n > 0 { -i128::from(used) } else { 0 }));
            let own = |used: i64| {
                loads(used).map(|(n, bonus)| load(manager, n) - place * i128::from(n) + bonus).min().unwrap()
            };
            let Some(worth) = &leaf.units else {
                total += own(leaf.used);
                continue;
            };
            let open = &open[manager.at()];
            let sets = (0_u32..1 << open.len()).filter_map(|set| {
                let chosen = || open.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, &unit)| unit);
                let members = || chosen().flat_map(|unit| &units.units[unit]);
                let size = members().count() as u32;
                let new = members().filter(|member| roster.member(**member).manager != Some(manager)).count() as u32;
                let fits_new = at(&leaf.new, manager) != 0
                    || rules::receive::limit_of(roster, rules, manager).is_none_or(|limit| new <= limit);
                let fits_loads = tallies.iter().enumerate().all(|(at_rule, tally)| {
                    leaf.loads.get(at_rule).is_some_and(|prices| at(prices, manager) != 0)
                        || tally.limit(manager).is_none_or(|limit| {
                            members().map(|&member| tally.of(member, manager)).sum::<i64>() <= limit
                        })
                });
                if !fits_new || !fits_loads || (place == 0 && size > cap) {
                    return None;
                }
                let sum: i128 =
                    chosen().map(|unit| pair(leaf, &units.units[unit], manager) - i128::from(worth[unit])).sum();
                Some(sum + if place == 0 { load(manager, size) } else { 0 })
            });
            total += sets.min().unwrap_or_else(|| load(manager, 0)) + if place == 0 { 0 } else { own(0) };
        }
        Some(total)
    };
    cases.iter().filter_map(case).min()
}

/// Prices, or a case split, down to a small depth.
fn proof(roster: &Roster, rules: &Rules, draw: &mut impl FnMut() -> i64, depth: u32) -> Node {
    if depth == 0 || draw() % 3 != 0 {
        return match draw() % 3 {
            0 => Node::Units(price_units(roster, rules, draw)),
            _ => Node::Prices(price_everything(roster, rules, draw)),
        };
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

    /// What is searched in boxes, for all cases at once and with knapsacks, is the formula to the second.
    #[test]
    fn the_bound_is_the_formula(
        roster in rosters::rosters(9, 24),
        rules in rosters::rules(),
        draws in prop::collection::vec(any::<u32>(), 120),
        claim in prop_oneof![3 => Just(Claim::Bound), 1 => Just(Claim::Infeasible)],
    ) {
        let certificate = random_certificate(&roster, &rules, claim, &draws);
        let letter = by_the_letter(&roster, &rules, &certificate);
        if claim == Claim::Bound {
            let scale = i128::from(certificate.scale);
            let whole = letter.map(|sum| Cost(-((-sum).div_euclid(scale)) as i64));
            prop_assert_eq!(bound(&roster, &rules, &certificate), whole.ok_or(CertificateError::NoPlan));
        } else if !rules.allow_unserved {
            let told = match letter {
                None => Ok(i128::MAX),
                Some(sum) if sum > 0 => Ok(sum),
                Some(sum) => Err(CertificateError::NoContradiction(sum)),
            };
            prop_assert_eq!(contradiction(&roster, &rules, &certificate), told);
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
