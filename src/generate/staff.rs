//! Case managers: one for every patch of members, most of them close to it, so that a plan within the rules exists;
//! people leaving and people who start later come on top. Limits (own caps, programs) are given only where enough
//! others are near.

use chrono::{Days, NaiveDate};

use crate::generate::Frame;
use crate::generate::drafts::Draft;
use crate::generate::draw::{Draw, Purpose};
use crate::generate::names;
use crate::generate::places::{Grid, Places, scattered};
use crate::generate::population::Population;
use crate::ids::TeamIx;
use crate::roster::{Code, Manager};

/// How a case manager stands to the effective date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// At work, with a caseload.
    AtWork,
    /// At work since a few weeks, with nobody yet.
    NewHire,
    /// Last day shortly before the effective date.
    Leaving,
    /// First day after the effective date.
    Planned,
}

/// The case managers of a synthetic roster.
#[derive(Debug)]
pub struct Staff {
    /// Sorted by id.
    pub managers: Vec<Manager>,
    /// As long as `managers`.
    pub kinds: Vec<Kind>,
    /// Positions in `managers` such that neighbours on the map are neighbours in the list.
    pub around: Vec<u32>,
    /// Bases as positions in [`Places::zips`], as long as `managers`.
    pub bases: Vec<u32>,
    /// Are enough others near to take over what a limit keeps one from? As long as `managers`.
    pub dense: Vec<bool>,
    /// Places that limits may still take away without endangering a plan.
    pub spare: u32,
    /// Which track of programs each serves, as long as `managers`; 0 where there are none.
    pub tracks: Vec<usize>,
    /// Members that are about a full caseload, track by track.
    pub caps: Vec<u32>,
}

/// The members of one track and where they live: a patch for every case manager.
#[derive(Debug)]
pub struct Crew {
    /// Members patch by patch.
    pub patches: Vec<Vec<u32>>,
    /// Members that are about a full caseload.
    pub cap: u32,
    /// Members a full caseload has on average, by the tightest rule.
    pub full: u32,
}

/// Where somebody works, before there is a person.
#[derive(Clone, Copy, Debug)]
struct Site {
    patch: usize,
    base: u32,
    kind: Kind,
}

/// Hires the case managers. Members whom the manager of their patch could not reach are moved into reach.
#[must_use]
pub fn staff(frame: &Frame, places: &Places, population: &Population, crews: &[Crew], drafts: &mut [Draft]) -> Staff {
    let mut draw = Draw::new(frame.seed, Purpose::Staff, 0);
    let patches: Vec<&[u32]> = crews.iter().flat_map(|crew| &crew.patches).map(Vec::as_slice).collect();
    let track_of: Vec<usize> =
        crews.iter().enumerate().flat_map(|(track, crew)| crew.patches.iter().map(move |_| track)).collect();
    let bases = bases(&mut draw, frame, places, population, &patches, drafts);
    let sites = sites(&mut draw, population, &bases);
    let grid = Grid::new(bases.iter().map(|&base| places.zips[base as usize].place));
    let is_dense = |site: &Site| {
        let place = places.zips[site.base as usize].place;
        grid.nearest(place, NEIGHBOURS, NEIGHBOUR_MILES).len() == NEIGHBOURS
    };

    let mut numbers: Vec<u32> = (0..sites.len() as u32).collect();
    draw.shuffle(&mut numbers);
    let mut by_number: Vec<Option<(Manager, &Site, bool)>> = vec![None; sites.len()];
    let places_of = |crew: &Crew| crew.patches.len() as u64 * u64::from(crew.full);
    let all_places: u64 = crews.iter().map(places_of).sum();
    let mut spare = all_places.saturating_sub(drafts.len() as u64) as u32 * 2 / 5;
    for (site, &number) in sites.iter().zip(&numbers) {
        let dense = is_dense(site);
        let mut manager = person(&mut draw, frame, places, population, *site, number as usize, sites.len());
        if dense && site.kind == Kind::AtWork {
            let cap = crews[track_of[site.patch]].cap;
            spare -= limit(&mut draw, frame, cap, population, &mut manager, spare);
        }
        if draw.chance(population.staff.territory) {
            manager.counties = territory(places, drafts, patches[site.patch], site.base);
        }
        by_number[number as usize] = Some((manager, site, dense));
    }
    let mut staff = Staff {
        managers: vec![],
        kinds: vec![],
        around: numbers,
        bases: vec![],
        dense: vec![],
        spare,
        tracks: vec![],
        caps: crews.iter().map(|crew| crew.cap).collect(),
    };
    for (mut manager, site, dense) in by_number.into_iter().flatten() {
        if let Some(track) = population.staff.tracks.get(track_of[site.patch]) {
            manager.programs = track.programs.iter().map(|code| Code::from(code.as_str())).collect();
            manager.programs.sort_unstable();
        }
        staff.tracks.push(track_of[site.patch]);
        staff.managers.push(manager);
        staff.kinds.push(site.kind);
        staff.bases.push(site.base);
        staff.dense.push(dense);
    }
    staff
}

