//! What would make an impossible roster possible: each repair is tried, and only what was found to work is told.
//! Its plan is solved and judged, and repairs are sorted by what that plan costs.
//!
//! Long because one function a kind of repair, side by side.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::cost::unserved;
use crate::ids::MemberIx;
use crate::model::Model;
use crate::program::{LanguageRule, Limit, Rules};
use crate::roster::{Code, DecisionKind, Manager, Place, Roster, RosterTables, gazetteer};
use crate::solve::{Control, EngineError, Outcome, Status, portfolio};
use crate::whatif::solving::{Possible, limited, possible, solved_and_judged, with_problem};
use crate::whatif::worth::middle;

/// Hires after which the search for a staffing repair gives up.
const MOST_HIRES: usize = 200;

/// Places above a cap that one case manager may get in a repair.
const MOST_OVER: u32 = 5;

/// Steps for the plan that prices a repair.
const PRICING_STEPS: u64 = 1024;

/// What kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RepairKind {
    /// Hire case managers.
    Hire,
    /// Free decisions.
    FreeDecisions,
    /// Let the members of the class `must_keep` move.
    FreeMustKeep,
    /// Let case managers with `accepts_new = no` take members.
    AcceptNew,
    /// Lift the limits set in `max_caseload`.
    LiftOwnLimits,
    /// Lift the rule's cap: needs the state's leave.
    LiftCap,
    /// Lift the rule's cap for some case managers, for a while: needs the state's leave.
    LiftCapOfSome,
    /// Raise the receive limits.
    RaiseReceive,
    /// Lift receive limits and budgets of moves.
    LiftBudgets,
}

/// A change after which a plan exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// What kind.
    pub kind: RepairKind,
    /// What to do, in a sentence with numbers and places.
    pub sentence: String,
    /// Rows of `decisions.csv` to take out, or counties and how many to hire there, or the new limit.
    pub details: Vec<(String, u32)>,
    /// What the best plan found then costs, seconds a year, salaries not counted; judged by the verifier.
    pub cost_seconds: i64,
    /// No plan of the repaired roster costs less.
    pub bound_seconds: i64,
    /// Members who change case manager in it.
    pub moved: usize,
    /// Of them high-need.
    pub high_need_moved: usize,
}

/// A change that works, and what it makes of roster and rules.
struct Found {
    repair: Repair,
    roster: Roster,
    rules: Rules,
}

impl Found {
    fn new(kind: RepairKind, sentence: String, details: Vec<(String, u32)>, roster: Roster, rules: Rules) -> Self {
        let repair =
            Repair { kind, sentence, details, cost_seconds: 0, bound_seconds: 0, moved: 0, high_need_moved: 0 };
        Self { repair, roster, rules }
    }

    /// Solves the repaired roster and has the plan judged; `None` when no plan is found in time, or it does not hold.
    fn priced(self, control: Control<'_>) -> Result<Option<Repair>, EngineError> {
        let Self { mut repair, roster, rules } = self;
        let verified = solved_and_judged(&roster, &rules, limited(control, PRICING_STEPS))?;
        Ok(verified.map(|plan| {
            let moves = |member: &MemberIx| {
                let present = roster.member(*member).manager;
                present.is_some() && plan.assignment()[member.at()] != present
            };
            let high = |member: &MemberIx| rules.program.high_need.holds(roster.member(*member));
            repair.cost_seconds = plan.terms().total().0;
            repair.bound_seconds = plan.bound().0;
            repair.moved = roster.member_indices().filter(moves).count();
            repair.high_need_moved = roster.member_indices().filter(moves).filter(high).count();
            repair
        }))
    }
}

