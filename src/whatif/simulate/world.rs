//! What all runs share and none changes: who could be with whom at what cost, caps by month of service, rates.
//!
//! Case managers stand in *slots*: a slot is a place on the staff with a base; whoever leaves it is followed by a
//! successor at the same base. Members are copies of the roster's own, *templates*: a new member is like one of them,
//! drawn in proportion to its county's and program's rate. So every pair's eligibility and cost is the roster's own.

use chrono::{Datelike, NaiveDate};
use rayon::prelude::*;

use crate::cost::{Prepared, continuity, language, providers, travel};
use crate::ids::{ManagerIx, MemberIx};
use crate::model::eligibility::Eligibility;
use crate::program::simulate::Simulation;
use crate::program::{ContinuityClass, Leave, Rules};
use crate::roster::{Code, DecisionKind, Manager, Roster};
use crate::verify;
use crate::whatif::hiring::candidates::{Candidate, everywhere, positions, staffed};
use crate::whatif::simulate::counting::{Counted, Counting, Judged, Limit, graded, lasting, programs};
use crate::whatif::simulate::rates::{Rates, monthly, threshold};

/// In place of a case manager's slot: nobody.
pub const NOBODY: u16 = u16::MAX;
/// In place of a month: never.
pub const NEVER: i16 = i16::MIN;

/// A place on the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Members of somebody past the first months, at most.
    pub cap: u32,
    /// Counted in averages, in thousandths of a full-time place.
    pub fte: u32,
    /// Does the present person take no new members? A successor always does.
    pub is_closed: bool,
    /// First month in which somebody is there; 0 = from the beginning, `u32::MAX` = left before it.
    pub from: u32,
    /// Month at whose beginning the present person is known to leave.
    pub until: Option<u32>,
    /// Months the present person has been there, as far as the first months count.
    pub months: u32,
    /// Region and team, as indices.
    pub region: u16,
    /// Team.
    pub team: u16,
    /// A hire of a plan under test, in the order of hiring; 0 = of the roster.
    pub extra: u32,
    /// A known leave of the present person: its first month, and its last one when that is known.
    pub leave: Option<(u32, Option<u32>)>,
    /// Programs that may be served, as indices of [`World::programs`]; filled for averages by program only.
    pub programs: Vec<u16>,
}

/// Somebody a member could be with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Driving, providers, interpreters: seconds a year.
    pub cost: i32,
    /// The slot.
    pub slot: u16,
}

/// A member of the roster, and what members like it do.
#[derive(Clone, Debug)]
pub struct Template {
    /// Slot at the beginning.
    pub slot: u16,
    /// Grade of need.
    pub need: u8,
    /// High-need although the grade is not.
    pub urgent: bool,
    /// Stays while its case manager does.
    pub fixed: bool,
    /// Month of the last change of case manager, counted from the beginning (not above 0).
    pub moved: i16,
    /// What ending the relationship costs, seconds a year.
    pub keep: i32,
    /// Probability of leaving the program within a month, of 2^32.
    pub out: u32,
    /// Choices, the cheapest first: where they stand.
    pub choices: (u32, u32),
    /// Program on the first day, as an index of [`World::programs`].
    pub program: u16,
}

/// Everything that runs share.
#[derive(Clone, Debug)]
pub struct World {
    /// Slots: those of the roster, then hires of a plan under test.
    pub slots: Vec<Slot>,
    /// Members of the roster.
    pub templates: Vec<Template>,
    /// Choices of all templates.
    pub choices: Vec<Choice>,
    /// The same as bits of slots: [`World::words`] words for each template.
    pub allowed: Vec<u64>,
    /// Running sums of new members a month, template by template.
    pub arrivals: Vec<f64>,
    /// What limits and averages count that is not every member alike. Categories that go by age or by the time since an
    /// event are those of the first day.
    pub counted: Vec<Counted>,
    /// Limits of single slots beyond their places.
    pub limits: Vec<Limit>,
    /// Averages.
    pub averages: Vec<Judged>,
    /// Members of one team, at most.
    pub spans: Vec<u32>,
    /// Program codes, sorted.
    pub programs: Vec<Code>,
    /// Whole months for which a slot may be above its cap.
    pub tolerance: u32,
    /// Months between two changes of a member's case manager, unless the present one is gone.
    pub months_apart: i16,
    /// Do first months count by a rule of the program? Then for those hired before the first month too.
    pub ramps_by_rule: bool,
    /// Does a leave hand everybody over?
    pub leave_hands_over: bool,
    /// Grades of need that are high.
    pub high: [bool; 4],
    /// Urgent members are high-need too.
    pub urgent_is_high: bool,
    /// Members up to which a place is free of balance cost, and what each further place costs more: percent, seconds.
    pub balance: (u32, i64),
    /// The day the first month begins.
    pub start: NaiveDate,
    /// New members a year and leaving members a year, as shares of all.
    pub rates: (f64, f64),
    /// Limits that are not followed, since they depend on the drive or count households: their names.
    pub not_followed: Vec<String>,
}

/// Words of 64 bits for so many slots.
const fn words(slots: usize) -> usize {
    slots.div_ceil(64)
}

