//! A certificate's text, checked against roster and rules: the cases of the proof, each with its prices by position.

use std::collections::BTreeMap;

use crate::certificate::{Certificate, MovesBudget, Node, Prices};
use crate::ids::ManagerIx;
use crate::program::{Average, Scope};
use crate::verify::pairs::Pairs;
use crate::verify::rules::{averages, minimum_use, moves, receive};
use crate::verify::units::Units;

/// Stands for being unserved in a case of a proof.
pub const UNSERVED: ManagerIx = ManagerIx(u32::MAX);
/// The one form of certificate there is.
const FORM: &str = "prices";
/// A finer scale than a billionth of a second would only risk overflow.
const LARGEST_SCALE: i64 = 1_000_000_000;

/// Why a certificate proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Another formula.
    #[error("the form of the certificate is `{0}`; `prices` is known")]
    Form(String),
    /// A bound where a contradiction is wanted, or the other way round.
    #[error("the certificate claims something else than what is to be proved")]
    Claim,
    /// Not a usable scale.
    #[error("the scale is {0}; 1 to {LARGEST_SCALE} is expected")]
    Scale(i64),
    /// No such member.
    #[error("there is no member {0}")]
    UnknownMember(String),
    /// No such case manager.
    #[error("there is no case manager {0}")]
    UnknownManager(String),
    /// No such limit in the rules, or none that can be priced.
    #[error("there is no limit to price: {0}")]
    UnknownLimit(String),
    /// A price below zero proves nothing.
    #[error("the price of {what} is {price}, below zero")]
    NegativePrice {
        /// Of what.
        what: String,
        /// As given.
        price: i64,
    },
    /// Every case is empty: what the certificate says is that there is no plan.
    #[error("the certificate says that there is no plan at all")]
    NoPlan,
    /// The sum does not come out above zero.
    #[error("no contradiction: the sum is {0}, not above zero")]
    NoContradiction(i128),
    /// Leaving members unserved is allowed, so there is always a plan.
    #[error("members may be left unserved, so there is always a plan")]
    AlwaysFeasible,
    /// More than a 64-bit number of seconds.
    #[error("the bound is out of range")]
    Overflow,
}

/// A unit, a manager, and whether the unit is with the manager.
pub type Fixed = (u32, ManagerIx, bool);

/// A leaf of the proof.
#[derive(Clone, Debug, Default)]
pub struct Leaf {
    /// Of one place, manager by manager.
    pub place: Vec<i128>,
    /// Of one member in the averages, manager by manager.
    pub average: Vec<i128>,
    /// Of one new member, manager by manager.
    pub new: Vec<i128>,
    /// Of one move, away from each manager.
    pub moved: Vec<i128>,
    /// Of one high-need member's move, on top.
    pub moved_high_need: i128,
    /// Of one manager with members, all rules together.
    pub used: i128,
    /// What the limits themselves come to: `- sum p U + sum q m`.
    pub constant: i128,
    /// Unit, manager, and whether the unit is with the manager in this case; sorted.
    pub fixed: Vec<Fixed>,
}

impl Leaf {
    /// What this case says about one unit.
    #[must_use]
    pub fn fixed_for(&self, unit: u32) -> &[Fixed] {
        let from = self.fixed.partition_point(|fixed| fixed.0 < unit);
        let to = self.fixed.partition_point(|fixed| fixed.0 <= unit);
        &self.fixed[from..to]
    }
}

/// The leaves of a certificate. Together they cover every plan.
///
/// # Errors
/// When it names what does not exist, or has a price below zero.
pub fn leaves(
    pairs: &Pairs<'_>,
    units: &Units,
    caps: &[u32],
    certificate: &Certificate,
) -> Result<Vec<Leaf>, CertificateError> {
    if certificate.form != FORM {
        return Err(CertificateError::Form(certificate.form.clone()));
    }
    if !(1..=LARGEST_SCALE).contains(&certificate.scale) {
        return Err(CertificateError::Scale(certificate.scale));
    }
    let mut leaves = Vec::new();
    let mut open: Vec<(&Node, Vec<Fixed>)> = vec![(&certificate.proof, Vec::new())];
    while let Some((node, mut fixed)) = open.pop() {
        match node {
            Node::Prices(prices) => {
                fixed.sort_unstable();
                leaves.push(Leaf { fixed, ..leaf(pairs, units, caps, prices)? });
            }
            Node::Units(_) => return Err(CertificateError::Form("units".to_owned())),
            Node::Branch(branch) => {
                let member = pairs.roster.find_member(&branch.member_id);
                let member = member.ok_or_else(|| CertificateError::UnknownMember(branch.member_id.clone()))?;
                let is_unserved = branch.manager_id.is_empty();
                let manager = if is_unserved { UNSERVED } else { find_manager(pairs, &branch.manager_id)? };
                let side = |is_with: bool| {
                    let mut fixed = fixed.clone();
                    fixed.push((units.of[member.at()], manager, is_with));
                    fixed
                };
                open.push((&branch.without, side(false)));
                open.push((&branch.with, side(true)));
            }
        }
    }
    Ok(leaves)
}

