//! What limits and rates cost: one more place at each case manager, one more case manager in each county and team, one
//! minute on each exchange rate, each rule and decision left out. Every figure compares the plan in hand with the best
//! plan of the changed roster, solved again; where the search was cut short, it says between what the figure lies.
//!
//! Long because one function a kind of figure, side by side.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::cost::{self, Prepared, floor};
use crate::ids::{ManagerIx, MemberIx};
use crate::model::geography::Geography;
use crate::model::problem::{Arcs, NOT_ALLOWED, Problem, Row};
use crate::model::{Model, decode, rows::RowName};
use crate::plan::hinges::{Hinge, Hinges};
use crate::program::Rules;
use crate::roster::{Code, Manager, Place, Roster, gazetteer};
use crate::solve::network::Change;
use crate::solve::{Control, EngineError, Status, portfolio};
use crate::units::Cost;
use crate::verify;
use crate::whatif::named::{Named, in_force, without};
use crate::whatif::repairs::new_hire;
use crate::whatif::scene::{NODES_EACH, Scene, Worth};
use crate::whatif::solving::{limited, with_problem};

/// Decisions that are priced one by one; more would take minutes.
const DECISIONS: usize = 50;

/// One more place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlaceWorth {
    /// Whose.
    pub manager_id: String,
    /// Members in the plan.
    pub load: u32,
    /// Places.
    pub places: u32,
    /// What one more is worth.
    #[serde(flatten)]
    pub worth: Worth,
}

/// One more full-time case manager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HireWorth {
    /// `county` or `team`.
    pub area: &'static str,
    /// Its name.
    pub name: String,
    /// What the hire is worth.
    #[serde(flatten)]
    pub worth: Worth,
}

/// One minute more on an exchange rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RateWorth {
    /// The key in the program file.
    pub rate: String,
    /// Its value, minutes.
    pub minutes: u32,
    /// What the plan in hand then costs more, seconds a year: the slope of the optimum from the left.
    pub plan_seconds: Cost,
    /// What the best plan then costs more, seconds a year; less than the above where another plan becomes better. `None`
    /// when it was not found to the end.
    pub optimum_seconds: Option<Cost>,
}

/// A rule or decision left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleWorth {
    /// In words.
    pub rule: String,
    /// What leaving it out saves.
    #[serde(flatten)]
    pub worth: Worth,
}

/// A limit that binds: one more of it is worth something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LimitWorth {
    /// In words.
    pub limit: String,
    /// What one more is worth.
    #[serde(flatten)]
    pub worth: Worth,
}

/// One more place at every case manager who is full, the dearest first; nobody else's is worth anything. The new place is
/// the last and costs as much more than the one before as that did.
#[must_use]
pub fn places(scene: &Scene<'_>, control: Control<'_>) -> Vec<PlaceWorth> {
    let loads = loads(scene);
    let price = |manager: usize| {
        let worth = scene.worth(&one_more(scene, manager), control)?;
        let manager_id = scene.model.roster().managers()[manager].id.to_string();
        let (load, places) = (loads[manager] as u32, scene.problem.places[manager].len() as u32);
        (worth.most > Cost::ZERO).then_some(PlaceWorth { manager_id, load, places, worth })
    };
    let mut all: Vec<PlaceWorth> = full(scene).into_par_iter().filter_map(price).collect();
    all.sort_by(|a, b| b.worth.most.cmp(&a.worth.most).then_with(|| a.manager_id.cmp(&b.manager_id)));
    all
}

/// The change that gives a case manager one more place.
#[must_use]
pub fn one_more(scene: &Scene<'_>, manager: usize) -> Change {
    let mut places = scene.problem.places[manager].clone();
    places.push(next_place(&places));
    Change::Places { manager, places }
}

/// Members of every case manager in the plan.
fn loads(scene: &Scene<'_>) -> Vec<usize> {
    let mut loads = vec![0; scene.problem.managers()];
    for (unit, choice) in scene.problem.units.iter().zip(&scene.plan) {
        if let Some(manager) = choice {
            loads[*manager as usize] += unit.size as usize;
        }
    }
    loads
}

