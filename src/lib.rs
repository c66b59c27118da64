//! Caseload rebalancing: a roster goes in, a transfer plan that a separate verifier has checked and a bound has
//! certified comes out. `src/docs/architecture.md` is the map.

pub mod certificate;
pub mod cli;
pub mod cost;
pub mod diagnostic;
pub mod docs;
pub mod generate;
pub mod handoff;
pub mod ids;
pub mod intake;
#[cfg(feature = "letters")]
pub mod letters;
pub mod model;
pub mod output;
pub mod pipeline;
pub mod plan;
pub mod program;
pub mod roster;
pub mod solve;
pub mod travel;
pub mod units;
pub mod verify;
pub mod whatif;
