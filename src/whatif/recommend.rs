//! One person at a time: who takes a new member, whom to give to a new hire, who takes a leaver's members.
//!
//! *Nobody else moves*: everybody not asked about stays where they are, and so does whatever breaks a rule today; the
//! question is then a small problem of its own, solved exactly. *Best for the whole*: everybody is placed anew, and the
//! question is one to the solved roster.

use serde::Serialize;

use crate::cost::{arc, floor, unserved};
use crate::ids::{ManagerIx, MemberIx};
use crate::model::decode::DensePrices;
use crate::model::problem::{NOT_ALLOWED, Problem};
use crate::model::{Model, decode};
use crate::program::Rules;
use crate::roster::Roster;
use crate::solve::network::{self, Warm};
use crate::solve::{Control, EngineError, Status, portfolio};
use crate::units::Cost;
use crate::verify::pairs::Pairs;
use crate::verify::{Violation, ViolationCode, assess};
use crate::whatif::restricted::{loosen, restricted};
use crate::whatif::scene::{NODES_EACH, Scene};
use crate::whatif::solving::limited;

/// Case managers that are told for a member.
const BEST: usize = 5;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Who takes this member.
    Member(MemberIx),
    /// Whom to give to this case manager.
    Hire(ManagerIx),
    /// Who takes this case manager's members.
    Leaving(ManagerIx),
}

/// A case manager for the member asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Who.
    pub manager_id: String,
    /// What it costs, seconds a year: alone the pair and the place; for the whole, more than the best.
    pub seconds: i64,
    /// Is the figure proven?
    pub exact: bool,
    /// Members with the case manager then, and places.
    pub load: u32,
    /// Places.
    pub places: u32,
    /// Others who change case manager against today.
    pub others_moved: usize,
}

/// A member who gets another case manager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Given {
    /// Who.
    pub member_id: String,
    /// From whom; `None` = nobody.
    pub from: Option<String>,
    /// To whom.
    pub to: String,
    /// What the pair costs more than the present one, seconds a year.
    pub seconds: i64,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recommendation {
    /// `nobody_else_moves` or `best_for_the_whole`.
    pub how: &'static str,
    /// For a member: the cheapest first.
    pub choices: Vec<Choice>,
    /// For a case manager: who goes where, in order of members.
    pub given: Vec<Given>,
    /// Members of a leaver for whom no place was found.
    pub left: Vec<String>,
    /// Is it proven that nothing is cheaper?
    pub proven: bool,
    /// Others who would move: 0 unless for the whole.
    pub others_moved: usize,
    /// In sentences.
    pub sentences: Vec<String>,
}

/// Answers with nobody else moving.
///
/// # Errors
/// An engine broke.
pub fn alone(model: &Model<'_>, question: Question, control: Control<'_>) -> Result<Recommendation, EngineError> {
    let problem = model.problem();
    let present: Vec<Option<u32>> = model.units.iter().map(|unit| present_of(model.roster(), unit)).collect();
    match question {
        Question::Member(member) => Ok(member_alone(model, &problem, &present, member)),
        Question::Hire(hire) => given_alone(model, &problem, &present, hire, false, control),
        Question::Leaving(leaver) => given_alone(model, &problem, &present, leaver, true, control),
    }
}

/// The present manager of a unit whose members share one.
fn present_of(roster: &Roster, unit: &[MemberIx]) -> Option<u32> {
    let first = roster.member(*unit.first()?).manager?;
    unit.iter().all(|&member| roster.member(member).manager == Some(first)).then_some(first.0)
}

