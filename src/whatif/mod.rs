//! Questions about rosters that are not (yet) so: changed rosters and rules, solved again.

pub mod hiring;
pub mod infeasible;
pub mod repairs;
pub mod simulate;

pub use infeasible::{Infeasibility, explain};
pub use repairs::{Repair, RepairKind, repairs};
