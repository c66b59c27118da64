//! Member and case manager share a language, where the program file requires that. Languages agree when their primary
//! subtags do (RFC 5646, section 2.2.1): `es-MX` and `es`.

use std::collections::BTreeMap;

use crate::ids::{ManagerIx, MemberIx};
use crate::program::LanguageRule;
use crate::program::Rules;
use crate::roster::Roster;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// Languages as numbers. Empty when the rule does not ask.
#[derive(Clone, Debug, Default)]
pub struct Spoken {
    wanted: Vec<usize>,
    spoken: Vec<Vec<usize>>,
}

impl Spoken {
    /// Looks every language up once.
    #[must_use]
    pub fn read(roster: &Roster, rules: &Rules) -> Self {
        if rules.program.eligibility.language.rule != LanguageRule::Required {
            return Self::default();
        }
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        let mut number = |tag: &str| {
            let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
            let next = numbers.len();
            *numbers.entry(primary).or_insert(next)
        };
        let wanted = roster.members().iter().map(|member| number(&member.language)).collect();
        let spoken =
            roster.managers().iter().map(|row| row.languages.iter().map(|tag| number(tag)).collect()).collect();
        Self { wanted, spoken }
    }

    /// Is a shared language required, and there is none?
    #[must_use]
    pub fn bars(&self, member: MemberIx, manager: ManagerIx) -> bool {
        self.wanted.get(member.at()).is_some_and(|wanted| !self.spoken[manager.at()].contains(wanted))
    }
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    if case.pairs.rules.program.eligibility.language.rule != LanguageRule::Required {
        return Findings::default();
    }
    criterion(
        case,
        Obstacle::Language,
        "language-shared",
        "members whose case manager does not speak their language",
        "program file: eligibility.language",
        "who does not speak the member's language",
    )
}
