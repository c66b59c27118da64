//! A plan folder as commands read it: its texts, and what `plan.json` says about the run that made it.

use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use serde_json::Value;

use crate::cli::Failure;
use crate::plan::Plan;
use crate::verify::folder::Files;
use crate::verify::printed::csv_rows;

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

    /// Notes week, day and method of the handoffs, as `transfers.csv` says them, in a plan that was judged anew.
    pub fn note_schedule(&self, plan: &mut Plan) {
        for (row, transfer) in csv_rows(&self.transfers).unwrap_or_default().iter().zip(&mut plan.transfers) {
            let said = |column: &str| row.get(column).filter(|cell| !cell.is_empty());
            if said("transfer_id") != Some(&transfer.id) {
                continue;
            }
            transfer.wave = said("wave").and_then(|wave| wave.parse().ok());
            transfer.handoff_on = said("handoff_on").and_then(|day| day.parse().ok());
            transfer.handoff_method = said("handoff_method").cloned();
        }
    }

    /// `transfers.csv` and `plan.json` with the handoffs of a plan in them; everything else as it was.
    ///
    /// # Errors
    /// When a file is not of the form that the judge has already accepted.
    pub fn with_schedule(&self, plan: &Plan) -> Result<(String, String), String> {
        let words = |at: usize| {
            let transfer = &plan.transfers[at];
            let wave = transfer.wave.map_or_else(String::new, |wave| wave.to_string());
            let on = transfer.handoff_on.map_or_else(String::new, |on| on.to_string());
            [
                ("wave", wave),
                ("handoff_on", on),
                ("handoff_method", transfer.handoff_method.clone().unwrap_or_default()),
            ]
        };
        let mut reader = csv::Reader::from_reader(self.transfers.as_bytes());
        let header = reader.headers().map_err(|error| error.to_string())?.clone();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&header).map_err(|error| error.to_string())?;
        for (at, record) in reader.records().enumerate() {
            let record = record.map_err(|error| error.to_string())?;
            let words = words(at);
            let cell = |(column, cell)| words.iter().find(|(key, _)| *key == column).map_or(cell, |(_, word)| &**word);
            writer.write_record(header.iter().zip(record.iter()).map(cell)).map_err(|error| error.to_string())?;
        }
        let bytes = writer.into_inner().map_err(|error| error.to_string())?;
        let table = String::from_utf8(bytes).map_err(|error| error.to_string())?;

        let mut value = self.value.clone();
        let rows = value.get_mut("transfers").and_then(Value::as_array_mut).ok_or("plan.json: no transfers")?;
        for (row, transfer) in rows.iter_mut().zip(&plan.transfers) {
            row["wave"] = Value::from(transfer.wave);
            row["handoff_on"] = Value::from(transfer.handoff_on.map(|on| on.to_string()));
            row["handoff_method"] = Value::from(transfer.handoff_method.clone());
        }
        let mut text = serde_json::to_string_pretty(&value).map_err(|error| error.to_string())?;
        text.push('\n');
        Ok((table, text))
    }

    /// Names and SHA-256 of the roster's files as they were when the plan was made.
    #[must_use]
    pub fn inputs(&self) -> Vec<(String, String)> {
        let inputs = self.value.get("inputs").and_then(Value::as_object);
        let rows = inputs.into_iter().flatten();
        rows.filter_map(|(name, hash)| Some((name.clone(), hash.as_str()?.to_owned()))).collect()
    }
}
