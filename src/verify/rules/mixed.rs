//! Mixed caseloads. Convex: members of each part over the part's limit, added up, are one full caseload at most. Explicit:
//! every part has its limit for case managers whose programs let them serve more than one part.

use std::collections::BTreeSet;

use crate::ids::{ManagerIx, MemberIx};
use crate::program::{Count, Limit, Mixed, MixedKind, Part, Rules};
use crate::roster::{Manager, Roster};
use crate::verify::RuleOutcome;
use crate::verify::pairs::Pairs;
use crate::verify::rules::{Case, Findings, STATEWIDE, State, at_work};
use crate::verify::tally::{Counted, Tally};
use crate::verify::units::Units;
use crate::verify::violation::{Violation, ViolationCode};

/// The least number that all limits, in thousandths, divide.
#[must_use]
pub fn full_caseload(limits: impl IntoIterator<Item = Limit>) -> i64 {
    let common = |a: i64, b: i64| {
        let (mut a_left, mut b_left) = (a, b);
        while b_left > 0 {
            (a_left, b_left) = (b_left, a_left % b_left);
        }
        a / a_left.max(1) * b
    };
    limits.into_iter().map(|limit| limit.thousandths().cast_signed()).fold(1, common)
}

/// A full caseload in shares, for a case manager who works so much of a place: thousandths of members times thousandths of
/// a place.
#[must_use]
pub fn share_of(full: i64, scales: bool, thousandths: u32) -> i64 {
    let place = if scales { i128::from(thousandths) } else { 1000 };
    (i128::from(full) * place / 1_000_000) as i64
}

/// What every rule that counts members counts: one tally for a convex rule, one a part for an explicit one.
#[must_use]
pub fn read(roster: &Roster, rules: &Rules) -> Vec<Counted> {
    let rows = rules.program.mixed.iter().filter(|mixed| mixed.count != Count::Households);
    rows.flat_map(|mixed| tallies(roster, rules, mixed)).collect()
}

/// What every rule that counts households counts: the first member of a household of the part stands for all of it.
#[must_use]
pub fn of_households(pairs: &Pairs<'_>, units: &Units) -> Vec<Counted> {
    let (roster, rules) = (pairs.roster, pairs.rules);
    let of = |mixed: &Mixed| {
        let mut all = tallies(roster, rules, mixed);
        for (tally, part) in all.iter_mut().zip(&mixed.parts) {
            tally.uses = vec![0; roster.members().len()];
            for unit in units.units.iter().filter(|unit| is_of_part(roster, rules, part, unit)) {
                tally.uses[unit[0].at()] = 1;
            }
            tally.by_household = true;
        }
        all
    };
    rules.program.mixed.iter().filter(|mixed| mixed.count == Count::Households).flat_map(of).collect()
}

/// Is anybody of the household of the part?
fn is_of_part(roster: &Roster, rules: &Rules, part: &Part, unit: &[MemberIx]) -> bool {
    unit.iter().any(|&member| rules.is_of(&part.of, roster.member(member)))
}

/// Members, or households each once, of a part: manager by manager.
fn counts(case: &Case<'_>, mixed: &Mixed, part: &Part, tally: &Counted, state: &State) -> Vec<i64> {
    let managers = case.pairs.roster.managers().len();
    if mixed.count != Count::Households {
        return sums(tally, managers, state);
    }
    let household = |(member, manager): (MemberIx, ManagerIx)| (manager, case.units.of[member.at()]);
    let met: BTreeSet<(ManagerIx, u32)> = state.pairs().map(household).collect();
    let mut counts = vec![0; managers];
    for (manager, unit) in met {
        let unit = &case.units.units[unit as usize];
        counts[manager.at()] += i64::from(is_of_part(case.pairs.roster, case.pairs.rules, part, unit));
    }
    counts
}

fn tallies(roster: &Roster, rules: &Rules, mixed: &Mixed) -> Vec<Counted> {
    let part_of = |member: &crate::roster::Member| mixed.parts.iter().position(|part| rules.is_of(&part.of, member));
    let parts: Vec<Option<usize>> = roster.members().iter().map(part_of).collect();
    match mixed.kind {
        MixedKind::Convex => {
            let full = full_caseload(mixed.parts.iter().map(|part| part.limit));
            let each: Vec<i64> = mixed.parts.iter().map(|part| full / part.limit.thousandths().cast_signed()).collect();
            let limits = roster.managers().iter();
            let limits = limits.map(|row| Some(share_of(full, mixed.scale_with_fte, at_work::share(rules, row))));
            let uses = parts.iter().map(|part| part.map_or(0, |part| each[part])).collect();
            vec![Counted { name: mixed.name.clone(), uses, limits: limits.collect(), by_household: false }]
        }
        MixedKind::Explicit => {
            let mixes: Vec<bool> = roster
                .managers()
                .iter()
                .map(|row| mixed.parts.iter().filter(|part| rules.serves(&part.of, row)).nth(1).is_some())
                .collect();
            let tally = |at: usize| {
                let part = &mixed.parts[at];
                let limit = |(row, mixes): (&Manager, &bool)| {
                    let place = if mixed.scale_with_fte { u64::from(at_work::share(rules, row)) } else { 1000 };
                    let whole = part.limit.thousandths() * place / 1_000_000;
                    mixes.then_some(whole.cast_signed())
                };
                Counted {
                    name: format!("{} ({})", mixed.name, part.of.join(", ")),
                    uses: parts.iter().map(|own| i64::from(*own == Some(at))).collect(),
                    limits: roster.managers().iter().zip(&mixes).map(limit).collect(),
                    by_household: false,
                }
            };
            (0..mixed.parts.len()).map(tally).collect()
        }
    }
}

