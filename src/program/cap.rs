//! Caps, `[[cap]]`: how many members one case manager may have, of all members or of some categories, counted one by one,
//! by children or by households.

use serde::{Deserialize, Serialize};

use crate::program::limit::{Limit, Rounding};

/// At most `limit` for one case manager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// Name in compliance tables, unique in the file.
    pub name: String,
    /// In words.
    pub title: String,
    /// At most so many.
    pub limit: Limit,
    /// Does a part-time case manager have a proportional cap?
    pub scale_with_fte: bool,
    /// Names of the categories that count; empty = everybody.
    #[serde(default)]
    pub of: Vec<String>,
    /// What is counted.
    #[serde(default)]
    pub count: Count,
    /// How a limit that is no whole number becomes one.
    #[serde(default)]
    pub rounding: Rounding,
    /// Days for which a case manager above the cap may stay at the present number, but not above it; 0 = not at all.
    #[serde(default)]
    pub tolerance_days: u32,
    /// The words of the source.
    pub citation: String,
}

impl Cap {
    /// Does it count every member, one by one?
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.of.is_empty() && self.count == Count::Members
    }
}

/// What a cap counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Count {
    /// Members.
    #[default]
    Members,
    /// Members under 18 on the effective date; one whose birth date is unknown is none.
    Children,
    /// Households, each once; a member of none is one. One that decisions send apart counts member by member.
    Households,
}

/// Children are younger than this, in years.
pub const OF_AGE: u32 = 18;
