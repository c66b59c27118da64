//! Caps: members, children or households of one case manager, of everybody or of some categories; and how many members a
//! case manager may have at all.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Serialize;

use crate::ids::{ManagerIx, MemberIx};
use crate::program::cap::OF_AGE;
use crate::program::category::age_on;
use crate::program::{Cap, Count, Rounding, Rules};
use crate::roster::{Manager, Roster};
use crate::verify::RuleOutcome;
use crate::verify::pairs::Pairs;
use crate::verify::rules::{Case, Findings, STATEWIDE, State, at_work, none_allowed};
use crate::verify::tally::{self, Counted, lightest_and_heaviest};
use crate::verify::units::Units;
use crate::verify::violation::{Violation, ViolationCode};

/// How many members each manager may have: 0 when not at work, else the smallest of the manager's own number and what
/// every limit of the program allows of its lightest members (as many as there are members when there is none).
#[must_use]
pub fn caps(roster: &Roster, rules: &Rules) -> Vec<u32> {
    let tallies = tally::of_members(roster, rules);
    let lightest: Vec<i64> =
        tallies.iter().map(|tally| lightest_and_heaviest(&**tally, roster.member_indices()).0).collect();
    let cap = |at: ManagerIx| {
        let manager = roster.manager(at);
        if !at_work::holds(rules, manager) {
            return 0;
        }
        let mut most = None;
        for (tally, &least) in tallies.iter().zip(&lightest).filter(|(_, least)| **least > 0) {
            if let Some(limit) = tally.limit(at) {
                most = Some(most.unwrap_or(i64::MAX).min(limit / least));
            }
        }
        let most = most.map_or(roster.members().len() as u32, |most| u32::try_from(most).unwrap_or(u32::MAX));
        manager.max_caseload.map_or(most, |own| own.min(most))
    };
    roster.manager_indices().map(cap).collect()
}

/// A cap of one manager with nobody over it, in whole numbers.
#[must_use]
pub fn limit_of(rules: &Rules, cap: &Cap, manager: &Manager) -> u32 {
    let share = if cap.scale_with_fte { u64::from(at_work::share(rules, manager)) } else { 1000 };
    let exact = cap.limit.thousandths() * share;
    let (whole, rest) = (exact / 1_000_000, exact % 1_000_000);
    let more = match cap.rounding {
        Rounding::Down => false,
        Rounding::Nearest => rest >= 500_000,
        Rounding::Up => rest > 0,
    };
    (whole + u64::from(more)) as u32
}

/// The last day on which a manager may stay at what is above the cap.
fn tolerated_until(rules: &Rules, cap: &Cap, manager: &Manager) -> Option<NaiveDate> {
    if cap.tolerance_days == 0 {
        return None;
    }
    let first = manager.absence.over_cap_since.unwrap_or(rules.as_of);
    first.checked_add_days(chrono::Days::new(u64::from(cap.tolerance_days)))
}

/// A manager's limit on the effective date, when so many are there at present.
fn limit_with(rules: &Rules, cap: &Cap, manager: &Manager, present: u32) -> u32 {
    let limit = limit_of(rules, cap, manager);
    let is_tolerated = tolerated_until(rules, cap, manager).is_some_and(|last| last >= rules.effective_on);
    if is_tolerated { limit.max(present) } else { limit }
}

/// Does a cap that does not count households count this member?
#[must_use]
pub fn counts(rules: &Rules, roster: &Roster, cap: &Cap, member: MemberIx) -> bool {
    let row = roster.member(member);
    let is_young = || row.birth_date.is_some_and(|born| age_on(born, rules.effective_on) < OF_AGE);
    rules.is_of(&cap.of, row) && (cap.count == Count::Members || is_young())
}

/// The caps that count members one by one.
#[must_use]
pub fn of_members(roster: &Roster, rules: &Rules) -> Vec<Counted> {
    let read = |cap: &Cap| {
        let uses: Vec<i64> =
            roster.member_indices().map(|member| i64::from(counts(rules, roster, cap, member))).collect();
        let limit = |manager: ManagerIx| {
            let present: i64 = roster.present_caseload(manager).iter().map(|member| uses[member.at()]).sum();
            Some(i64::from(limit_with(rules, cap, roster.manager(manager), present as u32)))
        };
        let limits = roster.manager_indices().map(limit).collect();
        Counted { name: cap.name.clone(), uses, limits, by_household: false }
    };
    rules.program.caps.iter().filter(|cap| cap.count != Count::Households).map(read).collect()
}

