//! The decisions that hold on the effective date, as the verifier reads them.

use crate::ids::{ManagerIx, MemberIx};
use crate::program::Rules;
use crate::roster::{Decision, DecisionKind, Roster};

/// A member is to be with a manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pin {
    /// Who.
    pub member: MemberIx,
    /// With whom.
    pub manager: ManagerIx,
    /// `keep` of the present pair? Everything else is an `assign`: a `keep` that names somebody else than the present
    /// manager is read as one.
    pub keep: bool,
}

/// Holding decisions, each list sorted and without duplicates.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// Who is to be with whom.
    pub pins: Vec<Pin>,
    /// Who must not be with whom.
    pub forbids: Vec<(MemberIx, ManagerIx)>,
}

impl Decisions {
    /// Reads those that hold when the plan takes effect.
    #[must_use]
    pub fn read(roster: &Roster, rules: &Rules) -> Self {
        let mut all = Self::default();
        for decision in roster.decisions().iter().filter(|decision| decision.holds_on(rules.effective_on)) {
            let &Decision { member, manager, kind, .. } = decision;
            match kind {
                DecisionKind::Forbid => all.forbids.push((member, manager)),
                DecisionKind::Keep | DecisionKind::Assign => {
                    let keep = kind == DecisionKind::Keep && roster.member(member).manager == Some(manager);
                    all.pins.push(Pin { member, manager, keep });
                }
            }
        }
        all.pins.sort_unstable();
        all.pins.dedup();
        all.forbids.sort_unstable();
        all.forbids.dedup();
        all
    }

    /// The pins of one member.
    #[must_use]
    pub fn pins_of(&self, member: MemberIx) -> &[Pin] {
        let from = self.pins.partition_point(|pin| pin.member < member);
        let to = self.pins.partition_point(|pin| pin.member <= member);
        &self.pins[from..to]
    }

    /// Is the pair forbidden?
    #[must_use]
    pub fn forbids(&self, member: MemberIx, manager: ManagerIx) -> bool {
        self.forbids.binary_search(&(member, manager)).is_ok()
    }

    /// The first pin of the member that names another manager.
    #[must_use]
    pub fn pinned_elsewhere(&self, member: MemberIx, manager: ManagerIx) -> Option<Pin> {
        self.pins_of(member).iter().copied().find(|pin| pin.manager != manager)
    }
}
