//! Branch and bound: on sites while the averaged solution leaves one undecided, then on who is served from where. Best
//! bound first, with a dive into the more likely half after every branching. Each case starts from the prices of the one
//! it came from.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::solve::sites::bound::{Case, Evaluated, Known, Workspace, evaluate};
use crate::solve::sites::fixing::{fix, propagate};
use crate::solve::sites::prices::{Raised, raise};
use crate::solve::sites::{Answer, Malformed, Plan, Sites, plans};
use crate::solve::{Control, Progress, Status};

/// Steps at the root between two looks at plans and fixing, and at most so many looks.
const ROOT: (u32, usize) = (150, 12);

/// Times the sites of the best plan are searched for a better one after the root, and nodes of such a search.
const POLISH: (usize, u64) = (6, 60);

/// Steps in a case.
const STEPS: u32 = 40;

/// Below this an averaged site or pair counts as decided, above 1 - this too.
const DECIDED: f64 = 0.03;

/// Candidates of all waiting cases together, beyond which the worst case is taken first, so that memory stays bounded
/// (4 bytes each).
const MEMORY: usize = 100_000_000;

/// A case that waits: itself, the prices it starts from.
struct Waiting {
    case: Case,
    prices: Rc<Vec<i64>>,
}

impl Waiting {
    fn weight(&self) -> usize {
        self.case.candidates.iter().map(Vec::len).sum::<usize>() + 16 * self.case.room.len() + 2 * self.case.sure.len()
    }
}

/// A branching: a site, or a customer and a site.
#[derive(Clone, Copy, Debug)]
enum Choice {
    Site(usize),
    Pair(usize, usize),
}

struct Search<'a> {
    problem: &'a Sites,
    scale: i64,
    control: Control<'a>,
    work: Workspace,
    best: Option<(i64, Plan)>,
    nodes: u64,
}

/// Solves the problem to proven optimality, or as far as time, work or the gap asked for allow.
///
/// # Errors
/// When the numbers are not a problem.
pub fn solve(problem: &Sites, control: Control<'_>) -> Result<Answer, Malformed> {
    let scale = problem.scale()?;
    let mut search = Search { problem, scale, control, work: Workspace::default(), best: None, nodes: 0 };
    let root = search.root();
    Ok(search.run(root, true))
}