type Attempt = fn(&Roster, &Rules, Control<'_>) -> Result<Option<Found>, EngineError>;

/// All repairs that work, each solved and its plan judged, the one with the cheapest plan first. `control` is asked when to stop.
///
/// # Errors
/// An engine broke.
pub fn repairs(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Vec<Repair>, EngineError> {
    let mut found = Vec::new();
    let attempts: [Attempt; 8] = [
        free_decisions,
        free_must_keep,
        accept_new,
        lift_own_limits,
        raise_receive_limits,
        lift_budgets,
        hire,
        lift_caps,
    ];
    for attempt in attempts {
        if control.expired() {
            break;
        }
        if let Some(works) = attempt(roster, rules, control)? {
            found.extend(works.priced(control)?);
        }
    }
    if let Some(works) = lift_cap(roster, rules, control)? {
        found.extend(works.priced(control)?);
    }
    found.sort_by(|a, b| a.cost_seconds.cmp(&b.cost_seconds).then_with(|| a.sentence.cmp(&b.sentence)));
    Ok(found)
}

/// Near enough to the fewest members left out or above a cap: one of them costs more than this share of what a thousand do.
fn quiet(control: Control<'_>) -> Control<'_> {
    Control { gap: 0.001, progress: &|_| {}, ..control }
}

/// Solves for any plan at all.
fn any_plan(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<bool, EngineError> {
    with_problem(roster, rules, |_, problem| Ok(possible(problem, control)? == Possible::Yes))
}

/// Which decisions stand in the way: all are taken out, then put back one by one where a plan still exists.
fn free_decisions(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Found>, EngineError> {
    let holding = |at: &usize| roster.decisions()[*at].holds_on(rules.effective_on);
    let mut freed: Vec<usize> = (0..roster.decisions().len()).filter(holding).collect();
    let without = |freed: &[usize]| {
        let mut tables = roster.to_tables();
        let mut at = 0;
        tables.decisions.retain(|_| {
            at += 1;
            !freed.contains(&(at - 1))
        });
        Roster::new(tables)
    };
    if freed.is_empty() || !any_plan(&without(&freed), rules, control)? {
        return Ok(None);
    }
    // Halves first: a single decision among hundreds is found in a few solves.
    let mut step = freed.len().div_ceil(2);
    while step > 0 && !control.expired() {
        let mut from = 0;
        while from < freed.len() {
            let upto = (from + step).min(freed.len());
            let fewer: Vec<usize> = [&freed[..from], &freed[upto..]].concat();
            if any_plan(&without(&fewer), rules, control)? {
                freed = fewer;
            } else {
                from = upto;
            }
        }
        step = if step == 1 { 0 } else { step.div_ceil(2) };
    }
    let row = |&at: &usize| {
        let decision = &roster.decisions()[at];
        (format!("row {} ({} {})", decision.row, decision.kind.word(), roster.member(decision.member).id), 1)
    };
    let details: Vec<(String, u32)> = freed.iter().map(row).collect();
    let kinds = |kind: DecisionKind| freed.iter().filter(|&&at| roster.decisions()[at].kind == kind).count();
    let sentence = format!(
        "free {} decisions ({} keep, {} assign, {} forbid): {}",
        freed.len(),
        kinds(DecisionKind::Keep),
        kinds(DecisionKind::Assign),
        kinds(DecisionKind::Forbid),
        listed(details.iter().map(|(name, _)| name.clone()))
    );
    Ok(Some(Found::new(RepairKind::FreeDecisions, sentence, details, without(&freed), rules.clone())))
}

fn free_must_keep(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Found>, EngineError> {
    let mut free = rules.clone();
    free.program.continuity.retain(|rule| rule.class != crate::program::ContinuityClass::MustKeep);
    let sentence = if free.program.eligibility.blackout.take().is_some() {
        "let members move who must be kept or whose date is near".to_owned()
    } else {
        "let members of the class must_keep move".to_owned()
    };
    rules_repair(roster, rules, &free, RepairKind::FreeMustKeep, sentence, control)
}

fn lift_budgets(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Found>, EngineError> {
    let mut free = rules.clone();
    free.program.receive.limit = 0;
    free.program.receive.new_hire_limit = 0;
    free.program.receive.per_open = 0;
    free.program.moves = crate::program::Moves { total: 0, high_need: 0, per_team: 0, min_months_between: 0 };
    free.program.fairness.clear();
    let sentence = if rules.program.fairness.is_empty() {
        "lift the receive limits and the budgets of moves".to_owned()
    } else {
        "lift the receive limits, the budgets of moves and the limits on disparity".to_owned()
    };
    rules_repair(roster, rules, &free, RepairKind::LiftBudgets, sentence, control)
}

fn rules_repair(
    roster: &Roster,
    rules: &Rules,
    changed: &Rules,
    kind: RepairKind,
    sentence: String,
    control: Control<'_>,
) -> Result<Option<Found>, EngineError> {
    let works = changed != rules && any_plan(roster, changed, control)?;
    Ok(works.then(|| Found::new(kind, sentence, Vec::new(), roster.clone(), changed.clone())))
}

fn accept_new(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Found>, EngineError> {
    let closed =
        |manager: &Manager| rules.program.eligibility.accepts_new && !manager.accepts_new && rules.at_work(manager);
    managers_repair(
        roster,
        rules,
        control,
        RepairKind::AcceptNew,
        &closed,
        &|manager| manager.accepts_new = true,
        |names| format!("let {names} take new members"),
    )
}

fn lift_own_limits(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Found>, EngineError> {
    let limited = |manager: &Manager| manager.max_caseload.is_some_and(|own| own > 0) && rules.at_work(manager);
    managers_repair(
        roster,
        rules,
        control,
        RepairKind::LiftOwnLimits,
        &limited,
        &|manager| manager.max_caseload = None,
        |names| format!("lift the own limits (max_caseload) of {names} to the rule's cap"),
    )
}

fn managers_repair(
    roster: &Roster,
    rules: &Rules,
    control: Control<'_>,
    kind: RepairKind,
    concerned: &dyn Fn(&Manager) -> bool,
    change: &dyn Fn(&mut Manager),
    sentence: impl FnOnce(String) -> String,
) -> Result<Option<Found>, EngineError> {
    let mut tables = roster.to_tables();
    let mut names = Vec::new();
    for manager in tables.managers.iter_mut().filter(|manager| concerned(manager)) {
        names.push(manager.id.to_string());
        change(manager);
    }
    let changed = Roster::new(tables);
    if names.is_empty() || !any_plan(&changed, rules, control)? {
        return Ok(None);
    }
    let details = names.iter().map(|name| (name.clone(), 1)).collect();
    Ok(Some(Found::new(kind, sentence(listed(names.into_iter())), details, changed, rules.clone())))
}

/// The lowest cap for everybody that makes a plan possible.
fn lift_cap(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Found>, EngineError> {
    let Some(limit) = rules.program.lowest_cap().map(Limit::floor) else {
        return Ok(None);
    };
    let lifted = |by: u32| {
        let mut changed = rules.clone();
        let plain = changed.program.caps.iter_mut().filter(|cap| cap.is_plain());
        plain.for_each(|cap| cap.limit = cap.limit.plus(by));
        changed
    };
    let (mut low, mut high) = (0, limit.max(1));
    if !any_plan(roster, &lifted(high), control)? {
        return Ok(None);
    }
    while high - low > 1 && !control.expired() {
        let middle = low + (high - low) / 2;
        if any_plan(roster, &lifted(middle), control)? { high = middle } else { low = middle }
    }
    let sentence = format!(
        "a cap of {} instead of {limit} for everybody would be enough; that needs the state's leave",
        limit + high
    );
    let details = vec![("cap".to_owned(), limit + high)];
    Ok(Some(Found::new(RepairKind::LiftCap, sentence, details, roster.clone(), lifted(high))))
}

/// The fewest places above the cap, and whose: every place above costs more than anything else, so that a plan uses as few
/// as it can. Until somebody who is already planned starts, when that will do.
fn lift_caps(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Found>, EngineError> {
    let Some(limit) = rules.program.lowest_cap() else { return Ok(None) };
    let dear = unserved::each(rules).0 / 10;
    let over = with_problem(roster, rules, |model, _| {
        let mut problem = model.problem();
        for places in problem.places.iter_mut().filter(|places| !places.is_empty()) {
            let last = places.last().copied().unwrap_or(0);
            places.extend((1..=i64::from(MOST_OVER)).map(|place| last + place * dear));
        }
        let outcome = portfolio::solve(&problem, "auto", quiet(control))?;
        let Some(plan) = outcome.plan else { return Ok(None) };
        let mut loads = vec![0_u32; model.capacities.len()];
        for (unit, choice) in problem.units.iter().zip(plan) {
            if let Some(manager) = choice {
                loads[manager as usize] += unit.size;
            }
        }
        let over = loads.iter().zip(&model.capacities).map(|(load, cap)| load.saturating_sub(*cap));
        Ok(Some((over.collect::<Vec<u32>>(), model.capacities.clone())))
    })?;
    let Some((over, capacities)) = over else { return Ok(None) };
    let most = over.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return Ok(None);
    }
    // The rule's cap rises for all, and everybody but those named keeps the old one as an own limit.
    let mut changed = rules.clone();
    let least = roster.managers().iter().map(|manager| rules.capacity_thousandths(manager)).filter(|&share| share > 0);
    let raise = (most * 1000).div_ceil(least.min().unwrap_or(1000));
    for cap in changed.program.caps.iter_mut().filter(|cap| cap.is_plain()) {
        cap.limit = cap.limit.plus(raise);
    }
    let mut tables = roster.to_tables();
    for ((manager, &over), &cap) in tables.managers.iter_mut().zip(&over).zip(&capacities) {
        manager.max_caseload = Some(cap + over);
    }
    let details: Vec<(String, u32)> = (roster.managers().iter().zip(&over).zip(&capacities))
        .filter(|((_, over), _)| **over > 0)
        .map(|((manager, over), cap)| (manager.id.to_string(), cap + over))
        .collect();
    let lifted = Roster::new(tables);
    if !any_plan(&lifted, &changed, control)? {
        return Ok(None);
    }
    let names = listed(details.iter().map(|(id, cap)| format!("{id} {cap}")));
    let until = start_that_will_do(roster, rules, control)?;
    let until = until.map_or_else(
        || "until somebody is hired".to_owned(),
        |day| format!("until {day}, when those already planned have started"),
    );
    let people =
        if details.len() == 1 { "1 case manager".to_owned() } else { format!("{} case managers", details.len()) };
    let sentence = format!("a higher cap than {limit} for {people} ({names}) {until}; that needs the state's leave");
    Ok(Some(Found::new(RepairKind::LiftCapOfSome, sentence, details, lifted, changed)))
}

/// The first day on which a planned case manager starts and a plan is possible.
fn start_that_will_do(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<NaiveDate>, EngineError> {
    let planned = roster.managers().iter().filter(|manager| rules.is_planned(manager));
    let mut days: Vec<NaiveDate> = planned.filter_map(|manager| manager.available_from).collect();
    days.sort_unstable();
    days.dedup();
    for day in days {
        if any_plan(roster, &Rules { effective_on: day, ..rules.clone() }, control)? {
            return Ok(Some(day));
        }
    }
    Ok(None)
}

/// The lowest receive limits that make a plan possible.
fn raise_receive_limits(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Found>, EngineError> {
    let receive = rules.program.receive;
    if receive.limit == 0 && receive.new_hire_limit == 0 {
        return Ok(None);
    }
    let raised = |by: u32| {
        let mut changed = rules.clone();
        let up = |limit: &mut u32| *limit += if *limit > 0 { by } else { 0 };
        up(&mut changed.program.receive.limit);
        up(&mut changed.program.receive.new_hire_limit);
        changed
    };
    let (mut low, mut high) = (0, roster.members().len() as u32);
    if !any_plan(roster, &raised(high), control)? {
        return Ok(None);
    }
    while high - low > 1 && !control.expired() {
        let middle = low + (high - low) / 2;
        if any_plan(roster, &raised(middle), control)? { high = middle } else { low = middle }
    }
    let changed = raised(high);
    let limits = [("receive limit", receive.limit), ("receive limit of new hires", receive.new_hire_limit)];
    let details: Vec<(String, u32)> = limits
        .into_iter()
        .filter(|(_, limit)| *limit > 0)
        .map(|(name, limit)| (name.to_owned(), limit + high))
        .collect();
    let sentence = format!("raise {}", listed(details.iter().map(|(name, limit)| format!("the {name} to {limit}"))));
    Ok(Some(Found::new(RepairKind::RaiseReceive, sentence, details, roster.clone(), changed)))
}

/// How many case managers to hire, and where: members left out are served by hires in their counties, until nobody is
/// left out. Every step is solved; where a step helps nobody (a limit other than places stands in the way), hiring is no
/// repair.
fn hire(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Found>, EngineError> {
    let mut open = rules.clone();
    open.allow_unserved = true;
    let cap = rules.program.lowest_cap().map_or(50, Limit::floor).max(1) as usize;
    let mut tables = roster.to_tables();
    let mut hired: BTreeMap<String, u32> = BTreeMap::new();
    let mut total = 0;
    let mut fewest = usize::MAX;
    while total <= MOST_HIRES && !control.expired() {
        let now = Roster::new(tables.clone());
        let left_out = with_problem(&now, &open, |model, problem| {
            let outcome = portfolio::solve(problem, "auto", quiet(control))?;
            Ok(left_out(model, &outcome))
        })?;
        let Some(left_out) = left_out else { return Ok(None) };
        if left_out.is_empty() {
            return if total > 0 { Ok(Some(least_fte(&now, rules, hired, total, control)?)) } else { Ok(None) };
        }
        if left_out.len() >= fewest {
            return Ok(None);
        }
        fewest = left_out.len();
        let mut counties: BTreeMap<Option<Code>, Vec<MemberIx>> = BTreeMap::new();
        for &member in &left_out {
            counties.entry(now.member(member).county.clone()).or_default().push(member);
        }
        let mut counties: Vec<_> = counties.into_iter().collect();
        counties.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
        // Whole caseloads at once; what remains is too little for one each, so one hire and look again.
        let whole: usize = counties.iter().map(|(_, members)| members.len() / cap).sum();
        for (county, members) in counties {
            let hires = if whole > 0 { members.len() / cap } else { 1 };
            for _ in 0..hires {
                total += 1;
                add_hire(&mut tables, &now, rules, county.as_ref(), &members, total);
                let name = county.as_deref().and_then(gazetteer::county).map_or("unknown county", |county| county.name);
                *hired.entry(name.to_owned()).or_default() += 1;
            }
            if whole == 0 {
                break;
            }
        }
    }
    Ok(None)
}

/// The hires, the last of them with as few tenths of a full-time place as will do where caps go with it.
fn least_fte(
    roster: &Roster,
    rules: &Rules,
    hired: BTreeMap<String, u32>,
    total: usize,
    control: Control<'_>,
) -> Result<Found, EngineError> {
    let with = |tenths: u32| {
        let mut tables = roster.to_tables();
        if let Some(last) = tables.managers.last_mut() {
            last.fte_thousandths = tenths * 100;
        }
        Roster::new(tables)
    };
    let scales = rules.program.caps.iter().any(|cap| cap.scale_with_fte)
        || rules.program.capacities.iter().any(|capacity| capacity.scale_with_fte);
    let (mut low, mut high) = (0, 10);
    while scales && high - low > 1 && !control.expired() {
        let middle = low + (high - low) / 2;
        if any_plan(&with(middle), rules, control)? { high = middle } else { low = middle }
    }
    let (sentence, details) = staffing(hired, total, high);
    Ok(Found::new(RepairKind::Hire, sentence, details, with(high), rules.clone()))
}

fn staffing(hired: BTreeMap<String, u32>, total: usize, tenths: u32) -> (String, Vec<(String, u32)>) {
    let mut details: Vec<(String, u32)> = hired.into_iter().collect();
    details.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let places = listed(details.iter().map(|(county, count)| format!("{count} in {county}")));
    let whole = total - usize::from(tenths < 10);
    let who = match (whole, tenths < 10) {
        (0, _) => format!("0.{tenths} of a full-time case manager"),
        (1, false) => "1 full-time case manager".to_owned(),
        (_, false) => format!("{whole} full-time case managers"),
        (_, true) => format!("{whole} and 0.{tenths} full-time case managers"),
    };
    (format!("hire {who}: {places}"), details)
}

/// Members left out by an elastic solve; `None` when it ended without a plan.
fn left_out(model: &Model<'_>, outcome: &Outcome) -> Option<Vec<MemberIx>> {
    if outcome.status == Status::Infeasible {
        return None;
    }
    let plan = outcome.plan.as_ref()?;
    let unserved = model.units.iter().zip(plan).filter(|(_, choice)| choice.is_none());
    Some(unserved.flat_map(|(members, _)| members.iter().copied()).collect())
}

/// A full-time case manager where the members left out in a county live, who speaks their languages where the program
/// asks for that.
fn add_hire(
    tables: &mut RosterTables,
    roster: &Roster,
    rules: &Rules,
    county: Option<&Code>,
    members: &[MemberIx],
    number: usize,
) {
    let homes: Vec<Place> = members.iter().filter_map(|&member| roster.member(member).home).collect();
    let mut hire = new_hire(rules, middle(&homes), county, number);
    if rules.program.eligibility.language.rule == LanguageRule::Required {
        hire.languages.extend(members.iter().map(|&member| roster.member(member).language.clone()));
        hire.languages.sort();
        hire.languages.dedup();
    }
    tables.managers.push(hire);
}

/// A full-time, English-speaking case manager with every required qualification. The id sorts behind every id of the
/// roster, so that indices of the others stay.
#[must_use]
pub fn new_hire(rules: &Rules, base: Option<Place>, county: Option<&Code>, number: usize) -> Manager {
    let required = &rules.program.eligibility.qualification.required;
    Manager {
        id: format!("\u{10ffff}{number:05}").into(),
        base,
        county: county.cloned(),
        qualifications: required.iter().map(|word| word.as_str().into()).collect(),
        ..Manager::full_time("")
    }
}

/// At most eight of a list, then how many more.
fn listed(all: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = all.collect();
    let shown = all.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > 8 { format!("{shown} and {} more", all.len() - 8) } else { shown }
}
