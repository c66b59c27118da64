//! The transfers as the scheduling problem sees them: who takes part, on which days, how much a day sooner is worth.

use chrono::{Days, NaiveDate};

use crate::handoff::NoCall;
use crate::handoff::calendar::Calendar;
use crate::plan::Transfer;
use crate::program::{Handoff, Rules};
use crate::roster::{HandoffMethod, Member, Roster};
use crate::verify::VerifiedPlan;

/// One transfer to be given a day.
#[derive(Clone, Debug)]
pub struct Job {
    /// From whom: the load that falls. Numbers of managers.
    pub from: Option<usize>,
    /// To whom: the load that rises.
    pub to: usize,
    /// Managers whose limits it uses: the new one, and the present one when there is a call to make.
    pub people: Vec<usize>,
    /// Those and their teams, each once, as resources (see [`Instance::limits`]).
    pub resources: Vec<usize>,
    /// How the member is handed over.
    pub method: HandoffMethod,
    /// Why the present manager takes no part.
    pub no_call: Option<NoCall>,
    /// What a workday sooner is worth.
    pub weight: i64,
    /// Day by day: may it be then?
    pub days: Vec<bool>,
}

impl Job {
    /// The first allowed day from `day` on.
    #[must_use]
    pub fn next(&self, day: usize) -> Option<usize> {
        self.days.iter().skip(day).position(|may| *may).map(|ahead| day + ahead)
    }

    /// The last allowed day.
    #[must_use]
    pub fn last(&self) -> Option<usize> {
        self.days.iter().rposition(|may| *may)
    }
}

/// The problem: jobs, who is at work, what everybody may have.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    /// The limits.
    pub rules: &'a Handoff,
    /// The workdays.
    pub calendar: &'a Calendar,
    /// One for each transfer, in order.
    pub jobs: Vec<Job>,
    /// Members of each manager on the eve of the first day; those the plan leaves with nobody are not counted.
    pub loads: Vec<i64>,
    /// The cap of each manager.
    pub caps: Vec<i64>,
    /// Number of teams.
    pub teams: usize,
}

impl<'a> Instance<'a> {
    /// Reads the transfers. `without_call` lists those for which the leaving manager has no time.
    #[must_use]
    pub fn new(
        roster: &Roster,
        rules: &'a Rules,
        plan: &VerifiedPlan,
        transfers: &[Transfer],
        calendar: &'a Calendar,
        without_call: &[bool],
    ) -> Self {
        let handoff = &rules.program.handoff;
        let served = |member: &&crate::ids::MemberIx| plan.assignment()[member.at()].is_some();
        let load = |manager| roster.present_caseload(manager).iter().filter(served).count() as i64;
        let loads: Vec<i64> = roster.manager_indices().map(load).collect();
        let caps: Vec<i64> = plan.caps().iter().map(|cap| i64::from(*cap)).collect();
        let first = calendar.days.first().copied().unwrap_or(rules.as_of);
        let letters = rules.letters.sent_on + Days::new(u64::from(handoff.letter_days));
        let earliest = if handoff.letter_days > 0 { first.max(letters) } else { first };
        let job = |(at, transfer): (usize, &Transfer)| {
            let member = roster.member(transfer.member);
            let from = transfer.from.map(crate::ids::ManagerIx::at);
            let to = transfer.to.at();
            // Everyone is handed over by the last day of a manager who leaves, if that is still ahead.
            let last =
                transfer.from.and_then(|from| roster.manager(from).available_until).filter(|last| *last >= first);
            let window = |day: NaiveDate| {
                day >= earliest && last.is_none_or(|last| day <= last) && !is_blacked_out(handoff, member, day)
            };
            let open: Vec<bool> = calendar.days.iter().map(|day| window(*day)).collect();
            let meets = |from: usize| {
                (0..open.len()).any(|day| open[day] && calendar.at_work(from, day) && calendar.at_work(to, day))
            };
            let no_call = match from {
                None => Some(NoCall::FirstAssignment),
                Some(from) if !meets(from) => Some(NoCall::Away),
                Some(_) => without_call[at].then_some(NoCall::NoTime),
            };
            let giver = from.filter(|_| no_call.is_none());
            let at_work =
                |day: usize| calendar.at_work(to, day) && giver.is_none_or(|from| calendar.at_work(from, day));
            let days = (0..open.len()).map(|day| open[day] && at_work(day)).collect();
            let people: Vec<usize> = std::iter::once(to).chain(giver).collect();
            let mut teams: Vec<usize> = people
                .iter()
                .filter_map(|manager| roster.managers()[*manager].team)
                .map(crate::ids::TeamIx::at)
                .collect();
            teams.sort_unstable();
            teams.dedup();
            let resources = people.iter().copied().chain(teams.iter().map(|team| loads.len() + team)).collect();
            let over = from.is_some_and(|from| loads[from] > caps[from]);
            let weight = handoff.weight.of(transfer.need)
                + if member.urgent { handoff.urgent_weight } else { 0 }
                + if over { handoff.over_cap_weight } else { 0 };
            let method = if no_call.is_some() { HandoffMethod::Notification } else { method(handoff, member) };
            Job { from, to, people, resources, method, no_call, weight: i64::from(weight), days }
        };
        let jobs = transfers.iter().enumerate().map(job).collect();
        Self { rules: handoff, calendar, jobs, loads, caps, teams: roster.teams().len() }
    }

    /// Limits in one form: resources are the managers, then the teams. Limit of a day and of a week.
    #[must_use]
    pub fn limits(&self, resource: usize) -> (u32, u32) {
        let none = |limit: u32| if limit == 0 { u32::MAX } else { limit };
        if resource < self.loads.len() {
            (self.rules.per_day, self.rules.per_week)
        } else {
            (none(self.rules.team_per_day), none(self.rules.team_per_week))
        }
    }

    /// Number of resources.
    #[must_use]
    pub fn resource_count(&self) -> usize {
        self.loads.len() + self.teams
    }

    /// Is the resource there on that day? A team always is.
    #[must_use]
    pub fn is_there(&self, resource: usize, day: usize) -> bool {
        resource >= self.loads.len() || self.calendar.at_work(resource, day)
    }

    /// How many handoffs a resource can do from day `first` to day `last`, both included.
    #[must_use]
    pub fn room(&self, resource: usize, first: usize, last: usize) -> u64 {
        let (per_day, per_week) = self.limits(resource);
        let (mut all, mut week, mut in_week) = (0_u64, u32::MAX, 0_u64);
        for day in first..=last {
            if self.calendar.weeks[day] != week {
                all += in_week.min(u64::from(per_week));
                (week, in_week) = (self.calendar.weeks[day], 0);
            }
            in_week += if self.is_there(resource, day) { u64::from(per_day) } else { 0 };
        }
        all + in_week.min(u64::from(per_week))
    }
}

/// As somebody decided for the member, else as the rules say.
fn method(rules: &Handoff, member: &Member) -> HandoffMethod {
    let rule = if member.urgent { rules.urgent_method } else { rules.method.of(member.need) };
    member.case.preferred_handoff.unwrap_or(rule)
}

/// Is an assessment or a review due on that day or so shortly after?
fn is_blacked_out(rules: &Handoff, member: &Member, day: NaiveDate) -> bool {
    let close = |due: NaiveDate| (0..=i64::from(rules.blackout_days)).contains(&(due - day).num_days());
    rules.blackout_days > 0 && [member.assessment_due_on, member.case.review_due_on].into_iter().flatten().any(close)
}
