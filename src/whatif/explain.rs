//! Why this member is with this case manager, why a case manager has these members, what the plan hangs on: figures from
//! plans that were solved again, and the sentences that state them. Nothing is guessed: what was not proven says so.
//!
//! Long because what is told and the sentence that tells it stand side by side.

use rayon::prelude::*;
use serde::Serialize;

use crate::cost::{Term, arc_terms, travel};
use crate::ids::{ManagerIx, MemberIx};
use crate::model::decode;
use crate::solve::{Control, EngineError};
use crate::units::Cost;
use crate::verify::pairs::{Obstacle, Pairs};
use crate::whatif::scene::{Forced, Scene, Worth};
use crate::whatif::worth::{self, HireWorth, LimitWorth, PlaceWorth, RateWorth, RuleWorth};

/// Other choices that are told.
const BEST: usize = 5;
/// Members of a case manager whose alternatives are priced.
const STAYED: usize = 200;

/// A pair's cost by term, seconds a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PairTerms {
    /// Who.
    pub manager_id: String,
    /// `present`, `chosen` or `other`; a kept member's present case manager is `chosen`.
    pub role: &'static str,
    /// Term and seconds, in order; without loads, which no pair has alone.
    pub terms: Vec<(&'static str, i64)>,
    /// Their sum.
    pub seconds: i64,
}

/// A member of the chain that a forced choice sets in motion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The member, or all of a household.
    pub member_ids: Vec<String>,
    /// With whom in the plan; `None` = nobody.
    pub from: Option<String>,
    /// With whom then.
    pub to: Option<String>,
}

/// Another choice, with what it does to everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alternative {
    /// With whom the member would be.
    pub manager_id: String,
    /// What the best plan with this choice costs more than the plan in hand, seconds a year; `None`: none was found.
    pub extra_seconds: Option<i64>,
    /// No plan with this choice costs less more.
    pub at_least_seconds: i64,
    /// Is it proven that these are the same?
    pub exact: bool,
    /// Everybody who is with somebody else than in the plan, the member first.
    pub chain: Vec<Step>,
    /// Members of the chain besides the one asked about (and its household).
    pub displaced: usize,
    /// Members that change case manager, more than in the plan.
    pub moved_more: i64,
    /// Of them high-need.
    pub high_need_moved_more: i64,
    /// Driving to homes, more than in the plan, seconds a year.
    pub driving_more_seconds: i64,
    /// The pair's own cost.
    pub terms: PairTerms,
    /// All that in words.
    pub sentence: String,
}

/// What was asked with `--to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Whom.
    pub manager_id: String,
    /// Why not, when a rule or a decision forbids the pair; the first reason.
    pub not_allowed: Option<&'static str>,
    /// The choice, when it is allowed and a plan with it exists.
    pub alternative: Option<Alternative>,
    /// In words.
    pub sentence: String,
}

/// Why a member is where the plan has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemberExplained {
    /// Who.
    pub member_id: String,
    /// The household that is placed together with the member.
    pub together_with: Vec<String>,
    /// With whom now.
    pub present: Option<String>,
    /// With whom in the plan.
    pub chosen: Option<String>,
    /// Is the plan itself proven optimal?
    pub plan_proven: bool,
    /// Why, in sentences.
    pub sentences: Vec<String>,
    /// Present and chosen pair by term.
    pub pairs: Vec<PairTerms>,
    /// The cheapest other choices.
    pub alternatives: Vec<Alternative>,
    /// Were all other pairs ruled out as dearer?
    pub all_asked: bool,
    /// Case managers ruled out, by the first reason.
    pub ruled_out: Vec<(&'static str, u32)>,
    /// The choice asked about.
    pub asked: Option<Asked>,
}

/// What a case manager's members would cost elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// Who.
    pub member_id: String,
    /// The best other case manager.
    pub other: Option<String>,
    /// What the plan costs more at least, seconds a year; exact where `exact`. `None`: no other is possible.
    pub extra_seconds: Option<i64>,
    /// Is it proven?
    pub exact: bool,
}

/// Why a case manager has this caseload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManagerExplained {
    /// Who.
    pub manager_id: String,
    /// Members now, in the plan, and places.
    pub before: u32,
    /// In the plan.
    pub after: u32,
    /// Places.
    pub places: u32,
    /// Who comes: id, from whom, why.
    pub came: Vec<(String, Option<String>, String)>,
    /// Who goes: id, to whom, why.
    pub went: Vec<(String, Option<String>, String)>,
    /// Who stays, the one that is cheapest elsewhere first.
    pub stayed: Vec<Holding>,
    /// What one more place is worth.
    pub one_more_place: Option<Worth>,
    /// In sentences.
    pub sentences: Vec<String>,
}

