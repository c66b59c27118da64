//! Where members are beyond the places there are, county by county, so that hires can be put where they are missing.
//!
//! Places are what the limits allow on the effective date: every case manager at work holds as many as the average over
//! the whole roster leaves for one of them, but never more than the own cap; what some cannot hold others take up to
//! theirs; who takes nobody new counts for the members there are. They stand at the base. Members stand at their home's county. Places are filled nearest first (straight
//! line between the counties' centres, one's own county before all others); what is left over at the end is short.
//! The sum over the counties is therefore the shortage of the whole, whoever is assigned to whom at present.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ids::ManagerIx;
use crate::program::Rules;
use crate::roster::{DecisionKind, Roster, gazetteer};
use crate::travel::miles_between;

/// The whole shortage and its counties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shortage {
    /// Members.
    pub members: u64,
    /// Places within caps and averages.
    pub places: u64,
    /// Members beyond the places.
    pub short: u64,
    /// Full-time hires that close it: under the average and under the caps.
    pub hire: u64,
    /// Counties with a shortage, largest first. Members and hires add up to the totals.
    pub areas: Vec<Area>,
}

/// A county that is short of places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Area {
    /// Five-digit code; empty for members whose county is unknown.
    pub county_fips: String,
    /// Name and state.
    pub name: String,
    /// Members living there.
    pub members: u64,
    /// Places of case managers based there.
    pub places: u64,
    /// Members for whom no place is left, here or anywhere nearer to them than to others.
    pub short: u64,
    /// Its part of the hires.
    pub hire: u64,
}

/// Computes it. `caps[j]` is the number of members manager j may have, 0 when not at work.
#[must_use]
pub fn shortage(roster: &Roster, rules: &Rules, caps: &[u32]) -> Shortage {
    let at_work: Vec<bool> = roster.managers().iter().map(|manager| rules.at_work(manager)).collect();
    let heads = at_work.iter().filter(|here| **here).count() as u64;
    let members = roster.members().len() as u64;
    let average = rules.program.lowest_average().map(|limit| u64::from(limit.floor()));
    let caps: Vec<u32> = roster.manager_indices().map(|manager| usable(roster, rules, caps, manager)).collect();
    let capacity: u64 = caps.iter().map(|cap| u64::from(*cap)).sum();
    let quota = average.map_or(capacity, |limit| (limit * heads).min(capacity));
    let places = places(&caps, average, quota);

    let mut demand: BTreeMap<&str, u64> = BTreeMap::new();
    for member in roster.members() {
        *demand.entry(member.county.as_deref().unwrap_or_default()).or_default() += 1;
    }
    let mut supply: BTreeMap<&str, u64> = BTreeMap::new();
    for (manager, own) in roster.managers().iter().zip(&places) {
        *supply.entry(manager.county.as_deref().unwrap_or_default()).or_default() += own;
    }
    let mut left = demand.clone();
    fill(&mut left, &mut supply.clone());

    let short: u64 = left.values().sum();
    let under_average = average.filter(|limit| *limit > 0).map_or(0, |limit| members.div_ceil(limit));
    let by_average = under_average.saturating_sub(heads);
    let cap = rules.program.lowest_cap().map(|limit| u64::from(limit.floor())).filter(|limit| *limit > 0);
    let by_caps = cap.map_or(0, |cap| members.saturating_sub(capacity).div_ceil(cap));
    let hire = if short == 0 { 0 } else { by_average.max(by_caps) };

    let mut areas: Vec<Area> = left
        .iter()
        .filter(|(_, short)| **short > 0)
        .map(|(&county, &short)| Area {
            county_fips: county.to_owned(),
            name: name(county),
            members: demand[county],
            places: supply.get(county).copied().unwrap_or(0),
            short,
            hire: 0,
        })
        .collect();
    areas.sort_by(|a, b| b.short.cmp(&a.short).then_with(|| a.county_fips.cmp(&b.county_fips)));
    share_out(&mut areas, short, hire);
    Shortage { members, places: quota, short, hire, areas }
}

/// Places of one manager: who takes nobody new has no more than the present members fill, and those whom decisions name.
fn usable(roster: &Roster, rules: &Rules, caps: &[u32], manager: ManagerIx) -> u32 {
    let cap = caps[manager.at()];
    if rules.takes_new(roster.manager(manager)) {
        return cap;
    }
    let named = roster.decisions().iter().filter(|decision| {
        decision.manager == manager
            && decision.kind != DecisionKind::Forbid
            && decision.holds_on(rules.effective_on)
            && roster.member(decision.member).manager != Some(manager)
    });
    cap.min((roster.present_caseload(manager).len() + named.count()) as u32)
}

