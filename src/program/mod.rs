//! Rule files become typed rules. The only room that reads `models/programs` and `caseload.toml`.
//!
//! It knows what a rule *says*. It does not know how the solver writes it (`model`) or how a plan is judged against it
//! (`verify`): those are two independent readings of the same [`Rules`].

pub mod capacity;
pub mod category;
pub mod file;
pub mod rules;
pub mod settings;
pub mod simulate;

pub use capacity::{Capacity, CapacityKind};
pub use category::{Category, Condition, Event};
pub use file::{
    Average, Balance, Cap, ContinuityClass, ContinuityRule, Defaults, Denominator, Distance, Eligibility, Existing,
    HighNeed, HouseholdRule, Households, LanguageEligibility, LanguageRule, Moves, PerNeed, Program,
    ProgramEligibility, ProgramRule, QualificationEligibility, Rates, Receive, Scope, Status, TravelLine,
};
pub use rules::{Rules, Weights};
pub use settings::{Origin, Setting, Settings, SettingsError};
