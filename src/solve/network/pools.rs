//! Capacities of the network class as a tree: a member enters at a manager (new members through the manager's
//! *entrance*, which a receive limit narrows), takes a place there, and passes the teams and regions above on the way to
//! the root. Laminar limits keep the linear program a flow (Ahuja, Magnanti, Orlin 1993, section 1.2).

use crate::model::problem::{Problem, RowUse};

/// A limit of a problem: its row and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The row of [`Problem::rows`].
    pub row: usize,
    /// At most.
    pub limit: i64,
}

/// A group of managers with a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Which row, how much.
    pub limit: Limit,
    /// The smallest group around it, `None` = the root.
    pub parent: Option<usize>,
}

/// The limits above the managers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pools {
    /// Wider groups first.
    pub groups: Vec<Group>,
    /// For every manager the innermost group it is in.
    pub group_of: Vec<Option<usize>>,
    /// For every manager its receive limit (the tightest row).
    pub receive: Vec<Option<Limit>>,
}

impl Pools {
    /// No limits but the managers' own.
    #[must_use]
    pub fn none(managers: usize) -> Self {
        Self { groups: Vec::new(), group_of: vec![None; managers], receive: vec![None; managers] }
    }

    /// Reads the rows. `None`: some row is none of these, or two groups overlap without one holding the other.
    #[must_use]
    pub fn read(problem: &Problem<'_>) -> Option<Self> {
        let managers = problem.managers();
        let mut pools = Self::none(managers);
        let mut sets: Vec<(usize, Vec<usize>)> = Vec::new();
        for (row, limit) in problem.rows.iter().enumerate() {
            if limit.limit < 0 {
                return None;
            }
            match &limit.uses {
                RowUse::NewTo(manager) => {
                    let entry = &mut pools.receive[*manager as usize];
                    if entry.is_none_or(|present| limit.limit < present.limit) {
                        *entry = Some(Limit { row, limit: limit.limit });
                    }
                }
                RowUse::Within(within) => {
                    sets.push((row, (0..managers).filter(|&manager| within[manager]).collect()));
                }
                RowUse::Movers(_) | RowUse::Load(..) | RowUse::Weighed(..) => return None,
            }
        }
        // Wider sets first: a set must then lie within one innermost set as a whole.
        sets.sort_by_key(|(row, set)| (std::cmp::Reverse(set.len()), *row));
        for (row, set) in sets {
            let Some(&first) = set.first() else { continue };
            let parent = pools.group_of[first];
            if set.iter().any(|&manager| pools.group_of[manager] != parent) {
                return None;
            }
            let at = pools.groups.len();
            set.iter().for_each(|&manager| pools.group_of[manager] = Some(at));
            pools.groups.push(Group { limit: Limit { row, limit: problem.rows[row].limit }, parent });
        }
        Some(pools)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation is how a test fails")]
mod tests {
    use super::*;
    use crate::model::problem::{Arcs, Row, Unit};

    struct Free;

    impl Arcs for Free {
        fn fill(&self, _: usize, out: &mut [i64]) {
            out.fill(0);
        }

        fn cost(&self, _: usize, _: usize) -> i64 {
            0
        }
    }

    fn problem(rows: Vec<Row>) -> Problem<'static> {
        Problem {
            units: vec![Unit { size: 1, present: Vec::new() }],
            places: vec![vec![0]; 4],
            rows,
            minimum_use: None,
            unserved: None,
            arcs: Box::new(Free),
        }
    }

    fn within(managers: [u8; 4], limit: i64) -> Row {
        Row { uses: RowUse::Within(managers.iter().map(|&within| within == 1).collect()), limit }
    }

    #[test]
    fn nested_groups_become_a_tree() {
        let rows = vec![within([1, 1, 0, 0], 3), within([1, 1, 1, 0], 5), within([0, 0, 0, 1], 1)];
        let pools = Pools::read(&problem(rows)).unwrap();
        let parents: Vec<_> = pools.groups.iter().map(|group| (group.limit.row, group.parent)).collect();
        assert_eq!(parents, [(1, None), (0, Some(0)), (2, None)]);
        assert_eq!(pools.group_of, [Some(1), Some(1), Some(0), Some(2)]);
    }

    #[test]
    fn crossing_groups_and_other_rows_are_refused() {
        assert_eq!(Pools::read(&problem(vec![within([1, 1, 0, 0], 3), within([0, 1, 1, 0], 5)])), None);
        assert_eq!(Pools::read(&problem(vec![Row { uses: RowUse::Movers(vec![Vec::new()]), limit: 1 }])), None);
    }

    #[test]
    fn the_tightest_receive_limit_counts() {
        let row = |limit| Row { uses: RowUse::NewTo(2), limit };
        let pools = Pools::read(&problem(vec![row(4), row(3)])).unwrap();
        assert_eq!(pools.receive[2], Some(Limit { row: 1, limit: 3 }));
    }
}
