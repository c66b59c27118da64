//! The rules and decisions of a run by name, each of which can be left out: what conflicts and prices are stated over.

use serde::Serialize;

use crate::program::{
    Average, ContinuityClass, Count, HouseholdRule, LanguageRule, Leave, Program, ProgramRule, Rules, Span,
};
use crate::roster::{Manager, Roster, RosterTables};

/// A rule or a decision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Named {
    /// A cap, by its name in the program.
    Cap(String),
    /// A weighted capacity.
    Capacity(String),
    /// A limit on mixed caseloads.
    Mixed(String),
    /// The top of a range; its floor goes with it, which is no limit.
    Range(String),
    /// An average of regions or teams, or of case managers with members.
    Average(String),
    /// The members of a supervisor's team.
    Span(String),
    /// A limit on disparity.
    Fairness(String),
    /// The receive limits.
    Receive,
    /// The budget of all moves.
    MovesTotal,
    /// The budget of moves of high-need members.
    MovesHighNeed,
    /// The budgets of moves by team.
    MovesPerTeam,
    /// `moves.min_months_between`: who was moved lately stays.
    MovedLately,
    /// `accepts_new = no`.
    AcceptsNew,
    /// The language rule, where it is required.
    Language,
    /// The program rule.
    Program,
    /// The qualification rule, also that of some categories.
    Qualification,
    /// The distance limit.
    Distance,
    /// Services that case management would duplicate.
    Duplication,
    /// Settings that people are served in only shortly before discharge.
    Discharge,
    /// The class `must_keep`.
    MustKeep,
    /// A date before which nobody changes hands.
    Blackout,
    /// Households together.
    Households,
    /// The case managers' own limits (`max_caseload`).
    OwnLimits,
    /// What a leave on the effective date means.
    Leave,
    /// Smaller limits in a case manager's first months.
    RampUp,
    /// A decision, as an index into [`Roster::decisions`].
    Decision(usize),
}

/// All that are in force.
#[must_use]
pub fn in_force(roster: &Roster, rules: &Rules) -> Vec<Named> {
    let program = &rules.program;
    let criteria = &program.eligibility;
    let mut all: Vec<Named> = program.caps.iter().map(|cap| Named::Cap(cap.name.clone())).collect();
    all.extend(program.capacities.iter().map(|capacity| Named::Capacity(capacity.name.clone())));
    all.extend(program.mixed.iter().map(|mixed| Named::Mixed(mixed.name.clone())));
    all.extend(program.ranges.iter().map(|range| Named::Range(range.name.clone())));
    let can_change = |average: &&Average| average.scope.moves() || average.counts_those_in_use();
    all.extend(program.averages.iter().filter(can_change).map(|average| Named::Average(average.name.clone())));
    let of_members = |span: &&Span| span.members.is_some();
    all.extend(program.spans.iter().filter(of_members).map(|span| Named::Span(span.name.clone())));
    all.extend(program.fairness.iter().map(|rule| Named::Fairness(rule.name.clone())));
    let anybody = |is: &dyn Fn(&Manager) -> bool| roster.managers().iter().any(is);
    let receive = &program.receive;
    let starting = |manager: &Manager| rules.capacity_thousandths(manager) < manager.fte_thousandths;
    let switches = [
        (receive.limit > 0 || receive.new_hire_limit > 0 || receive.per_open > 0, Named::Receive),
        (program.moves.total > 0, Named::MovesTotal),
        (program.moves.high_need > 0, Named::MovesHighNeed),
        (program.moves.per_team > 0, Named::MovesPerTeam),
        (program.moves.min_months_between > 0, Named::MovedLately),
        (criteria.accepts_new && anybody(&|manager| !manager.accepts_new), Named::AcceptsNew),
        (criteria.language.rule == LanguageRule::Required, Named::Language),
        (criteria.program.rule == ProgramRule::Required, Named::Program),
        (!criteria.qualification.required.is_empty() || !criteria.qualification_for.is_empty(), Named::Qualification),
        (criteria.distance.max_miles > 0.0, Named::Distance),
        (!program.duplications.is_empty(), Named::Duplication),
        (criteria.discharge.is_some(), Named::Discharge),
        (program.continuity.iter().any(|rule| rule.class == ContinuityClass::MustKeep), Named::MustKeep),
        (criteria.blackout.is_some(), Named::Blackout),
        (program.households.rule != HouseholdRule::Off, Named::Households),
        (anybody(&|manager| manager.max_caseload.is_some()), Named::OwnLimits),
        (program.staffing.leave != Leave::Counts && anybody(&|manager| rules.is_on_leave(manager)), Named::Leave),
        (anybody(&starting), Named::RampUp),
    ];
    all.extend(switches.into_iter().filter(|(on, _)| *on).map(|(_, named)| named));
    let holding = |at: &usize| roster.decisions()[*at].holds_on(rules.effective_on);
    all.extend((0..roster.decisions().len()).filter(holding).map(Named::Decision));
    all
}

/// Does a limit count households? Then keeping them together is left out with that limit only: apart, each of the members
/// would count as a household, and the limit would be another, stricter one.
fn counts_households(program: &Program) -> bool {
    program.caps.iter().any(|cap| cap.count == Count::Households)
        || program.mixed.iter().any(|mixed| mixed.count == Count::Households)
}

