//! Better plans near a plan: some units are freed, the rest stays, and the part is searched below its present cost
//! (large neighbourhood search: Shaw 1998; guided by the averaged solution as in Danna, Rothberg, Le Pape 2005,
//! doi:10.1007/s10107-004-0518-7). Most tries end at once, at the part's own bound.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::branch;
use super::dive::{Dive, dive};
use super::instance::Instance;
use super::knapsack::Room;
use super::part::{Left, Part, Prices, place_cost};
use super::prices::{Until, Walk};

/// A plan under improvement.
#[derive(Clone, Debug)]
pub struct Incumbent {
    /// Manager of every unit.
    pub plan: Vec<u32>,
    /// What it costs, scaled.
    pub cost: i64,
}

/// What the choice of neighbourhoods looks at: the root's pairs and averages, unit by unit.
pub struct Guide {
    /// First pair of each unit, and the end.
    first: Vec<u32>,
    /// Pairs of the root, unit by unit.
    pairs: Vec<u32>,
    /// Manager of each pair of the root.
    of: Vec<u32>,
}

impl Guide {
    /// Reads the root.
    #[must_use]
    pub fn new(root: &Part) -> Self {
        let mut first = vec![0; root.units.len() + 1];
        root.item.iter().for_each(|&item| first[item as usize + 1] += 1);
        for item in 0..root.units.len() {
            first[item + 1] += first[item];
        }
        let mut next = first.clone();
        let mut pairs = vec![0; root.pairs()];
        for pair in 0..root.pairs() {
            let item = root.item[pair] as usize;
            pairs[next[item] as usize] = pair as u32;
            next[item] += 1;
        }
        Self { first, pairs, of: root.manager_of_pairs() }
    }

    /// Pairs of a unit.
    #[must_use]
    pub fn pairs_of(&self, item: usize) -> &[u32] {
        &self.pairs[self.first[item] as usize..self.first[item + 1] as usize]
    }
}

/// What a neighbourhood frees.
#[derive(Clone, Debug)]
pub enum Freed {
    /// All units of these managers.
    Managers(Vec<u32>),
    /// These units, on all their pairs.
    Units(Vec<u32>),
}

/// Where neighbourhoods are looked for.
#[derive(Clone, Copy)]
pub struct Near<'a> {
    /// All open units on their pairs.
    pub root: &'a Part,
    /// Its pairs unit by unit.
    pub guide: &'a Guide,
    /// Its prices and averaged solution.
    pub walk: &'a Walk,
}

/// The gap taken apart.
pub struct Losses {
    /// What each of the root's managers loses against its knapsack.
    pub managers: Vec<i64>,
    /// What each item loses where it is against not being taken at all.
    pub items: Vec<i64>,
}

/// How much more a unit counts that makes up all of its manager's loss.
const BAD: f64 = 20.0;

/// Managers that belong together, the first drawn where the plan loses most against the bound, the others where the
/// averaged solution divides units with those chosen. Those already `used` are left out.
pub fn managers(
    near: Near<'_>,
    plan: &[u32],
    losses: &Losses,
    used: &mut [bool],
    size: usize,
    random: &mut ChaCha8Rng,
) -> Vec<u32> {
    let Near { root, guide, walk } = near;
    let average = &walk.average;
    let Losses { managers: losses, items: bad } = losses;
    let open: Vec<usize> = (0..losses.len()).filter(|&manager| !used[manager]).collect();
    let total: i64 = open.iter().map(|&manager| losses[manager].max(1)).sum();
    if open.is_empty() {
        return Vec::new();
    }
    let mut mark = (random.next_u64() % total as u64) as i64;
    let mut next = open[0];
    for &manager in &open {
        next = manager;
        mark -= losses[manager].max(1);
        if mark < 0 {
            break;
        }
    }
    let mut score = vec![0.0; losses.len()];
    let mut chosen = Vec::with_capacity(size);
    loop {
        used[next] = true;
        chosen.push(next as u32);
        if chosen.len() >= size {
            return chosen;
        }
        // Units held there that would also go elsewhere, and units that would also go there.
        for pair in root.pairs_of(next) {
            let item = root.item[pair] as usize;
            let holder = plan[root.units[item] as usize];
            if holder as usize == root.managers[next] as usize {
                // A unit that is badly placed here matters most: where does it want to go?
                let worth = 1.0 + BAD * bad[item] as f64 / losses[next].max(1) as f64;
                for &other in guide.pairs_of(item) {
                    score[guide.of[other as usize] as usize] += worth * average[other as usize];
                }
            } else if average[pair] > 0.0
                && let Ok(at) = root.managers.binary_search(&holder)
            {
                score[at] += average[pair];
            }
        }
        let noise = |random: &mut ChaCha8Rng| 0.5 + (random.next_u64() >> 40) as f64 / (1_u64 << 24) as f64;
        let mut best = (0.0, None);
        for manager in 0..score.len() {
            let worth = score[manager] * noise(random);
            if !used[manager] && worth > best.0 {
                best = (worth, Some(manager));
            }
        }
        match best.1 {
            Some(manager) => next = manager,
            None => return chosen,
        }
    }
}

