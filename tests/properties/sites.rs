//! Choosing sites: the search against every possible plan, the bound at any prices, and what fixing may not lose.

use caseload::solve::sites::bound::{Case, Evaluated, Known, Workspace, evaluate};
use caseload::solve::sites::fixing::fix;
use caseload::solve::sites::{Plan, Sites, plans, solve};
use caseload::solve::{Control, Status};
use proptest::prelude::*;

const PATIENT: Control<'static> = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };

/// Every plan within the rules: for each way to serve everybody the used sites, with a given number filled up by the
/// cheapest others.
fn every_plan(problem: &Sites) -> Vec<Plan> {
    let (customers, sites) = (problem.customers(), problem.sites());
    let mut found = Vec::new();
    for mut code in 0..sites.pow(customers as u32) {
        let serves: Vec<u32> = (0..customers)
            .map(|_| {
                let site = code % sites;
                code /= sites;
                site as u32
            })
            .collect();
        let used = |site: &u32| serves.contains(site);
        let mut open: Vec<u32> = (0..sites as u32).filter(used).collect();
        let mut others: Vec<u32> = (0..sites as u32).filter(|site| !used(site)).collect();
        others.sort_by_key(|&site| problem.opening[site as usize]);
        open.extend(others.iter().take(problem.open.unwrap_or(0).saturating_sub(open.len())));
        open.sort_unstable();
        let plan = Plan { open, serves };
        if problem.allows(&plan) {
            found.push(plan);
        }
    }
    found
}

fn problems() -> impl Strategy<Value = Sites> {
    (1_usize..=6, 1_usize..=4).prop_flat_map(|(customers, sites)| {
        (
            prop::collection::vec(0_i64..8, customers),
            prop::collection::vec(0_i64..22, sites),
            prop::collection::vec(0_i64..60, sites),
            prop::collection::vec(prop::option::weighted(0.9, 0_i64..50), customers * sites),
            prop::option::of(0..=sites),
        )
            .prop_map(|(demands, capacities, opening, costs, open)| Sites {
                demands,
                capacities,
                opening,
                costs,
                open,
            })
    })
}

