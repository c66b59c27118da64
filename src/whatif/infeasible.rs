//! Why no plan exists, so that a person can check it by hand: members who can only go to managers with too few places,
//! or, where other limits play a part, the limits whose prices prove it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::certificate::Certificate;
use crate::ids::{ManagerIx, MemberIx};
use crate::model::Model;
use crate::model::decode::{DensePrices, DenseProof, certificate};
use crate::model::problem::{Load, NOT_ALLOWED, Problem, RowUse};
use crate::model::rows::RowName;
use crate::program::Rules;
use crate::roster::{Roster, gazetteer};
use crate::solve::hall::shortage;
use crate::solve::{Control, EngineError, Outcome, Status, portfolio};
use crate::verify::pairs::{Obstacle, Pairs};
use crate::whatif::conflict::conflict;
use crate::whatif::named::{Named, in_force, without};
use crate::whatif::solving::with_problem;

/// Why no plan meets the rules.
#[derive(Clone, Debug, Serialize)]
pub struct Infeasibility {
    /// The reason in one sentence, with numbers.
    pub sentence: String,
    /// Ids of members who have too few places; empty when the reason is not of this kind.
    pub members: Vec<String>,
    /// Ids of the only managers they can go to.
    pub managers: Vec<String>,
    /// Places those managers have.
    pub places: i64,
    /// Where those members live: county and how many, most first.
    pub by_county: Vec<(String, u32)>,
    /// Rules and decisions that take part, by name.
    pub rules: Vec<String>,
    /// A smallest conflict among named rules and decisions, in words; empty when none was found.
    pub conflict: Vec<String>,
    /// Was a plan found for each of them left out?
    pub irreducible: bool,
    /// What keeps those members from everybody else, in words with counts.
    pub in_common: Vec<String>,
    /// The proof, which the verifier recomputes.
    pub certificate: Certificate,
}

/// Names the smallest conflict and tells the reason by its rules alone: the members and case managers of a shortage that
/// is there with no other rule in force, and what those members have in common. The certificate stays that of all rules.
///
/// # Errors
/// An engine broke.
pub fn name_conflict(
    roster: &Roster,
    rules: &Rules,
    why: &mut Infeasibility,
    control: Control<'_>,
) -> Result<(), EngineError> {
    let Some(found) = conflict(roster, rules, control)? else { return Ok(()) };
    why.conflict = found.named.iter().map(|named| named.words(roster, rules)).collect();
    why.irreducible = found.irreducible;
    let others: Vec<Named> = in_force(roster, rules).into_iter().filter(|named| !found.named.contains(named)).collect();
    let (bare_roster, bare_rules) = without(roster, rules, &others);
    with_problem(&bare_roster, &bare_rules, |model, problem| {
        let outcome = portfolio::solve(problem, "auto", Control { gap: 1.0, progress: &|_| {}, ..control })?;
        if outcome.status == Status::Infeasible {
            let bare = explain(model, problem, &outcome);
            if !bare.members.is_empty() {
                let certificate = std::mem::replace(&mut why.certificate, bare.certificate.clone());
                let (conflict, irreducible) = (std::mem::take(&mut why.conflict), why.irreducible);
                *why = Infeasibility { conflict, irreducible, certificate, ..bare };
            }
        }
        why.in_common = in_common(model, &why.members, &why.managers);
        Ok(())
    })
}

/// Why members cannot go to anybody but `managers`: each is counted under the criterion that alone rules out all the
/// others at work, or with those whom several rule out.
fn in_common(model: &Model<'_>, members: &[String], managers: &[String]) -> Vec<String> {
    let (roster, rules) = (model.roster(), model.prepared().rules);
    let pairs = Pairs::read(roster, rules);
    let inside = |manager: &ManagerIx| managers.iter().any(|id| **id == *roster.manager(*manager).id);
    let outside: Vec<ManagerIx> =
        roster.manager_indices().filter(|manager| pairs.at_work(*manager) && !inside(manager)).collect();
    if outside.is_empty() {
        return Vec::new();
    }
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for member in members.iter().filter_map(|id| roster.find_member(id)) {
        let mut obstacles: Vec<Obstacle> =
            outside.iter().filter_map(|&manager| pairs.obstacle(member, manager)).collect();
        obstacles.sort_unstable();
        obstacles.dedup();
        let about = roster.member(member);
        let words = match obstacles.as_slice() {
            [] => "go with household members whom a rule keeps from everybody else".to_owned(),
            [Obstacle::Language] => format!("speak a language ({}) that none of the others speaks", about.language),
            [Obstacle::Distance] => {
                format!("live beyond {} miles of all the others", rules.program.eligibility.distance.max_miles)
            }
            [Obstacle::Program] => {
                format!("are in a program ({}) that none of the others serves", about.program.as_deref().unwrap_or("-"))
            }
            [Obstacle::PinnedElsewhere | Obstacle::Forbidden] | [Obstacle::Forbidden, Obstacle::PinnedElsewhere] => {
                "are held by decisions".to_owned()
            }
            [Obstacle::MustKeep] => "must stay with their case manager (class must_keep)".to_owned(),
            [Obstacle::Blackout] => "are near a date before which nobody changes hands".to_owned(),
            [Obstacle::Duplication] => "have a service that case management would duplicate".to_owned(),
            [Obstacle::Discharge] => "are not near their discharge".to_owned(),
            [Obstacle::AcceptsNew] => "find all others closed to new members (accepts_new = no)".to_owned(),
            [Obstacle::Qualification] => "find a required qualification missing with all others".to_owned(),
            several => {
                let names: Vec<&str> = several.iter().map(|obstacle| obstacle.word()).collect();
                format!("are kept from the others by {}", names.join(" or "))
            }
        };
        *counts.entry(words).or_default() += 1;
    }
    let mut counts: Vec<(String, u32)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.into_iter().map(|(words, count)| format!("{count} {words}")).collect()
}

