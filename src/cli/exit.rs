//! Exit statuses, and the failures that lead to them.

use std::path::{Path, PathBuf};

use crate::diagnostic::Problem;
use crate::program::SettingsError;

/// What the process exits with; part of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The plan meets every rule.
    Ok = 0,
    /// A valid result, but some rule is unmet (or `--strict` warnings).
    RuleUnmet = 1,
    /// Usage or settings.
    Usage = 2,
    /// Bad data.
    BadData = 3,
    /// Infeasible, with the reason.
    Infeasible = 4,
    /// A limit was reached; the best verified plan was written.
    Limit = 5,
    /// A bug.
    Bug = 70,
    /// A file could not be read or written.
    File = 74,
}

/// Why a command ended without a result. An infeasible roster is not a failure: it is an answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Wrong usage.
    #[error("{0}")]
    Usage(String),
    /// Settings that cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The roster has errors; all of them, with warnings and notes.
    #[error("the roster has problems")]
    BadData {
        /// The roster's folder.
        folder: PathBuf,
        /// Everything found.
        problems: Vec<Problem>,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A check that must hold did not: nothing was written.
    #[error("{0}")]
    Bug(String),
}

impl Failure {
    /// A file that could not be read or written.
    #[must_use]
    pub fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    /// The status it leads to.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Settings(_) => Exit::Usage,
            Self::BadData { .. } => Exit::BadData,
            Self::File { .. } => Exit::File,
            Self::Bug(_) => Exit::Bug,
        }
    }
}
