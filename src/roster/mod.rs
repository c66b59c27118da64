//! Who and where: the roster as read, checked and frozen. Every later room gets this and nothing weaker.
//!
//! This room knows the columns of the input contract. It knows no rule of any program, no cost and no solver.

pub mod gazetteer;
pub mod instance;
pub mod person;
pub mod reading;
pub mod schema;
pub mod writing;

pub use instance::{Roster, RosterTables};
pub use person::{
    Absence, CaseFacts, Code, Decision, DecisionKind, GuardianRelation, HandoffMethod, LetterFormat, MailingAddress,
    Manager, Member, MemberContact, Need, Place, Position, Provider, Service, Team, primary,
};
