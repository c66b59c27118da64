//! Limits that couple managers or count moves, one file a kind of rule; each has its independent twin of the same name
//! in `verify/rules`.

pub mod average;
pub mod cap;
pub mod capacities;
pub mod fairness;
pub mod mixed;
pub mod moves;
pub mod range;
pub mod receive;
pub mod span;

use crate::certificate::MovesBudget;
use crate::ids::ManagerIx;
use crate::model::problem::Row;

/// Which limit of the rules a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowName {
    /// Receive limit of a manager.
    Receive(ManagerIx),
    /// An average of a region or team (empty: managers without one), or the members of a span's team.
    Average {
        /// Name in the program.
        rule: String,
        /// Region or team.
        scope: String,
    },
    /// A budget of moves.
    Moves(MovesBudget),
    /// A limit on the disparity of moves.
    Fairness {
        /// Name in the program.
        rule: String,
        /// The group, as it is shown.
        group: String,
    },
    /// A limit of a single manager that is more than a number of places: a capacity, a cap on categories, a share of a
    /// full caseload.
    Load {
        /// Name in the program.
        rule: String,
        /// Whose.
        manager: ManagerIx,
    },
}

/// A row with the name its price is published under.
pub type NamedRow = (RowName, Row);