impl Search<'_> {
    /// Bounds from here on are of no use.
    fn cutoff(&self) -> Option<i64> {
        self.best.as_ref().map(|(cost, _)| (cost - 1) * self.scale + 1)
    }

    fn offer(&mut self, plan: Option<Plan>) -> bool {
        let Some(plan) = plan.filter(|plan| self.problem.allows(plan)) else { return false };
        let Some(cost) = self.problem.value(&plan) else { return false };
        let better = self.best.as_ref().is_none_or(|best| cost < best.0);
        if better {
            self.best = Some((cost, plan));
        }
        better
    }

    /// A plan from an averaged solution, improved by exchanging sites when `hard`.
    fn plan(&mut self, raised: &Raised, hard: bool) {
        let open = plans::wanted(self.problem, &raised.open);
        for shares in [None, Some(&raised.shares[..])] {
            let Some(plan) = plans::serve(self.problem, &open, shares, self.control) else { continue };
            if self.offer(Some(plan.clone())) || hard {
                let improved = plans::improve(self.problem, plan, self.control);
                self.offer(Some(improved));
            }
        }
    }

    /// A relaxed solution that serves everybody once is a plan, and the best of its case.
    fn relaxed_plan(&mut self, case: &Case, at: &Evaluated) {
        let mut serves: Vec<Option<u32>> = case.sure.clone();
        for (site, taken) in at.packs() {
            for &customer in taken {
                if serves[customer as usize].replace(site as u32).is_some() {
                    return;
                }
            }
        }
        let serves: Option<Vec<u32>> = serves.into_iter().collect();
        self.offer(serves.map(|serves| Plan { open: at.open.clone(), serves }));
    }

    /// Offers the one plan of a case in which everything is decided.
    fn complete(&mut self, case: &Case) {
        let open = (0..self.problem.sites() as u32).filter(|&site| case.known[site as usize] == Known::Open).collect();
        let serves: Option<Vec<u32>> = case.sure.iter().copied().collect();
        self.offer(serves.map(|serves| Plan { open, serves }));
    }

    /// Bounds a case, looks for plans and fixes; `None` when the case is done with.
    fn bound(&mut self, waiting: &mut Waiting, steps: u32, hard: bool) -> Option<Raised> {
        let case = &mut waiting.case;
        if !propagate(self.problem, case) {
            return None;
        }
        let problem = self.problem;
        let raised = raise(problem, case, &waiting.prices, self.cutoff(), steps, &mut self.work, self.control)?;
        waiting.prices = Rc::new(raised.prices.clone());
        let mut at = Evaluated::default();
        if !evaluate(problem, case, &raised.prices, &mut self.work, &mut at) {
            return None;
        }
        if self.cutoff().is_some_and(|cutoff| at.bound >= cutoff) {
            return None;
        }
        self.relaxed_plan(case, &at);
        if hard || self.best.is_none() || self.nodes.is_multiple_of(8) {
            self.plan(&raised, hard);
        }
        let Some(cutoff) = self.cutoff() else { return Some(raised) };
        fix(problem, case, &raised.prices, &at, cutoff, self.control).then_some(raised)
    }

    /// Nothing decided.
    fn root(&self) -> Waiting {
        Waiting { case: Case::root(self.problem, self.scale), prices: Rc::new(self.first_prices()) }
    }

    /// Searches a case. `whole`: it is the whole problem, so its root is worth looking hard for plans.
    fn run(&mut self, root: Waiting, whole: bool) -> Answer {
        let mut root = root;
        let mut bound = 0;
        let mut raised = None;
        for look in 0..ROOT.1 {
            let found = self.bound(&mut root, ROOT.0, whole && look < 4);
            self.nodes = 1;
            let Some(found) = found else {
                raised = None;
                break;
            };
            let gain = found.bound - bound;
            bound = bound.max(found.bound);
            self.tell(bound);
            raised = Some(found);
            let gap = self.cutoff().map_or(i64::MAX, |cutoff| cutoff - bound);
            if self.stopped(bound) || look > 0 && gain < gap / 50 {
                break;
            }
        }
        if whole && raised.is_some() {
            self.polish(&root);
        }
        let mut queue: BTreeMap<(i64, u64), Waiting> = BTreeMap::new();
        let mut held = 0;
        let mut next = raised.map(|raised| (bound, root, raised));
        let mut number = 0;
        loop {
            if let Some((node, waiting, raised)) = next.take() {
                let lowest = queue.first_key_value().map_or(node, |(key, _)| key.0.min(node));
                if self.stopped(lowest) {
                    return self.answer(Some(lowest));
                }
                let Some(choice) = self.choose(&waiting.case, &raised) else {
                    // Fixing decided the last of it.
                    self.complete(&waiting.case);
                    continue;
                };
                let [likely, other] = self.split(waiting, choice, &raised);
                number += 1;
                held += other.weight();
                queue.insert((node, number), other);
                next = self.look(node, likely);
            } else {
                let worst = held > MEMORY;
                let taken = if worst { queue.pop_last() } else { queue.pop_first() };
                let Some(((node, key), waiting)) = taken else { return self.answer(None) };
                held -= waiting.weight();
                if !worst && self.cutoff().is_some_and(|cutoff| node >= cutoff) {
                    // Every other case is at least as bad.
                    return self.answer(None);
                }
                let lowest = queue.first_key_value().map_or(node, |(key, _)| key.0.min(node));
                if self.stopped(lowest) {
                    queue.insert((node, key), waiting);
                    return self.answer(Some(lowest));
                }
                self.tell(lowest);
                next = self.look(node, waiting);
            }
        }
    }

    /// Searches the best plan's own sites for a better one, and exchanges sites again, while that helps.
    fn polish(&mut self, root: &Waiting) {
        for _ in 0..POLISH.0 {
            let Some((cost, plan)) = self.best.clone() else { return };
            let mut inside = Waiting { case: root.case.clone(), prices: Rc::clone(&root.prices) };
            for site in (0..self.problem.sites()).filter(|&site| plan.open.binary_search(&(site as u32)).is_err()) {
                inside.case.close(site);
            }
            let work_limit = Some(self.control.work_limit.map_or(POLISH.1, |limit| limit.min(POLISH.1)));
            let control = Control { work_limit, progress: &|_| {}, ..self.control };
            let (problem, scale, best) = (self.problem, self.scale, self.best.clone());
            let mut search = Search { problem, scale, control, work: Workspace::default(), best, nodes: 0 };
            let found = search.run(inside, false).plan;
            self.offer(found.map(|plan| plans::improve(self.problem, plan, self.control)));
            if self.best.as_ref().is_some_and(|best| best.0 == cost) {
                return;
            }
        }
    }

    fn look(&mut self, node: i64, mut waiting: Waiting) -> Option<(i64, Waiting, Raised)> {
        self.nodes += 1;
        let hard = self.nodes.is_multiple_of(16);
        let raised = self.bound(&mut waiting, STEPS, hard)?;
        Some((node.max(raised.bound), waiting, raised))
    }

    /// Where the averaged solution is least decided: sites first.
    fn choose(&self, case: &Case, raised: &Raised) -> Option<Choice> {
        let undecided = |share: f64| share.min(1.0 - share);
        let free = || (0..self.problem.sites()).filter(|&site| case.known[site] == Known::Free);
        let site = free().max_by(|&a, &b| undecided(raised.open[a]).total_cmp(&undecided(raised.open[b])));
        if let Some(site) = site.filter(|&site| undecided(raised.open[site]) > DECIDED) {
            return Some(Choice::Site(site));
        }
        let share = |&(customer, site): &(usize, usize)| raised.shares[customer * self.problem.sites() + site];
        let pairs = || {
            let of = |site: usize| case.candidates[site].iter().map(move |&customer| (customer as usize, site));
            (0..self.problem.sites()).flat_map(of)
        };
        // The heavier the customer, the more its place decides.
        let weighed =
            |pair: &(usize, usize)| undecided(share(pair)) * (1.0 + self.problem.demands[pair.0] as f64).sqrt();
        let pair = pairs().filter(|pair| undecided(share(pair)) > DECIDED);
        if let Some((customer, site)) = pair.max_by(|a, b| weighed(a).total_cmp(&weighed(b))) {
            return Some(Choice::Pair(customer, site));
        }
        let site = free().max_by(|&a, &b| raised.open[a].total_cmp(&raised.open[b])).map(Choice::Site);
        site.or_else(|| {
            let pair = pairs().max_by(|a, b| share(a).total_cmp(&share(b)));
            pair.map(|(customer, site)| Choice::Pair(customer, site))
        })
    }

    /// The two halves of a case, the more likely first.
    fn split(&self, waiting: Waiting, choice: Choice, raised: &Raised) -> [Waiting; 2] {
        let mut with = Waiting { case: waiting.case.clone(), prices: Rc::clone(&waiting.prices) };
        let mut without = waiting;
        let likely = match choice {
            Choice::Site(site) => {
                with.case.known[site] = Known::Open;
                without.case.close(site);
                raised.open[site] >= 0.5
            }
            Choice::Pair(customer, site) => {
                // A candidate always fits, so this cannot fail.
                with.case.serve(self.problem, customer, site);
                without.case.forbid(customer, site);
                true
            }
        };
        if likely { [with, without] } else { [without, with] }
    }

    /// Prices to start from: what serving a customer costs at the second cheapest site.
    fn first_prices(&self) -> Vec<i64> {
        let price = |customer: usize| {
            let mut costs: Vec<i64> =
                (0..self.problem.sites()).filter_map(|site| self.problem.cost(customer, site)).collect();
            costs.sort_unstable();
            costs.get(1).or(costs.first()).copied().unwrap_or(0) * self.scale
        };
        (0..self.problem.customers()).map(price).collect()
    }

    /// In cost units, rounded up: no plan costs less.
    fn whole(&self, bound: i64) -> i64 {
        let up = bound.div_euclid(self.scale) + i64::from(bound.rem_euclid(self.scale) > 0);
        self.best.as_ref().map_or(up, |best| up.min(best.0))
    }

    fn stopped(&self, lowest: i64) -> bool {
        self.control.expired()
            || self.control.work_limit.is_some_and(|limit| self.nodes >= limit)
            || self.near_enough(lowest)
    }

    fn near_enough(&self, lowest: i64) -> bool {
        let Some((cost, _)) = &self.best else { return false };
        (cost - self.whole(lowest)) as f64 <= self.control.gap * *cost as f64
    }

    fn tell(&self, bound: i64) {
        let best = self.best.as_ref().map(|best| best.0);
        (self.control.progress)(Progress { phase: "sites", best, bound: Some(self.whole(bound)) });
    }

    /// `lowest`: the least bound of what was not looked at; `None` = everything was.
    fn answer(&mut self, lowest: Option<i64>) -> Answer {
        let cost = self.best.as_ref().map(|best| best.0);
        let bound = lowest.map_or(cost.unwrap_or(0), |lowest| self.whole(lowest));
        let status = match cost {
            Some(cost) if cost == bound => Status::Optimal,
            Some(_) if lowest.is_some_and(|lowest| self.near_enough(lowest)) => Status::Feasible,
            None if lowest.is_none() => Status::Infeasible,
            _ => Status::Limit,
        };
        Answer { status, plan: self.best.take().map(|best| best.1), cost, bound, nodes: self.nodes }
    }
}
