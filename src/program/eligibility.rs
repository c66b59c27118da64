//! Who may not be served now, or not by somebody new: duplicated services, discharge still far away, a date so near
//! that nobody changes hands; and qualifications that only some members ask for.

use serde::{Deserialize, Serialize};

use crate::program::category::Event;
use crate::program::file::Existing;

/// Members who have a service that case management would duplicate: nobody may take them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplication {
    /// Name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Services, as `other_case_management` names them.
    pub services: Vec<String>,
    /// Only members younger than so many years on the effective date; absent = all.
    #[serde(default)]
    pub under_age: Option<u32>,
    /// For present pairs.
    pub existing: Existing,
    /// The words of the rule.
    pub citation: String,
}

/// Members in an inpatient or residential setting are served only when their discharge is near.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discharge {
    /// Such settings.
    pub settings: Vec<String>,
    /// At most so many days from the effective date to `discharge_due_on`; a blank date is not near.
    pub days_before: u32,
    /// For present pairs.
    pub existing: Existing,
}

/// Members stay with the present case manager while a date is near, unless the pair must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blackout {
    /// Which date.
    pub event: Event,
    /// From so many days before it, the day itself included; a date that has passed holds nobody.
    pub days_before: u32,
}

/// Qualifications that the members of some categories ask for, besides those that all ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualificationFor {
    /// Categories.
    pub of: Vec<String>,
    /// Each must be among the manager's `qualifications`.
    pub required: Vec<String>,
}
