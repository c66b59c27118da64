//! Supervisors' teams of neighbouring case managers, their regions, and sites where somebody could be hired.

use std::collections::BTreeMap;

use crate::generate::Frame;
use crate::generate::draw::{Draw, Purpose};
use crate::generate::names;
use crate::generate::places::{NATION, Places};
use crate::generate::population::Population;
use crate::generate::staff::Staff;
use crate::ids::TeamIx;
use crate::roster::{Place, Position, Team};

/// Divides the case managers into teams, in the order of [`Staff::around`], and enters the team with each. Teams are
/// named after the county most of them work in.
#[must_use]
pub fn teams(frame: &Frame, places: &Places, population: &Population, staff: &mut Staff) -> Vec<Team> {
    let mut draw = Draw::new(frame.seed, Purpose::Staff, 1);
    let size = population.staff.team_size as usize;
    let total = staff.around.len();
    let nearest = (total + size / 2) / size;
    let count = if population.staff.team_size_is_most { total.div_ceil(size) } else { nearest }.max(1);
    let mut named: Vec<(String, usize)> = Vec::new();
    let mut found: Vec<Team> = Vec::new();
    let middle = centre(&staff.bases, places);
    for at in 0..count {
        let group: Vec<u32> = staff.around[total * at / count..total * (at + 1) / count]
            .iter()
            .map(|&manager| staff.bases[manager as usize])
            .collect();
        let Some(&town) = group.iter().max_by_key(|&&base| {
            let county = places.zips[base as usize].county_fips;
            let there = group.iter().filter(|&&other| places.zips[other as usize].county_fips == county).count();
            (there, places.zips[base as usize].population, base)
        }) else {
            continue;
        };
        let zip = places.zips[town as usize];
        let name = match frame.state {
            NATION => format!("{}, {}", zip.county, zip.state),
            _ => zip.county.to_owned(),
        };
        let same = named.iter().filter(|(other, _)| *other == name).count();
        let id = if same == 0 { name.clone() } else { format!("{name} {}", same + 1) };
        named.push((name, at));
        let supervisor = names::person(&mut draw, population, 0, None);
        found.push(Team {
            id: id.into(),
            supervisor_phone: Some(names::phone(&mut draw, population, zip.state).into()),
            supervisor_email: Some(supervisor.email(900 + at).into()),
            supervisor_name: Some(supervisor.full().into()),
            region: Some(match frame.state {
                NATION => zip.state.into(),
                _ => quarter(centre(&group, places), middle).into(),
            }),
        });
    }
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|&a, &b| found[a].id.cmp(&found[b].id));
    let mut rank = vec![TeamIx(0); found.len()];
    order.iter().enumerate().for_each(|(position, &at)| rank[at] = TeamIx::new(position));
    let of_position: Vec<TeamIx> =
        (0..count).flat_map(|at| vec![rank[at]; total * (at + 1) / count - total * at / count]).collect();
    staff.join_teams(&of_position);
    order.into_iter().map(|at| found[at].clone()).collect()
}

fn centre(bases: &[u32], places: &Places) -> Place {
    let count = bases.len().max(1) as f64;
    let sum = |of: fn(&Place) -> f64| bases.iter().map(|&base| of(&places.zips[base as usize].place)).sum::<f64>();
    Place { latitude: sum(|place| place.latitude) / count, longitude: sum(|place| place.longitude) / count }
}

/// Which part of the state a team works in, seen from the middle of all case managers.
fn quarter(team: Place, middle: Place) -> &'static str {
    let (north, east) = (team.latitude - middle.latitude, team.longitude - middle.longitude);
    match () {
        () if north.abs() < 0.3 && east.abs() < 0.5 => "Central",
        () if north >= 0.0 && east < 0.0 => "Northwest",
        () if north >= 0.0 => "Northeast",
        () if east < 0.0 => "Southwest",
        () => "Southeast",
    }
}

/// Possible hires: the largest town in each of the most populous counties.
#[must_use]
pub fn positions(frame: &Frame, places: &Places, population: &Population, staff: &Staff) -> Vec<Position> {
    let mut draw = Draw::new(frame.seed, Purpose::Staff, 2);
    let mut counties: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    for (at, zip) in places.zips.iter().enumerate() {
        let county = counties.entry(zip.county_fips).or_insert((0, at));
        county.0 += u64::from(zip.population);
        if zip.population > places.zips[county.1].population {
            county.1 = at;
        }
    }
    let mut sites: Vec<(u64, usize)> = counties.into_values().collect();
    sites.sort_by_key(|&(people, at)| (std::cmp::Reverse(people), at));
    let count = (frame.members / population.staff.members_per_position as usize).max(3).min(sites.len());
    // Every other one of the largest, so that the country has its candidates too.
    let chosen = sites.iter().step_by(if sites.len() >= 2 * count { 2 } else { 1 }).take(count);
    let mut found = Vec::new();
    for (number, &(_, at)) in chosen.enumerate() {
        let zip = places.zips[at];
        let here = places.points[at];
        let nearest = staff.bases.iter().enumerate().min_by(|(_, a), (_, b)| {
            here.miles_to(places.points[**a as usize]).total_cmp(&here.miles_to(places.points[**b as usize]))
        });
        found.push(Position {
            id: format!("POS{:03}", number + 1).into(),
            team: nearest.and_then(|(manager, _)| staff.managers[manager].team),
            base: Some(zip.place),
            zip: Some(zip.zip.into()),
            county: Some(zip.county_fips.into()),
            fte_thousandths: if draw.chance(1_500) { 500 } else { 1000 },
            annual_cost: Some(f64::from(draw.within(116, 140) * 500)),
            earliest_start: Some(draw.after(frame.effective_on, 14, 60)),
            languages: if draw.chance(2_500) { vec!["en".into(), "es".into()] } else { vec!["en".into()] },
            programs: vec![],
        });
    }
    found
}
