//! What a plan hangs on, for people who decide about staff: which rules bind, and at whom one more
//! place and where one more case manager would save most. Figures only; they are found where changed rosters are solved.

use serde::Serialize;

use crate::units::Cost;

/// The dearest of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Hinges {
    /// Rules, in words, with what leaving each out would save; those that do not bind are not listed.
    pub rules: Vec<Hinge>,
    /// One more place at a case manager, by id.
    pub places: Vec<Hinge>,
    /// One more full-time case manager in a county or team, by name.
    pub hires: Vec<Hinge>,
}

/// What one more, or a rule less, would save a year: between these, proven when they are equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hinge {
    /// Where.
    pub name: String,
    /// A plan that saves so much was found.
    pub at_least: Cost,
    /// No plan saves more.
    pub at_most: Cost,
}
