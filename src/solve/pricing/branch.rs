//! Branch and bound on prices of units (Posta, Ferland, Michelon 2012, doi:10.1007/s10589-011-9432-0): a node walks on from
//! its parent's prices, drops pairs that no better plan can use, and branches on the pair its averaged solution is
//! surest of. Nodes are taken from the top of the stack a few at a time, so that the search is the same on any number of
//! threads.

use rayon::prelude::*;

use super::finish::finish;
use super::fixing;
use super::instance::Instance;
use super::knapsack::Room;
use super::part::Part;
use super::prices::{Until, Walk};

/// Nodes taken from the stack together.
const TOGETHER: usize = 4;
/// Averages above this do not need a branch of their own.
const SETTLED: f64 = 0.98;
/// Open units that are tried in all ways first.
const LAST: usize = 8;
/// Part of the way to the cutoff that a node's walk aims at.
pub const REACH: f64 = 0.1;

/// An open case.
pub struct Node {
    /// What is open in it.
    pub part: Part,
    /// Where its parent's prices were.
    pub walk: Walk,
}

/// How a search ended.
pub struct Found {
    /// The best plan below the cutoff (unit, manager), and its scaled cost.
    pub best: Option<(Vec<(u32, u32)>, i64)>,
    /// Was the whole tree searched?
    pub complete: bool,
    /// Nodes.
    pub nodes: u64,
}

/// How to search.
#[derive(Clone, Copy)]
pub struct Branching<'a> {
    /// Volume steps at a node.
    pub steps: usize,
    /// Scaled cost that has to be beaten by at least `unit`.
    pub cutoff: i64,
    /// Costs are multiples of this.
    pub unit: i64,
    /// Nodes at most.
    pub nodes: u64,
    /// Out of time?
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// Searches the tree below a part.
pub fn search(instance: &Instance<'_>, part: Part, walk: Walk, with: Branching<'_>) -> Found {
    let mut found = Found { best: None, complete: true, nodes: 0 };
    let mut cutoff = with.cutoff;
    let mut stack = vec![Node { part, walk }];
    while !stack.is_empty() {
        if found.nodes >= with.nodes || (with.stop)() {
            found.complete = false;
            break;
        }
        let batch = stack.split_off(stack.len().saturating_sub(TOGETHER));
        found.nodes += batch.len() as u64;
        let with = Branching { cutoff, ..with };
        let expanded: Vec<Expanded> =
            batch.into_par_iter().map_init(Room::default, |room, node| expand(instance, node, with, room)).collect();
        for node in expanded {
            stack.extend(node.children);
            if let Some((plan, cost)) = node.plan
                && cost < cutoff
            {
                cutoff = cost;
                found.best = Some((plan, cost));
            }
        }
    }
    found
}

/// What became of a node.
#[derive(Default)]
struct Expanded {
    plan: Option<(Vec<(u32, u32)>, i64)>,
    /// The surest side last: it is taken first.
    children: Vec<Node>,
}

fn expand(instance: &Instance<'_>, node: Node, with: Branching<'_>, room: &mut Room) -> Expanded {
    let Node { mut part, mut walk } = node;
    // From here on a bound rounds up to the cutoff.
    let reach = with.cutoff - with.unit + 1;
    let mut result = Expanded::default();
    for round in 0.. {
        if part.units.len() <= LAST {
            result.plan = finish(instance, &part, with.cutoff);
            return result;
        }
        let steps = if round == 0 { with.steps } else { with.steps / 2 };
        let until = Until { steps, cutoff: reach, reach: REACH, least_aim: 1e-10, stop: with.stop };
        walk.run(instance, &part, until, room);
        if walk.value >= reach {
            return result;
        }
        let found = part.evaluate(instance, &walk.best, room);
        let keep = fixing::keep(instance, &part, &walk.best, &found, reach, room);
        let dropped = keep.iter().filter(|keep| !**keep).count();
        if dropped == 0 {
            break;
        }
        let before = part.units.len();
        let Ok(restricted) = part.restrict(instance, &[], |pair| keep[pair]) else { return result };
        walk = walk.follow(&restricted, part.dims);
        part = restricted.part;
        if part.units.len() == before || round >= 3 {
            break;
        }
    }
    if part.units.len() <= LAST {
        result.plan = finish(instance, &part, with.cutoff);
        return result;
    }
    let Some(pair) = surest(&walk.average) else { return result };
    if let Ok(without) = part.restrict(instance, &[], |other| other != pair) {
        result.children.push(Node { walk: walk.follow(&without, part.dims), part: without.part });
    }
    if let Ok(within) = part.restrict(instance, &[pair as u32], |_| true) {
        result.children.push(Node { walk: walk.follow(&within, part.dims), part: within.part });
    }
    result
}

/// The pair with the largest average that is not settled, or else the largest of all.
fn surest(average: &[f64]) -> Option<usize> {
    let open = (0..average.len()).filter(|&pair| average[pair] <= SETTLED);
    let best = |pairs: &mut dyn Iterator<Item = usize>| {
        pairs.max_by(|&a, &b| average[a].total_cmp(&average[b]).then(b.cmp(&a)))
    };
    best(&mut open.into_iter()).or_else(|| best(&mut (0..average.len())))
}