fn member_alone(model: &Model<'_>, problem: &Problem<'_>, present: &[Option<u32>], member: MemberIx) -> Recommendation {
    let (roster, rules) = (model.roster(), model.prepared().rules);
    let id = &roster.member(member).id;
    let Some(unit) = model.units.iter().position(|unit| unit.contains(&member)) else {
        return answer("nobody_else_moves", vec![format!("Nobody may take {id} within the rules.")]);
    };
    let mut own = restricted(problem, vec![unit], present, Box::new(|_, _| true));
    occupy(model, problem, &mut own, &[unit]);
    let (costs, size) = (own.arc_costs(0), own.units[0].size as usize);
    let fits = |&manager: &usize| {
        let rows = own.rows.iter().all(|row| row.usage(0, &own.units[0], manager) <= row.limit);
        costs[manager] != NOT_ALLOWED && own.places[manager].len() >= size && rows
    };
    // The problem's places are lifted, each member's alike.
    let lift = floor::lift(rules).0 * size as i64;
    let price = |manager: usize| (costs[manager] + own.places[manager][..size].iter().sum::<i64>() - lift, manager);
    let mut order: Vec<(i64, usize)> = (0..own.managers()).filter(fits).map(price).collect();
    order.sort_unstable();
    let judge = Judge::new(roster, rules);
    let pairs = Pairs::read(roster, rules);
    let household = &model.units[unit];
    let choice = |&(seconds, manager): &(i64, usize)| {
        let whom = ManagerIx::new(manager);
        let others = judge
            .present
            .iter()
            .enumerate()
            .filter(|(at, one)| **one == Some(whom) && !household.contains(&MemberIx::new(*at)));
        let load = others.count() + household.len();
        Choice {
            manager_id: roster.manager(whom).id.to_string(),
            seconds,
            exact: true,
            load: load as u32,
            places: model.capacities[manager],
            others_moved: 0,
        }
    };
    // The verifier has the last word: on every pair, and on the whole state with each of those told.
    let allowed =
        |&(_, manager): &(i64, usize)| household.iter().all(|&one| pairs.allowed(one, ManagerIx::new(manager)));
    let with = |manager: usize| {
        let mut after = judge.present.clone();
        household.iter().for_each(|one| after[one.at()] = Some(ManagerIx::new(manager)));
        after
    };
    order.retain(allowed);
    let holds = |&&(_, manager): &&(i64, usize)| judge.first_new(&with(manager)).is_none();
    let choices: Vec<Choice> = order.iter().filter(holds).take(BEST).map(choice).collect();
    let mut told = answer("nobody_else_moves", Vec::new());
    told.sentences = match choices.first() {
        Some(best) => {
            vec![format!("{id} to {}: {} a year, and nobody else moves.", best.manager_id, Cost(best.seconds))]
        }
        None => vec![format!(
            "Nobody who may take {id} has a place while everybody else stays; ask again with --best-for-the-whole."
        )],
    };
    Recommendation { choices, ..told }
}

fn given_alone(
    model: &Model<'_>,
    problem: &Problem<'_>,
    present: &[Option<u32>],
    whom: ManagerIx,
    leaves: bool,
    control: Control<'_>,
) -> Result<Recommendation, EngineError> {
    let (roster, rules) = (model.roster(), model.prepared().rules);
    let judge = Judge::new(roster, rules);
    let own = |unit: &usize| present[*unit] == Some(whom.0);
    let all_new = |unit: &usize| model.units[*unit].iter().all(|one| roster.member(*one).manager.is_none());
    let at_work = |unit: &usize| present[*unit].is_some_and(|manager| model.eligibility.at_work(ManagerIx(manager)));
    // Those a new hire has already stay, whatever their pair breaks today.
    let asked = |unit: &usize| if leaves { own(unit) } else { !own(unit) && (all_new(unit) || at_work(unit)) };
    let units: Vec<usize> = (0..model.units.len()).filter(asked).collect();
    let stays: Vec<Option<u32>> = units.iter().map(|&unit| present[unit]).collect();
    let held = present.to_vec();
    let open = move |unit: usize, manager: usize| leaves || manager == whom.at() || held[unit] == Some(manager as u32);
    let mut small = restricted(problem, units.clone(), present, Box::new(open));
    occupy(model, problem, &mut small, &units);
    // Members nobody has room for are named, not forced upon somebody.
    let left_out = (unserved::each(rules) + floor::lift(rules)).0;
    small.unserved = Some(left_out);
    if !leaves {
        loosen(&mut small, &stays, left_out / 10);
    }
    let (plan, proven) = solved(&small, &stays, control)?;
    let mut after = judge.present.clone();
    let mut given = Vec::new();
    let mut left = Vec::new();
    for (&unit, choice) in units.iter().zip(&plan) {
        for &member in &model.units[unit] {
            match choice.map(ManagerIx) {
                Some(to) if roster.member(member).manager != Some(to) => {
                    after[member.at()] = Some(to);
                    given.push(row(model, member, to));
                }
                None if leaves => left.push(roster.member(member).id.to_string()),
                _ => {}
            }
        }
    }
    if leaves {
        // Members whom nobody else may take stand in no unit.
        let own = model.unplaced.iter().filter(|member| roster.member(**member).manager == Some(whom));
        left.extend(own.map(|member| roster.member(*member).id.to_string()));
    }
    given.sort_by(|a, b| a.member_id.cmp(&b.member_id));
    left.sort_unstable();
    let id = &roster.manager(whom).id;
    let broken = judge.first_new(&after);
    let holds = broken.is_none();
    let mut sentences = vec![match (leaves, given.len()) {
        (true, count) => format!("{count} members of {id} go to others; nobody else moves."),
        (false, count) => format!("{id} takes {count} members; nobody else moves."),
    }];
    if !left.is_empty() {
        sentences.push(format!(
            "For {} of them nobody has a place while everybody else stays; ask again with --best-for-the-whole.",
            left.len()
        ));
    }
    if let Some(broken) = broken {
        sentences.push(format!("Not recommended, since a rule would be broken that is not broken today: {broken}."));
        given.clear();
    }
    Ok(Recommendation { given, left, proven: proven && holds, ..answer("nobody_else_moves", sentences) })
}

