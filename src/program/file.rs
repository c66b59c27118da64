//! One program file, as written: what each key of `models/programs/*.toml` says. `models/README.md` explains every
//! key with unit, range and default; a test compares the two.
//!
//! Long because it mirrors one file: a reader of a program finds all of its keys in one place.

use chrono::NaiveDate;
use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

use crate::program::average::{Average, Scope};
use crate::program::cap::Cap;
use crate::program::capacity::Capacity;
use crate::program::category::{Category, Condition};
use crate::program::codes::ProgramCode;
use crate::program::eligibility::{Blackout, Discharge, Duplication, QualificationFor};
use crate::program::fairness::Fairness;
use crate::program::handoff::Handoff;
use crate::program::limit::Limit;
use crate::program::loading::{self, Opened};
use crate::program::mixed::Mixed;
use crate::program::outreach::{ContactTier, Outreach};
use crate::program::range::Range;
use crate::program::source;
use crate::program::span::Span;
use crate::program::staffing::Staffing;
use crate::program::words::Words;
use crate::roster::{Member, Need};

/// The programs shipped inside the binary.
static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/models/programs");

/// The file that programs build on and nobody plans by.
const COMMON: &str = "common";

/// A whole program file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The name commands and settings use.
    pub name: String,
    /// The program this one changes: what it says holds where this file says nothing.
    #[serde(default)]
    pub extends: Option<String>,
    /// Rules, categories and codes of that program that do not hold here, by name.
    #[serde(default)]
    pub remove: Vec<String>,
    /// Programs whose counting rules hold beside these, each for its own members.
    #[serde(default)]
    pub include: Vec<String>,
    /// What people call it.
    pub title: String,
    /// The state or body whose rule it is.
    pub jurisdiction: String,
    /// Whether the numbers are confirmed by a source.
    pub status: Status,
    /// First day the rule holds.
    #[serde(default, with = "toml_date")]
    pub effective_from: Option<NaiveDate>,
    /// Where the rule stands.
    pub citation: Citation,
    /// Program codes of members, with the days they hold.
    #[serde(default, rename = "code")]
    pub codes: Vec<ProgramCode>,
    /// Categories of members, first match wins.
    #[serde(default, rename = "category")]
    pub categories: Vec<Category>,
    /// Caps on the number of members of one case manager.
    #[serde(default, rename = "cap")]
    pub caps: Vec<Cap>,
    /// Capacities of one case manager that are weighed, not counted.
    #[serde(default, rename = "capacity")]
    pub capacities: Vec<Capacity>,
    /// Limits on caseloads of several categories.
    #[serde(default)]
    pub mixed: Vec<Mixed>,
    /// Ranges of caseloads.
    #[serde(default, rename = "range")]
    pub ranges: Vec<Range>,
    /// Averages over a scope.
    #[serde(default, rename = "average")]
    pub averages: Vec<Average>,
    /// Spans of supervision.
    #[serde(default, rename = "span")]
    pub spans: Vec<Span>,
    /// Limits on disparity.
    #[serde(default)]
    pub fairness: Vec<Fairness>,
    /// Who may serve whom.
    pub eligibility: Eligibility,
    /// Services that case management would duplicate.
    #[serde(default, rename = "duplication")]
    pub duplications: Vec<Duplication>,
    /// Who counts as a high-need member.
    pub high_need: HighNeed,
    /// Continuity classes, first match wins.
    #[serde(rename = "continuity")]
    pub continuity: Vec<ContinuityRule>,
    /// Limits on new members at once.
    pub receive: Receive,
    /// Budgets of moves.
    pub moves: Moves,
    /// Members who belong together.
    pub households: Households,
    /// Exchange rates.
    pub rates: Rates,
    /// Values for blank cells.
    pub defaults: Defaults,
    /// Convex cost of a load.
    pub balance: Balance,
    /// Line that gives driving times.
    pub travel: TravelLine,
    /// What new case managers and those on leave count for.
    #[serde(default)]
    pub staffing: Staffing,
    /// How contacts are spread over a cycle.
    #[serde(default)]
    pub outreach: Option<Outreach>,
    /// How soon a member is contacted after a change.
    #[serde(default, rename = "contact_tier")]
    pub contact_tiers: Vec<ContactTier>,
    /// What people and documents are called.
    #[serde(default)]
    pub words: Words,
    /// How members are handed over.
    #[serde(default)]
    pub handoff: Handoff,
}

/// Whether a program's numbers are authoritative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The source is named and says these numbers.
    Cited,
    /// Plausible, unconfirmed: an example to start from.
    Example,
}

/// Where a rule stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// Author, title, date.
    pub source: String,
    /// The words.
    pub text: String,
}

/// Does a criterion bind a relationship that already exists?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Existing {
    /// A present pair may stay although a new one would not be allowed.
    Exempt,
    /// A present pair that does not meet it must end.
    Applies,
}

