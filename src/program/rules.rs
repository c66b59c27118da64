//! What holds for one run: the program with the settings' limits in it, the weights, and the two days that matter.

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use crate::program::category::{Category, Condition};
use crate::program::file::Program;
use crate::program::letter_settings::LetterSettings;
use crate::program::limit::Limit;
use crate::program::range::Range;
use crate::roster::{Manager, Member};
use crate::travel::TravelTime;
use crate::units::Cost;

/// Factors on whole cost terms, in thousandths (1000 = as the program says).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Weights {
    /// On driving.
    pub travel: u32,
    /// On continuity.
    pub continuity: u32,
    /// On meetings with providers.
    pub providers: u32,
    /// On interpreters.
    pub language: u32,
    /// On teams and territories.
    pub team: u32,
    /// On loads above the target.
    pub balance: u32,
}

impl Weights {
    /// All as the program says.
    pub const ONE: Self =
        Self { travel: 1000, continuity: 1000, providers: 1000, language: 1000, team: 1000, balance: 1000 };

    /// `cost x weight / 1000`, halves away from zero.
    #[must_use]
    pub const fn apply(weight: u32, cost: Cost) -> Cost {
        let scaled = cost.0 * weight as i64;
        Cost((scaled + if scaled < 0 { -500 } else { 500 }) / 1000)
    }
}

/// Everything that holds for one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The program, with the limits of `caseload.toml` in it.
    pub program: Program,
    /// The text of all files the program was made of, so that its hash can be published.
    pub program_text: String,
    /// Factors on the cost terms.
    pub weights: Weights,
    /// The day the roster describes; ages and tenures are counted to it.
    pub as_of: NaiveDate,
    /// The day the plan takes effect.
    pub effective_on: NaiveDate,
    /// May members be left without a case manager when not all can be placed?
    pub allow_unserved: bool,
    /// What letters need to know.
    pub letters: LetterSettings,
}

impl Rules {
    /// The line that gives driving times.
    #[must_use]
    pub const fn travel_time(&self) -> TravelTime {
        let line = &self.program.travel;
        TravelTime { base_minutes: line.base_minutes, minutes_per_mile: line.minutes_per_mile }
    }

    /// Has the case manager's last day at work passed when the plan takes effect? Then everyone is handed over and
    /// the person is not counted in averages.
    #[must_use]
    pub fn is_leaving(&self, manager: &Manager) -> bool {
        manager.available_until.is_some_and(|last| last < self.effective_on)
    }

    /// Contacts a month: as the roster says, else the program's default for the grade of need.
    #[must_use]
    pub fn contacts_per_month(&self, member: &Member) -> f64 {
        member.contacts_per_month.unwrap_or_else(|| self.program.defaults.contacts_per_month.of(member.need))
    }

    /// The category of a member on the effective date, as an index into the program's: the first that fits.
    #[must_use]
    pub fn category_of(&self, member: &Member) -> Option<usize> {
        self.program.categories.iter().position(|category: &Category| self.holds(&category.when, member))
    }

    /// Do the conditions hold for the member on the effective date?
    #[must_use]
    pub fn holds(&self, condition: &Condition, member: &Member) -> bool {
        condition.holds(member, self.effective_on, self.contacts_per_month(member), self.program_of(member))
    }

    /// Does a rule with `of = [...]` count the member? Without categories it counts everybody.
    #[must_use]
    pub fn is_of<S: AsRef<str>>(&self, of: &[S], member: &Member) -> bool {
        let named = |at: usize| of.iter().any(|name| *name.as_ref() == *self.program.categories[at].name);
        of.is_empty() || self.category_of(member).is_some_and(named)
    }

    /// Do the case manager's `programs` allow members of one of these categories? They do when none are listed, when a
    /// category does not go by programs, or when one that it names is listed.
    #[must_use]
    pub fn serves<S: AsRef<str>>(&self, of: &[S], manager: &Manager) -> bool {
        let served = self.programs_served(manager);
        let listed = |code: &String| served.contains(&code.as_str());
        let allows = |category: &Category| category.when.programs.as_ref().is_none_or(|codes| codes.iter().any(listed));
        let named = |category: &&Category| of.iter().any(|name| *name.as_ref() == *category.name);
        of.is_empty() || manager.programs.is_empty() || self.program.categories.iter().filter(named).any(allows)
    }

    /// How many members like this one are a full caseload by a range: the first step that fits says it.
    #[must_use]
    pub fn top_of(&self, range: &Range, member: &Member) -> Limit {
        let step = range.steps.iter().find(|step| self.holds(&step.when, member));
        step.map_or(range.top, |step| step.top)
    }

    /// Is the first day at work still ahead when the plan takes effect? Then the person takes nobody yet and is not
    /// counted yet.
    #[must_use]
    pub fn is_planned(&self, manager: &Manager) -> bool {
        manager.available_from.is_some_and(|first| first > self.effective_on)
    }

    /// Is the case manager at work on the day the plan takes effect? A leave counts as the program says.
    #[must_use]
    pub fn at_work(&self, manager: &Manager) -> bool {
        !self.is_leaving(manager) && !self.is_planned(manager) && !self.is_away(manager)
    }
}

/// Whole months from `from` to `to` (0 when `to` lies before).
#[must_use]
pub fn whole_months(from: NaiveDate, to: NaiveDate) -> u32 {
    if to <= from {
        return 0;
    }
    let months = (to.year() - from.year()) * 12 + to.month() as i32 - from.month() as i32;
    let unfinished = i32::from(to.day() < from.day());
    (months - unfinished).max(0) as u32
}
