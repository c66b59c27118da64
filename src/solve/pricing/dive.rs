//! A dive: the pairs the averaged solution is surest of are fixed, the prices walk on from where they were, and so on down
//! to a handful of units, which are tried in all ways. Its bound ends a dive that cannot beat the cutoff.

use super::finish::finish;
use super::instance::Instance;
use super::knapsack::Room;
use super::part::Part;
use super::prices::{Until, Walk};

/// Units left that are tried in all ways.
const LAST: usize = 12;
/// An average from which a pair is fixed in any case.
const SURE: f64 = 0.985;
/// Averages below this are fixed a few at a time.
const LIKELY: f64 = 0.8;
/// Violation below which an averaged solution says something, and how often the steps are repeated for it.
const AT_REST: f64 = 0.08;
const MORE: usize = 4;

/// How to dive.
#[derive(Clone, Copy)]
pub struct Dive<'a> {
    /// Steps between two rounds of fixing.
    pub steps: usize,
    /// Part of the open units fixed in a round.
    pub share: f64,
    /// Part of the way to the cutoff that the walk aims at after a round of fixing.
    pub reach: f64,
    /// Scaled cost that has to be beaten.
    pub cutoff: i64,
    /// Out of time?
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// Dives: what is placed where at the bottom (unit, manager) and its scaled cost, when it beats the cutoff.
pub fn dive(
    instance: &Instance<'_>,
    part: Part,
    walk: Walk,
    with: Dive<'_>,
    room: &mut Room,
) -> Option<(Vec<(u32, u32)>, i64)> {
    let (mut part, mut walk) = (part, walk);
    let mut dropped = 0;
    while part.units.len() > LAST {
        if (with.stop)() {
            return None;
        }
        let until =
            Until { steps: with.steps, cutoff: with.cutoff, reach: with.reach, least_aim: 1e-9, stop: with.stop };
        for _ in 0..MORE {
            walk.run(instance, &part, until, room);
            if walk.value >= with.cutoff {
                return None;
            }
            if walk.violation < AT_REST {
                break;
            }
        }
        let order = surest(&part, &walk.average);
        let at_least = ((part.units.len() as f64 * with.share) as usize).max(1);
        let sure = order.iter().take_while(|&&pair| walk.average[pair as usize] >= SURE).count();
        let likely = order.iter().take_while(|&&pair| walk.average[pair as usize] >= LIKELY).count();
        let at_least = if likely >= at_least { at_least } else { likely.max(at_least.div_ceil(4)) };
        let mut count = sure.max(at_least).min(order.len());
        loop {
            // Later pairs of the list may not fit any more beside earlier ones: these wait for the next round.
            let fix = fitting(&part, &order[..count]);
            if let Ok(restricted) = part.restrict(instance, &fix, |_| true) {
                walk = walk.follow(&restricted, part.dims);
                part = restricted.part;
                break;
            }
            if count > 1 {
                count /= 4;
                count = count.max(1);
                continue;
            }
            dropped += 1;
            let worst = order[0];
            let restricted =
                part.restrict(instance, &[], |pair| pair != worst as usize).ok().filter(|_| dropped < 50)?;
            walk = walk.follow(&restricted, part.dims);
            part = restricted.part;
            break;
        }
    }
    finish(instance, &part, with.cutoff)
}

/// The largest pair of every unit, the largest of all first.
fn surest(part: &Part, average: &[f64]) -> Vec<u32> {
    let mut best = vec![u32::MAX; part.units.len()];
    for pair in 0..part.pairs() {
        let best = &mut best[part.item[pair] as usize];
        if *best == u32::MAX || average[pair] > average[*best as usize] {
            *best = pair as u32;
        }
    }
    best.retain(|&pair| pair != u32::MAX);
    best.sort_unstable_by(|&a, &b| average[b as usize].total_cmp(&average[a as usize]).then(a.cmp(&b)));
    best
}

fn fitting(part: &Part, order: &[u32]) -> Vec<u32> {
    let of = part.manager_of_pairs();
    let mut left = part.left.clone();
    let mut fix = Vec::with_capacity(order.len());
    for &pair in order {
        let manager = of[pair as usize] as usize;
        if part.fits(pair as usize, &left, manager) {
            for dim in 0..part.dims {
                left[manager * part.dims + dim] -= part.uses[pair as usize * part.dims + dim];
            }
            fix.push(pair);
        }
    }
    fix
}
