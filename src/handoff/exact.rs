//! Tries every order of days, for schedules that are small enough: which jobs today, then the next day, cut off where
//! even the earliest days left are no better than the best schedule known.

use crate::handoff::jobs::Instance;
use crate::handoff::load::DayState;
use crate::handoff::pack::weighted_days;

/// Jobs that are still tried one by one.
const JOBS: usize = 14;
/// Choices after which the search is given up, so that it ends in a fraction of a second.
const STEPS: u64 = 400_000;
/// Last days that are tried one after the other.
const ENDS: usize = 25;

struct Search<'a, 'b> {
    instance: &'a Instance<'b>,
    days: Vec<usize>,
    best: Vec<usize>,
    value: (usize, i64),
    steps: u64,
}

/// Replaces `days` by the best there are. Returns whether that is proved.
pub fn best(instance: &Instance<'_>, days: &mut Vec<usize>) -> bool {
    if days.len() > JOBS {
        return false;
    }
    let value = (days.iter().copied().max().unwrap_or(0), weighted_days(instance, days));
    let mut search = Search { instance, days: vec![usize::MAX; days.len()], best: days.clone(), value, steps: 0 };
    let mut state = DayState::new(instance);
    search.day(0, &mut state);
    *days = search.best;
    search.steps <= STEPS
}

/// Finds the best schedule without one to start from: none may end on day `first`, then on the next, and so on.
/// `None` when there are too many jobs, the search is given up, or nothing fits in the days looked at. Returns the days
/// and whether they are proved to be the best.
pub fn find(instance: &Instance<'_>, first: usize) -> Option<(Vec<usize>, bool)> {
    if instance.jobs.len() > JOBS {
        return None;
    }
    let mut steps = 0;
    for last in (first..instance.calendar.days.len()).take(ENDS) {
        let none = vec![usize::MAX; instance.jobs.len()];
        // Everything that ends by then is better than this.
        let value = (last + 1, i64::MIN);
        let mut search = Search { instance, days: none.clone(), best: none, value, steps };
        search.day(0, &mut DayState::new(instance));
        steps = search.steps;
        if search.value != value {
            return Some((search.best, steps <= STEPS));
        }
        if steps > STEPS {
            return None;
        }
    }
    None
}

impl Search<'_, '_> {
    /// Can the jobs that are left, all on `day` or later, still lead to something better?
    fn may_be_better(&self, day: usize) -> bool {
        let (mut finish, mut sum) = (0, 0);
        for (job, &on) in self.instance.jobs.iter().zip(&self.days) {
            let on = if on == usize::MAX { job.next(day) } else { Some(on) };
            let Some(on) = on else { return false };
            finish = finish.max(on);
            sum += job.weight * on as i64;
        }
        (finish, sum) < self.value
    }

    fn day(&mut self, day: usize, state: &mut DayState) {
        if self.days.iter().all(|on| *on != usize::MAX) {
            if self.may_be_better(day) {
                self.value = (self.days.iter().copied().max().unwrap_or(0), weighted_days(self.instance, &self.days));
                self.best.clone_from(&self.days);
            }
            return;
        }
        if day >= self.instance.calendar.days.len() || !self.may_be_better(day) {
            return;
        }
        let mut today = state.clone();
        today.begin(self.instance, day);
        self.choose(0, day, &mut today);
    }

    /// Job `at` today or not.
    fn choose(&mut self, at: usize, day: usize, state: &mut DayState) {
        self.steps += 1;
        if self.steps > STEPS {
            return;
        }
        if at == self.days.len() {
            let instance = self.instance;
            let holds = |manager: usize| state.loads[manager] <= instance.caps[manager].max(state.at_dawn[manager]);
            if instance.jobs.iter().all(|job| holds(job.to)) {
                self.day(day + 1, state);
            }
            return;
        }
        if self.days[at] != usize::MAX {
            return self.choose(at + 1, day, state);
        }
        if self.instance.jobs[at].days[day] && state.has_time(self.instance, at, 1) {
            state.apply(self.instance, at);
            self.days[at] = day;
            self.choose(at + 1, day, state);
            self.days[at] = usize::MAX;
            state.undo(self.instance, at);
        }
        self.choose(at + 1, day, state);
    }
}
