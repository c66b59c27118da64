//! Chains of changes of a solved state against solving from scratch and against all plans, through states without any
//! plan; and the same changes on copies, in any number of threads.

use caseload::model::arcs::Table;
use caseload::model::problem::{NOT_ALLOWED, Problem, Row, RowUse, Unit};
use caseload::solve::network::{Change, Warm};
use caseload::solve::{Control, Status, network};
use proptest::collection::vec;
use proptest::prelude::*;
use rayon::prelude::*;

const CONTROL: Control<'static> = Control { seconds_left: &|| None, work_limit: None, gap: 0.0, progress: &|_| {} };

/// Managers at first, and at most.
const MANAGERS: usize = 3;
const MANAGERS_MAX: usize = 5;

/// One member with its costs by manager; its number in the warm state.
#[derive(Clone, Debug)]
struct Member {
    number: usize,
    present: Option<u32>,
    costs: Vec<i64>,
}

/// The problem as it stands after the changes so far.
#[derive(Clone, Debug)]
struct Mirror {
    members: Vec<Member>,
    enrolled: usize,
    places: Vec<Vec<i64>>,
    /// The column of every manager in the warm state.
    columns: Vec<usize>,
    rows: Vec<Row>,
}

/// A change before it is known to what: numbers that are taken modulo what there is.
#[derive(Clone, Debug)]
struct Step {
    kind: u8,
    which: usize,
    whom: usize,
    costs: Vec<i64>,
    capacity: usize,
    limit: i64,
}

