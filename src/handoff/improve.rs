//! Makes single handoffs earlier, the heaviest first, as long as every limit and cap holds on every day between.

use crate::handoff::jobs::Instance;

/// Loads day by day and handoffs used, for a whole schedule.
struct Table<'a, 'b> {
    instance: &'a Instance<'b>,
    /// Load of each manager at the end of each day.
    loads: Vec<Vec<i64>>,
    of_day: Vec<Vec<u32>>,
    of_week: Vec<Vec<u32>>,
}

/// Moves jobs to earlier days until no single one can be, twice over the list.
pub fn earlier(instance: &Instance<'_>, days: &mut [usize]) {
    let Some(last) = days.iter().copied().max() else { return };
    let mut table = Table::new(instance, days, last);
    for _ in 0..2 {
        let mut order: Vec<usize> = (0..days.len()).collect();
        order.sort_by_key(|&at| (-instance.jobs[at].weight, std::cmp::Reverse(days[at]), at));
        for at in order {
            let allowed = (0..days[at]).filter(|day| instance.jobs[at].days[*day]);
            if let Some(day) = allowed.into_iter().find(|day| table.may(at, days[at], *day)) {
                table.shift(at, days[at], day);
                days[at] = day;
            }
        }
    }
}

impl<'a, 'b> Table<'a, 'b> {
    fn new(instance: &'a Instance<'b>, days: &[usize], last: usize) -> Self {
        let weeks = instance.calendar.weeks[last] as usize + 1;
        let mut table = Self {
            instance,
            loads: instance.loads.iter().map(|load| vec![*load; last + 1]).collect(),
            of_day: vec![vec![0; last + 1]; instance.resource_count()],
            of_week: vec![vec![0; weeks]; instance.resource_count()],
        };
        for (job, &day) in instance.jobs.iter().zip(days) {
            table.loads[job.to][day..].iter_mut().for_each(|load| *load += 1);
            if let Some(from) = job.from {
                table.loads[from][day..].iter_mut().for_each(|load| *load -= 1);
            }
            for &resource in &job.resources {
                table.of_day[resource][day] += 1;
                table.of_week[resource][instance.calendar.weeks[day] as usize] += 1;
            }
        }
        table
    }

    /// May the job be on `new` instead of the later `old`?
    fn may(&mut self, at: usize, old: usize, new: usize) -> bool {
        let instance = self.instance;
        let job = &instance.jobs[at];
        let (old_week, week) = (instance.calendar.weeks[old], instance.calendar.weeks[new]);
        let has_time = job.resources.iter().all(|&resource| {
            let (per_day, per_week) = instance.limits(resource);
            self.of_day[resource][new] < per_day
                && (week == old_week || self.of_week[resource][week as usize] < per_week)
        });
        if !has_time {
            return false;
        }
        self.count(at, old, new, 1);
        let holds = self.holds(job.to, new, old) && job.from.is_none_or(|from| self.holds(from, new, old));
        self.count(at, old, new, -1);
        holds
    }

    /// Does the cap hold for a manager from day `first` to day `last`, as compared with the day before each?
    fn holds(&self, manager: usize, first: usize, last: usize) -> bool {
        let loads = &self.loads[manager];
        (first..=last).all(|day| {
            let before = if day == 0 { self.instance.loads[manager] } else { loads[day - 1] };
            loads[day] <= self.instance.caps[manager].max(before)
        })
    }

    fn count(&mut self, at: usize, old: usize, new: usize, by: i64) {
        let job = &self.instance.jobs[at];
        self.loads[job.to][new..old].iter_mut().for_each(|load| *load += by);
        if let Some(from) = job.from {
            self.loads[from][new..old].iter_mut().for_each(|load| *load -= by);
        }
    }

    fn shift(&mut self, at: usize, old: usize, new: usize) {
        self.count(at, old, new, 1);
        let (instance, weeks) = (self.instance, &self.instance.calendar.weeks);
        for &resource in &instance.jobs[at].resources {
            self.of_day[resource][old] -= 1;
            self.of_day[resource][new] += 1;
            self.of_week[resource][weeks[old] as usize] -= 1;
            self.of_week[resource][weeks[new] as usize] += 1;
        }
    }
}
