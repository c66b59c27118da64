//! Where to open further managers: every number's choice against all choices and all plans, the bound of every number,
//! and a budget.

use caseload::model::arcs::Table;
use caseload::model::problem::{NOT_ALLOWED, Problem, Row, RowUse, Unit};
use caseload::solve::Control;
use caseload::solve::openings::{Effort, Openings, Site, curve, exactly};
use caseload::whatif::hiring::{self, Request, Standing};
use proptest::prelude::*;

const PATIENT: Control<'static> = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };

/// More than making room for anybody costs.
const UNSERVED: i64 = 5_000;
const PRESENT: usize = 2;
const SITES: usize = 3;

#[derive(Clone, Debug)]
struct Case {
    /// Member by member, present managers first, then sites.
    costs: Vec<Vec<Option<i64>>>,
    /// Who each member is with.
    with: Vec<Option<u32>>,
    /// Place costs of present managers.
    places: Vec<Vec<i64>>,
    sites: Vec<Site>,
    receive: Option<i64>,
    budget: Option<i64>,
}

fn rising(mut costs: Vec<i64>) -> Vec<i64> {
    costs.sort_unstable();
    costs
}

fn cases() -> impl Strategy<Value = Case> {
    let places = || prop::collection::vec(0_i64..20, 0..3).prop_map(rising);
    let site = (places(), 1_u32..3, 0_i64..40, prop_oneof![Just(0), 0_i64..60]);
    let site = site.prop_map(|(places, most, money, alone)| Site { places, most, money, alone });
    (1_usize..=5).prop_flat_map(move |members| {
        (
            prop::collection::vec(
                prop::collection::vec(prop::option::weighted(0.85, 0_i64..90), PRESENT + SITES),
                members,
            ),
            prop::collection::vec(prop::option::of(0..PRESENT as u32), members),
            prop::collection::vec(places(), PRESENT),
            prop::collection::vec(site.clone(), SITES),
            prop::option::weighted(0.3, 0_i64..3),
            prop::option::weighted(0.3, 0_i64..90),
        )
            .prop_map(|(costs, with, places, sites, receive, budget)| Case {
                costs,
                with,
                places,
                sites,
                receive,
                budget,
            })
    })
}

impl Case {
    fn problem(&self) -> Problem<'static> {
        let unit = |with: &Option<u32>| Unit { size: 1, present: with.iter().map(|&at| (at, 1)).collect() };
        let costs = self.costs.iter().flatten().map(|cost| cost.unwrap_or(NOT_ALLOWED)).collect();
        let mut places = self.places.clone();
        places.extend((0..SITES).map(|_| Vec::new()));
        Problem {
            units: self.with.iter().map(unit).collect(),
            places,
            rows: self.receive.map(|limit| Row { uses: RowUse::NewTo(0), limit }).into_iter().collect(),
            minimum_use: None,
            unserved: Some(UNSERVED),
            arcs: Box::new(Table::new(PRESENT + SITES, costs)),
        }
    }

    /// Every choice of so many at each site.
    fn choices(&self) -> Vec<Vec<u32>> {
        let mut all = vec![Vec::new()];
        for site in &self.sites {
            all = all
                .into_iter()
                .flat_map(|counts: Vec<u32>| {
                    (0..=site.most).map(move |count| [counts.as_slice(), &[count]].concat()).collect::<Vec<_>>()
                })
                .collect();
        }
        let affordable = |counts: &Vec<u32>| {
            let money: i64 = self.sites.iter().zip(counts).map(|(site, &count)| site.money * i64::from(count)).sum();
            self.budget.is_none_or(|budget| money <= budget)
        };
        all.into_iter().filter(affordable).collect()
    }

    /// The cheapest plan with these sites open, by trying all of them.
    fn best_plan(&self, counts: &[u32]) -> i64 {
        let alone: i64 = self.sites.iter().zip(counts).map(|(site, &count)| site.alone * i64::from(count)).sum();
        let mut places = self.places.clone();
        for (site, &count) in self.sites.iter().zip(counts) {
            let all = site.places.iter().flat_map(|&cost| std::iter::repeat_n(cost, count as usize));
            places.push(rising(all.collect()));
        }
        let columns = places.len() + 1;
        let mut best = i64::MAX;
        for mut code in 0..columns.pow(self.costs.len() as u32) {
            let (mut loads, mut new, mut cost, mut allowed) = (vec![0; places.len()], 0, 0, true);
            for (member, costs) in self.costs.iter().enumerate() {
                let column = code % columns;
                code /= columns;
                if column == places.len() {
                    cost += UNSERVED;
                    continue;
                }
                allowed &= costs[column].is_some();
                cost += costs[column].unwrap_or(0);
                loads[column] += 1;
                new += i64::from(column == 0 && self.with[member] != Some(0));
            }
            allowed &= loads.iter().zip(&places).all(|(&load, places)| load <= places.len());
            allowed &= self.receive.is_none_or(|limit| new <= limit);
            if allowed {
                cost +=
                    loads.iter().zip(&places).map(|(&load, places)| places[..load].iter().sum::<i64>()).sum::<i64>();
                best = best.min(cost + alone);
            }
        }
        best
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_number_is_bounded_and_searched(case in cases()) {
        let problem = case.problem();
        let openings = Openings { problem: &problem, sites: case.sites.clone(), budget: case.budget };
        let found = curve(&openings, 3, Effort::CURVE, PATIENT).unwrap();
        let plans: Vec<(Vec<u32>, i64)> =
            case.choices().into_iter().map(|counts| (counts.clone(), case.best_plan(&counts))).collect();
        for (k, choice) in found.iter().enumerate() {
            let within = plans.iter().filter(|(counts, _)| counts.iter().sum::<u32>() as usize <= k);
            let best = within.map(|&(_, cost)| cost).min().unwrap();
            let own = plans.iter().find(|(counts, _)| *counts == choice.counts).map(|&(_, cost)| cost);
            prop_assert_eq!(own, Some(choice.cost), "{} openings: the cost is that of the choice", k);
            prop_assert!(choice.counts.iter().sum::<u32>() as usize <= k);
            prop_assert!(choice.bound <= best, "{} openings: bound {} above the best {}", k, choice.bound, best);
            prop_assert!(choice.short_at_least <= choice.short);
            prop_assert!(i64::from(choice.short_at_least) <= best / UNSERVED);
        }
        prop_assert!(found.windows(2).all(|pair| pair[1].cost <= pair[0].cost), "one more never costs");
        let single = exactly(&openings, 2, Effort { steps: 100, nodes: 10_000 }, PATIENT).unwrap();
        let best = plans.iter().filter(|(counts, _)| counts.iter().sum::<u32>() <= 2).map(|&(_, cost)| cost).min();
        prop_assert_eq!(Some(single.cost), best, "branch and bound finds the best");
        prop_assert_eq!(Some(single.bound), best, "and proves it");
    }
}

#[test]
fn a_proved_choice_of_sites_costs_what_its_plan_from_scratch_costs() {
    let (roster, rules) = crate::rosters::generated(500, 12, 5, 50, false);
    for hires in 0..3 {
        let request = Request { exactly: Some(hires), everywhere: true, ..Request::default() };
        let found = hiring::curve(&roster, &rules, &request, PATIENT).unwrap();
        let point = &found.points[0];
        // The bound comes from changes of a solved state, the cost from the verified plan of a roster with the hires in it.
        assert_eq!((point.standing, point.gap), (Standing::Met, 0.0), "{hires}");
        assert_eq!(point.figures.as_ref().unwrap().cost, point.bound, "{hires}");
    }
}
