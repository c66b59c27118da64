//! The verifier: judges an assignment from the raw roster and the rules' text alone, and doubts everything else.
//!
//! This room must never see `model` or `solve`. It reads the rules a second time, in its own words, so that one
//! misreading cannot hide in both. It is the only maker of [`VerifiedPlan`], and only a `VerifiedPlan` can be written,
//! shown or mailed.

pub mod assess;
pub mod bound;
pub mod decisions;
pub mod field;
pub mod folder;
mod fractional;
mod knapsack;
mod members_form;
pub mod pairs;
pub mod prices;
pub mod printed;
pub mod rules;
pub mod tally;
pub mod tariff;
pub mod units;
pub mod violation;

use serde::Serialize;

use crate::certificate::Certificate;
use crate::cost::Terms;
use crate::ids::{ManagerIx, MemberIx};
use crate::program::Rules;
use crate::roster::Roster;
use crate::units::Cost;

pub use assess::{Assessment, assess, present};
pub use bound::{CertificateError, bound, contradiction};
pub use rules::caps::{Tolerated, caps};
pub use violation::{Violation, ViolationCode};

/// What a solver claims.
#[derive(Clone, Debug)]
pub struct Claims {
    /// Member by member; `None` = unserved.
    pub assignment: Vec<Option<ManagerIx>>,
    /// What the solver says the plan costs.
    pub cost: Cost,
    /// What the solver says no plan can undercut.
    pub bound: Cost,
    /// The proof of the bound.
    pub certificate: Certificate,
}

/// A rule and how a plan (or the present state) stands against it: a row of `compliance.csv`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleOutcome {
    /// Name in the program file, or the built-in rule's.
    pub rule: String,
    /// `statewide`, a region, a team ...
    pub scope: String,
    /// The limit as a number.
    pub limit: f64,
    /// Measured, at present.
    pub before: f64,
    /// Measured, after the plan.
    pub after: f64,
    /// Met after the plan?
    pub met: bool,
    /// Could any reassignment have changed it? `false` for an average with fixed members and staff.
    pub changeable: bool,
    /// Only measured and priced: a plan that does not meet it is no worse a plan.
    pub soft: bool,
    /// How it was computed, the denominator in words.
    pub how: String,
    /// Words of the source.
    pub citation: String,
}

impl RuleOutcome {
    /// Is it met, or nothing that has to be?
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.met || self.soft
    }
}

/// A member nobody may take, or one left unserved where the settings allow that: a row of `unplaced.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unplaced {
    /// Who.
    pub member: MemberIx,
    /// Somebody may take the member, but there was no place: only where the settings allow that.
    pub placeable: bool,
    /// Reason -> number of managers ruled out by it.
    pub ruled_out: Vec<(String, u32)>,
}

/// A plan that has been judged: every hard rule holds, every number was recomputed. Made by [`judge`] only:
///
/// ```compile_fail,E0063
/// let plan = caseload::verify::VerifiedPlan {};
/// ```
#[derive(Clone, Debug)]
pub struct VerifiedPlan {
    assignment: Vec<Option<ManagerIx>>,
    caps: Vec<u32>,
    terms: Terms,
    bound: Cost,
    certificate: Certificate,
    outcomes: Vec<RuleOutcome>,
    unplaced: Vec<Unplaced>,
    tolerated: Vec<Tolerated>,
}

/// Judges what a solver claims: every rule, the cost, the bound. The only way to a [`VerifiedPlan`].
///
/// # Errors
/// Everything that is wrong: a hard rule broken, another cost than claimed, a bound that the certificate does not give.
pub fn judge(roster: &Roster, rules: &Rules, claims: Claims) -> Result<VerifiedPlan, Vec<Violation>> {
    let Assessment { caps, outcomes, mut violations, terms, unplaced, tolerated, .. } =
        assess(roster, rules, &claims.assignment);
    let cost = terms.total();
    if cost != claims.cost {
        let detail = format!("the plan costs {} s a year, {} s are claimed", cost.0, claims.cost.0);
        violations.push(Violation::new(ViolationCode::Cost, detail));
    }
    let bound = match bound(roster, rules, &claims.certificate) {
        Ok(bound) => bound,
        Err(error) => {
            violations.push(Violation::new(ViolationCode::Certificate, error.to_string()));
            return Err(violations);
        }
    };
    if bound < claims.bound {
        let detail = format!("the certificate gives a bound of {} s a year, {} s are claimed", bound.0, claims.bound.0);
        violations.push(Violation::new(ViolationCode::Bound, detail));
    }
    if violations.is_empty() && bound > cost {
        let detail = format!("the bound of {} s a year is above the plan's own cost of {} s", bound.0, cost.0);
        violations.push(Violation::new(ViolationCode::Bound, detail));
    }
    if !violations.is_empty() {
        return Err(violations);
    }
    let Claims { assignment, certificate, .. } = claims;
    Ok(VerifiedPlan { assignment, caps, terms, bound, certificate, outcomes, unplaced, tolerated })
}

impl VerifiedPlan {
    /// Member by member; `None` = unplaced.
    #[must_use]
    pub fn assignment(&self) -> &[Option<ManagerIx>] {
        &self.assignment
    }

    /// How many members each manager may have (0 when not at work), manager by manager.
    #[must_use]
    pub fn caps(&self) -> &[u32] {
        &self.caps
    }

    /// Cost by term, recomputed.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Bound, recomputed from the certificate.
    #[must_use]
    pub const fn bound(&self) -> Cost {
        self.bound
    }

    /// Relative gap `(cost - bound) / cost`; 0 proves the plan optimal.
    #[must_use]
    pub fn gap(&self) -> f64 {
        let cost = self.terms.total();
        if cost.0 == 0 { 0.0 } else { (cost - self.bound).0 as f64 / cost.0 as f64 }
    }

    /// The certificate the bound was recomputed from.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Rule by rule.
    #[must_use]
    pub fn outcomes(&self) -> &[RuleOutcome] {
        &self.outcomes
    }

    /// Members nobody may take, and those left unserved where the settings allow that.
    #[must_use]
    pub fn unplaced(&self) -> &[Unplaced] {
        &self.unplaced
    }

    /// Case managers above a cap that tolerates it for some days after the plan too, and until when.
    #[must_use]
    pub fn tolerated(&self) -> &[Tolerated] {
        &self.tolerated
    }

    /// Does the plan meet every rule? `false` leads to exit status 1.
    #[must_use]
    pub fn meets_every_rule(&self) -> bool {
        self.unplaced.is_empty() && self.outcomes.iter().all(RuleOutcome::holds)
    }
}