/// Puts an infeasible outcome into words.
#[must_use]
pub fn explain(model: &Model<'_>, problem: &Problem<'_>, outcome: &Outcome) -> Infeasibility {
    let certificate = certificate(model, crate::certificate::Claim::Infeasible, outcome.scale, &outcome.proof);
    let DenseProof::Prices(prices) = &outcome.proof else {
        return by_cases(model, certificate);
    };
    if let Some(found) = by_weight(model, problem, prices, &certificate) {
        return found;
    }
    let priced: Vec<bool> = prices.capacity.iter().map(|&price| price > 0).collect();
    match shortage(problem, &priced).filter(|_| prices.rows.iter().all(|&price| price == 0)) {
        Some(found) => {
            let members: Vec<MemberIx> = found.units.iter().flat_map(|&unit| model.units[unit].clone()).collect();
            let managers: Vec<ManagerIx> = found.managers.iter().map(|&manager| ManagerIx::new(manager)).collect();
            by_places(model, &members, &managers, found.places, certificate)
        }
        None => by_limits(model, prices, certificate),
    }
}

fn by_places(
    model: &Model<'_>,
    members: &[MemberIx],
    managers: &[ManagerIx],
    places: i64,
    certificate: Certificate,
) -> Infeasibility {
    let roster = model.roster();
    let at_work = |manager: &&ManagerIx| model.eligibility.at_work(**manager);
    let managers: Vec<ManagerIx> = managers.iter().filter(at_work).copied().collect();
    let everybody = members.len() == roster.members().len();
    let pinned = members.iter().filter(|&&member| model.eligibility.pin(member).is_some()).count();
    let whom = if everybody { "all".to_owned() } else { "these".to_owned() };
    let mut sentence = format!(
        "{whom} {} members can only go to {} case managers, who have {places} places: {} too few",
        members.len(),
        managers.len(),
        members.len() as i64 - places
    );
    if pinned > 0 {
        sentence += &format!(" ({pinned} of them are held there by decisions)");
    }
    let mut rules = model.place_rules();
    if !everybody {
        rules.push("eligibility".to_owned());
    }
    if pinned > 0 {
        rules.push("decisions".to_owned());
    }
    Infeasibility {
        sentence,
        members: members.iter().map(|&member| roster.member(member).id.to_string()).collect(),
        managers: managers.iter().map(|&manager| roster.manager(manager).id.to_string()).collect(),
        places,
        by_county: by_county(model, members),
        rules,
        conflict: Vec::new(),
        irreducible: false,
        in_common: Vec::new(),
        certificate,
    }
}

