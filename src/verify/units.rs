//! Units: members who must end under one case manager together. Everybody else is a unit of one.

use std::collections::BTreeMap;

use crate::ids::{ManagerIx, MemberIx};
use crate::program::HouseholdRule;
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
    pub fn read(pairs: &Pairs<'_>) -> Self {
        let mut units: Vec<Vec<MemberIx>> = Vec::new();
        for (_, group) in groups(pairs) {
            if group.len() > 1 && !is_dissolved(pairs, &group) {
                units.push(group);
            } else {
                units.extend(group.into_iter().map(|member| vec![member]));
            }
        }
        units.sort_unstable();
        let mut of = vec![0; pairs.roster.members().len()];
        for (at, unit) in units.iter().enumerate() {
            for member in unit {
                of[member.at()] = at as u32;
            }
        }
        let placeable = units.iter().map(|unit| takers(pairs, unit).next().is_some()).collect();
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

/// What holds a group together: a household and, under `keep_together`, the shared present manager; or only itself.
type Bond = (Option<(String, Option<ManagerIx>)>, Option<MemberIx>);

fn groups(pairs: &Pairs<'_>) -> BTreeMap<Bond, Vec<MemberIx>> {
    let rule = pairs.rules.program.households.rule;
    let mut groups: BTreeMap<Bond, Vec<MemberIx>> = BTreeMap::new();
    for member in pairs.roster.member_indices() {
        let row = pairs.roster.member(member);
        let household = row.household.as_ref().map(|id| id.to_string());
        let bond = match (rule, household, row.manager) {
            (HouseholdRule::Join, Some(household), _) => (Some((household, None)), None),
            (HouseholdRule::KeepTogether, Some(household), Some(present)) => (Some((household, Some(present))), None),
            _ => (None, Some(member)),
        };
        groups.entry(bond).or_default().push(member);
    }
    groups
}

fn is_dissolved(pairs: &Pairs<'_>, group: &[MemberIx]) -> bool {
    let mut named: Vec<ManagerIx> =
        group.iter().flat_map(|&member| pairs.decisions.pins_of(member)).map(|pin| pin.manager).collect();
    named.sort_unstable();
    named.dedup();
    if named.len() > 1 {
        return true;
    }
    takers(pairs, group).next().is_none()
}
