//! The nodes items pass on their way to the root. They are numbered: the root, the groups, the managers who stand behind
//! an entrance, then one *entry* for every column of the table (the manager, or its entrance), hired managers last.

use crate::model::problem::Problem;
use crate::solve::network::costs::NOBODY;
use crate::solve::network::pools::Pools;
use crate::solve::network::supply::{OUTSIDE, Supply};

/// The root.
pub const ROOT: usize = 0;

/// The nodes and what lies above each.
#[derive(Clone, Debug)]
pub struct Shape {
    /// First node that items enter at: managers behind an entrance.
    pub first_entry: usize,
    /// Node of column 0.
    pub first_column: usize,
    /// The column after the managers and being unserved: items without a manager stand there.
    pub nowhere: usize,
    /// The node above; the root's is itself.
    pub parent: Vec<u32>,
    /// Nodes below.
    pub children: Vec<Vec<u32>>,
    /// For every column the manager's node behind its entrance, or [`NOBODY`].
    pub behind: Vec<u32>,
    /// For every node the problem's row it limits, or [`NOBODY`].
    pub row: Vec<u32>,
}

impl Shape {
    /// Nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.parent.len()
    }

    /// The node where all members of a manager's column take their places.
    #[must_use]
    pub fn manager(&self, column: usize) -> usize {
        if self.behind[column] == NOBODY { self.first_column + column } else { self.behind[column] as usize }
    }

    /// Where an item with this present manager enters a column.
    #[must_use]
    pub fn entry(&self, column: usize, present: u32) -> usize {
        if present as usize == column { self.manager(column) } else { self.first_column + column }
    }

    /// The column of an entry.
    #[must_use]
    pub fn column(&self, entry: usize) -> usize {
        if entry >= self.first_column {
            return entry - self.first_column;
        }
        self.behind.iter().position(|&node| node as usize == entry).unwrap_or(self.nowhere)
    }
}

/// The nodes of a problem: the root, groups, managers behind entrances, columns.
#[must_use]
pub fn nodes(problem: &Problem<'_>, pools: &Pools, scale: i64) -> (Shape, Vec<Supply>) {
    let managers = problem.managers();
    let nowhere = managers + usize::from(problem.unserved.is_some());
    let mut parent = vec![ROOT as u32];
    let mut row = vec![NOBODY];
    let mut supply = vec![Supply::Free { price: 0 }];
    for group in &pools.groups {
        parent.push(group.parent.map_or(ROOT, |parent| parent + 1) as u32);
        row.push(group.limit.row as u32);
        supply.push(Supply::Limit(group.limit.limit));
    }
    let above = |manager: usize| pools.group_of[manager].map_or(ROOT, |group| group + 1) as u32;
    let places = |manager: usize| Supply::places(problem.places[manager].iter().map(|&cost| cost * scale).collect());
    let first_entry = parent.len();
    let mut behind = vec![NOBODY; nowhere + 1];
    for (manager, _) in pools.receive.iter().enumerate().filter(|(_, receive)| receive.is_some()) {
        behind[manager] = parent.len() as u32;
        parent.push(above(manager));
        row.push(NOBODY);
        supply.push(places(manager));
    }
    let first_column = parent.len();
    for (manager, &behind) in behind.iter().enumerate().take(managers) {
        if let Some(receive) = pools.receive[manager] {
            parent.push(behind);
            row.push(receive.row as u32);
            supply.push(Supply::Limit(receive.limit));
        } else {
            parent.push(above(manager));
            row.push(NOBODY);
            supply.push(places(manager));
        }
    }
    for column in managers..=nowhere {
        parent.push(ROOT as u32);
        row.push(NOBODY);
        supply.push(Supply::Free { price: if column == nowhere { OUTSIDE } else { 0 } });
    }
    let mut children = vec![Vec::new(); parent.len()];
    (1..parent.len()).for_each(|node| children[parent[node] as usize].push(node as u32));
    (Shape { first_entry, first_column, nowhere, parent, children, behind, row }, supply)
}
