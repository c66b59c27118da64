//! May this member be with this case manager? The criteria in their fixed order; the first that fails is the reason.

use crate::ids::{ManagerIx, MemberIx};
use crate::program::{Existing, Rules};
use crate::roster::Roster;
use crate::verify::decisions::Decisions;
use crate::verify::rules::{
    accepts_new, at_work, blackout, discharge, distance, duplication, language, moved_again, must_keep, program,
    qualification,
};
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
    /// A date is so near that the present pair goes on.
    Blackout,
    /// The member was moved too short a time ago.
    MovedAgain,
    /// The manager takes no new members.
    AcceptsNew,
    /// Another service would be duplicated.
    Duplication,
    /// Discharge is not near.
    Discharge,
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
    pub const ALL: [Self; 13] = [
        Self::NotAtWork,
        Self::Forbidden,
        Self::PinnedElsewhere,
        Self::MustKeep,
        Self::Blackout,
        Self::MovedAgain,
        Self::AcceptsNew,
        Self::Duplication,
        Self::Discharge,
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
            Self::Blackout => "blackout",
            Self::MovedAgain => "moved_again",
            Self::AcceptsNew => "accepts_new",
            Self::Duplication => "duplication",
            Self::Discharge => "discharge",
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
    /// Member by member: the manager the member stays with, and why.
    kept: Vec<Option<(ManagerIx, Obstacle)>>,
    /// Manager by manager: the programs served on the effective date; empty = all.
    programs: Vec<Vec<&'a str>>,
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
            programs: roster.managers().iter().map(|manager| program::served(rules, manager)).collect(),
        };
        let stays = |member: MemberIx| {
            let row = roster.member(member);
            let present = row.manager?;
            let why = if must_keep::applies(rules, row) {
                Obstacle::MustKeep
            } else if blackout::applies(rules, row) {
                Obstacle::Blackout
            } else if moved_again::applies(rules, row) {
                Obstacle::MovedAgain
            } else {
                return None;
            };
            let may_stay = pairs.at_work[present.at()]
                && !pairs.decisions.forbids(member, present)
                && pairs.criterion(member, present).is_none();
            may_stay.then_some((present, why))
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

    /// Is the member's manager settled: by a decision, by the class `must_keep`, by a date that is near?
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
        if let Some((_, why)) = self.kept[member.at()].filter(|(kept, _)| *kept != manager) {
            return Some(why);
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
        if !is_present && accepts_new::bars(self.rules, manager) {
            return Some(Obstacle::AcceptsNew);
        }
        if duplication::bars(self.rules, member, is_present) {
            return Some(Obstacle::Duplication);
        }
        if discharge::bars(self.rules, member, is_present) {
            return Some(Obstacle::Discharge);
        }
        if binds(eligibility.language.existing) && self.languages.bars(member_ix, manager_ix) {
            return Some(Obstacle::Language);
        }
        if binds(eligibility.program.existing) && program::bars(self.rules, member, &self.programs[manager_ix.at()]) {
            return Some(Obstacle::Program);
        }
        if binds(eligibility.qualification.existing) && qualification::bars(self.rules, member, manager) {
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
            Obstacle::Blackout => ViolationCode::Blackout,
            Obstacle::MovedAgain => ViolationCode::MovedAgain,
            Obstacle::AcceptsNew => ViolationCode::AcceptsNew,
            Obstacle::Duplication => ViolationCode::Duplication,
            Obstacle::Discharge => ViolationCode::Discharge,
            Obstacle::Language => ViolationCode::Language,
            Obstacle::Program => ViolationCode::Program,
            Obstacle::Qualification => ViolationCode::Qualification,
            Obstacle::Distance => ViolationCode::Distance,
        }
    }
}
