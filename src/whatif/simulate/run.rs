//! One run: month by month people leave, are hired, enrol, and whoever has no case manager is placed.
//!
//! Exact: who may be with whom, loads against caps, averages, whether there is a place for everybody within the caps
//! (when the cheapest way of placing one by one finds none, chains of members who make room are searched breadth first
//! until none is left: Ford and Fulkerson 1956), and that a month's moves are no more than those who lost their case
//! manager, those above a cap and the chains. Modelled: events; and *which* place a member gets, the cheapest at the
//! moment, which is not always that of the cheapest plan for all.
//!
//! Long because everything that happens in a month stands here in its order.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

use crate::program::Scope;
use crate::program::simulate::{Policy, Simulation};
use crate::whatif::simulate::counting::{Judged, Limit, counted, scope_of};
use crate::whatif::simulate::rates::{happens, monthly, threshold};
use crate::whatif::simulate::world::{Choice, NEVER, NOBODY, World};

/// Changes of case manager within so many months are a second one too soon.
const TWICE_WITHIN: i16 = 12;

/// Who is hired on top of the staff.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hiring {
    /// At work from the first month on, past learning the work.
    pub at_once: u32,
    /// Starting every month.
    pub a_month: u32,
}

/// What happened in a month, and how things stand at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Month {
    /// Members with a case manager or without.
    pub members: u32,
    /// Case managers there.
    pub staff: u32,
    /// Positions vacant.
    pub vacant: u32,
    /// Members who changed case manager.
    pub moves: u32,
    /// Of them, those whose case manager left.
    pub forced: u32,
    /// High-need members who changed case manager.
    pub high_need_moves: u32,
    /// Greatest load.
    pub max_load: u32,
    /// Is somebody above a cap, or somebody without a case manager?
    pub cap_broken: bool,
    /// Is an average above its limit?
    pub average_broken: bool,
}

/// A run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Month by month.
    pub months: Vec<Month>,
    /// Members who changed twice within twelve months, at the end of which lies in the run.
    pub twice: u32,
}

#[derive(Clone, Debug)]
struct Person {
    template: u32,
    slot: u16,
    /// Where it stands in its slot's list.
    at: u32,
    need: u8,
    moved: i16,
    twice: bool,
    gone: bool,
    /// The case manager left and there is no other one yet.
    lost: bool,
}

#[derive(Clone, Debug, Default)]
struct Desk {
    there: bool,
    /// Is it part of the staff yet (or still)?
    open: bool,
    /// Months the present person has been there.
    months: u32,
    leave: bool,
    successor: bool,
    /// Months at whose end it was above its cap, up to now.
    over: u32,
    people: Vec<u32>,
    /// What its members count, as [`World::counted`] says.
    weights: Vec<i64>,
}

struct Runner<'a> {
    world: &'a World,
    assumed: &'a Simulation,
    people: Vec<Person>,
    desks: Vec<Desk>,
    month: i16,
    now: Month,
    /// Members every slot may have this month.
    caps: Vec<u32>,
    /// Slots found full this month, whose members could only go to one another.
    dead: Vec<bool>,
    /// Slots that take new members, and those of them with a place left, as bits.
    open: Vec<u64>,
    room: Vec<u64>,
}

/// Slots reached on the way to a place.
struct Reached {
    /// For every slot: the member who would go there, and the slot that member leaves.
    by: Vec<Option<(u32, u16)>>,
    /// The same slots as bits.
    bits: Vec<u64>,
    /// In the order in which they were reached.
    queue: Vec<u16>,
}

impl Reached {
    fn new(slots: usize, words: usize) -> Self {
        Self { by: vec![None; slots], bits: vec![0; words], queue: Vec::new() }
    }

    fn add(&mut self, slot: u16, who: u32, from: u16) {
        self.by[slot as usize] = Some((who, from));
        self.bits[slot as usize / 64] |= 1 << (slot % 64);
        self.queue.push(slot);
    }
}

/// Where a chain of members who make room begins.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// With somebody who has no case manager.
    Person(u32),
    /// At a slot above its cap.
    Slot(u16),
}

