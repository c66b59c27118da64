//! A certificate's text, checked against roster and rules: the cases of the proof, each with its prices by position.

use std::collections::BTreeMap;

use crate::certificate::{Certificate, MovesBudget, Node, Prices, UnitPrices};
use crate::ids::ManagerIx;
use crate::program::Average;
use crate::verify::pairs::Pairs;
use crate::verify::rules::{averages, fairness, minimum_use, moves, receive, spans};
use crate::verify::tally::{self, Tally};
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
    /// More work than a verifier takes on: refused, not guessed.
    #[error("the certificate takes too much to evaluate: {0}")]
    TooLarge(String),
    /// More than a 64-bit number of seconds.
    #[error("the bound is out of range")]
    Overflow,
}

/// A unit, a manager, and whether the unit is with the manager.
pub type Fixed = (u32, ManagerIx, bool);

/// A leaf of the proof. Lists by manager are empty when nothing in them has a price.
#[derive(Clone, Debug, Default)]
pub struct Leaf {
    /// Of one place, manager by manager.
    pub place: Vec<i64>,
    /// Of one member in the averages, manager by manager.
    pub average: Vec<i64>,
    /// Of one new member, manager by manager.
    pub new: Vec<i64>,
    /// Of one move, away from each manager.
    pub moved: Vec<i64>,
    /// Of one high-need member's move, on top.
    pub moved_high_need: i64,
    /// Of one who could stay and moves, member by member and of either sign: limits on disparity.
    pub moved_each: Vec<i64>,
    /// Tally by tally of [`tally::read`]: of one unit of what it counts, manager by manager.
    pub loads: Vec<Vec<i64>>,
    /// Of one manager with members, all rules together.
    pub used: i64,
    /// What the limits themselves come to: `- sum p U + sum q m`.
    pub constant: i128,
    /// In the second form: what placing each unit is worth.
    pub units: Option<Vec<i64>>,
    /// Unit, manager, and whether the unit is with the manager in this case; sorted.
    pub fixed: Vec<Fixed>,
}

/// The price at a position of a list that may be empty.
#[must_use]
pub fn at(prices: &[i64], manager: ManagerIx) -> i128 {
    prices.get(manager.at()).map_or(0, |&price| i128::from(price))
}