/// The caps that count households: the first member of a unit in which somebody counts stands for all of it.
#[must_use]
pub fn of_households(pairs: &Pairs<'_>, units: &Units) -> Vec<Counted> {
    let (roster, rules) = (pairs.roster, pairs.rules);
    let read = |cap: &Cap| {
        let mut uses = vec![0; roster.members().len()];
        for unit in units.units.iter().filter(|unit| unit_counts(rules, roster, cap, unit)) {
            uses[unit[0].at()] = 1;
        }
        let present = households(roster, rules, cap, units, &State::of(pairs, crate::verify::present(roster)), true);
        let limit = |manager: ManagerIx| {
            Some(i64::from(limit_with(rules, cap, roster.manager(manager), present[manager.at()])))
        };
        let limits = roster.manager_indices().map(limit).collect();
        Counted { name: cap.name.clone(), uses, limits, by_household: true }
    };
    rules.program.caps.iter().filter(|cap| cap.count == Count::Households).map(read).collect()
}

fn unit_counts(rules: &Rules, roster: &Roster, cap: &Cap, unit: &[MemberIx]) -> bool {
    unit.iter().any(|&member| rules.is_of(&cap.of, roster.member(member)))
}

/// Households of every manager, each once however many of it are there; of those that somebody may take, where asked.
fn households(roster: &Roster, rules: &Rules, cap: &Cap, units: &Units, state: &State, placeable: bool) -> Vec<u32> {
    let mut met: BTreeSet<(ManagerIx, u32)> = BTreeSet::new();
    for (member, manager) in state.pairs() {
        let unit = units.of[member.at()];
        let counts = !placeable || units.placeable[unit as usize];
        if counts && unit_counts(rules, roster, cap, &units.units[unit as usize]) {
            met.insert((manager, unit));
        }
    }
    let mut counts = vec![0; roster.managers().len()];
    met.iter().for_each(|(manager, _)| counts[manager.at()] += 1);
    counts
}

/// Judges a plan: a row for each cap of the program with the largest caseload, a row for the managers' own limits, and
/// violations for managers at work: one for the members in all, one for every cap on something else.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let roster = case.pairs.roster;
    let mut findings = Findings::default();
    let mut smallest: Vec<Option<u32>> = roster.managers().iter().map(|manager| manager.max_caseload).collect();
    for cap in &case.pairs.rules.program.caps {
        let limits = judge_one(case, cap, &mut findings);
        if cap.is_plain() {
            let least =
                |(known, limit): (&mut Option<u32>, u32)| *known = Some(known.map_or(limit, |own| own.min(limit)));
            smallest.iter_mut().zip(limits).for_each(least);
        }
    }
    if roster.managers().iter().any(|manager| manager.max_caseload.is_some()) {
        let above = |state: &State| {
            let is_above = |(row, load): (&Manager, &u32)| row.max_caseload.is_some_and(|own| *load > own);
            roster.managers().iter().zip(&state.loads).filter(|&pair| is_above(pair)).count()
        };
        findings.outcomes.push(none_allowed(
            "own-limit",
            above(case.before),
            above(case.after),
            "case managers above their own max_caseload",
            "built in: max_caseload of managers.csv",
        ));
    }
    for (manager, cap) in roster.manager_indices().zip(smallest) {
        let load = case.after.loads[manager.at()];
        if let Some(cap) = cap.filter(|&cap| load > cap && case.pairs.at_work(manager)) {
            let detail = format!("case manager {} has {load} members, the cap is {cap}", case.manager_id(manager));
            findings.violations.push(Violation::new(ViolationCode::Cap, detail).manager(manager));
        }
    }
    findings
}

/// Judges one cap; returns each manager's limit.
fn judge_one(case: &Case<'_>, cap: &Cap, findings: &mut Findings) -> Vec<u32> {
    let (roster, rules) = (case.pairs.roster, case.pairs.rules);
    let (before, after) = (count_of(case, cap, case.before), count_of(case, cap, case.after));
    let present = match cap.count {
        Count::Households => households(roster, rules, cap, case.units, case.before, true),
        _ => before.clone(),
    };
    let limits: Vec<u32> = roster
        .managers()
        .iter()
        .zip(&present)
        .map(|(manager, &present)| limit_with(rules, cap, manager, present))
        .collect();
    if !cap.is_plain() {
        for manager in roster.manager_indices().filter(|&manager| case.pairs.at_work(manager)) {
            let (count, limit) = (after[manager.at()], limits[manager.at()]);
            if count > limit {
                let (who, what) = (case.manager_id(manager), counted_in_words(cap));
                let detail = format!("{}: case manager {who} has {count} {what}, at most {limit}", cap.name);
                findings.violations.push(Violation::new(ViolationCode::CategoryCap, detail).manager(manager));
            }
        }
    }
    let largest = |counts: &[u32]| {
        let per_place =
            |(row, &load): (&Manager, &u32)| match (cap.scale_with_fte, at_work::share(case.pairs.rules, row)) {
                (true, share @ 1..) => f64::from(load) * 1000.0 / f64::from(share),
                _ => f64::from(load),
            };
        roster.managers().iter().zip(counts).map(per_place).fold(0.0, f64::max)
    };
    findings.outcomes.push(RuleOutcome {
        rule: cap.name.clone(),
        scope: STATEWIDE.to_owned(),
        limit: cap.limit.as_f64(),
        before: largest(&before),
        after: largest(&after),
        met: after.iter().zip(&limits).all(|(count, limit)| count <= limit),
        changeable: true,
        soft: false,
        how: how(case, cap),
        citation: cap.citation.clone(),
    });
    limits
}