/// Runs run number `number` of a seed. The same number draws the same events whoever is hired on top.
#[must_use]
pub fn run(world: &World, assumed: &Simulation, hiring: Hiring, seed: u64, number: u64, months: u32) -> Run {
    // Streams of one counter-based generator: no run's numbers depend on another's, or on the thread.
    let stream = |purpose: u64| {
        let mut draw = ChaCha8Rng::seed_from_u64(seed);
        draw.set_stream(number * 4 + purpose);
        draw
    };
    let (mut staff_draw, mut member_draw, mut extra_draw) = (stream(0), stream(1), stream(2));
    let mut runner = Runner::new(world, assumed, hiring);
    let mut run = Run::default();
    for month in 1..=months {
        runner.month = month as i16;
        runner.now = Month::default();
        runner.dead.fill(false);
        let waiting = runner.members_leave(&mut member_draw);
        let mut homeless = runner.staff_changes(month, hiring, &mut staff_draw, &mut extra_draw);
        homeless.extend(waiting);
        homeless.extend(runner.members_come(&mut member_draw));
        runner.place(homeless);
        if assumed.policy != Policy::Never {
            runner.mend();
            runner.mend_averages();
        }
        if assumed.policy == Policy::Monthly {
            runner.level(assumed.moves_a_month);
        }
        run.months.push(runner.close());
    }
    run.twice = runner.people.iter().filter(|person| person.twice).count() as u32;
    run
}

/// Is so much above the line more than so much below it allows?
fn is_beyond(average: &Judged, (above, below): (i64, u64)) -> bool {
    i128::from(above) * 1_000_000 > i128::from(average.whole) * i128::from(below)
}

/// Have two sets a slot in common that is not in the third (empty = nothing is)?
fn meet(one: &[u64], other: &[u64], but: &[u64]) -> bool {
    let but = but.iter().copied().chain(std::iter::repeat(0));
    one.iter().zip(other).zip(but).any(|((one, other), but)| one & other & !but != 0)
}

impl<'a> Runner<'a> {
    fn new(world: &'a World, assumed: &'a Simulation, hiring: Hiring) -> Self {
        let desk = |slot: &super::world::Slot| {
            let here = if slot.extra > 0 { slot.extra <= hiring.at_once } else { slot.from == 0 };
            let months = if slot.extra > 0 { u32::MAX } else { slot.months };
            Desk { there: here, open: here, months, weights: vec![0; world.counted.len()], ..Desk::default() }
        };
        let mut runner = Self {
            world,
            assumed,
            people: Vec::with_capacity(world.templates.len() * 5 / 4),
            desks: world.slots.iter().map(desk).collect(),
            month: 0,
            now: Month::default(),
            caps: vec![0; world.slots.len()],
            dead: vec![false; world.slots.len()],
            open: vec![0; world.words()],
            room: vec![0; world.words()],
        };
        for (at, template) in world.templates.iter().enumerate() {
            runner.people.push(Person {
                template: at as u32,
                slot: NOBODY,
                at: 0,
                need: template.need,
                moved: template.moved,
                twice: false,
                gone: false,
                lost: false,
            });
            if template.slot != NOBODY {
                runner.put(at as u32, template.slot);
            }
        }
        runner
    }

    // ---- who is where

    fn put(&mut self, person: u32, slot: u16) {
        let desk = &mut self.desks[slot as usize];
        let about = &mut self.people[person as usize];
        (about.slot, about.at) = (slot, desk.people.len() as u32);
        desk.people.push(person);
        for (weight, counted) in desk.weights.iter_mut().zip(&self.world.counted) {
            *weight += counted[about.template as usize][about.need as usize];
        }
        self.note_room(slot as usize);
    }

    fn take(&mut self, person: u32) {
        let about = &mut self.people[person as usize];
        let (slot, at) = (about.slot, about.at as usize);
        let desk = &mut self.desks[slot as usize];
        for (weight, counted) in desk.weights.iter_mut().zip(&self.world.counted) {
            *weight -= counted[about.template as usize][about.need as usize];
        }
        about.slot = NOBODY;
        desk.people.swap_remove(at);
        if let Some(&other) = desk.people.get(at) {
            self.people[other as usize].at = at as u32;
        }
        self.note_room(slot as usize);
    }