/// Roster and rules without some of them.
#[must_use]
pub fn without(roster: &Roster, rules: &Rules, dropped: &[Named]) -> (Roster, Rules) {
    let mut rules = rules.clone();
    let mut tables: Option<RosterTables> = None;
    for named in dropped {
        let program = &mut rules.program;
        match named {
            Named::Cap(name) => program.caps.retain(|cap| cap.name != *name),
            Named::Capacity(name) => program.capacities.retain(|capacity| capacity.name != *name),
            Named::Average(name) => program.averages.retain(|average| average.name != *name),
            Named::Mixed(name) => program.mixed.retain(|mixed| mixed.name != *name),
            Named::Range(name) => program.ranges.retain(|range| range.name != *name),
            Named::Span(name) => program.spans.retain(|span| span.name != *name),
            Named::Fairness(name) => program.fairness.retain(|rule| rule.name != *name),
            Named::MovedLately => program.moves.min_months_between = 0,
            Named::Receive => {
                let receive = &mut program.receive;
                (receive.limit, receive.new_hire_limit, receive.per_open) = (0, 0, 0);
            }
            Named::MovesTotal => program.moves.total = 0,
            Named::MovesHighNeed => program.moves.high_need = 0,
            Named::MovesPerTeam => program.moves.per_team = 0,
            Named::AcceptsNew => program.eligibility.accepts_new = false,
            Named::Language => program.eligibility.language.rule = LanguageRule::Ignored,
            Named::Program => program.eligibility.program.rule = ProgramRule::Ignored,
            Named::Qualification => {
                program.eligibility.qualification.required.clear();
                program.eligibility.qualification_for.clear();
            }
            Named::Duplication => program.duplications.clear(),
            Named::Discharge => program.eligibility.discharge = None,
            Named::Blackout => program.eligibility.blackout = None,
            Named::Leave => program.staffing.leave = Leave::Counts,
            Named::RampUp => program.staffing.ramp_up.clear(),
            Named::Distance => program.eligibility.distance.max_miles = 0.0,
            Named::MustKeep => {
                let costly = |rule: &mut crate::program::ContinuityRule| {
                    if rule.class == ContinuityClass::MustKeep {
                        rule.class = ContinuityClass::Costly;
                    }
                };
                program.continuity.iter_mut().for_each(costly);
            }
            Named::OwnLimits => {
                let tables = tables.get_or_insert_with(|| roster.to_tables());
                tables.managers.iter_mut().for_each(|manager| manager.max_caseload = None);
            }
            // Below, when it is known which limits are left.
            Named::Decision(_) | Named::Households => {}
        }
    }
    if dropped.contains(&Named::Households) && !counts_households(&rules.program) {
        rules.program.households.rule = HouseholdRule::Off;
    }
    let gone = |at: &usize| dropped.contains(&Named::Decision(*at));
    if dropped.iter().any(|named| matches!(named, Named::Decision(_))) {
        let tables = tables.get_or_insert_with(|| roster.to_tables());
        let kept = roster.decisions().iter().enumerate().filter(|(at, _)| !gone(at));
        tables.decisions = kept.map(|(_, decision)| decision.clone()).collect();
    }
    (tables.map_or_else(|| roster.clone(), Roster::new), rules)
}

impl Named {
    /// As people call it: the rule's name, or the row of `decisions.csv` with its ids.
    #[must_use]
    pub fn words(&self, roster: &Roster, rules: &Rules) -> String {
        let plain = match self {
            Self::Cap(name) => return format!("the cap `{name}`"),
            Self::Capacity(name) => return format!("the capacity `{name}`"),
            Self::Mixed(name) => return format!("the mixed caseloads `{name}`"),
            Self::Range(name) => return format!("the range `{name}`"),
            Self::Average(name) => return format!("the average `{name}`"),
            Self::Fairness(name) => return format!("the limit on disparity `{name}`"),
            Self::Span(name) => return format!("the span `{name}`"),
            Self::Distance => {
                return format!("the distance limit of {} miles", rules.program.eligibility.distance.max_miles);
            }
            Self::Decision(at) => {
                let decision = &roster.decisions()[*at];
                let (member, manager) = (&roster.member(decision.member).id, &roster.manager(decision.manager).id);
                return format!(
                    "row {} of decisions.csv ({} {member} with {manager})",
                    decision.row,
                    decision.kind.word()
                );
            }
            Self::Receive => "the receive limits",
            Self::MovesTotal => "the budget of moves",
            Self::MovesHighNeed => "the budget of moves of high-need members",
            Self::MovesPerTeam => "the budgets of moves by team",
            Self::MovedLately => "the months that must pass between two changes (moves.min_months_between)",
            Self::AcceptsNew => "accepts_new = no",
            Self::Language => "the language rule",
            Self::Program => "the program rule",
            Self::Qualification => "the qualification rule",
            Self::Duplication => "the rules on duplicated services",
            Self::Discharge => "the rule on discharge",
            Self::Blackout => "the days before a date in which nobody changes hands",
            Self::Leave => "case managers on leave",
            Self::RampUp => "the smaller limits of the first months",
            Self::MustKeep => "the class must_keep",
            Self::Households => "households together",
            Self::OwnLimits => "case managers' own limits (max_caseload)",
        };
        plain.to_owned()
    }
}