impl Leaf {
    /// Do moves have prices?
    #[must_use]
    pub fn prices_moves(&self) -> bool {
        !self.moved.is_empty() || self.moved_high_need > 0 || !self.moved_each.is_empty()
    }

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
    let limits = Limits::read(pairs, units);
    let mut leaves = Vec::new();
    let mut open: Vec<(&Node, Vec<Fixed>)> = vec![(&certificate.proof, Vec::new())];
    while let Some((node, mut fixed)) = open.pop() {
        match node {
            Node::Prices(prices) => {
                fixed.sort_unstable();
                leaves.push(Leaf { fixed, ..leaf(pairs, units, caps, &limits, prices)? });
            }
            Node::Units(second) => {
                fixed.sort_unstable();
                leaves.push(Leaf { fixed, ..unit_leaf(pairs, units, caps, &limits, second)? });
            }
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

fn checked(what: impl Fn() -> String, price: i64) -> Result<i64, CertificateError> {
    if price < 0 { Err(CertificateError::NegativePrice { what: what(), price }) } else { Ok(price) }
}

/// Adds to one manager's price in a list that is as long as there are managers, or still empty.
fn add(prices: &mut Vec<i64>, managers: usize, at: ManagerIx, price: i64) -> Result<(), CertificateError> {
    prices.resize(managers, 0);
    let sum = prices[at.at()].checked_add(price).ok_or(CertificateError::Overflow)?;
    prices[at.at()] = sum;
    Ok(())
}

fn leaf(
    pairs: &Pairs<'_>,
    units: &Units,
    caps: &[u32],
    limits: &Limits<'_>,
    prices: &Prices,
) -> Result<Leaf, CertificateError> {
    let mut leaf = Leaf::default();
    for (id, &price) in &prices.capacity {
        // Of either sign: a manager's places are exactly the members placed there.
        add(&mut leaf.place, caps.len(), find_manager(pairs, id)?, price)?;
    }
    price_receive(pairs, prices, &mut leaf)?;
    price_scopes(pairs, limits, prices, &mut leaf)?;
    price_moves(pairs, prices, &mut leaf)?;
    price_fairness(pairs, units, prices, &mut leaf)?;
    price_loads(pairs, limits, prices, &mut leaf)?;
    price_minimum_use(pairs, units, prices, &mut leaf)?;
    Ok(leaf)
}

/// The second form: prices of units, and of the limits taken out of the knapsacks.
fn unit_leaf(
    pairs: &Pairs<'_>,
    units: &Units,
    caps: &[u32],
    limits: &Limits<'_>,
    prices: &UnitPrices,
) -> Result<Leaf, CertificateError> {
    if !prices.limits.minimum_use.is_empty() {
        return Err(CertificateError::UnknownLimit(
            "case managers with members, in the form of prices of members".into(),
        ));
    }
    let mut worth = vec![0_i64; units.units.len()];
    for (id, &price) in &prices.units {
        let member = pairs.roster.find_member(id).ok_or_else(|| CertificateError::UnknownMember(id.clone()))?;
        let unit = units.of[member.at()] as usize;
        // One name a unit, so that nothing is priced twice.
        if units.units[unit][0] != member {
            return Err(CertificateError::UnknownMember(format!("{id} as the first of its household")));
        }
        worth[unit] = price;
    }
    Ok(Leaf { units: Some(worth), ..leaf(pairs, units, caps, limits, &prices.limits)? })
}

/// What can be priced besides places, receive limits and moves: looked up once for all cases.
struct Limits<'a> {
    tallies: Vec<Box<dyn Tally + 'a>>,
    /// By rule and scope.
    scopes: BTreeMap<(String, String), ScopeLimit>,
}

/// A limit of the managers of one scope together.
struct ScopeLimit {
    managers: Vec<ManagerIx>,
    most: i64,
    /// Which tally it counts by; `None` = members.
    tally: Option<usize>,
}

impl<'a> Limits<'a> {
    fn read(pairs: &'a Pairs<'_>, units: &Units) -> Self {
        let (roster, rules) = (pairs.roster, pairs.rules);
        let tallies = tally::read(pairs, units);
        let mut scopes = BTreeMap::new();
        let can_be_priced =
            |average: &&Average| averages::is_fixed(average.denominator) && averages::is_changeable(average);
        for average in rules.program.averages.iter().filter(can_be_priced) {
            let above = averages::above_the_line(roster, rules, average);
            let tally = tallies.iter().position(|tally| !average.is_plain() && tally.name() == average.name);
            for (scope, managers) in averages::scopes(roster, average.scope) {
                let counted = averages::below_the_line(pairs, average, average.denominator, &managers, &[]);
                let limit = ScopeLimit { managers, most: averages::most(&above, counted), tally };
                scopes.insert((average.name.clone(), scope), limit);
            }
        }
        let teams = spans::teams(pairs);
        for span in &rules.program.spans {
            let Some(members) = span.members else { continue };
            let tally = tallies.iter().position(|tally| !span.of.is_empty() && tally.name() == span.name);
            for (team, managers) in &teams {
                let limit = ScopeLimit { managers: managers.clone(), most: i64::from(members), tally };
                scopes.insert((span.name.clone(), (*team).to_owned()), limit);
            }
        }
        Self { tallies, scopes }
    }

    /// Room for a tally's prices.
    fn prices<'l>(&self, leaf: &'l mut Leaf, tally: usize) -> &'l mut Vec<i64> {
        leaf.loads.resize(self.tallies.len(), Vec::new());
        &mut leaf.loads[tally]
    }
}

