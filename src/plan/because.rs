//! Why a member is transferred: a code, and one sentence of facts that the roster, the rules and the verified plan
//! prove. The wording stands in `models/report/because.toml`; this file only decides which phrase is true.
//!
//! The causes are tried from the most compelling to the least; the first that holds is the reason. Nothing is said
//! about what *would* have happened, but for the runner-up, whose price the solver proved.

use std::collections::BTreeMap;

use minijinja::{Environment, Value};
use serde::Deserialize;

use crate::cost::language;
use crate::ids::{ManagerIx, MemberIx};
use crate::plan::{Caseload, Reason, RunnerUp};
use crate::program::{Existing, HouseholdRule, LanguageRule, ProgramRule, Rules, Scope};
use crate::roster::{Decision, DecisionKind, Roster};
use crate::travel::miles_between;
use crate::units::Cost;
use crate::verify::VerifiedPlan;
use crate::verify::rules::{discharge, duplication, qualification};

const PHRASES: &str = include_str!("../../models/report/because.toml");

/// The phrases of `because.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrases {
    cause: BTreeMap<String, String>,
    #[serde(rename = "move")]
    about_move: BTreeMap<String, String>,
    alternative: BTreeMap<String, String>,
}

/// What a sentence about one transfer may draw on.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Who.
    pub member: MemberIx,
    /// From whom.
    pub from: Option<ManagerIx>,
    /// To whom.
    pub to: ManagerIx,
    /// Whole months with the present manager.
    pub tenure_months: Option<u32>,
    /// One-way minutes before and after.
    pub minutes: (Option<i64>, Option<i64>),
    /// Arc cost of the new pair less that of the old.
    pub cost_delta: Cost,
    /// The best other choice.
    pub runner_up: Option<&'a RunnerUp>,
}

/// Words and reasons for the transfers of one plan.
#[derive(Debug)]
pub struct Because<'a> {
    roster: &'a Roster,
    rules: &'a Rules,
    plan: &'a VerifiedPlan,
    caseloads: &'a [Caseload],
    /// Members by household, in order.
    households: BTreeMap<&'a str, Vec<MemberIx>>,
    words: Environment<'static>,
}

/// A reason with the phrase that states it.
struct Cause {
    reason: Reason,
    phrase: String,
}

impl<'a> Because<'a> {
    /// Gets ready. A phrase file that does not parse leaves the sentences empty; a test reads every phrase.
    #[must_use]
    pub fn new(roster: &'a Roster, rules: &'a Rules, plan: &'a VerifiedPlan, caseloads: &'a [Caseload]) -> Self {
        let mut households: BTreeMap<&str, Vec<MemberIx>> = BTreeMap::new();
        for member in roster.member_indices() {
            if let Some(household) = &roster.member(member).household {
                households.entry(household).or_default().push(member);
            }
        }
        Self { roster, rules, plan, caseloads, households, words: environment() }
    }

    /// The reason of a transfer and its sentence.
    #[must_use]
    pub fn of(&self, facts: &Facts<'_>) -> (Reason, String) {
        let cause = self.cause(facts);
        let mut sentence = cause.phrase;
        for part in [Some(self.about_move(facts)), self.alternative(facts)].into_iter().flatten() {
            sentence.push_str("; ");
            sentence.push_str(&part);
        }
        sentence.push('.');
        (cause.reason, sentence)
    }

    fn cause(&self, facts: &Facts<'_>) -> Cause {
        let cause = |reason, phrase| Cause { reason, phrase };
        let Some(from) = facts.from else {
            return self
                .decided(facts)
                .unwrap_or_else(|| cause(Reason::FirstAssignment, self.say("cause.first_assignment", facts, &[])));
        };
        if !self.rules.at_work(self.roster.manager(from)) {
            let day = self.rules.effective_on.to_string();
            return cause(Reason::ManagerLeaves, self.say("cause.manager_leaves", facts, &[("day", day)]));
        }
        if let Some(own) = self.decided(facts).or_else(|| self.not_allowed(facts, from)) {
            return own;
        }
        if let Some(mate) = self.mate_who_leads(facts, from) {
            let mate = self.roster.member(mate).id.to_string();
            return cause(Reason::Household, self.say("cause.household", facts, &[("mate", mate)]));
        }
        let load = &self.caseloads[from.at()];
        let numbers = [
            ("before", load.before.to_string()),
            ("after", load.after.to_string()),
            ("cap", load.cap.to_string()),
            ("given", load.given.to_string()),
            ("taken", load.taken.to_string()),
            ("saved", (-facts.cost_delta).to_string()),
        ];
        if load.before > load.cap {
            return cause(Reason::OverCap, self.say("cause.over_cap", facts, &numbers));
        }
        if let Some(average) = self.average(facts, from) {
            return average;
        }
        let phrase = if facts.cost_delta.rounded_minutes() < 0 {
            "cause.cheaper"
        } else if load.taken > 0 {
            "cause.makes_room"
        } else {
            "cause.relieves"
        };
        cause(Reason::Rebalance, self.say(phrase, facts, &numbers))
    }

