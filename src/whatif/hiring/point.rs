//! One number of hires: its plan under all rules, judged, and what it means for people.

use chrono::NaiveDate;
use serde::Serialize;

use crate::certificate::Claim;
use crate::cost::{Prepared, Term, Terms, language};
use crate::ids::{ManagerIx, MemberIx};
use crate::model::{Model, decode};
use crate::plan::metrics::{Kept, Loads, measure};
use crate::program::Rules;
use crate::roster::Roster;
use crate::solve::openings::Choice;
use crate::solve::{Control, network, portfolio};
use crate::units::Cost;
use crate::verify::{self, Claims, VerifiedPlan};
use crate::whatif::hiring::candidates::{Candidate, staffed};
use crate::whatif::hiring::{HiringError, dates};

/// Does the number of hires suffice?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Its plan meets every rule.
    Met,
    /// There is a plan, but some rule (an average, a member nobody may take) is not met.
    Unmet,
    /// No plan was found that keeps within the caps.
    Infeasible,
}

/// Hires at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// The position's id, or the county's five digits.
    pub id: String,
    /// County and state.
    pub name: String,
    /// Hires there.
    pub hires: u32,
    /// What they cost a year, in hundredths of the currency; `None` = unknown.
    pub annual_cost: Option<i64>,
    /// Could start on.
    pub earliest_start: Option<NaiveDate>,
    /// Members they would have.
    pub members: u32,
}

/// A number of hires.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Hires, at most: one of no use is not made.
    pub hires: u32,
    /// Where.
    pub sites: Vec<Opening>,
    /// Does it suffice?
    pub standing: Standing,
    /// Members without a place in the best plan found.
    pub short: u32,
    /// Whatever the sites, at least so many members have no place.
    pub short_at_least: u32,
    /// Rules not met, by name.
    pub unmet: Vec<String>,
    /// What the plan means; `None` without one.
    pub figures: Option<Figures>,
    /// No choice of so many sites leads to less, seconds a year.
    pub bound: Cost,
    /// `(cost - bound) / cost`; 0 proves the choice of sites.
    pub gap: f64,
    /// What all hires cost a year, hundredths of the currency; `None` = unknown.
    pub annual_cost: Option<i64>,
    /// First day on which every rule could hold with these hires, their starts and first months counted.
    pub compliant_on: Option<NaiveDate>,
    /// Nodes of branch and bound on sites.
    pub nodes: u64,
}

/// What a plan means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Members who change case manager.
    pub moved: u32,
    /// High-need ones among them.
    pub high_need_moved: u32,
    /// Members who stay with their case manager.
    pub stay: u32,
    /// Relationships of 1, 3 and 5 years: how many there are, how many the plan keeps.
    pub kept: [Kept; 3],
    /// Driving to members' homes, seconds a year.
    pub driving: Cost,
    /// Longest one-way trip, whole minutes.
    pub worst_minutes: Option<i64>,
    /// Members per case manager, with the average by each of the four ways of counting.
    pub loads: Loads,
    /// All terms, seconds of staff time a year; being unserved is not among them.
    pub cost: Cost,
    /// Term by term.
    pub terms: Terms,
    /// Members whose case manager does not speak their language.
    pub language_unmet: u32,
    /// Members whose case manager does not list their program.
    pub program_unmet: u32,
    /// Members nobody may take.
    pub unplaced: u32,
}

/// Plans for a choice of sites and measures it.
///
/// # Errors
/// A defect.
pub fn point(
    roster: &Roster,
    rules: &Rules,
    candidates: &[Candidate],
    choice: &Choice,
    control: Control<'_>,
) -> Result<Point, HiringError> {
    let now = staffed(roster, candidates, &choice.counts, None);
    let verified = planned(&now, rules, choice.openings, control)?;
    let hired: u32 = choice.counts.iter().sum();
    let mut point = Point {
        hires: choice.openings,
        sites: sites(roster, candidates, choice, verified.as_ref()),
        standing: Standing::Infeasible,
        short: choice.short,
        short_at_least: choice.short_at_least,
        unmet: Vec::new(),
        figures: None,
        bound: Cost(choice.bound),
        gap: relative(choice.cost, choice.bound),
        annual_cost: annual_cost(candidates, &choice.counts),
        compliant_on: None,
        nodes: choice.nodes,
    };
    let Some(verified) = verified else { return Ok(point) };
    let unmet = verified.outcomes().iter().filter(|outcome| !outcome.holds());
    point.unmet = unmet.map(|outcome| format!("{} ({})", outcome.rule, outcome.scope)).collect();
    point.standing = if verified.meets_every_rule() { Standing::Met } else { Standing::Unmet };
    let figures = figures(&now, rules, &verified);
    if choice.short == 0 {
        // The plan keeps to more rules than the choice: its own cost is what the bound is held against.
        point.gap = relative(figures.cost.0, choice.bound);
    }
    point.figures = Some(figures);
    if point.standing == Standing::Met {
        let waits = candidates.iter().zip(&choice.counts).any(|(candidate, &count)| {
            count > 0 && candidate.earliest_start.is_some_and(|start| start > rules.effective_on)
        });
        point.compliant_on = if hired > 0 && (waits || dates::begins_with_less(rules)) {
            dates::compliant_on(roster, rules, candidates, &choice.counts, control)?
        } else {
            Some(rules.effective_on)
        };
    }
    Ok(point)
}

