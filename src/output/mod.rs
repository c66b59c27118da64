//! One file a format: what is written to disk.
//!
//! Only what the verifier has judged gets here: every function takes a [`crate::plan::Plan`]. This room decides how
//! numbers and words look, never what they are.

pub mod folder;

pub use folder::{Staged, StagedFile, WriteError};