/// What the plan hangs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Is the plan proven optimal?
    pub plan_proven: bool,
    /// Rules and decisions that cost something.
    pub rules: Vec<RuleWorth>,
    /// Places that are worth something.
    pub places: Vec<PlaceWorth>,
    /// Other limits of which one more is worth something.
    pub limits: Vec<LimitWorth>,
    /// A hire in each area.
    pub hires: Vec<HireWorth>,
    /// A minute on each exchange rate.
    pub rates: Vec<RateWorth>,
    /// What could not be asked, in words.
    pub not_proven: Vec<String>,
}

/// Explains a plan. `plan_proven`: is its cost its bound?
pub struct Explainer<'a> {
    /// What is asked.
    pub scene: &'a Scene<'a>,
    /// Is the plan's cost its bound?
    pub plan_proven: bool,
    /// Asked when to stop.
    pub control: Control<'a>,
}

impl Explainer<'_> {
    /// Why the member is where it is; with `to`, what that choice would cost. `why` gives the reason of a transferred member.
    ///
    /// # Errors
    /// An engine broke.
    pub fn member(
        &self,
        member: MemberIx,
        to: Option<ManagerIx>,
        why: &dyn Fn(MemberIx) -> Option<String>,
    ) -> Result<MemberExplained, EngineError> {
        let scene = self.scene;
        let (roster, rules) = (scene.model.roster(), scene.model.prepared().rules);
        let pairs = Pairs::read(roster, rules);
        let present = roster.member(member).manager;
        let unit = scene.unit_of(member);
        let chosen = unit.and_then(|unit| scene.plan[unit]).map(ManagerIx);
        let household: &[MemberIx] = unit.map_or(&[], |unit| &scene.model.units[unit]);
        let mates = household.iter().filter(|&&other| other != member);
        let mut ruled_out = vec![0_u32; Obstacle::ALL.len()];
        for manager in roster.manager_indices() {
            if let Some(obstacle) = pairs.obstacle(member, manager) {
                ruled_out[Obstacle::ALL.iter().position(|&one| one == obstacle).unwrap_or(0)] += 1;
            }
        }
        let counted = Obstacle::ALL.iter().zip(ruled_out).filter(|(_, count)| *count > 0);
        let mut about: Vec<PairTerms> = Vec::new();
        if let Some(present) = present.filter(|present| chosen != Some(*present)) {
            about.push(self.pair(member, present, "present"));
        }
        about.extend(chosen.map(|chosen| self.pair(member, chosen, "chosen")));
        let best = match unit {
            Some(unit) => scene.best_others(unit, BEST, self.control)?,
            None => crate::whatif::scene::Best { found: Vec::new(), all_asked: true },
        };
        let alternatives: Vec<Alternative> =
            best.found.iter().filter_map(|forced| Some(self.alternative(unit?, member, forced))).collect();
        let asked = to.map(|to| self.asked(&pairs, unit, member, to, chosen)).transpose()?;
        let mut explained = MemberExplained {
            member_id: roster.member(member).id.to_string(),
            together_with: mates.map(|&mate| roster.member(mate).id.to_string()).collect(),
            present: present.map(|present| roster.manager(present).id.to_string()),
            chosen: chosen.map(|chosen| roster.manager(chosen).id.to_string()),
            plan_proven: self.plan_proven,
            sentences: Vec::new(),
            pairs: about,
            alternatives,
            all_asked: best.all_asked,
            ruled_out: counted.map(|(obstacle, count)| (obstacle.word(), count)).collect(),
            asked,
        };
        explained.sentences = member_sentences(&explained, why(member));
        Ok(explained)
    }

    fn asked(
        &self,
        pairs: &Pairs<'_>,
        unit: Option<usize>,
        member: MemberIx,
        to: ManagerIx,
        chosen: Option<ManagerIx>,
    ) -> Result<Asked, EngineError> {
        let roster = self.scene.model.roster();
        let (id, manager_id) = (&roster.member(member).id, roster.manager(to).id.to_string());
        let household: &[MemberIx] = unit.map_or(&[], |unit| &self.scene.model.units[unit]);
        let obstacle = std::iter::once(&member).chain(household).find_map(|&one| pairs.obstacle(one, to));
        let answer = |not_allowed, alternative, sentence| Asked {
            manager_id: manager_id.clone(),
            not_allowed,
            alternative,
            sentence,
        };
        if chosen == Some(to) {
            return Ok(answer(None, None, format!("{id} is with {manager_id} in the plan.")));
        }
        if let Some(obstacle) = obstacle {
            let sentence = format!("{id} cannot be with {manager_id}: {}.", obstacle_words(obstacle));
            return Ok(answer(Some(obstacle.word()), None, sentence));
        }
        let forced = unit.map(|unit| self.scene.forced(unit, to.at(), self.control)).transpose()?.flatten();
        let (Some(unit), Some(forced)) = (unit, forced) else {
            return Ok(answer(None, None, format!("No plan within the rules has {id} with {manager_id}.")));
        };
        let alternative = self.alternative(unit, member, &forced);
        let sentence = alternative.sentence.clone();
        Ok(answer(None, Some(alternative), sentence))
    }

    fn pair(&self, member: MemberIx, manager: ManagerIx, role: &'static str) -> PairTerms {
        let prepared = self.scene.model.prepared();
        let terms = arc_terms(prepared, member, manager);
        let of_pairs = |term: &Term| !matches!(term, Term::Balance | Term::Floor | Term::Unserved);
        PairTerms {
            manager_id: prepared.roster.manager(manager).id.to_string(),
            role,
            terms: Term::ALL
                .iter()
                .filter(|term| of_pairs(term))
                .map(|&term| (term.word(), terms.of(term).0))
                .collect(),
            seconds: terms.total().0,
        }
    }

    fn alternative(&self, unit: usize, member: MemberIx, forced: &Forced) -> Alternative {
        let scene = self.scene;
        let (roster, rules) = (scene.model.roster(), scene.model.prepared().rules);
        let changes = scene.changes(&forced.plan, unit);
        let name = |manager: Option<u32>| manager.map(|manager| roster.managers()[manager as usize].id.to_string());
        let ids = |unit: usize| scene.model.units[unit].iter().map(|&one| roster.member(one).id.to_string()).collect();
        let chain: Vec<Step> = (changes.iter())
            .map(|change| Step { member_ids: ids(change.unit), from: name(change.from), to: name(change.to) })
            .collect();
        let (mut moved, mut high, mut driving) = (0_i64, 0_i64, 0_i64);
        for change in &changes {
            for &one in &scene.model.units[change.unit] {
                let present = roster.member(one).manager;
                let moves = |to: Option<u32>| i64::from(present.is_some() && to.map(ManagerIx) != present);
                let more = moves(change.to) - moves(change.from);
                moved += more;
                high += if rules.program.high_need.holds(roster.member(one)) { more } else { 0 };
                let drive = |to: Option<u32>| to.map_or(0, |to| travel::driving(roster, rules, one, ManagerIx(to)).0);
                driving += drive(change.to) - drive(change.from);
            }
        }
        let displaced = changes.iter().skip(1).map(|change| scene.model.units[change.unit].len()).sum();
        let mut alternative = Alternative {
            manager_id: roster.manager(forced.manager).id.to_string(),
            extra_seconds: forced.extra.map(|extra| extra.0),
            at_least_seconds: forced.least.0,
            exact: forced.is_exact(),
            chain,
            displaced,
            moved_more: moved,
            high_need_moved_more: high,
            driving_more_seconds: driving,
            terms: self.pair(member, forced.manager, "other"),
            sentence: String::new(),
        };
        alternative.sentence = alternative_sentence(&roster.member(member).id, &alternative);
        alternative
    }

    /// Why a case manager has this caseload. `why` gives the reason of a transferred member.
    ///
    /// # Errors
    /// An engine broke.
    pub fn manager(
        &self,
        manager: ManagerIx,
        why: &dyn Fn(MemberIx) -> Option<String>,
    ) -> Result<ManagerExplained, EngineError> {
        let scene = self.scene;
        let roster = scene.model.roster();
        let after = decode::assignment(scene.model, &scene.plan);
        let name = |manager: Option<ManagerIx>| manager.map(|manager| roster.manager(manager).id.to_string());
        let row = |member: MemberIx, whom: Option<ManagerIx>| {
            (roster.member(member).id.to_string(), name(whom), why(member).unwrap_or_default())
        };
        let (mut came, mut went, mut units) = (Vec::new(), Vec::new(), Vec::new());
        let mut load = 0;
        for member in roster.member_indices() {
            let (before, then) = (roster.member(member).manager, after[member.at()]);
            load += u32::from(then == Some(manager));
            match (before == Some(manager), then == Some(manager)) {
                (false, true) => came.push(row(member, before)),
                (true, false) => went.push(row(member, then)),
                (true, true) => units.push(member),
                (false, false) => {}
            }
        }
        units.truncate(STAYED);
        let mut stayed: Vec<Holding> =
            units.par_iter().map(|&member| self.holding(member)).collect::<Result<_, _>>()?;
        stayed.sort_by(|a, b| {
            (a.extra_seconds.is_none(), a.extra_seconds, &a.member_id).cmp(&(
                b.extra_seconds.is_none(),
                b.extra_seconds,
                &b.member_id,
            ))
        });
        let places = scene.problem.places[manager.at()].len() as u32;
        let one_more_place = scene.worth(&worth::one_more(scene, manager.at()), self.control);
        let mut explained = ManagerExplained {
            manager_id: roster.manager(manager).id.to_string(),
            before: roster.present_caseload(manager).len() as u32,
            after: load,
            places,
            came,
            went,
            stayed,
            one_more_place,
            sentences: Vec::new(),
        };
        explained.sentences = manager_sentences(&explained);
        Ok(explained)
    }

    fn holding(&self, member: MemberIx) -> Result<Holding, EngineError> {
        let roster = self.scene.model.roster();
        let member_id = roster.member(member).id.to_string();
        let Some(unit) = self.scene.unit_of(member) else {
            return Ok(Holding { member_id, other: None, extra_seconds: None, exact: true });
        };
        let best = self.scene.best_others(unit, 1, self.control)?;
        let first = best.found.first();
        Ok(Holding {
            member_id,
            other: first.map(|forced| roster.manager(forced.manager).id.to_string()),
            extra_seconds: first.and_then(|forced| forced.extra).map(|extra| extra.0),
            exact: best.all_asked && first.is_none_or(Forced::is_exact),
        })
    }

    /// What the plan hangs on.
    ///
    /// # Errors
    /// An engine broke.
    pub fn summary(&self) -> Result<Summary, EngineError> {
        let mut not_proven = Vec::new();
        if !self.plan_proven {
            not_proven
                .push("The plan is not proven optimal: every figure compares it with the best plan found.".to_owned());
        }
        if self.scene.warm.is_none() {
            not_proven.push(
                "The worth of single places and other limits is not proven under these rules (weighted capacities or budgets) and is left out."
                    .to_owned(),
            );
        }
        Ok(Summary {
            plan_proven: self.plan_proven,
            rules: worth::rules(self.scene, self.control)?,
            places: worth::places(self.scene, self.control),
            limits: worth::limits(self.scene, self.control),
            hires: worth::hires(self.scene, self.control)?,
            rates: worth::rates(self.scene, self.plan_proven, self.control)?,
            not_proven,
        })
    }
}