fn relative(cost: i64, bound: i64) -> f64 {
    if cost <= 0 { 0.0 } else { (cost - bound).max(0) as f64 / cost as f64 }
}

/// What the hires cost a year, when that is known of all.
fn annual_cost(candidates: &[Candidate], counts: &[u32]) -> Option<i64> {
    let hired = candidates.iter().zip(counts).filter(|&(_, &count)| count > 0);
    hired.map(|(candidate, &count)| candidate.annual_cost.map(|cost| cost * i64::from(count))).sum()
}

/// Where the optimum is not proved in one go, a plan this close to its bound is good enough.
const GOOD_ENOUGH: f64 = 0.001;

/// The plan of a roster that has so many hires in it, under all rules, judged; `None` when there is none.
///
/// # Errors
/// A defect.
pub fn planned(
    roster: &Roster,
    rules: &Rules,
    hires: u32,
    control: Control<'_>,
) -> Result<Option<VerifiedPlan>, HiringError> {
    let prepared = Prepared::new(roster, rules);
    let model = Model::new(&prepared);
    let problem = model.problem();
    let gap = if network::accepts(&problem) { control.gap } else { control.gap.max(GOOD_ENOUGH) };
    let quiet = Control { gap, progress: &|_| {}, ..control };
    let outcome = portfolio::solve(&problem, "auto", quiet)?;
    let Some(plan) = &outcome.plan else { return Ok(None) };
    let fixed = model.fixed_cost();
    let claims = Claims {
        assignment: decode::assignment(&model, plan),
        cost: Cost(outcome.cost) + fixed,
        bound: Cost(outcome.bound) + fixed,
        certificate: decode::certificate(&model, Claim::Bound, outcome.scale, &outcome.proof),
    };
    verify::judge(roster, rules, claims).map(Some).map_err(|violations| HiringError::Refused { hires, violations })
}

fn sites(roster: &Roster, candidates: &[Candidate], choice: &Choice, plan: Option<&VerifiedPlan>) -> Vec<Opening> {
    let mut next = roster.managers().len();
    let mut sites = Vec::new();
    for (candidate, &hires) in candidates.iter().zip(&choice.counts).filter(|&(_, &hires)| hires > 0) {
        let theirs = next..next + hires as usize;
        next = theirs.end;
        let members = plan.map_or(0, |plan| {
            plan.assignment().iter().flatten().filter(|manager| theirs.contains(&manager.at())).count()
        });
        sites.push(Opening {
            id: candidate.id.clone(),
            name: candidate.name.clone(),
            hires,
            annual_cost: candidate.annual_cost.map(|cost| cost * i64::from(hires)),
            earliest_start: candidate.earliest_start,
            members: members as u32,
        });
    }
    sites
}

fn figures(roster: &Roster, rules: &Rules, plan: &VerifiedPlan) -> Figures {
    let metrics = measure(roster, rules, plan);
    let mut terms = *plan.terms();
    terms.set(Term::Unserved, Cost::ZERO);
    let pairs = || {
        let with = |(at, manager): (usize, &Option<ManagerIx>)| manager.map(|manager| (MemberIx::new(at), manager));
        plan.assignment().iter().enumerate().filter_map(with)
    };
    let moved = |(member, manager): &(MemberIx, ManagerIx)| {
        roster.member(*member).manager.is_some_and(|present| present != *manager)
    };
    let high = |(member, _): &(MemberIx, ManagerIx)| rules.program.high_need.holds(roster.member(*member));
    let speaks = |(member, manager): &(MemberIx, ManagerIx)| {
        let wanted = language::primary(&roster.member(*member).language);
        roster.manager(*manager).languages.iter().any(|spoken| language::primary(spoken) == wanted)
    };
    let serves = |(member, manager): &(MemberIx, ManagerIx)| {
        let (member, manager) = (roster.member(*member), roster.manager(*manager));
        let listed = rules.programs_served(manager);
        manager.programs.is_empty() || rules.program_of(member).is_none_or(|program| listed.contains(&program))
    };
    Figures {
        moved: pairs().filter(moved).count() as u32,
        high_need_moved: pairs().filter(moved).filter(high).count() as u32,
        stay: pairs().filter(|(member, manager)| roster.member(*member).manager == Some(*manager)).count() as u32,
        kept: metrics.kept,
        driving: metrics.driving.after.total,
        worst_minutes: metrics.driving.after.worst_minutes,
        loads: metrics.loads.after,
        cost: terms.total(),
        terms,
        language_unmet: pairs().filter(|pair| !speaks(pair)).count() as u32,
        program_unmet: pairs().filter(|pair| !serves(pair)).count() as u32,
        unplaced: plan.unplaced().len() as u32,
    }
}
