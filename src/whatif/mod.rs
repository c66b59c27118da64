//! Questions about rosters that are not (yet) so: changed rosters and rules, solved again.

pub mod compare;
pub mod conflict;
pub mod explain;
pub mod hiring;
pub mod infeasible;
pub mod named;
pub mod recommend;
pub mod repairs;
pub mod restricted;
pub mod scene;
pub mod simulate;
pub mod solving;
pub mod sweep;
pub mod worth;

pub use infeasible::Infeasibility;
pub use repairs::{Repair, RepairKind, repairs};
