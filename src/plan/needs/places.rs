//! Places for groups of members: who is counted by a cap of its own, who speaks a language, is on a program, asks for a
//! qualification, lives within reach. A case manager at work has as many places for a group as the tightest limit leaves
//! of its lightest members, and no more than members of the group he may have; what the group is more than all these
//! places is short, whoever is assigned to whom.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::ids::{ManagerIx, MemberIx};
use crate::plan::languages;
use crate::plan::needs::totals::full_time_limit;
use crate::plan::needs::{Ground, Need, counted};
use crate::program::{Count, LanguageRule, MixedKind, ProgramRule};
use crate::roster::{Member, gazetteer};
use crate::verify::rules::{caps, discharge, duplication, mixed, qualification};
use crate::verify::tally::{self, Tally};

/// Members, or households, that need places.
struct Group {
    /// The rule or criterion.
    rule: String,
    /// Its members, or its households.
    items: Vec<Vec<MemberIx>>,
    /// `speaking Karen`, `of complex`: follows the number of members.
    which: String,
    /// What a hire has to be, with a space before it; may be empty.
    asks: String,
    /// Does the program limit it by a rule of its own? Then its row is shown even when there is enough.
    is_rule: bool,
    /// Households, not members.
    of_households: bool,
}

/// Places for a group.
struct Supply {
    places: u64,
    managers: u64,
}

/// What the places of everybody are computed from.
struct Field<'a> {
    ground: &'a Ground<'a>,
    tallies: Vec<Box<dyn Tally + 'a>>,
    /// Member by member: the only manager who may have the member, whoever is hired; `Some(None)` when nobody may.
    #[allow(clippy::option_option, reason = "open, settled with somebody, settled with nobody")]
    fixed: Vec<Option<Option<ManagerIx>>>,
}

/// Every group that a rule counts by itself, then every group that is short by a criterion.
#[must_use]
pub fn needs(ground: &Ground<'_>) -> Vec<Need> {
    let field = Field::read(ground);
    let mut needs: Vec<Need> = by_rule(ground).iter().map(|group| field.need(group)).collect();
    let everybody = field.need(&everybody(ground));
    let mut is_short: BTreeSet<MemberIx> = BTreeSet::new();
    for group in by_criterion(ground) {
        let need = field.need(&group);
        if need.missing > 0.0 {
            is_short.extend(group.items.iter().flatten());
            needs.push(need);
        }
    }
    // What is short by one criterion is told above; here is what only several together make short.
    for group in by_all_criteria(ground) {
        if group.items.iter().flatten().any(|member| is_short.contains(member)) {
            continue;
        }
        let need = field.need(&group);
        if need.missing > 0.0 {
            is_short.extend(group.items.iter().flatten());
            needs.push(need);
        }
    }
    if is_short.is_empty() && everybody.missing > 0.0 {
        needs.push(everybody);
    }
    needs
}

impl<'a> Field<'a> {
    fn read(ground: &'a Ground<'a>) -> Self {
        let (roster, rules) = (ground.roster(), ground.rules());
        let mut tallies = tally::of_members(roster, rules);
        let of_households = caps::of_households(ground.pairs, ground.units)
            .into_iter()
            .chain(mixed::of_households(ground.pairs, ground.units));
        tallies.extend(of_households.map(|counted| Box::new(counted) as Box<dyn Tally>));
        let fixed = |member: MemberIx| {
            let row = roster.member(member);
            let closed = duplication::bars(rules, row, false) || discharge::bars(rules, row, false);
            if !closed && !ground.pairs.is_held(member) {
                return None;
            }
            let pin = ground.pairs.decisions.pins_of(member).first().map(|pin| pin.manager);
            Some(pin.or(row.manager).filter(|&manager| ground.pairs.allowed(member, manager)))
        };
        let members: Vec<MemberIx> = roster.member_indices().collect();
        Self { ground, tallies, fixed: members.into_par_iter().map(fixed).collect() }
    }