/// A first failed criterion, in words.
#[must_use]
pub const fn obstacle_words(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::NotAtWork => "not at work on the effective date",
        Obstacle::Forbidden => "a decision forbids the pair",
        Obstacle::PinnedElsewhere => "a decision sends the member, or one of the household, to somebody else",
        Obstacle::MustKeep => "the member, or one of the household, is of the class must_keep and stays",
        Obstacle::Blackout => {
            "a date of the member, or one of the household, is so near that the present case manager stays"
        }
        Obstacle::MovedAgain => "the member, or one of the household, was moved too short a time ago and stays",
        Obstacle::AcceptsNew => "the case manager takes no new members",
        Obstacle::Duplication => "another service's case management would be duplicated",
        Obstacle::Discharge => "discharge is not near",
        Obstacle::Language => "they share no language",
        Obstacle::Program => "the case manager does not serve the program",
        Obstacle::Qualification => "a required qualification is missing",
        Obstacle::Distance => "it is too far",
    }
}

/// `310 min`: minutes a year as sentences state them, never "0 min" for something.
#[must_use]
pub fn minutes(seconds: i64) -> String {
    match Cost(seconds).rounded_minutes() {
        0 if seconds != 0 => "less than a minute".to_owned(),
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

fn alternative_sentence(member: &str, other: &Alternative) -> String {
    let to = &other.manager_id;
    let mut text = match other.extra_seconds {
        None => return format!("{member} to {to}: no plan was found in time (not proven)."),
        Some(0) if other.exact => format!("{member} to {to} would cost the same"),
        Some(extra) if other.exact && extra < 0 => {
            format!("{member} to {to} would cost {} a year less", minutes(-extra))
        }
        Some(extra) if other.exact => format!("{member} to {to} would cost {} a year more", minutes(extra)),
        Some(extra) => format!(
            "{member} to {to} would cost between {} and {} a year more (not proven)",
            minutes(other.at_least_seconds),
            minutes(extra)
        ),
    };
    let steps: Vec<String> = other.chain.iter().skip(1).map(step_words).collect();
    if !steps.is_empty() {
        let shown = steps.iter().take(6).cloned().collect::<Vec<_>>().join(", ");
        let more = if steps.len() > 6 { format!(" and {} more change", steps.len() - 6) } else { String::new() };
        text += &format!(": then {shown}{more}");
    }
    let count = |n: i64, what: &str| match n {
        0 => None,
        n => Some(format!("{} {} {what}", n.abs(), if n > 0 { "more" } else { "fewer" })),
    };
    let relationships = |n: i64| if n.abs() == 1 { "relationship ends" } else { "relationships end" };
    let drive = match other.driving_more_seconds {
        0 => None,
        more if more > 0 => Some(format!("{} more driving a year", minutes(more))),
        less => Some(format!("{} less driving a year", minutes(-less))),
    };
    let parts: Vec<String> =
        [count(other.moved_more, relationships(other.moved_more)), drive].into_iter().flatten().collect();
    if !parts.is_empty() {
        text += &format!("; {}", parts.join(", "));
    }
    text + "."
}

fn step_words(step: &Step) -> String {
    let who = step.member_ids.join(" and ");
    let goes = if step.member_ids.len() == 1 { "goes" } else { "go" };
    match (&step.from, &step.to) {
        (Some(from), Some(to)) => format!("{who} {goes} from {from} to {to}"),
        (None, Some(to)) => format!("{who} {goes} to {to}"),
        (Some(from), None) => format!("{who} {goes} from {from} to nobody"),
        (None, None) => format!("{who} {goes} nowhere"),
    }
}

fn member_sentences(explained: &MemberExplained, because: Option<String>) -> Vec<String> {
    let id = &explained.member_id;
    let mut all = vec![match (&explained.present, &explained.chosen) {
        (_, None) => format!("{id} is with nobody in the plan."),
        (None, Some(chosen)) => format!("{id} had no case manager and goes to {chosen}."),
        (Some(present), Some(chosen)) if present == chosen => format!("{id} stays with {chosen}."),
        (Some(present), Some(chosen)) => format!("{id} goes from {present} to {chosen}."),
    }];
    all.extend(because);
    if !explained.together_with.is_empty() {
        all.push(format!("Placed together with {} (household).", explained.together_with.join(", ")));
    }
    let nothing = explained.alternatives.is_empty();
    match (nothing, explained.all_asked, &explained.chosen) {
        (_, _, None) => {}
        (true, true, Some(_)) => all.push("Nobody else may take the member within the rules.".to_owned()),
        (false, true, Some(_)) => {
            let proven = explained.alternatives.iter().all(|one| one.exact);
            all.push(if proven {
                "All other pairs were asked; these are the cheapest, each with everybody else placed as well as possible:"
                    .to_owned()
            } else {
                "All other pairs were asked; some figures are not proven:".to_owned()
            });
        }
        (_, false, Some(_)) => {
            all.push("Not all other pairs were asked; that these are the cheapest is not proven:".to_owned());
        }
    }
    all
}

fn manager_sentences(explained: &ManagerExplained) -> Vec<String> {
    let id = &explained.manager_id;
    let people = |n: usize| if n == 1 { "1 member".to_owned() } else { format!("{n} members") };
    let mut all = vec![format!(
        "{id} has {} members now and {} in the plan, of {} places: {} come, {} go, {} stay.",
        explained.before,
        explained.after,
        explained.places,
        explained.came.len(),
        explained.went.len(),
        explained.before as usize - explained.went.len()
    )];
    match explained.one_more_place {
        Some(worth) if worth.most == Cost::ZERO => all.push("One more place would change nothing.".to_owned()),
        Some(worth) => all.push(format!("One more place would save {} a year.", worth.words())),
        None => all.push("What one more place is worth is not proven under these rules.".to_owned()),
    }
    let alone = explained.stayed.iter().filter(|one| one.extra_seconds.is_none() && one.exact).count();
    if alone > 0 {
        all.push(format!("{} can be with nobody else within the rules.", people(alone)));
    }
    all
}
