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
use crate::program::{Average, CapacityKind, ContinuityClass, Denominator, Rules, Scope};
use crate::roster::{DecisionKind, Manager, Member, Roster};
use crate::verify;
use crate::whatif::hiring::candidates::{Candidate, everywhere, positions, staffed};

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
    /// Does it take new members? A successor always does.
    pub accepts_new: bool,
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
}

/// Weighted capacity: thousandths by grade of need, and the limit slot by slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// By grade.
    pub of_need: [i64; 4],
    /// Slot by slot.
    pub limit: Vec<i64>,
}

/// Somebody a member could be with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Driving, providers, interpreters: seconds a year.
    pub cost: i32,
    /// The slot.
    pub slot: u16,
    /// Does the pair need to exist already (a case manager who takes no new members)?
    pub only_successor: bool,
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
    /// Running sums of new members a month, template by template.
    pub arrivals: Vec<f64>,
    /// Weighted capacities.
    pub weighed: Vec<Weighed>,
    /// Averages.
    pub averages: Vec<Average>,
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
    /// Hours capacities are not followed: their names.
    pub not_followed: Vec<String>,
}

/// Months between two days, whole.
fn months_between(from: NaiveDate, to: NaiveDate) -> i32 {
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
    let mut tables = staffed(roster, &hires, &counts, false).to_tables();
    // Who is there when is the runs' business: here everybody is, and pins do not bind others.
    let windows: Vec<(Option<NaiveDate>, Option<NaiveDate>)> =
        tables.managers.iter().map(|manager| (manager.available_from, manager.available_until)).collect();
    for manager in &mut tables.managers {
        (manager.available_from, manager.available_until) = (None, None);
    }
    let pinned: Vec<MemberIx> = tables
        .decisions
        .iter()
        .filter(|decision| decision.kind != DecisionKind::Forbid && decision.holds_on(start))
        .map(|decision| decision.member)
        .collect();
    tables.decisions.retain(|decision| decision.kind == DecisionKind::Forbid);
    let all = Roster::new(tables);
    let mut free = rules.clone();
    free.program.continuity.retain(|rule| rule.class != ContinuityClass::MustKeep);
    // A successor takes new members whatever the person before did.
    free.program.eligibility.accepts_new = false;
    let prepared = Prepared::new(&all, &free);
    let eligibility = Eligibility::new(&prepared);
    let weighed = weights(&all, rules);
    let slots = slots(roster, rules, &all, &free, &windows, start);
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
            let closed = rules.program.eligibility.accepts_new && !all.manager(manager).accepts_new;
            Some(Choice { cost: cost.0 as i32, slot: manager.0 as u16, only_successor: closed })
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
        });
    }
    let members = templates.len().max(1) as f64;
    World {
        slots,
        templates,
        choices,
        arrivals,
        weighed,
        averages: rules.program.averages.clone(),
        high: crate::roster::Need::ALL.map(|need| rules.program.high_need.needs.contains(&need)),
        urgent_is_high: rules.program.high_need.urgent,
        balance: (rules.program.balance.target_percent, i64::from(rules.program.balance.step_minutes) * 60),
        start,
        rates: (coming * 12.0 / members, sum_out / members),
        not_followed: rules
            .program
            .capacities
            .iter()
            .filter(|capacity| capacity.kind == CapacityKind::Hours)
            .map(|capacity| capacity.name.clone())
            .collect(),
    }
}

/// A yearly probability as a monthly one: twelve independent months give the year.
#[must_use]
pub fn monthly(a_year: f64) -> f64 {
    1.0 - (1.0 - a_year.clamp(0.0, 1.0)).powf(1.0 / 12.0)
}

/// A probability as a number of 2^32 that a 32-bit draw stays below; 1 is one short of certain and treated so by
/// [`happens`].
#[must_use]
pub fn threshold(probability: f64) -> u32 {
    (probability * f64::from(u32::MAX)).round() as u32
}

/// Does a draw say that something of this [`threshold`] happens?
#[must_use]
pub const fn happens(draw: u32, threshold: u32) -> bool {
    draw < threshold || threshold == u32::MAX
}

/// Enrolment rates of members.
struct Rates<'a> {
    assumed: &'a Simulation,
    into: f64,
    out: f64,
}

/// New members a year when neither the settings nor the roster say.
const UNKNOWN: f64 = 0.12;

