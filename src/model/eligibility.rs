//! Which pairs may be: the solver's reading of the eligibility rules. The verifier has its own.

use crate::cost::{Prepared, continuity};
use crate::ids::{ManagerIx, MemberIx};
use crate::program::{ContinuityClass, Existing, LanguageRule, ProgramRule};
use crate::roster::DecisionKind;

/// Everything needed to answer [`Eligibility::allows`] quickly.
pub struct Eligibility<'a> {
    prepared: &'a Prepared<'a>,
    /// Manager by manager: at work on the effective date.
    at_work: Vec<bool>,
    /// Manager by manager: holds every required qualification.
    qualified: Vec<bool>,
    /// Member by member: the manager a holding decision names.
    pins: Vec<Option<ManagerIx>>,
    /// Holding `forbid` decisions, sorted.
    forbidden: Vec<(MemberIx, ManagerIx)>,
    /// Member by member: stays with the present manager.
    kept: Vec<bool>,
}

impl<'a> Eligibility<'a> {
    /// Reads the rules once.
    #[must_use]
    pub fn new(prepared: &'a Prepared<'a>) -> Self {
        let (roster, rules) = (prepared.roster, prepared.rules);
        let required = &rules.program.eligibility.qualification.required;
        let holding = || roster.decisions().iter().filter(|decision| decision.holds_on(rules.effective_on));
        let mut pins = vec![None; roster.members().len()];
        for decision in holding().filter(|decision| decision.kind != DecisionKind::Forbid) {
            pins[decision.member.at()] = Some(decision.manager);
        }
        let mut forbidden: Vec<_> = holding()
            .filter(|decision| decision.kind == DecisionKind::Forbid)
            .map(|decision| (decision.member, decision.manager))
            .collect();
        forbidden.sort_unstable();
        let holds_all =
            |held: &[crate::roster::Code]| required.iter().all(|one| held.iter().any(|code| **code == **one));
        let mut new = Self {
            prepared,
            at_work: roster.managers().iter().map(|manager| rules.at_work(manager)).collect(),
            qualified: roster.managers().iter().map(|manager| holds_all(&manager.qualifications)).collect(),
            pins,
            forbidden,
            kept: vec![false; roster.members().len()],
        };
        new.kept = roster.member_indices().map(|member| new.must_keep(member)).collect();
        new
    }

    /// Is the manager at work on the effective date?
    #[must_use]
    pub fn at_work(&self, manager: ManagerIx) -> bool {
        self.at_work[manager.at()]
    }

    /// The manager a holding keep or assign decision names.
    #[must_use]
    pub fn pin(&self, member: MemberIx) -> Option<ManagerIx> {
        self.pins[member.at()]
    }

    /// Does a holding decision forbid the pair?
    #[must_use]
    pub fn forbids(&self, member: MemberIx, manager: ManagerIx) -> bool {
        self.forbidden.binary_search(&(member, manager)).is_ok()
    }

    /// May the member be with the manager?
    #[must_use]
    pub fn allows(&self, member: MemberIx, manager: ManagerIx) -> bool {
        if !self.at_work(manager) || self.forbids(member, manager) {
            return false;
        }
        if let Some(pin) = self.pin(member) {
            return pin == manager;
        }
        let present = self.prepared.roster.member(member).manager == Some(manager);
        (present || !self.kept[member.at()]) && self.meets_criteria(member, manager)
    }

    /// Does the present pair have to go on, and may it?
    fn must_keep(&self, member: MemberIx) -> bool {
        let (roster, rules) = (self.prepared.roster, self.prepared.rules);
        let Some(present) = roster.member(member).manager else { return false };
        self.pin(member).is_none()
            && continuity::class_of(rules, roster.member(member)) == ContinuityClass::MustKeep
            && self.at_work(present)
            && !self.forbids(member, present)
            && self.meets_criteria(member, present)
    }

    /// The criteria that decisions outrank: new members accepted, language, program, qualification, distance.
    fn meets_criteria(&self, member: MemberIx, manager: ManagerIx) -> bool {
        let (roster, rules) = (self.prepared.roster, &self.prepared.rules.program.eligibility);
        let (who, with) = (roster.member(member), roster.manager(manager));
        let present = who.manager == Some(manager);
        let binds = |existing: Existing| !present || existing == Existing::Applies;
        if rules.accepts_new && !present && !with.accepts_new {
            return false;
        }
        if rules.language.rule == LanguageRule::Required && binds(rules.language.existing) {
            let spoken = &self.prepared.managers[manager.at()].languages;
            if !spoken.contains(&self.prepared.members[member.at()].language) {
                return false;
            }
        }
        if rules.program.rule == ProgramRule::Required
            && binds(rules.program.existing)
            && let Some(program) = &who.program
            && !with.programs.is_empty()
            && !with.programs.contains(program)
        {
            return false;
        }
        if binds(rules.qualification.existing) && !self.qualified[manager.at()] {
            return false;
        }
        let limit = rules.distance.max_miles;
        if limit > 0.0 && binds(rules.distance.existing) {
            let home = self.prepared.members[member.at()].home;
            let base = self.prepared.managers[manager.at()].base;
            if let (Some(home), Some(base)) = (home, base)
                && base.miles_to(home) > limit
            {
                return false;
            }
        }
        true
    }
}