/// One more of every receive limit and limit of an average.
#[must_use]
pub fn limits(scene: &Scene<'_>, control: Control<'_>) -> Vec<LimitWorth> {
    let roster = scene.model.roster();
    let price = |(row, name): (usize, &RowName)| {
        let limit = match name {
            RowName::Receive(manager) => format!("receive limit of {}", roster.manager(*manager).id),
            RowName::Average { rule, scope } => format!("{rule} of {scope}"),
            _ => return None,
        };
        let worth = scene.worth(&Change::Limit { row, limit: scene.problem.rows[row].limit + 1 }, control)?;
        (worth.most > Cost::ZERO).then_some(LimitWorth { limit, worth })
    };
    let rows: Vec<(usize, &RowName)> = scene.model.row_names.iter().enumerate().collect();
    let mut all: Vec<LimitWorth> = rows.into_par_iter().filter_map(price).collect();
    all.sort_by(|a, b| b.worth.most.cmp(&a.worth.most).then_with(|| a.limit.cmp(&b.limit)));
    all
}

/// A full-time, English-speaking hire in the middle of every county's and every team's members, the dearest first. Members
/// whom nobody may take now are not counted.
///
/// # Errors
/// An engine broke.
pub fn hires(scene: &Scene<'_>, control: Control<'_>) -> Result<Vec<HireWorth>, EngineError> {
    let (roster, rules) = (scene.model.roster(), scene.model.prepared().rules);
    let areas = areas(roster);
    // A group's limit rises with its case managers: then every area is a roster of its own.
    let worths: Vec<Option<Worth>> = if scene.warm.is_none() || has_groups(scene) {
        let tables = roster.to_tables();
        let price = |at: usize| {
            let mut tables = tables.clone();
            tables.managers.push(hire(rules, &areas[at], at));
            worth_of_roster(scene, &Roster::new(tables), control)
        };
        (0..areas.len()).into_par_iter().map(price).collect::<Result<_, _>>()?
    } else {
        let changes = hire_changes(scene, &areas);
        changes.par_iter().map(|(change, empty)| Some(scene.worth(change, control)?.less(*empty))).collect()
    };
    let named = areas
        .iter()
        .zip(worths)
        .filter_map(|(area, worth)| Some(HireWorth { area: area.kind, name: area.name.clone(), worth: worth? }));
    let mut all: Vec<HireWorth> = named.collect();
    all.sort_by(|a, b| b.worth.most.cmp(&a.worth.most).then_with(|| a.name.cmp(&b.name)));
    Ok(all)
}

/// How many new members each manager may get at once, where that is limited.
fn receive_limits(model: &Model<'_>) -> BTreeMap<ManagerIx, i64> {
    let problem = model.problem();
    let of = |(name, row): (&RowName, &Row)| match name {
        RowName::Receive(manager) => Some((*manager, row.limit)),
        _ => None,
    };
    model.row_names.iter().zip(&problem.rows).filter_map(of).collect()
}

/// Do limits of regions, teams or spans take part?
fn has_groups(scene: &Scene<'_>) -> bool {
    scene.model.row_names.iter().any(|name| matches!(name, RowName::Average { .. }))
}

fn hire(rules: &Rules, area: &Area, number: usize) -> Manager {
    Manager { team: area.team, ..new_hire(rules, area.base, area.county.as_ref(), number) }
}

/// A hire in each area as a change of the solved state, and what the hire costs with nobody.
fn hire_changes(scene: &Scene<'_>, areas: &[Area]) -> Vec<(Change, Cost)> {
    let (roster, rules) = (scene.model.roster(), scene.model.prepared().rules);
    let mut tables = roster.to_tables();
    let first = tables.managers.len();
    tables.managers.extend(areas.iter().enumerate().map(|(at, area)| hire(rules, area, at)));
    let larger = Roster::new(tables);
    let prepared = Prepared::new(&larger, rules);
    let model = Model::new(&prepared);
    let receive = receive_limits(&model);
    let change = |at: usize| {
        let hired = ManagerIx::new(first + at);
        let of = |unit: &Vec<MemberIx>| {
            let allowed = unit.iter().all(|&member| model.eligibility.allows(member, hired));
            let cost = || unit.iter().map(|&member| cost::arc(&prepared, member, hired).0).sum();
            if allowed { cost() } else { NOT_ALLOWED }
        };
        let manager = larger.manager(hired);
        let capacity = model.capacities[hired.at()];
        let mut places: Vec<i64> = cost::places(rules, manager, capacity).into_iter().map(|cost| cost.0).collect();
        places.truncate(receive.get(&hired).map_or(usize::MAX, |most| *most as usize));
        let costs = scene.model.units.iter().map(of).collect();
        // Whoever is hired has a floor of members to fill as well.
        (Change::Hire { costs, places, group: None }, floor::empty(rules, manager))
    };
    (0..areas.len()).into_par_iter().map(change).collect()
}

