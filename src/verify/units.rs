//! Units: members who must end under one case manager together. Everybody else is a unit of one.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::cost::Prepared;
use crate::ids::{ManagerIx, MemberIx};
use crate::program::HouseholdRule;
use crate::roster::Code;
use crate::verify::field::{Field, Nearby};
use crate::verify::pairs::Pairs;

/// Who belongs together.
#[derive(Clone, Debug)]
pub struct Units {
    /// Members of each unit, sorted; units in order of their first member.
    pub units: Vec<Vec<MemberIx>>,
    /// Member by member: the unit.
    pub of: Vec<u32>,
    /// Unit by unit: is there a manager who may take all of it?
    pub placeable: Vec<bool>,
}

impl Units {
    /// Forms the units of the program's household rule.
    ///
    /// A household is dissolved into single members when decisions send its members to different managers, and when
    /// nobody may take all of them. So a unit that nobody may take is always a single member.
    #[must_use]
    pub fn read(pairs: &Pairs<'_>, field: &Field<'_>, prepared: &Prepared<'_>) -> Self {
        let mut together = vec![false; pairs.roster.members().len()];
        let mut units: Vec<Vec<MemberIx>> = Vec::new();
        let mut near = Nearby::default();
        for group in groups(pairs) {
            if group.len() > 1 && !is_pulled_apart(pairs, &group) && field.is_placeable(prepared, &group, &mut near) {
                group.iter().for_each(|member| together[member.at()] = true);
                units.push(group);
            }
        }
        let alone = pairs.roster.member_indices().filter(|member| !together[member.at()]);
        units.extend(alone.map(|member| vec![member]));
        units.sort_unstable();
        let mut of = vec![0; pairs.roster.members().len()];
        for (at, unit) in units.iter().enumerate() {
            for member in unit {
                of[member.at()] = at as u32;
            }
        }
        let placeable =
            units.par_iter().map_init(Nearby::default, |near, unit| field.is_placeable(prepared, unit, near)).collect();
        Self { units, of, placeable }
    }

    /// The unit of a member.
    #[must_use]
    pub fn unit_of(&self, member: MemberIx) -> &[MemberIx] {
        &self.units[self.of[member.at()] as usize]
    }

    /// Is there a manager who may take the member with its unit?
    #[must_use]
    pub fn is_placeable(&self, member: MemberIx) -> bool {
        self.placeable[self.of[member.at()] as usize]
    }

    /// Members of placeable units.
    #[must_use]
    pub fn placeable_members(&self) -> usize {
        self.units.iter().zip(&self.placeable).filter(|(_, placeable)| **placeable).map(|(unit, _)| unit.len()).sum()
    }
}

/// Managers who may take all of these members.
pub fn takers<'p>(pairs: &'p Pairs<'_>, unit: &'p [MemberIx]) -> impl Iterator<Item = ManagerIx> + 'p {
    pairs.roster.manager_indices().filter(move |&manager| unit.iter().all(|&member| pairs.allowed(member, manager)))
}

/// Members who share what the household rule goes by.
fn groups(pairs: &Pairs<'_>) -> Vec<Vec<MemberIx>> {
    let rule = pairs.rules.program.households.rule;
    let mut groups: BTreeMap<(&Code, Option<ManagerIx>), Vec<MemberIx>> = BTreeMap::new();
    for member in pairs.roster.member_indices() {
        let row = pairs.roster.member(member);
        let bond = match (rule, &row.household, row.manager) {
            (HouseholdRule::Join, Some(household), _) => (household, None),
            (HouseholdRule::KeepTogether, Some(household), Some(present)) => (household, Some(present)),
            _ => continue,
        };
        groups.entry(bond).or_default().push(member);
    }
    groups.into_values().collect()
}

/// Do decisions send members of the group to different managers?
fn is_pulled_apart(pairs: &Pairs<'_>, group: &[MemberIx]) -> bool {
    let mut named = group.iter().flat_map(|&member| pairs.decisions.pins_of(member)).map(|pin| pin.manager);
    named.next().is_some_and(|first| named.any(|other| other != first))
}
