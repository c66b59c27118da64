//! Mixed caseloads: shares of a full caseload that add up to one, or limits for those who may serve several parts.

use crate::ids::MemberIx;
use crate::model::own::{Facts, Own, Uses, Words};
use crate::program::{Count, Limit, Mixed, MixedKind, Part};
use crate::roster::Manager;

/// Every mixed rule of the program: one limit for a convex one, one for each part of an explicit one.
#[must_use]
pub fn limits(facts: &Facts<'_>) -> Vec<Own> {
    let rules = &facts.rules().program.mixed;
    rules
        .iter()
        .flat_map(
            |mixed| if mixed.kind == MixedKind::Convex { vec![convex(facts, mixed)] } else { explicit(facts, mixed) },
        )
        .collect()
}

fn convex(facts: &Facts<'_>, mixed: &Mixed) -> Own {
    let tops: Vec<Limit> = mixed.parts.iter().map(|part| part.limit).collect();
    let whole = common_multiple(&tops);
    let share = |member| {
        let part = mixed.parts.iter().find(|part| facts.is_of(&part.of, member));
        part.map_or(0, |part| whole / part.limit.thousandths() as i64)
    };
    shares(facts, &mixed.name, facts.members(share), whole, mixed.scale_with_fte)
}

/// Shares of a full caseload: what members use when `whole` thousandths of a member are a full caseload each.
#[must_use]
pub fn shares(facts: &Facts<'_>, name: &str, members: Vec<i64>, whole: i64, scale_with_fte: bool) -> Own {
    let limit = |fte: u32| i128::from(whole) * i128::from(if scale_with_fte { fte } else { 1000 }) / 1_000_000;
    let managers = facts.roster().managers();
    Own {
        name: name.to_owned(),
        uses: Uses::Members(members),
        limits: managers
            .iter()
            .map(|manager| Some(limit(facts.rules().capacity_thousandths(manager)) as i64))
            .collect(),
        words: Words { times: 1000, over: whole.max(1), unit: " full caseloads" },
    }
}

/// The least common multiple, of thousandths. Program files with one that is out of range are refused.
#[must_use]
pub fn common_multiple(limits: &[Limit]) -> i64 {
    let mut all = 1_i64;
    for limit in limits {
        let (mut large, mut small) = (all, limit.thousandths() as i64);
        while small != 0 {
            (large, small) = (small, large % small);
        }
        all *= limit.thousandths() as i64 / large;
    }
    all
}

fn explicit(facts: &Facts<'_>, mixed: &Mixed) -> Vec<Own> {
    let rules = facts.rules();
    let managers = facts.roster().managers();
    let mixes = |manager: &Manager| mixed.parts.iter().filter(|part| rules.serves(&part.of, manager)).count() > 1;
    let has_one = |part: &Part, unit: &[MemberIx]| unit.iter().any(|&member| facts.is_of(&part.of, member));
    let of_part = |part: &Part| {
        let limit = |manager: &Manager| {
            let share = if mixed.scale_with_fte { rules.capacity_thousandths(manager) } else { 1000 };
            mixes(manager).then(|| (part.limit.thousandths() * u64::from(share) / 1_000_000) as i64)
        };
        Own {
            name: format!("{} ({})", mixed.name, part.of.join(", ")),
            uses: match mixed.count {
                Count::Households => {
                    Uses::Units(facts.units.iter().map(|unit| i64::from(has_one(part, unit))).collect())
                }
                _ => Uses::Members(facts.members(|member| i64::from(facts.is_of(&part.of, member)))),
            },
            limits: managers.iter().map(limit).collect(),
            words: Words { times: 1, over: 1, unit: "" },
        }
    };
    mixed.parts.iter().map(of_part).collect()
}
