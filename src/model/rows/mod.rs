//! Limits that couple managers or count moves, one file a kind of rule; each has its independent twin of the same name
//! in `verify/rules`.

pub mod average;
pub mod cap;
pub mod capacities;

pub mod moves;
pub mod receive;

use crate::certificate::MovesBudget;
use crate::ids::ManagerIx;
use crate::model::problem::Row;

/// Which limit of the rules a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowName {
    /// Receive limit of a manager.
    Receive(ManagerIx),
    /// An average of a region or team (empty: managers without one).
    Average {
        /// Name in the program.
        rule: String,
        /// Region or team.
        scope: String,
    },
    /// A budget of moves.
    Moves(MovesBudget),
    /// A weighted capacity of a manager.
    Load {
        /// Name in the program.
        rule: String,
        /// Whose.
        manager: ManagerIx,
    },
}

/// A row with the name its price is published under.
pub type NamedRow = (RowName, Row);
