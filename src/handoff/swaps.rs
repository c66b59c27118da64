//! Moves of one day that change places at once: made one by one in the best order, one of them would have to exceed a
//! cap for a moment.

use std::collections::BTreeMap;

use crate::handoff::jobs::Instance;

/// Job by job the number of the group it changes places in, counted from 1 in order of days; `None` = it needs none.
#[must_use]
pub fn groups(instance: &Instance<'_>, days: &[usize]) -> Vec<Option<u32>> {
    let mut by_day: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    days.iter().enumerate().for_each(|(job, day)| by_day.entry(*day).or_default().push(job));
    let mut loads = instance.loads.clone();
    let mut groups = vec![None; days.len()];
    let mut next = 1;
    for jobs in by_day.values() {
        let dawn = loads.clone();
        let mut left = jobs.clone();
        // Whatever can go goes: a move never takes a place away that another one of the day could not do without.
        loop {
            let before = left.len();
            left.retain(|&job| {
                let row = &instance.jobs[job];
                let goes = loads[row.to] < instance.caps[row.to].max(dawn[row.to]);
                if goes {
                    step(&mut loads, row);
                }
                !goes
            });
            if left.len() == before {
                break;
            }
        }
        // Those left wait for each other; what hangs together by a case manager is one group.
        let mut label: BTreeMap<usize, usize> = BTreeMap::new();
        for &job in &left {
            let row = &instance.jobs[job];
            let ends = [Some(row.to), row.from];
            let found: Vec<usize> = ends.iter().flatten().filter_map(|manager| label.get(manager).copied()).collect();
            let own = found.iter().copied().min().unwrap_or(job);
            label.values_mut().filter(|label| found.contains(label)).for_each(|label| *label = own);
            ends.into_iter().flatten().for_each(|manager| {
                label.insert(manager, own);
            });
        }
        let mut numbers: BTreeMap<usize, u32> = BTreeMap::new();
        for &job in &left {
            let own = label[&instance.jobs[job].to];
            let number = *numbers.entry(own).or_insert_with(|| {
                next += 1;
                next - 1
            });
            groups[job] = Some(number);
            step(&mut loads, &instance.jobs[job]);
        }
    }
    groups
}

fn step(loads: &mut [i64], row: &crate::handoff::jobs::Job) {
    loads[row.to] += 1;
    if let Some(from) = row.from {
        loads[from] -= 1;
    }
}