/// The bound by its formula: every set of customers at every site, every choice of sites; `None` when there is none.
fn bound_by_formula(problem: &Sites, scale: i64, prices: &[i64]) -> Option<i64> {
    let value = |site: usize| {
        let profit = |set: u32| {
            let inside = || (0..problem.customers()).filter(move |at| set >> at & 1 == 1);
            let fits = inside().map(|at| problem.demands[at]).sum::<i64>() <= problem.capacities[site];
            let paid = inside().map(|at| Some(prices[at] - problem.cost(at, site)? * scale)).sum::<Option<i64>>();
            paid.filter(|_| fits)
        };
        (0..1 << problem.customers()).filter_map(profit).max().unwrap_or(0) - problem.opening[site] * scale
    };
    let values: Vec<i64> = (0..problem.sites()).map(value).collect();
    let right = |set: &u32| problem.open.is_none_or(|count| set.count_ones() as usize == count);
    let sum = |set: u32| (0..values.len()).filter(|site| set >> site & 1 == 1).map(|site| values[site]).sum::<i64>();
    let best = (0..1_u32 << values.len()).filter(right).map(sum).max()?;
    Some(prices.iter().sum::<i64>() - best)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_search_agrees_with_every_plan(problem in problems()) {
        let answer = solve(&problem, PATIENT).unwrap();
        let best = every_plan(&problem).iter().filter_map(|plan| problem.value(plan)).min();
        prop_assert_eq!(answer.cost, best);
        if let Some(plan) = answer.plan {
            prop_assert_eq!(answer.status, Status::Optimal);
            prop_assert_eq!(Some(answer.bound), best);
            prop_assert!(problem.allows(&plan));
            prop_assert_eq!(problem.value(&plan), best);
        } else {
            prop_assert_eq!(answer.status, Status::Infeasible);
        }
    }

    /// At any prices no plan costs less than the bound, and fixing keeps every plan below its cutoff.
    #[test]
    fn no_prices_can_lose_a_plan(
        problem in problems(), prices in prop::collection::vec(-30_i64..90, 6), above in 0_i64..40
    ) {
        let scale = problem.scale().unwrap();
        let prices: Vec<i64> = prices[..problem.customers()].iter().map(|price| price * scale).collect();
        let all = every_plan(&problem);
        let best = all.iter().filter_map(|plan| problem.value(plan)).min();
        let mut case = Case::root(&problem, scale);
        let (mut work, mut at) = (Workspace::default(), Evaluated::default());
        if !evaluate(&problem, &case, &prices, &mut work, &mut at) {
            prop_assert!(best.is_none());
            return Ok(());
        }
        prop_assert_eq!(Some(at.bound), bound_by_formula(&problem, scale, &prices));
        let Some(best) = best else { return Ok(()) };
        prop_assert!(at.bound <= best * scale);
        let cutoff = (best + above) * scale;
        let left = fix(&problem, &mut case, &prices, &at, cutoff, PATIENT);
        for plan in all.iter().filter(|plan| problem.value(plan).is_some_and(|value| value * scale < cutoff)) {
            prop_assert!(left);
            let open = |site: usize| plan.open.contains(&(site as u32));
            for (site, &known) in case.known.iter().enumerate() {
                prop_assert!(known == Known::Free || (known == Known::Open) == open(site));
            }
            for (customer, &site) in plan.serves.iter().enumerate() {
                let may = match case.sure[customer] {
                    Some(sure) => sure == site,
                    None => case.candidates[site as usize].contains(&(customer as u32)),
                };
                prop_assert!(may);
            }
        }
    }

    /// Plans that are offered keep the rules; a limit of work still gives a valid bound.
    #[test]
    fn an_early_stop_tells_the_truth(problem in problems(), work in 0_u64..3) {
        let answer = solve(&problem, Control { work_limit: Some(work), ..PATIENT }).unwrap();
        let best = every_plan(&problem).iter().filter_map(|plan| problem.value(plan)).min();
        if let (Some(best), Some(cost)) = (best, answer.cost) {
            prop_assert!(answer.bound <= best && best <= cost);
        }
        if let Some(best) = best {
            prop_assert!(answer.bound <= best && answer.status != Status::Infeasible);
        }
        let all: Vec<u32> = (0..problem.sites() as u32).collect();
        if let Some(plan) = plans::serve(&problem, &all, None, PATIENT) {
            let uncounted = Sites { open: None, ..problem.clone() };
            prop_assert!(uncounted.allows(&plan));
        }
    }
}

/// Sizes where branching is real: the order of customers and sites must not matter, a higher capacity or one more site to
/// choose from never costs more.
fn wider() -> impl Strategy<Value = Sites> {
    (12_usize..=24, 5_usize..=8).prop_flat_map(|(customers, sites)| {
        (
            prop::collection::vec(1_i64..20, customers),
            prop::collection::vec(40_i64..140, sites),
            prop::collection::vec(0_i64..60, sites),
            prop::collection::vec((0_i64..100).prop_map(Some), customers * sites),
            prop::option::of(3..=5_usize),
        )
            .prop_map(|(demands, capacities, opening, costs, open)| Sites {
                demands,
                capacities,
                opening,
                costs,
                open,
            })
    })
}

/// The same problem with customers and sites in reverse.
fn reversed(problem: &Sites) -> Sites {
    let back = |numbers: &[i64]| numbers.iter().rev().copied().collect();
    Sites {
        demands: back(&problem.demands),
        capacities: back(&problem.capacities),
        opening: back(&problem.opening),
        costs: problem.costs.iter().rev().copied().collect(),
        open: problem.open,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn order_and_room_behave(problem in wider()) {
        let answer = solve(&problem, PATIENT).unwrap();
        prop_assert!(answer.plan.iter().all(|plan| problem.allows(plan)));
        let other = solve(&reversed(&problem), PATIENT).unwrap();
        prop_assert_eq!((answer.status, answer.cost), (other.status, other.cost));
        let again = solve(&problem, PATIENT).unwrap();
        prop_assert_eq!(&answer, &again);
        let mut roomier = problem.clone();
        roomier.capacities[0] += 10;
        let least = |answer: &caseload::solve::sites::Answer| answer.cost.unwrap_or(i64::MAX);
        prop_assert!(least(&solve(&roomier, PATIENT).unwrap()) <= least(&answer));
    }
}
