//! The proof that goes with a plan: prices from which anyone can recompute the bound with the roster and the rules
//! alone. The solver makes it, the verifier doubts it; neither needs the other.
//!
//! # The bound
//! Members who must stay together form one *unit* u of size `s_u`; all others are units of size 1. For any prices p >= 0
//! on the limits below, every plan costs at least
//!
//! ```text
//! L(p) =   sum over units u of  min over allowed managers j of  [ c_uj + s_u p_j + sum_r p_r a_ruj ]
//!        + sum over managers j of  min over 0 <= n <= cap_j of  [ B_j(n) - p_j n - sum_w q_w (n >= 1) ]
//!        - sum over limits r of  p_r U_r   + sum over minimum uses w of  q_w m_w
//! ```
//!
//! A place price may be negative only where a least number of managers in use, or a floor, makes a load worth something;
//! everything else is >= 0. Here `c_uj` is the sum of its members' arc costs, `B_j(n)` the cost of a load of n (balance, and what is missing to a floor), `p_j` the price of a place at
//! manager j, `a_ruj` how much of limit r the unit uses at j and `U_r` the limit (Lagrangian relaxation: Geoffrion 1974,
//! doi:10.1007/BFb0120690). When `allow_unserved` is set, or a unit has no allowed manager at all, leaving it unserved
//! at `s_u x unserved` is one more choice in its minimum. All numbers are integers: prices in 1/`scale` seconds, the
//! bound is ceil(L / scale).
//!
//! # The bound from prices of members
//! Where a manager's capacities are weighted, prices of limits leave a part of the bound open. The second form prices
//! the units instead, with any u of either sign, and keeps each manager's own capacities inside a knapsack
//! (Savelsbergh 1997, doi:10.1287/opre.45.6.831; Posta, Ferland, Michelon 2012, doi:10.1007/s10589-011-9432-0):
//!
//! ```text
//! L(u, p) =   sum over units  u_u
//!           + sum over managers j of  min over sets S of allowed units within j's own capacities of
//!                 [ B_j(n_S) - p_j n_S + sum over u in S of (c_uj + s_u p_j + sum_r p_r a_ruj - u_u) ]
//!           - sum over priced limits r of  p_r U_r
//! ```
//!
//! with `n_S` the members in S. A limit of one manager that has a price is left out of that manager's knapsack (for places:
//! then `- p_j n` takes the load n on its own, as in the first formula). A unit nobody may take counts `s_u x unserved`
//! instead of `u_u`; with `allow_unserved` every other unit adds `min(0, s_u x unserved - u_u)`. Minimum uses have no
//! price here. In a case, a unit's pairs are those the case leaves open.
//!
//! For [`Claim::Infeasible`] the same L is taken with every cost 0 (no c, no B, no unserved choice): L > 0 is a
//! contradiction, since a plan within the rules would cost nothing.
//!
//! A [`Node::Branch`] splits on one pair: `with` holds when that member's unit is with that manager, `without` when it
//! is not. The bound of a branch is the smaller of its sides, so the leaves always cover every plan.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the prices prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Claim {
    /// No plan costs less than the bound.
    Bound,
    /// No plan meets the rules.
    Infeasible,
}

/// A certificate, as it stands in `certificate.json`. Ids, not indices: it is read with the roster at hand only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Which formulas: `prices`, those above.
    pub form: String,
    /// What is proved.
    pub claim: Claim,
    /// Prices are in 1/scale seconds a year.
    pub scale: i64,
    /// Prices, split by cases where one set of prices is not enough. In the file a plain list, whatever the depth: every
    /// split is followed by all of its first case (the unit is with the manager), then by all of its second.
    #[serde(with = "listed")]
    pub proof: Node,
}

/// Prices of the members themselves, by unit (named by its first member); what is not named has price 0. May be of either
/// sign. See the second formula above.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitPrices {
    /// What placing a unit is worth, by the id of its first member.
    pub units: BTreeMap<String, i64>,
    /// Prices of limits taken out of the knapsacks: counted as in the first formula.
    #[serde(default)]
    pub limits: Prices,
}

/// A case of the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// One set of prices for this case.
    Prices(Prices),
    /// One set of prices of members for this case.
    Units(UnitPrices),
    /// Two cases.
    Branch(Branch),
}

