//! How many case managers the rules of a program need for the people of a roster: counts, weights, hours, contacts,
//! mixtures, ranges and averages, each by itself; the tightest decides. Driving inside hours is taken at a usual distance.
//!
//! A synthetic roster is hired for by this, with a few more. The exact rules stand in `model` and `verify`.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::generate::Sketch;
use crate::generate::drafts::PIECE;
use crate::program::{
    AverageKind, Capacity, CapacityKind, Count, Denominator, LetterSettings, MixedKind, Part, Program, Rules, Weights,
};
use crate::roster::Member;

/// Case managers needed, track by track (one track where nobody serves only some programs).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    needed: Vec<usize>,
    /// Members one case manager may have, and has on average, where the rules only count heads.
    plain: Option<(u32, u32)>,
}

/// Straight-line miles of a drive where nobody knows yet who drives.
const USUAL_MILES: f64 = 12.0;

/// Days of a month, on average.
const DAYS_A_MONTH: f64 = 30.4;

/// Does the program count heads only, everybody alike? Then the numbers of members and of case managers say it all.
#[must_use]
pub fn is_plain(program: &Program) -> bool {
    program.capacities.is_empty()
        && program.mixed.is_empty()
        && program.ranges.is_empty()
        && program.caps.iter().all(crate::program::Cap::is_plain)
        && program.averages.iter().all(crate::program::Average::is_plain)
}

/// Does a limit shrink with part-time work, or does an average count it?
#[must_use]
pub fn scales(program: &Program) -> bool {
    program.caps.iter().any(|cap| cap.scale_with_fte)
        || program.capacities.iter().any(|capacity| capacity.scale_with_fte)
        || program.mixed.iter().any(|mixed| mixed.scale_with_fte)
        || program.ranges.iter().any(|range| range.scale_with_fte)
        || program
            .averages
            .iter()
            .any(|average| matches!(average.denominator, Denominator::FilledFte | Denominator::FteLessLeave))
}

impl Demand {
    /// Where only heads are counted.
    #[must_use]
    pub fn plain(needed: usize, cap: u32, full: u32) -> Self {
        Self { needed: vec![needed], plain: Some((cap, full)) }
    }

    /// Of all tracks.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.needed.iter().sum()
    }

    /// Are those who were hired enough?
    #[must_use]
    pub fn is_met_by(&self, hired: &Self) -> bool {
        self.needed.len() == hired.needed.len() && self.needed.iter().zip(&hired.needed).all(|(need, has)| need <= has)
    }

    /// The larger of both, track by track.
    #[must_use]
    pub fn at_least(self, other: &Self) -> Self {
        let both = self.needed.iter().zip(&other.needed).map(|(one, other)| *one.max(other));
        Self { needed: both.collect(), plain: self.plain }
    }

    /// `counted` case managers shared out over the tracks, by what each needs; a track with members has at least one.
    #[must_use]
    pub fn quotas(&self, counted: usize, members: &[usize]) -> Vec<usize> {
        if members.len() < 2 {
            return vec![counted];
        }
        let known = self.needed.len() == members.len();
        let weight = |track: usize| if known { self.needed[track] } else { members[track] };
        let total: usize = (0..members.len()).map(weight).sum::<usize>().max(1);
        // Whoever loses most by rounding down gets the next one.
        let mut quotas: Vec<usize> = (0..members.len()).map(|track| counted * weight(track) / total).collect();
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by_key(|&track| (std::cmp::Reverse(counted * weight(track) % total), track));
        let left = counted - quotas.iter().sum::<usize>();
        order.iter().take(left).for_each(|&track| quotas[track] += 1);
        quotas.iter_mut().for_each(|quota| *quota = (*quota).max(1));
        quotas
    }

    /// Members of a track that are about a full caseload, and how many of them a full caseload has on average.
    #[must_use]
    pub fn caseload(&self, track: usize, members: usize, cap: u32) -> (u32, u32) {
        match (self.plain, self.needed.get(track)) {
            (Some(plain), _) => plain,
            (None, Some(&needed)) => {
                let full = (members / needed.max(1)).max(1) as u32;
                (full.saturating_add(full / 9).min(cap.max(full)), full)
            }
            (None, None) => (cap, cap),
        }
    }
}

/// What the rules need for the people of a sketch.
#[must_use]
pub fn of(sketch: &Sketch<'_>, program: &Program) -> Demand {
    let rules = rules(sketch, program);
    let pieces: Vec<usize> = (0..sketch.drafts.len().div_ceil(PIECE)).collect();
    let people: Vec<Vec<Member>> =
        pieces.par_iter().map(|&piece| sketch.people(piece).into_iter().map(|(member, _)| member).collect()).collect();
    let people: Vec<&Member> = people.iter().flatten().collect();
    let tracks = sketch.population.staff.tracks.len().max(1);
    let of_track = |track: usize| -> Vec<&Member> {
        let is_here = |member: &&&Member| {
            tracks == 1 || member.program.as_deref().is_some_and(|code| sketch.population.track_of(code) == track)
        };
        people.iter().filter(is_here).copied().collect()
    };
    let needed = (0..tracks).map(|track| tightest(&rules, &of_track(track)).ceil() as usize).collect();
    Demand { needed, plain: None }
}

