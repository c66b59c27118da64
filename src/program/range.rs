//! Ranges, `[[range]]`: a soft floor and a hard top that depends on the members one has.

use serde::{Deserialize, Serialize};

use crate::program::category::Condition;
use crate::program::limit::{Limit, addable};

/// From `floor` to `top` members for one case manager.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Range {
    /// Name in compliance tables, unique in the file.
    pub name: String,
    /// In words.
    pub title: String,
    /// Members, at least, where it can be had: every missing one costs `floor_minutes`.
    pub floor: u32,
    /// Minutes a year for each member below the floor.
    pub floor_minutes: u32,
    /// A full caseload of members whom no step fits.
    pub top: Limit,
    /// Members of whom fewer are a full caseload: the first step that fits counts.
    pub steps: Vec<Step>,
    /// Names of the categories that take a share; empty = everybody. With them the floor is for case managers who may
    /// serve no other category.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<String>,
    /// Do part-time case managers have a proportional floor and top, rounded down?
    pub scale_with_fte: bool,
    /// The words of the source.
    pub citation: String,
}

/// Members of whom so many are a full caseload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Which members.
    pub when: Condition,
    /// So many are a full caseload.
    pub top: Limit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    title: String,
    #[serde(default)]
    floor: u32,
    #[serde(default)]
    floor_minutes: u32,
    top: Limit,
    #[serde(default)]
    steps: Vec<Step>,
    #[serde(default)]
    of: Vec<String>,
    #[serde(default)]
    scale_with_fte: bool,
    citation: String,
}

/// Minutes a year: more than a member unserved could be worth is a slip of the pen.
const MOST_MINUTES: u32 = 1_000_000;

impl TryFrom<Written> for Range {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let name = &written.name;
        addable(name, written.steps.iter().map(|step| step.top).chain([written.top]))?;
        if written.floor > written.top.floor() {
            return Err(format!("range `{name}`: floor = {} is above top = {}", written.floor, written.top));
        }
        if written.floor_minutes > MOST_MINUTES {
            return Err(format!(
                "range `{name}`: floor_minutes = {}; 0 to {MOST_MINUTES} is expected",
                written.floor_minutes
            ));
        }
        Ok(Self {
            name: written.name,
            title: written.title,
            floor: written.floor,
            floor_minutes: written.floor_minutes,
            top: written.top,
            steps: written.steps,
            of: written.of,
            scale_with_fte: written.scale_with_fte,
            citation: written.citation,
        })
    }
}
