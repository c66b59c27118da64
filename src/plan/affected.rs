//! Who is affected, so that an unfair burden is seen: members moved by group and by county.
//!
//! A member is *moved* who had a case manager and gets another; a first assignment disturbs nobody and is not counted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cost::travel::driving;
use crate::plan::{Caseload, Plan, Transfer};
use crate::program::{Grouping, Rules};
use crate::roster::Roster;
use crate::roster::gazetteer;
use crate::units::Cost;
use crate::verify::VerifiedPlan;

/// One way to divide the members, with its groups.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dimension {
    /// A code: `need`, `urgent`, `program`, `language`, `age`, `county_size`.
    pub by: &'static str,
    /// In an order that suits the dimension.
    pub groups: Vec<Group>,
}

/// Members of one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The group, as it is to be shown.
    pub label: String,
    /// Members in it who have a case manager at present.
    pub members: u32,
    /// Of them, members who change case manager.
    pub moved: u32,
    /// Where the share of moves would lie if such members were moved as these are, 95 of 100 times ([`wilson`]).
    pub interval: (f64, f64),
    /// Driving to these members' homes that the moves add, seconds a year; below 0 = saved.
    pub added_driving: Cost,
}

/// What a plan asks of a case manager.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StaffShare {
    /// Who.
    pub manager_id: String,
    /// Members at present.
    pub before: u32,
    /// Members handed over.
    pub given: u32,
    /// New members.
    pub taken: u32,
    /// Members after.
    pub after: u32,
    /// Where the share handed over would lie, 95 of 100 times.
    pub given_interval: (f64, f64),
    /// Driving to all members' homes after less before, seconds a year.
    pub added_driving: Cost,
}

/// Case manager by case manager, those with nothing to do before or after left out.
#[must_use]
pub fn staff(roster: &Roster, rules: &Rules, plan: &Plan) -> Vec<StaffShare> {
    let mut added = vec![Cost::ZERO; roster.managers().len()];
    for transfer in &plan.transfers {
        if let Some(from) = transfer.from {
            added[from.at()] += -driving(roster, rules, transfer.member, from);
        }
        added[transfer.to.at()] += driving(roster, rules, transfer.member, transfer.to);
    }
    let share = |row: &Caseload| StaffShare {
        manager_id: roster.manager(row.manager).id.to_string(),
        before: row.before,
        given: row.given,
        taken: row.taken,
        after: row.after,
        given_interval: wilson(row.given, row.before),
        added_driving: added[row.manager.at()],
    };
    plan.caseloads.iter().filter(|row| row.before + row.after > 0).map(share).collect()
}

/// Wilson's 95 % interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953), which holds for small groups and
/// for shares near 0 too; 0 to 1 for no members.
#[must_use]
pub fn wilson(part: u32, of: u32) -> (f64, f64) {
    /// Two-sided 95 % quantile of the normal distribution.
    const Z: f64 = 1.959_964;
    if of == 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (f64::from(of), f64::from(part) / f64::from(of));
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

/// The members of one county.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountyFacts {
    /// Five-digit code.
    pub fips: String,
    /// Name and state, from the gazetteer; the code where it is unknown there.
    pub name: String,
    /// Members.
    pub members: u32,
    /// Members who change case manager.
    pub moved: u32,
    /// Caseload of these members' case managers after the plan, on average over the members.
    pub average_load: f64,
}

/// Every dimension for which the roster knows anything.
#[must_use]
pub fn dimensions(roster: &Roster, rules: &Rules, transfers: &[Transfer]) -> Vec<Dimension> {
    let moved = moved(roster, transfers);
    let mut added = vec![Cost::ZERO; roster.members().len()];
    for transfer in transfers.iter().filter(|transfer| transfer.from.is_some()) {
        let drive = |manager| driving(roster, rules, transfer.member, manager);
        added[transfer.member.at()] = drive(transfer.to) - transfer.from.map_or(Cost::ZERO, drive);
    }
    let count = |by: Grouping| {
        let mut groups: BTreeMap<(u8, String), (u32, u32, Cost)> = BTreeMap::new();
        for ((member, moved), &driving) in roster.members().iter().zip(&moved).zip(&added) {
            if member.manager.is_some() {
                let key = by.of(rules, member).unwrap_or_else(|| (u8::MAX, "not stated".to_owned()));
                let group = groups.entry(key).or_default();
                group.0 += 1;
                group.1 += u32::from(*moved);
                group.2 += driving;
            }
        }
        let group = |((_, label), (members, moved, added_driving)): (_, (u32, u32, Cost))| Group {
            label,
            members,
            moved,
            interval: wilson(moved, members),
            added_driving,
        };
        let groups = groups.into_iter().map(group).collect();
        Dimension { by: by.word(), groups }
    };
    let all = Grouping::ALL.map(count);
    let known = |dimension: &Dimension| dimension.groups.iter().any(|group| group.label != "not stated");
    all.into_iter().filter(known).collect()
}

/// Members, moved, members with a case manager after, sum of their managers' loads.
type Counts = (u32, u32, u32, u64);

/// County by county, in order of codes; members whose county is unknown are left out.
#[must_use]
pub fn counties(
    roster: &Roster,
    plan: &VerifiedPlan,
    caseloads: &[Caseload],
    transfers: &[Transfer],
) -> Vec<CountyFacts> {
    let moved = moved(roster, transfers);
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for (at, member) in roster.members().iter().enumerate() {
        let Some(fips) = member.county.as_deref() else {
            continue;
        };
        let row = counts.entry(fips).or_default();
        row.0 += 1;
        row.1 += u32::from(moved[at]);
        if let Some(manager) = plan.assignment()[at] {
            row.2 += 1;
            row.3 += u64::from(caseloads[manager.at()].after);
        }
    }
    let facts = |(fips, (members, moved, placed, loads)): (&str, Counts)| CountyFacts {
        fips: fips.to_owned(),
        name: gazetteer::county(fips)
            .map_or_else(|| fips.to_owned(), |known| format!("{}, {}", known.name, known.state)),
        members,
        moved,
        average_load: if placed == 0 { 0.0 } else { loads as f64 / f64::from(placed) },
    };
    counts.into_iter().map(facts).collect()
}

fn moved(roster: &Roster, transfers: &[Transfer]) -> Vec<bool> {
    let mut moved = vec![false; roster.members().len()];
    for transfer in transfers.iter().filter(|transfer| transfer.from.is_some()) {
        moved[transfer.member.at()] = true;
    }
    moved
}
