//! The bound, recomputed from the certificate's prices with roster and rules alone: the formula of
//! [`crate::certificate`], over all members and all case managers. The minimum of a unit is searched in
//! [`Field`], for all cases of the proof at once: a manager is priced exactly unless it can be the cheapest in no case.
//!
//! Costs of pairs come from [`cost::arc`], which is the solver's side of the cost terms: it is quick, and a property
//! test holds it equal to [`cost::score`], the side that judges the plan's own cost. So a slip in either shows up
//! as a bound above the cost, a claim refuted, or a failed test.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::certificate::{Certificate, Claim};
use crate::cost::{self, Prepared, floor, unserved};
use crate::ids::{ManagerIx, MemberIx};
use crate::program::Rules;
use crate::roster::Roster;
use crate::units::Cost;
use crate::verify::field::{Field, Nearby};
use crate::verify::members_form;
use crate::verify::pairs::Pairs;
pub use crate::verify::prices::CertificateError;
use crate::verify::prices::{Leaf, UNSERVED, at, leaves};
use crate::verify::rules::{caps, moves};
use crate::verify::tally::{self, Tally};
use crate::verify::tariff::{Table, Tariff};
use crate::verify::units::{Units, takers};

/// Units one thread takes at a time.
const BATCH: usize = 256;
/// Cases looked at in one pass: prices of more would only take memory.
const CASES: usize = 256;
/// No choice at all.
const NEVER: i128 = i128::MAX;

/// What no plan within the rules can undercut, as the certificate proves it: the least of its cases.
///
/// # Errors
/// When the certificate cannot be read as a proof of a bound.
pub fn bound(roster: &Roster, rules: &Rules, certificate: &Certificate) -> Result<Cost, CertificateError> {
    if certificate.claim != Claim::Bound {
        return Err(CertificateError::Claim);
    }
    let least = least_case(roster, rules, certificate)?.ok_or(CertificateError::NoPlan)?;
    let scale = i128::from(certificate.scale);
    let rounded_up = -((-least).div_euclid(scale));
    i64::try_from(rounded_up).map(Cost).map_err(|_| CertificateError::Overflow)
}

/// By how much the rules contradict each other, in 1/scale; `i128::MAX` when every case of the proof is empty.
/// Always above zero: anything else is no proof.
///
/// # Errors
/// When the certificate cannot be read as a proof that no plan meets the rules, or does not prove it.
pub fn contradiction(roster: &Roster, rules: &Rules, certificate: &Certificate) -> Result<i128, CertificateError> {
    if certificate.claim != Claim::Infeasible {
        return Err(CertificateError::Claim);
    }
    if rules.allow_unserved {
        return Err(CertificateError::AlwaysFeasible);
    }
    match least_case(roster, rules, certificate)? {
        None => Ok(i128::MAX),
        Some(sum) if sum > 0 => Ok(sum),
        Some(sum) => Err(CertificateError::NoContradiction(sum)),
    }
}

/// The least case of the proof; `None` when every case is empty.
fn least_case(roster: &Roster, rules: &Rules, certificate: &Certificate) -> Result<Option<i128>, CertificateError> {
    let pairs = Pairs::read(roster, rules);
    let prepared = Prepared::new(roster, rules);
    let field = Field::read(&pairs, &prepared);
    let units = Units::read(&pairs, &field, &prepared);
    let caps = caps::caps(roster, rules);
    let mut leaves = leaves(&pairs, &units, &caps, certificate)?;
    let counts_moves = leaves.iter().any(Leaf::prices_moves);
    let could_stay = |member| counts_moves.then(|| moves::could_stay_with(&pairs, member)).flatten();
    let proof = Proof {
        could_stay: roster.member_indices().map(could_stay).collect(),
        tallies: tally::read(&pairs, &units),
        balance: Balance::new(roster, rules, &caps),
        scale: i128::from(certificate.scale),
        counts_cost: certificate.claim == Claim::Bound,
        pairs: &pairs,
        prepared: &prepared,
        field: &field,
        units: &units,
        caps: &caps,
    };
    if proof.counts_cost {
        leaves.iter_mut().try_for_each(|leaf| proof.lift(leaf))?;
    }
    let (second, first): (Vec<Leaf>, Vec<Leaf>) = leaves.into_iter().partition(|leaf| leaf.units.is_some());
    let mut least: Option<i128> = None;
    let mut add = |sum: Option<i128>| least = [least, sum].into_iter().flatten().min();
    for leaves in first.chunks(CASES) {
        for (leaf, units) in leaves.iter().zip(proof.units_part(leaves)) {
            add(units.map(|units| units + proof.managers_part(leaf) + leaf.constant));
        }
    }
    for leaf in &second {
        add(members_form::case(&proof, leaf)?);
    }
    Ok(least)
}

