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
    /// Managers at work with a base, by its latitude; and those without one.
    by_latitude: Vec<(f64, ManagerIx)>,
    anywhere: Vec<ManagerIx>,
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
            by_latitude: Vec::new(),
            anywhere: Vec::new(),
        };
        for manager in roster.manager_indices().filter(|manager| new.at_work[manager.at()]) {
            match roster.manager(manager).base {
                Some(base) => new.by_latitude.push((base.latitude, manager)),
                None => new.anywhere.push(manager),
            }
        }
        new.by_latitude.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
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

    /// May anybody take all of these members? Ends with the first found: present managers are asked first, and of the
    /// others only those within the program's distance by latitude alone.
    #[must_use]
    pub fn anybody_takes(&self, members: &[MemberIx]) -> bool {
        let takes = |manager: ManagerIx| members.iter().all(|&member| self.allows(member, manager));
        let roster = self.prepared.roster;
        let present = members.iter().filter_map(|&member| roster.member(member).manager);
        let mut named = present.chain(members.iter().filter_map(|&member| self.pin(member)));
        if named.any(takes) {
            return true;
        }
        if members.iter().any(|&member| self.kept[member.at()] || self.pin(member).is_some()) {
            return false;
        }
        let limit = self.prepared.rules.program.eligibility.distance.max_miles;
        let home = members.iter().find_map(|&member| roster.member(member).home);
        let near = match home {
            Some(home) if limit > 0.0 => {
                // A degree of latitude is a little over 69 miles.
                let degrees = limit / 69.0;
                let from = self.by_latitude.partition_point(|&(latitude, _)| latitude < home.latitude - degrees);
                let to = self.by_latitude.partition_point(|&(latitude, _)| latitude <= home.latitude + degrees);
                &self.by_latitude[from..to]
            }
            _ => &self.by_latitude,
        };
        near.iter().map(|&(_, manager)| manager).chain(self.anywhere.iter().copied()).any(takes)
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
