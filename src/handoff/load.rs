//! How many members everybody has while a day's moves are made, and how many handoffs are used up.

use crate::handoff::jobs::Instance;

/// The state of a day that is being filled.
#[derive(Clone, Debug)]
pub struct DayState {
    /// Members of each manager now.
    pub loads: Vec<i64>,
    /// Members of each manager as the day began.
    pub at_dawn: Vec<i64>,
    /// Handoffs of the day, resource by resource.
    pub of_day: Vec<u32>,
    /// Handoffs of the week.
    pub of_week: Vec<u32>,
    week: Option<u32>,
}

impl DayState {
    /// The eve of the first day.
    #[must_use]
    pub fn new(instance: &Instance<'_>) -> Self {
        let none = vec![0; instance.resource_count()];
        Self {
            loads: instance.loads.clone(),
            at_dawn: instance.loads.clone(),
            of_day: none.clone(),
            of_week: none,
            week: None,
        }
    }

    /// A new day begins.
    pub fn begin(&mut self, instance: &Instance<'_>, day: usize) {
        self.at_dawn.copy_from_slice(&self.loads);
        self.of_day.fill(0);
        let week = instance.calendar.weeks[day];
        if self.week != Some(week) {
            self.of_week.fill(0);
            self.week = Some(week);
        }
    }

    /// Have all who take part the time, `times` over?
    #[must_use]
    pub fn has_time(&self, instance: &Instance<'_>, job: usize, times: u32) -> bool {
        instance.jobs[job].resources.iter().all(|&resource| self.has_time_of(instance, resource, times))
    }

    /// Has one of them?
    #[must_use]
    pub fn has_time_of(&self, instance: &Instance<'_>, resource: usize, times: u32) -> bool {
        let (per_day, per_week) = instance.limits(resource);
        self.of_day[resource].saturating_add(times) <= per_day
            && self.of_week[resource].saturating_add(times) <= per_week
    }

    /// May the manager end the day with one more than now? Nobody rises above the cap; one who is above it already may
    /// end the day as it began.
    #[must_use]
    pub fn has_place(&self, instance: &Instance<'_>, manager: usize) -> bool {
        self.loads[manager] < instance.caps[manager].max(self.at_dawn[manager])
    }

    /// Makes a move.
    pub fn apply(&mut self, instance: &Instance<'_>, job: usize) {
        self.count(instance, job, 1);
    }

    /// Takes a move back.
    pub fn undo(&mut self, instance: &Instance<'_>, job: usize) {
        self.count(instance, job, -1);
    }

    fn count(&mut self, instance: &Instance<'_>, job: usize, by: i32) {
        let row = &instance.jobs[job];
        self.loads[row.to] += i64::from(by);
        if let Some(from) = row.from {
            self.loads[from] -= i64::from(by);
        }
        for &resource in &row.resources {
            self.of_day[resource] = self.of_day[resource].saturating_add_signed(by);
            self.of_week[resource] = self.of_week[resource].saturating_add_signed(by);
        }
    }
}
