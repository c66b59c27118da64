//! The validated, immutable roster. Tables are sorted by the user's ids, so that everything computed from it is
//! independent of the order of the input's rows.

use crate::ids::{ManagerIx, MemberIx};
use crate::roster::person::{Decision, Manager, Member, MemberContact, Position, Provider, Service, Team};

/// The tables of a roster before they are frozen; the fields' meaning and order are those of [`Roster`].
#[derive(Clone, Debug, Default)]
pub struct RosterTables {
    /// Sorted by id.
    pub members: Vec<Member>,
    /// As long as `members`.
    pub contacts: Vec<MemberContact>,
    /// Sorted by id.
    pub managers: Vec<Manager>,
    /// Sorted by id.
    pub teams: Vec<Team>,
    /// Sorted by id.
    pub providers: Vec<Provider>,
    /// Sorted by member, then provider.
    pub services: Vec<Service>,
    /// Sorted by id.
    pub positions: Vec<Position>,
    /// Sorted by member, manager, kind.
    pub decisions: Vec<Decision>,
}

/// A roster whose references are resolved and whose values are in range.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    tables: RosterTables,
    /// `services[first_service[i] .. first_service[i + 1]]` are those of member i.
    first_service: Vec<u32>,
    /// Members by present case manager, as `first_service` is for services.
    first_present: Vec<u32>,
    present: Vec<MemberIx>,
}

impl Roster {
    /// Freezes tables that are sorted as [`RosterTables`] says and whose indices are in range.
    ///
    /// # Panics
    /// When an index is out of range or a table is not sorted: that is a defect of the reader, not of the data.
    #[must_use]
    pub fn new(tables: RosterTables) -> Self {
        assert!(tables.members.is_sorted_by(|a, b| a.id < b.id), "members are sorted by id");
        assert!(tables.managers.is_sorted_by(|a, b| a.id < b.id), "case managers are sorted by id");
        assert!(tables.services.is_sorted_by_key(|s| (s.member, s.provider)), "services are sorted");
        assert_eq!(tables.members.len(), tables.contacts.len());

        let first_service = starts(tables.members.len(), tables.services.iter().map(|s| s.member.at()));
        let held = tables.members.iter().filter_map(|m| m.manager.map(ManagerIx::at));
        let first_present = starts(tables.managers.len(), held);
        let mut next = first_present.clone();
        let mut present = vec![MemberIx(0); *first_present.last().unwrap_or(&0) as usize];
        for (at, member) in tables.members.iter().enumerate() {
            if let Some(manager) = member.manager {
                present[next[manager.at()] as usize] = MemberIx::new(at);
                next[manager.at()] += 1;
            }
        }
        Self { tables, first_service, first_present, present }
    }

    /// Members, sorted by id.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.tables.members
    }

    /// Case managers, sorted by id: present, leaving and planned ones.
    #[must_use]
    pub fn managers(&self) -> &[Manager] {
        &self.tables.managers
    }

    /// Teams, sorted by id.
    #[must_use]
    pub fn teams(&self) -> &[Team] {
        &self.tables.teams
    }

    /// Providers, sorted by id.
    #[must_use]
    pub fn providers(&self) -> &[Provider] {
        &self.tables.providers
    }

    /// Positions, sorted by id.
    #[must_use]
    pub fn positions(&self) -> &[Position] {
        &self.tables.positions
    }

    /// Decisions, sorted by member, manager and kind.
    #[must_use]
    pub fn decisions(&self) -> &[Decision] {
        &self.tables.decisions
    }

    /// One member.
    #[must_use]
    pub fn member(&self, member: MemberIx) -> &Member {
        &self.tables.members[member.at()]
    }

    /// How the member is reached.
    #[must_use]
    pub fn contact(&self, member: MemberIx) -> &MemberContact {
        &self.tables.contacts[member.at()]
    }

    /// One case manager.
    #[must_use]
    pub fn manager(&self, manager: ManagerIx) -> &Manager {
        &self.tables.managers[manager.at()]
    }

    /// The team of a case manager.
    #[must_use]
    pub fn team_of(&self, manager: ManagerIx) -> Option<&Team> {
        self.manager(manager).team.map(|team| &self.tables.teams[team.at()])
    }

    /// The providers who routinely work with a member.
    #[must_use]
    pub fn services_of(&self, member: MemberIx) -> &[Service] {
        let at = member.at();
        &self.tables.services[self.first_service[at] as usize..self.first_service[at + 1] as usize]
    }

    /// The members a case manager has at present, in order of their ids.
    #[must_use]
    pub fn present_caseload(&self, manager: ManagerIx) -> &[MemberIx] {
        let at = manager.at();
        &self.present[self.first_present[at] as usize..self.first_present[at + 1] as usize]
    }

    /// All member indices.
    pub fn member_indices(&self) -> impl ExactSizeIterator<Item = MemberIx> + Clone + use<> {
        (0..self.tables.members.len()).map(MemberIx::new)
    }

    /// All case manager indices.
    pub fn manager_indices(&self) -> impl ExactSizeIterator<Item = ManagerIx> + Clone + use<> {
        (0..self.tables.managers.len()).map(ManagerIx::new)
    }

    /// The case manager of that id.
    #[must_use]
    pub fn find_manager(&self, id: &str) -> Option<ManagerIx> {
        self.tables.managers.binary_search_by(|m| (*m.id).cmp(id)).ok().map(ManagerIx::new)
    }

    /// The member of that id.
    #[must_use]
    pub fn find_member(&self, id: &str) -> Option<MemberIx> {
        self.tables.members.binary_search_by(|m| (*m.id).cmp(id)).ok().map(MemberIx::new)
    }

    /// A copy of the tables, for a changed roster (a hire, a leaver).
    #[must_use]
    pub fn to_tables(&self) -> RosterTables {
        self.tables.clone()
    }
}

/// Prefix sums of how many of `keys` fall on each of `0..len`.
fn starts(len: usize, keys: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut first = vec![0_u32; len + 1];
    for key in keys {
        first[key + 1] += 1;
    }
    for at in 0..len {
        first[at + 1] += first[at];
    }
    first
}