    /// With whom an item must be, when that is settled for one of its members.
    #[allow(clippy::option_option, reason = "as the field")]
    fn fixed(&self, item: &[MemberIx]) -> Option<Option<ManagerIx>> {
        item.iter().find_map(|member| self.fixed[member.at()])
    }

    /// Least that any item counts by each tally.
    fn lightest(&self, items: &[Vec<MemberIx>]) -> Vec<i64> {
        let weight =
            |tally: &dyn Tally, item: &[MemberIx]| -> i64 { item.iter().map(|&member| tally.alone(member)).sum() };
        let least = |tally: &dyn Tally| items.iter().map(|item| weight(tally, item)).min().unwrap_or(0);
        self.tallies.iter().map(|tally| least(&**tally)).collect()
    }

    /// Places for a group. Where it need not be known how many there are, counting ends when they are enough: those who have
    /// members of the group now are asked first, which is why it mostly ends soon.
    fn supply(&self, group: &Group, lightest: &[i64]) -> Supply {
        let items = &group.items;
        let pairs = self.ground.pairs;
        let held: BTreeMap<ManagerIx, u64> =
            items.iter().filter_map(|item| self.fixed(item).flatten()).fold(BTreeMap::new(), |mut held, manager| {
                *held.entry(manager).or_default() += 1;
                held
            });
        let open: Vec<&Vec<MemberIx>> = items.iter().filter(|item| self.fixed(item).is_none()).collect();
        let places = |manager: ManagerIx| {
            let binding = self.tallies.iter().zip(lightest).filter(|(_, least)| **least > 0);
            let limits = binding.filter_map(|(tally, &least)| Some(tally.limit(manager)? / least));
            let own = pairs.roster.manager(manager).max_caseload.map(i64::from);
            let most = limits.chain(own).min().map_or(u64::MAX, |most| most.max(0).cast_unsigned());
            let most = most.saturating_sub(held.get(&manager).copied().unwrap_or(0));
            let may = |item: &&&Vec<MemberIx>| item.iter().all(|&member| pairs.allowed(member, manager));
            // As many as there is room for are enough to know.
            let room = usize::try_from(most).unwrap_or(usize::MAX);
            open.iter().filter(may).take(room).count() as u64
        };
        let present: BTreeSet<ManagerIx> =
            items.iter().flatten().filter_map(|&member| pairs.roster.member(member).manager).collect();
        let others = pairs.roster.manager_indices().filter(|manager| !present.contains(manager));
        let mut supply = Supply { places: 0, managers: 0 };
        for manager in present.iter().copied().chain(others).filter(|&manager| pairs.at_work(manager)) {
            if !group.is_rule && supply.places >= open.len() as u64 {
                break;
            }
            let own = places(manager);
            supply.places += own;
            supply.managers += u64::from(own > 0);
        }
        supply
    }

    /// Members of the group whom one hire may have: as many as every limit allows a full-time case manager who serves
    /// them alone.
    fn of_one_hire(&self, lightest: &[i64]) -> u64 {
        let binding = self.tallies.iter().zip(lightest).filter(|(_, least)| **least > 0);
        let limits = binding.filter_map(|(tally, &least)| Some(full_time_limit(self.ground, tally.name())? / least));
        limits.min().map_or(u64::MAX, |most| most.max(0).cast_unsigned())
    }