    /// A decision that names the new manager.
    fn decided(&self, facts: &Facts<'_>) -> Option<Cause> {
        let row =
            self.decisions(facts.member).find(|row| row.kind != DecisionKind::Forbid && row.manager == facts.to)?;
        let phrase = self.say("cause.decision", facts, &[("why", plain_word(row))]);
        Some(Cause { reason: Reason::Decision, phrase })
    }

    /// What rules out the present pair: a decision, or a criterion that binds existing relationships too.
    fn not_allowed(&self, facts: &Facts<'_>, from: ManagerIx) -> Option<Cause> {
        let cause = |key: &str, why: String| {
            Some(Cause { reason: Reason::NotAllowed, phrase: self.say(key, facts, &[("why", why)]) })
        };
        let (member, manager) = (self.roster.member(facts.member), self.roster.manager(from));
        let forbidden = |row: &&Decision| row.kind == DecisionKind::Forbid && row.manager == from;
        if let Some(row) = self.decisions(facts.member).find(forbidden) {
            return cause("cause.forbidden", plain_word(row));
        }
        let criteria = &self.rules.program.eligibility;
        let binds = |existing: Existing| existing == Existing::Applies;
        if criteria.language.rule == LanguageRule::Required
            && binds(criteria.language.existing)
            && !language::speaks(manager, member)
        {
            return cause("cause.language", String::new());
        }
        if duplication::bars(self.rules, member, true) {
            return cause("cause.duplication", member.other_case_management.as_deref().unwrap_or_default().to_owned());
        }
        if discharge::bars(self.rules, member, true) {
            return cause("cause.discharge", String::new());
        }
        let served = self.rules.programs_served(manager);
        let serves = |program| served.is_empty() || served.binary_search(&program).is_ok();
        if criteria.program.rule == ProgramRule::Required
            && binds(criteria.program.existing)
            && !self.rules.program_of(member).is_none_or(serves)
        {
            return cause("cause.program", String::new());
        }
        if binds(criteria.qualification.existing) && qualification::bars(self.rules, member, manager) {
            return cause("cause.qualification", String::new());
        }
        if criteria.distance.max_miles > 0.0
            && binds(criteria.distance.existing)
            && let (Some(home), Some(base)) = (member.home, manager.base)
            && miles_between(base, home) > criteria.distance.max_miles
        {
            return cause("cause.distance", String::new());
        }
        None
    }

    /// A household mate who leaves for the same manager because of a decision or a forbidden pair, or, where
    /// households are joined, one who was with another manager.
    fn mate_who_leads(&self, facts: &Facts<'_>, from: ManagerIx) -> Option<MemberIx> {
        let rule = self.rules.program.households.rule;
        if rule == HouseholdRule::Off {
            return None;
        }
        let household = self.roster.member(facts.member).household.as_deref()?;
        let mates = self.households.get(household)?;
        mates.iter().copied().find(|&mate| {
            let present = self.roster.member(mate).manager;
            if mate == facts.member || self.plan.assignment()[mate.at()] != Some(facts.to) || present.is_none() {
                return false;
            }
            let theirs = Facts { member: mate, from: present, ..*facts };
            let forced =
                present == Some(from) && (self.decided(&theirs).is_some() || self.not_allowed(&theirs, from).is_some());
            let joins = rule == HouseholdRule::Join && present != Some(from) && present != Some(facts.to);
            forced || joins
        })
    }

    /// A region's or team's average that was above its limit and that this move leaves.
    fn average(&self, facts: &Facts<'_>, from: ManagerIx) -> Option<Cause> {
        for average in &self.rules.program.averages {
            let (left, entered) = (self.scope_of(average.scope, from), self.scope_of(average.scope, facts.to));
            let (Some(left), true) = (left, average.scope.moves() && left != entered) else {
                continue;
            };
            let row = self.plan.outcomes().iter().find(|row| row.rule == average.name && row.scope == left);
            if let Some(row) = row.filter(|row| row.changeable && row.before > row.limit) {
                let words = [
                    ("scope", left.to_owned()),
                    ("measured", format!("{:.1}", row.before)),
                    ("limit", format!("{}", row.limit)),
                ];
                return Some(Cause { reason: Reason::Average, phrase: self.say("cause.average", facts, &words) });
            }
        }
        None
    }