/// The `count` dearest of some changes and what they are worth, the dearest first. Their relaxations say which can be; only
/// those are solved to whole households, so many at a time until none of the others can be dearer.
fn dearest(scene: &Scene<'_>, changes: &[(Change, Cost)], count: usize, control: Control<'_>) -> Vec<(usize, Worth)> {
    let at_most = |(at, (change, empty)): (usize, &(Change, Cost))| Some((scene.worth_at_most(change)? - *empty, at));
    let mut order: Vec<(Cost, usize)> = changes.par_iter().enumerate().filter_map(at_most).collect();
    order.retain(|(most, _)| *most > Cost::ZERO);
    order.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut found: Vec<(usize, Worth)> = Vec::new();
    for batch in order.chunks(count.max(1)) {
        let last = found.get(count.wrapping_sub(1)).map(|(_, worth)| worth.least);
        if control.expired() || last.is_some_and(|last| batch[0].0 <= last) {
            break;
        }
        let solve = |&(_, at): &(Cost, usize)| {
            let (change, empty) = &changes[at];
            Some((at, scene.worth(change, control)?.less(*empty)))
        };
        found.extend(batch.par_iter().filter_map(solve).collect::<Vec<_>>());
        found.sort_by(|a, b| b.1.least.cmp(&a.1.least).then_with(|| a.0.cmp(&b.0)));
        found.truncate(count);
    }
    found
}

/// What a plan hangs on: the rules that bind, the dearest places and hires; of places and
/// hires nothing where limits form no tree, or groups share one.
///
/// # Errors
/// An engine broke.
pub fn hinges(scene: &Scene<'_>, count: usize, control: Control<'_>) -> Result<Hinges, EngineError> {
    let roster = scene.model.roster();
    let told = |all: Vec<RuleWorth>| -> Vec<Hinge> {
        let hinge = |RuleWorth { rule, worth }| Hinge { name: rule, at_least: worth.least, at_most: worth.most };
        all.into_iter().map(hinge).collect()
    };
    let rules = told(left_out(scene, &decisions_and_rules(scene).1, control)?);
    if scene.warm.is_none() || has_groups(scene) {
        return Ok(Hinges { rules, ..Hinges::default() });
    }
    let dearest_of = |changes: &[(Change, Cost)], name: &dyn Fn(usize) -> String| {
        let all = dearest(scene, changes, count, control).into_iter();
        all.map(|(at, worth)| Hinge { name: name(at), at_least: worth.least, at_most: worth.most }).collect()
    };
    let full = full(scene);
    let places: Vec<(Change, Cost)> = full.iter().map(|&manager| (one_more(scene, manager), Cost::ZERO)).collect();
    let areas = areas(roster);
    Ok(Hinges {
        rules,
        places: dearest_of(&places, &|at| roster.managers()[full[at]].id.to_string()),
        hires: dearest_of(&hire_changes(scene, &areas), &|at| format!("{} {}", areas[at].kind, areas[at].name)),
    })
}

/// Case managers whose last place is taken.
fn full(scene: &Scene<'_>) -> Vec<usize> {
    let loads = loads(scene);
    let full = |manager: &usize| loads[*manager] > 0 && loads[*manager] >= scene.problem.places[*manager].len();
    (0..loads.len()).filter(full).collect()
}

/// What another roster of the same members saves, solved from nothing; `None`: no plan was found in time, or members whom
/// nobody may take now would come in, which is another question.
fn worth_of_roster(scene: &Scene<'_>, roster: &Roster, control: Control<'_>) -> Result<Option<Worth>, EngineError> {
    with_problem(roster, scene.model.prepared().rules, |model, problem| {
        if model.unplaced.len() != scene.model.unplaced.len() {
            return Ok(None);
        }
        let outcome = portfolio::solve_near(problem, scene.near.as_ref(), limited(control, NODES_EACH * 16))?;
        let now = scene.cost + scene.model.fixed_cost().0;
        let saved = |cost: i64| Cost(now - cost - model.fixed_cost().0).max(Cost::ZERO);
        Ok(outcome.plan.map(|_| Worth { least: saved(outcome.cost), most: saved(outcome.bound) }))
    })
}

struct Area {
    kind: &'static str,
    name: String,
    base: Option<Place>,
    county: Option<Code>,
    team: Option<crate::ids::TeamIx>,
}