/// Who may serve whom. Whatever stands here, a case manager not at work on the effective date serves nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eligibility {
    /// Obey the managers' `accepts_new`.
    pub accepts_new: bool,
    /// Languages.
    pub language: LanguageEligibility,
    /// Programs.
    pub program: ProgramEligibility,
    /// Qualifications.
    pub qualification: QualificationEligibility,
    /// Qualifications that only some members ask for.
    #[serde(default)]
    pub qualification_for: Vec<QualificationFor>,
    /// Distance from base to home.
    pub distance: Distance,
    /// Settings that people are served in only shortly before discharge.
    #[serde(default)]
    pub discharge: Option<Discharge>,
    /// A date before which nobody changes hands.
    #[serde(default)]
    pub blackout: Option<Blackout>,
}

/// What a language not shared means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LanguageRule {
    /// Not allowed.
    Required,
    /// Costs an interpreter's minutes a contact.
    Interpreter,
    /// Nothing.
    Ignored,
}

/// Language eligibility. Languages agree when their primary subtags do (`es-MX` and `es`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageEligibility {
    /// What a language not shared means.
    pub rule: LanguageRule,
    /// For present pairs.
    pub existing: Existing,
}

/// What a program not served means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProgramRule {
    /// Not allowed. A manager who lists no program serves all; a member without one may go to anybody.
    Required,
    /// Nothing.
    Ignored,
}

/// Program eligibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramEligibility {
    /// What a program not served means.
    pub rule: ProgramRule,
    /// For present pairs.
    pub existing: Existing,
}

/// Qualification eligibility.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualificationEligibility {
    /// Each must be among the manager's `qualifications`.
    pub required: Vec<String>,
    /// For present pairs.
    pub existing: Existing,
}

/// Distance eligibility. A pair with an unknown place is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distance {
    /// Straight-line miles; 0 = no limit.
    pub max_miles: f64,
    /// For present pairs.
    pub existing: Existing,
}

/// Who counts as a high-need member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HighNeed {
    /// These grades do.
    pub needs: Vec<Need>,
    /// And urgent members of any grade, when true.
    pub urgent: bool,
}

impl HighNeed {
    /// Does the member count as high-need?
    #[must_use]
    pub fn holds(&self, member: &Member) -> bool {
        self.needs.contains(&member.need) || (self.urgent && member.urgent)
    }
}

/// How firmly a member is held with the present case manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContinuityClass {
    /// Stays wherever the present case manager is still allowed.
    MustKeep,
    /// May be moved at a price.
    Costly,
    /// May be moved for nothing.
    Free,
}

/// A continuity class and the members it holds for: all conditions that are given must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContinuityRule {
    /// The class.
    pub class: ContinuityClass,
    /// Grades of need; absent = all.
    #[serde(default)]
    pub needs: Option<Vec<Need>>,
    /// Urgent or not; absent = both.
    #[serde(default)]
    pub urgent: Option<bool>,
    /// Whole months with the present case manager, at least; absent = any.
    #[serde(default)]
    pub min_tenure_months: Option<u32>,
    /// Further conditions, the same as of a category.
    #[serde(default)]
    pub when: Option<Condition>,
}

/// Limits on new members at once (0 = none).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receive {
    /// For every case manager.
    pub limit: u32,
    /// Hired less than so many months before the effective date is new.
    pub new_hire_months: u32,
    /// For new hires.
    pub new_hire_limit: u32,
    /// At most one new member for so many one has at present.
    #[serde(default)]
    pub per_open: u32,
}

/// Budgets of members moved from one case manager to another (0 = none).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moves {
    /// All members.
    pub total: u32,
    /// High-need members.
    pub high_need: u32,
    /// Members leaving the case managers of one team.
    pub per_team: u32,
    /// Whole months between two changes of a member's case manager, unless the present one cannot go on.
    #[serde(default)]
    pub min_months_between: u32,
}

/// What holds households together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HouseholdRule {
    /// Those of a household who share a case manager now are not split.
    KeepTogether,
    /// All of a household end under one case manager.
    Join,
    /// Nothing.
    Off,
}

/// Members who belong together. Members of one household whom decisions (keep, assign) send to different case managers
/// are not held together: decisions outrank the household rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Households {
    /// Which rule holds.
    pub rule: HouseholdRule,
}

/// A number for each grade of need.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerNeed<T> {
    /// For low need.
    pub low: T,
    /// For moderate need.
    pub moderate: T,
    /// For high need.
    pub high: T,
    /// For intensive need.
    pub intensive: T,
}

impl<T: Copy> PerNeed<T> {
    /// The number for a grade.
    #[must_use]
    pub const fn of(&self, need: Need) -> T {
        match need {
            Need::Low => self.low,
            Need::Moderate => self.moderate,
            Need::High => self.high,
            Need::Intensive => self.intensive,
        }
    }
}

