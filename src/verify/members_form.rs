//! The second form of the bound, from prices of members: what each case manager's own capacities leave of the units'
//! prices, as one knapsack a manager. The formula is in [`crate::certificate`].
//!
//! A unit nobody may take counts `s_u x unserved`, whatever its price. Where members may be left unserved, that is one
//! more choice: a unit then adds `min(0, s_u x unserved - u_u)`.

use rayon::prelude::*;

use crate::ids::{ManagerIx, MemberIx};
use crate::verify::bound::Proof;
use crate::verify::field::Nearby;
use crate::verify::knapsack::{Item, Knapsack, LIMITS};
use crate::verify::prices::{CertificateError, Leaf, UNSERVED, at};
use crate::verify::rules::receive;
use crate::verify::tariff::Tariff;
use crate::verify::units::takers;

/// Pairs that are cheaper than what their unit is worth, at most: the least of them would not fit into memory.
const PAIRS: usize = 50_000_000;

/// A pair that is cheaper than its unit is worth: the manager, the unit, and by how much, scaled.
type Worthwhile = (ManagerIx, u32, i128);

/// The sum of one case of the proof; `None` when it leaves some unit no choice.
pub(super) fn case(proof: &Proof<'_>, leaf: &Leaf) -> Result<Option<i128>, CertificateError> {
    let Some(worth) = &leaf.units else { return Ok(None) };
    let tariff = Tariff::new(proof.field, std::slice::from_ref(leaf), proof.caps.len());
    let numbered: Vec<(usize, &Vec<MemberIx>)> = proof.units.units.iter().enumerate().collect();
    let found: Vec<Option<(i128, Vec<Worthwhile>)>> = numbered
        .par_chunks(256)
        .map_init(Nearby::default, |near, batch| {
            let (mut sum, mut pairs) = (0, Vec::new());
            for &(at, unit) in batch {
                sum += own_part(proof, leaf, (at, unit), i128::from(worth[at]), &tariff, near, &mut pairs)?;
            }
            Some((sum, pairs))
        })
        .collect();
    let mut total = leaf.constant;
    let mut pairs: Vec<Worthwhile> = Vec::new();
    for batch in found {
        let Some((sum, batch)) = batch else { return Ok(None) };
        total += sum;
        if pairs.len() + batch.len() > PAIRS {
            return Err(CertificateError::TooLarge(format!(
                "more than {PAIRS} pairs are cheaper than their member's price"
            )));
        }
        pairs.extend(batch);
    }
    // By manager, then by unit.
    pairs.par_sort_unstable();
    let mut by_manager: Vec<&[Worthwhile]> = vec![&[]; proof.caps.len()];
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        by_manager[group[0].0.at()] = group;
    }
    let sums: Result<Vec<i128>, CertificateError> = by_manager
        .par_iter()
        .enumerate()
        .map(|(manager, pairs)| manager_part(proof, leaf, ManagerIx::new(manager), pairs))
        .collect();
    Ok(Some(total + sums?.into_iter().sum::<i128>()))
}

