//! Branch and bound on how many managers a site gets: a case's bound is [`raise`]d for a few steps from its parent's
//! prices, sites whose increment is too far from the chosen ones are fixed, and the site that the average opens most
//! undecidedly is split. Depth first, the side nearer to the average first.

use crate::solve::Control;
use crate::solve::lagrangian::whole;
use crate::solve::openings::Openings;
use crate::solve::openings::bound::{Bounds, Case, chosen};
use crate::solve::openings::costs::Costs;
use crate::solve::openings::prices::{Raised, raise};
use crate::solve::openings::search::{Opened, Search};

/// Steps at a node.
const STEPS: u32 = 30;

/// How far it got.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The best plan.
    pub best: Opened,
    /// No choice costs less, seconds a year.
    pub bound: i64,
    /// Nodes.
    pub nodes: u64,
}

/// Starts from the raised bound of the whole case.
#[allow(clippy::too_many_arguments, reason = "the question, what is known, when to stop")]
#[must_use]
pub fn prove(
    openings: &Openings<'_>,
    costs: &Costs,
    search: &mut Search<'_, '_>,
    root: Raised,
    best: Opened,
    k: u32,
    nodes: u64,
    control: Control<'_>,
) -> Proof {
    let mut bounds = Bounds::new(openings, k);
    let mut case = bounds.whole_case(k);
    let mut tree = Proof { bound: best.cost, best, nodes: 0 };
    fix(openings, costs, &mut case, &root, tree.best.cost);
    let mut open = vec![(case, root)];
    while let Some((case, raised)) = open.pop() {
        let bound = whole(i128::from(raised.bound), costs.scale);
        if bound >= tree.best.cost {
            continue;
        }
        if tree.nodes >= nodes || control.expired() {
            tree.bound = tree.bound.min(bound);
            continue;
        }
        tree.nodes += 1;
        let Some((site, split)) = undecided(&case, &raised) else {
            // The average is whole: the plan it stands for, and if that is not as good as the bound, any site is split.
            let (_, counts) = chosen(openings, &case, &raised.gains);
            consider(openings, search, &mut tree, &counts);
            match (0..case.least.len()).find(|&site| case.least[site] < case.most[site]) {
                Some(site) if whole(i128::from(raised.bound), costs.scale) < tree.best.cost => {
                    let middle = case.least[site] + (case.most[site] - case.least[site]).div_ceil(2);
                    push(openings, costs, &mut open, &tree, &case, &raised, site, middle, true, &mut bounds, control);
                }
                _ => {}
            }
            continue;
        };
        let rounded = search.rounded(&raised.open, k);
        if rounded.cost < tree.best.cost {
            tree.best = search.swap(rounded);
        }
        let up_first = raised.open[site] >= f64::from(split) - 0.5;
        push(openings, costs, &mut open, &tree, &case, &raised, site, split, up_first, &mut bounds, control);
    }
    tree.bound = tree.bound.min(tree.best.cost);
    tree
}

/// The site that the average opens most undecidedly, and the count that splits it; `None` when all are whole or fixed.
fn undecided(case: &Case, raised: &Raised) -> Option<(usize, u32)> {
    let distance = |site: usize| {
        let open = raised.open[site].clamp(f64::from(case.least[site]), f64::from(case.most[site]));
        (open - open.round()).abs()
    };
    let free = (0..case.least.len()).filter(|&site| case.least[site] < case.most[site]);
    let best = free.max_by(|&a, &b| distance(a).total_cmp(&distance(b)).then(b.cmp(&a)))?;
    (distance(best) > 1e-3).then(|| {
        let open = raised.open[best].clamp(f64::from(case.least[best]), f64::from(case.most[best]));
        (best, (open.ceil() as u32).clamp(case.least[best] + 1, case.most[best]))
    })
}

/// Tries a choice.
fn consider(openings: &Openings<'_>, search: &mut Search<'_, '_>, tree: &mut Proof, counts: &[u32]) {
    if openings.is_affordable(counts) {
        let opened = search.at(counts);
        if opened.cost < tree.best.cost {
            tree.best = search.swap(opened);
        }
    }
}

/// Puts both sides on the stack: at least `split` managers at the site, and fewer.
#[allow(clippy::too_many_arguments, reason = "a node, its split and where its sides go")]
fn push(
    openings: &Openings<'_>,
    costs: &Costs,
    open: &mut Vec<(Case, Raised)>,
    tree: &Proof,
    case: &Case,
    raised: &Raised,
    site: usize,
    split: u32,
    up_first: bool,
    bounds: &mut Bounds,
    control: Control<'_>,
) {
    let (mut up, mut down) = (case.clone(), case.clone());
    up.least[site] = split;
    down.most[site] = split - 1;
    let sides = if up_first { [down, up] } else { [up, down] };
    for mut side in sides {
        if side.least.iter().sum::<u32>() > side.openings || !openings.is_affordable(&side.least) {
            continue;
        }
        let mut next = raise(openings, costs, &side, &raised.prices, tree.best.cost, STEPS, bounds, control);
        next.bound = next.bound.max(raised.bound);
        if whole(i128::from(next.bound), costs.scale) < tree.best.cost {
            fix(openings, costs, &mut side, &next, tree.best.cost);
            open.push((side, next));
        }
    }
}

/// Takes away what cannot be part of a cheaper plan at these prices: an opening whose increment is so far below the
/// least chosen one that the bound with it reaches the plan's cost; and keeps what no cheaper plan can do without.
fn fix(openings: &Openings<'_>, costs: &Costs, case: &mut Case, raised: &Raised, cost: i64) {
    let (_, counts) = chosen(openings, case, &raised.gains);
    let goal = i128::from(cost - 1) * i128::from(costs.scale);
    let sum = |counts: &[u32], case: &Case| {
        let mut restricted = case.clone();
        restricted.least = counts.to_vec();
        chosen(openings, &restricted, &raised.gains).0
    };
    // What these prices give themselves: the case's bound may be its parent's.
    let free = i128::from(raised.free);
    for site in 0..case.least.len() {
        while case.most[site] > counts[site].max(case.least[site]) {
            let mut forced = case.least.clone();
            forced[site] = counts[site] + 1;
            if forced.iter().sum::<u32>() <= case.openings && free - i128::from(sum(&forced, case)) <= goal {
                break;
            }
            case.most[site] = counts[site];
        }
        while case.least[site] < counts[site].min(case.most[site]) {
            let mut without = case.clone();
            without.most[site] = counts[site] - 1;
            let other = chosen(openings, &without, &raised.gains).0;
            if free - i128::from(other) <= goal {
                break;
            }
            case.least[site] = counts[site];
        }
    }
}
