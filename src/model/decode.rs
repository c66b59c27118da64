//! From a solver's indices back to people: assignments, and prices under the names the certificate publishes.

use std::collections::BTreeMap;

use crate::certificate::{
    self, AveragePrice, Branch, Certificate, Claim, FairnessPrice, LoadPrice, MinimumUsePrice, MovesPrice, Node, Prices,
};
use crate::cost::floor;
use crate::ids::{ManagerIx, MemberIx};
use crate::model::build::Model;
use crate::model::rows::{RowName, average};

/// Prices of a problem's limits, in 1/scale seconds: what a solver returns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DensePrices {
    /// Of a place at each manager.
    pub capacity: Vec<i64>,
    /// Of each row.
    pub rows: Vec<i64>,
    /// Of one manager in use.
    pub minimum_use: i64,
}

/// Prices of the units themselves: the bound is then made of one knapsack a manager (Lagrangian decomposition; Savelsbergh
/// 1997, doi:10.1287/opre.45.6.831).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitPrices {
    /// What placing each unit is worth, in 1/scale seconds; of either sign.
    pub units: Vec<i64>,
    /// Of a place at each manager: what its count limit is priced at outside its knapsack; 0 = kept inside it.
    pub capacity: Vec<i64>,
    /// Of each row; rows that belong to a single manager and have price 0 stay inside its knapsack.
    pub rows: Vec<i64>,
}

/// Proof of a problem's bound, by unit and manager: what a solver returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DenseProof {
    /// One set of prices of the limits.
    Prices(DensePrices),
    /// One set of prices of the units.
    Units(UnitPrices),
    /// Two cases.
    Branch {
        /// The unit.
        unit: usize,
        /// The manager; one past the last stands for being unserved.
        manager: usize,
        /// The unit is with the manager.
        with: Box<DenseProof>,
        /// It is not.
        without: Box<DenseProof>,
    },
}

/// The whole roster's assignment of a plan of units.
#[must_use]
pub fn assignment(model: &Model<'_>, plan: &[Option<u32>]) -> Vec<Option<ManagerIx>> {
    let mut all = vec![None; model.roster().members().len()];
    for (members, choice) in model.units.iter().zip(plan) {
        for member in members {
            all[member.at()] = choice.map(ManagerIx);
        }
    }
    all
}

/// The certificate of a proof. The problem's places are lifted ([`floor::lift`]), those of the published formula are not: a
/// place is priced so much lower there, and so is what placing a member is worth.
#[must_use]
pub fn certificate(model: &Model<'_>, claim: Claim, scale: i64, proof: &DenseProof) -> Certificate {
    let lift = match claim {
        Claim::Bound => floor::lift(model.prepared().rules).0 * scale,
        Claim::Infeasible => 0,
    };
    Certificate { form: "prices".to_owned(), claim, scale, proof: node(model, lift, proof) }
}

/// Prices that a certificate names, in the order of this model's managers and rows; 0 where it names none. A certificate of
/// several cases gives those of its first.
#[must_use]
pub fn dense_prices(model: &Model<'_>, certificate: Option<&Certificate>) -> DensePrices {
    let mut node = certificate.map(|certificate| &certificate.proof);
    let named = loop {
        match node {
            Some(Node::Branch(branch)) => node = Some(&*branch.with),
            Some(Node::Prices(prices)) => break Some(prices),
            Some(Node::Units(_)) | None => break None,
        }
    };
    let price_of = |table: fn(&Prices) -> &BTreeMap<String, i64>, manager: ManagerIx| {
        let id = &*model.roster().manager(manager).id;
        named.and_then(|prices| table(prices).get(id)).copied().unwrap_or_default()
    };
    let row = |name: &RowName| match name {
        RowName::Receive(manager) => price_of(|prices| &prices.receive, *manager),
        RowName::Average { rule, scope } => named
            .and_then(|prices| prices.averages.iter().find(|one| one.rule == *rule && one.scope == *scope))
            .map_or(0, |one| one.price),
        RowName::Moves(budget) => {
            named.and_then(|prices| prices.moves.iter().find(|one| one.budget == *budget)).map_or(0, |one| one.price)
        }
        RowName::Fairness { rule, group } => named
            .and_then(|prices| prices.fairness.iter().find(|one| one.rule == *rule && one.group == *group))
            .map_or(0, |one| one.price),
        RowName::Load { .. } => 0,
    };
    let lift = certificate.map_or(0, |certificate| floor::lift(model.prepared().rules).0 * certificate.scale);
    DensePrices {
        capacity: model
            .roster()
            .manager_indices()
            .map(|manager| price_of(|prices| &prices.capacity, manager) + lift)
            .collect(),
        rows: model.row_names.iter().map(row).collect(),
        minimum_use: 0,
    }
}