    /// Notes whether a slot takes members and has a place left.
    fn note_room(&mut self, slot: usize) {
        let desk = &self.desks[slot];
        let is_closed = self.world.slots[slot].is_closed && !desk.successor;
        let is_open = desk.there && !desk.leave && !is_closed && !self.dead[slot];
        let has_room = is_open && (desk.people.len() as u32) < self.caps[slot];
        let (word, bit) = (slot / 64, 1_u64 << (slot % 64));
        for (bits, is_set) in [(&mut self.open, is_open), (&mut self.room, has_room)] {
            if is_set { bits[word] |= bit } else { bits[word] &= !bit }
        }
    }

    /// What a member counts.
    fn counts(&self, person: u32, of: usize) -> i64 {
        let about = &self.people[person as usize];
        self.world.counted[of][about.template as usize][about.need as usize]
    }

    /// Notes that a member changed case manager.
    fn moved(&mut self, person: u32) {
        let month = self.month;
        let about = &mut self.people[person as usize];
        if about.moved != NEVER && month - about.moved < TWICE_WITHIN {
            about.twice = true;
        }
        about.moved = month;
        self.now.moves += 1;
        let template = &self.world.templates[about.template as usize];
        let high = self.world.high[about.need as usize] || (template.urgent && self.world.urgent_is_high);
        self.now.high_need_moves += u32::from(high);
    }

    /// Members a slot may have now.
    fn cap(&self, slot: usize) -> u32 {
        self.caps[slot]
    }

    /// Members a slot may have this month: fewer in the first months.
    fn cap_of(&self, slot: usize) -> u32 {
        let cap = self.world.slots[slot].cap;
        let desk = &self.desks[slot];
        match self.assumed.ramp_up.get(desk.months as usize) {
            Some(share) if desk.successor || self.world.ramps_by_rule => (f64::from(cap) * share).floor() as u32,
            _ => cap,
        }
    }

    fn fits(&self, slot: usize, person: u32) -> bool {
        let desk = &self.desks[slot];
        let within = |limit: &Limit| {
            limit.most[slot].is_none_or(|most| desk.weights[limit.of] + self.counts(person, limit.of) <= most)
        };
        !self.dead[slot] && (desk.people.len() as u32) < self.cap(slot) && self.world.limits.iter().all(within)
    }

    fn is_over(&self, slot: usize) -> bool {
        let desk = &self.desks[slot];
        let above = |limit: &Limit| limit.most[slot].is_some_and(|most| desk.weights[limit.of] > most);
        desk.people.len() as u32 > self.cap(slot) || self.world.limits.iter().any(above)
    }

    /// Does the person at a slot take new members?
    fn takes(&self, choice: Choice) -> bool {
        let desk = &self.desks[choice.slot as usize];
        desk.there && !desk.leave && (desk.successor || !self.world.slots[choice.slot as usize].is_closed)
    }

