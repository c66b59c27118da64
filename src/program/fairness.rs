//! Limits on disparity, `[[fairness]]`: no group of members bears much more of the moves than all members together.
//!
//! A member *moves* who could have stayed - the present case manager is at work, and no decision sends the member away -
//! and does not. The share of a group that moves may be above the share of all by so many percentage points at most.

use serde::{Deserialize, Serialize};

use crate::program::limit::Limit;
use crate::program::rules::{Rules, whole_months};
use crate::roster::{Member, gazetteer, primary};

/// A limit on the disparity of moves between groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Fairness {
    /// Name in compliance tables, unique in the file.
    pub name: String,
    /// In words.
    pub title: String,
    /// How the members are divided into groups.
    pub by: Grouping,
    /// Percentage points by which a group's share may be above that of all, at most.
    pub max_points: Limit,
    /// Groups with fewer members who could stay are measured, but not limited: one of three is 33 points.
    pub min_members: u32,
    /// The words of the source.
    pub citation: String,
}

/// A way to divide the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// By grade of need.
    Need,
    /// Urgent or not.
    Urgent,
    /// By program code on the effective date.
    Program,
    /// By language, the variants of a language together.
    Language,
    /// Under 21, 21 to 64, 65 and over.
    Age,
    /// Rural to urban, by the population of the county.
    CountySize,
}

/// A group: where it stands among the others, and how it is shown.
pub type Group = (u8, String);

impl Grouping {
    /// All.
    pub const ALL: [Self; 6] = [Self::Need, Self::Urgent, Self::Program, Self::Language, Self::Age, Self::CountySize];

    /// The word of the rule file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Need => "need",
            Self::Urgent => "urgent",
            Self::Program => "program",
            Self::Language => "language",
            Self::Age => "age",
            Self::CountySize => "county_size",
        }
    }

    /// The group of a member; `None` where the roster leaves blank what it goes by.
    #[must_use]
    pub fn of(self, rules: &Rules, member: &Member) -> Option<Group> {
        match self {
            Self::Need => Some((member.need as u8, member.need.word().to_owned())),
            Self::Urgent => Some(if member.urgent { (0, "urgent".to_owned()) } else { (1, "not urgent".to_owned()) }),
            Self::Program => rules.program_of(member).map(|program| (0, program.to_owned())),
            Self::Language => {
                let language = primary(&member.language);
                Some((u8::from(language != "en"), language))
            }
            Self::Age => member.birth_date.map(|born| age_band(whole_months(born, rules.as_of) / 12)),
            Self::CountySize => member.county.as_deref().and_then(county_size),
        }
    }
}

fn age_band(years: u32) -> Group {
    match years {
        ..21 => (0, "under 21".to_owned()),
        21..65 => (1, "21 to 64".to_owned()),
        _ => (2, "65 and over".to_owned()),
    }
}

/// Rural to urban by the county's population; 50,000 is where a metropolitan core begins (OMB, 2020 standards), 10,000
/// where a micropolitan one does.
fn county_size(fips: &str) -> Option<Group> {
    match gazetteer::county(fips)?.population {
        0 => None,
        1..10_000 => Some((0, "county under 10,000 people".to_owned())),
        10_000..50_000 => Some((1, "county of 10,000 to 50,000".to_owned())),
        _ => Some((2, "county of 50,000 or more".to_owned())),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    title: String,
    by: Grouping,
    max_points: Limit,
    #[serde(default)]
    min_members: u32,
    citation: String,
}

impl TryFrom<Written> for Fairness {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { name, title, by, max_points, min_members, citation } = written;
        if max_points > Limit::whole(100) {
            return Err(format!(
                "fairness `{name}`: max_points = {max_points}; 0 to 100 percentage points are expected"
            ));
        }
        Ok(Self { name, title, by, max_points, min_members, citation })
    }
}
