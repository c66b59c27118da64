//! Marginal costs of places by position, and how many of them a price pays for.

use crate::model::problem::Problem;

/// Places of all positions.
pub struct Places {
    from: Vec<u32>,
    costs: Vec<i64>,
}

impl Places {
    /// Of these managers, costs in 1/scale seconds. `endless` adds one more position with a free place for everybody.
    #[must_use]
    pub fn new(problem: &Problem<'_>, scale: i64, managers: &[u32], endless: Option<usize>) -> Self {
        let mut places = Self { from: vec![0], costs: Vec::new() };
        for &manager in managers {
            places.costs.extend(problem.places[manager as usize].iter().map(|cost| cost * scale));
            places.from.push(places.costs.len() as u32);
        }
        if let Some(items) = endless {
            places.costs.resize(places.costs.len() + items, 0);
            places.from.push(places.costs.len() as u32);
        }
        places
    }

    /// Positions, the endless one included.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.from.len() - 1
    }

    /// Marginal costs of the places at a position; they never fall.
    #[must_use]
    pub fn of(&self, position: usize) -> &[i64] {
        &self.costs[self.from[position] as usize..self.from[position + 1] as usize]
    }

    /// How many places are taken at a price, at least and at most: those cheaper, and those as dear as well.
    #[must_use]
    pub fn taken(&self, position: usize, price: i64) -> (usize, usize) {
        let costs = self.of(position);
        (costs.partition_point(|&cost| cost < price), costs.partition_point(|&cost| cost <= price))
    }

    /// What a position earns at a price: the sum over its places of price less cost, where that is above 0.
    #[must_use]
    pub fn earned(&self, position: usize, price: i64) -> i128 {
        self.of(position).iter().take_while(|&&cost| cost < price).map(|&cost| i128::from(price - cost)).sum()
    }
}
