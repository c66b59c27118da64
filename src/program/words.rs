//! What a program calls its people, and the document its overseer asks for, `[words]`.

use serde::{Deserialize, Serialize};

/// Words of a program, as they stand inside a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// One who is served.
    pub member: String,
    /// Several.
    pub members: String,
    /// One who serves.
    pub case_manager: String,
    /// Several.
    pub case_managers: String,
    /// All of one's members.
    pub caseload: String,
    /// What they do.
    pub case_management: String,
    /// Title of the document the overseer asks for.
    pub monitoring: String,
    /// What it shows, in this order.
    pub metrics: Vec<Metric>,
}

/// A table of the monitoring document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Members per case manager: largest, mean, median.
    Caseloads,
    /// How long members have had their case manager.
    Tenure,
    /// How long the case managers have been one.
    Experience,
    /// The caseload of each case manager by itself.
    PerWorker,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            member: "member".to_owned(),
            members: "members".to_owned(),
            case_manager: "case manager".to_owned(),
            case_managers: "case managers".to_owned(),
            caseload: "caseload".to_owned(),
            case_management: "case management".to_owned(),
            monitoring: "What the state monitors".to_owned(),
            metrics: vec![Metric::Caseloads, Metric::Tenure, Metric::Experience],
        }
    }
}
