//! What all members come to together against what all case managers may have together: shares of a full caseload of
//! mixed caseloads and ranges, the floors of ranges, and units of authorizations that are used up. Weights, hours and
//! contacts are in [`crate::plan::workload`], averages over the whole roster in [`crate::plan::standing`].

use crate::ids::{ManagerIx, MemberIx};
use crate::plan::needs::{Ground, Need, number};
use crate::program::{Capacity, Limit, Mixed, MixedKind, Range};
use crate::roster::Manager;
use crate::verify::rules::{capacities, caps, mixed, ranges};
use crate::verify::tally::{Counted, Tally};

/// What one full-time, settled case manager may have by the rule of this name, in the rule's own whole numbers; `None`
/// where the rule leaves one who serves these members alone unbound.
#[must_use]
pub fn full_time_limit(ground: &Ground<'_>, name: &str) -> Option<i64> {
    let (roster, rules) = (ground.roster(), ground.rules());
    let hire = Manager::full_time("hire");
    let program = &rules.program;
    let cap = program.caps.iter().find(|cap| cap.name == name);
    let share = |limits: Vec<Limit>| mixed::full_caseload(limits) / 1000;
    cap.map(|cap| i64::from(caps::limit_of(rules, cap, &hire)))
        .or_else(|| {
            let mixed = program.mixed.iter().find(|mixed| mixed.kind == MixedKind::Convex && mixed.name == name)?;
            Some(share(limits_of_parts(mixed)))
        })
        .or_else(|| program.ranges.iter().find(|range| range.name == name).map(|range| share(tops(range))))
        .or_else(|| {
            let weighed = capacities::read(roster, rules);
            weighed.iter().find(|weighed| weighed.capacity.name == name).map(|weighed| weighed.limit_of(&hire))
        })
}

fn limits_of_parts(mixed: &Mixed) -> Vec<Limit> {
    mixed.parts.iter().map(|part| part.limit).collect()
}

fn tops(range: &Range) -> Vec<Limit> {
    range.steps.iter().map(|step| step.top).chain([range.top]).collect()
}

/// Every rule on shares, every floor, every authorization.
#[must_use]
pub fn needs(ground: &Ground<'_>) -> Vec<Need> {
    let (roster, rules) = (ground.roster(), ground.rules());
    let mut needs = Vec::new();
    for tally in mixed::read(roster, rules) {
        let rule = rules.program.mixed.iter().find(|mixed| mixed.kind == MixedKind::Convex && mixed.name == tally.name);
        if let Some(mixed) = rule {
            let full = mixed::full_caseload(limits_of_parts(mixed));
            needs.push(shares(ground, &tally, full, &parts(ground, mixed), mixed.scale_with_fte));
        }
    }
    for (range, tally) in rules.program.ranges.iter().zip(ranges::read(roster, rules)) {
        let full = mixed::full_caseload(tops(range));
        needs.push(shares(ground, &tally, full, &tops_in_words(ground, range), range.scale_with_fte));
        if range.floor > 0 {
            needs.push(floor(ground, range));
        }
    }
    needs.extend(rules.program.capacities.iter().filter_map(|capacity| used_up(ground, capacity)));
    needs
}

/// `80 of facility by 100 (0.8) + 90 of community by 60 (1.5)`.
fn parts(ground: &Ground<'_>, mixed: &Mixed) -> String {
    let part = |part: &crate::program::Part| {
        let members = ground.roster().members().iter();
        let count = members.filter(|row| ground.rules().is_of(&part.of, row)).count();
        let share = number(count as f64 / part.limit.as_f64());
        format!("{count} of {} by {} ({share})", part.of.join(", "), part.limit)
    };
    mixed.parts.iter().map(part).collect::<Vec<_>>().join(" + ")
}

/// `12 by 15 (0.8) + 30 by 10 (3)`: members by the top that holds for them.
fn tops_in_words(ground: &Ground<'_>, range: &Range) -> String {
    let mut all: Vec<Limit> = tops(range);
    all.sort_unstable();
    all.dedup();
    let part = |top: &Limit| {
        let rules = ground.rules();
        let is_it = |row: &&crate::roster::Member| rules.is_of(&range.of, row) && rules.top_of(range, row) == *top;
        let count = ground.roster().members().iter().filter(is_it).count();
        (count > 0).then(|| format!("{count} by {top} ({})", number(count as f64 / top.as_f64())))
    };
    all.iter().filter_map(part).collect::<Vec<_>>().join(" + ")
}