impl Mirror {
    fn problem(&self) -> Problem<'static> {
        let unit = |member: &Member| Unit { size: 1, present: member.present.iter().map(|&at| (at, 1)).collect() };
        let managers = self.places.len();
        let costs = self.members.iter().flat_map(|member| member.costs[..managers].to_vec()).collect();
        Problem {
            units: self.members.iter().map(unit).collect(),
            places: self.places.clone(),
            rows: self.rows.clone(),
            minimum_use: None,
            unserved: None,
            arcs: Box::new(Table::new(managers, costs)),
        }
    }

    /// Costs by column of the warm state.
    fn by_column(&self, costs: &[i64], columns: usize) -> Vec<i64> {
        let mut row = vec![NOT_ALLOWED; columns];
        self.columns.iter().zip(costs).for_each(|(&column, &cost)| row[column] = cost);
        row
    }

    /// Applies a step to the mirror; `None` when it is none here.
    fn change(&mut self, step: &Step, columns: usize, members_max: usize) -> Option<Change> {
        let managers = self.places.len();
        let manager = step.which % managers;
        let column = self.columns[manager];
        let whom = if self.members.is_empty() { None } else { Some(step.whom % self.members.len()) };
        let change = match step.kind {
            0 => {
                self.places[manager] = Vec::new();
                Change::Places { manager: column, places: Vec::new() }
            }
            1 => {
                self.places[manager] = places(step.capacity, step.limit);
                Change::Places { manager: column, places: self.places[manager].clone() }
            }
            2 if managers < MANAGERS_MAX => {
                let mut costs = vec![NOT_ALLOWED; self.enrolled];
                for (member, &cost) in self.members.iter_mut().zip(step.costs.iter().cycle()) {
                    member.costs[managers] = cost;
                    costs[member.number] = cost;
                }
                let mut group = None;
                for (at, row) in self.rows.iter_mut().enumerate() {
                    if let RowUse::Within(within) = &mut row.uses {
                        // A group that holds everybody holds the new one too.
                        let all = within.iter().all(|&within| within);
                        within.push(all);
                        group = if all { Some(at) } else { group };
                    }
                }
                self.places.push(places(step.capacity, step.limit));
                self.columns.push(columns);
                Change::Hire { costs, places: self.places[managers].clone(), group }
            }
            3 => {
                let member = &mut self.members[whom?];
                member.costs[manager] = step.costs[0];
                Change::Pair { unit: member.number, manager: column, cost: step.costs[0] }
            }
            4 => {
                let at = whom?;
                self.members[at].costs[..managers].copy_from_slice(&step.costs[..managers]);
                let costs = self.by_column(&step.costs[..managers], columns);
                Change::Costs { unit: self.members[at].number, costs }
            }
            5 => {
                let member = &mut self.members[whom?];
                let others = |&(other, _): &(usize, &mut i64)| other != manager;
                member.costs[..managers]
                    .iter_mut()
                    .enumerate()
                    .filter(others)
                    .for_each(|(_, cost)| *cost = NOT_ALLOWED);
                Change::Pin { unit: member.number, manager: column }
            }
            6 if self.members.len() < members_max => {
                let present = Some((step.whom % MANAGERS) as u32).filter(|_| step.which.is_multiple_of(2));
                let costs = self.by_column(&step.costs[..managers], columns);
                self.members.push(Member { number: self.enrolled, present, costs: step.costs.clone() });
                self.enrolled += 1;
                Change::Enrol { size: 1, present: present.iter().map(|&at| (at, 1)).collect(), costs }
            }
            7 => Change::Leave { unit: self.members.remove(whom?).number },
            8 if !self.rows.is_empty() => {
                let row = step.which % self.rows.len();
                self.rows[row].limit = step.limit;
                Change::Limit { row, limit: step.limit }
            }
            _ => return None,
        };
        Some(change)
    }

    /// Fewest members without a place, and the least cost with that few, over all plans.
    fn by_trying_all(&self) -> (usize, i64) {
        // Whoever is out goes to one more manager with room for all.
        let mut with_outside = self.clone();
        let managers = self.places.len();
        for member in &mut with_outside.members {
            member.costs[managers] = 0;
        }
        with_outside.places.push(vec![0; self.members.len()]);
        for row in &mut with_outside.rows {
            if let RowUse::Within(within) = &mut row.uses {
                within.push(false);
            }
        }
        let problem = with_outside.problem();
        let mut best = (usize::MAX, i64::MAX);
        let mut plan = vec![Some(0_u32); self.members.len()];
        loop {
            let out = plan.iter().filter(|choice| **choice == Some(managers as u32)).count();
            if out <= best.0
                && let Some(cost) = problem.cost_of(&plan)
            {
                best = best.min((out, cost));
            }
            let Some(next) = plan.iter().position(|choice| *choice != Some(managers as u32)) else { return best };
            plan[..next].fill(Some(0));
            plan[next] = plan[next].map(|choice| choice + 1);
        }
    }
}

fn places(capacity: usize, step: i64) -> Vec<i64> {
    (0..capacity as i64).map(|place| step * (place / 2)).collect()
}

fn cost() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 0..60_i64, 1 => Just(NOT_ALLOWED)]
}

fn step() -> impl Strategy<Value = Step> {
    (0..9_u8, 0..64_usize, 0..64_usize, vec(cost(), MANAGERS_MAX + 1), 0..5_usize, 0..8_i64)
        .prop_map(|(kind, which, whom, costs, capacity, limit)| Step { kind, which, whom, costs, capacity, limit })
}

