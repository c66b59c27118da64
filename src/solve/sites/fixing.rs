//! What must hold in every plan better than the best known: sites and pairs whose other side would lift the bound to the
//! cutoff (reduced-cost fixing with exact knapsacks), and what follows from capacities and counts.

use crate::solve::Control;
use crate::solve::sites::Sites;
use crate::solve::sites::bound::{Case, Evaluated, Known, items};
use crate::solve::sites::knapsack::{Item, flips};

/// Room times paying customers of one site up to which knapsacks with one item in or out are worth their tables.
const TABLES: i64 = 4_000_000;

/// Decides what the bound at these prices decides: any plan of the case that costs less than the cutoff (price units;
/// a plan counts when its bound stays below) has it so. `at` is the evaluation at `prices`. False: there is none. When
/// the time is up, what was not yet looked at stays open.
pub fn fix(
    problem: &Sites,
    case: &mut Case,
    prices: &[i64],
    at: &Evaluated,
    cutoff: i64,
    control: Control<'_>,
) -> bool {
    let scale = case.scale;
    let spare = cutoff - at.bound;
    if spare <= 0 {
        return false;
    }
    let chosen = |site: usize| at.open.binary_search(&(site as u32)).is_ok();
    let free: Vec<usize> = (0..problem.sites()).filter(|&site| case.known[site] == Known::Free).collect();
    // What one more and one less site would bring; with their number free, nothing.
    let counted = problem.open.is_some();
    let last =
        if counted { free.iter().filter(|&&site| chosen(site)).map(|&site| at.value[site]).min() } else { Some(0) };
    let next =
        if counted { free.iter().filter(|&&site| !chosen(site)).map(|&site| at.value[site]).max() } else { Some(0) };
    for &site in &free {
        let value = at.value[site];
        if chosen(site) {
            if next.is_none_or(|next| value - next >= spare) {
                case.known[site] = Known::Open;
            }
        } else if last.is_none_or(|last| last - value >= spare) {
            case.close(site);
        }
    }
    let mut all: Vec<Item> = Vec::new();
    let mut serving: Vec<(usize, usize)> = Vec::new();
    for site in 0..problem.sites() {
        if case.known[site] == Known::Closed {
            continue;
        }
        // The best value the site may have and still be of use.
        let needed = match (chosen(site), last) {
            (true, _) => at.value[site] - spare,
            (false, Some(last)) => last - spare,
            (false, None) => continue,
        } + case.spent[site] * scale;
        items(problem, case, prices, site, true, &mut all);
        let room = case.room[site];
        let paying = all.iter().filter(|item| item.profit > 0).count() as i64;
        if (room + 1).saturating_mul(paying + 1) > TABLES || control.expired() {
            continue;
        }
        // Only an open site's value says something about leaving a customer out.
        let sure_open = case.known[site] == Known::Open;
        for (item, (within, without)) in all.iter().zip(flips(&all, room)) {
            if within.is_none_or(|within| within <= needed) {
                case.forbid(item.who as usize, site);
            } else if sure_open && without <= needed {
                serving.push((item.who as usize, site));
            }
        }
    }
    serving.into_iter().all(|(customer, site)| case.serve(problem, customer, site)) && propagate(problem, case)
}

/// What capacities and counts leave no choice about. False: nothing is left.
pub fn propagate(problem: &Sites, case: &mut Case) -> bool {
    loop {
        let free = case.count(Known::Free);
        match case.missing(problem) {
            Some(_) if problem.open.is_some_and(|count| case.count(Known::Open) > count) => return false,
            Some(missing) if missing > free => return false,
            Some(missing) if free > 0 && (missing == 0 || missing == free) => {
                for site in 0..problem.sites() {
                    if case.known[site] == Known::Free && missing == 0 {
                        case.close(site);
                    } else if case.known[site] == Known::Free {
                        case.known[site] = Known::Open;
                    }
                }
            }
            _ => {}
        }
        if !room_enough(problem, case) {
            return false;
        }
        let mut only: Vec<(u32, usize)> = vec![(0, 0); problem.customers()];
        for (site, candidates) in case.candidates.iter().enumerate() {
            for &customer in candidates {
                only[customer as usize].0 += 1;
                only[customer as usize].1 = site;
            }
        }
        let mut served = false;
        for (customer, &(count, site)) in only.iter().enumerate() {
            if case.sure[customer].is_some() {
                continue;
            }
            match count {
                0 => return false,
                1 if !case.serve(problem, customer, site) => return false,
                1 => served = true,
                _ => {}
            }
        }
        if !served {
            return true;
        }
    }
}

/// Can the sites that may be open take everybody?
fn room_enough(problem: &Sites, case: &Case) -> bool {
    let unsure: i64 = case.sure.iter().zip(&problem.demands).filter(|each| each.0.is_none()).map(|each| each.1).sum();
    let kind = |kind| (0..problem.sites()).filter(move |&site| case.known[site] == kind).map(|site| case.room[site]);
    let mut free: Vec<i64> = kind(Known::Free).collect();
    free.sort_unstable_by(|a, b| b.cmp(a));
    let most = case.missing(problem).unwrap_or(free.len());
    kind(Known::Open).sum::<i64>() + free.iter().take(most).sum::<i64>() >= unsure
}