/// Places of each manager, together `quota`: up to the average, and above it where others cannot hold theirs.
fn places(caps: &[u32], average: Option<u64>, quota: u64) -> Vec<u64> {
    let at_level = |level: u64| caps.iter().map(move |cap| u64::from(*cap).min(level));
    let highest = caps.iter().copied().max().map_or(0, u64::from);
    let mut level = average.unwrap_or(highest).min(highest);
    while level < highest && at_level(level).sum::<u64>() < quota {
        level += 1;
    }
    let mut places: Vec<u64> = at_level(level).collect();
    let mut beyond = places.iter().sum::<u64>().saturating_sub(quota);
    // The last level may be a few places too high: the last in order of ids give one back each.
    for own in places.iter_mut().rev().filter(|own| **own == level) {
        if beyond == 0 {
            break;
        }
        *own -= 1;
        beyond -= 1;
    }
    places
}

/// Fills places nearest first; what remains in `demand` is short. Unknown counties come last.
fn fill(demand: &mut BTreeMap<&str, u64>, supply: &mut BTreeMap<&str, u64>) {
    let mut routes: Vec<(u64, &str, &str)> = Vec::new();
    for &home in demand.keys() {
        for &base in supply.keys() {
            let centre = |fips: &str| gazetteer::county(fips).map(|county| county.place);
            let yards = match (centre(home), centre(base)) {
                _ if home == base && !home.is_empty() => 0,
                (Some(from), Some(to)) => (miles_between(from, to) * 1760.0) as u64 + 1,
                _ => u64::MAX,
            };
            routes.push((yards, home, base));
        }
    }
    routes.sort_unstable();
    for (_, home, base) in routes {
        if let (Some(wanted), Some(free)) = (demand.get_mut(home), supply.get_mut(base)) {
            let taken = (*wanted).min(*free);
            *wanted -= taken;
            *free -= taken;
        }
    }
}

/// Hires by largest remainder, so that they add up.
fn share_out(areas: &mut [Area], short: u64, hire: u64) {
    if short == 0 {
        return;
    }
    for area in areas.iter_mut() {
        area.hire = area.short * hire / short;
    }
    let mut open = hire - areas.iter().map(|area| area.hire).sum::<u64>();
    let mut order: Vec<usize> = (0..areas.len()).collect();
    order.sort_by_key(|&at| (u64::MAX - areas[at].short * hire % short, at));
    for at in order {
        if open == 0 {
            break;
        }
        areas[at].hire += 1;
        open -= 1;
    }
}

fn name(county: &str) -> String {
    if county.is_empty() {
        return "county unknown".to_owned();
    }
    gazetteer::county(county).map_or_else(|| county.to_owned(), |known| format!("{}, {}", known.name, known.state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_meet_the_quota_and_no_cap_is_passed() {
        // One can hold 20 only; the others take what that one cannot, up to theirs.
        assert_eq!(places(&[20, 50, 50, 0], Some(45), 110), [20, 45, 45, 0]);
        assert_eq!(places(&[20, 50, 50, 50], Some(45), 180 - 10), [20, 50, 50, 50]);
        assert_eq!(places(&[20, 50, 50], Some(45), 117), [20, 49, 48]);
        assert_eq!(places(&[50, 50], None, 100), [50, 50]);
        assert_eq!(places(&[0, 0], Some(45), 0), [0, 0]);
    }

    #[test]
    fn places_are_filled_nearest_first() {
        // Polk (19153) and Dallas (19049) are neighbours; Woodbury (19193) is far away.
        let mut demand = BTreeMap::from([("19153", 60), ("19193", 30), ("", 5)]);
        let mut supply = BTreeMap::from([("19049", 40), ("19153", 25)]);
        fill(&mut demand, &mut supply);
        assert_eq!(demand, BTreeMap::from([("19153", 0), ("19193", 25), ("", 5)]));
    }

    #[test]
    fn hires_add_up() {
        let area =
            |short| Area { county_fips: String::new(), name: String::new(), members: short, places: 0, short, hire: 0 };
        let mut areas = [area(69), area(20), area(12), area(10), area(19)];
        share_out(&mut areas, 130, 3);
        assert_eq!(areas.each_ref().map(|area| area.hire), [2, 1, 0, 0, 0]);
        share_out(&mut areas, 130, 0);
        assert_eq!(areas.iter().map(|area| area.hire).sum::<u64>(), 0);
    }
}