    fn scope_of(&self, scope: Scope, manager: ManagerIx) -> Option<&'a str> {
        let team = self.roster.team_of(manager)?;
        match scope {
            Scope::All | Scope::Program => None,
            Scope::Region => team.region.as_deref(),
            Scope::Team => Some(&team.id),
        }
    }

    fn about_move(&self, facts: &Facts<'_>) -> String {
        let need = self.roster.member(facts.member).need.word().to_owned();
        let mut parts = Vec::new();
        match (facts.from, facts.tenure_months) {
            (Some(_), Some(months)) => {
                parts.push(self.say("move.tenure", facts, &[("tenure", duration(months)), ("need", need)]));
            }
            _ => parts.push(self.say("move.need", facts, &[("need", need)])),
        }
        let drive = |after: i64| if after == 1 { "1 minute's".to_owned() } else { format!("{after} minutes'") };
        let driving = match facts.minutes {
            (_, None) => None,
            (None, Some(after)) => Some(("move.only_after", after, after)),
            (Some(before), Some(after)) if after < before => Some(("move.closer", before, after)),
            (Some(before), Some(after)) if after > before => Some(("move.farther", before, after)),
            (Some(before), Some(after)) => Some(("move.same", before, after)),
        };
        if let Some((phrase, before, after)) = driving {
            let words = [
                ("minutes_after", drive(after)),
                ("before", before.to_string()),
                ("more", (after - before).to_string()),
            ];
            parts.push(self.say(phrase, facts, &words));
        }
        format!("{} {}", self.roster.member(facts.member).id, parts.join(" and "))
    }

    fn alternative(&self, facts: &Facts<'_>) -> Option<String> {
        let other = facts.runner_up?;
        let extra = other.extra;
        let (key, extra) = match (other.exact, extra) {
            (true, Cost::ZERO) => ("alternative.equal", String::new()),
            (false, extra) if extra <= Cost::ZERO => ("alternative.no_more", String::new()),
            // Less than a minute is still more: never print "0 min".
            (true, extra) if extra.rounded_minutes() == 0 => ("alternative.exact", "less than 1 min".to_owned()),
            (true, extra) => ("alternative.exact", extra.to_string()),
            // A bound is rounded up, or it would not be one.
            (false, extra) => ("alternative.at_most", Cost::minutes((extra.0 + 59) / 60).to_string()),
        };
        let id = self.roster.manager(other.manager).id.to_string();
        Some(self.say(key, facts, &[("other", id), ("extra", extra)]))
    }

    fn decisions(&self, member: MemberIx) -> impl Iterator<Item = &'a Decision> + use<'a> {
        let (all, day) = (self.roster.decisions(), self.rules.effective_on);
        let first = all.partition_point(|row| row.member < member);
        all[first..].iter().take_while(move |row| row.member == member).filter(move |row| row.holds_on(day))
    }

    fn say(&self, key: &str, facts: &Facts<'_>, words: &[(&str, String)]) -> String {
        let from = facts.from.map_or("", |from| &self.roster.manager(from).id);
        let always = [
            ("member", &*self.roster.member(facts.member).id),
            ("from", from),
            ("to", &*self.roster.manager(facts.to).id),
            // The program's own words.
            ("members", &*self.rules.program.words.members),
            ("case_manager", &*self.rules.program.words.case_manager),
            ("case_management", &*self.rules.program.words.case_management),
        ];
        let more = words.iter().map(|(name, value)| (*name, value.as_str()));
        let values = Value::from_pairs(always.into_iter().chain(more));
        self.words.get_template(key).and_then(|phrase| phrase.render(values)).unwrap_or_default()
    }
}

fn environment() -> Environment<'static> {
    let mut words = Environment::new();
    let Ok(phrases) = toml::from_str::<Phrases>(PHRASES) else {
        return words;
    };
    for (group, all) in [("cause", phrases.cause), ("move", phrases.about_move), ("alternative", phrases.alternative)] {
        for (key, text) in all {
            let _ = words.add_template_owned(format!("{group}.{key}"), text);
        }
    }
    words
}

/// A decision's reason when it is a code. Free text might hold a name, and this sentence reaches the report.
fn plain_word(row: &Decision) -> String {
    let is_code = |word: &str| word.len() <= 40 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    row.reason.as_deref().filter(|word| is_code(word)).map(|word| word.replace('_', " ")).unwrap_or_default()
}

/// `5 months`, `1 year`, `3 years and 2 months`.
fn duration(months: u32) -> String {
    let count = |n: u32, unit: &str| if n == 1 { format!("1 {unit}") } else { format!("{n} {unit}s") };
    match (months / 12, months % 12) {
        (0, 0) => "less than a month".to_owned(),
        (0, m) => count(m, "month"),
        (y, 0) => count(y, "year"),
        (y, m) => format!("{} and {}", count(y, "year"), count(m, "month")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_a_valid_template() {
        let phrases: Phrases = toml::from_str(PHRASES).unwrap_or_else(|error| panic!("{error}"));
        let count = phrases.cause.len() + phrases.about_move.len() + phrases.alternative.len();
        assert_eq!(environment().templates().count(), count);
    }

    #[test]
    fn durations_in_words() {
        assert_eq!(duration(0), "less than a month");
        assert_eq!(duration(1), "1 month");
        assert_eq!(duration(12), "1 year");
        assert_eq!(duration(38), "3 years and 2 months");
    }
}