/// Limits of single case managers.
fn price_loads(
    pairs: &Pairs<'_>,
    limits: &Limits<'_>,
    prices: &Prices,
    leaf: &mut Leaf,
) -> Result<(), CertificateError> {
    for priced in &prices.loads {
        let what = || format!("a unit of {} at {}", priced.rule, priced.manager_id);
        let unknown = || CertificateError::UnknownLimit(what());
        let manager = find_manager(pairs, &priced.manager_id)?;
        let tally = limits.tallies.iter().position(|tally| tally.name() == priced.rule).ok_or_else(unknown)?;
        let limit = limits.tallies[tally].limit(manager).ok_or_else(unknown)?;
        let price = checked(what, priced.price)?;
        add(limits.prices(leaf, tally), pairs.roster.managers().len(), manager, price)?;
        leaf.constant -= i128::from(price) * i128::from(limit);
    }
    Ok(())
}

fn price_receive(pairs: &Pairs<'_>, prices: &Prices, leaf: &mut Leaf) -> Result<(), CertificateError> {
    for (id, &price) in &prices.receive {
        let manager = find_manager(pairs, id)?;
        let price = checked(|| format!("a new member at {id}"), price)?;
        let limit = receive::limit_of(pairs.roster, pairs.rules, manager)
            .ok_or_else(|| CertificateError::UnknownLimit(format!("new members at {id}")))?;
        add(&mut leaf.new, pairs.roster.managers().len(), manager, price)?;
        leaf.constant -= i128::from(price) * i128::from(limit);
    }
    Ok(())
}

/// Limits of regions and teams together.
fn price_scopes(
    pairs: &Pairs<'_>,
    limits: &Limits<'_>,
    prices: &Prices,
    leaf: &mut Leaf,
) -> Result<(), CertificateError> {
    for priced in &prices.averages {
        let what = || format!("a member in {}, scope `{}`", priced.rule, priced.scope);
        let price = checked(what, priced.price)?;
        let limit = limits.scopes.get(&(priced.rule.clone(), priced.scope.clone()));
        let limit = limit.ok_or_else(|| CertificateError::UnknownLimit(what()))?;
        leaf.constant -= i128::from(price) * i128::from(limit.most);
        for &manager in &limit.managers {
            let prices = match limit.tally {
                None => &mut leaf.average,
                Some(tally) => limits.prices(leaf, tally),
            };
            add(prices, pairs.roster.managers().len(), manager, price)?;
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
        leaf.constant -= i128::from(price) * i128::from(limit);
        if priced.budget == MovesBudget::HighNeed {
            leaf.moved_high_need = leaf.moved_high_need.checked_add(price).ok_or(CertificateError::Overflow)?;
            continue;
        }
        let uses = |manager: ManagerIx| match &priced.budget {
            MovesBudget::Team(team) => moves::team_name(pairs, manager) == team,
            _ => true,
        };
        for manager in pairs.roster.manager_indices().filter(|&manager| uses(manager)) {
            add(&mut leaf.moved, pairs.roster.managers().len(), manager, price)?;
        }
    }
    Ok(())
}

/// Limits on disparity: whoever moves of the group uses the limit, whoever moves of the others gives back.
fn price_fairness(pairs: &Pairs<'_>, units: &Units, prices: &Prices, leaf: &mut Leaf) -> Result<(), CertificateError> {
    for priced in &prices.fairness {
        let what = || format!("a move in {}, group `{}`", priced.rule, priced.group);
        let price = checked(what, priced.price)?;
        let (uses, most) = fairness::uses(pairs, units, &priced.rule, &priced.group)
            .ok_or_else(|| CertificateError::UnknownLimit(what()))?;
        leaf.constant -= i128::from(price) * most;
        leaf.moved_each.resize(pairs.roster.members().len(), 0);
        for (member, uses) in uses {
            let each = &mut leaf.moved_each[member.at()];
            let sum = price.checked_mul(uses).and_then(|more| each.checked_add(more));
            *each = sum.ok_or(CertificateError::Overflow)?;
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
        leaf.used = leaf.used.checked_add(price).ok_or(CertificateError::Overflow)?;
        leaf.constant += i128::from(price) * i128::from(needed);
    }
    Ok(())
}
