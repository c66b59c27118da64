//! Rule files become typed rules. The only room that reads `models/programs` and `caseload.toml`.
//!
//! It knows what a rule *says*. It does not know how the solver writes it (`model`) or how a plan is judged against it
//! (`verify`): those are two independent readings of the same [`Rules`].

pub mod average;
pub mod cap;
pub mod capacity;
pub mod category;
pub mod codes;
pub mod eligibility;
pub mod fairness;
pub mod file;
pub mod handoff;
mod include;
pub mod letter_settings;
pub mod limit;
pub mod loading;
pub mod mixed;
pub mod outreach;
pub mod range;
mod references;
pub mod rules;
pub mod settings;
mod several;
pub mod simulate;
pub mod source;
pub mod span;
pub mod staffing;
pub mod template;
pub mod validate;
pub mod words;

pub use average::{Average, AverageKind, Denominator, Scope};
pub use cap::{Cap, Count};
pub use capacity::{Authorized, Capacity, CapacityKind};
pub use category::{Category, Condition, Event};
pub use codes::{Becomes, ProgramCode};
pub use eligibility::{Blackout, Discharge, Duplication, QualificationFor};
pub use fairness::{Fairness, Grouping};
pub use file::{
    Balance, ContinuityClass, ContinuityRule, Defaults, Distance, Eligibility, Existing, HighNeed, HouseholdRule,
    Households, LanguageEligibility, LanguageRule, Moves, PerNeed, Program, ProgramEligibility, ProgramRule,
    QualificationEligibility, Rates, Receive, Status, TravelLine,
};
pub use handoff::{Handoff, Steps};
pub use letter_settings::{LetterSettings, MemberCopy, MissingInsert};
pub use limit::{Limit, Part, Rounding};
pub use mixed::{Mixed, MixedKind};
pub use outreach::{ContactTier, Outreach};
pub use range::{Range, Step};
pub use rules::{Rules, Weights};
pub use settings::{Origin, Setting, Settings, SettingsError};
pub use source::Fault;
pub use span::Span;
pub use staffing::{Leave, RampUp, Staffing};
pub use words::{Metric, Phrases, Words, capitalized};