fn areas(roster: &Roster) -> Vec<Area> {
    let mut counties: BTreeMap<&Code, Vec<Place>> = BTreeMap::new();
    let mut teams: BTreeMap<crate::ids::TeamIx, Vec<Place>> = BTreeMap::new();
    for member in roster.members() {
        let Some(home) = member.home else { continue };
        if let Some(county) = &member.county {
            counties.entry(county).or_default().push(home);
        }
        if let Some(team) = member.manager.and_then(|manager| roster.manager(manager).team) {
            teams.entry(team).or_default().push(home);
        }
    }
    let of_county = |(county, homes): (&Code, Vec<Place>)| Area {
        kind: "county",
        name: gazetteer::county(county).map_or_else(|| county.to_string(), |county| county.name.to_owned()),
        base: middle(&homes),
        county: Some(county.clone()),
        team: None,
    };
    let of_team = |(team, homes): (crate::ids::TeamIx, Vec<Place>)| Area {
        kind: "team",
        name: roster.teams()[team.at()].id.to_string(),
        base: middle(&homes),
        county: None,
        team: Some(team),
    };
    counties.into_iter().map(of_county).chain(teams.into_iter().map(of_team)).collect()
}

/// The mean of places.
#[must_use]
pub fn middle(homes: &[Place]) -> Option<Place> {
    let mean = |of: fn(&Place) -> f64| homes.iter().map(of).sum::<f64>() / homes.len() as f64;
    (!homes.is_empty()).then(|| Place { latitude: mean(|p| p.latitude), longitude: mean(|p| p.longitude) })
}

type Rate = (&'static str, fn(&mut Rules) -> &mut u32);

/// Every rate in minutes that all programs have.
const RATES: [Rate; 13] = [
    ("rates.keep_minutes.low", |rules| &mut rules.program.rates.keep_minutes.low),
    ("rates.keep_minutes.moderate", |rules| &mut rules.program.rates.keep_minutes.moderate),
    ("rates.keep_minutes.high", |rules| &mut rules.program.rates.keep_minutes.high),
    ("rates.keep_minutes.intensive", |rules| &mut rules.program.rates.keep_minutes.intensive),
    ("rates.urgent_minutes", |rules| &mut rules.program.rates.urgent_minutes),
    ("rates.tenure_minutes_per_month", |rules| &mut rules.program.rates.tenure_minutes_per_month),
    ("rates.recent_contact_minutes", |rules| &mut rules.program.rates.recent_contact_minutes),
    ("rates.repeat_change_minutes", |rules| &mut rules.program.rates.repeat_change_minutes),
    ("rates.interpreter_minutes_per_contact", |rules| &mut rules.program.rates.interpreter_minutes_per_contact),
    ("rates.cross_team_minutes", |rules| &mut rules.program.rates.cross_team_minutes),
    ("rates.outside_territory_minutes", |rules| &mut rules.program.rates.outside_territory_minutes),
    ("rates.unserved_minutes", |rules| &mut rules.program.rates.unserved_minutes),
    ("balance.step_minutes", |rules| &mut rules.program.balance.step_minutes),
];

/// Where a rate stands.
enum Minutes {
    /// In the program's sections of rates.
    OfRate(fn(&mut Rules) -> &mut u32),
    /// With a range of loads.
    OfFloor(usize),
}

/// One minute more on each exchange rate. `proven`: is the plan known to be the best?
///
/// # Errors
/// An engine broke.
pub fn rates(scene: &Scene<'_>, proven: bool, control: Control<'_>) -> Result<Vec<RateWorth>, EngineError> {
    let (roster, rules) = (scene.model.roster(), scene.model.prepared().rules);
    let assignment = decode::assignment(scene.model, &scene.plan);
    let caps = verify::caps(roster, rules);
    let now = cost::score(roster, rules, &caps, &assignment).total();
    let floors = rules.program.ranges.iter().enumerate().filter(|(_, range)| range.floor > 0);
    let floors = floors.map(|(at, range)| (format!("{}.floor_minutes", range.name), Minutes::OfFloor(at)));
    let all = RATES.iter().map(|(key, of)| ((*key).to_owned(), Minutes::OfRate(*of)));
    let all: Vec<(String, Minutes)> = all.chain(floors).collect();
    let price = |(key, of): &(String, Minutes)| {
        let mut changed = rules.clone();
        let rate = match of {
            Minutes::OfRate(of) => of(&mut changed),
            Minutes::OfFloor(range) => &mut changed.program.ranges[*range].floor_minutes,
        };
        let minutes = *rate;
        *rate += 1;
        let plan_seconds = cost::score(roster, &changed, &caps, &assignment).total() - now;
        let optimum_seconds = if plan_seconds == Cost::ZERO && proven {
            // A rate that the plan does not pay: no plan gets cheaper by raising it.
            Some(Cost::ZERO)
        } else {
            with_problem(roster, &changed, |model, problem| {
                let outcome = portfolio::solve_near(problem, scene.near.as_ref(), limited(control, NODES_EACH * 16))?;
                let total = Cost(outcome.cost) + model.fixed_cost();
                Ok((outcome.status == Status::Optimal).then(|| total - now))
            })?
        };
        Ok(RateWorth { rate: key.clone(), minutes, plan_seconds, optimum_seconds })
    };
    all.par_iter().map(price).collect()
}

/// The places of a case manager when a rule is left out, at the costs they have with it: what a rule costs is not what
/// its target for loads costs. Further places go on as dear as the last ones rise.
fn extended(now: &[i64], then: &[i64]) -> Vec<i64> {
    if now.is_empty() {
        return then.to_vec();
    }
    let mut places = now.get(..now.len().min(then.len())).unwrap_or(&[]).to_vec();
    while places.len() < then.len() {
        places.push(next_place(&places));
    }
    places
}

/// What one more place costs: as much more than the last as that more than the one before.
fn next_place(places: &[i64]) -> i64 {
    let (last, before) = (places.last().copied().unwrap_or(0), places.iter().rev().nth(1).copied().unwrap_or(0));
    last + (last - before).max(0)
}

/// Arc costs of another problem.
struct Through<'a>(&'a dyn Arcs);