fn mirror(members: std::ops::Range<usize>, capacity: std::ops::Range<usize>) -> impl Strategy<Value = Mirror> {
    let member = (proptest::option::of(0..MANAGERS as u32), vec(cost(), MANAGERS_MAX + 1));
    let groups = [vec![true; MANAGERS], vec![false, true, true], vec![false, false, true]];
    let most = capacity.end as i64;
    (
        vec(member, members),
        vec((capacity, 0..9_i64), MANAGERS),
        vec(proptest::option::weighted(0.4, 0..most), MANAGERS),
        vec(proptest::option::weighted(0.3, 0..2 * most), groups.len()),
    )
        .prop_map(move |(members, managers, receive, within)| {
            let mut rows = Vec::new();
            for (manager, limit) in receive.into_iter().enumerate() {
                rows.extend(limit.map(|limit| Row { uses: RowUse::NewTo(manager as u32), limit }));
            }
            for (group, limit) in groups.iter().zip(within) {
                rows.extend(limit.map(|limit| Row { uses: RowUse::Within(group.clone()), limit }));
            }
            Mirror {
                enrolled: members.len(),
                members: members
                    .into_iter()
                    .enumerate()
                    .map(|(number, (present, costs))| Member { number, present, costs })
                    .collect(),
                places: managers.into_iter().map(|(capacity, step)| places(capacity, step)).collect(),
                columns: (0..MANAGERS).collect(),
                rows,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_chains_equal_trying_all_plans(mut mirror in mirror(1..6, 0..4), steps in vec(step(), 1..16)) {
        let mut warm = Warm::new(&mirror.problem(), &CONTROL).expect("of the network class");
        for step in &steps {
            let Some(change) = mirror.change(step, warm.next_column(), 6) else { continue };
            let before = warm.clone();
            let cost_before = before.cost();
            warm.apply(&change).expect("a good change");
            prop_assert!(warm.audited(), "{change:?}");
            let short = warm.short().map_or(0, |short| short.members);
            prop_assert_eq!((short, warm.whole_cost()), mirror.by_trying_all(), "{:?}", change);
            // The copy knows nothing of it.
            let mut before = before;
            prop_assert!(before.audited() && before.cost() == cost_before);
        }
    }

    #[test]
    fn long_chains_equal_solving_from_scratch(mut mirror in mirror(30..50, 4..18), steps in vec(step(), 40..80)) {
        let mut warm = Warm::new(&mirror.problem(), &CONTROL).expect("of the network class");
        for step in &steps {
            let Some(change) = mirror.change(step, warm.next_column(), 60) else { continue };
            warm.apply(&change).expect("a good change");
            prop_assert!(warm.certified(), "{change:?}");
        }
        prop_assert!(warm.audited());
        let problem = mirror.problem();
        let outcome = network::solve(&problem, CONTROL).expect("an engine that works");
        match warm.short() {
            None => prop_assert_eq!((outcome.status, outcome.cost), (Status::Optimal, warm.whole_cost())),
            Some(short) => {
                prop_assert_eq!(outcome.status, Status::Infeasible);
                let anew = Warm::new(&problem, &CONTROL).expect("of the network class");
                prop_assert_eq!(anew.short().map(|short| short.members), Some(short.members));
                prop_assert_eq!(anew.cost(), warm.cost());
            }
        }
    }

    #[test]
    fn any_start_leads_to_the_same_cost(mirror in mirror(1..50, 2..18), prices in vec(0..80_i64, MANAGERS)) {
        let problem = mirror.problem();
        let anew = Warm::new(&problem, &CONTROL).expect("of the network class");
        let wrong = caseload::model::decode::DensePrices {
            rows: vec![prices[0] / 3; problem.rows.len()],
            capacity: prices,
            minimum_use: 0,
        };
        let plan: Vec<Option<u32>> = (0..problem.units.len()).map(|unit| (unit % 4 != 3).then_some((unit % 3) as u32)).collect();
        for (plan, prices) in [(plan, wrong), (vec![None; problem.units.len()], anew.prices(&problem))] {
            let mut warm = Warm::from_prices(&problem, &plan, &prices, &CONTROL).expect("of the network class");
            prop_assert!(warm.audited());
            prop_assert_eq!((warm.short().map(|short| short.members), warm.cost()), (anew.short().map(|short| short.members), anew.cost()));
        }
    }

    #[test]
    fn runner_ups_of_the_network_class_equal_solving_again(mirror in mirror(30..60, 8..25)) {
        let problem = mirror.problem();
        let outcome = network::solve(&problem, CONTROL).expect("an engine that works");
        if let Some(plan) = &outcome.plan {
            let wanted: Vec<usize> = (0..plan.len()).collect();
            let found = network::alternatives(&problem, &outcome, &wanted, &CONTROL);
            for (unit, found) in found.into_iter().enumerate() {
                let mut other = mirror.clone();
                other.members[unit].costs[plan[unit].expect("served") as usize] = NOT_ALLOWED;
                let again = network::solve(&other.problem(), CONTROL).expect("an engine that works");
                let best = again.plan.is_some().then_some(again.cost - outcome.cost);
                prop_assert_eq!(found.map(|found| (found.extra, found.exact)), best.map(|best| (best, true)));
            }
        }
    }

    #[test]
    fn scenarios_on_copies_do_not_depend_on_threads(mirror in mirror(30..50, 10..20), steps in vec(step(), 8)) {
        let warm = Warm::new(&mirror.problem(), &CONTROL).expect("of the network class");
        let scenario = |step: &Step| {
            let mut copy = warm.clone();
            let change = mirror.clone().change(step, copy.next_column(), 60);
            change.iter().for_each(|change| copy.apply(change).expect("a good change"));
            (copy.certified(), copy.cost(), copy.columns())
        };
        let one_by_one: Vec<_> = steps.iter().map(scenario).collect();
        let together: Vec<_> = steps.par_iter().map(scenario).collect();
        prop_assert!(one_by_one.iter().all(|(certified, ..)| *certified));
        prop_assert_eq!(one_by_one, together);
    }
}

#[test]
fn a_shortage_names_its_managers_and_ends_with_room() {
    // Three members; only the third can go to the second manager, who has room; the first has one place.
    let costs = vec![5, NOT_ALLOWED, 7, NOT_ALLOWED, 3, 9];
    let problem = Problem {
        units: vec![Unit { size: 1, present: Vec::new() }; 3],
        places: vec![vec![0], vec![0; 3]],
        rows: Vec::new(),
        minimum_use: None,
        unserved: None,
        arcs: Box::new(Table::new(2, costs)),
    };
    let mut warm = Warm::new(&problem, &CONTROL).expect("of the network class");
    let short = warm.short().expect("two want one place");
    assert_eq!((short.members, short.managers), (1, vec![0]));
    assert_eq!(warm.whole_cost(), 5 + 9);
    warm.apply(&Change::Places { manager: 0, places: vec![0, 0] }).expect("a good change");
    assert_eq!((warm.short(), warm.whole_cost()), (None, 5 + 7 + 9));
    warm.apply(&Change::Places { manager: 0, places: vec![0; 3] }).expect("a good change");
    assert_eq!((warm.short(), warm.whole_cost(), warm.audited()), (None, 5 + 7 + 3, true));
}

#[test]
fn changes_that_are_none_are_refused_and_change_nothing() {
    let problem = Problem {
        units: vec![Unit { size: 1, present: Vec::new() }; 2],
        places: vec![vec![0; 2]; 2],
        rows: Vec::new(),
        minimum_use: None,
        unserved: None,
        arcs: Box::new(Table::new(2, vec![1, 2, 3, 4])),
    };
    let mut warm = Warm::new(&problem, &CONTROL).expect("of the network class");
    let bad = [
        Change::Places { manager: 2, places: vec![0] },
        Change::Places { manager: 0, places: vec![3, 1] },
        Change::Pair { unit: 2, manager: 0, cost: 1 },
        Change::Pair { unit: 0, manager: 0, cost: i64::MAX / 2 },
        Change::Costs { unit: 0, costs: vec![1] },
        Change::Enrol { size: 2, present: Vec::new(), costs: vec![1, 1, 0] },
        Change::Enrol { size: 1, present: vec![(7, 1)], costs: vec![1, 1, 0] },
        Change::Hire { costs: vec![1], places: vec![0], group: None },
        Change::Limit { row: 0, limit: 1 },
        Change::Leave { unit: 9 },
    ];
    for change in &bad {
        assert!(warm.apply(change).is_err(), "{change:?}");
        assert!(warm.audited() && warm.whole_cost() == 4, "{change:?}");
    }
    warm.apply(&Change::Leave { unit: 0 }).expect("a good change");
    assert!(warm.apply(&Change::Leave { unit: 0 }).is_err());
}
