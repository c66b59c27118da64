//! What comes back from people: a plan's workbook with marks in it, an agency's own extract, a later roster.
//!
//! Nothing is taken on trust and nothing in silence: every cell that cannot be used is named, and what a file says is held
//! against the plan or roster it claims to be about. This room decides nothing about a plan; it turns what people wrote into
//! decisions ([`marks`], [`merge`]), a roster ([`mapping`], [`guess`], [`convert`]) or findings ([`reconcile`]).

pub mod convert;
pub mod extract;
pub mod guess;
pub mod mapping;
pub mod marks;
pub mod merge;
pub mod reconcile;
