//! Member program codes, `[[code]]`, with the days they hold: a program that ends goes on under other codes, and the
//! roster may still say the old one.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{Code, Problem, Shown, closest};
use crate::program::category::age_on;
use crate::program::file::toml_date;
use crate::program::rules::Rules;
use crate::roster::{Manager, Member, Roster};

/// Ids shown of those a warning is about.
const SHOWN: usize = 10;

/// A program code of members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramCode {
    /// As the roster says it.
    pub code: String,
    /// In words.
    pub title: String,
    /// First day it holds; absent = from of old.
    #[serde(default, with = "toml_date")]
    pub from: Option<NaiveDate>,
    /// Last day it holds; absent = for good.
    #[serde(default, with = "toml_date")]
    pub until: Option<NaiveDate>,
    /// What it is read as after its last day: the first whose ages fit.
    #[serde(default)]
    pub becomes: Vec<Becomes>,
}

/// The code that takes the place of an ended one, for members of these ages on the effective date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Becomes {
    /// The code.
    pub code: String,
    /// At least so many years old.
    #[serde(default)]
    pub min_age: Option<u32>,
    /// Younger than so many years.
    #[serde(default)]
    pub under_age: Option<u32>,
}

impl Becomes {
    fn fits(&self, age: Option<u32>) -> bool {
        self.min_age.is_none_or(|least| age.is_some_and(|age| age >= least))
            && self.under_age.is_none_or(|under| age.is_some_and(|age| age < under))
    }
}

impl ProgramCode {
    /// Has its last day passed?
    #[must_use]
    pub fn has_ended(&self, day: NaiveDate) -> bool {
        self.until.is_some_and(|last| last < day)
    }

    /// Does it hold on this day?
    #[must_use]
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        !self.has_ended(day) && self.from.is_none_or(|first| first <= day)
    }
}

impl Rules {
    fn code(&self, code: &str) -> Option<&ProgramCode> {
        self.program.codes.iter().find(|known| known.code == code)
    }

    /// The member's program code on the effective date: `next_program` from its first day on, and an ended code as the
    /// one it becomes at the member's age. An ended code that becomes nothing stays as it is.
    #[must_use]
    pub fn program_of<'a>(&'a self, member: &'a Member) -> Option<&'a str> {
        let mut code: &str = member.program_on(self.effective_on)?;
        let age = member.birth_date.map(|born| age_on(born, self.effective_on));
        // Codes may follow each other, but never for ever.
        for _ in 0..self.program.codes.len() {
            let Some(ended) = self.code(code).filter(|known| known.has_ended(self.effective_on)) else { break };
            let Some(next) = ended.becomes.iter().find(|next| next.fits(age)) else { break };
            code = &next.code;
        }
        Some(code)
    }

    /// The program codes a case manager serves on the effective date, sorted; empty = all. Who is listed for an ended
    /// code serves whatever it becomes, at any age.
    #[must_use]
    pub fn programs_served<'a>(&'a self, manager: &'a Manager) -> Vec<&'a str> {
        let mut served: Vec<&str> = manager.programs.iter().map(|code| &**code).collect();
        let mut at = 0;
        while let Some(&code) = served.get(at) {
            if let Some(ended) = self.code(code).filter(|known| known.has_ended(self.effective_on)) {
                for next in &ended.becomes {
                    if !served.contains(&next.code.as_str()) {
                        served.push(&next.code);
                    }
                }
            }
            at += 1;
        }
        served.sort_unstable();
        served
    }
}

/// Codes of the roster that the program does not know or that do not hold on the effective date: a warning for each,
/// with the ids of those who have it. Nothing where the program lists no codes.
#[must_use]
pub fn problems(roster: &Roster, rules: &Rules) -> Vec<Problem> {
    if rules.program.codes.is_empty() {
        return Vec::new();
    }
    let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for member in roster.members() {
        let code = rules.program_of(member);
        if let Some(code) =
            code.filter(|code| !rules.code(code).is_some_and(|known| known.holds_on(rules.effective_on)))
        {
            members.entry(code).or_default().push(&member.id);
        }
    }
    let mut managers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for manager in roster.managers() {
        for code in manager.programs.iter().filter(|code| rules.code(code).is_none()) {
            managers.entry(code).or_default().push(&manager.id);
        }
    }
    let members = members.into_iter().map(|(code, ids)| problem(rules, "members.csv", "program", code, &ids));
    let managers = managers.into_iter().map(|(code, ids)| problem(rules, "managers.csv", "programs", code, &ids));
    members.chain(managers).collect()
}

fn problem(rules: &Rules, file: &str, column: &str, code: &str, ids: &[&str]) -> Problem {
    let day = rules.effective_on;
    let holding: Vec<&str> =
        rules.program.codes.iter().filter(|known| known.holds_on(day)).map(|known| known.code.as_str()).collect();
    let shown = ids[..ids.len().min(SHOWN)].join(", ");
    let more = if ids.len() > SHOWN { format!(" and {} more", ids.len() - SHOWN) } else { String::new() };
    let (kind, why) = match rules.code(code) {
        None => (Code::ProgramUnknown, String::new()),
        Some(known) => {
            let why = match (known.until, known.from) {
                (Some(last), _) if known.has_ended(day) && known.becomes.is_empty() => format!(" It ended on {last}."),
                (Some(last), _) if known.has_ended(day) => {
                    format!(" It ended on {last}, and what it becomes goes by a birth date that is blank or fits none.")
                }
                (_, Some(first)) => format!(" It begins on {first}."),
                _ => String::new(),
            };
            (Code::ProgramNotInForce, why)
        }
    };
    Problem::new(kind, file)
        .column(column)
        .value(Shown::plain(code))
        .expected(format!("one of {} on {day}", holding.join(", ")))
        .fix(format!("Correct it for {shown}{more}, or add it to [[code]] of the program.{why}"))
        .did_you_mean(closest(code, holding))
}
