//! Averages, `[[average]]`: members per counted case manager, over everybody or over some categories, or several
//! categories combined so that case managers may mix them.

use serde::{Deserialize, Serialize};

use crate::program::limit::{Limit, Part, addable};

/// At most so many members per counted case manager of a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Average {
    /// Name in compliance tables, unique in the file.
    pub name: String,
    /// In words.
    pub title: String,
    /// One number, or several combined.
    pub kind: AverageKind,
    /// For `ratio`: members per counted case manager, at most.
    pub limit: Limit,
    /// For `ratio`: names of the categories above the line; empty = everybody.
    pub of: Vec<String>,
    /// For `combined`: the categories, each with its own limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Over whom.
    pub scope: Scope,
    /// Who counts below the line.
    pub denominator: Denominator,
    /// The words of the source.
    pub citation: String,
}

/// What kind of average.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AverageKind {
    /// Members per counted case manager.
    #[default]
    Ratio,
    /// Members of each part over its limit, added up, are at most the counted case managers: what all of them need
    /// together when case managers mix categories.
    Combined,
}

impl Average {
    /// Is every member above the line, one by one?
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.kind == AverageKind::Ratio && self.of.is_empty()
    }

    /// Names of all categories above the line; empty = everybody.
    #[must_use]
    pub fn categories(&self) -> Vec<&str> {
        self.of.iter().chain(self.parts.iter().flat_map(|part| &part.of)).map(String::as_str).collect()
    }

    /// Does it count case managers with members, over the whole roster? Then it asks for a least number of them.
    #[must_use]
    pub const fn counts_those_in_use(&self) -> bool {
        matches!((self.scope, self.denominator), (Scope::All, Denominator::WithMembers))
    }
}

/// Over whom an average is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole roster: one state, one MCO.
    #[serde(alias = "state", alias = "mco")]
    All,
    /// Each program of the members by itself, over the case managers who may serve it.
    Program,
    /// Each region of `teams.csv` by itself; teams without one form a region of their own.
    Region,
    /// Each supervisor's team by itself; case managers without one form a team of their own.
    Team,
}

impl Scope {
    /// Are members counted with their case managers, so that another plan has other averages? Over the whole roster and
    /// over programs members and staff are what they are.
    #[must_use]
    pub const fn moves(self) -> bool {
        matches!(self, Self::Region | Self::Team)
    }
}

/// Who is counted below the line of an average. Only case managers at work on the effective date are candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denominator {
    /// Heads, whatever their hours.
    Headcount,
    /// Full-time equivalents.
    FilledFte,
    /// Full-time equivalents without those on leave on the effective date, and without those whose `max_caseload` is 0.
    FteLessLeave,
    /// Heads with at least one member.
    WithMembers,
    /// Heads whose `programs` let them serve a category above the line.
    Serving,
}

impl Denominator {
    /// The four that reports print whichever is judged, in their order. `serving` depends on the rule.
    pub const ALL: [Self; 4] = [Self::Headcount, Self::FilledFte, Self::FteLessLeave, Self::WithMembers];

    /// The word of the rule file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Headcount => "headcount",
            Self::FilledFte => "filled_fte",
            Self::FteLessLeave => "fte_less_leave",
            Self::WithMembers => "with_members",
            Self::Serving => "serving",
        }
    }
}

/// As it stands in the file, before it is known whether the keys fit the kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    title: String,
    #[serde(default)]
    kind: AverageKind,
    #[serde(default)]
    limit: Option<Limit>,
    #[serde(default)]
    of: Vec<String>,
    #[serde(default)]
    parts: Vec<Part>,
    scope: Scope,
    denominator: Denominator,
    citation: String,
}

impl TryFrom<Written> for Average {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let name = &written.name;
        let limit = match (written.kind, written.limit) {
            (AverageKind::Ratio, None) => {
                return Err(format!("average `{name}` needs `limit`, members a case manager"));
            }
            (AverageKind::Ratio, Some(limit)) if limit < Limit::whole(1) => {
                return Err(format!("average `{name}`: limit = {limit}; at least 1 is expected"));
            }
            (AverageKind::Ratio, Some(limit)) => limit,
            (AverageKind::Combined, Some(_)) => {
                return Err(format!(
                    "average `{name}` of kind \"combined\" has a limit in each of its `parts`, none of its own"
                ));
            }
            (AverageKind::Combined, None) => Limit::default(),
        };
        match written.kind {
            AverageKind::Ratio if !written.parts.is_empty() => {
                return Err(format!("average `{name}` has `parts`; they are for kind = \"combined\""));
            }
            AverageKind::Combined if written.parts.is_empty() || !written.of.is_empty() => {
                return Err(format!(
                    "average `{name}` of kind \"combined\" needs `parts`, such as [{{ of = [\"waiver\"], limit = 62 }}], and no `of`"
                ));
            }
            _ => {}
        }
        addable(name, written.parts.iter().map(|part| part.limit))?;
        let is_plain = written.kind == AverageKind::Ratio && written.of.is_empty();
        if written.denominator == Denominator::WithMembers && (!is_plain || written.scope != Scope::All) {
            return Err(format!(
                "average `{name}`: denominator \"with_members\" is for an average of all members over scope \"all\""
            ));
        }
        if written.denominator == Denominator::Serving && is_plain {
            return Err(format!("average `{name}`: denominator \"serving\" needs categories: `of`, or `parts`"));
        }
        Ok(Self {
            name: written.name,
            title: written.title,
            kind: written.kind,
            limit,
            of: written.of,
            parts: written.parts,
            scope: written.scope,
            denominator: written.denominator,
            citation: written.citation,
        })
    }
}