impl<'a> Rates<'a> {
    /// The settings', else the share of the roster's members whose case was opened within the year before `as_of`.
    fn of(roster: &Roster, rules: &Rules, assumed: &'a Simulation) -> Self {
        let dated: Vec<NaiveDate> = roster.members().iter().filter_map(|member| member.case.opened_on).collect();
        let recent = dated.iter().filter(|&&day| (0..12).contains(&months_between(day, rules.as_of))).count();
        let pattern = if dated.len() * 2 >= roster.members().len() && !dated.is_empty() {
            recent as f64 / dated.len() as f64
        } else {
            UNKNOWN
        };
        let into = assumed.in_per_year.unwrap_or(pattern);
        Self { assumed, into, out: assumed.out_per_year.unwrap_or(into.min(1.0)) }
    }

    fn of_member(&self, member: &Member) -> (f64, f64) {
        let fits =
            |wanted: &Option<String>, has: Option<&str>| wanted.as_deref().is_none_or(|wanted| has == Some(wanted));
        let mut entries = self.assumed.enrolment.iter();
        let entry = entries.find(|entry| {
            fits(&entry.county, member.county.as_deref()) && fits(&entry.program, member.program.as_deref())
        });
        entry.map_or((self.into, self.out), |entry| (entry.in_per_year, entry.out_per_year))
    }
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
    open: &Rules,
    windows: &[(Option<NaiveDate>, Option<NaiveDate>)],
    start: NaiveDate,
) -> Vec<Slot> {
    let caps = verify::caps(all, open);
    let mut regions: Vec<&str> = all.teams().iter().filter_map(|team| team.region.as_deref()).collect();
    regions.sort_unstable();
    regions.dedup();
    let slot = |at: ManagerIx| {
        let manager = all.manager(at);
        let (from, until) = windows[at.at()];
        let since = manager.hired_on.or(from);
        let team = all.team_of(at);
        let region = team.and_then(|team| team.region.as_deref());
        Slot {
            cap: caps[at.at()],
            fte: manager.fte_thousandths,
            accepts_new: !rules.program.eligibility.accepts_new || manager.accepts_new,
            from: if until.is_some_and(|until| until < start) {
                u32::MAX
            } else {
                from.map_or(0, |from| if from <= start { 0 } else { months_between(start, from).max(0) as u32 + 1 })
            },
            until: until.map(|until| months_between(start, until).max(0) as u32 + 1),
            months: since.map_or(u32::MAX, |since| months_between(since, start).max(0) as u32),
            region: region.and_then(|region| regions.binary_search(&region).ok()).map_or(0, |at| at as u16 + 1),
            team: manager.team.map_or(0, |team| team.0 as u16 + 1),
            extra: (at.at() + 1).saturating_sub(roster.managers().len()) as u32,
        }
    };
    all.manager_indices().map(slot).collect()
}

/// Weights by grade; hours follow contacts and drives and are left out.
fn weights(all: &Roster, rules: &Rules) -> Vec<Weighed> {
    let thousandths = |value: f64| (value * 1000.0).round() as i64;
    let of = |capacity: &crate::program::Capacity| {
        let weights = capacity.weights.as_ref()?;
        let limit = |manager: &Manager| {
            let full = thousandths(capacity.limit);
            if capacity.scale_with_fte { full * i64::from(manager.fte_thousandths) / 1000 } else { full }
        };
        Some(Weighed {
            of_need: crate::roster::Need::ALL.map(|need| thousandths(weights.of(need))),
            limit: all.managers().iter().map(limit).collect(),
        })
    };
    rules.program.capacities.iter().filter_map(of).collect()
}

/// The denominators' count of one slot, in thousandths.
#[must_use]
pub fn counted(kind: Denominator, slot: &Slot, on_leave: bool, load: u32) -> u64 {
    match kind {
        Denominator::Headcount => 1000,
        Denominator::FilledFte => u64::from(slot.fte),
        Denominator::FteLessLeave => {
            if on_leave || slot.cap == 0 {
                0
            } else {
                u64::from(slot.fte)
            }
        }
        Denominator::WithMembers => u64::from(load > 0) * 1000,
    }
}

/// The scope a slot belongs to.
#[must_use]
pub const fn scope_of(scope: Scope, slot: &Slot) -> u16 {
    match scope {
        Scope::All => 0,
        Scope::Region => slot.region,
        Scope::Team => slot.team,
    }
}