/// Everything the formula is computed from.
pub(super) struct Proof<'a> {
    pub pairs: &'a Pairs<'a>,
    pub prepared: &'a Prepared<'a>,
    pub field: &'a Field<'a>,
    pub units: &'a Units,
    pub caps: &'a [u32],
    pub tallies: Vec<Box<dyn Tally + 'a>>,
    pub balance: Balance,
    /// Member by member: the manager whose loss budgets of moves count, where moves have prices.
    could_stay: Vec<Option<ManagerIx>>,
    pub scale: i128,
    /// A contradiction is proved without costs.
    pub counts_cost: bool,
}

impl Proof<'_> {
    /// The same case with every place [`floor::lift`] dearer, so that none costs less than nothing: placing a member is
    /// then worth so much more too, and what all members pay more is taken off again.
    fn lift(&self, leaf: &mut Leaf) -> Result<(), CertificateError> {
        let each = floor::lift(self.pairs.rules).0;
        if each == 0 {
            return Ok(());
        }
        let lift = i64::try_from(i128::from(each) * self.scale).map_err(|_| CertificateError::Overflow)?;
        let more = |price: &mut i64, times: i64| {
            let lifted = lift.checked_mul(times).and_then(|lift| price.checked_add(lift));
            *price = lifted.ok_or(CertificateError::Overflow)?;
            Ok(())
        };
        leaf.place.resize(self.caps.len(), 0);
        if let Some(worth) = &mut leaf.units {
            for (worth, unit) in worth.iter_mut().zip(&self.units.units) {
                more(worth, unit.len() as i64)?;
            }
            // Places without a price are inside the knapsack, lifted there.
            leaf.place.iter_mut().filter(|price| **price != 0).try_for_each(|price| more(price, 1))?;
        } else {
            leaf.place.iter_mut().try_for_each(|price| more(price, 1))?;
        }
        let managers = self.pairs.roster.managers().iter();
        let empty: i64 = managers.map(|row| floor::empty(self.pairs.rules, row).0).sum();
        leaf.constant += i128::from(empty) * self.scale - i128::from(lift) * self.units.placeable_members() as i128;
        Ok(())
    }

    /// Case by case: the sum over units of the cheapest choice; `None` when some unit has none.
    fn units_part(&self, leaves: &[Leaf]) -> Vec<Option<i128>> {
        let tariff = Tariff::new(self.field, leaves, self.caps.len());
        let nothing = || vec![Some(0_i128); leaves.len()];
        let plus = |a: Option<i128>, b: i128| a.filter(|_| b != NEVER).map(|a| a + b);
        let mut split: Vec<u32> = leaves.iter().flat_map(|leaf| &leaf.fixed).map(|&(unit, ..)| unit).collect();
        split.sort_unstable();
        split.dedup();
        let numbered: Vec<(usize, &Vec<MemberIx>)> = self.units.units.iter().enumerate().collect();
        numbered
            .par_chunks(BATCH)
            .map_init(
                || (Nearby::default(), Vec::new(), Vec::new()),
                |(near, row, least), batch| {
                    let mut sums = nothing();
                    for &(at, unit) in batch {
                        if split.binary_search(&(at as u32)).is_ok() {
                            self.price_row(unit, row);
                            least.clear();
                            least.extend(leaves.iter().map(|leaf| self.cheapest(at, unit, row, leaf)));
                        } else {
                            self.search(at, unit, leaves, &tariff, near, least);
                        }
                        sums.iter_mut().zip(&*least).for_each(|(sum, &least)| *sum = plus(*sum, least));
                    }
                    sums
                },
            )
            .reduce(nothing, |a, b| a.into_iter().zip(b).map(|(a, b)| Some(a? + b?)).collect())
    }

    /// The cheapest choice of a unit that no case says anything about, in every case.
    fn search(
        &self,
        unit_at: usize,
        unit: &[MemberIx],
        leaves: &[Leaf],
        tariff: &Tariff,
        near: &mut Nearby,
        least: &mut Vec<i128>,
    ) {
        let size = unit.len() as i128;
        least.clear();
        least.extend(leaves.iter().map(|leaf| self.unserved(unit_at, size, leaf).unwrap_or(NEVER)));
        if !self.units.placeable[unit_at] {
            return;
        }
        self.pairs.named(unit, &mut near.named);
        for &manager in &near.named {
            if unit.iter().all(|&member| self.pairs.allowed(member, manager)) {
                let cost = self.cost(unit, manager);
                for (least, leaf) in least.iter_mut().zip(leaves) {
                    *least = (*least).min(cost + self.price(unit, size, manager, leaf));
                }
            }
        }
        if unit.iter().any(|&member| self.pairs.is_held(member)) {
            return;
        }
        // Everybody else gets members who all move: in each case the same price, whoever it is.
        let moving: Vec<i128> =
            leaves.iter().map(|leaf| if tariff.moves { self.moving(unit, UNSERVED, leaf) } else { 0 }).collect();
        let alone = self.loads_alone(unit, tariff);
        let threshold = |least: &[i128]| {
            // A unit with no choice yet has no threshold.
            let most =
                least.iter().zip(&moving).map(|(&least, moving)| if least == NEVER { NEVER } else { least - moving });
            most.max().unwrap_or(NEVER)
        };
        self.field.reach(self.prepared, unit, self.counts_cost, &mut near.reach);
        let tolls = tariff.of_unit(size, &alone);
        self.field.search(unit, near, (self.scale, &tolls), threshold(least), |manager| {
            let cost = self.cost(unit, manager);
            for (case, (least, moving)) in least.iter_mut().zip(&moving).enumerate() {
                let mut sum = cost + moving + size * tariff.member.of(manager, case);
                for (tally, table) in self.tallies.iter().zip(&tariff.loads).filter(|(_, table)| !table.is_empty()) {
                    let price = table.of(manager, case);
                    if price != 0 {
                        sum += price * load(unit, |member| tally.of(member, manager));
                    }
                }
                *least = (*least).min(sum);
            }
            threshold(least)
        });
    }

    /// Managers who may take the unit, with its cost there, scaled.
    fn price_row(&self, unit: &[MemberIx], row: &mut Vec<(ManagerIx, i128)>) {
        row.clear();
        row.extend(takers(self.pairs, unit).map(|manager| (manager, self.cost(unit, manager))));
    }

    /// A unit's cost with a manager, scaled.
    pub fn cost(&self, unit: &[MemberIx], manager: ManagerIx) -> i128 {
        if !self.counts_cost {
            return 0;
        }
        unit.iter().map(|&member| i128::from(cost::arc(self.prepared, member, manager).0)).sum::<i128>() * self.scale
    }

    /// Capacity by capacity: what a unit uses with anybody, where it has prices.
    pub fn loads_alone(&self, unit: &[MemberIx], tariff: &Tariff) -> Vec<i128> {
        #[allow(clippy::borrowed_box, reason = "an element of a list of boxes")]
        let alone = |(tally, table): (&Box<dyn Tally + '_>, &Table)| {
            if table.is_empty() { 0 } else { load(unit, |member| tally.alone(member)) }
        };
        self.tallies.iter().zip(&tariff.loads).map(alone).collect()
    }

    /// The prices a unit pays with a manager.
    pub fn price(&self, unit: &[MemberIx], size: i128, manager: ManagerIx, leaf: &Leaf) -> i128 {
        let mut price = size * (at(&leaf.place, manager) + at(&leaf.average, manager));
        let new = at(&leaf.new, manager);
        if new != 0 {
            let is_new = |member: &&MemberIx| self.pairs.roster.member(**member).manager != Some(manager);
            price += new * unit.iter().filter(is_new).count() as i128;
        }
        for (tally, prices) in self.tallies.iter().zip(&leaf.loads) {
            let each = at(prices, manager);
            if each != 0 {
                price += each * load(unit, |member| tally.of(member, manager));
            }
        }
        price + self.moving(unit, manager, leaf)
    }

    /// The prices of a unit's members who could stay and do not.
    pub fn moving(&self, unit: &[MemberIx], manager: ManagerIx, leaf: &Leaf) -> i128 {
        let mut price = 0;
        for &member in unit {
            if let Some(present) = self.could_stay[member.at()]
                && present != manager
            {
                let is_high_need = self.prepared.members[member.at()].high_need;
                price += at(&leaf.moved, present) + if is_high_need { i128::from(leaf.moved_high_need) } else { 0 };
                price += leaf.moved_each.get(member.at()).map_or(0, |&each| i128::from(each));
            }
        }
        price
    }

    /// The cheapest choice of a unit at a leaf's prices, by looking at all; [`NEVER`] when it has no choice.
    fn cheapest(&self, unit_at: usize, unit: &[MemberIx], row: &[(ManagerIx, i128)], leaf: &Leaf) -> i128 {
        let fixed = leaf.fixed_for(unit_at as u32);
        let in_case = |manager: ManagerIx| fixed.iter().all(|&(_, named, is_with)| (named == manager) == is_with);
        let size = unit.len() as i128;
        let choices = row
            .iter()
            .filter(|(manager, _)| fixed.is_empty() || in_case(*manager))
            .map(|&(manager, cost)| cost + self.price(unit, size, manager, leaf));
        let unserved = self.unserved(unit_at, size, leaf).filter(|_| fixed.is_empty() || in_case(UNSERVED));
        choices.chain(unserved).min().unwrap_or(NEVER)
    }

    /// The choice of leaving a unit unserved, where it is one.
    ///
    /// A minimum use is counted for all placeable members; with k of them unserved it falls by at most k, so each
    /// one gives its price back.
    pub fn unserved(&self, unit_at: usize, size: i128, leaf: &Leaf) -> Option<i128> {
        let is_placeable = self.units.placeable[unit_at];
        if !self.counts_cost {
            return (!is_placeable).then_some(0);
        }
        let rules = self.pairs.rules;
        let each = i128::from(unserved::each(rules).0) * self.scale;
        match (is_placeable, rules.allow_unserved) {
            (false, _) => Some(size * each),
            (true, true) => {
                let lift = i128::from(floor::lift(rules).0) * self.scale;
                Some(size * (each + lift - i128::from(leaf.used)))
            }
            (true, false) => None,
        }
    }

    /// The sum over managers of the cheapest load at a leaf's prices.
    fn managers_part(&self, leaf: &Leaf) -> i128 {
        let load = |manager: usize| {
            let manager = ManagerIx::new(manager);
            self.least_load(manager, at(&leaf.place, manager), leaf.used)
        };
        (0..self.caps.len()).map(load).sum()
    }

    /// The least of `B(n) - price n - used (n >= 1)` over loads n from 0 to the cap.
    pub fn least_load(&self, manager: ManagerIx, price: i128, used: i64) -> i128 {
        let cap = self.caps[manager.at()];
        if cap == 0 {
            return 0;
        }
        let used = i128::from(used);
        if !self.counts_cost {
            // Linear in the load from 1 on, so an end of the range is the least.
            return (-used - price).min(-used - price * i128::from(cap)).min(0);
        }
        let (places, sums) = self.balance.of(manager);
        // Places never cost less than the one before: all that cost less than the price are worth it.
        let load = places.partition_point(|&place| i128::from(place) * self.scale < price).max(1);
        (i128::from(sums[load - 1]) * self.scale - price * load as i128 - used).min(0)
    }
}

