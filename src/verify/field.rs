//! Case managers in boxes on the globe, so that a unit's cheapest one is found without pricing every pair: a k-d tree
//! over unit vectors (Bentley 1975, doi:10.1145/361002.361007), searched with a bound on what any manager of a box costs
//! (branch and bound, as Fukunaga and Narendra 1975 do for nearest neighbours, doi:10.1109/T-C.1975.224297).
//!
//! A bound may be too low, never too high: chords instead of arcs, every rounding against it, and costs that are not
//! bounded count as nothing. So a box is left out only where none of its managers could be cheaper, and what the
//! search finds is what a look at every pair would find. A property test holds the two equal.

use crate::cost::{Prepared, thousandths};
use crate::ids::{ManagerIx, MemberIx};
use crate::program::{LanguageRule, ProgramRule};
use crate::roster::{Place, Service};
use crate::units::Cost;
use crate::verify::pairs::Pairs;
use crate::verify::rules::{accepts_new, program, qualification};

/// Managers in a box that is not split further.
const SMALLEST: usize = 6;
/// Mean earth radius in miles, rounded down: a bound may be too low.
const EARTH_RADIUS_MILES: f64 = 3_958.76;
/// More than what coordinates of size 1 lose to rounding: a hundredth of a millimetre on the ground.
const BLUR: f64 = 1e-12;

type Vector = [f64; 3];

/// A range of managers with what is least about all of them.
#[derive(Clone, Copy, Debug)]
struct Box3 {
    low: Vector,
    high: Vector,
    /// Languages that some manager speaks, by bit.
    languages: u64,
    /// Programs that some manager serves, by bit.
    programs: u64,
    from: u32,
    to: u32,
    /// The second half; the first is the next box. 0 = not split.
    second: u32,
    /// Some manager has no base: trips cost nothing, however far.
    anywhere: bool,
}

/// Managers who may get members that they do not have, in boxes.
#[derive(Debug)]
pub struct Field<'a> {
    pairs: &'a Pairs<'a>,
    /// Manager by manager, in the order of the boxes.
    order: Vec<ManagerIx>,
    /// As long as `order`: the manager alone.
    alone: Vec<Box3>,
    boxes: Vec<Box3>,
    /// Program codes that managers list, sorted.
    codes: Vec<&'a str>,
    farthest: f64,
}

/// A trip that grows with the distance.
#[derive(Clone, Copy, Debug)]
struct Leg {
    to: Vector,
    /// Seconds of cost, however short.
    at_least: f64,
    /// Seconds of cost for a chord of length 1.
    per_chord: f64,
    /// No manager beyond this chord.
    farthest: f64,
}

/// What a unit asks of a manager it is not with, bounded from below.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    legs: Vec<Leg>,
    /// Seconds that every such manager costs.
    at_least: f64,
    /// Bit of a language and what an interpreter for it costs.
    interpreters: Vec<(u64, f64)>,
    languages: u64,
    programs: u64,
    /// Nothing can be said: every manager is looked at.
    blind: bool,
}

/// Prices as the search needs them: of a box and of a single manager, in 1/scale seconds, for the unit at hand.
pub trait Tolls {
    /// No manager of the box is cheaper.
    fn of_box(&self, at: usize) -> i128;
    /// Of one manager, or less.
    fn of(&self, manager: ManagerIx) -> i128;
}

/// Nothing has a price.
pub struct Free;

impl Tolls for Free {
    fn of_box(&self, _: usize) -> i128 {
        0
    }
    fn of(&self, _: ManagerIx) -> i128 {
        0
    }
}

