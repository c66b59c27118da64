//! Is a state optimal? Its prices against every manager's cheapest handover, or against every pair.

use crate::solve::network::costs::{Amount, NOBODY};
use crate::solve::network::shape::ROOT;
use crate::solve::network::state::State;
use crate::solve::network::supply::OUTSIDE;

impl<T: Amount> State<T> {
    /// Bound of the prices in 1/scale seconds and the cost, both with every item at nowhere counted at its price:
    /// equal when the state is optimal. `None`: some price is not valid. Reads the handovers, so it takes managers
    /// squared, not all pairs.
    pub fn bound_and_cost(&mut self) -> Option<(i128, i128)> {
        let first = self.shape.first_entry;
        for entry in 0..self.members.len() {
            self.refresh(entry);
            let own = self.potential[first + entry];
            let stays = |(change, &to): (&T, &i64)| !change.is_some() || change.wide() + to >= own;
            if !self.handovers(entry).change.iter().zip(&self.potential[first..]).all(stays) {
                return None;
            }
        }
        let mut bound = 0_i128;
        for (item, &at) in self.at.iter().enumerate().filter(|&(_, &at)| at != NOBODY) {
            bound += i128::from(self.own[item].wide() + self.potential[first + at as usize]);
        }
        for node in 1..self.shape.nodes() {
            let price = self.potential[node] - self.potential[self.shape.parent[node] as usize];
            bound += self.supply(node).least(price)?;
        }
        let balanced = self.balance.iter().all(|&balance| balance == 0);
        let outside = i128::from(OUTSIDE) * self.unplaced() as i128;
        balanced.then(|| (bound, self.cost() + outside))
    }

    /// The same over all pairs, trusting no handover: for tests, and for a start from elsewhere.
    #[must_use]
    pub fn audited(&self) -> bool {
        let first = self.shape.first_entry;
        let sound = |item: u32| {
            let value = self.value(item);
            let row = self.table.row(&self.items, item);
            let open = row.iter().enumerate().filter(|(_, cost)| cost.is_some());
            row[self.column_of(item)] == self.own[item as usize]
                && open.map(|(column, cost)| cost.wide() + self.potential[first + self.entry(item, column)]).min()
                    == Some(value)
        };
        let mut flow = vec![0; self.shape.nodes()];
        for (entry, members) in self.members.iter().enumerate() {
            let mut node = first + entry;
            while node != ROOT {
                flow[node] += members.len() as i64;
                node = self.shape.parent[node] as usize;
            }
        }
        flow == self.flow && (0..self.at.len() as u32).filter(|&item| self.at[item as usize] != NOBODY).all(sound)
    }
}