/// What a unit uses of a capacity.
fn load(unit: &[MemberIx], of: impl Fn(MemberIx) -> i64) -> i128 {
    unit.iter().map(|&member| i128::from(of(member))).sum()
}

/// What loads cost, once for all case managers alike.
pub(super) struct Balance {
    /// Manager by manager: which.
    of: Vec<u32>,
    /// Of the first k places, and of the k-th.
    places: Vec<(Vec<i64>, Vec<i64>)>,
}

impl Balance {
    fn new(roster: &Roster, rules: &Rules, caps: &[u32]) -> Self {
        // What a place costs depends on the cap and, by floors, on the share of a full place, the own limit and whom the
        // floors are about.
        type Alike = (u32, u32, Option<u32>, Vec<bool>);
        let floors = |row| rules.program.ranges.iter().map(|range| floor::holds_for(rules, range, row)).collect();
        let mut known: BTreeMap<Alike, u32> = BTreeMap::new();
        let mut all = Self { of: Vec::with_capacity(caps.len()), places: Vec::new() };
        for (row, &cap) in roster.managers().iter().zip(caps) {
            let alike: Alike = (cap, rules.capacity_thousandths(row), row.max_caseload, floors(row));
            let at = *known.entry(alike).or_insert_with(|| {
                let places: Vec<i64> = cost::places(rules, row, cap).iter().map(|cost| cost.0).collect();
                let mut sum = 0;
                let add = |place: &i64| {
                    sum += place;
                    sum
                };
                all.places.push((places.iter().map(add).collect(), places));
                all.places.len() as u32 - 1
            });
            all.of.push(at);
        }
        all
    }

    /// Of the k-th place, and of the first k, at a manager.
    pub fn of(&self, manager: ManagerIx) -> (&[i64], &[i64]) {
        let (sums, places) = &self.places[self.of[manager.at()] as usize];
        (places, sums)
    }
}