    fn need(&self, group: &Group) -> Need {
        let lightest = self.lightest(&group.items);
        let supply = self.supply(group, &lightest);
        let open = group.items.iter().filter(|item| self.fixed(item).is_none()).count() as u64;
        let missing = open.saturating_sub(supply.places);
        let one = self.of_one_hire(&lightest);
        let hire = if one == 0 { 0 } else { missing.div_ceil(one) as u32 };
        let by = self.ground.rules().effective_on;
        let settled = group.items.len() as u64 - open;
        let whom =
            if group.of_households { counted(open, "household", "households") } else { self.ground.members(open) };
        let aside = match settled {
            0 => String::new(),
            1 => " (1 more is settled)".to_owned(),
            _ => format!(" ({settled} more are settled)"),
        };
        let theirs = format!(
            "{} who may take them {} {}",
            self.ground.people(supply.managers),
            if supply.managers == 1 { "has" } else { "have" },
            counted(supply.places, "place", "places")
        );
        let whom = format!("{whom} {}", group.which);
        let fact = format!("{}: {}{aside}; {theirs}", group.rule, whom.trim_end());
        let sentence = if missing == 0 {
            format!("{fact}: enough.")
        } else if hire == 0 {
            format!("{fact}: {missing} short, and the limits leave a hire no place for them either.")
        } else {
            let people = self.ground.people(u64::from(hire));
            format!("{fact}: {missing} short, hire {people}{} by {by}.", group.asks)
        };
        Need {
            rule: group.rule.clone(),
            needed: open as f64,
            have: supply.places as f64,
            missing: missing as f64,
            hire,
            supervisors: 0,
            by: (missing > 0).then_some(by),
            soft: false,
            sentence,
        }
    }
}

fn alone(members: impl Iterator<Item = MemberIx>) -> Vec<Vec<MemberIx>> {
    members.map(|member| vec![member]).collect()
}

/// Groups that a cap or a part of a mixed caseload counts by itself.
fn by_rule(ground: &Ground<'_>) -> Vec<Group> {
    let (roster, rules) = (ground.roster(), ground.rules());
    let households = |of: &[String]| {
        let is_of = |unit: &&Vec<MemberIx>| unit.iter().any(|&member| rules.is_of(of, roster.member(member)));
        ground.units.units.iter().filter(is_of).cloned().collect::<Vec<_>>()
    };
    let of = |of: &[String]| alone(roster.member_indices().filter(|&member| rules.is_of(of, roster.member(member))));
    let mut groups = Vec::new();
    for cap in rules.program.caps.iter().filter(|cap| !cap.is_plain()) {
        let items = match cap.count {
            Count::Households => households(&cap.of),
            Count::Members => of(&cap.of),
            Count::Children => {
                alone(roster.member_indices().filter(|&member| caps::counts(rules, roster, cap, member)))
            }
        };
        let mut which = if cap.of.is_empty() { String::new() } else { format!("of {}", cap.of.join(", ")) };
        if cap.count == Count::Children {
            which = format!("under 18 {which}").trim_end().to_owned();
        }
        groups.push(Group {
            rule: cap.name.clone(),
            items,
            which,
            asks: String::new(),
            is_rule: true,
            of_households: cap.count == Count::Households,
        });
    }
    for mixed in rules.program.mixed.iter().filter(|mixed| mixed.kind == MixedKind::Explicit) {
        for part in &mixed.parts {
            let of_households = mixed.count == Count::Households;
            groups.push(Group {
                rule: mixed.name.clone(),
                items: if of_households { households(&part.of) } else { of(&part.of) },
                which: format!("of {}", part.of.join(", ")),
                asks: format!(" for {} alone", part.of.join(", ")),
                is_rule: true,
                of_households,
            });
        }
    }
    groups.retain(|group: &Group| !group.items.is_empty());
    groups
}

fn everybody(ground: &Ground<'_>) -> Group {
    Group {
        rule: "places".to_owned(),
        items: alone(ground.roster().member_indices()),
        which: "to be placed, all criteria together".to_owned(),
        asks: String::new(),
        is_rule: false,
        of_households: false,
    }
}

/// The criteria that sort members: each with the words for one value.
struct Sorted {
    rule: &'static str,
    /// Member by member; `None` = the criterion does not ask anything of the member.
    values: Vec<Option<String>>,
    which: fn(&str) -> String,
    asks: fn(&str) -> String,
}