/// Sums of a tally, manager by manager.
#[must_use]
pub fn sums(tally: &Counted, managers: usize, state: &State) -> Vec<i64> {
    let mut sums = vec![0; managers];
    state.pairs().for_each(|(member, manager)| sums[manager.at()] += tally.alone(member));
    sums
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let mut findings = Findings::default();
    for mixed in &case.pairs.rules.program.mixed {
        let tallies = tallies(case.pairs.roster, case.pairs.rules, mixed);
        match mixed.kind {
            MixedKind::Convex => {
                for tally in &tallies {
                    let full = full_caseload(mixed.parts.iter().map(|part| part.limit));
                    let told = Shares {
                        full,
                        scales: mixed.scale_with_fte,
                        code: ViolationCode::Mixed,
                        how: format!("largest mixed caseload, in full ones: {}", parts_in_words(mixed)),
                        citation: &mixed.citation,
                    };
                    judge_shares(case, tally, &told, &mut findings);
                }
            }
            MixedKind::Explicit => explicit(case, mixed, &tallies, &mut findings),
        }
    }
    findings
}

fn parts_in_words(mixed: &Mixed) -> String {
    let parts = mixed.parts.iter().map(|part| format!("{} of {}", part.limit, part.of.join(", ")));
    parts.collect::<Vec<_>>().join(" + ")
}

/// How a limit on shares of a full caseload is told.
pub struct Shares<'a> {
    /// A full caseload of a full place, a thousand times.
    pub full: i64,
    /// Do part-time case managers have a proportional one?
    pub scales: bool,
    /// What breaking it is called.
    pub code: ViolationCode,
    /// How it was measured.
    pub how: String,
    /// Words of the source.
    pub citation: &'a str,
}

/// Judges shares of a full caseload: a row with the largest, a violation for every case manager at work above one.
pub fn judge_shares(case: &Case<'_>, tally: &Counted, told: &Shares<'_>, findings: &mut Findings) {
    let roster = case.pairs.roster;
    let one = |sum: i64| sum as f64 * 1000.0 / told.full as f64;
    let (before, after) =
        (sums(tally, roster.managers().len(), case.before), sums(tally, roster.managers().len(), case.after));
    let largest = |sums: &[i64]| {
        let share = |(row, &sum): (&Manager, &i64)| match (told.scales, at_work::share(case.pairs.rules, row)) {
            (true, place @ 1..) => one(sum) * 1000.0 / f64::from(place),
            _ => one(sum),
        };
        let most = roster.managers().iter().zip(sums).map(share).fold(0.0, f64::max);
        (most * 1000.0).round() / 1000.0
    };
    let mut met = true;
    for manager in roster.manager_indices() {
        let (sum, limit) = (after[manager.at()], tally.limit(manager));
        if limit.is_none_or(|limit| sum <= limit) {
            continue;
        }
        met = false;
        if case.pairs.at_work(manager) {
            let most = one(limit.unwrap_or(0));
            let (who, sum) = (case.manager_id(manager), one(sum));
            let detail =
                format!("{}: case manager {who} has {sum:.3} of a full caseload, at most {most:.3}", tally.name);
            findings.violations.push(Violation::new(told.code, detail).manager(manager));
        }
    }
    let per_place = if told.scales { "; per full-time place" } else { "" };
    findings.outcomes.push(RuleOutcome {
        rule: tally.name.clone(),
        scope: STATEWIDE.to_owned(),
        limit: 1.0,
        before: largest(&before),
        after: largest(&after),
        met,
        changeable: true,
        soft: false,
        how: format!("{}{per_place}", told.how),
        citation: told.citation.to_owned(),
    });
}

/// A row for each part: the largest number of those who mix.
fn explicit(case: &Case<'_>, mixed: &Mixed, tallies: &[Counted], findings: &mut Findings) {
    let roster = case.pairs.roster;
    for (tally, part) in tallies.iter().zip(&mixed.parts) {
        let (before, after) =
            (counts(case, mixed, part, tally, case.before), counts(case, mixed, part, tally, case.after));
        let bound = |manager: &ManagerIx| tally.limit(*manager).is_some();
        let most = |sums: &[i64]| {
            roster.manager_indices().filter(bound).map(|manager| sums[manager.at()]).max().unwrap_or(0) as f64
        };
        let mut met = true;
        for manager in roster.manager_indices() {
            let Some(limit) = tally.limit(manager).filter(|&limit| after[manager.at()] > limit) else { continue };
            met = false;
            if case.pairs.at_work(manager) {
                let (who, count) = (case.manager_id(manager), after[manager.at()]);
                let detail =
                    format!("{}: case manager {who} has {count} beside other parts, at most {limit}", tally.name);
                findings.violations.push(Violation::new(ViolationCode::Mixed, detail).manager(manager));
            }
        }
        let unit = if mixed.count == Count::Households { ", households each once," } else { "" };
        let scaled = if mixed.scale_with_fte { "; each one's own limit is proportional, rounded down" } else { "" };
        findings.outcomes.push(RuleOutcome {
            rule: tally.name.clone(),
            scope: STATEWIDE.to_owned(),
            limit: part.limit.as_f64(),
            before: most(&before),
            after: most(&after),
            met,
            changeable: true,
            soft: false,
            how: format!("largest number{unit} of one case manager who may serve more than one part{scaled}"),
            citation: mixed.citation.clone(),
        });
    }
}