/// What a unit adds by itself, with its worthwhile pairs; `None` when the case leaves it no choice.
fn own_part(
    proof: &Proof<'_>,
    leaf: &Leaf,
    (unit_at, unit): (usize, &[MemberIx]),
    worth: i128,
    tariff: &Tariff,
    near: &mut Nearby,
    pairs: &mut Vec<Worthwhile>,
) -> Option<i128> {
    let size = unit.len() as i128;
    let fixed = leaf.fixed_for(unit_at as u32);
    let in_case = |manager: ManagerIx| fixed.iter().all(|&(_, named, is_with)| (named == manager) == is_with);
    let unserved = proof.unserved(unit_at, size, leaf).filter(|_| in_case(UNSERVED));
    if !proof.units.placeable[unit_at] {
        return unserved;
    }
    let own = worth + unserved.map_or(0, |cost| (cost - worth).min(0));
    let mut add = |manager: ManagerIx| {
        let value = proof.cost(unit, manager) + proof.price(unit, size, manager, leaf) - worth;
        if value < 0 {
            pairs.push((manager, unit_at as u32, value));
        }
    };
    if !fixed.is_empty() {
        let mut choices = takers(proof.pairs, unit).filter(|&manager| in_case(manager)).peekable();
        if choices.peek().is_none() && unserved.is_none() {
            return None;
        }
        choices.for_each(add);
        return Some(own);
    }
    proof.pairs.named(unit, &mut near.named);
    let allowed = |manager: &ManagerIx| unit.iter().all(|&member| proof.pairs.allowed(member, *manager));
    near.named.iter().copied().filter(allowed).for_each(&mut add);
    if !unit.iter().any(|&member| proof.pairs.is_held(member)) {
        let moving = proof.moving(unit, UNSERVED, leaf);
        let alone = proof.loads_alone(unit, tariff);
        let tolls = tariff.of_unit(size, &alone);
        proof.field.reach(proof.prepared, unit, proof.counts_cost, &mut near.reach);
        proof.field.search(unit, near, (proof.scale, &tolls), worth - moving, |manager| {
            add(manager);
            worth - moving
        });
    }
    Some(own)
}

/// The knapsack of one manager. A limit with a price is left out of it; a place with a price takes the load's cost out.
fn manager_part(
    proof: &Proof<'_>,
    leaf: &Leaf,
    manager: ManagerIx,
    pairs: &[Worthwhile],
) -> Result<i128, CertificateError> {
    let row = proof.pairs.roster.manager(manager);
    let place = at(&leaf.place, manager);
    let mut knapsack = Knapsack::default();
    if place == 0 {
        let sums = proof.balance.of(manager).1;
        let scaled = sums.iter().map(|&sum| if proof.counts_cost { i128::from(sum) * proof.scale } else { 0 });
        knapsack.loads = Some(std::iter::once(0).chain(scaled).collect());
    }
    let receives =
        receive::limit_of(proof.pairs.roster, proof.pairs.rules, manager).filter(|_| at(&leaf.new, manager) == 0);
    let used = |unit: u32, tally: usize| -> i64 {
        proof.units.units[unit as usize].iter().map(|&member| proof.tallies[tally].of(member, manager)).sum()
    };
    // A limit that everything together keeps needs no room in the knapsack.
    let binds = |tally: usize, limit: i64| {
        limit < 0 || pairs.iter().map(|&(_, unit, _)| i128::from(used(unit, tally))).sum::<i128>() > i128::from(limit)
    };
    let is_inside = |tally: &usize| leaf.loads.get(*tally).is_none_or(|prices| at(prices, manager) == 0);
    let own = |tally: usize| Some((tally, proof.tallies[tally].limit(manager)?));
    let inside: Vec<(usize, i64)> = (0..proof.tallies.len())
        .filter(is_inside)
        .filter_map(own)
        .filter(|&(tally, limit)| binds(tally, limit))
        .collect();
    knapsack.limits.extend(receives.map(i64::from));
    knapsack.limits.extend(inside.iter().map(|&(_, limit)| limit));
    if knapsack.limits.len() > LIMITS {
        return Err(CertificateError::TooLarge(format!("more than {LIMITS} limits in a knapsack of {}", row.id)));
    }
    for &(_, unit, value) in pairs {
        let members = &proof.units.units[unit as usize];
        let mut uses = [0; LIMITS];
        let is_new = |member: &&MemberIx| proof.pairs.roster.member(**member).manager != Some(manager);
        let new = receives.map(|_| members.iter().filter(is_new).count() as i64);
        let all = new.into_iter().chain(inside.iter().map(|&(tally, _)| used(unit, tally)));
        uses.iter_mut().zip(all).for_each(|(to, used)| *to = used);
        knapsack.items.push(Item { gain: -value, size: members.len() as u32, uses });
    }
    let too_large = || CertificateError::TooLarge(format!("the knapsack of {}", row.id));
    let best = knapsack.best().ok_or_else(too_large)?;
    Ok(if place == 0 { -best } else { proof.least_load(manager, place, 0) - best })
}