fn sorted(ground: &Ground<'_>) -> Vec<Sorted> {
    let (roster, rules) = (ground.roster(), ground.rules());
    let criteria = &rules.program.eligibility;
    let mut all = Vec::new();
    if criteria.language.rule == LanguageRule::Required {
        let primary = |tag: &str| tag.split('-').next().unwrap_or(tag).to_owned();
        all.push(Sorted {
            rule: "language",
            values: roster.members().iter().map(|row| Some(primary(&row.language))).collect(),
            which: |tag| format!("speaking {}", languages::name(tag)),
            asks: |tag| format!(" speaking {}", languages::name(tag)),
        });
    }
    if criteria.program.rule == ProgramRule::Required {
        all.push(Sorted {
            rule: "program",
            values: roster.members().iter().map(|row| rules.program_of(row).map(str::to_owned)).collect(),
            which: |code| format!("on program {code}"),
            asks: |code| format!(" serving {code}"),
        });
    }
    if !criteria.qualification.required.is_empty() || !criteria.qualification_for.is_empty() {
        let asked = |row: &Member| {
            let words = qualification::asked(rules, row);
            (!words.is_empty()).then(|| words.join(" and "))
        };
        all.push(Sorted {
            rule: "qualification",
            values: roster.members().iter().map(asked).collect(),
            which: |words| format!("asking for {words}"),
            asks: |words| format!(" with {words}"),
        });
    }
    if criteria.distance.max_miles > 0.0 {
        let county = |row: &Member| {
            row.home?;
            let known = gazetteer::county(row.county.as_deref()?)?;
            Some(format!("{}, {}", known.name, known.state))
        };
        all.push(Sorted {
            rule: "distance",
            values: roster.members().iter().map(county).collect(),
            which: |county| format!("living in {county}"),
            asks: |county| format!(" near {county}"),
        });
    }
    all
}

/// Members by what one criterion asks for.
fn by_criterion(ground: &Ground<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    for sorted in sorted(ground) {
        let mut by_value: BTreeMap<&str, Vec<MemberIx>> = BTreeMap::new();
        for (at, value) in sorted.values.iter().enumerate() {
            if let Some(value) = value {
                by_value.entry(value).or_default().push(MemberIx::new(at));
            }
        }
        for (value, members) in by_value {
            groups.push(Group {
                rule: sorted.rule.to_owned(),
                items: alone(members.into_iter()),
                which: (sorted.which)(value),
                asks: (sorted.asks)(value),
                is_rule: false,
                of_households: false,
            });
        }
    }
    groups
}

/// Members by what all criteria together ask for; nothing where there is but one criterion.
fn by_all_criteria(ground: &Ground<'_>) -> Vec<Group> {
    let all = sorted(ground);
    if all.len() < 2 {
        return Vec::new();
    }
    let mut by_values: BTreeMap<Vec<Option<&str>>, Vec<MemberIx>> = BTreeMap::new();
    for member in ground.roster().member_indices() {
        let key = all.iter().map(|sorted| sorted.values[member.at()].as_deref()).collect();
        by_values.entry(key).or_default().push(member);
    }
    let group = |(values, members): (Vec<Option<&str>>, Vec<MemberIx>)| {
        let said: Vec<(&Sorted, &str)> =
            all.iter().zip(values).filter_map(|(sorted, value)| Some((sorted, value?))).collect();
        let join =
            |of: &dyn Fn(&(&Sorted, &str)) -> String, with: &str| said.iter().map(of).collect::<Vec<_>>().join(with);
        Group {
            rule: join(&|(sorted, _)| sorted.rule.to_owned(), " and "),
            items: alone(members.into_iter()),
            which: join(&|(sorted, value)| (sorted.which)(value), " and "),
            asks: join(&|(sorted, value)| (sorted.asks)(value), " and"),
            is_rule: false,
            of_households: false,
        }
    };
    by_values.into_iter().filter(|(values, _)| values.iter().flatten().nth(1).is_some()).map(group).collect()
}