/// Exchange rates, whole minutes of staff time a year unless the name says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// To keep a relationship at all.
    pub keep_minutes: PerNeed<u32>,
    /// On top for urgent members.
    pub urgent_minutes: u32,
    /// On top for every whole month of the relationship.
    pub tenure_minutes_per_month: u32,
    /// Months after which its worth no longer rises.
    pub tenure_months_max: u32,
    /// On top when the last contact is recent.
    pub recent_contact_minutes: u32,
    /// Recent: fewer days before `as_of` than this.
    pub recent_contact_days: u32,
    /// On top when the present relationship is itself the result of a recent change.
    pub repeat_change_minutes: u32,
    /// Recent: fewer whole months than this with the present case manager.
    pub repeat_change_months: u32,
    /// Interpreter for one contact in a language not shared.
    pub interpreter_minutes_per_contact: u32,
    /// The member changes to another supervisor's team.
    pub cross_team_minutes: u32,
    /// The member's county is outside the case manager's territory.
    pub outside_territory_minutes: u32,
    /// Meetings a year with each routine provider of a high-need member.
    pub provider_meetings_per_year: u32,
    /// Percent of such a trip saved when the case manager already works with the provider.
    pub provider_shared_percent: u32,
    /// A member left without a case manager.
    pub unserved_minutes: u32,
}

/// Values used where the roster leaves the cell blank.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// Visits a year.
    pub visits_per_year: PerNeed<f64>,
    /// Contacts a month.
    pub contacts_per_month: PerNeed<f64>,
}

/// Convex cost of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Balance {
    /// Free up to this share of one's own cap (rounded down).
    pub target_percent: u32,
    /// The k-th place above costs k times so many minutes.
    pub step_minutes: u32,
}

/// `minutes = base + rate x miles`, one way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TravelLine {
    /// Minutes of any trip.
    pub base_minutes: f64,
    /// Minutes a straight-line mile.
    pub minutes_per_mile: f64,
}

impl Program {
    /// Parses a program file that builds on shipped ones at most; an error points at the line.
    ///
    /// # Errors
    /// Everything that is wrong, with line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        let open = |name: &str, _: Option<&str>| Self::open_shipped(name);
        let opened = Opened { key: String::new(), shown: String::new(), text: text.to_owned() };
        loading::load(opened, &open).map(|loaded| loaded.program).map_err(|faults| source::in_words(&faults))
    }

    /// A shipped program's file; the error says which there are.
    pub(super) fn open_shipped(name: &str) -> Result<Opened, String> {
        let known = Self::shipped_names();
        let Some(text) = Self::shipped(name) else {
            let near = crate::diagnostic::closest(name, known.iter().copied());
            let near = near.map_or(String::new(), |near| format!(", did you mean `{near}`?"));
            let list = known.join(", ");
            return Err(format!(
                "there is no program `{name}`{near}\nshipped are: {list}; the path of a file ends in .toml"
            ));
        };
        let shown = format!("models/programs/{name}.toml");
        Ok(Opened { key: shown.clone(), shown, text: text.to_owned() })
    }

    /// The lowest cap that counts every member, where there is one.
    #[must_use]
    pub fn lowest_cap(&self) -> Option<Limit> {
        self.caps.iter().filter(|cap| cap.is_plain()).map(|cap| cap.limit).min()
    }

    /// The lowest limit of an average of all members over the whole roster, where there is one.
    #[must_use]
    pub fn lowest_average(&self) -> Option<Limit> {
        self.averages.iter().filter(|one| one.is_plain() && one.scope == Scope::All).map(|one| one.limit).min()
    }

    /// The text of a program shipped with the product.
    #[must_use]
    pub fn shipped(name: &str) -> Option<&'static str> {
        SHIPPED.get_file(format!("{name}.toml"))?.contents_utf8()
    }

    /// Names of the shipped programs, sorted. What they have in common is a file too, but no program.
    #[must_use]
    pub fn shipped_names() -> Vec<&'static str> {
        let mut names: Vec<_> = SHIPPED
            .files()
            .filter_map(|file| file.path().file_stem())
            .filter_map(|stem| stem.to_str())
            .filter(|stem| *stem != COMMON)
            .collect();
        names.sort_unstable();
        names
    }
}

/// Dates as TOML writes them: `2025-01-01` without quotation marks.
pub(super) mod toml_date {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serializer};

    #[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    pub fn serialize<S: Serializer>(date: &Option<NaiveDate>, out: S) -> Result<S::Ok, S::Error> {
        match date {
            Some(date) => out.serialize_str(&date.to_string()),
            None => out.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<NaiveDate>, D::Error> {
        let Some(date) = Option::<toml::value::Datetime>::deserialize(input)? else {
            return Ok(None);
        };
        date.to_string().parse().map(Some).map_err(serde::de::Error::custom)
    }
}