/// Cases as a list in their order of visit.
mod listed {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Branch, Node, Prices, UnitPrices};

    /// An entry of the list.
    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Entry<'a> {
        Prices(&'a Prices),
        Units(&'a UnitPrices),
        Split { member_id: &'a str, manager_id: &'a str },
    }

    /// The same, as it is read.
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Read {
        Prices(Prices),
        Units(UnitPrices),
        Split { member_id: String, manager_id: String },
    }

    pub fn serialize<S: Serializer>(proof: &Node, out: S) -> Result<S::Ok, S::Error> {
        let mut entries = Vec::new();
        let mut open = vec![proof];
        while let Some(node) = open.pop() {
            entries.push(match node {
                Node::Prices(prices) => Entry::Prices(prices),
                Node::Units(prices) => Entry::Units(prices),
                Node::Branch(Branch { member_id, manager_id, with, without }) => {
                    open.extend([&**without, &**with]);
                    Entry::Split { member_id, manager_id }
                }
            });
        }
        out.collect_seq(entries)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Node, D::Error> {
        let unfinished = || D::Error::custom("proof: a split has two cases, and there is one first case");
        let mut whole: Vec<Node> = Vec::new();
        // From the end: the cases of a split are ready when the split is met.
        for entry in Vec::<Read>::deserialize(input)?.into_iter().rev() {
            let node = match entry {
                Read::Prices(prices) => Node::Prices(prices),
                Read::Units(prices) => Node::Units(prices),
                Read::Split { member_id, manager_id } => {
                    let with = Box::new(whole.pop().ok_or_else(unfinished)?);
                    let without = Box::new(whole.pop().ok_or_else(unfinished)?);
                    Node::Branch(Branch { member_id, manager_id, with, without })
                }
            };
            whole.push(node);
        }
        let proof = whole.pop().ok_or_else(unfinished)?;
        if whole.is_empty() { Ok(proof) } else { Err(unfinished()) }
    }
}

/// The two cases of one pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Any member of the unit.
    pub member_id: String,
    /// The manager; empty = unserved.
    pub manager_id: String,
    /// The unit is with the manager.
    pub with: Box<Node>,
    /// The unit is not with the manager.
    pub without: Box<Node>,
}

/// Prices by limit; a limit that is not named has price 0. All are >= 0, but for places (see above).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// Of one place at a manager, by manager id (count caps).
    pub capacity: BTreeMap<String, i64>,
    /// Of one new member at a manager, by manager id (receive limits). A member is new who is not with the manager now.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub receive: BTreeMap<String, i64>,
    /// Of one unit of what counts in a scope (a member; in averages of categories one that counts, in combined ones a
    /// share). Only averages that a reassignment can change - scope region or team with a fixed denominator - and the
    /// members of a span's teams.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub averages: Vec<AveragePrice>,
    /// Of one moved member in a budget.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<MovesPrice>,
    /// Of one unit of a limit on disparity. With N members who could stay, n of them in the group, and d the greatest
    /// common divisor of the two, a member of the group who moves uses (N - n) / d, any other who moves gives back n / d;
    /// the limit is floor(X n N / (100 d)) for X percentage points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fairness: Vec<FairnessPrice>,
    /// Of one unit of what a manager's own limit counts: weight, minutes, members of a category, a share of a full caseload.
    /// Limits that count all members alike are places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loads: Vec<LoadPrice>,
    /// Of one manager with at least one member, for averages over `with_members`, scope all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub minimum_use: Vec<MinimumUsePrice>,
}

/// Price of one member in a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AveragePrice {
    /// Name of the average or span in the program.
    pub rule: String,
    /// Region or team; empty for managers without one.
    pub scope: String,
    /// In 1/scale seconds.
    pub price: i64,
}

/// Price of one unit of weight (the capacity's own unit) at a manager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadPrice {
    /// Name of the rule in the program; of an explicit mixed rule with the part's categories: `name (a, b)`.
    pub rule: String,
    /// The manager.
    pub manager_id: String,
    /// In 1/scale seconds.
    pub price: i64,
}

/// Price of one unit of a limit on disparity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FairnessPrice {
    /// Name of the limit in the program.
    pub rule: String,
    /// The group, as it is shown.
    pub group: String,
    /// In 1/scale seconds.
    pub price: i64,
}

/// Which budget of moves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovesBudget {
    /// All members.
    Total,
    /// High-need members.
    HighNeed,
    /// Members leaving managers of this team (empty: managers without one).
    Team(String),
}

/// Price of one moved member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovesPrice {
    /// Of which budget.
    pub budget: MovesBudget,
    /// In 1/scale seconds.
    pub price: i64,
}

/// Price of one manager in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinimumUsePrice {
    /// Name of the average in the program.
    pub rule: String,
    /// In 1/scale seconds.
    pub price: i64,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation is how a test fails")]
mod tests {
    use super::*;

    /// Far deeper than a reader of nested JSON goes.
    #[test]
    fn a_deep_proof_is_read_back() {
        let leaf = |price: i64| {
            Node::Prices(Prices { capacity: BTreeMap::from([("c".to_owned(), price)]), ..Prices::default() })
        };
        let mut proof = leaf(0);
        for depth in 1..1500 {
            let (member_id, manager_id) = (format!("m{depth}"), "c".to_owned());
            let (mut with, mut without) = (Box::new(leaf(depth)), Box::new(proof));
            if depth % 2 == 0 {
                std::mem::swap(&mut with, &mut without);
            }
            proof = Node::Branch(Branch { member_id, manager_id, with, without });
        }
        let certificate = Certificate { form: "prices".to_owned(), claim: Claim::Bound, scale: 1, proof };
        let text = serde_json::to_string(&certificate).unwrap();
        assert!(serde_json::from_str::<Certificate>(&text).unwrap() == certificate);
        for wrong in [
            "[]",
            r#"[{"split":{"member_id":"m","manager_id":"c"}}]"#,
            r#"[{"prices":{"capacity":{}}},{"prices":{"capacity":{}}}]"#,
        ] {
            let text = format!(r#"{{"form":"prices","claim":"bound","scale":1,"proof":{wrong}}}"#);
            assert!(
                serde_json::from_str::<Certificate>(&text).unwrap_err().to_string().contains("a split has two cases")
            );
        }
    }
}