fn vector(place: Place) -> Vector {
    let (latitude, longitude) = (place.latitude.to_radians(), place.longitude.to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}

/// The bit of a number; numbers that have none share the last.
fn bit(number: usize) -> u64 {
    1 << number.min(63)
}

impl<'a> Field<'a> {
    /// Puts managers into boxes. Left out are those who can get nobody new whoever it is: not at work, closed, not
    /// qualified.
    #[must_use]
    pub fn read(pairs: &'a Pairs<'a>, prepared: &Prepared<'_>) -> Self {
        let eligibility = &pairs.rules.program.eligibility;
        let mut codes: Vec<&str> = Vec::new();
        if eligibility.program.rule == ProgramRule::Required {
            codes = pairs.roster.managers().iter().flat_map(|row| program::served(pairs.rules, row)).collect();
            codes.sort_unstable();
            codes.dedup();
        }
        let mut all = Vec::new();
        for manager in pairs.roster.manager_indices() {
            let row = pairs.roster.manager(manager);
            let closed = accepts_new::bars(pairs.rules, row) || qualification::bars_all(pairs.rules, row);
            if closed || !pairs.at_work(manager) {
                continue;
            }
            let spoken = &prepared.managers[manager.at()].languages;
            let served = program::served(pairs.rules, row);
            let programs = served.iter().filter_map(|code| codes.binary_search(code).ok());
            let base = row.base.map_or([0.0; 3], vector);
            let alone = Box3 {
                low: base,
                high: base,
                languages: spoken.iter().fold(0, |all, &language| all | bit(language.into())),
                programs: if row.programs.is_empty() { u64::MAX } else { programs.fold(0, |all, at| all | bit(at)) },
                from: 0,
                to: 0,
                second: 0,
                anywhere: row.base.is_none(),
            };
            all.push((alone, manager));
        }
        let miles = eligibility.distance.max_miles;
        // The chord of that many miles, with room for rounding; half way round the globe there is no limit.
        let angle = miles / EARTH_RADIUS_MILES;
        let farthest =
            if miles > 0.0 && angle < 3.0 { (2.0 * (angle / 2.0).sin()) * (1.0 + 1e-6) + BLUR } else { f64::INFINITY };
        let mut boxes = Vec::new();
        if !all.is_empty() {
            split(&mut all, 0, &mut boxes);
        }
        let (order, alone) = all.iter().map(|&(alone, manager)| (manager, alone)).unzip();
        Self { pairs, order, alone, boxes, codes, farthest }
    }

    /// For each box the least of what its managers have.
    pub fn least_of<T: Copy + Ord>(&self, of: impl Fn(ManagerIx) -> T) -> Vec<T> {
        let mut least: Vec<Option<T>> = vec![None; self.boxes.len()];
        // A box's halves stand behind it.
        for (at, bounds) in self.boxes.iter().enumerate().rev() {
            least[at] = if bounds.second == 0 {
                self.order[bounds.from as usize..bounds.to as usize].iter().map(|&manager| of(manager)).min()
            } else {
                least[at + 1].min(least[bounds.second as usize])
            };
        }
        least.into_iter().flatten().collect()
    }

    /// Looks up what a unit asks of managers that none of its members is with: who may take it, and, with
    /// `counts_cost`, at what cost at least. Decisions about the unit are not asked here.
    pub fn reach(&self, prepared: &Prepared<'_>, unit: &[MemberIx], counts_cost: bool, reach: &mut Reach) {
        let eligibility = &self.pairs.rules.program.eligibility;
        reach.legs.clear();
        reach.interpreters.clear();
        (reach.at_least, reach.languages, reach.programs) = (0.0, 0, 0);
        let line = prepared.line;
        let grows = line.base_minutes >= 0.0 && line.minutes_per_mile >= 0.0;
        reach.blind = !grows;
        for &member in unit {
            let row = self.pairs.roster.member(member);
            let facts = &prepared.members[member.at()];
            let language = bit(facts.language.into());
            if eligibility.language.rule == LanguageRule::Required {
                reach.languages |= language;
            }
            if eligibility.program.rule == ProgramRule::Required
                && let Some(code) = program::code_of(self.pairs.rules, row)
            {
                // Nobody lists it: only those who serve all.
                reach.programs |= self.codes.binary_search(&code).map_or(1 << 63, bit);
            }
            if let Some(home) = row.home {
                let visits = if counts_cost { facts.visits } else { 0 };
                let weight = prepared.rules.weights.travel;
                reach.leg(prepared, vector(home), self.farthest, visits as f64 / 1000.0, weight);
            }
            if counts_cost {
                reach.at_least += facts.keep.0 as f64;
                if facts.interpreter > Cost::ZERO {
                    reach.interpreters.push((language, facts.interpreter.0 as f64));
                }
                reach.providers(prepared, member);
            }
        }
    }

    /// Visits managers who may take the unit, nearest boxes first, but those named in `near` and those who cost
    /// `threshold` or more; `visit` returns the threshold from then on. What the unit asks stands in `near`.
    pub fn search(
        &self,
        unit: &[MemberIx],
        near: &mut Nearby,
        (scale, tolls): (i128, &impl Tolls),
        mut threshold: i128,
        mut visit: impl FnMut(ManagerIx) -> i128,
    ) {
        let Nearby { named, reach, open } = near;
        let bound = |bounds: &Box3, toll: i128| {
            let seconds = reach.seconds(bounds)?;
            Some(if reach.blind { i128::MIN } else { i128::from(seconds) * scale + toll })
        };
        open.clear();
        let root = self.boxes.first().and_then(|bounds| bound(bounds, tolls.of_box(0)));
        open.extend(root.map(|least| (least, 0)));
        while let Some((least, at)) = open.pop() {
            if least >= threshold {
                continue;
            }
            let bounds = &self.boxes[at as usize];
            if bounds.second == 0 {
                for slot in bounds.from as usize..bounds.to as usize {
                    let manager = self.order[slot];
                    let cheap = bound(&self.alone[slot], tolls.of(manager)).is_some_and(|least| least < threshold);
                    if cheap
                        && !named.contains(&manager)
                        && unit.iter().all(|&member| self.pairs.allowed(member, manager))
                    {
                        threshold = visit(manager);
                    }
                }
                continue;
            }
            let half = |at: u32| Some((bound(&self.boxes[at as usize], tolls.of_box(at as usize))?, at));
            match (half(at + 1), half(bounds.second)) {
                (Some(one), Some(two)) if one.0 <= two.0 => open.extend([two, one]),
                (Some(one), Some(two)) => open.extend([one, two]),
                (one, two) => open.extend(one.or(two)),
            }
        }
    }

    /// May anybody take all of the unit?
    #[must_use]
    pub fn is_placeable(&self, prepared: &Prepared<'_>, unit: &[MemberIx], near: &mut Nearby) -> bool {
        self.pairs.named(unit, &mut near.named);
        if near.named.iter().any(|&manager| unit.iter().all(|&member| self.pairs.allowed(member, manager))) {
            return true;
        }
        if unit.iter().any(|&member| self.pairs.is_held(member)) {
            return false;
        }
        self.reach(prepared, unit, false, &mut near.reach);
        let mut found = false;
        self.search(unit, near, (1, &Free), 1, |_| {
            found = true;
            i128::MIN
        });
        found
    }
}

/// Memory of a search, used again for the next unit.
#[derive(Debug, Default)]
pub struct Nearby {
    /// Managers who need no search: those the unit's members are with, and those decisions name.
    pub named: Vec<ManagerIx>,
    /// What the unit asks.
    pub reach: Reach,
    /// Boxes to look into.
    pub open: Vec<(i128, u32)>,
}

impl Reach {
    /// Trips to a place, `times` a year: the cost is at least `weight (times x 2 x seconds - 1/2) - 1/2`, since seconds,
    /// years and weighted costs are each rounded to the nearest whole.
    fn leg(&mut self, prepared: &Prepared<'_>, to: Vector, farthest: f64, times: f64, weight: u32) {
        let line = prepared.line;
        let weight = f64::from(weight) / 1000.0;
        let per_second = weight * times * 2.0;
        if per_second < 0.0 || per_second.is_nan() {
            self.blind = true;
        }
        let per_chord = per_second * 60.0 * line.minutes_per_mile * EARTH_RADIUS_MILES;
        if per_second > 0.0 || farthest.is_finite() {
            let at_least = per_second * (60.0 * line.base_minutes - 0.5) - weight * 0.5 - 0.5;
            self.legs.push(Leg { to, at_least: at_least.max(0.0), per_chord, farthest });
        }
    }

    /// Meetings with a high-need member's providers, all of them shared with other members.
    fn providers(&mut self, prepared: &Prepared<'_>, member: MemberIx) {
        if !prepared.members[member.at()].high_need {
            return;
        }
        let rates = &prepared.rules.program.rates;
        let percent = (100 - i64::from(rates.provider_shared_percent)).min(100);
        let most = i64::from(rates.provider_meetings_per_year) * 1000;
        let times = |service: &Service| {
            let a_year = service.visits_per_month.map_or(most, |a_month| thousandths(a_month * 12.0).min(most));
            a_year as f64 / 1000.0 * percent as f64 / 100.0
        };
        for service in prepared.roster.services_of(member) {
            if let Some(place) = prepared.roster.providers()[service.provider.at()].place {
                let weight = prepared.rules.weights.providers;
                self.leg(prepared, vector(place), f64::INFINITY, times(service), weight);
            }
        }
    }

    /// Whole seconds that every manager of the box costs at least; `None` when none may take the unit.
    fn seconds(&self, bounds: &Box3) -> Option<i64> {
        if bounds.languages & self.languages != self.languages || bounds.programs & self.programs != self.programs {
            return None;
        }
        let mut sum = self.at_least;
        let legs = if bounds.anywhere { &[] } else { self.legs.as_slice() };
        for leg in legs {
            let mut square = 0.0;
            for axis in 0..3 {
                let outside = (bounds.low[axis] - leg.to[axis]).max(leg.to[axis] - bounds.high[axis]).max(0.0);
                square += outside * outside;
            }
            let chord = square.sqrt() - BLUR;
            if chord > leg.farthest {
                return None;
            }
            sum += (leg.at_least + leg.per_chord * chord).max(0.0);
        }
        for &(language, cost) in &self.interpreters {
            if bounds.languages & language == 0 {
                sum += cost;
            }
        }
        // Floats are good for fifteen digits; costs have at most twelve.
        Some((sum * (1.0 - 1e-12) - 2.0).floor() as i64)
    }
}

/// Splits a range until it is small: those without a base from the others, then in the middle of the widest axis.
fn split(all: &mut [(Box3, ManagerIx)], from: usize, boxes: &mut Vec<Box3>) {
    let at = boxes.len();
    let mut bounds = all[0].0;
    for (alone, _) in all.iter() {
        for axis in 0..3 {
            bounds.low[axis] = bounds.low[axis].min(alone.low[axis]);
            bounds.high[axis] = bounds.high[axis].max(alone.high[axis]);
        }
        bounds.languages |= alone.languages;
        bounds.programs |= alone.programs;
        bounds.anywhere |= alone.anywhere;
    }
    (bounds.from, bounds.to, bounds.second) = (from as u32, (from + all.len()) as u32, 0);
    boxes.push(bounds);
    if all.len() <= SMALLEST {
        return;
    }
    let width = |axis: usize| bounds.high[axis] - bounds.low[axis];
    let axis = (1..3).fold(0, |widest, axis| if width(axis) > width(widest) { axis } else { widest });
    all.sort_unstable_by(|a, b| {
        let along = a.0.low[axis].total_cmp(&b.0.low[axis]);
        a.0.anywhere.cmp(&b.0.anywhere).then(along).then(a.1.cmp(&b.1))
    });
    let based = all.iter().filter(|(alone, _)| !alone.anywhere).count();
    let middle = if based == 0 || based == all.len() { all.len() / 2 } else { based };
    let (one, two) = all.split_at_mut(middle);
    split(one, from, boxes);
    boxes[at].second = boxes.len() as u32;
    split(two, from + middle, boxes);
}
