//! Limits on change that the present state alone makes too tight: members who have to change hands against what may be
//! received, members the limits make move against the budgets of moves, members held where there is no place, households
//! too large for anybody.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{ManagerIx, MemberIx};
use crate::plan::needs::{Ground, Need};
use crate::verify::rules::{caps, mixed, moves, receive};
use crate::verify::tally::{self, Tally};

/// Those that are too tight.
#[must_use]
pub fn needs(ground: &Ground<'_>) -> Vec<Need> {
    let present = Present::read(ground);
    let mut needs: Vec<Need> = received(ground, &present).into_iter().collect();
    needs.extend(budgets(ground, &present));
    needs.extend(held(ground));
    needs.extend(households(ground));
    needs
}

/// Who could stay, and who has to go whatever the plan.
struct Present {
    /// Manager by manager: members who may stay.
    stay: Vec<Vec<MemberIx>>,
    /// Members who are placed with somebody else in every plan.
    go: Vec<MemberIx>,
}

impl Present {
    fn read(ground: &Ground<'_>) -> Self {
        let roster = ground.roster();
        let nobodys: BTreeSet<MemberIx> = ground.unplaced.iter().map(|one| one.member).collect();
        let mut present = Self { stay: vec![Vec::new(); roster.managers().len()], go: Vec::new() };
        for member in roster.member_indices().filter(|member| !nobodys.contains(member)) {
            match roster.member(member).manager {
                Some(manager) if ground.pairs.allowed(member, manager) => present.stay[manager.at()].push(member),
                _ => present.go.push(member),
            }
        }
        present
    }

    /// Members beyond a manager's places.
    fn beyond(&self, ground: &Ground<'_>, manager: ManagerIx) -> u64 {
        (self.stay[manager.at()].len() as u64).saturating_sub(u64::from(ground.caps[manager.at()]))
    }
}

/// A need that people do not close.
fn without_hire(ground: &Ground<'_>, rule: &str, (needed, have): (u64, u64), sentence: String) -> Need {
    Need {
        rule: rule.to_owned(),
        needed: needed as f64,
        have: have as f64,
        missing: needed.saturating_sub(have) as f64,
        hire: 0,
        supervisors: 0,
        by: Some(ground.rules().effective_on),
        soft: false,
        sentence,
    }
}

/// Members who have to change hands against what may be received at once.
fn received(ground: &Ground<'_>, present: &Present) -> Option<Need> {
    let (roster, rules) = (ground.roster(), ground.rules());
    let beyond: u64 = roster.manager_indices().map(|manager| present.beyond(ground, manager)).sum();
    let needed = present.go.len() as u64 + beyond;
    let gets = |manager: ManagerIx| {
        let row = roster.manager(manager);
        // Whoever takes nobody new still gets those whom a decision names.
        let named = || present.go.iter().filter(|&&member| ground.pairs.allowed(member, manager)).count() as u64;
        let places = if rules.takes_new(row) { u64::from(ground.caps[manager.at()]) } else { named() };
        receive::limit_of(roster, rules, manager).map_or(places, |limit| places.min(u64::from(limit)))
    };
    let have: u64 = roster.manager_indices().map(gets).sum();
    let limits = &rules.program.receive;
    if needed <= have || (limits.limit == 0 && limits.new_hire_limit == 0 && limits.per_open == 0) {
        return None;
    }
    let words = &rules.program.words;
    let missing = needed - have;
    let fact = format!(
        "receive: {} have to change {} at once, {} may get {have}",
        ground.members(needed),
        words.case_manager,
        ground.people(roster.manager_indices().filter(|&manager| gets(manager) > 0).count() as u64),
    );
    let steps =
        if have > 0 { format!("plan in {} steps", needed.div_ceil(have)) } else { "raise the limit".to_owned() };
    let one = [limits.limit, limits.new_hire_limit].into_iter().filter(|limit| *limit > 0).min();
    let one = if limits.per_open > 0 { None } else { one };
    let mut need = without_hire(ground, "receive", (needed, have), String::new());
    need.sentence = match one {
        Some(one) => {
            need.hire = missing.div_ceil(u64::from(one)) as u32;
            let people = ground.people(u64::from(need.hire));
            format!("{fact}: {missing} too many; {steps}, or hire {people} by {}.", rules.effective_on)
        }
        None => format!("{fact}: {missing} too many; {steps}: a hire gets none at once, having none at present."),
    };
    Some(need)
}

/// Members whom the places alone make move, of those who count against a budget.
#[derive(Clone, Copy, Default)]
struct Forced {
    all: u64,
    high_need: u64,
}