impl Arcs for Through<'_> {
    fn fill(&self, unit: usize, out: &mut [i64]) {
        self.0.fill(unit, out);
    }

    fn cost(&self, unit: usize, manager: usize) -> i64 {
        self.0.cost(unit, manager)
    }

    fn geography(&self) -> Option<&Geography> {
        self.0.geography()
    }
}

/// Every rule, and as many decisions as can be asked, left out one at a time; those that save nothing are not listed.
///
/// # Errors
/// An engine broke.
pub fn rules(scene: &Scene<'_>, control: Control<'_>) -> Result<Vec<RuleWorth>, EngineError> {
    let (decisions, mut named) = decisions_and_rules(scene);
    named.extend(decisions.into_iter().take(DECISIONS));
    left_out(scene, &named, control)
}

/// Decisions, then rules, that are in force.
fn decisions_and_rules(scene: &Scene<'_>) -> (Vec<Named>, Vec<Named>) {
    let is_decision = |named: &Named| matches!(named, Named::Decision(_));
    in_force(scene.model.roster(), scene.model.prepared().rules).into_iter().partition(is_decision)
}

fn left_out(scene: &Scene<'_>, named: &[Named], control: Control<'_>) -> Result<Vec<RuleWorth>, EngineError> {
    let (roster, rules) = (scene.model.roster(), scene.model.prepared().rules);
    let price = |named: &Named| {
        let (other_roster, other_rules) = without(roster, rules, std::slice::from_ref(named));
        let worth = with_problem(&other_roster, &other_rules, |model, problem| {
            if model.unplaced.len() != scene.model.unplaced.len() {
                // Members whom nobody may take now would come in: another question.
                return Ok(None);
            }
            let Problem { units, rows, minimum_use, .. } = problem;
            let places = scene.problem.places.iter().zip(&problem.places);
            let loose = Problem {
                units: units.clone(),
                places: places.map(|(now, then)| extended(now, then)).collect(),
                rows: rows.clone(),
                minimum_use: *minimum_use,
                unserved: scene.problem.unserved,
                arcs: Box::new(Through(&*problem.arcs)),
            };
            let outcome = portfolio::solve_near(&loose, scene.near.as_ref(), limited(control, NODES_EACH * 16))?;
            let saved = |cost: i64| Cost(scene.cost - cost).max(Cost::ZERO);
            Ok(outcome.plan.map(|_| Worth { least: saved(outcome.cost), most: saved(outcome.bound) }))
        })?;
        let listed = worth.filter(|worth| worth.most > Cost::ZERO);
        Ok(listed.map(|worth| RuleWorth { rule: named.words(roster, rules), worth }))
    };
    let all: Vec<Option<RuleWorth>> = named.par_iter().map(price).collect::<Result<_, EngineError>>()?;
    let mut all: Vec<RuleWorth> = all.into_iter().flatten().collect();
    all.sort_by(|a, b| b.worth.most.cmp(&a.worth.most).then_with(|| a.rule.cmp(&b.rule)));
    Ok(all)
}