impl World {
    /// Words of 64 bits that hold a bit for every slot.
    #[must_use]
    pub fn words(&self) -> usize {
        words(self.slots.len())
    }

    /// Slots that members like this one may be with, as bits.
    #[must_use]
    pub fn allowed_of(&self, template: u32) -> &[u64] {
        let words = self.words();
        &self.allowed[template as usize * words..(template as usize + 1) * words]
    }
}

/// Months between two days, whole.
#[must_use]
pub fn months_between(from: NaiveDate, to: NaiveDate) -> i32 {
    (to.year() - from.year()) * 12 + to.month() as i32 - from.month() as i32 - i32::from(to.day() < from.day())
}

/// Reads the roster into tables. `assignment` is who is with whom at the beginning; `extra` hires may be put on top.
#[must_use]
pub fn world(
    roster: &Roster,
    rules: &Rules,
    assumed: &Simulation,
    assignment: &[Option<ManagerIx>],
    extra: u32,
) -> World {
    let start = rules.effective_on;
    let hires = extra_hires(roster, rules, extra);
    let counts = vec![1; hires.len()];
    let mut tables = staffed(roster, &hires, &counts, None).to_tables();
    // Who is there when is the runs' business: here everybody is, and pins do not bind others.
    let windows: Vec<(Option<NaiveDate>, Option<NaiveDate>)> =
        tables.managers.iter().map(|manager| (manager.available_from, manager.available_until)).collect();
    for manager in &mut tables.managers {
        (manager.available_from, manager.available_until) = (None, None);
        manager.absence = crate::roster::Absence::default();
    }
    let pinned: Vec<MemberIx> = tables
        .decisions
        .iter()
        .filter(|decision| decision.kind != DecisionKind::Forbid && decision.holds_on(start))
        .map(|decision| decision.member)
        .collect();
    tables.decisions.retain(|decision| decision.kind == DecisionKind::Forbid);
    let all = Roster::new(tables);
    let free = lasting(rules);
    let prepared = Prepared::new(&all, &free);
    let eligibility = Eligibility::new(&prepared);
    let graded = graded(&all);
    let mut counting = Counting::default();
    let limits = counting.limits(&graded, &free);
    let averages = counting.averages(&graded, &free);
    let programs = programs(&all, rules);
    let slots = slots(roster, rules, &all, &verify::caps(&graded, &free), &windows, &programs);
    let there = |manager: ManagerIx| windows[manager.at()].1.is_none_or(|until| until >= start);
    let choices_of = |at: usize| {
        let member = MemberIx::new(at);
        let choice = |manager: ManagerIx| {
            if !there(manager) || !eligibility.allows(member, manager) {
                return None;
            }
            let cost = travel::arc(&prepared, member, manager)
                + providers::arc(&prepared, member, manager)
                + language::arc(&prepared, member, manager);
            Some(Choice { cost: cost.0 as i32, slot: manager.0 as u16 })
        };
        let mut choices: Vec<Choice> = all.manager_indices().filter_map(choice).collect();
        choices.sort_by_key(|choice| (choice.cost, choice.slot));
        choices
    };
    let each: Vec<Vec<Choice>> = (0..all.members().len()).into_par_iter().map(choices_of).collect();
    let rate = Rates::of(roster, rules, assumed);
    let mut choices = Vec::new();
    let mut arrivals = Vec::new();
    let mut templates = Vec::new();
    let (mut coming, mut sum_out) = (0.0, 0.0);
    for (at, mine) in each.into_iter().enumerate() {
        let member = roster.member(MemberIx::new(at));
        let (into, out) = rate.of_member(member);
        coming += into / 12.0;
        sum_out += out;
        arrivals.push(coming);
        let first = choices.len() as u32;
        choices.extend(mine);
        let present = assignment[at];
        let moved = if present.is_some() && present != member.manager && member.manager.is_some() {
            Some(start)
        } else {
            member.case.last_moved_on
        };
        templates.push(Template {
            slot: present.map_or(NOBODY, |manager| manager.0 as u16),
            need: member.need as u8,
            urgent: member.urgent,
            fixed: pinned.contains(&MemberIx::new(at))
                || continuity::class_of(rules, member) == ContinuityClass::MustKeep,
            moved: moved.map_or(NEVER, |day| months_between(start, day).clamp(-1000, 0) as i16),
            keep: continuity::keep_cost(rules, member).0 as i32,
            out: threshold(monthly(out)),
            choices: (first, choices.len() as u32),
            program: index_of(&programs, member.program_on(start)).unwrap_or(NOBODY),
        });
    }
    let members = templates.len().max(1) as f64;
    World {
        allowed: allowed(&templates, &choices, slots.len()),
        slots,
        templates,
        choices,
        arrivals,
        counted: counting.counted,
        limits,
        averages,
        spans: rules.program.spans.iter().filter_map(|span| span.members).collect(),
        programs,
        tolerance: rules.program.caps.iter().map(|cap| cap.tolerance_days).min().unwrap_or(0) / DAYS,
        months_apart: i16::try_from(rules.program.moves.min_months_between).unwrap_or(i16::MAX),
        ramps_by_rule: !rules.program.staffing.ramp_up.is_empty(),
        leave_hands_over: rules.program.staffing.leave == Leave::Away,
        high: crate::roster::Need::ALL.map(|need| rules.program.high_need.needs.contains(&need)),
        urgent_is_high: rules.program.high_need.urgent,
        balance: (rules.program.balance.target_percent, i64::from(rules.program.balance.step_minutes) * 60),
        start,
        rates: (coming * 12.0 / members, sum_out / members),
        not_followed: counting.not_followed,
    }
}

