//! A smallest conflict: named rules and decisions that cannot all be kept, while leaving out any one of them makes a plan
//! possible. A deletion filter (Chinneck, Dravnieks 1991, doi:10.1287/ijoc.3.2.157), whole stretches of the list first, as
//! most of hundreds of decisions play no part.

use crate::ids::MemberIx;
use crate::program::Rules;
use crate::roster::Roster;
use crate::solve::{Control, EngineError};
use crate::whatif::named::{Named, in_force, without};
use crate::whatif::restricted::restricted;
use crate::whatif::solving::{Possible, limited, possible, with_problem};

/// Steps for one check; a weighted roster that takes more is told as not proven.
const STEPS: u64 = 1024;

/// A conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Its rules and decisions; proven to have no plan together.
    pub named: Vec<Named>,
    /// Was a plan found for every one of them left out?
    pub irreducible: bool,
}

/// The conflict behind an infeasible roster; `None` when nothing named is to blame or it could not be proven again.
/// `control` is asked when to stop: then the conflict may be larger than need be, and says so.
///
/// # Errors
/// An engine broke.
pub fn conflict(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Conflict>, EngineError> {
    let all = in_force(roster, rules);
    let nobody_takes = with_problem(roster, rules, |model, _| Ok(model.unplaced.clone()))?;
    let with_only = |kept: &[Named]| {
        let dropped: Vec<Named> = all.iter().filter(|named| !kept.contains(named)).cloned().collect();
        is_possible(roster, rules, &dropped, &nobody_takes, control)
    };
    if with_only(&all)? != Possible::No || with_only(&[])? == Possible::No {
        return Ok(None);
    }
    let mut kept = all.clone();
    let mut irreducible = true;
    let mut step = kept.len().div_ceil(2);
    while step > 0 {
        let mut from = 0;
        while from < kept.len() {
            let upto = (from + step).min(kept.len());
            let fewer: Vec<Named> = [&kept[..from], &kept[upto..]].concat();
            let answer = if control.expired() { Possible::Unknown } else { with_only(&fewer)? };
            if answer == Possible::No {
                kept = fewer;
            } else {
                irreducible &= step > 1 || answer == Possible::Yes;
                from = upto;
            }
        }
        step = if step == 1 { 0 } else { step.div_ceil(2) };
    }
    Ok(Some(Conflict { named: kept, irreducible }))
}

/// Is there a plan without some rules? Members whom nobody may take under all rules are left out: they are listed
/// elsewhere, and leaving out a rule must not bring them back as others' rivals.
///
/// # Errors
/// An engine broke.
pub fn is_possible(
    roster: &Roster,
    rules: &Rules,
    dropped: &[Named],
    nobody_takes: &[MemberIx],
    control: Control<'_>,
) -> Result<Possible, EngineError> {
    let (roster, rules) = without(roster, rules, dropped);
    with_problem(&roster, &rules, |model, problem| {
        let left_out =
            |unit: &usize| model.units[*unit].iter().all(|member| nobody_takes.binary_search(member).is_ok());
        let units: Vec<usize> = (0..model.units.len()).filter(|unit| !left_out(unit)).collect();
        if units.len() == model.units.len() {
            possible(problem, limited(control, STEPS))
        } else {
            possible(&restricted(problem, units, &[], Box::new(|_, _| true)), limited(control, STEPS))
        }
    })
}
