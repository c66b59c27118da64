//! Spans of supervision, `[[span]]`: how many case managers one supervisor has, and how many members they have together.

use serde::{Deserialize, Serialize};

/// At most so many case managers, and so many members, in every team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Span {
    /// Name in compliance tables, unique in the file.
    pub name: String,
    /// In words.
    pub title: String,
    /// Case managers at work of one team, at most. No reassignment changes it.
    pub managers: Option<u32>,
    /// Members of one team's case managers, at most.
    pub members: Option<u32>,
    /// Names of the categories that count, and only case managers who may serve one of them; empty = everybody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<String>,
    /// The words of the source.
    pub citation: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    title: String,
    #[serde(default)]
    managers: Option<u32>,
    #[serde(default)]
    members: Option<u32>,
    #[serde(default)]
    of: Vec<String>,
    citation: String,
}

impl TryFrom<Written> for Span {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { name, title, managers, members, of, citation } = written;
        if managers.is_none() && members.is_none() {
            return Err(format!("span `{name}` needs `managers`, `members` or both: at most so many in a team"));
        }
        Ok(Self { name, title, managers, members, of, citation })
    }
}