fn node(model: &Model<'_>, lift: i64, proof: &DenseProof) -> Node {
    match proof {
        DenseProof::Prices(dense) => {
            let capacity = dense.capacity.iter().map(|price| price - lift).collect();
            Node::Prices(prices(model, &DensePrices { capacity, ..dense.clone() }))
        }
        DenseProof::Units(dense) => Node::Units(unit_prices(model, lift, dense)),
        DenseProof::Branch { unit, manager, with, without } => Node::Branch(Branch {
            member_id: model.roster().member(model.units[*unit][0]).id.to_string(),
            manager_id: model
                .roster()
                .managers()
                .get(*manager)
                .map_or_else(String::new, |manager| manager.id.to_string()),
            with: Box::new(node(model, lift, with)),
            without: Box::new(node(model, lift, without)),
        }),
    }
}

fn unit_prices(model: &Model<'_>, lift: i64, dense: &UnitPrices) -> certificate::UnitPrices {
    let name = |members: &Vec<MemberIx>| model.roster().member(members[0]).id.to_string();
    let worth = |(members, &price): (&Vec<MemberIx>, &i64)| (name(members), price - lift * members.len() as i64);
    let units = model.units.iter().zip(&dense.units).map(worth);
    // Places without a price stay inside the knapsack.
    let capacity = dense.capacity.iter().map(|&price| if price == 0 { 0 } else { price - lift }).collect();
    let limits = DensePrices { capacity, rows: dense.rows.clone(), minimum_use: 0 };
    certificate::UnitPrices { units: units.filter(|(_, price)| *price != 0).collect(), limits: prices(model, &limits) }
}

fn prices(model: &Model<'_>, dense: &DensePrices) -> Prices {
    let id = |manager: usize| model.roster().managers()[manager].id.to_string();
    let capacity = dense.capacity.iter().enumerate().filter(|&(_, &price)| price != 0);
    let mut prices = Prices {
        capacity: capacity.map(|(manager, &price)| (id(manager), price)).collect::<BTreeMap<_, _>>(),
        ..Prices::default()
    };
    for (name, &price) in model.row_names.iter().zip(&dense.rows).filter(|&(_, &price)| price != 0) {
        match name {
            RowName::Receive(manager) => {
                prices.receive.insert(id(manager.at()), price);
            }
            RowName::Average { rule, scope } => {
                prices.averages.push(AveragePrice { rule: rule.clone(), scope: scope.clone(), price });
            }
            RowName::Moves(budget) => prices.moves.push(MovesPrice { budget: budget.clone(), price }),
            RowName::Fairness { rule, group } => {
                prices.fairness.push(FairnessPrice { rule: rule.clone(), group: group.clone(), price });
            }
            RowName::Load { rule, manager } => {
                prices.loads.push(LoadPrice { rule: rule.clone(), manager_id: id(manager.at()), price });
            }
        }
    }
    if dense.minimum_use != 0
        && let Some((rule, _)) = average::minimum_use(model.prepared().rules, 0)
    {
        prices.minimum_use.push(MinimumUsePrice { rule, price: dense.minimum_use });
    }
    prices
}
