//! May this member be with this case manager? The criteria in their fixed order; the first that fails is the reason.

use crate::ids::{ManagerIx, MemberIx};
use crate::program::{Existing, Rules};
use crate::roster::Roster;
use crate::verify::decisions::Decisions;
use crate::verify::rules::{accepts_new, at_work, distance, language, moved_again, must_keep, program, qualification};
use crate::verify::violation::ViolationCode;

/// Why a pair is not allowed, in the order the criteria are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// The manager is not at work on the effective date.
    NotAtWork,
    /// A decision forbids the pair.
    Forbidden,
    /// A decision sends the member to somebody else.
    PinnedElsewhere,
    /// The member must stay with the present manager.
    MustKeep,
    /// The member was moved too short a time ago.
    MovedAgain,
    /// The manager takes no new members.
    AcceptsNew,
    /// No shared language.
    Language,
    /// The program is not served.
    Program,
    /// A qualification is missing.
    Qualification,
    /// Too far away.
    Distance,
}

impl Obstacle {
    /// All, in the order they are asked.
    pub const ALL: [Self; 10] = [
        Self::NotAtWork,
        Self::Forbidden,
        Self::PinnedElsewhere,
        Self::MustKeep,
        Self::MovedAgain,
        Self::AcceptsNew,
        Self::Language,
        Self::Program,
        Self::Qualification,
        Self::Distance,
    ];

    /// The word of `unplaced.csv`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotAtWork => "not_at_work",
            Self::Forbidden => "forbidden",
            Self::PinnedElsewhere => "pinned_elsewhere",
            Self::MustKeep => "must_keep",
            Self::MovedAgain => "moved_again",
            Self::AcceptsNew => "accepts_new",
            Self::Language => "language",
            Self::Program => "program",
            Self::Qualification => "qualification",
            Self::Distance => "distance",
        }
    }
}

/// Which pairs are allowed: the roster's and the rules' criteria, with what is asked over and over looked up once.
#[derive(Debug)]
pub struct Pairs<'a> {
    /// The roster.
    pub roster: &'a Roster,
    /// The rules.
    pub rules: &'a Rules,
    /// Holding decisions.
    pub decisions: Decisions,
    at_work: Vec<bool>,
    languages: language::Spoken,
    distances: distance::Distances,
    /// Member by member: the manager a member stays with who is of the class `must_keep` or was moved too lately.
    kept: Vec<Option<ManagerIx>>,
}

impl<'a> Pairs<'a> {
    /// Reads the criteria.
    #[must_use]
    pub fn read(roster: &'a Roster, rules: &'a Rules) -> Self {
        let mut pairs = Self {
            roster,
            rules,
            decisions: Decisions::read(roster, rules),
            at_work: roster.managers().iter().map(|manager| at_work::holds(rules, manager)).collect(),
            languages: language::Spoken::read(roster, rules),
            distances: distance::Distances::read(roster, rules),
            kept: vec![None; roster.members().len()],
        };
        let stays = |member: MemberIx| {
            let present = roster.member(member).manager?;
            let row = roster.member(member);
            let held = (must_keep::applies(rules, row) || moved_again::applies(rules, row))
                && pairs.at_work[present.at()]
                && !pairs.decisions.forbids(member, present)
                && pairs.criterion(member, present).is_none();
            held.then_some(present)
        };
        pairs.kept = roster.member_indices().map(stays).collect();
        pairs
    }

    /// Is the manager at work on the effective date?
    #[must_use]
    pub fn at_work(&self, manager: ManagerIx) -> bool {
        self.at_work[manager.at()]
    }

    /// May the pair be?
    #[must_use]
    pub fn allowed(&self, member: MemberIx, manager: ManagerIx) -> bool {
        self.obstacle(member, manager).is_none()
    }

    /// Is the member's manager settled, by a decision or by the class `must_keep`?
    #[must_use]
    pub fn is_held(&self, member: MemberIx) -> bool {
        self.kept[member.at()].is_some() || !self.decisions.pins_of(member).is_empty()
    }

    /// The managers a unit's members are with and those decisions name for them, sorted: all who are not judged as
    /// somebody new.
    pub fn named(&self, unit: &[MemberIx], named: &mut Vec<ManagerIx>) {
        named.clear();
        for &member in unit {
            named.extend(self.roster.member(member).manager);
            named.extend(self.decisions.pins_of(member).iter().map(|pin| pin.manager));
        }
        named.sort_unstable();
        named.dedup();
    }

    /// The first criterion the pair fails.
    #[must_use]
    pub fn obstacle(&self, member: MemberIx, manager: ManagerIx) -> Option<Obstacle> {
        if !self.at_work[manager.at()] {
            return Some(Obstacle::NotAtWork);
        }
        if self.decisions.forbids(member, manager) {
            return Some(Obstacle::Forbidden);
        }
        let pins = self.decisions.pins_of(member);
        if !pins.is_empty() {
            // A decision to send the member here outranks the criteria below.
            return pins.iter().any(|pin| pin.manager != manager).then_some(Obstacle::PinnedElsewhere);
        }
        if self.kept[member.at()].is_some_and(|kept| kept != manager) {
            let is_class = must_keep::applies(self.rules, self.roster.member(member));
            return Some(if is_class { Obstacle::MustKeep } else { Obstacle::MovedAgain });
        }
        self.criterion(member, manager)
    }

    /// The first failed criterion of the program's eligibility section. A present pair is not new, and each criterion
    /// says by `existing` whether it binds present pairs.
    fn criterion(&self, member_ix: MemberIx, manager_ix: ManagerIx) -> Option<Obstacle> {
        let (member, manager) = (self.roster.member(member_ix), self.roster.manager(manager_ix));
        let eligibility = &self.rules.program.eligibility;
        let is_present = member.manager == Some(manager_ix);
        let binds = |existing: Existing| !is_present || existing == Existing::Applies;
        if !is_present && accepts_new::bars(eligibility, manager) {
            return Some(Obstacle::AcceptsNew);
        }
        if binds(eligibility.language.existing) && self.languages.bars(member_ix, manager_ix) {
            return Some(Obstacle::Language);
        }
        if binds(eligibility.program.existing) && program::bars(eligibility, member, manager) {
            return Some(Obstacle::Program);
        }
        if binds(eligibility.qualification.existing) && qualification::bars(eligibility, manager) {
            return Some(Obstacle::Qualification);
        }
        if binds(eligibility.distance.existing) && self.distances.bars(member_ix, manager_ix) {
            return Some(Obstacle::Distance);
        }
        None
    }

    /// The code under which a plan with this pair is reported.
    #[must_use]
    pub fn code(&self, obstacle: Obstacle, member: MemberIx, manager: ManagerIx) -> ViolationCode {
        match obstacle {
            Obstacle::NotAtWork => ViolationCode::NotAtWork,
            Obstacle::Forbidden => ViolationCode::Forbid,
            Obstacle::PinnedElsewhere => match self.decisions.pinned_elsewhere(member, manager) {
                Some(pin) if pin.keep => ViolationCode::Keep,
                _ => ViolationCode::Assign,
            },
            Obstacle::MustKeep => ViolationCode::MustKeep,
            Obstacle::MovedAgain => ViolationCode::MovedAgain,
            Obstacle::AcceptsNew => ViolationCode::AcceptsNew,
            Obstacle::Language => ViolationCode::Language,
            Obstacle::Program => ViolationCode::Program,
            Obstacle::Qualification => ViolationCode::Qualification,
            Obstacle::Distance => ViolationCode::Distance,
        }
    }
}