fn budgets(ground: &Ground<'_>, present: &Present) -> Vec<Need> {
    let (roster, rules) = (ground.roster(), ground.rules());
    let is_high = |member: MemberIx| rules.program.high_need.holds(roster.member(member));
    let mut by_manager = vec![Forced::default(); roster.managers().len()];
    for &member in &present.go {
        if let Some(manager) = moves::could_stay_with(ground.pairs, member) {
            by_manager[manager.at()].all += 1;
            by_manager[manager.at()].high_need += u64::from(is_high(member));
        }
    }
    let mut by_team: BTreeMap<&str, u64> = BTreeMap::new();
    for manager in roster.manager_indices() {
        let beyond = present.beyond(ground, manager);
        let others = present.stay[manager.at()].iter().filter(|&&member| !is_high(member)).count() as u64;
        let forced = &mut by_manager[manager.at()];
        forced.all += beyond;
        // The others go first.
        forced.high_need += beyond.saturating_sub(others);
        *by_team.entry(moves::team_name(ground.pairs, manager)).or_default() += forced.all;
    }
    let sum = |of: fn(&Forced) -> u64| by_manager.iter().map(of).sum::<u64>();
    let limits = &rules.program.moves;
    let mut all = vec![
        ("moves-total", "total", String::new(), limits.total, sum(|one| one.all)),
        ("moves-high-need", "high_need", "high-need ".to_owned(), limits.high_need, sum(|one| one.high_need)),
    ];
    all.extend(by_team.into_iter().map(|(team, count)| {
        let whose = if team.is_empty() { "of no team ".to_owned() } else { format!("of team {team} ") };
        ("moves-of-team", "per_team", whose, limits.per_team, count)
    }));
    let tight = all.into_iter().filter(|(_, _, _, limit, count)| *limit > 0 && *count > u64::from(*limit));
    let need = |(rule, key, whose, limit, count): (&str, &str, String, u32, u64)| {
        let (limit, words) = (u64::from(limit), &rules.program.words);
        let who = if rule == "moves-high-need" {
            format!("{count} {whose}{}", words.members)
        } else {
            format!("{} {whose}", ground.members(count)).trim_end().to_owned()
        };
        let sentence = format!(
            "{rule}: the other limits make {who} change {} who could stay, and {limit} may: {} too many; raise limits.moves_{key} to {count} or plan in steps, hiring does not mend it.",
            words.case_manager,
            count - limit
        );
        without_hire(ground, rule, (count, limit), sentence)
    };
    tight.map(need).collect()
}

/// Case managers who are to have more members than they may, by decisions, by the class `must_keep`, by a date near.
fn held(ground: &Ground<'_>) -> Vec<Need> {
    let (roster, pairs) = (ground.roster(), ground.pairs);
    let mut counts = vec![0_u64; roster.managers().len()];
    for member in roster.member_indices().filter(|&member| pairs.is_held(member)) {
        let pin = pairs.decisions.pins_of(member).first().map(|pin| pin.manager);
        if let Some(manager) = pin.or(roster.member(member).manager).filter(|&at| pairs.allowed(member, at)) {
            counts[manager.at()] += 1;
        }
    }
    let above = |manager: &ManagerIx| counts[manager.at()] > u64::from(ground.caps[manager.at()]);
    let need = |manager: ManagerIx| {
        let (count, places) = (counts[manager.at()], u64::from(ground.caps[manager.at()]));
        let sentence = format!(
            "held: {} has to have {} (decisions, must_keep, a date that is near) and may have {places}: {} too many; let so many go, no hire mends it.",
            roster.manager(manager).id,
            ground.members(count),
            count - places
        );
        without_hire(ground, "held", (count, places), sentence)
    };
    roster.manager_indices().filter(above).map(need).collect()
}

/// Households that stay together and for which no limit of anybody leaves room.
fn households(ground: &Ground<'_>) -> Vec<Need> {
    let (roster, rules, pairs) = (ground.roster(), ground.rules(), ground.pairs);
    let mut tallies = tally::of_members(roster, rules);
    let by_household =
        caps::of_households(pairs, ground.units).into_iter().chain(mixed::of_households(pairs, ground.units));
    tallies.extend(by_household.map(|counted| Box::new(counted) as Box<dyn Tally>));
    let fits = |unit: &[MemberIx], manager: ManagerIx| {
        let sum = |tally: &dyn Tally| unit.iter().map(|&member| tally.of(member, manager)).sum::<i64>();
        unit.len() as u64 <= u64::from(ground.caps[manager.at()])
            && unit.iter().all(|&member| pairs.allowed(member, manager))
            && tallies.iter().all(|tally| tally.limit(manager).is_none_or(|limit| sum(&**tally) <= limit))
    };
    let mut needs = Vec::new();
    let together = ground.units.units.iter().zip(&ground.units.placeable);
    for (unit, _) in together.filter(|(unit, placeable)| unit.len() > 1 && **placeable) {
        if roster.manager_indices().any(|manager| fits(unit, manager)) {
            continue;
        }
        let size = unit.len() as u64;
        let takers = roster.manager_indices().filter(|&at| unit.iter().all(|&member| pairs.allowed(member, at)));
        let most = takers.map(|manager| u64::from(ground.caps[manager.at()])).max().unwrap_or(0);
        let household = roster.member(unit[0]).household.as_deref().unwrap_or_default();
        let sentence = format!(
            "households: {} of household {household} stay together, and nobody who may take them all has room for them by every limit (places: {most} at most); decisions that send them to different {} part them.",
            ground.members(size),
            rules.program.words.case_managers
        );
        needs.push(Need { missing: 1.0, ..without_hire(ground, "households", (size, most), sentence) });
    }
    needs
}