/// Leaves to the asked units the places that the members of all others do not hold today: also those whom nobody may take,
/// or whose household is with several, though they are not in the problem or stand with nobody there.
fn occupy(model: &Model<'_>, problem: &Problem<'_>, small: &mut Problem<'_>, asked: &[usize]) {
    let roster = model.roster();
    let mut loads: Vec<usize> = roster.manager_indices().map(|one| roster.present_caseload(one).len()).collect();
    for member in asked.iter().flat_map(|&unit| &model.units[unit]) {
        if let Some(present) = roster.member(*member).manager {
            loads[present.at()] -= 1;
        }
    }
    for ((places, all), load) in small.places.iter_mut().zip(&problem.places).zip(loads) {
        *places = all.get(load..).unwrap_or(&[]).to_vec();
    }
}

/// The small problem's plan; is it proven?
fn solved(
    problem: &Problem<'_>,
    stays: &[Option<u32>],
    control: Control<'_>,
) -> Result<(Vec<Option<u32>>, bool), EngineError> {
    if network::accepts(problem) {
        let free =
            DensePrices { capacity: vec![0; problem.managers()], rows: vec![0; problem.rows.len()], minimum_use: 0 };
        if let Some(warm) = Warm::from_prices(problem, stays, &free, &control) {
            let together = warm.together(problem, None, limited(control, NODES_EACH * 16));
            if let Some((_, plan)) = together.best {
                return Ok((plan, together.exact));
            }
        }
    }
    let outcome = portfolio::solve(problem, "auto", limited(control, NODES_EACH * 16))?;
    let proven = outcome.status == Status::Optimal;
    Ok((outcome.plan.unwrap_or_else(|| stays.to_vec()), proven))
}

