//! Mixed caseloads, `[[mixed]]`: case managers who have members of several categories at once, either in shares of a full
//! caseload or with limits of their own.

use serde::{Deserialize, Serialize};

use crate::program::cap::Count;
use crate::program::limit::{Part, addable};

/// A limit on mixed caseloads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Mixed {
    /// Name in compliance tables, unique in the file.
    pub name: String,
    /// In words.
    pub title: String,
    /// How the parts go together.
    pub kind: MixedKind,
    /// Categories that are mixed, with their limits.
    pub parts: Vec<Part>,
    /// For `explicit`: what is counted.
    pub count: Count,
    /// Do part-time case managers have proportional limits, rounded down?
    pub scale_with_fte: bool,
    /// The words of the source.
    pub citation: String,
}

/// How the parts of a mixed caseload go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MixedKind {
    /// Every part's members over its limit are a share of a full caseload; the shares add up to one at most.
    Convex,
    /// Every part has its limit, for case managers whose `programs` let them serve members of more than one part.
    Explicit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    title: String,
    kind: MixedKind,
    parts: Vec<Part>,
    #[serde(default)]
    count: Count,
    #[serde(default)]
    scale_with_fte: bool,
    citation: String,
}

impl TryFrom<Written> for Mixed {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let name = &written.name;
        if written.parts.len() < 2 {
            return Err(format!(
                "mixed `{name}` needs two `parts` or more; for one category write a [[cap]] with `of`"
            ));
        }
        match (written.kind, written.count) {
            (_, Count::Members) | (MixedKind::Explicit, Count::Households) => {}
            (MixedKind::Convex, _) => {
                return Err(format!("mixed `{name}` of kind \"convex\" counts members; `count` is for \"explicit\""));
            }
            (MixedKind::Explicit, Count::Children) => {
                return Err(format!("mixed `{name}`: count = \"children\"; \"members\" or \"households\" is expected"));
            }
        }
        if written.kind == MixedKind::Convex {
            addable(name, written.parts.iter().map(|part| part.limit))?;
        }
        Ok(Self {
            name: written.name,
            title: written.title,
            kind: written.kind,
            parts: written.parts,
            count: written.count,
            scale_with_fte: written.scale_with_fte,
            citation: written.citation,
        })
    }
}