/// Case managers by the rule that needs most.
fn tightest(rules: &Rules, members: &[&Member]) -> f64 {
    let program = &rules.program;
    let count = |of: &[String], unit: Count| {
        let counted = members.iter().filter(|member| rules.is_of(of, member));
        match unit {
            Count::Members => counted.count(),
            Count::Children => {
                let is_child = |member: &&&Member| {
                    let born = member.birth_date;
                    born.is_some_and(|born| {
                        crate::program::category::age_on(born, rules.effective_on) < crate::program::cap::OF_AGE
                    })
                };
                counted.filter(is_child).count()
            }
            Count::Households => {
                let mut seen = BTreeSet::new();
                counted.filter(|member| member.household.as_ref().is_none_or(|code| seen.insert(code))).count()
            }
        }
    };
    let share = |part: &Part| count(&part.of, Count::Members) as f64 / part.limit.as_f64();
    let mut needs: Vec<f64> = Vec::new();
    for cap in &program.caps {
        needs.push(count(&cap.of, cap.count) as f64 / cap.limit.as_f64().max(1.0));
    }
    for mixed in &program.mixed {
        let share = |part: &Part| count(&part.of, mixed.count) as f64 / part.limit.as_f64();
        let shares = mixed.parts.iter().map(share);
        needs.push(match mixed.kind {
            MixedKind::Convex => shares.sum(),
            MixedKind::Explicit => shares.fold(0.0, f64::max),
        });
    }
    for average in &program.averages {
        needs.push(match average.kind {
            AverageKind::Ratio => count(&average.of, Count::Members) as f64 / average.limit.as_f64().max(1.0),
            AverageKind::Combined => average.parts.iter().map(share).sum(),
        });
    }
    for range in &program.ranges {
        let own = members.iter().filter(|member| rules.is_of(&range.of, member));
        needs.push(own.map(|member| 1.0 / rules.top_of(range, member).as_f64().max(1.0)).sum());
    }
    for capacity in &program.capacities {
        let use_of = |member: &&Member| use_of(rules, capacity, member);
        needs.push(members.iter().map(use_of).sum::<f64>() / capacity.limit.max(f64::MIN_POSITIVE));
    }
    needs.into_iter().fold(1.0, f64::max)
}

/// What one member takes of a capacity.
fn use_of(rules: &Rules, capacity: &Capacity, member: &Member) -> f64 {
    if !rules.is_of(&capacity.of, member) {
        return 0.0;
    }
    let category = rules.category_of(member).map(|at| rules.program.categories[at].name.as_str());
    let by_category = |map: &Option<std::collections::BTreeMap<String, f64>>| {
        let map = map.as_ref()?;
        category.and_then(|name| map.get(name)).or_else(|| map.get("other")).copied()
    };
    let contacts = rules.contacts_per_month(member);
    match capacity.kind {
        CapacityKind::Weight => by_category(&capacity.weight_of)
            .or_else(|| capacity.weights.map(|weights| weights.of(member.need)))
            .unwrap_or(0.0),
        CapacityKind::Contacts => {
            let drawn = member
                .contacts_per_month
                .map(|a_month| a_month * f64::from(capacity.period_days.unwrap_or(0)) / DAYS_A_MONTH);
            let usual = contacts * f64::from(capacity.period_days.unwrap_or(0)) / DAYS_A_MONTH;
            drawn.or(capacity.contacts_per_period).unwrap_or(usual)
        }
        CapacityKind::Hours => {
            let own = by_category(&capacity.hours_of)
                .or_else(|| capacity.minutes_per_month.map(|minutes| minutes.of(member.need) / 60.0))
                .unwrap_or(0.0);
            let contact = capacity.minutes_per_contact.unwrap_or(0.0) * contacts / 60.0;
            let visits =
                member.visits_per_year.unwrap_or_else(|| rules.program.defaults.visits_per_year.of(member.need));
            let line = rules.travel_time();
            let drive = (line.base_minutes + line.minutes_per_mile * USUAL_MILES) * 2.0 * visits / 12.0 / 60.0;
            let authorized = capacity.authorized.map_or(0.0, |of| {
                let left = member.authorized_units.unwrap_or(of.units_per_year) - member.used_units.unwrap_or(0.0);
                let months = 13 - chrono::Datelike::month(&rules.effective_on);
                left.max(0.0) * of.minutes_per_unit / 60.0 / f64::from(months)
            });
            own + contact + authorized + if capacity.travel_inside { drive } else { 0.0 }
        }
    }
}

/// The program on the days of the sketch, nothing changed by settings.
fn rules(sketch: &Sketch<'_>, program: &Program) -> Rules {
    let as_of = sketch.frame.as_of;
    Rules {
        program: program.clone(),
        program_text: String::new(),
        weights: Weights::ONE,
        as_of,
        effective_on: sketch.frame.effective_on,
        allow_unserved: true,
        letters: LetterSettings::on(as_of),
    }
}
