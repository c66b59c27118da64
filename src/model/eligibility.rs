//! Which pairs may be: the solver's reading of the eligibility rules. The verifier has its own.

use chrono::Days;

use crate::cost::{Prepared, continuity};
use crate::ids::{ManagerIx, MemberIx};
use crate::program::category::age_on;
use crate::program::rules::whole_months;
use crate::program::{
    Blackout, Category, ContinuityClass, Discharge, Duplication, Existing, LanguageRule, ProgramRule, Rules,
};
use crate::roster::{DecisionKind, Manager, Member};
use crate::travel::Point;

/// Everything needed to answer [`Eligibility::allows`] quickly.
pub struct Eligibility<'a> {
    prepared: &'a Prepared<'a>,
    /// Manager by manager.
    gates: Vec<Gate>,
    /// Member by member.
    calls: Vec<Call>,
    /// Holding `forbid` decisions, sorted.
    forbidden: Vec<(MemberIx, ManagerIx)>,
    /// The distance limit as a chord.
    reach: f64,
    /// Managers at work with a base, by its latitude; and those without one.
    by_latitude: Vec<(f64, ManagerIx)>,
    anywhere: Vec<ManagerIx>,
}

/// What decides about a manager.
struct Gate {
    /// At work on the effective date.
    at_work: bool,
    /// Category by category, and last for members of none: holds every qualification they ask for.
    qualified: Vec<bool>,
    /// Takes new members.
    takes_new: bool,
    /// Programs served, as indices, sorted; empty = all.
    programs: Vec<u16>,
    /// Bit by bit the first 64 of them; all bits when all are served.
    program_marks: u64,
}

impl Gate {
    #[inline]
    fn serves(&self, program: u16) -> bool {
        match 1_u64.checked_shl(program.into()) {
            Some(mark) => self.program_marks & mark != 0,
            None => self.programs.is_empty() || self.programs.binary_search(&program).is_ok(),
        }
    }
}

/// What decides about a member.
#[derive(Clone, Copy)]
struct Call {
    present: Option<ManagerIx>,
    /// The manager a holding decision names.
    pin: Option<ManagerIx>,
    /// Stays with the present manager.
    kept: bool,
    /// Some manager is forbidden.
    barred: bool,
    /// Program, as an index; none = no program.
    program: Option<u16>,
    /// Category, or how many there are for members of none.
    category: u16,
    /// Nobody new may take the member.
    closed_to_new: bool,
    /// Nor may the present manager stay.
    closed: bool,
}

impl<'a> Eligibility<'a> {
    /// Reads the rules once.
    #[must_use]
    pub fn new(prepared: &'a Prepared<'a>) -> Self {
        let (roster, rules) = (prepared.roster, prepared.rules);
        let holding = || roster.decisions().iter().filter(|decision| decision.holds_on(rules.effective_on));
        let mut forbidden: Vec<_> = holding()
            .filter(|decision| decision.kind == DecisionKind::Forbid)
            .map(|decision| (decision.member, decision.manager))
            .collect();
        forbidden.sort_unstable();
        let asked = asked(rules);
        let mut programs: Vec<&str> =
            roster.managers().iter().flat_map(|manager| rules.programs_served(manager)).collect();
        programs.sort_unstable();
        programs.dedup();
        let index = |code: &str| programs.binary_search(&code).map_or(u16::MAX, |at| at as u16);
        let gate = |manager: &Manager| {
            let holds_all =
                |asked: &Vec<&str>| asked.iter().all(|&one| manager.qualifications.iter().any(|held| **held == *one));
            let mut served: Vec<u16> = rules.programs_served(manager).into_iter().map(index).collect();
            served.sort_unstable();
            let mark = |marks: u64, &program: &u16| marks | 1_u64.checked_shl(program.into()).unwrap_or(0);
            Gate {
                program_marks: if served.is_empty() { u64::MAX } else { served.iter().fold(0, mark) },
                at_work: rules.at_work(manager),
                qualified: asked.iter().map(holds_all).collect(),
                takes_new: rules.takes_new(manager),
                programs: served,
            }
        };
        let criteria = &rules.program.eligibility;
        let call = |member: &Member| {
            let closed = |existing: Existing, holds: bool| (holds, holds && existing == Existing::Applies);
            let duplicated = rules
                .program
                .duplications
                .iter()
                .map(|rule| closed(rule.existing, is_duplicated(rule, rules, member)))
                .fold((false, false), |all, one| (all.0 || one.0, all.1 || one.1));
            let inside = criteria
                .discharge
                .as_ref()
                .map_or((false, false), |rule| closed(rule.existing, is_inside(rule, rules, member)));
            Call {
                present: member.manager,
                pin: None,
                kept: false,
                barred: false,
                program: rules.program_of(member).map(index),
                category: rules.category_of(member).unwrap_or(rules.program.categories.len()) as u16,
                closed_to_new: duplicated.0 || inside.0,
                closed: duplicated.1 || inside.1,
            }
        };
        let mut new = Self {
            prepared,
            gates: roster.managers().iter().map(gate).collect(),
            calls: roster.members().iter().map(call).collect(),
            forbidden,
            reach: Point::chord_of(rules.program.eligibility.distance.max_miles),
            by_latitude: Vec::new(),
            anywhere: Vec::new(),
        };
        for manager in roster.manager_indices().filter(|manager| new.gates[manager.at()].at_work) {
            match roster.manager(manager).base {
                Some(base) => new.by_latitude.push((base.latitude, manager)),
                None => new.anywhere.push(manager),
            }
        }
        new.by_latitude.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for decision in holding() {
            let call = &mut new.calls[decision.member.at()];
            if decision.kind == DecisionKind::Forbid {
                call.barred = true;
            } else {
                call.pin = Some(decision.manager);
            }
        }
        for member in roster.member_indices() {
            new.calls[member.at()].kept = new.must_keep(member);
        }
        new
    }