/// Only one weighted capacity takes part: members who can go to its managers only weigh more than those can hold. What a
/// member weighs is the least it uses with any of them, so the sum holds however they are placed.
fn by_weight(
    model: &Model<'_>,
    problem: &Problem<'_>,
    prices: &DensePrices,
    certificate: &Certificate,
) -> Option<Infeasibility> {
    if prices.minimum_use > 0 || prices.capacity.iter().any(|&price| price != 0) {
        return None;
    }
    let mut rule: Option<&str> = None;
    let mut loads: Vec<Option<&dyn Load>> = vec![None; problem.managers()];
    let mut limit = 0;
    for ((name, row), _) in model.row_names.iter().zip(&problem.rows).zip(&prices.rows).filter(|(_, price)| **price > 0)
    {
        let (RowName::Load { rule: named, manager }, RowUse::Load(_, load)) = (name, &row.uses) else { return None };
        if *rule.get_or_insert(named) != named.as_str() {
            return None;
        }
        loads[manager.at()] = Some(&**load);
        limit += row.limit;
    }
    let rule = rule?;
    let words = model.words_of(rule);
    let mut members: Vec<MemberIx> = Vec::new();
    let mut weight = 0;
    for (at, unit) in model.units.iter().enumerate() {
        let costs = problem.arc_costs(at);
        let open = || costs.iter().zip(&loads).enumerate().filter(|(_, (cost, _))| **cost != NOT_ALLOWED);
        if open().all(|(_, (_, load))| load.is_some()) {
            weight += open().filter_map(|(manager, (_, load))| Some((*load)?.of(at, manager))).min()?;
            members.extend(unit);
        }
    }
    members.sort_unstable();
    if weight <= limit {
        return None;
    }
    let roster = model.roster();
    let managers: Vec<ManagerIx> = roster.manager_indices().filter(|manager| loads[manager.at()].is_some()).collect();
    let whose = if members.len() == roster.members().len() { "all" } else { "these" };
    let (sum, most, over) = (words.of(weight), words.of(limit), words.of(weight - limit));
    let sentence = format!(
        "{whose} {} members come to at least {sum} of `{rule}` and can only go to {} case managers, who may have {most}: {over} too much",
        members.len(),
        managers.len()
    );
    Some(Infeasibility {
        sentence,
        members: members.iter().map(|&member| roster.member(member).id.to_string()).collect(),
        managers: managers.iter().map(|&manager| roster.manager(manager).id.to_string()).collect(),
        places: 0,
        by_county: by_county(model, &members),
        rules: vec![rule.to_owned()],
        conflict: Vec::new(),
        irreducible: false,
        in_common: Vec::new(),
        certificate: certificate.clone(),
    })
}

/// Limits with a price take part in the proof.
fn by_limits(model: &Model<'_>, prices: &DensePrices, certificate: Certificate) -> Infeasibility {
    let roster = model.roster();
    let named = model.row_names.iter().zip(&prices.rows).filter(|&(_, &price)| price > 0);
    let mut rules: Vec<String> = named
        .map(|(name, _)| match name {
            RowName::Receive(manager) => format!("receive limit of {}", roster.manager(*manager).id),
            RowName::Average { rule, scope } => format!("{rule} of {scope}"),
            RowName::Moves(budget) => format!("budget of moves ({budget:?})"),
            RowName::Fairness { rule, group } => format!("{rule} of {group}"),
            RowName::Load { rule, manager } => format!("{rule} of {}", roster.manager(*manager).id),
        })
        .collect();
    let priced = prices.capacity.iter().enumerate().filter(|&(_, &price)| price > 0);
    let managers: Vec<String> = priced.map(|(at, _)| roster.managers()[at].id.to_string()).collect();
    if !managers.is_empty() {
        rules.push(format!("caps of {} case managers", managers.len()));
    }
    if prices.minimum_use > 0 {
        rules.push("least number of case managers with members".to_owned());
    }
    Infeasibility {
        sentence: format!("these limits cannot all be met together: {}", rules.join("; ")),
        members: Vec::new(),
        managers,
        places: 0,
        by_county: Vec::new(),
        rules,
        conflict: Vec::new(),
        irreducible: false,
        in_common: Vec::new(),
        certificate,
    }
}

fn by_cases(model: &Model<'_>, certificate: Certificate) -> Infeasibility {
    let mut names: Vec<String> = Vec::new();
    for name in &model.row_names {
        if let RowName::Load { rule, .. } | RowName::Average { rule, .. } | RowName::Fairness { rule, .. } = name
            && !names.contains(rule)
        {
            names.push(rule.clone());
        }
    }
    if !names.is_empty() {
        return Infeasibility {
            sentence: format!(
                "{} cannot be kept: every way of placing the members leaves somebody out or some case manager above a limit",
                names.join(" and ")
            ),
            members: Vec::new(),
            managers: Vec::new(),
            places: 0,
            by_county: Vec::new(),
            rules: names.into_iter().chain(["caps".to_owned()]).collect(),
            conflict: Vec::new(),
            irreducible: false,
            in_common: Vec::new(),
            certificate,
        };
    }
    Infeasibility {
        sentence: "households cannot be kept together within the caps: every way of placing them leaves somebody out"
            .to_owned(),
        members: Vec::new(),
        managers: Vec::new(),
        places: 0,
        by_county: Vec::new(),
        rules: vec!["households".to_owned(), "caps".to_owned()],
        conflict: Vec::new(),
        irreducible: false,
        in_common: Vec::new(),
        certificate,
    }
}

/// Counties of members with their number, most first, then by name.
#[must_use]
pub fn by_county(model: &Model<'_>, members: &[MemberIx]) -> Vec<(String, u32)> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for &member in members {
        let county = model.roster().member(member).county.as_deref();
        let name = county.and_then(gazetteer::county).map_or("unknown county", |county| county.name);
        *counts.entry(name.to_owned()).or_default() += 1;
    }
    let mut counts: Vec<(String, u32)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}