    fn choices(&self, person: u32) -> &'a [Choice] {
        let (from, to) = self.world.templates[self.people[person as usize].template as usize].choices;
        &self.world.choices[from as usize..to as usize]
    }

    /// What one more place costs at a load: nothing up to the target, then every place a step more.
    fn place_cost(&self, slot: usize) -> i64 {
        let target = self.world.slots[slot].cap * self.world.balance.0 / 100;
        self.world.balance.1 * i64::from((self.desks[slot].people.len() as u32 + 1).saturating_sub(target))
    }

    /// The cheapest slot with room, and what it costs with the place.
    fn cheapest(&self, person: u32, but: u16) -> Option<(i64, u16)> {
        if !meet(self.world.allowed_of(self.people[person as usize].template), &self.room, &[]) {
            return None;
        }
        let mut best: Option<(i64, u16)> = None;
        for choice in self.choices(person) {
            let cost = i64::from(choice.cost);
            if best.is_some_and(|(best, _)| cost >= best) {
                break;
            }
            let slot = choice.slot as usize;
            if choice.slot != but && self.takes(*choice) && self.fits(slot, person) {
                let all = cost + self.place_cost(slot);
                if best.is_none_or(|(best, _)| all < best) {
                    best = Some((all, choice.slot));
                }
            }
        }
        best
    }

    // ---- what happens

    /// Members leave the program, and needs drift. Whoever was without a case manager and is still there is returned.
    fn members_leave(&mut self, draw: &mut ChaCha8Rng) -> Vec<u32> {
        let rises = threshold(monthly(self.assumed.need_rises_per_year));
        let falls = threshold(monthly(self.assumed.need_falls_per_year));
        let mut homeless = Vec::new();
        for person in 0..self.people.len() as u32 {
            let about = &self.people[person as usize];
            if about.gone {
                continue;
            }
            let out = self.world.templates[about.template as usize].out;
            if out > 0 && happens(draw.next_u32(), out) {
                if about.slot != NOBODY {
                    self.take(person);
                }
                self.people[person as usize].gone = true;
                continue;
            }
            if rises > 0 || falls > 0 {
                let drawn = draw.next_u32();
                let need = about.need;
                if happens(drawn, rises) && need < 3 {
                    self.change_need(person, need + 1);
                } else if happens(u32::MAX - drawn, falls) && need > 0 {
                    self.change_need(person, need - 1);
                }
            }
            if self.people[person as usize].slot == NOBODY {
                homeless.push(person);
            }
        }
        homeless
    }

    fn change_need(&mut self, person: u32, need: u8) {
        let about = &mut self.people[person as usize];
        let before = std::mem::replace(&mut about.need, need) as usize;
        if about.slot != NOBODY {
            let desk = &mut self.desks[about.slot as usize];
            for (weight, counted) in desk.weights.iter_mut().zip(&self.world.counted) {
                let each = &counted[about.template as usize];
                *weight += each[need as usize] - each[before];
            }
        }
    }

    /// Case managers leave, fall out and come back, and vacancies are filled. Returns who lost their case manager. Each
    /// slot draws three numbers a month whatever its state, so that runs with more hires see the same events.
    fn staff_changes(
        &mut self,
        month: u32,
        hiring: Hiring,
        of_staff: &mut ChaCha8Rng,
        of_hires: &mut ChaCha8Rng,
    ) -> Vec<u32> {
        let quits = threshold(monthly(self.assumed.attrition_per_year));
        let filled = threshold(1.0 / self.assumed.months_to_fill);
        let falls_out = threshold(monthly(self.assumed.leaves_per_year));
        let returns = threshold(1.0 / self.assumed.leave_months);
        let mut homeless = Vec::new();
        for slot in 0..self.desks.len() {
            let about = &self.world.slots[slot];
            let draw: &mut ChaCha8Rng = if about.extra > 0 { &mut *of_hires } else { &mut *of_staff };
            let (quit, fill, leave) = (draw.next_u32(), draw.next_u32(), draw.next_u32());
            let desk = &mut self.desks[slot];
            let begins = if about.extra > 0 {
                about.extra > hiring.at_once && about.extra <= hiring.at_once + hiring.a_month * month
            } else {
                about.from > 0 && about.from == month
            };
            if !desk.open {
                if begins {
                    (desk.open, desk.there, desk.successor, desk.months) = (true, true, true, 0);
                }
                continue;
            }
            if desk.there {
                // The first month is the one that the roster's figures are for.
                desk.months = desk.months.saturating_add(u32::from(month > 1));
                let known = about.until == Some(month) && !desk.successor;
                if known || happens(quit, quits) {
                    (desk.there, desk.leave) = (false, false);
                    homeless.extend_from_slice(&desk.people);
                } else {
                    let before = desk.leave;
                    desk.leave = match about.leave.filter(|_| !desk.successor) {
                        Some((first, Some(last))) if (first..=last).contains(&month) => true,
                        Some((first, None)) if first == month => true,
                        _ if before => !happens(leave, returns),
                        _ => happens(leave, falls_out),
                    };
                    if desk.leave && !before && self.world.leave_hands_over {
                        homeless.extend_from_slice(&desk.people);
                    }
                }
            } else if self.assumed.refill && happens(fill, filled) {
                (desk.there, desk.successor, desk.months) = (true, true, 0);
            }
        }
        self.caps = (0..self.desks.len()).map(|slot| self.cap_of(slot)).collect();
        (0..self.desks.len()).for_each(|slot| self.note_room(slot));
        homeless.sort_unstable();
        for &person in &homeless {
            self.take(person);
            self.people[person as usize].lost = true;
        }
        homeless
    }

    /// New members, like those of the roster.
    fn members_come(&mut self, draw: &mut ChaCha8Rng) -> Vec<u32> {
        let rate = self.world.arrivals.last().copied().unwrap_or(0.0);
        let Ok(poisson) = Poisson::new(rate) else { return Vec::new() };
        let count: f64 = poisson.sample(draw);
        let mut new = Vec::with_capacity(count as usize);
        for _ in 0..count as u64 {
            let at = f64::from(draw.next_u32()) / (f64::from(u32::MAX) + 1.0) * rate;
            let template = self.world.arrivals.partition_point(|&sum| sum <= at).min(self.world.templates.len() - 1);
            let need = self.world.templates[template].need;
            new.push(self.people.len() as u32);
            let person = Person {
                template: template as u32,
                slot: NOBODY,
                at: 0,
                need,
                moved: NEVER,
                twice: false,
                gone: false,
                lost: false,
            };
            self.people.push(person);
        }
        new
    }

    // ---- what is done

    /// Places whoever has no case manager. Those who lost one move.
    fn place(&mut self, homeless: Vec<u32>) {
        for person in homeless {
            let found = self.cheapest(person, NOBODY).map(|(_, slot)| slot);
            let placed = match found {
                Some(slot) => {
                    self.put(person, slot);
                    true
                }
                None => {
                    (self.assumed.policy != Policy::Never && self.make_room(Start::Person(person)))
                        || self.squeeze_in(person)
                }
            };
            if placed && std::mem::take(&mut self.people[person as usize].lost) {
                self.now.forced += 1;
                self.moved(person);
            }
        }
    }

    /// Nobody has room: the cheapest who may take the member goes over the cap. `false` when nobody may.
    fn squeeze_in(&mut self, person: u32) -> bool {
        let choice = self.choices(person).iter().find(|choice| self.takes(**choice)).map(|choice| choice.slot);
        if let Some(slot) = choice {
            self.put(person, slot);
        }
        choice.is_some()
    }

    /// Searches for the shortest chain of members who make room for one another, and moves it. Members of weighted
    /// programs are exchanged one for one only where the weights allow it. What a search in vain reached is full for good
    /// this month.
    fn make_room(&mut self, start: Start) -> bool {
        let mut reached = Reached::new(self.desks.len(), self.world.words());
        let mut goal = match start {
            Start::Person(person) => self.reach(person, NOBODY, &mut reached),
            Start::Slot(slot) => {
                // A chain does not come back to where it begins.
                reached.add(slot, u32::MAX, NOBODY);
                None
            }
        };
        let mut next = 0;
        while goal.is_none() && next < reached.queue.len() {
            let slot = reached.queue[next];
            next += 1;
            let comes = reached.by[slot as usize].map(|(who, _)| who).filter(|&who| who != u32::MAX);
            for &who in &self.desks[slot as usize].people {
                if !self.is_fixed(who) && self.exchange_fits(slot, comes, who) {
                    goal = self.reach(who, slot, &mut reached);
                    if goal.is_some() {
                        break;
                    }
                }
            }
        }
        let Some(mut slot) = goal else {
            // Where members count alike, nobody else finds a place there either.
            if self.world.limits.is_empty() {
                for slot in reached.queue {
                    self.dead[slot as usize] = true;
                    self.note_room(slot as usize);
                }
            }
            return false;
        };
        // From the end with room back to the beginning.
        while let Some((who, from)) = reached.by[slot as usize] {
            let had = from != NOBODY;
            if had {
                self.take(who);
                self.moved(who);
            }
            self.put(who, slot);
            let at_start = matches!(start, Start::Slot(first) if first == from);
            if !had || at_start {
                break;
            }
            slot = from;
        }
        true
    }

    /// Notes the slots a member could go to; the first with room ends the search.
    fn reach(&self, who: u32, from: u16, reached: &mut Reached) -> Option<u16> {
        if !meet(self.world.allowed_of(self.people[who as usize].template), &self.open, &reached.bits) {
            return None;
        }
        for choice in self.choices(who) {
            let slot = choice.slot as usize;
            if reached.by[slot].is_none() && choice.slot != from && !self.dead[slot] && self.takes(*choice) {
                reached.add(choice.slot, who, from);
                if self.fits(slot, who) {
                    return Some(choice.slot);
                }
            }
        }
        None
    }

    /// May `new` take the place of `old` at a slot, as weights go?
    fn exchange_fits(&self, slot: u16, new: Option<u32>, old: u32) -> bool {
        let Some(new) = new else { return true };
        let desk = &self.desks[slot as usize];
        self.world.limits.iter().all(|limit| {
            let after = desk.weights[limit.of] + self.counts(new, limit.of) - self.counts(old, limit.of);
            limit.most[slot as usize].is_none_or(|most| after <= most)
        })
    }

    fn is_fixed(&self, person: u32) -> bool {
        let about = &self.people[person as usize];
        let template = &self.world.templates[about.template as usize];
        let moved_lately = about.moved != NEVER && self.month - about.moved < self.world.months_apart;
        moved_lately || (template.fixed && about.slot == template.slot && !self.desks[about.slot as usize].successor)
    }

    /// Whoever is above a cap hands over as many as it takes: each time the member for whom it is cheapest.
    fn mend(&mut self) {
        for slot in 0..self.desks.len() {
            while self.desks[slot].there
                && self.is_over(slot)
                && !self.dead[slot]
                && (self.hand_over(slot, |_, _| true) || self.make_room(Start::Slot(slot as u16)))
            {}
        }
    }

    /// Regions or teams above an average of all members hand over to others below it, one member at a time, as far as that
    /// is possible. Averages of categories are judged, not mended.
    fn mend_averages(&mut self) {
        let world = self.world;
        for average in world.averages.iter().filter(|average| average.scope.moves() && average.above.is_none()) {
            loop {
                let sums = self.sums(average);
                let Some(beyond) = (0..sums.len()).find(|&scope| is_beyond(average, sums[scope])) else { break };
                let scope = |slot: usize| scope_of(average.scope, &world.slots[slot]) as usize;
                let takes_one = |_: &Self, to: u16| {
                    let (above, below) = sums[scope(to as usize)];
                    scope(to as usize) != beyond && !is_beyond(average, (above + 1, below))
                };
                let mut slots: Vec<usize> =
                    (0..self.desks.len()).filter(|&slot| self.desks[slot].there && scope(slot) == beyond).collect();
                slots.sort_by_key(|&slot| (std::cmp::Reverse(self.desks[slot].people.len()), slot));
                if !slots.into_iter().any(|slot| self.hand_over(slot, takes_one)) {
                    break;
                }
            }
        }
    }

    /// Hands the member over for whom that is cheapest to somebody with room whom `accepts` likes, else by a chain;
    /// `false` when that is not possible.
    fn hand_over(&mut self, slot: usize, accepts: impl Fn(&Self, u16) -> bool) -> bool {
        let mut best: Option<(i64, u32, u16)> = None;
        for &person in &self.desks[slot].people {
            if self.is_fixed(person) {
                continue;
            }
            let about = &self.people[person as usize];
            // A second change within the year comes last, whatever else it costs.
            let again = about.moved != NEVER && self.month - about.moved < TWICE_WITHIN;
            let keep = i64::from(self.world.templates[about.template as usize].keep) + (i64::from(again) << 40);
            if best.is_some_and(|(best, ..)| keep >= best) {
                continue;
            }
            if let Some((cost, to)) = self.cheapest(person, slot as u16)
                && accepts(self, to)
                && best.is_none_or(|(best, ..)| cost + keep < best)
            {
                best = Some((cost + keep, person, to));
            }
        }
        if let Some((_, person, to)) = best {
            self.take(person);
            self.put(person, to);
            self.moved(person);
            return true;
        }
        false
    }

    /// The fullest hand members to emptier ones, one at a time, as long as the budget lasts and loads come closer.
    fn level(&mut self, budget: u32) {
        let share = |runner: &Self, slot: usize| {
            let cap = runner.cap(slot).max(1);
            (runner.desks[slot].people.len() as u64 * 1_000_000) / u64::from(cap)
        };
        let mut tired = vec![false; self.desks.len()];
        let mut left = budget;
        while left > 0 {
            let open = (0..self.desks.len()).filter(|&slot| self.desks[slot].there && !tired[slot]);
            let Some(fullest) = open.max_by_key(|&slot| (share(self, slot), std::cmp::Reverse(slot))) else { break };
            let full = share(self, fullest);
            // Both sides must be closer afterwards: two members apart at least.
            let one = 2_000_000 / u64::from(self.cap(fullest).max(1));
            let emptier = |runner: &Self, to: u16| share(runner, to as usize) + one <= full;
            if full * 100 > 1_000_000 * u64::from(self.world.balance.0) && self.hand_over(fullest, emptier) {
                left -= 1;
            } else {
                tired[fullest] = true;
            }
        }
    }

    /// How things stand.
    fn close(&mut self) -> Month {
        let mut now = self.now;
        let mut without = 0;
        for (at, person) in self.people.iter().enumerate().filter(|(_, person)| !person.gone) {
            now.members += 1;
            // Whom nobody may ever take is short of no place.
            without += u32::from(person.slot == NOBODY && !self.choices(at as u32).is_empty());
        }
        for slot in 0..self.desks.len() {
            let is_over = self.is_over(slot);
            let desk = &mut self.desks[slot];
            desk.over = if desk.there && is_over { desk.over + 1 } else { 0 };
            now.staff += u32::from(desk.there);
            now.vacant += u32::from(desk.open && !desk.there);
            now.max_load = now.max_load.max(desk.people.len() as u32);
            now.cap_broken |= desk.over > self.world.tolerance;
        }
        now.cap_broken |= without > 0;
        now.average_broken = self.world.averages.iter().any(|average| self.is_above(average)) || self.spans_too_far();
        now
    }

    /// Is an average above its limit somewhere?
    fn is_above(&self, average: &Judged) -> bool {
        self.sums(average).into_iter().any(|sum| is_beyond(average, sum))
    }

    /// What stands above and below the line of an average, scope by scope.
    fn sums(&self, average: &Judged) -> Vec<(i64, u64)> {
        let scopes = match average.scope {
            Scope::Program => self.world.programs.len(),
            scope => {
                self.world.slots.iter().map(|slot| scope_of(scope, slot)).max().map_or(1, |most| most as usize + 1)
            }
        };
        let mut sums = vec![(0_i64, 0_u64); scopes];
        for (at, (slot, desk)) in self.world.slots.iter().zip(&self.desks).enumerate() {
            if !desk.there || (desk.leave && self.world.leave_hands_over) {
                continue;
            }
            let below = counted(average, at, slot, desk.leave, desk.people.len() as u32);
            if average.scope == Scope::Program {
                slot.programs.iter().for_each(|&program| sums[program as usize].1 += below);
                for &person in &desk.people {
                    let program = self.world.templates[self.people[person as usize].template as usize].program;
                    if let Some(sum) = sums.get_mut(program as usize) {
                        sum.0 += average.above.map_or(1, |of| self.counts(person, of));
                    }
                }
            } else {
                let sum = &mut sums[scope_of(average.scope, slot) as usize];
                sum.0 += average.above.map_or(desk.people.len() as i64, |of| desk.weights[of]);
                sum.1 += below;
            }
        }
        sums
    }

    /// Has a supervisor's team more members than a span allows?
    fn spans_too_far(&self) -> bool {
        let Some(&most) = self.world.spans.iter().min() else { return false };
        let mut teams =
            vec![0_u32; self.world.slots.iter().map(|slot| slot.team).max().map_or(1, |at| at as usize + 1)];
        for (slot, desk) in self.world.slots.iter().zip(&self.desks).filter(|(slot, _)| slot.team > 0) {
            teams[slot.team as usize] += desk.people.len() as u32;
        }
        teams.into_iter().any(|members| members > most)
    }
}