/// Member by member a bit for each slot they may be in, 64 a word.
fn allowed(templates: &[Template], choices: &[Choice], slots: usize) -> Vec<u64> {
    let words = words(slots);
    let mut allowed = vec![0_u64; words * templates.len()];
    for (template, bits) in templates.iter().zip(allowed.chunks_mut(words.max(1))) {
        for choice in &choices[template.choices.0 as usize..template.choices.1 as usize] {
            bits[choice.slot as usize / 64] |= 1 << (choice.slot % 64);
        }
    }
    allowed
}

/// Days of a month, as far as tolerances go.
const DAYS: u32 = 30;

fn index_of(programs: &[Code], code: Option<&Code>) -> Option<u16> {
    programs.binary_search(code?).ok().map(|at| at as u16)
}

/// Hires that could be put on top: the positions of the roster in their order, then counties, always the one with most
/// members for each place there.
fn extra_hires(roster: &Roster, rules: &Rules, extra: u32) -> Vec<Candidate> {
    let mut hires = positions(roster, rules, None);
    hires.truncate(extra as usize);
    let counties = everywhere(roster, rules, None);
    let count = |code: Option<&str>, of: &dyn Fn(&str) -> usize| code.map_or(0, of);
    let members: Vec<usize> = counties
        .iter()
        .map(|candidate| {
            count(candidate.county.as_deref(), &|code| {
                roster.members().iter().filter(|member| member.county.as_deref() == Some(code)).count()
            })
        })
        .collect();
    let staff = |managers: &mut dyn Iterator<Item = &Manager>, code: Option<&str>| {
        managers.filter(|manager| code.is_some() && manager.county.as_deref() == code).count()
    };
    let mut there: Vec<usize> = counties
        .iter()
        .map(|candidate| {
            let code = candidate.county.as_deref();
            staff(&mut roster.managers().iter(), code) + staff(&mut hires.iter().map(|hire| &hire.hire), code)
        })
        .collect();
    while hires.len() < extra as usize && !counties.is_empty() {
        // Members for each case manager there, the next one included; compared as fractions.
        let fuller =
            |&a: &usize, &b: &usize| (members[a] * (there[b] + 1)).cmp(&(members[b] * (there[a] + 1))).then(b.cmp(&a));
        let Some(best) = (0..counties.len()).max_by(fuller) else { break };
        there[best] += 1;
        hires.push(counties[best].clone());
    }
    hires
}

fn slots(
    roster: &Roster,
    rules: &Rules,
    all: &Roster,
    caps: &[u32],
    windows: &[(Option<NaiveDate>, Option<NaiveDate>)],
    programs: &[Code],
) -> Vec<Slot> {
    let start = rules.effective_on;
    let mut regions: Vec<&str> = all.teams().iter().filter_map(|team| team.region.as_deref()).collect();
    regions.sort_unstable();
    regions.dedup();
    // Months are counted from 1; what began before is there from the first one on.
    let month = |day: NaiveDate| months_between(start, day).max(0) as u32 + 1;
    let slot = |at: ManagerIx| {
        let manager = all.manager(at);
        let (from, until) = windows[at.at()];
        let since = manager.hired_on.or(from);
        let team = all.team_of(at);
        let region = team.and_then(|team| team.region.as_deref());
        let absence = roster.managers().get(at.at()).map(|manager| manager.absence).unwrap_or_default();
        let is_over = absence.leave_until.is_some_and(|last| last < start);
        let serves = |code: &Code| manager.programs.is_empty() || manager.programs.contains(code);
        Slot {
            cap: caps[at.at()],
            fte: manager.fte_thousandths,
            is_closed: rules.program.eligibility.accepts_new && !manager.accepts_new,
            from: if until.is_some_and(|until| until < start) {
                u32::MAX
            } else {
                from.filter(|&from| from > start).map_or(0, month)
            },
            until: until.map(month),
            months: since.map_or(u32::MAX, |since| months_between(since, start).max(0) as u32),
            region: region.and_then(|region| regions.binary_search(&region).ok()).map_or(0, |at| at as u16 + 1),
            team: manager.team.map_or(0, |team| team.0 as u16 + 1),
            extra: (at.at() + 1).saturating_sub(roster.managers().len()) as u32,
            leave: absence.leave_from.filter(|_| !is_over).map(|from| (month(from), absence.leave_until.map(month))),
            programs: (0..programs.len() as u16).filter(|&at| serves(&programs[at as usize])).collect(),
        }
    };
    all.manager_indices().map(slot).collect()
}
