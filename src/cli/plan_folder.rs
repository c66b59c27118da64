//! A plan folder as commands read it: its texts, and what `plan.json` says about the run that made it.

use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use serde_json::Value;

use crate::cli::Failure;
use crate::verify::folder::Files;

/// The texts of a plan folder.
pub struct PlanFolder {
    plan: String,
    assignments: String,
    transfers: String,
    caseloads: String,
    compliance: String,
    unplaced: String,
    certificate: String,
    /// `plan.json`, null when it is not JSON: the judge then says so.
    value: Value,
}

impl PlanFolder {
    /// Reads the folder.
    ///
    /// # Errors
    /// When one of its files cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let text = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(|source| Failure::file(&path, source))
        };
        let plan = text("plan.json")?;
        Ok(Self {
            value: serde_json::from_str(&plan).unwrap_or_default(),
            plan,
            assignments: text("assignments.csv")?,
            transfers: text("transfers.csv")?,
            caseloads: text("caseloads.csv")?,
            compliance: text("compliance.csv")?,
            unplaced: text("unplaced.csv")?,
            certificate: text("certificate.json")?,
        })
    }

    /// For the judge.
    #[must_use]
    pub fn files(&self) -> Files<'_> {
        Files {
            plan: &self.plan,
            assignments: &self.assignments,
            transfers: &self.transfers,
            caseloads: &self.caseloads,
            compliance: &self.compliance,
            unplaced: &self.unplaced,
            certificate: &self.certificate,
        }
    }

    /// A text of `plan.json` by its JSON pointer.
    #[must_use]
    pub fn word(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer)?.as_str()
    }

    /// A day the plan was made for: `/as_of`, `/effective_on`.
    #[must_use]
    pub fn day(&self, pointer: &str) -> Option<NaiveDate> {
        self.word(pointer)?.parse().ok()
    }

    /// A yes or no of `plan.json`; no when it says nothing.
    #[must_use]
    pub fn is(&self, pointer: &str) -> bool {
        self.value.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Names and SHA-256 of the roster's files as they were when the plan was made.
    #[must_use]
    pub fn inputs(&self) -> Vec<(String, String)> {
        let inputs = self.value.get("inputs").and_then(Value::as_object);
        let rows = inputs.into_iter().flatten();
        rows.filter_map(|(name, hash)| Some((name.clone(), hash.as_str()?.to_owned()))).collect()
    }
}
