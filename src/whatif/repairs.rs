//! What would make an impossible roster possible: each repair is tried, and only what was found to work is told.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cost::Prepared;
use crate::ids::MemberIx;
use crate::model::Model;
use crate::model::problem::Problem;
use crate::program::{LanguageRule, Rules};
use crate::roster::{Code, DecisionKind, Manager, Place, Roster, RosterTables, gazetteer};
use crate::solve::{Control, EngineError, Outcome, Status, portfolio};

/// Hires after which the search for a staffing repair gives up.
const MOST_HIRES: usize = 200;

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
}

type Attempt = fn(&Roster, &Rules, Control<'_>) -> Result<Option<Repair>, EngineError>;

/// All repairs that work, cheapest kind first. `control` is asked when to stop.
///
/// # Errors
/// An engine broke.
pub fn repairs(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Vec<Repair>, EngineError> {
    let mut found = Vec::new();
    let attempts: [Attempt; 7] =
        [free_decisions, free_must_keep, accept_new, lift_own_limits, lift_budgets, hire, lift_cap];
    for attempt in attempts {
        if control.expired() {
            break;
        }
        found.extend(attempt(roster, rules, control)?);
    }
    Ok(found)
}

/// Solves for any plan at all.
fn any_plan(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<bool, EngineError> {
    with_problem(roster, rules, |_, problem| {
        Ok(portfolio::solve(problem, "auto", Control { gap: 1.0, ..control })?.plan.is_some())
    })
}

fn with_problem<T>(
    roster: &Roster,
    rules: &Rules,
    then: impl FnOnce(&Model<'_>, &Problem<'_>) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let prepared = Prepared::new(roster, rules);
    let model = Model::new(&prepared);
    let problem = model.problem();
    then(&model, &problem)
}

/// Which decisions stand in the way: all are taken out, then put back one by one where a plan still exists.
fn free_decisions(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Repair>, EngineError> {
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
    Ok(Some(Repair { kind: RepairKind::FreeDecisions, sentence, details }))
}

fn free_must_keep(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Repair>, EngineError> {
    let mut free = rules.clone();
    free.program.continuity.retain(|rule| rule.class != crate::program::ContinuityClass::MustKeep);
    let sentence = if free.program.eligibility.blackout.take().is_some() {
        "let members move who must be kept or whose date is near".to_owned()
    } else {
        "let members of the class must_keep move".to_owned()
    };
    rules_repair(roster, rules, &free, RepairKind::FreeMustKeep, sentence, control)
}

fn lift_budgets(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Repair>, EngineError> {
    let mut free = rules.clone();
    free.program.receive.limit = 0;
    free.program.receive.new_hire_limit = 0;
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
) -> Result<Option<Repair>, EngineError> {
    let works = changed != rules && any_plan(roster, changed, control)?;
    Ok(works.then_some(Repair { kind, sentence, details: Vec::new() }))
}

fn accept_new(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Repair>, EngineError> {
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

fn lift_own_limits(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Repair>, EngineError> {
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
) -> Result<Option<Repair>, EngineError> {
    let mut tables = roster.to_tables();
    let mut names = Vec::new();
    for manager in tables.managers.iter_mut().filter(|manager| concerned(manager)) {
        names.push(manager.id.to_string());
        change(manager);
    }
    if names.is_empty() || !any_plan(&Roster::new(tables), rules, control)? {
        return Ok(None);
    }
    let details = names.iter().map(|name| (name.clone(), 1)).collect();
    Ok(Some(Repair { kind, sentence: sentence(listed(names.into_iter())), details }))
}

/// The lowest cap for everybody that makes a plan possible.
fn lift_cap(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Repair>, EngineError> {
    let Some(limit) = rules.program.lowest_cap().map(super::super::program::limit::Limit::floor) else {
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
    Ok(Some(Repair { kind: RepairKind::LiftCap, sentence, details: vec![("cap".to_owned(), limit + high)] }))
}

/// How many case managers to hire, and where: members left out are served by hires in their counties, until nobody is
/// left out. Every step is solved; where a step helps nobody (a limit other than places stands in the way), hiring is no
/// repair.
fn hire(roster: &Roster, rules: &Rules, control: Control<'_>) -> Result<Option<Repair>, EngineError> {
    let mut open = rules.clone();
    open.allow_unserved = true;
    let cap = rules.program.lowest_cap().map_or(50, super::super::program::limit::Limit::floor).max(1) as usize;
    let mut tables = roster.to_tables();
    let mut hired: BTreeMap<String, u32> = BTreeMap::new();
    let mut total = 0;
    let mut fewest = usize::MAX;
    while total <= MOST_HIRES && !control.expired() {
        let now = Roster::new(tables.clone());
        let left_out = with_problem(&now, &open, |model, problem| {
            let outcome = portfolio::solve(problem, "auto", Control { gap: 0.01, ..control })?;
            Ok(left_out(model, &outcome))
        })?;
        let Some(left_out) = left_out else { return Ok(None) };
        if left_out.is_empty() {
            return Ok((total > 0).then(|| staffing(hired, total)));
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

fn staffing(hired: BTreeMap<String, u32>, total: usize) -> Repair {
    let mut details: Vec<(String, u32)> = hired.into_iter().collect();
    details.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let places = listed(details.iter().map(|(county, count)| format!("{count} in {county}")));
    let who =
        if total == 1 { "1 full-time case manager".to_owned() } else { format!("{total} full-time case managers") };
    Repair { kind: RepairKind::Hire, sentence: format!("hire {who}: {places}"), details }
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
    let mean = |of: fn(&Place) -> f64| homes.iter().map(of).sum::<f64>() / homes.len() as f64;
    let base = (!homes.is_empty()).then(|| Place { latitude: mean(|p| p.latitude), longitude: mean(|p| p.longitude) });
    let mut languages: Vec<Code> = vec!["en".into()];
    if rules.program.eligibility.language.rule == LanguageRule::Required {
        languages.extend(members.iter().map(|&member| roster.member(member).language.clone()));
    }
    languages.sort();
    languages.dedup();
    let required = &rules.program.eligibility.qualification.required;
    let hire = Manager {
        // Sorts behind every id of the roster, so that indices of the others stay.
        id: format!("\u{10ffff}{number:05}").into(),
        name: None,
        phone: None,
        email: None,
        tty: None,
        hours: None,
        team: None,
        base,
        zip: None,
        county: county.cloned(),
        fte_thousandths: 1000,
        hired_on: None,
        manager_since: None,
        available_from: None,
        available_until: None,
        languages,
        programs: Vec::new(),
        qualifications: required.iter().map(|word| word.as_str().into()).collect(),
        max_caseload: None,
        accepts_new: true,
        counties: Vec::new(),
        hours_per_year: None,
        absence: crate::roster::Absence::default(),
    };
    tables.managers.push(hire);
}

/// At most eight of a list, then how many more.
fn listed(all: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = all.collect();
    let shown = all.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > 8 { format!("{shown} and {} more", all.len() - 8) } else { shown }
}
