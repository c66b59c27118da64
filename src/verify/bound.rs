//! The bound, recomputed from the certificate's prices with roster and rules alone: the formula of
//! [`crate::certificate`], over all members and all case managers.
//!
//! Costs of pairs come from [`cost::arc`], which is the solver's side of the cost terms: it is quick, and a property
//! test holds it equal to [`cost::score`], the side that judges the plan's own cost. So a slip in either shows up
//! as a bound above the cost, a claim refuted, or a failed test.

use rayon::prelude::*;

use crate::certificate::{Certificate, Claim};
use crate::cost::{self, Prepared, balance, unserved};
use crate::ids::{ManagerIx, MemberIx};
use crate::program::Rules;
use crate::roster::Roster;
use crate::units::Cost;
use crate::verify::pairs::Pairs;
pub use crate::verify::prices::CertificateError;
use crate::verify::prices::{Leaf, UNSERVED, leaves};
use crate::verify::rules::{caps, moves};
use crate::verify::units::{Units, takers};

/// Units one thread takes at a time.
const BATCH: usize = 64;

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
    let units = Units::read(&pairs);
    let caps = caps::caps(roster, rules);
    let leaves = leaves(&pairs, &units, &caps, certificate)?;
    let proof = Proof {
        pairs: &pairs,
        units: &units,
        could_stay: roster.member_indices().map(|member| moves::could_stay_with(&pairs, member)).collect(),
        prepared: Prepared::new(roster, rules),
        scale: i128::from(certificate.scale),
        counts_cost: certificate.claim == Claim::Bound,
    };
    let by_units = proof.units_part(&leaves);
    let whole = |(leaf, units): (&Leaf, Option<i128>)| Some(units? + proof.managers_part(leaf, &caps) + leaf.constant);
    Ok(leaves.iter().zip(by_units).filter_map(whole).min())
}

struct Proof<'a> {
    pairs: &'a Pairs<'a>,
    units: &'a Units,
    /// Member by member: the manager whose loss budgets of moves count.
    could_stay: Vec<Option<ManagerIx>>,
    prepared: Prepared<'a>,
    scale: i128,
    /// A contradiction is proved without costs.
    counts_cost: bool,
}

impl Proof<'_> {
    /// Case by case: the sum over units of the cheapest choice; `None` when some unit has none. Each pair's cost is
    /// computed once for all cases.
    fn units_part(&self, leaves: &[Leaf]) -> Vec<Option<i128>> {
        let nothing = || vec![Some(0_i128); leaves.len()];
        let plus = |a: Option<i128>, b: Option<i128>| Some(a? + b?);
        let numbered: Vec<(usize, &Vec<MemberIx>)> = self.units.units.iter().enumerate().collect();
        numbered
            .par_chunks(BATCH)
            .map(|batch| {
                let mut sums = nothing();
                let mut row: Vec<(ManagerIx, i128)> = Vec::new();
                for &(at, unit) in batch {
                    self.price_row(unit, &mut row);
                    for (sum, leaf) in sums.iter_mut().zip(leaves) {
                        *sum = plus(*sum, self.cheapest(at, unit, &row, leaf));
                    }
                }
                sums
            })
            .reduce(nothing, |a, b| a.into_iter().zip(b).map(|(a, b)| plus(a, b)).collect())
    }

    /// Managers who may take the unit, with its cost there, scaled.
    fn price_row(&self, unit: &[MemberIx], row: &mut Vec<(ManagerIx, i128)>) {
        row.clear();
        for manager in takers(self.pairs, unit) {
            let cost = if self.counts_cost {
                unit.iter().map(|&member| i128::from(cost::arc(&self.prepared, member, manager).0)).sum()
            } else {
                0
            };
            row.push((manager, cost * self.scale));
        }
    }

    /// The cheapest choice of a unit at a leaf's prices; `None` when it has no choice in this case.
    fn cheapest(&self, at: usize, unit: &[MemberIx], row: &[(ManagerIx, i128)], leaf: &Leaf) -> Option<i128> {
        let fixed = leaf.fixed_for(at as u32);
        let in_case = |manager: ManagerIx| fixed.iter().all(|&(_, named, is_with)| (named == manager) == is_with);
        let size = unit.len() as i128;
        let choices =
            row.iter().filter(|(manager, _)| fixed.is_empty() || in_case(*manager)).map(|&(manager, cost)| {
                let mut price = size * (leaf.place[manager.at()] + leaf.average[manager.at()]);
                for &member in unit {
                    if self.pairs.roster.member(member).manager != Some(manager) {
                        price += leaf.new[manager.at()];
                    }
                    if let Some(present) = self.could_stay[member.at()]
                        && present != manager
                    {
                        price += self.move_price(member, present, leaf);
                    }
                }
                cost + price
            });
        let unserved = self.unserved(at, size, leaf).filter(|_| fixed.is_empty() || in_case(UNSERVED));
        choices.chain(unserved).min()
    }

    fn move_price(&self, member: MemberIx, present: ManagerIx, leaf: &Leaf) -> i128 {
        let is_high_need = self.prepared.members[member.at()].high_need;
        leaf.moved[present.at()] + if is_high_need { leaf.moved_high_need } else { 0 }
    }

    /// The choice of leaving a unit unserved, where it is one.
    ///
    /// A minimum use is counted for all placeable members; with k of them unserved it falls by at most k, so each
    /// one gives its price back.
    fn unserved(&self, at: usize, size: i128, leaf: &Leaf) -> Option<i128> {
        let is_placeable = self.units.placeable[at];
        if !self.counts_cost {
            return (!is_placeable).then_some(0);
        }
        let each = i128::from(unserved::each(self.pairs.rules).0) * self.scale;
        match (is_placeable, self.pairs.rules.allow_unserved) {
            (false, _) => Some(size * each),
            (true, true) => Some(size * (each - leaf.used)),
            (true, false) => None,
        }
    }

    /// The sum over managers of the cheapest load at a leaf's prices.
    fn managers_part(&self, leaf: &Leaf, caps: &[u32]) -> i128 {
        let cheapest = |(at, &cap): (usize, &u32)| {
            let (mut sum, mut least) = (-leaf.used, 0_i128);
            if self.counts_cost {
                for place in balance::places(self.pairs.rules, cap) {
                    sum += i128::from(place.0) * self.scale - leaf.place[at];
                    least = least.min(sum);
                }
            } else if cap > 0 {
                // Linear in the load from 1 on, so an end of the range is the least.
                least = least.min(sum - leaf.place[at]).min(sum - leaf.place[at] * i128::from(cap));
            }
            least
        };
        caps.iter().enumerate().map(cheapest).sum()
    }
}
