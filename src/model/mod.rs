//! The mixed-integer program, engine-neutral: units to be placed, managers with places, arcs between them, rows that
//! couple them. `src/docs/formulation.md` has the mathematics.
//!
//! This room translates roster and rules into [`Problem`] and a solver's prices back into a
//! [`crate::certificate::Certificate`]. It does not know how a problem is solved.

pub mod arcs;
pub mod build;
pub mod contradictions;
pub mod decode;
pub mod eligibility;
pub mod floors;
pub mod geography;
pub mod own;
pub mod problem;
pub mod rows;
pub mod units;

pub use build::Model;
pub use contradictions::{Contradiction, contradictions};
pub use problem::{Arcs, Load, MinimumUse, NOT_ALLOWED, Problem, Row, RowUse, Unit};
