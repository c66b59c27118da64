//! The time of day: the first slot free for all who take part. Nobody has more than a day's handoffs and the settings
//! leave room for those of two, so there always is one.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveTime};

use crate::handoff::jobs::Instance;
use crate::roster::HandoffMethod;

/// Job by job when its slot starts and ends. Personal meetings come first in the day.
#[must_use]
pub fn assign(instance: &Instance<'_>, days: &[usize]) -> Vec<(NaiveTime, NaiveTime)> {
    let rules = instance.rules;
    let mut order: Vec<usize> = (0..days.len()).collect();
    let later = |method: HandoffMethod| HandoffMethod::ALL.iter().position(|each| *each == method);
    order.sort_by_key(|&at| (days[at], later(instance.jobs[at].method), -instance.jobs[at].weight, at));
    // (day, manager) -> slots taken.
    let mut taken: BTreeMap<(usize, usize), Vec<bool>> = BTreeMap::new();
    let mut slots = vec![(rules.day_starts, rules.day_ends); days.len()];
    for at in order {
        let people = &instance.jobs[at].people;
        let is_taken =
            |manager: usize, slot: u32| taken.get(&(days[at], manager)).is_some_and(|taken| taken[slot as usize]);
        let Some(slot) = (0..rules.slots()).find(|slot| people.iter().all(|manager| !is_taken(*manager, *slot))) else {
            continue;
        };
        for &manager in people {
            let free = || vec![false; rules.slots() as usize];
            taken.entry((days[at], manager)).or_insert_with(free)[slot as usize] = true;
        }
        let minutes = |slots: u32| Duration::minutes(i64::from(slots) * i64::from(rules.slot_minutes));
        slots[at] = (rules.day_starts + minutes(slot), rules.day_starts + minutes(slot + 1));
    }
    slots
}