fn find_manager(pairs: &Pairs<'_>, id: &str) -> Result<ManagerIx, CertificateError> {
    pairs.roster.find_manager(id).ok_or_else(|| CertificateError::UnknownManager(id.to_owned()))
}

fn checked(what: impl Fn() -> String, price: i64) -> Result<i128, CertificateError> {
    if price < 0 { Err(CertificateError::NegativePrice { what: what(), price }) } else { Ok(i128::from(price)) }
}

fn leaf(pairs: &Pairs<'_>, units: &Units, caps: &[u32], prices: &Prices) -> Result<Leaf, CertificateError> {
    let count = caps.len();
    let zeros = vec![0_i128; count];
    let mut leaf =
        Leaf { place: zeros.clone(), average: zeros.clone(), new: zeros.clone(), moved: zeros, ..Leaf::default() };
    for (id, &price) in &prices.capacity {
        // Of either sign: a manager's places are exactly the members placed there.
        leaf.place[find_manager(pairs, id)?.at()] += i128::from(price);
    }
    price_receive(pairs, prices, &mut leaf)?;
    price_averages(pairs, prices, &mut leaf)?;
    price_moves(pairs, prices, &mut leaf)?;
    price_minimum_use(pairs, units, prices, &mut leaf)?;
    Ok(leaf)
}

fn price_receive(pairs: &Pairs<'_>, prices: &Prices, leaf: &mut Leaf) -> Result<(), CertificateError> {
    for (id, &price) in &prices.receive {
        let manager = find_manager(pairs, id)?;
        let price = checked(|| format!("a new member at {id}"), price)?;
        let limit = receive::limit_of(pairs.rules, pairs.roster.manager(manager))
            .ok_or_else(|| CertificateError::UnknownLimit(format!("new members at {id}")))?;
        leaf.new[manager.at()] += price;
        leaf.constant -= price * i128::from(limit);
    }
    Ok(())
}

/// Scopes other than the whole roster with fixed denominators: their limit is a number of members.
fn price_averages(pairs: &Pairs<'_>, prices: &Prices, leaf: &mut Leaf) -> Result<(), CertificateError> {
    let unknown = |rule: &str, scope: &str| CertificateError::UnknownLimit(format!("average {rule}, scope `{scope}`"));
    let mut scopes: BTreeMap<Scope, BTreeMap<String, Vec<ManagerIx>>> = BTreeMap::new();
    for priced in &prices.averages {
        let can_be_priced = |average: &&Average| {
            average.name == priced.rule && averages::is_fixed(average.denominator) && averages::is_changeable(average)
        };
        let average = pairs.rules.program.averages.iter().find(can_be_priced);
        let average = average.ok_or_else(|| unknown(&priced.rule, &priced.scope))?;
        let scopes = scopes.entry(average.scope).or_insert_with(|| averages::scopes(pairs.roster, average.scope));
        let managers = scopes.get(&priced.scope).ok_or_else(|| unknown(&priced.rule, &priced.scope))?;
        let price = checked(|| format!("a member in {}, scope `{}`", priced.rule, priced.scope), priced.price)?;
        let counted = averages::below_the_line(pairs, average.denominator, managers, &[]);
        let members = u64::from(average.limit) * counted / 1000;
        leaf.constant -= price * i128::from(members);
        for manager in managers {
            leaf.average[manager.at()] += price;
        }
    }
    Ok(())
}

fn price_moves(pairs: &Pairs<'_>, prices: &Prices, leaf: &mut Leaf) -> Result<(), CertificateError> {
    let budgets = &pairs.rules.program.moves;
    for priced in &prices.moves {
        let price = checked(|| "a move".to_owned(), priced.price)?;
        let limit = match &priced.budget {
            MovesBudget::Total => budgets.total,
            MovesBudget::HighNeed => budgets.high_need,
            MovesBudget::Team(_) => budgets.per_team,
        };
        if limit == 0 {
            return Err(CertificateError::UnknownLimit("moves without a budget".to_owned()));
        }
        leaf.constant -= price * i128::from(limit);
        if priced.budget == MovesBudget::HighNeed {
            leaf.moved_high_need += price;
            continue;
        }
        let uses = |manager: ManagerIx| match &priced.budget {
            MovesBudget::Team(team) => moves::team_name(pairs, manager) == team,
            _ => true,
        };
        for manager in pairs.roster.manager_indices().filter(|&manager| uses(manager)) {
            leaf.moved[manager.at()] += price;
        }
    }
    Ok(())
}

fn price_minimum_use(
    pairs: &Pairs<'_>,
    units: &Units,
    prices: &Prices,
    leaf: &mut Leaf,
) -> Result<(), CertificateError> {
    for priced in &prices.minimum_use {
        let unknown = || CertificateError::UnknownLimit(format!("case managers with members in {}", priced.rule));
        let is_it = |average: &&Average| average.name == priced.rule && minimum_use::is_one(average);
        let average = pairs.rules.program.averages.iter().find(is_it).ok_or_else(unknown)?;
        let needed = minimum_use::needed(units.placeable_members(), average.limit).ok_or_else(unknown)?;
        let price = checked(|| format!("a case manager with members in {}", priced.rule), priced.price)?;
        leaf.used += price;
        leaf.constant += price * i128::from(needed);
    }
    Ok(())
}