/// So many others ...
const NEIGHBOURS: usize = 11;
/// ... within so many miles make up for one who has limits.
const NEIGHBOUR_MILES: f64 = 40.0;

/// One office a patch: mostly its largest town or a member's, sometimes the largest town further away, which is how
/// supply comes to differ from demand.
fn bases(
    draw: &mut Draw,
    frame: &Frame,
    places: &Places,
    population: &Population,
    patches: &[&[u32]],
    drafts: &mut [Draft],
) -> Vec<u32> {
    let people = |place: &u32| (places.zips[*place as usize].population, std::cmp::Reverse(*place));
    let towns = Grid::new(places.zips.iter().map(|zip| zip.place));
    let mut bases: Vec<u32> = Vec::with_capacity(patches.len());
    for patch in patches {
        let lived_in = patch.iter().map(|&member| drafts[member as usize].place);
        let mut base = if draw.chance(6_500) { lived_in.max_by_key(people) } else { None }.unwrap_or_else(|| {
            draw.pick(patch)
                .map_or_else(|| draw.by_weight(&places.up_to) as u32, |&member| drafts[member as usize].place)
        });
        if draw.chance(population.staff.office_in_town) {
            let near = towns.nearest(places.zips[base as usize].place, 120, TOWN_MILES.min(frame.reach / 4.0));
            base = near.iter().map(|(place, _)| *place).max_by_key(people).unwrap_or(base);
        }
        bases.push(base);
        for &member in *patch {
            let draft = &mut drafts[member as usize];
            let miles = places.points[draft.place as usize].miles_to(places.points[base as usize]);
            if miles > frame.reach * 0.8 {
                draft.place = base;
            }
        }
    }
    for at in 1..drafts.len() {
        if drafts[at].joined {
            drafts[at].place = drafts[at - 1].place;
        }
    }
    bases
}

/// How far an office in town may lie from the patch, in miles.
const TOWN_MILES: f64 = 35.0;

/// The patches' managers, some of them newly hired, with leaving and planned ones beside their successors.
fn sites(draw: &mut Draw, population: &Population, bases: &[u32]) -> Vec<Site> {
    let count = bases.len();
    let share = |of_10_000: u32, from: usize| match count {
        few if few < from => 0,
        many => (many * of_10_000 as usize).div_ceil(10_000),
    };
    let mut order: Vec<usize> = (0..count).collect();
    draw.shuffle(&mut order);
    let new_hires = share(population.staff.new_hires, 6);
    let leaving = share(population.staff.leaving, 8);
    let planned = share(population.staff.planned, 12);
    let mut kinds: Vec<Vec<Kind>> = vec![vec![Kind::AtWork]; count];
    for (at, &patch) in order.iter().enumerate() {
        if at < new_hires {
            kinds[patch] = vec![Kind::NewHire];
        } else if at < new_hires + leaving {
            kinds[patch].push(Kind::Leaving);
        } else if at < new_hires + leaving + planned {
            kinds[patch].push(Kind::Planned);
        }
    }
    let of_patch = |(patch, kinds): (usize, Vec<Kind>)| {
        kinds.into_iter().map(move |kind| Site { patch, base: bases[patch], kind })
    };
    kinds.into_iter().enumerate().flat_map(of_patch).collect()
}