/// Shares of full caseloads: of all members, against those that the case managers at work may have of members they may
/// take.
fn shares(ground: &Ground<'_>, tally: &Counted, full: i64, told: &str, scales: bool) -> Need {
    let pairs = ground.pairs;
    let stays_out = |member: MemberIx| {
        ground.unplaced(member).is_some_and(|one| one.ruled_out.iter().any(|(why, _)| is_closed(why)))
    };
    let members: Vec<MemberIx> = pairs.roster.member_indices().filter(|&member| !stays_out(member)).collect();
    let needed: i64 = members.iter().map(|&member| tally.alone(member)).sum();
    let room = |manager: ManagerIx| {
        let limit = tally.limit(manager).unwrap_or(i64::MAX);
        let mut sum = 0;
        for &member in members.iter().filter(|&&member| pairs.allowed(member, manager)) {
            sum += tally.alone(member);
            if sum >= limit {
                return limit;
            }
        }
        sum
    };
    let working = pairs.roster.manager_indices().filter(|&manager| pairs.at_work(manager));
    let have: i64 = working.map(room).sum();
    let one = |sum: i64| sum as f64 * 1000.0 / full as f64;
    let missing = (needed - have).max(0);
    // A full-time hire is one full caseload.
    let hire = (missing.cast_unsigned() * 1000).div_ceil(full.max(1).cast_unsigned()) as u32;
    let by = ground.rules().effective_on;
    let all = &ground.rules().program.words.members;
    let fact = format!(
        "{}: all {all} come to {} full {}s ({told}); those at work may have {} of them",
        tally.name,
        number(one(needed)),
        ground.rules().program.words.caseload,
        number(one(have))
    );
    let sentence = if missing == 0 {
        format!("{fact}: enough.")
    } else {
        let fte =
            if scales { format!(", or {} FTE", number((one(missing) * 100.0).ceil() / 100.0)) } else { String::new() };
        format!("{fact}: {} missing, hire {}{fte} by {by}.", number(one(missing)), ground.people(u64::from(hire)))
    };
    Need {
        rule: tally.name.clone(),
        needed: one(needed),
        have: one(have),
        missing: one(missing),
        hire,
        supervisors: 0,
        by: (missing > 0).then_some(by),
        soft: false,
        sentence,
    }
}

/// Is it a reason that no hire takes away?
fn is_closed(why: &str) -> bool {
    why.starts_with("duplication") || why == "discharge"
}

/// Members whom all floors together ask for: with fewer there are too many case managers, and no reassignment fills
/// them all.
fn floor(ground: &Ground<'_>, range: &Range) -> Need {
    let (roster, rules) = (ground.roster(), ground.rules());
    let floors: u64 =
        roster.managers().iter().map(|manager| u64::from(crate::cost::floor::missing(rules, range, manager, 0))).sum();
    let members = (roster.members().len() - ground.unplaced.len()) as u64;
    let missing = floors.saturating_sub(members);
    let fact = format!(
        "{}-floor: at least {} each (a soft rule) would take {floors}; there are {}",
        range.name,
        ground.members(u64::from(range.floor)),
        ground.members(members)
    );
    let sentence = if missing == 0 {
        format!("{fact}: enough.")
    } else {
        format!("{fact}: {missing} too few, whatever the plan; it is priced, nothing has to be done.")
    };
    Need {
        rule: format!("{}-floor", range.name),
        needed: floors as f64,
        have: members as f64,
        missing: missing as f64,
        hire: 0,
        supervisors: 0,
        by: None,
        soft: true,
        sentence,
    }
}

/// Members whose authorized units are used up: no case manager has hours for them until more are authorized.
fn used_up(ground: &Ground<'_>, capacity: &Capacity) -> Option<Need> {
    let authorized = capacity.authorized?;
    let (roster, rules) = (ground.roster(), ground.rules());
    let of_rule = || roster.members().iter().filter(|row| rules.is_of(&capacity.of, row));
    let left = |row: &crate::roster::Member| {
        row.authorized_units.unwrap_or(authorized.units_per_year) - row.used_units.unwrap_or(0.0)
    };
    let out = of_rule().filter(|row| left(row) <= 0.0).count() as u64;
    let units: f64 = of_rule().map(|row| left(row).max(0.0)).sum();
    let hours = units * authorized.minutes_per_unit / 60.0;
    let fact = format!(
        "{}: {} authorized units ({} hours) are left this calendar year for {}",
        capacity.name,
        number(units),
        number(hours),
        ground.members(of_rule().count() as u64)
    );
    let sentence = if out == 0 {
        format!("{fact}; nobody has used up all.")
    } else {
        format!(
            "{fact}; {} used up all: more units need an authorization, no reassignment and no hire gives them.",
            if out == 1 { "1 has".to_owned() } else { format!("{out} have") }
        )
    };
    Some(Need {
        rule: capacity.name.clone(),
        needed: of_rule().count() as f64,
        have: (of_rule().count() as u64 - out) as f64,
        missing: out as f64,
        hire: 0,
        supervisors: 0,
        by: None,
        soft: true,
        sentence,
    })
}