/// A case manager who is above a cap that tolerates it for some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tolerated {
    /// Name of the cap.
    pub rule: String,
    /// Who.
    pub manager_id: String,
    /// Members, children or households of the cap.
    pub count: u32,
    /// At most so many from then on.
    pub limit: u32,
    /// Last day on which that many are tolerated.
    pub until: NaiveDate,
    /// Had that day passed when the plan takes effect?
    pub has_ended: bool,
}

/// Who is above a cap with a tolerance, and until when: rule by rule, manager by manager.
#[must_use]
pub fn tolerated(case: &Case<'_>, state: &State) -> Vec<Tolerated> {
    let (roster, rules) = (case.pairs.roster, case.pairs.rules);
    let of_cap = |cap: &Cap| {
        let counts = count_of(case, cap, state);
        let one = |manager: ManagerIx| {
            let (row, count) = (roster.manager(manager), counts[manager.at()]);
            let limit = limit_of(rules, cap, row);
            let until = tolerated_until(rules, cap, row).filter(|_| case.pairs.at_work(manager) && count > limit)?;
            let (rule, manager_id) = (cap.name.clone(), case.manager_id(manager).to_owned());
            Some(Tolerated { rule, manager_id, count, limit, until, has_ended: until < rules.effective_on })
        };
        roster.manager_indices().filter_map(one).collect::<Vec<_>>()
    };
    let caps = rules.program.caps.iter().filter(|cap| cap.tolerance_days > 0);
    caps.flat_map(of_cap).collect()
}

/// What a cap counts of every manager in a state.
fn count_of(case: &Case<'_>, cap: &Cap, state: &State) -> Vec<u32> {
    let (roster, rules) = (case.pairs.roster, case.pairs.rules);
    match cap.count {
        Count::Households => households(roster, rules, cap, case.units, state, false),
        _ if cap.is_plain() => state.loads.clone(),
        _ => {
            let mut counts = vec![0; roster.managers().len()];
            let counted = state.pairs().filter(|&(member, _)| counts_here(case, cap, member));
            counted.for_each(|(_, manager)| counts[manager.at()] += 1);
            counts
        }
    }
}

fn counts_here(case: &Case<'_>, cap: &Cap, member: MemberIx) -> bool {
    counts(case.pairs.rules, case.pairs.roster, cap, member)
}

/// What is counted, in words.
#[must_use]
pub fn counted_in_words(cap: &Cap) -> String {
    let what = match cap.count {
        Count::Members => "members",
        Count::Children => "children",
        Count::Households => "households",
    };
    if cap.of.is_empty() { what.to_owned() } else { format!("{what} of {}", cap.of.join(", ")) }
}

/// How it was measured, and who may stay above the cap until when.
fn how(case: &Case<'_>, cap: &Cap) -> String {
    let what = counted_in_words(cap);
    let rounded = match cap.rounding {
        Rounding::Down => "rounded down",
        Rounding::Nearest => "rounded to the nearest whole number",
        Rounding::Up => "rounded up",
    };
    let mut how = if cap.scale_with_fte {
        format!("largest caseload, {what} per full-time place; each case manager's own limit is {rounded}")
    } else if cap.limit.thousandths().is_multiple_of(1000) {
        format!("largest caseload, {what} of one case manager")
    } else {
        format!("largest caseload, {what} of one case manager; the limit is {rounded}")
    };
    if cap.tolerance_days == 0 {
        return how;
    }
    for one in tolerated(case, case.after).iter().filter(|one| one.rule == cap.name) {
        let word = if one.has_ended { "was tolerated until" } else { "tolerated until" };
        how += &format!("; {} has {}, {word} {}", one.manager_id, one.count, one.until);
    }
    how
}