fn person(
    draw: &mut Draw,
    frame: &Frame,
    places: &Places,
    population: &Population,
    site: Site,
    number: usize,
    count: usize,
) -> Manager {
    let zip = places.zips[site.base as usize];
    let local = population.languages_of(zip.state, zip.city);
    let mut languages: Vec<Code> = vec!["en".into()];
    let mut mother_tongue = 0;
    for (at, language) in population.language.iter().enumerate() {
        let share = (local[at + 1] - local[at]) as u32 / 3;
        if draw.chance(language.manager + share) {
            languages.push(language.tag.as_str().into());
            mother_tongue = if draw.chance(6_000) { at + 1 } else { mother_tongue };
        }
    }
    languages.sort_unstable();
    let name = names::person(draw, population, mother_tongue, None);
    let width = count.to_string().len().max(3);
    let hired_on = match site.kind {
        Kind::NewHire => Some(draw.before(frame.as_of, 4, 84)),
        Kind::Planned => None,
        Kind::AtWork | Kind::Leaving => {
            let days = (140.0 + draw.waiting(5.0 * 365.0)).min(11_000.0);
            frame.as_of.checked_sub_days(Days::new(days as u64))
        }
    };
    let earlier = |day: NaiveDate, draw: &mut Draw| if draw.chance(3_500) { draw.before(day, 200, 2_900) } else { day };
    let mut qualifications: Vec<Code> = Vec::new();
    for _ in 0..=draw.below(2) {
        qualifications.extend(draw.pick(&population.staff.qualifications).map(|one| Code::from(one.as_str())));
    }
    let held = population.staff.held.iter().filter(|(_, share)| draw.chance(*share));
    qualifications.extend(held.map(|(one, _)| Code::from(one.as_str())));
    qualifications.sort_unstable();
    qualifications.dedup();
    let days_left = (frame.effective_on - frame.as_of).num_days().max(8) as u32;
    Manager {
        id: format!("CM{:0width$}", number + 1).into(),
        phone: Some(names::phone(draw, population, zip.state).into()),
        email: Some(name.email(number + 1).into()),
        name: Some(name.full().into()),
        tty: Some("711".into()),
        hours: draw.pick(&population.staff.hours).map(|hours| hours.as_str().into()),
        team: None,
        base: Some(scattered(draw, zip.place, places.spread(site.base as usize).min(2.0))),
        zip: Some(zip.zip.into()),
        county: Some(zip.county_fips.into()),
        fte_thousandths: 1000,
        manager_since: hired_on.map(|day| earlier(day, draw)),
        hired_on,
        available_from: (site.kind == Kind::Planned).then(|| draw.after(frame.effective_on, 6, 75)),
        available_until: (site.kind == Kind::Leaving).then(|| draw.after(frame.as_of, 4, days_left - 2)),
        languages,
        programs: vec![],
        qualifications,
        max_caseload: None,
        accepts_new: true,
        counties: vec![],
        hours_per_year: draw.chance(5_000).then_some(1_560.0),
        absence: crate::roster::Absence::default(),
    }
}

/// Part-time work, an own cap, or a choice of programs. Returns the places it takes away, at most `spare`.
fn limit(draw: &mut Draw, frame: &Frame, cap: u32, population: &Population, manager: &mut Manager, spare: u32) -> u32 {
    let shares = &population.staff;
    let own = if draw.chance(shares.part_time) {
        let hours = manager.hours_per_year;
        manager.fte_thousandths = [500, 600, 750, 800][draw.below(4)];
        manager.hours_per_year =
            manager.hours_per_year.map(|hours| hours * f64::from(manager.fte_thousandths) / 1000.0);
        let own = cap * manager.fte_thousandths / 1000;
        let states_it = draw.chance(5_000);
        if frame.scales && cap - own > spare {
            // The rule goes by hours: part-time work takes places away whether or not a limit is stated.
            manager.fte_thousandths = 1000;
            manager.hours_per_year = hours;
            return 0;
        }
        if frame.scales && !states_it {
            return cap - own;
        }
        states_it.then_some(own)
    } else if draw.chance(shares.own_limit) {
        Some(cap * draw.within(60, 90) / 100)
    } else {
        if draw.chance(shares.specialist) {
            let codes: Vec<Code> = population.program.iter().map(|program| program.code.as_str().into()).collect();
            let left_out = draw.below(3);
            let common = codes.iter().take(3).enumerate().filter(|(at, _)| *at != left_out);
            let mut served: Vec<Code> = common.map(|(_, code)| code.clone()).collect();
            served.extend(draw.pick(codes.get(3..).unwrap_or_default()).cloned());
            served.sort_unstable();
            manager.programs = served;
        }
        None
    };
    let taken = own.map_or(0, |own| cap.saturating_sub(own));
    if taken > spare {
        return 0;
    }
    manager.max_caseload = own;
    taken
}

/// The counties of a patch and of its manager's base.
fn territory(places: &Places, drafts: &[Draft], patch: &[u32], base: u32) -> Vec<Code> {
    let county = |place: u32| places.zips[place as usize].county_fips;
    let mut counties: Vec<&str> = patch.iter().map(|&member| county(drafts[member as usize].place)).collect();
    counties.push(county(base));
    counties.sort_unstable();
    counties.dedup();
    counties.into_iter().map(Code::from).collect()
}

impl Staff {
    /// Puts everybody into a team: `teams[i]` for the i-th of [`Staff::around`].
    pub fn join_teams(&mut self, teams: &[TeamIx]) {
        for (&manager, &team) in self.around.iter().zip(teams) {
            self.managers[manager as usize].team = Some(team);
        }
    }
}
