//! What leaves a node towards the root: places of rising cost, a limit, or as much as there is at one price.

use std::sync::Arc;

/// Farther than any distance between nodes.
pub const FAR: i64 = 1 << 60;

/// Price of standing outside, with no manager: above any difference of costs along a path (fewer than 2^14 nodes, costs
/// within 2^40), so that first as few items as possible stand there, and only then costs count. Sums of it are taken in
/// `i128`, and it is never part of a reported cost.
pub const OUTSIDE: i64 = 1 << 56;

/// A way up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supply {
    /// Costs of the places, never falling; their number is the capacity. With running sums.
    Places(Arc<Vec<i64>>),
    /// So many, at no cost.
    Limit(i64),
    /// Any number at one price.
    Free {
        /// Of each.
        price: i64,
    },
}

impl Supply {
    /// Of places with these costs, made never falling: a place cannot be had before a dearer one.
    #[must_use]
    pub fn places(costs: Vec<i64>) -> Self {
        Self::Places(Arc::new(costs))
    }

    /// Cost of the last taken (`-FAR` when none) and of the first free place ([`FAR`] when none) at a flow.
    #[must_use]
    pub fn margins(&self, flow: i64) -> (i64, i64) {
        let (first, taken) = match self {
            Self::Places(costs) => {
                let at = |place: i64| usize::try_from(place).ok().and_then(|place| costs.get(place)).copied();
                (at(flow).unwrap_or(FAR), at(flow - 1).unwrap_or(FAR))
            }
            Self::Limit(limit) => (if flow < *limit { 0 } else { FAR }, if flow <= *limit { 0 } else { FAR }),
            Self::Free { price } => (*price, *price),
        };
        (if flow > 0 { taken } else { -FAR }, first)
    }

    /// Cost of a flow.
    #[must_use]
    pub fn total(&self, flow: i64) -> i128 {
        match self {
            Self::Places(costs) => costs.iter().take(flow.max(0) as usize).map(|&cost| i128::from(cost)).sum(),
            Self::Limit(_) => 0,
            Self::Free { price } => i128::from(*price) * i128::from(flow),
        }
    }

    /// Least cost of any flow less what it earns at a price; `None` when the price is below 0 or earns without end.
    #[must_use]
    pub fn least(&self, price: i64) -> Option<i128> {
        match self {
            _ if price < 0 => None,
            Self::Places(costs) => Some(costs.iter().map(|&cost| i128::from((cost - price).min(0))).sum()),
            Self::Limit(limit) => Some(-i128::from(price) * i128::from(*limit)),
            Self::Free { price: own } => (price <= *own).then_some(0),
        }
    }
}