    /// Is the manager at work on the effective date?
    #[must_use]
    pub fn at_work(&self, manager: ManagerIx) -> bool {
        self.gates[manager.at()].at_work
    }

    /// The manager a holding keep or assign decision names.
    #[inline]
    #[must_use]
    pub fn pin(&self, member: MemberIx) -> Option<ManagerIx> {
        self.calls[member.at()].pin
    }

    /// Does a holding decision forbid the pair?
    #[inline]
    #[must_use]
    pub fn forbids(&self, member: MemberIx, manager: ManagerIx) -> bool {
        self.calls[member.at()].barred && self.forbidden.binary_search(&(member, manager)).is_ok()
    }

    /// May the member be with the manager?
    #[inline]
    #[must_use]
    pub fn allows(&self, member: MemberIx, manager: ManagerIx) -> bool {
        if !self.at_work(manager) || self.forbids(member, manager) {
            return false;
        }
        if let Some(pin) = self.pin(member) {
            return pin == manager;
        }
        let call = &self.calls[member.at()];
        (call.present == Some(manager) || !call.kept) && self.meets_criteria(member, manager)
    }

    /// The only manager a decision or a relationship that must go on leaves the member, when there is one.
    #[must_use]
    pub fn only_choice(&self, member: MemberIx) -> Option<ManagerIx> {
        let call = &self.calls[member.at()];
        call.pin.or(call.present.filter(|_| call.kept))
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
        if members.iter().any(|&member| self.calls[member.at()].kept || self.pin(member).is_some()) {
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

    /// Has the member's case manager changed so lately that the program forbids another change?
    fn moved_lately(&self, member: &Member) -> bool {
        let rules = self.prepared.rules;
        let months = member.case.last_moved_on.map(|last| whole_months(last, rules.effective_on));
        months.is_some_and(|months| months < rules.program.moves.min_months_between)
    }

    /// Does the present pair have to go on, and may it?
    fn must_keep(&self, member: MemberIx) -> bool {
        let (roster, rules) = (self.prepared.roster, self.prepared.rules);
        let row = roster.member(member);
        let Some(present) = row.manager else { return false };
        let blackout = rules.program.eligibility.blackout.as_ref();
        self.pin(member).is_none()
            && (continuity::class_of(rules, row) == ContinuityClass::MustKeep
                || blackout.is_some_and(|rule| is_near(*rule, rules, row))
                || self.moved_lately(row))
            && self.at_work(present)
            && !self.forbids(member, present)
            && self.meets_criteria(member, present)
    }

    /// The criteria that decisions outrank: new members accepted, language, program, qualification, distance, services
    /// duplicated, discharge far away.
    #[inline]
    fn meets_criteria(&self, member: MemberIx, manager: ManagerIx) -> bool {
        let rules = &self.prepared.rules.program.eligibility;
        let (call, gate) = (&self.calls[member.at()], &self.gates[manager.at()]);
        let present = call.present == Some(manager);
        let binds = |existing: Existing| !present || existing == Existing::Applies;
        if !present && !gate.takes_new {
            return false;
        }
        if if present { call.closed } else { call.closed_to_new } {
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
            && let Some(program) = call.program
            && !gate.serves(program)
        {
            return false;
        }
        if binds(rules.qualification.existing) && !gate.qualified[usize::from(call.category)] {
            return false;
        }
        let limit = rules.distance.max_miles;
        if limit > 0.0 && binds(rules.distance.existing) {
            let home = self.prepared.members[member.at()].home;
            let base = self.prepared.managers[manager.at()].base;
            if let (Some(home), Some(base)) = (home, base)
                && base.is_beyond(home, limit, self.reach)
            {
                return false;
            }
        }
        true
    }
}

/// Category by category, and last for members of none: the qualifications they ask for.
fn asked(rules: &Rules) -> Vec<Vec<&str>> {
    let criteria = &rules.program.eligibility;
    let all: Vec<&str> = criteria.qualification.required.iter().map(String::as_str).collect();
    let of = |category: &Category| {
        let mut asked = all.clone();
        for rule in criteria.qualification_for.iter().filter(|rule| rule.of.contains(&category.name)) {
            asked.extend(rule.required.iter().map(String::as_str));
        }
        asked
    };
    let mut asked: Vec<Vec<&str>> = rules.program.categories.iter().map(of).collect();
    asked.push(all);
    asked
}

/// Does the member have a service that case management would duplicate?
fn is_duplicated(rule: &Duplication, rules: &Rules, member: &Member) -> bool {
    let named = member.other_case_management.as_deref().is_some_and(|own| rule.services.iter().any(|one| one == own));
    let young = |under: u32| member.birth_date.is_some_and(|born| age_on(born, rules.effective_on) < under);
    named && rule.under_age.is_none_or(young)
}

/// Is the member in such a setting, with discharge not near?
fn is_inside(rule: &Discharge, rules: &Rules, member: &Member) -> bool {
    let inside = member.setting.as_deref().is_some_and(|own| rule.settings.iter().any(|one| one == own));
    let last = rules.effective_on.checked_add_days(Days::new(rule.days_before.into()));
    let near = member.case.discharge_due_on.zip(last).is_some_and(|(due, last)| due <= last);
    inside && !near
}

/// Does the date lie on the effective date or so few days after it?
fn is_near(rule: Blackout, rules: &Rules, member: &Member) -> bool {
    let ahead = rule.event.of(member).map(|date| (date - rules.effective_on).num_days());
    ahead.is_some_and(|days| (0..=i64::from(rule.days_before)).contains(&days))
}