/// Units drawn among those where plan and averaged solution disagree most, and their likely company.
pub fn units(near: Near<'_>, plan: &[u32], size: usize, random: &mut ChaCha8Rng) -> Vec<u32> {
    let Near { root, guide, walk } = near;
    let average = &walk.average;
    let mut order: Vec<(f64, u32)> = (0..root.units.len())
        .map(|item| {
            let unit = root.units[item];
            let here = |pair: &&u32| root.managers[guide.of[**pair as usize] as usize] == plan[unit as usize];
            let agreed = guide.pairs_of(item).iter().find(here).map_or(0.0, |&pair| average[pair as usize]);
            let noise = (random.next_u64() >> 40) as f64 / (1_u64 << 24) as f64;
            (agreed + noise * 0.8, item as u32)
        })
        .collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    order.into_iter().take(size).map(|(_, item)| root.units[item as usize]).collect()
}

/// How hard to look.
#[derive(Clone, Copy)]
pub struct Effort<'a> {
    /// Steps between two rounds of fixing.
    pub steps: usize,
    /// Part of the open units fixed in a round.
    pub share: f64,
    /// Out of time?
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// A better way to place what was freed: (unit, manager) of all of it, and by how much it is cheaper (scaled).
pub fn improve(
    instance: &Instance<'_>,
    near: Near<'_>,
    incumbent: &Incumbent,
    freed: &Freed,
    effort: Effort<'_>,
    room: &mut Room,
) -> Option<(Vec<(u32, u32)>, i64)> {
    let Near { root, guide, walk } = near;
    let plan = &incumbent.plan;
    let mut free = vec![false; plan.len()];
    let mut within = vec![matches!(freed, Freed::Units(_)); instance.managers.len()];
    let units: Vec<u32> = match freed {
        Freed::Units(units) => {
            units.iter().for_each(|&unit| free[unit as usize] = true);
            units.clone()
        }
        Freed::Managers(managers) => {
            managers.iter().for_each(|&manager| within[root.managers[manager as usize] as usize] = true);
            (0..plan.len() as u32).filter(|&unit| within[plan[unit as usize] as usize]).collect()
        }
    };
    units.iter().for_each(|&unit| free[unit as usize] = true);
    let mut left = Left::all(instance);
    if matches!(freed, Freed::Units(_)) {
        for (unit, &manager) in plan.iter().enumerate().filter(|&(unit, _)| !free[unit]) {
            left.take(instance, unit as u32, manager, 1);
        }
    }
    let mut pairs = Vec::new();
    let mut origin = Vec::new();
    let mut item_of = vec![u32::MAX; plan.len()];
    root.units.iter().enumerate().for_each(|(item, &unit)| item_of[unit as usize] = item as u32);
    for &unit in &units {
        for &pair in guide.pairs_of(item_of[unit as usize] as usize) {
            let manager = root.managers[guide.of[pair as usize] as usize];
            if within[manager as usize] {
                pairs.push((unit, manager, root.cost[pair as usize]));
                origin.push(pair);
            }
        }
    }
    let mut order: Vec<u32> = (0..pairs.len() as u32).collect();
    order.sort_unstable_by_key(|&at| (pairs[at as usize].1, pairs[at as usize].0));
    let sorted: Vec<(u32, u32, i64)> = order.iter().map(|&at| pairs[at as usize]).collect();
    let part = Part::new(instance, &units, &sorted, &left);
    let present = cost_within(instance, root, guide, plan, &units, &item_of, &left)?;
    let mut prices = Prices { units: Vec::new(), limits: Vec::new() };
    prices.units.extend(units.iter().map(|&unit| walk.best.units[item_of[unit as usize] as usize]));
    for &manager in &part.managers {
        let at = root.managers.binary_search(&manager).ok()?;
        prices.limits.extend_from_slice(&walk.best.limits[at * root.dims..][..root.dims]);
    }
    let mut inner = Walk::new(&part, prices, 0.0);
    inner.average = order.iter().map(|&at| walk.average[origin[at as usize] as usize]).collect();
    inner.fresh = false;
    let reach = present - instance.scale + 1;
    let until = Until { steps: 30, cutoff: reach, reach: branch::REACH, least_aim: 1e-10, stop: effort.stop };
    inner.run(instance, &part, until, room);
    if inner.value >= reach {
        return None;
    }
    let with =
        Dive { steps: effort.steps, share: effort.share, reach: branch::REACH, cutoff: present, stop: effort.stop };
    let (placed, cost) = dive(instance, part, inner, with, room)?;
    Some((placed, present - cost))
}

/// What these units cost where they are, places included, when they come last.
fn cost_within(
    instance: &Instance<'_>,
    root: &Part,
    guide: &Guide,
    plan: &[u32],
    units: &[u32],
    item_of: &[u32],
    left: &Left,
) -> Option<i64> {
    let mut cost = 0;
    let mut members = left.members.clone();
    for &unit in units {
        let manager = plan[unit as usize];
        let here = |pair: &&u32| root.managers[guide.of[**pair as usize] as usize] == manager;
        let &pair = guide.pairs_of(item_of[unit as usize] as usize).iter().find(here)?;
        let size = instance.problem.units[unit as usize].size;
        let places = &instance.managers[manager as usize].places;
        cost += root.cost[pair as usize] + place_cost(places, members[manager as usize], size);
        members[manager as usize] += size;
    }
    Some(cost)
}