/// Answers with everybody placed anew. `scene` is the best plan of the roster, `proven` whether it is known to be.
///
/// # Errors
/// An engine broke.
pub fn whole(
    scene: &Scene<'_>,
    proven: bool,
    question: Question,
    control: Control<'_>,
) -> Result<Recommendation, EngineError> {
    let model = scene.model;
    let roster = model.roster();
    let moved_besides = |plan: &[Option<u32>], besides: Option<usize>| {
        let changes = |(at, to): (usize, &Option<u32>)| {
            let moves = |member: &&MemberIx| {
                let present = roster.member(**member).manager;
                present.is_some() && to.map(ManagerIx) != present
            };
            if besides == Some(at) { 0 } else { model.units[at].iter().filter(moves).count() }
        };
        plan.iter().enumerate().map(changes).sum::<usize>()
    };
    if let Question::Member(member) = question {
        let id = &roster.member(member).id;
        let Some(unit) = scene.unit_of(member) else {
            return Ok(answer("best_for_the_whole", vec![format!("Nobody may take {id} within the rules.")]));
        };
        let load = |plan: &[Option<u32>], manager: u32| {
            let with = model.units.iter().zip(plan).filter(|(_, to)| **to == Some(manager));
            with.map(|(unit, _)| unit.len() as u32).sum()
        };
        let choice = |manager: u32, seconds: i64, exact: bool, plan: &[Option<u32>]| Choice {
            manager_id: roster.managers()[manager as usize].id.to_string(),
            seconds,
            exact,
            load: load(plan, manager),
            places: model.capacities[manager as usize],
            others_moved: moved_besides(plan, Some(unit)),
        };
        let mut choices: Vec<Choice> =
            scene.plan[unit].map(|own| choice(own, 0, proven, &scene.plan)).into_iter().collect();
        let best = scene.best_others(unit, BEST - choices.len(), control)?;
        let others = best.found.iter().filter_map(|one| Some((one, one.extra?)));
        choices.extend(others.map(|(one, extra)| choice(one.manager.0, extra.0, one.is_exact() && proven, &one.plan)));
        let sentences = choices.first().map(|best| {
            format!(
                "{id} to {}, with everybody placed as well as possible ({} others move).",
                best.manager_id, best.others_moved
            )
        });
        let told = answer("best_for_the_whole", sentences.into_iter().collect());
        let others_moved = moved_besides(&scene.plan, Some(unit));
        return Ok(Recommendation { choices, proven: proven && best.all_asked, others_moved, ..told });
    }
    let (Question::Hire(whom) | Question::Leaving(whom)) = question else {
        return Ok(answer("best_for_the_whole", Vec::new()));
    };
    let assignment = decode::assignment(model, &scene.plan);
    let concerns = |member: &MemberIx| match question {
        Question::Hire(_) => assignment[member.at()] == Some(whom) && roster.member(*member).manager != Some(whom),
        _ => roster.member(*member).manager == Some(whom),
    };
    let rows = roster.member_indices().filter(concerns);
    let given: Vec<Given> = rows.filter_map(|member| Some(row(model, member, assignment[member.at()]?))).collect();
    let firsts = given.iter().filter(|one| one.from.is_none()).count();
    let others_moved = moved_besides(&scene.plan, None).saturating_sub(given.len() - firsts);
    let id = &roster.manager(whom).id;
    let sentence = match question {
        Question::Hire(_) => format!("{id} takes {} members; {others_moved} other members move as well.", given.len()),
        _ => format!("{} members of {id} go to others; {others_moved} other members move as well.", given.len()),
    };
    Ok(Recommendation { given, proven, others_moved, ..answer("best_for_the_whole", vec![sentence]) })
}

fn answer(how: &'static str, sentences: Vec<String>) -> Recommendation {
    Recommendation {
        how,
        choices: Vec::new(),
        given: Vec::new(),
        left: Vec::new(),
        proven: true,
        others_moved: 0,
        sentences,
    }
}

fn row(model: &Model<'_>, member: MemberIx, to: ManagerIx) -> Given {
    let (roster, prepared) = (model.roster(), model.prepared());
    let from = roster.member(member).manager;
    let before = from.map_or(Cost::ZERO, |from| arc(prepared, member, from));
    Given {
        member_id: roster.member(member).id.to_string(),
        from: from.map(|from| roster.manager(from).id.to_string()),
        to: roster.manager(to).id.to_string(),
        seconds: (arc(prepared, member, to) - before).0,
    }
}

/// The verifier's opinion of a state against today's.
struct Judge<'a> {
    roster: &'a Roster,
    rules: &'a Rules,
    present: Vec<Option<ManagerIx>>,
    today: Vec<(ViolationCode, Option<MemberIx>, Option<ManagerIx>)>,
}

impl<'a> Judge<'a> {
    fn new(roster: &'a Roster, rules: &'a Rules) -> Self {
        let present: Vec<Option<ManagerIx>> = roster.members().iter().map(|member| member.manager).collect();
        let today = assess(roster, rules, &present).violations.iter().map(key).collect();
        Self { roster, rules, present, today }
    }

    /// What breaks a rule that is not broken today, in words.
    fn first_new(&self, after: &[Option<ManagerIx>]) -> Option<String> {
        let found = assess(self.roster, self.rules, after).violations;
        found.into_iter().find(|found| !self.today.contains(&key(found))).map(|found| found.detail)
    }
}

fn key(found: &Violation) -> (ViolationCode, Option<MemberIx>, Option<ManagerIx>) {
    (found.code, found.member, found.manager)
}
